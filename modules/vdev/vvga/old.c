/* The same place taken by an older adapter: IBM's monochrome adapter (MDA) and Color/Graphics Monitor
 * Adapter (CGA), which are a 6845, a mode register, some memory and a character generator of their own.
 *
 * How it works: the 6845's registers stand where the VGA's CRT controller has its own. Memory (4 KB,
 * 16 KB) is the beginning of ours, linear and always mapped, again and again up to the window's end;
 * a copy of the font lies behind it, for displays.
 *
 * DIFFERS: no snow on the CGA; no light pen; interlace, skew and the horizontal and vertical position of
 * the picture have no effect. The MDA's attributes 2 to 6 of the background are black in pictures, but grey
 * where a display shows text.
 *
 * Read: IBM Personal Computer Options and Adapters Technical Reference: "Monochrome Display and Printer
 * Adapter", "Color/Graphics Monitor Adapter"; Motorola MC6845 data sheet, "Register File". */

#include <base/mem.h>

#include "vvga.h"

enum {
	R_H_TOTAL = 0, R_H_SHOWN = 1, R_V_TOTAL = 4, R_V_ADJUST = 5, R_V_SHOWN = 6, R_V_SYNC = 7, R_LINES = 9,
	R_CURSOR_FIRST = 10, R_CURSOR_LAST = 11, R_START = 12, R_CURSOR = 14, REGISTERS = 18,
	READABLE_FIRST = 14, CURSOR_BLINK = 0x60, CURSOR_OFF = 0x20, CURSOR_LINES = 0x1F,

	MDA_MODE = 0x08, MDA_STATUS = 0x0A, CGA_MODE = 0x28, CGA_COLOR = 0x29, CGA_STATUS = 0x2A,
	MDA_CRTC = 0x00, CGA_CRTC = 0x20, CRTC_PORTS = 8,
	MODE_80 = 0x01, MODE_GRAPHICS = 0x02, MODE_NO_COLOR = 0x04, MODE_VIDEO = 0x08, MODE_640 = 0x10, MODE_BLINK = 0x20,
	COLOR_BORDER = 0x0F, COLOR_BRIGHT = 0x10, COLOR_SECOND = 0x20,
	STATUS_NOT_SHOWN = 0x01, STATUS_V_SYNC = 0x08, STATUS_DOT = 0x08, STATUS_ONES = 0xF0, STATUS_PEN = 0x04,

	MDA_SIZE = 0x1000, CGA_SIZE = 0x4000, MDA_WINDOW = 0x10000, CGA_WINDOW = 0x18000, WINDOW_SIZE = 0x8000,
	FONT_AT = 0x20000, FONT_SIZE = DISPLAY_GLYPHS * DISPLAY_GLYPH_SIZE, MDA_GLYPH = 14, CGA_GLYPH = 8,
	BANK = 0x2000, SYNC_LINES = 16, FLOATING = 0xFF,
	CGA_DOT_PS = 69841, MDA_DOT_PS = 61513,         /* 14.318 MHz, 16.257 MHz */
	GREY = 7, BLACK = 0, BRIGHT = 8, BROWN = 6, UNDERLINE = 12,
};

static bool is_mda(const struct vvga *vga)
{
	return vga->kind == VVGA_MDA;
}

bool vvga_is_old(const struct vvga *vga)
{
	return vga->kind == VVGA_MDA || vga->kind == VVGA_CGA;
}

static unsigned reg(const struct vvga *vga, unsigned n)
{
	return vga->s.crtc[n];
}

static unsigned word(const struct vvga *vga, unsigned high)
{
	return reg(vga, high) << 8 | reg(vga, high + 1);
}

static bool is_graphics(const struct vvga *vga)
{
	return !is_mda(vga) && vga->s.old_mode & MODE_GRAPHICS;
}

/* Dots of the fastest clock that a character clock takes. */
static unsigned clock_dots(const struct vvga *vga)
{
	return is_mda(vga) ? 9 : vga->s.old_mode & MODE_80 ? 8 : 16;
}

static unsigned lines_of(const struct vvga *vga)
{
	return (reg(vga, R_LINES) & CURSOR_LINES) + 1;
}

/* --- ports ----------------------------------------------------------------------------------------- */

static uint8_t status(struct vvga *vga)
{
	uint8_t vga_status = vvga_input_status_1(vga);

	if (is_mda(vga))
		return STATUS_ONES | (vga_status & VGA_STATUS1_NOT_DISPLAY) |
		       (vga_status & VGA_STATUS1_NOT_DISPLAY ? 0 : STATUS_DOT);
	return STATUS_ONES | STATUS_PEN | (vga_status & (STATUS_NOT_SHOWN | STATUS_V_SYNC));
}

uint8_t vvga_old_in(struct vvga *vga, unsigned port)
{
	unsigned crtc = port - (is_mda(vga) ? MDA_CRTC : CGA_CRTC), i = vga->s.crtc_index;

	if (crtc < CRTC_PORTS)
		return crtc & 1 && i >= READABLE_FIRST && i < REGISTERS ? vga->s.crtc[i] : crtc & 1 ? 0 : FLOATING;
	return port == (is_mda(vga) ? MDA_STATUS : CGA_STATUS) ? status(vga) : FLOATING;
}

static void crtc_write(struct vvga *vga, uint8_t value)
{
	static const uint8_t bits[READABLE_FIRST + 2] = {
		0xFF, 0xFF, 0xFF, 0x0F, 0x7F, 0x1F, 0x7F, 0x7F, 0x03, 0x1F, 0x7F, 0x1F, 0x3F, 0xFF, 0x3F, 0xFF,
	};

	if (vga->s.crtc_index < sizeof bits)
		vga->s.crtc[vga->s.crtc_index] = value & bits[vga->s.crtc_index];
}

void vvga_old_out(struct vvga *vga, unsigned port, uint8_t value)
{
	unsigned crtc = port - (is_mda(vga) ? MDA_CRTC : CGA_CRTC);

	if (crtc < CRTC_PORTS && crtc & 1)
		crtc_write(vga, value);
	else if (crtc < CRTC_PORTS)
		vga->s.crtc_index = value & 0x1F;
	else if (port == (is_mda(vga) ? MDA_MODE : CGA_MODE))
		vga->s.old_mode = value;
	else if (port == CGA_COLOR && !is_mda(vga))
		vga->s.old_color = value;
}

/* --- memory, time, font ---------------------------------------------------------------------------- */

void vvga_old_window(const struct vvga *vga, struct vvga_window *out)
{
	out->claimed = out->linear = is_mda(vga) ? MDA_WINDOW : CGA_WINDOW;
	out->claimed_size = out->linear_size = WINDOW_SIZE;
	out->wrap = (is_mda(vga) ? MDA_SIZE : CGA_SIZE) - 1;
}

void vvga_old_timing(const struct vvga *vga, struct vvga_timing *out)
{
	uint32_t clock_ps = clock_dots(vga) * (is_mda(vga) ? MDA_DOT_PS : CGA_DOT_PS);

	out->line_ns = (reg(vga, R_H_TOTAL) + 1) * clock_ps / 1000;
	out->visible_ns = reg(vga, R_H_SHOWN) * clock_ps / 1000;
	out->lines = (reg(vga, R_V_TOTAL) + 1) * lines_of(vga) + reg(vga, R_V_ADJUST);
	out->visible_lines = reg(vga, R_V_SHOWN) * lines_of(vga);
	out->sync_start = reg(vga, R_V_SYNC) * lines_of(vga);
	out->sync_lines = SYNC_LINES;
	if (out->lines < 2)
		out->lines = 2;
}

void vvga_old_reset(struct vvga *vga)
{
	unsigned height = is_mda(vga) ? MDA_GLYPH : CGA_GLYPH;

	if (vvga_touch(vga, FONT_AT, FONT_SIZE) != E_OK || !vga->font)
		return;
	memset(vga->memory + FONT_AT, 0, FONT_SIZE);
	for (unsigned i = 0; i < DISPLAY_GLYPHS; i++)
		memcpy(vga->memory + FONT_AT + i * DISPLAY_GLYPH_SIZE, vga->font + i * height, height);
}

/* --- text as displays see it -------------------------------------------------------------------------- */

struct display_rgb vvga_old_rgb(const struct vvga *vga, uint8_t color)
{
	uint8_t bright = color & BRIGHT ? 0x55 : 0;
	struct display_rgb rgb = { .red = (color & 4 ? 0xAA : 0) + bright, .green = (color & 2 ? 0xAA : 0) + bright,
				   .blue = (color & 1 ? 0xAA : 0) + bright };

	if (is_mda(vga)) {
		uint8_t level = (uint8_t)((color & GREY ? 0xAA : 0) + (color & GREY ? bright : 0));

		return (struct display_rgb){ level, level, level };
	}
	if ((color & 0x0F) == BROWN)
		rgb.green = 0x55;
	return rgb;
}

/* A cursor that ends above where it begins is still on at the top of its cell. */
static bool in_cursor(const struct vvga *vga, unsigned scan)
{
	unsigned first = reg(vga, R_CURSOR_FIRST) & CURSOR_LINES, last = reg(vga, R_CURSOR_LAST) & CURSOR_LINES;

	if (first >= lines_of(vga))
		return false;           /* it never begins */
	return first <= last ? scan >= first && scan <= last : scan >= first || scan <= last;
}

/* Of a cursor in two parts a display is told the whole cell. */
static void cursor(const struct vvga *vga, struct display_text *out)
{
	unsigned mode = reg(vga, R_CURSOR_FIRST) & CURSOR_BLINK;
	unsigned distance = (word(vga, R_CURSOR) - out->start) & out->cell_mask;

	out->cursor_first = reg(vga, R_CURSOR_FIRST) & CURSOR_LINES;
	out->cursor_last = reg(vga, R_CURSOR_LAST) & CURSOR_LINES;
	out->cursor_column = (uint16_t)(distance % out->columns);
	out->cursor_row = (uint16_t)(distance / out->columns);
	out->cursor_visible = mode != CURSOR_OFF && out->cursor_first < out->cell_height && out->cursor_row < out->rows;
	if (out->cursor_first > out->cursor_last || !out->cursor_visible) {
		out->cursor_first = 0;
		out->cursor_last = (uint8_t)(out->cell_height - 1);
	}
	if (out->cursor_last >= out->cell_height)
		out->cursor_last = (uint8_t)(out->cell_height - 1);
}

static unsigned at_least_one(unsigned n)
{
	return n ? n : 1;
}

bool vvga_old_text(struct vvga *vga, struct display_text *out)
{
	if (is_graphics(vga) || vvga_touch(vga, 0, is_mda(vga) ? MDA_SIZE : CGA_SIZE) != E_OK ||
	    vvga_touch(vga, FONT_AT, FONT_SIZE) != E_OK)
		return false;
	memset(out, 0, sizeof *out);
	out->columns = (uint16_t)at_least_one(reg(vga, R_H_SHOWN));
	out->rows = (uint16_t)at_least_one(reg(vga, R_V_SHOWN));
	out->cell_width = is_mda(vga) ? 9 : 8;
	out->cell_height = (uint16_t)lines_of(vga);
	out->cells = vga->memory;
	out->cell_mask = (is_mda(vga) ? MDA_SIZE : CGA_SIZE) / 2 - 1;
	out->start = word(vga, R_START) & out->cell_mask;
	out->pitch = out->columns;
	out->split_row = out->rows;
	out->blank = !(vga->s.old_mode & MODE_VIDEO);
	out->blink = vga->s.old_mode & MODE_BLINK;
	out->line_graphics = is_mda(vga);
	out->underline = is_mda(vga) && UNDERLINE < out->cell_height ? UNDERLINE : DISPLAY_NO_LINE;
	for (unsigned i = 0; i < DISPLAY_COLORS; i++)
		out->colors[i] = vvga_old_rgb(vga, (uint8_t)i);
	out->border = vvga_old_rgb(vga, is_mda(vga) ? BLACK : vga->s.old_color & COLOR_BORDER);
	out->font[0] = out->font[1] = vga->memory + FONT_AT;
	cursor(vga, out);
	return true;
}

void vvga_old_mode(const struct vvga *vga, struct display_mode *out)
{
	bool fine = vga->s.old_mode & MODE_640;

	out->graphics = is_graphics(vga);
	out->width = (uint16_t)at_least_one(reg(vga, R_H_SHOWN));
	out->height = (uint16_t)at_least_one(reg(vga, R_V_SHOWN));
	out->colors = is_mda(vga) ? 2 : DISPLAY_COLORS;
	if (!out->graphics)
		return;
	out->width *= fine ? 16 : 8;
	out->height = (uint16_t)(out->height * lines_of(vga));
	out->colors = fine ? 2 : 4;
}

/* --- the picture ------------------------------------------------------------------------------------------ */

void vvga_old_raster(const struct vvga *vga, struct display_raster *out)
{
	unsigned height = at_least_one(reg(vga, R_V_SHOWN)) * lines_of(vga);

	out->dot_width = is_graphics(vga) ? (vga->s.old_mode & MODE_640 ? 1 : 2) : clock_dots(vga) == 16 ? 2 : 1;
	out->dot_height = 1;
	out->width = (uint16_t)(at_least_one(reg(vga, R_H_SHOWN)) * (is_graphics(vga) ? 16 : clock_dots(vga)));
	out->height = (uint16_t)(height < DISPLAY_RASTER_HEIGHT ? height : DISPLAY_RASTER_HEIGHT);
}

static uint8_t byte_at(const struct vvga *vga, uint32_t address)
{
	address &= (is_mda(vga) ? MDA_SIZE : CGA_SIZE) - 1;
	return vvga_page_is_there(vga, address / VVGA_PAGE_SIZE) ? vga->memory[address] : 0;
}

/* Four attributes of the MDA are special; all others are bright or not, and underlined or not. */
static void colors_of(const struct vvga *vga, uint8_t attribute, uint8_t *fore, uint8_t *back)
{
	uint8_t mask = vga->s.old_mode & MODE_BLINK ? 0x07 : 0x0F;

	*fore = attribute & 0x0F;
	*back = attribute >> 4 & mask;
	if (!is_mda(vga))
		return;
	*back = BLACK;
	if ((attribute & 0x77) == 0x70) {
		*back = GREY;
		*fore = BLACK;
	} else {
		*fore = attribute & 0x77 ? GREY | (attribute & BRIGHT) : BLACK;
	}
}

static unsigned glyph(const struct vvga *vga, uint8_t code, uint8_t attribute, unsigned cell, unsigned scan)
{
	unsigned first = reg(vga, R_CURSOR_FIRST), mask = (is_mda(vga) ? MDA_SIZE : CGA_SIZE) / 2 - 1, dots = 0;

	if (vvga_page_is_there(vga, FONT_AT / VVGA_PAGE_SIZE + code / 128))
		dots = (unsigned)vga->memory[FONT_AT + code * DISPLAY_GLYPH_SIZE + scan] << 1;
	if (is_mda(vga) && code >= 0xC0 && code <= 0xDF)
		dots |= dots >> 1 & 1;
	if (is_mda(vga) && scan == UNDERLINE && (attribute & 7) == 1)
		dots = 0x1FF;
	if (((cell ^ word(vga, R_CURSOR)) & mask) == 0 && (first & CURSOR_BLINK) != CURSOR_OFF && in_cursor(vga, scan))
		dots = 0x1FF;
	return dots;
}

static void text_line(const struct vvga *vga, unsigned row, unsigned scan, uint8_t *to)
{
	unsigned columns = at_least_one(reg(vga, R_H_SHOWN)), first = word(vga, R_START) + row * columns;
	unsigned width = is_mda(vga) ? 9 : 8, times = clock_dots(vga) == 16 ? 2 : 1;

	for (unsigned cell = first; cell < first + columns; cell++) {
		uint8_t code = byte_at(vga, 2 * cell), attribute = byte_at(vga, 2 * cell + 1), fore, back;
		unsigned dots = glyph(vga, code, attribute, cell, scan);

		colors_of(vga, attribute, &fore, &back);
		for (unsigned i = 0; i < width; i++)
			for (unsigned n = 0; n < times; n++)
				*to++ = dots >> (8 - i) & 1 ? fore : back;
	}
}

/* The three colours besides the background's. */
static uint8_t color_320(const struct vvga *vga, unsigned dot)
{
	static const uint8_t colors[3][3] = { { 2, 4, 6 }, { 3, 5, 7 }, { 3, 4, 7 } };
	unsigned set = vga->s.old_mode & MODE_NO_COLOR ? 2 : vga->s.old_color & COLOR_SECOND ? 1 : 0;

	if (!dot)
		return vga->s.old_color & COLOR_BORDER;
	return colors[set][dot - 1] | (vga->s.old_color & COLOR_BRIGHT ? BRIGHT : 0);
}

uint8_t vvga_old_dot(const struct vvga *vga, unsigned dot)
{
	if (vga->s.old_mode & MODE_640)
		return dot & 1 ? vga->s.old_color & COLOR_BORDER : BLACK;
	return color_320(vga, dot & 3);
}

bool vvga_old_is_dark(const struct vvga *vga)
{
	return !(vga->s.old_mode & MODE_VIDEO);
}

static void graphics_line(const struct vvga *vga, unsigned row, unsigned scan, uint8_t *to)
{
	unsigned columns = at_least_one(reg(vga, R_H_SHOWN)), first = word(vga, R_START) + row * columns;

	for (unsigned i = 0; i < 2 * columns; i++) {
		uint8_t bits = byte_at(vga, ((2 * first + i) & (BANK - 1)) + (scan & 1) * BANK);

		for (unsigned n = 0; n < 8; n++)
			*to++ = vvga_old_dot(vga, bits >> (vga->s.old_mode & MODE_640 ? 7 - n : 6 - n / 2 * 2));
	}
}

void vvga_old_line(const struct vvga *vga, unsigned y, uint8_t *colors)
{
	struct display_raster raster;

	vvga_old_raster(vga, &raster);
	if (!(vga->s.old_mode & MODE_VIDEO))
		memset(colors, BLACK, raster.width);
	else if (is_graphics(vga))
		graphics_line(vga, y / lines_of(vga), y % lines_of(vga), colors);
	else
		text_line(vga, y / lines_of(vga), y % lines_of(vga), colors);
}

void vvga_old_describe(const struct vvga *vga, struct fmt_sink *out)
{
	struct display_mode mode;

	vvga_old_mode(vga, &mode);
	fmt_sink(out, "%s: %s %ux%u, %u colours%s\n", is_mda(vga) ? "MDA" : "CGA", mode.graphics ? "graphics" : "text",
		 mode.width, mode.height, mode.colors, vga->s.old_mode & MODE_VIDEO ? "" : ", switched off");
	fmt_sink(out, "mode %02x  colour %02x  index %02x\n6845      ", vga->s.old_mode, vga->s.old_color,
		 vga->s.crtc_index);
	for (unsigned i = 0; i < REGISTERS; i++)
		fmt_sink(out, " %02x", vga->s.crtc[i]);
	fmt_sink(out, "\n");
}
