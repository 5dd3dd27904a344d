/* The virtual PS/2 mouse: two buttons and a middle one; a wheel and two more for who knocks.
 *
 * How it works: what the user's hand does waits in a queue of moves, in which motion is
 * summed and each change of the buttons has its place. At the sample rate, while reporting is
 * enabled and nothing else is on its way out, a report takes from the first of them what fits
 * into a packet. In remote mode and for Read Data the host's question makes the report. A
 * command puts an end to what is still to be sent. Rates 200, 100, 80, set one after the
 * other, make it a wheel mouse, 200, 200, 80 one with five buttons, until the next reset.
 *
 * DIFFERS: in stream mode a move that is too big for one packet is reported in several, where
 * the real mouse's counters overflow: a command can move the hand faster than any hand. A
 * report that is asked for does overflow: its packet says so, and the rest is lost.
 * DIFFERS: nothing is sent at power-on (AAh 00h on the real one): the keyboard's own test is
 * waited for then by software that takes the first AAh for its end.
 * DIFFERS: a command during the self test ends it, and AAh 00h is then not sent.
 * DIFFERS: Resend repeats the last reply or report without the acknowledge before it.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, "Mouse": "Modes of Operation",
 * "Commands", "Error Handling", "Data Report"; Microsoft, "IntelliMouse PS/2 Protocol". */

#include <base/mem.h>
#include <iface/wire.h>

#include "mouse.h"

enum { FIRST_COMMAND = PS2MOUSE_SCALING_1_1, MOUSE_IDS = PS2MOUSE_ID_EXPLORER + 1 };

#define NS_PER_S 1000000000ull
#define BAT_NS 300000000ull              /* "Reset": 300 to 500 ms */

static bool bat_under_way(const struct mouse_state *mouse)
{
	return mouse->bat_ns != CLOCK_NEVER;
}

/* --- output --- */

static void output_begin(struct mouse_state *mouse)
{
	mouse->out_count = mouse->out_next = 0;
}

static void output(struct mouse_state *mouse, uint8_t byte)
{
	if (mouse->out_count < MOUSE_OUT_SIZE)
		mouse->out[mouse->out_count++] = byte;
}

bool mouse_has_byte(const struct mouse_state *mouse)
{
	return mouse->out_next < mouse->out_count;
}

uint8_t mouse_take_byte(struct mouse_state *mouse)
{
	return mouse->out[mouse->out_next++];
}

/* "The device always resends the last packet" */
static void resend(struct mouse_state *mouse)
{
	mouse->out_next = mouse->out_count > 1 && mouse->out[0] == PS2MOUSE_ACK ? 1 : 0;
}

/* --- reports --- */

/* Takes at most `limit` counts from a way in quarters of a millimetre. */
static int take(int16_t *way, uint8_t resolution, int limit)
{
	int times = resolution > PS2MOUSE_DEFAULT_RESOLUTION ? 2 : 1;
	int parts = 1 << (resolution < PS2MOUSE_DEFAULT_RESOLUTION ? PS2MOUSE_DEFAULT_RESOLUTION - resolution : 0);
	int counts = *way / parts;

	counts = counts > limit / times ? limit / times : counts < -limit / times ? -limit / times : counts;
	*way = (int16_t)(*way - counts * parts);
	return counts * times;
}

/* "Set Scaling 2:1" */
static int twice(int counts)
{
	static const uint8_t small[] = { 0, 1, 1, 3, 6, 9 };
	int size = counts < 0 ? -counts : counts;

	size = size < (int)sizeof small ? small[size] : 2 * size;
	return counts < 0 ? -size : size;
}

static uint8_t fourth_byte(const struct mouse_state *mouse, uint8_t buttons, int wheel)
{
	if (mouse->id == PS2MOUSE_ID_WHEEL)
		return (uint8_t)wheel;
	return (uint8_t)((wheel & PS2MOUSE_EXPLORER_WHEEL) |
			 (buttons & MOUSE_BUTTON_4 ? PS2MOUSE_EXPLORER_BUTTON_4 : 0) |
			 (buttons & MOUSE_BUTTON_5 ? PS2MOUSE_EXPLORER_BUTTON_5 : 0));
}

static void packet(struct mouse_state *mouse, int x, int y, int wheel, uint8_t overflow)
{
	uint8_t buttons = mouse->reported;

	output(mouse, (uint8_t)(PS2MOUSE_ALWAYS | overflow | (x < 0 ? PS2MOUSE_X_SIGN : 0) |
				(y < 0 ? PS2MOUSE_Y_SIGN : 0) | (buttons & MOUSE_LEFT ? PS2MOUSE_LEFT : 0) |
				(buttons & MOUSE_RIGHT ? PS2MOUSE_RIGHT : 0) |
				(buttons & MOUSE_MIDDLE ? PS2MOUSE_MIDDLE : 0)));
	output(mouse, (uint8_t)x);
	output(mouse, (uint8_t)y);
	if (mouse->id != PS2MOUSE_ID_STANDARD)
		output(mouse, fourth_byte(mouse, buttons, wheel));
}

static int take_wheel(struct mouse_move *move)
{
	int wheel = move->wheel;

	wheel = wheel > PS2MOUSE_WHEEL_MAX ? PS2MOUSE_WHEEL_MAX
		: wheel < -PS2MOUSE_WHEEL_MAX ? -PS2MOUSE_WHEEL_MAX : wheel;
	move->wheel = (int8_t)(move->wheel - wheel);
	return wheel;
}

/* Would a report say anything new? What is too little for one count stays. */
static bool says_something(const struct mouse_state *mouse, const struct mouse_move *move)
{
	int16_t x = move->dx, y = move->dy;

	return move->buttons != mouse->reported || take(&x, mouse->resolution, PS2MOUSE_COUNT_MAX) ||
	       take(&y, mouse->resolution, PS2MOUSE_COUNT_MAX) ||
	       (move->wheel && mouse->id != PS2MOUSE_ID_STANDARD);
}

static bool has_news(const struct mouse_state *mouse)
{
	return mouse->moves.count > 1 ||
	       (mouse->moves.count && says_something(mouse, &mouse->moves.step[0]));
}

/* Drops steps that need no report (any more). */
static struct mouse_move *first_step(struct mouse_state *mouse)
{
	struct mouse_move *move = moves_first(&mouse->moves);

	for (; move && !says_something(mouse, move); move = moves_first(&mouse->moves)) {
		if (mouse->id == PS2MOUSE_ID_STANDARD)
			move->wheel = 0;
		if (mouse->moves.count == 1 && (move->dx || move->dy))
			return NULL;
		moves_done(&mouse->moves);
	}
	return move;
}

static void report_stream(struct mouse_state *mouse, struct mouse_move *move)
{
	int limit = mouse->doubling ? PS2MOUSE_COUNT_MAX / 2 : PS2MOUSE_COUNT_MAX;
	int x = take(&move->dx, mouse->resolution, limit);
	int y = take(&move->dy, mouse->resolution, limit);
	int wheel = take_wheel(move);

	mouse->reported = move->buttons;
	output_begin(mouse);
	packet(mouse, mouse->doubling ? twice(x) : x, -(mouse->doubling ? twice(y) : y), wheel, 0);
}

static int take_all(int16_t *way, uint8_t resolution, uint8_t flag, uint8_t *overflow)
{
	int counts = take(way, resolution, PS2MOUSE_COUNT_MAX);
	int16_t rest = *way;

	if (take(&rest, resolution, PS2MOUSE_COUNT_MAX)) {
		*overflow |= flag;
		*way = 0;
	}
	return counts;
}

/* Read Data: always an answer, scaled 1:1. */
static void report_asked(struct mouse_state *mouse)
{
	struct mouse_move still = { .buttons = mouse->reported }, *move = first_step(mouse);
	uint8_t overflow = 0;
	int x, y;

	if (!move)
		move = &still;
	x = take_all(&move->dx, mouse->resolution, PS2MOUSE_X_OVERFLOW, &overflow);
	y = take_all(&move->dy, mouse->resolution, PS2MOUSE_Y_OVERFLOW, &overflow);
	mouse->reported = move->buttons;
	packet(mouse, x, -y, take_wheel(move), overflow);
}

static bool reports_by_itself(const struct mouse_state *mouse)
{
	return mouse->enabled && !mouse->remote && !mouse->wrap && !mouse->operand_of &&
	       !bat_under_way(mouse) && !mouse_has_byte(mouse);
}

void mouse_move(struct mouse_state *mouse, const struct mouse_move *move)
{
	moves_add(&mouse->moves, move);
}

/* --- commands --- */

/* What has not been reported is forgotten, but for how the buttons are. */
static void clear_counters(struct mouse_state *mouse)
{
	moves_clear(&mouse->moves);
	mouse->reported = mouse->moves.buttons;
}

static void set_defaults(struct mouse_state *mouse)
{
	clear_counters(mouse);
	mouse->enabled = mouse->remote = mouse->wrap = mouse->doubling = 0;
	mouse->resolution = PS2MOUSE_DEFAULT_RESOLUTION;
	mouse->rate = PS2MOUSE_DEFAULT_RATE;
	mouse->operand_of = 0;
}

void mouse_power_on(struct mouse_state *mouse)
{
	set_defaults(mouse);
	output_begin(mouse);
	mouse->id = PS2MOUSE_ID_STANDARD;
	mouse->refused = 0;
	mouse->sample_ns = 0;
	mouse->bat_ns = CLOCK_NEVER;
	memset(mouse->knock, 0, sizeof mouse->knock);
}

static void set_rate(struct mouse_state *mouse, uint8_t rate)
{
	static const uint8_t wheel[] = { 200, 100, 80 }, explorer[] = { 200, 200, 80 };

	mouse->rate = rate;
	memmove(mouse->knock, mouse->knock + 1, MOUSE_KNOCKS - 1);
	mouse->knock[MOUSE_KNOCKS - 1] = rate;
	if (!memcmp(mouse->knock, wheel, MOUSE_KNOCKS))
		mouse->id = PS2MOUSE_ID_WHEEL;
	else if (!memcmp(mouse->knock, explorer, MOUSE_KNOCKS))
		mouse->id = PS2MOUSE_ID_EXPLORER;
}

static bool is_rate(uint8_t rate)
{
	static const uint8_t rates[] = { 10, 20, 40, 60, 80, 100, 200 };

	for (unsigned i = 0; i < sizeof rates; i++)
		if (rates[i] == rate)
			return true;
	return false;
}

/* False: not an operand of that command. */
static bool operand(struct mouse_state *mouse, uint8_t byte)
{
	if (mouse->operand_of == PS2MOUSE_SET_RATE) {
		if (!is_rate(byte))
			return false;
		set_rate(mouse, byte);
	} else {
		if (byte > PS2MOUSE_RESOLUTION_MAX)
			return false;
		mouse->resolution = byte;
	}
	mouse->operand_of = 0;
	output(mouse, PS2MOUSE_ACK);
	return true;
}

static void status(struct mouse_state *mouse)
{
	uint8_t buttons = mouse->moves.buttons;

	output(mouse, (uint8_t)((buttons & MOUSE_LEFT ? PS2MOUSE_STATUS_LEFT : 0) |
				(buttons & MOUSE_RIGHT ? PS2MOUSE_STATUS_RIGHT : 0) |
				(buttons & MOUSE_MIDDLE ? PS2MOUSE_STATUS_MIDDLE : 0) |
				(mouse->doubling ? PS2MOUSE_STATUS_2_1 : 0) |
				(mouse->enabled ? PS2MOUSE_STATUS_ENABLED : 0) |
				(mouse->remote ? PS2MOUSE_STATUS_REMOTE : 0)));
	output(mouse, mouse->resolution);
	output(mouse, mouse->rate);
}

static void set_mode(struct mouse_state *mouse, bool remote, bool wrap)
{
	clear_counters(mouse);
	mouse->remote = remote;
	mouse->wrap = wrap;
}

static void set_enabled(struct mouse_state *mouse, bool enabled)
{
	clear_counters(mouse);
	mouse->enabled = enabled;
}

/* "Error Handling": the second bad byte in a row is an error. */
static void refuse(struct mouse_state *mouse)
{
	output(mouse, mouse->refused ? PS2MOUSE_ERROR : PS2MOUSE_RESEND_PLEASE);
	if (mouse->refused)
		mouse->operand_of = 0;
	mouse->refused = !mouse->refused;
}

static bool is_command(uint8_t byte)
{
	return byte >= FIRST_COMMAND && byte != 0xED && byte != 0xEF && byte != 0xF1 &&
	       !(byte > PS2MOUSE_DEFAULT && byte < PS2MOUSE_RESEND);
}

static void acked_command(struct mouse_state *mouse, uint8_t command, uint64_t now)
{
	output(mouse, PS2MOUSE_ACK);
	switch (command) {
	case PS2MOUSE_SCALING_1_1: mouse->doubling = 0; break;
	case PS2MOUSE_SCALING_2_1: mouse->doubling = 1; break;
	case PS2MOUSE_SET_RESOLUTION:
	case PS2MOUSE_SET_RATE: mouse->operand_of = command; break;
	case PS2MOUSE_STATUS: status(mouse); break;
	case PS2MOUSE_STREAM_MODE:
	case PS2MOUSE_REMOTE_MODE: set_mode(mouse, command == PS2MOUSE_REMOTE_MODE, false); break;
	case PS2MOUSE_WRAP_MODE:
	case PS2MOUSE_END_WRAP_MODE: set_mode(mouse, mouse->remote, command == PS2MOUSE_WRAP_MODE); break;
	case PS2MOUSE_READ_DATA: report_asked(mouse); break;
	case PS2MOUSE_READ_ID: output(mouse, mouse->id); break;
	case PS2MOUSE_ENABLE:
	case PS2MOUSE_DISABLE: set_enabled(mouse, command == PS2MOUSE_ENABLE); break;
	case PS2MOUSE_DEFAULT: set_defaults(mouse); break;
	case PS2MOUSE_RESET:
		mouse_power_on(mouse);
		output(mouse, PS2MOUSE_ACK);
		mouse->bat_ns = now + BAT_NS;
		break;
	}
}

void mouse_command(struct mouse_state *mouse, uint8_t byte, uint64_t now)
{
	if (byte == PS2MOUSE_RESEND && !mouse->wrap) {
		resend(mouse);
		return;
	}
	output_begin(mouse);
	mouse->bat_ns = CLOCK_NEVER;
	if (mouse->wrap && byte != PS2MOUSE_END_WRAP_MODE && byte != PS2MOUSE_RESET) {
		output(mouse, byte);
		return;
	}
	if (mouse->operand_of && operand(mouse, byte)) {
		mouse->refused = 0;
		return;
	}
	if (!is_command(byte)) {
		refuse(mouse);
		return;
	}
	mouse->operand_of = 0;
	mouse->refused = 0;
	acked_command(mouse, byte, now);
}

/* --- time --- */

uint64_t mouse_deadline(const struct mouse_state *mouse)
{
	if (bat_under_way(mouse))
		return mouse->bat_ns;
	return has_news(mouse) && reports_by_itself(mouse) ? mouse->sample_ns : CLOCK_NEVER;
}

void mouse_expire(struct mouse_state *mouse, uint64_t now)
{
	struct mouse_move *move;

	if (bat_under_way(mouse)) {
		if (mouse->bat_ns > now)
			return;
		mouse->bat_ns = CLOCK_NEVER;
		output(mouse, PS2MOUSE_BAT_PASSED);
		output(mouse, mouse->id);
		return;
	}
	if (!has_news(mouse) || !reports_by_itself(mouse) || mouse->sample_ns > now)
		return;
	move = first_step(mouse);
	if (!move)
		return;
	mouse->sample_ns = now + NS_PER_S / mouse->rate;
	report_stream(mouse, move);
}

bool mouse_is_sane(const struct mouse_state *mouse)
{
	return moves_are_sane(&mouse->moves) && mouse->out_count <= MOUSE_OUT_SIZE &&
	       mouse->out_next <= mouse->out_count && mouse->resolution <= PS2MOUSE_RESOLUTION_MAX &&
	       is_rate(mouse->rate) && mouse->id < MOUSE_IDS && mouse->reported <= MOUSE_BUTTONS &&
	       (!mouse->operand_of || mouse->operand_of == PS2MOUSE_SET_RATE ||
		mouse->operand_of == PS2MOUSE_SET_RESOLUTION);
}
