/* polyfs, the native filing system: mounting, changing and checking a volume.
 *
 * It calls nothing of the kernel: the caller hands it a block device and memory for its
 * cache. It is not thread-safe; the caller locks. Everything that only reads is declared in
 * polyfs_read.h and takes `&fs->reader`:
 *
 *     polyfs_find(&fs->reader, POLYFS_INODE_ROOT, "/etc/startup", &stat);
 *     polyfs_read(&fs->reader, stat.inode, 0, buf, sizeof(buf));
 *
 * A file is named by its inode number. There are no open files to keep track of; who holds
 * a number on to a file that is removed meanwhile gets E_NOT_FOUND (numbers are not used
 * again until a thousand million others were), so a caller who must not lose a file in use
 * refuses its removal.
 *
 * What is promised. After polyfs_sync() returned 0, everything done before it survives a
 * power failure at any later moment. What was done after the last sync is found either old
 * or new, operation by operation and in order, but for the contents of files: sectors that
 * were overwritten may be old or new one by one. No file ever shows what was on the disk
 * before it was written.
 *
 * When the device fails in the middle of changing metadata, what is in memory can no longer
 * be trusted to be written: from then on every change is refused with that error, reading
 * goes on, and mounting again shows the volume as it was at the last commit. */
#ifndef POLYFS_H
#define POLYFS_H

#include "polyfs_read.h"

struct polyfs_device {
	void *ctx;
	uint64_t sector_count;          /* of 512 bytes */
	int (*read)(void *ctx, uint64_t sector, uint32_t count, void *buf);
	int (*write)(void *ctx, uint64_t sector, uint32_t count, const void *buf);
	/* Returns when everything written is on the medium; NULL when it always is. */
	int (*flush)(void *ctx);
	/* Seconds since 1970, UTC; NULL: every file is from 1970. */
	int64_t (*now)(void *ctx);
};

enum {
	POLYFS_CACHE_MIN = 16 * 1024,   /* bytes; less is refused */
	POLYFS_CACHE_DEFAULT = 32 * 1024,
};

struct polyfs_buffer;

struct polyfs_cache {
	struct polyfs_buffer *buffers;
	uint8_t *data;                  /* POLYFS_BLOCK_SIZE for each buffer */
	uint16_t *heads;                /* of the hash chains */
	uint32_t count, mask, stamp;
	uint32_t hits, misses;          /* for those who measure */
};

struct polyfs {
	struct polyfs_reader reader;    /* first; reader.super is the state being worked on */
	struct polyfs_device device;
	struct polyfs_cache cache;
	uint64_t generation;            /* of the transaction being collected */
	uint32_t pending;               /* blocks freed in it that the last commit still uses */
	uint32_t node_goal, data_goal;  /* where to look for free blocks next */
	uint32_t spacing;               /* how far apart new files are started; 0 = not */
	int failed;                     /* the error after which nothing may be changed */
	bool read_only;
	bool dirty;                     /* metadata differ from the last commit */
	bool unflushed;                 /* something was written since the last flush */
	bool touched;                   /* the running operation has changed metadata */
	uint8_t committed[POLYFS_SELECT_SIZE]; /* the superblock's `select` at the last commit */
};

/* --- volumes -------------------------------------------------------------------------- */

struct polyfs_format {
	uint32_t boot_size;             /* of the boot area in bytes; 0 = by size of the volume */
	uint8_t id[POLYFS_ID_SIZE];     /* should be random */
	const char *label;              /* or NULL */
};

/* Makes an empty volume of the whole device. `work` is POLYFS_BLOCK_SIZE bytes, aligned
 * to 4. The boot area is left as it is but for the superblocks. E_RANGE: the device is too
 * small for the boot area asked for, or larger than 4 TB. */
int polyfs_format(const struct polyfs_device *device, const struct polyfs_format *format,
		  void *work) CHECK;

/* `memory` (of `size` bytes, POLYFS_CACHE_MIN or more) is the cache and the caller's again
 * after unmounting. Read-only, a volume larger than the device is accepted too; what lies
 * beyond its end gives E_IO. */
int polyfs_mount(struct polyfs *fs, const struct polyfs_device *device, void *memory,
		 size_t size, bool read_only) CHECK;
/* Puts everything on the medium, as one step. */
int polyfs_sync(struct polyfs *fs) CHECK;
/* Syncs; afterwards `fs` is dead in any case. */
int polyfs_unmount(struct polyfs *fs) CHECK;

struct polyfs_usage {
	uint64_t total;                 /* bytes for files and metadata together */
	uint64_t free;                  /* bytes that files can still get */
	uint64_t boot;                  /* bytes of the boot area */
	uint64_t generation;            /* commits so far */
	uint32_t groups, levels;
};

void polyfs_usage(const struct polyfs *fs, struct polyfs_usage *usage);

/* --- files and directories ------------------------------------------------------------
 * Names are `length` bytes without 0 and '/', other than "." and ".."; upper and lower case
 * differ. E_EXISTS, E_NOT_FOUND, E_NOT_DIR, E_IS_DIR, E_NOT_EMPTY, E_NAME_TOO_LONG,
 * E_INVALID and E_READ_ONLY mean what they say. E_NO_SPACE leaves everything as it was,
 * except that polyfs_write() may have come part of the way. */

int polyfs_create(struct polyfs *fs, uint32_t directory, const char *name, size_t length,
		  enum polyfs_type type, uint32_t *inode) CHECK;
/* Removes a file. */
int polyfs_remove(struct polyfs *fs, uint32_t directory, const char *name,
		  size_t length) CHECK;
/* Removes an empty directory. */
int polyfs_rmdir(struct polyfs *fs, uint32_t directory, const char *name, size_t length) CHECK;
/* Moves and renames; a file or an empty directory of the new name is replaced, in one step. */
int polyfs_rename(struct polyfs *fs, uint32_t directory, const char *name, size_t length,
		  uint32_t to_directory, const char *to_name, size_t to_length) CHECK;

/* Writes at any offset and returns how many bytes were written (less than `length` only
 * when space or device gave out on the way). Beyond the end there are holes, read as zeros
 * and taking no space. mtime follows at once when the file gets longer or fuller; when it
 * is only overwritten, within POLYFS_MTIME_SLACK seconds, so that a guest's disk does not
 * cost a commit for each write. */
int polyfs_write(struct polyfs *fs, uint32_t inode, uint64_t offset, const void *buf,
		 uint32_t length) CHECK;
/* Cuts off, or lengthens with a hole. */
int polyfs_truncate(struct polyfs *fs, uint32_t inode, uint64_t size) CHECK;
int polyfs_set_mtime(struct polyfs *fs, uint32_t inode, int64_t mtime) CHECK;
int polyfs_set_flags(struct polyfs *fs, uint32_t inode, uint16_t flags) CHECK;

enum { POLYFS_MTIME_SLACK = 10 };

/* --- checking ------------------------------------------------------------------------- */

struct polyfs_checker {
	/* Told of each fault: what is wrong, and with which inode and block (0 = none). */
	void (*report)(void *ctx, const char *what, uint32_t inode, uint32_t block);
	void *ctx;
	/* For marking blocks in use: POLYFS_PAYLOAD bytes for each 8 MB looked at in one
	 * walk through the volume. The more, the fewer walks. */
	uint8_t *work;
	size_t work_size;
	uint32_t files, directories, extents, nodes; /* counted */
};

/* Looks at everything on the volume and changes nothing (but syncs first when it is
 * writable); returns the number of faults, or an error when it could not go on. */
int polyfs_check(struct polyfs *fs, struct polyfs_checker *checker) CHECK;

#endif
