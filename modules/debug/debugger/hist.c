/* hist: where the last instructions were, of each machine that is traced. */
#include "debugger.h"

#include <base/mem.h>

enum { HISTORY_SHOWN = 16 };

void history_note(struct history *h, const struct vcpu_frame *f)
{
	h->last[h->count % HISTORY_MAX].cs = (uint16_t)f->cs;
	h->last[h->count % HISTORY_MAX].ip = (uint16_t)f->eip;
	h->count++;
}

/* The oldest first; what is in memory now is shown, which may be something else than was executed. */
int run_hist(struct dbg *d)
{
	const struct watch *w;
	const struct history *h;
	uint32_t n = HISTORY_SHOWN, at;
	int error = dbg_machine_only(d);

	if (!error && expr_more(&d->args) && !expr_number(&d->args, HISTORY_MAX, &n))
		error = dbg_bad(d);
	if (!error)
		error = dbg_end(d);
	if (!error)
		error = dbg_standing(d);
	if (error)
		return error;
	w = watch_of(d->m);
	h = w ? &w->history : NULL;
	if (!h || !h->count) {
		SAY(d, "nothing: instructions are noted while the machine is traced: t, p, gu\n");
		return E_OK;
	}
	n = MIN(n, MIN(h->count, (uint32_t)HISTORY_MAX));
	for (at = h->count - n; at != h->count; at++) {
		struct value where = { VALUE_LOGICAL, h->last[at % HISTORY_MAX].cs, h->last[at % HISTORY_MAX].ip };

		if (dbg_interrupted(d))
			return E_INTERRUPTED;
		show_instruction(d, &where, code_bits(d));
	}
	return E_OK;
}
