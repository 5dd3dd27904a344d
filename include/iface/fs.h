/* Contract "fs": a mounted file tree. Instance "root" is the native volume; others are
 * mounted under a name ("a", "hd0p1") and reached by their own paths.
 *
 * Paths are absolute, `/`-separated, at most 255 bytes. Called from tasks; calls may wait;
 * any number of tasks at once. All return a negative enum error on failure. */
#ifndef IFACE_FS_H
#define IFACE_FS_H

#include <base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FS_ROLE "fs"
#define FS_VERSION 1
enum { FS_PATH_MAX = 256, FS_NAME_MAX = 256 };

enum fs_open_flag {
	FS_READ = 0,
	FS_WRITE = 1,
	FS_CREATE = 2,    /* makes an empty file if there is none */
	FS_TRUNCATE = 4,
};

struct fs_file; /* an open file; owned by the file system, used until close */

struct fs_stat {
	uint64_t size;        /* bytes; 0 for directories */
	uint64_t mtime;       /* seconds since 1970 */
	bool is_dir;
};

struct fs_entry {
	char name[FS_NAME_MAX];
	struct fs_stat stat;
};

struct fs_info {
	uint64_t total, free; /* bytes */
	uint32_t block_size;
	char type[8];         /* "polyfs", "fat" */
	char device[16];
	char block[16];       /* the device that it lies on, "" if it lies ... */
	uint64_t file;        /* ... in this file of the native volume, by its id() */
	bool read_only;
	bool in_memory;       /* a RAM disk: changes are lost */
	uint8_t volume_id[16];
};

struct fs_ops {
	int (*open)(void *fs, const char *path, unsigned flags, struct fs_file **file);
	void (*close)(struct fs_file *file);
	/* Bytes transferred; fewer than asked only at the end of the file (read). */
	int (*read)(struct fs_file *file, uint64_t offset, void *buf, size_t size);
	int (*write)(struct fs_file *file, uint64_t offset, const void *buf, size_t size);
	int (*size)(struct fs_file *file, uint64_t *size);
	int (*truncate)(struct fs_file *file, uint64_t size);
	/* A number that no other file of the volume has: the same however a file was
	 * reached. E_UNSUPPORTED: there is no such number. */
	int (*id)(struct fs_file *file, uint64_t *id);
	int (*stat)(void *fs, const char *path, struct fs_stat *stat);
	int (*mkdir)(void *fs, const char *path);
	int (*remove)(void *fs, const char *path);   /* a file, or an empty directory */
	int (*rename)(void *fs, const char *from, const char *to);
	/* The entries of a directory, one a call: `*cursor` is 0 at first; 1 for an entry,
	 * 0 at the end. */
	int (*readdir)(void *fs, const char *path, uint64_t *cursor, struct fs_entry *entry);
	int (*sync)(void *fs);
	int (*info)(void *fs, struct fs_info *info);
	/* Consistency: the number of problems, each reported as one line. */
	int (*check)(void *fs, void (*report)(void *ctx, const char *line), void *ctx);
};

#endif
