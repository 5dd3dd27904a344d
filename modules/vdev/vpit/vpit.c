/* The 8254 interval timer of a PC: its ports, its time and IRQ 0.
 *
 * How it works. counter.c knows CLK pulses only; here machine time becomes the number of
 * the pulse. Half a second is exactly 596591 pulses, so conversion starts from a whole number
 * of half seconds: two multiplications, no division, and nothing adds up to a drift.
 *
 * IRQ 0. Each rising edge of OUT 0 owes the guest one tick. A punctual machine gets it at once.
 * A machine that ran late finds several edges behind it: it gets one, and the others follow
 * at VPIT_CATCH_UP times the programmed rate until the debt is paid, so that a clock which
 * counts ticks stays right and the guest is not buried under them. A new control word, and a
 * new count in mode 0, pull OUT 0 down and with it what is owed. As long as nothing of this
 * happens, a tick is only counted, and the counter itself catches up when somebody looks at it.
 *
 * A machine that waits for the processor, too, takes no interrupt: a tick that meets the one before,
 * untaken, is owed if the machine got the processor less than a period ago. If it had it all the time, the
 * guest has kept its interrupts off for a period, and the tick is lost as it is on a PC. Owed ticks come
 * closer than that: one that meets another stays owed, but for one each period of such refusal, and the next
 * takes twice as long to come.
 *
 * DIFFERS: in modes 2 to 5 the IRQ line stays high between two ticks and falls just before it
 * rises again, where the silicon's falls in mid-period in mode 3. A request that waits for
 * longer than half a period is so kept, not withdrawn; nothing else can tell, as every read of
 * OUT is exact, and it halves the number of alarms.
 * DIFFERS: ticks closer than VPIT_TICK_MIN_NS are spread to that distance.
 *
 * Read: Intel, "8254 Programmable Interval Timer" (231164); IBM, "Personal Computer AT Technical
 * Reference", "System Timers". */
#include "vpit.h"

#include <kern/types.h>

#include "counter.h"

#define HALF_SECOND_NS 500000000u
#define HALF_SECOND_CLKS (I8254_HZ / 2u)
#define CLK_NS 838u                    /* rounded; for distances that need not be exact */
#define FLOATING_BUS 0xFF
#define LONGEST_GAP_NS (0x10000 * CLK_NS)

_Static_assert(I8254_HZ % 2 == 0, "half a second must be a whole number of CLKs");

/* Both conversions multiply by a ratio, scaled by a power of two and rounded up. The error
 * (below 1 in the last place, times the factor) stays under the least distance that a product
 * with this ratio can have from the next integer, 1 / the ratio's divisor, so that the whole
 * part is exact: 2^58 > 500000000 * 500000000, 2^40 > 596591 * 596591. */
#define CLKS_SHIFT 58
#define CLKS_RATIO ((((uint64_t)HALF_SECOND_CLKS << 44) / HALF_SECOND_NS << (CLKS_SHIFT - 44)) + \
	((((uint64_t)HALF_SECOND_CLKS << 44) % HALF_SECOND_NS << (CLKS_SHIFT - 44)) / HALF_SECOND_NS) + 1)
#define NS_SHIFT 40
#define NS_RATIO ((((uint64_t)HALF_SECOND_NS << 34) / HALF_SECOND_CLKS << (NS_SHIFT - 34)) + \
	((((uint64_t)HALF_SECOND_NS << 34) % HALF_SECOND_CLKS << (NS_SHIFT - 34)) / HALF_SECOND_CLKS) + 1)

/* The whole part of n * ratio / 2^shift; a ratio of up to 51 bits, shift over 32. */
static inline uint32_t scale(uint32_t n, uint64_t ratio, unsigned shift)
{
	uint64_t high = (uint64_t)n * (uint32_t)(ratio >> 32);
	uint64_t low = (uint64_t)n * (uint32_t)ratio;

	return (uint32_t)((high + (low >> 32)) >> (shift - 32));
}

static void rebase(struct vpit *chip, uint64_t ns)
{
	uint64_t halves = ns / HALF_SECOND_NS;

	chip->base_ns = halves * HALF_SECOND_NS;
	chip->base_clk = halves * HALF_SECOND_CLKS;
}

/* The number of the last CLK pulse at `ns`. */
static uint64_t clk_at(struct vpit *chip, uint64_t ns)
{
	if (ns - chip->base_ns >= HALF_SECOND_NS)
		rebase(chip, ns);
	return chip->base_clk + scale((uint32_t)(ns - chip->base_ns), CLKS_RATIO, CLKS_SHIFT);
}

/* The first ns at which pulse `clk`, which is to come, has been. No pulse but the first of a
 * half second falls on a whole ns. */
static uint64_t ns_of(const struct vpit *chip, uint64_t clk)
{
	uint64_t since = clk - chip->base_clk, ns = chip->base_ns;

	if (since >= HALF_SECOND_CLKS) {
		uint64_t halves = since / HALF_SECOND_CLKS;

		ns += halves * HALF_SECOND_NS;
		since -= halves * HALF_SECOND_CLKS;
	}
	return since ? ns + scale((uint32_t)since, NS_RATIO, NS_SHIFT) + 1 : ns;
}

static struct vpit_counter *tick_counter(struct vpit *chip)
{
	return &chip->s.counter[I8254_TICK_COUNTER];
}

static bool irq_level(const struct vpit_counter *c)
{
	return c->out || c->mode > I8254_HARDWARE_ONE_SHOT;
}

/* The distance at which owed ticks follow each other: by the shorter of this period and the
 * next. */
static uint32_t catch_up_gap_ns(const struct vpit_counter *c)
{
	uint32_t gap = 0;

	if (counter_is_periodic(c)) {
		uint32_t count = counter_count(c);

		gap = (count < c->loaded ? count : c->loaded) * CLK_NS / VPIT_CATCH_UP;
	}
	return gap > VPIT_TICK_MIN_NS ? gap : VPIT_TICK_MIN_NS;
}

/* n CLKs in ns, times 2^32, not less. */
static uint64_t fine_ns(uint32_t clks)
{
	uint64_t high = (uint64_t)clks * (uint32_t)(NS_RATIO >> 32);
	uint64_t low = (uint64_t)clks * (uint32_t)NS_RATIO;

	return (high << (64 - NS_SHIFT)) + (low >> (NS_SHIFT - 32)) + 1;
}

/* Counter 0 rises at `clk` behind base_clk and every `period` from then on: to be reckoned anew where
 * the half second ends, or sooner than that. */
static void plan_steps(struct vpit *chip, uint32_t clk, uint32_t period)
{
	uint64_t step = fine_ns(period);

	/* CLK 0 falls on a whole ns. */
	if (!clk || step >> 32 < VPIT_TICK_MIN_NS)
		return;
	chip->fraction = (uint32_t)fine_ns(clk);
	chip->step_ns = (uint32_t)(step >> 32);
	chip->step_fraction = (uint32_t)step;
	chip->late_max_ns = chip->step_ns - VPIT_TICK_MIN_NS;
	chip->steps = (HALF_SECOND_CLKS - 1 - clk) / period;
}

/* When IRQ 0 has to rise next. */
static uint64_t next_tick_ns(struct vpit *chip)
{
	const struct vpit_counter *c = tick_counter(chip);
	uint64_t earliest = chip->s.last_tick_ns + chip->s.gap_ns, rise;

	chip->steps = 0;
	if (chip->s.owed)
		return earliest;
	rise = counter_next_rise(c);
	if (rise == COUNTER_NEVER)
		return CLOCK_NEVER;
	rise += c->clk + (uint64_t)(chip->s.taken - c->rises) * counter_count(c);
	if (counter_is_periodic(c) && rise - chip->base_clk < HALF_SECOND_CLKS)
		plan_steps(chip, (uint32_t)(rise - chip->base_clk), counter_count(c));
	rise = ns_of(chip, rise);
	if (rise >= earliest)
		return rise;
	chip->steps = 0;
	return earliest;
}

static void arm(struct vpit *chip)
{
	uint64_t next = next_tick_ns(chip);

	if (next == chip->s.armed_ns)
		return;
	chip->s.armed_ns = next;
	clock_arm(&chip->clock, next);
}

/* One tick is due like any other; with more, the machine is late. */
static void add_owed(struct vpit *chip, uint32_t ticks)
{
	uint32_t room = VPIT_OWED_MAX - chip->s.owed;

	if (ticks > room) {
		chip->s.lost += ticks - room;
		ticks = room;
	}
	chip->s.owed += ticks;
	if (chip->s.owed > 1)
		chip->s.gap_ns = catch_up_gap_ns(tick_counter(chip));
}

static void forgive(struct vpit *chip)
{
	chip->s.owed = 0;
	chip->s.gap_ns = VPIT_TICK_MIN_NS;
}

static void pay_one(struct vpit *chip, uint64_t now)
{
	if (!chip->s.owed || now < chip->s.last_tick_ns + chip->s.gap_ns)
		return;
	chip->merged = false;
	chip->s.owed--;
	chip->s.last_tick_ns = now;
	edge_pulse(&chip->irq_edge);
	if (chip->merged)
		return;
	chip->asked_ns = now;
	chip->s.gap_ns = chip->s.owed ? catch_up_gap_ns(tick_counter(chip)) : VPIT_TICK_MIN_NS;
}

/* Brings a counter up to `now`. What this finds for IRQ 0 is delivered at once, whoever
 * asked: a guest that reads the counter past its end finds the interrupt there too. */
static struct vpit_counter *sync(struct vpit *chip, unsigned n, uint64_t now)
{
	struct vpit_counter *c = &chip->s.counter[n];

	counter_advance(c, clk_at(chip, now));
	if (n == I8254_TICK_COUNTER && c->rises != chip->s.taken) {
		if (c->rises - chip->s.taken > 1)      /* late: there was none to take them */
			chip->asked_ns = now;
		add_owed(chip, c->rises - chip->s.taken);
		chip->s.taken = c->rises;
		pay_one(chip, now);
		arm(chip);
	}
	return c;
}

/* After a write to counter 0: what its OUT now drives, and when it rises next. `rises` and `line` are
 * from before the write, which may itself have raised OUT: a new control word does in the low half
 * of a square wave, during which the line was kept high. */
static void tick_counter_written(struct vpit *chip, uint32_t rises, bool line, uint64_t now)
{
	const struct vpit_counter *c = tick_counter(chip);

	if (c->rises != rises) {
		chip->s.last_tick_ns = now;
		if (line)
			edge_pulse(&chip->irq_edge);
	}
	chip->s.taken = c->rises;
	if (!irq_level(c))
		forgive(chip);
	line_set(&chip->irq, irq_level(c));
	arm(chip);
}

static void tone_changed(struct vpit *chip, unsigned counter)
{
	if (counter == I8254_SPEAKER_COUNTER) {
		line_set(&chip->tone, true);
		line_set(&chip->tone, false);
	}
}

static void read_back(struct vpit *chip, uint8_t command, uint64_t now)
{
	for (unsigned n = 0; n < I8254_COUNTERS; n++) {
		struct vpit_counter *c;

		if (!(command & I8254_RB_CNT0 << n))
			continue;
		c = sync(chip, n, now);
		if (!(command & I8254_RB_NO_COUNT))
			counter_latch(c);
		if (!(command & I8254_RB_NO_STATUS))
			counter_latch_status(c);
	}
}

static void write_control(struct vpit *chip, uint8_t value, uint64_t now)
{
	unsigned n = value >> I8254_CW_SC_SHIFT;
	struct vpit_counter *c;
	uint32_t rises;
	bool line;

	if (n == I8254_COUNTERS) {
		read_back(chip, value, now);
		return;
	}
	c = sync(chip, n, now);
	if (!(value & I8254_CW_RW)) {
		counter_latch(c);
		return;
	}
	rises = c->rises;
	line = irq_level(c);
	counter_control(c, value);
	tone_changed(chip, n);
	if (n == I8254_TICK_COUNTER) {
		forgive(chip);
		tick_counter_written(chip, rises, line, now);
	}
}

void vpit_out(struct vpit *chip, unsigned reg, uint8_t value)
{
	uint64_t now = clock_now(&chip->clock);
	struct vpit_counter *c;
	uint32_t rises;
	bool line;

	if (reg == I8254_CONTROL) {
		write_control(chip, value, now);
		return;
	}
	c = sync(chip, reg, now);
	rises = c->rises;
	line = irq_level(c);
	counter_write(c, value);
	tone_changed(chip, reg);
	if (reg == I8254_TICK_COUNTER)
		tick_counter_written(chip, rises, line, now);
}

/* "Read Operations": the control word cannot be read. What is latched needs no time. */
uint8_t vpit_in(struct vpit *chip, unsigned reg)
{
	struct vpit_counter *c;

	if (reg == I8254_CONTROL)
		return FLOATING_BUS;
	c = &chip->s.counter[reg];
	if (!c->latched && !c->status_latched)
		sync(chip, reg, clock_now(&chip->clock));
	return counter_read(c);
}

static __attribute__((noinline)) void expire_by_rule(struct vpit *chip, uint64_t now)
{
	chip->s.armed_ns = CLOCK_NEVER;
	sync(chip, I8254_TICK_COUNTER, now);
	pay_one(chip, now);
	arm(chip);
}

/* First of all a tick on time, of a counter that goes on as it went, if the next is not due within the
 * least distance. One that is armed on one side of 2^32 ns and expires on the other goes the long way,
 * which spares the others half of their arithmetic. */
void vpit_expire(struct vpit *chip, uint64_t now)
{
	uint32_t late = (uint32_t)now - chip->s.armed_low, fraction;

	if (!chip->steps || chip->s.armed_high != (uint32_t)(now >> 32) ||
	    late > chip->late_max_ns) {
		expire_by_rule(chip, now);
		return;
	}
	chip->s.last_tick_ns = now;
	fraction = chip->fraction + chip->step_fraction;
	chip->s.armed_ns += chip->step_ns + (fraction < chip->step_fraction);
	chip->fraction = fraction;
	chip->steps--;
	chip->s.taken++;
	clock_arm(&chip->clock, chip->s.armed_ns);
	edge_pulse(&chip->irq_edge);
}

static uint32_t period_ns(struct vpit *chip)
{
	return counter_count(tick_counter(chip)) * CLK_NS;
}

/* Whether the guest had the processor for all of a period, and did not take what asked already. Since when that
 * asks is not known of the first that a pulse meets: it may have been late, and this one not. */
static bool is_refused(struct vpit *chip, uint64_t turn_ns)
{
	uint64_t now = chip->s.last_tick_ns;
	uint32_t period = period_ns(chip);

	if (turn_ns + period >= now || chip->asked_ns + period >= now)
		return false;
	if (chip->asked_ns + (uint64_t)3 * period < now) {
		chip->asked_ns = now;
		return false;
	}
	chip->asked_ns += period;
	return true;
}

/* The guest does not keep up, and on a slow PC this would leave it no time at all: half as fast from now on. */
static void back_off(struct vpit *chip)
{
	uint32_t gap = MAX(2 * chip->s.gap_ns, catch_up_gap_ns(tick_counter(chip)));

	chip->s.gap_ns = chip->s.owed ? MIN(gap, period_ns(chip)) : VPIT_TICK_MIN_NS;
}

void vpit_tick_merged(struct vpit *chip, uint64_t turn_ns)
{
	chip->merged = true;
	if (counter_is_periodic(tick_counter(chip)) && !is_refused(chip, turn_ns))
		chip->s.owed++;                 /* there is room: it was taken from there, or not there yet */
	back_off(chip);
	arm(chip);
}

void vpit_gate(struct vpit *chip, unsigned counter, bool level)
{
	uint64_t now = clock_now(&chip->clock);
	struct vpit_counter *c = sync(chip, counter, now);
	uint32_t rises = c->rises;
	bool line = irq_level(c);

	counter_gate(c, level);
	tone_changed(chip, counter);
	if (counter == I8254_TICK_COUNTER)
		tick_counter_written(chip, rises, line, now);
}

bool vpit_output(struct vpit *chip, unsigned counter, uint64_t now)
{
	return sync(chip, counter, now)->out;
}

bool vpit_refresh(struct vpit *chip, uint64_t now)
{
	return sync(chip, I8254_REFRESH_COUNTER, now)->rises & 1;
}

uint32_t vpit_tone_count(const struct vpit *chip, unsigned counter)
{
	const struct vpit_counter *c = &chip->s.counter[counter];
	uint32_t count = counter_count(c);

	if (!counter_is_periodic(c) || !c->gate || !(c->running || c->load) || count == 1)
		return 0;
	return count;
}

uint32_t vpit_frequency_hz(const struct vpit *chip, unsigned counter)
{
	uint32_t count = vpit_tone_count(chip, counter);

	return count ? (I8254_HZ + count / 2) / count : 0;
}

void vpit_reset(struct vpit *chip)
{
	uint64_t now = clock_now(&chip->clock);

	chip->s.version = VPIT_VERSION;
	forgive(chip);
	chip->s.lost = chip->s.taken = 0;
	chip->s.last_tick_ns = 0;
	chip->s.counter[I8254_TICK_COUNTER].gate = true;
	chip->s.counter[I8254_REFRESH_COUNTER].gate = true;
	for (unsigned n = 0; n < I8254_COUNTERS; n++) {
		chip->s.counter[n].clk = clk_at(chip, now);
		counter_reset(&chip->s.counter[n]);
	}
	chip->s.armed_ns = CLOCK_NEVER;
	clock_arm(&chip->clock, CLOCK_NEVER);
	line_set(&chip->irq, irq_level(tick_counter(chip)));
	tone_changed(chip, I8254_SPEAKER_COUNTER);
}

/* Ticks are ahead of the counter only where it goes on steadily. */
static bool is_lag_sane(const struct vpit_state *s)
{
	const struct vpit_counter *c = &s->counter[I8254_TICK_COUNTER];

	return counter_is_periodic(c) && counter_count(c) != 1 && s->taken - c->rises <= INT32_MAX;
}

int vpit_load(struct vpit *chip, const struct vpit_state *s)
{
	if (s->version != VPIT_VERSION)
		return E_VERSION;
	if (s->owed > VPIT_OWED_MAX || s->gap_ns < VPIT_TICK_MIN_NS || s->gap_ns > LONGEST_GAP_NS)
		return E_DAMAGED;
	for (unsigned n = 0; n < I8254_COUNTERS; n++)
		if (!counter_is_sane(&s->counter[n]))
			return E_DAMAGED;
	if (s->taken != s->counter[I8254_TICK_COUNTER].rises && !is_lag_sane(s))
		return E_DAMAGED;
	chip->s = *s;
	chip->base_ns = chip->base_clk = chip->asked_ns = 0;
	line_set(&chip->irq, irq_level(tick_counter(chip)));
	chip->s.armed_ns = next_tick_ns(chip);
	clock_arm(&chip->clock, chip->s.armed_ns);
	tone_changed(chip, I8254_SPEAKER_COUNTER);
	return E_OK;
}

static const char *const mode_names[] = {
	[I8254_INTERRUPT_ON_TERMINAL_COUNT] = "interrupt on terminal count",
	[I8254_HARDWARE_ONE_SHOT] = "hardware retriggerable one-shot",
	[I8254_RATE_GENERATOR] = "rate generator",
	[I8254_SQUARE_WAVE] = "square wave",
	[I8254_SOFTWARE_STROBE] = "software triggered strobe",
	[I8254_HARDWARE_STROBE] = "hardware triggered strobe",
};

static void describe_counter(const struct vpit *chip, unsigned n, struct fmt_sink *out)
{
	const struct vpit_counter *c = &chip->s.counter[n];
	uint32_t hz = vpit_frequency_hz(chip, n);

	fmt_sink(out, "counter %u: mode %u, %s%s, count %u, at %04X, gate %u, out %u", n, c->mode,
		mode_names[c->mode], c->control & I8254_CW_BCD ? ", BCD" : "", counter_count(c),
		counter_value(c), c->gate, c->out);
	if (!c->counted)
		fmt_sink(out, ", waits for a count");
	else if (hz)
		fmt_sink(out, ", %u Hz", hz);
	fmt_sink(out, "\n");
}

/* The counters are shown as of the last time that they were looked at. */
void vpit_describe(const struct vpit *chip, struct fmt_sink *out)
{
	for (unsigned n = 0; n < I8254_COUNTERS; n++)
		describe_counter(chip, n, out);
	fmt_sink(out, "IRQ 0: %u ticks, %u owed, %u lost\n", chip->s.counter[0].rises, chip->s.owed,
		chip->s.lost);
}
