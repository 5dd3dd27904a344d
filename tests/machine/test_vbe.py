"""VESA's modes: what vbe_guest.asm draws is dot for dot what the bare emulator's adapter makes of the same
program, drawn in the background, on the PC's screen, and after leaving and coming back.

Both run our video BIOS. The PC's adapter is QEMU's, which has the display interface, on PCI or on ISA. What
QEMU 7.2 makes of planes in this interface is not what the guest draws (it forgets the map mask), so that those
modes are compared with what the program below draws; it is compared with the bare emulator, too."""

import os
import re

import pytest

from monitor import Monitor, assembled
from test_debugger import Session
from test_vga import Bare, Picture, draw, is_loaded_as_it_was, png, ppm, seen, until, waited

SIZES = [(640, 400, 8), (640, 480, 8), (800, 600, 4), (800, 600, 8), (1024, 768, 4), (1024, 768, 8)]
PROGRAMS = [mode + more for mode in "012345" for more in ("", "apw", "bqs")]
VGA = ["t", "h", "j"]
PART, BANK = 997, 0x10000


class Model:
    """The guest in Python: video memory a plane or all, as it draws."""

    def __init__(self):
        self.seed = 12345
        self.noise = b"".join(self.random().to_bytes(2, "little") for _ in range(0x8000))
        self.dac = None

    def random(self):
        self.seed = (self.seed * 1664525 + 1013904223) & 0xFFFFFFFF
        return self.seed >> 16

    def fill(self):
        parts = [self.noise[PART * n % BANK:] + self.noise[:PART * n % BANK] for n in range(16)]
        if self.bits == 8:
            self.planes = [bytearray(b"".join(parts))]
        else:
            self.planes = [bytearray(b"".join(parts[plane::4])) for plane in range(4)]

    def put(self, bank, offset, value):
        for plane in self.planes:
            plane[bank * BANK + offset % BANK] = value

    def key(self, key):
        banks = 0 if key.isdigit() else 16 // len(self.planes)
        if key.isdigit():
            self.width, self.height, self.bits = SIZES[int(key)]
            self.line, self.x, self.y, self.dac = self.width, 0, 0, None
            self.fill()
        elif key == "a":
            self.line, self.x, self.y = self.line + 128, 16, 9
        elif key == "b":
            self.x, self.y = 0, 40
        elif key == "p":
            data = b"".join((self.random() & 0x3F3F).to_bytes(2, "little") for _ in range(512))
            self.dac = [bytes(reversed(data[4 * n:4 * n + 3])) for n in range(256)]
        elif key == "w":
            for bank in reversed(range(banks)):
                for n in range(2048):
                    self.put(bank, bank * 3000 + n, self.random() & 255)
        elif key == "q":
            for _ in range(20000):
                value = self.random()
                self.put(value & banks - 1, self.random(), value & 255)
        elif key == "s":
            self.fill()

    def dot(self, at):
        if self.bits == 8:
            return self.planes[0][at]
        value = sum((plane[at // 8] >> 7 - at % 8 & 1) << n for n, plane in enumerate(self.planes))
        return (0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F)[value]

    def picture(self, dac):
        """With these colours where it has set none itself."""
        shown = Picture(0, 0, b"")
        shown.width, shown.height = self.width, self.height
        colors = self.dac or dac
        for y in range(self.height):
            at = (self.y + y) * self.line + self.x
            shown.rows.append(b"".join(colors[self.dot(at + x)] for x in range(self.width)))
        return shown


def ega_colors():
    """64 entries of the DAC in modes of 16 colours."""
    return [bytes((n >> c & 1) * 42 + (n >> c + 3 & 1) * 21 for c in (2, 1, 0)) for n in range(64)]


@pytest.fixture(scope="module")
def floppy(tmp_path_factory):
    return assembled("vbe_guest.asm", tmp_path_factory.mktemp("vbe"))


@pytest.fixture(scope="module")
def rows(floppy, tmp_path_factory):
    """(keys, picture) of PROGRAMS and VGA, one after the other from the start of the guest on."""
    model, result = Model(), []
    with Bare(floppy, tmp_path_factory.mktemp("bare")) as bare:
        for keys in PROGRAMS + VGA:
            for key in keys:
                model.key(key)
            picture = bare.draw(keys)
            if keys not in VGA and model.bits == 4:
                picture = model.picture(ega_colors())
            elif model.dac and keys not in VGA:
                assert picture.difference(model.picture(None)) is None
            result.append((keys, picture))
    return result


def vbe_machine(mon, *names):
    for name in names:
        mon.machine(name, "floppy a: /images/vbe.img ro")
        until("no guest", lambda: waited(mon, name) == 1, mon)


def comes_into_view(mon, path, picture, what):
    until("%s: %s" % (what, seen(mon, path).difference(picture)), lambda: seen(mon, path) == picture, mon)


def test_every_mode_in_the_background(floppy, rows):
    with Monitor(files={"/images/vbe.img": floppy}) as mon:
        vbe_machine(mon, "one")
        count, wrong = 1, []
        for keys, picture in rows:
            count = draw(mon, "one", keys, count)
            mon.run("shot one /a.png")
            mon.run("sync")
            ours = png(mon.get("/a.png"))
            if ours.width == 720:
                continue
            if ours != picture:
                wrong.append("%s: %s" % (keys, ours.difference(picture)))
        assert wrong == []


@pytest.mark.parametrize("machine", ["pc", "isapc"])
def test_every_mode_in_view(machine, floppy, rows, tmp_path):
    """While it draws, after the shell was in front, and by turns with what is no mode of VESA's."""
    path = tmp_path / "seen.ppm"
    with Monitor("-vga", "std", files={"/images/vbe.img": floppy}, machine=machine,
                 cpu="486" if machine == "isapc" else "pentium") as mon:
        shell = seen(mon, path)
        vbe_machine(mon, "one")
        mon.type("{ctrl+alt+f3}")
        count = 1
        # What keys p, w and q come to depends on all that were pressed before.
        few = [row for row in rows if not set(row[0]) & set("pwq")]
        for keys, picture in rows if machine == "pc" else few:
            count = draw(mon, "one", keys, count)
            comes_into_view(mon, path, picture, keys)
            mon.type("{ctrl+alt+f1}")
            until("no shell after " + keys, lambda: (seen(mon, path).width, seen(mon, path).height) ==
                  (shell.width, shell.height) and seen(mon, path) != picture, mon)
            mon.type("{ctrl+alt+f3}")
            comes_into_view(mon, path, picture, keys + " again")



@pytest.mark.parametrize("keys", ["1q", "4q"])
def test_leaving_and_coming_back_while_it_draws(keys, floppy, tmp_path):
    """With machines in text, in planes and in another of VESA's modes in view meanwhile."""
    path, model = tmp_path / "seen.ppm", Model()
    model.key(keys[0])
    with Monitor(files={"/images/vbe.img": floppy}) as mon:
        vbe_machine(mon, "one", "two", "three")
        draw(mon, "two", "h", 1)
        draw(mon, "three", "3", 1)
        count = draw(mon, "one", keys[0], 1)
        mon.type("{ctrl+alt+f3}")
        until("no mode", lambda: seen(mon, path).width == model.width, mon)
        mon.press_keys("one", keys[1])
        for view in ("f1", "f3", "f4", "f3", "f5", "f3", "f4", "f5", "f2", "f3", "f10", "f3"):
            mon.type("{ctrl+alt+%s}" % view)
        until("the guest is not done", lambda: waited(mon, "one") == count + 1, mon)
        model.key(keys[1])
        mon.run("shot one /a.png")
        mon.run("sync")
        shot = png(mon.get("/a.png"))
        assert shot.difference(model.picture(default_colors(shot, model))) is None
        comes_into_view(mon, path, shot, keys)


def default_colors(picture, model):
    """The colours that dots have where the guest sets none: in 256 colours those that the picture shows."""
    if model.bits == 4:
        return ega_colors()
    colors = {}
    for y in range(model.height):
        at = (model.y + y) * model.line + model.x
        for x, dot in enumerate(picture.dots(y)):
            colors.setdefault(model.dot(at + x), dot)
    assert len(colors) == 256
    return colors


def test_drawn_in_the_background_then_in_view_and_saved(floppy, tmp_path):
    """Also by the machine that is loaded again, in view or not."""
    path = tmp_path / "seen.ppm"
    with Monitor(files={"/images/vbe.img": floppy}) as mon:
        vbe_machine(mon, "one")
        count = 1
        for keys in ("1apw", "2bp", "5apq"):
            count = draw(mon, "one", keys, count)
            mon.run("vm pause one")
            mon.run("shot one /before.png")
            mon.run("sync")
            picture = png(mon.get("/before.png"))
            mon.type("{ctrl+alt+f3}")
            comes_into_view(mon, path, picture, keys)
            is_loaded_as_it_was(mon, keys)
            mon.type("{ctrl+alt+f3}")
            comes_into_view(mon, path, picture, keys + ", loaded")
            mon.type("{ctrl+alt+f1}")


def test_crash_console_after_a_vesa_mode(floppy, tmp_path):
    """An NMI of the PC finds the screen in such a mode, and leaves the monitor's text on it."""
    with Monitor(files={"/images/vbe.img": floppy}) as mon:
        vbe_machine(mon, "one")
        draw(mon, "one", "5", 1)
        mon.type("{ctrl+alt+f3}")
        until("no mode", lambda: seen(mon, tmp_path / "seen.ppm").width == 1024, mon)
        mon.nmi()
        mon.wait_screen(r"NMI")


def test_crash_console_while_a_vesa_mode_comes(floppy, rows, tmp_path):
    """An NMI in the middle of it: when the monitor goes on, the picture comes, all of it."""
    keys, picture = rows[0]
    with Monitor(files={"/images/vbe.img": floppy}) as mon:
        vbe_machine(mon, "one")
        draw(mon, "one", keys, 1)
        for turn in range(8):
            mon.type("{ctrl+alt+f3}")
            mon.nmi()
            mon.serial.expect(r"crash> ")
            mon.serial.send("g\r")
            mon.serial.expect(r"going on")
            comes_into_view(mon, tmp_path / "seen.ppm", picture, "turn %d" % turn)
            mon.type("{ctrl+alt+f1}")
            mon.wait_screen("poly86>")


def test_an_adapter_without_the_interface(floppy):
    """A line says what is not to be seen, and the machine draws on."""
    with Monitor("-vga", "cirrus", files={"/images/vbe.img": floppy}) as mon:
        vbe_machine(mon, "one")
        mon.type("{ctrl+alt+f3}")
        count = draw(mon, "one", "1", 1)
        mon.wait_screen(r"one: graphics, 640 x 480, 256 colours: cannot be shown here; shot one FILE")
        draw(mon, "one", "t", count)
        mon.wait_screen(r"0123456789")


def test_banks_while_a_debugger_watches(floppy):
    """A write to the window is seen in whichever bank it falls, and the picture stays what it is."""
    model = Model()
    with Monitor(files={"/images/vbe.img": floppy}) as mon:
        vbe_machine(mon, "one")
        count = draw(mon, "one", "1p", 1)
        session = Session(mon)
        session.ask("dbg one")
        session.ask("bpr a000:0 ffff w count ffffffff")
        session.ask('keys one "w"')
        until("the guest is not done", lambda: " %02x " % (count + 1) in session.ask("d 0:600 L 1"), mon)
        hits = re.findall(r"hits ([0-9a-f]+) ", session.ask("bl"))
        assert [int(n, 16) for n in hits] == [16 * 2048]
        session.ask("q")
        for key in "1pw":
            model.key(key)
        mon.run("shot one /a.png")
        mon.run("sync")
        assert png(mon.get("/a.png")).difference(model.picture(None)) is None


@pytest.mark.parametrize("rom", ["/usr/share/bochs/VGABIOS-lgpl-latest", "/usr/share/seabios/vgabios-isavga.bin",
                                 "/usr/share/seabios/vgabios-stdvga.bin"])
def test_another_video_bios(rom, floppy, tmp_path):
    """Each drives the display interface in its own way. Bochs's has no function for colours; SeaVGABIOS finds the
    interface only if it can take notes in its ROM while it starts."""
    if not os.path.exists(rom):
        pytest.skip("%s is not installed" % rom)
    path, model = tmp_path / "seen.ppm", Model()
    with Monitor(files={"/images/vbe.img": floppy, "/rom/other.bin": rom}) as mon:
        mon.machine("one", "vgabios /rom/other.bin", "floppy a: /images/vbe.img ro")
        until("no guest", lambda: waited(mon, "one") == 1, mon)
        mon.type("{ctrl+alt+f3}")
        count = 1
        for keys in ("0aw", "3bq", "5a"):
            count = draw(mon, "one", keys, count)
            for key in keys:
                model.key(key)
            mon.run("shot one /a.png")
            mon.run("sync")
            shot = png(mon.get("/a.png"))
            assert shot.difference(model.picture(default_colors(shot, model))) is None
            comes_into_view(mon, path, shot, keys)
