/* The 8254 in a PC: ports, machine time, IRQ 0 and what a late machine is owed. The counting
 * itself is proved in counter_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <base/text_sink_test.h>
#include "vpit.h"

enum { CONTROL = 3 };
#define SECOND 1000000000ull

/* A machine of one chip: time, an alarm, and an interrupt line that counts its edges. */
static struct {
	uint64_t now, alarm;
	bool line;
	unsigned ticks, alarms;
	uint64_t tick_ns;
	bool asks, merges;         /* a request waits while its guest's interrupts are off */
} machine;

static struct vpit chip;

static uint64_t machine_now(void *of)
{
	(void)of;
	return machine.now;
}

static void machine_arm(void *of, uint64_t deadline)
{
	(void)of;
	machine.alarm = deadline;
}

static void machine_irq(void *to, bool level)
{
	(void)to;
	if (level && !machine.line) {
		machine.ticks++;
		machine.tick_ns = machine.now;
	}
	machine.line = level;
}

static void machine_pulse(void *to)
{
	if (machine.merges && machine.asks) {
		vpit_tick_merged(&chip, 0);
		return;
	}
	machine.asks = true;
	machine_irq(to, false);
	machine_irq(to, true);
}

static void connect(struct vpit *to)
{
	memset(to, 0, sizeof *to);
	to->irq = (struct line){ machine_irq, NULL };
	to->irq_edge = (struct edge){ machine_pulse, NULL };
	to->clock = (struct clock){ machine_now, machine_arm, NULL };
}

static int set_up(void **state)
{
	(void)state;
	memset(&machine, 0, sizeof machine);
	machine.alarm = CLOCK_NEVER;
	connect(&chip);
	vpit_reset(&chip);
	machine.ticks = 0;
	return 0;
}

/* A punctual machine: each alarm at its time. */
static void run_until(uint64_t ns)
{
	while (machine.alarm <= ns) {
		machine.now = machine.alarm > machine.now ? machine.alarm : machine.now;
		machine.alarm = CLOCK_NEVER;
		machine.alarms++;
		vpit_expire(&chip, machine.now);
	}
	machine.now = ns;
}

/* A machine that stands still for `away` ns, then runs for `here` ns, and so on. */
static void run_late_until(uint64_t ns, uint64_t away, uint64_t here)
{
	while (machine.now < ns) {
		machine.now += away;
		run_until(machine.now + here);
	}
}

static void program(unsigned counter, unsigned mode, unsigned count)
{
	vpit_out(&chip, CONTROL, (uint8_t)(counter << 6 | I8254_CW_RW_BOTH | mode << 1));
	vpit_out(&chip, counter, (uint8_t)count);
	vpit_out(&chip, counter, (uint8_t)(count >> 8));
}

static unsigned read_latched(unsigned counter)
{
	unsigned low;

	vpit_out(&chip, CONTROL, (uint8_t)(counter << 6));
	low = vpit_in(&chip, counter);
	return low | (unsigned)vpit_in(&chip, counter) << 8;
}

/* The pulse number of a time is floor(ns * 1193182 / 10^9), whatever the time. */
static void time_is_exact(void **state)
{
	(void)state;
	srand(1193182);
	for (int i = 0; i < 300000; i++) {
		uint64_t step = (uint64_t)rand() % 2000000;

		if (i % 1000 == 0)
			step = ((uint64_t)rand() << 24) + (uint64_t)rand();
		machine.now += step;
		vpit_refresh(&chip, machine.now);
		assert_true(chip.s.counter[1].clk ==
			(uint64_t)((unsigned __int128)machine.now * I8254_HZ / SECOND));
	}
	assert_true(machine.now > 1000 * SECOND);
}

/* IBM, "System Timers": count 0 in mode 3 is 18.2 a second; not one too many in a day. */
static void eighteen_a_second(void **state)
{
	uint64_t day = 86400 * SECOND;

	(void)state;
	program(0, 3, 0);
	run_until(day);
	assert_int_equal(machine.ticks, (day / SECOND * I8254_HZ - 1) / 65536);
	assert_int_equal(chip.s.lost, 0);
	assert_int_equal(machine.alarms, machine.ticks);   /* one alarm a tick */
	assert_int_equal(vpit_frequency_hz(&chip, 0), 18);
}

/* Each tick is at the first ns at which its CLK pulse has been. */
static void ticks_are_punctual(void **state)
{
	(void)state;
	program(0, 2, 1193);
	for (unsigned n = 1; n < 5000; n++) {
		uint64_t clk = 1 + n * 1193ull;
		uint64_t ns = (clk * SECOND + I8254_HZ - 1) / I8254_HZ;

		run_until(ns - 1);
		assert_int_equal(machine.ticks, n - 1);
		run_until(ns);
		assert_int_equal(machine.ticks, n);
	}
}

/* "Mode 0": OUT is low from the control word on and rises once. */
static void one_shot(void **state)
{
	(void)state;
	program(0, 0, 1000);
	assert_false(machine.line);
	run_until(SECOND / 2);
	assert_int_equal(machine.ticks, 1);
	assert_true(machine.tick_ns == (1001 * SECOND + I8254_HZ - 1) / I8254_HZ);
	assert_true(machine.line);
	vpit_out(&chip, 0, 100);
	assert_false(machine.line);
	vpit_out(&chip, 0, 0);
	run_until(SECOND);
	assert_int_equal(machine.ticks, 2);
	assert_true(machine.alarm == CLOCK_NEVER);
	/* From OUT low to a mode whose OUT is high: an edge, as on the chip. */
	program(0, 0, 1000);
	program(0, 2, 1000);
	assert_int_equal(machine.ticks, 3);
}

/* "Mode 3": OUT is high after the control word. In the low half of a wave that is a rising edge. */
static void control_word_raises_out(void **state)
{
	(void)state;
	program(0, 3, 2000);
	run_until(1500 * SECOND / I8254_HZ);
	assert_false(vpit_output(&chip, 0, machine.now));
	assert_int_equal(machine.ticks, 0);
	program(0, 3, 2000);
	assert_int_equal(machine.ticks, 1);
	program(0, 3, 2000);                           /* it is high already */
	assert_int_equal(machine.ticks, 1);
	run_until(machine.now + 1900 * SECOND / I8254_HZ);
	assert_int_equal(machine.ticks, 1);
	run_until(machine.now + 200 * SECOND / I8254_HZ);
	assert_int_equal(machine.ticks, 2);
}

/* A read past the end of a period finds its interrupt there too. */
static void read_delivers(void **state)
{
	(void)state;
	program(0, 2, 1193);
	machine.now = SECOND / 1000 + 2000;            /* the alarm is due, not yet delivered */
	assert_true(machine.alarm <= machine.now);
	assert_in_range(read_latched(0), 1180, 1193);
	assert_int_equal(machine.ticks, 1);
	vpit_expire(&chip, machine.now);
	assert_int_equal(machine.ticks, 1);
}

/* Late by slices, a machine gets all of its ticks. */
static void late_machine_catches_up(void **state)
{
	(void)state;
	program(0, 3, 0);
	run_late_until(10 * SECOND, 180000000, 20000000);
	assert_in_range(chip.s.owed, 0, 4);
	run_until(11 * SECOND);
	assert_int_equal(machine.ticks, (11 * I8254_HZ - 1) / 65536);
	assert_int_equal(chip.s.owed, 0);
}

/* Owed ticks come one by one, a fraction of a period apart. */
static void bounded_rate(void **state)
{
	uint64_t last;

	(void)state;
	program(0, 2, 11932);                          /* 100 Hz */
	machine.now = SECOND;
	vpit_expire(&chip, machine.now);
	assert_int_equal(machine.ticks, 1);
	assert_int_equal(chip.s.owed, 98);
	last = machine.tick_ns;
	for (unsigned n = 2; n < 50; n++) {
		run_until(machine.alarm);
		assert_int_equal(machine.ticks, n);
		assert_true(machine.tick_ns - last >= 11932 * 838 / VPIT_CATCH_UP);
		last = machine.tick_ns;
	}
	run_until(2 * SECOND);
	assert_int_equal(chip.s.owed, 0);
	assert_in_range(machine.ticks, 199, 200);
}

/* A machine that was without the processor could not take the tick before: none is lost. One that had it and
 * kept its interrupts off loses it, as it would on a PC; so does one that asks for a single pulse. */
static void merged_tick_is_owed(void **state)
{
	uint64_t last;

	(void)state;
	program(0, 2, 1193);
	run_until(machine.alarm);
	run_until(machine.alarm);
	last = machine.now;
	vpit_tick_merged(&chip, last - 2000000);           /* had the processor for two periods */
	assert_int_equal(chip.s.owed, 0);
	vpit_tick_merged(&chip, last - 900000);
	assert_int_equal(chip.s.owed, 1);
	assert_true(machine.alarm > last && machine.alarm < last + 500000);
	run_until(machine.alarm);
	assert_int_equal(machine.ticks, 3);
	vpit_tick_merged(&chip, last - 900000);            /* met it again */
	assert_int_equal(chip.s.owed, 1);
	run_until(SECOND);
	assert_int_equal(chip.s.owed, 0);
	assert_int_equal(machine.ticks, I8254_HZ / 1193 + 2);
	program(0, 0, 1193);
	run_until(2 * SECOND);
	vpit_tick_merged(&chip, 2 * SECOND);
	assert_int_equal(chip.s.owed, 0);
}

/* A guest that keeps its interrupts off now and then, for less than a period, and always has the processor:
 * what it is owed after a long time without it comes faster than it can take it, and none is lost. */
static void owed_ticks_wait_for_the_guest(void **state)
{
	(void)state;
	program(0, 2, 0);
	run_until(10 * SECOND);
	machine.merges = true;
	machine.now = 12 * SECOND;
	for (unsigned ms = 12000; ms < 16000; ms += 20) {
		machine.asks = false;
		run_until(ms * (SECOND / 1000));
	}
	assert_int_equal(chip.s.owed, 0);
	assert_int_equal(machine.ticks, chip.s.taken);
	assert_int_equal(machine.ticks, machine.now * I8254_HZ / SECOND / 0x10000);
}

/* Nor is it buried, when it has them off for long: it loses one each period, as it would on a PC. */
static void refused_ticks_are_lost(void **state)
{
	uint32_t owed;

	(void)state;
	program(0, 2, 11932);
	run_until(10 * SECOND);
	machine.merges = true;
	machine.now = 11 * SECOND;
	run_until(11 * SECOND + SECOND / 20);
	owed = chip.s.owed;
	assert_in_range(owed, 95, 105);
	run_until(30 * SECOND);
	assert_in_range(chip.s.owed, owed - 20, owed + 20);
}

/* And there is a limit to what is owed. */
static void bounded_burst(void **state)
{
	(void)state;
	program(0, 2, 1193);
	machine.now = 100 * SECOND;
	vpit_expire(&chip, machine.now);
	assert_int_equal(machine.ticks, 1);
	assert_int_equal(chip.s.owed, VPIT_OWED_MAX - 1);
	assert_true(chip.s.lost > 98000);
	/* A new control word ends the debt. */
	vpit_out(&chip, CONTROL, I8254_CW_RW_BOTH | 2 << 1);
	assert_int_equal(chip.s.owed, 0);
}

/* The fastest that a guest can program costs a bounded number of alarms. */
static void bounded_alarms(void **state)
{
	(void)state;
	program(0, 2, 2);
	run_until(SECOND / 10);
	assert_in_range(machine.alarms, 4000, SECOND / 10 / VPIT_TICK_MIN_NS + 1);
	assert_int_equal(machine.ticks, machine.alarms);
	/* The forbidden count of 1 costs none. */
	set_up(NULL);
	program(0, 2, 1);
	run_until(SECOND / 10);
	assert_int_equal(machine.ticks, 0);
}

/* The phase of a running counter follows from when it was programmed. */
static void latch_follows_time(void **state)
{
	(void)state;
	machine.now = 12345;
	program(2, 2, 1000);
	vpit_gate(&chip, 2, true);
	for (int i = 0; i < 2000; i++) {
		uint64_t clk, began = 12345ull * I8254_HZ / SECOND + 1;

		machine.now += 777;
		clk = machine.now * I8254_HZ / SECOND;
		if (clk >= began)
			assert_int_equal(read_latched(2), 1000 - (clk - began) % 1000);
	}
}

/* IBM, "System Timers": counter 1 asks for a refresh every 15 us; port 61h bit 4 changes with it. */
static void refresh_toggles(void **state)
{
	unsigned changes = 0;
	bool last;

	(void)state;
	program(1, 2, 18);
	last = vpit_refresh(&chip, machine.now);
	while (machine.now < SECOND / 100) {
		machine.now += 1000;
		if (vpit_refresh(&chip, machine.now) != last) {
			last = !last;
			changes++;
		}
	}
	assert_in_range(changes, 662, 663);
}

static void speaker(void **state)
{
	(void)state;
	assert_int_equal(vpit_frequency_hz(&chip, 2), 0);
	program(2, 3, 1331);
	assert_int_equal(vpit_frequency_hz(&chip, 2), 0);   /* gate low */
	vpit_gate(&chip, 2, true);
	assert_int_equal(vpit_frequency_hz(&chip, 2), 896);
	assert_true(vpit_output(&chip, 2, machine.now + 500000));
	assert_false(vpit_output(&chip, 2, machine.now + 600000));
	vpit_gate(&chip, 2, false);
	assert_true(vpit_output(&chip, 2, machine.now + 600000));
}

/* "Read-Back Command": several counters at once. */
static void read_back(void **state)
{
	(void)state;
	program(0, 3, 100);
	program(2, 0, 200);
	machine.now = 1000;
	vpit_out(&chip, CONTROL, I8254_CW_SC_READ_BACK | I8254_RB_CNT0 | I8254_RB_CNT0 << 2);
	assert_int_equal(vpit_in(&chip, 0), I8254_STATUS_OUT | I8254_CW_RW_BOTH | 3 << 1);
	assert_int_equal(vpit_in(&chip, 0), 100);
	assert_int_equal(vpit_in(&chip, 0), 0);
	assert_int_equal(vpit_in(&chip, 2), I8254_CW_RW_BOTH);
	assert_int_equal(vpit_in(&chip, 2), 200);
	assert_int_equal(vpit_in(&chip, 2), 0);
	vpit_out(&chip, CONTROL, I8254_CW_SC_READ_BACK | I8254_RB_NO_COUNT | I8254_RB_CNT0);
	assert_int_equal(vpit_in(&chip, 0), I8254_STATUS_OUT | I8254_CW_RW_BOTH | 3 << 1);
	assert_int_equal(vpit_in(&chip, CONTROL), 0xFF);
}

static void reset_clears(void **state)
{
	(void)state;
	vpit_gate(&chip, 2, true);
	program(0, 3, 100);
	machine.now = SECOND;
	vpit_reset(&chip);
	assert_true(machine.alarm == CLOCK_NEVER);
	assert_int_equal(chip.s.owed, 0);
	assert_int_equal(chip.s.counter[0].counted, 0);
	assert_int_equal(chip.s.counter[2].gate, 1);
	machine.ticks = 0;
	run_until(2 * SECOND);
	assert_int_equal(machine.ticks, 0);
}

/* A chip that is saved and loaded elsewhere goes on as if nothing had been. */
static void save_and_load(void **state)
{
	struct vpit_state saved;
	unsigned ticks;

	(void)state;
	program(0, 3, 5000);
	program(2, 2, 999);
	vpit_gate(&chip, 2, true);
	run_until(SECOND);
	ticks = machine.ticks;
	saved = chip.s;
	connect(&chip);
	machine.alarm = CLOCK_NEVER;
	assert_int_equal(vpit_load(&chip, &saved), E_OK);
	run_until(2 * SECOND);
	assert_int_equal(machine.ticks, (2 * I8254_HZ - 1) / 5000);
	assert_true(machine.ticks > ticks);

	saved.version = 99;
	assert_int_equal(vpit_load(&chip, &saved), E_VERSION);
	saved.version = VPIT_VERSION;
	saved.owed = VPIT_OWED_MAX + 1;
	assert_int_equal(vpit_load(&chip, &saved), E_DAMAGED);
	saved.owed = 0;
	saved.counter[1].mode = 6;
	assert_int_equal(vpit_load(&chip, &saved), E_DAMAGED);
	vpit_output(&chip, 2, machine.now);
	saved = chip.s;
	saved.counter[2].ce = 1000;
	assert_int_equal(vpit_load(&chip, &saved), E_DAMAGED);
}

/* Load accepts nothing on which counting could go wrong: random bytes either are refused or count on. */
static void load_survives_noise(void **state)
{
	(void)state;
	srand(4);
	for (int i = 0; i < 20000; i++) {
		struct vpit_state noise = chip.s;
		uint8_t *bytes = (uint8_t *)&noise;

		bytes[4 + (unsigned)rand() % (sizeof noise - 4)] = (uint8_t)rand();
		bytes[4 + (unsigned)rand() % (sizeof noise - 4)] = (uint8_t)rand();
		if (vpit_load(&chip, &noise) != E_OK)
			continue;
		for (unsigned n = 0; n < 3; n++)
			vpit_output(&chip, n, machine.now += 12345678);
		if (i % 100 == 0) {
			program(0, (unsigned)rand() % 6, (unsigned)rand() % 1000);
			program(2, (unsigned)rand() % 6, (unsigned)rand() % 1000);
		}
	}
}

static void describes_itself(void **state)
{
	struct text_sink t = { .sink.put = text_put };

	(void)state;
	program(0, 3, 0);
	vpit_describe(&chip, &t.sink);
	assert_non_null(strstr(t.text, "counter 0: mode 3, square wave, count 65536"));
	assert_non_null(strstr(t.text, "18 Hz"));
	assert_non_null(strstr(t.text, "counter 1: mode 2, rate generator, count 65536"));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(time_is_exact), TEST(eighteen_a_second), TEST(ticks_are_punctual),
		TEST(one_shot), TEST(control_word_raises_out), TEST(read_delivers), TEST(late_machine_catches_up),
		TEST(bounded_rate), TEST(merged_tick_is_owed), TEST(owed_ticks_wait_for_the_guest),
		TEST(refused_ticks_are_lost), TEST(bounded_burst), TEST(bounded_alarms),
		TEST(latch_follows_time), TEST(refresh_toggles), TEST(speaker), TEST(read_back),
		TEST(reset_clears), TEST(save_and_load), TEST(load_survives_noise),
		TEST(describes_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
