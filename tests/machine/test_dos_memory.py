"""Extended and expanded memory for DOS: P86MEM.SYS in FreeDOS, with every call made by a program."""

import os
import shutil

import pytest

from monitor import GUESTS, OURS, Dos, Monitor, guest
from test_freedos import mtool

SMALL = "freedos-360K.img"


def floppy(tmp_path, config):
    """FreeDOS with our driver in its CONFIG.SYS."""
    image = str(tmp_path / "dos.img")
    shutil.copyfile(guest(SMALL), image)
    (tmp_path / "config.sys").write_bytes(config.replace("\n", "\r\n").encode())
    mtool("mdel", image, "::CONFIG.SYS")
    mtool("mcopy", image, str(tmp_path / "config.sys"), "::CONFIG.SYS")
    mtool("mcopy", image, os.path.join(OURS, "dos/p86mem.sys"), os.path.join(OURS, "dos/memtest.com"), "::")
    return image


@pytest.mark.parametrize("memory,config,frame", [
    ("640K+4M", "DEVICE=P86MEM.SYS\nDOS=HIGH,UMB\nFILES=20\n", True),
    ("640K+2M", "DEVICE=P86MEM.SYS /NOUMB\nFILES=20\n", True),
    ("640K+64M", "DEVICE=P86MEM.SYS\nDOS=HIGH\nFILES=20\n", True),
])
def test_freedos_with_our_driver(tmp_path, memory, config, frame):
    image = floppy(tmp_path, config)
    with Monitor(files={"/images/dos.img": image}, memory=96) as mon:
        mon.machine("dos", "memory " + memory, "floppy a: /images/dos.img", "boot a:")
        dos = Dos(mon, "dos")
        dos.ready()
        said = dos.run("memtest")
        assert "memtest: 0 wrong" in said, said
        assert ("all pages ok" in said) == frame
        assert "driver loaded" in mon.run("dbg dos; dev vmem; q")
        # What the driver took is free again when DOS boots anew.
        mon.run("vm reset dos")
        dos.ready()
        assert "memtest: 0 wrong" in dos.run("memtest")
