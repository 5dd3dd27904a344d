/* The machine's clock and CMOS memory: the chip at 70h and 71h, "irq8".
 *
 * The memory outlives power-off in /vm/NAME.cmos, a file that is made when the guest has changed
 * something that is worth it: written a second of the machine's time after the change, in the machine's
 * task, and at its end. A damaged file is as if the battery had been taken out.
 *
 * Arguments: clock=utc|local (the host's clock, which is taken as it is) or
 * clock=fixed=SECONDS since 1970; a20=on: POST leaves A20 open. Without a host clock it starts at 1 January 1990. */
#include <base/args.h>
#include <base/mem.h>
#include <hw/mc146818.h>
#include <iface/cmos.h>
#include <iface/fs.h>
#include <iface/rtc.h>
#include <iface/vdev_module.h>
#include <kern/log.h>
#include "battery.h"

enum { PORT = 0x70, PORTS = 2, SECONDS_PER_DAY = 86400, SECONDS_1990 = 631152000 };

#define FLUSH_NS (1000ull * NS_PER_MS)

struct device {
	struct vrtc chip;                /* first: the wires know the chip alone */
	struct machine *m;
	struct clock flush;              /* when the memory is to be looked at */
	bool flushing;
	struct vrtc_battery kept;        /* as the file has it, or as a new battery would */
};

static uint8_t in(void *chip, unsigned reg) { return vrtc_in(chip, reg); }

static void out(void *device, unsigned reg, uint8_t v)
{
	struct device *d = device;

	vrtc_out(&d->chip, reg, v);
	if (!d->flushing && reg) {
		d->flushing = true;
		clock_arm(&d->flush, clock_now(&d->flush) + FLUSH_NS);
	}
}

static void expire(void *chip, uint64_t now) { vrtc_expire(chip, now); }
static uint8_t peek(void *cmos, unsigned address) { return vrtc_peek(cmos, address); }

/* What devices say of themselves they say at each power-on: it is not worth a file. */
static void poke(void *device, unsigned address, uint8_t value)
{
	struct device *d = device;

	vrtc_poke(&d->chip, address, value);
	if (address >= MC146818_RAM && address < MC146818_BYTES)
		d->kept.byte[address] = value;
}

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

/* --- the file ------------------------------------------------------------------------------------- */

static void battery_path(const struct device *d, char *path, size_t size)
{
	fmt_buf(path, size, "/vm/%s.cmos", machine_name(d->m));
}

/* Opens it on the native volume, if there is one; the caller gives the offer back. */
static int open_battery(struct device *d, unsigned flags, struct offer **offer, const struct fs_ops **fs,
			struct fs_file **file)
{
	char path[FS_PATH_MAX];
	void *volume;
	int err = offer_get(FS_ROLE, "root", FS_VERSION, offer, fs, &volume);

	if (err)
		return err;
	battery_path(d, path, sizeof path);
	err = (*fs)->open(volume, path, flags, file);
	if (err == E_NOT_FOUND && flags & FS_CREATE && (*fs)->mkdir(volume, "/vm") == E_OK)
		err = (*fs)->open(volume, path, flags, file);
	if (err)
		offer_put(*offer);
	return err;
}

static void save_battery(struct device *d)
{
	struct vrtc_battery now;
	const struct fs_ops *fs;
	struct offer *offer;
	struct fs_file *file;
	int err, n;

	battery_take(&d->chip, &now);
	if (!battery_differs(&now, &d->kept))
		return;
	d->kept = now;
	err = open_battery(d, FS_WRITE | FS_CREATE, &offer, &fs, &file);
	if (!err) {
		n = fs->write(file, 0, &now, sizeof now);
		err = n < 0 ? n : n == sizeof now ? fs->truncate(file, sizeof now) : E_NO_SPACE;
		fs->close(file);
		offer_put(offer);
	}
	if (err)
		log_line("%s: CMOS memory not kept in /vm/%s.cmos: %s", machine_name(d->m), machine_name(d->m),
			 error_text(err));
}

static void load_battery(struct device *d, const struct vrtc_config *config)
{
	struct vrtc_battery battery;
	const struct fs_ops *fs;
	struct offer *offer;
	struct fs_file *file;
	uint64_t size = 0;
	int err = open_battery(d, FS_READ, &offer, &fs, &file);

	if (err)
		return;          /* never written: a new battery */
	err = fs->size(file, &size);
	if (!err && (size != sizeof battery || fs->read(file, 0, &battery, sizeof battery) != sizeof battery))
		err = E_DAMAGED;
	fs->close(file);
	offer_put(offer);
	if (!err)
		err = battery_give(&d->chip, &battery, config);
	if (err)
		log_line("%s: /vm/%s.cmos: %s; the machine starts with an empty CMOS memory", machine_name(d->m),
			 machine_name(d->m), error_text(err));
}

static void flush_apply(void *device, uint32_t a, uint32_t b)
{
	struct device *d = device;

	(void)a;
	(void)b;
	d->flushing = false;
	save_battery(d);
}

/* An alarm comes in the middle of guest code, with interrupts off: a file is written at the next event. */
static void flush(void *device, uint64_t now)
{
	struct device *d = device;

	if (machine_post(d->m, &(struct machine_event){ flush_apply, d, 0, 0 }) < 0)
		clock_arm(&d->flush, now + FLUSH_NS);
}

/* --- life ------------------------------------------------------------------------------------------- */

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
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	struct vrtc *chip = &d->chip;
	uint64_t seconds;
	struct vrtc_time time;
	struct vrtc_config config = {
		.base_kb = (uint16_t)(machine_base_memory(m) / 1024),
		.extended_kb = (uint32_t)(machine_extended_memory(m) / 1024), .fpu = true,
	};
	char a20[8], fpu[8];
	int err = start_time(args, &seconds);

	if (!d || err)
		return err ? err : E_NO_MEMORY;
	d->m = m;
	config.a20 = args_get(args, "a20", a20, sizeof a20) && !strcmp(a20, "on");
	config.fpu = !(args_get(args, "fpu", fpu, sizeof fpu) && !strcmp(fpu, "off"));
	chip->irq = machine_line(m, "irq8");
	chip->nmi_mask = machine_line(m, "nmimask");
	chip->clock = machine_clock(m, expire, chip);
	d->flush = machine_clock(m, flush, d);
	vrtc_configure(chip, &config);
	load_battery(d, &config);
	battery_take(chip, &d->kept);
	time = civil(seconds);
	err = vrtc_set_time(chip, &time);
	if (!err)
		err = machine_claim_ports(m, PORT, PORTS, "vrtc", &ports, chip);
	if (!err)
		err = machine_provide(m, CMOS_ROLE, &cmos_ops, chip);
	*device = d;
	return err;
}

static void destroy(void *device) { save_battery(device); }
static void reset(void *device) { vrtc_reset(device); }
static void describe(void *device, struct fmt_sink *o) { vrtc_describe(device, o); }
static const void *state(void *device) { return &((struct vrtc *)device)->s; }
static int load(void *device, const void *s) { return vrtc_load(device, s); }

static const struct vdev_ops ops = {
	.create = create, .destroy = destroy, .reset = reset, .describe = describe,
	.state_size = sizeof(struct vrtc_state), .state = state, .load = load,
};

VDEV_MODULE("vrtc", "virtual clock and CMOS memory (MC146818)", &ops);
