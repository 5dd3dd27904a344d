/* Keys as bytes of scan code set 1, and as names.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, "Keyboards (101- and 102-Key)",
 * "Scan Code Set 1". */

#include <base/mem.h>

#include "keys.h"

enum {
	PREFIX_E0 = 0xE0, PREFIX_E1 = 0xE1, BREAK = 0x80, CODE = 0x7F,
	ALT_PRINT_SCREEN = 0x54,         /* what PrintScreen sends while Alt is down */
	CTRL_PAUSE = KEY_E0 | 0x46,      /* what Pause sends while Ctrl is down */
	FAKE_LEFT_SHIFT = 0x2A, FAKE_RIGHT_SHIFT = 0x36,
	REPLY_FIRST = 0xEE,              /* EEh, FAh, FEh, FFh: no codes of keys */
};

static const char *const names[KEY_CODES] = {
	[KEY_ESC] = "esc", [KEY_1] = "1", [KEY_2] = "2", [KEY_3] = "3", [KEY_4] = "4", [KEY_5] = "5",
	[KEY_6] = "6", [KEY_7] = "7", [KEY_8] = "8", [KEY_9] = "9", [KEY_0] = "0", [KEY_MINUS] = "-",
	[KEY_EQUAL] = "=", [KEY_BACKSPACE] = "backspace", [KEY_TAB] = "tab", [KEY_Q] = "q",
	[KEY_W] = "w", [KEY_E] = "e", [KEY_R] = "r", [KEY_T] = "t", [KEY_Y] = "y", [KEY_U] = "u",
	[KEY_I] = "i", [KEY_O] = "o", [KEY_P] = "p", [KEY_LEFT_BRACKET] = "[",
	[KEY_RIGHT_BRACKET] = "]", [KEY_ENTER] = "enter", [KEY_LEFT_CTRL] = "ctrl", [KEY_A] = "a",
	[KEY_S] = "s", [KEY_D] = "d", [KEY_F] = "f", [KEY_G] = "g", [KEY_H] = "h", [KEY_J] = "j",
	[KEY_K] = "k", [KEY_L] = "l", [KEY_SEMICOLON] = ";", [KEY_APOSTROPHE] = "'", [KEY_GRAVE] = "`",
	[KEY_LEFT_SHIFT] = "shift", [KEY_BACKSLASH] = "\\", [KEY_Z] = "z", [KEY_X] = "x",
	[KEY_C] = "c", [KEY_V] = "v", [KEY_B] = "b", [KEY_N] = "n", [KEY_M] = "m", [KEY_COMMA] = ",",
	[KEY_DOT] = ".", [KEY_SLASH] = "/", [KEY_RIGHT_SHIFT] = "rshift", [KEY_KP_STAR] = "kp*",
	[KEY_LEFT_ALT] = "alt", [KEY_SPACE] = "space", [KEY_CAPS_LOCK] = "capslock",
	[KEY_F1] = "f1", [KEY_F2] = "f2", [KEY_F3] = "f3", [KEY_F4] = "f4", [KEY_F5] = "f5",
	[KEY_F6] = "f6", [KEY_F7] = "f7", [KEY_F8] = "f8", [KEY_F9] = "f9", [KEY_F10] = "f10",
	[KEY_NUM_LOCK] = "numlock", [KEY_SCROLL_LOCK] = "scrolllock", [KEY_KP_7] = "kp7",
	[KEY_KP_8] = "kp8", [KEY_KP_9] = "kp9", [KEY_KP_MINUS] = "kp-", [KEY_KP_4] = "kp4",
	[KEY_KP_5] = "kp5", [KEY_KP_6] = "kp6", [KEY_KP_PLUS] = "kp+", [KEY_KP_1] = "kp1",
	[KEY_KP_2] = "kp2", [KEY_KP_3] = "kp3", [KEY_KP_0] = "kp0", [KEY_KP_DOT] = "kp.",
	[KEY_102ND] = "102nd", [KEY_F11] = "f11", [KEY_F12] = "f12", [KEY_KP_ENTER] = "kpenter",
	[KEY_RIGHT_CTRL] = "rctrl", [KEY_KP_SLASH] = "kp/", [KEY_PRINT_SCREEN] = "prtsc",
	[KEY_RIGHT_ALT] = "ralt", [KEY_PAUSE] = "pause", [KEY_HOME] = "home", [KEY_UP] = "up",
	[KEY_PAGE_UP] = "pgup", [KEY_LEFT] = "left", [KEY_RIGHT] = "right", [KEY_END] = "end",
	[KEY_DOWN] = "down", [KEY_PAGE_DOWN] = "pgdn", [KEY_INSERT] = "ins", [KEY_DELETE] = "del",
	[KEY_LEFT_WIN] = "win", [KEY_RIGHT_WIN] = "rwin", [KEY_MENU] = "menu",
};

static const struct alias {
	char name[12];
	uint8_t key;
} aliases[] = {
	{ "escape", KEY_ESC }, { "return", KEY_ENTER }, { "ret", KEY_ENTER }, { "bs", KEY_BACKSPACE },
	{ "bksp", KEY_BACKSPACE }, { "spc", KEY_SPACE }, { "insert", KEY_INSERT },
	{ "delete", KEY_DELETE }, { "pageup", KEY_PAGE_UP }, { "pagedown", KEY_PAGE_DOWN },
	{ "print", KEY_PRINT_SCREEN }, { "printscreen", KEY_PRINT_SCREEN }, { "break", KEY_PAUSE },
	{ "caps", KEY_CAPS_LOCK }, { "num", KEY_NUM_LOCK }, { "scroll", KEY_SCROLL_LOCK },
	{ "lctrl", KEY_LEFT_CTRL }, { "lalt", KEY_LEFT_ALT }, { "lshift", KEY_LEFT_SHIFT },
	{ "altgr", KEY_RIGHT_ALT },
};

/* E1 1D 45 going down, E1 9D C5 right behind it: the first three bytes are the key. */
static enum key decode_pause(struct keys_decoder *decoder, uint8_t byte, bool *down)
{
	if (++decoder->after_e1 < 2)
		return KEY_NONE;
	decoder->prefix = decoder->after_e1 = 0;
	*down = true;
	return byte & BREAK ? KEY_NONE : KEY_PAUSE;
}

enum key keys_decode(struct keys_decoder *decoder, uint8_t byte, bool *down)
{
	uint8_t code = byte & CODE, prefix = decoder->prefix;
	unsigned key;

	if (prefix == PREFIX_E1)
		return decode_pause(decoder, byte, down);
	decoder->prefix = 0;
	if (byte == PREFIX_E0 || byte == PREFIX_E1) {
		decoder->prefix = byte;
		return KEY_NONE;
	}
	if (byte >= REPLY_FIRST || (prefix && (code == FAKE_LEFT_SHIFT || code == FAKE_RIGHT_SHIFT)))
		return KEY_NONE;
	key = prefix ? code | KEY_E0 : code;
	if (key == ALT_PRINT_SCREEN)
		key = KEY_PRINT_SCREEN;
	else if (key == CTRL_PAUSE)
		key = KEY_PAUSE;
	*down = !(byte & BREAK);
	return names[key] && !(key == KEY_PAUSE && !*down) ? key : KEY_NONE;
}

size_t keys_encode(enum key key, bool down, uint8_t out[KEYS_SET1_MAX])
{
	static const uint8_t pause[KEYS_SET1_MAX] = { PREFIX_E1, 0x1D, 0x45, PREFIX_E1, 0x9D, 0xC5 };
	size_t n = 0;

	if (key == KEY_PAUSE) {
		memcpy(out, pause, sizeof(pause));
		return down ? sizeof(pause) : 0;
	}
	if (key & KEY_E0)
		out[n++] = PREFIX_E0;
	out[n++] = (key & CODE) | (down ? 0 : BREAK);
	return n;
}

const char *keys_name(enum key key)
{
	return key < KEY_CODES ? names[key] : NULL;
}

static bool same(const char *known, const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!known[i] || known[i] != char_to_lower((unsigned char)name[i]))
			return false;
	return !known[size];
}

enum key keys_by_name(const char *name, size_t size)
{
	for (unsigned key = 1; size && key < KEY_CODES; key++)
		if (names[key] && same(names[key], name, size))
			return key;
	for (unsigned i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		if (same(aliases[i].name, name, size))
			return aliases[i].key;
	return KEY_NONE;
}
