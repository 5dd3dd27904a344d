"""A PC in QEMU, driven from a test: QMP, serial lines, screen, keyboard and memory.

    from qemu import Machine

    def test_prompt():
        with Machine("-hda", "build/poly86.img", memory=16) as pc:
            pc.serial.expect(r"poly86> ")
            pc.serial.send("vm list\r")
            pc.serial.expect(r"no machines")
            pc.wait_screen(r"poly86> ")
            pc.keys("ctrl+alt+f2")          # one chord
            pc.type("help{ret}")            # text, with {chords} in braces

How it works.  The emulator is started paused (-S); the helper connects to its QMP socket
and to a socket for each serial line, and only then lets the processor run, so that no
byte that the guest sends is lost.  Every serial line is drained by a thread into a log;
`expect` looks only at what came after the last match.

Rules for tests.  Wait for events (`expect`, `wait_screen`, `wait_event`), never for fixed
times; the default limit is generous because machines are slow and noisy.  A time-out raises
Timeout with the tail of every serial line and the text screen in its message.  Disks are
opened with snapshot=on unless a test asks otherwise (`drive(..., write=True)`), so tests
cannot disturb each other through an image.

Keywords of Machine: machine="pc", cpu=None, memory=16 (MB), serials=1 (COM1...),
icount=None ("shift=0,sleep=off"), display="none", wait=60 (default limit in seconds),
paused=False (True: the test itself says `pc.cont()`), reboot=True (False adds -no-reboot).
"""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

QEMU = os.environ.get("QEMU", "qemu-system-i386")

# What a character is typed with on a US keyboard, in QEMU's names of keys (QKeyCode).
_PLAIN = {" ": "spc", "-": "minus", "=": "equal", "[": "bracket_left", "]": "bracket_right",
          ";": "semicolon", "'": "apostrophe", "`": "grave_accent", "\\": "backslash",
          ",": "comma", ".": "dot", "/": "slash", "\n": "ret", "\r": "ret", "\t": "tab",
          "\x1b": "esc", "\b": "backspace"}
_SHIFTED = dict(zip('!@#$%^&*()', "1234567890"))
_SHIFTED.update({"_": "minus", "+": "equal", "{": "bracket_left", "}": "bracket_right",
                 ":": "semicolon", '"': "apostrophe", "~": "grave_accent", "|": "backslash",
                 "<": "comma", ">": "dot", "?": "slash"})
_ALIASES = {"enter": "ret", "space": "spc", "del": "delete", "ins": "insert", "pageup": "pgup",
            "pagedown": "pgdn"}


class Timeout(AssertionError):
    """What a test waited for did not come."""


class QmpError(RuntimeError):
    """QEMU refused a command."""


def drive(path, interface="ide", index=0, write=False, fmt="raw", **more):
    """Arguments for one disk; interface: ide, floppy or none (then give id=...)."""
    options = ["file=%s" % path, "format=%s" % fmt, "if=%s" % interface]
    if interface != "none":
        options.append("index=%d" % index)
    if not write:
        options.append("snapshot=on")
    options += ["%s=%s" % item for item in more.items()]
    return ["-drive", ",".join(options)]


def _chord(text):
    """'ctrl+alt+f1' -> ['ctrl', 'alt', 'f1'] in QEMU's names."""
    if text == "+":
        return ["shift", "equal"]
    names = []
    for part in text.split("+"):
        part = part.lower() if len(part) > 1 else part
        names += _character(part) if len(part) == 1 else [_ALIASES.get(part, part)]
    return names


def _character(char):
    if char in _PLAIN:
        return [_PLAIN[char]]
    if char in _SHIFTED:
        return ["shift", _SHIFTED[char]]
    if char.isupper():
        return ["shift", char.lower()]
    return [char]


def _unwrap(text, columns):
    return "".join(line if len(line) == columns else line + "\n" for line in text.split("\n"))


class Serial:
    """One serial line: everything that came is in `log` (bytes)."""

    def __init__(self, machine, path):
        self._begin(machine, _connect(path, machine))

    def _begin(self, machine, connection):
        self.machine = machine
        self.log = bytearray()
        self.position = 0  # `expect` has consumed up to here
        self._changed = threading.Condition()
        self._open = True
        self._socket = connection
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                data = b""
            with self._changed:
                self.log += data
                self._open = bool(data)
                self._changed.notify_all()
            if not data:
                return

    def expect(self, pattern, timeout=None):
        """Waits for the regular expression (str or bytes); returns the match, of str if the
        pattern was (then decoded as latin-1). What stood before it counts as read."""
        timeout = self.machine.wait if timeout is None else timeout
        as_text = isinstance(pattern, str)
        compiled = re.compile(pattern, re.MULTILINE)
        end = time.monotonic() + timeout
        with self._changed:
            while True:
                data = bytes(self.log[self.position:])
                match = compiled.search(data.decode("latin-1") if as_text else data)
                if match:
                    self.position += match.end()
                    return match
                left = end - time.monotonic()
                if left <= 0 or not self._open:
                    break
                self._changed.wait(left)
        why = "time-out" if self._open else "the emulator ended"
        raise Timeout("%s waiting for %r on serial\n%s" % (why, pattern, self.machine.report()))

    def send(self, data):
        """Sends text (latin-1) or bytes. The 16550 model takes them as its guest reads."""
        if isinstance(data, str):
            data = data.encode("latin-1")
        self._socket.sendall(data)

    def ask(self, line, prompt=r"poly86> $", timeout=None):
        """Types a line, waits for the prompt, returns what was printed in between."""
        start = self.position
        self.send(line + "\r")
        self.expect(prompt, timeout)
        answer = bytes(self.log[start:self.position]).decode("latin-1").replace("\r", "")
        return answer.partition("\n")[2].rpartition("\n")[0]

    def text(self):
        """All that ever came."""
        with self._changed:
            return bytes(self.log).decode("latin-1")

    def close(self):
        self._socket.close()


def _connect(path, machine, limit=30):
    end = time.monotonic() + limit
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(path)
            return connection
        except OSError:
            connection.close()
            if machine.process.poll() is not None:
                raise RuntimeError("QEMU ended at once:\n" + machine.errors())
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


class Machine:
    def __init__(self, *args, machine="pc", cpu=None, memory=16, serials=1, icount=None,
                 display="none", wait=60, paused=False, reboot=True):
        self.wait = wait
        self.folder = tempfile.mkdtemp(prefix="poly86-")
        self.events = []
        self._next_event = 0
        self.serial_lines = []
        self.process = None
        line = [QEMU, "-M", machine, "-m", str(memory), "-display", display, "-S",
                "-qmp", "unix:%s,server=on,wait=off" % self._path("qmp"), "-net", "none",
                "-chardev", "file,id=port80,path=" + self._path("port80"),
                "-device", "isa-debugcon,iobase=0x80,chardev=port80"]
        for index in range(serials):
            line += ["-chardev", "socket,id=line%d,path=%s,server=on,wait=off"
                     % (index, self._path("line%d" % index)), "-serial", "chardev:line%d" % index]
        if cpu:
            line += ["-cpu", cpu]
        if icount:
            line += ["-icount", icount]
        if not reboot:
            line.append("-no-reboot")
        for arg in args:
            line += [arg] if isinstance(arg, (str, os.PathLike)) else list(arg)
        self.command = [str(part) for part in line]
        with open(self._path("errors"), "wb") as errors:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                            stdout=errors, stderr=errors)
        try:
            self._socket = _connect(self._path("qmp"), self)
            self._stream = self._socket.makefile("rwb")
            self._read()  # the greeting
            self.qmp("qmp_capabilities")
            for index in range(serials):
                self.serial_lines.append(Serial(self, self._path("line%d" % index)))
            if not paused:
                self.cont()
        except BaseException:
            self.close()
            raise

    serial = property(lambda self: self.serial_lines[0])

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def _path(self, name):
        return os.path.join(self.folder, name)

    # --- QMP ---

    def _read(self, timeout=60):
        self._socket.settimeout(timeout)
        try:
            line = self._stream.readline()
        except OSError as error:
            raise Timeout("QMP does not answer: %s" % error)
        if not line:
            raise RuntimeError("QEMU ended:\n" + self.errors())
        return json.loads(line)

    def qmp(self, command, **arguments):
        """One QMP command (underscores in argument names become dashes); its result."""
        request = {"execute": command}
        if arguments:
            request["arguments"] = {k.replace("_", "-"): v for k, v in arguments.items()}
        self._stream.write(json.dumps(request).encode() + b"\n")
        self._stream.flush()
        while True:
            answer = self._read()
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise QmpError("%s: %s" % (command, answer["error"]["desc"]))
            else:
                return answer["return"]

    def hmp(self, line):
        """A line of QEMU's human monitor; its text."""
        return self.qmp("human-monitor-command", command_line=line).replace("\r", "")

    def wait_event(self, name, timeout=None):
        """The next QMP event of that name (RESET, SHUTDOWN, ...), old ones included once."""
        end = time.monotonic() + (self.wait if timeout is None else timeout)
        while True:
            while self._next_event < len(self.events):
                event = self.events[self._next_event]
                self._next_event += 1
                if event["event"] == name:
                    return event
            if time.monotonic() > end:
                raise Timeout("time-out waiting for event %s\n%s" % (name, self.report()))
            self.qmp("query-status")  # collects events on its way
            time.sleep(0.05)

    def cont(self):
        self.qmp("cont")

    def stop(self):
        self.qmp("stop")

    def reset(self):
        self.qmp("system_reset")

    def nmi(self):
        self.qmp("inject-nmi")

    # --- memory and screen ---

    def memory(self, paddr, size):
        """Bytes of physical memory."""
        path = self._path("memory")
        self.qmp("pmemsave", val=paddr, size=size, filename=path)
        with open(path, "rb") as file:
            return file.read()

    def cells(self, columns=80, rows=25, paddr=0xb8000):
        """The text screen as rows of (character, attribute) numbers."""
        data = self.memory(paddr, columns * rows * 2)
        pairs = list(zip(data[0::2], data[1::2]))
        return [pairs[row * columns:(row + 1) * columns] for row in range(rows)]

    def screen(self, columns=80, rows=25, paddr=0xb8000):
        """The text screen, in lines without the blanks at their ends (code page 437)."""
        data = self.memory(paddr, columns * rows * 2)[0::2].replace(b"\0", b" ")
        text = data.decode("cp437")
        return "\n".join(text[row * columns:(row + 1) * columns].rstrip() for row in range(rows))

    def wait_screen(self, pattern, timeout=None, **where):
        """Waits until the regular expression is on the text screen; the match. It may also
        be found in the text with lines joined where they were broken at the right edge."""
        end = time.monotonic() + (self.wait if timeout is None else timeout)
        while True:
            text = self.screen(**where)
            for seen in (text, _unwrap(text, where.get("columns", 80))):
                match = re.search(pattern, seen, re.MULTILINE)
                if match:
                    return match
            if self.process.poll() is not None:
                raise Timeout("the emulator ended\n" + self.report())
            if time.monotonic() > end:
                raise Timeout("time-out waiting for %r on screen\n%s" % (pattern, self.report()))
            time.sleep(0.1)

    def screendump(self, path, fmt="png"):
        """A picture of the screen."""
        self.qmp("screendump", filename=os.path.abspath(path), format=fmt)

    def port80(self):
        """Every byte written to port 80h so far: the progress codes, oldest first. (A debug
        console sits there; QEMU's own port 80h forgets what it is given.)"""
        with open(self._path("port80"), "rb") as file:
            return file.read()

    def wait_port80(self, code, timeout=None):
        """Waits until that is the last progress code."""
        end = time.monotonic() + (self.wait if timeout is None else timeout)
        while self.port80()[-1:] != bytes([code]):
            if time.monotonic() > end:
                raise Timeout("time-out waiting for code %02X; seen: %s\n%s"
                              % (code, self.port80().hex(" "), self.report()))
            time.sleep(0.05)

    # --- keyboard ---

    def keys(self, chord, hold_ms=None):
        """Presses the keys of one chord together ('ctrl+alt+f1', 'a', 'shift') and lets go."""
        names = [{"type": "qcode", "data": name} for name in _chord(chord)]
        if hold_ms is None:
            self.qmp("send-key", keys=names)
        else:
            self.qmp("send-key", keys=names, hold_time=hold_ms)

    def press(self, key, down=True):
        """One key goes down (or up) and stays there."""
        for name in _chord(key):
            self.qmp("input-send-event", events=[{"type": "key", "data": {
                "down": down, "key": {"type": "qcode", "data": name}}}])

    def type(self, text, gap=0.03):
        """Types text as on a US keyboard; {enter}, {ctrl+c}, {{ as the shell's `keys` does."""
        for brace, chord, char in re.findall(r"(\{\{)|\{([^}]+)\}|([\s\S])", text):
            keys = _chord(chord) if chord else _character("{" if brace else char)
            for down in (True, False):
                self.qmp("input-send-event", events=[{"type": "key", "data": {
                    "down": down, "key": {"type": "qcode", "data": name}}}
                    for name in (keys if down else reversed(keys))])
                time.sleep(gap)  # a keyboard's controller takes one byte at a time

    # --- mouse ---

    def move_mouse(self, dx, dy):
        """The PC's mouse moves right and down."""
        self.qmp("input-send-event", events=[
            {"type": "rel", "data": {"axis": axis, "value": value}}
            for axis, value in (("x", dx), ("y", dy))])

    def button(self, name, down=True):
        """A button of the PC's mouse: left, middle, right, wheel-up, wheel-down."""
        self.qmp("input-send-event", events=[{"type": "btn", "data": {"down": down,
                                                                      "button": name}}])

    # --- the end ---

    def errors(self):
        with open(self._path("errors"), "rb") as file:
            return file.read().decode("utf-8", "replace")

    def report(self):
        """What a failed test wants to see."""
        parts = ["command: " + " ".join(self.command)]
        for number, line in enumerate(self.serial_lines, 1):
            parts.append("--- COM%d (end of %d bytes)\n%s"
                         % (number, len(line.log), line.text()[-3000:]))
        try:
            parts.append("--- screen\n" + re.sub(r"\n\n+", "\n", self.screen()))
        except Exception as error:
            parts.append("--- no screen: %s" % error)
        if self.errors():
            parts.append("--- QEMU said\n" + self.errors())
        return "\n".join(parts)

    def close(self):
        """Ends the emulator; safe to call twice."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for line in self.serial_lines:
            line.close()
        shutil.rmtree(self.folder, ignore_errors=True)
