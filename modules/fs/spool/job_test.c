#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "job.h"

static void names(void **state)
{
	char path[JOB_PATH_MAX];
	unsigned number = 0;

	(void)state;
	job_path(path, sizeof path, "averylongname-x", 7);
	assert_string_equal(path, "/spool/averylongname-x-007.prn");
	assert_true(job_parse(path + sizeof JOB_FOLDER, "averylongname-x", &number));
	assert_int_equal(number, 7);
	assert_true(job_parse("dos-999.prn", NULL, &number));
	assert_int_equal(number, 999);
	assert_false(job_parse("dos-999.prn", "do", &number));
	assert_false(job_parse("dos-999.prn", "doss", &number));
}

static void others_are_none(void **state)
{
	static const char *const files[] = { "", "-001.prn", "dos.prn", "dos-1.prn", "dos-0001.prn", "dos-00x.prn",
					     "dos-001.txt", "dos-001", "dos-001.prn2" };
	unsigned number;

	(void)state;
	for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
		assert_false(job_parse(files[i], NULL, &number));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names), cmocka_unit_test(others_are_none) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
