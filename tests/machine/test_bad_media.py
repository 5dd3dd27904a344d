"""Images that are no images, that are too short or too long, that may not be written, and a volume
that is full: the machine sees what a PC would, everybody else sees nothing."""

import os
import subprocess

import pytest

from monitor import OURS, Dos, Monitor, assemble, copy_image, ours, polyfs

README = "This floppy belongs to minidos"


@pytest.fixture(scope="module")
def floppy():
    with open(ours("minidos"), "rb") as file:
        return file.read()


def pattern():
    with open(os.path.join(OURS, "minidos/pattern.dat"), "rb") as file:
        return file.read()


def boot(monitor, path, *keys, name="guest"):
    monitor.machine(name, "floppy a: %s" % path, "boot a:", *keys)
    dos = Dos(monitor, name, "A> ")
    dos.ready()
    return dos


def test_sizes_that_no_floppy_has(floppy):
    files = {"/i/empty": b"", "/i/text": b"no image\n", "/i/sector": floppy[:512], "/i/zeros": bytes(len(floppy)),
             "/i/cut": floppy[:100 * 1024], "/i/long": floppy + b"x" * 1234567, "/i/odd": floppy[:-100]}
    with Monitor(files=files) as mon:
        for name in ("empty", "text"):
            mon.define("guest", "floppy a: /i/" + name, "boot a:")
            mon.refused("vm start guest", "guest: /i/%s: is shorter than a sector of 512 bytes" % name)
            assert mon.state("guest")[1] == "off"
        mon.machine("guest", "floppy a: /i/sector", "boot a:")
        mon.wait_text("guest", "the floppy cannot be read")
        mon.kill("guest")
        mon.machine("guest", "floppy a: /i/zeros", "boot a:")
        mon.wait_text("guest", "No bootable device")
        mon.run("insert guest a: /i/long")
        mon.press_keys("guest", "{enter}")
        mon.wait_text("guest", "A>")
        mon.kill("guest")
        for name in ("cut", "long", "odd"):
            dos = boot(mon, "/i/" + name)
            assert README in dos.run("type readme.txt"), name
            mon.kill("guest")


def test_read_beyond_the_end_of_an_image(floppy):
    """What was cut off cannot be read; the guest is told so, and goes on."""
    with Monitor(files={"/i/cut": floppy[:60 * 1024]}) as mon:
        dos = boot(mon, "/i/cut")
        assert README in dos.run("type readme.txt")
        assert "Error:" in dos.run("crc pattern.dat")
        assert README in dos.run("type readme.txt")


def test_write_protected(floppy):
    with Monitor(files={"/i/a.img": floppy}) as mon:
        dos = boot(mon, "/i/a.img", "floppy a: /i/a.img ro")
        assert "Error:" in dos.run("copy readme.txt other.txt")
        assert "Error:" in dos.run("del stars.txt")
        assert README in dos.run("type readme.txt")
        mon.run("vm kill guest")
        mon.run("sync")
        mon.stop()
        assert mon.get("/i/a.img") == floppy


def test_media_that_are_not_there(floppy):
    """Said when the machine starts, and when something is put in; what was in the drive stays there."""
    with Monitor(files={"/i/a.img": floppy, "/i/b.img": floppy, "/i/text": b"no image\n"}) as mon:
        for key in ("floppy a: /i/none", "disk 0 /i/none", "disk 2 /i/none.iso", "disk 0 /i/none overlay /i/over"):
            mon.define("guest", "boot a:", key)
            mon.refused("vm start guest", r"guest: /i/none(\.iso)?: not found; `ls` shows files")
            assert mon.state("guest")[1] == "off"
            mon.run("vm delete guest")
        assert names(mon, "/i") == ["a.img", "b.img", "text"]
        dos = boot(mon, "/i/a.img", "disk 2 none cd")
        for line, why in (("insert guest a: /i/none", "/i/none: not found; "), ("insert guest a: /i/text", "is shorter"),
                          ("insert guest cd: /i/none.iso", "not found; "), ("insert guest cd: /i/b.img", "is no CD image")):
            mon.refused(line, "guest: .*" + why)
            assert README in dos.run("type readme.txt"), line


HD_SIZE = 60 * 4 * 17 * 512
HD_READ, HD_WRITTEN = ((1 * 4 + 1) * 17 + 1) * 512, ((2 * 4 + 3) * 17 + 14) * 512


@pytest.fixture
def disk(tmp_path):
    """Boots, reads three sectors, writes them elsewhere, and says the last one's text or FAILED."""
    image = bytearray(assemble("hd_guest.asm", tmp_path).ljust(HD_SIZE, b"\0"))
    image[HD_READ + 2 * 512:HD_READ + 2 * 512 + 6] = b"three\0"
    return bytes(image)


def written(image):
    return image[:HD_WRITTEN] + image[HD_READ:HD_READ + 1536] + image[HD_WRITTEN + 1536:]


def test_disks_longer_and_shorter_than_they_say(disk):
    """What is behind the geometry stays as it is, a sector that is there in part too; what is before it and not
    there is an error of the guest's alone."""
    cases = {"long": (disk + b"behind" * 300, "three"), "cut": (disk[:HD_WRITTEN + 1000], "FAILED"),
             "part": (disk[:HD_READ + 1000], "FAILED"), "sector": (disk[:512], "FAILED")}
    with Monitor(files={"/i/" + name: image for name, (image, _) in cases.items()}) as mon:
        for name, (_, text) in cases.items():
            mon.machine("guest", "disk 0 /i/" + name, "boot c:")
            mon.wait_text("guest", text)
            assert "HARD DISK 03 11" in mon.text("guest")
            mon.run("vm delete guest")
        mon.run("sync")
        mon.stop()
        for name, (image, text) in cases.items():
            assert mon.get("/i/" + name) == (written(image) if text == "three" else image), name


def test_disk_that_is_only_read(disk):
    with Monitor(files={"/i/disk": disk}) as mon:
        mon.machine("guest", "disk 0 /i/disk ro", "boot c:")
        mon.wait_text("guest", "FAILED")
        mon.run("vm delete guest; sync")
        mon.stop()
        assert mon.get("/i/disk") == disk


def test_overlay_on_a_full_volume(disk):
    """The guest's write fails, and works when there is room; the image below is not touched."""
    with Monitor(files={"/i/disk": disk}) as mon:
        mon.machine("guest", "disk 0 /i/disk overlay /i/over", "boot c:")
        mon.wait_text("guest", "three")
        mon.run("vm delete guest; rm /i/over")
        mon.define("other", "disk 0 /i/disk overlay /i/over", "boot c:")
        mon.start("other", paused=True)
        fill(mon)
        mon.run("vm resume other")
        mon.wait_text("other", "FAILED")
        mon.run("rm /fill/0; vm reset other")
        mon.wait_text("other", "three")
        mon.run("vm delete other; sync")
        mon.stop()
        polyfs(mon.image, "check")
        assert mon.get("/i/disk") == disk


def fill(monitor):
    """Takes all the room that there is, by files /fill/0, /fill/1 and so on of 8 MB down to 1 KB; twice, because a
    commit gives blocks back that were waiting for it."""
    monitor.run("mkdir /fill")
    small = [1 << n for n in range(12, -1, -1)]
    for n, kb in enumerate([8192] * 8 + small + [0] + small):
        if not kb:
            monitor.run("sync")
            continue
        if monitor.try_run("image new /hole %dK" % kb)[1]:
            continue                    # not even room for its name
        monitor.try_run("cp /hole /fill/%d" % n)
        monitor.run("rm /hole")


def names(monitor, folder):
    return [line.split()[-1] for line in monitor.run("ls " + folder).splitlines()]


def test_full_volume_leaves_no_part_of_a_file():
    """What a file does not find room for is not there afterwards, and what it was to replace is."""
    with Monitor(files={"/old": b"as it was\n"}) as mon:
        mon.run("image new /hole 62M")
        room, before = mon.run("df"), names(mon, "/")
        for target in ("/new", "/old"):
            mon.refused("cp /hole " + target, "no space left")
            assert (mon.run("df"), names(mon, "/")) == (room, before)
        mon.run("rm /hole")
        fill(mon)
        before = names(mon, "/")
        mon.refused("into /old hexdump /boot/kernel", "no space left")
        assert names(mon, "/") == before
        assert mon.run("cat /old").strip() == "as it was"
        mon.run("rm /fill/0")
        mon.run("into /old echo anew")
        assert mon.run("cat /old").strip() == "anew"


def test_full_volume(floppy, tmp_path):
    """An image with holes on a volume without room: the write fails in the guest, and works when
    there is room again."""
    image = copy_image(str(tmp_path / "disk.img"))
    source, back = str(tmp_path / "floppy.img"), str(tmp_path / "back.img")
    with open(source, "wb") as file:
        file.write(floppy)
    polyfs(image, "mkdir", "/i")
    polyfs(image, "put", "--sparse", source, "/i/a.img")
    with Monitor(image=image) as mon:
        dos = boot(mon, "/i/a.img")
        fill(mon)
        assert "Error:" in dos.run("copy pattern.dat other.dat")
        mon.run("ls /i")
        mon.run("rm /fill/0")
        dos.run("del other.dat")
        assert "1 file copied" in dos.run("copy pattern.dat new.dat")
        assert "142D984A" in dos.run("crc new.dat")
        mon.kill("guest")
        mon.run("sync")
        mon.stop()
        polyfs(image, "check")
        polyfs(image, "get", "/i/a.img", back)
    copied = subprocess.run(["mtype", "-i", back, "::NEW.DAT"], capture_output=True, check=True).stdout
    assert copied == pattern()
