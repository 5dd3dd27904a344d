/* One counter of the 8254.
 *
 * How it works. Nothing ticks: the counter remembers the CLK pulse for which its state is
 * exact, and counter_advance() carries out all pulses since then in closed form. Each mode has
 * its own rule for that; what a write or a gate changes takes effect from the next pulse on,
 * through the flag `load`, which is the first pulse that advance() looks at. A full count is
 * kept as the modulus (0x10000 or 10000), not as 0, so that "how many pulses are left" is always
 * the counting element itself.
 *
 * DIFFERS: a count of 1 in modes 2 and 3, which the data sheet forbids, keeps OUT high. A
 * trigger before a count was written does nothing. BCD digits beyond 9 count as their value.
 *
 * Read: Intel, "8254 Programmable Interval Timer" (231164), "Functional Description", "Write
 * Operations", "Read Operations", "Mode Definitions", "Operation Common to All Modes". */
#include "counter.h"

enum {
	BINARY_MODULUS = 0x10000,
	BCD_MODULUS = 10000,
};

static uint32_t modulus(const struct vpit_counter *c)
{
	return c->control & I8254_CW_BCD ? BCD_MODULUS : BINARY_MODULUS;
}

uint32_t counter_count(const struct vpit_counter *c)
{
	uint32_t count = c->cr;

	if (c->control & I8254_CW_BCD)
		count = ((c->cr >> 12) * 1000u + (c->cr >> 8 & 15) * 100u +
			(c->cr >> 4 & 15) * 10u + (c->cr & 15)) % BCD_MODULUS;
	return count ? count : modulus(c);
}

uint16_t counter_value(const struct vpit_counter *c)
{
	uint32_t v = c->ce;

	if (!(c->control & I8254_CW_BCD))
		return (uint16_t)v;
	if (v == BCD_MODULUS)
		v = 0;
	return (uint16_t)(v / 1000 << 12 | v / 100 % 10 << 8 | v / 10 % 10 << 4 | v % 10);
}

bool counter_is_periodic(const struct vpit_counter *c)
{
	return c->mode == I8254_RATE_GENERATOR || c->mode == I8254_SQUARE_WAVE;
}

/* In these modes a rising edge at GATE is a trigger and its level does not matter. */
static bool is_hardware_triggered(const struct vpit_counter *c)
{
	return c->mode == I8254_HARDWARE_ONE_SHOT || c->mode == I8254_HARDWARE_STROBE;
}

/* Mode 0: "Writing the first byte disables counting". */
bool counter_is_counting(const struct vpit_counter *c)
{
	return c->running && (c->gate || is_hardware_triggered(c)) &&
		!(c->mode == I8254_INTERRUPT_ON_TERMINAL_COUNT && c->write_high);
}

static void set_out(struct vpit_counter *c, bool level)
{
	c->rises += level && !c->out;
	c->out = level;
}

/* CR goes to CE. */
static uint32_t reload(struct vpit_counter *c)
{
	c->loaded = counter_count(c);
	c->null = false;
	return c->loaded;
}

/* The CLK pulse after a trigger or, in modes 0, 2, 3 and 4, after a count was written. */
static void load(struct vpit_counter *c)
{
	uint32_t count = reload(c);

	c->load = false;
	c->running = true;
	c->expired = false;
	c->ce = c->mode == I8254_SQUARE_WAVE ? count & ~1u : count;
	set_out(c, c->mode != I8254_INTERRUPT_ON_TERMINAL_COUNT &&
		c->mode != I8254_HARDWARE_ONE_SHOT);
}

/* The modes that do not reload go on counting from the top after 0. */
static void count_down(struct vpit_counter *c, uint64_t n)
{
	uint32_t m = modulus(c), below;

	if (n < c->ce) {
		c->ce -= (uint32_t)n;
		return;
	}
	n -= c->ce;
	below = n < m ? (uint32_t)n : (uint32_t)(n % m);
	c->ce = below ? m - below : 0;
}

static void advance_terminal_count(struct vpit_counter *c, uint64_t n)
{
	if (!c->expired && n >= c->ce) {
		c->expired = true;
		set_out(c, true);
	}
	count_down(c, n);
}

/* OUT is low while CE is 0 for the first time. */
static void advance_strobe(struct vpit_counter *c, uint64_t n)
{
	if (!c->expired && n >= c->ce) {
		set_out(c, false);
		c->expired = n > c->ce;
		set_out(c, c->expired);
	}
	count_down(c, n);
}

/* Whole cycles of `count` pulses in n; n keeps the rest. */
static uint32_t cycles(uint64_t *n, uint32_t count)
{
	uint64_t whole;

	if (*n < count)
		return 0;
	whole = *n >> 32 ? *n / count : (uint32_t)*n / count;
	*n -= whole * count;
	return (uint32_t)whole;
}

/* CE runs count..1; OUT is low while it is 1. */
static void advance_rate_generator(struct vpit_counter *c, uint64_t n)
{
	uint32_t count;

	if (n < c->ce) {
		c->ce -= (uint32_t)n;
		set_out(c, c->ce != 1);
		return;
	}
	n -= c->ce;
	if (c->loaded != 1)
		set_out(c, false);
	set_out(c, true);
	count = reload(c);
	if (count == 1) {
		c->ce = 1;
		return;
	}
	c->rises += cycles(&n, count);
	c->ce = count - (uint32_t)n;
	c->out = c->ce != 1;
}

/* CE is even and goes down by two; an odd count gives the high half one pulse more. */
static uint32_t half_left(const struct vpit_counter *c)
{
	return c->ce / 2 + (c->out && (c->loaded & 1));
}

static void advance_square_wave(struct vpit_counter *c, uint64_t n)
{
	uint32_t left = half_left(c), count, half;
	bool high;

	if (n < left) {
		c->ce -= 2 * (uint32_t)n;
		return;
	}
	n -= left;
	high = !c->out || c->loaded == 1;
	count = reload(c);
	if (count == 1) {
		set_out(c, true);
		c->ce = 0;
		return;
	}
	c->rises += cycles(&n, count);
	set_out(c, high);
	half = (count + high) / 2;
	if (n >= half) {
		n -= half;
		set_out(c, !high);
	}
	c->ce = (count & ~1u) - 2 * (uint32_t)n;
}

static void (*const advance_mode[])(struct vpit_counter *c, uint64_t n) = {
	[I8254_INTERRUPT_ON_TERMINAL_COUNT] = advance_terminal_count,
	[I8254_HARDWARE_ONE_SHOT] = advance_terminal_count,
	[I8254_RATE_GENERATOR] = advance_rate_generator,
	[I8254_SQUARE_WAVE] = advance_square_wave,
	[I8254_SOFTWARE_STROBE] = advance_strobe,
	[I8254_HARDWARE_STROBE] = advance_strobe,
};

enum { MODES = sizeof advance_mode / sizeof advance_mode[0] };

/* "Mode 4": OUT is low for one CLK pulse, and "GATE has no effect on OUT". */
static bool is_strobe_under_way(const struct vpit_counter *c)
{
	return c->mode == I8254_SOFTWARE_STROBE && !c->out;
}

void counter_advance(struct vpit_counter *c, uint64_t clk)
{
	uint64_t n = clk - c->clk;

	if (clk <= c->clk)
		return;
	c->clk = clk;
	if (c->load) {
		load(c);
		if (!--n)
			return;
	}
	if (counter_is_counting(c)) {
		advance_mode[c->mode](c, n);
	} else if (is_strobe_under_way(c)) {
		c->expired = true;
		set_out(c, true);
	}
}

/* "Control Word Format"; of M2 M1 M0 = 110 and 111 the high bit does not count. */
void counter_control(struct vpit_counter *c, uint8_t control)
{
	c->control = control & I8254_STATUS_CW;
	c->mode = (control & I8254_CW_M) >> I8254_CW_M_SHIFT;
	if (c->mode >= MODES)
		c->mode &= 3;
	c->cr = 0;
	c->loaded = modulus(c);
	c->null = true;
	c->ce = 0;
	c->counted = c->load = c->running = c->expired = false;
	c->write_high = c->read_high = false;
	c->latched = c->status_latched = false;
	set_out(c, c->mode != I8254_INTERRUPT_ON_TERMINAL_COUNT);
}

void counter_reset(struct vpit_counter *c)
{
	*c = (struct vpit_counter){ .clk = c->clk, .gate = c->gate, .out = true };
	counter_control(c, I8254_CW_RW_BOTH | I8254_RATE_GENERATOR << I8254_CW_M_SHIFT);
}

/* A whole count has arrived. */
static void count_written(struct vpit_counter *c, uint16_t count)
{
	bool first = !c->counted;

	c->cr = count;
	c->null = true;
	c->counted = true;
	switch (c->mode) {
	case I8254_INTERRUPT_ON_TERMINAL_COUNT:
		set_out(c, false);
		c->load = true;
		break;
	case I8254_SOFTWARE_STROBE:
		c->load = true;
		break;
	case I8254_RATE_GENERATOR:
	case I8254_SQUARE_WAVE:
		c->load |= first;
		break;
	}
}

/* "Write Operations": with one byte to a count the other one is zero. */
void counter_write(struct vpit_counter *c, uint8_t value)
{
	switch (c->control & I8254_CW_RW) {
	case I8254_CW_RW_LSB:
		count_written(c, value);
		break;
	case I8254_CW_RW_MSB:
		count_written(c, (uint16_t)(value << 8));
		break;
	case I8254_CW_RW_BOTH:
		c->write_high = !c->write_high;
		if (!c->write_high) {
			count_written(c, (uint16_t)(value << 8 | c->low));
			break;
		}
		c->low = value;
		if (c->mode == I8254_INTERRUPT_ON_TERMINAL_COUNT)
			set_out(c, false);
		break;
	}
}

/* "Counter Latch Command": a second one before the first was read is ignored. */
void counter_latch(struct vpit_counter *c)
{
	if (c->latched)
		return;
	c->latch = counter_value(c);
	c->latched = true;
}

/* "Read-Back Command". */
void counter_latch_status(struct vpit_counter *c)
{
	if (c->status_latched)
		return;
	c->status = c->control | (c->out ? I8254_STATUS_OUT : 0) | (c->null ? I8254_STATUS_NULL : 0);
	c->status_latched = true;
}

/* The status comes first if both are latched, "regardless of which was latched first". */
uint8_t counter_read(struct vpit_counter *c)
{
	uint16_t value;

	if (c->status_latched) {
		c->status_latched = false;
		return c->status;
	}
	value = c->latched ? c->latch : counter_value(c);
	if ((c->control & I8254_CW_RW) == I8254_CW_RW_BOTH) {
		c->read_high = !c->read_high;
		if (c->read_high)
			return (uint8_t)value;
	}
	c->latched = false;
	return (uint8_t)((c->control & I8254_CW_RW) == I8254_CW_RW_LSB ? value : value >> 8);
}

/* "Gate Pin Operations Summary". */
void counter_gate(struct vpit_counter *c, bool level)
{
	if (level == c->gate)
		return;
	c->gate = level;
	if (counter_is_periodic(c) && !level)
		set_out(c, true);
	if ((counter_is_periodic(c) || is_hardware_triggered(c)) && level && c->counted)
		c->load = true;
}

static uint64_t next_rise_after_load(const struct vpit_counter *c)
{
	uint32_t count = counter_count(c);

	switch (c->mode) {
	case I8254_INTERRUPT_ON_TERMINAL_COUNT:
		return c->gate ? 1 + count : COUNTER_NEVER;
	case I8254_HARDWARE_ONE_SHOT:
		return 1 + count;
	case I8254_RATE_GENERATOR:
	case I8254_SQUARE_WAVE:
		return c->gate && count != 1 ? 1 + count : COUNTER_NEVER;
	case I8254_SOFTWARE_STROBE:
		if (c->out && !c->gate)
			return COUNTER_NEVER;
		break;
	}
	return c->out ? 1 + count + 1 : 1;   /* a strobe under way ends with the load */
}

uint64_t counter_next_rise(const struct vpit_counter *c)
{
	uint32_t count = counter_count(c);

	if (c->load)
		return next_rise_after_load(c);
	if (is_strobe_under_way(c))
		return 1;
	if (!counter_is_counting(c))
		return COUNTER_NEVER;
	switch (c->mode) {
	case I8254_RATE_GENERATOR:
		if (c->loaded != 1)
			return c->ce;
		return count != 1 ? 1 + count : COUNTER_NEVER;
	case I8254_SQUARE_WAVE:
		if (!c->out)
			return half_left(c);
		if (count == 1)
			return COUNTER_NEVER;
		return half_left(c) + (c->loaded == 1 ? count : count / 2);
	case I8254_SOFTWARE_STROBE:
	case I8254_HARDWARE_STROBE:
		return c->expired ? COUNTER_NEVER : c->ce + 1;
	}
	return c->expired ? COUNTER_NEVER : c->ce;
}

/* The counting element as each mode leaves it. */
static bool ce_is_sane(const struct vpit_counter *c)
{
	if (c->mode == I8254_SQUARE_WAVE)
		return !(c->ce & 1) && c->ce <= c->loaded && (c->ce || !c->running || (c->loaded & c->out & 1));
	if (c->mode == I8254_RATE_GENERATOR && c->running)
		return c->ce >= 1 && c->ce <= c->loaded;
	return c->ce <= modulus(c);
}

bool counter_is_sane(const struct vpit_counter *c)
{
	const uint8_t flags = c->gate | c->out | c->null | c->counted | c->load | c->running |
		c->expired | c->write_high | c->read_high | c->latched | c->status_latched;
	unsigned mode = (c->control & I8254_CW_M) >> I8254_CW_M_SHIFT;

	return flags <= 1 && !(c->control & ~I8254_STATUS_CW) && (c->control & I8254_CW_RW) &&
		c->mode == (mode < MODES ? mode : (mode & 3)) &&
		c->loaded >= 1 && c->loaded <= modulus(c) && ce_is_sane(c);
}
