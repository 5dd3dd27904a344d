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
 * an error. Without it one tick is one period, and a lost tick is lost time.
 * Read: Intel, "8254 Programmable Interval Timer" (231164), "Mode 2: Rate Generator". */
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

static void calibrate(struct period *p, uint64_t tsc)
{
	if (p->calibration_ticks++ == 0) {
		p->calibration_tsc = tsc;
		p->calibration_phase = p->phase;
	} else if (p->calibration_ticks == PERIOD_CALIBRATION + 1) {
		uint32_t cycles = (uint32_t)(tsc - p->calibration_tsc);
		uint32_t counts = PERIOD_CALIBRATION * PERIOD_COARSE + p->phase - p->calibration_phase;

		if (!cycles)
			return;
		p->ns_scale = (uint32_t)((COUNT_FP >> 8) * counts / cycles);
		p->count_scale = (uint32_t)(((uint64_t)counts << 32) / cycles);
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
