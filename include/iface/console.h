/* Contract "console", version 1: the places where a user sits. Instance "screen" is the
 * PC's own keyboard and screen, "com1" a terminal on a serial line.
 *
 * Text is UTF-8 with a VT100's sequences in both directions of the contract; what a place
 * cannot show is shown as `?`. A key is a Unicode character below 100h (so that all of
 * Latin-1 can be typed; Enter is 0Dh, Backspace 08h, Tab 09h, Ctrl+letter 01h-1Ah), or
 * CONSOLE_KEY plus an enum key for what is no character. One task at a time reads a place;
 * any task may write. */
#ifndef IFACE_CONSOLE_H
#define IFACE_CONSOLE_H

#include <base/error.h>
#include <iface/key.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_ROLE "console"
#define CONSOLE_VERSION 1

enum {
	CONSOLE_KEY = 0x100,       /* + enum key */
	CONSOLE_CTRL_C = 0x03,
};

struct console_ops {
	/* Waits until there is room. */
	void (*write)(void *place, const char *text, size_t size);
	/* The next key; E_AGAIN when `timeout_ns` has passed, E_INTERRUPTED when the task was
	 * interrupted. */
	int (*read_key)(void *place, uint64_t timeout_ns);
	/* Whether Ctrl+C was pressed and neither read as a key nor forgotten (`forget`) since.
	 * The key itself stays readable. */
	bool (*interrupted)(void *place, bool forget);
	unsigned (*columns)(void *place);
	unsigned (*rows)(void *place);
	/* Brings the screen of a machine, or "shell", "log", "all", "debugger" to the front. On
	 * the screen it returns at once; on a serial line when the user leaves with Ctrl+].
	 * E_NOT_FOUND, E_UNSUPPORTED. */
	int (*view)(void *place, const char *what);
	/* Is this machine's screen to be seen at this place now? */
	bool (*shows)(void *place, const char *machine);
	/* The bytes of the line as they are, for file transfers; E_UNSUPPORTED on the screen.
	 * read_raw: bytes read, 0 after `timeout_ns`. write_raw waits. */
	int (*read_raw)(void *place, void *buf, size_t size, uint64_t timeout_ns);
	int (*write_raw)(void *place, const void *buf, size_t size);
	/* The keyboard's layout, of all places: sets it (NULL: leaves it) and returns its name.
	 * E_NOT_FOUND. */
	int (*set_keymap)(void *place, const char *name);
	const char *(*keymap)(void *place);
	/* Name of the index-th layout, or NULL. */
	const char *(*keymap_at)(void *place, unsigned index);
};

#endif
