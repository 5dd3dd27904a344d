/* Commands about a volume as a whole: format, boot, check, df, info. */
#define _GNU_SOURCE
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* --- format -------------------------------------------------------------------------------- */

static void id_parse(const char *text, uint8_t *id)
{
	if (strlen(text) != 2 * POLYFS_ID_SIZE ||
	    strspn(text, "0123456789abcdefABCDEF") != 2 * POLYFS_ID_SIZE)
		fail("%s: an id is %d hex digits", text, 2 * POLYFS_ID_SIZE);
	for (int i = 0; i < POLYFS_ID_SIZE; i++) {
		char digits[3] = { text[2 * i], text[2 * i + 1] };

		id[i] = strtoul(digits, NULL, 16);
	}
}

int command_format(struct image *image, int count, char **words)
{
	struct polyfs_format format = { 0 };
	struct polyfs_device device;
	uint32_t work[POLYFS_BLOCK_SIZE / 4];
	uint64_t size = 0, base = image->base;
	bool id_given = false;
	int status;

	for (int i = 0; i < count; i += 2) {
		const char *value = i + 1 < count ? words[i + 1] : NULL;

		if (!value)
			fail("format: %s needs a value", words[i]);
		if (strcmp(words[i], "-s") == 0) {
			size = size_parse(value);
		} else if (strcmp(words[i], "--id") == 0) {
			id_parse(value, format.id);
			id_given = true;
		} else if (strcmp(words[i], "--label") == 0) {
			format.label = value;
		} else if (strcmp(words[i], "--boot-area") == 0) {
			uint64_t bytes = size_parse(value);

			format.boot_size = bytes > UINT32_MAX ? UINT32_MAX : bytes;
		} else {
			fail("format: %s: no such option", words[i]);
		}
	}
	if (!id_given && getrandom(format.id, sizeof(format.id), 0) != sizeof(format.id))
		fail("no random numbers for the volume's id; give --id");
	image_open(image, image->path, base, size, true);
	device = image_device(image);
	status = polyfs_format(&device, &format, work);
	if (status == E_RANGE)
		fail("%s: too small for a volume with this boot area, or larger than 4 TB", image->path);
	if (status < 0)
		fail_on(image->path, status);
	image_close(image);
	return 0;
}

/* --- boot ---------------------------------------------------------------------------------- */

static uint8_t *file_read(const char *path, size_t most, size_t *size)
{
	uint8_t *data = memory(most + 1);
	FILE *file = fopen(path, "rb");

	if (!file)
		fail("%s: %s", path, strerror(errno));
	*size = fread(data, 1, most + 1, file);
	if (ferror(file))
		fail("%s: cannot be read", path);
	fclose(file);
	return data;
}

static bool all_zero(const uint8_t *from, size_t length)
{
	while (length--)
		if (*from++)
			return false;
	return true;
}

/* PC floppies by their number of sectors. */
static void geometry_fill(struct polyfs_boot *boot, uint64_t sectors)
{
	static const struct { uint16_t sectors; uint8_t heads, track_sectors; } floppies[] = {
		{ 320, 1, 8 }, { 360, 1, 9 }, { 640, 2, 8 }, { 720, 2, 9 }, { 1440, 2, 9 },
		{ 2400, 2, 15 }, { 2880, 2, 18 }, { 3360, 2, 21 }, { 3444, 2, 21 }, { 5760, 2, 36 },
	};

	for (unsigned i = 0; i < sizeof(floppies) / sizeof(floppies[0]); i++) {
		if (floppies[i].sectors == sectors) {
			boot->heads = floppies[i].heads;
			boot->track_sectors = floppies[i].track_sectors;
		}
	}
}

/* One active entry that covers the volume from sector 0 on, as hybrid images have it. */
static void mbr_fill(uint8_t *sector, uint64_t sectors)
{
	uint32_t length = sectors > UINT32_MAX ? UINT32_MAX : sectors;
	uint8_t entry[16] = { 0x80, 0, 1, 0, 0x7F, 0xFE, 0xFF, 0xFF };

	memcpy(entry + 12, &length, sizeof(length));
	memset(sector + 446, 0, 64);
	memcpy(sector + 446, entry, sizeof(entry));
}

int command_boot(struct image *image, int count, char **words)
{
	uint8_t old[POLYFS_SECTOR_SIZE], *code, *loader;
	struct polyfs_boot boot = {
		.magic = POLYFS_BOOT_MAGIC,
		.loader_sector = POLYFS_LOADER_SECTOR,
	};
	bool mbr = count > 0 && strcmp(words[0], "--mbr") == 0;
	uint64_t room;
	size_t size;

	if (count - mbr != 2)
		fail("boot: give BOOTSECTOR and LOADER");
	words += mbr;
	image_open(image, image->path, image->base, 0, true);
	image_mount(image, false);
	room = ((uint64_t)image->fs.reader.super.boot_blocks * POLYFS_BLOCK_SECTORS -
		POLYFS_LOADER_SECTOR) * POLYFS_SECTOR_SIZE;

	code = file_read(words[0], POLYFS_SECTOR_SIZE, &size);
	if (size > POLYFS_SECTOR_SIZE)
		fail("%s: longer than a sector", words[0]);
	if (!all_zero(code + POLYFS_BOOT_OFFSET, sizeof(boot)) &&
	    memcmp(code + POLYFS_BOOT_OFFSET, &boot.magic, sizeof(boot.magic)) != 0)
		fail("%s: has code from byte %d on, which belongs to the volume", words[0],
		     POLYFS_BOOT_OFFSET);
	loader = file_read(words[1], room, &size);
	if (size > room)
		fail("%s: does not fit into the boot area, which has %" PRIu64 " bytes for it",
		     words[1], room);

	boot.loader_sectors = (size + POLYFS_SECTOR_SIZE - 1) / POLYFS_SECTOR_SIZE;
	for (uint32_t i = 0; i < boot.loader_sectors * POLYFS_SECTOR_SIZE / 4u; i++)
		boot.loader_sum += ((uint32_t *)loader)[i];
	boot.volume_sectors = image->sectors > UINT32_MAX ? UINT32_MAX : image->sectors;
	geometry_fill(&boot, image->sectors);

	/* What the volume has of its own stays; an empty table is filled from the file's. */
	image_read(image, 0, 1, old);
	memcpy(code + POLYFS_BOOT_OFFSET, &boot, sizeof(boot));
	if (!all_zero(old + POLYFS_BOOT_MBR_OFFSET,
		      POLYFS_BOOT_SIGNATURE_OFFSET - POLYFS_BOOT_MBR_OFFSET))
		memcpy(code + POLYFS_BOOT_MBR_OFFSET, old + POLYFS_BOOT_MBR_OFFSET,
		       POLYFS_BOOT_SIGNATURE_OFFSET - POLYFS_BOOT_MBR_OFFSET);
	if (mbr)
		mbr_fill(code, image->sectors);
	code[POLYFS_BOOT_SIGNATURE_OFFSET] = POLYFS_BOOT_SIGNATURE & 0xFF;
	code[POLYFS_BOOT_SIGNATURE_OFFSET + 1] = POLYFS_BOOT_SIGNATURE >> 8;
	image_write(image, POLYFS_LOADER_SECTOR, boot.loader_sectors, loader);
	image_write(image, 0, 1, code);
	image_close(image);
	free(code);
	free(loader);
	return 0;
}

/* --- check, df, info ------------------------------------------------------------------------- */

static void report(void *ctx, const char *what, uint32_t inode, uint32_t block)
{
	const struct image *image = ctx;

	printf("%s: %s", image->path, what);
	if (inode)
		printf(", inode %" PRIu32, inode);
	if (block)
		printf(", block %" PRIu32, block);
	putchar('\n');
}

int command_check(struct image *image, int count, char **words)
{
	uint32_t groups = image->fs.reader.super.group_count;
	struct polyfs_checker checker = { .report = report, .ctx = image };
	int faults;

	(void)count;
	(void)words;
	if (groups > 65536)
		groups = 65536;
	checker.work_size = (size_t)groups * POLYFS_PAYLOAD;
	checker.work = memory(checker.work_size);
	faults = polyfs_check(&image->fs, &checker);
	if (faults < 0)
		fail_on(image->path, faults);
	printf("%s: %" PRIu32 " files, %" PRIu32 " directories, %" PRIu32 " extents, %" PRIu32
	       " nodes: %s\n", image->path, checker.files, checker.directories, checker.extents,
	       checker.nodes, faults ? "DAMAGED" : "sound");
	free(checker.work);
	return faults != 0;
}

int command_df(struct image *image, int count, char **words)
{
	struct polyfs_usage usage;

	(void)count;
	(void)words;
	polyfs_usage(&image->fs, &usage);
	printf("total %" PRIu64 "\nused %" PRIu64 "\nfree %" PRIu64 "\n", usage.total,
	       usage.total - usage.free, usage.free);
	return 0;
}

int command_info(struct image *image, int count, char **words)
{
	const struct polyfs_super *super = &image->fs.reader.super;
	struct polyfs_boot boot;
	uint8_t sector[POLYFS_SECTOR_SIZE];

	(void)count;
	(void)words;
	printf("id          ");
	for (int i = 0; i < POLYFS_ID_SIZE; i++)
		printf("%02x", super->id[i]);
	printf("\nlabel       %.*s\n", POLYFS_LABEL_SIZE, (const char *)super->label);
	printf("version     %u\ngeneration  %" PRIu64 "\n", super->version, super->generation);
	printf("blocks      %" PRIu32 " of %d bytes\n", super->block_count, POLYFS_BLOCK_SIZE);
	printf("boot area   blocks 0 to %" PRIu32 "\n", super->boot_blocks - 1);
	printf("table       from block %" PRIu32 "\nbitmaps     from block %" PRIu32 ", %" PRIu32
	       " groups\n", super->boot_blocks, super->bitmap_start, super->group_count);
	printf("data        from block %" PRIu32 ", %" PRIu32 " free\n", super->data_start,
	       super->free_blocks);
	printf("tree        root at block %" PRIu32 ", %u level%s\n", super->root, super->levels,
	       super->levels == 1 ? "" : "s");
	image_read(image, 0, 1, sector);
	memcpy(&boot, sector + POLYFS_BOOT_OFFSET, sizeof(boot));
	if (boot.magic == POLYFS_BOOT_MAGIC)
		printf("loader      %u sectors from sector %" PRIu32 "\n", boot.loader_sectors,
		       boot.loader_sector);
	else
		printf("loader      none\n");
	return 0;
}
