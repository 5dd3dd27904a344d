/* The clock's calendar: dates within a century, as the MC146818 counts them. See calendar.c. */
#ifndef VRTC_CALENDAR_H
#define VRTC_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

enum {
	CALENDAR_DAY_SECONDS = 86400,
	CALENDAR_SUNDAY = 1,
	CALENDAR_CENTURY_DAYS = 36525,   /* every fourth year is a leap year, 00 too */
};

/* Everything that the time registers say, in plain numbers and always in range. */
struct calendar {
	uint8_t year;                    /* 0..99 */
	uint8_t month, day;              /* from 1 */
	uint8_t weekday;                 /* 1..7, Sunday is 1; goes its own way */
	uint32_t second;                 /* of the day, 0..86399 */
};

uint8_t calendar_month_days(unsigned year, unsigned month);
/* Moves on by `seconds`, and by whole centuries without a trace but in the weekday. */
void calendar_add(struct calendar *c, uint64_t seconds);
/* Of the real, Gregorian calendar: days of a month, weekday of a date. */
uint8_t calendar_real_month_days(unsigned full_year, unsigned month);
uint8_t calendar_weekday(unsigned full_year, unsigned month, unsigned day);

/* Daylight saving: seconds from `c` to the next time at which the clock is put forward or back:
 * 02:00:00 on the last Sunday in April becomes 03:00:00, the first 02:00:00 on the last Sunday
 * in October becomes 01:00:00 (`fell_back`: that has been). UINT64_MAX: never. */
uint64_t calendar_next_switch(const struct calendar *c, bool fell_back, bool *forward);
/* Puts the clock, which stands at 02:00:00, forward or back. */
void calendar_switch(struct calendar *c, bool forward);
/* Before 02:00:00 on the last Sunday in October. */
bool calendar_in_repeated_hour(const struct calendar *c);

#endif
