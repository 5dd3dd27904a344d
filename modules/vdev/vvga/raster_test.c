/* Pictures of the virtual VGA worked out by hand, for what few programs do. Section names are those of IBM PS/2 Hardware
 * Interface Technical Reference, Video Subsystems (1992), unless said otherwise. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vvga.h"

static uint64_t no_time(void *of) { (void)of; return 0; }
static void no_alarm(void *of, uint64_t deadline) { (void)of; (void)deadline; }

static void out(struct vvga *vga, unsigned port, uint8_t value) { vvga_out(vga, port - VGA_BASE, value); }

static void indexed(struct vvga *vga, unsigned port, uint8_t index, uint8_t value)
{
	out(vga, port, index);
	out(vga, port + 1, value);
}

static void attribute(struct vvga *vga, uint8_t index, uint8_t value)
{
	(void)vvga_in(vga, VGA_COLOR_STATUS1);
	out(vga, 0x3C0, index | 0x20);
	out(vga, 0x3C0, value);
}

/* Mode 12h as far as the picture goes, with colours that are the dots' numbers; but 64 dots and 8 lines. */
static void mode12(struct vvga *vga)
{
	out(vga, 0x3C2, 0xE3);
	indexed(vga, 0x3C4, 1, 0x01);
	indexed(vga, 0x3C4, 2, 0x0F);
	indexed(vga, 0x3C4, 4, 0x06);
	indexed(vga, 0x3CE, 5, 0x00);
	indexed(vga, 0x3CE, 6, 0x05);
	indexed(vga, 0x3CE, 8, 0xFF);
	indexed(vga, 0x3D4, 0x01, 7);
	indexed(vga, 0x3D4, 0x07, 0x10);
	indexed(vga, 0x3D4, 0x09, 0x40);
	indexed(vga, 0x3D4, 0x12, 7);
	indexed(vga, 0x3D4, 0x13, 4);
	indexed(vga, 0x3D4, 0x17, 0xE3);
	indexed(vga, 0x3D4, 0x18, 0xFF);
	for (unsigned i = 0; i < 16; i++)
		attribute(vga, (uint8_t)i, (uint8_t)i);
	attribute(vga, 0x10, 0x01);
	attribute(vga, 0x12, 0x0F);
}

static int setup(void **state)
{
	struct vvga *vga = calloc(1, sizeof *vga);

	vga->memory = calloc(1, VVGA_MEMORY_SIZE);
	vga->clock = (struct clock){ .now = no_time, .arm = no_alarm };
	vvga_reset(vga);
	mode12(vga);
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

static void put_planes(struct vvga *vga, uint32_t at, uint8_t p0, uint8_t p1, uint8_t p2, uint8_t p3)
{
	const uint8_t values[4] = { p0, p1, p2, p3 };

	for (unsigned p = 0; p < 4; p++) {
		indexed(vga, 0x3C4, 2, (uint8_t)(1 << p));
		vvga_write(vga, at, values[p]);
	}
	indexed(vga, 0x3C4, 2, 0x0F);
}

/* Dots from `first` on, a hexadecimal digit each. */
static void expect_dots(const struct vvga *vga, unsigned y, unsigned first, const char *digits)
{
	static uint8_t colors[DISPLAY_RASTER_WIDTH];

	vvga_line(vga, y, colors);
	for (unsigned i = 0; digits[i]; i++) {
		const char digit[2] = { digits[i], 0 };

		assert_int_equal(colors[first + i], strtoul(digit, NULL, 16));
	}
}

static void shift_four(void **state)
{
	struct vvga *vga = *state; /* "Clocking Mode Register", Shift 4; "CRT Mode Control", "Underline Location" */

	put_planes(vga, 0, 0x80, 0x40, 0x01, 0xFF);
	put_planes(vga, 1, 0x01, 0x00, 0x00, 0x00);
	expect_dots(vga, 0, 0, "9a88888c" "00000001" "00000000");
	/* Four bytes chained: after eight dots each serializer has what the next one had. */
	indexed(vga, 0x3C4, 1, 0x11);
	indexed(vga, 0x3D4, 0x14, 0x20);        /* Count By 4 */
	expect_dots(vga, 0, 0, "9a88888c" "c5444446" "6a222223" "35111119" "00000001" "00000008" "00000004" "00000002");
	/* Counting on at every character instead, all but every fourth address is passed over. */
	indexed(vga, 0x3D4, 0x14, 0x00);
	expect_dots(vga, 0, 0, "9a88888c" "c5444446" "6a222223" "35111119" "00000000");
	/* Panning begins in the middle of what was loaded. */
	attribute(vga, 0x13, 0x07);
	expect_dots(vga, 0, 0, "c" "c5444446" "6a222223" "35111119" "00000000");
}

/* Options and Adapters Technical Reference, "Enhanced Graphics Adapter": mode 10h in 64 KB. Two planes of two maps each;
 * even and odd addresses are those of the two. */
static void shift_load(void **state)
{
	struct vvga *vga = *state;

	indexed(vga, 0x3C4, 1, 0x05);
	indexed(vga, 0x3D4, 0x17, 0xEB);        /* Count By 2 */
	attribute(vga, 0x12, 0x05);
	put_planes(vga, 0, 0x80, 0x40, 0x80, 0x01);
	put_planes(vga, 1, 0xFF, 0x00, 0x00, 0x00);
	expect_dots(vga, 0, 0, "50000000" "01000004" "11111111" "00000000");
	/* The CGA's dots and those of 256 colours go through the same serializers. */
	attribute(vga, 0x12, 0x0F);
	indexed(vga, 0x3CE, 5, 0x20);
	put_planes(vga, 0, 0x1B, 0x00, 0x00, 0x00);
	expect_dots(vga, 0, 0, "01230000" "08190000");
	indexed(vga, 0x3CE, 5, 0x40);
	put_planes(vga, 0, 0x12, 0x34, 0x56, 0x78);
	expect_dots(vga, 0, 0, "12345678" "8192a3b4");
}

static void blinking_graphics(void **state)
{
	struct vvga *vga = *state; /* "Attribute Mode Control Register", Enable Blink */

	/* Dots 0 to 7 and 8 to 15. */
	put_planes(vga, 0, 0x55, 0x33, 0x0F, 0x00);
	put_planes(vga, 1, 0x55, 0x33, 0x0F, 0xFF);
	expect_dots(vga, 0, 0, "01234567" "89abcdef");
	/* Bit 3 is 1 where plane 3 is 0; where that is 1, it blinks, and is shown 0. */
	attribute(vga, 0x10, 0x09);
	expect_dots(vga, 0, 0, "89abcdef" "01234567");
	/* Mode 0Fh ("BIOS Initialization"): a plane is video, another one intensity or blinking; bit 3 blinks everywhere. */
	attribute(vga, 0x12, 0x05);
	attribute(vga, 0x10, 0x0B);
	expect_dots(vga, 0, 0, "01014545" "01014545");
}

static void doubleword_addresses(void **state)
{
	struct vvga *vga = *state; /* "CRT Mode Control Register", the table of addresses */

	indexed(vga, 0x3D4, 0x14, 0x40);
	put_planes(vga, 0x0000, 0x0F, 0, 0, 0);
	put_planes(vga, 0x0004, 0, 0x0F, 0, 0);
	put_planes(vga, 0x4001, 0, 0, 0x0F, 0);
	put_planes(vga, 0xC003, 0, 0, 0, 0x0F);
	put_planes(vga, 0x4000, 0xFF, 0xFF, 0xFF, 0xFF);
	expect_dots(vga, 0, 0, "00001111" "00002222" "00000000");
	indexed(vga, 0x3D4, 0x0C, 0x10);        /* count 1000h: bit 12 */
	expect_dots(vga, 0, 0, "00004444");
	indexed(vga, 0x3D4, 0x0C, 0x30);
	expect_dots(vga, 0, 0, "00008888");
	/* Chain 4 comes to the same bytes, from address bits 14 and 15. */
	indexed(vga, 0x3C4, 4, 0x0E);
	assert_int_equal(vvga_read(vga, 0x4002), 0x0F);
	assert_int_equal(vvga_read(vga, 0xC003), 0x0F);
	vvga_write(vga, 0xC001, 0xF0);
	expect_dots(vga, 0, 0, "22228888");
}

static void page_bit(void **state)
{
	struct vvga *vga = *state; /* "Miscellaneous Output Register", Page Bit; "Miscellaneous Register", Odd/Even */
	struct vvga_window window;

	indexed(vga, 0x3C4, 4, 0x02);
	indexed(vga, 0x3CE, 5, 0x10);
	indexed(vga, 0x3C4, 2, 0x03);
	indexed(vga, 0x3CE, 6, 0x0F);
	out(vga, 0x3C2, 0x63);
	vvga_write(vga, 0x18000, 0x81);
	vvga_write(vga, 0x18001, 0x42);
	out(vga, 0x3C2, 0x43);
	assert_int_equal(vvga_read(vga, 0x18000), 0);
	vvga_write(vga, 0x18000, 0x24);
	vvga_write(vga, 0x18001, 0x18);
	/* Either page is plain memory. */
	vvga_window(vga, &window);
	assert_int_equal(window.linear_size, 0x8000);
	assert_memory_equal(vga->memory + window.memory_offset, "\x24\x18", 2);
	out(vga, 0x3C2, 0x63);
	vvga_window(vga, &window);
	assert_int_equal(window.linear_size, 0x8000);
	assert_memory_equal(vga->memory + window.memory_offset, "\x81\x42", 2);
	/* In 128 KB address bit 16 takes its place, whatever the page bit is. */
	indexed(vga, 0x3CE, 6, 0x03);
	assert_int_equal(vvga_read(vga, 0x00001), 0x42);
	assert_int_equal(vvga_read(vga, 0x10000), 0x24);
	assert_int_equal(vvga_read(vga, 0x10001), 0x18);
	/* Without Chain Odd/Even address bit 0 is itself. */
	indexed(vga, 0x3CE, 6, 0x0D);
	assert_int_equal(vvga_read(vga, 0x18000), 0x81);
	assert_int_equal(vvga_read(vga, 0x18001), 0x18);
	vvga_window(vga, &window);
	assert_int_equal(window.linear_size, 0);
	/* The CRT controller comes to odd bytes from its bit 15, or 13. */
	mode12(vga);
	indexed(vga, 0x3D4, 0x17, 0xA3);
	expect_dots(vga, 0, 0, "12000021");
	indexed(vga, 0x3D4, 0x0C, 0x80);
	expect_dots(vga, 0, 0, "00122100");
	indexed(vga, 0x3D4, 0x17, 0x83);
	expect_dots(vga, 0, 0, "12000021");
	indexed(vga, 0x3D4, 0x0C, 0x20);
	indexed(vga, 0x3D4, 0x0D, 0x00);
	vvga_write(vga, 0x4001, 0x99);
	expect_dots(vga, 0, 0, "f00ff00f");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(shift_four), T(shift_load), T(blinking_graphics), T(doubleword_addresses), T(page_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
