/* Contract "mouse": a host mouse that reports to one listener; and what a machine's mouse
 * provides under the machine's role "mouse" (machine_provide), for the console and the command
 * `mouse`.
 *
 * Motion is relative, in steps of a quarter of a millimetre of the hand: right, down (towards
 * the user) and the wheel turned towards the user are positive. Buttons are those that are
 * down while the motion is made. */
#ifndef IFACE_MOUSE_H
#define IFACE_MOUSE_H

#include <stdbool.h>
#include <stdint.h>

#define MOUSE_ROLE "mouse"
#define MOUSE_VERSION 1

enum mouse_button {
	MOUSE_LEFT = 0x01, MOUSE_RIGHT = 0x02, MOUSE_MIDDLE = 0x04, MOUSE_BUTTON_4 = 0x08,
	MOUSE_BUTTON_5 = 0x10, MOUSE_BUTTONS = 0x1F,
};

struct mouse_move {
	int16_t dx, dy;
	int8_t wheel;
	uint8_t buttons;
};

struct mouse_ops {
	/* `moved` is called in interrupt context. Replaces the listener; NULL removes it. */
	void (*listen)(void *mouse, void (*moved)(void *ctx, const struct mouse_move *move), void *ctx);
};

#define VMOUSE_ROLE "mouse"

struct vmouse_ops {
	/* The user's hand moves it. Called in the machine's own task (machine_post). */
	void (*move)(void *mouse, const struct mouse_move *move);
	/* Room for one more change of the buttons without losing any. From any task. */
	bool (*ready)(void *mouse);
};

/* A move as the two words of an event. */
static inline uint32_t mouse_move_word(const struct mouse_move *move)
{
	return (uint16_t)move->dx | (uint32_t)(uint16_t)move->dy << 16;
}

static inline uint32_t mouse_buttons_word(const struct mouse_move *move)
{
	return move->buttons | (uint32_t)(uint8_t)move->wheel << 8;
}

static inline struct mouse_move mouse_move_of(uint32_t a, uint32_t b)
{
	return (struct mouse_move){ (int16_t)a, (int16_t)(a >> 16), (int8_t)(b >> 8), (uint8_t)b };
}

#endif
