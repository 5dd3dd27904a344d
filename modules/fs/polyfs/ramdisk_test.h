/* A disk in memory for tests: counts and logs sector writes, and fails when told to. */
#ifndef POLYFS_RAMDISK_TEST_H
#define POLYFS_RAMDISK_TEST_H

#include "polyfs.h"

#include <stdlib.h>
#include <string.h>

struct ramdisk_write {
	uint32_t sector;                /* RAMDISK_FLUSH: a flush */
	uint8_t data[POLYFS_SECTOR_SIZE];
};

#define RAMDISK_FLUSH UINT32_MAX

struct ramdisk {
	uint8_t *data;
	uint64_t sectors;
	struct ramdisk_write *log;      /* NULL: no log is kept */
	uint32_t logged, log_room;
	long calls, fail_at;            /* the fail_at-th call from now on fails; 0: none */
	bool fail_on;                   /* and all that follow it */
	long writes;
	int64_t now;
};

static inline int ramdisk_fails(struct ramdisk *disk)
{
	disk->calls++;
	return disk->fail_at && (disk->calls == disk->fail_at ||
				 (disk->fail_on && disk->calls > disk->fail_at));
}

static inline int ramdisk_read(void *ctx, uint64_t sector, uint32_t count, void *buf)
{
	struct ramdisk *disk = ctx;

	if (ramdisk_fails(disk) || sector + count > disk->sectors)
		return E_IO;
	memcpy(buf, disk->data + sector * POLYFS_SECTOR_SIZE, (size_t)count * POLYFS_SECTOR_SIZE);
	return 0;
}

static inline void ramdisk_log(struct ramdisk *disk, uint32_t sector, const void *data)
{
	if (disk->logged == disk->log_room) {
		disk->log_room *= 2;
		disk->log = realloc(disk->log, disk->log_room * sizeof(*disk->log));
	}
	disk->log[disk->logged].sector = sector;
	if (data)
		memcpy(disk->log[disk->logged].data, data, POLYFS_SECTOR_SIZE);
	disk->logged++;
}

static inline int ramdisk_write(void *ctx, uint64_t sector, uint32_t count, const void *buf)
{
	struct ramdisk *disk = ctx;

	if (ramdisk_fails(disk) || sector + count > disk->sectors)
		return E_IO;
	disk->writes += count;
	memcpy(disk->data + sector * POLYFS_SECTOR_SIZE, buf, (size_t)count * POLYFS_SECTOR_SIZE);
	for (uint32_t i = 0; i < count && disk->log; i++)
		ramdisk_log(disk, sector + i, (const uint8_t *)buf + i * POLYFS_SECTOR_SIZE);
	return 0;
}

static inline int ramdisk_flush(void *ctx)
{
	struct ramdisk *disk = ctx;

	if (ramdisk_fails(disk))
		return E_IO;
	if (disk->log)
		ramdisk_log(disk, RAMDISK_FLUSH, NULL);
	return 0;
}

static inline int64_t ramdisk_now(void *ctx)
{
	return ((struct ramdisk *)ctx)->now;
}

static inline struct polyfs_device ramdisk_device(struct ramdisk *disk)
{
	return (struct polyfs_device){
		.ctx = disk,
		.sector_count = disk->sectors,
		.read = ramdisk_read,
		.write = ramdisk_write,
		.flush = ramdisk_flush,
		.now = ramdisk_now,
	};
}

/* Repeatable random numbers (xorshift64*, Vigna). */
static inline uint32_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 2685821657736338717u) >> 32;
}

static inline uint32_t random_below(uint64_t *state, uint32_t limit)
{
	return random_next(state) % limit;
}

/* Full of rubbish, as a disk is that was used before. */
static inline void ramdisk_init(struct ramdisk *disk, uint64_t sectors, uint64_t seed)
{
	memset(disk, 0, sizeof(*disk));
	disk->sectors = sectors;
	disk->now = 1000000000;
	disk->data = malloc(sectors * POLYFS_SECTOR_SIZE);
	for (uint64_t i = 0; i < sectors * POLYFS_SECTOR_SIZE; i += 4) {
		uint32_t rubbish = i < 65536 ? random_next(&seed) : seed + i * 2654435761u;

		memcpy(disk->data + i, &rubbish, 4);
	}
}

static inline void ramdisk_free(struct ramdisk *disk)
{
	free(disk->data);
	free(disk->log);
}

#endif
