/* The hex editor's window, cursor and keys.
 *
 * A row is an address, sixteen bytes and their characters. Digits overwrite the nibble under the
 * cursor, characters the byte, at once: what is seen is what is there. Tab changes between the two
 * columns, Esc or Ctrl+C leaves. */
#include "hexedit.h"

#include <base/fmt.h>
#include <base/mem.h>

enum { ESC = 0x1B, CTRL_C = 3, TAB = 9, ADDRESS_WIDTH = 10, HEX_WIDTH = 3, TEXT_GAP = 2 };

static struct value at_cursor(const struct hexedit *h)
{
	struct value at = h->top;

	value_advance(&at, h->cursor);
	return at;
}

/* The window follows a cursor that leaves it. */
static void move(struct hexedit *h, int by)
{
	int cursor = (int)h->cursor + by, end = (int)h->rows * HEXEDIT_WIDTH;

	while (cursor < 0) {
		value_advance(&h->top, -(uint32_t)HEXEDIT_WIDTH);
		cursor += HEXEDIT_WIDTH;
	}
	while (cursor >= end) {
		value_advance(&h->top, HEXEDIT_WIDTH);
		cursor -= HEXEDIT_WIDTH;
	}
	h->cursor = (unsigned)cursor;
}

static void write(struct hexedit *h, uint8_t byte)
{
	struct value at = at_cursor(h);

	if (!h->write(h->ctx, &at, byte)) {
		h->note = "cannot be written";
		return;
	}
	if (!h->text)
		h->low = !h->low;
	if (h->text || !h->low)
		move(h, 1);
}

static void digit(struct hexedit *h, unsigned nibble)
{
	struct value at = at_cursor(h);
	uint8_t byte = 0;

	if (h->read(h->ctx, &at, &byte) == HEXEDIT_NOTHING)
		h->note = "there is no memory";
	else
		write(h, (uint8_t)(h->low ? (byte & 0xF0) | nibble : (byte & 0x0F) | nibble << 4));
}

static void character(struct hexedit *h, int key)
{
	int c = char_to_lower(key);
	unsigned nibble = char_is_digit(c) ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;

	if (h->text && key >= ' ' && key <= 0xFF)
		write(h, (uint8_t)key);
	else if (!h->text && nibble < 16)
		digit(h, nibble);
	else
		h->note = h->text ? "" : "hexadecimal digits here; Tab goes to the characters";
}

/* One nibble, or in the other column one byte. */
static void step(struct hexedit *h, bool forward)
{
	if (h->text || h->low == forward)
		move(h, forward ? 1 : -1);
	h->low = !h->text && !h->low;
}

bool hexedit_key(struct hexedit *h, int key)
{
	int page = (int)h->rows * HEXEDIT_WIDTH, column = (int)(h->cursor % HEXEDIT_WIDTH);

	h->note = "";
	switch (key) {
	case ESC: case CTRL_C: return false;
	case TAB:
		h->text = !h->text;
		h->low = false;
		break;
	case HEXEDIT_LEFT: step(h, false); break;
	case HEXEDIT_RIGHT: step(h, true); break;
	case HEXEDIT_UP: move(h, -HEXEDIT_WIDTH); break;
	case HEXEDIT_DOWN: move(h, HEXEDIT_WIDTH); break;
	case HEXEDIT_PAGE_UP: value_advance(&h->top, -(uint32_t)page); break;
	case HEXEDIT_PAGE_DOWN: value_advance(&h->top, (uint32_t)page); break;
	case HEXEDIT_HOME: h->low = false; move(h, -column); break;
	case HEXEDIT_END: h->low = false; move(h, HEXEDIT_WIDTH - 1 - column); break;
	default: character(h, key); break;
	}
	return true;
}

static const char *look_of(enum hexedit_kind kind)
{
	return kind == HEXEDIT_DEVICE ? "\x1b[7m" : kind == HEXEDIT_ROM ? "\x1b[1m" : "\x1b[0m";
}

void hexedit_row(const struct hexedit *h, unsigned row, char *buf, size_t size)
{
	char text[ADDRESS_WIDTH * 2], characters[HEXEDIT_WIDTH + 1] = "";
	enum hexedit_kind kind, last = HEXEDIT_PLAIN;
	struct value at = h->top;
	size_t n;

	value_advance(&at, row * HEXEDIT_WIDTH);
	value_text(&at, text, sizeof text);
	n = fmt_buf(buf, size, "%-*s", ADDRESS_WIDTH, text);
	for (unsigned i = 0; i < HEXEDIT_WIDTH && n < size; i++, value_advance(&at, 1)) {
		uint8_t byte = 0;

		kind = h->read(h->ctx, &at, &byte);
		if (kind != last)
			n += fmt_buf(buf + n, size - n, "%s", look_of(kind));
		last = kind;
		n += kind == HEXEDIT_NOTHING ? fmt_buf(buf + n, size - n, " ??") : fmt_buf(buf + n, size - n, " %02x", byte);
		characters[i] = byte >= ' ' && byte < 0x7F ? (char)byte : '.';
	}
	if (n < size)
		fmt_buf(buf + n, size - n, "%s  %s", last == HEXEDIT_PLAIN ? "" : "\x1b[0m", characters);
}

unsigned hexedit_column(const struct hexedit *h)
{
	unsigned byte = h->cursor % HEXEDIT_WIDTH;

	if (h->text)
		return ADDRESS_WIDTH + HEX_WIDTH * HEXEDIT_WIDTH + TEXT_GAP + byte;
	return ADDRESS_WIDTH + HEX_WIDTH * byte + 1 + h->low;
}

unsigned hexedit_cursor_row(const struct hexedit *h)
{
	return h->cursor / HEXEDIT_WIDTH;
}
