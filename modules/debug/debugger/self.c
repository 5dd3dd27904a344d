/* The monitor itself as what is stopped: breakpoints and steps in its own code.
 *
 * A breakpoint is an INT3 in the code, a step is the trap flag. The kernel asks trapped() about both, wherever it
 * is: with a lock held, in an interrupt's handler, deep in a stack. So nothing here waits or takes memory: the
 * breakpoints are a fixed number, the terminals are the crash console's, and the stack is our own. Everything
 * stands while the prompt is there, and all INT3s are out of the code then.
 *
 * The instruction under an INT3 is executed by a step with the INT3 out, and with interrupts off, so that nobody
 * else passes by meanwhile; but for instructions that look at the interrupt flag or change it. An interrupt that
 * arrives while the user steps runs its handler at full speed, since the processor clears the trap flag. */
#include "debugger.h"

#include <base/mem.h>
#include <kern/cpu.h>
#include <kern/irq.h>
#include <kern/task.h>
#include <x86/debugreg.h>

enum {
	POINTS_MAX = 16, WORDS_MAX = POINT_TEXT_MAX + POINT_COMMANDS_MAX, STACK_SIZE = 16384, LINE_SIZE = 256,
	INT3 = 0xCC, PUSHF = 0x9C, PUSH_EBP = 0x55, REP = 0xF3, REPNE = 0xF2, SETTABLE = 0xED5,
	CODE_32BIT = 0x4000, ESP = 4,
};

/* What else to stop for. */
struct plan_k {
	bool every;                /* each instruction is looked at: */
	uint32_t steps;            /* so many are left; 0: as many as there are */
	bool over;                 /* with all that a CALL does */
	bool away;                 /* ... which is on its way, up to the temporary one */
	uint32_t temporary[TEMPORARY_MAX];
	uint8_t covered[TEMPORARY_MAX];    /* what lies under their INT3s */
	unsigned temporary_count;
	struct task *task;         /* they are for this one alone, with its stack at least here; NULL: for all */
	uint32_t above;
	char until[UNTIL_MAX];
};

static struct {
	union room {
		struct point p;
		char room[sizeof(struct point) + WORDS_MAX];
	} pool[POINTS_MAX];
	bool used[POINTS_MAX];
	struct offer *held[POINTS_MAX];    /* keeps the module in whose code it is */
	struct list points;
	struct plan_k plan;
	bool laid;                 /* the INT3s are in the code */
	bool standing, leave;
	struct step {
		bool on;           /* one instruction is executed alone: */
		uint32_t at;       /* this one */
		uint8_t opcode;    /* its first byte */
		bool bare;         /* without the INT3 that lies on it */
		bool held_if;      /* with interrupts off that were on */
	} step, outer;             /* outer: of what an interrupt's handler with a breakpoint has interrupted */
	struct vcpu cpu;           /* while it stands */
	struct registers last;
	char why[EXPR_WHY_MAX];
	uint8_t stack[STACK_SIZE] __attribute__((aligned(16)));
} self;

/* --- INT3s ---------------------------------------------------------------------------------------------- */

static uint8_t *code(uint32_t at)
{
	return (uint8_t *)(uintptr_t)at;
}

/* In the way of everything: calls nothing that could have a breakpoint. What is no longer ours, is left. */
static void lift(void)
{
	if (!self.laid)
		return;
	self.laid = false;
	for (unsigned i = self.plan.temporary_count; i--; )
		if (*code(self.plan.temporary[i]) == INT3)
			*code(self.plan.temporary[i]) = self.plan.covered[i];
	for (struct list *it = self.points.next; it != &self.points; it = it->next) {
		struct point *p = list_item(it, struct point, link);

		if (p->patched && *code(p->first) == INT3)
			*code(p->first) = p->original;
		p->patched = false;
	}
}

/* `but`: not there, where an instruction is to be executed. */
static void lay(uint32_t but)
{
	self.laid = true;
	for (struct list *it = self.points.next; it != &self.points; it = it->next) {
		struct point *p = list_item(it, struct point, link);

		p->patched = p->enabled && p->first != but;
		if (!p->patched)
			continue;
		p->original = *code(p->first);
		*code(p->first) = INT3;
	}
	for (unsigned i = 0; i < self.plan.temporary_count; i++) {
		self.plan.covered[i] = *code(self.plan.temporary[i]);
		if (self.plan.temporary[i] != but)
			*code(self.plan.temporary[i]) = INT3;
	}
}

static void lay_for(const struct step *step)
{
	lay(step->on && step->bare ? step->at : 0);
}

void self_arm(void)
{
	uint32_t flags = lock_irq();

	if (!self.standing) {          /* else they are laid when it goes on */
		lift();
		lay_for(&self.step);
	}
	unlock_irq(flags);
}

/* --- the points --------------------------------------------------------------------------------------------- */

struct list *self_points(void)
{
	return &self.points;
}

/* The first offer of the module in whose code an address is. */
struct owner {
	uint32_t at;
	const char *module, *role, *name;
	uint16_t version;
};

static void look_for_module(void *ctx, const struct module_view *view)
{
	struct owner *owner = ctx;

	if (owner->at - view->base < view->size)
		owner->module = view->name;
}

static void look_for_offer(void *ctx, const char *role, const char *name, uint16_t version, const char *provider,
			   unsigned users)
{
	struct owner *owner = ctx;

	(void)users;
	if (owner->role || !owner->module || strcmp(provider, owner->module))
		return;
	owner->role = role;
	owner->name = name;
	owner->version = version;
}

/* As long as an INT3 is in it, it cannot be unloaded; the kernel itself cannot anyway. */
static struct offer *hold_module(uint32_t at)
{
	struct owner owner = { .at = at };
	struct offer *offer = NULL;

	module_each(look_for_module, &owner);
	offer_each(look_for_offer, &owner);
	if (owner.role && offer_get(owner.role, owner.name, owner.version, &offer, NULL, NULL))
		return NULL;
	return offer;
}

/* Our own code, and what leads to it, cannot be stopped by itself; nor can what leads into guest code and out of it,
 * where ESP points to the guest's registers, over which an exception would be pushed. */
static bool is_barred(const char *name)
{
	static const char *const beginnings[] = { "trap_", "crash_", "debugger." };
	static const char *const whole[] = { "v86.v86_enter", "v86.v86_trap", "v86.v86_gp", "v86.v86_gp_debug",
					     "v86.v86_vme_trap", "v86.v86_vme_gp", "v86.v86_vme_gp_debug" };

	for (unsigned i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (!strncmp(name, beginnings[i], strlen(beginnings[i])))
			return true;
	for (unsigned i = 0; i < ARRAY_SIZE(whole); i++)
		if (!strncmp(name, whole[i], strlen(whole[i])) &&
		    (!name[strlen(whole[i])] || name[strlen(whole[i])] == '+'))
			return true;
	return false;
}

static bool sets_esp(const struct insn *insn)
{
	return (insn->op == X86_OP_MOV || insn->op == X86_OP_LEA) && insn->operand[0].kind == X86_OPERAND_REG &&
	       insn->operand[0].reg == ESP && insn->operand[0].size == sizeof(uint32_t);
}

static int takes_int3(struct dbg *d, uint32_t at)
{
	const struct value where = { VALUE_LINEAR, 0, at };
	uint8_t byte, bytes[X86_MAX_LENGTH];
	char name[SYMBOL_MAX];
	struct insn insn;

	if (!symbol_at(d, &where, name, sizeof name))
		return dbg_fail(d, E_INVALID, "%x: no code of the monitor's", (unsigned)at);
	if (is_barred(name))
		return dbg_fail(d, E_UNSUPPORTED, "%s: the way to the debugger, or to guest code, cannot have a breakpoint",
				name);
	if (fetch_instruction(d, &where, 32, &insn, bytes) < 0 || sets_esp(&insn))
		return dbg_fail(d, E_UNSUPPORTED, "%s: an instruction that sets ESP cannot have a breakpoint; take the next "
				"one", name);
	if (place_peek(&d->place, &where, &byte, 1) != 1 || place_poke(&d->place, &where, &byte, 1))
		return dbg_fail(d, E_INVALID, "%s: cannot be written", name);
	return E_OK;
}

int self_set(struct dbg *d, const struct point_words *words)
{
	unsigned i = 0;
	struct point *p;
	int error;

	if (words->kind != POINT_EXEC || words->last != words->first || words->means == MEANS_HARDWARE)
		return dbg_fail(d, E_UNSUPPORTED, "k, the monitor, takes bpx ADDRESS; dbg NAME selects a machine");
	error = takes_int3(d, words->first);
	if (error)
		return error;
	while (i < POINTS_MAX && self.used[i])
		i++;
	if (i == POINTS_MAX)
		return dbg_fail(d, E_NO_SPACE, "all %d breakpoints of the monitor's are in use; bc one", POINTS_MAX);
	if (point_size(words) > sizeof self.pool[i])
		return dbg_fail(d, E_RANGE, "a condition and commands of more than %d characters", WORDS_MAX - 2);
	p = &self.pool[i].p;
	point_init(p, words);
	p->means = MEANS_FAST;
	self.used[i] = true;
	self.held[i] = hold_module(words->first);
	points_insert(&self.points, p);
	self_arm();
	SAY(d, "breakpoint %x\n", p->number);
	return E_OK;
}

void self_free(struct point *p)
{
	size_t i = (size_t)(container_of(p, union room, p) - self.pool);

	if (self.held[i])
		offer_put(self.held[i]);
	self.held[i] = NULL;
	self.used[i] = false;
}

void self_begin(void)
{
	list_init(&self.points);
}

void self_drop(void)
{
	uint32_t flags = lock_irq();

	lift();
	unlock_irq(flags);
	list_for_safe(it, &self.points) {
		list_remove(it);
		self_free(list_item(it, struct point, link));
	}
}

/* --- the registers ---------------------------------------------------------------------------------------- */

/* In the kernel's own ring nothing of ESP and SS is pushed: ESP was behind the flags. */
static void take(const struct vcpu_frame *f)
{
	uint16_t ss, ds;
	struct vcpu *cpu = &self.cpu;

	__asm__ volatile("mov %%ss, %0; mov %%ds, %1" : "=r"(ss), "=r"(ds));
	memcpy(&cpu->frame, f, offsetof(struct vcpu_frame, esp));
	cpu->frame.esp = (uint32_t)(uintptr_t)&f->esp;
	cpu->frame.ss = ss;
	cpu->frame.ds = cpu->frame.es = cpu->frame.fs = cpu->frame.gs = ds;
	cpu->frame.eflags &= ~(uint32_t)X86_TF;
	for (unsigned i = 0; i < X86_SEGS; i++)
		cpu->seg[i].limit = ~0u;
	cpu->seg[X86_CS].rights = CODE_32BIT;
	__asm__ volatile("mov %%cr0, %0; mov %%cr2, %1; mov %%cr3, %2"
			 : "=r"(cpu->cr0), "=r"(cpu->cr2), "=r"(cpu->cr3));
}

/* What the user may have changed. */
static void give(struct vcpu_frame *f)
{
	const struct vcpu_frame *from = &self.cpu.frame;

	memcpy(f, from, offsetof(struct vcpu_frame, pusha_esp));
	f->ebx = from->ebx;
	f->edx = from->edx;
	f->ecx = from->ecx;
	f->eax = from->eax;
	f->eip = from->eip;
	f->eflags = (f->eflags & ~(uint32_t)SETTABLE) | (from->eflags & SETTABLE);
}

bool self_settable(const uint32_t *word)
{
	const struct vcpu_frame *f = &self.cpu.frame;

	return (word >= &f->edi && word <= &f->eax && word != &f->pusha_esp) || word == &f->eip || word == &f->eflags;
}

struct vcpu *self_cpu(bool any)
{
	return self.standing || any ? &self.cpu : NULL;
}

/* --- what stops it ------------------------------------------------------------------------------------------ */

static bool true_now(const char *condition)
{
	self.why[0] = 0;
	return condition_true(NULL, condition, NULL, self.why);
}

/* All that lie there count; the first of them that stops is the reason. */
static struct point *point_hit(uint32_t at)
{
	struct point *found = NULL;

	list_for(it, &self.points) {
		struct point *p = list_item(it, struct point, link);
		bool stops = p->enabled && p->first == at && true_now(p->condition);

		if (stops && !self.why[0])
			stops = ++p->hits >= p->count;
		if (stops && !found)
			found = p;
	}
	return found;
}

static bool temporary_reached(uint32_t at)
{
	const struct plan_k *plan = &self.plan;

	for (unsigned i = 0; i < plan->temporary_count; i++)
		if (plan->temporary[i] == at &&
		    (!plan->task || (plan->task == task_current() && self.cpu.frame.esp >= plan->above)))
			return true;
	return false;
}

/* The plan's reason to stop; "": none. */
static void plan_reason(uint32_t at, bool stepped, char *reason, size_t size)
{
	struct plan_k *plan = &self.plan;

	*reason = 0;
	if (temporary_reached(at)) {
		if (!plan->every) {
			str_copy(reason, "reached", size);
			return;
		}
		plan->away = false;
		plan->temporary_count = 0;
		stepped = true;
	}
	if (!stepped || self.outer.on || !plan->every || plan->away)
		return;
	if (plan->until[0] && true_now(plan->until))
		fmt_buf(reason, size, self.why[0] ? "condition: %s" : "the condition holds", self.why);
	else if (plan->steps && !--plan->steps)
		str_copy(reason, "step", size);
}

/* Why it stops ahead of the instruction at `at`; "": it does not. */
static struct point *reason_of(uint32_t at, bool stepped, char *reason, size_t size)
{
	bool more = stepped && at == self.step.at && (self.step.opcode == REP || self.step.opcode == REPNE);
	struct point *p = more ? NULL : point_hit(at);

	if (!p)
		plan_reason(at, stepped, reason, size);
	else if (self.why[0])
		fmt_buf(reason, size, "breakpoint %x, condition: %s", p->number, self.why);
	else
		fmt_buf(reason, size, "breakpoint %x", p->number);
	return p;
}

/* --- the prompt -------------------------------------------------------------------------------------------------- */

static void show(const char *reason)
{
	struct registers now;
	char text[TEXT_LINE_MAX];

	registers_take(&now, &self.cpu);
	fmt_sink(crash_out(), "\nk: %s, task %s\n", reason, task_name(task_current()));
	for (unsigned i = 0; text_registers(text, sizeof text, i, &now, self.last.eip ? &self.last : NULL); i++)
		fmt_sink(crash_out(), "%s\n", text);
	self.last = now;
	(void)crash_command("u eip L 1", crash_out());
}

static void command(const char *line)
{
	while (char_is_space((uint8_t)*line))
		line++;
	if (!strcmp(line, "help"))
		crash_help(crash_out());
	else if (*line && !crash_command(line, crash_out()))
		fmt_sink(crash_out(), "%s: no command while the monitor stands; help lists them, g goes on\n", line);
}

/* What the breakpoint says with `do`, one after the other. */
static void commands(const char *text)
{
	char line[POINT_COMMANDS_MAX];

	while (*text && !self.leave) {
		const char *end = strchr(text, ';');
		size_t n = end ? (size_t)(end - text) : strlen(text);

		memcpy(line, text, n);
		line[n] = 0;
		command(line);
		text += n + (end != NULL);
	}
}

static void talk(const char *reason, const struct point *p)
{
	char line[LINE_SIZE];

	memset(&self.plan, 0, sizeof self.plan);
	self.leave = false;
	show(reason);
	if (p)
		commands(p->commands);
	while (!self.leave) {
		fmt_sink(crash_out(), "k[stopped]> ");
		crash_read_line(line, sizeof line);
		command(line);
	}
}

/* --- traps ------------------------------------------------------------------------------------------------------- */

/* Looks at the interrupt flag, or changes it. */
static bool has_to_do_with_if(uint8_t opcode)
{
	static const uint8_t opcodes[] = { PUSHF, 0x9D /* POPF */, 0xCF /* IRET */, 0xF4 /* HLT */, 0xFA, 0xFB, 0xCD };

	for (unsigned i = 0; i < sizeof opcodes; i++)
		if (opcode == opcodes[i])
			return true;
	return false;
}

/* Does an INT3 of ours belong there? */
static bool wanted_at(uint32_t at)
{
	for (unsigned i = 0; i < self.plan.temporary_count; i++)
		if (self.plan.temporary[i] == at)
			return true;
	list_for(it, &self.points)
		if (list_item(it, struct point, link)->enabled && list_item(it, struct point, link)->first == at)
			return true;
	return false;
}

/* What comes back behind itself runs at full speed until then. */
static void step_over(void)
{
	const struct vcpu_frame *f = &self.cpu.frame;
	struct insn insn;
	int length = debugger()->x86->decode(&insn, code(f->eip), X86_MAX_LENGTH, 32);

	if (length < 0 || !steps_over(&insn))
		return;
	self.plan.away = true;
	self.plan.temporary[0] = f->eip + (uint32_t)length;
	self.plan.temporary_count = 1;
	self.plan.task = task_current();
	self.plan.above = f->esp;
}

struct stack_search {
	uint32_t esp;
	bool found;
};

static void look_for_stack(void *ctx, const struct task_info *info)
{
	struct stack_search *search = ctx;

	search->found |= search->esp - info->stack <= info->stack_size;
}

/* The next instruction has ESP point to what is no task's stack: the guest's registers. An exception behind it
 * would be pushed over something. */
static bool leaves_stack(void)
{
	struct vcpu *cpu = &self.cpu;
	struct stack_search search = { 0 };
	struct insn insn;

	if (debugger()->x86->decode(&insn, code(cpu->frame.eip), X86_MAX_LENGTH, 32) < 0 || !sets_esp(&insn))
		return false;
	if (insn.operand[1].kind == X86_OPERAND_REG) {
		search.esp = *vcpu_reg(cpu, insn.operand[1].reg);
	} else {
		search.esp = debugger()->x86->address(cpu, &insn);
		if (insn.op == X86_OP_MOV)
			search.esp = *(const uint32_t *)code(search.esp);
	}
	task_each(look_for_stack, &search);
	return !search.found;
}

/* Lays what is to be laid, and has the instruction at EIP executed alone if that is wanted. `planned`: the plan
 * is about this code, and not about what it has interrupted. */
static void go_on(struct vcpu_frame *f, bool planned)
{
	struct step step = { .at = f->eip, .opcode = *code(f->eip) };

	if (planned && self.plan.every && !self.plan.away && leaves_stack()) {
		self.plan.every = false;
		fmt_sink(crash_out(), "k: cannot be stepped there: goes on, into guest code\n");
	}
	if (planned && self.plan.every && self.plan.over && !self.plan.away)
		step_over();
	step.bare = wanted_at(f->eip);
	step.on = step.bare || (planned && self.plan.every && !self.plan.away);
	step.held_if = step.bare && f->eflags & X86_IF && !has_to_do_with_if(step.opcode);
	f->eflags &= ~(uint32_t)X86_TF;
	if (step.on)
		f->eflags |= X86_TF;
	if (step.held_if)
		f->eflags &= ~(uint32_t)X86_IF;
	self.step = step;
	if (!step.on && self.outer.on) {
		self.step = self.outer;
		self.outer.on = false;
	}
	lay_for(&self.step);
}

/* Of an instruction that was executed alone nothing stays. */
static void step_ends(struct vcpu_frame *f)
{
	f->eflags &= ~(uint32_t)X86_TF;
	if (self.step.held_if)
		f->eflags |= X86_IF;
	if (self.step.opcode == PUSHF)
		*(uint32_t *)&f->esp &= ~(uint32_t)X86_TF;
	self.step.on = false;
}

/* On our own stack, and with the INT3s out of the code. */
static void handle(struct vcpu_frame *f)
{
	char reason[EXPR_WHY_MAX + 32];
	bool stepped = f->vector == X86_DB;
	struct point *p;

	if (stepped && !self.step.on) {        /* a trap flag that was pushed while we stepped */
		f->eflags &= ~(uint32_t)X86_TF;
		lay(0);
		return;
	}
	if (stepped)
		step_ends(f);
	else if (self.step.on)                 /* ahead of the step's end: an interrupt's handler */
		self.outer = self.step;
	self.standing = true;
	take(f);
	p = reason_of(f->eip, stepped, reason, sizeof reason);
	if (reason[0]) {
		self.outer.on = false;
		talk(reason, p);
		give(f);
	}
	self.standing = false;
	go_on(f, !self.outer.on);
}

/* As lift(): called while they are there. */
static bool is_laid(uint32_t at)
{
	for (unsigned i = 0; i < self.plan.temporary_count; i++)
		if (self.plan.temporary[i] == at)
			return true;
	for (struct list *it = self.points.next; it != &self.points; it = it->next)
		if (list_item(it, struct point, link)->patched && list_item(it, struct point, link)->first == at)
			return true;
	return false;
}

/* A debug register's hit is the engine's, and comes again as a step if it was one. */
static bool single_step(void)
{
	uint32_t status;

	__asm__ volatile("mov %%dr6, %0" : "=r"(status));
	if (!(status & DR6_BS) || status & DR6_HITS)
		return false;
	__asm__ volatile("mov %0, %%dr6" : : "r"(0));
	return true;
}

bool self_trap(struct vcpu_frame *f)
{
	void *unused = f;

	if (self.standing || (f->vector == X86_DB ? !single_step() : !self.laid || !is_laid(f->eip - 1)))
		return false;
	if (f->vector == X86_BP)
		f->eip--;
	lift();
	__asm__ volatile("movl %%esp, %%ebx\n\tmovl %1, %%esp\n\tcall *%2\n\tmovl %%ebx, %%esp"
			 : "+a"(unused) : "S"(self.stack + STACK_SIZE), "D"(handle) : "ebx", "ecx", "edx", "memory", "cc");
	return true;
}

/* --- commands -------------------------------------------------------------------------------------------------- */

static int needs_standing(struct dbg *d)
{
	return self.standing ? E_OK : dbg_fail(d, E_BUSY, "the monitor runs; bpx has it stop somewhere");
}

static void leave(const struct plan_k *plan)
{
	self.plan = *plan;
	self.leave = true;
}

int self_go(struct dbg *d)
{
	struct plan_k plan = { 0 };
	struct value at, from;
	bool given;
	int error = needs_standing(d);

	if (error)
		return error;
	given = expr_char(&d->args, '=');
	if (given)
		error = code_address(d, &from);
	while (!error && expr_more(&d->args)) {
		if (plan.temporary_count == TEMPORARY_MAX)
			return dbg_fail(d, E_RANGE, "more than %d addresses; use bpx", TEMPORARY_MAX);
		error = code_address(d, &at);
		if (!error)
			error = takes_int3(d, value_linear(&at));
		if (!error)
			plan.temporary[plan.temporary_count++] = value_linear(&at);
	}
	if (error)
		return error;
	if (given)
		self.cpu.frame.eip = value_linear(&from);
	leave(&plan);
	return E_OK;
}

int self_step(struct dbg *d, uint32_t n, const char *until, bool over)
{
	struct plan_k plan = { .every = true, .steps = n, .over = over };
	int error = needs_standing(d);

	if (error)
		return error;
	str_copy(plan.until, until, sizeof plan.until);
	leave(&plan);
	return E_OK;
}

/* At a function's first instruction on the stack, behind its PUSH EBP below that, and then above the EBP that it
 * pushed. */
uint32_t self_return_at(struct dbg *d)
{
	const struct vcpu_frame *f = &self.cpu.frame;
	const struct value at = { VALUE_LINEAR, 0, f->eip };
	char name[SYMBOL_MAX];

	if (symbol_at(d, &at, name, sizeof name) && !strchr(name, '+'))
		return f->esp;
	return (*code(f->eip - 1) == PUSH_EBP ? f->esp : f->ebp) + sizeof(uint32_t);
}

int self_return(struct dbg *d)
{
	struct value at = { .kind = VALUE_LINEAR };
	struct plan_k plan = { .temporary_count = 1 };
	int error = needs_standing(d);

	if (error)
		return error;
	at.number = self_return_at(d);
	if (place_peek(&d->place, &at, plan.temporary, sizeof *plan.temporary) != 0xF)
		return dbg_fail(d, E_FAULT, "%x: there is no return address", (unsigned)at.number);
	error = takes_int3(d, plan.temporary[0]);
	if (error)
		return error;
	plan.task = task_current();
	plan.above = at.number + sizeof(uint32_t);
	leave(&plan);
	return E_OK;
}
