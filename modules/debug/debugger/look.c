/* Commands that look at memory and change it: d, e. */
#include "debugger.h"

#include <base/mem.h>

enum { DUMP_DEFAULT = 128, EDIT_MAX = 128, LINE_MAX = 128 };

int dbg_address(struct dbg *d, struct value *at, unsigned seg)
{
	int error = place_address(&d->place, at, seg, d->args.why);

	return error ? dbg_fail(d, error, "%s", d->args.why) : E_OK;
}

int dbg_range(struct dbg *d, struct range *range, unsigned seg)
{
	int error = dbg_address(d, &range->at, seg);

	if (!error && range->at.kind == VALUE_LOGICAL && range->length > OFFSET_MASK + 1)
		return dbg_fail(d, E_RANGE, "%x bytes: more than a segment has", (unsigned)range->length);
	return error;
}

void print_address(struct dbg *d, const struct value *at)
{
	char text[ADDRESS_TEXT_MAX];

	value_text(at, text, sizeof text);
	SAY(d, "%s", !d->m && at->kind == VALUE_LINEAR ? text + 1 : text);
}

/* --- d --------------------------------------------------------------------------------------------- */

/* The region that an address lies in, said once where it is a device's: looking at those has no effect, but
 * what is shown may be less than the guest sees. */
struct region {
	gpa_t gpa, first, last;
	char text[TEXT_LINE_MAX];
};

static void region_here(void *ctx, const struct memory_view *view)
{
	struct region *r = ctx;

	if (r->gpa < view->first || r->gpa > view->last)
		return;
	r->first = view->first;
	r->last = view->last;
	fmt_buf(r->text, sizeof r->text, "%s%s%s", view->kind, *view->owner ? " " : "", view->owner);
}

static void tell_region(struct dbg *d, const struct value *at, struct region *r)
{
	gpa_t gpa = place_physical(&d->place, at);

	if (!d->m || (gpa >= r->first && gpa <= r->last))
		return;
	*r = (struct region){ .gpa = gpa, .first = gpa, .last = gpa };
	machine_each_region(d->m, region_here, r);
	if (!strncmp(r->text, "device", strlen("device")))
		SAY(d, "; !%08x-!%08x is %s\n", (unsigned)r->first, (unsigned)r->last, r->text);
}

/* Where nothing can be read, that is said once; *told until something can. */
static void dump_row(struct dbg *d, const struct value *at, unsigned n, unsigned unit, bool *told)
{
	char text[TEXT_LINE_MAX];
	uint8_t bytes[DUMP_BYTES];
	uint32_t valid = place_peek(&d->place, at, bytes, n);

	if (!valid && !*told) {
		SAY(d, "; ");
		print_address(d, at);
		SAY(d, " cannot be read: no memory is there\n");
	}
	*told = !valid;
	text_dump(text, sizeof text, bytes, n, valid, unit);
	print_address(d, at);
	SAY(d, " %s\n", text);
}

static int dump(struct dbg *d, struct range *range, unsigned unit)
{
	struct region region = { .first = 1 };
	bool told = false;

	while (range->length) {
		unsigned n = MIN(range->length, (uint32_t)DUMP_BYTES);

		if (dbg_interrupted(d))
			return E_INTERRUPTED;
		tell_region(d, &range->at, &region);
		dump_row(d, &range->at, n, unit, &told);
		value_advance(&range->at, n);
		range->length -= n;
	}
	return E_OK;
}

/* `d` alone goes on, with the width of the last one. */
int run_d(struct dbg *d)
{
	struct seat *seat = d->seat;
	struct range range = { { .kind = VALUE_NUMBER }, DUMP_DEFAULT };
	unsigned unit = d->command[1] == 'w' ? 2 : d->command[1] == 'd' ? 4 : 1;
	int error;

	if (!d->command[1] && seat && seat->dump_unit)
		unit = seat->dump_unit;
	if (expr_more(&d->args)) {
		if (!expr_range(&d->args, DUMP_DEFAULT, unit, &range))
			return dbg_bad(d);
	} else if (seat && seat->dump_valid) {
		range.at = seat->next_dump;
	} else if (!d->m && self_cpu(false)) {
		range.at.number = self_cpu(false)->frame.esp;
	} else if (!d->m) {
		return dbg_fail(d, E_INVALID, "where? give a linear address, or !physical");
	}
	error = dbg_end(d);
	if (!error)
		error = dbg_range(d, &range, X86_DS);
	if (!error)
		error = dump(d, &range, unit);
	if (!error && seat) {
		seat->next_dump = range.at;
		seat->dump_valid = true;
		seat->dump_unit = (uint8_t)unit;
	}
	return error;
}

/* --- e -------------------------------------------------------------------------------------------- */

int dbg_poke(struct dbg *d, const struct value *at, const void *bytes, unsigned n)
{
	char text[ADDRESS_TEXT_MAX];
	int error = place_poke(&d->place, at, bytes, n);

	if (!error)
		return E_OK;
	value_text(at, text, sizeof text);
	if (error == E_NO_MEMORY)
		return dbg_fail(d, error, "%s: out of memory; `memory` shows who has it", text);
	return dbg_fail(d, error, "%s: no memory that can be written is there; nothing was changed", text);
}

/* One value, or the characters of a text. Returns how many bytes, 0: d->args complains. */
static unsigned edit_value(struct dbg *d, unsigned unit, uint8_t *to, unsigned room)
{
	uint32_t value;
	unsigned n = unit == 1 ? (unsigned)expr_string(&d->args, to, room) : 0;

	if (n || d->args.error)
		return n;
	if (!expr_number(&d->args, unit == 4 ? ~0u : (1u << unit * 8) - 1, &value))
		return 0;
	if (unit > room) {
		expr_fail(&d->args, E_RANGE, "more than %d bytes at once", EDIT_MAX);
		return 0;
	}
	memcpy(to, &value, unit);
	return unit;
}

static int edit_list(struct dbg *d, const struct value *at, unsigned unit)
{
	uint8_t bytes[EDIT_MAX];
	unsigned count = 0;

	while (expr_more(&d->args)) {
		unsigned n = edit_value(d, unit, bytes + count, EDIT_MAX - count);

		if (!n)
			return dbg_bad(d);
		count += n;
	}
	return dbg_poke(d, at, bytes, count);
}

int dbg_read_line(struct dbg *d, const char *prompt, char *line, size_t size)
{
	uint32_t birth = d->m ? machine_birth(d->m) : 0;
	int error;

	if (d->m)
		machine_release(d->m);
	error = d->ops->read_line(d->s, prompt, line, size);
	if (!d->place.m)
		return error;
	d->m = machine_hold(d->name);
	d->place.m = d->m;
	if (d->m && machine_birth(d->m) == birth)
		return error;
	return dbg_fail(d, E_CHANGED, "%s was deleted meanwhile", d->name);
}

/* 0, or what ended it. */
static int edit_ask(struct dbg *d, const struct value *at, unsigned unit, char *line)
{
	char prompt[ADDRESS_TEXT_MAX + 16], where[ADDRESS_TEXT_MAX];
	uint32_t old = 0;

	value_text(at, where, sizeof where);
	if (place_peek(&d->place, at, &old, unit) != (1u << unit) - 1)
		return dbg_fail(d, E_FAULT, "%s: there is no memory that can be read", where);
	fmt_buf(prompt, sizeof prompt, "%s %0*x  ", where, (int)unit * 2, (unsigned)old);
	return dbg_read_line(d, prompt, line, LINE_MAX);
}

/* Enter goes on, `-` goes back, `.` ends. */
static int edit_interactive(struct dbg *d, struct value *at, unsigned unit)
{
	char line[LINE_MAX];
	uint8_t bytes[EDIT_MAX];

	for (;;) {
		int error = edit_ask(d, at, unit, line);
		unsigned n = 0;

		if (error)
			return error == E_NOT_FOUND || error == E_INTERRUPTED ? E_OK : error;
		if (!strcmp(line, "."))
			return E_OK;
		expr_begin(&d->args, &d->env, line);
		if (!strcmp(line, "-")) {
			value_advance(at, -(uint32_t)unit);
			continue;
		}
		if (expr_more(&d->args)) {
			n = edit_value(d, unit, bytes, sizeof bytes);
			if (!n || !expr_end(&d->args))
				(void)dbg_bad(d);
			else if (dbg_poke(d, at, bytes, n) == E_OK)
				value_advance(at, n);
		} else {
			value_advance(at, unit);
		}
	}
}

int run_e(struct dbg *d)
{
	unsigned unit = d->command[1] == 'w' ? 2 : d->command[1] == 'd' ? 4 : 1;
	struct value at;
	int error;

	if (!expr_value(&d->args, &at))
		return dbg_bad(d);
	error = dbg_address(d, &at, X86_DS);
	if (error)
		return error;
	return expr_more(&d->args) ? edit_list(d, &at, unit) : edit_interactive(d, &at, unit);
}
