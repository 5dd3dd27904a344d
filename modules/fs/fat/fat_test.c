/* Volumes made by hand, with what mtools and Windows leave in them: chains over sector
 * borders, long names, deleted entries; and damage, which must end in an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "fat.h"

enum { SECTORS = 6000 };

static uint8_t disk[SECTORS * 512];
static struct fat_volume v;
static unsigned base;                    /* the volume's first sector */

static int disk_read(void *ctx, uint64_t sector, uint32_t count, void *buf)
{
	(void)ctx;
	if (sector + count > SECTORS)
		return E_RANGE;
	memcpy(buf, disk + sector * 512, count * 512);
	return E_OK;
}

static uint8_t *at(unsigned sector)
{
	return disk + (base + sector) * 512;
}

static void put16(uint8_t *to, unsigned value)
{
	to[0] = (uint8_t)value;
	to[1] = (uint8_t)(value >> 8);
}

/* One FAT of `fat_sectors`, 16 root entries, one sector a cluster. */
static void format(unsigned sectors, unsigned fat_sectors)
{
	uint8_t *boot = at(0);

	put16(boot + 11, 512);
	boot[13] = 1;
	put16(boot + 14, 1);
	boot[16] = 1;
	put16(boot + 17, 16);
	put16(boot + 19, sectors);
	put16(boot + 22, fat_sectors);
	put16(boot + 510, 0xAA55);
}

static void set_fat12(unsigned cluster, unsigned value)
{
	uint8_t *entry = at(1) + cluster + cluster / 2;

	if (cluster & 1)
		put16(entry, (entry[0] & 0x0F) | value << 4);
	else
		put16(entry, (entry[1] & 0xF0) << 8 | value);
}

static uint8_t *add_entry(uint8_t *entry, const char *name, unsigned attributes, unsigned first, unsigned size)
{
	memcpy(entry, name, 11);
	entry[11] = (uint8_t)attributes;
	put16(entry + 24, (2020 - 1980) << 9 | 2 << 5 | 29);
	put16(entry + 22, 12 << 11 | 30 << 5 | 5);
	put16(entry + 26, first);
	put16(entry + 28, size);
	return entry + 32;
}

static void long_entry(uint8_t *entry, unsigned order, const char *part, const char *short_name)
{
	static const uint8_t places[13] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
	uint8_t sum = 0;
	bool ended = false;

	for (int i = 0; i < 11; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + (uint8_t)short_name[i]);
	entry[0] = (uint8_t)order;
	entry[11] = 0x0F;
	entry[13] = sum;
	for (int i = 0; i < 13; i++) {
		put16(entry + places[i], ended ? 0xFFFF : (uint8_t)*part);
		ended = ended || !*part++;
	}
}

static int setup(void **state)
{
	(void)state;
	memset(disk, 0, sizeof disk);
	base = 0;
	v = (struct fat_volume){ .read = disk_read };
	return 0;
}

/* A floppy: FAT in sectors 1-2, root in 3, cluster n in sector n + 2. */
static void make_floppy(void)
{
	uint8_t *root;

	format(600, 2);
	root = add_entry(at(3), "VOLUME     ", 0x08, 0, 0);
	root = add_entry(root, "\xE5" "ONE    TXT", 0x20, 9, 9);
	root = add_entry(root, "README  TXT", 0x20, 340, 1200);
	root = add_entry(root, "SUB        ", 0x10, 5, 0);
	long_entry(root, 0x42, "ame.txt", "ALONGN~1TXT");
	long_entry(root + 32, 0x01, "A long file n", "ALONGN~1TXT");
	root = add_entry(root + 64, "ALONGN~1TXT", 0x20, 0, 0);
	add_entry(root, "\x05" "\x81         ", 0x20, 7, 5);
	set_fat12(340, 341); /* lies across the FAT's two sectors */
	set_fat12(341, 3);
	set_fat12(3, 0xFFF);
	set_fat12(5, 0xFF8);
	set_fat12(6, 0xFFF);
	set_fat12(7, 0xFFF);
	add_entry(at(7), "INNER      ", 0x20, 6, 3);
	memcpy(at(8), "in!", 3);
	memset(at(342), 'a', 512);
	memset(at(343), 'b', 512);
	memset(at(5), 'c', 512);
}

static void a_floppy_is_read(void **state)
{
	struct fat_node node;
	uint32_t free;
	char buf[1300];

	(void)state;
	make_floppy();
	assert_int_equal(fat_mount(&v), E_OK);
	assert_int_equal(v.bits, 12);
	assert_int_equal(fat_find(&v, "/readme.TXT", &node), E_OK);
	assert_int_equal(node.mtime, 1582979410);
	assert_int_equal(fat_read(&v, &node, 500, buf, 600), 600);
	assert_int_equal(buf[11], 'a');
	assert_int_equal(buf[12], 'b');
	assert_int_equal(buf[524], 'c');
	assert_int_equal(fat_read(&v, &node, 0, buf, sizeof buf), 1200);
	assert_int_equal(fat_read(&v, &node, 1200, buf, 10), 0);
	assert_int_equal(fat_find(&v, "/sub/inner", &node), E_OK);
	assert_int_equal(fat_read(&v, &node, 0, buf, 10), 3);
	assert_memory_equal(buf, "in!", 3);
	assert_int_equal(fat_find(&v, "/sub/none", &node), E_NOT_FOUND);
	assert_int_equal(fat_find(&v, "/readme.txt/x", &node), E_NOT_DIR);
	assert_int_equal(fat_find(&v, "/one.txt", &node), E_NOT_FOUND);
	assert_int_equal(fat_free(&v, &free), E_OK);
	assert_int_equal(free, v.clusters - 6);
}

static void names_are_told(void **state)
{
	static const char *const names[] = { "README.TXT", "SUB", "A long file name.txt", "\xCF\x83\xC3\xBC" };
	struct fat_node root, node;
	char name[FS_NAME_MAX];
	uint64_t cursor = 0;
	unsigned n = 0;

	(void)state;
	make_floppy();
	assert_int_equal(fat_mount(&v), E_OK);
	assert_int_equal(fat_find(&v, "/", &root), E_OK);
	while (fat_next(&v, &root, &cursor, name, &node) == 1)
		assert_string_equal(name, names[n++]);
	assert_int_equal(n, 4);
	assert_int_equal(fat_find(&v, "/a LONG file name.txt", &node), E_OK);
}

static void a_partition_is_found(void **state)
{
	(void)state;
	base = 63;
	format(5500, 20);
	disk[446 + 16 + 4] = 0x06;
	put16(disk + 446 + 16 + 8, 63);
	put16(disk + 510, 0xAA55);
	assert_int_equal(fat_mount(&v), E_OK);
	assert_int_equal(v.bits, 16);
	assert_int_equal(v.start, 63);
}

static void damage_is_an_error(void **state)
{
	struct fat_node node;
	char buf[1200];

	(void)state;
	assert_int_equal(fat_mount(&v), E_DAMAGED);
	make_floppy();
	set_fat12(341, 0);
	assert_int_equal(fat_mount(&v), E_OK);
	assert_int_equal(fat_find(&v, "/README.TXT", &node), E_OK);
	assert_int_equal(fat_read(&v, &node, 0, buf, 1200), E_DAMAGED);
	set_fat12(5, 5); /* a directory that goes round in a circle, without an end */
	for (int i = 0; i < 16; i++)
		add_entry(at(7) + 32 * i, "X          ", 0x20, 0, 0);
	v.cached = UINT64_MAX;
	assert_int_equal(fat_find(&v, "/SUB/Y", &node), E_DAMAGED);
}

static void random_volumes_do_no_harm(void **state)
{
	(void)state;
	srand(3);
	for (int round = 0; round < 300; round++) {
		struct fat_node dir, node;
		char name[FS_NAME_MAX], buf[600];
		uint64_t cursor = 0;

		setup(NULL);
		make_floppy();
		for (int i = 0; i < 60; i++)
			disk[rand() % (8 * 512)] = (uint8_t)rand();
		if (fat_mount(&v) || fat_find(&v, "/", &dir))
			continue;
		for (int i = 0; i < 40 && fat_next(&v, &dir, &cursor, name, &node) == 1; i++)
			if (fat_read(&v, &node, (unsigned)rand() % 2000, buf, sizeof buf) < 0)
				continue;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_floppy_is_read, setup),
		cmocka_unit_test_setup(names_are_told, setup),
		cmocka_unit_test_setup(a_partition_is_found, setup),
		cmocka_unit_test_setup(damage_is_an_error, setup),
		cmocka_unit_test_setup(random_volumes_do_no_harm, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
