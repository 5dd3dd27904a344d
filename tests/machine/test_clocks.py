"""What one machine stands still for, the others' clocks do not lose: ten minutes in the debugger.

Virtual time goes by instructions, and where all machines wait it jumps to the next interrupt: what is measured
is the monitor's doing alone, and ten minutes take as long as what happens in them does."""

import os
import re

import pytest

from monitor import Monitor
from test_debugger import Session
from test_kernel import boot_sector, define

PCS = {"pentium": dict(machine="pc", cpu="pentium"), "486": dict(machine="isapc", cpu="486")}
I8254_HZ = 1193182
DIVISOR, COMPUTES = 2, 4                # in count_guest.asm
MEASURE = b"uptime\nk: o 70 0\nk: i 71\nk: o 70 2\nk: i 71\nk: o 70 4\nk: i 71\n"


def counting(tmp_path, divisor, computes=False):
    return boot_sector("count_guest", tmp_path, [(DIVISOR, divisor & 0xFF), (DIVISOR + 1, divisor >> 8 & 0xFF),
                                                 (COMPUTES, computes)])


class Clocks:
    """The clocks of a machine that counts."""

    def __init__(self, session, name, divisor):
        self.session, self.monitor, self.name, self.divisor = session, session.monitor, name, divisor
        session.ask("wait %s counting 60" % name, 120)
        session.ask("sleep 1")
        self.begin = self.read()

    def read(self):
        """Its own ticks, its BIOS's, seconds, and the ms it has been on, all while it stands; it goes on then."""
        ask = self.session.ask
        ask("vm pause " + self.name)
        shown = ask(self.name + ": d 0:610 L 0c")
        data = bytes.fromhex(re.search(r"0000:0610 +((?:\w\w ){12})", shown).group(1))
        for _ in range(2):                      # its 8254 is looked at, and finds what it owes
            ask(self.name + ": i 40")
        owed, lost = map(int, re.search(r"(\d+) owed, (\d+) lost", ask(self.name + ": dev vpit")).groups())
        assert not lost
        bios = int(ask(self.name + ": ? dword [40:6c]")[:8], 16)
        on_ms, had_ms = map(int, re.search(r"on for (\d+) ms, processor time (\d+) ms",
                                           ask("stat " + self.name)).groups())
        ask("vm resume " + self.name)
        word = [int.from_bytes(data[at:at + 4], "little") for at in (0, 4, 8)]
        return {"ticks": word[0] + owed, "bios": bios + owed, "seconds": word[1], "rounds": word[2],
                "on": on_ms, "had": had_ms}

    def passed(self):
        """What each says has passed."""
        now = self.read()
        return {what: now[what] - was for what, was in self.begin.items()}

    def lose_nothing(self, but=0):
        """To a tick, to a second, but for that part of the ticks; the ms that passed."""
        passed = self.passed()
        hz = I8254_HZ / (self.divisor or 0x10000)
        # One may just have come, one be under way to it, and the time is in whole ms.
        assert abs(passed["ticks"] - passed["on"] * hz / 1000) < 2 + hz / 1000 + but * passed["ticks"], (passed, hz)
        assert abs(passed["seconds"] - passed["on"] / 1000) < 1.01, passed
        if not self.divisor:
            assert passed["bios"] == passed["ticks"], passed
        return passed


def on_one_processor(monitor):
    """The emulator's threads hand over to each other at each interrupt: that is cheaper so."""
    threads = os.listdir("/proc/%d/task" % monitor.process.pid)
    allowed = sorted(os.sched_getaffinity(0))
    for thread in threads:
        os.sched_setaffinity(int(thread), {allowed[monitor.process.pid % len(allowed)]})


def stop_one(session):
    """`one` stands at a breakpoint, at its own timer's interrupt."""
    session.ask("vm start one")
    session.ask("wait one counting 60", 120)
    session.ask("dbg one")
    session.ask("bpint 8")
    shown = session.ask("g", 60)
    assert "breakpoint 0" in shown, shown
    return session.registers()


def goes_on(session, registers):
    """As if nothing had happened: where it was, its ticks its time."""
    assert session.registers() == registers
    session.ask("bc *")
    session.ask("vm resume one")
    one = Clocks(session, "one", 0)
    session.ask("sleep 10", 120)
    one.lose_nothing()


def pc_time(session):
    """(how long the monitor has been up, the PC's own clock), in seconds."""
    shown = session.ask("source /measure")
    hours, minutes, seconds = map(int, re.search(r"(\d+):(\d\d):(\d\d)", shown).groups())
    clock = [int(byte) for byte in re.findall(r"^(\d\d)$", shown, re.M)]
    assert len(clock) == 3, shown
    return hours * 3600 + minutes * 60 + seconds, clock[2] * 3600 + clock[1] * 60 + clock[0]


@pytest.mark.parametrize("cpu", PCS)
def test_ten_minutes_in_the_debugger(tmp_path, cpu):
    files = {"/images/%s.img" % name: counting(tmp_path, divisor)
             for name, divisor in (("one", 0), ("slow", 0), ("fast", 47727))}
    with Monitor("-rtc", "clock=vm", files={**files, "/measure": MEASURE}, icount="shift=4,sleep=off",
                 **PCS[cpu]) as monitor:
        on_one_processor(monitor)
        session = Session(monitor)
        define(monitor, "one", "slow", "fast")
        monitor.start("slow")
        monitor.start("fast")
        registers = stop_one(session)
        begin = pc_time(session)
        slow, fast = Clocks(session, "slow", 0), Clocks(session, "fast", 47727)

        def one():
            return [session.ask(line) for line in ("stat one", "d 0:600 L 30", "dev vpit", "dev vrtc")]
        was = one()
        session.ask("sleep 600", 900)
        assert one() == was
        assert slow.lose_nothing()["on"] >= 600000 and fast.lose_nothing()["on"] >= 600000
        up, clock = (now - was for now, was in zip(pc_time(session), begin))
        assert abs(up - clock % 86400) <= 2, (up, clock)
        goes_on(session, registers)


@pytest.mark.parametrize("cpu", PCS)
def test_computing_beside_the_debugger(tmp_path, cpu):
    """A machine that computes, and has its timer at 1 kHz, has all of the processor and of its time. Without a
    time-stamp counter, at these 8 million instructions a second, one or two of its 8000 ticks are lost at times."""
    files = {"/images/one.img": counting(tmp_path, 0), "/images/busy.img": counting(tmp_path, 1193, True)}
    with Monitor(files=files, icount="shift=7,sleep=off", **PCS[cpu]) as monitor:
        session = Session(monitor)
        define(monitor, "one", "busy")
        registers = stop_one(session)
        session.ask("vm start busy")
        busy = Clocks(session, "busy", 1193)
        session.ask("sleep 8", 240)
        passed = busy.lose_nothing(but=0.001)
        assert passed["had"] > 0.95 * passed["on"]
        session.ask("vm kill busy")
        goes_on(session, registers)


def test_a_fast_timer_beside_the_debugger(tmp_path):
    """One that waits at 1 kHz: the PC's own tick is a finer one then."""
    files = {"/images/one.img": counting(tmp_path, 0), "/images/fast.img": counting(tmp_path, 1193)}
    with Monitor(files=files, icount="shift=4,sleep=off") as monitor:
        on_one_processor(monitor)
        session = Session(monitor)
        define(monitor, "one", "fast")
        stop_one(session)
        session.ask("vm start fast")
        fast = Clocks(session, "fast", 1193)
        session.ask("sleep 20", 240)
        fast.lose_nothing()
