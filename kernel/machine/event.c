/* The one entrance and the machine's own time.
 *
 * Events are queued with interrupts off and applied in order by the machine's task. Chips'
 * alarms are a small unsorted array (a machine has a dozen chips); one kernel timer stands for
 * the earliest of them. */
#include <kern/log.h>
#include "machine.h"

static void wake(struct machine *m)
{
	pending_set(m, PENDING_WORK);
	wake_all(&m->work);
}

/* --- events ------------------------------------------------------------------------------ */

int machine_post(struct machine *m, const struct machine_event *event)
{
	uint32_t flags = lock_irq();
	int err = E_NO_SPACE;

	if (m->event_head - m->event_tail < MACHINE_EVENTS) {
		m->events[m->event_head % MACHINE_EVENTS] = *event;
		m->event_head++;
		wake(m);
		err = E_OK;
	}
	unlock_irq(flags);
	return err;
}

bool events_waiting(const struct machine *m)
{
	return m->event_head != m->event_tail;
}

void events_apply(struct machine *m)
{
	while (events_waiting(m)) {
		uint32_t flags = lock_irq();
		struct machine_event event = m->events[m->event_tail % MACHINE_EVENTS];

		m->event_tail++;
		unlock_irq(flags);
		event.apply(event.ctx, event.a, event.b);
	}
}

struct call {
	const struct machine_event *event;
	volatile bool done;
	struct wait_queue finished;
};

static void call_apply(void *ctx, uint32_t a, uint32_t b)
{
	struct call *call = ctx;

	(void)a;
	(void)b;
	call->event->apply(call->event->ctx, call->event->a, call->event->b);
	call->done = true;
	wake_all(&call->finished);
}

/* The caller sees the call through even when it is interrupted: the machine's task will use
 * `call` in any case. A machine that is deleted meanwhile stays until he is through. */
int machine_call(struct machine *m, const struct machine_event *event)
{
	struct call call = { .event = event };
	struct machine_event posted = { call_apply, &call, 0, 0 };
	int err = E_OK;

	if (m->standing || !m->task || m->task == task_current()) {
		event->apply(event->ctx, event->a, event->b);
		return E_OK;
	}
	wait_init(&call.finished);
	err = machine_post(m, &posted);
	m->holds++;
	while (!err && !call.done) {
		if (m->standing)
			events_apply(m);
		else
			(void)!wait_firm(&call.finished, 10 * NS_PER_MS);
	}
	machine_release(m);
	return err;
}

/* --- time ------------------------------------------------------------------------------------ */

uint64_t machine_now(struct machine *m)
{
	return m->clock_runs ? time_now() - m->time_base : m->frozen_at;
}

static uint64_t earliest(const struct machine *m)
{
	uint64_t deadline = CLOCK_NEVER;

	for (unsigned i = 0; i < m->clock_count; i++)
		deadline = MIN(deadline, m->clocks[i].deadline);
	return deadline;
}

static void timer_rearm(struct machine *m)
{
	uint64_t deadline = earliest(m);

	if (!m->clock_runs)
		return;
	if (deadline == CLOCK_NEVER)
		timer_cancel(&m->timer);
	else
		timer_set(&m->timer, deadline + m->time_base);
}

static void timer_expired(struct timer *timer)
{
	wake(container_of(timer, struct machine, timer));
}

void machine_timer_init(struct machine *m)
{
	timer_init(&m->timer, timer_expired);
}

void machine_clock_start(struct machine *m)
{
	m->time_base = time_now() - m->frozen_at;
	m->clock_runs = true;
	timer_rearm(m);
}

void machine_clock_stop(struct machine *m)
{
	m->frozen_at = machine_now(m);
	m->clock_runs = false;
	timer_cancel(&m->timer);
}

void timers_apply(struct machine *m)
{
	uint64_t now = machine_now(m);

	for (unsigned i = 0; i < m->clock_count; i++) {
		struct machine_timer *t = &m->clocks[i];

		if (t->deadline <= now) {
			t->deadline = CLOCK_NEVER;
			t->expire(t->chip, now);
		}
	}
	timer_rearm(m);
}

static uint64_t clock_now_of(void *of)
{
	struct machine_timer *t = of;

	return machine_now(t->m);
}

static void clock_arm_of(void *of, uint64_t deadline_ns)
{
	struct machine_timer *t = of;
	uint64_t before = earliest(t->m);

	t->deadline = deadline_ns;
	if (earliest(t->m) != before)
		timer_rearm(t->m);
}

struct clock machine_clock(struct machine *m, void (*expire)(void *chip, uint64_t now), void *chip)
{
	struct machine_timer *t;

	ASSERT(m->clock_count < MACHINE_CLOCKS_MAX);
	t = &m->clocks[m->clock_count++];
	*t = (struct machine_timer){ CLOCK_NEVER, expire, chip, m };
	return (struct clock){ clock_now_of, clock_arm_of, t };
}

void machine_idle(struct machine *m, uint64_t ns)
{
	m->idle_until = machine_now(m) + ns;
	pending_set(m, PENDING_IDLE);
}
