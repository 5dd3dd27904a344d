/* The pieces of a command's text: words, names, quoted texts, numbers, ranges, and values as text. */
#include "expr.h"

#include <base/fmt.h>
#include <base/mem.h>

enum { WORD_MAX = 40 };

void expr_begin(struct expr *e, const struct expr_env *env, const char *text)
{
	e->at = text;
	e->env = env;
	e->error = E_OK;
	e->form_only = false;
	e->why[0] = 0;
}

bool expr_fail(struct expr *e, int error, const char *format, ...)
{
	va_list args;

	if (e->error)
		return false;
	e->error = error;
	va_start(args, format);
	fmt_vbuf(e->why, sizeof e->why, format, args);
	va_end(args);
	return false;
}

void expr_skip_blanks(struct expr *e)
{
	while (char_is_space((uint8_t)*e->at))
		e->at++;
}

bool expr_more(struct expr *e)
{
	while (char_is_space((uint8_t)*e->at) || *e->at == ',')
		e->at++;
	return *e->at != 0;
}

static bool is_name(char c)
{
	return char_is_alpha((uint8_t)c) || char_is_digit((uint8_t)c) || c == '_' || c == '.';
}

size_t expr_word_length(const char *at)
{
	size_t n = 0;

	while (is_name(at[n]))
		n++;
	return n;
}

bool expr_word(struct expr *e, const char *word)
{
	char here[WORD_MAX];
	size_t n;

	if (e->error || !expr_more(e))
		return false;
	n = expr_word_length(e->at);
	if (n != strlen(word) || n >= sizeof here)
		return false;
	memcpy(here, e->at, n);
	here[n] = 0;
	if (str_casecmp(here, word))
		return false;
	e->at += n;
	return true;
}

bool expr_char(struct expr *e, char c)
{
	if (e->error || !expr_more(e) || *e->at != c)
		return false;
	e->at++;
	return true;
}

bool expr_name(struct expr *e, char *name, size_t size, const char *more)
{
	size_t n = 0;

	if (e->error || !expr_more(e))
		return false;
	while (is_name(e->at[n]) || (e->at[n] && strchr(more, e->at[n])))
		n++;
	if (!n || n >= size)
		return false;
	memcpy(name, e->at, n);
	name[n] = 0;
	e->at += n;
	return true;
}

size_t expr_string(struct expr *e, uint8_t *to, size_t size)
{
	char quote;
	size_t n = 0;

	if (e->error || !expr_more(e) || (*e->at != '"' && *e->at != '\''))
		return 0;
	quote = *e->at++;
	while (*e->at && *e->at != quote) {
		if (n == size)
			return expr_fail(e, E_RANGE, "the text is too long; at most %u bytes at once",
					 (unsigned)size);
		to[n++] = (uint8_t)*e->at++;
	}
	if (*e->at != quote)
		return expr_fail(e, E_INVALID, "a quote is not closed; close it");
	e->at++;
	if (!n)
		return expr_fail(e, E_INVALID, "an empty text; give it a character");
	return n;
}

bool expr_end(struct expr *e)
{
	if (e->error)
		return false;
	if (!expr_more(e))
		return true;
	return expr_fail(e, E_INVALID, "`%.20s`: not understood there; help shows the form", e->at);
}

/* --- values -------------------------------------------------------------------------------------- */

uint32_t value_linear(const struct value *value)
{
	return value->kind == VALUE_LOGICAL ? ((uint32_t)value->segment << 4) + value->number : value->number;
}

void value_advance(struct value *value, uint32_t n)
{
	value->number += n;
	if (value->kind == VALUE_LOGICAL)
		value->number &= OFFSET_MASK;
}

void value_text(const struct value *value, char *buf, size_t size)
{
	switch (value->kind) {
	case VALUE_LOGICAL: fmt_buf(buf, size, "%04x:%04x", value->segment, (unsigned)value->number); break;
	case VALUE_LINEAR: fmt_buf(buf, size, "%%%08x", (unsigned)value->number); break;
	case VALUE_PHYSICAL: fmt_buf(buf, size, "!%08x", (unsigned)value->number); break;
	default: fmt_buf(buf, size, "%x", (unsigned)value->number); break;
	}
}

/* --- numbers and names ------------------------------------------------------------------------------ */

static int digit(char c)
{
	if (char_is_digit((uint8_t)c))
		return c - '0';
	c = (char)char_to_lower((uint8_t)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static bool digits_below(const char *text, size_t n, int base)
{
	if (!n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (digit(text[i]) >= base)
			return false;
	return true;
}

int expr_parse_number(const char *text, size_t n, uint32_t *number)
{
	int base = 16, second = n > 2 && text[0] == '0' ? char_to_lower((uint8_t)text[1]) : 0;
	uint64_t value = 0;

	switch (second) {
	case 'x': break;
	case 'n': base = 10; break;
	case 'o': base = 8; break;
	case 'y': base = 2; break;
	case 'b':
		if (n != 4 && n != 8 && digits_below(text + 2, n - 2, 2)) {
			base = 2;
			break;
		}
		/* fallthrough */
	default: second = 0; break;
	}
	if (second)
		text += 2, n -= 2;
	else if (n > 1 && char_to_lower((uint8_t)text[n - 1]) == 'h')
		n--;
	if (!digits_below(text, n, base))
		return E_INVALID;
	for (size_t i = 0; i < n; i++) {
		value = value * (unsigned)base + (unsigned)digit(text[i]);
		if (value >> 32)
			return E_RANGE;
	}
	*number = (uint32_t)value;
	return E_OK;
}

static bool is_number(const char *text, size_t n)
{
	uint32_t number;

	return expr_parse_number(text, n, &number) != E_INVALID;
}

bool expr_prefix(const char **text, char *name, size_t size)
{
	static const char *const registers[] = { "cs", "ds", "es", "fs", "gs", "ss", "ax", "bx", "cx", "dx",
						 "si", "di", "bp", "sp", "ip" };
	const char *at = *text;
	size_t n = 0;

	while (char_is_space((uint8_t)*at))
		at++;
	while (is_name(at[n]) || at[n] == '-')
		n++;
	if (!n || n >= size || at[n] != ':' || !char_is_alpha((uint8_t)*at) || is_number(at, n))
		return false;
	memcpy(name, at, n);
	name[n] = 0;
	for (unsigned i = 0; i < sizeof registers / sizeof *registers; i++)
		if (!str_casecmp(name, registers[i]))
			return false;
	*text = at + n + 1;
	return true;
}

/* --- ranges ---------------------------------------------------------------------------------------------------- */

/* `L` and a number, also written together. */
static bool length_word(struct expr *e)
{
	if (expr_word(e, "l"))
		return true;
	if (!expr_more(e) || char_to_lower((uint8_t)*e->at) != 'l' || !is_number(e->at + 1, expr_word_length(e->at + 1)))
		return false;
	e->at++;
	return true;
}

static bool range_end(struct expr *e, struct range *range)
{
	struct value end;
	uint32_t from = range->at.kind == VALUE_LOGICAL ? range->at.number : value_linear(&range->at), to;

	if (!expr_value(e, &end))
		return false;
	if (end.kind == VALUE_LOGICAL && (range->at.kind == VALUE_NUMBER || range->at.segment != end.segment))
		return expr_fail(e, E_INVALID, "the end of a range lies in its segment; give its offset");
	if (end.kind != VALUE_NUMBER && end.kind != range->at.kind)
		return expr_fail(e, E_INVALID, "beginning and end of a range are of different kinds");
	to = end.number;
	if (to < from)
		return expr_fail(e, E_INVALID, "%x: lies before the beginning of the range", (unsigned)to);
	range->length = to - from + 1;
	if (!range->length)
		range->length--;
	return true;
}

bool expr_range_rest(struct expr *e, unsigned unit, struct range *range)
{
	if (!length_word(e))
		return range_end(e, range);
	if (!expr_number(e, 0xFFFFFFFF / unit, &range->length))
		return false;
	range->length *= unit;
	return range->length || expr_fail(e, E_RANGE, "a range of length 0");
}

bool expr_range(struct expr *e, uint32_t otherwise, unsigned unit, struct range *range)
{
	range->length = otherwise;
	if (!expr_value(e, &range->at))
		return false;
	return !expr_more(e) || expr_range_rest(e, unit, range);
}
