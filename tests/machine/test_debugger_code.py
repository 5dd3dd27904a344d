"""The debugger's assembler, disassembler and symbols, on a guest of our own and a DOS where one is found."""

import os
import re
import subprocess

import pytest

from monitor import BUILD, Monitor
from test_debugger import KEYS, Session, at_boot_sector, session, step   # fixtures

PLACE = r"(?:[0-9a-f]{4}:[0-9a-f]{4}|[0-9a-f]{8})  $"


def assemble(session, where, *lines):
    """Types lines into `a`; what was said between the prompts, errors included."""
    session.serial.send("a %s\r" % where)
    session.serial.expect(r"\n" + PLACE)
    said = []
    for line in lines:
        start = session.serial.position
        session.serial.send(line + "\r")
        session.serial.expect(PLACE)
        said.append(bytes(session.serial.log[start:session.serial.position]).decode())
    start = session.serial.position
    session.serial.send("\r")
    session.serial.expect(r"(poly86|\[\w+\]|k)> $")
    said.append(bytes(session.serial.log[start:session.serial.position]).decode())
    return said


def test_assembler(session):
    at_boot_sector(session)
    assert "perhaps" not in session.ask("a 0:7000 mov ax,[bx+si-4]")
    assert session.ask("d 0:7000 L 3").startswith("0000:7000  8b 40 fc ")
    # Labels, also before they are defined; data; a mistake ends nothing.
    said = assemble(session, "0:7100", "start: mov cx,5", "again: jcxz done", "loop again", "mov ax,bl", "jmp short start",
                    "done: mov si,text+1", "call far_away", "text: db 'Hi',0,ff", "dw start, done-start", "far_away: ret")
    assert "\n" + " " * 18 + "^\r\na: column 8: mov: an operand of the wrong size" in said[3] and not any("\na: " in text for text in said[:3] + said[4:])
    assert [line.split(maxsplit=2)[2].split("  ")[-1].strip() for line in session.ask("u 0:7100 L f").splitlines()] == \
        ["mov cx,0x5", "jcxz 0x7109", "loop 0x7103", "jmp 0x7100", "mov si,0x7110", "call 0x7117"]
    assert session.ask("d 0:710f L 9").startswith("0000:710f  48 69 00 ff 00 71 09 00 c3")
    # It goes on behind the last one; 32-bit code; a label that never came.
    session.serial.send("a\r")
    session.serial.expect(r"\n0000:7118  $")
    session.serial.send("jmp nowhere\r")
    session.serial.expect(r"\n0000:711b  $")
    session.serial.send(".\r")
    session.serial.expect(r"`jmp nowhere` at 7118: uses a label that was not defined")
    session.serial.expect(r"\[paused\]> $")
    assert session.ask("a 0:7200 32 mov eax,[ebp+ecx*4+10]") == ""
    assert session.ask("u 0:7200 L 1 32").endswith("8b448d10         mov eax,[ebp+ecx*4+0x10]")
    # What it writes runs: patch, step, look.
    session.ask("a cs:ip mov ax,1234+5*2")
    assert session.registers(session.ask("t"))["eax"] & 0xffff == 0x123e


def test_assembler_refuses(session):
    """One line each, and memory is as it was."""
    at_boot_sector(session)
    before = session.ask("d 0:7c00 L 20")
    for line, why in (("a 0:7c00 mvo ax,1", "column 1: mvo: no such instruction"), ("a 0:7c00 mov ax", "column 1: mov: does not"),
                      ("a 0:7c00 mov [bx],5", "column 4: how long"), ("a 0:7c00 mov al,123", "column 8: mov: the number"),
                      ("a 0:7c00 jmp short 1", "too far"), ("a 0:7c00 mov ax,nobody", "no number, register or label"),
                      ("a 0:7c00 db 'abc", "not closed"), ("a 0:7c00 mov ax,5/0", "division by zero"),
                      ("a 0:fffe mov ax,5", "beyond the segment's end"), ("a xyz", "no number"), ("a 12345", "beyond FFFF"),
                      ("a 0:7c00 16 pushaw 5", "does not take 1 operands")):
        session.refused(line, why)
    assert "nothing was changed" in session.ask("a %d0000 nop")
    assert session.ask("d 0:7c00 L 20") == before
    for address, why in (("0:0", "vector table"), ("40:10", "BIOS data"), ("b800:0", "video"), ("5000:0", "neither CS")):
        assert why in session.ask("a %s nop" % address)
    session.ask("vm resume one")
    session.refused("a 100 nop", "give segment and offset")
    assert session.ask("a 0:9000 nop") == "" and session.ask("db 0:9000 L 1").startswith("0000:9000  90")


SCRIPT = b"""dbg one stop
a 0:7000
mov ax,1234
again: jmp again
.
on error continue
a 0:7100
mov ax,bl
nop

echo $?
q
"""


def test_in_a_script(step):
    """Lines behind `a` are its; a mistake is told, and is the script's error."""
    with Monitor(files={"/images/step.img": step[0], "/s": SCRIPT}) as monitor:
        monitor.define("one", *KEYS)
        session = Session(monitor)
        at_boot_sector(session)
        shown = session.ask("source /s").splitlines()[-2:]
        assert shown == ["a: column 8: mov: an operand of the wrong size", "4"]
        session.ask("dbg one")
        assert session.ask("d 0:7000 L 6").startswith("0000:7000  b8 34 12 eb fe 00 ")
        assert session.ask("d 0:7100 L 2").startswith("0000:7100  90 00 ")


def test_what_is_code(session):
    """Segments that a return address on the stack or an interrupt vector leads into."""
    at_boot_sector(session)
    assert "neither CS" in session.ask("u 3000:0 L 1") and "neither CS" in session.ask("u 5555:0 L 1")
    session.ask("a 3000:100 call 0:7c00")
    session.ask("ew ss:(sp-8) 105 3000")
    session.ask("r sp=sp-8")
    assert "perhaps" not in session.ask("u 3000:0 L 1") and "neither CS" in session.ask("u 3001:0 L 1")
    session.ask("ew 0:(61*4) 0 5555")
    assert "perhaps" not in session.ask("u 5555:10 L 1") and "perhaps" not in session.ask("a 5555:10 nop")
    assert "perhaps" not in session.ask("u f000:0 L 1") and "perhaps" not in session.ask("u %7c10 L 1")
    assert "neither CS" in session.ask("u %30000 L 1")
    # A vector that nobody has set, 0:0, is no reason for segment 0.
    assert session.ask("ivt 60").startswith("60 0000:0000 unused")
    for line in ("r cs=f000", "r ss=9000", "r sp=0"):
        session.ask(line)
    assert "neither CS" in session.ask("u 0:8000 L 1")
    session.ask("ew 0:(62*4) 8000 0")
    assert "perhaps" not in session.ask("u 0:8000 L 1")


def test_falls_into_step(session):
    """A listing that begins inside an instruction meets CS:IP."""
    at_boot_sector(session)
    session.ask("e 0:7bff b8")                          # mov ax, and the guest's first two bytes
    lines = session.ask("u 0:7bff L 2").splitlines()
    assert lines[0].endswith("db 0xb8") and lines[1].startswith("0000:7c00 fa ")


def test_shows_what_comes(session):
    """Behind the next instruction: its memory operand, or whether it jumps."""
    at_boot_sector(session)
    session.ask("ed 0:7200 12345678")
    for line, shown in (("mov ax,[7200]", "; ds:7200=5678"), ("mov al,[bx+si]", "; ds:7200=78"), ("inc dword es:[7200]", "; es:7200=12345678"),
                        ("push word [bp]", "; ss:7200=5678"), ("lea ax,[7200]", None), ("mov ax,cs:[0]", "; cs:0000="),
                        ("jz 7c20", "; goes on"), ("jnz 7c20", "; jumps"), ("jcxz 7c20", "; goes on"), ("loop 7c20", "; goes on"),
                        ("loope 7c20", "; goes on"), ("jmp 7c20", None), ("mov ax,bx", None)):
        session.ask("a 7c00 " + line)
        for register in ("bx=7000", "si=200", "bp=7200", "cx=1", "zf=0"):
            session.ask("r " + register)
        last = session.ask("r").splitlines()[-1]
        assert (shown in last) if shown else (";" not in last), last
    session.ask("r cx=2")
    session.ask("a 7c00 loop 7c20")
    assert session.ask("u 7c00 L 2").endswith("loop 0x7c20  ; jumps")
    session.ask("e 0:7d00 90 90")
    assert ";" not in session.ask("u 7d00 L 2")         # not what comes next
    session.ask("vm resume one")
    assert ";" not in session.ask("u f000:e05b L 1")


MAP = """
 Start  Stop   Length Name                   Class
 00000H 0001FH 00020H _TEXT                  CODE

  Address         Publics by Name

 0000:0010       _helper
 0001:0004  Abs  _table

  Address         Publics by Value

 0000:0000       _main
 0000:0010       _helper
 0001:0004  Abs  _table

Program entry point at 0000:0000
"""


def test_symbols(step, tmp_path):
    labels = step[1]
    source, image, listing = tmp_path / "s.asm", tmp_path / "s.bin", tmp_path / "s.map"
    with open(os.path.join(os.path.dirname(__file__), "step_guest.asm")) as file:
        source.write_text(file.read() + "\n[map symbols %s]\n" % listing)
    subprocess.run(["nasm", "-f", "bin", "-o", image, source], check=True)
    elf = tmp_path / "s.o"
    source.write_text("global start\nstart: nop\nsecond: jmp start\n")
    subprocess.run(["nasm", "-f", "elf32", "-o", elf, source], check=True)
    files = {"/images/step.img": step[0], "/s.map": listing.read_bytes(), "/prog.map": MAP.encode(), "/s.elf": elf.read_bytes(),
             "/none.txt": b"nothing in here\n", "/bad.elf": elf.read_bytes()[:100]}
    with Monitor(files=files) as monitor:
        monitor.define("one", *KEYS)
        session = Session(monitor)
        at_boot_sector(session)
        assert session.ask("sym list").startswith("no symbols")
        assert session.ask("sym load /s.map").endswith(" symbols")
        assert "0000:%04x  round" % labels["round"] in session.ask("sym list").splitlines()
        assert session.ask("bpx service") == "breakpoint 0"
        shown = session.ask("g")
        assert "breakpoint 0" in shown and shown.splitlines()[-2] == "service:"
        assert session.ask("ln service+1").splitlines()[0] == "0000:%04x  service+0x1" % (labels["service"] + 1)
        assert session.ask("? round").startswith("0000:%04x = %%0000%04x" % ((labels["round"],) * 2))
        assert "(round+0x3), behind" in session.ask("k")
        assert re.search(r"^ *\d+  0000:\w{4}  int +60  round\+0x", session.ask("flight"), re.M)
        call = session.ask("u round+3 L 3").splitlines()
        assert call[-1].endswith("call " + next(n for n, a in labels.items() if n in call[-1]))
        assert session.ask("a 0:7000 call service") == "" and session.ask("u 0:7000 L 1").endswith("call service")
        session.ask("a 0:7000 call 0:%x" % labels["service"])
        assert session.ask("u 0:7000 L 1").endswith("call 0x0:0x%x  ; service" % labels["service"])
        # Another file's take their place; a linker's segments count from where the program is.
        assert session.ask("sym load /prog.map 1000:0") == "3 symbols"
        listed = session.ask("sym list")
        assert session.ask("sym load /prog.map 1000") == "3 symbols" and session.ask("sym list") == listed
        assert session.ask("sym list").splitlines() == ["1000:0000  _main", "1000:0010  _helper", "1001:0004  _table"]
        for line in FAKE_DOS:                           # ... which DOS knows
            session.ask(line)
        session.ask("sym load /prog.map")
        assert session.ask("sym list").splitlines()[-1] == "0222:0004  _table"
        assert session.ask("sym load /s.elf 2000") == "2 symbols"
        assert session.ask("ln 0:2001").splitlines()[0] == "0000:2001  second"
        for line, why in (("sym", "load or list"), ("sym load", "which file"), ("sym load /nobody", "not found|no such"),
                          ("sym load /none.txt", "no symbols"), ("sym load /bad.elf", "damaged"), ("sym load /", "director"),
                          ("sym load /s.elf 1 2", "not understood"), ("ln 0:9000", "no symbol near"), ("ln", "missing")):
            session.refused(line, why)
        assert session.ask("ln 0:2001").splitlines()[0] == "0000:2001  second"
        session.ask("dbg k")
        session.refused("sym list", "k, the monitor")


FAKE_DOS = (            # its list of lists at 100:26, a program, and what is free
    "ew 100:24 200", "ed 100:48 ffffffff", "ew 100:4c 8004", "e 100:52 'NUL     '", "ew 100:330 211",
    "e 200:0 'M' 8 0 f 0", "e 210:0 'M' 11 2 10 0 0 0 0 'PROG' 0", "e 221:0 'Z' 0 0 0 7",
    "e 211:0 cd 20", "ew 211:16 211", "ew 211:2c 1234", "ew 0:184 5 211")


def test_structures_of_dos(session):
    """Made by hand in a guest that is no DOS, so that every place is known."""
    at_boot_sector(session)
    session.refused("task", "runs no DOS")
    assert "DOS" not in session.ask("mem") and "DOS" not in session.ask("dev")
    for line in FAKE_DOS:
        assert session.ask(line) == ""
    assert session.ask("task") == "0211  PROG      parent 0211  environment 1234  256 bytes  current"
    assert session.ask("mem").splitlines()[-3:] == [
        "0200 M  0201-020f     240 bytes  owner 0008 DOS     ", "0210 M  0211-0220     256 bytes  owner 0211 PROG      program",
        "0221 Z  0222-0921   28672 bytes  owner 0000 free      the last"]
    assert session.ask("dev").splitlines()[-2:] == ["devices of DOS:", "01048  NUL       attributes 8004"]
    assert session.ask("ivt 61").startswith("61 0211:0005 PROG") and "bios" in session.ask("ivt 10")
    # Its block is code's, and so is a vector's segment; free memory is not.
    assert "perhaps" not in session.ask("u 215:0 L 1") and "neither CS" in session.ask("u 230:0 L 1")
    # A chain that breaks is told, and not followed; a ring ends.
    session.ask("e 210:3 ff")
    assert "it is broken" in session.ask("mem").splitlines()[-1]
    session.ask("ew 210:3 ffef")
    assert len(session.ask("mem").splitlines()) < 600


def test_protected_mode_objects(session):
    """No engine runs protected mode yet; its tables are looked at as a guest has made them."""
    at_boot_sector(session)
    # A GDT at 1000h: data at 700, code at 708, an LDT, a TSS; an LDT at 3000h. CR0.PE and CR0.PG by hand.
    for line in ("a 7c00 lgdt [7100]", "e 0:7100 ff ff 0 10 0 0", "ed 0:1700 70000fff 00009200", "ed 0:1708 70000fff 00409a00",
                 "ed 0:1710 3000000f 00008200", "ed 0:1718 40000067 00008900", "ed 0:3008 0000ffff 00cff200"):
        assert session.ask(line) == ""
    session.ask("g 7c05")                   # a step may be the timer's interrupt
    assert session.ask("gdt").splitlines()[0] == "gdtr base=00001000 limit=ffff"
    session.ask("r cr0=11")
    shown = session.ask("gdt")
    for line in ("0700  data16 rw    base=00007000 limit=00000fff dpl=0", "0708  code32 xr    base=00007000 limit=00000fff dpl=0",
                 "0710  ldt          base=00003000 limit=0000000f dpl=0", "0718  tss32        base=00004000 limit=00000067 dpl=0"):
        assert line in shown
    assert "descriptor says data" in session.ask("u 700:0 L 1") and "perhaps" not in session.ask("u 708:0 L 1")
    assert "descriptor says data" in session.ask("a 700:0 nop")
    # Addresses go through the descriptors, or say why not.
    session.ask("ed %7ffc 12345678")
    assert session.ask("d 700:ffc L 4").startswith("%00007ffc  78 56 34 12")
    assert session.ask("? dword [708:ffc]").startswith("12345678")
    for line, why in (("d 700:1000 L 1", "selector 0700: the offset is beyond its limit"),
                      ("d 3:10 L 1", "selector 0003: the null selector"), ("bpx 704:5", "selector 0704: beyond the LDT"),
                      ("d 720:0 L 1", "selector 0720: not present")):
        session.refused(line, why)
    assert session.ask("ldt").startswith("ldtr=0000") and session.ask("tss").startswith("tr=0000")
    assert "protected mode" in session.ask("state")
    # Page tables: a directory at 8000h, a table at 9000h.
    session.ask("r cr3=8000")
    session.ask("ed 0:8000 9003 83")
    session.ask("ed 0:901c 5067")
    session.ask("r cr0=80000011")
    assert session.ask("pt 7123").splitlines() == ["directory 000: 00009003 present writable", "table     007: 00005067 present writable "
                                                   "user accessed dirty", "%00007123 = !00005123"]
    assert session.ask("pt 400123").splitlines()[-1] == "%00400123 = !00000123"
    assert session.ask("pt 1000").splitlines()[-1].endswith("not present")
    assert "00000000-003fffff  present writable" in session.ask("pt")


def test_assembles_into_the_monitor(session):
    """Into a frame that nobody has."""
    session.ask("dbg k")
    session.refused("a", "where")
    assert "perhaps this is no code" in session.ask("a c1f00000 mov eax,[ebx+ecx*4+10]")
    assert session.ask("u c1f00000 L 1").splitlines()[-1] == "c1f00000 8b448b10         mov eax,[ebx+ecx*4+0x10]"
    assert "nothing was changed" in session.ask("a 1000 nop")
    # Functions of kernel and modules by name.
    assert session.ask("u kernel_main L 1").splitlines()[0] == "kernel_main"
    assert session.ask("ln session_loop+5").endswith("  shell.session_loop+0x5")
    assert session.ask("a c1f00000 call log_line") == "; c1f00000 is in no function of kernel or module: perhaps this is no code"
    assert session.ask("u c1f00000 L 1").endswith("call log_line")
    assert session.ask("? shell.session_loop").startswith(session.ask("? session_loop").split()[0])
    # Those of a byte or two, and one spelling both ways.
    names = subprocess.run(["nm", "-S", os.path.join(BUILD, "kernel.elf")], check=True, capture_output=True, text=True)
    short = re.findall(r"^(\w{8}) 0000000[123] [tT] (\w+)$", names.stdout, re.M)
    assert short
    for address, name in short:
        assert session.ask("? " + name).startswith(address), name
    place = re.search(r"  (\w+\.\w+)\+0x", session.ask("k"))
    assert session.ask("? " + place.group(1)).splitlines()[0].endswith("  " + place.group(1))
    for line in session.ask("u session_loop L 80").splitlines()[1:]:
        place, code, text = line.split(None, 2)
        session.ask("a c1f00100 " + text)
        assert session.ask("u c1f00100 L %x" % (len(code) // 2)).splitlines()[-1].split(None, 2)[2] == text
    session.refused("u nobody_there", "no number, register or symbol")
    said = assemble(session, "c1f00010", "jmp there", "there: mov eax,cr3", "ret")
    assert "c1f00015" in said[0] and "c1f00018" in said[1]
    assert [line.split("  ")[-1].strip() for line in session.ask("u c1f00010 c1f00018").splitlines()[1:]] == \
        ["jmp 0xc1f00015", "mov eax,cr3", "ret"]


def test_history(session):
    at_boot_sector(session)
    assert session.ask("hist").startswith("nothing")
    session.ask("t 3")
    assert [line.split()[0] for line in session.ask("hist").splitlines()] == ["0000:7c00", "0000:7c01", "0000:7c02"]
    assert session.ask("hist 1").startswith("0000:7c02 ")
    session.ask("t 200")
    assert len(session.ask("hist 80").splitlines()) == 128 and len(session.ask("hist").splitlines()) == 16
    for line, why in (("hist 81", "too large"), ("hist x", "no number"), ("hist 1 2", "not understood"), ("k:hist", "k, the monitor")):
        session.refused(line, why)


def test_coprocessor(session):
    at_boot_sector(session)
    for line in ("fninit", "fldpi", "fld1", "fchs"):
        session.ask("a cs:ip " + line)
        session.ask("t")
    shown = session.ask("rs").splitlines()[-3:]
    assert shown == ["x87 control=037f status=3000 tags=0fff top=6", "st(0) -1", "st(1) +0xc90fdaa22168c235 * 2^-62"]
    session.ask("a cs:ip fninit")
    session.ask("t")
    assert session.ask("rs").splitlines()[-1] == "x87 control=037f status=0000 tags=ffff top=0"
