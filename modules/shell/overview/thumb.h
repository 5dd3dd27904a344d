/* A small picture of a large one, in half blocks of the sixteen text colours. Pure. */
#ifndef OVERVIEW_THUMB_H
#define OVERVIEW_THUMB_H

#include <iface/display.h>

enum {
	THUMB_COLUMNS = 80, THUMB_LINES = 50,   /* dots, at most */
	THUMB_BLOCK = 0xDF,                     /* the character: its upper half is foreground */
	THUMB_LEVELS = 16,                      /* of a colour's part, to tell which text colour is nearest */
};

/* A colour of the large picture. */
struct thumb_shade {
	uint32_t red_green;                     /* 16 bits each, to be added both at once */
	uint16_t blue;
	uint16_t brightness;
};

struct thumb_sum {
	uint32_t red_green, blue;
	uint16_t samples;
	uint8_t brightest;                      /* of the colours that were added */
};

/* One picture under way. All zero at first; `nearest` outlasts pictures. */
struct thumb {
	struct display_raster raster;           /* of the large picture */
	uint16_t columns, lines;                /* of the small one, dots; `lines` is even */
	uint16_t line;                          /* being made */
	uint8_t sample, samples;                /* of its samples, lines of the large picture */
	uint8_t *attributes;                    /* where the cells go */
	unsigned pitch;
	struct thumb_shade shades[DISPLAY_PALETTE];
	struct thumb_sum sums[THUMB_COLUMNS];
	uint8_t nearest[THUMB_LEVELS * THUMB_LEVELS * THUMB_LEVELS]; /* 1 and up: 1 + text colour */
};

/* The text colour that is nearest to this one. */
uint8_t thumb_text_color(const struct display_rgb *c);
/* How many columns (dots and cells) look right beside `rows` cells, for a picture 4 wide and 3 high on a screen
 * of 80 by 25; at most `most`. */
unsigned thumb_columns(unsigned rows, unsigned most);
/* Begins a picture of columns x rows cells, whose attributes go to `attributes`, row after row at a distance
 * of `pitch`. At least one cell, within the limits above. */
void thumb_begin(struct thumb *t, const struct display_raster *raster,
		 const struct display_rgb palette[DISPLAY_PALETTE], unsigned columns, unsigned rows,
		 uint8_t *attributes, unsigned pitch);
/* The line of the large picture that is wanted next. */
unsigned thumb_wants(const struct thumb *t);
/* Takes it; true: the picture is complete. */
bool thumb_take(struct thumb *t, const uint8_t *colors);

#endif
