/* An IDE channel of the machine: 1F0h-1F7h, 3F6h, IRQ 14, or 170h-177h, 376h, IRQ 15. Its drives are the
 * machine's disks 0 and 1, or 2 and 3, of the role "media"; channels without drives are not made.
 * 3F7h and 377h belong to floppy controllers.
 *
 * Arguments: channel=0 or 1. */
#include <base/args.h>
#include <base/mem.h>
#include <hw/ata.h>
#include <iface/media.h>
#include <iface/vdev_module.h>
#include "cmos.h"
#include "vide.h"

enum {
	CHANNELS = 2,
	POLLS = 16,                      /* of BSY in a row, before the guest is made to wait */
	WAIT_MS = 500,                   /* at most, each time */
};

struct device {
	struct vide chip;
	struct machine *m;
	const struct media_ops *media_ops;
	void *media;
	struct media_request request;    /* under way while the chip waits */
	struct media_watcher watcher;
	uint8_t first;                   /* enum media_drive of unit 0 */
	bool told[VIDE_UNITS];           /* the clock's memory knows the disk */
	uint8_t polls;                   /* of BSY, in a row */
};

static const struct { uint16_t command, control; } places[CHANNELS] = {
	{ ATA_PRIMARY, ATA_PRIMARY_CONTROL }, { ATA_SECONDARY, ATA_SECONDARY_CONTROL },
};

static void done(void *ctx, int result);

/* --- ports ---------------------------------------------------------------------------------- */

/* A guest that asks again and again whether the medium has answered is kept waiting for the answer, as if
 * the bus were slow. Many count how often they ask, and take the drive for dead after so many times; when
 * the PC is busy those would be over before the drive had a chance. After a write the first question waits:
 * there are BIOSes (that of Bochs) which ask once, since a drive with a write cache is ready at once. */
static void before_status(struct device *d)
{
	const struct vide_transfer *t = &d->chip.s.transfer;

	if (t->phase != VIDE_SUBMITTED) {
		d->polls = 0;
	} else if (t->op != VIDE_WRITE && d->polls < POLLS) {
		d->polls++;
	} else if (d->media_ops->wait(d->media, &d->request, WAIT_MS * NS_PER_MS)) {
		d->polls = 0;
		done(d, d->request.result);
	}
}

static uint8_t in(void *device, unsigned reg)
{
	struct device *d = device;

	if (reg == ATA_STATUS)
		before_status(d);
	return vide_in(&d->chip, reg);
}

static struct vide *chip_of(void *device) { return &((struct device *)device)->chip; }
static void out(void *device, unsigned reg, uint8_t value) { vide_out(chip_of(device), reg, value); }

/* Only the data register is wider than a byte. */
static uint32_t in_wide(void *device, unsigned reg, unsigned size)
{
	struct vide *chip = chip_of(device);
	uint32_t value = 0;

	if (reg == ATA_DATA) {
		value = vide_data_in(chip);
		return size == 4 ? value | (uint32_t)vide_data_in(chip) << 16 : value;
	}
	for (unsigned i = 0; i < size; i++)
		value |= (uint32_t)vide_in(chip, reg + i) << 8 * i;
	return value;
}

static void out_wide(void *device, unsigned reg, unsigned size, uint32_t value)
{
	struct vide *chip = chip_of(device);

	if (reg != ATA_DATA) {
		for (unsigned i = 0; i < size; i++)
			vide_out(chip, reg + i, (uint8_t)(value >> 8 * i));
		return;
	}
	vide_data_out(chip, (uint16_t)value);
	if (size == 4)
		vide_data_out(chip, (uint16_t)(value >> 16));
}

static uint32_t in_block(void *device, unsigned reg, unsigned size, void *to, uint32_t count)
{
	struct vide *chip = chip_of(device);
	unsigned words;
	const void *at = reg == ATA_DATA && size == 2 ? vide_data_window(chip, true, &words) : NULL;

	if (!at)
		return 0;
	words = MIN(words, count);
	memcpy(to, at, words * 2);
	vide_data_moved(chip, words);
	return words;
}

static uint32_t out_block(void *device, unsigned reg, unsigned size, const void *from, uint32_t count)
{
	struct vide *chip = chip_of(device);
	unsigned words;
	void *at = reg == ATA_DATA && size == 2 ? vide_data_window(chip, false, &words) : NULL;

	if (!at)
		return 0;
	words = MIN(words, count);
	memcpy(at, from, words * 2);
	vide_data_moved(chip, words);
	return words;
}

static uint8_t control_in(void *device, unsigned reg)
{
	struct device *d = device;

	(void)reg;
	before_status(d);
	return vide_alternate_status(&d->chip);
}

static void control_out(void *device, unsigned reg, uint8_t value)
{
	(void)reg;
	vide_control(chip_of(device), value);
}

static const struct port_ops command_ports = { .in = in, .out = out, .in_wide = in_wide, .out_wide = out_wide,
					       .in_block = in_block, .out_block = out_block };
static const struct port_ops control_ports = { .in = control_in, .out = control_out };

/* --- wires ------------------------------------------------------------------------------------- */

static void submit(void *of, unsigned unit, enum vide_op op, uint64_t lba, unsigned count, void *buffer)
{
	static const uint8_t ops[] = {
		[VIDE_READ] = MEDIA_READ, [VIDE_WRITE] = MEDIA_WRITE, [VIDE_FLUSH] = MEDIA_FLUSH,
	};
	struct device *d = of;

	d->request.drive = (uint8_t)(d->first + unit);
	d->request.op = ops[op];
	d->request.lba = lba;
	d->request.count = count;
	d->request.buffer = buffer;
	d->media_ops->submit(d->media, &d->request);
}

static void cancel(void *of)
{
	struct device *d = of;

	d->media_ops->cancel(d->media, &d->request);
}

static int eject(void *of, unsigned unit)
{
	struct device *d = of;

	return d->media_ops->eject(d->media, d->first + unit);
}

static void lock(void *of, unsigned unit, bool locked)
{
	struct device *d = of;

	d->media_ops->lock(d->media, d->first + unit, locked);
}

/* Set-up's part, as soon as the geometry is known. */
static void tell_cmos(struct device *d)
{
	const struct cmos_ops *cmos = NULL;
	void *instance;

	if (!machine_role(d->m, CMOS_ROLE, &cmos, &instance))
		return;
	for (unsigned i = 0; i < VIDE_UNITS; i++) {
		const struct vide_unit *unit = &d->chip.s.unit[i];

		if (unit->kind != VIDE_DISK || !unit->cylinders || d->told[i])
			continue;
		cmos_tell_disk(cmos, instance, d->first - MEDIA_DISK_0 + i, unit);
		d->told[i] = true;
	}
}

static void done(void *ctx, int result)
{
	struct device *d = ctx;

	vide_complete(&d->chip, result);
	tell_cmos(d);
}

/* --- drives --------------------------------------------------------------------------------------- */

static struct vide_drive drive_of(const struct media_info *info)
{
	return (struct vide_drive){
		.kind = info->kind == MEDIA_DISK ? VIDE_DISK : info->kind == MEDIA_CD ? VIDE_CD : VIDE_NONE,
		.medium = info->medium, .read_only = info->read_only, .sectors = info->sectors,
		.cylinders = info->cylinders, .heads = info->heads,
		.sectors_per_track = info->sectors_per_track,
	};
}

static void changed(void *ctx, unsigned drive, const struct media_info *info)
{
	struct device *d = ctx;
	struct vide_drive now = drive_of(info);

	if (drive >= d->first && drive < d->first + (unsigned)VIDE_UNITS)
		vide_change(&d->chip, drive - d->first, &now);
}

static void attach(struct device *d)
{
	for (unsigned i = 0; i < VIDE_UNITS; i++) {
		struct media_info info;
		struct vide_drive drive;

		d->media_ops->info(d->media, d->first + i, &info);
		drive = drive_of(&info);
		vide_attach(&d->chip, i, &drive);
	}
	d->watcher.changed = changed;
	d->watcher.ctx = d;
	d->media_ops->watch(d->media, &d->watcher);
}

/* --- life -------------------------------------------------------------------------------------------- */

/* The chip only asks for the time. */
static void expire(void *chip, uint64_t now)
{
	(void)chip, (void)now;
}

static int claim(struct device *d, unsigned channel)
{
	int err = machine_claim_ports(d->m, places[channel].command, ATA_REGISTERS, "vide", &command_ports, d);

	if (!err)
		err = machine_claim_ports(d->m, places[channel].control, 1, "vide", &control_ports, d);
	return err;
}

static int create(struct machine *m, const char *args, void **device)
{
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	uint32_t channel;
	int err = E_OK;

	if (!d)
		return E_NO_MEMORY;
	channel = args_number(args, "channel", 0, &err);
	if (err || channel >= CHANNELS) {
		machine_complain(m, "vide: %s: no such channel; write it like channel=0 or channel=1", args);
		return E_INVALID;
	}
	d->m = m;
	d->first = (uint8_t)(MEDIA_DISK_0 + channel * VIDE_UNITS);
	d->request.done = done;
	d->request.ctx = d;
	if (!machine_role(m, MEDIA_ROLE, &d->media_ops, &d->media)) {
		machine_complain(m, "vide: the machine has no drives; name device vmedia first");
		return E_NO_DEVICE;
	}
	d->chip.wires = (struct vide_wires){
		.of = d, .submit = submit, .cancel = cancel, .eject = eject, .lock = lock,
		.irq = channel ? machine_line(m, "irq15") : machine_line(m, "irq14"),
		.clock = machine_clock(m, expire, &d->chip),
	};
	err = claim(d, channel);
	if (!err)
		attach(d);
	*device = d;
	return err;
}

static void reset(void *device)
{
	struct device *d = device;

	vide_reset(&d->chip);
	tell_cmos(d);
}

static void describe(void *device, struct fmt_sink *o) { vide_describe(&((struct device *)device)->chip, o); }
static const void *state(void *device) { return &((struct device *)device)->chip.s; }
static int load(void *device, const void *s) { return vide_load(&((struct device *)device)->chip, s); }

static const struct vdev_ops ops = {
	.create = create, .reset = reset, .describe = describe,
	.state_size = sizeof(struct vide_state), .state = state, .load = load,
};

VDEV_MODULE("vide", "virtual IDE channel with disks and CD-ROM drives", &ops);
