/* Time from a rate generator whose rate changes.
 *
 * In mode 2 a new count "will be loaded at the end of the current counting cycle": the tick's handler
 * so determines the length of the next period but one, long before it begins, and the sum of the
 * periods is exact however late it is served. Some emulators begin a new period at once instead; the
 * counter, read again after the change, tells, and what has passed of the old period is added.
 *
 * Between two ticks the time-stamp counter, once measured, tells the time. It also tells how many
 * periods have passed since the last tick was served: its cycles, less how far the counter has got in
 * the period that runs now, must be whole periods, so that neither a late tick nor a lost one makes
 * an error. What it is measured by are ticks as well, of which a computer that others keep busy (an
 * emulator's host) may lose some, or serve some late: they are told from the others by their distance.
 * Without it one tick is one period, and a lost tick is lost time.
 * Read: Intel, "8254 Programmable Interval Timer" (231164), "Mode 2: Rate Generator". */
#include <kern/types.h>
#include "period.h"

/* Nanoseconds a count of 1/1193182 s takes, times 2^32. */
#define COUNT_FP ((uint64_t)(1e9 / 1193182.0 * 4294967296.0))
enum { MARGIN = 32 };     /* counts: a change must not meet the end of a period */

void period_init(struct period *p)
{
	*p = (struct period){ .running = PERIOD_COARSE, .next = PERIOD_COARSE };
}

static void advance(struct period *p, uint32_t counts)
{
	uint64_t high = (COUNT_FP >> 32) * counts, low = (uint64_t)(uint32_t)COUNT_FP * counts + p->fraction;

	p->ns += high + (low >> 32);
	p->fraction = (uint32_t)low;
}

static uint16_t phase_of(unsigned length, unsigned count)
{
	return (uint16_t)(count <= length ? length - count : 0);
}

/* More than a second late cannot be; and keeps products in 64 bits. */
static uint32_t cycles_since(const struct period *p, uint64_t tsc)
{
	uint64_t cycles = tsc - p->tsc;

	return cycles > 0xFFFFFFFFu ? 0xFFFFFFFFu : (uint32_t)cycles;
}

static uint32_t sample_cycles(const struct period *p, unsigned i)
{
	return p->sample[i].tsc - p->sample[i - 1].tsc;
}

static int32_t sample_shift(const struct period *p, unsigned i)
{
	return p->sample[i].phase - p->sample[i - 1].phase;
}

static uint32_t pace(const struct period *p, unsigned i)
{
	int32_t counts = PERIOD_COARSE + sample_shift(p, i);

	return (uint32_t)((uint64_t)sample_cycles(p, i) * PERIOD_COARSE / (uint32_t)MAX(counts, 1));
}

/* The pace that a quarter surpasses. Lost ticks make it slow, and a reading that was late makes one period long
 * and the next short: so there are always enough that are faster than all that are wrong, and few too fast. */
static uint32_t usual_pace(const struct period *p)
{
	for (unsigned i = 1;; i++) {
		uint32_t is = p->sample[i].pace;
		unsigned faster = 0, others = 0;

		for (unsigned j = 1; j <= PERIOD_CALIBRATION; j++) {
			faster += p->sample[j].pace < is;
			others += p->sample[j].pace <= is;
		}
		if (faster <= PERIOD_CALIBRATION / 4 && others > PERIOD_CALIBRATION / 4)
			return is;
	}
}

static bool is_usual(const struct period *p, unsigned i, uint32_t usual)
{
	uint32_t is = p->sample[i].pace;

	return (is > usual ? is - usual : usual - is) <= usual / 64;
}

/* Between the first and the last two periods in a row of the usual length, whose ends so were not read late (one
 * alone might have two ends as late). How many passed between two samples, the usual pace tells. */
static void measure(struct period *p)
{
	uint32_t usual = usual_pace(p), cycles = 0, counts = 0, rest = 0;
	unsigned from = 1, to = PERIOD_CALIBRATION;

	while (from < to && !(is_usual(p, from, usual) && is_usual(p, from + 1, usual)))
		from++;
	while (from < to && !(is_usual(p, to, usual) && is_usual(p, to - 1, usual)))
		to--;
	if (!usual || to - from < PERIOD_CALIBRATION / 2)
		return;
	for (unsigned i = from; i <= to; i++) {
		int32_t shift = sample_shift(p, i);
		uint32_t whole = rest + sample_cycles(p, i) - (uint32_t)((int32_t)(usual / PERIOD_COARSE) * shift);
		uint32_t periods = (whole + usual / 2) / usual;

		cycles += sample_cycles(p, i);
		counts += (uint32_t)shift + periods * PERIOD_COARSE;
		rest = is_usual(p, i, usual) ? 0 : whole - periods * usual;
	}
	p->ns_scale = (uint32_t)((COUNT_FP >> 8) * counts / cycles);
	p->count_scale = (uint32_t)(((uint64_t)counts << 32) / cycles);
}

static void calibrate(struct period *p, uint64_t tsc)
{
	unsigned i = p->samples++;

	p->sample[i].tsc = (uint32_t)tsc;
	p->sample[i].phase = p->phase;
	if (i)
		p->sample[i].pace = pace(p, i);
	if (i == PERIOD_CALIBRATION) {
		measure(p);
		p->samples = 0;
	}
}

/* How many periods, the one that ran and its followers, have passed at a tick. */
static unsigned passed(const struct period *p, uint16_t phase, uint64_t tsc)
{
	uint32_t counts, rest;

	if (!p->ns_scale)
		return 1;
	counts = p->phase + (uint32_t)((uint64_t)cycles_since(p, tsc) * p->count_scale >> 32);
	/* The end of one was met between interrupt and reading, and counted then. */
	if (counts < p->running / 2u)
		return 0;
	rest = p->running + phase;
	rest = counts > rest ? counts - rest : 0;
	return 1 + (rest + p->next / 2u) / p->next;
}

void period_tick(struct period *p, unsigned count, uint64_t tsc)
{
	uint16_t phase = phase_of(p->next, count);
	unsigned periods = passed(p, phase, tsc);

	if (periods) {
		advance(p, p->running + (periods - 1) * p->next);
		p->running = p->next;
	} else {
		phase = phase_of(p->running, count);
	}
	p->phase = phase;
	p->tsc = tsc;
	if (tsc && !p->ns_scale)
		calibrate(p, tsc);
}

uint64_t period_now(const struct period *p, unsigned count, uint64_t tsc)
{
	if (tsc && p->ns_scale)
		return p->ns + (p->phase * COUNT_FP >> 32) + ((uint64_t)cycles_since(p, tsc) * p->ns_scale >> 24);
	return p->ns + (phase_of(p->running, count) * COUNT_FP >> 32);
}

bool period_may_change(const struct period *p, unsigned count, unsigned wanted)
{
	unsigned distance = count > wanted ? count - wanted : wanted - count;

	return wanted != p->next && p->running == p->next && count > MARGIN && count <= p->running &&
	       distance > 2 * MARGIN;
}

void period_changed(struct period *p, unsigned wanted, unsigned before, unsigned after, uint64_t tsc)
{
	unsigned from_before = after > before ? after - before : before - after;
	unsigned from_wanted = after > wanted ? after - wanted : wanted - after;

	if (from_wanted < from_before) {
		advance(p, phase_of(p->running, before));
		p->running = (uint16_t)wanted;
		p->phase = phase_of(wanted, after);
		p->tsc = tsc;
	}
	p->next = (uint16_t)wanted;
}
