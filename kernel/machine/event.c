/* The one entrance and the machine's own time.
 *
 * Events are queued with interrupts off and applied in order by the machine's task. Chips' alarms
 * are a small unsorted array (a machine has a dozen chips), of which the first is known. Its is the
 * task's alarm, which costs nothing while it is not due, and little then; it wakes nobody, so who
 * puts the task to sleep sees to the time. */
#include <kern/log.h>
#include "machine.h"

enum { FINE_TICK_NS = 130000 };

#define always_inline inline __attribute__((always_inline))

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

uint64_t machine_turn_began(struct machine *m)
{
	return m->task->since - m->time_base;
}

static const uint64_t never = CLOCK_NEVER;

static void alarm_set(struct machine *m)
{
	m->alarm.at = m->first && m->clock_runs ? &m->first->deadline : &never;
}

/* Finds the first of the clocks anew, and the one behind it. */
static __attribute__((noinline)) void first_find(struct machine *m)
{
	uint64_t first = CLOCK_NEVER;

	m->first = NULL;
	m->second = CLOCK_NEVER;
	for (unsigned i = 0; i < m->clock_count; i++) {
		struct machine_timer *t = &m->clocks[i];

		if (t->deadline < first) {
			m->second = first;
			m->first = t;
			first = t->deadline;
		} else {
			m->second = MIN(m->second, t->deadline);
		}
	}
	alarm_set(m);
}

uint64_t timers_next(const struct machine *m)
{
	return m->first ? m->first->deadline : CLOCK_NEVER;
}

void machine_timer_init(struct machine *m)
{
	m->alarm = (struct task_alarm){ &never, 0, &m->hot.pending, PENDING_ALARM };
}

void machine_clock_start(struct machine *m)
{
	m->time_base = time_now() - m->frozen_at;
	m->alarm.base = m->time_base;
	m->clock_runs = true;
	alarm_set(m);
}

void machine_clock_stop(struct machine *m)
{
	m->frozen_at = machine_now(m);
	m->clock_runs = false;
	alarm_set(m);
}

/* Rings the first, which is due. It has seen to its next time itself, if there is one. */
static always_inline void ring_first(struct machine *m, uint64_t now)
{
	struct machine_timer *t = m->first;

	t->deadline = CLOCK_NEVER;
	t->expire(t->chip, now);
	if (t->deadline >> 32 == CLOCK_NEVER >> 32)    /* a year's matter: half of it tells */
		first_find(m);
}

/* No more often than there are clocks: who arms himself for the past waits for the next round. */
void timers_apply(struct machine *m)
{
	uint64_t now = machine_now(m);

	for (unsigned left = m->clock_count; left && timers_next(m) <= now; left--)
		ring_first(m, now);
	alarm_set(m);
}

/* One load, where the compiler would make two. */
static always_inline uint32_t low_half(const volatile uint64_t *ns)
{
	return *(const volatile uint32_t *)ns;
}

/* Interrupts have been off since the tick that raised PENDING_ALARM: it knew the time, and the first
 * is due. If another is, too, or will be before a coarse tick can see it by far, the next tick is to be a
 * fine one. (With no alarm set the low halves say nothing, and it does no harm.) */
void machine_alarms(struct machine_hot *hot)
{
	struct machine *m = (struct machine *)hot;

	pending_clear(m, PENDING_ALARM);
	ring_first(m, time_ticked - m->time_base);
	if ((int32_t)((uint32_t)m->time_base - (uint32_t)time_ticked + low_half(m->alarm.at)) < FINE_TICK_NS)
		time_fine();
}

static uint64_t clock_now_of(void *of)
{
	struct machine_timer *t = of;

	return machine_now(t->m);
}

static __attribute__((noinline)) void armed(struct machine *m, struct machine_timer *t)
{
	if (t == m->first) {
		first_find(m);
	} else if (t->deadline < timers_next(m)) {
		m->second = timers_next(m);
		m->first = t;
		alarm_set(m);
	} else {
		m->second = MIN(m->second, t->deadline);
	}
}

/* Who is the first mostly stays it. */
static void clock_arm_of(void *of, uint64_t deadline_ns)
{
	struct machine_timer *t = of;
	struct machine *m = t->m;

	t->deadline = deadline_ns;
	if (t != m->first || deadline_ns >= m->second)
		armed(m, t);
}

/* The clocks made last, down to a number of `count`, are nobody's any more. */
void timers_forget(struct machine *m, unsigned count)
{
	m->clock_count = count;
	first_find(m);
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

void machine_rest(struct machine *m, uint64_t ns)
{
	m->rest_until = machine_now(m) + ns;
	pending_set(m, PENDING_IDLE);
}
