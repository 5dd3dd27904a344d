/* The host's clock: contract "clock" over counter 0 of the 8254.
 *
 * The counter divides by PERIOD for good (mode 2), so that the sum of the periods is exact
 * however late a tick is served, and 1193 ticks a second come. Between two ticks the time is
 * read from the counter, or from the time-stamp counter, which is measured against it and also
 * tells how many ticks were missed.
 * Read: Intel, "8254 Programmable Interval Timer" (231164), "Mode 2: Rate Generator" and
 * "Counter Latch Command". */
#include <hw/i8254.h>
#include <iface/host.h>
#include <kern/cpu.h>
#include <kern/irq.h>
#include <kern/module.h>
#include <kern/task.h>

enum { PERIOD = 1000, TIMER_LINE = 0, CALIBRATION_TICKS = 32,
       CONTROL_COUNTER0_MODE2 = 0x34, CONTROL_LATCH0 = 0x00 };

/* Nanoseconds a count of 1/1193182 s takes, times 2^32. */
#define COUNT_FP ((uint64_t)(1e9 / 1193182.0 * 4294967296.0))
#define PERIOD_FP (COUNT_FP * PERIOD)

static struct {
	void (*tick)(void);
	uint64_t ns;            /* time at the last tick */
	uint32_t fraction;      /* and 2^-32 ns */
	uint64_t last;          /* what now() returned last: it never goes back */
	uint64_t tsc;           /* at the last tick */
	uint32_t tsc_scale;     /* ns a TSC cycle, times 2^24; 0: not measured yet */
	uint32_t tsc_period;    /* cycles a tick */
	uint64_t calibration_tsc;
	unsigned calibration_ticks;
} clk;

static struct irq_handler handler;

static void advance(unsigned periods)
{
	uint64_t low = clk.fraction + (uint64_t)(uint32_t)PERIOD_FP * periods;

	clk.ns += (PERIOD_FP >> 32) * periods + (low >> 32);
	clk.fraction = (uint32_t)low;
}

static uint32_t counter_elapsed(void)
{
	unsigned count;

	port_out8(I8254_PORT + I8254_CONTROL, CONTROL_LATCH0);
	count = port_in8(I8254_PORT);
	count |= (unsigned)port_in8(I8254_PORT) << 8;
	return count <= PERIOD ? PERIOD - count : 0;
}

static uint64_t since_tick(void)
{
	if (clk.tsc_scale) {
		uint64_t cycles = cpu_tsc() - clk.tsc;

		/* More than a second late cannot be; and keeps the product in 64 bits. */
		if (cycles > 0xFFFFFFFFu)
			cycles = 0xFFFFFFFFu;
		return cycles * clk.tsc_scale >> 24;
	}
	return counter_elapsed() * COUNT_FP >> 32;
}

static uint64_t now(void *instance)
{
	uint32_t flags = lock_irq();
	uint64_t time = clk.ns + since_tick();

	(void)instance;
	/* The counter may have begun a new period whose tick is still to be served. */
	if (time < clk.last)
		time = clk.last;
	clk.last = time;
	unlock_irq(flags);
	return time;
}

/* Over CALIBRATION_TICKS periods; a scale once measured stays. */
static void calibrate(uint64_t tsc)
{
	if (clk.calibration_ticks++ == 0)
		clk.calibration_tsc = tsc;
	if (clk.calibration_ticks == CALIBRATION_TICKS + 1) {
		clk.tsc_period = (uint32_t)((tsc - clk.calibration_tsc) / CALIBRATION_TICKS);
		if (clk.tsc_period)
			clk.tsc_scale = (uint32_t)((PERIOD_FP >> 8) / clk.tsc_period);
	}
}

static unsigned periods_passed(uint64_t tsc)
{
	uint64_t cycles = tsc - clk.tsc;

	if (!clk.tsc_period || cycles < clk.tsc_period + clk.tsc_period / 2)
		return 1;
	return (unsigned)((cycles + clk.tsc_period / 2) / clk.tsc_period);
}

static bool interrupt(void *ctx)
{
	(void)ctx;
	if (cpu_features()->tsc) {
		uint64_t tsc = cpu_tsc();

		advance(clk.tsc_scale ? periods_passed(tsc) : 1);
		if (!clk.tsc_scale)
			calibrate(tsc);
		clk.tsc = tsc;
	} else {
		advance(1);
	}
	clk.tick();
	return true;
}

static void start_ticks(void *instance, void (*tick)(void))
{
	uint32_t flags = lock_irq();

	(void)instance;
	clk.tick = tick;
	handler = (struct irq_handler){ interrupt, NULL, "clock", NULL, 0 };
	port_out8(I8254_PORT + I8254_CONTROL, CONTROL_COUNTER0_MODE2);
	port_out8(I8254_PORT, PERIOD & 0xFF);
	port_out8(I8254_PORT, PERIOD >> 8);
	(void)!irq_attach(TIMER_LINE, &handler);
	unlock_irq(flags);
}

static const struct clock_host_ops ops = { now, start_ticks };

static int start(struct module *self)
{
	return offer_add(self, CLOCK_ROLE, "i8254", CLOCK_VERSION, &ops, NULL);
}

MODULE(.name = "i8254", .summary = "clock of the PC (8254, time-stamp counter)", .start = start);
