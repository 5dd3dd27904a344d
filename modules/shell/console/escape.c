/* The sequences that VT100, VT220, xterm and the Linux console send for keys.
 *
 * Esc [ letter, Esc O letter, Esc [ number ~, with xterm's second parameter for modifiers,
 * and Esc before a character for Alt. Whether a lone Esc is a key or the beginning of a
 * sequence only time can tell: the caller does, with escape_flush(). What is unknown is
 * swallowed whole.
 *
 * To read: DEC, "VT220 Programmer Reference Manual", chapter 3, "Transmitted Codes"; "XTerm
 * Control Sequences", sections "PC-Style Function Keys" and "VT220-Style Function Keys". */
#include "escape.h"

#include <iface/console.h>

enum { ESC = 0x1B };

/* Esc [ letter and Esc O letter. */
static int letter_key(uint8_t letter)
{
	switch (letter) {
	case 'A': return KEY_UP;
	case 'B': return KEY_DOWN;
	case 'C': return KEY_RIGHT;
	case 'D': return KEY_LEFT;
	case 'F': return KEY_END;
	case 'H': return KEY_HOME;
	case 'M': return KEY_KP_ENTER;
	case 'P': return KEY_F1;
	case 'Q': return KEY_F2;
	case 'R': return KEY_F3;
	case 'S': return KEY_F4;
	}
	return KEY_NONE;
}

/* Esc [ number ~. */
static int number_key(uint8_t number)
{
	static const uint8_t keys[] = {
		[1] = KEY_HOME, [2] = KEY_INSERT, [3] = KEY_DELETE, [4] = KEY_END,
		[5] = KEY_PAGE_UP, [6] = KEY_PAGE_DOWN, [7] = KEY_HOME, [8] = KEY_END,
		[11] = KEY_F1, [12] = KEY_F2, [13] = KEY_F3, [14] = KEY_F4, [15] = KEY_F5,
		[17] = KEY_F6, [18] = KEY_F7, [19] = KEY_F8, [20] = KEY_F9, [21] = KEY_F10,
		[23] = KEY_F11, [24] = KEY_F12,
	};

	return number < sizeof keys ? keys[number] : KEY_NONE;
}

static int found(struct escape *e, int key, struct typed *typed)
{
	uint8_t modifiers = e->parameter[1];

	e->state = ESCAPE_NONE;
	if (key == KEY_NONE)
		return 0;
	typed->key = CONSOLE_KEY + key;
	typed->modifiers = modifiers ? (uint8_t)(modifiers - 1) & 7 : 0; /* 1 + Shift 1, Alt 2, Ctrl 4 */
	return 1;
}

static int in_csi(struct escape *e, uint8_t byte, struct typed *typed)
{
	if (byte >= '0' && byte <= '9') {
		e->parameter[e->index] = (uint8_t)(e->parameter[e->index] * 10 + byte - '0');
		return 0;
	}
	if (byte == ';') {
		e->index = 1;
		return 0;
	}
	if (byte == '[') {
		e->state = ESCAPE_LINUX;
		return 0;
	}
	if (byte == '~')
		return found(e, number_key(e->parameter[0]), typed);
	if (byte == 'Z') { /* back tab */
		e->parameter[1] = 1 + MOD_SHIFT;
		return found(e, KEY_TAB, typed);
	}
	if (byte >= '@')
		return found(e, letter_key(byte), typed);
	return 0;
}

static int after_escape(struct escape *e, uint8_t byte, struct typed *typed)
{
	e->parameter[0] = e->parameter[1] = e->index = 0;
	if (byte == '[') {
		e->state = ESCAPE_CSI;
		return 0;
	}
	if (byte == 'O') {
		e->state = ESCAPE_SS3;
		return 0;
	}
	if (byte == ESC) { /* the first one was a key; this one begins anew */
		typed->key = ESC;
		typed->modifiers = 0;
		return 1;
	}
	e->state = ESCAPE_NONE;
	typed->key = byte == 0x7F ? '\b' : byte;
	typed->modifiers = MOD_ALT;
	return byte < 0x80;
}

int escape_feed(struct escape *e, uint8_t byte, struct typed *typed)
{
	int32_t character;

	switch (e->state) {
	case ESCAPE_SEEN: return after_escape(e, byte, typed);
	case ESCAPE_CSI: return in_csi(e, byte, typed);
	case ESCAPE_SS3: return found(e, letter_key(byte), typed);
	case ESCAPE_LINUX: return found(e, byte >= 'A' && byte <= 'E' ? KEY_F1 + byte - 'A' : 0, typed);
	}
	if (byte == ESC) {
		e->state = ESCAPE_SEEN;
		return 0;
	}
	character = utf8_feed(&e->utf8, byte);
	if (character <= 0 || character >= CONSOLE_KEY)
		return 0;
	typed->key = character == 0x7F ? '\b' : character; /* terminals send DEL for Backspace */
	typed->modifiers = 0;
	return 1;
}

int escape_flush(struct escape *e, struct typed *typed)
{
	bool was_key = e->state == ESCAPE_SEEN;

	e->state = ESCAPE_NONE;
	typed->key = ESC;
	typed->modifiers = 0;
	return was_key;
}
