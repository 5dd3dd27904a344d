/* What the parts of the host tool share: the image, messages, and paths. */
#ifndef POLYFS_TOOL_IMAGE_H
#define POLYFS_TOOL_IMAGE_H

#include <polyfs.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct image {
	const char *path;
	int fd;
	uint64_t base;                  /* byte where the volume starts in the file */
	uint64_t sectors;
	bool block_device;
	struct polyfs fs;
	void *cache;
	bool mounted;
};

/* Prints "polyfs: ..." and ends with status 1. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
/* The same with "thing: reason". */
void fail_on(const char *thing, int error) __attribute__((noreturn));

/* `base` in sectors; `size` in bytes makes the file that long, 0 leaves it. */
void image_open(struct image *image, const char *path, uint64_t base, uint64_t size,
		bool writable);
void image_mount(struct image *image, bool writable);
void image_close(struct image *image);
struct polyfs_device image_device(struct image *image);
void image_read(struct image *image, uint64_t sector, uint32_t count, void *buf);
void image_write(struct image *image, uint64_t sector, uint32_t count, const void *buf);

/* Seconds since 1970; SOURCE_DATE_EPOCH when set, for builds that repeat to the byte. */
int64_t time_now(void);
/* "64K", "1440K", "2M", "3G" or bytes. */
uint64_t size_parse(const char *text);
void *memory(size_t size);

/* A command gets the words after its name. */
struct command {
	const char *name;
	int (*run)(struct image *image, int count, char **words);
	enum { NO_MOUNT, READS, WRITES } access;
	int least, most;                /* words; most = -1: any number */
	const char *usage;
};

int command_ls(struct image *image, int count, char **words);
int command_tree(struct image *image, int count, char **words);
int command_put(struct image *image, int count, char **words);
int command_get(struct image *image, int count, char **words);
int command_cat(struct image *image, int count, char **words);
int command_rm(struct image *image, int count, char **words);
int command_mkdir(struct image *image, int count, char **words);
int command_mv(struct image *image, int count, char **words);
int command_check(struct image *image, int count, char **words);
int command_df(struct image *image, int count, char **words);
int command_info(struct image *image, int count, char **words);
int command_format(struct image *image, int count, char **words);
int command_boot(struct image *image, int count, char **words);

#endif
