/* The assembler's inside: a wanted instruction, and a row of the table that is tried for it. Private to
 * lib/x86. */
#ifndef X86_ASM_ROW_H
#define X86_ASM_ROW_H

#include "asm_parse.h"
#include "table.h"

enum { X86_ASM_NAME_MAX = 12 };

/* The instruction that is wanted. */
struct want {
	struct x86_asm *as;
	const char *line;
	char name[X86_ASM_NAME_MAX];
	unsigned prefixes;   /* enum x86_prefix but the sizes' */
	uint8_t seg;
	uint8_t opsize, addrsize;    /* as `o32` or `a32` say; 0: not said */
	bool fwait;
	struct arg args[X86_OPERANDS];
	unsigned count;

	uint8_t best[X86_MAX_LENGTH + 1];    /* FWAIT is one more instruction */
	unsigned length;     /* 0: none yet */
	uint8_t memory_size; /* of memory without a size: what the first row that fits takes */
	bool ambiguous;
	bool known, tried;   /* a row has that name; with as many operands */
	unsigned failed_arg; /* how far the best row came; the reason it did not fit */
	unsigned why;
};

/* In the order of how much they tell. */
enum why { WHY_NOTHING, WHY_KIND, WHY_SIZE, WHY_RANGE, WHY_FAR_AWAY };

/* A row, as it was reached through its groups. */
struct row_place {
	bool two;            /* behind 0F */
	uint8_t opcode;
	uint8_t reg, rm;     /* of ModRM; NOT_GIVEN */
	uint8_t side;        /* of a group in two halves */
	bool modrm;
};
enum { NOT_GIVEN = 8, SIDE_ANY = 0, SIDE_MEMORY, SIDE_REGISTER };

/* A row being tried. */
struct trial {
	struct want *w;
	const struct row_place *at;
	const struct x86_spec *specs[X86_OPERANDS];
	const struct arg *args[X86_OPERANDS];    /* NULL: not written */
	unsigned count;
	unsigned op, opsize, addrsize;
	bool pinned;         /* something shows the operand size */
	uint8_t unsized;     /* memory without a size: what the row takes; 0: any or one only */
	uint8_t prefix_seg;  /* X86_SEGS: none */
};

struct code {
	uint8_t bytes[X86_MAX_LENGTH + 8];
	unsigned n;
};

/* asm_row.c: tries all rows; w->length is 0 if none fits. */
void try_table(struct want *w);
unsigned real_size(unsigned size, unsigned opsize);
bool fits_bits(const struct form *form, unsigned size);
/* Is it what a byte becomes when it is extended to `size`? */
bool fits_signed_byte(const struct form *form, unsigned size);

/* asm_encode.c */
void put_prefixes(const struct trial *t, struct code *code);
/* The instruction; WHY_NOTHING, or what is wrong with the operand *wrong. */
enum why put_instruction(struct trial *t, struct code *code, unsigned *wrong);

#endif
