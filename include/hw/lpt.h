/* The PC's parallel port: IBM's, with the extensions of PS/2, EPP and ECP.
 *
 * Sources: IBM, "Personal Computer Technical Reference", "IBM Parallel Printer Adapter" (data,
 * status and control latches); IBM, "Personal System/2 Hardware Interface Technical Reference",
 * "Parallel Port Controller" (bit 5 of control); SMC, FDC37C665GT data sheet, "EPP 1.9 Operation"
 * and "Extended Capabilities Parallel Port"; Microsoft, "Extended Capabilities Port Protocol and
 * ISA Interface Standard", revision 1.14. */
#ifndef HW_LPT_H
#define HW_LPT_H

/* Offsets from the base port. */
enum lpt_register {
	LPT_DATA = 0, LPT_STATUS = 1, LPT_CONTROL = 2,
	LPT_SPP_REGISTERS = 3,
	LPT_EPP_ADDRESS = 3, LPT_EPP_DATA = 4,      /* data at 4 to 7 */
	LPT_EPP_REGISTERS = 8,
	LPT_ECP_OFFSET = 0x400,
};

/* Offsets from the base port plus LPT_ECP_OFFSET; the first two by mode. */
enum lpt_ecp_register {
	LPT_FIFO = 0, LPT_CNFGA = 0,
	LPT_CNFGB = 1,
	LPT_ECR = 2,
	LPT_ECP_REGISTERS = 3,
};

/* Bits 3-6 show the pins as they are; bit 7 shows BUSY upside down. */
enum lpt_status {
	LPT_STATUS_TIMEOUT = 0x01,          /* EPP; reads 1 where there is none */
	LPT_STATUS_UNUSED = 0x06,           /* read 1 */
	LPT_STATUS_ERROR = 0x08,            /* pin 15, low: error */
	LPT_STATUS_SELECT = 0x10,           /* pin 13, high: on line */
	LPT_STATUS_PE = 0x20,               /* pin 12, high: no paper */
	LPT_STATUS_ACK = 0x40,              /* pin 10, pulses low */
	LPT_STATUS_BUSY = 0x80,             /* pin 11, high: busy; the register's bit then is 0 */
	LPT_STATUS_PINS = 0xF8,
	LPT_STATUS_INVERTED = 0x80,
};

/* The pins of bits 0, 1 and 3 are low while the bit is 1. */
enum lpt_control {
	LPT_CONTROL_STROBE = 0x01,          /* pin 1 */
	LPT_CONTROL_AUTOFD = 0x02,          /* pin 14 */
	LPT_CONTROL_INIT = 0x04,            /* pin 16, low: reset the printer */
	LPT_CONTROL_SELIN = 0x08,           /* pin 17 */
	LPT_CONTROL_IRQ = 0x10,
	LPT_CONTROL_INPUT = 0x20,           /* the data pins are not driven */
	LPT_CONTROL_PINS = 0x0F,
	LPT_CONTROL_INVERTED = 0x0B,
	LPT_CONTROL_WRITABLE = 0x3F,
	LPT_CONTROL_UNUSED = 0xC0,          /* read 1 */
};

enum lpt_ecr {
	LPT_ECR_EMPTY = 0x01, LPT_ECR_FULL = 0x02,
	LPT_ECR_SERVICE = 0x04,             /* 0: interrupt when the FIFO wants service; 1: it did */
	LPT_ECR_DMA = 0x08,
	LPT_ECR_NO_ERROR_IRQ = 0x10,        /* 0: interrupt when ERROR goes low */
	LPT_ECR_MODE_SHIFT = 5,
	LPT_ECR_WRITABLE = 0xFC,
};

enum lpt_mode {
	LPT_MODE_SPP, LPT_MODE_BYTE, LPT_MODE_FIFO, LPT_MODE_ECP, LPT_MODE_EPP, LPT_MODE_RESERVED,
	LPT_MODE_TEST, LPT_MODE_CONFIG,
};

enum {
	LPT_FIFO_SIZE = 16,
	LPT_FIFO_THRESHOLD = 8,             /* free (or filled, when reading) bytes that want service */
	LPT_CNFGA_ISA8 = 0x10,              /* pulsed interrupts, words of one byte */
	LPT_CNFGB_LINE = 0x40,              /* the interrupt line's level */
	LPT_CNFGB_IRQ_SHIFT = 3,
};

#endif
