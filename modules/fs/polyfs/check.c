/* Checking a whole volume: every node, record and block.
 *
 * Three looks, with memory for a few bitmaps only:
 *
 * 1. Records, in the order of their keys: each inode with its names and extents, each name
 *    with the inode it points to. That every inode has exactly one name is shown by sums
 *    over both, of a number scrambled from the inode's; they agree by chance once in 2^64.
 * 2. The tree itself: bounds, levels, and no block used twice.
 * 3. Blocks used against bitmaps, bitmaps against the table, the table against the
 *    superblock.
 *
 * 2 and 3 go over the volume in windows of as many groups as the caller's memory can mark. */
#include "inner.h"

struct check {
	struct polyfs *fs;
	struct polyfs_checker *caller;
	int faults;

	/* Look 1: the inode whose records pass by. */
	uint32_t inode;
	bool known;
	struct polyfs_inode record;
	uint64_t names;                 /* counted in it */
	uint32_t blocks;                /* likewise */
	uint32_t extent_end;
	uint64_t name_sum, inode_sum;

	/* Looks 2 and 3: the window, in groups, and whether it is the first. */
	uint32_t window, window_groups;
	bool first;
	uint64_t free;
};

static void fault(struct check *check, const char *what, uint32_t inode, uint32_t block)
{
	if (check->faults < INT32_MAX)
		check->faults++;
	if (check->caller->report)
		check->caller->report(check->caller->ctx, what, inode, block);
}

/* Damage is a fault to report; anything else ends the check. */
static int judge(struct check *check, int status, const char *what, uint32_t inode, uint32_t block)
{
	if (status != E_DAMAGED && status != E_NOT_FOUND && status != E_NOT_DIR)
		return status < 0 ? status : 0;
	fault(check, what, inode, block);
	return 0;
}

/* --- look 1: records ----------------------------------------------------------------------- */

/* A number's bits well mixed (the finishing step of MurmurHash3, 64 bits). */
static uint64_t scramble(uint64_t x)
{
	x += 0x9E3779B97F4A7C15;
	x = (x ^ x >> 33) * 0xFF51AFD7ED558CCD;
	x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53;
	return x ^ x >> 33;
}

static void inode_end(struct check *check)
{
	const struct polyfs_inode *record = &check->record;

	if (!check->known)
		return;
	if (record->type == POLYFS_DIRECTORY && record->size != check->names)
		fault(check, "directory counts its names wrongly", check->inode, 0);
	if (record->blocks != check->blocks)
		fault(check, "inode counts its blocks wrongly", check->inode, 0);
}

static int inode_begin(struct check *check, const struct polyfs_record *found)
{
	int status;

	check->names = check->blocks = check->extent_end = 0;
	check->inode = POLYFS_KEY_INODE(found->key);
	check->known = false;
	if (check->inode == 0)
		return 0;
	status = polyfs_inode_get(&check->fs->reader, check->inode, &check->record);
	if (status < 0)
		return judge(check, status, "inode is missing or makes no sense", check->inode, 0);
	check->known = true;
	if (check->inode == POLYFS_INODE_ROOT) {
		if (check->record.type != POLYFS_DIRECTORY ||
		    check->record.parent != POLYFS_INODE_ROOT)
			fault(check, "root is no directory or not its own parent", check->inode, 0);
		check->caller->directories++;
		return 0;
	}
	check->inode_sum += scramble(check->inode);
	if (check->record.type == POLYFS_FILE) {
		check->caller->files++;
		return 0;
	}
	check->caller->directories++;
	status = polyfs_is_above(check->fs, POLYFS_INODE_ROOT, check->inode);
	return judge(check, status, "directory is not below the root", check->inode, 0);
}

static int name_check(struct check *check, const struct polyfs_record *found)
{
	struct polyfs_dirent entry;
	struct polyfs_inode target;
	uint32_t position = POLYFS_KEY_OFFSET(found->key);
	int status;

	if (check->known && check->record.type != POLYFS_DIRECTORY) {
		fault(check, "file has names in it", check->inode, 0);
		return 0;
	}
	check->names++;
	/* The reader's own judgement of the record comes with reading it as an entry. */
	status = polyfs_readdir(&check->fs->reader, check->inode, &position, &entry);
	if (status <= 0)
		return judge(check, status ? status : E_DAMAGED, "name makes no sense",
			     check->inode, 0);
	if (polyfs_name_hash(entry.name, entry.length) != (POLYFS_KEY_OFFSET(found->key) & ~0xFFu))
		fault(check, "name is filed under a wrong hash", check->inode, 0);
	check->name_sum += scramble(entry.inode);
	status = polyfs_inode_get(&check->fs->reader, entry.inode, &target);
	if (status < 0)
		return judge(check, status, "name leads to no inode", check->inode, 0);
	if (target.type != entry.type || target.parent != check->inode)
		fault(check, "name and inode do not agree", entry.inode, 0);
	return 0;
}

static int extent_check(struct check *check, const struct polyfs_record *found)
{
	uint32_t offset = POLYFS_KEY_OFFSET(found->key), start, count;
	int status = polyfs_map(&check->fs->reader, check->inode, offset, &start, &count);

	if (status < 0)
		return judge(check, status, "extent makes no sense", check->inode, 0);
	if (check->known && check->record.type != POLYFS_FILE)
		fault(check, "directory has blocks", check->inode, start);
	if (offset < check->extent_end)
		fault(check, "extents overlap", check->inode, start);
	check->extent_end = offset + count;
	if (check->known && ((uint64_t)check->extent_end << POLYFS_BLOCK_SHIFT) >=
	    check->record.size + POLYFS_BLOCK_SIZE)
		fault(check, "blocks beyond the end of the file", check->inode, start);
	check->blocks += count;
	check->caller->extents++;
	return 0;
}

static int orphan_check(struct check *check, const struct polyfs_record *found)
{
	struct polyfs_inode target;
	uint32_t inode = POLYFS_KEY_OFFSET(found->key);
	int status;

	if (check->inode != 0) {
		fault(check, "record of an unknown kind", check->inode, 0);
		return 0;
	}
	check->name_sum += scramble(inode);
	status = polyfs_inode_get(&check->fs->reader, inode, &target);
	return judge(check, status, "orphan leads to no inode", inode, 0);
}

static int record_check(struct check *check, const struct polyfs_record *found)
{
	int status;

	if (POLYFS_KEY_INODE(found->key) != check->inode) {
		inode_end(check);
		status = inode_begin(check, found);
		if (status < 0)
			return status;
	}
	switch (POLYFS_KEY_KIND(found->key)) {
	case POLYFS_KIND_INODE:
		if (POLYFS_KEY_OFFSET(found->key))
			fault(check, "record of an unknown kind", check->inode, 0);
		return 0;
	case POLYFS_KIND_NAME:
		return name_check(check, found);
	case POLYFS_KIND_EXTENT:
		return extent_check(check, found);
	default:
		return orphan_check(check, found);
	}
}

static int records_check(struct check *check)
{
	struct polyfs_record found;
	struct polyfs_inode root;
	uint64_t key = 0;
	int status;

	for (;;) {
		status = polyfs_seek(&check->fs->reader, key, POLYFS_AT_OR_AFTER, &found);
		if (status <= 0)
			break;
		status = record_check(check, &found);
		if (status < 0)
			return status;
		key = found.key + 1;
		if (key == 0)
			break;
	}
	inode_end(check);
	if (status < 0)
		return judge(check, status, "tree cannot be read to its end", check->inode, 0);
	if (check->name_sum != check->inode_sum)
		fault(check, "inodes and names do not belong together one to one", 0, 0);
	status = polyfs_inode_get(&check->fs->reader, POLYFS_INODE_ROOT, &root);
	return status == E_NOT_FOUND ?
	       judge(check, status, "there is no root directory", POLYFS_INODE_ROOT, 0) : 0;
}

/* --- look 2: the tree's nodes and all blocks in use ---------------------------------------- */

static void mark(struct check *check, uint32_t start, uint32_t count, uint32_t inode)
{
	uint32_t index = start - check->fs->reader.super.data_start;
	bool twice = false;

	for (; count--; index++) {
		uint32_t group = index / POLYFS_GROUP_BLOCKS - check->window;
		uint32_t bit = index % POLYFS_GROUP_BLOCKS;
		uint8_t *byte;

		if (index / POLYFS_GROUP_BLOCKS < check->window) {
			/* Skip to the window at once: extents may be huge. */
			uint32_t skip = check->window * POLYFS_GROUP_BLOCKS - index - 1;

			if (skip >= count)
				return;
			index += skip;
			count -= skip;
			continue;
		}
		if (group >= check->window_groups)
			return;
		byte = check->caller->work + group * POLYFS_PAYLOAD + bit / 8;
		twice |= *byte >> bit % 8 & 1;
		*byte |= 1 << bit % 8;
	}
	if (twice)
		fault(check, "block is used twice", inode, start);
}

static void leaf_mark(struct check *check, const struct polyfs_node *leaf)
{
	const struct polyfs_super *super = &check->fs->reader.super;

	for (uint32_t i = 0; i < leaf->header.count; i++) {
		const struct polyfs_slot *slot = &leaf->slots[i];
		struct polyfs_extent extent;

		if (POLYFS_KEY_KIND(slot->key) != POLYFS_KIND_EXTENT ||
		    slot->length != sizeof(extent))
			continue;
		memcpy(&extent, (const uint8_t *)leaf + slot->offset, sizeof(extent));
		if (extent.start >= super->data_start && extent.start < super->block_count &&
		    extent.count <= super->block_count - extent.start)
			mark(check, extent.start, extent.count, POLYFS_KEY_INODE(slot->key));
	}
}

/* Depth first; the bounds make a node that hangs in two places a fault in one of them. */
static int node_check(struct check *check, uint32_t block, unsigned level, uint64_t low,
		      uint64_t high)
{
	struct polyfs *fs = check->fs;

	for (uint32_t i = 0; ; i++) {
		const struct polyfs_node *node;
		const void *data;
		uint64_t from, to;
		uint32_t child;
		int status = polyfs_load(&fs->reader, block, POLYFS_NODE_MAGIC, &data);

		if (status < 0)
			return check->first ?
			       judge(check, status, "node of the tree is damaged", 0, block) :
			       status == E_DAMAGED ? 0 : status;
		node = data;
		if (i == 0) {
			check->caller->nodes += check->first;
			mark(check, block, 1, 0);
			if (node->header.level != level || !polyfs_node_within(node, low, high) ||
			    (node->header.count == 0 && fs->reader.super.levels > 1)) {
				if (check->first)
					fault(check, "node of the tree is out of place", 0, block);
				return 0;
			}
			if (level == 0) {
				leaf_mark(check, node);
				return 0;
			}
		}
		if (i >= node->header.count)
			return 0;
		child = node->children[i].block;
		from = node->children[i].key;
		to = i + 1 < node->header.count ? node->children[i + 1].key : high;
		status = node_check(check, child, level - 1, from, to);
		if (status < 0)
			return status;
	}
}

/* --- look 3: bitmaps ------------------------------------------------------------------------- */

/* Compares a group's bitmap (NULL = all free) with what was marked; counts free blocks. */
static uint32_t bits_compare(struct check *check, uint32_t group, const uint8_t *bits)
{
	const struct polyfs_super *super = &check->fs->reader.super;
	const uint8_t *marks = check->caller->work + (group - check->window) * POLYFS_PAYLOAD;
	uint32_t blocks = polyfs_group_blocks(super, group), free = 0;
	int last = 0;

	for (uint32_t bit = 0; bit < POLYFS_GROUP_BLOCKS; bit++) {
		int has = bits ? bits[bit / 8] >> bit % 8 & 1 : 0;
		int should = marks[bit / 8] >> bit % 8 & 1;

		if (bit < blocks && !has)
			free++;
		/* One report for a run of the same kind. */
		if (has - should != last && has != should)
			fault(check, has ? "block is taken but not used" : "block is used but free",
			      0, super->data_start + group * POLYFS_GROUP_BLOCKS + bit);
		last = has - should;
	}
	return free;
}

static int group_check(struct check *check, uint32_t group)
{
	struct polyfs_buffer *bitmap;
	uint16_t entry;
	uint32_t free;
	int status = polyfs_space_group(check->fs, group, &entry, &bitmap);

	if (status < 0)
		return judge(check, status, "bitmap or allocation table is damaged", 0,
			     check->fs->reader.super.data_start + group * POLYFS_GROUP_BLOCKS);
	free = bits_compare(check, group, bitmap ?
			    ((struct polyfs_bitmap *)polyfs_cache_data(check->fs, bitmap))->bits : NULL);
	if (bitmap)
		polyfs_cache_put(bitmap);
	if ((entry & POLYFS_TABLE_FREE) != free)
		fault(check, "allocation table counts wrongly", 0,
		      check->fs->reader.super.data_start + group * POLYFS_GROUP_BLOCKS);
	check->free += free;
	return 0;
}

static int windows_check(struct check *check)
{
	const struct polyfs_super *super = &check->fs->reader.super;

	check->first = true;
	for (check->window = 0; check->window < super->group_count; ) {
		uint32_t end = super->group_count - check->window;
		int status;

		if (end > check->window_groups)
			end = check->window_groups;
		end += check->window;
		memset(check->caller->work, 0, check->window_groups * POLYFS_PAYLOAD);
		status = node_check(check, super->root, super->levels - 1, 0, UINT64_MAX);
		for (uint32_t group = check->window; status == 0 && group < end; group++)
			status = group_check(check, group);
		if (status < 0)
			return status;
		check->window = end;
		check->first = false;
	}
	if (check->free != super->free_blocks)
		fault(check, "superblock counts free blocks wrongly", 0, 0);
	return 0;
}

int polyfs_check(struct polyfs *fs, struct polyfs_checker *checker)
{
	struct check check = { .fs = fs, .caller = checker };
	int status;

	checker->files = checker->directories = checker->extents = checker->nodes = 0;
	check.window_groups = checker->work_size / POLYFS_PAYLOAD;
	if (check.window_groups == 0)
		return E_NO_MEMORY;
	if (check.window_groups > fs->reader.super.group_count)
		check.window_groups = fs->reader.super.group_count;
	status = polyfs_sync(fs);
	if (status == 0)
		status = records_check(&check);
	if (status == 0)
		status = windows_check(&check);
	return status < 0 ? status : check.faults;
}
