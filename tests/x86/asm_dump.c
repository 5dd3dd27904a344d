/* Assembles, or disassembles, many lines for comparison with another assembler (test_asm.py).
 *
 *	asm_dump BITS asm    lines of text: each is assembled at 16 times its number; prints its bytes,
 *	                     or "!" and why not
 *	asm_dump BITS text   lines of bytes, as those: prints the text
 *
 * Numbers are as in the disassembler's texts: 0x hexadecimal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86/asm.h>
#include <x86/disasm.h>

enum { SLOT = 16, LINE_SIZE = 256 };

static enum x86_asm_word word(void *ctx, const char *text, size_t n, uint32_t *value)
{
	char copy[24] = "", *end;
	unsigned long long number;

	(void)ctx;
	if (n >= sizeof copy || *text < '0' || *text > '9')
		return X86_ASM_NO_WORD;
	memcpy(copy, text, n);
	number = strtoull(copy, &end, 0);
	*value = (uint32_t)number;
	return *end ? X86_ASM_NO_WORD : number >> 32 ? X86_ASM_TOO_LARGE : X86_ASM_KNOWN;
}

static void assemble(const char *line, unsigned bits, uint32_t ip)
{
	struct x86_asm as = { .tables = &x86_tables, .word = word, .bits = bits, .ip = ip };
	uint8_t bytes[SLOT];
	int n = x86_assemble(&as, line, bytes, sizeof bytes);

	if (n < 0)
		printf("! %s", as.why);
	for (int i = 0; i < n; i++)
		printf("%02x", bytes[i]);
	printf("\n");
}

static void disassemble(const char *line, unsigned bits, uint32_t ip)
{
	char text[X86_DISASM_MAX * 2];
	uint8_t bytes[SLOT];
	struct insn insn;
	unsigned n = 0, byte;

	while (n < SLOT && sscanf(line + 2 * n, "%2x", &byte) == 1)
		bytes[n++] = (uint8_t)byte;
	if (x86_decode(&insn, bytes, n, bits) != (int)n)
		strcpy(text, "(bad)");
	else
		x86_disassemble(text, sizeof text, &insn, ip, NULL);
	printf("%s\n", text);
}

int main(int argc, char **argv)
{
	char line[LINE_SIZE];
	bool back;

	if (argc != 3) {
		fprintf(stderr, "usage: asm_dump 16|32 asm|text\n");
		return 2;
	}
	back = !strcmp(argv[2], "text");
	for (uint32_t ip = 0; fgets(line, sizeof line, stdin); ip += SLOT) {
		line[strcspn(line, "\n")] = 0;
		(back ? disassemble : assemble)(line, (unsigned)atoi(argv[1]), ip);
	}
	return 0;
}
