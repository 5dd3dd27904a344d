/* The PC's pair of 8259A interrupt controllers as one chip: state and operations.
 *
 * Registers (`reg`): 0, 1 = 20h, 21h; 2, 3 = A0h, A1h; 4, 5 = the ELCR at 4D0h, 4D1h, which
 * an AT has not: whoever wants the plain AT does not claim those ports. */
#ifndef VPIC_H
#define VPIC_H

#include <base/error.h>
#include <base/fmt.h>
#include <iface/wire.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	VPIC_VERSION = 1,
	VPIC_REGS = 6,
	VPIC_IRQS = 16,
};

/* One 8259A. Written by the machine's own task only. Invariant: irr is a part of `pins`. */
struct vpic_unit {
	uint8_t pins;          /* levels at IR7..IR0 */
	uint8_t irr, isr, imr;
	uint8_t icw1, icw2, icw3, icw4;
	uint8_t expect;        /* the ICW that the next write with A0 = 1 is; 0: OCW1 */
	uint8_t lowest;        /* the level that has the lowest priority now */
	uint8_t special_mask;
	uint8_t rotate_aeoi;
	uint8_t read_isr;      /* what A0 = 0 reads */
	uint8_t poll;          /* the next read is a poll */
	uint8_t elcr;
	uint8_t intr;          /* the INT pin */
};

enum { VPIC_MASTER, VPIC_SLAVE, VPIC_UNITS };

struct vpic_state {
	uint32_t version;
	struct vpic_unit unit[VPIC_UNITS];
};

struct vpic {
	struct vpic_state s;
	struct line intr;      /* INTR of the processor */
	void (*tick_merged)(void *of);    /* input 0 rose, and was waiting already; or NULL */
	void *tick_of;
	/* Made from the state: the master is as a PC's BIOS sets it, with fixed priorities, edge triggered,
	 * and an end of interrupt by command. What happens a thousand times a second is short then. */
	bool simple;
};

/* Power-on: all masked until the first ICW1; the levels at the inputs stay. */
void vpic_reset(struct vpic *chip);
uint8_t vpic_in(struct vpic *chip, unsigned reg);
void vpic_out(struct vpic *chip, unsigned reg, uint8_t value);
/* The same for one chip of the pair, `a0` being the distance from its base port: the shortest
 * ways, for those whom each instruction costs. */
uint8_t vpic_master_in(struct vpic *chip, unsigned a0);
void vpic_master_out(struct vpic *chip, unsigned a0, uint8_t value);
uint8_t vpic_slave_in(struct vpic *chip, unsigned a0);
void vpic_slave_out(struct vpic *chip, unsigned a0, uint8_t value);
/* Nothing here waits for time; there for the uniform shape. */
void vpic_expire(struct vpic *chip, uint64_t now);
CHECK int vpic_load(struct vpic *chip, const struct vpic_state *s);
void vpic_describe(const struct vpic *chip, struct fmt_sink *out);

/* An interrupt request line, 0..15. The bus's IRQ 2 is wired to IRQ 9 on an AT, and so it is
 * here. A request counts only while its line is high: hold it until it is served. */
void vpic_line(struct vpic *chip, unsigned irq, bool level);
/* The same for a line to the master (0, 1, 3 to 7) that falls and rises again: bit 1 << irq. */
void vpic_master_pulse(struct vpic *chip, unsigned bit);

/* The number 0..15 of the request that an acknowledge would take now, -1 when INTR is low. */
int vpic_pending(const struct vpic *chip);

/* The processor's interrupt acknowledge cycles: returns the vector. With nothing pending it
 * is the spurious one, as on the chip. */
uint8_t vpic_acknowledge(struct vpic *chip);

#endif
