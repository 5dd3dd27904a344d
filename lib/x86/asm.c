/* The assembler: rows of the instruction table are tried until one fits.
 *
 * A line is prefixes, a name and operands (asm_parse.c). Every row whose operation has that name
 * is matched against the operands, for both operand sizes, and encoded; the shortest encoding
 * wins, the first of equals. An operand size other than the code's needs a reason: a register or
 * a size word that shows it, or `o16` or `o32`. Memory whose size nothing shows is a mistake if
 * the table has the instruction for several.
 *
 * What is not here: AT&T's syntax, MASM's types and directives beyond DB, DW and DD, and rows
 * that are undocumented twins of others (ROW_ALIAS).
 *
 * To read: Intel 80386 Programmer's Reference Manual, "Instruction Format", "ModR/M and SIB
 * Bytes"; 80387 manual for the forms that begin with FWAIT. */
#include "asm_row.h"

#include <base/fmt.h>
#include <base/mem.h>

/* --- instructions --------------------------------------------------------------------------------- */

/* Other names, for 16- and 32-bit code. */
static const struct { char name[8], means[2][8]; } synonyms[] = {
	{ "sal", { "shl", "shl" } }, { "pusha", { "pushaw", "pushad" } }, { "popa", { "popaw", "popad" } },
	{ "pushf", { "pushfw", "pushfd" } }, { "popf", { "popfw", "popfd" } }, { "iret", { "iretw", "iretd" } },
	{ "retn", { "ret", "ret" } }, { "loopz", { "loope", "loope" } }, { "loopnz", { "loopne", "loopne" } },
	{ "xlat", { "xlatb", "xlatb" } }, { "wait", { "fwait", "fwait" } }, { "int1", { "icebp", "icebp" } },
};

/* These begin with FWAIT; without, they have an N. */
static const char waiting[][7] = {
	"finit", "fclex", "fstcw", "fstsw", "fstenv", "fsave", "feni", "fdisi", "fsetpm",
};

static bool is_prefix(struct want *w, const char *text, size_t n)
{
	static const struct { char name[6]; uint8_t prefix; } words[] = {
		{ "lock", X86_PREFIX_LOCK }, { "rep", X86_PREFIX_REP }, { "repe", X86_PREFIX_REP },
		{ "repz", X86_PREFIX_REP }, { "repne", X86_PREFIX_REPNE }, { "repnz", X86_PREFIX_REPNE },
	};
	unsigned seg = find_seg(text, n);

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
		if (word_is(text, n, words[i].name)) {
			w->prefixes |= words[i].prefix;
			return true;
		}
	}
	if (seg < X86_SEGS) {
		w->prefixes |= X86_PREFIX_SEG;
		w->seg = (uint8_t)seg;
		return true;
	}
	if (word_is(text, n, "o16") || word_is(text, n, "o32"))
		w->opsize = text[1] == '1' ? 2 : 4;
	else if (word_is(text, n, "a16") || word_is(text, n, "a32"))
		w->addrsize = text[1] == '1' ? 2 : 4;
	else
		return false;
	return true;
}

/* Prefixes, also `es:` in front. *n: length of the word that is none. */
static void take_prefixes(struct reader *s, struct want *w, size_t *n)
{
	while (reader_more(s)) {
		*n = reader_word(s);
		if (!*n || !is_prefix(w, s->at, *n))
			return;
		s->at += *n;
		if (w->prefixes & X86_PREFIX_SEG)
			(void)reader_char(s, ':');
	}
	*n = 0;
}

static void set_name(struct want *w, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		w->name[i] = (char)char_to_lower((uint8_t)text[i]);
	w->name[n] = 0;
	for (unsigned i = 0; i < sizeof synonyms / sizeof *synonyms; i++) {
		if (!strcmp(w->name, synonyms[i].name)) {
			bool wide = (w->opsize ? w->opsize * 8u : w->as->bits) == 32;

			str_copy(w->name, synonyms[i].means[wide], sizeof w->name);
			return;
		}
	}
	for (unsigned i = 0; i < sizeof waiting / sizeof *waiting; i++) {
		if (!strcmp(w->name, waiting[i])) {
			fmt_buf(w->name, sizeof w->name, "fn%s", waiting[i] + 1);
			w->fwait = true;
		}
	}
}

static bool take_args(struct reader *s, struct want *w)
{
	if (!reader_more(s))
		return true;
	do {
		if (w->count == X86_OPERANDS)
			return reader_fail(s, s->at, "more than three operands");
		if (!reader_arg(s, &w->args[w->count++]))
			return false;
	} while (reader_char(s, ','));
	return !reader_more(s) || reader_fail(s, s->at, "`,` or the end of the line was expected");
}

/* Why nothing fitted, where it can be seen. */
static bool complain(struct reader *s, const struct want *w, const char *name, size_t n)
{
	static const char texts[][40] = {
		[WHY_KIND] = "no such operand here", [WHY_SIZE] = "an operand of the wrong size",
		[WHY_RANGE] = "the number does not fit", [WHY_FAR_AWAY] = "too far away for a short jump",
	};

	if (!w->known)
		return reader_fail(s, name, "%.*s: no such instruction", (int)n, name);
	if (!w->tried || w->failed_arg >= w->count)
		return reader_fail(s, name, "%.*s: does not take %u operands", (int)n, name, w->count);
	return reader_fail(s, s->line + w->args[w->failed_arg].column, "%.*s: %s", (int)n, name, texts[w->why]);
}

static bool instruction(struct reader *s, struct want *w)
{
	const char *name;
	size_t n = 0;

	take_prefixes(s, w, &n);
	if (!reader_more(s))
		return true;
	name = s->at;
	if (!n || n >= X86_ASM_NAME_MAX)
		return reader_fail(s, name, "the name of an instruction was expected");
	s->at += n;
	set_name(w, name, n);
	if (!take_args(s, w))
		return false;
	try_table(w);
	if (!w->length)
		return complain(s, w, name, n);
	return !w->ambiguous || reader_fail(s, name + n, "how long is it? write byte, word, dword, qword or tword");
}

/* A prefix alone, as DEBUG takes it. */
static void lone_prefixes(struct want *w)
{
	struct row_place at = { 0 };
	struct trial t = { .w = w, .at = &at, .prefix_seg = w->prefixes & X86_PREFIX_SEG ? w->seg : X86_SEGS };
	struct code code = { .n = 0 };

	t.opsize = w->opsize ? w->opsize : w->as->bits / 8;
	t.addrsize = w->addrsize ? w->addrsize : w->as->bits / 8;
	put_prefixes(&t, &code);
	memcpy(w->best, code.bytes, code.n);
	w->length = code.n;
}

/* --- data ----------------------------------------------------------------------------------------- */

/* How many bytes an element of DB, DW or DD has; 0: the word is none of them. */
static unsigned data_unit(const char *text, size_t n)
{
	return word_is(text, n, "db") ? 1 : word_is(text, n, "dw") ? 2 : word_is(text, n, "dd") ? 4 : 0;
}

struct output {
	uint8_t *bytes;
	size_t room, used;
};

static bool put_data(struct reader *s, const char *at, struct output *out, uint32_t value, unsigned size)
{
	if (size > out->room - out->used)
		return reader_fail(s, at, "more than %u bytes in one line", (unsigned)out->room);
	for (unsigned i = 0; i < size; i++)
		out->bytes[out->used++] = (uint8_t)(value >> 8 * i);
	return true;
}

/* The end of a text in quotes that is an element of its own; NULL: it is none. */
static const char *text_end(const char *at)
{
	const char *end = *at == '"' || *at == '\'' ? strchr(at + 1, *at) : NULL;
	const char *behind = end ? end + 1 : NULL;

	while (behind && char_is_space((uint8_t)*behind))
		behind++;
	return behind && (!*behind || *behind == ',' || *behind == ';') && end > at + 1 ? end : NULL;
}

static bool data_element(struct reader *s, struct output *out, unsigned unit)
{
	const char *at = s->at, *end = text_end(at);
	struct form form;

	if (unit == 1 && end) {
		for (s->at = end + 1, at++; at < end; at++)
			if (!put_data(s, at, out, (uint8_t)*at, 1))
				return false;
		return true;
	}
	if (!reader_number(s, &form))
		return false;
	if (!fits_bits(&form, unit))
		return reader_fail(s, at, "the number does not fit");
	return put_data(s, at, out, (uint32_t)form.number, unit);
}

static bool data(struct reader *s, struct output *out, unsigned unit)
{
	do {
		reader_more(s);
		if (!data_element(s, out, unit))
			return false;
	} while (reader_char(s, ','));
	return !reader_more(s) || reader_fail(s, s->at, "`,` or the end of the line was expected");
}

/* --------------------------------------------------------------------------------------------------- */

int x86_assemble(struct x86_asm *as, const char *line, uint8_t *bytes, size_t room)
{
	struct reader s = { .as = as, .line = line, .at = line };
	struct want w = { .as = as, .line = line };
	struct output out = { bytes, room, 0 };
	unsigned unit;
	size_t n;

	as->unknown = as->data = false;
	as->column = 0;
	as->why[0] = 0;
	if (!reader_more(&s))
		return 0;
	n = reader_word(&s);
	unit = data_unit(s.at, n);
	if (unit) {
		as->data = true;
		s.at += n;
		return data(&s, &out, unit) ? (int)out.used : E_INVALID;
	}
	if (!instruction(&s, &w))
		return E_INVALID;
	if (!w.length)
		lone_prefixes(&w);
	if (w.length > room)
		return reader_fail(&s, line, "no room for %u bytes", w.length) ? 0 : E_NO_SPACE;
	memcpy(bytes, w.best, w.length);
	return (int)w.length;
}
