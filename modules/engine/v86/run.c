/* Guest code: natively, an instruction at a time by the executor, and what takes the processor out of it.
 *
 * What traps goes to fast.c first; what that leaves is carried out here by the executor, on the canonical vcpu, as is
 * every instruction that a debugger watches (struct machine_watch) or the guest itself by its debug registers
 * (debug.c), while the guest single-steps itself, and in an interrupt shadow with an interrupt waiting. Coprocessor
 * instructions, which the executor leaves out, are then run natively one at a time, with the processor's own trap
 * flag; where they cannot reach their memory, in pages that are lent to them (lend.c). */
#include <abi/hypercall.h>
#include <base/mem.h>
#include <kern/cpu.h>
#include <kern/task.h>
#include <x86/debugreg.h>
#include "fast.h"

/* No EIP of real mode. */
#define NO_SHADOW 0xFFFFFFFFu

enum { OP_OUT_IMM = 0xE6, OP_STI = 0xFB, IVT_LIMIT = 0x3FF, ROM_FIRST = 0xC0000, ROM_END = 0x100000, FETCH_BYTES = 2 };

/* --- flags and segments: split while guest code runs, canonical otherwise ------------------ */

static void split(struct v86 *e)
{
	struct machine_hot *hot = e->hot;
	uint32_t flags = hot->cpu.frame.eflags;

	hot->engine_flags = flags & V86_VIRTUAL_FLAGS;
	hot->cpu.frame.eflags = (flags & V86_NATIVE_FLAGS) | V86_FIXED_FLAGS;
	if (e->vme)
		hot->cpu.frame.eflags |= (flags & X86_NT) | (flags & X86_IF) << V86_VIF_SHIFT;
}

static void merge(struct v86 *e)
{
	struct vcpu *cpu = &e->hot->cpu;

	if (e->vme)
		cpu->frame.eflags = guest_flags(e->hot, true);
	else
		cpu->frame.eflags = (cpu->frame.eflags & V86_NATIVE_FLAGS) | e->hot->engine_flags | X86_FLAG_ONE;
#pragma GCC unroll 6
	for (unsigned i = 0; i < X86_SEGS; i++) {
		uint32_t *selector = vcpu_selector(cpu, i);

		*selector &= 0xFFFF;
		cpu->seg[i].base = *selector << 4;
	}
}
/* INT3 or a debug exception: see struct machine_watch. */
static bool debuggers_own(const struct v86 *e, unsigned vector)
{
	struct machine_watch *w = e->hot->watch;

	return w && w->trap(w, vector);
}

/* A page fault of the fast path on guest memory: a first touch, or something it must not
 * touch. */
static bool fast_path_fault(struct vcpu_frame *frame, uintptr_t address)
{
	struct machine_hot *hot = v86_current;
	struct v86 *e;

	if (!hot)
		return false;
	e = (struct v86 *)hot->engine_private;
	if (frame->vector == X86_DB)
		return debuggers_own(e, X86_DB);
	if (!(frame->error & 1) && v86_map_page(e, address))
		return true;
	if (hot->cpu.frame.vector < V86_VECTOR_IRQ)
		hot->cpu.frame.vector = X86_GP;
	frame->eax = (uint32_t)hot;
	frame->eip = (uint32_t)v86_bail;
	return true;
}

/* --- one instruction by the executor ---------------------------------------------------------------- */

/* What cannot be delivered is a double fault; if that cannot be delivered either, the processor
 * shuts down. */
static void interrupt(struct v86 *e, unsigned vector)
{
	const struct vcpu_frame *f = &e->hot->cpu.frame;
	struct x86_outcome out;

	if (e->x86->interrupt(&e->hot->cpu, &e->bus, (uint8_t)vector, &out) == X86_DONE)
		return;
	machine_exit(e->m, &(struct exit){ .kind = EXIT_EXCEPTION, .vector = X86_DF_FAULT,
					   .cs = (uint16_t)f->cs, .ip = f->eip });
	if (e->x86->interrupt(&e->hot->cpu, &e->bus, X86_DF_FAULT, &out) != X86_DONE)
		machine_shutdown(e->m, vector);
}

void v86_exception(struct v86 *e, unsigned vector)
{
	const struct vcpu_frame *f = &e->hot->cpu.frame;

	machine_exit(e->m, &(struct exit){ .kind = EXIT_EXCEPTION, .vector = (uint8_t)vector,
					   .cs = (uint16_t)f->cs, .ip = f->eip });
	interrupt(e, vector);
}

static unsigned kind_of(const struct v86 *e, const struct insn *insn)
{
	unsigned flags = e->x86->op_flags(insn->op);

	if (insn->op == X86_OP_HLT)
		return EXIT_HALT;
	if (insn->op == X86_OP_INT || insn->op == X86_OP_INT3 || insn->op == X86_OP_INTO)
		return EXIT_INT;
	if (flags & X86_F_IO)
		return EXIT_NONE;       /* the bus records each access */
	if (flags & X86_F_IOPL)
		return EXIT_FLAGS;
	return flags & X86_F_PRIVILEGED ? EXIT_PRIVILEGED : EXIT_NONE;
}

/* The OUT that asks the monitor for a service, in ROM alone. */
static bool try_hypercall(struct v86 *e)
{
	struct vcpu_frame *f = &e->hot->cpu.frame;
	uint32_t linear = (f->cs << 4) + f->eip;
	uint8_t code[FETCH_BYTES + 1];

	if (linear < ROM_FIRST || linear >= ROM_END)
		return false;
	(void)machine_read(e->m, linear, code, sizeof code, MACHINE_PEEK);
	if (code[0] != OP_OUT_IMM || code[1] != HYPERCALL_PORT)
		return false;
	machine_exit(e->m, &(struct exit){ .kind = EXIT_HYPERCALL, .vector = code[FETCH_BYTES],
					   .cs = (uint16_t)f->cs, .ip = f->eip });
	f->eip += sizeof code;
	f->eflags &= ~(uint32_t)X86_RF;
	machine_hypercall(e->m, code[FETCH_BYTES]);
	return true;
}

/* A coprocessor instruction is to run in the processor; the caller sees to e->native_wanted. `lend`:
 * it has been there already, and could not reach its memory. */
static void go_native(struct v86 *e, const struct insn *insn, bool lend)
{
	switch (lend ? v86_lend(e, insn) : E_OK) {
	case E_OK:
		e->native_wanted = true;
		break;
	case E_RANGE:
		v86_exception(e, insn->seg == X86_SS ? X86_SS_FAULT : X86_GP);
		break;
	default:
		machine_stop(e->m, "no memory left for a coprocessor instruction's operand");
		break;
	}
}

/* `at`: where the instruction lay. `trapped`: the processor has tried it. */
static void finished(struct v86 *e, const struct insn *insn, const struct exit *at,
		     const struct x86_outcome *out, bool trapped)
{
	unsigned kind;

	switch (out->result) {
	case X86_DONE:
	case X86_HALTED:
		kind = kind_of(e, insn);
		if (kind != EXIT_NONE)
			machine_exit(e->m, &(struct exit){ .kind = (uint8_t)kind, .vector = (uint8_t)insn->imm,
							   .size = insn->opcode, .cs = at->cs, .ip = at->ip });
		if (kind == EXIT_PRIVILEGED) {
			v86_fpu_closed(e);
			v86_debug_changed(e);
		}
		e->debug_waits = e->hot->cpu.interrupt_shadow && insn->op != X86_OP_STI;
		if (out->single_step)
			v86_debug_trap(e, DR6_BS);
		break;
	case X86_FAULTED:
		e->hits = 0;
		e->debug_waits = false;
		if (out->fault.vector == X86_DB)       /* DR7.GD */
			v86_debug_trap(e, DR6_BD);
		else
			v86_exception(e, out->fault.vector);
		break;
	case X86_UNFINISHED:
		if (e->debugged)
			e->hot->cpu.frame.eflags |= X86_RF;
		if (out->single_step)
			v86_debug_trap(e, DR6_BS);
		break;
	case X86_UNSUPPORTED:
		if (out->reason == X86_REASON_X87)
			go_native(e, insn, trapped);
		else
			machine_stop(e->m, "%s", e->x86->reason_text(out->reason));
		break;
	}
}

static void execute_one(struct v86 *e, bool trapped)
{
	struct vcpu *cpu = &e->hot->cpu;
	struct exit at = { .cs = (uint16_t)cpu->frame.cs, .ip = cpu->frame.eip };
	const struct insn *insn;
	struct x86_outcome out;
	struct insn fetched;

	if (try_hypercall(e))
		return;
	insn = v86_recent(e);
	if (!insn) {
		if (e->x86->fetch(cpu, &e->bus, &fetched, &out) != X86_DONE) {
			v86_exception(e, out.fault.vector);
			return;
		}
		insn = &fetched;
	}
	/* A single step of a repeated string instruction is one iteration. */
	e->bus.rep_budget = e->watched || (cpu->frame.eflags & X86_TF) ? 1 : X86_REP_BUDGET;
	e->x86->execute(cpu, insn, &e->bus, &out);
	finished(e, insn, &at, &out, trapped);
}

/* --- what the fast path left ----------------------------------------------------------------------------- */

/* Is the next instruction one that a debugger watches? */
static bool watched(const struct v86 *e)
{
	struct machine_watch *w = e->hot->watch;
	const struct vcpu_frame *f = &e->hot->cpu.frame;

	return w && w->here(w, segment_base(&f->cs) + f->eip);
}

/* Does one of the guest's own breakpoints want each instruction of this page to be the executor's? */
static bool guest_watches(const struct v86 *e)
{
	const struct vcpu_frame *f = &e->hot->cpu.frame;

	return e->debugged && v86_debug_page(e, segment_base(&f->cs) + f->eip) & WATCH_ACCESS;
}

/* What an instruction, or the delivery of an interrupt, has touched; but an instruction that is to run natively
 * has only had its operand read for it. */
static void debug_due(struct v86 *e)
{
	if (e->hits && !e->debug_waits && !e->native_wanted)
		v86_debug_trap(e, 0);
}

/* Canonical state, interrupts on. */
static void slow(struct v86 *e, unsigned vector, uint32_t fault_address)
{
	switch (vector) {
	case X86_PAGE:
		/* The page may also be there, but read-only (ROM), or the address beyond what
		 * real mode reaches; the executor knows what follows. Who watches the instruction
		 * is asked before it, but one that runs natively has been. */
		if (v86_map_page(e, fault_address) && !(e->hot->cpu.frame.error & 1))
			machine_exit(e->m, &(struct exit){
				.kind = EXIT_PAGE, .gpa = fault_address,
				.cs = (uint16_t)e->hot->cpu.frame.cs, .ip = e->hot->cpu.frame.eip });
		else if (machine_state(e->m) == MACHINE_RUNNING && 
			 (e->native_wanted || !(watched(e) || guest_watches(e))))
			execute_one(e, true);
		break;
	case X86_GP:
	case X86_SS_FAULT:
		execute_one(e, true);
		break;
	case X86_NM:
		v86_fpu_wanted(e);
		break;
	case X86_MF:
		v86_fpu_error(e);
		break;
	case X86_BP:
	case X86_OVERFLOW:
		if (debuggers_own(e, vector))
			break;
		machine_exit(e->m, &(struct exit){ .kind = EXIT_INT, .vector = (uint8_t)vector,
						   .cs = (uint16_t)e->hot->cpu.frame.cs,
						   .ip = e->hot->cpu.frame.eip });
		interrupt(e, vector);
		break;
	case X86_DB:
		if (!debuggers_own(e, vector))
			v86_debug_trap(e, 0);
		break;
	default:
		if (vector < V86_VECTOR_IRQ)
			v86_exception(e, vector);
		else
			interrupt(e, (uint8_t)e->hot->cpu.frame.error);    /* take_interrupt()'s */
		break;
	}
}

/* The vector table is not where the fast path takes it to be, or not whole. */
static bool table_moved(const struct machine_hot *hot)
{
	return hot->cpu.idtr.base || hot->cpu.idtr.limit < IVT_LIMIT;
}

struct pushing {
	struct v86 *e;
	unsigned vector;
	bool done;
};

static void push(void *arg)
{
	struct pushing *p = arg;

	p->done = push_interrupt(p->e->hot, p->vector, p->e->hot->cpu.frame.eip, p->e->vme, false);
}

/* The quick way touches guest memory where it may not be mapped yet; then, as when it is no plain
 * RAM, the executor does it. */
static void deliver(struct v86 *e)
{
	struct machine_hot *hot = e->hot;
	struct pushing p = { .e = e };
	uint16_t cs = (uint16_t)hot->cpu.frame.cs, ip = (uint16_t)hot->cpu.frame.eip;

	hot->cpu.frame.eflags &= ~(uint32_t)X86_RF;    /* of a repeated instruction; the handler is another */
	if (machine_nmi_deliverable(hot)) {
		p.vector = machine_acknowledge_nmi(hot);
		machine_exit(e->m, &(struct exit){ .kind = EXIT_INTERRUPT, .vector = (uint8_t)p.vector, .cs = cs, .ip = ip });
	} else {
		p.vector = machine_acknowledge(hot);
		machine_record(hot, EXIT_INTERRUPT, p.vector, cs, ip, 0, 0);
	}
	if (table_moved(hot) || cpu_try(push, &p) || !p.done) {
		merge(e);
		interrupt(e, p.vector);
		debug_due(e);
		split(e);
	}
}

static bool deliverable(const struct v86 *e)
{
	return machine_nmi_deliverable(e->hot) ||
	       ((e->hot->pending & PENDING_INTR) && guest_if(e->hot, e->vme));
}

/* Guest code must be executed one by one: somebody watches, the guest watches itself, one
 * instruction has to pass before an interrupt, an IRET will open the way for NMIs, or the vector
 * table is not where the fast path takes it to be. An EIP beyond the segment must not reach the
 * IRET of v86_enter(): that would fault in the monitor, and not in the guest. */
static bool single(struct v86 *e)
{
	const struct machine_hot *hot = e->hot;

	return (hot->watch && (e->watched = watched(e))) || (hot->engine_flags & V86_ONE_STEP) || guest_watches(e) || hot->cpu.interrupt_shadow ||
	       hot->cpu.nmi_masked || table_moved(hot) || hot->cpu.frame.eip > 0xFFFF;
}

/* What took the processor out of guest code; interrupts are off, flags split. */
static void attend_trap(struct v86 *e)
{
	unsigned vector = e->hot->cpu.frame.vector;
	uint32_t address = v86_fault_address;

	merge(e);
	__asm__ volatile("sti");
	slow(e, vector, address);
	debug_due(e);
	__asm__ volatile("cli");
	split(e);
}

static void look_back(void *of)
{
	const struct vcpu_frame *f = &((struct v86 *)of)->hot->cpu.frame;

	if (((const uint8_t *)segment_base(&f->cs))[f->eip - 1] == OP_STI)
		((struct v86 *)of)->hot->engine_shadow_ip = f->eip;
}

/* With VME an STI does not trap, and whether the instruction that was stopped at stands in its
 * shadow has to be guessed. A wrong guess has an interrupt come one instruction later, once. */
static void guess_shadow(struct v86 *e)
{
	if (guest_if(e->hot, true) && e->hot->cpu.frame.eip)
		(void)!cpu_try(look_back, e);
}

static void announce_interrupt(struct machine_hot *hot)
{
	hot->cpu.frame.eflags &= ~(uint32_t)X86_VIP;
	if ((hot->pending & PENDING_INTR) && !guest_if(hot, true))
		hot->cpu.frame.eflags |= X86_VIP;
}

void v86_set_traps(bool vme, bool debug)
{
	if (vme)
		cpu_set_guest_trap(v86_vme_trap, debug ? v86_vme_gp_debug : v86_vme_gp, fast_path_fault);
	else
		cpu_set_guest_trap(v86_trap, debug ? v86_gp_debug : v86_gp, fast_path_fault);
}

void v86_debug_on(const struct machine_hot *hot)
{
	v86_set_traps(((const struct v86 *)hot->engine_private)->vme, true);
	__asm__ volatile("mov %0, %%dr0\n\tmov %1, %%dr1\n\tmov %2, %%dr2\n\tmov %3, %%dr3"
			 : : "r"(hot->debug[0]), "r"(hot->debug[1]), "r"(hot->debug[2]), "r"(hot->debug[3]));
	__asm__ volatile("mov %0, %%dr7" : : "r"(hot->debug_control));
}

void v86_debug_off(const struct machine_hot *hot)
{
	__asm__ volatile("mov %0, %%dr7" : : "r"(DR7_ONES));
	v86_set_traps(((const struct v86 *)hot->engine_private)->vme, false);
}

static unsigned enter(struct v86 *e)
{
	unsigned why;

	if (e->vme)
		announce_interrupt(e->hot);
	v86_current = e->hot;
	if (e->hot->debug_control)
		v86_debug_on(e->hot);
	why = v86_enter(e->hot);
	if (e->hot->debug_control)
		v86_debug_off(e->hot);
	v86_current = NULL;
	if (e->vme)
		guess_shadow(e);
	return why;
}

static void give_back(struct v86 *e, bool done)
{
	if (!e->lent_count)
		return;
	__asm__ volatile("sti");
	v86_take_back(e, done);
	__asm__ volatile("cli");
}

/* One instruction in guest code proper, ended by our own trap flag. First touches, memory to be
 * lent and the x87's change of owner are seen to on the way; anything else that happens is the
 * guest's. */
static void run_native_once(struct v86 *e)
{
	struct vcpu_frame *f = &e->hot->cpu.frame;
	uint32_t ip = f->eip;
	bool stepping = e->hot->engine_flags & X86_TF;

	do {
		unsigned why;

		f->eflags |= X86_TF | X86_RF;         /* who watches the instruction has been asked */
		e->hot->engine_shadow_ip = f->eip;    /* no interrupt is taken on the way */
		why = enter(e);
		f->eflags &= ~(uint32_t)(X86_TF | X86_RF);
		if (why != V86_SLOW)
			continue;
		if (f->vector == X86_DB) {
			(void)debuggers_own(e, X86_DB);
			break;
		}
		attend_trap(e);
	} while (f->eip == ip && !e->hot->cpu.halted && !(e->hot->pending & PENDING_RESET) &&
		 machine_state(e->m) == MACHINE_RUNNING);
	e->hot->engine_shadow_ip = NO_SHADOW;
	e->native_wanted = false;
	v86_fpu_stepped(e);
	give_back(e, f->vector == X86_DB);
	if (f->vector != X86_DB) {
		e->hits = 0;
		return;
	}
	e->hot->cpu.interrupt_shadow = e->debug_waits = false;
	e->hot->engine_flags &= ~(uint32_t)X86_RF;
	if (stepping || e->hits) {
		merge(e);
		v86_debug_trap(e, stepping ? DR6_BS : 0);
		split(e);
	}
}

static void run_native(struct v86 *e)
{
	if (enter(e) == V86_SLOW)
		attend_trap(e);
	if (e->native_wanted)
		run_native_once(e);
}

static void run_single(struct v86 *e)
{
	merge(e);
	__asm__ volatile("sti");
	if (!(e->debugged && v86_debug_fault(e)) && (!e->watched || !machine_before(e->m)))
		execute_one(e, false);
	debug_due(e);
	e->watched = false;
	task_checkpoint();
	__asm__ volatile("cli");
	split(e);
	if (e->native_wanted)
		run_native_once(e);
}

void v86_run(void *engine)
{
	struct v86 *e = engine;
	struct machine_hot *hot = e->hot;

	if (hot->cpu.cr0 & X86_CR0_PE) {
		machine_stop(e->m, "%s", e->x86->reason_text(X86_REASON_PROTECTED_MODE));
		return;
	}
	if (!e->in_use) {
		aspace_use(e->as);
		cpu_set_trap_stack(&hot->cpu.frame + 1);
		e->in_use = true;
	}
	v86_forget(e);
	v86_debug_changed(e);
	__asm__ volatile("cli");
	split(e);
	while (!(hot->pending & ~(uint32_t)(PENDING_INTR | PENDING_NMI)) && !hot->cpu.halted) {
		bool due = deliverable(e);

		if (due && hot->engine_shadow_ip == hot->cpu.frame.eip) {
			hot->engine_shadow_ip = NO_SHADOW;
			hot->cpu.interrupt_shadow = true;
		}
		if (hot->cpu.interrupt_shadow || !due) {
			if (single(e))
				run_single(e);
			else
				run_native(e);
		} else {
			deliver(e);
		}
	}
	merge(e);
	__asm__ volatile("sti");
}
