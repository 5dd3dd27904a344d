/* What the executor's families share: the instruction in progress, its operands, memory,
 * stack and flags. Private to lib/x86.
 *
 * Every exec_ function that returns bool returns false for a fault, which is then in
 * out->fault, and its caller returns X86_FAULTED before it has changed anything: handlers
 * read first, then write memory, then change registers and flags. */
#ifndef X86_CORE_H
#define X86_CORE_H

#include <x86/exec.h>

struct exec {
	struct vcpu *cpu;
	const struct insn *insn;
	const struct x86_bus *bus;
	struct x86_outcome *out;
	uint32_t next_ip;    /* becomes EIP if all goes well */
	bool shadow;         /* becomes cpu->interrupt_shadow */
	bool no_trap;        /* TF does not trap behind this one */
};

/* One handler for each name in the last column of X86_OPS. */
#define X86_DECLARE(id, text, flags, handler) enum x86_result exec_##handler(struct exec *x);
X86_OPS(X86_DECLARE)
#undef X86_DECLARE

/* Notes a fault (error code 0 if it has one) and returns X86_FAULTED or, for the functions that
 * return bool, false. */
enum x86_result exec_fault(struct exec *x, unsigned vector);
static inline bool exec_fault_false(struct exec *x, unsigned vector)
{
	exec_fault(x, vector);
	return false;
}

enum x86_result exec_unsupported(struct exec *x, enum x86_reason reason);

/* Memory at seg:offset, limit checked. */
bool exec_linear(struct exec *x, unsigned seg, uint32_t offset, unsigned size, uint32_t *linear);
bool exec_read(struct exec *x, unsigned seg, uint32_t offset, unsigned size, uint32_t *value);
bool exec_write(struct exec *x, unsigned seg, uint32_t offset, unsigned size, uint32_t value);

/* The memory operand's offset. */
uint32_t exec_address(const struct exec *x);
/* The value of operand `n`; `modify` when it will be written back. */
bool exec_get(struct exec *x, unsigned n, uint32_t *value);
bool exec_get_modify(struct exec *x, unsigned n, uint32_t *value);
bool exec_put(struct exec *x, unsigned n, uint32_t value);

/* Push and pop move *sp, a copy of ESP that the caller stores when all has gone well. */
bool exec_stack_push(struct exec *x, uint32_t *sp, unsigned size, uint32_t value);
bool exec_stack_pop(struct exec *x, uint32_t *sp, unsigned size, uint32_t *value);
uint32_t exec_stack_mask(const struct vcpu *cpu);

/* In real and virtual-8086 mode loading a segment register cannot fail, and changes selector
 * and base only: limit and rights stay what they were. */
void exec_load_seg(struct vcpu *cpu, unsigned seg, uint16_t selector);

/* Goes on at `target` in this code segment, or at selector:target. */
bool exec_branch(struct exec *x, uint32_t target);
bool exec_branch_far(struct exec *x, uint16_t selector, uint32_t target);

static inline uint32_t size_mask(unsigned size)
{
	return size == 1 ? 0xFF : size == 2 ? 0xFFFF : 0xFFFFFFFF;
}

static inline uint32_t sign_bit(unsigned size)
{
	return 1u << (size * 8 - 1);
}

static inline int32_t sign_extended(uint32_t value, unsigned size)
{
	return size == 1 ? (int8_t)value : size == 2 ? (int16_t)value : (int32_t)value;
}

/* `value` with its low `mask` bits replaced. */
static inline uint32_t merge(uint32_t value, uint32_t low, uint32_t mask)
{
	return (value & ~mask) | (low & mask);
}

static inline bool is_v86(const struct vcpu *cpu)
{
	return (cpu->cr0 & X86_CR0_PE) && (cpu->frame.eflags & X86_VM);
}

uint32_t exec_reg_get(struct vcpu *cpu, unsigned reg, unsigned size);
void exec_reg_put(struct vcpu *cpu, unsigned reg, unsigned size, uint32_t value);

/* SF, ZF and PF of a result. */
uint32_t exec_flags_of(uint32_t result, unsigned size);
/* All six arithmetic flags of a + b + carry and a - b - borrow; the result in *result. */
uint32_t exec_flags_add(uint32_t a, uint32_t b, unsigned carry, unsigned size, uint32_t *result);
uint32_t exec_flags_sub(uint32_t a, uint32_t b, unsigned borrow, unsigned size, uint32_t *result);

static inline void flags_set(struct exec *x, uint32_t which, uint32_t to)
{
	x->cpu->frame.eflags = merge(x->cpu->frame.eflags, to, which);
}

/* What POPF and IRET may change. */
uint32_t exec_flags_writable(const struct exec *x);

#endif
