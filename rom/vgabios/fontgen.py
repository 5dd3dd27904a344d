"""The video BIOS's three fonts, made at build time: fontgen.py FOLDER HEIGHT OUTPUT

Letters and signs come from the X Window System's public-domain `misc-fixed` fonts, as Debian
packages them (xfonts-base), in PCF files: 8x13 for heights 14 and 16, 5x8 for height 8. Lines,
boxes, blocks and shades are drawn here by rule, because they must fill the cell and meet
their neighbours. Output: 256 glyphs of HEIGHT bytes in the order of code page 437.

Read: X.Org, libXfont, "PCF"; The Unicode Standard, "Box Drawing" (names say the shapes).
"""

import gzip
import struct
import sys
import unicodedata

METRICS, BITMAPS, ENCODINGS = 1 << 2, 1 << 3, 1 << 5
COMPRESSED = 0x100

# What code page 437 shows for 00h-1Fh and 7Fh.
CONTROLS = "\u0020☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"


class Pcf:
    """The glyphs of a PCF font."""

    def __init__(self, path):
        self.data = gzip.open(path).read()
        assert self.data[:4] == b"\x01fcp", path + " is no PCF font"
        count, = struct.unpack_from("<I", self.data, 4)
        tables = (struct.unpack_from("<4I", self.data, 8 + 16 * i) for i in range(count))
        self.tables = {kind: (form, offset + 4) for kind, form, _, offset in tables}
        self.metrics = self.read_metrics()
        self.read_bitmaps()
        self.read_encodings()

    def table(self, kind):
        form, offset = self.tables[kind]
        return form, ">" if form & 4 else "<", offset

    def read_metrics(self):
        form, order, at = self.table(METRICS)
        if form & COMPRESSED:
            n, = struct.unpack_from(order + "H", self.data, at)
            rows = (self.data[at + 2 + 5 * i:at + 7 + 5 * i] for i in range(n))
            return [tuple(b - 0x80 for b in row) for row in rows]
        n, = struct.unpack_from(order + "I", self.data, at)
        return [struct.unpack_from(order + "5h", self.data, at + 4 + 12 * i) for i in range(n)]

    def read_bitmaps(self):
        form, order, at = self.table(BITMAPS)
        n, = struct.unpack_from(order + "I", self.data, at)
        self.offsets = struct.unpack_from(order + "%dI" % n, self.data, at + 4)
        self.bits = at + 4 + 4 * n + 16
        self.pad = 1 << (form & 3)
        assert form & 8, "only fonts with the most significant bit first"
        unit = 1 << (form >> 4 & 3)
        self.swap = unit if not form & 4 and unit > 1 else 1

    def read_encodings(self):
        _, order, at = self.table(ENCODINGS)
        low, high, first, last, _ = struct.unpack_from(order + "5H", self.data, at)
        indices = struct.unpack_from(order + "%dH" % ((high - low + 1) * (last - first + 1)),
                                     self.data, at + 10)
        codes = (row << 8 | column for row in range(first, last + 1) for column in range(low, high + 1))
        self.encoding = {code: i for code, i in zip(codes, indices) if i != 0xFFFF}

    def glyph(self, char):
        """Its lines as bytes, bit 7 leftmost."""
        i = self.encoding[ord(char)]
        left, right, _, ascent, descent = self.metrics[i]
        stride = (right - left + 8 * self.pad - 1) // (8 * self.pad) * self.pad
        at = self.bits + self.offsets[i]
        lines = [self.data[at + stride * y:at + stride * (y + 1)] for y in range(ascent + descent)]
        return [line[:self.swap][::-1][0] if self.swap > 1 else line[0] for line in lines]


def arms(char):
    """How heavy (0 none, 1 single, 2 double) a box character's four arms are."""
    words = unicodedata.name(char)[len("BOX DRAWINGS "):].split()
    weights = {"LIGHT": 1, "SINGLE": 1, "DOUBLE": 2}
    sides = {"UP": "u", "DOWN": "d", "LEFT": "l", "RIGHT": "r", "VERTICAL": "ud", "HORIZONTAL": "lr"}
    result = dict.fromkeys("udlr", 0)
    # Either one weight in front of all, or each side followed by its own.
    if words[0] in weights:
        common, words = weights[words[0]], words[1:]
        for word in words:
            for side in sides.get(word, ""):
                result[side] = common
    else:
        pairs = " ".join(words).replace(" AND ", " ").split()
        for side_name, weight in zip(pairs[::2], pairs[1::2]):
            for side in sides[side_name]:
                result[side] = weights[weight]
    return result


def rail_end(ahead, near, far, middle, spread):
    """Where one rail of a double arm ends, counted towards the arm opposite (`ahead`). `near`
    is the arm on the rail's own side, `far` the one beyond the other rail."""
    if near == 2:
        return middle - spread    # turns off here, as an inner corner
    if ahead == 2 or far != 2:
        return middle
    return middle + spread        # goes round the outside


def single_end(ahead, one, other, middle, spread):
    if ahead:
        return middle
    if one == 2 and other == 2:
        return middle - spread    # ends at the first rail it meets
    return middle + spread if 2 in (one, other) else middle


def box(char, height):
    """Single vertical lines are columns 3-4, double ones 2-3 and 5-6; single horizontal ones
    are line m, double ones m - 1 and m + 1."""
    a = arms(char)
    m = (height - 1) // 2
    grid = [[False] * 8 for _ in range(height)]

    def horizontal(y, x0, x1):
        for x in range(x0, x1 + 1):
            grid[y][x] = True

    def vertical(xs, y0, y1):
        for y in range(y0, y1 + 1):
            for x in xs:
                grid[y][x] = True

    # Each arm is drawn from its edge to its end near the middle. Ends are computed as if for
    # the arm coming from the left or from above, and mirrored for the other two.
    for side, ahead in (("l", "r"), ("r", "l")):
        def span(y, end, flip=side == "r"):
            # 3-4 is the middle; the rails' outer edges are 2 and 6 (from the left: 5 + 1).
            stop = {-1: 3, 0: 4, 1: 6}[end]
            start = {-1: 5, 0: 3, 1: 2}[end]
            horizontal(y, *((start, 7) if flip else (0, stop)))
        if a[side] == 1:
            span(m, single_end(a[ahead], a["u"], a["d"], 0, 1))
        elif a[side] == 2:
            span(m - 1, rail_end(a[ahead], a["u"], a["d"], 0, 1))
            span(m + 1, rail_end(a[ahead], a["d"], a["u"], 0, 1))
    for side, ahead in (("u", "d"), ("d", "u")):
        def span(xs, end, flip=side == "d"):
            vertical(xs, *((m - end, height - 1) if flip else (0, m + end)))
        if a[side] == 1:
            span((3, 4), single_end(a[ahead], a["l"], a["r"], 0, 1))
        elif a[side] == 2:
            span((2, 3), rail_end(a[ahead], a["l"], a["r"], 0, 1))
            span((5, 6), rail_end(a[ahead], a["r"], a["l"], 0, 1))
    return [sum(0x80 >> x for x in range(8) if row[x]) for row in grid]


def block(char, height):
    """Full, half and shaded blocks; None for other characters."""
    half = height // 2
    return {
        "█": [0xFF] * height, "▀": [0xFF] * half + [0] * (height - half),
        "▄": [0] * half + [0xFF] * (height - half), "▌": [0xF0] * height, "▐": [0x0F] * height,
        "░": [0x22 if y % 2 else 0x88 for y in range(height)],
        "▒": [0x55 if y % 2 else 0xAA for y in range(height)],
        "▓": [0x77 if y % 2 else 0xDD for y in range(height)],
    }.get(char)


def page_437():
    high = bytes(range(0x20, 0x100)).decode("cp437").replace("\x7f", "⌂")
    return CONTROLS + high


def glyph(font, char, height):
    if "\u2500" <= char <= "\u257f":
        return box(char, height)
    lines = block(char, height)
    if lines is None:
        # 5x8 stands in the middle of its eight columns; 8x13 gets its free line on top.
        lines = [line >> (1 if height == 8 else 0) for line in font.glyph(char)]
        lines = ([0] if len(lines) < height else []) + lines
        lines += [0] * (height - len(lines))
    return lines


def main():
    folder, height, output = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    font = Pcf("%s/%s.pcf.gz" % (folder, "5x8" if height == 8 else "8x13"))
    data = b"".join(bytes(glyph(font, char, height)) for char in page_437())
    assert len(data) == 256 * height
    with open(output, "wb") as out:
        out.write(data)


if __name__ == "__main__":
    main()
