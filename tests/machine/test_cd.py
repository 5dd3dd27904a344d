"""Machines that boot from CD: El Torito discs made by xorriso, with a floppy, a hard disk, or code on
them; discs that do not boot; and discs changed while a guest has the drive."""

import subprocess

import pytest

from monitor import Dos, Monitor, assemble, ours


def iso(folder, name, boot=None, image=b"", *options):
    """A disc whose boot image is the file `boot` in it; xorriso's own options say how it is booted."""
    tree = folder / name
    tree.mkdir()
    (tree / "README.TXT").write_bytes(b"disc " + name.encode())
    words = []
    if boot:
        (tree / boot).write_bytes(image)
        words = ["-b", boot, "-c", "boot.cat", *options]
    target = folder / (name + ".iso")
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-V", name.upper(), *words, "-o", str(target), str(tree)],
                   check=True, capture_output=True)
    return target.read_bytes()


@pytest.fixture(scope="module")
def mon(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cd")
    sector = assemble("cd_guest.asm", folder)
    with open(ours("minidos-1440"), "rb") as file:
        floppy = file.read()
    files = {
        "/i/floppy.iso": iso(folder, "floppy", "floppy.img", floppy),
        "/i/code.iso": iso(folder, "code", "code.bin", sector + bytes(1536), "-no-emul-boot", "-boot-load-size", "4"),
        "/i/disk.iso": iso(folder, "disk", "disk.img", sector + bytes(63 * 512), "-hard-disk-boot"),
        "/i/plain.iso": iso(folder, "plain"),
        "/i/minidos.img": ours("minidos"),
    }
    with Monitor(files=files) as monitor:
        yield monitor


def test_floppy_on_the_disc(mon):
    """minidos from the disc as A:, and a machine's own floppy as B:, which nobody asks for."""
    mon.machine("pc", "disk 2 /i/floppy.iso", "floppy a: none", "boot cd:")
    dos = Dos(mon, "pc", "A> ")
    dos.ready()
    assert "This floppy belongs to minidos" in dos.run("type readme.txt")
    mon.run("vm delete pc")


@pytest.mark.parametrize("disc, told", [("code", "EMULATION 00 E0 04 CD001"), ("disk", "EMULATION 04 80 01 CD001")])
def test_code_and_disk_on_the_disc(mon, disc, told):
    mon.machine("pc", "disk 2 /i/%s.iso" % disc, "boot cd:")
    mon.wait_text("pc", "CD001")
    assert told in mon.text("pc")
    mon.run("vm delete pc")


def test_next_in_the_boot_order(mon):
    """A disc that does not boot, and no disc at all."""
    for key in ("disk 2 /i/plain.iso", "disk 2 none cd"):
        mon.machine("pc", key, "floppy a: /i/minidos.img", "boot cd:,a:")
        mon.wait_text("pc", "A>")
        mon.run("vm delete pc")


def test_disc_put_in_later(mon):
    mon.machine("pc", "disk 2 none cd", "boot cd:")
    mon.wait_text("pc", "No bootable device")
    mon.run("insert pc cd: /i/floppy.iso")
    mon.press_keys("pc", "{enter}")
    mon.wait_text("pc", "A>")
    mon.run("vm delete pc")


def test_boot_order_says_cd(mon):
    mon.define("pc", "disk 2 /i/floppy.iso", "boot a:,cd:,c:")
    assert "a:,cd:,c:" in mon.run("vm show pc")
    mon.refused("vm set pc boot cd", "cd is no boot order; ")
    mon.run("vm delete pc")
