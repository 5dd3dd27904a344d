/* Cylinders, heads and sectors of images that only know their size: see geometry.c. */
#ifndef DISK_GEOMETRY_H
#define DISK_GEOMETRY_H

#include <stdint.h>

struct disk_geometry {
	uint16_t cylinders, heads, sectors_per_track;
};

/* A floppy of that many sectors of 512 bytes; `boot` is its sector 0, or NULL. */
struct disk_geometry floppy_geometry(uint64_t sectors, const uint8_t *boot);
/* The translation of a hard disk, at most 1024 x 255 x 63. */
struct disk_geometry disk_geometry(uint64_t sectors, const uint8_t *boot);

#endif
