#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "expr.h"

/* A processor with four registers, and memory that holds its own offsets; nothing from 9000h on. */
static int reg(void *ctx, const char *name, uint32_t *value, char *why)
{
	static const struct { const char *name; uint32_t value; } regs[] = {
		{ "ax", 0x1234 }, { "cs", 0xF000 }, { "ip", 0xFFF0 }, { "ds", 0x40 }, { "si", 0x17 },
		{ "eax", 0xABCD1234 },
	};

	(void)ctx;
	if (!strcmp(name, "fs")) {
		strcpy(why, "fs: busy");
		return E_BUSY;
	}
	for (unsigned i = 0; i < sizeof regs / sizeof *regs; i++) {
		if (!strcmp(name, regs[i].name)) {
			*value = regs[i].value;
			return E_OK;
		}
	}
	return E_NOT_FOUND;
}

static int read_memory(void *ctx, const struct value *at, unsigned size, uint32_t *value, char *why)
{
	uint32_t linear = value_linear(at);

	(void)ctx;
	if (linear >= 0x9000) {
		strcpy(why, "no memory");
		return E_FAULT;
	}
	*value = 0;
	for (unsigned i = 0; i < size; i++)
		*value |= ((linear + i) & 0xFF) << 8 * i;
	return E_OK;
}

static bool find_symbol(void *ctx, const char *name, struct value *value)
{
	(void)ctx;
	*value = (struct value){ VALUE_LOGICAL, 0x1000, 0x20 };
	return !strcmp(name, "start");
}

static const struct expr_env env = { reg, read_memory, NULL, 2, find_symbol };

static struct value eval(const char *text)
{
	struct expr e;
	struct value v = { 0 };

	expr_begin(&e, &env, text);
	if (!expr_value(&e, &v) || !expr_end(&e))
		fail_msg("%s: %s", text, e.why);
	return v;
}

static void is_number(const char *text, uint32_t number)
{
	struct value v = eval(text);

	if (v.kind != VALUE_NUMBER || v.number != number)
		fail_msg("%s: kind %d, %x instead of %x", text, v.kind, v.number, number);
}

static void is_address(const char *text, enum value_kind kind, uint16_t segment, uint32_t number)
{
	struct value v = eval(text);

	if (v.kind != kind || v.number != number || v.segment != segment)
		fail_msg("%s: kind %d, %x:%x", text, v.kind, v.segment, v.number);
}

static void refuses(const char *text, int error, const char *why)
{
	struct expr e;
	struct value v;

	expr_begin(&e, &env, text);
	if (expr_value(&e, &v) && expr_end(&e))
		fail_msg("%s: taken", text);
	if (e.error != error || !strstr(e.why, why))
		fail_msg("%s: error %d, `%s`", text, e.error, e.why);
}

/* What matters is the form alone. */
static void forms(void **ctx)
{
	static const char *const well[] = { "1/0", "ffffffff+1 == 2", "ax:12345", "signed 80000000/-1", "1 % (ax-ax)" };
	static const char *const wrong[] = { "1/", "(1", "xyz", "100000000", "byte [1" };
	struct expr e;
	struct value v;

	(void)ctx;
	for (unsigned i = 0; i < sizeof well / sizeof *well; i++) {
		expr_begin(&e, &env, well[i]);
		e.form_only = true;
		if (!expr_value(&e, &v) || !expr_end(&e))
			fail_msg("%s: error %d, `%s`", well[i], e.error, e.why);
	}
	for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		expr_begin(&e, &env, wrong[i]);
		e.form_only = true;
		if (expr_value(&e, &v) && expr_end(&e))
			fail_msg("%s: taken", wrong[i]);
	}
}

static void bases(void **ctx)
{
	(void)ctx;
	is_number("7c00", 0x7C00);
	is_number("0x7C00", 0x7C00);
	is_number("0ffh", 0xFF);
	is_number("0n10", 10);
	is_number("0o17", 15);
	is_number("0b101", 5);
	is_number("0y10", 2);
	is_number("0b8000", 0xB8000);    /* no binary digits: hexadecimal */
	is_number("0b10", 0xB10);        /* as an address's segment is shown */
	is_number("0b101010", 0xB101010);
	refuses("0y12", E_INVALID, "no number");
	is_number("0b", 0x0B);
	is_number("'A'", 0x41);
	is_number("'MZ'", 0x5A4D);
	is_number("ffffffff", 0xFFFFFFFF);
	refuses("100000000", E_RANGE, "32 bits");
	refuses("0n4294967296", E_RANGE, "32 bits");
	refuses("0n12a", E_INVALID, "no number");
	refuses("'abcde'", E_RANGE, "too long");
	refuses("'a", E_INVALID, "not closed");
	refuses("''", E_INVALID, "empty");
	refuses("xyz", E_INVALID, "no number, register or symbol");
	refuses("", E_INVALID, "missing");
}

static void operators(void **ctx)
{
	(void)ctx;
	is_number("1+2*3", 7);
	is_number("(1+2)*3", 9);
	is_number("10-4-2", 10);
	is_number("1<<4+1", 0x20);
	is_number("f0|f&3", 0xF3);
	is_number("5^1", 4);
	is_number("~0", 0xFFFFFFFF);
	is_number("-1", 0xFFFFFFFF);
	is_number("- - 5", 5);
	is_number("7%4", 3);
	is_number("7 % 4", 3);
	is_number("1==1 && 2!=1", 1);
	is_number("1>2 || 2>=2", 1);
	is_number("3<2|3<=3", 1);
	is_number("ff>>4", 0xF);
	is_number("1<<20", 0);           /* 32 places */
	is_number("-1+2", 1);
	is_number("ffffffff > 1", 1);    /* unsigned */
	is_number("ax+1", 0x1235);
	is_number("AX", 0x1234);
	is_number("eax>>10", 0xABCD);
	refuses("1/0", E_RANGE, "division");
	refuses("1%(ax-ax)", E_RANGE, "division");
	refuses("1+", E_INVALID, "missing");
	refuses("(1", E_INVALID, "not closed");
	refuses("1)", E_INVALID, "not understood");
	refuses("(1]", E_INVALID, "expected");
	refuses("[1)", E_INVALID, "expected");
	refuses("1 2", E_INVALID, "not understood");
	refuses("*1", E_INVALID, "expected");
	refuses("((((((((((((((((((((((((((1))))))))))))))))))))))))))", E_RANGE, "deeply");
	refuses("fs:0", E_BUSY, "fs: busy");
}

/* All that C has besides, and numbers with a sign. */
static void more_operators(void **ctx)
{
	(void)ctx;
	is_number("1 ? 5 : 6", 5);
	is_number("0?5:6", 6);
	is_number("1==2 ? 5 : 1==1 ? 7 : 8", 7);
	is_number("1 ? 0 ? 2 : 3 : 4", 3);
	is_number("(0?1:2)+(1?10:20)", 0x12);
	is_address("ax ? (0:5) : (0:6)", VALUE_LOGICAL, 0, 5);
	refuses("1 ? 2", E_INVALID, "without its `:`");
	refuses("(1 ? 2)", E_INVALID, "without its `:`");
	refuses("1 ? : 2", E_INVALID, "expected");
	is_number("not 5", 0);
	is_number("not ax == 0", 1);
	is_number("s8 ff", 0xFFFFFFFF);
	is_number("s16 8000 + 1", 0xFFFF8001);
	is_number("s8 7f", 0x7F);
	is_number("signed -8 / 2", 0xFFFFFFFC);
	is_number("signed -7 % 3", 0xFFFFFFFF);
	is_number("signed -8 >> 1", 0xFFFFFFFC);
	is_number("signed -1 >> 40", 0xFFFFFFFF);
	is_number("signed s16 ffff < 0", 1);
	is_number("ffffffff < 0", 0);
	is_number("signed 1 >= -1 && -1 <= 1 && 2 > -2", 1);
	refuses("signed 1/0", E_RANGE, "division");
	refuses("signed 80000000/-1", E_RANGE, "overflow");
	is_address("start+1", VALUE_LOGICAL, 0x1000, 0x21);
	is_address("start", VALUE_LOGICAL, 0x1000, 0x20);
}

/* Numbers have no sign until they get one. */
static void overflow(void **ctx)
{
	(void)ctx;
	is_number("7fffffff+1", 0x80000000);
	is_number("5 + -1", 4);
	is_number("0-1", 0xFFFFFFFF);
	is_number("-1*2", 0xFFFFFFFE);
	is_number("~0+1", 0);
	is_number("s8 ff + 1", 0);
	is_number("-80000000", 0x80000000);
	is_number("signed ffffffff+2", 1);
	is_number("-1 < 0 && -1 == ffffffff", 1);
	is_number("(1 ? -1 : 0) + 1", 0);
	refuses("ffffffff+1", E_RANGE, "overflow");
	refuses("ffffffff*2", E_RANGE, "overflow");
	refuses("ffffffff*ffffffff", E_RANGE, "overflow");
	refuses("-ffffffff", E_RANGE, "overflow");
	refuses("-1-80000000", E_RANGE, "overflow");
	refuses("-2*ffffffff", E_RANGE, "overflow");
	is_number("ffff*ffff", 0xFFFE0001);
	refuses("80000000+80000000", E_RANGE, "overflow");
	refuses("7fffffff*7fffffff", E_RANGE, "overflow");
	refuses("10000*10000", E_RANGE, "overflow");
	refuses("7fffffff-80000000-80000000", E_RANGE, "overflow");
}

static void addresses(void **ctx)
{
	(void)ctx;
	is_address("0:7c00", VALUE_LOGICAL, 0, 0x7C00);
	is_address("cs:ip", VALUE_LOGICAL, 0xF000, 0xFFF0);
	is_address("ds:si+4", VALUE_LOGICAL, 0x40, 0x1B);
	refuses("cs:ip+20", E_RANGE, "beyond FFFF");              /* ip+20 is an offset */
}

static void address_arithmetic(void **ctx)
{
	(void)ctx;
	is_address("(cs:ip)+20", VALUE_LOGICAL, 0xF000, 0x10);   /* wraps in its segment */
	is_address("2+(0:5)", VALUE_LOGICAL, 0, 7);
	is_address("(0:5)-6", VALUE_LOGICAL, 0, 0xFFFF);
	is_address("%7c00+4", VALUE_LINEAR, 0, 0x7C04);
	is_address("%(ds*10+si)", VALUE_LINEAR, 0, 0x417);
	is_address("!fe000", VALUE_PHYSICAL, 0, 0xFE000);
	is_address("%(40:17)", VALUE_LINEAR, 0, 0x417);
	is_number("(40:17)-(40:10)", 7);
	is_number("(40:17)&f", 7);
	is_number("40:0 == %400", 1);
	refuses("1:2:3", E_INVALID, "segment");
	refuses("12345:0", E_INVALID, "segment");
	refuses("0:12345", E_RANGE, "%12345");
	refuses("!(0:5)", E_INVALID, "plain number");
}

static void memory(void **ctx)
{
	(void)ctx;
	is_number("byte [10]", 0x10);
	is_number("word [10]", 0x1110);
	is_number("dword [10]", 0x13121110);
	is_number("[10]", 0x1110);
	is_number("[40:17]+1", 0x1818);
	is_number("word[%20]==2120", 1);
	is_number("byte [byte [12]+1]", 0x13);
	refuses("[9000]", E_FAULT, "no memory");
	refuses("[1", E_INVALID, "not closed");
	refuses("byte 10", E_INVALID, "byte");
}

static void prefixes(void **ctx)
{
	static const struct { const char *text, *name, *rest; } cases[] = {
		{ "dos:0:7c00", "dos", "0:7c00" }, { " dos-2: r", "dos-2", " r" }, { "k:c0100000", "k", "c0100000" },
		{ "cs:ip", NULL, NULL }, { "DS:0", NULL, NULL }, { "abc:0", NULL, NULL }, { "0:7c00", NULL, NULL },
		{ "dos", NULL, NULL }, { "ax:0", NULL, NULL },
	};

	(void)ctx;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *text = cases[i].text;
		char name[EXPR_NAME_MAX];

		assert_int_equal(expr_prefix(&text, name, sizeof name), cases[i].name != NULL);
		if (cases[i].name) {
			assert_string_equal(name, cases[i].name);
			assert_string_equal(text, cases[i].rest);
		} else {
			assert_ptr_equal(text, cases[i].text);
		}
	}
}

static void is_range(const char *text, unsigned unit, uint32_t linear, uint32_t length)
{
	struct expr e;
	struct range range;

	expr_begin(&e, &env, text);
	if (!expr_range(&e, 0x80, unit, &range) || !expr_end(&e))
		fail_msg("%s: %s", text, e.why);
	if (value_linear(&range.at) != linear || range.length != length)
		fail_msg("%s: %x L %x", text, value_linear(&range.at), range.length);
}

static void range_refused(const char *text, const char *why)
{
	struct expr e;
	struct range range;

	expr_begin(&e, &env, text);
	if (expr_range(&e, 0x80, 2, &range) && expr_end(&e))
		fail_msg("%s: taken", text);
	if (!strstr(e.why, why))
		fail_msg("%s: `%s`", text, e.why);
}

static void ranges(void **ctx)
{
	(void)ctx;
	is_range("100", 1, 0x100, 0x80);
	is_range("0:100 10f", 1, 0x100, 0x10);
	is_range("40:17 40:18", 1, 0x417, 2);
	is_range("100 L 8", 1, 0x100, 8);
	is_range("100 l8", 2, 0x100, 16);
	is_range("ds:si L10", 1, 0x417, 0x10);
	is_range("%400 %40f", 1, 0x400, 0x10);
	is_range("!0 ffffffff", 1, 0, 0xFFFFFFFF);
	is_range("100,10f", 1, 0x100, 0x10);
	range_refused("100 50", "before the beginning");
	range_refused("100 L 0", "length 0");
	range_refused("100 L 80000000", "too large");
	range_refused("40:17 50:0", "segment");
	range_refused("%400 !500", "different kinds");
	range_refused("100 L", "missing");
}

static void pieces(void **ctx)
{
	uint8_t text[8];
	struct expr e;
	uint32_t n;
	char name[8];

	(void)ctx;
	expr_begin(&e, &env, " =5, \"ab\" if ax==1234 count 3 zf=");
	assert_true(expr_char(&e, '='));
	assert_true(expr_number(&e, 0xFF, &n));
	assert_int_equal(n, 5);
	assert_int_equal(expr_string(&e, text, sizeof text), 2);
	assert_memory_equal(text, "ab", 2);
	assert_false(expr_word(&e, "count"));
	assert_true(expr_word(&e, "IF"));
	assert_true(expr_number(&e, ~0u, &n));
	assert_int_equal(n, 1);
	assert_true(expr_word(&e, "count"));
	assert_true(expr_number(&e, ~0u, &n));
	assert_true(expr_name(&e, name, sizeof name, ""));
	assert_string_equal(name, "zf");
	assert_false(expr_end(&e));
	expr_begin(&e, &env, "100");
	assert_false(expr_number(&e, 0xFF, &n));
	assert_int_equal(e.error, E_RANGE);
	assert_false(expr_value(&e, &(struct value){ 0 }));      /* after an error nothing is read */
}

static void texts(void **ctx)
{
	char text[20];

	(void)ctx;
	value_text(&(struct value){ VALUE_LOGICAL, 0xF000, 0xFFF0 }, text, sizeof text);
	assert_string_equal(text, "f000:fff0");
	value_text(&(struct value){ VALUE_LINEAR, 0, 0x400 }, text, sizeof text);
	assert_string_equal(text, "%00000400");
	value_text(&(struct value){ VALUE_PHYSICAL, 0, 0x400 }, text, sizeof text);
	assert_string_equal(text, "!00000400");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bases), cmocka_unit_test(forms), cmocka_unit_test(operators), cmocka_unit_test(more_operators), cmocka_unit_test(overflow),
		cmocka_unit_test(addresses),
		cmocka_unit_test(address_arithmetic), cmocka_unit_test(memory), cmocka_unit_test(prefixes),
		cmocka_unit_test(ranges), cmocka_unit_test(pieces), cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
