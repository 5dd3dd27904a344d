/* The x87, lent to one owner at a time and switched only when another one uses it (CR0.TS).
 * Read: 80386 Programmer's Reference Manual, "Coprocessing and Multiprocessing"; Intel387 DX
 * User's Manual, "Initialization and Control" for what FNINIT leaves. */
#include <base/mem.h>
#include <kern/cpu.h>
#include <kern/task.h>
#include "cpu.h"

enum { FCW_INIT = 0x037F, FTW_EMPTY = 0xFFFF };
#define ENVIRONMENT_UNUSED 0xFFFF0000u  /* high halves of the control, status and tag words */

static struct vcpu_x87 *owner;  /* whose values are in the registers */
static bool open;               /* CR0.TS is clear: the running task may touch them */

static void close_registers(void)
{
	uint32_t cr0;

	__asm__ volatile("mov %%cr0, %0; orl %1, %0; mov %0, %%cr0" : "=&r"(cr0) : "i"(X86_CR0_TS));
	open = false;
}

void fpu_switched(void)
{
	if (open)
		close_registers();
}

void fpu_init(struct vcpu_x87 *x87)
{
	const uint32_t words[] = { ENVIRONMENT_UNUSED | FCW_INIT, ENVIRONMENT_UNUSED,
				   ENVIRONMENT_UNUSED | FTW_EMPTY };

	memset(x87, 0, sizeof *x87);
	memcpy(x87->image, words, sizeof words);
}

struct vcpu_x87 *fpu_owner(void)
{
	return owner;
}

/* FNSAVE also initialises the x87; FWAIT lets an 80387 finish storing. */
static void store(void)
{
	__asm__ volatile("clts; fnsave %0; fwait" : "=m"(owner->image));
	owner = NULL;
}

void fpu_save(struct vcpu_x87 *x87)
{
	uint32_t flags = lock_irq();

	if (owner == x87 && owner) {
		store();
		close_registers();
	}
	unlock_irq(flags);
}

/* FRSTOR looks at pending errors first, and the last owner's may be (if he was dropped): then
 * it would be we who fault. FNINIT does not look. */
void fpu_take(struct vcpu_x87 *x87)
{
	uint32_t flags = lock_irq();

	if (owner != x87) {
		if (owner)
			store();
		__asm__ volatile("clts; fninit; frstor %0" : : "m"(x87->image));
		owner = x87;
	}
	__asm__ volatile("clts");
	open = true;
	unlock_irq(flags);
}

void fpu_drop(struct vcpu_x87 *x87)
{
	uint32_t flags = lock_irq();

	if (owner == x87) {
		owner = NULL;
		close_registers();
	}
	unlock_irq(flags);
}
