"""The system ROM on a bare PC: POST, and every service that needs no monitor.

The emulator's own video ROM is put at C0000h, and rom_server.asm at D0000h, through which the
tests call interrupts and read what comes back. Both only work where C0000h-DFFFFh is memory: -M
isapc.
"""

import os
import re
import struct
import subprocess
import time

import pytest

from monitor import Monitor
from qemu import Machine

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ROM = os.path.join(ROOT, "build/rom/bios.bin")
SERVER = 0xD000
SERVER_ENTRY = 0x40
VIDEO_ROMS = ["/usr/share/seabios/vgabios-isavga.bin", "/usr/share/qemu/vgabios-isavga.bin"]

CF, ZF, IF = 0x001, 0x040, 0x200
REGISTERS = ["ax", "bx", "cx", "dx", "si", "di", "es", "ds", "flags"]
OUT, IN, POKE = 0xF0, 0xF1, 0xF2


class Registers:
    def __init__(self, data):
        self.__dict__.update(zip(REGISTERS, struct.unpack("<9H", data)))

    ah = property(lambda self: self.ax >> 8)
    al = property(lambda self: self.ax & 0xFF)
    carry = property(lambda self: bool(self.flags & CF))
    zero = property(lambda self: bool(self.flags & ZF))


class Rom(Machine):
    """A machine with the ROM under test; `call` once the server runs."""

    def begin(self, number, **registers):
        values = [registers.get(name, 0) for name in REGISTERS[:8]]
        self.serial.send(struct.pack("<B8H", number, *values))

    def end(self, timeout=None):
        return Registers(self.serial.expect(rb"(?s).{18}", timeout).group(0))

    def call(self, number, **registers):
        self.begin(number, **registers)
        return self.end()

    def out(self, port, value):
        self.call(OUT, dx=port, ax=value)

    def port(self, port):
        return self.call(IN, dx=port).al

    def cmos(self, register, value=None):
        self.out(0x70, register)
        if value is None:
            return self.port(0x71)
        self.out(0x71, value)
        return value

    def bda(self, offset, size=1):
        return int.from_bytes(self.memory(0x400 + offset, size), "little")

    def poke(self, address, value):
        self.call(POKE, es=address >> 4, di=address & 15, ax=value)


@pytest.fixture(scope="session")
def server_rom(tmp_path_factory):
    path = tmp_path_factory.mktemp("rom") / "server.bin"
    subprocess.run(["nasm", "-f", "bin", "-o", path, os.path.join(HERE, "rom_server.asm")],
                   check=True)
    data = bytearray(path.read_bytes())
    assert len(data) == 512
    data[-1] = -sum(data) & 0xFF
    path.write_bytes(data)
    return path


def arguments(server=None):
    video = next(path for path in VIDEO_ROMS if os.path.exists(path))
    args = ["-bios", ROM, "-device", "loader,file=%s,addr=0xC0000,force-raw=on" % video]
    if server:
        args += ["-device", "loader,file=%s,addr=0xD0000,force-raw=on" % server]
    return args


def boot(server=None, *more, **options):
    return Rom(*arguments(server), *more, machine="isapc", cpu=options.pop("cpu", "486"),
               **options)


@pytest.fixture
def rom(server_rom):
    with boot(server_rom) as machine:
        machine.serial.expect("R")
        yield machine


def test_size_and_reset_vector():
    data = open(ROM, "rb").read()
    assert len(data) == 65536
    assert data[0xFFF0:0xFFF5] == bytes.fromhex("ea5be000f0")
    assert data[0xFFF5:0xFFFD].count(b"/") == 2
    assert data[0xFFFE] == 0xFC
    # Three pages of code; the rest can be shared as one page of FFh.
    used = [page for page in range(16) if data[page * 4096:(page + 1) * 4096].strip(b"\xff")]
    assert [page for page in used if page] == [13, 14, 15]


def test_post_ends_with_a_prompt():
    with boot(memory=4) as pc:
        pc.wait_screen(r"^poly86 BIOS\n640 KB \+ 3072 KB extended memory$")
        pc.wait_screen(r"^No bootable device\..*press a key:$")
        assert pc.port80() == bytes(range(1, 12))
        pc.keys("spc")
        pc.wait_screen(r"(?s)No bootable.*No bootable")


def test_post_without_video_or_keyboard_controller_answers():
    with Rom("-bios", ROM, machine="isapc", cpu="486") as pc:
        end = time.monotonic() + 60
        while pc.port80() != bytes(range(1, 12)):
            assert time.monotonic() < end, pc.port80()
            time.sleep(0.1)


def test_post_rests_while_the_keyboard_tests_itself():
    """In a machine, and in virtual time, where polls repeat to the digit. The test takes 10 ms: 4700 polls. What is
    left are the 1 ms that each byte of keyboard and mouse takes."""
    with Monitor(icount="shift=4,sleep=off") as mon:
        mon.machine("empty", "boot c:")
        mon.wait_text("empty", "No bootable")
        count = mon.run("stat empty")
        assert int(re.search(r"0064-0064 vkbc +(\d+) in", count).group(1)) < 3000, count
        # Woken by the keyboard, which is handled as keys are again.
        assert re.search(r"IRQ:count.* 1:\d", count, re.MULTILINE), count
        mon.press_keys("empty", "a")
        end = time.monotonic() + 60
        while mon.text("empty").count("No bootable device") < 2:
            assert time.monotonic() < end, mon.run("stat empty")


def test_post_asks_the_keyboard_a_few_times(tmp_path):
    """A bare PC, whose emulated keyboard is ready at once."""
    log = tmp_path / "trace"
    with boot(None, "-trace", "enable=pckbd_kbd_read_status,file=%s" % log) as pc:
        pc.wait_screen(r"^No bootable device")
        pc.stop()
    assert 10 < log.read_text().count("pckbd_kbd_read_status") < 2500


def test_data_area(rom):
    word = lambda offset: rom.bda(offset, 2)
    assert [word(0), word(2), word(8)] == [0x3F8, 0, 0x378]
    assert word(0x0E) == 0x9FC0
    assert word(0x13) == 639
    assert rom.call(0x12).ax == 639
    # Coprocessor, mouse, 80x25 colour, one serial, one parallel port.
    assert word(0x10) == rom.call(0x11).ax == 0x4226
    assert word(0x1A) == word(0x1C) == word(0x80) == 0x1E
    assert word(0x82) == 0x3E
    assert rom.memory(0x478, 3) == b"\x14\x14\x14"
    assert rom.memory(0x47C, 4) == b"\x01\x01\x01\x01"
    assert rom.bda(0x96) == 0x10
    assert rom.memory(0x9FC00, 1) == b"\x01"


def test_vectors(rom):
    table = struct.unpack("<512H", rom.memory(0, 1024))
    at = {n: (table[n * 2 + 1], table[n * 2]) for n in range(256)}
    fixed = {0x02: 0xE2C3, 0x05: 0xFF54, 0x08: 0xFEA5, 0x09: 0xE987, 0x0E: 0xEF57, 0x11: 0xF84D,
             0x12: 0xF841, 0x13: 0xE3FE, 0x14: 0xE739, 0x15: 0xF859, 0x16: 0xE82E, 0x17: 0xEFD2,
             0x19: 0xE6F2, 0x1A: 0xFE6E, 0x1B: 0xFF53, 0x1C: 0xFF53, 0x1D: 0xF0A4, 0x1E: 0xEFC7,
             0x40: 0xEC59, 0x41: 0xE401, 0x46: 0xE401, 0x4A: 0xFF53}
    for number, offset in fixed.items():
        assert at[number] == (0xF000, offset), "%02X" % number
    for number in (0, 1, 3, 4, 6, 7, 0x20, 0x5F, 0x72, 0x77):
        assert at[number][0] == 0xF000, "%02X" % number
    assert at[0x10][0] == 0xC000
    for number in list(range(0x60, 0x68)) + list(range(0x78, 0x100)):
        assert at[number] == (0, 0), "%02X" % number


def test_chips_are_programmed(rom):
    # 8259: vectors 08h and 70h, and only what is served let through.
    assert rom.port(0x21) == 0xB8
    assert rom.port(0xA1) == 0x8F
    pic = rom.hmp("info pic")
    assert "irq_base=08" in pic and "irq_base=70" in pic
    before = rom.call(0x1A).dx
    start = time.monotonic()
    while rom.call(0x1A).dx < before + 20:
        assert time.monotonic() < start + 60


def test_keys(rom):
    """What INT 16h AH=10h and AH=00h give for keys with every shift."""
    cases = [  # chord, enhanced, plain (None: not reported)
        ("a", 0x1E61, 0x1E61), ("shift+a", 0x1E41, 0x1E41), ("ctrl+a", 0x1E01, 0x1E01),
        ("alt+a", 0x1E00, 0x1E00), ("2", 0x0332, 0x0332), ("ctrl+2", 0x0300, 0x0300),
        ("alt+2", 0x7900, 0x7900), ("ret", 0x1C0D, 0x1C0D), ("ctrl+ret", 0x1C0A, 0x1C0A),
        ("alt+ret", 0x1C00, None), ("esc", 0x011B, 0x011B), ("tab", 0x0F09, 0x0F09),
        ("shift+tab", 0x0F00, 0x0F00), ("f1", 0x3B00, 0x3B00), ("shift+f1", 0x5400, 0x5400),
        ("ctrl+f10", 0x6700, 0x6700), ("alt+f5", 0x6C00, 0x6C00), ("f11", 0x8500, None),
        ("shift+f12", 0x8800, None), ("home", 0x47E0, 0x4700), ("ctrl+left", 0x73E0, 0x7300),
        ("ctrl+up", 0x8DE0, None), ("alt+end", 0x9F00, None), ("delete", 0x53E0, 0x5300),
        ("kp_5", 0x4C00, None), ("kp_7", 0x4700, 0x4700), ("shift+kp_8", 0x4838, 0x4838),
        ("ctrl+kp_5", 0x8F00, None), ("kp_enter", 0xE00D, 0x1C0D),
        ("kp_divide", 0xE02F, 0x352F), ("kp_multiply", 0x372A, 0x372A),
        ("kp_subtract", 0x4A2D, 0x4A2D), ("ctrl+pgup", 0x84E0, 0x8400),
        ("ctrl+bracket_left", 0x1A1B, 0x1A1B), ("alt+backspace", 0x0E00, None),
        ("ctrl+backspace", 0x0E7F, 0x0E7F), ("less", 0x565C, 0x565C),
        ("shift+slash", 0x353F, 0x353F),
    ]
    for chord, enhanced, plain in cases:
        rom.begin(0x16, ax=0x1000)
        rom.keys(chord)
        assert "%04X" % rom.end().ax == "%04X" % enhanced, chord
        rom.begin(0x16, ax=0x0000)
        rom.keys(chord)
        if plain is None:
            rom.keys("spc")
            plain = 0x3920
        assert "%04X" % rom.end().ax == "%04X" % plain, chord


def test_polling_for_keys(rom):
    answer = rom.call(0x16, ax=0x0100)
    assert answer.zero and answer.flags & IF
    rom.keys("x")
    end = time.monotonic() + 60
    while answer.zero:
        assert time.monotonic() < end
        answer = rom.call(0x16, ax=0x0100)
    assert answer.ax == 0x2D78
    assert rom.call(0x16, ax=0x1100).ax == 0x2D78
    assert rom.call(0x16, ax=0).ax == 0x2D78
    assert rom.call(0x16, ax=0x1100).zero
    # Put there by a program; the buffer takes 15.
    for i in range(15):
        assert rom.call(0x16, ax=0x0500, cx=0x4100 + i).al == 0
    assert rom.call(0x16, ax=0x0500, cx=0).al == 1
    for i in range(15):
        assert rom.call(0x16, ax=0).ax == 0x4100 + i
    # One that only the enhanced functions show is dropped by the plain poll.
    rom.call(0x16, ax=0x0500, cx=0x8500)
    assert not rom.call(0x16, ax=0x1100).zero
    assert rom.call(0x16, ax=0x0100).zero
    assert rom.bda(0x1A, 2) == rom.bda(0x1C, 2)


def test_other_keyboard_functions(rom):
    assert rom.call(0x16, ax=0x0900).al == 0x25
    assert rom.call(0x16, ax=0x0305, bx=0x0200).flags & IF
    rom.begin(0x16, ax=0)
    rom.keys("q")
    assert rom.end().ax == 0x1071


def wait_for(condition, limit=60):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_shift_states(rom):
    rom.press("shift")
    wait_for(lambda: rom.bda(0x17) == 0x02)
    rom.press("shift_r")
    wait_for(lambda: rom.bda(0x17) == 0x03)
    rom.press("shift", False)
    wait_for(lambda: rom.bda(0x17) == 0x01)
    rom.press("shift_r", False)
    wait_for(lambda: rom.bda(0x17) == 0)
    rom.press("ctrl")
    rom.press("ctrl_r")
    wait_for(lambda: rom.bda(0x17) == 0x04 and rom.bda(0x18) == 1 and rom.bda(0x96) & 4)
    assert rom.call(0x16, ax=0x1200).ax == 0x0504
    rom.press("ctrl", False)
    wait_for(lambda: rom.bda(0x18) == 0)
    assert rom.bda(0x17) == 0x04
    rom.press("ctrl_r", False)
    wait_for(lambda: rom.bda(0x17) == 0)
    rom.press("alt_r")
    wait_for(lambda: rom.call(0x16, ax=0x1200).ax == 0x0808)
    rom.press("alt_r", False)
    wait_for(lambda: rom.call(0x16, ax=0x0200).al == 0)


def test_locks_and_lights(rom):
    rom.press("caps_lock")
    wait_for(lambda: rom.bda(0x17) == 0x40 and rom.bda(0x18) == 0x40)
    rom.press("caps_lock", False)
    wait_for(lambda: rom.bda(0x18) == 0)
    wait_for(lambda: rom.bda(0x97) & 0x4F == 0x04)       # shown, and the command is over
    for chord, code in (("a", 0x1E41), ("shift+a", 0x1E61), ("1", 0x0231)):
        rom.begin(0x16, ax=0)
        rom.keys(chord)
        assert rom.end().ax == code
    rom.keys("num_lock")
    wait_for(lambda: rom.bda(0x17) == 0x60 and rom.bda(0x97) & 0x4F == 0x06)
    for chord, code in (("kp_7", 0x4737), ("shift+kp_7", 0x4700), ("home", 0x47E0)):
        rom.begin(0x16, ax=0x1000)
        rom.keys(chord)
        assert rom.end().ax == code, chord
    # A program that changes the locks itself gets its light with the next question.
    rom.poke(0x417, 0x0010)
    rom.call(0x16, ax=0x0100)
    wait_for(lambda: rom.bda(0x97) & 0x4F == 0x01)


def test_insert_turns_over_once_for_each_press(rom):
    rom.press("insert")
    wait_for(lambda: rom.bda(0x17) & 0x80)
    rom.press("insert")                                   # a repeat
    rom.press("insert", False)
    wait_for(lambda: not rom.bda(0x18) & 0x80)
    assert rom.bda(0x17) & 0x80
    assert rom.call(0x16, ax=0).ax == 0x5200
    rom.keys("insert")
    wait_for(lambda: not rom.bda(0x17) & 0x80)


def test_alt_and_number_pad(rom):
    rom.begin(0x16, ax=0)
    rom.press("alt")
    for digit in "240":
        rom.press("kp_" + digit)
        rom.press("kp_" + digit, False)
        time.sleep(0.05)
    rom.press("alt", False)
    assert rom.end().ax == 240


def test_break_and_pause(rom):
    rom.call(0x16, ax=0x0500, cx=0x1E61)
    rom.keys("ctrl+pause")
    wait_for(lambda: rom.bda(0x71) == 0x80)
    assert rom.call(0x16, ax=0).ax == 0                   # the buffer holds that alone
    rom.keys("pause")
    wait_for(lambda: rom.bda(0x18) & 0x08)
    ticks = rom.bda(0x6C, 4)
    wait_for(lambda: rom.bda(0x6C, 4) > ticks + 2)        # time goes on
    rom.begin(0x12)
    time.sleep(0.3)
    assert len(rom.serial.log) == rom.serial.position     # the program does not
    rom.keys("x")
    assert rom.end().ax == 639
    assert rom.call(0x16, ax=0x0100).zero                 # and that key only ended it


def test_ctrl_alt_del_starts_again(server_rom):
    with boot(server_rom) as pc:
        pc.serial.expect("R")
        codes = pc.port80()
        pc.keys("ctrl+alt+delete")
        pc.serial.expect("R")
        assert pc.port80() == codes * 2
        assert pc.call(0x12).ax == 639


def enter_at_the_reset_vector(rom):
    """The processor's reset alone; the emulator would reset the keyboard controller, too."""
    rom.poke(0x60 * 4, 0xFFF0)
    rom.poke(0x60 * 4 + 2, 0xF000)
    rom.begin(0x60)


@pytest.mark.parametrize("code", [0x05, 0x0A])
def test_processor_reset_that_returns(rom, code):
    """What a 286 extender does to leave protected mode."""
    codes = rom.port80()
    rom.poke(0x467, SERVER_ENTRY)
    rom.poke(0x469, SERVER)
    rom.cmos(0x0F, code)
    enter_at_the_reset_vector(rom)
    rom.serial.expect("R")
    assert rom.port80() == codes + b"\x01"                # POST went no further
    assert rom.cmos(0x0F) == 0
    assert rom.call(0x12).ax == 639


@pytest.mark.parametrize("code", [0x09, 0x0B, 0x0C])
def test_processor_reset_that_returns_by_the_stack(rom, code):
    frame = {0x09: [0] * 10, 0x0B: [], 0x0C: []}[code] + [SERVER_ENTRY, SERVER, 0x0002]
    for index, word in enumerate(frame):
        rom.poke(0x6000 + index * 2, word)
    rom.poke(0x467, 0x6000)
    rom.poke(0x469, 0)
    rom.cmos(0x0F, code)
    enter_at_the_reset_vector(rom)
    rom.serial.expect("R")
    assert rom.call(0x12).ax == 639


@pytest.mark.parametrize("way", ["controller", "vector"])
def test_reset_without_a_code_is_a_start(rom, way):
    codes = rom.port80()
    if way == "controller":
        rom.begin(OUT, dx=0x64, ax=0xFE)
        rom.serial.expect("R")
    else:
        enter_at_the_reset_vector(rom)
        # The adapters' ROMs, here in memory, have changed themselves by now and are not
        # called again: their sums are wrong.
        wait_for(lambda: rom.port80() == codes * 2)
    assert rom.port80() == codes * 2


def test_time_of_day(rom):
    rom.call(0x1A, ax=0x0100, cx=0x0012, dx=0x3456)
    answer = rom.call(0x1A)
    assert (answer.cx, answer.al) == (0x12, 0) and 0x3456 <= answer.dx < 0x34A0
    # Midnight, once.
    rom.call(0x1A, ax=0x0100, cx=0x0018, dx=0x00AC)
    wait_for(lambda: rom.bda(0x70) == 1)
    answer = rom.call(0x1A)
    assert (answer.cx, answer.al) == (0, 1)
    assert rom.call(0x1A).al == 0


def test_clock(rom):
    bcd = lambda number: number // 10 << 4 | number % 10
    # POST took the ticks from the clock.
    now = rom.call(0x1A, ax=0x0200)
    ticks = rom.call(0x1A)
    assert not now.carry
    plain = lambda value: (value >> 4) * 10 + (value & 15)
    seconds = (plain(now.cx >> 8) * 60 + plain(now.cx & 255)) * 60 + plain(now.dx >> 8)
    assert abs((ticks.cx << 16 | ticks.dx) / 18.2065 - seconds) < 5
    assert not rom.call(0x1A, ax=0x0300, cx=0x2358, dx=0x3000).carry
    answer = rom.call(0x1A, ax=0x0200)
    assert answer.cx == 0x2358 and 0x30 <= answer.dx >> 8 <= 0x50
    assert not rom.call(0x1A, ax=0x0500, cx=0x1999, dx=0x0228).carry
    answer = rom.call(0x1A, ax=0x0400)
    assert (answer.cx, answer.dx, answer.carry) == (0x1999, 0x0228, False)
    assert rom.call(0x1A, ax=0xB101).carry


def test_alarm(rom):
    # INT 4Ah = INT 05h's neighbour: the server's own entry, which then says R again.
    rom.poke(0x4A * 4, SERVER_ENTRY)
    rom.poke(0x4A * 4 + 2, SERVER)
    rom.call(0x1A, ax=0x0300, cx=0x1000, dx=0x0000)
    assert not rom.call(0x1A, ax=0x0600, cx=0x1000, dx=0x0200).carry
    assert rom.call(0x1A, ax=0x0600, cx=0x1000, dx=0x0200).carry
    rom.serial.expect("R")
    # The handler never returned, so end its interrupts here.
    rom.out(0xA0, 0x20)
    rom.out(0x20, 0x20)
    assert not rom.call(0x1A, ax=0x0700).carry


def test_waits(rom):
    start = rom.call(0x1A).dx
    answer = rom.call(0x15, ax=0x8600, cx=0x000F, dx=0x4240)      # a second
    assert not answer.carry
    assert 17 <= rom.call(0x1A).dx - start <= 60
    rom.poke(0x600, 0)
    assert not rom.call(0x15, ax=0x8300, cx=0x0007, dx=0xA120, es=0x60, bx=0).carry
    assert rom.call(0x15, ax=0x8300, cx=0, dx=1000, es=0x60, bx=0).carry
    assert rom.call(0x15, ax=0x8600, cx=0, dx=1000).carry         # one at a time
    wait_for(lambda: rom.memory(0x600, 1) == b"\x80")
    assert not rom.call(0x15, ax=0x8300, cx=0x00FF, dx=0, es=0x60, bx=1).carry
    assert not rom.call(0x15, ax=0x8301).carry
    assert rom.bda(0xA0) == 0


def pointing(rom, function, bh=0, **more):
    answer = rom.call(0x15, ax=0xC200 + function, bx=bh << 8, **more)
    assert answer.carry == bool(answer.ah) and answer.al == function
    return answer


def test_pointing_device(rom):
    """INT 15h AH=C2h, every function and what it refuses."""
    assert pointing(rom, 0, 1).ah == 5                     # no handler yet
    answer = pointing(rom, 1)
    assert (answer.ah, answer.bx) == (0, 0x00AA)
    status = lambda: [getattr(pointing(rom, 6, 0), name) & 0xFF for name in ("bx", "cx", "dx")]
    assert status() == [0, 2, 100]
    for number, rate in enumerate((10, 20, 40, 60, 80, 100, 200)):
        assert pointing(rom, 2, number).ah == 0
        assert status()[2] == rate
    assert pointing(rom, 2, 7).ah == 2
    for resolution in range(4):
        assert pointing(rom, 3, resolution).ah == 0
        assert status()[1] == resolution
    assert pointing(rom, 3, 4).ah == 2
    answer = pointing(rom, 4)
    assert (answer.ah, answer.bx) == (0, 0)
    assert pointing(rom, 6, 2).ah == 0 and status()[0] == 0x10
    assert pointing(rom, 6, 1).ah == 0 and status()[0] == 0
    assert pointing(rom, 6, 3).ah == 2
    assert [pointing(rom, 5, size).ah for size in (0, 9, 3)] == [2, 2, 0]
    assert status() == [0, 2, 100]
    assert rom.call(0x15, ax=0xC208, bx=0xE7).ah == 0       # a byte for the device
    assert status() == [0x10, 2, 100]
    answer = rom.call(0x15, ax=0xC209, bx=0x1234, cx=5, dx=6, si=7, di=8)
    assert answer.carry and answer.ah == 1
    assert (answer.bx, answer.cx, answer.dx, answer.si, answer.di) == (0x1234, 5, 6, 7, 8)
    # The keyboard has suffered nothing.
    rom.begin(0x16, ax=0)
    rom.keys("a")
    assert rom.end().ax == 0x1E61


def test_pointing_device_calls_its_driver(rom):
    """A driver at 6000:0000 that adds up what it is given at 6000:0100."""
    driver = bytes.fromhex("55 89e5"                        # push bp; mov bp, sp
                           "2eff060801"                      # inc word cs:[108h]
                           "8b460c 2e01060001"               # status: add cs:[100h], [bp + 12]
                           "8b460a 2e01060201"
                           "8b4608 2e01060401"
                           "8b4606 2e01060601"
                           "5d cb")                          # pop bp; retf
    for index in range(0, len(driver), 2):
        rom.poke(0x60000 + index, int.from_bytes(driver[index:index + 2], "little"))
    for index in range(0x100, 0x10A, 2):
        rom.poke(0x60000 + index, 0)
    sums = lambda: struct.unpack("<5H", rom.memory(0x60100, 10))

    def moved(size, *words):
        for index in range(0x100, 0x10A, 2):
            rom.poke(0x60000 + index, 0)
        rom.move_mouse(5, -3)
        wait_for(lambda: sums()[4] == 1)
        assert sums()[:4] == words

    assert pointing(rom, 5, 3).ah == 0
    assert pointing(rom, 7, es=0x6000).ah == 0
    assert rom.memory(0x9FC27, 1) == b"\x82"
    assert pointing(rom, 0, 1).ah == 0
    moved(3, 0x08, 5, 3, 0)
    rom.keys("x")                                           # both interrupts live beside each other
    assert rom.call(0x16, ax=0).ax == 0x2D78
    assert pointing(rom, 5, 4).ah == 0                      # a wheel: packets of four
    for rate in (6, 5, 4):
        assert pointing(rom, 2, rate).ah == 0
    assert pointing(rom, 4).bx == 0x0300
    assert pointing(rom, 0, 1).ah == 0
    moved(4, 0x0508, 3, 0, 0)
    assert pointing(rom, 0, 0).ah == 0
    before = sums()
    rom.move_mouse(9, 9)
    assert pointing(rom, 6, 0).ah == 0
    assert sums() == before
    assert rom.call(0x15, ax=0xC207, bx=0, es=0).ah == 0
    assert pointing(rom, 0, 1).ah == 5


def test_system_services(rom):
    answer = rom.call(0x15, ax=0xC000)
    assert (answer.es, answer.bx, answer.ah, answer.carry) == (0xF000, 0xE6F5, 0, False)
    assert rom.memory(0xFE6F5, 5) == bytes([8, 0, 0xFC, 1, 0])
    assert rom.call(0x15, ax=0xC100).es == 0x9FC0
    assert rom.call(0x15, ax=0x8800).ax == 15 * 1024
    for function in (0x0000, 0x8400, 0x8900, 0xD800):
        answer = rom.call(0x15, ax=function, si=0x1234)
        assert answer.carry and answer.ah == 0x86 and answer.si == 0x1234, hex(function)
    for function in (0x8000, 0x8200, 0x8500, 0x9000):
        answer = rom.call(0x15, ax=function, si=0x1234)
        assert not answer.carry and answer.ah == 0 and answer.si == 0x1234
    assert not rom.call(0x15, ax=0x9100).carry
    # What only a monitor can do fails where there is none.
    assert rom.call(0x15, ax=0x8700).carry
    assert rom.call(0x15, ax=0xE801).carry
    assert rom.call(0x15, ax=0xE820, dx=0x4150).carry
    for drive in (0x00, 0x80):
        answer = rom.call(0x13, ax=0x0201, bx=0x1000, cx=1, dx=drive)
        assert answer.carry and answer.flags & IF


def test_a20(rom):
    assert rom.call(0x15, ax=0x2402).al == 0              # shut, as POST left it
    assert not rom.call(0x15, ax=0x2401).carry
    assert rom.call(0x15, ax=0x2402).al == 1
    assert rom.call(0x15, ax=0x2403).bx == 3
    rom.call(0x15, ax=0x2400)
    assert rom.port(0x92) & 2 == 0
    assert rom.call(0x15, ax=0x2404).carry


def test_serial_port(server_rom):
    with boot(server_rom, serials=2) as pc:
        pc.serial.expect("R")
        second = pc.serial_lines[1]
        assert pc.bda(2, 2) == 0x2F8
        status = pc.call(0x14, ax=0x00E3, dx=1)           # 9600 8N1
        assert status.ah & 0x60 == 0x60
        assert pc.call(0x14, ax=0x0141, dx=1).ah & 0x80 == 0
        second.expect("A")
        second.send("z")
        answer = pc.call(0x14, ax=0x0200, dx=1)
        assert (answer.ah, answer.al) == (0, ord("z"))
        assert pc.call(0x14, ax=0x0200, dx=1).ah & 0x80   # time-out: nothing came
        assert pc.call(0x14, ax=0x0300, dx=1).ah & 0x60 == 0x60
        assert pc.call(0x14, ax=0x0400, bx=0, cx=0x0308, dx=1).ah & 0x60 == 0x60
        assert pc.call(0x14, ax=0x0501, bx=0x0003, dx=1).ah & 0x60 == 0x60
        assert pc.call(0x14, ax=0x0500, dx=1).bx & 0xFF == 3
        assert pc.call(0x14, ax=0x0300, dx=2).ax == 0x0300     # no such port: untouched
        # 19200 baud, 8 bits: the divisor is there.
        pc.out(0x2FB, 0x83)
        assert pc.port(0x2F8) == 6 and pc.port(0x2F9) == 0
        pc.out(0x2FB, 0x03)


def test_printer_and_print_screen(server_rom, tmp_path):
    paper = tmp_path / "paper"
    paper.write_bytes(b"")
    with boot(server_rom, "-parallel", "file:%s" % paper) as pc:
        pc.serial.expect("R")
        assert pc.call(0x17, ax=0x0100, dx=0).ah == 0x90
        assert pc.call(0x17, ax=0x0200, dx=0).ah == 0x90
        for letter in b"Hello":
            answer = pc.call(0x17, ax=letter, dx=0)
            assert (answer.ah & 0x29, answer.al) == (0, letter)
        wait_for(lambda: paper.read_bytes() == b"Hello")
        pc.keys("print")
        wait_for(lambda: pc.bda(0x100) == 0 and paper.read_bytes().count(b"\r\n") >= 26)
        assert b"\r\npoly86 BIOS" in paper.read_bytes()
        assert pc.call(0x12).ax == 639
        assert pc.call(0x17, ax=0x0041, dx=2).ax == 0x0041     # no such port


def test_unexpected_interrupt(rom):
    rom.call(0x0B)
    assert rom.bda(0x6B) == 0xFF
    # A real one is masked and ended: the timer still ticks.
    rom.out(0x21, 0xA8)                                   # lets IRQ 4 through
    rom.out(0x3FC, 0x0B)
    rom.out(0x3F9, 0x02)                                  # transmitter empty: IRQ 4
    wait_for(lambda: rom.bda(0x6B) == 0x10)
    assert rom.port(0x21) == 0xB8
    ticks = rom.bda(0x6C, 4)
    wait_for(lambda: rom.bda(0x6C, 4) > ticks)



def test_font_where_programs_look():
    """Borland's BGI draws its digits from F000:FA6E: the lower half of the 8x8 font."""
    with open(ROM, "rb") as rom, open(os.path.join(os.path.dirname(ROM), "font8.bin"), "rb") as font:
        glyphs = font.read(1024)
        assert rom.read()[0xFA6E:0xFA6E + 1024] == glyphs
    assert glyphs[ord(" ") * 8:][:8] == bytes(8) and glyphs[ord("A") * 8:][:8].count(0) < 4
