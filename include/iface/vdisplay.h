/* What a machine's video adapter provides under the machine's role "display"
 * (machine_provide), for the console and the shell's commands.
 *
 * The functions only look. They are called from tasks of the console while the machine may
 * run, between two of its instructions, and neither wait nor change the chip. What they
 * return stays good until the caller waits. */
#ifndef IFACE_VDISPLAY_H
#define IFACE_VDISPLAY_H

#include <iface/display.h>

#define VDISPLAY_ROLE "display"

struct vdisplay_ops {
	/* False when the adapter is in graphics mode: *out is then untouched. */
	bool (*text)(void *display, struct display_text *out);
	void (*mode)(void *display, struct display_mode *out);
};

#endif
