/* The serial mouse, as its line sees it: see serialmouse.c. */
#ifndef VUART_SERIALMOUSE_H
#define VUART_SERIALMOUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <keys/moves.h>

enum { SERIALMOUSE_BAUD = 1200, SERIALMOUSE_REPORT = 4 };

/* Set up with zeroes. */
struct serialmouse {
	struct moves moves;      /* not sent yet */
	bool powered;
	bool identify;           /* it has just been switched on */
};

/* The host's RTS and DTR, both of which feed it. */
void serialmouse_power(struct serialmouse *mouse, bool on);
void serialmouse_move(struct serialmouse *mouse, const struct mouse_move *move);
/* What it says next: nothing, who it is, or one report; at least SERIALMOUSE_REPORT bytes of
 * room. Returns how many bytes. */
size_t serialmouse_take(struct serialmouse *mouse, uint8_t *bytes);

#endif
