/* The loader: from flat protected mode to the kernel, step by step.
 *
 * Every step either succeeds or ends in stop(), which says why in one line on the screen and
 * on COM1, waits for a key and restarts the machine. Steps report to port 80h as they are
 * finished (include/abi/progress.h).
 *
 * Before anything is read in bulk, all of it is found and measured. If no driver of ours
 * will reach the boot medium, the volume is copied to the top of memory next, and
 * kernel and modules are then read from the copy: each track of a floppy is read once. */
#include <abi/boot.h>
#include <base/error.h>
#include <base/mem.h>
#include <stdarg.h>
#include "../modules/fs/polyfs/polyfs_read.h"
#include "bios.h"
#include "console.h"
#include "disk.h"
#include "io.h"
#include "layout.h"
#include "load.h"
#include "memmap.h"
#include "place.h"
#include "reach.h"
#include "volume.h"

#include <abi/bda.h>
#include <hw/i8042.h>

enum {
	FLOPPY_LAST = 0x7F,
	KB = 1024,
	MB = 0x100000,
	/* A 2 MB machine has 1 MB above the first, some of which its firmware may keep. */
	HIGH_NEEDED_KB = 768,
	COPY_CHUNK = 64,                /* sectors */
	COPY_DOTS = 40,
	ALL_ONES = 0xFFFFFFFF,
};

/* The volume as it is read: what is in memory already from there, the rest from disk. */
struct source {
	struct disk disk;
	uint8_t *copy;
	uint32_t copy_sectors;
};

/* What the loader works with; one of it, in its zeroed data. */
static struct loader {
	struct boot_info info;
	struct place place;
	struct source source;
	struct polyfs_reader volume;
	struct load load;
	struct memmap_entry map[MEMMAP_ENTRIES_MAX];
	uint32_t work[POLYFS_BLOCK_SIZE / sizeof(uint32_t)];
} the_loader;

_Noreturn void loader_main(uint32_t drive);
_Noreturn void enter_kernel(uint32_t entry, struct boot_info *info, uint32_t magic);

/* --- failing -------------------------------------------------------------------- */

static _Noreturn void restart(void)
{
	*(volatile uint16_t *)memory_at(BDA_BASE + BDA_RESET_FLAG) = BDA_RESET_WARM;
	for (;;) {
		while (port_in8(I8042_BASE + I8042_STATUS) & I8042_STATUS_IBF)
			;
		port_out8(I8042_BASE + I8042_COMMAND,
			  (uint8_t)(I8042_CMD_PULSE | (0x0F & ~I8042_OUT_NOT_RESET)));
	}
}

static _Noreturn void stop_and_restart(void)
{
	progress(PROGRESS_FAILED);
	disk_close(&the_loader.source.disk);
	bios_key_wait();
	restart();
}

#define stop(...) do { \
		console_print("poly86: " __VA_ARGS__); \
		console_print(".\nPress a key to restart.\n"); \
		stop_and_restart(); \
	} while (0)

static _Noreturn void stop_disk(const struct disk *disk)
{
	stop("disk error %02Xh at sector %u of drive %02Xh", disk->error_code,
	     (unsigned)disk->error_sector, disk->drive);
}

/* A step of load.c failed: the disk's own error says more than "I/O error". */
static void demand(struct loader *loader, int status)
{
	if (status == E_IO)
		stop_disk(&loader->source.disk);
	if (status < 0)
		stop("%s", loader->load.message);
}

/* --- memory --------------------------------------------------------------------- */

static void memory_find(struct loader *loader)
{
	struct boot_info *info = &loader->info;
	unsigned count = bios_memory_map(loader->map, MEMMAP_ENTRIES_MAX);
	uint32_t low_kb, high_kb;

	info->range_count = memmap_build(loader->map, count, info->ranges);
	low_kb = (uint32_t)(memmap_usable(info->ranges, info->range_count, 0, MB) / KB);
	high_kb = (uint32_t)(memmap_usable(info->ranges, info->range_count, MB,
					   0x100000000ull) / KB);
	if (low_kb < LAYOUT_LOW_NEEDED_KB || high_kb < HIGH_NEEDED_KB)
		stop("too little memory: %u KB + %u KB found, %u KB + %u KB needed (a 2 MB PC)",
		     low_kb, high_kb, LAYOUT_LOW_NEEDED_KB, HIGH_NEEDED_KB);
	loader->place.ranges = info->ranges;
	loader->place.range_count = info->range_count;
	console_print("poly86: %u KB + %u KB of memory\n", low_kb, high_kb);
}

/* --- volume --------------------------------------------------------------------- */

static int source_read(void *ctx, uint64_t sector, uint32_t count, void *buf)
{
	struct source *source = ctx;

	if (sector + count <= source->copy_sectors) {
		memcpy(buf, source->copy + sector * DISK_SECTOR, count * DISK_SECTOR);
		return 0;
	}
	return disk_read(&source->disk, sector, count, buf);
}

static void volume_open(struct loader *loader, uint8_t drive)
{
	const struct polyfs_boot *boot = memory_at(LAYOUT_SECTOR + POLYFS_BOOT_OFFSET);
	struct disk *disk = &loader->source.disk;
	struct boot_info *info = &loader->info;
	uint32_t sectors = boot->volume_sectors == ALL_ONES ? 0 : boot->volume_sectors;
	int status;

	if (disk_open(disk, drive, boot->heads, boot->track_sectors, sectors) < 0)
		stop("disk error %02Xh asking for the geometry of drive %02Xh",
		     disk->error_code, drive);
	polyfs_reader_init(&loader->volume, source_read, &loader->source, loader->work);
	status = polyfs_reader_mount(&loader->volume, 0);
	if (status == E_IO)
		stop_disk(disk);
	if (status < 0)
		stop("no usable volume on drive %02Xh: %s", drive, error_text(status));
	memcpy(info->volume_id, loader->volume.super.id, sizeof(info->volume_id));
	info->volume_total = (uint64_t)loader->volume.super.block_count * POLYFS_BLOCK_SIZE;
}

/* Copies the volume's first `size` bytes. Free blocks at the end are copied too as far as
 * room was reserved, but nothing depends on them. */
static void volume_copy(struct loader *loader, uint32_t size)
{
	struct source *source = &loader->source;
	uint32_t sectors = size / DISK_SECTOR, dots = 0;

	console_print("volume to memory ");
	for (uint32_t sector = 0; sector < sectors; sector += COPY_CHUNK) {
		uint32_t count = sectors - sector < COPY_CHUNK ? sectors - sector : COPY_CHUNK;

		if (disk_read(&source->disk, sector, count,
			      source->copy + sector * DISK_SECTOR) < 0) {
			console_print("\n");
			stop_disk(&source->disk);
		}
		for (; dots < (uint64_t)(sector + count) * COPY_DOTS / sectors; dots++)
			console_print(".");
	}
	console_print(" %u KB\n", size / KB);
	source->copy_sectors = sectors;
}

/* Brings the volume along, if it must and as far as it can. */
static void volume_bring(struct loader *loader)
{
	struct boot_info *info = &loader->info;
	uint32_t blocks, used, size;

	if (info->bios_drive > FLOPPY_LAST && reach_by_ata(&loader->volume.super))
		return;
	if (volume_used(&loader->volume, &blocks) < 0)
		blocks = loader->volume.super.block_count;
	size = volume_room(&loader->place, (uint64_t)blocks * POLYFS_BLOCK_SIZE,
			   info->volume_total, loader->load.modules_size);
	used = size / POLYFS_BLOCK_SIZE < blocks ? size : blocks * POLYFS_BLOCK_SIZE;
	if (used / POLYFS_BLOCK_SIZE < blocks) {
		info->flags |= BOOT_VOLUME_CUT;
		console_print("only %u of %u KB of the volume fit into memory\n", size / KB,
			      blocks * (POLYFS_BLOCK_SIZE / KB));
	}
	if (!size)
		return;
	info->volume_paddr = place_high(&loader->place, size);
	if (!info->volume_paddr)
		stop("too little memory: no room for %u KB of the volume", size / KB);
	info->volume_size = size;
	info->flags |= BOOT_VOLUME_IN_MEMORY;
	loader->source.copy = (uint8_t *)info->volume_paddr;
	volume_copy(loader, used);
}

/* --- all of it -------------------------------------------------------------------- */

static void say(const char *line)
{
	console_print("%s\n", line);
}

static void key_check(struct boot_info *info)
{
	if ((info->flags & BOOT_SAFE) || !bios_key_seen())
		return;
	info->flags |= BOOT_SAFE;
	console_print("a key is pressed: safe start, without /etc/startup\n");
}

_Noreturn void loader_main(uint32_t drive)
{
	struct loader *loader = &the_loader;
	struct boot_info *info = &loader->info;
	struct load *load = &loader->load;

	bios_screen_init();
	console_init(bios_screen_put);
	*info = (struct boot_info) {
		.magic = BOOT_MAGIC, .version = BOOT_VERSION, .bios_drive = (uint8_t)drive,
	};
	if (!a20_open())
		stop("address line A20 cannot be opened");
	progress(PROGRESS_A20);
	memory_find(loader);
	progress(PROGRESS_MEMORY);
	volume_open(loader, (uint8_t)drive);
	progress(PROGRESS_VOLUME);

	load->volume = &loader->volume;
	load->info = info;
	load->place = &loader->place;
	load->say = say;
	key_check(info);
	demand(loader, load_options(load));
	demand(loader, load_plan_kernel(load));
	demand(loader, load_plan_modules(load));
	progress(PROGRESS_PLAN);
	volume_bring(loader);
	progress(PROGRESS_COPY);
	demand(loader, load_kernel(load));
	progress(PROGRESS_KERNEL);
	key_check(info);
	demand(loader, load_modules(load));
	progress(PROGRESS_MODULES);
	key_check(info);
	disk_close(&loader->source.disk);
	console_print("kernel %u KB, %u modules\n", info->kernel_size / KB, info->file_count);
	interrupts_mask();
	progress(PROGRESS_HANDOVER);
	enter_kernel(load->kernel.entry, info, BOOT_MAGIC);
}
