"""The debugger, by its commands on the serial shell, on a guest of our own and on the monitor.

The guest (step_guest.asm) computes the same whenever it runs; what a debugger could disturb
(flags on the stack, INT and IRET, its own trap flag, REP, POP SS, the x87) is all in it."""

import os
import re
import subprocess

import pytest

from monitor import ROOT, Monitor
from qemu import Timeout

PROMPT = r"(\[\w+\]|k)> $"
KEYS = ("floppy a: /images/step.img ro",)    # several machines share it
RESULTS = "d 0:600 60f"


def labels_of(listing):
    """{label: address} of a boot sector, from nasm's listing."""
    labels, wanted = {}, None
    with open(listing) as file:
        for line in file:
            name = re.match(r" *\d+ +(?:[0-9A-F]{8} \S+ +)?(?:<\d+> *)?(\w+):", line)
            code = re.match(r" *\d+ ([0-9A-F]{8}) [0-9A-F]", line)
            wanted = name.group(1) if name else wanted
            if wanted and code:
                labels[wanted] = 0x7c00 + int(code.group(1), 16)
                wanted = None
    return labels


@pytest.fixture(scope="module")
def step(tmp_path_factory):
    """The guest's floppy, and the addresses of its labels."""
    folder = tmp_path_factory.mktemp("step")
    image, listing = str(folder / "step.img"), str(folder / "step.lst")
    subprocess.run(["nasm", "-f", "bin", "-l", listing, "-o", image,
                    os.path.join(ROOT, "tests/machine/step_guest.asm")], check=True)
    labels = labels_of(listing)
    with open(image, "r+b") as file:
        file.truncate(1440 * 1024)
    with open(image, "rb") as file:
        return file.read(), labels


class Session:
    """The shell's line while a debugger may be in front of it."""

    def __init__(self, monitor):
        self.monitor = monitor
        self.serial = monitor.serial

    def ask(self, line, timeout=None):
        return self.serial.ask(line, r"(poly86|\[\w+\]|k)> $", timeout)

    def registers(self, text=None):
        """{register: number} of what `r` or a stop shows."""
        text = self.ask("r") if text is None else text
        return {name: int(value, 16) for name, value in re.findall(r"[ *](\w+)=([0-9a-f]+)", text)}

    def refused(self, line, pattern):
        """One line that says what is wrong."""
        answer = self.ask(line)
        assert "\n" not in answer and re.search(pattern, answer), "%s: %r" % (line, answer)

    def interrupt(self, pattern):
        """Presses Ctrl+C until the command that runs has seen it."""
        for _ in range(60):
            self.serial.send("\x03")
            try:
                self.serial.expect(pattern, 2)
                break
            except Timeout:
                pass
        self.serial.send("echo synchronous\r")
        self.serial.expect(r"\nsynchronous\r?\n[^\n]*> $")

    def wait_paused(self, name):
        """Until `vm list` says that the machine stands."""
        for _ in range(60):
            if re.search(r"^%s +paused" % name, self.ask("vm list"), re.M):
                return
            self.ask("sleep 1")
        raise Timeout("%s runs on\n%s" % (name, self.monitor.report()))

    def wait_gone(self, name="gdb"):
        """Until that task of the monitor's has ended."""
        for _ in range(60):
            if not re.search(r"^%s +(?!ended)\w" % name, self.ask("tasks"), re.M):
                return
            self.ask("sleep 1")
        raise Timeout("%s does not end" % name)

    def prompt(self):
        return re.search(r"([^\n]*)> $", self.serial.text()).group(1)


@pytest.fixture
def session(step):
    with Monitor(files={"/images/step.img": step[0]}) as monitor:
        monitor.define("one", *KEYS)
        yield Session(monitor)


def at_boot_sector(session, name="one"):
    """The machine stands at 0:7C00, its target selected."""
    session.ask("vm start %s paused" % name)
    session.ask("dbg " + name)
    assert "0000:7c00 fa " in session.ask("g 0:7c00")


def test_first_instructions(session):
    """The BIOS's first ones, step by step, from the reset vector."""
    session.ask("vm start one paused")
    shown = session.ask("dbg one")
    assert "one: paused" in shown and re.search(r"f000:fff0 ea\w+ +jmp 0xf000:", shown)
    assert session.prompt().endswith("one[paused]")
    before = session.registers(shown)
    assert (before["cs"], before["eip"]) == (0xf000, 0xfff0)
    shown = session.ask("t")
    assert "one: step" in shown and "*eip=" in shown and " eax=" in shown
    target = session.registers(shown)["eip"]
    assert "f000:%04x" % target in shown.splitlines()[-1]
    assert session.ask("u cs:ip L 1").split()[0] == "f000:%04x" % target
    shown = session.ask("t 5")
    assert shown.count("one: step") == 1
    assert session.ask("q") == "" and session.prompt().endswith("poly86")
    assert "debugger" not in session.monitor.modules()
    assert "dbg: whom?" in session.ask("dbg")


def test_breakpoint_and_memory(session, step):
    labels = step[1]
    session.ask("vm start one paused")
    session.ask("dbg one")
    assert session.ask("bpx 0:7c00") == "breakpoint 0"
    shown = session.ask("g")
    assert "one: breakpoint 0" in shown and "0000:7c00 fa " in shown
    assert session.ask("d 0:7c00 L 2").startswith("0000:7c00  fa fc ")
    assert session.ask("d 0:7dfe L 2").startswith("0000:7dfe  55 aa ")
    assert "fa fc" in session.ask("d !7c00 L2") and "fa fc" in session.ask("d %7c00 %7c01")
    # Edit, in every width, and a text.
    session.ask("e 0:7000 41 42 'cd' \"ef\" 0n10")
    assert session.ask("d 0:7000 L 8") == \
        "0000:7000  41 42 63 64 65 66 0a 00                          ABcdef.."
    session.ask("ew 0:7010 1234 5678")
    session.ask("ed 0:7014 89abcdef")
    assert session.ask("dd 0:7010 L 2").startswith("0000:7010  56781234 89abcdef")
    assert session.ask("dw 0:7010 L 1").startswith("0000:7010  1234")
    # Without values it asks for each.
    session.serial.send("e 0:7020\r")
    for typed in ("11", "", "-", "22", "."):
        session.serial.expect(r"0000:70[0-9a-f]{2} [0-9a-f]{2}  $")
        session.serial.send(typed + "\r")
    session.serial.expect(PROMPT)
    assert session.ask("db 0:7020 L 3").startswith("0000:7020  11 22 00")
    # ROM can be patched, in this machine alone.
    assert session.ask("e f000:e05b 90") == ""
    assert session.ask("db f000:e05b L 1").startswith("f000:e05b  90")
    # Registers.
    session.ask("r ax=1234")
    assert session.ask("r eax").endswith("1234")
    session.ask("r ah 56")
    assert session.ask("r ax") == "ax=5634" and session.ask("r al") == "al=34"
    session.ask("r zf=1")
    assert session.ask("r zf") == "zf=1" and "Z" in session.ask("r").splitlines()[1]
    assert "*eax=" in session.ask("r")
    # Calculator.
    assert session.ask("? ax+1").startswith("00005635  22069")
    assert session.ask("? 'a'").startswith("00000061  97")
    assert session.ask("?byte [0:7000]").startswith("00000041")
    assert session.ask("? ds:7c00 ").startswith("0000:7c00 = %00007c00 = !00007c00  ram")
    assert "rom bios" in session.ask("? f000:0")
    # Breakpoints are listed, switched and counted.
    session.ask("bc *")
    assert session.ask("bl") == "no breakpoints"
    assert session.ask("bpx 0:%x count 3" % labels["service"]) == "breakpoint 0"
    assert session.ask("bpx 0:%x if word [604]==5" % labels["service"]) == "breakpoint 1"
    assert "breakpoint 0" in session.ask("g")
    assert session.ask("? word [0:604]").startswith("00000002")
    session.ask("bd 0")
    assert "breakpoint 1" in session.ask("g")
    assert session.ask("? word [0:604]").startswith("00000005")
    listed = session.ask("bl").splitlines()
    assert "off" in listed[0] and "hits 3" in listed[0] and "count 3" in listed[0]
    assert "on" in listed[1] and "hits 1" in listed[1] and "if word [604]==5" in listed[1]
    session.ask("be 0")
    session.ask("bc 1")
    assert "breakpoint 0" in session.ask("g")
    assert session.ask("? word [0:604]").startswith("00000006")
    session.ask("bc *")
    # The patch was of this machine: another one starts as ever.
    session.ask("q")
    session.monitor.define("two", *KEYS)
    session.ask("vm start two paused")
    session.ask("dbg two")
    assert not session.ask("db f000:e05b L 1").startswith("f000:e05b  90")


def test_stepping(session, step):
    """Into and over."""
    labels = step[1]
    at_boot_sector(session)
    shown = session.ask("g 0:%x" % labels["round"])
    assert "one: reached" in shown
    assert "int 0x60" in session.ask("t")
    shown = session.ask("t")                            # into the interrupt's handler
    assert session.registers(shown)["eip"] == labels["service"]
    assert "behind\n  0000:%04x cd60" % (labels["round"] + 1) in session.ask("k")
    shown = session.ask("g 0:%x" % (labels["round"] + 3))
    assert "call" in shown.splitlines()[-1]
    after = session.ask("p")                            # over the call
    assert session.registers(after)["eip"] == labels["round"] + 6
    assert session.registers(after)["esp"] == session.registers(shown)["esp"]
    shown = session.ask("p 3")
    assert "rep movsb" in shown.splitlines()[-1]
    shown = session.ask("t")                            # one iteration
    assert session.registers(shown)["ecx"] == 15 and "rep movsb" in shown.splitlines()[-1]
    shown = session.ask("p")                            # the rest of it
    assert session.registers(shown)["ecx"] == 0
    # A breakpoint inside stops a step over.
    session.ask("bpx 0:%x" % labels["fill"])
    session.ask("g 0:%x" % (labels["round"] + 3))
    assert "breakpoint 0" in session.ask("p")
    # To go on elsewhere.
    shown = session.ask("g =0:%x 0:%x" % (labels["done"], labels["done"]))
    assert "breakpoint" not in shown
    # Ctrl+C ends a run that would not.
    session.ask("bc *")
    session.serial.send("g =%x\r" % labels["done"])
    session.interrupt(r"one: interrupted[\s\S]*jmp[^\n]*\n")


@pytest.mark.parametrize("machine, cpu, options", [("pc", "pentium", ""), ("isapc", "486", "cpu=386")])
def test_ten_thousand_steps(step, machine, cpu, options):
    """The same results and registers as without stepping."""
    with Monitor(files={"/images/step.img": step[0]}, machine=machine, cpu=cpu, options=options,
                 memory=8) as monitor:
        monitor.define("one", *KEYS)
        ten_thousand_steps(Session(monitor), step[1])


def ten_thousand_steps(session, labels):
    session.monitor.define("two", *KEYS)
    session.monitor.start("two")
    session.ask("vm start one paused")
    session.ask("dbg one")
    session.ask("g 0:7c00")
    session.ask("t 2710", 240)
    session.ask("t 2710", 240)
    assert "reached" in session.ask("g 0:%x" % labels["done"], 240)
    stepped, results = session.registers(), session.ask(RESULTS)
    assert re.search(r" 90 01 00 00 \w\w \w\w 00 00 4f 4b", results), results  # 190h calls, the mark
    # The other one has run freely, and has been there for long.
    session.ask("vm pause two", 60)
    session.ask("dbg two")
    assert session.ask(RESULTS) == results
    assert session.registers() == stepped


def test_two_machines(session, step):
    """A breakpoint is its machine's alone, though another runs the same code at the same place."""
    labels = step[1]
    session.monitor.define("two", *KEYS)
    at_boot_sector(session)
    session.ask("bpx 0:%x" % labels["service"])
    assert "breakpoint 0" in session.ask("g")
    session.ask("vm start two")
    session.ask("two: bl")
    assert session.ask("two:bl") == "no breakpoints"
    for _ in range(100):
        if "4f 4b" in session.ask("two: " + RESULTS):
            break
        session.ask("sleep 1")
    assert "4f 4b" in session.ask("d two:0:60c L 2")
    assert "4f 4b" not in session.ask("d 0:60c L 2")
    assert session.prompt().endswith("one[paused]")
    # A breakpoint set while a machine runs at full speed.
    assert session.ask("two: bpx 0:%x" % labels["done"]) == "breakpoint 0"
    session.wait_paused("two")
    assert "hits 1" in session.ask("two:bl") and "hits 1" in session.ask("bl")
    assert session.registers(session.ask("two: r"))["eip"] == labels["done"]
    # Stopped while nobody waits: shown before the next prompt.
    session.ask("vm resume one")
    for _ in range(60):
        shown = session.ask("sleep 1")
        if shown:
            break
    assert "one: breakpoint 0" in shown and session.prompt().endswith("one[paused]")
    # It is deleted under our hands, and comes again.
    session.ask("vm kill one")
    session.refused("r", "no machine of that name is on")
    assert session.prompt().endswith("one[off]")
    session.ask("vm start one paused")
    assert "fff0" in session.ask("r") and session.ask("bl") == "no breakpoints"


def test_disassembly_warns(session):
    at_boot_sector(session)
    assert "perhaps" not in session.ask("u") and "perhaps" not in session.ask("u f000:e05b")
    for address, why in (("0:0", "vector table"), ("40:10", "BIOS data"), ("b800:0", "video"),
                         ("d000:0", "no memory"), ("5000:0", "neither CS")):
        shown = session.ask("u %s L 1" % address)
        assert why in shown.splitlines()[0] and "perhaps this is no code" in shown, shown
    session.ask("e 0:7000 66 b8 1 2 3 4 b8 1 2 3 4")
    assert "mov eax,0x4030201" in session.ask("u 0:7000 L 1 16")
    assert "mov ax,0x201" in session.ask("u 0:7000 L 1 32")
    assert session.ask("u 0:7006 7006 32").endswith("mov eax,0x4030201")
    assert session.ask("u d000:0 L 1").endswith("??")


def test_objects_of_a_machine(session):
    at_boot_sector(session)
    vectors = session.ask("ivt")
    assert re.search(r"^00 [0-9a-f]{4}:[0-9a-f]{4} bios +01 ", vectors) and re.search(r"\bff [0-9a-f:]{9} \w+ *$", vectors)
    assert re.match(r"13 f000:[0-9a-f]{4} bios +\nf000:", session.ask("ivt 13"))
    assert "real mode" in session.ask("gdt") and "ivt shows them" in session.ask("idt")
    assert "real mode" in session.ask("tss") and "linear addresses are physical" in session.ask("pt")
    assert "%000f0000 = !000f0000  rom bios" in session.ask("pt f0000")
    # Where the PC has it: the same bytes are there. Looking takes no frame.
    place = re.search(r"ram, at (\w{8}) of the PC$", session.ask("pt 7c00")).group(1)
    assert session.ask("k:d !%s L 4" % place).split("  ")[1] == session.ask("d 0:7c00 L 4").split("  ")[1]
    touched = session.ask("mem")
    assert session.ask("pt 90000") == "%00090000 = !00090000  ram"
    runs = re.findall(r"^!(\w{8})-!(\w{8})  at (\w{8})$", session.ask("pt"), re.M)
    assert any(int(a, 16) <= 0x7c00 <= int(b, 16) for a, b, _ in runs) and session.ask("mem") == touched
    assert re.search(r"cr0=\d+", session.ask("rs")) and "base=0000" in session.ask("rs")
    assert re.search(r"^000f0000-000fffff  rom bios$", session.ask("mem"), re.M)
    assert re.search(r"^irq \d: \d+ delivered", session.ask("irq"), re.M)
    devices = session.ask("dev")
    assert re.search(r"^vpic", devices, re.M) and re.search(r"0020-0021 vpic", devices)
    assert session.ask("dev pic") and session.ask("dev vpit")
    assert len(session.ask("flight").splitlines()) == 16 and len(session.ask("flight 3").splitlines()) == 3
    assert re.search(r"(in|out) +00[0-9a-f]{2} ", session.ask("flight 80"))
    # Ports as the machine sees them.
    session.ask("o 21 b7")
    assert session.ask("i 21") == "b7"
    session.ask("o 21 b8")
    assert session.ask("iw 1f0") == "ffff" and session.ask("id 1f0") == "ffffffff"


def test_the_monitor_itself(session):
    session.ask("dbg k")
    assert session.prompt().endswith("k")
    assert re.search(r"^0008  code32 xr +base=00000000 limit=ffffffff", session.ask("gdt"), re.M)
    table = session.ask("idt")
    gates = re.findall(r"^([0-9a-f]{2})  int32 +0008:(c\w+) dpl=(\d)$", table, re.M)
    assert len(gates) > 40 and re.search(r"^08  task gate", table, re.M)
    assert [vector for vector, _, dpl in gates if dpl == "3"] == ["03", "04"]
    states = session.ask("tss")
    assert "crash_nmi_entry" in states and "crash_double_fault_entry" in states and "(loaded)" in states
    address = gates[0][1]
    walk = session.ask("pt " + address)
    assert re.search(r"%%%s = !\w{8}" % address, walk) and "present" in walk
    assert "not present" in session.ask("pt 1000") and "c0000000-" in session.ask("pt")
    physical = re.search(r"= !(\w{8})", walk).group(1)
    code = session.ask("d %s L 8" % address).split("  ")[1]
    assert session.ask("d !%s L 8" % physical).split("  ")[1] == code
    assert "??" in session.ask("d 1000 L 1")
    tasks = session.ask("task")
    assert re.search(r"^com1 +running", tasks, re.M) and re.search(r"^idle ", tasks, re.M)
    assert "frames" in session.ask("mem") and "clock" in session.ask("irq")
    modules = session.ask("mod")
    assert re.search(r"^debugger +c\w+-c\w+  users 1 ", modules, re.M) and re.search(r"^fs +root", modules, re.M)
    place = re.search(r"eip=(\w{8}) (debugger.\w+)", session.ask("r"))
    assert place
    shown = session.ask("u " + place.group(1))
    assert "perhaps" not in shown and shown.startswith(place.group(2).replace(":", "."))
    trace = session.ask("k")
    assert "shell.session_loop" in trace and "shell.session_task" in trace
    assert re.search(r"\bwait\+", session.ask("k screen")) and "ebp=" in session.ask("r screen")
    assert session.ask("i 21") != "" and session.ask("? cr3").startswith("00")
    # Memory that is nobody's: the page behind `mod`'s own text would do harm, so a free one.
    for line, why in (("t", "the monitor runs"), ("ivt", "k, the monitor"), ("bsave /k", "k, the monitor"),
                      ("e 1000 1", "nothing was changed"), ("d 0:0", "null selector"), ("d fff8:0", "beyond the GDT"), ("d c:0", "beyond the LDT"),
                      ("r nobody", "no such task"), ("gdt 5", "not understood")):
        session.refused(line, why)
    assert session.ask("q") == ""


def test_from_the_crash_console(session):
    """What is in memory of the debugger can be asked there; without it, the console's own commands."""
    serial = session.serial

    def crash(line):
        return serial.ask(line, r"crash> $")

    session.monitor.nmi()
    serial.expect(r"crash> $")
    assert "no such command here\nd [ADDRESS] memory" in crash("u log_line")
    assert "no such command" in crash("mod") and "going on" in serial.ask("g", r"going on\r?\n")
    session.ask("")
    at_boot_sector(session)
    session.monitor.nmi()
    serial.expect(r"the debugger's about k\r?\ncrash> $")
    assert re.match(r"log_line\nc01\w+ ", crash("u log_line L 1"))
    assert crash("? 0n10+6").startswith("00000010  16 ") and crash("?cr3").startswith("00")
    assert re.search(r"^debugger +c0\w+-c0\w+ ", crash("mod"), re.M) and "waits on" in crash("task")
    assert "frames of 4 KB free" in crash("mem") and "com1" in crash("irq") and "task gate" in crash("idt")
    assert "int32" in crash("idt") and "tss32" in crash("gdt") and "dr7=" in crash("rs") and "c0000000-" in crash("pt")
    before = crash("db log_line L 4")
    assert crash("e log_line 90") == "" and crash("db log_line L 4") != before
    assert crash("e log_line " + before.split()[1]) == "" and crash("db log_line L 4") == before
    assert "no such command" in crash("f log_line L 4 0") and "no number" in crash("db nothing")
    assert "cannot be read" in crash("dd 10000000 L 10")
    serial.send("g\r")
    serial.expect(r"going on\r?\n")
    session.ask("")
    assert session.ask("r ip") == "ip=7c00"
    session.ask("q")
    assert "debugger" not in session.monitor.modules()


BAD_LINES = (
    ("d 12345", "beyond FFFF"), ("d 0:100 50", "before the beginning"), ("d 0:0 L 0", "length 0"), ("d 0:0 5 6", "not under"),
    ("d xyz", "no number"), ("d 100000000", "32 bits"), ("d nobody:0:0", "no machine of that name"),
    ("d 1:2:3", "segment"), ("d [", "missing"), ("d (5", "not closed"), ("e 0:0 100", "too large"),
    ("e 0:0 1 zz", "no number"), ("e d000:0 1", "nothing was changed"), ("e", "missing"), ("ew 0:0 12345", "too large"),
    ("r qq", "no such register"), ("r ax=12345", "too large"), ("r ax=", "no such|missing"), ("r zf=2", "too large"),
    ("r ax=1 2", "not understood"), ("r ax=1/0", "division by zero"), ("u 0:0 5 16 7", "not understood"),
    ("g =%7c00", "segment and offset"), ("g 1 2 3 4 5 6 7 8 9", "more than 8"), ("t 0", "0 steps"), ("t x", "no number"),
    ("p 1 2", "not understood"), ("bpx", "missing"), ("bpx 0:0 if", "missing"), ("bpx 0:0 unless 5", "not understood"),
    ("bpx 0:0 if [d000:0]", "no memory"), ("bc", "which one"), ("bc 7", "no such breakpoint"), ("bl 5", "not understood"),
    ("i 10000", "too large"), ("i", "missing"), ("o 20", "missing"), ("o 20 100", "too large"), ("ivt 100", "too large"),
    ("dev nothing", "no such device"), ("flight 81", "too large"), ("flight 0", "from 1"), ("?", "missing"), ("? 1/0", "division by zero"),
    ("? 'abcde'", "too long"), ("rs 1", "not understood"), ("mem x", "not understood"), ("dbg nobody", "no machine"),
    ("q x", "no arguments"), ("nobody:r", "no machine of that name"),
    ("? ((((((((((((((((((((((((((1))))))))))))))))))))))))))", "too deeply"),
)


def test_bad_lines(session):
    """Each is answered with one line, and the machine is as it was."""
    at_boot_sector(session)
    before = session.ask("rs"), session.ask("r").replace("*", " "), session.ask("d 0:0 L 80")
    for line, why in BAD_LINES:
        session.refused(line, why)
    assert session.ask("bl") == "no breakpoints"
    assert (session.ask("rs"), session.ask("r").replace("*", " "), session.ask("d 0:0 L 80")) == before
    # What needs a machine that stands, on one that runs.
    session.ask("vm resume one")
    for line in ("r", "t", "p", "rs", "k", "d 100", "u", "r ax=1", "? ax"):
        session.refused(line, r"vm pause one|segment and offset")
    assert session.ask("d 0:7c00 L 2").startswith("0000:7c00  fa fc")
    session.ask("q")
    assert "debugger" not in session.monitor.modules()


def test_without_a_seat(session):
    """Commands of a debugger that nobody is in: they bring it, and it goes again."""
    at_boot_sector(session)
    session.ask("q")
    with open(os.path.join(ROOT, "tools/volume/etc/commands")) as file:
        commands = re.findall(r"^(\S+) debugger$", file.read(), re.M)
    assert len(commands) > 60
    for command in commands:
        shown = session.ask("help " + command)
        assert shown.startswith(command) and "\nExample: " in shown, command
        assert max(map(len, shown.splitlines())) <= 80, shown
    session.refused("r", "no target")
    session.refused("bpx one:0:7c00", "no target")
    session.refused("one: g", "no target")
    session.refused("one:nonsense 1", "one:nonsense 1: no command of the debugger")
    session.refused("a:", "no such command")
    assert session.ask("d one:0:7c00 L 2").startswith("0000:7c00  fa fc")
    assert "fa " in session.ask("one: u 0:7c00 L 1") and session.ask("one:r ip") == "ip=7c00"
    assert "cr3" in session.ask("k: r")
    assert "debugger" not in session.monitor.modules()


def test_new_machines_meanwhile(session):
    """A block of `vm new` within the debugger leads back to it."""
    at_boot_sector(session)
    session.ask("bpx 0:7c01")
    session.serial.ask("vm new two", r"two> $")
    session.serial.ask(KEYS[0], r"two> $")
    assert session.ask("end") == "" and session.prompt().endswith("one[paused]")
    session.serial.ask("vm new three", r"three> $")
    assert "cs=0000" in session.ask("one: r") and session.prompt().endswith("one[paused]")
    assert "breakpoint 0" in session.ask("g")


def test_a_stopped_machine(session):
    """A machine that cannot go on is open to the debugger."""
    at_boot_sector(session)
    session.ask("e 0:7c00 0f 20 c0 0c 1 0f 22 c0")      # mov eax,cr0; or al,1; mov cr0,eax
    shown = session.ask("g")
    assert "one: stopped:" in shown and "mov cr0,eax" in shown
    assert session.prompt().endswith("one[stopped]")
    assert session.registers(shown)["eip"] == 0x7c05
    session.refused("t", "vm reset one")
    assert session.ask("d 0:7c00 L 2").startswith("0000:7c00  0f 20")


def test_halted(session):
    """A step at a HLT waits for the interrupt and stands behind it, its handler done."""
    at_boot_sector(session)
    session.ask("e 0:7c00 fb 90 f4 fa f4")              # sti; nop; hlt; cli; hlt
    session.ask("g 0:7c02")
    ticks = session.ask("? dword [40:6c]")
    shown = session.ask("t")
    assert "one: step" in shown and session.registers(shown)["eip"] == 0x7c03
    assert session.ask("? dword [40:6c]") != ticks
    shown = session.ask("t")
    assert "hlt" in shown.splitlines()[-1]
    assert "interrupts are off for good, halted" in session.ask("t")
    session.refused("t", "halted with interrupts off")


def test_the_machine_as_such(session):
    at_boot_sector(session)
    shown = session.ask("state")
    assert re.match(r"one: machine 1, paused; engine v86\nreal mode, interrupts on, a20 shut\nmachine time \d+ ms", shown)
    assert re.search(r"^exits: in \d+ out \d+ ", shown, re.M) and "master: pins" in shown
    session.ask("r if=0")
    assert "interrupts off" in session.ask("state")
    assert "nmi" not in session.ask("state")
    session.ask("o 61 0")
    session.ask("vm nmi one")
    assert "\nnmi pending\n" in session.ask("state")
    session.ask("bpint 2")
    assert "breakpoint 0: interrupt 02 at" in session.ask("g")
    session.ask("bc *")
    assert "\nnmi being served\n" in session.ask("state")
    assert "640K of base memory, 1024K of extended" in session.ask("mem")
    assert session.ask("ldt").startswith("ldtr=0000") and "real mode" in session.ask("ldt")
    # Of another machine, by its name; devices of every kind have something to say.
    assert session.ask("dev one.pic") == session.ask("dev pic")
    for called, device in (("com1", "uart"), ("LPT1", "lpt"), ("cmos", "rtc"), ("keyboard", "kbc"), ("mouse", "kbc")):
        assert session.ask("dev " + called) == session.ask("dev " + device)
    for word in ("requests", "in service", "masked", "mode: vectors from 08"):
        assert word in session.ask("dev one.pic")
    session.refused("dev one.nothing", "no such device")
    session.refused("dev nobody.pic", "no machine of that name")
    for device in re.findall(r"^(v\w+) ", session.ask("dev").split("ports:")[0], re.M):
        assert session.ask("dev " + device) and "nothing to say" not in session.ask("dev " + device), device
    session.ask("dbg k")
    tasks = session.ask("task")
    assert re.search(r"^screen +waiting .* waits on c\w+ in console\.\w+", tasks, re.M)
    assert re.search(r"^timer c\w+  in +\d+ us  \w+\+", tasks, re.M)
    assert "uses none" in session.ask("ldt")
    assert re.fullmatch(r"one:(\n +\d+  \w{4}:\w{4}  .*){2}", session.ask("flight 2"))
    shown = session.ask("rs")
    assert re.search(r"^gdtr base=c\w+ limit=\w+  idtr base=c", shown, re.M) and "dr7=" in shown and "cs=0008" in shown
    session.refused("state", "k, the monitor")


def test_hot_key(session):
    """It stops the machine in view, at once."""
    session.ask("vm start one")
    pc = session.monitor
    pc.keys("ctrl+alt+f3")
    pc.keys("ctrl+alt+f12")
    pc.wait_screen(r"one: paused[\s\S]*one\[paused\]>")
    assert re.search(r"^one +paused", session.ask("vm list"), re.M)
