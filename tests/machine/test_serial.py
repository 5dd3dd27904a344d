"""Serial ports of machines: what is at their far ends.

The guest is serial_guest.asm, which passes on every byte that it gets."""

import os
import subprocess

import pytest

from monitor import Monitor, ours

HERE = os.path.dirname(os.path.abspath(__file__))
FLOPPY = "/images/serial.img"
ALL_BYTES = bytes((i * 7 + i // 256) % 256 for i in range(4000))
ACTIVE, INACTIVE = "00B0", "0000"      # CTS, DSR and DCD


@pytest.fixture(scope="module")
def floppy(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("serial") / "serial.img")
    subprocess.run(["nasm", "-f", "bin", "-o", path, os.path.join(HERE, "serial_guest.asm")],
                   check=True)
    return path


@pytest.fixture
def mon(floppy):
    with Monitor(serials=2, files={FLOPPY: floppy}) as monitor:
        yield monitor


def start(mon, name, *keys):
    mon.machine(name, "floppy a: %s ro" % FLOPPY, *keys)
    mon.wait_text(name, "0000  0000  ")


def passed(count, modem=ACTIVE, errors=0):
    return "%04X  %04X  %s" % (count & 0xFFFF, errors, modem)


def through(mon, data):
    """Sends bytes on the PC's second line; what comes back there."""
    com2 = mon.serial_lines[1]
    com2.position = len(com2.log)
    com2.send(data)
    return com2.expect(b"(?s).{%d}" % len(data)).group(0)


def test_host_port(mon):
    """Every byte, both ways, without a loss and at the guest's own speed."""
    start(mon, "one", "serial 1 host:com2")
    mon.wait_text("one", passed(0))
    assert through(mon, ALL_BYTES) == ALL_BYTES
    mon.wait_text("one", passed(len(ALL_BYTES)))


def test_host_port_belongs_to_one(mon):
    start(mon, "one", "serial 1 host:com2")
    mon.define("two", "floppy a: %s ro" % FLOPPY, "serial 1 host:com2")
    mon.refused("vm start two", "in use")
    mon.refused("vm start two", "in use")
    mon.kill("one")
    mon.start("two")
    mon.wait_text("two", passed(0))
    assert through(mon, b"second owner") == b"second owner"


def test_host_port_of_the_shell(mon):
    mon.define("one", "floppy a: %s ro" % FLOPPY, "serial 1 host:com1")
    mon.refused("vm start one", "in use")


def test_none(mon):
    start(mon, "one", "serial 1 none")
    mon.wait_text("one", passed(0, INACTIVE))


def test_link(mon):
    """Two machines of different speed on one cable; either may go and come back."""
    start(mon, "near", "serial 1 link:far.1", "serial 2 host:com2")
    mon.wait_text("near", passed(0, INACTIVE))
    start(mon, "far", "serial 1 link:near.1")
    mon.wait_text("near", passed(0))
    mon.wait_text("far", passed(0))
    assert through(mon, ALL_BYTES) == ALL_BYTES
    mon.wait_text("near", passed(len(ALL_BYTES)))

    mon.kill("far")
    mon.wait_text("near", passed(len(ALL_BYTES), INACTIVE))
    mon.start("far")
    mon.wait_text("near", passed(len(ALL_BYTES)))
    assert through(mon, b"and again") == b"and again"


def test_link_to_one_that_stands(mon):
    """A paused machine loses nothing: its peer waits."""
    start(mon, "near", "serial 1 link:far.1", "serial 2 host:com2")
    start(mon, "far", "serial 1 link:near.1")
    mon.wait_text("near", passed(0))
    mon.run("vm pause far")
    com2 = mon.serial_lines[1]
    com2.position = len(com2.log)
    com2.send(ALL_BYTES[:1000])
    mon.run("sleep 2")
    assert len(com2.log) == com2.position
    mon.run("vm resume far")
    assert com2.expect(b"(?s).{1000}").group(0) == ALL_BYTES[:1000]


def test_link_wants_both_sides(mon):
    start(mon, "near", "serial 1 link:far.1")
    start(mon, "far", "serial 1 link:other.1")
    mon.run("sleep 1")
    mon.wait_text("near", passed(0, INACTIVE))


def test_file(mon):
    """What is sent is appended, complete when the machine has gone."""
    text = "".join("line %d\r\n" % i for i in range(100))
    start(mon, "one", "serial 1 host:com2", "serial 2 file:/spool/out.txt")
    mon.serial_lines[1].send(text)
    mon.wait_text("one", passed(len(text)))
    mon.run("sleep 1")
    mon.kill("one")
    mon.start("one")
    mon.wait_text("one", passed(0))
    mon.serial_lines[1].send("more")
    mon.wait_text("one", passed(4))
    mon.run("sleep 1")
    mon.kill("one")
    mon.run("sync")
    assert mon.get("/spool/out.txt").decode() == text + "more"


def test_file_that_cannot_be(mon):
    mon.define("one", "floppy a: %s ro" % FLOPPY, "serial 1 file:/no/such/folder/out.txt")
    mon.refused("vm start one", "not found|no such")
    assert mon.state("one")[1] != "running"


def test_nothing_is_left(mon):
    """Starting and killing gives all memory back, whatever the far ends are."""
    mon.define("near", "floppy a: %s ro" % FLOPPY, "serial 1 link:far.1", "serial 2 file:/spool/x")
    mon.define("far", "floppy a: %s ro" % FLOPPY, "serial 1 link:near.1", "serial 2 host:com2")
    free = []
    for _ in range(4):
        mon.start("near")
        mon.start("far")
        mon.wait_text("near", passed(0))
        mon.kill("near")
        mon.kill("far")
        mon.run("sync")
        free.append(mon.free_kb())
    assert free[1] == free[-1], free


def test_another_end_while_it_runs(mon):
    start(mon, "one", "serial 1 none")
    mon.wait_text("one", passed(0, INACTIVE))
    mon.run("vm set one serial 1 host:com2")
    mon.wait_text("one", passed(0))
    assert through(mon, b"plugged in") == b"plugged in"
    mon.run("vm set one serial 1 none")
    mon.wait_text("one", passed(10, INACTIVE))
    mon.refused("vm set one serial 1 host:com1", ".")
    mon.run("vm set one serial 1 host:com2")
    assert through(mon, b"again") == b"again"


LINK_BYTES = 1 << 20


def crc_of_the_bytes():
    """What megabyte_guest.asm computes of what it sends."""
    table = []
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021) & 0xFFFF if crc & 0x8000 else crc << 1
        table.append(crc)
    x, crc = 1, 0xFFFF
    for _ in range(LINK_BYTES):
        x = (x * 25173 + 13849) & 0xFFFF
        crc = (crc << 8 & 0xFF00) ^ table[crc >> 8 ^ x >> 8]
    return crc


def test_long_transfer(tmp_path):
    """A megabyte through a null-modem cable at 115200 baud, while a third machine computes: not much slower
    than the line, on a PC of 62 million instructions a second."""
    files = {"/images/burn.img": ours("burn")}
    for name, options in (("to", []), ("from", ["-DSENDER"])):
        image = str(tmp_path / (name + ".img"))
        subprocess.run(["nasm", "-f", "bin", "-DTOTAL=%d" % LINK_BYTES, *options, "-o", image,
                        os.path.join(HERE, "megabyte_guest.asm")], check=True)
        files["/images/%s.img" % name] = image
    with Monitor(files=files, icount="shift=4,sleep=off") as mon:
        mon.machine("busy", "floppy a: /images/burn.img")
        mon.machine("to1", "floppy a: /images/to.img", "serial 1 link:from1.1")
        mon.wait_text("to1", "ready")
        mon.machine("from1", "floppy a: /images/from.img", "serial 1 link:to1.1")
        result = "%08X %08X 00000000 done" % (LINK_BYTES, crc_of_the_bytes())
        mon.wait_text("to1", result, 1800)         # on a host that may be busy
        mon.wait_text("from1", result)
        on, _ = mon.times_ms("from1")
        line_ms = LINK_BYTES * 10 * 1000 // 115200
        assert line_ms <= on <= line_ms * 3 // 2
        assert mon.counters("busy")[1][0] > 0
