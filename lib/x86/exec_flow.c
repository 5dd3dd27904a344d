/* Jumps, calls, returns, loops, and interrupts.
 *
 * A target beyond the code segment's limit faults at the branch, before anything else has
 * happened. In real mode interrupts go through the vector table at IDTR, as on everything
 * since the 286. From virtual-8086 mode they would go through a protected-mode gate, which is
 * not modelled.
 *
 * To read: 80386 Programmer's Reference Manual, "Interrupts and Exceptions" in "80386
 * Real-Address Mode"; the instruction reference on IRET. */
#include "core.h"

enum x86_result exec_jmp(struct exec *x)
{
	uint32_t target = x->next_ip + x->insn->imm;

	if (x->insn->operand[0].kind != X86_OPERAND_REL && !exec_get(x, 0, &target))
		return X86_FAULTED;
	return exec_branch(x, target) ? X86_DONE : X86_FAULTED;
}

enum x86_result exec_jcc(struct exec *x)
{
	if (!x86_condition_holds(x->cpu->frame.eflags, x->insn->opcode))
		return X86_DONE;
	return exec_branch(x, x->next_ip + x->insn->imm) ? X86_DONE : X86_FAULTED;
}

/* LOOP, LOOPE, LOOPNE and JCXZ: the counter has the address size. */
enum x86_result exec_loop(struct exec *x)
{
	unsigned op = x->insn->op, size = x->insn->addrsize;
	uint32_t count = exec_reg_get(x->cpu, X86_ECX, size);
	bool zero = x->cpu->frame.eflags & X86_ZF, taken;

	if (op == X86_OP_JCXZ) {
		taken = count == 0;
	} else {
		count = (count - 1) & size_mask(size);
		taken = count && (op == X86_OP_LOOP || zero == (op == X86_OP_LOOPE));
	}
	if (taken && !exec_branch(x, x->next_ip + x->insn->imm))
		return X86_FAULTED;
	exec_reg_put(x->cpu, X86_ECX, size, count);
	return X86_DONE;
}

enum x86_result exec_call(struct exec *x)
{
	uint32_t back = x->next_ip, target = back + x->insn->imm, sp = x->cpu->frame.esp;

	if (x->insn->operand[0].kind != X86_OPERAND_REL && !exec_get(x, 0, &target))
		return X86_FAULTED;
	if (!exec_branch(x, target) || !exec_stack_push(x, &sp, x->insn->opsize, back))
		return X86_FAULTED;
	x->cpu->frame.esp = sp;
	return X86_DONE;
}

/* The far pointer that an operand is, or that memory holds. */
static bool get_far(struct exec *x, uint32_t *selector, uint32_t *offset)
{
	const struct insn *insn = x->insn;
	uint32_t at, linear;

	if (insn->operand[0].kind == X86_OPERAND_FAR) {
		*selector = insn->imm2;
		*offset = insn->imm;
		return true;
	}
	at = exec_address(x);
	return exec_linear(x, insn->seg, at, insn->opsize + 2, &linear) &&
	       exec_read(x, insn->seg, at, insn->opsize, offset) &&
	       exec_read(x, insn->seg, at + insn->opsize, 2, selector);
}

enum x86_result exec_jmp_far(struct exec *x)
{
	uint32_t selector, offset;

	if (!get_far(x, &selector, &offset) || !exec_branch_far(x, (uint16_t)selector, offset))
		return X86_FAULTED;
	return X86_DONE;
}

enum x86_result exec_call_far(struct exec *x)
{
	uint32_t sp = x->cpu->frame.esp, back = x->next_ip, selector, offset;
	unsigned size = x->insn->opsize;

	if (!get_far(x, &selector, &offset) || !exec_branch(x, offset) ||
	    !exec_stack_push(x, &sp, size, (uint16_t)x->cpu->frame.cs) ||
	    !exec_stack_push(x, &sp, size, back))
		return X86_FAULTED;
	exec_load_seg(x->cpu, X86_CS, (uint16_t)selector);
	x->cpu->frame.esp = sp;
	return X86_DONE;
}

/* Also drops `imm` bytes of parameters, which is 0 where the instruction has none. */
static void drop_parameters(struct exec *x, uint32_t sp)
{
	x->cpu->frame.esp = merge(sp, sp + x->insn->imm, exec_stack_mask(x->cpu));
}

enum x86_result exec_ret(struct exec *x)
{
	uint32_t sp = x->cpu->frame.esp, target;

	if (!exec_stack_pop(x, &sp, x->insn->opsize, &target) || !exec_branch(x, target))
		return X86_FAULTED;
	drop_parameters(x, sp);
	return X86_DONE;
}

enum x86_result exec_retf(struct exec *x)
{
	uint32_t sp = x->cpu->frame.esp, target, selector;
	unsigned size = x->insn->opsize;

	if (!exec_stack_pop(x, &sp, size, &target) || !exec_stack_pop(x, &sp, size, &selector) ||
	    !exec_branch_far(x, (uint16_t)selector, target))
		return X86_FAULTED;
	drop_parameters(x, sp);
	return X86_DONE;
}

/* IRETD in real mode also loads RF; VM, VIF and VIP never. */
enum x86_result exec_iret(struct exec *x)
{
	uint32_t sp = x->cpu->frame.esp, target, selector, flags, mask = exec_flags_writable(x);
	unsigned size = x->insn->opsize;

	if (!exec_stack_pop(x, &sp, size, &target) || !exec_stack_pop(x, &sp, size, &selector) ||
	    !exec_stack_pop(x, &sp, size, &flags) || !exec_branch_far(x, (uint16_t)selector, target))
		return X86_FAULTED;
	if (size == 4)
		mask |= X86_RF;
	else
		x->cpu->frame.eflags &= ~(uint32_t)X86_RF;
	x->cpu->frame.esp = sp;
	flags_set(x, mask, flags);
	x->cpu->nmi_masked = 0;
	return X86_DONE;
}

#define VECTOR_SIZE 4u

/* Through the real-mode vector table, to come back to `back`; x->next_ip becomes the handler. */
static bool deliver(struct exec *x, unsigned vector, uint32_t back)
{
	struct vcpu *cpu = x->cpu;
	uint32_t sp = cpu->frame.esp, entry = vector * VECTOR_SIZE, target;

	if (entry + VECTOR_SIZE - 1 > cpu->idtr.limit)
		return exec_fault_false(x, X86_GP);
	if (!x->bus->read(x->bus->of, cpu->idtr.base + entry, VECTOR_SIZE, X86_READ, &target,
			  &x->out->fault) ||
	    !exec_stack_push(x, &sp, 2, cpu->frame.eflags | X86_FLAG_ONE) ||
	    !exec_stack_push(x, &sp, 2, (uint16_t)cpu->frame.cs) || !exec_stack_push(x, &sp, 2, back))
		return false;
	cpu->frame.esp = sp;
	cpu->frame.eflags &= ~(uint32_t)(X86_IF | X86_TF | X86_AC | X86_RF);
	exec_load_seg(cpu, X86_CS, (uint16_t)(target >> 16));
	x->next_ip = (uint16_t)target;
	x->no_trap = true;
	return true;
}

enum x86_result x86_interrupt(struct vcpu *cpu, const struct x86_bus *bus, uint8_t vector,
			      struct x86_outcome *out)
{
	struct exec x = { .cpu = cpu, .bus = bus, .out = out };

	*out = (struct x86_outcome){ .result = X86_DONE };
	exec_fault(&x, X86_GP);
	if (cpu->cr0 & X86_CR0_PE)
		return out->result = exec_unsupported(&x, X86_REASON_PROTECTED_GATE);
	if (!deliver(&x, vector, cpu->frame.eip))
		return out->result = X86_FAULTED;
	cpu->frame.eip = x.next_ip;
	cpu->halted = cpu->interrupt_shadow = false;
	return X86_DONE;
}

/* INT n, INT3, INTO and ICEBP. */
enum x86_result exec_interrupt(struct exec *x)
{
	unsigned vector;

	switch (x->insn->op) {
	case X86_OP_INT3: vector = X86_BP; break;
	case X86_OP_ICEBP: vector = X86_DB; break;
	case X86_OP_INTO:
		if (!(x->cpu->frame.eflags & X86_OF))
			return X86_DONE;
		vector = X86_OVERFLOW;
		break;
	default: vector = x->insn->imm; break;
	}
	if (is_v86(x->cpu))
		return exec_unsupported(x, X86_REASON_PROTECTED_GATE);
	return deliver(x, vector, x->next_ip) ? X86_DONE : X86_FAULTED;
}

/* Bounds are signed; the fault's return address is BOUND itself. */
enum x86_result exec_bound(struct exec *x)
{
	unsigned size = x->insn->opsize, seg = x->insn->seg;
	uint32_t at = exec_address(x), linear, index, lower, upper;

	exec_get(x, 0, &index);
	if (!exec_linear(x, seg, at, size * 2, &linear) || !exec_read(x, seg, at, size, &lower) ||
	    !exec_read(x, seg, at + size, size, &upper))
		return X86_FAULTED;
	if (sign_extended(index, size) < sign_extended(lower, size) ||
	    sign_extended(index, size) > sign_extended(upper, size))
		return exec_fault(x, X86_BR);
	return X86_DONE;
}
