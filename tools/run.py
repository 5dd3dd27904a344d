#!/usr/bin/python3
"""Boots poly86 in QEMU: what ./run does after building.

A copy of the disk image is used (build/run.img), with what was asked for put in; what the
machines write stays in it until the monitor is built anew or --fresh is given.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys

IMAGE = "build/poly86.img"
RUN_IMAGE = "build/run.img"
POLYFS = "build/polyfs"
FLOPPY_MAX = 2949120
DEMOS = ["clock", "life", "minidos", "bars", "ribbon", "plasma"]


def polyfs(*arguments, data=None):
    done = subprocess.run([POLYFS, RUN_IMAGE, *arguments], input=data, capture_output=True)
    if done.returncode:
        sys.exit(f"run: {done.stderr.decode(errors='replace').strip()}")


def parse():
    parser = argparse.ArgumentParser(
        prog="./run", description="Boots poly86 in QEMU with our demo machines and your disk images.",
        epilog="Images up to 2.88 MB are floppies, larger ones hard disks; each boots in a machine of its own.")
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="a floppy or hard disk image")
    parser.add_argument("--memory", type=int, default=32, help="megabytes of the PC (default 32)")
    parser.add_argument("--terminal", action="store_true", help="no window, even where there is a display")
    parser.add_argument("--fresh", action="store_true", help="forget what the machines wrote last time")
    parser.add_argument("--no-demo", action="store_true", help="start no demo machines")
    return parser.parse_args()


def machine_name(path, taken):
    name = re.sub(r"[^a-z0-9-]", "-", os.path.splitext(os.path.basename(path))[0].lower()).strip("-")
    name = (name if re.match(r"[a-z]", name) else "m" + name)[:12]
    if re.fullmatch(r"[0-9a-f]+", name) or len(name) < 3:
        name = "vm-" + name
    while name in taken:
        name += "x"
    return name


def script(name, file, size):
    drive = f"floppy a: {file}" if size <= FLOPPY_MAX else f"disk 0 {file}"
    boot = "a:" if size <= FLOPPY_MAX else "c:"
    return f"vm new {name}\n  memory 640K+4M\n  {drive}\n  boot {boot}\nend\nvm start {name}\n"


def prepare(options):
    extra = sum(os.path.getsize(i) for i in options.images)
    if options.fresh or options.images or not os.path.exists(RUN_IMAGE) or \
            os.path.getmtime(RUN_IMAGE) < os.path.getmtime(IMAGE):
        shutil.copyfile(IMAGE, RUN_IMAGE)
    if extra > 48 << 20:
        sys.exit("run: the images do not fit on the 64 MB volume; build a larger one: make IMAGE_SIZE=256M")
    names, startup = [], ""
    if not options.no_demo:
        names += DEMOS
        startup += "".join(f"source /demo/{d}.vm\n" for d in DEMOS)
    for path in options.images:
        name = machine_name(path, names)
        names.append(name)
        polyfs("put", path, f"/images/{name}.img")
        startup += script(name, f"/images/{name}.img", os.path.getsize(path))
    startup += f"view {'all' if len(names) > 1 else names[0]}\n" if names else ""
    polyfs("put", "-", "/etc/startup", data=startup.encode())
    return names


def has_display():
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main():
    options = parse()
    for path in options.images:
        if not os.path.isfile(path):
            sys.exit(f"run: {path}: no such file")
    names = prepare(options)
    window = has_display() and not options.terminal
    command = ["qemu-system-i386", "-M", "pc", "-cpu", "pentium", "-m", str(options.memory),
               "-drive", f"file={RUN_IMAGE},format=raw", "-name", "poly86"]
    # Without an adapter the shell on the serial line is the one that runs /etc/startup.
    command += ["-serial", "mon:stdio"] if window else ["-display", "none", "-vga", "none", "-serial", "mon:stdio"]
    print(f"poly86: machines {', '.join(names) or 'none'}.")
    if window:
        print("In the window: Ctrl+Alt+F1 shell, F2 log, F3... machines, F10 all of them.")
    print("In this terminal: the same shell; `view NAME` shows a machine, Ctrl+] leaves it; `help` helps.")
    print("To end: `shutdown`, or Ctrl+A X here.", flush=True)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
