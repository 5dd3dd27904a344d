/* Room above 1 MB for what the boot path brings along: kernel, modules, volume. */
#ifndef BOOT_PLACE_H
#define BOOT_PLACE_H

#include <abi/boot.h>
#include <base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PLACE_TAKEN_MAX = BOOT_FILES_MAX + 8,
	PLACE_LOWEST = 0x100000,
};

struct place {
	const struct boot_range *ranges;        /* sorted, usable ones in whole pages */
	size_t range_count;
	struct { uint64_t base, end; } taken[PLACE_TAKEN_MAX];
	size_t taken_count;
};

/* All in bytes; sizes are rounded up to pages; nothing lies below 1 MB or above 4 GB. */

/* Takes exactly this; E_RANGE if it is not all usable memory, E_BUSY if partly taken,
 * E_NO_SPACE if there are too many pieces. */
CHECK int place_take(struct place *place, uint64_t base, uint64_t size);
/* Takes the lowest or the highest room; its address, or 0 when there is none. */
uint32_t place_low(struct place *place, uint64_t size);
uint32_t place_high(struct place *place, uint64_t size);
/* The size of the largest room, and of all rooms together. */
uint64_t place_largest(const struct place *place);
uint64_t place_free(const struct place *place);

#endif
