/* Memory maps as firmware gives them, sane and not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "memmap.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define assert_range(range, from, to, kind) do { \
		assert_int_equal((range).base, from); \
		assert_int_equal((range).base + (range).length, to); \
		assert_int_equal((range).type, kind); \
	} while (0)

static void plain_map_is_kept(void **state)
{
	static const struct memmap_entry map[] = {
		{ 0, 0x9FC00, BOOT_RANGE_USABLE, 0 },
		{ 0x9FC00, 0x400, BOOT_RANGE_RESERVED, 0 },
		{ 0x100000, 0xF00000, BOOT_RANGE_USABLE, 0 },
	};
	struct boot_range ranges[BOOT_RANGES_MAX];

	(void)state;
	assert_int_equal(memmap_build(map, COUNT(map), ranges), 3);
	assert_range(ranges[0], 0, 0x9F000, BOOT_RANGE_USABLE); /* whole pages */
	assert_range(ranges[1], 0x9FC00, 0xA0000, BOOT_RANGE_RESERVED);
	assert_range(ranges[2], 0x100000, 0x1000000, BOOT_RANGE_USABLE);
}

static void unsorted_overlapping_map(void **state)
{
	/* The stricter type wins, and equal neighbours become one. */
	static const struct memmap_entry map[] = {
		{ 0x400000, 0x400000, BOOT_RANGE_USABLE, 0 },
		{ 0x100000, 0x400000, BOOT_RANGE_USABLE, 0 },
		{ 0x300000, 0x1000, BOOT_RANGE_RESERVED, 0 },
		{ 0x300800, 0x1000, BOOT_RANGE_ACPI, 0 },
	};
	struct boot_range ranges[BOOT_RANGES_MAX];

	(void)state;
	assert_int_equal(memmap_build(map, COUNT(map), ranges), 4);
	assert_range(ranges[0], 0x100000, 0x300000, BOOT_RANGE_USABLE);
	assert_range(ranges[1], 0x300000, 0x301000, BOOT_RANGE_RESERVED);
	assert_range(ranges[2], 0x301000, 0x301800, BOOT_RANGE_ACPI);
	assert_range(ranges[3], 0x302000, 0x800000, BOOT_RANGE_USABLE);
}

static void unknown_type_is_reserved(void **state)
{
	static const struct memmap_entry map[] = {
		{ 0x100000, 0x100000, BOOT_RANGE_USABLE, 0 },
		{ 0x180000, 0x1000, 12, 0 },
		{ 0x190000, 0x1000, 0, 0 },
	};
	struct boot_range ranges[BOOT_RANGES_MAX];

	(void)state;
	assert_int_equal(memmap_build(map, COUNT(map), ranges), 5);
	assert_int_equal(ranges[1].type, BOOT_RANGE_RESERVED);
	assert_int_equal(ranges[3].type, BOOT_RANGE_RESERVED);
}

static void empty_and_wrapping_entries(void **state)
{
	static const struct memmap_entry map[] = {
		{ 0x5000, 0, BOOT_RANGE_USABLE, 0 },
		{ 0x100000, 0x100000, BOOT_RANGE_USABLE, 0 },
		{ UINT64_MAX - 0xFFF, 0x10000, BOOT_RANGE_RESERVED, 0 },
		{ 0x300800, 0x700, BOOT_RANGE_USABLE, 0 }, /* no whole page */
	};
	struct boot_range ranges[BOOT_RANGES_MAX];

	(void)state;
	assert_int_equal(memmap_build(map, COUNT(map), ranges), 2);
	assert_range(ranges[0], 0x100000, 0x200000, BOOT_RANGE_USABLE);
	assert_range(ranges[1], UINT64_MAX - 0xFFF, UINT64_MAX, BOOT_RANGE_RESERVED);
}

static void nothing_gives_nothing(void **state)
{
	struct boot_range ranges[BOOT_RANGES_MAX];

	(void)state;
	assert_int_equal(memmap_build(NULL, 0, ranges), 0);
}

/* More ranges than fit, and more entries than are looked at: the rest is not usable. */
static void too_many_are_cut(void **state)
{
	struct memmap_entry map[MEMMAP_ENTRIES_MAX + 50];
	struct boot_range ranges[BOOT_RANGES_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(map); i++)
		map[i] = (struct memmap_entry) { 0x100000 + i * 0x2000, 0x1000, 1, 0 };
	assert_int_equal(memmap_build(map, COUNT(map), ranges), BOOT_RANGES_MAX);
	assert_int_equal(ranges[BOOT_RANGES_MAX - 1].base,
			 0x100000 + (BOOT_RANGES_MAX - 1) * 0x2000);
}

static void usable_counts_within_bounds(void **state)
{
	static const struct boot_range ranges[] = {
		{ 0, 0x9F000, BOOT_RANGE_USABLE, 0 },
		{ 0xF0000, 0x10000, BOOT_RANGE_RESERVED, 0 },
		{ 0x100000, 0x300000, BOOT_RANGE_USABLE, 0 },
	};

	(void)state;
	assert_int_equal(memmap_usable(ranges, 3, 0, 0x100000), 0x9F000);
	assert_int_equal(memmap_usable(ranges, 3, 0x100000, 0x100000000), 0x300000);
	assert_int_equal(memmap_usable(ranges, 3, 0x200000, 0x280000), 0x80000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_map_is_kept),
		cmocka_unit_test(unsorted_overlapping_map),
		cmocka_unit_test(unknown_type_is_reserved),
		cmocka_unit_test(empty_and_wrapping_entries),
		cmocka_unit_test(nothing_gives_nothing),
		cmocka_unit_test(too_many_are_cut),
		cmocka_unit_test(usable_counts_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
