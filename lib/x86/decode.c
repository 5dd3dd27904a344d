/* The decoder: from bytes to struct insn, by the tables alone.
 *
 * Prefixes are gathered, the opcode's row is found (through its group, if it has one), ModRM
 * is taken apart into base, index, scale and displacement, and each operand code of the row
 * is turned into an operand. The bytes come through a cursor that remembers when they ran
 * out, so that only the end has to ask.
 *
 * To read: Intel 80386 Programmer's Reference Manual, "Instruction Format" and "ModR/M and
 * SIB Bytes"; the limit of 15 bytes: Pentium manual, "General Protection Exception". */
#include "table.h"

struct cursor {
	const uint8_t *bytes;
	unsigned available, used;
	int error;
};

static uint8_t next_byte(struct cursor *in)
{
	if (in->used < in->available && in->used < X86_MAX_LENGTH)
		return in->bytes[in->used++];
	if (!in->error)
		in->error = in->used < X86_MAX_LENGTH ? E_AGAIN : E_RANGE;
	return 0;
}

static uint32_t next_value(struct cursor *in, unsigned size)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint32_t)next_byte(in) << (8 * i);
	return value;
}

static uint32_t sign_extend(uint32_t value, unsigned size)
{
	return size == 1 ? (uint32_t)(int8_t)value : size == 2 ? (uint32_t)(int16_t)value : value;
}

/* Notes prefixes until a byte is none, and returns that. */
static uint8_t take_prefixes(struct insn *insn, struct cursor *in)
{
	for (;;) {
		uint8_t byte = next_byte(in);

		switch (byte) {
		case 0x26: case 0x2E: case 0x36: case 0x3E:
			insn->seg = (byte >> 3) & 3;
			insn->prefixes |= X86_PREFIX_SEG;
			break;
		case 0x64: case 0x65:
			insn->seg = X86_FS + (byte & 1);
			insn->prefixes |= X86_PREFIX_SEG;
			break;
		case 0x66:
			insn->prefixes |= X86_PREFIX_OPSIZE;
			break;
		case 0x67:
			insn->prefixes |= X86_PREFIX_ADDRSIZE;
			break;
		case 0xF0:
			insn->prefixes |= X86_PREFIX_LOCK;
			break;
		case 0xF2: case 0xF3:
			insn->prefixes &= (uint8_t)~(X86_PREFIX_REP | X86_PREFIX_REPNE);
			insn->prefixes |= byte & 1 ? X86_PREFIX_REP : X86_PREFIX_REPNE;
			break;
		default:
			return byte;
		}
	}
}

static void set_sizes(struct insn *insn)
{
	bool wide = insn->bits == 32;

	insn->opsize = wide != !!(insn->prefixes & X86_PREFIX_OPSIZE) ? 4 : 2;
	insn->addrsize = wide != !!(insn->prefixes & X86_PREFIX_ADDRSIZE) ? 4 : 2;
}

static void address_16(struct insn *insn, struct cursor *in)
{
	static const uint8_t base[8] = {
		X86_EBX, X86_EBX, X86_EBP, X86_EBP, X86_ESI, X86_EDI, X86_EBP, X86_EBX,
	};
	static const uint8_t index[8] = {
		X86_ESI, X86_EDI, X86_ESI, X86_EDI, X86_NO_REG, X86_NO_REG, X86_NO_REG, X86_NO_REG,
	};
	unsigned mod = insn->modrm >> 6, rm = insn->modrm & 7;

	insn->base = base[rm];
	insn->index = index[rm];
	insn->disp_size = (uint8_t)mod;
	if (mod == 0 && rm == 6) {
		insn->base = X86_NO_REG;
		insn->disp_size = 2;
	}
	insn->disp = sign_extend(next_value(in, insn->disp_size), insn->disp_size);
}

static void address_32(struct insn *insn, struct cursor *in)
{
	unsigned mod = insn->modrm >> 6;

	insn->base = insn->modrm & 7;
	insn->disp_size = mod == 2 ? 4 : (uint8_t)mod;
	if (insn->base == X86_ESP) {
		uint8_t sib = next_byte(in);

		insn->base = sib & 7;
		insn->index = (sib >> 3) & 7;
		insn->scale = sib >> 6;
		if (insn->index == X86_ESP)
			insn->index = X86_NO_REG;
	}
	if (mod == 0 && insn->base == X86_EBP) {
		insn->base = X86_NO_REG;
		insn->disp_size = 4;
	}
	insn->disp = sign_extend(next_value(in, insn->disp_size), insn->disp_size);
}

static void take_address(struct insn *insn, struct cursor *in)
{
	if (insn->addrsize == 2)
		address_16(insn, in);
	else
		address_32(insn, in);
	/* Addresses through the frame or stack pointer are in the stack segment. */
	if (!(insn->prefixes & X86_PREFIX_SEG) &&
	    (insn->base == X86_EBP || insn->base == X86_ESP))
		insn->seg = X86_SS;
}

static bool uses_modrm(const struct x86_row *row)
{
	unsigned from = x86_specs[row->spec[0]].from, second = x86_specs[row->spec[1]].from;

	return (row->op & X86_GROUP) || (from >= FROM_RM && from <= FROM_REG_TR) ||
	       (second >= FROM_RM && second <= FROM_REG_TR);
}

/* Follows groups down to the row of an operation; `specs` gets that of the innermost row that
 * names operands. */
static const struct x86_row *resolve(const struct x86_row *row, uint8_t modrm,
				     const uint8_t **specs)
{
	*specs = row->spec;
	while (row->op & X86_GROUP) {
		unsigned group = row->op & ~X86_GROUP;
		unsigned entry = row->flags & ROW_BY_RM ? modrm & 7 : (modrm >> 3) & 7;

		if ((row->flags & ROW_SPLIT) && modrm >= 0xC0)
			group++;
		row = &x86_groups[group * X86_GROUP_ROWS + entry];
		if (row->spec[0] != None)
			*specs = row->spec;
	}
	return row;
}

static uint8_t real_size(const struct insn *insn, uint8_t size)
{
	bool wide = insn->opsize == 4;

	switch (size) {
	case SIZE_V: return insn->opsize;
	case SIZE_P: return insn->opsize + 2;
	case SIZE_A: return insn->opsize * 2;
	case SIZE_ENV: return wide ? 28 : 14;
	case SIZE_STATE: return wide ? 108 : 94;
	default: return size;
	}
}

static void set_reg(struct x86_operand *operand, enum x86_operand_kind kind, unsigned reg)
{
	operand->kind = (uint8_t)kind;
	operand->reg = (uint8_t)reg;
}

/* Operands that ModRM names. Returns false if there is no such thing. */
static bool take_modrm_operand(struct insn *insn, struct x86_operand *operand, unsigned from)
{
	unsigned reg = (insn->modrm >> 3) & 7, rm = insn->modrm & 7;
	bool memory = insn->modrm < 0xC0;

	switch (from) {
	case FROM_RM: case FROM_RM_WIDE: case FROM_RM_MEM:
		if (memory) {
			operand->kind = X86_OPERAND_MEM;
			return true;
		}
		if (from == FROM_RM_WIDE)
			operand->size = insn->opsize;
		set_reg(operand, X86_OPERAND_REG, rm);
		return from != FROM_RM_MEM;
	case FROM_RM_REG: set_reg(operand, X86_OPERAND_REG, rm); return true;
	case FROM_RM_ST: set_reg(operand, X86_OPERAND_ST, rm); return true;
	case FROM_REG: set_reg(operand, X86_OPERAND_REG, reg); return true;
	case FROM_REG_SEG: set_reg(operand, X86_OPERAND_SEG, reg); return reg < X86_SEGS;
	case FROM_REG_CR: set_reg(operand, X86_OPERAND_CR, reg); return true;
	case FROM_REG_DR: set_reg(operand, X86_OPERAND_DR, reg); return true;
	default: set_reg(operand, X86_OPERAND_TR, reg); return true;
	}
}

/* All others, most of which take more bytes. */
static void take_operand(struct insn *insn, struct cursor *in, struct x86_operand *operand,
			 const struct x86_spec *spec)
{
	switch (spec->from) {
	case FROM_OPCODE: set_reg(operand, X86_OPERAND_REG, insn->opcode & 7); break;
	case FROM_FIXED_REG: set_reg(operand, X86_OPERAND_REG, spec->reg); break;
	case FROM_FIXED_SEG: set_reg(operand, X86_OPERAND_SEG, spec->reg); break;
	case FROM_FIXED_ST: set_reg(operand, X86_OPERAND_ST, 0); break;
	case FROM_IMM:
		operand->kind = X86_OPERAND_IMM;
		insn->imm = next_value(in, operand->size);
		break;
	case FROM_IMM_SIGNED:
		operand->kind = X86_OPERAND_IMM;
		insn->imm = sign_extend(next_byte(in), 1);
		if (operand->size == 2)
			insn->imm &= 0xFFFF;
		break;
	case FROM_IMM2:
		operand->kind = X86_OPERAND_IMM2;
		insn->imm2 = next_byte(in);
		break;
	case FROM_ONE:
		operand->kind = X86_OPERAND_IMM;
		insn->imm = 1;
		break;
	case FROM_REL:
		operand->kind = X86_OPERAND_REL;
		insn->imm = sign_extend(next_value(in, operand->size), operand->size);
		break;
	case FROM_FAR:
		operand->kind = X86_OPERAND_FAR;
		insn->imm = next_value(in, insn->opsize);
		insn->imm2 = (uint16_t)next_value(in, 2);
		break;
	case FROM_OFFSET:
		operand->kind = X86_OPERAND_MEM;
		insn->disp_size = insn->addrsize;
		insn->disp = next_value(in, insn->addrsize);
		break;
	case FROM_SRC: operand->kind = X86_OPERAND_SRC; break;
	case FROM_DST: operand->kind = X86_OPERAND_DST; break;
	}
}

static bool take_operands(struct insn *insn, struct cursor *in, const uint8_t *specs)
{
	for (unsigned i = 0; i < X86_OPERANDS && specs[i] != None; i++) {
		const struct x86_spec *spec = &x86_specs[specs[i]];
		struct x86_operand *operand = &insn->operand[i];

		operand->size = real_size(insn, spec->size);
		if (spec->from >= FROM_RM && spec->from <= FROM_REG_TR) {
			if (!take_modrm_operand(insn, operand, spec->from))
				return false;
		} else {
			take_operand(insn, in, operand, spec);
		}
	}
	return true;
}

/* Does the row treat a mod below 3 as memory? MOV CRn does not: it ignores mod. */
static bool has_address(const struct insn *insn, const uint8_t *specs)
{
	return insn->modrm < 0xC0 && x86_specs[specs[0]].from != FROM_RM_REG &&
	       x86_specs[specs[1]].from != FROM_RM_REG;
}

static int finish(struct insn *insn, const struct cursor *in, bool valid)
{
	insn->length = (uint8_t)in->used;
	if (in->error)
		return in->error;
	if (valid)
		return insn->length;
	insn->op = X86_OP_INVALID;
	for (unsigned i = 0; i < X86_OPERANDS; i++)
		insn->operand[i].kind = X86_OPERAND_NONE;
	return E_INVALID;
}

int x86_decode(struct insn *insn, const uint8_t *bytes, size_t available, unsigned bits)
{
	struct cursor in = {
		.bytes = bytes,
		.available = available < X86_MAX_LENGTH ? (unsigned)available : X86_MAX_LENGTH,
	};
	const struct x86_row *row;
	const uint8_t *specs;

	*insn = (struct insn){
		.bits = (uint8_t)bits, .seg = X86_DS, .base = X86_NO_REG, .index = X86_NO_REG,
	};
	insn->opcode = take_prefixes(insn, &in);
	set_sizes(insn);
	row = &x86_map[insn->opcode];
	if (insn->opcode == 0x0F) {
		insn->opcode = next_byte(&in);
		row = &x86_map_0f[insn->opcode];
	}
	specs = row->spec;
	if (uses_modrm(row)) {
		insn->modrm = next_byte(&in);
		row = resolve(row, insn->modrm, &specs);
		if (row->op != X86_OP_INVALID && has_address(insn, specs))
			take_address(insn, &in);
	}
	insn->op = row->op;
	if (row->op == X86_OP_INVALID)
		return finish(insn, &in, false);
	return finish(insn, &in, take_operands(insn, &in, specs));
}
