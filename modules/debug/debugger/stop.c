/* Stepping, going on, and what is shown at a stop. What a machine is to stop for besides breakpoints is
 * its plan (struct plan); hook.c asks it. The machine's clock goes on while it steps, as it does when it
 * runs.
 *
 * Steps are the executor's, one instruction after the other: nothing of ours is in the guest's
 * flags, on its stack or in its vectors. */
#include "debugger.h"

#include <base/mem.h>
#include <iface/debug.h>

enum { POLL_MS = 50 };

/* --- what is shown ----------------------------------------------------------------------------------------- */

void stop_show(struct dbg *d, const char *reason)
{
	struct vcpu *cpu = machine_cpu(d->m);
	struct value at = place_code(&d->place);
	struct seat *seat = d->seat;
	char line[TEXT_LINE_MAX];
	struct registers now;

	registers_take(&now, cpu);
	SAY(d, "%s: %s%s\n", d->name, reason, cpu->halted ? ", halted" : "");
	for (unsigned i = 0; text_registers(line, sizeof line, i, &now, seat && seat->last_valid ? &seat->last : NULL);
	     i++)
		SAY(d, "%s\n", line);
	show_instruction(d, &at, 16);
	if (seat) {
		seat->last = now;
		seat->last_valid = true;
		seat->code_valid = seat->dump_valid = false;
	}
}

static void reason_of(struct dbg *d, const struct watch *w, char *buf, size_t size)
{
	static const char *const texts[] = {
		[STOP_NONE] = "paused", [STOP_STEP] = "step", [STOP_REACHED] = "reached", [STOP_UNTIL] = "the condition holds",
		[STOP_RETURNED] = "returned", [STOP_INTERRUPTED] = "interrupted",
	};
	char what[TEXT_LINE_MAX];

	if (machine_state(d->m) == MACHINE_STOPPED) {
		fmt_buf(buf, size, "stopped: %s", machine_reason(d->m));
	} else if (w->stop == STOP_BREAKPOINT && w->stop_access) {
		point_access_text(&w->stop_what, what, sizeof what);
		fmt_buf(buf, size, "breakpoint %x: %s", w->stop_number, what);
	} else if (w->stop == STOP_BREAKPOINT) {
		fmt_buf(buf, size, "breakpoint %x", w->stop_number);
	} else if (w->stop == STOP_CONDITION) {
		fmt_buf(buf, size, "breakpoint %x, condition: %s", w->stop_number, w->why);
	} else {
		fmt_buf(buf, size, "%s", texts[w->stop]);
	}
}

static void show_reason(struct dbg *d, struct watch *w)
{
	char reason[MACHINE_REASON_MAX + EXPR_WHY_MAX];

	reason_of(d, w, reason, sizeof reason);
	if (d->seat)
		d->seat->stops_seen = w->stops;
	stop_show(d, reason);
	if (d->seat && w->stop_do)
		str_copy(d->seat->todo, w->stop_do, sizeof d->seat->todo);
	w->stop_do = NULL;
}

void stop_show_new(struct dbg *d)
{
	struct watch *w = d->m ? watch_of(d->m) : NULL;

	if (!w || !d->seat || !place_stands(&d->place))
		return;
	hook_settle(w);
	if (w->stops != d->seat->stops_seen)
		show_reason(d, w);
}

/* --- going on --------------------------------------------------------------------------------------------------- */

static bool halted_for_good(const struct vcpu *cpu)
{
	return cpu->halted && !(cpu->frame.eflags & X86_IF);
}

/* Returns E_OK when it stands. Where it would never do so, it is made to: E_INTERRUPTED when the
 * user pressed Ctrl+C, E_TIMEOUT when nothing more can happen in it. */
static int wait_for_stop(struct dbg *d)
{
	for (;;) {
		int error = machine_wait_standing(d->m, POLL_MS * NS_PER_MS);

		if (!error)
			return E_OK;
		if (error != E_INTERRUPTED && dbg_interrupted(d))
			error = E_INTERRUPTED;
		if (error != E_INTERRUPTED && !halted_for_good(machine_cpu(d->m)))
			continue;
		(void)!machine_pause(d->m);
		return error;
	}
}

/* `quiet`: only what nobody expected is worth showing. */
static int wait_and_show(struct dbg *d, struct watch *w, bool quiet)
{
	int forced = wait_for_stop(d), error;

	if (machine_ending(d->m))
		return dbg_fail(d, E_NOT_FOUND, "%s was deleted; vm list shows what there is", d->name);
	hook_settle(w);
	memset(&w->plan, 0, sizeof w->plan);
	error = watch_arm(w, d->m);
	if (error)
		return dbg_fail(d, error, "%s: %s", d->name, error_text(error));
	if (forced && w->stop == STOP_NONE) {
		w->stop = STOP_INTERRUPTED;
		stop_show(d, forced == E_INTERRUPTED ? "interrupted" : "interrupts are off for good");
		return forced;
	}
	if (!quiet || (w->stop != STOP_STEP && w->stop != STOP_REACHED))
		show_reason(d, w);
	return E_OK;
}

int stop_wait(struct dbg *d)
{
	struct watch *w = d->m ? watch_of(d->m) : NULL;

	return w ? wait_and_show(d, w, false) : E_OK;
}

static int resume(struct dbg *d, struct watch *w, bool quiet)
{
	int error;

	if (machine_state(d->m) == MACHINE_STOPPED)
		return dbg_fail(d, E_INVALID, "%s stopped: %s; vm reset %s", d->name, machine_reason(d->m), d->name);
	error = watch_arm(w, d->m);
	if (error)
		return dbg_fail(d, error, "%s cannot go on: %s", d->name, error_text(error));
	if (machine_state(d->m) == MACHINE_PAUSED)
		hook_stood(w);
	error = machine_resume(d->m);
	if (error)
		return dbg_fail(d, error, "%s cannot go on: %s", d->name, error_text(error));
	if (d->seat && d->seat->doing) {
		d->seat->gone_on = true;
		return E_OK;
	}
	return wait_and_show(d, w, quiet);
}

struct watch *watch_begin(struct dbg *d, bool standing, int *error)
{
	struct watch *w;

	*error = dbg_machine_only(d);
	if (!*error && !d->seated)
		*error = dbg_fail(d, E_INVALID, "no target; dbg NAME selects one");
	if (!*error && standing)
		*error = dbg_standing(d);
	if (*error)
		return NULL;
	w = watch_need(d->m);
	if (!w)
		*error = dbg_fail(d, E_NO_MEMORY, "out of memory; `memory` shows who has it");
	return w;
}

/* `=a`: where to go on. */
static int go_from(struct dbg *d, struct value *from, bool *given)
{
	*given = expr_char(&d->args, '=');
	if (!*given)
		return E_OK;
	if (!expr_value(&d->args, from))
		return dbg_bad(d);
	if (!place_stands(&d->place))
		return dbg_standing(d);
	if (place_address(&d->place, from, X86_CS, d->args.why))
		return dbg_fail(d, E_INVALID, "%s", d->args.why);
	if (from->kind != VALUE_LOGICAL)
		return dbg_fail(d, E_INVALID, "=: wants segment and offset, or an offset in CS");
	return E_OK;
}

int code_address(struct dbg *d, struct value *at)
{
	int error;

	if (!expr_value(&d->args, at))
		return dbg_bad(d);
	error = place_address(&d->place, at, X86_CS, d->args.why);
	return error ? dbg_fail(d, error, "%s", d->args.why) : E_OK;
}

int run_g(struct dbg *d)
{
	uint32_t until[TEMPORARY_MAX];
	unsigned count = 0;
	struct value from, at;
	bool given = false;
	int error;
	struct watch *w;

	if (!d->m)
		return self_go(d);
	w = watch_begin(d, false, &error);
	if (w)
		error = go_from(d, &from, &given);
	while (!error && expr_more(&d->args)) {
		if (count == TEMPORARY_MAX)
			error = dbg_fail(d, E_RANGE, "more than %d addresses; use bpx", TEMPORARY_MAX);
		else
			error = code_address(d, &at);
		if (!error)
			until[count++] = value_linear(&at);
	}
	if (error)
		return error;
	if (given) {
		struct vcpu *cpu = machine_cpu(d->m);
		struct reg_ref cs;

		register_find(cpu, "cs", &cs);
		register_set(cpu, &cs, from.segment);
		cpu->frame.eip = from.number;
		cpu->halted = false;
	}
	w->plan = (struct plan){ .temporary_count = count };
	memcpy(w->plan.temporary, until, count * sizeof *until);
	return resume(d, w, false);
}

/* `until EXPR`: it is evaluated once to find its mistakes, but for those that are the values'. */
static int until_words(struct dbg *d, char *until)
{
	const char *text;
	uint32_t value;

	expr_more(&d->args);
	text = d->args.at;
	d->args.form_only = true;
	if (!expr_number(&d->args, ~0u, &value))
		return dbg_bad(d);
	d->args.form_only = false;
	if (dbg_end(d))
		return E_INVALID;
	if (str_copy(until, text, UNTIL_MAX) >= UNTIL_MAX)
		return dbg_fail(d, E_RANGE, "a condition of more than %d characters", UNTIL_MAX - 1);
	return E_OK;
}

/* [N] [until EXPR]; *n is 0 where there is no limit. */
static int step_words(struct dbg *d, uint32_t *n, char *until)
{
	bool counted = false, stuck = d->m && halted_for_good(machine_cpu(d->m));

	*until = 0;
	*n = 1;
	if (!expr_more(&d->args) && !stuck)
		return E_OK;
	if (stuck)
		return dbg_fail(d, E_INVALID, "%s is halted with interrupts off; vm reset %s", d->name, d->name);
	if (expr_more(&d->args) && !expr_word(&d->args, "until")) {
		if (!expr_number(&d->args, INT32_MAX, n))
			return dbg_bad(d);
		if (!*n)
			return dbg_fail(d, E_RANGE, "0 steps; give a number from 1");
		counted = true;
		if (!expr_word(&d->args, "until"))
			return dbg_end(d);
	}
	if (!counted)
		*n = 0;
	return until_words(d, until);
}

static int trace(struct dbg *d, struct watch *w, uint32_t n, const char *until, bool quiet)
{
	w->plan = (struct plan){ .every = true, .steps = n, .over = true,
				 .interrupts = watch_hot(d->m)->exits[EXIT_INTERRUPT] };
	str_copy(w->plan.until, until, sizeof w->plan.until);
	return resume(d, w, quiet);
}

/* The same for the monitor itself. */
static int step_self(struct dbg *d, bool over)
{
	char until[UNTIL_MAX];
	uint32_t n;
	int error = step_words(d, &n, until);

	return error ? error : self_step(d, n, until, over);
}

int run_t(struct dbg *d)
{
	int error;
	struct watch *w;
	char until[UNTIL_MAX];
	uint32_t n;

	if (!d->m)
		return step_self(d, false);
	w = watch_begin(d, true, &error);
	if (w)
		error = step_words(d, &n, until);
	if (error)
		return error;
	return trace(d, w, n, until, false);
}

int run_gu(struct dbg *d)
{
	int error;
	struct watch *w;
	const struct vcpu_frame *f;

	if (!d->m)
		return self_return(d);
	w = watch_begin(d, true, &error);
	if (w)
		error = dbg_end(d);
	if (error)
		return error;
	f = &machine_cpu(d->m)->frame;
	w->plan = (struct plan){ .every = true, .leaving = true, .ss = (uint16_t)f->ss, .sp = (uint16_t)f->esp };
	return resume(d, w, false);
}

int stop_go(struct dbg *d, bool step)
{
	int error;
	struct watch *w = watch_begin(d, false, &error);

	if (!w)
		return error;
	w->plan = (struct plan){ .every = step, .steps = step, .over = step,
				 .interrupts = watch_hot(d->m)->exits[EXIT_INTERRUPT] };
	return resume(d, w, true);
}

int stop_reason(struct dbg *d, struct debug_stop *stop)
{
	struct watch *w = watch_of(d->m);

	*stop = (struct debug_stop){ .why = DEBUG_PAUSED };
	if (!w)
		return E_OK;
	hook_settle(w);
	memset(&w->plan, 0, sizeof w->plan);
	if (w->stop == STOP_STEP)
		stop->why = DEBUG_STEP;
	if (w->stop == STOP_BREAKPOINT || w->stop == STOP_CONDITION) {
		stop->why = w->stop_access ? DEBUG_ACCESS : DEBUG_CODE;
		stop->number = w->stop_number;
		stop->address = w->stop_what.address;
		stop->read = w->stop_access && w->stop_what.kind == POINT_MEMORY && w->stop_what.rights == POINT_R;
		stop->write = w->stop_access && w->stop_what.kind == POINT_MEMORY && w->stop_what.rights == POINT_W;
	}
	if (machine_state(d->m) == MACHINE_STOPPED)
		stop->why = DEBUG_STOPPED;
	return watch_arm(w, d->m);
}

bool steps_over(const struct insn *insn)
{
	unsigned flags = debugger()->x86->op_flags(insn->op);

	return flags & X86_F_CALL || insn->op == X86_OP_LOOP || insn->op == X86_OP_LOOPE ||
	       insn->op == X86_OP_LOOPNE ||
	       (flags & X86_F_STRING && insn->prefixes & (X86_PREFIX_REP | X86_PREFIX_REPNE));
}

static int step_over(struct dbg *d, struct watch *w, bool quiet)
{
	const struct vcpu *cpu = machine_cpu(d->m);
	struct value at = { VALUE_LOGICAL, (uint16_t)cpu->frame.cs, cpu->frame.eip & OFFSET_MASK };
	uint8_t bytes[X86_MAX_LENGTH];
	struct insn insn;
	int length = fetch_instruction(d, &at, 16, &insn, bytes);

	if (length < 0 || !steps_over(&insn) || cpu->halted)
		return trace(d, w, 1, "", quiet);
	value_advance(&at, (uint32_t)length);
	w->plan = (struct plan){ .temporary = { value_linear(&at) }, .temporary_count = 1, .returning = true,
				 .ss = (uint16_t)cpu->frame.ss, .sp = (uint16_t)cpu->frame.esp };
	return resume(d, w, quiet);
}

static bool holds(struct dbg *d, struct watch *w, const char *until)
{
	w->why[0] = 0;
	if (!*until || !condition_true(d->m, until, NULL, w->why))
		return false;
	w->stop = w->why[0] ? STOP_CONDITION : STOP_UNTIL;
	show_reason(d, w);
	return true;
}

int run_p(struct dbg *d)
{
	int error;
	struct watch *w;
	char until[UNTIL_MAX];
	uint32_t n, left;

	if (!d->m)
		return step_self(d, true);
	w = watch_begin(d, true, &error);
	if (w)
		error = step_words(d, &n, until);
	/* Anything but the plan's end ends it: a breakpoint, Ctrl+C, a stop. */
	for (left = n; !error; left--) {
		error = step_over(d, w, left != 1);
		if (w->stop != STOP_REACHED && w->stop != STOP_STEP)
			break;
		if (left == 1 || holds(d, w, until))
			break;
	}
	return error;
}
