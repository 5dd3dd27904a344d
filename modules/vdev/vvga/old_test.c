/* The chip as an MDA, a CGA and an EGA. Sections are of IBM's Options and Adapters Technical Reference:
 * "Monochrome Display and Printer Adapter", "Color/Graphics Monitor Adapter", "Enhanced Graphics
 * Adapter"; and of the MC6845 data sheet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "vvga.h"

static uint64_t now_ns;
static uint64_t test_now(void *of) { (void)of; return now_ns; }
static void test_arm(void *of, uint64_t deadline) { (void)of; (void)deadline; }
static uint8_t font[DISPLAY_GLYPHS * 14];

static struct vvga *chip_of(enum vvga_kind kind)
{
	struct vvga *vga = calloc(1, sizeof *vga);

	for (unsigned i = 0; i < sizeof font; i++)
		font[i] = (uint8_t)(i * 7);
	vga->memory = calloc(1, VVGA_MEMORY_SIZE);
	vga->clock = (struct clock){ .now = test_now, .arm = test_arm };
	vga->kind = kind;
	vga->font = font;
	vvga_reset(vga);
	return vga;
}

static void chip_free(struct vvga *vga)
{
	free(vga->memory);
	free(vga);
}

static void out(struct vvga *vga, unsigned port, uint8_t value) { vvga_out(vga, port - VGA_BASE, value); }
static uint8_t in(struct vvga *vga, unsigned port) { return vvga_in(vga, port - VGA_BASE); }

static void crtc(struct vvga *vga, unsigned port, const uint8_t *values)
{
	for (unsigned i = 0; i < 16; i++) {
		out(vga, port, (uint8_t)i);
		out(vga, port + 1, values[i]);
	}
}

/* "6845 Initialization Parameters": 80 by 25, 40 by 25, graphics; and the MDA's. */
static const uint8_t cga_80[16] = { 0x71, 0x50, 0x5A, 0x0A, 0x1F, 0x06, 0x19, 0x1C, 2, 7, 6, 7 };
static const uint8_t cga_graphics[16] = { 0x38, 0x28, 0x2D, 0x0A, 0x7F, 0x06, 0x64, 0x70, 2, 1, 6, 7 };
static const uint8_t mda_80[16] = { 0x61, 0x50, 0x52, 0x0F, 0x19, 0x06, 0x19, 0x19, 2, 0x0D, 0x0B, 0x0C };

static void only_their_ports_answer(void **state)
{
	struct vvga *cga = chip_of(VVGA_CGA), *mda = chip_of(VVGA_MDA);

	(void)state;
	crtc(cga, 0x3D4, cga_80);
	crtc(mda, 0x3B4, mda_80);
	for (unsigned port = 0x3C0; port < 0x3D0; port++) {
		assert_int_equal(in(cga, port), 0xFF);
		assert_int_equal(in(mda, port), 0xFF);
	}
	assert_int_equal(in(cga, 0x3BA), 0xFF);
	assert_int_equal(in(mda, 0x3DA), 0xFF);
	assert_int_not_equal(in(cga, 0x3DA), 0xFF);
	assert_int_equal(in(cga, 0x3D8), 0xFF);         /* written only */
	/* "Register File": R14 to R17 can be read. The ports repeat. */
	out(cga, 0x3D0, 0x0F);
	out(cga, 0x3D7, 0xA5);
	assert_int_equal(in(cga, 0x3D5), 0xA5);
	out(cga, 0x3D4, 0x0E);
	out(cga, 0x3D5, 0xFF);
	assert_int_equal(in(cga, 0x3D5), 0x3F);
	out(cga, 0x3D4, 0x0C);
	assert_int_equal(in(cga, 0x3D5), 0);
	out(cga, 0x3D4, 0x1F);
	out(cga, 0x3D5, 0xFF);
	assert_int_equal(in(cga, 0x3D5), 0);
	chip_free(cga);
	chip_free(mda);
}

static void memory_repeats(void **state)
{
	struct vvga *cga = chip_of(VVGA_CGA), *mda = chip_of(VVGA_MDA);
	struct vvga_window window;

	(void)state;
	vvga_window(cga, &window);
	assert_int_equal(window.linear, 0x18000);
	assert_int_equal(window.linear_size, 0x8000);
	assert_int_equal(window.wrap, 0x3FFF);
	vvga_window(mda, &window);
	assert_int_equal(window.linear, 0x10000);
	assert_int_equal(window.wrap, 0x0FFF);
	chip_free(cga);
	chip_free(mda);
}

static void status_in_time(void **state)
{
	struct vvga *cga = chip_of(VVGA_CGA);
	unsigned frames = 0, shown = 0;
	uint8_t last = 0;

	(void)state;
	now_ns = 0;
	crtc(cga, 0x3D4, cga_80);
	out(cga, 0x3D8, 0x29);
	for (unsigned i = 0; i < 100000; i++, now_ns += 10000) {
		uint8_t status = in(cga, 0x3DA);

		frames += status & ~last & 0x08;
		shown += !(status & 0x01);
		last = status;
	}
	/* 262 lines of 114 characters of 558.7 ns: 59.9 Hz; 200 of them and 80 are shown. */
	assert_in_range(frames / 8, 59, 61);
	assert_in_range(shown, 52000, 55000);
	chip_free(cga);
}

static void text_is_drawn(void **state)
{
	static uint8_t line[DISPLAY_RASTER_WIDTH];
	struct vvga *mda = chip_of(VVGA_MDA);
	struct display_raster raster;
	struct display_text text;

	(void)state;
	crtc(mda, 0x3B4, mda_80);
	out(mda, 0x3B8, 0x29);
	vvga_raster(mda, &raster);
	assert_int_equal(raster.width, 720);
	assert_int_equal(raster.height, 350);
	memcpy(mda->memory, "A\x07" "B\x70" "C\x01" "\xC4\x0F" "D\x00", 10);
	assert_true(vvga_text(mda, &text));
	assert_int_equal(text.columns, 80);
	assert_int_equal(text.rows, 25);
	assert_int_equal(text.cell_height, 14);
	assert_true(text.cursor_visible && text.cursor_first == 11 && text.cursor_last == 12);
	assert_memory_equal(text.font[0] + 'A' * DISPLAY_GLYPH_SIZE, font + 'A' * 14, 14);
	vvga_line(mda, 3, line);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(line[i], font['A' * 14 + 3] >> (7 - i) & 1 ? 7 : 0);
		assert_int_equal(line[9 + i], font['B' * 14 + 3] >> (7 - i) & 1 ? 0 : 7);
		assert_int_equal(line[27 + i], font[0xC4 * 14 + 3] >> (7 - i) & 1 ? 15 : 0);
		assert_int_equal(line[36 + i], 0);
	}
	assert_int_equal(line[8], 0);
	assert_int_equal(line[35], line[34]);           /* the ninth dot */
	vvga_line(mda, 12, line);
	for (unsigned i = 18; i < 27; i++)
		assert_int_equal(line[i], 7);           /* underlined */
	for (unsigned i = 0; i < 9; i++)
		assert_int_equal(line[i], 7);           /* the cursor */
	out(mda, 0x3B8, 0x21);
	vvga_line(mda, 12, line);
	for (unsigned i = 0; i < 720; i++)
		assert_int_equal(line[i], 0);
	chip_free(mda);
}

static void graphics_are_drawn(void **state)
{
	static uint8_t line[DISPLAY_RASTER_WIDTH];
	struct vvga *cga = chip_of(VVGA_CGA);
	struct display_raster raster;
	struct display_mode mode;
	struct display_text text;
	struct display_rgb brown;

	(void)state;
	crtc(cga, 0x3D4, cga_graphics);
	out(cga, 0x3D8, 0x0A);
	out(cga, 0x3D9, 0x31);                          /* second set, bright, on blue */
	vvga_raster(cga, &raster);
	assert_int_equal(raster.width, 640);
	assert_int_equal(raster.height, 200);
	vvga_mode_summary(cga, &mode);
	assert_true(mode.graphics && mode.width == 320 && mode.height == 200 && mode.colors == 4);
	assert_false(vvga_text(cga, &text));
	cga->memory[0x2000 + 80] = 0x1B;                /* "Memory map": odd lines 2000h on; line 3 */
	vvga_line(cga, 3, line);
	assert_memory_equal(line, ((uint8_t[]){ 1, 1, 11, 11, 13, 13, 15, 15, 1 }), 9);
	out(cga, 0x3D9, 0x00);
	vvga_line(cga, 3, line);
	assert_memory_equal(line, ((uint8_t[]){ 0, 0, 2, 2, 4, 4, 6, 6 }), 8);
	out(cga, 0x3D8, 0x0E);
	vvga_line(cga, 3, line);
	assert_memory_equal(line, ((uint8_t[]){ 0, 0, 3, 3, 4, 4, 7, 7 }), 8);
	out(cga, 0x3D8, 0x1E);
	out(cga, 0x3D9, 0x0E);
	vvga_line(cga, 3, line);
	assert_memory_equal(line, ((uint8_t[]){ 0, 0, 0, 14, 14, 0, 14, 14 }), 8);
	vvga_mode_summary(cga, &mode);
	assert_true(mode.width == 640 && mode.colors == 2);
	brown = vvga_dac_rgb(cga, 6);
	assert_true(brown.red == 0xAA && brown.green == 0x55 && brown.blue == 0);
	chip_free(cga);
}

static void ega_is_written_only(void **state)
{
	struct vvga *ega = chip_of(VVGA_EGA);

	(void)state;
	out(ega, 0x3C2, 0xA7);
	out(ega, 0x3C4, 2);
	out(ega, 0x3C5, 0x05);
	out(ega, 0x3CE, 8);
	out(ega, 0x3CF, 0x5A);
	assert_int_equal(ega->s.seq[2], 0x05);
	assert_int_equal(ega->s.gc[8], 0x5A);
	for (unsigned port = 0x3C3; port < 0x3D0; port++)
		assert_int_equal(in(ega, port), 0xFF);
	out(ega, 0x3D4, 0x09);
	out(ega, 0x3D5, 0xFF);
	assert_int_equal(ega->s.crtc[9], 0x1F);
	assert_int_equal(in(ega, 0x3D5), 0xFF);
	out(ega, 0x3D4, 0x0F);
	out(ega, 0x3D5, 0x77);
	assert_int_equal(in(ega, 0x3D5), 0x77);
	out(ega, 0x3C4, 1);
	out(ega, 0x3C5, 0x3D);
	assert_int_equal(ega->s.seq[1], 0x0D);          /* neither Shift 4 nor Screen Off */
	for (unsigned reg = 0x08; reg <= 0x14; reg += 0x0C) {
		out(ega, 0x3D4, (uint8_t)reg);
		out(ega, 0x3D5, 0xFF);
		assert_int_equal(ega->s.crtc[reg], 0x1F);
	}
	out(ega, 0x3C4, 4);
	out(ega, 0x3C5, 0x0E);
	assert_int_equal(ega->s.seq[4], 0x06);          /* no chain 4 */
	/* "Input Status Register Zero": a switch for each clock; an enhanced display's are off, on, on, off. */
	for (unsigned clock = 0; clock < 4; clock++) {
		out(ega, 0x3C2, (uint8_t)(0xA3 | clock << 2));
		/* Nothing is on the feature connector. */
		assert_int_equal(in(ega, 0x3C2) & 0x70, clock == 1 || clock == 2 ? 0x70 : 0x60);
	}
	out(ega, 0x3C2, 0xA7);
	assert_int_equal(vvga_dac_rgb(ega, 0x14).green, 0x55); /* brown by rgbRGB */
	assert_int_equal(vvga_dac_rgb(ega, 0x3F).red, 0xFF);
	out(ega, 0x3C2, 0x23);
	assert_int_equal(vvga_dac_rgb(ega, 0x06).green, 0x55); /* by the monitor */
	assert_int_equal(vvga_dac_rgb(ega, 0x11).blue, 0xFF);
	chip_free(ega);
}

static void ac_write(struct vvga *vga, uint8_t index, uint8_t value)
{
	(void)in(vga, 0x3DA);
	out(vga, 0x3C0, index | 0x20);
	out(vga, 0x3C0, value);
}

/* "Color Plane Enable Register", Video Status MUX: pairs of the six lines, in the status bits 4 and 5. A VGA's are in
 * another order. */
static void status_feeds_back(void **state)
{
	static const uint8_t lines[2][3][2] = {
		[VVGA_VGA] = { { 0, 2 }, { 4, 5 }, { 1, 3 } }, [VVGA_EGA] = { { 0, 2 }, { 1, 3 }, { 4, 5 } },
	};

	(void)state;
	for (unsigned kind = VVGA_VGA; kind <= VVGA_EGA; kind++) {
		struct vvga *vga = chip_of((enum vvga_kind)kind);

		out(vga, 0x3C2, 0xA7);
		for (unsigned mux = 0; mux < 3; mux++) {
			for (unsigned line = 0; line < 6; line++) {
				uint8_t expected = (uint8_t)((lines[kind][mux][0] == line) << 4 |
							     (lines[kind][mux][1] == line) << 5);

				ac_write(vga, 0x12, (uint8_t)(mux << 4 | 0x0F));
				ac_write(vga, 0x11, (uint8_t)(1 << line));
				assert_int_equal(in(vga, 0x3DA) & 0x30, expected);
			}
		}
		chip_free(vga);
	}
}

/* MC6845, "Cursor Start Register", "Cursor End Register": the one switches it on, the other off again, a cell's line
 * after the other. */
static void cursor_in_two_parts(void **state)
{
	struct vvga *mda = chip_of(VVGA_MDA);
	static uint8_t line[DISPLAY_RASTER_WIDTH];
	struct display_text text;

	(void)state;
	crtc(mda, 0x3B4, mda_80);
	out(mda, 0x3B8, 0x29);
	for (unsigned i = 0; i < 4000; i += 2) {
		mda->memory[i] = 0;
		mda->memory[i + 1] = 0x07;
	}
	memset(mda->memory + 0x20000, 0, 32);
	out(mda, 0x3B4, 10);
	out(mda, 0x3B5, 12);
	out(mda, 0x3B4, 11);
	out(mda, 0x3B5, 1);
	for (unsigned y = 0; y < 14; y++) {
		vvga_line(mda, y, line);
		assert_int_equal(line[0], y >= 12 || y <= 1 ? 7 : 0);
	}
	assert_true(vvga_text(mda, &text));
	assert_true(text.cursor_visible && text.cursor_first == 0 && text.cursor_last == 13);
	/* One that begins below the cell never does. */
	out(mda, 0x3B4, 10);
	out(mda, 0x3B5, 14);
	vvga_line(mda, 0, line);
	assert_int_equal(line[0], 0);
	assert_true(vvga_text(mda, &text));
	assert_false(text.cursor_visible);
	chip_free(mda);
}

static void any_register_content_is_harmless(void **state)
{
	static uint8_t line[DISPLAY_RASTER_WIDTH];
	static uint8_t dac[VGA_DAC_COLORS][3];
	struct display_raster raster;
	struct display_text text;
	struct display_vga shown;
	unsigned sum = 0;

	(void)state;
	srand(6845);
	for (unsigned kind = VVGA_EGA; kind < VVGA_KINDS; kind++) {
		struct vvga *vga = chip_of((enum vvga_kind)kind);

		for (unsigned round = 0; round < 20000; round++) {
			for (unsigned i = 0; i < 20; i++)
				vvga_out(vga, rand() % 0x30, (uint8_t)rand());
			sum += vvga_in(vga, rand() % 0x30);
			vvga_write(vga, rand() % VVGA_WINDOW_SIZE, (uint8_t)rand());
			sum += vvga_read(vga, rand() % VVGA_WINDOW_SIZE);
			now_ns += rand();
			vvga_raster(vga, &raster);
			assert_in_range(raster.width, 1, DISPLAY_RASTER_WIDTH);
			assert_in_range(raster.height, 1, DISPLAY_RASTER_HEIGHT);
			vvga_line(vga, rand() % raster.height, line);
			if (vvga_shown(vga, &shown, dac)) {
				assert_true(shown.misc == 0x63 || shown.misc == 0xA3);
				assert_in_range(dac[rand() % 256][rand() % 3], 0, 63);
				vvga_bytes(vga, shown.access, 3, 4096 * (rand() % 16), line, 64);
			}
			if (vvga_text(vga, &text))
				for (unsigned row = 0; row < text.rows; row++)
					sum += text.cells[2 * display_cell(&text, text.columns - 1, row)];
		}
		chip_free(vga);
	}
	assert_int_not_equal(sum, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_their_ports_answer), cmocka_unit_test(memory_repeats),
		cmocka_unit_test(status_in_time), cmocka_unit_test(text_is_drawn),
		cmocka_unit_test(graphics_are_drawn), cmocka_unit_test(ega_is_written_only),
		cmocka_unit_test(status_feeds_back), cmocka_unit_test(cursor_in_two_parts),
		cmocka_unit_test(any_register_content_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
