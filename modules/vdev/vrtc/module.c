/* The machine's clock and CMOS memory: the chip at 70h and 71h, "irq8".
 *
 * Arguments: clock=utc|local (the host's clock, which is taken as it is) or
 * clock=fixed=SECONDS since 1970. Without a host clock it starts at 1 January 1990. */
#include <base/args.h>
#include <base/mem.h>
#include <hw/mc146818.h>
#include <iface/cmos.h>
#include <iface/rtc.h>
#include <iface/vdev_module.h>
#include <kern/log.h>
#include "vrtc.h"

enum { PORT = 0x70, PORTS = 2, SECONDS_PER_DAY = 86400, SECONDS_1990 = 631152000 };

static uint8_t in(void *chip, unsigned reg) { return vrtc_in(chip, reg); }
static void out(void *chip, unsigned reg, uint8_t v) { vrtc_out(chip, reg, v); }
static void expire(void *chip, uint64_t now) { vrtc_expire(chip, now); }
static uint8_t peek(void *cmos, unsigned address) { return vrtc_peek(cmos, address); }
static void poke(void *cmos, unsigned address, uint8_t value) { vrtc_poke(cmos, address, value); }

static const struct port_ops ports = { .in = in, .out = out };
static const struct cmos_ops cmos_ops = { peek, poke };

static bool leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static struct vrtc_time civil(uint64_t seconds)
{
	static const uint8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint32_t days = (uint32_t)(seconds / SECONDS_PER_DAY), rest = (uint32_t)(seconds % SECONDS_PER_DAY);
	struct vrtc_time t = { .year = 1970, .month = 1, .hour = (uint8_t)(rest / 3600),
			       .minute = (uint8_t)(rest / 60 % 60), .second = (uint8_t)(rest % 60) };

	for (uint32_t n; days >= (n = leap(t.year) ? 366 : 365); t.year++)
		days -= n;
	for (uint32_t n; days >= (n = lengths[t.month - 1] + (t.month == 2 && leap(t.year))); t.month++)
		days -= n;
	t.day = (uint8_t)(days + 1);
	return t;
}

static uint64_t host_seconds(void)
{
	const struct rtc_ops *rtc;
	struct offer *offer;
	void *instance;
	uint64_t seconds = SECONDS_1990;

	if (offer_get(RTC_ROLE, NULL, RTC_VERSION, &offer, &rtc, &instance) != E_OK)
		return seconds;
	if (rtc->now(instance, &seconds) != E_OK)
		seconds = SECONDS_1990;
	offer_put(offer);
	return seconds;
}

static int start_time(const char *args, uint64_t *seconds)
{
	char clock[32];
	int err = E_OK;

	if (!args_get(args, "clock", clock, sizeof clock) || strcmp(clock, "utc") == 0 ||
	    strcmp(clock, "local") == 0) {
		*seconds = host_seconds();
		return E_OK;
	}
	*seconds = args_number(clock, "fixed", 0, &err);
	if (strncmp(clock, "fixed=", 6) != 0 || err) {
		log_line("vrtc: clock=%s: not utc, local or fixed=SECONDS", clock);
		return E_INVALID;
	}
	return E_OK;
}

static int create(struct machine *m, const char *args, void **device)
{
	struct vrtc *chip = mem_alloc(machine_account(m), sizeof *chip);
	uint64_t seconds;
	struct vrtc_time time;
	int err = start_time(args, &seconds);

	if (!chip || err)
		return err ? err : E_NO_MEMORY;
	chip->irq = machine_line(m, "irq8");
	chip->nmi_mask = machine_line(m, "nmimask");
	chip->clock = machine_clock(m, expire, chip);
	vrtc_configure(chip, &(struct vrtc_config){
		.base_kb = (uint16_t)(machine_base_memory(m) / 1024),
		.extended_kb = (uint32_t)(machine_extended_memory(m) / 1024), .fpu = true });
	time = civil(seconds);
	err = vrtc_set_time(chip, &time);
	if (!err)
		err = machine_claim_ports(m, PORT, PORTS, "vrtc", &ports, chip);
	if (!err)
		err = machine_provide(m, CMOS_ROLE, &cmos_ops, chip);
	*device = chip;
	return err;
}

static void reset(void *device) { vrtc_reset(device); }
static void describe(void *device, struct fmt_sink *o) { vrtc_describe(device, o); }
static const void *state(void *device) { return &((struct vrtc *)device)->s; }
static int load(void *device, const void *s) { return vrtc_load(device, s); }

static const struct vdev_ops ops = {
	.create = create, .reset = reset, .describe = describe,
	.state_size = sizeof(struct vrtc_state), .state = state, .load = load,
};

VDEV_MODULE("vrtc", "virtual clock and CMOS memory (MC146818)", &ops);
