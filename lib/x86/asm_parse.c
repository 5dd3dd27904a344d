/* The assembler's reader: words, expressions, operands.
 *
 * An expression's value is a sum of a number and registers, so that `[bx+(2*3)-1+si]` and
 * `[4*eax+ebx]` need no grammar of their own: operators work on such sums, and complain where a
 * register makes no sense. C's operators and precedence, but for comparisons. */
#include "asm_parse.h"

#include <base/fmt.h>
#include <base/mem.h>

enum { DEPTH_MAX = 12, WORD_SHOWN = 20 };

bool reader_fail(struct reader *s, const char *at, const char *format, ...)
{
	va_list args;

	if (s->failed)
		return false;
	s->failed = true;
	s->as->column = (unsigned)(at - s->line);
	va_start(args, format);
	fmt_vbuf(s->as->why, sizeof s->as->why, format, args);
	va_end(args);
	return false;
}

bool reader_more(struct reader *s)
{
	while (char_is_space((uint8_t)*s->at))
		s->at++;
	return *s->at && *s->at != ';';
}

static bool is_word(char c)
{
	return char_is_alpha((uint8_t)c) || char_is_digit((uint8_t)c) || (c && strchr("_.@?", c));
}

size_t reader_word(const struct reader *s)
{
	size_t n = 0;

	while (is_word(s->at[n]))
		n++;
	return n;
}

bool reader_char(struct reader *s, char c)
{
	if (!reader_more(s) || *s->at != c)
		return false;
	s->at++;
	return true;
}

bool word_is(const char *text, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (char_to_lower((uint8_t)text[i]) != name[i])
			return false;
	return !name[n];
}

/* --- names of registers --------------------------------------------------------------------- */

static const char reg_names[16][3] = {
	"ax", "cx", "dx", "bx", "sp", "bp", "si", "di",
	"al", "cl", "dl", "bl", "ah", "ch", "dh", "bh",
};

static bool find_reg(const char *text, size_t n, uint8_t *reg, uint8_t *size)
{
	bool wide = n == 3 && char_to_lower((uint8_t)*text) == 'e';

	for (unsigned i = 0; i < (wide ? 8 : 16); i++) {
		if (word_is(text + wide, n - wide, reg_names[i])) {
			*reg = i & 7;
			*size = wide ? 4 : i < 8 ? 2 : 1;
			return true;
		}
	}
	return false;
}

unsigned find_seg(const char *text, size_t n)
{
	static const char names[X86_SEGS][3] = { "es", "cs", "ss", "ds", "fs", "gs" };
	unsigned seg = 0;

	while (seg < X86_SEGS && !word_is(text, n, names[seg]))
		seg++;
	return seg;
}

/* CRn, DRn, TRn, STn. */
static bool find_numbered(const char *text, size_t n, struct arg *arg)
{
	static const struct { char name[3]; uint8_t kind, size; } kinds[] = {
		{ "cr", ARG_CR, 4 }, { "dr", ARG_DR, 4 }, { "tr", ARG_TR, 4 }, { "st", ARG_ST, 0 },
	};

	if (n != 3 || text[2] < '0' || text[2] > '7')
		return false;
	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (word_is(text, 2, kinds[i].name)) {
			arg->kind = kinds[i].kind;
			arg->size = kinds[i].size;
			arg->reg = (uint8_t)(text[2] - '0');
			return true;
		}
	}
	return false;
}

static const struct { char name[7]; uint8_t size, distance; } qualifiers[] = {
	{ "byte", 1, 0 }, { "word", 2, 0 }, { "dword", 4, 0 }, { "fword", 6, 0 }, { "qword", 8, 0 },
	{ "tword", 10, 0 }, { "tbyte", 10, 0 }, { "short", 0, DISTANCE_SHORT }, { "near", 0, DISTANCE_NEAR },
	{ "far", 0, DISTANCE_FAR }, { "ptr", 0, 0 }, { "offset", 0, 0 },
};
enum { QUALIFIERS = sizeof qualifiers / sizeof *qualifiers };

static unsigned find_qualifier(const char *text, size_t n)
{
	unsigned i = 0;

	while (i < QUALIFIERS && !word_is(text, n, qualifiers[i].name))
		i++;
	return i;
}

bool x86_asm_reserved(const char *text, size_t n)
{
	struct arg arg;
	uint8_t reg, size;

	return find_reg(text, n, &reg, &size) || find_seg(text, n) < X86_SEGS ||
	       find_numbered(text, n, &arg) || word_is(text, n, "st") || find_qualifier(text, n) < QUALIFIERS;
}

/* --- expressions ---------------------------------------------------------------------------- */

enum op { OP_OR, OP_XOR, OP_AND, OP_LEFT, OP_RIGHT, OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OPS };
enum { PRECEDENCE_UNARY = 7 };

static const struct { char text[3]; uint8_t precedence; } operators[OPS] = {
	[OP_OR] = { "|", 1 }, [OP_XOR] = { "^", 2 }, [OP_AND] = { "&", 3 }, [OP_LEFT] = { "<<", 4 },
	[OP_RIGHT] = { ">>", 4 }, [OP_ADD] = { "+", 5 }, [OP_SUB] = { "-", 5 }, [OP_MUL] = { "*", 6 },
	[OP_DIV] = { "/", 6 }, [OP_MOD] = { "%", 6 },
};

static bool reader_form(struct reader *s, struct form *form, unsigned precedence);

static bool characters(struct reader *s, struct form *form)
{
	const char *start = s->at;
	char quote = *s->at++;
	unsigned n = 0;

	for (; *s->at && *s->at != quote; s->at++, n++)
		if (n < 4)
			form->number |= (int64_t)(uint8_t)*s->at << 8 * n;
	if (!*s->at)
		return reader_fail(s, start, "a quote is not closed; close it");
	s->at++;
	return (n && n <= 4) || reader_fail(s, start, "1 to 4 characters make a number");
}

static bool named(struct reader *s, struct form *form, size_t n)
{
	const char *text = s->at;
	uint32_t value = 0;
	int shown = n < WORD_SHOWN ? (int)n : WORD_SHOWN;

	switch (s->as->word(s->as->ctx, text, n, &value)) {
	case X86_ASM_NO_WORD:
		return reader_fail(s, text, "%.*s: no number, register or label", shown, text);
	case X86_ASM_TOO_LARGE:
		return reader_fail(s, text, "%.*s: does not fit into 32 bits", shown, text);
	case X86_ASM_UNKNOWN:
		form->unknown = s->as->unknown = true;
		/* fallthrough */
	case X86_ASM_FORWARD:
		form->later = true;
		break;
	case X86_ASM_KNOWN:
		break;
	}
	form->number = form->unknown ? 0 : value;
	s->at += n;
	return true;
}

static bool operand(struct reader *s, struct form *form)
{
	static const char unary[] = "-~+";
	const char *start, *sign;
	size_t n;

	*form = (struct form){ 0 };
	if (!reader_more(s))
		return reader_fail(s, s->at, "an operand is missing");
	start = s->at;
	sign = strchr(unary, *s->at);
	if (sign) {
		s->at++;
		if (!reader_form(s, form, PRECEDENCE_UNARY))
			return false;
		if (form->count && *sign != '+')
			return reader_fail(s, start, "a register can only be added");
		form->number = *sign == '-' ? -form->number : *sign == '~' ? (int64_t)~(uint32_t)form->number : form->number;
		return true;
	}
	if (reader_char(s, '('))
		return reader_form(s, form, 0) &&
		       (reader_char(s, ')') || reader_fail(s, start, "`(` is not closed"));
	if (*s->at == '\'' || *s->at == '"')
		return characters(s, form);
	if (reader_char(s, '$')) {
		form->number = s->as->ip;
		return true;
	}
	n = reader_word(s);
	if (!n)
		return reader_fail(s, start, "`%.*s`: a number, register or label was expected", 1, start);
	if (find_reg(s->at, n, &form->regs[0].reg, &form->regs[0].size)) {
		form->count = form->regs[0].scale = 1;
		s->at += n;
		return true;
	}
	return named(s, form, n);
}

static bool add_registers(struct reader *s, const char *at, struct form *a, const struct form *b)
{
	if (a->count + b->count > 2)
		return reader_fail(s, at, "more than two registers in an address");
	for (unsigned i = 0; i < b->count; i++)
		a->regs[a->count++] = b->regs[i];
	return true;
}

static bool scale(struct reader *s, const char *at, struct form *a, const struct form *b)
{
	const struct form *form = a->count ? a : b;
	int64_t factor = a->count ? b->number : a->number;
	struct form result = { .count = 1, .later = a->later || b->later, .unknown = a->unknown || b->unknown };

	if (a->count + b->count != 1 || form->number || form->regs[0].scaled)
		return reader_fail(s, at, "only one register can be multiplied");
	if (factor < 1 || factor > 9)
		return reader_fail(s, at, "a register can be multiplied by 1, 2, 4 or 8");
	result.regs[0] = form->regs[0];
	result.regs[0].scale = (uint8_t)factor;
	result.regs[0].scaled = true;
	*a = result;
	return true;
}

static bool calculate(struct reader *s, const char *at, unsigned op, struct form *a, const struct form *b)
{
	int64_t x = a->number, y = b->number;

	if (op == OP_MUL && (a->count || b->count))
		return scale(s, at, a, b);
	if (op == OP_ADD && !add_registers(s, at, a, b))
		return false;
	if (op != OP_ADD && (b->count || (a->count && op != OP_SUB)))
		return reader_fail(s, at, "a register can only be added");
	if ((op == OP_DIV || op == OP_MOD) && (uint32_t)y == 0 && !b->unknown)
		return reader_fail(s, at, "division by zero");
	switch (op) {
	case OP_OR: x |= y; break;
	case OP_XOR: x ^= y; break;
	case OP_AND: x &= y; break;
	case OP_LEFT: x = y < 0 || y > 31 ? 0 : (int64_t)((uint64_t)x << y); break;
	case OP_RIGHT: x = y < 0 || y > 31 ? 0 : (uint32_t)x >> y; break;
	case OP_ADD: x += y; break;
	case OP_SUB: x -= y; break;
	case OP_MUL: x = x > INT32_MAX || x < INT32_MIN || y > INT32_MAX || y < INT32_MIN ?
			 (x && y ? INT64_MAX : 0) : x * y; break;
	case OP_DIV: x = b->unknown ? 0 : (uint32_t)x / (uint32_t)y; break;
	case OP_MOD: x = b->unknown ? 0 : (uint32_t)x % (uint32_t)y; break;
	}
	a->number = x;
	a->later |= b->later;
	a->unknown |= b->unknown;
	return (x <= UINT32_MAX && x >= INT32_MIN) || reader_fail(s, at, "the result does not fit into 32 bits");
}

static unsigned operator_at(const char *at)
{
	unsigned op = 0;

	while (op < OPS && strncmp(at, operators[op].text, strlen(operators[op].text)))
		op++;
	return op;
}

static bool form_rest(struct reader *s, struct form *form, unsigned precedence)
{
	while (reader_more(s)) {
		const char *at = s->at;
		unsigned op = operator_at(at);
		struct form right;

		if (op == OPS || operators[op].precedence <= precedence)
			return true;
		s->at += strlen(operators[op].text);
		if (!reader_form(s, &right, operators[op].precedence) || !calculate(s, at, op, form, &right))
			return false;
	}
	return true;
}

/* `precedence`: of the operator in front, which binds what it binds. */
static bool reader_form(struct reader *s, struct form *form, unsigned precedence)
{
	bool well;

	if (++s->depth > DEPTH_MAX)
		return reader_fail(s, s->at, "the expression is nested too deeply");
	well = operand(s, form) && form_rest(s, form, precedence);
	s->depth--;
	return well;
}

bool reader_number(struct reader *s, struct form *form)
{
	const char *at = s->at;

	if (!reader_form(s, form, 0))
		return false;
	return !form->count || reader_fail(s, at, "a register is no number");
}

/* --- operands ------------------------------------------------------------------------------- */

/* `[...]`, behind its `[`; adds to what arg->value holds. */
static bool bracket(struct reader *s, struct arg *arg)
{
	const char *start = s->at - 1;
	struct form inside;
	unsigned seg;
	size_t n;

	reader_more(s);
	n = reader_word(s);
	seg = find_seg(s->at, n);
	if (seg < X86_SEGS) {
		s->at += n;
		if (!reader_char(s, ':'))
			return reader_fail(s, s->at, "`:` was expected behind a segment register");
		arg->seg = (uint8_t)seg;
	}
	return reader_form(s, &inside, 0) && calculate(s, start, OP_ADD, &arg->value, &inside) &&
	       (reader_char(s, ']') || reader_fail(s, start, "`[` is not closed"));
}

/* `[bx][si]` and `table[bx]`, too, as DEBUG takes them. */
static bool memory(struct reader *s, struct arg *arg)
{
	arg->kind = ARG_MEM;
	do {
		if (!bracket(s, arg))
			return false;
	} while (reader_char(s, '['));
	return true;
}

static bool stack_register(struct reader *s, struct arg *arg)
{
	arg->kind = ARG_ST;
	arg->reg = 0;
	if (!reader_char(s, '('))
		return true;
	reader_more(s);
	if (*s->at < '0' || *s->at > '7')
		return reader_fail(s, s->at, "a register of the coprocessor is st(0) to st(7)");
	arg->reg = (uint8_t)(*s->at++ - '0');
	return reader_char(s, ')') || reader_fail(s, s->at, "`)` was expected");
}

/* A register of any kind, or what a segment register is in front of. *taken: it was one. */
static bool register_arg(struct reader *s, struct arg *arg, bool *taken)
{
	size_t n = reader_word(s);
	unsigned seg = find_seg(s->at, n);
	uint8_t reg, size;

	*taken = true;
	if (word_is(s->at, n, "st")) {
		s->at += n;
		return stack_register(s, arg);
	}
	if (seg < X86_SEGS) {
		s->at += n;
		arg->kind = ARG_SEG;
		arg->reg = arg->seg = (uint8_t)seg;
		if (!reader_char(s, ':'))
			return true;
		if (!reader_char(s, '[') && (!reader_number(s, &arg->value) || !reader_char(s, '[')))
			return reader_fail(s, s->at, "`[` was expected behind a segment register");
		return memory(s, arg);
	}
	if (find_numbered(s->at, n, arg)) {
		s->at += n;
		return true;
	}
	*taken = find_reg(s->at, n, &reg, &size);
	if (!*taken)
		return true;
	s->at += n;
	arg->kind = ARG_REG;
	arg->reg = reg;
	if (arg->size && arg->size != size)
		return reader_fail(s, s->at - n, "the register has another size");
	arg->size = size;
	return true;
}

static bool number_arg(struct reader *s, struct arg *arg)
{
	struct form offset;

	arg->kind = ARG_NUMBER;
	if (!reader_number(s, &arg->value))
		return false;
	if (reader_char(s, '['))
		return memory(s, arg);
	if (!reader_char(s, ':'))
		return true;
	if (arg->value.number < 0 || arg->value.number > 0xFFFF)
		return reader_fail(s, s->line + arg->column, "a segment has 16 bits");
	arg->kind = ARG_FAR;
	arg->selector = (uint32_t)arg->value.number;
	if (!reader_number(s, &offset))
		return false;
	offset.unknown |= arg->value.unknown;
	arg->value = offset;
	return true;
}

bool reader_arg(struct reader *s, struct arg *arg)
{
	bool taken;

	*arg = (struct arg){ .seg = X86_SEGS };
	while (reader_more(s)) {
		size_t n = reader_word(s);
		unsigned i = find_qualifier(s->at, n);

		if (i == QUALIFIERS)
			break;
		if ((arg->size && qualifiers[i].size) || (arg->distance && qualifiers[i].distance))
			return reader_fail(s, s->at, "%.*s: one such word is enough", (int)n, s->at);
		arg->size |= qualifiers[i].size;
		arg->distance |= qualifiers[i].distance;
		s->at += n;
	}
	arg->column = (unsigned)(s->at - s->line);
	if (!reader_more(s))
		return reader_fail(s, s->at, "an operand is missing");
	arg->column = (unsigned)(s->at - s->line);
	if (reader_char(s, '['))
		return memory(s, arg);
	if (!register_arg(s, arg, &taken))
		return false;
	return taken || number_arg(s, arg);
}
