/* The executor: carries out decoded instructions on a struct vcpu, in real and virtual-8086
 * mode, reaching memory and ports through callbacks.
 *
 * Usage:
 *	struct x86_outcome out;
 *	switch (x86_fetch(cpu, bus, &insn, &out)) ... then x86_execute(cpu, &insn, bus, &out)
 * or x86_step for both. The state in `cpu` must be canonical (see vcpu.h). The mode is that
 * of CR0.PE and EFLAGS.VM: for a guest of the v86 engine PE = 0, real mode, and INT n, IRET
 * and faults are the guest's own, through the vector table at IDTR.
 *
 * Exceptions are precise: with X86_FAULTED nothing has changed but what the architecture says
 * (the iterations of a repeated string instruction that were complete, with EIP still at the
 * instruction). The caller delivers the fault with x86_interrupt, or to whomever it concerns;
 * a fault during that is a double fault, his to handle. Single steps are the caller's, too: he
 * delivers vector 1 when out->single_step says so. */
#ifndef X86_EXEC_H
#define X86_EXEC_H

#include <x86/insn.h>
#include <x86/run.h>

struct x86_fault {
	uint8_t vector;
	bool has_error;      /* never in real mode */
	uint16_t error;
};

enum x86_access {
	X86_READ,
	X86_READ_MODIFY,     /* read; a write of the same place follows, so check for both */
	X86_FETCH,           /* read of code */
};

/* Each callback gets `of`. Those for memory take linear addresses, sizes 1, 2 and 4, and any
 * alignment. They return false for a fault, described in *fault, which comes preset with
 * #GP(0) so that refusing needs no more. Values are zero-extended. The optional ones may be
 * NULL. */
struct x86_bus {
	void *of;
	bool (*read)(void *of, uint32_t linear, unsigned size, enum x86_access kind,
		     uint32_t *value, struct x86_fault *fault);
	bool (*write)(void *of, uint32_t linear, unsigned size, uint32_t value,
		      struct x86_fault *fault);
	bool (*in)(void *of, uint16_t port, unsigned size, uint32_t *value,
		   struct x86_fault *fault);
	bool (*out)(void *of, uint16_t port, unsigned size, uint32_t value,
		    struct x86_fault *fault);

	/* Optional: ordinary memory at `linear`, that may be used directly (for writing too if
	 * `write`, which marks it dirty) until the instruction is done. Sets *length to the bytes
	 * there, at least 1. NULL where an access must go through read and write. */
	void *(*window)(void *of, uint32_t linear, bool write, uint32_t *length);
	/* Optional: up to `count` elements of `size` bytes at once, for a repeated INS or OUTS.
	 * Return how many were moved; 0 has the single callback asked. */
	uint32_t (*ins)(void *of, uint16_t port, unsigned size, void *to, uint32_t count);
	uint32_t (*outs)(void *of, uint16_t port, unsigned size, const void *from, uint32_t count);
	/* Optional: as many elements of the run as can be done at once where there is no window, from
	 * the first on; how many were. 0 has read and write asked. */
	uint32_t (*run)(void *of, const struct x86_run *run);
	/* Optional; without them CPUID and RDTSC do not exist (#UD), nor CR4. */
	void (*cpuid)(void *of, uint32_t leaf, uint32_t regs[4] /* EAX EBX ECX EDX */);
	uint64_t (*tsc)(void *of);
	/* Optional; false is #GP(0). */
	bool (*rdmsr)(void *of, uint32_t index, uint64_t *value);
	bool (*wrmsr)(void *of, uint32_t index, uint64_t value);

	uint32_t absent_flags; /* EFLAGS bits that this processor lacks: X86_AC and X86_ID on a 386 */
	/* Iterations of a repeated instruction in one call, 0: X86_REP_BUDGET; `run` may fill more. A callback
	 * may make it smaller: the call ends then with the iteration in progress. */
	uint32_t rep_budget;
};

#define X86_REP_BUDGET 1024u

enum x86_result {
	X86_DONE,
	X86_FAULTED,         /* out->fault */
	X86_HALTED,          /* HLT: done, and cpu->halted is set */
	X86_UNFINISHED,      /* a repeated instruction used up its budget; EIP is still at it */
	X86_UNSUPPORTED,     /* out->reason; nothing changed */
};

/* Why the executor cannot go on where a processor would. */
enum x86_reason {
	X86_REASON_NONE,
	X86_REASON_PROTECTED_MODE,  /* the state is protected mode, or the instruction enters it */
	X86_REASON_PROTECTED_GATE,  /* an interrupt from v86 mode, through the guest's own IDT */
	X86_REASON_X87,
};

struct x86_outcome {
	enum x86_result result;
	enum x86_reason reason;
	struct x86_fault fault;
	bool single_step;    /* TF was set when it began, and nothing (INT n, MOV SS) forbids the trap */
	uint32_t iterations; /* of a string instruction, in this call; otherwise 1 if done */
};

/* Reads and decodes the instruction at CS:EIP. X86_DONE or X86_FAULTED: #UD, #GP for length or
 * for running beyond the segment, or what the bus says. */
enum x86_result x86_fetch(struct vcpu *cpu, const struct x86_bus *bus, struct insn *insn,
			  struct x86_outcome *out);

/* Carries out `insn`, which is at CS:EIP; the result is also in out->result. Sets
 * cpu->interrupt_shadow after STI, MOV SS and POP SS, clears it after any other. */
enum x86_result x86_execute(struct vcpu *cpu, const struct insn *insn, const struct x86_bus *bus,
			    struct x86_outcome *out);

/* Does condition 0 to 15 (the low bits of Jcc and SETcc) hold with these flags? */
bool x86_condition_holds(uint32_t eflags, unsigned condition);

/* Where the memory operand of `insn` begins in its segment (insn->seg). */
uint32_t x86_address(struct vcpu *cpu, const struct insn *insn);

enum x86_result x86_step(struct vcpu *cpu, const struct x86_bus *bus, struct x86_outcome *out);

/* Delivers an interrupt or exception through the real-mode vector table: FLAGS, CS and IP are
 * pushed (never an error code), IF, TF, AC and RF cleared, `halted` and `interrupt_shadow`
 * too. X86_FAULTED when the table or the stack is out of reach (a double fault), with nothing
 * changed; X86_UNSUPPORTED when CR0.PE is set. Masking NMIs is the caller's. */
enum x86_result x86_interrupt(struct vcpu *cpu, const struct x86_bus *bus, uint8_t vector,
			      struct x86_outcome *out);

const char *x86_reason_text(enum x86_reason reason);

#endif
