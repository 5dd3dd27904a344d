/* The decoder: lengths, limits and what is undefined; and the disassembler's own matters. That
 * the tables are right is shown by comparison with other tools (tests/x86). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <x86/disasm.h>

static int decode(struct insn *insn, unsigned bits, const char *hex)
{
	uint8_t bytes[32];
	unsigned n = 0;

	for (; *hex; hex++) {
		unsigned digit = *hex <= '9' ? *hex - '0' : *hex - 'a' + 10;

		bytes[n / 2] = (uint8_t)(n & 1 ? bytes[n / 2] | digit : digit << 4);
		n++;
	}
	return x86_decode(insn, bytes, n / 2, bits);
}

static void fields(void **state)
{
	struct insn insn;

	(void)state;
	/* o32 add dword fs:[bp+di-0x2],0x12345678 */
	assert_int_equal(decode(&insn, 16, "66648143fe78563412"), 9);
	assert_int_equal(insn.op, X86_OP_ADD);
	assert_int_equal(insn.opsize, 4);
	assert_int_equal(insn.addrsize, 2);
	assert_int_equal(insn.seg, X86_FS);
	assert_int_equal(insn.base, X86_EBP);
	assert_int_equal(insn.index, X86_EDI);
	assert_int_equal(insn.disp, 0xFFFFFFFE);
	assert_int_equal(insn.disp_size, 1);
	assert_int_equal(insn.imm, 0x12345678);
	assert_int_equal(insn.operand[0].kind, X86_OPERAND_MEM);
	assert_int_equal(insn.operand[0].size, 4);
	assert_int_equal(insn.operand[1].kind, X86_OPERAND_IMM);
	assert_int_equal(insn.operand[2].kind, X86_OPERAND_NONE);
}

static void segments(void **state)
{
	struct insn insn;

	(void)state;
	assert_true(decode(&insn, 16, "8b4600") == 3 && insn.seg == X86_SS);     /* [bp] */
	assert_true(decode(&insn, 16, "8b060000") == 4 && insn.seg == X86_DS);   /* [disp16] */
	assert_true(decode(&insn, 32, "8b0424") == 3 && insn.seg == X86_SS);     /* [esp] */
	assert_true(decode(&insn, 32, "8b042d00000000") == 7 && insn.seg == X86_DS); /* [ebp*1+disp] */
	assert_true(decode(&insn, 32, "8b4c2d00") == 4 && insn.seg == X86_SS);   /* [ebp+ebp] */
	assert_true(decode(&insn, 16, "263e8b07") == 4 && insn.seg == X86_DS);   /* the last counts */
}

static void prefixes(void **state)
{
	struct insn insn;

	(void)state;
	assert_int_equal(decode(&insn, 16, "f3f2a4"), 3);
	assert_int_equal(insn.prefixes, X86_PREFIX_REPNE);
	assert_true(x86_repeats(&insn));
	assert_int_equal(decode(&insn, 16, "f390"), 2);
	assert_false(x86_repeats(&insn));
	assert_int_equal(decode(&insn, 16, "6666b800000000"), 7); /* twice is once */
}

/* Longer than 15 bytes is #GP, whether or not there are more bytes to look at. */
static void length_limit(void **state)
{
	struct insn insn;

	(void)state;
	assert_int_equal(decode(&insn, 16, "262626262626262626262626262690"), 15);
	assert_int_equal(decode(&insn, 16, "26262626262626262626262626262690"), E_RANGE);
	assert_int_equal(decode(&insn, 16, "2626262626262626262626262626b80000"), E_RANGE);
	assert_int_equal(decode(&insn, 16, "2626262626262626262626262626"), E_AGAIN);
}

static void undefined(void **state)
{
	static const char *const cases[] = {
		"8dc0", "c4c0", "62c0", "0f01d0", "8e38", "8c30", "ff38", "fe10", "c608",
		"8f08", "0f04", "d9d1", "db20", "0fc7c8", "0fba00",
	};
	struct insn insn;

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(decode(&insn, 16, cases[i]), E_INVALID);
		assert_int_equal(insn.op, X86_OP_INVALID);
		assert_int_equal(insn.operand[0].kind, X86_OPERAND_NONE);
		assert_in_range(insn.length, 2, 3);
	}
	assert_int_equal(decode(&insn, 16, "0fff"), E_AGAIN); /* UD0 has ModRM */
}

/* One byte less is never enough, one more changes nothing. */
static void exact_lengths(void **state)
{
	uint32_t random = 12345;

	(void)state;
	for (unsigned round = 0; round < 200000; round++) {
		uint8_t bytes[X86_MAX_LENGTH];
		struct insn insn, again;
		unsigned bits = round & 1 ? 16 : 32;
		int length;

		for (unsigned i = 0; i < sizeof bytes; i++) {
			random = random * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(random >> 24);
		}
		length = x86_decode(&insn, bytes, sizeof bytes, bits);
		if (length < 0)
			continue;
		assert_in_range(length, 1, 15);
		assert_int_equal(x86_decode(&again, bytes, (size_t)length, bits), length);
		assert_memory_equal(&insn, &again, sizeof insn);
		assert_int_equal(x86_decode(&again, bytes, (size_t)length - 1, bits), E_AGAIN);
	}
}

static void op_flags(void **state)
{
	(void)state;
	assert_int_equal(x86_op_flags(X86_OP_CLI), X86_F_IOPL);
	assert_int_equal(x86_op_flags(X86_OP_INS), X86_F_STRING | X86_F_IO);
	assert_int_equal(x86_op_flags(X86_OP_ADD), X86_F_LOCK);
	assert_true(x86_op_flags(X86_OP_FLDPI) & X86_F_X87);
	assert_true(x86_op_flags(X86_OP_INT) & X86_F_CALL);
}

#define TEXT(bits, hex, text) do { \
	struct insn insn_; \
	char buf_[X86_DISASM_MAX]; \
	assert_true(decode(&insn_, bits, hex) > 0); \
	assert_int_equal(x86_disassemble(buf_, sizeof buf_, &insn_, 0x100, NULL), strlen(text)); \
	assert_string_equal(buf_, text); \
} while (0)

static void texts(void **state)
{
	(void)state;
	TEXT(16, "26c740fc3412", "mov word es:[bx+si-0x4],0x1234");
	TEXT(16, "f3a4", "rep movsb");
	TEXT(16, "f326a6", "repe es cmpsb");
	TEXT(16, "6667f2af", "repne a32 scasd");
	TEXT(16, "6e", "outsb");
	TEXT(16, "666f", "outsd");
	TEXT(16, "d40a", "aam");
	TEXT(16, "d507", "aad 0x7");
	TEXT(16, "ebfe", "jmp 0x100");
	TEXT(16, "66e900000100", "o32 jmp 0x10106");
	TEXT(16, "9a78563412", "call 0x1234:0x5678");
	TEXT(16, "ff1e3412", "call far [0x1234]");
	TEXT(16, "66ff2e3412", "o32 jmp far [0x1234]");
	TEXT(32, "0fb644cbfc", "movzx eax,byte [ebx+ecx*8-0x4]");
	TEXT(16, "e310", "jcxz 0x112");
	TEXT(16, "67e310", "jecxz 0x113");
	TEXT(16, "c8100003", "enter 0x10,0x3");
	TEXT(16, "d1e0", "shl ax,0x1");
}

static void more_texts(void **state)
{
	(void)state;
	TEXT(16, "d227", "shl byte [bx],cl");
	TEXT(16, "dc07", "fadd qword [bx]");
	TEXT(16, "db2f", "fld tword [bx]");
	TEXT(16, "d8c3", "fadd st(0),st(3)");
	TEXT(16, "f0fe07", "lock inc byte [bx]");
	TEXT(16, "0f22c0", "mov cr0,eax");
	TEXT(16, "8ed0", "mov ss,ax");
	TEXT(16, "66cf", "iretd");
	TEXT(16, "cd21", "int 0x21");
	TEXT(16, "66c3", "o32 ret");
	TEXT(16, "0f94c0", "sete al");
}

static bool name_target(struct x86_symbols *symbols, int32_t selector, uint32_t offset, char *buf,
			size_t size)
{
	(void)symbols;
	if (offset != 0x1234)
		return false;
	strncpy(buf, selector == -1 ? "near_by" : "far_away", size);
	return true;
}

static bool name_memory(struct x86_symbols *symbols, unsigned seg, uint32_t offset, char *buf, size_t size)
{
	(void)symbols;
	if (offset != 0x1234)
		return false;
	strncpy(buf, seg == X86_ES ? "extra" : seg == X86_SS ? "local" : "table", size);
	return true;
}

static void memory_symbols(void **state)
{
	static const struct { const char *hex, *text; } cases[] = {
		{ "a13412", "mov ax,[table]" }, { "26a13412", "mov ax,es:[extra]" }, { "8b873412", "mov ax,[bx+table]" },
		{ "8b863412", "mov ax,[bp+local]" }, { "a13512", "mov ax,[0x1235]" }, { "8b4712", "mov ax,[bx+0x12]" },
		{ "b83412", "mov ax,0x1234" },
	};
	struct x86_symbols names = { .name = name_target, .memory = name_memory };
	struct insn insn;
	char buf[40];

	(void)state;
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_true(decode(&insn, 16, cases[i].hex) > 0);
		x86_disassemble(buf, sizeof buf, &insn, 0, &names);
		assert_string_equal(buf, cases[i].text);
	}
}

static void symbols(void **state)
{
	struct x86_symbols names = { .name = name_target };
	struct insn insn;
	char buf[40];

	(void)state;
	assert_int_equal(decode(&insn, 16, "e93111"), 3);
	x86_disassemble(buf, sizeof buf, &insn, 0x100, &names);
	assert_string_equal(buf, "jmp near_by");
	x86_disassemble(buf, sizeof buf, &insn, 0x101, &names);
	assert_string_equal(buf, "jmp 0x1235");
	assert_int_equal(decode(&insn, 16, "9a34120001"), 5);
	x86_disassemble(buf, sizeof buf, &insn, 0, &names);
	assert_string_equal(buf, "call far_away");
}

static void cut_text(void **state)
{
	struct insn insn;
	char buf[8];

	(void)state;
	assert_int_equal(decode(&insn, 16, "b83412"), 3);
	assert_int_equal(x86_disassemble(buf, sizeof buf, &insn, 0, NULL), strlen("mov ax,0x1234"));
	assert_string_equal(buf, "mov ax,");
	assert_int_equal(x86_disassemble(NULL, 0, &insn, 0, NULL), strlen("mov ax,0x1234"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields), cmocka_unit_test(segments), cmocka_unit_test(prefixes),
		cmocka_unit_test(length_limit), cmocka_unit_test(undefined),
		cmocka_unit_test(exact_lengths), cmocka_unit_test(op_flags), cmocka_unit_test(texts),
		cmocka_unit_test(more_texts), cmocka_unit_test(symbols), cmocka_unit_test(memory_symbols), cmocka_unit_test(cut_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
