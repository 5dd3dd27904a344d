"""Each kind of breakpoint fires where it must and nowhere else, and leaves no trace in the guest."""

import os
import re
import subprocess

import pytest

from bochs import Bochs
from monitor import ROOT, Monitor
from test_debugger import Session, labels_of

KEYS = ("floppy a: /images/break.img ro",)
RESULTS = "d 0:6000 L 500"
ROUNDS, BEGIN, END = 100, 0x7c40, 0x9000
TICK_MS = 65536 / 1193.182
SUM = re.compile(r"^0000:6000(.*)$", re.M)


@pytest.fixture(scope="module")
def guest(tmp_path_factory):
    """The guest's floppy, and the addresses of its labels."""
    folder = tmp_path_factory.mktemp("break")
    image, listing = str(folder / "break.img"), str(folder / "break.lst")
    subprocess.run(["nasm", "-f", "bin", "-l", listing, "-o", image,
                    os.path.join(ROOT, "tests/machine/break_guest.asm")], check=True)
    labels = labels_of(listing)
    with open(image, "r+b") as file:
        file.truncate(1440 * 1024)
    with open(image, "rb") as file:
        return file.read(), labels


def run_to_end(session, *points):
    """From the boot sector to its end, with these breakpoints: their hits, registers, memory."""
    session.ask("vm start one paused")
    session.ask("dbg one")
    assert "fninit" in session.ask("g 0:%x" % BEGIN)
    for number, point in enumerate(points):
        assert session.ask(point + " count ffffffff") == "breakpoint %x" % number, point
    shown = session.ask("g 0:%x" % END, 240)
    assert "one: reached" in shown, shown
    hits = [int(n, 16) for n in re.findall(r"hits ([0-9a-f]+) ", session.ask("bl"))]
    state = session.registers(), session.ask(RESULTS)
    session.ask("q")
    session.ask("vm kill one")
    return hits, state


def hits_of(labels):
    """{command: hits}."""
    n = ROUNDS
    return {
        "bpx 0:%x" % labels["round"]: n, "bpx 0:%x fast" % labels["work"]: n, "bpx 0:%x" % labels["copy"]: n,
        "bpx 0:%x" % labels["service"]: n, "bpr 0:%x L 1 x" % labels["service"]: n,
        "bpx f000:ffff": 0,
        "bpm 0:6100 1 w": n, "bpm 0:6100 1 r": 0, "bpm 0:6101 2 w": n, "bpm 0:6102 1 rw": n, "bpm 0:60fe 2 rw": 0,
        "bpm 0:6103 4 r": n, "bpm 0:6106 1 r": n, "bpm 0:6107 1 rw": 0, "bpm 0:6103 4 w": 0,
        "bpm 0:6200 1 r": n, "bpm 0:620f 1 r": n, "bpm 0:6210 1 rw": 0, "bpr 0:6300 630f w": n * 16,
        "bpr 0:6305 L 2 w": n * 2, "bpm 0:6400 4 w": n, "bpm 0:6403 1 w": n, "bpm 0:6404 1 rw": 0,
        "bpm 0:6140 2 r": n, "bpm 0:6140 2 w": n, "bpr !6140 L 2 w": n, "bpm %%%x 1 r" % labels["start"]: 1,
        "bpio e1 w": n, "bpio e1 r": 0, "bpio e0-e3 rw": 2 * n, "bpio e3 r": n, "bpio e4 w": n, "bpio e5-ff w": n,
        "bpio 3f0-3f7 rw": 0,
        "bpint 60": n, "bpint 60 12": n, "bpint 60 12 34": n, "bpint 60 12 35": 0, "bpint 60 13": 0, "bpint 61": 0,
        "bpirq 0": 0, "bpexc": 0, "bphalt": 0, "bpmode": 0, "bpstop": 0,
        "bpio e1 w if value==5a && al==5a": n, "bpio e1 w if value==5b": 0, "bpm 0:6100 1 w if value==64": 1,
        "bpm 0:6102 2 rw hw": 2 * n, "bpm 0:6104 4 r hw": n, "bpm 0:6140 2 w hw": n,
        "bpm 0:6300 1 w hw": n, "bpm 0:6400 4 w hw": n, "bpm 0:5efa 2 w hw": n, "bpm 0:6108 4 rw hw": 0,
        "bpx 0:%x if cx==64" % labels["round"]: 1, "bpint 60 if word [6000]<0n10": 10,
    }


@pytest.mark.parametrize("machine, cpu, options", [("pc", "pentium", ""), ("isapc", "486", "cpu=386")])
def test_where_they_must(guest, machine, cpu, options):
    """Alone, and all of them at once."""
    expected = hits_of(guest[1])
    with Monitor(files={"/images/break.img": guest[0]}, machine=machine, cpu=cpu, options=options,
                 memory=8) as monitor:
        session = Session(monitor)
        monitor.define("one", *KEYS)
        none, plain = run_to_end(session)
        assert not none and " 64 00 00 00 " in plain[1]
        exact = {point: hits for point, hits in expected.items() if not re.search(" fast| hw", point)}
        hits, state = run_to_end(session, *exact)
        wrong = [(point, wanted, had) for (point, wanted), had in zip(exact.items(), hits) if wanted != had]
        assert not wrong and len(hits) == len(exact)
        assert state == plain
        for point in list(expected)[::5 if options else 1]:
            hits, state = run_to_end(session, point)
            assert hits == [expected[point]], point
            if " fast" in point:        # its INT3 is what the guest reads there
                assert state != plain
                state = state[0], state[1].replace(SUM.search(state[1]).group(), SUM.search(plain[1]).group())
                state[0].update(ebx=plain[0]["ebx"], efl=plain[0]["efl"])
            assert state == plain, point


def test_where_they_must_with_vme(guest):
    """Where the processor carries out INT n and the like by itself."""
    expected = {point: hits for point, hits in hits_of(guest[1]).items()
                if not re.search(" fast| hw", point)}
    with Bochs(files={"/images/break.img": guest[0]}) as monitor:
        session = Session(monitor)
        monitor.define("one", *KEYS)
        none, plain = run_to_end(session)
        assert "(VME) work and are used" in monitor.run("log")
        hits, state = run_to_end(session, *expected)
        assert hits == list(expected.values()) and state == plain
        for point in ("bpint 60", "bpx 0:%x" % guest[1]["service"], "bpm 0:6403 1 w", "bpm 0:6140 2 w", "bpio e3 r"):
            hits, state = run_to_end(session, point)
            assert hits == [expected[point]] and state == plain, point
        # QEMU takes the write behind this one for another.
        points = ("bpm 0:6100 1 w hw", "bpm 0:5efa 2 w hw", "bpm 0:6400 4 w hw", "bpm 0:6300 1 w hw")
        hits, state = run_to_end(session, *points)
        assert hits == [ROUNDS] * 4 and state == plain


@pytest.fixture
def session(guest):
    with Monitor(files={"/images/break.img": guest[0], "/mixed": b"bpx 0:8001\nnonsense\n"}) as monitor:
        monitor.define("one", *KEYS)
        monitor.define("two", *KEYS)
        session = Session(monitor)
        session.ask("vm start one paused")
        session.ask("dbg one")
        assert "fninit" in session.ask("g 0:%x" % BEGIN)
        yield session


def stop(shown):
    """(reason, address of the next instruction)"""
    return (re.search(r"^one: (.*)$", shown, re.M).group(1),
            re.search(r"^(\w{4}:\w{4}) ", shown, re.M).group(1))


def test_what_a_stop_says(session, guest):
    """The access, who did it, and that it is done."""
    labels = guest[1]
    session.ask("bpm 0:6100 1 w")
    reason, at = stop(session.ask("g"))
    where = labels["round"] + 3
    assert reason == "breakpoint 0: 0000:%04x wrote 64 to %%00006100" % where and at == "0000:%04x" % (where + 3)
    assert session.ask("d 0:6100 L 1").startswith("0000:6100  64")
    session.ask("bc 0")
    session.ask("bpm 0:6103 4 r")
    reason, at = stop(session.ask("g"))
    assert re.match(r"breakpoint 0: 0000:\w{4} read 00000000 from %00006103$", reason)
    session.ask("bc 0")
    # One iteration of a repeated instruction.
    session.ask("bpr 0:6302 L 1 w")
    shown = session.ask("g")
    assert stop(shown)[1] == "0000:%04x" % labels["copy"] and session.registers(shown)["ecx"] == 13
    session.ask("bc 0")
    session.ask("bpio e1 w")
    reason, at = stop(session.ask("g"))
    assert reason == "breakpoint 0: 0000:%04x wrote 5a to port e1" % labels["port"]
    assert at == "0000:%04x" % (labels["port"] + 2)
    session.ask("bc 0")
    session.ask("bpio e2 r")
    shown = session.ask("g")
    assert stop(shown)[0] == "breakpoint 0: 0000:%04x read ffff from port e2" % (labels["port"] + 2)
    assert session.registers(shown)["eax"] & 0xffff == 0xffff
    session.ask("bc 0")
    session.ask("bpint 60 12")
    reason, at = stop(session.ask("g"))
    assert reason == "breakpoint 0: interrupt 60 at 0000:%04x, ax=1234" % labels["call60"]
    assert at == "0000:%04x" % labels["service"]
    # What a debugger's own port accesses do is no hit.
    session.ask("bc 0")
    session.ask("bpio e1 rw")
    session.ask("o e1 5")
    assert "hits 0 " in session.ask("bl")
    assert stop(session.ask("g"))[0].startswith("breakpoint 0: ")


def test_no_hit_is_lost(session):
    """A million of them, with a condition that does not hold but once."""
    session.ask("e 0:9000 66 b9 40 42 f 0 66 49 75 fc eb fe")   # mov ecx,0n1000000; dec ecx; jnz $-2; jmp $
    for point in ("bpx 0:9006", "bpx 0:9006 fast"):
        session.ask(point + " count 0n1000000")
        shown = session.ask("g =0:9000", 400)
        assert "breakpoint 0" in shown and session.registers(shown)["ecx"] == 1
        assert "hits f4240 " in session.ask("bl")
        session.ask("bc 0")
    session.ask("e 0:9000 66 b9 a0 86 1 0 fe 6 0 61 66 49 75 f8 eb fe")     # ... inc byte [6100], 100,000 times
    session.ask("bpm 0:6100 1 w if ecx==1")
    shown = session.ask("g =0:9000", 400)
    assert "breakpoint 0" in shown and session.registers(shown)["ecx"] == 1
    assert "hits 1 " in session.ask("bl") and session.ask("? byte [0:6100]").startswith("000000a0")


def ints_of(session):
    return int(re.search(r"^ +INT n +(\d+)$", session.ask("stat one"), re.M).group(1))


@pytest.mark.parametrize("point, times", [("bpint 60", 1000000), ("bpx 0:a010 fast", 50000), ("bpm 0:5ffc 2 w", 50000)])
def test_each_interrupt_counts_once(session, point, times):
    """Also where the fast path gives it up half-way: the vector's page is barred, or the stack's."""
    # mov sp,6000; mov ecx,times; int 60; dec ecx; jnz $-4; jmp 0:9000
    session.ask("e 0:8000 bc 0 60 66 b9 0 0 0 0 cd 60 66 49 75 fa ea 0 90 0 0")
    session.ask("ed 0:8005 %x" % times)
    session.ask("ed 0:180 a010")
    session.ask("e 0:a010 cf")
    before = ints_of(session)
    session.ask(point + " count ffffffff")
    assert "one: reached" in session.ask("g =0:8000 0:9000", 400)
    assert "hits %x " % times in session.ask("bl")
    assert ints_of(session) - before == times


def test_fast_is_the_debuggers_own(session, guest):
    """Whoever looks at a machine that stands, saves it or moves its memory finds the guest's bytes, not INT3s."""
    work = guest[1]["work"]
    code = guest[0][work - 0x7c00]
    session.ask("bpx 0:%x fast count ffffffff" % work)
    session.ask("e 0:9000 e8 %x %x eb fb" % ((work - 0x9003) & 255, (work - 0x9003) >> 8 & 255))     # call work; jmp $-3
    session.ask("r ip=9000")
    session.ask("vm resume one")
    session.ask("sleep 1")
    assert session.ask("d 0:%x L 1" % work).split()[1] == "%02x" % code
    session.ask("vm save one /one.save")
    session.ask("vm load other /one.save")
    assert session.ask("other: d 0:%x L 1" % work).split()[1] == "%02x" % code
    session.ask("vm pause one")
    session.ask("dump /dump")
    session.ask("sync")
    assert guest[0][:510] in session.monitor.get("/dump")
    before = int(re.search("hits ([0-9a-f]+)", session.ask("bl")).group(1), 16)
    assert before > 0
    session.ask("vm resume one")
    session.ask("sleep 1")
    session.ask("vm pause one")
    assert int(re.search("hits ([0-9a-f]+)", session.ask("bl")).group(1), 16) > before
    session.ask("bc *")
    assert session.ask("d 0:%x L 1" % work).split()[1] == "%02x" % code


INT13 = "e 0:9000 b8 1 %x bb 0 %x b9 2 0 31 d2 cd 13 eb fe"    # mov ax,; mov bx,; mov cx,2; xor dx,dx; int 13; jmp $
INT13_END = 0x900d


def test_fast_and_the_disk(guest):
    """What the BIOS writes to a disk, and reads over an INT3."""
    work = guest[1]["work"]
    with Monitor(files={"/images/break.img": guest[0]}) as monitor:
        monitor.define("one", "floppy a: /images/break.img")
        session = Session(monitor)
        session.ask("vm start one paused")
        session.ask("dbg one")
        session.ask("g 0:%x" % BEGIN)
        session.ask("bpx 0:%x fast" % work)
        session.ask(INT13 % (3, 0x7c))
        assert "reached" in session.ask("g =0:9000 0:%x" % INT13_END, 60)
        # Read over it: the breakpoint lies on what came.
        session.ask("e 0:%x 90" % work)
        session.ask(INT13 % (2, 0x7c))
        assert "reached" in session.ask("g =0:9000 0:%x" % INT13_END, 60)
        assert session.ask("d 0:%x L 1" % work).split()[1] == "%02x" % guest[0][work - 0x7c00]
        assert stop(session.ask("g =0:%x" % BEGIN))[0] == "breakpoint 0"
        session.ask("q")
        monitor.kill("one")
        monitor.run("sync")
        image = monitor.get("/images/break.img")
        assert image[512:1024] == guest[0][:512]


def outs(*pairs):
    """Code: mov al,VALUE; out PORT,al"""
    return b"".join(bytes((0xb0, value, 0xe6, port)) for port, value in pairs)


# Four bytes from 5000 to 5100: Intel 8237A data sheet, "Memory-to-Memory".
DMA = outs((0xd, 0), (8, 1), (0xb, 0x88), (0xb, 0x85), (0, 0), (0, 0x50), (1, 3), (1, 0), (2, 0), (2, 0x51), (3, 3), (3, 0),
           (0x87, 0), (0x83, 0), (0xe, 0), (9, 4)) + b"\xeb\xfe"


def test_devices(session, guest):
    """What no instruction does: the BIOS's disk transfers and DMA; and not what lies beside."""
    for point in ("bpr 0:a000 L 4 w", "bpm 0:a1ff 1 rw", "bpm 0:a200 1 rw", "bpm 0:9fff 1 rw", "bpr 0:a000 L 200 r"):
        session.ask(point + " count ffffffff")
    session.ask(INT13 % (2, 0xa0))
    session.ask("g =0:9000 0:%x" % INT13_END, 60)
    assert re.findall(r"hits (\w+)", session.ask("bl")) == ["1", "1", "0", "0", "0"]
    session.ask("bc *")
    session.ask("bpm 0:a1ff 1 w if value==%x" % guest[0][1023])
    reason, at = stop(session.ask("g =0:9000", 60))
    assert re.match(r"breakpoint 0: %%0000a1ff written by a device or for the BIOS, %02x there, before f000:" %
                    guest[0][1023], reason) and at.startswith("f000:")
    session.ask("bc *")
    for begin in range(0, len(DMA), 16):
        session.ask("e 0:%x %s" % (0x9000 + begin, " ".join("%x" % byte for byte in DMA[begin:begin + 16])))
    session.ask("ed 0:5000 64636261")
    for point in ("bpm 0:5102 1 w", "bpm 0:5104 4 rw", "bpm 0:5001 1 r", "bpm 0:5003 1 w", "bpm 0:5003 1 r if value==64",
                  "bpm 0:5102 1 w if value==62"):
        session.ask(point + " count ffffffff")
    end = 0x9000 + len(DMA) - 2
    session.ask("g =0:9000 0:%x" % end)
    assert re.findall(r"hits (\w+)", session.ask("bl")) == ["1", "0", "1", "0", "1", "0"]
    session.ask("bc *")
    session.ask("bpm 0:5102 1 w")
    reason, at = stop(session.ask("g =0:9000"))
    assert reason == "breakpoint 0: %%00005102 written by a device or for the BIOS, 63 there, before 0000:%04x" % end
    assert at == "0000:%04x" % end


def test_do(session, guest):
    """Commands at each hit, among them one that goes on."""
    session.ask("bpx 0:%x if cx>0n95 do \"? cx; g\"" % guest[1]["round"])
    session.ask("bpx 0:9000")
    shown = session.ask("g", 60)
    assert re.findall(r"^(0000006\d)  ", shown, re.M) == ["00000064", "00000063", "00000062", "00000061", "00000060"]
    assert shown.count("one: breakpoint 0") == 5 and "one: breakpoint 1" in shown
    assert session.ask("? dword [0:6000]").startswith("00000064")
    # The command may end what it belongs to.
    session.ask("bc *")
    session.ask("g =0:%x 0:%x" % (BEGIN, BEGIN + 2))
    session.ask("bpx 0:%x do 'bc *; echo gone'" % guest[1]["work"])
    shown = session.ask("g")
    assert "breakpoint 0" in shown and shown.endswith("\ngone") and session.ask("bl") == "no breakpoints"
    session.ask("bpx 0:%x do 'vm kill one'" % guest[1]["round"])
    assert "breakpoint 0" in session.ask("g") and session.prompt().endswith("one[off]")


def test_save_and_load(session):
    for line in ("bpx 0:8000 fast if ax==5 count 3", "bpr 0:6000 L 10 rw do \"r; g\"", "bpio 3f8-3ff w", "bpint 21 4c",
                 "bphalt"):
        assert session.ask(line).startswith("breakpoint ")
    listed = session.ask("bl")
    assert session.ask("bsave /points") == ""
    session.ask("bc *")
    session.ask("bload /points")
    assert session.ask("bl") == listed
    # A condition may make no sense yet; a place may have no memory yet, which is said.
    assert session.ask("bpx 0:8010 if 10/(ax-ax)==1 || ffffffff+cx==0") == "breakpoint 5"
    shown = session.ask("bpx d000:0")
    assert shown == "; d000:0000 has no memory yet: nothing may ever come there\nbreakpoint 6"
    session.ask("bc 5 6")
    session.refused("bload /nothing", "not found")
    session.refused("bload", "which file")
    session.ask("into /bad echo vm kill one")
    session.refused("bload /bad", "no breakpoint")
    assert session.ask("bload /mixed").endswith("line 2: no breakpoint: `nonsense`")
    assert session.ask("bl") == listed              # what stood above the mistake is gone again
    session.ask("bc *")
    session.refused("bsave /none", "no breakpoints")


def test_returns_and_conditions(session, guest):
    labels = guest[1]
    session.ask("g 0:%x" % labels["work"])
    before = session.registers()
    shown = session.ask("gu")
    assert stop(shown)[0] == "returned" and session.registers(shown)["esp"] == before["esp"] + 2
    session.ask("g 0:%x" % labels["service"])
    shown = session.ask("gu")
    assert stop(shown)[0] == "returned" and stop(shown)[1] == "0000:%04x" % (labels["call60"] + 2)
    shown = session.ask("t until word [0:6000]==0n50", 60)
    assert stop(shown)[0] == "the condition holds" and session.ask("? word [0:6000]").startswith("00000032")
    session.ask("g 0:%x" % labels["round"])
    shown = session.ask("p until ax==5a", 60)
    assert stop(shown) == ("the condition holds", "0000:%04x" % labels["port"])
    shown = session.ask("t 5 until 0")
    assert stop(shown)[0] == "step"
    session.refused("t until", "missing")
    session.refused("t 0 until 1", "0 steps")
    session.refused("p until 1 2", "not understood")


WAITING = (0x9000, "fa b0 a e6 20 e4 20 a8 1 74 f6 fb 90 90 90 90 eb fe")  # cli; until IRQ 0 waits; sti; nop...
STI = 0x900b


def test_step_with_an_interrupt_waiting(session):
    """A step executes the instruction and the handler with it, which `hist` leaves out."""
    session.ask("e 0:%x %s" % WAITING)

    def ticks():
        return int(session.ask("? dword [40:6c]")[:8], 16)
    before = ticks()
    session.ask("g =0:9000 0:%x" % STI)
    assert stop(session.ask("p")) == ("step", "0000:%04x" % (STI + 1)) and ticks() == before
    assert stop(session.ask("p"))[1] == "0000:%04x" % (STI + 2)
    assert ticks() == before + 1
    # It waits already when the step begins.
    session.ask("g =0:9000 0:%x" % STI)
    session.ask("r ip=%x" % (STI + 1))
    session.ask("r fl=202")
    assert stop(session.ask("p"))[1] == "0000:%04x" % (STI + 2) and ticks() == before + 2
    assert stop(session.ask("p"))[1] == "0000:%04x" % (STI + 3)
    shown = session.ask("hist 2")
    assert "0000:%04x" % (STI + 1) in shown and "0000:%04x" % (STI + 2) in shown, shown     # nothing of the handler's
    # A breakpoint in the handler counts.
    session.ask("g =0:9000 0:%x" % STI)
    session.ask("bpint 8")
    session.ask("p")
    reason, at = stop(session.ask("p"))
    assert reason.startswith("breakpoint 0: interrupt 08 at 0000:%04x" % (STI + 2)) and at.startswith("f000:")
    session.ask("bc *")
    session.ask("gu")
    # The same by `t`, also amid many steps, and until something holds; into the handler by a breakpoint.
    for line in "t", "t 2", "p 2":
        session.ask("g =0:9000 0:%x" % STI)
        before = ticks()
        assert stop(session.ask(line))[1] == "0000:%04x" % (STI + int(line[2:] or "1"))
        assert ticks() == before + (line != "t")
    session.ask("g =0:9000 0:%x" % STI)
    before = ticks()
    assert stop(session.ask("t until ip==%x" % (STI + 4))) == ("the condition holds", "0000:%04x" % (STI + 4))
    assert ticks() == before + 1
    session.ask("g =0:9000 0:%x" % STI)
    session.ask("bpirq 0")
    assert stop(session.ask("t 5"))[1].startswith("f000:")
    assert stop(session.ask("t"))[1].startswith("f000:")
    session.ask("bc *")
    assert stop(session.ask("gu"))[1] == "0000:%04x" % (STI + 2)


def test_interrupts_and_exceptions(session):
    session.ask("bpirq 0")
    session.ask("e 0:9000 fb eb fe")                             # sti; jmp $
    reason, at = stop(session.ask("g =0:9000"))
    assert re.match(r"breakpoint 0: irq 0, vector 08, at 0000:9001$", reason) and at.startswith("f000:")
    session.ask("bc *")
    session.ask("bpint 8")
    reason, at = stop(session.ask("g"))
    assert re.match(r"breakpoint 0: interrupt 08 at ", reason) and at.startswith("f000:")
    session.ask("bc *")
    session.ask("bpexc 6")
    session.ask("e 0:9000 fa 0f 0b")                             # cli; ud2
    reason, at = stop(session.ask("g =0:9000"))
    assert reason == "breakpoint 0: exception 06 at 0000:9001" and at.startswith("f000:")
    session.ask("bc *")
    session.ask("bphalt")
    session.ask("e 0:9000 fa f4 90")                             # cli; hlt
    reason, at = stop(session.ask("g =0:9000"))
    assert reason == "breakpoint 0: halt with interrupts off at 0000:9001, halted" and at == "0000:9002"
    session.ask("bc *")
    session.ask("bpmode")
    session.ask("e 0:9000 0f 20 c0 0c 2 0f 22 c0 0c 1 0f 22 c0")  # mov eax,cr0; or al,2; mov cr0,eax; or al,1; ...
    reason, at = stop(session.ask("g =0:9000"))
    assert re.match(r"breakpoint 0: cr0=0000001[27] at 0000:9005$", reason) and at == "0000:9008"
    assert "stopped: protected mode" in session.ask("g")
    assert "hits 2 " in session.ask("bl")


def test_other_machines(session, guest):
    """They run the same code at the same place, and do not notice."""
    labels = guest[1]
    for line in ("bpx 0:%x" % labels["round"], "bpx 0:%x fast" % labels["work"], "bpm 0:6140 2 w", "bpio e1 w",
                 "bpint 60"):
        session.ask(line)
    assert "breakpoint" in session.ask("g")
    session.ask("vm start two")
    for _ in range(100):
        if session.ask("two: d 0:6000 L 1").startswith("0000:6000  64"):
            break
        session.ask("sleep 1")
    assert session.ask("two: d 0:6000 L 1").startswith("0000:6000  64")
    assert session.ask("d 0:6000 L 1").startswith("0000:6000  00")
    assert session.ask("two: d 0:%x L 1" % labels["work"]) == session.ask("d 0:%x L 1" % labels["work"])
    assert session.ask("two:bl") == "no breakpoints"
    # Set, cleared and set again while it runs.
    session.ask("two: bpx 0:9000")
    session.wait_paused("two")
    session.ask("two: bc *")
    session.ask("vm resume two")
    session.ask("two: bpx 0:9000 fast")
    session.wait_paused("two")


def test_debug_registers_are_one_machines(session):
    """Others do the same at the same place, and are not caught."""
    session.ask("vm start two paused")
    for name in ("one", "two"):
        session.ask("%s: e 0:9000 fe 6 0 61 eb fa" % name)       # inc byte [6100]; jmp $-4
        session.ask("dbg " + name)
        for line in ("r cs=0", "r ds=0", "r ss=0", "r ip=9000"):
            session.ask(line)
    session.ask("dbg one")
    session.ask("bpm 0:6100 1 w hw if 0")
    session.ask("vm resume one")
    session.ask("vm resume two")
    session.ask("sleep 2")
    listed = session.ask("vm list")
    assert re.search(r"^one +running", listed, re.M) and re.search(r"^two +running", listed, re.M)
    assert "exception 01" not in session.ask("two: irq") + session.ask("one: irq")
    session.ask("vm pause two")
    session.ask("bc *")
    session.ask("bpm 0:6100 1 w hw count 0n10000")
    shown = session.ask("g", 60)
    assert "breakpoint 0: %00006100 written" in shown and session.registers(shown)["eip"] == 0x9004


def test_debug_registers_are_the_guests(session):
    """It finds them as it left them, while we watch."""
    session.ask("bpx 0:9040")
    session.ask("bpm 0:6100 1 w")
    session.ask("e 0:9000 66 b8 78 56 34 12 0f 23 c0")            # mov eax,12345678; mov dr0,eax
    session.ask("e 0:9009 a2 0 61 0f 21 c3 0f 21 f9 eb fe")      # mov [6100],al; mov ebx,dr0; mov ecx,dr7; jmp $
    assert "breakpoint 1" in session.ask("g =0:9000")
    shown = session.ask("g 0:9012")
    assert session.registers(shown)["ebx"] == 0x12345678 and session.registers(shown)["ecx"] == 0x400


def test_bad_points(session):
    for line, why in (("bpm 0:1 2 w hw", "multiple of 2"), ("bpm 0:0 4 x hw", "one byte of code"),
                      ("bpx f000:0 fast", "RAM only"), ("bpx d000:0 fast", "RAM only"),
                      ("bpx %110000", "does not get there"), ("bpm 0:0", "which accesses"), ("bpm 0:0 3 r", "1, 2 or 4"),
                      ("bpr 0:10 8 w", "before the beginning"), ("bpio 60", "which accesses"), ("bpio x r", "no number"),
                      ("bpint 100", "too large"), ("bpirq 10", "too large"), ("bpmode x", "not understood"),
                      ("bpx 0:0 do", "do what"), ("bc 0 7", "no such"), ("bpx 0:0 if valu", "no number, register")):
        session.refused(line, why)
    assert session.ask("bl") == "no breakpoints"
    for at in range(4):
        session.ask("bpm 0:%x 1 w hw" % (at * 0x10))
    session.refused("bpm 0:100 1 w hw", "all 4 debug registers")
    session.ask("bd 1")
    session.ask("bpm 0:100 1 w hw")
    session.refused("be *", "all 4 debug registers")
    assert session.ask("bl").count("off") == 1
    session.ask("bc *")
    session.ask("bpx 0:1")
    session.refused("bc 0 7", "no such")
    assert "bpx 0000:0001" in session.ask("bl")


def code_points(labels):
    """{command: hits} of debug registers for code."""
    n = ROUNDS
    return {
        "bpx 0:%x hw" % labels["round"]: n, "bpm 0:%x 1 x hw" % labels["work"]: n, "bpx 0:%x hw" % labels["service"]: n,
        "bpx 0:%x hw" % labels["copy"]: n, "bpx 0:%x hw" % labels["call60"]: n, "bpx 0:%x hw" % labels["port"]: n,
        "bpx 0:%x hw" % (labels["port"] + 2): n,                # behind what the fast path does
        "bpx 0:%x hw" % (labels["call60"] + 2): n,              # behind INT and IRET
        "bpx 0:%x hw" % labels["real_op"]: n,                   # the coprocessor's
        "bpx 0:%x hw if cx==64" % labels["round"]: 1, "bpx 0:%x hw if cx<0n11" % labels["round"]: 10,
        "bpx 0:%x hw" % (labels["round"] + 1): n, "bpx 0:%x hw" % (labels["round"] + 2): 0,
        "bpx f000:ffff hw": 0,
    }


@pytest.mark.parametrize("options", ["", "vme=off", "cpu=386"])
def test_debug_registers_for_code(guest, options):
    """Each hit, with a condition too, nothing else, and no trace in the guest; in Bochs, since QEMU cannot."""
    expected = code_points(guest[1])
    with Bochs(files={"/images/break.img": guest[0]}, options=options) as monitor:
        session = Session(monitor)
        monitor.define("one", *KEYS)
        monitor.define("two", *KEYS)
        none, plain = run_to_end(session)
        names = list(expected)
        for begin in range(0, len(names), 4):
            points = names[begin:begin + 4]
            hits, state = run_to_end(session, *points)
            assert dict(zip(points, hits)) == {point: expected[point] for point in points}
            assert state == plain, points
        mixed = {"bpx 0:%x hw" % guest[1]["work"]: ROUNDS, "bpm 0:6100 1 w hw": ROUNDS, "bpm 0:6140 2 w": ROUNDS,
                 "bpx 0:%x" % guest[1]["service"]: ROUNDS}
        hits, state = run_to_end(session, *mixed)
        assert hits == list(mixed.values()) and state == plain
        debug_registers_stop(session, guest[1])


def debug_registers_stop(session, labels):
    """It hits, hits again, counts to a thousand and loses none; another machine with the same code goes on."""
    session.monitor.define("two", *KEYS)
    session.ask("vm start one paused")
    session.ask("dbg one")
    session.ask("g 0:%x" % BEGIN)
    session.ask("bpx 0:%x hw" % labels["round"])
    assert "bpx 0000:%04x hw" % labels["round"] in session.ask("bl")
    for left in (100, 99, 98):
        shown = session.ask("g", 60)
        assert stop(shown) == ("breakpoint 0", "0000:%04x" % labels["round"]) and session.registers(shown)["ecx"] == left
    session.ask("t")
    assert "hits 3 " in session.ask("bl")
    session.ask("bpx 0:%x hw" % labels["work"])
    assert stop(session.ask("g", 60))[0] == "breakpoint 1"
    session.ask("bc *")
    session.ask("bpx 0:9007 hw count 0n1000")
    session.ask("e 0:9000 66 b9 e8 3 0 0 fa fb 49 75 fb eb fe")     # mov ecx,0n1000; cli; sti; dec cx; jnz; jmp $
    session.ask("r fl=2")
    shown = session.ask("g =0:9000", 240)
    assert stop(shown)[0] == "breakpoint 0" and session.registers(shown)["ecx"] == 1 and "hits 3e8 " in session.ask("bl")
    # Another machine runs through the same place meanwhile.
    session.ask("bc *")
    session.ask("e 0:9000 fe 6 0 61 eb fa")                          # inc byte [6100]; jmp $-4
    session.ask("r ip=9000")
    session.ask("vm start two paused")
    session.ask("two: e 0:9000 fe 6 0 61 eb fa")
    session.ask("dbg two")
    for line in ("r cs=0", "r ds=0", "r ss=0", "r ip=9000"):
        session.ask(line)
    session.ask("vm resume two")
    session.ask("dbg one")
    session.ask("bpx 0:9004 hw if 0")
    session.ask("vm resume one")
    session.ask("sleep 2")
    listed = session.ask("vm list")
    assert re.search(r"^one +running", listed, re.M) and re.search(r"^two +running", listed, re.M)
    session.ask("vm pause one")
    session.ask("vm pause two")
    session.ask("bc *")
    session.ask("bpx 0:9004 hw count 0n100")
    assert stop(session.ask("g", 60)) == ("breakpoint 0", "0000:9004")
    assert "exception 01" not in session.ask("two: irq") + session.ask("one: irq")
    for number in range(3):
        session.ask("bpx 0:%x hw" % (0x100 + number))
    session.refused("bpx 0:200 hw", "all 4 debug registers")


@pytest.mark.parametrize("cpu, options", [("pentium", ""), ("486", "cpu=386")])
def test_debug_registers_for_code_in_qemu(guest, cpu, options):
    """Its own processor would end the PC: it is told, and the exact kind stops where this one would."""
    with Monitor(files={"/images/break.img": guest[0]}, cpu=cpu, options=options) as monitor:
        monitor.define("one", *KEYS)
        session = Session(monitor)
        session.ask("vm start one paused")
        session.ask("dbg one")
        session.ask("g 0:%x" % BEGIN)
        for number in range(5):
            said = session.ask("bpx 0:%x hw" % (guest[1]["round"] + number * 0x100))
            assert re.match(r"debug registers for code are not safe .*\nbreakpoint %d$" % number, said)
        assert " hw" not in session.ask("bl")
        assert stop(session.ask("g")) == ("breakpoint 0", "0000:%04x" % guest[1]["round"])


def test_other_clocks_go_on(guest):
    """While one stands in the debugger, and while it is stepped, another's ticks come as they should."""
    with Monitor(files={"/images/break.img": guest[0]}) as monitor:
        monitor.run("demo clock")
        monitor.wait_text("clock", "Task load")
        monitor.define("one", *KEYS)
        session = Session(monitor)
        session.ask("vm start one paused")
        session.ask("dbg one")
        clocks_go_on(session)


def clocks_go_on(session):

    def clock():
        """Its BIOS's ticks, what its 8254 still owes, which it finds when it is read, and how long it has been on
        in ms."""
        session.ask("vm pause clock")
        session.ask("clock: i 40")
        session.ask("clock: i 40")
        ticks = int(session.ask("clock: ? dword [40:6c]")[:8], 16)
        owed, lost = map(int, re.search(r"(\d+) owed, (\d+) lost", session.ask("clock: dev vpit")).groups())
        passed = int(re.search(r"on for (\d+) ms", session.ask("stat clock")).group(1))
        session.ask("vm resume clock")
        assert lost == 0
        return ticks + owed, passed

    def slack(passed):
        """test_clocks.py is the exact one; here the emulator's time passes while its own host is busy."""
        return 3 * TICK_MS + 0.005 * passed
    session.ask("sleep 5")
    begin, first = clock()
    session.ask("sleep 20")                                     # `one` stands
    end, last = clock()
    assert abs((end - begin) * TICK_MS - (last - first)) < slack(last - first)
    session.ask("r cs=0")
    session.ask("e 0:9000 eb fe")
    session.ask("r ip=9000")
    session.ask("t 0n10000", 240)
    later, after = clock()
    assert abs((later - end) * TICK_MS - (after - last)) < slack(after - last)
