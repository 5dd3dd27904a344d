"""What QEMU cannot show, in Bochs: virtual-8086 mode extensions."""

import re

import pytest

from bochs import Bochs
from monitor import Dos

CRC = "CRC-32 142D984A"         # of minidos' pattern.dat: guests/README.md
USED = "v86: virtual-8086 mode extensions (VME) work and are used"
ROUNDS_S = 60


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
