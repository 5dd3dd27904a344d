#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <term/cp437.h>

static void every_code_comes_back(void **state)
{
	(void)state;
	for (unsigned code = 1; code < 256; code++)
		assert_int_equal(cp437_from_unicode(cp437_to_unicode((uint8_t)code), 0), code);
	assert_int_equal(cp437_from_unicode(0x20AC, '?'), '?');
}

static void utf8_round_trip(void **state)
{
	static const uint32_t samples[] = { 'A', 0x7F, 0x80, 0xE9, 0x7FF, 0x800, 0x2554, 0xFFFD, 0x1F600 };

	(void)state;
	for (unsigned i = 0; i < sizeof samples / sizeof *samples; i++) {
		char text[8] = { 0 };
		const char *at = text;

		utf8_put(text, samples[i]);
		assert_int_equal(utf8_next(&at), samples[i]);
		assert_int_equal(*at, 0);
	}
	char box[4] = { 0 };
	assert_int_equal(utf8_put(box, 0x2554), 3);
	assert_string_equal(box, "\xE2\x95\x94");
}

static void bytes_that_are_no_utf8_stand_for_themselves(void **state)
{
	struct utf8_reader reader = { 0 };

	(void)state;
	assert_int_equal(utf8_feed(&reader, 0x84), 0x84);
	assert_int_equal(utf8_feed(&reader, 0xC3), -1);
	assert_int_equal(utf8_feed(&reader, 'x'), 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_comes_back),
		cmocka_unit_test(utf8_round_trip),
		cmocka_unit_test(bytes_that_are_no_utf8_stand_for_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
