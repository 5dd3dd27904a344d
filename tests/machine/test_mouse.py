"""Mice of machines, by what mouse_guest.asm shows of them."""

import os
import re
import shutil
import struct
import subprocess
import time

import pytest

from monitor import ROOT, WAIT_S, Dos, Monitor, guest

HERE = os.path.dirname(os.path.abspath(__file__))
FLOPPY = "/images/mouse.img"


@pytest.fixture(scope="module")
def floppy(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("mouse") / "mouse.img")
    subprocess.run(["nasm", "-f", "bin", "-I", ROOT + "/guests/", "-o", path,
                    os.path.join(HERE, "mouse_guest.asm")], check=True)
    return path


@pytest.fixture
def mon(floppy):
    with Monitor(files={FLOPPY: floppy}) as monitor:
        yield monitor


def start(mon, name, *keys):
    mon.machine(name, "floppy a: %s ro" % FLOPPY, *keys)


def words(*numbers):
    return " ".join("%04X" % (number & 0xFFFF) for number in numbers)


def serial(x, y, buttons, reports, wheel=0):
    """The guest's row 1, of a mouse with a wheel."""
    return "4D 5A %s" % words(x, y, buttons, reports, wheel)


def bios(x, y, buttons, reports, first="00 00"):
    """Row 0, of the mouse that the BIOS knows; y is up."""
    return "%s %s" % (first, words(x, y, buttons, reports))


def test_bios_mouse(mon):
    """PS/2 mouse, INT 15h AH=C2h and INT 74h, with three and with four bytes a packet."""
    start(mon, "one")
    mon.wait_text("one", bios(0, 0, 0, 0))
    mon.run("mouse one 5 -3")
    mon.wait_text("one", bios(5, 3, 0, 1))
    mon.run("mouse one 0 0 lr")
    mon.wait_text("one", bios(5, 3, 3, 2))
    mon.run("mouse one -1000 600 m")
    mon.wait_text("one", bios(-995, -597, 4, 6))
    mon.press_keys("one", "0")
    mon.wait_text("one", bios(-995, -597, 4, 6))
    mon.run("mouse one 7 7")
    mon.press_keys("one", "w")
    mon.wait_text("one", bios(-995, -597, 4, 6) + " 03 0000")
    mon.run("mouse one 10 0 - 5")
    mon.wait_text("one", bios(-985, -597, 0, 7) + " 03 0005")
    mon.press_keys("one", "r")
    mon.wait_text("one", bios(-985, -597, 0, 7) + " AA 0005")
    assert "mouse: id 0, disabled, 100 reports" in mon.run("dbg one; dev vkbc; q")


def test_no_mouse(mon):
    """The BIOS finds none: its answer is an interface error."""
    start(mon, "one", "mouse none")
    mon.wait_text("one", "03 FF 0000 0000 0000 0000")


def test_two_machines_have_two_mice(mon):
    start(mon, "one")
    start(mon, "two")
    start(mon, "three", "mouse serial")
    for name in ("one", "two"):
        mon.wait_text(name, bios(0, 0, 0, 0))
    mon.wait_text("three", serial(0, 0, 0, 0))
    mon.run("mouse one 1 0")
    mon.run("mouse two 0 2 l")
    mon.run("mouse three 3 3 r")
    mon.wait_text("one", bios(1, 0, 0, 1))
    mon.wait_text("two", bios(0, -2, 1, 1))
    mon.wait_text("three", serial(3, 3, 1, 1))
    mon.run("mouse one 1 0")
    mon.wait_text("one", bios(2, 0, 0, 2))
    assert bios(0, -2, 1, 1) in mon.text("two")
    assert serial(3, 3, 1, 1) in mon.text("three")


def test_the_pc_s_own_mouse(mon):
    """It moves the mouse of the machine in view, and of no other."""
    for name in ("one", "two"):
        start(mon, name)
        mon.wait_text(name, bios(0, 0, 0, 0))
    mon.move_mouse(50, 50)                      # the shell is in front
    mon.keys("ctrl+alt+f3")
    mon.wait_screen(r"^00 00 0000 0000 0000 0000")
    mon.move_mouse(5, -3)
    mon.wait_text("one", bios(5, 3, 0, 1))
    mon.button("left")
    mon.wait_text("one", bios(5, 3, 1, 2))
    mon.keys("ctrl+alt+f4")                     # leaves with the button down: it is let go there
    mon.wait_text("one", bios(5, 3, 0, 3))
    mon.button("left", False)
    for _ in range(10):
        mon.move_mouse(1, 0)
    mon.wait_text("two", "00 00 %s" % words(10, 0, 0))
    assert bios(5, 3, 0, 3) in mon.text("one")
    mon.run("vm set two mouse none")
    mon.move_mouse(1, 1)
    mon.keys("ctrl+alt+f1")
    mon.press_keys("one", "w")
    mon.wait_text("one", bios(5, 3, 0, 3) + " 03 0000")
    mon.keys("ctrl+alt+f3")
    mon.wait_screen("^" + bios(5, 3, 0, 3) + " 03 0000")
    mon.button("wheel-down")
    mon.button("wheel-down", False)
    mon.wait_text("one", " 03 0001")


def test_serial_mouse(mon):
    """At any port; reports are those that the data format knows."""
    start(mon, "one", "mouse serial")
    mon.wait_text("one", serial(0, 0, 0, 0))
    mon.run("mouse one 5 -3")
    mon.wait_text("one", serial(5, -3, 0, 1))
    mon.run("mouse one 0 0 l")
    mon.wait_text("one", serial(5, -3, 4, 2))
    mon.run("mouse one 0 0 rm 2")
    mon.wait_text("one", serial(5, -3, 3, 3, 2))
    mon.run("mouse one -1000 600")
    mon.wait_text("one", " ".join(serial(-995, 597, 0, 0).split()[:5]))
    assert "mouse    serial 1" in mon.run("vm show one")
    assert "leads to mouse, powered" in mon.run("dbg one; dev vuart; q")


def test_double_click_at_once(mon):
    """Nothing gets lost or out of order where the guest is slower than the hand."""
    start(mon, "one", "mouse serial")
    mon.wait_text("one", serial(0, 0, 0, 0))
    mon.run("mouse one 0 0 l; mouse one 0 0; mouse one 0 0 l; mouse one 0 0")
    mon.wait_text("one", serial(0, 0, 0, 4))


def test_mouse_changes_places_while_it_runs(mon):
    start(mon, "one")
    mon.refused("vm set one mouse serial 3", "cannot change while it runs")
    mon.run("vm set one mouse serial")
    mon.wait_text("one", serial(0, 0, 0, 0))
    mon.run("mouse one 5 5")
    mon.wait_text("one", serial(5, 5, 0, 1))
    mon.run("vm set one mouse ps2")
    mon.run("mouse one 5 5")
    mon.run("vm set one mouse none")
    mon.refused("mouse one 5 5", "has no mouse")
    assert "mouse    none" in mon.run("vm show one")
    mon.run("vm set one serial 1 mouse")
    mon.wait_text("one", serial(5, 5, 0, 1))
    mon.run("vm set one serial 1 none")
    mon.refused("mouse one 5 5", "has no mouse")


def test_wrong_words(mon):
    start(mon, "one")
    for line in ("mouse one", "mouse one 1", "mouse one a 1", "mouse one 1 1 x", "mouse one 10001 0",
                 "mouse one 0 0 l 101"):
        mon.refused(line, "usage: mouse NAME DX DY")
    mon.refused("mouse two 0 0", "two: no such machine")
    mon.define("off")
    mon.refused("mouse off 0 0", "off: is off")
    mon.refused("vm set off mouse bus", "bus is no value")


def int33(mon, condition):
    """Waits until what int33.asm shows is so; that is (reset, buttons, x, y, held)."""
    end = time.monotonic() + WAIT_S
    while True:
        row = re.match(r"((?:[0-9A-F]{4} ){5})", mon.text("dos").split("\n")[0] + " ")
        if row:
            seen = struct.unpack(">HHhhH", bytes.fromhex(row.group(1)))
            if condition(*seen[2:]):
                return seen
        assert time.monotonic() < end, mon.text("dos")


@pytest.mark.parametrize("kind", ["ps2", "serial 2"])
def test_dos_driver(tmp_path, kind):
    """CuteMouse in FreeDOS finds the mouse, and a program hears of it by INT 33h. How far the
    pointer goes for a motion is the driver's affair."""
    disk, program = str(tmp_path / "dos.img"), str(tmp_path / "int33.com")
    shutil.copyfile(guest("freedos-360K.img"), disk)
    subprocess.run(["nasm", "-f", "bin", "-o", program, os.path.join(HERE, "int33.asm")], check=True)
    subprocess.run(["mcopy", "-i", disk, guest("ctmouse.exe"), program, "::"], check=True,
                   env={**os.environ, "MTOOLS_SKIP_CHECK": "1"})
    with Monitor(files={"/images/dos.img": disk}) as mon:
        mon.machine("dos", "floppy a: /images/dos.img", "boot a:", "mouse " + kind)
        dos = Dos(mon, "dos")
        dos.ready()
        said = dos.run("ctmouse")
        assert ("PS/2" if kind == "ps2" else "COM2") in said, said
        mon.press_keys("dos", "int33{enter}")
        assert int33(mon, lambda x, y, held: True)[0] == 0xFFFF
        mon.run("mouse dos 20 -8 l")
        _, _, x, y, _ = int33(mon, lambda x, y, held: x >= 20 and y <= -8 and held == 1)
        mon.run("mouse dos -60 30 r")
        int33(mon, lambda to_x, to_y, held: to_x < x and to_y > y and held == 2)
        mon.run("mouse dos 0 0")
        int33(mon, lambda x, y, held: held == 0)
        mon.press_keys("dos", "x")
        dos.run("ver")
