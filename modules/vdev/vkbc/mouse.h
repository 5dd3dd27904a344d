/* The virtual PS/2 mouse, as the controller sees it: see mouse.c. */
#ifndef VKBC_MOUSE_H
#define VKBC_MOUSE_H

#include <stdbool.h>
#include <stdint.h>

#include <hw/ps2mouse.h>
#include <iface/mouse.h>
#include <keys/moves.h>

enum { MOUSE_OUT_SIZE = 6, MOUSE_KNOCKS = 3 };

struct mouse_state {
	uint64_t bat_ns;          /* the self test ends; CLOCK_NEVER: not under way */
	uint64_t sample_ns;       /* the next report may be made */
	struct moves moves;       /* of the user's hand, not reported yet */
	uint8_t out[MOUSE_OUT_SIZE]; /* the reply or report under way... */
	uint8_t out_count, out_next; /* ... how long it is, how much of it is gone */
	uint8_t operand_of;       /* command that waits for its operand; 0: none */
	uint8_t refused;          /* the last byte was no command: FEh was sent */
	uint8_t enabled;          /* reports in stream mode */
	uint8_t remote, wrap;
	uint8_t doubling;         /* scaling 2:1 */
	uint8_t resolution;       /* 0-3 */
	uint8_t rate;
	uint8_t id;               /* enum ps2mouse_id */
	uint8_t reported;         /* buttons of the last report */
	uint8_t knock[MOUSE_KNOCKS]; /* the last rates that were set */
	uint8_t reserved[2];
};

/* Power-on. The buttons stay as the user holds them. */
void mouse_power_on(struct mouse_state *mouse);
/* A byte from the host. */
void mouse_command(struct mouse_state *mouse, uint8_t byte, uint64_t now);
/* The next byte for the host. A report is made when it is time. */
bool mouse_has_byte(const struct mouse_state *mouse);
uint8_t mouse_take_byte(struct mouse_state *mouse);
/* The user moves it. */
void mouse_move(struct mouse_state *mouse, const struct mouse_move *move);
/* When mouse_expire() is to be called next; CLOCK_NEVER. */
uint64_t mouse_deadline(const struct mouse_state *mouse);
void mouse_expire(struct mouse_state *mouse, uint64_t now);
/* Can this have come from a mouse? */
bool mouse_is_sane(const struct mouse_state *mouse);

#endif
