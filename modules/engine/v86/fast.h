/* What the fast path and the delivery of interrupts share: the guest's stack and flags while
 * they are split. */
#ifndef V86_FAST_H
#define V86_FAST_H

#include "v86.h"

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
	hot->cpu.frame.eflags = (hot->cpu.frame.eflags & ~(uint32_t)V86_NATIVE_LOW) |
				(flags & V86_NATIVE_LOW);
}

/* A plain 16-bit push of `size` bytes may be done at `at`, the stack pointer being `sp`. */
always_inline bool plain_stack(const uint16_t *at, uint32_t sp, uint32_t size)
{
	return sp >= size && (uint32_t)at < V86_PLAIN_RAM - size;
}

/* Pushes FLAGS, CS and `ip` and goes through vector `n`; false if that is not plain RAM, with
 * nothing changed. */
always_inline bool push_interrupt(struct machine_hot *hot, unsigned n, uint32_t ip)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	uint32_t sp = f->esp & 0xFFFF, vector;
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

#endif
