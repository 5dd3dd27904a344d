/* What a terminal sends, as keys. Pure. */
#ifndef CONSOLE_ESCAPE_H
#define CONSOLE_ESCAPE_H

#include <stdint.h>
#include <term/chord.h>
#include <term/cp437.h>

/* A key as in iface/console.h; modifiers only where the key does not show them (Alt with
 * anything; Shift and Ctrl with keys that are no characters). */
struct typed {
	int key;
	uint8_t modifiers;
};

enum escape_state { ESCAPE_NONE, ESCAPE_SEEN, ESCAPE_CSI, ESCAPE_SS3, ESCAPE_LINUX };

/* All zero at first. */
struct escape {
	uint8_t state;             /* enum escape_state */
	uint8_t index;             /* of the parameter being read */
	uint8_t parameter[2];
	struct utf8_reader utf8;
};

/* Takes one byte; returns 1 and a key when one is complete, else 0. */
int escape_feed(struct escape *e, uint8_t byte, struct typed *typed);
/* Nothing more came for a while: an Esc that waited for its sequence was the key. */
int escape_flush(struct escape *e, struct typed *typed);

#endif
