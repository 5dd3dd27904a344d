"""The video BIOS on a bare PC: the same probe with ours and with the one that QEMU brings must
get the same answers and leave the same text memory, for both drive the same VGA."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROM = ROOT / "build/rom/vgabios.bin"
PROBE = ROOT / "tests/machine/vgabios_probe.asm"
LIMIT = 120


@pytest.fixture(scope="module")
def floppy(tmp_path_factory):
    image = tmp_path_factory.mktemp("vgabios") / "probe.img"
    subprocess.run(["nasm", "-f", "bin", str(PROBE), "-o", str(image)], check=True)
    os.truncate(image, 1474560)
    return image


def transcript(floppy, folder, rom=None):
    """What the probe said. The ISA machine takes its VGA's ROM from a file, ours first."""
    out = folder / "transcript"
    arguments = ["qemu-system-i386", "-M", "isapc", "-cpu", "486", "-vga", "std", "-display", "none", "-net", "none",
                 "-drive", "file=%s,format=raw,if=floppy,readonly=on" % floppy, "-boot", "a",
                 "-chardev", "file,id=log,path=%s" % out,
                 "-device", "isa-debugcon,chardev=log,iobase=0xe9",
                 "-device", "isa-debug-exit,iobase=0xf4,iosize=1"]
    if rom:
        shutil.copy(rom, folder / "vgabios.bin")
        arguments += ["-L", str(folder)]
    subprocess.run(arguments, timeout=LIMIT, check=False)
    return out.read_bytes()


def split(data):
    """The answers as (AX, BX, CX, DX), and text memory before and after the mode sets."""
    words, before, after = data[:-0x10000], data[-0x10000:-0x8000], data[-0x8000:]
    calls = [words[i:i + 8] for i in range(0, len(words), 8)]
    return [tuple(int.from_bytes(call[j:j + 2], "little") for j in (0, 2, 6, 4)) for call in calls], before, after


def test_answers_as_another_video_bios(floppy, tmp_path):
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    ours, our_before, our_after = split(transcript(floppy, tmp_path / "ours", ROM))
    theirs, their_before, their_after = split(transcript(floppy, tmp_path / "theirs"))
    assert len(ours) > 60
    wrong = [(i, a, b) for i, (a, b) in enumerate(zip(ours, theirs)) if a != b]
    assert wrong == []
    assert len(ours) == len(theirs)
    assert b"x\x07" in our_before and our_before == their_before
    # After the last mode set the screen was clear but for what the probe wrote.
    assert our_after == their_after
    assert our_after[2 * (80 + 2):][:4] == b"a\x17b\x17"


def test_option_rom_is_well_formed():
    rom = ROM.read_bytes()
    assert len(rom) == 32768
    assert rom[:3] == b"\x55\xaa\x40"
    assert sum(rom) % 256 == 0
