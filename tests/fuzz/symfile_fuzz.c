/* Files of symbols with bytes gone wrong, under sanitizers: ELF, a linker's map, nasm's.
 *
 *	symfile_fuzz [ROUNDS [SEED]]
 *
 * What must hold: it ends, nothing outside of the file is read, a name lies within the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "symfile.h"

#define CHECK_THAT(what) do { \
	if (!(what)) { \
		fprintf(stderr, "%s:%d: round %lu: %s\n", __FILE__, __LINE__, current, #what); \
		abort(); \
	} \
} while (0)

enum { SIZE = 300, ROUNDS = 200000 };

static unsigned long current;
static uint64_t state;
static char *file;
static size_t size;
static unsigned seen;

static uint32_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

static int add(struct symfile_sink *sink, const char *name, size_t n, uint16_t segment, uint32_t offset)
{
	(void)sink, (void)segment, (void)offset;
	CHECK_THAT(n && name >= file && name + n <= file + size);
	seen++;
	return rnd() % 50 ? E_OK : E_NO_MEMORY;
}

static void put(size_t at, uint32_t value)
{
	memcpy(file + at, &value, sizeof value);
}

/* Header, three section headers, four symbols and their names, as symfile.c says where. */
static void make_elf(void)
{
	size = 52 + 3 * 40 + 4 * 16 + 20;
	memset(file, 0, size);
	memcpy(file, "\177ELF\1\1\1", 7);
	put(32, 52);
	put(48, 3);
	put(52 + 40 + 4, 2);
	put(52 + 40 + 16, 172);
	put(52 + 40 + 20, 64);
	put(52 + 40 + 24, 2);
	put(52 + 80 + 16, 236);
	put(52 + 80 + 20, 20);
	for (unsigned i = 1; i < 4; i++) {
		put(172 + i * 16, 1 + 5 * (i - 1));
		put(172 + i * 16 + 12, 0x10000);
	}
	memcpy(file + 236, "\0main\0next\0last", 16);
}

static void make_text(void)
{
	static const char text[] =
		"  Address         Publics by Value\r\n 0000:0010       _main\r\n 0001:0004  Abs  _table\r\n"
		"- NASM Map file\n            7C00              7C00  start\n    7C10     0010  moved\n";

	size = sizeof text - 1;
	memcpy(file, text, size);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : ROUNDS;

	state = (argc > 2 ? strtoull(argv[2], NULL, 0) : 1) * 0x9E3779B97F4A7C15ull + 1;
	for (current = 0; current < rounds; current++) {
		struct symfile_sink sink = { add };
		enum symfile_type type;
		char whole[SIZE];
		int n;

		file = whole;
		if (rnd() % 2)
			make_elf();
		else
			make_text();
		for (unsigned i = rnd() % 6; i; i--)
			whole[rnd() % size] = (char)(rnd() % 2 ? rnd() : rnd() % 4);
		if (rnd() % 4 == 0)
			size = rnd() % (size + 1);
		file = malloc(size + 1);         /* its exact size, for the sanitizer's sake */
		memcpy(file, whole, size);
		file[size] = 0;
		seen = 0;
		n = symfile_parse(file, size, &sink, &type);
		CHECK_THAT(n < 0 || (unsigned)n == seen);
		free(file);
	}
	printf("symfile_fuzz: %lu rounds\n", rounds);
	return 0;
}
