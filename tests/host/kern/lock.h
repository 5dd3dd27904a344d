/* <kern/lock.h> for unit tests of the kernel, found before the real one: a user program must not
 * touch the interrupt flag, but a test can see that what was locked is unlocked again. */
#ifndef KERN_LOCK_H
#define KERN_LOCK_H

#include <stdbool.h>
#include <stdint.h>

extern uint32_t locks_held;   /* each test program has one */

static inline uint32_t lock_irq(void)
{
	return locks_held++;
}

static inline void unlock_irq(uint32_t flags)
{
	locks_held = flags;
}

static inline bool irq_locked(void)
{
	return locks_held != 0;
}

#endif
