/* Tests of the conversation with a PS/2 mouse. IBM PS/2 Hardware Interface Technical Reference,
 * "Mouse". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mouse.h"

static struct mouse mouse;
static struct mouse_move move;

static int setup(void **state)
{
	(void)state;
	memset(&mouse, 0, sizeof mouse);
	return 0;
}

static int got(uint8_t byte)
{
	int next;

	assert_false(mouse_byte(&mouse, byte, 0, &move, &next));
	return next;
}

/* From the reset's acknowledge to reports. */
static void talk(uint8_t id)
{
	static const uint8_t rates[] = { 0xF3, 200, 0xF3, 100, 0xF3, 80, 0xF2 };

	assert_int_equal(got(0xFA), -1);
	assert_int_equal(got(0xAA), -1);
	assert_int_equal(got(0x00), 0xF3);
	for (unsigned i = 1; i < sizeof rates; i++)
		assert_int_equal(got(0xFA), rates[i]);
	assert_int_equal(got(0xFA), -1);
	assert_int_equal(got(id), 0xF3);
	assert_int_equal(got(0xFA), 100);
	assert_int_equal(got(0xFA), 0xF4);
	assert_int_equal(got(0xFA), -1);
	assert_int_equal(mouse.phase, MOUSE_REPORTING);
}

static bool moved(uint8_t a, uint8_t b, uint8_t c)
{
	int next;

	return !mouse_byte(&mouse, a, 0, &move, &next) && !mouse_byte(&mouse, b, 0, &move, &next) &&
	       mouse_byte(&mouse, c, 0, &move, &next);
}

static void a_mouse_without_wheel(void **state)
{
	(void)state;
	assert_int_equal(mouse_begin(&mouse), 0xFF);
	talk(0);
	assert_true(moved(0x09, 4, 0));
	assert_int_equal(move.dx, 4);
	assert_int_equal(move.buttons, MOUSE_LEFT);
}

static void a_mouse_with_a_wheel(void **state)
{
	int next;

	(void)state;
	assert_int_equal(mouse_begin(&mouse), 0xFF);
	talk(3);
	assert_false(moved(0x08, 4, 0));
	assert_true(mouse_byte(&mouse, 1, 0, &move, &next));
	assert_int_equal(move.wheel, 1);
}

static void no_mouse(void **state)
{
	(void)state;
	assert_int_equal(mouse_begin(&mouse), 0xFF);
	assert_int_equal(mouse_no_answer(&mouse), 0xFF);
	assert_int_equal(got(0xFE), -1);
	assert_int_equal(mouse.phase, MOUSE_ABSENT);
	assert_int_equal(mouse_no_answer(&mouse), -1);
	assert_false(moved(0x08, 1, 1));
	assert_int_equal(got(0xAA), -1); /* one is plugged in */
	assert_int_equal(got(0x00), 0xFF);
	talk(0);
}

static void pulled_out_and_back_in(void **state)
{
	(void)state;
	assert_int_equal(mouse_begin(&mouse), 0xFF);
	talk(3);
	assert_int_equal(got(0xAA), -1);
	assert_int_equal(got(0x00), 0xFF);
	talk(0);
	assert_true(moved(0x08, 1, 0));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(a_mouse_without_wheel), T(a_mouse_with_a_wheel), T(no_mouse), T(pulled_out_and_back_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
