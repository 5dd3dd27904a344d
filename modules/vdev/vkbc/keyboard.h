/* The virtual AT keyboard, as the controller sees it: see keyboard.c. */
#ifndef VKBC_KEYBOARD_H
#define VKBC_KEYBOARD_H

#include <stdbool.h>
#include <stdint.h>

#include <hw/i8042.h>
#include <iface/key.h>

enum {
	KEYBOARD_BUFFER_SIZE = 16,
	KEYBOARD_REPLY_SIZE = 4,
};

/* How a key behaves in scan code set 3: which of its events are sent. */
enum keyboard_key_type {
	KEYBOARD_MAKE_ONLY = 0, KEYBOARD_SENDS_BREAK = 1, KEYBOARD_REPEATS = 2,
};

struct keyboard_state {
	uint64_t bat_ns;          /* the self test ends; CLOCK_NEVER: not under way */
	uint64_t repeat_ns;       /* the held key repeats; CLOCK_NEVER: none */
	uint8_t buffer[KEYBOARD_BUFFER_SIZE];
	uint8_t buffer_head, buffer_count;
	uint8_t buffer_overrun;   /* an overrun code stands in the last place */
	uint8_t reply[KEYBOARD_REPLY_SIZE];
	uint8_t reply_head, reply_count;
	uint8_t last_sent;        /* for Resend */
	uint8_t operand_of;       /* command that waits for its operand; 0: none */
	uint8_t scanning;         /* keys are watched */
	uint8_t code_set;         /* 1, 2 or 3 */
	uint8_t leds;
	uint8_t rate;             /* typematic byte of command F3h */
	uint8_t repeat_key;       /* enum key */
	uint8_t down[KEY_CODES / 8];
	uint8_t type[KEY_CODES / 4]; /* set 3: two bits a key, enum keyboard_key_type */
	uint8_t reserved[3];
};

/* Power-on and command FFh: the self test begins, keys up. */
void keyboard_power_on(struct keyboard_state *kbd, uint64_t now);
/* A byte from the host. */
void keyboard_command(struct keyboard_state *kbd, uint8_t byte, uint64_t now);
/* The next byte for the host: replies first, then scan codes. */
bool keyboard_has_byte(const struct keyboard_state *kbd);
bool keyboard_next(struct keyboard_state *kbd, uint8_t *byte);
bool keyboard_key(struct keyboard_state *kbd, enum key key, bool down, uint64_t now);
bool keyboard_room(const struct keyboard_state *kbd);
/* Runs what has fallen due; the next time is keyboard_deadline(). */
void keyboard_expire(struct keyboard_state *kbd, uint64_t now);
uint64_t keyboard_deadline(const struct keyboard_state *kbd);
/* Typematic delay and period of a rate byte, in ns. */
uint64_t keyboard_delay_ns(uint8_t rate);
uint64_t keyboard_period_ns(uint8_t rate);
bool keyboard_is_sane(const struct keyboard_state *kbd);

/* scancodes.c */
/* The codes of a key without prefixes; 0: the key has none in this set. */
uint8_t scancode_set2(uint8_t set1);
uint8_t scancode_set3(enum key key);
enum key scancode_set3_key(uint8_t code);
enum keyboard_key_type scancode_set3_type(enum key key);
/* The 8042's table: what a byte of set 2 becomes for the host. */
uint8_t scancode_translate(uint8_t set2);

#endif
