/* Loads damaged module files, under ASan and UBSan: the loader may refuse or accept them, but
 * reads and writes nothing beside file and image.
 *
 *	elf_fuzz [SEED [ROUNDS [FILE.mod...]]]
 *
 * The seal (include/abi/module_seal.h) is made right again after the damage, so that the code
 * behind it gets to see it. Damage: bits flipped, 32-bit words replaced by numbers that like to overflow, the end cut
 * off, runs copied elsewhere; in the small file of the unit test and in those that are named. */
#include <stdint.h>
#include "../../kernel/module/elf_file_test.h"

enum { ROUNDS_DEFAULT = 20000, DAMAGE_MAX = 6 };

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 16) % limit;
}

static uint32_t nasty_number(void)
{
	static const uint32_t numbers[] = {
		0, 1, 2, 3, 4, 0x7F, 0xFF, 0xFFF, 0x1000, 0xFFFF, 0x10000, 0xFFFFFF, 0x1000000, 0x7FFFFFFF,
		0x80000000, 0xFFFFFFF0, 0xFFFFFFFC, 0xFFFFFFFF,
	};

	return numbers[random_below(sizeof numbers / sizeof *numbers)];
}

static size_t damage(uint8_t *bytes, size_t size)
{
	size_t at = random_below((uint32_t)size), n;
	uint32_t word;

	switch (random_below(5)) {
	case 0:
		bytes[at] ^= (uint8_t)(1u << random_below(8));
		break;
	case 1:
		bytes[at] = (uint8_t)random_below(256);
		break;
	case 2:
		if (size >= 8) {
			word = nasty_number();
			memcpy(bytes + random_below((uint32_t)size / 4 - 1) * 4, &word, 4);
		}
		break;
	case 3:
		n = random_below((uint32_t)(size - at) < 64 ? (uint32_t)(size - at) : 64);
		memmove(bytes + random_below((uint32_t)(size - n)), bytes + at, n);
		break;
	case 4:
		return random_below(8) ? size : at + 1;
	}
	return size;
}

static void round_of(const char *name, const uint8_t *original, size_t size, unsigned *accepted)
{
	uint8_t *bytes = malloc(size);
	struct module m;

	memcpy(bytes, original, size);
	for (unsigned n = 1 + random_below(DAMAGE_MAX); n; n--)
		size = damage(bytes, size);
	*accepted += elf_file_load(name, bytes, size, &m) == E_OK;
	elf_free_all();
	free(bytes);
}

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *in = fopen(path, "rb");
	uint8_t *bytes = malloc(1 << 20);

	if (!in) {
		perror(path);
		exit(2);
	}
	*size = fread(bytes, 1, 1 << 20, in);
	fclose(in);
	if (*size <= sizeof(struct module_seal)) {
		fprintf(stderr, "%s: no module\n", path);
		exit(2);
	}
	*size -= sizeof(struct module_seal);
	return bytes;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : ROUNDS_DEFAULT, accepted = 0;
	struct elf_file file;

	random_state = (argc > 1 ? strtoull(argv[1], NULL, 0) : 1) * 0x9E3779B97F4A7C15u | 1;
	elf_file_init(&file);
	for (unsigned i = 0; i < rounds; i++)
		round_of("sample", file.bytes, file.size, &accepted);
	for (int a = 3; a < argc; a++) {
		const char *slash = strrchr(argv[a], '/');
		char name[MODULE_NAME_MAX];
		size_t size;
		uint8_t *bytes = read_file(argv[a], &size);

		str_copy(name, slash ? slash + 1 : argv[a], sizeof name);
		if (strchr(name, '.'))
			*strchr(name, '.') = 0;

		for (unsigned i = 0; i < rounds; i++)
			round_of(name, bytes, size, &accepted);
		free(bytes);
	}
	printf("elf_fuzz: %u of %u damaged files accepted, none did harm\n", accepted,
	       rounds * (1 + (argc > 3 ? (unsigned)argc - 3 : 0)));
	return 0;
}
