#!/usr/bin/python3
"""Turns a picture as QEMU's `screendump` and our `shot` write it (PPM, P6) into a PNG.

Usage: ppm2png.py IN.ppm OUT.png. A screen has few colours: up to 256 become a palette, of 1, 2,
4 or 8 bits a dot, which is what makes the file small. Read: W3C, "Portable Network Graphics
(PNG) Specification", sections "Chunk layout", "PLTE" and "IDAT".
"""
import re
import struct
import sys
import zlib

COLOUR_RGB, COLOUR_PALETTE = 2, 3


def read_ppm(data):
    """(width, height, dots as bytes RGB...)."""
    head = re.match(rb"P6(?:\s+#[^\n]*)*\s+(\d+)\s+(\d+)\s+255\s", data)
    if not head:
        sys.exit("ppm2png: not a PPM of 8 bits a colour (P6)")
    width, height = int(head.group(1)), int(head.group(2))
    dots = data[head.end():head.end() + 3 * width * height]
    if len(dots) != 3 * width * height:
        sys.exit("ppm2png: the picture is cut off")
    return width, height, dots


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed_row(numbers, bits):
    """Palette numbers of one row, `bits` each, leftmost in the high bits."""
    row, per_byte = bytearray(), 8 // bits
    for at in range(0, len(numbers), per_byte):
        part = numbers[at:at + per_byte]
        part += [0] * (per_byte - len(part))
        row.append(sum(n << (8 - bits * (i + 1)) for i, n in enumerate(part)))
    return bytes(row)


def png(width, height, dots):
    colours = [dots[i:i + 3] for i in range(0, len(dots), 3)]
    palette = sorted(set(colours))
    if len(palette) > 256:
        rows = [dots[y * width * 3:(y + 1) * width * 3] for y in range(height)]
        bits, kind, plte = 8, COLOUR_RGB, b""
    else:
        bits = next(b for b in (1, 2, 4, 8) if len(palette) <= 1 << b)
        number = {c: n for n, c in enumerate(palette)}
        rows = [packed_row([number[c] for c in colours[y * width:(y + 1) * width]], bits)
                for y in range(height)]
        kind, plte = COLOUR_PALETTE, chunk(b"PLTE", b"".join(palette))
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + plte + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as source:
        picture = png(*read_ppm(source.read()))
    with open(sys.argv[2], "wb") as target:
        target.write(picture)


if __name__ == "__main__":
    main()
