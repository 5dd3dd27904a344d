"""What a machine's battery keeps: CMOS memory over power-off, and keys that POST acts on."""

import re

import pytest

from monitor import Monitor, ours

FLOPPY = "/images/clock.img"


@pytest.fixture
def mon():
    with Monitor(files={FLOPPY: ours("clock")}) as monitor:
        yield monitor


def up(mon, name, *keys):
    mon.machine(name, "floppy a: " + FLOPPY + " ro", *keys)
    mon.wait_text(name, "Task load")
    mon.run("vm pause " + name)


def again(mon, name):
    mon.kill(name)
    mon.start(name)
    mon.wait_text(name, "Task load")
    mon.run("vm pause " + name)


def port(mon, name, number):
    return int(mon.run("dbg %s; i %x; q" % (name, number)).split()[-1], 16)


def cmos(mon, name, address, value=None):
    if value is not None:
        mon.run("dbg %s; o 70 %x; o 71 %x; q" % (name, address, value))
    mon.run("dbg %s; o 70 %x; q" % (name, address))
    return port(mon, name, 0x71)


def test_memory_is_kept(mon):
    up(mon, "one")
    assert cmos(mon, "one", 0x50) == 0
    cmos(mon, "one", 0x50, 0x5A)
    again(mon, "one")
    assert cmos(mon, "one", 0x50) == 0x5A
    up(mon, "two")
    assert cmos(mon, "two", 0x50) == 0
    mon.kill("two")
    assert "two.cmos" not in mon.run("ls /vm")             # nothing worth a file


def test_written_while_it_runs(mon):
    """A second after the change, not at the end alone."""
    up(mon, "one")
    cmos(mon, "one", 0x50, 0x5A)
    mon.run("vm resume one")
    for _ in range(60):
        if "one.cmos" in mon.run("ls /vm"):
            return
        mon.run("sleep 1")
    raise AssertionError(mon.run("ls /vm"))


def test_damaged_file(mon):
    up(mon, "one")
    cmos(mon, "one", 0x50, 0x5A)
    mon.kill("one")
    mon.run("cp /etc/commands /vm/one.cmos")
    mon.start("one")
    mon.wait_text("one", "Task load")
    assert len(re.findall(r"one\.cmos: damaged", mon.run("log"))) == 1
    mon.run("vm pause one")
    assert cmos(mon, "one", 0x50) == 0


def test_a20_at_power_on(mon):
    up(mon, "shut")
    assert port(mon, "shut", 0x92) & 2 == 0
    up(mon, "open", "a20 on")
    assert port(mon, "open", 0x92) & 2 == 2
    mon.run("dbg open; o 92 0; q")
    again(mon, "open")
    assert port(mon, "open", 0x92) & 2 == 2
