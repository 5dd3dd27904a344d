/* The whole 8254 against a model that takes every CLK pulse by itself: a million random operations on
 * its ports, gates and clock. What any read gives (count, latch, read-back, OUT, refresh) and how many
 * times IRQ 0 rose must not depend on how vpit.c spares itself the work: counters that are carried
 * forward only when looked at, and ticks that pass by them. Of the data sheet (Intel 231164): "Write
 * Operations", "Read Operations", "Read-Back Command", "Mode Definitions". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "counter_model.h"
#include "vpit.h"

enum { CONTROL = 3, OPERATIONS = 1000000 };
#define SECOND 1000000000ull

/* A counter with what lies between it and the data bus. */
struct model_counter {
	struct model c;
	unsigned control, latch, status;
	bool latched, status_latched, read_high;
};

static struct model_counter model[I8254_COUNTERS];
static uint64_t model_clk;

static struct {
	uint64_t now, alarm;
	bool line;
	unsigned ticks, steady;
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
	machine.ticks += level && !machine.line;
	machine.line = level;
}

static void machine_pulse(void *to)
{
	machine_irq(to, false);
	machine_irq(to, true);
}

/* --- the bus side of the model --- */

static void model_set(struct model_counter *m, unsigned control)
{
	unsigned mode = control >> 1 & 7;

	model_control(&m->c, mode > 5 ? mode - 4 : mode, control & I8254_CW_RW, control & 1);
	m->control = control & 0x3F;
	m->latched = m->status_latched = m->read_high = false;
}

static void model_latch(struct model_counter *m)
{
	if (!m->latched)
		m->latch = model_reading(&m->c);
	m->latched = true;
}

static void model_latch_status(struct model_counter *m)
{
	if (!m->status_latched)
		m->status = m->control | (unsigned)m->c.null << 6 | (unsigned)m->c.out << 7;
	m->status_latched = true;
}

static unsigned model_read(struct model_counter *m)
{
	unsigned value = m->latched ? m->latch : model_reading(&m->c);
	bool last = true, high = m->c.rw == I8254_CW_RW_MSB;

	if (m->status_latched) {
		m->status_latched = false;
		return m->status;
	}
	if (m->c.rw == I8254_CW_RW_BOTH) {
		last = high = m->read_high;
		m->read_high = !m->read_high;
	}
	if (last)
		m->latched = false;
	return high ? value >> 8 : value & 0xFF;
}

static void model_run(void)
{
	uint64_t clk = (uint64_t)((unsigned __int128)machine.now * I8254_HZ / SECOND);

	for (; model_clk < clk; model_clk++)
		for (unsigned n = 0; n < I8254_COUNTERS; n++)
			model_tick(&model[n].c);
}

/* --- what both are put through --- */

/* Ticks that were had, are owed or were lost, and the rises of OUT 0, since OUT 0 last was written. */
static unsigned base_ticks, base_lost, base_rises;

static void begin_to_count(void)
{
	base_ticks = machine.ticks;
	base_lost = chip.s.lost;
	base_rises = model[0].c.rises;
}

static void check_ticks(void)
{
	assert_int_equal(vpit_output(&chip, 0, machine.now), model[0].c.out);
	assert_int_equal(machine.ticks - base_ticks + chip.s.owed + chip.s.lost - base_lost,
		model[0].c.rises - base_rises);
}

/* Time passes: mostly the alarms come when they should, sometimes late. */
static void pass_time(void)
{
	uint64_t end = machine.now;

	switch (rand() % 64) {
	case 0: end += (unsigned)rand() % 3000000; break;
	case 1: case 2: case 3: case 4: case 5: case 6: case 7: end += (unsigned)rand() % 60000; break;
	default: end += (unsigned)rand() % 5000; break;
	}
	while (machine.alarm <= end && rand() % 32) {
		machine.now = machine.alarm > machine.now ? machine.alarm : machine.now;
		machine.alarm = CLOCK_NEVER;
		machine.steady += chip.steps != 0;
		vpit_expire(&chip, machine.now);
	}
	machine.now = end;
	model_run();
}

/* A write to counter 0 ends what is owed if it pulls OUT 0 down or sets the mode; if it raises OUT 0,
 * that is an interrupt. */
static void check_write(unsigned n, unsigned ticks, unsigned rises, bool control)
{
	const struct model *m = &model[0].c;

	if (n != 0)
		return;
	assert_int_equal(machine.ticks - ticks, m->rises - rises);
	if (control || (m->mode < 2 && !m->out)) {
		assert_int_equal(chip.s.owed, 0);
		begin_to_count();
	}
	assert_int_equal(machine.line, m->mode < 2 ? m->out : true);
}

static unsigned random_byte(const struct model *m)
{
	unsigned byte = (unsigned)rand() & (rand() % 3 ? 0x1F : 0xFF);

	if (m->bcd && (byte & 15) > 9)
		byte &= 0xF7;
	if (m->bcd && (byte >> 4) > 9)
		byte &= 0x7F;
	return byte;
}

static void write_something(unsigned n, bool control)
{
	unsigned ticks, rises, byte;

	check_ticks();
	ticks = machine.ticks;
	rises = model[0].c.rises;
	if (control) {
		byte = (unsigned)rand() % 16 | (1u + (unsigned)rand() % 3) << 4;
		vpit_out(&chip, CONTROL, (uint8_t)(n << 6 | byte));
		model_set(&model[n], byte);
	} else {
		byte = random_byte(&model[n].c);
		vpit_out(&chip, n, (uint8_t)byte);
		model_write(&model[n].c, byte);
	}
	check_write(n, ticks, rises, control);
}

static void latch_something(unsigned n)
{
	unsigned command = (unsigned)rand() % 64 & ~1u;

	if (rand() % 2) {
		vpit_out(&chip, CONTROL, (uint8_t)(n << 6 | (command & 0x0E)));
		model_latch(&model[n]);
		return;
	}
	vpit_out(&chip, CONTROL, (uint8_t)(I8254_CW_SC_READ_BACK | command));
	for (unsigned i = 0; i < I8254_COUNTERS; i++) {
		if (!(command >> (i + 1) & 1))
			continue;
		if (!(command & 0x20))
			model_latch(&model[i]);
		if (!(command & 0x10))
			model_latch_status(&model[i]);
	}
}

static void do_something(void)
{
	unsigned n = (unsigned)rand() % I8254_COUNTERS;
	bool level = rand() & 1;

	switch (rand() % 32) {
	case 0:
		/* Counter 0 is let run for longer. */
		if (n || rand() % 4 == 0)
			write_something(n, true);
		break;
	case 1: case 2: case 3: case 4:
		if (n || rand() % 2 == 0)
			write_something(n, false);
		break;
	case 5: case 6: case 7: case 8:
		latch_something(n);
		break;
	case 9: case 10: case 11:
		vpit_gate(&chip, I8254_SPEAKER_COUNTER, level);
		model_gate(&model[I8254_SPEAKER_COUNTER].c, level);
		break;
	case 12:
		check_ticks();
		break;
	case 13: case 14: case 15:
		assert_int_equal(vpit_output(&chip, 2, machine.now), model[2].c.out);
		break;
	case 16:
		assert_int_equal(vpit_refresh(&chip, machine.now), model[1].c.rises & 1);
		break;
	default:
		if (n || rand() % 4 == 0)
			assert_int_equal(vpit_in(&chip, n), model_read(&model[n]));
		break;
	}
}

static void start(void)
{
	memset(&machine, 0, sizeof machine);
	memset(&model, 0, sizeof model);
	memset(&chip, 0, sizeof chip);
	machine.alarm = CLOCK_NEVER;
	chip.irq = (struct line){ machine_irq, NULL };
	chip.irq_edge = (struct edge){ machine_pulse, NULL };
	chip.clock = (struct clock){ machine_now, machine_arm, NULL };
	vpit_reset(&chip);
	model_clk = 0;
	for (unsigned n = 0; n < I8254_COUNTERS; n++) {
		model[n].c.gate = n != I8254_SPEAKER_COUNTER;
		model[n].c.out = true;
		model_set(&model[n], I8254_CW_RW_BOTH | 2 << 1);
	}
	begin_to_count();
}

static void a_million_operations(void **state)
{
	(void)state;
	srand(82540);
	start();
	for (int i = 0; i < OPERATIONS; i++) {
		do_something();
		pass_time();
	}
	check_ticks();
	/* The short way was taken, too. */
	assert_true(machine.steady > 1000);
}

/* As often saved and loaded as not: nothing that vpit_load() makes anew may differ. */
static void loaded_again_and_again(void **state)
{
	(void)state;
	srand(82541);
	start();
	for (int i = 0; i < OPERATIONS / 10; i++) {
		struct vpit_state saved;

		do_something();
		if (rand() % 4 == 0) {
			saved = chip.s;
			memset(&chip.s, 0, sizeof chip.s);
			assert_int_equal(vpit_load(&chip, &saved), E_OK);
		}
		pass_time();
	}
	check_ticks();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million_operations), cmocka_unit_test(loaded_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
