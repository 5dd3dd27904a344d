"""The shell, the console and the commands for machines, used as people use them: typed at a
serial terminal and at the PC's keyboard, looked at there and on the screen."""

import re
import struct
import time

import pytest

from monitor import Monitor, Refused, ours, polyfs
from qemu import Timeout


@pytest.fixture(scope="module")
def mon():
    with Monitor() as monitor:
        yield monitor


@pytest.fixture(scope="module")
def dos(mon):
    """A machine that runs minidos, at its prompt."""
    mon.machine("dos", "memory 640K", "floppy a: /demo/minidos.img", "boot a:")
    mon.wait_text("dos", "A>")
    return "dos"


# --- the language ---

def test_words_variables_aliases(mon):
    assert mon.run('echo a  "b  c" \'$?\' # no more; echo x') == "a b  c $?"
    assert mon.run('set name "one two"; echo $name; echo "${name}s"; unset name; echo .$name.') \
        == "one two\none twos\n.."
    assert mon.run('alias hi "echo hello"; hi there; unalias hi') == "hello there"
    mon.refused("hi", "hi: no such command; help lists them")
    mon.refused('echo "open', "quote is not closed")
    assert mon.run("nothing_there; echo $?").endswith("\n2")


def test_help(mon):
    listed = mon.run("help").split()
    for name in ("ls", "source", "vm", "view", "dbg", "receive", "edit"):
        assert name in listed
    assert "vm new" in mon.run("help vm")
    mon.refused("help nothing", "no such command")


def test_files(mon):
    mon.run("mkdir /t; cd /t; into f echo hello")
    assert mon.run("cat f") == "hello"
    assert re.search(r"^ +6 .* f$", mon.run("ls"), re.MULTILINE)
    mon.run("cp f g; mv g h; mkdir d; cp f h d")
    assert mon.run("cat /t/d/h ../t/f") == "hello\nhello"
    assert "68 65 6c 6c 6f 0a" in mon.run("hexdump f")
    mon.refused("rm d", "is a directory; use rmdir")
    mon.refused("rmdir d", "not empty")
    mon.refused("cat nothing", "/t/nothing: not found")
    mon.refused("cat z:/x", "no such device")
    mon.run("image new disk.img 360K")
    assert "368640 bytes" in mon.run("info disk.img")
    mon.refused("image new disk.img 1M", "exists already")
    assert "no problems" in mon.run("check")
    assert "polyfs" in mon.run("df")
    mon.run("rm d/f d/h f h disk.img; rmdir d; cd /; rmdir t; sync")


def test_scripts():
    files = {"/s/stop": b"echo 1 $1\ncat /none\necho 2\n",
             "/s/go": b"on error continue\r\ncat /none\r\n\r\n# nothing\r\necho 2 $?\r\n",
             "/s/self": b"source /s/self\n", "/etc/startup": b"set started yes\n"}
    with Monitor(files=files, memory=8) as monitor:
        output, status = monitor.try_run("source /s/stop arg")
        assert status and output.startswith("1 arg\n") and "stopped at line 2" in output
        assert monitor.run("source /s/go").endswith("\n2 2")
        monitor.refused("source /s/self", "nest deeper")
        assert monitor.run("echo $started") == "yes"


def test_safe_start():
    with Monitor(files={"/etc/startup": b"set started yes\n"}, options="safe") as monitor:
        assert monitor.run("echo .$started.") == ".."


# --- the terminal ---

def test_line_editing(mon):
    serial = mon.serial
    serial.send("ecXo one two\x1b[D\x1b[D\x1b[D\x1b[D\x01\x1b[C\x1b[C\x1b[3~h\x05!\x17three\r")
    serial.expect(r"\none three\r\n.*poly86> $")
    serial.send("\x1b[A\x1b[B\x1b[A\r")
    serial.expect(r"\none three\r\n.*poly86> $")
    serial.send("nonsense\x03")
    serial.expect(r"\^C\r\n.*poly86> $")
    serial.send("caf\xc3\xa9\x7f\x7f\x7f\x7fecho \xc3\xa9\r")
    serial.expect(rb"\n\xc3\xa9\r\n")
    serial.expect("poly86> $")


def test_completion(mon):
    serial = mon.serial
    serial.send("unal\t")
    serial.expect("unalias $")
    serial.send("\x15ls /dem\tmini\t")
    serial.expect(r"/demo/minidos\.$")
    serial.send("\t")
    serial.expect(r"minidos.img +minidos.vm")
    serial.send("i\t\r")
    serial.expect(r"minidos.img\r\n.*poly86> $")


def test_ctrl_c(mon):
    for early in (True, False):                     # before the command has begun, and later
        mon.serial.send("sleep 1000\r" + ("\x03" if early else ""))
        if not early:
            mon.serial.expect("sleep 1000\r\n")
            mon.serial.send("\x03")
        mon.serial.expect(r"poly86> \^C\r\npoly86> $")
    assert mon.run("echo $?; echo back") == "23\nback"


def test_edit(mon):
    mon.serial.send("edit /edited\r")
    mon.serial.expect("edit> $")
    for line, prompt in (("i", "1[+] $"), ("first", "2[+] $"), ("third", "3[+] $"), (".", "edit> $"),
                         ("i 2", "2[+] $"), ("second", "3[+] $"), (".", "edit> $"),
                         ("s thi", r"3\* third\r\n.*edit> $"), ("q", "changed.*\r\n.*edit> $"),
                         ("w", "3 lines, 19 bytes\r\n.*edit> $")):
        mon.serial.send(line + "\r")
        mon.serial.expect(prompt)
    mon.serial.send("q\r")
    mon.serial.expect("poly86> $")
    assert mon.run("cat /edited") == "first\nsecond\nthird"


def crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xffff
    return crc


def test_receive(mon):
    """XMODEM as any terminal program sends it; one block arrives damaged."""
    serial, data = mon.serial, bytes(i * 7 & 255 for i in range(3000))
    serial.send("receive /received\r")
    serial.expect(r"\r\nC$")
    blocks = [data[i:i + 1024].ljust(1024, b"\x1a") for i in range(0, len(data), 1024)]
    for number, block in enumerate(blocks, 1):
        frame = bytes([2, number, 255 - number]) + block + struct.pack(">H", crc16(block))
        if number == 2:
            serial.send(frame[:500] + b"?" + frame[501:])
            serial.expect("\x15$")
        serial.send(frame)
        serial.expect("\x06$")
    serial.send(b"\x04")
    serial.expect(r"/received: 3072 bytes\r\n.*poly86> $")
    mon.run("sync")
    assert mon.get("/received") == b"".join(blocks)


def test_fat_images(mon):
    assert mon.run("mount /demo/minidos.img a; mount") == "a:/  /demo/minidos.img, FAT12, read-only"
    assert re.search(r"^ +330 .* README.TXT$", mon.run("ls a:/"), re.MULTILINE)
    assert mon.run("cat a:/readme.txt").startswith("This floppy belongs to minidos")
    mon.run("cd a:/; cp pattern.dat /pattern; cd /; sync")
    assert len(mon.get("/pattern")) == 70000
    assert "fat12" in mon.run("df a:/")
    mon.refused("into a:/x echo x", "read-only")
    mon.refused("mount /etc/startup b", "no FAT volume")
    mon.refused("mount /none b", "not found")
    mon.run("unmount a; rm /pattern")
    mon.refused("ls a:/", "no such device")


# --- machines ---

def test_configuration(mon):
    mon.define("conf", "memory 512K+2M", "cpu 50", "boot a:,c:", "idle 10", "serial 3 none")
    shown = mon.run("vm show conf")
    assert shown.startswith("vm new conf\n  memory   512K+2M\n") and shown.endswith("\nend")
    with pytest.raises(Refused, match="memory: 700K cannot be"):
        mon.define("conf2", "memory 700K")
    mon.run("end")
    mon.run("into /conf.vm vm show conf; vm delete conf; source /conf.vm")
    assert mon.run("vm show conf") == shown
    mon.run("vm set conf cpu 70")
    assert "cpu      70" in mon.run("vm show conf")
    mon.run("vm set conf mouse serial")
    assert "mouse    serial" in mon.run("vm show conf")
    mon.refused("vm set conf mouse bus", "no value of this key")
    mon.refused("vm set conf video svga", "svga is no value of this key")
    mon.refused("vm new 1st", "does not start with a letter")
    mon.refused("vm new dead", "hexadecimal")
    mon.refused("vm start none", "no such machine")
    mon.refused("vm pause conf", "is off; vm start conf")
    mon.run("vm delete conf; vm delete conf2")
    assert mon.state("conf") is None


def test_a_missing_image_is_told(mon):
    mon.define("empty", "floppy a: /images/none.img")
    mon.refused("vm start empty", "empty: /images/none.img: not found; ")
    assert mon.state("empty")[1] == "off"
    mon.run("vm delete empty")


def test_keys_and_wait(mon, dos):
    mon.press_keys(dos, "type readme.txt|{bs}{ctrl+c}cls{enter}")
    mon.press_keys(dos, "VER {{~}!{enter}")
    mon.wait_text(dos, "A> VER {~}!")
    mon.refused('wait dos "not there" 1', "did not appear within 1 s")
    mon.refused('keys dos "{nokey}"', "is no key")
    mon.refused("keys none x", "no such machine")


def test_pause_and_resume(mon, dos):
    mon.run("vm pause dos")
    assert mon.state(dos)[1] == "paused"
    before = mon.run("stat dos").splitlines()[0]
    mon.run("sleep 1")
    assert mon.run("stat dos").splitlines()[0] == before
    mon.run("vm resume dos")
    mon.press_keys(dos, "ver{enter}")
    mon.wait_text(dos, "minidos 1.0")
    mon.refused("vm start dos", "runs already")


def test_shot(mon, dos):
    mon.run("shot dos /shot.ppm; sync")
    picture = mon.get("/shot.ppm")
    size = re.match(rb"P6\n(\d+) (\d+)\n255\n", picture)
    assert size.groups() == (b"720", b"400") and len(picture) == size.end() + 720 * 400 * 3
    assert len(set(picture[size.end():])) >= 2


def test_stat_and_top(mon, dos):
    assert "INT n" in mon.run("stat dos")
    mon.serial.send("top\r")
    mon.serial.expect(r"dos +running +\d+\.\d")
    mon.serial.expect(r"dos +running +\d+\.\d")
    mon.serial.send("q")
    mon.serial.expect("poly86> $")


def test_serial_view(mon, dos):
    mon.press_keys(dos, "cls{enter}")
    mon.serial.send("view dos\r")
    mon.serial.expect("A>")
    mon.serial.send("xx?\x7f\x7f\x7fver\r")       # as fast as a paste
    mon.serial.expect("minidos 1.0")
    mon.serial.send("\x1d")
    mon.serial.expect("poly86> $")
    mon.serial.send("view all\r")
    mon.serial.expect("dos.{0,20} - .{0,20}running")
    mon.serial.send("\r")
    mon.serial.expect("A>")
    mon.serial.send("\x1d")
    mon.serial.expect("poly86> $")
    mon.refused("view none", "no such screen")


def test_insert_and_eject(mon, dos):
    mon.run("cp /demo/clock.img /t.img; eject dos a:; insert dos a: /demo/minidos.img ro")
    assert "/demo/minidos.img ro" in mon.run("vm show dos")
    mon.press_keys(dos, "dir{enter}")
    mon.wait_text(dos, "README")
    mon.run("rm /t.img")


def test_serial_far_end(mon):
    """A demo that sends to COM1 what is typed: at first to nobody, then to the monitor."""
    mon.run("demo echo")
    mon.wait_text("echo", "Serial line")
    mon.refused("screen echo 1", "leads to none")
    mon.run("vm set echo serial 1 console")
    mon.press_keys("echo", "hello")
    end = time.monotonic() + 60
    while "hello" not in mon.run("screen echo 1"):
        assert time.monotonic() < end
    mon.refused("vm set echo serial 3 console", "cannot change while it runs")
    mon.run("vm delete echo")


def test_onexit():
    """A guest that cannot go on is started again, or forgotten, as its key says."""
    with Monitor(files={"/images/bad.img": ours("hostile-lmsw")}) as monitor:
        monitor.machine("stay", "floppy a: /images/bad.img ro", "boot a:")
        reason = monitor.wait_state("stay", "stopped")
        assert "protected" in reason
        monitor.machine("gone", "floppy a: /images/bad.img ro", "boot a:", "onexit delete")
        monitor.wait_state("gone", "off")
        assert "gone: stopped" in monitor.run("log")


def test_background():
    with Monitor() as monitor:
        monitor.machine("bg", "floppy a: /demo/clock.img", "boot a:", "background pause")
        monitor.wait_state("bg", "paused")
        monitor.serial.send("view bg\r")
        monitor.serial.expect("Task load")
        monitor.serial.send("\x1d")
        monitor.serial.expect("poly86> $")
        monitor.wait_state("bg", "paused")
        monitor.run("vm set bg background on")
        monitor.wait_state("bg", "running")


def test_stop_and_kill():
    with Monitor() as monitor:
        monitor.machine("dos", "floppy a: /demo/minidos.img", "boot a:")
        monitor.wait_text("dos", "A>")
        monitor.run("vm reset dos")
        monitor.wait_text("dos", "A>")
        monitor.run("vm stop dos 1")
        assert monitor.state("dos")[1] == "off"
        monitor.start("dos")
        monitor.kill("dos")
        assert monitor.state("dos")[1] == "off"
        monitor.refused("vm kill dos", "is off")
        monitor.run("demo clock")
        monitor.wait_text("clock", "Task load")
        assert "clock" in monitor.run("demo")


def test_reboot_and_shutdown():
    with Monitor() as monitor:
        monitor.run("into /kept echo kept; demo minidos")
        monitor.wait_text("minidos", "A>")
        monitor.serial.send("reboot\r")
        monitor.serial.expect("Restarting.")
        monitor.booted()
        assert monitor.run("cat /kept; vm list") == "kept\nno machines"
        monitor.serial.send("shutdown\r")
        monitor.serial.expect("It is safe to switch off.")
        assert "sound" in polyfs(monitor.image, "check").decode()


# --- the screen and the keyboard ---

def test_the_pcs_own_screen():
    with Monitor() as pc:
        pc.wait_screen("^poly86>")
        pc.type("echo Hello, {{x}{enter}")
        pc.wait_screen(r"^Hello, {x}")
        pc.run("keymap de")
        pc.type("echo zy;'[-{enter}")                # keys of a US keyboard, where Z is Y
        pc.wait_screen("^yzöäüß")
        pc.run("keymap us")
        pc.type("{ctrl+alt+f2}")
        pc.wait_screen("boot: .* KB of memory")
        pc.type("{ctrl+alt+f1}")
        pc.wait_screen("^yzöäüß")


def test_hot_keys_and_machines_on_the_screen():
    with Monitor() as pc:
        pc.wait_screen("^poly86>")
        pc.run("source /demo/minidos.vm; source /demo/clock.vm")
        pc.wait_text("minidos", "A>")
        pc.type("{ctrl+alt+f3}")
        pc.wait_screen("^A>")
        pc.type("ver{enter}")
        pc.wait_screen(r"^minidos 1.0\n")
        pc.type("{ctrl+alt+f4}")
        pc.wait_screen("Task load")
        pc.type("{ctrl+alt+f10}")
        pc.wait_screen("(?s) minidos - running .* clock - running .*Arrows choose")
        pc.type("{left}{left}{enter}")
        pc.wait_screen("^A>")
        pc.type("dir{enter}")                        # no Ctrl or Alt stayed down in there
        pc.wait_screen("README")
        pc.type("{ctrl+alt+f1}")
        pc.wait_screen("^poly86>")
        pc.type("{ctrl+c}echo free{enter}")
        pc.wait_screen("^free")
        pc.run("vm delete minidos; vm delete clock")
        pc.type("{ctrl+alt+f3}")                       # nobody is there any more
        pc.type("echo still here{enter}")
        pc.wait_screen("^still here")


def test_lamps_follow_the_screen_in_front():
    with Monitor() as pc:
        pc.wait_screen("^poly86>")
        pc.type("{caps_lock}echo lamp{enter}")
        pc.wait_screen("^ECHO: no such command")
        pc.type("{caps_lock}echo lamp{enter}")
        pc.wait_screen("^lamp")


def test_a_deleted_machine_in_front_gives_way():
    with Monitor() as pc:
        pc.wait_screen("^poly86>")
        pc.run("source /demo/clock.vm")
        pc.type("{ctrl+alt+f3}")
        pc.wait_screen("Task load")
        pc.run("vm delete clock")
        pc.wait_screen("^poly86>")
