/* Contract "keyboard": a host keyboard that reports key presses to one listener. */
#ifndef IFACE_KEYBOARD_H
#define IFACE_KEYBOARD_H

#include <iface/key.h>
#include <stdbool.h>

#define KEYBOARD_ROLE "keyboard"
#define KEYBOARD_VERSION 1

struct keyboard_ops {
	/* `key` is called in interrupt context for every press, repeat and release. Replaces
	 * the listener; NULL removes it. */
	void (*listen)(void *keyboard, void (*key)(void *ctx, enum key code, bool down), void *ctx);
	void (*set_leds)(void *keyboard, bool scroll, bool num, bool caps);
};

#endif
