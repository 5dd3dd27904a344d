"""Parallel ports of machines: what a guest prints arrives whole.

The guest is printer_guest.asm: it prints by INT 17h, by the ports and by interrupt."""

import os
import re
import subprocess

import pytest

from monitor import Dos, Monitor, guest

HERE = os.path.dirname(os.path.abspath(__file__))
FLOPPY = "/images/printer.img"


def pattern(count):
    return bytes((i * 7 + i // 256) % 256 for i in range(count))


FIRST, SECOND, BY_IRQ = pattern(3000), pattern(3000), pattern(500)
NO_ERROR, INTERRUPTS = "0000", "%04X" % len(BY_IRQ)


@pytest.fixture(scope="module")
def floppy(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("printer") / "printer.img")
    subprocess.run(["nasm", "-f", "bin", "-o", path, os.path.join(HERE, "printer_guest.asm")],
                   check=True)
    return path


@pytest.fixture
def mon(floppy):
    with Monitor(files={FLOPPY: floppy}) as monitor:
        yield monitor


def until(mon, command, pattern):
    for _ in range(60):
        if re.search(pattern, mon.run(command)):
            return
        mon.run("sleep 1")
    raise AssertionError("%s: no %r in %s" % (command, pattern, mon.run(command)))


def printed(mon):
    mon.wait_text("one", "%s  %s  done" % (NO_ERROR, INTERRUPTS))


def test_files(mon):
    """By INT 17h and interrupt to LPT1, by ports to LPT2; both are found."""
    mon.run("mkdir /p")
    mon.machine("one", "floppy a: " + FLOPPY, "parallel 1 file:/p/one.prn",
                "parallel 2 file:/p/two.prn ecp")
    mon.wait_text("one", "0378  0278  0000")
    printed(mon)
    assert mon.text("one").split()[3][0] == "8"          # two ports in the equipment word
    mon.kill("one")
    mon.run("sync")
    assert mon.get("/p/one.prn") == FIRST + BY_IRQ
    assert mon.get("/p/two.prn") == SECOND


def test_third_port_comes_first(mon):
    """3BCh is LPT1 to the BIOS, which looks there first."""
    mon.machine("one", "floppy a: " + FLOPPY, "parallel 1 none", "parallel 3 file:/three.prn")
    mon.wait_text("one", "03BC  0378  0000")
    mon.kill("one")


def test_no_printer(mon):
    """Status 30h: out of paper and selected, as open pins read."""
    mon.machine("one", "floppy a: " + FLOPPY)
    mon.wait_text("one", "0378  0000  0000")
    assert mon.text("one").split()[4].startswith("30")
    mon.run("vm set one parallel 1 file:/late.prn")       # plugged in; bytes sent until now are lost
    mon.refused("vm set one parallel 1 file:/no/such/x.prn", "not found|no such")
    mon.refused("vm set one parallel 1 host:lpt9", "not found")
    mon.refused("vm set one parallel 1 spool ecp", "cannot change while it runs")


def test_spool(mon):
    """A job ends by INIT, and with its machine; jobs are listed, shown and deleted."""
    mon.machine("one", "floppy a: " + FLOPPY, "parallel 1 spool")
    printed(mon)
    mon.press_keys("one", "x")
    until(mon, "spool list", r"one-002\.prn")
    mon.kill("one")
    assert mon.get("/spool/one-001.prn") == FIRST + BY_IRQ
    assert mon.get("/spool/one-002.prn") == b"more"
    assert mon.run("spool show one-002").strip() == "more"
    mon.run("spool delete one-001")
    assert mon.run("spool list").split() == ["one-002.prn", "4", "bytes"]
    mon.refused("spool show one-001", "no such job")
    mon.run("spool delete all")
    assert mon.run("spool list").strip() == ""


def test_host_port(mon_host):
    """The PC's own port; one machine at a time."""
    mon, path = mon_host
    mon.machine("one", "floppy a: " + FLOPPY, "parallel 1 host:lpt1")
    printed(mon)
    mon.define("two", "floppy a: " + FLOPPY, "parallel 1 host:lpt1")
    mon.refused("vm start two", "in use")
    mon.kill("one")
    mon.qmp("quit")
    mon.process.wait(30)
    with open(path, "rb") as file:
        assert file.read() == FIRST + BY_IRQ


@pytest.fixture
def mon_host(floppy, tmp_path):
    path = str(tmp_path / "host.prn")
    with Monitor("-parallel", "file:" + path, files={FLOPPY: floppy}) as monitor:
        yield monitor, path


def test_full_volume(floppy):
    """The printer is out of paper while the volume is full, and goes on when there is room."""
    with Monitor(files={FLOPPY: floppy, "/fill": bytes(60 << 20)}) as mon:
        for n in range(5, -1, -1):          # the rest in ever smaller pieces, until not a block is left
            piece = "/images/printer.img" if n > 2 else "/etc/commands"
            for i in range(40):
                if mon.try_run("cp %s /f%d-%d" % (piece, n, i))[1]:
                    break
        mon.define("one", "floppy a: " + FLOPPY, "parallel 2 spool")
        mon.start("one")
        mon.wait_text("one", "0378  0278  0000")
        until(mon, "log", "what is sent there waits")
        mon.run("rm /fill")
        until(mon, "log", "there is room again")
        until(mon, "spool list", r"one-001\.prn +3000 bytes")
        mon.kill("one")
        assert mon.get("/spool/one-001.prn") == SECOND


def test_freedos(floppy):
    """COPY FILE PRN in a real DOS. A text, for DOS ends what it prints at a Ctrl+Z."""
    dos = guest("freedos-1440K.img")
    with Monitor(files={"/images/dos.img": dos}) as mon:
        mon.machine("dos", "floppy a: /images/dos.img", "boot a:", "parallel 1 file:/dos.prn")
        shell = Dos(mon, "dos")
        shell.ready()
        shell.run("copy autoexec.bat prn")
        mon.kill("dos")
        mon.run("mount /images/dos.img a")
        mon.run("cp a:/autoexec.bat /autoexec.bat")
        mon.run("sync")
        text = mon.get("/autoexec.bat")
        assert len(text) > 100 and mon.get("/dos.prn").rstrip(b"\x1a") == text
