/* The virtual keyboard controller (8042) with keyboard and mouse: see vkbc.c, keyboard.c and
 * mouse.c. */
#ifndef VKBC_H
#define VKBC_H

#include <stdbool.h>
#include <stdint.h>

#include <base/error.h>
#include <base/fmt.h>
#include <hw/i8042.h>
#include <iface/key.h>
#include <iface/wire.h>

#include "keyboard.h"
#include "mouse.h"

#define VKBC_VERSION 2u

enum { VKBC_RAM_SIZE = 32, VKBC_PASSWORD_SIZE = 8, VKBC_REPLIES = 24 };

/* A byte on its way to the output buffer, with the status bits that go with it:
 * I8042_STATUS_AUX, I8042_STATUS_TIMEOUT. */
struct vkbc_reply {
	uint8_t byte, status;
};

struct vkbc_state {
	uint32_t version;
	uint64_t serial_ns;       /* the transfer under way ends; CLOCK_NEVER: none */
	struct keyboard_state keyboard;
	struct mouse_state mouse;
	uint8_t mouse_plugged;    /* it hangs at the auxiliary port; reset leaves that alone */
	uint8_t ram[VKBC_RAM_SIZE]; /* [0] is the command byte */
	uint8_t status;           /* OBF, IBF, COMMAND and what goes with the output buffer */
	uint8_t output;           /* output buffer */
	uint8_t output_is_reply;  /* it holds the controller's own, not a device's */
	uint8_t input;            /* input buffer, while IBF is set */
	uint8_t output_port;      /* the bits that the host set: not reset, A20 */
	uint8_t operand_of;       /* command that waits for a byte at port 60h; 0: none */
	uint8_t transfer;         /* enum vkbc_transfer */
	uint8_t transfer_byte;    /* going to a device */
	uint8_t break_next;       /* translation: F0h was read */
	uint8_t reply_count;
	struct vkbc_reply reply[VKBC_REPLIES]; /* the controller's own, in order */
	uint8_t held_valid;       /* a device's byte that a reply has overtaken */
	struct vkbc_reply held;
	uint8_t polling;          /* command C1h or C2h shows the input port in the status */
	uint8_t password[VKBC_PASSWORD_SIZE];
	uint8_t password_length, password_active, password_matched;
};

struct vkbc {
	struct vkbc_state s;
	struct line irq1, irq12;
	struct line a20;          /* true = open */
	struct line reset;        /* true, then false: a pulse on the processor's reset */
	struct clock clock;
};

/* Power-on. The keyboard runs its BAT and then sends AAh. */
void vkbc_reset(struct vkbc *kbc);
/* `reg` is the port minus 60h: 0 or 4. */
uint8_t vkbc_in(struct vkbc *kbc, unsigned reg);
void vkbc_out(struct vkbc *kbc, unsigned reg, uint8_t value);
void vkbc_expire(struct vkbc *kbc, uint64_t now);
int vkbc_load(struct vkbc *kbc, const struct vkbc_state *state) CHECK;
void vkbc_describe(const struct vkbc *kbc, struct fmt_sink *out);

/* A key of the virtual keyboard moves; moving to where it is is ignored. False: its codes
 * were lost, as the real keyboard's are when its buffer is full. Who can wait asks vkbc_room()
 * first, and again after each vkbc_expire() and read of port 60h. */
bool vkbc_key(struct vkbc *kbc, enum key key, bool down);
/* The same for a key that goes down and does not repeat. */
bool vkbc_strike(struct vkbc *kbc, enum key key);
/* True when at least one more key fits in the keyboard's buffer. */
bool vkbc_room(const struct vkbc *kbc);
/* KEYBOARD_LED_... as the guest set them. */
uint8_t vkbc_leds(const struct vkbc *kbc);
/* The mouse is plugged in, or pulled out. */
void vkbc_plug_mouse(struct vkbc *kbc, bool plugged);
void vkbc_move(struct vkbc *kbc, const struct mouse_move *move);
/* Room for one more change of the mouse's buttons. */
bool vkbc_mouse_room(const struct vkbc *kbc);
/* A20 as it stands at the controller's output port. */
bool vkbc_a20(const struct vkbc *kbc);
/* Someone else moved A20 (port 92h, INT 15h): keeps the output port's bit true to it. */
void vkbc_a20_follow(struct vkbc *kbc, bool open);

#endif
