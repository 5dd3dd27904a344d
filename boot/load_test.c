/* Loading from a volume that is a table of files: the filing system's reader is replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <base/crc32.h>
#include "load.h"

enum { FILES_MAX = 80, MEMORY = 0x400000 };

static struct {
	const char *path;
	const void *data;
	uint64_t size;
	int error;              /* of reading it */
} files[FILES_MAX];
static unsigned file_count;

int polyfs_find(struct polyfs_reader *reader, uint32_t from, const char *path,
		struct polyfs_stat *stat)
{
	(void)reader;
	assert_int_equal(from, POLYFS_INODE_ROOT);
	for (unsigned i = 0; i < file_count; i++) {
		if (strcmp(files[i].path, path))
			continue;
		*stat = (struct polyfs_stat) {
			.size = files[i].size, .inode = i + 2,
			.type = files[i].data ? POLYFS_FILE : POLYFS_DIRECTORY,
		};
		return 0;
	}
	return E_NOT_FOUND;
}

int polyfs_read(struct polyfs_reader *reader, uint32_t inode, uint64_t offset, void *buf,
		uint32_t length)
{
	uint64_t size = files[inode - 2].size;

	(void)reader;
	if (files[inode - 2].error)
		return files[inode - 2].error;
	if (offset >= size)
		return 0;
	if (length > size - offset)
		length = (uint32_t)(size - offset);
	memcpy(buf, (const uint8_t *)files[inode - 2].data + offset, length);
	return (int)length;
}

static void file_add(const char *path, const void *data, uint64_t size)
{
	assert_true(file_count < FILES_MAX);
	files[file_count].error = 0;
	files[file_count].path = path;
	files[file_count].data = data;
	files[file_count++].size = size;
}

static void text_add(const char *path, const char *text)
{
	file_add(path, text, strlen(text));
}

/* --- a machine of 4 MB ------------------------------------------------------------ */

static const struct boot_range map[] = {
	{ 0x100000, MEMORY - 0x100000, BOOT_RANGE_USABLE, 0 },
};

static struct boot_info info;
static struct place place;
static struct load load;
static char said[LOAD_MESSAGE_MAX];

static void say(const char *line)
{
	strcpy(said, line);
}

static int setup(void **state)
{
	(void)state;
	file_count = 0;
	said[0] = 0;
	info = (struct boot_info) { 0 };
	place = (struct place) { .ranges = map, .range_count = 1 };
	load = (struct load) {
		.info = &info, .place = &place, .say = say, .memory = calloc(1, MEMORY),
	};
	return load.memory ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(load.memory);
	return 0;
}

/* --- options ----------------------------------------------------------------------- */

static void options_are_joined(void **state)
{
	(void)state;
	text_add("/boot/options", "# nothing here\n cpu=386\t vme=off # old\r\n\nlast");
	assert_int_equal(load_options(&load), 0);
	assert_string_equal(info.cmdline, "cpu=386 vme=off last");
	assert_int_equal(info.flags, 0);
}

static void options_are_not_needed(void **state)
{
	(void)state;
	assert_int_equal(load_options(&load), 0);
	assert_string_equal(info.cmdline, "");
}

static void given_options_win(void **state)
{
	(void)state;
	strcpy(info.cmdline, "unsafe safe");
	text_add("/boot/options", "cpu=386");
	assert_int_equal(load_options(&load), 0);
	assert_string_equal(info.cmdline, "unsafe safe");
	assert_int_equal(info.flags, BOOT_SAFE);
}

static void safe_is_a_whole_word(void **state)
{
	(void)state;
	text_add("/boot/options", "unsafe safety x=safe");
	assert_int_equal(load_options(&load), 0);
	assert_int_equal(info.flags, 0);
}

static void options_that_are_too_long(void **state)
{
	char text[BOOT_CMDLINE_MAX + 1];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	text_add("/boot/options", text);
	assert_int_equal(load_options(&load), E_RANGE);
	assert_non_null(strstr(load.message, "255"));
	text[BOOT_CMDLINE_MAX - 1] = 0;
	file_count = 0;
	info.cmdline[0] = 0;
	text_add("/boot/options", text);
	assert_int_equal(load_options(&load), 0);
	assert_string_equal(info.cmdline, text);
}

/* --- preload list -------------------------------------------------------------------- */

static void list_forms(void **state)
{
	const char *text = "# comment\n\n i8259\r\nuart?\nkbd ?\nvga\toptional # with one\nx-y_Z9";
	static const struct { const char *name; bool optional; unsigned line; } expected[] = {
		{ "i8259", false, 3 }, { "uart", true, 4 }, { "kbd", true, 5 }, { "vga", true, 6 },
		{ "x-y_Z9", false, 7 },
	};
	struct preload_entry entry = { 0 };

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(preload_next(&text, &entry), 1);
		assert_string_equal(entry.name, expected[i].name);
		assert_int_equal(entry.optional, expected[i].optional);
		assert_int_equal(entry.line, expected[i].line);
	}
	assert_int_equal(preload_next(&text, &entry), 0);
}

static void list_nonsense(void **state)
{
	static const char *const lines[] = {
		"?", "a b", "a ? b", "a optional x", "../boot/kernel", "a.mod", "a\1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *text = lines[i];
		struct preload_entry entry = { 0 };

		assert_int_equal(preload_next(&text, &entry), E_INVALID);
		assert_int_equal(entry.line, 1);
	}
}

static void list_name_lengths(void **state)
{
	char name[BOOT_NAME_MAX + 1];
	const char *text = name;
	struct preload_entry entry = { 0 };

	(void)state;
	memset(name, 'n', BOOT_NAME_MAX);
	name[BOOT_NAME_MAX] = 0;
	assert_int_equal(preload_next(&text, &entry), E_NAME_TOO_LONG);
	name[BOOT_NAME_MAX - 1] = '?';
	text = name;
	assert_int_equal(preload_next(&text, &entry), 1);
	assert_int_equal(strlen(entry.name), BOOT_NAME_MAX - 1);
}

static void modules_are_placed_in_order(void **state)
{
	(void)state;
	text_add("/etc/preload", "b\na\nb\nc?\n");
	file_add("/modules/a.mod", "module a", 8);
	file_add("/modules/b.mod", calloc(1, 5000), 5000);
	assert_int_equal(load_plan_modules(&load), 0);
	assert_int_equal(load.modules_size, 3 * 4096);
	assert_int_equal(place_take(&place, 0x100000, 0x1800), 0);
	assert_int_equal(load_modules(&load), 0);
	assert_int_equal(info.file_count, 2);
	assert_string_equal(info.files[0].name, "b");
	assert_int_equal(info.files[0].paddr, 0x102000);
	assert_int_equal(info.files[0].size, 5000);
	assert_string_equal(info.files[1].name, "a");
	assert_int_equal(info.files[1].paddr, 0x104000);
	assert_memory_equal(load.memory + 0x104000, "module a", 9);
	assert_non_null(strstr(said, "/modules/c.mod"));
	free((void *)(uintptr_t)files[2].data);
}

static void safe_start_leaves_optional_out(void **state)
{
	(void)state;
	text_add("/etc/preload", "a?\nb\nc?\n");
	text_add("/modules/a.mod", "a");
	text_add("/modules/b.mod", "b");
	assert_int_equal(load_plan_modules(&load), 0);
	assert_int_equal(info.file_count, 2);
	info.flags |= BOOT_SAFE; /* the key came late */
	assert_int_equal(load_modules(&load), 0);
	assert_int_equal(info.file_count, 1);
	assert_string_equal(info.files[0].name, "b");
	assert_memory_equal(load.memory + info.files[0].paddr, "b", 2);

	said[0] = 0; /* the key was there from the start: not even looked for */
	info = (struct boot_info) { .flags = BOOT_SAFE };
	assert_int_equal(load_plan_modules(&load), 0);
	assert_int_equal(info.file_count, 1);
	assert_string_equal(said, "");
}

static void missing_module_is_named(void **state)
{
	(void)state;
	text_add("/etc/preload", "\nata\n");
	assert_int_equal(load_plan_modules(&load), E_NOT_FOUND);
	assert_string_equal(load.message, "module missing: /modules/ata.mod, which /etc/preload "
			    "line 2 asks for");
}

static void list_problems_are_named(void **state)
{
	(void)state;
	assert_int_equal(load_plan_modules(&load), E_NOT_FOUND);
	assert_string_equal(load.message, "/etc/preload cannot be read: not found");
	file_add("/etc/preload", NULL, 3); /* a folder */
	assert_int_equal(load_plan_modules(&load), E_IS_DIR);
	file_count = 0;
	file_add("/etc/preload", "", LOAD_TEXT_MAX + 1);
	assert_int_equal(load_plan_modules(&load), E_RANGE);
	file_count = 0;
	text_add("/etc/preload", "a\nb c");
	text_add("/modules/a.mod", "a");
	assert_int_equal(load_plan_modules(&load), E_INVALID);
	assert_non_null(strstr(load.message, "line 2"));
	file_count = 0;
	file_add("/etc/preload", "", 0);
	files[0].error = E_IO;
	files[0].size = 1;
	assert_int_equal(load_plan_modules(&load), E_IO);
}

static void too_many_modules(void **state)
{
	static char list[BOOT_FILES_MAX + 1][32], text[2048];

	(void)state;
	file_add("/etc/preload", text, 0);
	text[0] = 0;
	for (unsigned i = 0; i <= BOOT_FILES_MAX; i++) {
		snprintf(text + strlen(text), 8, "m%u\n", i);
		snprintf(list[i], sizeof(list[i]), "/modules/m%u.mod", i);
		file_add(list[i], "m", 1);
	}
	files[0].size = strlen(text);
	assert_int_equal(load_plan_modules(&load), E_NO_SPACE);
	assert_non_null(strstr(load.message, "more than 64"));
}

static void modules_without_room(void **state)
{
	(void)state;
	text_add("/etc/preload", "huge");
	file_add("/modules/huge.mod", "", MEMORY);
	assert_int_equal(load_plan_modules(&load), 0);
	assert_int_equal(load_modules(&load), E_NO_MEMORY);
	file_count = 0;
	info.file_count = 0;
	text_add("/etc/preload", "huge");
	file_add("/modules/huge.mod", "", 1ull << 32);
	assert_int_equal(load_plan_modules(&load), E_RANGE);
}

/* --- kernel -------------------------------------------------------------------------- */

enum { CODE = 20000 };

static struct {
	struct elf_header header;
	struct elf_program program;
	uint8_t code[CODE];
} kernel;

static void kernel_make(void)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.header = (struct elf_header) {
		.magic = ELF_MAGIC, .class = ELF_CLASS_32, .data = ELF_DATA_LITTLE,
		.type = ELF_TYPE_EXEC, .machine = ELF_MACHINE_386,
		.version = ELF_VERSION_CURRENT, .entry = 0xC0100000,
		.program_offset = offsetof(typeof(kernel), program),
		.program_size = sizeof(struct elf_program), .program_count = 1,
	};
	kernel.program = (struct elf_program) {
		ELF_SEGMENT_LOAD, offsetof(typeof(kernel), code), 0xC0100000, 0x100000, CODE,
		CODE + 9000, 7, 0,
	};
	for (unsigned i = 0; i < CODE; i++)
		kernel.code[i] = (uint8_t)(i * 7 + (i >> 8));
	kernel.header.crc = crc32(0, &kernel, sizeof(kernel));
	file_add("/boot/kernel", &kernel, sizeof(kernel));
}

static void kernel_is_put_in_place(void **state)
{
	(void)state;
	kernel_make();
	memset(load.memory, 0xEE, MEMORY);
	assert_int_equal(load_plan_kernel(&load), 0);
	assert_int_equal(load_kernel(&load), 0);
	assert_int_equal(info.kernel_paddr, 0x100000);
	assert_int_equal(info.kernel_size, CODE + 9000);
	assert_memory_equal(load.memory + 0x100000, kernel.code, CODE);
	for (unsigned i = 0; i < 9000; i++)
		assert_int_equal(load.memory[0x100000 + CODE + i], 0);
	assert_int_equal(load.memory[0x100000 + CODE + 9000], 0xEE);
	assert_int_equal(load.memory[0xFFFFF], 0xEE);
	assert_int_equal(place_low(&place, 1), 0x108000);
}

static void kernel_checksum(void **state)
{
	(void)state;
	kernel_make();
	kernel.code[CODE - 1] ^= 1;
	assert_int_equal(load_plan_kernel(&load), 0);
	assert_int_equal(load_kernel(&load), E_DAMAGED);
	assert_string_equal(load.message, "kernel /boot/kernel is damaged: its checksum is wrong");
	kernel.header.crc = 0; /* none given: not checked */
	place.taken_count = 0;
	assert_int_equal(load_plan_kernel(&load), 0);
	assert_int_equal(load_kernel(&load), 0);
}

static void kernel_problems_are_named(void **state)
{
	(void)state;
	assert_int_equal(load_plan_kernel(&load), E_NOT_FOUND);
	assert_non_null(strstr(load.message, "kernel missing"));
	kernel_make();
	files[0].size = 10000; /* cut */
	assert_int_equal(load_plan_kernel(&load), E_DAMAGED);
	assert_non_null(strstr(load.message, "outside the file"));
	files[0].size = 0;
	assert_int_equal(load_plan_kernel(&load), E_DAMAGED);
	files[0].size = sizeof(kernel);
	kernel.program.paddr = MEMORY - 0x1000;
	assert_int_equal(load_plan_kernel(&load), E_NO_MEMORY);
	assert_non_null(strstr(load.message, "not all free RAM"));
	files[0].error = E_IO;
	assert_int_equal(load_plan_kernel(&load), E_IO);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(options_are_joined), TEST(options_are_not_needed), TEST(given_options_win),
		TEST(safe_is_a_whole_word), TEST(options_that_are_too_long),
		TEST(list_forms), TEST(list_nonsense), TEST(list_name_lengths),
		TEST(modules_are_placed_in_order), TEST(safe_start_leaves_optional_out),
		TEST(missing_module_is_named), TEST(list_problems_are_named),
		TEST(too_many_modules), TEST(modules_without_room),
		TEST(kernel_is_put_in_place), TEST(kernel_checksum),
		TEST(kernel_problems_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
