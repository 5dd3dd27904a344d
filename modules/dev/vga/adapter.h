/* The registers of the PC's own VGA, as far as a text screen needs them. */
#ifndef VGA_ADAPTER_H
#define VGA_ADAPTER_H

#include <stdbool.h>
#include <stdint.h>

#include <hw/vga.h>
#include <iface/display.h>

enum {
	ADAPTER_ROWS_MAX = 60, ADAPTER_COLUMNS = 80, ADAPTER_ROWS = 25,
	ADAPTER_FONT_LINES = 16,         /* of the adapter's own font */
	ADAPTER_FONT_CHUNK = 32,         /* glyphs loaded at once */
	ADAPTER_COLORS = DISPLAY_COLORS + 1, /* and the border */
};

/* What the registers are made from. */
struct adapter_mode {
	uint8_t columns;                 /* 40 or 80 */
	uint8_t rows;
	uint8_t cell_width, cell_height;
	bool doubled;                    /* each line is scanned twice */
};

struct adapter {
	bool vga;                        /* else an MDA, CGA or EGA: cells and cursor alone */
	uint16_t crtc;                   /* index port of the CRT controller */
	volatile uint8_t *planes;        /* A0000h, 64 KB: plane access */
	volatile uint32_t *cells;        /* B8000h or B0000h, two cells a word */
	/* What was written last. */
	uint8_t crtc_regs[VGA_CRTC_REGS];
	uint8_t clocking, font_select, ac_mode;
};

/* Finds the adapter without touching what it shows. */
bool adapter_find(struct adapter *a);
bool adapter_in_graphics(const struct adapter *a);

/* The mode that shows so many characters of that size, or as many of them as fit. */
struct adapter_mode adapter_mode_for(unsigned columns, unsigned rows, unsigned width, unsigned height);
/* Programs every register but palette and fonts. */
void adapter_set_mode(struct adapter *a, const struct adapter_mode *mode);
void adapter_set_crtc(struct adapter *a, unsigned reg, uint8_t value);
/* The registers that may change within a mode; each is written only if it does. */
void adapter_set_clocking(struct adapter *a, bool blank);
void adapter_set_two_fonts(struct adapter *a, bool two);
void adapter_set_attributes(struct adapter *a, bool blink, bool line_graphics);
/* `at` is a cell; first > last hides it. */
void adapter_set_cursor(struct adapter *a, unsigned at, unsigned first, unsigned last);
/* 16 colours and the border's. */
void adapter_set_colors(const struct display_rgb colors[ADAPTER_COLORS]);
/* The 16 colours of an EGA's and VGA's BIOS, on a black border. */
void adapter_own_colors(struct display_rgb colors[ADAPTER_COLORS]);

/* ADAPTER_FONT_CHUNK glyphs from number `first` on into font 0 or 1, `lines` lines each, from
 * `glyphs`, a whole font in which a glyph takes `step` bytes and has `have` lines (where
 * that is another number, lines are left out or doubled). */
void adapter_load_font(struct adapter *a, unsigned font, unsigned first, const uint8_t *glyphs,
		       unsigned step, unsigned have, unsigned lines);
/* Copies font 0 out, ADAPTER_FONT_LINES bytes a glyph. */
void adapter_save_font(struct adapter *a, uint8_t *to);

#endif
