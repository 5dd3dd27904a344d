/* Boot options: words, values, what does not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <kern/log.h>
#include "kernel.h"

static struct boot_info boot;

static void options(const char *line, uint32_t flags)
{
	boot = (struct boot_info){ .flags = flags };
	snprintf(boot.cmdline, sizeof boot.cmdline, "%s", line);
	options_init(&boot);
}

static void test_words(void **state)
{
	(void)state;
	options("cpu=386 vme=off quiet", 0);
	assert_string_equal(boot_option("cpu"), "386");
	assert_string_equal(boot_option("vme"), "off");
	assert_string_equal(boot_option("quiet"), "");
	assert_null(boot_option("cp"));
	assert_null(boot_option("cpu2"));
	assert_null(boot_option("386"));
	assert_null(boot_option("safe"));
}

static void test_blanks(void **state)
{
	(void)state;
	options("  a=1 \t\r\n  b  ", 0);
	assert_string_equal(boot_option("a"), "1");
	assert_string_equal(boot_option("b"), "");
	options("", 0);
	assert_null(boot_option("a"));
	assert_null(boot_option(""));
}

static void test_first_counts(void **state)
{
	(void)state;
	options("cpu=386 cpu=486", 0);
	assert_string_equal(boot_option("cpu"), "386");
}

static void test_empty_value(void **state)
{
	(void)state;
	options("a= b==c", 0);
	assert_string_equal(boot_option("a"), "");
	assert_string_equal(boot_option("b"), "=c");
}

static void test_safe(void **state)
{
	(void)state;
	options("cpu=386", BOOT_SAFE);
	assert_string_equal(boot_option("safe"), "");
	options("safe", 0);
	assert_string_equal(boot_option("safe"), "");
}

/* A full line without a 0 at its end, as a damaged hand-over might have; `safe` still fits. */
static void test_full(void **state)
{
	char line[BOOT_CMDLINE_MAX];

	(void)state;
	memset(line, 'x', sizeof line);
	boot = (struct boot_info){ .flags = BOOT_SAFE };
	memcpy(boot.cmdline, line, sizeof line);
	options_init(&boot);
	assert_non_null(boot_option("safe"));
	for (size_t i = 1; i < sizeof line; i += 2)
		line[i] = ' ';
	memcpy(boot.cmdline, line, sizeof line);
	options_init(&boot);
	assert_non_null(boot_option("x"));
	assert_non_null(boot_option("safe"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words), cmocka_unit_test(test_blanks), cmocka_unit_test(test_first_counts),
		cmocka_unit_test(test_empty_value), cmocka_unit_test(test_safe), cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
