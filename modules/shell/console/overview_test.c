#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <iface/key.h>
#include "overview.h"

static struct overview o;

static uint8_t at(unsigned column, unsigned row)
{
	return o.cells[2 * (row * OVERVIEW_COLUMNS + column)];
}

static void two_machines(void **state)
{
	static uint8_t cells[4096];
	struct display_text text = {
		.columns = 80, .rows = 25, .cells = cells, .pitch = 80, .cell_mask = 2047, .split_row = 25,
		.cursor_row = 24,
	}, shown;
	struct overview_frame one = { "one", "running", NULL, &text };
	struct overview_frame two = { "two", "stopped", "because", NULL };

	(void)state;
	cells[0] = 'T';
	cells[2 * 24 * 80] = 'B';
	o.selected = 9;
	overview_begin(&o, 2);
	assert_int_equal(o.selected, 1);
	overview_draw(&o, 0, &one);
	overview_draw(&o, 1, &two);
	overview_draw(&o, 2, &two);
	assert_int_equal(at(0, 0), 0xDA);
	assert_int_equal(at(40, 0), 0xC9); /* the choice */
	assert_int_equal(at(2, 0), 'o');
	assert_int_equal(at(1, 22), 'B');  /* the part with the cursor */
	assert_int_equal(at(42, 1), 'b');
	assert_int_equal(at(1, 24), 'A');  /* the help line */
	overview_show(&o, &shown);
	assert_int_equal(shown.rows, 25);
}

static void the_choice_moves(void **state)
{
	(void)state;
	o.selected = 0;
	overview_begin(&o, 5);
	assert_int_equal(o.across, 3);
	overview_move(&o, KEY_LEFT);
	assert_int_equal(o.selected, 0);
	overview_move(&o, KEY_DOWN);
	overview_move(&o, KEY_RIGHT);
	assert_int_equal(o.selected, 4);
	overview_move(&o, KEY_RIGHT);
	overview_move(&o, KEY_DOWN);
	assert_int_equal(o.selected, 4);
	overview_move(&o, KEY_UP);
	assert_int_equal(o.selected, 1);
}

static void any_number_fits(void **state)
{
	struct overview_frame frame = { "averylongmachinename", "and its state", "a note that is long", NULL };

	(void)state;
	for (unsigned count = 0; count < 40; count++) {
		overview_begin(&o, count);
		for (unsigned i = 0; i < count; i++)
			overview_draw(&o, i, &frame);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_machines),
		cmocka_unit_test(the_choice_moves),
		cmocka_unit_test(any_number_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
