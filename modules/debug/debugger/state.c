/* Commands for registers, numbers and ports: r, rs, ?, i, o. */
#include "debugger.h"

#include <base/mem.h>
#include <kern/cpu.h>
#include <kern/irq.h>

enum { PORT_MAX = 0xFFFF, FIRST_MB = 0x100000 };

/* --- r, rs ------------------------------------------------------------------------------------------ */

static int set_flag(struct dbg *d, uint32_t flag)
{
	uint32_t *eflags = &place_cpu(&d->place)->frame.eflags, value;

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

	if (!d->m && !self_settable(ref->word))
		return dbg_fail(d, E_UNSUPPORTED, "the monitor could not go on with another one");
	if (!expr_number(&d->args, ref->size == 4 ? ~0u : (1u << ref->size * 8) - 1, &value))
		return dbg_bad(d);
	if (dbg_end(d))
		return E_INVALID;
	register_set(place_cpu(&d->place), ref, value);
	return E_OK;
}

static int one_register(struct dbg *d)
{
	struct vcpu *cpu = place_cpu(&d->place);
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

/* Of the monitor, which stands: another word than a register's is a task's name. */
static bool is_task(struct dbg *d)
{
	const char *at = d->args.at;
	struct reg_ref ref;
	uint32_t flag;
	char name[EXPR_NAME_MAX];
	bool is_register;

	if (!expr_more(&d->args) || !expr_name(&d->args, name, sizeof name, "-"))
		return false;
	is_register = register_find(self_cpu(false), name, &ref) || flag_find(name, &flag);
	d->args.at = at;
	return !is_register;
}

int run_r(struct dbg *d)
{
	int error;

	if (!d->m && (!self_cpu(false) || is_task(d)))
		return monitor_registers(d);
	error = dbg_standing(d);
	if (error)
		return error;
	if (expr_more(&d->args))
		return one_register(d);
	struct registers now;
	char line[TEXT_LINE_MAX];
	struct value at = place_code(&d->place);

	registers_take(&now, place_cpu(&d->place));
	for (unsigned i = 0; text_registers(line, sizeof line, i, &now,
					    d->seat && d->seat->last_valid ? &d->seat->last : NULL); i++)
		SAY(d, "%s\n", line);
	show_instruction(d, &at, code_bits(d));
	return E_OK;
}

/* The numbers only if there are any. */
static void show_x87(struct dbg *d)
{
	struct vcpu_x87 *x87 = &machine_cpu(d->m)->x87;
	char line[TEXT_LINE_MAX];

	fpu_save(x87);
	for (unsigned i = 0; text_x87(line, sizeof line, i, x87->image); i++)
		if (!i || !strstr(line, "empty"))
			SAY(d, "%s\n", line);
}

int run_rs(struct dbg *d)
{
	static const char segments[X86_SEGS][3] = { "es", "cs", "ss", "ds", "fs", "gs" };
	char flags[FLAGS_TEXT_MAX];
	const struct vcpu *cpu;
	int error;

	if (!d->m)
		return monitor_segments(d);
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
	    machine_a20(d->m, FIRST_MB) ? "open" : "shut", cpu->halted ? ", halted" : "",
	    cpu->interrupt_shadow ? ", interrupts wait for one instruction" : "");
	show_x87(d);
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

/* The same place through the segment registers that reach it, and through the paragraph it lies in. */
static void show_logical(struct dbg *d, uint32_t linear)
{
	static const char names[X86_SEGS][3] = { "es", "cs", "ss", "ds", "fs", "gs" };
	struct vcpu *cpu = machine_cpu(d->m);

	if (linear >> 4 <= OFFSET_MASK)
		SAY(d, "%04x:%04x", (unsigned)linear >> 4, (unsigned)linear & 15);
	else if (linear - (OFFSET_MASK << 4) <= OFFSET_MASK)
		SAY(d, "ffff:%04x", (unsigned)(linear - (OFFSET_MASK << 4)));
	if (place_stands(&d->place))
		for (unsigned i = 0; i < X86_SEGS; i++)
			if (linear - cpu->seg[i].base <= OFFSET_MASK)
				SAY(d, " %s:%04x", names[i], (unsigned)(linear - cpu->seg[i].base));
	SAY(d, "\n");
}

/* Logical, linear, physical, what is there, and back. */
static void show_address(struct dbg *d, const struct value *at)
{
	const char *kind, *owner = "";
	char name[SYMBOL_MAX];
	gpa_t gpa = place_physical(&d->place, at);

	print_address(d, at);
	if (at->kind == VALUE_LOGICAL)
		SAY(d, " = %%%08x", (unsigned)value_linear(at));
	if (!d->m) {
		monitor_address(d, at);
		return;
	}
	kind = place_kind(d->m, gpa, &owner);
	SAY(d, " = !%08x  %s%s%s%s%s\n", (unsigned)gpa, kind ? kind : "nothing", *owner ? " " : "", owner,
	    symbol_at(d, at, name, sizeof name) ? "  " : "", symbol_at(d, at, name, sizeof name) ? name : "");
	show_logical(d, value_linear(at));
}

/* As a number without a sign and, where it has one in a byte, word or double word, with it. */
static void show_number(struct dbg *d, uint32_t n)
{
	int32_t with_sign = n <= 0xFF ? (int8_t)n : n <= 0xFFFF ? (int16_t)n : (int32_t)n;

	SAY(d, "%08x  %u", (unsigned)n, (unsigned)n);
	if (with_sign < 0)
		SAY(d, "  %d", (int)with_sign);
	SAY(d, "  0o%o  0b%b", (unsigned)n, (unsigned)n);
	show_characters(d, n);
}

int run_calculate(struct dbg *d)
{
	struct value v;

	if (!expr_value(&d->args, &v))
		return dbg_bad(d);
	if (dbg_end(d))
		return E_INVALID;
	if (v.kind != VALUE_NUMBER)
		show_address(d, &v);
	show_number(d, value_linear(&v));
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
