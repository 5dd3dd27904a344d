/* Shifts, rotations, and single bits.
 *
 * What the manuals leave undefined, and is as in QEMU here: OF after shifts by more than one
 * is computed like after the last of as many single ones; AF is clear after shifts; SHLD and
 * SHRD of 16 bits by more than 16 go on with the destination's own bits, as Intel's do; BT and
 * its kin change CF only; BSF and BSR leave the destination alone when the source is 0, and
 * set SF and PF from the source. */
#include "core.h"

struct shifted {
	uint32_t result;
	uint32_t flags;      /* CF and OF, and if `sets_szp` SF, ZF, PF */
	bool sets_szp;
};

static uint32_t carry_if(bool set)
{
	return set ? X86_CF : 0;
}

static uint32_t overflow_if(bool set)
{
	return set ? X86_OF : 0;
}

static struct shifted rotate(unsigned op, uint32_t value, unsigned count, unsigned size)
{
	unsigned bits = size * 8, by = count % bits;
	uint32_t result = value, sign = sign_bit(size);
	bool carry;

	if (op == X86_OP_ROR)
		by = (bits - by) % bits;
	if (by)
		result = ((value << by) | (value >> (bits - by))) & size_mask(size);
	carry = op == X86_OP_ROL ? result & 1 : !!(result & sign);
	return (struct shifted){
		.result = result,
		.flags = carry_if(carry) |
			overflow_if(!!(result & sign) != (op == X86_OP_ROL ? carry : !!(result & (sign >> 1)))),
	};
}

/* Rotation through carry: of bits + 1 bits, with the carry on top. */
static struct shifted rotate_carry(unsigned op, uint32_t value, unsigned count, unsigned size,
				   bool carry)
{
	unsigned bits = size * 8, by = count % (bits + 1);
	uint64_t all = (uint64_t)carry << bits | value, mask = (2ull << bits) - 1;
	uint32_t result;

	if (op == X86_OP_RCR && by)
		by = bits + 1 - by;
	if (by)
		all = ((all << by) | (all >> (bits + 1 - by))) & mask;
	result = (uint32_t)all & size_mask(size);
	return (struct shifted){
		.result = result,
		.flags = carry_if(all >> bits & 1) | overflow_if((value ^ result) & sign_bit(size)),
	};
}

static struct shifted shift_left(uint32_t value, unsigned count, unsigned size)
{
	uint64_t wide = (uint64_t)value << count;
	uint32_t result = (uint32_t)wide & size_mask(size);
	bool carry = wide >> (size * 8) & 1;

	return (struct shifted){
		.result = result, .sets_szp = true,
		.flags = carry_if(carry) | overflow_if(carry != !!(result & sign_bit(size))),
	};
}

static struct shifted shift_right(int64_t value, unsigned count, unsigned size)
{
	uint32_t last = (uint32_t)(value >> (count - 1)), result = (uint32_t)(value >> count);

	return (struct shifted){
		.result = result & size_mask(size), .sets_szp = true,
		.flags = carry_if(last & 1) | overflow_if((last ^ result) & sign_bit(size)),
	};
}

static struct shifted do_shift(struct exec *x, uint32_t value, unsigned count, unsigned size)
{
	unsigned op = x->insn->op;

	switch (op) {
	case X86_OP_ROL: case X86_OP_ROR:
		return rotate(op, value, count, size);
	case X86_OP_RCL: case X86_OP_RCR:
		return rotate_carry(op, value, count, size, x->cpu->frame.eflags & X86_CF);
	case X86_OP_SHR:
		return shift_right(value, count, size);
	case X86_OP_SAR:
		return shift_right(sign_extended(value, size), count, size);
	default:
		return shift_left(value, count, size);
	}
}

static enum x86_result store_shifted(struct exec *x, const struct shifted *shifted, unsigned size)
{
	if (!exec_put(x, 0, shifted->result))
		return X86_FAULTED;
	if (shifted->sets_szp)
		flags_set(x, X86_ARITHMETIC_FLAGS, shifted->flags | exec_flags_of(shifted->result, size));
	else
		flags_set(x, X86_CF | X86_OF, shifted->flags);
	return X86_DONE;
}

/* A count of 0 (of 32, and for RCL and RCR of a whole turn) changes no flag. */
enum x86_result exec_shift(struct exec *x)
{
	unsigned size = x->insn->operand[0].size, op = x->insn->op;
	bool through_carry = op == X86_OP_RCL || op == X86_OP_RCR;
	uint32_t value, count;
	struct shifted shifted;

	exec_get(x, 1, &count);
	count &= 31;
	if (through_carry && size < 4)
		count %= size * 8 + 1;
	if (!exec_get_modify(x, 0, &value))
		return X86_FAULTED;
	if (!count)
		return exec_put(x, 0, value) ? X86_DONE : X86_FAULTED;
	shifted = do_shift(x, value, count, size);
	return store_shifted(x, &shifted, size);
}

/* destination:source:destination as one number of three times the size. */
enum x86_result exec_shift_double(struct exec *x)
{
	unsigned size = x->insn->opsize, bits = size * 8;
	uint32_t value, fill, count, before;
	uint64_t wide;
	struct shifted shifted = { .sets_szp = true };

	exec_get(x, 1, &fill);
	exec_get(x, 2, &count);
	count &= 31;
	if (!exec_get_modify(x, 0, &value))
		return X86_FAULTED;
	if (!count)
		return exec_put(x, 0, value) ? X86_DONE : X86_FAULTED;
	if (x->insn->op == X86_OP_SHLD) {
		wide = (uint64_t)value << bits | fill;
		if (size == 2)
			wide = wide << 16 | value;
		shifted.result = (uint32_t)(wide >> (32 - count));
		before = (uint32_t)(wide >> (33 - count));
		shifted.flags = carry_if(before & sign_bit(size));
	} else {
		wide = (uint64_t)fill << bits | value;
		if (size == 2)
			wide |= (uint64_t)value << 32;
		shifted.result = (uint32_t)(wide >> count);
		before = (uint32_t)(wide >> (count - 1));
		shifted.flags = carry_if(before & 1);
	}
	shifted.result &= size_mask(size);
	shifted.flags |= overflow_if((before ^ shifted.result) & sign_bit(size));
	return store_shifted(x, &shifted, size);
}

/* BT, BTS, BTR, BTC. With memory and a register, the bit may be far from the address. */
enum x86_result exec_bit_test(struct exec *x)
{
	const struct x86_operand *to = &x->insn->operand[0], *from = &x->insn->operand[1];
	unsigned size = x->insn->opsize, op = x->insn->op;
	uint32_t number, value, bit, linear = 0;
	bool memory = to->kind == X86_OPERAND_MEM;

	exec_get(x, 1, &number);
	bit = 1u << (number & (size * 8 - 1));
	if (memory) {
		uint32_t at = exec_address(x);

		if (from->kind == X86_OPERAND_REG)
			at += (uint32_t)(sign_extended(number, size) >> (size == 2 ? 4 : 5)) * size;
		if (!exec_linear(x, x->insn->seg, at & size_mask(x->insn->addrsize), size, &linear) ||
		    !x->bus->read(x->bus->of, linear, size, op == X86_OP_BT ? X86_READ : X86_READ_MODIFY,
				  &value, &x->out->fault))
			return X86_FAULTED;
	} else {
		value = exec_reg_get(x->cpu, to->reg, size);
	}
	if (op != X86_OP_BT) {
		uint32_t new = op == X86_OP_BTS ? value | bit : op == X86_OP_BTR ? value & ~bit : value ^ bit;

		if (!memory)
			exec_reg_put(x->cpu, to->reg, size, new);
		else if (!x->bus->write(x->bus->of, linear, size, new, &x->out->fault))
			return X86_FAULTED;
	}
	flags_set(x, X86_CF, carry_if(value & bit));
	return X86_DONE;
}

enum x86_result exec_bit_scan(struct exec *x)
{
	uint32_t value, at;

	if (!exec_get(x, 1, &value))
		return X86_FAULTED;
	if (value) {
		at = (uint32_t)(x->insn->op == X86_OP_BSF ? __builtin_ctz(value) : 31 - __builtin_clz(value));
		exec_put(x, 0, at);
	}
	flags_set(x, X86_ARITHMETIC_FLAGS, exec_flags_of(value, x->insn->opsize));
	return X86_DONE;
}
