/* The assembler: there and back over the whole instruction table, what people write besides, and
 * mistakes with their columns. Comparison with nasm: tests/x86/test_asm.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <x86/asm.h>
#include <x86/disasm.h>

enum { IP = 0x1000 };

/* Hexadecimal, but for `0n`; a label, and one that comes later. */
static enum x86_asm_word word(void *ctx, const char *text, size_t n, uint32_t *value)
{
	char copy[40] = "", *end;
	unsigned long long number;

	(void)ctx;
	memcpy(copy, text, n < sizeof copy ? n : sizeof copy - 1);
	*value = 0x1020;
	if (!strcmp(copy, "here"))
		return X86_ASM_KNOWN;
	if (!strcmp(copy, "later"))
		return X86_ASM_UNKNOWN;
	if (!strcmp(copy, "forward"))
		return X86_ASM_FORWARD;
	number = strtoull(copy, &end, 16);
	if (*end || !n)
		return X86_ASM_NO_WORD;
	*value = (uint32_t)number;
	return number >> 32 ? X86_ASM_TOO_LARGE : X86_ASM_KNOWN;
}

static struct x86_asm make(unsigned bits)
{
	return (struct x86_asm){ .tables = &x86_tables, .word = word, .bits = bits, .ip = IP };
}

/* --- there and back ------------------------------------------------------------------------- */

static uint32_t cut(uint32_t value, unsigned size)
{
	return size >= 4 || !size ? value : value & ((1u << size * 8) - 1);
}

static bool same_address(const struct insn *a, const struct insn *b)
{
	return a->addrsize == b->addrsize && a->base == b->base && a->index == b->index &&
	       (a->index == X86_NO_REG || a->scale == b->scale) && a->seg == b->seg &&
	       cut(a->disp, a->addrsize) == cut(b->disp, b->addrsize);
}

static bool same_operand(const struct insn *a, const struct insn *b, unsigned i)
{
	const struct x86_operand *x = &a->operand[i], *y = &b->operand[i];
	unsigned jump = a->opsize;

	if (x->kind != y->kind || x->reg != y->reg)
		return false;
	switch (x->kind) {
	case X86_OPERAND_MEM: return x->size == y->size && same_address(a, b);
	case X86_OPERAND_IMM: return cut(a->imm, x->size) == cut(b->imm, x->size);
	case X86_OPERAND_IMM2: return a->imm2 == b->imm2;
	case X86_OPERAND_FAR: return a->imm2 == b->imm2 && a->imm == b->imm;
	case X86_OPERAND_REL: return cut(a->imm + a->length, jump) == cut(b->imm + b->length, jump);
	default: return x->size == y->size;
	}
}

/* XCHG and TEST in the other order are the same. */
static bool same_operands(const struct insn *a, const struct insn *b)
{
	struct insn turned = *b;
	bool turn = b->op == X86_OP_XCHG || b->op == X86_OP_TEST;

	turned.operand[0] = b->operand[1];
	turned.operand[1] = b->operand[0];
	for (unsigned i = 0; i < X86_OPERANDS; i++)
		if (!same_operand(a, b, i) && !(turn && same_operand(a, &turned, i)))
			return false;
	return true;
}

/* A prefix without any effect has no place in the text. */
static unsigned telling(const struct insn *insn)
{
	return insn->prefixes & (X86_PREFIX_LOCK | X86_PREFIX_REP | X86_PREFIX_REPNE | X86_PREFIX_SEG);
}

static unsigned canonical_op(const struct insn *insn)
{
	return insn->op == X86_OP_SAL ? X86_OP_SHL : insn->op;
}

/* An operand of the operand size shows it, or means nothing by it: ARPL, STR. */
static bool opsize_shows(const struct insn *insn)
{
	for (unsigned i = 0; i < X86_OPERANDS; i++)
		if ((insn->operand[i].kind == X86_OPERAND_REG || insn->operand[i].kind == X86_OPERAND_MEM) &&
		    insn->operand[i].size == insn->opsize)
			return true;
	return false;
}

static bool equal(const struct insn *a, const struct insn *b)
{
	return canonical_op(a) == canonical_op(b) && telling(a) == telling(b) && a->seg == b->seg &&
	       (a->opsize == b->opsize || opsize_shows(a) || x86_op_flags(a->op) & X86_F_STRING) &&
	       a->addrsize == b->addrsize &&
	       (!((a->opcode ^ b->opcode) & 15) || (a->op != X86_OP_JCC && a->op != X86_OP_SETCC)) && same_operands(a, b);
}

static unsigned tried;

static void there_and_back(const uint8_t *bytes, unsigned available, unsigned bits)
{
	struct x86_asm as = make(bits);
	struct insn insn, again;
	char text[X86_DISASM_MAX * 2], other[X86_DISASM_MAX * 2];
	uint8_t made[X86_MAX_LENGTH];
	int length = x86_decode(&insn, bytes, available, bits), n;

	if (length < 0)
		return;
	tried++;
	x86_disassemble(text, sizeof text, &insn, IP, NULL);
	n = x86_assemble(&as, text, made, sizeof made);
	if (n <= 0)
		fail_msg("%u bits: `%s`, column %u: %s", bits, text, as.column, as.why);
	if (x86_decode(&again, made, (size_t)n, bits) != n)
		fail_msg("%u bits: `%s`: what was made cannot be decoded", bits, text);
	x86_disassemble(other, sizeof other, &again, IP, NULL);
	if (!equal(&insn, &again))
		fail_msg("%u bits: `%s` became `%s`", bits, text, other);
	if (n > length)
		fail_msg("%u bits: `%s`: %d bytes, not %d", bits, text, n, length);
}

static bool is_prefix(unsigned byte)
{
	return (byte & 0xE7) == 0x26 || (byte >= 0x64 && byte <= 0x67) || byte == 0xF0 || byte == 0xF2 || byte == 0xF3;
}

/* Every opcode with every ModRM byte behind some prefixes, small and large numbers in turn. */
static void every_opcode(const uint8_t *prefixes, unsigned n, unsigned bits, unsigned stride)
{
	static const uint8_t tails[4][10] = {
		{ 0x12, 0x34, 0x56, 0x78, 0x9A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F },
		{ 0xFC, 0xFF, 0xFF, 0xFF, 0xFA, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF },
		{ 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
		{ 0x80, 0xFF, 0x80, 0xFF, 0x7F, 0, 0, 0, 0x80, 0 },
	};
	uint8_t bytes[X86_MAX_LENGTH + 4];
	unsigned at, turn = 0;

	for (unsigned opcode = 0; opcode < 0x200; opcode++) {
		if (opcode < 0x100 && (is_prefix(opcode) || opcode == 0x0F))
			continue;
		for (unsigned modrm = opcode % stride; modrm < 256; modrm += stride) {
			at = n;
			memcpy(bytes, prefixes, n);
			if (opcode >= 0x100)
				bytes[at++] = 0x0F;
			bytes[at++] = (uint8_t)opcode;
			bytes[at++] = (uint8_t)modrm;
			memcpy(bytes + at, tails[turn++ % 4], 10);
			there_and_back(bytes, sizeof bytes, bits);
		}
	}
}

static void every_sib(unsigned bits)
{
	for (unsigned modrm = 4; modrm < 0xC0; modrm += 8)
		for (unsigned sib = 0; sib < 256; sib++) {
			uint8_t bytes[12] = { 0x67, 0x8B, (uint8_t)modrm, (uint8_t)sib, 0x12, 0xFF, 0x80, 1 };

			there_and_back(bytes + (bits == 32), sizeof bytes - (bits == 32), bits);
		}
}

static void whole_table(void **state)
{
	static const uint8_t prefixes[][4] = {
		{ 1, 0x66 }, { 1, 0x67 }, { 2, 0x66, 0x67 }, { 1, 0x26 }, { 1, 0x2E }, { 1, 0x36 }, { 1, 0x3E },
		{ 1, 0x64 }, { 1, 0x65 }, { 1, 0xF0 }, { 1, 0xF2 }, { 1, 0xF3 }, { 3, 0xF3, 0x26, 0x66 },
	};

	(void)state;
	for (unsigned bits = 16; bits <= 32; bits += 16) {
		every_opcode(prefixes[0], 0, bits, 1);
		every_sib(bits);
		for (unsigned i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
			every_opcode(&prefixes[i][1], prefixes[i][0], bits, i < 3 ? 3 : 17);
	}
	assert_true(tried > 300000);
}

/* --- what people write -------------------------------------------------------------------------- */

static void is(unsigned bits, const char *text, const char *hex)
{
	struct x86_asm as = make(bits);
	uint8_t bytes[32];
	char made[80] = "";
	int n = x86_assemble(&as, text, bytes, sizeof bytes);

	if (n < 0)
		fail_msg("`%s`, column %u: %s", text, as.column, as.why);
	for (int i = 0; i < n; i++)
		sprintf(made + 2 * i, "%02x", bytes[i]);
	if (strcmp(made, hex))
		fail_msg("`%s`: %s, not %s", text, made, hex);
}

static void wrong(unsigned bits, const char *text, unsigned column, const char *why)
{
	struct x86_asm as = make(bits);
	uint8_t bytes[32];
	int n = x86_assemble(&as, text, bytes, sizeof bytes);

	if (n >= 0)
		fail_msg("`%s` was taken: %d bytes", text, n);
	if (as.column != column || !strstr(as.why, why))
		fail_msg("`%s`: column %u: %s; not %u: %s", text, as.column, as.why, column, why);
}

static void forms(void **state)
{
	(void)state;
	is(16, "", "");
	is(16, "  ; a comment", "");
	is(16, "MOV AX,1234 ; a comment", "b83412");
	is(16, "mov ax, [bx + si - 4]", "8b40fc");
	is(16, "mov ax,[4+bx]", "8b4704");
	is(16, "mov ax,[si+bx]", "8b00");
	is(16, "mov word ptr [1234],5", "c70634120500");
	is(16, "mov al,[bx][si]", "8a00");
	is(16, "mov al,34[bp]", "8a4634");
	is(16, "mov al,here[bx][di]", "8a812010");
	is(16, "mov al,es:[di]", "268a05");
	is(16, "mov al,es:5[di]", "268a4505");
	is(16, "mov al,[es:di]", "268a05");
	is(16, "es: mov al,[di]", "268a05");
	is(16, "mov eax,[ebx+ecx*4+5]", "67668b448b05");
	is(16, "mov eax,[4*ecx+ebx]", "67668b048b");
	is(32, "lea eax,[eax*5]", "8d0480");
	is(32, "mov eax,[esp]", "8b0424");
	is(32, "mov eax,[ebp]", "8b4500");
	is(16, "push word 5", "6a05");
	is(16, "push dword 5", "666a05");
	is(16, "push 1234", "683412");
	is(16, "add ax,-1", "05ffff");
	is(16, "add cx,-1", "83c1ff");
	is(16, "add word [bx],byte 5", "830705");
	is(16, "imul ax,5", "6bc005");
	is(16, "db 'abc', 0, 'a'+1, \"it's\"", "616263006269742773");
	is(16, "dw 1234,'ab',-1", "34126162ffff");
	is(16, "dd 12345678,$", "7856341200100000");
	is(16, "mov dx,offset here", "ba2010");
	is(16, "rep", "f3");
	is(16, "rep movsw", "f3a5");
	is(16, "repz cmpsb", "f3a6");
	is(16, "jz 1002", "7400");
	is(16, "jnc near 1002", "0f83feff");
	is(16, "jmp $", "ebfe");
	is(16, "jmp near $", "e9fdff");
	is(16, "call far [bx]", "ff1f");
	is(16, "call dword far [bx]", "66ff1f");
	is(16, "jmp far 1234:5678", "ea78563412");
	is(16, "pusha", "60");
	is(32, "pusha", "60");
	is(16, "pushad", "6660");
	is(16, "xlat", "d7");
	is(16, "aam", "d40a");
	is(16, "finit", "9bdbe3");
	is(16, "fstsw ax", "9bdfe0");
	is(16, "faddp", "dec1");
	is(16, "fadd st3", "d8c3");
	is(16, "fxch", "d9c9");
	is(16, "fld st(2)", "d9c2");
	is(16, "nop word [bx]", "0f1f07");
	is(16, "xchg ax,bx", "93");
	is(16, "test [bx],al", "8407");
	is(16, "mov al,(1+2)*3|10", "b019");
	is(16, "mov ax,~0&ff", "b8ff00");
	is(16, "mov ax,1<<4", "b81000");
}

static void labels(void **state)
{
	struct x86_asm as = make(16);
	uint8_t bytes[16];

	(void)state;
	is(16, "jmp here", "eb1e");
	is(16, "mov ax,[here+2]", "a12210");
	is(16, "jmp forward", "e91d00");
	is(16, "jmp short forward", "eb1e");
	is(16, "add ax,forward", "052010");
	is(16, "jmp later", "e9fdff");
	is(16, "jmp short later", "ebfe");
	is(16, "jcxz later", "e3fe");
	is(16, "loop forward", "e21e");
	is(16, "jz later", "0f84fcff");
	is(16, "mov al,later", "b000");
	assert_int_equal(x86_assemble(&as, "mov ax,[bx+later]", bytes, sizeof bytes), 4);
	assert_true(as.unknown && !as.data);
	assert_int_equal(x86_assemble(&as, "db 5", bytes, sizeof bytes), 1);
	assert_true(!as.unknown && as.data);
	assert_true(x86_asm_reserved("EAX", 3) && x86_asm_reserved("byte", 4) && x86_asm_reserved("st", 2) &&
		    x86_asm_reserved("cr0", 3) && x86_asm_reserved("es", 2) && !x86_asm_reserved("here", 4));
}

static void mistakes(void **state)
{
	(void)state;
	wrong(16, "mvo ax,1", 0, "mvo: no such instruction");
	wrong(16, "  mov ax", 2, "1 operands");
	wrong(16, "mov ax,bl", 7, "wrong size");
	wrong(16, "mov al,123", 7, "does not fit");
	wrong(16, "mov al,[bx+ax]", 7, "no such operand");
	wrong(16, "mov al,[bx+esi]", 7, "no such operand");
	wrong(16, "mov al,[bx+si+di]", 13, "more than two registers");
	wrong(16, "mov eax,[eax*7]", 8, "no such operand");
	wrong(16, "mov al,[12345]", 7, "does not fit");
	wrong(16, "mov [bx],5", 3, "how long is it");
	wrong(16, "fld [bx]", 3, "how long is it");
	wrong(16, "mov 5,al", 4, "no such operand");
	wrong(16, "mov cs:5,al", 8, "`[` was expected");
	wrong(16, "mov al,[bx][si][di]", 15, "more than two registers");
	wrong(16, "mov al,", 7, "missing");
	wrong(16, "mov al,5 6", 9, "end of the line");
	wrong(16, "mov al,nobody", 7, "no number, register or label");
	wrong(16, "mov al,[bx", 7, "not closed");
	wrong(16, "mov ax,(5", 7, "not closed");
	wrong(16, "mov ax,5/0", 8, "division by zero");
	wrong(16, "mov ax,100000000", 7, "32 bits");
	wrong(16, "mov ax,-bx", 7, "can only be added");
	wrong(16, "mov ax,bx+1", 9, "end of the line");
	wrong(16, "jmp short 2000", 10, "too far");
	wrong(16, "jz 12345", 3, "does not fit");
	wrong(16, "add a,b,c,d", 10, "three operands");
	wrong(16, "db", 2, "missing");
	wrong(16, "db 'abc", 3, "not closed");
	wrong(16, "db 100", 3, "does not fit");
	wrong(16, "dw 'abc'", 3, "does not fit");
	wrong(16, "mov byte word [bx],5", 9, "enough");
	wrong(16, "o32 pushaw", 4, "0 operands");
	wrong(16, "mov st(9),1", 7, "st(0) to st(7)");
	wrong(16, "fadd st(1),st(2)", 11, "no such operand");
	wrong(16, "mov ax,((((((((((((((5))))))))))))))", 19, "too deeply");
	wrong(16, "mov al,[1:2]", 7, "not closed");
	wrong(16, "jmp 12345:0", 4, "16 bits");
	wrong(16, "db \"0123456789abcdef0123456789abcdef0\"", 36, "more than 32 bytes");
	wrong(16, "mov ax,7fffffff*7fffffff", 15, "does not fit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_table), cmocka_unit_test(forms), cmocka_unit_test(labels), cmocka_unit_test(mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
