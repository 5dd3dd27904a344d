/* The host's clock: contract "clock" over counter 0 of the 8254.
 *
 * The counter divides by 1000 (mode 2), or by 150 while the kernel wants finer ticks; period.c keeps
 * the time exact over that. Between two ticks the time is read from the counter, or from the time-stamp
 * counter, which is measured against it.
 * Read: Intel, "8254 Programmable Interval Timer" (231164), "Mode 2: Rate Generator" and
 * "Counter Latch Command". */
#include <hw/i8254.h>
#include <iface/host.h>
#include <kern/cpu.h>
#include <kern/irq.h>
#include <kern/module.h>
#include <kern/task.h>
#include "period.h"

enum { TIMER_LINE = 0, CONTROL_COUNTER0_MODE2 = 0x34, CONTROL_LATCH0 = 0x00 };

static struct {
	bool (*tick)(void);
	struct period period;
	uint64_t last;          /* what now() returned last: it never goes back */
} clk;

static struct irq_handler handler;

static uint64_t tsc(void)
{
	return cpu_features()->tsc ? cpu_tsc() : 0;
}

static unsigned counter_read(void)
{
	unsigned count;

	port_out8(I8254_PORT + I8254_CONTROL, CONTROL_LATCH0);
	count = port_in8(I8254_PORT);
	return count | (unsigned)port_in8(I8254_PORT) << 8;
}

static void counter_write(unsigned count)
{
	port_out8(I8254_PORT, (uint8_t)count);
	port_out8(I8254_PORT, (uint8_t)(count >> 8));
}

static uint64_t now(void *instance)
{
	uint32_t flags = lock_irq();
	bool by_tsc = clk.period.ns_scale != 0;
	uint64_t time = period_now(&clk.period, by_tsc ? 0 : counter_read(), by_tsc ? tsc() : 0);

	(void)instance;
	/* The counter may have begun a new period whose tick is still to be served. */
	if (time < clk.last)
		time = clk.last;
	clk.last = time;
	unlock_irq(flags);
	return time;
}

static void change(unsigned wanted)
{
	unsigned before;

	/* The time-stamp counter is measured against equal periods. */
	if (wanted == clk.period.next || (cpu_features()->tsc && !clk.period.ns_scale))
		return;
	before = counter_read();
	if (!period_may_change(&clk.period, before, wanted))
		return;
	counter_write(wanted);
	period_changed(&clk.period, wanted, before, counter_read(), tsc());
}

static bool interrupt(void *ctx)
{
	(void)ctx;
	period_tick(&clk.period, counter_read(), tsc());
	change(clk.tick() ? PERIOD_FINE : PERIOD_COARSE);
	return true;
}

static void start_ticks(void *instance, bool (*tick)(void))
{
	uint32_t flags = lock_irq();

	(void)instance;
	clk.tick = tick;
	period_init(&clk.period);
	handler = (struct irq_handler){ interrupt, NULL, "clock", NULL, 0 };
	port_out8(I8254_PORT + I8254_CONTROL, CONTROL_COUNTER0_MODE2);
	counter_write(PERIOD_COARSE);
	(void)!irq_attach(TIMER_LINE, &handler);
	unlock_irq(flags);
}

static const struct clock_host_ops ops = { now, start_ticks };

static int start(struct module *self)
{
	return offer_add(self, CLOCK_ROLE, "i8254", CLOCK_VERSION, &ops, NULL);
}

MODULE(.name = "i8254", .summary = "clock of the PC (8254, time-stamp counter)", .start = start);
