/* Which timings reach the monitor: those of the BIOS's modes and of programs that derive theirs from
 * them; and of random ones none whose frequencies are others. Values: IBM PS/2 and PC BIOS Interface
 * Technical Reference, "Video Parameter Table". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "picture.h"

static const struct timing {
	uint8_t misc, clocking, crtc[25];
} timings[] = {
	{ 0x63, 0x09, { 0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF, 0x1F, 0, 0xC1, 0, 0, 0, 0, 0, 0,
			0x9C, 0x8E, 0x8F, 0x14, 0x00, 0x96, 0xB9, 0xA2, 0xFF } },     /* 4 */
	{ 0xA3, 0x01, { 0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0, 0x40, 0, 0, 0, 0, 0, 0,
			0x83, 0x85, 0x5D, 0x28, 0x0F, 0x63, 0xBA, 0xE3, 0xFF } },     /* 10h */
	{ 0xE3, 0x01, { 0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0x0B, 0x3E, 0, 0x40, 0, 0, 0, 0, 0, 0,
			0xEA, 0x8C, 0xDF, 0x28, 0x00, 0xE7, 0x04, 0xE3, 0xFF } },     /* 12h */
	{ 0x63, 0x01, { 0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0, 0x41, 0, 0, 0, 0, 0, 0,
			0x9C, 0x8E, 0x8F, 0x28, 0x40, 0x96, 0xB9, 0xA3, 0xFF } },     /* 13h */
	{ 0xE7, 0x01, { 0x6B, 0x59, 0x5A, 0x8E, 0x5E, 0x8A, 0x0D, 0x3E, 0, 0x40, 0, 0, 0, 0, 0, 0,
			0xEA, 0xAC, 0xDF, 0x2D, 0x00, 0xE7, 0x06, 0xE3, 0xFF } },     /* 360 by 480 */
	{ 0x67, 0x00, { 0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0, 0x4F, 0, 0, 0, 0, 0, 0,
			0x9C, 0x8E, 0x8F, 0x28, 0x1F, 0x96, 0xB9, 0xA3, 0xFF } },     /* 3 */
};
enum { TIMINGS = sizeof timings / sizeof *timings };

static struct display_vga vga_of(const struct timing *timing)
{
	struct display_vga vga = { .misc = timing->misc };

	vga.seq[VGA_SEQ_CLOCKING] = timing->clocking;
	memcpy(vga.crtc, timing->crtc, sizeof vga.crtc);
	return vga;
}

static void usual_modes_fit(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TIMINGS; i++) {
		struct display_vga vga = vga_of(&timings[i]);

		assert_true(picture_fits(&vga));
	}
}

static void one_register_can_spoil_it(void **state)
{
	static const struct { uint8_t reg, value; } spoils[] = {
		{ 0x00, 0x00 }, { 0x00, 0x4F }, { 0x00, 0xFF }, { 0x04, 0x20 }, { 0x04, 0x7F }, { 0x06, 0x00 },
		{ 0x07, 0x00 }, { 0x07, 0xFF }, { 0x10, 0x10 }, { 0x17, 0x23 }, { 0x17, 0xA7 }, { 0x01, 0x70 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof spoils / sizeof *spoils; i++) {
		struct display_vga vga = vga_of(&timings[3]);

		vga.crtc[spoils[i].reg] = spoils[i].value;
		assert_false(picture_fits(&vga));
	}
	for (unsigned clock = 0; clock < 4; clock++) {
		struct display_vga vga = vga_of(&timings[3]);

		vga.misc = (uint8_t)((vga.misc & 0xF3) | clock << 2);
		assert_int_equal(picture_fits(&vga), clock == 0);
	}
	struct display_vga zero = { 0 };
	assert_false(picture_fits(&zero));
}

static double line_khz(const struct display_vga *vga)
{
	double dots = (vga->seq[1] & 1 ? 8 : 9) * (vga->seq[1] & 8 ? 2 : 1);

	return (vga->misc & 0x0C ? 28322 : 25175) / ((vga->crtc[0] + 5) * dots);
}

static void nothing_else_fits(void **state)
{
	unsigned fitted = 0;

	(void)state;
	srand(31);
	for (unsigned round = 0; round < 2000000; round++) {
		struct display_vga vga = vga_of(&timings[rand() % TIMINGS]);
		unsigned lines;

		for (unsigned n = 1 + rand() % 6; n; n--) {
			switch (rand() % 8) {
			case 0: vga.misc = (uint8_t)rand(); break;
			case 1: vga.seq[1] = (uint8_t)rand(); break;
			default: vga.crtc[rand() % 25] = (uint8_t)rand(); break;
			}
		}
		if (!picture_fits(&vga))
			continue;
		fitted++;
		lines = vga.crtc[6] + 256 * (vga.crtc[7] & 1) + 512 * (vga.crtc[7] >> 5 & 1) + 2;
		assert_true(line_khz(&vga) > 30.8 && line_khz(&vga) < 32.2);
		assert_true(line_khz(&vga) * 1000 / lines > 54 && line_khz(&vga) * 1000 / lines < 76);
	}
	assert_true(fitted > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual_modes_fit), cmocka_unit_test(one_register_can_spoil_it),
		cmocka_unit_test(nothing_else_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
