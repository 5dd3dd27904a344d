/* Tasks, waiting and time.
 *
 * One processor. Code in the kernel and in modules is not pre-empted by other tasks: it runs
 * until it waits, sleeps, yields or passes a task_checkpoint(), so data that only tasks
 * share needs a lock only across those. Guest code is pre-empted at any instruction.
 * Interrupt handlers run at any time unless interrupts are off (lock_irq): data shared with
 * a handler is touched between lock_irq() and unlock_irq(). A loop that may run longer than
 * about a millisecond on a 386 calls task_checkpoint(). */
#ifndef KERN_TASK_H
#define KERN_TASK_H

#include <base/error.h>
#include <base/list.h>
#include <kern/lock.h>
#include <kern/memory.h>
#include <kern/types.h>

struct task;

enum task_priority {
	PRIORITY_IDLE = 0,     /* runs when nothing else wants to */
	PRIORITY_MACHINE = 8,  /* machines share the processor by their shares */
	PRIORITY_SYSTEM = 16,  /* shell, console: before the machines */
	PRIORITY_DRIVER = 24,  /* bottom halves: short */
	PRIORITY_MAX = 31,
};

/* A new task, runnable, with `stack_pages` pages of stack (0: the default) on `account`.
 * The task ends when `entry` returns. NULL when out of memory. */
struct task *task_new(struct account *account, const char *name, unsigned priority,
		      size_t stack_pages, void (*entry)(void *arg), void *arg);
/* Waits until the task has ended and frees it. Every task must be joined, once. */
void task_join(struct task *task);
/* Makes the task's waits return E_INTERRUPTED from now on; it must then end by itself. */
void task_interrupt(struct task *task);
bool task_interrupted(void);
struct task *task_current(void);
const char *task_name(const struct task *task);
void task_set_priority(struct task *task, unsigned priority);
/* Of the processor time that machine-priority tasks share; 1..1000, 100 by default. */
void task_set_share(struct task *task, unsigned share);
uint64_t task_runtime(const struct task *task); /* ns of processor time so far */

void task_yield(void);
/* A task that ought to run is ready: set by wake-ups and the tick. For loops that want to know
 * without a call whether a checkpoint would do something. */
extern volatile bool task_switch_wanted;
void task_checkpoint(void); /* lets a task that ought to run do so */
CHECK int task_sleep(uint64_t ns); /* E_OK, or E_INTERRUPTED */

struct task_info {
	const char *name;
	const char *state;    /* "running", "ready", "waiting", "sleeping", "ended" */
	unsigned priority, share;
	uint64_t runtime;     /* ns */
	uint32_t switches;
	const void *waits_on; /* wait queue, or NULL */
	size_t stack_size, stack_used;
	uintptr_t stack;
	/* While it does not run: where EDI, ESI, EBX, EBP and EIP lie saved. 0: it runs. */
	uintptr_t saved;
};
void task_each(void (*each)(void *ctx, const struct task_info *info), void *ctx);

/* --- wait queues ------------------------------------------------------------------- */

struct wait_queue {
	struct list waiters;
};

#define WAIT_FOREVER UINT64_MAX

void wait_init(struct wait_queue *queue);
/* Sleeps until woken or `timeout_ns` has passed: E_OK, E_TIMEOUT or E_INTERRUPTED. The
 * caller checks its condition in a loop, with interrupts off if a handler wakes it:
 * the wait begins before interrupts come back, so that no wake-up is lost. */
CHECK int wait_on(struct wait_queue *queue, uint64_t timeout_ns);
/* The same for what must be seen through, such as a transfer that a device has begun: never
 * E_INTERRUPTED. */
CHECK int wait_firm(struct wait_queue *queue, uint64_t timeout_ns);
/* From tasks and interrupt handlers. */
void wake_one(struct wait_queue *queue);
void wake_all(struct wait_queue *queue);

/* --- mutual exclusion across waits --------------------------------------------------- */

struct mutex {
	struct task *owner;
	struct wait_queue waiters;
};

void mutex_init(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);   /* not interruptible; not recursive */
void mutex_unlock(struct mutex *mutex);

/* --- time ------------------------------------------------------------------------------ */

/* Nanoseconds since boot; never goes back. From anywhere. */
uint64_t time_now(void);

/* A timer calls `expire` once, in interrupt context, with interrupts off, at or after its
 * deadline (within the clock's tick, 0.84 ms). The struct belongs to the caller and must
 * stay until it has expired or was cancelled. */
struct timer {
	struct list link;
	uint64_t deadline;
	void (*expire)(struct timer *timer);
};

void timer_init(struct timer *timer, void (*expire)(struct timer *timer));
void timer_set(struct timer *timer, uint64_t deadline_ns); /* absolute; sets again if pending */
void timer_cancel(struct timer *timer);

#endif
