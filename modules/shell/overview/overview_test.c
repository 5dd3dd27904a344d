#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <iface/key.h>
#include "overview.h"

static struct overview o;

/* What a VGA's DAC has for the text colours. */
static void usual_colors(struct display_text *text)
{
	for (int i = 0; i < 16; i++) {
		uint8_t low = i & 8 ? 85 : 0;

		text->colors[i] = (struct display_rgb){
			(uint8_t)(low + (i & 4 ? 170 : 0)), (uint8_t)(low + (i & 2 ? 170 : 0)), (uint8_t)(low + (i & 1 ? 170 : 0)),
		};
	}
	text->colors[6].green = 85;
}

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
	struct overview_frame one = { .title = "one", .state = "running", .text = &text };
	struct overview_frame two = { .title = "two", .state = "stopped", .note = "because" };

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
	assert_int_equal(at(42, 23), 'b'); /* in the frame's lower line */
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
	struct overview_frame frame = { .title = "averylongmachinename", .state = "and its state",
					.note = "a note that is long", .picture = true };

	(void)state;
	for (unsigned count = 0; count < 40; count++) {
		overview_begin(&o, count);
		for (unsigned i = 0; i < count; i++)
			overview_draw(&o, i, &frame);
	}
}

static void pictures_are_where_they_belong(void **state)
{
	struct overview_frame frame = { .title = "one", .state = "running", .note = "graphics", .picture = true };
	struct overview_box box;

	(void)state;
	overview_begin(&o, 4);
	overview_picture_box(&o, 3, false, &box);
	assert_int_equal(box.height, 10);
	assert_int_equal(box.width, 32);
	assert_int_equal(box.row, 13);
	assert_int_equal(box.column, 44);
	o.pictures[13 * OVERVIEW_COLUMNS + 44] = 0x21;
	overview_draw(&o, 3, &frame);
	assert_int_equal(at(44, 13), 0xDF);
	assert_int_equal(o.cells[2 * (13 * OVERVIEW_COLUMNS + 44) + 1], 0x21);
	assert_int_equal(at(43, 13), ' ');
	frame.note = "graphics, 640 x 480, 16 colours";
	overview_begin(&o, 4);
	overview_draw(&o, 0, &frame);
	assert_int_equal(at(2, 11), 'g');
	overview_begin(&o, 9); /* narrow */
	overview_draw(&o, 0, &frame);
	assert_int_equal(at(2, 7), '6');
	for (unsigned count = 1; count <= OVERVIEW_FRAMES; count++) {
		overview_begin(&o, count);
		overview_picture_box(&o, count - 1, false, &box);
		assert_true(box.width && box.height);
		assert_true(box.column + box.width < OVERVIEW_COLUMNS && box.row + box.height < OVERVIEW_ROWS);
	}
	overview_draw_alone(&o, "a line", true);
	overview_picture_box(&o, 0, true, &box);
	assert_int_equal(box.row + box.height, OVERVIEW_ROWS);
	assert_int_equal(at(0, 0), 'a');
	assert_int_equal(at(box.column, box.row), 0xDF);
}

/* Bit 7 of an attribute is a bright background here, and blinks there; the machine's colours are its own. */
static void text_in_its_colours(void **state)
{
	static uint8_t cells[4096];
	struct display_text text = {
		.columns = 80, .rows = 25, .cells = cells, .pitch = 80, .cell_mask = 2047, .split_row = 25, .blink = true,
	};
	struct overview_frame one = { .title = "one", .state = "running", .text = &text };

	(void)state;
	usual_colors(&text);
	cells[0] = 'T';
	cells[1] = 0x9F;
	overview_begin(&o, 1);
	overview_draw(&o, 0, &one);
	assert_int_equal(o.cells[2 * 81 + 1], 0x1F);
	text.blink = false;
	overview_draw(&o, 0, &one);
	for (int attribute = 0; attribute < 256; attribute++) {
		cells[1] = (uint8_t)attribute;
		overview_draw(&o, 0, &one);
		assert_int_equal(o.cells[2 * 81 + 1], attribute);
	}
	cells[1] = 0x9F;
	text.colors[9] = (struct display_rgb){ 0, 190, 30 };
	overview_draw(&o, 0, &one);
	assert_int_equal(o.cells[2 * 81 + 1], 0x2F);
	text.blank = true;
	overview_begin(&o, 1);
	overview_draw(&o, 0, &one);
	assert_int_equal(at(1, 1), ' ');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_machines),
		cmocka_unit_test(the_choice_moves),
		cmocka_unit_test(any_number_fits),
		cmocka_unit_test(pictures_are_where_they_belong),
		cmocka_unit_test(text_in_its_colours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
