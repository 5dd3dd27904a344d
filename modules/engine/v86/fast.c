/* The fast path: the instructions that trap most are done here, on the trap frame itself, and
 * the guest goes on at once.
 *
 * It reads and writes guest memory at its linear address, where the guest sees it too. Reads
 * may fault and are then given up (v86_bail) before anything changed; writes go to plain RAM
 * only, where a fault is a first touch, since a 386 would write to a read-only page without a
 * fault. It counts and records like machine_exit(), and does nothing that a breakpoint, a trace
 * or an unusual state would have to see: then run() never comes here.
 *
 * Instruction counts matter in this file: it is compiled for speed, and docs/test-report.md
 * shows what each case costs. */
#include <kern/cpu.h>
#include <kern/task.h>
#include "v86.h"

enum {
	OP_PUSHF = 0x9C, OP_POPF = 0x9D, OP_INT = 0xCD, OP_IRET = 0xCF, OP_CLI = 0xFA, OP_STI = 0xFB,
	OP_IN_IMM = 0xE4, OP_OUT_IMM = 0xE6, OP_IN_DX = 0xEC, OP_OUT_DX = 0xEE,
	VECTOR_IRQ = 0x20,
};

struct machine_hot *v86_current;
uint32_t v86_fault_address;

#define unlikely(x) __builtin_expect(!!(x), 0)
#define always_inline static inline __attribute__((always_inline))

always_inline uint16_t *stack_at(const struct vcpu_frame *f, uint32_t sp)
{
	return (uint16_t *)(((f->ss & 0xFFFF) << 4) + sp);
}

always_inline void set_sp(struct vcpu_frame *f, uint32_t sp)
{
	*(uint16_t *)&f->esp = (uint16_t)sp;
}

always_inline uint32_t guest_flags(const struct machine_hot *hot)
{
	return (hot->cpu.frame.eflags & ~(uint32_t)(V86_VIRTUAL_FLAGS | X86_VM)) | hot->engine_flags;
}

/* From the low word that POPF or IRET took from the stack. */
always_inline void set_flags(struct machine_hot *hot, uint32_t flags)
{
	hot->engine_flags = flags & V86_VIRTUAL_FLAGS;
	hot->cpu.frame.eflags = (hot->cpu.frame.eflags & ~(uint32_t)(V86_NATIVE_FLAGS)) |
				(flags & V86_NATIVE_FLAGS);
}

/* Interrupts waiting and allowed, or something else to do? */
always_inline unsigned resume(const struct machine_hot *hot)
{
	if (unlikely(hot->pending) &&
	    (hot->pending != PENDING_INTR || (hot->engine_flags & X86_IF)))
		return V86_PENDING;
	return V86_RESUME;
}

/* A plain 16-bit push may be done at this place. */
always_inline bool plain_stack(const uint16_t *at, uint32_t sp, uint32_t size)
{
	return sp >= size && (uint32_t)at < V86_PLAIN_RAM - size;
}

bool v86_push_interrupt(struct machine_hot *hot, unsigned n, uint32_t ip)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	uint32_t sp = (f->esp & 0xFFFF), vector;
	uint16_t *stack = stack_at(f, sp - 6);

	if (unlikely(!plain_stack(stack, sp, 6) || hot->cpu.idtr.base))
		return false;
	vector = ((const uint32_t *)0)[n];
	stack[2] = (uint16_t)guest_flags(hot);
	stack[1] = (uint16_t)f->cs;
	stack[0] = (uint16_t)ip;
	set_sp(f, sp - 6);
	f->cs = vector >> 16;
	f->eip = vector & 0xFFFF;
	hot->engine_flags &= ~(uint32_t)(X86_IF | X86_TF);
	return true;
}

always_inline unsigned fast_in(struct machine_hot *hot, unsigned port, unsigned length, uint32_t ip)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	struct port_handler *h = machine_port(hot, (uint16_t)port);
	uint8_t value;

	if (unlikely(!h->in))
		return V86_SLOW;
	value = h->in(h->chip, port - h->first);
	h->reads++;
	machine_record(hot, EXIT_IN, 1, (uint16_t)f->cs, (uint16_t)ip, (uint16_t)port, value);
	*(uint8_t *)&f->eax = value;
	f->eip = ip + length;
	return resume(hot);
}

always_inline unsigned fast_out(struct machine_hot *hot, unsigned port, unsigned length, uint32_t ip)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	struct port_handler *h = machine_port(hot, (uint16_t)port);
	uint8_t value = (uint8_t)f->eax;

	if (unlikely(!h->out))
		return V86_SLOW;
	h->writes++;
	machine_record(hot, EXIT_OUT, 1, (uint16_t)f->cs, (uint16_t)ip, (uint16_t)port, value);
	f->eip = ip + length;
	h->out(h->chip, port - h->first, value);
	return resume(hot);
}

always_inline unsigned fast_pushf(struct machine_hot *hot, uint32_t ip)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	uint32_t sp = (f->esp & 0xFFFF), flags = guest_flags(hot);
	uint16_t *stack = stack_at(f, sp - 2);

	if (unlikely(!plain_stack(stack, sp, 2)))
		return V86_SLOW;
	*stack = (uint16_t)flags;
	set_sp(f, sp - 2);
	machine_record(hot, EXIT_FLAGS, OP_PUSHF, (uint16_t)f->cs, (uint16_t)ip, 0, flags);
	f->eip = ip + 1;
	return V86_RESUME;
}

always_inline unsigned fast_popf(struct machine_hot *hot, uint32_t ip)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	uint32_t sp = f->esp & 0xFFFF, flags;

	if (unlikely(sp > 0xFFFE))
		return V86_SLOW;
	flags = *stack_at(f, sp);
	if (unlikely(flags & X86_TF))
		return V86_SLOW;
	set_sp(f, sp + 2);
	machine_record(hot, EXIT_FLAGS, OP_POPF, (uint16_t)f->cs, (uint16_t)ip, 0, flags);
	set_flags(hot, flags);
	f->eip = ip + 1;
	return resume(hot);
}

always_inline unsigned fast_iret(struct machine_hot *hot, uint32_t ip)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	uint32_t sp = f->esp & 0xFFFF, flags, cs, new_ip;
	const uint16_t *stack = stack_at(f, sp);

	if (unlikely(sp > 0xFFFA || hot->cpu.nmi_masked))
		return V86_SLOW;
	new_ip = stack[0];
	cs = stack[1];
	flags = stack[2];
	if (unlikely(flags & X86_TF))
		return V86_SLOW;
	machine_record(hot, EXIT_FLAGS, OP_IRET, (uint16_t)f->cs, (uint16_t)ip, 0, flags);
	set_sp(f, sp + 6);
	set_flags(hot, flags);
	f->cs = cs;
	f->eip = new_ip;
	return resume(hot);
}

always_inline unsigned fast_int(struct machine_hot *hot, unsigned n, uint32_t ip)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	uint16_t cs = (uint16_t)f->cs;
	uint32_t ax = f->eax;

	if (unlikely(!v86_push_interrupt(hot, n, ip + 2)))
		return V86_SLOW;
	machine_record(hot, EXIT_INT, n, cs, (uint16_t)ip, 0, ax);
	return V86_RESUME;
}

/* Host interrupts and everything but a general protection fault. */
static __attribute__((noinline)) unsigned other_trap(struct machine_hot *hot)
{
	struct vcpu_frame *f = &hot->cpu.frame;

	if (f->vector >= VECTOR_IRQ) {
		hot->exits[EXIT_HOST]++;
		cpu_host_interrupt(f->vector);
		if (task_switch_wanted) {
			task_checkpoint();
			v86_current = hot;
		}
		return resume(hot);
	}
	if (f->vector == X86_PAGE)
		__asm__ volatile("mov %%cr2, %0" : "=r"(v86_fault_address));
	return V86_SLOW;
}

unsigned v86_fast(struct vcpu_frame *frame)
{
	struct machine_hot *hot = (struct machine_hot *)((char *)frame - offsetof(struct machine_hot, cpu));
	uint32_t ip = frame->eip;
	const uint8_t *code = (const uint8_t *)(((frame->cs & 0xFFFF) << 4) + ip);

	if (unlikely(frame->vector != X86_GP))
		return other_trap(hot);
	switch (*code) {
	case OP_IN_DX: return fast_in(hot, frame->edx & 0xFFFF, 1, ip);
	case OP_OUT_DX: return fast_out(hot, frame->edx & 0xFFFF, 1, ip);
	case OP_IN_IMM: return fast_in(hot, code[1], 2, ip);
	case OP_OUT_IMM: return fast_out(hot, code[1], 2, ip);
	case OP_CLI:
		machine_record(hot, EXIT_FLAGS, OP_CLI, (uint16_t)frame->cs, (uint16_t)ip, 0, 0);
		hot->engine_flags &= ~(uint32_t)X86_IF;
		frame->eip = ip + 1;
		return V86_RESUME;
	case OP_STI:
		/* With something pending the shadow of STI matters: the slow path keeps it. */
		if (unlikely(hot->pending))
			return V86_SLOW;
		machine_record(hot, EXIT_FLAGS, OP_STI, (uint16_t)frame->cs, (uint16_t)ip, 0, 0);
		hot->engine_flags |= X86_IF;
		frame->eip = ip + 1;
		return V86_RESUME;
	case OP_PUSHF: return fast_pushf(hot, ip);
	case OP_POPF: return fast_popf(hot, ip);
	case OP_IRET: return fast_iret(hot, ip);
	case OP_INT: return fast_int(hot, code[1], ip);
	default: return V86_SLOW;
	}
}
