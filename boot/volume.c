/* Measures a volume for its copy in memory.
 *
 * A 64 MB stick that holds 2 MB should cost 2 MB: the allocation bitmaps tell up to where
 * blocks are in use. A copy of exactly that would leave no block to write to, so an eighth of
 * what stays free is added; a RAM disk may find the rest when it is written
 * (boot_info.volume_total). */
#include "volume.h"

#include "memmap.h"

enum { SPARE_SHARE = 8 };

/* Where the current copy of a group's bitmap is; 0 when the whole group is free. */
static int bitmap_find(struct polyfs_reader *reader, uint32_t group, uint32_t *block)
{
	const struct polyfs_super *super = &reader->super;
	uint32_t index = group / POLYFS_TABLE_ENTRIES;
	uint32_t second = super->select[index / 8] >> (index % 8) & 1;
	uint32_t first_block = super->data_start + group * POLYFS_GROUP_BLOCKS;
	uint32_t size = super->block_count - first_block;
	const void *data;
	uint16_t entry;
	int status = reader->load(reader, super->boot_blocks + 2 * index + second,
				  POLYFS_TABLE_MAGIC, &data);

	if (status < 0)
		return status;
	entry = ((const struct polyfs_table *)data)->entries[group % POLYFS_TABLE_ENTRIES];
	if (size > POLYFS_GROUP_BLOCKS)
		size = POLYFS_GROUP_BLOCKS;
	*block = super->bitmap_start + 2 * group + !!(entry & POLYFS_TABLE_SELECT);
	if ((entry & POLYFS_TABLE_FREE) >= size)
		*block = 0;
	return 0;
}

int volume_used(struct polyfs_reader *reader, uint32_t *blocks)
{
	const struct polyfs_super *super = &reader->super;

	for (uint32_t group = super->group_count; group-- > 0;) {
		const struct polyfs_bitmap *bitmap;
		const void *data;
		uint32_t block;
		int status = bitmap_find(reader, group, &block);

		if (status == 0 && !block)
			continue;
		if (status == 0)
			status = reader->load(reader, block, POLYFS_BITMAP_MAGIC, &data);
		if (status < 0)
			return status;
		bitmap = data;
		for (uint32_t bit = POLYFS_GROUP_BLOCKS; bit-- > 0;) {
			uint64_t at = (uint64_t)super->data_start +
				      (uint64_t)group * POLYFS_GROUP_BLOCKS + bit;

			/* Bits beyond the volume's end may be set, so that nobody takes them. */
			if (at < super->block_count && bitmap->bits[bit / 8] >> (bit % 8) & 1) {
				*blocks = (uint32_t)at + 1;
				return 0;
			}
		}
	}
	*blocks = super->data_start;
	return 0;
}

uint32_t volume_room(const struct place *place, uint64_t used, uint64_t total, uint64_t modules)
{
	uint64_t room = place_free(place), largest = place_largest(place);
	uint64_t kept = modules + VOLUME_RESERVE;
	uint64_t size;

	room = room > kept ? room - kept : 0;
	if (room > largest)
		room = largest;
	size = room > used ? used + (room - used) / SPARE_SHARE : room;
	if (size >= total)
		return (uint32_t)total;
	size &= ~(uint64_t)(MEMMAP_PAGE - 1);
	if (size < used && room >= used)
		size = (used + MEMMAP_PAGE - 1) & ~(uint64_t)(MEMMAP_PAGE - 1);
	return size < VOLUME_LEAST ? 0 : (uint32_t)size;
}
