/* Commands that look at memory, registers and ports, and change them. */
#include "debugger.h"

#include <base/mem.h>
#include <kern/irq.h>
#include <kern/log.h>

enum {
	DUMP_DEFAULT = 128, CODE_LINES = 8, CODE_ANY = 0xFFFFFFFF, EDIT_MAX = 128, LINE_MAX = 128, PORT_MAX = 0xFFFF,
	BYTES_SHOWN = 8, IVT_END = 0x400, BDA_END = 0x500, VIDEO_FIRST = 0xA0000, VIDEO_END = 0xC0000,
	VECTORS = 256,
};

static int address(struct dbg *d, struct value *at, unsigned seg)
{
	int error = place_address(&d->place, at, seg, d->args.why);

	return error ? dbg_fail(d, error, "%s", d->args.why) : E_OK;
}

static void print_address(struct dbg *d, const struct value *at)
{
	char text[ADDRESS_TEXT_MAX];

	value_text(at, text, sizeof text);
	SAY(d, "%s", !d->m && at->kind == VALUE_LINEAR ? text + 1 : text);
}

/* --- d --------------------------------------------------------------------------------------------- */

static void dump_row(struct dbg *d, const struct value *at, unsigned n, unsigned unit)
{
	char text[TEXT_LINE_MAX];
	uint8_t bytes[DUMP_BYTES];
	uint32_t valid = place_peek(&d->place, at, bytes, n);

	text_dump(text, sizeof text, bytes, n, valid, unit);
	print_address(d, at);
	SAY(d, " %s\n", text);
}

static int dump(struct dbg *d, struct range *range, unsigned unit)
{
	while (range->length) {
		unsigned n = MIN(range->length, (uint32_t)DUMP_BYTES);

		if (dbg_interrupted(d))
			return E_INTERRUPTED;
		dump_row(d, &range->at, n, unit);
		value_advance(&range->at, n);
		range->length -= n;
	}
	return E_OK;
}

/* `d` alone goes on, with the width of the last one. */
int run_d(struct dbg *d)
{
	struct seat *seat = d->seat;
	struct range range = { { .kind = VALUE_NUMBER }, DUMP_DEFAULT };
	unsigned unit = d->command[1] == 'w' ? 2 : d->command[1] == 'd' ? 4 : 1;
	int error;

	if (!d->command[1] && seat && seat->dump_unit)
		unit = seat->dump_unit;
	if (expr_more(&d->args)) {
		if (!expr_range(&d->args, DUMP_DEFAULT, unit, &range))
			return dbg_bad(d);
	} else if (seat && seat->dump_valid) {
		range.at = seat->next_dump;
	} else if (!d->m) {
		return dbg_fail(d, E_INVALID, "where? give a linear address, or !physical");
	}
	error = dbg_end(d);
	if (!error)
		error = address(d, &range.at, X86_DS);
	if (!error)
		error = dump(d, &range, unit);
	if (!error && seat) {
		seat->next_dump = range.at;
		seat->dump_valid = true;
		seat->dump_unit = (uint8_t)unit;
	}
	return error;
}

/* --- e -------------------------------------------------------------------------------------------- */

static int poke(struct dbg *d, const struct value *at, const void *bytes, unsigned n)
{
	char text[ADDRESS_TEXT_MAX];
	int error = place_poke(&d->place, at, bytes, n);

	if (!error)
		return E_OK;
	value_text(at, text, sizeof text);
	if (error == E_NO_MEMORY)
		return dbg_fail(d, error, "%s: out of memory; `memory` shows who has it", text);
	return dbg_fail(d, error, "%s: no memory that can be written there; nothing was changed", text);
}

/* One value, or the characters of a text. Returns how many bytes, 0: d->args complains. */
static unsigned edit_value(struct dbg *d, unsigned unit, uint8_t *to, unsigned room)
{
	uint32_t value;
	unsigned n = unit == 1 ? (unsigned)expr_string(&d->args, to, room) : 0;

	if (n || d->args.error)
		return n;
	if (!expr_number(&d->args, unit == 4 ? ~0u : (1u << unit * 8) - 1, &value))
		return 0;
	if (unit > room) {
		expr_fail(&d->args, E_RANGE, "more than %d bytes at once", EDIT_MAX);
		return 0;
	}
	memcpy(to, &value, unit);
	return unit;
}

static int edit_list(struct dbg *d, const struct value *at, unsigned unit)
{
	uint8_t bytes[EDIT_MAX];
	unsigned count = 0;

	while (expr_more(&d->args)) {
		unsigned n = edit_value(d, unit, bytes + count, EDIT_MAX - count);

		if (!n)
			return dbg_bad(d);
		count += n;
	}
	return poke(d, at, bytes, count);
}

/* A user may think for long: the machine is let go meanwhile. 0, or what ended it. */
static int edit_ask(struct dbg *d, const struct value *at, unsigned unit, char *line)
{
	char prompt[ADDRESS_TEXT_MAX + 16], where[ADDRESS_TEXT_MAX];
	uint32_t old = 0;
	uint32_t birth = d->m ? machine_birth(d->m) : 0;
	int error;

	value_text(at, where, sizeof where);
	if (place_peek(&d->place, at, &old, unit) != (1u << unit) - 1)
		return dbg_fail(d, E_FAULT, "%s: there is no memory that can be read", where);
	fmt_buf(prompt, sizeof prompt, "%s %0*x  ", where, (int)unit * 2, (unsigned)old);
	if (d->m)
		machine_release(d->m);
	error = d->ops->read_line(d->s, prompt, line, LINE_MAX);
	if (!d->place.m)
		return error;
	d->m = machine_hold(d->name);
	d->place.m = d->m;
	if (d->m && machine_birth(d->m) == birth)
		return error;
	return dbg_fail(d, E_NOT_FOUND, "%s was deleted meanwhile", d->name);
}

/* Enter goes on, `-` goes back, `.` ends. */
static int edit_interactive(struct dbg *d, struct value *at, unsigned unit)
{
	char line[LINE_MAX];
	uint8_t bytes[EDIT_MAX];

	for (;;) {
		int error = edit_ask(d, at, unit, line);
		unsigned n = 0;

		if (error)
			return error == E_NOT_FOUND || error == E_INTERRUPTED ? E_OK : error;
		if (!strcmp(line, "."))
			return E_OK;
		expr_begin(&d->args, &d->env, line);
		if (!strcmp(line, "-")) {
			value_advance(at, -(uint32_t)unit);
			continue;
		}
		if (expr_more(&d->args)) {
			n = edit_value(d, unit, bytes, sizeof bytes);
			if (!n || !expr_end(&d->args))
				(void)dbg_bad(d);
			else if (poke(d, at, bytes, n) == E_OK)
				value_advance(at, n);
		} else {
			value_advance(at, unit);
		}
	}
}

int run_e(struct dbg *d)
{
	unsigned unit = d->command[1] == 'w' ? 2 : d->command[1] == 'd' ? 4 : 1;
	struct value at;
	int error;

	if (!expr_value(&d->args, &at))
		return dbg_bad(d);
	error = address(d, &at, X86_DS);
	if (error)
		return error;
	return expr_more(&d->args) ? edit_list(d, &at, unit) : edit_interactive(d, &at, unit);
}

/* --- u ------------------------------------------------------------------------------------------ */

int fetch_instruction(struct dbg *d, const struct value *at, unsigned bits, struct insn *insn, uint8_t *bytes)
{
	uint32_t valid = place_peek(&d->place, at, bytes, X86_MAX_LENGTH);
	unsigned n = 0;

	while (n < X86_MAX_LENGTH && valid >> n & 1)
		n++;
	return n ? debugger()->x86->decode(insn, bytes, n, bits) : E_FAULT;
}

static bool symbol(struct x86_symbols *symbols, int32_t selector, uint32_t offset, char *buf, size_t size)
{
	(void)symbols;
	if (selector >= 0)
		return false;
	symbol_name(offset, buf, size);
	return *buf != '?';
}

bool show_instruction(struct dbg *d, struct value *at, unsigned bits, bool symbols)
{
	struct x86_symbols names = { symbol };
	char text[X86_DISASM_MAX + 64];
	uint8_t bytes[X86_MAX_LENGTH];
	struct insn insn;
	int length = fetch_instruction(d, at, bits, &insn, bytes);
	unsigned n = length > 0 ? (unsigned)length : 1;

	print_address(d, at);
	if (length == E_FAULT) {
		SAY(d, " ??\n");
		return false;
	}
	for (unsigned i = 0; i < n; i++)
		SAY(d, "%s%02x", i ? "" : " ", bytes[i]);
	if (length > 0)
		debugger()->x86->disassemble(text, sizeof text, &insn, at->number, symbols ? &names : NULL);
	else
		fmt_buf(text, sizeof text, "db 0x%02x", bytes[0]);
	SAY(d, "%*s %s\n", n < BYTES_SHOWN ? (int)(BYTES_SHOWN - n) * 2 : 0, "", text);
	value_advance(at, n);
	return true;
}

/* Does an interrupt vector lead into this segment? */
static bool vector_leads_to(struct dbg *d, uint16_t segment)
{
	uint16_t vector[2];

	for (unsigned i = 0; i < VECTORS; i++) {
		struct value at = { .kind = VALUE_LINEAR, .number = i * sizeof vector };

		(void)place_peek(&d->place, &at, vector, sizeof vector);
		if (vector[1] == segment)
			return true;
	}
	return false;
}

/* What speaks against code at this place; NULL: nothing. */
static const char *not_code(struct dbg *d, const struct value *at)
{
	gpa_t gpa = place_physical(&d->place, at);
	const char *kind = place_kind(d->m, gpa, NULL);

	if (gpa < IVT_END)
		return "is the interrupt vector table";
	if (gpa < BDA_END)
		return "is the BIOS data area";
	if (gpa >= VIDEO_FIRST && gpa < VIDEO_END)
		return "is video memory";
	if (!kind)
		return "has no memory";
	if (!strcmp(kind, "device"))
		return "is a device";
	if (!strcmp(kind, "rom") || at->kind != VALUE_LOGICAL || !place_stands(&d->place))
		return NULL;
	if (at->segment == (uint16_t)machine_cpu(d->m)->frame.cs || vector_leads_to(d, at->segment))
		return NULL;
	return "is in a segment that is neither CS nor a vector's, nor ROM";
}

static void warn(struct dbg *d, const struct value *at)
{
	const char *why = NULL;
	char name[64];

	if (d->m) {
		why = not_code(d, at);
	} else if (at->kind == VALUE_LINEAR) {
		symbol_name(at->number, name, sizeof name);
		if (*name == '?')
			why = "is in no function of kernel or module";
		else
			SAY(d, "%s\n", name);
	}
	if (!why)
		return;
	SAY(d, "; ");
	print_address(d, at);
	SAY(d, " %s: perhaps this is no code\n", why);
}

/* `16` or `32` as the last word. 0: it is not there. */
static unsigned bits_word(struct dbg *d)
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
	struct range range = { { .kind = VALUE_NUMBER }, CODE_ANY };
	unsigned bits = 0, lines = 0;
	int error = E_OK;

	if (expr_more(&d->args)) {
		if (!code_range(d, &range, &bits))
			return dbg_bad(d);
	} else if (d->seat && d->seat->code_valid) {
		range.at = d->seat->next_code;
	} else if (d->m) {
		error = dbg_standing(d);
		range.at.number = machine_cpu(d->m)->frame.eip & OFFSET_MASK;
	} else {
		return dbg_fail(d, E_INVALID, "where? give a linear address");
	}
	if (!error)
		error = dbg_end(d);
	if (!error)
		error = address(d, &range.at, X86_CS);
	if (error)
		return error;
	if (!bits)
		bits = d->m ? 16 : 32;
	warn(d, &range.at);
	while (range.length == CODE_ANY ? lines < CODE_LINES : range.length) {
		uint32_t before = range.at.number, used;

		if (dbg_interrupted(d))
			return E_INTERRUPTED;
		if (!show_instruction(d, &range.at, bits, !d->m))
			break;
		used = range.at.number - before;
		if (range.at.kind == VALUE_LOGICAL)
			used &= OFFSET_MASK;
		if (range.length != CODE_ANY)
			range.length -= MIN(used, range.length);
		lines++;
	}
	if (d->seat) {
		d->seat->next_code = range.at;
		d->seat->code_valid = true;
	}
	return E_OK;
}

/* --- r, rs ------------------------------------------------------------------------------------------ */

static bool flag_find(const char *name, uint32_t *flag)
{
	static const struct { char name[4]; uint16_t flag; } flags[] = {
		{ "cf", X86_CF }, { "pf", X86_PF }, { "af", X86_AF }, { "zf", X86_ZF }, { "sf", X86_SF },
		{ "tf", X86_TF }, { "if", X86_IF }, { "df", X86_DF }, { "of", X86_OF }, { "nt", X86_NT },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!str_casecmp(flags[i].name, name)) {
			*flag = flags[i].flag;
			return true;
		}
	}
	return false;
}

static int set_flag(struct dbg *d, uint32_t flag)
{
	uint32_t *eflags = &machine_cpu(d->m)->frame.eflags, value;

	if (!expr_number(&d->args, 1, &value))
		return dbg_bad(d);
	if (dbg_end(d))
		return E_INVALID;
	*eflags = value ? *eflags | flag : *eflags & ~flag;
	return E_OK;
}

static int set_register(struct dbg *d, const struct reg_ref *ref)
{
	uint32_t value;

	if (!expr_number(&d->args, ref->size == 4 ? ~0u : (1u << ref->size * 8) - 1, &value))
		return dbg_bad(d);
	if (dbg_end(d))
		return E_INVALID;
	register_set(machine_cpu(d->m), ref, value);
	return E_OK;
}

static int one_register(struct dbg *d)
{
	struct vcpu *cpu = machine_cpu(d->m);
	struct reg_ref ref = { 0 };
	uint32_t flag = 0;
	char name[EXPR_NAME_MAX];

	if (!expr_name(&d->args, name, sizeof name, ""))
		return dbg_fail(d, E_INVALID, "`%.20s`: no register; `r` shows them", d->args.at);
	for (char *c = name; *c; c++)
		*c = (char)char_to_lower((uint8_t)*c);
	if (!register_find(cpu, name, &ref) && !flag_find(name, &flag))
		return dbg_fail(d, E_NOT_FOUND, "%s: no such register; `r` shows them", name);
	if (expr_char(&d->args, '=') || expr_more(&d->args))
		return flag ? set_flag(d, flag) : set_register(d, &ref);
	if (flag)
		SAY(d, "%s=%u\n", name, (cpu->frame.eflags & flag) != 0);
	else
		SAY(d, "%s=%0*x\n", name, ref.size * 2,
		    (unsigned)(*ref.word >> ref.shift & (ref.size == 4 ? ~0u : (1u << ref.size * 8) - 1)));
	return E_OK;
}

int run_r(struct dbg *d)
{
	int error;

	if (!d->m)
		return monitor_registers(d);
	error = dbg_standing(d);
	if (error)
		return error;
	if (expr_more(&d->args))
		return one_register(d);
	struct registers now;
	char line[TEXT_LINE_MAX];
	struct value at = { VALUE_LOGICAL, (uint16_t)machine_cpu(d->m)->frame.cs,
			    machine_cpu(d->m)->frame.eip & OFFSET_MASK };

	registers_take(&now, machine_cpu(d->m));
	for (unsigned i = 0; text_registers(line, sizeof line, i, &now,
					    d->seat && d->seat->last_valid ? &d->seat->last : NULL); i++)
		SAY(d, "%s\n", line);
	show_instruction(d, &at, 16, false);
	return E_OK;
}

int run_rs(struct dbg *d)
{
	static const char segments[X86_SEGS][3] = { "es", "cs", "ss", "ds", "fs", "gs" };
	char flags[FLAGS_TEXT_MAX];
	const struct vcpu *cpu;
	int error = dbg_machine_only(d);

	if (!error)
		error = dbg_standing(d);
	if (!error)
		error = dbg_end(d);
	if (error)
		return error;
	cpu = machine_cpu(d->m);
	for (unsigned i = 0; i < X86_SEGS; i++)
		SAY(d, "%s=%04x base=%08x limit=%08x rights=%04x\n", segments[i],
		    (unsigned)*vcpu_selector(machine_cpu(d->m), i) & 0xFFFF, (unsigned)cpu->seg[i].base,
		    (unsigned)cpu->seg[i].limit, cpu->seg[i].rights);
	SAY(d, "gdtr base=%08x limit=%04x  idtr base=%08x limit=%04x  ldtr=%04x tr=%04x\n",
	    (unsigned)cpu->gdtr.base, cpu->gdtr.limit, (unsigned)cpu->idtr.base, cpu->idtr.limit,
	    cpu->ldtr.selector, cpu->tr.selector);
	SAY(d, "cr0=%08x cr2=%08x cr3=%08x cr4=%08x\n", (unsigned)cpu->cr0, (unsigned)cpu->cr2,
	    (unsigned)cpu->cr3, (unsigned)cpu->cr4);
	SAY(d, "dr0=%08x dr1=%08x dr2=%08x dr3=%08x dr6=%08x dr7=%08x\n", (unsigned)cpu->dr[0],
	    (unsigned)cpu->dr[1], (unsigned)cpu->dr[2], (unsigned)cpu->dr[3], (unsigned)cpu->dr[6],
	    (unsigned)cpu->dr[7]);
	text_flags(flags, sizeof flags, cpu->frame.eflags);
	SAY(d, "eflags=%08x %s iopl=%u nt=%u  a20 %s%s%s\n", (unsigned)cpu->frame.eflags, flags,
	    (unsigned)(cpu->frame.eflags & X86_IOPL) >> 12, (cpu->frame.eflags & X86_NT) != 0,
	    machine_a20(d->m, 0x100000) ? "open" : "shut", cpu->halted ? ", halted" : "",
	    cpu->interrupt_shadow ? ", interrupts wait for one instruction" : "");
	return E_OK;
}

/* --- ? ------------------------------------------------------------------------------------------------ */

static void show_characters(struct dbg *d, uint32_t n)
{
	SAY(d, "  '");
	for (unsigned i = 0; i < 4 && (!i || n >> 8 * i); i++) {
		unsigned c = n >> 8 * i & 0xFF;

		SAY(d, "%c", c >= ' ' && c < 0x7F ? (int)c : '.');
	}
	SAY(d, "'\n");
}

/* Logical, linear, physical, and what is there. */
static void show_address(struct dbg *d, const struct value *at)
{
	const char *kind, *owner = "";
	gpa_t gpa = place_physical(&d->place, at);

	print_address(d, at);
	if (at->kind == VALUE_LOGICAL)
		SAY(d, " = %%%08x", (unsigned)value_linear(at));
	if (!d->m) {
		SAY(d, "\n");
		return;
	}
	kind = place_kind(d->m, gpa, &owner);
	SAY(d, " = !%08x  %s%s%s\n", (unsigned)gpa, kind ? kind : "nothing", *owner ? " " : "", owner);
}

int run_calculate(struct dbg *d)
{
	struct value v;
	uint32_t n;

	if (!expr_value(&d->args, &v))
		return dbg_bad(d);
	if (dbg_end(d))
		return E_INVALID;
	if (v.kind != VALUE_NUMBER)
		show_address(d, &v);
	n = value_linear(&v);
	SAY(d, "%08x  %u", (unsigned)n, (unsigned)n);
	if ((int32_t)n < 0)
		SAY(d, "  %d", (int)n);
	SAY(d, "  0o%o  0b%b", (unsigned)n, (unsigned)n);
	show_characters(d, n);
	return E_OK;
}

/* --- i, o ------------------------------------------------------------------------------------------------ */

struct port_access {
	struct machine *m;
	uint16_t port;
	unsigned size;
	uint32_t value;
};

static void access_in(void *ctx, uint32_t a, uint32_t b)
{
	struct port_access *access = ctx;

	(void)a, (void)b;
	access->value = machine_in(access->m, access->port, access->size);
}

static void access_out(void *ctx, uint32_t a, uint32_t b)
{
	struct port_access *access = ctx;

	(void)a, (void)b;
	machine_out(access->m, access->port, access->size, access->value);
}

static uint32_t real_in(uint16_t port, unsigned size)
{
	return size == 1 ? port_in8(port) : size == 2 ? port_in16(port) : port_in32(port);
}

static void real_out(uint16_t port, unsigned size, uint32_t value)
{
	if (size == 1)
		port_out8(port, (uint8_t)value);
	else if (size == 2)
		port_out16(port, (uint16_t)value);
	else
		port_out32(port, value);
}

static unsigned port_size(const struct dbg *d)
{
	return d->command[1] == 'w' ? 2 : d->command[1] == 'd' ? 4 : 1;
}

/* Chips run in their machine's task, or for us while it stands. */
static int access(struct dbg *d, struct port_access *access, void (*apply)(void *ctx, uint32_t a, uint32_t b))
{
	int error = machine_call(d->m, &(struct machine_event){ apply, access, 0, 0 });

	return error ? dbg_fail(d, error, "%s takes no more commands now; try again", d->name) : E_OK;
}

int run_i(struct dbg *d)
{
	struct port_access in = { .m = d->m, .size = port_size(d) };
	uint32_t port;
	int error = E_OK;

	if (!expr_number(&d->args, PORT_MAX, &port))
		return dbg_bad(d);
	if (dbg_end(d))
		return E_INVALID;
	in.port = (uint16_t)port;
	if (d->m)
		error = access(d, &in, access_in);
	else
		in.value = real_in(in.port, in.size);
	if (!error)
		SAY(d, "%0*x\n", (int)in.size * 2, (unsigned)in.value);
	return error;
}

int run_o(struct dbg *d)
{
	struct port_access out = { .m = d->m, .size = port_size(d) };
	uint32_t port, max = out.size == 4 ? ~0u : (1u << out.size * 8) - 1;

	if (!expr_number(&d->args, PORT_MAX, &port) || !expr_number(&d->args, max, &out.value))
		return dbg_bad(d);
	if (dbg_end(d))
		return E_INVALID;
	out.port = (uint16_t)port;
	if (d->m)
		return access(d, &out, access_out);
	real_out(out.port, out.size, out.value);
	return E_OK;
}
