"""Every command of the debugger that looks at or changes something, on a live DOS at its prompt; and DOS
goes on afterwards as if nothing had been."""

import re

import pytest

from monitor import Dos, Monitor, guest
from test_debugger import Session


@pytest.fixture(scope="module")
def dos():
    with Monitor(files={"/images/dos.img": guest("freedos-720K.img")}) as monitor:
        monitor.machine("one", "floppy a: /images/dos.img ro")
        Dos(monitor, "one").ready()
        session = Session(monitor)
        session.ask("dbg one stop")
        yield session


@pytest.fixture(autouse=True)
def goes_on(dos):
    """DOS answers after each test."""
    yield
    dos.ask("q")
    dos.ask("vm resume one")
    assert "FreeCom" in Dos(dos.monitor, "one").run("ver")
    dos.ask("dbg one stop")


def test_its_structures(dos):
    programs = dos.ask("task")
    assert "COMMAND" in programs and programs.endswith("current")
    blocks = dos.ask("mem")
    assert " COMMAND   program" in blocks and blocks.endswith("the last") and "broken" not in blocks
    devices = dos.ask("dev")
    assert all(name in devices for name in ("NUL ", "CON ", "CLOCK$ "))
    assert re.match(r"21 \w{4}:\w{4} DOS ", dos.ask("ivt 21")) and "bios" in dos.ask("ivt 13")
    vectors = dos.ask("ivt")
    assert len(vectors.splitlines()) == 64 and "COMMAND" in vectors


def test_code(dos):
    program = dos.ask("task").split()[0]
    assert "perhaps" not in dos.ask("u") and "perhaps" not in dos.ask("u %s:100 L 10" % program)
    vector = dos.ask("ivt 21").split()[1]
    assert "perhaps" not in dos.ask("u %s L 8" % vector)
    assert "neither CS" in dos.ask("u 9fc0:0 L 1") or "no memory" in dos.ask("u 9fc0:0 L 1")
    # What is disassembled assembles to the same: a stretch of DOS's own code.
    lines = dos.ask("u %s L 60" % vector).splitlines()
    for line in lines:
        place, code, text = line.split(None, 2)
        if not text.startswith("db "):
            dos.ask("a 7000:%s %s" % (place.split(":")[1], text))
            size = len(code) // 2
            again = dos.ask("u 7000:%s L %x" % (place.split(":")[1], size)).splitlines()[-1]
            assert again.split(None, 2)[2] == text


def test_memory(dos):
    assert re.search(r"^\w{4}:\w{4}$", dos.ask("s 60:0 L ffff 'FreeDOS'"), re.M)
    # Free memory: above COMMAND's, below what it keeps at the top.
    free = max(re.findall(r"^\w+ M  (\w{4})-\w{4} +(\d+) bytes  owner 0000", dos.ask("mem"), re.M), key=lambda b: int(b[1]))[0]
    assert dos.ask("f %s:0 L 100 1 2 3 4" % free) == "" and dos.ask("m %s:0 L 80 %s:200" % (free, free)) == ""
    assert dos.ask("c %s:0 L 80 %s:200" % (free, free)) == ""
    assert dos.ask("d %s:200 L 4" % free).split()[1:5] == ["01", "02", "03", "04"]
    assert dos.ask("e %s:0 'text'" % free) == "" and "text" in dos.ask("db %s:0 L 4" % free)
    assert dos.ask("dd 0:84 L 1").split()[1] == dos.ask("ivt 21").split()[1].replace(":", "")
    assert dos.ask("d b800:0 L 20").startswith("; !000b8000-")


def test_state(dos):
    assert "real mode" in dos.ask("state") and "irq 0:" in dos.ask("irq")
    assert "returns to" in dos.ask("k") and "base=" in dos.ask("rs")
    assert len(dos.ask("flight 80").splitlines()) == 128
    assert "t: " not in dos.ask("t 20") and len(dos.ask("hist 10").splitlines()) == 16
    for device in re.findall(r"^(v\w+) ", dos.ask("dev").split("ports:")[0], re.M):
        assert dos.ask("dev one." + device)
    mask = dos.ask("i 21")
    assert dos.ask("o 21 " + mask) == "" and dos.ask("i 21") == mask
    assert dos.ask("? (word [0:86]<<4) + word [0:84]") and dos.ask("? ss:sp").splitlines()[0].endswith("ram")
    assert dos.ask("dump /dos.dmp").startswith("/dos.dmp: ")
