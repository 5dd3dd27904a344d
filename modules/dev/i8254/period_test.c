/* Time as the sum of periods: exact over changes of the rate, late ticks and lost ones. A model of the
 * counter runs beside it, as the data sheet has it and as some emulators do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "period.h"

enum { MHZ = 100, HZ = 1193182 };

/* The chip, in counts since the start. */
static struct {
	uint64_t now, begin;        /* the period that runs began there */
	unsigned length, next;
	bool at_once;               /* begins a new period when it gets a count */
	bool tsc;
} chip;
static struct period p;

static uint64_t tsc(void)
{
	return chip.tsc ? 1000 + chip.now * MHZ * 1000000 / HZ : 0;
}

static unsigned count(void)
{
	return chip.length - (unsigned)(chip.now - chip.begin);
}

static void run(uint64_t counts)
{
	chip.now += counts;
	while (chip.now - chip.begin >= chip.length) {
		chip.begin += chip.length;
		chip.length = chip.next;
	}
}

static uint64_t exact_ns(void)
{
	return (uint64_t)(chip.now * 1e9 / HZ);
}

static void assert_exact(void)
{
	int64_t off = (int64_t)(period_now(&p, count(), tsc()) - exact_ns());

	if (off < -2000 || off > 2000)
		fail_msg("off by %lld ns at %llu", (long long)off, (unsigned long long)chip.now);
}

/* To the end of the period and `late` counts on; then the handler. */
static void tick(unsigned late)
{
	run(chip.length - (chip.now - chip.begin) + late);
	period_tick(&p, count(), tsc());
	assert_exact();
}

static void change(unsigned wanted)
{
	unsigned before = count();

	if (!period_may_change(&p, before, wanted))
		return;
	chip.next = wanted;
	if (chip.at_once) {
		chip.begin = chip.now;
		chip.length = wanted;
	}
	run(3);
	period_changed(&p, wanted, before, count(), tsc());
	assert_exact();
}

static void power_on(bool with_tsc, bool at_once)
{
	chip.now = chip.begin = 0;
	chip.length = chip.next = PERIOD_COARSE;
	chip.tsc = with_tsc;
	chip.at_once = at_once;
	period_init(&p);
	for (unsigned i = 0; with_tsc && i <= PERIOD_CALIBRATION; i++)
		tick(3);
	assert_int_equal(p.ns_scale != 0, with_tsc);
}

static const struct { bool tsc, at_once; } kinds[] = { { false, false }, { true, false }, { false, true }, { true, true } };

static uint32_t random_below(uint32_t limit)
{
	static uint64_t random = 88172645463325252u;

	random ^= random << 13;
	random ^= random >> 7;
	random ^= random << 17;
	return (uint32_t)(random >> 20) % limit;
}

/* Changes at every other tick, each served a little late: no drift. */
static void test_changes_do_not_drift(void **state)
{
	(void)state;
	for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		power_on(kinds[k].tsc, kinds[k].at_once);
		for (unsigned i = 0; i < 20000; i++) {
			tick(random_below(100));
			change(random_below(2) ? PERIOD_FINE : PERIOD_COARSE);
			run(random_below(40));
			assert_exact();
		}
		assert_true(chip.now > 20000u * PERIOD_FINE);
	}
}

/* What was set becomes true one period later, not at once. */
static void test_change_is_of_the_next_but_one(void **state)
{
	(void)state;
	power_on(false, false);
	tick(2);
	change(PERIOD_FINE);
	assert_int_equal(p.running, PERIOD_COARSE);
	assert_int_equal(p.next, PERIOD_FINE);
	assert_false(period_may_change(&p, 900, PERIOD_COARSE));      /* first let it come */
	tick(2);
	assert_int_equal(p.running, PERIOD_FINE);
	assert_int_equal(chip.length, PERIOD_FINE);
}

static void test_no_change_near_the_end(void **state)
{
	(void)state;
	power_on(false, false);
	assert_false(period_may_change(&p, 20, PERIOD_FINE));
	assert_false(period_may_change(&p, PERIOD_FINE + 10, PERIOD_FINE));   /* who began it would not show */
	assert_false(period_may_change(&p, 900, PERIOD_COARSE));
	assert_true(period_may_change(&p, 900, PERIOD_FINE));
}

/* With a time-stamp counter lost ticks are found, whatever the rates and however late. */
static void test_lost_ticks(void **state)
{
	(void)state;
	power_on(true, false);
	for (unsigned i = 0; i < 20000; i++) {
		tick(random_below(10) ? random_below(PERIOD_FINE) : random_below(20 * PERIOD_COARSE));
		change(random_below(4) ? PERIOD_FINE : PERIOD_COARSE);
	}
}

/* A computer that others keep busy, while the time-stamp counter is measured: of its ticks some are lost, by ones
 * and by twelves, and sometimes much goes by between the reading of the counter and that of the other. */
static void test_measured_on_a_busy_computer(void **state)
{
	(void)state;
	for (unsigned lost = 0; lost < 65; lost += 8) {
		for (unsigned round = 0; round < 200; round++) {
			power_on(false, false);
			chip.tsc = true;
			for (unsigned i = 0; i < 40 * PERIOD_CALIBRATION && !p.ns_scale; i++) {
				unsigned at, missed = random_below(100) < lost ? 1 + random_below(12) : 0;

				run(chip.length - (chip.now - chip.begin) + missed * PERIOD_COARSE + random_below(30));
				at = count();
				if (random_below(100) < 5)
					run(random_below(900));
				period_tick(&p, at, tsc());
			}
			assert_true(p.ns_scale != 0);
			assert_in_range(p.count_scale, 0.995 * 4294967296.0 * HZ / (MHZ * 1e6),
					1.005 * 4294967296.0 * HZ / (MHZ * 1e6));
		}
	}
}

/* A period ends between the interrupt and the reading, and its own interrupt follows at once. */
static void test_tick_that_was_counted(void **state)
{
	(void)state;
	power_on(true, false);
	tick(PERIOD_COARSE + 1);
	run(3);
	period_tick(&p, count(), tsc());
	assert_exact();
	tick(0);
}

static void test_long_run(void **state)
{
	(void)state;
	power_on(false, false);
	for (unsigned i = 0; i < HZ; i++)
		tick(1);
	assert_true(chip.now > 1000ull * HZ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes_do_not_drift), cmocka_unit_test(test_change_is_of_the_next_but_one),
		cmocka_unit_test(test_no_change_near_the_end), cmocka_unit_test(test_lost_ticks),
		cmocka_unit_test(test_measured_on_a_busy_computer),
		cmocka_unit_test(test_tick_that_was_counted), cmocka_unit_test(test_long_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
