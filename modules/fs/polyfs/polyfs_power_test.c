/* Power failures: cuts after every single sector write, and with writes reordered.
 *
 * A random workload runs on a disk that logs each sector it writes and each flush. Then
 * the log is replayed onto a copy of the disk as it was before, and at every position the
 * power is cut: the copy is mounted, checked and compared with a model. At each flush the
 * writes since the flush before are also tried in random subsets, as a disk with a cache
 * may have got down any of them.
 *
 * What must hold. The volume mounts and has no fault. Its state is that of a commit not
 * older than the last sync that had returned. All names and sizes are those of the model at
 * that commit. Each sector of each file holds what it held at the commit or the last sync,
 * or was given by a later write; never anything else (the disk starts full of rubbish). */
#include "ramdisk_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

enum {
	FILES_MAX = 24,                 /* entries of the model at one time */
	OPS = 140,                      /* a workload */
	VERSIONS_MAX = 2 * OPS + FILES_MAX + 8,
	COMMITS_MAX = 400,
	FILE_MAX = 72 * 1024,
	PATH_MAX_ = 32,
	CACHE = POLYFS_CACHE_MIN,
};

/* --- the model ------------------------------------------------------------------------------ */

struct version {
	int id;                         /* of the file */
	int op;                         /* after which it looked like this */
	uint32_t size;
	uint8_t *data;
};

struct entry {
	char path[PATH_MAX_];
	int id;                         /* 0: a directory */
	uint32_t size;
};

struct state {
	struct entry entries[FILES_MAX];
	int count;
};

struct commit {
	uint64_t generation;
	int op;
	bool inside;                    /* made in the midst of that operation */
};

struct sync {
	uint32_t position;              /* in the log, when it had returned */
	uint64_t generation;
	int op;
};

struct run {
	struct ramdisk disk;
	struct polyfs fs;
	uint8_t *cache, *before;
	uint64_t seed;
	struct state states[OPS + 1];   /* after operation n; 0 = at the start */
	char touched[OPS + 1][2][PATH_MAX_];
	uint32_t ends[OPS + 1];         /* position in the log after operation n */
	struct version versions[VERSIONS_MAX];
	int version_count, ids;
	struct commit commits[COMMITS_MAX];
	int commit_count;
	struct sync syncs[OPS + 2];
	int sync_count;
	long cuts;
};

static struct entry *entry_find(struct state *state, const char *path)
{
	for (int i = 0; i < state->count; i++)
		if (strcmp(state->entries[i].path, path) == 0)
			return &state->entries[i];
	return NULL;
}

static struct version *version_at(struct run *run, int id, int op)
{
	struct version *found = NULL;

	for (int i = 0; i < run->version_count; i++)
		if (run->versions[i].id == id && run->versions[i].op <= op)
			found = &run->versions[i];
	return found;
}

static struct version *version_add(struct run *run, int id, int op, uint32_t size)
{
	struct version *old = version_at(run, id, op), *new;

	assert_true(run->version_count < VERSIONS_MAX);
	new = &run->versions[run->version_count++];
	*new = (struct version){ id, op, size, calloc(1, size + 1) };
	if (old)
		memcpy(new->data, old->data, old->size < size ? old->size : size);
	return new;
}

/* --- the workload ----------------------------------------------------------------------------- */

static const char *directories[] = { "", "one/", "two/", "one/deep/" };

static uint32_t directory_of(struct run *run, const char *path, const char **name)
{
	struct polyfs_stat stat;
	char parent[PATH_MAX_] = "";

	*name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	memcpy(parent, path, *name - path);
	if (polyfs_find(&run->fs.reader, POLYFS_INODE_ROOT, parent, &stat) < 0)
		return 0;
	return stat.inode;
}

static void path_random(struct run *run, char *path)
{
	uint32_t n = random_below(&run->seed, 5);

	sprintf(path, "%sname%c%s", directories[random_below(&run->seed, 4)], 'a' + n,
		n == 4 ? "-longer" : "");
}

static struct entry *file_random(struct run *run, struct state *state)
{
	for (int tries = 0; tries < 8 && state->count; tries++) {
		struct entry *entry = &state->entries[random_below(&run->seed, state->count)];

		if (entry->id)
			return entry;
	}
	return NULL;
}

static void op_create(struct run *run, struct state *state, int op)
{
	bool directory = random_below(&run->seed, 4) == 0;
	char path[PATH_MAX_];
	const char *name;
	uint32_t parent, inode;
	int status;

	path_random(run, path);
	if (directory) {
		strcpy(path, directories[1 + random_below(&run->seed, 3)]);
		path[strlen(path) - 1] = 0;
	}
	parent = directory_of(run, path, &name);
	if (!parent || state->count == FILES_MAX)
		return;
	strcpy(run->touched[op][0], path);
	status = polyfs_create(&run->fs, parent, name, strlen(name),
			       directory ? POLYFS_DIRECTORY : POLYFS_FILE, &inode);
	if (entry_find(state, path)) {
		assert_int_equal(status, E_EXISTS);
	} else if (status != E_NO_SPACE) {
		struct entry *entry = &state->entries[state->count++];

		assert_int_equal(status, 0);
		strcpy(entry->path, path);
		entry->size = 0;
		entry->id = directory ? 0 : ++run->ids;
		if (!directory)
			version_add(run, entry->id, op, 0);
	}
}

static void op_write(struct run *run, struct state *state, int op)
{
	struct entry *entry = file_random(run, state);
	struct polyfs_stat stat;
	struct version *version;
	uint32_t offset, length;
	static uint8_t buf[FILE_MAX];
	int status;

	if (!entry)
		return;
	offset = random_below(&run->seed, 3) ? random_below(&run->seed, entry->size + 1) :
		 random_below(&run->seed, 2) ? entry->size : random_below(&run->seed, FILE_MAX / 2);
	length = 1 + random_below(&run->seed, random_below(&run->seed, 3) ? 1500 : FILE_MAX / 3);
	if (random_below(&run->seed, 2))
		offset &= ~511u;
	if (offset + length > FILE_MAX)
		length = FILE_MAX - offset;
	if (!length)
		return;
	for (uint32_t i = 0; i < length; i++)
		buf[i] = random_next(&run->seed);
	strcpy(run->touched[op][0], entry->path);
	assert_int_equal(polyfs_find(&run->fs.reader, 1, entry->path, &stat), 0);
	status = polyfs_write(&run->fs, stat.inode, offset, buf, length);
	if (status == E_NO_SPACE)
		return;
	assert_true(status > 0);
	if (offset + status > entry->size)
		entry->size = offset + status;
	version = version_add(run, entry->id, op, entry->size);
	memcpy(version->data + offset, buf, status);
}

/* Every second block of a stretch, so that the file falls into many extents. */
static void op_scatter(struct run *run, struct state *state, int op)
{
	struct entry *entry = file_random(run, state);
	uint32_t offset = random_below(&run->seed, 8) << POLYFS_BLOCK_SHIFT;
	uint32_t count = random_below(&run->seed, 30);
	struct version *version = NULL;
	struct polyfs_stat stat;

	if (!entry)
		return;
	strcpy(run->touched[op][0], entry->path);
	assert_int_equal(polyfs_find(&run->fs.reader, 1, entry->path, &stat), 0);
	for (; count--; offset += 2 * POLYFS_BLOCK_SIZE) {
		uint8_t buf[POLYFS_BLOCK_SIZE / 2];
		int status;

		memset(buf, random_next(&run->seed), sizeof(buf));
		status = polyfs_write(&run->fs, stat.inode, offset, buf, sizeof(buf));
		if (status == E_NO_SPACE)
			return;
		assert_true(status > 0);
		if (offset + status > entry->size)
			entry->size = offset + status;
		if (!version)
			version = version_add(run, entry->id, op, FILE_MAX);
		memcpy(version->data + offset, buf, status);
		version->size = entry->size;
	}
}

static void op_truncate(struct run *run, struct state *state, int op)
{
	struct entry *entry = file_random(run, state);
	struct polyfs_stat stat;
	uint32_t size;
	int status;

	if (!entry)
		return;
	size = random_below(&run->seed, random_below(&run->seed, 3) ? entry->size + 1 : FILE_MAX);
	strcpy(run->touched[op][0], entry->path);
	assert_int_equal(polyfs_find(&run->fs.reader, 1, entry->path, &stat), 0);
	status = polyfs_truncate(&run->fs, stat.inode, size);
	if (status == E_NO_SPACE)
		return;
	assert_int_equal(status, 0);
	entry->size = size;
	version_add(run, entry->id, op, size);
}

static bool has_below(struct state *state, const char *path)
{
	size_t length = strlen(path);

	for (int i = 0; i < state->count; i++)
		if (strncmp(state->entries[i].path, path, length) == 0 &&
		    state->entries[i].path[length] == '/')
			return true;
	return false;
}

static void op_remove(struct run *run, struct state *state, int op)
{
	struct entry *entry;
	const char *name;
	uint32_t parent;
	int status;

	if (!state->count)
		return;
	entry = &state->entries[random_below(&run->seed, state->count)];
	strcpy(run->touched[op][0], entry->path);
	parent = directory_of(run, entry->path, &name);
	if (!entry->id) {
		status = polyfs_rmdir(&run->fs, parent, name, strlen(name));
		if (has_below(state, entry->path)) {
			assert_int_equal(status, E_NOT_EMPTY);
			return;
		}
	} else {
		status = polyfs_remove(&run->fs, parent, name, strlen(name));
	}
	assert_int_equal(status, 0);
	*entry = state->entries[--state->count];
}

static void op_rename(struct run *run, struct state *state, int op)
{
	struct entry *from = file_random(run, state), *to;
	const char *name, *to_name;
	uint32_t parent, to_parent;
	char path[PATH_MAX_];
	int status;

	path_random(run, path);
	if (!from)
		return;
	parent = directory_of(run, from->path, &name);
	to_parent = directory_of(run, path, &to_name);
	if (!to_parent)
		return;
	strcpy(run->touched[op][0], from->path);
	strcpy(run->touched[op][1], path);
	status = polyfs_rename(&run->fs, parent, name, strlen(name), to_parent, to_name,
			       strlen(to_name));
	if (status == E_NO_SPACE)
		return;
	assert_int_equal(status, 0);
	to = entry_find(state, path);
	if (to == from)
		return;
	if (to) {
		to->id = from->id;
		to->size = from->size;
		*from = state->entries[--state->count];
	} else {
		strcpy(from->path, path);
	}
}

/* Notes commits that happened, and whether inside an operation or as the whole of one. */
static void commits_note(struct run *run, int op, bool inside)
{
	struct commit *last = &run->commits[run->commit_count - 1];

	for (uint64_t g = last->generation + 1; g <= run->fs.reader.super.generation; g++) {
		assert_true(run->commit_count < COMMITS_MAX);
		run->commits[run->commit_count++] = (struct commit){ g, op, inside };
	}
}

static void op_sync(struct run *run, int op)
{
	assert_int_equal(polyfs_sync(&run->fs), 0);
	commits_note(run, op, false);
	run->syncs[run->sync_count++] = (struct sync){
		run->disk.logged, run->fs.reader.super.generation, op };
}

static void workload(struct run *run)
{
	for (int op = 1; op <= OPS; op++) {
		struct state *state = &run->states[op];
		uint32_t dice = random_below(&run->seed, 100);

		*state = run->states[op - 1];
		run->disk.now += random_below(&run->seed, 8);
		if (dice < 20)
			op_create(run, state, op);
		else if (dice < 50)
			op_write(run, state, op);
		else if (dice < 58)
			op_scatter(run, state, op);
		else if (dice < 66)
			op_truncate(run, state, op);
		else if (dice < 76)
			op_remove(run, state, op);
		else if (dice < 86)
			op_rename(run, state, op);
		else
			op_sync(run, op);
		commits_note(run, op, true);
		run->ends[op] = run->disk.logged;
	}
}

/* --- looking at a cut volume --------------------------------------------------------------------- */

struct look {
	struct run *run;
	struct polyfs fs;
	struct ramdisk disk;
	uint8_t *cache;
	struct state found;
	int base;                       /* operation whose state must be found */
	int last;                       /* newest operation that may have reached the disk */
	bool inside;
};

static void complain(void *ctx, const char *what, uint32_t inode, uint32_t block)
{
	(void)ctx;
	print_error("check: %s, inode %u, block %u\n", what, inode, block);
}

static void check_sound(struct polyfs *fs)
{
	static uint8_t work[POLYFS_PAYLOAD];
	struct polyfs_checker checker = { .report = complain, .work = work, .work_size = sizeof(work) };

	assert_int_equal(polyfs_check(fs, &checker), 0);
}

static bool is_touched(struct run *run, int op, const char *path)
{
	return strcmp(run->touched[op][0], path) == 0 || strcmp(run->touched[op][1], path) == 0;
}

/* Whether byte `at` may be left over from some version since `base`; growing makes it zero. */
static bool byte_left_over(struct look *look, const struct version *base, uint32_t at, uint8_t byte)
{
	for (int i = 0; i < look->run->version_count; i++) {
		const struct version *version = &look->run->versions[i];

		if (version->id == base->id && version->op >= base->op &&
		    version->op <= look->last && at < version->size && version->data[at] == byte)
			return true;
	}
	return byte == 0;
}

/* Whether bytes `from`..`to` are those of the version. Beyond its end, and where it first
 * made the file longer (which is a second step after overwriting), others may remain. */
static bool part_equal(struct look *look, const uint8_t *data, const struct version *version,
		       const struct version *base, uint32_t from, uint32_t to)
{
	const struct version *before = version == base ? base :
				       version_at(look->run, version->id, version->op - 1);

	for (uint32_t i = from; i < to; i++) {
		if (i < version->size && data[i] == version->data[i])
			continue;
		if ((i < version->size && i < before->size) ||
		    !byte_left_over(look, base, i, data[i]))
			return false;
	}
	return true;
}

static void contents_compare(struct look *look, const struct entry *entry, const uint8_t *data)
{
	struct run *run = look->run;
	struct version *base = version_at(run, entry->id, look->base);

	assert_non_null(base);
	for (uint32_t from = 0; from < entry->size; from += POLYFS_SECTOR_SIZE) {
		uint32_t to = from + POLYFS_SECTOR_SIZE < entry->size ? from + POLYFS_SECTOR_SIZE :
			      entry->size;
		bool equal = part_equal(look, data, base, base, from, to);

		for (int i = 0; i < run->version_count && !equal; i++) {
			struct version *version = &run->versions[i];

			if (version->id == entry->id && version->op > base->op &&
			    version->op <= look->last)
				equal = part_equal(look, data, version, base, from, to);
		}
		if (!equal)
			print_error("%s: wrong at byte %u; states %d to %d, inside %d\n", entry->path, from,
				    look->base, look->last, look->inside);
		assert_true(equal);
	}
}

static void directory_look(struct look *look, uint32_t directory, const char *path)
{
	struct state *expected = &look->run->states[look->base];
	struct polyfs_dirent dirent;
	uint32_t position = 0;
	int status;

	while ((status = polyfs_readdir(&look->fs.reader, directory, &position, &dirent)) > 0) {
		static uint8_t data[FILE_MAX];
		struct entry *found = &look->found.entries[look->found.count++], *entry;
		struct polyfs_stat stat;
		char below[2 * PATH_MAX_ + 300];

		assert_true(look->found.count <= FILES_MAX);
		sprintf(below, "%s%s", path, dirent.name);
		assert_true(strlen(below) < PATH_MAX_ - 1);
		strcpy(found->path, below);
		assert_int_equal(polyfs_stat(&look->fs.reader, dirent.inode, &stat), 0);
		found->size = stat.size;
		found->id = stat.type == POLYFS_FILE;
		if (stat.type == POLYFS_DIRECTORY) {
			found->size = 0;
			strcat(below, "/");
			directory_look(look, dirent.inode, below);
		} else {
			assert_true(stat.size <= FILE_MAX);
			assert_int_equal(polyfs_read(&look->fs.reader, dirent.inode, 0, data,
						     FILE_MAX), stat.size);
		}
		if (look->inside && is_touched(look->run, look->base + 1, found->path))
			continue;
		entry = entry_find(expected, found->path);
		if (!entry)
			print_error("%s is there\n", found->path);
		assert_non_null(entry);
		assert_int_equal(!entry->id, stat.type == POLYFS_DIRECTORY);
		if (!entry->id)
			continue;
		assert_int_equal(entry->size, stat.size);
		contents_compare(look, entry, data);
	}
	assert_int_equal(status, 0);
}

/* Which state the volume's generation stands for. */
static void base_find(struct look *look, const struct sync *sync)
{
	struct run *run = look->run;
	uint64_t generation = look->fs.reader.super.generation;
	struct commit *commit = NULL;

	for (int i = 0; i < run->commit_count; i++)
		if (run->commits[i].generation == generation)
			commit = &run->commits[i];
	assert_non_null(commit);
	assert_true(generation >= sync->generation);
	look->inside = commit->inside;
	look->base = commit->inside ? commit->op - 1 : commit->op;
	/* A sync without a commit put contents down, which must then be there. */
	if (!commit->inside && sync->op > look->base && sync->generation == generation)
		look->base = sync->op;
}

static void volume_look(struct look *look, const struct sync *sync)
{
	struct polyfs_device device = ramdisk_device(&look->disk);
	struct state *expected;

	look->found.count = 0;
	/* First read-only, so that the commit found is not replaced by one of mounting. */
	assert_int_equal(polyfs_mount(&look->fs, &device, look->cache, CACHE, true), 0);
	base_find(look, sync);
	check_sound(&look->fs);
	directory_look(look, POLYFS_INODE_ROOT, "");
	expected = &look->run->states[look->base];
	for (int i = 0; i < expected->count; i++) {
		if (look->inside && is_touched(look->run, look->base + 1, expected->entries[i].path))
			continue;
		if (!entry_find(&look->found, expected->entries[i].path))
			print_error("%s is missing\n", expected->entries[i].path);
		assert_non_null(entry_find(&look->found, expected->entries[i].path));
	}
}

/* The cut volume goes on being used: mounted for writing, filled a little, checked. */
static void volume_use(struct look *look)
{
	struct polyfs_device device = ramdisk_device(&look->disk);
	static const uint8_t text[3000] = "after the cut";
	uint32_t inode;
	int status;

	assert_int_equal(polyfs_mount(&look->fs, &device, look->cache, CACHE, false), 0);
	status = polyfs_create(&look->fs, 1, "new", 3, POLYFS_FILE, &inode);
	if (status == 0)
		status = polyfs_write(&look->fs, inode, 100, text, sizeof(text));
	assert_true(status >= 0 || status == E_NO_SPACE);
	check_sound(&look->fs);
	assert_int_equal(polyfs_unmount(&look->fs), 0);
}

static void cut(struct look *look, const uint8_t *disk, uint32_t position, bool reordered)
{
	struct run *run = look->run;
	const struct sync *sync = &run->syncs[0];

	/* Reordered writes all come after the last flush, and so after any sync before it. */
	for (int i = 0; i < run->sync_count; i++)
		if (run->syncs[i].position <= position)
			sync = &run->syncs[i];
	for (look->last = 1; look->last < OPS && run->ends[look->last] <= position; )
		look->last++;
	if (reordered)
		look->last = OPS;
	memcpy(look->disk.data, disk, look->disk.sectors * POLYFS_SECTOR_SIZE);
	volume_look(look, sync);
	if (run->cuts++ % 8 == 0)
		volume_use(look);
}

/* --- cutting -------------------------------------------------------------------------------------- */

static void write_apply(uint8_t *disk, const struct ramdisk_write *write)
{
	memcpy(disk + (size_t)write->sector * POLYFS_SECTOR_SIZE, write->data, POLYFS_SECTOR_SIZE);
}

/* Between the flushes at `from` and `to`, any subset may be on the disk. */
static void subsets_cut(struct look *look, uint8_t *disk, uint8_t *scratch, uint32_t from, uint32_t to)
{
	struct run *run = look->run;
	size_t size = run->disk.sectors * POLYFS_SECTOR_SIZE;

	for (int tries = 0; tries < 6 && to - from > 1; tries++) {
		uint32_t share = 1 + random_below(&run->seed, 99);

		memcpy(scratch, disk, size);
		for (uint32_t i = from; i < to; i++)
			if (random_below(&run->seed, 100) < share)
				write_apply(scratch, &run->disk.log[i]);
		cut(look, scratch, from, true);
	}
}

/* Of a superblock, a part of the sector may arrive when the power goes. */
static void torn_cut(struct look *look, const uint8_t *disk, uint8_t *scratch, uint32_t at)
{
	const struct ramdisk_write *write = &look->run->disk.log[at];

	memcpy(scratch, disk, look->disk.sectors * POLYFS_SECTOR_SIZE);
	memcpy(scratch + write->sector * POLYFS_SECTOR_SIZE, write->data,
	       1 + random_below(&look->run->seed, POLYFS_SECTOR_SIZE - 1));
	cut(look, scratch, at, false);
}

static void run_cut(struct run *run, uint8_t *chosen)
{
	size_t size = run->disk.sectors * POLYFS_SECTOR_SIZE;
	uint8_t *disk = malloc(size), *scratch = malloc(size);
	struct look look = { .run = run, .cache = malloc(CACHE) };
	uint32_t flushed = 0, choice = random_below(&run->seed, run->disk.logged + 1);
	uint8_t *base = malloc(size);

	ramdisk_init(&look.disk, run->disk.sectors, 1);
	look.disk.now = run->disk.now;
	memcpy(disk, run->before, size);
	for (uint32_t i = 0; i <= run->disk.logged; i++) {
		if (i == choice)
			memcpy(chosen, disk, size);
		if (i == run->disk.logged || run->disk.log[i].sector == RAMDISK_FLUSH) {
			memcpy(scratch, run->before, size);
			for (uint32_t j = 0; j < flushed; j++)
				if (run->disk.log[j].sector != RAMDISK_FLUSH)
					write_apply(scratch, &run->disk.log[j]);
			memcpy(base, scratch, size);
			subsets_cut(&look, base, scratch, flushed, i);
			flushed = i + 1;
			continue;
		}
		if (run->disk.log[i].sector <= POLYFS_SUPER_SECTOR_1)
			torn_cut(&look, disk, scratch, i);
		write_apply(disk, &run->disk.log[i]);
		cut(&look, disk, i + 1, false);
	}
	ramdisk_free(&look.disk);
	free(look.cache);
	free(base);
	free(disk);
	free(scratch);
}

/* --- runs ------------------------------------------------------------------------------------------ */

/* Takes what is on the mounted volume as the model's start. */
static void state_take(struct run *run, uint32_t directory, const char *path)
{
	struct state *state = &run->states[0];
	struct polyfs_dirent dirent;
	uint32_t position = 0;

	while (polyfs_readdir(&run->fs.reader, directory, &position, &dirent) > 0) {
		struct entry *entry = &state->entries[state->count++];
		struct polyfs_stat stat;
		char below[2 * PATH_MAX_ + 300];

		assert_true(state->count <= FILES_MAX);
		sprintf(below, "%s%s", path, dirent.name);
		strcpy(entry->path, below);
		assert_int_equal(polyfs_stat(&run->fs.reader, dirent.inode, &stat), 0);
		entry->id = 0;
		entry->size = 0;
		if (stat.type == POLYFS_DIRECTORY) {
			strcat(below, "/");
			state_take(run, dirent.inode, below);
			continue;
		}
		entry->id = ++run->ids;
		entry->size = stat.size;
		assert_int_equal(polyfs_read(&run->fs.reader, dirent.inode, 0,
					     version_add(run, entry->id, 0, stat.size)->data,
					     stat.size), stat.size);
	}
}

static void run_begin(struct run *run)
{
	struct polyfs_device device = ramdisk_device(&run->disk);
	size_t size = run->disk.sectors * POLYFS_SECTOR_SIZE;

	assert_int_equal(polyfs_mount(&run->fs, &device, run->cache, CACHE, false), 0);
	assert_int_equal(polyfs_sync(&run->fs), 0);
	state_take(run, POLYFS_INODE_ROOT, "");
	memcpy(run->before, run->disk.data, size);
	run->disk.log_room = 1024;
	run->disk.logged = 0;
	free(run->disk.log);
	run->disk.log = malloc(run->disk.log_room * sizeof(*run->disk.log));
	run->commits[0] = (struct commit){ run->fs.reader.super.generation, 0, false };
	run->commit_count = 1;
	run->syncs[0] = (struct sync){ 0, run->fs.reader.super.generation, 0 };
	run->sync_count = 1;
}

static void run_end(struct run *run)
{
	for (int i = 0; i < run->version_count; i++)
		free(run->versions[i].data);
	run->version_count = 0;
	run->ids = 0;
	memset(run->states, 0, sizeof(run->states));
	memset(run->touched, 0, sizeof(run->touched));
	free(run->disk.log);
	run->disk.log = NULL;
}

/* `rounds` workloads, each starting from a volume whose power was cut in the one before. */
static void power_run(uint32_t blocks, uint64_t seed, int rounds)
{
	struct run *run = calloc(1, sizeof(*run));
	struct polyfs_format format = { .boot_size = 12 * 1024, .id = "power failure" };
	struct polyfs_device device;
	uint32_t work[POLYFS_BLOCK_SIZE / 4];
	uint8_t *chosen;

	ramdisk_init(&run->disk, blocks * 2, seed);
	run->seed = seed * 77 + 5;
	run->cache = malloc(CACHE);
	run->before = malloc(blocks * POLYFS_BLOCK_SIZE);
	chosen = malloc(blocks * POLYFS_BLOCK_SIZE);
	device = ramdisk_device(&run->disk);
	assert_int_equal(polyfs_format(&device, &format, work), 0);
	for (int round = 0; round < rounds; round++) {
		run_begin(run);
		workload(run);
		run_cut(run, chosen);
		memcpy(run->disk.data, chosen, blocks * POLYFS_BLOCK_SIZE);
		run_end(run);
	}
	print_message("%u blocks, seed %llu: %ld cuts\n", blocks, (unsigned long long)seed, run->cuts);
	free(chosen);
	free(run->before);
	free(run->cache);
	ramdisk_free(&run->disk);
	free(run);
}

static void roomy_volume(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		power_run(400, seed, 3);
}

static void crowded_volume(void **state)
{
	(void)state;
	for (uint64_t seed = 11; seed <= 15; seed++)
		power_run(140, seed, 3);
}

static void nearly_full_volume(void **state)
{
	(void)state;
	for (uint64_t seed = 21; seed <= 24; seed++)
		power_run(90, seed, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roomy_volume),
		cmocka_unit_test(crowded_volume),
		cmocka_unit_test(nearly_full_volume),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
