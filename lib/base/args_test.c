/* Device arguments: found by whole key, numbers checked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <base/args.h>

static const char *const args = "port=3f8 irq=4 end=file:/x baud=0x10 bad=1z empty=";

static void values(void **state)
{
	char v[16];

	(void)state;
	assert_true(args_get(args, "end", v, sizeof v));
	assert_string_equal(v, "file:/x");
	assert_true(args_get(args, "empty", v, sizeof v));
	assert_string_equal(v, "");
	assert_false(args_get(args, "por", v, sizeof v));
	assert_false(args_get("", "port", v, sizeof v));
	assert_true(args_get(args, "end", v, 5));
	assert_string_equal(v, "file");
}

static void numbers(void **state)
{
	int err = 0;

	(void)state;
	assert_int_equal(args_hex(args, "port", 0, &err), 0x3F8);
	assert_int_equal(args_number(args, "irq", 0, &err), 4);
	assert_int_equal(args_number(args, "baud", 0, &err), 16);
	assert_int_equal(args_number(args, "none", 7, &err), 7);
	assert_int_equal(err, 0);
	assert_int_equal(args_number(args, "bad", 9, &err), 9);
	assert_int_equal(err, E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(values), cmocka_unit_test(numbers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
