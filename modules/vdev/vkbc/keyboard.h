/* The virtual AT keyboard, as the controller sees it: see keyboard.c. */
#ifndef VKBC_KEYBOARD_H
#define VKBC_KEYBOARD_H

#include <stdbool.h>
#include <stdint.h>

#include <hw/i8042.h>
#include <iface/key.h>

enum {
	KEYBOARD_BUFFER_SIZE = 16,       /* codes; the 17th place is the overrun code's */
	KEYBOARD_REPLY_SIZE = 4,
};

/* How a key behaves in scan code set 3, as a set of: */
enum keyboard_key_type {
	KEYBOARD_MAKE_ONLY = 0, KEYBOARD_SENDS_BREAK = 1, KEYBOARD_REPEATS = 2,
	KEYBOARD_KEY_TYPES = 4,
};

struct keyboard_state {
	uint64_t bat_ns;          /* the self test ends; CLOCK_NEVER: not under way */
	uint64_t repeat_ns;       /* the held key repeats; CLOCK_NEVER: none */
	uint8_t buffer[KEYBOARD_BUFFER_SIZE + 1];
	uint8_t buffer_count;
	uint8_t buffer_overrun;   /* the last code in the buffer is the overrun code */
	uint8_t reply[KEYBOARD_REPLY_SIZE];
	uint8_t reply_count;
	uint8_t last_sent;        /* for Resend */
	uint8_t operand_of;       /* command that waits for its operand; 0: none */
	uint8_t scanning;         /* keys are watched */
	uint8_t code_set;         /* 1, 2 or 3 */
	uint8_t leds;
	uint8_t rate;             /* typematic byte of command F3h */
	uint8_t repeat_key;       /* enum key */
	uint8_t down[KEY_CODES / 8];
	uint8_t type[KEY_CODES];  /* set 3: enum keyboard_key_type */
	uint8_t reserved[3];
};

/* Power-on: defaults, scanning, nothing is waiting. */
void keyboard_power_on(struct keyboard_state *kbd);
/* A byte from the host. */
void keyboard_command(struct keyboard_state *kbd, uint8_t byte, uint64_t now);
/* The next byte for the host: replies first, then scan codes. */
bool keyboard_has_byte(const struct keyboard_state *kbd);
uint8_t keyboard_take_byte(struct keyboard_state *kbd);
/* A key moves. False: its codes did not fit and are lost. */
bool keyboard_key(struct keyboard_state *kbd, enum key key, bool down, uint64_t now);
/* One goes down that does not repeat. */
bool keyboard_strike(struct keyboard_state *kbd, enum key key, uint64_t now);
/* Any key would fit. */
bool keyboard_room(const struct keyboard_state *kbd);
/* Does what has fallen due; the next time is keyboard_deadline(). */
void keyboard_expire(struct keyboard_state *kbd, uint64_t now);
uint64_t keyboard_deadline(const struct keyboard_state *kbd);
/* Typematic delay and period of a rate byte, in ns. */
uint64_t keyboard_delay_ns(uint8_t rate);
uint64_t keyboard_period_ns(uint8_t rate);
/* A loaded state holds no index that leads out of bounds. */
bool keyboard_is_sane(const struct keyboard_state *kbd);

/* scancodes.c: tables. */
/* The code in set 2 of the key whose code in set 1 is `set1` (both without prefixes). */
uint8_t scancode_set2(uint8_t set1);
/* A key's code in set 3, and back; 0 and KEY_NONE when there is none. */
uint8_t scancode_set3(enum key key);
enum key scancode_set3_key(uint8_t code);
/* The behaviour of each key after power-on. An alarm asks, so a search for each would be too long. */
void scancode_set3_types(uint8_t types[KEY_CODES]);
/* What the controller makes of a byte of set 2, but for F0h, which turns into bit 7 of the
 * code behind it. */
uint8_t scancode_translate(uint8_t set2);

#endif
