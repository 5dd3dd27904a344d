/* String instructions, repeated or not, ports included.
 *
 * A repeated instruction runs until it ends, faults or has used up its budget; the registers
 * always show the iterations that are complete, and EIP stays at it in the latter two cases,
 * as when an interrupt comes between two iterations on silicon. Where the bus offers windows
 * into ordinary memory, forward MOVS, STOS, INS and OUTS move runs of elements at once; MOVS and STOS
 * do so in a device's memory, too, if the bus can.
 *
 * DIFFERS: silicon checks INS's destination before it reads the port; here that holds for
 * memory with a window and for the segment limit, but where the bus can only be asked to write,
 * a fault comes after the port was read. */
#include <base/mem.h>
#include "core.h"

enum { FILL_WEIGHT = 8 };

struct string {
	unsigned size;           /* of an element */
	uint32_t mask;           /* of the address size */
	uint32_t si, di, count;
	uint32_t flags;          /* of the last comparison */
	uint16_t port;
};

static uint32_t moved(const struct exec *x, const struct string *s, uint32_t offset, uint32_t n)
{
	uint32_t distance = n * s->size;

	return (x->cpu->frame.eflags & X86_DF ? offset - distance : offset + distance) & s->mask;
}

static bool read_source(struct exec *x, const struct string *s, uint32_t *value)
{
	return exec_read(x, x->insn->seg, s->si, s->size, value);
}

static bool read_destination(struct exec *x, const struct string *s, uint32_t *value)
{
	return exec_read(x, X86_ES, s->di, s->size, value);
}

static bool write_destination(struct exec *x, const struct string *s, uint32_t value)
{
	return exec_write(x, X86_ES, s->di, s->size, value);
}

static bool step_ins(struct exec *x, const struct string *s)
{
	uint32_t linear, value;

	return exec_linear(x, X86_ES, s->di, s->size, &linear) &&
	       x->bus->in(x->bus->of, s->port, s->size, &value, &x->out->fault) &&
	       x->bus->write(x->bus->of, linear, s->size, value & size_mask(s->size), &x->out->fault);
}

static bool step_outs(struct exec *x, const struct string *s)
{
	uint32_t value;

	return read_source(x, s, &value) &&
	       x->bus->out(x->bus->of, s->port, s->size, value, &x->out->fault);
}

/* One iteration, but for moving the pointers. */
static bool step(struct exec *x, struct string *s)
{
	uint32_t a = exec_reg_get(x->cpu, X86_EAX, s->size), b, difference;

	switch (x->insn->op) {
	case X86_OP_MOVS:
		return read_source(x, s, &a) && write_destination(x, s, a);
	case X86_OP_STOS:
		return write_destination(x, s, a);
	case X86_OP_LODS:
		if (!read_source(x, s, &a))
			return false;
		exec_reg_put(x->cpu, X86_EAX, s->size, a);
		return true;
	case X86_OP_CMPS:
		if (!read_source(x, s, &a))
			return false;
		/* fall through */
	case X86_OP_SCAS:
		if (!read_destination(x, s, &b))
			return false;
		s->flags = exec_flags_sub(a, b, 0, s->size, &difference);
		flags_set(x, X86_ARITHMETIC_FLAGS, s->flags);
		return true;
	case X86_OP_INS:
		return step_ins(x, s);
	default:
		return step_outs(x, s);
	}
}

/* Elements from `offset` on before the segment ends or the offset wraps. */
static uint32_t room_in(const struct exec *x, const struct string *s, unsigned seg, uint32_t offset)
{
	const struct vcpu_seg *hidden = &x->cpu->seg[seg];
	uint32_t last = hidden->limit < s->mask ? hidden->limit : s->mask;

	if (offset > last)
		return 0;
	return (last - offset) / s->size + ((last - offset) % s->size == s->size - 1);
}

/* Memory that can be touched directly for as many of *n elements at `offset` as there are
 * before the segment, the offset's wrap or the window ends; *n is cut to that. */
static uint8_t *run(struct exec *x, const struct string *s, unsigned seg, uint32_t offset,
		    bool write, uint32_t *n)
{
	uint32_t length = 0, room = room_in(x, s, seg, offset);
	uint8_t *window;

	if (!room)
		return NULL;
	window = x->bus->window(x->bus->of, x->cpu->seg[seg].base + offset, write, &length);
	if (!window)
		return NULL;
	if (length / s->size < room)
		room = length / s->size;
	if (room < *n)
		*n = room;
	return *n ? window : NULL;
}

/* The same for what has no window: the bus does the run. How many elements it did. */
static uint32_t device_run(struct exec *x, const struct string *s, enum x86_run_kind kind, uint8_t *bytes, uint32_t n)
{
	struct x86_run run = { .kind = (uint8_t)kind, .size = (uint8_t)s->size, .bytes = bytes,
			       .value = x->cpu->frame.eax };
	uint32_t to = room_in(x, s, X86_ES, s->di), from = room_in(x, s, x->insn->seg, s->si);
	bool at_source = kind == X86_RUN_READ;

	if (!x->bus->run)
		return 0;
	run.at = at_source ? x->cpu->seg[x->insn->seg].base + s->si : x->cpu->seg[X86_ES].base + s->di;
	run.from = x->cpu->seg[x->insn->seg].base + s->si;
	run.count = at_source ? from : to;
	if (kind == X86_RUN_COPY && from < run.count)
		run.count = from;
	if (n < run.count)
		run.count = n;
	return run.count ? x->bus->run(x->bus->of, &run) : 0;
}

/* A forward copy element by element repeats what it wrote itself: fills rely on that. */
static void copy_up(uint8_t *to, const uint8_t *from, unsigned size, uint32_t n)
{
	if (to <= from || to >= from + n * size) {
		memmove(to, from, n * size);
		return;
	}
	for (; n; n--, to += size, from += size)
		memmove(to, from, size);
}

static void fill_up(uint8_t *to, uint32_t value, unsigned size, uint32_t n)
{
	if (size == 1) {
		memset(to, (int)value, n);
	} else if (size == 2) {
		for (uint16_t v = (uint16_t)value; n; n--, to += 2)
			__builtin_memcpy(to, &v, 2);
	} else {
		for (; n; n--, to += 4)
			__builtin_memcpy(to, &value, 4);
	}
}

/* The bus may cut it meanwhile. */
static uint32_t budget_of(const struct exec *x)
{
	if (x->cpu->frame.eflags & X86_TF)
		return 1;
	return x->bus->rep_budget ? x->bus->rep_budget : X86_REP_BUDGET;
}

/* Ports one element after the other, memory directly. A refusal ends the run early; that it is
 * met again by the next step tells it from an end. */
static uint32_t in_run(struct exec *x, const struct string *s, uint8_t *to, uint32_t n)
{
	const struct x86_bus *bus = x->bus;
	unsigned size = s->size;
	uint32_t done = 0, value;

	if (bus->ins)
		done = bus->ins(bus->of, s->port, size, to, n);
	if (done)
		return done;
	for (; done < n && done < budget_of(x); done++, to += size) {
		if (!bus->in(bus->of, s->port, size, &value, &x->out->fault))
			break;
		if (size == 2)
			__builtin_memcpy(to, &value, 2);
		else if (size == 4)
			__builtin_memcpy(to, &value, 4);
		else
			*to = (uint8_t)value;
	}
	return done;
}

static uint32_t out_run(struct exec *x, const struct string *s, const uint8_t *from, uint32_t n)
{
	const struct x86_bus *bus = x->bus;
	uint32_t done = 0;

	if (bus->outs)
		done = bus->outs(bus->of, s->port, s->size, from, n);
	if (done)
		return done;
	for (; done < n && done < budget_of(x); done++, from += s->size) {
		uint32_t value = 0;

		memcpy(&value, from, s->size);
		if (!bus->out(bus->of, s->port, s->size, value, &x->out->fault))
			break;
	}
	return done;
}

/* A limit that one side's window sets holds for the other, too. */
static uint32_t movs_run(struct exec *x, const struct string *s, uint32_t n)
{
	uint8_t *from = run(x, s, x->insn->seg, s->si, false, &n), *to = run(x, s, X86_ES, s->di, true, &n);

	if (from && to) {
		copy_up(to, from, s->size, n);
		return n;
	}
	return device_run(x, s, from ? X86_RUN_WRITE : to ? X86_RUN_READ : X86_RUN_COPY, from ? from : to, n);
}

/* Filling is quick: more of it makes an iteration of the budget. */
static uint32_t stos_run(struct exec *x, const struct string *s, uint32_t n)
{
	uint8_t *to = run(x, s, X86_ES, s->di, true, &n);

	if (!to && n * FILL_WEIGHT < s->count)
		return device_run(x, s, X86_RUN_FILL, NULL, n * FILL_WEIGHT);
	if (!to)
		return device_run(x, s, X86_RUN_FILL, NULL, s->count);
	fill_up(to, x->cpu->frame.eax, s->size, n);
	return n;
}

/* Up to `n` iterations at once. Returns how many; 0 where it has to go step by step. */
static uint32_t bulk(struct exec *x, struct string *s, uint32_t n)
{
	uint8_t *to, *from;

	if (n < 2 || !x->bus->window || (x->cpu->frame.eflags & X86_DF))
		return 0;
	switch (x->insn->op) {
	case X86_OP_MOVS:
		return movs_run(x, s, n);
	case X86_OP_STOS:
		return stos_run(x, s, n);
	case X86_OP_INS:
		to = run(x, s, X86_ES, s->di, true, &n);
		return to ? in_run(x, s, to, n) : 0;
	case X86_OP_OUTS:
		from = run(x, s, x->insn->seg, s->si, false, &n);
		return from ? out_run(x, s, from, n) : 0;
	}
	return 0;
}

static bool uses_source(unsigned op)
{
	return op == X86_OP_MOVS || op == X86_OP_CMPS || op == X86_OP_LODS || op == X86_OP_OUTS;
}

static bool uses_destination(unsigned op)
{
	return op != X86_OP_LODS && op != X86_OP_OUTS;
}

/* Moves the pointers by `n` elements and shows them, and the count, in the registers. */
static void advance(struct exec *x, struct string *s, uint32_t n, bool repeated)
{
	unsigned op = x->insn->op, size = x->insn->addrsize;

	if (uses_source(op)) {
		s->si = moved(x, s, s->si, n);
		exec_reg_put(x->cpu, X86_ESI, size, s->si);
	}
	if (uses_destination(op)) {
		s->di = moved(x, s, s->di, n);
		exec_reg_put(x->cpu, X86_EDI, size, s->di);
	}
	if (repeated) {
		s->count -= n;
		exec_reg_put(x->cpu, X86_ECX, size, s->count);
	}
}

/* Does the comparison just made end a REPE or REPNE? */
static bool comparison_ends(const struct exec *x, const struct string *s)
{
	bool equal = s->flags & X86_ZF;

	if (!(x86_op_flags(x->insn->op) & X86_F_REPE))
		return false;
	return x->insn->prefixes & X86_PREFIX_REP ? !equal : equal;
}

static enum x86_result repeat(struct exec *x, struct string *s)
{
	while (s->count) {
		uint32_t left = budget_of(x) - x->out->iterations;
		uint32_t n = bulk(x, s, s->count < left ? s->count : left);

		if (!n) {
			if (!step(x, s))
				return X86_FAULTED;
			n = 1;
		}
		advance(x, s, n, true);
		x->out->iterations += n;
		if (comparison_ends(x, s))
			break;
		if (x->out->iterations >= budget_of(x) && s->count)
			return X86_UNFINISHED;
	}
	return X86_DONE;
}

enum x86_result exec_string(struct exec *x)
{
	const struct insn *insn = x->insn;
	unsigned element = insn->operand[insn->op == X86_OP_OUTS ? 1 : 0].size;
	struct string s = {
		.size = element, .mask = size_mask(insn->addrsize),
		.port = (uint16_t)x->cpu->frame.edx,
	};

	s.si = x->cpu->frame.esi & s.mask;
	s.di = x->cpu->frame.edi & s.mask;
	s.count = x->cpu->frame.ecx & s.mask;
	x->out->iterations = 0;
	if (x86_repeats(insn))
		return repeat(x, &s);
	if (!step(x, &s))
		return X86_FAULTED;
	advance(x, &s, 1, false);
	x->out->iterations = 1;
	return X86_DONE;
}
