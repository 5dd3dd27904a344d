"""NMI in a machine: `vm nmi` is the button of an adapter that pulls the channel check; port 61h latches
it, port 70h lets it through, the processor takes it once at a time. The guest is nmi_guest.asm,
whose handler makes a second NMI of each; what its counters mean stands there."""

import os
import subprocess

import pytest

from monitor import ROOT, Monitor

NMIS, DEEPEST, SEEN, ROUNDS, KEY, NOW, WOKEN, HELD = range(8)
IOCHK = 0x40
STAY = 0x63C


@pytest.fixture
def mon(tmp_path):
    image = tmp_path / "nmi.bin"
    subprocess.run(["nasm", "-f", "bin", os.path.join(ROOT, "tests/machine/nmi_guest.asm"), "-o", str(image)],
                   check=True)
    floppy = image.read_bytes().ljust(160 * 1024, b"\0")
    with Monitor(files={"/nmi.img": floppy}, icount="shift=4,sleep=off") as monitor:
        monitor.machine("pc", "floppy a: /nmi.img", "boot a:")
        monitor.wait_counter("pc", ROUNDS, 2)
        assert monitor.counters("pc")[0] == "POLY86 nmi"
        yield monitor


def press(mon, key):
    """The guest has seen the key."""
    mon.press_keys("pc", key)
    while mon.counters("pc")[1][KEY] != ord(key):
        pass


def later(mon):
    """The counters when the main loop has gone on: three ticks."""
    return mon.wait_counter("pc", ROUNDS, mon.counters("pc")[1][ROUNDS] + 3)


def test_taken_once_at_a_time(mon):
    mon.run("vm nmi pc")
    counts = later(mon)
    assert counts[NMIS] == 2, "one that came, one edge of two made in the handler"
    assert counts[DEEPEST] == 1, "the second waits for IRET"
    assert counts[SEEN] & IOCHK and not counts[NOW] & IOCHK
    mon.run("vm nmi pc")
    assert later(mon)[NMIS] == 4


def test_port_70h_is_a_gate_behind_the_latch(mon):
    press(mon, "m")
    mon.run("vm nmi pc")
    mon.run("vm nmi pc")
    counts = later(mon)
    assert counts[NMIS] == 0 and counts[NOW] & IOCHK
    press(mon, "u")
    assert later(mon)[NMIS] == 2


def test_port_61h_switches_the_check_off(mon):
    press(mon, "d")
    mon.run("vm nmi pc")
    counts = later(mon)
    assert counts[NMIS] == 0 and not counts[NOW] & IOCHK
    press(mon, "e")
    assert later(mon)[NMIS] == 0, "what was not latched is forgotten"


def test_ends_a_halt_with_interrupts_off(mon):
    press(mon, "h")
    rounds = mon.counters("pc")[1][ROUNDS]
    mon.run("sleep 1")
    assert mon.counters("pc")[1][ROUNDS] == rounds
    mon.run("vm nmi pc")
    counts = later(mon)
    assert counts[NMIS] == 2 and counts[WOKEN] == 1


def test_saved_while_it_waits(mon):
    """On the pin of a machine that stands; then behind a handler that has not come to its IRET."""
    mon.run("vm pause pc")
    mon.run("vm nmi pc")
    mon.run("vm save pc /pin.save")
    mon.kill("pc")
    mon.run("vm load pc /pin.save")
    assert mon.counters("pc")[1][NMIS] == 0
    mon.run("vm resume pc")
    assert later(mon)[NMIS] == 2

    press(mon, "s")
    mon.run("vm nmi pc")
    mon.wait_counter("pc", HELD, 3)
    assert mon.counters("pc")[1][NMIS] == 3
    mon.run("vm save pc /held.save")
    mon.kill("pc")
    mon.run("vm load pc /held.save")
    mon.wait_counter("pc", HELD, mon.counters("pc")[1][HELD] + 3)
    assert mon.counters("pc")[1][NMIS] == 3
    mon.run("dbg pc; e 0:%x 0; q" % STAY)
    counts = later(mon)
    assert counts[NMIS] == 4 and counts[DEEPEST] == 1


def test_a_reset_forgets_it(mon):
    mon.run("vm pause pc")
    mon.run("vm nmi pc")
    mon.run("vm reset pc")
    mon.run("vm resume pc")
    assert mon.wait_counter("pc", ROUNDS, 5)[NMIS] == 0


def test_the_bios_handler_says_so_and_halts():
    """As on an AT, where nobody has taken the vector."""
    with Monitor() as mon:
        mon.run("demo life")
        mon.wait_text("life", "generation")
        mon.refused("vm nmi nobody", "nobody")
        mon.run("vm nmi life")
        mon.wait_text("life", "Parity check")
        assert mon.state("life")[1] == "running"
