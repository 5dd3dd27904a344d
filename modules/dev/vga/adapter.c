/* The registers of the PC's own VGA, as far as a text screen needs them.
 *
 * A mode is put together from a horizontal timing (40 or 80 characters), a vertical timing (400
 * or 480 lines, the least that holds the picture; what it leaves over is border) and the height
 * of a character. A register is written with its index in one 16-bit access, so that the crash
 * console, which may interrupt anything, finds no index without its data. Fonts are loaded through
 * plane 2, which is opened for CPU access at A0000h only for that long.
 *
 * Not done: more than 80 columns, which needs clocks that a plain VGA does not have; waiting for
 * the retrace, so that colours may flicker where they change.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "VGA Function":
 * "BIOS Initialization", "CRT Controller Registers", "Sequencer Registers", "Programming
 * Considerations". */

#include "adapter.h"

#include <base/mem.h>
#include <kern/irq.h>

enum {
	PORT_AC = VGA_BASE + VGA_AC_INDEX, PORT_SEQ = VGA_BASE + VGA_SEQ_INDEX,
	PORT_GC = VGA_BASE + VGA_GC_INDEX, PORT_MISC = VGA_BASE + VGA_MISC_WRITE,
	PORT_DAC_INDEX = VGA_BASE + VGA_DAC_WRITE_INDEX, PORT_DAC_DATA = VGA_BASE + VGA_DAC_DATA,
	PORT_DAC_MASK = VGA_BASE + VGA_DAC_MASK,
	PORT_CRTC_COLOR = VGA_BASE + VGA_COLOR_CRTC_INDEX, PORT_CRTC_MONO = VGA_BASE + VGA_MONO_CRTC_INDEX,
	PORT_STATUS1 = VGA_BASE + VGA_COLOR_STATUS1,

	SEQ_RESET_SYNCHRONOUS = 1, SEQ_RESET_NONE = 3,
	MAPS_TEXT = 0x03, MAPS_FONT = 0x04, FONT_MAP = 2,
	GC_MISC_TEXT = 0x0E,             /* B8000h, odd/even */
	GC_MISC_PLANES = 0x04,           /* A0000h, 64 KB */
	FONT_SELECT_TWO = 0x04,          /* font A, for bit 3 set, at 16 KB; B at 0 */
	FONT_STEP = 0x4000,
	LINE_COMPARE_NEVER = 0xFF, BIT_MASK_ALL = 0xFF, DAC_MASK_ALL = 0xFF, DONT_CARE_ALL = 0x0F,
	PLANES_ALL = 0x0F, PAN_NINE = 0x08,
	CRTC_MODE_TEXT = 0xA3, UNDERLINE_NONE = 0x1F,
	DAC_SHIFT = 2,                   /* 8 bits to the DAC's 6 */
};

/* From "BIOS Initialization", modes 0 and 3: registers 0 to 5 of the CRT controller. */
static const struct {
	uint8_t clocking, offset, crtc[VGA_CRTC_H_SYNC_END + 1];
} horizontal[] = {
	{ VGA_SEQ_CLOCKING_HALF, 0x14, { 0x2D, 0x27, 0x28, 0x90, 0x2B, 0xA0 } },
	{ 0, 0x28, { 0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81 } },
};

/* Modes 3 and 11h. `overflow` is without the bits of the display's end. */
static const struct {
	uint16_t lines;
	uint8_t misc, total, overflow, sync_start, sync_end, blank_start, blank_end;
} vertical[] = {
	{ 400, VGA_MISC_COLOR | VGA_MISC_RAM | VGA_MISC_PAGE | VGA_MISC_HSYNC_NEG,
	  0xBF, 0x1D, 0x9C, 0x8E, 0x96, 0xB9 },
	{ 480, VGA_MISC_COLOR | VGA_MISC_RAM | VGA_MISC_PAGE | VGA_MISC_HSYNC_NEG | VGA_MISC_VSYNC_NEG,
	  0x0B, 0x3C, 0xEA, 0x8C, 0xE7, 0x04 },
};

static void set(uint16_t port, unsigned index, uint8_t value)
{
	port_out16(port, (uint16_t)(index | value << 8));
}

static uint8_t get(uint16_t port, unsigned index)
{
	port_out8(port, (uint8_t)index);
	return port_in8((uint16_t)(port + 1));
}

/* Reading input status 1 makes the next access the index's. While the palette's own registers
 * are written the screen is dark; for the others it need not be. */
static void set_attribute(unsigned index, uint8_t value)
{
	port_in8(PORT_STATUS1);
	port_out8(PORT_AC, (uint8_t)(index < VGA_AC_PALETTE ? index : index | VGA_AC_INDEX_PAS));
	port_out8(PORT_AC, value);
	port_out8(PORT_AC, VGA_AC_INDEX_PAS);
}

/* --- finding ------------------------------------------------------------------------------- */

/* Does the register keep two values? It is left as it was. */
static bool keeps(uint16_t port, unsigned index)
{
	uint8_t old = get(port, index);
	bool kept;

	set(port, index, 0x5A);
	kept = get(port, index) == 0x5A;
	set(port, index, 0xA5);
	kept &= get(port, index) == 0xA5;
	set(port, index, old);
	return kept;
}

/* A VGA's graphics controller can be read; an EGA's cannot. A 6845's cursor position can. */
bool adapter_find(struct adapter *a)
{
	memset(a->crtc_regs, 0xFF, sizeof a->crtc_regs);   /* unknown */
	a->vga = keeps(PORT_GC, VGA_GC_BIT_MASK);
	a->crtc = PORT_CRTC_COLOR;
	if (a->vga || keeps(PORT_CRTC_COLOR, VGA_CRTC_CURSOR_LOW))
		return true;
	a->crtc = PORT_CRTC_MONO;
	return keeps(PORT_CRTC_MONO, VGA_CRTC_CURSOR_LOW);
}

bool adapter_in_graphics(const struct adapter *a)
{
	return a->vga && get(PORT_GC, VGA_GC_MISC) & VGA_GC_MISC_GRAPHICS;
}

/* --- mode ---------------------------------------------------------------------------------- */

struct adapter_mode adapter_mode_for(unsigned columns, unsigned rows, unsigned width, unsigned height)
{
	unsigned most = vertical[1].lines / height;
	struct adapter_mode mode = {
		.columns = columns > ADAPTER_COLUMNS / 2 ? ADAPTER_COLUMNS : ADAPTER_COLUMNS / 2,
		.cell_width = (uint8_t)width, .cell_height = (uint8_t)height,
	};

	if (most > ADAPTER_ROWS_MAX)
		most = ADAPTER_ROWS_MAX;
	mode.rows = (uint8_t)(rows < most ? rows : most);
	mode.doubled = mode.rows * height <= vertical[0].lines / 2u;
	return mode;
}

void adapter_set_crtc(struct adapter *a, unsigned reg, uint8_t value)
{
	if (a->crtc_regs[reg] != value)
		set(a->crtc, reg, a->crtc_regs[reg] = value);
}

static void build_crtc(uint8_t *crtc, const struct adapter_mode *mode)
{
	unsigned lines = mode->rows * mode->cell_height << mode->doubled, end = lines - 1;
	unsigned h = mode->columns == ADAPTER_COLUMNS, v = lines > vertical[0].lines;

	memset(crtc, 0, VGA_CRTC_REGS);
	memcpy(crtc, horizontal[h].crtc, sizeof horizontal[h].crtc);
	crtc[VGA_CRTC_V_TOTAL] = vertical[v].total;
	crtc[VGA_CRTC_OVERFLOW] = (uint8_t)(vertical[v].overflow | (end & 0x100 ? VGA_CRTC_OVERFLOW_VDE8 : 0));
	crtc[VGA_CRTC_MAX_SCAN] = (uint8_t)((mode->cell_height - 1) | VGA_CRTC_MAX_SCAN_LC9 |
					    (mode->doubled ? VGA_CRTC_MAX_SCAN_DOUBLE : 0));
	crtc[VGA_CRTC_CURSOR_START] = VGA_CRTC_CURSOR_OFF;
	crtc[VGA_CRTC_V_SYNC_START] = vertical[v].sync_start;
	crtc[VGA_CRTC_V_SYNC_END] = vertical[v].sync_end;
	crtc[VGA_CRTC_V_DISPLAY_END] = (uint8_t)end;
	crtc[VGA_CRTC_OFFSET] = horizontal[h].offset;
	crtc[VGA_CRTC_UNDERLINE] = UNDERLINE_NONE;
	crtc[VGA_CRTC_V_BLANK_START] = vertical[v].blank_start;
	crtc[VGA_CRTC_V_BLANK_END] = vertical[v].blank_end;
	crtc[VGA_CRTC_MODE] = CRTC_MODE_TEXT;
	crtc[VGA_CRTC_LINE_COMPARE] = LINE_COMPARE_NEVER;
}

static void set_attributes_of_mode(struct adapter *a, const struct adapter_mode *mode)
{
	port_out8(PORT_DAC_MASK, DAC_MASK_ALL);
	for (unsigned i = 0; i < VGA_AC_PALETTE; i++)
		set_attribute(i, (uint8_t)i);
	set_attribute(VGA_AC_MODE, a->ac_mode);
	set_attribute(VGA_AC_OVERSCAN, DISPLAY_COLORS);
	set_attribute(VGA_AC_PLANES, PLANES_ALL);
	set_attribute(VGA_AC_PAN, mode->cell_width == 9 ? PAN_NINE : 0);
	set_attribute(VGA_AC_COLOR_SELECT, 0);
}

/* CPU access to the cells, as in every text mode. */
static void access_cells(void)
{
	set(PORT_SEQ, VGA_SEQ_MAP_MASK, MAPS_TEXT);
	set(PORT_SEQ, VGA_SEQ_MEMORY, VGA_SEQ_MEMORY_EXTENDED);
	set(PORT_GC, VGA_GC_READ_MAP, 0);
	set(PORT_GC, VGA_GC_MODE, VGA_GC_MODE_ODD_EVEN);
	set(PORT_GC, VGA_GC_MISC, GC_MISC_TEXT);
}

/* CPU access to plane 2 alone, at A0000h. */
static void access_font(void)
{
	set(PORT_SEQ, VGA_SEQ_MAP_MASK, MAPS_FONT);
	set(PORT_SEQ, VGA_SEQ_MEMORY, VGA_SEQ_MEMORY_EXTENDED | VGA_SEQ_MEMORY_NOT_ODD_EVEN);
	set(PORT_GC, VGA_GC_READ_MAP, FONT_MAP);
	set(PORT_GC, VGA_GC_MODE, 0);
	set(PORT_GC, VGA_GC_MISC, GC_MISC_PLANES);
}

static void set_graphics_controller(void)
{
	set(PORT_GC, VGA_GC_SET_RESET, 0);
	set(PORT_GC, VGA_GC_ENABLE_SET_RESET, 0);
	set(PORT_GC, VGA_GC_COMPARE, 0);
	set(PORT_GC, VGA_GC_ROTATE, 0);
	set(PORT_GC, VGA_GC_DONT_CARE, DONT_CARE_ALL);
	set(PORT_GC, VGA_GC_BIT_MASK, BIT_MASK_ALL);
}

void adapter_set_mode(struct adapter *a, const struct adapter_mode *mode)
{
	unsigned lines = mode->rows * mode->cell_height << mode->doubled;
	bool nine = mode->cell_width == 9;

	if (!a->vga)
		return;
	a->clocking = (uint8_t)(horizontal[mode->columns == ADAPTER_COLUMNS].clocking |
				(nine ? 0 : VGA_SEQ_CLOCKING_DOT8));
	a->font_select = 0;
	a->ac_mode = VGA_AC_MODE_BLINK | (nine ? VGA_AC_MODE_NINE : 0);
	build_crtc(a->crtc_regs, mode);
	set(PORT_SEQ, VGA_SEQ_RESET, SEQ_RESET_SYNCHRONOUS);
	port_out8(PORT_MISC, (uint8_t)(vertical[lines > vertical[0].lines].misc |
				       (nine ? VGA_MISC_CLOCK_28 : 0)));
	set(PORT_SEQ, VGA_SEQ_CLOCKING, a->clocking);
	set(PORT_SEQ, VGA_SEQ_FONT, a->font_select);
	set(PORT_SEQ, VGA_SEQ_RESET, SEQ_RESET_NONE);
	/* The end of the vertical sync holds the write protection of registers 0 to 7. */
	set(a->crtc, VGA_CRTC_V_SYNC_END, a->crtc_regs[VGA_CRTC_V_SYNC_END] & ~VGA_CRTC_PROTECT);
	for (unsigned i = 0; i < VGA_CRTC_REGS; i++)
		set(a->crtc, i, a->crtc_regs[i]);
	set_graphics_controller();
	access_cells();
	set_attributes_of_mode(a, mode);
}

/* --- within a mode --------------------------------------------------------------------------- */

void adapter_set_clocking(struct adapter *a, bool blank)
{
	uint8_t value = (uint8_t)((a->clocking & ~VGA_SEQ_CLOCKING_OFF) | (blank ? VGA_SEQ_CLOCKING_OFF : 0));

	if (value != a->clocking)
		set(PORT_SEQ, VGA_SEQ_CLOCKING, a->clocking = value);
}

void adapter_set_two_fonts(struct adapter *a, bool two)
{
	uint8_t value = two ? FONT_SELECT_TWO : 0;

	if (value != a->font_select)
		set(PORT_SEQ, VGA_SEQ_FONT, a->font_select = value);
}

void adapter_set_attributes(struct adapter *a, bool blink, bool line_graphics)
{
	uint8_t value = (uint8_t)((blink ? VGA_AC_MODE_BLINK : 0) | (line_graphics ? VGA_AC_MODE_NINE : 0));

	if (value != a->ac_mode)
		set_attribute(VGA_AC_MODE, a->ac_mode = value);
}

void adapter_set_cursor(struct adapter *a, unsigned at, unsigned first, unsigned last)
{
	if (first > last) {
		adapter_set_crtc(a, VGA_CRTC_CURSOR_START, VGA_CRTC_CURSOR_OFF);
		return;
	}
	adapter_set_crtc(a, VGA_CRTC_CURSOR_START, (uint8_t)first);
	adapter_set_crtc(a, VGA_CRTC_CURSOR_END, (uint8_t)last);
	adapter_set_crtc(a, VGA_CRTC_CURSOR_HIGH, (uint8_t)(at >> 8));
	adapter_set_crtc(a, VGA_CRTC_CURSOR_LOW, (uint8_t)at);
}

void adapter_set_colors(const struct display_rgb colors[ADAPTER_COLORS])
{
	port_out8(PORT_DAC_INDEX, 0);
	for (unsigned i = 0; i < ADAPTER_COLORS; i++) {
		port_out8(PORT_DAC_DATA, colors[i].red >> DAC_SHIFT);
		port_out8(PORT_DAC_DATA, colors[i].green >> DAC_SHIFT);
		port_out8(PORT_DAC_DATA, colors[i].blue >> DAC_SHIFT);
	}
}

/* Intensity adds a third to each gun; dark yellow is made brown with half its green. */
void adapter_own_colors(struct display_rgb colors[ADAPTER_COLORS])
{
	enum { FULL = 0xAA, THIRD = 0x55, BROWN = 6 };

	for (unsigned i = 0; i < DISPLAY_COLORS; i++) {
		uint8_t bright = i & 8 ? THIRD : 0;

		colors[i] = (struct display_rgb){
			.red = (i & 4 ? FULL : 0) + bright, .green = (i & 2 ? FULL : 0) + bright,
			.blue = (i & 1 ? FULL : 0) + bright };
	}
	colors[BROWN].green = THIRD;
	colors[DISPLAY_COLORS] = (struct display_rgb){ 0 };
}

/* --- fonts --------------------------------------------------------------------------------------- */

void adapter_load_font(struct adapter *a, unsigned font, unsigned first, const uint8_t *glyphs,
		       unsigned step, unsigned have, unsigned lines)
{
	volatile uint8_t *to = a->planes + font * FONT_STEP + first * DISPLAY_GLYPH_SIZE;

	access_font();
	glyphs += first * step;
	for (unsigned i = 0; i < ADAPTER_FONT_CHUNK; i++, to += DISPLAY_GLYPH_SIZE, glyphs += step)
		for (unsigned line = 0; line < lines; line++)
			to[line] = glyphs[have == lines ? line : line * have / lines];
	access_cells();
}

void adapter_save_font(struct adapter *a, uint8_t *to)
{
	access_font();
	for (unsigned i = 0; i < DISPLAY_GLYPHS; i++)
		for (unsigned line = 0; line < ADAPTER_FONT_LINES; line++)
			*to++ = a->planes[i * DISPLAY_GLYPH_SIZE + line];
	access_cells();
}
