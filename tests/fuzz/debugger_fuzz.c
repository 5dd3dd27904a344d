/* Lines as users of the debugger might type them, under sanitizers: words of the grammar and
 * random bytes, mixed, through expression, range, list and prefix.
 *
 *	debugger_fuzz [ROUNDS [SEED]]
 *
 * What must hold: it ends, an error has a reason, a value is within its kind, the text that
 * was read is within the line; and what was read as an address is read back as the same from
 * its own text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "expr.h"
#include "text.h"
#include "fuzz.h"

enum { LINE_SIZE = 160, ROUNDS = 200000 };

static char line[LINE_SIZE];

static int reg(void *ctx, const char *name, uint32_t *value, char *why)
{
	static const char *const names[] = { "eax", "ax", "cs", "ds", "si" };

	(void)ctx;
	CHECK_THAT(strlen(name) > 0);
	if (!strcmp(name, "ip")) {
		strcpy(why, "busy");
		return E_BUSY;
	}
	*value = strcmp(name, "eax") ? rnd() & 0xFFFF : rnd();
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return E_OK;
	return E_NOT_FOUND;
}

static int read_memory(void *ctx, const struct value *at, unsigned size, uint32_t *value, char *why)
{
	(void)ctx;
	CHECK_THAT(size == 1 || size == 2 || size == 4);
	CHECK_THAT(at->kind != VALUE_LOGICAL || at->number <= OFFSET_MASK);
	*value = rnd();
	if (rnd() % 8)
		return E_OK;
	strcpy(why, "fault");
	return E_FAULT;
}

static bool find_symbol(void *ctx, const char *name, struct value *value)
{
	(void)ctx;
	*value = (struct value){ VALUE_LOGICAL, (uint16_t)rnd(), rnd() & OFFSET_MASK };
	return *name == '_';
}

static const struct expr_env env = { reg, read_memory, NULL, 2, find_symbol };

static void make_line(void)
{
	static const char *const words[] = {
		"0", "1", "7c00", "ffff", "ffffffff", "0n10", "0b101", "0o7", "0x", "'a'", "\"ab\"", "'", "ax", "eax", "cs",
		"ip", "ds:si", "0:7c00", "%", "!", "[", "]", "(", ")", "byte [", "word [", "dword [", "+", "-", "*", "/",
		"%", "&", "|", "^", "~", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "&&", "||", ":", "L", "L8", "if",
		"count", "=", ",", " ", " ", "\t", "dos:", "k:", "h", "_", "?", "not ", "s8 ", "s16 ",
		"signed ",
	};
	unsigned pieces = rnd() % 24;

	line[0] = 0;
	for (unsigned i = 0; i < pieces && strlen(line) < LINE_SIZE - 16; i++) {
		if (rnd() % 8) {
			strcat(line, words[rnd() % (sizeof words / sizeof *words)]);
		} else {
			char c[2] = { (char)(rnd() % 255 + 1), 0 };

			strcat(line, c);
		}
		if (rnd() % 3 == 0)
			strcat(line, " ");
	}
}

static void check(const struct expr *e)
{
	CHECK_THAT(e->at >= line && e->at <= line + strlen(line));
	CHECK_THAT(!e->error == !e->why[0] || !e->error);
	CHECK_THAT(strlen(e->why) < sizeof e->why);
}

static void check_value(const struct value *v)
{
	struct expr e;
	struct value again;
	char text[24];

	CHECK_THAT(v->kind <= VALUE_PHYSICAL);
	CHECK_THAT(v->kind != VALUE_LOGICAL || v->number <= OFFSET_MASK);
	value_text(v, text, sizeof text);
	expr_begin(&e, &env, text);
	CHECK_THAT(expr_value(&e, &again) && expr_end(&e));
	CHECK_THAT(again.kind == v->kind && again.number == v->number &&
		   (v->kind != VALUE_LOGICAL || again.segment == v->segment));
}

static void one_round(void)
{
	char name[EXPR_NAME_MAX];
	uint8_t text[8];
	struct range range;
	struct value v;
	struct expr e;
	const char *at = line;
	uint32_t n;

	make_line();
	expr_begin(&e, &env, line);
	if (expr_value(&e, &v))
		check_value(&v);
	check(&e);
	expr_begin(&e, &env, line);
	if (expr_range(&e, 0x80, 1u << rnd() % 3, &range)) {
		CHECK_THAT(range.length > 0);
		check_value(&range.at);
	}
	check(&e);
	expr_begin(&e, &env, line);
	while (expr_more(&e) && (expr_string(&e, text, sizeof text) || expr_word(&e, "if") ||
				 expr_char(&e, '=') || expr_number(&e, 0xFFFF, &n)))
		check(&e);
	check(&e);
	if (expr_prefix(&at, name, sizeof name))
		CHECK_THAT(at > line && at[-1] == ':' && strlen(name) < sizeof name);
}

/* Lines of text must fit whatever they show. */
static void texts(void)
{
	struct registers now, before;
	char buf[TEXT_LINE_MAX];
	uint8_t bytes[DUMP_BYTES];

	for (unsigned i = 0; i < sizeof now; i++) {
		((uint8_t *)&now)[i] = (uint8_t)rnd();
		((uint8_t *)&before)[i] = (uint8_t)rnd();
	}
	for (unsigned i = 0; i < DUMP_BYTES; i++)
		bytes[i] = (uint8_t)rnd();
	for (unsigned i = 0; text_registers(buf, sizeof buf, i, &now, &before); i++)
		CHECK_THAT(strlen(buf) < 80);
	text_dump(buf, sizeof buf, bytes, rnd() % (DUMP_BYTES + 1), rnd(), 1u << rnd() % 3);
	CHECK_THAT(strlen(buf) < 70);
	text_descriptor(buf, sizeof buf, rnd(), rnd());
	CHECK_THAT(strlen(buf) < 80);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : ROUNDS;

	state = argc > 2 ? strtoull(argv[2], NULL, 0) : 0x706F6C79;
	for (current = 0; current < rounds; current++) {
		one_round();
		if (current % 16 == 0)
			texts();
	}
	printf("debugger_fuzz: %lu rounds\n", rounds);
	return 0;
}
