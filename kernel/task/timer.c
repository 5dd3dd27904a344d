/* Time and timers. The clock itself is a module behind contract "clock"; before it is there,
 * time stands at 0. Timers are kept sorted by deadline; each tick takes off what is due. */
#include <iface/host.h>
#include <kern/log.h>
#include <kern/module.h>
#include "task.h"

static const struct clock_host_ops *clock_ops;
static void *clock_instance;
static struct list timers = LIST_INIT(timers);

uint64_t time_now(void)
{
	return clock_ops ? clock_ops->now(clock_instance) : 0;
}

static void tick(void)
{
	uint64_t now = time_now();

	timers_expire(now);
	task_tick(now);
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
