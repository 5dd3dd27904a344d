/* Makes a trustworthy memory map of firmware's entries.
 *
 * How: every start and end of an entry is an edge; between two neighbouring edges the type is
 * constant. So the edges are sorted, and for each gap between two the most restrictive entry
 * that covers it decides. Quadratic, but with a dozen entries on real machines and at most
 * MEMMAP_ENTRIES_MAX that is nothing beside one sector from a floppy.
 *
 * To read: ACPI Specification, "System Address Map Interfaces", in particular the rules for
 * overlapping ranges. */
#include "memmap.h"

#include <stdbool.h>

/* The higher, the less we may do with it. 0 is for what nobody mentions. */
static unsigned severity(uint32_t type)
{
	switch (type) {
	case 0: return 0;
	case BOOT_RANGE_USABLE: return 1;
	case BOOT_RANGE_ACPI: return 2;
	case BOOT_RANGE_NVS: return 3;
	case BOOT_RANGE_BAD: return 5;
	default: return 4;
	}
}

static uint32_t known_type(uint32_t type)
{
	bool known = type >= BOOT_RANGE_USABLE && type <= BOOT_RANGE_BAD;

	return known ? type : BOOT_RANGE_RESERVED;
}

static uint64_t entry_end(const struct memmap_entry *entry)
{
	uint64_t end = entry->base + entry->length;

	return end < entry->base ? UINT64_MAX : end;
}

/* Insertion into a sorted array of distinct numbers. */
static void edge_add(uint64_t *edges, size_t *count, uint64_t edge)
{
	size_t at = *count;

	for (size_t i = 0; i < *count; i++)
		if (edges[i] == edge)
			return;
	for (; at > 0 && edges[at - 1] > edge; at--)
		edges[at] = edges[at - 1];
	edges[at] = edge;
	(*count)++;
}

static uint32_t type_at(const struct memmap_entry *entries, size_t count, uint64_t base)
{
	uint32_t type = 0;

	for (size_t i = 0; i < count; i++)
		if (entries[i].base <= base && base < entry_end(&entries[i]) &&
		    severity(known_type(entries[i].type)) > severity(type))
			type = known_type(entries[i].type);
	return type;
}

/* Appends to the map, merging; returns the new count. */
static unsigned range_add(struct boot_range *ranges, unsigned count, uint64_t base,
			  uint64_t end, uint32_t type)
{
	struct boot_range *last = count ? &ranges[count - 1] : NULL;

	if (last && last->type == type && last->base + last->length == base) {
		last->length += end - base;
		return count;
	}
	if (count == BOOT_RANGES_MAX)
		return count;
	ranges[count] = (struct boot_range) {
		.base = base, .length = end - base, .type = type,
	};
	return count + 1;
}

/* Usable memory counts in pages: cut to them, and drop what vanishes. */
static unsigned pages_only(struct boot_range *ranges, unsigned count)
{
	const uint64_t mask = MEMMAP_PAGE - 1;
	unsigned kept = 0;

	for (unsigned i = 0; i < count; i++) {
		struct boot_range range = ranges[i];

		if (range.type == BOOT_RANGE_USABLE) {
			uint64_t end = (range.base + range.length) & ~mask;

			range.base = (range.base + mask) & ~mask;
			if (end <= range.base)
				continue;
			range.length = end - range.base;
		}
		ranges[kept++] = range;
	}
	return kept;
}

unsigned memmap_build(const struct memmap_entry *entries, size_t count,
		      struct boot_range *ranges)
{
	uint64_t edges[2 * MEMMAP_ENTRIES_MAX];
	size_t edge_count = 0;
	unsigned range_count = 0;

	if (count > MEMMAP_ENTRIES_MAX)
		count = MEMMAP_ENTRIES_MAX;
	for (size_t i = 0; i < count; i++) {
		if (!entries[i].length)
			continue;
		edge_add(edges, &edge_count, entries[i].base);
		edge_add(edges, &edge_count, entry_end(&entries[i]));
	}
	for (size_t i = 0; i + 1 < edge_count; i++) {
		uint32_t type = type_at(entries, count, edges[i]);

		if (type)
			range_count = range_add(ranges, range_count, edges[i], edges[i + 1],
						type);
	}
	return pages_only(ranges, range_count);
}

uint64_t memmap_usable(const struct boot_range *ranges, size_t count, uint64_t from,
		       uint64_t to)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t base = ranges[i].base, end = base + ranges[i].length;

		if (base < from)
			base = from;
		if (end > to)
			end = to;
		if (ranges[i].type == BOOT_RANGE_USABLE && base < end)
			sum += end - base;
	}
	return sum;
}
