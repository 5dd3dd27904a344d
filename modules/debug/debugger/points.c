/* Breakpoints as such (points.h). */
#include "points.h"

#include <base/fmt.h>
#include <base/mem.h>
#include <kern/types.h>

enum { DR7_FIXED = 0x700, DR7_CODE = 0, DR7_WRITE = 1, DR7_ACCESS = 3, DR7_KINDS = 16 };
enum { PORT_MAX = 0xFFFF, BYTE_MAX = 0xFF, IRQ_MAX = 15, EXCEPTIONS = 31 };

/* --- as they are written ---------------------------------------------------------------------------- */

static const struct name {
	char name[8];
	uint8_t kind;
} names[] = {
	{ "bpx", POINT_EXEC }, { "bpm", POINT_MEMORY }, { "bpr", POINT_MEMORY }, { "bpio", POINT_PORT },
	{ "bpint", POINT_INT }, { "bpirq", POINT_IRQ }, { "bpexc", POINT_EXCEPTION }, { "bpmode", POINT_MODE },
	{ "bphalt", POINT_HALT }, { "bpstop", POINT_STOP },
};

static bool parse_rights(struct expr *e, uint8_t *rights, bool code)
{
	*rights = 0;
	if (expr_word(e, "rw"))
		*rights = POINT_R | POINT_W;
	else if (expr_word(e, "r"))
		*rights = POINT_R;
	else if (expr_word(e, "w"))
		*rights = POINT_W;
	else if (code && expr_word(e, "x"))
		*rights = POINT_X;
	return *rights;
}

static bool need_rights(struct expr *e, uint8_t *rights, bool code)
{
	if (*rights || parse_rights(e, rights, code))
		return true;
	return expr_fail(e, E_INVALID, code ? "which accesses? r, w, rw or x" : "which accesses? r, w or rw");
}

static bool resolve(struct expr *e, const struct point_parser *parser, struct point_words *w)
{
	int error = parser->address(parser->ctx, &w->at, w->kind, e->why);

	if (error) {
		e->error = error;
		return false;
	}
	return true;
}

static bool set_range(struct expr *e, struct point_words *w, uint32_t length)
{
	w->first = value_linear(&w->at);
	w->last = w->first + length - 1;
	return w->last >= w->first || expr_fail(e, E_RANGE, "a range beyond the end of memory");
}

static bool parse_code(struct expr *e, const struct point_parser *parser, struct point_words *w)
{
	w->rights = POINT_X;
	if (!expr_value(e, &w->at) || !resolve(e, parser, w))
		return false;
	if (expr_word(e, "fast"))
		w->means = MEANS_FAST;
	else if (expr_word(e, "hw"))
		w->means = MEANS_HARDWARE;
	return set_range(e, w, 1);
}

static bool parse_bytes(struct expr *e, const struct point_parser *parser, struct point_words *w)
{
	uint32_t size = 1;

	if (!expr_value(e, &w->at) || !resolve(e, parser, w))
		return false;
	if (!parse_rights(e, &w->rights, true) && expr_more(e)) {
		if (!expr_number(e, 4, &size))
			return false;
		if (size != 1 && size != 2 && size != 4)
			return expr_fail(e, E_RANGE, "%x bytes; 1, 2 or 4", (unsigned)size);
	}
	if (!need_rights(e, &w->rights, true))
		return false;
	if (expr_word(e, "hw"))
		w->means = MEANS_HARDWARE;
	if (w->means == MEANS_HARDWARE && value_linear(&w->at) & (size - 1))
		return expr_fail(e, E_RANGE, "a debug register wants an address that is a multiple of %x",
				 (unsigned)size);
	if (w->means == MEANS_HARDWARE && w->rights == POINT_R)     /* it cannot tell */
		w->rights = POINT_R | POINT_W;
	if (w->rights == POINT_X)
		w->kind = POINT_EXEC;
	if (w->means == MEANS_HARDWARE && w->kind == POINT_EXEC && size != 1)
		return expr_fail(e, E_RANGE, "a debug register takes one byte of code, its instruction's first");
	return set_range(e, w, size);
}

static bool parse_range(struct expr *e, const struct point_parser *parser, struct point_words *w)
{
	struct range range = { .length = 1 };

	if (!expr_value(e, &range.at))
		return false;
	if (!parse_rights(e, &w->rights, true) && expr_more(e) && !expr_range_rest(e, 1, &range))
		return false;
	w->at = range.at;
	if (!need_rights(e, &w->rights, true) || !resolve(e, parser, w))
		return false;
	if (w->rights == POINT_X)
		w->kind = POINT_EXEC;
	return set_range(e, w, range.length);
}

/* The `-` of a range of ports would be taken for a minus: what is left of it is read as the difference. */
static bool parse_ports(struct expr *e, struct point_words *w)
{
	char text[EXPR_NAME_MAX * 2], *dash;
	struct expr first;

	if (!expr_more(e))
		return expr_fail(e, E_INVALID, "which port?");
	if (!expr_name(e, text, sizeof text, "-"))
		return expr_fail(e, E_INVALID, "`%.20s`: no port; 60, or 3f8-3ff", e->at);
	dash = strchr(text, '-');
	if (dash)
		*dash = 0;
	expr_begin(&first, e->env, text);
	if (!expr_number(&first, PORT_MAX, &w->first) || !expr_end(&first))
		return expr_fail(e, first.error, "%s", first.why);
	w->last = w->first;
	if (dash) {
		expr_begin(&first, e->env, dash + 1);
		if (!expr_number(&first, PORT_MAX, &w->last) || !expr_end(&first))
			return expr_fail(e, first.error, "%s", first.why);
	}
	if (w->last < w->first)
		return expr_fail(e, E_RANGE, "%x-%x: ends before it begins", (unsigned)w->first, (unsigned)w->last);
	return need_rights(e, &w->rights, false);
}

static bool at_number(struct expr *e)
{
	const char *at;

	if (!expr_more(e))
		return false;
	at = e->at;
	return strncmp(at, "if", 2) && strncmp(at, "count", 5) && strncmp(at, "do", 2);
}

static bool parse_one(struct expr *e, struct point_words *w, uint32_t max)
{
	if (!expr_number(e, max, &w->first))
		return false;
	w->last = w->first;
	return true;
}

static bool parse_interrupt(struct expr *e, struct point_words *w)
{
	uint32_t number;

	if (!parse_one(e, w, BYTE_MAX))
		return false;
	if (!at_number(e))
		return true;
	if (!expr_number(e, BYTE_MAX, &number))
		return false;
	w->ah = (uint16_t)number;
	if (!at_number(e))
		return true;
	if (!expr_number(e, BYTE_MAX, &number))
		return false;
	w->al = (uint16_t)number;
	return true;
}

static bool parse_what(struct expr *e, const char *name, const struct point_parser *parser, struct point_words *w)
{
	switch (w->kind) {
	case POINT_EXEC: return parse_code(e, parser, w);
	case POINT_MEMORY: return name[2] == 'm' ? parse_bytes(e, parser, w) : parse_range(e, parser, w);
	case POINT_PORT: return parse_ports(e, w);
	case POINT_INT: return parse_interrupt(e, w);
	case POINT_IRQ: return parse_one(e, w, IRQ_MAX);
	case POINT_EXCEPTION:
		w->last = EXCEPTIONS;
		return !at_number(e) || parse_one(e, w, EXCEPTIONS);
	default: return true;
	}
}

/* It is evaluated once to find its end and its mistakes, but for those that are the values'. */
static bool parse_condition(struct expr *e, struct point_words *w)
{
	uint32_t value;
	bool well;

	expr_more(e);
	w->condition = e->at;
	e->form_only = true;
	well = expr_number(e, ~0u, &value);
	e->form_only = false;
	if (!well)
		return false;
	w->condition_length = (size_t)(e->at - w->condition);
	return true;
}

static bool parse_commands(struct expr *e, struct point_words *w)
{
	size_t n = expr_more(e) ? expr_string(e, (uint8_t *)w->commands, sizeof w->commands) : 0;

	if (e->error)
		return false;
	if (!n)
		return expr_fail(e, E_INVALID, "do what? give commands in quotes");
	if (n == sizeof w->commands)
		return expr_fail(e, E_RANGE, "commands of more than %d characters", POINT_COMMANDS_MAX - 1);
	w->commands[n] = 0;
	return true;
}

bool point_parse(struct expr *e, const char *name, const struct point_parser *parser, struct point_words *w)
{
	memset(w, 0, sizeof *w);
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i].name, name))
			w->kind = names[i].kind;
	w->condition = "";
	w->count = 1;
	w->ah = w->al = POINT_ANY;
	if (!parse_what(e, name, parser, w))
		return false;
	while (expr_more(e)) {
		bool well;

		if (expr_word(e, "if"))
			well = parse_condition(e, w);
		else if (expr_word(e, "count"))
			well = expr_number(e, ~0u, &w->count) && (w->count || expr_fail(e, E_RANGE, "count 0; from 1"));
		else if (expr_word(e, "do"))
			well = parse_commands(e, w);
		else
			well = expr_end(e);
		if (!well)
			return false;
	}
	return true;
}

size_t point_size(const struct point_words *w)
{
	return sizeof(struct point) + w->condition_length + 1 + strlen(w->commands) + 1;
}

void point_init(struct point *p, const struct point_words *w)
{
	size_t length = w->condition_length;

	memset(p, 0, sizeof *p);
	p->kind = w->kind;
	p->means = w->means;
	p->rights = w->rights;
	p->at = w->at;
	p->first = w->first;
	p->last = w->last;
	p->ah = w->ah;
	p->al = w->al;
	p->count = w->count;
	p->enabled = true;
	memcpy(p->condition, w->condition, length);
	while (length && char_is_space((uint8_t)p->condition[length - 1]))
		length--;
	p->condition[length] = 0;
	p->commands = p->condition + length + 1;
	memcpy(p->commands, w->commands, strlen(w->commands) + 1);
}

static const char *rights_name(unsigned rights)
{
	return rights == POINT_R ? "r" : rights == POINT_W ? "w" : rights == POINT_X ? "x" : "rw";
}

static size_t what_text(const struct point *p, char *buf, size_t size)
{
	uint32_t length = p->last - p->first + 1;
	char at[24];

	value_text(&p->at, at, sizeof at);
	switch (p->kind) {
	case POINT_EXEC:
		if (length == 1)
			return fmt_buf(buf, size, "bpx %s%s", at, p->means == MEANS_FAST ? " fast" :
				       p->means == MEANS_HARDWARE ? " hw" : "");
		/* fallthrough */
	case POINT_MEMORY:
		if (p->means == MEANS_HARDWARE)
			return fmt_buf(buf, size, "bpm %s %x %s hw", at, (unsigned)length, rights_name(p->rights));
		return fmt_buf(buf, size, "bpr %s L %x %s", at, (unsigned)length, rights_name(p->rights));
	case POINT_PORT:
		if (length == 1)
			return fmt_buf(buf, size, "bpio %x %s", (unsigned)p->first, rights_name(p->rights));
		return fmt_buf(buf, size, "bpio %x-%x %s", (unsigned)p->first, (unsigned)p->last,
			       rights_name(p->rights));
	case POINT_INT:
		if (p->ah == POINT_ANY)
			return fmt_buf(buf, size, "bpint %x", (unsigned)p->first);
		if (p->al == POINT_ANY)
			return fmt_buf(buf, size, "bpint %x %x", (unsigned)p->first, p->ah);
		return fmt_buf(buf, size, "bpint %x %x %x", (unsigned)p->first, p->ah, p->al);
	case POINT_IRQ:
		return fmt_buf(buf, size, "bpirq %x", (unsigned)p->first);
	case POINT_EXCEPTION:
		if (length == 1)
			return fmt_buf(buf, size, "bpexc %x", (unsigned)p->first);
		/* fallthrough */
	default:
		for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
			if (names[i].kind == p->kind)
				return fmt_buf(buf, size, "%s", names[i].name);
	}
	return 0;
}

size_t point_text(const struct point *p, char *buf, size_t size)
{
	char count[16] = "", quote = strchr(p->commands, '"') ? '\'' : '"';
	char what[64];

	what_text(p, what, sizeof what);
	if (p->count > 1)
		fmt_buf(count, sizeof count, " count %x", (unsigned)p->count);
	if (!*p->commands)
		return fmt_buf(buf, size, "%s%s%s%s", what, *p->condition ? " if " : "", p->condition, count);
	return fmt_buf(buf, size, "%s%s%s%s do %c%s%c", what, *p->condition ? " if " : "", p->condition, count,
		       quote, p->commands, quote);
}

size_t point_access_text(const struct point_access *a, char *buf, size_t size)
{
	switch (a->kind) {
	case POINT_MEMORY:
		if (a->device)
			return fmt_buf(buf, size, "%%%08x %s by a device or for the BIOS, %0*x there, before %04x:%04x",
				       (unsigned)a->address, a->rights == POINT_W ? "written" : "read", a->size * 2,
				       (unsigned)a->value, a->cs, a->ip);
		if (a->behind)
			return fmt_buf(buf, size, "%%%08x %s, %0*x there, before %04x:%04x", (unsigned)a->address,
				       a->rights == POINT_W ? "written" : "touched", a->size * 2, (unsigned)a->value,
				       a->cs, a->ip);
		return fmt_buf(buf, size, "%04x:%04x %s %0*x %s %%%08x", a->cs, a->ip,
			       a->rights == POINT_W ? "wrote" : "read", a->size * 2, (unsigned)a->value,
			       a->rights == POINT_W ? "to" : "from", (unsigned)a->address);
	case POINT_PORT:
		return fmt_buf(buf, size, "%04x:%04x %s %0*x %s port %x", a->cs, a->ip,
			       a->rights == POINT_W ? "wrote" : "read", a->size * 2, (unsigned)a->value,
			       a->rights == POINT_W ? "to" : "from", (unsigned)a->address);
	case POINT_INT:
		return fmt_buf(buf, size, "interrupt %02x at %04x:%04x, ax=%04x", (unsigned)a->address, a->cs, a->ip,
			       (unsigned)a->value & PORT_MAX);
	case POINT_IRQ:
		return fmt_buf(buf, size, "irq %x, vector %02x, at %04x:%04x", (unsigned)a->address,
			       (unsigned)a->value, a->cs, a->ip);
	case POINT_EXCEPTION:
		return fmt_buf(buf, size, "exception %02x at %04x:%04x", (unsigned)a->address, a->cs, a->ip);
	case POINT_MODE:
		return fmt_buf(buf, size, "cr0=%08x at %04x:%04x", (unsigned)a->value, a->cs, a->ip);
	case POINT_HALT:
		return fmt_buf(buf, size, "halt with interrupts off at %04x:%04x", a->cs, a->ip);
	default:
		return fmt_buf(buf, size, "%04x:%04x", a->cs, a->ip);
	}
}

/* --- lists ------------------------------------------------------------------------------------------ */

static unsigned free_number(const struct list *points)
{
	unsigned number = 0;

	list_for(it, points) {
		if (list_item(it, struct point, link)->number != number)
			break;
		number++;
	}
	return number;
}

void points_insert(struct list *points, struct point *p)
{
	struct list *at = points->next;

	p->number = free_number(points);
	while (at != points && list_item(at, struct point, link)->number < p->number)
		at = at->next;
	list_add(at, &p->link);
}

struct point *points_find(struct list *points, unsigned number)
{
	list_for(it, points)
		if (list_item(it, struct point, link)->number == number)
			return list_item(it, struct point, link);
	return NULL;
}

bool points_have(struct list *points, enum point_kind kind)
{
	list_for(it, points) {
		const struct point *p = list_item(it, struct point, link);

		if (p->enabled && p->kind == kind)
			return true;
	}
	return false;
}

/* --- hits ------------------------------------------------------------------------------------------- */

/* [first, last] of p and `size` bytes at `address` have one in common. What is said as a physical
 * address is not changed by the gate; an access is. */
static bool meets(const struct point *p, uint32_t address, uint32_t size, bool a20)
{
	uint32_t first = p->first;

	if (p->kind != POINT_EXEC && p->kind != POINT_MEMORY)
		return address <= p->last && address + size > p->first;
	if (!a20) {
		address &= ~(uint32_t)POINT_A20;
		if (p->at.kind != VALUE_PHYSICAL)
			first &= ~(uint32_t)POINT_A20;
	}
	return address - first <= p->last - p->first || first - address < size;
}

static bool value_fits(const struct point *p, const struct point_access *a)
{
	return p->kind != POINT_INT || ((p->ah == POINT_ANY || p->ah == (a->value >> 8 & BYTE_MAX)) &&
					(p->al == POINT_ANY || p->al == (a->value & BYTE_MAX)));
}

bool points_touch(struct list *points, const struct point_access *a, bool a20)
{
	bool any = false;

	list_for(it, points) {
		struct point *p = list_item(it, struct point, link);

		if (!p->enabled || p->kind != a->kind || p->touched)
			continue;
		if (p->rights && !(p->rights & a->rights))
			continue;
		if (!meets(p, a->address, a->size, a20) || !value_fits(p, a))
			continue;
		p->access = *a;
		p->touched = any = true;
	}
	return any;
}

bool points_touch_block(struct list *points, const struct point_access *a, const uint8_t *bytes, size_t size, bool a20)
{
	bool any = false;

	list_for(it, points) {
		struct point *p = list_item(it, struct point, link);
		uint32_t moved = a20 || p->at.kind == VALUE_PHYSICAL ? 0 : p->first & POINT_A20;
		uint32_t first = MAX(p->first - moved, a->address);
		uint32_t last = MIN(p->last - moved, a->address + (uint32_t)size - 1);

		if (!p->enabled || p->kind != POINT_MEMORY || !(p->rights & a->rights) || p->touched || first > last)
			continue;
		p->access = *a;
		p->access.address = first;
		p->access.size = last - first >= 3 ? 4 : last > first ? 2 : 1;
		memcpy(&p->access.value, bytes + (first - a->address), p->access.size);
		p->touched = any = true;
	}
	return any;
}

bool points_touch_slots(struct list *points, unsigned slots, const struct point_access *a)
{
	bool any = false;

	list_for(it, points) {
		struct point *p = list_item(it, struct point, link);

		if (!p->enabled || p->means != MEANS_HARDWARE || p->kind != POINT_MEMORY || p->touched ||
		    !(slots >> p->slot & 1))
			continue;
		p->access = *a;
		p->access.address = p->first;
		p->access.size = (uint8_t)(p->last - p->first + 1);
		p->access.rights = p->rights;
		p->touched = any = true;
	}
	return any;
}

/* Intel 80386 Programmer's Reference Manual, "Debug Control Register (DR7)". */
bool points_hardware(struct list *points, uint32_t addresses[POINT_HARDWARE_MAX], uint32_t *control)
{
	unsigned slot = 0;

	*control = 0;
	list_for(it, points) {
		struct point *p = list_item(it, struct point, link);
		uint32_t length = p->last - p->first;
		uint32_t kind = p->kind == POINT_EXEC ? DR7_CODE : p->rights == POINT_W ? DR7_WRITE : DR7_ACCESS;

		if (!p->enabled || p->means != MEANS_HARDWARE)
			continue;
		if (slot == POINT_HARDWARE_MAX)
			return false;
		p->slot = (uint8_t)slot;
		addresses[slot] = p->first;
		*control |= DR7_FIXED | 1u << slot * 2 | (length << 2 | kind) << (DR7_KINDS + slot * 4);
		slot++;
	}
	return true;
}

bool point_unbarred(const struct point *p)
{
	return p->enabled && p->kind == POINT_EXEC && p->means != MEANS_EXACT;
}

bool point_executes(const struct point *p, uint32_t linear, bool a20)
{
	return p->enabled && p->kind == POINT_EXEC && meets(p, linear, 1, a20);
}

/* --- pages ------------------------------------------------------------------------------------------ */

void points_bar_page(uint32_t linear, bool physical, uint8_t *bars, uint8_t bar)
{
	if (linear / POINT_PAGE < POINT_PAGES)
		bars[linear / POINT_PAGE] |= bar;
	linear &= ~(uint32_t)POINT_A20;
	if (!physical && linear / POINT_PAGE < POINT_PAGES)
		bars[linear / POINT_PAGE] |= bar;
}

static uint8_t bar_of(const struct point *p, const struct point_bars *kinds)
{
	if (p->means != MEANS_EXACT)
		return p->means == MEANS_HARDWARE && p->kind == POINT_MEMORY ? kinds->hardware : 0;
	if (p->kind == POINT_EXEC)
		return kinds->code;
	return p->rights == POINT_W ? kinds->write : kinds->access;
}

void points_bar(struct list *points, uint8_t *bars, const struct point_bars *kinds)
{
	list_for(it, points) {
		const struct point *p = list_item(it, struct point, link);
		uint8_t bar = bar_of(p, kinds);

		if (!p->enabled)
			continue;
		if (p->kind == POINT_INT)      /* the vector's table: whoever goes through it is seen */
			bars[0] |= kinds->code;
		if (p->kind != POINT_EXEC && p->kind != POINT_MEMORY)
			continue;
		for (uint32_t page = p->first / POINT_PAGE; page <= p->last / POINT_PAGE && page < 2 * POINT_PAGES; page++)
			points_bar_page(page * POINT_PAGE, p->at.kind == VALUE_PHYSICAL, bars, bar);
	}
}
