/* The loader: what a good file becomes, and that no bad one gets through or does harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "elf_file_test.h"

static struct elf_file file;
static struct module m;

static int setup(void **state)
{
	(void)state;
	elf_no_memory = false;
	elf_file_init(&file);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	elf_free_all();
	return 0;
}

static int load(void)
{
	return elf_file_load("sample", file.bytes, file.size, &m);
}

static void assert_refused(int error, const char *why)
{
	assert_int_equal(load(), error);
	if (!strstr(elf_error, why))
		fail_msg("said \"%s\", not \"%s\"", elf_error, why);
	assert_non_null(strstr(elf_error, "sample: "));
	assert_null(m.info);
}

static uint32_t image_word(size_t offset)
{
	uint32_t word;

	memcpy(&word, (uint8_t *)m.image + offset, sizeof word);
	return word;
}

static uint32_t low(const void *p)
{
	return (uint32_t)(uintptr_t)p;
}

/* --- a good file ------------------------------------------------------------------------- */

/* .text at 0, .data at 32 (aligned), .bss at 192. */
static void test_sections_and_relocations(void **state)
{
	(void)state;
	assert_int_equal(load(), E_OK);
	assert_int_equal(m.image_size, 192 + BSS_SIZE);
	assert_ptr_equal(m.info, (uint8_t *)m.image + 32);
	assert_int_equal(image_word(32), MODULE_ABI);
	assert_int_equal(image_word(32 + 4), low(m.image) + 32 + D_NAME);
	assert_int_equal(image_word(32 + 16), low(m.image));
	assert_int_equal(image_word(32 + 20), low(m.image) + 16);
	assert_int_equal(image_word(32 + D_VARIABLE), low(m.image) + 192);
	assert_int_equal(image_word(5), EXPORT_ADDRESS - 4 - (low(m.image) + 5));
	for (size_t i = 192; i < m.image_size; i++)
		assert_int_equal(((uint8_t *)m.image)[i], 0);
}

static void test_symbols(void **state)
{
	(void)state;
	assert_int_equal(load(), E_OK);
	assert_int_equal(m.symbol_count, 2);
	assert_int_equal(m.symbols[1].address, low(m.image) + 16);
	assert_string_equal(m.symbol_names + m.symbols[0].name, "start");
	assert_string_equal(m.symbol_names + m.symbols[1].name, "stop");
}

static void test_absolute_symbol(void **state)
{
	(void)state;
	symbol(&file, SYM_LOG, 24, 0x1000, 0x10, 0xFFF1);
	assert_int_equal(load(), E_OK);
	assert_int_equal(image_word(5), 0x1000u - 4 - (low(m.image) + 5));
}

/* --- bad ones -------------------------------------------------------------------------------- */

static void test_no_memory(void **state)
{
	(void)state;
	elf_no_memory = true;
	assert_refused(E_NO_MEMORY, "KB of memory");
}

/* Whichever bit of the file is flipped, seal included: one line, and nothing was looked at. */
static void test_every_bit_is_sealed(void **state)
{
	uint8_t sealed[FILE_SIZE + sizeof(struct module_seal)];

	(void)state;
	memcpy(sealed, file.bytes, FILE_SIZE);
	elf_file_seal(sealed, FILE_SIZE);
	assert_int_equal(elf_file_load_as_is("sample", sealed, sizeof sealed, &m), E_OK);
	elf_free_all();
	for (size_t bit = 0; bit < sizeof sealed * 8; bit++) {
		sealed[bit / 8] ^= 1u << bit % 8;
		if (elf_file_load_as_is("sample", sealed, sizeof sealed, &m) != E_DAMAGED ||
		    !strstr(elf_error, "checksum") || elf_page_count)
			fail_msg("bit %zu: said \"%s\"", bit, elf_error);
		sealed[bit / 8] ^= 1u << bit % 8;
	}
}

static void test_without_seal(void **state)
{
	(void)state;
	assert_int_equal(elf_file_load_as_is("sample", file.bytes, FILE_SIZE, &m), E_DAMAGED);
	assert_string_equal(elf_error, "sample: damaged: it carries no checksum, or was cut off; copy the file anew");
	for (size_t size = 0; size < sizeof(struct module_seal); size++) {
		assert_int_equal(elf_file_load_as_is("sample", file.bytes, size, &m), E_DAMAGED);
		assert_string_equal(elf_error, "sample: damaged: cut off");
	}
}

/* Only the section table's end makes the file whole. */
static void test_truncated_everywhere(void **state)
{
	(void)state;
	for (size_t size = 0; size < FILE_SIZE; size++) {
		int err = elf_file_load("sample", file.bytes, size, &m);

		if (err != E_DAMAGED)
			fail_msg("cut to %zu bytes: %d", size, err);
		elf_free_all();
	}
}

static void test_header(void **state)
{
	static const struct { uint8_t at, value; } wrong[] = {
		{ 0, 0 }, { 1, 'e' }, { 4, 2 }, { 5, 2 }, { 16, 2 }, { 18, 62 }, { 46, 39 }, { 48, 200 }, { 32, 0xF2 },
		{ 35, 0xFF },
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		elf_file_init(&file);
		file.bytes[wrong[i].at] = wrong[i].value;
		assert_refused(E_DAMAGED, "damaged");
	}
}

static void test_wrong_interface(void **state)
{
	(void)state;
	put32(&file, DATA + D_INFO, MODULE_ABI + 1);
	assert_refused(E_VERSION, "made for module interface 2, this kernel has 1");
}

static void test_descriptor_missing(void **state)
{
	(void)state;
	file.bytes[STRTAB + 1] = 'M';
	assert_refused(E_DAMAGED, "no module descriptor");
}

/* The sum of its place and its size is beyond 4 GB. */
static void test_descriptor_before_its_section(void **state)
{
	(void)state;
	symbol(&file, SYM_INFO, 1, 0xFFFFFFF0, 0x11, S_DATA);
	assert_refused(E_DAMAGED, "no module descriptor");
}

static void test_descriptor_names_another(void **state)
{
	(void)state;
	file.bytes[DATA + D_NAME] = 'S';
	assert_refused(E_DAMAGED, "names another module");
}

/* Each pointer in turn leads to where no text, code or table is. */
static void test_descriptor_pointers(void **state)
{
	static const unsigned pointers[] = { 4, 8, 12, 16, 20, 24, D_NEEDS, D_NEEDS + 4 };

	(void)state;
	for (unsigned i = 0; i < sizeof pointers / sizeof *pointers; i++) {
		elf_file_init(&file);
		put32(&file, DATA + pointers[i], 0x7FFF0000);
		assert_refused(E_DAMAGED, pointers[i] == 4 ? "names another" : "points elsewhere");
		elf_free_all();
	}
}

static void test_no_start(void **state)
{
	(void)state;
	relocation(&file, RELDATA + 24, 16, SYM_NULL, 0);
	assert_refused(E_DAMAGED, "points elsewhere");
}

/* The list of needs must end inside the image. */
static void test_needs_without_end(void **state)
{
	(void)state;
	put32(&file, section_at(S_BSS) + 4, 3);            /* no memory behind .data */
	put32(&file, section_at(S_BSS) + 8, 0);
	relocation(&file, RELDATA + 48, D_VARIABLE, SYM_NULL, 0);
	put32(&file, section_at(S_BSS) + 20, 1);
	put32(&file, section_at(S_DATA) + 20, D_NEEDS + 12);
	for (unsigned i = 0; i < 7; i++)
		if (i != 3 && i != 4 && i != 5)
			relocation(&file, RELDATA + i * 8, 0, SYM_NULL, 0);
	assert_int_equal(load(), E_DAMAGED);
	assert_null(m.info);
}

static void test_unresolved(void **state)
{
	(void)state;
	file.bytes[STRTAB + 24] = 'L';
	assert_refused(E_UNRESOLVED, "needs the symbol Log_line");
}

static void test_relocations(void **state)
{
	(void)state;
	relocation(&file, RELTEXT, TEXT_SIZE - 3, SYM_LOG, 2);
	assert_refused(E_DAMAGED, "outside its section");
	relocation(&file, RELTEXT, 0xFFFFFFFE, SYM_LOG, 2);
	assert_refused(E_DAMAGED, "outside its section");
	relocation(&file, RELTEXT, 5, SYMBOLS, 2);
	assert_refused(E_DAMAGED, "symbol number");
	relocation(&file, RELTEXT, 5, SYM_LOG, 10);
	assert_refused(E_DAMAGED, "unknown relocation");
	relocation(&file, RELTEXT, 5, SYM_LOG, 2);
	put32(&file, section_at(S_RELTEXT) + 4, 4);
	assert_refused(E_DAMAGED, "with addends");
	put32(&file, section_at(S_RELTEXT) + 4, 9);
	put32(&file, section_at(S_RELTEXT) + 16, RELTEXT + 1);
	assert_refused(E_DAMAGED, "relocations");
}

static void test_symbol_beyond_its_section(void **state)
{
	(void)state;
	symbol(&file, SYM_BSS, 0, BSS_SIZE + 1, 3, S_BSS);
	assert_refused(E_DAMAGED, "symbol section");
	symbol(&file, SYM_BSS, 0, 0, 3, S_COUNT);
	assert_refused(E_DAMAGED, "symbol section");
	symbol(&file, SYM_BSS, 0, 0, 3, S_SYMTAB);
	assert_refused(E_DAMAGED, "symbol section");
}

static void test_tables(void **state)
{
	(void)state;
	put32(&file, section_at(S_SYMTAB) + 24, S_COUNT);
	assert_refused(E_DAMAGED, "symbol table");
	put32(&file, section_at(S_SYMTAB) + 24, S_DATA);
	assert_refused(E_DAMAGED, "string table");
	put32(&file, section_at(S_SYMTAB) + 24, S_STRTAB);
	put32(&file, section_at(S_STRTAB) + 20, 5);        /* its last byte is not 0 */
	assert_refused(E_DAMAGED, "string table");
	put32(&file, section_at(S_SYMTAB) + 4, 1);
	assert_refused(E_DAMAGED, "no symbol table");
}

static void test_sizes(void **state)
{
	(void)state;
	put32(&file, section_at(S_BSS) + 20, 0x1000000);
	assert_refused(E_DAMAGED, "16 MB");
	put32(&file, section_at(S_BSS) + 20, 0xFFFFFFFF);
	assert_refused(E_DAMAGED, "16 MB");
	put32(&file, section_at(S_BSS) + 20, BSS_SIZE);
	put32(&file, section_at(S_BSS) + 32, 3);
	assert_refused(E_DAMAGED, "alignment");
	put32(&file, section_at(S_BSS) + 32, 8192);
	assert_refused(E_DAMAGED, "alignment");
	for (unsigned i = S_TEXT; i <= S_BSS; i++)
		put32(&file, section_at(i) + 8, 0);
	assert_refused(E_DAMAGED, "nothing to load");
}

/* Names that share their end would take more room than the file is long. */
static void test_back_trace_names_are_bounded(void **state)
{
	(void)state;
	for (unsigned i = SYM_TEXT; i <= SYM_BSS; i++)
		file.bytes[SYMTAB + i * 16 + 12] = 2;
	memset(file.bytes + FILE_SIZE, 'x', FILE_MAX - FILE_SIZE - 1);
	put32(&file, section_at(S_STRTAB) + 16, STRTAB);
	put32(&file, section_at(S_STRTAB) + 20, FILE_MAX - STRTAB);
	file.size = FILE_MAX;
	for (unsigned i = SYM_TEXT; i <= SYM_BSS; i++)
		put32(&file, SYMTAB + i * 16, FILE_SIZE - STRTAB);
	for (unsigned i = 0; i < S_COUNT; i++)
		put32(&file, section_at(i), 0);
	assert_int_equal(load(), E_OK);
	assert_int_equal(m.symbol_count, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_sections_and_relocations), TEST(test_symbols), TEST(test_absolute_symbol),
		TEST(test_every_bit_is_sealed), TEST(test_without_seal),
		TEST(test_no_memory), TEST(test_truncated_everywhere), TEST(test_header),
		TEST(test_wrong_interface), TEST(test_descriptor_missing),
		TEST(test_descriptor_before_its_section), TEST(test_descriptor_names_another),
		TEST(test_descriptor_pointers), TEST(test_no_start), TEST(test_needs_without_end),
		TEST(test_unresolved), TEST(test_relocations), TEST(test_symbol_beyond_its_section),
		TEST(test_tables), TEST(test_sizes), TEST(test_back_trace_names_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
