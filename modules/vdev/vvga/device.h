/* The adapter in its machine: between the files of this module that know the kernel. */
#ifndef VVGA_DEVICE_H
#define VVGA_DEVICE_H

#include <kern/machine.h>

#include "vvga.h"

struct device {
	struct vvga chip;
	struct machine *m;
	struct vvga_window mapped;      /* as the registers have it, and, unless it is lent another's, as the guest has */
	struct account *account;        /* of pages that come into being */
	uint8_t **vbe;                  /* VVGA_VBE_PAGES; NULL until the extension is used */
	uint8_t dac[VGA_DAC_COLORS][3]; /* an EGA's or CGA's colours, for a display */
	enum display_vga_access access; /* as a display was told last */
	uint16_t untold;                /* pages that have changed, of which the physical display knows nothing yet */
	uint32_t vbe_untold[DISPLAY_VBE_WORDS]; /* the same of the extension's pages */
	uint32_t changes, look;         /* see changes() in module.c; vvga_look() at that time */
	struct borrower borrower;
	struct vvga_borrow borrow;      /* of a display's adapter, by lent.c */
	uint16_t written;               /* while lent: pages that may be others than ours, besides those that
					 * machine_dirty() knows */
	bool built;
};

/* The window as the registers have it. */
void device_map_window(struct device *d);

/* lent.c */
void lent_init(struct device *d);
/* Planes and latches here are what they are in the adapter; it stays lent, if it is. */
void lent_sync(struct device *d);
/* The same of the latches alone. */
void lent_sync_latches(struct device *d);
/* It is lent no longer; for the device's own reasons. */
void lent_end(struct device *d);
/* The machine ends. */
void lent_drop(struct device *d);

#endif
