/* The one entrance, and the machine's own time. */
#include "fake_kernel_test.h"

#define MS ((uint64_t)NS_PER_MS)

static char journal[400];

static void note(void *ctx, uint32_t a, uint32_t b)
{
	size_t n = strlen(journal);

	(void)ctx;
	(void)b;
	snprintf(journal + n, sizeof journal - n, "%u ", a);
}

static struct machine_event event(uint32_t a)
{
	return (struct machine_event){ note, NULL, a, 0 };
}

static int setup(void **state)
{
	journal[0] = 0;
	return fake_setup(state);
}

static void post(uint32_t a)
{
	struct machine_event e = event(a);

	assert_int_equal(machine_post(m, &e), E_OK);
}

/* --- events ------------------------------------------------------------------------------------ */

static void test_in_order(void **state)
{
	(void)state;
	post(1);
	post(2);
	post(3);
	assert_string_equal(journal, "");
	assert_true(m->hot.pending & PENDING_WORK);
	events_apply(m);
	assert_string_equal(journal, "1 2 3 ");
	events_apply(m);
	assert_string_equal(journal, "1 2 3 ");
}

static void test_queue_full(void **state)
{
	struct machine_event more = event(99);

	(void)state;
	m->event_head = m->event_tail = 0xFFFFFFF0;       /* the counters wrap on the way */
	for (unsigned i = 0; i < MACHINE_EVENTS; i++)
		post(i % 10);
	assert_int_equal(machine_post(m, &more), E_NO_SPACE);
	events_apply(m);
	assert_int_equal(strlen(journal), MACHINE_EVENTS * 2);
	assert_null(strstr(journal, "99"));
	post(7);
	events_apply(m);
	assert_string_equal(journal + MACHINE_EVENTS * 2, "7 ");
}

static void post_another(void *ctx, uint32_t a, uint32_t b)
{
	note(ctx, a, b);
	post(a + 1);
}

/* What an event posts is applied in the same round, behind the others. */
static void test_posted_by_an_event(void **state)
{
	struct machine_event e = { post_another, NULL, 1, 0 };

	(void)state;
	assert_int_equal(machine_post(m, &e), E_OK);
	post(5);
	events_apply(m);
	assert_string_equal(journal, "1 5 2 ");
}

/* --- calls ---------------------------------------------------------------------------------------- */

static void test_call_before_the_start(void **state)
{
	struct machine_event e = event(4);

	(void)state;
	assert_int_equal(machine_call(m, &e), E_OK);
	assert_string_equal(journal, "4 ");
}

static void run_machine(void)
{
	events_apply(m);
}

static void test_call_to_a_running_machine(void **state)
{
	struct machine_event e = event(4);

	(void)state;
	m->task = &fake_machine_task;
	fake_wait = run_machine;
	post(3);
	assert_int_equal(machine_call(m, &e), E_OK);
	assert_string_equal(journal, "3 4 ");
}

static void machine_stands(void)
{
	m->standing = true;
}

/* It was paused after the call was queued: the caller does it himself. */
static void test_call_while_it_comes_to_stand(void **state)
{
	struct machine_event e = event(4);

	(void)state;
	m->task = &fake_machine_task;
	fake_wait = machine_stands;
	assert_int_equal(machine_call(m, &e), E_OK);
	assert_string_equal(journal, "4 ");
}

static unsigned holds_seen;

static void see_holds(void)
{
	holds_seen = m->holds;
	events_apply(m);
}

static void test_call_holds_the_machine(void **state)
{
	struct machine_event e = event(4);

	(void)state;
	m->task = &fake_machine_task;
	fake_wait = see_holds;
	assert_int_equal(machine_call(m, &e), E_OK);
	assert_int_equal(holds_seen, 1);
	assert_int_equal(m->holds, 0);
}

static void test_call_queue_full(void **state)
{
	struct machine_event e = event(4);

	(void)state;
	m->task = &fake_machine_task;
	for (unsigned i = 0; i < MACHINE_EVENTS; i++)
		post(0);
	assert_int_equal(machine_call(m, &e), E_NO_SPACE);
	assert_int_equal(m->holds, 0);
}

/* --- time ------------------------------------------------------------------------------------------- */

struct chip {
	struct clock clock;
	unsigned number;
	uint64_t expired_at;
	uint64_t again;          /* arms itself again so much later; 0: not */
};

static void expire(void *chip, uint64_t now)
{
	struct chip *c = chip;

	note(NULL, c->number, 0);
	c->expired_at = now;
	if (c->again)
		clock_arm(&c->clock, now + c->again);
}

static struct chip *chip_new(unsigned number)
{
	static struct chip chips[4];
	struct chip *c = &chips[number];

	*c = (struct chip){ .number = number };
	c->clock = machine_clock(m, expire, c);
	return c;
}

/* As the machine's task does when it is woken. */
static void attend(void)
{
	if (m->hot.pending & (PENDING_WORK | PENDING_ALARM)) {
		pending_clear(m, PENDING_WORK | PENDING_ALARM);
		events_apply(m);
		timers_apply(m);
	}
}

static void test_time_begins_at_0(void **state)
{
	struct chip *c = chip_new(0);

	(void)state;
	fake_advance(5 * MS);
	assert_int_equal(clock_now(&c->clock), 0);
	machine_clock_start(m);
	assert_int_equal(clock_now(&c->clock), 0);
	fake_advance(3 * MS);
	assert_int_equal(clock_now(&c->clock), 3 * MS);
}

/* A machine that stands does not see time pass, and no alarm rings. */
static void test_time_stands_while_paused(void **state)
{
	struct chip *c = chip_new(1);

	(void)state;
	machine_clock_start(m);
	clock_arm(&c->clock, 10 * MS);
	fake_advance(4 * MS);
	machine_clock_stop(m);
	fake_advance(1000 * MS);
	attend();
	assert_int_equal(machine_now(m), 4 * MS);
	assert_string_equal(journal, "");
	machine_clock_start(m);
	assert_int_equal(machine_now(m), 4 * MS);
	fake_advance(5 * MS);
	attend();
	assert_string_equal(journal, "");
	fake_advance(1 * MS);
	attend();
	assert_string_equal(journal, "1 ");
	assert_int_equal(c->expired_at, 10 * MS);
}

/* Armed while it stands: counts from when it goes on. */
static void test_armed_while_paused(void **state)
{
	struct chip *c = chip_new(1);

	(void)state;
	clock_arm(&c->clock, 2 * MS);
	assert_int_equal(fake_alarm(), CLOCK_NEVER);
	machine_clock_start(m);
	assert_int_equal(fake_alarm(), 2 * MS);
	fake_advance(2 * MS);
	attend();
	assert_string_equal(journal, "1 ");
}

static void test_alarms_of_several_chips(void **state)
{
	struct chip *a = chip_new(1), *b = chip_new(2), *c = chip_new(3);

	(void)state;
	machine_clock_start(m);
	clock_arm(&a->clock, 30 * MS);
	clock_arm(&b->clock, 10 * MS);
	clock_arm(&c->clock, 20 * MS);
	for (unsigned i = 0; i < 40; i++) {
		fake_advance(1 * MS);
		attend();
	}
	assert_string_equal(journal, "2 3 1 ");
	assert_int_equal(a->expired_at, 30 * MS);
	assert_int_equal(fake_alarm(), CLOCK_NEVER);
}

static void test_arming_replaces(void **state)
{
	struct chip *a = chip_new(1), *b = chip_new(2);

	(void)state;
	machine_clock_start(m);
	clock_arm(&a->clock, 10 * MS);
	clock_arm(&b->clock, 20 * MS);
	clock_arm(&a->clock, CLOCK_NEVER);
	assert_int_equal(fake_alarm(), 20 * MS);
	clock_arm(&b->clock, 40 * MS);
	assert_int_equal(fake_alarm(), 40 * MS);
	clock_arm(&b->clock, 5 * MS);
	fake_advance(6 * MS);
	attend();
	assert_string_equal(journal, "2 ");
	assert_int_equal(b->expired_at, 6 * MS);
}

/* An alarm may be armed again by its own expiry; a late one rings once. */
static void test_periodic(void **state)
{
	struct chip *c = chip_new(1);

	(void)state;
	machine_clock_start(m);
	c->again = 10 * MS;
	clock_arm(&c->clock, 10 * MS);
	for (unsigned i = 0; i < 55; i++) {
		fake_advance(1 * MS);
		attend();
	}
	assert_string_equal(journal, "1 1 1 1 1 ");
	fake_advance(100 * MS);
	attend();
	assert_string_equal(journal, "1 1 1 1 1 1 ");
}

/* The engine's short way: the first alarm at the tick that raised it, by that tick's time. */
static void test_alarms_on_the_way(void **state)
{
	struct chip *a = chip_new(1), *b = chip_new(2), *c = chip_new(3);

	(void)state;
	fine_wanted = 0;
	machine_clock_start(m);
	a->again = 10 * MS;
	clock_arm(&a->clock, 10 * MS);
	clock_arm(&b->clock, 25 * MS);
	clock_arm(&c->clock, 25 * MS);
	for (unsigned i = 0; i < 50; i++) {
		fake_advance(1 * MS);
		if (m->hot.pending & PENDING_ALARM)
			machine_alarms(&m->hot);
		assert_int_equal(m->hot.pending & PENDING_ALARM, 0);
	}
	assert_string_equal(journal, "1 1 2 3 1 1 1 ");
	assert_int_equal(b->expired_at, 25 * MS);
	assert_int_equal(c->expired_at, 26 * MS);         /* due at once with another: at the next tick */
	assert_int_equal(fine_wanted, 1);                 /* which had better be near */
	assert_int_equal(a->expired_at, 50 * MS);
}

/* Random arming, in every order: none is forgotten, none rings early. */
static void test_alarms_at_random(void **state)
{
	struct chip *chips[3] = { chip_new(1), chip_new(2), chip_new(3) };
	uint64_t due[3] = { CLOCK_NEVER, CLOCK_NEVER, CLOCK_NEVER };

	(void)state;
	srand(8254);
	machine_clock_start(m);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned k = (unsigned)rand() % 3, rung = 0;
		uint64_t now = machine_now(m);

		journal[0] = 0;
		due[k] = rand() % 4 ? now + (uint64_t)rand() % (20 * MS) : CLOCK_NEVER;
		clock_arm(&chips[k]->clock, due[k]);
		fake_advance((uint64_t)rand() % (4 * MS));
		now = machine_now(m);
		attend();
		for (k = 0; k < 3; k++) {
			if (due[k] > now)
				continue;
			assert_int_equal(chips[k]->expired_at, now);
			due[k] = CLOCK_NEVER;
			rung++;
		}
		assert_int_equal(strlen(journal), 2 * rung);
		assert_int_equal(fake_alarm(), MIN(due[0], MIN(due[1], due[2])));
	}
}

/* A device that is not made after all takes its clock along. */
static void test_forgotten_clock(void **state)
{
	struct chip *a = chip_new(1), *b = chip_new(2);

	(void)state;
	machine_clock_start(m);
	clock_arm(&a->clock, 20 * MS);
	clock_arm(&b->clock, 10 * MS);
	timers_forget(m, 1);
	assert_int_equal(fake_alarm(), 20 * MS);
	fake_advance(30 * MS);
	attend();
	assert_string_equal(journal, "1 ");
}

int main(void)
{
#define EVENT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, fake_teardown)
	const struct CMUnitTest tests[] = {
		EVENT_TEST(test_in_order), EVENT_TEST(test_queue_full), EVENT_TEST(test_posted_by_an_event),
		EVENT_TEST(test_call_before_the_start), EVENT_TEST(test_call_to_a_running_machine),
		EVENT_TEST(test_call_while_it_comes_to_stand), EVENT_TEST(test_call_holds_the_machine),
		EVENT_TEST(test_call_queue_full), EVENT_TEST(test_time_begins_at_0),
		EVENT_TEST(test_time_stands_while_paused), EVENT_TEST(test_armed_while_paused),
		EVENT_TEST(test_alarms_of_several_chips), EVENT_TEST(test_arming_replaces),
		EVENT_TEST(test_periodic), EVENT_TEST(test_alarms_on_the_way),
		EVENT_TEST(test_alarms_at_random), EVENT_TEST(test_forgotten_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
