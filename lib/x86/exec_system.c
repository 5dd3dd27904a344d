/* Ports, the interrupt flag, control and debug registers, descriptor-table registers, and what
 * identifies the processor.
 *
 * Setting CR0.PE ends what the executor can do: it is reported before anything has changed.
 * Writing debug registers stores them; their effect is the engine's business, but for DR7.GD: it has
 * each access to one fault with exception 1, whose delivery clears it and sets DR6.BD. A Pentium has no
 * test registers, and RSM outside of system management mode is undefined, as is LOADALL.
 *
 * Not modelled: CR0.NW without CD (#GP on silicon). */
#include <x86/debugreg.h>
#include "core.h"

#define CR0_PG (1u << 31)
#define CR4_TSD (1u << 2)
#define CR4_DE (1u << 3)
#define CR4_KNOWN 0x5Fu      /* VME PVI TSD DE PSE - MCE (Pentium manual, "Control Registers") */
#define LMSW_BITS (X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)
#define BASE_286 0x00FFFFFFu /* a 16-bit LGDT or LIDT loads 24 bits of base */

enum x86_result exec_undefined(struct exec *x)
{
	return exec_fault(x, X86_UD);
}

enum x86_result exec_in(struct exec *x)
{
	unsigned size = x->insn->operand[0].size;
	uint32_t port, value;

	exec_get(x, 1, &port);
	if (!x->bus->in(x->bus->of, (uint16_t)port, size, &value, &x->out->fault))
		return X86_FAULTED;
	exec_reg_put(x->cpu, X86_EAX, size, value);
	return X86_DONE;
}

enum x86_result exec_out(struct exec *x)
{
	uint32_t port, value;

	exec_get(x, 0, &port);
	exec_get(x, 1, &value);
	if (!x->bus->out(x->bus->of, (uint16_t)port, x->insn->operand[1].size, value, &x->out->fault))
		return X86_FAULTED;
	return X86_DONE;
}

enum x86_result exec_cli(struct exec *x)
{
	flags_set(x, X86_IF, 0);
	return X86_DONE;
}

/* Interrupts wait one instruction more, but only if they were off. */
enum x86_result exec_sti(struct exec *x)
{
	x->shadow = !(x->cpu->frame.eflags & X86_IF);
	flags_set(x, X86_IF, X86_IF);
	return X86_DONE;
}

enum x86_result exec_hlt(struct exec *x)
{
	x->cpu->halted = true;
	return X86_HALTED;
}

/* The coprocessor's instructions: absent (EM) or another task's (TS) is the guest's to handle,
 * the rest is the engine's. */
enum x86_result exec_x87(struct exec *x)
{
	if (x->cpu->cr0 & (X86_CR0_EM | X86_CR0_TS))
		return exec_fault(x, X86_NM);
	return exec_unsupported(x, X86_REASON_X87);
}

enum x86_result exec_fwait(struct exec *x)
{
	const uint32_t both = X86_CR0_MP | X86_CR0_TS;

	if ((x->cpu->cr0 & both) == both)
		return exec_fault(x, X86_NM);
	return exec_unsupported(x, X86_REASON_X87);
}

static enum x86_result set_cr0(struct exec *x, uint32_t value)
{
	if (value & X86_CR0_PE)
		return exec_unsupported(x, X86_REASON_PROTECTED_MODE);
	if (value & CR0_PG)
		return exec_fault(x, X86_GP);
	x->cpu->cr0 = value | X86_CR0_ET;
	return X86_DONE;
}

static enum x86_result set_cr4(struct exec *x, uint32_t value)
{
	if (value & ~CR4_KNOWN)
		return exec_fault(x, X86_GP);
	x->cpu->cr4 = value;
	return X86_DONE;
}

enum x86_result exec_mov_control(struct exec *x)
{
	bool store = x->insn->operand[0].kind == X86_OPERAND_REG;
	unsigned general = x->insn->operand[store ? 0 : 1].reg;
	struct vcpu *cpu = x->cpu;
	uint32_t *const registers[8] = {
		[0] = &cpu->cr0, [2] = &cpu->cr2, [3] = &cpu->cr3, [4] = x->bus->cpuid ? &cpu->cr4 : NULL,
	};
	unsigned number = x->insn->operand[store ? 1 : 0].reg;
	uint32_t value = *vcpu_reg(cpu, general);

	if (!registers[number])
		return exec_fault(x, X86_UD);
	if (store)
		*vcpu_reg(cpu, general) = *registers[number];
	else if (number == 0)
		return set_cr0(x, value);
	else if (number == 4)
		return set_cr4(x, value);
	else
		*registers[number] = value;
	return X86_DONE;
}

/* DR4 and DR5 are DR6 and DR7 unless debug extensions are on. */
enum x86_result exec_mov_debug(struct exec *x)
{
	bool store = x->insn->operand[0].kind == X86_OPERAND_REG;
	unsigned general = x->insn->operand[store ? 0 : 1].reg;
	unsigned number = x->insn->operand[store ? 1 : 0].reg;
	uint32_t value = *vcpu_reg(x->cpu, general);

	if (number == 4 || number == 5) {
		if (x->cpu->cr4 & CR4_DE)
			return exec_fault(x, X86_UD);
		number += 2;
	}
	if (x->cpu->dr[7] & DR7_GD)
		return exec_fault(x, X86_DB);
	if (store) {
		*vcpu_reg(x->cpu, general) = x->cpu->dr[number];
		return X86_DONE;
	}
	if (number == 6)
		value = (value & (DR6_HITS | DR6_BD | DR6_BS | DR6_BT)) | DR6_ONES;
	else if (number == 7)
		value = (value & ~DR7_ZEROS) | DR7_ONES;
	x->cpu->dr[number] = value;
	return X86_DONE;
}

enum x86_result exec_clts(struct exec *x)
{
	x->cpu->cr0 &= ~(uint32_t)X86_CR0_TS;
	return X86_DONE;
}

enum x86_result exec_smsw(struct exec *x)
{
	return exec_put(x, 0, x->cpu->cr0) ? X86_DONE : X86_FAULTED;
}

enum x86_result exec_lmsw(struct exec *x)
{
	uint32_t value;

	if (!exec_get(x, 0, &value))
		return X86_FAULTED;
	return set_cr0(x, merge(x->cpu->cr0, value, LMSW_BITS));
}

/* SGDT, SIDT: all 32 bits of the base, whatever the operand size, as silicon has it since the
 * 386 (whose manual says otherwise). */
enum x86_result exec_store_table(struct exec *x)
{
	const struct vcpu_table *table = x->insn->op == X86_OP_SGDT ? &x->cpu->gdtr : &x->cpu->idtr;
	unsigned seg = x->insn->seg;
	uint32_t at = exec_address(x), linear;

	if (!exec_linear(x, seg, at, 6, &linear) || !exec_write(x, seg, at, 2, table->limit) ||
	    !exec_write(x, seg, at + 2, 4, table->base))
		return X86_FAULTED;
	return X86_DONE;
}

enum x86_result exec_load_table(struct exec *x)
{
	struct vcpu_table *table = x->insn->op == X86_OP_LGDT ? &x->cpu->gdtr : &x->cpu->idtr;
	unsigned seg = x->insn->seg;
	uint32_t at = exec_address(x), linear, limit, base;

	if (!exec_linear(x, seg, at, 6, &linear) || !exec_read(x, seg, at, 2, &limit) ||
	    !exec_read(x, seg, at + 2, 4, &base))
		return X86_FAULTED;
	table->limit = (uint16_t)limit;
	table->base = x->insn->opsize == 2 ? base & BASE_286 : base;
	return X86_DONE;
}

enum x86_result exec_cpuid(struct exec *x)
{
	struct vcpu_frame *r = &x->cpu->frame;
	uint32_t regs[4];

	if (!x->bus->cpuid)
		return exec_fault(x, X86_UD);
	x->bus->cpuid(x->bus->of, r->eax, regs);
	r->eax = regs[0];
	r->ebx = regs[1];
	r->ecx = regs[2];
	r->edx = regs[3];
	return X86_DONE;
}

static void put_pair(struct exec *x, uint64_t value)
{
	x->cpu->frame.eax = (uint32_t)value;
	x->cpu->frame.edx = (uint32_t)(value >> 32);
}

enum x86_result exec_rdtsc(struct exec *x)
{
	if (!x->bus->tsc)
		return exec_fault(x, X86_UD);
	if ((x->cpu->cr4 & CR4_TSD) && is_v86(x->cpu))
		return exec_fault(x, X86_GP);
	put_pair(x, x->bus->tsc(x->bus->of));
	return X86_DONE;
}

/* RDMSR, WRMSR. */
enum x86_result exec_msr(struct exec *x)
{
	const struct x86_bus *bus = x->bus;
	struct vcpu_frame *r = &x->cpu->frame;
	uint64_t value = (uint64_t)r->edx << 32 | r->eax;

	if (!bus->rdmsr || !bus->wrmsr)
		return exec_fault(x, X86_UD);
	if (x->insn->op == X86_OP_WRMSR)
		return bus->wrmsr(bus->of, r->ecx, value) ? X86_DONE : exec_fault(x, X86_GP);
	if (!bus->rdmsr(bus->of, r->ecx, &value))
		return exec_fault(x, X86_GP);
	put_pair(x, value);
	return X86_DONE;
}
