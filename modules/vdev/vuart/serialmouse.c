/* The serial mouse: Microsoft's protocol with wheel and middle button.
 *
 * How it works: RTS and DTR feed it. When both have come up it says who it is ("M" for a
 * Microsoft mouse, "Z" for the wheel), then a report of four characters follows each change:
 *
 *	1 L R Y7 Y6 X7 X6     0 X5..X0     0 Y5..Y0     0 0 M W3..W0
 *
 * with X and Y signed, right and down positive. The first alone has bit 6 set, so a driver
 * that knows three characters a report drops the fourth. A character has seven bits and one
 * stop bit; who listens for eight takes the stop bit for the eighth, which is why it is set
 * here.
 *
 * DIFFERS: a move too big for one report is reported in several; none is lost.
 * Not modelled: the plug-and-play identification.
 *
 * Read: Microsoft, "Mouse Programmer's Reference" (1991), "Serial Mouse: Data Format"; Microsoft,
 * "IntelliMouse Serial Protocol". */

#include "serialmouse.h"

enum { STOP_BIT = 0x80, SYNC = 0x40, LEFT = 0x20, RIGHT = 0x10, SIX_BITS = 0x3F, MIDDLE = 0x10,
       WHEEL_BITS = 0x0F, WAY_MAX = 127, WHEEL_MAX = 7 };

void serialmouse_power(struct serialmouse *mouse, bool on)
{
	if (mouse->powered == on)
		return;
	mouse->powered = mouse->identify = on;
	moves_clear(&mouse->moves);
}

void serialmouse_move(struct serialmouse *mouse, const struct mouse_move *move)
{
	moves_add(&mouse->moves, move);
	if (!mouse->powered)
		moves_clear(&mouse->moves);
}

static int take_part(int whole, int max)
{
	return whole > max ? max : whole < -max ? -max : whole;
}

static size_t report(uint8_t *bytes, int x, int y, int wheel, uint8_t buttons)
{
	bytes[0] = (uint8_t)(STOP_BIT | SYNC | (buttons & MOUSE_LEFT ? LEFT : 0) |
			     (buttons & MOUSE_RIGHT ? RIGHT : 0) | (y >> 4 & 0x0C) | (x >> 6 & 0x03));
	bytes[1] = (uint8_t)(STOP_BIT | (x & SIX_BITS));
	bytes[2] = (uint8_t)(STOP_BIT | (y & SIX_BITS));
	bytes[3] = (uint8_t)(STOP_BIT | (buttons & MOUSE_MIDDLE ? MIDDLE : 0) | (wheel & WHEEL_BITS));
	return SERIALMOUSE_REPORT;
}

size_t serialmouse_take(struct serialmouse *mouse, uint8_t *bytes)
{
	struct mouse_move *move = moves_first(&mouse->moves);
	uint8_t buttons;
	int x, y, wheel;

	if (mouse->identify) {
		mouse->identify = false;
		bytes[0] = STOP_BIT | 'M';
		bytes[1] = STOP_BIT | 'Z';
		return 2;
	}
	if (!move)
		return 0;
	x = take_part(move->dx, WAY_MAX);
	y = take_part(move->dy, WAY_MAX);
	wheel = take_part(move->wheel, WHEEL_MAX);
	move->dx = (int16_t)(move->dx - x);
	move->dy = (int16_t)(move->dy - y);
	move->wheel = (int8_t)(move->wheel - wheel);
	buttons = move->buttons;
	if (!move->dx && !move->dy && !move->wheel)
		moves_done(&mouse->moves);
	return report(bytes, x, y, wheel, buttons);
}
