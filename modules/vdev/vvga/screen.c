/* What a display needs to know of the virtual VGA: its text screen, or which mode it is in.
 *
 * How it works: the text screen is described, not copied: where its cells lie in video
 * memory, how they are coloured, and with which glyphs. Any register content gives a
 * description that can be followed without leaving video memory.
 *
 * DIFFERS: text is always taken to be addressed in words (CRTC Mode Control), as every text
 * mode of the video BIOS is; panning by dots and the preset row scan are not passed on.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "CRT Controller
 * Registers", "Character Map Select Register", "Attribute Mode Control Register". */

#include <base/mem.h>

#include "vvga.h"

enum {
	CELL_MASK = 0xFFFF,             /* the CRT controller counts characters in 16 bits */
	FONT_PLANE = 2 * VVGA_PLANE_SIZE,
	FONT_STEP = 0x4000, FONT_HALF_STEP = 0x2000, FONT_SIZE = 0x2000,
	CGA_ROW_SCAN_OFF = 0x01,        /* CRTC mode: address bit 13 is not the row scan's */
	BYTE_PAN_SHIFT = 5, CURSOR_SKEW_SHIFT = 5,
};

/* Lines of the picture before scan doubling is undone. */
static uint32_t picture_lines(const struct vvga *vga)
{
	uint8_t overflow = vga->s.crtc[VGA_CRTC_OVERFLOW];
	uint32_t lines = vga->s.crtc[VGA_CRTC_V_DISPLAY_END] + 1;

	if (overflow & VGA_CRTC_OVERFLOW_VDE8)
		lines += 0x100;
	if (overflow & VGA_CRTC_OVERFLOW_VDE9)
		lines += 0x200;
	if (vga->s.crtc[VGA_CRTC_MODE] & VGA_CRTC_MODE_LINES_2)
		lines *= 2;
	return vga->s.crtc[VGA_CRTC_MAX_SCAN] & VGA_CRTC_MAX_SCAN_DOUBLE ? (lines + 1) / 2 : lines;
}

static uint32_t line_compare(const struct vvga *vga)
{
	const uint8_t *crtc = vga->s.crtc;
	uint32_t line = crtc[VGA_CRTC_LINE_COMPARE];

	if (crtc[VGA_CRTC_OVERFLOW] & VGA_CRTC_OVERFLOW_LC8)
		line |= 0x100;
	if (crtc[VGA_CRTC_MAX_SCAN] & VGA_CRTC_MAX_SCAN_LC9)
		line |= 0x200;
	if (crtc[VGA_CRTC_MODE] & VGA_CRTC_MODE_LINES_2)
		line = line * 2 + 1;
	return crtc[VGA_CRTC_MAX_SCAN] & VGA_CRTC_MAX_SCAN_DOUBLE ? line / 2 : line;
}

static uint16_t crtc_word(const struct vvga *vga, unsigned high)
{
	return vga->s.crtc[high] << 8 | vga->s.crtc[high + 1];
}

/* Font `which` (0-7) in the order of Character Map Select: 0, 16, 32, 48, 8, 24, 40, 56 KB. */
static uint32_t font_offset(unsigned which)
{
	return FONT_PLANE + (which & 3) * FONT_STEP + (which & 4 ? FONT_HALF_STEP : 0);
}

static void fonts(const struct vvga *vga, struct display_text *out)
{
	uint8_t select = vga->s.seq[VGA_SEQ_FONT];
	unsigned b = (select & 0x03) | (select >> 2 & 0x04);
	unsigned a = (select >> 2 & 0x03) | (select >> 3 & 0x04);

	out->font[0] = vga->memory + font_offset(b);
	out->font[1] = vga->memory + font_offset(a);
	out->two_fonts = a != b;
}

static void colors(const struct vvga *vga, struct display_text *out)
{
	for (unsigned i = 0; i < DISPLAY_COLORS; i++)
		out->colors[i] = vvga_dac_rgb(vga, vvga_ac_index(vga, i));
	out->border = vvga_dac_rgb(vga, vga->s.ac[VGA_AC_OVERSCAN]);
	out->blink = vga->s.ac[VGA_AC_MODE] & VGA_AC_MODE_BLINK;
	out->blank = vga->s.seq[VGA_SEQ_CLOCKING] & VGA_SEQ_CLOCKING_OFF ||
		     !(vga->s.ac_index & VGA_AC_INDEX_PAS);
}

/* Finds the cursor among the rows from `first` to `end`, the first of which shows `start`. */
static bool cursor_among(struct display_text *out, uint16_t address, uint16_t start,
			 unsigned first, unsigned end)
{
	uint16_t distance = address - start;
	unsigned row = first, column = distance;

	if (out->pitch) {
		row += distance / out->pitch;
		column = distance % out->pitch;
	}
	if (row >= end || column >= out->columns)
		return false;
	out->cursor_row = row;
	out->cursor_column = column;
	return true;
}

static void cursor(const struct vvga *vga, struct display_text *out)
{
	uint8_t first = vga->s.crtc[VGA_CRTC_CURSOR_START], last = vga->s.crtc[VGA_CRTC_CURSOR_END];
	uint16_t address = crtc_word(vga, VGA_CRTC_CURSOR_HIGH) + (last >> CURSOR_SKEW_SHIFT & 3);

	out->cursor_first = first & VGA_CRTC_CURSOR_LINES;
	out->cursor_last = last & VGA_CRTC_CURSOR_LINES;
	if (out->cursor_last >= out->cell_height)
		out->cursor_last = out->cell_height - 1;
	out->cursor_visible = (cursor_among(out, address, out->start, 0, out->split_row) ||
			       cursor_among(out, address, out->split_start, out->split_row, out->rows)) &&
			      !(first & VGA_CRTC_CURSOR_OFF) && out->cursor_first <= out->cursor_last;
	if (out->cursor_first > out->cursor_last)
		out->cursor_first = out->cursor_last;
}

static void geometry(const struct vvga *vga, struct display_text *out)
{
	const uint8_t *crtc = vga->s.crtc;
	uint32_t lines = picture_lines(vga), split = line_compare(vga) + 1;
	unsigned byte_pan = crtc[VGA_CRTC_PRESET_ROW] >> BYTE_PAN_SHIFT & 3;

	out->cell_height = (crtc[VGA_CRTC_MAX_SCAN] & VGA_CRTC_MAX_SCAN_LINES) + 1;
	out->cell_width = vga->s.seq[VGA_SEQ_CLOCKING] & VGA_SEQ_CLOCKING_DOT8 ? 8 : 9;
	out->columns = crtc[VGA_CRTC_H_DISPLAY_END] + 1;
	out->rows = lines / out->cell_height ? lines / out->cell_height : 1;
	out->split_row = split / out->cell_height < out->rows ? split / out->cell_height : out->rows;
	out->start = (crtc_word(vga, VGA_CRTC_START_HIGH) + byte_pan) & CELL_MASK;
	out->split_start = vga->s.ac[VGA_AC_MODE] & VGA_AC_MODE_PAN_SPLIT ? 0 : (uint16_t)byte_pan;
	out->pitch = crtc[VGA_CRTC_OFFSET] * 2;
	out->cell_mask = CELL_MASK;
	out->underline = crtc[VGA_CRTC_UNDERLINE] & 0x1F;
	if (out->underline >= out->cell_height)
		out->underline = DISPLAY_NO_LINE;
	out->line_graphics = out->cell_width == 9 && vga->s.ac[VGA_AC_MODE] & VGA_AC_MODE_NINE;
}

/* The visible cells and glyphs must be memory before anyone reads them through a pointer. */
static bool touch_visible(struct vvga *vga, const struct display_text *text)
{
	for (unsigned row = 0; row < text->rows; row++) {
		uint32_t cell = display_cell(text, 0, row), size = text->columns * 2u;
		uint32_t room = (CELL_MASK + 1 - cell) * 2;

		if (vvga_touch(vga, cell * 2, size < room ? size : room) != E_OK ||
		    (size > room && vvga_touch(vga, 0, size - room) != E_OK))
			return false;
	}
	for (unsigned i = 0; i < 2; i++)
		if (vvga_touch(vga, text->font[i] - vga->memory, FONT_SIZE) != E_OK)
			return false;
	return true;
}

bool vvga_text(struct vvga *vga, struct display_text *out)
{
	struct display_text text;

	if (vvga_is_old(vga))
		return vvga_old_text(vga, out);
	if (vga->s.gc[VGA_GC_MISC] & VGA_GC_MISC_GRAPHICS || vvga_vbe_on(vga))
		return false;
	memset(&text, 0, sizeof(text));
	text.cells = vga->memory;
	geometry(vga, &text);
	fonts(vga, &text);
	colors(vga, &text);
	cursor(vga, &text);
	if (!touch_visible(vga, &text))
		return false;
	*out = text;
	return true;
}

static unsigned graphics_colors(const struct vvga *vga)
{
	unsigned planes = vga->s.ac[VGA_AC_PLANES] & 0x0F, count = 1;

	if (vga->s.gc[VGA_GC_MODE] & VGA_GC_MODE_SHIFT_256)
		return 256;
	if (vga->s.gc[VGA_GC_MODE] & VGA_GC_MODE_SHIFT_CGA)
		return 4;
	for (; planes; planes &= planes - 1)
		count *= 2;
	return count;
}

void vvga_mode_summary(const struct vvga *vga, struct display_mode *out)
{
	const uint8_t *crtc = vga->s.crtc;
	unsigned columns = crtc[VGA_CRTC_H_DISPLAY_END] + 1;
	unsigned cell_height = (crtc[VGA_CRTC_MAX_SCAN] & VGA_CRTC_MAX_SCAN_LINES) + 1;
	uint32_t lines = picture_lines(vga);

	if (vvga_is_old(vga)) {
		vvga_old_mode(vga, out);
		return;
	}
	if (vvga_vbe_on(vga)) {
		*out = (struct display_mode){ .graphics = true, .width = vga->s.vbe[DISPI_XRES],
			.height = vga->s.vbe[DISPI_YRES], .colors = (uint16_t)(1 << vga->s.vbe[DISPI_BPP]) };
		return;
	}
	out->graphics = vga->s.gc[VGA_GC_MISC] & VGA_GC_MISC_GRAPHICS;
	if (!out->graphics) {
		out->width = columns;
		out->height = lines / cell_height ? lines / cell_height : 1;
		out->colors = vga->s.ac[VGA_AC_MODE] & VGA_AC_MODE_MONO ? 2 : DISPLAY_COLORS;
		return;
	}
	out->colors = graphics_colors(vga);
	out->width = columns * 8 / (out->colors == 256 ? 2 : 1);
	/* With CGA addressing each line of a character row is a row of dots of its own. */
	out->height = crtc[VGA_CRTC_MODE] & CGA_ROW_SCAN_OFF ? (lines + cell_height - 1) / cell_height : lines;
}
