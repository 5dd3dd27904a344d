/* Who runs next: queues and arithmetic, without processor, clock or locks. The caller keeps
 * interrupts off. */
#ifndef TASK_POLICY_H
#define TASK_POLICY_H

#include <base/list.h>
#include <kern/task.h>

enum { SHARE_DEFAULT = 100, SHARE_MAX = 1000 };

/* A task that slept starts at most this far behind the others, in weighted ns. */
#define SLEEPER_CREDIT_NS (4ull * NS_PER_MS)

/* A machine that wakes interrupts another that is so far ahead of it, in weighted ns. */
#define WAKE_LEAD_NS (NS_PER_MS / 4)

/* What the policy knows of a task; embedded in struct task. */
struct policy_task {
	struct list link;            /* in a ready queue, or the owner's to use while it is in none */
	uint64_t virtual_time;       /* machine priority: run time weighted by share */
	uint16_t share;
	uint8_t priority;
};

struct policy {
	struct list ready[PRIORITY_MAX + 1];
	uint32_t mask;               /* bit n: ready[n] is not empty */
	uint64_t floor;              /* least virtual time of those that run or want to; never falls */
};

void policy_init(struct policy *p);
/* It wants to run, having waited. */
void policy_wake(struct policy *p, struct policy_task *task);
/* It wants to go on running. */
void policy_queue(struct policy *p, struct policy_task *task);
void policy_remove(struct policy *p, struct policy_task *task);
/* Takes the best out of its queue; there is one. */
struct policy_task *policy_take(struct policy *p);
/* The running task, which is in no queue, has used `ns` more. */
void policy_charge(struct policy *p, struct policy_task *running, uint64_t ns);
/* Whether `woken` ought to run at once: it has the higher priority, or both are machines and it is behind the
 * running one, which has used `ns` since it was charged, by more than a switch is worth. */
bool policy_urgent(const struct policy_task *woken, const struct policy_task *running, uint64_t ns);
/* Somebody ought to run in place of, or in turn with, the running task. */
bool policy_better(const struct policy *p, const struct policy_task *running);

static inline bool policy_idle(const struct policy *p)
{
	return !p->mask;
}

#endif
