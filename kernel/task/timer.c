/* Time and timers. The clock itself is a module behind contract "clock"; before it is there,
 * time stands at 0. Timers are kept sorted by deadline; each tick takes off what is due.
 *
 * A timer that is set for less than a coarse tick from the last one would be late by much of its
 * distance: a byte on a fast line. And a machine whose next alarm is due at once when it has seen to one
 * (its guest's timer has 4 kHz, or it has ticks to catch up with) falls behind. From then on, until it has
 * not been so for FINE_HOLD_NS, the clock is asked for finer ticks. */
#include <iface/host.h>
#include <kern/log.h>
#include <kern/module.h>
#include "task.h"

static const struct clock_host_ops *clock_ops;
static void *clock_instance;
static struct list timers = LIST_INIT(timers);
uint64_t time_ticked;
static uint64_t fine_until;

enum { COARSE_NS = 840000, FINE_HOLD_NS = 50000000 };

uint64_t time_now(void)
{
	return clock_ops ? clock_ops->now(clock_instance) : 0;
}

static bool tick(void)
{
	uint64_t now = time_now();

	time_ticked = now;
	if (!list_empty(&timers) && list_item(timers.next, struct timer, link)->deadline <= now)
		timers_expire(now);
	task_tick(now);
	return now < fine_until;
}

void time_fine(void)
{
	fine_until = time_ticked + FINE_HOLD_NS;
}

void time_start(void)
{
	struct offer *offer;   /* kept for good */
	int err = offer_get(CLOCK_ROLE, NULL, CLOCK_VERSION, &offer, &clock_ops, &clock_instance);

	if (err < 0)
		panic(__FILE__, __LINE__, "no clock: %s", error_text(err));
	clock_ops->start(clock_instance, tick);
}

void timers_expire(uint64_t now)
{
	while (!list_empty(&timers)) {
		struct timer *timer = list_item(timers.next, struct timer, link);

		if (timer->deadline > now)
			break;
		list_remove(&timer->link);
		timer->expire(timer);
	}
}

void timer_init(struct timer *timer, void (*expire)(struct timer *timer))
{
	list_init(&timer->link);
	timer->deadline = 0;
	timer->expire = expire;
}

void timer_set(struct timer *timer, uint64_t deadline_ns)
{
	uint32_t flags = lock_irq();
	struct list *at;

	list_remove(&timer->link);
	timer->deadline = deadline_ns;
	if (deadline_ns < time_ticked + COARSE_NS)
		time_fine();
	for (at = timers.next; at != &timers; at = at->next)
		if (list_item(at, struct timer, link)->deadline > deadline_ns)
			break;
	list_add(at, &timer->link);
	unlock_irq(flags);
}

void timer_cancel(struct timer *timer)
{
	uint32_t flags = lock_irq();

	list_remove(&timer->link);
	unlock_irq(flags);
}
