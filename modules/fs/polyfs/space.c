/* Which blocks are free: bitmaps of groups, and a table with one entry a group.
 *
 * How it works. Each table block and each bitmap has two places on the volume. One holds
 * the state of the last commit and is not touched; the first change in a transaction copies
 * it to the other place and flips the bit, one level up, that says which place counts: for
 * bitmaps that bit is in the table, for table blocks in the superblock. So taking a block
 * never needs a block, and the two states lie side by side:
 *
 *     used now                 current bitmap
 *     used by the last commit  the place that the committed bits select
 *     may be taken             free in both
 *
 * The last line is the whole rule that what a power failure would bring back is never
 * overwritten; it needs no list of freed blocks and so no memory. `pending` counts them.
 *
 * A group whose entry says that everything is free has no bitmap that counts; formatting
 * 2 TB writes the table and one bitmap. */
#include "inner.h"

/* Groups with some space that are looked through for a better run before the best so far
 * is taken. */
enum { SEARCH_GROUPS = 16 };

static bool select_get(const uint8_t *select, uint32_t n)
{
	return select[n / 8] >> n % 8 & 1;
}

static uint32_t table_place(const struct polyfs_super *super, uint32_t n, bool second)
{
	return super->boot_blocks + 2 * n + second;
}

static uint32_t bitmap_place(const struct polyfs_super *super, uint32_t group, uint16_t entry)
{
	return super->bitmap_start + 2 * group + !!(entry & POLYFS_TABLE_SELECT);
}

uint32_t polyfs_group_blocks(const struct polyfs_super *super, uint32_t group)
{
	uint32_t left = super->block_count - super->data_start - group * POLYFS_GROUP_BLOCKS;

	return left < POLYFS_GROUP_BLOCKS ? left : POLYFS_GROUP_BLOCKS;
}

static bool all_free(const struct polyfs_super *super, uint32_t group, uint16_t entry)
{
	return (entry & POLYFS_TABLE_FREE) == polyfs_group_blocks(super, group);
}

/* --- getting at table and bitmaps ------------------------------------------------------ */

static int table_get(struct polyfs *fs, uint32_t n, const uint8_t *select,
		     struct polyfs_buffer **table)
{
	uint32_t place = table_place(&fs->reader.super, n, select_get(select, n));
	int status = polyfs_cache_get(fs, place, POLYFS_TABLE_MAGIC, table);

	if (status == 0 &&
	    ((struct polyfs_table *)polyfs_cache_data(fs, *table))->header.index != n) {
		polyfs_cache_put(*table);
		return E_DAMAGED;
	}
	return status;
}

/* A group's table entry, now or (with fs->committed) at the last commit. */
static int entry_get(struct polyfs *fs, uint32_t group, const uint8_t *select, uint16_t *entry)
{
	struct polyfs_buffer *buffer;
	int status = table_get(fs, group / POLYFS_TABLE_ENTRIES, select, &buffer);

	if (status < 0)
		return status;
	*entry = ((struct polyfs_table *)polyfs_cache_data(fs, buffer))->
		 entries[group % POLYFS_TABLE_ENTRIES];
	polyfs_cache_put(buffer);
	if ((*entry & POLYFS_TABLE_FREE) > polyfs_group_blocks(&fs->reader.super, group))
		return E_DAMAGED;
	return 0;
}

static int bitmap_get(struct polyfs *fs, uint32_t group, uint16_t entry,
		      struct polyfs_buffer **bitmap)
{
	int status = polyfs_cache_get(fs, bitmap_place(&fs->reader.super, group, entry),
				      POLYFS_BITMAP_MAGIC, bitmap);

	if (status == 0 &&
	    ((struct polyfs_bitmap *)polyfs_cache_data(fs, *bitmap))->header.index != group) {
		polyfs_cache_put(*bitmap);
		return E_DAMAGED;
	}
	return status;
}

int polyfs_space_group(struct polyfs *fs, uint32_t group, uint16_t *entry,
		       struct polyfs_buffer **bitmap)
{
	int status = entry_get(fs, group, fs->reader.super.select, entry);

	*bitmap = NULL;
	if (status < 0 || all_free(&fs->reader.super, group, *entry))
		return status;
	return bitmap_get(fs, group, *entry, bitmap);
}

/* --- looking for space ------------------------------------------------------------------ */

/* Both states of a group's bitmap; NULL where everything is free. */
struct view {
	const uint8_t *now, *before;
	struct polyfs_buffer *buffers[2];
	uint32_t blocks;
};

static void view_close(struct view *view)
{
	for (int i = 0; i < 2; i++)
		if (view->buffers[i])
			polyfs_cache_put(view->buffers[i]);
}

static int view_open(struct polyfs *fs, uint32_t group, struct view *view)
{
	const struct polyfs_super *super = &fs->reader.super;
	uint16_t now, before;
	int status;

	memset(view, 0, sizeof(*view));
	view->blocks = polyfs_group_blocks(super, group);
	status = polyfs_space_group(fs, group, &now, &view->buffers[0]);
	if (status == 0)
		status = entry_get(fs, group, fs->committed, &before);
	if (status == 0 && ((now ^ before) & POLYFS_TABLE_SELECT) &&
	    !all_free(super, group, before))
		status = bitmap_get(fs, group, before, &view->buffers[1]);
	if (status < 0) {
		view_close(view);
		return status;
	}
	for (int i = 0; i < 2; i++)
		if (view->buffers[i])
			*(i ? &view->before : &view->now) =
				((struct polyfs_bitmap *)polyfs_cache_data(fs, view->buffers[i]))->bits;
	return 0;
}

static uint8_t view_byte(const struct view *view, uint32_t bit)
{
	return (view->now ? view->now[bit / 8] : 0) | (view->before ? view->before[bit / 8] : 0);
}

/* The first block from `bit` to `end` that is used (or free); `end` when there is none. */
static uint32_t view_next(const struct view *view, uint32_t bit, uint32_t end, bool used)
{
	uint8_t skip = used ? 0 : 0xFF;

	while (bit < end) {
		uint8_t byte = view_byte(view, bit);

		if (byte == skip)
			bit = (bit | 7) + 1;
		else if ((byte >> bit % 8 & 1) == used)
			return bit;
		else
			bit++;
	}
	return end;
}

struct run {
	uint32_t start, count;          /* start as a block of the volume */
};

/* Looks for `want` blocks from `bit` on; true when found, otherwise *best may have been improved. */
static bool view_search(const struct view *view, uint32_t first, uint32_t bit, uint32_t want,
			uint32_t spacing, struct run *best)
{
	while ((bit = view_next(view, bit, view->blocks, false)) < view->blocks) {
		uint32_t end = view_next(view, bit, view->blocks, true);
		uint32_t start = spacing ? (bit + spacing - 1) / spacing * spacing : bit;
		uint32_t least = want > spacing ? want : spacing;

		if (start < end && end - start >= least) {
			*best = (struct run){ first + start, want };
			return true;
		}
		if (end - bit > best->count)
			*best = (struct run){ first + bit, end - bit };
		bit = end;
	}
	return false;
}

/* The run that begins at `goal`, if that is free. */
static int run_at(struct polyfs *fs, uint32_t goal, uint32_t want, struct run *run)
{
	uint32_t index = goal - fs->reader.super.data_start;
	uint32_t bit = index % POLYFS_GROUP_BLOCKS, end;
	struct view view;
	int status = view_open(fs, index / POLYFS_GROUP_BLOCKS, &view);

	if (status < 0)
		return status;
	end = want < view.blocks - bit ? bit + want : view.blocks;
	*run = (struct run){ goal, view_next(&view, bit, end, true) - bit };
	view_close(&view);
	return 0;
}

/* Searches from block `near` on, round to where it began. */
static int run_search(struct polyfs *fs, uint32_t near, uint32_t want, uint32_t spacing,
		      struct run *best)
{
	const struct polyfs_super *super = &fs->reader.super;
	uint32_t index = near >= super->data_start && near < super->block_count ?
			 near - super->data_start : 0;
	uint32_t group = index / POLYFS_GROUP_BLOCKS, bit = index % POLYFS_GROUP_BLOCKS;
	unsigned searched = 0;

	for (uint32_t i = 0; i <= super->group_count; i++, bit = 0) {
		uint32_t first = super->data_start + group * POLYFS_GROUP_BLOCKS;
		struct view view;
		uint16_t entry;
		bool found;
		int status = entry_get(fs, group, super->select, &entry);

		if (status < 0)
			return status;
		if (entry & POLYFS_TABLE_FREE) {
			status = view_open(fs, group, &view);
			if (status < 0)
				return status;
			found = view_search(&view, first, bit, want, spacing, best);
			view_close(&view);
			if (found || (++searched >= SEARCH_GROUPS && best->count))
				return 0;
		}
		if (++group == super->group_count)
			group = 0;
	}
	return best->count ? 0 : E_NO_SPACE;
}

/* --- changing it ------------------------------------------------------------------------- */

/* The table block with this group, in a place that the last commit does not use. */
static int table_edit(struct polyfs *fs, uint32_t n, struct polyfs_buffer **table)
{
	struct polyfs_super *super = &fs->reader.super;
	bool second = select_get(super->select, n);
	struct polyfs_buffer *from;
	int status = table_get(fs, n, super->select, table);

	if (status < 0)
		return status;
	if (second != select_get(fs->committed, n)) {
		(*table)->dirty = true;
		return 0;
	}
	from = *table;
	status = polyfs_cache_clone(fs, from, table_place(super, n, !second), table);
	polyfs_cache_put(from);
	if (status == 0)
		super->select[n / 8] ^= 1 << n % 8;
	return status;
}

/* Likewise the bitmap, given its entries now and at the last commit. */
static int bitmap_edit(struct polyfs *fs, uint32_t group, uint16_t *entry, uint16_t before,
		       struct polyfs_buffer **bitmap)
{
	const struct polyfs_super *super = &fs->reader.super;
	uint32_t place = bitmap_place(super, group, *entry ^ POLYFS_TABLE_SELECT);
	struct polyfs_buffer *from;
	int status;

	if ((*entry ^ before) & POLYFS_TABLE_SELECT) {
		status = bitmap_get(fs, group, *entry, bitmap);
		if (status == 0)
			(*bitmap)->dirty = true;
		return status;
	}
	if (all_free(super, group, *entry)) {
		status = polyfs_cache_new(fs, place, POLYFS_BITMAP_MAGIC, bitmap);
		if (status < 0)
			return status;
		((struct polyfs_bitmap *)polyfs_cache_data(fs, *bitmap))->header.index = group;
	} else {
		status = bitmap_get(fs, group, *entry, &from);
		if (status < 0)
			return status;
		status = polyfs_cache_clone(fs, from, place, bitmap);
		polyfs_cache_put(from);
		if (status < 0)
			return status;
	}
	*entry ^= POLYFS_TABLE_SELECT;
	return 0;
}

/* Sets or clears the bits of `count` blocks, all of which must be in the other state.
 * Returns how many of them the last commit uses. */
static int bits_change(uint8_t *bits, const uint8_t *before, uint32_t bit, uint32_t count,
		       bool used)
{
	int held = 0;

	for (uint32_t end = bit + count; bit < end; bit++) {
		uint8_t mask = 1 << bit % 8;

		if (!(bits[bit / 8] & mask) != used)
			return E_DAMAGED;
		bits[bit / 8] ^= mask;
		if (before && (before[bit / 8] & mask))
			held++;
	}
	return held;
}

/* The same for blocks of one group, with all that is counted about them. */
static int group_change(struct polyfs *fs, uint32_t group, uint32_t bit, uint32_t count, bool used)
{
	struct polyfs_super *super = &fs->reader.super;
	struct polyfs_buffer *table, *bitmap, *old = NULL;
	const uint8_t *old_bits = NULL;
	uint16_t before, *entry;
	int status = entry_get(fs, group, fs->committed, &before);

	if (status < 0)
		return status;
	fs->touched = fs->dirty = true;
	status = table_edit(fs, group / POLYFS_TABLE_ENTRIES, &table);
	if (status < 0)
		return status;
	entry = &((struct polyfs_table *)polyfs_cache_data(fs, table))->
		entries[group % POLYFS_TABLE_ENTRIES];
	status = bitmap_edit(fs, group, entry, before, &bitmap);
	if (status < 0)
		goto out_table;
	if (!used && !all_free(super, group, before)) {
		status = bitmap_get(fs, group, before, &old);
		if (status < 0)
			goto out_bitmap;
		old_bits = ((struct polyfs_bitmap *)polyfs_cache_data(fs, old))->bits;
	}
	status = bits_change(((struct polyfs_bitmap *)polyfs_cache_data(fs, bitmap))->bits,
			     old_bits, bit, count, used);
	if (old)
		polyfs_cache_put(old);
	if (status < 0)
		goto out_bitmap;
	if (used) {
		/* A damaged count may promise more than the bitmap or less. */
		if ((*entry & POLYFS_TABLE_FREE) < count || super->free_blocks < count) {
			status = E_DAMAGED;
			goto out_bitmap;
		}
		*entry -= count;
		super->free_blocks -= count;
	} else {
		if ((*entry & POLYFS_TABLE_FREE) + count > polyfs_group_blocks(super, group)) {
			status = E_DAMAGED;
			goto out_bitmap;
		}
		*entry += count;
		super->free_blocks += count;
		fs->pending += status;
	}
	status = 0;
out_bitmap:
	polyfs_cache_put(bitmap);
out_table:
	polyfs_cache_put(table);
	return status;
}

int polyfs_space_take(struct polyfs *fs, uint32_t goal, uint32_t near, uint32_t want,
		      uint32_t spacing, uint32_t *start, uint32_t *count)
{
	const struct polyfs_super *super = &fs->reader.super;
	struct run run = { 0, 0 };
	uint32_t index;
	int status = 0;

	if (goal >= super->data_start && goal < super->block_count)
		status = run_at(fs, goal, want, &run);
	if (status == 0 && run.count == 0)
		status = run_search(fs, near, want, spacing, &run);
	if (status < 0)
		return status;
	if (run.count > want)
		run.count = want;
	index = run.start - super->data_start;
	status = group_change(fs, index / POLYFS_GROUP_BLOCKS, index % POLYFS_GROUP_BLOCKS,
			      run.count, true);
	*start = run.start;
	*count = run.count;
	return status;
}

int polyfs_space_find(struct polyfs *fs, uint32_t near, uint32_t want, uint32_t spacing,
		      uint32_t *start)
{
	struct run run = { 0, 0 };
	int status = run_search(fs, near, want < POLYFS_GROUP_BLOCKS ? want : POLYFS_GROUP_BLOCKS,
				spacing, &run);

	*start = run.start;
	return status;
}

int polyfs_space_free(struct polyfs *fs, uint32_t start, uint32_t count)
{
	const struct polyfs_super *super = &fs->reader.super;
	int status;

	if (start < super->data_start || start >= super->block_count ||
	    count > super->block_count - start)
		return E_DAMAGED;
	status = polyfs_cache_drop(fs, start, count);
	while (status == 0 && count) {
		uint32_t index = start - super->data_start;
		uint32_t bit = index % POLYFS_GROUP_BLOCKS;
		uint32_t part = POLYFS_GROUP_BLOCKS - bit;

		if (part > count)
			part = count;
		status = group_change(fs, index / POLYFS_GROUP_BLOCKS, bit, part, false);
		start += part;
		count -= part;
	}
	return status;
}
