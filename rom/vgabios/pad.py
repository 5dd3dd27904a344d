"""Makes an option ROM of a binary: pad.py INPUT SIZE OUTPUT

Pads to SIZE bytes; the last byte makes the sum of all bytes 0 modulo 256 (IBM PC AT Technical
Reference, "BIOS", "Adapter ROM"). The header must already name that size in 512-byte units.
"""

import sys

source, size, target = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with open(source, "rb") as file:
    rom = file.read()
assert rom[:2] == b"\x55\xaa" and rom[2] * 512 == size, "the header does not fit the size"
assert len(rom) < size, "%s has %d bytes, %d fit" % (source, len(rom), size - 1)
rom += b"\xff" * (size - 1 - len(rom))
rom += bytes([-sum(rom) & 0xFF])
with open(target, "wb") as file:
    file.write(rom)
