/* A leaky bucket: time that passes fills it by the machine's part, processor time that it uses empties it, and
 * who owes rests until it is even. A machine that waits saves up no more than a few milliseconds. */
#include "governor.h"

enum { SAVED_NS = 4000000 };

void governor_start(struct governor *g, uint32_t percent, uint64_t now, uint64_t used)
{
	*g = (struct governor){ .percent = percent, .now = now, .used = used };
}

uint64_t governor_rest(struct governor *g, uint64_t now, uint64_t used)
{
	g->credit += (int64_t)((now - g->now) * g->percent / GOVERNOR_FULL) - (int64_t)(used - g->used);
	g->now = now;
	g->used = used;
	if (g->credit > SAVED_NS)
		g->credit = SAVED_NS;
	return g->credit < 0 ? (uint64_t)-g->credit * GOVERNOR_FULL / g->percent : 0;
}
