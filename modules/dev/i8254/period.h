/* The sum of the 8254's periods is the time: which period runs, which follows, and how many have
 * passed. Pure: counts and cycles come in as numbers. */
#ifndef PERIOD_H
#define PERIOD_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PERIOD_COARSE = 1000,         /* counts: 0.84 ms */
	PERIOD_FINE = 150,            /* 0.126 ms */
	PERIOD_CALIBRATION = 32,      /* ticks over which the time-stamp counter is measured */
};

struct period {
	uint64_t ns;                  /* when the period that runs began */
	uint32_t fraction;            /* and 2^-32 ns */
	uint16_t running;             /* its length in counts */
	uint16_t next;                /* of the period after it: the chip has been told */
	uint16_t phase;               /* counts of it that had passed at `tsc` */
	uint64_t tsc;
	uint32_t ns_scale;            /* ns a cycle, times 2^24; 0: no time-stamp counter, or not measured yet */
	uint32_t count_scale;         /* counts a cycle, times 2^32 */
	unsigned samples;             /* ticks seen of those by which the time-stamp counter is measured */
	struct {
		uint32_t tsc;
		uint32_t pace;        /* cycles a period takes, going by the one that this sample ends */
		uint16_t phase;
	} sample[PERIOD_CALIBRATION + 1];
};

void period_init(struct period *p);
/* The tick's interrupt, at which the counter stood at `count`. `tsc` is 0 where there is none. */
void period_tick(struct period *p, unsigned count, uint64_t tsc);
/* Time at `tsc` or, where that is 0 or not measured, when the counter stands at `count`. */
uint64_t period_now(const struct period *p, unsigned count, uint64_t tsc);
/* Whether the chip may be given another period now, the counter standing at `count`. */
bool period_may_change(const struct period *p, unsigned count, unsigned wanted);
/* It was given `wanted` between two readings, `before` and `after`; `tsc` is that of the second. */
void period_changed(struct period *p, unsigned wanted, unsigned before, unsigned after, uint64_t tsc);

#endif
