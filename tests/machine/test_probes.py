"""Probe guests: the transcript from the bare emulator and the one from a machine of ours must be
the same, line by line.

Lines that begin with ~ are checks where QEMU is known to deviate from the silicon (the comment
beside each, in tests/probe, says how); there our chips go with the silicon.

The machine's COM1 is the PC's COM2. The bare PC of the VGA's probe has our video BIOS: what a
mode set leaves in the registers is the BIOS's doing, not the adapter's.
"""

import os
import shutil
import sys

import pytest

from monitor import BUILD, ROOT, WAIT_S, Machine, Monitor

sys.path.insert(0, os.path.join(ROOT, "tests", "probe"))
from transcript import PROBES, bare, differences, floppy, image, parse  # noqa: E402

# These measure time, so it goes by instructions: a busy host takes none of it away.
TIMED = ["pit", "rtc", "kbc", "mouse", "uart", "detect"]
ICOUNT = "shift=4,sleep=off"


def in_machine(name, **pc):
    with Monitor(files={"/images/probe.img": image("probe-" + name)}, serials=2, **pc) as mon:
        mon.machine("probe", "floppy a: /images/probe.img", "boot a:", "serial 1 host:com2")
        line = mon.serial_lines[1]
        line.expect(r"^END\r\n", WAIT_S)
        return parse(line.text())


def bare_with_our_video_bios(name, folder):
    """-M isapc takes its VGA's ROM from a folder of files."""
    shutil.copy(os.path.join(BUILD, "rom/vgabios.bin"), folder / "vgabios.bin")
    with Machine(*floppy("probe-" + name), "-vga", "std", "-L", str(folder), machine="isapc", cpu="486") as pc:
        pc.serial.expect(r"^END\r\n", WAIT_S)
        return parse(pc.serial.text())


@pytest.mark.parametrize("name", PROBES)
def test_probe_in_a_machine(name, tmp_path):
    icount = ICOUNT if name in TIMED else None
    alone = bare_with_our_video_bios(name, tmp_path) if name == "vga" else bare(name, icount=icount)
    ours = in_machine(name, icount=icount)
    assert len(ours) >= 5
    assert differences(alone, ours, silicon=True) == []


# What the data sheet says where QEMU's chip has nothing to compare with.
SILICON = {
    "dma": {
        "~masks": "log=000F,000D,0005,0007,0000,000A,000F,000E",
        "~pages_of_nobody": "log=005A,005A,005A",
        "~software_request": "log=0002,0000,1100,FFFF,000F",
        "~memory_to_memory": "eax=64636261 log=0002,0064",
    },
    "detect": {
        "~timer_control": "log=00FF",
        "~pulse_width": "log=0000,0000",
    },
    "fdc": {
        "~read_pio_end": "log=4480,0047,0101,0002",
        "~no_such_sector": "log=4404,0046,0163,0002",
        "~wrong_cylinder": "log=4004,1047,0001,0002",
        "~format": "log=0000,0000,0046,0101,0002,7FE0",
    },
    "fdcx": {
        "~ps2_registers": "log=FFFF",
        "~dumpreg": "log=0000,8880,2000",
        "~format": "log=200A,0000,7FF0,4002,7FF0",
        "~result_of_int13": "log=0003,0400,000A,0201,010A",
        "~int13_after_direct": "eax=F0000000 log=203C,0001,E083",
    },
}


@pytest.mark.parametrize("name", sorted(SILICON))
def test_probe_as_the_data_sheet_has_it(name):
    ours = in_machine(name)
    assert {check: ours.get(check) for check in SILICON[name]} == SILICON[name]


PRINT = bytes(range(32, 96)) + b"a" * 40 + b"i" * 40 + b"n"


def test_parallel_port(tmp_path):
    """The same of a printer on the bare PC and on a machine: registers, interrupts, and what it prints."""
    paper = tmp_path / "paper"
    with Machine(*floppy("probe-lpt"), "-parallel", "file:%s" % paper, machine="pc", cpu="pentium") as pc:
        pc.serial.expect(r"^END\r\n", WAIT_S)
        alone = parse(pc.serial.text())
    assert paper.read_bytes() == PRINT
    with Monitor(files={"/images/probe.img": image("probe-lpt")}, serials=2) as mon:
        mon.machine("probe", "floppy a: /images/probe.img", "serial 1 host:com2", "parallel 1 file:/paper")
        mon.serial_lines[1].expect(r"^END\r\n", WAIT_S)
        ours = parse(mon.serial_lines[1].text())
        mon.kill("probe")
        mon.run("sync")
        assert mon.get("/paper") == PRINT
    assert len(ours) == 8
    assert differences(alone, ours) == []


@pytest.mark.parametrize("name", ["cpu", "int", "pic", "a20"])
def test_probe_as_on_a_386(name):
    """cpu=386: the kernel takes other ways to the same result."""
    assert differences(bare(name), in_machine(name, options="cpu=386"), silicon=True) == []
