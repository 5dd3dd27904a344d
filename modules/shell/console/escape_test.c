#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <iface/console.h>
#include "escape.h"

/* Feeds a text and returns the last key with its modifiers in bits 16 and up. */
static int last_key(const char *text, int expected_count)
{
	struct escape e = { 0 };
	struct typed typed;
	int last = 0, count = 0;

	for (; *text; text++) {
		if (escape_feed(&e, (uint8_t)*text, &typed)) {
			last = typed.key | typed.modifiers << 16;
			count++;
		}
	}
	assert_int_equal(count, expected_count);
	return last;
}

static void characters(void **state)
{
	(void)state;
	assert_int_equal(last_key("ab", 2), 'b');
	assert_int_equal(last_key("\x7f", 1), '\b');
	assert_int_equal(last_key("\xC3\xA9", 1), 0xE9);
	assert_int_equal(last_key("\xE2\x82\xAC", 0), 0); /* beyond Latin-1 */
	assert_int_equal(last_key("\r", 1), '\r');
}

static void sequences(void **state)
{
	(void)state;
	assert_int_equal(last_key("\x1b[A", 1), CONSOLE_KEY + KEY_UP);
	assert_int_equal(last_key("\x1bOP", 1), CONSOLE_KEY + KEY_F1);
	assert_int_equal(last_key("\x1b[24~", 1), CONSOLE_KEY + KEY_F12);
	assert_int_equal(last_key("\x1b[[C", 1), CONSOLE_KEY + KEY_F3);
	assert_int_equal(last_key("\x1b[1;5D", 1), (CONSOLE_KEY + KEY_LEFT) | MOD_CTRL << 16);
	assert_int_equal(last_key("\x1b[3~x", 2), 'x');
	assert_int_equal(last_key("\x1bx", 1), 'x' | MOD_ALT << 16);
	assert_int_equal(last_key("\x1b[?25hq", 1), 'q'); /* unknown: swallowed whole */
	assert_int_equal(last_key("\x1b[99~", 0), 0);
}

static void a_lone_escape(void **state)
{
	struct escape e = { 0 };
	struct typed typed;

	(void)state;
	assert_int_equal(escape_flush(&e, &typed), 0);
	assert_int_equal(escape_feed(&e, 0x1b, &typed), 0);
	assert_int_equal(escape_flush(&e, &typed), 1);
	assert_int_equal(typed.key, 0x1b);
	assert_int_equal(last_key("\x1b\x1b[A", 2), CONSOLE_KEY + KEY_UP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters),
		cmocka_unit_test(sequences),
		cmocka_unit_test(a_lone_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
