"""`dump FILE`, and the host program that prints it."""

import os
import re
import subprocess

from monitor import ROOT, Monitor
from test_debugger import KEYS, Session, at_boot_sector, step   # a fixture

TOOL = os.path.join(ROOT, "build/p86dump")


def p86dump(*words, status=0):
    done = subprocess.run([TOOL, *map(str, words)], capture_output=True, text=True, errors="replace")
    assert done.returncode == status, done.stderr
    return done.stdout if not status else done.stderr


def test_dump(step, tmp_path):
    labels = step[1]
    with Monitor(files={"/images/step.img": step[0]}) as monitor:
        monitor.define("one", *KEYS)
        session = Session(monitor)
        at_boot_sector(session)
        session.ask("e 0:7000 'a text to be found'")
        session.ask("e !123456 5a")
        shown = {line: session.ask(line) for line in ("rs", "mem", "dev pic", "ivt", "u", "r")}
        assert session.ask("dump /one.dmp").startswith("/one.dmp: ")
        assert session.ask("mem") == shown["mem"]       # no memory was touched by looking at it
        for line, why in (("dump /one.dmp", "is there already"), ("dump", "which file"), ("dump /no/dir/x", "not found|no such"),
                          ("dump /a b", "not understood")):
            session.refused(line, why)
        session.ask("vm resume one")
        session.refused("dump /two.dmp", "vm pause one")
        session.ask("dbg k")
        assert session.ask("dump /k.dmp").startswith("/k.dmp: ")
        session.ask("q")
        monitor.run("sync")
        for name in ("one", "k"):
            (tmp_path / (name + ".dmp")).write_bytes(monitor.get("/%s.dmp" % name))
    path = tmp_path / "one.dmp"
    for line, name in (("rs", "rs"), ("mem", "mem"), ("dev pic", "dev.vpic"), ("ivt", "ivt")):
        assert p86dump(path, name).strip("\n") == shown[line].strip("\n"), name
    whole = p86dump(path)
    for name in ("state", "r", "rs", "k", "u", "ivt", "mem", "dev", "flight", "dev.vuart", "k.task", "k.mem", "k.mod", "k.irq", "log"):
        assert "--- %s\n" % name in whole, name
    assert "0000:7c00 fa" in p86dump(path, "r") and len(p86dump(path, "flight").splitlines()) == 128
    assert p86dump(path, "u", "0:7c00", 2).splitlines()[0] == "00007c00 fa               cli"
    assert "a text to be fou" in p86dump(path, "d", "7000", 20) and " 5a " in p86dump(path, "d", "123450", 10)
    assert p86dump(path, "d", "50000", 10) == "00050000  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................\n"
    assert "console.screen_task" in p86dump(tmp_path / "k.dmp", "k.task") and "--- r\n" not in p86dump(tmp_path / "k.dmp")
    bad_files(path, tmp_path)


def bad_files(path, tmp_path):
    """A damaged or cut dump is told, and nothing made up."""
    data = path.read_bytes()
    bad = tmp_path / "bad.dmp"
    for change, why in ((data[:-1], "cut"), (data[:-24], "cut"), (data[:10], "no dump"), (b"", "no dump"), (data[:5000], "cut"),
                        (data[:100] + bytes([data[100] ^ 1]) + data[101:], "checksum"), (b"P86SAVE" + data[7:], "no dump"),
                        (data[:8] + b"\2" + data[9:], "version"), (data[:28] + b"\xff\xff" + data[30:], "cut or damaged")):
        bad.write_bytes(change)
        assert why in p86dump(bad, status=1)
    assert "no text of that name" in p86dump(path, "zz", status=1)
    assert "cannot be opened" in p86dump(tmp_path / "none", status=1)
    assert "usage" in p86dump(status=2) and "no hexadecimal" in p86dump(path, "d", "xyz", status=2)


def test_no_room(step):
    """A volume that is full: a line, and no half file."""
    with Monitor(files={"/images/step.img": step[0]}) as monitor:
        free = int(re.search(r"(\d+)$", monitor.run("df"), re.M).group(1))
    filler = bytes(range(1, 256)) * ((free - 100) * 1024 // 255)
    with Monitor(files={"/images/step.img": step[0], "/filler": filler}) as monitor:
        monitor.define("one", *KEYS)
        session = Session(monitor)
        at_boot_sector(session)
        session.refused("dump /one.dmp", "no space|full")
        assert "one.dmp" not in session.ask("ls /")
