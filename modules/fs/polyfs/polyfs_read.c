/* polyfs, the reading half: superblock, tree, names, files.
 *
 * How it works. All metadata sit in one B+ tree of 1 KB nodes, so that one search,
 * polyfs_seek(), answers everything: an inode is the record at (inode, INODE, 0), a name
 * the records from (directory, NAME, hash) on, a file's block the extent at or before
 * (inode, EXTENT, block). A search holds one node at a time. Where it runs off a leaf's
 * edge it starts again from the root with the key just beyond that leaf, which the parents
 * passed on the way name; so no stack of nodes is kept and the loader gets by with 1 KB.
 *
 * A volume is input like any other: every node is checked when it is loaded (checksum, own
 * address, order, every offset and length), every number in a record before it is used.
 * Damage ends in E_DAMAGED. A tree that points into itself is caught by the level, which
 * must fall by one with each step, and by the bounds that parents set for a node's keys: a
 * node hung up in two places cannot fit both. As only the root may be an empty leaf, a
 * restart finds what it looks for at once.
 *
 * To read: docs/polyfs-format.md. */
#include "polyfs_read.h"

#include <base/crc32.h>
#include <base/mem.h>

/* --- checksums ---------------------------------------------------------------------- */

uint32_t polyfs_crc_sealed(const void *data, size_t length, size_t crc_offset)
{
	static const uint32_t zero;
	const uint8_t *bytes = data;
	uint32_t crc = crc32(0, bytes, crc_offset);

	crc = crc32(crc, &zero, sizeof(zero));
	return crc32(crc, bytes + crc_offset + 4, length - crc_offset - 4);
}

uint32_t polyfs_name_hash(const char *name, size_t length)
{
	return crc32(0, name, length) << 8;
}

/* --- superblock --------------------------------------------------------------------- */

int polyfs_super_check(const struct polyfs_super *super)
{
	uint64_t data_blocks, tables;

	if (memcmp(super->magic, POLYFS_MAGIC, sizeof(super->magic)) != 0)
		return E_DAMAGED;
	if (super->crc != polyfs_crc_sealed(super, sizeof(*super), offsetof(struct polyfs_super, crc)))
		return E_DAMAGED;
	if (super->version != POLYFS_VERSION || super->block_shift != POLYFS_BLOCK_SHIFT)
		return E_VERSION;

	/* The areas follow each other and are as long as the group count demands. */
	tables = (super->group_count + (uint64_t)POLYFS_TABLE_ENTRIES - 1) / POLYFS_TABLE_ENTRIES;
	if (super->boot_blocks < POLYFS_BOOT_BLOCKS_MIN ||
	    super->group_count == 0 || tables > POLYFS_SELECT_SIZE * 8 ||
	    super->bitmap_start != super->boot_blocks + 2 * tables ||
	    super->data_start != super->bitmap_start + 2 * (uint64_t)super->group_count ||
	    super->data_start >= super->block_count)
		return E_DAMAGED;
	data_blocks = super->block_count - super->data_start;
	if ((data_blocks + POLYFS_GROUP_BLOCKS - 1) / POLYFS_GROUP_BLOCKS != super->group_count)
		return E_DAMAGED;

	if (super->root < super->data_start || super->root >= super->block_count ||
	    super->levels < 1 || super->levels > POLYFS_LEVELS_MAX ||
	    super->free_blocks >= data_blocks || super->next_inode > POLYFS_INODE_MAX)
		return E_DAMAGED;
	return 0;
}

/* Reads one superblock into the work buffer. */
static int super_load(struct polyfs_reader *reader, unsigned which)
{
	int status;

	reader->work_block = 0;
	status = reader->read(reader->ctx, which ? POLYFS_SUPER_SECTOR_1 : POLYFS_SUPER_SECTOR_0,
			      1, reader->work);
	if (status < 0)
		return status;
	return polyfs_super_check((struct polyfs_super *)reader->work);
}

int polyfs_reader_mount(struct polyfs_reader *reader, uint64_t sector_count)
{
	int best = E_DAMAGED;

	/* One of the two may be torn or unreadable: the other one carries on. */
	for (unsigned which = 0; which < 2; which++) {
		const struct polyfs_super *super = (struct polyfs_super *)reader->work;
		int status = super_load(reader, which);

		if (status == 0 && (best < 0 || super->generation > reader->super.generation)) {
			reader->super = *super;
			best = 0;
		} else if (best == E_DAMAGED && status < 0) {
			best = status;
		}
	}
	if (best < 0)
		return best;
	if (sector_count && sector_count / POLYFS_BLOCK_SECTORS < reader->super.block_count)
		return E_RANGE;
	return 0;
}

/* --- nodes -------------------------------------------------------------------------- */

static bool leaf_ok(const struct polyfs_node *node)
{
	uint32_t count = node->header.count;
	uint32_t heap = POLYFS_BLOCK_SIZE;

	if (count > POLYFS_NODE_CHILDREN)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const struct polyfs_slot *slot = &node->slots[i];

		if (slot->length > POLYFS_RECORD_MAX || slot->length > heap)
			return false;
		heap -= slot->length;
		if (slot->offset != heap || (i > 0 && slot->key <= node->slots[i - 1].key))
			return false;
	}
	return heap >= sizeof(struct polyfs_header) + count * sizeof(struct polyfs_slot);
}

static bool inner_ok(const struct polyfs_super *super, const struct polyfs_node *node)
{
	uint32_t count = node->header.count;

	if (count == 0 || count > POLYFS_NODE_CHILDREN)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const struct polyfs_child *child = &node->children[i];

		if (child->block < super->data_start || child->block >= super->block_count)
			return false;
		if (i > 0 && child->key <= node->children[i - 1].key)
			return false;
	}
	return true;
}

int polyfs_block_check(const struct polyfs_super *super, uint64_t generation_max,
		       const void *data, uint32_t block, uint32_t magic)
{
	const struct polyfs_node *node = data;
	const struct polyfs_header *header = &node->header;
	uint32_t tag;

	memcpy(&tag, super->id, sizeof(tag));
	if (header->magic != magic || header->block != block || header->tag != tag ||
	    header->generation > generation_max)
		return E_DAMAGED;
	if (header->crc != polyfs_crc_sealed(data, POLYFS_BLOCK_SIZE,
					     offsetof(struct polyfs_header, crc)))
		return E_DAMAGED;
	if (magic != POLYFS_NODE_MAGIC)
		return 0;
	if (header->level >= POLYFS_LEVELS_MAX)
		return E_DAMAGED;
	return (header->level == 0 ? leaf_ok(node) : inner_ok(super, node)) ? 0 : E_DAMAGED;
}

static int reader_load(struct polyfs_reader *reader, uint32_t block, uint32_t magic,
		       const void **data)
{
	int status;

	*data = reader->work;
	if (reader->work_block == block)
		return 0;
	reader->work_block = 0;
	status = reader->read(reader->ctx, (uint64_t)block * POLYFS_BLOCK_SECTORS,
			      POLYFS_BLOCK_SECTORS, reader->work);
	if (status < 0)
		return status;
	status = polyfs_block_check(&reader->super, reader->super.generation, reader->work,
				    block, magic);
	if (status == 0)
		reader->work_block = block;
	return status;
}

/* Whole sectors go straight to where they are wanted, the ends through the work buffer. */
static int reader_transfer(struct polyfs_reader *reader, uint32_t block, uint32_t offset,
			   uint32_t length, void *buf)
{
	uint64_t sector = (uint64_t)block * POLYFS_BLOCK_SECTORS + offset / POLYFS_SECTOR_SIZE;
	uint32_t within = offset % POLYFS_SECTOR_SIZE;
	uint8_t *to = buf;

	while (length) {
		uint32_t count = length / POLYFS_SECTOR_SIZE, bytes;
		int status;

		if (within == 0 && count > 0) {
			bytes = count * POLYFS_SECTOR_SIZE;
			status = reader->read(reader->ctx, sector, count, to);
		} else {
			count = 1;
			bytes = POLYFS_SECTOR_SIZE - within;
			if (bytes > length)
				bytes = length;
			reader->work_block = 0;
			status = reader->read(reader->ctx, sector, 1, reader->work);
			if (status == 0)
				memcpy(to, reader->work + within, bytes);
			within = 0;
		}
		if (status < 0)
			return status;
		sector += count;
		to += bytes;
		length -= bytes;
	}
	return 0;
}

void polyfs_reader_init(struct polyfs_reader *reader,
			int (*read)(void *ctx, uint64_t sector, uint32_t count, void *buf),
			void *ctx, void *work)
{
	memset(reader, 0, sizeof(*reader));
	reader->read = read;
	reader->ctx = ctx;
	reader->work = work;
	reader->load = reader_load;
	reader->transfer = reader_transfer;
}

/* --- the tree ----------------------------------------------------------------------- */

int polyfs_node_floor(const struct polyfs_node *node, uint64_t key)
{
	int low = -1, high = node->header.count;

	/* Slots and children both are 12 bytes that begin with the key. */
	while (high - low > 1) {
		int middle = (low + high) / 2;

		if (node->slots[middle].key <= key)
			low = middle;
		else
			high = middle;
	}
	return low;
}

bool polyfs_node_within(const struct polyfs_node *node, uint64_t low, uint64_t high)
{
	uint32_t count = node->header.count;

	if (count == 0)
		return true;
	if (node->header.level > 0 && node->children[0].key != low)
		return false;
	return node->slots[0].key >= low && node->slots[count - 1].key < high;
}

/* Goes down to the leaf for `key`; *low and *high become the first key that belongs to
 * this leaf and the first that no longer does (0 and all ones at the tree's edges). That
 * each node keeps to the bounds its parents set is what makes every search end. */
static int leaf_find(struct polyfs_reader *reader, uint64_t key, const struct polyfs_node **leaf,
		     uint64_t *low, uint64_t *high)
{
	uint32_t block = reader->super.root;

	*low = 0;
	*high = UINT64_MAX;
	for (unsigned level = reader->super.levels; level-- > 0; ) {
		const void *data;
		const struct polyfs_node *node;
		int index, status = reader->load(reader, block, POLYFS_NODE_MAGIC, &data);

		if (status < 0)
			return status;
		node = data;
		if (node->header.level != level)
			return E_DAMAGED;
		if (!polyfs_node_within(node, *low, *high))
			return E_DAMAGED;
		if (level == 0) {
			*leaf = node;
			return node->header.count || reader->super.levels == 1 ? 0 : E_DAMAGED;
		}
		index = polyfs_node_floor(node, key);
		if (index < 0)
			return E_DAMAGED;
		*low = node->children[index].key;
		if (index + 1 < node->header.count)
			*high = node->children[index + 1].key;
		block = node->children[index].block;
	}
	return E_DAMAGED;
}

int polyfs_seek(struct polyfs_reader *reader, uint64_t key, enum polyfs_seek where,
		struct polyfs_record *record)
{
	for (;;) {
		const struct polyfs_node *leaf;
		uint64_t low, high;
		int index, status = leaf_find(reader, key, &leaf, &low, &high);

		if (status < 0)
			return status;
		index = polyfs_node_floor(leaf, key);
		if (where == POLYFS_AT_OR_AFTER && (index < 0 || leaf->slots[index].key != key))
			index++;
		if (index >= 0 && index < leaf->header.count) {
			const struct polyfs_slot *slot = &leaf->slots[index];

			record->key = slot->key;
			record->length = slot->length;
			memcpy(record->bytes, (const uint8_t *)leaf + slot->offset, slot->length);
			return 1;
		}
		/* Not in this leaf: go on in the neighbour, which must lie further on. */
		if (where == POLYFS_AT_OR_AFTER) {
			if (high == UINT64_MAX)
				return 0;
			key = high;
		} else {
			if (low == 0)
				return 0;
			key = low - 1;
		}
	}
}

/* --- inodes and names --------------------------------------------------------------- */

int polyfs_inode_get(struct polyfs_reader *reader, uint32_t inode, struct polyfs_inode *found)
{
	uint64_t key = POLYFS_KEY(inode, POLYFS_KIND_INODE, 0);
	struct polyfs_record record;
	int status;

	if (inode == 0 || inode > POLYFS_INODE_MAX)
		return E_NOT_FOUND;
	status = polyfs_seek(reader, key, POLYFS_AT_OR_BEFORE, &record);
	if (status < 0)
		return status;
	if (status == 0 || record.key != key)
		return E_NOT_FOUND;
	if (record.length != sizeof(*found) ||
	    (record.inode.type != POLYFS_FILE && record.inode.type != POLYFS_DIRECTORY) ||
	    record.inode.parent == 0 || record.inode.parent > POLYFS_INODE_MAX ||
	    record.inode.size > (uint64_t)UINT32_MAX << POLYFS_BLOCK_SHIFT)
		return E_DAMAGED;
	*found = record.inode;
	return 0;
}

int polyfs_stat(struct polyfs_reader *reader, uint32_t inode, struct polyfs_stat *stat)
{
	struct polyfs_inode found;
	int status = polyfs_inode_get(reader, inode, &found);

	if (status < 0)
		return status;
	*stat = (struct polyfs_stat){
		.size = found.size,
		.mtime = found.mtime,
		.inode = inode,
		.parent = found.parent,
		.blocks = found.blocks,
		.type = found.type,
		.flags = found.flags,
	};
	return 0;
}

static bool name_ok(const struct polyfs_record *record)
{
	const struct polyfs_name *name = &record->name;

	if (record->length < sizeof(*name) || name->length == 0 ||
	    record->length != sizeof(*name) + name->length ||
	    name->inode == 0 || name->inode > POLYFS_INODE_MAX ||
	    (name->type != POLYFS_FILE && name->type != POLYFS_DIRECTORY))
		return false;
	for (unsigned i = 0; i < name->length; i++)
		if (name->name[i] == 0 || name->name[i] == '/')
			return false;
	return true;
}

int polyfs_name_get(struct polyfs_reader *reader, uint32_t directory, const char *name,
		    size_t length, struct polyfs_record *record)
{
	uint64_t key = POLYFS_KEY(directory, POLYFS_KIND_NAME, polyfs_name_hash(name, length));
	uint64_t last = key | 0xFF;

	/* Names with equal hashes follow each other. */
	while (key <= last) {
		int status = polyfs_seek(reader, key, POLYFS_AT_OR_AFTER, record);

		if (status < 0)
			return status;
		if (status == 0 || record->key > last)
			break;
		if (!name_ok(record))
			return E_DAMAGED;
		if (record->name.length == length && memcmp(record->name.name, name, length) == 0)
			return 0;
		key = record->key + 1;
	}
	return E_NOT_FOUND;
}

int polyfs_find_name(struct polyfs_reader *reader, uint32_t directory, const char *name,
		     size_t length, struct polyfs_stat *stat)
{
	struct polyfs_record record;
	int status;

	if (length == 0)
		return E_INVALID;
	if (length > POLYFS_NAME_MAX)
		return E_NAME_TOO_LONG;
	status = polyfs_name_get(reader, directory, name, length, &record);
	if (status < 0)
		return status;
	status = polyfs_stat(reader, record.name.inode, stat);
	if (status == E_NOT_FOUND || (status == 0 && stat->type != record.name.type))
		return E_DAMAGED;
	return status;
}

int polyfs_find(struct polyfs_reader *reader, uint32_t from, const char *path,
		struct polyfs_stat *stat)
{
	int status;

	if (*path == '/')
		from = POLYFS_INODE_ROOT;
	status = polyfs_stat(reader, from, stat);
	while (status == 0) {
		const char *name;
		size_t length = 0;

		while (*path == '/')
			path++;
		if (*path == 0)
			return 0;
		for (name = path; *path && *path != '/'; path++)
			length++;
		if (stat->type != POLYFS_DIRECTORY)
			return E_NOT_DIR;
		if (length == 1 && name[0] == '.')
			continue;
		if (length == 2 && name[0] == '.' && name[1] == '.')
			status = polyfs_stat(reader, stat->parent, stat);
		else
			status = polyfs_find_name(reader, stat->inode, name, length, stat);
	}
	return status;
}

int polyfs_readdir(struct polyfs_reader *reader, uint32_t directory, uint32_t *position,
		   struct polyfs_dirent *entry)
{
	struct polyfs_inode inode;
	struct polyfs_record record;
	int status = polyfs_inode_get(reader, directory, &inode);

	if (status < 0)
		return status;
	if (inode.type != POLYFS_DIRECTORY)
		return E_NOT_DIR;
	status = polyfs_seek(reader, POLYFS_KEY(directory, POLYFS_KIND_NAME, *position),
			     POLYFS_AT_OR_AFTER, &record);
	if (status <= 0)
		return status;
	if (record.key > POLYFS_KEY(directory, POLYFS_KIND_NAME, UINT32_MAX))
		return 0;
	/* The last number of each hash is never used, so that this cannot wrap to 0. */
	if (!name_ok(&record) || POLYFS_KEY_OFFSET(record.key) == UINT32_MAX)
		return E_DAMAGED;
	*position = POLYFS_KEY_OFFSET(record.key) + 1;
	entry->inode = record.name.inode;
	entry->type = record.name.type;
	entry->length = record.name.length;
	memcpy(entry->name, record.name.name, record.name.length);
	entry->name[record.name.length] = 0;
	return 1;
}

/* --- files -------------------------------------------------------------------------- */

static bool extent_ok(const struct polyfs_super *super, const struct polyfs_record *record)
{
	const struct polyfs_extent *extent = &record->extent;

	return record->length == sizeof(*extent) && extent->count > 0 &&
	       extent->start >= super->data_start && extent->start < super->block_count &&
	       extent->count <= super->block_count - extent->start &&
	       extent->count <= UINT32_MAX - POLYFS_KEY_OFFSET(record->key);
}

int polyfs_map(struct polyfs_reader *reader, uint32_t inode, uint32_t index, uint32_t *start,
	       uint32_t *count)
{
	uint64_t key = POLYFS_KEY(inode, POLYFS_KIND_EXTENT, index);
	struct polyfs_record record;
	int status = polyfs_seek(reader, key, POLYFS_AT_OR_BEFORE, &record);

	if (status < 0)
		return status;
	if (status && record.key >= POLYFS_KEY(inode, POLYFS_KIND_EXTENT, 0)) {
		uint32_t into = index - POLYFS_KEY_OFFSET(record.key);

		if (!extent_ok(&reader->super, &record))
			return E_DAMAGED;
		if (into < record.extent.count) {
			*start = record.extent.start + into;
			*count = record.extent.count - into;
			return 0;
		}
	}
	/* A hole, up to the next extent. */
	*start = 0;
	*count = UINT32_MAX - index;
	status = polyfs_seek(reader, key, POLYFS_AT_OR_AFTER, &record);
	if (status < 0)
		return status;
	if (status && record.key <= POLYFS_KEY(inode, POLYFS_KIND_EXTENT, UINT32_MAX))
		*count = POLYFS_KEY_OFFSET(record.key) - index;
	return *count ? 0 : E_DAMAGED;
}

int polyfs_read(struct polyfs_reader *reader, uint32_t inode, uint64_t offset, void *buf,
		uint32_t length)
{
	struct polyfs_inode file;
	uint8_t *to = buf;
	uint32_t left;
	int status = polyfs_inode_get(reader, inode, &file);

	if (status < 0)
		return status;
	if (file.type != POLYFS_FILE)
		return E_IS_DIR;
	if (offset >= file.size)
		return 0;
	if (length > INT32_MAX)
		length = INT32_MAX;
	if (length > file.size - offset)
		length = file.size - offset;

	for (left = length; left; ) {
		uint32_t start, count, bytes = left;
		uint32_t within = (uint32_t)offset % POLYFS_BLOCK_SIZE;

		status = polyfs_map(reader, inode, offset >> POLYFS_BLOCK_SHIFT, &start, &count);
		if (status < 0)
			return status;
		if (count <= (within + left - 1) >> POLYFS_BLOCK_SHIFT)
			bytes = (count << POLYFS_BLOCK_SHIFT) - within;
		if (start == 0)
			memset(to, 0, bytes);
		else
			status = reader->transfer(reader, start, within, bytes, to);
		if (status < 0)
			return status;
		to += bytes;
		offset += bytes;
		left -= bytes;
	}
	return length;
}
