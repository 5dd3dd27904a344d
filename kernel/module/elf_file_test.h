/* For tests of the loader: makes a module file in memory, seals it when it is loaded, and stands
 * in for what elf.c calls.
 *
 * The file has eight sections; its descriptor names itself, a need, and two functions. A test
 * damages what it wants and loads it. */
#ifndef MODULE_ELF_FILE_TEST_H
#define MODULE_ELF_FILE_TEST_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <abi/module_seal.h>
#include <base/crc32.h>
#include <base/mem.h>
#include "module.h"

enum { FILE_MAX = 2048, PAGES_MAX = 64, BLOCKS_MAX = 64 };

enum elf_file_section { S_NULL, S_TEXT, S_DATA, S_BSS, S_RELDATA, S_RELTEXT, S_SYMTAB, S_STRTAB, S_COUNT };
enum { TEXT = 0x100, DATA = 0x140, RELDATA = 0x1C0, RELTEXT = 0x200, SYMTAB = 0x220, STRTAB = 0x2A0,
       SECTIONS = 0x2F0, FILE_SIZE = SECTIONS + S_COUNT * 40 };
enum { TEXT_SIZE = 32, DATA_SIZE = 124, BSS_SIZE = 5000, SYMBOLS = 8 };
enum { SYM_NULL, SYM_TEXT, SYM_DATA, SYM_BSS, SYM_INFO, SYM_START, SYM_STOP, SYM_LOG };
/* In .data: descriptor, one need and the end of needs, texts. */
enum { D_INFO = 0, D_NEEDS = 28, D_NAME = 56, D_SUMMARY = 64, D_ROLE = 80, D_VARIABLE = 96 };
enum { EXPORT_ADDRESS = 0x12345678 };

struct elf_file {
	uint8_t bytes[FILE_MAX];
	size_t size;
};

/* --- what elf.c calls -------------------------------------------------------------------- */

static char elf_error[200];
static void *elf_pages[PAGES_MAX], *elf_blocks[BLOCKS_MAX];
static unsigned elf_page_count, elf_block_count;
static bool elf_no_memory;

int module_error(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(elf_error, sizeof elf_error, format, args);
	va_end(args);
	return error;
}

uintptr_t export_find(const char *name)
{
	return name[0] >= 'A' && name[0] <= 'Z' ? 0 : EXPORT_ADDRESS;
}

void *page_alloc(struct account *account, size_t count)
{
	void *pages = elf_no_memory || !count || elf_page_count == PAGES_MAX ? NULL : aligned_alloc(4096, count * 4096);

	(void)account;
	if (pages)
		elf_pages[elf_page_count++] = memset(pages, 0, count * 4096);
	return pages;
}

void *mem_alloc(struct account *account, size_t size)
{
	void *block = elf_no_memory || elf_block_count == BLOCKS_MAX ? NULL : calloc(1, size ? size : 1);

	(void)account;
	if (block)
		elf_blocks[elf_block_count++] = block;
	return block;
}

/* As closing the account would. */
static void elf_free_all(void)
{
	while (elf_page_count)
		free(elf_pages[--elf_page_count]);
	while (elf_block_count)
		free(elf_blocks[--elf_block_count]);
}

/* --- the file ------------------------------------------------------------------------------ */

static inline void put16(struct elf_file *f, size_t at, uint16_t v) { memcpy(f->bytes + at, &v, 2); }
static inline void put32(struct elf_file *f, size_t at, uint32_t v) { memcpy(f->bytes + at, &v, 4); }

static inline size_t section_at(unsigned section)
{
	return SECTIONS + section * 40u;
}

static void section(struct elf_file *f, unsigned n, uint32_t type, uint32_t flags, uint32_t offset,
		    uint32_t size, uint32_t link, uint32_t info, uint32_t align)
{
	const uint32_t fields[] = { 0, type, flags, 0, offset, size, link, info, align, 0 };

	memcpy(f->bytes + section_at(n), fields, sizeof fields);
}

static void symbol(struct elf_file *f, unsigned n, uint32_t name, uint32_t value, uint8_t info,
		   uint16_t in_section)
{
	size_t at = SYMTAB + n * 16;

	put32(f, at, name);
	put32(f, at + 4, value);
	f->bytes[at + 12] = info;
	put16(f, at + 14, in_section);
}

static void relocation(struct elf_file *f, size_t at, uint32_t offset, unsigned sym, unsigned type)
{
	put32(f, at, offset);
	put32(f, at + 4, sym << 8 | type);
}

static void elf_file_data(struct elf_file *f)
{
	const uint32_t info[] = { MODULE_ABI, D_NAME, D_SUMMARY, D_NEEDS, 0, 0, 0 };

	memcpy(f->bytes + DATA, info, sizeof info);
	put32(f, DATA + D_NEEDS, D_ROLE);
	put16(f, DATA + D_NEEDS + 8, 1);
	memcpy(f->bytes + DATA + D_NAME, "sample", 7);
	memcpy(f->bytes + DATA + D_SUMMARY, "for tests", 10);
	memcpy(f->bytes + DATA + D_ROLE, "block", 6);
	/* What is stored is the addend: relative to .data, or to the function. */
	relocation(f, RELDATA + 0, 4, SYM_DATA, 1);
	relocation(f, RELDATA + 8, 8, SYM_DATA, 1);
	relocation(f, RELDATA + 16, 12, SYM_DATA, 1);
	relocation(f, RELDATA + 24, 16, SYM_START, 1);
	relocation(f, RELDATA + 32, 20, SYM_STOP, 1);
	relocation(f, RELDATA + 40, D_NEEDS, SYM_DATA, 1);
	relocation(f, RELDATA + 48, D_VARIABLE, SYM_BSS, 1);
}

static void elf_file_init(struct elf_file *f)
{
	static const char names[] = "\0module_info\0start\0stop\0log_line";

	memset(f, 0, sizeof *f);
	f->size = FILE_SIZE;
	memcpy(f->bytes, "\177ELF\1\1\1", 7);
	put16(f, 16, 1);
	put16(f, 18, 3);
	put32(f, 20, 1);
	put32(f, 32, SECTIONS);
	put16(f, 40, 52);
	put16(f, 46, 40);
	put16(f, 48, S_COUNT);
	put16(f, 50, S_STRTAB);
	memset(f->bytes + TEXT, 0x90, TEXT_SIZE);
	put32(f, TEXT + 5, 0xFFFFFFFC);          /* a CALL's operand, relative to its end */
	elf_file_data(f);
	relocation(f, RELTEXT, 5, SYM_LOG, 2);
	symbol(f, SYM_TEXT, 0, 0, 3, S_TEXT);
	symbol(f, SYM_DATA, 0, 0, 3, S_DATA);
	symbol(f, SYM_BSS, 0, 0, 3, S_BSS);
	symbol(f, SYM_INFO, 1, D_INFO, 0x11, S_DATA);
	symbol(f, SYM_START, 13, 0, 0x12, S_TEXT);
	symbol(f, SYM_STOP, 19, 16, 0x12, S_TEXT);
	symbol(f, SYM_LOG, 24, 0, 0x10, 0);
	memcpy(f->bytes + STRTAB, names, sizeof names);
	section(f, S_TEXT, 1, 6, TEXT, TEXT_SIZE, 0, 0, 16);
	section(f, S_DATA, 1, 3, DATA, DATA_SIZE, 0, 0, 32);
	section(f, S_BSS, 8, 3, 0, BSS_SIZE, 0, 0, 64);
	section(f, S_RELDATA, 9, 0, RELDATA, 7 * 8, S_SYMTAB, S_DATA, 4);
	section(f, S_RELTEXT, 9, 0, RELTEXT, 8, S_SYMTAB, S_TEXT, 4);
	section(f, S_SYMTAB, 2, 0, SYMTAB, SYMBOLS * 16, S_STRTAB, 4, 4);
	section(f, S_STRTAB, 3, 0, STRTAB, sizeof names, 0, 0, 1);
}

static void elf_file_seal(uint8_t *bytes, size_t size)
{
	struct module_seal seal = { MODULE_SEAL_MAGIC, crc32(0, bytes, size) };

	memcpy(bytes + size, &seal, sizeof seal);
}

/* Loads a copy that ends where the file ends, so that reading beyond is seen. */
static int elf_file_load_as_is(const char *name, const void *bytes, size_t size, struct module *m)
{
	void *copy = malloc(size ? size : 1);
	int err;

	memcpy(copy, bytes, size);
	*m = (struct module){ 0 };
	str_copy(m->name, name, sizeof m->name);
	elf_error[0] = 0;
	err = elf_load(m, copy, size);
	free(copy);
	return err;
}

/* The same with a seal put behind it: so damage gets past the checksum. */
static int elf_file_load(const char *name, const void *bytes, size_t size, struct module *m)
{
	uint8_t *sealed = malloc(size + sizeof(struct module_seal));
	int err;

	memcpy(sealed, bytes, size);
	elf_file_seal(sealed, size);
	err = elf_file_load_as_is(name, sealed, size + sizeof(struct module_seal), m);
	free(sealed);
	return err;
}

#endif
