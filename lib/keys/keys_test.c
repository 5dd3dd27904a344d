/* Tests of the key tables. "Scan Code Set 1" is in IBM PS/2 Hardware Interface Technical
 * Reference, "Keyboards (101- and 102-Key)". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <keys/keys.h>

static void every_key_survives_the_round_trip(void **state)
{
	uint8_t bytes[KEYS_SET1_MAX];
	struct keys_decoder decoder = { 0 };
	unsigned keys = 0;

	(void)state;
	for (unsigned key = 1; key < KEY_CODES; key++) {
		if (!keys_name(key))
			continue;
		keys++;
		for (unsigned down = 0; down < 2; down++) {
			size_t n = keys_encode(key, down, bytes);
			enum key got = KEY_NONE, one;
			bool way = !down, last = !down;

			for (size_t i = 0; i < n; i++)
				if ((one = keys_decode(&decoder, bytes[i], &way)) != KEY_NONE) {
					assert_int_equal(got, KEY_NONE);
					got = one;
					last = way;
				}
			assert_int_equal(got, n ? key : KEY_NONE);
			if (n)
				assert_int_equal(last, down);
		}
		assert_int_equal(keys_by_name(keys_name(key), strlen(keys_name(key))), key);
	}
	assert_int_equal(keys, 105); /* a 102-key keyboard and the three keys of 1995 */
}

static void made_up_shifts_and_replies_are_no_keys(void **state)
{
	static const uint8_t bytes[] = { 0xE0, 0x2A, 0xE0, 0xAA, 0xE0, 0x36, 0xE0, 0xB6, 0xFA, 0xFE,
					 0x00, 0xFF, 0xEE };
	struct keys_decoder decoder = { 0 };
	bool down;

	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		assert_int_equal(keys_decode(&decoder, bytes[i], &down), KEY_NONE);
	assert_int_equal(keys_decode(&decoder, 0x2A, &down), KEY_LEFT_SHIFT);
	assert_true(down);
}

static void alternate_forms(void **state)
{
	struct keys_decoder decoder = { 0 };
	bool down;

	(void)state;
	assert_int_equal(keys_decode(&decoder, 0x54, &down), KEY_PRINT_SCREEN);
	assert_int_equal(keys_decode(&decoder, 0xE0, &down), KEY_NONE);
	assert_int_equal(keys_decode(&decoder, 0x46, &down), KEY_PAUSE);
	assert_int_equal(keys_decode(&decoder, 0xE0, &down), KEY_NONE);
	assert_int_equal(keys_decode(&decoder, 0xC6, &down), KEY_NONE);
}

static void names_and_aliases(void **state)
{
	(void)state;
	assert_int_equal(keys_by_name("ENTER", 5), KEY_ENTER);
	assert_int_equal(keys_by_name("return}", 6), KEY_ENTER);
	assert_int_equal(keys_by_name("f1", 2), KEY_F1);
	assert_int_equal(keys_by_name("f12", 3), KEY_F12);
	assert_int_equal(keys_by_name("", 0), KEY_NONE);
	assert_int_equal(keys_by_name("f13", 3), KEY_NONE);
	assert_null(keys_name(KEY_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_survives_the_round_trip),
		cmocka_unit_test(made_up_shifts_and_replies_are_no_keys),
		cmocka_unit_test(alternate_forms), cmocka_unit_test(names_and_aliases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
