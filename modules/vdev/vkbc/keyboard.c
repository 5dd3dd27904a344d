/* The virtual AT keyboard: 101/102 keys, scan code sets 1 to 3.
 *
 * How it works: a moving key becomes a sequence of codes, which enters the buffer as a whole
 * or not at all. For sets 1 and 2 the sequence is first put together in terms of set 1 (the
 * two differ in how a code and its break are spelt, not in which follow each other), with the
 * shifts that the keyboard makes up so that the grey keys of 1986 mean to old programs what
 * the numeric pad's did. Replies to commands go ahead of scan codes. Typematic repeat is made
 * here, in machine time.
 *
 * DIFFERS: a sequence is never cut by a full buffer; the whole key is replaced by the overrun
 * code. A repeat that finds no room is left out.
 * DIFFERS: a late alarm makes one repeat, not all those that were missed.
 * DIFFERS: the self test takes 10 ms, not "a minimum of 300 milliseconds". BIOSes that were made for
 * emulators (Bochs' "rombios") wait for its end in a loop of 65535 reads of the status, which a fast
 * processor is through with long before.
 * DIFFERS: no AAh comes after power-on: a BIOS that does not expect it takes it for the answer to its first
 * command ("rombios" again), and where it was read and where not is a matter of microseconds.
 * DIFFERS: a command during the self test ends it, and AAh is then not sent.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, "Keyboards (101- and 102-Key)". */

#include <base/mem.h>
#include <iface/wire.h>

#include "keyboard.h"

enum { SEQUENCE_MAX = 8, DEFAULT_SET = 2,
       DEFAULT_RATE = 0x2B,              /* 500 ms, then 10.9 a second */
       RATE_BITS = 0x7F,
       SYSRQ = 0x54,                     /* set 1: PrintScreen while Alt is down */
       BREAK_KEY = 0x46,                 /* set 1, after E0: Pause while Ctrl is down */
       E1_SECOND = 0x1D, E1_THIRD = 0x45,
       FIRST_COMMAND = KEYBOARD_SET_LEDS };

#define NS_PER_MS 1000000ull
#define BAT_NS (10 * NS_PER_MS)

struct sequence {
	uint8_t byte[2 * SEQUENCE_MAX];
	unsigned n;
};

static bool key_is_down(const struct keyboard_state *kbd, enum key key)
{
	return kbd->down[key / 8] >> key % 8 & 1;
}

static bool bat_under_way(const struct keyboard_state *kbd)
{
	return kbd->bat_ns != CLOCK_NEVER;
}

uint64_t keyboard_delay_ns(uint8_t rate)
{
	return ((rate >> 5 & 3) + 1) * 250 * NS_PER_MS;
}

uint64_t keyboard_period_ns(uint8_t rate)
{
	/* "Set Typematic Rate/Delay": (8 + A) * 2^B * 0.00417 s. */
	return ((uint64_t)(8 + (rate & 7)) << (rate >> 3 & 3)) * 4170000;
}

/* --- from keys to codes --- */

static void add(struct sequence *seq, uint8_t byte)
{
	if (seq->n < sizeof(seq->byte))
		seq->byte[seq->n++] = byte;
}

/* One code, given as in set 1 without its prefix. */
static void add_code(struct sequence *seq, uint8_t set, uint8_t prefix, uint8_t code, bool down)
{
	if (prefix)
		add(seq, prefix);
	if (set == 1) {
		add(seq, down ? code : code | SCAN_SET1_BREAK);
		return;
	}
	if (!down)
		add(seq, SCAN_BREAK);
	add(seq, scancode_set2(code));
}

/* The cursor and editing keys beside the numeric pad. */
static bool is_grey(enum key key)
{
	return key >= KEY_HOME && key <= KEY_DELETE;
}

/* With Shift down, or Num Lock on, a grey key's code alone would mean the pad's digit to a
 * program of 1984; a shift is lifted or pressed around it. `down`: the key's own direction. */
static void add_made_up_shifts(const struct keyboard_state *kbd, struct sequence *seq,
			       enum key key, bool down)
{
	bool left = key_is_down(kbd, KEY_LEFT_SHIFT), right = key_is_down(kbd, KEY_RIGHT_SHIFT);
	bool num = kbd->leds & KEYBOARD_LED_NUM && is_grey(key);

	if (num && !left && !right)
		add_code(seq, kbd->code_set, SCAN_EXTENDED, KEY_LEFT_SHIFT, down);
	if (num || !(is_grey(key) || key == KEY_KP_SLASH))
		return;
	if (left)
		add_code(seq, kbd->code_set, SCAN_EXTENDED, KEY_LEFT_SHIFT, !down);
	if (right)
		add_code(seq, kbd->code_set, SCAN_EXTENDED, KEY_RIGHT_SHIFT, !down);
}

static bool ctrl_is_down(const struct keyboard_state *kbd)
{
	return key_is_down(kbd, KEY_LEFT_CTRL) || key_is_down(kbd, KEY_RIGHT_CTRL);
}

static void print_screen(const struct keyboard_state *kbd, struct sequence *seq, bool down, bool repeat)
{
	uint8_t set = kbd->code_set;
	bool plain = !ctrl_is_down(kbd) && !key_is_down(kbd, KEY_LEFT_SHIFT) &&
		     !key_is_down(kbd, KEY_RIGHT_SHIFT);

	if (key_is_down(kbd, KEY_LEFT_ALT) || key_is_down(kbd, KEY_RIGHT_ALT)) {
		add_code(seq, set, 0, SYSRQ, down);
		return;
	}
	if (plain && down && !repeat)
		add_code(seq, set, SCAN_EXTENDED, KEY_LEFT_SHIFT, true);
	add_code(seq, set, SCAN_EXTENDED, KEY_PRINT_SCREEN & ~KEY_E0, down);
	if (plain && !down)
		add_code(seq, set, SCAN_EXTENDED, KEY_LEFT_SHIFT, false);
}

/* Make and break at once, when it goes down. */
static void pause(const struct keyboard_state *kbd, struct sequence *seq)
{
	uint8_t set = kbd->code_set;

	for (unsigned down = 2; down-- > 0; ) {
		if (ctrl_is_down(kbd)) {
			add_code(seq, set, SCAN_EXTENDED, BREAK_KEY, down);
			continue;
		}
		add_code(seq, set, SCAN_PAUSE, E1_SECOND, down);
		add_code(seq, set, 0, E1_THIRD, down);
	}
}

static void sequence_sets_1_and_2(const struct keyboard_state *kbd, struct sequence *seq,
				  enum key key, bool down, bool repeat)
{
	if (key == KEY_PAUSE) {
		if (down)
			pause(kbd, seq);
		return;
	}
	if (key == KEY_PRINT_SCREEN) {
		print_screen(kbd, seq, down, repeat);
		return;
	}
	if (down && !repeat)
		add_made_up_shifts(kbd, seq, key, true);
	add_code(seq, kbd->code_set, key & KEY_E0 ? SCAN_EXTENDED : 0, key & ~KEY_E0, down);
	if (!down)
		add_made_up_shifts(kbd, seq, key, false);
}

static void sequence_set_3(const struct keyboard_state *kbd, struct sequence *seq, enum key key, bool down)
{
	if (!scancode_set3(key) || (!down && !(kbd->type[key] & KEYBOARD_SENDS_BREAK)))
		return;
	if (!down)
		add(seq, SCAN_BREAK);
	add(seq, scancode_set3(key));
}

static bool repeats(const struct keyboard_state *kbd, enum key key)
{
	return kbd->code_set == 3 ? kbd->type[key] & KEYBOARD_REPEATS : key != KEY_PAUSE;
}

/* --- the buffer --- */

bool keyboard_room(const struct keyboard_state *kbd)
{
	return kbd->buffer_count + SEQUENCE_MAX <= KEYBOARD_BUFFER_SIZE;
}

static bool buffer_sequence(struct keyboard_state *kbd, const struct sequence *seq)
{
	if (kbd->buffer_count + seq->n <= KEYBOARD_BUFFER_SIZE) {
		memcpy(kbd->buffer + kbd->buffer_count, seq->byte, seq->n);
		kbd->buffer_count += seq->n;
		kbd->buffer_overrun &= !seq->n;
		return true;
	}
	if (!kbd->buffer_overrun && kbd->buffer_count <= KEYBOARD_BUFFER_SIZE)
		kbd->buffer[kbd->buffer_count++] =
			kbd->code_set == 1 ? KEYBOARD_OVERRUN_SET1 : KEYBOARD_OVERRUN;
	kbd->buffer_overrun = 1;
	return false;
}

static void buffer_clear(struct keyboard_state *kbd)
{
	kbd->buffer_count = kbd->buffer_overrun = 0;
	kbd->repeat_ns = CLOCK_NEVER;
}

static bool emit(struct keyboard_state *kbd, enum key key, bool down, bool repeat)
{
	struct sequence seq = { .n = 0 };

	if (kbd->code_set == 3)
		sequence_set_3(kbd, &seq, key, down);
	else
		sequence_sets_1_and_2(kbd, &seq, key, down, repeat);
	if (repeat && kbd->buffer_count + seq.n > KEYBOARD_BUFFER_SIZE)
		return false;
	return buffer_sequence(kbd, &seq);
}

static void typematic(struct keyboard_state *kbd, enum key key, bool down, uint64_t now)
{
	if (down && repeats(kbd, key)) {
		kbd->repeat_key = key;
		kbd->repeat_ns = now + keyboard_delay_ns(kbd->rate);
	} else if (down || kbd->repeat_key == key) {
		kbd->repeat_ns = CLOCK_NEVER; /* another key, or this one has gone */
	}
}

bool keyboard_key(struct keyboard_state *kbd, enum key key, bool down, uint64_t now)
{
	bool fits = true;

	if (key >= KEY_CODES || !scancode_set3(key) || key_is_down(kbd, key) == down)
		return true;
	/* A modifier's own code must not be affected by itself. */
	if (kbd->scanning && !bat_under_way(kbd)) {
		fits = emit(kbd, key, down, false);
		typematic(kbd, key, down, now);
	}
	kbd->down[key / 8] ^= 1 << key % 8;
	return fits;
}

bool keyboard_strike(struct keyboard_state *kbd, enum key key, uint64_t now)
{
	bool fits = keyboard_key(kbd, key, true, now);

	if (kbd->repeat_key == key)
		kbd->repeat_ns = CLOCK_NEVER;
	return fits;
}

/* Waiting for an operand, the keyboard sends nothing but replies ("Set/Reset Status
 * Indicators"). */
bool keyboard_has_byte(const struct keyboard_state *kbd)
{
	return kbd->reply_count || (kbd->buffer_count && !kbd->operand_of && kbd->scanning);
}

static uint8_t take_first(uint8_t *bytes, uint8_t *count)
{
	uint8_t first = bytes[0];

	memmove(bytes, bytes + 1, --*count);
	return first;
}

uint8_t keyboard_take_byte(struct keyboard_state *kbd)
{
	uint8_t byte = kbd->reply_count ? take_first(kbd->reply, &kbd->reply_count)
					: take_first(kbd->buffer, &kbd->buffer_count);

	if (!kbd->buffer_count)
		kbd->buffer_overrun = 0;
	if (byte != KEYBOARD_RESEND_PLEASE)
		kbd->last_sent = byte;
	return byte;
}

/* --- commands --- */

static void reply(struct keyboard_state *kbd, uint8_t byte)
{
	if (kbd->reply_count < KEYBOARD_REPLY_SIZE)
		kbd->reply[kbd->reply_count++] = byte;
}

static void set_all_types(struct keyboard_state *kbd, enum keyboard_key_type type)
{
	memset(kbd->type, type, sizeof(kbd->type));
}

static void set_defaults(struct keyboard_state *kbd)
{
	buffer_clear(kbd);
	kbd->code_set = DEFAULT_SET;
	kbd->rate = DEFAULT_RATE;
	kbd->operand_of = 0;
	scancode_set3_types(kbd->type);
}

void keyboard_power_on(struct keyboard_state *kbd)
{
	set_defaults(kbd);
	kbd->reply_count = 0;
	kbd->leds = 0;
	kbd->scanning = 1;
	kbd->bat_ns = CLOCK_NEVER;
}

static void operand(struct keyboard_state *kbd, uint8_t byte)
{
	uint8_t command = kbd->operand_of;
	enum key key;

	kbd->operand_of = 0;
	switch (command) {
	case KEYBOARD_SET_LEDS:
		kbd->leds = byte & KEYBOARD_LEDS;
		break;
	case KEYBOARD_SET_RATE:
		kbd->rate = byte & RATE_BITS;
		break;
	case KEYBOARD_CODE_SET:
		if (byte > 3) {
			reply(kbd, KEYBOARD_RESEND_PLEASE);
			return;
		}
		reply(kbd, KEYBOARD_ACK);
		if (byte)
			kbd->code_set = byte;
		else
			reply(kbd, kbd->code_set);
		return;
	default: /* one key's type; more keys may follow, up to the next command */
		key = scancode_set3_key(byte);
		kbd->type[key] = command == KEYBOARD_KEY_TYPEMATIC ? KEYBOARD_REPEATS
			: command == KEYBOARD_KEY_MAKE_BREAK ? KEYBOARD_SENDS_BREAK : KEYBOARD_MAKE_ONLY;
		kbd->operand_of = command;
		break;
	}
	reply(kbd, KEYBOARD_ACK);
}

/* "Set All Keys": F7h to FAh. */
static void all_keys_command(struct keyboard_state *kbd, uint8_t command)
{
	static const uint8_t types[] = {
		[KEYBOARD_ALL_TYPEMATIC - KEYBOARD_ALL_TYPEMATIC] = KEYBOARD_REPEATS,
		[KEYBOARD_ALL_MAKE_BREAK - KEYBOARD_ALL_TYPEMATIC] = KEYBOARD_SENDS_BREAK,
		[KEYBOARD_ALL_MAKE - KEYBOARD_ALL_TYPEMATIC] = KEYBOARD_MAKE_ONLY,
		[KEYBOARD_ALL_TYPEMATIC_MAKE_BREAK - KEYBOARD_ALL_TYPEMATIC] =
			KEYBOARD_REPEATS | KEYBOARD_SENDS_BREAK,
	};

	buffer_clear(kbd);
	set_all_types(kbd, types[command - KEYBOARD_ALL_TYPEMATIC]);
}

/* Commands that are answered with ACK alone. False: no such command. */
static bool acked_command(struct keyboard_state *kbd, uint8_t command)
{
	switch (command) {
	case KEYBOARD_SET_LEDS:
	case KEYBOARD_SET_RATE:
		kbd->operand_of = command;
		return true;
	case KEYBOARD_CODE_SET:
		buffer_clear(kbd);
		kbd->operand_of = command;
		return true;
	case KEYBOARD_ENABLE:
		buffer_clear(kbd);
		kbd->scanning = 1;
		return true;
	case KEYBOARD_DEFAULT_DISABLE:
	case KEYBOARD_DEFAULT:
		set_defaults(kbd);
		if (command == KEYBOARD_DEFAULT_DISABLE)
			kbd->scanning = 0;
		return true;
	case KEYBOARD_KEY_TYPEMATIC:
	case KEYBOARD_KEY_MAKE_BREAK:
	case KEYBOARD_KEY_MAKE:
		buffer_clear(kbd);
		kbd->scanning = 0; /* until Enable */
		kbd->operand_of = command;
		return true;
	}
	if (command < KEYBOARD_ALL_TYPEMATIC || command > KEYBOARD_ALL_TYPEMATIC_MAKE_BREAK)
		return false;
	all_keys_command(kbd, command);
	return true;
}

void keyboard_command(struct keyboard_state *kbd, uint8_t byte, uint64_t now)
{
	if (bat_under_way(kbd)) {
		kbd->bat_ns = CLOCK_NEVER;
		kbd->scanning = 1;
	}
	if (byte < FIRST_COMMAND && kbd->operand_of) {
		operand(kbd, byte);
		return;
	}
	kbd->operand_of = 0; /* "the command is ended, and the new one processed" */
	switch (byte) {
	case KEYBOARD_ECHO:
		reply(kbd, KEYBOARD_ECHOED);
		return;
	case KEYBOARD_RESEND:
		reply(kbd, kbd->last_sent);
		return;
	case KEYBOARD_READ_ID:
		reply(kbd, KEYBOARD_ACK);
		reply(kbd, KEYBOARD_ID_1);
		reply(kbd, KEYBOARD_ID_2);
		return;
	case KEYBOARD_RESET:
		keyboard_power_on(kbd);
		kbd->scanning = 0;
		kbd->bat_ns = now + BAT_NS;
		reply(kbd, KEYBOARD_ACK);
		return;
	}
	reply(kbd, acked_command(kbd, byte) ? KEYBOARD_ACK : KEYBOARD_RESEND_PLEASE);
}

/* --- time --- */

uint64_t keyboard_deadline(const struct keyboard_state *kbd)
{
	return kbd->bat_ns < kbd->repeat_ns ? kbd->bat_ns : kbd->repeat_ns;
}

void keyboard_expire(struct keyboard_state *kbd, uint64_t now)
{
	uint64_t period = keyboard_period_ns(kbd->rate);

	if (bat_under_way(kbd) && kbd->bat_ns <= now) {
		kbd->bat_ns = CLOCK_NEVER;
		kbd->scanning = 1;
		reply(kbd, KEYBOARD_BAT_PASSED);
	}
	if (kbd->repeat_ns <= now) {
		emit(kbd, kbd->repeat_key, true, true);
		kbd->repeat_ns += period;
		if (kbd->repeat_ns <= now)
			kbd->repeat_ns = now + period;
	}
}

bool keyboard_is_sane(const struct keyboard_state *kbd)
{
	for (unsigned key = 0; key < KEY_CODES; key++)
		if (kbd->type[key] >= KEYBOARD_KEY_TYPES)
			return false;
	return kbd->buffer_count <= KEYBOARD_BUFFER_SIZE + 1 && kbd->buffer_overrun <= 1 &&
	       kbd->reply_count <= KEYBOARD_REPLY_SIZE && kbd->code_set >= 1 && kbd->code_set <= 3 &&
	       (kbd->repeat_ns == CLOCK_NEVER || scancode_set3(kbd->repeat_key)) &&
	       kbd->rate <= RATE_BITS && kbd->leds <= KEYBOARD_LEDS;
}
