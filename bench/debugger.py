"""What the debugger costs: a step, a hit of each kind of breakpoint whose condition is false, and nothing for a
machine that has none. Measured by a loop that is typed into a machine, which reads the time-stamp counter
before and after; with `-icount shift=0` that is instructions. Not among them: a debug register for code, which
the emulator cannot have (what it costs is what an INT3 costs, less laying it again).
"""
import re
import subprocess

from qemu import Machine, drive

LOOPS, TRIES = 1000, 5
CODE, OP, END, RESULT, DATA, HANDLER = 0x8000, 0x8008, 0x9000, 0x6000, 0x6100, 0x9010
PROMPT = r"(poly86|\[\w+\]|k)> $"
NOP, STORE, OUT, INT = "90 90 90 90", "a2 00 61 90", "e6 e1 90 90", "cd 60 90 90"

# title, what the loop does (4 bytes), the breakpoint, how often an iteration counts
ROWS = [
    ("one step (t N)", NOP, "", "t", 6),
    ("an instruction in a page with a bpx elsewhere", NOP, "bpx 0:8f00 if 0", "g", 6),
    ("a hit of bpx, condition false, beside the instruction", NOP, "bpx 0:8008 if 0", "hit", 1),
    ("a hit of bpx fast, condition false", NOP, "bpx 0:8008 fast if 0", "g", 1),
    ("a hit of bpm w, condition false", STORE, "bpm 0:6100 1 w if 0", "g", 1),
    ("a hit of bpm w hw, condition false", STORE, "bpm 0:6100 1 w hw if 0", "g", 1),
    ("a write beside a bpm w, in its page", STORE, "bpm 0:6101 1 w if 0", "g", 1),
    ("a hit of bpio w, condition false", OUT, "bpio e1 w if 0", "g", 1),
    ("a hit of bpint, condition false, IRET included", INT, "bpint 60 if 0", "g", 1),
]


class Shell:
    def __init__(self, pc):
        self.serial = pc.serial
        self.serial.expect(r"poly86> $")

    def ask(self, line):
        return self.serial.ask(line, PROMPT)

    def prepare(self, op):
        """The loop: rdtsc; mov ebx,eax; mov cx,LOOPS; (op; dec cx; jnz); rdtsc; sub eax,ebx; mov [RESULT],eax."""
        for line in ("e 0:%x 0f 31 66 89 c3 b9 %x %x" % (CODE, LOOPS & 255, LOOPS >> 8),
                     "e 0:%x %s 49 75 f9 0f 31" % (OP, op), "e 0:8011 66 29 d8 66 a3 00 60 ea 00 90 00 00",
                     "e 0:%x eb fe" % END, "ew 0:180 %x 0" % HANDLER, "e 0:%x cf" % HANDLER, "ed 0:%x 0" % RESULT,
                     "r ss=0", "r sp=7000", "r ds=0"):
            self.ask(line)

    def ticks(self):
        return int(re.match(r"(\w+)", self.ask("? dword [0:%x]" % RESULT)).group(1), 16)

    def run(self, op, how):
        """Ticks of the loop; the least of some runs: the host's timer is in the others."""
        best = None
        for _ in range(TRIES):
            self.prepare(op)
            if how == "t":
                self.ask("g =0:%x 0:%x" % (CODE, CODE + 2))
                self.ask("r ip=%x" % CODE)
                self.ask("t %x" % (6 * LOOPS + 5))
                self.ask("g 0:%x" % END)
            elif how == "free":
                self.ask("r cs=0")
                self.ask("r ip=%x" % CODE)
                self.ask("vm resume bench")
                self.ask("sleep 1")            # the shell would take the processor away
                while not self.ticks_running():
                    self.ask("sleep 1")
                self.ask("vm pause bench")
            else:
                self.ask("g =0:%x 0:%x" % (CODE, END))
            ticks = self.ticks()
            best = ticks if best is None else min(best, ticks)
        return best

    def ticks_running(self):
        return self.ask("d 0:%x L 4" % RESULT).split("  ")[1].strip("0 ")


def costs(image, polyfs, icount, limit):
    """(title, cost) of each, and whether a machine without breakpoints pays nothing."""
    subprocess.run([polyfs, image, "rm", "/etc/startup"], check=True)
    with Machine(*drive(image), cpu="pentium", icount=icount, wait=limit) as pc:
        shell = Shell(pc)
        for name in ("bench", "other"):
            for line in ("vm new " + name, "memory 640K", "end"):
                shell.serial.ask(line, r"> $")
            shell.ask("vm start %s paused" % name)
        shell.ask("dbg bench")
        free = {op: shell.run(op, "free") for op in (NOP, STORE, OUT, INT)}
        rows, inside = [], 0
        for title, op, point, how, count in ROWS:
            if point:
                shell.ask(point)
            ticks = shell.run(op, how)
            shell.ask("bc *")
            cost = (ticks - (0 if how != "hit" else inside * 6 * LOOPS)) / LOOPS / count
            if title.startswith("an instruction"):
                inside = cost
            rows.append((title, free[op] / LOOPS / count, cost))
        shell.ask("other: bpx 0:%x" % OP)
        again = {op: shell.run(op, "free") for op in free}
    return rows, free, again


# Instructions that a flight record takes: record() of modules/engine/v86/fast.h, counted in what the compiler
# makes of it, without the one that counts the exit.
RECORD = 13


def recorder_share(image, polyfs, icount, limit, floppy, disk=None):
    """What part of a guest's processor time the flight recorder takes, exits times RECORD."""
    subprocess.run([polyfs, image, "put", floppy, "/images/bench.img"], check=True)
    if disk:
        subprocess.run([polyfs, image, "put", disk, "/images/disk.img"], check=True)
    subprocess.run([polyfs, image, "rm", "-f", "/etc/startup"], check=True)
    with Machine(*drive(image), cpu="pentium", icount=icount, serials=2, wait=limit) as pc:
        shell = Shell(pc)
        for line in ("vm new bench", "memory 640K", "floppy a: /images/bench.img", "serial 1 host:com2",
                     "disk 0 /images/disk.img" if disk else "idle 0", "end"):
            shell.serial.ask(line, r"> $")
        shell.ask("vm start bench")
        pc.serial_lines[1].expect(r"END")
        shell.ask("vm pause bench")
        busy = int(re.search(r"processor time (\d+) ms", shell.ask("stat bench")).group(1)) * 1e6
        shell.ask("dbg bench")
        exits = int(re.match(r" *(\d+) ", shell.ask("flight 1")).group(1))
    return exits * RECORD / busy
