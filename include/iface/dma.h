/* What a machine's DMA controllers provide under the machine's role "dma", for devices that are
 * wired to a channel. In the machine's own task. */
#ifndef IFACE_DMA_H
#define IFACE_DMA_H

#include <base/error.h>
#include <stdbool.h>
#include <stdint.h>

#define DMA_ROLE "dma"

enum { DMA_CHANNELS = 8, DMA_CASCADE = 4 };

/* The device's side of a channel. Channels 0-3 move bytes, 5-7 words (low byte first). Both ends
 * are called while the controller holds DACK; `terminal_count` tells that this was the last unit.
 * A verify acknowledges without a word which way: it calls `write` with FFFFh as data, and a
 * device that has something to give then knows that it was taken and went nowhere. */
struct dma_device {
	uint16_t (*read)(void *of, bool terminal_count);                   /* to memory */
	void (*write)(void *of, uint16_t data, bool terminal_count);       /* from memory, and verify */
	void *of;
};

struct dma_ops {
	/* One device a channel. E_EXISTS, E_RANGE. */
	int (*attach)(void *dma, unsigned channel, const struct dma_device *device);
	/* DREQ. While it is high and the channel is programmed and unmasked, the controller moves unit
	 * after unit, in this call or in the one that unmasks the channel, until the device drops it,
	 * or until terminal count masks the channel; in single mode as in demand mode, since nobody
	 * sees the bus cycles between. */
	void (*request)(void *dma, unsigned channel, bool level);
	/* DACK would be given: programmed and not masked. A device that must not overrun looks here. */
	bool (*ready)(void *dma, unsigned channel);
};

#endif
