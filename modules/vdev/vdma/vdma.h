/* The two 8237A of a PC/AT with their page registers: see vdma.c. */
#ifndef VDMA_H
#define VDMA_H

#include <base/error.h>
#include <base/fmt.h>
#include <hw/i8237.h>
#include <iface/dma.h>
#include <stdbool.h>
#include <stdint.h>

enum { VDMA_VERSION = 1, VDMA_FIRST = 0, VDMA_SECOND = 1, VDMA_CONTROLLERS = 2 };

struct vdma_channel {
	uint16_t base_address, base_count;   /* as written */
	uint16_t address, count;             /* current */
	uint8_t mode;
	uint8_t reserved[3];
};

struct vdma_controller {
	struct vdma_channel channel[I8237_CHANNELS];
	uint8_t command;
	uint8_t mask, request, tc;           /* a bit a channel */
	uint8_t dreq;                        /* levels at the pins as devices drive them: 1 = asks */
	uint8_t temporary;
	uint8_t high;                        /* the flip-flop: the next byte is the high one */
	uint8_t first;                       /* channel of the highest priority */
};

struct vdma_state {
	uint32_t version;
	struct vdma_controller controller[VDMA_CONTROLLERS];
	uint8_t page[I8237_PAGES];
};

/* The machine's memory by physical address; nothing there reads FFh. */
struct vdma_memory {
	void (*read)(void *of, uint32_t address, void *to, unsigned size);
	void (*write)(void *of, uint32_t address, const void *from, unsigned size);
	void *of;
};

struct vdma {
	struct vdma_state s;
	struct vdma_memory memory;
	struct dma_device device[DMA_CHANNELS];
	bool busy;               /* a device that is being served changes its DREQ */
};

/* The reset line; page registers and the devices' requests stay. */
void vdma_reset(struct vdma *chip);
/* `reg` is 0-15 of controller 0 or 1. */
uint8_t vdma_in(struct vdma *chip, unsigned controller, unsigned reg);
void vdma_out(struct vdma *chip, unsigned controller, unsigned reg, uint8_t value);
/* `reg` is the port minus 80h. */
uint8_t vdma_page_in(struct vdma *chip, unsigned reg);
void vdma_page_out(struct vdma *chip, unsigned reg, uint8_t value);
CHECK int vdma_load(struct vdma *chip, const struct vdma_state *s);
void vdma_describe(const struct vdma *chip, struct fmt_sink *out);

/* For devices: <iface/dma.h>. */
int vdma_attach(struct vdma *chip, unsigned channel, const struct dma_device *device);
void vdma_request(struct vdma *chip, unsigned channel, bool level);
bool vdma_ready(const struct vdma *chip, unsigned channel);

#endif
