/* Commands about files and directories. */
#define _GNU_SOURCE
#include "image.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { CHUNK = 256 * 1024, SPARSE_CHUNK = 16 * 1024 };

static struct polyfs_reader *reader_of(struct image *image)
{
	return &image->fs.reader;
}

/* --- paths ------------------------------------------------------------------------------------ */

static void find(struct image *image, const char *path, struct polyfs_stat *stat)
{
	int status = polyfs_find(reader_of(image), POLYFS_INODE_ROOT, path, stat);

	if (status < 0)
		fail_on(path, status);
}

static bool is_directory(struct image *image, const char *path)
{
	struct polyfs_stat stat;

	return polyfs_find(reader_of(image), POLYFS_INODE_ROOT, path, &stat) == 0 &&
	       stat.type == POLYFS_DIRECTORY;
}

/* The last part of a path and its length, without slashes at the end. */
static const char *last_part(const char *path, size_t *length)
{
	size_t end = strlen(path), start;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	*length = end - start;
	return path + start;
}

/* The directory that holds `path`'s last part. */
static uint32_t parent_of(struct image *image, const char *path, const char **name, size_t *length)
{
	struct polyfs_stat stat;
	char *parent;

	*name = last_part(path, length);
	if (*length == 0)
		fail("%s: is the root directory", path);
	parent = strndup(path, *name - path);
	find(image, parent, &stat);
	if (stat.type != POLYFS_DIRECTORY)
		fail_on(parent, E_NOT_DIR);
	free(parent);
	return stat.inode;
}

static void directory_make(struct image *image, const char *path, bool parents)
{
	struct polyfs_stat stat;
	const char *name;
	uint32_t parent, inode;
	size_t length;
	int status;

	if (parents) {
		status = polyfs_find(reader_of(image), POLYFS_INODE_ROOT, path, &stat);
		if (status == 0 && stat.type == POLYFS_DIRECTORY)
			return;
		if (status == E_NOT_FOUND) {
			char *above;

			name = last_part(path, &length);
			above = strndup(path, name - path);
			directory_make(image, above, true);
			free(above);
		}
	}
	parent = parent_of(image, path, &name, &length);
	status = polyfs_create(&image->fs, parent, name, length, POLYFS_DIRECTORY, &inode);
	if (status < 0)
		fail_on(path, status);
}

/* --- listing ------------------------------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct polyfs_dirent *)a)->name, ((const struct polyfs_dirent *)b)->name);
}

/* All names of a directory in order; the caller frees them. */
static struct polyfs_dirent *entries_read(struct image *image, uint32_t directory, size_t *count)
{
	struct polyfs_dirent *entries = NULL;
	uint32_t position = 0;
	size_t room = 0;

	for (*count = 0; ; ++*count) {
		int status;

		if (*count == room) {
			room = room ? 2 * room : 64;
			entries = realloc(entries, room * sizeof(*entries));
			if (!entries)
				fail("out of memory");
		}
		status = polyfs_readdir(reader_of(image), directory, &position, &entries[*count]);
		if (status < 0)
			fail_on("directory", status);
		if (status == 0)
			break;
	}
	qsort(entries, *count, sizeof(*entries), by_name);
	return entries;
}

static void line_print(struct image *image, uint32_t inode, const char *before, const char *name,
		       bool full)
{
	struct polyfs_stat stat;
	int status = polyfs_stat(reader_of(image), inode, &stat);
	time_t mtime;
	char when[32];

	if (status < 0)
		fail_on(name, status);
	if (full) {
		mtime = stat.mtime;
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", gmtime(&mtime));
		printf("%c%c%c%c %12" PRIu64 " %8" PRIu32 " %s ",
		       stat.type == POLYFS_DIRECTORY ? 'd' : '-',
		       stat.flags & POLYFS_FLAG_READ_ONLY ? 'r' : '-',
		       stat.flags & POLYFS_FLAG_HIDDEN ? 'h' : '-',
		       stat.flags & POLYFS_FLAG_SYSTEM ? 's' : '-',
		       stat.size, stat.blocks, when);
	}
	printf("%s%s%s\n", before, name, stat.type == POLYFS_DIRECTORY ? "/" : "");
}

static void list(struct image *image, const char *path, bool full)
{
	struct polyfs_dirent *entries;
	struct polyfs_stat stat;
	size_t count;

	find(image, path, &stat);
	if (stat.type != POLYFS_DIRECTORY) {
		line_print(image, stat.inode, "", path, full);
		return;
	}
	entries = entries_read(image, stat.inode, &count);
	for (size_t i = 0; i < count; i++)
		line_print(image, entries[i].inode, "", entries[i].name, full);
	free(entries);
}

int command_ls(struct image *image, int count, char **words)
{
	bool full = count > 0 && strcmp(words[0], "-l") == 0;

	if (count == full)
		list(image, "/", full);
	for (int i = full; i < count; i++)
		list(image, words[i], full);
	return 0;
}

static void tree(struct image *image, uint32_t directory, const char *path)
{
	size_t count;
	struct polyfs_dirent *entries = entries_read(image, directory, &count);

	for (size_t i = 0; i < count; i++) {
		char *below;

		line_print(image, entries[i].inode, path, entries[i].name, true);
		if (entries[i].type != POLYFS_DIRECTORY)
			continue;
		if (asprintf(&below, "%s%s/", path, entries[i].name) < 0)
			fail("out of memory");
		tree(image, entries[i].inode, below);
		free(below);
	}
	free(entries);
}

int command_tree(struct image *image, int count, char **words)
{
	const char *path = count ? words[0] : "/";
	struct polyfs_stat stat;
	char *start;

	find(image, path, &stat);
	if (stat.type != POLYFS_DIRECTORY)
		fail_on(path, E_NOT_DIR);
	if (asprintf(&start, "%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/") < 0)
		fail("out of memory");
	tree(image, stat.inode, start);
	free(start);
	return 0;
}

/* --- copying in ------------------------------------------------------------------------------------ */

static bool all_zero(const uint8_t *from, size_t length)
{
	while (length--)
		if (*from++)
			return false;
	return true;
}

static void contents_put(struct image *image, FILE *from, uint32_t inode, const char *path,
			 bool sparse)
{
	uint8_t *buf = memory(CHUNK);
	uint64_t offset = 0;
	size_t n;
	int status = 0;

	while ((n = fread(buf, 1, sparse ? SPARSE_CHUNK : CHUNK, from)) > 0) {
		if (!sparse || !all_zero(buf, n)) {
			status = polyfs_write(&image->fs, inode, offset, buf, n);
			if (status < 0)
				fail_on(path, status);
			if ((size_t)status < n)
				fail_on(path, E_NO_SPACE);
		}
		offset += n;
	}
	if (ferror(from))
		fail("%s: cannot be read", path);
	status = polyfs_truncate(&image->fs, inode, offset);
	if (status < 0)
		fail_on(path, status);
	free(buf);
}

static void file_put(struct image *image, const char *host, const char *path, bool sparse)
{
	bool standard = strcmp(host, "-") == 0;
	FILE *from = standard ? stdin : fopen(host, "rb");
	struct stat st = { 0 };
	struct polyfs_stat stat;
	const char *name;
	uint32_t parent, inode;
	size_t length;
	int status;

	if (!from)
		fail("%s: %s", host, strerror(errno));
	parent = parent_of(image, path, &name, &length);
	status = polyfs_create(&image->fs, parent, name, length, POLYFS_FILE, &inode);
	if (status == E_EXISTS) {
		find(image, path, &stat);
		inode = stat.inode;
		status = polyfs_truncate(&image->fs, inode, 0);
	}
	if (status < 0)
		fail_on(path, status);
	contents_put(image, from, inode, path, sparse);
	if (!standard && fstat(fileno(from), &st) == 0 && !getenv("SOURCE_DATE_EPOCH")) {
		status = polyfs_set_mtime(&image->fs, inode, st.st_mtime);
		if (status < 0)
			fail_on(path, status);
	}
	if (!standard)
		fclose(from);
}

static int not_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void any_put(struct image *image, const char *host, const char *path, bool sparse)
{
	struct dirent **entries;
	struct stat st;
	int count;

	if (strcmp(host, "-") == 0 || stat(host, &st) < 0 || !S_ISDIR(st.st_mode)) {
		file_put(image, host, path, sparse);
		return;
	}
	directory_make(image, path, true);
	count = scandir(host, &entries, not_dots, alphasort);
	if (count < 0)
		fail("%s: %s", host, strerror(errno));
	for (int i = 0; i < count; i++) {
		char *below, *inside;

		if (asprintf(&below, "%s/%s", host, entries[i]->d_name) < 0 ||
		    asprintf(&inside, "%s/%s", path, entries[i]->d_name) < 0)
			fail("out of memory");
		any_put(image, below, inside, sparse);
		free(below);
		free(inside);
		free(entries[i]);
	}
	free(entries);
}

int command_put(struct image *image, int count, char **words)
{
	bool parents = false, sparse = false, into;
	const char *path;

	for (; count && words[0][0] == '-' && words[0][1]; count--, words++) {
		if (strcmp(words[0], "-p") == 0)
			parents = true;
		else if (strcmp(words[0], "--sparse") == 0)
			sparse = true;
		else
			fail("put: %s: no such option", words[0]);
	}
	if (count < 2)
		fail("put: give HOSTFILE and PATH");
	path = words[--count];
	into = count > 1 || path[strlen(path) - 1] == '/' || is_directory(image, path);
	if (parents) {
		size_t length;
		char *above = into ? strdup(path) : strndup(path, last_part(path, &length) - path);

		directory_make(image, above, true);
		free(above);
	}
	if (into && !is_directory(image, path))
		fail_on(path, E_NOT_FOUND);
	for (int i = 0; i < count; i++) {
		size_t length;
		const char *name = last_part(words[i], &length);
		char *to;

		if (into && strcmp(words[i], "-") == 0)
			fail("put: standard input needs a name, not a directory");
		if (asprintf(&to, "%s%s%.*s", path, into ? "/" : "", into ? (int)length : 0, name) < 0)
			fail("out of memory");
		any_put(image, words[i], to, sparse);
		free(to);
	}
	return 0;
}

/* --- copying out --------------------------------------------------------------------------------- */

static void contents_get(struct image *image, const char *path, FILE *to, const char *host)
{
	uint8_t *buf = memory(CHUNK);
	struct polyfs_stat stat;
	uint64_t offset = 0;
	int n;

	find(image, path, &stat);
	while ((n = polyfs_read(reader_of(image), stat.inode, offset, buf, CHUNK)) > 0) {
		if (fwrite(buf, 1, n, to) != (size_t)n)
			fail("%s: %s", host, strerror(errno));
		offset += n;
	}
	if (n < 0)
		fail_on(path, n);
	free(buf);
}

int command_get(struct image *image, int count, char **words)
{
	struct polyfs_stat stat;
	size_t length;
	const char *host = count > 1 ? words[1] : last_part(words[0], &length);
	bool standard = strcmp(host, "-") == 0;
	FILE *to;

	find(image, words[0], &stat);
	if (stat.type == POLYFS_DIRECTORY)
		fail_on(words[0], E_IS_DIR);
	to = standard ? stdout : fopen(host, "wb");
	if (!to)
		fail("%s: %s", host, strerror(errno));
	contents_get(image, words[0], to, host);
	if (standard ? fflush(to) : fclose(to))
		fail("%s: %s", host, strerror(errno));
	return 0;
}

int command_cat(struct image *image, int count, char **words)
{
	for (int i = 0; i < count; i++)
		contents_get(image, words[i], stdout, "standard output");
	if (fflush(stdout))
		fail("standard output: %s", strerror(errno));
	return 0;
}

/* --- removing, moving ------------------------------------------------------------------------------ */

static void any_remove(struct image *image, uint32_t parent, const char *name, size_t length,
		       const char *path, bool deep)
{
	struct polyfs_stat stat;
	int status = polyfs_find_name(reader_of(image), parent, name, length, &stat);

	if (status == 0 && stat.type == POLYFS_DIRECTORY) {
		if (deep) {
			size_t count;
			struct polyfs_dirent *entries = entries_read(image, stat.inode, &count);

			for (size_t i = 0; i < count; i++)
				any_remove(image, stat.inode, entries[i].name, entries[i].length,
					   entries[i].name, true);
			free(entries);
		}
		status = polyfs_rmdir(&image->fs, parent, name, length);
	} else if (status == 0) {
		status = polyfs_remove(&image->fs, parent, name, length);
	}
	if (status < 0)
		fail_on(path, status);
}

int command_rm(struct image *image, int count, char **words)
{
	bool deep = false, force = false;

	for (; count && words[0][0] == '-'; count--, words++) {
		if (strcmp(words[0], "-r") == 0)
			deep = true;
		else if (strcmp(words[0], "-f") == 0)
			force = true;
		else
			fail("rm: %s: no such option", words[0]);
	}
	for (int i = 0; i < count; i++) {
		struct polyfs_stat stat;
		const char *name;
		size_t length;
		uint32_t parent;

		if (force && polyfs_find(reader_of(image), POLYFS_INODE_ROOT, words[i], &stat) ==
			     E_NOT_FOUND)
			continue;
		parent = parent_of(image, words[i], &name, &length);
		any_remove(image, parent, name, length, words[i], deep);
	}
	return 0;
}

int command_mkdir(struct image *image, int count, char **words)
{
	bool parents = count > 0 && strcmp(words[0], "-p") == 0;

	for (int i = parents; i < count; i++)
		directory_make(image, words[i], parents);
	return 0;
}

int command_mv(struct image *image, int count, char **words)
{
	const char *path = words[--count];
	bool into = is_directory(image, path);

	if (count > 1 && !into)
		fail_on(path, E_NOT_DIR);
	for (int i = 0; i < count; i++) {
		const char *name, *to_name;
		size_t length, to_length;
		uint32_t parent = parent_of(image, words[i], &name, &length), to_parent;
		struct polyfs_stat stat;
		int status;

		if (into) {
			find(image, path, &stat);
			to_parent = stat.inode;
			to_name = name;
			to_length = length;
		} else {
			to_parent = parent_of(image, path, &to_name, &to_length);
		}
		status = polyfs_rename(&image->fs, parent, name, length, to_parent, to_name, to_length);
		if (status < 0)
			fail_on(words[i], status);
	}
	return 0;
}
