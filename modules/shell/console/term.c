/* The terminal emulator behind the shell's and the log's screens.
 *
 * The cells lie in a ring that is larger than the screen: scrolling moves the screen's start
 * on by a line, and what has left it can be looked at again until the ring comes round. A
 * display starts at any cell and wraps like the ring, so nothing is ever copied.
 *
 * Understood of VT100 and ANSI X3.64: CR, LF, BS, TAB; cursor up, down, right, left, to a
 * place; erase in line and display; SGR with colours, bold and reverse; save and restore;
 * cursor on and off. Other sequences are swallowed. A character in the last column leaves
 * the cursor there until the next one wraps, as a VT100 does. */
#include "term.h"

#include <base/mem.h>

enum { ATTRIBUTE = 0x07, BOLD = 0x08, TAB_STOP = 8, ESC = 0x1B };

static uint8_t *cell(struct term *t, unsigned column, unsigned row)
{
	return t->cells + 2 * ((t->top + row * TERM_COLUMNS + column) & t->mask);
}

static void clear(struct term *t, unsigned column, unsigned row, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint8_t *at = cell(t, column + i, row);

		at[0] = ' ';
		at[1] = t->attribute;
	}
}

void term_init(struct term *t, uint8_t *cells, uint32_t count)
{
	memset(t, 0, sizeof *t);
	t->cells = cells;
	t->mask = count - 1;
	t->attribute = t->colors = ATTRIBUTE;
	t->changed = true;
	clear(t, 0, 0, TERM_COLUMNS * TERM_ROWS);
}

static void line_feed(struct term *t)
{
	unsigned kept = (t->mask + 1) / TERM_COLUMNS - TERM_ROWS;

	if (t->row + 1 < TERM_ROWS) {
		t->row++;
		return;
	}
	t->top += TERM_COLUMNS;
	if (t->history < kept)
		t->history++;
	clear(t, 0, TERM_ROWS - 1, TERM_COLUMNS);
}

static void put(struct term *t, uint32_t character)
{
	uint8_t *at;

	if (t->column == TERM_COLUMNS) {
		t->column = 0;
		line_feed(t);
	}
	at = cell(t, t->column++, t->row);
	at[0] = cp437_from_unicode(character, '?');
	at[1] = t->attribute;
}

static void control(struct term *t, uint8_t c)
{
	switch (c) {
	case '\r': t->column = 0; break;
	case '\n': line_feed(t); break;
	case '\b':
		if (t->column == TERM_COLUMNS)
			t->column--;
		if (t->column)
			t->column--;
		break;
	case '\t':
		t->column = (uint8_t)((t->column + TAB_STOP) & ~(TAB_STOP - 1));
		if (t->column >= TERM_COLUMNS)
			t->column = TERM_COLUMNS - 1;
		break;
	case ESC: t->state = TERM_ESCAPE; break;
	}
}

/* --- sequences ------------------------------------------------------------------------------- */

static unsigned parameter(const struct term *t, unsigned index, unsigned otherwise)
{
	return t->parameters[index] ? t->parameters[index] : otherwise;
}

static void move(struct term *t, int column, int row)
{
	column = column < 0 ? 0 : column;
	row = row < 0 ? 0 : row;
	t->column = (uint8_t)(column < TERM_COLUMNS ? column : TERM_COLUMNS - 1);
	t->row = (uint8_t)(row < TERM_ROWS ? row : TERM_ROWS - 1);
}

static void erase_line(struct term *t, unsigned what)
{
	unsigned column = t->column < TERM_COLUMNS ? t->column : TERM_COLUMNS - 1;

	if (what == 0)
		clear(t, column, t->row, TERM_COLUMNS - column);
	else if (what == 1)
		clear(t, 0, t->row, column + 1);
	else
		clear(t, 0, t->row, TERM_COLUMNS);
}

static void erase_display(struct term *t, unsigned what)
{
	if (what == 2) {
		clear(t, 0, 0, TERM_COLUMNS * TERM_ROWS);
		return;
	}
	erase_line(t, what);
	if (what == 0 && t->row + 1 < TERM_ROWS)
		clear(t, 0, t->row + 1u, (TERM_ROWS - 1u - t->row) * TERM_COLUMNS);
	if (what == 1)
		clear(t, 0, 0, t->row * TERM_COLUMNS);
}

/* ANSI numbers colours red first, the PC blue first. */
static uint8_t pc_color(unsigned ansi)
{
	static const uint8_t colors[8] = { 0, 4, 2, 6, 1, 5, 3, 7 };

	return colors[ansi & 7];
}

static void set_attribute(struct term *t)
{
	uint8_t a = (uint8_t)(t->colors | (t->bold ? BOLD : 0));

	t->attribute = t->reverse ? (uint8_t)((a & 0x07) << 4 | (t->colors >> 4 & 0x07)) : a;
}

static void select_one(struct term *t, unsigned n)
{
	if (n == 0) {
		t->bold = t->reverse = false;
		t->colors = ATTRIBUTE;
	} else if (n == 1 || n == 22) {
		t->bold = n == 1;
	} else if (n == 7 || n == 27) {
		t->reverse = n == 7;
	} else if (n >= 30 && n <= 37) {
		t->colors = (uint8_t)((t->colors & 0xF0) | pc_color(n - 30));
	} else if (n >= 90 && n <= 97) {
		t->colors = (uint8_t)((t->colors & 0xF0) | pc_color(n - 90) | BOLD);
	} else if (n == 39) {
		t->colors = (uint8_t)((t->colors & 0xF0) | ATTRIBUTE);
	} else if (n >= 40 && n <= 47) {
		t->colors = (uint8_t)((t->colors & 0x0F) | pc_color(n - 40) << 4);
	} else if (n >= 100 && n <= 107) {
		t->colors = (uint8_t)((t->colors & 0x0F) | (pc_color(n - 100) | BOLD) << 4);
	} else if (n == 49) {
		t->colors &= 0x0F;
	}
}

static void select_graphics(struct term *t)
{
	for (unsigned i = 0; i <= t->index && i < TERM_PARAMETERS; i++)
		select_one(t, t->parameters[i]);
	set_attribute(t);
}

static void finish(struct term *t, uint8_t letter)
{
	int n = (int)parameter(t, 0, 1);

	t->state = TERM_PLAIN;
	if (t->private) {
		if (t->parameters[0] == 25)
			t->cursor_hidden = letter == 'l';
		return;
	}
	switch (letter) {
	case 'A': move(t, t->column, t->row - n); break;
	case 'B': move(t, t->column, t->row + n); break;
	case 'C': move(t, t->column + n, t->row); break;
	case 'D': move(t, t->column - n, t->row); break;
	case 'H': case 'f': move(t, (int)parameter(t, 1, 1) - 1, n - 1); break;
	case 'J': erase_display(t, t->parameters[0]); break;
	case 'K': erase_line(t, t->parameters[0]); break;
	case 'm': select_graphics(t); break;
	case 's': t->saved_column = t->column, t->saved_row = t->row; break;
	case 'u': move(t, t->saved_column, t->saved_row); break;
	}
}

static void sequence(struct term *t, uint8_t c)
{
	if (t->state == TERM_ESCAPE) {
		t->state = c == '[' ? TERM_CSI : TERM_PLAIN;
		t->index = 0;
		t->private = false;
		memset(t->parameters, 0, sizeof t->parameters);
		if (c == '7')
			t->saved_column = t->column, t->saved_row = t->row;
		else if (c == '8')
			move(t, t->saved_column, t->saved_row);
		return;
	}
	if (c >= '0' && c <= '9') {
		if (t->index < TERM_PARAMETERS && t->parameters[t->index] < 1000)
			t->parameters[t->index] = (uint16_t)(t->parameters[t->index] * 10 + c - '0');
	} else if (c == ';') {
		t->index++;
	} else if (c == '?') {
		t->private = true;
	} else if (c >= '@') {
		finish(t, c);
	}
}

/* --- in and out ---------------------------------------------------------------------------------- */

void term_write(struct term *t, const char *text, size_t size)
{
	t->changed = true;
	t->scrolled = 0;
	for (size_t i = 0; i < size; i++) {
		uint8_t c = (uint8_t)text[i];
		int32_t character;

		if (t->state != TERM_PLAIN) {
			sequence(t, c);
		} else if (c < ' ') {
			control(t, c);
		} else {
			character = utf8_feed(&t->utf8, c);
			if (character >= 0)
				put(t, (uint32_t)character);
		}
	}
}

void term_scroll_view(struct term *t, int lines)
{
	int scrolled = t->scrolled + lines;

	scrolled = scrolled < 0 ? 0 : scrolled;
	t->scrolled = (uint16_t)(scrolled < t->history ? scrolled : t->history);
	t->changed = true;
}

void term_show(const struct term *t, struct display_text *text)
{
	*text = (struct display_text){
		.columns = TERM_COLUMNS, .rows = TERM_ROWS, .cell_width = 9, .cell_height = 16,
		.cells = t->cells, .start = (t->top - t->scrolled * TERM_COLUMNS) & t->mask,
		.pitch = TERM_COLUMNS, .cell_mask = t->mask, .split_row = TERM_ROWS,
		.cursor_column = t->column < TERM_COLUMNS ? t->column : TERM_COLUMNS - 1,
		.cursor_row = t->row, .cursor_visible = !t->cursor_hidden && !t->scrolled,
		.cursor_first = 13, .cursor_last = 14, .line_graphics = true,
		.underline = DISPLAY_NO_LINE,
	};
}
