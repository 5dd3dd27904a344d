/* Stopping, stepping and going on.
 *
 * A machine with an enabled breakpoint, or with a plan (so many instructions, or until an
 * address), runs under machine_trace(): `before` below is asked in the machine's own task
 * ahead of each instruction, executes nothing and changes nothing, so the guest sees no
 * difference, in ROM as in RAM, but its speed. Without either it runs at full speed. The
 * machine's clock goes on while it steps, as it does when it runs.
 *
 * An instruction counts once: a repeated string instruction that is interrupted half-way does
 * not hit its breakpoint again when it goes on. An interrupt that arrives is one step: the
 * machine stands at its handler's first instruction. */
#include "debugger.h"

#include <base/mem.h>

enum { POLL_MS = 50 };
#define NOWHERE 0xFFFFFFFFu   /* no linear address that real-mode code can have */

/* --- watches -------------------------------------------------------------------------------------- */

static void watch_free(struct watch *w)
{
	list_for_safe(it, &w->breakpoints)
		mem_free(list_item(it, struct breakpoint, link));
	list_remove(&w->link);
	mem_free(w);
}

/* The machine that a watch means, unless it has gone. */
static struct machine *watched(const struct watch *w)
{
	struct machine *m = machine_find(w->name);

	return m && machine_birth(m) == w->birth ? m : NULL;
}

struct watch *watch_of(struct machine *m)
{
	struct watch *found = NULL;

	list_for_safe(it, &debugger()->watches) {
		struct watch *w = list_item(it, struct watch, link);

		if (watched(w) == m)
			found = w;
		else if (!watched(w))
			watch_free(w);
	}
	return found;
}

static struct watch *watch_need(struct machine *m)
{
	struct watch *w = watch_of(m);

	if (w)
		return w;
	w = mem_alloc(module_account(debugger()->self), sizeof *w);
	if (!w)
		return NULL;
	str_copy(w->name, machine_name(m), sizeof w->name);
	w->birth = machine_birth(m);
	list_init(&w->breakpoints);
	list_add(&debugger()->watches, &w->link);
	return w;
}

void watches_drop(void)
{
	list_for_safe(it, &debugger()->watches) {
		struct watch *w = list_item(it, struct watch, link);
		struct machine *m = watched(w);

		if (m)
			machine_trace(m, NULL, NULL);
		watch_free(w);
	}
}

/* --- before each instruction, in the machine's own task ------------------------------------------------ */

static bool stand(struct watch *w, enum stop why, unsigned number)
{
	w->stop = why;
	w->stop_number = number;
	w->stops++;
	w->resuming = true;
	w->steps = 0;
	w->temporary_count = 0;
	return true;
}

static bool condition_holds(struct watch *w, struct machine *m, const struct breakpoint *b)
{
	struct place place = { m, true };
	struct expr_env env = place_env(&place);
	struct expr e;
	uint32_t value;

	if (!b->condition[0])
		return true;
	expr_begin(&e, &env, b->condition);
	if (expr_number(&e, ~0u, &value))
		return value != 0;
	str_copy(w->why, e.why, sizeof w->why);
	return true;
}

static bool breakpoint_hit(struct watch *w, struct machine *m, struct breakpoint *b)
{
	w->why[0] = 0;
	if (!condition_holds(w, m, b))
		return false;
	if (w->why[0])
		return stand(w, STOP_CONDITION, b->number);
	return ++b->hits >= b->count && stand(w, STOP_BREAKPOINT, b->number);
}

static bool breakpoints_hit(struct watch *w, struct machine *m, uint32_t linear)
{
	gpa_t gpa = machine_a20(m, linear);

	list_for(it, &w->breakpoints) {
		struct breakpoint *b = list_item(it, struct breakpoint, link);
		struct place place = { m, true };

		if (b->enabled && place_physical(&place, &b->at) == gpa && breakpoint_hit(w, m, b))
			return true;
	}
	return false;
}

static bool reached(struct watch *w, const struct vcpu_frame *f, uint32_t linear)
{
	for (unsigned i = 0; i < w->temporary_count; i++) {
		if (w->temporary[i] != linear)
			continue;
		/* Deeper in a recursion SP is lower. Another stack: the called one changed it. */
		if (w->returning && (uint16_t)f->ss == w->ss && (int16_t)((uint16_t)f->esp - w->sp) < 0)
			continue;
		return stand(w, STOP_REACHED, 0);
	}
	return false;
}

/* Is this the rest of a repeated instruction that was begun? */
static bool goes_on(struct machine *m, uint32_t linear)
{
	struct value at = { .kind = VALUE_LINEAR, .number = linear };
	struct place place = { m, true };
	uint8_t bytes[X86_MAX_LENGTH];
	struct insn insn;

	(void)place_peek(&place, &at, bytes, sizeof bytes);
	return debugger()->x86->decode(&insn, bytes, sizeof bytes, 16) > 0 &&
	       insn.prefixes & (X86_PREFIX_REP | X86_PREFIX_REPNE) &&
	       debugger()->x86->op_flags(insn.op) & X86_F_STRING;
}

static bool before(void *ctx, struct machine *m)
{
	struct watch *w = ctx;
	const struct vcpu *cpu = machine_cpu(m);
	uint32_t linear = cpu->seg[X86_CS].base + cpu->frame.eip, last = w->at;
	bool resuming = w->resuming;

	w->resuming = false;
	w->at = linear;
	/* At the first call nothing has been executed, unless an interrupt came in between. */
	if (resuming && linear == last)
		return false;
	if (w->steps && !--w->steps)
		return stand(w, STOP_STEP, 0);
	if (reached(w, &cpu->frame, linear))
		return true;
	return !(linear == last && goes_on(m, linear)) && breakpoints_hit(w, m, linear);
}

void watch_arm(struct watch *w, struct machine *m)
{
	bool wanted = w->steps || w->temporary_count;

	list_for(it, &w->breakpoints)
		wanted |= list_item(it, struct breakpoint, link)->enabled;
	if (wanted && !w->armed && !w->resuming)
		w->at = NOWHERE;
	w->armed = wanted;
	machine_trace(m, wanted ? before : NULL, w);
}

/* --- what is shown ----------------------------------------------------------------------------------------- */

void stop_show(struct dbg *d, const char *reason)
{
	struct vcpu *cpu = machine_cpu(d->m);
	struct value at = { VALUE_LOGICAL, (uint16_t)cpu->frame.cs, cpu->frame.eip & OFFSET_MASK };
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
		[STOP_NONE] = "paused", [STOP_STEP] = "step", [STOP_REACHED] = "reached",
	};

	if (machine_state(d->m) == MACHINE_STOPPED)
		fmt_buf(buf, size, "stopped: %s", machine_reason(d->m));
	else if (w->stop == STOP_BREAKPOINT)
		fmt_buf(buf, size, "breakpoint %x", w->stop_number);
	else if (w->stop == STOP_CONDITION)
		fmt_buf(buf, size, "breakpoint %x, condition: %s", w->stop_number, w->why);
	else
		fmt_buf(buf, size, "%s", texts[w->stop]);
}

static void show_reason(struct dbg *d, struct watch *w)
{
	char reason[MACHINE_REASON_MAX + EXPR_WHY_MAX];

	reason_of(d, w, reason, sizeof reason);
	if (d->seat)
		d->seat->stops_seen = w->stops;
	stop_show(d, reason);
}

void stop_show_new(struct dbg *d)
{
	struct watch *w = d->m ? watch_of(d->m) : NULL;

	if (w && d->seat && w->stops != d->seat->stops_seen && place_stands(&d->place))
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
	int forced = wait_for_stop(d);

	if (machine_ending(d->m))
		return dbg_fail(d, E_NOT_FOUND, "%s was deleted; vm list shows what there is", d->name);
	w->steps = 0;
	w->temporary_count = 0;
	watch_arm(w, d->m);
	if (forced && w->stop == STOP_NONE) {
		stop_show(d, forced == E_INTERRUPTED ? "interrupted" : "interrupts are off for good");
		return forced;
	}
	if (!quiet || (w->stop != STOP_STEP && w->stop != STOP_REACHED))
		show_reason(d, w);
	return E_OK;
}

static int resume(struct dbg *d, struct watch *w, bool quiet)
{
	const struct vcpu *cpu = machine_cpu(d->m);
	int error;

	if (machine_state(d->m) == MACHINE_STOPPED)
		return dbg_fail(d, E_INVALID, "%s stopped: %s; vm reset %s", d->name, machine_reason(d->m), d->name);
	if (machine_state(d->m) == MACHINE_PAUSED) {
		w->at = cpu->seg[X86_CS].base + cpu->frame.eip;
		w->resuming = true;
		w->stop = STOP_NONE;
	}
	watch_arm(w, d->m);
	w->resuming &= w->armed;   /* otherwise nobody would see that it has gone on */
	error = machine_resume(d->m);
	if (error)
		return dbg_fail(d, error, "%s cannot go on: %s", d->name, error_text(error));
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
	struct watch *w = watch_begin(d, false, &error);

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
	memcpy(w->temporary, until, count * sizeof *until);
	w->temporary_count = count;
	w->returning = false;
	w->steps = 0;
	return resume(d, w, false);
}

static int step_count(struct dbg *d, uint32_t *n)
{
	*n = 1;
	if (expr_more(&d->args) && !expr_number(&d->args, ~0u, n))
		return dbg_bad(d);
	if (!*n)
		return dbg_fail(d, E_RANGE, "0 steps; give a number from 1");
	if (halted_for_good(machine_cpu(d->m)))
		return dbg_fail(d, E_INVALID, "%s is halted with interrupts off; vm reset %s", d->name, d->name);
	return dbg_end(d);
}

static int trace(struct dbg *d, struct watch *w, uint32_t n, bool quiet)
{
	w->steps = n;
	w->temporary_count = 0;
	return resume(d, w, quiet);
}

int run_t(struct dbg *d)
{
	int error;
	struct watch *w = watch_begin(d, true, &error);
	uint32_t n;

	if (w)
		error = step_count(d, &n);
	return error ? error : trace(d, w, n, false);
}

/* What usually comes back to the instruction behind itself. */
static bool steps_over(const struct insn *insn)
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
		return trace(d, w, 1, quiet);
	value_advance(&at, (uint32_t)length);
	w->temporary[0] = value_linear(&at);
	w->temporary_count = 1;
	w->returning = true;
	w->ss = (uint16_t)cpu->frame.ss;
	w->sp = (uint16_t)cpu->frame.esp;
	w->steps = 0;
	return resume(d, w, quiet);
}

int run_p(struct dbg *d)
{
	int error;
	struct watch *w = watch_begin(d, true, &error);
	uint32_t n;

	if (w)
		error = step_count(d, &n);
	/* Anything but the plan's end ends it: a breakpoint, Ctrl+C, a stop. */
	while (!error && n--) {
		error = step_over(d, w, n > 0);
		if (w->stop != STOP_REACHED && w->stop != STOP_STEP)
			break;
	}
	return error;
}
