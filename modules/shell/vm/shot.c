/* Drawing a text screen: for each dot line the glyphs' bits in the cells' colours.
 *
 * The moment drawn is one at which blinking characters and the cursor show. Borders are not
 * drawn.
 *
 * To read: IBM, "Personal System/2 Hardware Interface Technical Reference", Video Subsystem,
 * "Alphanumeric Modes". */
#include "shot.h"

#include <base/mem.h>

void shot_take(struct shot *shot, const struct display_text *text)
{
	shot->text = *text;
	if (shot->text.columns > SHOT_COLUMNS)
		shot->text.columns = SHOT_COLUMNS;
	if (shot->text.rows > SHOT_ROWS)
		shot->text.rows = SHOT_ROWS;
	for (unsigned row = 0; row < shot->text.rows; row++)
		for (unsigned column = 0; column < shot->text.columns; column++)
			memcpy(shot->cells[row][column], text->cells + 2 * display_cell(text, column, row), 2);
	for (unsigned i = 0; i < 2; i++) {
		const uint8_t *font = text->font[i] ? text->font[i] : text->font[0];

		if (font)
			memcpy(shot->font[i], font, sizeof shot->font[i]);
	}
}

unsigned shot_width(const struct shot *shot)
{
	return shot->text.columns * shot->text.cell_width;
}

unsigned shot_height(const struct shot *shot)
{
	return shot->text.rows * shot->text.cell_height;
}

/* The glyph's dots in one line, bit 8 leftmost; bit 0 is the ninth. */
static unsigned glyph_dots(const struct shot *shot, uint8_t code, uint8_t attribute, unsigned line)
{
	const struct display_text *text = &shot->text;
	unsigned font = text->two_fonts && attribute & DISPLAY_ATTR_FONT ? 1 : 0;
	unsigned dots = (unsigned)shot->font[font][code * DISPLAY_GLYPH_SIZE + line] << 1;

	if (text->line_graphics && code >= 0xC0 && code <= 0xDF)
		dots |= dots >> 1 & 1;
	if (line == text->underline && (attribute & 7) == 1)
		dots = 0x1FF;
	return dots;
}

static bool is_cursor(const struct display_text *text, unsigned column, unsigned row, unsigned line)
{
	return text->cursor_visible && text->cursor_column == column && text->cursor_row == row &&
	       line >= text->cursor_first && line <= text->cursor_last;
}

void shot_line(const struct shot *shot, unsigned y, uint8_t *pixels)
{
	const struct display_text *text = &shot->text;
	unsigned row = y / text->cell_height, line = y % text->cell_height;

	for (unsigned column = 0; column < text->columns; column++) {
		const uint8_t *cell = shot->cells[row][column];
		unsigned dots = glyph_dots(shot, cell[0], cell[1], line);
		unsigned back = cell[1] >> 4 & (text->blink ? 7 : 15);

		if (is_cursor(text, column, row, line))
			dots = 0x1FF;
		if (text->blank)
			dots = 0;
		for (unsigned x = 0; x < text->cell_width; x++, pixels += 3) {
			unsigned color = dots >> (8 - x) & 1 ? cell[1] & DISPLAY_ATTR_FOREGROUND : back;
			const struct display_rgb *rgb = &text->colors[color];

			pixels[0] = text->blank ? 0 : rgb->red;
			pixels[1] = text->blank ? 0 : rgb->green;
			pixels[2] = text->blank ? 0 : rgb->blue;
		}
	}
}
