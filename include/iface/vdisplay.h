/* What a machine's video adapter provides under the machine's role "display"
 * (machine_provide), for the console and the shell's commands.
 *
 * The functions only look. They are called from tasks of the console while the machine may
 * run, between two of its instructions, and neither wait nor change the chip. What they
 * return stays good until the caller waits. */
#ifndef IFACE_VDISPLAY_H
#define IFACE_VDISPLAY_H

#include <base/error.h>
#include <iface/display.h>
#include <kern/memory.h>

#define VDISPLAY_ROLE "display"

struct vdisplay_ops {
	/* False when the adapter is in graphics mode: *out is then untouched. */
	bool (*text)(void *display, struct display_text *out);
	void (*mode)(void *display, struct display_mode *out);
	/* False when the adapter is in a text mode, or in one that no VGA has. Takes note of what it told as
	 * changed: for the physical display alone. */
	bool (*graphics)(void *display, struct display_vga *out);
	/* The same for modes of the adapter's display interface; false in any other. */
	bool (*vbe)(void *display, struct display_vbe *out);
	/* A number that is another one whenever the picture may be another than at the last call: for any who
	 * draw it again only then. */
	uint32_t (*changes)(void *display);
	/* A copy of the adapter as it is now, with its own memory on that account, for those who wait while
	 * they look. Whoever has it holds the machine (machine_hold) and drops it first. E_NO_MEMORY. */
	int (*copy)(void *display, struct account *account, void **copy);
	void (*drop)(void *copy);
	/* Of a display or a copy, in any mode: the size of its picture, line `y` of it as `width` colours,
	 * and what these look like. What blinks is shown. */
	void (*raster)(void *display, struct display_raster *out);
	void (*line)(void *display, unsigned y, uint8_t *colors);
	void (*palette)(void *display, struct display_rgb palette[DISPLAY_PALETTE]);
};

#endif
