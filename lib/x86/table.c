/* The opcode maps of IA-32, as data: what every byte of an opcode means.
 *
 * A row names the operation (ops.h) and codes for its operands, or a group of eight rows that
 * ModRM's reg field (for x87 also rm) chooses from. A row that is not here is undefined.
 * Everything that has to do with instruction encodings is derived from these tables.
 *
 * Undocumented forms are listed when silicon from the 386 on agrees about them: SALC (D6),
 * the 82h alias of 80h, SHL as /6 of the shift groups, TEST as /1 of F6 and F7, AAM and AAD
 * with any base, ICEBP (F1), the x87 aliases. LOADALL is known by name only. Operations newer
 * than the Pentium are absent, but for the hint NOPs of the Pentium Pro (0F18..0F1F) and the
 * official undefined ones, which turn up in 16-bit code made by today's compilers.
 *
 * To read: Intel 80386 and Pentium manuals, appendix "Opcode Map"; Intel 80387 manual,
 * "Machine Instruction Encoding and Decoding". */
#include "table.h"

#include <x86/asm.h>
#include <x86/disasm.h>

const struct x86_spec x86_specs[SPECS] = {
	[Eb] = { FROM_RM, 1, 0 }, [Ew] = { FROM_RM, 2, 0 },
	[Ed] = { FROM_RM, 4, 0 }, [Ev] = { FROM_RM, SIZE_V, 0 },
	[Sv] = { FROM_RM_WIDE, 2, 0 }, [Rd] = { FROM_RM_REG, 4, 0 },
	[M] = { FROM_RM_MEM, 0, 0 }, [Mb] = { FROM_RM_MEM, 1, 0 },
	[Mw] = { FROM_RM_MEM, 2, 0 }, [Md] = { FROM_RM_MEM, 4, 0 },
	[Mq] = { FROM_RM_MEM, 8, 0 }, [Mt] = { FROM_RM_MEM, 10, 0 },
	[Mp] = { FROM_RM_MEM, SIZE_P, 0 }, [Ma] = { FROM_RM_MEM, SIZE_A, 0 },
	[Ms] = { FROM_RM_MEM, 6, 0 },
	[Menv] = { FROM_RM_MEM, SIZE_ENV, 0 }, [Mstate] = { FROM_RM_MEM, SIZE_STATE, 0 },
	[Gb] = { FROM_REG, 1, 0 }, [Gw] = { FROM_REG, 2, 0 }, [Gv] = { FROM_REG, SIZE_V, 0 },
	[Sw] = { FROM_REG_SEG, 2, 0 }, [Cd] = { FROM_REG_CR, 4, 0 },
	[Dd] = { FROM_REG_DR, 4, 0 }, [Td] = { FROM_REG_TR, 4, 0 },
	[Zb] = { FROM_OPCODE, 1, 0 }, [Zv] = { FROM_OPCODE, SIZE_V, 0 },
	[Ib] = { FROM_IMM, 1, 0 }, [Iw] = { FROM_IMM, 2, 0 }, [Iv] = { FROM_IMM, SIZE_V, 0 },
	[Is] = { FROM_IMM_SIGNED, SIZE_V, 0 }, [I2] = { FROM_IMM2, 1, 0 },
	[Jb] = { FROM_REL, 1, 0 }, [Jv] = { FROM_REL, SIZE_V, 0 },
	[Ap] = { FROM_FAR, SIZE_P, 0 },
	[Ob] = { FROM_OFFSET, 1, 0 }, [Ov] = { FROM_OFFSET, SIZE_V, 0 },
	[Xb] = { FROM_SRC, 1, 0 }, [Xv] = { FROM_SRC, SIZE_V, 0 },
	[Yb] = { FROM_DST, 1, 0 }, [Yv] = { FROM_DST, SIZE_V, 0 },
	[AL] = { FROM_FIXED_REG, 1, X86_EAX }, [CL] = { FROM_FIXED_REG, 1, X86_ECX },
	[AX] = { FROM_FIXED_REG, 2, X86_EAX }, [DX] = { FROM_FIXED_REG, 2, X86_EDX },
	[vAX] = { FROM_FIXED_REG, SIZE_V, X86_EAX },
	[ES] = { FROM_FIXED_SEG, 2, X86_ES }, [CS] = { FROM_FIXED_SEG, 2, X86_CS },
	[SS] = { FROM_FIXED_SEG, 2, X86_SS }, [DS] = { FROM_FIXED_SEG, 2, X86_DS },
	[FS] = { FROM_FIXED_SEG, 2, X86_FS }, [GS] = { FROM_FIXED_SEG, 2, X86_GS },
	[ST] = { FROM_FIXED_ST, 0, 0 }, [STi] = { FROM_RM_ST, 0, 0 },
	[One] = { FROM_ONE, 1, 0 },
};

enum group {
	G_ARITHMETIC, G_SHIFT, G_POP, G_MOV, G_UNARY_B, G_UNARY_V, G_INC_B, G_INC_V,
	G_TASK, G_TABLE, G_BIT, G_CMPXCHG8B,
	G_D8_MEM, G_D8_REG, G_D9_MEM, G_D9_REG, G_DA_MEM, G_DA_REG, G_DB_MEM, G_DB_REG,
	G_DC_MEM, G_DC_REG, G_DD_MEM, G_DD_REG, G_DE_MEM, G_DE_REG, G_DF_MEM, G_DF_REG,
	G_FNOP, G_FCHS, G_FLD1, G_F2XM1, G_FPREM, G_FUCOMPP, G_FNINIT, G_FCOMPP, G_FNSTSW,
};

#define R(name, ...) { .op = X86_OP_##name, .spec = { __VA_ARGS__ } }
#define ALIAS(name, ...) { .op = X86_OP_##name, .spec = { __VA_ARGS__ }, .flags = ROW_ALIAS }
#define G(name, ...) { .op = X86_GROUP + G_##name, .spec = { __VA_ARGS__ } }
#define G_ALIAS(name, ...) \
	{ .op = X86_GROUP + G_##name, .spec = { __VA_ARGS__ }, .flags = ROW_ALIAS }
#define SPLIT(name) { .op = X86_GROUP + G_##name##_MEM, .flags = ROW_SPLIT }
#define BY_RM(name) { .op = X86_GROUP + G_##name, .flags = ROW_BY_RM }

/* The eight rows that differ in the opcode's low three bits, or four, only. */
#define R8(at, ...) [at ... (at) + 7] = R(__VA_ARGS__)
#define R16(at, ...) [at ... (at) + 15] = R(__VA_ARGS__)
#define ARITHMETIC(at, name) \
	[at] = R(name, Eb, Gb), [(at) + 1] = R(name, Ev, Gv), [(at) + 2] = R(name, Gb, Eb), \
	[(at) + 3] = R(name, Gv, Ev), [(at) + 4] = R(name, AL, Ib), [(at) + 5] = R(name, vAX, Iv)

const struct x86_row x86_map[256] = {
	ARITHMETIC(0x00, ADD), [0x06] = R(PUSH_SEG, ES), [0x07] = R(POP_SEG, ES),
	ARITHMETIC(0x08, OR),  [0x0E] = R(PUSH_SEG, CS),
	ARITHMETIC(0x10, ADC), [0x16] = R(PUSH_SEG, SS), [0x17] = R(POP_SEG, SS),
	ARITHMETIC(0x18, SBB), [0x1E] = R(PUSH_SEG, DS), [0x1F] = R(POP_SEG, DS),
	ARITHMETIC(0x20, AND), [0x27] = R(DAA),
	ARITHMETIC(0x28, SUB), [0x2F] = R(DAS),
	ARITHMETIC(0x30, XOR), [0x37] = R(AAA),
	ARITHMETIC(0x38, CMP), [0x3F] = R(AAS),
	R8(0x40, INC, Zv), R8(0x48, DEC, Zv),
	R8(0x50, PUSH, Zv), R8(0x58, POP, Zv),
	[0x60] = R(PUSHA), [0x61] = R(POPA), [0x62] = R(BOUND, Gv, Ma), [0x63] = R(ARPL, Ew, Gw),
	[0x68] = R(PUSH, Iv), [0x69] = R(IMUL, Gv, Ev, Iv),
	[0x6A] = R(PUSH, Is), [0x6B] = R(IMUL, Gv, Ev, Is),
	[0x6C] = R(INS, Yb, DX), [0x6D] = R(INS, Yv, DX),
	[0x6E] = R(OUTS, DX, Xb), [0x6F] = R(OUTS, DX, Xv),
	R16(0x70, JCC, Jb),
	[0x80] = G(ARITHMETIC, Eb, Ib), [0x81] = G(ARITHMETIC, Ev, Iv),
	[0x82] = G_ALIAS(ARITHMETIC, Eb, Ib), [0x83] = G(ARITHMETIC, Ev, Is),
	[0x84] = R(TEST, Eb, Gb), [0x85] = R(TEST, Ev, Gv),
	[0x86] = R(XCHG, Eb, Gb), [0x87] = R(XCHG, Ev, Gv),
	[0x88] = R(MOV, Eb, Gb), [0x89] = R(MOV, Ev, Gv),
	[0x8A] = R(MOV, Gb, Eb), [0x8B] = R(MOV, Gv, Ev),
	[0x8C] = R(MOV, Sv, Sw), [0x8D] = R(LEA, Gv, M), [0x8E] = R(MOV_SEG, Sw, Ew),
	[0x8F] = G(POP, Ev),
	[0x90] = R(NOP), [0x91 ... 0x97] = R(XCHG, Zv, vAX),
	[0x98] = R(CBW), [0x99] = R(CWD), [0x9A] = R(CALL_FAR, Ap), [0x9B] = R(FWAIT),
	[0x9C] = R(PUSHF), [0x9D] = R(POPF), [0x9E] = R(SAHF), [0x9F] = R(LAHF),
	[0xA0] = R(MOV, AL, Ob), [0xA1] = R(MOV, vAX, Ov),
	[0xA2] = R(MOV, Ob, AL), [0xA3] = R(MOV, Ov, vAX),
	[0xA4] = R(MOVS, Yb, Xb), [0xA5] = R(MOVS, Yv, Xv),
	[0xA6] = R(CMPS, Xb, Yb), [0xA7] = R(CMPS, Xv, Yv),
	[0xA8] = R(TEST, AL, Ib), [0xA9] = R(TEST, vAX, Iv),
	[0xAA] = R(STOS, Yb, AL), [0xAB] = R(STOS, Yv, vAX),
	[0xAC] = R(LODS, AL, Xb), [0xAD] = R(LODS, vAX, Xv),
	[0xAE] = R(SCAS, AL, Yb), [0xAF] = R(SCAS, vAX, Yv),
	R8(0xB0, MOV, Zb, Ib), R8(0xB8, MOV, Zv, Iv),
	[0xC0] = G(SHIFT, Eb, Ib), [0xC1] = G(SHIFT, Ev, Ib),
	[0xC2] = R(RET, Iw), [0xC3] = R(RET), [0xC4] = R(LES, Gv, Mp), [0xC5] = R(LDS, Gv, Mp),
	[0xC6] = G(MOV, Eb, Ib), [0xC7] = G(MOV, Ev, Iv),
	[0xC8] = R(ENTER, Iw, I2), [0xC9] = R(LEAVE), [0xCA] = R(RETF, Iw), [0xCB] = R(RETF),
	[0xCC] = R(INT3), [0xCD] = R(INT, Ib), [0xCE] = R(INTO), [0xCF] = R(IRET),
	[0xD0] = G(SHIFT, Eb, One), [0xD1] = G(SHIFT, Ev, One),
	[0xD2] = G(SHIFT, Eb, CL), [0xD3] = G(SHIFT, Ev, CL),
	[0xD4] = R(AAM, Ib), [0xD5] = R(AAD, Ib), [0xD6] = R(SALC), [0xD7] = R(XLAT),
	[0xD8] = SPLIT(D8), [0xD9] = SPLIT(D9), [0xDA] = SPLIT(DA), [0xDB] = SPLIT(DB),
	[0xDC] = SPLIT(DC), [0xDD] = SPLIT(DD), [0xDE] = SPLIT(DE), [0xDF] = SPLIT(DF),
	[0xE0] = R(LOOPNE, Jb), [0xE1] = R(LOOPE, Jb), [0xE2] = R(LOOP, Jb), [0xE3] = R(JCXZ, Jb),
	[0xE4] = R(IN, AL, Ib), [0xE5] = R(IN, vAX, Ib),
	[0xE6] = R(OUT, Ib, AL), [0xE7] = R(OUT, Ib, vAX),
	[0xE8] = R(CALL, Jv), [0xE9] = R(JMP, Jv), [0xEA] = R(JMP_FAR, Ap), [0xEB] = R(JMP, Jb),
	[0xEC] = R(IN, AL, DX), [0xED] = R(IN, vAX, DX),
	[0xEE] = R(OUT, DX, AL), [0xEF] = R(OUT, DX, vAX),
	[0xF1] = R(ICEBP), [0xF4] = R(HLT), [0xF5] = R(CMC),
	[0xF6] = G(UNARY_B), [0xF7] = G(UNARY_V),
	[0xF8] = R(CLC), [0xF9] = R(STC), [0xFA] = R(CLI), [0xFB] = R(STI),
	[0xFC] = R(CLD), [0xFD] = R(STD), [0xFE] = G(INC_B), [0xFF] = G(INC_V),
};

const struct x86_row x86_map_0f[256] = {
	[0x00] = G(TASK), [0x01] = G(TABLE), [0x02] = R(LAR, Gv, Ew), [0x03] = R(LSL, Gv, Ew),
	[0x05] = R(LOADALL286), [0x06] = R(CLTS), [0x07] = R(LOADALL),
	[0x08] = R(INVD), [0x09] = R(WBINVD), [0x0B] = R(UD2),
	[0x18 ... 0x1E] = ALIAS(NOP, Ev), [0x1F] = R(NOP, Ev),
	[0x20] = R(MOV_CR, Rd, Cd), [0x21] = R(MOV_DR, Rd, Dd),
	[0x22] = R(MOV_CR, Cd, Rd), [0x23] = R(MOV_DR, Dd, Rd),
	[0x24] = R(MOV_TR, Rd, Td), [0x26] = R(MOV_TR, Td, Rd),
	[0x30] = R(WRMSR), [0x31] = R(RDTSC), [0x32] = R(RDMSR),
	R16(0x80, JCC, Jv), R16(0x90, SETCC, Eb),
	[0xA0] = R(PUSH_SEG, FS), [0xA1] = R(POP_SEG, FS), [0xA2] = R(CPUID),
	[0xA3] = R(BT, Ev, Gv), [0xA4] = R(SHLD, Ev, Gv, Ib), [0xA5] = R(SHLD, Ev, Gv, CL),
	[0xA8] = R(PUSH_SEG, GS), [0xA9] = R(POP_SEG, GS), [0xAA] = R(RSM),
	[0xAB] = R(BTS, Ev, Gv), [0xAC] = R(SHRD, Ev, Gv, Ib), [0xAD] = R(SHRD, Ev, Gv, CL),
	[0xAF] = R(IMUL, Gv, Ev),
	[0xB0] = R(CMPXCHG, Eb, Gb), [0xB1] = R(CMPXCHG, Ev, Gv),
	[0xB2] = R(LSS, Gv, Mp), [0xB3] = R(BTR, Ev, Gv),
	[0xB4] = R(LFS, Gv, Mp), [0xB5] = R(LGS, Gv, Mp),
	[0xB6] = R(MOVZX, Gv, Eb), [0xB7] = R(MOVZX, Gv, Ew), [0xB9] = R(UD1, Gv, Ev),
	[0xBA] = G(BIT, Ev, Ib), [0xBB] = R(BTC, Ev, Gv),
	[0xBC] = R(BSF, Gv, Ev), [0xBD] = R(BSR, Gv, Ev),
	[0xBE] = R(MOVSX, Gv, Eb), [0xBF] = R(MOVSX, Gv, Ew),
	[0xC0] = R(XADD, Eb, Gb), [0xC1] = R(XADD, Ev, Gv), [0xC7] = G(CMPXCHG8B),
	R8(0xC8, BSWAP, Zv),
	[0xFF] = R(UD0, Gv, Ev),
};

#define AT(name, n) [G_##name * X86_GROUP_ROWS + (n)]
/* The eight arithmetic operations of the coprocessor, in the order of the encoding. */
#define F_ARITHMETIC(at, ...) \
	AT(at, 0) = R(FADD, __VA_ARGS__), AT(at, 1) = R(FMUL, __VA_ARGS__), \
	AT(at, 4) = R(FSUB, __VA_ARGS__), AT(at, 5) = R(FSUBR, __VA_ARGS__), \
	AT(at, 6) = R(FDIV, __VA_ARGS__), AT(at, 7) = R(FDIVR, __VA_ARGS__)
#define F_INTEGER(at, spec) \
	AT(at, 0) = R(FIADD, spec), AT(at, 1) = R(FIMUL, spec), \
	AT(at, 2) = R(FICOM, spec), AT(at, 3) = R(FICOMP, spec), \
	AT(at, 4) = R(FISUB, spec), AT(at, 5) = R(FISUBR, spec), \
	AT(at, 6) = R(FIDIV, spec), AT(at, 7) = R(FIDIVR, spec)

const struct x86_row x86_groups[] = {
	AT(ARITHMETIC, 0) = R(ADD), AT(ARITHMETIC, 1) = R(OR),
	AT(ARITHMETIC, 2) = R(ADC), AT(ARITHMETIC, 3) = R(SBB),
	AT(ARITHMETIC, 4) = R(AND), AT(ARITHMETIC, 5) = R(SUB),
	AT(ARITHMETIC, 6) = R(XOR), AT(ARITHMETIC, 7) = R(CMP),
	AT(SHIFT, 0) = R(ROL), AT(SHIFT, 1) = R(ROR), AT(SHIFT, 2) = R(RCL), AT(SHIFT, 3) = R(RCR),
	AT(SHIFT, 4) = R(SHL), AT(SHIFT, 5) = R(SHR), AT(SHIFT, 6) = ALIAS(SAL), AT(SHIFT, 7) = R(SAR),
	AT(POP, 0) = R(POP),
	AT(MOV, 0) = R(MOV),
	AT(UNARY_B, 0) = R(TEST, Eb, Ib), AT(UNARY_B, 1) = ALIAS(TEST, Eb, Ib),
	AT(UNARY_B, 2) = R(NOT, Eb), AT(UNARY_B, 3) = R(NEG, Eb), AT(UNARY_B, 4) = R(MUL, Eb),
	AT(UNARY_B, 5) = R(IMUL, Eb), AT(UNARY_B, 6) = R(DIV, Eb), AT(UNARY_B, 7) = R(IDIV, Eb),
	AT(UNARY_V, 0) = R(TEST, Ev, Iv), AT(UNARY_V, 1) = ALIAS(TEST, Ev, Iv),
	AT(UNARY_V, 2) = R(NOT, Ev), AT(UNARY_V, 3) = R(NEG, Ev), AT(UNARY_V, 4) = R(MUL, Ev),
	AT(UNARY_V, 5) = R(IMUL, Ev), AT(UNARY_V, 6) = R(DIV, Ev), AT(UNARY_V, 7) = R(IDIV, Ev),
	AT(INC_B, 0) = R(INC, Eb), AT(INC_B, 1) = R(DEC, Eb),
	AT(INC_V, 0) = R(INC, Ev), AT(INC_V, 1) = R(DEC, Ev), AT(INC_V, 2) = R(CALL, Ev),
	AT(INC_V, 3) = R(CALL_FAR, Mp), AT(INC_V, 4) = R(JMP, Ev), AT(INC_V, 5) = R(JMP_FAR, Mp),
	AT(INC_V, 6) = R(PUSH, Ev),
	AT(TASK, 0) = R(SLDT, Sv), AT(TASK, 1) = R(STR, Sv), AT(TASK, 2) = R(LLDT, Ew),
	AT(TASK, 3) = R(LTR, Ew), AT(TASK, 4) = R(VERR, Ew), AT(TASK, 5) = R(VERW, Ew),
	AT(TABLE, 0) = R(SGDT, Ms), AT(TABLE, 1) = R(SIDT, Ms), AT(TABLE, 2) = R(LGDT, Ms),
	AT(TABLE, 3) = R(LIDT, Ms), AT(TABLE, 4) = R(SMSW, Sv), AT(TABLE, 6) = R(LMSW, Ew),
	AT(TABLE, 7) = R(INVLPG, M),
	AT(BIT, 4) = R(BT), AT(BIT, 5) = R(BTS), AT(BIT, 6) = R(BTR), AT(BIT, 7) = R(BTC),
	AT(CMPXCHG8B, 1) = R(CMPXCHG8B, Mq),

	F_ARITHMETIC(D8_MEM, Md), AT(D8_MEM, 2) = R(FCOM, Md), AT(D8_MEM, 3) = R(FCOMP, Md),
	F_ARITHMETIC(D8_REG, ST, STi), AT(D8_REG, 2) = R(FCOM, STi), AT(D8_REG, 3) = R(FCOMP, STi),
	AT(D9_MEM, 0) = R(FLD, Md), AT(D9_MEM, 2) = R(FST, Md), AT(D9_MEM, 3) = R(FSTP, Md),
	AT(D9_MEM, 4) = R(FLDENV, Menv), AT(D9_MEM, 5) = R(FLDCW, Mw),
	AT(D9_MEM, 6) = R(FNSTENV, Menv), AT(D9_MEM, 7) = R(FNSTCW, Mw),
	AT(D9_REG, 0) = R(FLD, STi), AT(D9_REG, 1) = R(FXCH, STi), AT(D9_REG, 2) = BY_RM(FNOP),
	AT(D9_REG, 3) = ALIAS(FSTP, STi), AT(D9_REG, 4) = BY_RM(FCHS), AT(D9_REG, 5) = BY_RM(FLD1),
	AT(D9_REG, 6) = BY_RM(F2XM1), AT(D9_REG, 7) = BY_RM(FPREM),
	F_INTEGER(DA_MEM, Md), AT(DA_REG, 5) = BY_RM(FUCOMPP),
	AT(DB_MEM, 0) = R(FILD, Md), AT(DB_MEM, 2) = R(FIST, Md), AT(DB_MEM, 3) = R(FISTP, Md),
	AT(DB_MEM, 5) = R(FLD, Mt), AT(DB_MEM, 7) = R(FSTP, Mt), AT(DB_REG, 4) = BY_RM(FNINIT),
	F_ARITHMETIC(DC_MEM, Mq), AT(DC_MEM, 2) = R(FCOM, Mq), AT(DC_MEM, 3) = R(FCOMP, Mq),
	/* With ST(i) as the destination, the reversed forms trade places. */
	AT(DC_REG, 0) = R(FADD, STi, ST), AT(DC_REG, 1) = R(FMUL, STi, ST),
	AT(DC_REG, 2) = ALIAS(FCOM, STi), AT(DC_REG, 3) = ALIAS(FCOMP, STi),
	AT(DC_REG, 4) = R(FSUBR, STi, ST), AT(DC_REG, 5) = R(FSUB, STi, ST),
	AT(DC_REG, 6) = R(FDIVR, STi, ST), AT(DC_REG, 7) = R(FDIV, STi, ST),
	AT(DD_MEM, 0) = R(FLD, Mq), AT(DD_MEM, 2) = R(FST, Mq), AT(DD_MEM, 3) = R(FSTP, Mq),
	AT(DD_MEM, 4) = R(FRSTOR, Mstate), AT(DD_MEM, 6) = R(FNSAVE, Mstate),
	AT(DD_MEM, 7) = R(FNSTSW, Mw),
	AT(DD_REG, 0) = R(FFREE, STi), AT(DD_REG, 1) = ALIAS(FXCH, STi), AT(DD_REG, 2) = R(FST, STi),
	AT(DD_REG, 3) = R(FSTP, STi), AT(DD_REG, 4) = R(FUCOM, STi), AT(DD_REG, 5) = R(FUCOMP, STi),
	F_INTEGER(DE_MEM, Mw),
	AT(DE_REG, 0) = R(FADDP, STi, ST), AT(DE_REG, 1) = R(FMULP, STi, ST),
	AT(DE_REG, 2) = ALIAS(FCOMP, STi), AT(DE_REG, 3) = BY_RM(FCOMPP),
	AT(DE_REG, 4) = R(FSUBRP, STi, ST), AT(DE_REG, 5) = R(FSUBP, STi, ST),
	AT(DE_REG, 6) = R(FDIVRP, STi, ST), AT(DE_REG, 7) = R(FDIVP, STi, ST),
	AT(DF_MEM, 0) = R(FILD, Mw), AT(DF_MEM, 2) = R(FIST, Mw), AT(DF_MEM, 3) = R(FISTP, Mw),
	AT(DF_MEM, 4) = R(FBLD, Mt), AT(DF_MEM, 5) = R(FILD, Mq), AT(DF_MEM, 6) = R(FBSTP, Mt),
	AT(DF_MEM, 7) = R(FISTP, Mq),
	AT(DF_REG, 0) = R(FFREEP, STi), AT(DF_REG, 1) = ALIAS(FXCH, STi),
	AT(DF_REG, 2) = ALIAS(FSTP, STi), AT(DF_REG, 3) = ALIAS(FSTP, STi),
	AT(DF_REG, 4) = BY_RM(FNSTSW),

	AT(FNOP, 0) = R(FNOP),
	AT(FCHS, 0) = R(FCHS), AT(FCHS, 1) = R(FABS), AT(FCHS, 4) = R(FTST), AT(FCHS, 5) = R(FXAM),
	AT(FLD1, 0) = R(FLD1), AT(FLD1, 1) = R(FLDL2T), AT(FLD1, 2) = R(FLDL2E),
	AT(FLD1, 3) = R(FLDPI), AT(FLD1, 4) = R(FLDLG2), AT(FLD1, 5) = R(FLDLN2),
	AT(FLD1, 6) = R(FLDZ),
	AT(F2XM1, 0) = R(F2XM1), AT(F2XM1, 1) = R(FYL2X), AT(F2XM1, 2) = R(FPTAN),
	AT(F2XM1, 3) = R(FPATAN), AT(F2XM1, 4) = R(FXTRACT), AT(F2XM1, 5) = R(FPREM1),
	AT(F2XM1, 6) = R(FDECSTP), AT(F2XM1, 7) = R(FINCSTP),
	AT(FPREM, 0) = R(FPREM), AT(FPREM, 1) = R(FYL2XP1), AT(FPREM, 2) = R(FSQRT),
	AT(FPREM, 3) = R(FSINCOS), AT(FPREM, 4) = R(FRNDINT), AT(FPREM, 5) = R(FSCALE),
	AT(FPREM, 6) = R(FSIN), AT(FPREM, 7) = R(FCOS),
	AT(FUCOMPP, 1) = R(FUCOMPP),
	AT(FNINIT, 0) = R(FNENI), AT(FNINIT, 1) = R(FNDISI), AT(FNINIT, 2) = R(FNCLEX),
	AT(FNINIT, 3) = R(FNINIT), AT(FNINIT, 4) = R(FNSETPM), AT(FNINIT, 5) = R(FRSTPM),
	AT(FCOMPP, 1) = R(FCOMPP),
	AT(FNSTSW, 0) = R(FNSTSW, AX), AT(FNSTSW, 7) = R(INVALID),
};

#define OP_FLAGS(id, text, flags, handler) [X86_OP_##id] = (flags),
static const uint16_t op_flags[X86_OP_COUNT] = { X86_OPS(OP_FLAGS) };
#undef OP_FLAGS

unsigned x86_op_flags(unsigned op)
{
	return op_flags[op];
}

const struct x86_tables x86_tables = {
	.specs = x86_specs, .map = x86_map, .map_0f = x86_map_0f, .groups = x86_groups,
	.name = x86_op_name, .op_flags = x86_op_flags,
};
