/* The volume that the boot path brought along in memory, as block device "ram0".
 *
 * The boot path leaves out what is free space at the volume's end. The device still has the
 * volume's full size: what was left out reads as zeros, and finds memory, in chunks, when it
 * is written. Only where used parts were cut off for want of memory is the device as
 * short as what is there, so that nothing reads zeros for data. */
#include <base/mem.h>
#include <iface/block.h>
#include <kern/boot.h>
#include <kern/memory.h>
#include <kern/module.h>

enum {
	CHUNK_PAGES = 4,
	CHUNK_SECTORS = CHUNK_PAGES * 4096 / BLOCK_SECTOR,
};

struct ramdisk {
	struct account *account;
	uint8_t *data;              /* the first `present` sectors */
	uint64_t present, sectors;
	uint8_t **chunks;           /* of the rest; NULL before the first write there, as each */
	size_t chunk_count;
};

static struct ramdisk disk;

static int info(void *instance, struct block_info *out)
{
	struct ramdisk *d = instance;

	*out = (struct block_info){ .sectors = d->sectors, .model = "volume in memory" };
	return E_OK;
}

static bool inside(const struct ramdisk *d, uint64_t sector, uint32_t count)
{
	return sector <= d->sectors && count <= d->sectors - sector;
}

/* Where a sector is; NULL: nowhere yet. */
static uint8_t *place_of(const struct ramdisk *d, uint64_t sector)
{
	uint32_t beyond;
	uint8_t *chunk;

	if (sector < d->present)
		return d->data + sector * BLOCK_SECTOR;
	if (!d->chunks)
		return NULL;
	beyond = (uint32_t)(sector - d->present);
	chunk = d->chunks[beyond / CHUNK_SECTORS];
	return chunk ? chunk + beyond % CHUNK_SECTORS * BLOCK_SECTOR : NULL;
}

/* As place_of(), with memory found for the sector; NULL: there is none. */
static uint8_t *place_make(struct ramdisk *d, uint64_t sector)
{
	uint8_t *place = place_of(d, sector);
	uint32_t index = (uint32_t)(sector - d->present) / CHUNK_SECTORS;

	if (place)
		return place;
	if (!d->chunks)
		d->chunks = mem_alloc(d->account, d->chunk_count * sizeof *d->chunks);
	if (!d->chunks)
		return NULL;
	d->chunks[index] = page_alloc(d->account, CHUNK_PAGES);
	return place_of(d, sector);
}

static int read(void *instance, uint64_t sector, uint32_t count, void *buf)
{
	struct ramdisk *d = instance;
	uint8_t *to = buf;

	if (!inside(d, sector, count))
		return E_RANGE;
	for (; count; count--, sector++, to += BLOCK_SECTOR) {
		const uint8_t *place = place_of(d, sector);

		if (place)
			memcpy(to, place, BLOCK_SECTOR);
		else
			memset(to, 0, BLOCK_SECTOR);
	}
	return E_OK;
}

static int write(void *instance, uint64_t sector, uint32_t count, const void *buf)
{
	struct ramdisk *d = instance;
	const uint8_t *from = buf;

	if (!inside(d, sector, count))
		return E_RANGE;
	for (; count; count--, sector++, from += BLOCK_SECTOR) {
		uint8_t *place = place_make(d, sector);

		if (!place)
			return E_NO_MEMORY;
		memcpy(place, from, BLOCK_SECTOR);
	}
	return E_OK;
}

static int flush(void *instance)
{
	(void)instance;
	return E_OK;
}

static const struct block_ops ops = { info, read, write, flush };

static int start(struct module *self)
{
	const struct boot_info *boot = boot_hand_over();
	uint64_t total = boot->volume_total / BLOCK_SECTOR;

	if (!(boot->flags & BOOT_VOLUME_IN_MEMORY) || !boot->volume_size)
		return E_OK;
	disk.account = module_account(self);
	disk.data = paddr_to_virt(boot->volume_paddr);
	disk.present = disk.sectors = boot->volume_size / BLOCK_SECTOR;
	if (!(boot->flags & BOOT_VOLUME_CUT) && total > disk.present)
		disk.sectors = total;
	disk.chunk_count = (size_t)((disk.sectors - disk.present + CHUNK_SECTORS - 1) / CHUNK_SECTORS);
	return offer_add(self, BLOCK_ROLE, "ram0", BLOCK_VERSION, &ops, &disk);
}

MODULE(.name = "ramdisk", .summary = "the volume in memory as a block device", .start = start);
