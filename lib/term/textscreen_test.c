#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <term/textscreen.h>

static uint8_t cells[2 * 64];
static struct display_text text = {
	.columns = 8, .rows = 3, .cells = cells, .start = 60, .pitch = 8, .cell_mask = 63, .split_row = 3,
};

static void put(unsigned cell, const char *codes)
{
	for (; *codes; codes++, cell++)
		cells[2 * (cell & 63)] = (uint8_t)*codes;
}

static void rows_wrap_and_split(void **state)
{
	uint8_t row[16];

	(void)state;
	memset(cells, 0, sizeof cells);
	put(60, "C:\\>dir");
	put(4, "next");
	put(0, "\xDA");
	assert_int_equal(textscreen_row(&text, 0, row, sizeof row), 7);
	assert_memory_equal(row, "C:\\>\xDA" "ir", 7);
	assert_int_equal(textscreen_row(&text, 1, row, 2), 2);
	assert_int_equal(textscreen_row(&text, 2, row, sizeof row), 0);
	assert_true(textscreen_find(&text, "C:\\>\xE2\x94\x8C"));
	assert_true(textscreen_find(&text, "next   "));
	assert_false(textscreen_find(&text, "next      "));
	assert_false(textscreen_find(&text, "dirn"));
	text.split_row = 2;
	assert_true(textscreen_row(&text, 2, row, sizeof row) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rows_wrap_and_split) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
