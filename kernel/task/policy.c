/* The scheduler's policy: always the ready task of highest priority; among machines the one that
 * has had least of the processor, weighted by its share; equal others take turns.
 *
 * Each machine has a virtual time: what it ran, times 100 / share. Who slept does not save it up:
 * he is put close behind the *floor*, the least virtual time of those that run or want to. The
 * floor must be the least, and not just that of who ran last: a machine of share 1 is 100 times
 * further on after each turn, and a sleeper put there would wait until the others have caught up.
 * Who wakes behind the running one interrupts it, since what woke it (a byte on a serial line) may not
 * wait for the end of a turn.
 * Read: C. A. Waldspurger, W. E. Weihl, "Stride Scheduling" (MIT/LCS/TM-528, 1995); the floor is
 * its "global pass". */
#include "policy.h"

static bool earlier(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) < 0;
}

static struct policy_task *task_at(struct list *at)
{
	return list_item(at, struct policy_task, link);
}

static unsigned best_priority(const struct policy *p)
{
	return 31 - (unsigned)__builtin_clz(p->mask);
}

void policy_init(struct policy *p)
{
	for (unsigned i = 0; i <= PRIORITY_MAX; i++)
		list_init(&p->ready[i]);
	p->mask = 0;
	p->floor = 0;
}

/* Machines are kept sorted by virtual time; others in order of arrival. */
void policy_queue(struct policy *p, struct policy_task *task)
{
	struct list *queue = &p->ready[task->priority], *at = queue;

	if (task->priority == PRIORITY_MACHINE)
		for (at = queue->next; at != queue; at = at->next)
			if (earlier(task->virtual_time, task_at(at)->virtual_time))
				break;
	list_add(at, &task->link);
	p->mask |= 1u << task->priority;
}

void policy_wake(struct policy *p, struct policy_task *task)
{
	uint64_t least = p->floor - SLEEPER_CREDIT_NS;

	if (task->priority == PRIORITY_MACHINE && earlier(task->virtual_time, least))
		task->virtual_time = least;
	policy_queue(p, task);
}

void policy_remove(struct policy *p, struct policy_task *task)
{
	list_remove(&task->link);
	if (list_empty(&p->ready[task->priority]))
		p->mask &= ~(1u << task->priority);
}

struct policy_task *policy_take(struct policy *p)
{
	struct policy_task *best = task_at(p->ready[best_priority(p)].next);

	policy_remove(p, best);
	return best;
}

void policy_charge(struct policy *p, struct policy_task *running, uint64_t ns)
{
	struct list *machines = &p->ready[PRIORITY_MACHINE];
	uint64_t least;

	if (running->priority != PRIORITY_MACHINE)
		return;
	running->virtual_time += running->share == SHARE_DEFAULT
		? ns : ns * SHARE_DEFAULT / running->share;
	least = running->virtual_time;
	if (!list_empty(machines) && earlier(task_at(machines->next)->virtual_time, least))
		least = task_at(machines->next)->virtual_time;
	if (earlier(p->floor, least))
		p->floor = least;
}

bool policy_urgent(const struct policy_task *woken, const struct policy_task *running, uint64_t ns)
{
	if (woken->priority != PRIORITY_MACHINE || running->priority != PRIORITY_MACHINE)
		return woken->priority > running->priority;
	return earlier(woken->virtual_time + WAKE_LEAD_NS, running->virtual_time + ns);
}

bool policy_better(const struct policy *p, const struct policy_task *running)
{
	return p->mask && best_priority(p) >= running->priority;
}
