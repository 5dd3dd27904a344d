/* A turbo switch: gives the machine a part of the processor's time and no more, in small slices, so that a
 * program which is too fast for its own good runs as on a slower PC. The machine's clocks go on as they are.
 *
 * It is looked at more often than a PC's fastest usual timer ticks; between two looks the machine runs at full
 * speed. DIFFERS: a slower PC executes each instruction later; here bursts of CHECK_NS alternate with rests. */
#include <base/args.h>
#include <base/mem.h>
#include <iface/vdev_module.h>
#include <kern/log.h>
#include <kern/task.h>
#include <term/number.h>
#include "governor.h"

enum { CHECK_NS = 1000000 };

struct device {
	struct governor governor;
	struct machine *m;
	struct clock clock;
	uint64_t rested;                 /* ns in all */
};

static uint64_t used(const struct device *d)
{
	struct task *task = machine_task(d->m);

	return task ? task_runtime(task) : 0;
}

static void expire(void *device, uint64_t now)
{
	struct device *d = device;
	uint64_t rest;

	if (d->governor.percent == GOVERNOR_FULL)
		return;
	rest = governor_rest(&d->governor, now, used(d));
	if (rest)
		machine_rest(d->m, rest);
	d->rested += rest;
	clock_arm(&d->clock, now + rest + CHECK_NS);
}

static void start(struct device *d, uint32_t percent)
{
	uint64_t now = clock_now(&d->clock);

	governor_start(&d->governor, percent, now, used(d));
	clock_arm(&d->clock, now + CHECK_NS);
}

static int set(void *device, const char *key, const char *value)
{
	uint64_t percent;

	if (strcmp(key, "percent"))
		return E_UNSUPPORTED;
	if (number_parse(value, &percent) || percent < 1 || percent > GOVERNOR_FULL)
		return E_RANGE;
	start(device, (uint32_t)percent);
	return E_OK;
}

static int create(struct machine *m, const char *args, void **device)
{
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	int err = E_OK;
	uint32_t percent = args_number(args, "percent", GOVERNOR_FULL, &err);

	if (!d)
		return E_NO_MEMORY;
	if (err || percent < 1 || percent > GOVERNOR_FULL) {
		log_line("vspeed: %s: write it like percent=50", args);
		return E_INVALID;
	}
	d->m = m;
	d->clock = machine_clock(m, expire, d);
	start(d, percent);
	*device = d;
	return E_OK;
}

static void reset(void *device)
{
	struct device *d = device;

	start(d, d->governor.percent);
}

static void describe(void *device, struct fmt_sink *out)
{
	const struct device *d = device;

	fmt_sink(out, "%u%% of the processor's time at most; rested %u ms in all\n", (unsigned)d->governor.percent,
		 (unsigned)(d->rested / NS_PER_MS));
}

static const struct vdev_ops ops = { .create = create, .reset = reset, .describe = describe, .set = set };

VDEV_MODULE("vspeed", "limit of a machine's processor time", &ops);
