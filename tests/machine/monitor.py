"""poly86 in QEMU, driven through its serial shell; on top of qemu.py.

    from monitor import Monitor, guest

    def test_dir():
        with Monitor(files={"/images/dos.img": guest("freedos-360K.img")}) as mon:
            mon.define("dos", "floppy a: /images/dos.img", "boot a:")
            mon.start("dos")
            mon.wait_text("dos", "A:\\\\>")
            mon.press_keys("dos", "dir{enter}")
            assert "FREEDOS" in mon.text("dos")

How it works.  Each test gets its own copy of the disk image (sparse, in the emulator's own
folder), with `files` put in by build/polyfs before the boot and read back afterwards
(`mon.get`). A command line is sent together with `echo @$?@`, whose output tells its end
and its status; `run` returns the output and raises Refused unless the status is 0. Waiting
is done by the shell's own `wait`, which looks at the machine's screen as a user would.

POLY86_IMAGE names another image than build/poly86.img, POLY86_GUESTS another folder than
~/.local/share/poly86/guests. A guest that is not there skips the test.
"""

import os
import re
import struct
import subprocess
import tempfile
import time

import pytest

from qemu import Machine, Timeout, drive

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build")
POLYFS = os.path.join(BUILD, "polyfs")
IMAGE = os.environ.get("POLY86_IMAGE", os.path.join(BUILD, "poly86.img"))
GUESTS = os.environ.get("POLY86_GUESTS", os.path.expanduser("~/.local/share/poly86/guests"))
OURS = os.path.join(BUILD, "guests")

PROMPT = r"poly86> $"
BOOT_S = 120            # a noisy machine, a 486 and a floppy: all at once
WAIT_S = 120            # for a text on a machine's screen
OPTIONS = "/boot/options"       # words that the boot loader hands to the kernel


class Refused(AssertionError):
    """The shell said no: what it printed, and the status."""

    def __init__(self, line, status, output):
        super().__init__("%s: status %d: %s" % (line, status, output))
        self.status, self.output = status, output


def guest(name):
    """Path of a system found on this computer; skips the test when it is not there."""
    path = os.path.join(GUESTS, name)
    if not os.path.exists(path):
        pytest.skip("%s is not in %s (POLY86_GUESTS names the folder)" % (name, GUESTS))
    return path


def ours(name):
    """Path of a guest that the build makes."""
    return os.path.join(OURS, name + ".img")


def assembled(name, folder, *options):
    """Path of what the source of that name in this folder becomes; made in `folder`."""
    target = os.path.join(str(folder), name + ".bin")
    here = os.path.join(ROOT, "tests/machine/")
    subprocess.run(["nasm", "-f", "bin", "-I", here, *options, "-o", target, here + name], check=True)
    return target


def assemble(name, folder, *options):
    """The same, as bytes."""
    with open(assembled(name, folder, *options), "rb") as file:
        return file.read()


def polyfs(image, *words, data=None):
    """The host tool; its output as bytes."""
    done = subprocess.run([POLYFS, image, *words], input=data, capture_output=True)
    assert done.returncode == 0, "polyfs %s: %s" % (" ".join(words), done.stderr.decode())
    return done.stdout


def put(image, path, what):
    """A file of this computer (str) or its content (bytes) becomes a file of the volume."""
    if isinstance(what, bytes):
        polyfs(image, "put", "-p", "-", path, data=what)
    else:
        polyfs(image, "put", "-p", str(what), path)


def copy_image(target, source=None):
    subprocess.run(["cp", "--sparse=always", source or IMAGE, target], check=True)
    return target


class Monitor(Machine):
    """The PC with our image in its first hard disk, up to the shell's prompt.

    files: {path on the volume: host path or bytes}; remove: paths that are to be missing;
    options: the words of /boot/options; image: a prepared image that the caller keeps (it is
    written to); the rest as for Machine.
    """

    def __init__(self, *args, files=None, remove=(), options="", image=None, memory=32,
                 cpu="pentium", boot=True, **more):
        self._own = None
        try:
            self._prepare(image, files, remove, options)
            super().__init__(*drive(self.image, write=True), *args, memory=memory, cpu=cpu,
                             wait=more.pop("wait", BOOT_S), **more)
        except BaseException:
            self._forget()
            raise
        if boot:
            try:
                self.booted()
            except BaseException:
                self.close()
                raise

    def _prepare(self, image, files, remove, options):
        if image is None:
            handle, image = tempfile.mkstemp(prefix="poly86-", suffix=".img")
            os.close(handle)
            self._own = image
            copy_image(image)
        self.image = image
        for path in remove:
            polyfs(image, "rm", path)
        for path, what in (files or {}).items():
            put(image, path, what)
        if options:
            put(image, OPTIONS, options.encode() + b"\n")

    def booted(self):
        """Waits for the shell's prompt of a boot, and until the task that booted is gone."""
        self.serial.expect(PROMPT, BOOT_S)
        while re.search(r"^start ", self.run("tasks"), re.MULTILINE):
            pass

    def _forget(self):
        if self._own and os.path.exists(self._own):
            os.unlink(self._own)

    def close(self):
        super().close()
        self._forget()

    # --- the shell ---

    def try_run(self, line, timeout=None):
        """(output, status) of a command line. The status is a positive error number."""
        start = self.serial.position
        self.serial.send(line + "\recho @$?@\r")
        match = self.serial.expect(r"\n@(\d+)@\r?\n(.*\r)?poly86> $", timeout or WAIT_S + 30)
        text = bytes(self.serial.log[start:self.serial.position]).decode("utf-8", "replace")
        text = text.replace("\r\n", "\n")
        text = text.partition("\n")[2]                  # the echo of the line
        text = text[:text.rfind("\n@%s@" % match.group(1))]
        return text.rpartition("\n")[0], int(match.group(1))

    def run(self, line, timeout=None):
        """The output of a command line that must succeed."""
        output, status = self.try_run(line, timeout)
        if status:
            raise Refused(line, status, output)
        return output

    def refused(self, line, pattern, timeout=None):
        """The command must fail, with a message that matches."""
        output, status = self.try_run(line, timeout)
        assert status, "%s was not refused: %s" % (line, output)
        assert re.search(pattern, output), "%s: said %r, not %r" % (line, output, pattern)
        return output

    def script(self, path, *lines):
        """Bytes of a script, for `files`."""
        return ("\n".join(lines) + "\n").encode()

    # --- machines ---

    def define(self, name, *keys):
        """Configures a machine: keys as in the block of `vm new`. 640K+1M if not said."""
        keys = list(keys)
        if not any(key.startswith("memory") for key in keys):
            keys.insert(0, "memory 640K+1M")
        self.serial.send("vm new %s\r" % name)
        answer = self.serial.expect(r"\n(.*)\r\npoly86> $|%s> $" % re.escape(name))
        if answer.group(1):
            raise Refused("vm new " + name, 1, answer.group(1))
        for key in keys:
            self.serial.send(key + "\r")
            answer = self.serial.expect(r"\n([^\n]*\n)?(\x1b\[\w|\r)*%s> $" % re.escape(name))
            if answer.group(1) and answer.group(1).strip():
                raise Refused(key, 1, answer.group(1).strip())
        self.run("end")

    def start(self, name, paused=False):
        self.run("vm start %s%s" % (name, " paused" if paused else ""))

    def machine(self, name, *keys):
        """define and start."""
        self.define(name, *keys)
        self.start(name)

    def kill(self, name):
        self.run("vm kill " + name)

    def wait_text(self, name, text, seconds=WAIT_S):
        """Until the text is on the machine's screen, by the shell's `wait`."""
        output, status = self.try_run('wait %s "%s" %d' % (name, text, seconds), seconds + 60)
        if status:
            raise Timeout("%s\n%s\n%s" % (output, self.text(name), self.report()))

    def text(self, name):
        """The machine's screen."""
        return self.run("screen " + name)

    def press_keys(self, name, text):
        self.run('keys %s "%s"' % (name, text))

    def state(self, name):
        """Its line of `vm list`, in words: [name, state, memory...]."""
        for line in self.run("vm list").splitlines():
            if line.split()[:1] == [name]:
                return line.split()
        return None

    def wait_state(self, name, state, seconds=WAIT_S):
        """Until `vm list` says so; that line."""
        end = time.monotonic() + seconds
        while True:
            words = self.state(name)
            if words and words[1] == state:
                return " ".join(words)
            if time.monotonic() > end:
                raise Timeout("%s is not %s: %s\n%s" % (name, state, words, self.report()))
            self.run("sleep 1")

    # --- numbers ---

    def free_kb(self):
        """Free memory of the PC, in KB."""
        return int(re.search(r"(\d+) K of \d+ K are free", self.run("memory")).group(1))

    def accounts(self):
        """{account: (KB in frames, bytes of heap)} as `memory` tells; without the shell's,
        which holds the history of what a test types."""
        rows = re.findall(r"^(\S+) +(\d+) K +(\d+)$", self.run("memory"), re.MULTILINE)
        return {name: (int(frames), int(heap)) for name, frames, heap in rows
                if name != "shell"}

    def modules(self):
        """Names of the modules in memory."""
        return [line.split()[0] for line in self.run("module list").splitlines()[1:] if line.strip()]

    def times_ms(self, name):
        """(how long the machine has been on, how much of the processor it had), in ms."""
        words = re.search(r"on for (\d+) ms, processor time (\d+) ms", self.run("stat " + name))
        return int(words.group(1)), int(words.group(2))

    def counters(self, name):
        """(name, dwords) that a guest of ours keeps at 600h (guests/README.md), by the debugger."""
        rows = re.findall(r"^0000:06[0-2]0 +((?:\w\w ){16})",
                          self.run("dbg %s; d 0:600 L 30; q" % name), re.MULTILINE)
        data = bytes.fromhex("".join(rows))
        return data[:16].rstrip(b"\0").decode(), struct.unpack("<8I", data[16:48])

    def wait_counter(self, name, index, value, seconds=WAIT_S):
        """Until that dword has come to the value; all of them."""
        end = time.monotonic() + seconds
        while True:
            counts = self.counters(name)[1]
            if counts[index] >= value:
                return counts
            if time.monotonic() > end:
                raise Timeout("%s: counter %d stays at %r\n%s"
                              % (name, index, counts, self.report()))
            self.run("sleep 1")

    # --- files ---

    def get(self, path):
        """A file of the volume; call it when the monitor has synced it (or after `close`
        with an image of your own)."""
        return polyfs(self.image, "get", path, "-")


class Dos:
    """A command line in a machine: FreeDOS, minidos."""

    def __init__(self, monitor, name, prompt="A:\\>"):
        self.monitor, self.name, self.prompt = monitor, name, prompt

    def ready(self, seconds=WAIT_S):
        """Waits for the first prompt."""
        self.monitor.wait_text(self.name, self.prompt.rstrip(), seconds)

    def answer(self, text, line):
        """What stands between the line and the prompt after it; None while there is none."""
        rows = text.rstrip("\n ").split("\n")
        typed = [n for n, row in enumerate(rows) if row.rstrip() == self.prompt + line]
        if not typed or rows[-1].strip() != self.prompt.strip() or typed[-1] == len(rows) - 1:
            return None
        return "\n".join(row.rstrip() for row in rows[typed[-1] + 1:-1]).strip()

    def _type(self, line, finished, seconds):
        self.monitor.press_keys(self.name, line + "{enter}")
        end = time.monotonic() + seconds
        while True:
            text = self.monitor.text(self.name)
            answer = finished(text)
            if answer is not None:
                return answer
            if time.monotonic() > end:
                raise Timeout("no end of %r in %s:\n%s\n%s" % (line, self.name, text, self.monitor.report()))

    def clear(self):
        """CLS, until the prompt is all that is on the screen."""
        self._type("cls", lambda text: text.strip() == self.prompt.strip() or None, WAIT_S)

    def run(self, line, seconds=WAIT_S):
        """Types a line of less than a screen's width; its output, of less than a screen."""
        if self.prompt + line in self.monitor.text(self.name):
            self.clear()                # or the old answer could be taken for the new one
        return self._type(line, lambda text: self.answer(text, line), seconds)
