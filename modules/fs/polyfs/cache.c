/* The block cache: a bounded number of blocks, written back when evicted or at a commit.
 *
 * How it works. The memory that the caller gave is cut into buffers, found by a hash of the
 * block number; the one unused for longest is evicted (a scan: there are some dozens, and
 * a miss costs a disk access anyway). Writing early is harmless at any time: a dirty block
 * with a header lies where the last commit uses nothing, and file data may be overwritten
 * in place. The checksum is filled in when a block leaves and checked when it comes; a
 * block in the cache has been found well-formed and is only changed by code that keeps it so.
 *
 * A block is either metadata of one kind or file data. On a sound volume the two never
 * meet; on a damaged one a file may point into the tree. The magic kept with each buffer
 * notices, and the answer is E_DAMAGED. */
#include "inner.h"

#define CACHE_NONE 0xFFFF

static struct polyfs *fs_of(struct polyfs_reader *reader)
{
	return (struct polyfs *)((char *)reader - offsetof(struct polyfs, reader));
}

int polyfs_cache_init(struct polyfs *fs, void *memory, size_t size)
{
	struct polyfs_cache *cache = &fs->cache;
	uintptr_t skip = -(uintptr_t)memory & 15;
	uint32_t heads = 16;

	if (size < POLYFS_CACHE_MIN)
		return E_NO_MEMORY;
	size -= skip;
	cache->count = size / (POLYFS_BLOCK_SIZE + sizeof(struct polyfs_buffer) + 2 * sizeof(uint16_t));
	if (cache->count >= CACHE_NONE)
		cache->count = CACHE_NONE - 1;
	while (heads * 2 <= cache->count)
		heads *= 2;
	cache->mask = heads - 1;
	cache->data = (uint8_t *)memory + skip;
	cache->buffers = (struct polyfs_buffer *)(cache->data + (size_t)cache->count * POLYFS_BLOCK_SIZE);
	cache->heads = (uint16_t *)(cache->buffers + cache->count);
	memset(cache->buffers, 0, cache->count * sizeof(*cache->buffers));
	for (uint32_t i = 0; i < heads; i++)
		cache->heads[i] = CACHE_NONE;
	return 0;
}

void *polyfs_cache_data(struct polyfs *fs, const struct polyfs_buffer *buffer)
{
	return fs->cache.data + (size_t)(buffer - fs->cache.buffers) * POLYFS_BLOCK_SIZE;
}

/* --- finding buffers ------------------------------------------------------------------ */

static uint16_t *head_of(struct polyfs_cache *cache, uint32_t block)
{
	return &cache->heads[(block ^ block >> 7) & cache->mask];
}

static struct polyfs_buffer *buffer_find(struct polyfs_cache *cache, uint32_t block)
{
	for (uint32_t i = *head_of(cache, block); i != CACHE_NONE; i = cache->buffers[i].next)
		if (cache->buffers[i].block == block)
			return &cache->buffers[i];
	return NULL;
}

static void buffer_forget(struct polyfs_cache *cache, struct polyfs_buffer *buffer)
{
	uint16_t *link = head_of(cache, buffer->block);

	while (*link != buffer - cache->buffers)
		link = &cache->buffers[*link].next;
	*link = buffer->next;
	buffer->valid = buffer->dirty = false;
}

static int buffer_write(struct polyfs *fs, struct polyfs_buffer *buffer)
{
	struct polyfs_header *header = polyfs_cache_data(fs, buffer);
	int status;

	if (buffer->magic)
		header->crc = polyfs_crc_sealed(header, POLYFS_BLOCK_SIZE,
						offsetof(struct polyfs_header, crc));
	status = polyfs_device_write(fs, (uint64_t)buffer->block * POLYFS_BLOCK_SECTORS,
				     POLYFS_BLOCK_SECTORS, header);
	if (status == 0)
		buffer->dirty = false;
	return status;
}

/* A buffer that is free or, written back if need be, no longer wanted. */
static int buffer_vacate(struct polyfs *fs, struct polyfs_buffer **vacated)
{
	struct polyfs_cache *cache = &fs->cache;
	struct polyfs_buffer *oldest = NULL;

	for (uint32_t i = 0; i < cache->count; i++) {
		struct polyfs_buffer *buffer = &cache->buffers[i];

		if (!buffer->valid) {
			*vacated = buffer;
			return 0;
		}
		if (buffer->pins == 0 &&
		    (!oldest || cache->stamp - buffer->stamp > cache->stamp - oldest->stamp))
			oldest = buffer;
	}
	if (!oldest)
		return E_NO_MEMORY;
	if (oldest->dirty) {
		int status = buffer_write(fs, oldest);

		if (status < 0)
			return status;
	}
	buffer_forget(cache, oldest);
	*vacated = oldest;
	return 0;
}

static void buffer_enter(struct polyfs *fs, struct polyfs_buffer *buffer, uint32_t block,
			 uint32_t magic)
{
	uint16_t *head = head_of(&fs->cache, block);

	*buffer = (struct polyfs_buffer){
		.block = block,
		.magic = magic,
		.stamp = ++fs->cache.stamp,
		.next = *head,
		.pins = 1,
		.valid = true,
	};
	*head = buffer - fs->cache.buffers;
}

int polyfs_cache_get(struct polyfs *fs, uint32_t block, uint32_t magic,
		     struct polyfs_buffer **found)
{
	struct polyfs_buffer *buffer = buffer_find(&fs->cache, block);
	void *data;
	int status;

	if (buffer && buffer->magic == magic) {
		fs->cache.hits++;
		buffer->stamp = ++fs->cache.stamp;
		if (buffer->pins == UINT8_MAX)
			return E_DAMAGED;
		buffer->pins++;
		*found = buffer;
		return 0;
	}
	if (buffer) {
		if (buffer->pins || buffer->dirty)
			return E_DAMAGED;
		buffer_forget(&fs->cache, buffer);
	}
	fs->cache.misses++;
	status = buffer_vacate(fs, &buffer);
	if (status < 0)
		return status;
	data = polyfs_cache_data(fs, buffer);
	status = polyfs_device_read(fs, (uint64_t)block * POLYFS_BLOCK_SECTORS,
				    POLYFS_BLOCK_SECTORS, data);
	if (status == 0 && magic)
		status = polyfs_block_check(&fs->reader.super, fs->generation, data, block, magic);
	if (status < 0)
		return status;
	buffer_enter(fs, buffer, block, magic);
	*found = buffer;
	return 0;
}

int polyfs_cache_new(struct polyfs *fs, uint32_t block, uint32_t magic,
		     struct polyfs_buffer **found)
{
	struct polyfs_header *header;
	int status = polyfs_cache_drop(fs, block, 1);

	if (status == 0)
		status = buffer_vacate(fs, found);
	if (status < 0)
		return status;
	buffer_enter(fs, *found, block, magic);
	(*found)->dirty = true;
	header = polyfs_cache_data(fs, *found);
	memset(header, 0, POLYFS_BLOCK_SIZE);
	if (magic) {
		header->magic = magic;
		header->block = block;
		header->generation = fs->generation;
		memcpy(&header->tag, fs->reader.super.id, sizeof(header->tag));
	}
	return 0;
}

int polyfs_cache_clone(struct polyfs *fs, struct polyfs_buffer *from, uint32_t block,
		       struct polyfs_buffer **copy)
{
	int status = polyfs_cache_new(fs, block, from->magic, copy);
	struct polyfs_header *header;

	if (status < 0)
		return status;
	header = polyfs_cache_data(fs, *copy);
	memcpy(header, polyfs_cache_data(fs, from), POLYFS_BLOCK_SIZE);
	header->block = block;
	header->generation = fs->generation;
	return 0;
}

int polyfs_cache_drop(struct polyfs *fs, uint32_t start, uint32_t count)
{
	struct polyfs_cache *cache = &fs->cache;

	if (count == 1) {
		struct polyfs_buffer *buffer = buffer_find(cache, start);

		if (buffer && buffer->pins)
			return E_DAMAGED;
		if (buffer)
			buffer_forget(cache, buffer);
		return 0;
	}
	for (uint32_t i = 0; i < cache->count; i++) {
		struct polyfs_buffer *buffer = &cache->buffers[i];

		if (!buffer->valid || buffer->block - start >= count)
			continue;
		if (buffer->pins)
			return E_DAMAGED;
		buffer_forget(cache, buffer);
	}
	return 0;
}

/* By rising block number, so that a disk's arm sweeps once. */
int polyfs_cache_write_all(struct polyfs *fs)
{
	struct polyfs_cache *cache = &fs->cache;
	uint32_t from = 0;

	for (;;) {
		struct polyfs_buffer *next = NULL;
		int status;

		for (uint32_t i = 0; i < cache->count; i++) {
			struct polyfs_buffer *buffer = &cache->buffers[i];

			if (buffer->valid && buffer->dirty && buffer->block >= from &&
			    (!next || buffer->block < next->block))
				next = buffer;
		}
		if (!next)
			return 0;
		status = buffer_write(fs, next);
		if (status < 0)
			return status;
		from = next->block;
	}
}

int polyfs_load(struct polyfs_reader *reader, uint32_t block, uint32_t magic,
		const void **data)
{
	struct polyfs *fs = fs_of(reader);
	struct polyfs_buffer *buffer;
	int status = polyfs_cache_get(fs, block, magic, &buffer);

	if (status < 0)
		return status;
	*data = polyfs_cache_data(fs, buffer);
	polyfs_cache_put(buffer);
	return 0;
}
