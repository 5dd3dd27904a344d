/* Tests of what the battery keeps. Sections are those of Motorola's MC146818 data sheet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "battery.h"

static uint64_t now_ns;
static struct vrtc chip;
static const struct vrtc_config small = { .base_kb = 512 }, config = { .base_kb = 640, .extended_kb = 1024, .a20 = true };

static uint64_t test_now(void *of) { (void)of; return now_ns; }
static void test_arm(void *of, uint64_t deadline) { (void)of; (void)deadline; }

static void put(unsigned address, uint8_t value)
{
	vrtc_out(&chip, 0, (uint8_t)address);
	vrtc_out(&chip, 1, value);
}

static uint8_t get(unsigned address)
{
	vrtc_out(&chip, 0, (uint8_t)address);
	return vrtc_in(&chip, 1);
}

static void power_on(const struct vrtc_config *with)
{
	memset(&chip, 0, sizeof chip);
	chip.clock = (struct clock){ .now = test_now, .arm = test_arm };
	vrtc_configure(&chip, with);
	assert_int_equal(vrtc_set_time(&chip, &(struct vrtc_time){ 1995, 6, 7, 8, 9, 10 }), E_OK);
	vrtc_reset(&chip);
}

static int set_up(void **state)
{
	(void)state;
	power_on(&small);
	return 0;
}

/* "Power-Down/Power-Up": memory and modes stay, the time is another's; RESET clears the interrupts. */
static void memory_outlives(void **state)
{
	struct vrtc_battery battery;

	(void)state;
	put(0x40, 0x12);
	put(0x7F, 0x34);
	put(0x2D, 0x56);
	put(MC146818_B, 0x77);             /* all interrupts, binary, 24 hours, daylight saving */
	put(MC146818_MINUTES_ALARM, 0x30);
	battery_take(&chip, &battery);
	power_on(&config);
	assert_int_equal(battery_give(&chip, &battery, &config), E_OK);
	assert_int_equal(get(0x40), 0x12);
	assert_int_equal(get(0x7F), 0x34);
	assert_int_equal(get(MC146818_B), 0x07);
	assert_int_equal(get(MC146818_MINUTES_ALARM), 0x30);
	assert_int_equal(get(MC146818_D), MC146818_D_VRT);
}

/* What the machine is built of is not the battery's; a checksum that was wrong stays so. */
static void configuration_is_new(void **state)
{
	struct vrtc_battery battery;

	(void)state;
	battery_take(&chip, &battery);
	power_on(&config);
	assert_int_equal(battery_give(&chip, &battery, &config), E_OK);
	assert_int_equal(get(CMOS_BASE_KB) | get(CMOS_BASE_KB + 1) << 8, 640);
	assert_int_equal(get(CMOS_INFORMATION), CMOS_INFORMATION_128K | CMOS_INFORMATION_A20);
	assert_int_equal(vrtc_checksum(&chip), get(CMOS_SUM) << 8 | get(CMOS_SUM + 1));
	put(0x2D, 0x56);
	put(CMOS_SUM, 0xEE);
	battery_take(&chip, &battery);
	power_on(&small);
	assert_int_equal(battery_give(&chip, &battery, &small), E_OK);
	assert_int_not_equal(vrtc_checksum(&chip), get(CMOS_SUM) << 8 | get(CMOS_SUM + 1));
	assert_int_equal(get(CMOS_INFORMATION), 0);
}

static void differences_that_count(void **state)
{
	struct vrtc_battery before, after;

	(void)state;
	battery_take(&chip, &before);
	put(CMOS_DIAGNOSTIC, 0x40);
	put(CMOS_FLOPPY, 0x44);
	put(MC146818_C, 0x10);
	now_ns += 5000000000u;
	(void)get(MC146818_SECONDS);
	battery_take(&chip, &after);
	assert_false(battery_differs(&before, &after));
	put(0x11, 1);
	battery_take(&chip, &after);
	assert_true(battery_differs(&before, &after));
	put(0x11, 0);
	put(MC146818_B, MC146818_B_24 | MC146818_B_DM);
	battery_take(&chip, &after);
	assert_true(battery_differs(&before, &after));
}

static void damaged(void **state)
{
	struct vrtc_battery battery;

	(void)state;
	put(0x40, 0x12);
	battery_take(&chip, &battery);
	power_on(&small);
	battery.byte[0x41] ^= 1;
	assert_int_equal(battery_give(&chip, &battery, &small), E_DAMAGED);
	battery.byte[0x41] ^= 1;
	battery.magic[0] = 0;
	assert_int_equal(battery_give(&chip, &battery, &small), E_DAMAGED);
	assert_int_equal(get(0x40), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_outlives), TEST(configuration_is_new), TEST(differences_that_count), TEST(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
