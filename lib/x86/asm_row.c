/* The assembler's search: which rows of the table have the wanted name, and fit the operands. */
#include "asm_row.h"

#include <base/mem.h>

/* --- names -------------------------------------------------------------------------------------- */

static const struct { char name[4]; uint8_t code; } conditions[] = {
	{ "o", 0 }, { "no", 1 }, { "b", 2 }, { "c", 2 }, { "nae", 2 }, { "ae", 3 }, { "nb", 3 }, { "nc", 3 },
	{ "e", 4 }, { "z", 4 }, { "ne", 5 }, { "nz", 5 }, { "be", 6 }, { "na", 6 }, { "a", 7 }, { "nbe", 7 },
	{ "s", 8 }, { "ns", 9 }, { "pe", 10 }, { "p", 10 }, { "po", 11 }, { "np", 11 }, { "l", 12 }, { "nge", 12 },
	{ "ge", 13 }, { "nl", 13 }, { "le", 14 }, { "ng", 14 }, { "g", 15 }, { "nle", 15 },
};
enum { NO_CONDITION = 16 };

static unsigned find_condition(const char *text)
{
	for (unsigned i = 0; i < sizeof conditions / sizeof *conditions; i++)
		if (!strcmp(text, conditions[i].name))
			return conditions[i].code;
	return NO_CONDITION;
}

/* What a name says besides the operation. */
struct name_pins {
	uint8_t size;        /* of `|`: operand size, for JCXZ address size; of `#`: element size */
	uint8_t condition;
};

/* Does `text`, an operation's with its marks, make the wanted name? */
static bool name_fits(const char *text, const char *wanted, struct name_pins *pins)
{
	const char *bar = *text == *wanted ? strchr(text, '|') : NULL;
	size_t n = bar ? (size_t)(bar - text) : strlen(text);

	*pins = (struct name_pins){ 0, NO_CONDITION };
	if (*text != *wanted)
		return false;
	if (bar) {
		pins->size = !strcmp(bar + 1, wanted) ? 4 : 2;
		return pins->size == 4 || (strlen(wanted) == n && !strncmp(text, wanted, n));
	}
	if (!n || (text[n - 1] != '#' && text[n - 1] != '*'))
		return !strcmp(text, wanted);
	if (strncmp(text, wanted, n - 1))
		return false;
	wanted += n - 1;
	if (text[n - 1] == '*') {
		pins->condition = (uint8_t)find_condition(wanted);
		return pins->condition != NO_CONDITION;
	}
	pins->size = *wanted == 'b' ? 1 : *wanted == 'w' ? 2 : *wanted == 'd' ? 4 : 0;
	return pins->size && !wanted[1];
}

/* --- does a row fit? ------------------------------------------------------------------------------ */

unsigned real_size(unsigned size, unsigned opsize)
{
	switch (size) {
	case SIZE_V: return opsize;
	case SIZE_P: return opsize + 2;
	case SIZE_A: return opsize * 2;
	case SIZE_ENV: return opsize == 4 ? 28 : 14;
	case SIZE_STATE: return opsize == 4 ? 108 : 94;
	default: return size;
	}
}

bool fits_bits(const struct form *form, unsigned size)
{
	int64_t half = (int64_t)1 << (size * 8 - 1);

	return form->unknown || (form->number >= -half && form->number < half * 2);
}

bool fits_signed_byte(const struct form *form, unsigned size)
{
	int32_t value = size == 2 ? (int16_t)form->number : (int32_t)form->number;

	return !form->later && value >= INT8_MIN && value <= INT8_MAX;
}

static enum why reg_fits(struct trial *t, const struct arg *arg, const struct x86_spec *spec, unsigned size)
{
	if (arg->kind != ARG_REG)
		return WHY_KIND;
	if (spec->from == FROM_RM_WIDE)
		size = t->opsize;
	if (arg->size != size)
		return WHY_SIZE;
	if (spec->size == SIZE_V || spec->from == FROM_RM_WIDE)
		t->pinned = true;
	return WHY_NOTHING;
}

static enum why memory_fits(struct trial *t, const struct arg *arg, const struct x86_spec *spec, unsigned size)
{
	if (arg->distance == DISTANCE_SHORT || (arg->distance == DISTANCE_FAR) != (spec->size == SIZE_P &&
	    (t->op == X86_OP_JMP_FAR || t->op == X86_OP_CALL_FAR)))
		return WHY_KIND;
	if (!arg->size) {
		t->unsized = spec->size <= SIZE_V ? spec->size : 0;
		return WHY_NOTHING;
	}
	if (!spec->size)
		return WHY_NOTHING;
	/* `far dword` and `far word` tell the offset's size. */
	if (arg->size != (spec->size == SIZE_P && arg->distance == DISTANCE_FAR ? t->opsize : size))
		return WHY_SIZE;
	if (spec->size >= SIZE_V)
		t->pinned = true;
	return WHY_NOTHING;
}

static enum why number_fits(struct trial *t, const struct arg *arg, const struct x86_spec *spec, unsigned size)
{
	if (arg->kind != ARG_NUMBER || arg->distance)
		return WHY_KIND;
	if (spec->from == FROM_ONE)
		return arg->value.number == 1 && !arg->value.later ? WHY_NOTHING : WHY_RANGE;
	if (arg->size && arg->size != size && !(spec->from == FROM_IMM_SIGNED && arg->size == 1))
		return WHY_SIZE;
	if (!fits_bits(&arg->value, size))
		return WHY_RANGE;
	if (spec->from == FROM_IMM_SIGNED && !fits_signed_byte(&arg->value, size))
		return arg->size == 1 ? WHY_RANGE : WHY_SIZE;
	if (arg->size == size && spec->size == SIZE_V)
		t->pinned = true;
	return WHY_NOTHING;
}

/* The distance itself is looked at when the length is known. Where that comes later, what has a near form
 * takes it. */
static enum why target_fits(struct trial *t, const struct arg *arg, const struct x86_spec *spec)
{
	enum distance own = spec->size == 1 ? DISTANCE_SHORT : DISTANCE_NEAR;
	bool wide = arg->value.later && (t->op == X86_OP_JMP || t->op == X86_OP_JCC);

	if (arg->kind != ARG_NUMBER || arg->distance == DISTANCE_FAR)
		return WHY_KIND;
	if (arg->distance ? arg->distance != own : own == DISTANCE_SHORT && wide)
		return WHY_SIZE;
	if (arg->size && (arg->size != t->opsize || spec->size == 1))
		return WHY_SIZE;
	if (arg->size)
		t->pinned = true;
	return arg->value.unknown || (arg->value.number >= 0 && (t->opsize == 4 || arg->value.number <= 0xFFFF)) ?
		WHY_NOTHING : WHY_RANGE;
}

static enum why far_fits(struct trial *t, const struct arg *arg)
{
	if (arg->kind != ARG_FAR)
		return WHY_KIND;
	if (arg->size && arg->size != t->opsize)
		return WHY_SIZE;
	t->pinned |= arg->size != 0;
	return fits_bits(&arg->value, t->opsize) ? WHY_NOTHING : WHY_RANGE;
}

static enum why rm_fits(struct trial *t, const struct arg *arg, const struct x86_spec *spec, unsigned size)
{
	if (arg->kind == ARG_MEM)
		return t->at->side == SIDE_REGISTER ? WHY_KIND : memory_fits(t, arg, spec, size);
	if (spec->from == FROM_RM_MEM || t->at->side == SIDE_MEMORY)
		return WHY_KIND;
	return reg_fits(t, arg, spec, size);
}

static enum why kind_fits(const struct arg *arg, enum arg_kind kind)
{
	return arg->kind == kind ? WHY_NOTHING : WHY_KIND;
}

static enum why arg_fits(struct trial *t, const struct arg *arg, const struct x86_spec *spec)
{
	unsigned size = real_size(spec->size, t->opsize);
	enum why why;

	switch (spec->from) {
	case FROM_RM: case FROM_RM_WIDE: case FROM_RM_MEM: return rm_fits(t, arg, spec, size);
	case FROM_RM_REG: case FROM_REG: return reg_fits(t, arg, spec, size);
	case FROM_RM_ST: return kind_fits(arg, ARG_ST);
	case FROM_REG_SEG: return kind_fits(arg, ARG_SEG);
	case FROM_REG_CR: return kind_fits(arg, ARG_CR);
	case FROM_REG_DR: return kind_fits(arg, ARG_DR);
	case FROM_REG_TR: return kind_fits(arg, ARG_TR);
	case FROM_FIXED_SEG: return arg->kind == ARG_SEG && arg->reg == spec->reg ? WHY_NOTHING : WHY_KIND;
	case FROM_FIXED_ST: return arg->kind == ARG_ST && !arg->reg ? WHY_NOTHING : WHY_KIND;
	case FROM_OPCODE: case FROM_FIXED_REG:
		why = reg_fits(t, arg, spec, size);
		if (why)
			return why;
		return arg->reg == (spec->from == FROM_OPCODE ? (t->at->opcode & 7) : spec->reg) ? WHY_NOTHING : WHY_KIND;
	case FROM_IMM: case FROM_IMM_SIGNED: case FROM_IMM2: case FROM_ONE: return number_fits(t, arg, spec, size);
	case FROM_REL: return target_fits(t, arg, spec);
	case FROM_FAR: return far_fits(t, arg);
	case FROM_OFFSET:
		return arg->kind != ARG_MEM || arg->value.count ? WHY_KIND : memory_fits(t, arg, spec, size);
	default: return WHY_KIND;
	}
}

/* --- the best so far ------------------------------------------------------------------------------ */

static void note_failure(struct want *w, unsigned arg, enum why why)
{
	if (arg > w->failed_arg || (arg == w->failed_arg && why > w->why)) {
		w->failed_arg = arg;
		w->why = why;
	}
}

static void take(struct trial *t, const struct code *code)
{
	struct want *w = t->w;

	if (t->unsized && w->memory_size && w->memory_size != t->unsized)
		w->ambiguous = true;
	if (t->unsized)
		w->memory_size = t->unsized;
	if (code->n > X86_MAX_LENGTH + (unsigned)w->fwait || (w->length && w->length <= code->n))
		return;
	memcpy(w->best, code->bytes, code->n);
	w->length = code->n;
}

static void encode(struct trial *t)
{
	struct code code = { .n = 0 };
	unsigned wrong = 0;
	enum why why = put_instruction(t, &code, &wrong);

	if (why)
		note_failure(t->w, wrong, why);
	else
		take(t, &code);
}

/* --- all rows ------------------------------------------------------------------------------------- */

/* The address size that memory's registers, the name or `a32` ask for. False: they disagree. */
static bool choose_addrsize(struct trial *t, const struct name_pins *pins, unsigned *wrong)
{
	unsigned size = t->op == X86_OP_JCXZ ? pins->size : 0;

	if (t->w->addrsize)
		size = t->w->addrsize;
	t->prefix_seg = t->w->prefixes & X86_PREFIX_SEG ? t->w->seg : X86_SEGS;
	for (unsigned i = 0; i < t->count; i++) {
		const struct arg *arg = t->args[i];

		if (!arg || arg->kind != ARG_MEM)
			continue;
		*wrong = i;
		if (arg->seg < X86_SEGS)
			t->prefix_seg = arg->seg;
		for (unsigned r = 0; r < arg->value.count; r++) {
			if (size && arg->value.regs[r].size != size)
				return false;
			size = arg->value.regs[r].size;
		}
	}
	t->addrsize = size ? size : t->w->as->bits / 8;
	return size != 1 && (t->op != X86_OP_JCXZ || pins->size == t->addrsize);
}

/* Does an offset or displacement fit the address size? */
static bool addresses_fit(struct trial *t, unsigned *wrong)
{
	for (unsigned i = 0; i < t->count; i++) {
		*wrong = i;
		if (t->args[i] && t->args[i]->kind == ARG_MEM && !fits_bits(&t->args[i]->value, t->addrsize))
			return false;
	}
	return true;
}

/* The operand size that the name asks for. False: not this one. */
static bool name_allows(struct trial *t, const struct name_pins *pins)
{
	unsigned element;

	if (!pins->size || t->op == X86_OP_JCXZ)
		return true;
	if (!(t->w->as->tables->op_flags(t->op) & X86_F_STRING)) {
		t->pinned = true;
		return pins->size == t->opsize;
	}
	element = t->specs[t->op == X86_OP_OUTS]->size;
	t->pinned = element == SIZE_V;
	return real_size(element, t->opsize) == pins->size;
}

static void try_size(struct trial *t, const struct name_pins *pins, unsigned opsize)
{
	unsigned wrong = 0, asked = t->w->opsize ? t->w->opsize : t->w->as->bits / 8;

	t->opsize = opsize;
	t->pinned = false;
	t->unsized = 0;
	if (!name_allows(t, pins))
		return;
	for (unsigned i = 0; i < t->count; i++) {
		enum why why = t->args[i] ? arg_fits(t, t->args[i], t->specs[i]) : WHY_NOTHING;

		if (why) {
			note_failure(t->w, (unsigned)(t->args[i] - t->w->args), why);
			return;
		}
	}
	if (opsize != asked && (t->w->opsize || !t->pinned)) {
		note_failure(t->w, 0, WHY_SIZE);
		return;
	}
	if (!choose_addrsize(t, pins, &wrong))
		note_failure(t->w, wrong, WHY_KIND);
	else if (!addresses_fit(t, &wrong))
		note_failure(t->w, wrong, WHY_RANGE);
	else
		encode(t);
}

/* Coprocessor operations that mean ST(1) when nothing is written. */
static bool has_default(unsigned op)
{
	return (op >= X86_OP_FADDP && op <= X86_OP_FDIVRP && op != X86_OP_FCOMPP) || op == X86_OP_FXCH ||
	       op == X86_OP_FCOM || op == X86_OP_FCOMP || op == X86_OP_FUCOM || op == X86_OP_FUCOMP;
}

/* Who goes with whom when not all operands are written, or in another order. False: this row is not
 * meant. */
static bool pair_args(struct trial *t, bool swap)
{
	static const struct arg ten = { .kind = ARG_NUMBER, .value = { .number = 10 } };
	struct arg *args = t->w->args;
	unsigned given = t->w->count, flags = t->w->as->tables->op_flags(t->op);

	for (unsigned i = 0; i < X86_OPERANDS; i++)
		t->args[i] = i < given ? &args[swap && i < 2 ? 1 - i : i] : NULL;
	if (given == t->count)
		return !swap || ((t->op == X86_OP_XCHG || t->op == X86_OP_TEST) && given == 2);
	if (swap)
		return false;
	if (!given && (t->op == X86_OP_AAM || t->op == X86_OP_AAD))
		t->args[0] = &ten;
	if (!given)
		return flags & X86_F_STRING || t->args[0] || has_default(t->op);
	if (t->op == X86_OP_IMUL && given == 2 && t->count == 3 && args[1].kind == ARG_NUMBER) {
		t->args[2] = t->args[1];
		t->args[1] = t->args[0];
		return true;
	}
	if (flags & X86_F_X87 && given == 1 && t->count == 2 && args[0].kind == ARG_ST) {
		t->args[t->specs[0]->from == FROM_FIXED_ST] = &args[0];
		t->args[t->specs[0]->from != FROM_FIXED_ST] = NULL;
		return true;
	}
	return false;
}

static void try_row(struct want *w, const struct x86_row *row, const uint8_t *specs, const struct row_place *at)
{
	struct trial t = { .w = w, .at = at, .op = row->op };
	struct name_pins pins;

	if (!name_fits(w->as->tables->name(row->op), w->name, &pins))
		return;
	if (pins.condition != NO_CONDITION && pins.condition != (at->opcode & 15))
		return;
	w->known = true;
	while (t.count < X86_OPERANDS && specs[t.count] != None) {
		t.specs[t.count] = &w->as->tables->specs[specs[t.count]];
		t.count++;
	}
	for (unsigned swap = 0; swap < 2; swap++) {
		if (!pair_args(&t, swap))
			continue;
		w->tried = true;
		try_size(&t, &pins, 2);
		try_size(&t, &pins, 4);
	}
}

static bool names_modrm(const struct want *w, const uint8_t *specs)
{
	for (unsigned i = 0; i < 2; i++) {
		unsigned from = w->as->tables->specs[specs[i]].from;

		if (from >= FROM_RM && from <= FROM_REG_TR)
			return true;
	}
	return false;
}

/* A row, or all that its group leads to: groups are nested twice at most. */
static void try_rows(struct want *w, const struct x86_row *row, const uint8_t *specs, struct row_place at)
{
	const struct x86_row *entries;

	if (row->op == X86_OP_INVALID || row->flags & ROW_ALIAS)
		return;
	if (row->spec[0] != None)
		specs = row->spec;
	if (!(row->op & X86_GROUP)) {
		at.modrm |= names_modrm(w, specs);
		try_row(w, row, specs, &at);
		return;
	}
	entries = &w->as->tables->groups[(row->op & ~X86_GROUP) * X86_GROUP_ROWS];
	for (unsigned half = 0; half < (row->flags & ROW_SPLIT ? 2 : 1); half++) {
		struct row_place inner = at;

		inner.modrm = true;
		if (row->flags & ROW_SPLIT)
			inner.side = half ? SIDE_REGISTER : SIDE_MEMORY;
		for (uint8_t i = 0; i < X86_GROUP_ROWS; i++) {
			if (row->flags & ROW_BY_RM)
				inner.rm = i;
			else
				inner.reg = i;
			try_rows(w, &entries[half * X86_GROUP_ROWS + i], specs, inner);
		}
	}
}

void try_table(struct want *w)
{
	for (unsigned opcode = 0; opcode < 0x200; opcode++) {
		struct row_place at = { opcode >> 8, (uint8_t)opcode, NOT_GIVEN, NOT_GIVEN, SIDE_ANY, false };
		const struct x86_row *row = at.two ? &w->as->tables->map_0f[opcode & 0xFF] : &w->as->tables->map[opcode];

		try_rows(w, row, row->spec, at);
	}
}
