/* The PC's own clock with the date (MC146818 or what has taken its place).
 *
 * It is read only, never set: twice, until two readings agree, with the update-in-progress
 * flag looked at before each (data sheet, "Update Cycle"). NMI is left open: the index
 * port's bit 7 stays 0. The century is the byte that a PC/AT's set-up keeps, if it makes
 * sense.
 *
 * To read: Motorola, "MC146818 Real-Time Clock plus RAM"; IBM, "Personal Computer AT
 * Technical Reference", "Real-Time Clock/CMOS RAM Information". */
#include <base/mem.h>
#include <hw/mc146818.h>
#include <iface/rtc.h>
#include <kern/irq.h>
#include <kern/module.h>
#include <kern/task.h>
#include <term/calendar.h>

enum {
	TRIES = 8,
	UIP_POLLS = 20000,         /* longer than an update takes on any PC */
};

struct reading {
	uint8_t second, minute, hour, day, month, year, century;
};

/* Interrupts are off: index and data belong together. */
static uint8_t cmos_read(uint8_t index)
{
	port_out8(MC146818_PORT, index);
	return port_in8(MC146818_PORT + 1);
}

static bool read_once(struct reading *r)
{
	uint32_t flags;
	unsigned polls = 0;

	for (;;) {
		flags = lock_irq();
		if (!(cmos_read(MC146818_A) & MC146818_A_UIP))
			break;
		unlock_irq(flags);
		if (++polls == UIP_POLLS)
			return false;
	}
	*r = (struct reading){
		.second = cmos_read(MC146818_SECONDS), .minute = cmos_read(MC146818_MINUTES),
		.hour = cmos_read(MC146818_HOURS), .day = cmos_read(MC146818_DATE),
		.month = cmos_read(MC146818_MONTH), .year = cmos_read(MC146818_YEAR),
		.century = cmos_read(CMOS_CENTURY),
	};
	unlock_irq(flags);
	return true;
}

static uint8_t binary(uint8_t value, uint8_t mode)
{
	return mode & MC146818_B_DM ? value : (uint8_t)((value >> 4) * 10 + (value & 15));
}

static int to_calendar(const struct reading *r, uint8_t mode, struct calendar *date)
{
	uint8_t hour = binary(r->hour & (uint8_t)~MC146818_HOURS_PM, mode);
	uint8_t century = (uint8_t)((r->century >> 4) * 10 + (r->century & 15));
	uint8_t year = binary(r->year, mode);

	if (!(mode & MC146818_B_24))
		hour = (uint8_t)(hour % 12 + (r->hour & MC146818_HOURS_PM ? 12 : 0));
	if (century < 19 || century > 21)
		century = year < 80 ? 20 : 19;
	*date = (struct calendar){
		.year = (uint16_t)(century * 100 + year), .month = binary(r->month, mode),
		.day = binary(r->day, mode), .hour = hour, .minute = binary(r->minute, mode),
		.second = binary(r->second, mode),
	};
	if (date->year < 1970 || date->month < 1 || date->month > 12 || date->day < 1 || date->day > 31 ||
	    date->hour > 23 || date->minute > 59 || date->second > 59)
		return E_DAMAGED;
	return E_OK;
}

static int now(void *rtc, uint64_t *seconds)
{
	struct reading a, b;
	struct calendar date;
	uint32_t flags;
	uint8_t mode;
	int error;

	(void)rtc;
	for (unsigned i = 0; i < TRIES; i++) {
		if (!read_once(&a) || !read_once(&b))
			return E_TIMEOUT;
		if (memcmp(&a, &b, sizeof a))
			continue;
		flags = lock_irq();
		mode = cmos_read(MC146818_B);
		unlock_irq(flags);
		error = to_calendar(&a, mode, &date);
		if (!error)
			*seconds = calendar_seconds(&date);
		return error;
	}
	return E_IO;
}

static const struct rtc_ops ops = { now };

static int start(struct module *self)
{
	return offer_add(self, RTC_ROLE, "cmos", RTC_VERSION, &ops, NULL);
}

static void stop(struct module *self)
{
	offer_remove(self, RTC_ROLE, "cmos");
}

MODULE(.name = "rtc", .summary = "date and time of the PC (MC146818)", .start = start, .stop = stop);
