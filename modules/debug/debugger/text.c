/* Memory, registers and descriptors as lines of text.
 * Read: Intel 80386 Programmer's Reference Manual, "Descriptors", "Page Tables". */
#include "text.h"

#include <base/fmt.h>
#include <base/mem.h>

/* --- memory -------------------------------------------------------------------------------------- */

static size_t dump_unit(char *buf, size_t size, const uint8_t *bytes, uint32_t valid, unsigned unit)
{
	uint32_t mask = (1u << unit) - 1, value = 0;

	if ((valid & mask) != mask)
		return fmt_buf(buf, size, " %.*s", (int)unit * 2, "????????");
	for (unsigned i = 0; i < unit; i++)
		value |= (uint32_t)bytes[i] << 8 * i;
	return fmt_buf(buf, size, " %0*x", (int)unit * 2, (unsigned)value);
}

void text_dump(char *buf, size_t size, const uint8_t *bytes, unsigned count, uint32_t valid, unsigned unit)
{
	size_t n = 0;

	for (unsigned i = 0; i < DUMP_BYTES; i += unit) {
		if (i + unit <= count)
			n += dump_unit(buf + n, size - n, bytes + i, valid >> i, unit);
		else
			n += fmt_buf(buf + n, size - n, "%*s", (int)unit * 2 + 1, "");
	}
	n += fmt_buf(buf + n, size - n, "  ");
	for (unsigned i = 0; i < count; i++)
		n += fmt_buf(buf + n, size - n, "%c",
			     valid >> i & 1 && bytes[i] >= ' ' && bytes[i] < 0x7F ? bytes[i] : '.');
}

/* --- registers ------------------------------------------------------------------------------------ */

void registers_take(struct registers *r, struct vcpu *cpu)
{
	for (unsigned i = 0; i < 8; i++)
		r->general[i] = *vcpu_reg(cpu, i);
	for (unsigned i = 0; i < X86_SEGS; i++)
		r->selector[i] = (uint16_t)*vcpu_selector(cpu, i);
	r->eip = cpu->frame.eip;
	r->eflags = cpu->frame.eflags;
}

void text_flags(char *buf, size_t size, uint32_t eflags)
{
	static const struct { char letter; uint16_t flag; } letters[] = {
		{ 'o', X86_OF }, { 'd', X86_DF }, { 'i', X86_IF }, { 't', X86_TF }, { 's', X86_SF },
		{ 'z', X86_ZF }, { 'a', X86_AF }, { 'p', X86_PF }, { 'c', X86_CF },
	};
	size_t n = 0;

	for (unsigned i = 0; i < sizeof letters / sizeof *letters && n + 1 < size; i++)
		buf[n++] = eflags & letters[i].flag ? (char)char_to_upper(letters[i].letter) : letters[i].letter;
	buf[n] = 0;
}

static size_t put_register(char *buf, size_t size, const char *name, int digits, uint32_t now,
			   const uint32_t *before)
{
	return fmt_buf(buf, size, "%c%s=%0*x", before && *before != now ? '*' : ' ', name, digits, (unsigned)now);
}

/* Lines 0 and 1: general registers, instruction pointer and flags. Line 2: segments. */
static const struct { char name[4]; uint8_t reg; } rows[2][6] = {
	{ { "eax", X86_EAX }, { "ebx", X86_EBX }, { "ecx", X86_ECX }, { "edx", X86_EDX },
	  { "esi", X86_ESI }, { "edi", X86_EDI } },
	{ { "ebp", X86_EBP }, { "esp", X86_ESP } },
};

static size_t general_row(char *buf, size_t size, unsigned row, const struct registers *now,
			  const struct registers *before)
{
	size_t n = 0;

	for (unsigned i = 0; i < 6 && rows[row][i].name[0]; i++) {
		unsigned reg = rows[row][i].reg;

		n += put_register(buf + n, size - n, rows[row][i].name, 8, now->general[reg],
				  before ? &before->general[reg] : NULL);
	}
	return n;
}

static void segment_row(char *buf, size_t size, const struct registers *now, const struct registers *before)
{
	static const struct { char name[3]; uint8_t seg; } order[] = {
		{ "cs", X86_CS }, { "ds", X86_DS }, { "es", X86_ES }, { "ss", X86_SS }, { "fs", X86_FS },
		{ "gs", X86_GS },
	};
	size_t n = 0;

	for (unsigned i = 0; i < X86_SEGS; i++) {
		unsigned seg = order[i].seg;
		uint32_t old = before ? before->selector[seg] : now->selector[seg];

		n += put_register(buf + n, size - n, order[i].name, 4, now->selector[seg], &old);
	}
}

bool text_registers(char *buf, size_t size, unsigned index, const struct registers *now,
		    const struct registers *before)
{
	char flags[FLAGS_TEXT_MAX];
	size_t n;

	if (index == 2)
		segment_row(buf, size, now, before);
	if (index >= 2)
		return index == 2;
	n = general_row(buf, size, index, now, before);
	if (index == 1) {
		n += put_register(buf + n, size - n, "eip", 8, now->eip, before ? &before->eip : NULL);
		n += put_register(buf + n, size - n, "efl", 8, now->eflags, before ? &before->eflags : NULL);
		text_flags(flags, sizeof flags, now->eflags);
		fmt_buf(buf + n, size - n, " %s", flags);
	}
	return true;
}

/* --- coprocessor ------------------------------------------------------------------------------------- */

/* FNSAVE's image (80387 manual, "Saving and Restoring State"): 28 bytes of environment, ST(0) to ST(7). */
enum {
	X87_CONTROL = 0, X87_STATUS = 4, X87_TAGS = 8, X87_REGISTERS = 28, X87_REGISTER_SIZE = 10, X87_EMPTY = 3,
	X87_EXPONENT = 0x7FFF, X87_BIAS = 16383, X87_FRACTION_BITS = 63,
};

static uint16_t image_word(const uint8_t *image, unsigned at)
{
	return (uint16_t)(image[at] | image[at + 1] << 8);
}

/* An 80-bit number: a whole one in decimal, any other as mantissa and power of two, which is exact. */
static void text_extended(char *buf, size_t size, const uint8_t *number)
{
	unsigned exponent = image_word(number, 8) & X87_EXPONENT;
	int power = (int)exponent - X87_BIAS - X87_FRACTION_BITS;
	char sign = number[9] & 0x80 ? '-' : '+';
	uint64_t mantissa = 0;

	for (unsigned i = 8; i--;)
		mantissa = mantissa << 8 | number[i];
	if (exponent == X87_EXPONENT)
		fmt_buf(buf, size, mantissa << 1 ? "%cnan %016llx" : "%cinfinity", sign, (unsigned long long)mantissa);
	else if (!mantissa)
		fmt_buf(buf, size, "%c0", sign);
	else if (power <= 0 && power > -X87_FRACTION_BITS - 1 && !(mantissa & ((1ull << -power) - 1)))
		fmt_buf(buf, size, "%c%llu", sign, (unsigned long long)(mantissa >> -power));
	else
		fmt_buf(buf, size, "%c0x%llx * 2^%d", sign, (unsigned long long)mantissa, power);
}

bool text_x87(char *buf, size_t size, unsigned index, const uint8_t *image)
{
	unsigned status = image_word(image, X87_STATUS), top = status >> 11 & 7, tags = image_word(image, X87_TAGS);
	size_t n;

	if (!index) {
		fmt_buf(buf, size, "x87 control=%04x status=%04x tags=%04x top=%u", image_word(image, X87_CONTROL), status, tags, top);
		return true;
	}
	if (index > 8)
		return false;
	index--;
	n = fmt_buf(buf, size, "st(%u) ", index);
	if ((tags >> 2 * ((top + index) & 7) & 3) == X87_EMPTY)
		fmt_buf(buf + n, size - n, "empty");
	else
		text_extended(buf + n, size - n, image + X87_REGISTERS + index * X87_REGISTER_SIZE);
	return true;
}

/* --- descriptors ------------------------------------------------------------------------------------ */

enum {
	HIGH_PRESENT = 1 << 15, HIGH_SEGMENT = 1 << 12, HIGH_CODE = 1 << 11, HIGH_DOWN_OR_CONFORMING = 1 << 10,
	HIGH_WRITE_OR_READ = 1 << 9, HIGH_32BIT = 1 << 22, HIGH_PAGES = 1 << 23,
	LAST_OF_16BIT = 0xFFFF, TYPE_TASK_GATE = 5, TYPE_CALL_GATE = 4, TYPE_INTERRUPT_GATE = 6, TYPE_TRAP_GATE = 7, TYPE_32 = 8,
};

static unsigned type_of(uint32_t high)
{
	return high >> 8 & 0xF;
}

static bool is_gate(uint32_t high)
{
	unsigned type = type_of(high);

	return !(high & HIGH_SEGMENT) && (type == TYPE_TASK_GATE || ((type & ~TYPE_32) >= TYPE_CALL_GATE &&
								     (type & ~TYPE_32) <= TYPE_TRAP_GATE));
}

uint32_t descriptor_base(uint32_t low, uint32_t high)
{
	if (is_gate(high))
		return (low & 0xFFFF) | (type_of(high) & TYPE_32 ? high & 0xFFFF0000 : 0);
	return low >> 16 | (high & 0xFF) << 16 | (high & 0xFF000000);
}

uint32_t descriptor_limit(uint32_t low, uint32_t high)
{
	uint32_t limit = (low & 0xFFFF) | (high & 0xF0000);

	return high & HIGH_PAGES ? limit << 12 | 0xFFF : limit;
}

/* A segment that grows down has what lies above its limit (Intel 80386 Programmer's Reference Manual, "Limit
 * Checking"). */
const char *descriptor_refuses(uint32_t low, uint32_t high, uint32_t offset)
{
	bool down = (high & (HIGH_SEGMENT | HIGH_CODE | HIGH_DOWN_OR_CONFORMING)) == (HIGH_SEGMENT | HIGH_DOWN_OR_CONFORMING);
	uint32_t limit = descriptor_limit(low, high);

	if (is_gate(high))
		return "a gate, which has no memory";
	if (!(high & HIGH_PRESENT))
		return "not present";
	if (down ? offset <= limit || (!(high & HIGH_32BIT) && offset > LAST_OF_16BIT) : offset > limit)
		return "the offset is beyond its limit";
	return NULL;
}

bool descriptor_is_tss(uint32_t high)
{
	return !(high & HIGH_SEGMENT) && (type_of(high) & 5) == 1;  /* 1, 3, 9, 11 */
}

static void segment_kind(char *buf, size_t size, uint32_t high)
{
	if (high & HIGH_CODE)
		fmt_buf(buf, size, "code%s %s%s", high & HIGH_32BIT ? "32" : "16", high & HIGH_WRITE_OR_READ ? "xr" : "x",
			high & HIGH_DOWN_OR_CONFORMING ? " conforming" : "");
	else
		fmt_buf(buf, size, "data%s %s%s", high & HIGH_32BIT ? "32" : "16", high & HIGH_WRITE_OR_READ ? "rw" : "r",
			high & HIGH_DOWN_OR_CONFORMING ? " down" : "");
}

void text_descriptor(char *buf, size_t size, uint32_t low, uint32_t high)
{
	static const char system[16][12] = {
		[0] = "reserved", [1] = "tss16", [2] = "ldt", [3] = "tss16 busy", [4] = "call16", [5] = "task gate",
		[6] = "int16", [7] = "trap16", [8] = "reserved", [9] = "tss32", [10] = "reserved",
		[11] = "tss32 busy", [12] = "call32", [13] = "reserved", [14] = "int32", [15] = "trap32",
	};
	const char *present = high & HIGH_PRESENT ? "" : " not present";
	unsigned dpl = high >> 13 & 3;
	char kind[24];

	if (high & HIGH_SEGMENT)
		segment_kind(kind, sizeof kind, high);
	else
		fmt_buf(kind, sizeof kind, "%s", system[type_of(high)]);
	if (!is_gate(high))
		fmt_buf(buf, size, "%-12s base=%08x limit=%08x dpl=%u%s", kind, (unsigned)descriptor_base(low, high),
			(unsigned)descriptor_limit(low, high), dpl, present);
	else if (type_of(high) == TYPE_TASK_GATE)
		fmt_buf(buf, size, "%-12s tss=%04x dpl=%u%s", kind, (unsigned)(low >> 16), dpl, present);
	else
		fmt_buf(buf, size, "%-12s %04x:%08x dpl=%u%s", kind, (unsigned)(low >> 16),
			(unsigned)descriptor_base(low, high), dpl, present);
}

void text_page_rights(char *buf, size_t size, uint32_t entry)
{
	static const char names[][14] = { "present", "writable", "user", "write-through", "uncached", "accessed",
					  "dirty", "large" };
	size_t n = 0;

	fmt_buf(buf, size, "not present");
	if (!(entry & 1))
		return;
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (entry >> i & 1 && n < size)
			n += fmt_buf(buf + n, size - n, "%s%s", n ? " " : "", names[i]);
}
