"""The virtual VGA's picture: what vga_guest.asm draws, by `shot`, is dot for dot what the bare emulator's
adapter makes of the same program.

Both run our video BIOS, so that the registers are the same. Where the emulator simplifies, that is
undone here: it expands a colour's six bits otherwise, and makes 8 dots of 9 where characters are twice
as wide."""

import os
import re
import shutil
import struct
import time
import zlib

import pytest

from monitor import BUILD, Dos, Monitor, assembled
from qemu import Machine, Timeout
from test_kernel import boot_sector

WAITED = 0x600
# A first key sets the mode.
PROGRAMS = ["0", "2", "3", "7", "4", "5", "6", "d", "e", "f", "g", "h", "i", "j", "x", "y", "z", "l", "m",
            "3s", "3a", "3as", "ls", "da", "ds", "gs", "is", "ia", "js", "ja", "xas", "dn", "en", "in", "gna",
            "3w", "iw", "jw", "xw", "6w", "4w"]


@pytest.fixture(scope="module")
def floppy(tmp_path_factory):
    return assembled("vga_guest.asm", tmp_path_factory.mktemp("vga"))


SIX = bytes(value >> 2 for value in range(256))


class Picture:
    """Width, height and rows of pixels, each a tuple of three six-bit numbers."""

    def __init__(self, width, height, data):
        self.width, self.height = width, height
        six = data.translate(SIX)
        self.rows = [six[y * width * 3:(y + 1) * width * 3] for y in range(height)]

    def __eq__(self, other):
        return self.rows == other.rows

    def dots(self, y):
        return [self.rows[y][i:i + 3] for i in range(0, len(self.rows[y]), 3)]

    def eight_of_nine(self):
        """Without the ninth dot of characters of doubled dots."""
        narrow = Picture(0, 0, b"")
        narrow.rows = [b"".join(row[i:i + 48] for i in range(0, len(row), 54)) for row in self.rows]
        narrow.width, narrow.height = len(narrow.rows[0]) // 3, self.height
        return narrow

    def difference(self, other):
        if (self.width, self.height) != (other.width, other.height):
            return "%dx%d is not %dx%d" % (self.width, self.height, other.width, other.height)
        for y in range(self.height):
            if self.rows[y] != other.rows[y]:
                x = next(x for x, (a, b) in enumerate(zip(self.dots(y), other.dots(y))) if a != b)
                return "dot %d of line %d is %s, not %s" % (x, y, self.dots(y)[x].hex(), other.dots(y)[x].hex())
        return None


def ppm(data):
    kind, width, height, most, pixels = data.split(None, 4)[:4] + [data.split(b"\n255\n", 1)[1]]
    assert (kind, most) == (b"P6", b"255")
    return Picture(int(width), int(height), pixels)


def png(data):
    """An indexed PNG, each line stored as its difference from the one above."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {b"IDAT": b""}
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        assert struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0] == zlib.crc32(kind + body)
        chunks[kind] = chunks.get(kind, b"") + body if kind == b"IDAT" else body
        at += size + 12
    assert kind == b"IEND"
    width, height, depth, color = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, color) == (8, 3)
    lines, above, pixels = zlib.decompress(chunks[b"IDAT"]), bytes(width), []
    palette = [chunks[b"PLTE"][i:i + 3] for i in range(0, 768, 3)]
    for y in range(height):
        line = lines[y * (width + 1):(y + 1) * (width + 1)]
        assert line[0] == 2
        above = bytes((a + b) & 255 for a, b in zip(line[1:], above))
        pixels += [palette[value] for value in above]
    return Picture(width, height, b"".join(pixels))


def until(what, condition, pc):
    end = time.monotonic() + pc.wait
    while not condition():
        if time.monotonic() > end:
            raise Timeout("%s\n%s" % (what, pc.report()))
        time.sleep(0.02)


class Bare(Machine):
    """The guest alone, with our video BIOS."""

    def __init__(self, floppy, folder):
        shutil.copy(os.path.join(BUILD, "rom", "vgabios.bin"), folder / "vgabios.bin")
        super().__init__("-vga", "std", "-L", str(folder), "-drive",
                         "file=%s,format=raw,if=floppy,readonly=on" % floppy, machine="isapc", cpu="486")
        self.path, self.count = folder / "bare.ppm", 1
        until("no guest", lambda: self.memory(WAITED, 1) == b"\1", self)

    def draw(self, keys):
        for key in keys:
            self.count = (self.count + 1) % 256
            self.type(key)
            until("the guest has not taken " + key, lambda: self.memory(WAITED, 1)[0] == self.count, self)
        self.screendump(self.path, "ppm")
        return ppm(self.path.read_bytes())


def waited(mon, name):
    return int(re.search(r"^0000:0600 +(\w\w)", mon.run("dbg %s; d 0:600 L 1; q" % name), re.MULTILINE).group(1), 16)


def draw(mon, name, keys, count):
    """Keys into a machine; how often it has waited then."""
    for key in keys:
        count = (count + 1) % 256
        mon.press_keys(name, key)
        until("the guest has not taken " + key, lambda: waited(mon, name) == count, mon)
    return count


def test_every_mode_in_the_background(floppy, tmp_path):
    """Drawn by a machine that is never in view."""
    (tmp_path / "rom").mkdir()
    with Bare(floppy, tmp_path / "rom") as bare:
        expected = {keys: bare.draw(keys) for keys in PROGRAMS}
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        mon.machine("one", "floppy a: /images/vga.img ro")
        until("no guest", lambda: waited(mon, "one") == 1, mon)
        count = 1
        for number, keys in enumerate(PROGRAMS):
            count = draw(mon, "one", keys, count)
            mon.run("shot one /%d.%s" % (number, "png" if number % 2 else "ppm"))
        mon.run("sync")
        wrong = []
        for number, keys in enumerate(PROGRAMS):
            kind = png if number % 2 else ppm
            ours = kind(mon.get("/%d.%s" % (number, kind.__name__)))
            if ours.width == 720 and expected[keys].width == 640:
                ours = ours.eight_of_nine()
            if ours != expected[keys]:
                wrong.append("%s: %s" % (keys, ours.difference(expected[keys])))
        assert wrong == []


def test_pictures_that_cannot_be(floppy):
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        mon.define("one", "floppy a: /images/vga.img ro")
        mon.refused("shot one /a.png", r"^one: .*; .*")
        mon.start("one")
        mon.refused("shot one", r"^shot: wrong arguments; usage: shot NAME FILE")
        mon.refused("shot two /a.png", r"^two: no such machine")
        mon.refused("shot one /no/folder/a.png", r"^/no/folder/a.png: ")
        until("no guest", lambda: waited(mon, "one") == 1, mon)
        before = mon.free_kb()
        mon.run("shot one /a.PNG")
        mon.run("sync")
        picture = png(mon.get("/a.PNG"))
        assert (picture.width, picture.height) == (720, 400)
        assert mon.free_kb() >= before - 8           # the copy was dropped


IN_VIEW = ["4", "5", "6", "d", "e", "f", "g", "h", "i", "j", "x", "y", "z", "ds", "is", "ja", "xas", "dn", "in", "iw", "jw",
           "xw", "4w", "en", "gn", "hn", "xn", "fn", "48", "iov", "ip", "ipc", "xp", "xpc", "j3", "3"]


def seen(mon, path):
    mon.screendump(path, "ppm")
    return ppm(path.read_bytes())


def test_every_mode_in_view(floppy, tmp_path):
    """On the PC's adapter, programmed as the machine's; while it draws, and after the shell was in front."""
    (tmp_path / "rom").mkdir()
    path = tmp_path / "seen.ppm"
    with Bare(floppy, tmp_path / "rom") as bare:
        expected = {keys: bare.draw(keys) for keys in IN_VIEW}
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        shell = seen(mon, path)
        mon.machine("one", "floppy a: /images/vga.img ro")
        until("no guest", lambda: waited(mon, "one") == 1, mon)
        mon.type("{ctrl+alt+f3}")
        count = 1
        for keys in IN_VIEW:
            count = draw(mon, "one", keys, count)
            until("%s: %s" % (keys, seen(mon, path).difference(expected[keys])),
                  lambda: seen(mon, path) == expected[keys], mon)
            mon.type("{ctrl+alt+f1}")
            until("no shell after " + keys, lambda: (seen(mon, path).width, seen(mon, path).height) ==
                  (shell.width, shell.height) and seen(mon, path) != expected[keys], mon)
            mon.type("{ctrl+alt+f3}")
            until("%s again: %s" % (keys, seen(mon, path).difference(expected[keys])),
                  lambda: seen(mon, path) == expected[keys], mon)


@pytest.mark.parametrize("keys", ["iq", "jq", "xq", "dq"])
def test_leaving_and_coming_back_while_it_draws(keys, floppy, tmp_path):
    (tmp_path / "rom").mkdir()
    with Bare(floppy, tmp_path / "rom") as bare:
        expected = bare.draw(keys)
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        for name in ("one", "two"):
            mon.machine(name, "floppy a: /images/vga.img ro")
            until("no guest", lambda: waited(mon, name) == 1, mon)
        draw(mon, "two", "j", 1)
        count = draw(mon, "one", keys[0], 1)
        mon.type("{ctrl+alt+f3}")
        mon.press_keys("one", keys[1])
        for view in "f1", "f3", "f4", "f3", "f2", "f3", "f10", "f3":
            mon.type("{ctrl+alt+%s}" % view)
        until("the guest is not done", lambda: waited(mon, "one") == count + 1, mon)
        until("another picture", lambda: seen(mon, tmp_path / "seen.ppm") == expected, mon)


def is_loaded_as_it_was(mon, keys):
    """`one`, which stands, saved and loaded; it goes on then. Leaves /before.png."""
    mon.run("shot one /before.png")
    mon.run("vm save one /one.sav")
    mon.run("vm kill one")
    mon.run("vm load one /one.sav")
    mon.run("shot one /after.png")
    mon.run("sync")
    assert mon.get("/before.png") == mon.get("/after.png"), keys
    mon.try_run("vm resume one")


def test_graphics_in_a_saved_machine(floppy):
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        mon.machine("one", "floppy a: /images/vga.img ro")
        until("no guest", lambda: waited(mon, "one") == 1, mon)
        count = 1
        for keys in ("j", "iw", "x", "4", "6"):
            count = draw(mon, "one", keys, count)
            mon.run("vm pause one")
            is_loaded_as_it_was(mon, keys)


# --- drawing in the PC's own adapter ---

def is_native(mon, name):
    return "native     the guest draws" in mon.run("dbg %s; dev vvga; q" % name)


def expected_of(floppy, folder, *programs):
    (folder / "rom").mkdir()
    with Bare(floppy, folder / "rom") as bare:
        return [bare.draw(keys) for keys in programs]


def lent(mon, keys, name="one"):
    """A machine in view that draws natively; how often it has waited. The first is to be "one"."""
    mon.machine(name, "floppy a: /images/vga.img ro")
    until("no guest", lambda: waited(mon, name) == 1, mon)
    mon.type("{ctrl+alt+%s}" % {"one": "f3", "two": "f4"}[name])
    count = draw(mon, name, keys, 1)
    until("nothing is lent", lambda: is_native(mon, name), mon)
    return count


def shown(mon, expected, path):
    until("another picture: %s" % seen(mon, path).difference(expected), lambda: seen(mon, path) == expected, mon)


def views(mon):
    for view in "f1", "f3", "f4", "f3", "f2", "f3", "f10", "f4", "f1", "f3":
        mon.type("{ctrl+alt+%s}" % view)


def is_saved_and_loaded(mon):
    mon.run("vm pause one")
    mon.run("vm save one /one.sav")
    mon.run("vm kill one")
    mon.run("vm load one /one.sav")
    mon.try_run("vm resume one")
    mon.type("{ctrl+alt+f3}")


def crash_console(mon):
    mon.nmi()
    mon.serial.expect(r"crash> ")
    mon.serial.send("g\r")
    mon.serial.expect(r"going on")
    mon.run("echo here")


def is_looked_at(mon):
    for line in ("shot one /a.png", "vm pause one", "dbg one; dev vvga; d a000:0 L 10; r; q", "shot one /b.png",
                 "vm resume one", "screen one", "vm show one"):
        mon.try_run(line)


@pytest.mark.parametrize("keys", ["i", "x"])
@pytest.mark.parametrize("meanwhile", [views, is_saved_and_loaded, crash_console, is_looked_at])
def test_latches_between_read_and_write(keys, meanwhile, floppy, tmp_path):
    """What the guest has read is what it writes in write mode 1, whatever happens in between."""
    expected, = expected_of(floppy, tmp_path, keys + "uv")
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        count = draw(mon, "one", "u", lent(mon, keys))
        lent(mon, keys, "two")
        mon.type("{ctrl+alt+f3}")
        meanwhile(mon)
        until("nothing is lent again", lambda: is_native(mon, "one"), mon)
        draw(mon, "one", "v", count)
        shown(mon, expected, tmp_path / "seen.ppm")


def go_on_drawing(mon, name, keys):
    """Until done(), with the result of o or p."""
    mon.press_keys(name, {"o": "t", "p": "b"}[keys])


def done(mon, name, count):
    mon.press_keys(name, " ")
    until("the guest is not done", lambda: waited(mon, name) == count + 2, mon)
    return count + 2


@pytest.mark.parametrize("keys", ["io", "eo", "ip", "xp"])
def test_two_that_draw_natively_in_turn(keys, floppy, tmp_path):
    """Each is in view for a moment, in the middle of reading, writing and copying with all registers' doings."""
    expected = expected_of(floppy, tmp_path, keys, "c")
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        counts = {"one": lent(mon, keys[0]), "two": lent(mon, keys[0], "two")}
        for name in counts:
            go_on_drawing(mon, name, keys[1])
        for _ in range(6):
            views(mon)
        for name, view in (("one", "f3"), ("two", "f4")):
            count = done(mon, name, counts[name])
            mon.type("{ctrl+alt+%s}" % view)
            shown(mon, expected[0], tmp_path / "seen.ppm")
            if keys[1] == "p":
                draw(mon, name, "c", count)
                shown(mon, expected[1], tmp_path / "seen.ppm")


def test_stepped_while_it_draws_natively(floppy, tmp_path):
    """The debugger's instructions go through the executor, with the same effects on the adapter."""
    expected, = expected_of(floppy, tmp_path, "io")
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        count = lent(mon, "i")
        go_on_drawing(mon, "one", "o")
        for _ in range(8):
            mon.run("dbg one stop; t 40; q")
            mon.run("vm resume one")
        assert is_native(mon, "one")
        done(mon, "one", count)
        shown(mon, expected, tmp_path / "seen.ppm")


def test_killed_and_reset_while_it_draws_natively(floppy, tmp_path):
    expected, = expected_of(floppy, tmp_path, "i")
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        for end in "vm kill one", "vm reset one":
            count = lent(mon, "i")
            mon.press_keys("one", "k")
            mon.run("sleep 1")
            mon.run(end)
            mon.type("{ctrl+alt+f1}")
            mon.wait_screen(r"^poly86>")
        until("no guest after the reset", lambda: waited(mon, "one") == 1, mon)
        mon.type("{ctrl+alt+f3}")
        draw(mon, "one", "i", 1)
        shown(mon, expected, tmp_path / "seen.ppm")
        assert is_native(mon, "one") and count == 2


@pytest.mark.parametrize("machine, adapter", [("isapc", "std"), ("isapc", "cirrus"), ("pc", "cirrus")])
def test_native_on_other_adapters(machine, adapter, floppy, tmp_path):
    programs = ["iuv", "dn", "xn", "ip", "c"]
    expected = expected_of(floppy, tmp_path, *programs)
    with Monitor("-vga", adapter, files={"/images/vga.img": floppy}, machine=machine, cpu="486") as mon:
        count = lent(mon, "i")
        for keys, picture in zip(programs, expected):
            count = draw(mon, "one", keys, count)
            shown(mon, picture, tmp_path / "seen.ppm")
            mon.type("{ctrl+alt+f1}")
            mon.wait_screen(r"^poly86>")
            mon.type("{ctrl+alt+f3}")
            shown(mon, picture, tmp_path / "seen.ppm")


def test_latch_in_a_register(floppy):
    """CRT controller 22h, which no manual names: the latch that the read map selects."""
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        draw(mon, "one", "u", lent(mon, "i"))
        mon.run("vm pause one")
        latches = re.search(r"^latches +(.*?) *$", mon.run("dbg one; dev vvga; q"), re.M).group(1).split()
        assert len(set(latches)) > 1
        for plane, latch in enumerate(latches):
            said = mon.run("dbg one; o 3ce 4; o 3cf %x; o 3d4 22; i 3d5; q" % plane).split()
            assert said[-1].lower() == latch.lower()
        assert is_native(mon, "one")


def test_named_where_it_cannot_be_shown(floppy):
    """On a serial line, and in the overview."""
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        mon.machine("one", "floppy a: /images/vga.img ro")
        until("no guest", lambda: waited(mon, "one") == 1, mon)
        draw(mon, "one", "i", 1)
        mon.type("{ctrl+alt+f10}")
        mon.wait_screen(r"graphics, 640 x 480, 16 colours")
        mon.serial.send("view one\r")
        mon.serial.expect(r"one: graphics, 640 x 480, 16 colours: cannot be shown here; shot one FILE")
        mon.serial.send(b"\x1d")
        mon.serial.expect(r"poly86> $")


def test_random_registers_in_view(floppy, tmp_path):
    """Whatever the guest writes, the monitor lives, and a mode set makes a picture again."""
    (tmp_path / "rom").mkdir()
    with Bare(floppy, tmp_path / "rom") as bare:
        expected = bare.draw("j")
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        mon.machine("one", "floppy a: /images/vga.img ro")
        until("no guest", lambda: waited(mon, "one") == 1, mon)
        mon.type("{ctrl+alt+f3}")
        count = 1
        for number in range(3):
            count = draw(mon, "one", "r", count)
            mon.run("shot one /%d.png" % number)
            count = draw(mon, "one", "j", count)
            until("no picture", lambda: seen(mon, tmp_path / "seen.ppm") == expected, mon)
        assert mon.state("one")[1] == "running"


# --- older adapters ---

@pytest.fixture(scope="module")
def old_floppy(tmp_path_factory):
    return assembled("old_video_guest.asm", tmp_path_factory.mktemp("old"))


def test_cga_and_mda(old_floppy):
    with Monitor(files={"/images/old.img": old_floppy}) as mon:
        for name, size in (("cga", (640, 200)), ("mda", (720, 350))):
            mon.machine(name, "video " + name, "floppy a: /images/old.img ro")
            assert "video    %s" % name in mon.run("vm show " + name)
            mon.wait_text(name, "An adapter of 1981")
            mon.run("shot %s /%s.ppm" % (name, name))
            mon.run("sync")
            picture = ppm(mon.get("/%s.ppm" % name))
            assert (picture.width, picture.height) == size
            height, width = size[1] // 25, size[0] // 80
            lit = {dot for y in range(3 * height, 4 * height) for dot in picture.dots(y)[10 * width:11 * width]}
            assert lit == {b"\0\0\0", b"\x2a\x2a\x2a"}
        mon.press_keys("cga", "x")
        until("no graphics", lambda: waited(mon, "cga") == 2, mon)
        mon.run("shot cga /graphics.ppm")
        mon.run("sync")
        picture = ppm(mon.get("/graphics.ppm"))
        colors = [b"\0\0\0", b"\0\x2a\x2a", b"\x2a\0\x2a", b"\x2a\x2a\x2a"]
        for y in (0, 1, 198, 199):
            first = y % 2 * 0x2000 + y // 2 * 80
            byte = [(first + i) * 7 & 255 for i in range(80)]
            assert picture.dots(y)[::2] == [colors[b >> shift & 3] for b in byte for shift in (6, 4, 2, 0)]


def scanned_twice(picture):
    twice = Picture(0, 0, b"")
    twice.width, twice.height = picture.width, 2 * picture.height
    twice.rows = [row for row in picture.rows for _ in range(2)]
    return twice


def in_view(mon, name, path):
    """The machine's own picture is on the PC's VGA."""
    def same():
        mon.run("shot %s /v.ppm" % name)
        mon.run("sync")
        picture = ppm(mon.get("/v.ppm"))
        return seen(mon, path) in (picture, scanned_twice(picture))
    until("%s is not in view" % name, same, mon)


def test_old_adapters_in_view(floppy, int10_floppy, tmp_path):
    """Timings of other monitors become the VGA's."""
    path = tmp_path / "seen.ppm"
    with Monitor(files={"/images/vga.img": floppy, "/images/int10.img": int10_floppy}) as mon:
        mon.machine("cga", "video cga", "floppy a: /images/int10.img ro")
        mon.machine("ega", "video ega", "floppy a: /images/vga.img ro")
        mon.type("{ctrl+alt+f3}")
        for number in (1, 2, 3, 4):
            until("no mode", lambda: waited(mon, "cga") == number, mon)
            if number > 2:
                in_view(mon, "cga", path)
            mon.press_keys("cga", "x")
        until("no guest", lambda: waited(mon, "ega") == 1, mon)
        mon.type("{ctrl+alt+f4}")
        count = 1
        for keys in ("d", "e", "g", "dn"):
            count = draw(mon, "ega", keys, count)
            in_view(mon, "ega", path)


@pytest.fixture(scope="module")
def int10_floppy(tmp_path_factory):
    return assembled("int10_guest.asm", tmp_path_factory.mktemp("int10"))


def single_lines(picture):
    """A VGA scans each of the CGA's lines twice."""
    half = Picture(0, 0, b"")
    half.width, half.rows = picture.width, picture.rows[::2]
    half.height = len(half.rows)
    return half


def test_int10_of_a_cga(int10_floppy):
    """The same text, and the same dots, as the VGA's BIOS makes on a VGA."""
    with Monitor(files={"/images/int10.img": int10_floppy}) as mon:
        for name in ("vga", "cga"):
            mon.machine(name, "video " + name, "floppy a: /images/int10.img ro")
        for number, mode in enumerate((3, 1, 4, 6), 1):
            for name in ("vga", "cga"):
                until("%s: no mode %d" % (name, mode), lambda: waited(mon, name) == number, mon)
                mon.run("shot %s /%s.ppm" % (name, name))
            mon.run("sync")
            if mode < 4:
                assert mon.text("vga") == mon.text("cga")
            else:
                vga, cga = (ppm(mon.get("/%s.ppm" % name)) for name in ("vga", "cga"))
                assert cga.difference(single_lines(vga)) is None, mode
            for name in ("vga", "cga"):
                mon.press_keys(name, "x")


@pytest.mark.parametrize("video", ["mda", "cga"])
def test_dos_on_an_old_adapter(video):
    with Monitor(files={"/images/minidos.img": os.path.join(BUILD, "guests", "minidos.img")}) as mon:
        screens = []
        for name in ("vga", video):
            mon.machine(name, "video " + name, "floppy a: /images/minidos.img ro")
            dos = Dos(mon, name, prompt="A> ")
            dos.ready()
            screens.append(dos.run("dir"))
        assert screens[0] == screens[1]


def test_ega(floppy, tmp_path):
    """Graphics are a VGA's, with lines that are not scanned twice; text has 350 lines, or 344 in 43 rows."""
    (tmp_path / "rom").mkdir()
    with Bare(floppy, tmp_path / "rom") as bare:
        expected = {keys: bare.draw(keys) for keys in "456deg"}
    for keys in "456de":
        del expected[keys].rows[1::2]
        expected[keys].height //= 2
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        mon.machine("one", "video ega", "floppy a: /images/vga.img ro")
        until("no guest", lambda: waited(mon, "one") == 1, mon)
        count = 1
        for keys in list(expected) + ["3", "l"]:
            count = draw(mon, "one", keys, count)
            mon.run("shot one /%s.ppm" % keys)
        mon.run("sync")
        assert "graphics" not in mon.run("dbg one; dev vvga; q").split("\n")[0]
        pictures = {keys: ppm(mon.get("/%s.ppm" % keys)) for keys in list(expected) + ["3", "l"]}
        wrong = {keys: pictures[keys].difference(picture) for keys, picture in expected.items()}
        assert set(wrong.values()) == {None}, wrong
        for keys, height in (("3", 350), ("l", 344)):
            assert (pictures[keys].width, pictures[keys].height) == (640, height)
            assert len({dot for y in range(height) for dot in pictures[keys].dots(y)}) == 16


def test_code_that_changes_while_it_draws(tmp_path):
    """What was decoded before is not taken for what is there now."""
    with Monitor(files={"/images/one.img": boot_sector("patching_guest", tmp_path)}) as mon:
        mon.machine("one", "floppy a: /images/one.img", "boot a:")
        mon.wait_text("one", "patched")
