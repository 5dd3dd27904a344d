/* Where a medium's sectors lie: in a file of the native volume or on a device of the PC. Pure: the
 * contracts' operations are handed in. */
#ifndef VMEDIA_STORE_H
#define VMEDIA_STORE_H

#include <iface/block.h>
#include <iface/fs.h>

struct store {
	const struct fs_ops *fs;         /* a file ... */
	void *volume;
	struct fs_file *file;
	const struct block_ops *block;   /* ... or, if this is not NULL, a device */
	void *device;
};

/* From tasks; they wait. 0 or an error of the contract. */
CHECK int store_read(const struct store *store, uint64_t lba, uint32_t count, void *buffer);
CHECK int store_write(const struct store *store, uint64_t lba, uint32_t count, const void *buffer);
/* Returns when all that was written is safe from a power cut. */
CHECK int store_flush(const struct store *store);
/* Cuts a file to that many sectors. */
CHECK int store_truncate(const struct store *store, uint64_t sectors);

#endif
