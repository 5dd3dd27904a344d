/* A terminal in memory: text goes in, cells for an adapter come out. Pure. */
#ifndef CONSOLE_TERM_H
#define CONSOLE_TERM_H

#include <iface/display.h>
#include <term/cp437.h>

enum { TERM_COLUMNS = 80, TERM_ROWS = 25, TERM_PARAMETERS = 6 };

enum term_state { TERM_PLAIN, TERM_ESCAPE, TERM_CSI };

struct term {
	uint8_t *cells;            /* ring: character and attribute by turns */
	uint32_t mask;             /* number of cells, a power of two, minus 1 */
	uint32_t top;              /* cell of the screen's upper left corner; only grows */
	uint16_t history;          /* lines that have left the screen and are still in the ring */
	uint16_t scrolled;         /* lines that the user has gone back */
	uint8_t column, row;       /* column = TERM_COLUMNS: the next character wraps first */
	uint8_t saved_column, saved_row;
	uint8_t attribute, colors; /* as shown; and before bold and reverse */
	bool bold, reverse, cursor_hidden;
	bool changed;              /* since somebody last cleared this */
	uint8_t state;             /* enum term_state */
	uint8_t index;             /* parameter being read */
	bool private;              /* ESC [ ? */
	uint16_t parameters[TERM_PARAMETERS];
	struct utf8_reader utf8;
};

/* `cells`: room for `count` cells, a power of two, at least 2048; 2 bytes each. */
void term_init(struct term *t, uint8_t *cells, uint32_t count);
void term_write(struct term *t, const char *text, size_t size);
/* Moves the view by lines, back into the past when positive. */
void term_scroll_view(struct term *t, int lines);
void term_show(const struct term *t, struct display_text *text);

#endif
