"""The IDE channels of a machine: disk and CD-ROM by programmed I/O, against the bare emulator's, against
INT 13h on the same disk, and against what was put there."""

import os
import re
import struct
import subprocess
import sys
import zlib

import pytest

from monitor import ROOT, WAIT_S, Machine, Monitor, polyfs

sys.path.insert(0, os.path.join(ROOT, "tests", "probe"))
from transcript import differences, floppy, image, parse  # noqa: E402

CYLINDERS, HEADS, SECTORS = 60, 4, 17
SIZE = CYLINDERS * HEADS * SECTORS
COPIED, WRITTEN = 64, 1000


def disk_image():
    """Noise, with a partition table that was made with 4 heads of 17 sectors."""
    data = bytearray()
    for n in range(SIZE):
        data += struct.pack("<I", n * 2654435761 & 0xFFFFFFFF) * 128
    entry = struct.pack("<BBBBBBBBII", 0, 1, 1, 0, 6, HEADS - 1, SECTORS, CYLINDERS - 1, SECTORS, SIZE - SECTORS)
    data[:512] = bytes(446) + entry + bytes(48) + b"\x55\xAA"
    return bytes(data)


def iso_image(folder):
    """Once for both: it has the time in it."""
    tree = folder / "tree"
    tree.mkdir()
    (tree / "data.bin").write_bytes(bytes(range(256)) * 400)
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-o", str(folder / "cd.iso"), str(tree)], check=True,
                   capture_output=True)


def pattern():
    """What the probe writes: make_pattern."""
    words, ax = [], 0x1234
    for _ in range(512):
        words.append(ax)
        ax = (ax + 0x0101) & 0xFFFF
        ax = (ax << 1 | ax >> 15) & 0xFFFF
    return struct.pack("<512H", *words)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("ide")
    (path / "disk.img").write_bytes(disk_image())
    iso_image(path)
    return path


def on_the_bare_emulator(folder, probe):
    with Machine(*floppy("probe-" + probe), "-drive", "file=%s,format=raw,if=ide,index=0" % (folder / "disk.img"),
                 "-drive", "file=%s,format=raw,if=ide,index=2,media=cdrom" % (folder / "cd.iso")) as pc:
        pc.serial.expect(r"^END\r\n", WAIT_S)
        return parse(pc.serial.text())


def in_a_machine(folder, probe):
    """The transcript, and the machine's disk afterwards."""
    iso = (folder / "cd.iso").read_bytes()
    files = {"/i/probe.img": image("probe-" + probe), "/i/disk.img": disk_image(), "/i/cd.iso": iso}
    with Monitor(files=files, serials=2) as mon:
        mon.machine("probe", "floppy a: /i/probe.img", "boot a:", "serial 1 host:com2", "disk 0 /i/disk.img",
                    "disk 2 /i/cd.iso")
        line = mon.serial_lines[1]
        line.expect(r"^END\r\n", WAIT_S)
        mon.run("vm delete probe; sync")
        return parse(line.text()), polyfs(mon.image, "get", "/i/disk.img", "-"), iso


@pytest.fixture(scope="module")
def ours(folder):
    return in_a_machine(folder, "ide")


def test_as_the_bare_emulator(folder, ours):
    bare = on_the_bare_emulator(folder, "ide")
    assert len(bare) >= 25
    assert differences(bare, ours[0], silicon=True) == []


# Where QEMU goes another way.
EXERCISED = {
    "~select_cd_1": "log=0000,0000,0000,0000,0000,0000",
    "~power_mode": "log=0001,0040,0001,0040,0000,0001,0040,0001,0040,0080,DC80,0001,0040,0001,0040,00FF",
    "~sleep": "log=0001,0040,0040",
    "~multiple_sweep": "log=0100,3B87,0400",
    "~reset_and_settings": "log=0000,0001,0040,0008,0001,0040",
}


def test_what_exercisers_do(folder):
    """The sequences of doslib's IDE program, probe idex: as on the bare emulator, and in its ~ lines as the
    standard has it."""
    bare, (checks, disk, _) = on_the_bare_emulator(folder, "idex"), in_a_machine(folder, "idex")
    assert len(bare) >= 20
    assert differences(bare, checks, silicon=True) == []
    assert {check: checks[check].split()[-1] for check in EXERCISED} == EXERCISED
    assert disk[:2000 * 512] == disk_image()[:2000 * 512]


def crc(checks, name):
    return int(dict(word.split("=") for word in checks[name].split())["eax"], 16)


def test_same_data_by_every_way(ours):
    checks, disk, iso = ours
    expected = zlib.crc32(disk_image()[:COPIED * 512])
    assert crc(checks, "crc_pio") == crc(checks, "crc_pio_32") == crc(checks, "crc_bios") == expected
    assert crc(checks, "crc_written") == zlib.crc32(pattern())
    assert disk[WRITTEN * 512:][:1024] == pattern()
    assert disk[:WRITTEN * 512] == disk_image()[:WRITTEN * 512]
    assert crc(checks, "crc_cd") == zlib.crc32(iso[:20 * 2048])


# Where QEMU goes another way.
STANDARD = {
    "~soft_reset": "log=0001,0001,0001,0000,0000,00A0,0050,0000",
    "~behind_the_end": "log=0010,0041",
    "~cd_reset": "log=0001",
}


def test_what_the_standard_says(ours):
    assert {check: ours[0][check].split()[-1] for check in STANDARD} == STANDARD


def test_disk_parameter_tables():
    """What the vectors 41h and 46h point to: of a disk whose cylinders are too many for INT 13h both geometries, of
    another one its own."""
    with Monitor() as mon:
        mon.run("image new /large 3000M; image new /small 20M")
        mon.machine("pc", "disk 0 /large", "disk 1 /small", "boot a:")
        mon.wait_text("pc", "No bootable device")
        text = mon.run("vm pause pc; dbg pc; dev vide; d 0:104 L 4; d 0:118 L 4; d 9fc0:3d L 20; q")
    assert "default 6095/16/63" in text and "default 40/16/63" in text
    assert re.search(r"0000:0104  3d 00 c0 9f", text) and re.search(r"0000:0118  4d 00 c0 9f", text)
    rows = [bytes.fromhex(row) for row in re.findall(r"^9fc0:00\wd  ((?:\w\w ){16})", text, re.MULTILINE)]
    large, small = (struct.unpack("<HBBBHBBHBHBB", row) for row in rows)
    assert large[:-1] == (761, 128, 0xA0, 63, 0xFFFF, 0, 8, 6095, 16, 761, 63) and sum(rows[0]) % 256 == 0
    assert small == (40, 16, 0, 0, 0xFFFF, 0, 8, 0, 0, 40, 63, 0)
