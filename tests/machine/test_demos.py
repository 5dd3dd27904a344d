"""The demos that draw: in text, mode 12h, mode 13h and mode X, all four at once, none of them in view."""

import time

from monitor import WAIT_S, Monitor
from test_vga import png

# The picture's size, and how many colours it has at least.
DRAWING = {"bars": (720, 400, 9), "ribbon": (640, 480, 4), "plasma": (640, 400, 60), "stars": (640, 480, 5)}


def draw(mon):
    mon.run("demo drawing")
    for name in DRAWING:
        mon.wait_counter(name, 0, 200)


def test_four_sleep_between_pictures():
    with Monitor(icount="shift=3,sleep=off") as mon:
        draw(mon)
        before = {name: mon.times_ms(name) for name in DRAWING}
        mon.run("sleep 4")
        for name, (on, had) in before.items():
            later, more = mon.times_ms(name)
            assert more - had < 0.4 * (later - on), name


def test_four_that_draw():
    with Monitor() as mon:
        draw(mon)
        for name in DRAWING:
            assert mon.counters(name)[0] == "POLY86 " + name
            assert mon.counters(name)[1][1] > 0
        for name in DRAWING:
            mon.run("shot %s /%s.png" % (name, name))
        mon.run("sync")
        for name, (width, height, colors) in DRAWING.items():
            picture = png(mon.get("/%s.png" % name))
            assert (picture.width, picture.height) == (width, height)
            assert len({dot for y in range(0, height, 3) for dot in picture.dots(y)}) >= colors, name


def test_escape_boots_again():
    with Monitor() as mon:
        mon.run("demo ribbon")
        before = mon.wait_counter("ribbon", 0, 300)[0]
        mon.press_keys("ribbon", "{esc}")
        end = time.monotonic() + WAIT_S
        while mon.counters("ribbon")[1][0] >= before:
            assert time.monotonic() < end
            mon.run("sleep 1")
        mon.wait_counter("ribbon", 0, 20)
