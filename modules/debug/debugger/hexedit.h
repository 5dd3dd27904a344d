/* The full-screen hex editor, without its surroundings: a window on memory, a cursor, keys. Pure. */
#ifndef DEBUGGER_HEXEDIT_H
#define DEBUGGER_HEXEDIT_H

#include "expr.h"

enum { HEXEDIT_WIDTH = 16, HEXEDIT_LINE_MAX = 200 };

/* Keys that are no characters. */
enum hexedit_key {
	HEXEDIT_LEFT = 0x100, HEXEDIT_RIGHT, HEXEDIT_UP, HEXEDIT_DOWN, HEXEDIT_PAGE_UP, HEXEDIT_PAGE_DOWN, HEXEDIT_HOME,
	HEXEDIT_END, HEXEDIT_OTHER,
};

/* What a byte is. */
enum hexedit_kind { HEXEDIT_NOTHING, HEXEDIT_PLAIN, HEXEDIT_ROM, HEXEDIT_DEVICE };

struct hexedit {
	struct value top;        /* first byte of the first row */
	unsigned rows;           /* 1 to 60 */
	unsigned cursor;         /* byte, from top */
	bool low;                /* at the low digit of it */
	bool text;               /* in the column of characters */

	/* The byte at an address; its kind. */
	enum hexedit_kind (*read)(void *ctx, const struct value *at, uint8_t *byte);
	/* False: it could not be written. */
	bool (*write)(void *ctx, const struct value *at, uint8_t byte);
	void *ctx;
	const char *note;        /* what the last key could not do; "" */
};

/* A key: false when the user wants to leave. Memory is written at each digit. */
bool hexedit_key(struct hexedit *h, int key);
/* Row `row` (below `rows`) as text with VT100's sequences: devices are shown in reverse, ROM in bold. */
void hexedit_row(const struct hexedit *h, unsigned row, char *buf, size_t size);
/* Where the cursor is to be: column (from 0) in its row. */
unsigned hexedit_column(const struct hexedit *h);
unsigned hexedit_cursor_row(const struct hexedit *h);

#endif
