/* Intel 8237A DMA controller, two of them and their page registers in a PC/AT.
 *
 * Intel, "8237A High Performance Programmable DMA Controller" (231466), "Register Description"
 * and "Software Commands"; IBM, "Personal Computer AT Technical Reference" (1984), "Direct Memory
 * Access (DMA)". */
#ifndef HW_I8237_H
#define HW_I8237_H

enum {
	I8237_FIRST_PORT = 0x00,    /* channels 0-3, bytes; registers 1 port apart */
	I8237_SECOND_PORT = 0xC0,   /* channels 4-7, words; registers 2 ports apart */
	I8237_SECOND_SHIFT = 1,
	I8237_REGISTERS = 16,
	I8237_CHANNELS = 4,         /* of one controller */

	I8237_PAGE_PORT = 0x80,     /* sixteen bytes of memory; 80h itself is nobody's page */
	I8237_PAGES = 16,
};

/* Offsets; 0-7 are address and count of channels 0-3, low byte first. */
enum i8237_register {
	I8237_COMMAND = 8, I8237_STATUS = 8,
	I8237_REQUEST = 9,
	I8237_MASK = 10,            /* one channel's bit */
	I8237_MODE = 11,
	I8237_CLEAR_FLIP_FLOP = 12,
	I8237_MASTER_CLEAR = 13, I8237_TEMPORARY = 13,
	I8237_CLEAR_MASK = 14,
	I8237_ALL_MASK = 15,
};

enum i8237_command {
	I8237_COMMAND_MEMORY = 0x01,        /* memory-to-memory */
	I8237_COMMAND_HOLD = 0x02,          /* channel 0's address stays */
	I8237_COMMAND_DISABLE = 0x04,
	I8237_COMMAND_COMPRESSED = 0x08,
	I8237_COMMAND_ROTATING = 0x10,
	I8237_COMMAND_EXTENDED_WRITE = 0x20,
	I8237_COMMAND_DREQ_LOW = 0x40,
	I8237_COMMAND_DACK_HIGH = 0x80,
};

enum i8237_mode {
	I8237_MODE_CHANNEL = 0x03,
	I8237_MODE_TRANSFER = 0x0C,
	I8237_MODE_VERIFY = 0x00, I8237_MODE_WRITE = 0x04, I8237_MODE_READ = 0x08,
	I8237_MODE_AUTO = 0x10,
	I8237_MODE_DECREMENT = 0x20,
	I8237_MODE_SELECT = 0xC0,
	I8237_MODE_DEMAND = 0x00, I8237_MODE_SINGLE = 0x40, I8237_MODE_BLOCK = 0x80,
	I8237_MODE_CASCADE = 0xC0,
};

/* Request and single mask register. */
enum { I8237_SELECT_CHANNEL = 0x03, I8237_SELECT_SET = 0x04 };

/* Bit n: channel n reached terminal count; bit 4 + n: it requests. */
enum { I8237_STATUS_TC = 0x0F, I8237_STATUS_REQUEST_SHIFT = 4 };

#endif
