/* p86dump: prints a dump that the debugger's `dump FILE` wrote (docs/dump-format.md).
 *
 *	p86dump FILE                  what is in it, and all texts
 *	p86dump FILE NAME             the text of that name
 *	p86dump FILE d ADDRESS [N]    N (128) bytes of the guest's memory, ADDRESS guest-physical
 *	p86dump FILE u ADDRESS [N]    N (16) instructions; ADDRESS seg:off or guest-physical
 *
 * Numbers are hexadecimal. Exit status 1: the file is damaged, cut, or has no such thing. */
#include <abi/dump.h>
#include <base/crc32.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86/disasm.h>

enum { ROW = 16, CRC_OFFSET = DUMP_NAME + 8, BYTES_SHOWN = 8 };

struct page {
	uint32_t address;
	const uint8_t *bytes;
};

static uint8_t *file;
static size_t file_size;
static const char *path;
static struct page *pages;
static size_t page_count;

static void die(const char *why, const char *what)
{
	fprintf(stderr, "p86dump: %s: %s%s\n", path, why, what);
	exit(1);
}

static void read_all(void)
{
	FILE *in = fopen(path, "rb");
	size_t room = 0, n;

	if (!in)
		die("cannot be opened", "");
	do {
		room += 1 << 20;
		file = realloc(file, room);
		if (!file)
			die("out of memory", "");
		n = fread(file + file_size, 1, room - file_size, in);
		file_size += n;
	} while (n);
	fclose(in);
}

/* The record at *at, checked; moves behind it. */
static const struct dump_record *next_record(size_t *at, const uint8_t **payload)
{
	const struct dump_record *record = (const struct dump_record *)(file + *at);

	if (file_size - *at < sizeof *record)
		die("is cut: it has no end", "");
	if (record->size > DUMP_PAYLOAD || record->size > file_size - *at - sizeof *record)
		die("is cut or damaged", "");
	*payload = file + *at + sizeof *record;
	if (crc32(crc32(0, record, CRC_OFFSET), *payload, record->size) != record->crc ||
	    !memchr(record->name, 0, DUMP_NAME))
		die("is damaged: a checksum is wrong", "");
	*at += sizeof *record + record->size;
	return record;
}

static void add_page(const struct dump_record *record, const uint8_t *payload)
{
	pages = realloc(pages, (page_count + 1) * sizeof *pages);
	if (!pages || record->size != DUMP_PAYLOAD)
		die("is damaged: a page of another size", "");
	pages[page_count++] = (struct page){ record->address, payload };
}

/* Goes through all records. `wanted`: only the text of that name; NULL: all. Returns how many were printed. */
static unsigned walk(const char *wanted, bool print)
{
	const struct dump_header *header = (const struct dump_header *)file;
	char last[DUMP_NAME] = "";
	size_t at = sizeof *header;
	unsigned printed = 0;
	uint32_t count = 0;

	if (file_size < sizeof *header || memcmp(header->magic, DUMP_MAGIC, sizeof header->magic))
		die("is no dump", "");
	if (crc32(0, header, sizeof *header - 4) != header->crc || header->version != DUMP_VERSION)
		die("is damaged, or of a version that this program does not know", "");
	for (;; count++) {
		const uint8_t *payload;
		const struct dump_record *record = next_record(&at, &payload);

		if (!strcmp(record->name, DUMP_END)) {
			if (record->address != count)
				die("is damaged: records are missing", "");
			return printed;
		}
		if (!strcmp(record->name, DUMP_MEMORY)) {
			if (!print)
				add_page(record, payload);
			continue;
		}
		if (!print || (wanted && strcmp(wanted, record->name)))
			continue;
		if (!wanted && strcmp(last, record->name))
			printf("%s--- %s\n", printed ? "\n" : "", record->name);
		strcpy(last, record->name);
		fwrite(payload, 1, record->size, stdout);
		printed++;
	}
}

/* Pages that are not there hold zeros. */
static uint8_t byte_at(uint32_t address)
{
	for (size_t i = 0; i < page_count; i++)
		if (address - pages[i].address < DUMP_PAYLOAD)
			return pages[i].bytes[address - pages[i].address];
	return 0;
}

static void show_bytes(uint32_t address, uint32_t n)
{
	for (uint32_t row = 0; row < n; row += ROW) {
		printf("%08x ", address + row);
		for (uint32_t i = row; i < row + ROW; i++)
			printf(i < n ? " %02x" : "   ", i < n ? byte_at(address + i) : 0);
		printf("  ");
		for (uint32_t i = row; i < row + ROW && i < n; i++)
			putchar(isprint(byte_at(address + i)) ? byte_at(address + i) : '.');
		putchar('\n');
	}
}

static void show_code(uint32_t base, uint32_t offset, uint32_t n)
{
	while (n--) {
		uint8_t bytes[X86_MAX_LENGTH];
		char text[X86_DISASM_MAX];
		struct insn insn;
		int length;

		for (unsigned i = 0; i < sizeof bytes; i++)
			bytes[i] = byte_at(base + offset + i);
		length = x86_decode(&insn, bytes, sizeof bytes, 16);
		if (length > 0)
			x86_disassemble(text, sizeof text, &insn, offset, NULL);
		else
			snprintf(text, sizeof text, "db 0x%02x", bytes[0]);
		length = length > 0 ? length : 1;
		printf("%08x ", base + offset);
		for (int i = 0; i < length; i++)
			printf("%02x", bytes[i]);
		printf("%*s %s\n", length < BYTES_SHOWN ? (BYTES_SHOWN - length) * 2 : 0, "", text);
		offset += (uint32_t)length;
	}
}

static uint32_t number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 16);

	if (!*text || *end || value > 0xFFFFFFFF) {
		fprintf(stderr, "p86dump: %s: no hexadecimal number\n", text);
		exit(2);
	}
	return (uint32_t)value;
}

static void show_memory(char **argv, int argc)
{
	char *colon = strchr(argv[3], ':');
	uint32_t base = 0, offset;

	if (colon) {
		*colon = 0;
		base = number(argv[3]) << 4;
	}
	offset = number(colon ? colon + 1 : argv[3]);
	walk(NULL, false);
	if (argv[2][0] == 'd')
		show_bytes(base + offset, argc > 4 ? number(argv[4]) : 128);
	else
		show_code(base, offset, argc > 4 ? number(argv[4]) : 16);
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > 5 || (argc > 3 && strcmp(argv[2], "d") && strcmp(argv[2], "u"))) {
		fprintf(stderr, "usage: p86dump FILE [NAME | d ADDRESS [N] | u ADDRESS [N]]\n");
		return 2;
	}
	path = argv[1];
	read_all();
	if (argc > 3)
		show_memory(argv, argc);
	else if (!walk(argc == 3 ? argv[2] : NULL, true))
		die("has no text of that name: ", argc == 3 ? argv[2] : "any");
	return 0;
}
