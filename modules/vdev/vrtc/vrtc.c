/* The MC146818 real-time clock of a PC, ports 70h and 71h.
 *
 * How it works. Nothing ticks. The time registers hold what they held after the last update;
 * sync() brings them, and the flags of register C, up to now: it counts the updates and
 * periodic edges that have passed since it last looked. The divider chain is known by the
 * moment at which its next update ends, next_ns; the edges of the periodic interrupt divide
 * the second before it. An alarm of the machine's clock is pending only while an enabled
 * interrupt could still raise IRQ 8, which no flag does while another holds it up already.
 *
 * A machine that ran late and missed periodic edges of an enabled interrupt is owed them: they
 * are given to it one by one, each after the guest has read register C, at most VRTC_CATCH_UP
 * times as fast as programmed. BIOS waits (INT 15h AH=83h, 86h) count these.
 *
 * Not modelled: the square wave pin, which leads nowhere in a PC; DV's other time bases and
 * test modes, which all run like the 32.768 kHz that the board has.
 *
 * DIFFERS: during an update the time can be read and is the old one, where the silicon's
 * registers are undefined. A time that the guest set out of range comes into range at the
 * update that touches it.
 * DIFFERS: reading port 70h gives FFh; on an AT it is not decoded.
 *
 * Read: Motorola, "MC146818 Real-Time Clock plus RAM", "Address Map", "Interrupts", "Divider
 * Stages", "Update Cycle", "Registers"; IBM, "Personal Computer AT Technical Reference",
 * "Real-Time Clock/CMOS RAM Information". */
#include "vrtc.h"

#include <base/mem.h>

#include "calendar.h"
#include "cmos.h"

#define SECOND_NS 1000000000u
#define FIRST_UPDATE_NS (SECOND_NS / 2)  /* after the divider's reset ends */

enum {
	FLAGS = MC146818_C_PF | MC146818_C_AF | MC146818_C_UF,
	ENABLES = MC146818_B_PIE | MC146818_B_AIE | MC146818_B_UIE,
	UNDECODED = 0xFF,
	LAST_TIME_REGISTER = MC146818_YEAR,
	ANY = -1, NEVER = -2,            /* an alarm field that matches all, or nothing */
};

_Static_assert((int)MC146818_C_PF == (int)MC146818_B_PIE &&
	(int)MC146818_C_AF == (int)MC146818_B_AIE && (int)MC146818_C_UF == (int)MC146818_B_UIE,
	"flags and enables meet with AND");

/* --- the time registers --- */

static bool is_binary(const struct vrtc *chip)
{
	return chip->s.byte[MC146818_B] & MC146818_B_DM;
}

static unsigned to_number(const struct vrtc *chip, uint8_t byte)
{
	return is_binary(chip) ? byte : (byte >> 4) * 10u + (byte & 15u);
}

static uint8_t to_byte(const struct vrtc *chip, unsigned number)
{
	return (uint8_t)(is_binary(chip) ? number : number / 10 << 4 | number % 10);
}

/* Twelve-hour mode: 12, 1..11, with the high bit for PM. */
static unsigned to_hour(const struct vrtc *chip, uint8_t byte)
{
	if (chip->s.byte[MC146818_B] & MC146818_B_24)
		return to_number(chip, byte);
	return to_number(chip, byte & ~MC146818_HOURS_PM) % 12 + (byte & MC146818_HOURS_PM ? 12 : 0);
}

static uint8_t from_hour(const struct vrtc *chip, unsigned hour)
{
	if (chip->s.byte[MC146818_B] & MC146818_B_24)
		return to_byte(chip, hour);
	return to_byte(chip, hour % 12 ? hour % 12 : 12) | (hour >= 12 ? MC146818_HOURS_PM : 0);
}

static unsigned within(unsigned value, unsigned least, unsigned most)
{
	return value < least ? least : value > most ? most : value;
}

static struct calendar read_registers(const struct vrtc *chip)
{
	const uint8_t *byte = chip->s.byte;
	struct calendar c = {
		.year = (uint8_t)within(to_number(chip, byte[MC146818_YEAR]), 0, 99),
		.month = (uint8_t)within(to_number(chip, byte[MC146818_MONTH]), 1, 12),
		.day = (uint8_t)within(to_number(chip, byte[MC146818_DATE]), 1, 31),
		.weekday = (uint8_t)within(to_number(chip, byte[MC146818_DAY_OF_WEEK]), 1, 7),
	};

	c.second = within(to_hour(chip, byte[MC146818_HOURS]), 0, 23) * 3600 +
		within(to_number(chip, byte[MC146818_MINUTES]), 0, 59) * 60 +
		within(to_number(chip, byte[MC146818_SECONDS]), 0, 59);
	return c;
}

static void write_time_of_day(struct vrtc *chip, const struct calendar *c)
{
	chip->s.byte[MC146818_SECONDS] = to_byte(chip, c->second % 60);
	chip->s.byte[MC146818_MINUTES] = to_byte(chip, c->second / 60 % 60);
	chip->s.byte[MC146818_HOURS] = from_hour(chip, c->second / 3600);
}

static void write_date(struct vrtc *chip, const struct calendar *c)
{
	chip->s.byte[MC146818_DAY_OF_WEEK] = to_byte(chip, c->weekday);
	chip->s.byte[MC146818_DATE] = to_byte(chip, c->day);
	chip->s.byte[MC146818_MONTH] = to_byte(chip, c->month);
	chip->s.byte[MC146818_YEAR] = to_byte(chip, c->year);
}

/* --- the alarm --- */

struct alarm {
	int hour, minute, second;
};

static int alarm_field(uint8_t byte, unsigned value, unsigned most)
{
	if ((byte & MC146818_ALARM_ANY) == MC146818_ALARM_ANY)
		return ANY;
	return value <= most ? (int)value : NEVER;
}

static struct alarm read_alarm(const struct vrtc *chip)
{
	uint8_t h = chip->s.byte[MC146818_HOURS_ALARM];
	uint8_t m = chip->s.byte[MC146818_MINUTES_ALARM];
	uint8_t s = chip->s.byte[MC146818_SECONDS_ALARM];

	return (struct alarm){
		.hour = alarm_field(h, to_hour(chip, h), 23),
		.minute = alarm_field(m, to_number(chip, m), 59),
		.second = alarm_field(s, to_number(chip, s), 59),
	};
}

/* The first match at or after second `from` of an hour; -1 when there is none left. */
static int match_in_hour(const struct alarm *a, int from)
{
	int first = a->minute == ANY ? 0 : a->minute * 60, last = a->minute == ANY ? 3599 : first + 59;
	int at = from > first ? from : first;

	if (a->second != ANY) {
		if (at % 60 > a->second)
			at += 60;
		at += a->second - at % 60;
	}
	return at <= last ? at : -1;
}

/* Seconds until the clock, now at `second` of the day, matches: 1..86400; 0: never. */
static uint32_t alarm_distance(const struct alarm *a, uint32_t second)
{
	uint32_t from = second + 1, hour = from / 3600;

	if (a->hour == NEVER || a->minute == NEVER || a->second == NEVER)
		return 0;
	for (uint32_t end = hour + 24; hour <= end; hour++) {
		int at = -1;

		if (a->hour == ANY || (uint32_t)a->hour == hour % 24)
			at = match_in_hour(a, from > hour * 3600 ? (int)(from - hour * 3600) : 0);
		if (at >= 0)
			return hour * 3600 + (uint32_t)at - second;
	}
	return 0;
}

/* --- time goes by --- */

/* One stretch of `seconds`, at whose end daylight saving may put the clock forward or back; then
 * the second that is left out cannot be the alarm's. Returns whether the alarm matched. */
static bool pass_stretch(struct calendar *c, const struct alarm *a, uint64_t seconds, bool switches,
	bool forward)
{
	uint32_t distance = alarm_distance(a, c->second);
	bool matched = distance && (switches ? distance < seconds : distance <= seconds);

	calendar_add(c, seconds);
	if (!switches)
		return matched;
	calendar_switch(c, forward);
	return matched || alarm_distance(a, c->second - 1) == 1;
}

static bool pass_with_daylight_saving(struct vrtc *chip, struct calendar *c, const struct alarm *a,
	uint64_t seconds)
{
	bool matched = false;

	while (seconds) {
		bool forward;
		uint64_t stretch = calendar_next_switch(c, chip->s.fell_back, &forward);
		bool switches = stretch <= seconds;

		if (!switches)
			stretch = seconds;
		matched |= pass_stretch(c, a, stretch, switches, forward);
		if (switches && !forward)
			chip->s.fell_back = true;
		else if (!calendar_in_repeated_hour(c))
			chip->s.fell_back = false;
		seconds -= stretch;
	}
	return matched;
}

/* So many updates end. Fields that do not change are not touched, whatever they hold. */
static void pass_seconds(struct vrtc *chip, uint64_t seconds)
{
	struct calendar c = read_registers(chip), before = c;
	struct alarm a = read_alarm(chip);
	uint8_t flags = MC146818_C_UF;
	bool matched;

	if (chip->s.byte[MC146818_B] & MC146818_B_DSE)
		matched = pass_with_daylight_saving(chip, &c, &a, seconds);
	else
		matched = pass_stretch(&c, &a, seconds, false, false);
	if (matched)
		flags |= MC146818_C_AF;
	chip->s.byte[MC146818_C] |= flags;
	if (c.second / 60 == before.second / 60 && seconds < CALENDAR_DAY_SECONDS)
		chip->s.byte[MC146818_SECONDS] = to_byte(chip, c.second % 60);
	else
		write_time_of_day(chip, &c);
	if (c.day != before.day || c.month != before.month || c.year != before.year ||
	    c.weekday != before.weekday)
		write_date(chip, &c);
}

static bool a_holds(uint8_t a)
{
	return (a & MC146818_A_DV_RESET) == MC146818_A_DV_RESET;
}

static bool is_held(const struct vrtc *chip)
{
	return a_holds(chip->s.byte[MC146818_A]);
}

static bool is_updating(const struct vrtc *chip)
{
	return !is_held(chip) && !(chip->s.byte[MC146818_B] & MC146818_B_SET);
}

/* "Periodic Interrupt Rate": edges in a second; rates 1 and 2 are 8 and 9 once more. 0: none. */
static uint32_t periodic_hz(const struct vrtc *chip)
{
	unsigned rate = chip->s.byte[MC146818_A] & MC146818_A_RS;

	if (!rate)
		return 0;
	if (rate < 3)
		rate += 7;
	return MC146818_OSCILLATOR_HZ >> (rate - 1);
}

/* Edges still to come in the last `left` ns of a second, the one at its end included. */
static uint32_t edges_left(uint64_t left, uint32_t hz)
{
	return (uint32_t)((left * hz + SECOND_NS - 1) / SECOND_NS);
}

/* Edges after seen_ns up to `now`; `updates` seconds end in between. */
static uint64_t periodic_edges(const struct vrtc *chip, uint64_t now, uint64_t updates)
{
	uint32_t hz = periodic_hz(chip), before, after;

	if (!hz)
		return 0;
	before = edges_left(chip->s.next_ns - chip->s.seen_ns, hz);
	after = edges_left(chip->s.next_ns + updates * SECOND_NS - now, hz);
	return before + updates * hz - after;
}

static uint8_t raised(const struct vrtc *chip)
{
	return chip->s.byte[MC146818_C] & chip->s.byte[MC146818_B] & ENABLES;
}

/* With the interrupt enabled and none pending, an edge was due when it came: more than one
 * means that the machine was late. */
static void take_edges(struct vrtc *chip, uint64_t edges)
{
	if (!edges)
		return;
	if ((chip->s.byte[MC146818_B] & MC146818_B_PIE) && !raised(chip)) {
		uint32_t room = VRTC_OWED_MAX - chip->s.owed;

		chip->s.owed += edges - 1 < room ? (uint32_t)(edges - 1) : room;
	}
	chip->s.byte[MC146818_C] |= MC146818_C_PF;
}

static void pay_one(struct vrtc *chip, uint64_t now)
{
	if (!chip->s.owed || now < chip->s.owed_ns || raised(chip))
		return;
	chip->s.owed--;
	chip->s.byte[MC146818_C] |= MC146818_C_PF;
}

static void sync(struct vrtc *chip, uint64_t now)
{
	uint64_t updates = 0;

	if (now <= chip->s.seen_ns)
		return;
	if (!is_held(chip)) {
		if (now >= chip->s.next_ns) {
			uint64_t late = now - chip->s.next_ns;

			updates = late < SECOND_NS ? 1 : late / SECOND_NS + 1;
		}
		take_edges(chip, periodic_edges(chip, now, updates));
		if (updates > chip->s.aborted && is_updating(chip))
			pass_seconds(chip, updates - chip->s.aborted);
		if (updates)
			chip->s.aborted = false;
		chip->s.next_ns += updates * SECOND_NS;
		pay_one(chip, now);
	}
	chip->s.seen_ns = now;
}

/* --- interrupts --- */

/* The end of the next update that takes place. */
static uint64_t next_update_ns(const struct vrtc *chip)
{
	return chip->s.next_ns + (chip->s.aborted ? SECOND_NS : 0);
}

static uint64_t next_edge_ns(const struct vrtc *chip)
{
	uint32_t hz = periodic_hz(chip), left;

	if (!hz)
		return CLOCK_NEVER;
	left = edges_left(chip->s.next_ns - chip->s.seen_ns, hz) - 1;
	return chip->s.next_ns - (uint64_t)left * SECOND_NS / hz;
}

/* When the alarm matches; or earlier, when daylight saving moves the clock and it has to be
 * worked out again. */
static uint64_t next_alarm_ns(const struct vrtc *chip)
{
	struct calendar c = read_registers(chip);
	struct alarm a = read_alarm(chip);
	uint64_t seconds = alarm_distance(&a, c.second);

	if (!seconds)
		return CLOCK_NEVER;
	if (chip->s.byte[MC146818_B] & MC146818_B_DSE) {
		bool forward;
		uint64_t until = calendar_next_switch(&c, chip->s.fell_back, &forward);

		if (until < seconds)
			seconds = until;
	}
	return next_update_ns(chip) + (seconds - 1) * SECOND_NS;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t next_interrupt_ns(const struct vrtc *chip)
{
	uint8_t b = chip->s.byte[MC146818_B];
	uint64_t next = CLOCK_NEVER;

	if (raised(chip) || is_held(chip))
		return CLOCK_NEVER;
	if (b & MC146818_B_PIE) {
		next = next_edge_ns(chip);
		if (chip->s.owed)
			next = earlier(next, chip->s.owed_ns);
	}
	if (is_updating(chip)) {
		if (b & MC146818_B_UIE)
			next = earlier(next, next_update_ns(chip));
		if (b & MC146818_B_AIE)
			next = earlier(next, next_alarm_ns(chip));
	}
	return next;
}

/* After anything that may change IRQ 8 or when it will. */
static void settle(struct vrtc *chip)
{
	line_set(&chip->irq, raised(chip));
	clock_arm(&chip->clock, next_interrupt_ns(chip));
}

void vrtc_expire(struct vrtc *chip, uint64_t now)
{
	sync(chip, now);
	settle(chip);
}

/* --- the ports --- */

static uint8_t read_a(const struct vrtc *chip)
{
	uint64_t left = chip->s.next_ns - chip->s.seen_ns;
	bool uip = is_updating(chip) && !chip->s.aborted && left <= MC146818_UIP_LEAD_NS + MC146818_UPDATE_NS;

	return chip->s.byte[MC146818_A] | (uip ? MC146818_A_UIP : 0);
}

static uint8_t read_c(const struct vrtc *chip)
{
	return chip->s.byte[MC146818_C] | (raised(chip) ? MC146818_C_IRQF : 0);
}

static uint32_t owed_gap_ns(const struct vrtc *chip)
{
	uint32_t hz = periodic_hz(chip), gap = hz ? SECOND_NS / VRTC_CATCH_UP / hz : 0;

	return gap > VRTC_TICK_MIN_NS ? gap : VRTC_TICK_MIN_NS;
}

/* "Register C": reading clears all flags. */
static void acknowledge(struct vrtc *chip, uint64_t now)
{
	chip->s.byte[MC146818_C] = 0;
	chip->s.owed_ns = now + owed_gap_ns(chip);
	settle(chip);
}

uint8_t vrtc_peek(struct vrtc *chip, unsigned address)
{
	address &= MC146818_INDEX;
	if (address > MC146818_C)
		return chip->s.byte[address];
	sync(chip, clock_now(&chip->clock));
	if (address == MC146818_A)
		return read_a(chip);
	if (address == MC146818_C)
		return read_c(chip);
	return chip->s.byte[address];
}

uint8_t vrtc_in(struct vrtc *chip, unsigned reg)
{
	unsigned address = chip->s.index & MC146818_INDEX;
	uint8_t value;

	if (reg == 0)
		return UNDECODED;
	value = vrtc_peek(chip, address);
	if (address == MC146818_C)
		acknowledge(chip, chip->s.seen_ns);
	return value;
}

/* "Divider Stages": after the reset the first update comes half a second later. */
static void write_a(struct vrtc *chip, uint8_t value)
{
	bool was_held = is_held(chip);

	chip->s.byte[MC146818_A] = value & ~MC146818_A_UIP;
	chip->s.owed = 0;
	if (is_held(chip))
		chip->s.aborted = false;
	else if (was_held)
		chip->s.next_ns = chip->s.seen_ns + FIRST_UPDATE_NS;
}

/* "Register B": SET going high clears UIE, and aborts an update in progress. */
static void write_b(struct vrtc *chip, uint8_t value)
{
	if (value & MC146818_B_SET) {
		value &= ~MC146818_B_UIE;
		if (is_updating(chip) && chip->s.next_ns - chip->s.seen_ns <= MC146818_UPDATE_NS)
			chip->s.aborted = true;
	}
	if (!(value & MC146818_B_PIE))
		chip->s.owed = 0;
	chip->s.byte[MC146818_B] = value;
}

static void write_register(struct vrtc *chip, unsigned address, uint8_t value)
{
	sync(chip, clock_now(&chip->clock));
	switch (address) {
	case MC146818_A:
		write_a(chip, value);
		break;
	case MC146818_B:
		write_b(chip, value);
		break;
	case MC146818_C:
	case MC146818_D:
		return;
	case MC146818_SECONDS:
		value &= ~MC146818_SECONDS_READ_ONLY;
		/* fall through */
	default:
		chip->s.byte[address] = value;
		chip->s.fell_back = false;
	}
	settle(chip);
}

void vrtc_out(struct vrtc *chip, unsigned reg, uint8_t value)
{
	unsigned address = chip->s.index & MC146818_INDEX;

	if (reg == 0) {
		chip->s.index = value;
		line_set(&chip->nmi_mask, value & MC146818_NMI_DISABLE);
	} else if (address >= MC146818_RAM) {
		chip->s.byte[address] = value;
	} else {
		write_register(chip, address, value);
	}
}

/* --- from outside --- */

/* "RESET": time, calendar and memory are not affected. */
void vrtc_reset(struct vrtc *chip)
{
	if (chip->s.version)
		sync(chip, clock_now(&chip->clock));
	chip->s.version = VRTC_VERSION;
	chip->s.byte[MC146818_B] &= ~(ENABLES | MC146818_B_SQWE);
	chip->s.byte[MC146818_C] = 0;
	chip->s.owed = 0;
	chip->s.index = MC146818_NMI_DISABLE;
	line_set(&chip->nmi_mask, true);
	settle(chip);
}

static void start_second(struct vrtc *chip)
{
	chip->s.seen_ns = clock_now(&chip->clock);
	chip->s.next_ns = chip->s.seen_ns + SECOND_NS;
	chip->s.aborted = false;
}

void vrtc_configure(struct vrtc *chip, const struct vrtc_config *config)
{
	uint8_t *byte = chip->s.byte;

	memset(byte, 0, sizeof chip->s.byte);
	byte[MC146818_DAY_OF_WEEK] = byte[MC146818_DATE] = byte[MC146818_MONTH] = 1;
	byte[MC146818_A] = MC146818_A_DV_32K | MC146818_A_RS_1024_HZ;
	byte[MC146818_B] = MC146818_B_24;
	byte[MC146818_D] = MC146818_D_VRT;
	chip->s.owed = 0;
	chip->s.fell_back = false;
	start_second(chip);
	cmos_fill(chip, config);
	settle(chip);
}

static bool time_is_valid(const struct vrtc_time *t)
{
	return t->year >= 1 && t->year <= 9999 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
		t->day <= calendar_real_month_days(t->year, t->month) &&
		t->hour < 24 && t->minute < 60 && t->second < 60;
}

int vrtc_set_time(struct vrtc *chip, const struct vrtc_time *t)
{
	struct calendar c = {
		.year = t->year % 100, .month = t->month, .day = t->day,
		.second = t->hour * 3600u + t->minute * 60u + t->second,
	};
	unsigned century = t->year / 100;

	if (!time_is_valid(t))
		return E_INVALID;
	c.weekday = calendar_weekday(t->year, t->month, t->day);
	sync(chip, clock_now(&chip->clock));
	write_time_of_day(chip, &c);
	write_date(chip, &c);
	chip->s.byte[CMOS_CENTURY] = (uint8_t)(century / 10 << 4 | century % 10);
	chip->s.fell_back = false;
	start_second(chip);
	settle(chip);
	return E_OK;
}

void vrtc_get_time(struct vrtc *chip, struct vrtc_time *t)
{
	uint8_t century = chip->s.byte[CMOS_CENTURY];
	struct calendar c;

	sync(chip, clock_now(&chip->clock));
	c = read_registers(chip);
	*t = (struct vrtc_time){
		.year = (uint16_t)(((century >> 4) * 10 + (century & 15)) * 100 + c.year),
		.month = c.month, .day = c.day,
		.hour = (uint8_t)(c.second / 3600),
		.minute = (uint8_t)(c.second / 60 % 60),
		.second = (uint8_t)(c.second % 60),
	};
}

int vrtc_load(struct vrtc *chip, const struct vrtc_state *s)
{
	const uint8_t *byte = s->byte;

	if (s->version != VRTC_VERSION)
		return E_VERSION;
	if (!a_holds(byte[MC146818_A]) &&
	    (s->next_ns <= s->seen_ns || s->next_ns - s->seen_ns > SECOND_NS))
		return E_DAMAGED;
	if (s->owed > VRTC_OWED_MAX || s->fell_back > 1 || s->aborted > 1 || (byte[MC146818_C] & ~FLAGS) ||
	    (byte[MC146818_A] & MC146818_A_UIP) || byte[MC146818_D] != MC146818_D_VRT ||
	    (byte[MC146818_SECONDS] & MC146818_SECONDS_READ_ONLY) ||
	    ((byte[MC146818_B] & MC146818_B_SET) && (byte[MC146818_B] & MC146818_B_UIE)))
		return E_DAMAGED;
	chip->s = *s;
	line_set(&chip->nmi_mask, s->index & MC146818_NMI_DISABLE);
	settle(chip);
	return E_OK;
}

void vrtc_describe(const struct vrtc *chip, struct fmt_sink *out)
{
	const uint8_t *byte = chip->s.byte;
	struct calendar c = read_registers(chip);
	uint8_t b = byte[MC146818_B];

	fmt_sink(out, "time %02u:%02u:%02u, date %02X%02u-%02u-%02u, weekday %u%s\n", c.second / 3600,
		c.second / 60 % 60, c.second % 60, byte[CMOS_CENTURY], c.year, c.month, c.day, c.weekday,
		is_updating(chip) ? "" : ", stopped");
	fmt_sink(out, "mode: %s, %u hours%s; alarm %02X:%02X:%02X\n", is_binary(chip) ? "binary" : "BCD",
		b & MC146818_B_24 ? 24 : 12, b & MC146818_B_DSE ? ", daylight saving" : "",
		byte[MC146818_HOURS_ALARM], byte[MC146818_MINUTES_ALARM], byte[MC146818_SECONDS_ALARM]);
	fmt_sink(out, "interrupts:%s%s%s%s, periodic %u Hz, flags %02X, %u owed\n",
		b & MC146818_B_PIE ? " periodic" : "", b & MC146818_B_AIE ? " alarm" : "",
		b & MC146818_B_UIE ? " update" : "", b & ENABLES ? "" : " none", periodic_hz(chip),
		read_c(chip), chip->s.owed);
	fmt_sink(out, "index %02X, NMI %s, checksum %s\n", chip->s.index & MC146818_INDEX,
		chip->s.index & MC146818_NMI_DISABLE ? "masked" : "enabled",
		vrtc_checksum(chip) == (byte[CMOS_SUM] << 8 | byte[CMOS_SUM + 1]) ? "right" : "wrong");
}
