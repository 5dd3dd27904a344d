/* All machines on one screen, each in a frame with a part of its text. Pure. */
#ifndef CONSOLE_OVERVIEW_H
#define CONSOLE_OVERVIEW_H

#include <iface/display.h>

enum { OVERVIEW_COLUMNS = 80, OVERVIEW_ROWS = 25, OVERVIEW_CELLS = 2048, OVERVIEW_FRAMES = 16 };

struct overview {
	uint8_t cells[2 * OVERVIEW_CELLS];
	unsigned selected;             /* index of the frame the user has chosen */
	unsigned count, across;        /* frames, and how many are beside each other */
};

/* A machine to be drawn. `text` NULL: `note` is shown instead. */
struct overview_frame {
	const char *title;
	const char *state;
	const char *note;
	const struct display_text *text;
};

/* Begins a picture of `count` frames (those beyond OVERVIEW_FRAMES are left out). */
void overview_begin(struct overview *o, unsigned count);
void overview_draw(struct overview *o, unsigned index, const struct overview_frame *frame);
void overview_show(const struct overview *o, struct display_text *text);
/* Moves the choice by a cursor key (enum key). */
void overview_move(struct overview *o, unsigned key);

#endif
