/* Host hard disks: contract "block" over the ATA channels of the PC.
 *
 * Drives are "hd0" to "hd3": primary and secondary channel, first and second drive. LBA28 and
 * LBA48 where the drive has them, CHS otherwise. Data go by bus master DMA where controller and drive have
 * been set to it, otherwise by programmed I/O, several sectors an interrupt if the drive can. What DMA
 * fails to do is done by programmed I/O, and if that goes well DMA is not tried again on that drive. A command waits for its
 * interrupt, so that others run meanwhile; one that does not come is made up for by looking at the status
 * now and then. Partitions are offered as "hd0p1" to "hd0p4".
 * Not done: ATAPI.
 * Read: ANSI X3.221-1994 "AT Attachment Interface for Disk Drives" (registers, PIO data in and
 * out commands, DMA data transfer commands, SET MULTIPLE MODE); ANSI NCITS 361-2002 ATA/ATAPI-6, "48-bit
 * Address feature set", "IDENTIFY DEVICE" words 49, 53, 63 and 88. */
#include <abi/progress.h>
#include <base/mem.h>
#include <hw/ata.h>
#include <iface/block.h>
#include <kern/irq.h>
#include <kern/log.h>
#include <kern/module.h>
#include <kern/task.h>
#include "master.h"

enum {
	CHANNELS = 2, DRIVES = 2, PARTITIONS = 4,
	COUNT_MAX = MASTER_MAX / BLOCK_SECTOR,   /* a command; bounds how long the lock is held */
	RESET_TIMEOUT_S = 5, POLL_NS = 5 * NS_PER_MS,
	COMMAND_TIMEOUT_S = 30, SPINS = 1000,
	MBR_TABLE = 446, MBR_ENTRY = 16, MBR_SIGNATURE = 510,
};

struct channel {
	uint16_t base, control;
	uint8_t line;
	struct irq_handler handler;
	struct wait_queue done;
	volatile bool interrupted;
	struct mutex lock;
	struct master master;
};

struct drive {
	struct channel *channel;
	unsigned number;                 /* 0 or 1 on its channel */
	char name[8];
	uint64_t sectors;
	bool lba, lba48, dma;
	uint8_t multiple;                /* sectors an interrupt */
	uint16_t cylinders, heads, sectors_per_track;
	char model[41];
	uint32_t reads, writes, errors;  /* commands */
};

/* A drive as a whole, or one of its partitions. */
struct unit {
	struct drive *drive;
	uint64_t first, sectors;
};

static struct channel channels[CHANNELS] = {
	{ .base = ATA_PRIMARY, .control = ATA_PRIMARY_CONTROL, .line = ATA_PRIMARY_IRQ },
	{ .base = ATA_SECONDARY, .control = ATA_SECONDARY_CONTROL, .line = ATA_SECONDARY_IRQ },
};

static uint8_t get(const struct channel *c, unsigned reg)
{
	return port_in8((uint16_t)(c->base + reg));
}

static void put(const struct channel *c, unsigned reg, uint8_t value)
{
	port_out8((uint16_t)(c->base + reg), value);
}

/* The alternate status is read four times: 400 ns for a drive to drive its status. */
static uint8_t status(const struct channel *c)
{
	for (unsigned i = 0; i < 3; i++)
		port_in8(c->control);
	return port_in8(c->control);
}

static bool interrupt(void *ctx)
{
	struct channel *c = ctx;

	get(c, ATA_STATUS);
	c->interrupted = true;
	wake_all(&c->done);
	return true;
}

/* --- waiting ------------------------------------------------------------------------------ */

/* Waits for the end of a command's DMA, or for BSY to go; first without sleeping, since a drive's buffer is
 * often quicker than a task switch. The interrupt only shortens the sleep: what counts is the status. */
static int wait_while(struct channel *c, bool (*busy)(const struct channel *c), uint64_t timeout_ns)
{
	uint64_t deadline = time_now() + timeout_ns;

	for (unsigned i = 0; i < SPINS; i++)
		if (!busy(c))
			return E_OK;
	port_out8(PROGRESS_PORT, PROGRESS_DISK);
	while (busy(c)) {
		uint32_t flags;

		if (time_now() > deadline)
			return E_TIMEOUT;
		flags = lock_irq();
		if (!c->interrupted)
			(void)!wait_firm(&c->done, POLL_NS);
		c->interrupted = false;
		unlock_irq(flags);
	}
	return E_OK;
}

static bool is_busy(const struct channel *c)
{
	return port_in8(c->control) & ATA_STATUS_BSY;
}

static bool is_moving(const struct channel *c)
{
	return master_busy(&c->master);
}

static int wait_ready(struct channel *c)
{
	(void)status(c);
	return wait_while(c, is_busy, COMMAND_TIMEOUT_S * NS_PER_S);
}

static int wait_data(struct channel *c)
{
	int err = wait_ready(c);
	uint8_t s = status(c);

	if (err)
		return err;
	if (s & (ATA_STATUS_ERR | ATA_STATUS_DF))
		return E_IO;
	return s & ATA_STATUS_DRQ ? E_OK : E_IO;
}

/* --- commands --------------------------------------------------------------------------------- */

static void select_drive(const struct drive *d, uint8_t bits)
{
	put(d->channel, ATA_DEVICE, (uint8_t)(ATA_DEVICE_OBSOLETE | d->number << ATA_DEVICE_SHIFT | bits));
	status(d->channel);
}

static void address_lba48(const struct drive *d, uint64_t lba, uint32_t count)
{
	const struct channel *c = d->channel;

	select_drive(d, ATA_DEVICE_LBA);
	put(c, ATA_COUNT, (uint8_t)(count >> 8));
	put(c, ATA_LBA_LOW, (uint8_t)(lba >> 24));
	put(c, ATA_LBA_MID, (uint8_t)(lba >> 32));
	put(c, ATA_LBA_HIGH, (uint8_t)(lba >> 40));
	put(c, ATA_COUNT, (uint8_t)count);
	put(c, ATA_LBA_LOW, (uint8_t)lba);
	put(c, ATA_LBA_MID, (uint8_t)(lba >> 8));
	put(c, ATA_LBA_HIGH, (uint8_t)(lba >> 16));
}

static void address_28(const struct drive *d, uint32_t lba, uint32_t count)
{
	const struct channel *c = d->channel;
	uint32_t sector, rest, cylinder;

	if (d->lba) {
		select_drive(d, (uint8_t)(ATA_DEVICE_LBA | lba >> 24));
		put(c, ATA_LBA_LOW, (uint8_t)lba);
		put(c, ATA_LBA_MID, (uint8_t)(lba >> 8));
		put(c, ATA_LBA_HIGH, (uint8_t)(lba >> 16));
	} else {
		sector = lba % d->sectors_per_track + 1;
		rest = lba / d->sectors_per_track;
		cylinder = rest / d->heads;
		select_drive(d, (uint8_t)(rest % d->heads));
		put(c, ATA_LBA_LOW, (uint8_t)sector);
		put(c, ATA_LBA_MID, (uint8_t)cylinder);
		put(c, ATA_LBA_HIGH, (uint8_t)(cylinder >> 8));
	}
	put(c, ATA_COUNT, (uint8_t)count);
}

static bool needs_lba48(const struct drive *d, uint64_t lba, uint32_t count)
{
	return d->lba48 && lba + count > ATA_LBA28_MAX;
}

enum way { BY_SECTORS, BY_BLOCKS, BY_DMA };

static int start_command(struct drive *d, uint64_t lba, uint32_t count, enum way way, bool write)
{
	static const uint8_t commands[][2][2] = {
		[BY_SECTORS] = { { ATA_READ_SECTORS, ATA_WRITE_SECTORS },
				 { ATA_READ_SECTORS_EXT, ATA_WRITE_SECTORS_EXT } },
		[BY_BLOCKS] = { { ATA_READ_MULTIPLE, ATA_WRITE_MULTIPLE },
				{ ATA_READ_MULTIPLE_EXT, ATA_WRITE_MULTIPLE_EXT } },
		[BY_DMA] = { { ATA_READ_DMA, ATA_WRITE_DMA }, { ATA_READ_DMA_EXT, ATA_WRITE_DMA_EXT } },
	};
	bool ext = needs_lba48(d, lba, count);
	int err = wait_ready(d->channel);

	if (err)
		return err;
	d->channel->interrupted = false;
	if (ext)
		address_lba48(d, lba, count);
	else
		address_28(d, (uint32_t)lba, count);
	put(d->channel, ATA_COMMAND, commands[way][ext][write]);
	return E_OK;
}

static void data_in(const struct channel *c, void *buf, uint32_t sectors)
{
	uint32_t words = sectors * BLOCK_SECTOR / 2;

	__asm__ volatile("rep insw" : "+D"(buf), "+c"(words) : "d"(c->base + ATA_DATA) : "memory");
}

static void data_out(const struct channel *c, const void *buf, uint32_t sectors)
{
	uint32_t words = sectors * BLOCK_SECTOR / 2;

	__asm__ volatile("rep outsw" : "+S"(buf), "+c"(words) : "d"(c->base + ATA_DATA) : "memory");
}

static int end_status(const struct channel *c)
{
	return status(c) & (ATA_STATUS_ERR | ATA_STATUS_DF) ? E_IO : E_OK;
}

static int transfer_pio(struct drive *d, uint64_t lba, uint32_t count, uint8_t *buf, bool write)
{
	int err = start_command(d, lba, count, d->multiple > 1 ? BY_BLOCKS : BY_SECTORS, write);

	while (count && !err) {
		uint32_t n = MIN(count, (uint32_t)d->multiple);

		err = wait_data(d->channel);
		if (err)
			break;
		if (write)
			data_out(d->channel, buf, n);
		else
			data_in(d->channel, buf, n);
		buf += n * BLOCK_SECTOR;
		count -= n;
		task_checkpoint();
	}
	if (!err && write)
		err = wait_ready(d->channel);
	return err ? err : end_status(d->channel);
}

static int transfer_dma(struct drive *d, uint64_t lba, uint32_t count, const uint8_t *buf, bool write)
{
	struct channel *c = d->channel;
	int err;

	master_prepare(&c->master, virt_to_paddr(buf), count * BLOCK_SECTOR, !write);
	err = start_command(d, lba, count, BY_DMA, write);
	if (!err) {
		master_start(&c->master, !write);
		err = wait_while(c, is_moving, COMMAND_TIMEOUT_S * NS_PER_S);
	}
	if (!master_stop(&c->master) && !err)
		err = E_IO;
	return err ? err : end_status(c);
}

static int transfer(struct drive *d, uint64_t lba, uint32_t count, uint8_t *buf, bool write)
{
	bool dma = d->dma && !((uintptr_t)buf & 1);
	int err = dma ? transfer_dma(d, lba, count, buf, write) : transfer_pio(d, lba, count, buf, write);

	if (!err)
		return E_OK;
	d->errors++;
	log_line("%s: %s %u sectors at %llu: %s, status %02x, error %02x", d->name,
		 write ? "write of" : "read of", (unsigned)count, (unsigned long long)lba,
		 error_text(err), status(d->channel), get(d->channel, ATA_ERROR));
	if (!dma)
		return err;
	d->dma = false;
	err = transfer(d, lba, count, buf, write);
	d->dma = err != E_OK;
	return err;
}

/* --- contract ------------------------------------------------------------------------------------- */

static int rw(struct unit *u, uint64_t sector, uint32_t count, uint8_t *buf, bool write)
{
	struct drive *d = u->drive;
	int err = E_OK;

	if (sector > u->sectors || count > u->sectors - sector)
		return E_RANGE;
	sector += u->first;
	mutex_lock(&d->channel->lock);
	*(write ? &d->writes : &d->reads) += 1;
	while (count && !err) {
		uint32_t n = MIN(count, (uint32_t)COUNT_MAX);

		err = transfer(d, sector, n, buf, write);
		sector += n, count -= n, buf += n * BLOCK_SECTOR;
	}
	mutex_unlock(&d->channel->lock);
	return err;
}

static int unit_read(void *instance, uint64_t sector, uint32_t count, void *buf)
{
	return rw(instance, sector, count, buf, false);
}

static int unit_write(void *instance, uint64_t sector, uint32_t count, const void *buf)
{
	return rw(instance, sector, count, (uint8_t *)buf, true);
}

/* A drive too old to know the command has no cache to flush. */
static int unit_flush(void *instance)
{
	struct drive *d = ((struct unit *)instance)->drive;
	int err;

	mutex_lock(&d->channel->lock);
	err = wait_ready(d->channel);
	if (!err) {
		select_drive(d, 0);
		d->channel->interrupted = false;
		put(d->channel, ATA_COMMAND, ATA_FLUSH_CACHE);
		err = wait_ready(d->channel);
	}
	mutex_unlock(&d->channel->lock);
	return err;
}

static int unit_info(void *instance, struct block_info *info)
{
	struct unit *u = instance;
	struct drive *d = u->drive;

	*info = (struct block_info){
		.sectors = u->sectors, .cylinders = d->cylinders, .heads = d->heads,
		.sectors_per_track = d->sectors_per_track,
	};
	str_copy(info->model, d->model, sizeof info->model);
	return E_OK;
}

static const struct block_ops ops = { unit_info, unit_read, unit_write, unit_flush };

/* --- finding drives --------------------------------------------------------------------------------- */

static bool channel_present(struct channel *c)
{
	uint8_t before = status(c);

	if (before == 0xFF)
		return false;
	put(c, ATA_COUNT, 0x55);
	put(c, ATA_LBA_LOW, 0xAA);
	return get(c, ATA_COUNT) == 0x55 && get(c, ATA_LBA_LOW) == 0xAA;
}

static void model_of(struct drive *d, const uint16_t *id)
{
	char *at = d->model;

	for (unsigned i = 0; i < 20; i++) {
		*at++ = (char)(id[ATA_ID_MODEL + i] >> 8);
		*at++ = (char)id[ATA_ID_MODEL + i];
	}
	while (at > d->model && (at[-1] == ' ' || !at[-1]))
		*--at = 0;
}

static void take_identity(struct drive *d, const uint16_t *id)
{
	d->cylinders = id[ATA_ID_CYLINDERS];
	d->heads = id[ATA_ID_HEADS];
	d->sectors_per_track = id[ATA_ID_SECTORS];
	d->lba = id[ATA_ID_CAPABILITIES] & ATA_ID_CAP_LBA;
	d->lba48 = (id[ATA_ID_COMMANDS2] & ATA_ID_CMD2_VALID_MASK) == ATA_ID_CMD2_VALID &&
		   (id[ATA_ID_COMMANDS2] & ATA_ID_CMD2_LBA48);
	d->dma = d->channel->master.base && (id[ATA_ID_CAPABILITIES] & ATA_ID_CAP_DMA) &&
		 ((id[ATA_ID_DMA] & ATA_ID_DMA_SELECTED) ||
		  ((id[ATA_ID_VALID] & ATA_ID_VALID_UDMA) && (id[ATA_ID_UDMA] & ATA_ID_UDMA_SELECTED)));
	d->multiple = (uint8_t)id[ATA_ID_MULTIPLE_MAX];
	d->sectors = (uint32_t)d->cylinders * d->heads * d->sectors_per_track;
	if (d->lba)
		d->sectors = id[ATA_ID_LBA28] | (uint32_t)id[ATA_ID_LBA28 + 1] << 16;
	if (d->lba48)
		d->sectors = id[ATA_ID_LBA48] | (uint64_t)id[ATA_ID_LBA48 + 1] << 16 |
			     (uint64_t)id[ATA_ID_LBA48 + 2] << 32;
	model_of(d, id);
}

static void set_multiple(struct drive *d)
{
	if (d->multiple > 1) {
		put(d->channel, ATA_COUNT, d->multiple);
		put(d->channel, ATA_COMMAND, ATA_SET_MULTIPLE);
	}
	if (!d->multiple || wait_ready(d->channel) || end_status(d->channel))
		d->multiple = 1;
}

/* ATAPI devices and empty places answer IDENTIFY with an error or not at all. */
static int identify(struct drive *d, uint16_t *id)
{
	int err;

	select_drive(d, 0);
	if (status(d->channel) == 0 || wait_while(d->channel, is_busy, RESET_TIMEOUT_S * NS_PER_S))
		return E_NO_DEVICE;
	put(d->channel, ATA_COMMAND, ATA_IDENTIFY);
	if (status(d->channel) == 0)
		return E_NO_DEVICE;
	err = wait_data(d->channel);
	if (err)
		return E_NO_DEVICE;
	data_in(d->channel, id, 1);
	take_identity(d, id);
	set_multiple(d);
	return d->sectors && (d->lba || d->sectors_per_track) ? E_OK : E_NO_DEVICE;
}

static int offer_unit(struct module *self, struct drive *d, const char *name, uint64_t first,
		      uint64_t sectors)
{
	struct unit *u = mem_alloc(module_account(self), sizeof *u);

	if (!u)
		return E_NO_MEMORY;
	*u = (struct unit){ d, first, sectors };
	return offer_add(self, BLOCK_ROLE, name, BLOCK_VERSION, &ops, u);
}

static void offer_partitions(struct module *self, struct drive *d)
{
	uint8_t sector[BLOCK_SECTOR];
	struct unit whole = { d, 0, d->sectors };
	char name[12];

	if (rw(&whole, 0, 1, sector, false) || sector[MBR_SIGNATURE] != 0x55 ||
	    sector[MBR_SIGNATURE + 1] != 0xAA)
		return;
	for (unsigned i = 0; i < PARTITIONS; i++) {
		const uint8_t *entry = sector + MBR_TABLE + i * MBR_ENTRY;
		uint32_t first, count;

		memcpy(&first, entry + 8, sizeof first);
		memcpy(&count, entry + 12, sizeof count);
		if (!entry[4] || !count || first >= d->sectors || count > d->sectors - first)
			continue;
		fmt_buf(name, sizeof name, "%sp%u", d->name, i + 1);
		(void)!offer_unit(self, d, name, first, count);
	}
}

static int find_drive(struct module *self, struct channel *c, unsigned number)
{
	struct drive *d = mem_alloc(module_account(self), sizeof *d);
	uint16_t *id = mem_alloc(module_account(self), ATA_ID_WORDS * sizeof *id);
	int err = E_NO_MEMORY;

	if (d && id) {
		d->channel = c;
		d->number = number;
		fmt_buf(d->name, sizeof d->name, "hd%u", (unsigned)(c - channels) * DRIVES + number);
		err = identify(d, id);
	}
	mem_free(id);
	if (err) {
		mem_free(d);
		return err;
	}
	log_line("%s: %s, %llu MB%s%s", d->name, d->model, (unsigned long long)(d->sectors >> 11),
		 d->lba48 ? ", LBA48" : d->lba ? ", LBA" : ", CHS", d->dma ? ", DMA" : "");
	err = offer_unit(self, d, d->name, 0, d->sectors);
	offer_partitions(self, d);
	return err;
}

static int start(struct module *self)
{
	master_find(&channels[0].master, &channels[1].master);
	for (unsigned i = 0; i < CHANNELS; i++) {
		struct channel *c = &channels[i];

		wait_init(&c->done);
		mutex_init(&c->lock);
		if (!channel_present(c))
			continue;
		port_out8(c->control, 0);
		c->handler = (struct irq_handler){ interrupt, c, "ata", NULL, 0 };
		(void)!irq_attach(c->line, &c->handler);
		for (unsigned number = 0; number < DRIVES; number++)
			(void)!find_drive(self, c, number);
	}
	return E_OK;
}

MODULE(.name = "ata", .summary = "hard disks of the PC (ATA)", .start = start);
