/* The serial line's display.
 *
 * A shadow holds what the terminal shows. Cells that differ are sent, row by row: where to,
 * in which colours, and the character as UTF-8 from code page 437. A terminal with fewer
 * rows than the screen shows the part with the cursor. Output goes to a bounded buffer, so
 * that a whole new screen (some 10 KB, a second at 115200 baud) is sent in pieces with keys
 * read in between, always from the newest picture; the next piece begins where the one before
 * ended, or what moves at the top would keep the rest from being seen.
 *
 * Backgrounds have sixteen colours by the sequences of xterm and aixterm. The terminal's own
 * palette is used; fonts and blinking of the cursor's lines are not. */
#include "ansiview.h"

#include <base/fmt.h>
#include <base/mem.h>
#include <term/cp437.h>

enum {
	CELL_BYTES = 48,           /* more than a cell can cost: place, colours, character */
	GAP = 4,                   /* cells; a jump is 6 to 8 bytes */
	BOLD = 0x08, FORE = 30, BACK = 40, BACK_BRIGHT = 100,
};

void ansiview_init(struct ansiview *view, unsigned columns, unsigned rows)
{
	memset(view, 0, sizeof *view);
	view->columns = (uint8_t)(columns < ANSIVIEW_COLUMNS ? columns : ANSIVIEW_COLUMNS);
	view->rows = (uint8_t)(rows < ANSIVIEW_ROWS ? rows : ANSIVIEW_ROWS);
}

/* A short gap is cheaper to write again than to jump, if the colours allow. */
static size_t fill_gap(struct ansiview *view, char *buf, unsigned column, unsigned row)
{
	size_t n = 0;

	if (view->cursor_row != row || column < view->cursor_column || column - view->cursor_column > GAP)
		return 0;
	for (unsigned i = view->cursor_column; i < column; i++)
		if (view->shadow[row][i][1] != view->attribute)
			return 0;
	for (; view->cursor_column < column; view->cursor_column++)
		n += utf8_put(buf + n, cp437_to_unicode(view->shadow[row][view->cursor_column][0]));
	return n;
}

static size_t move_to(struct ansiview *view, char *buf, unsigned column, unsigned row)
{
	size_t n = fill_gap(view, buf, column, row);

	if (view->cursor_column == column && view->cursor_row == row)
		return n;
	view->cursor_column = (uint8_t)column;
	view->cursor_row = (uint8_t)row;
	return fmt_buf(buf, CELL_BYTES, "\x1b[%u;%uH", row + 1, column + 1);
}

/* The PC numbers colours blue first, ANSI red first. */
static unsigned ansi_color(unsigned pc)
{
	static const uint8_t colors[8] = { 0, 4, 2, 6, 1, 5, 3, 7 };

	return colors[pc & 7];
}

/* Bit 7 makes it bright where it does not blink. */
static unsigned background(const struct ansiview *view, uint8_t attribute)
{
	unsigned color = ansi_color(attribute >> 4);

	return attribute & DISPLAY_ATTR_BLINK && !view->blink ? BACK_BRIGHT + color : BACK + color;
}

/* Bold and blinking can only be switched off together with all else; otherwise a colour that stays is not told
 * again, since pictures are little else than colours. */
static size_t colors(struct ansiview *view, char *buf, uint8_t attribute)
{
	unsigned changed = view->attribute ^ attribute;
	unsigned blink = view->blink ? DISPLAY_ATTR_BLINK : 0;
	unsigned fore = FORE + ansi_color(attribute), back = background(view, attribute);

	view->attribute = attribute;
	if (!changed)
		return 0;
	if (changed & (BOLD | blink))
		return fmt_buf(buf, CELL_BYTES, "\x1b[0;%s%s%u;%um", attribute & BOLD ? "1;" : "",
			       attribute & blink ? "5;" : "", fore, back);
	if (!(changed & DISPLAY_ATTR_FOREGROUND))
		return fmt_buf(buf, CELL_BYTES, "\x1b[%um", back);
	if (!(changed & ~DISPLAY_ATTR_FOREGROUND))
		return fmt_buf(buf, CELL_BYTES, "\x1b[%um", fore);
	return fmt_buf(buf, CELL_BYTES, "\x1b[%u;%um", fore, back);
}

static size_t erase(struct ansiview *view, char *buf)
{
	for (unsigned row = 0; row < ANSIVIEW_ROWS; row++) {
		for (unsigned column = 0; column < ANSIVIEW_COLUMNS; column++) {
			view->shadow[row][column][0] = ' ';
			view->shadow[row][column][1] = 0x07;
		}
	}
	view->drawn = true;
	view->cursor_shown = false;
	view->attribute = 0x07;
	view->cursor_column = view->cursor_row = 0;
	return fmt_buf(buf, CELL_BYTES, "\x1b[0;37;40m\x1b[?25l\x1b[H\x1b[J");
}

/* Which part of a tall screen the terminal shows. */
static void follow_cursor(struct ansiview *view, const struct display_text *text)
{
	unsigned first = view->first_row;

	if (text->rows <= view->rows)
		first = 0;
	else if (text->cursor_row < first)
		first = text->cursor_row;
	else if (text->cursor_row >= first + view->rows)
		first = text->cursor_row - view->rows + 1u;
	view->first_row = (uint8_t)first;
}

static size_t update_cell(struct ansiview *view, const struct display_text *text, char *buf,
			  unsigned column, unsigned row)
{
	uint8_t *shadow = view->shadow[row][column];
	const uint8_t *cell = text->cells + 2 * display_cell(text, column, row + view->first_row);
	uint8_t code = cell[0] == 0xFF || text->blank ? ' ' : cell[0];
	uint8_t attribute = text->blank ? 0x07 : cell[1];
	size_t n;

	if (code == 0)
		code = ' ';
	if (shadow[0] == code && shadow[1] == attribute)
		return 0;
	n = move_to(view, buf, column, row);
	n += colors(view, buf + n, attribute);
	n += utf8_put(buf + n, cp437_to_unicode(code));
	shadow[0] = code;
	shadow[1] = attribute;
	view->cursor_column++;
	if (view->cursor_column >= view->columns)
		view->cursor_column = ANSIVIEW_COLUMNS; /* wherever it is there, it is told again */
	return n;
}

static size_t update_cursor(struct ansiview *view, const struct display_text *text, char *buf)
{
	bool shown = text->cursor_visible && !text->blank && text->cursor_row >= view->first_row &&
		     text->cursor_row - view->first_row < view->rows && text->cursor_column < view->columns;
	size_t n = 0;

	if (shown)
		n = move_to(view, buf, text->cursor_column, text->cursor_row - (unsigned)view->first_row);
	if (shown != view->cursor_shown)
		n += fmt_buf(buf + n, CELL_BYTES, "\x1b[?25%c", shown ? 'h' : 'l');
	view->cursor_shown = shown;
	return n;
}

size_t ansiview_update(struct ansiview *view, const struct display_text *text, char *buf, size_t size)
{
	unsigned columns = text->columns < view->columns ? text->columns : view->columns;
	unsigned rows = text->rows < view->rows ? text->rows : view->rows;
	size_t n = 0;

	follow_cursor(view, text);
	if (!view->drawn || view->blink != text->blink) {
		view->blink = text->blink;
		n = erase(view, buf);
	}
	for (unsigned i = 0; i < rows; i++) {
		unsigned row = (view->next_row + i) % rows;

		for (unsigned column = 0; column < columns; column++) {
			if (n + 2 * CELL_BYTES > size) {
				view->next_row = (uint8_t)row;
				return n;
			}
			n += update_cell(view, text, buf + n, column, row);
		}
	}
	view->next_row = 0;
	return n + update_cursor(view, text, buf + n);
}

size_t ansiview_leave(struct ansiview *view, char *buf, size_t size)
{
	return fmt_buf(buf, size, "\x1b[0m\x1b[%u;1H\x1b[?25h\r\n", view->rows);
}
