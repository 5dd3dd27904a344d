/* How much of a volume is in use, and how much of it to bring along in memory. */
#ifndef BOOT_VOLUME_H
#define BOOT_VOLUME_H

#include <base/error.h>
#include <stdint.h>
#include "../modules/fs/polyfs/polyfs_read.h"
#include "place.h"

enum {
	/* What the kernel, its modules and a small machine need beside a copy of the volume. */
	VOLUME_RESERVE = 1280 * 1024,
	VOLUME_LEAST = 64 * 1024,       /* a smaller piece is good for nothing */
};

/* Blocks from the volume's start up to the last one in use. */
CHECK int volume_used(struct polyfs_reader *reader, uint32_t *blocks);

/* How many bytes to reserve for a copy of a volume of `total` bytes, of which the first `used`
 * matter, so that `modules` bytes and VOLUME_RESERVE stay free: all of them if memory is
 * plentiful, at least `used` if it suffices, else what there is, or 0. A multiple of the page
 * size, but for the whole volume. */
uint32_t volume_room(const struct place *place, uint64_t used, uint64_t total, uint64_t modules);

#endif
