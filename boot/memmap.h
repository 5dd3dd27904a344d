/* The memory map: from what firmware says to what a kernel can rely on. */
#ifndef BOOT_MEMMAP_H
#define BOOT_MEMMAP_H

#include <abi/boot.h>
#include <stddef.h>
#include <stdint.h>

enum { MEMMAP_ENTRIES_MAX = 128, MEMMAP_PAGE = 4096 };

/* As firmware gave it: in any order, overlapping, with types we never heard of. */
struct memmap_entry {
	uint64_t base, length;
	uint32_t type;
	uint32_t reserved;
};

/* Writes at most BOOT_RANGES_MAX ranges, sorted, without overlap, equal neighbours merged,
 * usable ones cut to whole pages; returns how many. Where entries contradict each other the
 * more restrictive one holds; a type not in enum boot_range_type counts as reserved. Entries
 * beyond MEMMAP_ENTRIES_MAX, and ranges beyond BOOT_RANGES_MAX, are left out, which is safe:
 * what no range names is not usable. */
unsigned memmap_build(const struct memmap_entry *entries, size_t count,
		      struct boot_range *ranges);

/* Usable bytes from `from` up to `to`. */
uint64_t memmap_usable(const struct boot_range *ranges, size_t count, uint64_t from,
		       uint64_t to);

#endif
