/* The volume that the boot path brought along in memory, as block device "ram0". */
#include <base/mem.h>
#include <iface/block.h>
#include <kern/boot.h>
#include <kern/memory.h>
#include <kern/module.h>

struct ramdisk {
	uint8_t *data;
	uint64_t sectors;
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

static int read(void *instance, uint64_t sector, uint32_t count, void *buf)
{
	struct ramdisk *d = instance;

	if (!inside(d, sector, count))
		return E_RANGE;
	memcpy(buf, d->data + sector * BLOCK_SECTOR, (size_t)count * BLOCK_SECTOR);
	return E_OK;
}

static int write(void *instance, uint64_t sector, uint32_t count, const void *buf)
{
	struct ramdisk *d = instance;

	if (!inside(d, sector, count))
		return E_RANGE;
	memcpy(d->data + sector * BLOCK_SECTOR, buf, (size_t)count * BLOCK_SECTOR);
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

	if (!(boot->flags & BOOT_VOLUME_IN_MEMORY) || !boot->volume_size)
		return E_OK;
	disk.data = paddr_to_virt(boot->volume_paddr);
	disk.sectors = boot->volume_size / BLOCK_SECTOR;
	return offer_add(self, BLOCK_ROLE, "ram0", BLOCK_VERSION, &ops, &disk);
}

MODULE(.name = "ramdisk", .summary = "the volume in memory as a block device", .start = start);
