/* Inside the kernel: the task struct, for the scheduler, waiting and timers. */
#ifndef TASK_TASK_H
#define TASK_TASK_H

#include <kern/task.h>
#include "policy.h"

enum task_state { TASK_READY, TASK_RUNNING, TASK_WAITING, TASK_ENDED };

enum { TASK_NAME_MAX = 16 };

/* For who runs guest code: once the clock shows `base` + *at, `bits` are set in *word whenever the task
 * has the processor, until *at is moved on. It wakes nobody; who waits gives a time-out. Moved on
 * without a lock: a tick that sees half of it rings too early, or it is the next that rings. */
struct task_alarm {
	const volatile uint64_t *at; /* ns; UINT64_MAX: never */
	uint64_t base;
	volatile uint32_t *word;
	uint32_t bits;
};

struct task {
	struct policy_task policy;   /* its link is in a ready queue or a wait queue; interrupts off */
	struct list all;
	char name[TASK_NAME_MAX];
	enum task_state state;
	bool interrupted;
	bool interruptible;          /* the wait it is in ends when it is interrupted */
	bool timed_out;              /* how the last wait ended */
	uint32_t esp;                /* saved by task_switch() */
	void *stack;
	size_t stack_pages;
	uint32_t *directory;         /* page directory in force while it runs */
	void *trap_stack;            /* where its guest's traps arrive */
	uint8_t lamp;                /* what port 80h shows while it runs */
	bool detached;               /* nobody joins it: the idle task clears it away */
	uint8_t visits;              /* task_each()s that are at it: not to be freed */
	uint64_t runtime, since;     /* ns; `since`: when it got the processor */
	uint32_t switches;
	struct wait_queue *waits_on;
	struct timer timeout;
	struct task_alarm *alarm;    /* or NULL */
	struct wait_queue ended;
	void (*entry)(void *arg);
	void *arg;
};

void tasks_init(void);
/* The boot path becomes the idle task: runs when nothing else can. Does not return. */
__attribute__((noreturn)) void task_become_idle(void);
void task_tick(uint64_t now);
void task_set_lamp(struct task *task, uint8_t code);
/* `alarm` stays the caller's, and valid as long as the task. */
void task_set_alarm(struct task *task, struct task_alarm *alarm);
/* Instead of task_join(): the task is freed some time after it has ended. */
void task_detach(struct task *task);
__attribute__((noreturn)) void task_exit(void);

uint32_t *task_current_directory(void);
void task_set_directory(uint32_t *directory);

void task_make_ready(struct task *task);

/* The next ticks shall be fine ones; interrupts off. */
void time_fine(void);
extern uint64_t time_ticked;         /* ns: time_now() at the last tick; interrupts off */
void time_start(void);
void timers_expire(uint64_t now);

#endif
