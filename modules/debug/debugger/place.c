/* Memory and registers of a machine, or of the monitor itself.
 *
 * Looking has no side effects: devices' memory that cannot be read without some reads as
 * nothing. The monitor's own memory is read under cpu_try(), so that a wrong address is
 * answered and not a crash. */
#include "debugger.h"

#include <base/mem.h>
#include <kern/cpu.h>

enum { SETTABLE_FLAGS = 0x7FD5, SELECTOR_INDEX = 0xFFF8, SELECTOR_LDT = 4, SELECTOR_LAST = 7 };

/* --- registers ---------------------------------------------------------------------------------- */

struct vcpu *place_cpu(const struct place *p)
{
	return p->m ? machine_cpu(p->m) : self_cpu(p->own);
}

bool place_stands(const struct place *p)
{
	enum machine_state state;

	if (p->own || !p->m)
		return true;
	state = machine_state(p->m);
	return state == MACHINE_PAUSED || state == MACHINE_STOPPED;
}

static bool general_find(struct vcpu *cpu, const char *name, struct reg_ref *ref)
{
	static const char names[8][4] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" };
	static const char bytes[8][3] = { "al", "cl", "dl", "bl", "ah", "ch", "dh", "bh" };

	for (unsigned i = 0; i < 8; i++) {
		if (!strcmp(name, names[i]) || !strcmp(name, names[i] + 1)) {
			*ref = (struct reg_ref){ vcpu_reg(cpu, i), 0, *name == 'e' ? 4 : 2, X86_SEGS };
			return true;
		}
		if (!strcmp(name, bytes[i])) {
			*ref = (struct reg_ref){ vcpu_reg(cpu, i & 3), i & 4 ? 8 : 0, 1, X86_SEGS };
			return true;
		}
	}
	return false;
}

bool register_find(struct vcpu *cpu, const char *name, struct reg_ref *ref)
{
	static const char segments[X86_SEGS][3] = { "es", "cs", "ss", "ds", "fs", "gs" };
	const struct { char name[7]; uint8_t size; uint32_t *word; } others[] = {
		{ "eip", 4, &cpu->frame.eip }, { "ip", 2, &cpu->frame.eip },
		{ "efl", 4, &cpu->frame.eflags }, { "eflags", 4, &cpu->frame.eflags },
		{ "fl", 2, &cpu->frame.eflags }, { "flags", 2, &cpu->frame.eflags },
		{ "cr0", 4, &cpu->cr0 }, { "cr2", 4, &cpu->cr2 }, { "cr3", 4, &cpu->cr3 }, { "cr4", 4, &cpu->cr4 },
	};

	if (general_find(cpu, name, ref))
		return true;
	for (unsigned i = 0; i < X86_SEGS; i++) {
		if (!strcmp(name, segments[i])) {
			*ref = (struct reg_ref){ vcpu_selector(cpu, i), 0, 2, (uint8_t)i };
			return true;
		}
	}
	for (unsigned i = 0; i < ARRAY_SIZE(others); i++) {
		if (!strcmp(name, others[i].name)) {
			*ref = (struct reg_ref){ others[i].word, 0, others[i].size, X86_SEGS };
			return true;
		}
	}
	return false;
}

bool flag_find(const char *name, uint32_t *flag)
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

static uint32_t register_mask(const struct reg_ref *ref)
{
	return ref->size == 4 ? ~0u : (1u << ref->size * 8) - 1;
}

void register_set(struct vcpu *cpu, const struct reg_ref *ref, uint32_t value)
{
	uint32_t mask = register_mask(ref) << ref->shift;

	*ref->word = (*ref->word & ~mask) | (value << ref->shift & mask);
	if (ref->seg < X86_SEGS)
		cpu->seg[ref->seg].base = *ref->word << 4;
	if (ref->word == &cpu->frame.eflags)
		*ref->word = (*ref->word & SETTABLE_FLAGS) | X86_FLAG_ONE;
}

static int monitor_register(const char *name, uint32_t *value)
{
	if (!strcmp(name, "cr0"))
		__asm__ volatile("mov %%cr0, %0" : "=r"(*value));
	else if (!strcmp(name, "cr2"))
		__asm__ volatile("mov %%cr2, %0" : "=r"(*value));
	else if (!strcmp(name, "cr3"))
		__asm__ volatile("mov %%cr3, %0" : "=r"(*value));
	else
		return E_NOT_FOUND;
	return E_OK;
}

static int env_reg(void *ctx, const char *name, uint32_t *value, char *why)
{
	struct place *p = ctx;
	struct vcpu *cpu = place_cpu(p);
	struct reg_ref ref;
	bool marked = *name == '@';
	uint32_t flag = 0, number;

	name += marked;
	if (!cpu)
		return monitor_register(name, value);
	if (!register_find(cpu, name, &ref) &&
	    (!flag_find(name, &flag) || (!marked && expr_parse_number(name, strlen(name), &number) == E_OK)))
		return E_NOT_FOUND;
	if (!place_stands(p)) {
		fmt_buf(why, EXPR_WHY_MAX, "%s: runs, so its registers cannot be read; vm pause %s first",
			machine_name(p->m), machine_name(p->m));
		return E_BUSY;
	}
	*value = flag ? (cpu->frame.eflags & flag) != 0 : *ref.word >> ref.shift & register_mask(&ref);
	return E_OK;
}

/* --- addresses ------------------------------------------------------------------------------------- */

/* Selectors are what they are in protected mode. */
static bool is_protected(const struct place *p)
{
	const struct vcpu *cpu = p->m ? machine_cpu(p->m) : NULL;

	return !cpu || ((cpu->cr0 & X86_CR0_PE) && !(cpu->frame.eflags & X86_VM));
}

/* The table that a selector is of. */
static void descriptor_table(struct place *p, unsigned selector, uint32_t *base, uint32_t *limit)
{
	struct { uint16_t limit; uint32_t base; } __attribute__((packed)) gdtr;
	const struct vcpu *cpu;

	if (!p->m) {
		__asm__ volatile("sgdt %0" : "=m"(gdtr));
		*base = gdtr.base;
		*limit = selector & SELECTOR_LDT ? 0 : gdtr.limit;
		return;
	}
	cpu = machine_cpu(p->m);
	*base = selector & SELECTOR_LDT ? cpu->ldtr.base : cpu->gdtr.base;
	*limit = selector & SELECTOR_LDT ? cpu->ldtr.limit : cpu->gdtr.limit;
}

/* A segment that a register of the machine's holds is where it was when that was loaded. */
static bool loaded_segment(struct place *p, struct value *at)
{
	struct vcpu *cpu = p->m ? machine_cpu(p->m) : NULL;

	for (unsigned i = 0; cpu && i < X86_SEGS; i++) {
		if ((uint16_t)*vcpu_selector(cpu, i) != at->segment || at->number > cpu->seg[i].limit)
			continue;
		*at = (struct value){ VALUE_LINEAR, at->segment, cpu->seg[i].base + at->number };
		return true;
	}
	return false;
}

/* `selector:offset` becomes a linear address. */
static int through_descriptor(struct place *p, struct value *at, char *why)
{
	uint32_t base, limit, entry[2];
	struct value there = { .kind = VALUE_LINEAR };
	const char *refused = NULL;

	if (loaded_segment(p, at))
		return E_OK;
	descriptor_table(p, at->segment, &base, &limit);
	there.number = base + (at->segment & SELECTOR_INDEX);
	if (!(at->segment & (SELECTOR_INDEX | SELECTOR_LDT)))
		refused = "the null selector";
	else if ((at->segment | SELECTOR_LAST) > limit)
		refused = at->segment & SELECTOR_LDT ? "beyond the LDT" : "beyond the GDT";
	else if (place_peek(p, &there, entry, sizeof entry) != (1u << sizeof entry) - 1)
		refused = "its descriptor cannot be read";
	else
		refused = descriptor_refuses(entry[0], entry[1], at->number);
	if (refused) {
		fmt_buf(why, EXPR_WHY_MAX, "selector %04x: %s", at->segment, refused);
		return E_INVALID;
	}
	*at = (struct value){ VALUE_LINEAR, at->segment, descriptor_base(entry[0], entry[1]) + at->number };
	return E_OK;
}

int place_address(struct place *p, struct value *at, unsigned seg, char *why)
{
	if (at->kind == VALUE_LOGICAL && is_protected(p))
		return through_descriptor(p, at, why);
	if (at->kind != VALUE_NUMBER)
		return E_OK;
	if (!p->m) {
		at->kind = VALUE_LINEAR;
		return E_OK;
	}
	if (!place_stands(p)) {
		fmt_buf(why, EXPR_WHY_MAX, "%s: runs, so its segments are not known; give segment and offset",
			machine_name(p->m));
		return E_BUSY;
	}
	if (at->number > OFFSET_MASK && !is_protected(p)) {
		fmt_buf(why, EXPR_WHY_MAX, "%x: an offset beyond FFFF; %%%x is the linear address",
			(unsigned)at->number, (unsigned)at->number);
		return E_RANGE;
	}
	at->kind = VALUE_LOGICAL;
	at->segment = (uint16_t)*vcpu_selector(machine_cpu(p->m), seg);
	return is_protected(p) ? through_descriptor(p, at, why) : E_OK;
}

struct value place_code(struct place *p)
{
	const struct vcpu *cpu = place_cpu(p);

	if (is_protected(p))
		return (struct value){ .kind = VALUE_LINEAR, .number = cpu->seg[X86_CS].base + cpu->frame.eip };
	return (struct value){ VALUE_LOGICAL, (uint16_t)cpu->frame.cs, cpu->frame.eip & OFFSET_MASK };
}

gpa_t place_physical(struct place *p, const struct value *at)
{
	uint32_t linear = value_linear(at);

	return at->kind == VALUE_PHYSICAL || !p->m ? linear : machine_a20(p->m, linear);
}

struct kind_search {
	gpa_t gpa;
	const char *kind, *owner;
};

static void kind_here(void *ctx, const struct memory_view *view)
{
	struct kind_search *search = ctx;

	if (search->gpa >= view->first && search->gpa <= view->last) {
		search->kind = view->kind;
		search->owner = view->owner;
	}
}

const char *place_kind(struct machine *m, gpa_t gpa, const char **owner)
{
	struct kind_search search = { gpa, NULL, "" };

	machine_each_region(m, kind_here, &search);
	if (owner)
		*owner = search.owner;
	return search.kind;
}

/* --- memory ------------------------------------------------------------------------------------------ */

struct copying {
	void *to;
	const void *from;
	unsigned n;
};

static void copy(void *arg)
{
	const struct copying *c = arg;

	memcpy(c->to, c->from, c->n);
}

/* Where the monitor reaches it; NULL: nowhere. */
static void *monitor_pointer(const struct value *at)
{
	if (at->kind != VALUE_PHYSICAL)
		return (void *)(uintptr_t)at->number;
	return at->number < DIRECT_MAP_SIZE ? paddr_to_virt(at->number) : NULL;
}

static bool monitor_copy(const struct value *at, void *buf, unsigned n, bool write)
{
	uint8_t *there = monitor_pointer(at);
	struct copying c = { write ? there : buf, write ? buf : there, n };

	return (there || at->kind != VALUE_PHYSICAL) && !cpu_try(copy, &c);
}

static bool peek_run(struct place *p, const struct value *at, void *to, unsigned n)
{
	gpa_t gpa = place_physical(p, at);

	if (!p->m)
		return monitor_copy(at, to, n, false);
	/* A physical address that the A20 gate would change lies in plain RAM or nowhere. */
	if (machine_a20(p->m, gpa) != gpa)
		return place_kind(p->m, gpa, NULL) && machine_read_physical(p->m, gpa, to, n) == E_OK;
	if (machine_read(p->m, gpa, to, n, MACHINE_PEEK))
		return false;
	watch_hide(p->m, gpa, to, n);
	return true;
}

uint32_t place_peek(struct place *p, const struct value *at, void *to, unsigned n)
{
	bool wraps = at->kind == VALUE_LOGICAL && at->number + n > OFFSET_MASK + 1;
	struct value here = *at;
	uint32_t valid = 0;

	memset(to, 0, n);
	if (!wraps && peek_run(p, at, to, n))
		return n < 32 ? (1u << n) - 1 : ~0u;
	for (unsigned i = 0; i < n; i++, value_advance(&here, 1))
		if (peek_run(p, &here, (uint8_t *)to + i, 1))
			valid |= 1u << i;
	return valid;
}

static bool poke_byte(struct place *p, const struct value *at, uint8_t byte)
{
	gpa_t gpa = place_physical(p, at);

	if (!p->m)
		return monitor_copy(at, &byte, 1, true);
	if (machine_a20(p->m, gpa) != gpa)
		return machine_write_physical(p->m, gpa, &byte, 1) == E_OK;
	return watch_poke(p->m, gpa, byte) || machine_write(p->m, gpa, &byte, 1, MACHINE_POKE) == E_OK;
}

int place_poke(struct place *p, const struct value *at, const void *from, unsigned n)
{
	struct value here = *at;
	uint8_t old;

	for (unsigned i = 0; i < n; i++, value_advance(&here, 1))
		if (!place_peek(p, &here, &old, 1))
			return E_FAULT;
	here = *at;
	for (unsigned i = 0; i < n; i++, value_advance(&here, 1))
		if (!poke_byte(p, &here, ((const uint8_t *)from)[i]))
			return E_NO_MEMORY;
	return E_OK;
}

static int env_read(void *ctx, const struct value *at, unsigned size, uint32_t *value, char *why)
{
	struct place *p = ctx;
	struct value where = *at;
	char text[ADDRESS_TEXT_MAX];
	int error = place_address(p, &where, X86_DS, why);

	if (error)
		return error;
	*value = 0;
	if (place_peek(p, &where, value, size) == (1u << size) - 1)
		return E_OK;
	value_text(&where, text, sizeof text);
	fmt_buf(why, EXPR_WHY_MAX, "%s: there is no memory that can be read", text);
	return E_FAULT;
}

static bool env_symbol(void *ctx, const char *name, struct value *value)
{
	return symbol_find(((struct place *)ctx)->m, name, value);
}

struct expr_env place_env(struct place *p)
{
	return (struct expr_env){ env_reg, env_read, p, is_protected(p) ? 4 : 2, env_symbol };
}
