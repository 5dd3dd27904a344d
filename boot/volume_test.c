/* How much of a volume is used, and how much of it to take along. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "volume.h"

enum { GROUPS = 3, BOOT = 64, BITMAPS = BOOT + 2, DATA = BITMAPS + 2 * GROUPS, LAST_GROUP = 100 };

/* Metadata blocks of a volume of three groups, the last one short, in both places each. */
static struct polyfs_table tables[2];
static struct polyfs_bitmap bitmaps[2 * GROUPS];
static uint32_t damaged;

static int fake_load(struct polyfs_reader *reader, uint32_t block, uint32_t magic,
		     const void **data)
{
	(void)reader;
	if (block == damaged)
		return E_DAMAGED;
	if (magic == POLYFS_TABLE_MAGIC) {
		assert_in_range(block, BOOT, BOOT + 1);
		*data = &tables[block - BOOT];
	} else {
		assert_int_equal(magic, POLYFS_BITMAP_MAGIC);
		assert_in_range(block, BITMAPS, DATA - 1);
		*data = &bitmaps[block - BITMAPS];
	}
	return 0;
}

static struct polyfs_reader reader;

static int setup(void **state)
{
	(void)state;
	damaged = 0;
	memset(tables, 0, sizeof(tables));
	memset(bitmaps, 0, sizeof(bitmaps));
	reader = (struct polyfs_reader) {
		.load = fake_load,
		.super = {
			.block_count = DATA + 2 * POLYFS_GROUP_BLOCKS + LAST_GROUP,
			.boot_blocks = BOOT, .bitmap_start = BITMAPS, .data_start = DATA,
			.group_count = GROUPS,
		},
	};
	for (unsigned i = 0; i < 2; i++) {
		tables[i].entries[0] = tables[i].entries[1] = POLYFS_GROUP_BLOCKS;
		tables[i].entries[2] = LAST_GROUP;
	}
	return 0;
}

static uint32_t used(void)
{
	uint32_t blocks = 0;

	assert_int_equal(volume_used(&reader, &blocks), 0);
	return blocks;
}

static void empty_volume(void **state)
{
	(void)state;
	assert_int_equal(used(), DATA);
}

static void last_bit_counts(void **state)
{
	(void)state;
	tables[0].entries[0] -= 2;
	bitmaps[0].bits[0] = 1;
	bitmaps[0].bits[5] = 0x11;
	assert_int_equal(used(), DATA + 5 * 8 + 5);
}

/* Which of the two places counts is said by the superblock and by the table. */
static void selected_places_count(void **state)
{
	(void)state;
	reader.super.select[0] = 1;
	tables[1].entries[1] = (POLYFS_GROUP_BLOCKS - 1) | POLYFS_TABLE_SELECT;
	bitmaps[3].bits[1] = 0x80;
	bitmaps[2].bits[9] = 0xFF;      /* an old state */
	assert_int_equal(used(), DATA + POLYFS_GROUP_BLOCKS + 16);
}

static void bits_beyond_the_end_do_not(void **state)
{
	(void)state;
	tables[0].entries[2] = LAST_GROUP - 1;
	memset(bitmaps[4].bits, 0xFF, sizeof(bitmaps[4].bits));
	memset(bitmaps[4].bits, 0, LAST_GROUP / 8 + 1);
	bitmaps[4].bits[0] = 2;
	assert_int_equal(used(), DATA + 2 * POLYFS_GROUP_BLOCKS + 2);
}

static void damage_is_passed_on(void **state)
{
	uint32_t blocks;

	(void)state;
	damaged = BOOT;
	assert_int_equal(volume_used(&reader, &blocks), E_DAMAGED);
}

/* --- room ------------------------------------------------------------------------ */

#define MB 0x100000ull

static uint32_t room(uint64_t memory_mb, uint64_t used_kb, uint64_t total_mb, uint64_t modules_kb)
{
	const struct boot_range map[] = {
		{ MB, (memory_mb - 1) * MB, BOOT_RANGE_USABLE, 0 },
	};
	const struct place place = { .ranges = map, .range_count = 1 };

	return volume_room(&place, used_kb * 1024, total_mb * MB, modules_kb * 1024);
}

static void room_for_all(void **state)
{
	(void)state;
	assert_int_equal(room(64, 1024, 2, 300), 2 * MB);
}

static void room_for_what_is_used(void **state)
{
	uint32_t size = room(8, 1000, 64, 300);

	(void)state;
	assert_true(size > 1000 * 1024 && size < 2 * MB);
	assert_int_equal(size % 4096, 0);
	/* 2.75 MB for the copy, all of it in use: not a byte more */
	assert_int_equal(room(5, 2816, 64, 0), 2816 * 1024);
	assert_int_equal(room(5, 2815, 64, 0), 2816 * 1024);
}

static void room_for_a_part(void **state)
{
	(void)state;
	assert_int_equal(room(5, 20000, 64, 512), 2304 * 1024);
	assert_int_equal(room(3, 20000, 64, 720), 0);
	assert_int_equal(room(2, 1000, 64, 500), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(empty_volume, setup),
		cmocka_unit_test_setup(last_bit_counts, setup),
		cmocka_unit_test_setup(selected_places_count, setup),
		cmocka_unit_test_setup(bits_beyond_the_end_do_not, setup),
		cmocka_unit_test_setup(damage_is_passed_on, setup),
		cmocka_unit_test(room_for_all),
		cmocka_unit_test(room_for_what_is_used),
		cmocka_unit_test(room_for_a_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
