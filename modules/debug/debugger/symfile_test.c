#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "symfile.h"

static char got[400];

static int add(struct symfile_sink *sink, const char *name, size_t n, uint16_t segment, uint32_t offset)
{
	(void)sink;
	sprintf(got + strlen(got), "%04x:%04x %.*s\n", segment, (unsigned)offset, (int)n, name);
	return E_OK;
}

static int full(struct symfile_sink *sink, const char *name, size_t n, uint16_t segment, uint32_t offset)
{
	(void)sink, (void)name, (void)n, (void)segment, (void)offset;
	return E_NO_MEMORY;
}

static int parse(const char *data, size_t size, enum symfile_type *type)
{
	struct symfile_sink sink = { add };

	got[0] = 0;
	return symfile_parse(data, size, &sink, type);
}

/* As Microsoft's LINK and Borland's TLINK write them. */
static void maps(void **state)
{
	static const char text[] =
		" Start  Stop   Length Name                   Class\r\n 00000H 0001FH 00020H _TEXT              CODE\r\n\r\n"
		"  Address         Publics by Value\r\n\r\n 0000:0010       _main\r\n 0001:0004  Abs  _table\r\n"
		" 0001:0008 idle  @two$q\r\n0002:0000*     watcom_\r\n\r\nProgram entry point at 0000:0010\r\n";
	enum symfile_type type;

	(void)state;
	assert_int_equal(parse(text, sizeof text - 1, &type), 4);
	assert_int_equal(type, SYMFILE_MAP);
	assert_string_equal(got, "0000:0010 _main\n0001:0004 _table\n0001:0008 @two$q\n0002:0000 watcom_\n");
}

static void nasm_map(void **state)
{
	static const char text[] =
		"- NASM Map file ---\n\n-- Program origin ----\n\n00007C00\n\n-- Symbols ---\n\n---- Section .text ---\n\n"
		"Real              Virtual           Name\n            7C00              7C00  start\n"
		"            7C10              0010  moved\n";
	enum symfile_type type;

	(void)state;
	assert_int_equal(parse(text, sizeof text - 1, &type), 2);
	assert_int_equal(type, SYMFILE_NASM);
	assert_string_equal(got, "0000:7c00 start\n0000:0010 moved\n");
}

static void put(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* ELF header, three section headers (none, symbols, names), two symbols and their names. */
static size_t make_elf(uint8_t *elf)
{
	enum { SECTIONS = 52, SYMBOLS = SECTIONS + 3 * 40, NAMES = SYMBOLS + 3 * 16 };

	memset(elf, 0, 256);
	memcpy(elf, "\177ELF\1\1\1", 7);
	put(elf + 32, SECTIONS);
	elf[48] = 3;
	put(elf + SECTIONS + 40 + 4, 2);
	put(elf + SECTIONS + 40 + 16, SYMBOLS);
	put(elf + SECTIONS + 40 + 20, 48);
	put(elf + SECTIONS + 40 + 24, 2);
	put(elf + SECTIONS + 80 + 16, NAMES);
	put(elf + SECTIONS + 80 + 20, 11);
	put(elf + SYMBOLS + 16, 1);
	put(elf + SYMBOLS + 20, 0x1234);
	elf[SYMBOLS + 30] = 1;
	put(elf + SYMBOLS + 32, 6);
	put(elf + SYMBOLS + 36, 0x100010);
	elf[SYMBOLS + 44] = 0x12;
	elf[SYMBOLS + 46] = 1;
	memcpy(elf + NAMES, "\0main\0next", 11);
	return NAMES + 11;
}

static void elf(void **state)
{
	enum symfile_type type;
	uint8_t file[256];
	size_t size = make_elf(file);
	struct symfile_sink none = { full };

	(void)state;
	assert_int_equal(parse((char *)file, size, &type), 2);
	assert_int_equal(type, SYMFILE_ELF);
	assert_string_equal(got, "0000:1234 main\n0000:100010 next\n");
	assert_int_equal(symfile_parse((char *)file, size, &none, &type), E_NO_MEMORY);
	/* Cut anywhere it is damaged, or has no symbols; never read beyond. */
	for (size_t cut = 4; cut < size; cut++) {
		uint8_t copy[256];
		int n;

		memcpy(copy, file, cut);
		n = parse((char *)copy, cut, &type);
		assert_true(n == E_DAMAGED);
	}
	file[4] = 2;
	assert_int_equal(parse((char *)file, size, &type), E_UNSUPPORTED);
}

static void nothing(void **state)
{
	enum symfile_type type;

	(void)state;
	assert_int_equal(parse("", 0, &type), 0);
	assert_int_equal(parse("1234:5678\n12345:678 a\n0000 0000 0000 name\nabc", 46, &type), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps), cmocka_unit_test(nasm_map), cmocka_unit_test(elf), cmocka_unit_test(nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
