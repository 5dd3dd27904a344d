/* The MC146818 by its data sheet: Motorola, "MC146818 Real-Time Clock plus RAM"; each test names
 * the section whose rule it proves. The CMOS memory by IBM, "Personal Computer AT Technical
 * Reference", "Real-Time Clock/CMOS RAM Information". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include <base/text_sink_test.h>
#include "calendar.h"
#include "vrtc.h"

#define SECOND 1000000000ull
#define DAY (86400 * SECOND)

static struct {
	uint64_t now, alarm;
	bool irq, nmi_mask;
	unsigned rises, alarms;
} machine;

static struct vrtc chip;

static uint64_t machine_now(void *of)
{
	(void)of;
	return machine.now;
}

static void machine_arm(void *of, uint64_t deadline)
{
	(void)of;
	machine.alarm = deadline;
}

static void machine_irq(void *to, bool level)
{
	(void)to;
	machine.rises += level && !machine.irq;
	machine.irq = level;
}

static void machine_nmi_mask(void *to, bool level)
{
	(void)to;
	machine.nmi_mask = level;
}

static void connect(void)
{
	memset(&chip, 0, sizeof chip);
	chip.irq = (struct line){ machine_irq, NULL };
	chip.nmi_mask = (struct line){ machine_nmi_mask, NULL };
	chip.clock = (struct clock){ machine_now, machine_arm, NULL };
}

static const struct vrtc_config small_pc = {
	.floppy = { CMOS_FLOPPY_1440K, CMOS_FLOPPY_NONE },
	.base_kb = 640, .extended_kb = 3072, .display = CMOS_DISPLAY_OWN_BIOS,
};

static int set_up(void **state)
{
	(void)state;
	memset(&machine, 0, sizeof machine);
	machine.now = 5 * SECOND + 123;
	machine.alarm = CLOCK_NEVER;
	connect();
	vrtc_reset(&chip);
	vrtc_configure(&chip, &small_pc);
	return 0;
}

static uint8_t get(unsigned address)
{
	vrtc_out(&chip, 0, (uint8_t)address);
	return vrtc_in(&chip, 1);
}

static void put(unsigned address, uint8_t value)
{
	vrtc_out(&chip, 0, (uint8_t)address);
	vrtc_out(&chip, 1, value);
}

static void run_until(uint64_t ns)
{
	while (machine.alarm <= ns) {
		if (machine.alarm > machine.now)
			machine.now = machine.alarm;
		machine.alarm = CLOCK_NEVER;
		machine.alarms++;
		vrtc_expire(&chip, machine.now);
	}
	machine.now = ns;
}

static void set_clock(unsigned year, unsigned month, unsigned day, unsigned h, unsigned m, unsigned s)
{
	struct vrtc_time t = { (uint16_t)year, (uint8_t)month, (uint8_t)day, (uint8_t)h, (uint8_t)m,
		(uint8_t)s };

	assert_int_equal(vrtc_set_time(&chip, &t), E_OK);
}

/* YYYYMMDD and HHMMSS as the registers show them in BCD, 24 hours. */
static uint32_t bcd_date(void)
{
	return (uint32_t)(get(CMOS_CENTURY) << 24 | get(MC146818_YEAR) << 16 |
		get(MC146818_MONTH) << 8 | get(MC146818_DATE));
}

static uint32_t bcd_time(void)
{
	return (uint32_t)(get(MC146818_HOURS) << 16 | get(MC146818_MINUTES) << 8 |
		get(MC146818_SECONDS));
}

/* "Time, Calendar, and Alarm Locations": BCD, seconds to years. */
static void time_passes(void **state)
{
	(void)state;
	set_clock(1999, 12, 31, 23, 59, 58);
	assert_int_equal(get(MC146818_DAY_OF_WEEK), 6);     /* a Friday */
	machine.now += SECOND - 1;
	assert_int_equal(bcd_time(), 0x235958);
	machine.now += 1;
	assert_int_equal(bcd_time(), 0x235959);
	machine.now += SECOND;
	assert_int_equal(bcd_time(), 0x000000);
	assert_int_equal(get(MC146818_YEAR), 0x00);
	assert_int_equal(get(MC146818_MONTH), 0x01);
	assert_int_equal(get(MC146818_DATE), 0x01);
	assert_int_equal(get(MC146818_DAY_OF_WEEK), 7);
	assert_int_equal(get(CMOS_CENTURY), 0x19);          /* memory: the BIOS's business */
	assert_true(machine.alarm == CLOCK_NEVER);          /* and nothing ticked */
	assert_int_equal(machine.alarms, 0);
}

/* Leap years and month ends, over steps of any length, against the C library's calendar. */
static void calendar_agrees(void **state)
{
	time_t t = 946684800;                               /* 2000-01-01 00:00:00 */

	(void)state;
	srand(146818);
	set_clock(2000, 1, 1, 0, 0, 0);
	while (t < 4102444800) {                            /* to 2100-01-01 */
		uint32_t step = (uint32_t)rand() % (rand() % 3 ? 100000 : 40000000);
		struct vrtc_time now;
		struct tm *tm;

		t += step;
		machine.now += step * SECOND;
		if (t >= 4102444800)
			break;
		tm = gmtime(&t);
		vrtc_get_time(&chip, &now);
		assert_int_equal(now.year, tm->tm_year + 1900);
		assert_int_equal(now.month, tm->tm_mon + 1);
		assert_int_equal(now.day, tm->tm_mday);
		assert_int_equal(now.hour, tm->tm_hour);
		assert_int_equal(now.minute, tm->tm_min);
		assert_int_equal(now.second, tm->tm_sec);
		assert_int_equal(get(MC146818_DAY_OF_WEEK), tm->tm_wday + 1);
	}
}

/* Every day of a century, one midnight at a time. */
static void every_midnight(void **state)
{
	time_t t = 946771199;                               /* 2000-01-01 23:59:59 */

	(void)state;
	set_clock(2000, 1, 1, 23, 59, 59);
	for (unsigned day = 0; day < 36524; day++) {
		struct tm *tm;

		t += 1;
		machine.now += SECOND;
		tm = gmtime(&t);
		assert_int_equal(get(MC146818_DATE), tm->tm_mday / 10 << 4 | tm->tm_mday % 10);
		t += 86399;
		machine.now += 86399 * SECOND;
	}
}

/* "Register B", DM and 24/12. */
static void data_modes(void **state)
{
	static const uint8_t twelve[24] = { 0x12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x10, 0x11,
		0x92, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x90, 0x91 };

	(void)state;
	put(MC146818_B, 0);
	for (unsigned h = 0; h < 24; h++) {
		set_clock(1991, 8, 25, h, 59, 59);
		assert_int_equal(get(MC146818_HOURS), twelve[h]);
		machine.now += SECOND;
		assert_int_equal(get(MC146818_HOURS), twelve[(h + 1) % 24]);
		assert_int_equal(get(MC146818_DATE), h == 23 ? 0x26 : 0x25);
	}
	put(MC146818_B, MC146818_B_DM | MC146818_B_24);
	set_clock(1991, 12, 31, 23, 58, 59);
	machine.now += SECOND;
	assert_int_equal(get(MC146818_HOURS), 23);
	assert_int_equal(get(MC146818_MINUTES), 59);
	assert_int_equal(get(MC146818_YEAR), 91);
	put(MC146818_B, MC146818_B_DM);
	set_clock(1991, 12, 31, 12, 0, 0);
	assert_int_equal(get(MC146818_HOURS), 0x80 | 12);
}

/* "Register B", SET: updates stop, the divider goes on; UIE is cleared. */
static void set_bit(void **state)
{
	uint64_t began = machine.now;

	(void)state;
	set_clock(1985, 1, 1, 12, 0, 0);
	put(MC146818_B, MC146818_B_24 | MC146818_B_SET | MC146818_B_UIE);
	assert_int_equal(get(MC146818_B), MC146818_B_24 | MC146818_B_SET);
	put(MC146818_HOURS, 0x07);
	put(MC146818_MINUTES, 0x08);
	put(MC146818_SECONDS, 0x89);                        /* bit 7 is read-only */
	machine.now = began + 5 * SECOND + SECOND / 4;
	assert_int_equal(bcd_time(), 0x070809);
	assert_int_equal(get(MC146818_C), MC146818_C_PF);   /* no update ended */
	put(MC146818_B, MC146818_B_24);
	machine.now = began + 6 * SECOND - 1;
	assert_int_equal(bcd_time(), 0x070809);
	machine.now = began + 6 * SECOND;
	assert_int_equal(bcd_time(), 0x070810);
}

/* "Update Cycle": UIP rises 244 us before the 1984 us of the update, and falls as it ends. */
static void update_in_progress(void **state)
{
	uint64_t next;

	(void)state;
	set_clock(1985, 1, 1, 12, 0, 0);
	next = machine.now + SECOND;
	machine.now = next - 244000 - 1984000 - 1;
	assert_int_equal(get(MC146818_A), 0x26);
	machine.now++;
	assert_int_equal(get(MC146818_A), 0xA6);
	put(MC146818_A, 0xA6);                              /* UIP is read-only */
	put(MC146818_B, MC146818_B_24 | MC146818_B_SET);
	assert_int_equal(get(MC146818_A), 0x26);            /* SET ends it */
	put(MC146818_B, MC146818_B_24);
	machine.now = next - 1;
	assert_int_equal(get(MC146818_A), 0xA6);
	assert_int_equal(bcd_time(), 0x120000);
	machine.now++;
	assert_int_equal(get(MC146818_A), 0x26);
	assert_int_equal(bcd_time(), 0x120001);
}

/* "Register B", SET: "any update cycle in progress is aborted", and does not end later either. */
static void set_aborts_an_update(void **state)
{
	uint64_t next;

	(void)state;
	set_clock(1985, 1, 1, 12, 0, 0);
	next = machine.now + SECOND;
	machine.now = next - MC146818_UPDATE_NS;
	put(MC146818_B, MC146818_B_24 | MC146818_B_SET);
	put(MC146818_SECONDS, 0x30);
	put(MC146818_B, MC146818_B_24 | MC146818_B_UIE);
	assert_int_equal(get(MC146818_A), 0x26);
	get(MC146818_C);
	run_until(next + SECOND - 1);
	assert_int_equal(bcd_time(), 0x120030);
	assert_false(machine.irq);
	run_until(next + SECOND);
	assert_int_equal(bcd_time(), 0x120031);
	assert_true(machine.irq);
}

/* "Divider Stages": held in reset nothing moves; the first update is half a second after. */
static void divider_reset(void **state)
{
	(void)state;
	set_clock(1985, 1, 1, 12, 0, 0);
	put(MC146818_A, MC146818_A_DV_RESET | 6);
	machine.now += 100 * SECOND;
	assert_int_equal(bcd_time(), 0x120000);
	assert_int_equal(get(MC146818_A), MC146818_A_DV_RESET | 6);
	assert_int_equal(get(MC146818_C), 0);
	put(MC146818_A, 0x26);
	machine.now += SECOND / 2 - 1;
	assert_int_equal(bcd_time(), 0x120000);
	machine.now++;
	assert_int_equal(bcd_time(), 0x120001);
	machine.now += SECOND;
	assert_int_equal(bcd_time(), 0x120002);
}

/* "Update-Ended Interrupt", and "Register C": flags without enables, cleared by reading. */
static void update_interrupt(void **state)
{
	(void)state;
	run_until(7 * SECOND);
	assert_int_equal(machine.rises, 0);
	assert_int_equal(get(MC146818_C) & ~MC146818_C_PF, MC146818_C_UF);  /* no IRQF */
	assert_int_equal(get(MC146818_C), 0);
	put(MC146818_A, 0x20);
	put(MC146818_B, MC146818_B_24 | MC146818_B_UIE);
	run_until(7 * SECOND + 122);
	assert_false(machine.irq);
	run_until(7 * SECOND + 123);
	assert_true(machine.irq);
	assert_true(machine.alarm == CLOCK_NEVER);          /* nothing to wait for until C is read */
	run_until(20 * SECOND);
	assert_int_equal(get(MC146818_C), MC146818_C_IRQF | MC146818_C_UF);
	assert_false(machine.irq);
	assert_int_equal(get(MC146818_C), 0);
	run_until(30 * SECOND);
	assert_int_equal(machine.rises, 2);
	/* A flag that is set raises IRQF as soon as it is enabled. */
	put(MC146818_B, MC146818_B_24);
	assert_false(machine.irq);
	put(MC146818_B, MC146818_B_24 | MC146818_B_UIE);
	assert_true(machine.irq);
}

/* "Periodic Interrupt Rate": all sixteen, counted by polling PF over two seconds. */
static void periodic_rates(void **state)
{
	static const unsigned hz[16] = { 0, 256, 128, 8192, 4096, 2048, 1024, 512, 256, 128, 64, 32,
		16, 8, 4, 2 };

	(void)state;
	for (unsigned rate = 0; rate < 16; rate++) {
		unsigned n = 0;

		set_up(NULL);
		put(MC146818_A, (uint8_t)(0x20 | rate));
		put(MC146818_B, MC146818_B_24 | MC146818_B_PIE);
		for (uint64_t end = machine.now + 2 * SECOND; machine.now < end;) {
			run_until(machine.alarm < end ? machine.alarm : end);
			if (machine.irq) {
				assert_int_equal(get(MC146818_C) & 0xC0, 0xC0);
				n++;
			}
		}
		assert_int_equal(n, 2 * hz[rate]);
		assert_int_equal(machine.alarms, n);
		assert_int_equal(chip.s.owed, 0);
	}
}

/* PF is set whether PIE is or not, once for any number of periods. */
static void periodic_flag(void **state)
{
	(void)state;
	machine.now += 976562;
	assert_int_equal(get(MC146818_C), 0);
	machine.now += 1;
	assert_int_equal(get(MC146818_C), MC146818_C_PF);
	machine.now += SECOND / 2;
	assert_int_equal(get(MC146818_C), MC146818_C_PF);
	assert_int_equal(get(MC146818_C), 0);
}

/* A late machine gets the edges that it missed, one by one. */
static void periodic_catches_up(void **state)
{
	unsigned n = 0;
	uint64_t end;

	(void)state;
	put(MC146818_B, MC146818_B_24 | MC146818_B_PIE);
	end = machine.now + 2 * SECOND;
	while (machine.now < end) {
		/* 8 ms away, 2 ms here. */
		uint64_t slice_end = machine.now + 10000000;

		machine.now += 8000000;
		while (machine.now < slice_end) {
			run_until(machine.alarm < slice_end ? machine.alarm > machine.now ?
				machine.alarm : machine.now : slice_end);
			if (machine.irq) {
				assert_int_equal(get(MC146818_C) & 0xC0, 0xC0);
				n++;
			}
		}
	}
	assert_in_range(n + chip.s.owed, 2045, 2048);
	assert_in_range(chip.s.owed, 0, 16);
	/* A guest that does not read register C is owed nothing. */
	set_up(NULL);
	put(MC146818_B, MC146818_B_24 | MC146818_B_PIE);
	run_until(60 * SECOND);
	get(MC146818_C);
	assert_int_equal(chip.s.owed, 0);
	/* And there is a limit. */
	machine.now += 1000 * SECOND;
	vrtc_expire(&chip, machine.now);
	assert_int_equal(chip.s.owed, VRTC_OWED_MAX);
	put(MC146818_B, MC146818_B_24);
	assert_int_equal(chip.s.owed, 0);
}

static bool alarm_byte_matches(uint8_t alarm, uint8_t time)
{
	return alarm >= 0xC0 || alarm == time;
}

/* "Alarm": a match of hours, minutes and seconds, with C0h..FFh as "don't care"; checked against
 * comparing the bytes at each second. */
static void alarms(void **state)
{
	(void)state;
	srand(5);
	for (int round = 0; round < 300; round++) {
		uint8_t h = (uint8_t)(rand() % 3 << 4 | rand() % 4), m = (uint8_t)(rand() % 6 << 4 | rand() % 10);
		uint8_t s = (uint8_t)(rand() % 6 << 4 | rand() % 10);
		bool twelve = rand() % 4 == 0;

		set_up(NULL);
		put(MC146818_B, twelve ? MC146818_B_AIE : MC146818_B_24 | MC146818_B_AIE);
		set_clock(1990, 5, 5, (unsigned)rand() % 24, (unsigned)rand() % 60, (unsigned)rand() % 60);
		if (rand() % 2)
			h = 0xFF;
		else if (rand() % 2)
			h = (uint8_t)(get(MC146818_HOURS));
		if (rand() % 2)
			m = (uint8_t)(0xC0 | rand());
		if (rand() % 2)
			s = 0xC5;
		put(MC146818_HOURS_ALARM, h);
		put(MC146818_MINUTES_ALARM, m);
		put(MC146818_SECONDS_ALARM, s);
		get(MC146818_C);
		for (int second = 0; second < 4000; second++) {
			bool match;

			run_until(machine.now + SECOND);
			match = alarm_byte_matches(h, get(MC146818_HOURS)) &&
				alarm_byte_matches(m, get(MC146818_MINUTES)) &&
				alarm_byte_matches(s, get(MC146818_SECONDS));
			assert_int_equal(machine.irq, match);
			assert_int_equal(!!(get(MC146818_C) & MC146818_C_AF), match);
		}
	}
}

/* One alarm a day costs one alarm of the clock, and it is at the right second. */
static void daily_alarm(void **state)
{
	(void)state;
	set_clock(1990, 5, 5, 12, 0, 0);
	put(MC146818_HOURS_ALARM, 0x07);
	put(MC146818_MINUTES_ALARM, 0x30);
	put(MC146818_SECONDS_ALARM, 0x00);
	put(MC146818_B, MC146818_B_24 | MC146818_B_AIE);
	for (unsigned day = 0; day < 5; day++) {
		run_until(machine.alarm);
		assert_true(machine.irq);
		assert_int_equal(bcd_time(), 0x073000);
		assert_int_equal(get(MC146818_C) & 0xA0, 0xA0);
	}
	assert_int_equal(machine.alarms, 5);
	/* AF is found by polling as well, however long ago the match was. */
	put(MC146818_B, MC146818_B_24);
	machine.now += 3 * DAY;
	assert_int_equal(get(MC146818_C) & MC146818_C_AF, MC146818_C_AF);
	/* An alarm that no time matches never comes. */
	put(MC146818_MINUTES_ALARM, 0x61);
	put(MC146818_B, MC146818_B_24 | MC146818_B_AIE);
	assert_true(machine.alarm == CLOCK_NEVER);
}

/* "Register B", DSE: April forward, October back once, no other Sunday. */
static void daylight_saving(void **state)
{
	(void)state;
	put(MC146818_B, MC146818_B_24 | MC146818_B_DSE);
	set_clock(1991, 4, 28, 1, 59, 59);                  /* a last Sunday */
	machine.now += SECOND;
	assert_int_equal(bcd_time(), 0x030000);
	set_clock(1991, 4, 21, 1, 59, 59);                  /* not the last */
	machine.now += SECOND;
	assert_int_equal(bcd_time(), 0x020000);
	set_clock(1991, 10, 27, 1, 59, 59);
	machine.now += SECOND;
	assert_int_equal(bcd_time(), 0x010000);
	machine.now += 3599 * SECOND;
	assert_int_equal(bcd_time(), 0x015959);
	machine.now += SECOND;
	assert_int_equal(bcd_time(), 0x020000);
	/* Without DSE, nothing. */
	put(MC146818_B, MC146818_B_24);
	set_clock(1991, 4, 28, 1, 59, 59);
	machine.now += SECOND;
	assert_int_equal(bcd_time(), 0x020000);
	/* A leap over both switches of several years comes out even. */
	put(MC146818_B, MC146818_B_24 | MC146818_B_DSE);
	set_clock(1991, 1, 1, 12, 0, 0);
	machine.now += (365 + 366 + 365) * DAY;
	assert_int_equal(bcd_time(), 0x120000);
	assert_int_equal(bcd_date(), 0x19940101);
	/* In summer it is an hour later. */
	machine.now += 180 * DAY;
	assert_int_equal(bcd_time(), 0x130000);
}

/* The alarm under daylight saving: 02:30 does not exist in April, 01:30 is there twice in October. */
static void alarm_at_switch(void **state)
{
	(void)state;
	set_clock(1991, 4, 27, 12, 0, 0);
	put(MC146818_HOURS_ALARM, 0x02);
	put(MC146818_MINUTES_ALARM, 0x30);
	put(MC146818_B, MC146818_B_24 | MC146818_B_DSE | MC146818_B_AIE);
	run_until(machine.now + 24 * 3600 * SECOND);
	assert_int_equal(machine.rises, 0);
	run_until(machine.now + 24 * 3600 * SECOND);
	assert_int_equal(machine.rises, 1);
	get(MC146818_C);
	set_clock(1991, 10, 26, 12, 0, 0);
	put(MC146818_HOURS_ALARM, 0x01);
	machine.rises = 0;
	for (int hour = 0; hour < 24; hour++) {
		run_until(machine.now + 3600 * SECOND);
		get(MC146818_C);
	}
	assert_int_equal(machine.rises, 2);
	/* The second that is left out matches nothing, the one that stands in its place does. */
	for (uint8_t alarm_hour = 0x02; alarm_hour <= 0x03; alarm_hour++) {
		set_clock(1991, 4, 28, 1, 59, 59);
		put(MC146818_HOURS_ALARM, alarm_hour);
		put(MC146818_MINUTES_ALARM, 0x00);
		get(MC146818_C);
		machine.now += SECOND;
		vrtc_expire(&chip, machine.now);
		assert_int_equal(machine.irq, alarm_hour == 0x03);
	}
}

/* One step of any length equals many small ones, flags and switches included. */
static void steps_do_not_matter(void **state)
{
	(void)state;
	srand(7);
	for (int round = 0; round < 200; round++) {
		uint64_t leap = (uint64_t)rand() % 400 * DAY + (uint64_t)rand();
		struct vrtc_state start, whole;

		set_up(NULL);
		put(MC146818_B, MC146818_B_24 | (round & 1 ? MC146818_B_DSE : 0));
		set_clock(1980 + (unsigned)rand() % 60, 1 + (unsigned)rand() % 12, 1 + (unsigned)rand() % 28,
			(unsigned)rand() % 24, (unsigned)rand() % 60, (unsigned)rand() % 60);
		put(MC146818_HOURS_ALARM, (uint8_t)(rand() % 3 << 4 | rand() % 10)); /* some: never */
		put(MC146818_MINUTES_ALARM, 0x30);
		start = chip.s;
		{
			uint64_t began = machine.now, end = began + leap;

			machine.now = end;
			vrtc_expire(&chip, end);
			whole = chip.s;
			chip.s = start;
			machine.now = began;
			while (machine.now < end) {
				machine.now += ((uint64_t)rand() << 20 | (unsigned)rand() % (1 << 20)) % DAY;
				if (machine.now > end)
					machine.now = end;
				vrtc_expire(&chip, machine.now);
			}
		}
		assert_memory_equal(&chip.s, &whole, sizeof whole);
	}
}

/* "RESET": enables and flags go, time and memory stay. The board masks NMI. */
static void reset_pin(void **state)
{
	(void)state;
	set_clock(1985, 6, 7, 8, 9, 10);
	put(0x40, 0x5A);
	put(MC146818_B, MC146818_B_24 | MC146818_B_PIE | MC146818_B_AIE | MC146818_B_UIE |
		MC146818_B_SQWE);
	run_until(machine.now + SECOND);
	assert_true(machine.irq);
	assert_false(machine.nmi_mask);
	vrtc_reset(&chip);
	assert_false(machine.irq);
	assert_true(machine.nmi_mask);
	assert_true(machine.alarm == CLOCK_NEVER);
	assert_int_equal(get(MC146818_B), MC146818_B_24);
	assert_int_equal(get(MC146818_C), 0);
	assert_int_equal(bcd_time(), 0x080911);
	assert_int_equal(get(0x40), 0x5A);
}

/* Port 70h bit 7 is the board's NMI mask and no part of the address; "Registers C and D" are
 * read-only. */
static void index_and_read_only(void **state)
{
	(void)state;
	put(0x3F, 0x77);
	vrtc_out(&chip, 0, 0x80 | 0x3F);
	assert_true(machine.nmi_mask);
	assert_int_equal(vrtc_in(&chip, 1), 0x77);
	assert_int_equal(vrtc_in(&chip, 0), 0xFF);
	vrtc_out(&chip, 0, 0x3F);
	assert_false(machine.nmi_mask);
	put(MC146818_D, 0);
	assert_int_equal(get(MC146818_D), MC146818_D_VRT);
	put(MC146818_C, 0xFF);
	assert_int_equal(get(MC146818_C), 0);
	for (unsigned a = MC146818_RAM; a < MC146818_BYTES; a++)
		put(a, (uint8_t)(a * 7));
	for (unsigned a = MC146818_RAM; a < MC146818_BYTES; a++)
		assert_int_equal(get(a), (uint8_t)(a * 7));
}

/* AT Technical Reference, "Real-Time Clock/CMOS RAM Information". */
static void configuration(void **state)
{
	struct vrtc_config big = {
		.floppy = { CMOS_FLOPPY_1200K, CMOS_FLOPPY_360K }, .disk = { 47, 2 },
		.base_kb = 512, .extended_kb = 64 * 1024, .display = CMOS_DISPLAY_MDA, .fpu = true,
	};
	unsigned sum = 0;

	(void)state;
	assert_int_equal(get(CMOS_FLOPPY), 0x40);
	assert_int_equal(get(CMOS_DISK), 0);
	assert_int_equal(get(CMOS_EQUIPMENT), 0x01);
	assert_int_equal(get(CMOS_BASE_KB) | get(CMOS_BASE_KB + 1) << 8, 640);
	assert_int_equal(get(CMOS_EXTENDED_KB) | get(CMOS_EXTENDED_KB + 1) << 8, 3072);
	assert_int_equal(get(CMOS_INFORMATION), 0x80);
	assert_int_equal(get(CMOS_ABOVE_16M), 0);
	vrtc_configure(&chip, &big);
	assert_int_equal(get(CMOS_FLOPPY), 0x21);
	assert_int_equal(get(CMOS_DISK), 0xF2);
	assert_int_equal(get(CMOS_DISK_0_TYPE), 47);
	assert_int_equal(get(CMOS_DISK_1_TYPE), 0);
	assert_int_equal(get(CMOS_EQUIPMENT), 0x40 | 0x30 | 0x02 | 0x01);
	assert_int_equal(get(CMOS_EXTENDED_KB) | get(CMOS_EXTENDED_KB + 1) << 8, 0xFFFF);
	assert_int_equal(get(CMOS_ABOVE_16M) | get(CMOS_ABOVE_16M + 1) << 8, 49 * 16);
	assert_int_equal(get(CMOS_INFORMATION), 0);
	for (unsigned a = 0x10; a <= 0x2D; a++)
		sum += get(a);
	assert_int_equal(get(0x2E) << 8 | get(0x2F), sum);
	vrtc_poke(&chip, 0x2D, 0x01);
	assert_int_equal(get(0x2E) << 8 | get(0x2F), sum + 1);
	vrtc_poke(&chip, MC146818_SECONDS, 0x33);           /* not memory */
	assert_int_equal(get(MC146818_SECONDS), 0);
	assert_int_equal(bcd_date(), 0x00000101);
}

static void times_that_are_none(void **state)
{
	static const struct vrtc_time bad[] = {
		{ 1990, 13, 1, 0, 0, 0 }, { 1990, 0, 1, 0, 0, 0 }, { 1990, 2, 29, 0, 0, 0 },
		{ 1900, 2, 29, 0, 0, 0 }, { 1990, 4, 31, 0, 0, 0 }, { 1990, 1, 1, 24, 0, 0 },
		{ 1990, 1, 1, 0, 60, 0 }, { 1990, 1, 1, 0, 0, 60 }, { 0, 1, 1, 0, 0, 0 },
	};
	struct vrtc_time t;

	(void)state;
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(vrtc_set_time(&chip, &bad[i]), E_INVALID);
	/* The guest's nonsense comes out in range, and counts on without harm. */
	put(MC146818_MONTH, 0x99);
	put(MC146818_DATE, 0x00);
	put(MC146818_HOURS, 0xFF);
	put(MC146818_DAY_OF_WEEK, 0x00);
	vrtc_get_time(&chip, &t);
	assert_in_range(t.month, 1, 12);
	assert_in_range(t.day, 1, 31);
	assert_in_range(t.hour, 0, 23);
	machine.now += 3 * SECOND;
	assert_int_equal(get(MC146818_DATE), 0x00);         /* untouched until midnight */
	assert_int_equal(get(MC146818_SECONDS), 0x03);
	machine.now += 40 * DAY;
	vrtc_get_time(&chip, &t);
	assert_in_range(t.month, 1, 12);
}

static void peeking_changes_nothing(void **state)
{
	(void)state;
	machine.now += 2 * SECOND;
	assert_int_equal(vrtc_peek(&chip, MC146818_C), MC146818_C_UF | MC146818_C_PF);
	assert_int_equal(vrtc_peek(&chip, MC146818_C), MC146818_C_UF | MC146818_C_PF);
	assert_int_equal(vrtc_peek(&chip, MC146818_SECONDS), 0x02);
}

static void save_and_load(void **state)
{
	struct vrtc_state saved, bad;

	(void)state;
	put(MC146818_B, MC146818_B_24 | MC146818_B_UIE);
	vrtc_out(&chip, 0, 0x8A);
	saved = chip.s;
	connect();
	machine.alarm = CLOCK_NEVER;
	machine.nmi_mask = false;
	assert_int_equal(vrtc_load(&chip, &saved), E_OK);
	assert_true(machine.nmi_mask);
	assert_true(machine.alarm == saved.next_ns);
	run_until(saved.next_ns);
	assert_true(machine.irq);

	bad = saved;
	bad.version = 7;
	assert_int_equal(vrtc_load(&chip, &bad), E_VERSION);
	bad = saved;
	bad.next_ns = bad.seen_ns;
	assert_int_equal(vrtc_load(&chip, &bad), E_DAMAGED);
	bad = saved;
	bad.byte[MC146818_D] = 0;
	assert_int_equal(vrtc_load(&chip, &bad), E_DAMAGED);
	bad = saved;
	bad.owed = VRTC_OWED_MAX + 1;
	assert_int_equal(vrtc_load(&chip, &bad), E_DAMAGED);
	bad = saved;
	bad.byte[MC146818_A] |= MC146818_A_UIP;
	assert_int_equal(vrtc_load(&chip, &bad), E_DAMAGED);
	/* A chip whose divider is held can be saved at any time. */
	put(MC146818_A, MC146818_A_DV_RESET);
	machine.now += 10 * SECOND;
	get(MC146818_SECONDS);
	saved = chip.s;
	assert_int_equal(vrtc_load(&chip, &saved), E_OK);
}

static void describes_itself(void **state)
{
	struct text_sink t = { .sink.put = text_put };

	(void)state;
	set_clock(1994, 3, 2, 1, 2, 3);
	vrtc_describe(&chip, &t.sink);
	assert_non_null(strstr(t.text, "time 01:02:03, date 1994-03-02, weekday 4"));
	assert_non_null(strstr(t.text, "checksum right"));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(time_passes), TEST(calendar_agrees), TEST(every_midnight), TEST(data_modes),
		TEST(set_bit), TEST(update_in_progress), TEST(set_aborts_an_update),
		TEST(divider_reset),
		TEST(update_interrupt), TEST(periodic_rates), TEST(periodic_flag),
		TEST(periodic_catches_up), TEST(alarms), TEST(daily_alarm), TEST(daylight_saving),
		TEST(alarm_at_switch), TEST(steps_do_not_matter), TEST(reset_pin),
		TEST(index_and_read_only), TEST(configuration), TEST(times_that_are_none),
		TEST(peeking_changes_nothing), TEST(save_and_load), TEST(describes_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
