/* The debugger's expressions, by two small stacks (Dijkstra's shunting-yard), so that no text
 * however nested can exhaust a task's stack: conditions are evaluated in the machine's own
 * task. */
#include "expr.h"

#include <base/fmt.h>
#include <base/mem.h>

enum { DEPTH = 24, WORD_MAX = 40, CHARACTERS_MAX = 4 };

enum op {
	OP_OR_ELSE, OP_AND_ALSO, OP_OR, OP_XOR, OP_AND, OP_EQUAL, OP_UNEQUAL, OP_NOT_ABOVE, OP_NOT_BELOW,
	OP_SHIFT_LEFT, OP_SHIFT_RIGHT, OP_BELOW, OP_ABOVE, OP_SEGMENT, OP_ADD, OP_SUBTRACT, OP_MULTIPLY,
	OP_DIVIDE, OP_MODULO,
	BINARY_OPS,
	OP_CHOICE = BINARY_OPS,  /* `? :`, when the `:` is there */
	OP_NEGATE, OP_PLUS, OP_COMPLEMENT, OP_LINEAR, OP_PHYSICAL, OP_NOT, OP_SIGNED_BYTE, OP_SIGNED_WORD,
	OP_QUESTION,             /* waits for its `:`; closes like a bracket */
	OP_PAREN, OP_MEMORY,    /* OP_MEMORY + the size in bytes */
};

/* Longer texts before those they begin with. */
static const struct {
	char text[3];
	uint8_t precedence;
} binary[BINARY_OPS] = {
	[OP_OR_ELSE] = { "||", 1 }, [OP_AND_ALSO] = { "&&", 2 }, [OP_OR] = { "|", 3 }, [OP_XOR] = { "^", 4 },
	[OP_AND] = { "&", 5 }, [OP_EQUAL] = { "==", 6 }, [OP_UNEQUAL] = { "!=", 6 },
	[OP_NOT_ABOVE] = { "<=", 7 }, [OP_NOT_BELOW] = { ">=", 7 }, [OP_SHIFT_LEFT] = { "<<", 9 },
	[OP_SHIFT_RIGHT] = { ">>", 9 }, [OP_BELOW] = { "<", 7 }, [OP_ABOVE] = { ">", 7 },
	[OP_SEGMENT] = { ":", 8 }, [OP_ADD] = { "+", 10 }, [OP_SUBTRACT] = { "-", 10 },
	[OP_MULTIPLY] = { "*", 11 }, [OP_DIVIDE] = { "/", 11 }, [OP_MODULO] = { "%", 11 },
};
enum { PRECEDENCE_UNARY = 12 };

struct stacks {
	bool is_signed;          /* all numbers are with a sign */
	struct value values[DEPTH];
	bool below_zero[DEPTH];  /* such a value is a number with a sign, being the result of a minus, say */
	uint8_t ops[DEPTH];
	unsigned value_count, op_count;
};

/* --- operands ------------------------------------------------------------------------------------------ */

static bool push_op(struct expr *e, struct stacks *s, unsigned op)
{
	if (s->op_count == DEPTH)
		return expr_fail(e, E_RANGE, "the expression is nested too deeply");
	s->ops[s->op_count++] = (uint8_t)op;
	return true;
}

static bool push_value(struct expr *e, struct stacks *s, uint32_t number)
{
	if (s->value_count == DEPTH)
		return expr_fail(e, E_RANGE, "the expression is nested too deeply");
	s->below_zero[s->value_count] = false;
	s->values[s->value_count++] = (struct value){ .kind = VALUE_NUMBER, .number = number };
	return true;
}

static bool push_address(struct expr *e, struct stacks *s, const struct value *value)
{
	if (!push_value(e, s, 0))
		return false;
	s->values[s->value_count - 1] = *value;
	return true;
}

static bool characters(struct expr *e, struct stacks *s)
{
	uint8_t text[CHARACTERS_MAX];
	size_t n = expr_string(e, text, sizeof text);
	uint32_t number = 0;

	for (size_t i = 0; i < n; i++)
		number |= (uint32_t)text[i] << 8 * i;
	return n && push_value(e, s, number);
}

/* `byte [`: the size of the memory operand; 0: no such word. */
static unsigned size_word(const char *word, const char *behind)
{
	while (char_is_space((uint8_t)*behind))
		behind++;
	if (!strncmp(behind, "ptr", 3))
		behind += 3;
	while (char_is_space((uint8_t)*behind))
		behind++;
	if (*behind != '[')
		return 0;
	return !strcmp(word, "byte") ? 1 : !strcmp(word, "word") ? 2 : !strcmp(word, "dword") ? 4 : 0;
}

/* A word that is an operator; 0: it is none. */
static unsigned word_op(const char *word)
{
	return !strcmp(word, "not") ? OP_NOT : !strcmp(word, "s8") ? OP_SIGNED_BYTE : !strcmp(word, "s16") ? OP_SIGNED_WORD : 0;
}

/* A word: size of a memory operand, register or number. *operand tells whether it was a value. */
static bool word(struct expr *e, struct stacks *s, bool *operand)
{
	char text[WORD_MAX];
	size_t n = *e->at == '@' ? 1 + expr_word_length(e->at + 1) : expr_word_length(e->at);
	uint32_t number = 0;
	struct value value;
	unsigned size;
	int error;

	if (!n)
		return expr_fail(e, E_INVALID, *e->at ? "`%.20s`: a number, register or address was expected"
				 : "%sa number, register or address is missing at the end", e->at);
	if (n >= sizeof text)
		return expr_fail(e, E_INVALID, "`%.20s...`: no number, register or symbol", e->at);
	for (size_t i = 0; i < n; i++)
		text[i] = (char)char_to_lower((uint8_t)e->at[i]);
	text[n] = 0;
	size = size_word(text, e->at + n);
	if (size) {
		e->at = strchr(e->at, '[') + 1;
		*operand = false;
		return push_op(e, s, OP_MEMORY + size);
	}
	if (word_op(text)) {
		e->at += n;
		*operand = false;
		return push_op(e, s, word_op(text));
	}
	error = char_is_digit((uint8_t)*text) ? E_NOT_FOUND : e->env->reg(e->env->ctx, text, &number, e->why);
	if (error == E_NOT_FOUND) {
		error = expr_parse_number(text, n, &number);
		if (error == E_INVALID && e->env->symbol && e->env->symbol(e->env->ctx, text, &value)) {
			e->at += n;
			*operand = true;
			return push_address(e, s, &value);
		}
		if (error == E_RANGE)
			return expr_fail(e, error, "%s: does not fit into 32 bits", text);
		if (error)
			return expr_fail(e, error, "%s: no number, register or symbol; numbers are hexadecimal, "
					 "0n10 is decimal", text);
	}
	if (error) {
		e->error = error;
		return false;
	}
	e->at += n;
	*operand = true;
	return push_value(e, s, number);
}

/* One operand, or what may stand before one. */
static bool operand(struct expr *e, struct stacks *s, bool *done)
{
	static const struct { char c; uint8_t op; } before[] = {
		{ '-', OP_NEGATE }, { '+', OP_PLUS }, { '~', OP_COMPLEMENT }, { '%', OP_LINEAR },
		{ '!', OP_PHYSICAL }, { '(', OP_PAREN },
	};

	*done = false;
	for (unsigned i = 0; i < sizeof before / sizeof *before; i++) {
		if (*e->at == before[i].c) {
			e->at++;
			return push_op(e, s, before[i].op);
		}
	}
	if (*e->at == '[') {
		e->at++;
		return push_op(e, s, OP_MEMORY + e->env->word_size);
	}
	if (*e->at == '\'' || *e->at == '"') {
		*done = true;
		return characters(e, s);
	}
	return word(e, s, done);
}

/* --- operators -------------------------------------------------------------------------------------------- */

static bool is_address(const struct value *v)
{
	return v->kind != VALUE_NUMBER;
}

/* + and - move an address; everything else works on plain numbers. */
static bool move_address(unsigned op, struct value *a, const struct value *b)
{
	if (op == OP_ADD && is_address(b) && !is_address(a)) {
		uint32_t n = a->number;

		*a = *b;
		value_advance(a, n);
		return true;
	}
	if ((op != OP_ADD && op != OP_SUBTRACT) || !is_address(a) || is_address(b))
		return false;
	value_advance(a, op == OP_ADD ? b->number : -b->number);
	return true;
}

/* No result with these values. */
static bool impossible(struct expr *e, const char *why)
{
	return e->form_only || expr_fail(e, E_RANGE, "%s", why);
}

static bool divide(struct expr *e, unsigned op, uint32_t x, uint32_t y, uint32_t *result)
{
	if (!y)
		return impossible(e, "division by zero");
	*result = op == OP_DIVIDE ? x / y : x % y;
	return true;
}

static bool divide_signed(struct expr *e, unsigned op, int32_t x, int32_t y, uint32_t *result)
{
	if (!y)
		return impossible(e, "division by zero");
	if (x == INT32_MIN && y == -1)
		return impossible(e, "overflow: the result does not fit into 32 bits");
	*result = (uint32_t)(op == OP_DIVIDE ? x / y : x % y);
	return true;
}

/* A value with what sign it has. */
static int64_t with_sign(const struct stacks *s, unsigned i)
{
	uint32_t n = value_linear(&s->values[i]);

	return s->is_signed || s->below_zero[i] ? (int64_t)(int32_t)n : (int64_t)n;
}

static bool fits(struct expr *e, int64_t n, uint32_t *result)
{
	*result = (uint32_t)n;
	return (n >= INT32_MIN && n <= UINT32_MAX) || impossible(e, "overflow: the result does not fit into 32 bits");
}

static bool arithmetic(struct expr *e, unsigned op, int64_t x, int64_t y, uint32_t *result, bool *below_zero)
{
	int64_t n;

	if (op == OP_MULTIPLY && x > 0 && y > 0 && (uint64_t)x * (uint64_t)y > UINT32_MAX)
		n = INT64_MAX;           /* it may be longer than 63 bits */
	else
		n = op == OP_ADD ? x + y : op == OP_SUBTRACT ? x - y : x * y;
	*below_zero = n < 0;
	return fits(e, n, result);
}

static bool compare(unsigned op, int64_t x, int64_t y)
{
	switch (op) {
	case OP_NOT_ABOVE: return x <= y;
	case OP_NOT_BELOW: return x >= y;
	case OP_BELOW: return x < y;
	default: return x > y;
	}
}

/* Of the last two values. */
static bool calculate(struct expr *e, const struct stacks *s, unsigned op, uint32_t *result, bool *below_zero)
{
	unsigned a = s->value_count - 2, b = a + 1;
	uint32_t x = value_linear(&s->values[a]), y = value_linear(&s->values[b]);

	*below_zero = false;
	switch (op) {
	case OP_OR_ELSE: *result = x || y; break;
	case OP_AND_ALSO: *result = x && y; break;
	case OP_OR: *result = x | y; break;
	case OP_XOR: *result = x ^ y; break;
	case OP_AND: *result = x & y; break;
	case OP_EQUAL: *result = x == y; break;
	case OP_UNEQUAL: *result = x != y; break;
	case OP_NOT_ABOVE: case OP_NOT_BELOW: case OP_BELOW: case OP_ABOVE:
		*result = compare(op, with_sign(s, a), with_sign(s, b));
		break;
	case OP_SHIFT_LEFT: *result = y < 32 ? x << y : 0; break;
	case OP_SHIFT_RIGHT:
		*result = s->is_signed ? (uint32_t)((int32_t)x >> (y < 32 ? y : 31)) : y < 32 ? x >> y : 0;
		break;
	case OP_ADD: case OP_SUBTRACT: case OP_MULTIPLY:
		return arithmetic(e, op, with_sign(s, a), with_sign(s, b), result, below_zero);
	default:
		return s->is_signed ? divide_signed(e, op, (int32_t)x, (int32_t)y, result) : divide(e, op, x, y, result);
	}
	return true;
}

static bool join(struct expr *e, struct value *a, const struct value *b)
{
	if (is_address(a) || is_address(b) || (a->number > OFFSET_MASK && !e->form_only))
		return expr_fail(e, E_INVALID, "a segment is a number of 16 bits, an offset a number");
	if (b->number > OFFSET_MASK && e->env->word_size < 4 && !e->form_only)
		return expr_fail(e, E_RANGE, "%x: an offset beyond FFFF; %%%x is the linear address",
				 (unsigned)b->number, (unsigned)((a->number << 4) + b->number));
	*a = (struct value){ VALUE_LOGICAL, (uint16_t)a->number, b->number };
	return true;
}

static bool apply_binary(struct expr *e, struct stacks *s, unsigned op)
{
	struct value *a = &s->values[s->value_count - 2], *b = a + 1;
	uint32_t result = 0;
	bool below_zero = false;

	if (op == OP_SEGMENT) {
		if (!join(e, a, b))
			return false;
	} else if (!move_address(op, a, b)) {
		if (!calculate(e, s, op, &result, &below_zero))
			return false;
		*a = (struct value){ .kind = VALUE_NUMBER, .number = result };
	}
	s->value_count--;
	s->below_zero[s->value_count - 1] = below_zero;
	return true;
}

static bool apply_unary(struct expr *e, struct stacks *s, unsigned op)
{
	struct value *v = &s->values[s->value_count - 1];
	uint32_t n = value_linear(v);
	int64_t value = with_sign(s, s->value_count - 1);

	switch (op) {
	case OP_LINEAR:
		*v = (struct value){ .kind = VALUE_LINEAR, .number = n };
		return true;
	case OP_PHYSICAL:
		if (v->kind == VALUE_LOGICAL || v->kind == VALUE_LINEAR)
			return expr_fail(e, E_INVALID, "! wants a plain number");
		*v = (struct value){ .kind = VALUE_PHYSICAL, .number = n };
		return true;
	case OP_PLUS:
		return true;
	case OP_NOT: value = !n; break;
	case OP_SIGNED_BYTE: value = (int8_t)n; break;
	case OP_SIGNED_WORD: value = (int16_t)n; break;
	case OP_NEGATE: value = -value; break;
	default: value = (int32_t)~n; break;
	}
	if (!fits(e, value, &n))
		return false;
	*v = (struct value){ .kind = VALUE_NUMBER, .number = n };
	s->below_zero[s->value_count - 1] = value < 0;
	return true;
}

static bool apply_choice(struct stacks *s)
{
	unsigned at = s->value_count - 3, which = at + (value_linear(&s->values[at]) ? 1 : 2);

	s->values[at] = s->values[which];
	s->below_zero[at] = s->below_zero[which];
	s->value_count -= 2;
	return true;
}

static bool apply(struct expr *e, struct stacks *s)
{
	unsigned op = s->ops[--s->op_count];

	return op < BINARY_OPS ? apply_binary(e, s, op) : op == OP_CHOICE ? apply_choice(s) : apply_unary(e, s, op);
}

static unsigned precedence_of(unsigned op)
{
	return op < BINARY_OPS ? binary[op].precedence : op == OP_CHOICE ? 0 : PRECEDENCE_UNARY;
}

/* Carries out what binds at least as strongly as `precedence`, up to an open bracket. */
static bool reduce(struct expr *e, struct stacks *s, unsigned precedence)
{
	while (s->op_count) {
		unsigned op = s->ops[s->op_count - 1];

		if (op >= OP_QUESTION || precedence_of(op) < precedence)
			return true;
		if (!apply(e, s))
			return false;
	}
	return true;
}

static bool load(struct expr *e, struct stacks *s, unsigned size)
{
	struct value *v = &s->values[s->value_count - 1];
	uint32_t number = 0;

	e->error = e->env->read(e->env->ctx, v, size, &number, e->why);
	if (e->error)
		return false;
	*v = (struct value){ .kind = VALUE_NUMBER, .number = number };
	s->below_zero[s->value_count - 1] = false;
	return true;
}

/* A `)` or `]`; *ours is false if it belongs to somebody else. */
static bool close(struct expr *e, struct stacks *s, bool *ours)
{
	unsigned op;

	if (!reduce(e, s, 0))
		return false;
	*ours = s->op_count;
	if (!*ours)
		return true;
	op = s->ops[--s->op_count];
	if (op == OP_QUESTION)
		return expr_fail(e, E_INVALID, "a `?` without its `:`");
	if ((op == OP_PAREN) != (*e->at == ')'))
		return expr_fail(e, E_INVALID, "`%c` where `%c` was expected", *e->at, op == OP_PAREN ? ')' : ']');
	e->at++;
	return op == OP_PAREN || load(e, s, op - OP_MEMORY);
}

/* `?` and its `:`. *taken: it was one. */
static bool choice(struct expr *e, struct stacks *s, bool *taken)
{
	unsigned i = s->op_count;

	*taken = *e->at == '?';
	if (*taken) {
		e->at++;
		return reduce(e, s, 1) && push_op(e, s, OP_QUESTION);
	}
	while (*e->at == ':' && i && s->ops[i - 1] < OP_PAREN && !*taken)
		*taken = s->ops[--i] == OP_QUESTION;
	if (!*taken)
		return true;
	e->at++;
	if (!reduce(e, s, 0))
		return false;
	s->ops[s->op_count - 1] = OP_CHOICE;
	return true;
}

static unsigned binary_at(const char *at)
{
	for (unsigned op = 0; op < BINARY_OPS; op++)
		if (!strncmp(at, binary[op].text, strlen(binary[op].text)))
			return op;
	return BINARY_OPS;
}

/* What follows an operand. *over: the expression ends here. */
static bool infix(struct expr *e, struct stacks *s, const char *start, bool *over, bool *want_operand)
{
	unsigned op = binary_at(e->at);
	bool ours = true;

	if (!choice(e, s, want_operand))
		return false;
	if (*want_operand)
		return true;
	if (*e->at == ')' || *e->at == ']') {
		if (!close(e, s, &ours))
			return false;
		*over = !ours;
		return true;
	}
	if (op == BINARY_OPS || (op == OP_MODULO && e->at > start && !char_is_space((uint8_t)e->at[1]))) {
		*over = true;
		return true;
	}
	e->at += strlen(binary[op].text);
	*want_operand = true;
	return reduce(e, s, binary[op].precedence) && push_op(e, s, op);
}

bool expr_value(struct expr *e, struct value *value)
{
	struct stacks s = { .value_count = 0 };
	bool want_operand = true, over = false, done;

	if (e->error)
		return false;
	s.is_signed = expr_word(e, "signed");
	expr_more(e);
	while (!over) {
		const char *start = e->at;

		expr_skip_blanks(e);
		if (want_operand) {
			if (!operand(e, &s, &done))
				return false;
			want_operand = !done;
		} else if (!infix(e, &s, start, &over, &want_operand)) {
			return false;
		}
	}
	if (!reduce(e, &s, 0))
		return false;
	if (s.op_count && s.ops[s.op_count - 1] == OP_QUESTION)
		return expr_fail(e, E_INVALID, "a `?` without its `:`");
	if (s.op_count)
		return expr_fail(e, E_INVALID, "`%s` is not closed", s.ops[s.op_count - 1] == OP_PAREN ? "(" : "[");
	*value = s.values[0];
	return true;
}

bool expr_number(struct expr *e, uint32_t max, uint32_t *number)
{
	struct value value;

	if (!expr_value(e, &value))
		return false;
	*number = value_linear(&value);
	if (*number > max)
		return expr_fail(e, E_RANGE, "%x: too large; at most %x", (unsigned)*number, (unsigned)max);
	return true;
}
