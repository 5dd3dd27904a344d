"""The video BIOS on a bare PC: the same probe with ours and with the one that QEMU brings must
get the same answers and leave the same text memory, for both drive the same VGA.

vgabios_modes.asm goes through all of INT 10h. On the bare PC what ours does is what QEMU's does, or
Bochs's where it is installed, but for what DECLARED says; in a machine it does to the adapter what it does
on the bare PC, to the byte."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from monitor import WAIT_S, Monitor
from qemu import Machine
from test_vga import ppm

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


# --- all of INT 10h ---

MODES = ROOT / "tests/machine/vgabios_modes.asm"
OTHERS = [pathlib.Path("/usr/share/seabios/vgabios-isavga.bin"), pathlib.Path("/usr/share/vgabios/vgabios.stdvga.bin")]


def modes_image(part, folder):
    image = folder / ("modes%d.img" % part)
    subprocess.run(["nasm", "-f", "bin", "-w+all", "-w-label-orphan", "-Werror", "-I", str(ROOT / "guests") + "/",
                    "-DPART=%d" % part, str(MODES), "-o", str(image)], check=True)
    return image


def bare_pc(image, folder, rom):
    folder.mkdir(exist_ok=True)
    shutil.copy(rom, folder / "vgabios.bin")
    return Machine("-drive", "file=%s,format=raw,if=floppy,snapshot=on" % image, "-boot", "a", "-vga", "std",
                   "-L", str(folder), machine="isapc", cpu="486")


def lines_of(text):
    return re.findall(r"^(\w+ [^:\r\n]+): ([^\r\n]*?) *\r$", text.partition("END\r\n")[0], re.MULTILINE)


def bare_modes(image, folder, rom=ROM):
    with bare_pc(image, folder, rom) as pc:
        pc.serial.expect(r"^END\r\n", WAIT_S)
        return lines_of(pc.serial.text())


def without(*fields):
    """These words of an answer do not count."""
    return lambda value: " ".join(word for i, word in enumerate(value.split()) if i not in fields)


def low_byte(value):
    """The first word's high byte does not count."""
    return value[2:]


# Where ours is alone: lines by name, what of them counts (nothing where there is no function), and why.
# Lines are named by mode, lines (0: 200, 1: 350, 2: 400) and what they tell.
DECLARED = [
    (r"..[01] ", None, "the others have no 200 and 350 lines"),
    (r"(07|0F). (?!nine|ten|up|down|text|dot |planes|string)", None,
     "the others look for the attribute controller's flip-flop at 3DAh also where it is at 3BAh; IBM's cursor lines"
     " and colours of monochrome modes"),
    (r"0[45]. old colors", lambda value: value.split()[-3], "border: as the background, as on a CGA"),
    (r"... old colors", None, "AH = 0Bh changes attribute registers 0-3 in modes 4 and 5 only"),
    (r"11. adapter", None, "IBM's palette of two colours, and its address wrap"),
    (r"0[0-3]. adapter", without(3, 5, 8),
     "IBM's cursor is 13 to 14 of 16 lines; the picture ends behind the last whole row; colour don't care, which"
     " text does not use"),
    (r"... adapter", without(3), "the cursor's place in graphics modes"),
    (r"... off adapter", None, "the others do not know AH = 12h, BL = 36h"),
    (r"... restored adapter", without(0), "the others do not restore the miscellaneous output register"),
    (r"(03|12)2 dac", None, "modes other than 13h load 64 entries"),
    (r"... data", without(2, 5, 7, 12, 13),
     "page size after another font; cursor lines then and in graphics modes; what a CGA's registers would hold (40:65,"
     " 40:66); display switching, which one display does not need; the row of the DCC table, not the DCC"),
    (r"0[45]. planes", without(3), "plane 2 holds the text mode's font"),
    (r"06. planes", without(2, 3), "and plane 1 what the mode before left"),
    (r"... (read.*|page 1 read)", low_byte, "AH after AH = 08h in graphics modes"),
    (r"... .*cursor", without(2), "cursor lines in graphics modes"),
    (r"... (page 0 dot back|page 1 planes)", None, "the others have one page of dots"),
    (r"... page 1 up.*", None, "the others scroll page 0"),
    (r"... lines", None, "IBM's cursor is 13 to 14 of 16 lines, and scaled to that"),
    (r"... no string cursor", None, "no characters: not even the cursor moves"),
    (r"... nothing", None, "AX = 1130h with a font that there is not still tells rows"),
    (r"... (save size|select|state|static|functionality)", None, "sizes of our own, and more told"),
    (r"... dac gray", None, "the others sum at a mode set only"),
]


def declared(key):
    return [rule[1] for rule in DECLARED if re.match(rule[0], key)]


@pytest.mark.parametrize("part", [1, 2, 3, 4])
def test_does_as_another_video_bios(part, tmp_path):
    image = modes_image(part, tmp_path)
    ours = bare_modes(image, tmp_path / "ours")
    others = [bare_modes(image, tmp_path / rom.stem, rom) for rom in OTHERS if rom.exists()]
    assert others and all(len(other) == len(ours) for other in others)
    wrong, compared = [], 0
    for index, (key, value) in enumerate(ours):
        rules = declared(key)
        if None in rules:
            continue
        hide = rules[0] if rules else lambda text: text
        theirs = [hide(other[index][1]) for other in others]
        compared += 1
        if hide(value) not in theirs:
            wrong.append((key, hide(value), theirs))
    assert wrong == []
    assert compared > 50


# --- the same in a machine ---

# Where QEMU's adapter does something else: lines by name, what of them counts, and why.
QEMU_DIFFERS = [
    (r"(0[0-7]|13). planes", lambda value: value[:8],
     "with odd/even and chain 4 QEMU packs a plane's bytes; what the processor sees is the same"),
    (r"... mask back", None, "QEMU has no pixel mask"),
]
QEMU_DIFFERS_VESA = [
    (r"0[24]1 (.*banks|dot back|read)", None, "in VESA's modes of 16 colours QEMU ignores the sequencer's registers"),
    (r"0.1 kept banks", without(0), "VESA's modes and the VGA's share memory; mode 3 in between has cleared it"),
    (r"0.1 cleared banks", lambda value: value.split()[:-1], "QEMU clears the picture only"),
    (r"0.1 (length|longer|set)", lambda value: value[:14], "lines there is memory for: it has more"),
]


def in_machine(part, folder):
    files = {"/images/modes.img": str(modes_image(part, folder))}
    with Monitor(files=files, serials=2) as mon:
        mon.machine("modes", "floppy a: /images/modes.img", "boot a:", "serial 1 host:com2")
        line = mon.serial_lines[1]
        line.expect(r"^END\r\n", WAIT_S * 3)
        return lines_of(line.text())


@pytest.mark.parametrize("part", [1, 2, 3, 4, 5])
def test_in_a_machine_as_on_a_bare_pc(part, tmp_path):
    ours = in_machine(part, tmp_path)
    alone = bare_modes(modes_image(part, tmp_path), tmp_path / "alone")
    assert [key for key, _ in ours] == [key for key, _ in alone]
    wrong = []
    for (key, value), (_, other) in zip(ours, alone):
        differs = QEMU_DIFFERS_VESA if part == 5 else QEMU_DIFFERS
        rules = [rule[1] for rule in differs if re.match(rule[0], key)]
        if None not in rules:
            hide = rules[0] if rules else lambda text: text
            if hide(value) != hide(other):
                wrong.append((key, value, other))
    assert wrong == []


# Mode, rows less one, height; sequencer 3; CRTC underline; palette registers 4-6; 40:A8h's flags in AH = 1Bh.
POINTED = [
    ("03", "18", "1000", "00", "1F", "040514", "02"),
    ("03", "1D", "0A00", "24", "09", "212223", "1F"),
    ("01", "1D", "0A00", "00", "1F", "040514", "1E"),
    ("12", "17", "1400", "00", "00", "212223", "1E"),
    ("10", "18", "0E00", "00", "0F", "040514", "1E"),
    ("03", "1D", "0A00", "24", "1F", "040514", "1F"),       # palettes are not to be loaded
]


def test_save_pointer(tmp_path):
    """Fonts, palette and dynamic save area that a program names through 40:A8h."""
    ours = bare_modes(modes_image(7, tmp_path), tmp_path / "ours")
    found, colors = [], []
    for key, value in ours:
        fields = value.split()
        if key.endswith(" adapter"):
            adapter = fields
        elif key.endswith(" data"):
            data = fields
        elif key.endswith(" dac"):
            colors.append(value)
        elif key.endswith(" dynamic"):
            assert value == "00010212" + adapter[10] + "34EE"
        elif key.endswith(" pointers"):
            found.append((data[0], data[8], data[9], adapter[1][4:6], adapter[6][2:4], adapter[10][:6], value))
    assert found == POINTED
    assert colors[0] == colors[2] == colors[4] == colors[5] and colors[1] == colors[3] != colors[0]


def test_vesa_pictures(tmp_path):
    """Text, scrolling and dots by INT 10h make the same picture in 16 and in 256 colours, and the one that the
    bare PC shows, whose adapter can do no 16 colours."""
    image = modes_image(6, tmp_path)
    expected, ours = [], []
    with bare_pc(image, tmp_path / "bare", ROM) as pc:
        for number in range(4):
            pc.serial.expect(r"^READY\r\n", WAIT_S)
            pc.screendump(tmp_path / "bare.ppm", "ppm")
            expected.append(ppm((tmp_path / "bare.ppm").read_bytes()))
            pc.serial.send("x")
    expected += [expected[2], expected[3]]
    with Monitor(files={"/images/modes.img": str(image)}, serials=2) as mon:
        mon.machine("modes", "floppy a: /images/modes.img", "boot a:", "serial 1 host:com2")
        for number in range(6):
            mon.serial_lines[1].expect(r"^READY\r\n", WAIT_S)
            mon.run("shot modes /%d.ppm" % number)
            mon.serial_lines[1].send("x")
        mon.run("sync")
        ours = [ppm(mon.get("/%d.ppm" % number)) for number in range(6)]
    assert [a.difference(b) for a, b in zip(ours, expected)] == [None] * 6
    assert (ours[0].width, ours[0].height) == (640, 480) and ours[0] == ours[1]
    assert (ours[5].width, ours[5].height) == (1024, 768)


def test_vesa_mode_saved_and_loaded(tmp_path):
    """The extension's memory and registers come back, in 256 colours and in planes."""
    with Monitor(files={"/images/modes.img": str(modes_image(6, tmp_path))}, serials=2) as mon:
        mon.machine("modes", "floppy a: /images/modes.img", "boot a:", "serial 1 host:com2")
        line = mon.serial_lines[1]
        for number in range(5):
            line.expect(r"^READY\r\n", WAIT_S)
            if number in (2, 4):
                mon.run("vm pause modes; shot modes /%da.ppm; vm save modes /%d.vm" % (number, number))
                mon.run("vm kill modes; vm load modes /%d.vm; shot modes /%db.ppm; vm resume modes" % (number, number))
            line.send("x")
        line.expect(r"^READY\r\n", WAIT_S)
        mon.run("sync")
        for number in (2, 4):
            before, after = (ppm(mon.get("/%d%s.ppm" % (number, when))) for when in "ab")
            assert before.difference(after) is None and before.width == 800
            assert len({dot for y in range(0, 600, 7) for dot in before.dots(y)}) > 10


def test_option_rom_is_well_formed():
    rom = ROM.read_bytes()
    assert len(rom) == 32768
    assert rom[:3] == b"\x55\xaa\x40"
    assert sum(rom) % 256 == 0
