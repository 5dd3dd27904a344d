"""Somebody else's BIOS in a machine: it knows nothing of a monitor and reaches everything by ports.

Debian's packages bochsbios and vgabios bring the ROMs. Their POST has to run to its end and boot a
floppy: that goes through the floppy controller and the DMA controllers, command by command.
"""

import os
import re
import subprocess
import zlib

import pytest

from monitor import BUILD, WAIT_S, Monitor, assemble, guest

BIOS = "/usr/share/bochs/BIOS-bochs-legacy"
VGABIOS = "/usr/share/bochs/VGABIOS-lgpl-latest"
SLOW_S = 4 * WAIT_S                 # a floppy takes as long as a floppy does

pytestmark = pytest.mark.skipif(not (os.path.exists(BIOS) and os.path.exists(VGABIOS)),
                                reason="packages bochsbios and vgabios are not installed")


def foreign(image):
    return Monitor(files={"/rom/bochs.bin": BIOS, "/rom/lgpl.bin": VGABIOS, "/images/a.img": image})


def define(mon, *keys):
    mon.machine("other", "bios /rom/bochs.bin", "vgabios /rom/lgpl.bin", "floppy a: /images/a.img", "boot a:", *keys)


def command(mon, line, answer):
    mon.press_keys("other", "cls{enter}")
    mon.wait_text("other", "A>", SLOW_S)
    mon.press_keys("other", line + "{enter}")
    mon.wait_text("other", answer, SLOW_S)


def test_minidos_boots_and_copies(tmp_path):
    """POST, the boot sector, a file read and written by DMA, compared by its CRC."""
    with open(os.path.join(BUILD, "guests/minidos/pattern.dat"), "rb") as source:
        pattern = source.read()
    crc = "CRC-32 %08X" % zlib.crc32(pattern)
    with foreign(os.path.join(BUILD, "guests/minidos.img")) as mon:
        define(mon, "fdtiming fast")
        mon.wait_text("other", "A>", SLOW_S)
        assert "vfdc" in mon.run("stat other")
        command(mon, "crc pattern.dat", crc)
        command(mon, "copy pattern.dat copy.dat", "1 file copied")
        command(mon, "crc copy.dat", crc)
        mon.kill("other")
        disk = tmp_path / "after.img"
        disk.write_bytes(mon.get("/images/a.img"))
    copied = subprocess.run(["mtype", "-i", str(disk), "::COPY.DAT"], capture_output=True, check=True).stdout
    assert copied == pattern


def test_a_floppy_as_slow_as_floppies_are():
    with foreign(os.path.join(BUILD, "guests/minidos.img")) as mon:
        define(mon)
        mon.wait_text("other", "Bochs 2", SLOW_S)
        mon.wait_text("other", "A>", SLOW_S)


def test_freedos_boots():
    with foreign(guest("freedos-360K.img")) as mon:
        define(mon, "fdtiming fast")
        mon.wait_text("other", "A:\\>", SLOW_S)
        mon.press_keys("other", "ver{enter}")
        mon.wait_text("other", "FreeCom", SLOW_S)


@pytest.mark.parametrize("bios", [True, False], ids=["foreign", "ours"])
def test_a_hard_disk(bios, tmp_path):
    """The boot record, geometry, reading and writing by PIO, and the same of our own BIOS."""
    disk = bytearray(assemble("hd_guest.asm", tmp_path).ljust(60 * 4 * 17 * 512, b"\0"))
    read, written = (1 * 4 + 1) * 17 + 1, (2 * 4 + 3) * 17 + 14
    for n in range(3):
        disk[(read + n) * 512:(read + n + 1) * 512] = (b"sector %d of three\0" % (n + 1)).ljust(512, bytes([n + 1]))
    files = {"/rom/bochs.bin": BIOS, "/rom/lgpl.bin": VGABIOS, "/images/hd.img": bytes(disk)}
    roms = ["bios /rom/bochs.bin", "vgabios /rom/lgpl.bin"] if bios else []
    with Monitor(files=files) as mon:
        mon.machine("other", *roms, "disk 0 /images/hd.img", "boot c:")
        mon.wait_text("other", "three", SLOW_S)
        assert "HARD DISK 03 11 3B 04 11 3C sector 3 of three" in mon.text("other")
        mon.kill("other")
        mon.run("sync")
        after = mon.get("/images/hd.img")
    disk[written * 512:(written + 3) * 512] = disk[read * 512:(read + 3) * 512]
    assert after == bytes(disk)


def cd_image(folder):
    """A disc that boots tests/machine/cd_guest.asm without emulation."""
    tree = folder / "tree"
    tree.mkdir()
    (tree / "code.bin").write_bytes(assemble("cd_guest.asm", folder).ljust(2048, b"\0"))
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-b", "code.bin", "-c", "boot.cat", "-no-emul-boot",
                    "-boot-load-size", "4", "-o", str(folder / "cd.iso"), str(tree)], check=True, capture_output=True)
    return (folder / "cd.iso").read_bytes()


def test_a_cd_where_the_boot_order_says_so(tmp_path):
    """By packets; an empty floppy drive and a disk that boots stand behind it. Turned round, the disk comes first."""
    files = {"/rom/bochs.bin": BIOS, "/rom/lgpl.bin": VGABIOS, "/i/cd.iso": cd_image(tmp_path),
             "/i/hd.img": assemble("hd_guest.asm", tmp_path).ljust(60 * 4 * 17 * 512, b"\0")}
    with Monitor(files=files) as mon:
        for order, text in (("cd:,c:", "EMULATION 00 E0 .* CD001"), ("a:,cd:,c:", "EMULATION 00 E0 .* CD001"),
                            ("c:,cd:", "HARD DISK")):
            mon.machine("other", "bios /rom/bochs.bin", "vgabios /rom/lgpl.bin", "disk 0 /i/hd.img ro",
                        "disk 2 /i/cd.iso", "boot " + order)
            mon.wait_text("other", "CD001" if "CD001" in text else text, SLOW_S)
            assert re.search(text, mon.text("other")), order
            mon.run("vm delete other")
