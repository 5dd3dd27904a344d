/* The tree against a sorted list: records of all lengths, put in and taken out at random and
 * in stretches, so that nodes of every fullness meet. */
#include "inner.h"
#include "ramdisk_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

enum { KEYS = 30000, SECTORS = 60000 };

struct bench {
	struct ramdisk disk;
	struct polyfs fs;
	uint8_t *cache;
	uint16_t length[KEYS];          /* of the record with this key, plus 1; 0 = none */
	uint8_t fill[KEYS];
	uint64_t seed;
};

/* Keys of the list of orphans, with room on both sides. */
static uint64_t key_of(uint32_t n)
{
	return POLYFS_KEY(0, POLYFS_KIND_ORPHAN, 7 + n * 3);
}

static void change(struct bench *bench, uint32_t n, bool there, uint16_t length)
{
	uint8_t data[POLYFS_RECORD_MAX];
	int status;

	assert_int_equal(polyfs_begin(&bench->fs, 50), 0);
	memset(data, ++bench->fill[n], sizeof(data));
	if (there && bench->length[n]) {
		length = bench->length[n] - 1;
		status = polyfs_tree_update(&bench->fs, key_of(n), data, length);
	} else if (there) {
		status = polyfs_tree_insert(&bench->fs, key_of(n), data, length);
	} else {
		status = polyfs_tree_delete(&bench->fs, key_of(n));
	}
	assert_int_equal(polyfs_end(&bench->fs, status), 0);
	bench->length[n] = there ? length + 1 : 0;
}

static void compare(struct bench *bench)
{
	struct polyfs_record record;
	uint64_t key = 0;
	uint32_t n = 0;

	for (;; n++) {
		int status = polyfs_seek(&bench->fs.reader, key, POLYFS_AT_OR_AFTER, &record);

		assert_int_equal(status, 1);
		while (n < KEYS && !bench->length[n])
			n++;
		if (n == KEYS)
			break;
		assert_true(record.key == key_of(n));
		assert_int_equal(record.length, bench->length[n] - 1);
		for (uint32_t i = 0; i < record.length; i++)
			assert_int_equal(record.bytes[i], bench->fill[n]);
		key = record.key + 1;
	}
	assert_true(record.key == POLYFS_KEY(POLYFS_INODE_ROOT, POLYFS_KIND_INODE, 0));
	/* And backwards, from the middle of the gaps. */
	for (int tries = 0; tries < 300; tries++) {
		int at = random_below(&bench->seed, KEYS);
		int status = polyfs_seek(&bench->fs.reader, key_of(at) + 1, POLYFS_AT_OR_BEFORE, &record);

		while (at >= 0 && !bench->length[at])
			at--;
		assert_int_equal(status, at >= 0);
		if (at >= 0)
			assert_true(record.key == key_of(at));
	}
}

/* Nodes in use must be all that the bitmaps call used. */
static void space_compare(struct bench *bench)
{
	static uint8_t work[8 * POLYFS_PAYLOAD];
	struct polyfs_checker checker = { .work = work, .work_size = sizeof(work) };
	struct polyfs_super *super = &bench->fs.reader.super;

	/* The records are no proper orphans, which is all that it may complain about. */
	assert_true(polyfs_check(&bench->fs, &checker) >= 0);
	assert_int_equal(checker.nodes, super->block_count - super->data_start - super->free_blocks);
}

static uint16_t length_random(struct bench *bench, int mode)
{
	switch (mode) {
	case 0:
		return random_below(&bench->seed, POLYFS_RECORD_MAX + 1);
	case 1:         /* either very short or as long as can be: the hardest to split */
		return random_below(&bench->seed, 3) ? random_below(&bench->seed, 4) :
		       POLYFS_RECORD_MAX - random_below(&bench->seed, 4);
	default:
		return 8;
	}
}

static void round_random(struct bench *bench, int mode)
{
	uint32_t count = random_below(&bench->seed, 3000);
	uint32_t from = random_below(&bench->seed, KEYS), dice = random_below(&bench->seed, 6);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = random_below(&bench->seed, KEYS);

		if (dice < 2) {                 /* here and there */
			if (bench->length[n] && dice == 0)
				change(bench, n, false, 0);
			else
				change(bench, n, true, length_random(bench, mode));
			continue;
		}
		n = (from + i) % KEYS;          /* in a stretch, upwards or downwards */
		if (dice & 1)
			n = KEYS - 1 - n;
		if (dice < 4)
			change(bench, n, true, length_random(bench, mode));
		else if (bench->length[n] && random_below(&bench->seed, 50))
			change(bench, n, false, 0);
	}
	if (random_below(&bench->seed, 4) == 0)
		assert_int_equal(polyfs_sync(&bench->fs), 0);
}

static void tree_like_a_list(int mode, int rounds, uint64_t seed)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct polyfs_format format = { .boot_size = 1 };
	struct polyfs_device device;
	uint32_t work[POLYFS_BLOCK_SIZE / 4], free_blocks;
	unsigned levels = 0;

	ramdisk_init(&bench->disk, SECTORS, seed);
	bench->cache = malloc(POLYFS_CACHE_MIN);
	bench->seed = seed;
	device = ramdisk_device(&bench->disk);
	assert_int_equal(polyfs_format(&device, &format, work), 0);
	assert_int_equal(polyfs_mount(&bench->fs, &device, bench->cache, POLYFS_CACHE_MIN, false), 0);
	free_blocks = bench->fs.reader.super.free_blocks;
	for (int round = 0; round < rounds; round++) {
		round_random(bench, mode);
		if (bench->fs.reader.super.levels > levels)
			levels = bench->fs.reader.super.levels;
		if (round % 8 == 0) {
			compare(bench);
			space_compare(bench);
		}
	}
	compare(bench);
	/* Out with every record, those of even keys first. */
	for (uint32_t i = 0; i < 2; i++)
		for (uint32_t n = i; n < KEYS; n += 2)
			if (bench->length[n])
				change(bench, n, false, 0);
	compare(bench);
	assert_int_equal(polyfs_sync(&bench->fs), 0);
	assert_int_equal(bench->fs.reader.super.levels, 1);
	assert_int_equal(bench->fs.reader.super.free_blocks, free_blocks);
	print_message("up to %u levels\n", levels);
	free(bench->cache);
	ramdisk_free(&bench->disk);
	free(bench);
}

static void lengths_of_all_kinds(void **state)
{
	(void)state;
	tree_like_a_list(0, 50, 1);
}

static void lengths_of_extremes(void **state)
{
	(void)state;
	tree_like_a_list(1, 60, 2);
}

static void lengths_of_extents(void **state)
{
	(void)state;
	tree_like_a_list(2, 80, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_of_all_kinds),
		cmocka_unit_test(lengths_of_extremes),
		cmocka_unit_test(lengths_of_extents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
