/* Inside the kernel: setting up the processor and its traps. */
#ifndef CPU_CPU_H
#define CPU_CPU_H

#include <kern/cpu.h>

enum { VECTOR_IRQ = 0x20, VECTORS = 48, IRQ_LINES = 16 };
enum { SELECTOR_CODE = 0x08, SELECTOR_DATA = 0x10, SELECTOR_TSS = 0x18, SELECTOR_TSS_DF = 0x20,
       SELECTOR_TSS_NMI = 0x28 };

/* Descriptor tables, task state segments with their crash stacks, control registers. */
void cpu_init(void);
void cpu_detect(void);          /* fills cpu_features(); needs boot options */

void trap_kernel(struct vcpu_frame *frame);
void irq_dispatch(unsigned line);
void irq_init(void);

/* Handed to the trap stack and the FPU by the scheduler. */
void cpu_switched(void *trap_stack);
void fpu_switched(void);        /* another task runs: its first x87 instruction traps */

void crash_trap(const struct vcpu_frame *frame);
/* Exception 1 or 3: the debugger's own? */
bool crash_debugged(struct vcpu_frame *frame);
void crash_nmi(void);
void crash_double_fault(void);
/* Takes hold of the crash consoles that are offered by now. */
void crash_bind(void);

/* The interrupted task's registers, for the crash console (in the task gates' TSS). */
struct cpu_tss {
	uint32_t back_link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags, eax, ecx, edx, ebx,
		esp, ebp, esi, edi, es, cs, ss, ds, fs, gs, ldt;
	uint16_t trap, io_map;
};
_Static_assert(sizeof(struct cpu_tss) == 104, "80386 manual, \"Task State Segment\"");
const struct cpu_tss *cpu_main_tss(void);

#endif
