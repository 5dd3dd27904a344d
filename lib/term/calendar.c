/* The Gregorian calendar, counted in eras of 400 years that begin on 1 March, so that the
 * leap day is the last day of its year.
 *
 * To read: E. M. Reingold, N. Dershowitz, "Calendrical Calculations", chapter "The Gregorian
 * Calendar". */
#include <term/calendar.h>

enum { DAY = 86400, ERA_DAYS = 146097, EPOCH_DAYS = 719468 /* 1 March 0 to 1 January 1970 */ };

void calendar_of(uint64_t seconds, struct calendar *date)
{
	uint32_t days = (uint32_t)(seconds / DAY), rest = (uint32_t)(seconds % DAY);
	uint32_t from_march = days + EPOCH_DAYS;
	uint32_t era = from_march / ERA_DAYS, in_era = from_march % ERA_DAYS;
	uint32_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	uint32_t in_year = in_era - (365 * year + year / 4 - year / 100);
	uint32_t month = (5 * in_year + 2) / 153; /* 0 is March; five months have 153 days */

	date->day = (uint8_t)(in_year - (153 * month + 2) / 5 + 1);
	date->month = (uint8_t)(month < 10 ? month + 3 : month - 9);
	date->year = (uint16_t)(era * 400 + year + (month >= 10));
	date->hour = (uint8_t)(rest / 3600);
	date->minute = (uint8_t)(rest / 60 % 60);
	date->second = (uint8_t)(rest % 60);
	date->weekday = (uint8_t)((days + 4) % 7); /* 1 January 1970 was a Thursday */
}

uint64_t calendar_seconds(const struct calendar *date)
{
	uint32_t year = date->year - (date->month <= 2);
	uint32_t month = date->month > 2 ? date->month - 3u : date->month + 9u;
	uint32_t in_year = (153 * month + 2) / 5 + date->day - 1;
	uint32_t in_era = year % 400 * 365 + year % 400 / 4 - year % 400 / 100 + in_year;
	uint32_t days = year / 400 * ERA_DAYS + in_era - EPOCH_DAYS;

	return (uint64_t)days * DAY + date->hour * 3600u + date->minute * 60u + date->second;
}
