"""The guests on the bare emulator: what they say there is the measure for our machines, so it
has to be the same on different PCs, and right.

Needs `make guests`.
"""

import os
import struct
import subprocess
import time
import zlib

import pytest

from transcript import HOSTILE, PROBES, ROOT, Machine, bare, differences, floppy, image

STATUS = 0x600
ICOUNT = "shift=4,sleep=off"    # time by instructions: a busy host takes none of it away
BENCH = {"nop": "1.000", "in_al_dx": "1.000", "out_dx_al": "1.000", "cli_sti": "2.000",
         "pushf_pop": "2.000", "push_popf": "2.000", "int60_iret": "2.000"}


def status(pc):
    """The signature and the counters that a demo keeps at STATUS."""
    data = pc.memory(STATUS, 48)
    return data[:16].rstrip(b"\0 ").decode("latin-1"), struct.unpack("<8I", data[16:])


def wait_count(pc, index, value, timeout=60):
    """Waits until a demo's counter has reached a value; polls, for nothing else tells."""
    end = time.monotonic() + timeout
    while status(pc)[1][index] < value:
        assert time.monotonic() < end, "counter %d stays at %r\n%s" % (index, status(pc),
                                                                      pc.report())
        time.sleep(0.1)


@pytest.mark.parametrize("name", PROBES)
def test_probe_is_the_same_on_two_pcs(name):
    modern = bare(name, "pc", "pentium", icount=ICOUNT)
    old = bare(name, "isapc", "486", icount=ICOUNT)
    assert len(modern) >= 5
    assert differences(modern, old, silicon=True) == []


def test_clock():
    with Machine(*floppy("clock")) as pc:
        pc.wait_screen("Task load")
        wait_count(pc, 0, 40)
        name, counts = status(pc)
        assert name == "POLY86 clock"
        assert counts[1] > 0
        pc.wait_screen(r"\w+day, \d\d \w+ 20\d\d")


def test_life_and_burn_count():
    with Machine(*floppy("life")) as pc:
        wait_count(pc, 0, 10)
        assert status(pc)[1][2] > 0
    with Machine(*floppy("burn")) as pc:
        wait_count(pc, 0, 100)
        pc.type("i")
        pc.wait_screen("interrupts +off")
        start = status(pc)[1][0]
        wait_count(pc, 0, start + 100)
        pc.type("i")
        pc.wait_screen("interrupts +on")


def test_exerciser_passes():
    with Machine(*floppy("exerciser"), wait=120) as pc:
        wait_count(pc, 0, 1, 120)
        name, counts = status(pc)
        assert name == "POLY86 exerciser"
        assert counts[1] == 0, pc.screen()
        assert counts[2] >= 648 and counts[3] >= 648 and counts[6] == 0


def test_echo_sends_back():
    with Machine(*floppy("echo")) as pc:
        pc.wait_screen("16550A")
        pc.type("ab")
        pc.serial.expect("ab")
        pc.serial.send("x")
        pc.serial.expect("x")
        pc.keys("f4")
        pc.wait_screen("INT 14h, polled")
        pc.serial.send("y")
        pc.serial.expect("y")
        pc.keys("f2")
        pc.wait_screen("answer +FA")


def test_minidos(tmp_path):
    disk = tmp_path / "minidos.img"
    with open(image("minidos"), "rb") as source:
        disk.write_bytes(source.read())
    with open(os.path.join(ROOT, "build/guests/minidos/pattern.dat"), "rb") as source:
        pattern = source.read()
    crc = "%08X" % zlib.crc32(pattern)
    with Machine("-drive", "file=%s,format=raw,if=floppy" % disk, "-boot", "a") as pc:
        pc.wait_screen(r"^A>")

        def command(line, answer):
            pc.type("cls\n")
            pc.wait_screen(r"\AA>")
            pc.type(line + "\n")
            pc.wait_screen(answer + r"(.|\n)*^A>$")

        command("dir", r"PATTERN  DAT     70000")
        command("crc pattern.dat", "CRC-32 " + crc)
        command("copy pattern.dat copy.dat", "1 file copied")
        command("crc copy.dat", "CRC-32 " + crc)
        command("type readme.txt", "poly86")
        command("run primes", "168 primes below 1000")
        command("hello", "Hello from a program")
        command("del readme.txt", r"A>")
        command("type readme.txt", "Error: no file of that name: README.TXT")
        command("nonsense", "Error: no such command or program: NONSENSE")
        command("time", r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d")
        pc.qmp("quit")
    listing = subprocess.run(["mdir", "-b", "-i", str(disk), "::"], capture_output=True,
                             text=True, check=True).stdout
    assert "README" not in listing.upper()
    copied = subprocess.run(["mtype", "-i", str(disk), "::COPY.DAT"], capture_output=True,
                            check=True).stdout
    assert copied == pattern
    subprocess.run(["/usr/sbin/fsck.fat", "-n", str(disk)], check=True, capture_output=True)


@pytest.mark.parametrize("name", sorted(BENCH))
def test_bench_counts_instructions(name):
    with Machine(*floppy("bench-" + name), cpu="pentium", icount="shift=0,sleep=off") as pc:
        line = pc.serial.expect(r"^bench (\w+) .* per (\S+) mean (\S+)\r\n", 120)
        assert (line.group(1), line.group(2), line.group(3)) == (name, BENCH[name], BENCH[name])


def test_hostile_images_exist():
    for deed in HOSTILE:
        assert os.path.getsize(image("hostile-" + deed)) == 160 * 1024
