/* The guest's coprocessor: who may use it (EM, MP, TS), and how its errors arrive.
 *
 * The host's CR0.TS is set whenever the x87 does not belong to the guest that runs, so its first
 * coprocessor instruction comes here as vector 7. In the guest's CR0, EM or TS make an ESC
 * instruction its own vector 7, MP with TS a WAIT as well. Without a coprocessor, and EM clear, ESC
 * does nothing, which is what programs look for that ask whether there is one.
 *
 * Errors take the PC's way, not the processor's: the next coprocessor instruction that waits
 * stands still, IRQ 13 comes, its handler writes to port F0h, and from then on the processor ignores
 * the error until it is cleared (IGNNE#). Ours reports vector 16 at the instruction that waits: the
 * processor halts in front of it with IRQ 13 raised. While an error is ignored, the guest has the coprocessor
 * for one instruction at a time: a WAIT is passed over; those that do not wait are executed, and
 * afterwards the status word tells whether the error is still there (handlers read it, WAIT and read more before
 * they clear it); any other would report the error again, so that it is cleared on the guest's behalf. A
 * host without CR0.NE (a 386, or cpu=386) has IRQ 13 itself, and the guest gets its own when that has come.
 *
 * DIFFERS: an error that is ignored loses its flags in the status word at the next instruction that waits, other
 * than WAIT.
 * Read: IBM PC/AT Technical Reference, "Coprocessor"; Intel i486 Programmer's Reference Manual,
 * "Numeric Error Handling" and "CR0.NE". */
#include <base/mem.h>
#include <hw/sysctl.h>
#include <kern/cpu.h>
#include <kern/irq.h>
#include <kern/task.h>
#include "v86.h"

enum { X87_LINE = 13, FSW_OFFSET = 4, FSW_SUMMARY = 0x80, FSW_ERRORS = 0x80FF };

static void skip(struct v86 *e, const struct insn *insn)
{
	uint32_t *eip = &e->hot->cpu.frame.eip;

	*eip = (*eip + insn->length) & 0xFFFF;
}

/* --- vector 7 ------------------------------------------------------------------------------ */

static bool forbidden(const struct vcpu *cpu, bool wait)
{
	const uint32_t both = X86_CR0_MP | X86_CR0_TS;

	return wait ? (cpu->cr0 & both) == both : cpu->cr0 & (X86_CR0_EM | X86_CR0_TS);
}

static bool waits(unsigned op)
{
	switch (op) {
	case X86_OP_FNCLEX:
	case X86_OP_FNDISI:
	case X86_OP_FNENI:
	case X86_OP_FNINIT:
	case X86_OP_FNSAVE:
	case X86_OP_FNSETPM:
	case X86_OP_FNSTCW:
	case X86_OP_FNSTENV:
	case X86_OP_FNSTSW:
		return false;
	default:
		return true;
	}
}

static uint16_t status_word(const struct vcpu_x87 *x87)
{
	uint16_t status;

	memcpy(&status, x87->image + FSW_OFFSET, sizeof status);
	return status;
}

static void clear_errors(struct vcpu_x87 *x87)
{
	uint16_t status = status_word(x87) & (uint16_t)~FSW_ERRORS;

	memcpy(x87->image + FSW_OFFSET, &status, sizeof status);
}

void v86_fpu_stepped(struct v86 *e)
{
	struct vcpu *cpu = &e->hot->cpu;

	if (cpu->x87_error != VCPU_X87_IGNORED)
		return;
	fpu_save(&cpu->x87);
	if (!(status_word(&cpu->x87) & FSW_SUMMARY))
		cpu->x87_error = VCPU_X87_NONE;
}

void v86_fpu_wanted(struct v86 *e)
{
	struct vcpu *cpu = &e->hot->cpu;
	struct x86_outcome out;
	struct insn insn;
	bool wait;

	if (e->x86->fetch(cpu, &e->bus, &insn, &out) != X86_DONE) {
		v86_exception(e, out.fault.vector);
		return;
	}
	wait = insn.op == X86_OP_FWAIT;
	if (forbidden(cpu, wait)) {
		v86_exception(e, X86_NM);
		return;
	}
	/* Taking it would open it for ESC as well, which EM or TS forbid. */
	if (!cpu_features()->fpu || e->hot->no_x87 || (cpu->cr0 & (X86_CR0_EM | X86_CR0_TS))) {
		skip(e, &insn);
		return;
	}
	if (cpu->x87_error == VCPU_X87_IGNORED && wait) {
		skip(e, &insn);
		return;
	}
	if (cpu->x87_error == VCPU_X87_IGNORED && waits(insn.op)) {
		clear_errors(&cpu->x87);
		cpu->x87_error = VCPU_X87_NONE;
	}
	if (cpu->x87_error == VCPU_X87_IGNORED)
		e->native_wanted = true;
	fpu_take(&cpu->x87);
}

/* The guest changed its CR0. */
void v86_fpu_closed(struct v86 *e)
{
	if (e->hot->cpu.cr0 & (X86_CR0_EM | X86_CR0_TS))
		fpu_save(&e->hot->cpu.x87);
}

/* --- errors ---------------------------------------------------------------------------------- */

/* Vector 16. Saving the state has the next coprocessor instruction come to v86_fpu_wanted(). */
void v86_fpu_error(struct v86 *e)
{
	struct vcpu *cpu = &e->hot->cpu;

	fpu_save(&cpu->x87);
	cpu->x87_error = VCPU_X87_RAISED;
	line_set(&e->irq13, true);
	cpu->halted = true;
}

/* Port F0h was written to. */
static void ignne(void *engine, bool level)
{
	struct v86 *e = engine;

	if (!level)
		return;
	line_set(&e->irq13, false);
	if (e->hot->cpu.x87_error == VCPU_X87_RAISED) {
		e->hot->cpu.x87_error = VCPU_X87_IGNORED;
		v86_fpu_stepped(e);     /* its handler may have used the coprocessor before */
	}
}

int v86_fpu_attach(struct v86 *e)
{
	e->irq13 = machine_line(e->m, "irq13");
	return machine_listen(e->m, "ignne", ignne, e);
}

/* --- a host without CR0.NE --------------------------------------------------------------------- */

static void raise(void *engine, uint32_t a, uint32_t b)
{
	struct v86 *e = engine;

	(void)a;
	(void)b;
	line_set(&e->irq13, true);
}

static bool host_error(void *ctx)
{
	struct vcpu_x87 *owner = fpu_owner();

	(void)ctx;
	port_out8(SYSCTL_X87_PORT, 0);
	if (owner) {
		struct vcpu *cpu = container_of(owner, struct vcpu, x87);
		struct v86 *e = container_of(cpu, struct machine_hot, cpu)->engine_private;

		(void)!machine_post(e->m, &(struct machine_event){ raise, e, 0, 0 });
	}
	return true;
}

static struct irq_handler host_handler = { .handle = host_error, .name = "x87" };

int v86_fpu_start(void)
{
	return cpu_features()->ne ? E_OK : irq_attach(X87_LINE, &host_handler);
}

void v86_fpu_stop(void)
{
	if (!cpu_features()->ne)
		irq_detach(X87_LINE, &host_handler);
}
