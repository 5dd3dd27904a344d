/* The conversation with the PC's mouse: see mouse.c. */
#ifndef I8042_MOUSE_H
#define I8042_MOUSE_H

#include <stdbool.h>
#include <stdint.h>

#include <keys/packets.h>

enum mouse_phase { MOUSE_ABSENT, MOUSE_TALKING, MOUSE_REPORTING };

struct mouse {
	struct packets packets;
	uint8_t phase;           /* enum mouse_phase */
	uint8_t step;            /* of the conversation */
	uint8_t answers;         /* that this step still waits for */
	bool acknowledged;
	uint8_t tries;
};

/* Each says what to send next, or -1; an answer is waited for so many milliseconds. */
int mouse_begin(struct mouse *mouse);
int mouse_no_answer(struct mouse *mouse);
/* A byte of the mouse. True: *move is what it did. */
bool mouse_byte(struct mouse *mouse, uint8_t byte, uint64_t now_ns, struct mouse_move *move, int *next);
unsigned mouse_patience_ms(const struct mouse *mouse);

#endif
