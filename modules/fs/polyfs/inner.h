/* What the parts of polyfs know of each other. */
#ifndef POLYFS_INNER_H
#define POLYFS_INNER_H

#include "polyfs.h"

#include <base/mem.h>

/* --- cache.c: blocks in memory -------------------------------------------------------- */

struct polyfs_buffer {
	uint32_t block;
	uint32_t magic;                 /* of its header; 0 = file data */
	uint32_t stamp;                 /* of its last use */
	uint16_t next;                  /* in the hash chain; CACHE_NONE ends it */
	uint8_t pins;                   /* users; 0 = may be evicted */
	bool valid, dirty;
};

int polyfs_cache_init(struct polyfs *fs, void *memory, size_t size) CHECK;
/* Finds or reads `block` and pins it. */
int polyfs_cache_get(struct polyfs *fs, uint32_t block, uint32_t magic,
		     struct polyfs_buffer **found) CHECK;
/* Pins `block` filled with zeros and dirty, without reading it; a magic makes a header. */
int polyfs_cache_new(struct polyfs *fs, uint32_t block, uint32_t magic,
		     struct polyfs_buffer **found) CHECK;
/* Pins a copy of a block with a header, for another place. */
int polyfs_cache_clone(struct polyfs *fs, struct polyfs_buffer *from, uint32_t block,
		       struct polyfs_buffer **copy) CHECK;
void *polyfs_cache_data(struct polyfs *fs, const struct polyfs_buffer *buffer);
static inline void polyfs_cache_put(struct polyfs_buffer *buffer)
{
	buffer->pins--;
}
/* Forgets freed or overwritten blocks; E_DAMAGED when one of them is in use right now. */
int polyfs_cache_drop(struct polyfs *fs, uint32_t start, uint32_t count) CHECK;
int polyfs_cache_write_all(struct polyfs *fs) CHECK;
int polyfs_load(struct polyfs_reader *reader, uint32_t block, uint32_t magic,
		const void **data) CHECK;

/* --- transfer.c: file data between the device, the cache and a caller ------------------- */

int polyfs_transfer_in(struct polyfs_reader *reader, uint32_t block, uint32_t offset,
		       uint32_t length, void *buf) CHECK;
/* `fresh`: newly allocated; the rest of the first and last block becomes zeros. */
int polyfs_transfer_out(struct polyfs *fs, uint32_t block, uint32_t offset, uint32_t length,
			const void *buf, bool fresh) CHECK;
int polyfs_device_read(struct polyfs *fs, uint64_t sector, uint32_t count, void *buf) CHECK;
int polyfs_device_write(struct polyfs *fs, uint64_t sector, uint32_t count,
			const void *buf) CHECK;
int polyfs_device_flush(struct polyfs *fs) CHECK;

/* --- space.c: which blocks are free ----------------------------------------------------- */

/* Takes up to `want` blocks in one run: from `goal` on when that is free (0 = no goal),
 * otherwise in the first good place from `near` on, at a multiple of `spacing` with so much
 * room if not 0. */
int polyfs_space_take(struct polyfs *fs, uint32_t goal, uint32_t near, uint32_t want,
		      uint32_t spacing, uint32_t *start, uint32_t *count) CHECK;
/* Where so many could be taken, or more or less so; takes nothing. */
int polyfs_space_find(struct polyfs *fs, uint32_t near, uint32_t want, uint32_t spacing,
		      uint32_t *start) CHECK;
int polyfs_space_free(struct polyfs *fs, uint32_t start, uint32_t count) CHECK;
/* The current bitmap of a group, pinned, and its entry; *bitmap is NULL if all is free. */
int polyfs_space_group(struct polyfs *fs, uint32_t group, uint16_t *entry,
		       struct polyfs_buffer **bitmap) CHECK;
uint32_t polyfs_group_blocks(const struct polyfs_super *super, uint32_t group);
/* Free now and not used by the last commit. */
static inline uint32_t polyfs_space_left(const struct polyfs *fs)
{
	return fs->reader.super.free_blocks > fs->pending ?
	       fs->reader.super.free_blocks - fs->pending : 0;
}

/* --- tree.c: changing records ------------------------------------------------------------- */

int polyfs_tree_insert(struct polyfs *fs, uint64_t key, const void *data, uint32_t length) CHECK;
/* Replaces a record by one of the same length. */
int polyfs_tree_update(struct polyfs *fs, uint64_t key, const void *data, uint32_t length) CHECK;
int polyfs_tree_delete(struct polyfs *fs, uint64_t key) CHECK;

/* --- volume.c: operations and commits ------------------------------------------------------ */

/* How many blocks must be left for an operation to begin: one that adds records, counting
 * these and the other places in the tree that it changes (it leaves enough for removals, so
 * that a full volume can be emptied); one that removes; the rest of one that removes. */
uint32_t polyfs_need_growing(const struct polyfs *fs, unsigned inserts, unsigned touches);
uint32_t polyfs_need_removing(const struct polyfs *fs);
uint32_t polyfs_need_finishing(const struct polyfs *fs);
/* Every change of metadata stands between these two. begin makes sure of `need` blocks,
 * committing what was done so far where that frees some. */
int polyfs_begin(struct polyfs *fs, uint32_t need) CHECK;
int polyfs_end(struct polyfs *fs, int status) CHECK;
int polyfs_writable(const struct polyfs *fs) CHECK;
int64_t polyfs_now(const struct polyfs *fs);

/* --- file.c ---------------------------------------------------------------------------------- */

int polyfs_inode_put(struct polyfs *fs, uint32_t inode, const struct polyfs_inode *record) CHECK;
/* Frees the blocks of a file from block `keep` on, the last ones first, a bounded number of
 * extents at a time: returns 1 when there may be more, *left is then the first block freed. */
int polyfs_release(struct polyfs *fs, uint32_t inode, struct polyfs_inode *record,
		   uint32_t keep, uint32_t *left) CHECK;

/* --- name.c ---------------------------------------------------------------------------------- */

/* Finishes removals that were cut short. */
int polyfs_orphans_finish(struct polyfs *fs) CHECK;
/* 1 if `inode` is `directory` or above it, 0 if not; E_DAMAGED when the way up never ends. */
int polyfs_is_above(struct polyfs *fs, uint32_t inode, uint32_t directory) CHECK;

#endif
