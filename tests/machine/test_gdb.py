"""GDB, Debian's own, on a serial line of the PC: it debugs a guest of ours, and a program inside a DOS."""

import os
import queue
import re
import shutil
import socket
import subprocess
import threading

import pytest

from monitor import ROOT, Monitor, guest as found
from test_debugger import Session, labels_of

KEYS = ("floppy a: /images/break.img ro",)
BEGIN, END, ROUNDS = 0x7c40, 0x9000, 100
GDB_S = 100

pytestmark = pytest.mark.skipif(not shutil.which("gdb"), reason="gdb is not there; tools/setup installs it")


class Bridge:
    """The PC's COM2 as a TCP port, for a gdb that comes and goes."""

    def __init__(self, line):
        self.line = line
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._to_gdb, args=(peer, len(self.line.log)), daemon=True).start()
            try:
                while data := peer.recv(4096):
                    self.line.send(data)
            except OSError:
                pass
            peer.close()

    def _to_gdb(self, peer, at):
        line = self.line
        while True:
            with line._changed:
                while len(line.log) == at:
                    line._changed.wait()
                data = bytes(line.log[at:])
            at += len(data)
            try:
                peer.sendall(data)
            except OSError:
                return

    def close(self):
        self.listener.close()


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gdb")
    path, listing = str(folder / "break.img"), str(folder / "break.lst")
    subprocess.run(["nasm", "-f", "bin", "-l", listing, "-o", path,
                    os.path.join(ROOT, "tests/machine/break_guest.asm")], check=True)
    with open(path, "r+b") as file:
        file.truncate(1440 * 1024)
    with open(path, "rb") as file:
        return file.read(), labels_of(listing)


@pytest.fixture
def session(image):
    with Monitor(files={"/images/break.img": image[0]}, serials=2) as monitor:
        monitor.define("one", *KEYS)
        monitor.define("two", *KEYS)
        session = Session(monitor)
        session.bridge = Bridge(monitor.serial_lines[1])
        yield session
        session.bridge.close()


def gdb(session, *commands):
    """What gdb says to these commands, connected."""
    line = ["gdb", "-nx", "-batch", "-ex", "set pagination off", "-ex", "set confirm off",
            "-ex", "set tcp connect-timeout 60", "-ex", "set remotetimeout 60",
            "-ex", "target remote 127.0.0.1:%d" % session.bridge.port]
    for command in commands:
        line += ["-ex", "echo <%s>\\n" % command.replace('"', '\\"'), "-ex", command]
    done = subprocess.run(line, capture_output=True, text=True, timeout=GDB_S, cwd="/")
    return done.stdout + done.stderr


class Talk:
    """A gdb that is told one thing after the other."""

    def __init__(self, session):
        self.process = subprocess.Popen(["gdb", "-nx", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, bufsize=1)
        self.said = []
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.tell("set pagination off")
        self.tell("set confirm off")
        self.tell("target remote 127.0.0.1:%d" % session.bridge.port)

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)

    def until(self, pattern):
        while True:
            try:
                line = self.lines.get(timeout=GDB_S)
            except queue.Empty:
                self.process.kill()
                raise AssertionError("%s does not come\n%s" % (pattern, "".join(self.said))) from None
            self.said.append(line)
            if re.search(pattern, line):
                return line

    def tell(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def end(self):
        self.tell("quit")
        self.process.wait(60)


def part(said, command):
    """What it said to one of them."""
    return re.search(r"<%s>\n(.*?)(?=\n<|\Z)" % re.escape(command), said, re.S).group(1)


def at_begin(session):
    session.ask("vm start one paused")
    session.ask("dbg one")
    assert "fninit" in session.ask("g 0:%x" % BEGIN)
    assert "gdb: serves one on com2" in session.ask("gdb com2 one")


def test_break_step_watch_inspect_detach(session, image):
    labels = image[1]
    at_begin(session)
    said = gdb(session, "info threads", "p/x $eip", "p/x $ip", "p/x $cs", "break *0x%x" % labels["work"], "continue",
               "p/x $eip", "p/x $esp", "stepi", "x/i $pc", "delete", "watch *(unsigned char *)0x6100", "continue",
               "p/x $eip", "info registers eflags", "delete", "rwatch *(int *)0x6103", "continue", "delete",
               "p $st0", "set var *(char *)0x6180 = 0x42", "set var $ax = 0x1111", "p/x $eax", "x/2xb 0x6180",
               "monitor bpx 0:%x" % labels["round"], "monitor r ip", "monitor nonsense", "monitor bc *", "hbreak *0x%x" % labels["copy"],
               "continue", "p/x $ecx", "stepi", "p/x $ecx", "detach")
    assert "one" in part(said, "info threads")
    assert part(said, "p/x $eip") .endswith("= 0x%x" % BEGIN) and part(said, "p/x $ip").endswith("= 0x%x" % BEGIN)
    assert "Breakpoint 1" in part(said, "continue"), said
    assert "0x%08x in ??" % (labels["work"] + 4) in part(said, "stepi"), said
    assert "ret" in part(said, "x/i $pc")
    watched = re.findall(r"Hardware watchpoint 2: .*\n\nOld value = (.*)\nNew value = (.*)", said)
    assert watched and "99" in watched[0][1], said
    assert re.search(r"Hardware read watchpoint 3:", said), said
    assert part(said, "p $st0").endswith("= 1")
    assert "0x42" in part(said, "x/2xb 0x6180") and part(said, "p/x $eax").endswith("1111")
    # What our commands print comes by gdb's standard error.
    assert "breakpoint 0\nip=" in said and "nonsense: no such command" in said
    assert "detached" in part(said, "detach")
    # It ends as if nothing had happened.
    session.ask("bc *")
    session.wait_gone()
    session.ask("bpx 0:%x" % END)
    session.wait_paused("one")
    assert session.ask("? dword [0:6000]").startswith("00000064")
    session.ask("q")
    assert not {"gdb", "debugger"} & set(session.monitor.modules())


def test_one_after_the_other(session, image):
    """A GDB that vanishes while the machine runs: the next one finds it standing, without the breakpoints of
    the first. Commands of ours that would wait for the machine do not keep GDB waiting."""
    labels = image[1]
    at_begin(session)
    talk = Talk(session)
    talk.tell("break *0x%x" % END)
    talk.until("Breakpoint 1 at")
    talk.tell("monitor e 0:%x eb fe" % labels["work"])      # jmp $
    talk.tell("continue")
    talk.until("Continuing")
    for _ in range(60):
        if re.search(r"^one +running", session.ask("vm list"), re.M):
            break
        session.ask("sleep 1")
    talk.process.kill()
    talk.process.wait(60)
    said = gdb(session, "p/x $ip", "monitor bl", "monitor help bpx", "monitor g",
               "set remotetimeout 4", "monitor t until 0", "set remotetimeout 60", "p/x $cs", "detach")
    assert part(said, "p/x $ip").endswith("= 0x%x" % labels["work"]), said
    assert "no breakpoints" in said and "bpx ADDRESS" in said and "g: not from here" in said, said
    assert part(said, "p/x $cs").endswith("= 0x0") and "detached" in part(said, "detach"), said
    session.ask("q")
    session.wait_gone()
    assert not {"gdb", "debugger"} & set(session.monitor.modules())


def test_interrupt_and_threads(session):
    for name in ("one", "two"):
        session.ask("vm start " + name)
    assert "serves all machines on com2" in session.ask("gdb com2")
    session.refused("gdb com2 one", "served already")
    talk = Talk(session)
    talk.tell("info threads")
    talk.until("Thread 2")
    talk.tell("echo going\\n")
    talk.tell("continue")
    talk.until("going")
    talk.until("Continuing")
    for _ in range(60):
        if not re.search(r"^(one|two) +paused", session.ask("vm list"), re.M):
            break
        session.ask("sleep 1")
    talk.process.send_signal(2)
    talk.until("SIGINT")
    talk.tell("thread 2")
    talk.until("Switching to thread 2")
    talk.tell("p/x $ip")
    talk.until(r"= 0x")
    listed = session.ask("vm list")
    assert re.search(r"^one +paused", listed, re.M) and re.search(r"^two +paused", listed, re.M)
    talk.tell("detach")
    talk.until("detached")
    talk.end()
    for _ in range(60):
        if not re.search(r"^(one|two) +paused", session.ask("vm list"), re.M):
            break
        session.ask("sleep 1")
    assert re.search(r"^one +running", session.ask("vm list"), re.M)


def test_bad_lines(session):
    for line, why in (("gdb", "which line"), ("gdb com9", "no such serial line"), ("gdb com1 one", "in use"),
                      ("gdb com2 one", "no machine of that name"), ("gdb com2", "no machine is on"),
                      ("gdb com2 one two", "which line"), ("gdb com1234567", "no such serial line"), ("gdb off", "nobody")):
        session.refused(line, why)
    session.ask("vm start one")
    assert "serves one" in session.ask("gdb com2 one")
    assert re.search(r"^one +paused", session.ask("vm list"), re.M)
    # Rubbish, and a packet that is damaged: refused, and it goes on.
    line = session.monitor.serial_lines[1]
    line.send("\x00\xff$g#00")
    line.expect(rb"-")
    line.send("$qC#b4")
    line.expect(rb"\+\$QC1#")
    session.ask("gdb off")
    session.wait_gone()
    assert re.search(r"^one +running", session.ask("vm list"), re.M)


def test_a_program_inside_a_dos(image):
    """Break, step, watch, inspect, detach; and the program ends as if nothing had happened."""
    disk = found("freedos-360K.img")
    with Monitor(files={"/images/dos.img": disk}, serials=2) as monitor:
        monitor.machine("dos", "floppy a: /images/dos.img", "boot a:")
        monitor.wait_text("dos", "A:\\>")
        session = Session(monitor)
        session.bridge = Bridge(monitor.serial_lines[1])
        assert "serves dos" in session.ask("gdb com2 dos")
        # COMMAND.COM asks DOS for the version: INT 21h, AH=30h, goes where the vector says.
        talk = Talk(session)
        talk.tell("break *0x%x if ($eax & 0xff00) == 0x3000" % gdb_vector(session))
        talk.until("Breakpoint 1 at")
        talk.tell("echo going\\n")
        talk.tell("continue")
        talk.until("Continuing")
        for _ in range(60):
            if not re.search(r"^dos +paused", session.ask("vm list"), re.M):
                break
        session.ask('keys dos "ver /r{enter}"')
        talk.until("Breakpoint 1, ")
        talk.tell("p/x $eax")
        assert re.search(r"= 0x\w*30\w\w$", talk.until(r"\$1 = "))
        talk.tell("stepi")
        talk.until(r"0x\w+ in ")
        talk.tell("x/4xb $esp")
        talk.until(r"0x\w+:")
        talk.tell("delete")
        talk.tell("detach")
        talk.until("detached")
        talk.end()
        monitor.wait_text("dos", "DOS version")
        session.bridge.close()


def gdb_vector(session):
    low, high = (int(word, 16) for word in
                 re.search(r"(\w{4}) (\w{4})", session.ask("dw dos:0:84 L 2").partition("  ")[2]).groups())
    return (high << 4) + low
