/* The display interface of Bochs's emulator: registers behind an index that extend a VGA by modes of
 * more dots and by banks of memory.
 *
 * Read: Bochs, "VBE Display API" (vbe_display_api.txt). */
#ifndef HW_DISPI_H
#define HW_DISPI_H

enum {
	DISPI_PORT = 0x1CE,             /* index: a word; the register's word at the port above */
	DISPI_PORTS = 3,
	DISPI_INDEX = 0, DISPI_DATA = 1,

	/* Registers. */
	DISPI_ID = 0, DISPI_XRES = 1, DISPI_YRES = 2, DISPI_BPP = 3, DISPI_ENABLE = 4, DISPI_BANK = 5,
	DISPI_VIRT_WIDTH = 6, DISPI_VIRT_HEIGHT = 7, DISPI_X_OFFSET = 8, DISPI_Y_OFFSET = 9,
	DISPI_MEMORY_64K = 10, DISPI_REGS = 11,

	DISPI_ID_FIRST = 0xB0C0, DISPI_ID_LAST = 0xB0C5,
	DISPI_ENABLE_ON = 0x01,
	DISPI_ENABLE_LIMITS = 0x02,     /* XRES, YRES and BPP read the greatest possible */
	DISPI_ENABLE_KEEP = 0x80,       /* memory is not cleared */

	DISPI_BANK_WRITE = 0x4000, DISPI_BANK_READ = 0x8000,    /* the bank for which; without them, for both */

	DISPI_BANK_SIZE = 0x10000,
};

#endif
