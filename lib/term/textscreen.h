/* Reading a text screen: its rows as character codes (code page 437). */
#ifndef TERM_TEXTSCREEN_H
#define TERM_TEXTSCREEN_H

#include <iface/display.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXTSCREEN_COLUMNS_MAX = 132, TEXTSCREEN_ROWS_MAX = 60 };

/* Copies a row without the blanks at its end; returns its length (at most `max`). */
unsigned textscreen_row(const struct display_text *text, unsigned row, uint8_t *codes, unsigned max);
/* Whether `wanted` (UTF-8) stands somewhere in one row. */
bool textscreen_find(const struct display_text *text, const char *wanted);

#endif
