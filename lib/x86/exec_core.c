/* What the executor's families share: operands, memory, stack, flags (core.h).
 *
 * Segment limits are those in cpu->seg: FFFFh in real and virtual-8086 mode, so that a word at
 * offset FFFFh faults (13, through SS 12) as on every processor since the 386, and does not
 * wrap as on the 8086. */
#include "core.h"

#define SEG_RIGHTS_BIG (1u << 14) /* D/B: a 32-bit stack */

bool exec_linear(struct exec *x, unsigned seg, uint32_t offset, unsigned size, uint32_t *linear)
{
	const struct vcpu_seg *s = &x->cpu->seg[seg];

	if (offset > s->limit || s->limit - offset < size - 1)
		return exec_fault_false(x, seg == X86_SS ? X86_SS_FAULT : X86_GP);
	*linear = s->base + offset;
	return true;
}

static bool read_as(struct exec *x, unsigned seg, uint32_t offset, unsigned size,
		    enum x86_access kind, uint32_t *value)
{
	uint32_t linear;

	return exec_linear(x, seg, offset, size, &linear) &&
	       x->bus->read(x->bus->of, linear, size, kind, value, &x->out->fault);
}

bool exec_read(struct exec *x, unsigned seg, uint32_t offset, unsigned size, uint32_t *value)
{
	return read_as(x, seg, offset, size, X86_READ, value);
}

bool exec_write(struct exec *x, unsigned seg, uint32_t offset, unsigned size, uint32_t value)
{
	uint32_t linear;

	return exec_linear(x, seg, offset, size, &linear) &&
	       x->bus->write(x->bus->of, linear, size, value & size_mask(size), &x->out->fault);
}

uint32_t x86_address(struct vcpu *cpu, const struct insn *insn)
{
	uint32_t offset = insn->disp;

	if (insn->base != X86_NO_REG)
		offset += *vcpu_reg(cpu, insn->base);
	if (insn->index != X86_NO_REG)
		offset += *vcpu_reg(cpu, insn->index) << insn->scale;
	return offset & size_mask(insn->addrsize);
}

uint32_t exec_address(const struct exec *x)
{
	return x86_address(x->cpu, x->insn);
}

static uint8_t *byte_reg(struct vcpu *cpu, unsigned reg)
{
	return (uint8_t *)vcpu_reg(cpu, reg & 3) + (reg >> 2);
}

uint32_t exec_reg_get(struct vcpu *cpu, unsigned reg, unsigned size)
{
	if (size == 1)
		return *byte_reg(cpu, reg);
	return *vcpu_reg(cpu, reg) & size_mask(size);
}

void exec_reg_put(struct vcpu *cpu, unsigned reg, unsigned size, uint32_t value)
{
	uint32_t *to;

	if (size == 1) {
		*byte_reg(cpu, reg) = (uint8_t)value;
		return;
	}
	to = vcpu_reg(cpu, reg);
	*to = merge(*to, value, size_mask(size));
}

static bool get_as(struct exec *x, unsigned n, enum x86_access kind, uint32_t *value)
{
	const struct x86_operand *operand = &x->insn->operand[n];

	switch (operand->kind) {
	case X86_OPERAND_REG:
		*value = exec_reg_get(x->cpu, operand->reg, operand->size);
		return true;
	case X86_OPERAND_SEG:
		*value = (uint16_t)*vcpu_selector(x->cpu, operand->reg);
		return true;
	case X86_OPERAND_MEM:
		return read_as(x, x->insn->seg, exec_address(x), operand->size, kind, value);
	default:
		*value = x->insn->imm & size_mask(operand->size);
		return true;
	}
}

bool exec_get(struct exec *x, unsigned n, uint32_t *value)
{
	return get_as(x, n, X86_READ, value);
}

bool exec_get_modify(struct exec *x, unsigned n, uint32_t *value)
{
	return get_as(x, n, X86_READ_MODIFY, value);
}

bool exec_put(struct exec *x, unsigned n, uint32_t value)
{
	const struct x86_operand *operand = &x->insn->operand[n];

	switch (operand->kind) {
	case X86_OPERAND_REG:
		exec_reg_put(x->cpu, operand->reg, operand->size, value);
		return true;
	case X86_OPERAND_SEG:
		exec_load_seg(x->cpu, operand->reg, (uint16_t)value);
		x->shadow = x->no_trap = operand->reg == X86_SS;
		return true;
	default:
		return exec_write(x, x->insn->seg, exec_address(x), operand->size, value);
	}
}

uint32_t exec_stack_mask(const struct vcpu *cpu)
{
	return cpu->seg[X86_SS].rights & SEG_RIGHTS_BIG ? 0xFFFFFFFF : 0xFFFF;
}

bool exec_stack_push(struct exec *x, uint32_t *sp, unsigned size, uint32_t value)
{
	uint32_t mask = exec_stack_mask(x->cpu), to = (*sp - size) & mask;

	if (!exec_write(x, X86_SS, to, size, value))
		return false;
	*sp = merge(*sp, to, mask);
	return true;
}

bool exec_stack_pop(struct exec *x, uint32_t *sp, unsigned size, uint32_t *value)
{
	uint32_t mask = exec_stack_mask(x->cpu);

	if (!exec_read(x, X86_SS, *sp & mask, size, value))
		return false;
	*sp = merge(*sp, *sp + size, mask);
	return true;
}

void exec_load_seg(struct vcpu *cpu, unsigned seg, uint16_t selector)
{
	*vcpu_selector(cpu, seg) = selector;
	cpu->seg[seg].base = (uint32_t)selector << 4;
}

bool exec_branch(struct exec *x, uint32_t target)
{
	target &= size_mask(x->insn->opsize);
	if (target > x->cpu->seg[X86_CS].limit)
		return exec_fault_false(x, X86_GP);
	x->next_ip = target;
	return true;
}

bool exec_branch_far(struct exec *x, uint16_t selector, uint32_t target)
{
	if (!exec_branch(x, target))
		return false;
	exec_load_seg(x->cpu, X86_CS, selector);
	return true;
}

uint32_t exec_flags_of(uint32_t result, unsigned size)
{
	unsigned parity = (result ^ (result >> 4)) & 15;
	uint32_t flags = (0x9669u >> parity) & 1 ? X86_PF : 0;

	if (!(result & size_mask(size)))
		flags |= X86_ZF;
	if (result & sign_bit(size))
		flags |= X86_SF;
	return flags;
}

uint32_t exec_flags_add(uint32_t a, uint32_t b, unsigned carry, unsigned size, uint32_t *result)
{
	uint32_t sum = (a + b + carry) & size_mask(size);
	uint32_t carries = (a & b) | ((a | b) & ~sum); /* out of each bit */
	uint32_t flags = exec_flags_of(sum, size) | ((a ^ b ^ sum) & X86_AF);

	if (carries & sign_bit(size))
		flags |= X86_CF;
	if ((a ^ sum) & (b ^ sum) & sign_bit(size))
		flags |= X86_OF;
	*result = sum;
	return flags;
}

uint32_t exec_flags_sub(uint32_t a, uint32_t b, unsigned borrow, unsigned size, uint32_t *result)
{
	uint32_t difference = (a - b - borrow) & size_mask(size);
	uint32_t borrows = (~a & b) | ((~a | b) & difference);
	uint32_t flags = exec_flags_of(difference, size) | ((a ^ b ^ difference) & X86_AF);

	if (borrows & sign_bit(size))
		flags |= X86_CF;
	if ((a ^ b) & (a ^ difference) & sign_bit(size))
		flags |= X86_OF;
	*result = difference;
	return flags;
}

bool x86_condition_holds(uint32_t eflags, unsigned condition)
{
	bool less = !(eflags & X86_SF) != !(eflags & X86_OF), holds;

	switch ((condition >> 1) & 7) {
	case 0: holds = eflags & X86_OF; break;
	case 1: holds = eflags & X86_CF; break;
	case 2: holds = eflags & X86_ZF; break;
	case 3: holds = eflags & (X86_CF | X86_ZF); break;
	case 4: holds = eflags & X86_SF; break;
	case 5: holds = eflags & X86_PF; break;
	case 6: holds = less; break;
	default: holds = less || (eflags & X86_ZF); break;
	}
	return holds != (condition & 1);
}

uint32_t exec_flags_writable(const struct exec *x)
{
	uint32_t flags = X86_ARITHMETIC_FLAGS | X86_TF | X86_IF | X86_DF | X86_NT;

	if (!is_v86(x->cpu))
		flags |= X86_IOPL;
	if (x->insn->opsize == 4)
		flags |= (X86_AC | X86_ID) & ~x->bus->absent_flags;
	return flags;
}
