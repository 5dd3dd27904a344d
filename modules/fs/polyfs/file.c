/* Files: writing, growing, cutting off.
 *
 * A write goes block run by block run. Where the file has blocks they are overwritten in
 * place, and nothing else changes unless the file gets longer. Where it has none, a run is
 * taken (next to the blocks before it, so that a file which grows stays one extent; in a
 * hole at the distance that it has in the file, so that a disk image filled in random order
 * tends to come out in one piece), the data are written, and only then does an extent refer
 * to them: a commit flushes data and tree together before the superblock.
 *
 * What lies in a file's last block beyond its end is not defined; it is made zero when the
 * end moves on past it. */
#include "inner.h"

enum { RELEASE_EXTENTS = 16 };          /* per step of a removal or truncation */

#define FILE_SIZE_MAX ((uint64_t)UINT32_MAX << POLYFS_BLOCK_SHIFT)

int polyfs_inode_put(struct polyfs *fs, uint32_t inode, const struct polyfs_inode *record)
{
	return polyfs_tree_update(fs, POLYFS_KEY(inode, POLYFS_KIND_INODE, 0), record,
				  sizeof(*record));
}

static int file_get(struct polyfs *fs, uint32_t inode, struct polyfs_inode *file)
{
	int status = polyfs_writable(fs);

	if (status == 0)
		status = polyfs_inode_get(&fs->reader, inode, file);
	if (status == 0 && file->type != POLYFS_FILE)
		status = E_IS_DIR;
	return status;
}

static uint32_t blocks_for(uint64_t size)
{
	return (size + POLYFS_BLOCK_SIZE - 1) >> POLYFS_BLOCK_SHIFT;
}

/* Writes the inode as an operation of its own. */
static int inode_change(struct polyfs *fs, uint32_t inode, const struct polyfs_inode *record)
{
	int status = polyfs_begin(fs, polyfs_need_growing(fs, 0, 1));

	return status < 0 ? status : polyfs_end(fs, polyfs_inode_put(fs, inode, record));
}

/* --- extents ----------------------------------------------------------------------------------- */

/* The last extent before block `index` of the file; 1, or 0 when there is none. */
static int extent_before(struct polyfs *fs, uint32_t inode, uint32_t index,
			 uint32_t *first, struct polyfs_extent *extent)
{
	struct polyfs_record record;
	uint32_t start, count;
	int status;

	if (index == 0)
		return 0;
	status = polyfs_seek(&fs->reader, POLYFS_KEY(inode, POLYFS_KIND_EXTENT, index - 1),
			     POLYFS_AT_OR_BEFORE, &record);
	if (status <= 0 || record.key < POLYFS_KEY(inode, POLYFS_KIND_EXTENT, 0))
		return status < 0 ? status : 0;
	/* Let the reader's own function judge the record. */
	*first = POLYFS_KEY_OFFSET(record.key);
	status = polyfs_map(&fs->reader, inode, *first, &start, &count);
	if (status < 0)
		return status;
	*extent = (struct polyfs_extent){ start, count };
	return 1;
}

/* Enters `count` blocks at `start` as the file's from `index` on, where there is a hole;
 * joins them with what lies next to them both in the file and on the volume. */
static int extent_add(struct polyfs *fs, uint32_t inode, uint32_t index, uint32_t start,
		      uint32_t count)
{
	struct polyfs_extent extent, whole = { start, count };
	uint32_t first, next, next_count;
	bool joins;
	int status;

	if (index + count < UINT32_MAX) {
		status = polyfs_map(&fs->reader, inode, index + count, &next, &next_count);
		if (status < 0)
			return status;
		if (next == start + count) {
			status = polyfs_tree_delete(fs, POLYFS_KEY(inode, POLYFS_KIND_EXTENT,
								   index + count));
			if (status < 0)
				return status;
			whole.count += next_count;
		}
	}
	status = extent_before(fs, inode, index, &first, &extent);
	if (status < 0)
		return status;
	joins = status && first + extent.count == index && extent.start + extent.count == start;
	if (!joins)
		return polyfs_tree_insert(fs, POLYFS_KEY(inode, POLYFS_KIND_EXTENT, index),
					  &whole, sizeof(whole));
	whole.start = extent.start;
	whole.count += extent.count;
	return polyfs_tree_update(fs, POLYFS_KEY(inode, POLYFS_KIND_EXTENT, first),
				  &whole, sizeof(whole));
}

int polyfs_release(struct polyfs *fs, uint32_t inode, struct polyfs_inode *record,
		   uint32_t keep, uint32_t *left)
{
	*left = keep;
	for (unsigned i = 0; i < RELEASE_EXTENTS; i++) {
		struct polyfs_extent extent;
		uint32_t first, cut;
		uint64_t key;
		int status;

		/* Enough must be left for the rest of the operation. */
		if (i > 0 && polyfs_space_left(fs) < polyfs_need_finishing(fs))
			return 1;
		status = extent_before(fs, inode, UINT32_MAX, &first, &extent);
		if (status < 0)
			return status;
		if (status == 0 || first + extent.count <= keep)
			return 0;
		key = POLYFS_KEY(inode, POLYFS_KIND_EXTENT, first);
		cut = first < keep ? keep - first : 0;
		if (extent.count - cut > record->blocks)
			return E_DAMAGED;
		record->blocks -= extent.count - cut;
		status = polyfs_space_free(fs, extent.start + cut, extent.count - cut);
		if (status == 0 && cut == 0)
			status = polyfs_tree_delete(fs, key);
		else if (status == 0)
			status = polyfs_tree_update(fs, key, &(struct polyfs_extent)
						    { extent.start, cut }, sizeof(extent));
		if (status < 0)
			return status;
		*left = first + cut;
	}
	return *left > keep;
}

/* --- writing ------------------------------------------------------------------------------------- */

/* Makes zero what the last block holds beyond `size`. */
static int tail_clear(struct polyfs *fs, uint32_t inode, uint64_t size)
{
	uint32_t within = (uint32_t)size % POLYFS_BLOCK_SIZE, start, count;
	struct polyfs_buffer *buffer;
	int status;

	if (within == 0)
		return 0;
	status = polyfs_map(&fs->reader, inode, size >> POLYFS_BLOCK_SHIFT, &start, &count);
	if (status < 0 || start == 0)
		return status;
	status = polyfs_cache_get(fs, start, 0, &buffer);
	if (status < 0)
		return status;
	memset((uint8_t *)polyfs_cache_data(fs, buffer) + within, 0, POLYFS_BLOCK_SIZE - within);
	buffer->dirty = true;
	polyfs_cache_put(buffer);
	return 0;
}

/* Where the block `index` of a file would best lie: at the same distance on the volume from
 * a neighbour as in the file. For a file that has none, as far into a free run as in the
 * file, if its size (of an empty disk image, say) tells how long that should be. */
static int goal_find(struct polyfs *fs, uint32_t inode, const struct polyfs_inode *file,
		     uint32_t index, uint32_t *goal)
{
	struct polyfs_extent extent;
	uint32_t first, hole, start, count, size = blocks_for(file->size);
	int before = extent_before(fs, inode, index, &first, &extent), status;

	if (before < 0)
		return before;
	status = polyfs_map(&fs->reader, inode, index, &start, &hole);
	if (status < 0)
		return status;
	if (before && index - (first + extent.count) <= hole) {
		*goal = extent.start + (index - first);
		return 0;
	}
	if (hole < UINT32_MAX - index) {
		status = polyfs_map(&fs->reader, inode, index + hole, &start, &count);
		*goal = start > hole ? start - hole : 0;
		return status;
	}
	*goal = before ? extent.start + (index - first) : 0;
	if (before || size <= index)
		return 0;
	status = polyfs_space_find(fs, fs->data_goal, size, fs->spacing, &start);
	if (status < 0)
		return status;
	*goal = start + index;
	fs->data_goal = start + size;
	return 0;
}

/* Takes blocks for the hole at `index`. */
static int hole_take(struct polyfs *fs, uint32_t inode, const struct polyfs_inode *file,
		     uint32_t index, uint32_t want, uint32_t *start, uint32_t *count)
{
	uint32_t goal;
	int status = goal_find(fs, inode, file, index, &goal);

	if (status < 0)
		return status;
	/* A goal that wrapped round or lies outside counts as none. */
	status = polyfs_space_take(fs, goal, goal ? goal : fs->data_goal, want, fs->spacing,
				   start, count);
	if (status == 0 && goal == 0)
		fs->data_goal = *start;
	return status;
}

/* Writes up to `length` bytes where the file has a hole; returns how many. */
static int write_hole(struct polyfs *fs, uint32_t inode, struct polyfs_inode *file,
		      uint64_t offset, const uint8_t *from, uint32_t length)
{
	uint32_t within = (uint32_t)offset % POLYFS_BLOCK_SIZE, index = offset >> POLYFS_BLOCK_SHIFT;
	uint32_t want = blocks_for((uint64_t)within + length), start, count;
	uint32_t kept = polyfs_need_growing(fs, 1, 4);
	int status = polyfs_begin(fs, kept + (fs->pending > want ? want : 1));

	/* Ask for everything when a commit can make room, otherwise take what there is. */
	if (status == E_NO_SPACE)
		status = polyfs_begin(fs, kept + 1);
	if (status < 0)
		return status;
	if (want > polyfs_space_left(fs) - kept)
		want = polyfs_space_left(fs) - kept;
	status = hole_take(fs, inode, file, index, want, &start, &count);
	if (status < 0)
		return polyfs_end(fs, status);
	if (length > (count << POLYFS_BLOCK_SHIFT) - within)
		length = (count << POLYFS_BLOCK_SHIFT) - within;
	status = polyfs_transfer_out(fs, start, within, length, from, true);
	if (status < 0) {
		/* The blocks are nobody's yet: give them back and nothing has happened. */
		if (polyfs_space_free(fs, start, count) == 0)
			fs->touched = false;
		return polyfs_end(fs, status);
	}
	status = extent_add(fs, inode, index, start, count);
	file->blocks += count;
	file->mtime = polyfs_now(fs);
	if (offset + length > file->size)
		file->size = offset + length;
	if (status == 0)
		status = polyfs_inode_put(fs, inode, file);
	status = polyfs_end(fs, status);
	return status < 0 ? status : (int)length;
}

/* Overwrites in place, before the end of the file. */
static int write_over(struct polyfs *fs, uint32_t inode, struct polyfs_inode *file,
		      uint32_t within, const uint8_t *from, uint32_t length, uint32_t start)
{
	int64_t now = polyfs_now(fs);
	int status = polyfs_transfer_out(fs, start, within, length, from, false);

	if (status == 0 && (now - file->mtime > POLYFS_MTIME_SLACK || now < file->mtime)) {
		file->mtime = now;
		status = inode_change(fs, inode, file);
		if (status == E_NO_SPACE)
			status = 0;     /* a full volume is no reason to refuse this */
	}
	return status < 0 ? status : (int)length;
}

/* Fills up the last block, from the end of the file on. */
static int write_on(struct polyfs *fs, uint32_t inode, struct polyfs_inode *file,
		    uint64_t offset, const uint8_t *from, uint32_t length, uint32_t start)
{
	int status = polyfs_begin(fs, polyfs_need_growing(fs, 0, 1));

	if (status < 0)
		return status;
	status = polyfs_transfer_out(fs, start, (uint32_t)offset % POLYFS_BLOCK_SIZE, length,
				     from, false);
	if (status == 0) {
		file->size = offset + length;
		file->mtime = polyfs_now(fs);
		status = polyfs_inode_put(fs, inode, file);
	}
	status = polyfs_end(fs, status);
	return status < 0 ? status : (int)length;
}

/* One piece of a write: what lies in one run of blocks, or in one hole. */
static int write_piece(struct polyfs *fs, uint32_t inode, struct polyfs_inode *file,
		       uint64_t offset, const uint8_t *from, uint32_t length)
{
	uint32_t within = (uint32_t)offset % POLYFS_BLOCK_SIZE, start, count;
	int status = polyfs_map(&fs->reader, inode, offset >> POLYFS_BLOCK_SHIFT, &start, &count);

	if (status < 0)
		return status;
	if (count <= (within + length - 1) >> POLYFS_BLOCK_SHIFT)
		length = (count << POLYFS_BLOCK_SHIFT) - within;
	if (start == 0)
		return write_hole(fs, inode, file, offset, from, length);
	if (offset >= file->size)
		return write_on(fs, inode, file, offset, from, length, start);
	if (length > file->size - offset)
		length = file->size - offset;
	return write_over(fs, inode, file, within, from, length, start);
}

int polyfs_write(struct polyfs *fs, uint32_t inode, uint64_t offset, const void *buf,
		 uint32_t length)
{
	struct polyfs_inode file;
	const uint8_t *from = buf;
	uint32_t done = 0;
	int status = file_get(fs, inode, &file);

	if (status < 0)
		return status;
	if (length > INT32_MAX)
		length = INT32_MAX;
	if (offset > FILE_SIZE_MAX || length > FILE_SIZE_MAX - offset)
		return E_RANGE;
	if (length && offset > file.size)
		status = tail_clear(fs, inode, file.size);
	while (status >= 0 && done < length) {
		status = write_piece(fs, inode, &file, offset + done, from + done, length - done);
		if (status > 0)
			done += status;
	}
	return done || status >= 0 ? (int)done : status;
}

/* --- size, time, flags ----------------------------------------------------------------------------- */

/* One step of cutting off; 1 when more are needed. The size follows the blocks, so that
 * each step leaves a sound file. */
static int shrink_step(struct polyfs *fs, uint32_t inode, struct polyfs_inode *file, uint64_t size)
{
	uint32_t left;
	int status, more = polyfs_release(fs, inode, file, blocks_for(size), &left);

	if (more < 0)
		return more;
	if (more == 0)
		file->size = size;
	else if (file->size > (uint64_t)left << POLYFS_BLOCK_SHIFT)
		file->size = (uint64_t)left << POLYFS_BLOCK_SHIFT;
	file->mtime = polyfs_now(fs);
	status = polyfs_inode_put(fs, inode, file);
	return status < 0 ? status : more;
}

static int shrink(struct polyfs *fs, uint32_t inode, struct polyfs_inode *file, uint64_t size)
{
	int more;

	do {
		more = polyfs_begin(fs, polyfs_need_removing(fs));
		if (more == 0)
			more = polyfs_end(fs, shrink_step(fs, inode, file, size));
	} while (more > 0);
	return more;
}

int polyfs_truncate(struct polyfs *fs, uint32_t inode, uint64_t size)
{
	struct polyfs_inode file;
	int status = file_get(fs, inode, &file);

	if (status < 0)
		return status;
	if (size > FILE_SIZE_MAX)
		return E_RANGE;
	if (size < file.size)
		return shrink(fs, inode, &file, size);
	if (size == file.size)
		return 0;
	status = tail_clear(fs, inode, file.size);
	if (status < 0)
		return status;
	file.size = size;
	file.mtime = polyfs_now(fs);
	return inode_change(fs, inode, &file);
}

int polyfs_set_mtime(struct polyfs *fs, uint32_t inode, int64_t mtime)
{
	struct polyfs_inode record;
	int status = polyfs_inode_get(&fs->reader, inode, &record);

	if (status < 0)
		return status;
	record.mtime = mtime;
	return inode_change(fs, inode, &record);
}

int polyfs_set_flags(struct polyfs *fs, uint32_t inode, uint16_t flags)
{
	struct polyfs_inode record;
	int status = polyfs_inode_get(&fs->reader, inode, &record);

	if (status < 0)
		return status;
	record.flags = flags;
	return inode_change(fs, inode, &record);
}
