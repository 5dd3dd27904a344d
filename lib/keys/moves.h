/* A queue of what a mouse did: motion is summed, buttons keep their order. Part of chips'
 * states, so plain and without pointers. */
#ifndef KEYS_MOVES_H
#define KEYS_MOVES_H

#include <stdbool.h>
#include <stdint.h>

#include <iface/mouse.h>

enum { MOVES_MAX = 8 };

/* Set up with zeroes. */
struct moves {
	struct mouse_move step[MOVES_MAX];   /* step[0] is the oldest */
	uint8_t count;
	uint8_t buttons;                     /* as the last move left them */
};

/* Adds to the last step while the buttons stay the same. When the queue is full, the last
 * two steps become one: no motion is lost, and the buttons end as they should. */
void moves_add(struct moves *moves, const struct mouse_move *move);
/* The oldest step, to be used up by its owner; NULL: nothing has happened. */
struct mouse_move *moves_first(struct moves *moves);
/* The oldest step is done; what is left of its motion goes to the next one, if there is one. */
void moves_done(struct moves *moves);
/* Forgets all motion. The buttons stay. */
void moves_clear(struct moves *moves);
/* Can these come from a saved state? */
bool moves_are_sane(const struct moves *moves);

static inline bool moves_room(const struct moves *moves)
{
	return moves->count < MOVES_MAX;
}

#endif
