/* The console's start: a place at the PC's screen if it has one, one at COM1 if it has one. */
#include "console.h"

#include <kern/log.h>

int console_set_keymap(struct console *console, const char *name)
{
	const struct keymap *map = keymap_find(name);

	if (!map)
		return E_NOT_FOUND;
	console->keymap = map;
	return E_OK;
}

static int start(struct module *self)
{
	struct console *console = mem_alloc(module_account(self), sizeof *console);
	int screen, serial;

	if (!console)
		return E_NO_MEMORY;
	console->account = module_account(self);
	console->keymap = keymap_at(0);
	screen = screen_place_start(self, console);
	serial = serial_place_start(self, console);
	if (screen && serial) {
		log_line("console: neither a screen (%s) nor a serial line (%s)", error_text(screen),
			 error_text(serial));
		mem_free(console);
		return E_NO_DEVICE;
	}
	return E_OK;
}

MODULE(.name = "console", .summary = "screens, keyboard and serial terminal for the shell",
       .start = start);
