"""From power-on to kernel entry, on every way in, and every way it can go wrong.

The kernel here is tests/boot/kernel.c, which prints what it was handed. Volumes are made with
the polyfs tool for each test, so that what arrives in memory can be compared with what was put
on the disk."""

import gzip
import os
import re
import shutil
import struct
import subprocess
import zlib

import pytest

from qemu import Machine, drive

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build")
POLYFS = os.path.join(BUILD, "polyfs")
KERNEL = os.path.join(BUILD, "tests/boot_kernel.elf")

SECTOR = 512
LOADER_SECTOR = 24
CRC_OFFSET = 12
FLOPPY = 1440 * 1024
SAFE, IN_MEMORY, CUT = 1, 2, 4
HIDE_EXTENSIONS, HIDE_E820, HIDE_E801, SHUT_A20, WAIT_KEY = 1, 2, 4, 8, 16
GOOD_BOOT = bytes([0x10, 0x11, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a])

MODULES = {name: (name.encode() + b"\n") * count
           for name, count in (("alpha", 4000), ("beta", 777), ("gamma", 1))}
FILES = {
    "/boot/options": b"cpu=386  # old\nvme=off\n",
    "/etc/preload": b"# first things first\nalpha\nbeta optional\n\ngamma\n",
    **{"/modules/%s.mod" % name: data for name, data in MODULES.items()},
}


@pytest.fixture(scope="session", autouse=True)
def built():
    subprocess.run(["make", "-s", "boot-tests"], cwd=ROOT, check=True)


def polyfs(image, *words):
    done = subprocess.run([POLYFS, image, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def sealed_kernel():
    """The test kernel with its checksum inside, as mkimage makes it."""
    with open(KERNEL, "rb") as file:
        data = bytearray(file.read())
    data[CRC_OFFSET:CRC_OFFSET + 4] = bytes(4)
    data[CRC_OFFSET:CRC_OFFSET + 4] = struct.pack("<I", zlib.crc32(data))
    return bytes(data)


def make_volume(tmp_path, size=16 << 20, name="volume.img", change={}):
    """A bootable image with FILES, the test kernel, and `change` (None: without that file)."""
    image = str(tmp_path / name)
    tree = tmp_path / (name + ".tree")
    files = {"/boot/kernel": sealed_kernel(), **FILES, **change}
    for path, data in files.items():
        if data is not None:
            target = tree / path[1:]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    polyfs(image, "format", "-s", str(size))
    for folder in sorted(tree.iterdir()):
        polyfs(image, "put", str(folder), "/")
    options = ["--mbr"] if size > 2880 * 1024 else []
    polyfs(image, "boot", *options, os.path.join(BUILD, "boot/sector.bin"),
           os.path.join(BUILD, "boot/loader.bin"))
    return image


def make_shim(tmp_path, what, bad=None):
    """A floppy that spoils the PC and starts the hard disk. `bad`: (cylinder, head, sector,
    how often) of a sector that INT 13h cannot read."""
    with open(os.path.join(BUILD, "tests/boot_shim.bin"), "rb") as file:
        data = bytearray(file.read())
    cylinder, head, sector, times = bad or (0, 0, 0, 0)
    data[4:10] = struct.pack("<HBBBB", what, sector, cylinder, head, times)
    path = tmp_path / "shim.img"
    path.write_bytes(bytes(data).ljust(FLOPPY, b"\0"))
    return str(path)


class Report:
    """What the test kernel printed."""

    def __init__(self, pc):
        pc.serial.expect(r"boot-test: begin\r?\n")
        text = pc.serial.expect(r"(?s)\A.*boot-test: end").group(0).replace("\r", "")
        self.text = text
        self.flags = self.number(r"flags=(\d+)")
        self.drive = self.number(r"drive=(\w+)", 16)
        self.kernel = self.pair(r"kernel=(\w+)\+(\w+)", 16, 16)
        self.volume = self.pair(r"volume=(\w+)\+(\w+)", 16, 10)
        self.total = self.number(r"total=(\d+)")
        self.volume_id = re.search(r"id=(\w+)", text).group(1)
        self.cmdline = re.search(r"cmdline=\[(.*)\]", text).group(1)
        self.ranges = [(int(base, 16), int(length, 16), int(kind)) for base, length, kind
                       in re.findall(r"range (\w+)\+(\w+) type=(\d)", text)]
        self.files = [(name, int(base, 16), int(size), int(crc, 16)) for name, base, size, crc
                      in re.findall(r"file (\S+) (\w+)\+(\d+) crc=(\w+)", text)]
        assert "magic=1 version=1" in text
        assert "masks=FFFF" in text     # no interrupt with a vector of the BIOS's
        assert "data=data segment init=12345678 dirt=0" in text

    def number(self, pattern, base=10):
        return int(re.search(pattern, self.text).group(1), base)

    def pair(self, pattern, first, second):
        match = re.search(pattern, self.text)
        return int(match.group(1), first), int(match.group(2), second)

    def check(self, modules=("alpha", "beta", "gamma")):
        """All that must hold whatever was booted from."""
        usable = [(base, base + length) for base, length, kind in self.ranges if kind == 1]
        ends = [base + length for base, length, kind in self.ranges]
        assert all(end <= start[0] for end, start in zip(ends, self.ranges[1:]))
        assert all(base % 4096 == 0 and end % 4096 == 0 for base, end in usable)
        assert tuple(name for name, *rest in self.files) == tuple(modules)
        places = [self.kernel] + [(base, size) for name, base, size, crc in self.files]
        if self.flags & IN_MEMORY:
            places.append(self.volume)
        places = sorted((base, base + size) for base, size in places)
        assert all(end <= start[0] for (base, end), start in zip(places, places[1:]))
        for start, end in places:
            assert start >= 0x100000 and start % 4096 == 0
            assert any(base <= start and end <= limit for base, limit in usable)
        for name, base, size, crc in self.files:
            assert (size, crc) == (len(MODULES[name]), zlib.crc32(MODULES[name]))
        return self


def same_in_memory(pc, report, image):
    """The volume in memory is the one on the disk, up to the last block in use."""
    used = int(re.search(r"volume to memory \.+ (\d+) KB", pc.serial.text()).group(1)) * 1024
    with open(image, "rb") as file:
        wanted = file.read(used)
    assert pc.memory(report.volume[0], used) == wanted
    assert report.total == os.path.getsize(image)
    assert report.volume_id in polyfs(image, "info")
    return used


# --- the ways in ---------------------------------------------------------------------------

@pytest.mark.parametrize("kb", [360, 720, 1200, 1440, 2880])
def test_floppy(tmp_path, kb):
    image = make_volume(tmp_path, kb * 1024)
    with Machine(drive(image, "floppy"), memory=4) as pc:
        report = Report(pc).check()
        assert report.flags == IN_MEMORY
        assert report.drive == 0
        assert report.cmdline == "cpu=386 vme=off"
        same_in_memory(pc, report, image)
        assert pc.port80() == GOOD_BOOT


@pytest.mark.parametrize("pc_kind", [
    dict(machine="pc", memory=16), dict(machine="pc", memory=2),
    dict(machine="pc", memory=512, cpu="pentium"), dict(machine="isapc", cpu="486", memory=4)])
def test_hard_disk(tmp_path, pc_kind):
    image = make_volume(tmp_path, 64 << 20)
    with Machine(drive(image), **pc_kind) as pc:
        report = Report(pc).check()
        assert report.flags == 0       # the disk's driver will find it
        assert report.drive == 0x80
        assert report.total == 64 << 20
        assert report.volume_id in polyfs(image, "info")
        assert pc.port80() == GOOD_BOOT


@pytest.mark.parametrize("index", [1, 2, 3])
def test_hard_disk_elsewhere(tmp_path, index):
    """Slave and second channel; the BIOS numbers what there is from 80h."""
    image = make_volume(tmp_path)
    with Machine("-drive", "file=%s,format=raw,if=ide,index=%d,snapshot=on" % (image, index)) as pc:
        assert Report(pc).check().flags == 0


def stick(image, controller="qemu-xhci"):
    return ["-device", controller + ",id=usb", "-drive",
            "file=%s,format=raw,if=none,id=stick,snapshot=on" % image,
            "-device", "usb-storage,drive=stick,bus=usb.0,bootindex=0"]


@pytest.mark.parametrize("controller", ["piix3-usb-uhci", "usb-ehci", "qemu-xhci"])
def test_usb_stick(tmp_path, controller):
    image = make_volume(tmp_path, 64 << 20)
    with Machine(stick(image, controller), memory=32) as pc:
        report = Report(pc).check()
        assert report.flags == IN_MEMORY
        assert report.volume[1] < 8 << 20      # not the free 64 MB
        used = same_in_memory(pc, report, image)
        assert report.volume[1] > used         # but something to write to


def test_usb_stick_beside_another_volume(tmp_path):
    """A disk with a volume is there, but not with this one."""
    image = make_volume(tmp_path, 16 << 20)
    other = make_volume(tmp_path, 16 << 20, name="other.img")
    with Machine(stick(image), drive(other), memory=32) as pc:
        report = Report(pc).check()
        assert report.flags == IN_MEMORY
        same_in_memory(pc, report, image)


def test_volume_that_does_not_fit(tmp_path):
    big = os.urandom(1 << 20) * 6
    image = make_volume(tmp_path, 16 << 20, change={"/images/big": big})
    with Machine(stick(image), memory=4) as pc:
        report = Report(pc).check()
        assert report.flags == IN_MEMORY | CUT
        assert 64 << 10 <= report.volume[1] <= 2 << 20
        with open(image, "rb") as file:
            assert pc.memory(*report.volume) == file.read(report.volume[1])
        assert "of the volume fit into memory" in pc.serial.text()


@pytest.mark.parametrize("what", [HIDE_EXTENSIONS, HIDE_E820, HIDE_E820 | HIDE_E801, SHUT_A20,
                                  HIDE_EXTENSIONS | HIDE_E820 | HIDE_E801 | SHUT_A20])
def test_old_bios(tmp_path, what):
    image = make_volume(tmp_path, 64 << 20)
    with Machine(drive(make_shim(tmp_path, what), "floppy"), drive(image), "-boot", "a",
                 memory=24) as pc:
        report = Report(pc).check()
        assert report.flags == 0
        assert report.drive == 0x80
        high = sum(length for base, length, kind in report.ranges if kind == 1 and base)
        assert 22 << 20 < high <= 23 << 20
        if what & HIDE_E820:
            assert len(report.ranges) <= 3


# --- a key -----------------------------------------------------------------------------------

def test_key_pressed(tmp_path):
    image = make_volume(tmp_path)
    with Machine(drive(make_shim(tmp_path, WAIT_KEY), "floppy"), drive(image), "-boot", "a") as pc:
        pc.wait_screen("shim: press a key")
        pc.keys("x")
        report = Report(pc).check(["alpha", "gamma"])
        assert report.flags == SAFE
        assert "safe start" in pc.serial.text()


def test_shift_held(tmp_path):
    image = make_volume(tmp_path)
    with Machine(drive(image), "-boot", "menu=on,splash-time=2000") as pc:
        pc.wait_screen("ESC for boot menu")
        pc.press("shift")
        report = Report(pc).check(["alpha", "gamma"])
        assert report.flags == SAFE


def test_option_safe(tmp_path):
    image = make_volume(tmp_path, change={"/boot/options": b"safe"})
    with Machine(drive(image)) as pc:
        assert Report(pc).check(["alpha", "gamma"]).flags == SAFE


# --- failures ------------------------------------------------------------------------------

def stops(pc, pattern, codes=True):
    """The line comes, on screen and serial; a key then restarts."""
    pc.wait_screen(pattern)
    if codes:
        pc.serial.expect(pattern)
    pc.wait_screen("Press a key to restart")
    pc.wait_port80(0xFF)
    assert "boot-test" not in pc.serial.text()
    pc.keys("ret")
    pc.wait_event("RESET")


def test_too_little_memory(tmp_path):
    image = make_volume(tmp_path)
    with Machine(drive(image), memory=1, machine="isapc", cpu="486") as pc:
        stops(pc, r"too little memory: \d+ KB \+ 0 KB found, 512 KB \+ 768 KB needed")


def without_checksum(data, at=None, value=None):
    data = bytearray(data)
    data[CRC_OFFSET:CRC_OFFSET + 4] = bytes(4)
    if at is not None:
        data[at:at + len(value)] = value
    return bytes(data)


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]


# Name of the case -> changed files, what is said.
BROKEN = {
    "kernel-missing": ({"/boot/kernel": None}, "kernel missing: .*/boot/kernel"),
    "kernel-empty": ({"/boot/kernel": b""}, "damaged: it has no ELF header"),
    "kernel-text": ({"/boot/kernel": b"hello" * 1000}, "damaged: it has no ELF header"),
    "kernel-flipped": ({"/boot/kernel": lambda k: flipped(k, len(k) // 2)},
                       "damaged: its checksum is wrong"),
    "kernel-cut": ({"/boot/kernel": lambda k: k[:5000]}, "damaged: .*outside the file"),
    "kernel-64-bit": ({"/boot/kernel": lambda k: without_checksum(k, 4, b"\2")},
                      "damaged: it is not for a 386"),
    "kernel-beyond-ram": ({"/boot/kernel": lambda k: without_checksum(
        k, 52 + 2 * 32 + 12, struct.pack("<I", 0x40000000))}, "not all free RAM"),
    "kernel-low": ({"/boot/kernel": lambda k: without_checksum(
        k, 52 + 12, struct.pack("<I", 0x7000))}, "belongs below 1 MB"),
    "module-missing": ({"/modules/gamma.mod": None},
                       "module missing: /modules/gamma.mod, which /etc/preload line 5"),
    "list-missing": ({"/etc/preload": None}, "/etc/preload cannot be read: not found"),
    "list-nonsense": ({"/etc/preload": b"alpha\nbeta gamma\n"}, "/etc/preload line 2: not of"),
    "name-too-long": ({"/etc/preload": b"x" * 40}, "at most 31"),
    "too-many-modules": ({"/etc/preload": "".join("m%d\n" % i for i in range(65)).encode(),
                          **{"/modules/m%d.mod" % i: b"m" for i in range(65)}},
                         "more than 64 modules"),
    "module-too-large": ({"/modules/alpha.mod": bytes(9 << 20)}, "no room for module alpha"),
    "options-too-long": ({"/boot/options": b"x" * 300}, "more than 255 characters"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_volume(tmp_path, case):
    change, said = BROKEN[case]
    change = {path: data(sealed_kernel()) if callable(data) else data
              for path, data in change.items()}
    image = make_volume(tmp_path, change=change)
    with Machine(drive(image), memory=8) as pc:
        stops(pc, said)


def test_optional_module_missing(tmp_path):
    image = make_volume(tmp_path, change={"/modules/beta.mod": None})
    with Machine(drive(image)) as pc:
        Report(pc).check(["alpha", "gamma"])
        assert "optional module /modules/beta.mod is not there" in pc.serial.text()


def patch(image, offset, data):
    with open(image, "r+b") as file:
        file.seek(offset)
        file.write(data)


def test_superblocks_gone(tmp_path):
    image = make_volume(tmp_path)
    patch(image, 8 * SECTOR, bytes(9 * SECTOR))
    with Machine(drive(image)) as pc:
        stops(pc, "no usable volume on drive 80h: ")


def test_loader_damaged(tmp_path):
    image = make_volume(tmp_path)
    patch(image, (LOADER_SECTOR + 9) * SECTOR, b"\xAA")
    with Machine(drive(image)) as pc:
        pc.wait_screen("poly86: loader damaged")
        pc.wait_port80(0xFF)
        assert pc.port80() == b"\x10\xFF"


# --- read errors -----------------------------------------------------------------------------

def failing(tmp_path, image, sector, once=False):
    """The image behind QEMU's fault injector: reads that touch `sector` fail."""
    conf = tmp_path / "blkdebug.conf"
    conf.write_text('[inject-error]\nevent = "none"\niotype = "read"\nerrno = "5"\n'
                    'sector = "%d"\nonce = "%s"\n' % (sector, "on" if once else "off"))
    return "blkdebug:%s:%s" % (conf, image)


def sector_of(image, data):
    """Where a file's contents are."""
    with open(image, "rb") as file:
        return file.read().index(data) // SECTOR


# The emulator's own floppy controller turns read errors into zeros, so what is slow and
# unreliable is played by the shim's INT 13h.

def test_loader_unreadable(tmp_path):
    image = make_volume(tmp_path)
    path = failing(tmp_path, image, LOADER_SECTOR + 3)
    with Machine("-drive", "file=%s,format=raw,if=ide" % path) as pc:
        pc.wait_screen("poly86: disk error [0-9A-F]{2}h")
        pc.wait_port80(0xFF)


def test_module_unreadable(tmp_path):
    image = make_volume(tmp_path)
    sector = sector_of(image, MODULES["alpha"][:1024])
    path = failing(tmp_path, image, sector)
    with Machine("-drive", "file=%s,format=raw,if=ide" % path) as pc:
        stops(pc, r"disk error [0-9A-F]{2}h at sector %d of drive 80h" % sector)


def test_error_that_passes(tmp_path):
    image = make_volume(tmp_path)
    path = failing(tmp_path, image, sector_of(image, MODULES["alpha"][:1024]), once=True)
    with Machine("-drive", "file=%s,format=raw,if=ide" % path) as pc:
        Report(pc).check()


def chs(sector, heads=16, track_sectors=63):
    """Cylinder, head, sector from 1, in the geometry SeaBIOS gives a small disk."""
    track = sector // track_sectors
    return track // heads, track % heads, sector % track_sectors + 1


@pytest.mark.parametrize("times,started", [(1, True), (4, True), (5, False), (255, False)])
def test_loader_by_track_with_errors(tmp_path, times, started):
    """The boot sector tries five times."""
    image = make_volume(tmp_path)
    shim = make_shim(tmp_path, HIDE_EXTENSIONS, (*chs(LOADER_SECTOR + 5), times))
    with Machine(drive(shim, "floppy"), drive(image), "-boot", "a") as pc:
        if started:
            Report(pc).check()
        else:
            pc.wait_screen("poly86: disk error 10h")
            pc.wait_port80(0xFF)
            assert pc.port80() == b"\x10\xFF"


@pytest.mark.parametrize("times,started", [(4, True), (6, True), (255, False)])
def test_module_by_track_with_errors(tmp_path, times, started):
    """The loader tries five times for the track, and five times for the sector."""
    image = make_volume(tmp_path)
    sector = sector_of(image, MODULES["alpha"][:1024])
    shim = make_shim(tmp_path, HIDE_EXTENSIONS, (*chs(sector), times))
    with Machine(drive(shim, "floppy"), drive(image), "-boot", "a") as pc:
        if started:
            Report(pc).check()
        else:
            stops(pc, "disk error 10h at sector %d of drive 80h" % sector)


def test_bad_sector_that_nobody_needs(tmp_path):
    """It lies in a track that is read for something else."""
    image = make_volume(tmp_path, 16 << 20, change={"/unused": os.urandom(2048)})
    with open(str(tmp_path / "volume.img.tree" / "unused"), "rb") as file:
        path = failing(tmp_path, image, sector_of(image, file.read()))
    with Machine("-drive", "file=%s,format=raw,if=ide" % path) as pc:
        assert Report(pc).check().flags == 0


# --- Multiboot -------------------------------------------------------------------------------

def test_multiboot(tmp_path):
    image = make_volume(tmp_path, 8 << 20)
    with Machine("-kernel", KERNEL, "-initrd", image, "-append", "cpu=386 a=/b", memory=32) as pc:
        report = Report(pc).check()
        assert report.flags == IN_MEMORY
        assert report.drive == 0xFFFF
        assert report.cmdline == "cpu=386 a=/b"
        assert report.volume[1] == report.total == 8 << 20
        with open(image, "rb") as file:
            assert pc.memory(*report.volume) == file.read()
        assert pc.port80() == bytes([0x30, 0x25, 0x26, 0x2A])


def test_multiboot_takes_the_volumes_options(tmp_path):
    image = make_volume(tmp_path, FLOPPY)
    with Machine("-kernel", KERNEL, "-initrd", image, memory=8) as pc:
        assert Report(pc).check().cmdline == "cpu=386 vme=off"


def test_multiboot_safe(tmp_path):
    image = make_volume(tmp_path, FLOPPY)
    with Machine("-kernel", KERNEL, "-initrd", image, "-append", "safe", memory=8) as pc:
        assert Report(pc).check(["alpha", "gamma"]).flags == SAFE | IN_MEMORY


def halts(pc, pattern):
    pc.serial.expect(pattern)
    pc.wait_screen(pattern)
    pc.wait_port80(0xFF)


def test_multiboot_without_volume():
    with Machine("-kernel", KERNEL, memory=8) as pc:
        halts(pc, "poly86: no volume: give its image as the first module")


def test_multiboot_compressed(tmp_path):
    image = make_volume(tmp_path, FLOPPY)
    packed = tmp_path / "volume.img.gz"
    with open(image, "rb") as file:
        packed.write_bytes(gzip.compress(file.read(), 1))
    with Machine("-kernel", KERNEL, "-initrd", str(packed), memory=8) as pc:
        halts(pc, "poly86: the volume .* is compressed")


@pytest.mark.parametrize("data", [b"x", b"short", bytes(100 * 1024)],
                         ids=["one byte", "short", "zeros"])
def test_multiboot_with_something_else(tmp_path, data):
    other = tmp_path / "other"
    other.write_bytes(data)
    with Machine("-kernel", KERNEL, "-initrd", str(other), memory=8) as pc:
        halts(pc, "poly86: the first module is no poly86 volume")


def test_multiboot_module_missing(tmp_path):
    image = make_volume(tmp_path, FLOPPY, change={"/modules/alpha.mod": None})
    with Machine("-kernel", KERNEL, "-initrd", image, memory=8) as pc:
        halts(pc, "poly86: module missing: /modules/alpha.mod")


@pytest.mark.skipif(not shutil.which("grub-mkstandalone") or not shutil.which("xorriso"),
                    reason="no GRUB here")
def test_grub(tmp_path):
    """GRUB with kernel and volume in its own memory disk, started from a CD."""
    image = make_volume(tmp_path, FLOPPY)
    config = tmp_path / "grub.cfg"
    config.write_text("multiboot /kernel cpu=386\nmodule /volume\nboot\n")
    core = tmp_path / "grub.img"
    done = subprocess.run(
        ["grub-mkstandalone", "-O", "i386-pc-eltorito", "-o", str(core), "--fonts=", "--themes=",
         "--locales=", "--install-modules=multiboot normal memdisk tar",
         "boot/grub/grub.cfg=%s" % config, "kernel=%s" % KERNEL, "volume=%s" % image],
        capture_output=True, text=True)
    if done.returncode:
        pytest.skip("grub-mkstandalone: " + done.stderr)
    folder = tmp_path / "cd"
    folder.mkdir()
    shutil.copy(core, folder / "grub.img")
    disc = str(tmp_path / "grub.iso")
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-b", "grub.img", "-no-emul-boot",
                    "-boot-load-size", "4", "-boot-info-table", "-o", disc, str(folder)],
                   check=True, capture_output=True)
    with Machine("-cdrom", disc, "-boot", "d", memory=64) as pc:
        report = Report(pc).check()
        assert report.flags == IN_MEMORY
        assert report.cmdline == "cpu=386"
        with open(image, "rb") as file:
            assert pc.memory(*report.volume) == file.read()


# --- the real images -------------------------------------------------------------------------

PROMPT = r"poly86> $"
LOST = "changes are lost"


def image_of(name):
    path = os.path.join(BUILD, name)
    if not os.path.exists(path):
        pytest.skip("build/%s is not built" % name)
    return path


@pytest.mark.parametrize("pc_kind", [
    dict(machine="pc", memory=16, cpu="pentium"), dict(machine="isapc", cpu="486", memory=4)])
def test_image_as_disk(pc_kind):
    with Machine(drive(image_of("poly86.img")), **pc_kind) as pc:
        assert LOST not in pc.serial.expect(r"(?s)\A.*" + PROMPT).group(0)


@pytest.mark.parametrize("medium", ["stick", "floppy", "multiboot"])
def test_image_in_memory(medium):
    """The volume comes along, the shell says so, and it can be written."""
    if medium == "floppy":
        args, memory = drive(image_of("poly86-floppy.img"), "floppy"), 4
    elif medium == "stick":
        args, memory = stick(image_of("poly86.img")), 16
    else:
        args, memory = ["-kernel", image_of("kernel.elf"), "-initrd", image_of("poly86.img")], 96
    with Machine(args, memory=memory) as pc:
        assert LOST in pc.serial.expect(r"(?s)\A.*" + PROMPT).group(0)
        for copy in range(3):
            assert pc.serial.ask("cp /modules/x86.mod /copy%d" % copy).strip() == ""
        listed = pc.serial.ask("ls /")
        assert all("copy%d" % copy in listed for copy in range(3))


def test_image_is_consistent():
    for name in ("poly86.img", "poly86-floppy.img"):
        polyfs(image_of(name), "check")
    assert os.path.getsize(image_of("poly86-floppy.img")) == FLOPPY
    modules = polyfs(image_of("poly86.img"), "ls", "/modules")
    assert polyfs(image_of("poly86-floppy.img"), "ls", "/modules") == modules
