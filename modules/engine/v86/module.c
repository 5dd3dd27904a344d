/* The v86 engine: real-mode code at the processor's own speed, in virtual-8086 mode.
 *
 * The guest lies at linear address 0, in an address space that is filled on demand from the
 * machine's guest-physical map. What traps goes to fast.c first; what that leaves is carried
 * out here by the executor, on the canonical vcpu, as is every instruction that a debugger
 * watches (struct machine_watch) or the guest itself by its debug registers (debug.c), while the
 * guest single-steps itself, and in an interrupt shadow with an interrupt waiting. Coprocessor instructions, which the executor leaves out, are then run
 * natively one at a time, with the processor's own trap flag; where they cannot reach their memory,
 * in pages that are lent to them (lend.c).
 *
 * DIFFERS: SGDT, SIDT, SMSW and reading the real x87's control registers do not trap in
 * virtual-8086 mode and show the host's values.
 * Read: Intel 80386 Programmer's Reference Manual, chapter "Virtual 8086 Mode". */
#include <abi/hypercall.h>
#include <base/mem.h>
#include <kern/cpu.h>
#include <kern/log.h>
#include <kern/module.h>
#include <kern/task.h>
#include <x86/debugreg.h>
#include "fast.h"

/* No EIP of real mode. */
#define NO_SHADOW 0xFFFFFFFFu

enum { OP_OUT_IMM = 0xE6, OP_STI = 0xFB, IVT_LIMIT = 0x3FF, ROM_FIRST = 0xC0000, ROM_END = 0x100000, FETCH_BYTES = 2, HMA_ALIAS = 0x10000 };

static const struct x86_ops *x86;
static bool vme;        /* tested and in use; set while the module is loaded */

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

/* --- memory ---------------------------------------------------------------------------------- */

unsigned v86_barred(const struct v86 *e, uint32_t linear)
{
	struct machine_watch *w = e->hot->watch;

	return (w ? w->page(w, machine_a20(e->m, linear)) : 0) | (e->debugged ? v86_debug_page(e, linear) : 0);
}

/* Maps the guest page at a linear address if there is plain memory behind it. */
static bool map_page(struct v86 *e, uint32_t linear)
{
	unsigned barred;
	paddr_t frame;
	bool writable;
	int err;

	if (linear >= V86_LINEAR_END || linear >> PAGE_SHIFT == e->trapping_page)
		return false;
	barred = v86_barred(e, linear);
	if (barred & WATCH_ACCESS)
		return false;
	err = machine_page(e->m, machine_a20(e->m, linear), false, &frame, &writable);
	if (err) {
		e->trapping_page = linear >> PAGE_SHIFT;
		return false;
	}
	return aspace_map(e->as, linear & ~(uint32_t)PAGE_MASK, frame,
			  writable && !barred ? ASPACE_WRITE : ASPACE_READ) == E_OK;
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
	if (!(frame->error & 1) && map_page(e, address))
		return true;
	if (hot->cpu.frame.vector < V86_VECTOR_IRQ)
		hot->cpu.frame.vector = X86_GP;
	frame->eax = (uint32_t)hot;
	frame->eip = (uint32_t)v86_bail;
	return true;
}

static void map_changed(void *engine, gpa_t first, gpa_t last)
{
	struct v86 *e = engine;

	v86_forget(e);
	if (first >= V86_LINEAR_END)
		return;
	last = MIN(last, (gpa_t)V86_LINEAR_END - 1);
	aspace_unmap(e->as, (uintptr_t)first, (size_t)((last - first) / PAGE_SIZE + 1));
	if (first < HMA_ALIAS)
		aspace_unmap(e->as, ROM_END, HMA_ALIAS / PAGE_SIZE);
}

/* Whose pages are watched comes to them by faults. */
static uint32_t map_frames(void *engine, gpa_t first, const paddr_t *frames, unsigned pages)
{
	struct v86 *e = engine;
	uint32_t dirty;

	v86_forget(e);
	if (!e->hot->watch && !e->debugged)
		return aspace_map_frames(e->as, (uintptr_t)first, frames, pages);
	dirty = (uint32_t)aspace_dirty(e->as, (uintptr_t)first, pages);
	aspace_unmap(e->as, (uintptr_t)first, pages);
	return dirty;
}

static uint64_t dirty(void *engine, gpa_t first, unsigned pages)
{
	struct v86 *e = engine;

	return aspace_dirty(e->as, (uintptr_t)first, pages);
}

/* --- one instruction by the executor ---------------------------------------------------------------- */

/* What cannot be delivered is a double fault; if that cannot be delivered either, the processor
 * shuts down. */
static void interrupt(struct v86 *e, unsigned vector)
{
	const struct vcpu_frame *f = &e->hot->cpu.frame;
	struct x86_outcome out;

	if (x86->interrupt(&e->hot->cpu, &e->bus, (uint8_t)vector, &out) == X86_DONE)
		return;
	machine_exit(e->m, &(struct exit){ .kind = EXIT_EXCEPTION, .vector = X86_DF_FAULT,
					   .cs = (uint16_t)f->cs, .ip = f->eip });
	if (x86->interrupt(&e->hot->cpu, &e->bus, X86_DF_FAULT, &out) != X86_DONE)
		machine_shutdown(e->m, vector);
}

void v86_exception(struct v86 *e, unsigned vector)
{
	const struct vcpu_frame *f = &e->hot->cpu.frame;

	machine_exit(e->m, &(struct exit){ .kind = EXIT_EXCEPTION, .vector = (uint8_t)vector,
					   .cs = (uint16_t)f->cs, .ip = f->eip });
	interrupt(e, vector);
}

static unsigned kind_of(const struct insn *insn)
{
	unsigned flags = x86->op_flags(insn->op);

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
		kind = kind_of(insn);
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
			machine_stop(e->m, "%s", x86->reason_text(out->reason));
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
		if (x86->fetch(cpu, &e->bus, &fetched, &out) != X86_DONE) {
			v86_exception(e, out.fault.vector);
			return;
		}
		insn = &fetched;
	}
	/* A single step of a repeated string instruction is one iteration. */
	e->bus.rep_budget = e->watched || (cpu->frame.eflags & X86_TF) ? 1 : X86_REP_BUDGET;
	x86->execute(cpu, insn, &e->bus, &out);
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
		if (map_page(e, fault_address) && !(e->hot->cpu.frame.error & 1))
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
	p.vector = machine_nmi_deliverable(hot) ? machine_acknowledge_nmi(hot) : machine_acknowledge(hot);
	machine_record(hot, EXIT_INTERRUPT, p.vector, cs, ip, 0, 0);
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

static void set_traps(bool debug)
{
	if (vme)
		cpu_set_guest_trap(v86_vme_trap, debug ? v86_vme_gp_debug : v86_vme_gp, fast_path_fault);
	else
		cpu_set_guest_trap(v86_trap, debug ? v86_gp_debug : v86_gp, fast_path_fault);
}

void v86_debug_on(const struct machine_hot *hot)
{
	set_traps(true);
	__asm__ volatile("mov %0, %%dr0\n\tmov %1, %%dr1\n\tmov %2, %%dr2\n\tmov %3, %%dr3"
			 : : "r"(hot->debug[0]), "r"(hot->debug[1]), "r"(hot->debug[2]), "r"(hot->debug[3]));
	__asm__ volatile("mov %0, %%dr7" : : "r"(hot->debug_control));
}

void v86_debug_off(void)
{
	__asm__ volatile("mov %0, %%dr7" : : "r"(DR7_ONES));
	set_traps(false);
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
		v86_debug_off();
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

static void run(void *engine)
{
	struct v86 *e = engine;
	struct machine_hot *hot = e->hot;

	if (hot->cpu.cr0 & X86_CR0_PE) {
		machine_stop(e->m, "%s", x86->reason_text(X86_REASON_PROTECTED_MODE));
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

/* --- contract ------------------------------------------------------------------------------------------------ */

static int attach(struct machine *m, struct machine_hot *hot, void **engine)
{
	struct v86 *e = mem_alloc(machine_account(m), sizeof *e);
	int err;

	if (!e)
		return E_NO_MEMORY;
	e->m = m;
	e->hot = hot;
	e->as = aspace_new(machine_account(m));
	if (!e->as) {
		mem_free(e);
		return E_NO_MEMORY;
	}
	v86_bus_init(e);
	e->x86 = x86;
	e->vme = vme;
	err = v86_fpu_attach(e);
	if (err) {
		aspace_free(e->as);
		mem_free(e);
		return err;
	}
	hot->engine_private = e;
	hot->bus = &e->bus;
	hot->untrapped = vme;
	*engine = e;
	return E_OK;
}

static void detach(void *engine)
{
	struct v86 *e = engine;

	aspace_free(e->as);
	mem_free(e);
}

static bool can_run(const struct vcpu *cpu, const char **why)
{
	if (!(cpu->cr0 & X86_CR0_PE))
		return true;
	*why = x86->reason_text(X86_REASON_PROTECTED_MODE);
	return false;
}

static const struct engine_ops ops = {
	.attach = attach, .detach = detach, .run = run, .map_changed = map_changed,
	.map_frames = map_frames,
	.dirty = dirty, .can_run = can_run,
};

static struct offer *x86_offer;

static void try_vme(struct module *self)
{
	const char *wrong;

	vme = false;
	if (!cpu_features()->vme || v86_vme_test(module_account(self), &wrong))
		return;
	vme = !wrong;
	if (vme)
		log_line("v86: virtual-8086 mode extensions (VME) work and are used");
	else
		log_line("v86: this processor's VME is not to be trusted (%s); not used", wrong);
}

static int start(struct module *self)
{
	int err = offer_get(X86_ROLE, "x86", X86_VERSION, &x86_offer, &x86, NULL);

	if (err)
		return err;
	try_vme(self);
	set_traps(false);
	err = v86_fpu_start();
	if (err)
		goto failed;
	err = offer_add(self, ENGINE_ROLE, "v86", ENGINE_VERSION, &ops, NULL);
	if (!err)
		return E_OK;
	v86_fpu_stop();
failed:
	cpu_set_guest_trap(NULL, NULL, NULL);
	if (vme)
		cpu_use_vme(false);
	offer_put(x86_offer);
	return err;
}

static void stop(struct module *self)
{
	(void)self;
	v86_fpu_stop();
	cpu_set_guest_trap(NULL, NULL, NULL);
	if (vme)
		cpu_use_vme(false);
	offer_put(x86_offer);
}

static bool wants_to_go(struct module *self)
{
	(void)self;
	return true;
}

static const struct module_need needs[] = {
	{ X86_ROLE, "x86", X86_VERSION, false },
	{ 0 },
};

MODULE(.name = "v86", .summary = "engine: real-mode code in virtual-8086 mode", .needs = needs,
       .start = start, .stop = stop, .wants_to_go = wants_to_go);
