/* The machine's floppy disk controller at 3F0h-3F5h and 3F7h (3F6h is the hard disk's), "irq6", DMA
 * channel 2. Its drives are what the machine's media have as a: and b:.
 *
 * Arguments: timing=real|fast (how long steps and rotation take; real without), mode=at|ps2 (how the
 * chip is strapped; at without), seek=command|implied (whether reading and writing seek by themselves;
 * by command without).
 *
 * A medium is seen by the chip when its first sector was read, which says what format it has. */
#include <base/args.h>
#include <base/mem.h>
#include <disk/geometry.h>
#include <iface/floppy.h>
#include <iface/dma.h>
#include <iface/media.h>
#include <iface/vdev_module.h>
#include <kern/log.h>
#include "vfdc.h"

enum { PORTS_BELOW_IDE = 6, OPTION_MAX = 8 };

struct device {
	struct vfdc chip;
	struct machine *m;
	const struct media_ops *media;
	void *media_instance;
	const struct dma_ops *dma;
	void *dma_instance;
	struct media_watcher watcher;
	struct media_request transfer;       /* the chip's */
	struct media_request probe;          /* ours: the first sector of a medium */
	uint8_t to_probe;                    /* drives whose medium has to be looked at */
	bool probing;
	struct media_info probed;
	uint8_t boot[MEDIA_SECTOR];
};

/* --- what is in the drives ------------------------------------------------------------------ */

static void probe_next(struct device *d);

/* A medium that cannot be read is still there, in the format of its size. */
static void probe_done(void *ctx, int result)
{
	struct device *d = ctx;
	struct disk_geometry g = floppy_geometry(d->probed.sectors, result == E_OK ? d->boot : NULL);

	d->probing = false;
	if (!(d->to_probe & 1u << d->probe.drive))
		vfdc_insert(&d->chip, d->probe.drive, &(struct vfdc_medium){
			.cylinders = g.cylinders, .heads = (uint8_t)g.heads,
			.sectors = (uint8_t)g.sectors_per_track, .read_only = d->probed.read_only });
	probe_next(d);
}

static void probe_next(struct device *d)
{
	for (unsigned drive = 0; drive < VFDC_DRIVES && !d->probing; drive++) {
		if (!(d->to_probe & 1u << drive))
			continue;
		d->to_probe &= ~(1u << drive);
		d->media->info(d->media_instance, drive, &d->probed);
		if (!d->probed.medium)
			continue;
		d->probing = true;
		d->probe = (struct media_request){ .drive = (uint8_t)drive, .op = MEDIA_READ, .count = 1,
						   .buffer = d->boot, .done = probe_done, .ctx = d };
		d->media->submit(d->media_instance, &d->probe);
	}
}

static void media_changed(void *ctx, unsigned drive, const struct media_info *info)
{
	struct device *d = ctx;

	if (drive >= VFDC_DRIVES)
		return;
	vfdc_insert(&d->chip, drive, NULL);
	if (info->medium)
		d->to_probe |= 1u << drive;
	probe_next(d);
}

/* --- the chip's wires ------------------------------------------------------------------------- */

/* What an image lacks at its end reads as zeros, as INT 13h has it. */
static void transfer_done(void *ctx, int result)
{
	struct device *d = ctx;

	if (result == E_RANGE && d->transfer.op == MEDIA_READ) {
		memset(d->transfer.buffer, 0, MEDIA_SECTOR);
		result = E_OK;
	}
	vfdc_complete(&d->chip, result);
}

static void submit(void *of, unsigned drive, bool write, uint32_t lba, void *buffer)
{
	struct device *d = of;

	d->transfer = (struct media_request){ .drive = (uint8_t)drive, .op = write ? MEDIA_WRITE : MEDIA_READ,
					      .count = 1, .lba = lba, .buffer = buffer, .done = transfer_done,
					      .ctx = d };
	d->media->submit(d->media_instance, &d->transfer);
}

static void cancel(void *of)
{
	struct device *d = of;

	d->media->cancel(d->media_instance, &d->transfer);
}

static void request(void *of, bool level)
{
	struct device *d = of;

	d->dma->request(d->dma_instance, I82077_DMA, level);
}

static uint16_t dma_read(void *chip, bool terminal_count) { return vfdc_dma_read(chip, terminal_count); }

static void dma_write(void *chip, uint16_t data, bool terminal_count)
{
	vfdc_dma_write(chip, (uint8_t)data, terminal_count);
}

static uint8_t in(void *chip, unsigned reg) { return vfdc_in(chip, reg); }
static void out(void *chip, unsigned reg, uint8_t value) { vfdc_out(chip, reg, value); }
static uint8_t dir_in(void *chip, unsigned reg) { (void)reg; return vfdc_in(chip, I82077_DIR); }
static void ccr_out(void *chip, unsigned reg, uint8_t value) { (void)reg; vfdc_out(chip, I82077_CCR, value); }
static void expire(void *chip, uint64_t now) { vfdc_expire(chip, now); }

static void used(void *of, unsigned drive, unsigned cylinder)
{
	vfdc_used(&((struct device *)of)->chip, drive, cylinder);
}

static const struct floppy_ops floppy_ops = { .used = used };
static const struct port_ops ports = { .in = in, .out = out };
static const struct port_ops last_port = { .in = dir_in, .out = ccr_out };

/* --- life ------------------------------------------------------------------------------------- */

static bool option(const char *args, const char *key, const char *usual, const char *other, bool *chosen)
{
	char value[OPTION_MAX];

	*chosen = false;
	if (!args_get(args, key, value, sizeof value) || strcmp(value, usual) == 0)
		return true;
	*chosen = strcmp(value, other) == 0;
	if (!*chosen)
		log_line("vfdc: %s=%s: not %s or %s", key, value, usual, other);
	return *chosen;
}

static int connect(struct device *d)
{
	struct dma_device channel = { dma_read, dma_write, &d->chip };

	if (!machine_role(d->m, MEDIA_ROLE, &d->media, &d->media_instance) ||
	    !machine_role(d->m, DMA_ROLE, &d->dma, &d->dma_instance)) {
		log_line("vfdc: the machine has no media or no DMA controller; put them before it");
		return E_NOT_FOUND;
	}
	return d->dma->attach(d->dma_instance, I82077_DMA, &channel);
}

static void drives_connect(struct device *d)
{
	struct media_info info;

	for (unsigned drive = 0; drive < VFDC_DRIVES; drive++) {
		d->media->info(d->media_instance, drive, &info);
		vfdc_connect(&d->chip, drive, info.kind == MEDIA_FLOPPY);
		if (info.kind == MEDIA_FLOPPY && info.medium)
			d->to_probe |= 1u << drive;
	}
	d->watcher = (struct media_watcher){ .changed = media_changed, .ctx = d };
	d->media->watch(d->media_instance, &d->watcher);
}

static int create(struct machine *m, const char *args, void **device)
{
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	int err;

	if (!d)
		return E_NO_MEMORY;
	d->m = m;
	if (!option(args, "timing", "real", "fast", &d->chip.fast) ||
	    !option(args, "mode", "at", "ps2", &d->chip.ps2) ||
	    !option(args, "seek", "command", "implied", &d->chip.implied))
		return E_INVALID;
	err = connect(d);
	if (err)
		return err;
	d->chip.wires = (struct vfdc_wires){ d, submit, cancel, request };
	d->chip.irq = machine_line(m, "irq6");
	d->chip.clock = machine_clock(m, expire, &d->chip);
	err = machine_claim_ports(m, I82077_PORT, PORTS_BELOW_IDE, "vfdc", &ports, &d->chip);
	if (!err)
		err = machine_claim_ports(m, I82077_PORT + I82077_DIR, 1, "vfdc", &last_port, &d->chip);
	if (!err)
		err = machine_provide(m, FLOPPY_ROLE, &floppy_ops, d);
	if (!err)
		drives_connect(d);
	*device = d;
	return err;
}

static void reset(void *device)
{
	struct device *d = device;

	vfdc_reset(&d->chip);
	probe_next(d);
}

static void describe(void *device, struct fmt_sink *o) { vfdc_describe(&((struct device *)device)->chip, o); }
static const void *state(void *device) { return &((struct device *)device)->chip.s; }

/* The state knows the media that were there; of others, the chip hears as of any change. */
static void compare_media(struct device *d)
{
	struct media_info info;

	for (unsigned drive = 0; drive < VFDC_DRIVES; drive++) {
		bool had = d->chip.s.drive[drive].medium.sectors != 0;

		d->media->info(d->media_instance, drive, &info);
		if (had && !info.medium)
			vfdc_insert(&d->chip, drive, NULL);
		else if (!had && info.medium)
			d->to_probe |= 1u << drive;
	}
	probe_next(d);
}

static int load(void *device, const void *s)
{
	struct device *d = device;
	int err = vfdc_load(&d->chip, s);

	if (err)
		return err;
	if (d->probing)
		d->media->cancel(d->media_instance, &d->probe);
	d->probing = false;
	d->to_probe = 0;
	compare_media(d);
	return E_OK;
}

static const struct vdev_ops ops = {
	.create = create, .reset = reset, .describe = describe,
	.state_size = sizeof(struct vfdc_state), .state = state, .load = load,
};

VDEV_MODULE("vfdc", "virtual floppy disk controller (82077AA)", &ops);
