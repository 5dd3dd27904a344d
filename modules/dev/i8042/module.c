/* The PC's own keyboard and PS/2 mouse, behind the 8042: contracts "keyboard" and "mouse", and keys
 * for the crash console.
 *
 * The controller translates to scan code set 1, which lib/keys decodes in the interrupt handler.
 * The lamps are a conversation with the keyboard, a byte at a time, each acknowledged; it is
 * carried on by the interrupt handler (enum phase), begun over when the keyboard asks for that,
 * and given up when no answer comes. While it goes on, keys arrive as usual.
 *
 * The mouse (mouse.c) is talked to in the same way, so a PC without one is not waited for.
 *
 * The crash console polls the controller itself, with a decoder and shift state of its own and
 * the US layout.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device
 * Controller" and "Keyboards (101- and 102-Key)", "Commands from the System". */
#include <hw/i8042.h>
#include <iface/host.h>
#include <iface/keyboard.h>
#include <kern/irq.h>
#include <kern/log.h>
#include <kern/module.h>
#include <kern/task.h>
#include <keys/keys.h>
#include "mouse.h"

enum {
	PORT_DATA = I8042_BASE + I8042_DATA, PORT_STATUS = I8042_BASE + I8042_STATUS,
	PORT_COMMAND = I8042_BASE + I8042_COMMAND,
	FLOATING = 0xFF,
	SPINS = 20000,                   /* port reads, 1 us or so each, until a controller is given up */
	SPINS_IRQ = 200,                 /* the same in the interrupt handler */
	ROUNDS = 16,                     /* bytes taken in one interrupt */
	ANSWER_NS = 200 * NS_PER_MS,     /* the keyboard has 20 ms by its specification */
	TRIES = 3,
};

/* What was sent last, and is not acknowledged yet. */
enum phase { PHASE_IDLE, PHASE_ENABLE, PHASE_LED_COMMAND, PHASE_LED_BITS };

/* Shared with the interrupt handler: interrupts off. */
struct keyboard {
	struct keys_decoder decoder;
	void (*key)(void *ctx, enum key code, bool down);
	void *ctx;
	enum phase phase;
	unsigned tries;
	uint8_t leds_wanted, leds_sent, leds;  /* `leds` are on */
	struct timer answer;
	struct irq_handler handler;
	struct keys_decoder crash_decoder;
	bool crash_shift;
	struct mouse mouse;
	void (*moved)(void *ctx, const struct mouse_move *move);
	void *moved_ctx;
	struct timer mouse_answer;
	struct irq_handler mouse_handler;
};

/* --- controller --------------------------------------------------------------------------------- */

static bool wait_status(uint8_t mask, uint8_t value, unsigned spins)
{
	while (spins--)
		if ((port_in8(PORT_STATUS) & mask) == value)
			return true;
	return false;
}

static bool controller_command(uint8_t command)
{
	if (!wait_status(I8042_STATUS_IBF, 0, SPINS))
		return false;
	port_out8(PORT_COMMAND, command);
	return true;
}

static bool controller_write(uint8_t value)
{
	if (!wait_status(I8042_STATUS_IBF, 0, SPINS))
		return false;
	port_out8(PORT_DATA, value);
	return true;
}

static void drain(void)
{
	for (unsigned i = 0; i < ROUNDS && port_in8(PORT_STATUS) & I8042_STATUS_OBF; i++) {
		port_in8(PORT_DATA);
		wait_status(I8042_STATUS_OBF, I8042_STATUS_OBF, SPINS_IRQ);
	}
}

static bool read_command_byte(uint8_t *byte)
{
	if (!controller_command(I8042_CMD_READ_RAM) ||
	    !wait_status(I8042_STATUS_OBF, I8042_STATUS_OBF, SPINS))
		return false;
	*byte = port_in8(PORT_DATA);
	return true;
}

/* The controller of an AT has no auxiliary port and uses AUX_OFF's bit for a mode that does not
 * translate: there both bits are clear, or this one stays as it is. */
static bool has_aux_port(uint8_t byte)
{
	if (!(byte & (I8042_CB_AUX_IRQ | I8042_CB_AUX_OFF)) || !controller_command(I8042_CMD_AUX_ENABLE) ||
	    !read_command_byte(&byte) || byte & I8042_CB_AUX_OFF || !controller_command(I8042_CMD_AUX_DISABLE))
		return false;
	drain();
	return read_command_byte(&byte) && byte & I8042_CB_AUX_OFF;
}

/* Keyboard on, its interrupt on, translation on; the same with the mouse's port if there is one. */
static bool controller_init(bool *aux)
{
	uint8_t byte;

	if (port_in8(PORT_STATUS) == FLOATING || !controller_command(I8042_CMD_KEYBOARD_DISABLE))
		return false;
	drain();
	if (!read_command_byte(&byte))
		return false;
	*aux = has_aux_port(byte);
	byte &= (uint8_t)~(I8042_CB_AUX_IRQ | I8042_CB_AUX_OFF | I8042_CB_KEYBOARD_OFF);
	byte |= I8042_CB_KEYBOARD_IRQ | I8042_CB_SYSTEM | I8042_CB_TRANSLATE | (*aux ? I8042_CB_AUX_IRQ : 0);
	return controller_command(I8042_CMD_WRITE_RAM) && controller_write(byte) &&
	       controller_command(I8042_CMD_KEYBOARD_ENABLE);
}

/* --- the conversation with the keyboard ------------------------------------------------------------ */

static void send(struct keyboard *k, enum phase phase)
{
	uint8_t byte = phase == PHASE_ENABLE ? KEYBOARD_ENABLE
		     : phase == PHASE_LED_COMMAND ? KEYBOARD_SET_LEDS : k->leds_sent;

	k->phase = phase;
	if (wait_status(I8042_STATUS_IBF, 0, SPINS_IRQ))
		port_out8(PORT_DATA, byte);
	timer_set(&k->answer, time_now() + ANSWER_NS);
}

static void begin(struct keyboard *k, enum phase phase)
{
	k->tries = 0;
	send(k, phase);
}

static void finish(struct keyboard *k)
{
	k->phase = PHASE_IDLE;
	timer_cancel(&k->answer);
	if (k->leds_wanted != k->leds)
		begin(k, PHASE_LED_COMMAND);
}

static void acknowledged(struct keyboard *k)
{
	switch (k->phase) {
	case PHASE_IDLE:
		break;
	case PHASE_LED_COMMAND:
		k->leds_sent = k->leds_wanted;
		send(k, PHASE_LED_BITS);
		break;
	case PHASE_LED_BITS:
		k->leds = k->leds_sent;
		finish(k);
		break;
	case PHASE_ENABLE:
		finish(k);
		break;
	}
}

/* No answer, or "resend". A keyboard that does not know about lamps is left alone. */
static void refused(struct keyboard *k)
{
	if (k->phase == PHASE_IDLE)
		return;
	if (++k->tries < TRIES) {
		send(k, k->phase == PHASE_LED_BITS ? PHASE_LED_COMMAND : k->phase);
		return;
	}
	if (k->phase != PHASE_ENABLE)
		k->leds = k->leds_wanted;
	finish(k);
}

static void no_answer(struct timer *timer)
{
	refused(container_of(timer, struct keyboard, answer));
}

/* --- interrupt ------------------------------------------------------------------------------------------ */

static void received(struct keyboard *k, uint8_t byte)
{
	enum key key;
	bool down;

	if (byte == KEYBOARD_ACK && k->phase != PHASE_IDLE) {
		acknowledged(k);
		return;
	}
	if (byte == KEYBOARD_RESEND_PLEASE) {
		refused(k);
		return;
	}
	key = keys_decode(&k->decoder, byte, &down);
	if (key != KEY_NONE && k->key)
		k->key(k->ctx, key, down);
}

/* -1: nothing. The timer of what was answered last finds that all is well. */
static void send_mouse(struct keyboard *k, int byte)
{
	if (byte < 0)
		return;
	if (wait_status(I8042_STATUS_IBF, 0, SPINS_IRQ))
		port_out8(PORT_COMMAND, I8042_CMD_WRITE_AUX);
	if (wait_status(I8042_STATUS_IBF, 0, SPINS_IRQ))
		port_out8(PORT_DATA, (uint8_t)byte);
	timer_set(&k->mouse_answer, time_now() + mouse_patience_ms(&k->mouse) * NS_PER_MS);
}

static void mouse_silent(struct timer *timer)
{
	struct keyboard *k = container_of(timer, struct keyboard, mouse_answer);

	send_mouse(k, mouse_no_answer(&k->mouse));
}

static void received_from_mouse(struct keyboard *k, uint8_t byte)
{
	struct mouse_move move;
	int next;

	if (mouse_byte(&k->mouse, byte, time_now(), &move, &next) && k->moved)
		k->moved(k->moved_ctx, &move);
	send_mouse(k, next);
}

static bool interrupt(void *ctx)
{
	struct keyboard *k = ctx;
	bool ours = false;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t status = port_in8(PORT_STATUS), byte;

		if (!(status & I8042_STATUS_OBF))
			break;
		ours = true;
		byte = port_in8(PORT_DATA);
		if (status & I8042_STATUS_AUX)
			received_from_mouse(k, byte);
		else
			received(k, byte);
	}
	return ours;
}

/* --- contract "keyboard" -------------------------------------------------------------------------------- */

static void listen(void *keyboard, void (*key)(void *ctx, enum key code, bool down), void *ctx)
{
	struct keyboard *k = keyboard;
	uint32_t flags = lock_irq();

	k->key = key;
	k->ctx = ctx;
	unlock_irq(flags);
}

static void set_leds(void *keyboard, bool scroll, bool num, bool caps)
{
	struct keyboard *k = keyboard;
	uint32_t flags = lock_irq();

	k->leds_wanted = (uint8_t)((scroll ? KEYBOARD_LED_SCROLL : 0) | (num ? KEYBOARD_LED_NUM : 0) |
				   (caps ? KEYBOARD_LED_CAPS : 0));
	if (k->phase == PHASE_IDLE && k->leds_wanted != k->leds)
		begin(k, PHASE_LED_COMMAND);
	unlock_irq(flags);
}

static const struct keyboard_ops keyboard_ops = { listen, set_leds };

/* --- contract "mouse" -------------------------------------------------------------------------------- */

static void listen_mouse(void *mouse, void (*moved)(void *ctx, const struct mouse_move *move), void *ctx)
{
	struct keyboard *k = mouse;
	uint32_t flags = lock_irq();

	k->moved = moved;
	k->moved_ctx = ctx;
	unlock_irq(flags);
}

static const struct mouse_ops mouse_ops = { listen_mouse };

/* --- crash console ------------------------------------------------------------------------------------------ */

/* By key number, as on a US keyboard; Backspace and Tab included, keypad with Num Lock. */
static const char plain[] = "\0\0331234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 "
			    "\0\0\0\0\0\0\0\0\0\0\0\0\000789-456+1230.";
static const char shifted[] = "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

_Static_assert(sizeof plain == KEY_KP_DOT + 2 && sizeof shifted == KEY_SPACE + 2, "a key was left out");

static int crash_character(const struct keyboard *k, enum key key)
{
	const char *table = k->crash_shift && (unsigned)key < sizeof shifted ? shifted : plain;

	if (key == KEY_KP_ENTER)
		return '\r';
	if (key == KEY_KP_SLASH)
		return '/';
	return (unsigned)key < sizeof plain - 1 && table[key] ? table[key] : -1;
}

/* If the crash came while the keyboard waited for the lamps' bits, it gets them: until then it
 * reports no keys. */
static int crash_get(void *keyboard)
{
	struct keyboard *k = keyboard;
	uint8_t status = port_in8(PORT_STATUS), byte;
	enum key key;
	bool down;

	if (status == FLOATING || !(status & I8042_STATUS_OBF))
		return -1;
	byte = port_in8(PORT_DATA);
	if (status & I8042_STATUS_AUX)
		return -1;
	if (byte == KEYBOARD_ACK && k->phase == PHASE_LED_COMMAND) {
		k->phase = PHASE_IDLE;
		controller_write(k->leds_wanted);
		return -1;
	}
	key = keys_decode(&k->crash_decoder, byte, &down);
	if (key == KEY_LEFT_SHIFT || key == KEY_RIGHT_SHIFT)
		k->crash_shift = down;
	return key != KEY_NONE && down ? crash_character(k, key) : -1;
}

static void crash_put(void *keyboard, const char *text, size_t n)
{
	(void)keyboard;
	(void)text;
	(void)n;
}

static const struct crash_ops crash_ops = { crash_put, crash_get };

/* --- start -------------------------------------------------------------------------------------------------- */

/* Without it the keyboard works all the same. */
static void start_mouse(struct module *self, struct keyboard *k)
{
	uint32_t flags;

	timer_init(&k->mouse_answer, mouse_silent);
	k->mouse_handler = (struct irq_handler){ .handle = interrupt, .ctx = k, .name = "i8042 mouse" };
	if (offer_add(self, MOUSE_ROLE, "i8042", MOUSE_VERSION, &mouse_ops, k))
		return;
	if (irq_attach(I8042_AUX_IRQ, &k->mouse_handler)) {
		offer_remove(self, MOUSE_ROLE, "i8042");
		return;
	}
	flags = lock_irq();
	send_mouse(k, mouse_begin(&k->mouse));
	unlock_irq(flags);
}

static int start(struct module *self)
{
	struct keyboard *k;
	uint32_t flags;
	bool aux;
	int err;

	if (!controller_init(&aux))
		return E_NO_DEVICE;
	k = mem_alloc(module_account(self), sizeof *k);
	if (!k)
		return E_NO_MEMORY;
	timer_init(&k->answer, no_answer);
	k->leds = KEYBOARD_LEDS + 1;     /* unknown: the first conversation sets them */
	k->handler = (struct irq_handler){ .handle = interrupt, .ctx = k, .name = "i8042" };
	err = offer_add(self, KEYBOARD_ROLE, "i8042", KEYBOARD_VERSION, &keyboard_ops, k);
	if (!err)
		err = offer_add(self, CRASH_ROLE, "i8042", CRASH_VERSION, &crash_ops, k);
	if (!err)
		err = irq_attach(I8042_KEYBOARD_IRQ, &k->handler);
	if (err) {
		offer_remove(self, CRASH_ROLE, "i8042");
		offer_remove(self, KEYBOARD_ROLE, "i8042");
		mem_free(k);
		return err;
	}
	flags = lock_irq();
	begin(k, PHASE_ENABLE);
	unlock_irq(flags);
	if (aux)
		start_mouse(self, k);
	return E_OK;
}

MODULE(.name = "i8042", .summary = "the PC's keyboard and PS/2 mouse (8042)", .start = start);
