/* A picture of a text screen, as its adapter would draw it. Pure. */
#ifndef VM_SHOT_H
#define VM_SHOT_H

#include <iface/display.h>
#include <stdint.h>

enum { SHOT_COLUMNS = 132, SHOT_ROWS = 60, SHOT_WIDTH_MAX = SHOT_COLUMNS * 9 };

/* A copy of all that the picture needs; about 32 KB. */
struct shot {
	struct display_text text;      /* its pointers are not used */
	uint8_t cells[SHOT_ROWS][SHOT_COLUMNS][2];
	uint8_t font[2][DISPLAY_GLYPHS * DISPLAY_GLYPH_SIZE];
};

void shot_take(struct shot *shot, const struct display_text *text);
unsigned shot_width(const struct shot *shot);
unsigned shot_height(const struct shot *shot);
/* Line `y` as red, green, blue for each dot. */
void shot_line(const struct shot *shot, unsigned y, uint8_t *pixels);

#endif
