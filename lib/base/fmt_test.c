/* The formatter against the host C library's, which implements the same conversions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <base/fmt.h>

#define SAME(...) do { \
	char ours[256], theirs[256]; \
	size_t n = fmt_buf(ours, sizeof ours, __VA_ARGS__); \
	size_t m = (size_t)snprintf(theirs, sizeof theirs, __VA_ARGS__); \
	assert_string_equal(ours, theirs); \
	assert_int_equal(n, m); \
} while (0)

#pragma GCC diagnostic ignored "-Wformat"

static void numbers(void **state)
{
	(void)state;
	SAME("%d %i %u", -1, 2147483647, 4294967295u);
	SAME("%d", (int)0x80000000);
	SAME("%lld %llu %llx", INT64_MIN, UINT64_MAX, 0x123456789ABCDEFull);
	SAME("[%8d] [%-8d] [%08d] [%+d] [% d]", -42, 42, -42, 42, 42);
	SAME("%x %X %#x %#x %08X %#o", 0xbeef, 0xBEEF, 255, 0, 0xCAFE, 8);
	SAME("[%.5d] [%8.5d] [%.0d] [%*d] [%-*d]", 42, 42, 0, 6, 7, 6, 7);
	SAME("%zu %ld", (size_t)77, -5L);
}

static void text(void **state)
{
	(void)state;
	SAME("%s|%10s|%-10s|%.2s|%c|%%", "abc", "abc", "abc", "abc", 'x');
	SAME("plain");
	SAME("%5c|%-5c|", 'a', 'b');
}

static void cuts(void **state)
{
	char small[4] = "???";

	(void)state;
	assert_int_equal(fmt_buf(small, sizeof small, "%d", 123456), 6);
	assert_string_equal(small, "123");
	assert_int_equal(fmt_buf(NULL, 0, "hello"), 5);
}

static void binary(void **state)
{
	char buf[40];

	(void)state;
	fmt_buf(buf, sizeof buf, "%08b %b", 0xA5, 0);
	assert_string_equal(buf, "10100101 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers), cmocka_unit_test(text),
		cmocka_unit_test(cuts), cmocka_unit_test(binary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
