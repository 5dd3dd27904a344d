/* An image file (or a disk) as a block device, and the tool's small change. */
#define _GNU_SOURCE
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CACHE_SIZE = 4 << 20 };

void fail(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("polyfs: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void fail_on(const char *thing, int error)
{
	fail("%s: %s", thing, error_text(error));
}

void *memory(size_t size)
{
	void *block = calloc(1, size);

	if (!block)
		fail("out of memory");
	return block;
}

int64_t time_now(void)
{
	const char *fixed = getenv("SOURCE_DATE_EPOCH");

	return fixed ? strtoll(fixed, NULL, 10) : (int64_t)time(NULL);
}

uint64_t size_parse(const char *text)
{
	char *end;
	uint64_t size = strtoull(text, &end, 0);
	unsigned shift = *end == 'K' || *end == 'k' ? 10 : *end == 'M' || *end == 'm' ? 20 :
			 *end == 'G' || *end == 'g' ? 30 : *end == 'T' || *end == 't' ? 40 : 0;

	if (end == text || (shift ? end[1] : end[0]) || size << shift >> shift != size)
		fail("%s: is no size (bytes, or with K, M, G, T)", text);
	return size << shift;
}

static int device_read(void *ctx, uint64_t sector, uint32_t count, void *buf)
{
	struct image *image = ctx;
	size_t length = (size_t)count * POLYFS_SECTOR_SIZE;
	off_t at = image->base + sector * POLYFS_SECTOR_SIZE;
	char *to = buf;

	while (length) {
		ssize_t n = pread(image->fd, to, length, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return E_IO;
		to += n;
		at += n;
		length -= n;
	}
	return 0;
}

static int device_write(void *ctx, uint64_t sector, uint32_t count, const void *buf)
{
	struct image *image = ctx;
	size_t length = (size_t)count * POLYFS_SECTOR_SIZE;
	off_t at = image->base + sector * POLYFS_SECTOR_SIZE;
	const char *from = buf;

	while (length) {
		ssize_t n = pwrite(image->fd, from, length, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return E_IO;
		from += n;
		at += n;
		length -= n;
	}
	return 0;
}

/* Order matters on a real disk only; a file's pages outlive this program in any order. */
static int device_flush(void *ctx)
{
	struct image *image = ctx;

	return image->block_device && fdatasync(image->fd) < 0 ? E_IO : 0;
}

static int64_t device_now(void *ctx)
{
	(void)ctx;
	return time_now();
}

struct polyfs_device image_device(struct image *image)
{
	return (struct polyfs_device){
		.ctx = image,
		.sector_count = image->sectors,
		.read = device_read,
		.write = device_write,
		.flush = device_flush,
		.now = device_now,
	};
}

void image_read(struct image *image, uint64_t sector, uint32_t count, void *buf)
{
	if (sector + count > image->sectors || device_read(image, sector, count, buf) < 0)
		fail("%s: sector %llu cannot be read", image->path, (unsigned long long)sector);
}

void image_write(struct image *image, uint64_t sector, uint32_t count, const void *buf)
{
	if (sector + count > image->sectors || device_write(image, sector, count, buf) < 0)
		fail("%s: sector %llu cannot be written", image->path, (unsigned long long)sector);
}

void image_open(struct image *image, const char *path, uint64_t base, uint64_t size, bool writable)
{
	struct stat st;
	off_t end;

	memset(image, 0, sizeof(*image));
	image->path = path;
	image->base = base * POLYFS_SECTOR_SIZE;
	image->fd = open(path, (writable ? O_RDWR : O_RDONLY) | (size ? O_CREAT : 0), 0666);
	if (image->fd < 0 || fstat(image->fd, &st) < 0)
		fail("%s: %s", path, strerror(errno));
	image->block_device = S_ISBLK(st.st_mode);
	if (size && !image->block_device && ftruncate(image->fd, image->base + size) < 0)
		fail("%s: %s", path, strerror(errno));
	end = lseek(image->fd, 0, SEEK_END);
	if (end < 0 || (uint64_t)end < image->base)
		fail("%s: ends before the volume starts", path);
	image->sectors = (end - image->base) / POLYFS_SECTOR_SIZE;
	if (size && size / POLYFS_SECTOR_SIZE < image->sectors)
		image->sectors = size / POLYFS_SECTOR_SIZE;
}

void image_mount(struct image *image, bool writable)
{
	struct polyfs_device device = image_device(image);
	int status;

	image->cache = memory(CACHE_SIZE);
	status = polyfs_mount(&image->fs, &device, image->cache, CACHE_SIZE, !writable);
	if (status == E_DAMAGED)
		fail("%s: no polyfs volume, or a damaged one", image->path);
	if (status == E_RANGE)
		fail("%s: shorter than the volume in it", image->path);
	if (status < 0)
		fail_on(image->path, status);
	image->mounted = true;
}

void image_close(struct image *image)
{
	if (image->mounted) {
		int status = polyfs_unmount(&image->fs);

		if (status < 0)
			fail_on(image->path, status);
	}
	if (close(image->fd) < 0)
		fail("%s: %s", image->path, strerror(errno));
	free(image->cache);
}
