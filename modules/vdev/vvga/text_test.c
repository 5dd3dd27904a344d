/* What the virtual VGA tells displays of a text screen, drawn as such a display would, is the picture that its CRT
 * controller makes: random registers, as far as <iface/display.h> can tell them (no panning by dots, no preset row
 * scan, addresses in words, a split between rows). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vvga.h"

enum { ROUNDS = 3000 };

static uint64_t no_time(void *of) { (void)of; return 0; }
static void no_alarm(void *of, uint64_t deadline) { (void)of; (void)deadline; }

static void out(struct vvga *vga, unsigned port, uint8_t value) { vvga_out(vga, port - VGA_BASE, value); }

static void indexed(struct vvga *vga, unsigned port, uint8_t index, unsigned value)
{
	out(vga, port, index);
	out(vga, port + 1, (uint8_t)value);
}

static void attribute(struct vvga *vga, uint8_t index, unsigned value)
{
	(void)vvga_in(vga, VGA_COLOR_STATUS1);
	out(vga, 0x3C0, index | 0x20);
	out(vga, 0x3C0, (uint8_t)value);
}

static unsigned dice(unsigned sides)
{
	return (unsigned)rand() % sides;
}

/* Lines of rows of that height, and a line compare between two of them. */
static void set_vertical(struct vvga *vga, unsigned height)
{
	bool twice = dice(2), two = dice(4) == 0 && (twice || height % 2 == 0);
	unsigned row = (twice ? height * 2 : height) / (two ? 2 : 1), rows = 1 + dice(600 / row);
	unsigned lines = rows * row - 1, compare = dice(2) ? 0x3FF : dice(rows + 1) * row - 1;

	compare &= 0x3FF;
	indexed(vga, 0x3D4, 0x12, lines);
	indexed(vga, 0x3D4, 0x18, compare);
	indexed(vga, 0x3D4, 0x07, (lines >> 8 & 1) << 1 | (lines >> 9 & 1) << 6 | (compare >> 8 & 1) << 4);
	indexed(vga, 0x3D4, 0x09, (height - 1) | (compare >> 9 & 1) << 6 | (unsigned)twice << 7);
	indexed(vga, 0x3D4, 0x17, two ? 0xA7 : 0xA3);
}

static void set_registers(struct vvga *vga, unsigned *height)
{
	bool nine = dice(2);

	*height = 1 + dice(32);
	out(vga, 0x3C2, 0x63);
	indexed(vga, 0x3C4, 1, (nine ? 0 : 1) | (dice(2) ? 8 : 0));
	indexed(vga, 0x3C4, 3, dice(2) ? 0 : dice(64));
	indexed(vga, 0x3CE, 6, 0x0E);
	indexed(vga, 0x3D4, 0x01, dice(100));
	set_vertical(vga, *height);
	indexed(vga, 0x3D4, 0x08, dice(4) << 5);
	indexed(vga, 0x3D4, 0x0A, dice(33));
	indexed(vga, 0x3D4, 0x0B, dice(128));
	indexed(vga, 0x3D4, 0x0C, dice(256));
	indexed(vga, 0x3D4, 0x0D, dice(256));
	indexed(vga, 0x3D4, 0x0E, dice(2) ? vga->s.crtc[0x0C] : dice(4));
	indexed(vga, 0x3D4, 0x0F, dice(2) ? vga->s.crtc[0x0D] + dice(3) : dice(256));
	indexed(vga, 0x3D4, 0x13, dice(60));
	indexed(vga, 0x3D4, 0x14, dice(32));
	for (unsigned i = 0; i < 21; i++)
		attribute(vga, (uint8_t)i, dice(256));
	attribute(vga, 0x10, dice(2) << 2 | dice(2) << 3 | dice(2) << 5 | dice(2) << 7);
	attribute(vga, 0x12, dice(2) ? 0x0F : dice(16));
	attribute(vga, 0x13, nine ? 8 : 0);
	out(vga, 0x3C6, (uint8_t)(dice(2) ? 0xFF : dice(256)));
	for (unsigned i = 0; i < 30; i++)
		out(vga, 0x3C9, (uint8_t)dice(256));
}

/* The number of a dot's colour. */
static unsigned dot(const struct display_text *t, unsigned column, unsigned row, unsigned x, unsigned y)
{
	const uint8_t *cell = t->cells + 2 * display_cell(t, column, row);
	bool second = t->two_fonts && cell[1] & DISPLAY_ATTR_FONT;
	unsigned bits = t->font[second][cell[0] * DISPLAY_GLYPH_SIZE + y];
	bool on = x < 8 ? bits >> (7 - x) & 1 : t->line_graphics && cell[0] >> 5 == 6 && bits & 1;

	on |= y == t->underline && (cell[1] & 0x77) == 1;
	on |= t->cursor_visible && t->cursor_column == column && t->cursor_row == row && y >= t->cursor_first &&
	      y <= t->cursor_last;
	return on ? cell[1] & 0x0F : cell[1] >> 4 & (t->blink ? 7 : 15);
}

/* The cell that the cursor is at, where rows or the parts of a screen overlap: one place of it is told. */
static bool is_there_twice(const struct vvga *vga, const struct display_text *t, unsigned column, unsigned row)
{
	unsigned cursor = vga->s.crtc[0x0E] * 256u + vga->s.crtc[0x0F] + (vga->s.crtc[0x0B] >> 5 & 3u);

	bool may_be = t->pitch < t->columns || t->split_row < t->rows || t->rows * t->pitch > t->cell_mask;

	return may_be && display_cell(t, column, row) == (cursor & t->cell_mask);
}

static void compare_line(const struct vvga *vga, const struct display_text *t, unsigned row, unsigned scan, unsigned y)
{
	static uint8_t colors[DISPLAY_RASTER_WIDTH];
	struct display_raster raster;
	unsigned wide;

	vvga_raster(vga, &raster);
	wide = raster.width / (t->columns * t->cell_width);
	vvga_line(vga, y, colors);
	for (unsigned i = 0; i < t->columns * t->cell_width; i++) {
		struct display_rgb is = vvga_dac_rgb(vga, colors[i * wide]);
		unsigned n = dot(t, i / t->cell_width, row, i % t->cell_width, scan);

		if (memcmp(&is, &t->colors[n], sizeof is) && !is_there_twice(vga, t, i / t->cell_width, row))
			fail_msg("dot %u of row %u, scan %u, has not colour %u", i, row, scan, n);
	}
}

static void told_and_shown(void **state)
{
	struct vvga vga = { .clock = { .now = no_time, .arm = no_alarm } };
	struct display_raster raster;
	struct display_text text;
	unsigned height;

	(void)state;
	srand(3);
	vga.memory = malloc(VVGA_MEMORY_SIZE);
	for (unsigned i = 0; i < VVGA_MEMORY_SIZE; i++)
		vga.memory[i] = (uint8_t)rand();
	vvga_reset(&vga);
	for (unsigned round = 0; round < ROUNDS; round++) {
		set_registers(&vga, &height);
		assert_true(vvga_text(&vga, &text));
		vvga_raster(&vga, &raster);
		assert_int_equal(text.cell_height, height);
		assert_int_equal(raster.height / height / (vga.s.crtc[9] & 0x80 ? 2 : 1), text.rows);
		for (unsigned n = 0; n < 4; n++) {
			unsigned row = dice(4) ? dice(text.rows) : 0, scan = dice(height);

			compare_line(&vga, &text, row, scan, (row * height + scan) * (vga.s.crtc[9] & 0x80 ? 2 : 1));
		}
	}
	free(vga.memory);
}

/* The same of a CGA, whose cursor ends in the cell in which it begins. */
static void a_cgas(void **state)
{
	static uint8_t font[DISPLAY_GLYPHS * 8];
	struct vvga vga = { .clock = { .now = no_time, .arm = no_alarm }, .kind = VVGA_CGA, .font = font };
	struct display_text text;

	(void)state;
	vga.memory = malloc(VVGA_MEMORY_SIZE);
	for (unsigned i = 0; i < VVGA_MEMORY_SIZE; i++)
		vga.memory[i] = (uint8_t)rand();
	for (unsigned i = 0; i < sizeof font; i++)
		font[i] = (uint8_t)rand();
	vvga_reset(&vga);
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned height = 1 + dice(32), first = dice(height < 32 ? height + 1 : 32);

		indexed(&vga, 0x3D4, 1, 1 + dice(90));
		indexed(&vga, 0x3D4, 6, 1 + dice(500 / height));
		indexed(&vga, 0x3D4, 9, height - 1);
		indexed(&vga, 0x3D4, 10, first | dice(4) << 5);
		indexed(&vga, 0x3D4, 11, first + dice(32 - first));
		for (unsigned reg = 12; reg < 16; reg++)
			indexed(&vga, 0x3D4, (uint8_t)reg, dice(2) ? 1 : dice(256));
		out(&vga, 0x3D8, (uint8_t)(0x08 | dice(2) | dice(2) << 5));
		assert_true(vvga_text(&vga, &text));
		for (unsigned n = 0; n < 4; n++) {
			unsigned row = dice(4) ? dice(text.rows) : 0, scan = dice(height);

			compare_line(&vga, &text, row, scan, row * height + scan);
		}
	}
	free(vga.memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(told_and_shown), cmocka_unit_test(a_cgas) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
