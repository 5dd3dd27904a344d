/* Code: disassembly, and what speaks against memory being code at all.
 *
 * A listing begins where it is told, which may be the middle of an instruction; it falls into step at
 * places that are known to begin one: CS:IP while the machine stands, and symbols. Bytes of an
 * instruction that would run over such a place are shown as data. */
#include "debugger.h"

#include <base/mem.h>
#include <kern/log.h>

enum {
	CODE_LINES = 8, BYTES_SHOWN = 8, IVT_END = 0x400, BDA_END = 0x500, VIDEO_FIRST = 0xA0000, VIDEO_END = 0xC0000,
	VECTORS = 256, SELECTOR_TABLE = 4, DESCRIPTOR_CODE = 0x1800, RIGHTS_32BIT = 0x4000,
};

/* --- one instruction ------------------------------------------------------------------------------ */

int fetch_instruction(struct dbg *d, const struct value *at, unsigned bits, struct insn *insn, uint8_t *bytes)
{
	uint32_t valid = place_peek(&d->place, at, bytes, X86_MAX_LENGTH);
	unsigned n = 0;

	while (n < X86_MAX_LENGTH && valid >> n & 1)
		n++;
	return n ? debugger()->x86->decode(insn, bytes, n, bits) : E_FAULT;
}

/* Names for the operands of an instruction at `at`. */
struct names {
	struct x86_symbols symbols;
	struct dbg *d;
	const struct value *at;
};

static bool symbol(struct x86_symbols *symbols, int32_t selector, uint32_t offset, char *buf, size_t size)
{
	struct names *names = container_of(symbols, struct names, symbols);
	struct value target = *names->at;

	if (selector >= 0)
		return false;          /* the assembler wants both numbers; the name is shown behind */
	target.number = offset;
	return symbol_at(names->d, &target, buf, size);
}

/* Data have their names only where they begin, and while the machine's segments are known. */
static bool memory_symbol(struct x86_symbols *symbols, unsigned seg, uint32_t offset, char *buf, size_t size)
{
	struct dbg *d = container_of(symbols, struct names, symbols)->d;
	struct value at = { .kind = VALUE_LINEAR, .number = offset };

	if (!d->m || !place_stands(&d->place))
		return false;
	at.number += machine_cpu(d->m)->seg[seg].base;
	return symbol_exact(d, &at, buf, size);
}

/* The name of a far jump's or call's target. */
static void show_far_name(struct dbg *d, const struct insn *insn)
{
	struct value target = { VALUE_LOGICAL, insn->imm2, insn->imm };
	char name[SYMBOL_MAX];

	if (insn->operand[0].kind == X86_OPERAND_FAR && symbol_at(d, &target, name, sizeof name))
		SAY(d, "  ; %s", name);
}

/* Does the machine stand there? */
static bool is_next(struct dbg *d, const struct value *at)
{
	const struct vcpu_frame *f = d->m ? &machine_cpu(d->m)->frame : NULL;

	return f && place_stands(&d->place) && at->kind == VALUE_LOGICAL && at->segment == (uint16_t)f->cs &&
	       at->number == f->eip;
}

/* Does a known instruction begin inside of this one? How far from its start; 0: no. */
static unsigned step_inside(struct dbg *d, const struct value *at, unsigned length)
{
	char name[SYMBOL_MAX];

	for (unsigned i = 1; i < length; i++) {
		struct value here = *at;

		value_advance(&here, i);
		if (is_next(d, &here) || (d->m && symbol_exact(d, &here, name, sizeof name)))
			return i;
	}
	return 0;
}

/* Will the jump at CS:IP be taken? 1, 0, or -1: it is none that depends. */
static int jump_taken(const struct vcpu *cpu, const struct insn *insn)
{
	uint32_t count = insn->addrsize == 4 ? cpu->frame.ecx : cpu->frame.ecx & OFFSET_MASK;
	bool zero = cpu->frame.eflags & X86_ZF;

	switch (insn->op) {
	case X86_OP_JCC: return debugger()->x86->condition_holds(cpu->frame.eflags, insn->opcode);
	case X86_OP_JCXZ: return !count;
	case X86_OP_LOOP: return count != 1;
	case X86_OP_LOOPE: return count != 1 && zero;
	case X86_OP_LOOPNE: return count != 1 && !zero;
	}
	return -1;
}

/* Behind the instruction that comes next: what its memory operand holds, or whether it jumps. */
static void show_effect(struct dbg *d, const struct insn *insn)
{
	static const char segments[X86_SEGS][3] = { "es", "cs", "ss", "ds", "fs", "gs" };
	struct vcpu *cpu = machine_cpu(d->m);
	int taken = jump_taken(cpu, insn);

	if (taken >= 0)
		SAY(d, taken ? "  ; jumps" : "  ; goes on");
	for (unsigned i = 0; i < X86_OPERANDS; i++) {
		unsigned size = insn->operand[i].size;
		uint32_t offset, value;
		struct value at = { .kind = VALUE_LINEAR };

		if (insn->operand[i].kind != X86_OPERAND_MEM || (size != 1 && size != 2 && size != 4) ||
		    insn->op == X86_OP_NOP)
			continue;
		offset = debugger()->x86->address(cpu, insn);
		at.number = cpu->seg[insn->seg].base + offset;
		SAY(d, "  ; %s:%04x=", segments[insn->seg], (unsigned)offset);
		if (place_peek(&d->place, &at, &value, size) == (1u << size) - 1)
			SAY(d, "%0*x", (int)size * 2, (unsigned)(size == 4 ? value : value & ((1u << size * 8) - 1)));
		else
			SAY(d, "%.*s", (int)size * 2, "????????");
	}
}

bool show_instruction(struct dbg *d, struct value *at, unsigned bits)
{
	struct names names = { { symbol, memory_symbol }, d, at };
	char text[X86_DISASM_MAX + 2 * SYMBOL_MAX];
	uint8_t bytes[X86_MAX_LENGTH];
	struct insn insn;
	int length = fetch_instruction(d, at, bits, &insn, bytes);
	unsigned n = length > 0 ? (unsigned)length : 1;

	if (d->m && symbol_exact(d, at, text, sizeof text))
		SAY(d, "%s:\n", text);
	print_address(d, at);
	if (length == E_FAULT) {
		SAY(d, " ??\n");
		return false;
	}
	if (length > 1 && step_inside(d, at, n))
		length = E_INVALID, n = 1;
	for (unsigned i = 0; i < n; i++)
		SAY(d, "%s%02x", i ? "" : " ", bytes[i]);
	if (length > 0)
		debugger()->x86->disassemble(text, sizeof text, &insn, at->number, &names.symbols);
	else
		fmt_buf(text, sizeof text, "db 0x%02x", bytes[0]);
	SAY(d, "%*s %s", n < BYTES_SHOWN ? (int)(BYTES_SHOWN - n) * 2 : 0, "", text);
	if (length > 0 && d->m)
		show_far_name(d, &insn);
	if (length > 0 && is_next(d, at))
		show_effect(d, &insn);
	SAY(d, "\n");
	value_advance(at, n);
	return true;
}

/* --- is it code? ---------------------------------------------------------------------------------- */

/* Does an interrupt vector lead into this segment? */
static bool vector_leads_to(struct dbg *d, uint16_t segment)
{
	uint16_t vector[2];

	for (unsigned i = 0; i < VECTORS; i++) {
		struct value at = { .kind = VALUE_LINEAR, .number = i * sizeof vector };

		(void)place_peek(&d->place, &at, vector, sizeof vector);
		if (vector[1] == segment && (vector[0] || vector[1]))   /* 0:0 is a vector that nobody has set */
			return true;
	}
	return false;
}

/* Protected mode: does the descriptor say that this is no code? */
static bool is_data_segment(struct dbg *d, uint16_t selector)
{
	const struct vcpu *cpu = machine_cpu(d->m);
	const struct vcpu_table *gdt = &cpu->gdtr;
	struct value at = { .kind = VALUE_LINEAR, .number = gdt->base + (selector & ~7u) };
	uint32_t entry[2];

	if (selector & SELECTOR_TABLE || (selector | 7u) > gdt->limit)
		return false;
	return place_peek(&d->place, &at, entry, sizeof entry) == 0xFF && (entry[1] & DESCRIPTOR_CODE) != DESCRIPTOR_CODE;
}

/* What speaks against code wherever a segment points. */
static const char *never_code(struct dbg *d, gpa_t gpa, const char **kind)
{
	*kind = place_kind(d->m, gpa, NULL);
	if (gpa < IVT_END)
		return "is the interrupt vector table";
	if (gpa < BDA_END)
		return "is the BIOS data area";
	if (gpa >= VIDEO_FIRST && gpa < VIDEO_END)
		return "is video memory";
	if (!*kind)
		return "has no memory";
	return strcmp(*kind, "device") ? NULL : "is a device";
}

/* What speaks against code at this place; NULL: nothing. */
static const char *not_code(struct dbg *d, const struct value *at)
{
	gpa_t gpa = place_physical(&d->place, at);
	const struct vcpu *cpu = machine_cpu(d->m);
	const char *kind, *why = never_code(d, gpa, &kind);

	if (why || !strcmp(kind, "rom") || !place_stands(&d->place))
		return why;
	if (at->segment && cpu->cr0 & X86_CR0_PE && !(cpu->frame.eflags & X86_VM))
		return is_data_segment(d, at->segment) ? "is in a segment whose descriptor says data" : NULL;
	if (at->kind == VALUE_LOGICAL ? at->segment == (uint16_t)cpu->frame.cs
	    : value_linear(at) - cpu->seg[X86_CS].base <= cpu->seg[X86_CS].limit)
		return NULL;
	if (at->kind == VALUE_LOGICAL && (vector_leads_to(d, at->segment) || stack_returns_to(d, at->segment)))
		return NULL;
	return dos_owns(d, gpa) ? NULL : "is in a segment that is neither CS nor a vector's or return address's, in no ROM "
					 "and no program";
}

void warn_not_code(struct dbg *d, const struct value *at)
{
	const char *why = NULL;
	char name[SYMBOL_MAX];

	if (d->m) {
		why = not_code(d, at);
	} else if (at->kind == VALUE_LINEAR) {
		if (symbol_at(d, at, name, sizeof name))
			SAY(d, "%s\n", name);
		else
			why = "is in no function of kernel or module";
	}
	if (!why)
		return;
	SAY(d, "; ");
	print_address(d, at);
	SAY(d, " %s: perhaps this is no code\n", why);
}

/* --- u ------------------------------------------------------------------------------------------ */

unsigned code_bits(const struct dbg *d)
{
	return !d->m ? 32 : machine_cpu(d->m)->seg[X86_CS].rights & RIGHTS_32BIT ? 32 : 16;
}

/* `16` or `32` as the last word. 0: it is not there. */
unsigned bits_word(struct dbg *d)
{
	const char *at = d->args.at;
	unsigned bits = expr_word(&d->args, "16") ? 16 : expr_word(&d->args, "32") ? 32 : 0;

	if (bits && !expr_more(&d->args))
		return bits;
	d->args.at = at;
	return 0;
}

static bool code_range(struct dbg *d, struct range *range, unsigned *bits)
{
	if (!expr_value(&d->args, &range->at))
		return false;
	if (!expr_more(&d->args))
		return true;
	*bits = bits_word(d);
	if (*bits)
		return true;
	if (!expr_range_rest(&d->args, 1, range))
		return false;
	*bits = bits_word(d);
	return true;
}

int run_u(struct dbg *d)
{
	struct range range = { { .kind = VALUE_NUMBER }, RANGE_ANY };
	unsigned bits = 0, lines = 0;
	int error = E_OK;
	bool any;

	if (expr_more(&d->args)) {
		if (!code_range(d, &range, &bits))
			return dbg_bad(d);
	} else if (d->seat && d->seat->code_valid) {
		range.at = d->seat->next_code;
	} else if (place_cpu(&d->place)) {
		error = dbg_standing(d);
		range.at = place_code(&d->place);
	} else {
		return dbg_fail(d, E_INVALID, "where? give a linear address");
	}
	if (!error)
		error = dbg_end(d);
	if (!error)
		error = dbg_range(d, &range, X86_CS);
	if (error)
		return error;
	if (!bits)
		bits = code_bits(d);
	warn_not_code(d, &range.at);
	any = range.length == RANGE_ANY;
	while (any ? lines < CODE_LINES : range.length) {
		uint32_t before = range.at.number, used;

		if (dbg_interrupted(d))
			return E_INTERRUPTED;
		if (!show_instruction(d, &range.at, bits))
			break;
		used = range.at.number - before;
		if (range.at.kind == VALUE_LOGICAL)
			used &= OFFSET_MASK;
		range.length -= MIN(used, range.length);
		lines++;
	}
	if (d->seat) {
		d->seat->next_code = range.at;
		d->seat->code_valid = true;
	}
	return E_OK;
}
