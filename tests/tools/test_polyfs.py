"""The host tool, and what it writes, read back by a program made from docs/polyfs-format.md
alone: tool and document must agree."""

import os
import random
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POLYFS = ROOT / "build/polyfs"
FUZZ = "build/unit/tests/fuzz/polyfs_fuzz"
BLOCK, SECTOR = 1024, 512
GROUP, ENTRIES = 7936, 496
INODE, NAME, EXTENT, ORPHAN = range(4)


class Volume:
    """Section by section what the document says; any surprise is an AssertionError."""

    def __init__(self, path):
        self.data = Path(path).read_bytes()
        supers = [s for s in (self.superblock(8), self.superblock(16)) if s]
        self.super = max(supers, key=lambda s: struct.unpack_from("<Q", s, 16))
        (self.generation,) = struct.unpack_from("<Q", self.super, 16)
        (self.blocks, self.boot, self.bitmaps, self.start, self.groups, self.root, self.free,
         _) = struct.unpack_from("<8I", self.super, 72)
        tables = -(-self.groups // ENTRIES)
        assert self.bitmaps == self.boot + 2 * tables
        assert self.start == self.bitmaps + 2 * self.groups
        assert -(-(self.blocks - self.start) // GROUP) == self.groups
        self.records, self.used = {}, set()
        self.walk(self.root, self.super[15] - 1, 0, 1 << 64)

    @staticmethod
    def crc(block, at):
        return zlib.crc32(block[:at] + bytes(4) + block[at + 4:])

    def superblock(self, sector):
        block = self.data[sector * SECTOR:][:SECTOR]
        if block[:8] != b"polyfs\r\n" or struct.unpack_from("<I", block, 8)[0] != self.crc(block, 8):
            return None
        assert struct.unpack_from("<HB", block, 12) == (1, 10)
        assert block[16] % 2 == (sector == 16)
        return block

    def block(self, number, magic):
        block = self.data[number * BLOCK:][:BLOCK]
        found, crc, here, tag, generation, level, count, index = struct.unpack_from(
            "<4sII4sQHHI", block)
        assert (found, crc, here, tag) == (magic, self.crc(block, 4), number, self.super[24:28])
        assert generation <= self.generation
        return block, level, count, index

    def use(self, number):
        assert self.start <= number < self.blocks and number not in self.used
        self.used.add(number)

    def walk(self, number, level, low, high):
        block, found, count, _ = self.block(number, b"Pfsn")
        assert found == level
        self.use(number)
        if level == 0:
            end = BLOCK
            for i in range(count):
                key, offset, length = struct.unpack_from("<QHH", block, 32 + 12 * i)
                assert offset + length == end and low <= key < high
                end, low = offset, key + 1
                self.records[key] = block[offset:offset + length]
            return
        children = [struct.unpack_from("<QI", block, 32 + 12 * i) for i in range(count)]
        assert children[0][0] == low
        for (key, child), (end, _) in zip(children, children[1:] + [(high, 0)]):
            self.walk(child, level - 1, key, end)

    def of(self, inode, kind):
        return [(key & 0xFFFFFFFF, record) for key, record in sorted(self.records.items())
                if key >> 34 == inode and key >> 32 & 3 == kind]

    def contents(self, inode):
        (size,) = struct.unpack_from("<Q", self.records[inode << 34])
        out = bytearray(-(-size // BLOCK) * BLOCK)
        for first, record in self.of(inode, EXTENT):
            start, count = struct.unpack("<II", record)
            out[first * BLOCK:(first + count) * BLOCK] = self.data[start * BLOCK:(start + count) * BLOCK]
            for number in range(start, start + count):
                self.use(number)
        return bytes(out[:size])

    def tree(self, inode=1, path=""):
        """Every path with its contents; None for a directory."""
        found = {}
        names = self.of(inode, NAME)
        assert struct.unpack_from("<Q", self.records[inode << 34])[0] == len(names)
        for offset, record in names:
            child, kind, length = struct.unpack_from("<IBB", record)
            name = record[6:]
            assert len(name) == length and offset >> 8 == zlib.crc32(name) & 0xFFFFFF
            below = path + "/" + name.decode()
            assert struct.unpack_from("<IH", self.records[child << 34], 20) == (inode, kind)
            found[below] = self.contents(child) if kind == 1 else None
            if kind == 2:
                found |= self.tree(child, below)
        return found

    def check_free(self):
        """After tree(): the bitmaps must call used exactly what was used."""
        total = 0
        for group in range(self.groups):
            table = group // ENTRIES
            block, _, _, index = self.block(
                self.boot + 2 * table + (self.super[256 + table // 8] >> table % 8 & 1), b"Pfst")
            assert index == table
            (entry,) = struct.unpack_from("<H", block, 32 + 2 * (group % ENTRIES))
            first = self.start + group * GROUP
            length = min(GROUP, self.blocks - first)
            bits = bytes(BLOCK)
            if entry & 0x7FFF != length:
                bits, _, _, index = self.block(self.bitmaps + 2 * group + (entry >> 15), b"Pfsb")
                assert index == group
            used = {first + i for i in range(GROUP) if bits[32 + i // 8] >> i % 8 & 1}
            assert used == {number for number in self.used if first <= number < first + GROUP}
            assert entry & 0x7FFF == length - len(used)
            total += entry & 0x7FFF
        assert total == self.free


def polyfs(*words, status=0, **options):
    done = subprocess.run([POLYFS, *map(str, words)], capture_output=True, check=False, **options)
    assert done.returncode == status, done
    assert status == 0 or len((done.stderr or done.stdout).splitlines()) == 1 or status == 2
    return done.stdout


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "volume.img"
    polyfs(path, "format", "-s", "1440K", "--id", "00112233445566778899aabbccddeeff", "--label", "test")
    return path


def agree(image, files):
    volume = Volume(image)
    assert volume.tree() == files
    volume.check_free()
    polyfs(image, "check")


def test_files_go_in_and_out(image, tmp_path):
    rand = random.Random(1)
    files = {"/sub": None, "/sub/deep": None}
    polyfs(image, "mkdir", "-p", "/sub/deep")
    for i in range(60):
        data = rand.randbytes(rand.choice([0, 1, 511, 1024, 1025, 30000]))
        name = rand.choice(["/", "/sub/", "/sub/deep/"]) + f"file {i}" + "x" * rand.choice([0, 200])
        polyfs(image, "put", "-", name, input=data)
        files[name] = data
    agree(image, files)
    for name, data in files.items():
        if data is not None:
            assert polyfs(image, "cat", name) == data
    for name in [n for n in files if files[n] is not None][::3]:
        polyfs(image, "rm", name)
        del files[name]
    some = next(n for n in files if files[n])
    polyfs(image, "mv", some, "/moved")
    files["/moved"] = files.pop(some)
    agree(image, files)
    polyfs(image, "get", "/moved", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == files["/moved"]
    polyfs(image, "rm", "-r", "/sub")
    agree(image, {n: d for n, d in files.items() if not n.startswith("/sub")})


def test_directories_go_in_whole(image, tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/one").write_bytes(b"1")
    (tmp_path / "a/b/two").write_bytes(b"2" * 5000)
    polyfs(image, "put", "-p", tmp_path / "a", "/x/y/")
    agree(image, {"/x": None, "/x/y": None, "/x/y/a": None, "/x/y/a/b": None, "/x/y/a/one": b"1",
                  "/x/y/a/b/two": b"2" * 5000})
    assert polyfs(image, "ls", "/x/y/a") == b"b/\none\n"


def test_holes(image):
    data = bytes(700000) + b"end"
    polyfs(image, "put", "--sparse", "-", "/disk", input=data)
    agree(image, {"/disk": data})
    assert Volume(image).free > 1300


def test_builds_repeat_to_the_byte(image, tmp_path):
    other = tmp_path / "other.img"
    env = os.environ | {"SOURCE_DATE_EPOCH": "1000000000"}
    images = []
    for path in (tmp_path / "one.img", other):
        polyfs(path, "format", "-s", "4M", "--id", "0" * 32, env=env)
        polyfs(path, "put", __file__, "/file", env=env)
        images.append(path.read_bytes())
    assert images[0] == images[1]


def test_boot_area(image, tmp_path):
    code, loader = tmp_path / "code", tmp_path / "loader"
    code.write_bytes(b"\xEB\xFE" * 100)
    loader.write_bytes(b"loader!" * 1000)
    polyfs(image, "put", "-", "/file", input=b"kept")
    before = image.read_bytes()
    with image.open("r+b") as f:
        f.seek(440)
        f.write(b"SIGN")
    polyfs(image, "boot", code, loader)
    after = image.read_bytes()
    assert after[:200] == b"\xEB\xFE" * 100 and after[440:444] == b"SIGN" and after[510:512] == b"\x55\xAA"
    magic, first, sectors, heads, track, total, size = struct.unpack_from("<4sIHBBII", after, 416)
    assert (magic, first, sectors, heads, track, size) == (b"PfsB", 24, 14, 2, 18, 2880)
    assert after[24 * 512:][:7000] == loader.read_bytes()
    assert total == sum(struct.unpack(f"<{14 * 128}I", after[24 * 512:38 * 512])) % 2**32
    assert before[512:24 * 512] == after[512:24 * 512] and before[38 * 512:] == after[38 * 512:]
    polyfs(image, "boot", "--mbr", code, loader)
    assert image.read_bytes()[446] == 0x80
    boot = image.read_bytes()[:512]
    polyfs(image, "put", "-", "/more", input=bytes(100000))
    polyfs(image, "format")
    assert image.read_bytes()[:512] == boot
    loader.write_bytes(bytes(100000))
    polyfs(image, "boot", code, loader, status=1)
    code.write_bytes(bytes(range(1, 251)) * 2)
    polyfs(image, "boot", code, loader, status=1)


def test_partition(tmp_path):
    disk = tmp_path / "disk.img"
    disk.write_bytes(b"\xAA" * (2 << 20))
    polyfs("--offset", 63, disk, "format")
    polyfs("--offset", 63, disk, "put", "-", "/file", input=b"inside")
    assert polyfs("--offset", 63, disk, "cat", "/file") == b"inside"
    assert disk.read_bytes()[:63 * 512] == b"\xAA" * 63 * 512


def test_errors_are_one_line(image, tmp_path):
    polyfs(image, "cat", "/nothing", status=1)
    polyfs(image, "mkdir", "/a/b", status=1)
    polyfs(image, "rm", "/", status=1)
    polyfs(image, "put", "/no/such/file", "/x", status=1)
    polyfs(image, "put", "-", "/x", status=1, input=bytes(2 << 20))
    polyfs(tmp_path / "none.img", "ls", status=1)
    (tmp_path / "zeros.img").write_bytes(bytes(1 << 20))
    polyfs(tmp_path / "zeros.img", "ls", status=1)
    polyfs(image, "nonsense", status=2)
    polyfs(image, "cat", status=2)
    polyfs(image, "check")


def test_check_tells(image):
    polyfs(image, "put", "-", "/file", input=bytes(5000))
    data = bytearray(image.read_bytes())
    root = Volume(image).root
    data[root * BLOCK + 1000] ^= 1
    image.write_bytes(data)
    done = subprocess.run([POLYFS, image, "check"], capture_output=True, check=False)
    assert done.returncode == 1


def test_damaged_volumes():
    subprocess.run(["make", "-s", FUZZ], cwd=ROOT, check=True)
    done = subprocess.run([ROOT / FUZZ, "5"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
