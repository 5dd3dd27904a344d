/* Contract "rtc": the PC's clock that knows the date. */
#ifndef IFACE_RTC_H
#define IFACE_RTC_H

#include <base/error.h>
#include <stdint.h>

#define RTC_ROLE "rtc"
#define RTC_VERSION 1

struct rtc_ops {
	/* Seconds since 1970 as the clock shows them, in whatever time zone it runs. E_DAMAGED:
	 * it has lost its time. */
	int (*now)(void *rtc, uint64_t *seconds);
};

#endif
