#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "shot.h"

static uint8_t cells[4] = { 0xC4, 0x07, 'A', 0x10 | 0x02 };
static uint8_t font[DISPLAY_GLYPHS * DISPLAY_GLYPH_SIZE];

static void two_cells(void **state)
{
	struct display_text text = {
		.columns = 2, .rows = 1, .cell_width = 9, .cell_height = 16, .cells = cells, .pitch = 2,
		.cell_mask = 1, .split_row = 1, .cursor_column = 1, .cursor_visible = true,
		.cursor_first = 14, .cursor_last = 15, .blink = true, .line_graphics = true,
		.underline = DISPLAY_NO_LINE, .font = { font, font },
		.colors = { [1] = { 0, 0, 170 }, [2] = { 0, 170, 0 }, [7] = { 170, 170, 170 } },
	};
	static struct shot shot;
	uint8_t line[18 * 3];

	(void)state;
	font[0xC4 * DISPLAY_GLYPH_SIZE + 7] = 0xFF;
	font['A' * DISPLAY_GLYPH_SIZE + 7] = 0x81;
	shot_take(&shot, &text);
	assert_int_equal(shot_width(&shot), 18);
	assert_int_equal(shot_height(&shot), 16);
	shot_line(&shot, 7, line);
	for (int x = 0; x < 9; x++) /* the ninth dot of a line repeats the eighth */
		assert_int_equal(line[3 * x], 170);
	assert_memory_equal(line + 27, "\x00\xAA\x00\x00\x00\xAA", 6);
	assert_memory_equal(line + 27 + 21, "\x00\xAA\x00\x00\x00\xAA", 6);
	shot_line(&shot, 15, line);
	assert_memory_equal(line, "\0\0\0", 3);
	assert_memory_equal(line + 27 + 9, "\x00\xAA\x00", 3); /* the cursor */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(two_cells) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
