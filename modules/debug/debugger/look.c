/* Commands that look at memory and change it: d, e, u. */
#include "debugger.h"

#include <base/mem.h>
#include <kern/log.h>

enum {
	DUMP_DEFAULT = 128, CODE_LINES = 8, CODE_ANY = 0xFFFFFFFF, EDIT_MAX = 128, LINE_MAX = 128,
	BYTES_SHOWN = 8, IVT_END = 0x400, BDA_END = 0x500, VIDEO_FIRST = 0xA0000, VIDEO_END = 0xC0000,
	VECTORS = 256,
};

static int address(struct dbg *d, struct value *at, unsigned seg)
{
	int error = place_address(&d->place, at, seg, d->args.why);

	return error ? dbg_fail(d, error, "%s", d->args.why) : E_OK;
}

void print_address(struct dbg *d, const struct value *at)
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
