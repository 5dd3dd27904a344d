/* The PC's own clock that knows the date: contract "rtc" over the MC146818 in the CMOS.
 *
 * The time is read between two updates: UIP clear promises 244 us, and what was read counts only
 * if UIP is still clear and the second still the same afterwards. The formats that the chip is set
 * to are followed, BCD or binary, 12 or 24 hours. The century stands in the CMOS memory where a
 * PC/AT has it; when what is there makes no century, years before 80 are of the 2000s.
 *
 * Bit 7 of the index port masks the NMI; it is always written as 0.
 * Read: Motorola, "MC146818 Real-Time Clock plus RAM", "Update Cycle", "Time, Calendar, and Alarm
 * Locations", "Register A" to "Register D"; IBM, "Personal Computer AT Technical Reference",
 * "Real-Time Clock/CMOS RAM Information". */
#include <hw/mc146818.h>
#include <iface/rtc.h>
#include <kern/irq.h>
#include <kern/module.h>
#include <kern/task.h>
#include <term/calendar.h>

enum {
	PORT_INDEX = MC146818_PORT, PORT_DATA = MC146818_PORT + 1,
	TRIES = 20,                      /* a millisecond apart; an update takes 2.2 */
	FLOATING = 0xFF,
	CENTURY_FIRST = 19, CENTURY_LAST = 21, YEAR_PIVOT = 80, HOURS_OF_HALF_DAY = 12,
};

static uint8_t get(unsigned address)
{
	port_out8(PORT_INDEX, (uint8_t)(address & MC146818_INDEX));
	return port_in8(PORT_DATA);
}

struct raw {
	uint8_t second, minute, hour, day, month, year, century, b, d;
};

/* One attempt, with interrupts off so that it stays within the 244 us. */
static bool read_once(struct raw *r)
{
	uint32_t flags = lock_irq();
	bool good = !(get(MC146818_A) & MC146818_A_UIP);

	if (good) {
		*r = (struct raw){
			get(MC146818_SECONDS), get(MC146818_MINUTES), get(MC146818_HOURS),
			get(MC146818_DATE), get(MC146818_MONTH), get(MC146818_YEAR),
			get(CMOS_CENTURY), get(MC146818_B), 0 };
		good = !(get(MC146818_A) & MC146818_A_UIP) && get(MC146818_SECONDS) == r->second;
		r->d = get(MC146818_D);
	}
	unlock_irq(flags);
	return good;
}

/* From the chip's format; more than any field holds if it is no BCD. */
static unsigned number(const struct raw *r, uint8_t value)
{
	if (r->b & MC146818_B_DM)
		return value;
	return (value & 0x0F) > 9 || value >> 4 > 9 ? 0xFF : (value >> 4) * 10u + (value & 0x0F);
}

static unsigned hour(const struct raw *r)
{
	unsigned h;

	if (r->b & MC146818_B_24)
		return number(r, r->hour);
	h = number(r, r->hour & (uint8_t)~MC146818_HOURS_PM);
	if (h < 1 || h > HOURS_OF_HALF_DAY)
		return 0xFF;
	return h % HOURS_OF_HALF_DAY + (r->hour & MC146818_HOURS_PM ? HOURS_OF_HALF_DAY : 0);
}

/* The century is BCD whatever the chip's format. */
static unsigned year(const struct raw *r)
{
	unsigned century = (r->century >> 4) * 10u + (r->century & 0x0F), y = number(r, r->year);

	if (y > 99)
		return 0;
	if ((r->century & 0x0F) > 9 || century < CENTURY_FIRST || century > CENTURY_LAST)
		century = y < YEAR_PIVOT ? 20 : 19;
	return century * 100 + y;
}

static bool valid(const struct calendar *c)
{
	return c->year >= 1970 && c->month >= 1 && c->month <= 12 && c->day >= 1 && c->day <= 31 &&
	       c->hour < 24 && c->minute < 60 && c->second < 60;
}

static int now(void *rtc, uint64_t *seconds)
{
	struct calendar date;
	struct raw r;
	unsigned tries = 0;

	(void)rtc;
	while (!read_once(&r)) {
		if (++tries == TRIES)
			return E_DAMAGED;
		(void)!task_sleep(NS_PER_MS);
	}
	date = (struct calendar){
		.year = (uint16_t)year(&r), .month = (uint8_t)number(&r, r.month),
		.day = (uint8_t)number(&r, r.day), .hour = (uint8_t)hour(&r),
		.minute = (uint8_t)number(&r, r.minute), .second = (uint8_t)number(&r, r.second) };
	if (!(r.d & MC146818_D_VRT) || !valid(&date))
		return E_DAMAGED;
	*seconds = calendar_seconds(&date);
	return E_OK;
}

static const struct rtc_ops ops = { now };

/* A chip that is not there floats; register D of one that is has only its top bit. */
static int start(struct module *self)
{
	uint32_t flags = lock_irq();
	bool there = get(MC146818_D) != FLOATING;

	unlock_irq(flags);
	return there ? offer_add(self, RTC_ROLE, "mc146818", RTC_VERSION, &ops, NULL) : E_NO_DEVICE;
}

static void stop(struct module *self)
{
	(void)self;
}

MODULE(.name = "mc146818", .summary = "the PC's clock and calendar (MC146818)", .start = start,
       .stop = stop);
