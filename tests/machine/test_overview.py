"""The overview: text as it is, graphics as small pictures of half blocks, on the screen and on a serial line.

What a picture ought to look like is reckoned from `shot` of the same machine: each half block stands for a
rectangle of it, with the mean colour drawn towards the brightest. How that becomes text colours is not
repeated here: over a few half blocks together the two must agree."""

import os
import time

import pytest

from monitor import Monitor, assembled
from qemu import Timeout
from terminal import Terminal
from test_vga import draw, png, ppm, until, waited

BLOCK = 0xDF
TEXT_COLORS = [(0, 0, 0), (0, 0, 42), (0, 42, 0), (0, 42, 42), (42, 0, 0), (42, 0, 42), (42, 21, 0), (42, 42, 42),
               (21, 21, 21), (21, 21, 63), (21, 63, 21), (21, 63, 63), (63, 21, 21), (63, 21, 63), (63, 63, 21), (63, 63, 63)]
ALIKE = 14          # of 63, each part of a colour, over the whole picture: what sixteen colours can do
DRAWING = ["bars", "ribbon", "plasma", "stars"]
# Frames of four machines, and the pictures in them, in cells: column, row, width, height.
FRAMES = [(0, 0, 40, 12), (40, 0, 40, 12), (0, 12, 40, 12), (40, 12, 40, 12)]
ONE = (5, 1, 70, 22)            # of a single machine
ALONE = (2, 1, 76, 24)          # of one that is viewed where graphics cannot be shown


def picture_in(frame):
    return frame[0] + 1 + (frame[2] - 2 - 32) // 2, frame[1] + 1, 32, 10


@pytest.fixture(scope="module")
def floppy(tmp_path_factory):
    return assembled("vga_guest.asm", tmp_path_factory.mktemp("overview"))


def dots_of(cells, box):
    """Text colours of the half blocks in a box; None if there is anything else."""
    column, row, width, height = box
    part = [line[column:column + width] for line in cells[row:row + height]]
    if any(code != BLOCK for line in part for code, _ in line):
        return None
    return [[attribute >> 4 * half & 15 for _, attribute in line] for line in part for half in (0, 1)]


def expected(picture, width, height):
    """The mean of each rectangle, drawn towards the brightest dot."""
    rows = []
    for y in range(height):
        first, end = y * picture.height // height, (y + 1) * picture.height // height
        lines = sorted({first + (2 * n + 1) * (end - first) // 8 for n in range(4)})
        dots = [picture.dots(line) for line in lines]
        row = []
        for x in range(width):
            part = [dot for line in dots for dot in line[x * picture.width // width:(x + 1) * picture.width // width]]
            bright = max(part, key=lambda dot: 2 * dot[0] + 4 * dot[1] + dot[2])
            row.append([sum(dot[i] for dot in part) / len(part) * 3 / 8 + bright[i] * 5 / 8 for i in range(3)])
        rows.append(row)
    return rows


def mean(rows, x, y, size):
    part = [dot for row in rows[y:y + size] for dot in row[x:x + size]]
    return [sum(dot[i] for dot in part) / len(part) for i in range(3)]


def difference(dots, picture, size=4):
    """How much they differ on the average, in squares of so many dots."""
    wanted = expected(picture, len(dots[0]), len(dots))
    shown = [[TEXT_COLORS[color] for color in row] for row in dots]
    sums = [abs(a - b) for y in range(0, len(dots) - size + 1, size) for x in range(0, len(dots[0]) - size + 1, size)
            for a, b in zip(mean(shown, x, y, size), mean(wanted, x, y, size))]
    return sum(sums) / len(sums)


def shot(mon, name):
    mon.run("shot %s /%s.png" % (name, name))
    mon.run("sync")
    return png(mon.get("/%s.png" % name))


def screen(mon):
    """What is on the PC's screen."""
    path = os.path.join(mon.folder, "screen.ppm")
    mon.screendump(path, "ppm")
    with open(path, "rb") as file:
        return ppm(file.read())


def shows(cells, box, picture):
    """None, or what is wrong."""
    dots = dots_of(cells(), box)
    if dots is None:
        return "no picture"
    found = difference(dots, picture)
    return None if found < ALIKE else "differs by %.1f" % found


def wait_picture(mon, cells, box, picture):
    end = time.monotonic() + mon.wait
    while True:
        wrong = shows(cells, box, picture)
        if not wrong:
            return
        if time.monotonic() > end:
            raise Timeout("%s: %s\n%s" % (box, wrong, mon.report()))
        time.sleep(0.2)


def is_text(mon, cells):
    """The frame holds a row of the machine's own text screen."""
    row = [(at, ord(char)) for at, char in enumerate(mon.text("one").split("\n")[-1][:78]) if "!" <= char <= "~"]
    return any(all(line[1 + at][0] == code for at, code in row) for line in cells)


class Line:
    """The serial line while `view` is on it, as a terminal shows it."""

    def __init__(self, mon, what):
        self.mon, self.terminal, self.begun = mon, Terminal(), False
        self.at = len(mon.serial.log)
        mon.serial.send("view %s\r" % what)

    def cells(self):
        data = bytes(self.mon.serial.log[self.at:])
        if not self.begun:
            start = data.find(b"\x1b[?25l\x1b[H\x1b[J")        # before that, the size is asked
            if start < 0:
                return self.terminal.cells
            self.begun = True
        self.at += len(data)
        self.terminal.feed(data)
        return [[(BLOCK if char == "\u2580" else ord(char), attribute) for char, attribute in row]
                for row in self.terminal.cells]

    def leave(self):
        self.mon.serial.send(b"\x1d")
        self.mon.serial.expect(r"poly86> $")


def test_four_that_draw():
    """All at once, on the screen and on the line, also when they have gone on."""
    with Monitor() as mon:
        mon.run("demo drawing")
        for name in DRAWING:
            mon.wait_counter(name, 0, 100)
        mon.type("{ctrl+alt+f10}")
        seen = {}
        for turn in range(2):
            for name in DRAWING:
                mon.run("vm pause " + name)
            pictures = {name: shot(mon, name) for name in DRAWING[1:]}
            for name, frame in list(zip(DRAWING, FRAMES))[1:]:
                box = picture_in(frame)
                wait_picture(mon, mon.cells, box, pictures[name])
                assert dots_of(mon.cells(), box) != seen.get(name), name
                seen[name] = dots_of(mon.cells(), box)
                assert len({color for row in seen[name] for color in row}) >= 3, name
            assert "bars - paused" in mon.screen()
            assert "graphics, 640 x 480, 16 colours" in mon.screen()
            line = Line(mon, "all")
            for name, frame in list(zip(DRAWING, FRAMES))[1:]:
                until("%s is not the same on the line" % name,
                      lambda: dots_of(line.cells(), picture_in(frame)) == dots_of(mon.cells(), picture_in(frame)), mon)
            line.leave()
            for name in DRAWING:
                mon.run("vm resume " + name)
            mon.run("sleep 1")


def test_text_is_in_the_machines_colours():
    """bars moves them in the DAC."""
    with Monitor() as mon:
        mon.run("demo bars")
        mon.wait_counter("bars", 0, 100)
        mon.type("{ctrl+alt+f10}")
        until("one colour", lambda: len({attribute >> 4 for row in mon.cells() for _, attribute in row[1:79]}) > 2, mon)
        before = mon.cells()
        until("nothing moves", lambda: mon.cells() != before, mon)


def test_what_a_machine_does_meanwhile(floppy):
    """Other modes, text, a dark screen, registers that make no sense; and one that is switched off."""
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        mon.machine("one", "floppy a: /images/vga.img ro")
        until("no guest", lambda: waited(mon, "one") == 1, mon)
        mon.type("{ctrl+alt+f10}")
        mon.wait_screen("one - running")
        count = 1
        for keys in "i", "j", "4", "x", "f", "6":
            count = draw(mon, "one", keys, count)
            wait_picture(mon, mon.cells, ONE, shot(mon, "one"))
        count = draw(mon, "one", "3", count)
        until("no text", lambda: is_text(mon, mon.cells()), mon)
        count = draw(mon, "one", "j", count)
        wait_picture(mon, mon.cells, ONE, shot(mon, "one"))
        mon.run("dbg one; o 3c4 1; o 3c5 21; q")                # the screen is switched off
        until("it is not dark", lambda: {color for row in dots_of(mon.cells(), ONE) or [[9]] for color in row} == {0}, mon)
        count = draw(mon, "one", "r", count)
        count = draw(mon, "one", "j", count)
        wait_picture(mon, mon.cells, ONE, shot(mon, "one"))
        assert mon.state("one")[1] == "running"
        mon.kill("one")
        mon.wait_screen("No machine is on")
        mon.start("one")
        until("no guest", lambda: waited(mon, "one") == 1, mon)
        until("no text", lambda: is_text(mon, mon.cells()), mon)


def test_killed_while_others_are_drawn():
    """The others' pictures move to their new places."""
    with Monitor() as mon:
        mon.run("demo drawing")
        for name in DRAWING:
            mon.wait_counter(name, 0, 50)
        mon.type("{ctrl+alt+f10}")
        for name, frame in list(zip(DRAWING, FRAMES))[1:]:
            until("no picture of " + name, lambda: dots_of(mon.cells(), picture_in(frame)), mon)
        mon.kill("bars")
        mon.kill("ribbon")
        mon.run("vm pause plasma; vm pause stars")
        box = (1, 1, 38, 22)                                    # two side by side
        wait_picture(mon, mon.cells, box, shot(mon, "plasma"))
        mon.kill("plasma")
        wait_picture(mon, mon.cells, ONE, shot(mon, "stars"))
        before = mon.free_kb()
        for _ in range(5):
            mon.type("{ctrl+alt+f1}")
            mon.wait_screen(r"^poly86>$")
            mon.type("{ctrl+alt+f10}")
            until("no picture", lambda: dots_of(mon.cells(), ONE), mon)
        assert mon.free_kb() >= before - 4


def test_one_alone_on_the_line(floppy):
    """What a serial line cannot show is said, and shown as a small picture below; text is text again."""
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        mon.machine("one", "floppy a: /images/vga.img ro")
        until("no guest", lambda: waited(mon, "one") == 1, mon)
        draw(mon, "one", "j", 1)
        picture = shot(mon, "one")
        line = Line(mon, "one")
        wait_picture(mon, line.cells, ALONE, picture)
        assert "one: graphics, 320 x 200, 256 colours: cannot be shown here; shot one FILE" in mon.serial.text()
        mon.serial.send("3")
        until("no text", lambda: dots_of(line.cells(), ALONE) is None, mon)
        line.leave()


def test_a_mode_beyond_a_vgas(floppy):
    """640 x 480 in 256 colours by the registers of the adapter's display interface."""
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        mon.machine("one", "floppy a: /images/vga.img ro")
        until("no guest", lambda: waited(mon, "one") == 1, mon)
        draw(mon, "one", "j", 1)
        mon.run("vm pause one")
        mon.run("dbg one; " + "; ".join("ow 1ce %x; ow 1cf %x" % pair for pair in
                                        ((1, 640), (2, 480), (3, 8), (4, 1))) + "; q")
        mon.type("{ctrl+alt+f10}")
        for color in 0x20, 0x28:
            mon.run("dbg one; f a000:0 L ffff %x; q" % color)
            wait_picture(mon, mon.cells, ONE, shot(mon, "one"))
        assert "graphics, 640 x 480, 256 colours" in mon.screen()


def test_on_the_line_what_is_in_view(floppy):
    """While the machine draws in the PC's own adapter, it is followed all the same, and the other way round."""
    with Monitor(files={"/images/vga.img": floppy}) as mon:
        mon.machine("one", "floppy a: /images/vga.img ro")
        until("no guest", lambda: waited(mon, "one") == 1, mon)
        draw(mon, "one", "i", 1)
        picture = shot(mon, "one")
        mon.type("{ctrl+alt+f3}")
        line = Line(mon, "one")
        wait_picture(mon, line.cells, ALONE, picture)
        seen = screen(mon)
        before = dots_of(line.cells(), ALONE)
        mon.type("s")                                           # its lower half is its upper one from now on
        until("the line does not follow", lambda: dots_of(line.cells(), ALONE) not in (None, before), mon)
        until("the screen does not follow", lambda: screen(mon) != seen, mon)
        before = dots_of(line.cells(), ALONE)
        mon.type("d")
        until("the line does not follow", lambda: dots_of(line.cells(), ALONE) not in (None, before), mon)
        line.leave()
        picture = shot(mon, "one")
        line = Line(mon, "one")
        wait_picture(mon, line.cells, ALONE, picture)
        until("the screen is not the machine's", lambda: screen(mon) == picture, mon)
        line.leave()
