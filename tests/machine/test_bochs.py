"""What QEMU cannot show, in Bochs: virtual-8086 mode extensions; coprocessor errors that come before the
next instruction of any kind; segment limits."""

import re

import pytest

from bochs import Bochs
from monitor import Dos, ours
from test_kernel import boot_sector, define

CRC = "CRC-32 142D984A"         # of minidos' pattern.dat: guests/README.md
USED = "v86: virtual-8086 mode extensions (VME) work and are used"
ROUNDS_S = 60
ERRORS = 8              # a byte of x87_memory_guest.asm


def count(monitor, name, what):
    """A line of `stat`; 0 if it is not there."""
    match = re.search(r"^ +%s +(\d+)$" % re.escape(what), monitor.run("stat " + name), re.MULTILINE)
    return int(match.group(1)) if match else 0


def exercise(monitor):
    """A round of the exerciser (disk, timer, clock, 20,000 nested INT 60h), without a fault."""
    monitor.run("demo exerciser")
    monitor.wait_text("exerciser", "rounds                2", ROUNDS_S)
    monitor.run("vm pause exerciser")
    assert "tests failed          0" in monitor.text("exerciser")
    return [count(monitor, "exerciser", what)
            for what in ("CLI, STI, PUSHF, POPF, IRET", "INT n", "interrupts delivered")]


def test_vme_spares_traps():
    with Bochs() as mon:
        flags, ints, delivered = exercise(mon)
        assert USED in mon.run("log")
        assert "counted where they trap" in mon.run("stat exerciser")
        # What is left are interrupts that waited for the guest to open them.
        assert delivered > 1000 and flags < delivered
        assert ints == 0
        mon.run("demo minidos")
        dos = Dos(mon, "minidos", "A> ")
        dos.ready()
        assert CRC in dos.run("crc pattern.dat")
        # A machine that is traced has every instruction looked at, VME or not.
        mon.run("vm pause minidos")
        before = count(mon, "minidos", "INT n")
        mon.run("dbg minidos; t 0n2000; q")
        assert count(mon, "minidos", "INT n") > before


@pytest.mark.parametrize("options", ["vme=off", "cpu=386"])
def test_vme_hidden(options):
    with Bochs(options=options) as mon:
        flags, ints, delivered = exercise(mon)
        assert "VME" not in mon.run("log") and "VME" not in mon.run("stat exerciser")
        assert flags > 20000 and ints > 20000


def survived(monitor, deed):
    """What a program of tests/probe/hostile.inc counts."""
    monitor.define(deed, "floppy a: /images/%s.img" % deed, "boot a:", "serial 1 console")
    monitor.start(deed)
    while True:
        match = re.search(r"^survived (\d+)", monitor.run("screen %s 1" % deed), re.MULTILINE)
        if match:
            return int(match.group(1))
        assert monitor.state(deed)[1] == "running", monitor.run("log")
        monitor.run("sleep 1")


@pytest.mark.parametrize("options", ["", "vme=off"])
def test_hostile(options):
    """The interrupt flag where a processor checks limits, and where STI does not trap."""
    deeds = {"sti_shadow": 0, "run_beyond": 1, "popf_all": 0, "iret_garbage": 20000}
    images = {"/images/%s.img" % deed: ours("hostile-" + deed) for deed in deeds}
    with Bochs(files=images, options=options) as mon:
        assert {deed: survived(mon, deed) for deed in deeds} == deeds


def test_x87_errors(tmp_path):
    """An error that waits comes before a store into memory that traps, and does not outlive its machine."""
    files = {"/images/one.img": boot_sector("x87_memory_guest", tmp_path, [(ERRORS, 1)]),
             "/images/x87_pending.img": ours("hostile-x87_pending")}
    with Bochs(files=files) as mon:
        assert survived(mon, "x87_pending") == 0
        mon.kill("x87_pending")
        define(mon, "one")
        mon.start("one")
        mon.wait_text("one", "pass ")
        assert mon.text("one").startswith("pass 0FFF"), mon.text("one")
