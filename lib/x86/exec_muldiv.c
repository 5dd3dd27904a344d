/* Multiplication, division, and decimal adjustment.
 *
 * Undefined by the manuals, and as in QEMU here: after MUL and IMUL SF, ZF and PF are those of
 * the low half and AF is clear; DIV and IDIV leave the flags alone; AAA and AAS change only CF
 * and AF; DAA and DAS clear OF; AAM and AAD clear CF, OF and AF. */
#include "core.h"

#define REG_AH 4

static void set_product_flags(struct exec *x, uint32_t low, unsigned size, bool overflow)
{
	flags_set(x, X86_ARITHMETIC_FLAGS,
		  exec_flags_of(low, size) | (overflow ? X86_CF | X86_OF : 0));
}

/* A double-width value lives in AX, DX:AX or EDX:EAX. */
static void put_double(struct exec *x, unsigned size, uint32_t low, uint32_t high)
{
	exec_reg_put(x->cpu, X86_EAX, size, low);
	exec_reg_put(x->cpu, size == 1 ? REG_AH : X86_EDX, size, high);
}

enum x86_result exec_mul(struct exec *x)
{
	unsigned size = x->insn->operand[0].size;
	uint32_t factor, high;
	uint64_t product;

	if (!exec_get(x, 0, &factor))
		return X86_FAULTED;
	product = (uint64_t)exec_reg_get(x->cpu, X86_EAX, size) * factor;
	high = (uint32_t)(product >> (size * 8));
	put_double(x, size, (uint32_t)product, high);
	set_product_flags(x, (uint32_t)product, size, high != 0);
	return X86_DONE;
}

/* One operand: the accumulator is the other factor, the result is double. Two or three: the
 * product, cut, goes to the first. */
enum x86_result exec_imul(struct exec *x)
{
	const struct insn *insn = x->insn;
	unsigned size = insn->operand[0].size;
	bool single = !insn->operand[1].kind, three = insn->operand[2].kind;
	uint32_t a, b;
	int64_t product;

	if (single)
		a = exec_reg_get(x->cpu, X86_EAX, size);
	else if (!exec_get(x, three ? 2 : 0, &a))
		return X86_FAULTED;
	if (!exec_get(x, single ? 0 : 1, &b))
		return X86_FAULTED;
	product = (int64_t)sign_extended(a, size) * sign_extended(b, size);
	if (single)
		put_double(x, size, (uint32_t)product, (uint32_t)(product >> (size * 8)));
	else
		exec_put(x, 0, (uint32_t)product);
	set_product_flags(x, (uint32_t)product, size,
			  product != sign_extended((uint32_t)product, size));
	return X86_DONE;
}

static uint64_t get_double(struct exec *x, unsigned size)
{
	uint32_t low = exec_reg_get(x->cpu, X86_EAX, size);
	uint32_t high = exec_reg_get(x->cpu, size == 1 ? REG_AH : X86_EDX, size);

	return (uint64_t)high << (size * 8) | low;
}

static uint64_t magnitude(uint64_t value, bool negative)
{
	return negative ? -value : value;
}

/* Signed division by magnitudes, because the smallest number has no positive counterpart. */
static bool divide_signed(uint64_t dividend, uint32_t divisor, unsigned size, uint32_t *quotient,
			  uint32_t *remainder)
{
	unsigned bits = size * 8;
	int64_t a = size == 4 ? (int64_t)dividend : sign_extended((uint32_t)dividend, size * 2);
	int64_t b = sign_extended(divisor, size);
	bool minus = (a < 0) != (b < 0);
	uint64_t n = magnitude((uint64_t)a, a < 0), d = magnitude((uint64_t)b, b < 0);
	uint64_t q = n / d, limit = (1ull << (bits - 1)) - !minus;

	if (q > limit)
		return false;
	*quotient = (uint32_t)magnitude(q, minus);
	*remainder = (uint32_t)magnitude(n % d, a < 0);
	return true;
}

static bool divide_unsigned(uint64_t dividend, uint32_t divisor, unsigned size,
			    uint32_t *quotient, uint32_t *remainder)
{
	if (dividend >> (size * 8) >= divisor)
		return false;
	*quotient = (uint32_t)(dividend / divisor);
	*remainder = (uint32_t)(dividend % divisor);
	return true;
}

enum x86_result exec_div(struct exec *x)
{
	unsigned size = x->insn->operand[0].size;
	uint64_t dividend = get_double(x, size);
	uint32_t divisor, quotient, remainder;

	if (!exec_get(x, 0, &divisor))
		return X86_FAULTED;
	if (!divisor ||
	    !(x->insn->op == X86_OP_DIV ? divide_unsigned : divide_signed)
		(dividend, divisor, size, &quotient, &remainder))
		return exec_fault(x, X86_DE);
	put_double(x, size, quotient, remainder);
	return X86_DONE;
}

static void adjust_ascii(struct exec *x, bool add)
{
	uint32_t *eax = &x->cpu->frame.eax, ax = *eax & 0xFFFF, flags = 0;

	if ((ax & 15) > 9 || (x->cpu->frame.eflags & X86_AF)) {
		ax = add ? ax + 0x106 : ax - 0x106;
		flags = X86_AF | X86_CF;
	}
	*eax = merge(*eax, ax, 0xFF00);
	*eax = merge(*eax, ax & 15, 0xFF);
	flags_set(x, X86_AF | X86_CF, flags);
}

static void adjust_packed(struct exec *x, bool add)
{
	uint32_t old = x->cpu->frame.eflags, al = exec_reg_get(x->cpu, X86_EAX, 1), flags = 0;
	uint32_t result = al;

	if ((al & 15) > 9 || (old & X86_AF)) {
		flags = X86_AF;
		/* DAS: the borrow out of the low digit reaches the carry at once. */
		if (!add && al < 6)
			flags |= X86_CF;
		result += add ? 6 : -6;
	}
	if (al > 0x99 || (old & X86_CF)) {
		flags |= X86_CF;
		result += add ? 0x60 : -0x60;
	}
	exec_reg_put(x->cpu, X86_EAX, 1, result);
	flags_set(x, X86_ARITHMETIC_FLAGS, flags | exec_flags_of(result, 1));
}

enum x86_result exec_decimal(struct exec *x)
{
	switch (x->insn->op) {
	case X86_OP_DAA: adjust_packed(x, true); break;
	case X86_OP_DAS: adjust_packed(x, false); break;
	case X86_OP_AAA: adjust_ascii(x, true); break;
	case X86_OP_AAS: adjust_ascii(x, false); break;
	}
	return X86_DONE;
}

enum x86_result exec_aam(struct exec *x)
{
	uint32_t al = exec_reg_get(x->cpu, X86_EAX, 1), base = x->insn->imm;

	if (!base)
		return exec_fault(x, X86_DE);
	put_double(x, 1, al % base, al / base);
	flags_set(x, X86_ARITHMETIC_FLAGS, exec_flags_of(al % base, 1));
	return X86_DONE;
}

enum x86_result exec_aad(struct exec *x)
{
	uint32_t al = exec_reg_get(x->cpu, X86_EAX, 1), ah = exec_reg_get(x->cpu, REG_AH, 1);
	uint32_t result = (al + ah * x->insn->imm) & 0xFF;

	put_double(x, 1, result, 0);
	flags_set(x, X86_ARITHMETIC_FLAGS, exec_flags_of(result, 1));
	return X86_DONE;
}
