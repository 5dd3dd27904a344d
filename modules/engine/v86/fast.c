/* The fast path: the instructions that trap most are done here, on the trap frame itself, and
 * the guest goes on at once.
 *
 * It reads and writes guest memory at its linear address, where the guest sees it too. Reads
 * may fault and are then given up (v86_bail) before anything changed; writes go to plain RAM
 * only, where a fault is a first touch, since a 386 would write to a read-only page without a
 * fault. It counts and records like machine_exit(), and does nothing that a breakpoint, a trace
 * or an unusual state would have to see: then run() never comes here.
 *
 * Instructions are counted here (make bench), so two things are unusual. v86_fast() never
 * returns: it ends in an IRET to the guest or a jump to v86_leave, both of which load ESP
 * from where it is known; and since nobody's registers have to be kept, this file is compiled
 * with most callee-saved registers free for the taking (modules.mk). The direction flag is the
 * guest's until code outside this file is called (enter_c). */
#include <kern/cpu.h>
#include <kern/task.h>
#include "fast.h"

enum {
	OP_PUSHF = 0x9C, OP_POPF = 0x9D, OP_INT = 0xCD, OP_IRET = 0xCF, OP_CLI = 0xFA, OP_STI = 0xFB,
	OP_IN_IMM = 0xE4, OP_OUT_IMM = 0xE6, OP_IN_DX = 0xEC, OP_OUT_DX = 0xEE,
	VECTOR_IRQ = 0x20,
};

struct machine_hot *v86_current;
uint32_t v86_fault_address;

__attribute__((noreturn)) always_inline void to_guest(struct machine_hot *hot)
{
	__asm__ volatile("leal %c1(%0), %%esp\n\tpopal\n\taddl $8, %%esp\n\tiret"
			 : : "r"(hot), "i"(offsetof(struct machine_hot, cpu)) : "memory");
	__builtin_unreachable();
}

__attribute__((noreturn)) always_inline void leave(struct vcpu_frame *f, enum v86_leave why)
{
	__asm__ volatile("jmp v86_leave" : : "a"(f), "d"(why) : "memory");
	__builtin_unreachable();
}

always_inline struct machine_hot *hot_of(struct vcpu_frame *f)
{
	return (struct machine_hot *)((char *)f - offsetof(struct machine_hot, cpu));
}

/* Interrupts waiting and allowed, or something else to do? */
__attribute__((noreturn)) always_inline void to_guest_or_pending(struct machine_hot *hot)
{
	if (unlikely(hot->pending) &&
	    (hot->pending != PENDING_INTR || (hot->engine_flags & X86_IF)))
		leave(&hot->cpu.frame, V86_PENDING);
	to_guest(hot);
}

/* Before calling C that is compiled in the ordinary way. */
always_inline void enter_c(void)
{
	__asm__ volatile("cld" : : : "memory");
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

/* What is needed after the call is read again from the frame: that is cheaper than keeping it. */
#define FAST_IN(name, port_expression, length) \
	__attribute__((noreturn, noinline)) static void name(struct machine_hot *hot) \
	{ \
		struct vcpu_frame *f = &hot->cpu.frame; \
		uint32_t port = port_expression; \
		struct port_handler *h = machine_port(hot, (uint16_t)port); \
		uint8_t value; \
		\
		enter_c(); \
		h->reads++; \
		value = h->in(h->chip, port - h->first); \
		*(volatile uint8_t *)&f->eax = (uint8_t)value; \
		record(hot, EXIT_IN, 1, port_expression, value); \
		f->eip += length; \
		to_guest_or_pending(hot); \
	}

#define FAST_OUT(name, port_expression, length) \
	__attribute__((noreturn, noinline)) static void name(struct machine_hot *hot) \
	{ \
		struct vcpu_frame *f = &hot->cpu.frame; \
		uint32_t port = port_expression, value = (uint8_t)f->eax; \
		struct port_handler *h = machine_port(hot, (uint16_t)port); \
		\
		if (unlikely(!h->out)) \
			leave(f, V86_SLOW); \
		enter_c(); \
		h->writes++; \
		record(hot, EXIT_OUT, 1, port, value); \
		f->eip += length; \
		h->out(h->chip, port - h->first, (uint8_t)value); \
		to_guest_or_pending(hot); \
	}

always_inline uint32_t immediate(const struct vcpu_frame *f)
{
	return ((const uint8_t *)((f->cs & 0xFFFF) << 4))[f->eip + 1];
}

FAST_IN(fast_in_dx, f->edx & 0xFFFF, 1)
FAST_IN(fast_in_imm, immediate(f), 2)
FAST_OUT(fast_out_dx, f->edx & 0xFFFF, 1)
FAST_OUT(fast_out_imm, immediate(f), 2)

__attribute__((noreturn)) always_inline void fast_pushf(struct machine_hot *hot)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	uint32_t sp = f->esp & 0xFFFF, flags = guest_flags(hot);
	uint16_t *stack = stack_at(f, sp - 2);

	if (unlikely(!plain_stack(stack, sp, 2)))
		leave(f, V86_SLOW);
	*stack = (uint16_t)flags;
	set_sp(f, sp - 2);
	record(hot, EXIT_FLAGS, OP_PUSHF, 0, flags);
	f->eip++;
	to_guest(hot);
}

__attribute__((noreturn)) always_inline void fast_popf(struct machine_hot *hot)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	uint32_t sp = f->esp & 0xFFFF, flags;

	if (unlikely(sp > 0xFFFE))
		leave(f, V86_SLOW);
	flags = *stack_at(f, sp);
	if (unlikely(flags & X86_TF))
		leave(f, V86_SLOW);
	set_sp(f, sp + 2);
	record(hot, EXIT_FLAGS, OP_POPF, 0, flags);
	set_flags(hot, flags);
	f->eip++;
	to_guest_or_pending(hot);
}

__attribute__((noreturn)) always_inline void fast_iret(struct machine_hot *hot)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	uint32_t sp = f->esp & 0xFFFF, flags, cs, new_ip;
	const uint16_t *stack = stack_at(f, sp);

	if (unlikely(sp > 0xFFFA))
		leave(f, V86_SLOW);
	new_ip = stack[0];
	cs = stack[1];
	flags = stack[2];
	if (unlikely(flags & X86_TF))
		leave(f, V86_SLOW);
	record(hot, EXIT_FLAGS, OP_IRET, 0, flags);
	set_sp(f, sp + 6);
	set_flags(hot, flags);
	f->cs = cs;
	f->eip = new_ip;
	to_guest_or_pending(hot);
}

/* Host interrupts and everything but a general protection fault. */
__attribute__((noreturn)) void v86_other(struct vcpu_frame *f)
{
	struct machine_hot *hot = hot_of(f);

	if (f->vector == X86_PAGE)
		__asm__ volatile("mov %%cr2, %0" : "=r"(v86_fault_address));
	if (f->vector < VECTOR_IRQ)
		leave(f, V86_SLOW);
	enter_c();
	hot->exits[EXIT_HOST]++;
	cpu_host_interrupt(f->vector);
	if (task_switch_wanted) {
		task_checkpoint();
		v86_current = hot;
	}
	to_guest_or_pending(hot);
}

/* One opcode, one case. */
#pragma GCC diagnostic ignored "-Woverride-init"
__attribute__((noreturn)) void v86_fast(struct vcpu_frame *frame)
{
	static const void *const cases[256] = {
		[0 ... 255] = &&slow,
		[OP_PUSHF] = &&pushf, [OP_POPF] = &&popf, [OP_INT] = &&int_n, [OP_IRET] = &&iret,
		[OP_CLI] = &&cli, [OP_STI] = &&sti, [OP_IN_IMM] = &&in_imm, [OP_OUT_IMM] = &&out_imm,
		[OP_IN_DX] = &&in_dx, [OP_OUT_DX] = &&out_dx,
	};
	struct machine_hot *hot = hot_of(frame);
	const uint8_t *code = (const uint8_t *)(((frame->cs & 0xFFFF) << 4) + frame->eip);

	goto *cases[*code];

slow:
	leave(frame, V86_SLOW);
in_dx:
	fast_in_dx(hot);
out_dx:
	fast_out_dx(hot);
in_imm:
	fast_in_imm(hot);
out_imm:
	fast_out_imm(hot);
cli:
	record(hot, EXIT_FLAGS, OP_CLI, 0, 0);
	hot->engine_flags &= ~(uint32_t)X86_IF;
	frame->eip++;
	to_guest(hot);
sti:
	/* With something pending the shadow of STI matters: the slow path keeps it. */
	if (unlikely(hot->pending))
		leave(frame, V86_SLOW);
	record(hot, EXIT_FLAGS, OP_STI, 0, 0);
	hot->engine_flags |= X86_IF;
	frame->eip++;
	to_guest(hot);
pushf:
	fast_pushf(hot);
popf:
	fast_popf(hot);
iret:
	fast_iret(hot);
int_n:
	{
		unsigned n = code[1];

		record(hot, EXIT_INT, n, 0, frame->eax);
		if (unlikely(!push_interrupt(hot, n, frame->eip + 2)))
			leave(frame, V86_SLOW);
		to_guest(hot);
	}
}
