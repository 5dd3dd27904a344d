/* Intel 8254 programmable interval timer, and its place in a PC.
 *
 * Intel, "8254 Programmable Interval Timer" (231164), "Programming the 8254" and "Mode
 * Definitions"; IBM, "Personal Computer AT Technical Reference", "System Timers". */
#ifndef HW_I8254_H
#define HW_I8254_H

enum {
	I8254_PORT = 0x40,          /* counters 0, 1 and 2, then the control word */
	I8254_CONTROL = 3,          /* offset of the control word's port */
	I8254_COUNTERS = 3,
	I8254_HZ = 1193182,         /* 14.31818 MHz / 12 */

	I8254_TICK_COUNTER = 0,     /* OUT is IRQ 0, GATE is tied high */
	I8254_REFRESH_COUNTER = 1,  /* OUT asks for memory refresh, GATE is tied high */
	I8254_SPEAKER_COUNTER = 2,  /* GATE is port 61h bit 0 */
};

enum {
	/* The control word. */
	I8254_CW_BCD = 0x01,
	I8254_CW_M = 0x0E,          /* the mode; of 6 and 7 the high bit does not count */
	I8254_CW_M_SHIFT = 1,
	I8254_CW_RW = 0x30,
	I8254_CW_RW_LATCH = 0x00,   /* counter latch command */
	I8254_CW_RW_LSB = 0x10,
	I8254_CW_RW_MSB = 0x20,
	I8254_CW_RW_BOTH = 0x30,    /* least significant byte first */
	I8254_CW_SC = 0xC0,         /* the counter, or: */
	I8254_CW_SC_SHIFT = 6,
	I8254_CW_SC_READ_BACK = 0xC0,

	/* The read-back command. Both "latch" bits mean it when they are 0. */
	I8254_RB_NO_COUNT = 0x20,
	I8254_RB_NO_STATUS = 0x10,
	I8254_RB_CNT0 = 0x02,       /* counter n is meant: shift left by n */

	/* The status byte; its low six bits are the control word's. */
	I8254_STATUS_OUT = 0x80,
	I8254_STATUS_NULL = 0x40,   /* the count written last is not in the counter yet */
	I8254_STATUS_CW = 0x3F,
};

/* The modes by the names of the data sheet. */
enum i8254_mode {
	I8254_INTERRUPT_ON_TERMINAL_COUNT = 0,
	I8254_HARDWARE_ONE_SHOT = 1,
	I8254_RATE_GENERATOR = 2,
	I8254_SQUARE_WAVE = 3,
	I8254_SOFTWARE_STROBE = 4,
	I8254_HARDWARE_STROBE = 5,
};

#endif
