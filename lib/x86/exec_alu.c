/* Addition, subtraction, logic, and the compare-and-exchange family.
 *
 * AF after AND, OR, XOR and TEST is undefined by the manuals and clear here, as in QEMU. */
#include "core.h"

/* Combines two values; returns the arithmetic flags. */
static uint32_t combine(unsigned op, uint32_t a, uint32_t b, unsigned carry, unsigned size,
			uint32_t *result)
{
	switch (op) {
	case X86_OP_ADD: return exec_flags_add(a, b, 0, size, result);
	case X86_OP_ADC: return exec_flags_add(a, b, carry, size, result);
	case X86_OP_SUB: case X86_OP_CMP: return exec_flags_sub(a, b, 0, size, result);
	case X86_OP_SBB: return exec_flags_sub(a, b, carry, size, result);
	case X86_OP_OR: *result = a | b; break;
	case X86_OP_XOR: *result = a ^ b; break;
	default: *result = a & b; break;
	}
	return exec_flags_of(*result, size);
}

enum x86_result exec_binary(struct exec *x)
{
	unsigned op = x->insn->op, carry = x->cpu->frame.eflags & X86_CF;
	bool stores = op != X86_OP_CMP && op != X86_OP_TEST;
	uint32_t a, b, result, flags;

	if (!(stores ? exec_get_modify : exec_get)(x, 0, &a) || !exec_get(x, 1, &b))
		return X86_FAULTED;
	flags = combine(op, a, b, carry, x->insn->operand[0].size, &result);
	if (stores && !exec_put(x, 0, result))
		return X86_FAULTED;
	flags_set(x, X86_ARITHMETIC_FLAGS, flags);
	return X86_DONE;
}

enum x86_result exec_unary(struct exec *x)
{
	unsigned size = x->insn->operand[0].size;
	uint32_t a, result, flags = 0, changed = X86_ARITHMETIC_FLAGS;

	if (!exec_get_modify(x, 0, &a))
		return X86_FAULTED;
	switch (x->insn->op) {
	case X86_OP_INC:
		flags = exec_flags_add(a, 1, 0, size, &result);
		changed &= ~(uint32_t)X86_CF;
		break;
	case X86_OP_DEC:
		flags = exec_flags_sub(a, 1, 0, size, &result);
		changed &= ~(uint32_t)X86_CF;
		break;
	case X86_OP_NEG:
		flags = exec_flags_sub(0, a, 0, size, &result);
		break;
	default: /* NOT */
		result = ~a;
		changed = 0;
		break;
	}
	if (!exec_put(x, 0, result))
		return X86_FAULTED;
	flags_set(x, changed, flags);
	return X86_DONE;
}

/* With both operands the same register, the sum is what stays. */
enum x86_result exec_xadd(struct exec *x)
{
	uint32_t a, b, sum, flags;

	if (!exec_get_modify(x, 0, &a) || !exec_get(x, 1, &b))
		return X86_FAULTED;
	flags = exec_flags_add(a, b, 0, x->insn->operand[0].size, &sum);
	if (x->insn->operand[0].kind == X86_OPERAND_MEM && !exec_put(x, 0, sum))
		return X86_FAULTED;
	exec_put(x, 1, a);
	if (x->insn->operand[0].kind == X86_OPERAND_REG)
		exec_put(x, 0, sum);
	flags_set(x, X86_ARITHMETIC_FLAGS, flags);
	return X86_DONE;
}

/* The destination is written in either case, as on the bus of the real one. */
enum x86_result exec_cmpxchg(struct exec *x)
{
	unsigned size = x->insn->operand[0].size;
	uint32_t accumulator = exec_reg_get(x->cpu, X86_EAX, size), old, new, difference, flags;

	if (!exec_get_modify(x, 0, &old) || !exec_get(x, 1, &new))
		return X86_FAULTED;
	flags = exec_flags_sub(accumulator, old, 0, size, &difference);
	if (!exec_put(x, 0, difference ? old : new))
		return X86_FAULTED;
	if (difference)
		exec_reg_put(x->cpu, X86_EAX, size, old);
	flags_set(x, X86_ARITHMETIC_FLAGS, flags);
	return X86_DONE;
}

enum x86_result exec_cmpxchg8b(struct exec *x)
{
	struct vcpu_frame *r = &x->cpu->frame;
	uint32_t linear, low, high;
	bool equal;

	if (!exec_linear(x, x->insn->seg, exec_address(x), 8, &linear) ||
	    !x->bus->read(x->bus->of, linear, 4, X86_READ_MODIFY, &low, &x->out->fault) ||
	    !x->bus->read(x->bus->of, linear + 4, 4, X86_READ_MODIFY, &high, &x->out->fault))
		return X86_FAULTED;
	equal = low == r->eax && high == r->edx;
	if (!x->bus->write(x->bus->of, linear, 4, equal ? r->ebx : low, &x->out->fault) ||
	    !x->bus->write(x->bus->of, linear + 4, 4, equal ? r->ecx : high, &x->out->fault))
		return X86_FAULTED;
	if (!equal) {
		r->eax = low;
		r->edx = high;
	}
	flags_set(x, X86_ZF, equal ? X86_ZF : 0);
	return X86_DONE;
}
