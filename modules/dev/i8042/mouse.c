/* The conversation with a PS/2 mouse, a byte at a time: reset, the knock for a wheel, which mouse
 * is it, 100 reports a second, go. It is begun over when no answer comes and when a mouse says
 * that it is new; a PC without one is left alone after two tries, until one is plugged in.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, "Mouse", "Commands"; Microsoft,
 * "IntelliMouse PS/2 Protocol". */
#include "mouse.h"

#include <stddef.h>

enum { TRIES = 2, ANSWER_MS = 100, SELF_TEST_MS = 1500 };

/* What is sent, and what it answers besides the acknowledge. */
static const struct { uint8_t byte, answers; } steps[] = {
	{ PS2MOUSE_RESET, 2 },
	{ PS2MOUSE_SET_RATE, 0 }, { 200, 0 }, { PS2MOUSE_SET_RATE, 0 }, { 100, 0 },
	{ PS2MOUSE_SET_RATE, 0 }, { 80, 0 }, { PS2MOUSE_READ_ID, 1 },
	{ PS2MOUSE_SET_RATE, 0 }, { PS2MOUSE_DEFAULT_RATE, 0 }, { PS2MOUSE_ENABLE, 0 },
};
enum { STEPS = sizeof steps / sizeof steps[0] };

static int say(struct mouse *mouse)
{
	mouse->answers = steps[mouse->step].answers;
	mouse->acknowledged = false;
	return steps[mouse->step].byte;
}

static int start_over(struct mouse *mouse)
{
	mouse->phase = MOUSE_TALKING;
	mouse->step = 0;
	mouse->packets.id = PS2MOUSE_ID_STANDARD;
	return say(mouse);
}

int mouse_begin(struct mouse *mouse)
{
	mouse->tries = 1;
	return start_over(mouse);
}

int mouse_no_answer(struct mouse *mouse)
{
	if (mouse->phase != MOUSE_TALKING)
		return -1;
	if (mouse->tries++ < TRIES)
		return start_over(mouse);
	mouse->phase = MOUSE_ABSENT;
	return -1;
}

static int next_step(struct mouse *mouse)
{
	if (++mouse->step < STEPS)
		return say(mouse);
	mouse->phase = MOUSE_REPORTING;
	mouse->packets.count = 0;
	return -1;
}

static int answer(struct mouse *mouse, uint8_t byte)
{
	if (!mouse->acknowledged) {
		if (byte == PS2MOUSE_RESEND_PLEASE || byte == PS2MOUSE_ERROR)
			return mouse_no_answer(mouse);
		mouse->acknowledged = byte == PS2MOUSE_ACK;
		return mouse->acknowledged && !mouse->answers ? next_step(mouse) : -1;
	}
	if (steps[mouse->step].byte == PS2MOUSE_READ_ID)
		mouse->packets.id = byte;
	return --mouse->answers ? -1 : next_step(mouse);
}

bool mouse_byte(struct mouse *mouse, uint8_t byte, uint64_t now_ns, struct mouse_move *move, int *next)
{
	*next = -1;
	if (mouse->phase == MOUSE_TALKING) {
		*next = answer(mouse, byte);
		return false;
	}
	switch (packets_decode(&mouse->packets, byte, now_ns, move)) {
	case PACKETS_MOVE:
		return mouse->phase == MOUSE_REPORTING;
	case PACKETS_NEW_MOUSE:
		*next = mouse_begin(mouse);
		break;
	case PACKETS_MORE:
		break;
	}
	return false;
}

unsigned mouse_patience_ms(const struct mouse *mouse)
{
	return mouse->step == 0 ? SELF_TEST_MS : ANSWER_MS;
}
