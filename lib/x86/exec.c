/* The executor's frame: what holds for every instruction, and the dispatch to its handler.
 *
 * The families are in exec_*.c, one function for each kind of operation, found through the
 * last column of X86_OPS. Flags that the manuals call undefined are given the values that
 * QEMU's processors give them, where those agree with what 386 and later silicon is known to
 * do; see the head of each family.
 *
 * Not modelled: protected mode (the machine stops there for now), x87, debug registers' hits,
 * alignment checks (only ring 3 has them, so virtual-8086 mode with CR0.AM).
 *
 * To read: Intel 80386 Programmer's Reference Manual, "80386 Real-Address Mode" and "Virtual
 * 8086 Mode"; Intel Architecture Software Developer's Manual (1997), volume 2. */
#include "core.h"

#define HANDLER(id, text, flags, handler) [X86_OP_##id] = exec_##handler,
static enum x86_result (*const handlers[X86_OP_COUNT])(struct exec *) = { X86_OPS(HANDLER) };
#undef HANDLER

enum x86_result exec_fault(struct exec *x, unsigned vector)
{
	bool coded = vector == X86_DF_FAULT || (vector >= X86_TS && vector <= X86_PAGE) ||
		vector == X86_AC_FAULT;

	x->out->fault = (struct x86_fault){
		.vector = (uint8_t)vector,
		.has_error = coded && (x->cpu->cr0 & X86_CR0_PE),
	};
	return X86_FAULTED;
}

enum x86_result exec_unsupported(struct exec *x, enum x86_reason reason)
{
	x->out->reason = reason;
	return X86_UNSUPPORTED;
}

/* The checks that come before an instruction does anything. */
static enum x86_result check(struct exec *x)
{
	const struct insn *insn = x->insn;
	unsigned flags = x86_op_flags(insn->op);

	if ((insn->prefixes & X86_PREFIX_LOCK) &&
	    (!(flags & X86_F_LOCK) || insn->operand[0].kind != X86_OPERAND_MEM))
		return exec_fault(x, X86_UD);
	if (!(x->cpu->cr0 & X86_CR0_PE))
		return X86_DONE;
	if (!(x->cpu->frame.eflags & X86_VM))
		return exec_unsupported(x, X86_REASON_PROTECTED_MODE);
	if (flags & X86_F_PRIVILEGED)
		return exec_fault(x, X86_GP);
	if ((flags & X86_F_IOPL) && (x->cpu->frame.eflags & X86_IOPL) != X86_IOPL)
		return exec_fault(x, X86_GP);
	return X86_DONE;
}

enum x86_result x86_execute(struct vcpu *cpu, const struct insn *insn, const struct x86_bus *bus,
			    struct x86_outcome *out)
{
	struct exec x = {
		.cpu = cpu, .insn = insn, .bus = bus, .out = out,
		.next_ip = cpu->frame.eip + insn->length,
	};
	bool traps = cpu->frame.eflags & X86_TF;

	*out = (struct x86_outcome){ .iterations = 1 };
	exec_fault(&x, X86_GP);
	out->result = check(&x);
	if (out->result == X86_DONE)
		out->result = handlers[insn->op](&x);
	if (out->result == X86_DONE || out->result == X86_HALTED) {
		cpu->frame.eip = x.next_ip;
		cpu->interrupt_shadow = x.shadow;
		if (insn->op != X86_OP_IRET)
			cpu->frame.eflags &= ~(uint32_t)X86_RF;
	} else if (!(x86_op_flags(insn->op) & X86_F_STRING)) {
		out->iterations = 0;
	}
	out->single_step = traps && !x.no_trap && out->result != X86_FAULTED &&
		out->result != X86_UNSUPPORTED;
	return out->result;
}

/* Gathers up to `count` bytes of code. Returns how many there are before the first that cannot
 * be read, whose fault is then in out->fault. */
static unsigned gather(struct exec *x, uint32_t linear, uint8_t *bytes, unsigned count)
{
	unsigned done = 0;

	while (done < count) {
		uint32_t there = 0, value;
		const uint8_t *window = NULL;

		if (x->bus->window)
			window = x->bus->window(x->bus->of, linear + done, false, &there);
		if (window) {
			for (; there && done < count; there--)
				bytes[done++] = *window++;
			continue;
		}
		if (!x->bus->read(x->bus->of, linear + done, 1, X86_FETCH, &value, &x->out->fault))
			break;
		bytes[done++] = (uint8_t)value;
	}
	return done;
}

enum x86_result x86_fetch(struct vcpu *cpu, const struct x86_bus *bus, struct insn *insn,
			  struct x86_outcome *out)
{
	const struct vcpu_seg *cs = &cpu->seg[X86_CS];
	struct exec x = { .cpu = cpu, .insn = insn, .bus = bus, .out = out };
	uint32_t eip = cpu->frame.eip, linear = cs->base + eip, there = 0;
	unsigned count = X86_MAX_LENGTH;
	const uint8_t *window = NULL;
	uint8_t bytes[X86_MAX_LENGTH];
	int length;

	*out = (struct x86_outcome){ .result = X86_FAULTED };
	exec_fault(&x, X86_GP);
	if ((cpu->cr0 & X86_CR0_PE) && !(cpu->frame.eflags & X86_VM))
		return out->result = exec_unsupported(&x, X86_REASON_PROTECTED_MODE);
	if (eip > cs->limit)
		return X86_FAULTED;
	if (cs->limit - eip < count - 1)
		count = cs->limit - eip + 1;
	if (bus->window)
		window = bus->window(bus->of, linear, false, &there);
	if (window && there >= count) {
		length = x86_decode(insn, window, count, 16);
	} else {
		count = gather(&x, linear, bytes, count);
		length = x86_decode(insn, bytes, count, 16);
	}
	/* With E_AGAIN the fault is that of the byte that was not to be had, or the limit's. */
	if (length == E_INVALID)
		exec_fault(&x, X86_UD);
	else if (length == E_RANGE)
		exec_fault(&x, X86_GP);
	return out->result = length > 0 ? X86_DONE : X86_FAULTED;
}

enum x86_result x86_step(struct vcpu *cpu, const struct x86_bus *bus, struct x86_outcome *out)
{
	struct insn insn;

	if (x86_fetch(cpu, bus, &insn, out) != X86_DONE)
		return out->result;
	return x86_execute(cpu, &insn, bus, out);
}

const char *x86_reason_text(enum x86_reason reason)
{
	static const char *const texts[] = {
		[X86_REASON_NONE] = "none",
		[X86_REASON_PROTECTED_MODE] = "protected mode",
		[X86_REASON_PROTECTED_GATE] = "interrupt through a protected-mode gate",
		[X86_REASON_X87] = "coprocessor instruction",
	};

	return texts[reason];
}
