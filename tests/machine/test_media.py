"""What stands in machines' drives: who may use an image at the same time, and changes of media."""

import re
import struct

import pytest

from monitor import Dos, Monitor, assemble, ours

README = "This floppy belongs to minidos"


@pytest.fixture(scope="module")
def mon():
    with open(ours("minidos"), "rb") as file:
        floppy = file.read()
    with Monitor(files={"/i/a.img": floppy, "/i/b.img": floppy}) as monitor:
        yield monitor


def boot(mon, name, *keys):
    mon.machine(name, "boot a:", *keys)
    dos = Dos(mon, name, "A> ")
    dos.ready()
    return dos


def test_one_writer(mon):
    one = boot(mon, "one", "floppy a: /i/a.img")
    mon.define("two", "floppy a: /i/a.img ro")
    mon.refused("vm start two", "two: /i/a.img: is used by machine one; ")
    assert mon.state("two")[1] == "off"
    mon.run("insert two a: /i/b.img; vm start two")
    mon.wait_text("two", "A>")
    mon.refused("insert two a: /i/a.img", "two: /i/a.img: is used by machine one; ")
    assert README in Dos(mon, "two", "A> ").run("type readme.txt")
    # The file is meant, whatever it is called.
    mon.run("mv /i/a.img /i/c.img")
    mon.refused("vm set two floppy a: /i/c.img", "two: /i/c.img: is used by machine one; ")
    assert "/i/b.img" in mon.run("vm show two")
    mon.run("mv /i/c.img /i/a.img")
    # Its owner may put it in again, but not twice.
    mon.run("insert one a: /i/a.img")
    assert README in one.run("type readme.txt")
    mon.refused("insert one b: /i/a.img", "one: b: no drive whose medium can be changed; ")
    mon.run("eject one a:")
    mon.run("insert two a: /i/a.img")
    assert README in Dos(mon, "two", "A> ").run("type readme.txt")
    mon.run("vm delete one; vm delete two")


def test_many_readers(mon):
    for name in ("one", "two"):
        boot(mon, name, "floppy a: /i/a.img ro")
    mon.define("three", "floppy a: /i/a.img")
    mon.refused("vm start three", "three: /i/a.img: is used by machine (one|two); ")
    mon.run("vm delete one; vm delete two")
    mon.start("three")
    mon.wait_text("three", "A>")
    mon.run("vm delete three")


def test_twice_in_one_machine(mon):
    mon.define("one", "floppy a: /i/a.img", "disk 0 /i/a.img")
    mon.refused("vm start one", "one: /i/a.img: is in a drive of this machine; ")
    mon.run("vm set one floppy a: /i/a.img ro; vm set one disk 0 /i/a.img ro; vm start one")
    mon.wait_text("one", "A>")
    mon.run("vm delete one")


def test_the_monitors_own_disk(mon):
    for key in ("disk 0 host:hd0", "disk 0 host:hd0 ro", "disk 1 host:hd0p1", "floppy a: host:hd0p1"):
        mon.define("one", key)
        mon.refused("vm start one", "one: host:hd0(p1)?: holds the monitor's own volume; ")
    mon.define("one", "disk 0 host:hd9")
    mon.refused("vm start one", "one: host:hd9: not found; ")
    mon.run("vm delete one")


def test_an_image_in_use_stays(mon):
    one = boot(mon, "one", "floppy a: /i/a.img")
    mon.refused("rm /i/a.img", "in use; ")
    mon.refused("mv /i/b.img /i/a.img", "in use; ")
    mon.refused("cp /i/b.img /i/a.img", "in use; ")
    assert README in one.run("type readme.txt")
    mon.run("vm delete one; rm /i/a.img; cp /i/b.img /i/a.img")


# --- overlays -----------------------------------------------------------------------------------


def get(mon, path):
    """A file of the volume as the running monitor has it: through a sync."""
    mon.run("sync")
    return mon.get(path)


def test_overlays_leave_the_image(mon):
    image = get(mon, "/i/a.img")
    names = ("one", "two")
    for name in names:              # both over the same image
        dos = boot(mon, name, "floppy a: /i/a.img overlay /i/%s.ovl" % name)
        assert "1 file copied" in dos.run("copy readme.txt %s.txt" % name)
    for name, other in (names, names[::-1]):
        dos = Dos(mon, name, "A> ")
        assert README in dos.run("type %s.txt" % name)
        assert "Error:" in dos.run("type %s.txt" % other)
        mon.kill(name)
    assert get(mon, "/i/a.img") == image
    # It is there the next time, and not without the overlay.
    mon.start("one")
    mon.wait_text("one", "A>")
    assert README in Dos(mon, "one", "A> ").run("type one.txt")
    assert "overlay /i/one.ovl" in mon.run("vm show one; dbg one; dev vmedia; q")
    mon.kill("one")
    mon.run("rm /i/one.ovl; vm start one")
    mon.wait_text("one", "A>")
    assert "Error:" in Dos(mon, "one", "A> ").run("type one.txt")
    mon.run("vm delete one; vm delete two; rm /i/one.ovl; rm /i/two.ovl")


def test_overlay_for_once(mon):
    image = get(mon, "/i/a.img")
    dos = boot(mon, "one", "floppy a: /i/a.img overlay")
    assert "1 file copied" in dos.run("copy readme.txt other.txt")
    assert "one-a" in mon.run("ls /tmp")
    mon.run("insert one a: /i/a.img overlay")       # the next one, while the first still lies there
    assert re.findall(r"one-a\S+", mon.run("ls /tmp")) == ["one-a.overlay2"]
    mon.kill("one")
    assert "one-a" not in mon.run("ls /tmp")
    assert get(mon, "/i/a.img") == image
    mon.run("vm delete one")


def test_commit(mon):
    dos = boot(mon, "one", "floppy a: /i/b.img overlay /i/b.ovl")
    assert "1 file copied" in dos.run("copy pattern.dat new.dat")
    mon.refused("vm commit one 0", "one: 0: has no overlay; ")
    mon.refused("vm commit one x:", "one: x:: no drive; ")
    mon.run("vm commit one a:")
    assert "142D984A" in dos.run("crc new.dat")
    assert "1 file copied" in dos.run("copy readme.txt later.txt")
    mon.kill("one")
    mon.run("vm set one floppy a: /i/b.img; vm start one")
    mon.wait_text("one", "A>")
    assert "142D984A" in dos.run("crc new.dat")
    assert "Error:" in dos.run("type later.txt")
    mon.kill("one")
    # What was left in the overlay still belongs to the image; not when the image has changed.
    mon.run("vm set one floppy a: /i/b.img overlay /i/b.ovl; vm start one")
    mon.wait_text("one", "A>")
    assert README in dos.run("type later.txt")
    mon.kill("one")
    mon.run("vm set one floppy a: /i/b.img; vm start one")
    mon.wait_text("one", "A>")
    assert "1 file copied" in dos.run("copy readme.txt newer.txt")
    mon.kill("one")
    mon.run("vm set one floppy a: /i/b.img overlay /i/b.ovl")
    mon.refused("vm start one", "one: /i/b.ovl: is the overlay of another medium; ")
    mon.run("vm delete one; rm /i/b.ovl")


def test_a_commit_needs_the_image_alone(mon):
    for name in ("one", "two"):
        boot(mon, name, "floppy a: /i/a.img overlay")
    mon.refused("vm commit one a:", "one: /i/a.img: is used by machine two; ")
    mon.run("vm delete two; vm commit one a:; vm delete one")


def test_files_that_are_no_overlays(mon):
    mon.define("one", "floppy a: /i/a.img overlay /i/b.img", "boot a:")
    mon.refused("vm start one", "one: /i/b.img: is no overlay; ")
    mon.run("vm set one floppy a: /i/a.img overlay /i/a.img")
    mon.refused("vm start one", "one: /i/a.img: is in a drive of this machine; ")
    mon.run("vm set one floppy a: /i/a.img overlay /no/such/folder")
    mon.refused("vm start one", "one: /no/such/folder: not found; ")
    mon.run("vm set one floppy a: /i/a.img overlay /i/o; vm start one; vm set one floppy a: none")
    mon.run("vm kill one; vm set one floppy a: /demo/clock.img overlay /i/o")
    mon.refused("vm start one", "one: /i/o: is the overlay of a(nother medium| medium of another size); ")
    mon.run("vm set one floppy a: /i/a.img overlay /i/o; vm start one")
    mon.wait_text("one", "A>")
    mon.define("two", "floppy a: /i/a.img overlay /i/o")
    mon.refused("vm start two", "two: /i/o: is used by machine one; ")
    mon.run("vm delete one; vm delete two; rm /i/o")


# --- CDs -------------------------------------------------------------------------------------------

def test_cds():
    disc = bytes(16 * 2048) + b"\1CD001\1" + bytes(2041 + 1000)
    files = {"/i/disc.iso": disc, "/i/disc2": disc, "/i/short.iso": disc[:2048 * 16 + 100],
             "/i/none.iso": disc.replace(b"CD001", b"CD002")}
    with Monitor(files=files) as mon:
        mon.define("one", "floppy a: /demo/minidos.img", "disk 2 /i/disc.iso", "disk 3 none cd", "boot a:")
        assert re.search(r"disk +2 /i/disc.iso cd\n +disk +3 none cd\n", mon.run("vm show one"))
        mon.start("one")
        # A disc of 18 sectors, the last one partly filled, is no hard disk to the BIOS.
        shown = mon.run("dbg one; dev vmedia; dev vbios; q")
        assert "CD 2: /i/disc.iso (read-only), 72 sectors" in shown and "CD 3: empty" in shown
        assert "drive 80h" not in shown
        mon.run("eject one cd:; insert one 2: /i/disc2; insert one 3: /i/disc.iso")
        shown = mon.run("dbg one; dev vmedia; q; vm show one")
        assert "CD 2: /i/disc2 " in shown and "disk     3 /i/disc.iso cd" in shown
        for name in ("none", "short"):
            mon.refused("insert one cd: /i/%s.iso" % name, "one: /i/%s.iso: is no CD image" % name)
        mon.refused("insert one 0: /i/disc.iso", "one: 0:: no floppy or CD drive; ")
        mon.refused("vm set one disk 1 /i/disc.iso", "cannot change while it runs")
        mon.kill("one")
        mon.run("vm set one disk 1 /i/none.iso")
        mon.refused("vm start one", "one: /i/none.iso: is no CD image")


def test_longest_names():
    """Six drives, each with an image and an overlay of the longest names there are."""
    names = ["/%s%d" % ("n" * 93, n) for n in range(6)]
    with open(ours("minidos"), "rb") as file:
        floppy = file.read()
    with Monitor(files={name: floppy for name in names}) as mon:
        drives = ["floppy a:", "floppy b:", "disk 0", "disk 1", "disk 2", "disk 3"]
        keys = ["%s %s overlay %s" % (d, n, n.replace("n", "o")) for d, n in zip(drives, names)]
        mon.define("one", *keys, "boot a:")
        mon.start("one")
        mon.wait_text("one", "A>")
        shown = mon.run("dbg one; dev vmedia; q")
        assert all(name in shown and name.replace("n", "o") in shown for name in names)
        for used, size in re.findall(r"(\d+)/(\d+)", mon.run("tasks")):
            assert int(used) < 0.7 * int(size), mon.run("tasks")


# --- resets -----------------------------------------------------------------------------------------

def test_processor_resets_during_transfers(tmp_path):
    """By the 8042, while INT 13h waits for the disk: the processor goes on elsewhere or boots anew, and
    finds the disk as it should be."""
    sector = assemble("reset_guest.asm", tmp_path)
    disk = bytearray(sector + b"".join(struct.pack("<H", n) + bytes(510) for n in range(1, 2000)))
    with Monitor(files={"/i/disk": bytes(disk)}) as mon:
        mon.machine("one", "disk 0 /i/disk", "boot c:")
        mon.wait_text("one", "all well")
        mon.kill("one")
        after = get(mon, "/i/disk")
    # Each round's sector; and that of the writes that were cut off, which came to pass or did not.
    for n in range(21):
        struct.pack_into("<H", disk, (33 + n) * 512, 34 + n)
    assert after[62 * 512] in (62, *range(34, 55))
    disk[62 * 512] = after[62 * 512]
    assert after == bytes(disk)


def numbered(folder, first=0, sectors=8):
    """A disk that boots tests/machine/disk_guest.asm."""
    code = assemble("disk_guest.asm", folder, "-DFIRST=%d" % first, "-DSECTORS=%d" % sectors)
    return code + b"".join(struct.pack("<H508xH", first + n, first + n) for n in range(1, 200))


def test_large_transfers_side_by_side(tmp_path):
    """Machines share one large buffer: each gets its own sectors, also while others are switched off and on in the
    middle of theirs."""
    starts = {"one": 0x1000, "two": 0x2000, "three": 0x3000}
    files = {"/i/" + name: numbered(tmp_path, first, 64) for name, first in starts.items()}
    with Monitor(files=files) as mon:
        for name in starts:
            mon.machine(name, "disk 0 /i/%s ro" % name, "boot c:")
        for round_ in range(8):
            mon.run("vm kill three; vm start three")
            mon.wait_counter("three", 0, 20)
        for name in starts:
            reads, errors = mon.wait_counter(name, 0, 200)[:2]
            assert errors == 0, (name, reads)
        mon.run("vm delete one; vm delete two; vm delete three")


@pytest.mark.parametrize("sectors", [8, 64])
def test_saved_in_the_middle_of_a_transfer(tmp_path, sectors):
    with Monitor(files={"/i/disk": numbered(tmp_path, 0, sectors)}) as mon:
        mon.machine("one", "disk 0 /i/disk ro", "boot c:")
        mon.wait_counter("one", 0, 10)
        for round_ in range(3):
            while "under way" not in mon.run("vm pause one; dbg one; dev vbios; q"):
                mon.run("vm resume one")
            mon.run("vm save one /saved; vm kill one; vm load one /saved; vm resume one")
            reads, errors = mon.counters("one")[1][:2]
            assert errors == 0
            reads, errors = mon.wait_counter("one", 0, reads + 10)[:2]
            assert errors == 0


def test_mounted_images(mon):
    mon.run("mount /i/a.img a; ls a:/")
    mon.define("one", "floppy a: /i/a.img", "boot a:")
    mon.refused("vm start one", "one: /i/a.img: is mounted as a:/; unmount a, ")
    for option in ("ro", "overlay"):
        mon.run("vm set one floppy a: /i/a.img %s; vm start one" % option)
        mon.wait_text("one", "A>")
        mon.kill("one")
    mon.run("unmount a; vm set one floppy a: /i/a.img; vm start one")
    mon.wait_text("one", "A>")
    mon.refused("mount /i/a.img a", "/i/a.img: is written by machine one; ")
    mon.run("mount /i/b.img b; unmount b; vm delete one; mount /i/a.img a; unmount a")
