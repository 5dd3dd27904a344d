/* Timers: order, ties, cancelling, and what an expiry may do itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <iface/host.h>
#include <kern/log.h>
#include <kern/module.h>
#include "task.h"

enum { TIMERS = 200 };

/* --- what timer.c calls ------------------------------------------------------------------- */

uint32_t locks_held;
static uint64_t now;
static bool (*clock_tick)(void);
static bool fine;
static unsigned task_ticks;

static uint64_t clock_now_ns(void *instance) { (void)instance; return now; }
static void clock_start(void *instance, bool (*tick)(void)) { (void)instance; clock_tick = tick; }
static const struct clock_host_ops clock_ops = { clock_now_ns, clock_start };

int offer_get(const char *role, const char *name, uint16_t version, struct offer **offer, const void *ops,
	      void **instance)
{
	(void)name; (void)version; (void)offer; (void)instance;
	assert_string_equal(role, CLOCK_ROLE);
	*(const void **)ops = &clock_ops;
	return E_OK;
}

void task_tick(uint64_t at)
{
	assert_int_equal(at, now);
	task_ticks++;
}

void panic(const char *file, int line, const char *format, ...)
{
	fail_msg("panic at %s:%d: %s", file, line, format);
	abort();
}

/* --- timers that write down when they fire ----------------------------------------------------- */

struct probe {
	struct timer timer;
	unsigned number, fired;
	uint64_t again;              /* sets itself so much later; 0: not */
	struct probe *cancels;
};

static struct probe probes[TIMERS];
static unsigned order[TIMERS * 4], fired;

static void expire(struct timer *timer)
{
	struct probe *p = (struct probe *)timer;

	assert_true(timer->deadline <= now);
	p->fired++;
	order[fired++] = p->number;
	if (p->again)
		timer_set(timer, timer->deadline + p->again);
	if (p->cancels)
		timer_cancel(&p->cancels->timer);
}

static int setup(void **state)
{
	(void)state;
	now = 0;
	fired = 0;
	task_ticks = 0;
	memset(probes, 0, sizeof probes);
	for (unsigned i = 0; i < TIMERS; i++) {
		probes[i].number = i;
		timer_init(&probes[i].timer, expire);
	}
	time_start();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TIMERS; i++)
		timer_cancel(&probes[i].timer);
	assert_int_equal(locks_held, 0);
	return 0;
}

static void tick_at(uint64_t ns)
{
	now = ns;
	fine = clock_tick();
}

static void test_order(void **state)
{
	uint64_t seed = 88172645463325252u, last = 0;

	(void)state;
	for (unsigned i = 0; i < TIMERS; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		timer_set(&probes[i].timer, seed % 1000);
	}
	for (uint64_t t = 0; t < 1000; t += 10)
		tick_at(t);
	tick_at(1000);
	assert_int_equal(fired, TIMERS);
	for (unsigned i = 0; i < TIMERS; i++) {
		assert_true(probes[order[i]].timer.deadline >= last);
		last = probes[order[i]].timer.deadline;
	}
	assert_int_equal(task_ticks, 101);
}

static void test_not_early(void **state)
{
	(void)state;
	timer_set(&probes[0].timer, 100);
	tick_at(99);
	assert_int_equal(fired, 0);
	tick_at(100);
	assert_int_equal(fired, 1);
	tick_at(200);
	assert_int_equal(fired, 1);
}

/* Equal ones in the order in which they were set. */
static void test_ties(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 10; i++)
		timer_set(&probes[9 - i].timer, 50);
	tick_at(50);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(order[i], 9 - i);
}

static void test_set_again(void **state)
{
	(void)state;
	timer_set(&probes[0].timer, 100);
	timer_set(&probes[1].timer, 200);
	timer_set(&probes[0].timer, 300);      /* later than before */
	timer_set(&probes[1].timer, 50);       /* earlier */
	tick_at(100);
	assert_int_equal(fired, 1);
	assert_int_equal(order[0], 1);
	tick_at(300);
	assert_int_equal(fired, 2);
}

static void test_cancel(void **state)
{
	(void)state;
	timer_cancel(&probes[0].timer);        /* harmless */
	timer_set(&probes[0].timer, 10);
	timer_set(&probes[1].timer, 20);
	timer_cancel(&probes[0].timer);
	timer_cancel(&probes[0].timer);
	tick_at(100);
	assert_int_equal(fired, 1);
	assert_int_equal(order[0], 1);
}

/* One that fires cancels its neighbour, which is due in the same tick. */
static void test_cancelled_by_another(void **state)
{
	(void)state;
	probes[0].cancels = &probes[1];
	timer_set(&probes[0].timer, 10);
	timer_set(&probes[1].timer, 20);
	timer_set(&probes[2].timer, 30);
	tick_at(100);
	assert_int_equal(fired, 2);
	assert_int_equal(order[1], 2);
}

/* A late tick serves a periodic timer as often as it was due, in its place among the others. */
static void test_periodic_and_late(void **state)
{
	static const unsigned expected[] = { 0, 0, 1, 0 };

	(void)state;
	probes[0].again = 10;
	timer_set(&probes[0].timer, 10);
	timer_set(&probes[1].timer, 25);
	tick_at(35);
	assert_int_equal(fired, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(order[i], expected[i]);
	assert_int_equal(probes[0].timer.deadline, 40);
}

enum { US = 1000, MS = 1000000 };

/* Finer ticks while timers are set for less than a coarse one, and for a while after. */
static void test_fine_ticks(void **state)
{
	uint64_t t = 1000 * MS;

	(void)state;
	tick_at(t);
	tick_at(t += 200 * MS);
	assert_false(fine);
	timer_set(&probes[0].timer, t + 55 * MS);          /* a clock's 18.2 Hz */
	tick_at(t += 838 * US);
	assert_false(fine);
	for (unsigned i = 0; i < 1000; i++) {
		timer_set(&probes[1].timer, t + 250 * US);
		tick_at(t += 125 * US);
		assert_true(fine);
	}
	tick_at(t += 49 * MS);
	assert_true(fine);
	tick_at(t += 2 * MS);
	assert_false(fine);
}

/* The same for a machine that was found behind. */
static void test_fine_ticks_for_a_machine(void **state)
{
	uint64_t t = 5000ull * MS;

	(void)state;
	tick_at(t);
	tick_at(t += 838 * US);
	assert_false(fine);
	time_fine();
	tick_at(t += 838 * US);
	assert_true(fine);
	tick_at(t += 48 * MS);
	assert_true(fine);
	tick_at(t += 2 * MS);
	assert_false(fine);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_order), TEST(test_not_early), TEST(test_ties), TEST(test_set_again), TEST(test_cancel),
		TEST(test_cancelled_by_another), TEST(test_periodic_and_late), TEST(test_fine_ticks),
		TEST(test_fine_ticks_for_a_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
