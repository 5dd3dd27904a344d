/* Intel 8259A programmable interrupt controller, and the pair of them in a PC/AT.
 *
 * Intel, "8259A Programmable Interrupt Controller" (231468), "Initialization Command Words"
 * and "Operation Command Words"; IBM, "Personal Computer AT Technical Reference", "System
 * Interrupts" and "I/O Address Map". The ELCR is no part of an 8259A: EISA and PCI chip sets
 * have it (Intel, "82371SB (PIIX3)", "ELCR"). */
#ifndef HW_I8259_H
#define HW_I8259_H

enum {
	/* Where a PC/AT has them. Each chip has two ports: A0 = 0 and A0 = 1. */
	I8259_MASTER_PORT = 0x20,
	I8259_SLAVE_PORT = 0xA0,
	I8259_ELCR_PORT = 0x4D0,    /* master's byte, then the slave's */
	I8259_A0 = 1,
	I8259_LEVELS = 8,           /* inputs of one chip */
	I8259_CASCADE = 2,          /* the master's input that carries the slave's INT */
	I8259_SPURIOUS = 7,         /* the level that answers INTA when nothing asks */
};

enum {
	/* ICW1: A0 = 0 and D4 = 1. */
	I8259_ICW1 = 0x10,
	I8259_ICW1_IC4 = 0x01,      /* ICW4 will follow */
	I8259_ICW1_SNGL = 0x02,     /* the only chip: no ICW3 */
	I8259_ICW1_ADI = 0x04,      /* MCS-80/85: CALL addresses 4 apart, else 8 */
	I8259_ICW1_LTIM = 0x08,     /* inputs are level triggered */
	I8259_ICW1_A7_A5 = 0xE0,    /* MCS-80/85: bits 7..5 of the CALL address, */
	I8259_ICW1_A7_A6 = 0xC0,    /* or with interval 8 only these */

	/* ICW2: bits 7..3 of the vector. */
	I8259_ICW2_T7_T3 = 0xF8,

	/* ICW3: the master's is a mask of inputs with slaves, the slave's its own number. */
	I8259_ICW3_ID = 0x07,

	I8259_ICW4_UPM = 0x01,      /* 8086 mode, else MCS-80/85 */
	I8259_ICW4_AEOI = 0x02,
	I8259_ICW4_MS = 0x04,       /* buffered mode: master */
	I8259_ICW4_BUF = 0x08,
	I8259_ICW4_SFNM = 0x10,     /* special fully nested mode */
};

enum {
	/* OCW2: A0 = 0, D4 = D3 = 0. */
	I8259_OCW2_L = 0x07,        /* the level meant when SL = 1 */
	I8259_OCW2_EOI = 0x20,
	I8259_OCW2_SL = 0x40,
	I8259_OCW2_R = 0x80,

	I8259_OCW2_AEOI_ROTATE_CLEAR = 0x00,
	I8259_OCW2_EOI_NONSPECIFIC = 0x20,
	I8259_OCW2_NOP = 0x40,
	I8259_OCW2_EOI_SPECIFIC = 0x60,
	I8259_OCW2_AEOI_ROTATE_SET = 0x80,
	I8259_OCW2_EOI_ROTATE = 0xA0,
	I8259_OCW2_SET_PRIORITY = 0xC0,
	I8259_OCW2_EOI_SPECIFIC_ROTATE = 0xE0,

	/* OCW3: A0 = 0, D4 = 0, D3 = 1. */
	I8259_OCW3 = 0x08,
	I8259_OCW3_RIS = 0x01,      /* with RR: read ISR, else IRR */
	I8259_OCW3_RR = 0x02,
	I8259_OCW3_P = 0x04,        /* poll */
	I8259_OCW3_SMM = 0x20,
	I8259_OCW3_ESMM = 0x40,     /* SMM is meant */

	/* What a poll reads. */
	I8259_POLL_I = 0x80,        /* there was a request */
	I8259_POLL_W = 0x07,
};

enum {
	/* The inputs that an ELCR can make level triggered: not the timer, keyboard, cascade,
	 * clock and coprocessor. */
	I8259_ELCR_MASTER = 0xF8,
	I8259_ELCR_SLAVE = 0xDE,
};

#endif
