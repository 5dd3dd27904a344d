#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "hexedit.h"

/* Memory that holds its offset; read-only from 200h, a device from 300h, nothing from 400h. */
static uint8_t memory[0x400];

static enum hexedit_kind read_byte(void *ctx, const struct value *at, uint8_t *byte)
{
	(void)ctx;
	if (at->number >= sizeof memory)
		return HEXEDIT_NOTHING;
	*byte = memory[at->number];
	return at->number < 0x200 ? HEXEDIT_PLAIN : at->number < 0x300 ? HEXEDIT_ROM : HEXEDIT_DEVICE;
}

static bool write_byte(void *ctx, const struct value *at, uint8_t byte)
{
	(void)ctx;
	if (at->number >= 0x200)
		return false;
	memory[at->number] = byte;
	return true;
}

static struct hexedit make(uint32_t at)
{
	for (unsigned i = 0; i < sizeof memory; i++)
		memory[i] = (uint8_t)i;
	return (struct hexedit){ .top = { VALUE_LOGICAL, 0, at }, .rows = 4, .read = read_byte, .write = write_byte, .note = "" };
}

static void type(struct hexedit *h, const char *keys)
{
	for (; *keys; keys++)
		assert_true(hexedit_key(h, (uint8_t)*keys));
}

static void digits(void **state)
{
	struct hexedit h = make(0x40);

	(void)state;
	type(&h, "a");
	assert_int_equal(memory[0x40], 0xA0);    /* at once */
	type(&h, "5Bc");
	assert_int_equal(memory[0x40], 0xA5);
	assert_int_equal(memory[0x41], 0xBC);
	assert_int_equal(h.cursor, 2);
	type(&h, "g");
	assert_string_equal(h.note, "hexadecimal digits here; Tab goes to the characters");
	type(&h, "1");
	assert_string_equal(h.note, "");
}

static void characters(void **state)
{
	struct hexedit h = make(0x40);

	(void)state;
	type(&h, "\tHi!");
	assert_memory_equal(memory + 0x40, "Hi!C", 4);
	assert_int_equal(hexedit_column(&h), 10 + 48 + 2 + 3);
	type(&h, "\t7");
	assert_int_equal(memory[0x43], 0x73);
	assert_int_equal(hexedit_column(&h), 10 + 3 * 3 + 2);
}

static void cursor(void **state)
{
	struct hexedit h = make(0x40);

	(void)state;
	assert_true(hexedit_key(&h, HEXEDIT_RIGHT));
	assert_true(h.cursor == 0 && h.low);
	assert_true(hexedit_key(&h, HEXEDIT_RIGHT));
	assert_true(h.cursor == 1 && !h.low);
	assert_true(hexedit_key(&h, HEXEDIT_LEFT));
	assert_true(h.cursor == 0 && h.low);
	assert_true(hexedit_key(&h, HEXEDIT_LEFT));
	assert_true(h.cursor == 0 && !h.low);
	assert_true(hexedit_key(&h, HEXEDIT_LEFT));      /* the window follows */
	assert_true(h.top.number == 0x30 && h.cursor == 15 && h.low);
	assert_true(hexedit_key(&h, HEXEDIT_HOME));
	assert_true(h.cursor == 0 && !h.low);
	assert_true(hexedit_key(&h, HEXEDIT_UP) && h.top.number == 0x20);
	assert_true(hexedit_key(&h, HEXEDIT_END) && h.cursor == 15);
	for (unsigned i = 0; i < 4; i++)
		assert_true(hexedit_key(&h, HEXEDIT_DOWN));
	assert_true(h.top.number == 0x30 && hexedit_cursor_row(&h) == 3);
	assert_true(hexedit_key(&h, HEXEDIT_PAGE_UP) && h.top.number == 0xFFF0);   /* round the segment */
	assert_true(hexedit_key(&h, HEXEDIT_PAGE_DOWN) && h.top.number == 0x30);
	assert_true(hexedit_key(&h, HEXEDIT_OTHER));
	assert_false(hexedit_key(&h, 0x1B));
	assert_false(hexedit_key(&h, 3));
}

static void refusals(void **state)
{
	struct hexedit h = make(0x200);

	(void)state;
	type(&h, "5");
	assert_string_equal(h.note, "cannot be written");
	assert_true(h.cursor == 0 && !h.low && memory[0x200] == 0);
	h = make(0x400);
	type(&h, "5");
	assert_string_equal(h.note, "there is no memory");
	type(&h, "\t5");
	assert_string_equal(h.note, "cannot be written");
}

static void rows(void **state)
{
	struct hexedit h = make(0x40);
	char line[HEXEDIT_LINE_MAX];

	(void)state;
	hexedit_row(&h, 1, line, sizeof line);
	assert_string_equal(line, "0000:0050  50 51 52 53 54 55 56 57 58 59 5a 5b 5c 5d 5e 5f  PQRSTUVWXYZ[\\]^_");
	h.top.number = 0x1F8;
	hexedit_row(&h, 0, line, sizeof line);
	assert_string_equal(line, "0000:01f8  f8 f9 fa fb fc fd fe ff\x1b[1m 00 01 02 03 04 05 06 07\x1b[0m  ................");
	h.top.number = 0x3FE;
	hexedit_row(&h, 0, line, sizeof line);
	assert_string_equal(line, "0000:03fe \x1b[7m fe ff\x1b[0m ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ??\x1b[0m  ................");
	hexedit_row(&h, 0, line, 20);            /* cut, but ended */
	assert_true(strlen(line) < 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits), cmocka_unit_test(characters), cmocka_unit_test(cursor), cmocka_unit_test(refusals),
		cmocka_unit_test(rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
