/* The commands for breakpoints: set, list, remove, disable, enable. What happens at one is
 * stop.c's. */
#include "debugger.h"

#include <base/mem.h>

static unsigned free_number(const struct watch *w)
{
	unsigned number = 0;

	list_for(it, &w->breakpoints) {
		if (list_item(it, struct breakpoint, link)->number != number)
			break;
		number++;
	}
	return number;
}

static void breakpoint_insert(struct watch *w, struct breakpoint *b)
{
	struct list *at = w->breakpoints.next;

	b->number = free_number(w);
	while (at != &w->breakpoints && list_item(at, struct breakpoint, link)->number < b->number)
		at = at->next;
	list_add(at, &b->link);
}

struct bpx_words {
	struct value at;
	const char *condition;     /* in the command's text */
	size_t condition_length;
	uint32_t count;
};

/* `if` takes an expression; it is evaluated once to find its end and its mistakes. */
static bool bpx_condition(struct dbg *d, struct bpx_words *words)
{
	uint32_t value;
	bool well;

	expr_more(&d->args);
	words->condition = d->args.at;
	d->place.own = true;       /* whatever the registers hold: it may run */
	well = expr_number(&d->args, ~0u, &value);
	d->place.own = false;
	if (!well)
		return false;
	words->condition_length = (size_t)(d->args.at - words->condition);
	return true;
}

static int bpx_parse(struct dbg *d, struct bpx_words *words)
{
	int error = code_address(d, &words->at);

	words->count = 1;
	while (!error && expr_more(&d->args)) {
		if (expr_word(&d->args, "if")) {
			if (!bpx_condition(d, words))
				return dbg_bad(d);
		} else if (expr_word(&d->args, "count")) {
			if (!expr_number(&d->args, ~0u, &words->count))
				return dbg_bad(d);
		} else {
			return dbg_end(d);
		}
	}
	return error;
}

int run_bpx(struct dbg *d)
{
	struct bpx_words words = { .condition = "" };
	struct breakpoint *b;
	int error;
	struct watch *w = watch_begin(d, false, &error);

	if (w)
		error = bpx_parse(d, &words);
	if (error)
		return error;
	b = mem_alloc(module_account(debugger()->self), sizeof *b + words.condition_length + 1);
	if (!b)
		return dbg_fail(d, E_NO_MEMORY, "out of memory; `memory` shows who has it");
	b->at = words.at;
	b->count = words.count;
	b->enabled = true;
	memcpy(b->condition, words.condition, words.condition_length);
	breakpoint_insert(w, b);
	watch_arm(w, d->m);
	SAY(d, "breakpoint %x\n", b->number);
	return E_OK;
}

int run_bl(struct dbg *d)
{
	int error = dbg_machine_only(d);
	struct watch *w = error ? NULL : watch_of(d->m);

	if (!error)
		error = dbg_end(d);
	if (error)
		return error;
	if (!w || list_empty(&w->breakpoints))
		SAY(d, "no breakpoints\n");
	else
		list_for(it, &w->breakpoints) {
			struct breakpoint *b = list_item(it, struct breakpoint, link);
			char at[ADDRESS_TEXT_MAX];

			value_text(&b->at, at, sizeof at);
			SAY(d, "%2x %s bpx %s  hits %x", b->number, b->enabled ? "on " : "off", at,
			    (unsigned)b->hits);
			if (b->count > 1)
				SAY(d, "  count %x", (unsigned)b->count);
			SAY(d, "%s%s\n", b->condition[0] ? "  if " : "", b->condition);
		}
	return E_OK;
}

enum change { CHANGE_CLEAR, CHANGE_DISABLE, CHANGE_ENABLE };

static void breakpoint_change(struct breakpoint *b, enum change change)
{
	if (change == CHANGE_CLEAR) {
		list_remove(&b->link);
		mem_free(b);
	} else {
		b->enabled = change == CHANGE_ENABLE;
	}
}

static struct breakpoint *breakpoint_find(struct watch *w, unsigned number)
{
	list_for(it, &w->breakpoints)
		if (list_item(it, struct breakpoint, link)->number == number)
			return list_item(it, struct breakpoint, link);
	return NULL;
}

static int change_numbered(struct dbg *d, struct watch *w, enum change change)
{
	do {
		struct breakpoint *b;
		uint32_t number;

		if (!expr_number(&d->args, ~0u, &number))
			return dbg_bad(d);
		b = breakpoint_find(w, number);
		if (!b)
			return dbg_fail(d, E_NOT_FOUND, "%x: no such breakpoint; bl lists them", (unsigned)number);
		breakpoint_change(b, change);
	} while (expr_more(&d->args));
	return E_OK;
}

static int run_change(struct dbg *d, enum change change)
{
	int error;
	struct watch *w = watch_begin(d, false, &error);

	if (!w)
		return error;
	if (expr_char(&d->args, '*')) {
		error = dbg_end(d);
		if (!error)
			list_for_safe(it, &w->breakpoints)
				breakpoint_change(list_item(it, struct breakpoint, link), change);
	} else if (!expr_more(&d->args)) {
		error = dbg_fail(d, E_INVALID, "which one? give its number, or *; bl lists them");
	} else {
		error = change_numbered(d, w, change);
	}
	watch_arm(w, d->m);
	return error;
}

int run_bc(struct dbg *d)
{
	return run_change(d, CHANGE_CLEAR);
}

int run_bd(struct dbg *d)
{
	return run_change(d, CHANGE_DISABLE);
}

int run_be(struct dbg *d)
{
	return run_change(d, CHANGE_ENABLE);
}
