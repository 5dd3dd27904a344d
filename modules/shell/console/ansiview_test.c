/* What is sent goes into the terminal emulator of term.c: it must then look like the source,
 * attributes included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "ansiview.h"
#include "term.h"

static uint8_t source[2 * 2048], seen[2 * 2048];
static struct display_text text;
static struct ansiview view;
static struct term terminal;

static int setup(void **state)
{
	(void)state;
	memset(source, 0, sizeof source);
	for (int i = 1; i < 4096; i += 2)
		source[i] = 0x07;
	text = (struct display_text){
		.columns = 80, .rows = 25, .cells = source, .pitch = 80, .cell_mask = 2047, .split_row = 25,
		.cursor_visible = true,
	};
	term_init(&terminal, seen, 2048);
	ansiview_init(&view, 80, 25);
	return 0;
}

static size_t update_all(size_t piece)
{
	char buf[4096];
	size_t n, sum = 0;

	while ((n = ansiview_update(&view, &text, buf, piece))) {
		assert_true(n <= piece);
		term_write(&terminal, buf, n);
		sum += n;
		assert_true(sum < 100000);
	}
	return sum;
}

static void same(void)
{
	struct display_text shown;

	term_show(&terminal, &shown);
	for (unsigned row = 0; row < 25; row++) {
		for (unsigned column = 0; column < 80; column++) {
			const uint8_t *a = source + 2 * display_cell(&text, column, row);
			const uint8_t *b = seen + 2 * display_cell(&shown, column, row);

			assert_int_equal(a[0] && a[0] != 0xFF ? a[0] : ' ', b[0]);
			assert_int_equal(a[1] & (text.blink ? 0x7F : 0xFF), b[1]);
		}
	}
	assert_int_equal(terminal.row, text.cursor_row);
	assert_int_equal(terminal.column, text.cursor_column);
}

static void random_screens(void **state)
{
	(void)state;
	srand(1);
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 100; i++) {
			int cell = rand() % 2000;

			source[2 * cell] = (uint8_t)(rand() % 256);
			source[2 * cell + 1] = (uint8_t)(rand() % 256);
		}
		text.blink = round / 10 % 2;
		text.cursor_column = (uint16_t)(rand() % 80);
		text.cursor_row = (uint16_t)(rand() % 25);
		update_all(round % 2 ? 300 : 4096);
		same();
		assert_int_equal(update_all(4096), 0);
	}
}

static void little_change_is_little_output(void **state)
{
	(void)state;
	update_all(4096);
	source[0] = 'C';
	source[2] = ':';
	text.cursor_column = 2;
	assert_true(update_all(4096) < 12);
	same();
	source[2 * 79] = 'x'; /* the last column, then the next row */
	source[2 * 80] = 'y';
	update_all(4096);
	same();
}

static void a_small_terminal_follows_the_cursor(void **state)
{
	struct display_text shown;

	(void)state;
	ansiview_init(&view, 80, 24);
	source[2 * 24 * 80] = 'Z';
	text.cursor_row = 24;
	update_all(4096);
	term_show(&terminal, &shown);
	assert_int_equal(seen[2 * display_cell(&shown, 0, 23)], 'Z');
	assert_int_equal(terminal.row, 23);
}

/* What changes at the top all the time does not keep the rest from being seen. */
static void every_row_has_its_turn(void **state)
{
	char buf[1024];

	(void)state;
	update_all(4096);
	source[2 * 24 * 80] = 'Z';
	for (int i = 0; i < 40 && seen[2 * 24 * 80] != 'Z'; i++) {
		for (int cell = 0; cell < 10 * 80; cell++) {
			source[2 * cell] = (uint8_t)('a' + i % 26);
			source[2 * cell + 1] = (uint8_t)(cell * 31);
		}
		term_write(&terminal, buf, ansiview_update(&view, &text, buf, sizeof buf));
	}
	assert_int_equal(seen[2 * 24 * 80], 'Z');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(random_screens, setup),
		cmocka_unit_test_setup(little_change_is_little_output, setup),
		cmocka_unit_test_setup(every_row_has_its_turn, setup),
		cmocka_unit_test_setup(a_small_terminal_follows_the_cursor, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
