/* The virtual keyboard controller: the 8042 of an AT or PS/2 with IBM's program.
 *
 * How it works: one serial transfer at a time is under way between the controller and its
 * keyboard or mouse, about a millisecond long as the real one's eleven bits are, in either
 * direction. A byte that arrives goes into the output buffer, and no further transfer begins
 * until the host has read it: this is what keeps a burst of keys from overrunning an interrupt
 * handler. When both have something to send the keyboard comes first. Commands to the
 * controller itself are carried out at once; they interrupt a transfer from a device, which
 * keeps its byte and sends it again.
 * While a byte goes out to a device, what the host writes stays in the input buffer (IBF).
 *
 * DIFFERS: a reply of the controller overtakes a device's byte that waits in the output
 * buffer; the byte is shown again afterwards, where IBM's program overwrites it.
 * DIFFERS: the diagnostic dump (ACh) comes as plain bytes, not as scan codes of hex digits.
 * DIFFERS: DDh and DFh shut and open A20, as the controllers of many clones have it and some
 * programs try first; IBM's does not know them.
 * DIFFERS: holding the reset output low by D1h gives one pulse.
 *
 * Read: IBM PC AT Technical Reference, "Keyboard Controller"; IBM PS/2 Hardware Interface
 * Technical Reference, "Keyboard and Auxiliary Device Controller". */

#include <base/mem.h>

#include "vkbc.h"

enum vkbc_transfer {
	TRANSFER_NONE, TRANSFER_FROM_KEYBOARD, TRANSFER_FROM_AUX, TRANSFER_TO_KEYBOARD,
	TRANSFER_TO_AUX, TRANSFERS,
};

#define BYTE_NS 1000000ull           /* eleven bits at 11 kHz */
#define NO_ANSWER_NS 15000000ull     /* "the device does not respond within 15 ms" */

enum { FLOATING = 0xFF,
       INPUT_PORT = I8042_IN_UNLOCKED | I8042_IN_NO_JUMPER | I8042_IN_RAM_BANK,
       /* IBM's program keeps these in its memory ("Password Security"). */
       RAM_SECURITY_ON = 0x13, RAM_SECURITY_OFF = 0x14, RAM_DISCARD_1 = 0x16, RAM_DISCARD_2 = 0x17,
       PULSE_BITS = 0x0F, OUTPUT_STATUS = I8042_STATUS_AUX | I8042_STATUS_TIMEOUT,
       COMMAND_RAM_MASK = 0x1F, DUMP_RAM = 16 };

static uint8_t command_byte(const struct vkbc *kbc)
{
	return kbc->s.ram[0];
}

static bool output_full(const struct vkbc *kbc)
{
	return kbc->s.status & I8042_STATUS_OBF;
}

static bool sending(const struct vkbc *kbc)
{
	return kbc->s.transfer >= TRANSFER_TO_KEYBOARD;
}

/* --- output buffer and interrupts --- */

static void set_interrupts(struct vkbc *kbc)
{
	bool full = output_full(kbc), aux = kbc->s.status & I8042_STATUS_AUX;

	line_set(&kbc->irq1, full && !aux && command_byte(kbc) & I8042_CB_KEYBOARD_IRQ);
	line_set(&kbc->irq12, full && aux && command_byte(kbc) & I8042_CB_AUX_IRQ);
}

static void output(struct vkbc *kbc, struct vkbc_reply reply, bool is_reply)
{
	kbc->s.output = reply.byte;
	kbc->s.output_is_reply = is_reply;
	kbc->s.status = (kbc->s.status & ~OUTPUT_STATUS) | I8042_STATUS_OBF | reply.status;
	set_interrupts(kbc);
}

static void reply(struct vkbc *kbc, uint8_t byte, uint8_t status)
{
	if (kbc->s.reply_count < VKBC_REPLIES)
		kbc->s.reply[kbc->s.reply_count++] = (struct vkbc_reply){ byte, status };
	if (output_full(kbc) && !kbc->s.output_is_reply) {
		kbc->s.held = (struct vkbc_reply){ kbc->s.output, kbc->s.status & OUTPUT_STATUS };
		kbc->s.held_valid = 1;
		kbc->s.status &= ~I8042_STATUS_OBF;
		set_interrupts(kbc);
	}
}

/* Fills an empty output buffer from what the controller has got. */
static void output_next(struct vkbc *kbc)
{
	struct vkbc_state *s = &kbc->s;

	if (output_full(kbc))
		return;
	if (s->reply_count) {
		struct vkbc_reply first = s->reply[0];

		memmove(s->reply, s->reply + 1, --s->reply_count * sizeof(s->reply[0]));
		output(kbc, first, true);
	} else if (s->held_valid) {
		s->held_valid = 0;
		output(kbc, s->held, false);
	}
}

/* --- output port --- */

bool vkbc_a20(const struct vkbc *kbc)
{
	return kbc->s.output_port & I8042_OUT_A20;
}

void vkbc_a20_follow(struct vkbc *kbc, bool open)
{
	kbc->s.output_port = (kbc->s.output_port & ~I8042_OUT_A20) | (open ? I8042_OUT_A20 : 0);
}

static void pulse_reset(struct vkbc *kbc)
{
	line_set(&kbc->reset, true);
	line_set(&kbc->reset, false);
}

static uint8_t read_output_port(const struct vkbc *kbc)
{
	uint8_t value = kbc->s.output_port | I8042_OUT_KEYBOARD_DATA | I8042_OUT_AUX_DATA;

	if (output_full(kbc))
		value |= kbc->s.status & I8042_STATUS_AUX ? I8042_OUT_AUX_IRQ : I8042_OUT_KEYBOARD_IRQ;
	if (!(command_byte(kbc) & I8042_CB_KEYBOARD_OFF))
		value |= I8042_OUT_KEYBOARD_CLOCK;
	if (!(command_byte(kbc) & I8042_CB_AUX_OFF))
		value |= I8042_OUT_AUX_CLOCK;
	return value;
}

static void set_a20(struct vkbc *kbc, bool open)
{
	vkbc_a20_follow(kbc, open);
	line_set(&kbc->a20, open);
}

static void write_output_port(struct vkbc *kbc, uint8_t value)
{
	set_a20(kbc, value & I8042_OUT_A20);
	if (!(value & I8042_OUT_NOT_RESET))
		pulse_reset(kbc);
}

static void pulse_outputs(struct vkbc *kbc, uint8_t command)
{
	if (!(command & I8042_OUT_A20) && vkbc_a20(kbc)) {
		line_set(&kbc->a20, false);
		line_set(&kbc->a20, true);
	}
	if (!(command & I8042_OUT_NOT_RESET))
		pulse_reset(kbc);
}

/* --- password --- */

static void password_enable(struct vkbc *kbc)
{
	if (!kbc->s.password_length)
		return;
	kbc->s.password_active = 1;
	kbc->s.password_matched = 0;
	if (kbc->s.ram[RAM_SECURITY_ON])
		reply(kbc, kbc->s.ram[RAM_SECURITY_ON], 0);
}

static void password_key(struct vkbc *kbc, uint8_t code)
{
	struct vkbc_state *s = &kbc->s;

	if (code & SCAN_SET1_BREAK || code == s->ram[RAM_DISCARD_1] || code == s->ram[RAM_DISCARD_2])
		return;
	s->password_matched = code == s->password[s->password_matched] ? s->password_matched + 1 : 0;
	if (s->password_matched < s->password_length)
		return;
	s->password_active = s->password_matched = 0;
	if (s->ram[RAM_SECURITY_OFF])
		reply(kbc, s->ram[RAM_SECURITY_OFF], 0);
}

/* Ends with a byte 0; what is too long is cut, so that it can still be typed. */
static void password_load(struct vkbc *kbc, uint8_t byte)
{
	if (!byte)
		return;
	if (kbc->s.password_length < VKBC_PASSWORD_SIZE)
		kbc->s.password[kbc->s.password_length++] = byte;
	kbc->s.operand_of = I8042_CMD_LOAD_PASSWORD;
}

/* --- transfers --- */

static void transfer_begin(struct vkbc *kbc, enum vkbc_transfer transfer, uint8_t byte, uint64_t ns)
{
	kbc->s.transfer = transfer;
	kbc->s.transfer_byte = byte;
	kbc->s.serial_ns = clock_now(&kbc->clock) + ns;
}

static void transfer_end(struct vkbc *kbc)
{
	kbc->s.transfer = TRANSFER_NONE;
	kbc->s.serial_ns = CLOCK_NEVER;
}

static bool mouse_ready(const struct vkbc *kbc)
{
	return kbc->s.mouse_plugged && mouse_has_byte(&kbc->s.mouse);
}

/* A byte of the keyboard has arrived. */
static void from_keyboard(struct vkbc *kbc, uint8_t byte)
{
	if (command_byte(kbc) & I8042_CB_TRANSLATE) {
		if (byte == SCAN_BREAK) {
			kbc->s.break_next = SCAN_SET1_BREAK;
			return;
		}
		byte = scancode_translate(byte) | kbc->s.break_next;
		kbc->s.break_next = 0;
	}
	if (kbc->s.password_active)
		password_key(kbc, byte);
	else
		output(kbc, (struct vkbc_reply){ .byte = byte }, false);
}

static void to_mouse(struct vkbc *kbc, uint8_t byte, uint64_t now)
{
	if (kbc->s.mouse_plugged)
		mouse_command(&kbc->s.mouse, byte, now);
	else
		reply(kbc, KEYBOARD_RESEND_PLEASE, I8042_STATUS_AUX | I8042_STATUS_TIMEOUT);
}

static void transfer_complete(struct vkbc *kbc, uint64_t now)
{
	enum vkbc_transfer transfer = kbc->s.transfer;
	uint8_t byte = kbc->s.transfer_byte;

	transfer_end(kbc);
	switch (transfer) {
	case TRANSFER_FROM_KEYBOARD:
		if (keyboard_has_byte(&kbc->s.keyboard))
			from_keyboard(kbc, keyboard_take_byte(&kbc->s.keyboard));
		break;
	case TRANSFER_FROM_AUX:
		if (mouse_ready(kbc))
			output(kbc, (struct vkbc_reply){ mouse_take_byte(&kbc->s.mouse), I8042_STATUS_AUX }, false);
		break;
	case TRANSFER_TO_KEYBOARD:
		keyboard_command(&kbc->s.keyboard, byte, now);
		break;
	case TRANSFER_TO_AUX:
		to_mouse(kbc, byte, now);
		break;
	default:
		break;
	}
}

static void receive_begin(struct vkbc *kbc)
{
	if (!(command_byte(kbc) & I8042_CB_KEYBOARD_OFF) && keyboard_has_byte(&kbc->s.keyboard))
		transfer_begin(kbc, TRANSFER_FROM_KEYBOARD, 0, BYTE_NS);
	else if (!(command_byte(kbc) & I8042_CB_AUX_OFF) && mouse_ready(kbc))
		transfer_begin(kbc, TRANSFER_FROM_AUX, 0, BYTE_NS);
}

/* --- commands --- */

static void diagnostic_dump(struct vkbc *kbc)
{
	for (unsigned i = 0; i < DUMP_RAM; i++)
		reply(kbc, kbc->s.ram[i], 0);
	reply(kbc, INPUT_PORT, 0);
	reply(kbc, read_output_port(kbc), 0);
	reply(kbc, 0, 0); /* program status word */
}

static uint8_t test_inputs(const struct vkbc *kbc)
{
	return (command_byte(kbc) & I8042_CB_KEYBOARD_OFF ? 0 : 1) |
	       (command_byte(kbc) & I8042_CB_AUX_OFF ? 0 : 2);
}

static void command_byte_change(struct vkbc *kbc, uint8_t clear, uint8_t set)
{
	kbc->s.ram[0] = (kbc->s.ram[0] & ~clear) | set;
	if (kbc->s.ram[0] & I8042_CB_KEYBOARD_OFF)
		kbc->s.break_next = 0;
	set_interrupts(kbc);
}

static void command(struct vkbc *kbc, uint8_t command)
{
	kbc->s.operand_of = 0;
	kbc->s.polling = 0;
	if (kbc->s.password_active)
		return; /* "does not accept any commands while the password is enabled" */
	if ((command & ~COMMAND_RAM_MASK) == I8042_CMD_READ_RAM) {
		reply(kbc, kbc->s.ram[command & COMMAND_RAM_MASK], 0);
		return;
	}
	if (command >= I8042_CMD_PULSE) {
		pulse_outputs(kbc, command);
		return;
	}
	switch (command) {
	case I8042_CMD_TEST_PASSWORD:
		reply(kbc, kbc->s.password_length ? I8042_PASSWORD_PRESENT : I8042_PASSWORD_ABSENT, 0);
		break;
	case I8042_CMD_LOAD_PASSWORD:
		kbc->s.password_length = 0;
		kbc->s.operand_of = command;
		break;
	case I8042_CMD_ENABLE_PASSWORD: password_enable(kbc); break;
	case I8042_CMD_AUX_DISABLE: command_byte_change(kbc, 0, I8042_CB_AUX_OFF); break;
	case I8042_CMD_AUX_ENABLE: command_byte_change(kbc, I8042_CB_AUX_OFF, 0); break;
	case I8042_CMD_AUX_TEST:
	case I8042_CMD_KEYBOARD_TEST: reply(kbc, I8042_INTERFACE_PASSED, 0); break;
	case I8042_CMD_SELF_TEST: reply(kbc, I8042_SELF_TEST_PASSED, 0); break;
	case I8042_CMD_DIAGNOSTIC_DUMP: diagnostic_dump(kbc); break;
	case I8042_CMD_KEYBOARD_DISABLE: command_byte_change(kbc, 0, I8042_CB_KEYBOARD_OFF); break;
	case I8042_CMD_KEYBOARD_ENABLE: command_byte_change(kbc, I8042_CB_KEYBOARD_OFF, 0); break;
	case I8042_CMD_READ_INPUT_PORT: reply(kbc, INPUT_PORT, 0); break;
	case I8042_CMD_POLL_INPUT_LOW:
	case I8042_CMD_POLL_INPUT_HIGH: kbc->s.polling = command; break;
	case I8042_CMD_READ_OUTPUT_PORT: reply(kbc, read_output_port(kbc), 0); break;
	case I8042_CMD_A20_SHUT: set_a20(kbc, false); break;
	case I8042_CMD_A20_OPEN: set_a20(kbc, true); break;
	case I8042_CMD_READ_TEST_INPUTS: reply(kbc, test_inputs(kbc), 0); break;
	case I8042_CMD_WRITE_OUTPUT_PORT:
	case I8042_CMD_WRITE_KEYBOARD_BUFFER:
	case I8042_CMD_WRITE_AUX_BUFFER:
	case I8042_CMD_WRITE_AUX: kbc->s.operand_of = command; break;
	default:
		if ((command & ~COMMAND_RAM_MASK) == I8042_CMD_WRITE_RAM)
			kbc->s.operand_of = command;
		break;
	}
}

static void data(struct vkbc *kbc, uint8_t byte)
{
	uint8_t operand_of = kbc->s.operand_of;

	kbc->s.operand_of = 0;
	switch (operand_of) {
	case 0: /* for the keyboard, whose interface this enables */
		command_byte_change(kbc, I8042_CB_KEYBOARD_OFF, 0);
		transfer_begin(kbc, TRANSFER_TO_KEYBOARD, byte, BYTE_NS);
		break;
	case I8042_CMD_LOAD_PASSWORD: password_load(kbc, byte); break;
	case I8042_CMD_WRITE_OUTPUT_PORT: write_output_port(kbc, byte); break;
	case I8042_CMD_WRITE_KEYBOARD_BUFFER: reply(kbc, byte, 0); break;
	case I8042_CMD_WRITE_AUX_BUFFER: reply(kbc, byte, I8042_STATUS_AUX); break;
	case I8042_CMD_WRITE_AUX:
		command_byte_change(kbc, I8042_CB_AUX_OFF, 0);
		transfer_begin(kbc, TRANSFER_TO_AUX, byte, kbc->s.mouse_plugged ? BYTE_NS : NO_ANSWER_NS);
		break;
	case I8042_CMD_WRITE_RAM: command_byte_change(kbc, FLOATING, byte); break;
	default: kbc->s.ram[operand_of & COMMAND_RAM_MASK] = byte; break;
	}
}

/* --- the controller's main loop, run after every change --- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void run(struct vkbc *kbc)
{
	struct vkbc_state *s = &kbc->s;
	uint64_t next;

	if (s->status & I8042_STATUS_IBF && !sending(kbc)) {
		transfer_end(kbc); /* a device that was interrupted has kept its byte */
		s->status &= ~I8042_STATUS_IBF;
		if (s->status & I8042_STATUS_COMMAND)
			command(kbc, s->input);
		else
			data(kbc, s->input);
	}
	output_next(kbc);
	if (s->mouse_plugged)
		mouse_expire(&s->mouse, clock_now(&kbc->clock));
	if (s->transfer == TRANSFER_NONE && !output_full(kbc))
		receive_begin(kbc);
	next = earlier(s->serial_ns, keyboard_deadline(&s->keyboard));
	if (s->mouse_plugged)
		next = earlier(next, mouse_deadline(&s->mouse));
	clock_arm(&kbc->clock, next);
}

/* --- ports --- */

static uint8_t read_status(const struct vkbc *kbc)
{
	uint8_t value = kbc->s.status;

	if (command_byte(kbc) & I8042_CB_SYSTEM)
		value |= I8042_STATUS_SYSTEM;
	if (!kbc->s.password_active)
		value |= I8042_STATUS_UNLOCKED;
	if (kbc->s.polling == I8042_CMD_POLL_INPUT_LOW)
		value = (value & 0x0F) | (INPUT_PORT << 4 & 0xF0);
	else if (kbc->s.polling == I8042_CMD_POLL_INPUT_HIGH)
		value = (value & 0x0F) | (INPUT_PORT & 0xF0);
	return value;
}

static uint8_t read_data(struct vkbc *kbc)
{
	uint8_t value = kbc->s.output;

	if (output_full(kbc)) {
		kbc->s.status &= ~(I8042_STATUS_OBF | OUTPUT_STATUS);
		set_interrupts(kbc);
		run(kbc);
	}
	return value;
}

uint8_t vkbc_in(struct vkbc *kbc, unsigned reg)
{
	switch (reg) {
	case I8042_DATA: return read_data(kbc);
	case I8042_STATUS: return read_status(kbc);
	}
	return FLOATING;
}

void vkbc_out(struct vkbc *kbc, unsigned reg, uint8_t value)
{
	if (reg != I8042_DATA && reg != I8042_COMMAND)
		return;
	kbc->s.input = value;
	kbc->s.status &= ~I8042_STATUS_COMMAND;
	kbc->s.status |= I8042_STATUS_IBF | (reg == I8042_COMMAND ? I8042_STATUS_COMMAND : 0);
	run(kbc);
}

void vkbc_expire(struct vkbc *kbc, uint64_t now)
{
	keyboard_expire(&kbc->s.keyboard, now);
	if (kbc->s.serial_ns <= now)
		transfer_complete(kbc, now);
	run(kbc);
}

/* --- where the user's hands are --- */

bool vkbc_key(struct vkbc *kbc, enum key key, bool down)
{
	bool fits = keyboard_key(&kbc->s.keyboard, key, down, clock_now(&kbc->clock));

	run(kbc);
	return fits;
}

bool vkbc_strike(struct vkbc *kbc, enum key key)
{
	bool fits = keyboard_strike(&kbc->s.keyboard, key, clock_now(&kbc->clock));

	run(kbc);
	return fits;
}

bool vkbc_room(const struct vkbc *kbc)
{
	return keyboard_room(&kbc->s.keyboard);
}

uint8_t vkbc_leds(const struct vkbc *kbc)
{
	return kbc->s.keyboard.leds;
}

void vkbc_plug_mouse(struct vkbc *kbc, bool plugged)
{
	if (kbc->s.mouse_plugged == plugged)
		return;
	kbc->s.mouse_plugged = plugged;
	memset(&kbc->s.mouse, 0, sizeof kbc->s.mouse);
	mouse_power_on(&kbc->s.mouse);
	run(kbc);
}

void vkbc_move(struct vkbc *kbc, const struct mouse_move *move)
{
	if (!kbc->s.mouse_plugged)
		return;
	mouse_move(&kbc->s.mouse, move);
	run(kbc);
}

bool vkbc_mouse_room(const struct vkbc *kbc)
{
	return moves_room(&kbc->s.mouse.moves);
}

/* --- state --- */

void vkbc_reset(struct vkbc *kbc)
{
	uint8_t plugged = kbc->s.mouse_plugged;

	memset(&kbc->s, 0, sizeof(kbc->s));
	kbc->s.mouse_plugged = plugged;
	kbc->s.version = VKBC_VERSION;
	kbc->s.serial_ns = CLOCK_NEVER;
	kbc->s.ram[0] = I8042_CB_KEYBOARD_OFF | I8042_CB_AUX_OFF;
	/* The ports of an 8042 come up high. */
	kbc->s.output_port = I8042_OUT_NOT_RESET | I8042_OUT_A20;
	keyboard_power_on(&kbc->s.keyboard);
	mouse_power_on(&kbc->s.mouse);
	line_set(&kbc->a20, true);
	set_interrupts(kbc);
	run(kbc);
}

int vkbc_load(struct vkbc *kbc, const struct vkbc_state *state)
{
	if (state->version != VKBC_VERSION)
		return E_VERSION;
	if (state->transfer >= TRANSFERS || state->reply_count > VKBC_REPLIES ||
	    (state->transfer == TRANSFER_NONE) != (state->serial_ns == CLOCK_NEVER) ||
	    state->password_length > VKBC_PASSWORD_SIZE || !keyboard_is_sane(&state->keyboard) ||
	    !mouse_is_sane(&state->mouse) || state->mouse_plugged > 1 ||
	    state->password_matched > state->password_length ||
	    (state->password_active && state->password_matched == state->password_length))
		return E_DAMAGED;
	kbc->s = *state;
	line_set(&kbc->a20, vkbc_a20(kbc));
	set_interrupts(kbc);
	run(kbc);
	return E_OK;
}

static void describe_mouse(const struct vkbc_state *s, struct fmt_sink *out)
{
	const struct mouse_state *m = &s->mouse;

	if (!s->mouse_plugged) {
		fmt_sink(out, "mouse: none\n");
		return;
	}
	fmt_sink(out, "mouse: id %u, %s%s, %u reports a second, %u counts/mm%s, buttons %02x, %u moves waiting\n",
		 m->id, m->wrap ? "wrap mode, " : m->remote ? "remote mode, " : "",
		 m->bat_ns != CLOCK_NEVER ? "in self test" : m->enabled ? "enabled" : "disabled", m->rate,
		 1u << m->resolution, m->doubling ? ", scaling 2:1" : "", m->moves.buttons, m->moves.count);
}

void vkbc_describe(const struct vkbc *kbc, struct fmt_sink *out)
{
	static const char *const doing[TRANSFERS] = {
		"idle", "receiving from the keyboard", "receiving from the mouse",
		"sending to the keyboard", "sending to the mouse",
	};
	const struct vkbc_state *s = &kbc->s;
	const struct keyboard_state *k = &s->keyboard;

	fmt_sink(out, "status %02x  command byte %02x  output port %02x  output buffer %02x%s\n",
		 read_status(kbc), command_byte(kbc), read_output_port(kbc), s->output,
		 output_full(kbc) ? ", full" : "");
	fmt_sink(out, "%s; a20 %s; keyboard %s, auxiliary %s, translation %s%s\n", doing[s->transfer],
		 vkbc_a20(kbc) ? "open" : "shut",
		 command_byte(kbc) & I8042_CB_KEYBOARD_OFF ? "off" : "on",
		 command_byte(kbc) & I8042_CB_AUX_OFF ? "off" : "on",
		 command_byte(kbc) & I8042_CB_TRANSLATE ? "on" : "off",
		 s->password_active ? "; locked by password" : "");
	fmt_sink(out, "keyboard: set %u, %s, leds %u, delay %u ms, every %u ms, %u codes waiting\n",
		 k->code_set, k->bat_ns != CLOCK_NEVER ? "in self test" : k->scanning ? "scanning" : "disabled",
		 k->leds, ((k->rate >> 5 & 3) + 1) * 250,
		 (unsigned)(keyboard_period_ns(k->rate) / 1000000), k->buffer_count);
	describe_mouse(s, out);
}
