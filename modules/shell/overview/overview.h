/* All machines on one screen, each in a frame with a part of its text or a small picture. Pure. */
#ifndef CONSOLE_OVERVIEW_H
#define CONSOLE_OVERVIEW_H

#include <iface/display.h>

enum { OVERVIEW_COLUMNS = 80, OVERVIEW_ROWS = 25, OVERVIEW_CELLS = 2048, OVERVIEW_FRAMES = 16 };

struct overview {
	uint8_t cells[2 * OVERVIEW_CELLS];
	uint8_t pictures[OVERVIEW_COLUMNS * OVERVIEW_ROWS]; /* attributes of half blocks, where they are shown */
	unsigned selected;             /* index of the frame the user has chosen */
	unsigned count, across;        /* frames, and how many are beside each other */
};

/* Cells that a picture has. */
struct overview_box {
	unsigned column, row, width, height;
};

/* A machine to be drawn. `text` NULL: `note` is shown, and what `pictures` has for it if `picture`. */
struct overview_frame {
	const char *title;
	const char *state;
	const char *note;
	const struct display_text *text;
	bool picture;
};

/* Begins a picture of `count` frames (those beyond OVERVIEW_FRAMES are left out). */
void overview_begin(struct overview *o, unsigned count);
void overview_draw(struct overview *o, unsigned index, const struct overview_frame *frame);
/* The one machine there is to see: a line, and below it what `pictures` has if `picture`. */
void overview_draw_alone(struct overview *o, const char *line, bool picture);
/* Where in `pictures` the picture of a frame is; `alone`: of the one there is to see. Width or height 0:
 * there is no room. */
void overview_picture_box(const struct overview *o, unsigned index, bool alone, struct overview_box *box);
void overview_show(const struct overview *o, struct display_text *text);
/* Moves the choice by a cursor key (enum key). */
void overview_move(struct overview *o, unsigned key);

#endif
