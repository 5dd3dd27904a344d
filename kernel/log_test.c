/* The log's ring: lines with times, readers that keep up and readers that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <kern/log.h>

enum { RING = 8192 };

uint32_t locks_held;
static uint64_t now;

uint64_t time_now(void);
uint64_t time_now(void)
{
	return now;
}

static char text[RING * 2];

/* All that is there from *at on. */
static size_t read_all(uint32_t *at)
{
	size_t n = 0, part;

	while ((part = log_read(at, text + n, 100)))
		n += part;
	text[n] = 0;
	assert_int_equal(locks_held, 0);
	return n;
}

static void test_lines(void **state)
{
	uint32_t at = 0;

	(void)state;
	now = 1234567890123;
	log_line("%s: %u", "disk", 5);
	now += 1000;
	log_line("done");
	read_all(&at);
	assert_string_equal(text, "1234.567890  disk: 5\n1234.567891  done\n");
	assert_int_equal(read_all(&at), 0);
	log_line("more");
	read_all(&at);
	assert_string_equal(text, "1234.567891  more\n");
}

/* Who is late gets the youngest 8 KB. */
static void test_overwritten(void **state)
{
	uint32_t at = 0, whole = 0;

	(void)state;
	read_all(&at);
	for (unsigned i = 0; i < 1000; i++)
		log_line("line %04u of many", i);
	assert_int_equal(read_all(&at), RING);
	assert_non_null(strstr(text, "line 0999 of many\n"));
	assert_null(strstr(text, "line 0000"));
	assert_int_equal(read_all(&whole), RING);
	assert_int_equal(at, whole);
}

static void test_long_line(void **state)
{
	static char line[3 * RING];
	uint32_t at = 0;

	(void)state;
	memset(line, 'x', sizeof line - 1);
	log_line("%s", line);
	assert_int_equal(read_all(&at), RING);
	assert_int_equal(text[0], 'x');
	assert_string_equal(text + RING - 2, "x\n");
}

/* Far on in a long life. */
static void test_far_on(void **state)
{
	static char line[1 << 20];
	uint32_t at = 0;

	(void)state;
	memset(line, 'y', sizeof line - 1);
	for (unsigned i = 0; i < 40; i++)
		log_line("%s", line);
	read_all(&at);
	log_line("after %u MB", at >> 20);
	read_all(&at);
	assert_non_null(strstr(text, "after 40 MB\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines), cmocka_unit_test(test_overwritten), cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_far_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
