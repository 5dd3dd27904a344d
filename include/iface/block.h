/* Contract "block": a host device of 512-byte sectors ("fd0", "hd0", "hd0p1", "ram0"). */
#ifndef IFACE_BLOCK_H
#define IFACE_BLOCK_H

#include <base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK_ROLE "block"
#define BLOCK_VERSION 1
enum { BLOCK_SECTOR = 512 };

struct block_info {
	uint64_t sectors;
	bool read_only, removable;
	uint16_t cylinders, heads, sectors_per_track; /* 0 where it has none */
	char model[41];
};

/* Called from tasks; they wait until done. Errors: E_RANGE, E_IO, E_READ_ONLY, E_NO_MEDIUM,
 * E_TIMEOUT. Any number of tasks may call at once. */
struct block_ops {
	int (*info)(void *instance, struct block_info *info);
	int (*read)(void *instance, uint64_t sector, uint32_t count, void *buf);
	int (*write)(void *instance, uint64_t sector, uint32_t count, const void *buf);
	int (*flush)(void *instance);
};

#endif
