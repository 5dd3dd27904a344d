/* Which keys of a US keyboard are pressed together to type something. */
#ifndef TERM_CHORD_H
#define TERM_CHORD_H

#include <base/error.h>
#include <iface/key.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOD_SHIFT = 1, MOD_ALT = 2, MOD_CTRL = 4, MOD_ALTGR = 8 };

struct chord {
	uint8_t key;               /* enum key */
	uint8_t modifiers;         /* MOD_ bits */
};

struct chord_event {
	uint8_t key;
	bool down;
};

enum { CHORD_EVENTS = 10 };

/* The chord that types a character or a control code; false: none does. */
bool chord_of_character(uint32_t character, struct chord *chord);
/* The next chord of a text as the command `keys` takes it: characters stand for themselves,
 * {f1}, {enter}, {ctrl+c}, {alt+shift+x} for keys, {{ for a brace. Moves *text on. Returns
 * 1, 0 at the end, or E_INVALID: *text stands at what is no key. */
CHECK int chord_next(const char **text, struct chord *chord);
/* Presses and releases in order; returns how many of the CHORD_EVENTS were used. */
unsigned chord_events(const struct chord *chord, struct chord_event *events);

#endif
