/* A screen as data: what a machine's video adapter tells whoever shows it (vdisplay.h), and
 * what a host display is given to show (screen.h): text, and the size of any picture.
 *
 * A video adapter (of whatever kind) is asked for its text screen, which the asker then
 * draws on a real adapter, a terminal or a framebuffer. Pointers stay good, and the cells
 * current, until the machine runs again. */
#ifndef IFACE_DISPLAY_H
#define IFACE_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DISPLAY_COLORS = 16,
	DISPLAY_GLYPH_SIZE = 32,     /* bytes a glyph, one a line from the top, bit 7 leftmost */
	DISPLAY_GLYPHS = 256,
	DISPLAY_NO_LINE = 0xFF,
};

/* An attribute's bits: colours 0-15 of the foreground below, of the background above. */
enum {
	DISPLAY_ATTR_FOREGROUND = 0x0F,
	DISPLAY_ATTR_FONT = 0x08,        /* picks font[1], where the two differ */
	DISPLAY_ATTR_BACKGROUND = 0x70,
	DISPLAY_ATTR_BLINK = 0x80,       /* the background's bit 3 when not `blink` */
};

struct display_rgb {
	uint8_t red, green, blue;
};

struct display_text {
	uint16_t columns, rows;          /* at least 1 */
	uint16_t cell_width;             /* 8 or 9 dots */
	uint16_t cell_height;            /* 1 to 32 lines */
	/* Cell n is the character at cells[2 * n] and the attribute at cells[2 * n + 1]; use
	 * display_cell() for the number of the cell at a place. */
	const uint8_t *cells;
	uint32_t start;                  /* cell in the upper left corner */
	uint32_t pitch;                  /* cells from one row to the next */
	uint32_t cell_mask;              /* cell numbers wrap: a power of two, minus 1 */
	uint16_t split_row;              /* this row and later ones show cells from split_start on; = rows: none */
	uint16_t split_start;
	uint16_t cursor_column, cursor_row;
	bool cursor_visible;             /* shown, and at a cell of the screen */
	uint8_t cursor_first, cursor_last; /* its lines, inclusive, first <= last */
	bool blank;                      /* the screen is switched off */
	bool blink;                      /* attribute bit 7 blinks instead of brightening */
	bool two_fonts;                  /* attribute bit 3 picks the font */
	bool line_graphics;              /* the 9th dot of glyphs C0h-DFh repeats the 8th */
	uint8_t underline;               /* line to underline where (attribute & 77h) == 1; DISPLAY_NO_LINE */
	struct display_rgb colors[DISPLAY_COLORS];
	struct display_rgb border;
	const uint8_t *font[2];          /* DISPLAY_GLYPHS * DISPLAY_GLYPH_SIZE bytes each */
};

/* What mode the adapter is in, for a display that cannot show it. */
struct display_mode {
	bool graphics;
	uint16_t width, height;          /* graphics: dots; text: characters */
	uint16_t colors;                 /* graphics: at most so many at once; text: 2 or 16 */
};

/* The picture as the CRT controller scans it, a dot and a line at a time, without the border: no
 * scaling, so that a mode of 320 dots with each of its 200 lines scanned twice has 640 by 400. */
struct display_raster {
	uint16_t width, height;          /* at least 1 */
	uint16_t dot_width;              /* so many dots side by side, */
	uint16_t dot_height;             /* and lines below each other, are always alike */
};
enum { DISPLAY_RASTER_WIDTH = 256 * 18, DISPLAY_RASTER_HEIGHT = 2048, DISPLAY_PALETTE = 256 };

/* A VGA in a graphics mode, for a display that can be programmed like it. */
enum { DISPLAY_VGA_SEQ = 5, DISPLAY_VGA_CRTC = 25, DISPLAY_VGA_GC = 9, DISPLAY_VGA_AC = 21,
       DISPLAY_VGA_PAGE = 4096, DISPLAY_VGA_PAGES = 16 };

/* How the guest reaches the picture: a display writes it in the same way, since adapters
 * differ in what becomes of memory that was written in one way and is shown in another. */
enum display_vga_access {
	DISPLAY_VGA_PLANAR,              /* `plane` 0-3, an offset in it */
	DISPLAY_VGA_ODD_EVEN,            /* the even offsets of planes 0 and 1 in turn; `plane` is 0 */
	DISPLAY_VGA_CHAINED,             /* four planes in turn; `plane` is 0 */
};

struct borrower;

struct display_vga {
	const void *display;             /* tells adapters apart */
	enum display_vga_access access;
	bool dark;                       /* the screen is switched off */
	uint8_t misc, dac_mask;
	uint8_t seq[DISPLAY_VGA_SEQ], crtc[DISPLAY_VGA_CRTC], gc[DISPLAY_VGA_GC], ac[DISPLAY_VGA_AC];
	const uint8_t (*dac)[3];         /* 256 entries of 6 bits */
	uint16_t changed;                /* bit n: page n of `bytes` may be another than last time */
	/* `count` bytes of video memory from `offset` on, in one page. */
	void (*bytes)(const void *display, unsigned plane, uint32_t offset, uint8_t *to, unsigned count);
	/* Whom the display may lend its memory to, as long as the guest reaches it like this; NULL: nobody. While it
	 * is lent, nothing has `changed`, and `bytes` are old. */
	const struct borrower *borrower; /* loan.h */
};

/* An adapter in a mode of its display interface (<hw/dispi.h>): more dots than a VGA has, and a memory of their
 * own. A page is DISPLAY_VGA_PAGE bytes of it. */
enum { DISPLAY_VBE_PAGES = 256, DISPLAY_VBE_WORDS = DISPLAY_VBE_PAGES / 32 };

struct display_vbe {
	const void *display;             /* tells adapters apart */
	bool dark;                       /* the screen is switched off */
	uint8_t bits;                    /* of a dot: 8, or 4: a 32-bit word for eight dots, plane p its byte p */
	uint8_t colors[DISPLAY_COLORS];  /* 4 bits: the colours that dots of a value have */
	uint8_t dac_mask;                /* of what then selects an entry of `dac` */
	uint16_t width, height;          /* dots shown */
	uint16_t line;                   /* dots from one line to the next */
	uint16_t x, y;                   /* where in memory the picture begins: a dot of a line */
	const uint8_t (*dac)[3];         /* 256 entries of 6 bits */
	uint32_t changed[DISPLAY_VBE_WORDS]; /* bit n % 32 of word n / 32: page n may be another than last time */
	/* NULL: it was never used, and is all 0. */
	const uint8_t *(*page)(const void *display, unsigned n);
};

static inline uint32_t display_cell(const struct display_text *text, unsigned column,
				    unsigned row)
{
	if (row >= text->split_row)
		return (text->split_start + (row - text->split_row) * text->pitch + column) & text->cell_mask;
	return (text->start + row * text->pitch + column) & text->cell_mask;
}

#endif
