/* A PS/2 mouse's packets: see packets.h.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, "Mouse", "Data Report". */
#include "packets.h"

#define PAUSE_NS 50000000ull     /* the bytes of one packet follow each other in 1 to 2 ms */

static int count(uint8_t byte, bool negative, bool overflow)
{
	if (overflow)
		return negative ? -PS2MOUSE_COUNT_MAX : PS2MOUSE_COUNT_MAX;
	return negative ? byte - 256 : byte;
}

static uint8_t buttons(uint8_t first)
{
	return (uint8_t)((first & PS2MOUSE_LEFT ? MOUSE_LEFT : 0) | (first & PS2MOUSE_RIGHT ? MOUSE_RIGHT : 0) |
			 (first & PS2MOUSE_MIDDLE ? MOUSE_MIDDLE : 0));
}

static void fourth_byte(uint8_t id, uint8_t byte, struct mouse_move *move)
{
	move->wheel = (int8_t)byte;
	if (id != PS2MOUSE_ID_EXPLORER)
		return;
	move->wheel = (int8_t)((byte & PS2MOUSE_EXPLORER_WHEEL) - (byte & 0x08 ? 16 : 0));
	move->buttons |= (uint8_t)((byte & PS2MOUSE_EXPLORER_BUTTON_4 ? MOUSE_BUTTON_4 : 0) |
				   (byte & PS2MOUSE_EXPLORER_BUTTON_5 ? MOUSE_BUTTON_5 : 0));
}

enum packets_result packets_decode(struct packets *p, uint8_t byte, uint64_t now_ns, struct mouse_move *move)
{
	uint8_t first;

	if (now_ns - p->last_ns > PAUSE_NS)
		p->count = 0;
	p->last_ns = now_ns;
	if (!p->count && !(byte & PS2MOUSE_ALWAYS))
		return PACKETS_MORE;
	p->byte[p->count++] = byte;
	first = p->byte[0];
	if (p->count == 2 && first == PS2MOUSE_BAT_PASSED && byte == PS2MOUSE_ID_STANDARD) {
		p->count = 0;
		return PACKETS_NEW_MOUSE;
	}
	if (p->count < (p->id == PS2MOUSE_ID_STANDARD ? 3 : PS2MOUSE_PACKET_MAX))
		return PACKETS_MORE;
	p->count = 0;
	*move = (struct mouse_move){
		.dx = (int16_t)count(p->byte[1], first & PS2MOUSE_X_SIGN, first & PS2MOUSE_X_OVERFLOW),
		.dy = (int16_t)-count(p->byte[2], first & PS2MOUSE_Y_SIGN, first & PS2MOUSE_Y_OVERFLOW),
		.buttons = buttons(first),
	};
	if (p->id != PS2MOUSE_ID_STANDARD)
		fourth_byte(p->id, p->byte[3], move);
	return PACKETS_MOVE;
}
