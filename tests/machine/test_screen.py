"""The PC's own screen and keyboard: shell, hot keys, lamps, and the crash console.

What is on the screen is read out of the adapter's memory, what the adapter makes of it out of
its registers by way of a picture's size; keys are pressed by QMP."""

import os
import re
import subprocess
import time

import pytest

from monitor import Monitor
from qemu import Machine, Timeout

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
IMAGE = os.path.join(ROOT, "build", "poly86.img")
DISK = ["-drive", "file=%s,format=raw,snapshot=on" % IMAGE]

PCS = {"pc-pentium": dict(machine="pc", cpu="pentium"), "isapc-486": dict(machine="isapc", cpu="486")}


@pytest.fixture(params=PCS)
def pc(request):
    with Machine(DISK, **PCS[request.param]) as machine:
        machine.serial.expect(r"poly86> ")
        machine.wait_screen(r"^poly86>$")
        yield machine


def picture_size(pc, tmp_path):
    """What the adapter's registers make of the screen, in dots."""
    path = tmp_path / "screen.ppm"
    pc.screendump(path, "ppm")
    return tuple(int(n) for n in path.read_bytes().split(None, 3)[1:3])


def dots(pc, tmp_path, row, column, columns=80, height=16):
    """A cell as the adapter draws it: a set of (line, dot) that are not black."""
    path = tmp_path / "cell.ppm"
    pc.screendump(path, "ppm")
    _, width, _, _, data = path.read_bytes().split(None, 4)
    stride = int(width)
    cell = stride // columns
    found = set()
    for line in range(height):
        at = ((row * height + line) * stride + column * cell) * 3
        for dot in range(8):
            if data[at + dot * 3:at + dot * 3 + 3] != b"\0\0\0":
                found.add((line, dot))
    return found


def test_typing(pc):
    pc.type("echo 'Az09!@#$%^&*()_+-={{}[]:;~`|<>,.?/'{enter}")
    pc.wait_screen(re.escape("\nAz09!@#$%^&*()_+-={}[]:;~`|<>,.?/\n"))
    pc.type("echox{backspace} first{enter}{up}{enter}")
    pc.wait_screen(r"^first\n.*\nfirst$")


def test_lines_scroll(pc):
    pc.type("echo first{enter}")
    pc.wait_screen(r"^first$")
    pc.type("ls /modules{enter}ls /modules{enter}")
    pc.wait_screen(r"^poly86>\Z")
    assert "first" not in pc.screen()


def test_lamps(pc):
    """Caps Lock reaches the keyboard's lamps, and the letters."""
    pc.keys("caps_lock")
    pc.type("nothing{enter}")
    pc.wait_screen(r"^NOTHING: no such command")
    pc.keys("caps_lock")
    pc.type("echo lower{enter}")
    pc.wait_screen(r"^lower$")


def test_hot_keys(pc):
    pc.type("echo left here{enter}")
    pc.wait_screen(r"^left here$")
    pc.keys("ctrl+alt+f2")
    pc.wait_screen(r"boot: \d+ KB of memory")
    pc.keys("ctrl+alt+f1")
    pc.wait_screen(r"^left here$")


def test_adapter_draws_80_by_25(pc, tmp_path):
    assert picture_size(pc, tmp_path) == (720, 400)
    row = next(i for i, line in enumerate(pc.screen().split("\n")) if line.startswith("poly86>"))
    assert len(dots(pc, tmp_path, row, 0)) > 10       # p
    assert not dots(pc, tmp_path, row, 79)


def test_crash_console(pc, tmp_path):
    """NMI: on screen and serial line; typed at on both; and back again."""
    pc.type("echo before{enter}")
    pc.wait_screen(r"^before$")
    pc.nmi()
    pc.wait_screen(r"^\*\*\* poly86 stopped: NMI")
    pc.serial.expect(r"\*\*\* poly86 stopped: NMI")
    pc.wait_screen(r"^crash>$")
    pc.serial.expect(r"crash> ")
    assert picture_size(pc, tmp_path) == (720, 400)

    # The same memory by keyboard, by serial line and as the emulator sees it.
    paddr = 0x100000
    expected = "c0100000  " + " ".join("%02x" % byte for byte in pc.memory(paddr, 16))
    pc.type("d C0100000{enter}")
    pc.wait_screen("^" + expected)
    pc.serial.expect(expected)
    pc.serial.expect(r"crash> ")
    pc.serial.send("d c0100000\r")
    pc.serial.expect(expected)

    pc.type("d 12345678{enter}")
    pc.wait_screen(r"^12345678  cannot be read")
    pc.type("t{enter}")
    pc.wait_screen(r"^  idle +running|^  \S+ +running")

    pc.type("g{enter}")
    pc.serial.expect(r"going on")
    pc.wait_screen(r"^before$")
    pc.type("echo after{enter}")
    pc.wait_screen(r"^after$")
    assert pc.serial.ask("echo still").endswith("still")
    assert pc.serial.text().count("KB of memory") == 1   # it was no reboot


def test_crash_console_scrolls(pc):
    pc.nmi()
    pc.wait_screen(r"^crash>$")
    for _ in range(3):
        pc.type("d C0100000{enter}")
        pc.serial.expect(r"c0100070[^\r]*\r\ncrash> ")
    pc.wait_screen(r"^c0100070.*\ncrash>$")
    assert "stopped: NMI" not in pc.screen()


def test_crash_console_twice(pc):
    """The second time the screen belongs to the shell again, and is taken over again."""
    for _ in range(2):
        pc.nmi()
        pc.wait_screen(r"\A\n?\*\*\* poly86 stopped: NMI")
        pc.type("g{enter}")
        pc.wait_screen(r"^poly86>$")
    assert pc.serial.text().count("going on") == 2
    assert pc.serial.text().count("KB of memory") == 1   # it was no reboot


@pytest.mark.parametrize("options, missing", [
    (["-vga", "none"], "vga"),
])
def test_without(options, missing):
    """A PC without an adapter is used over its serial line."""
    with Machine(DISK, options, cpu="pentium") as machine:
        machine.serial.expect(r"poly86> ")
        modules = machine.serial.ask("module list")
        assert "i8042" in modules and not re.search(r"^%s " % missing, modules, re.MULTILINE)


def test_date():
    with Machine(DISK, ["-rtc", "base=2004-02-29T23:58:57"], cpu="pentium") as machine:
        machine.serial.expect(r"poly86> ")
        assert re.search(r"Sun 2004-02-29 23:5[89]|Mon 2004-03-01 00:", machine.serial.ask("date"))


# --- a machine's screen on the PC's adapter ---

WAITED = 0x600      # where screen_guest.asm counts the keys that it has waited for


@pytest.fixture(scope="module")
def floppy(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("screen") / "screen.img")
    subprocess.run(["nasm", "-f", "bin", "-o", path, os.path.join(HERE, "screen_guest.asm")],
                   check=True)
    return path


def picture(pc, tmp_path):
    path = tmp_path / "screen.ppm"
    pc.screendump(path, "ppm")
    return path.read_bytes()


def until(what, condition, pc):
    end = time.monotonic() + pc.wait
    while not condition():
        if time.monotonic() > end:
            raise Timeout("%s\n%s" % (what, pc.report()))
        time.sleep(0.1)


# Modes 80x25, 40x25 and 80x50, with glyphs and with colours of the guest's own.
@pytest.mark.parametrize("keys", ["3f", "1f", "5f", "3fp", "1fp5fp3fp"])
def test_machine_on_the_adapter(keys, floppy, tmp_path):
    """Dot by dot the same picture as the guest makes alone."""
    with Machine("-drive", "file=%s,format=raw,if=floppy,snapshot=on" % floppy) as bare:
        until("no guest", lambda: bare.memory(WAITED, 1) == b"\1", bare)
        for number, key in enumerate(keys, 2):
            bare.type(key)
            until("the guest has not taken " + key, lambda: bare.memory(WAITED, 1)[0] == number,
                  bare)
        expected = picture(bare, tmp_path)
    with Monitor(files={"/images/screen.img": floppy}) as mon:
        mon.machine("one", "floppy a: /images/screen.img")
        mon.wait_text("one", "ABCDEFG")
        mon.type("{ctrl+alt+f3}")            # released before the next key goes down
        mon.wait_screen("ABCDEFG")
        mon.type(keys, gap=0.2)
        until("another picture", lambda: picture(mon, tmp_path) == expected, mon)
        mon.type("{ctrl+alt+f1}")
        mon.wait_screen(r"^poly86>$")
        assert picture_size(mon, tmp_path) == (720, 400)
