/* What a machine and its engine ask while it is watched: in the machine's own task, in the midst of
 * what it does.
 *
 * Execution is asked for before the instruction (before()), in the pages that arm.c has barred and
 * while a plan wants to see each instruction. Everything else (an access, a port, an interrupt) is
 * noted where it happens and looked at after the instruction, when the vcpu is canonical: look() is
 * posted to the machine's own queue, which is applied between two instructions and before an
 * interrupt is taken. If the queue is full, before() looks, ahead of the next instruction.
 *
 * An instruction counts once: a repeated string instruction that is interrupted half-way does
 * not hit its breakpoint again when it goes on, and the one at which the machine stood is executed
 * first when it goes on. An interrupt that arrives is no step: its handler runs at full speed, as it would with the
 * processor's trap flag. */
#include "debugger.h"

#include <base/mem.h>

enum { INT3 = 0xCC, DR6_SLOTS = 15, LOW_WORD = 0xFFFF };

static bool a20_open(const struct watch *w)
{
	return machine_a20(w->m, POINT_A20) != 0;
}

/* --- standing ---------------------------------------------------------------------------------------- */

static bool stand(struct watch *w, enum stop why)
{
	w->stop = why;
	w->stop_access = false;
	w->stop_do = NULL;
	w->stops++;
	memset(&w->plan, 0, sizeof w->plan);
	return true;
}

void hook_stood(struct watch *w)
{
	const struct vcpu *cpu = machine_cpu(w->m);

	w->skip_at = cpu->seg[X86_CS].base + cpu->frame.eip;
	w->skip_ss = (uint16_t)cpu->frame.ss;
	w->skip_sp = (uint16_t)cpu->frame.esp;
	/* Where it is halted, the next instruction has still to come. */
	w->skip = w->armed && !cpu->halted && w->ops.here(&w->ops, w->skip_at);
	w->asked = w->stop != STOP_BREAKPOINT || !w->stop_access;
	w->stop = STOP_NONE;
}

/* Counts the hit; true if it stops. */
static bool hit(struct watch *w, struct point *p, const struct point_access *access)
{
	w->why[0] = 0;
	if (!condition_true(w->m, p->condition, access, w->why))
		return false;
	if (!w->why[0] && ++p->hits < p->count)
		return false;
	stand(w, w->why[0] ? STOP_CONDITION : STOP_BREAKPOINT);
	w->stop_number = p->number;
	w->stop_do = w->why[0] || !*p->commands ? NULL : p->commands;
	if (access) {
		w->stop_access = true;
		w->stop_what = *access;
	}
	return true;
}

/* Another one has stopped it already. */
static void count(struct watch *w, struct point *p, const struct point_access *access)
{
	char why[EXPR_WHY_MAX] = "";

	p->hits += condition_true(w->m, p->condition, access, why) && !why[0];
}

/* All that were touched count; the first of them that stops is the reason. */
static bool look_at_touched(struct watch *w)
{
	bool stops = false;

	w->overdue = false;
	list_for(it, &w->points) {
		struct point *p = list_item(it, struct point, link);

		if (!p->touched)
			continue;
		p->touched = false;
		if (stops)
			count(w, p, &p->access);
		else
			stops = hit(w, p, &p->access);
	}
	return stops;
}

static void look(void *ctx, uint32_t birth, uint32_t b)
{
	struct watch *w = NULL;

	(void)b;
	/* The watch may have gone while the event waited. */
	list_for(it, &debugger()->watches)
		if (list_item(it, struct watch, link) == ctx && list_item(it, struct watch, link)->birth == birth)
			w = ctx;
	if (!w)
		return;
	w->posted = false;
	if (look_at_touched(w)) {
		w->stand_now = true;
		(void)machine_before(w->m);
	}
}

void hook_settle(struct watch *w)
{
	if (w->posted || w->overdue)
		(void)look_at_touched(w);
}

static void post_look(struct watch *w);

void hook_touch(struct watch *w, const struct point_access *access)
{
	if (!points_touch(&w->points, access, a20_open(w)))
		return;
	watch_hot(w->m)->bus->rep_budget = 1;
	post_look(w);
}

static void post_look(struct watch *w)
{
	if (w->posted || w->overdue)
		return;
	w->posted = machine_post(w->m, &(struct machine_event){ look, w, w->birth, 0 }) == E_OK;
	w->overdue = !w->posted;
}

/* --- before an instruction ------------------------------------------------------------------------------ */

/* Is this the rest of a repeated instruction that was begun? One iteration was made since. */
static bool goes_on(struct watch *w, const struct vcpu *cpu, uint32_t linear)
{
	struct value at = { .kind = VALUE_LINEAR, .number = linear };
	struct place place = { w->m, true };
	uint8_t bytes[X86_MAX_LENGTH];
	struct insn insn;

	if (linear != w->last_at || (uint16_t)cpu->frame.ecx != (uint16_t)(w->last_cx - 1) || w->last_cx < 2)
		return false;
	(void)place_peek(&place, &at, bytes, sizeof bytes);
	return debugger()->x86->decode(&insn, bytes, sizeof bytes, 16) > 0 &&
	       insn.prefixes & (X86_PREFIX_REP | X86_PREFIX_REPNE) &&
	       debugger()->x86->op_flags(insn.op) & X86_F_STRING;
}

static bool points_hit(struct watch *w, uint32_t linear)
{
	bool a20 = a20_open(w), stops = false;

	list_for(it, &w->points) {
		struct point *p = list_item(it, struct point, link);

		if (!point_executes(p, linear, a20))
			continue;
		if (stops)
			count(w, p, NULL);
		else
			stops = hit(w, p, NULL);
	}
	return stops;
}

static bool at_temporary(const struct watch *w, const struct vcpu_frame *f, uint32_t linear)
{
	const struct plan *plan = &w->plan;

	for (unsigned i = 0; i < plan->temporary_count; i++) {
		if (plan->temporary[i] != linear)
			continue;
		/* Deeper in a recursion SP is lower. Another stack: the called one changed it. */
		if (plan->returning && (uint16_t)f->ss == plan->ss && (int16_t)((uint16_t)f->esp - plan->sp) < 0)
			continue;
		return true;
	}
	return false;
}

static bool is_return(struct watch *w, uint32_t linear)
{
	struct value at = { .kind = VALUE_LINEAR, .number = linear };
	struct place place = { w->m, true };
	uint8_t bytes[X86_MAX_LENGTH];
	struct insn insn;

	(void)place_peek(&place, &at, bytes, sizeof bytes);
	return debugger()->x86->decode(&insn, bytes, sizeof bytes, 16) > 0 &&
	       (insn.op == X86_OP_RET || insn.op == X86_OP_RETF || insn.op == X86_OP_IRET);
}

/* Behind the return of what was called last: the stack is above where it was. */
static bool has_left(struct watch *w, const struct vcpu_frame *f, uint32_t linear)
{
	struct plan *plan = &w->plan;
	bool left = plan->was_return && (uint16_t)f->ss == plan->ss && (int16_t)((uint16_t)f->esp - plan->sp) > 0;

	plan->was_return = is_return(w, linear);
	return left && stand(w, STOP_RETURNED);
}

static bool until(struct watch *w)
{
	w->why[0] = 0;
	if (!condition_true(w->m, w->plan.until, NULL, w->why))
		return false;
	return stand(w, w->why[0] ? STOP_CONDITION : STOP_UNTIL);
}

/* An interrupt was taken, and this is its handler's first instruction: at full speed until it returns, which it
 * does to what lies on the stack. */
static bool goes_away(struct watch *w, const struct vcpu_frame *f)
{
	enum { IP, CS, FLAGS, WORDS };
	struct plan *plan = &w->plan;
	uint32_t taken = watch_hot(w->m)->exits[EXIT_INTERRUPT];
	struct value stack = { VALUE_LOGICAL, (uint16_t)f->ss, (uint16_t)f->esp };
	struct place place = { w->m, true };
	uint16_t words[WORDS];

	if (!plan->over || taken == plan->interrupts)
		return false;
	(void)place_peek(&place, &stack, words, sizeof words);
	plan->interrupts = taken;
	plan->away = plan->returning = true;
	plan->every = false;
	plan->temporary[0] = ((uint32_t)words[CS] << 4) + words[IP];
	plan->temporary_count = 1;
	plan->ss = (uint16_t)f->ss;
	plan->sp = (uint16_t)(f->esp + sizeof words);
	watch_apply(w);
	return true;
}

/* It has returned. */
static void comes_back(struct watch *w)
{
	struct plan *plan = &w->plan;

	if (!plan->away)
		return;
	plan->away = plan->returning = false;
	plan->every = true;
	plan->temporary_count = 0;
	plan->interrupts = watch_hot(w->m)->exits[EXIT_INTERRUPT];
	watch_apply(w);
}

static bool planned(struct watch *w, const struct vcpu_frame *f, uint32_t linear)
{
	struct plan *plan = &w->plan;

	if (plan->away && !at_temporary(w, f, linear))
		return false;
	comes_back(w);
	if (goes_away(w, f))
		return false;
	if (plan->leaving && has_left(w, f, linear))
		return true;
	if (plan->until[0] && until(w))
		return true;
	if (plan->steps && !--plan->steps)
		return stand(w, STOP_STEP);
	return at_temporary(w, f, linear) && stand(w, STOP_REACHED);
}

/* The instruction at which the machine stood: with the stack that it had then. */
static bool stood_here(const struct watch *w, const struct vcpu_frame *f, uint32_t linear)
{
	return w->skip && linear == w->skip_at && (uint16_t)f->ss == w->skip_ss && (uint16_t)f->esp == w->skip_sp;
}

static bool stops(struct watch *w, const struct vcpu *cpu)
{
	uint32_t linear = cpu->seg[X86_CS].base + cpu->frame.eip;
	bool stood, more;

	if (w->stand_now) {
		w->stand_now = false;
		return true;
	}
	if (w->overdue && look_at_touched(w))
		return true;
	stood = stood_here(w, &cpu->frame, linear);
	more = goes_on(w, cpu, linear);
	w->last_at = linear;
	w->last_cx = (uint16_t)cpu->frame.ecx;
	if (stood) {
		w->skip = false;
		comes_back(w);
		w->plan.was_return = w->plan.leaving && is_return(w, linear);
		return !w->asked && points_hit(w, linear);
	}
	if (planned(w, &cpu->frame, linear))
		return true;
	return !more && points_hit(w, linear);
}

/* An INT3 of ours makes place for the guest's byte, for one instruction: here() is asked ahead of the
 * next, and lays it again. */
static void lift(struct watch *w, uint32_t linear)
{
	bool a20 = a20_open(w);

	list_for(it, &w->points) {
		struct point *p = list_item(it, struct point, link);

		if (!p->patched || !point_executes(p, linear, a20))
			continue;
		(void)!machine_write(w->m, p->patched_at, &p->original, 1, MACHINE_POKE);
		w->lifted = p;
		return;
	}
}

static void lay(struct watch *w)
{
	static const uint8_t int3 = INT3;

	(void)!machine_write(w->m, w->lifted->patched_at, &int3, 1, MACHINE_POKE);
	w->lifted = NULL;
}

static bool before(struct machine_watch *ops, struct machine *m)
{
	struct watch *w = container_of(ops, struct watch, ops);
	const struct vcpu *cpu = machine_cpu(m);

	if (stops(w, cpu))
		return true;
	if (!w->plan.away)
		history_note(&w->history, &cpu->frame);
	if (w->fast)
		lift(w, cpu->seg[X86_CS].base + cpu->frame.eip);
	return false;
}

static bool here(struct machine_watch *ops, uint32_t linear)
{
	struct watch *w = container_of(ops, struct watch, ops);
	gpa_t gpa;

	if (w->lifted)
		lay(w);
	if (w->plan.every || w->overdue)
		return true;
	gpa = machine_a20(w->m, linear);
	if (gpa < POINT_PAGES * POINT_PAGE && w->bars[gpa / POINT_PAGE] & WATCH_ACCESS)
		return true;
	if (!w->unbarred)
		return false;
	list_for(it, &w->points) {
		const struct point *p = list_item(it, struct point, link);

		if (point_unbarred(p) && point_executes(p, linear, a20_open(w)))
			return true;
	}
	return false;
}

static unsigned page(struct machine_watch *ops, gpa_t gpa)
{
	const struct watch *w = container_of(ops, struct watch, ops);

	return gpa < POINT_PAGES * POINT_PAGE ? w->bars[gpa / POINT_PAGE] & (WATCH_ACCESS | WATCH_WRITE) : 0;
}

/* A debug register's: in the midst of guest code, or of the engine's own access to guest memory. One for code
 * has come ahead of its instruction, and here() is asked next. */
static bool register_hit(struct watch *w)
{
	const struct machine_hot *hot = watch_hot(w->m);
	const struct vcpu_frame *f = &hot->cpu.frame;
	struct point_access a = { .kind = POINT_MEMORY, .behind = true, .cs = (uint16_t)f->cs, .ip = (uint16_t)f->eip };
	uint32_t status;

	if (!hot->debug_control)
		return false;
	__asm__ volatile("mov %%dr6, %0" : "=r"(status));
	__asm__ volatile("mov %0, %%dr6" : : "r"(0));
	if (!points_touch_slots(&w->points, status & DR6_SLOTS, &a))
		return status & DR6_SLOTS;
	list_for(it, &w->points) {
		struct point *p = list_item(it, struct point, link);

		if (p->touched && p->access.behind)
			(void)!machine_read(w->m, p->access.address, &p->access.value, p->access.size, MACHINE_PEEK);
	}
	post_look(w);
	return true;
}

/* An INT3 of ours: the instruction under it is still to come. */
static bool trap(struct machine_watch *ops, unsigned vector)
{
	struct watch *w = container_of(ops, struct watch, ops);
	struct vcpu *cpu = machine_cpu(w->m);
	uint16_t ip = (uint16_t)(cpu->frame.eip - 1);

	if (vector == X86_DB)
		return register_hit(w);
	if (!w->fast)
		return false;
	list_for(it, &w->points) {
		struct point *p = list_item(it, struct point, link);

		if (!p->patched || !point_executes(p, cpu->seg[X86_CS].base + ip, a20_open(w)))
			continue;
		cpu->frame.eip = ip;
		return true;
	}
	return false;
}

/* --- what happens besides ------------------------------------------------------------------------------- */

static struct point_access access_of(struct watch *w, unsigned kind, unsigned rights, uint32_t address, unsigned size,
				     uint32_t value)
{
	const struct vcpu_frame *f = &machine_cpu(w->m)->frame;

	return (struct point_access){ .kind = (uint8_t)kind, .rights = (uint8_t)rights, .size = (uint8_t)size,
				      .cs = (uint16_t)f->cs, .ip = (uint16_t)f->eip, .address = address,
				      .value = value };
}

static void touch(struct watch *w, unsigned kind, unsigned rights, uint32_t address, unsigned size, uint32_t value)
{
	struct point_access a = access_of(w, kind, rights, address, size, value);

	hook_touch(w, &a);
}

static void touch_exit(struct watch *w, unsigned kind, uint32_t address, uint32_t value, const struct exit *exit)
{
	struct point_access a = { .kind = (uint8_t)kind, .size = 1, .cs = exit->cs, .ip = (uint16_t)exit->ip,
				  .address = address, .value = value };

	hook_touch(w, &a);
}

static void on_exit(struct machine_watch *ops, const struct exit *exit)
{
	struct watch *w = container_of(ops, struct watch, ops);
	const struct vcpu *cpu = machine_cpu(w->m);

	switch (exit->kind) {
	case EXIT_INT:
		touch_exit(w, POINT_INT, exit->vector, cpu->frame.eax, exit);
		break;
	case EXIT_INTERRUPT:           /* an NMI: the others are seen where they are acknowledged */
		touch_exit(w, POINT_INT, exit->vector, cpu->frame.eax, exit);
		break;
	case EXIT_EXCEPTION:
		touch_exit(w, POINT_EXCEPTION, exit->vector, 0, exit);
		break;
	case EXIT_HALT:
		if (!(cpu->frame.eflags & X86_IF))
			touch_exit(w, POINT_HALT, 0, 0, exit);
		break;
	case EXIT_PRIVILEGED:
		if (cpu->cr0 != w->cr0)
			touch_exit(w, POINT_MODE, 0, cpu->cr0, exit);
		w->cr0 = cpu->cr0;
		break;
	case EXIT_STOP:
		if (strstr(machine_reason(w->m), "protected mode"))
			touch_exit(w, POINT_MODE, 0, cpu->cr0 | X86_CR0_PE, exit);
		touch_exit(w, POINT_STOP, 0, 0, exit);
		break;
	}
}

static void x87_access(struct machine_watch *ops, uint32_t linear, unsigned size, bool write)
{
	struct watch *w = container_of(ops, struct watch, ops);
	uint32_t value = 0;

	(void)!machine_read(w->m, linear, &value, MIN(size, (unsigned)sizeof value), MACHINE_PEEK);
	touch(w, POINT_MEMORY, write ? POINT_W : POINT_R, linear, size, value);
}

/* Users' commands are no device's. */
static void transfer(struct machine_watch *ops, gpa_t gpa, void *bytes, size_t size, bool write)
{
	struct watch *w = container_of(ops, struct watch, ops);
	const struct vcpu_frame *f = &machine_cpu(w->m)->frame;
	struct point_access a = { .kind = POINT_MEMORY, .rights = write ? POINT_W : POINT_R, .behind = true, .device = true,
				  .cs = (uint16_t)f->cs, .ip = (uint16_t)f->eip, .address = (uint32_t)gpa };

	watch_transfer(w, gpa, bytes, size, write);
	if (w->memory && machine_state(w->m) == MACHINE_RUNNING && gpa < POINT_PAGES * POINT_PAGE &&
	    points_touch_block(&w->points, &a, bytes, size, a20_open(w)))
		post_look(w);
}

static void stands(struct machine_watch *ops, bool stands)
{
	struct watch *w = container_of(ops, struct watch, ops);

	watch_patch(w, w->m, !stands);
}

void hook_init(struct watch *w)
{
	w->ops = (struct machine_watch){ .before = before, .exit = on_exit, .here = here, .page = page, .trap = trap,
					 .access = x87_access, .transfer = transfer, .stands = stands };
}

/* --- the executor's bus --------------------------------------------------------------------------------- */

static bool bus_read(void *of, uint32_t linear, unsigned size, enum x86_access kind, uint32_t *value,
		     struct x86_fault *fault)
{
	struct watch *w = of;
	bool well = w->bus.read(w->bus.of, linear, size, kind, value, fault);

	if (w->memory && kind != X86_FETCH)
		touch(w, POINT_MEMORY, POINT_R, linear, size, *value);
	return well;
}

static bool bus_write(void *of, uint32_t linear, unsigned size, uint32_t value, struct x86_fault *fault)
{
	struct watch *w = of;
	bool well = w->bus.write(w->bus.of, linear, size, value, fault);

	if (w->memory)
		touch(w, POINT_MEMORY, POINT_W, linear, size, value);
	return well;
}

/* Ports as instructions mean them; what the bus splits into bytes comes to the handlers' fronts as well,
 * which are for the engine's fast path. */
static bool bus_in(void *of, uint16_t port, unsigned size, uint32_t *value, struct x86_fault *fault)
{
	struct watch *w = of;
	bool well;

	w->in_bus = true;
	well = w->bus.in(w->bus.of, port, size, value, fault);
	w->in_bus = false;
	if (w->ports)
		touch(w, POINT_PORT, POINT_R, port, size, *value);
	return well;
}

static bool bus_out(void *of, uint16_t port, unsigned size, uint32_t value, struct x86_fault *fault)
{
	struct watch *w = of;
	bool well;

	if (w->ports)
		touch(w, POINT_PORT, POINT_W, port, size, value);
	w->in_bus = true;
	well = w->bus.out(w->bus.of, port, size, value, fault);
	w->in_bus = false;
	return well;
}

/* Not where single accesses have to be seen. */
static void *bus_window(void *of, uint32_t linear, bool write, uint32_t *length)
{
	struct watch *w = of;
	gpa_t gpa = machine_a20(w->m, linear);

	if (gpa < POINT_PAGES * POINT_PAGE && w->bars[gpa / POINT_PAGE] & BAR_BYTES)
		return NULL;
	return w->bus.window(w->bus.of, linear, write, length);
}

static uint32_t bus_ins(void *of, uint16_t port, unsigned size, void *to, uint32_t count)
{
	struct watch *w = of;

	return w->bus.ins(w->bus.of, port, size, to, count);
}

static uint32_t bus_outs(void *of, uint16_t port, unsigned size, const void *from, uint32_t count)
{
	struct watch *w = of;

	return w->bus.outs(w->bus.of, port, size, from, count);
}

static uint32_t bus_run(void *of, const struct x86_run *run)
{
	struct watch *w = of;

	return w->memory ? 0 : w->bus.run(w->bus.of, run);
}

void hook_bus(struct x86_bus *bus, struct watch *w)
{
	bus->of = w;
	bus->read = bus_read;
	bus->write = bus_write;
	bus->in = bus_in;
	bus->out = bus_out;
	bus->window = bus_window;
	bus->ins = bus_ins;
	bus->outs = bus_outs;
	bus->run = bus_run;
}

/* --- interrupts and ports ------------------------------------------------------------------------------- */

static uint8_t acknowledge(void *chip)
{
	struct watch *w = chip;
	int irq = w->intc->pending ? w->intc->pending(w->intc_chip) : -1;
	uint8_t vector = w->intc->acknowledge(w->intc_chip);

	if (irq >= 0)
		touch(w, POINT_IRQ, 0, (uint32_t)irq, 1, vector);
	touch(w, POINT_INT, 0, vector, 1, machine_cpu(w->m)->frame.eax);
	return vector;
}

const struct intc_ops hook_intc = { .acknowledge = acknowledge };

/* Users' i and o commands are no guest's. At an OUT the engine may have moved EIP behind it, but has
 * recorded it already. */
static void touch_port(struct port_front *f, unsigned reg, unsigned rights, unsigned size, uint32_t value)
{
	struct watch *w = f->w;
	const struct machine_hot *hot = watch_hot(w->m);
	struct point_access a = access_of(w, POINT_PORT, rights, f->real.first + reg, size, value);

	if (w->in_bus || machine_state(w->m) != MACHINE_RUNNING)
		return;
	if (rights == POINT_W) {
		const struct flight_record *r = &hot->flight[(hot->flight_next / sizeof *r - 1) % FLIGHT_RECORDS];

		a.ip = r->ip;
		a.cs = r->cs;
	}
	hook_touch(w, &a);
}

static uint8_t port_in(void *chip, unsigned reg)
{
	struct port_front *f = chip;
	uint8_t value = f->real.in(f->real.chip, reg);

	touch_port(f, reg, POINT_R, 1, value);
	return value;
}

static void port_out(void *chip, unsigned reg, uint8_t value)
{
	struct port_front *f = chip;

	f->real.out(f->real.chip, reg, value);
	touch_port(f, reg, POINT_W, 1, value);
}

static uint32_t port_in_wide(void *chip, unsigned reg, unsigned size)
{
	struct port_front *f = chip;
	uint32_t value = f->real.ops->in_wide(f->real.chip, reg, size);

	touch_port(f, reg, POINT_R, size, value);
	return value;
}

static void port_out_wide(void *chip, unsigned reg, unsigned size, uint32_t value)
{
	struct port_front *f = chip;

	f->real.ops->out_wide(f->real.chip, reg, size, value);
	touch_port(f, reg, POINT_W, size, value);
}

/* No blocks: each access is to be seen. */
const struct port_ops hook_ports = { .in = port_in, .out = port_out, .in_wide = port_in_wide,
				     .out_wide = port_out_wide };
