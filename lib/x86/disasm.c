/* The disassembler: the text of a decoded instruction.
 *
 * The text shows what the encoding says, no more: sizes are spelt out where no register shows
 * them, an operand-size prefix that changes nothing visible appears as o16 or o32, an address
 * size as a16 or a32, a segment prefix without a memory operand as a word in front. Immediates
 * are shown cut to their size; a byte displacement with its sign, because that is what it is.
 *
 * To read: the tests compare with objdump and ndisasm and list where and why we differ. */
#include <base/fmt.h>
#include <base/mem.h>
#include <x86/disasm.h>

/* The names in one block of text, found by 16-bit offsets: no pointers to relocate. */
#define FIELD(id, text, flags, handler) char id[sizeof text];
#define VALUE(id, text, flags, handler) .id = text,
#define OFFSET(id, text, flags, handler) [X86_OP_##id] = offsetof(struct names, id),
struct names { X86_OPS(FIELD) };
static const struct names names = { X86_OPS(VALUE) };
static const uint16_t name_offset[X86_OP_COUNT] = { X86_OPS(OFFSET) };
#undef FIELD
#undef VALUE
#undef OFFSET

const char *x86_op_name(unsigned op)
{
	return (const char *)&names + name_offset[op];
}

static const char seg_names[8][3] = { "es", "cs", "ss", "ds", "fs", "gs", "s6", "s7" };
static const char reg_names[16][3] = {
	"ax", "cx", "dx", "bx", "sp", "bp", "si", "di",
	"al", "cl", "dl", "bl", "ah", "ch", "dh", "bh",
};
static const char conditions[16][3] = {
	"o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "pe", "po", "l", "ge", "le", "g",
};

struct text {
	char *buf;
	size_t size, used;
	const struct insn *insn;
	uint32_t ip;
	struct x86_symbols *symbols;
};

static void put(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void put(struct text *text, const char *format, ...)
{
	size_t at = text->used < text->size ? text->used : text->size;
	va_list args;

	va_start(args, format);
	text->used += fmt_vbuf(text->buf + at, text->size - at, format, args);
	va_end(args);
}

static const struct x86_operand *memory_operand(const struct insn *insn)
{
	for (unsigned i = 0; i < X86_OPERANDS; i++)
		if (insn->operand[i].kind == X86_OPERAND_MEM)
			return &insn->operand[i];
	return NULL;
}

static bool is_shift(unsigned op)
{
	return op >= X86_OP_ROL && op <= X86_OP_SAR;
}

/* Operations whose memory operand's size goes without saying. */
static bool is_sizeless(unsigned op)
{
	switch (op) {
	case X86_OP_LES: case X86_OP_LDS: case X86_OP_LSS: case X86_OP_LFS: case X86_OP_LGS:
	case X86_OP_BOUND: case X86_OP_SGDT: case X86_OP_SIDT: case X86_OP_LGDT: case X86_OP_LIDT:
		return true;
	}
	return false;
}

/* Does the text of another operand show how long the memory operand is? */
static bool register_shows_size(const struct insn *insn, unsigned size)
{
	if (is_shift(insn->op) || insn->op == X86_OP_MOVZX || insn->op == X86_OP_MOVSX)
		return false;
	for (unsigned i = 0; i < X86_OPERANDS; i++) {
		const struct x86_operand *operand = &insn->operand[i];

		if ((operand->kind == X86_OPERAND_REG || operand->kind == X86_OPERAND_SEG) &&
		    operand->size == size)
			return true;
	}
	return false;
}

/* Would the reader see the effect of an operand-size prefix? */
static bool opsize_shows(const struct insn *insn, const char *name)
{
	if ((strchr(name, '|') && insn->op != X86_OP_JCXZ) || strchr(name, '#'))
		return true;
	for (unsigned i = 0; i < X86_OPERANDS; i++) {
		const struct x86_operand *operand = &insn->operand[i];

		if (operand->size != insn->opsize)
			continue;
		if (operand->kind == X86_OPERAND_REG)
			return true;
		if (operand->kind == X86_OPERAND_MEM && !(x86_op_flags(insn->op) & X86_F_X87) &&
		    !is_sizeless(insn->op) && insn->op != X86_OP_JMP_FAR &&
		    insn->op != X86_OP_CALL_FAR)
			return true;
	}
	return false;
}

static void put_prefixes(struct text *text, const char *name)
{
	const struct insn *insn = text->insn;
	const struct x86_operand *memory = memory_operand(insn);
	unsigned prefixes = insn->prefixes, flags = x86_op_flags(insn->op);

	if (prefixes & X86_PREFIX_LOCK)
		put(text, "lock ");
	if (prefixes & X86_PREFIX_REPNE)
		put(text, "repne ");
	if (prefixes & X86_PREFIX_REP)
		put(text, flags & X86_F_REPE ? "repe " : "rep ");
	if ((prefixes & X86_PREFIX_SEG) && !memory)
		put(text, "%s ", seg_names[insn->seg]);
	if ((prefixes & X86_PREFIX_ADDRSIZE) && insn->op != X86_OP_JCXZ &&
	    !(memory && (insn->base != X86_NO_REG || insn->index != X86_NO_REG)))
		put(text, insn->addrsize == 4 ? "a32 " : "a16 ");
	if ((prefixes & X86_PREFIX_OPSIZE) && !opsize_shows(insn, name))
		put(text, insn->opsize == 4 ? "o32 " : "o16 ");
}

static void put_name(struct text *text, const char *name)
{
	const struct insn *insn = text->insn;
	unsigned size = insn->op == X86_OP_JCXZ ? insn->addrsize : insn->opsize;
	const char *second = strchr(name, '|');

	if (second && size == 4)
		name = second + 1;
	for (; *name && *name != '|'; name++) {
		unsigned element = insn->operand[0].kind == X86_OPERAND_REG && insn->op == X86_OP_OUTS ?
			insn->operand[1].size : insn->operand[0].size;

		if (*name == '#')
			put(text, "%c", element == 1 ? 'b' : element == 2 ? 'w' : 'd');
		else if (*name == '*')
			put(text, "%s", conditions[insn->opcode & 15]);
		else
			put(text, "%c", *name);
	}
}

static void put_register(struct text *text, unsigned size, unsigned reg)
{
	put(text, "%s%s", size == 4 ? "e" : "", reg_names[size == 1 ? reg + 8 : reg]);
}

static bool put_memory_symbol(struct text *text, uint32_t offset, const char *sign)
{
	struct x86_symbols *symbols = text->symbols;
	char name[64];

	if (!symbols || !symbols->memory || !symbols->memory(symbols, text->insn->seg, offset, name, sizeof name))
		return false;
	put(text, "%s%s", sign, name);
	return true;
}

static void put_displacement(struct text *text)
{
	const struct insn *insn = text->insn;
	uint32_t mask = insn->addrsize == 2 ? 0xFFFF : 0xFFFFFFFF;
	bool alone = insn->base == X86_NO_REG && insn->index == X86_NO_REG;

	if (insn->disp_size == insn->addrsize && put_memory_symbol(text, insn->disp & mask, alone ? "" : "+"))
		return;
	if (alone)
		put(text, "0x%x", insn->disp & mask);
	else if ((int32_t)insn->disp < 0 && (insn->disp_size == 1 || insn->addrsize == 4))
		put(text, "-0x%x", -insn->disp);
	else if (insn->disp_size)
		put(text, "+0x%x", insn->disp & mask);
}

static void put_address(struct text *text)
{
	const struct insn *insn = text->insn;

	if (insn->prefixes & X86_PREFIX_SEG)
		put(text, "%s:", seg_names[insn->seg]);
	put(text, "[");
	if (insn->base != X86_NO_REG)
		put_register(text, insn->addrsize, insn->base);
	if (insn->index != X86_NO_REG) {
		if (insn->base != X86_NO_REG)
			put(text, "+");
		put_register(text, insn->addrsize, insn->index);
		if (insn->addrsize == 4)
			put(text, "*%u", 1u << insn->scale);
	}
	put_displacement(text);
	put(text, "]");
}

static void put_memory(struct text *text, unsigned size)
{
	static const char words[][7] = {
		[1] = "byte ", [2] = "word ", [4] = "dword ", [8] = "qword ", [10] = "tword ",
	};
	const struct insn *insn = text->insn;

	if (insn->op == X86_OP_JMP_FAR || insn->op == X86_OP_CALL_FAR)
		put(text, "far ");
	else if (size < sizeof words / sizeof *words && !is_sizeless(insn->op) &&
		 !register_shows_size(insn, size))
		put(text, "%s", words[size]);
	put_address(text);
}

static bool put_symbol(struct text *text, int32_t selector, uint32_t offset)
{
	char name[64];

	if (!text->symbols || !text->symbols->name(text->symbols, selector, offset, name, sizeof name))
		return false;
	put(text, "%s", name);
	return true;
}

static void put_target(struct text *text)
{
	const struct insn *insn = text->insn;
	uint32_t target = text->ip + insn->length + insn->imm;

	if (insn->opsize == 2)
		target &= 0xFFFF;
	if (!put_symbol(text, -1, target))
		put(text, "0x%x", target);
}

static void put_operand(struct text *text, const struct x86_operand *operand)
{
	const struct insn *insn = text->insn;
	uint32_t mask = operand->size == 1 ? 0xFF : operand->size == 2 ? 0xFFFF : 0xFFFFFFFF;

	switch (operand->kind) {
	case X86_OPERAND_REG: put_register(text, operand->size, operand->reg); break;
	case X86_OPERAND_SEG: put(text, "%s", seg_names[operand->reg]); break;
	case X86_OPERAND_CR: put(text, "cr%u", operand->reg); break;
	case X86_OPERAND_DR: put(text, "dr%u", operand->reg); break;
	case X86_OPERAND_TR: put(text, "tr%u", operand->reg); break;
	case X86_OPERAND_ST: put(text, "st(%u)", operand->reg); break;
	case X86_OPERAND_MEM: put_memory(text, operand->size); break;
	case X86_OPERAND_IMM: put(text, "0x%x", insn->imm & mask); break;
	case X86_OPERAND_IMM2: put(text, "0x%x", insn->imm2); break;
	case X86_OPERAND_REL: put_target(text); break;
	case X86_OPERAND_FAR:
		if (!put_symbol(text, insn->imm2, insn->imm))
			put(text, "0x%x:0x%x", insn->imm2, insn->imm);
		break;
	}
}

/* The operands of string instructions are always the same, 10 is AAM's and AAD's. */
static bool hides_operands(const struct insn *insn)
{
	return (x86_op_flags(insn->op) & X86_F_STRING) ||
	       ((insn->op == X86_OP_AAM || insn->op == X86_OP_AAD) && insn->imm == 10);
}

size_t x86_disassemble(char *buf, size_t size, const struct insn *insn, uint32_t ip,
		       struct x86_symbols *symbols)
{
	struct text text = { .buf = buf, .size = size, .insn = insn, .ip = ip, .symbols = symbols };
	const char *name = x86_op_name(insn->op);

	put_prefixes(&text, name);
	put_name(&text, name);
	if (hides_operands(insn))
		return text.used;
	for (unsigned i = 0; i < X86_OPERANDS && insn->operand[i].kind; i++) {
		put(&text, i ? "," : " ");
		put_operand(&text, &insn->operand[i]);
	}
	return text.used;
}
