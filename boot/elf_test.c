/* Executables, whole and broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "elf.h"

enum { FILE_SIZE = 0x3000 };

/* A kernel of two segments, code and data with 1 KB of zeros. */
struct file {
	struct elf_header header;
	struct elf_program programs[ELF_SEGMENTS_MAX + 1];
};

static struct file good(void)
{
	return (struct file) {
		.header = {
			.magic = ELF_MAGIC, .class = ELF_CLASS_32, .data = ELF_DATA_LITTLE,
			.crc = 0xC0FFEE, .type = ELF_TYPE_EXEC, .machine = ELF_MACHINE_386,
			.version = ELF_VERSION_CURRENT, .entry = 0xC0100010,
			.program_offset = sizeof(struct elf_header),
			.program_size = sizeof(struct elf_program), .program_count = 2,
		},
		.programs = {
			{ ELF_SEGMENT_LOAD, 0x1000, 0xC0100000, 0x100000, 0x1000, 0x1000, 5, 0 },
			{ ELF_SEGMENT_LOAD, 0x2000, 0xC0101000, 0x101000, 0xC00, 0x1000, 6, 0 },
		},
	};
}

static int plan(const struct file *file, struct elf_plan *result)
{
	const char *why = NULL;
	int status = elf_plan(result, file, sizeof(*file), FILE_SIZE, &why);

	if (status < 0)
		assert_non_null(why);
	return status;
}

static void good_file_is_planned(void **state)
{
	struct file file = good();
	struct elf_plan result;

	(void)state;
	assert_int_equal(plan(&file, &result), 0);
	assert_int_equal(result.count, 2);
	assert_int_equal(result.base, 0x100000);
	assert_int_equal(result.end, 0x102000);
	assert_int_equal(result.entry, 0x100010);
	assert_int_equal(result.crc, 0xC0FFEE);
	assert_int_equal(result.segments[1].offset, 0x2000);
	assert_int_equal(result.segments[1].paddr, 0x101000);
	assert_int_equal(result.segments[1].file_size, 0xC00);
	assert_int_equal(result.segments[1].mem_size, 0x1000);
}

static void entry_may_be_physical(void **state)
{
	struct file file = good();
	struct elf_plan result;

	(void)state;
	file.header.entry = 0x101004;
	assert_int_equal(plan(&file, &result), 0);
	assert_int_equal(result.entry, 0x101004);
	file.header.entry = 0x101C00; /* in the zeros: nothing to run there */
	assert_int_equal(plan(&file, &result), E_DAMAGED);
}

static void other_segments_are_ignored(void **state)
{
	struct file file = good();
	struct elf_plan result;

	(void)state;
	file.header.program_count = 4;
	file.programs[2] = (struct elf_program) { .type = 0x6474E551, .offset = 0xFFFFFFFF,
						  .mem_size = 1 };
	file.programs[3] = (struct elf_program) { .type = ELF_SEGMENT_LOAD, .paddr = 0 };
	assert_int_equal(plan(&file, &result), 0);
	assert_int_equal(result.count, 2);
}

/* Each line spoils one 16- or 32-bit field of a good file. */
static const struct {
	const char *what;
	size_t offset, size;
	uint32_t value;
} broken[] = {
#define HEADER(field, value) { #field, offsetof(struct file, header.field), \
		sizeof(((struct file *)0)->header.field), value }
#define SEGMENT(field, value) { #field, offsetof(struct file, programs[1].field), 4, value }
	HEADER(magic, 0x464C4580), HEADER(class, 2), HEADER(data, 2), HEADER(machine, 62),
	HEADER(type, 1), HEADER(version, 0), HEADER(program_size, 56),
	HEADER(program_count, 0), HEADER(program_count, 0xFFFF),
	HEADER(program_offset, 0xFFFFFFF0), HEADER(program_offset, sizeof(struct file)),
	HEADER(entry, 0), HEADER(entry, 0xFFFFFFFF),
	SEGMENT(offset, 0x2401), SEGMENT(offset, 0xFFFFFFFF),
	SEGMENT(file_size, 0x1001), SEGMENT(file_size, 0xFFFFFFFF),
	SEGMENT(mem_size, 0xBFF), SEGMENT(mem_size, 0xFFFFFFFF),
	SEGMENT(paddr, 0), SEGMENT(paddr, 0xFF000), SEGMENT(paddr, 0x100800),
	SEGMENT(paddr, 0xFF001), SEGMENT(paddr, 0xFFFFFFFF),
};

static void broken_files_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct file file = good();
		struct elf_plan result;

		memcpy((uint8_t *)&file + broken[i].offset, &broken[i].value, broken[i].size);
		if (plan(&file, &result) != E_DAMAGED)
			fail_msg("%s = %X was accepted", broken[i].what, broken[i].value);
	}
}

/* Whatever its length, no byte beyond the end is looked at (the sanitizer would object). */
static void short_heads_are_refused(void **state)
{
	(void)state;
	for (size_t size = 0; size < offsetof(struct file, programs[2]); size++) {
		struct file file = good();
		uint8_t head[sizeof(file)];
		struct elf_plan result;
		const char *why;

		memcpy(head + sizeof(head) - size, &file, size);
		assert_int_equal(elf_plan(&result, head + sizeof(head) - size, size, FILE_SIZE,
					  &why), E_DAMAGED);
	}
}

static void too_many_segments(void **state)
{
	struct file file = good();
	struct elf_plan result;

	(void)state;
	file.header.program_count = ELF_SEGMENTS_MAX + 1;
	for (unsigned i = 0; i <= ELF_SEGMENTS_MAX; i++) {
		file.programs[i] = file.programs[0];
		file.programs[i].paddr += i * 0x1000;
	}
	assert_int_equal(plan(&file, &result), E_DAMAGED);
	file.header.program_count--;
	assert_int_equal(plan(&file, &result), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_file_is_planned),
		cmocka_unit_test(entry_may_be_physical),
		cmocka_unit_test(other_segments_are_ignored),
		cmocka_unit_test(broken_files_are_refused),
		cmocka_unit_test(short_heads_are_refused),
		cmocka_unit_test(too_many_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
