"""What QEMU cannot show, in Bochs: virtual-8086 mode extensions; coprocessor errors that come before the
next instruction of any kind; segment limits; and a processor whose debug registers are as the manual has them."""

import os
import re
import sys

import pytest

from bochs import Bare, Bochs
from monitor import ROOT, Dos, Monitor, ours
from test_kernel import boot_sector, define

sys.path.insert(0, os.path.join(ROOT, "tests", "probe"))
from transcript import differences, image, parse  # noqa: E402

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
        mon.run("dbg minidos; e 5000:0 cd 11 eb fc; r cs=5000; r ip=0; t 0n2000; q")    # int 0x11; jmp
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


@pytest.fixture(scope="module")
def processor():
    """What probe debug says in Bochs alone."""
    with Bare(image("probe-debug")) as pc:
        pc.serial.expect(r"^END\r\n", ROUNDS_S)
        return parse(pc.serial.text())


def own_registers(monitor, *points):
    """What it says in a machine, with these breakpoints of the debugger's, each of which it hits."""
    monitor.define("probe", "floppy a: /images/probe.img", "boot a:", "serial 1 file:/said%d" % len(points))
    monitor.run("vm start probe paused")
    answer = monitor.serial.ask("dbg probe", r"\]> $")
    for point in points:
        answer = monitor.serial.ask(point + " count ffffffff", r"\]> $")
        assert "breakpoint" in answer, answer
    monitor.serial.ask("vm resume probe", r"\]> $")
    while "\nEND" not in monitor.serial.ask("cat /said%d" % len(points), r"\]> $").replace("\r", ""):
        monitor.serial.ask("sleep 1", r"\]> $")
    hits = re.findall(r"hits ([0-9a-f]+)", monitor.serial.ask("bl", r"\]> $"))
    assert len(hits) == len(points) and "0" not in hits
    said = parse(monitor.serial.ask("cat /said%d" % len(points), r"\]> $"))
    monitor.serial.ask("q", r"poly86> $")
    monitor.kill("probe")
    return said


@pytest.mark.parametrize("options", ["", "vme=off"])
def test_guests_own_debug_registers(processor, options):
    """As on the bare processor; also with the debugger's own, of every kind, on the same memory and code."""
    assert len(processor) > 25
    with Bochs(files={"/images/probe.img": image("probe-debug")}, options=options) as mon:
        assert differences(processor, own_registers(mon)) == []
        assert differences(processor, own_registers(mon, "bpm 0:5000 1 w", "bpm 0:5004 4 rw hw", "bpm 0:5100 2 rw",
                                                    "bpint 60", "bpexc 1")) == []


@pytest.mark.parametrize("cpu, options", [("pentium", ""), ("486", "cpu=386")])
def test_guests_own_debug_registers_in_qemu(processor, cpu, options):
    """Whose own would end the PC: ours are not the processor's. Its F1h is an undefined instruction."""
    with Monitor(files={"/images/probe.img": image("probe-debug")}, cpu=cpu, options=options) as mon:
        for points in (), ("bpm 0:5000 1 w", "bpm 0:5100 2 rw", "bpint 60"):
            said = own_registers(mon, *points)
            said["icebp"] = processor["icebp"]
            assert differences(processor, said) == []
