/* Room above 1 MB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "place.h"

/* 4 MB with a hole at 3 MB, as on a machine with shadowed memory; and some beyond 4 GB. */
static const struct boot_range map[] = {
	{ 0, 0x9F000, BOOT_RANGE_USABLE, 0 },
	{ 0x100000, 0x200000, BOOT_RANGE_USABLE, 0 },
	{ 0x300000, 0x10000, BOOT_RANGE_RESERVED, 0 },
	{ 0x310000, 0xF0000, BOOT_RANGE_USABLE, 0 },
	{ 0x100000000, 0x1000000, BOOT_RANGE_USABLE, 0 },
};

static struct place fresh(void)
{
	return (struct place) { .ranges = map, .range_count = 5 };
}

static void take_wants_free_usable_memory(void **state)
{
	struct place place = fresh();

	(void)state;
	assert_int_equal(place_take(&place, 0x100000, 0x12345), 0);
	assert_int_equal(place_take(&place, 0x112000, 0x1000), E_BUSY);
	assert_int_equal(place_take(&place, 0x2FF000, 0x2000), E_RANGE); /* the hole */
	assert_int_equal(place_take(&place, 0x10000, 0x1000), E_RANGE);  /* low */
	assert_int_equal(place_take(&place, 0x400000, 0x1000), E_RANGE); /* nothing there */
	assert_int_equal(place_take(&place, 0x200800, 0x1000), E_RANGE); /* no page */
	assert_int_equal(place_take(&place, 0x200000, 0), E_RANGE);
	assert_int_equal(place_take(&place, 0x100000000, 0x1000), E_RANGE);
	assert_int_equal(place_take(&place, 0x200000, UINT64_MAX - 0x1000), E_RANGE);
	assert_int_equal(place_take(&place, 0x310000, 0xF0000), 0);
}

static void low_is_first_fit_in_pages(void **state)
{
	struct place place = fresh();

	(void)state;
	assert_int_equal(place_take(&place, 0x100000, 0x1FE000), 0);
	assert_int_equal(place_low(&place, 1), 0x2FE000);
	assert_int_equal(place_low(&place, 0x1001), 0x310000);
	assert_int_equal(place_low(&place, 0), 0x2FF000);
	assert_int_equal(place_low(&place, 0x1000), 0x312000);
	assert_int_equal(place_low(&place, 0x1000000), 0);
}

static void high_fits_from_the_end(void **state)
{
	struct place place = fresh();

	(void)state;
	assert_int_equal(place_high(&place, 0x1800), 0x3FE000);
	assert_int_equal(place_high(&place, 0x100000), 0x200000);
	assert_int_equal(place_high(&place, 0xEE000), 0x310000);
	assert_int_equal(place_free(&place), 0x100000);
	assert_int_equal(place_largest(&place), 0x100000);
	assert_int_equal(place_high(&place, 0x100001), 0);
}

static void everything_can_be_taken(void **state)
{
	struct place place = fresh();
	unsigned taken = 0;

	(void)state;
	assert_int_equal(place_free(&place), 0x2F0000);
	while (place_low(&place, 0x1000))
		taken++;
	assert_int_equal(taken, 0x2F0);
	assert_int_equal(place_free(&place), 0);
	assert_int_equal(place_largest(&place), 0);
}

/* Scattered pieces run out of slots before memory; that is refused, not overrun. */
static void too_many_pieces(void **state)
{
	struct place place = fresh();
	int status = 0;

	(void)state;
	for (uint32_t at = 0x100000; at < 0x300000 && !status; at += 0x2000)
		status = place_take(&place, at, 0x1000);
	assert_int_equal(status, E_NO_SPACE);
	assert_int_equal(place.taken_count, PLACE_TAKEN_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(take_wants_free_usable_memory),
		cmocka_unit_test(low_is_first_fit_in_pages),
		cmocka_unit_test(high_fits_from_the_end),
		cmocka_unit_test(everything_can_be_taken),
		cmocka_unit_test(too_many_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
