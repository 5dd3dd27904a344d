/* A text screen shown on an ANSI terminal: only what changed is sent. Pure. */
#ifndef CONSOLE_ANSIVIEW_H
#define CONSOLE_ANSIVIEW_H

#include <iface/display.h>
#include <stddef.h>
#include <stdint.h>

enum { ANSIVIEW_COLUMNS = 132, ANSIVIEW_ROWS = 60, ANSIVIEW_BUFFER_MIN = 256 };

struct ansiview {
	uint8_t columns, rows;     /* of the terminal, at most the above */
	uint8_t first_row;         /* of the text screen: in the terminal's first row */
	bool drawn;                /* the terminal shows what `shadow` says */
	bool cursor_shown;
	bool blink;                /* as in the text screen: what bit 7 of an attribute means */
	uint8_t next_row;          /* of the terminal: the next update begins there */
	uint8_t attribute;         /* the terminal's present one */
	uint8_t cursor_column, cursor_row;   /* where the terminal's cursor is */
	uint8_t shadow[ANSIVIEW_ROWS][ANSIVIEW_COLUMNS][2];
};

void ansiview_init(struct ansiview *view, unsigned columns, unsigned rows);
/* Writes to `buf` what makes the terminal look more like `text`; as much as fits. Returns
 * the number of bytes: 0 when it looks like it. */
size_t ansiview_update(struct ansiview *view, const struct display_text *text, char *buf, size_t size);
/* What leaves the terminal as a shell wants it. */
size_t ansiview_leave(struct ansiview *view, char *buf, size_t size);

#endif
