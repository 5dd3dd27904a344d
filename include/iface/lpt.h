/* Contract "lpt": a parallel port of the PC ("lpt1" ... "lpt3"), opened by one user at a time,
 * who has its pins. Levels are electrical, in the bits of the registers (<hw/lpt.h>). */
#ifndef IFACE_LPT_H
#define IFACE_LPT_H

#include <base/error.h>
#include <stdbool.h>
#include <stdint.h>

#define LPT_ROLE "lpt"
#define LPT_VERSION 1

struct lpt_ops {
	/* E_BUSY. `ack` is called in interrupt context at the end of each pulse of ACK. */
	int (*open)(void *port, void (*ack)(void *ctx), void *ctx);
	void (*close)(void *port);
	/* `control`: the pins, and LPT_CONTROL_IRQ while ACK's pulses are wanted. `drives` false: the data pins are left to the other side, where the port can do that. */
	void (*drive)(void *port, uint8_t data, bool drives, uint8_t control);
	uint8_t (*status)(void *port);
	uint8_t (*data)(void *port);
};

#endif
