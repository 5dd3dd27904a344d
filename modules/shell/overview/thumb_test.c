/* Small pictures of made-up large ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "thumb.h"

enum { ROWS = THUMB_LINES / 2, UNTOUCHED = 0xEE };

static struct thumb t;
static struct display_rgb palette[DISPLAY_PALETTE];
static uint8_t large[DISPLAY_RASTER_HEIGHT][640], attributes[ROWS + 1][THUMB_COLUMNS];

/* The sixteen text colours, then greys. */
static int setup(void **state)
{
	(void)state;
	for (int i = 0; i < 16; i++) {
		uint8_t low = i & 8 ? 85 : 0;

		palette[i] = (struct display_rgb){
			(uint8_t)(low + (i & 4 ? 170 : 0)), (uint8_t)(low + (i & 2 ? 170 : 0)), (uint8_t)(low + (i & 1 ? 170 : 0)),
		};
	}
	palette[6].green = 85;
	for (int i = 16; i < 256; i++)
		palette[i] = (struct display_rgb){ (uint8_t)i, (uint8_t)i, (uint8_t)i };
	memset(large, 0, sizeof large);
	memset(attributes, UNTOUCHED, sizeof attributes);
	return 0;
}

/* Returns how many lines were looked at. */
static unsigned draw(const struct display_raster *raster, unsigned columns, unsigned rows)
{
	unsigned lines = 1;

	thumb_begin(&t, raster, palette, columns, rows, attributes[0], THUMB_COLUMNS);
	for (;; lines++) {
		unsigned line = thumb_wants(&t);

		assert_true(line < raster->height);
		if (thumb_take(&t, large[line]))
			return lines;
		assert_true(lines < 4 * THUMB_LINES);
	}
}

static void one_colour_stays_itself(void **state)
{
	struct display_raster raster = { 640, 400, 1, 1 };

	(void)state;
	for (int color = 0; color < 16; color++) {
		memset(large, color, sizeof large);
		assert_int_equal(draw(&raster, 32, 10), 80);
		for (int row = 0; row < 10; row++)
			for (int column = 0; column < 32; column++)
				assert_int_equal(attributes[row][column], color * 17);
		assert_int_equal(attributes[0][32], UNTOUCHED);
		assert_int_equal(attributes[10][0], UNTOUCHED);
	}
}

static void each_dot_has_its_place(void **state)
{
	struct display_raster raster = { 640, 400, 2, 2 };

	(void)state;
	for (int y = 0; y < 400; y++)
		for (int x = 0; x < 640; x++)
			large[y][x] = (uint8_t)((x / 20 + y / 20 * 3) % 16);
	draw(&raster, 32, 10);
	for (int row = 0; row < 10; row++) {
		for (int column = 0; column < 32; column++) {
			assert_int_equal(attributes[row][column] & 15, (column + row * 6) % 16);
			assert_int_equal(attributes[row][column] >> 4, (column + row * 6 + 3) % 16);
		}
	}
}

static void a_thin_line_is_seen(void **state)
{
	struct display_raster raster = { 640, 480, 1, 1 };

	(void)state;
	for (int y = 0; y < 480; y++)
		large[y][300] = 10;
	draw(&raster, 32, 10);
	for (int row = 0; row < 10; row++) {
		assert_int_not_equal(attributes[row][15], 0);
		assert_int_equal(attributes[row][14], 0);
		assert_int_equal(attributes[row][16], 0);
	}
}

/* The dither's dots are as many as the grey is bright. */
static void what_lies_between_becomes_a_mixture(void **state)
{
	struct display_raster raster = { 640, 480, 1, 1 };
	int counts[16] = { 0 };

	(void)state;
	memset(large, 127, sizeof large); /* half way between 85 and 170 */
	draw(&raster, 32, 16);
	for (int row = 0; row < 16; row++) {
		for (int column = 0; column < 32; column++) {
			counts[attributes[row][column] & 15]++;
			counts[attributes[row][column] >> 4]++;
		}
	}
	assert_true(counts[7] > 400 && counts[8] > 400);
	assert_int_equal(counts[7] + counts[8], 1024);
}

/* Lines that are alike are looked at once; no picture is too small or too large. */
static void any_raster(void **state)
{
	struct display_raster twice = { 640, 400, 2, 20 };

	(void)state;
	assert_int_equal(draw(&twice, 32, 10), 20);
	srand(1);
	for (int y = 0; y < DISPLAY_RASTER_HEIGHT; y++)
		for (int x = 0; x < 640; x++)
			large[y][x] = (uint8_t)rand();
	for (int i = 0; i < 2000; i++) {
		struct display_raster raster = { .dot_width = (uint16_t)(1 + rand() % 4), .dot_height = 1 };

		raster.width = (uint16_t)(1 + rand() % 640);
		raster.height = (uint16_t)(1 + rand() % (i % 2 ? DISPLAY_RASTER_HEIGHT : 60));
		draw(&raster, 1 + (unsigned)rand() % THUMB_COLUMNS, 1 + (unsigned)rand() % ROWS);
	}
}

/* Sums hold as many dots as there can be, of the brightest colour. */
static void the_widest_raster(void **state)
{
	static uint8_t white[DISPLAY_RASTER_WIDTH];
	struct display_raster raster = { DISPLAY_RASTER_WIDTH, DISPLAY_RASTER_HEIGHT, 1, 1 };

	(void)state;
	memset(white, 255, sizeof white);
	for (unsigned columns = 1; columns <= 14; columns += 13) {
		thumb_begin(&t, &raster, palette, columns, 4, attributes[0], THUMB_COLUMNS);
		while (!thumb_take(&t, white))
			assert_true(thumb_wants(&t) < DISPLAY_RASTER_HEIGHT);
		for (unsigned column = 0; column < columns; column++)
			assert_int_equal(attributes[3][column], 0xFF);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_colour_stays_itself, setup),
		cmocka_unit_test_setup(each_dot_has_its_place, setup),
		cmocka_unit_test_setup(a_thin_line_is_seen, setup),
		cmocka_unit_test_setup(what_lies_between_becomes_a_mixture, setup),
		cmocka_unit_test_setup(any_raster, setup),
		cmocka_unit_test_setup(the_widest_raster, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
