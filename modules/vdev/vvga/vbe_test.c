/* The virtual VGA's extension: registers, banks, planes and dots, the picture, and what is refused.
 *
 * Read: Bochs, "VBE Display API". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vvga.h"

enum { SCREEN_ON = VGA_AC_INDEX_PAS, NO_PAGES = 1000 };

struct adapter {
	struct vvga chip;
	uint8_t memory[VVGA_MEMORY_SIZE];
	uint8_t *pages[VVGA_VBE_PAGES];
	unsigned made, most;            /* pages that there are, and may be */
	unsigned remaps;
};

static uint64_t time_ns;

static uint64_t now(void *of) { (void)of; return time_ns; }
static void arm(void *of, uint64_t at) { (void)of; (void)at; }
static void remap(void *of) { ((struct adapter *)of)->remaps++; }

static uint8_t *page(void *of, unsigned n, bool make)
{
	struct adapter *a = of;

	assert_true(n < VVGA_VBE_PAGES);
	if (!a->pages[n] && make && a->made < a->most) {
		a->pages[n] = calloc(1, VVGA_PAGE_SIZE);
		a->made++;
	}
	return a->pages[n];
}

static int setup(void **state)
{
	struct adapter *a = calloc(1, sizeof *a);

	a->most = NO_PAGES;
	a->chip.memory = a->memory;
	a->chip.vbe_page = page;
	a->chip.remap = remap;
	a->chip.of = a;
	a->chip.clock = (struct clock){ .now = now, .arm = arm };
	vvga_reset(&a->chip);
	*state = a;
	return 0;
}

static int teardown(void **state)
{
	struct adapter *a = *state;

	for (unsigned n = 0; n < VVGA_VBE_PAGES; n++)
		free(a->pages[n]);
	free(a);
	return 0;
}

static void put(struct adapter *a, uint16_t index, uint16_t value)
{
	vvga_vbe_out(&a->chip, DISPI_INDEX, index);
	vvga_vbe_out(&a->chip, DISPI_DATA, value);
}

static uint16_t get(struct adapter *a, uint16_t index)
{
	vvga_vbe_out(&a->chip, DISPI_INDEX, index);
	return vvga_vbe_in(&a->chip, DISPI_DATA);
}

static void indexed(struct adapter *a, unsigned port, uint8_t index, uint8_t value)
{
	vvga_out(&a->chip, port, index);
	vvga_out(&a->chip, port + 1, value);
}

/* A VGA's registers for planes at A0000h, or with `chain` for dots in a row; then the extension. */
static void mode(struct adapter *a, uint16_t xres, uint16_t yres, uint16_t bpp, uint16_t flags)
{
	vvga_out(&a->chip, VGA_MISC_WRITE, VGA_MISC_COLOR | VGA_MISC_RAM);
	indexed(a, VGA_SEQ_INDEX, VGA_SEQ_MAP_MASK, 0x0F);
	indexed(a, VGA_SEQ_INDEX, VGA_SEQ_MEMORY, bpp == 8 ? 0x0E : 0x06);
	indexed(a, VGA_GC_INDEX, VGA_GC_MISC, 0x05);
	indexed(a, VGA_GC_INDEX, VGA_GC_BIT_MASK, 0xFF);
	for (unsigned i = 0; i < VGA_AC_PALETTE; i++) {
		vvga_out(&a->chip, VGA_AC_INDEX, (uint8_t)i);
		vvga_out(&a->chip, VGA_AC_INDEX, (uint8_t)(0x20 | i));
	}
	vvga_out(&a->chip, VGA_AC_INDEX, VGA_AC_PLANES);
	vvga_out(&a->chip, VGA_AC_INDEX, 0x0F);
	vvga_out(&a->chip, VGA_AC_INDEX, SCREEN_ON);
	put(a, DISPI_ENABLE, 0);
	put(a, DISPI_XRES, xres);
	put(a, DISPI_YRES, yres);
	put(a, DISPI_BPP, bpp);
	put(a, DISPI_ENABLE, DISPI_ENABLE_ON | flags);
}

static void test_identity_and_limits(void **state)
{
	struct adapter *a = *state;

	assert_int_equal(get(a, DISPI_ID), 0xB0C5);
	put(a, DISPI_ID, 0xB0C2);
	assert_int_equal(get(a, DISPI_ID), 0xB0C2);
	put(a, DISPI_ID, 0x1234);
	assert_int_equal(get(a, DISPI_ID), 0xB0C2);
	assert_int_equal(get(a, DISPI_MEMORY_64K), 16);
	put(a, DISPI_MEMORY_64K, 1);
	assert_int_equal(get(a, DISPI_MEMORY_64K), 16);
	put(a, DISPI_ENABLE, DISPI_ENABLE_LIMITS);
	assert_int_equal(get(a, DISPI_XRES), 1024);
	assert_int_equal(get(a, DISPI_YRES), 768);
	assert_int_equal(get(a, DISPI_BPP), 8);
	put(a, DISPI_ENABLE, 0);
	assert_int_equal(get(a, DISPI_XRES), 0);
	assert_int_equal(get(a, 0x7FFF), 0);
	put(a, 0x7FFF, 1);
	assert_int_equal(vvga_vbe_in(&a->chip, DISPI_INDEX), 0x7FFF);
}

static void test_pictures_that_cannot_be_stay_off(void **state)
{
	static const uint16_t wrong[][3] = {
		{ 0, 480, 8 }, { 640, 0, 8 }, { 640, 480, 0 }, { 640, 480, 16 }, { 641, 480, 8 },
		{ 1032, 480, 8 }, { 640, 769, 8 }, { 0xFFF8, 0xFFFF, 4 },
	};
	struct adapter *a = *state;
	struct vvga without = a->chip;

	for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		mode(a, wrong[i][0], wrong[i][1], wrong[i][2], 0);
		assert_false(vvga_vbe_on(&a->chip));
		assert_int_equal(get(a, DISPI_ENABLE), 0);
		put(a, DISPI_BANK, 1);
		assert_int_equal(get(a, DISPI_BANK), 0);
	}
	mode(a, 640, 480, 8, 0);
	assert_true(vvga_vbe_on(&a->chip));
	without.vbe_page = NULL;
	assert_int_equal(vvga_vbe_in(&without, DISPI_INDEX), 0xFFFF);
	vvga_vbe_out(&without, DISPI_INDEX, DISPI_ENABLE);
	vvga_vbe_out(&without, DISPI_DATA, DISPI_ENABLE_ON);
	assert_false(vvga_vbe_on(&without));
}

static void test_banks_of_dots(void **state)
{
	struct adapter *a = *state;
	struct vvga_window window;

	mode(a, 1024, 768, 8, 0);
	for (uint16_t bank = 0; bank < 16; bank++) {
		put(a, DISPI_BANK, bank);
		assert_int_equal(get(a, DISPI_BANK), bank);
		vvga_window(&a->chip, &window);
		assert_int_equal(window.linear_size, 0x10000);
		assert_int_equal(window.memory_offset, VVGA_MEMORY_SIZE + bank * 0x10000);
		vvga_write(&a->chip, 0x0003, (uint8_t)(bank + 1));
		vvga_write(&a->chip, 0xFFFF, (uint8_t)(bank + 101));
	}
	for (uint16_t bank = 0; bank < 16; bank++) {
		put(a, DISPI_BANK, bank);
		assert_int_equal(vvga_read(&a->chip, 3), bank + 1);
		assert_int_equal(a->pages[bank * 16][3], bank + 1);
		assert_int_equal(a->pages[bank * 16 + 15][0xFFF], bank + 101);
		assert_int_equal(vvga_read(&a->chip, 0x7000), 0);
	}
	assert_int_equal(a->made, 32);
	put(a, DISPI_BANK, 16);
	assert_int_equal(get(a, DISPI_BANK), 15);
	put(a, DISPI_BANK, DISPI_BANK_WRITE | DISPI_BANK_READ | 3);
	assert_int_equal(get(a, DISPI_BANK), 3);
	for (unsigned i = 0; i < VVGA_MEMORY_SIZE; i++)
		assert_int_equal(a->memory[i], 0);
}

/* Write modes, map mask and latches are the VGA's. */
static void test_banks_of_planes(void **state)
{
	struct adapter *a = *state;
	struct vvga_window window;
	uint8_t colors[1024];

	mode(a, 1024, 768, 4, 0);
	vvga_window(&a->chip, &window);
	assert_int_equal(window.linear_size, 0);
	indexed(a, VGA_GC_INDEX, VGA_GC_MODE, 2);
	put(a, DISPI_BANK, 1);
	vvga_write(&a->chip, 5, 0x0A);               /* line 512, dots 40-47 */
	vvga_fill(&a->chip, 8, 0x05, 1, 4);
	put(a, DISPI_BANK, 3);
	vvga_write(&a->chip, 0xFFFF, 0x0F);
	put(a, DISPI_BANK, 4);
	assert_int_equal(get(a, DISPI_BANK), 3);
	vvga_line(&a->chip, 512, colors);
	assert_int_equal(colors[39], 0x20);
	for (unsigned x = 40; x < 48; x++)
		assert_int_equal(colors[x], 0x2A);
	assert_int_equal(colors[63], 0x20);
	assert_int_equal(colors[64], 0x25);
	assert_int_equal(colors[95], 0x25);
	assert_int_equal(colors[96], 0x20);
	put(a, DISPI_BANK, 1);
	indexed(a, VGA_GC_INDEX, VGA_GC_READ_MAP, 3);
	assert_int_equal(vvga_read(&a->chip, 5), 0xFF);
	indexed(a, VGA_GC_INDEX, VGA_GC_MODE, 1);
	put(a, DISPI_BANK, 0);                       /* the latches outlast the bank */
	vvga_write(&a->chip, 0, 0);
	vvga_line(&a->chip, 0, colors);
	assert_int_equal(colors[0], 0x2A);
	assert_int_equal(colors[8], 0x20);
}

static void test_picture_and_where_it_begins(void **state)
{
	struct adapter *a = *state;
	struct display_raster raster;
	struct display_mode summary;
	struct display_text text;
	uint8_t colors[1024];

	mode(a, 800, 600, 8, 0);
	vvga_raster(&a->chip, &raster);
	assert_int_equal(raster.width, 800);
	assert_int_equal(raster.height, 600);
	assert_int_equal(raster.dot_width, 1);
	assert_int_equal(raster.dot_height, 1);
	vvga_mode_summary(&a->chip, &summary);
	assert_true(summary.graphics);
	assert_int_equal(summary.width, 800);
	assert_int_equal(summary.height, 600);
	assert_int_equal(summary.colors, 256);
	assert_false(vvga_text(&a->chip, &text));
	assert_int_equal(get(a, DISPI_VIRT_WIDTH), 800);
	assert_int_equal(get(a, DISPI_VIRT_HEIGHT), 0x100000 / 800);
	put(a, DISPI_VIRT_WIDTH, 799);
	assert_int_equal(get(a, DISPI_VIRT_WIDTH), 800);
	put(a, DISPI_VIRT_WIDTH, 0xFFFF);
	assert_int_equal(get(a, DISPI_VIRT_WIDTH), 800);
	put(a, DISPI_VIRT_WIDTH, 900);
	assert_int_equal(get(a, DISPI_VIRT_WIDTH), 896);
	put(a, DISPI_VIRT_WIDTH, 8);
	assert_int_equal(get(a, DISPI_VIRT_WIDTH), 800);
	put(a, DISPI_VIRT_WIDTH, 1029);
	assert_int_equal(get(a, DISPI_VIRT_WIDTH), 1024);
	assert_int_equal(get(a, DISPI_VIRT_HEIGHT), 1024);
	vvga_write(&a->chip, 1024 * 3 + 10, 77);
	put(a, DISPI_X_OFFSET, 9);
	put(a, DISPI_Y_OFFSET, 2);
	vvga_line(&a->chip, 1, colors);
	assert_int_equal(colors[0], 0);
	assert_int_equal(colors[1], 77);
	put(a, DISPI_X_OFFSET, 225);
	assert_int_equal(get(a, DISPI_X_OFFSET), 9);
	put(a, DISPI_Y_OFFSET, 425);
	assert_int_equal(get(a, DISPI_Y_OFFSET), 2);
	put(a, DISPI_Y_OFFSET, 424);
	assert_int_equal(get(a, DISPI_Y_OFFSET), 424);
	put(a, DISPI_VIRT_WIDTH, 808);               /* dots 9 to 808 would be cut off */
	assert_int_equal(get(a, DISPI_VIRT_WIDTH), 1024);
	indexed(a, VGA_SEQ_INDEX, VGA_SEQ_CLOCKING, VGA_SEQ_CLOCKING_OFF);
	put(a, DISPI_Y_OFFSET, 2);
	vvga_line(&a->chip, 1, colors);
	assert_int_equal(colors[1], 0);
}

static void test_memory_kept_or_cleared(void **state)
{
	struct adapter *a = *state;

	mode(a, 640, 400, 8, 0);
	vvga_write(&a->chip, 100, 42);
	put(a, DISPI_XRES, 800);                     /* not while it is on */
	assert_int_equal(get(a, DISPI_XRES), 640);
	put(a, DISPI_ENABLE, DISPI_ENABLE_ON);       /* it was */
	assert_int_equal(vvga_read(&a->chip, 100), 42);
	put(a, DISPI_ENABLE, 0);
	assert_int_equal(vvga_read(&a->chip, 100), 0);
	vvga_write(&a->chip, 100, 43);
	mode(a, 640, 480, 8, DISPI_ENABLE_KEEP);
	assert_int_equal(vvga_read(&a->chip, 100), 42);
	mode(a, 640, 480, 8, 0);
	assert_int_equal(vvga_read(&a->chip, 100), 0);
	put(a, DISPI_ENABLE, 0);
	assert_int_equal(vvga_read(&a->chip, 100), 43);
}

static void test_no_memory(void **state)
{
	struct adapter *a = *state;

	a->most = 1;
	mode(a, 640, 480, 8, 0);
	vvga_write(&a->chip, 0, 1);
	vvga_write(&a->chip, 0x1000, 2);
	vvga_write(&a->chip, 0x2000, 0);
	assert_int_equal(vvga_read(&a->chip, 0), 1);
	assert_int_equal(vvga_read(&a->chip, 0x1000), 0);
}

/* Status as a program polls it that waits for retraces: a frame's rate, how much of it is shown, and how long
 * vertical sync takes. VESA, "Monitor Timing Specifications". */
static void test_raster(void **state)
{
	static const struct { uint16_t xres, yres; unsigned hz, lines; } modes[] = {
		{ 320, 200, 70, 400 }, { 640, 400, 70, 400 }, { 640, 480, 60, 480 }, { 800, 600, 60, 600 },
		{ 1024, 768, 60, 768 },
	};
	struct adapter *a = *state;

	for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++) {
		unsigned frames = 0, shown = 0, sync = 0, lines = 0, polls = 1000000;
		uint8_t status, before = VGA_STATUS1_V_SYNC;

		mode(a, modes[i].xres, modes[i].yres, 8, 0);
		for (unsigned n = 0; n < polls; n++, time_ns += 1000, before = status) {
			status = vvga_in(&a->chip, VGA_COLOR_STATUS1);
			frames += status & ~before & VGA_STATUS1_V_SYNC ? 1 : 0;
			lines += ~status & before & VGA_STATUS1_NOT_DISPLAY ? 1 : 0;
			sync += status & VGA_STATUS1_V_SYNC ? 1 : 0;
			shown += status & VGA_STATUS1_NOT_DISPLAY ? 0 : 1;
		}
		assert_in_range(frames, modes[i].hz, modes[i].hz + 1);
		assert_in_range(lines / frames, modes[i].lines - modes[i].lines / 50, modes[i].lines + modes[i].lines / 50);
		assert_in_range(shown, polls * 65 / 100, polls * 75 / 100);
		assert_in_range(sync, polls * 3 / 1000, polls * 8 / 1000);
	}
}

/* What a display is told: colours behind the attribute controller, and pages that were written. */
static void test_told_to_a_display(void **state)
{
	struct adapter *a = *state;
	struct display_vbe vbe;

	assert_false(vvga_vbe_picture(&a->chip, &vbe));
	mode(a, 800, 600, 4, 0);
	assert_true(a->chip.vbe_changed[VVGA_VBE_PAGES / 32 - 1] == ~0u);   /* cleared */
	memset(a->chip.vbe_changed, 0, sizeof a->chip.vbe_changed);
	put(a, DISPI_VIRT_WIDTH, 1024);
	put(a, DISPI_X_OFFSET, 16);
	put(a, DISPI_Y_OFFSET, 3);
	put(a, DISPI_BANK, 3);
	vvga_write(&a->chip, 0x0400, 1);
	assert_true(vvga_vbe_picture(&a->chip, &vbe));
	assert_int_equal(vbe.bits, 4);
	assert_int_equal(vbe.colors[5], 0x25);
	assert_int_equal(vbe.width, 800);
	assert_int_equal(vbe.height, 600);
	assert_int_equal(vbe.line, 1024);
	assert_int_equal(vbe.x, 16);
	assert_int_equal(vbe.y, 3);
	assert_false(vbe.dark);
	for (unsigned n = 0; n < VVGA_VBE_PAGES; n++)
		assert_int_equal(a->chip.vbe_changed[n / 32] >> n % 32 & 1, n == 3 * 64 + 1);
}

static void test_saved_states(void **state)
{
	struct adapter *a = *state;
	struct vvga_state saved, bad;

	mode(a, 1024, 768, 4, 0);
	put(a, DISPI_BANK, 2);
	saved = a->chip.s;
	vvga_reset(&a->chip);
	assert_false(vvga_vbe_on(&a->chip));
	assert_int_equal(vvga_load(&a->chip, &saved), E_OK);
	assert_true(vvga_vbe_on(&a->chip));
	assert_int_equal(get(a, DISPI_BANK), 2);
	for (unsigned i = 0; i < DISPI_REGS; i++) {
		bad = saved;
		bad.vbe[i] = i == DISPI_ENABLE ? DISPI_ENABLE_ON : 0xFFFE;
		if (i != DISPI_ENABLE)
			assert_int_equal(vvga_load(&a->chip, &bad), E_DAMAGED);
	}
	bad = saved;
	bad.vbe[DISPI_ENABLE] = 0;                   /* with a bank */
	assert_int_equal(vvga_load(&a->chip, &bad), E_DAMAGED);
	a->chip.vbe_page = NULL;
	assert_int_equal(vvga_load(&a->chip, &saved), E_DAMAGED);
}

/* Random words to random registers, bytes to memory: pictures stay in memory. */
static void test_random_registers(void **state)
{
	struct adapter *a = *state;
	uint32_t random = 1;
	uint8_t colors[1024];

	mode(a, 640, 480, 8, 0);
	for (unsigned i = 0; i < 200000; i++) {
		struct display_raster raster;

		random = random * 1664525u + 1013904223u;
		if (random >> 24 < 160) {
			put(a, random >> 8 & 15, (uint16_t)(random >> 28 ? random >> 12 & 0x7FF : random >> 12));
		} else if (random >> 24 < 220) {
			vvga_write(&a->chip, random >> 4 & 0x1FFFF, (uint8_t)random);
		} else if (random >> 24 < 230) {
			mode(a, (uint16_t)(random >> 4 & 0x7F8), (uint16_t)(random >> 12 & 0x3FF), random & 1 ? 4 : 8,
			     (uint16_t)(random & DISPI_ENABLE_KEEP));
		} else if (vvga_vbe_on(&a->chip)) {
			vvga_raster(&a->chip, &raster);
			assert_true(raster.width && raster.width <= 1024 && raster.height && raster.height <= 768);
			vvga_line(&a->chip, raster.height - 1, colors);
			vvga_line(&a->chip, random % raster.height, colors);
		}
		assert_true(vvga_vbe_is_sane(&a->chip.s));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_identity_and_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pictures_that_cannot_be_stay_off, setup, teardown),
		cmocka_unit_test_setup_teardown(test_banks_of_dots, setup, teardown),
		cmocka_unit_test_setup_teardown(test_banks_of_planes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_picture_and_where_it_begins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory_kept_or_cleared, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_raster, setup, teardown),
		cmocka_unit_test_setup_teardown(test_told_to_a_display, setup, teardown),
		cmocka_unit_test_setup_teardown(test_saved_states, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random_registers, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
