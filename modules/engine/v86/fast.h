/* What the parts of the fast path share, the delivery of interrupts among them: the guest's
 * stack and flags while they are split, the ways out, the flight record. */
#ifndef V86_FAST_H
#define V86_FAST_H

#include "v86.h"

#define unlikely(x) __builtin_expect(!!(x), 0)
#define always_inline static inline __attribute__((always_inline))

/* Of a selector's slot in the frame only the low half is the selector's. */
always_inline uint32_t segment_base(const uint32_t *selector)
{
	return (uint32_t)*(const uint16_t *)selector << 4;
}

always_inline uint16_t *stack_at(const struct vcpu_frame *f, uint32_t sp)
{
	return (uint16_t *)(segment_base(&f->ss) + sp);
}

always_inline void set_sp(struct vcpu_frame *f, uint32_t sp)
{
	*(uint16_t *)&f->esp = (uint16_t)sp;
}

/* Wraps at 64 KB. DIFFERS: a 386 faults when it fetches from 10000h; that IP must not get into the
 * frame, since returning to it would fault in ring 0. */
always_inline void advance(struct vcpu_frame *f, unsigned bytes)
{
	*(uint16_t *)&f->eip += (uint16_t)bytes;
}

/* `vme` is known where these are compiled, or costs no more than a test: see v86_vme_fast(). */
always_inline bool guest_if(const struct machine_hot *hot, bool vme)
{
	return vme ? hot->cpu.frame.eflags & X86_VIF : hot->engine_flags & X86_IF;
}

/* What PUSHF shows. */
always_inline uint32_t guest_flags(const struct machine_hot *hot, bool vme)
{
	uint32_t eflags = hot->cpu.frame.eflags;

	if (vme)
		return (eflags & V86_VME_FLAGS) | (eflags & X86_VIF) >> V86_VIF_SHIFT |
		       (hot->engine_flags & V86_ONE_STEP) | X86_IOPL | X86_FLAG_ONE;
	return (eflags & ~(uint32_t)(V86_VIRTUAL_FLAGS | X86_VM)) | hot->engine_flags;
}

/* From the low word that POPF or IRET took from the stack. */
always_inline void set_flags(struct machine_hot *hot, uint32_t flags, bool vme)
{
	if (vme) {
		hot->engine_flags = flags & X86_TF;
		hot->cpu.frame.eflags =
			(hot->cpu.frame.eflags & ~(uint32_t)(V86_VME_LOW | X86_VIF | X86_VIP)) |
			(flags & V86_VME_LOW) | (flags & X86_IF) << V86_VIF_SHIFT;
		return;
	}
	hot->engine_flags = flags & V86_VIRTUAL_FLAGS;
	hot->cpu.frame.eflags ^= (hot->cpu.frame.eflags ^ flags) & V86_NATIVE_LOW;
}

/* A plain 16-bit push of `size` bytes may be done at `at`, the stack pointer being `sp`. */
always_inline bool plain_stack(const uint16_t *at, uint32_t sp, uint32_t size)
{
	return sp >= size && (uint32_t)at < V86_PLAIN_RAM - size;
}

/* machine_record(), one field after the other from the frame: with few registers to spare,
 * loading all of them first would spill. The record's IP is the frame's, not advanced yet. */
always_inline void record(struct machine_hot *hot, unsigned kind, unsigned detail, uint32_t port, uint32_t value)
{
	const volatile struct vcpu_frame *f = &hot->cpu.frame;
	uint32_t next = hot->flight_next;
	volatile struct flight_record *r =
		(struct flight_record *)((char *)hot->flight + next % sizeof hot->flight);

	hot->exits[kind]++;
	r->sequence = next;
	*(volatile uint32_t *)&hot->flight_next = next + sizeof *r;
	r->value = value;
	if (__builtin_constant_p(port)) {
		*(volatile uint32_t *)&r->kind = port << 16 | detail << 8 | kind;
	} else {
		r->port = (uint16_t)port;
		*(volatile uint16_t *)&r->kind = (uint16_t)(detail << 8 | kind);
	}
	r->ip = (uint16_t)f->eip;
	r->cs = (uint16_t)f->cs;
}

/* Pushes FLAGS, CS and `ip` and goes through vector `n` of the table at 0; false if that is not
 * plain RAM, with nothing changed. `int_n`: an instruction did it, and is recorded; not before all has
 * been touched that may fault, since who gives up here leaves it to the slow path, which records it. */
always_inline bool push_interrupt(struct machine_hot *hot, unsigned n, uint32_t ip, bool vme, bool int_n)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	uint32_t sp = f->esp & 0xFFFF;
	uint16_t *stack = stack_at(f, sp - 6);
	uint32_t vector;

	if (unlikely(!plain_stack(stack, sp, 6)))
		return false;
	/* Whatever may fault comes first: the table's page need not be mapped yet. */
	vector = *(const volatile uint32_t *)(n * 4);
	stack[2] = (uint16_t)guest_flags(hot, vme);
	stack[1] = (uint16_t)f->cs;
	stack[0] = (uint16_t)ip;
	__asm__ volatile("" : : : "memory");
	if (int_n)
		record(hot, EXIT_INT, n, 0, f->eax);
	set_sp(f, sp - 6);
	f->eip = vector & 0xFFFF;
	f->cs = vector >> 16;
	hot->engine_flags &= ~(uint32_t)(X86_IF | V86_ONE_STEP);
	if (vme)
		f->eflags &= ~(uint32_t)X86_VIF;
	return true;
}

/* --- the ways out; none of them returns --------------------------------------------------- */

__attribute__((noreturn)) always_inline void to_guest(struct machine_hot *hot)
{
	__asm__ volatile("leal %c1(%0), %%esp\n\tpopal\n\taddl $8, %%esp\n\tiret"
			 : : "r"(hot), "i"(offsetof(struct machine_hot, cpu)) : "memory");
	__builtin_unreachable();
}

__attribute__((noreturn)) always_inline void leave(struct machine_hot *hot, enum v86_leave why)
{
	__asm__ volatile("jmp v86_leave" : : "a"(hot), "d"(why) : "memory");
	__builtin_unreachable();
}

always_inline struct machine_hot *hot_of(struct vcpu_frame *f)
{
	return (struct machine_hot *)((char *)f - offsetof(struct machine_hot, cpu));
}

/* Interrupts waiting and allowed, or something else to do? With VME, VIP has the guest trap as soon
 * as it allows them. */
__attribute__((noreturn)) always_inline void to_guest_or_pending(struct machine_hot *hot, bool vme)
{
	if (unlikely(hot->pending)) {
		if (hot->pending != PENDING_INTR || guest_if(hot, vme))
			leave(hot, V86_PENDING);
		if (vme)
			hot->cpu.frame.eflags |= X86_VIP;
	}
	to_guest(hot);
}

/* Before calling C that is compiled in the ordinary way. */
always_inline void enter_c(void)
{
	__asm__ volatile("cld" : : : "memory");
}

/* fast_io.c; `code`: the instruction */
__attribute__((noreturn)) void v86_in_dx(struct machine_hot *hot, const uint8_t *code);
__attribute__((noreturn)) void v86_in_imm(struct machine_hot *hot, const uint8_t *code);
__attribute__((noreturn)) void v86_out_dx(struct machine_hot *hot, const uint8_t *code);
__attribute__((noreturn)) void v86_out_imm(struct machine_hot *hot, const uint8_t *code);
__attribute__((noreturn)) void v86_vme_in_dx(struct machine_hot *hot, const uint8_t *code);
__attribute__((noreturn)) void v86_vme_in_imm(struct machine_hot *hot, const uint8_t *code);
__attribute__((noreturn)) void v86_vme_out_dx(struct machine_hot *hot, const uint8_t *code);
__attribute__((noreturn)) void v86_vme_out_imm(struct machine_hot *hot, const uint8_t *code);
__attribute__((noreturn)) void v86_in_word(struct machine_hot *hot, const uint8_t *code);
__attribute__((noreturn)) void v86_out_word(struct machine_hot *hot, const uint8_t *code);
__attribute__((noreturn)) void v86_vme_in_word(struct machine_hot *hot, const uint8_t *code);
__attribute__((noreturn)) void v86_vme_out_word(struct machine_hot *hot, const uint8_t *code);

#endif
