/* Reading a polyfs volume with next to nothing: no memory allocation, no global state.
 *
 * The boot loader links polyfs_read.c (and lib/base/mem.c) alone and needs a function that
 * reads sectors and POLYFS_BLOCK_SIZE bytes to work in:
 *
 *     struct polyfs_reader volume;
 *     struct polyfs_stat file;
 *
 *     polyfs_reader_init(&volume, read_sectors, ctx, work);
 *     if (polyfs_reader_mount(&volume, 0) == 0 &&
 *         polyfs_find(&volume, POLYFS_INODE_ROOT, "/boot/kernel", &file) == 0)
 *         n = polyfs_read(&volume, file.inode, 0, buffer, file.size);
 *
 * The full filing system runs these very functions; it only supplies other ways to get at
 * a block (its cache) through `load` and `transfer`.
 *
 * All functions return a negative enum error: E_DAMAGED when the volume is not to be
 * trusted, E_NOT_FOUND, E_NOT_DIR, or whatever `read` returned. */
#ifndef POLYFS_READ_H
#define POLYFS_READ_H

#include <abi/polyfs.h>
#include <base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct polyfs_reader {
	/* Reads `count` sectors from `sector` of the volume on; 0 or a negative error. */
	int (*read)(void *ctx, uint64_t sector, uint32_t count, void *buf);
	void *ctx;
	uint8_t *work;                  /* POLYFS_BLOCK_SIZE bytes, aligned to 4 */
	uint32_t work_block;            /* which block `work` holds; 0 = none */

	/* Makes `block`, one with a header, readable until the next call of any kind. */
	int (*load)(struct polyfs_reader *reader, uint32_t block, uint32_t magic,
		    const void **data);
	/* Copies `length` bytes from byte `offset` of the run of blocks at `block`. */
	int (*transfer)(struct polyfs_reader *reader, uint32_t block, uint32_t offset,
			uint32_t length, void *buf);

	struct polyfs_super super;      /* as mounted */
};

/* What is known about a file or directory. */
struct polyfs_stat {
	uint64_t size;                  /* file: bytes; directory: names in it */
	int64_t mtime;                  /* seconds since 1970, UTC */
	uint32_t inode;
	uint32_t parent;                /* inode of the directory that holds it */
	uint32_t blocks;                /* on disk, of POLYFS_BLOCK_SIZE */
	uint16_t type;                  /* enum polyfs_type */
	uint16_t flags;                 /* POLYFS_FLAG_... */
};

struct polyfs_dirent {
	uint32_t inode;
	uint8_t type;
	uint8_t length;
	char name[POLYFS_NAME_MAX + 1]; /* ends with 0 */
};

/* Prepares `reader`; touches no sector. */
void polyfs_reader_init(struct polyfs_reader *reader,
			int (*read)(void *ctx, uint64_t sector, uint32_t count, void *buf),
			void *ctx, void *work);

/* Finds the newer valid superblock. `sector_count` is the size of the device, 0 = unknown:
 * E_RANGE when the volume is larger than that. E_VERSION for a format not known here. */
int polyfs_reader_mount(struct polyfs_reader *reader, uint64_t sector_count) CHECK;

/* Walks `path` from directory `from` (a leading '/' starts at the root; empty parts, "."
 * and ".." are understood). */
int polyfs_find(struct polyfs_reader *reader, uint32_t from, const char *path,
		struct polyfs_stat *stat) CHECK;
/* Looks up one name of `length` bytes, taken literally. */
int polyfs_find_name(struct polyfs_reader *reader, uint32_t directory, const char *name,
		     size_t length, struct polyfs_stat *stat) CHECK;
int polyfs_stat(struct polyfs_reader *reader, uint32_t inode, struct polyfs_stat *stat) CHECK;

/* Reads at most `length` bytes at `offset` into `buf`; returns how many there were, 0 at
 * and beyond the end (never more than INT32_MAX at once). */
int polyfs_read(struct polyfs_reader *reader, uint32_t inode, uint64_t offset, void *buf,
		uint32_t length) CHECK;

/* Steps through a directory in no particular order: start with *position = 0; returns 1
 * with `entry` filled, 0 at the end. Names that are there throughout are seen exactly once,
 * whatever is created and removed meanwhile. */
int polyfs_readdir(struct polyfs_reader *reader, uint32_t directory, uint32_t *position,
		   struct polyfs_dirent *entry) CHECK;

/* --- the pieces, for the rest of the filing system ---------------------------------- */

/* A record copied out of the tree. */
struct polyfs_record {
	uint64_t key;
	uint32_t length;
	union {
		struct polyfs_inode inode;
		struct polyfs_extent extent;
		struct polyfs_name name;
		uint8_t bytes[POLYFS_RECORD_MAX];
	};
};

enum polyfs_seek {
	POLYFS_AT_OR_BEFORE,
	POLYFS_AT_OR_AFTER,
};

/* CRC-32 over a sector or block whose own field `crc_offset` counts as 0. */
uint32_t polyfs_crc_sealed(const void *data, size_t length, size_t crc_offset);
/* Offset in the key of the first name with this hash. */
uint32_t polyfs_name_hash(const char *name, size_t length);
/* 0 or E_DAMAGED: a superblock's, or a block's, own consistency. */
int polyfs_super_check(const struct polyfs_super *super) CHECK;
int polyfs_block_check(const struct polyfs_super *super, uint64_t generation_max,
		       const void *data, uint32_t block, uint32_t magic) CHECK;
/* The slot or child with the greatest key <= `key`, or -1. */
int polyfs_node_floor(const struct polyfs_node *node, uint64_t key);
/* Whether its keys lie in low..high-1 (and, in an inner node, begin with `low`). */
bool polyfs_node_within(const struct polyfs_node *node, uint64_t low, uint64_t high);
/* The record nearest to `key`; 1 found, 0 there is none. */
int polyfs_seek(struct polyfs_reader *reader, uint64_t key, enum polyfs_seek where,
		struct polyfs_record *record) CHECK;
/* The inode's record, checked; E_NOT_FOUND. */
int polyfs_inode_get(struct polyfs_reader *reader, uint32_t inode,
		     struct polyfs_inode *record) CHECK;
/* What lies at block `index` of a file: *start (0 = a hole) and for how many blocks. */
int polyfs_map(struct polyfs_reader *reader, uint32_t inode, uint32_t index, uint32_t *start,
	       uint32_t *count) CHECK;
/* The record of a name in a directory; E_NOT_FOUND. */
int polyfs_name_get(struct polyfs_reader *reader, uint32_t directory, const char *name,
		    size_t length, struct polyfs_record *record) CHECK;

#endif
