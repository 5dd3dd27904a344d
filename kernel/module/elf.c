/* The loader proper: an ELF32 relocatable file becomes code and data in memory.
 *
 * All allocated sections go, aligned, into one run of pages; every index and offset of the
 * file is checked before it is used, and every pointer of the module's descriptor. The seal comes
 * first, so that this is about files that were made wrong, not about bad media. Addresses are
 * 32 bits whatever a pointer is, so that this is tested on any host. Understood are R_386_32 and R_386_PC32 (and PLT32, which
 * is the same without a procedure linkage table).
 * Read: System V Application Binary Interface, chapter 4 "Object Files", and its Intel386
 * supplement, "Relocation". */
#include <abi/module_seal.h>
#include <base/crc32.h>
#include <base/mem.h>
#include <kern/types.h>
#include "module.h"

struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version, entry, program_offset, section_offset, flags;
	uint16_t header_size, program_size, program_count, section_size, section_count, names;
};
_Static_assert(sizeof(struct elf_header) == 52, "ELF32 header");

struct elf_section {
	uint32_t name, type, flags, addr, offset, size, link, info, align, entry_size;
};
_Static_assert(sizeof(struct elf_section) == 40, "ELF32 section header");

struct elf_symbol {
	uint32_t name, value, size;
	uint8_t info, other;
	uint16_t section;
};
_Static_assert(sizeof(struct elf_symbol) == 16, "ELF32 symbol");

struct elf_rel {
	uint32_t offset, info;
};

/* struct module_info and struct module_need as they lie in a module. */
struct elf_info {
	uint32_t abi, name, summary, needs, start, stop, wants_to_go;
};
struct elf_need {
	uint32_t role, name;
	uint16_t version;
	uint8_t optional, reserved;
};
_Static_assert(sizeof(void *) != sizeof(uint32_t) || (sizeof(struct elf_info) == sizeof(struct module_info) &&
	       sizeof(struct elf_need) == sizeof(struct module_need)), "on the target they are the same");

enum {
	ELF_RELOCATABLE = 1, ELF_386 = 3, ELF_CLASS32 = 1, ELF_LITTLE_ENDIAN = 1,
	SECTION_SYMBOLS = 2, SECTION_STRINGS = 3, SECTION_NOBITS = 8, SECTION_REL = 9, SECTION_RELA = 4,
	SECTION_ALLOC = 2,
	SYMBOL_UNDEFINED = 0, SYMBOL_ABSOLUTE = 0xFFF1, SYMBOL_FUNCTION = 2,
	R_386_NONE = 0, R_386_32 = 1, R_386_PC32 = 2, R_386_PLT32 = 4,
	SECTIONS_MAX = 64,
};

struct loading {
	struct module *m;
	const uint8_t *file;
	size_t size;
	const struct elf_header *header;
	const struct elf_section *sections;
	const struct elf_symbol *symbols;
	uint32_t symbol_count;
	const char *strings;
	uint32_t strings_size;
	uint8_t *at[SECTIONS_MAX];     /* where each allocated section lies */
};

static bool within(const struct loading *l, uint32_t offset, uint64_t size)
{
	return offset <= l->size && size <= l->size - offset;
}

static uint32_t address_of(const void *place)
{
	return (uint32_t)(uintptr_t)place;
}

static int damaged(const struct loading *l, const char *what)
{
	return module_error(E_DAMAGED, "%s: damaged: %s", l->m->name, what);
}

/* Takes the seal off. */
static int check_seal(struct loading *l)
{
	struct module_seal seal;

	if (l->size < sizeof seal)
		return damaged(l, "cut off");
	l->size -= sizeof seal;
	memcpy(&seal, l->file + l->size, sizeof seal);
	if (memcmp(seal.magic, MODULE_SEAL_MAGIC, sizeof seal.magic) != 0)
		return damaged(l, "it carries no checksum, or was cut off; copy the file anew");
	if (crc32(0, l->file, l->size) != seal.crc)
		return damaged(l, "its checksum is wrong; copy the file anew");
	return E_OK;
}

static int check_header(struct loading *l)
{
	const struct elf_header *h = (const void *)l->file;

	if (l->size < sizeof *h || memcmp(h->ident, "\177ELF", 4) != 0)
		return damaged(l, "not an ELF file");
	if (h->ident[4] != ELF_CLASS32 || h->ident[5] != ELF_LITTLE_ENDIAN ||
	    h->machine != ELF_386 || h->type != ELF_RELOCATABLE)
		return damaged(l, "not a relocatable file for the i386");
	if (h->section_size != sizeof(struct elf_section) || h->section_count > SECTIONS_MAX ||
	    (h->section_offset & 3) ||
	    !within(l, h->section_offset, (uint64_t)h->section_count * sizeof(struct elf_section)))
		return damaged(l, "section table");
	l->header = h;
	l->sections = (const void *)(l->file + h->section_offset);
	for (unsigned i = 0; i < h->section_count; i++)
		if (l->sections[i].type != SECTION_NOBITS &&
		    !within(l, l->sections[i].offset, l->sections[i].size))
			return damaged(l, "a section reaches beyond the end of the file");
	return E_OK;
}

static int find_symbols(struct loading *l)
{
	for (unsigned i = 0; i < l->header->section_count; i++) {
		const struct elf_section *s = &l->sections[i], *strings;

		if (s->type != SECTION_SYMBOLS)
			continue;
		if (s->link >= l->header->section_count || (s->offset & 3))
			return damaged(l, "symbol table");
		strings = &l->sections[s->link];
		if (strings->type != SECTION_STRINGS || !strings->size ||
		    l->file[strings->offset + strings->size - 1] != 0)
			return damaged(l, "string table");
		l->symbols = (const void *)(l->file + s->offset);
		l->symbol_count = s->size / sizeof *l->symbols;
		l->strings = (const char *)l->file + strings->offset;
		l->strings_size = strings->size;
		return E_OK;
	}
	return damaged(l, "no symbol table");
}

static int place_sections(struct loading *l)
{
	uint64_t size = 0;
	uint32_t offsets[SECTIONS_MAX];

	for (unsigned i = 0; i < l->header->section_count; i++) {
		const struct elf_section *s = &l->sections[i];

		if (!(s->flags & SECTION_ALLOC))
			continue;
		if (s->align > PAGE_SIZE || (s->align & (s->align - 1)))
			return damaged(l, "section alignment");
		size = ALIGN_UP(size, (uint64_t)MAX(s->align, 1u));
		offsets[i] = (uint32_t)size;
		size += s->size;
		if (size > 0x1000000)
			return damaged(l, "larger than 16 MB");
	}
	if (!size)
		return damaged(l, "holds nothing to load");
	l->m->image_size = (size_t)size;
	l->m->image = page_alloc(l->m->account, PAGES((size_t)size));
	if (!l->m->image)
		return module_error(E_NO_MEMORY, "%s: needs %u KB of memory; end a machine or unload a module",
				    l->m->name, (unsigned)(size >> 10) + 1);
	for (unsigned i = 0; i < l->header->section_count; i++) {
		const struct elf_section *s = &l->sections[i];

		if (!(s->flags & SECTION_ALLOC))
			continue;
		l->at[i] = (uint8_t *)l->m->image + offsets[i];
		if (s->type != SECTION_NOBITS)
			memcpy(l->at[i], l->file + s->offset, s->size);
	}
	return E_OK;
}

static const char *symbol_text(const struct loading *l, const struct elf_symbol *symbol)
{
	return symbol->name < l->strings_size ? l->strings + symbol->name : "?";
}

static int symbol_value(struct loading *l, uint32_t index, uint32_t *value)
{
	const struct elf_symbol *symbol;

	if (index >= l->symbol_count)
		return damaged(l, "symbol number");
	symbol = &l->symbols[index];
	if (symbol->section == SYMBOL_UNDEFINED) {
		*value = export_find(symbol_text(l, symbol));
		if (!*value && index)
			return module_error(E_UNRESOLVED, "%s: needs the symbol %s, which this kernel does not export",
					    l->m->name, symbol_text(l, symbol));
		return E_OK;
	}
	if (symbol->section == SYMBOL_ABSOLUTE) {
		*value = symbol->value;
		return E_OK;
	}
	if (symbol->section >= l->header->section_count || !l->at[symbol->section] ||
	    symbol->value > l->sections[symbol->section].size)
		return damaged(l, "symbol section");
	*value = address_of(l->at[symbol->section]) + symbol->value;
	return E_OK;
}

static int relocate_one(struct loading *l, uint8_t *target, uint32_t target_size,
			const struct elf_rel *rel)
{
	uint32_t value, word;
	uint8_t *place;
	int err;

	if (target_size < 4 || rel->offset > target_size - 4)
		return damaged(l, "relocation outside its section");
	err = symbol_value(l, rel->info >> 8, &value);
	if (err)
		return err;
	place = target + rel->offset;
	memcpy(&word, place, sizeof word);
	switch (rel->info & 0xFF) {
	case R_386_NONE: break;
	case R_386_32: word += value; break;
	case R_386_PC32:
	case R_386_PLT32: word += value - address_of(place); break;
	default: return damaged(l, "unknown relocation type");
	}
	memcpy(place, &word, sizeof word);
	return E_OK;
}

static int relocate(struct loading *l)
{
	for (unsigned i = 0; i < l->header->section_count; i++) {
		const struct elf_section *s = &l->sections[i];
		const struct elf_rel *rel = (const void *)(l->file + s->offset);

		if (s->info >= l->header->section_count || !l->at[s->info])
			continue;
		if (s->type == SECTION_RELA)
			return damaged(l, "relocations with addends");
		if (s->type == SECTION_REL && (s->offset & 3))
			return damaged(l, "relocations");
		for (unsigned n = s->type == SECTION_REL ? s->size / sizeof *rel : 0; n; n--, rel++) {
			int err = relocate_one(l, l->at[s->info], l->sections[s->info].size, rel);

			if (err)
				return err;
		}
	}
	return E_OK;
}

/* --- the descriptor ---------------------------------------------------------------------- */

/* What lies at an address of the image; NULL if that is not in it, or not all of it. */
static const void *in_image(const struct loading *l, uint32_t address, size_t size)
{
	uint32_t offset = address - address_of(l->m->image);

	if (offset > l->m->image_size || size > l->m->image_size - offset)
		return NULL;
	return (const uint8_t *)l->m->image + offset;
}

static const char *text_in_image(const struct loading *l, uint32_t address)
{
	const char *text = in_image(l, address, 1), *end = (const char *)l->m->image + l->m->image_size;

	for (const char *c = text; c && c < end; c++)
		if (!*c)
			return text;
	return NULL;
}

static bool needs_valid(const struct loading *l, uint32_t address)
{
	for (;; address += sizeof(struct elf_need)) {
		const struct elf_need *need = in_image(l, address, sizeof *need);

		if (!need || (address & 3))
			return false;
		if (!need->role)
			return true;
		if (!text_in_image(l, need->role) || (need->name && !text_in_image(l, need->name)))
			return false;
	}
}

static bool code_or_null(const struct loading *l, uint32_t address)
{
	return !address || in_image(l, address, 1);
}

static int check_info(struct loading *l, const struct elf_info *info)
{
	const char *name = text_in_image(l, info->name);

	if (info->abi != MODULE_ABI)
		return module_error(E_VERSION, "%s: made for module interface %u, this kernel has %u",
				    l->m->name, (unsigned)info->abi, MODULE_ABI);
	if (!name || strcmp(name, l->m->name) != 0)
		return damaged(l, "its descriptor names another module");
	if (!info->start || !code_or_null(l, info->start) || !code_or_null(l, info->stop) ||
	    !code_or_null(l, info->wants_to_go) || (info->summary && !text_in_image(l, info->summary)) ||
	    (info->needs && !needs_valid(l, info->needs)))
		return damaged(l, "its descriptor points elsewhere");
	l->m->info = (const void *)info;
	return E_OK;
}

static int find_info(struct loading *l)
{
	for (uint32_t i = 0; i < l->symbol_count; i++) {
		const struct elf_symbol *symbol = &l->symbols[i];
		uint32_t size;

		if (strcmp(symbol_text(l, symbol), "module_info") != 0 ||
		    symbol->section >= l->header->section_count || !l->at[symbol->section])
			continue;
		size = l->sections[symbol->section].size;
		if (symbol->value <= size && sizeof(struct elf_info) <= size - symbol->value &&
		    !((address_of(l->at[symbol->section]) + symbol->value) & 3))
			return check_info(l, (const void *)(l->at[symbol->section] + symbol->value));
	}
	return damaged(l, "no module descriptor");
}

static bool is_function(const struct loading *l, const struct elf_symbol *symbol)
{
	return (symbol->info & 15) == SYMBOL_FUNCTION && symbol->section != SYMBOL_UNDEFINED &&
	       symbol->section < l->header->section_count && l->at[symbol->section];
}

/* Function names for back traces; going without them is no error. Each name once is less than
 * the file: more comes of symbols that share the end of a long one. */
static void keep_symbols(struct loading *l)
{
	struct module *m = l->m;
	size_t count = 0, names = 0;

	for (uint32_t i = 0; i < l->symbol_count; i++) {
		if (is_function(l, &l->symbols[i])) {
			count++;
			names += strlen(symbol_text(l, &l->symbols[i])) + 1;
			if (names > l->size)
				return;
		}
	}
	m->symbols = mem_alloc(m->account, count * sizeof *m->symbols + names);
	if (!m->symbols)
		return;
	m->symbol_names = (char *)(m->symbols + count);
	names = 0;
	for (uint32_t i = 0; i < l->symbol_count; i++) {
		const struct elf_symbol *symbol = &l->symbols[i];

		if (!is_function(l, symbol))
			continue;
		m->symbols[m->symbol_count++] = (struct module_symbol){
			address_of(l->at[symbol->section]) + symbol->value, (uint32_t)names };
		size_t n = strlen(symbol_text(l, symbol)) + 1;

		memcpy(m->symbol_names + names, symbol_text(l, symbol), n);
		names += n;
	}
}

int elf_load(struct module *m, const void *file, size_t size)
{
	struct loading l = { .m = m, .file = file, .size = size };
	int err = check_seal(&l);

	if (!err)
		err = check_header(&l);
	if (!err)
		err = find_symbols(&l);
	if (!err)
		err = place_sections(&l);
	if (!err)
		err = relocate(&l);
	if (!err)
		err = find_info(&l);
	if (!err)
		keep_symbols(&l);
	return err;
}
