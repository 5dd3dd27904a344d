"""What only the kernel can get wrong: x87 state, time, stacks, and the ways into the crash console."""

import re
import socket
import subprocess

import pytest

from monitor import ROOT, Monitor

PCS = {
    "pc-pentium": dict(machine="pc", cpu="pentium"),
    "isapc-486": dict(machine="isapc", cpu="486"),
    "cpu=386": dict(machine="pc", cpu="pentium", options="cpu=386"),
}


@pytest.fixture(params=PCS)
def pc(request):
    return dict(PCS[request.param], name=request.param)


def boot_sector(name, tmp_path, patch=()):
    """A 360 KB floppy that holds nothing but tests/machine/NAME.asm."""
    binary = tmp_path / (name + ".bin")
    subprocess.run(["nasm", "-f", "bin", "%s/tests/machine/%s.asm" % (ROOT, name), "-o", str(binary)],
                   check=True)
    data = bytearray(binary.read_bytes().ljust(360 * 1024, b"\0"))
    for at, byte in patch:
        data[at] = byte
    return bytes(data)


def define(mon, *names):
    for name in names:
        mon.define(name, "floppy a: /images/%s.img" % name, "boot a:")


SEED, ERRORS = 8, 9     # bytes of x87_guest.asm


def test_x87(pc, tmp_path):
    """Two machines compute at once, each with numbers and a control word of its own; errors come
    as IRQ 13. QEMU 7.2 ends itself when CR0.NE is clear and an error is to become IRQ 13
    (an assertion of its own), so with cpu=386 none is made."""
    pc.pop("name")
    errors = "options" not in pc
    images = {"/images/%s.img" % name: boot_sector("x87_guest", tmp_path, [(SEED, seed), (ERRORS, errors)])
              for name, seed in (("one", 3), ("two", 5))}
    with Monitor(files=images, **pc) as mon:
        define(mon, "one", "two")
        for name in ("one", "two"):
            mon.start(name)
        for name in ("one", "two"):
            mon.wait_text(name, "all done")
            lines = mon.text(name).split("\n")
            # FNINIT's control word, status, tags: all registers empty.
            assert lines[0] == "start 037F 0000 FFFF", lines
            assert "state ok" in lines and "em 01" in lines, lines
            if errors:
                # Zero divide, summary, busy; one interrupt, then a second.
                assert re.match(r"irq13 [8B].84 0001", lines[2]), lines
                assert lines[3] == "ignored 0002", lines


def test_x87_where_memory_traps(pc, tmp_path):
    """Operands, and code, in memory that traps. QEMU's coprocessor reports an error at WAIT alone, so
    what becomes of an error here is tests/machine/test_bochs.py's to see."""
    pc.pop("name")
    with Monitor(files={"/images/one.img": boot_sector("x87_memory_guest", tmp_path)}, **pc) as mon:
        define(mon, "one")
        mon.start("one")
        mon.wait_text("one", "pass ")
        assert re.match(r"pass 07FF", mon.text("one")), mon.text("one")


def test_time(pc, tmp_path):
    """With and without a time-stamp counter: time is seen to move in steps far below the tick, and
    a guest gets all of 1000 interrupts a second."""
    pc.pop("name")
    # Virtual time goes by instructions: a busy host does not take any of it away.
    with Monitor(files={"/images/one.img": boot_sector("time_guest", tmp_path)}, icount="shift=4,sleep=off",
                 **pc) as mon:
        define(mon, "one")
        mon.start("one")
        mon.wait_text("one", "all done")
        text = mon.text("one")
        step = int(re.search(r"step ([0-9A-F]{4})", text).group(1), 16)
        ticks = int(re.search(r"ticks ([0-9A-F]{4})", text).group(1), 16)
        assert 0 < step < 1193182 // 2000, "half a millisecond is %d counts: %s" % (1193182 // 2000, text)
        assert 1995 <= ticks <= 2005, text
        stamps = [float(s) for s in re.findall(r"^ *(\d+\.\d{6}) ", mon.run("log"), re.MULTILINE)]
        assert stamps == sorted(stamps) and len(set(stamps)) > len(stamps) // 2


@pytest.mark.parametrize("hz", [2000, 4000])
def test_fast_timer_of_a_guest(pc, tmp_path, hz):
    """A guest that asks for more interrupts than the PC's own tick brings gets them all, by the clock
    of its machine; and the PC's time goes on as it did."""
    pc.pop("name")
    divisor = 1193182 // hz
    image = boot_sector("time_guest", tmp_path, [(2, divisor & 0xFF), (3, divisor >> 8)])
    with Monitor(files={"/images/one.img": image}, icount="shift=4,sleep=off", **pc) as mon:
        define(mon, "one")
        mon.start("one")
        mon.wait_text("one", "all done")
        text = mon.text("one")
        ticks = int(re.search(r"ticks ([0-9A-F]{4})", text).group(1), 16)
        assert abs(ticks - 2 * 1193182 / divisor) < 0.01 * ticks, text


def test_nmi_with_machines(pc):
    """The button stops everything, wherever it was; `g` lets everything go on."""
    pc.pop("name")
    with Monitor(**pc) as mon:
        for demo in ("clock", "burn"):
            mon.run("demo " + demo)
        mon.wait_state("burn", "running")
        for _ in range(5):
            mon.run("sleep 1")
            mon.nmi()
            mon.serial.expect(r"\*\*\* poly86 stopped: NMI")
            mon.serial.expect(r"crash> ")
            mon.serial.send("t\r")
            tasks = mon.serial.expect(r"(?s)^t\r\n(.*)crash> ").group(1)
            assert "clock" in tasks and "burn" in tasks and "idle" in tasks
            # Addresses that cannot be read are answered; the stack can.
            mon.serial.send("d 00001234\r")
            mon.serial.expect(r"00001234  cannot be read\r\ncrash> ")
            # That fault ended with an IRET, so the button gets through again: no harm.
            mon.nmi()
            mon.serial.send("k\r")
            mon.serial.expect(r"(?s)trace:.*crash> ")
            mon.serial.send("g\r")
            mon.serial.expect(r"going on")
        mon.serial.send("\r")
        mon.serial.expect(r"poly86> ")
        before = [mon.times_ms(name)[1] for name in ("clock", "burn")]
        mon.run("sleep 2")
        after = [mon.times_ms(name)[1] for name in ("clock", "burn")]
        assert all(a > b for a, b in zip(after, before))
        assert mon.serial.text().count("KB of memory") <= 1    # it was no reboot
        for name in ("clock", "burn"):
            mon.kill(name)


class Gdb:
    """As much of the remote protocol as it takes to set a register of a processor that stands."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(path)
        self.data = b""

    def send(self, packet):
        self.socket.sendall(b"$%s#%02x" % (packet.encode(), sum(packet.encode()) & 255))

    def answer(self, stopped):
        """The next packet that is, or is not, the message that the processor stopped."""
        while True:
            match = re.search(rb"\$([^#]*)#..", self.data)
            if not match:
                self.data += self.socket.recv(4096)
                continue
            self.data = self.data[match.end():]
            self.socket.sendall(b"+")
            if (match.group(1)[:1] in (b"T", b"S")) == stopped:
                return match.group(1).decode()

    def stop(self):
        self.socket.sendall(b"\x03")
        self.answer(True)

    def registers(self):
        self.send("g")
        return bytearray.fromhex(self.answer(False))

    def register(self, number):
        return int.from_bytes(self.registers()[number * 4:number * 4 + 4], "little")

    def set_register(self, number, value):
        registers = self.registers()
        registers[number * 4:number * 4 + 4] = value.to_bytes(4, "little")
        self.send("G" + registers.hex())
        assert self.answer(False) == "OK"


ESP, EIP, CS = 4, 8, 10


def test_double_fault(tmp_path):
    """A stack pointer that leads nowhere: the next interrupt cannot be delivered, nor can the page
    fault that comes of it. The task gate still can."""
    path = str(tmp_path / "gdb")
    with Monitor("-chardev", "socket,path=%s,server=on,wait=off,id=gdb0" % path, "-gdb", "chardev:gdb0") as mon:
        gdb = Gdb(path)
        gdb.stop()
        assert gdb.register(CS) == 8 and gdb.register(EIP) >= 0xC0000000
        gdb.set_register(ESP, 0x2000)
        gdb.send("c")
        mon.serial.expect(r"\*\*\* poly86 stopped: double fault")
        registers = mon.serial.expect(r"(?s)eax=.*esp=([0-9a-f]{8}) eip=([0-9a-f]{8})")
        assert int(registers.group(1), 16) in range(0x1F00, 0x2001)
        assert int(registers.group(2), 16) >= 0xC0000000
        mon.serial.expect(r"crash> ")
        mon.serial.send("d c0100000\r")
        mon.serial.expect(r"c0100070[^\r]*\r\ncrash> ")


def test_stacks(tmp_path):
    """No task has used more than three quarters of its stack after work that goes deep."""
    with Monitor() as mon:
        for demo in ("exerciser", "minidos", "echo"):
            mon.run("demo " + demo)
        mon.run("mkdir /deep")
        mon.run("cp /modules/shell.mod /deep/copy")
        mon.run("cp /deep/copy /deep/again")
        mon.run("rm /deep/again")
        mon.run("sync")
        mon.run("sleep 10")
        rows = re.findall(r"^(\S+) .* +(\d+)/(\d+)$", mon.run("tasks"), re.MULTILINE)
        assert len(rows) > 8
        full = ["%s %s/%s" % row for row in rows if int(row[1]) * 4 > int(row[2]) * 3]
        assert not full, full


def busy(mon, name):
    """The part of the processor that a machine has over two seconds."""
    on, had = mon.times_ms(name)
    mon.run("sleep 2")
    later, more = mon.times_ms(name)
    return (more - had) / (later - on)


def test_keys_by_name_are_held(pc, tmp_path):
    """Long enough for software that looks at them once a clock tick."""
    pc.pop("name")
    with Monitor(files={"/images/one.img": boot_sector("held_guest", tmp_path)}, **pc) as mon:
        define(mon, "one")
        mon.start("one")
        mon.wait_text("one", "looking")
        for _ in range(5):
            mon.press_keys("one", "{left}")
        mon.wait_text("one", "*****", 5)


def test_polling_guest_gives_its_time_away(pc, tmp_path):
    """As eagerly as `idle` says; what it polls for still comes."""
    pc.pop("name")
    with Monitor(files={"/images/one.img": boot_sector("poll_guest", tmp_path)}, icount="shift=4,sleep=off",
                 **pc) as mon:
        define(mon, "one")
        mon.start("one")
        mon.wait_text("one", "polling")
        mon.press_keys("one", "x")
        mon.wait_text("one", "x")
        assert busy(mon, "one") < 0.3
        mon.run("vm set one idle 0")
        mon.press_keys("one", "y")
        mon.wait_text("one", "xy")
        assert busy(mon, "one") > 0.7
        mon.run("vm set one idle 100")
        assert busy(mon, "one") < 0.1
        mon.press_keys("one", "z")
        mon.wait_text("one", "xyz")
        assert "wrong" not in mon.text("one")
