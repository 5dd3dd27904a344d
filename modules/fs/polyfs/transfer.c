/* File data between the device, the cache and a caller's buffer.
 *
 * Parts of blocks, and a few whole ones, go through the cache, where neighbouring small
 * writes meet before they reach the disk. From BYPASS blocks on, whole blocks go straight
 * between device and caller; whatever the cache knows better is taken from there. Of reads, two
 * blocks are enough: one command for both costs half of what two cost that fill the cache. */
#include "inner.h"

enum { BYPASS = 4, BYPASS_READ = 2 };

static struct polyfs *fs_of(struct polyfs_reader *reader)
{
	return (struct polyfs *)((char *)reader - offsetof(struct polyfs, reader));
}

int polyfs_device_read(struct polyfs *fs, uint64_t sector, uint32_t count, void *buf)
{
	if (sector >= fs->device.sector_count || count > fs->device.sector_count - sector)
		return E_IO;
	return fs->device.read(fs->device.ctx, sector, count, buf);
}

int polyfs_device_write(struct polyfs *fs, uint64_t sector, uint32_t count, const void *buf)
{
	if (fs->read_only)
		return E_READ_ONLY;
	if (sector >= fs->device.sector_count || count > fs->device.sector_count - sector)
		return E_IO;
	fs->unflushed = true;
	return fs->device.write(fs->device.ctx, sector, count, buf);
}

int polyfs_device_flush(struct polyfs *fs)
{
	int status = 0;

	if (fs->unflushed && fs->device.flush)
		status = fs->device.flush(fs->device.ctx);
	if (status == 0)
		fs->unflushed = false;
	return status;
}

/* Part of one block, through the cache. */
static int part_in(struct polyfs *fs, uint32_t block, uint32_t offset, uint32_t length, void *buf)
{
	struct polyfs_buffer *buffer;
	int status = polyfs_cache_get(fs, block, 0, &buffer);

	if (status < 0)
		return status;
	memcpy(buf, (uint8_t *)polyfs_cache_data(fs, buffer) + offset, length);
	polyfs_cache_put(buffer);
	return 0;
}

/* Whole blocks from the device, then over them what the cache has not yet written. */
static int whole_in(struct polyfs *fs, uint32_t block, uint32_t count, uint8_t *buf)
{
	int status = polyfs_device_read(fs, (uint64_t)block * POLYFS_BLOCK_SECTORS,
					count * POLYFS_BLOCK_SECTORS, buf);

	if (status < 0)
		return status;
	for (uint32_t i = 0; i < fs->cache.count; i++) {
		struct polyfs_buffer *buffer = &fs->cache.buffers[i];
		uint32_t at = buffer->block - block;

		if (buffer->valid && buffer->dirty && at < count)
			memcpy(buf + ((size_t)at << POLYFS_BLOCK_SHIFT),
			       polyfs_cache_data(fs, buffer), POLYFS_BLOCK_SIZE);
	}
	return 0;
}

int polyfs_transfer_in(struct polyfs_reader *reader, uint32_t block, uint32_t offset,
		       uint32_t length, void *buf)
{
	struct polyfs *fs = fs_of(reader);
	uint8_t *to = buf;

	block += offset >> POLYFS_BLOCK_SHIFT;
	offset %= POLYFS_BLOCK_SIZE;
	while (length) {
		uint32_t count = length >> POLYFS_BLOCK_SHIFT, bytes;
		int status;

		if (offset == 0 && count >= BYPASS_READ) {
			bytes = count << POLYFS_BLOCK_SHIFT;
			status = whole_in(fs, block, count, to);
		} else {
			count = 1;
			bytes = POLYFS_BLOCK_SIZE - offset;
			if (bytes > length)
				bytes = length;
			status = part_in(fs, block, offset, bytes, to);
		}
		if (status < 0)
			return status;
		block += count;
		offset = 0;
		to += bytes;
		length -= bytes;
	}
	return 0;
}

static int part_out(struct polyfs *fs, uint32_t block, uint32_t offset, uint32_t length,
		    const void *buf, bool fresh)
{
	struct polyfs_buffer *buffer;
	int status;

	if (fresh || length == POLYFS_BLOCK_SIZE)
		status = polyfs_cache_new(fs, block, 0, &buffer);
	else
		status = polyfs_cache_get(fs, block, 0, &buffer);
	if (status < 0)
		return status;
	memcpy((uint8_t *)polyfs_cache_data(fs, buffer) + offset, buf, length);
	buffer->dirty = true;
	polyfs_cache_put(buffer);
	return 0;
}

static int whole_out(struct polyfs *fs, uint32_t block, uint32_t count, const uint8_t *buf)
{
	int status = polyfs_cache_drop(fs, block, count);

	if (status < 0)
		return status;
	return polyfs_device_write(fs, (uint64_t)block * POLYFS_BLOCK_SECTORS,
				   count * POLYFS_BLOCK_SECTORS, buf);
}

int polyfs_transfer_out(struct polyfs *fs, uint32_t block, uint32_t offset, uint32_t length,
			const void *buf, bool fresh)
{
	const uint8_t *from = buf;

	block += offset >> POLYFS_BLOCK_SHIFT;
	offset %= POLYFS_BLOCK_SIZE;
	while (length) {
		uint32_t count = length >> POLYFS_BLOCK_SHIFT, bytes;
		int status;

		if (offset == 0 && count >= BYPASS) {
			bytes = count << POLYFS_BLOCK_SHIFT;
			status = whole_out(fs, block, count, from);
		} else {
			count = 1;
			bytes = POLYFS_BLOCK_SIZE - offset;
			if (bytes > length)
				bytes = length;
			status = part_out(fs, block, offset, bytes, from, fresh);
		}
		if (status < 0)
			return status;
		block += count;
		offset = 0;
		from += bytes;
		length -= bytes;
	}
	return 0;
}
