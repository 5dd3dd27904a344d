/* Volumes: format, mount, commit; and the frame around every operation.
 *
 * How a commit works. All dirty blocks are written, in any order, and flushed; nothing on
 * the volume refers to them yet but what was never reached before. Then one sector, the
 * superblock that is not the last commit's, is written and flushed. Until that sector is
 * whole on the medium the old one holds; from then on the new one.
 *
 * How space never runs out half-way. An operation says beforehand how many blocks it may
 * cost at worst, in nodes copied and split; begin refuses it when they are not there, and
 * first commits when blocks freed since the last commit would help. A small reserve is left
 * to removals, which need a few blocks before they give any back. */
#include "inner.h"

enum {
	/* What removing a file costs: the entry as an orphan; its name, its directory, its
	 * extents and its inode. */
	REMOVE_INSERTS = 1,
	REMOVE_TOUCHES = 8,
	DATA_BLOCKS_MIN = 32,           /* of a volume; less could hold nothing */
	BOOT_SIZE_FLOPPY = 32 * 1024,
	BOOT_SIZE_DISK = 64 * 1024,
	DISK_BLOCKS = 4096,             /* from here on a volume is a disk rather than a floppy */
	SPACING_SHIFT = 12,             /* new files start at least 1/4096 of the volume apart, */
	SPACING_MIN = 8,                /* if that is worth it */
	SPACING_MAX = 1024,
};

/* --- operations ----------------------------------------------------------------------------- */

/* Blocks that an operation may take at worst in a tree of so many levels. An insert may
 * copy and split every node on its way and put a new root on top; a touch copies all but
 * the root, which is copied once; a delete may copy a brother of each node as well, and
 * counts as two touches. The rest is for the level that the operation itself may add. */
static uint32_t cost(uint32_t levels, unsigned inserts, unsigned touches)
{
	return inserts * 2 * levels + touches * (levels - 1) + 3;
}

uint32_t polyfs_need_removing(const struct polyfs *fs)
{
	return cost(fs->reader.super.levels, REMOVE_INSERTS, REMOVE_TOUCHES);
}

uint32_t polyfs_need_finishing(const struct polyfs *fs)
{
	return cost(fs->reader.super.levels, REMOVE_INSERTS, REMOVE_TOUCHES / 2);
}

uint32_t polyfs_need_growing(const struct polyfs *fs, unsigned inserts, unsigned touches)
{
	uint32_t levels = fs->reader.super.levels;

	/* The tree may grow by a level, and removing must still be possible then. */
	return cost(levels, inserts, touches) + cost(levels + 1, REMOVE_INSERTS, REMOVE_TOUCHES);
}

int polyfs_writable(const struct polyfs *fs)
{
	if (fs->read_only)
		return E_READ_ONLY;
	return fs->failed;
}

int polyfs_begin(struct polyfs *fs, uint32_t need)
{
	int status = polyfs_writable(fs);

	if (status < 0)
		return status;
	if (polyfs_space_left(fs) < need && fs->pending) {
		status = polyfs_sync(fs);
		if (status < 0)
			return status;
	}
	if (polyfs_space_left(fs) < need)
		return E_NO_SPACE;
	fs->touched = false;
	return 0;
}

int polyfs_end(struct polyfs *fs, int status)
{
	/* What has been half done cannot be undone, and must not be committed. */
	if (status < 0 && fs->touched)
		fs->failed = status == E_NO_SPACE ? E_DAMAGED : status;
	fs->touched = false;
	return status < 0 && fs->failed ? fs->failed : status;
}

int64_t polyfs_now(const struct polyfs *fs)
{
	return fs->device.now ? fs->device.now(fs->device.ctx) : 0;
}

/* --- commit ---------------------------------------------------------------------------------- */

static uint64_t super_sector(uint64_t generation)
{
	return generation & 1 ? POLYFS_SUPER_SECTOR_1 : POLYFS_SUPER_SECTOR_0;
}

static void super_seal(struct polyfs_super *super)
{
	super->crc = polyfs_crc_sealed(super, sizeof(*super), offsetof(struct polyfs_super, crc));
}

int polyfs_sync(struct polyfs *fs)
{
	struct polyfs_super *super = &fs->reader.super;
	int status = fs->read_only ? 0 : fs->failed;

	if (status < 0 || fs->read_only)
		return status;
	status = polyfs_cache_write_all(fs);
	if (status == 0)
		status = polyfs_device_flush(fs);
	if (status < 0 || !fs->dirty)
		return status;

	super->generation = fs->generation;
	super_seal(super);
	status = polyfs_device_write(fs, super_sector(super->generation), 1, super);
	if (status == 0)
		status = polyfs_device_flush(fs);
	if (status < 0) {
		/* Nobody knows whether the new superblock is on the medium. */
		fs->failed = status;
		return status;
	}
	memcpy(fs->committed, super->select, sizeof(fs->committed));
	fs->generation++;
	fs->pending = 0;
	fs->node_goal = 0;
	fs->dirty = false;
	return 0;
}

/* --- mount ------------------------------------------------------------------------------------- */

static uint32_t spacing_for(uint32_t blocks)
{
	uint32_t spacing = SPACING_MIN;

	if (blocks >> SPACING_SHIFT < SPACING_MIN)
		return 0;
	while (spacing < SPACING_MAX && spacing * 2 <= blocks >> SPACING_SHIFT)
		spacing *= 2;
	return spacing;
}

/* Reads the superblocks with a plain reader, which then hands over to the cache. */
static int super_mount(struct polyfs *fs)
{
	int status;

	polyfs_reader_init(&fs->reader, fs->device.read, fs->device.ctx, fs->cache.data);
	status = polyfs_reader_mount(&fs->reader, fs->read_only ? 0 : fs->device.sector_count);
	if (status < 0)
		return status;
	fs->reader.work = NULL;
	fs->reader.load = polyfs_load;
	fs->reader.transfer = polyfs_transfer_in;
	return 0;
}

int polyfs_mount(struct polyfs *fs, const struct polyfs_device *device, void *memory,
		 size_t size, bool read_only)
{
	const struct polyfs_super *super = &fs->reader.super;
	int status;

	memset(fs, 0, sizeof(*fs));
	fs->device = *device;
	fs->read_only = read_only;
	status = polyfs_cache_init(fs, memory, size);
	if (status == 0)
		status = super_mount(fs);
	if (status < 0)
		return status;
	fs->generation = super->generation + 1;
	memcpy(fs->committed, super->select, sizeof(fs->committed));
	fs->spacing = spacing_for(super->block_count - super->data_start);
	/* Nodes gather at the volume's start; data begin a little further on. */
	fs->data_goal = super->data_start;
	if (fs->spacing)
		fs->data_goal += (super->block_count - super->data_start) / 64;
	return read_only ? 0 : polyfs_orphans_finish(fs);
}

int polyfs_unmount(struct polyfs *fs)
{
	return polyfs_sync(fs);
}

void polyfs_usage(const struct polyfs *fs, struct polyfs_usage *usage)
{
	const struct polyfs_super *super = &fs->reader.super;
	uint32_t kept = polyfs_need_growing(fs, 1, 4);
	uint32_t free = super->free_blocks > kept ? super->free_blocks - kept : 0;

	*usage = (struct polyfs_usage){
		.total = (uint64_t)(super->block_count - super->data_start) << POLYFS_BLOCK_SHIFT,
		.free = (uint64_t)free << POLYFS_BLOCK_SHIFT,
		.boot = (uint64_t)super->boot_blocks << POLYFS_BLOCK_SHIFT,
		.generation = super->generation,
		.groups = super->group_count,
		.levels = super->levels,
	};
}

/* --- format -------------------------------------------------------------------------------------- */

/* Divides the volume after a boot area of `boot` blocks into `groups`; false when as many
 * groups are not what the rest then needs. */
static bool layout_try(struct polyfs_super *super, uint32_t boot, uint64_t groups)
{
	uint64_t left = super->block_count - boot;
	uint64_t tables = (groups + POLYFS_TABLE_ENTRIES - 1) / POLYFS_TABLE_ENTRIES;
	uint64_t taken = 2 * (groups + tables);

	if (left < taken + DATA_BLOCKS_MIN ||
	    (left - taken + POLYFS_GROUP_BLOCKS - 1) / POLYFS_GROUP_BLOCKS != groups)
		return false;
	super->boot_blocks = boot;
	super->group_count = groups;
	super->bitmap_start = boot + 2 * tables;
	super->data_start = boot + taken;
	return true;
}

/* Big volumes start their data on a multiple of 4 KB, as drives with such sectors like. */
static int layout(struct polyfs_super *super, uint32_t boot)
{
	unsigned multiple = super->block_count < DISK_BLOCKS ? 1 : 4;

	/* Some sizes come out even with no number of groups (the last group's bitmap would
	 * take the very blocks that need it): then the boot area gets a block more. */
	for (uint32_t blocks = boot; blocks < super->block_count && blocks < boot + 64; blocks++) {
		uint64_t groups = (super->block_count - blocks) / (POLYFS_GROUP_BLOCKS + 2);

		for (unsigned more = 0; more < 2; more++)
			if (layout_try(super, blocks, groups + more) &&
			    super->data_start % multiple == 0)
				return 0;
	}
	return E_RANGE;
}

struct formatter {
	const struct polyfs_device *device;
	struct polyfs_super super;
	void *work;                     /* one block */
};

static void block_begin(struct formatter *f, uint32_t magic, uint32_t block, uint32_t index)
{
	struct polyfs_header *header = f->work;

	memset(f->work, 0, POLYFS_BLOCK_SIZE);
	header->magic = magic;
	header->block = block;
	header->index = index;
	header->generation = 1;
	memcpy(&header->tag, f->super.id, sizeof(header->tag));
}

static int block_write(struct formatter *f)
{
	struct polyfs_header *header = f->work;

	header->crc = polyfs_crc_sealed(header, POLYFS_BLOCK_SIZE, offsetof(struct polyfs_header, crc));
	return f->device->write(f->device->ctx, (uint64_t)header->block * POLYFS_BLOCK_SECTORS,
				POLYFS_BLOCK_SECTORS, header);
}

static int tables_write(struct formatter *f)
{
	const struct polyfs_super *super = &f->super;
	struct polyfs_table *table = f->work;
	int status = 0;

	for (uint32_t group = 0; group < super->group_count && status == 0; ) {
		uint32_t n = group / POLYFS_TABLE_ENTRIES;

		block_begin(f, POLYFS_TABLE_MAGIC, super->boot_blocks + 2 * n, n);
		for (unsigned i = 0; i < POLYFS_TABLE_ENTRIES && group < super->group_count; i++) {
			table->entries[i] = polyfs_group_blocks(super, group);
			if (group++ == 0)
				table->entries[i]--;    /* the root's block */
		}
		status = block_write(f);
	}
	return status;
}

/* The root directory in the only leaf, and the bitmap that says so. */
static int root_write(struct formatter *f)
{
	const struct polyfs_super *super = &f->super;
	struct polyfs_bitmap *bitmap = f->work;
	struct polyfs_node *leaf = f->work;
	struct polyfs_inode inode = {
		.mtime = f->device->now ? f->device->now(f->device->ctx) : 0,
		.parent = POLYFS_INODE_ROOT,
		.type = POLYFS_DIRECTORY,
	};
	uint32_t offset = POLYFS_BLOCK_SIZE - sizeof(inode);
	int status;

	block_begin(f, POLYFS_BITMAP_MAGIC, super->bitmap_start, 0);
	bitmap->bits[0] = 1;
	status = block_write(f);
	if (status < 0)
		return status;
	block_begin(f, POLYFS_NODE_MAGIC, super->root, 0);
	leaf->header.count = 1;
	leaf->slots[0] = (struct polyfs_slot){
		POLYFS_KEY(POLYFS_INODE_ROOT, POLYFS_KIND_INODE, 0), offset, sizeof(inode) };
	memcpy((uint8_t *)leaf + offset, &inode, sizeof(inode));
	return block_write(f);
}

static int flush(struct formatter *f)
{
	return f->device->flush ? f->device->flush(f->device->ctx) : 0;
}

/* Old superblocks go first: a volume half formatted is no volume. */
static int supers_clear(struct formatter *f)
{
	int status;

	memset(f->work, 0, POLYFS_SECTOR_SIZE);
	status = f->device->write(f->device->ctx, POLYFS_SUPER_SECTOR_0, 1, f->work);
	if (status == 0)
		status = f->device->write(f->device->ctx, POLYFS_SUPER_SECTOR_1, 1, f->work);
	return status < 0 ? status : flush(f);
}

int polyfs_format(const struct polyfs_device *device, const struct polyfs_format *format,
		  void *work)
{
	struct formatter f = { .device = device, .work = work };
	struct polyfs_super *super = &f.super;
	uint64_t blocks = device->sector_count / POLYFS_BLOCK_SECTORS;
	uint64_t boot = format->boot_size;
	int status;

	if (boot == 0)
		boot = blocks < DISK_BLOCKS ? BOOT_SIZE_FLOPPY : BOOT_SIZE_DISK;
	boot = (boot + POLYFS_BLOCK_SIZE - 1) >> POLYFS_BLOCK_SHIFT;
	if (boot < POLYFS_BOOT_BLOCKS_MIN)
		boot = POLYFS_BOOT_BLOCKS_MIN;
	if (blocks > UINT32_MAX || boot >= blocks)
		return E_RANGE;

	memcpy(super->magic, POLYFS_MAGIC, sizeof(super->magic));
	memcpy(super->id, format->id, sizeof(super->id));
	if (format->label)
		memcpy(super->label, format->label,
		       strlen(format->label) < POLYFS_LABEL_SIZE ? strlen(format->label) :
		       POLYFS_LABEL_SIZE);
	super->version = POLYFS_VERSION;
	super->block_shift = POLYFS_BLOCK_SHIFT;
	super->levels = 1;
	super->generation = 1;
	super->block_count = blocks;
	super->next_inode = POLYFS_INODE_ROOT + 1;
	status = layout(super, boot);
	if (status < 0)
		return status;
	super->root = super->data_start;
	super->free_blocks = super->block_count - super->data_start - 1;

	status = supers_clear(&f);
	if (status == 0)
		status = tables_write(&f);
	if (status == 0)
		status = root_write(&f);
	if (status == 0)
		status = flush(&f);
	if (status < 0)
		return status;
	super_seal(super);
	status = device->write(device->ctx, super_sector(super->generation), 1, super);
	return status < 0 ? status : flush(&f);
}
