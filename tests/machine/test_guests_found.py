"""Every other system found on this computer is booted on the bare emulator and in a machine; what they show is
recorded in build/guests-seen/NAME-STEP-{bare,shot,view}.png, and compared.

Floppy and hard disk images of the guests' folder (see monitor.py); of FreeDOS' floppies one, since
test_freedos.py works through the others. The bare emulator has our video BIOS, so that fonts are the same.
The machine's picture is taken by `shot`, out of view, and from the PC's screen, in view.

Where the screen stands still it has to be equal dot for dot; rows that a system BIOS wrote before the guest do
not count, nor does a cursor, which blinks on the emulator. What moves, or is another at each start on the
bare emulator, has to have the same size and the same colours in about the same shares. Of images that are
not named here nothing is known: where they cannot be compared, the test is skipped with the reason.
"""

import collections
import glob
import os
import shutil
import struct
import time
import zlib

import pytest

from monitor import BUILD, GUESTS, WAIT_S, Monitor, Timeout, guest
from qemu import Machine
from test_vga import Picture, png, ppm

SEEN = os.path.join(BUILD, "guests-seen")
FLOPPY_MAX = 2880 * 1024
DISK_MAX = 32 << 20             # larger ones do not fit on the volume
OURS = ("poly86 BIOS", "memory")        # what our POST writes: not yet the guest
THEIRS = ("SeaBIOS", "Booting from", "iPXE", "Machine UUID")
CELL = (18, 32)                 # a cursor is no larger, dots
EIGHT = bytes((value << 2 | value >> 4) & 255 for value in range(256))
LOOK_S, MOVES = 0.3, 4          # between two looks; so many that differ: it moves
OVERLAP, COMMON = 0.5, 0.5      # what pictures of something that moves share: of their dots, of their colours
FEW = 2                         # colours that two pictures drawn at random share at least
# Keys, step by step, of those that are known; the others get Enter, since many wait for a key.
KEYS = {
    "bootos.img": ["dir{enter}", "ver{enter}"],
    "bootos-sokoban.img": ["{enter}"],
    "freedos-1440K.img": [],
    "game-basic.img": ["10 print 6*7{enter}20 goto 40{enter}40 print 1{enter}run{enter}", "list{enter}"],
    "game-doom.img": ["{up}"],
    "game-invaders.img": [" "],
    "game-mine.img": ["{right}"],               # a blank may end it: it wants bootOS then
    "game-pillman.img": ["{right}"],
    "game-rogue.img": ["{right}"],
    "game-snake.img": ["{enter}"],
    "mikeos.img": ["{enter}", "{enter}"],
}

# What they draw comes from the timer's count, so that two starts may have little in common but size and palette.
RANDOM = ["game-doom.img", "game-mine.img", "game-rogue.img"]

# What is on the screen when that which takes its time has come up.
UNTIL = {"freedos-1440K.img": "A:\\>"}

IMAGES = sorted(name for name in map(os.path.basename, glob.glob(os.path.join(GUESTS, "*.img")))
                if not name.startswith("freedos-") or name in KEYS)


class Unlike(AssertionError):
    """Pictures that ought to be alike are not."""


# --- pictures -------------------------------------------------------------------------------------------

def dark(dot):
    """What a bright background is, if the bit that makes it so blinks."""
    return {b"\x3f\x3f\x15": b"\x2a\x15\0"}.get(dot, bytes(max(value - 21, 0) for value in dot))


def only_a_cursor(one, other):
    """They are the same, or differ in a place no larger than a character. In text the emulator makes
    backgrounds bright that ought to blink, and has the eighth dot of B0h to BFh twice, not only that of C0h to DFh;
    neither counts."""
    if (one.width, one.height) != (other.width, other.height):
        return False
    text, places = one.text and other.text, []
    rows = [y for y in range(one.height) if one.rows[y] != other.rows[y]]
    if rows and not text and rows[-1] - rows[0] >= CELL[1]:
        return False
    for y, (here, there) in enumerate(zip(one.rows, other.rows)):
        if here == there:
            continue
        pairs = {(here[i:i + 3], there[i:i + 3]) for i in range(0, len(here), 3)}
        wrong = {(a, b) for a, b in pairs if a != b and not (text and (a == dark(b) or b == dark(a)))}
        if wrong:
            places += [(x // 3, y) for x in range(0, len(here), 3) if (here[x:x + 3], there[x:x + 3]) in wrong]
    if text and one.width % 9 == 0:
        places = [(x, y) for x, y in places if x % 9 < 8]
    return not places or all(max(side) - min(side) < most for side, most in zip(zip(*places), CELL))


def without_post(picture, rows, words):
    """The picture below the rows of text that a BIOS wrote."""
    height = picture.height // len(rows) if rows else 0
    written = [n for n, row in enumerate(rows) if any(word in row for word in words)]
    first = written[-1] + 1 if written else 0
    while rows and first < len(rows) - 1 and not rows[first].strip():
        first += 1                                  # empty ones are different in number
    cut = Picture(0, 0, b"")
    cut.text = picture.text
    cut.width, cut.height = picture.width, picture.height - first * height
    cut.rows = picture.rows[first * height:]
    return cut


def equal(bare, ours):
    """Dot for dot, as far as both go: where a BIOS wrote more rows, the guest's last ones may be missing."""
    lines = min(bare.height, ours.height)
    for picture in bare, ours:
        picture.rows, picture.height = picture.rows[:lines], lines
    return only_a_cursor(bare, ours)


def shares(picture):
    """What part of the dots each colour has, by every other dot of every other line."""
    if not hasattr(picture, "shares"):
        counts = collections.Counter(row[i:i + 3] for row in picture.rows[::2] for i in range(0, len(row), 6))
        whole = sum(counts.values())
        picture.shares = {dot: count / whole for dot, count in counts.items()}
    return picture.shares


def unlike(bare, ours, random):
    """Why pictures of what moves are not of the same program; None if they may be. One may have been taken
    in the middle of drawing, so that it is enough if two of them are alike."""
    reasons = [unlike_pair(one, narrow(other, one), random) for one in bare.seen for other in ours.seen]
    return None if None in reasons else reasons[-1]


def unlike_pair(bare, ours, random):
    if (bare.width, bare.height) != (ours.width, ours.height):
        return "%dx%d is not %dx%d" % (ours.width, ours.height, bare.width, bare.height)
    here, there = shares(ours), shares(bare)
    common, every = set(here) & set(there), set(here) | set(there)
    overlap = sum(min(here[dot], there[dot]) for dot in common)
    enough = len(common) >= FEW if random else overlap >= OVERLAP and len(common) >= COMMON * len(every)
    if not enough:
        return "%d of %d colours are in both, which %.2f of the dots share" % (len(common), len(every), overlap)
    return None


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def record(name, step, where, picture):
    """As PNG, three bytes a dot."""
    os.makedirs(SEEN, exist_ok=True)
    path = os.path.join(SEEN, "%s-%d-%s.png" % (os.path.splitext(name)[0], step, where))
    dots = b"".join(b"\0" + row.translate(EIGHT) for row in picture.rows)
    with open(path, "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", picture.width, picture.height,
                                                                         8, 2, 0, 0, 0)) +
                  chunk(b"IDAT", zlib.compress(dots, 6)) + chunk(b"IEND", b""))


# --- where it runs --------------------------------------------------------------------------------------

class Look:
    """A picture with the rows of text that it shows (none in graphics modes), and whether it stood still."""

    def __init__(self, picture, rows):
        self.picture, self.rows, self.still = picture, rows, False
        self.seen = [picture]                       # the last ones, of what moves
        picture.text = bool(rows)

    def guests(self, words, until):
        """Has the guest shown what it is to: graphics, or a row that a BIOS did not write, or this?"""
        if until:
            return any(until in row for row in self.rows)
        return not self.rows or any(row.strip() and not any(word in row for word in words) for row in self.rows)


def settle(look, words, until=None):
    """Looks until the guest has shown something and the screen stands still, or a while has gone."""
    last, moved, end = look(), 0, time.monotonic() + WAIT_S
    while True:
        time.sleep(LOOK_S)
        now = look()
        if not now.guests(words, until):
            if time.monotonic() > end:
                raise Timeout("the guest shows nothing, but\n" + "\n".join(now.rows))
        elif only_a_cursor(now.picture, last.picture):
            now.still, now.seen = True, last.seen
            return now
        else:
            moved += 1
            now.seen = last.seen + now.seen
            if moved == MOVES:
                return now
        last = now


def drive_of(path):
    return "floppy" if os.path.getsize(path) <= FLOPPY_MAX else "ide"


class Bare(Machine):
    """A guest on the emulator alone, with our video BIOS."""

    def __init__(self, path, folder):
        folder.mkdir()
        shutil.copy(os.path.join(BUILD, "rom", "vgabios.bin"), folder / "vgabios.bin")
        self.path = folder / "bare.ppm"
        super().__init__("-vga", "std", "-L", str(folder), "-L", "/usr/share/seabios", "-drive",
                         "file=%s,format=raw,if=%s,snapshot=on" % (path, drive_of(path)), machine="isapc",
                         cpu="486", memory=5)

    def look(self):
        self.screendump(self.path, "ppm")
        mode, columns = self.memory(0x449, 2)       # of the BIOS data area, as rows and start are below
        rows = self.memory(0x484, 1)[0] + 1
        start = int.from_bytes(self.memory(0x44E, 2), "little")
        text = self.screen(columns, rows, 0xB8000 + start).split("\n") if mode <= 3 and columns else []
        return Look(ppm(self.path.read_bytes()), text)


def on_the_bare_emulator(path, keys, folder, until):
    """What it shows at first and after each of the keys."""
    with Bare(path, folder) as bare:
        looks = [settle(bare.look, THEIRS, until)]
        for key in keys:
            bare.type(key)
            time.sleep(LOOK_S)
            looks.append(settle(bare.look, THEIRS))
        return looks


def shot(mon):
    mon.run("shot guest /guest.png; sync")
    text, status = mon.try_run("screen guest")
    return Look(png(mon.get("/guest.png")), [] if status else text.split("\n"))


def in_view(mon, folder, ours):
    """On the PC's screen; the shell's is in front before and afterwards."""
    def look():
        mon.screendump(folder / "view.ppm", "ppm")
        return Look(ppm((folder / "view.ppm").read_bytes()), ours.rows)

    def is_shell():
        return only_a_cursor(look().picture, shell.picture)

    shell, end = look(), time.monotonic() + WAIT_S
    mon.type("{ctrl+alt+f3}")
    while is_shell() and time.monotonic() < end:
        time.sleep(LOOK_S / 3)
    seen = settle(look, OURS)
    mon.type("{ctrl+alt+f1}")
    while not is_shell() and time.monotonic() < end:
        time.sleep(LOOK_S / 3)
    return seen


def looks_of(mon, folder, until):
    """Out of view and in view. What stands still is the same in both, unless it had only paused for a while."""
    end = time.monotonic() + WAIT_S
    while True:
        ours = settle(lambda: shot(mon), OURS, until)
        view = in_view(mon, folder, ours)
        if only_a_cursor(narrow(ours.picture, view.picture), view.picture) or \
                not (ours.still and view.still) or time.monotonic() > end:
            return ours, view


# --- what is compared -----------------------------------------------------------------------------------

def narrow(ours, bare):
    """The emulator makes 8 dots of 9 where characters are twice as wide."""
    if (ours.width, bare.width) != (720, 640):
        return ours
    less = ours.eight_of_nine()
    less.text = ours.text
    return less


def same(bare, ours):
    """Two looks at what stands still."""
    return equal(without_post(bare.picture, bare.rows, THEIRS),
                 without_post(narrow(ours.picture, bare.picture), ours.rows, OURS))


class Comparison:
    """Of one image's looks, step by step."""

    def __init__(self, name, path, folder, keys):
        self.name, self.path, self.folder, self.keys = name, path, folder, keys
        self.bare = on_the_bare_emulator(path, keys, folder / "first", UNTIL.get(name))
        self.again = None

    def is_random(self, step):
        """Is it another picture at each start on the bare emulator?"""
        if self.name in RANDOM:
            return True
        if self.again is None:
            self.again = on_the_bare_emulator(self.path, self.keys, self.folder / "again",
                                              UNTIL.get(self.name))
        one, other = self.bare[step], self.again[step]
        return not other.still or not equal(without_post(one.picture, one.rows, THEIRS),
                                            without_post(other.picture, other.rows, THEIRS))

    def compare(self, step, ours, view):
        """How the pictures of a step were found alike. Raises Unlike."""
        bare = self.bare[step]
        for where, look in (("bare", bare), ("shot", ours), ("view", view)):
            record(self.name, step, where, look.picture)
        if ours.still and view.still and not only_a_cursor(narrow(ours.picture, view.picture), view.picture):
            raise Unlike("step %d: in view is not what `shot` has" % step)
        if bare.still and ours.still:
            if same(bare, ours):
                return "equal"
            if not self.is_random(step):
                raise Unlike("step %d: stands still, and is not as on the bare emulator" % step)
        for look in ours, view:
            why = unlike(bare, look, self.name in RANDOM)
            if why:
                raise Unlike("step %d: %s" % (step, why))
        return "alike"


def run_steps(mon, comparison, name, keys, folder):
    """How each step was found alike, while it is; and what was not."""
    found = []
    try:
        for step, key in enumerate([None] + keys):
            if key:
                mon.press_keys("guest", key)
                time.sleep(LOOK_S)
            ours, view = looks_of(mon, folder, None if step else UNTIL.get(name))
            if comparison:
                found.append(comparison.compare(step, ours, view))
    except (Unlike, Timeout) as error:
        if name in KEYS:
            raise
        return found, str(error)
    return found, None


@pytest.mark.parametrize("name", IMAGES or ["none.img"])
def test_looks_as_on_the_bare_emulator(name, tmp_path):
    path = guest(name)
    if os.path.getsize(path) > DISK_MAX:
        pytest.skip("%s is larger than the volume has room for" % name)
    keys, comparison, reason = KEYS.get(name, ["{enter}"]), None, None
    try:
        comparison = Comparison(name, path, tmp_path, keys)
    except Timeout as error:
        reason = "on the bare emulator %s" % error
    drive, boot = ("floppy a:", "boot a:") if drive_of(path) == "floppy" else ("disk 0", "boot c:")
    with Monitor(files={"/images/guest.img": path}) as mon:
        mon.define("guest", "memory 640K+4M", drive + " /images/guest.img", boot)
        before = mon.accounts()
        mon.start("guest")
        found, wrong = run_steps(mon, comparison, name, keys, tmp_path)
        state = mon.state("guest")
        mon.kill("guest")
        assert mon.accounts() == before
    print(name, *found)
    assert state[1] == "running" or name not in KEYS, " ".join(state)
    reason = " ".join(state) if state[1] != "running" else reason or wrong
    if reason:
        pytest.skip("%s cannot be compared: %s" % (name, reason))
