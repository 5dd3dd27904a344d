"""Modules that come off the volume: taken with what they need, or refused with the reason and
without a trace."""

import os
import struct
import subprocess
import sys

import pytest

from monitor import BUILD, ROOT, Monitor

sys.path.insert(0, os.path.join(ROOT, "tools"))
from seal_module import seal

FOLDER = os.path.join(BUILD, "tests/modules")
NAMES = ["plain", "ping", "pong", "lonely", "older", "future", "greedy", "stranger"]

SECTION_TABLE, MACHINE, TYPE, SECTION_COUNT = 0x20, 0x12, 0x10, 0x30     # in an ELF header
SECTION_SIZE = 40
SEAL = 8
SYMBOLS, STRINGS, REL = 2, 3, 9                                          # kinds of sections


@pytest.fixture(scope="module")
def modules():
    subprocess.run(["make", "-s", "module-tests"], cwd=ROOT, check=True)
    found = {}
    for name in NAMES:
        with open(os.path.join(FOLDER, name + ".mod"), "rb") as file:
            found[name] = file.read()
    return found


def patched(data, at, values):
    return data[:at] + values + data[at + len(values):]


def sections(data):
    """(place of its header, fields) of each section."""
    table, = struct.unpack_from("<I", data, SECTION_TABLE)
    count, = struct.unpack_from("<H", data, SECTION_COUNT)
    for place in range(table, table + count * SECTION_SIZE, SECTION_SIZE):
        yield place, struct.unpack_from("<10I", data, place)


def kind(data, wanted):
    return next((place, fields) for place, fields in sections(data) if fields[1] == wanted)


def flipped(data, bit):
    return patched(data, bit // 8, bytes([data[bit // 8] ^ 1 << bit % 8]))


def broken_seals(sealed):
    """As `damages`: what happens to a file on its way, which the seal shows."""
    bits = len(sealed) * 8
    for bit in [*range(0, bits - 8 * SEAL, bits // 12), *range(bits - 8 * SEAL, bits, 13)]:
        yield "bit-%d" % bit, flipped(sealed, bit), "damaged: it.* checksum"
    for tenth in range(1, 10):
        yield "cut-%d" % tenth, sealed[:len(sealed) * tenth // 10], "damaged: it carries no checksum"
    yield "unsealed", sealed[:-SEAL], "damaged: it carries no checksum"
    yield "short", sealed[:SEAL - 1], "damaged: cut off"
    yield "empty", b"", "plain"


def damages(good):
    """Name of the damage, the file under a seal that is right, and what the refusal says."""
    for name, data, reason in bare_damages(good):
        yield name, seal(data), reason


def bare_damages(good):
    symbols, symbol_fields = kind(good, SYMBOLS)
    rel, rel_fields = kind(good, REL)
    huge = struct.pack("<I", 0x7FFFFFF0)
    yield "text", b"this is no module\n" * 20, "damaged: not an ELF file"
    yield "header-only", good[:52], "damaged: section table"
    yield "class", patched(good, 4, b"\x02"), "damaged: not a relocatable file for the i386"
    yield "machine", patched(good, MACHINE, b"\x3e\x00"), "damaged: not a relocatable file for the i386"
    yield "type", patched(good, TYPE, b"\x02\x00"), "damaged: not a relocatable file for the i386"
    yield "many-sections", patched(good, SECTION_COUNT, b"\xff\xff"), "damaged: section table"
    yield "table-outside", patched(good, SECTION_TABLE, huge), "damaged: section table"
    yield "section-outside", patched(good, symbols + 16, huge), "damaged: a section reaches beyond"
    yield "section-long", patched(good, symbols + 20, huge), "damaged: a section reaches beyond"
    yield "strings-link", patched(good, symbols + 24, b"\xee"), "damaged: symbol table"
    yield "rel-offset", patched(good, rel_fields[4], huge), "damaged: relocation outside its section"
    yield "rel-symbol", patched(good, rel_fields[4] + 5, b"\xff\xff\xff"), "damaged: symbol number"
    yield "rel-type", patched(good, rel_fields[4] + 4, b"\x77"), "damaged: unknown relocation type"
    yield "rel-addends", patched(good, rel + 4, b"\x04"), "damaged: relocations with addends"
    yield "alignment", patched(good, list(sections(good))[1][0] + 32, b"\x03"), "damaged: section alignment"
    yield "no-symbols", patched(good, symbols + 4, b"\x01"), "damaged: no symbol table"
    yield "other-name", good.replace(b"plain\0", b"brain\0"), "its descriptor names another module"
    yield "no-descriptor", good.replace(b"module_info\0", b"module_imfo\0"), "no module descriptor"


def test_damaged_files_are_refused_and_leave_nothing(modules):
    sealed = modules["plain"]
    cases = [*broken_seals(sealed), *damages(sealed[:-SEAL])]
    files = {"/damage/%s" % name: data for name, data, _ in cases}
    with Monitor(files={"/modules/plain.mod": modules["plain"], **files}) as mon:
        for name, _, reason in cases:
            mon.run("cp /damage/%s /modules/plain.mod" % name)
            before = mon.accounts()
            mon.refused("module load plain", "plain: .*%s" % reason)
            assert mon.accounts() == before, name
        assert "plain" not in mon.modules()


def test_needs_and_versions(modules):
    files = {"/modules/%s.mod" % name: modules[name] for name in NAMES}
    with Monitor(files=files) as mon:
        before, names = mon.accounts(), mon.modules()
        mon.refused("module load ping", "ping: needs itself by way of others")
        mon.refused("module load pong", "pong: needs itself by way of others")
        mon.refused("module load lonely", "lonely: needs game nobody: ")
        mon.refused("module load future", "made for module interface 2, this kernel has 1")
        mon.refused("module load greedy", "greedy: did not start: ")
        mon.refused("module load stranger", "needs the symbol no_such_function")
        mon.refused("module load nobody", "nobody: ")
        mon.refused("module load ../etc/startup", "startup: ")
        mon.refused("module load " + "a" * 100, "a: ")
        assert mon.modules() == names and mon.accounts() == before
        # `older` wants another version of what `plain` offers: plain comes and may stay or go.
        mon.refused("module load older", "older: needs game plain: wrong version")
        assert "game plain: contract version 9 wanted, plain offers 1" in mon.run("log")
        if "plain" in mon.modules():
            mon.run("module unload plain")
        assert mon.modules() == names and mon.accounts() == before


def test_load_use_unload(modules):
    good = modules["plain"]
    with Monitor(files={"/modules/plain.mod": good}) as mon:
        before = mon.accounts()
        for _ in range(3):
            mon.run("module load plain")
            assert "plain" in mon.modules()
            assert "offers game plain, version 1, 0 users" in mon.run("module info plain")
            mon.run("module load plain")
            mon.run("module unload plain")
            assert "plain" not in mon.modules() and mon.accounts() == before
        mon.refused("module unload plain", "plain: ")
        mon.refused("module unload polyfs", "polyfs: ")
        mon.refused("module info plain", "plain: not loaded")
        mon.refused("module", "usage: module")
        mon.refused("module frobnicate x", "usage: module")


def test_damaged_preload_is_told_and_survived(modules):
    """A module of the preload list that is broken: the boot says so and goes on."""
    with Monitor(files={"/modules/rtc.mod": modules["future"],
                        "/modules/mc146818.mod": modules["future"]}) as mon:
        assert "module interface 2" in mon.run("log")
        mon.refused("date", "date: ")
        mon.run("ls /")


def test_idle_modules_make_room(tmp_path):
    """When frames run out, a module that nobody uses goes, and what wanted the frame goes on."""
    floppy = tmp_path / "memory.img"
    subprocess.run(["nasm", "-f", "bin", "-o", floppy, os.path.join(ROOT, "tests/machine/memory_guest.asm")],
                   check=True)
    with Monitor(files={"/images/memory.img": str(floppy)}, memory=4) as mon:
        names, full = ["ma", "mb", "mc", "md", "me"], []
        for name in names:
            mon.define(name, "memory 640K", "floppy a: /images/memory.img ro", "boot a:")
        mon.run("module load fat")
        for name in names:
            status = mon.try_run("vm start " + name)[1]
            while not status and mon.state(name)[1] == "running" and "full" not in mon.text(name):
                mon.run("sleep 1")
            if "memory ran out: modules that nobody used are gone" in mon.run("log"):
                break
            assert status == 0 and "fat" in mon.modules(), mon.run("log")
            full.append(name)
        assert "fat" not in mon.modules() and len(full) >= 2
        for name in full:
            assert mon.state(name)[1] == "running" and "full" in mon.text(name)
