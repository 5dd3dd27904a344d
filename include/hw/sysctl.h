/* The PC's system control ports, which are no chip of their own but a few gates on the board.
 *
 * Port B (61h): IBM, "Personal Computer AT Technical Reference", "I/O Address Map" and the
 * logic diagrams. Port A (92h): IBM, "Personal System/2 Hardware Interface Technical
 * Reference", "System Control Port A". */
#ifndef HW_SYSCTL_H
#define HW_SYSCTL_H

enum {
	SYSCTL_B_PORT = 0x61,
	SYSCTL_A_PORT = 0x92,
	SYSCTL_X87_PORT = 0xF0,         /* written: the coprocessor's error is no longer busy */
	SYSCTL_X87_PORTS = 2,           /* the second one resets the coprocessor */
};

enum {
	SYSCTL_B_GATE2 = 0x01,          /* the 8254's GATE 2 */
	SYSCTL_B_SPEAKER = 0x02,        /* lets OUT 2 through to the speaker */
	SYSCTL_B_NO_PARITY = 0x04,      /* 1: parity check off, its latch cleared */
	SYSCTL_B_NO_IOCHK = 0x08,       /* 1: I/O channel check off, its latch cleared */
	SYSCTL_B_WRITABLE = 0x0F,
	SYSCTL_B_REFRESH = 0x10,        /* changes with each memory refresh */
	SYSCTL_B_OUT2 = 0x20,
	SYSCTL_B_IOCHK = 0x40,          /* an adapter reported an error */
	SYSCTL_B_PARITY = 0x80,         /* the system board's memory did */

	SYSCTL_A_RESET = 0x01,          /* going to 1 resets the processor */
	SYSCTL_A_A20 = 0x02,
	SYSCTL_A_LOCK = 0x08,           /* guards the password bytes; stays until reset */
	SYSCTL_A_LEDS = 0xC0,           /* the fixed disk's light */
	SYSCTL_A_WRITABLE = 0xCB,
};

#endif
