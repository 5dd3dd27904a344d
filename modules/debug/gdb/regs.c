/* A virtual processor's registers as GDB numbers them (regs.h).
 *
 * The coprocessor's state is FNSAVE's 32-bit protected-mode image (Intel 387 Programmer's Reference
 * Manual, "FSAVE/FNSAVE"): seven double words, then the stack from ST(0) on. */
#include "regs.h"

#include <base/mem.h>

enum {
	WORD_REGS = 16, ST_SIZE = 10, ST_OFFSET = 28, OFFSET_MAX = 0xFFFF, SEGMENT_MAX = 0xF000,
	X87_CONTROL = 0, X87_STATUS = 4, X87_TAG = 8, X87_IP = 12, X87_CS = 16, X87_OPCODE = 18, X87_DP = 20, X87_DS = 24,
	OPCODE_MASK = 0x7FF, SETTABLE_FLAGS = 0x7FD5,
};

#define REG32(name) "<reg name=\"" name "\" bitsize=\"32\" type=\"int32\"/>"
#define FLOAT(name) "<reg name=\"" name "\" bitsize=\"80\" type=\"i387_ext\"/>"
#define X87(name) "<reg name=\"" name "\" bitsize=\"32\" type=\"int\" group=\"float\"/>"

const char regs_description[] =
	"<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">"
	"<architecture>i8086</architecture><feature name=\"org.gnu.gdb.i386.core\">"
	"<flags id=\"i386_eflags\" size=\"4\">"
	"<field name=\"CF\" start=\"0\" end=\"0\"/><field name=\"\" start=\"1\" end=\"1\"/>"
	"<field name=\"PF\" start=\"2\" end=\"2\"/><field name=\"AF\" start=\"4\" end=\"4\"/>"
	"<field name=\"ZF\" start=\"6\" end=\"6\"/><field name=\"SF\" start=\"7\" end=\"7\"/>"
	"<field name=\"TF\" start=\"8\" end=\"8\"/><field name=\"IF\" start=\"9\" end=\"9\"/>"
	"<field name=\"DF\" start=\"10\" end=\"10\"/><field name=\"OF\" start=\"11\" end=\"11\"/>"
	"<field name=\"NT\" start=\"14\" end=\"14\"/></flags>"
	REG32("eax") REG32("ecx") REG32("edx") REG32("ebx")
	"<reg name=\"esp\" bitsize=\"32\" type=\"data_ptr\"/><reg name=\"ebp\" bitsize=\"32\" type=\"data_ptr\"/>"
	REG32("esi") REG32("edi")
	"<reg name=\"eip\" bitsize=\"32\" type=\"code_ptr\"/><reg name=\"eflags\" bitsize=\"32\" type=\"i386_eflags\"/>"
	REG32("cs") REG32("ss") REG32("ds") REG32("es") REG32("fs") REG32("gs")
	FLOAT("st0") FLOAT("st1") FLOAT("st2") FLOAT("st3") FLOAT("st4") FLOAT("st5") FLOAT("st6") FLOAT("st7")
	X87("fctrl") X87("fstat") X87("ftag") X87("fiseg") X87("fioff") X87("foseg") X87("fooff") X87("fop")
	"</feature><feature name=\"org.poly86.real\">"
	"<reg name=\"ip\" bitsize=\"16\" type=\"uint16\"/><reg name=\"sp\" bitsize=\"16\" type=\"uint16\"/>"
	"</feature></target>";

unsigned regs_place(unsigned n, unsigned *offset)
{
	if (n < REG_ST0) {
		*offset = n * 4;
		return 4;
	}
	if (n < REG_FCTRL) {
		*offset = WORD_REGS * 4 + (n - REG_ST0) * ST_SIZE;
		return ST_SIZE;
	}
	*offset = WORD_REGS * 4 + (REG_FCTRL - REG_ST0) * ST_SIZE;
	if (n < REG_IP) {
		*offset += (n - REG_FCTRL) * 4;
		return 4;
	}
	*offset += (REG_IP - REG_FCTRL) * 4 + (n - REG_IP) * 2;
	return n < REG_COUNT ? 2 : 0;
}

/* In the order of fctrl ... fop. */
static const struct { uint8_t offset, size; } x87_words[] = {
	{ X87_CONTROL, 2 }, { X87_STATUS, 2 }, { X87_TAG, 2 }, { X87_CS, 2 }, { X87_IP, 4 }, { X87_DS, 2 }, { X87_DP, 4 },
	{ X87_OPCODE, 2 },
};

static uint32_t linear(struct vcpu *cpu, unsigned seg, uint32_t offset)
{
	return ((uint16_t)*vcpu_selector(cpu, seg) << 4) + (offset & OFFSET_MAX);
}

static uint32_t get_word(struct vcpu *cpu, unsigned n)
{
	static const uint8_t segs[] = { X86_CS, X86_SS, X86_DS, X86_ES, X86_FS, X86_GS };

	switch (n) {
	case REG_ESP: return linear(cpu, X86_SS, cpu->frame.esp);
	case REG_EIP: return linear(cpu, X86_CS, cpu->frame.eip);
	case REG_EFLAGS: return cpu->frame.eflags;
	}
	if (n >= REG_CS)
		return (uint16_t)*vcpu_selector(cpu, segs[n - REG_CS]);
	return *vcpu_reg(cpu, n);
}

static uint32_t get_x87(const struct vcpu *cpu, unsigned n)
{
	uint32_t value = 0;

	memcpy(&value, cpu->x87.image + x87_words[n].offset, x87_words[n].size);
	return x87_words[n].offset == X87_OPCODE ? value & OPCODE_MASK : value;
}

void regs_get(struct vcpu *cpu, uint8_t *to)
{
	uint16_t real[2] = { (uint16_t)cpu->frame.eip, (uint16_t)cpu->frame.esp };
	uint32_t value;
	unsigned offset;

	for (unsigned n = 0; n < WORD_REGS; n++) {
		value = get_word(cpu, n);
		memcpy(to + n * 4, &value, 4);
	}
	regs_place(REG_ST0, &offset);
	memcpy(to + offset, cpu->x87.image + ST_OFFSET, (REG_FCTRL - REG_ST0) * ST_SIZE);
	for (unsigned n = REG_FCTRL; n < REG_IP; n++) {
		regs_place(n, &offset);
		value = get_x87(cpu, n - REG_FCTRL);
		memcpy(to + offset, &value, 4);
	}
	regs_place(REG_IP, &offset);
	memcpy(to + offset, real, sizeof real);
}

static void put_selector(struct vcpu *cpu, unsigned seg, uint32_t value)
{
	*vcpu_selector(cpu, seg) = value & OFFSET_MAX;
	cpu->seg[seg].base = (value & OFFSET_MAX) << 4;
}

/* A linear address into segment and offset: the segment is kept if it reaches there. */
static void put_linear(struct vcpu *cpu, unsigned seg, uint32_t *offset, uint32_t value)
{
	uint32_t base = (uint32_t)(uint16_t)*vcpu_selector(cpu, seg) << 4;

	if (value - base > OFFSET_MAX) {
		put_selector(cpu, seg, value >> 4 & SEGMENT_MAX);
		base = (value >> 4 & SEGMENT_MAX) << 4;
	}
	*offset = (value - base) & OFFSET_MAX;
}

static void put_word(struct vcpu *cpu, unsigned n, uint32_t value)
{
	static const uint8_t segs[] = { X86_CS, X86_SS, X86_DS, X86_ES, X86_FS, X86_GS };

	/* What is as it was stays so, high halves too. */
	if (value == get_word(cpu, n))
		return;
	if (n == REG_ESP)
		put_linear(cpu, X86_SS, &cpu->frame.esp, value);
	else if (n == REG_EIP)
		put_linear(cpu, X86_CS, &cpu->frame.eip, value);
	else if (n == REG_EFLAGS)
		cpu->frame.eflags = (value & SETTABLE_FLAGS) | X86_FLAG_ONE;
	else if (n >= REG_CS)
		put_selector(cpu, segs[n - REG_CS], value);
	else
		*vcpu_reg(cpu, n) = value;
}

void regs_put(struct vcpu *cpu, unsigned n, const uint8_t *from)
{
	uint16_t half = (uint16_t)(from[0] | from[1] << 8);
	uint32_t value;

	if (n < REG_ST0) {
		memcpy(&value, from, 4);
		put_word(cpu, n, value);
	} else if (n < REG_FCTRL) {
		memcpy(cpu->x87.image + ST_OFFSET + (n - REG_ST0) * ST_SIZE, from, ST_SIZE);
	} else if (n < REG_IP) {
		memcpy(&value, from, 4);
		if (value != get_x87(cpu, n - REG_FCTRL))     /* or the opcode's other bits would be lost */
			memcpy(cpu->x87.image + x87_words[n - REG_FCTRL].offset, from, x87_words[n - REG_FCTRL].size);
	} else if (n == REG_IP && half != (uint16_t)cpu->frame.eip) {
		cpu->frame.eip = half;
	} else if (n == REG_SP && half != (uint16_t)cpu->frame.esp) {
		cpu->frame.esp = half;
	}
}
