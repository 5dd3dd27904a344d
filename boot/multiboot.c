/* Started by a Multiboot loader: GRUB, or `qemu-system-i386 -kernel build/kernel.elf
 * -initrd build/poly86.img`.
 *
 * The loader has put the kernel in place, knows the memory map, and brought the volume as the
 * first module. What is left is what our own loader does last: take options and preload list
 * from the volume, copy the modules out of it, fill struct boot_info.
 *
 * This code runs at its load address, before paging, and is linked so that it refers to
 * nothing of the kernel but the three symbols named in multiboot_entry.S. A failure is one line on
 * the screen and on COM1; then the machine stands still.
 *
 * To read: Multiboot Specification 0.6.96, "Boot information format". */
#include "multiboot.h"

#include <abi/boot.h>
#include <base/error.h>
#include <base/mem.h>
#include "../modules/fs/polyfs/polyfs_read.h"
#include "console.h"
#include "io.h"
#include "load.h"
#include "memmap.h"
#include "place.h"
#include "volume.h"

enum {
	KB = 1024,
	MB = 0x100000,
	KERNEL_OFFSET = (int)0xC0000000,
	NO_BIOS_DRIVE = 0xFFFF,
	SECTOR = POLYFS_SECTOR_SIZE,

	SCREEN = 0xB8000, SCREEN_COLUMNS = 80, SCREEN_ROWS = 25,
	SCREEN_ATTRIBUTE = 0x0700,
};

extern char kernel_image_start[], kernel_end[];

/* What this needs, in the image's zeroed data. */
static struct multiboot {
	struct boot_info info;
	struct place place;
	struct polyfs_reader volume;
	struct load load;
	struct memmap_entry map[MEMMAP_ENTRIES_MAX];
	uint32_t work[POLYFS_BLOCK_SIZE / sizeof(uint32_t)];
	unsigned screen_at;
} the_boot;

struct boot_info *multiboot_main(const struct multiboot_info *given);

/* --- saying --------------------------------------------------------------------- */

/* The text screen, from its top line on; what the loader left there is overwritten. */
static void screen_put(char c)
{
	volatile uint16_t *screen = memory_at(SCREEN);
	unsigned *at = &the_boot.screen_at;

	if (*at >= SCREEN_COLUMNS * SCREEN_ROWS)
		*at = 0;
	if (c != '\n') {
		screen[(*at)++] = SCREEN_ATTRIBUTE | (uint8_t)c;
		return;
	}
	do
		screen[(*at)++] = SCREEN_ATTRIBUTE | ' ';
	while (*at % SCREEN_COLUMNS);
}

static _Noreturn void halt(void)
{
	progress(PROGRESS_FAILED);
	for (;;)
		__asm__ volatile("cli; hlt");
}

#define stop(...) do { \
		console_print("poly86: " __VA_ARGS__); \
		console_print("\n"); \
		halt(); \
	} while (0)

static void say(const char *line)
{
	console_print("poly86: %s\n", line);
}

static void demand(int status)
{
	if (status < 0)
		stop("%s", the_boot.load.message);
}

/* --- memory --------------------------------------------------------------------- */

static unsigned map_read(const struct multiboot_info *given, struct memmap_entry *entries)
{
	uint32_t at = given->map, end = given->map + given->map_size;
	unsigned count = 0;

	while (at < end && count < MEMMAP_ENTRIES_MAX) {
		const struct multiboot_range *range = memory_at(at);

		entries[count++] = (struct memmap_entry) {
			.base = range->base, .length = range->length, .type = range->type,
		};
		at += range->size + sizeof(range->size);
	}
	return count;
}

static unsigned sizes_read(const struct multiboot_info *given, struct memmap_entry *entries)
{
	entries[0] = (struct memmap_entry) {
		.base = 0, .length = (uint64_t)given->lower_kb * KB, .type = BOOT_RANGE_USABLE,
	};
	entries[1] = (struct memmap_entry) {
		.base = MB, .length = (uint64_t)given->upper_kb * KB, .type = BOOT_RANGE_USABLE,
	};
	return 2;
}

static void memory_find(const struct multiboot_info *given)
{
	struct boot_info *info = &the_boot.info;
	unsigned count = 0;

	if (given->flags & MULTIBOOT_HAS_MAP)
		count = map_read(given, the_boot.map);
	else if (given->flags & MULTIBOOT_HAS_MEMORY)
		count = sizes_read(given, the_boot.map);
	else
		stop("the boot loader says nothing about memory");
	info->range_count = memmap_build(the_boot.map, count, info->ranges);
	the_boot.place.ranges = info->ranges;
	the_boot.place.range_count = info->range_count;
	info->kernel_paddr = (uint32_t)kernel_image_start;
	info->kernel_size = (uint32_t)kernel_end - (uint32_t)KERNEL_OFFSET - info->kernel_paddr;
	if (place_take(&the_boot.place, info->kernel_paddr, info->kernel_size) < 0)
		stop("too little memory: the kernel lies from %Xh to %Xh, which is not all RAM",
		     info->kernel_paddr, info->kernel_paddr + info->kernel_size);
}

/* --- options -------------------------------------------------------------------- */

/* The command line without its first word if that is the kernel's file name, which QEMU puts
 * there and GRUB does not: a path has a slash before any '=' or blank. */
static void cmdline_read(const struct multiboot_info *given)
{
	const char *text = memory_at(given->cmdline), *word;

	if (!(given->flags & MULTIBOOT_HAS_CMDLINE))
		return;
	while (*text == ' ')
		text++;
	for (word = text; *word && !strchr(" =/", *word); word++)
		;
	if (*word == '/')
		while (*text && *text != ' ')
			text++;
	while (*text == ' ')
		text++;
	if (str_copy(the_boot.info.cmdline, text, BOOT_CMDLINE_MAX) >= BOOT_CMDLINE_MAX)
		stop("the command line has more than %d characters", BOOT_CMDLINE_MAX - 1);
}

/* --- volume --------------------------------------------------------------------- */

static int volume_read(void *ctx, uint64_t sector, uint32_t count, void *buf)
{
	const struct boot_info *info = ctx;

	if ((sector + count) * SECTOR > info->volume_size)
		return E_IO;
	memcpy(buf, memory_at(info->volume_paddr + (uint32_t)sector * SECTOR), count * SECTOR);
	return 0;
}

/* Moves a volume that does not begin on a page to where one does. */
static void volume_align(struct boot_info *info)
{
	uint32_t to;

	if (info->volume_paddr % MEMMAP_PAGE == 0)
		return;
	to = place_high(&the_boot.place, info->volume_size);
	if (!to)
		stop("too little memory: no room to move a volume of %u KB to a page boundary",
		     info->volume_size / KB);
	memcpy(memory_at(to), memory_at(info->volume_paddr), info->volume_size);
	info->volume_paddr = to;
}

static bool is_compressed(const uint8_t *start)
{
	static const char *const magics[] = { "\x1F\x8B", "\xFD" "7zXZ", "BZh", "PK\3\4",
					      "(\xB5/\xFD", "\x04\x22\x4D\x18", "\x5D" };

	for (unsigned i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (!memcmp(start, magics[i], strlen(magics[i])))
			return true;
	return false;
}

static void volume_open(const struct multiboot_info *given)
{
	const struct multiboot_module *module = memory_at(given->modules);
	struct boot_info *info = &the_boot.info;
	uint32_t base, size, blocks;
	int status;

	if (!(given->flags & MULTIBOOT_HAS_MODULES) || !given->module_count)
		stop("no volume: give its image as the first module (QEMU: -initrd "
		     "build/poly86.img)");
	info->volume_paddr = module->start;
	info->volume_size = module->end > module->start ? module->end - module->start : 0;
	if (info->volume_size >= SECTOR && is_compressed(memory_at(module->start)))
		stop("the volume (the first module) is compressed: give it as it is");
	base = module->start & ~(uint32_t)(MEMMAP_PAGE - 1);
	size = module->start + info->volume_size - base;
	if (place_take(&the_boot.place, base, size) < 0)
		stop("the volume (the first module) is not in free RAM, at %Xh to %Xh", base,
		     base + size);
	volume_align(info);
	polyfs_reader_init(&the_boot.volume, volume_read, info, the_boot.work);
	status = polyfs_reader_mount(&the_boot.volume, 0);
	if (status < 0)
		stop("the first module is no poly86 volume: %s",
		     status == E_IO ? "it is too short" : error_text(status));
	memcpy(info->volume_id, the_boot.volume.super.id, sizeof(info->volume_id));
	info->volume_total = (uint64_t)the_boot.volume.super.block_count * POLYFS_BLOCK_SIZE;
	info->flags |= BOOT_VOLUME_IN_MEMORY;
	if (volume_used(&the_boot.volume, &blocks) < 0 ||
	    blocks > info->volume_size / POLYFS_BLOCK_SIZE)
		info->flags |= BOOT_VOLUME_CUT;
}

struct boot_info *multiboot_main(const struct multiboot_info *given)
{
	struct boot_info *info = &the_boot.info;
	struct load *load = &the_boot.load;

	interrupts_mask();
	console_init(screen_put);
	progress(PROGRESS_MULTIBOOT);
	*info = (struct boot_info) {
		.magic = BOOT_MAGIC, .version = BOOT_VERSION, .bios_drive = NO_BIOS_DRIVE,
	};
	cmdline_read(given);
	memory_find(given);
	volume_open(given);
	progress(PROGRESS_VOLUME);
	load->volume = &the_boot.volume;
	load->info = info;
	load->place = &the_boot.place;
	load->say = say;
	demand(load_options(load));
	demand(load_plan_modules(load));
	progress(PROGRESS_PLAN);
	demand(load_modules(load));
	progress(PROGRESS_HANDOVER);
	return info;
}
