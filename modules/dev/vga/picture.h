/* A virtual VGA's graphics on the real one: its registers and memory, taken over. */
#ifndef VGA_PICTURE_H
#define VGA_PICTURE_H

#include "adapter.h"

#include <base/error.h>

struct picture {
	struct display_vga shown;        /* as the adapter was programmed last; display NULL: not at all */
	uint8_t dac[VGA_DAC_COLORS][3];
};

/* Is that timing one of those that every VGA monitor takes? Pure. */
bool picture_fits(const struct display_vga *vga);
/* Another mode than what is shown: to the timing or to the way of access. */
bool picture_is_other(const struct picture *p, const struct display_vga *vga);
/* Makes the adapter show it, by as few accesses as what has changed allows. While its memory is lent (lend.h) that is
 * not `other`, and nothing `changed`. */
void picture_draw(struct picture *p, const struct adapter *a, const struct display_vga *vga);

#endif
