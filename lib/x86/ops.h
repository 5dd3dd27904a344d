/* Every operation of the instruction set, once: its identifier, its text, what a caller
 * wants to know about it, and which function of the executor carries it out.
 *
 * The enumeration (insn.h), the names (disasm.c), the flags (table.c) and the executor's
 * dispatch (exec.c) are all made from this list; the opcode map that leads to it is in
 * table.c. In a text, `|` separates the forms for 16- and 32-bit operands, `#` stands for the
 * size letter b, w or d of a string's elements, and `*` for the condition. */
#ifndef X86_OPS_H
#define X86_OPS_H

#define X86_OPS(OP) \
	OP(INVALID, "(bad)", 0, undefined) \
	/* data movement */ \
	OP(MOV, "mov", 0, mov) \
	OP(MOV_SEG, "mov", X86_F_WRITES_SEG, mov) \
	OP(MOV_CR, "mov", X86_F_PRIVILEGED, mov_control) \
	OP(MOV_DR, "mov", X86_F_PRIVILEGED, mov_debug) \
	OP(MOV_TR, "mov", 0, undefined) \
	OP(MOVZX, "movzx", 0, mov) \
	OP(MOVSX, "movsx", 0, movsx) \
	OP(LEA, "lea", 0, lea) \
	OP(LES, "les", X86_F_WRITES_SEG, load_far) \
	OP(LDS, "lds", X86_F_WRITES_SEG, load_far) \
	OP(LSS, "lss", X86_F_WRITES_SEG, load_far) \
	OP(LFS, "lfs", X86_F_WRITES_SEG, load_far) \
	OP(LGS, "lgs", X86_F_WRITES_SEG, load_far) \
	OP(XCHG, "xchg", X86_F_LOCK, xchg) \
	OP(XLAT, "xlatb", 0, xlat) \
	OP(BSWAP, "bswap", 0, bswap) \
	OP(CBW, "cbw|cwde", 0, widen) \
	OP(CWD, "cwd|cdq", 0, widen_double) \
	OP(LAHF, "lahf", 0, lahf) \
	OP(SAHF, "sahf", 0, sahf) \
	OP(SALC, "salc", 0, salc) \
	OP(SETCC, "set*", 0, setcc) \
	OP(NOP, "nop", 0, nop) \
	/* the stack */ \
	OP(PUSH, "push", 0, push) \
	OP(POP, "pop", 0, pop) \
	OP(PUSH_SEG, "push", 0, push) \
	OP(POP_SEG, "pop", X86_F_WRITES_SEG, pop) \
	OP(PUSHA, "pushaw|pushad", 0, pusha) \
	OP(POPA, "popaw|popad", 0, popa) \
	OP(PUSHF, "pushfw|pushfd", X86_F_IOPL, pushf) \
	OP(POPF, "popfw|popfd", X86_F_IOPL, popf) \
	OP(ENTER, "enter", 0, enter) \
	OP(LEAVE, "leave", 0, leave) \
	/* arithmetic and logic; the first eight in the order of the encoding */ \
	OP(ADD, "add", X86_F_LOCK, binary) \
	OP(OR, "or", X86_F_LOCK, binary) \
	OP(ADC, "adc", X86_F_LOCK, binary) \
	OP(SBB, "sbb", X86_F_LOCK, binary) \
	OP(AND, "and", X86_F_LOCK, binary) \
	OP(SUB, "sub", X86_F_LOCK, binary) \
	OP(XOR, "xor", X86_F_LOCK, binary) \
	OP(CMP, "cmp", 0, binary) \
	OP(TEST, "test", 0, binary) \
	OP(INC, "inc", X86_F_LOCK, unary) \
	OP(DEC, "dec", X86_F_LOCK, unary) \
	OP(NEG, "neg", X86_F_LOCK, unary) \
	OP(NOT, "not", X86_F_LOCK, unary) \
	OP(XADD, "xadd", X86_F_LOCK, xadd) \
	OP(CMPXCHG, "cmpxchg", X86_F_LOCK, cmpxchg) \
	OP(CMPXCHG8B, "cmpxchg8b", X86_F_LOCK, cmpxchg8b) \
	OP(MUL, "mul", 0, mul) \
	OP(IMUL, "imul", 0, imul) \
	OP(DIV, "div", 0, div) \
	OP(IDIV, "idiv", 0, div) \
	OP(DAA, "daa", 0, decimal) \
	OP(DAS, "das", 0, decimal) \
	OP(AAA, "aaa", 0, decimal) \
	OP(AAS, "aas", 0, decimal) \
	OP(AAM, "aam", 0, aam) \
	OP(AAD, "aad", 0, aad) \
	/* shifts and bits; the first eight in the order of the encoding */ \
	OP(ROL, "rol", 0, shift) \
	OP(ROR, "ror", 0, shift) \
	OP(RCL, "rcl", 0, shift) \
	OP(RCR, "rcr", 0, shift) \
	OP(SHL, "shl", 0, shift) \
	OP(SHR, "shr", 0, shift) \
	OP(SAL, "sal", 0, shift) \
	OP(SAR, "sar", 0, shift) \
	OP(SHLD, "shld", 0, shift_double) \
	OP(SHRD, "shrd", 0, shift_double) \
	OP(BT, "bt", 0, bit_test) \
	OP(BTS, "bts", X86_F_LOCK, bit_test) \
	OP(BTR, "btr", X86_F_LOCK, bit_test) \
	OP(BTC, "btc", X86_F_LOCK, bit_test) \
	OP(BSF, "bsf", 0, bit_scan) \
	OP(BSR, "bsr", 0, bit_scan) \
	/* strings */ \
	OP(MOVS, "movs#", X86_F_STRING, string) \
	OP(CMPS, "cmps#", X86_F_STRING | X86_F_REPE, string) \
	OP(SCAS, "scas#", X86_F_STRING | X86_F_REPE, string) \
	OP(STOS, "stos#", X86_F_STRING, string) \
	OP(LODS, "lods#", X86_F_STRING, string) \
	OP(INS, "ins#", X86_F_STRING | X86_F_IO, string) \
	OP(OUTS, "outs#", X86_F_STRING | X86_F_IO, string) \
	/* ports */ \
	OP(IN, "in", X86_F_IO, in) \
	OP(OUT, "out", X86_F_IO, out) \
	/* flow */ \
	OP(JMP, "jmp", X86_F_BRANCH, jmp) \
	OP(JMP_FAR, "jmp", X86_F_BRANCH | X86_F_WRITES_SEG, jmp_far) \
	OP(JCC, "j*", X86_F_BRANCH, jcc) \
	OP(JCXZ, "jcxz|jecxz", X86_F_BRANCH, loop) \
	OP(LOOP, "loop", X86_F_BRANCH, loop) \
	OP(LOOPE, "loope", X86_F_BRANCH, loop) \
	OP(LOOPNE, "loopne", X86_F_BRANCH, loop) \
	OP(CALL, "call", X86_F_BRANCH | X86_F_CALL, call) \
	OP(CALL_FAR, "call", X86_F_BRANCH | X86_F_CALL | X86_F_WRITES_SEG, call_far) \
	OP(RET, "ret", X86_F_BRANCH, ret) \
	OP(RETF, "retf", X86_F_BRANCH | X86_F_WRITES_SEG, retf) \
	OP(INT, "int", X86_F_BRANCH | X86_F_CALL | X86_F_WRITES_SEG | X86_F_IOPL, interrupt) \
	OP(INT3, "int3", X86_F_BRANCH | X86_F_CALL | X86_F_WRITES_SEG, interrupt) \
	OP(INTO, "into", X86_F_BRANCH | X86_F_CALL | X86_F_WRITES_SEG, interrupt) \
	OP(ICEBP, "icebp", X86_F_BRANCH | X86_F_CALL | X86_F_WRITES_SEG, interrupt) \
	OP(IRET, "iretw|iretd", X86_F_BRANCH | X86_F_WRITES_SEG | X86_F_IOPL, iret) \
	OP(BOUND, "bound", 0, bound) \
	OP(UD0, "ud0", 0, undefined) \
	OP(UD1, "ud1", 0, undefined) \
	OP(UD2, "ud2", 0, undefined) \
	/* flags and the processor */ \
	OP(CLC, "clc", 0, flag) \
	OP(STC, "stc", 0, flag) \
	OP(CMC, "cmc", 0, flag) \
	OP(CLD, "cld", 0, flag) \
	OP(STD, "std", 0, flag) \
	OP(CLI, "cli", X86_F_IOPL, cli) \
	OP(STI, "sti", X86_F_IOPL, sti) \
	OP(HLT, "hlt", X86_F_PRIVILEGED, hlt) \
	OP(FWAIT, "fwait", X86_F_X87, fwait) \
	OP(CPUID, "cpuid", 0, cpuid) \
	OP(RDTSC, "rdtsc", 0, rdtsc) \
	OP(RDMSR, "rdmsr", X86_F_PRIVILEGED, msr) \
	OP(WRMSR, "wrmsr", X86_F_PRIVILEGED, msr) \
	OP(RSM, "rsm", 0, undefined) \
	OP(INVD, "invd", X86_F_PRIVILEGED, nop) \
	OP(WBINVD, "wbinvd", X86_F_PRIVILEGED, nop) \
	OP(INVLPG, "invlpg", X86_F_PRIVILEGED, nop) \
	OP(LOADALL, "loadall", 0, undefined) \
	OP(LOADALL286, "loadall286", 0, undefined) \
	OP(CLTS, "clts", X86_F_PRIVILEGED, clts) \
	OP(SMSW, "smsw", 0, smsw) \
	OP(LMSW, "lmsw", X86_F_PRIVILEGED, lmsw) \
	OP(SGDT, "sgdt", 0, store_table) \
	OP(SIDT, "sidt", 0, store_table) \
	OP(LGDT, "lgdt", X86_F_PRIVILEGED, load_table) \
	OP(LIDT, "lidt", X86_F_PRIVILEGED, load_table) \
	/* protected mode only: undefined in real and virtual-8086 mode */ \
	OP(SLDT, "sldt", X86_F_PROTECTED, undefined) \
	OP(STR, "str", X86_F_PROTECTED, undefined) \
	OP(LLDT, "lldt", X86_F_PROTECTED, undefined) \
	OP(LTR, "ltr", X86_F_PROTECTED, undefined) \
	OP(VERR, "verr", X86_F_PROTECTED, undefined) \
	OP(VERW, "verw", X86_F_PROTECTED, undefined) \
	OP(ARPL, "arpl", X86_F_PROTECTED, undefined) \
	OP(LAR, "lar", X86_F_PROTECTED, undefined) \
	OP(LSL, "lsl", X86_F_PROTECTED, undefined) \
	X86_OPS_X87(OP)

/* The coprocessor's, which the executor does not carry out. */
#define X86_OPS_X87(OP) \
	OP(FADD, "fadd", X86_F_X87, x87) \
	OP(FMUL, "fmul", X86_F_X87, x87) \
	OP(FCOM, "fcom", X86_F_X87, x87) \
	OP(FCOMP, "fcomp", X86_F_X87, x87) \
	OP(FSUB, "fsub", X86_F_X87, x87) \
	OP(FSUBR, "fsubr", X86_F_X87, x87) \
	OP(FDIV, "fdiv", X86_F_X87, x87) \
	OP(FDIVR, "fdivr", X86_F_X87, x87) \
	OP(FIADD, "fiadd", X86_F_X87, x87) \
	OP(FIMUL, "fimul", X86_F_X87, x87) \
	OP(FICOM, "ficom", X86_F_X87, x87) \
	OP(FICOMP, "ficomp", X86_F_X87, x87) \
	OP(FISUB, "fisub", X86_F_X87, x87) \
	OP(FISUBR, "fisubr", X86_F_X87, x87) \
	OP(FIDIV, "fidiv", X86_F_X87, x87) \
	OP(FIDIVR, "fidivr", X86_F_X87, x87) \
	OP(FADDP, "faddp", X86_F_X87, x87) \
	OP(FMULP, "fmulp", X86_F_X87, x87) \
	OP(FCOMPP, "fcompp", X86_F_X87, x87) \
	OP(FSUBP, "fsubp", X86_F_X87, x87) \
	OP(FSUBRP, "fsubrp", X86_F_X87, x87) \
	OP(FDIVP, "fdivp", X86_F_X87, x87) \
	OP(FDIVRP, "fdivrp", X86_F_X87, x87) \
	OP(FLD, "fld", X86_F_X87, x87) \
	OP(FST, "fst", X86_F_X87, x87) \
	OP(FSTP, "fstp", X86_F_X87, x87) \
	OP(FILD, "fild", X86_F_X87, x87) \
	OP(FIST, "fist", X86_F_X87, x87) \
	OP(FISTP, "fistp", X86_F_X87, x87) \
	OP(FBLD, "fbld", X86_F_X87, x87) \
	OP(FBSTP, "fbstp", X86_F_X87, x87) \
	OP(FXCH, "fxch", X86_F_X87, x87) \
	OP(FFREE, "ffree", X86_F_X87, x87) \
	OP(FFREEP, "ffreep", X86_F_X87, x87) \
	OP(FUCOM, "fucom", X86_F_X87, x87) \
	OP(FUCOMP, "fucomp", X86_F_X87, x87) \
	OP(FUCOMPP, "fucompp", X86_F_X87, x87) \
	OP(FNOP, "fnop", X86_F_X87, x87) \
	OP(FCHS, "fchs", X86_F_X87, x87) \
	OP(FABS, "fabs", X86_F_X87, x87) \
	OP(FTST, "ftst", X86_F_X87, x87) \
	OP(FXAM, "fxam", X86_F_X87, x87) \
	OP(FLD1, "fld1", X86_F_X87, x87) \
	OP(FLDL2T, "fldl2t", X86_F_X87, x87) \
	OP(FLDL2E, "fldl2e", X86_F_X87, x87) \
	OP(FLDPI, "fldpi", X86_F_X87, x87) \
	OP(FLDLG2, "fldlg2", X86_F_X87, x87) \
	OP(FLDLN2, "fldln2", X86_F_X87, x87) \
	OP(FLDZ, "fldz", X86_F_X87, x87) \
	OP(F2XM1, "f2xm1", X86_F_X87, x87) \
	OP(FYL2X, "fyl2x", X86_F_X87, x87) \
	OP(FPTAN, "fptan", X86_F_X87, x87) \
	OP(FPATAN, "fpatan", X86_F_X87, x87) \
	OP(FXTRACT, "fxtract", X86_F_X87, x87) \
	OP(FPREM1, "fprem1", X86_F_X87, x87) \
	OP(FDECSTP, "fdecstp", X86_F_X87, x87) \
	OP(FINCSTP, "fincstp", X86_F_X87, x87) \
	OP(FPREM, "fprem", X86_F_X87, x87) \
	OP(FYL2XP1, "fyl2xp1", X86_F_X87, x87) \
	OP(FSQRT, "fsqrt", X86_F_X87, x87) \
	OP(FSINCOS, "fsincos", X86_F_X87, x87) \
	OP(FRNDINT, "frndint", X86_F_X87, x87) \
	OP(FSCALE, "fscale", X86_F_X87, x87) \
	OP(FSIN, "fsin", X86_F_X87, x87) \
	OP(FCOS, "fcos", X86_F_X87, x87) \
	OP(FLDENV, "fldenv", X86_F_X87, x87) \
	OP(FLDCW, "fldcw", X86_F_X87, x87) \
	OP(FNSTENV, "fnstenv", X86_F_X87, x87) \
	OP(FNSTCW, "fnstcw", X86_F_X87, x87) \
	OP(FNSTSW, "fnstsw", X86_F_X87, x87) \
	OP(FRSTOR, "frstor", X86_F_X87, x87) \
	OP(FNSAVE, "fnsave", X86_F_X87, x87) \
	OP(FNCLEX, "fnclex", X86_F_X87, x87) \
	OP(FNINIT, "fninit", X86_F_X87, x87) \
	OP(FNENI, "fneni", X86_F_X87, x87) \
	OP(FNDISI, "fndisi", X86_F_X87, x87) \
	OP(FNSETPM, "fnsetpm", X86_F_X87, x87) \
	OP(FRSTPM, "frstpm", X86_F_X87, x87)

#endif
