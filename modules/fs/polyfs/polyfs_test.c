/* polyfs operation by operation: what each does, where its limits are, what it refuses. */
#include "ramdisk_test.h"

#include <base/mem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

struct volume {
	struct ramdisk disk;
	struct polyfs fs;
	uint8_t *cache;
	size_t cache_size;
};

enum { FLOPPY_360 = 720, FLOPPY_1440 = 2880, DISK_20M = 40960 };

static void complain(void *ctx, const char *what, uint32_t inode, uint32_t block)
{
	(void)ctx;
	print_error("check: %s, inode %u, block %u\n", what, inode, block);
}

/* Checks with little memory, so that bigger volumes take several windows. */
static struct polyfs_checker check_sound(struct polyfs *fs)
{
	static uint8_t work[2 * POLYFS_PAYLOAD + 7];
	struct polyfs_checker checker = { .report = complain, .work = work, .work_size = sizeof(work) };

	assert_int_equal(polyfs_check(fs, &checker), 0);
	return checker;
}

static void volume_mount(struct volume *volume)
{
	struct polyfs_device device = ramdisk_device(&volume->disk);

	assert_int_equal(polyfs_mount(&volume->fs, &device, volume->cache, volume->cache_size, false), 0);
}

static struct volume *volume_new(uint64_t sectors, size_t cache_size)
{
	struct volume *volume = calloc(1, sizeof(*volume));
	struct polyfs_format format = { .id = "polyfs_test", .label = "test" };
	struct polyfs_device device;
	uint32_t work[POLYFS_BLOCK_SIZE / 4];

	ramdisk_init(&volume->disk, sectors, sectors);
	volume->cache_size = cache_size;
	volume->cache = malloc(cache_size);
	device = ramdisk_device(&volume->disk);
	assert_int_equal(polyfs_format(&device, &format, work), 0);
	volume_mount(volume);
	return volume;
}

static void volume_remount(struct volume *volume)
{
	assert_int_equal(polyfs_unmount(&volume->fs), 0);
	memset(volume->cache, 0xA5, volume->cache_size);
	volume_mount(volume);
}

static void volume_free(struct volume *volume)
{
	check_sound(&volume->fs);
	ramdisk_free(&volume->disk);
	free(volume->cache);
	free(volume);
}

static uint32_t make(struct volume *volume, uint32_t directory, const char *name,
		     enum polyfs_type type)
{
	uint32_t inode = 0;

	assert_int_equal(polyfs_create(&volume->fs, directory, name, strlen(name), type, &inode), 0);
	return inode;
}

static uint32_t look_up(struct volume *volume, const char *path)
{
	struct polyfs_stat stat;

	assert_int_equal(polyfs_find(&volume->fs.reader, POLYFS_INODE_ROOT, path, &stat), 0);
	return stat.inode;
}

static int found(struct volume *volume, const char *path)
{
	struct polyfs_stat stat;

	return polyfs_find(&volume->fs.reader, POLYFS_INODE_ROOT, path, &stat);
}

/* --- formatting ---------------------------------------------------------------------------------- */

static void format_of_every_size(void **state)
{
	(void)state;
	/* Around each border of the layout: none, a group, several, the 4 KB alignment. */
	for (uint64_t blocks = 68; blocks < 26000; blocks += blocks < 100 ? 1 : blocks % 7 + 1331) {
		struct volume *volume = volume_new(blocks * 2, POLYFS_CACHE_MIN);

		assert_int_equal(volume->fs.reader.super.block_count, blocks);
		make(volume, 1, "file", POLYFS_FILE);
		volume_remount(volume);
		look_up(volume, "/file");
		volume_free(volume);
	}
	for (uint64_t blocks = 7960; blocks < 8040; blocks += 3) {
		struct volume *volume = volume_new(blocks * 2 + 1, POLYFS_CACHE_MIN);

		volume_free(volume);
	}
}

static void format_refuses_what_cannot_be(void **state)
{
	struct ramdisk disk;
	struct polyfs_device device;
	struct polyfs_format format = { .boot_size = 1 };
	uint32_t work[POLYFS_BLOCK_SIZE / 4];

	(void)state;
	ramdisk_init(&disk, FLOPPY_360, 1);
	device = ramdisk_device(&disk);
	device.sector_count = 40;
	assert_int_equal(polyfs_format(&device, &format, work), E_RANGE);
	device.sector_count = UINT64_MAX;
	assert_int_equal(polyfs_format(&device, &format, work), E_RANGE);
	device.sector_count = FLOPPY_360;
	format.boot_size = FLOPPY_360 * 512;
	assert_int_equal(polyfs_format(&device, &format, work), E_RANGE);
	format.boot_size = 1;
	assert_int_equal(polyfs_format(&device, &format, work), 0);
	ramdisk_free(&disk);
}

static void boot_area_is_left_alone(void **state)
{
	struct volume *volume = calloc(1, sizeof(*volume));
	struct polyfs_format format = { .boot_size = 40 * 1024 };
	struct polyfs_device device;
	uint32_t work[POLYFS_BLOCK_SIZE / 4], inode;
	uint8_t *before = malloc(40 * 1024);

	(void)state;
	ramdisk_init(&volume->disk, FLOPPY_1440, 99);
	memcpy(before, volume->disk.data, 40 * 1024);
	device = ramdisk_device(&volume->disk);
	assert_int_equal(polyfs_format(&device, &format, work), 0);
	volume->cache_size = POLYFS_CACHE_DEFAULT;
	volume->cache = malloc(volume->cache_size);
	volume_mount(volume);
	inode = make(volume, 1, "file", POLYFS_FILE);
	for (int i = 0; i < 40; i++) {
		assert_int_equal(polyfs_write(&volume->fs, inode, i * 1000, before, 1000), 1000);
		assert_int_equal(polyfs_sync(&volume->fs), 0);
	}
	for (uint32_t sector = 0; sector < 80; sector++)
		if (sector != POLYFS_SUPER_SECTOR_0 && sector != POLYFS_SUPER_SECTOR_1)
			assert_memory_equal(before + sector * 512, volume->disk.data + sector * 512, 512);
	free(before);
	volume_free(volume);
}

/* --- a disk of terabytes, of which only the pages written exist ------------------------------------ */

struct sparse_page {
	struct sparse_page *next;
	uint64_t sector;
	uint8_t data[POLYFS_SECTOR_SIZE];
};

struct sparse {
	struct sparse_page *pages[4096];
	uint64_t top;                   /* highest sector written */
};

static struct sparse_page *sparse_find(struct sparse *disk, uint64_t sector, bool make_it)
{
	struct sparse_page **head = &disk->pages[sector % 4096], *page = *head;

	while (page && page->sector != sector)
		page = page->next;
	if (!page && make_it) {
		page = calloc(1, sizeof(*page));
		page->sector = sector;
		page->next = *head;
		*head = page;
	}
	return page;
}

static int sparse_read(void *ctx, uint64_t sector, uint32_t count, void *buf)
{
	for (uint8_t *to = buf; count--; sector++, to += POLYFS_SECTOR_SIZE) {
		struct sparse_page *page = sparse_find(ctx, sector, false);

		if (page)
			memcpy(to, page->data, POLYFS_SECTOR_SIZE);
		else
			memset(to, 0xEE, POLYFS_SECTOR_SIZE);
	}
	return 0;
}

static int sparse_write(void *ctx, uint64_t sector, uint32_t count, const void *buf)
{
	struct sparse *disk = ctx;

	for (const uint8_t *from = buf; count--; sector++, from += POLYFS_SECTOR_SIZE) {
		memcpy(sparse_find(disk, sector, true)->data, from, POLYFS_SECTOR_SIZE);
		if (sector > disk->top)
			disk->top = sector;
	}
	return 0;
}

static void volume_of_terabytes(void **state)
{
	struct sparse *disk = calloc(1, sizeof(*disk));
	struct polyfs_device device = {
		.ctx = disk, .sector_count = 0x1FFFFFFFE, .read = sparse_read, .write = sparse_write,
	};
	struct polyfs_format format = { .label = "large" };
	struct polyfs *fs = malloc(sizeof(*fs));
	struct polyfs_stat stat;
	struct polyfs_usage usage;
	uint32_t work[POLYFS_BLOCK_SIZE / 4], inode;
	uint8_t *cache = malloc(POLYFS_CACHE_DEFAULT), *back = malloc(20000);
	static uint8_t text[20000];
	uint64_t far = (uint64_t)3 << 40;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(polyfs_format(&device, &format, work), 0);
	assert_int_equal(polyfs_mount(fs, &device, cache, POLYFS_CACHE_DEFAULT, false), 0);
	polyfs_usage(fs, &usage);
	assert_true(usage.free > (uint64_t)4094 << 30);
	assert_int_equal(polyfs_create(fs, 1, "file", 4, POLYFS_FILE, &inode), 0);
	assert_int_equal(polyfs_write(fs, inode, far - 777, text, sizeof(text)), sizeof(text));
	/* Next to what lies 3 TB into the file is the goal for what lies at its start. */
	assert_int_equal(polyfs_write(fs, inode, 5, text, 1000), 1000);
	fs->data_goal = fs->reader.super.block_count - 3 * POLYFS_GROUP_BLOCKS;
	assert_int_equal(polyfs_create(fs, 1, "last", 4, POLYFS_FILE, &inode), 0);
	assert_int_equal(polyfs_write(fs, inode, 0, text, 3000), 3000);
	assert_int_equal(polyfs_unmount(fs), 0);
	assert_true(disk->top > 0x1FFFF0000);
	assert_int_equal(polyfs_mount(fs, &device, cache, POLYFS_CACHE_DEFAULT, false), 0);
	assert_int_equal(polyfs_find(&fs->reader, 1, "file", &stat), 0);
	assert_true(stat.size == far - 777 + sizeof(text));
	assert_int_equal(polyfs_read(&fs->reader, stat.inode, far - 777, back, 20000), 20000);
	assert_memory_equal(back, text, 20000);
	assert_int_equal(polyfs_read(&fs->reader, stat.inode, far - 1777, back, 1000), 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(back[i], 0);
	assert_int_equal(polyfs_truncate(fs, stat.inode, (uint64_t)UINT32_MAX << 10), 0);
	assert_int_equal(polyfs_truncate(fs, stat.inode, ((uint64_t)UINT32_MAX << 10) + 1), E_RANGE);
	assert_int_equal(polyfs_remove(fs, 1, "file", 4), 0);
	assert_int_equal(polyfs_unmount(fs), 0);
	for (int i = 0; i < 4096; i++) {
		while (disk->pages[i]) {
			struct sparse_page *page = disk->pages[i];

			disk->pages[i] = page->next;
			free(page);
		}
	}
	free(disk);
	free(fs);
	free(cache);
	free(back);
}

/* --- names ------------------------------------------------------------------------------------------ */

static void names_and_what_is_refused(void **state)
{
	struct volume *volume = volume_new(FLOPPY_1440, POLYFS_CACHE_DEFAULT);
	char name[300];
	uint32_t inode;

	(void)state;
	memset(name, 'n', sizeof(name));
	assert_int_equal(polyfs_create(&volume->fs, 1, name, 255, POLYFS_FILE, &inode), 0);
	assert_int_equal(polyfs_create(&volume->fs, 1, name, 256, POLYFS_FILE, &inode), E_NAME_TOO_LONG);
	assert_int_equal(polyfs_create(&volume->fs, 1, name, 255, POLYFS_FILE, &inode), E_EXISTS);
	name[255] = 0;
	assert_int_equal(found(volume, name), 0);
	name[254] = 'm';
	assert_int_equal(found(volume, name), E_NOT_FOUND);
	name[255] = 'n';
	name[256] = 0;
	assert_int_equal(found(volume, name), E_NAME_TOO_LONG);
	assert_int_equal(polyfs_create(&volume->fs, 1, "", 0, POLYFS_FILE, &inode), E_INVALID);
	assert_int_equal(polyfs_create(&volume->fs, 1, ".", 1, POLYFS_FILE, &inode), E_INVALID);
	assert_int_equal(polyfs_create(&volume->fs, 1, "..", 2, POLYFS_FILE, &inode), E_INVALID);
	assert_int_equal(polyfs_create(&volume->fs, 1, "a/b", 3, POLYFS_FILE, &inode), E_INVALID);
	assert_int_equal(polyfs_create(&volume->fs, 1, "a\0b", 3, POLYFS_FILE, &inode), E_INVALID);
	assert_int_equal(polyfs_create(&volume->fs, 77, "a", 1, POLYFS_FILE, &inode), E_NOT_FOUND);
	make(volume, 1, "Readme", POLYFS_FILE);
	make(volume, 1, "README", POLYFS_FILE);
	make(volume, 1, "...", POLYFS_FILE);
	make(volume, 1, "\xC3\xBC\xFF \x01", POLYFS_FILE);
	assert_true(look_up(volume, "Readme") != look_up(volume, "README"));
	assert_int_equal(polyfs_create(&volume->fs, look_up(volume, "README"), "a", 1, POLYFS_FILE,
				       &inode), E_NOT_DIR);
	assert_int_equal(found(volume, "README/x"), E_NOT_DIR);
	assert_int_equal(found(volume, "nothing/x"), E_NOT_FOUND);
	volume_free(volume);
}

static void paths_walk(void **state)
{
	struct volume *volume = volume_new(FLOPPY_1440, POLYFS_CACHE_DEFAULT);
	uint32_t directory = 1, inode;
	char path[700 * 2 + 10] = "";

	(void)state;
	for (int i = 0; i < 700; i++) {
		directory = make(volume, directory, "d", POLYFS_DIRECTORY);
		strcat(path, "/d");
	}
	inode = make(volume, directory, "deep", POLYFS_FILE);
	volume_remount(volume);
	assert_int_equal(look_up(volume, path), directory);
	assert_int_equal(look_up(volume, "/"), 1);
	assert_int_equal(look_up(volume, ""), 1);
	assert_int_equal(look_up(volume, "/.."), 1);
	assert_int_equal(look_up(volume, "//d/.//d/../../d/"), look_up(volume, "d"));
	strcpy(path + 698 * 2, "/d/d/deep");
	assert_int_equal(look_up(volume, path), inode);
	assert_int_equal(polyfs_rmdir(&volume->fs, 1, "d", 1), E_NOT_EMPTY);
	assert_int_equal(polyfs_remove(&volume->fs, 1, "d", 1), E_IS_DIR);
	assert_int_equal(polyfs_rmdir(&volume->fs, directory, "deep", 4), E_NOT_DIR);
	volume_free(volume);
}

static void many_names(void **state)
{
	enum { COUNT = 4000 };
	struct volume *volume = volume_new(DISK_20M, POLYFS_CACHE_MIN);
	static uint8_t seen[COUNT];
	struct polyfs_dirent entry;
	uint32_t position = 0, directory = make(volume, 1, "many", POLYFS_DIRECTORY);
	char name[40];
	int count = 0, status;

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < COUNT; i++) {
		sprintf(name, "file-%d-with-a-name", i * 7919 % COUNT);
		make(volume, directory, name, POLYFS_FILE);
	}
	volume_remount(volume);
	check_sound(&volume->fs);
	/* While listing, remove every second name, and make others. */
	while ((status = polyfs_readdir(&volume->fs.reader, directory, &position, &entry)) > 0) {
		int n = atoi(entry.name + 5);

		if (entry.name[0] != 'f')
			continue;
		assert_int_equal(seen[n]++, 0);
		if (count++ % 2)
			assert_int_equal(polyfs_remove(&volume->fs, directory, entry.name, entry.length), 0);
		sprintf(name, "new-%d", count);
		if (count % 50 == 0)
			make(volume, directory, name, POLYFS_FILE);
	}
	assert_int_equal(status, 0);
	assert_int_equal(count, COUNT);
	check_sound(&volume->fs);
	position = 0;
	for (count = 0; polyfs_readdir(&volume->fs.reader, directory, &position, &entry) > 0; count++)
		;
	assert_int_equal(count, COUNT / 2 + COUNT / 50);
	position = 0;
	while (polyfs_readdir(&volume->fs.reader, directory, &position, &entry) > 0)
		assert_int_equal(polyfs_remove(&volume->fs, directory, entry.name, entry.length), 0);
	assert_int_equal(polyfs_rmdir(&volume->fs, 1, "many", 4), 0);
	assert_int_equal(volume->fs.reader.super.levels, 1);
	volume_free(volume);
}

struct hashed {
	uint32_t hash, n;
};

static int by_hash(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* Two names with one hash: among 20000 names and 2^24 hashes a dozen pairs are expected. */
static void twins_find(char *one, char *two)
{
	enum { COUNT = 20000 };
	static struct hashed names[COUNT];

	for (uint32_t i = 0; i < COUNT; i++) {
		sprintf(one, "%06u", i * 37);
		names[i] = (struct hashed){ polyfs_name_hash(one, 6), i * 37 };
	}
	qsort(names, COUNT, sizeof(names[0]), by_hash);
	for (int i = 1; i < COUNT; i++) {
		if (names[i].hash != names[i - 1].hash)
			continue;
		sprintf(one, "%06u", names[i - 1].n);
		sprintf(two, "%06u", names[i].n);
		return;
	}
	fail_msg("no two names with one hash");
}

static void names_with_equal_hashes(void **state)
{
	struct volume *volume = volume_new(FLOPPY_1440, POLYFS_CACHE_MIN);
	uint32_t inode;
	char one[16], two[16];

	(void)state;
	twins_find(one, two);
	make(volume, 1, one, POLYFS_FILE);
	assert_int_equal(found(volume, two), E_NOT_FOUND);
	inode = make(volume, 1, two, POLYFS_FILE);
	assert_int_equal(look_up(volume, two), inode);
	assert_true(look_up(volume, one) != inode);
	/* The first goes; the second stays reachable, and the gap is filled again. */
	assert_int_equal(polyfs_remove(&volume->fs, 1, one, 6), 0);
	assert_int_equal(look_up(volume, two), inode);
	make(volume, 1, one, POLYFS_FILE);
	check_sound(&volume->fs);
	assert_int_equal(polyfs_rename(&volume->fs, 1, one, 6, 1, two, 6), 0);
	assert_int_equal(found(volume, one), E_NOT_FOUND);
	assert_true(look_up(volume, two) != inode);
	volume_free(volume);
}

static void renames(void **state)
{
	struct volume *volume = volume_new(FLOPPY_1440, POLYFS_CACHE_DEFAULT);
	struct polyfs *fs = &volume->fs;
	uint32_t a = make(volume, 1, "a", POLYFS_DIRECTORY), b = make(volume, a, "b", POLYFS_DIRECTORY);
	uint32_t file = make(volume, 1, "file", POLYFS_FILE), other = make(volume, b, "other", POLYFS_FILE);
	struct polyfs_stat stat;

	(void)state;
	assert_int_equal(polyfs_write(fs, other, 0, "gone", 4), 4);
	assert_int_equal(polyfs_rename(fs, 1, "file", 4, b, "other", 5), 0);
	assert_int_equal(look_up(volume, "/a/b/other"), file);
	assert_int_equal(polyfs_stat(&fs->reader, other, &stat), E_NOT_FOUND);
	assert_int_equal(found(volume, "file"), E_NOT_FOUND);
	assert_int_equal(polyfs_rename(fs, 1, "a", 1, b, "a", 1), E_INVALID);
	assert_int_equal(polyfs_rename(fs, 1, "a", 1, a, "a", 1), E_INVALID);
	assert_int_equal(polyfs_rename(fs, 1, "a", 1, 1, "a", 1), 0);
	assert_int_equal(polyfs_rename(fs, 1, "no", 2, 1, "a", 1), E_NOT_FOUND);
	make(volume, 1, "file", POLYFS_FILE);
	make(volume, 1, "empty", POLYFS_DIRECTORY);
	assert_int_equal(polyfs_rename(fs, 1, "file", 4, 1, "a", 1), E_IS_DIR);
	assert_int_equal(polyfs_rename(fs, 1, "a", 1, 1, "file", 4), E_NOT_DIR);
	assert_int_equal(polyfs_rename(fs, 1, "empty", 5, 1, "a", 1), E_NOT_EMPTY);
	assert_int_equal(polyfs_rename(fs, 1, "a", 1, 1, "empty", 5), 0);
	assert_int_equal(look_up(volume, "/empty/b/.."), a);
	assert_int_equal(polyfs_rename(fs, a, "b", 1, 1, "b", 1), 0);
	assert_int_equal(look_up(volume, "/b/.."), 1);
	assert_int_equal(polyfs_stat(&fs->reader, a, &stat), 0);
	assert_int_equal(stat.size, 0);
	assert_int_equal(polyfs_rmdir(fs, 1, "empty", 5), 0);
	volume_remount(volume);
	assert_int_equal(look_up(volume, "b/other"), file);
	volume_free(volume);
}

/* --- contents ------------------------------------------------------------------------------------------ */

static void contents_like_an_array(void **state)
{
	enum { SIZE = 400000, ROUNDS = 3000 };
	struct volume *volume = volume_new(FLOPPY_1440, POLYFS_CACHE_MIN);
	uint8_t *model = calloc(1, SIZE), *buf = malloc(SIZE);
	uint32_t inode = make(volume, 1, "file", POLYFS_FILE), size = 0;
	uint64_t seed = 4711;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t offset = random_below(&seed, SIZE), length, dice = random_below(&seed, 100);

		length = random_below(&seed, dice % 3 ? 3000 : 40000);
		if (dice % 4 == 0)
			offset &= ~1023u;
		if (length > SIZE - offset)
			length = SIZE - offset;
		if (dice < 50) {
			for (uint32_t i = 0; i < length; i++)
				buf[i] = random_next(&seed);
			assert_int_equal(polyfs_write(&volume->fs, inode, offset, buf, length), length);
			memcpy(model + offset, buf, length);
			if (length && offset + length > size)
				size = offset + length;
		} else if (dice < 92) {
			uint32_t most = offset < size ? size - offset : 0;

			if (most > length)
				most = length;
			assert_int_equal(polyfs_read(&volume->fs.reader, inode, offset, buf, length), most);
			assert_memory_equal(buf, model + offset, most);
		} else if (dice < 96) {
			assert_int_equal(polyfs_truncate(&volume->fs, inode, offset), 0);
			if (offset < size)
				memset(model + offset, 0, size - offset);
			size = offset;
		} else if (dice < 98) {
			assert_int_equal(polyfs_sync(&volume->fs), 0);
		} else {
			volume_remount(volume);
		}
	}
	free(model);
	free(buf);
	volume_free(volume);
}

static void growth_makes_few_extents(void **state)
{
	struct volume *volume = volume_new(DISK_20M * 2, POLYFS_CACHE_DEFAULT);
	static uint8_t chunk[8192];
	uint32_t one = make(volume, 1, "one", POLYFS_FILE), two = make(volume, 1, "two", POLYFS_FILE);
	struct polyfs_checker checker;

	(void)state;
	for (uint32_t i = 0; i < 8 << 20; i += sizeof(chunk))
		assert_int_equal(polyfs_write(&volume->fs, one, i, chunk, sizeof(chunk)), sizeof(chunk));
	checker = check_sound(&volume->fs);
	assert_true(checker.extents <= 3);
	/* Two that grow by turns, a block at a time. */
	assert_int_equal(polyfs_truncate(&volume->fs, one, 0), 0);
	for (uint32_t i = 0; i < 1 << 20; i += 1024) {
		assert_int_equal(polyfs_write(&volume->fs, one, i, chunk, 1024), 1024);
		assert_int_equal(polyfs_write(&volume->fs, two, i, chunk, 1024), 1024);
	}
	checker = check_sound(&volume->fs);
	assert_true(checker.extents < 300);
	volume_free(volume);
}

static void guest_disk_filled_at_random(void **state)
{
	enum { SECTORS = 16384 };
	struct volume *volume = volume_new(DISK_20M, POLYFS_CACHE_DEFAULT);
	uint32_t inode = make(volume, 1, "disk.img", POLYFS_FILE);
	uint8_t *stamp = calloc(1, SECTORS), sector[512];
	struct polyfs_stat stat;
	struct polyfs_checker checker;
	uint64_t seed = 99, generation;

	(void)state;
	assert_int_equal(polyfs_truncate(&volume->fs, inode, SECTORS * 512), 0);
	assert_int_equal(polyfs_stat(&volume->fs.reader, inode, &stat), 0);
	assert_int_equal(stat.blocks, 0);
	assert_int_equal(stat.size, SECTORS * 512);
	for (int i = 0; i < 40000; i++) {
		uint32_t n = random_below(&seed, SECTORS);

		memset(sector, stamp[n] = i | 1, sizeof(sector));
		assert_int_equal(polyfs_write(&volume->fs, inode, n * 512, sector, 512), 512);
	}
	for (uint32_t n = 0; n < SECTORS; n++) {
		assert_int_equal(polyfs_read(&volume->fs.reader, inode, n * 512, sector, 512), 512);
		assert_int_equal(sector[0], stamp[n]);
		assert_int_equal(sector[511], stamp[n]);
	}
	checker = check_sound(&volume->fs);
	print_message("8 MB filled at random: %u extents\n", checker.extents);
	assert_true(checker.extents < 400);
	/* Overwriting what is there changes no metadata, so a sync is no commit. */
	generation = volume->fs.reader.super.generation;
	for (uint32_t n = 0; n < 100; n++) {
		if (!stamp[n])
			continue;
		assert_int_equal(polyfs_write(&volume->fs, inode, n * 512, sector, 512), 512);
		assert_int_equal(polyfs_sync(&volume->fs), 0);
	}
	assert_int_equal(volume->fs.reader.super.generation, generation);
	volume->disk.now += 60;
	assert_int_equal(polyfs_write(&volume->fs, inode, 0, sector, 512), 512);
	assert_int_equal(polyfs_stat(&volume->fs.reader, inode, &stat), 0);
	assert_int_equal(stat.mtime, volume->disk.now);
	free(stamp);
	volume_free(volume);
}

static void attributes(void **state)
{
	struct volume *volume = volume_new(FLOPPY_360, POLYFS_CACHE_DEFAULT);
	uint32_t inode = make(volume, 1, "file", POLYFS_FILE);
	struct polyfs_stat stat;

	(void)state;
	assert_int_equal(polyfs_stat(&volume->fs.reader, inode, &stat), 0);
	assert_int_equal(stat.mtime, volume->disk.now);
	assert_int_equal(stat.parent, 1);
	assert_int_equal(stat.type, POLYFS_FILE);
	assert_int_equal(polyfs_set_mtime(&volume->fs, inode, -5), 0);
	assert_int_equal(polyfs_set_flags(&volume->fs, inode, POLYFS_FLAG_HIDDEN), 0);
	assert_int_equal(polyfs_set_flags(&volume->fs, 99, 0), E_NOT_FOUND);
	volume_remount(volume);
	assert_int_equal(polyfs_stat(&volume->fs.reader, inode, &stat), 0);
	assert_int_equal(stat.mtime, -5);
	assert_int_equal(stat.flags, POLYFS_FLAG_HIDDEN);
	assert_int_equal(polyfs_write(&volume->fs, 1, 0, "x", 1), E_IS_DIR);
	assert_int_equal(polyfs_truncate(&volume->fs, 1, 5), E_IS_DIR);
	assert_int_equal(polyfs_read(&volume->fs.reader, 1, 0, &stat, 1), E_IS_DIR);
	assert_int_equal(polyfs_write(&volume->fs, inode, UINT64_MAX - 3, "x", 1), E_RANGE);
	assert_int_equal(polyfs_read(&volume->fs.reader, inode, UINT64_MAX - 3, &stat, 9), 0);
	volume_free(volume);
}

/* --- space ---------------------------------------------------------------------------------------------- */

static void fill_up(struct volume *volume, uint32_t *files, uint64_t *bytes, uint64_t *seed)
{
	static uint8_t chunk[5000];
	char name[30];
	uint32_t inode;
	int status;

	for (*files = *bytes = 0; ; ++*files) {
		sprintf(name, "file%u", *files);
		status = polyfs_create(&volume->fs, 1, name, strlen(name), POLYFS_FILE, &inode);
		if (status < 0)
			break;
		for (uint32_t i = random_below(seed, 20), at = 0; i > 0; i--, at += sizeof(chunk)) {
			status = polyfs_write(&volume->fs, inode, at, chunk, sizeof(chunk));
			if (status < 0)
				break;
			*bytes += status;
		}
		if (status < 0)
			break;
	}
	assert_int_equal(status, E_NO_SPACE);
}

static void full_volumes_can_be_emptied(void **state)
{
	static const uint32_t sizes[] = { 160, 164, 200, FLOPPY_360, FLOPPY_1440, 40000 };

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct volume *volume = volume_new(sizes[i], POLYFS_CACHE_MIN);
		uint64_t seed = i + 1, bytes, first = 0;

		for (int round = 0; round < 4; round++) {
			uint32_t files, free = volume->fs.reader.super.free_blocks;
			struct polyfs_usage usage;
			struct polyfs_dirent entry;
			uint32_t position = 0, inode;

			fill_up(volume, &files, &bytes, &seed);
			check_sound(&volume->fs);
			/* Small things are refused too, and nothing breaks by trying. */
			for (int j = 0; j < 50; j++)
				if (polyfs_create(&volume->fs, 1, "straw", 5, POLYFS_FILE, &inode) == 0)
					break;
			polyfs_usage(&volume->fs, &usage);
			assert_true(usage.free < 3 * 1024);
			if (round == 0)
				first = bytes;
			assert_true(bytes * 4 >= first * 3);
			while (polyfs_readdir(&volume->fs.reader, 1, &position, &entry) > 0)
				assert_int_equal(polyfs_remove(&volume->fs, 1, entry.name, entry.length), 0);
			assert_int_equal(polyfs_sync(&volume->fs), 0);
			assert_int_equal(volume->fs.reader.super.free_blocks, free);
		}
		print_message("%u blocks hold %llu bytes\n", sizes[i] / 2, (unsigned long long)first);
		volume_free(volume);
	}
}

static void scattered_files_are_removed_in_steps(void **state)
{
	struct volume *volume = volume_new(FLOPPY_1440, POLYFS_CACHE_MIN);
	struct polyfs_checker checker;
	uint32_t inode, free;
	int status = 1;

	(void)state;
	make(volume, 1, "anchor", POLYFS_FILE);
	assert_int_equal(polyfs_sync(&volume->fs), 0);
	free = volume->fs.reader.super.free_blocks;
	inode = make(volume, 1, "scattered", POLYFS_FILE);
	for (uint64_t at = 0; status > 0; at += 3 * POLYFS_BLOCK_SIZE)
		status = polyfs_write(&volume->fs, inode, at, "dot", 3);
	assert_int_equal(status, E_NO_SPACE);
	checker = check_sound(&volume->fs);
	assert_true(checker.extents > 400);
	assert_int_equal(polyfs_truncate(&volume->fs, inode, 900000), 0);
	check_sound(&volume->fs);
	assert_int_equal(polyfs_remove(&volume->fs, 1, "scattered", 9), 0);
	assert_int_equal(polyfs_sync(&volume->fs), 0);
	assert_int_equal(volume->fs.reader.super.free_blocks, free);
	volume_free(volume);
}

/* A tree of four levels on a volume without room: whatever is tried fits or is refused. */
static void deep_tree_on_a_full_volume(void **state)
{
	enum { NAMES = 12000, LENGTH = 240 };
	struct volume *volume = volume_new(9000, POLYFS_CACHE_MIN);
	struct polyfs *fs = &volume->fs;
	char name[2][LENGTH + 1];
	uint64_t seed = 8;
	uint32_t inode, done[4] = { 0 };

	(void)state;
	memset(name, '-', sizeof(name));
	for (uint32_t n = 0; n < NAMES; n++) {
		int status;

		sprintf(name[0], "name %u", n);
		name[0][strlen(name[0])] = '-';
		status = polyfs_create(fs, 1, name[0], LENGTH, POLYFS_FILE, &inode);
		if (status < 0) {
			assert_int_equal(status, E_NO_SPACE);
			break;
		}
	}
	assert_true(fs->reader.super.levels >= 3);
	for (int round = 0; round < 6000; round++) {
		struct polyfs_dirent entry;
		struct polyfs_stat stat;
		uint32_t position = random_next(&seed), dice = random_below(&seed, 4);
		int status = polyfs_readdir(&fs->reader, 1, &position, &entry);

		if (status == 0)
			continue;
		assert_int_equal(status, 1);
		if (round / 300 % 2 && dice == 3)
			dice = 0;       /* ebb and flow, so that everything gets its turn */
		sprintf(name[1], "round %d", round);
		name[1][strlen(name[1])] = '-';
		if (dice == 0)
			status = polyfs_remove(fs, 1, entry.name, entry.length);
		else if (dice == 1)
			status = polyfs_create(fs, 1, name[1], LENGTH, POLYFS_FILE, &inode);
		else if (dice == 2)
			status = polyfs_rename(fs, 1, entry.name, entry.length, 1, name[1], LENGTH);
		else
			status = polyfs_write(fs, entry.inode, random_below(&seed, 60) * 2048, "x", 1);
		if (status < 0)
			assert_int_equal(status, E_NO_SPACE);
		else
			done[dice]++;
		if (dice == 0)
			assert_int_equal(status, 0);
		assert_int_equal(polyfs_stat(&fs->reader, 1, &stat), 0);
		if (round % 2000 == 0)
			volume_remount(volume);
	}
	print_message("%u levels; %u removed, %u created, %u renamed, %u written\n",
		      fs->reader.super.levels, done[0], done[1], done[2], done[3]);
	for (int i = 0; i < 4; i++)
		assert_true(done[i] > 20);
	volume_free(volume);
}

/* --- mounting --------------------------------------------------------------------------------------------- */

static void older_superblock_serves(void **state)
{
	struct volume *volume = volume_new(FLOPPY_360, POLYFS_CACHE_DEFAULT);
	uint64_t newest;

	(void)state;
	make(volume, 1, "first", POLYFS_FILE);
	assert_int_equal(polyfs_sync(&volume->fs), 0);
	make(volume, 1, "second", POLYFS_FILE);
	assert_int_equal(polyfs_sync(&volume->fs), 0);
	newest = volume->fs.reader.super.generation;
	volume->disk.data[(newest & 1 ? POLYFS_SUPER_SECTOR_1 : POLYFS_SUPER_SECTOR_0) * 512 + 40] ^= 1;
	volume_mount(volume);
	assert_int_equal(volume->fs.reader.super.generation, newest - 1);
	look_up(volume, "first");
	assert_int_equal(found(volume, "second"), E_NOT_FOUND);
	check_sound(&volume->fs);
	make(volume, 1, "third", POLYFS_FILE);
	volume_remount(volume);
	look_up(volume, "third");
	volume_free(volume);
}

static void read_only_writes_nothing(void **state)
{
	struct volume *volume = volume_new(FLOPPY_360, POLYFS_CACHE_DEFAULT);
	struct polyfs_device device = ramdisk_device(&volume->disk);
	uint32_t inode = make(volume, 1, "file", POLYFS_FILE), other;
	char buf[10];

	(void)state;
	assert_int_equal(polyfs_write(&volume->fs, inode, 0, "contents", 8), 8);
	assert_int_equal(polyfs_unmount(&volume->fs), 0);
	volume->disk.writes = 0;
	assert_int_equal(polyfs_mount(&volume->fs, &device, volume->cache, volume->cache_size, true), 0);
	assert_int_equal(polyfs_read(&volume->fs.reader, inode, 0, buf, 10), 8);
	assert_int_equal(polyfs_create(&volume->fs, 1, "x", 1, POLYFS_FILE, &other), E_READ_ONLY);
	assert_int_equal(polyfs_write(&volume->fs, inode, 0, "x", 1), E_READ_ONLY);
	assert_int_equal(polyfs_truncate(&volume->fs, inode, 1), E_READ_ONLY);
	assert_int_equal(polyfs_remove(&volume->fs, 1, "file", 4), E_READ_ONLY);
	assert_int_equal(polyfs_rmdir(&volume->fs, 1, "file", 4), E_READ_ONLY);
	assert_int_equal(polyfs_rename(&volume->fs, 1, "file", 4, 1, "x", 1), E_READ_ONLY);
	assert_int_equal(polyfs_set_mtime(&volume->fs, inode, 1), E_READ_ONLY);
	check_sound(&volume->fs);
	assert_int_equal(polyfs_unmount(&volume->fs), 0);
	assert_int_equal(volume->disk.writes, 0);

	/* A volume cut short: read-only, as far as it goes. */
	device.sector_count = 200;
	assert_int_equal(polyfs_mount(&volume->fs, &device, volume->cache, volume->cache_size, false),
			 E_RANGE);
	assert_int_equal(polyfs_mount(&volume->fs, &device, volume->cache, volume->cache_size, true), 0);
	look_up(volume, "file");
	volume_mount(volume);
	volume_free(volume);
}

static void what_is_no_volume(void **state)
{
	struct volume *volume = volume_new(FLOPPY_360, POLYFS_CACHE_DEFAULT);
	struct polyfs_device device = ramdisk_device(&volume->disk);
	struct polyfs_super *super = (struct polyfs_super *)(volume->disk.data + POLYFS_SUPER_SECTOR_1 * 512);
	struct polyfs fs;

	(void)state;
	assert_int_equal(polyfs_mount(&fs, &device, volume->cache, POLYFS_CACHE_MIN - 1, false), E_NO_MEMORY);
	super->version = 2;
	super->crc = polyfs_crc_sealed(super, sizeof(*super), offsetof(struct polyfs_super, crc));
	assert_int_equal(polyfs_mount(&fs, &device, volume->cache, volume->cache_size, false), E_VERSION);
	memset(super, 0, sizeof(*super));
	assert_int_equal(polyfs_mount(&fs, &device, volume->cache, volume->cache_size, false), E_DAMAGED);
	volume->disk.fail_at = volume->disk.calls + 1;
	volume->disk.fail_on = true;
	assert_int_equal(polyfs_mount(&fs, &device, volume->cache, volume->cache_size, false), E_IO);
	ramdisk_free(&volume->disk);
	free(volume->cache);
	free(volume);
}

/* --- the loader's half ------------------------------------------------------------------------------------- */

static void reader_alone(void **state)
{
	struct volume *volume = volume_new(FLOPPY_1440, POLYFS_CACHE_DEFAULT);
	uint32_t boot = make(volume, 1, "boot", POLYFS_DIRECTORY);
	uint32_t inode = make(volume, boot, "kernel", POLYFS_FILE);
	uint32_t work[POLYFS_BLOCK_SIZE / 4];
	uint8_t *image = malloc(200000), *back = malloc(200001);
	struct polyfs_reader reader;
	struct polyfs_stat stat;
	struct polyfs_dirent entry;
	uint32_t position = 0;
	char name[20];
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < 200000; i++)
		image[i] = random_next(&seed);
	for (int i = 0; i < 200; i++) {
		sprintf(name, "module%d", i);
		make(volume, boot, name, POLYFS_FILE);
	}
	assert_int_equal(polyfs_write(&volume->fs, inode, 0, image, 200000), 200000);
	assert_int_equal(polyfs_unmount(&volume->fs), 0);

	polyfs_reader_init(&reader, ramdisk_read, &volume->disk, work);
	assert_int_equal(polyfs_reader_mount(&reader, FLOPPY_1440), 0);
	assert_int_equal(polyfs_find(&reader, POLYFS_INODE_ROOT, "/boot/kernel", &stat), 0);
	assert_int_equal(stat.size, 200000);
	assert_int_equal(polyfs_read(&reader, stat.inode, 0, back, 200001), 200000);
	assert_memory_equal(back, image, 200000);
	for (int i = 0; i < 500; i++) {
		uint32_t offset = random_below(&seed, 200000), length = random_below(&seed, 3000);
		uint32_t most = length < 200000 - offset ? length : 200000 - offset;

		assert_int_equal(polyfs_read(&reader, stat.inode, offset, back, length), most);
		assert_memory_equal(back, image + offset, most);
	}
	for (int i = 0; i < 201; i++)
		assert_int_equal(polyfs_readdir(&reader, boot, &position, &entry), 1);
	assert_int_equal(polyfs_readdir(&reader, boot, &position, &entry), 0);
	free(image);
	free(back);
	volume_mount(volume);
	volume_free(volume);
}

/* --- failing devices ----------------------------------------------------------------------------------------- */

/* Some work on a mounted volume; stops at the first error. */
static int work_do(struct polyfs *fs)
{
	static uint8_t text[9000];
	uint32_t directory, inode;
	int status = polyfs_create(fs, 1, "work", 4, POLYFS_DIRECTORY, &directory);

	for (char name = 'a'; name < 'm' && status >= 0; name++) {
		status = polyfs_create(fs, directory, &name, 1, POLYFS_FILE, &inode);
		if (status >= 0)
			status = polyfs_write(fs, inode, name * 11, text, sizeof(text) - name * 20);
		if (status >= 0 && name % 3 == 0)
			status = polyfs_truncate(fs, inode, 3000);
		if (status >= 0 && name % 4 == 0)
			status = polyfs_sync(fs);
	}
	if (status >= 0)
		status = polyfs_rename(fs, directory, "b", 1, 1, "kept", 4);
	if (status >= 0)
		status = polyfs_remove(fs, directory, "c", 1);
	return status < 0 ? status : polyfs_sync(fs);
}

static void device_fails(void **state)
{
	int survived = 0;

	(void)state;
	for (int keep = 0; keep < 2; keep++) {
		for (long n = 1; ; n++) {
			struct volume *volume = volume_new(FLOPPY_360, POLYFS_CACHE_MIN);
			uint32_t inode = make(volume, 1, "before", POLYFS_FILE);
			char buf[20];
			int status;

			assert_int_equal(polyfs_write(&volume->fs, inode, 0, "synced", 6), 6);
			volume_remount(volume);
			volume->disk.calls = 0;
			volume->disk.fail_at = n;
			volume->disk.fail_on = keep;
			status = work_do(&volume->fs);
			volume->disk.fail_at = 0;
			if (status == 0) {
				volume_free(volume);
				break;
			}
			assert_int_equal(status, E_IO);
			/* Reading goes on in any case. */
			assert_int_equal(polyfs_read(&volume->fs.reader, inode, 0, buf, 20), 6);
			/* Where nothing was half done, so does writing. */
			if (polyfs_sync(&volume->fs) == 0) {
				survived++;
				check_sound(&volume->fs);
				make(volume, 1, "after", POLYFS_FILE);
				assert_int_equal(polyfs_sync(&volume->fs), 0);
			} else {
				uint32_t other;

				assert_int_equal(polyfs_create(&volume->fs, 1, "after", 5, POLYFS_FILE,
							       &other), E_IO);
			}
			volume_mount(volume);
			assert_int_equal(polyfs_read(&volume->fs.reader, inode, 0, buf, 20), 6);
			assert_memory_equal(buf, "synced", 6);
			volume_free(volume);
		}
	}
	assert_true(survived > 0);
}

static void check_finds_faults(void **state)
{
	/* Freed in the bitmap, or taken: each is told, with the block. */
	struct volume *volume = volume_new(FLOPPY_360, POLYFS_CACHE_DEFAULT);
	uint32_t inode = make(volume, 1, "file", POLYFS_FILE);
	static uint8_t work[POLYFS_PAYLOAD];
	struct polyfs_checker checker = { .work = work, .work_size = sizeof(work) };
	struct polyfs_bitmap *bitmap = NULL;

	(void)state;
	assert_int_equal(polyfs_write(&volume->fs, inode, 0, work, 900), 900);
	assert_int_equal(polyfs_unmount(&volume->fs), 0);
	for (int place = 0; place < 2; place++) {
		struct polyfs_bitmap *b = (struct polyfs_bitmap *)(volume->disk.data +
			(volume->fs.reader.super.bitmap_start + place) * POLYFS_BLOCK_SIZE);

		if (!bitmap || b->header.generation > bitmap->header.generation)
			bitmap = b;
	}
	bitmap->bits[0] ^= 1;
	bitmap->bits[20] ^= 1;
	bitmap->header.crc = polyfs_crc_sealed(bitmap, POLYFS_BLOCK_SIZE,
					       offsetof(struct polyfs_header, crc));
	volume_mount(volume);
	assert_true(polyfs_check(&volume->fs, &checker) >= 2);
	assert_int_equal(checker.files, 1);
	checker.work_size = 5;
	assert_int_equal(polyfs_check(&volume->fs, &checker), E_NO_MEMORY);
	ramdisk_free(&volume->disk);
	free(volume->cache);
	free(volume);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(format_of_every_size),
		cmocka_unit_test(format_refuses_what_cannot_be),
		cmocka_unit_test(boot_area_is_left_alone),
		cmocka_unit_test(volume_of_terabytes),
		cmocka_unit_test(names_and_what_is_refused),
		cmocka_unit_test(paths_walk),
		cmocka_unit_test(many_names),
		cmocka_unit_test(names_with_equal_hashes),
		cmocka_unit_test(renames),
		cmocka_unit_test(contents_like_an_array),
		cmocka_unit_test(growth_makes_few_extents),
		cmocka_unit_test(guest_disk_filled_at_random),
		cmocka_unit_test(attributes),
		cmocka_unit_test(full_volumes_can_be_emptied),
		cmocka_unit_test(scattered_files_are_removed_in_steps),
		cmocka_unit_test(deep_tree_on_a_full_volume),
		cmocka_unit_test(older_superblock_serves),
		cmocka_unit_test(read_only_writes_nothing),
		cmocka_unit_test(what_is_no_volume),
		cmocka_unit_test(reader_alone),
		cmocka_unit_test(device_fails),
		cmocka_unit_test(check_finds_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
