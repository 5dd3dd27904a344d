/* Interrupts off: for data shared with interrupt handlers. With more than one processor these
 * would be spin locks as well. */
#ifndef KERN_LOCK_H
#define KERN_LOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Returns what unlock_irq() wants; may be nested. */
static inline uint32_t lock_irq(void)
{
	uint32_t flags;

	__asm__ volatile("pushfl; popl %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

static inline void unlock_irq(uint32_t flags)
{
	__asm__ volatile("pushl %0; popfl" : : "r"(flags) : "memory", "cc");
}

/* Interrupts are off: locked, or in an interrupt handler. */
static inline bool irq_locked(void)
{
	uint32_t flags;

	__asm__ volatile("pushfl; popl %0" : "=r"(flags));
	return !(flags & 0x200);
}

#endif
