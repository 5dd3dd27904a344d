/* Disassembles the whole opcode map, for comparison with other disassemblers (test_disasm.py).
 *
 *	disasm_dump BITS FILE
 *
 * Writes to FILE one instruction in every 16 bytes, NOPs behind it, so that a linear sweep by
 * any tool finds its way back at the next; and to the output, a line for each: its bytes (as
 * long as we find them to be), a tab, our text, or "(bad)". All opcodes with every ModRM byte,
 * every SIB byte, and samples of each with prefixes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86/disasm.h>

enum { SLOT = 16 };

static FILE *file;
static unsigned bits;
static uint32_t slots;

/* Displacements and immediates: no byte of them is a prefix or zero. */
static const uint8_t tail[10] = { 0x12, 0x34, 0x56, 0x78, 0x9A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F };
static const uint8_t negative[10] = { 0xFC, 0xFD, 0xFE, 0xFB, 0xFA, 0xF9, 0xF8, 0xF7, 0xF6, 0xF5 };

static void emit(const uint8_t *head, unsigned n, const uint8_t *rest)
{
	uint8_t bytes[SLOT] = { 0 };
	char text[X86_DISASM_MAX * 2];
	struct insn insn;
	int length;

	memcpy(bytes, head, n);
	memcpy(bytes + n, rest, SLOT - 1 - n < 10 ? SLOT - 1 - n : 10);
	length = x86_decode(&insn, bytes, SLOT - 1, bits);
	if (length == E_INVALID) {
		length = insn.length;
		strcpy(text, "(bad)");
	} else if (length < 0) {
		fprintf(stderr, "cannot decode: %d\n", length);
		exit(1);
	} else if (x86_disassemble(text, sizeof text, &insn, slots * SLOT, NULL) >= X86_DISASM_MAX) {
		fprintf(stderr, "text too long: %s\n", text);
		exit(1);
	}
	memset(bytes + length, 0x90, (size_t)(SLOT - length));
	fwrite(bytes, 1, SLOT, file);
	for (int i = 0; i < length; i++)
		printf("%02x", bytes[i]);
	printf("\t%s\n", text);
	slots++;
}

static bool is_prefix(unsigned byte)
{
	return (byte & 0xE7) == 0x26 || (byte >= 0x64 && byte <= 0x67) || byte == 0xF0 ||
	       byte == 0xF2 || byte == 0xF3;
}

/* Would another ModRM byte be another instruction, or just another immediate? */
static bool has_modrm(bool two, unsigned opcode)
{
	uint8_t bytes[SLOT] = { 0 };
	struct insn insn;

	for (unsigned modrm = 0; modrm < 256; modrm++) {
		bytes[0] = two ? 0x0F : (uint8_t)opcode;
		bytes[1] = (uint8_t)opcode;
		bytes[1 + two] = (uint8_t)modrm;
		if (x86_decode(&insn, bytes, sizeof bytes, bits) > 0 && insn.modrm)
			return true;
	}
	return false;
}

/* One opcode behind prefixes, with every `stride`-th ModRM byte. */
static void emit_opcode(const uint8_t *prefixes, unsigned n, bool two, unsigned opcode,
			unsigned stride)
{
	uint8_t head[8];
	unsigned at = n;

	memcpy(head, prefixes, n);
	if (two)
		head[at++] = 0x0F;
	head[at++] = (uint8_t)opcode;
	if (!has_modrm(two, opcode)) {
		emit(head, at, tail);
		emit(head, at, negative);
		return;
	}
	for (unsigned modrm = opcode % stride; modrm < 256; modrm += stride) {
		head[at] = (uint8_t)modrm;
		emit(head, at + 1, modrm & 1 ? negative : tail);
	}
}

static void emit_map(const uint8_t *prefixes, unsigned n, unsigned stride)
{
	for (unsigned opcode = 0; opcode < 0x200; opcode++)
		if (opcode >= 0x100 || (!is_prefix(opcode) && opcode != 0x0F))
			emit_opcode(prefixes, n, opcode >= 0x100, opcode & 0xFF, stride);
}

static void emit_sibs(void)
{
	for (unsigned mod = 0; mod < 3; mod++)
		for (unsigned sib = 0; sib < 256; sib++) {
			uint8_t head[4] = { 0x67, 0x8B, (uint8_t)(mod << 6 | 4), (uint8_t)sib };

			emit(head + (bits == 32), bits == 32 ? 3 : 4, mod & 1 ? negative : tail);
		}
}

int main(int argc, char **argv)
{
	static const uint8_t sampled[][3] = {
		{ 1, 0x66 }, { 1, 0x67 }, { 2, 0x66, 0x67 }, { 1, 0x26 }, { 1, 0x2E }, { 1, 0x36 },
		{ 1, 0x3E }, { 1, 0x64 }, { 1, 0x65 }, { 1, 0xF0 }, { 1, 0xF2 }, { 1, 0xF3 },
	};

	bits = argc == 3 ? (unsigned)atoi(argv[1]) : 0;
	file = bits ? fopen(argv[2], "wb") : NULL;
	if (!file) {
		fprintf(stderr, "usage: disasm_dump 16|32 FILE\n");
		return 2;
	}
	emit_map(sampled[0], 0, 1);
	emit_sibs();
	for (unsigned i = 0; i < sizeof sampled / sizeof *sampled; i++)
		emit_map(&sampled[i][1], sampled[i][0], i < 3 ? 5 : 23);
	return fclose(file) ? 1 : 0;
}
