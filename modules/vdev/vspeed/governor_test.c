#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "governor.h"

enum { MS = 1000000, SECONDS = 10 };

/* A machine that computes all the time but when it is told to rest. */
static uint64_t computed(unsigned percent, unsigned slice)
{
	struct governor g;
	uint64_t now = 5 * MS, used = 77, began = used;

	governor_start(&g, percent, now, used);
	while (now < (uint64_t)SECONDS * 1000 * MS) {
		now += slice;
		used += slice;
		now += governor_rest(&g, now, used);
	}
	return used - began;
}

static void computing_gets_its_part(void **state)
{
	(void)state;
	for (unsigned percent = 1; percent <= GOVERNOR_FULL; percent++) {
		uint64_t part = (uint64_t)SECONDS * 10 * MS * percent;

		assert_in_range(computed(percent, MS), part - 20 * MS, part + 20 * MS);
		assert_in_range(computed(percent, 13 * MS), part - 30 * MS, part + 30 * MS);
	}
}

static void who_uses_less_never_rests(void **state)
{
	struct governor g;
	uint64_t now = 0, used = 0;

	(void)state;
	governor_start(&g, 50, now, used);
	for (unsigned i = 0; i < 10000; i++) {
		now += 10 * MS;
		used += 4 * MS;
		assert_int_equal(governor_rest(&g, now, used), 0);
	}
}

/* An hour of waiting is no hour of full speed. */
static void waiting_is_not_saved_up(void **state)
{
	struct governor g;
	uint64_t now = 3600ull * 1000 * MS, used = 0, rested = 0;

	(void)state;
	governor_start(&g, 10, 0, used);
	assert_int_equal(governor_rest(&g, now, used), 0);
	for (unsigned i = 0; i < 100; i++) {
		now += MS;
		used += MS;
		rested += governor_rest(&g, now + rested, used);
	}
	assert_in_range(rested, 800ull * MS, 900ull * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(computing_gets_its_part),
		cmocka_unit_test(who_uses_less_never_rests),
		cmocka_unit_test(waiting_is_not_saved_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
