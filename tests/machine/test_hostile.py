"""Programs that behave badly (tests/probe/hostile.inc), each in a machine beside another that works.

Whatever the program does, the shell answers, the other machine computes what it should, and when
the bad one is gone its memory and modules are back. What stops a machine does so with its reason;
what a PC survives tells so on its serial line, which is the PC's COM2.
"""

import re

import pytest

from monitor import Dos, Monitor, ours

CRC = "CRC-32 142D984A"         # of minidos' pattern.dat: guests/README.md

STOPS = {
    "lmsw": "protected mode",
    "cr0": "protected mode",
    "shutdown_loop": "shuts down again and again: exception 0dh",
}
SURVIVES = {
    "tables": 1, "moved_idt": 1, "rom_stack": 2, "port_in": None, "vga_noise": 200000,
    "irq_storm": 5000, "undefined": 20000, "self_modify": 20000, "rep_huge": 1,
    "iret_garbage": 20000, "popf_all": 0, "memory_walk": 1,
    "shutdown_back": 3, "run_beyond": 1, "sti_shadow": 0, "x87_pending": 0,
}
# These run, sleep or start again for ever.
ENDLESS = ["shutdown", "odd_stack", "cr0_paging", "jump_ffff", "port_out", "cli_loop", "cli_hlt", "int_storm"]


class Neighbour:
    """minidos at its prompt, and what the monitor held before the bad machine came."""

    def __init__(self, monitor, deed):
        self.monitor = monitor
        monitor.run("demo minidos")
        self.dos = Dos(monitor, "minidos", "A> ")
        self.dos.ready()
        self.works()
        monitor.define("rogue", "memory 640K+1M", "floppy a: /images/rogue.img", "boot a:",
                       "serial 1 host:com2")
        self.before = self.held()
        monitor.start("rogue")
        monitor.serial_lines[1].expect("hostile %s\r\n" % deed)

    def held(self):
        accounts = {name: frames for name, (frames, heap) in self.monitor.accounts().items()
                    if name != "minidos"}
        return accounts, self.monitor.modules()

    def works(self):
        assert CRC in self.dos.run("crc pattern.dat")

    def alone_again(self):
        self.works()
        self.monitor.kill("rogue")
        self.works()
        accounts, modules = self.held()
        assert modules == self.before[1]
        # The kernel's own heap keeps what fell in pieces; a page or two of it, not more.
        grown = {name: frames - self.before[0].get(name, 0) for name, frames in accounts.items()}
        assert grown.pop("kernel") <= 8
        assert not any(grown.values()), grown


def beside(deed, **pc):
    return Monitor(files={"/images/rogue.img": ours("hostile-" + deed)}, serials=2, **pc)


@pytest.mark.parametrize("deed", sorted(STOPS))
def test_stops_alone_with_its_reason(deed):
    with beside(deed) as mon:
        neighbour = Neighbour(mon, deed)
        assert STOPS[deed] in mon.wait_state("rogue", "stopped")
        assert STOPS[deed] in mon.run("log")
        neighbour.alone_again()


@pytest.mark.parametrize("deed", sorted(SURVIVES))
def test_survives(deed):
    with beside(deed) as mon:
        neighbour = Neighbour(mon, deed)
        neighbour.works()
        count = int(mon.serial_lines[1].expect(r"^survived (\d+)\r\nEND\r\n", 240).group(1))
        assert SURVIVES[deed] in (None, count)
        assert mon.state("rogue")[1] == "running"
        neighbour.alone_again()


@pytest.mark.parametrize("deed", ENDLESS)
def test_endless(deed):
    with beside(deed) as mon:
        neighbour = Neighbour(mon, deed)
        mon.run("sleep 2")
        assert mon.state("rogue")[1] == "running"
        neighbour.alone_again()


def test_random_code():
    """It may run on or stop with any reason; what it does to its machine is its own affair."""
    with beside("random_code") as mon:
        neighbour = Neighbour(mon, "random_code")
        mon.run("sleep 3")
        state = " ".join(mon.state("rogue"))
        assert " running " in state or re.search(r" stopped .*[a-z]", state)
        neighbour.alone_again()


@pytest.mark.parametrize("deed", ["int_storm", "irq_storm", "odd_stack", "memory_walk"])
def test_as_on_a_386(deed):
    with beside(deed, options="cpu=386") as mon:
        neighbour = Neighbour(mon, deed)
        mon.run("sleep 1")
        neighbour.alone_again()
