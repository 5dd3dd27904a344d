/* The boot medium, read through the BIOS. */
#ifndef BOOT_DISK_H
#define BOOT_DISK_H

#include <base/error.h>
#include <stdbool.h>
#include <stdint.h>
#include "layout.h"

enum { DISK_SECTOR = 512, DISK_BUFFER_SECTORS = LAYOUT_BUFFER_SIZE / DISK_SECTOR };

/* A stretch of neighbouring sectors that is in low memory. */
struct disk_buffer {
	uint64_t sector;
	uint32_t count;         /* 0: unused */
	uint32_t used_at;       /* of `reads`, for throwing out the oldest */
};

struct disk {
	uint8_t drive;
	bool lba;
	uint32_t heads, track_sectors;
	uint64_t sectors;       /* of the volume, so that read-ahead stays inside; 0: unknown */
	uint32_t reads;
	struct disk_buffer buffers[LAYOUT_BUFFER_COUNT];

	/* Of the last E_IO. */
	uint8_t error_code;     /* AH of INT 13h */
	uint64_t error_sector;
};

/* Finds out how the drive is to be addressed. `heads` and `track_sectors` are what the volume
 * says about its medium, 0 if it does not. E_IO with error_code set. */
CHECK int disk_open(struct disk *disk, uint8_t drive, uint32_t heads, uint32_t track_sectors,
		    uint64_t sectors);
/* E_IO. `buf` may be anywhere. */
CHECK int disk_read(struct disk *disk, uint64_t sector, uint32_t count, void *buf);
/* Stops a floppy's motor, which nobody else will do once the BIOS's timer is gone. */
void disk_close(struct disk *disk);

#endif
