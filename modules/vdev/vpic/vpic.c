/* The two 8259A interrupt controllers of a PC.
 *
 * How it works. Each unit keeps the levels at its pins; a request (IRR bit) is latched when
 * its pin rises, or follows the pin where the input is level triggered, and falls with the pin
 * in both cases: the data sheet wants the input held until INTA, and answers a request that
 * went away with level 7. The level with the highest priority is the lowest bit
 * that is set; when priorities were rotated, of the bits turned so that the highest priority
 * stands in bit 0. INT of the slave is the level at pin 2 of the master. After every change
 * settle() computes the INT pins anew.
 *
 * Not modelled: the third INTA pulse of MCS-80/85 mode, which no 80x86 sends (the vector is
 * the second byte of the CALL, as the processor would take it); buffered mode, in which
 * ICW4's M/S bit names the master (the board's wiring does here); the freezing of IRR between
 * two INTA pulses.
 *
 * DIFFERS: before its first ICW1 the silicon is in no known state; here everything is masked.
 * DIFFERS: there is an ELCR at 4D0h, as in the PCs with EISA or PCI, where an AT has nothing; it
 * comes up 0, and what is below is then an AT's.
 *
 * Read: Intel, "8259A Programmable Interrupt Controller" (231468), "Interrupt Sequence",
 * "Programming the 8259A", "Operation Command Words". */
#include "vpic.h"

#include <hw/i8259.h>

enum {
	ALL_LEVELS = 0xFF,
	FLOATING_BUS = 0xFF,
	FIRST_ELCR_REG = 4,
	EXPECT_OCW1 = 0, EXPECT_ICW2 = 2, EXPECT_ICW3 = 3, EXPECT_ICW4 = 4,
};

/* Every interrupt takes some paths here, and they are to be short: what they rarely need stays
 * out of line, so that they need no stack frame. */
#define RARE __attribute__((noinline, cold))
#define OFTEN inline __attribute__((always_inline))

static unsigned rotate_right(unsigned bits, unsigned by)
{
	return (bits >> by | bits << (I8259_LEVELS - by)) & ALL_LEVELS;
}

static unsigned lowest_bit(unsigned bits)
{
	return bits & -bits;
}

/* What holds requests back: in special mask mode a masked level in service does not. */
static unsigned unit_serving(const struct vpic_unit *u)
{
	return u->special_mask ? u->isr & ~u->imr : u->isr;
}

static RARE unsigned highest_turned(unsigned lowest, unsigned levels)
{
	unsigned turn = lowest + 1;

	return rotate_right(lowest_bit(rotate_right(levels, turn)), I8259_LEVELS - turn);
}

/* Of some levels the one with the highest priority, as a bit; 0 of none. */
static unsigned highest(const struct vpic_unit *u, unsigned levels)
{
	if (u->lowest == I8259_LEVELS - 1)
		return lowest_bit(levels);
	return highest_turned(u->lowest, levels);
}

static bool unit_has_slave(const struct vpic_unit *u, unsigned level)
{
	return !(u->icw1 & I8259_ICW1_SNGL) && (u->icw3 >> level & 1);
}

static unsigned level_of(unsigned bit)
{
	return (unsigned)__builtin_ctz(bit);
}

static unsigned level_inputs(const struct vpic_unit *u)
{
	return u->icw1 & I8259_ICW1_LTIM ? ALL_LEVELS : u->elcr;
}

/* The rule in full: a level in service keeps out itself and all below; in special fully nested
 * mode a slave's level does not keep out itself. */
static RARE unsigned request_by_rule(const struct vpic_unit *u, unsigned asks)
{
	unsigned serving = unit_serving(u), first = highest(u, asks);

	if (!serving || highest(u, asks | serving) & ~serving)
		return first;
	if ((u->icw4 & I8259_ICW4_SFNM) && first == highest(u, serving) &&
	    unit_has_slave(u, level_of(first)))
		return first;
	return 0;
}

/* Level 0 is the highest, and everything in service counts. */
static OFTEN bool is_plain(const struct vpic_unit *u)
{
	return u->lowest == I8259_LEVELS - 1 && !u->special_mask;
}

static void find_simple(struct vpic *chip)
{
	const struct vpic_unit *u = &chip->s.unit[VPIC_MASTER];

	chip->simple = is_plain(u) && !level_inputs(u) &&
		(u->icw4 & (I8259_ICW4_UPM | I8259_ICW4_AEOI | I8259_ICW4_SFNM)) == I8259_ICW4_UPM;
}

/* The level that this chip asks for now, as a bit; 0: none. */
static OFTEN unsigned unit_request(const struct vpic_unit *u)
{
	unsigned asks = u->irr & ~u->imr, first;

	if (!asks)
		return 0;
	if (!is_plain(u) || (u->icw4 & I8259_ICW4_SFNM))
		return request_by_rule(u, asks);
	first = lowest_bit(asks);
	return u->isr & (first | (first - 1)) ? 0 : first;
}

static OFTEN void pin_set(struct vpic_unit *u, unsigned level, bool high)
{
	unsigned bit = 1u << level;

	if (!high) {
		u->pins &= ~bit;
		u->irr &= ~bit;
	} else if (!(u->pins & bit)) {
		u->pins |= bit;
		u->irr |= bit;
	}
}

/* After a change to the master alone. */
static void settle_master(struct vpic *chip)
{
	struct vpic_unit *master = &chip->s.unit[VPIC_MASTER];
	bool intr = unit_request(master);

	if (intr == master->intr)
		return;
	master->intr = intr;
	line_set(&chip->intr, intr);
}

/* After a change to the slave; only its INT reaches the master. */
static void settle_slave(struct vpic *chip)
{
	struct vpic_unit *slave = &chip->s.unit[VPIC_SLAVE];
	bool intr = unit_request(slave);

	if (intr == slave->intr)
		return;
	slave->intr = intr;
	pin_set(&chip->s.unit[VPIC_MASTER], I8259_CASCADE, intr);
	settle_master(chip);
}

static void settle(struct vpic *chip, unsigned unit)
{
	if (unit == VPIC_MASTER)
		settle_master(chip);
	else
		settle_slave(chip);
}

/* What the end of an INTA sequence does to one chip: the level moves from IRR to ISR. Returns
 * the level; 7, with nothing put in service, when there is no request any more. */
static unsigned unit_acknowledge(struct vpic_unit *u)
{
	unsigned bit = unit_request(u), level;

	if (!bit)
		return I8259_SPURIOUS;
	level = level_of(bit);
	u->irr &= ~(bit & ~level_inputs(u));
	if (!(u->icw4 & I8259_ICW4_AEOI))
		u->isr |= bit;
	else if (u->rotate_aeoi)
		u->lowest = level;
	return level;
}

/* INT of the slave goes low during INTA whatever else it asks for, so that an edge triggered
 * master sees the next request. */
static unsigned slave_acknowledge(struct vpic *chip)
{
	struct vpic_unit *slave = &chip->s.unit[VPIC_SLAVE];
	unsigned level = unit_acknowledge(slave);

	slave->intr = false;
	pin_set(&chip->s.unit[VPIC_MASTER], I8259_CASCADE, false);
	return level;
}

/* "Interrupt Sequence (8086)": the byte put on the bus by the last INTA pulse. In MCS-80/85 mode
 * it is the low byte of the CALL's address (table "Content of Second Interrupt Vector Byte"). */
static uint8_t unit_vector(const struct vpic_unit *u, unsigned level)
{
	if (u->icw4 & I8259_ICW4_UPM)
		return (u->icw2 & I8259_ICW2_T7_T3) | level;
	if (u->icw1 & I8259_ICW1_ADI)
		return (u->icw1 & I8259_ICW1_A7_A5) | level << 2;
	return (u->icw1 & I8259_ICW1_A7_A6) | level << 3;
}

static RARE uint8_t acknowledge_by_rule(struct vpic *chip)
{
	struct vpic_unit *master = &chip->s.unit[VPIC_MASTER];
	struct vpic_unit *slave = &chip->s.unit[VPIC_SLAVE];
	unsigned level = unit_acknowledge(master);
	uint8_t vector;

	if (!unit_has_slave(master, level))
		vector = unit_vector(master, level);
	else if (level == I8259_CASCADE && (slave->icw3 & I8259_ICW3_ID) == level) {
		vector = unit_vector(slave, slave_acknowledge(chip));
		settle_slave(chip);
	} else
		vector = FLOATING_BUS; /* the slave that is called does not exist */
	settle_master(chip);
	return vector;
}

/* An input of the master's own: nothing above the level in service can ask then, so INT falls. */
uint8_t vpic_acknowledge(struct vpic *chip)
{
	struct vpic_unit *u = &chip->s.unit[VPIC_MASTER];
	unsigned bit = lowest_bit(u->irr & ~u->imr);
	uint8_t vector;

	if (!chip->simple || !u->intr || (u->icw3 & bit))
		return acknowledge_by_rule(chip);
	u->isr |= bit;
	u->irr ^= bit;
	u->intr = false;
	vector = (u->icw2 & I8259_ICW2_T7_T3) | level_of(bit);
	chip->intr.set(chip->intr.to, false);
	return vector;
}

int vpic_pending(const struct vpic *chip)
{
	const struct vpic_unit *master = &chip->s.unit[VPIC_MASTER];
	unsigned bit, level;

	if (!master->intr)
		return -1;
	level = level_of(unit_request(master));
	if (level != I8259_CASCADE || !unit_has_slave(master, level))
		return (int)level;
	bit = unit_request(&chip->s.unit[VPIC_SLAVE]);
	return (int)((bit ? level_of(bit) : I8259_SPURIOUS) + I8259_LEVELS);
}

/* The bus's IRQ 2 is what the slave took from the PC's slots; the AT gives it IRQ 9. */
void vpic_line(struct vpic *chip, unsigned irq, bool level)
{
	if (irq == I8259_CASCADE)
		irq = I8259_LEVELS + 1;
	if (irq < I8259_LEVELS) {
		pin_set(&chip->s.unit[VPIC_MASTER], irq, level);
		settle_master(chip);
	} else {
		pin_set(&chip->s.unit[VPIC_SLAVE], irq - I8259_LEVELS, level);
		settle_slave(chip);
	}
}

/* Who asks already goes on asking; one whose last request waits, for the processor or behind one in service, has
 * met it. */
static RARE void pulse_more(struct vpic *chip, unsigned bit)
{
	struct vpic_unit *u = &chip->s.unit[VPIC_MASTER];
	bool merged = u->irr & ~u->imr & bit;

	u->pins |= bit;
	u->irr |= bit;
	if (!u->intr)
		settle_master(chip);
	if (merged && bit == 1 && chip->tick_merged)
		chip->tick_merged(chip->tick_of);
}

void vpic_master_pulse(struct vpic *chip, unsigned bit)
{
	struct vpic_unit *u = &chip->s.unit[VPIC_MASTER];

	if (u->intr || !chip->simple || !(bit & ~u->imr) || (u->isr & (bit | (bit - 1)))) {
		pulse_more(chip, bit);
		return;
	}
	u->pins |= bit;
	u->irr |= bit;
	u->intr = true;
	chip->intr.set(chip->intr.to, true);
}

/* "Initialization Command Word 1", items a to f. That ISR is cleared too is not said there, but
 * is what the chip does. */
static void write_icw1(struct vpic_unit *u, uint8_t value)
{
	u->icw1 = value;
	u->icw3 = I8259_ICW3_ID;
	if (!(value & I8259_ICW1_IC4))
		u->icw4 = 0;
	u->imr = 0;
	u->isr = 0;
	u->irr = u->pins & level_inputs(u);
	u->lowest = I8259_LEVELS - 1;
	u->special_mask = false;
	u->rotate_aeoi = false;
	u->read_isr = false;
	u->poll = false;
	u->expect = EXPECT_ICW2;
}

static uint8_t icw4_or_done(const struct vpic_unit *u)
{
	return u->icw1 & I8259_ICW1_IC4 ? EXPECT_ICW4 : EXPECT_OCW1;
}

/* Special fully nested mode is about the slaves that ICW3 names; a slave's own ICW3 names none,
 * it is a number. */
static void write_icw(struct vpic_unit *u, uint8_t value, bool is_slave)
{
	switch (u->expect) {
	case EXPECT_ICW2:
		u->icw2 = value;
		u->expect = u->icw1 & I8259_ICW1_SNGL ? icw4_or_done(u) : EXPECT_ICW3;
		break;
	case EXPECT_ICW3:
		u->icw3 = value;
		u->expect = icw4_or_done(u);
		break;
	case EXPECT_ICW4:
		u->icw4 = is_slave ? value & ~I8259_ICW4_SFNM : value;
		u->expect = EXPECT_OCW1;
		break;
	}
}

/* Without EOI, OCW2 only arranges priorities. */
static void arrange_priority(struct vpic_unit *u, uint8_t value)
{
	bool rotate = value & I8259_OCW2_R;

	if (!(value & I8259_OCW2_SL))
		u->rotate_aeoi = rotate;
	else if (rotate)
		u->lowest = value & I8259_OCW2_L;
}

/* "End of Interrupt": a non-specific one ends the highest level in service, which in special mask
 * mode is never a masked one. */
static void write_ocw2(struct vpic_unit *u, uint8_t value)
{
	unsigned bit;

	if (!(value & I8259_OCW2_EOI)) {
		arrange_priority(u, value);
		return;
	}
	if (value & I8259_OCW2_SL)
		bit = 1u << (value & I8259_OCW2_L);
	else
		bit = highest(u, unit_serving(u));
	u->isr &= ~bit;
	if ((value & I8259_OCW2_R) && bit)
		u->lowest = level_of(bit);
}

static void write_ocw3(struct vpic_unit *u, uint8_t value)
{
	if (value & I8259_OCW3_ESMM)
		u->special_mask = !!(value & I8259_OCW3_SMM);
	if (value & I8259_OCW3_RR)
		u->read_isr = value & I8259_OCW3_RIS;
	u->poll = !!(value & I8259_OCW3_P);
}

static void write_elcr(struct vpic *chip, unsigned unit, uint8_t value)
{
	struct vpic_unit *u = &chip->s.unit[unit];

	u->elcr = value & (unit == VPIC_MASTER ? I8259_ELCR_MASTER : I8259_ELCR_SLAVE);
	u->irr |= u->pins & level_inputs(u);
}

static RARE void write_any(struct vpic *chip, unsigned reg, uint8_t value)
{
	unsigned unit = reg >> 1 & 1;
	struct vpic_unit *u = &chip->s.unit[unit];

	if (reg >= FIRST_ELCR_REG) {
		unit = reg & 1;
		write_elcr(chip, unit, value);
	} else if (reg & I8259_A0)
		write_icw(u, value, unit == VPIC_SLAVE);
	else if (value & I8259_ICW1)
		write_icw1(u, value);
	else if (value & I8259_OCW3)
		write_ocw3(u, value);
	else
		write_ocw2(u, value);
	find_simple(chip);
	settle(chip, unit);
}

/* The two words of everyday come first: a mask, and the non-specific EOI. `unit` is a constant
 * where this is inlined, which leaves a dozen instructions. */
static inline __attribute__((always_inline)) void unit_out(struct vpic *chip, unsigned unit,
							   unsigned a0, uint8_t value)
{
	struct vpic_unit *u = &chip->s.unit[unit];

	if (a0 ? u->expect : value != I8259_OCW2_EOI_NONSPECIFIC ||
	    !(unit == VPIC_MASTER ? chip->simple : is_plain(u))) {
		write_any(chip, unit << 1 | a0, value);
		return;
	}
	if (a0)
		u->imr = value;
	else
		u->isr &= u->isr - 1;
	if ((u->irr & (uint8_t)~u->imr) || (a0 && u->intr))
		settle(chip, unit);
}

void vpic_master_out(struct vpic *chip, unsigned a0, uint8_t value)
{
	unit_out(chip, VPIC_MASTER, a0, value);
}

void vpic_slave_out(struct vpic *chip, unsigned a0, uint8_t value)
{
	unit_out(chip, VPIC_SLAVE, a0, value);
}

void vpic_out(struct vpic *chip, unsigned reg, uint8_t value)
{
	if (reg >= FIRST_ELCR_REG)
		write_any(chip, reg, value);
	else
		unit_out(chip, reg >> 1, reg & I8259_A0, value);
}

/* "Poll Command": the read stands in for INTA. */
static RARE uint8_t unit_poll(struct vpic *chip, unsigned unit)
{
	struct vpic_unit *u = &chip->s.unit[unit];
	uint8_t answer = 0;

	u->poll = false;
	if (unit_request(u))
		answer = I8259_POLL_I |
			(unit == VPIC_SLAVE ? slave_acknowledge(chip) : unit_acknowledge(u));
	settle(chip, unit);
	settle_master(chip);   /* which lost the slave's pin, if that was polled */
	return answer;
}

static inline __attribute__((always_inline)) uint8_t unit_in(struct vpic *chip, unsigned unit,
							     unsigned a0)
{
	struct vpic_unit *u = &chip->s.unit[unit];

	if (u->poll)
		return unit_poll(chip, unit);
	if (a0)
		return u->imr;
	return u->read_isr ? u->isr : u->irr;
}

uint8_t vpic_master_in(struct vpic *chip, unsigned a0)
{
	return unit_in(chip, VPIC_MASTER, a0);
}

uint8_t vpic_slave_in(struct vpic *chip, unsigned a0)
{
	return unit_in(chip, VPIC_SLAVE, a0);
}

uint8_t vpic_in(struct vpic *chip, unsigned reg)
{
	if (reg >= FIRST_ELCR_REG)
		return chip->s.unit[reg & 1].elcr;
	return unit_in(chip, reg >> 1, reg & I8259_A0);
}

void vpic_expire(struct vpic *chip, uint64_t now)
{
	(void)chip;
	(void)now;
}

void vpic_reset(struct vpic *chip)
{
	chip->s.version = VPIC_VERSION;
	for (unsigned i = 0; i < VPIC_UNITS; i++)
		chip->s.unit[i] = (struct vpic_unit){
			.pins = chip->s.unit[i].pins,
			.imr = ALL_LEVELS,
			.lowest = I8259_LEVELS - 1,
		};
	find_simple(chip);
	pin_set(&chip->s.unit[VPIC_MASTER], I8259_CASCADE, false);
	line_set(&chip->intr, false);
}

static bool unit_is_sane(const struct vpic_unit *u, uint8_t elcr)
{
	return !(u->irr & ~u->pins) && !(u->elcr & ~elcr) && u->lowest < I8259_LEVELS &&
		(u->expect == EXPECT_OCW1 || (u->expect >= EXPECT_ICW2 && u->expect <= EXPECT_ICW4)) &&
		u->special_mask <= 1 && u->rotate_aeoi <= 1 && u->read_isr <= 1 && u->poll <= 1 &&
		u->intr == !!unit_request(u);
}

int vpic_load(struct vpic *chip, const struct vpic_state *s)
{
	const struct vpic_unit *master = &s->unit[VPIC_MASTER], *slave = &s->unit[VPIC_SLAVE];

	if (s->version != VPIC_VERSION)
		return E_VERSION;
	if (!unit_is_sane(master, I8259_ELCR_MASTER) || !unit_is_sane(slave, I8259_ELCR_SLAVE) ||
	    (master->pins >> I8259_CASCADE & 1) != slave->intr)
		return E_DAMAGED;
	chip->s = *s;
	find_simple(chip);
	line_set(&chip->intr, master->intr);
	return E_OK;
}

/* A register, and the interrupts that it stands for. */
static void levels_describe(const char *what, unsigned bits, unsigned first, struct fmt_sink *out)
{
	fmt_sink(out, ", %s %02X", what, bits);
	for (unsigned i = 0; i < I8259_LEVELS; i++)
		if (bits >> i & 1)
			fmt_sink(out, "%s%u", bits & ((1u << i) - 1) ? " " : " (IRQ ", first + i);
	if (bits)
		fmt_sink(out, ")");
}

static void unit_describe(const struct vpic_unit *u, const char *name, unsigned first, struct fmt_sink *out)
{
	fmt_sink(out, "%s: pins %02X", name, u->pins);
	levels_describe("requests", u->irr, first, out);
	levels_describe("in service", u->isr, first, out);
	levels_describe("masked", u->imr, first, out);
	fmt_sink(out, ", INT %s\n", u->intr ? "high" : "low");
	if (u->expect)
		fmt_sink(out, "  initialization: waits for ICW%u\n", u->expect);
	fmt_sink(out, "  mode: vectors from %02X, %s triggered (ELCR %02X), %sfully nested, %s EOI%s%s%s\n",
		unit_vector(u, 0), u->icw1 & I8259_ICW1_LTIM ? "level" : "edge", u->elcr,
		u->icw4 & I8259_ICW4_SFNM ? "special " : "",
		u->icw4 & I8259_ICW4_AEOI ? "automatic" : "normal",
		u->rotate_aeoi ? " with rotation" : "",
		u->special_mask ? ", special mask" : "",
		u->icw4 & I8259_ICW4_UPM ? "" : ", MCS-80/85");
	if (u->lowest != I8259_LEVELS - 1)
		fmt_sink(out, "  rotated: lowest priority IRQ %u\n", first + u->lowest);
}

void vpic_describe(const struct vpic *chip, struct fmt_sink *out)
{
	unit_describe(&chip->s.unit[VPIC_MASTER], "master", 0, out);
	unit_describe(&chip->s.unit[VPIC_SLAVE], "slave", I8259_LEVELS, out);
}
