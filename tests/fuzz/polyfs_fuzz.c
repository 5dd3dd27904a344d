/* Damaged and hostile polyfs volumes: whatever is on the disk, no crash, no endless loop.
 *
 * A sound volume is filled, then bytes in its metadata are changed: at random, or with sense
 * (numbers replaced by borders and by each other, whole blocks swapped or doubled), most
 * often with the checksum made right again, so that the code behind it gets to see them.
 * Then everything is done that can be done to a volume, each step with the device also
 * failing at a random call. ASan and UBSan watch; a clock watches for loops.
 *
 *     polyfs_fuzz [SECONDS [SEED]]           5 seconds and a fixed seed if not given */
#include "../../modules/fs/polyfs/ramdisk_test.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
	BLOCKS = 360,
	BYTES = BLOCKS * POLYFS_BLOCK_SIZE,
	CACHE = POLYFS_CACHE_MIN,
	STEP_SECONDS = 10,              /* more for one volume is a loop */
};

static struct polyfs fs;
static struct polyfs_device device;
static struct ramdisk disk;
static uint64_t seed;
static long volumes, mounted, changed, sound;

static void must(int status)
{
	if (status < 0) {
		fprintf(stderr, "polyfs_fuzz: making the volume: %s\n", error_text(status));
		exit(1);
	}
}

/* A volume with everything: two levels, long names, holes, scattered files, both places of
 * table and bitmap in use. */
static void volume_make(uint8_t *cache)
{
	struct polyfs_format format = { .boot_size = 1, .id = "fuzz" };
	static uint8_t data[20000];
	uint32_t work[POLYFS_BLOCK_SIZE / 4], directory, inode;
	char name[256];

	must(polyfs_format(&device, &format, work));
	must(polyfs_mount(&fs, &device, cache, CACHE, false));
	must(polyfs_create(&fs, 1, "dir", 3, POLYFS_DIRECTORY, &directory));
	for (int i = 0; i < 40; i++) {
		int length = snprintf(name, sizeof(name), "file%d", i);

		if (i % 10 == 0) {
			memset(name + length, 'x', 200);
			length += 200;
		}
		must(polyfs_create(&fs, i % 3 ? directory : 1, name, length,
				   i % 13 ? POLYFS_FILE : POLYFS_DIRECTORY, &inode));
		if (i % 13 == 0)
			continue;
		must(polyfs_write(&fs, inode, i % 5 ? 0 : 100000, data, i * 77));
		if (i % 8 == 1)
			for (int j = 0; j < 20; j++)
				must(polyfs_write(&fs, inode, 50000 + j * 3000, data, 100));
		if (i % 7 == 0)
			must(polyfs_sync(&fs));
	}
	must(polyfs_unmount(&fs));
}

/* --- damage -------------------------------------------------------------------------------------- */

static bool has_header(const uint8_t *block)
{
	uint32_t magic;

	memcpy(&magic, block, 4);
	return magic == POLYFS_NODE_MAGIC || magic == POLYFS_TABLE_MAGIC ||
	       magic == POLYFS_BITMAP_MAGIC;
}

static uint32_t block_random(void)
{
	for (;;) {
		uint32_t block = random_below(&seed, BLOCKS);

		if (has_header(disk.data + block * POLYFS_BLOCK_SIZE))
			return block;
	}
}

static uint32_t number_random(const uint8_t *near)
{
	static const uint32_t numbers[] = {
		0, 1, 2, 3, 7, 12, 16, 255, 256, 992, 1023, 1024, 0x7FFF, 0x8000, 0xFFFF, 0x10000,
		0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, BLOCKS - 1, BLOCKS, BLOCKS + 1,
	};
	uint32_t number;

	switch (random_below(&seed, 4)) {
	case 0:
		return numbers[random_below(&seed, sizeof(numbers) / sizeof(numbers[0]))];
	case 1:
		return random_below(&seed, BLOCKS);
	case 2:
		memcpy(&number, near, 4);
		return number + random_below(&seed, 5) - 2;
	default:
		return random_next(&seed);
	}
}

/* Changes something in `length` bytes. */
static void bytes_change(uint8_t *bytes, uint32_t length)
{
	uint32_t at = random_below(&seed, length - 4), number;

	switch (random_below(&seed, 4)) {
	case 0:
		bytes[at] ^= 1 << random_below(&seed, 8);
		break;
	case 1:
		bytes[at] = random_next(&seed);
		break;
	case 2:
		at &= ~3u;
		number = number_random(bytes + at);
		memcpy(bytes + at, &number, 4);
		break;
	default:
		at &= ~1u;
		number = number_random(bytes + at);
		memcpy(bytes + at, &number, 2);
	}
}

/* Where in a node damage is likely to matter: header, slots, or the records. */
static void block_change(uint8_t *block)
{
	switch (random_below(&seed, 4)) {
	case 0:
		bytes_change(block + 24, 8);
		break;
	case 1:
		bytes_change(block + 32, 12 * 12);
		break;
	default:
		bytes_change(block + 8, POLYFS_BLOCK_SIZE - 8);
	}
}

static void super_seal(uint32_t sector)
{
	struct polyfs_super *super = (struct polyfs_super *)(disk.data + sector * POLYFS_SECTOR_SIZE);

	super->crc = polyfs_crc_sealed(super, sizeof(*super), offsetof(struct polyfs_super, crc));
}

static void block_seal(uint32_t block)
{
	struct polyfs_header *header = (struct polyfs_header *)(disk.data + block * POLYFS_BLOCK_SIZE);

	header->crc = polyfs_crc_sealed(header, POLYFS_BLOCK_SIZE, offsetof(struct polyfs_header, crc));
}

static void damage(void)
{
	for (uint32_t n = 1 + random_below(&seed, 4); n > 0; n--) {
		uint32_t block = block_random(), other = block_random();
		uint8_t *at = disk.data + block * POLYFS_BLOCK_SIZE;
		uint32_t dice = random_below(&seed, 16);

		if (dice == 0) {
			uint32_t sector = random_below(&seed, 2) ? POLYFS_SUPER_SECTOR_0 :
					  POLYFS_SUPER_SECTOR_1;

			bytes_change(disk.data + sector * POLYFS_SECTOR_SIZE +
				     (random_below(&seed, 2) ? 72 : 0), 32);
			super_seal(sector);
			continue;
		}
		if (dice == 1)          /* one block in the other's place, address and all */
			memcpy(at + 12, disk.data + other * POLYFS_BLOCK_SIZE + 12, POLYFS_BLOCK_SIZE - 12);
		else
			block_change(at);
		if (dice != 2)
			block_seal(block);
	}
}

/* --- use ------------------------------------------------------------------------------------------ */

static void file_use(uint32_t inode, uint64_t size)
{
	static uint8_t buf[9000];
	uint32_t length = random_below(&seed, sizeof(buf));
	uint64_t offset = random_below(&seed, 3) ? random_below(&seed, 200000) : size - size / 7;
	int status = polyfs_read(&fs.reader, inode, offset, buf, length);

	if (random_below(&seed, 2))
		status = polyfs_write(&fs, inode, offset, buf, length);
	if (random_below(&seed, 4) == 0)
		status = polyfs_truncate(&fs, inode, random_below(&seed, 200000));
	changed += status >= 0;
}

static void directory_use(uint32_t directory, int depth)
{
	struct polyfs_dirent entry;
	uint32_t position = 0;

	for (int i = 0; i < 200; i++) {
		struct polyfs_stat stat;

		if (polyfs_readdir(&fs.reader, directory, &position, &entry) <= 0)
			break;
		if (polyfs_stat(&fs.reader, entry.inode, &stat) < 0)
			continue;
		if (stat.type == POLYFS_DIRECTORY && depth < 5)
			directory_use(entry.inode, depth + 1);
		else if (random_below(&seed, 2))
			file_use(entry.inode, stat.size);
		if (random_below(&seed, 8) == 0)
			changed += polyfs_remove(&fs, directory, entry.name, entry.length) == 0;
		if (random_below(&seed, 8) == 0)
			changed += polyfs_rename(&fs, directory, entry.name, entry.length, 1,
						 "moved", 5) == 0;
		if (random_below(&seed, 8) == 0)
			changed += polyfs_rmdir(&fs, directory, entry.name, entry.length) == 0;
		if (random_below(&seed, 30) == 0)
			changed += polyfs_sync(&fs) == 0;
	}
}

/* Reads all there is with the loader's half alone, as at boot. */
static void loader_use(void)
{
	static uint8_t buf[4096];
	uint32_t work[POLYFS_BLOCK_SIZE / 4], position = 0;
	struct polyfs_reader reader;
	struct polyfs_dirent entry;

	polyfs_reader_init(&reader, ramdisk_read, &disk, work);
	if (polyfs_reader_mount(&reader, disk.sectors) < 0)
		return;
	for (int i = 0; i < 100; i++) {
		if (polyfs_readdir(&reader, 1, &position, &entry) <= 0)
			break;
		for (uint64_t at = 0; at < 30000; at += sizeof(buf))
			if (polyfs_read(&reader, entry.inode, at, buf, sizeof(buf)) <= 0)
				break;
	}
}

static void volume_use(uint8_t *cache)
{
	static uint8_t work[POLYFS_PAYLOAD];
	struct polyfs_checker checker = { .work = work, .work_size = sizeof(work) };
	uint32_t inode;

	loader_use();
	if (random_below(&seed, 4) == 0) {
		disk.calls = 0;
		disk.fail_at = 1 + random_below(&seed, 300);
		disk.fail_on = random_below(&seed, 2);
	}
	if (polyfs_mount(&fs, &device, cache, CACHE, random_below(&seed, 8) == 0) < 0)
		return;
	mounted++;
	if (random_below(&seed, 2))
		sound += polyfs_check(&fs, &checker) == 0;
	directory_use(1, 0);
	changed += polyfs_create(&fs, 1, "new", 3, POLYFS_FILE, &inode) == 0;
	file_use(inode, 0);
	if (polyfs_check(&fs, &checker) < 0 || polyfs_unmount(&fs) < 0)
		return;
}

int main(int argc, char **argv)
{
	int seconds = argc > 1 ? atoi(argv[1]) : 5;
	uint8_t *cache = malloc(CACHE), *good = malloc(BYTES);
	time_t end = time(NULL) + seconds;

	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 86;
	ramdisk_init(&disk, BLOCKS * POLYFS_BLOCK_SECTORS, 1);
	device = ramdisk_device(&disk);
	volume_make(cache);
	memcpy(good, disk.data, BYTES);
	while (time(NULL) < end) {
		uint64_t start = seed;

		alarm(STEP_SECONDS);
		memcpy(disk.data, good, BYTES);
		disk.fail_at = 0;
		damage();
		volume_use(cache);
		volumes++;
		if (argc > 3)
			printf("%#llx\n", (unsigned long long)start);
	}
	printf("polyfs_fuzz: %ld volumes, %ld mounted, %ld changes, %ld sound; seed now %#llx\n",
	       volumes, mounted, changed, sound, (unsigned long long)seed);
	free(cache);
	free(good);
	ramdisk_free(&disk);
	return 0;
}
