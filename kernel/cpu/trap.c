/* Traps out of kernel code, and host interrupts out of anywhere.
 *
 * Traps out of a guest never come here: the stubs hand them to the engine (cpu_set_guest_trap),
 * which passes host interrupts on to cpu_host_interrupt(). */
#include <kern/irq.h>
#include <kern/log.h>
#include "cpu.h"
#include "paging.h"
#include "../task/task.h"

#define EXTERNAL 1u    /* in an error code: an event from outside was being delivered */

/* Read by the stubs. Until an engine is there no virtual-8086 code runs. */
void (*cpu_guest_trap)(void), (*cpu_guest_gp)(void);
static bool (*guest_fault)(struct vcpu_frame *frame, uintptr_t address);

/* Set while cpu_try() runs (entry.S). */
uint32_t cpu_try_esp;
extern void cpu_try_fault(void);

void cpu_set_guest_trap(void (*entry)(void), void (*gp_entry)(void),
			bool (*fault)(struct vcpu_frame *frame, uintptr_t address))
{
	cpu_guest_trap = entry;
	cpu_guest_gp = gp_entry;
	guest_fault = fault;
}

void cpu_host_interrupt(unsigned vector)
{
	irq_dispatch(vector - VECTOR_IRQ);
}

/* A page fault, or a debug register's hit, where the engine touches guest memory. */
static bool engines_own(struct vcpu_frame *frame)
{
	uintptr_t address;

	__asm__ volatile("mov %%cr2, %0" : "=r"(address));
	return (frame->vector == X86_DB || address < USER_LIMIT) && guest_fault && guest_fault(frame, address);
}

void trap_kernel(struct vcpu_frame *frame)
{
	if (frame->vector >= VECTOR_IRQ) {
		irq_dispatch(frame->vector - VECTOR_IRQ);
		return;
	}
	/* The NMI button, pressed again while its crash console is up: the task is busy. */
	if (frame->vector == X86_GP && (frame->error & ~EXTERNAL) == SELECTOR_TSS_NMI)
		return;
	/* INT3s of the debugger's lie anywhere, in what cpu_try() runs, too. */
	if ((frame->vector == X86_BP || frame->vector == X86_DB) && crash_debugged(frame))
		return;
	if (cpu_try_esp) {
		frame->eax = frame->vector + 1;
		frame->eip = (uint32_t)cpu_try_fault;
		return;
	}
	if ((frame->vector == X86_PAGE || frame->vector == X86_DB) && engines_own(frame))
		return;
	crash_trap(frame);
}
