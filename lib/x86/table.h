/* The shape of the instruction table, private to lib/x86. */
#ifndef X86_TABLE_H
#define X86_TABLE_H

#include <x86/insn.h>

/* Where an operand comes from. */
enum source {
	FROM_NOTHING,
	FROM_RM,             /* ModRM's rm: a register or memory */
	FROM_RM_WIDE,        /* ... with a register of the operand size, whatever memory's is */
	FROM_RM_MEM,         /* ... memory only */
	FROM_RM_REG,         /* ... a register, whatever mod says */
	FROM_RM_ST,
	FROM_REG,            /* ModRM's reg: a general register */
	FROM_REG_SEG, FROM_REG_CR, FROM_REG_DR, FROM_REG_TR,
	FROM_OPCODE,         /* a register in the opcode's low three bits */
	FROM_IMM,
	FROM_IMM_SIGNED,     /* a byte, sign-extended */
	FROM_IMM2,           /* a second immediate byte */
	FROM_REL,
	FROM_FAR,
	FROM_OFFSET,         /* memory at an offset of the address size, without ModRM */
	FROM_SRC, FROM_DST,  /* string elements */
	FROM_FIXED_REG, FROM_FIXED_SEG, FROM_FIXED_ST,
	FROM_ONE,            /* the shifts' implied 1 */
};

/* Sizes that depend on the operand size. */
enum size {
	SIZE_V = 0xF0,       /* 2 or 4 */
	SIZE_P,              /* a far pointer: 4 or 6 */
	SIZE_A,              /* BOUND's pair: 4 or 8 */
	SIZE_ENV,            /* FNSTENV: 14 or 28 */
	SIZE_STATE,          /* FNSAVE: 94 or 108 */
};

/* Operand codes, in the manner of Intel's opcode maps (80386 Programmer's Reference Manual,
 * "Opcode Map"); the number is an index into x86_specs. */
enum spec {
	None,
	Eb, Ew, Ed, Ev, Sv, Rd,
	M, Mb, Mw, Md, Mq, Mt, Mp, Ma, Ms, Menv, Mstate,
	Gb, Gw, Gv, Sw, Cd, Dd, Td,
	Zb, Zv,
	Ib, Iw, Iv, Is, I2, Jb, Jv, Ap, Ob, Ov,
	Xb, Xv, Yb, Yv,
	AL, CL, AX, DX, vAX, ES, CS, SS, DS, FS, GS, ST, STi, One,
	SPECS,
};

struct x86_spec {
	uint8_t from;        /* enum source */
	uint8_t size;        /* bytes or enum size */
	uint8_t reg;         /* of the fixed ones */
};

enum row_flag {
	ROW_SPLIT = 1 << 0,  /* a group in two halves: memory, register */
	ROW_BY_RM = 1 << 1,  /* the group's rows are told apart by rm, not by reg */
	ROW_ALIAS = 1 << 2,  /* undocumented twin of another encoding: an assembler never makes it */
};

/* One opcode, or one entry of a group. */
struct x86_row {
	uint16_t op;         /* enum x86_op, or X86_GROUP + the group's number */
	uint8_t spec[X86_OPERANDS];
	uint8_t flags;
};

#define X86_GROUP 0x8000u
#define X86_GROUP_ROWS 8u

extern const struct x86_spec x86_specs[SPECS];
extern const struct x86_row x86_map[256];       /* one-byte opcodes */
extern const struct x86_row x86_map_0f[256];    /* behind 0Fh */
extern const struct x86_row x86_groups[];       /* a group entry without operands has its opcode's */

#endif
