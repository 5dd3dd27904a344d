/* The console's parts that know the kernel: places, and what they share. */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include "keymap.h"

#include <iface/console.h>
#include <kern/memory.h>
#include <kern/module.h>

struct console {
	struct account *account;
	const struct keymap *keymap;
};

/* Each adds its offer when its hardware is there. E_NOT_FOUND: it is not. */
CHECK int serial_place_start(struct module *self, struct console *console);
CHECK int screen_place_start(struct module *self, struct console *console);

/* Of all places. */
int console_set_keymap(struct console *console, const char *name);

#endif
