"""What a terminal shows that is sent the sequences of `view`: cells with xterm's sixteen colours.

    terminal = Terminal()
    terminal.feed(mon.serial.log[start:])
    terminal.cells[row][column] == ("A", 0x07)

An attribute is a PC's: the foreground below, the background above, bit 3 of each for a bright one."""

import re

COLUMNS, ROWS = 80, 25
PC = [0, 4, 2, 6, 1, 5, 3, 7]       # ANSI numbers colours red first, the PC blue first
PIECE = re.compile(rb"\x1b\[\??([0-9;]*)([@-~])|([\x00-\x1a\x1c-\x1f])|"
                   rb"([\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2})")


class Terminal:
    def __init__(self):
        self.cells = [[(" ", 7)] * COLUMNS for _ in range(ROWS)]
        self.row = self.column = 0
        self.fore, self.back, self.bold = 7, 0, False
        self.rest = b""

    def feed(self, data):
        """More of what came; what is cut off in its middle waits for the rest."""
        data, at = self.rest + bytes(data), 0
        while True:
            match = PIECE.match(data, at)
            if not match:
                break
            at = match.end()
            numbers, letter, control, character = match.groups()
            if letter:
                self._sequence([int(n or 0) for n in numbers.split(b";")], letter)
            elif character:
                self._put(character.decode())
            elif control == b"\r":
                self.column = 0
            elif control == b"\n":
                self.row = min(self.row + 1, ROWS - 1)
        self.rest = data[at:]
        assert len(self.rest) < 32, self.rest[:40]

    def _put(self, character):
        if self.column < COLUMNS:
            fore = self.fore | 8 if self.bold else self.fore
            self.cells[self.row][self.column] = (character, fore | self.back << 4)
            self.column += 1

    def _sequence(self, numbers, letter):
        if letter == b"H":
            numbers = [max(n, 1) for n in numbers + [1, 1]]
            self.row, self.column = min(numbers[0], ROWS) - 1, min(numbers[1], COLUMNS) - 1
        elif letter == b"J":
            self.cells = [[(" ", 7)] * COLUMNS for _ in range(ROWS)]
        elif letter == b"m":
            for n in numbers:
                self._select(n)

    def _select(self, n):
        if n == 0:
            self.fore, self.back, self.bold = 7, 0, False
        elif n == 1:
            self.bold = True
        elif 30 <= n < 38:
            self.fore = PC[n - 30]
        elif 40 <= n < 48:
            self.back = PC[n - 40]
        elif 100 <= n < 108:
            self.back = PC[n - 100] | 8
