/* Sectors of files and devices.
 *
 * A file's last sector may be partly there: the rest reads as zeros, and a write to it makes it
 * whole. One request is one call of the contract, however long it is. */
#include "store.h"

#include <base/mem.h>

int store_read(const struct store *store, uint64_t lba, uint32_t count, void *buffer)
{
	size_t size = (size_t)count * BLOCK_SECTOR;
	int n;

	if (store->block)
		return store->block->read(store->device, lba, count, buffer);
	n = store->fs->read(store->file, lba * BLOCK_SECTOR, buffer, size);
	if (n < 0)
		return n;
	memset((uint8_t *)buffer + n, 0, size - (size_t)n);
	return E_OK;
}

int store_write(const struct store *store, uint64_t lba, uint32_t count, const void *buffer)
{
	size_t size = (size_t)count * BLOCK_SECTOR;
	int n;

	if (store->block)
		return store->block->write(store->device, lba, count, buffer);
	n = store->fs->write(store->file, lba * BLOCK_SECTOR, buffer, size);
	return n < 0 ? n : (size_t)n == size ? E_OK : E_NO_SPACE;
}

int store_flush(const struct store *store)
{
	return store->block ? store->block->flush(store->device) : store->fs->sync(store->volume);
}

int store_truncate(const struct store *store, uint64_t sectors)
{
	return store->fs->truncate(store->file, sectors * BLOCK_SECTOR);
}
