/* One counter against a model that carries out every single CLK pulse as the data sheet tells
 * it: Intel, "8254 Programmable Interval Timer" (231164), "Mode Definitions"; and the sequences
 * drawn in its figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "counter.h"
#include "counter_model.h"

enum { LSB = I8254_CW_RW_LSB, MSB = I8254_CW_RW_MSB, BOTH = I8254_CW_RW_BOTH };

static struct vpit_counter c;

static void start(unsigned mode, unsigned rw, bool gate)
{
	memset(&c, 0, sizeof c);
	c.gate = gate;
	counter_reset(&c);
	counter_control(&c, (uint8_t)(mode << I8254_CW_M_SHIFT | rw));
}

static void step(unsigned n)
{
	counter_advance(&c, c.clk + n);
}

/* Steps one pulse at a time through "value:OUT" pairs; OUT as H or L. */
static void expect(const char *sequence)
{
	while (*sequence) {
		char *end;
		unsigned value = (unsigned)strtoul(sequence, &end, 16);

		step(1);
		assert_int_equal(counter_value(&c), value);
		assert_int_equal(c.out, *end == 'H');
		sequence = end + 1;
		while (*sequence == ' ')
			sequence++;
	}
}

/* "Figure 15. Mode 0": N = 4 goes high N + 1 pulses after the write; gate and new count. */
static void mode_0(void **state)
{
	(void)state;
	start(0, LSB, true);
	assert_false(c.out);
	counter_write(&c, 4);
	expect("4L 3L 2L 1L 0H FFFFH FFFEH");
	counter_write(&c, 3);
	assert_false(c.out);
	expect("3L 2L");
	counter_gate(&c, false);
	expect("2L 2L");
	counter_gate(&c, true);
	expect("1L 0H");
	/* A count written with GATE low is loaded all the same. */
	counter_gate(&c, false);
	counter_write(&c, 2);
	expect("2L 2L");
	counter_gate(&c, true);
	expect("1L 0H");
	/* A new count while counting. */
	counter_write(&c, 3);
	expect("3L 2L");
	counter_write(&c, 2);
	expect("2L 1L 0H FFFFH");
}

/* "Mode 0": the first of two bytes stops counting and pulls OUT down at once. */
static void mode_0_two_bytes(void **state)
{
	(void)state;
	start(0, BOTH, true);
	counter_write(&c, 2);
	counter_write(&c, 0);
	expect("2L 1L 0H");
	counter_write(&c, 3);
	assert_false(c.out);
	expect("0L 0L");
	assert_true(counter_next_rise(&c) == COUNTER_NEVER);
	counter_write(&c, 1);
	expect("103L 102L");
}

/* "Figure 16. Mode 1". */
static void mode_1(void **state)
{
	(void)state;
	start(1, LSB, false);
	assert_true(c.out);
	counter_write(&c, 3);
	step(5);
	assert_true(c.out);
	counter_gate(&c, true);
	expect("3L 2L 1L 0H FFFFH");
	counter_gate(&c, false);
	counter_gate(&c, true);
	expect("3L 2L");
	counter_gate(&c, false);      /* the level has no effect */
	expect("1L");
	counter_gate(&c, true);       /* retriggered */
	expect("3L");
	counter_write(&c, 2);         /* does not touch this pulse */
	expect("2L 1L 0H");
	counter_gate(&c, false);
	counter_gate(&c, true);
	expect("2L 1L 0H");
}

/* "Figure 17. Mode 2". */
static void mode_2(void **state)
{
	(void)state;
	start(2, LSB, true);
	assert_true(c.out);
	counter_write(&c, 3);
	expect("3H 2H 1L 3H 2H 1L 3H");
	counter_gate(&c, false);
	expect("3H 3H");
	counter_gate(&c, true);
	expect("3H 2H 1L");
	counter_gate(&c, false);
	assert_true(c.out);           /* at once */
	counter_gate(&c, true);
	expect("3H 2H");
	counter_write(&c, 5);         /* at the end of the period */
	expect("1L 5H 4H");
	counter_write(&c, 4);
	counter_gate(&c, false);
	counter_gate(&c, true);       /* or with a trigger */
	expect("4H 3H 2H 1L 4H");
}

/* "Figure 18. Mode 3": even and odd counts. */
static void mode_3(void **state)
{
	(void)state;
	start(3, LSB, true);
	counter_write(&c, 4);
	expect("4H 2H 4L 2L 4H 2H 4L 2L");
	start(3, LSB, true);
	counter_write(&c, 5);
	expect("4H 2H 0H 4L 2L 4H 2H 0H 4L 2L");
	start(3, LSB, true);
	counter_write(&c, 4);
	expect("4H 2H 4L");
	counter_gate(&c, false);
	assert_true(c.out);
	expect("4H 4H");
	counter_gate(&c, true);
	expect("4H 2H 4L");
	counter_write(&c, 6);         /* at the end of the half cycle */
	expect("2L 6H 4H 2H 6L");
}

/* "Figure 19. Mode 4". */
static void mode_4(void **state)
{
	(void)state;
	start(4, LSB, true);
	assert_true(c.out);
	counter_write(&c, 3);
	expect("3H 2H 1H 0L FFFFH FFFEH FFFDH");
	counter_write(&c, 3);
	counter_gate(&c, false);
	expect("3H 3H");
	counter_gate(&c, true);
	expect("2H 1H");
	counter_write(&c, 2);
	expect("2H 1H 0L FFFFH");
	/* "GATE has no effect on OUT": low for one pulse, though counting stops. */
	counter_write(&c, 1);
	expect("1H 0L");
	counter_gate(&c, false);
	assert_int_equal(counter_next_rise(&c), 1);
	expect("0H 0H");
	counter_gate(&c, true);
	expect("FFFFH FFFEH");
}

/* "Figure 20. Mode 5". */
static void mode_5(void **state)
{
	(void)state;
	start(5, LSB, false);
	counter_write(&c, 3);
	step(3);
	counter_gate(&c, true);
	expect("3H 2H 1H 0L FFFFH");
	counter_gate(&c, false);
	counter_gate(&c, true);
	expect("3H 2H");
	counter_write(&c, 5);
	expect("1H 0L FFFFH FFFEH");
	counter_gate(&c, false);
	counter_gate(&c, true);
	expect("5H 4H");
	counter_gate(&c, false);
	counter_gate(&c, true);
	expect("5H");
}

/* "Mode Definitions": 0 is the largest count, 10^4 in BCD. */
static void largest_counts(void **state)
{
	(void)state;
	start(2, BOTH, true);
	counter_write(&c, 0);
	counter_write(&c, 0);
	step(1);
	assert_int_equal(counter_value(&c), 0);
	assert_int_equal(counter_next_rise(&c), 0x10000);
	step(1);
	assert_int_equal(counter_value(&c), 0xFFFF);
	start(2, BOTH | I8254_CW_BCD, true);
	counter_write(&c, 0);
	counter_write(&c, 0);
	step(2);
	assert_int_equal(counter_value(&c), 0x9999);
	assert_int_equal(counter_next_rise(&c), 9999);
	start(0, BOTH | I8254_CW_BCD, true);
	counter_write(&c, 0x10);
	counter_write(&c, 0);
	expect("10L 9L 8L 7L 6L 5L 4L 3L 2L 1L 0H 9999H");
}

/* "Counter Latch Command": holds until read; a second one is ignored. */
static void latch(void **state)
{
	(void)state;
	start(2, BOTH, true);
	counter_write(&c, 0x34);
	counter_write(&c, 0x12);
	step(1);
	counter_latch(&c);
	step(10);
	counter_latch(&c);
	assert_int_equal(counter_read(&c), 0x34);
	step(10);
	assert_int_equal(counter_read(&c), 0x12);
	assert_int_equal(counter_read(&c), 0x20);   /* unlatched again */
	assert_int_equal(counter_read(&c), 0x12);
	/* Reads and writes of the two bytes may be interleaved. */
	counter_latch(&c);
	assert_int_equal(counter_read(&c), 0x20);
	counter_write(&c, 0x78);
	assert_int_equal(counter_read(&c), 0x12);
	counter_write(&c, 0x56);
	assert_int_equal(counter_count(&c), 0x5678);
	/* Programming the counter drops what was latched. */
	counter_latch(&c);
	counter_control(&c, LSB);
	counter_write(&c, 9);
	step(1);
	assert_int_equal(counter_read(&c), 9);
}

/* "Read-Back Command", "Status Byte", "Null Count Operation". */
static void status(void **state)
{
	(void)state;
	start(3, BOTH, true);
	counter_latch_status(&c);
	assert_int_equal(counter_read(&c), I8254_STATUS_OUT | I8254_STATUS_NULL | BOTH | 3 << 1);
	counter_write(&c, 6);
	counter_write(&c, 0);
	counter_latch_status(&c);
	assert_int_equal(counter_read(&c) & I8254_STATUS_NULL, I8254_STATUS_NULL);
	step(1);
	counter_latch(&c);
	counter_latch_status(&c);
	step(3);
	counter_latch_status(&c);                   /* ignored */
	assert_int_equal(counter_read(&c), I8254_STATUS_OUT | BOTH | 3 << 1);
	assert_int_equal(counter_read(&c), 6);
	assert_int_equal(counter_read(&c), 0);
	counter_latch_status(&c);
	assert_int_equal(counter_read(&c), BOTH | 3 << 1);
	counter_write(&c, 8);
	counter_latch_status(&c);
	assert_int_equal(counter_read(&c) & I8254_STATUS_NULL, 0);   /* only half written */
	counter_write(&c, 0);
	counter_latch_status(&c);
	assert_int_equal(counter_read(&c) & I8254_STATUS_NULL, I8254_STATUS_NULL);
	step(3);
	counter_latch_status(&c);
	assert_int_equal(counter_read(&c) & I8254_STATUS_NULL, 0);
	/* "exactly as written": modes 6 and 7 are 2 and 3. */
	counter_control(&c, LSB | 7 << 1);
	assert_int_equal(c.mode, 3);
	counter_latch_status(&c);
	assert_int_equal(counter_read(&c) & I8254_STATUS_CW, LSB | 7 << 1);
}

/* "Write Operations": the byte that is not written is zero. */
static void single_bytes(void **state)
{
	(void)state;
	start(2, MSB, true);
	counter_write(&c, 2);
	assert_int_equal(counter_count(&c), 0x200);
	step(2);
	assert_int_equal(counter_read(&c), 0x01);
	start(2, LSB, true);
	counter_write(&c, 2);
	assert_int_equal(counter_count(&c), 2);
	step(1);
	assert_int_equal(counter_read(&c), 2);
	assert_int_equal(counter_read(&c), 2);
}

/* However long nobody looked, one step suffices and lands on the same state. */
static void long_gaps(void **state)
{
	(void)state;
	for (unsigned mode = 0; mode < 6; mode++) {
		uint64_t far = 0x123456789ABCull;

		start(mode, LSB, false);
		counter_write(&c, 37);
		counter_gate(&c, true);
		counter_advance(&c, far);
		if (mode == 2)
			assert_int_equal(c.ce, 37 - (far - 1) % 37);
		else if (mode != 3)
			assert_int_equal(counter_value(&c), (uint16_t)(37 - (far - 1)));
		assert_true(counter_is_sane(&c));
		assert_int_equal(c.clk, far);
	}
}

/* --- against the model --- */

static struct model m;

static unsigned random_byte(void)
{
	unsigned byte = (unsigned)rand() % 20;

	if (rand() % 40 == 0)
		byte = (unsigned)rand() & 0xFF;
	if (m.bcd && (byte & 15) > 9)
		byte &= 0xF7;
	if (m.bcd && (byte >> 4) > 9)
		byte &= 0x7F;
	return byte;
}

static void random_operation(void)
{
	unsigned mode = (unsigned)rand() % 6, rw = (1u + (unsigned)rand() % 3) << 4, byte;
	bool bcd = rand() % 4 == 0, level = rand() & 1;

	switch (rand() % 10) {
	case 0:
		/* A short count mostly, so that each run sees many periods. */
		if (rw != LSB && rand() % 8)
			rw = LSB;
		counter_control(&c, (uint8_t)(rw | mode << 1 | bcd));
		model_control(&m, mode, rw, bcd);
		break;
	case 1: case 2: case 3:
		byte = random_byte();
		counter_write(&c, (uint8_t)byte);
		model_write(&m, byte);
		break;
	case 4: case 5: case 6:
		counter_gate(&c, level);
		model_gate(&m, level);
		break;
	}
}

static void compare(void)
{
	assert_int_equal(c.out, m.out);
	assert_int_equal(c.null, m.null);
	assert_int_equal(c.rises, m.rises);
	if (m.running)
		assert_int_equal(counter_value(&c), model_reading(&m));
	assert_true(counter_is_sane(&c));
}

static void random_against_model(void **state)
{
	(void)state;
	srand(8254);
	start(2, LSB, true);
	memset(&m, 0, sizeof m);
	m.out = m.gate = true;
	model_control(&m, 2, LSB, false);
	for (int i = 0; i < 300000; i++) {
		unsigned n = (unsigned)rand() % 60, until_rise = 0;
		uint64_t predicted;

		if (rand() % 2000 == 0)
			n = 70000 + (unsigned)rand() % 70000;
		random_operation();
		compare();
		predicted = counter_next_rise(&c);
		for (unsigned k = 1; k <= n; k++) {
			unsigned rises = m.rises;

			model_tick(&m);
			if (m.rises != rises && !until_rise)
				until_rise = k;
		}
		if (until_rise)
			assert_int_equal(predicted, until_rise);
		else
			assert_true(predicted > n);
		step(n);
		compare();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mode_0), cmocka_unit_test(mode_0_two_bytes),
		cmocka_unit_test(mode_1), cmocka_unit_test(mode_2), cmocka_unit_test(mode_3),
		cmocka_unit_test(mode_4), cmocka_unit_test(mode_5),
		cmocka_unit_test(largest_counts), cmocka_unit_test(latch),
		cmocka_unit_test(status), cmocka_unit_test(single_bytes),
		cmocka_unit_test(long_gaps), cmocka_unit_test(random_against_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
