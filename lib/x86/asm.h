/* From text to bytes: the assembler, the disassembler's way back.
 *
 * It takes whatever x86_disassemble writes, and what people write besides: labels and
 * expressions, short forms (`jz`, `pusha`, `finit`, `st1`), DB, DW, DD. Nothing here knows an
 * opcode: rows of the one instruction table are tried until operands fit, and the shortest
 * encoding wins. */
#ifndef X86_ASM_H
#define X86_ASM_H

#include <x86/insn.h>

/* What table.c holds, to be handed over where it is not linked; see table.h. */
struct x86_spec;
struct x86_row;
struct x86_tables {
	const struct x86_spec *specs;
	const struct x86_row *map, *map_0f, *groups;
	const char *(*name)(unsigned op);
	unsigned (*op_flags)(unsigned op);
};
extern const struct x86_tables x86_tables;

enum x86_asm_word {
	X86_ASM_NO_WORD,     /* nothing that has a value */
	X86_ASM_TOO_LARGE,   /* a number of more than 32 bits */
	X86_ASM_KNOWN,
	X86_ASM_FORWARD,     /* known, but encode it as wide as if it were not: for the second pass */
	X86_ASM_UNKNOWN,     /* a label that may come later; room is left for any value */
};

#define X86_ASM_WHY_MAX 80

struct x86_asm {
	const struct x86_tables *tables;
	/* The value of a word (`n` characters) that is neither register nor keyword: a number in
	 * the caller's notation, or a label. */
	enum x86_asm_word (*word)(void *ctx, const char *text, size_t n, uint32_t *value);
	void *ctx;
	unsigned bits;       /* 16 or 32 */
	uint32_t ip;         /* offset of the first byte; `$` */

	/* Results. */
	bool unknown;        /* a word was X86_ASM_UNKNOWN */
	bool data;           /* DB, DW or DD */
	unsigned column;     /* of the mistake, from 0 */
	char why[X86_ASM_WHY_MAX];
};

/* Assembles one line (`;` begins a comment) to `bytes`. Returns the length, 0 for an empty line, or
 * E_INVALID, E_RANGE, E_NO_SPACE with `column` and `why`; `bytes` are undefined then. */
int x86_assemble(struct x86_asm *as, const char *line, uint8_t *bytes, size_t room) CHECK;

/* Is this word one of the assembler's own (a register, a size), so that no label may have its
 * name? */
bool x86_asm_reserved(const char *text, size_t n);

#endif
