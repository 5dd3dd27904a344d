/* Lines as users of the assembler might type them, under sanitizers: texts of random instructions,
 * words of its grammar and random bytes, mixed.
 *
 *	asm_fuzz [ROUNDS [SEED]]
 *
 * What must hold: it ends; what was taken decodes to instructions of the same length, and its text is
 * taken again; a mistake has a reason, and a column within the line; nothing is written beyond the
 * room that was given. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86/asm.h>
#include <x86/disasm.h>
#include "fuzz.h"

enum { LINE_SIZE = 200, ROUNDS = 300000 };

static char line[LINE_SIZE];

static enum x86_asm_word word(void *ctx, const char *text, size_t n, uint32_t *value)
{
	char copy[24] = "", *end;
	unsigned long long number;

	(void)ctx;
	CHECK_THAT(n && text >= line && text + n <= line + strlen(line));
	if (*text == 'L') {
		*value = rnd();
		return X86_ASM_KNOWN + rnd() % 3;
	}
	if (n >= sizeof copy)
		return X86_ASM_NO_WORD;
	memcpy(copy, text, n);
	number = strtoull(copy, &end, 16);
	*value = (uint32_t)number;
	return *end ? X86_ASM_NO_WORD : number >> 32 ? X86_ASM_TOO_LARGE : X86_ASM_KNOWN;
}

/* The text of some instruction. */
static void make_text(unsigned bits)
{
	uint8_t bytes[X86_MAX_LENGTH];
	struct insn insn;

	do {
		for (unsigned i = 0; i < sizeof bytes; i++)
			bytes[i] = rnd() % 4 ? (uint8_t)rnd() : (uint8_t)"\x0F\x66\x67\xF0\xF2\xF3\x26\x00"[rnd() % 8];
	} while (x86_decode(&insn, bytes, sizeof bytes, bits) < 0);
	x86_disassemble(line, sizeof line, &insn, rnd() % 0x10000, NULL);
}

static void add_piece(void)
{
	static const char *const words[] = {
		"mov", "add", "jmp", "push", "fld", "lea", "imul", "db", "dw", "dd", "rep", "lock", "es:", "o32", "a16",
		"byte", "word", "dword", "tword", "far", "near", "short", "ptr", "[", "]", "(", ")", "+", "-", "*", "/",
		"%", "<<", ">>", "|", "&", "^", "~", ",", ",", ":", "ax", "bx", "si", "bp", "eax", "esp", "al", "st", "st(1)",
		"cr0", "ds", "5", "-1", "ffff", "100000000", "0x10", "$", "'a'", "\"text\"", "L1", "L2", ";", " ", " ",
	};

	if (rnd() % 10) {
		strcat(line, words[rnd() % (sizeof words / sizeof *words)]);
	} else {
		char c[2] = { (char)(rnd() % 255 + 1), 0 };

		strcat(line, c);
	}
	if (rnd() % 2)
		strcat(line, " ");
}

/* Some text with a character or two gone wrong. */
static void damage(void)
{
	for (unsigned i = rnd() % 3; i; i--) {
		size_t n = strlen(line), at = n ? rnd() % n : 0;

		if (n && rnd() % 2)
			line[at] = (char)(rnd() % 255 + 1);
		else if (n)
			memmove(line + at, line + at + 1, n - at);
	}
}

static void make_line(unsigned bits)
{
	line[0] = 0;
	if (rnd() % 2) {
		make_text(bits);
		damage();
		return;
	}
	for (unsigned pieces = rnd() % 16; pieces && strlen(line) < LINE_SIZE - 16; pieces--)
		add_piece();
}

/* What was made is code, which FWAIT may begin; its text makes as much again. */
static void check_code(const uint8_t *bytes, int n, unsigned bits)
{
	struct insn insn;
	int at = 0, length = 0;

	for (; at < n; at += length) {
		length = x86_decode(&insn, bytes + at, (size_t)(n - at), bits);
		if (length == E_AGAIN)
			return;              /* prefixes alone */
		CHECK_THAT(length > 0);
	}
	CHECK_THAT(at == n);
}

static void one_round(void)
{
	unsigned bits = rnd() % 2 ? 16 : 32;
	struct x86_asm as = { .tables = &x86_tables, .word = word, .bits = bits, .ip = rnd() % 0x10000 };
	size_t room = rnd() % 24;
	uint8_t *bytes = malloc(room + 1);
	int n;

	make_line(bits);
	bytes[room] = 0xA5;
	n = x86_assemble(&as, line, bytes, room);
	CHECK_THAT(bytes[room] == 0xA5 && n <= (int)room);
	CHECK_THAT(n >= 0 || (as.why[0] && as.column <= strlen(line)));
	if (n > 0 && !as.data)
		check_code(bytes, n, bits);
	free(bytes);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : ROUNDS;

	state = (argc > 2 ? strtoull(argv[2], NULL, 0) : 1) * 0x9E3779B97F4A7C15ull + 1;
	for (current = 0; current < rounds; current++)
		one_round();
	printf("asm_fuzz: %lu rounds\n", rounds);
	return 0;
}
