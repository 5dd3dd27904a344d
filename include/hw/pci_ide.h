/* A PCI IDE controller with bus master DMA, and how PCI functions are found (PCI Local Bus Specification,
 * revision 2.1, "Configuration Mechanism #1", "Configuration Space Organization"; PCI IDE Controller
 * Specification, revision 1.0; Intel, Programming Interface for Bus Master IDE Controller, revision 1.0). */
#ifndef HW_PCI_IDE_H
#define HW_PCI_IDE_H

#include <stdint.h>

enum {
	PCI_ADDRESS = 0xCF8, PCI_DATA = 0xCFC,
	PCI_FUNCTION_STEP = 0x100, PCI_BUS_END = 0x10000,    /* of configuration addresses: bus 0 */

	/* Configuration registers. */
	PCI_COMMAND = 0x04, PCI_CLASS = 0x08, PCI_BASE_4 = 0x20,
	PCI_COMMAND_IO = 0x01, PCI_COMMAND_MASTER = 0x04, PCI_COMMAND_MASK = 0xFFFF,
	PCI_BASE_IO = 0x01, PCI_BASE_IO_MASK = 0xFFFC,
	PCI_CLASS_IDE = 0x0101,          /* bits 31-16; the programming interface is in 15-8: */
	PCI_IDE_MASTER = 0x8000, PCI_IDE_NATIVE = 0x0100, PCI_IDE_NATIVE_SHIFT = 2,
};
#define PCI_ENABLE 0x80000000u

/* Of a channel's bus master; the second channel's registers follow the first one's. */
enum {
	BM_COMMAND = 0, BM_STATUS = 2, BM_TABLE = 4, BM_CHANNEL_STEP = 8,
	BM_COMMAND_START = 0x01, BM_COMMAND_TO_MEMORY = 0x08,
	BM_STATUS_ACTIVE = 0x01, BM_STATUS_ERROR = 0x02, BM_STATUS_INTERRUPT = 0x04, BM_STATUS_SIMPLEX = 0x80,
};

/* A piece of memory, in which no boundary of 64 KB lies; 0 bytes are 64 KB. */
struct bm_piece {
	uint32_t address;
	uint16_t bytes, flags;
};
enum { BM_PIECE_LAST = 0x8000, BM_BOUNDARY = 0x10000 };
_Static_assert(sizeof(struct bm_piece) == 8, "the controller reads it");

#endif
