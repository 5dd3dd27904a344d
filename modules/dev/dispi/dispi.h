/* The display interface of the PC's own adapter (Bochs, QEMU, VirtualBox). */
#ifndef DISPI_DISPI_H
#define DISPI_DISPI_H

#include <base/error.h>
#include <iface/display.h>

struct dispi {
	volatile uint32_t *bank;         /* A0000h, 64 KB */
	uint16_t width_max, height_max;
	struct display_vbe shown;        /* as the adapter was programmed last; display NULL: the interface is off */
	uint8_t dac[DISPLAY_PALETTE][3]; /* and its colours */
	uint32_t pending[DISPLAY_VBE_WORDS]; /* pages that are still to be copied */
};

/* Reads the limits of an interface that is there, into *d. False: there is none; nothing was touched. */
bool dispi_find(struct dispi *d);
/* struct dispi_ops. */
int dispi_show(struct dispi *d, const struct display_vbe *vbe);
void dispi_off(struct dispi *d);

#endif
