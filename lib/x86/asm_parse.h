/* The assembler's inside: a line taken apart. Private to lib/x86. */
#ifndef X86_ASM_PARSE_H
#define X86_ASM_PARSE_H

#include <x86/asm.h>

enum arg_kind {
	ARG_REG, ARG_SEG, ARG_CR, ARG_DR, ARG_TR, ARG_ST, ARG_MEM, ARG_NUMBER, ARG_FAR,
};

enum distance { DISTANCE_NONE, DISTANCE_SHORT, DISTANCE_NEAR, DISTANCE_FAR };

/* A number plus registers, as it stands between brackets. */
struct form {
	int64_t number;
	bool later;          /* to be encoded as wide as can be */
	bool unknown;        /* ... because its value is not known: any would fit */
	uint8_t count;
	struct form_reg {
		uint8_t reg, size, scale;
		bool scaled;     /* `*` was written */
	} regs[2];
};

struct arg {
	uint8_t kind;        /* enum arg_kind */
	uint8_t size;        /* of a register; as written for the others, 0: not said */
	uint8_t reg;
	uint8_t distance;    /* enum distance */
	uint8_t seg;         /* of ARG_MEM; X86_SEGS: no override */
	unsigned column;
	struct form value;   /* number, address, or offset of ARG_FAR */
	uint32_t selector;   /* of ARG_FAR */
};

struct reader {
	struct x86_asm *as;
	const char *line, *at;
	unsigned depth;
	bool failed;
};

/* Notes the first mistake, at `at`. Returns false. */
__attribute__((format(printf, 3, 4)))
bool reader_fail(struct reader *s, const char *at, const char *format, ...);
/* Skips blanks; is there anything but a comment? */
bool reader_more(struct reader *s);
/* Length of the word at s->at; 0: none. */
size_t reader_word(const struct reader *s);
bool reader_char(struct reader *s, char c);
/* Is the word of `n` characters `name` (lower case)? */
bool word_is(const char *text, size_t n, const char *name);
bool reader_arg(struct reader *s, struct arg *arg);
/* A value without registers. */
bool reader_number(struct reader *s, struct form *form);
unsigned find_seg(const char *text, size_t n);     /* X86_SEGS: none */

#endif
