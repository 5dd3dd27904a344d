/* How long a machine rests so that it has no more than a part of a processor. Pure. */
#ifndef VSPEED_GOVERNOR_H
#define VSPEED_GOVERNOR_H

#include <stdint.h>

enum { GOVERNOR_FULL = 100 };

struct governor {
	uint32_t percent;               /* 1 to GOVERNOR_FULL, of the time that passes */
	uint64_t now, used;             /* as they were last */
	int64_t credit;                 /* ns of processor time that it may still use; below 0: that it owes */
};

void governor_start(struct governor *g, uint32_t percent, uint64_t now, uint64_t used);
/* At machine time `now` the machine has used `used` ns of processor time: for how many ns it is to rest. */
uint64_t governor_rest(struct governor *g, uint64_t now, uint64_t used);

#endif
