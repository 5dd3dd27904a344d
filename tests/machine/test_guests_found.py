"""Every other system found on this computer is booted in a machine and what it shows is recorded
in build/test-screens/NAME.txt.

Floppy and hard disk images of the guests' folder (see monitor.py) but FreeDOS' floppies, which
test_freedos.py works through. What the system does is its own affair; that it shows something, goes
on, and leaves nothing behind is ours.
"""

import glob
import os

import pytest

from monitor import BUILD, GUESTS, WAIT_S, Monitor, Timeout, guest

SCREENS = os.path.join(BUILD, "test-screens")
FLOPPY_MAX = 2880 * 1024
DISK_MAX = 32 << 20             # larger ones do not fit on the volume
OURS = "poly86 BIOS"            # what our POST writes: not yet the guest

IMAGES = sorted(os.path.basename(path) for path in glob.glob(os.path.join(GUESTS, "*.img"))
                if not os.path.basename(path).startswith("freedos-"))


def guests_rows(text):
    """The rows that POST did not write; None while the screen shows graphics."""
    rows = [row.rstrip() for row in text.splitlines()]
    return [row for row in rows if row and OURS not in row and "memory" not in row]


def settle(monitor, name):
    """Waits until the guest has shown something and the screen stands still, or a while has gone."""
    last, still = None, 0
    for _ in range(WAIT_S):
        text, status = monitor.try_run("screen " + name)
        if status and "shows no text" in text:
            return text
        still = still + 1 if text == last and guests_rows(text) else 0
        if still == 3 or monitor.state(name)[1] == "stopped":
            return text
        last = text
        monitor.run("sleep 1")
    if last and guests_rows(last):
        return last             # an animation
    raise Timeout("%s shows nothing\n%s" % (name, monitor.report()))


@pytest.mark.parametrize("name", IMAGES or ["none.img"])
def test_boots_and_shows_something(name):
    path = guest(name)
    size = os.path.getsize(path)
    if size > DISK_MAX:
        pytest.skip("%s is larger than the volume has room for" % name)
    drive = "floppy a:" if size <= FLOPPY_MAX else "disk 0"
    with Monitor(files={"/images/guest.img": path}) as mon:
        mon.define("guest", "memory 640K+4M", drive + " /images/guest.img",
                   "boot a:" if drive == "floppy a:" else "boot c:")
        before = mon.accounts()
        mon.start("guest")
        text = settle(mon, "guest")
        mon.press_keys("guest", "{enter}")      # many wait for a key
        after = settle(mon, "guest")
        os.makedirs(SCREENS, exist_ok=True)
        with open(os.path.join(SCREENS, os.path.splitext(name)[0] + ".txt"), "w", encoding="utf-8") as out:
            out.write("%s\n--- after Enter ---\n%s\n" % (text, after))
        state = mon.state("guest")
        assert state[1] == "running", " ".join(state)
        assert guests_rows(text)
        mon.kill("guest")
        assert mon.accounts() == before
