"""The debugger's commands for ranges of memory, its hex editor, its calculator."""

import re

import pytest

from monitor import Monitor
from test_debugger import Session, at_boot_sector, session, step   # fixtures


def test_ranges(session):
    at_boot_sector(session)
    assert session.ask("f 0:7000 L 10 1 2 'ab'") == ""
    assert session.ask("d 0:7000 L 11").splitlines() == [
        "0000:7000  01 02 61 62 01 02 61 62 01 02 61 62 01 02 61 62  ..ab..ab..ab..ab",
        "0000:7010  00                                               ."]
    assert session.ask("c 0:7000 700f 0:7004").splitlines() == [
        "0000:700%x  %s  00  0000:701%x" % (12 + i, b, i) for i, b in enumerate(("01", "02", "61", "62"))]
    assert session.ask("s 0:7000 L 20 'ab' 1").split() == ["0000:7002", "0000:7006", "0000:700a"]
    assert session.ask("s 0:7000 L 10 'nobody'") == "not found"
    # Overlapping, both ways; over more than one chunk.
    session.ask("f 0:8000 L 100 0 1 2 3 4 5 6 7 8 9 a b c")
    for to in ("8007", "7ff9"):
        before = session.ask("d 0:8000 L 100")
        session.ask("m 0:8000 L 100 0:9000")
        session.ask("m 0:8000 L 100 0:" + to)
        assert session.ask("c 0:9000 L 100 0:" + to) == "", to
        session.ask("m 0:9000 L 100 0:8000")
        assert session.ask("d 0:8000 L 100") == before
    # A whole segment, from its middle on; it wraps round.
    assert session.ask("s 0:7000 L 10000 'across'") == "not found"
    # Wider elements.
    assert session.ask("f 0:a000 L 7 word 1234 dword 89abcdef 'x'") == "" and session.ask("d 0:a000 L 8").startswith(
        "0000:a000  34 12 ef cd ab 89 78 00")
    assert session.ask("s 0:a000 L 10 dword 89abcdef") == "0000:a002" and session.ask("s 0:a000 L 10 word 89ab") == "0000:a004"
    # Found across the borders of what is read at once; in ROM; a ROM can be filled.
    session.ask("e 0:83fe 'across'")
    assert session.ask("s 0:8000 L 1000 'across'") == "0000:83fe"
    assert re.search(r"^f000:[0-9a-f]{4}$", session.ask("s f000:0 L ffff 'poly'"), re.M)
    assert session.ask("f f000:100 L 4 'ABCD'") == "" and "ABCD" in session.ask("d f000:100 L 4")
    assert session.ask("d b800:0 L 4").splitlines()[0] == "; !000b8000-!000bffff is device memory vvga"
    # Where nothing is, that is said, once.
    shown = session.ask("d cfff:f0 L 40").splitlines()
    assert shown[0] == "; cfff:00f0 cannot be read: no memory is there" and len(shown) == 5 and "?? ??" in shown[4]
    assert session.ask("d %effe0 L 40").splitlines()[3].startswith("%000f0000  ") and "cannot" not in session.ask("d f000:0 L 10")
    # On a machine that runs, and on the monitor.
    session.ask("vm resume one")
    assert session.ask("f 0:9000 L 3 5") == "" and session.ask("d 0:9000 L 4").startswith("0000:9000  05 05 05 ")
    session.ask("dbg k")
    assert "c" in session.ask("s c0100000 L 10000 'poly86'")


@pytest.mark.parametrize("line, why", [
    ("f 0:7000", "how far"), ("f 0:7000 L 4", "missing"), ("f 0:7000 L 4 100", "too large"), ("f 0:7000 L 4 'a", "not closed"),
    ("f d000:0 L 4 1", "cannot be read; nothing"), ("m 0:7000 L 4", "missing"), ("m 0:7000 L 4 0:0 5", "not understood"),
    ("m 0:7000 L 4 d000:0", "d000:0000: cannot be read; nothing"), ("m d000:0 L 4 0:7000", "cannot be read"), ("c 0:0 L 4 d000:0", "cannot be read"),
    ("m %0 L 200000 %0", "more than 100000 bytes"), ("s 0:0 L 10", "missing"), ("s 0:0 L 10 12345", "too large"),
    ("f 0:7000 L 4 word 12345", "too large"), ("d 1 80000000", "more than a segment has"), ("d 0:0 ffffffff", "more than a segment has"), ("u 0:0 ffffffff", "more than a segment"), ("u 0:0 L 10001", "more than a segment"),
    ("f 0:0 L 10001 0", "more than a segment"), ("s 0:0 L 20000 1", "more than a segment"), ("s 0:0 L 10 dword", "missing"), ("s d000:0 L 100 ff", "d000:0000: cannot be read"), ("he 12345", "beyond FFFF"), ("he 0:0 5", "not understood"),
    ("? 80000000+80000000", "overflow"), ("? ffffffff+1", "overflow"), ("? ffffffff*ffffffff", "overflow"), ("? signed 80000000/-1", "overflow"), ("? 1 ? 2", "without its"), ("? 5/0", "division"),
    ("? 1:2:3", "segment")])
def test_refuses(refusing, line, why):
    refusing.refused(line, why)


@pytest.fixture(scope="module")
def refusing(step):
    with Monitor(files={"/images/step.img": step[0]}) as monitor:
        monitor.define("one", "floppy a: /images/step.img ro")
        session = Session(monitor)
        at_boot_sector(session)
        before = session.ask("d 0:7000 L 10"), session.ask("d 0:0 L 20")
        yield session
        assert (session.ask("d 0:7000 L 10"), session.ask("d 0:0 L 20")) == before


def test_hex_editor(session):
    """Keys as a terminal sends them."""
    at_boot_sector(session)
    session.serial.send("he 0:7000\r")
    session.serial.expect(r"Esc leaves[^\n]*\x1b\[1;12H$")
    session.serial.send("41")
    session.serial.expect(r"0000:7000  41 00 .*\x1b\[1;15H$")
    session.serial.send("\x1b[C\x1b[B")             # right, down: the low digit of 7011
    session.serial.expect(r"\x1b\[2;16H$")
    session.serial.send("7\tHi")
    session.serial.expect(r"0000:7010  00 07 48 69 [^\n]*\x1b\[2;65H$")
    session.serial.send("\t\x1b[5~")                # back to the digits, a page up
    session.serial.expect(r"0000:6[0-9a-f]{3}  .*$")
    session.serial.send("x")
    session.serial.expect(r"hexadecimal digits here")
    session.serial.send("\x1b")
    session.serial.expect(r"\[paused\]> $")
    assert session.ask("d 0:7000 L 14").splitlines() == [
        "0000:7000  41 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  A...............",
        "0000:7010  00 07 48 69                                      ..Hi"]
    # ROM is bold, and can be patched all the same; Ctrl+C leaves, too.
    session.serial.send("he f000:100\r")
    session.serial.expect(r"f000:0100 \x1b\[1m .*Esc leaves[^\n]*\x1b\[1;12H$")
    session.serial.send("5a\x03")
    session.serial.expect(r"\[paused\]> $")
    assert session.ask("d f000:100 L 1").startswith("f000:0100  5a")


def test_hex_editor_on_the_screen(session):
    """The PC's own keyboard and screen; the machine runs meanwhile, and is deleted at last."""
    at_boot_sector(session)
    session.ask("a 0:7100 inc byte [7200]")
    session.ask("a 0:7104 jmp 7100")
    session.ask("r ip=7100")
    session.ask("vm resume one")
    pc = session.monitor
    pc.type("he one:0:7000{ret}")
    pc.wait_screen(r"^0000:7000  00 00 00")
    pc.wait_screen("one: Tab changes columns, Esc leaves")
    pc.type("4d{tab}Z")
    pc.wait_screen(r"^0000:7000  4d 5a 00 .*  MZ\.")
    pc.type("{pgdn}{home}{end}{up}{down}{left}")
    pc.wait_screen(r"^0000:7[0-9a-f]{3} ")
    assert session.ask("d one:0:7000 L 2").startswith("0000:7000  4d 5a")
    session.ask("vm kill one")
    pc.wait_screen("one was deleted meanwhile")
    pc.wait_screen(r"poly86> +$|poly86>$")


def test_calculator(session):
    at_boot_sector(session)
    for line, shown in (
            ("f000:e05b", ["f000:e05b = %000fe05b = !000fe05b  rom bios", "fe05:000b", "000fe05b  1040475  0o3760133  "
             "0b11111110000001011011  '[..'"]),
            ("%10ffef", ["%0010ffef = !0000ffef  ram", "ffff:ffff", "0010ffef  1114095  0o4177757  0b100001111111111101111  '...'"]),
            ("%7c05", ["%00007c05 = !00007c05  ram", "07c0:0005 es:7c05 cs:7c05 ss:7c05 ds:7c05 fs:7c05 gs:7c05",
                       "00007c05  31749  0o76005  0b111110000000101  '.|'"])):
        assert session.ask("? " + line).splitlines() == shown
    for line, shown in (("ffff", "0000ffff  65535  -1  0o177777"), ("80", "00000080  128  -128"), ("signed -7/2", "fffffffd  4294967293  -3"),
                        ("0n10*0y11+0o7", "00000025  37"), ("'a'|20", "00000061  97"), ("1==2 ? 5 : 6", "00000006  6"),
                        ("not 0 && byte [0:7c00]==fa", "00000001  1"), ("s8 byte [0:7c00]", "fffffffa  4294967290  -6"),
                        ("(0:7c00)-(0:7b00)", "00000100  256"), ("word [cs:7dfe]", "0000aa55  43605  -21931"),
                        ("word ptr [cs:7dfe]", "0000aa55"), ("\"AB\"", "00004241"), ("-1+1", "00000000"), ("@cs", "00000000"), ("cf", "000000cf")):
        assert session.ask("? " + line).startswith(shown), line
    for value in "10":
        session.ask("r cf=" + value)
        session.ask("r zf=" + value)
        assert session.ask("? @cf").startswith("0000000" + value) and session.ask("? zf").startswith("0000000" + value)
    session.ask("t until zf==1")
    session.ask("dbg k")
    assert session.ask("? %c0100000").startswith("c0100000 = !00100000\n")
    assert session.ask("? !100000").startswith("!00100000 = %c0100000\n")
    assert session.ask("? %1000").startswith("00001000  not mapped\n")
