/* Simulates the scheduler's policy: a processor that serves 8 ms slices or until a task sleeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "policy.h"

#define MS ((uint64_t)NS_PER_MS)
enum { TASKS = 6, SLICE_MS = 8 };

struct sim_task {
	struct policy_task policy;
	uint64_t work;           /* ns that it runs before it sleeps; 0: never sleeps */
	uint64_t sleep;          /* ns */
	uint64_t left, wakes_at; /* of the present run; 0: it is awake */
	uint64_t ran, latest;    /* ns in all; longest wait for the processor */
	uint64_t ready_since;
};

struct sim {
	struct policy policy;
	struct sim_task task[TASKS];
	unsigned count;
	uint64_t now;
};

static struct sim_task *add(struct sim *s, unsigned priority, unsigned share, uint64_t work_ms,
			    uint64_t sleep_ms)
{
	struct sim_task *t = &s->task[s->count++];

	*t = (struct sim_task){ .policy = { .share = (uint16_t)share, .priority = (uint8_t)priority },
				.work = work_ms * MS, .sleep = sleep_ms * MS, .ready_since = s->now };
	t->left = t->work;
	list_init(&t->policy.link);
	policy_wake(&s->policy, &t->policy);
	return t;
}

static void wake_due(struct sim *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		struct sim_task *t = &s->task[i];

		if (t->wakes_at && t->wakes_at <= s->now) {
			t->ready_since = t->wakes_at;
			t->wakes_at = 0;
			t->left = t->work;
			policy_wake(&s->policy, &t->policy);
		}
	}
}

static uint64_t next_wake(const struct sim *s)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < s->count; i++)
		if (s->task[i].wakes_at)
			next = MIN(next, s->task[i].wakes_at);
	return next;
}

/* Who is better takes over when he wakes. */
static void run(struct sim *s, uint64_t ms)
{
	uint64_t end = s->now + ms * MS;

	while (s->now < end) {
		struct sim_task *t;
		uint64_t slice;

		wake_due(s);
		if (policy_idle(&s->policy)) {
			s->now = MIN(end, next_wake(s));
			continue;
		}
		t = container_of(policy_take(&s->policy), struct sim_task, policy);
		t->latest = MAX(t->latest, s->now - t->ready_since);
		slice = MIN(end, s->now + SLICE_MS * MS) - s->now;
		if (t->work)
			slice = MIN(slice, t->left);
		if (next_wake(s) > s->now)
			slice = MIN(slice, next_wake(s) - s->now);
		s->now += slice;
		t->ran += slice;
		t->left -= t->work ? slice : 0;
		policy_charge(&s->policy, &t->policy, slice);
		if (t->work && !t->left) {
			t->wakes_at = s->now + t->sleep;
		} else {
			t->ready_since = s->now;
			policy_queue(&s->policy, &t->policy);
		}
	}
}

static int setup(void **state)
{
	struct sim *s = calloc(1, sizeof *s);

	policy_init(&s->policy);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void assert_near(uint64_t a, uint64_t b, unsigned percent)
{
	uint64_t difference = a > b ? a - b : b - a;

	if (difference * 100 > b * percent)
		fail_msg("%llu is not within %u %% of %llu", (unsigned long long)a, percent,
			 (unsigned long long)b);
}

static void test_shares_1_2_4(void **state)
{
	struct sim *s = *state;
	struct sim_task *a = add(s, PRIORITY_MACHINE, 100, 0, 0);
	struct sim_task *b = add(s, PRIORITY_MACHINE, 200, 0, 0);
	struct sim_task *c = add(s, PRIORITY_MACHINE, 400, 0, 0);

	run(s, 7000);
	assert_near(a->ran, 1000 * MS, 2);
	assert_near(b->ran, 2000 * MS, 2);
	assert_near(c->ran, 4000 * MS, 2);
}

static void test_extreme_shares(void **state)
{
	struct sim *s = *state;
	struct sim_task *a = add(s, PRIORITY_MACHINE, 1, 0, 0);
	struct sim_task *b = add(s, PRIORITY_MACHINE, SHARE_MAX, 0, 0);

	run(s, 100100);
	assert_near(a->ran, 100 * MS, 10);
	assert_near(b->ran, 100000 * MS, 1);
}

static void test_equals_take_turns(void **state)
{
	struct sim *s = *state;

	for (unsigned i = 0; i < 4; i++)
		add(s, PRIORITY_SYSTEM, 100, 0, 0);
	run(s, 4 * SLICE_MS);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(s->task[i].ran, SLICE_MS * MS);
}

static void test_higher_priority_first(void **state)
{
	struct sim *s = *state;
	struct sim_task *machine = add(s, PRIORITY_MACHINE, SHARE_MAX, 0, 0);
	struct sim_task *idle = add(s, PRIORITY_IDLE, 100, 0, 0);
	struct sim_task *shell = add(s, PRIORITY_SYSTEM, 1, 2, 8);

	run(s, 1000);
	assert_int_equal(idle->ran, 0);
	assert_near(shell->ran, 200 * MS, 2);
	assert_near(machine->ran, 800 * MS, 2);
	assert_int_equal(shell->latest, 0);
}

static void test_priority_max(void **state)
{
	struct sim *s = *state;
	struct sim_task *low = add(s, 0, 100, 0, 0), *high = add(s, PRIORITY_MAX, 100, 0, 0);

	run(s, 100);
	assert_int_equal(low->ran, 0);
	assert_int_equal(high->ran, 100 * MS);
}

/* A sleeper gets its part when it wakes, not what it did not use for a minute. */
static void test_sleep_is_not_saved_up(void **state)
{
	struct sim *s = *state;
	struct sim_task *busy = add(s, PRIORITY_MACHINE, 100, 0, 0);
	struct sim_task *sleeper = add(s, PRIORITY_MACHINE, 100, 5000, 60000);
	uint64_t before;

	run(s, 10000);
	assert_true(sleeper->wakes_at > s->now);
	run(s, (sleeper->wakes_at - s->now) / MS);
	before = busy->ran;
	run(s, 200);
	assert_near(busy->ran - before, 100 * MS, 10);
}

/* Someone who wakes for a moment is served in the next slice. */
static void test_interactive_is_quick(void **state)
{
	struct sim *s = *state;
	struct sim_task *typist;

	add(s, PRIORITY_MACHINE, 100, 0, 0);
	add(s, PRIORITY_MACHINE, 100, 0, 0);
	typist = add(s, PRIORITY_MACHINE, 100, 1, 50);
	run(s, 100);
	typist->latest = 0;
	run(s, 20000);
	assert_true(typist->latest <= SLICE_MS * MS);
}

/* A turn of a machine of share 1 costs it 800 ms of virtual time; nobody else pays for that. */
static void test_small_share_does_not_delay_sleepers(void **state)
{
	struct sim *s = *state;
	struct sim_task *typist;

	add(s, PRIORITY_MACHINE, 100, 0, 0);
	add(s, PRIORITY_MACHINE, 1, 0, 0);
	typist = add(s, PRIORITY_MACHINE, 100, 1, 50);
	run(s, 60000);
	assert_true(typist->latest <= 2 * SLICE_MS * MS);
}

static void test_newcomer_waits_its_turn(void **state)
{
	struct sim *s = *state;
	struct sim_task *old = add(s, PRIORITY_MACHINE, 100, 0, 0), *new;
	uint64_t before;

	run(s, 30000);
	new = add(s, PRIORITY_MACHINE, 100, 0, 0);
	before = old->ran;
	run(s, 200);
	assert_near(new->ran, 100 * MS, 10);
	assert_near(old->ran - before, 100 * MS, 10);
}

static void test_remove(void **state)
{
	struct sim *s = *state;
	struct policy_task *a = &add(s, PRIORITY_SYSTEM, 100, 0, 0)->policy;
	struct policy_task *b = &add(s, PRIORITY_SYSTEM, 100, 0, 0)->policy;
	struct policy_task running = { .priority = PRIORITY_SYSTEM };

	assert_true(policy_better(&s->policy, &running));
	policy_remove(&s->policy, a);
	assert_true(policy_better(&s->policy, &running));
	assert_ptr_equal(policy_take(&s->policy), b);
	assert_false(policy_better(&s->policy, &running));
	assert_true(policy_idle(&s->policy));
}

static void test_better(void **state)
{
	struct sim *s = *state;
	struct policy_task lower = { .priority = PRIORITY_IDLE }, higher = { .priority = PRIORITY_DRIVER };

	add(s, PRIORITY_MACHINE, 100, 0, 0);
	assert_true(policy_better(&s->policy, &lower));
	assert_false(policy_better(&s->policy, &higher));
}

/* Who wakes behind the running machine interrupts it; who has had more than his part does not. */
static void test_urgent(void **state)
{
	struct policy_task running = { .priority = PRIORITY_MACHINE, .virtual_time = 100 * MS };
	struct policy_task woken = { .priority = PRIORITY_MACHINE, .virtual_time = 97 * MS };

	(void)state;
	assert_true(policy_urgent(&woken, &running, 0));
	woken.virtual_time = 100 * MS;
	assert_false(policy_urgent(&woken, &running, 0));
	assert_true(policy_urgent(&woken, &running, 1 * MS));
	woken.virtual_time = 102 * MS;
	assert_false(policy_urgent(&woken, &running, 1 * MS));
	woken.priority = PRIORITY_MACHINE + 1;
	assert_true(policy_urgent(&woken, &running, 0));
	assert_false(policy_urgent(&running, &woken, 100 * MS));
	running.priority = woken.priority;
	woken.virtual_time = 0;
	assert_false(policy_urgent(&woken, &running, 100 * MS));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_shares_1_2_4), TEST(test_extreme_shares), TEST(test_equals_take_turns),
		TEST(test_higher_priority_first), TEST(test_priority_max), TEST(test_sleep_is_not_saved_up),
		TEST(test_interactive_is_quick), TEST(test_small_share_does_not_delay_sleepers),
		TEST(test_newcomer_waits_its_turn), TEST(test_remove), TEST(test_better), TEST(test_urgent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
