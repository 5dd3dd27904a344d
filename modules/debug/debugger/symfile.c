/* Symbols in files, of three kinds:
 *
 *	ELF         the symbol table of a 32-bit file
 *	.MAP        lines of DOS linkers, `SSSS:OOOO [Abs] NAME`, whatever stands between them
 *	nasm map    lines `REAL VIRTUAL NAME` of "[map symbols]"
 *
 * To read: "Tool Interface Standard, Executable and Linking Format", "Symbol Table"; Microsoft LINK
 * and Borland TLINK manuals, "Map File"; NASM manual, "map: Generate Map Files". */
#include "symfile.h"

#include <base/mem.h>
#include <stdbool.h>

/* --- ELF ------------------------------------------------------------------------------------- */

enum {
	ELF_HEADER = 52, ELF_CLASS = 4, ELF_DATA = 5, ELF_SHOFF = 32, ELF_SHNUM = 48, SECTION_SIZE = 40,
	SECTION_TYPE = 4, SECTION_OFFSET = 16, SECTION_BYTES = 20, SECTION_LINK = 24, TYPE_SYMTAB = 2,
	SYMBOL_SIZE = 16, SYMBOL_VALUE = 4, SYMBOL_INFO = 12, SYMBOL_SHNDX = 14, KIND_SECTION = 3,
};

struct bytes {
	const uint8_t *data;
	size_t size;
};

static uint32_t get(const struct bytes *b, size_t at, unsigned size)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint32_t)b->data[at + i] << 8 * i;
	return value;
}

/* Where a section lies; false: not within the file. */
static bool section(const struct bytes *b, uint32_t index, struct bytes *part, uint32_t *type, uint32_t *link)
{
	size_t table = get(b, ELF_SHOFF, 4), count = get(b, ELF_SHNUM, 2), at, offset, size;

	if (index >= count || table > b->size || (b->size - table) / SECTION_SIZE <= index)
		return false;
	at = table + (size_t)index * SECTION_SIZE;
	*type = get(b, at + SECTION_TYPE, 4);
	*link = get(b, at + SECTION_LINK, 4);
	offset = get(b, at + SECTION_OFFSET, 4);
	size = get(b, at + SECTION_BYTES, 4);
	if (offset > b->size || size > b->size - offset)
		return false;
	*part = (struct bytes){ b->data + offset, size };
	return true;
}

static int elf_symbols(const struct bytes *symbols, const struct bytes *names, struct symfile_sink *sink)
{
	int count = 0;

	for (size_t at = SYMBOL_SIZE; at + SYMBOL_SIZE <= symbols->size; at += SYMBOL_SIZE) {
		uint32_t name = get(symbols, at, 4);
		size_t n = 0;
		int error;

		if (name >= names->size)
			return E_DAMAGED;
		while (name + n < names->size && names->data[name + n])
			n++;
		if (!n || !get(symbols, at + SYMBOL_SHNDX, 2) || (get(symbols, at + SYMBOL_INFO, 1) & 15) >= KIND_SECTION)
			continue;
		error = sink->add(sink, (const char *)names->data + name, n, 0, get(symbols, at + SYMBOL_VALUE, 4));
		if (error)
			return error;
		count++;
	}
	return count;
}

static int elf_parse(const struct bytes *b, struct symfile_sink *sink)
{
	struct bytes part, names;
	uint32_t type, link, ignore;

	if (b->size < ELF_HEADER)
		return E_DAMAGED;
	if (b->data[ELF_CLASS] != 1 || b->data[ELF_DATA] != 1)
		return E_UNSUPPORTED;
	for (uint32_t i = 1; i < get(b, ELF_SHNUM, 2); i++) {
		if (!section(b, i, &part, &type, &link))
			return E_DAMAGED;
		if (type != TYPE_SYMTAB)
			continue;
		if (!section(b, link, &names, &ignore, &ignore))
			return E_DAMAGED;
		return elf_symbols(&part, &names, sink);
	}
	return 0;
}

/* --- lines ---------------------------------------------------------------------------------------- */

enum { WORDS = 4, NAME_LINE_WORDS = 3 };

struct word {
	const char *text;
	size_t n;
};

static unsigned split(const char *line, const char *end, struct word *words)
{
	unsigned count = 0;

	while (line < end && count < WORDS) {
		while (line < end && char_is_space((uint8_t)*line))
			line++;
		words[count].text = line;
		while (line < end && !char_is_space((uint8_t)*line))
			line++;
		words[count].n = (size_t)(line - words[count].text);
		count += words[count].n != 0;
	}
	return count;
}

/* Digits of a hexadecimal number at `text`; *value. */
static size_t hex(const char *text, size_t n, uint32_t *value)
{
	size_t i = 0;

	*value = 0;
	for (; i < n; i++) {
		int c = char_to_lower((uint8_t)text[i]);
		int digit = char_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;

		if (digit == 16)
			break;
		*value = *value << 4 | (uint32_t)digit;
	}
	return i;
}

static bool is_name(const struct word *w)
{
	return char_is_alpha((uint8_t)*w->text) || strchr("_?@$.", *w->text);
}

/* `SSSS:OOOO`, perhaps with a mark behind it. */
static bool far_address(const struct word *w, uint32_t *segment, uint32_t *offset)
{
	size_t n = hex(w->text, w->n, segment), m;

	if (n != 4 || n == w->n || w->text[n] != ':')
		return false;
	m = hex(w->text + n + 1, w->n - n - 1, offset);
	return m >= 4 && m <= 8 && n + 1 + m + 1 >= w->n;
}

/* A line's symbol; *type tells of which kind. */
static bool line_symbol(const struct word *words, unsigned count, struct word *name, uint32_t *segment, uint32_t *offset,
			enum symfile_type *type)
{
	uint32_t real;

	if (count < 2)
		return false;
	if (far_address(&words[0], segment, offset)) {
		*type = SYMFILE_MAP;
		*name = words[count - 1];
		return count <= NAME_LINE_WORDS && is_name(name);
	}
	*type = SYMFILE_NASM;
	*segment = 0;
	*name = words[NAME_LINE_WORDS - 1];
	return count == NAME_LINE_WORDS && words[0].n >= 4 && words[1].n >= 4 &&
	       hex(words[0].text, words[0].n, &real) == words[0].n &&
	       hex(words[1].text, words[1].n, offset) == words[1].n && is_name(name);
}

static int lines_parse(const char *text, const char *end, struct symfile_sink *sink, enum symfile_type *type)
{
	int count = 0, error;

	while (text < end) {
		const char *stop = text;
		struct word words[WORDS], name;
		uint32_t segment, offset;
		enum symfile_type kind;

		while (stop < end && *stop != '\n')
			stop++;
		if (line_symbol(words, split(text, stop, words), &name, &segment, &offset, &kind)) {
			*type = kind;
			error = sink->add(sink, name.text, name.n, (uint16_t)segment, offset);
			if (error)
				return error;
			count++;
		}
		text = stop + 1;
	}
	return count;
}

int symfile_parse(const char *data, size_t size, struct symfile_sink *sink, enum symfile_type *type)
{
	struct bytes b = { (const uint8_t *)data, size };

	*type = SYMFILE_ELF;
	if (size >= 4 && !memcmp(data, "\177ELF", 4))
		return elf_parse(&b, sink);
	return lines_parse(data, data + size, sink, type);
}
