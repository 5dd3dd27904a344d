/* What a machine's keyboard provides under the machine's role "keyboard"
 * (machine_provide), for the console and the command `keys`. */
#ifndef IFACE_VKEYBOARD_H
#define IFACE_VKEYBOARD_H

#include <iface/key.h>
#include <stdbool.h>
#include <stdint.h>

#define VKEYBOARD_ROLE "keyboard"

enum { VKEYBOARD_SCROLL = 1, VKEYBOARD_NUM = 2, VKEYBOARD_CAPS = 4 };

struct vkeyboard_ops {
	/* A key goes down or up under the user's finger; repeats are the keyboard's own. Called
	 * in the machine's own task (machine_post). */
	void (*key)(void *keyboard, enum key code, bool down);
	/* A key goes down that is let go at once: it does not repeat, however late its release arrives. */
	void (*strike)(void *keyboard, enum key code);
	/* The lamps as the guest has set them: VKEYBOARD_* bits. From any task. */
	uint8_t (*leds)(void *keyboard);
	/* Room for one more key without losing any. From any task; may be NULL. */
	bool (*ready)(void *keyboard);
};

#endif
