/* The fast path: the instructions that trap most are done here, on the trap frame itself, and
 * the guest goes on at once.
 *
 * It reads and writes guest memory at its linear address, where the guest sees it too. Reads
 * may fault and are then given up (v86_bail) before anything changed; writes go to plain RAM
 * only, where a fault is a first touch, since a 386 would write to a read-only page without a
 * fault. It counts and records like machine_exit(), and does nothing that a breakpoint, a trace
 * or an unusual state would have to see: then run() never comes here.
 *
 * There are two of it: v86_fast(), and v86_vme_fast() where the processor has virtual-8086 mode
 * extensions that can be trusted, and does most of this by itself.
 *
 * Instructions are counted here (make bench), so two things are unusual. v86_fast() never
 * returns: it ends in an IRET to the guest or a jump to v86_leave, both of which load ESP
 * from where it is known; and since nobody's registers have to be kept, this file is compiled
 * with most callee-saved registers free for the taking (modules.mk). The direction flag is the
 * guest's until code outside this file is called (enter_c). */
#include "fast.h"

enum {
	OP_PUSHF = 0x9C, OP_POPF = 0x9D, OP_INT = 0xCD, OP_IRET = 0xCF, OP_CLI = 0xFA, OP_STI = 0xFB,
	OP_IN_IMM = 0xE4, OP_OUT_IMM = 0xE6, OP_IN_DX = 0xEC, OP_OUT_DX = 0xEE, OP_IN_WORD = 0xED, OP_OUT_WORD = 0xEF,
};

__attribute__((noreturn)) always_inline void fast_pushf(struct machine_hot *hot)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	uint32_t sp = f->esp & 0xFFFF, flags = guest_flags(hot, false);
	uint16_t *stack = stack_at(f, sp - 2);

	if (unlikely(!plain_stack(stack, sp, 2)))
		leave(hot, V86_SLOW);
	*stack = (uint16_t)flags;
	set_sp(f, sp - 2);
	record(hot, EXIT_FLAGS, OP_PUSHF, 0, flags);
	advance(f, 1);
	to_guest(hot);
}

__attribute__((noreturn)) always_inline void fast_popf(struct machine_hot *hot, bool vme)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	uint32_t sp = f->esp & 0xFFFF, flags;

	if (unlikely(sp > 0xFFFE))
		leave(hot, V86_SLOW);
	flags = *stack_at(f, sp);
	if (unlikely(flags & X86_TF))
		leave(hot, V86_SLOW);
	set_sp(f, sp + 2);
	record(hot, EXIT_FLAGS, OP_POPF, 0, flags);
	set_flags(hot, flags, vme);
	advance(f, 1);
	to_guest_or_pending(hot, vme);
}

__attribute__((noreturn)) always_inline void do_iret(struct machine_hot *hot, bool vme)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	uint32_t sp = f->esp & 0xFFFF, flags;
	const volatile uint16_t *stack = stack_at(f, sp);

	if (unlikely(sp > 0xFFFA))
		leave(hot, V86_SLOW);
	flags = stack[2];
	if (unlikely(flags & X86_TF))
		leave(hot, V86_SLOW);
	record(hot, EXIT_FLAGS, OP_IRET, 0, flags);
	set_sp(f, sp + 6);
	set_flags(hot, flags, vme);
	f->cs = stack[1];
	f->eip = stack[0];
	to_guest_or_pending(hot, vme);
}

__attribute__((noreturn, noinline)) static void fast_iret(struct machine_hot *hot)
{
	do_iret(hot, false);
}

__attribute__((noreturn, noinline)) static void fast_int(struct machine_hot *hot, const uint8_t *code)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	unsigned n = code[1];

	if (unlikely(!push_interrupt(hot, n, f->eip + 2, false, true)))
		leave(hot, V86_SLOW);
	to_guest(hot);
}

/* One opcode, one case. */
#pragma GCC diagnostic ignored "-Woverride-init"
__attribute__((noreturn)) void v86_fast(struct machine_hot *hot)
{
	static const void *const cases[256] = {
		[0 ... 255] = &&slow,
		[OP_PUSHF] = &&pushf, [OP_POPF] = &&popf, [OP_INT] = &&int_n, [OP_IRET] = &&iret,
		[OP_CLI] = &&cli, [OP_STI] = &&sti, [OP_IN_IMM] = &&in_imm, [OP_OUT_IMM] = &&out_imm,
		[OP_IN_DX] = &&in_dx, [OP_OUT_DX] = &&out_dx, [OP_IN_WORD] = &&in_word, [OP_OUT_WORD] = &&out_word,
	};
	struct vcpu_frame *frame = &hot->cpu.frame;
	const uint8_t *code = (const uint8_t *)(segment_base(&frame->cs) + frame->eip);

	goto *cases[*code];

slow:
	leave(hot, V86_SLOW);
in_dx:
	v86_in_dx(hot, code);
out_dx:
	v86_out_dx(hot, code);
in_word:
	v86_in_word(hot, code);
out_word:
	v86_out_word(hot, code);
in_imm:
	v86_in_imm(hot, code);
out_imm:
	v86_out_imm(hot, code);
cli:
	record(hot, EXIT_FLAGS, OP_CLI, 0, 0);
	hot->engine_flags &= ~(uint32_t)X86_IF;
	advance(frame, 1);
	to_guest(hot);
sti:
	/* Interrupts come one instruction later. With something pending the slow path sees to that;
	 * what becomes pending before the next instruction is told by engine_shadow_ip. */
	if (unlikely(hot->pending))
		leave(hot, V86_SLOW);
	record(hot, EXIT_FLAGS, OP_STI, 0, 0);
	hot->engine_flags |= X86_IF;
	advance(frame, 1);
	hot->engine_shadow_ip = frame->eip;
	to_guest(hot);
pushf:
	fast_pushf(hot);
popf:
	fast_popf(hot, false);
iret:
	fast_iret(hot);
int_n:
	fast_int(hot, code);
}

/* With VME few of these trap: what opens interrupts while VIP tells that one waits. */
__attribute__((noreturn)) void v86_vme_fast(struct machine_hot *hot)
{
	struct vcpu_frame *frame = &hot->cpu.frame;
	const uint8_t *code = (const uint8_t *)(segment_base(&frame->cs) + frame->eip);

	switch (*code) {
	case OP_IN_DX:
		v86_vme_in_dx(hot, code);
	case OP_OUT_DX:
		v86_vme_out_dx(hot, code);
	case OP_IN_WORD:
		v86_vme_in_word(hot, code);
	case OP_OUT_WORD:
		v86_vme_out_word(hot, code);
	case OP_IN_IMM:
		v86_vme_in_imm(hot, code);
	case OP_OUT_IMM:
		v86_vme_out_imm(hot, code);
	case OP_POPF:
		fast_popf(hot, true);
	case OP_IRET:
		do_iret(hot, true);
	case OP_STI:
		if (hot->pending)
			break;
		record(hot, EXIT_FLAGS, OP_STI, 0, 0);
		frame->eflags = (frame->eflags & ~(uint32_t)X86_VIP) | X86_VIF;
		advance(frame, 1);
		hot->engine_shadow_ip = frame->eip;
		to_guest(hot);
	}
	leave(hot, V86_SLOW);
}
