/* The calendar of the MC146818, and its daylight saving rule.
 *
 * How it works. The chip counts years 00 to 99 and takes every fourth for a leap year. Moving
 * on by any time is therefore arithmetic on the number of the day within the century. The day
 * of the week is a counter of its own: nothing says that it fits the date.
 *
 * Read: Motorola, "MC146818 Real-Time Clock plus RAM", "Time, Calendar, and Alarm Locations"
 * and "Register B", DSE. */
#include "calendar.h"

enum {
	MONTHS = 12,
	WEEK = 7,
	FOUR_YEARS = 4 * 365 + 1,
	FEBRUARY = 2, APRIL = 4, OCTOBER = 10,
	LAST_SUNDAY_APRIL = 24,          /* the first date that it can have */
	LAST_SUNDAY_OCTOBER = 25,
	SWITCH_SECOND = 2 * 3600,
	WEEKS_TO_LOOK = 54,              /* more than from one switch to the next */
};

uint8_t calendar_month_days(unsigned year, unsigned month)
{
	static const uint8_t days[MONTHS] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == FEBRUARY && year % 4 == 0);
}

/* A date after the month's last counts as the last: the day after it is the next month's first. */
static uint32_t day_number(const struct calendar *c)
{
	uint8_t last = calendar_month_days(c->year, c->month);
	uint32_t n = c->year * 365u + (c->year + 3) / 4 + (c->day < last ? c->day : last) - 1;

	for (unsigned month = 1; month < c->month; month++)
		n += calendar_month_days(c->year, month);
	return n;
}

static void set_day_number(struct calendar *c, uint32_t n)
{
	uint32_t of_four = n % FOUR_YEARS, leap_days = 366;

	c->year = (uint8_t)(n / FOUR_YEARS * 4);
	if (of_four >= leap_days) {
		c->year += 1 + (of_four - leap_days) / 365;
		of_four = (of_four - leap_days) % 365;
	}
	for (c->month = 1; of_four >= calendar_month_days(c->year, c->month); c->month++)
		of_four -= calendar_month_days(c->year, c->month);
	c->day = (uint8_t)(of_four + 1);
}

void calendar_add(struct calendar *c, uint64_t seconds)
{
	uint64_t days;

	seconds += c->second;
	if (seconds < CALENDAR_DAY_SECONDS) {
		c->second = (uint32_t)seconds;
		return;
	}
	days = seconds / CALENDAR_DAY_SECONDS;
	c->second = (uint32_t)(seconds % CALENDAR_DAY_SECONDS);
	c->weekday = (uint8_t)((c->weekday - 1 + days % WEEK) % WEEK + 1);
	set_day_number(c, (uint32_t)((day_number(c) + days) % CALENDAR_CENTURY_DAYS));
}

uint8_t calendar_real_month_days(unsigned full_year, unsigned month)
{
	bool leap = full_year % 4 == 0 && (full_year % 100 || full_year % 400 == 0);

	return calendar_month_days(leap ? 0 : 1, month);
}

/* Counted from Monday, 1 January of the year 1. */
uint8_t calendar_weekday(unsigned full_year, unsigned month, unsigned day)
{
	unsigned years = full_year - 1;
	unsigned n = years * 365 + years / 4 - years / 100 + years / 400 + day - 1;

	for (unsigned m = 1; m < month; m++)
		n += calendar_real_month_days(full_year, m);
	return (uint8_t)((n + 1) % WEEK + 1);
}

static bool is_switch_day(const struct calendar *c, bool *forward)
{
	if (c->weekday != CALENDAR_SUNDAY)
		return false;
	*forward = c->month == APRIL;
	return (c->month == APRIL && c->day >= LAST_SUNDAY_APRIL) ||
		(c->month == OCTOBER && c->day >= LAST_SUNDAY_OCTOBER);
}

bool calendar_in_repeated_hour(const struct calendar *c)
{
	bool forward;

	return is_switch_day(c, &forward) && !forward && c->second < SWITCH_SECOND;
}

uint64_t calendar_next_switch(const struct calendar *c, bool fell_back, bool *forward)
{
	unsigned days = (unsigned)(WEEK + CALENDAR_SUNDAY - c->weekday) % WEEK;

	for (unsigned week = 0; week < WEEKS_TO_LOOK; week++, days += WEEK) {
		struct calendar sunday = *c;
		uint32_t at = days * CALENDAR_DAY_SECONDS + SWITCH_SECOND;

		sunday.second = 0;
		calendar_add(&sunday, (uint64_t)days * CALENDAR_DAY_SECONDS);
		if (!is_switch_day(&sunday, forward) || at <= c->second)
			continue;
		if (days || *forward || !fell_back)
			return at - c->second;
	}
	return UINT64_MAX;
}

void calendar_switch(struct calendar *c, bool forward)
{
	c->second = forward ? SWITCH_SECOND + 3600 : SWITCH_SECOND - 3600;
}
