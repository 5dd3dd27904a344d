/* The host processor: what it has, who handles its traps, whose address space is in force.
 * For engines, the crash console and the debugger. */
#ifndef KERN_CPU_H
#define KERN_CPU_H

#include <base/error.h>
#include <base/fmt.h>
#include <kern/memory.h>
#include <kern/types.h>
#include <x86/vcpu.h>

struct cpu_features {
	uint8_t family;          /* 3, 4, 5, ... */
	bool fpu, vme, pse, tsc, cpuid, invlpg, wp;
	bool ne;                 /* CR0.NE is set: x87 errors are vector 16, not line 13 */
	char vendor[13];
};
/* What may be used: what the processor has less what boot options (cpu=386, vme=off) hide. */
const struct cpu_features *cpu_features(void);

/* Switches virtual-8086 mode extensions on or off, for all virtual-8086 code; only where
 * cpu_features()->vme. Off at first: an engine tests them before it trusts them. With them, every
 * vector is redirected to the guest's own table. */
void cpu_use_vme(bool on);

/* Where traps out of virtual-8086 code go: assembly, entered with interrupts off, DS = ES =
 * SS flat, the direction flag as the guest had it, ESP at a complete struct vcpu_frame; general
 * protection faults have an entry of their own. One engine at a time owns it; NULL releases. */
/* `fault` is asked first about page faults of kernel code on linear addresses below the kernel, and about
 * debug exceptions: it mends the cause, or changes the frame (EIP, EAX) to go elsewhere; false: it is a
 * crash. */
void cpu_set_guest_trap(void (*entry)(void), void (*gp_entry)(void),
			bool (*fault)(struct vcpu_frame *frame, uintptr_t address));
/* The top of the stack on which the current task's guest traps arrive; kept across task
 * switches. */
void cpu_set_trap_stack(void *top);
/* Serves host interrupt `vector` that arrived while a guest ran. Interrupts are off. */
void cpu_host_interrupt(unsigned vector);

/* All of it runs with interrupts off, on whatever stack is in use, in whatever state the rest is, and neither
 * waits nor takes memory. */
struct crash_debugger {
	/* A line of the crash console's that is none of its own commands. True: it was one of these. */
	bool (*line)(const char *line, struct fmt_sink *out);
	/* Exceptions 1 and 3 out of kernel code, by `frame`, which is where it goes on. False: it is a crash. */
	bool (*trap)(struct vcpu_frame *frame);
};
/* NULL: nobody. */
void crash_set_debugger(const struct crash_debugger *debugger);
/* The crash console's terminals, polled. A line is read up to `size` - 1 characters, without its end. */
struct fmt_sink *crash_out(void);
void crash_read_line(char *line, size_t size);

/* Runs `f(arg)` with faults of the kernel caught: returns 0, or the vector + 1 of the trap that
 * ended it early (a page fault on an address that cannot be reached, say). `f` does not wait. */
unsigned cpu_try(void (*f)(void *arg), void *arg);

/* x87: the registers belong to `owner` from now on; whoever had them is saved first. Called
 * with CR0.TS provoking vector 7. */
void fpu_take(struct vcpu_x87 *owner);
/* The state after FNINIT: an image of zeros would have every exception unmasked. */
void fpu_init(struct vcpu_x87 *x87);
/* Whose values are in the registers; NULL: nobody's. */
struct vcpu_x87 *fpu_owner(void);
/* The owner's state is no longer wanted (the machine ends or loads another). */
void fpu_drop(struct vcpu_x87 *owner);
/* The owner's state is complete in memory after this. */
void fpu_save(struct vcpu_x87 *owner);

static inline uint64_t cpu_tsc(void)
{
	uint64_t v;
	__asm__ volatile("rdtsc" : "=A"(v));
	return v;
}

#endif
