#!/usr/bin/python3
"""Makes the README's picture: several machines at once, as they are.

Usage: picture.py OUT.png. Boots build/poly86.img in QEMU, starts the demos that draw, a clock and
FreeDOS (if the guests' folder has it), and brings the overview to the screen. That is the upper part of
the picture; below is what `shot` says each machine shows at that moment, in the same order. The drawing
machines have gone on for a number of their frames, so that the picture is about the same each time.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "machine"))
import ppm2png  # noqa: E402
from monitor import GUESTS, Dos, Monitor  # noqa: E402

DRAWING = {"ribbon": 260, "plasma": 200, "stars": 200, "bars": 150}    # demo: frames until the picture is taken
FREEDOS = os.path.join(GUESTS, "freedos-1440K.img")
IN_GUEST = "/images/freedos.img"
ACROSS, GAP = 3, 6              # pictures beside each other; dots between them
GROUND = b"\x30\x38\x48"


def start(mon, freedos):
    """Names of the machines, in the order of the overview."""
    for name in DRAWING:
        mon.run("demo " + name)
    mon.run("demo clock")
    names = list(DRAWING) + ["clock"]
    if freedos:
        mon.machine("freedos", "memory 640K+4M", "floppy a: %s ro" % IN_GUEST)
        dos = Dos(mon, "freedos")
        dos.ready()
        dos.run("ver")
        dos.run("dir /w")
        names.append("freedos")
    return names


def take(mon, names):
    """The PC's screen, and the picture of each machine: (width, height, dots)."""
    for name, frames in DRAWING.items():
        mon.wait_counter(name, 0, frames)
    path = os.path.join(mon.folder, "picture.ppm")
    mon.screendump(path, "ppm")
    mon.run("; ".join("vm pause " + name for name in names))
    for name in names:
        mon.run("shot %s /%s.ppm" % (name, name))
    mon.run("sync")
    with open(path, "rb") as screen:
        return ppm2png.read_ppm(screen.read()), [ppm2png.read_ppm(mon.get("/%s.ppm" % name)) for name in names]


def scaled(picture, width, height):
    """The mean of the dots that each one stands for; rows of bytes."""
    across, down, dots = picture
    rows = []
    for y in range(height):
        lines = range(y * down // height, max(y * down // height + 1, (y + 1) * down // height))
        row = bytearray()
        for x in range(width):
            columns = range(x * across // width, max(x * across // width + 1, (x + 1) * across // width))
            places = [3 * (line * across + column) for line in lines for column in columns]
            row += bytes(sum(dots[at + part] for at in places) // len(places) for part in range(3))
        rows.append(bytes(row))
    return rows


def sheet(screen, pictures):
    """All on one: (width, height, dots)."""
    width, height, dots = screen
    small = (width - (ACROSS - 1) * GAP) // ACROSS
    rows = [dots[3 * y * width:3 * (y + 1) * width] for y in range(height)]
    for first in range(0, len(pictures), ACROSS):
        line = [scaled(picture, small, small * 3 // 4) for picture in pictures[first:first + ACROSS]]
        rows += [GROUND * width] * GAP
        for beside in zip(*line):
            row = (GROUND * GAP).join(beside)
            rows.append(row + GROUND * (width - len(row) // 3))
    return width, len(rows), b"".join(rows)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    freedos = os.path.exists(FREEDOS)
    with Monitor(files={IN_GUEST: FREEDOS} if freedos else None, memory=64) as mon:
        mon.type("{ctrl+alt+f10}")
        names = start(mon, freedos)
        screen, pictures = take(mon, names)
    with open(sys.argv[1], "wb") as out:
        out.write(ppm2png.png(*sheet(screen, pictures)))
    print("picture: %s: %s" % (sys.argv[1], ", ".join(names)))


if __name__ == "__main__":
    main()
