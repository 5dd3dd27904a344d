/* A decoded IA-32 instruction (8086 to Pentium, x87 included) and the decoder that makes it.
 *
 * Usage: give x86_decode the bytes at the instruction pointer; look at `op` (an operation,
 * not an opcode) and the operands; hand the struct to x86_disassemble or x86_execute. What a
 * caller wants to know of an operation as such, x86_op_flags tells. */
#ifndef X86_INSN_H
#define X86_INSN_H

#include <base/error.h>
#include <stddef.h>
#include <stdint.h>
#include <x86/ops.h>
#include <x86/vcpu.h>

#define X86_OP_ENUM(id, text, flags, handler) X86_OP_##id,
enum x86_op { X86_OPS(X86_OP_ENUM) X86_OP_COUNT };
#undef X86_OP_ENUM

enum x86_op_flag {
	X86_F_IOPL = 1 << 0,        /* CLI, STI, PUSHF, POPF, INT n, IRET: #GP in v86 mode with IOPL < 3 */
	X86_F_IO = 1 << 1,          /* accesses a port */
	X86_F_PRIVILEGED = 1 << 2,  /* ring 0 only, so #GP in v86 mode */
	X86_F_PROTECTED = 1 << 3,   /* #UD in real and v86 mode */
	X86_F_STRING = 1 << 4,      /* F2 and F3 repeat it */
	X86_F_REPE = 1 << 5,        /* ... and tell "while equal" from "while not equal" */
	X86_F_BRANCH = 1 << 6,      /* may go on elsewhere than behind itself */
	X86_F_CALL = 1 << 7,        /* ... and usually comes back: what a debugger steps over */
	X86_F_WRITES_SEG = 1 << 8,  /* loads a segment register (CS included) */
	X86_F_LOCK = 1 << 9,        /* LOCK is allowed when the first operand is memory */
	X86_F_X87 = 1 << 10,
};

enum x86_prefix {
	X86_PREFIX_LOCK = 1 << 0,
	X86_PREFIX_REPNE = 1 << 1,  /* F2; of F2 and F3 the last one counts */
	X86_PREFIX_REP = 1 << 2,    /* F3: REP, REPE */
	X86_PREFIX_OPSIZE = 1 << 3, /* 66 */
	X86_PREFIX_ADDRSIZE = 1 << 4, /* 67 */
	X86_PREFIX_SEG = 1 << 5,    /* `seg` was given by a prefix */
};

enum x86_operand_kind {
	X86_OPERAND_NONE,
	X86_OPERAND_REG,     /* general register `reg` of `size` bytes; size 1: AL CL DL BL AH CH DH BH */
	X86_OPERAND_SEG,     /* enum x86_seg */
	X86_OPERAND_CR,
	X86_OPERAND_DR,
	X86_OPERAND_TR,
	X86_OPERAND_ST,      /* x87 stack register `reg` */
	X86_OPERAND_MEM,     /* the memory operand: seg:[base + index * scale + disp] */
	X86_OPERAND_IMM,     /* `imm`, extended as the instruction says, cut to `size` */
	X86_OPERAND_IMM2,    /* `imm2`: ENTER's second */
	X86_OPERAND_REL,     /* `imm`: signed distance from the next instruction */
	X86_OPERAND_FAR,     /* imm2:imm */
	X86_OPERAND_SRC,     /* string element at seg:[(E)SI] */
	X86_OPERAND_DST,     /* string element at ES:[(E)DI] */
};

#define X86_NO_REG 0xFF      /* of `base` and `index` */
#define X86_MAX_LENGTH 15
#define X86_OPERANDS 3

struct x86_operand {
	uint8_t kind;        /* enum x86_operand_kind */
	uint8_t size;        /* bytes; 0 where there is none to speak of (LEA, INVLPG) */
	uint8_t reg;
};

struct insn {
	uint16_t op;         /* enum x86_op */
	uint8_t length;      /* bytes, prefixes included */
	uint8_t bits;        /* the code segment's: 16 or 32 */
	uint8_t opsize;      /* effective operand size, 2 or 4 */
	uint8_t addrsize;    /* effective address size, 2 or 4 */
	uint8_t prefixes;    /* enum x86_prefix */
	uint8_t opcode;      /* the last opcode byte; its low 4 bits are Jcc's and SETcc's condition */
	uint8_t modrm;       /* 0 if there is none */
	uint8_t seg;         /* of the memory operand, override applied */
	uint8_t base, index; /* enum x86_reg or X86_NO_REG */
	uint8_t scale;       /* a shift count, 0 to 3 */
	uint8_t disp_size;   /* bytes in the encoding, 0 to 4 */
	uint16_t imm2;       /* far selector, ENTER's level */
	uint32_t disp;       /* sign-extended */
	uint32_t imm;
	struct x86_operand operand[X86_OPERANDS];
};

/* Decodes the instruction at `bytes`, of which `available` may be read, for a code segment of
 * `bits` (16 or 32). Returns its length, 1 to 15, or
 *   E_AGAIN    more bytes are needed to tell;
 *   E_INVALID  undefined: #UD (`op` is X86_OP_INVALID, `length` covers what was looked at);
 *   E_RANGE    longer than 15 bytes: #GP.
 * What is undefined for reasons that the encoding does not show (LOCK where it is not
 * allowed, MOV to CS, protected-mode instructions in real mode) decodes, and faults when
 * executed. */
int x86_decode(struct insn *insn, const uint8_t *bytes, size_t available, unsigned bits) CHECK;

/* enum x86_op_flag of an operation. */
unsigned x86_op_flags(unsigned op);

/* Does a repeat prefix repeat this instruction? */
static inline bool x86_repeats(const struct insn *insn)
{
	return (insn->prefixes & (X86_PREFIX_REP | X86_PREFIX_REPNE)) &&
	       (x86_op_flags(insn->op) & X86_F_STRING);
}

#endif
