"""poly86 in Bochs, driven through its serial shell: for what QEMU cannot show (VME, segment
limits in virtual-8086 mode, x87 errors that come before FRSTOR).

    from bochs import Bochs

    def test_vme():
        with Bochs(options="vme=off") as mon:
            mon.run("vm list")

A Monitor, as far as the shell reaches: QMP, the PC's screen and its keyboard are QEMU's.

How it works.  COM1 is a pseudo-terminal. Debian's Bochs is the debugger build: it wants a terminal
of its own and `c` from a file. Its speaker has to be left out, or it ends where there is no sound
card. Its clock follows the instructions executed, not the host's.
"""

import os
import pty
import subprocess
import tempfile
import threading
import tty

from monitor import BOOT_S, Monitor
from qemu import Serial

CONFIG = """\
plugin_ctrl: speaker=0
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
display_library: rfb, options="timeout=0"
megs: {memory}
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
cpu: model={cpu}, ips=50000000, reset_on_triple_fault=0
clock: sync=none
{drive}
com1: enabled=1, mode=term, dev={line}
log: {log}
panic: action=fatal
"""
DISK = """\
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=disk, path={image}, mode=flat
boot: disk
"""
FLOPPY = """\
floppya: 160k={image}, status=inserted
boot: floppy
"""


class Terminal(Serial):
    """A serial line that is a pseudo-terminal; the emulator opens `name`."""

    def __init__(self, machine):
        self._master, self._slave = pty.openpty()   # ours stays open: no end before the beginning
        tty.setraw(self._slave)
        self.name = os.ttyname(self._slave)
        self._begin(machine, self)

    def recv(self, count):
        return os.read(self._master, count)

    def sendall(self, data):
        while data:
            data = data[os.write(self._master, data):]

    def hang_up(self):
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def close(self):
        os.close(self._slave)
        os.close(self._master)


class Bochs(Monitor):
    def __init__(self, *, files=None, remove=(), options="", memory=16, cpu="pentium_mmx", wait=BOOT_S):
        self._own = self._console = None
        self.wait, self.process, self.serial_lines = wait, None, []
        self.folder = tempfile.mkdtemp(prefix="poly86-")
        try:
            self._prepare(None, files, remove, options)
            self._launch(memory, cpu, DISK)
            self.booted()
        except BaseException:
            self.close()
            raise

    def _launch(self, memory, cpu, drive):
        line = Terminal(self)
        self.serial_lines.append(line)
        with open(self._path("config"), "w", encoding="ascii") as file:
            file.write(CONFIG.format(memory=memory, cpu=cpu, drive=drive.format(image=self.image), line=line.name,
                                     log=self._path("log")))
        with open(self._path("commands"), "w", encoding="ascii") as file:
            file.write("c\n")
        self.command = ["bochs", "-q", "-f", self._path("config"), "-rc", self._path("commands")]
        self._console, console = pty.openpty()
        self.process = subprocess.Popen(self.command, stdin=console, stdout=console, stderr=console)
        os.close(console)
        self._watcher = threading.Thread(target=self._watch, args=(line,), daemon=True)
        self._watcher.start()

    def _watch(self, line):
        """Keeps what it says, and ends the line when it ends."""
        with open(self._path("errors"), "wb") as errors:
            try:
                while data := os.read(self._console, 65536):
                    errors.write(data)
                    errors.flush()
            except OSError:
                pass
        line.hang_up()

    def report(self):
        with open(self._path("log"), encoding="latin-1") as file:
            return super().report() + "\n--- Bochs's log\n" + file.read()[-3000:]

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
            self._watcher.join()
        if self._console is not None:
            os.close(self._console)
            self._console = None
        super().close()

    def _forget(self):
        if self._own and os.path.exists(self._own + ".lock"):
            os.unlink(self._own + ".lock")
        super()._forget()


class Bare(Bochs):
    """A guest's floppy image alone in it; `serial` is its COM1."""

    def __init__(self, image, *, memory=16, cpu="pentium_mmx", wait=BOOT_S):
        self._own = self._console = None
        self.wait, self.process, self.serial_lines = wait, None, []
        self.folder, self.image = tempfile.mkdtemp(prefix="poly86-"), image
        try:
            self._launch(memory, cpu, FLOPPY)
        except BaseException:
            self.close()
            raise
