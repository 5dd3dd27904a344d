#!/usr/bin/python3
"""Measures what poly86 costs, in instructions, and prints a table (also to build/bench.md).

Everything runs under QEMU with `-icount shift=0,sleep=off`: one guest instruction is one
nanosecond of virtual time, so counts repeat to the digit. The bench guest (bench/guests/bench.asm)
reports what an operation costs by the time-stamp counter, once on the bare emulator and once in a
machine whose COM1 is the PC's COM2; a trapped instruction itself counts 0. Memory is what the
monitor's own `memory` says.
"""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "machine"))
from qemu import Machine, drive  # noqa: E402

IMAGE, POLYFS, GUESTS = "build/poly86.img", "build/polyfs", "build/guests"
ICOUNT = "shift=0,sleep=off"
LIMIT_S = 900

# line of the bench guest: what it is called in the table, at most (None: measure)
LINES = [
    ("in_al_dx", "IN AL,DX from a virtual chip", 75),
    ("out_dx_al", "OUT DX,AL to a virtual chip", 75),
    ("cli_sti", "CLI + STI", 90),
    ("pushf_pop", "PUSHF + POP", 65),
    ("push_popf", "PUSH + POPF", 70),
    ("int60_iret", "INT 60h + IRET", 140),
    ("int16_ah1", "INT 16h AH=1", None),
    ("rep_insb", "REP INSB, a byte", None),
    ("int10_scroll", "INT 10h scroll of a screen", None),
    ("timer", "timer interrupt to the guest's handler and back, EOI included", None),
]
COMPUTE_MAX = 1.001
RESIDENT_MAX_KB = 400


def bare(name):
    with Machine(*drive(f"{GUESTS}/bench-{name}.img", "floppy"), cpu="pentium", icount=ICOUNT,
                 wait=LIMIT_S) as pc:
        return pc.serial.expect(r"(?s)(.*?)END").group(1)


def in_machine(name, scratch):
    image = os.path.join(scratch, "bench.img")
    subprocess.run(["cp", "--sparse=always", IMAGE, image], check=True)
    subprocess.run([POLYFS, image, "put", f"{GUESTS}/bench-{name}.img", "/images/bench.img"], check=True)
    script = ("vm new bench\nmemory 640K\nfloppy a: /images/bench.img\nserial 1 host:com2\n"
              "idle 0\nend\nvm start bench\n")
    subprocess.run([POLYFS, image, "rm", "/etc/startup"], check=True)
    subprocess.run([POLYFS, image, "put", "-", "/etc/startup"], input=script.encode(), check=True)
    with Machine(*drive(image), cpu="pentium", icount=ICOUNT, serials=2, wait=LIMIT_S) as pc:
        return pc.serial_lines[1].expect(r"(?s)(.*?)END").group(1)


def value(text):
    """The cost of one operation, or of all of them (compute)."""
    found = re.search(r"per ([0-9.]+)", text) or re.search(r"compute [0-9]+ ticks ([0-9]+)", text)
    if not found:
        raise SystemExit(f"bench: the guest said: {text!r}")
    return float(found.group(1))


def memory():
    """KB that kernel and modules hold after boot."""
    with Machine(*drive(IMAGE), cpu="pentium", memory=16) as pc:
        pc.serial.expect(r"poly86> ")
        accounts = pc.serial.ask("memory")
    return sum(int(k) for k in re.findall(r"^\S+ +(\d+) K ", accounts, re.M))


def main():
    wanted = sys.argv[1:]
    rows, bad = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, title, most in LINES:
            if wanted and name not in wanted:
                continue
            costs = value(bare(name)), value(in_machine(name, scratch))
            ok = most is None or costs[1] <= most
            bad += not ok
            rows.append((title, f"{costs[0]:g}", f"{costs[1]:g}", str(most or "-"), "" if ok else "too many"))
            print(f"{title:62} bare {costs[0]:>10g}  here {costs[1]:>10g}  at most {most or '-'}", flush=True)
        if not wanted or "compute" in wanted:
            ratio = value(in_machine("compute", scratch)) / 200e6
            bad += ratio > COMPUTE_MAX
            rows.append(("200 M instructions of computing, ratio to bare", "1", f"{ratio:.5f}", str(COMPUTE_MAX),
                         "" if ratio <= COMPUTE_MAX else "too many"))
            print(f"computing, ratio to bare: {ratio:.5f} (at most {COMPUTE_MAX})", flush=True)
        if not wanted or "memory" in wanted:
            resident = memory()
            bad += resident > RESIDENT_MAX_KB
            rows.append(("resident after boot, KB", "", str(resident), str(RESIDENT_MAX_KB),
                         "" if resident <= RESIDENT_MAX_KB else "too much"))
            print(f"resident after boot: {resident} KB (at most {RESIDENT_MAX_KB})", flush=True)
    with open("build/bench.md", "w", encoding="utf-8") as out:
        out.write("| per operation | bare | here | at most | |\n|---|---|---|---|---|\n")
        out.writelines(f"| {' | '.join(row)} |\n" for row in rows)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
