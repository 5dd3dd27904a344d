/* The monitor itself as what is stopped: breakpoints and steps in its own code.
 *
 * A breakpoint is an INT3 in the code, a step is the trap flag. The kernel asks self_trap() about both, wherever it
 * is: with a lock held, in an interrupt's handler, deep in a stack. So nothing here waits or takes memory: the
 * breakpoints are a fixed number, the terminals are the crash console's, and the stack is our own. Everything
 * stands while the prompt is there, and all INT3s are out of the code then.
 *
 * The instruction under an INT3 is executed by a step with the INT3 out, and with interrupts off, so that nobody
 * else passes by meanwhile; but for instructions that look at the interrupt flag or change it. An interrupt that
 * arrives while the user steps runs its handler at full speed, since the processor clears the trap flag. */
#include "self.h"

#include <base/mem.h>
#include <kern/cpu.h>
#include <x86/debugreg.h>

enum {
	STACK_SIZE = 16384, LINE_SIZE = 256, PUSHF = 0x9C, REP = 0xF3, REPNE = 0xF2, SETTABLE = 0xED5,
	CODE_32BIT = 0x4000,
};

struct self self;
static uint8_t own_stack[STACK_SIZE] __attribute__((aligned(16)));

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
	const struct self_plan *plan = &self.plan;

	for (unsigned i = 0; i < plan->temporary_count; i++)
		if (plan->temporary[i] == at &&
		    (!plan->task || (plan->task == task_current() && self.cpu.frame.esp >= plan->above)))
			return true;
	return false;
}

/* The plan's reason to stop; "": none. */
static void plan_reason(uint32_t at, bool stepped, char *reason, size_t size)
{
	struct self_plan *plan = &self.plan;

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

/* What comes back behind itself runs at full speed until then. */
static void step_over(void)
{
	const struct vcpu_frame *f = &self.cpu.frame;
	struct insn insn;
	int length = debugger()->x86->decode(&insn, self_code(f->eip), X86_MAX_LENGTH, 32);

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

	if (debugger()->x86->decode(&insn, self_code(cpu->frame.eip), X86_MAX_LENGTH, 32) < 0 || !self_sets_esp(&insn))
		return false;
	if (insn.operand[1].kind == X86_OPERAND_REG) {
		search.esp = *vcpu_reg(cpu, insn.operand[1].reg);
	} else {
		search.esp = debugger()->x86->address(cpu, &insn);
		if (insn.op == X86_OP_MOV)
			search.esp = *(const uint32_t *)self_code(search.esp);
	}
	task_each(look_for_stack, &search);
	return !search.found;
}

/* Lays what is to be laid, and has the instruction at EIP executed alone if that is wanted. `planned`: the plan
 * is about this code, and not about what it has interrupted. */
static void go_on(struct vcpu_frame *f, bool planned)
{
	struct self_step step = { .at = f->eip, .opcode = *self_code(f->eip) };

	if (planned && self.plan.every && !self.plan.away && leaves_stack()) {
		self.plan.every = false;
		fmt_sink(crash_out(), "k: cannot be stepped there: goes on, into guest code\n");
	}
	if (planned && self.plan.every && self.plan.over && !self.plan.away)
		step_over();
	step.bare = self_wanted_at(f->eip);
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
	self_lay_for(&self.step);
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
		self_lay(0);
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
	void *frame = f;               /* the first argument, which does not come back */

	if (self.standing || (f->vector == X86_DB ? !single_step() : !self.laid || !self_is_laid(f->eip - 1)))
		return false;
	if (f->vector == X86_BP)
		f->eip--;
	self_lift();
	__asm__ volatile("movl %%esp, %%ebx\n\tmovl %1, %%esp\n\tcall *%2\n\tmovl %%ebx, %%esp"
			 : "+a"(frame) : "S"(own_stack + STACK_SIZE), "D"(handle) : "ebx", "ecx", "edx", "memory", "cc");
	return true;
}
