"""FreeDOS in machines: from its boot sector to its prompt, commands, files that last.

Every floppy image freedos-*.img of the guests' folder (see monitor.py) is used; our own
minidos takes this path on every computer, see test_machines.py."""

import glob
import os
import re
import shutil
import subprocess

import pytest

from monitor import GUESTS, OURS, WAIT_S, Dos, Monitor, guest, polyfs

IMAGES = sorted(os.path.basename(path) for path in glob.glob(os.path.join(GUESTS, "freedos-*.img")))
SMALL = "freedos-360K.img"
BATCH = "@echo off\r\necho batch says %1\r\nhello\r\nif exist made.txt echo made is there\r\n"


def mtool(name, image, *words):
    done = subprocess.run([name, "-i", image, *words], capture_output=True,
                          env={**os.environ, "MTOOLS_SKIP_CHECK": "1"})
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def prepared(tmp_path, name):
    """A copy of a FreeDOS floppy with a program and a batch file on it."""
    image = str(tmp_path / name)
    shutil.copyfile(guest(name), image)
    (tmp_path / "try.bat").write_bytes(BATCH.encode())
    mtool("mcopy", image, os.path.join(OURS, "minidos/hello.com"), str(tmp_path / "try.bat"), "::")
    return image


def boot_dos(monitor, name, *keys):
    monitor.machine(name, "floppy a: /images/%s.img" % name, "boot a:", *keys)
    dos = Dos(monitor, name)
    dos.ready()
    return dos


@pytest.mark.parametrize("name", IMAGES or [SMALL])
def test_commands_and_files_that_last(name, tmp_path):
    """VER, DIR, TYPE, COPY, a batch file, a program; what was written is there after the
    machine's end and the monitor's, in a new machine and on the host."""
    image = prepared(tmp_path, name)
    readme = mtool("mtype", image, "::README.TXT").decode().replace("\r", "").strip()
    with Monitor(files={"/images/dos.img": image}) as mon:
        dos = boot_dos(mon, "dos")
        assert re.search(r"FreeCom version \d", dos.run("ver"))
        listing = dos.run("dir")
        for file in ("KERNEL   SYS", "COMMAND  COM", "README   TXT", "HELLO    COM", "TRY      BAT"):
            assert file in listing
        assert re.search(r"7 file\(s\) +[\d,]+ bytes", listing)
        assert unwrapped(dos.run("type readme.txt")) == unwrapped(readme)
        assert "hello" in dos.run("hello").lower()
        dos.run("echo written inside > made.txt")
        assert "made.txt => copy.txt" in dos.run("copy made.txt copy.txt").lower()
        batch = dos.run("try seven")
        assert "batch says seven" in batch and "made is there" in batch and "ello" in batch
        assert dos.run("type copy.txt").strip() == "written inside"
        mon.kill("dos")

        mon.serial.send("reboot\r")
        mon.wait_event("RESET")
        mon.booted()
        dos = boot_dos(mon, "dos")
        assert dos.run("type copy.txt").strip() == "written inside"
        mon.kill("dos")
        mon.run("sync")
        mon.stop()
        back = str(tmp_path / "back.img")
        polyfs(mon.image, "get", "/images/dos.img", back)
        polyfs(mon.image, "check")
    assert os.path.getsize(back) == os.path.getsize(image)
    for file in ("MADE.TXT", "COPY.TXT"):
        assert mtool("mtype", back, "::" + file).strip() == b"written inside"
    assert mtool("mtype", back, "::README.TXT") == mtool("mtype", image, "::README.TXT")


def unwrapped(text):
    return re.sub(r"\s+", "", text)


PLACES = {
    "pc-pentium": dict(machine="pc", cpu="pentium"),
    "isapc-486": dict(machine="isapc", cpu="486"),
    "as-a-386": dict(machine="pc", cpu="pentium", options="cpu=386"),
    "4-mb": dict(machine="pc", cpu="486", memory=4),
}


@pytest.mark.parametrize("place", PLACES)
def test_two_at_once_on_every_pc(place, tmp_path):
    """Two machines with a FreeDOS each, beside each other; neither's end disturbs the other."""
    image = prepared(tmp_path, SMALL)
    with Monitor(files={"/images/one.img": image, "/images/two.img": image}, **PLACES[place]) as mon:
        one, two = boot_dos(mon, "one", "memory 640K"), boot_dos(mon, "two", "memory 640K")
        one.run("echo first > who.txt")
        two.run("echo second > who.txt")
        assert one.run("type who.txt") == "first" and two.run("type who.txt") == "second"
        assert "hello" in one.run("hello").lower()
        mon.kill("one")
        assert "hello" in two.run("hello").lower()
        assert "batch says on" in two.run("try on")


def test_through_the_keyboard(tmp_path):
    """All of it at the PC's own keyboard and screen, hot keys included."""
    script = b"vm new dos\nfloppy a: /images/dos.img\nboot a:\nend\nvm start dos\n"
    with Monitor(files={"/images/dos.img": guest(SMALL), "/vm/dos.vm": script}) as mon:
        mon.wait_screen(r"poly86>")
        mon.type("source /vm/dos.vm{enter}")
        mon.type("view dos{enter}")
        mon.wait_screen(r"^A:\\>", WAIT_S)
        mon.type("ver{enter}")
        mon.wait_screen(r"FreeCom version", WAIT_S)
        mon.keys("ctrl+alt+f1")
        mon.wait_screen(r"view dos")
        mon.type("vm list{enter}")
        mon.wait_screen(r"^dos +running")
        mon.keys("ctrl+alt+f3")
        mon.wait_screen(r"FreeCom version")
        mon.type("echo SHIFTED: {{~}!{enter}")
        mon.wait_screen(r"^SHIFTED: \{~\}!")


def test_gives_its_time_away_at_its_prompt():
    """Whatever way it waits for a key there; and takes what it needs when there is one, although DOS asks for
    keys at each character that it prints and each file that it looks for, too."""
    with Monitor(files={"/images/dos.img": guest(SMALL)}, icount="shift=4,sleep=off") as mon:
        dos = boot_dos(mon, "dos")
        mon.run("sleep 2")
        on, had = mon.times_ms("dos")
        mon.run("sleep 3")
        later, more = mon.times_ms("dos")
        assert more - had < 0.05 * (later - on)
        for line in "ver", "type readme.txt", "nonsense", "dir":
            dos.run(line)
            mon.run("sleep 2")
        end, _ = mon.times_ms("dos")
        assert end - later < 4 * 2000 + 2000
