/* Against the C library's gmtime, over two centuries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>
#include <term/calendar.h>

static void as_the_library(void **state)
{
	(void)state;
	for (uint64_t seconds = 0; seconds < 6500000000ull; seconds += 86400 * 3 + 12347) {
		struct calendar date;
		time_t t = (time_t)seconds;
		struct tm tm;

		gmtime_r(&t, &tm);
		calendar_of(seconds, &date);
		assert_int_equal(date.year, tm.tm_year + 1900);
		assert_int_equal(date.month, tm.tm_mon + 1);
		assert_int_equal(date.day, tm.tm_mday);
		assert_int_equal(date.hour * 3600 + date.minute * 60 + date.second,
				 tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
		assert_int_equal(date.weekday, tm.tm_wday);
		assert_int_equal(calendar_seconds(&date), seconds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_the_library) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
