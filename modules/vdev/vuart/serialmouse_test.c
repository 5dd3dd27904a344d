/* Tests of the serial mouse. Microsoft, "Mouse Programmer's Reference", "Serial Mouse: Data
 * Format", unless said otherwise. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "serialmouse.h"

static struct serialmouse mouse;

static int setup(void **state)
{
	(void)state;
	memset(&mouse, 0, sizeof mouse);
	return 0;
}

static void move(int dx, int dy, int wheel, uint8_t buttons)
{
	serialmouse_move(&mouse, &(struct mouse_move){ (int16_t)dx, (int16_t)dy, (int8_t)wheel, buttons });
}

static void expect_bytes(const uint8_t *bytes, size_t n)
{
	uint8_t got[SERIALMOUSE_REPORT];

	assert_int_equal(serialmouse_take(&mouse, got), n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(got[i] & 0x80, 0x80); /* the stop bit, for who listens for eight */
		assert_int_equal(got[i] & 0x7F, bytes[i]);
	}
}
#define EXPECT(...) \
	expect_bytes((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define NOTHING() assert_int_equal(serialmouse_take(&mouse, (uint8_t[SERIALMOUSE_REPORT]){ 0 }), 0)

static void power_on(void)
{
	serialmouse_power(&mouse, true);
	EXPECT('M', 'Z');
}

static void says_who_it_is(void **state)
{
	(void)state; /* when power comes; "Z" is the IntelliMouse's */
	move(1, 1, 0, 0);
	NOTHING();
	power_on();
	NOTHING();
	serialmouse_power(&mouse, true);
	NOTHING();
	serialmouse_power(&mouse, false);
	move(1, 1, 0, 0);
	NOTHING();
	power_on();
	NOTHING();
}

static void reports(void **state)
{
	(void)state;
	power_on();
	move(1, 0, 0, 0);
	EXPECT(0x40, 1, 0, 0);
	move(-1, 0, 0, 0);
	EXPECT(0x43, 0x3F, 0, 0);
	move(0, -1, 0, 0);
	EXPECT(0x4C, 0, 0x3F, 0);
	move(100, -100, 0, MOUSE_LEFT);
	EXPECT(0x40 | 0x20 | 0x08 | 0x01, 0x24, 0x1C, 0);
	move(0, 0, 0, MOUSE_RIGHT);
	EXPECT(0x50, 0, 0, 0);
	move(0, 0, 0, 0);
	EXPECT(0x40, 0, 0, 0);
	NOTHING();
}

static void wheel_and_middle_button(void **state)
{
	(void)state; /* Microsoft, "IntelliMouse Serial Protocol" */
	power_on();
	move(0, 0, 1, MOUSE_MIDDLE);
	EXPECT(0x40, 0, 0, 0x11);
	move(0, 0, -9, 0);
	EXPECT(0x40, 0, 0, 0x09);
	EXPECT(0x40, 0, 0, 0x0E);
	NOTHING();
}

static void what_does_not_fit_comes_next(void **state)
{
	(void)state;
	power_on();
	move(300, 0, 0, 0);
	move(0, 5, 0, MOUSE_LEFT);
	EXPECT(0x41, 0x3F, 0, 0);
	EXPECT(0x41, 0x3F, 0, 0);
	EXPECT(0x40, 46, 0, 0);
	EXPECT(0x60, 0, 5, 0);
	NOTHING();
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(says_who_it_is), T(reports), T(wheel_and_middle_button), T(what_does_not_fit_comes_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
