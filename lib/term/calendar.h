/* Seconds since 1970 (UTC, no leap seconds) and the calendar. */
#ifndef TERM_CALENDAR_H
#define TERM_CALENDAR_H

#include <stdint.h>

struct calendar {
	uint16_t year;
	uint8_t month, day;        /* from 1 */
	uint8_t hour, minute, second;
	uint8_t weekday;           /* 0 is Sunday */
};

void calendar_of(uint64_t seconds, struct calendar *date);
/* Fields in their ranges, 1970 or later; the weekday is not looked at. */
uint64_t calendar_seconds(const struct calendar *date);

#endif
