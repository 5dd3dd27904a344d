/* Moves, exchanges, conversions, and single flags.
 *
 * Silicon's choices: MOV from a segment register to a 32-bit one clears the upper half (as
 * from the Pentium Pro on; before, it was undefined); BSWAP of a 16-bit register clears it. */
#include "core.h"

/* MOV in all forms that move, and MOVZX: values travel zero-extended. */
enum x86_result exec_mov(struct exec *x)
{
	const struct x86_operand *to = &x->insn->operand[0], *from = &x->insn->operand[1];
	uint32_t value;

	/* What draws in memory that traps. */
	if (to->kind == X86_OPERAND_MEM && from->kind == X86_OPERAND_REG) {
		value = exec_reg_get(x->cpu, from->reg, from->size);
		return exec_write(x, x->insn->seg, exec_address(x), to->size, value) ? X86_DONE : X86_FAULTED;
	}
	if (to->kind == X86_OPERAND_SEG && to->reg == X86_CS)
		return exec_fault(x, X86_UD);
	if (!exec_get(x, 1, &value) || !exec_put(x, 0, value))
		return X86_FAULTED;
	return X86_DONE;
}

enum x86_result exec_movsx(struct exec *x)
{
	uint32_t value;

	if (!exec_get(x, 1, &value))
		return X86_FAULTED;
	exec_put(x, 0, (uint32_t)sign_extended(value, x->insn->operand[1].size));
	return X86_DONE;
}

enum x86_result exec_lea(struct exec *x)
{
	exec_put(x, 0, exec_address(x));
	return X86_DONE;
}

/* LES and its kin: a far pointer into a register pair. */
enum x86_result exec_load_far(struct exec *x)
{
	static const uint8_t segs[] = {
		[X86_OP_LES - X86_OP_LES] = X86_ES, [X86_OP_LDS - X86_OP_LES] = X86_DS,
		[X86_OP_LSS - X86_OP_LES] = X86_SS, [X86_OP_LFS - X86_OP_LES] = X86_FS,
		[X86_OP_LGS - X86_OP_LES] = X86_GS,
	};
	unsigned size = x->insn->opsize, seg = x->insn->seg;
	uint32_t at = exec_address(x), linear, offset, selector;

	if (!exec_linear(x, seg, at, size + 2, &linear) || !exec_read(x, seg, at, size, &offset) ||
	    !exec_read(x, seg, at + size, 2, &selector))
		return X86_FAULTED;
	exec_load_seg(x->cpu, segs[x->insn->op - X86_OP_LES], (uint16_t)selector);
	exec_put(x, 0, offset);
	return X86_DONE;
}

/* Memory, if any, is the first operand, and is written first. */
enum x86_result exec_xchg(struct exec *x)
{
	uint32_t a, b;

	if (!exec_get_modify(x, 0, &a) || !exec_get(x, 1, &b) || !exec_put(x, 0, b))
		return X86_FAULTED;
	exec_put(x, 1, a);
	return X86_DONE;
}

enum x86_result exec_xlat(struct exec *x)
{
	uint32_t offset = *vcpu_reg(x->cpu, X86_EBX) + exec_reg_get(x->cpu, X86_EAX, 1);
	uint32_t value;

	if (!exec_read(x, x->insn->seg, offset & size_mask(x->insn->addrsize), 1, &value))
		return X86_FAULTED;
	exec_reg_put(x->cpu, X86_EAX, 1, value);
	return X86_DONE;
}

enum x86_result exec_bswap(struct exec *x)
{
	uint32_t value;

	exec_get(x, 0, &value);
	exec_put(x, 0, x->insn->opsize == 2 ? 0 : __builtin_bswap32(value));
	return X86_DONE;
}

/* CBW, CWDE. */
enum x86_result exec_widen(struct exec *x)
{
	unsigned size = x->insn->opsize;

	exec_reg_put(x->cpu, X86_EAX, size, (uint32_t)sign_extended(x->cpu->frame.eax, size / 2));
	return X86_DONE;
}

/* CWD, CDQ. */
enum x86_result exec_widen_double(struct exec *x)
{
	unsigned size = x->insn->opsize;

	exec_reg_put(x->cpu, X86_EDX, size, x->cpu->frame.eax & sign_bit(size) ? 0xFFFFFFFF : 0);
	return X86_DONE;
}

#define AH_FLAGS (X86_SF | X86_ZF | X86_AF | X86_PF | X86_CF)
#define REG_AH 4

enum x86_result exec_lahf(struct exec *x)
{
	exec_reg_put(x->cpu, REG_AH, 1, (x->cpu->frame.eflags & AH_FLAGS) | X86_FLAG_ONE);
	return X86_DONE;
}

enum x86_result exec_sahf(struct exec *x)
{
	flags_set(x, AH_FLAGS, exec_reg_get(x->cpu, REG_AH, 1));
	return X86_DONE;
}

enum x86_result exec_salc(struct exec *x)
{
	exec_reg_put(x->cpu, X86_EAX, 1, x->cpu->frame.eflags & X86_CF ? 0xFF : 0);
	return X86_DONE;
}

enum x86_result exec_setcc(struct exec *x)
{
	if (!exec_put(x, 0, x86_condition_holds(x->cpu->frame.eflags, x->insn->opcode)))
		return X86_FAULTED;
	return X86_DONE;
}

enum x86_result exec_nop(struct exec *x)
{
	(void)x;
	return X86_DONE;
}

enum x86_result exec_flag(struct exec *x)
{
	switch (x->insn->op) {
	case X86_OP_CLC: flags_set(x, X86_CF, 0); break;
	case X86_OP_STC: flags_set(x, X86_CF, X86_CF); break;
	case X86_OP_CMC: flags_set(x, X86_CF, ~x->cpu->frame.eflags); break;
	case X86_OP_CLD: flags_set(x, X86_DF, 0); break;
	case X86_OP_STD: flags_set(x, X86_DF, X86_DF); break;
	}
	return X86_DONE;
}
