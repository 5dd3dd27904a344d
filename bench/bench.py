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
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "machine"))
from qemu import Machine, drive  # noqa: E402
import debugger  # noqa: E402

IMAGE, POLYFS, GUESTS = "build/poly86.img", "build/polyfs", "build/guests"
ICOUNT = "shift=0,sleep=off"
FREEDOS = os.path.expanduser("~/.local/share/poly86/guests/freedos-360K.img")
LIMIT_S = 900

BARE = "bare"

# line of the bench guest: what it is called in the table, at most (None: measure; BARE: what it costs there)
LINES = [
    ("in_al_dx", "IN AL,DX from a virtual chip", 75),
    ("out_dx_al", "OUT DX,AL to a virtual chip", 75),
    ("cli_sti", "CLI + STI", 90),
    ("pushf_pop", "PUSHF + POP", 65),
    ("push_popf", "PUSH + POPF", 70),
    ("int60_iret", "INT 60h + IRET", 140),
    ("int16_ah1", "INT 16h AH=1", 166),
    ("rep_insb", "REP INSB, a byte", None),
    ("int10_scroll", "INT 10h scroll of a screen", BARE),
    ("timer", "timer interrupt to the guest's handler and back, EOI included", 350),
    ("disk_insw", "REP INSW of a disk's sector, a word", 41),
    ("mode13_fill", "mode 13h, REP STOSD, a double word", 1.05),
    ("mode13_copy", "mode 13h, REP MOVSW to it, a word", 1.05),
    ("mode13_bytes", "mode 13h, a byte by MOV", 1.05),
    ("planar_fill", "mode 12h, REP STOSW, a word", 5),
    ("planar_copy", "mode 12h, REP MOVSB to it, a byte", 25),
    ("planar_bytes", "mode 12h, a byte by MOV", 950),
    ("planar_dots", "mode 12h, a byte read and written", 1900),
    ("vbe_bank", "VESA's mode 101h: another bank, and a byte written to it", 1500),
    ("text_words", "text, a word by MOV", 1.01),
    ("mode13_view", "the same in view: mode 13h, REP STOSD, a double word", 1.05),
    ("planar_view", "mode 12h, REP STOSW, a word", 1.05),
    ("text_view", "text, REP STOSW, a word", 1.01),
    ("native_copy", "mode 12h, REP MOVSB to it, a byte", BARE),
    ("native_bytes", "mode 12h, a byte by MOV", BARE),
    ("native_dots", "mode 12h, a byte read and written", BARE),
    ("disk_int13", "1 MB through INT 13h, 64 sectors a call", BARE),
]
COMPUTE_MAX, FREEDOS_MAX = 1.001, 1.05
DISK_SECTORS = 2048
RUNS, SECTOR, BPB_END = 5, 512, 0x3E
SWITCHES, SWITCH_MAX = 10, 10        # millions of instructions
RESIDENT_MAX_KB = 400
FLIGHT_MAX = 0.05


def said(line, ends):
    return "".join(line.expect(r"(?s)(.*?)END").group(1) for _ in range(ends))


def bare(floppy, ends=1, disk=None):
    """What a guest says on COM1 of the bare emulator, up to so many times END."""
    drives = drive(floppy, "floppy") + (drive(disk) if disk else [])
    with Machine(*drives, "-boot", "a", cpu="pentium", icount=ICOUNT, wait=LIMIT_S) as pc:
        return said(pc.serial, ends)


def disk_image(scratch):
    """A hard disk of 1 MB for those that read one."""
    path = os.path.join(scratch, "disk.img")
    with open(path, "wb") as disk:
        for n in range(DISK_SECTORS):
            disk.write((n * 2654435761 & 0xFFFFFFFF).to_bytes(4, "little") * (SECTOR // 4))
    return path


def in_machine(floppy, scratch, idle=0, ends=1, disk=None, view=False):
    """The same in a machine; in view, or in the background."""
    image = os.path.join(scratch, "bench.img")
    subprocess.run(["cp", "--sparse=always", IMAGE, image], check=True)
    subprocess.run([POLYFS, image, "put", floppy, "/images/bench.img"], check=True)
    if disk:
        subprocess.run([POLYFS, image, "put", disk, "/images/disk.img"], check=True)
    script = ("vm new bench\nmemory 640K\nfloppy a: /images/bench.img\nserial 1 host:com2\n"
              f"{'disk 0 /images/disk.img' if disk else ''}\n"
              f"idle {idle}\nend\nvm start bench{' paused' if view else ''}\n")
    subprocess.run([POLYFS, image, "rm", "/etc/startup"], check=True)
    subprocess.run([POLYFS, image, "put", "-", "/etc/startup"], input=script.encode(), check=True)
    with Machine(*drive(image), cpu="pentium", icount=ICOUNT, serials=2, wait=LIMIT_S) as pc:
        if view:
            pc.serial.expect(r"poly86> ")
            pc.type("{ctrl+alt+f3}")
            pc.serial.ask("vm resume bench")
        return said(pc.serial_lines[1], ends)


def value(text, which="per"):
    """The cost of one operation, the least or the mean; or of all of them (compute)."""
    found = re.search(which + r" ([0-9.]+)", text) or re.search(r"compute [0-9]+ ticks ([0-9]+)", text)
    if not found:
        raise SystemExit(f"bench: the guest said: {text!r}")
    return float(found.group(1))


def freedos_floppy(scratch):
    """A copy whose boot sector and last batch line say what the time is."""
    disk = os.path.join(scratch, "freedos.img")
    shutil.copyfile(FREEDOS, disk)
    subprocess.run(["mcopy", "-o", "-i", disk, f"{GUESTS}/tsc.com", "::TSC.COM"], check=True)
    autoexec = subprocess.run(["mtype", "-i", disk, "::AUTOEXEC.BAT"], capture_output=True, check=True).stdout
    subprocess.run(["mcopy", "-o", "-i", disk, "-", "::AUTOEXEC.BAT"], check=True,
                   input=autoexec.rstrip(b"\x1a").rstrip() + b"\r\nTSC\r\n")
    with open(disk, "r+b") as image, open(f"{GUESTS}/tsc-boot.bin", "rb") as hook:
        real, stamp = image.read(SECTOR), bytearray(hook.read())
        stamp[3:BPB_END] = real[3:BPB_END]
        image.seek(-SECTOR, os.SEEK_END)
        image.write(real)
        image.seek(0)
        image.write(stamp)
    return disk


def freedos(scratch):
    """Virtual time from the boot sector to the last line of AUTOEXEC.BAT, in nanoseconds: bare and in a
    machine. It waits for the host's disk, so the best of several runs counts."""
    disk = freedos_floppy(scratch)

    def took(text):
        first, last = (int(t, 16) for t in re.findall(r"tsc ([0-9A-F]+)", text))
        return last - first
    return [min(took(run(disk)) for _ in range(RUNS))
            for run in (lambda floppy: bare(floppy, 2), lambda floppy: in_machine(floppy, scratch, idle=75, ends=2))]


def switching(scratch):
    """Milliseconds (millions of instructions) of the screen's task from a hot key until the picture of another
    machine is complete, for one in mode 12h and one in 13h in turn; their unchanged pictures' cost is taken off."""
    image = os.path.join(scratch, "switch.img")
    subprocess.run(["cp", "--sparse=always", IMAGE, image], check=True)
    for line in ("planar_fill", "mode13_fill"):
        subprocess.run([POLYFS, image, "put", f"{GUESTS}/bench-{line}.img", f"/images/{line}.img"], check=True)
    with Machine(*drive(image), cpu="pentium", memory=32, icount=ICOUNT, wait=LIMIT_S) as pc:
        pc.serial.expect(r"poly86> ")
        for name in ("planar_fill", "mode13_fill"):
            pc.serial.send(f"vm new {name}\rfloppy a: /images/{name}.img ro\rend\rvm start {name}\r")
            pc.serial.expect(rf"vm start {name}[^>]*poly86> $")
        pc.serial.ask("sleep 5")

        def spent():
            return int(re.search(r"^screen-io .*?(\d+) +\d+ +\d+/\d+$", pc.serial.ask("tasks").replace("\r", ""),
                                 re.M).group(1))

        def views(keys):
            before = spent()
            for key in keys:
                if key:
                    pc.type("{ctrl+alt+%s}" % key)
                pc.serial.ask("sleep 2")
            return spent() - before
        pc.type("{ctrl+alt+f3}")
        pc.serial.ask("sleep 2")
        return (views(["f4", "f3"] * SWITCHES) - views([None, None] * SWITCHES)) / (2 * SWITCHES)


def memory():
    """KB that kernel and modules hold after boot."""
    with Machine(*drive(IMAGE), cpu="pentium", memory=16) as pc:
        pc.serial.expect(r"poly86> ")
        while re.search(r"^start ", pc.serial.ask("tasks"), re.M):
            pass                        # the task that booted, with its stack
        accounts = pc.serial.ask("memory")
    return sum(int(k) for k in re.findall(r"^\S+ +(\d+) K ", accounts, re.M))


def main():
    wanted = sys.argv[1:]
    rows, bad = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, title, most in LINES:
            if wanted and name not in wanted:
                continue
            floppy = f"{GUESTS}/bench-{name}.img"
            disk = disk_image(scratch) if name.startswith("disk") else None
            view = name.endswith("_view") or name.startswith("native")
            # It is lent when the display next looks, by which time a good part of it is drawn.
            which = "mean" if name.endswith("_view") and name != "planar_view" else "per"
            costs = (value(bare(floppy, disk=disk), which),
                     value(in_machine(floppy, scratch, disk=disk, view=view), which))
            if most == BARE:
                most = costs[0]
            ok = most is None or costs[1] <= most
            bad += not ok
            limit = f"{most:g}" if most else "-"
            rows.append((title, f"{costs[0]:g}", f"{costs[1]:g}", limit, "" if ok else "too many"))
            print(f"{title:62} bare {costs[0]:>10g}  here {costs[1]:>10g}  at most {limit}", flush=True)
        if not wanted or "compute" in wanted:
            ratio = value(in_machine(f"{GUESTS}/bench-compute.img", scratch)) / 200e6
            bad += ratio > COMPUTE_MAX
            rows.append(("200 M instructions of computing, ratio to bare", "1", f"{ratio:.5f}", str(COMPUTE_MAX),
                         "" if ratio <= COMPUTE_MAX else "too many"))
            print(f"computing, ratio to bare: {ratio:.5f} (at most {COMPUTE_MAX})", flush=True)
        if not wanted or "freedos" in wanted:
            if os.path.exists(FREEDOS):
                times = freedos(scratch)
                ratio = times[1] / times[0]
                bad += ratio > FREEDOS_MAX
                rows.append(("FreeDOS from boot sector to prompt, ms of virtual time", f"{times[0] / 1e6:.1f}",
                             f"{times[1] / 1e6:.1f}", f"{FREEDOS_MAX} of bare", f"ratio {ratio:.3f}"))
                print(f"FreeDOS: bare {times[0] / 1e6:.1f} ms, here {times[1] / 1e6:.1f} ms, "
                      f"ratio {ratio:.3f} (at most {FREEDOS_MAX})", flush=True)
            else:
                print(f"FreeDOS: skipped: {FREEDOS} is not there", flush=True)
        if not wanted or "debugger" in wanted:
            image = os.path.join(scratch, "debugger.img")
            subprocess.run(["cp", "--sparse=always", IMAGE, image], check=True)
            costs, free, again = debugger.costs(image, POLYFS, ICOUNT, LIMIT_S)
            for title, without, cost in costs:
                rows.append(("debugger: " + title, f"{without:.1f} without", f"{cost:.1f}", "-", ""))
                print(f"{'debugger: ' + title:70} without {without:8.1f}  with {cost:10.1f}", flush=True)
            bad += free != again
            rows.append(("debugger: a machine without breakpoints, after some", str(sum(free.values())),
                         str(sum(again.values())), "the same", "" if free == again else "not the same"))
            print(f"debugger: a machine without breakpoints: {sum(free.values())} instructions, then "
                  f"{sum(again.values())}", flush=True)
        if not wanted or "switching" in wanted:
            took = switching(scratch)
            bad += took > SWITCH_MAX
            rows.append(("from one machine's graphics to another's, millions of instructions", "", f"{took:.1f}",
                         str(SWITCH_MAX), "" if took <= SWITCH_MAX else "too many"))
            print(f"switching between graphics: {took:.1f} M instructions (at most {SWITCH_MAX})", flush=True)
        for name, title in (("disk_int13", "disk"), ("int10_scroll", "screen")) if not wanted or "flight" in wanted else ():
            image = os.path.join(scratch, "flight.img")
            subprocess.run(["cp", "--sparse=always", IMAGE, image], check=True)
            share = debugger.recorder_share(image, POLYFS, ICOUNT, LIMIT_S, f"{GUESTS}/bench-{name}.img",
                                            disk_image(scratch) if title == "disk" else None)
            bad += share > FLIGHT_MAX
            rows.append((f"flight recorder's share of the {title} benchmark", "", f"{share:.4f}", str(FLIGHT_MAX),
                         "" if share <= FLIGHT_MAX else "too much"))
            print(f"flight recorder's share of the {title} benchmark: {share:.4f} (at most {FLIGHT_MAX})", flush=True)
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
