/* The MC146818 real-time clock and CMOS memory of a PC: state and operations.
 *
 * Registers (`reg`): 0 = index at 70h, 1 = data at 71h. */
#ifndef VRTC_H
#define VRTC_H

#include <base/error.h>
#include <base/fmt.h>
#include <hw/mc146818.h>
#include <iface/wire.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	VRTC_VERSION = 1,
	VRTC_REGS = 2,
	/* Periodic interrupts that a late machine may be owed, and how closely they follow each
	 * other: this fraction of the period, but never closer than the minimum. */
	VRTC_OWED_MAX = 1024,
	VRTC_CATCH_UP = 16,
	VRTC_TICK_MIN_NS = 50000,
};

struct vrtc_state {
	uint32_t version;
	uint32_t owed;         /* periodic interrupts that the guest has not had yet */
	uint64_t next_ns;      /* machine time at which the next update ends */
	uint64_t seen_ns;      /* flags are right up to here */
	uint64_t owed_ns;      /* when the next owed interrupt is due */
	uint8_t index;         /* as written, bit 7 included */
	uint8_t fell_back;     /* in October's repeated hour */
	uint8_t aborted;       /* SET stopped the update that next_ns would have ended */
	uint8_t reserved[5];
	uint8_t byte[MC146818_BYTES]; /* time registers as of the last update; C without IRQF */
};

struct vrtc {
	struct vrtc_state s;
	struct line irq;       /* IRQ 8 */
	struct line nmi_mask;  /* high: port 70h bit 7 keeps NMI from the machine's processor */
	struct clock clock;
};

/* A date and time of day in the usual numbers. */
struct vrtc_time {
	uint16_t year;                   /* 1900..2099 and beyond: the century byte holds 0..99 */
	uint8_t month, day;              /* from 1 */
	uint8_t hour, minute, second;    /* from 0 */
};

/* What the set-up program of a PC would be told. */
struct vrtc_config {
	uint8_t floppy[2];               /* CMOS_FLOPPY_ */
	uint8_t disk[2];                 /* drive types 0..255; 0 is none */
	uint16_t base_kb;
	uint32_t extended_kb;            /* above 1 MB */
	uint8_t display;                 /* enum cmos_display */
	bool fpu;
	bool a20;                        /* POST is to leave A20 open */
};

/* The RESET pin: interrupts off. Time and memory live on the battery and stay. The board masks
 * NMI until port 70h is written. A new chip wants vrtc_configure() as well. */
void vrtc_reset(struct vrtc *chip);
uint8_t vrtc_in(struct vrtc *chip, unsigned reg);
void vrtc_out(struct vrtc *chip, unsigned reg, uint8_t value);
void vrtc_expire(struct vrtc *chip, uint64_t now);
CHECK int vrtc_load(struct vrtc *chip, const struct vrtc_state *s);
void vrtc_describe(const struct vrtc *chip, struct fmt_sink *out);

/* A new battery, then the set-up program: clears the memory, starts the oscillator in 24-hour
 * BCD mode at 1 January 00, fills in what `config` says, and the checksum. */
void vrtc_configure(struct vrtc *chip, const struct vrtc_config *config);

/* Sets the clock, day of the week and century byte included, in the data mode that is set; the
 * second begins now. E_INVALID when there is no such time. */
CHECK int vrtc_set_time(struct vrtc *chip, const struct vrtc_time *time);
/* The clock's time now; fields that the guest filled with nonsense come out in range. */
void vrtc_get_time(struct vrtc *chip, struct vrtc_time *time);

/* A byte of the memory as the guest would read it, without the side effects of register C. */
uint8_t vrtc_peek(struct vrtc *chip, unsigned address);
/* Sets a byte of the memory (from MC146818_RAM on) and mends the checksum. */
void vrtc_poke(struct vrtc *chip, unsigned address, uint8_t value);

/* The checksum of bytes 10h..2Dh, and setting it in 2Eh, 2Fh. */
uint16_t vrtc_checksum(const struct vrtc *chip);
void vrtc_mend_checksum(struct vrtc *chip);

#endif
