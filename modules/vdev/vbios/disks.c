/* The backing of BIOS drives.
 *
 * One transfer at a time is under way in a machine (INT 13h is not re-entrant), so one slot
 * between the machine's task and the worker is enough. */
#include <base/mem.h>
#include <iface/block.h>
#include <iface/fs.h>
#include <kern/log.h>
#include <kern/module.h>
#include <kern/task.h>
#include "disks.h"

struct disk {
	char file[DISK_PATH_MAX];
	struct offer *offer;             /* of the file system, or of the host's device */
	const struct fs_ops *fs;
	struct fs_file *open;
	const struct block_ops *block;
	void *instance;
	uint64_t size;                   /* bytes */
	bool read_only;
};

struct disks {
	struct machine *m;
	void (*complete)(void *ctx, int result);
	void *ctx;
	struct task *worker;
	struct wait_queue work;
	bool end;
	struct disk disk[VBIOS_DRIVES];
	/* The transfer under way; `busy` from submit to the worker's end. */
	volatile bool busy;
	struct disk *target;
	enum vbios_op op;
	uint64_t lba;
	unsigned count;
	void *buffer;
};

static struct disk *slot(struct disks *d, unsigned drive)
{
	unsigned index = drive < 0x80 ? drive : drive - 0x80 + VBIOS_FLOPPIES;

	return index < VBIOS_DRIVES ? &d->disk[index] : NULL;
}

/* --- transfers --------------------------------------------------------------------------- */

/* The last sector of a file may be partly there; the rest reads as zeros. */
static int file_read(struct disk *k, uint64_t offset, uint8_t *buffer, size_t size)
{
	int n = k->fs->read(k->open, offset, buffer, size);

	if (n < 0)
		return n;
	memset(buffer + n, 0, size - (size_t)n);
	return E_OK;
}

static int file_write(struct disk *k, uint64_t offset, const uint8_t *buffer, size_t size)
{
	int n = k->fs->write(k->open, offset, buffer, size);

	return n < 0 ? n : (size_t)n == size ? E_OK : E_NO_SPACE;
}

static int transfer(struct disks *d)
{
	struct disk *k = d->target;
	uint64_t offset = d->lba * VBIOS_SECTOR;
	size_t size = d->count * VBIOS_SECTOR;

	if (k->block)
		return d->op == VBIOS_OP_WRITE ? k->block->write(k->instance, d->lba, d->count, d->buffer)
					       : k->block->read(k->instance, d->lba, d->count, d->buffer);
	if (d->op == VBIOS_OP_WRITE)
		return file_write(k, offset, d->buffer, size);
	return file_read(k, offset, d->buffer, size);
}

static void completed(void *ctx, uint32_t result, uint32_t unused)
{
	struct disks *d = ctx;

	(void)unused;
	d->complete(d->ctx, (int)result);
}

static void worker(void *arg)
{
	struct disks *d = arg;
	uint32_t flags = lock_irq();

	while (!d->end) {
		int result;

		if (!d->busy) {
			(void)!wait_firm(&d->work, WAIT_FOREVER);
			continue;
		}
		unlock_irq(flags);
		result = transfer(d);
		d->busy = false;
		while (machine_post(d->m, &(struct machine_event){ completed, d, (uint32_t)result, 0 }) &&
		       !d->end)
			(void)!task_sleep(NS_PER_MS);
		flags = lock_irq();
	}
	unlock_irq(flags);
}

int disks_submit(struct disks *d, unsigned drive, enum vbios_op op, uint64_t lba, unsigned count,
		 void *buffer)
{
	struct disk *k = slot(d, drive);

	if (!k || !k->file[0])
		return E_NO_MEDIUM;
	if (op == VBIOS_OP_WRITE && k->read_only)
		return E_READ_ONLY;
	if ((lba + count) * VBIOS_SECTOR > ALIGN_UP(k->size, VBIOS_SECTOR))
		return E_RANGE;
	ASSERT(!d->busy);
	d->target = k;
	d->op = op;
	d->lba = lba;
	d->count = count;
	d->buffer = buffer;
	d->busy = true;
	wake_one(&d->work);
	return E_AGAIN;
}

/* --- media ------------------------------------------------------------------------------------ */

static int open_host(struct disk *k, const char *name, struct vbios_drive *what)
{
	struct block_info info;
	int err = offer_get(BLOCK_ROLE, name, BLOCK_VERSION, &k->offer, &k->block, &k->instance);

	if (err)
		return err;
	err = k->block->info(k->instance, &info);
	if (err) {
		offer_put(k->offer);
		k->block = NULL;
		return err;
	}
	k->size = info.sectors * VBIOS_SECTOR;
	k->read_only |= info.read_only;
	what->cylinders = info.cylinders;
	what->heads = info.heads;
	what->sectors_per_track = info.sectors_per_track;
	return E_OK;
}

static int open_file(struct disk *k, const char *path)
{
	void *fs;
	struct fs_info info;
	int err = offer_get(FS_ROLE, "root", FS_VERSION, &k->offer, &k->fs, &fs);

	if (err)
		return err;
	if (k->fs->info(fs, &info) == E_OK && info.read_only)
		k->read_only = true;
	err = k->fs->open(fs, path, k->read_only ? FS_READ : FS_WRITE, &k->open);
	if (!err)
		err = k->fs->size(k->open, &k->size);
	if (err) {
		if (k->open)
			k->fs->close(k->open);
		k->open = NULL;
		offer_put(k->offer);
	}
	return err;
}

int disks_open(struct disks *d, unsigned drive, const char *file, bool read_only,
	       struct vbios_drive *what)
{
	struct disk *k = slot(d, drive);
	int err;

	if (!k || strlen(file) >= sizeof k->file)
		return E_RANGE;
	*k = (struct disk){ .read_only = read_only };
	*what = (struct vbios_drive){ .flags = VBIOS_PRESENT | VBIOS_MEDIUM };
	err = strncmp(file, "host:", 5) == 0 ? open_host(k, file + 5, what) : open_file(k, file);
	if (!err && k->size < VBIOS_SECTOR) {
		disks_close(d, drive);
		err = E_DAMAGED;
	}
	if (err) {
		*k = (struct disk){ 0 };
		return err;
	}
	str_copy(k->file, file, sizeof k->file);
	what->sectors = (k->size + VBIOS_SECTOR - 1) / VBIOS_SECTOR;
	if (k->read_only)
		what->flags |= VBIOS_READ_ONLY;
	if (drive < 0x80)
		what->flags |= VBIOS_REMOVABLE;
	return E_OK;
}

void disks_close(struct disks *d, unsigned drive)
{
	struct disk *k = slot(d, drive);

	if (!k || (!k->open && !k->block))
		return;
	while (d->busy && d->target == k)
		(void)!task_sleep(NS_PER_MS);
	if (k->open)
		k->fs->close(k->open);
	offer_put(k->offer);
	*k = (struct disk){ 0 };
}

const char *disks_file(const struct disks *d, unsigned drive)
{
	unsigned index = drive < 0x80 ? drive : drive - 0x80 + VBIOS_FLOPPIES;

	return index < VBIOS_DRIVES ? d->disk[index].file : "";
}

/* --- life ---------------------------------------------------------------------------------------- */

int disks_new(struct machine *m, void (*complete)(void *ctx, int result), void *ctx, struct disks **disks)
{
	struct disks *d = mem_alloc(machine_account(m), sizeof *d);
	char name[MACHINE_NAME_MAX];

	if (!d)
		return E_NO_MEMORY;
	d->m = m;
	d->complete = complete;
	d->ctx = ctx;
	wait_init(&d->work);
	fmt_buf(name, sizeof name, "%.10s.disk", machine_name(m));
	d->worker = task_new(machine_account(m), name, PRIORITY_SYSTEM, 1, worker, d);
	if (!d->worker) {
		mem_free(d);
		return E_NO_MEMORY;
	}
	*disks = d;
	return E_OK;
}

void disks_free(struct disks *d)
{
	d->end = true;
	wake_all(&d->work);
	task_join(d->worker);
	for (unsigned i = 0; i < VBIOS_DRIVES; i++)
		disks_close(d, i < VBIOS_FLOPPIES ? i : 0x80 + i - VBIOS_FLOPPIES);
	mem_free(d);
}
