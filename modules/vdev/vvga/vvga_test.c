/* Tests of the virtual VGA. Section names are those of IBM PS/2 Hardware Interface Technical
 * Reference, Video Subsystems (1992), unless said otherwise. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <base/text_sink_test.h>

#include "vvga.h"

static uint64_t now_ns, deadline_ns;
static bool irq_level;
static unsigned remaps, pages_given;
static bool refuse_pages;

static uint64_t test_now(void *of) { (void)of; return now_ns; }
static void test_arm(void *of, uint64_t deadline) { (void)of; deadline_ns = deadline; }
static void test_irq(void *to, bool level) { (void)to; irq_level = level; }
static void test_remap(void *of) { (void)of; remaps++; }

static uint8_t page_given[VVGA_PAGES];

static bool test_page(void *of, unsigned n)
{
	(void)of;
	assert_in_range(n, 0, VVGA_PAGES - 1);
	assert_false(page_given[n]);
	if (refuse_pages)
		return false;
	page_given[n] = 1;
	pages_given++;
	return true;
}

static int setup(void **state)
{
	struct vvga *vga = calloc(1, sizeof(*vga));

	vga->memory = calloc(1, VVGA_MEMORY_SIZE); /* its size is what ASan watches */
	vga->clock = (struct clock){ .now = test_now, .arm = test_arm };
	vga->irq = (struct line){ .set = test_irq };
	vga->remap = test_remap;
	memset(page_given, 0, sizeof(page_given));
	pages_given = 0;
	refuse_pages = false;
	now_ns = 1000;
	vvga_reset(vga);
	*state = vga;
	return 0;
}

static int teardown(void **state)
{
	struct vvga *vga = *state;

	free(vga->memory);
	free(vga);
	return 0;
}

static void out(struct vvga *vga, unsigned port, uint8_t value) { vvga_out(vga, port - VGA_BASE, value); }
static uint8_t in(struct vvga *vga, unsigned port) { return vvga_in(vga, port - VGA_BASE); }

static void indexed(struct vvga *vga, unsigned port, uint8_t index, uint8_t value)
{
	out(vga, port, index);
	out(vga, port + 1, value);
}

static uint8_t read_indexed(struct vvga *vga, unsigned port, uint8_t index)
{
	out(vga, port, index);
	return in(vga, port + 1);
}

static void attribute(struct vvga *vga, uint8_t index, uint8_t value)
{
	(void)in(vga, 0x3DA);
	out(vga, 0x3C0, index);
	out(vga, 0x3C0, value);
}

/* Mode 3, 80 by 25 with 9x16 characters ("Alphanumeric Modes"). */
static void mode3(struct vvga *vga)
{
	static const uint8_t crtc[VGA_CRTC_REGS] = {
		0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0x00,
		0x00, 0x00, 0x00, 0x9C, 0x8E, 0x8F, 0x28, 0x1F, 0x96, 0xB9, 0xA3, 0xFF,
	};
	static const uint8_t seq[VGA_SEQ_REGS] = { 0x03, 0x00, 0x03, 0x00, 0x02 };
	static const uint8_t gc[VGA_GC_REGS] = { 0, 0, 0, 0, 0, 0x10, 0x0E, 0, 0xFF };

	out(vga, 0x3C2, 0x67);
	for (unsigned i = 0; i < VGA_SEQ_REGS; i++)
		indexed(vga, 0x3C4, i, seq[i]);
	indexed(vga, 0x3D4, 0x11, 0);
	for (unsigned i = 0; i < VGA_CRTC_REGS; i++)
		indexed(vga, 0x3D4, i, crtc[i]);
	for (unsigned i = 0; i < VGA_GC_REGS; i++)
		indexed(vga, 0x3CE, i, gc[i]);
	for (unsigned i = 0; i < 16; i++)
		attribute(vga, i, i < 8 ? (i == 6 ? 0x14 : i) : i + 0x30);
	attribute(vga, 0x10, 0x0C);
	attribute(vga, 0x11, 0);
	attribute(vga, 0x12, 0x0F);
	attribute(vga, 0x13, 0x08);
	attribute(vga, 0x14, 0);
	(void)in(vga, 0x3DA);
	out(vga, 0x3C0, 0x20);
}

/* "Sequencer Memory Mode", planar: every plane at A0000h on its own. */
static void planar(struct vvga *vga)
{
	out(vga, 0x3C2, 0x63);
	indexed(vga, 0x3C4, 2, 0x0F);
	indexed(vga, 0x3C4, 4, 0x06);
	indexed(vga, 0x3CE, 5, 0x00);
	indexed(vga, 0x3CE, 6, 0x05);
	indexed(vga, 0x3CE, 8, 0xFF);
}

/* --- registers --- */

static void misc_selects_color_or_mono_ports(void **state)
{
	struct vvga *vga = *state; /* "Miscellaneous Output Register", I/O Address Select */

	indexed(vga, 0x3B4, 0x0F, 0x12);
	assert_int_equal(read_indexed(vga, 0x3B4, 0x0F), 0x12);
	assert_int_equal(in(vga, 0x3D5), 0xFF);
	out(vga, 0x3C2, 0x67);
	assert_int_equal(in(vga, 0x3CC), 0x67);
	assert_int_equal(in(vga, 0x3B5), 0xFF);
	assert_int_equal(in(vga, 0x3BA), 0xFF);
	assert_int_equal(read_indexed(vga, 0x3D4, 0x0F), 0x12);
	assert_int_not_equal(in(vga, 0x3DA), 0xFF);
}

static void registers_hold_the_bits_that_exist(void **state)
{
	struct vvga *vga = *state;

	out(vga, 0x3C2, 0xFF);
	assert_int_equal(in(vga, 0x3CC), 0xEF);
	indexed(vga, 0x3C4, 0, 0xFF);
	assert_int_equal(read_indexed(vga, 0x3C4, 0), 0x03);
	indexed(vga, 0x3C4, 7, 0xFF);
	assert_int_equal(read_indexed(vga, 0x3C4, 7), 0x00);
	indexed(vga, 0x3CE, 5, 0xFF);
	assert_int_equal(read_indexed(vga, 0x3CE, 5), 0x7B);
	attribute(vga, 0x14, 0xFF);
	assert_int_equal(in(vga, 0x3C1), 0x0F);
	out(vga, 0x3DA, 0xFF);
	assert_int_equal(in(vga, 0x3CA), 0x08);
}

static void protect_bit_guards_crtc_0_to_7_but_line_compare(void **state)
{
	struct vvga *vga = *state; /* "Vertical Retrace End Register", Protect Registers 0-7 */

	out(vga, 0x3C2, 0x67);
	indexed(vga, 0x3D4, 0x00, 0x5F);
	indexed(vga, 0x3D4, 0x07, 0x0F);
	indexed(vga, 0x3D4, 0x11, 0x80);
	indexed(vga, 0x3D4, 0x00, 0x11);
	indexed(vga, 0x3D4, 0x07, 0xF0);
	indexed(vga, 0x3D4, 0x0A, 0x07);
	assert_int_equal(read_indexed(vga, 0x3D4, 0x00), 0x5F);
	assert_int_equal(read_indexed(vga, 0x3D4, 0x07), 0x1F);
	assert_int_equal(read_indexed(vga, 0x3D4, 0x0A), 0x07);
	indexed(vga, 0x3D4, 0x11, 0x00);
	indexed(vga, 0x3D4, 0x00, 0x11);
	assert_int_equal(read_indexed(vga, 0x3D4, 0x00), 0x11);
}

static void attribute_flip_flop(void **state)
{
	struct vvga *vga = *state; /* "Attribute Controller Registers", Address Register */

	out(vga, 0x3C2, 0x67);
	(void)in(vga, 0x3DA);
	out(vga, 0x3C0, 0x05);
	out(vga, 0x3C0, 0x2A);
	out(vga, 0x3C0, 0x25);
	assert_int_equal(in(vga, 0x3C0), 0x25);
	assert_int_equal(in(vga, 0x3C1), 0x2A);
	(void)in(vga, 0x3DA);
	out(vga, 0x3C0, 0x26); /* an index again, not data for 5 */
	out(vga, 0x3C0, 0x3F);
	out(vga, 0x3C0, 0x05);
	assert_int_equal(in(vga, 0x3C1), 0x2A);
}

static void dac_write_and_read_cycles(void **state)
{
	struct vvga *vga = *state; /* "Video Digital-to-Analog Converter", "Programming" */
	static const uint8_t colors[6] = { 1, 2, 0xFF, 4, 5, 6 };

	out(vga, 0x3C8, 0xFF);
	assert_int_equal(in(vga, 0x3C7), 0x00);
	for (unsigned i = 0; i < 6; i++)
		out(vga, 0x3C9, colors[i]);
	assert_int_equal(in(vga, 0x3C8), 0x01); /* wrapped */
	out(vga, 0x3C7, 0xFF);
	assert_int_equal(in(vga, 0x3C7), 0x03);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(in(vga, 0x3C9), colors[i] & 0x3F);
	out(vga, 0x3C6, 0x0F);
	assert_int_equal(in(vga, 0x3C6), 0x0F);
	assert_int_equal(vvga_dac_rgb(vga, 0x10).red, 4 << 2);
	assert_int_equal(vvga_dac_rgb(vga, 0xFF).red, 0);
	out(vga, 0x3C6, 0xFF);
	assert_int_equal(vvga_dac_rgb(vga, 0xFF).blue, 0xFF);
}

static void incomplete_dac_write_is_dropped(void **state)
{
	struct vvga *vga = *state; /* INMOS IMS G171, "Microprocessor Interface" */

	out(vga, 0x3C8, 5);
	out(vga, 0x3C9, 0x3F);
	out(vga, 0x3C9, 0x3F);
	out(vga, 0x3C8, 5);
	out(vga, 0x3C9, 1);
	out(vga, 0x3C9, 2);
	out(vga, 0x3C9, 3);
	assert_memory_equal(vga->s.dac[5], ((uint8_t[]){ 1, 2, 3 }), 3);
}

static void subsystem_enable_gates_everything(void **state)
{
	struct vvga *vga = *state; /* "Video Subsystem Enable Register" */
	struct vvga_window window;

	mode3(vga);
	out(vga, 0x3C3, 0);
	assert_int_equal(in(vga, 0x3CC), 0xFF);
	assert_int_equal(vvga_read(vga, 0x18000), 0xFF);
	vvga_window(vga, &window);
	assert_int_equal(window.claimed_size, 0);
	out(vga, 0x3C3, 1);
	assert_int_equal(in(vga, 0x3CC), 0x67);
}

/* --- raster --- */

static void retrace_at_70_hertz(void **state)
{
	struct vvga *vga = *state; /* "Input Status Register 1"; 720 x 400 at 70.08 Hz */
	unsigned syncs = 0, blanks = 0;
	uint8_t last = 0, status;

	mode3(vga);
	for (uint64_t step = 0; step < 100000; step++, now_ns += 10000) {
		status = in(vga, 0x3DA);
		syncs += !(last & VGA_STATUS1_V_SYNC) && status & VGA_STATUS1_V_SYNC;
		blanks += status & VGA_STATUS1_NOT_DISPLAY;
		if (status & VGA_STATUS1_V_SYNC)
			assert_true(status & VGA_STATUS1_NOT_DISPLAY);
		last = status;
	}
	assert_in_range(syncs, 69, 71);
	/* Displayed: 400 of 449 lines, 80 of 100 characters of each. */
	assert_in_range(blanks, 28000, 29500);
}

static void counts_of_two_lines(void **state)
{
	struct vvga *vga = *state; /* "CRT Mode Control Register", HRS: 898 lines instead of 449 */
	struct display_raster raster;
	struct display_text text;
	struct display_mode mode;
	unsigned syncs = 0, blanks = 0;
	uint8_t last = 0, status;

	mode3(vga);
	indexed(vga, 0x3D4, 0x17, 0xA7);
	for (uint64_t step = 0; step < 100000; step++, now_ns += 10000) {
		status = in(vga, 0x3DA);
		syncs += !(last & VGA_STATUS1_V_SYNC) && status & VGA_STATUS1_V_SYNC;
		blanks += status & VGA_STATUS1_NOT_DISPLAY;
		last = status;
	}
	assert_in_range(syncs, 34, 36);
	assert_in_range(blanks, 28000, 29500);
	vvga_raster(vga, &raster);
	assert_int_equal(raster.height, 800);
	assert_true(vvga_text(vga, &text));
	assert_int_equal(text.rows, 50);
	vvga_mode_summary(vga, &mode);
	assert_int_equal(mode.height, 50);
	/* Line Compare counts so, too: row 25 begins at line 400. */
	indexed(vga, 0x3D4, 0x07, 0x0F);
	indexed(vga, 0x3D4, 0x09, 0x0F);
	indexed(vga, 0x3D4, 0x18, 199);
	assert_true(vvga_text(vga, &text));
	assert_int_equal(text.split_row, 25);
}

static void vertical_interrupt(void **state)
{
	struct vvga *vga = *state; /* "Vertical Retrace End Register", bits 4 and 5 */
	uint64_t first;

	mode3(vga);
	assert_true(deadline_ns == CLOCK_NEVER); /* the BIOS keeps the latch cleared */
	indexed(vga, 0x3D4, 0x11, 0x9E);
	first = deadline_ns;
	assert_true(first > now_ns && first - now_ns < 15000000);
	now_ns = first;
	vvga_expire(vga, now_ns);
	assert_true(irq_level);
	assert_true(in(vga, 0x3C2) & VGA_STATUS0_INTERRUPT);
	assert_true(in(vga, 0x3DA) & VGA_STATUS1_V_SYNC);
	assert_in_range(deadline_ns - first, 14200000, 14300000);
	indexed(vga, 0x3D4, 0x11, 0x8E);
	assert_false(irq_level);
	assert_false(in(vga, 0x3C2) & VGA_STATUS0_INTERRUPT);
	assert_true(deadline_ns == CLOCK_NEVER);
}

/* --- memory --- */

static void text_window_is_linear(void **state)
{
	struct vvga *vga = *state;
	struct vvga_window window;

	mode3(vga);
	vvga_window(vga, &window);
	assert_int_equal(window.claimed, 0x18000);
	assert_int_equal(window.claimed_size, 0x8000);
	assert_int_equal(window.linear, 0x18000);
	assert_int_equal(window.linear_size, 0x8000);
	/* What the trapped path stores is what the mapped memory shows, and back. */
	for (uint32_t i = 0; i < 0x8000; i++)
		vvga_write(vga, 0x18000 + i, (uint8_t)(i * 7 + (i >> 8)));
	for (uint32_t i = 0; i < 0x8000; i++) {
		assert_int_equal(vga->memory[i], (uint8_t)(i * 7 + (i >> 8)));
		assert_int_equal(vvga_read(vga, 0x18000 + i), vga->memory[i]);
	}
	assert_int_equal(vvga_read(vga, 0x17FFF), 0xFF);
	assert_int_equal(vvga_read(vga, 0x00000), 0xFF);
	indexed(vga, 0x3CE, 6, 0x0A); /* "Miscellaneous Register", Memory Map 2: B0000h */
	vvga_window(vga, &window);
	assert_int_equal(window.linear, 0x10000);
	assert_int_equal(window.linear_size, 0x8000);
}

static void window_traps_when_it_is_not_plain(void **state)
{
	struct vvga *vga = *state;
	static const struct { uint16_t port; uint8_t index, value; } spoils[] = {
		{ 0x3C4, 2, 0x04 }, { 0x3C4, 2, 0x0F }, { 0x3C4, 4, 0x06 }, { 0x3C4, 4, 0x0A },
		{ 0x3CE, 1, 0x01 }, { 0x3CE, 3, 0x08 }, { 0x3CE, 3, 0x01 }, { 0x3CE, 4, 0x02 },
		{ 0x3CE, 5, 0x11 }, { 0x3CE, 5, 0x18 }, { 0x3CE, 5, 0x00 }, { 0x3CE, 8, 0x7F },
	};
	struct vvga_window window;

	for (unsigned i = 0; i < sizeof(spoils) / sizeof(*spoils); i++) {
		mode3(vga);
		remaps = 0;
		indexed(vga, spoils[i].port, spoils[i].index, spoils[i].value);
		assert_int_not_equal(remaps, 0);
		vvga_window(vga, &window);
		assert_int_equal(window.linear_size, 0);
		assert_int_equal(window.claimed_size, 0x8000);
	}
	mode3(vga);
	out(vga, 0x3C2, 0x65); /* Enable RAM off */
	vvga_window(vga, &window);
	assert_int_equal(window.claimed_size, 0);
}

static void font_load_into_plane_2(void **state)
{
	struct vvga *vga = *state; /* "RAM Loadable Character Generator" */
	struct display_text text;
	struct vvga_window window;

	mode3(vga);
	indexed(vga, 0x3C4, 2, 0x04);
	indexed(vga, 0x3C4, 4, 0x07);
	indexed(vga, 0x3CE, 4, 0x02);
	indexed(vga, 0x3CE, 5, 0x00);
	indexed(vga, 0x3CE, 6, 0x04);
	for (unsigned line = 0; line < 16; line++) {
		vvga_write(vga, 'A' * 32 + line, 0x40 + line);
		vvga_write(vga, 0x2000 + 'A' * 32 + line, 0x80 + line); /* font 4 */
	}
	assert_int_equal(vvga_read(vga, 'A' * 32 + 3), 0x43);
	/* Meanwhile the plane is plain memory, and could be mapped. */
	vvga_window(vga, &window);
	assert_int_equal(window.linear, 0);
	assert_int_equal(window.linear_size, 0x10000);
	assert_int_equal(vga->memory[window.memory_offset + 'A' * 32 + 3], 0x43);
	indexed(vga, 0x3C4, 2, 0x0C);
	vvga_window(vga, &window);
	assert_int_equal(window.linear_size, 0);
	mode3(vga);
	indexed(vga, 0x3C4, 3, 0x20); /* "Character Map Select": A = 4, B = 0 */
	assert_true(vvga_text(vga, &text));
	assert_true(text.two_fonts);
	for (unsigned line = 0; line < 16; line++) {
		assert_int_equal(text.font[0]['A' * DISPLAY_GLYPH_SIZE + line], 0x40 + line);
		assert_int_equal(text.font[1]['A' * DISPLAY_GLYPH_SIZE + line], 0x80 + line);
	}
}

static void fill_latches(struct vvga *vga, uint8_t p0, uint8_t p1, uint8_t p2, uint8_t p3)
{
	const uint8_t values[4] = { p0, p1, p2, p3 };

	planar(vga);
	indexed(vga, 0x3CE, 1, 0);
	indexed(vga, 0x3CE, 3, 0);
	for (unsigned p = 0; p < 4; p++) {
		indexed(vga, 0x3C4, 2, 1 << p);
		vvga_write(vga, 0x100, values[p]);
	}
	indexed(vga, 0x3C4, 2, 0x0F);
	(void)vvga_read(vga, 0x100);
}

static void expect_planes(struct vvga *vga, uint32_t at, uint8_t p0, uint8_t p1, uint8_t p2, uint8_t p3)
{
	const uint8_t values[4] = { p0, p1, p2, p3 };

	indexed(vga, 0x3CE, 5, 0);
	for (unsigned p = 0; p < 4; p++) {
		indexed(vga, 0x3CE, 4, p);
		assert_int_equal(vvga_read(vga, at), values[p]);
	}
}

static void write_mode_0(void **state)
{
	struct vvga *vga = *state; /* "Graphics Mode Register", Write Mode 0 */

	fill_latches(vga, 0x0F, 0xF0, 0xFF, 0x00);
	indexed(vga, 0x3CE, 3, 0x11); /* OR, rotate by 1 */
	vvga_write(vga, 0x200, 0x81);
	expect_planes(vga, 0x200, 0xCF, 0xF0, 0xFF, 0xC0);

	fill_latches(vga, 0x0F, 0xF0, 0xFF, 0x00);
	indexed(vga, 0x3CE, 0, 0x05); /* set/reset: planes 0 and 2 to 1 */
	indexed(vga, 0x3CE, 1, 0x07); /* for planes 0 to 2 */
	indexed(vga, 0x3CE, 8, 0x3C);
	vvga_write(vga, 0x200, 0xAA);
	expect_planes(vga, 0x200, 0x3F, 0xC0, 0xFF, 0x28);

	fill_latches(vga, 0x0F, 0xF0, 0xFF, 0x55);
	indexed(vga, 0x3CE, 3, 0x18); /* XOR */
	indexed(vga, 0x3C4, 2, 0x09); /* planes 0 and 3 only */
	vvga_write(vga, 0x300, 0xFF);
	expect_planes(vga, 0x300, 0xF0, 0x00, 0x00, 0xAA);

	fill_latches(vga, 0x0F, 0xF0, 0xFF, 0x55);
	indexed(vga, 0x3CE, 3, 0x08); /* AND */
	vvga_write(vga, 0x400, 0x3C);
	expect_planes(vga, 0x400, 0x0C, 0x30, 0x3C, 0x14);
}

static void write_modes_1_to_3(void **state)
{
	struct vvga *vga = *state; /* "Graphics Mode Register", Write Modes 1, 2, 3 */

	fill_latches(vga, 0x12, 0x34, 0x56, 0x78);
	indexed(vga, 0x3CE, 5, 1);
	indexed(vga, 0x3CE, 8, 0x00);
	vvga_write(vga, 0x210, 0xFF);
	expect_planes(vga, 0x210, 0x12, 0x34, 0x56, 0x78);

	fill_latches(vga, 0x12, 0x34, 0x56, 0x78);
	indexed(vga, 0x3CE, 5, 2);
	indexed(vga, 0x3CE, 8, 0xF0);
	vvga_write(vga, 0x220, 0x05);
	expect_planes(vga, 0x220, 0xF2, 0x04, 0xF6, 0x08);

	fill_latches(vga, 0x12, 0x34, 0x56, 0x78);
	indexed(vga, 0x3CE, 0, 0x02);
	indexed(vga, 0x3CE, 3, 0x04); /* rotate by 4 */
	indexed(vga, 0x3CE, 5, 3);
	indexed(vga, 0x3CE, 8, 0xF0);
	vvga_write(vga, 0x230, 0x0C); /* mask C0h & F0h */
	expect_planes(vga, 0x230, 0x12, 0xF4, 0x16, 0x38);
}

static void read_mode_1_compares(void **state)
{
	struct vvga *vga = *state; /* "Color Compare Register", "Color Don't Care Register" */

	fill_latches(vga, 0xF0, 0xCC, 0xAA, 0xFF);
	indexed(vga, 0x3CE, 5, 0x08);
	indexed(vga, 0x3CE, 2, 0x03); /* colour 3 */
	indexed(vga, 0x3CE, 7, 0x0F);
	assert_int_equal(vvga_read(vga, 0x100), 0x00);
	indexed(vga, 0x3CE, 7, 0x07); /* plane 3 does not matter */
	assert_int_equal(vvga_read(vga, 0x100), 0x40);
	indexed(vga, 0x3CE, 7, 0x00);
	assert_int_equal(vvga_read(vga, 0x100), 0xFF);
}

static void chain_4(void **state)
{
	struct vvga *vga = *state; /* "Memory Mode Register", Chain 4 */

	planar(vga);
	indexed(vga, 0x3C4, 4, 0x0E);
	for (unsigned i = 0; i < 8; i++)
		vvga_write(vga, 0x1000 + i, 0x10 + i);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(vvga_read(vga, 0x1000 + i), 0x10 + i);
	indexed(vga, 0x3C4, 4, 0x06);
	expect_planes(vga, 0x1000, 0x10, 0x11, 0x12, 0x13);
	expect_planes(vga, 0x1004, 0x14, 0x15, 0x16, 0x17);
	expect_planes(vga, 0x1001, 0, 0, 0, 0);
}

static void planes_do_not_overlap(void **state)
{
	struct vvga *vga = *state;

	planar(vga);
	for (unsigned p = 0; p < 4; p++) {
		indexed(vga, 0x3C4, 2, 1 << p);
		for (uint32_t i = 0; i < VVGA_PLANE_SIZE; i++)
			vvga_write(vga, i, (uint8_t)(i * 31 + (i >> 8) + p));
	}
	for (unsigned p = 0; p < 4; p++) {
		indexed(vga, 0x3CE, 4, p);
		for (uint32_t i = 0; i < VVGA_PLANE_SIZE; i++)
			assert_int_equal(vvga_read(vga, i), (uint8_t)(i * 31 + (i >> 8) + p));
	}
}

static void pages_come_when_written(void **state)
{
	struct vvga *vga = *state;
	struct display_text text;

	vga->page = test_page;
	memset(vga->memory, 0xEE, VVGA_MEMORY_SIZE); /* nobody may read what is not there */
	mode3(vga);
	assert_int_equal(vvga_read(vga, 0x18000), 0);
	vvga_write(vga, 0x18000, 0);
	assert_int_equal(pages_given, 0);
	memset(vga->memory, 0, VVGA_PAGE_SIZE);
	vvga_write(vga, 0x18000, 'x');
	assert_int_equal(pages_given, 1);
	assert_int_equal(vvga_read(vga, 0x18000), 'x');
	assert_true(vvga_text(vga, &text)); /* one page of cells, two of a font */
	assert_int_equal(pages_given, 3);
	assert_int_equal(vvga_touch(vga, 0, 0x8000), E_OK);
	assert_int_equal(pages_given, 10);
	assert_int_equal(vvga_touch(vga, VVGA_MEMORY_SIZE, 1), E_RANGE);
	refuse_pages = true;
	assert_int_equal(vvga_touch(vga, 0x10000, 1), E_NO_MEMORY);
	vvga_reset(vga); /* keeps what it has got */
	assert_int_equal(vvga_touch(vga, 0, 0x8000), E_OK);
}

/* --- what displays are told --- */

static void text_mode_3_as_a_display_sees_it(void **state)
{
	struct vvga *vga = *state;
	struct display_text text;
	struct display_mode mode;

	mode3(vga);
	out(vga, 0x3C8, 0x14);
	out(vga, 0x3C9, 0x2A);
	out(vga, 0x3C9, 0x15);
	out(vga, 0x3C9, 0x00);
	indexed(vga, 0x3D4, 0x0E, (2000 + 81) >> 8);
	indexed(vga, 0x3D4, 0x0F, (2000 + 81) & 0xFF);
	indexed(vga, 0x3D4, 0x0C, 2000 >> 8);
	indexed(vga, 0x3D4, 0x0D, 2000 & 0xFF);
	assert_true(vvga_text(vga, &text));
	assert_int_equal(text.columns, 80);
	assert_int_equal(text.rows, 25);
	assert_int_equal(text.split_row, 25);
	assert_int_equal(text.cell_width, 9);
	assert_int_equal(text.cell_height, 16);
	assert_int_equal(text.start, 2000);
	assert_int_equal(display_cell(&text, 5, 2), 2165);
	assert_true(text.cursor_visible);
	assert_int_equal(text.cursor_column, 1);
	assert_int_equal(text.cursor_row, 1);
	assert_int_equal(text.cursor_first, 13);
	assert_int_equal(text.cursor_last, 14);
	assert_true(text.blink && text.line_graphics && !text.two_fonts && !text.blank);
	assert_int_equal(text.underline, DISPLAY_NO_LINE);
	assert_int_equal(text.colors[6].red, 0xAA);
	assert_int_equal(text.colors[6].green, 0x55);
	vvga_mode_summary(vga, &mode);
	assert_false(mode.graphics);
	assert_int_equal(mode.width, 80);
	assert_int_equal(mode.height, 25);

	indexed(vga, 0x3D4, 0x0B, 0x4E); /* "Cursor End Register", Cursor Skew: two characters */
	assert_true(vvga_text(vga, &text));
	assert_int_equal(text.cursor_column, 3);
	assert_int_equal(text.cursor_last, 14);
	indexed(vga, 0x3D4, 0x0A, 0x2D); /* "Cursor Start Register": off */
	assert_true(vvga_text(vga, &text));
	assert_false(text.cursor_visible);
	indexed(vga, 0x3C4, 1, 0x20); /* "Clocking Mode Register": screen off */
	assert_true(vvga_text(vga, &text));
	assert_true(text.blank);
}

static void fifty_lines_and_split_screen(void **state)
{
	struct vvga *vga = *state;
	struct display_text text;

	mode3(vga);
	indexed(vga, 0x3D4, 0x09, 0x47);
	assert_true(vvga_text(vga, &text));
	assert_int_equal(text.rows, 50);
	/* "Line Compare Register": after scan line 199 the picture goes on from address 0. */
	indexed(vga, 0x3D4, 0x18, 199);
	indexed(vga, 0x3D4, 0x07, 0x0F);
	indexed(vga, 0x3D4, 0x09, 0x07);
	indexed(vga, 0x3D4, 0x0C, 0x10);
	assert_true(vvga_text(vga, &text));
	assert_int_equal(text.split_row, 25);
	assert_int_equal(display_cell(&text, 0, 24), 0x1000 + 24 * 80);
	assert_int_equal(display_cell(&text, 3, 26), 83);
}

static void palette_selection(void **state)
{
	struct vvga *vga = *state; /* "Color Select Register", P5/P4 Select */

	mode3(vga);
	assert_int_equal(vvga_ac_index(vga, 15), 0x3F);
	attribute(vga, 0x14, 0x0E);
	assert_int_equal(vvga_ac_index(vga, 15), 0xFF);
	assert_int_equal(vvga_ac_index(vga, 6), 0xD4);
	attribute(vga, 0x10, 0x8C);
	assert_int_equal(vvga_ac_index(vga, 6), 0xE4);
	attribute(vga, 0x12, 0x03);
	assert_int_equal(vvga_ac_index(vga, 6), 0xE2);
}

static void graphics_modes_are_named(void **state)
{
	static const struct {
		uint8_t misc, clocking, end, max_scan, vde, mode_control, gc5, planes;
		uint16_t width, height, colors;
	} modes[] = {
		{ 0x63, 0x09, 0x27, 0xC1, 0x8F, 0xA2, 0x30, 0x03, 320, 200, 4 },   /* 4 */
		{ 0x63, 0x01, 0x4F, 0xC1, 0x8F, 0xC2, 0x00, 0x01, 640, 200, 2 },   /* 6 */
		{ 0x63, 0x09, 0x27, 0xC0, 0x8F, 0xE3, 0x00, 0x0F, 320, 200, 16 },  /* 0Dh */
		{ 0xA2, 0x01, 0x4F, 0x40, 0x5D, 0xE3, 0x00, 0x0F, 640, 350, 16 },  /* 10h */
		{ 0xE3, 0x01, 0x4F, 0x40, 0xDF, 0xE3, 0x00, 0x0F, 640, 480, 16 },  /* 12h */
		{ 0x63, 0x01, 0x4F, 0x41, 0x8F, 0xA3, 0x40, 0x0F, 320, 200, 256 }, /* 13h */
	};
	struct vvga *vga = *state;
	struct display_mode mode;
	struct display_text text;

	for (unsigned i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		vga->s.seq[1] = modes[i].clocking;
		vga->s.crtc[1] = modes[i].end;
		vga->s.crtc[7] = VGA_CRTC_OVERFLOW_VDE8; /* all of them have 257 to 512 lines */
		vga->s.crtc[9] = modes[i].max_scan;
		vga->s.crtc[0x12] = modes[i].vde;
		vga->s.crtc[0x17] = modes[i].mode_control;
		vga->s.gc[5] = modes[i].gc5;
		vga->s.gc[6] = 0x05;
		vga->s.ac[0x12] = modes[i].planes;
		vvga_mode_summary(vga, &mode);
		assert_true(mode.graphics);
		assert_int_equal(mode.width, modes[i].width);
		assert_int_equal(mode.height, modes[i].height);
		assert_int_equal(mode.colors, modes[i].colors);
		assert_false(vvga_text(vga, &text));
	}
}

/* Another adapter writes as the guest did only where that is all of the picture. */
static void how_a_display_writes(void **state)
{
	struct vvga *vga = *state;

	planar(vga);
	assert_int_equal(vvga_access(vga), DISPLAY_VGA_PLANAR);
	indexed(vga, 0x3C4, 4, 0x0E);
	assert_int_equal(vvga_access(vga), DISPLAY_VGA_CHAINED);
	indexed(vga, 0x3C4, 4, 0x02);
	indexed(vga, 0x3CE, 6, 0x0F);            /* mode 4 */
	assert_int_equal(vvga_access(vga), DISPLAY_VGA_ODD_EVEN);
	indexed(vga, 0x3CE, 6, 0x0D);
	assert_int_equal(vvga_access(vga), DISPLAY_VGA_PLANAR);
	indexed(vga, 0x3CE, 6, 0x07);            /* an EGA's mode 0Fh in 64 KB */
	assert_int_equal(vvga_access(vga), DISPLAY_VGA_PLANAR);
	indexed(vga, 0x3CE, 6, 0x0F);
	out(vga, 0x3C2, 0x43);
	assert_int_equal(vvga_access(vga), DISPLAY_VGA_PLANAR);
}

/* --- state --- */

static void save_and_load(void **state)
{
	struct vvga *vga = *state;
	struct vvga_state saved, again;

	mode3(vga);
	indexed(vga, 0x3D4, 0x11, 0x9E);
	out(vga, 0x3C7, 7);
	(void)in(vga, 0x3C9);
	saved = vga->s;
	vvga_reset(vga);
	assert_int_equal(vvga_load(vga, &saved), E_OK);
	again = vga->s;
	assert_memory_equal(&saved, &again, sizeof(saved));
	assert_true(deadline_ns == saved.interrupt_ns);
	saved.dac_component = 3;
	assert_int_equal(vvga_load(vga, &saved), E_DAMAGED);
	saved.version++;
	assert_int_equal(vvga_load(vga, &saved), E_VERSION);
}

static void any_register_content_is_harmless(void **state)
{
	struct vvga *vga = *state;
	struct text_sink sink = { .sink.put = text_put };
	struct display_text text;
	struct display_mode mode;
	struct vvga_window window;
	volatile unsigned sum = 0;

	srand(8514);
	for (unsigned round = 0; round < 3000; round++) {
		for (unsigned i = 0; i < 60; i++)
			out(vga, VGA_BASE + rand() % 0x40, rand());
		for (unsigned i = 0; i < 20; i++) {
			(void)in(vga, VGA_BASE + rand() % 0x40);
			vvga_write(vga, rand() % 0x21000, rand());
			sum += vvga_read(vga, rand() % 0x21000);
		}
		now_ns += rand() % 20000000;
		if (now_ns >= deadline_ns)
			vvga_expire(vga, now_ns);
		vvga_mode_summary(vga, &mode);
		assert_true(mode.width && mode.height && mode.colors);
		vvga_window(vga, &window);
		assert_true(window.linear_size == 0 || (window.linear >= window.claimed &&
			    window.linear + window.linear_size <= window.claimed + window.claimed_size));
		assert_true(window.memory_offset + window.linear_size <= VVGA_MEMORY_SIZE);
		if (!vvga_text(vga, &text))
			continue;
		assert_true(text.rows && text.columns && text.split_row <= text.rows);
		assert_true(text.cursor_first <= text.cursor_last && text.cursor_last < text.cell_height);
		if (text.cursor_visible)
			assert_true(text.cursor_column < text.columns && text.cursor_row < text.rows);
		for (unsigned row = 0; row < text.rows; row++) {
			sum += text.cells[2 * display_cell(&text, 0, row)];
			sum += text.cells[2 * display_cell(&text, text.columns - 1, row) + 1];
		}
		sum += text.font[0][0] + text.font[1][DISPLAY_GLYPHS * DISPLAY_GLYPH_SIZE - 1];
	}
	vvga_describe(vga, &sink.sink);
	assert_true(sink.n > 200);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(misc_selects_color_or_mono_ports), T(registers_hold_the_bits_that_exist),
		T(protect_bit_guards_crtc_0_to_7_but_line_compare), T(attribute_flip_flop),
		T(dac_write_and_read_cycles), T(incomplete_dac_write_is_dropped),
		T(subsystem_enable_gates_everything), T(retrace_at_70_hertz), T(counts_of_two_lines), T(vertical_interrupt),
		T(text_window_is_linear), T(window_traps_when_it_is_not_plain), T(font_load_into_plane_2),
		T(write_mode_0), T(write_modes_1_to_3), T(read_mode_1_compares), T(chain_4),
		T(planes_do_not_overlap), T(pages_come_when_written), T(text_mode_3_as_a_display_sees_it),
		T(fifty_lines_and_split_screen), T(palette_selection), T(graphics_modes_are_named), T(how_a_display_writes),
		T(save_and_load), T(any_register_content_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
