/* The adapter's memory, lent to the machine whose picture is shown: the display's half of <iface/loan.h>. */
#ifndef VGA_LEND_H
#define VGA_LEND_H

#include <iface/loan.h>

#include "picture.h"

struct lending {
	bool lent;
	const struct borrower *to;       /* while lent */
	const struct adapter *adapter;
	struct picture *picture;         /* programmed anew when a loan has ended */
	uint8_t map_mask, gc[VGA_GC_REGS]; /* the machine's */
};

/* Offers the adapter, which shows just that, to who is named in it. Without a borrower does nothing. */
void lend(struct lending *l, const struct display_vga *vga);
/* Asks for it, if it is lent; the machine has its own memory again. */
void lend_take_back(struct lending *l);

#endif
