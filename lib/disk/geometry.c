/* Cylinders, heads and sectors of images that only know their size.
 *
 * A floppy's format is what its BPB says, when that is a BPB and fits; else what its size says;
 * of a size that no format has, what its BPB says although the image ends before.
 * A disk's translation is the one its partition table was made with, so that disks from other
 * machines boot; else LBA-assisted: 63 sectors, and heads doubled until 1024 cylinders do.
 *
 * Read: Microsoft, FAT: General Overview of On-Disk Format, version 1.03, "Boot Sector and BPB";
 * Phoenix, Enhanced Disk Drive Specification 1.1, "LBA assisted translation". */
#include "geometry.h"

#include <stdbool.h>
#include <stddef.h>

enum bpb {
	BPB_JUMP = 0, BPB_BYTES = 11, BPB_TOTAL_16 = 19, BPB_MEDIA = 21, BPB_TRACK = 24,
	BPB_HEADS = 26, BPB_TOTAL_32 = 32,
};
enum { JUMP_SHORT = 0xEB, JUMP_NEAR = 0xE9, MEDIA_FIRST = 0xF0 };
enum { TABLE = 446, ENTRY_SIZE = 16, ENTRIES = 4, ENTRY_TYPE = 4, ENTRY_END_HEAD = 5,
       ENTRY_END_SECTOR = 6, MARK = 510 };
enum { SECTOR_SIZE = 512, MAX_CYLINDERS = 1024, MAX_HEADS = 255, MAX_SECTORS = 63, FLOPPY_MAX_CYLINDERS = 86,
       FLOPPY_MAX_SECTORS = 5760 };

static unsigned word(const uint8_t *at)
{
	return at[0] | at[1] << 8;
}

static struct disk_geometry make(unsigned cylinders, unsigned heads, unsigned sectors)
{
	return (struct disk_geometry){
		.cylinders = (uint16_t)cylinders, .heads = (uint16_t)heads,
		.sectors_per_track = (uint16_t)sectors,
	};
}

/* Whether the sector holds a BPB that can be true of a medium of that size. */
static bool bpb_read(const uint8_t *boot, uint64_t sectors, struct disk_geometry *geometry)
{
	uint32_t heads = word(boot + BPB_HEADS), track = word(boot + BPB_TRACK);
	uint32_t total = word(boot + BPB_TOTAL_16), cylinders;

	if (!total)
		total = word(boot + BPB_TOTAL_32) | (uint32_t)word(boot + BPB_TOTAL_32 + 2) << 16;
	if ((boot[BPB_JUMP] != JUMP_SHORT && boot[BPB_JUMP] != JUMP_NEAR) ||
	    word(boot + BPB_BYTES) != SECTOR_SIZE || boot[BPB_MEDIA] < MEDIA_FIRST ||
	    !track || track > MAX_SECTORS || !heads || heads > MAX_HEADS || !total ||
	    total > sectors)
		return false;
	cylinders = (total + heads * track - 1) / (heads * track);
	if (cylinders > MAX_CYLINDERS)
		cylinders = MAX_CYLINDERS;
	*geometry = make(cylinders, heads, track);
	return true;
}

static bool bpb_of_floppy(const uint8_t *boot, uint64_t sectors, struct disk_geometry *geometry)
{
	return boot && bpb_read(boot, sectors, geometry) && geometry->heads <= 2 &&
		geometry->cylinders <= FLOPPY_MAX_CYLINDERS;
}

struct disk_geometry floppy_geometry(uint64_t sectors, const uint8_t *boot)
{
	static const struct { uint16_t sectors; uint8_t cylinders, heads, track; } formats[] = {
		{ 320, 40, 1, 8 }, { 360, 40, 1, 9 }, { 640, 40, 2, 8 }, { 720, 40, 2, 9 },
		{ 800, 40, 2, 10 }, { 1440, 80, 2, 9 }, { 1600, 80, 2, 10 }, { 1640, 82, 2, 10 },
		{ 2400, 80, 2, 15 }, { 2880, 80, 2, 18 }, { 2952, 82, 2, 18 },
		{ 3200, 80, 2, 20 }, { 3360, 80, 2, 21 }, { 3444, 82, 2, 21 },
		{ 3486, 83, 2, 21 }, { 3680, 80, 2, 23 }, { 5760, 80, 2, 36 },
	};
	struct disk_geometry geometry;

	if (bpb_of_floppy(boot, sectors, &geometry))
		return geometry;
	for (unsigned i = 0; i < sizeof formats / sizeof *formats; i++)
		if (formats[i].sectors == sectors)
			return make(formats[i].cylinders, formats[i].heads, formats[i].track);
	/* A piece of a floppy: images come with the zeros at their end cut off, boot sector
	 * programs without anything behind them. */
	if (bpb_of_floppy(boot, FLOPPY_MAX_SECTORS, &geometry))
		return geometry;
	return sectors <= 2880 ? make(80, 2, 18) : make(80, 2, 36);
}

static unsigned cylinders_of(uint64_t sectors, unsigned heads, unsigned track)
{
	uint64_t cylinders = sectors / (heads * track);

	if (cylinders > MAX_CYLINDERS)
		return MAX_CYLINDERS;
	return cylinders ? (unsigned)cylinders : 1;
}

/* Partitions end at a cylinder's end: the last head and sector there are. */
static bool partition_table_read(const uint8_t *boot, uint64_t sectors,
				 struct disk_geometry *geometry)
{
	for (unsigned i = 0; i < ENTRIES; i++) {
		const uint8_t *entry = boot + TABLE + i * ENTRY_SIZE;
		unsigned heads = entry[ENTRY_END_HEAD] + 1u;
		unsigned track = entry[ENTRY_END_SECTOR] & 0x3Fu;

		if (!entry[ENTRY_TYPE])
			continue;
		if (heads < 2 || heads > MAX_HEADS || !track)
			return false;
		*geometry = make(cylinders_of(sectors, heads, track), heads, track);
		return true;
	}
	return false;
}

struct disk_geometry disk_geometry(uint64_t sectors, const uint8_t *boot)
{
	struct disk_geometry geometry;
	unsigned heads = 16;

	if (boot && boot[MARK] == 0x55 && boot[MARK + 1] == 0xAA) {
		/* A volume without partitions first: where its table would be is code. */
		if (bpb_read(boot, sectors, &geometry) ||
		    partition_table_read(boot, sectors, &geometry)) {
			geometry.cylinders = (uint16_t)cylinders_of(sectors, geometry.heads,
								    geometry.sectors_per_track);
			return geometry;
		}
	}
	while (heads < MAX_HEADS && sectors > (uint64_t)MAX_CYLINDERS * heads * MAX_SECTORS)
		heads = heads == 128 ? MAX_HEADS : heads * 2;
	return make(cylinders_of(sectors, heads, MAX_SECTORS), heads, MAX_SECTORS);
}
