/* The assembler's writer: a row that fits, and its operands, as bytes.
 *
 * To read: Intel 80386 Programmer's Reference Manual, "Instruction Format", "ModR/M and SIB Bytes". */
#include "asm_row.h"

enum { FWAIT = 0x9B, PREFIX_OPSIZE = 0x66, PREFIX_ADDRSIZE = 0x67, ESCAPE = 0x0F };

static void put(struct code *code, uint32_t value, unsigned size)
{
	for (unsigned i = 0; i < size && code->n < sizeof code->bytes; i++)
		code->bytes[code->n++] = (uint8_t)(value >> 8 * i);
}

/* An address as ModRM and SIB have it. */
struct address {
	uint8_t base, index, scale;  /* X86_NO_REG; scale 1, 2, 4, 8 */
};

/* Which of two registers is the base: the one without a factor, the first of equals; ESP cannot be an
 * index. [eax*3] is [eax+eax*2]. */
static bool sort_address(const struct form *form, struct address *a)
{
	const struct form_reg *x = &form->regs[0], *y = &form->regs[1];

	*a = (struct address){ X86_NO_REG, X86_NO_REG, 1 };
	if (form->count == 1) {
		bool odd = x->scale == 3 || x->scale == 5 || x->scale == 9;

		if (!x->scaled || odd)
			a->base = x->reg;
		if (x->scaled) {
			a->index = x->reg;
			a->scale = (uint8_t)(x->scale - odd);
		}
	} else if (form->count == 2) {
		if ((x->scaled && !y->scaled) || (y->reg == X86_ESP && x->scaled == y->scaled)) {
			const struct form_reg *swap = x;

			x = y;
			y = swap;
		}
		a->base = x->reg;
		a->index = y->reg;
		a->scale = y->scale;
		if (x->scale != 1)
			return false;
	}
	return a->index != X86_ESP && (a->scale == 1 || a->scale == 2 || a->scale == 4 || a->scale == 8);
}

static unsigned displacement_size(const struct form *form, unsigned full, bool needed)
{
	if (form->later)
		return full;
	if (!(full == 2 ? (uint16_t)form->number : (uint32_t)form->number) && !needed)
		return 0;
	return fits_signed_byte(form, full) ? 1 : full;
}

static bool put_address_16(struct code *code, const struct form *form, unsigned reg)
{
	/* Base and index of each rm; the first four in either order. */
	static const uint8_t pairs[8][2] = {
		{ X86_EBX, X86_ESI }, { X86_EBX, X86_EDI }, { X86_EBP, X86_ESI }, { X86_EBP, X86_EDI },
		{ X86_ESI, X86_NO_REG }, { X86_EDI, X86_NO_REG }, { X86_EBP, X86_NO_REG }, { X86_EBX, X86_NO_REG },
	};
	uint8_t a = form->count > 0 ? form->regs[0].reg : X86_NO_REG;
	uint8_t b = form->count > 1 ? form->regs[1].reg : X86_NO_REG;
	unsigned size, rm = 0;

	for (unsigned i = 0; i < form->count; i++)
		if (form->regs[i].scale != 1)
			return false;
	if (!form->count) {
		put(code, reg << 3 | 6, 1);
		put(code, (uint32_t)form->number, 2);
		return true;
	}
	while (rm < 8 && !(pairs[rm][0] == a && pairs[rm][1] == b) && !(pairs[rm][0] == b && pairs[rm][1] == a))
		rm++;
	if (rm == 8)
		return false;
	size = displacement_size(form, 2, rm == 6);
	put(code, size << 6 | reg << 3 | rm, 1);
	put(code, (uint32_t)form->number, size);
	return true;
}

static bool put_address_32(struct code *code, const struct form *form, unsigned reg)
{
	static const uint8_t shifts[9] = { [1] = 0, [2] = 1, [4] = 2, [8] = 3 };
	struct address a;
	unsigned size, mod;
	bool sib;

	if (!sort_address(form, &a))
		return false;
	sib = a.index != X86_NO_REG || a.base == X86_ESP;
	size = a.base == X86_NO_REG ? 4 : displacement_size(form, 4, a.base == X86_EBP);
	mod = a.base == X86_NO_REG || !size ? 0 : size == 1 ? 1 : 2;
	put(code, mod << 6 | reg << 3 | (sib ? 4u : a.base == X86_NO_REG ? 5u : a.base), 1);
	if (sib)
		put(code, (unsigned)shifts[a.scale] << 6 | (a.index == X86_NO_REG ? 4u : a.index) << 3 |
		    (a.base == X86_NO_REG ? 5u : a.base), 1);
	put(code, (uint32_t)form->number, size);
	return true;
}

/* ModRM with what follows it. `wrong`: the argument that cannot be encoded. */
static bool put_modrm(struct trial *t, struct code *code, unsigned *wrong)
{
	unsigned reg = t->at->reg == NOT_GIVEN ? 0 : t->at->reg, rm = t->at->rm == NOT_GIVEN ? 0 : t->at->rm;
	const struct arg *address = NULL;

	for (unsigned i = 0; i < t->count; i++) {
		const struct arg *arg = t->args[i];
		unsigned from = t->specs[i]->from;

		if (!arg || from < FROM_RM || from > FROM_REG_TR)
			continue;
		if (arg->kind == ARG_MEM) {
			address = arg;
			*wrong = i;
		} else if (from <= FROM_RM_ST) {
			rm = arg->reg;
		} else {
			reg = arg->reg;
		}
	}
	/* Nothing written: the register below the top. */
	for (unsigned i = 0; i < t->count; i++)
		if (!t->args[i] && t->specs[i]->from == FROM_RM_ST)
			rm = 1;
	if (address)
		return t->addrsize == 2 ? put_address_16(code, &address->value, reg)
					: put_address_32(code, &address->value, reg);
	put(code, 0xC0 | reg << 3 | rm, 1);
	return true;
}

void put_prefixes(const struct trial *t, struct code *code)
{
	static const uint8_t overrides[X86_SEGS] = { 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65 };
	unsigned bits = t->w->as->bits, prefixes = t->w->prefixes;

	if (t->w->fwait)
		put(code, FWAIT, 1);
	if (prefixes & X86_PREFIX_LOCK)
		put(code, 0xF0, 1);
	if (prefixes & X86_PREFIX_REPNE)
		put(code, 0xF2, 1);
	if (prefixes & X86_PREFIX_REP)
		put(code, 0xF3, 1);
	if (t->prefix_seg < X86_SEGS)
		put(code, overrides[t->prefix_seg], 1);
	if (t->addrsize * 8 != bits)
		put(code, PREFIX_ADDRSIZE, 1);
	if (t->opsize * 8 != bits)
		put(code, PREFIX_OPSIZE, 1);
}

/* A jump's distance, from the end of the instruction, which it ends. */
static bool put_target(const struct trial *t, struct code *code, const struct form *target, unsigned size)
{
	uint32_t distance = (uint32_t)target->number - (t->w->as->ip + code->n + size);

	if (t->opsize == 2)
		distance = (uint32_t)(int16_t)distance;
	if (target->unknown)
		distance = -(code->n + size);
	put(code, distance, size);
	return size != 1 || (int8_t)distance == (int32_t)distance;
}

static bool put_immediates(struct trial *t, struct code *code, unsigned *wrong)
{
	for (unsigned i = 0; i < t->count; i++) {
		const struct arg *arg = t->args[i];
		unsigned size = real_size(t->specs[i]->size, t->opsize);

		*wrong = i;
		if (!arg)
			continue;
		switch (t->specs[i]->from) {
		case FROM_IMM: put(code, (uint32_t)arg->value.number, size); break;
		case FROM_IMM_SIGNED:
		case FROM_IMM2: put(code, (uint32_t)arg->value.number, 1); break;
		case FROM_OFFSET: put(code, (uint32_t)arg->value.number, t->addrsize); break;
		case FROM_REL:
			if (!put_target(t, code, &arg->value, size))
				return false;
			break;
		case FROM_FAR:
			put(code, (uint32_t)arg->value.number, t->opsize);
			put(code, arg->selector, 2);
			break;
		}
	}
	return true;
}

enum why put_instruction(struct trial *t, struct code *code, unsigned *wrong)
{
	put_prefixes(t, code);
	if (t->at->two)
		put(code, ESCAPE, 1);
	put(code, t->at->opcode, 1);
	if (t->at->modrm && !put_modrm(t, code, wrong))
		return WHY_KIND;
	return put_immediates(t, code, wrong) ? WHY_NOTHING : WHY_FAR_AWAY;
}
