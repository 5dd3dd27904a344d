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


def second_disk(tmp_path, content, kind, sector, once):
    """That disk behind QEMU's fault injector: reads or writes of a sector fail, always or the first time."""
    path, conf = tmp_path / "second.img", tmp_path / "blkdebug.conf"
    path.write_bytes(content)
    conf.write_text('[inject-error]\nevent = "none"\niotype = "%s"\nerrno = "5"\nsector = "%d"\nonce = "%s"\n'
                    % (kind, sector, "on" if once else "off"))
    return ["-drive", "file=blkdebug:%s:%s,format=raw,if=ide,index=1" % (conf, path)]


@pytest.mark.parametrize("once", [True, False])
def test_read_errors(tmp_path, once):
    """What DMA could not read is read by programmed I/O; what that cannot either is the guest's own error."""
    floppy = assemble("disk_guest.asm", tmp_path).ljust(360 << 10, b"\0")
    disk = b"".join(n.to_bytes(2, "little") * 256 for n in range(63)) + bytes(1 << 20)
    with Monitor(*second_disk(tmp_path, disk, "read", 20, once), files={"/i/reader": floppy}) as mon:
        assert mon.run("log").count(", DMA") == 2
        mon.machine("reader", "floppy a: /i/reader", "disk 0 host:hd1 ro", "boot a:")
        reads, errors = mon.wait_counter("reader", 0, 100)[:2]
        assert bool(errors) == (not once), (reads, errors)
        mon.kill("reader")
        log = mon.run("log")
        assert len(re.findall(r"hd1: read of 8 sectors at \d+: ", log)) == 1 or not once
        assert "hd0: read" not in log


@pytest.mark.parametrize("once", [True, False])
def test_write_errors(tmp_path, once):
    """The same of writing."""
    disk = bytearray(assemble("hd_guest.asm", tmp_path).ljust(60 * 4 * 17 * 512, b"\0"))
    read, written = (1 * 4 + 1) * 17 + 1, (2 * 4 + 3) * 17 + 14
    for n in range(3):
        disk[(read + n) * 512:(read + n + 1) * 512] = (b"sector %d of three\0" % (n + 1)).ljust(512, bytes([n + 1]))
    with Monitor(*second_disk(tmp_path, bytes(disk), "write", written + 1, once)) as mon:
        mon.machine("writer", "disk 0 host:hd1", "boot c:")
        mon.wait_text("writer", "sector 3 of three" if once else "FAILED")
        mon.kill("writer")
        assert "hd1: write of 3 sectors at %d: " % written in mon.run("log")
    after = (tmp_path / "second.img").read_bytes()
    if once:
        disk[written * 512:(written + 3) * 512] = disk[read * 512:(read + 3) * 512]
    assert after[:written * 512] == disk[:written * 512]
    assert after[(written + 3) * 512:] == disk[(written + 3) * 512:]
    if once:
        assert after == disk
