"""The monitor's own driver of hard disks: bus master DMA where the PC has it, programmed I/O where not
or where DMA fails; files of every length and at every place come back whole."""

import random
import re

import pytest

from monitor import Monitor, assemble, copy_image, polyfs, put

LENGTHS = (1, 511, 1024, 4097, 65536, 300001)


@pytest.mark.parametrize("machine, cpu, dma", [("pc", "pentium", True), ("isapc", "486", False)])
def test_files_come_back_whole(tmp_path, machine, cpu, dma):
    image = copy_image(str(tmp_path / "disk.img"))
    files = {n: random.Random(n).randbytes(n) for n in LENGTHS}
    for n, data in files.items():
        put(image, "/i/%d" % n, data)
    with Monitor(image=image, machine=machine, cpu=cpu, memory=16) as mon:
        assert (", DMA" in mon.run("log")) == dma
        for n in files:
            mon.run("cp /i/%d /i/copy%d" % (n, n))
        mon.run("sync")
        mon.stop()
        polyfs(image, "check")
        for n, data in files.items():
            assert mon.get("/i/copy%d" % n) == data, n


def second_disk(tmp_path, once):
    """A disk whose sector n begins with the word n, behind QEMU's fault injector: reads of sector 20 fail."""
    path, conf = tmp_path / "second.img", tmp_path / "blkdebug.conf"
    path.write_bytes(b"".join(n.to_bytes(2, "little") * 256 for n in range(63)) + bytes(1 << 20))
    conf.write_text('[inject-error]\nevent = "none"\niotype = "read"\nerrno = "5"\nsector = "20"\nonce = "%s"\n'
                    % ("on" if once else "off"))
    return ["-drive", "file=blkdebug:%s:%s,format=raw,if=ide,index=1" % (conf, path)]


@pytest.mark.parametrize("once", [True, False])
def test_read_errors(tmp_path, once):
    """What DMA could not read is read by programmed I/O; what that cannot either is the guest's own error."""
    floppy = assemble("disk_guest.asm", tmp_path).ljust(360 << 10, b"\0")
    with Monitor(*second_disk(tmp_path, once), files={"/i/reader": floppy}) as mon:
        assert mon.run("log").count(", DMA") == 2
        mon.machine("reader", "floppy a: /i/reader", "disk 0 host:hd1 ro", "boot a:")
        reads, errors = mon.wait_counter("reader", 0, 100)[:2]
        assert bool(errors) == (not once), (reads, errors)
        mon.kill("reader")
        log = mon.run("log")
        assert len(re.findall(r"hd1: read of 8 sectors at \d+: ", log)) == 1 or not once
        assert "hd0: read" not in log
