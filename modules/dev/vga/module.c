/* The PC's own display adapter: contract "display" over a VGA's text modes, and the crash
 * console's way to the screen.
 *
 * A copy of the cells last written is compared with what is to be seen, two cells at a time, and
 * only differences go over the bus, which is a hundred times slower than memory. The same holds
 * for colours, cursor and registers, and for fonts, an eighth at a time, by a checksum. On an MDA, CGA or EGA, whose registers cannot be read back, the
 * mode that the PC was started in is used, with cells and cursor only.
 *
 * Whoever wrote the registers last owns the screen. When another one of show(), draw() (picture.c),
 * draw_vbe() (module dispi, loaded when first needed) and the crash console comes, everything is programmed
 * anew. What draw() shows may be lent to its machine (lend.c); then the others ask for it first.
 *
 * Not done: a CGA's snow is not waited for.
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "VGA Function". */
#include <base/mem.h>
#include <iface/dispi.h>
#include <iface/host.h>
#include <iface/screen.h>
#include <kern/log.h>
#include <kern/module.h>
#include "lend.h"

enum {
	PLANES = 0xA0000, PLANES_SIZE = 0x10000, CELLS_MONO = 0xB0000, CELLS_COLOR = 0xB8000,
	CELLS_SIZE = 0x8000,             /* all that graphics of odd and even reach; text has 60 rows */
	FONTS = 2, CHUNKS = DISPLAY_GLYPHS / ADAPTER_FONT_CHUNK,
	CHUNK_SIZE = ADAPTER_FONT_CHUNK * DISPLAY_GLYPH_SIZE,
	PLAIN_LINES_MONO = 14, PLAIN_LINES_COLOR = 8,
	ATTRIBUTE = 0x07, BLANK = ATTRIBUTE << 8 | ' ', BLANKS = BLANK << 16 | BLANK,
	IVT_GRAPHICS_FONT = 0x43 * 4, BDA_FONT_LINES = 0x485, ROM_FIRST = 0xC0000, ROM_LAST = 0xFFFFF,
};

enum owner { OWNER_NONE, OWNER_SHOW, OWNER_DRAW, OWNER_VBE, OWNER_CRASH };

struct font {
	const uint8_t *from;             /* NULL: the adapter's own */
	bool loaded;
	uint32_t sums[CHUNKS];
};

/* Written by show() and draw(), which one task calls, and by the crash console, when nothing else runs. */
struct screen {
	struct adapter adapter;
	enum owner owner;
	struct adapter_mode mode;
	struct account *account;
	uint32_t *shadow;                /* two cells a word */
	unsigned shadow_cells;
	struct font fonts[FONTS];
	struct display_rgb colors[ADAPTER_COLORS];
	unsigned column, row;            /* the crash console's cursor */
	struct picture picture;          /* while draw() owns the screen */
	struct lending lending;
	const struct dispi_ops *dispi;   /* once draw_vbe() has needed it */
	void *dispi_of;
	bool no_dispi;                   /* it was looked for in vain */
	uint8_t own_font[DISPLAY_GLYPHS * ADAPTER_FONT_LINES];
};

/* --- cells ------------------------------------------------------------------------------------- */

/* The row's cells, one after the other, as many as the adapter's rows have: in place where they lie
 * so, else in `buffer`. */
static const uint32_t *row_cells(const struct screen *s, const struct display_text *text, unsigned row,
				 uint16_t *buffer)
{
	uint32_t first = display_cell(text, 0, row);
	unsigned columns = s->mode.columns;

	if (text->columns >= columns && first + columns - 1 <= text->cell_mask)
		return (const uint32_t *)(text->cells + 2 * first);
	for (unsigned i = 0; i < columns; i++) {
		const uint8_t *cell = text->cells + 2 * display_cell(text, i, row);

		buffer[i] = i < text->columns ? (uint16_t)(cell[0] | cell[1] << 8) : BLANK;
	}
	return (const uint32_t *)buffer;
}

static void show_cells(struct screen *s, const struct display_text *text, bool all)
{
	uint32_t buffer[ADAPTER_COLUMNS / 2], *shadow = s->shadow;
	volatile uint32_t *to = s->adapter.cells;
	unsigned words = s->mode.columns / 2;

	for (unsigned row = 0; row < s->mode.rows; row++, to += words, shadow += words) {
		const uint32_t *from = row_cells(s, text, row, (uint16_t *)buffer);

		for (unsigned i = 0; i < words; i++)
			if (from[i] != shadow[i] || all)
				to[i] = shadow[i] = from[i];
	}
}

static void show_cursor(struct screen *s, const struct display_text *text)
{
	unsigned first = text->cursor_first, last = text->cursor_last, own = s->mode.cell_height;
	bool visible = text->cursor_visible && text->cursor_column < s->mode.columns &&
		       text->cursor_row < s->mode.rows;

	if (text->cell_height != own) {
		first = first * own / text->cell_height;
		last = last * own / text->cell_height;
	}
	if (visible)
		adapter_set_cursor(&s->adapter, text->cursor_row * s->mode.columns + text->cursor_column,
				   first, last);
	else
		adapter_set_cursor(&s->adapter, 0, 1, 0);
}

/* --- fonts and colours -------------------------------------------------------------------------- */

static uint32_t sum(const uint8_t *bytes)
{
	const uint32_t *words = (const uint32_t *)bytes;
	uint32_t result = 0;

	for (unsigned i = 0; i < CHUNK_SIZE / sizeof *words; i++)
		result = (result << 1 | result >> 31) ^ words[i];
	return result;
}

static void load_chunk(struct screen *s, unsigned slot, unsigned chunk)
{
	const uint8_t *from = s->fonts[slot].from;
	unsigned first = chunk * ADAPTER_FONT_CHUNK, lines = s->mode.cell_height;

	if (from)
		adapter_load_font(&s->adapter, slot, first, from, DISPLAY_GLYPH_SIZE, lines, lines);
	else
		adapter_load_font(&s->adapter, slot, first, s->own_font, ADAPTER_FONT_LINES,
				  ADAPTER_FONT_LINES, lines);
}

static void show_font(struct screen *s, unsigned slot, const uint8_t *from)
{
	struct font *font = &s->fonts[slot];
	bool all = !font->loaded || !font->from != !from;

	font->from = from;
	font->loaded = true;
	for (unsigned chunk = 0; chunk < CHUNKS; chunk++) {
		uint32_t now = from ? sum(from + chunk * CHUNK_SIZE) : 0;

		if (all || now != font->sums[chunk])
			load_chunk(s, slot, chunk);
		font->sums[chunk] = now;
	}
}

static void show_fonts(struct screen *s, const struct display_text *text)
{
	bool two = text->two_fonts && text->font[0] && text->font[1];

	show_font(s, 0, text->font[0]);
	if (two)
		show_font(s, 1, text->font[1]);
	adapter_set_two_fonts(&s->adapter, two);
}

static void show_colors(struct screen *s, const struct display_text *text)
{
	static const struct display_rgb black[DISPLAY_COLORS];
	struct display_rgb colors[ADAPTER_COLORS];

	if (memcmp(text->colors, black, sizeof black) == 0) {
		adapter_own_colors(colors);
	} else {
		memcpy(colors, text->colors, sizeof text->colors);
		colors[DISPLAY_COLORS] = text->border;
	}
	if (memcmp(colors, s->colors, sizeof colors) != 0) {
		memcpy(s->colors, colors, sizeof colors);
		adapter_set_colors(colors);
	}
}

/* --- contract "display" --------------------------------------------------------------------------- */

static void size(void *screen, unsigned *columns, unsigned *rows)
{
	(void)screen;
	*columns = ADAPTER_COLUMNS;
	*rows = ADAPTER_ROWS;
}

/* Everything is unknown: mode, colours and fonts are written in full. */
static void program(struct screen *s, const struct adapter_mode *mode)
{
	s->mode = *mode;
	if (!s->adapter.vga)
		return;
	adapter_set_mode(&s->adapter, mode);
	memset(s->colors, 0xFF, sizeof s->colors);
	for (unsigned i = 0; i < FONTS; i++)
		s->fonts[i].loaded = false;
}

static struct adapter_mode plain_mode(const struct screen *s)
{
	return (struct adapter_mode){
		.columns = ADAPTER_COLUMNS, .rows = ADAPTER_ROWS,
		.cell_height = s->adapter.crtc == VGA_BASE + VGA_MONO_CRTC_INDEX ? PLAIN_LINES_MONO
										  : PLAIN_LINES_COLOR };
}

static struct adapter_mode mode_for(const struct screen *s, const struct display_text *text)
{
	return s->adapter.vga ? adapter_mode_for(text->columns, text->rows, text->cell_width,
						 text->cell_height)
			      : plain_mode(s);
}

/* The copy grows with the largest mode that is asked for; without memory rows are cut off. */
static void fit_shadow(struct screen *s, struct adapter_mode *mode)
{
	unsigned cells = mode->columns * mode->rows;
	uint32_t *shadow;

	if (cells <= s->shadow_cells)
		return;
	shadow = mem_alloc(s->account, cells * 2);
	if (!shadow) {
		mode->rows = (uint8_t)(s->shadow_cells / mode->columns);
		return;
	}
	memcpy(shadow, s->shadow, s->shadow_cells * 2);
	mem_free(s->shadow);
	s->shadow = shadow;
	s->shadow_cells = cells;
}

/* Who comes next finds a plain VGA. */
static void set_owner(struct screen *s, enum owner owner)
{
	if (s->owner == OWNER_VBE && owner != OWNER_VBE)
		s->dispi->off(s->dispi_of);
	s->owner = owner;
}

static int show(void *screen, const struct display_text *text)
{
	struct screen *s = screen;
	struct adapter_mode mode = mode_for(s, text);
	bool all;

	lend_take_back(&s->lending);
	fit_shadow(s, &mode);
	all = s->owner != OWNER_SHOW || memcmp(&mode, &s->mode, sizeof mode) != 0;
	set_owner(s, OWNER_SHOW);
	if (all)
		program(s, &mode);
	if (s->adapter.vga) {
		show_fonts(s, text);
		show_colors(s, text);
		adapter_set_attributes(&s->adapter, text->blink, text->line_graphics);
		adapter_set_crtc(&s->adapter, VGA_CRTC_UNDERLINE,
				 text->underline & VGA_CRTC_MAX_SCAN_LINES);
		adapter_set_clocking(&s->adapter, text->blank);
	}
	show_cells(s, text, all);
	show_cursor(s, text);
	return text->columns > mode.columns || text->rows > mode.rows ? E_RANGE : E_OK;
}

static int draw(void *screen, const struct display_vga *vga)
{
	struct screen *s = screen;

	if (!s->adapter.vga)
		return E_UNSUPPORTED;
	if (!picture_fits(vga))
		return E_RANGE;
	if (s->owner != OWNER_DRAW)
		s->picture.shown.display = NULL;
	set_owner(s, OWNER_DRAW);
	if (!vga->borrower || picture_is_other(&s->picture, vga))
		lend_take_back(&s->lending);
	picture_draw(&s->picture, &s->adapter, vga);
	/* An NMI's crash console may have come and gone meanwhile; then the adapter is as that left it. */
	if (s->owner == OWNER_DRAW)
		lend(&s->lending, vga);
	return E_OK;
}

static int find_dispi(struct screen *s)
{
	struct offer *offer;

	if (!s->adapter.vga || s->no_dispi)
		return E_UNSUPPORTED;
	s->no_dispi = offer_get(DISPI_ROLE, NULL, DISPI_VERSION, &offer, &s->dispi, &s->dispi_of) != E_OK;
	return s->no_dispi ? E_UNSUPPORTED : E_AGAIN;
}

static int draw_vbe(void *screen, const struct display_vbe *vbe)
{
	struct screen *s = screen;
	enum owner was = s->owner;
	int err;

	if (!s->dispi)
		return find_dispi(s);
	lend_take_back(&s->lending);
	/* An NMI's crash console may have switched it off in the middle of the last show(). */
	if (was != OWNER_VBE)
		s->dispi->off(s->dispi_of);
	s->owner = OWNER_VBE;
	err = s->dispi->show(s->dispi_of, vbe);
	if (err && s->owner == OWNER_VBE)
		s->owner = was;
	return err;
}

static const struct screen_ops screen_ops = { size, show, draw, draw_vbe };

/* --- crash console ------------------------------------------------------------------------------------ */

static void crash_clear(struct screen *s, unsigned row)
{
	unsigned words = ADAPTER_COLUMNS / 2;

	for (unsigned i = row * words; i < ADAPTER_ROWS * words; i++)
		s->adapter.cells[i] = BLANKS;
}

static void crash_begin(struct screen *s)
{
	struct adapter_mode mode = plain_mode(s);

	if (s->adapter.vga)
		mode = adapter_mode_for(ADAPTER_COLUMNS, ADAPTER_ROWS, 9, ADAPTER_FONT_LINES);
	set_owner(s, OWNER_CRASH);
	lend_take_back(&s->lending);     /* after an NMI all may go on */
	program(s, &mode);
	if (s->adapter.vga) {
		show_font(s, 0, NULL);
		adapter_own_colors(s->colors);
		adapter_set_colors(s->colors);
	}
	crash_clear(s, 0);
	s->row = s->column = 0;
}

static void crash_scroll(struct screen *s)
{
	volatile uint32_t *cells = s->adapter.cells;
	unsigned words = ADAPTER_COLUMNS / 2;

	for (unsigned i = 0; i < (ADAPTER_ROWS - 1) * words; i++)
		cells[i] = cells[i + words];
	crash_clear(s, ADAPTER_ROWS - 1);
	s->row = ADAPTER_ROWS - 1;
}

static void crash_put_char(struct screen *s, char c)
{
	volatile uint16_t *cells = (volatile uint16_t *)s->adapter.cells;

	if (c == '\r') {
		s->column = 0;
	} else if (c == '\b') {
		s->column -= s->column > 0;
	} else {
		if (c != '\n')
			cells[s->row * ADAPTER_COLUMNS + s->column++] = (uint16_t)(ATTRIBUTE << 8 | (uint8_t)c);
		if (c == '\n' || s->column == ADAPTER_COLUMNS) {
			s->column = 0;
			s->row++;
		}
	}
	if (s->row == ADAPTER_ROWS)
		crash_scroll(s);
}

static void crash_put(void *screen, const char *text, size_t n)
{
	struct screen *s = screen;

	if (s->owner != OWNER_CRASH)
		crash_begin(s);
	for (size_t i = 0; i < n; i++)
		crash_put_char(s, text[i]);
	adapter_set_cursor(&s->adapter, s->row * ADAPTER_COLUMNS + s->column, s->mode.cell_height - 2u,
			   s->mode.cell_height - 1u);
}

static const struct crash_ops crash_ops = { .put = crash_put };

/* --- start ------------------------------------------------------------------------------------------------ */

/* Started in a graphics mode, plane 2 holds a picture. Then the BIOS's vector 43h points at the
 * font of that mode, in a ROM. */
static bool take_rom_font(struct screen *s)
{
	const uint16_t *vector = paddr_to_virt(IVT_GRAPHICS_FONT);
	unsigned lines = *(const uint16_t *)paddr_to_virt(BDA_FONT_LINES);
	paddr_t at = (paddr_t)vector[1] * 16 + vector[0];
	const uint8_t *glyphs;

	if (at < ROM_FIRST || at + DISPLAY_GLYPHS * DISPLAY_GLYPH_SIZE > ROM_LAST || lines < 8 ||
	    lines > ADAPTER_FONT_LINES)
		return false;
	glyphs = device_map(at, DISPLAY_GLYPHS * lines);
	if (!glyphs)
		return false;
	for (unsigned i = 0; i < DISPLAY_GLYPHS; i++)
		memcpy(s->own_font + i * ADAPTER_FONT_LINES, glyphs + i * lines, lines);
	return true;
}

static int take_over(struct screen *s)
{
	bool mono = s->adapter.crtc == VGA_BASE + VGA_MONO_CRTC_INDEX;

	s->adapter.cells = device_map(mono ? CELLS_MONO : CELLS_COLOR, CELLS_SIZE);
	if (!s->adapter.cells)
		return E_NO_MEMORY;
	if (!s->adapter.vga)
		return E_OK;
	s->adapter.planes = device_map(PLANES, PLANES_SIZE);
	if (!s->adapter.planes)
		return E_NO_MEMORY;
	if (!adapter_in_graphics(&s->adapter))
		adapter_save_font(&s->adapter, s->own_font);
	else if (!take_rom_font(s))
		log_line("vga: started in a graphics mode, and no font was found; the screen stays empty");
	return E_OK;
}

static int start(struct module *self)
{
	struct screen *s = mem_alloc(module_account(self), sizeof *s);
	int err = E_NO_MEMORY;

	if (!s)
		return err;
	s->account = module_account(self);
	s->lending.adapter = &s->adapter;
	s->lending.picture = &s->picture;
	s->shadow_cells = ADAPTER_COLUMNS * ADAPTER_ROWS;
	s->shadow = mem_alloc(s->account, s->shadow_cells * 2);
	if (s->shadow)
		err = adapter_find(&s->adapter) ? take_over(s) : E_NO_DEVICE;
	if (!err)
		err = offer_add(self, SCREEN_ROLE, "vga", SCREEN_VERSION, &screen_ops, s);
	if (!err)
		err = offer_add(self, CRASH_ROLE, "vga", CRASH_VERSION, &crash_ops, s);
	if (err) {
		offer_remove(self, SCREEN_ROLE, "vga");
		mem_free(s->shadow);
		mem_free(s);
	}
	return err;
}

MODULE(.name = "vga", .summary = "the PC's display adapter (VGA text)", .start = start);
