/* Tests of the queue of mouse moves. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <keys/moves.h>

static struct moves moves;

static int setup(void **state)
{
	(void)state;
	memset(&moves, 0, sizeof moves);
	return 0;
}

static void add(int dx, int dy, int wheel, uint8_t buttons)
{
	moves_add(&moves, &(struct mouse_move){ (int16_t)dx, (int16_t)dy, (int8_t)wheel, buttons });
}

static void expect_step(int dx, int dy, int wheel, uint8_t buttons)
{
	struct mouse_move *step = moves_first(&moves);

	assert_non_null(step);
	assert_int_equal(step->dx, dx);
	assert_int_equal(step->dy, dy);
	assert_int_equal(step->wheel, wheel);
	assert_int_equal(step->buttons, buttons);
	*step = (struct mouse_move){ .buttons = buttons };
	moves_done(&moves);
}

static void motion_is_summed(void **state)
{
	(void)state;
	assert_null(moves_first(&moves));
	add(0, 0, 0, 0);
	assert_null(moves_first(&moves));
	for (int i = 0; i < 100; i++)
		add(3, -2, 1, 0);
	expect_step(300, -200, 100, 0);
	assert_null(moves_first(&moves));
	for (int i = 0; i < 3; i++)
		add(30000, -30000, -100, 0);
	expect_step(INT16_MAX, -INT16_MAX, -INT8_MAX, 0);
}

static void buttons_stay_in_order(void **state)
{
	(void)state;
	add(1, 0, 0, 0);
	add(2, 0, 0, MOUSE_LEFT);
	add(3, 0, 0, MOUSE_LEFT);
	add(0, 0, 0, 0);
	add(0, 0, 0, MOUSE_LEFT);
	expect_step(1, 0, 0, 0);
	expect_step(5, 0, 0, MOUSE_LEFT);
	expect_step(0, 0, 0, 0);
	expect_step(0, 0, 0, MOUSE_LEFT);
	assert_null(moves_first(&moves));
	add(0, 0, 0, MOUSE_LEFT);
	assert_null(moves_first(&moves));
}

static void a_full_queue_loses_no_motion(void **state)
{
	int dx = 0;
	uint8_t last = 0xFF;

	(void)state;
	for (int i = 0; i < 101; i++)
		add(1, 0, 0, i % 2 ? 0 : MOUSE_RIGHT);
	assert_false(moves_room(&moves));
	for (struct mouse_move *step; (step = moves_first(&moves)); moves_done(&moves)) {
		dx += step->dx;
		last = step->buttons;
		step->dx = 0;
	}
	assert_int_equal(dx, 101);
	assert_int_equal(last, MOUSE_RIGHT);
}

static void what_is_left_of_a_step_goes_to_the_next(void **state)
{
	(void)state;
	add(5, 7, 0, 0);
	add(1, 1, 0, MOUSE_LEFT);
	moves_first(&moves)->dx = 2;
	moves_done(&moves);
	expect_step(3, 8, 0, MOUSE_LEFT);
}

static void clearing_keeps_the_buttons(void **state)
{
	(void)state;
	add(5, 7, 0, MOUSE_LEFT);
	moves_clear(&moves);
	assert_null(moves_first(&moves));
	add(0, 0, 0, MOUSE_LEFT);
	assert_null(moves_first(&moves));
	moves.count = MOVES_MAX + 1;
	assert_false(moves_are_sane(&moves));
}

static void as_two_words(void **state)
{
	struct mouse_move there = { -300, 200, -7, MOUSE_MIDDLE }, back;

	(void)state;
	back = mouse_move_of(mouse_move_word(&there), mouse_buttons_word(&there));
	assert_memory_equal(&there, &back, sizeof there);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(motion_is_summed), T(buttons_stay_in_order), T(a_full_queue_loses_no_motion),
		T(what_is_left_of_a_step_goes_to_the_next), T(clearing_keeps_the_buttons), T(as_two_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
