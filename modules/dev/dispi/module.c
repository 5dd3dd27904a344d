/* Contract "dispi" over the adapter of an emulator's PC; loaded when a machine in view is in a mode that
 * a plain VGA cannot show. */
#include "dispi.h"

#include <base/mem.h>
#include <iface/dispi.h>
#include <kern/module.h>

enum { BANK = 0xA0000, BANK_SIZE = 0x10000 };

static int show(void *dispi, const struct display_vbe *vbe) { return dispi_show(dispi, vbe); }
static void off(void *dispi) { dispi_off(dispi); }

static const struct dispi_ops ops = { show, off };

static int start(struct module *self)
{
	struct dispi *d = mem_alloc(module_account(self), sizeof *d);
	int err = E_NO_MEMORY;

	if (!d)
		return err;
	d->bank = device_map(BANK, BANK_SIZE);
	if (d->bank)
		err = dispi_find(d) ? offer_add(self, DISPI_ROLE, "dispi", DISPI_VERSION, &ops, d) : E_NO_DEVICE;
	if (err)
		mem_free(d);
	return err;
}

MODULE(.name = "dispi", .summary = "more than a VGA's modes, on an emulator's adapter (Bochs, QEMU, VirtualBox)",
       .start = start);
