#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <term/number.h>

static void numbers(void **state)
{
	uint64_t n;

	(void)state;
	assert_int_equal(number_parse("640K", &n), 0);
	assert_int_equal(n, 640 * 1024);
	assert_int_equal(number_parse("0x1fM", &n), 0);
	assert_int_equal(n, 0x1f << 20);
	assert_int_equal(number_parse("10a", &n), E_INVALID);
	assert_int_equal(number_parse("", &n), E_INVALID);
	assert_int_equal(number_parse("-1", &n), E_INVALID);
	assert_int_equal(number_parse("99999999999999999999", &n), E_RANGE);
	assert_int_equal(number_parse("0x3ffffffffG", &n), 0);
	assert_int_equal(number_parse("0x7ffffffffG", &n), E_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(numbers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
