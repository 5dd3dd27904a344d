/* The 8254 interval timer of a PC: state and operations.
 *
 * Registers (`reg`): 0..2 = counters at 40h..42h, 3 = the control word at 43h. */
#ifndef VPIT_H
#define VPIT_H

#include <base/error.h>
#include <base/fmt.h>
#include <hw/i8254.h>
#include <iface/wire.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	VPIT_VERSION = 2,
	VPIT_REGS = 4,
	/* Two interrupts of counter 0 are never closer than this, however the guest programs it
	 * and however late it is. */
	VPIT_TICK_MIN_NS = 20000,
	/* Ticks that a late machine may be owed; more are lost, and counted. */
	VPIT_OWED_MAX = 1024,
	/* Owed ticks follow each other at this fraction of the programmed period: a machine that
	 * gets 20 ms of every 200 still has all ticks of an 18.2 Hz clock. */
	VPIT_CATCH_UP = 16,
};

/* One counter, exact as of CLK pulse number `clk`. Written by the machine's own task only. */
struct vpit_counter {
	uint64_t clk;
	uint32_t ce;           /* counting element: 0..modulus (0x10000 or 10000) */
	uint32_t loaded;       /* the count that ce was last loaded with, 1..modulus */
	uint32_t rises;        /* rising edges of OUT so far */
	uint16_t cr;           /* count register, as written */
	uint16_t latch;        /* output latch */
	uint8_t control;       /* RW, mode and BCD bits as written */
	uint8_t mode;
	uint8_t status;        /* latched status byte */
	uint8_t low;           /* first byte of a count whose second is to come */
	uint8_t gate, out;
	uint8_t null;          /* cr is newer than ce */
	uint8_t counted;       /* a count was written since the control word */
	uint8_t load;          /* the next CLK loads ce */
	uint8_t running;       /* ce was loaded since the control word */
	uint8_t expired;       /* one-shot modes: terminal count is past */
	uint8_t write_high, read_high;
	uint8_t latched, status_latched;
	uint8_t reserved[5];
};

struct vpit_state {
	uint32_t version;
	uint32_t owed;         /* ticks that the guest has not had yet */
	uint32_t lost;         /* ticks beyond VPIT_OWED_MAX */
	uint32_t gap_ns;       /* least distance of two ticks, now */
	uint64_t last_tick_ns; /* when IRQ 0 last rose */
	union {
		uint64_t armed_ns;     /* the pending alarm */
		struct {
			uint32_t armed_low, armed_high;
		};
	};
	uint32_t taken;        /* rises of counter 0 that became ticks; it may lag behind them */
	uint32_t reserved;
	struct vpit_counter counter[I8254_COUNTERS];
};

struct vpit {
	struct vpit_state s;
	struct line irq;       /* IRQ 0 */
	struct edge irq_edge;  /* the same line */
	struct line tone;      /* driven high when what counter 2 makes may have changed */
	struct clock clock;
	/* When a tick that was not on its regular way last became a request, and whether the pulse under way
	 * met one untaken. (A guest's patience is no state.) */
	uint64_t asked_ns;
	bool merged;
	/* Conversion of time, made from nothing: half a second is a whole number of CLKs. */
	uint64_t base_ns, base_clk;
	/* The pending alarm is the next rise of a steady counter 0, at armed_ns and `fraction`, and so many
	 * follow, one each step: for so long the sum of steps is never early, nor late by a whole ns. */
	uint32_t steps;
	uint32_t fraction;     /* 2^-32 ns */
	uint32_t step_ns, step_fraction, late_max_ns;
};

/* Power-on; the levels at the gates stay. Counters 0 and 1 have their gates tied high. */
void vpit_reset(struct vpit *chip);
uint8_t vpit_in(struct vpit *chip, unsigned reg);
void vpit_out(struct vpit *chip, unsigned reg, uint8_t value);
void vpit_expire(struct vpit *chip, uint64_t now);
CHECK int vpit_load(struct vpit *chip, const struct vpit_state *s);
void vpit_describe(const struct vpit *chip, struct fmt_sink *out);

/* IRQ 0's last pulse met a request that the processor has still to take; the machine has had the processor
 * without a break since `turn_ns`, machine time. */
void vpit_tick_merged(struct vpit *chip, uint64_t turn_ns);

/* GATE of counter 2 (port 61h bit 0). */
void vpit_gate(struct vpit *chip, unsigned counter, bool level);

/* OUT of a counter at `now`, machine time in ns. */
bool vpit_output(struct vpit *chip, unsigned counter, uint64_t now);

/* Port 61h bit 4: changes with each refresh, that is with each pulse of OUT 1. */
bool vpit_refresh(struct vpit *chip, uint64_t now);

/* The count by which a counter divides its clock; 0 when it makes no steady wave (not a square wave
 * or rate generator, not loaded, gate low). */
uint32_t vpit_tone_count(const struct vpit *chip, unsigned counter);
/* The frequency that a counter makes, rounded to Hz; 0 when it makes none. */
uint32_t vpit_frequency_hz(const struct vpit *chip, unsigned counter);

#endif
