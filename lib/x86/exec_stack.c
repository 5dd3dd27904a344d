/* Pushing, popping, stack frames, and the flags register by way of the stack.
 *
 * The width of the stack pointer is SS's, 16 bits in real and virtual-8086 mode; what is pushed
 * has the operand size. A segment register pushed with 32 bits is zero-extended. PUSH SP stores
 * what SP was before (the 8086 alone stored the new value). */
#include "core.h"

#define ENTER_LEVELS 31u

enum x86_result exec_push(struct exec *x)
{
	uint32_t sp = x->cpu->frame.esp, value;

	if (!exec_get(x, 0, &value) || !exec_stack_push(x, &sp, x->insn->opsize, value))
		return X86_FAULTED;
	x->cpu->frame.esp = sp;
	return X86_DONE;
}

/* A destination addressed through ESP sees it incremented; POP (E)SP gets the popped value. */
enum x86_result exec_pop(struct exec *x)
{
	uint32_t old = x->cpu->frame.esp, sp = old, value;

	if (!exec_stack_pop(x, &sp, x->insn->opsize, &value))
		return X86_FAULTED;
	x->cpu->frame.esp = sp;
	if (exec_put(x, 0, value))
		return X86_DONE;
	x->cpu->frame.esp = old;
	return X86_FAULTED;
}

/* ESP is stored as it was before. */
enum x86_result exec_pusha(struct exec *x)
{
	uint32_t sp = x->cpu->frame.esp;

	for (unsigned reg = X86_EAX; reg <= X86_EDI; reg++)
		if (!exec_stack_push(x, &sp, x->insn->opsize, *vcpu_reg(x->cpu, reg)))
			return X86_FAULTED;
	x->cpu->frame.esp = sp;
	return X86_DONE;
}

enum x86_result exec_popa(struct exec *x)
{
	uint32_t sp = x->cpu->frame.esp, values[X86_EDI + 1];

	for (unsigned reg = X86_EDI + 1; reg-- > 0;)
		if (!exec_stack_pop(x, &sp, x->insn->opsize, &values[reg]))
			return X86_FAULTED;
	x->cpu->frame.esp = sp;
	for (unsigned reg = X86_EAX; reg <= X86_EDI; reg++)
		if (reg != X86_ESP)
			exec_reg_put(x->cpu, reg, x->insn->opsize, values[reg]);
	return X86_DONE;
}

enum x86_result exec_pushf(struct exec *x)
{
	uint32_t sp = x->cpu->frame.esp;
	uint32_t flags = (x->cpu->frame.eflags | X86_FLAG_ONE) & ~(uint32_t)(X86_VM | X86_RF);

	if (!exec_stack_push(x, &sp, x->insn->opsize, flags))
		return X86_FAULTED;
	x->cpu->frame.esp = sp;
	return X86_DONE;
}

enum x86_result exec_popf(struct exec *x)
{
	uint32_t sp = x->cpu->frame.esp, flags;

	if (!exec_stack_pop(x, &sp, x->insn->opsize, &flags))
		return X86_FAULTED;
	x->cpu->frame.esp = sp;
	flags_set(x, exec_flags_writable(x), flags);
	return X86_DONE;
}

/* Copies the frame pointers of the `level` - 1 enclosing procedures and adds the new one. */
static bool push_display(struct exec *x, uint32_t *sp, uint32_t frame, unsigned level)
{
	uint32_t bp = x->cpu->frame.ebp, mask = exec_stack_mask(x->cpu), value;
	unsigned size = x->insn->opsize;

	for (unsigned i = 1; i < level; i++) {
		bp -= size;
		if (!exec_read(x, X86_SS, bp & mask, size, &value) || !exec_stack_push(x, sp, size, value))
			return false;
	}
	return level == 0 || exec_stack_push(x, sp, size, frame);
}

enum x86_result exec_enter(struct exec *x)
{
	struct vcpu_frame *r = &x->cpu->frame;
	uint32_t sp = r->esp, mask = exec_stack_mask(x->cpu), frame;

	if (!exec_stack_push(x, &sp, x->insn->opsize, r->ebp))
		return X86_FAULTED;
	frame = sp;
	if (!push_display(x, &sp, frame, x->insn->imm2 & ENTER_LEVELS))
		return X86_FAULTED;
	exec_reg_put(x->cpu, X86_EBP, x->insn->opsize, frame);
	r->esp = merge(sp, sp - x->insn->imm, mask);
	return X86_DONE;
}

enum x86_result exec_leave(struct exec *x)
{
	struct vcpu_frame *r = &x->cpu->frame;
	uint32_t sp = merge(r->esp, r->ebp, exec_stack_mask(x->cpu)), value;

	if (!exec_stack_pop(x, &sp, x->insn->opsize, &value))
		return X86_FAULTED;
	r->esp = sp;
	exec_reg_put(x->cpu, X86_EBP, x->insn->opsize, value);
	return X86_DONE;
}
