"""Breakpoints and steps in the monitor itself: it stands where it must and nowhere else, everything can be looked
at and some of it changed there, and it goes on as if nothing had happened."""

import re
import time

import pytest

from monitor import WAIT_S, Monitor

PCS = {"pentium": dict(machine="pc", cpu="pentium"), "486": dict(machine="isapc", cpu="486"),
       "386": dict(machine="isapc", cpu="486", options="cpu=386")}
PROMPT = r"(?:poly86|k|k\[stopped\]|crash|\w+\[\w+\])> $"


class Self:
    """A session that debugs the monitor."""

    def __init__(self, monitor):
        self.monitor, self.serial = monitor, monitor.serial

    def ask(self, line, timeout=WAIT_S):
        return self.serial.ask(line, PROMPT, timeout)

    def refused(self, line, pattern):
        answer = self.ask(line)
        assert "\n" not in answer and re.search(pattern, answer), "%s: %r" % (line, answer)

    def number(self, expression):
        return int(self.ask("? " + expression).split()[0], 16)

    def stop(self, line):
        """(why, task, registers) of the stop that this leads to."""
        answer = self.ask(line)
        match = re.search(r"^k: (.*), task (\S+)\n((?: .*\n|\*.*\n)+)", answer, re.M)
        assert match, "%s: %r" % (line, answer)
        return match.group(1), match.group(2), {name: int(value, 16) for name, value in
                                                re.findall(r"[ *](\w+)=([0-9a-f]+)", match.group(3))}

    def hits(self):
        """{number: hits} of all breakpoints."""
        return {int(number, 16): int(hits, 16)
                for number, hits in re.findall(r"^ *(\w+) o\S+ +hits (\w+)", self.ask("bl"), re.M)}


@pytest.fixture(params=PCS)
def k(request):
    with Monitor(**PCS[request.param]) as monitor:
        debug = Self(monitor)
        debug.ask("dbg k")
        yield debug
        debug.ask("bc *")
        debug.ask("q")
        monitor.run("uptime")


def test_stops_and_goes_on(k):
    """At one task's command, once; its registers are the truth; then the command does what it always does."""
    start = k.number("shell.run_echo")
    before = k.ask("db shell.run_echo L 8")
    assert k.ask("bpx shell.run_echo") == "breakpoint 0"
    why, task, registers = k.stop("echo one two")
    assert (why, task, registers["eip"]) == ("breakpoint 0", "com1", start) and registers["cs"] == 8
    assert k.ask("db shell.run_echo L 8") == before                 # nothing of ours is to be seen
    assert k.number("eip") == start and k.number("dword [esp]") != 0
    assert "shell.session_run+" in k.ask("k") and k.ask("u").startswith("shell.run_echo\n%08x" % start)
    assert k.ask("r eip") == "eip=%08x" % start
    assert k.ask("g") == "one two" and k.hits() == {0: 1}
    k.ask("bd 0")
    assert k.ask("echo three") == "three" and k.hits() == {0: 1}
    k.ask("be 0")
    k.stop("echo four")
    k.ask("bc 0")
    assert k.ask("g") == "four" and k.ask("bl") == "no breakpoints" and k.ask("echo five") == "five"
    assert k.ask("db shell.run_echo L 8") == before


def test_steps(k):
    k.ask("bpx shell.run_echo")
    at = [k.stop("echo stepped")[2]]
    for _ in range(6):
        why, task, registers = k.stop("t")
        assert (why, task) == ("step", "com1")
        at.append(registers)
    assert at[1]["esp"] == at[0]["esp"] - 4 and at[1]["eip"] == at[0]["eip"] + 1        # PUSH EBP
    assert at[2]["ebp"] == at[1]["esp"]                                                 # MOV EBP, ESP
    # Over a CALL; the return; until something holds.
    why, _, registers = k.stop("t until byte [eip]==e8")
    assert why == "the condition holds"
    assert k.stop("p")[2]["eip"] == registers["eip"] + 5
    back = k.number("dword [ebp+4]")
    why, _, registers = k.stop("gu")
    assert why == "reached" and registers["eip"] == back
    assert k.stop("p 3")[0] == "step"
    k.ask("bc *")
    assert k.ask("g") == "" and k.ask("echo again") == "again"


def test_registers_can_be_changed(k):
    """What a command's function returns is its exit status."""
    k.ask("bpx shell.run_echo")
    k.stop("echo text")
    k.ask("bc *")
    assert k.stop("gu")[2]["eax"] == 0
    k.refused("r esp=0", "could not go on")
    k.refused("r cs=8", "could not go on")
    k.ask("r eax=fffffffb")
    assert k.ask("r eax") == "eax=fffffffb" and k.ask("? al").startswith("000000fb ")
    zero = k.number("@zf")
    k.ask("r zf=%d" % (1 - zero))
    assert k.number("@zf") == 1 - zero
    assert "no command" in k.ask("vm list") and "d r k t p gu g " in k.ask("help")
    k.ask("g")
    assert k.ask("echo $?") != "0"


def test_conditions_counts_commands(k):
    k.ask('bpx shell.run_echo count 3 do "? 0n40+2; g"')
    for text in "one", "two":
        assert k.ask("echo " + text) == text
    answer = k.ask("echo three")
    assert "k: breakpoint 0" in answer and "0000002a" in answer and answer.endswith("three")
    k.ask("bc *")
    k.ask("bpx shell.run_echo if 0")
    k.ask("bpx shell.run_echo if edx==edx count 2")
    assert k.ask("echo one") == "one" and k.hits() == {0: 0, 1: 1}
    assert k.stop("echo two")[0] == "breakpoint 1"
    k.ask("g")
    k.ask("bc *")
    k.ask("bpx shell.run_echo if byte [[[esp+4]+4]]=='x'")      # its first argument's first letter
    assert k.ask("echo yz") == "yz" and k.stop("echo xyz")[0] == "breakpoint 0"
    assert k.ask("g") == "xyz"
    k.ask("bc *")
    k.ask("bpx shell.run_echo if [10000000]")
    assert re.match(r"breakpoint 0, condition: .*no memory", k.stop("echo three")[0])
    k.ask("g")


def test_in_an_interrupts_handler(k):
    """Thousands of times, with machines running, and none of them is the worse for it."""
    k.ask("demo sum")
    k.ask("bpx irq_dispatch if 0")
    k.ask("bpx irq_dispatch count 7fffffff")
    first = k.hits()[1]
    end = time.monotonic() + WAIT_S
    while k.hits()[1] < first + 200:
        assert time.monotonic() < end
    # Stepping something else, the handler's INT3 is passed and the step goes on behind it.
    k.ask("bpx shell.run_echo")
    k.stop("echo text")
    hits = k.hits()[1]
    why, task, registers = k.stop("t 3e8")
    assert (why, task) == ("step", "com1") and k.hits()[1] > hits
    k.ask("bc 2")
    k.ask("g")
    k.ask("bc 0 1")
    assert "running" in k.ask("vm list")
    k.ask("vm kill sum")


def test_on_the_way_into_a_guest(k):
    """Steps end where ESP is no longer a stack's; the guest does not notice."""
    k.ask("demo burn")
    k.refused("bpx v86.v86_enter", "cannot have a breakpoint")
    k.refused("bpx v86.v86_leave", "sets ESP")
    k.serial.send("bpx v86.enter count 10\r")
    k.serial.expect(r"k\[stopped\]> $")
    k.ask("bd 0")
    k.serial.send("t 20\r")
    k.serial.expect("goes on, into guest code")
    k.ask("")
    k.serial.send("be 0\r")
    k.serial.expect(r"k\[stopped\]> $")
    k.ask("bc *")
    k.serial.send("g\r")                               # the prompt was there before
    k.ask("")
    assert "running" in k.ask("vm list")
    k.ask("vm kill burn")


def test_a_module_stays(k):
    k.ask("module load spool")
    name = re.search(r"spool\.\w+", k.ask("ln spool.start")).group(0)
    k.ask("bpx " + name)
    assert "in use" in k.ask("module unload spool")
    k.ask("bc *")
    assert "in use" not in k.ask("module unload spool")


def test_refused(k):
    for line, why in (("bpx trap_kernel", "cannot have a breakpoint"), ("bpx debugger.run_bl", "cannot have"),
                      ("bpx crash_nmi", "cannot have"), ("bpx 100", "no code of the monitor's"),
                      ("bpx nowhere", "no number"), ("bpm time_now w", "takes bpx"), ("bpint 8", "takes bpx"),
                      ("bpx time_now hw", "takes bpx"), ("t", "the monitor runs"), ("p 3", "the monitor runs"),
                      ("gu", "the monitor runs"), ("g time_now", "the monitor runs"), ("bc 0", "no such breakpoint"),
                      ("bpx time_now if", "missing")):
        k.refused(line, why)
    for number in range(16):
        assert k.ask("bpx shell.run_echo if 0") == "breakpoint %x" % number
    k.refused("bpx time_now", "all 16")


def test_gone_with_the_debugger(k):
    before = k.ask("db time_now L 4")
    k.ask("bpx time_now if 0")
    k.ask("q")
    assert k.ask("k: bl") == "no breakpoints" and k.ask("k: db time_now L 4") == before
    k.refused("k: bpx time_now", "no target")
    k.ask("dbg k")


def test_from_the_crash_console(k):
    """One that is set there is met when it has gone on."""
    k.monitor.nmi()
    k.serial.expect(r"crash> $")
    assert k.ask("bpx shell.run_echo") == "breakpoint 0"
    k.serial.ask("g", r"going on\r?\n")
    k.ask("")
    assert k.stop("echo text")[0] == "breakpoint 0"
    k.monitor.nmi()                                     # and the other way round
    k.serial.expect(r"crash> $")
    k.serial.ask("g", r"going on\r?\n")
    assert k.ask("g").endswith("text")
