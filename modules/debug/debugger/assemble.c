/* a: lines of assembly into memory.
 *
 * Lines are asked for until an empty one. A label may be used before it is defined: the line gets room
 * for any value, is remembered, and assembled again when the label comes. What a line writes is
 * written at once, all of it or nothing. */
#include "debugger.h"

#include <base/mem.h>

enum { LINE_MAX = 128, CODE_MAX = 64, LABEL_MAX = 24, LABELS_MAX = 64, PENDING_MAX = 64 };

struct label {
	char name[LABEL_MAX];
	uint32_t offset;
};

/* A line that waits for a label. */
struct pending {
	struct list link;
	uint32_t offset;
	unsigned labels_then;      /* how many there were */
	char text[];
};

struct assembly {
	struct dbg *d;
	struct x86_asm as;
	struct value at;
	bool one_line;             /* no labels that come later */
	unsigned indent;           /* of a line on the screen, behind its prompt; 0: elsewhere */
	unsigned labels_then;      /* those behind it are encoded as if they were not known */
	unsigned label_count, pending_count;
	struct list pending;
	struct label labels[LABELS_MAX];
};

static const struct label *label_find(const struct assembly *a, const char *name)
{
	for (unsigned i = 0; i < a->label_count; i++)
		if (!str_casecmp(a->labels[i].name, name))
			return &a->labels[i];
	return NULL;
}

/* The offset that a symbol has in the segment that is written to. False: it lies outside. */
static bool symbol_offset(const struct assembly *a, const struct value *symbol, uint32_t *offset)
{
	*offset = value_linear(symbol);
	if (a->at.kind != VALUE_LOGICAL)
		return true;
	*offset -= (uint32_t)a->at.segment << 4;
	return *offset <= OFFSET_MASK;
}

/* Labels, then numbers, then the target's symbols; any other name is a label that is to come. */
static enum x86_asm_word word(void *ctx, const char *text, size_t n, uint32_t *value)
{
	struct assembly *a = ctx;
	const struct label *label;
	char name[SYMBOL_MAX];
	struct value symbol;
	int error;

	if (n >= sizeof name)
		return X86_ASM_NO_WORD;
	memcpy(name, text, n);
	name[n] = 0;
	label = label_find(a, name);
	if (label) {
		*value = label->offset;
		return label >= a->labels + a->labels_then ? X86_ASM_FORWARD : X86_ASM_KNOWN;
	}
	error = expr_parse_number(text, n, value);
	if (error != E_INVALID)
		return error ? X86_ASM_TOO_LARGE : X86_ASM_KNOWN;
	if (symbol_find(a->d->m, name, &symbol) && symbol_offset(a, &symbol, value))
		return X86_ASM_KNOWN;
	if (a->one_line || char_is_digit((uint8_t)*name))
		return X86_ASM_NO_WORD;
	return X86_ASM_UNKNOWN;
}

/* --- labels ------------------------------------------------------------------------------------------ */

/* A waiting line's next pass. Labels that were there at its first one have their values as then; the
 * others are encoded as wide as when they were unknown, so that the length stays. */
static int settle(struct assembly *a, const struct pending *p)
{
	struct value at = a->at;
	uint8_t code[CODE_MAX];
	int n;

	a->as.ip = at.number = p->offset;
	a->labels_then = p->labels_then;
	n = x86_assemble(&a->as, p->text, code, sizeof code);
	a->labels_then = LABELS_MAX;
	if (n < 0)
		return dbg_fail(a->d, n, "`%s` at %x: %s", p->text, (unsigned)p->offset, a->as.why);
	return a->as.unknown ? E_AGAIN : dbg_poke(a->d, &at, code, (unsigned)n);
}

static void pending_free(struct assembly *a, struct pending *p)
{
	list_remove(&p->link);
	mem_free(p);
	a->pending_count--;
}

static int settle_all(struct assembly *a)
{
	int result = E_OK;

	list_for_safe(it, &a->pending) {
		struct pending *p = list_item(it, struct pending, link);
		int error = settle(a, p);

		if (error != E_AGAIN)
			pending_free(a, p);
		if (error && error != E_AGAIN)
			result = error;
	}
	return result;
}

/* Takes `NAME:` off a line, if it begins with one. */
static int take_label(struct assembly *a, const char **line)
{
	const char *at = *line;
	struct label *label;
	uint32_t number;
	size_t n = 0;

	while (char_is_space((uint8_t)*at))
		at++;
	while (char_is_alpha((uint8_t)at[n]) || char_is_digit((uint8_t)at[n]) || at[n] == '_' || at[n] == '.')
		n++;
	if (!n || at[n] != ':' || x86_asm_reserved(at, n))
		return E_OK;
	if (n >= LABEL_MAX || expr_parse_number(at, n, &number) != E_INVALID || char_is_digit((uint8_t)*at))
		return dbg_fail(a->d, E_INVALID, "%.*s: no name for a label: too long, or a number",
				(int)MIN(n, (size_t)LABEL_MAX), at);
	if (a->label_count == LABELS_MAX)
		return dbg_fail(a->d, E_NO_SPACE, "more than %d labels", LABELS_MAX);
	label = &a->labels[a->label_count];
	memcpy(label->name, at, n);
	label->name[n] = 0;
	label->offset = a->at.number;
	if (label_find(a, label->name))
		return dbg_fail(a->d, E_EXISTS, "%s: is a label already", label->name);
	a->label_count++;
	*line = at + n + 1;
	return settle_all(a);
}

static int remember(struct assembly *a, const char *text, unsigned labels_then)
{
	struct pending *p;

	if (a->pending_count == PENDING_MAX)
		return dbg_fail(a->d, E_NO_SPACE, "more than %d lines wait for labels", PENDING_MAX);
	p = mem_alloc(module_account(debugger()->self), sizeof *p + strlen(text) + 1);
	if (!p)
		return dbg_fail(a->d, E_NO_MEMORY, "out of memory; `memory` shows who has it");
	p->offset = a->at.number;
	p->labels_then = labels_then;
	str_copy(p->text, text, strlen(text) + 1);
	list_add(&a->pending, &p->link);
	a->pending_count++;
	return E_OK;
}

/* --- lines -------------------------------------------------------------------------------------------- */

/* Room for the byte 0FFFFh is there, for what would wrap round it is not. */
static bool has_room(const struct assembly *a, unsigned n)
{
	return a->at.kind != VALUE_LOGICAL || a->at.number + n <= OFFSET_MASK + 1;
}

/* `start`: where the text begins in what the user wrote. */
static int one_line(struct assembly *a, const char *start, const char *text)
{
	uint8_t code[CODE_MAX];
	int n, error;

	a->as.ip = a->at.number;
	n = x86_assemble(&a->as, text, code, sizeof code);
	if (n < 0 && a->indent)
		SAY(a->d, "%*s\n", (int)(a->indent + (unsigned)(text - start) + a->as.column) + 1, "^");
	if (n < 0)
		return dbg_fail(a->d, n, "column %u: %s", (unsigned)(text - start) + a->as.column + 1, a->as.why);
	if (!n)
		return E_OK;
	if (!has_room(a, (unsigned)n))
		return dbg_fail(a->d, E_RANGE, "%u bytes would reach beyond the segment's end", (unsigned)n);
	error = dbg_poke(a->d, &a->at, code, (unsigned)n);
	if (!error && a->as.unknown)
		error = remember(a, text, a->label_count);
	if (!error)
		value_advance(&a->at, (uint32_t)n);
	return error;
}

static bool is_blank(const char *line)
{
	while (char_is_space((uint8_t)*line))
		line++;
	return !*line;
}

/* Until an empty line, `.` or Ctrl+C. Mistakes do not end it; the last one's number is returned where nobody
 * sits who could mend it. */
static int ask_lines(struct assembly *a)
{
	char prompt[ADDRESS_TEXT_MAX + 2], where[ADDRESS_TEXT_MAX], line[LINE_MAX];
	int result = E_OK;

	for (;;) {
		const char *text = line;
		int error;

		value_text(&a->at, where, sizeof where);
		fmt_buf(prompt, sizeof prompt, "%s  ", a->d->m ? where : where + 1);
		error = dbg_read_line(a->d, prompt, line, sizeof line);
		if (error)
			return error == E_NOT_FOUND || error == E_INTERRUPTED ? result : error;
		if (is_blank(line) || !strcmp(line, "."))
			return result;
		a->indent = a->d->ops->interactive(a->d->s) ? (unsigned)strlen(prompt) : 0;
		error = take_label(a, &text);
		if (!error)
			error = one_line(a, line, text);
		if (error && !a->d->ops->interactive(a->d->s))
			result = error;
		if (!has_room(a, 1))
			return result;
	}
}

static int finish(struct assembly *a, int error)
{
	list_for_safe(it, &a->pending) {
		struct pending *p = list_item(it, struct pending, link);

		if (a->d->m)
			error = dbg_fail(a->d, E_INVALID, "`%s` at %x: uses a label that was not defined; write it again",
					 p->text, (unsigned)p->offset);
		pending_free(a, p);
	}
	return error;
}

static int assemble(struct dbg *d, const struct value *at, unsigned bits)
{
	struct assembly *a = mem_alloc(module_account(debugger()->self), sizeof *a);
	const char *text;
	int error;

	if (!a)
		return dbg_fail(d, E_NO_MEMORY, "out of memory; `memory` shows who has it");
	a->d = d;
	a->at = *at;
	a->labels_then = LABELS_MAX;
	a->as = (struct x86_asm){ .tables = debugger()->x86->tables, .word = word, .ctx = a, .bits = bits };
	list_init(&a->pending);
	a->one_line = expr_more(&d->args);
	text = d->args.at;
	warn_not_code(d, at);
	error = a->one_line ? one_line(a, text, text) : finish(a, ask_lines(a));
	if (d->seat && d->m == d->place.m && !(error && a->one_line)) {
		d->seat->next_assembly = a->at;
		d->seat->assembly_valid = true;
	}
	mem_free(a);
	return error;
}

int run_a(struct dbg *d)
{
	struct value at = { .kind = VALUE_NUMBER };
	unsigned bits;
	int error = E_OK;

	if (expr_more(&d->args)) {
		if (!expr_value(&d->args, &at))
			return dbg_bad(d);
	} else if (d->seat && d->seat->assembly_valid) {
		at = d->seat->next_assembly;
	} else if (place_cpu(&d->place)) {
		error = dbg_standing(d);
		at.number = place_cpu(&d->place)->frame.eip & (d->m ? OFFSET_MASK : ~0u);
	} else {
		return dbg_fail(d, E_INVALID, "where? give a linear address");
	}
	if (!error)
		error = dbg_address(d, &at, X86_CS);
	if (error)
		return error;
	bits = expr_word(&d->args, "16") ? 16 : expr_word(&d->args, "32") ? 32 : code_bits(d);
	return assemble(d, &at, bits);
}
