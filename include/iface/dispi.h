/* Contract "dispi", version 1: the display interface of the PC's own adapter, where that is an emulator's.
 *
 * Whoever drives the VGA calls it (modules/dev/vga), and owns the VGA's registers whenever the interface is
 * off; while it is on, they are the driver's of this contract. */
#ifndef IFACE_DISPI_H
#define IFACE_DISPI_H

#include <base/error.h>
#include <iface/display.h>

#define DISPI_ROLE "dispi"
#define DISPI_VERSION 1

struct dispi_ops {
	/* The screen looks like this now or, where much has changed, after some more calls. Called from a task;
	 * does not wait. E_RANGE: the adapter does not take that mode; nothing was touched. */
	int (*show)(void *dispi, const struct display_vbe *vbe);
	/* A plain VGA again, of which all registers, colours and memory are to be written anew. From anywhere. */
	void (*off)(void *dispi);
};

#endif
