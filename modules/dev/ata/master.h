/* Bus master DMA of one IDE channel: the controller moves the data, the processor only says where to. */
#ifndef ATA_MASTER_H
#define ATA_MASTER_H

#include <hw/pci_ide.h>
#include <kern/memory.h>

enum { MASTER_PIECES = 2, MASTER_MAX = BM_BOUNDARY };

struct master {
	struct bm_piece table[MASTER_PIECES] __attribute__((aligned(16)));   /* in no two 64 KB */
	uint16_t base;                   /* of its registers; 0: the channel has none */
};

/* Finds the masters of the two channels at their old places 1F0h and 170h. */
void master_find(struct master *primary, struct master *secondary);
/* Gets ready for at most MASTER_MAX bytes at an even physical address: before the command. */
void master_prepare(struct master *master, paddr_t at, uint32_t size, bool to_memory);
/* After the command. */
void master_start(const struct master *master, bool to_memory);
/* Whether neither the drive has interrupted nor the bus failed yet. */
bool master_busy(const struct master *master);
/* Ends it; false: not all was moved, or not well. */
bool master_stop(const struct master *master);

#endif
