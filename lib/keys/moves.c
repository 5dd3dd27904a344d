/* A queue of mouse moves: see moves.h.
 *
 * Sums stop at the ends of their types: some eight metres of mouse pad, 127 notches. */
#include "moves.h"

#include <base/mem.h>

static int16_t sum(int a, int b, int limit)
{
	int both = a + b;

	return (int16_t)(both > limit ? limit : both < -limit ? -limit : both);
}

static void join(struct mouse_move *to, const struct mouse_move *more)
{
	to->dx = sum(to->dx, more->dx, INT16_MAX);
	to->dy = sum(to->dy, more->dy, INT16_MAX);
	to->wheel = (int8_t)sum(to->wheel, more->wheel, INT8_MAX);
	to->buttons = more->buttons;
}

void moves_add(struct moves *moves, const struct mouse_move *move)
{
	bool news = move->buttons != moves->buttons;

	if (!news && !move->dx && !move->dy && !move->wheel)
		return;
	moves->buttons = move->buttons;
	if (moves->count && (!news || moves->count == MOVES_MAX))
		join(&moves->step[moves->count - 1], move);
	else
		moves->step[moves->count++] = *move;
}

struct mouse_move *moves_first(struct moves *moves)
{
	return moves->count ? &moves->step[0] : NULL;
}

void moves_done(struct moves *moves)
{
	struct mouse_move rest = moves->step[0];

	if (!moves->count)
		return;
	moves->count--;
	memmove(moves->step, moves->step + 1, moves->count * sizeof moves->step[0]);
	if (moves->count) {
		rest.buttons = moves->step[0].buttons;
		join(&moves->step[0], &rest);
	}
}

void moves_clear(struct moves *moves)
{
	moves->count = 0;
}

bool moves_are_sane(const struct moves *moves)
{
	return moves->count <= MOVES_MAX && moves->buttons <= MOUSE_BUTTONS;
}
