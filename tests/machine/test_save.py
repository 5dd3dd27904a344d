"""`vm save` and `vm load`: a machine goes on as if nothing had happened, in the same monitor and after
its reboot; files that are no saved machine change nothing."""

import re

import pytest

from monitor import Monitor, copy_image, ours, polyfs, put

KEYS = ("memory 640K+1M", "floppy a: /images/minidos.img", "boot a:")


def started(mon, name="pc"):
    mon.define(name, *KEYS)
    mon.start(name)
    mon.wait_text(name, "A>")


def test_goes_on_where_it_was(tmp_path):
    """Text, typed keys and the disk: saved, killed, loaded under the same and another name."""
    with Monitor(files={"/images/minidos.img": ours("minidos")}) as mon:
        started(mon)
        mon.press_keys("pc", "ver")             # typed, not yet entered
        mon.wait_text("pc", "A> ver")
        before = mon.text("pc")
        mon.run("vm save pc /pc.save")
        mon.press_keys("pc", "{enter}")         # the one that was saved goes on
        mon.wait_text("pc", "minidos")
        mon.refused("vm load pc /pc.save", "is on; vm kill pc first")
        mon.kill("pc")
        mon.run("vm load pc /pc.save")
        assert mon.state("pc")[1] == "running"
        assert mon.text("pc") == before
        mon.press_keys("pc", "{enter}")
        mon.wait_text("pc", "minidos")
        mon.kill("pc")
        mon.run("vm load other /pc.save")
        assert mon.text("other") == before
        assert "floppy   a: /images/minidos.img" in mon.run("vm show other")


def test_paused_stays_paused():
    with Monitor(files={"/images/minidos.img": ours("minidos")}) as mon:
        started(mon)
        mon.run("vm pause pc")
        mon.run("vm save pc /pc.save")
        assert mon.state("pc")[1] == "paused"
        mon.kill("pc")
        mon.run("vm load pc /pc.save")
        assert mon.state("pc")[1] == "paused"
        mon.run("vm resume pc")
        mon.press_keys("pc", "ver{enter}")
        mon.wait_text("pc", "minidos")


def test_across_a_reboot_of_the_monitor(tmp_path):
    """The clock guest: its own count of seconds goes on."""
    image = copy_image(str(tmp_path / "poly86.img"))
    put(image, "/images/clock.img", ours("clock"))
    with Monitor(image=image) as mon:
        mon.machine("pc", "floppy a: /images/clock.img", "boot a:")
        count = mon.wait_counter("pc", 0, 40)[0]
        mon.run("vm save pc /pc.save")
        mon.run("sync")
    with Monitor(image=image) as mon:
        mon.run("vm load pc /pc.save")
        after = mon.counters("pc")[1][0]
        assert count <= after < count + 200
        mon.wait_counter("pc", 0, after + 20)


def test_in_the_middle_of_disk_work(tmp_path):
    """The exerciser writes and compares its floppy; saved somewhere in that, loaded after a reboot of
    the monitor, it comes to its end without a fault."""
    image = copy_image(str(tmp_path / "poly86.img"))
    put(image, "/images/exerciser.img", ours("exerciser"))
    with Monitor(image=image, icount="shift=4,sleep=off") as mon:
        mon.machine("pc", "floppy a: /images/exerciser.img", "boot a:")
        mon.wait_counter("pc", 2, 60)
        mon.run("vm pause pc")
        counts = mon.counters("pc")[1]
        assert counts[0] == 0
        mon.run("vm save pc /pc.save")
        mon.run("sync")
    with Monitor(image=image, icount="shift=4,sleep=off") as mon:
        mon.run("vm load pc /pc.save")
        assert mon.counters("pc")[1] == counts
        mon.run("vm resume pc")
        counts = mon.wait_counter("pc", 0, 2, 600)
        assert counts[1] == 0 and counts[6] == 0, mon.text("pc")


def test_disks_that_were_written_since_then():
    with Monitor(files={"/images/minidos.img": ours("minidos")}) as mon:
        started(mon)
        mon.run("vm save pc /pc.save")
        mon.run("sleep 2")
        mon.press_keys("pc", "copy readme.txt new.txt{enter}")
        mon.wait_text("pc", "copied")
        mon.kill("pc")
        mon.refused("vm load pc /pc.save", "/images/minidos.img was written since then")
        assert mon.state("pc")[1] == "off"
        mon.run("vm load pc /pc.save anyway")
        assert mon.state("pc")[1] == "running"


def test_overlays():
    """One with a file belongs to the machine; one without would be gone."""
    with Monitor(files={"/images/minidos.img": ours("minidos")}) as mon:
        mon.machine("pc", "memory 640K+1M", "floppy a: /images/minidos.img overlay /pc.ovl", "boot a:")
        mon.wait_text("pc", "A>")
        mon.press_keys("pc", "copy readme.txt new.txt{enter}")
        mon.wait_text("pc", "copied")
        mon.run("vm pause pc")
        mon.run("vm save pc /pc.save")
        mon.kill("pc")
        mon.run("vm load pc /pc.save")
        mon.run("vm resume pc")
        mon.press_keys("pc", "cls{enter}type new.txt{enter}")
        mon.wait_text("pc", "poly86")
        mon.machine("gone", "floppy a: /images/minidos.img overlay", "boot a:")
        mon.refused("vm save gone /x", "overlay without a file")


def test_bad_files_change_nothing(tmp_path):
    image = copy_image(str(tmp_path / "poly86.img"))
    put(image, "/images/minidos.img", ours("minidos"))
    with Monitor(image=image) as mon:
        started(mon)
        mon.run("vm save pc /good.save")
        mon.run("sync")
    good = polyfs(image, "get", "/good.save", "-")
    put(image, "/cut.save", good[:-1])
    put(image, "/flipped.save", good[:5000] + bytes([good[5000] ^ 1]) + good[5001:])
    put(image, "/version.save", b"P86SAVE\0\2\0\0\0\x5c\xf4\x9b\xab" + good[16:])
    put(image, "/other.save", b"not a machine\n")
    with Monitor(image=image) as mon:
        accounts = mon.accounts()
        mon.refused("vm load pc /none.save", "pc: /none.save: not loaded: not found")
        for name in ("cut", "flipped", "other"):
            mon.refused("vm load pc /%s.save" % name, "/%s.save: not loaded: .*damaged" % name)
        mon.refused("vm load pc /version.save", "version")
        mon.refused("vm load 12 /good.save", "choose another name")
        assert mon.state("pc") is None
        mon.run("rm /images/minidos.img")
        mon.refused("vm load pc /good.save", "minidos.img was written since then, or is gone")
        mon.refused("vm load pc /good.save anyway", "not loaded: .*not found")
        assert mon.state("pc") is None
        assert mon.accounts()["vm"] == accounts.get("vm", mon.accounts()["vm"])


def test_errors_while_saving(tmp_path):
    image = copy_image(str(tmp_path / "poly86.img"))
    put(image, "/images/minidos.img", ours("minidos"))
    room = int(re.search(rb"free (\d+)", polyfs(image, "df")).group(1))
    put(image, "/filler", bytes(room - 100 * 1024))
    with Monitor(image=image) as mon:
        mon.define("off", *KEYS)
        mon.refused("vm save off /x.save", "off: is off")
        mon.refused("vm save nobody /x.save", "no such machine")
        started(mon)
        mon.refused("vm save pc", "wrong arguments")
        mon.refused("vm save pc /no/such/dir/x", "not saved")
        mon.refused("vm save pc /y.save", "not saved: no space")
        assert "y.save" not in mon.run("ls /")
        assert mon.state("pc")[1] == "running"
        mon.press_keys("pc", "ver{enter}")
        mon.wait_text("pc", "minidos")
