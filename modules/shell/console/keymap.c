/* Keyboard layouts.
 *
 * A layout says what each key types plain, with Shift and with AltGr; a key that is not in
 * it types what the US keyboard has there. Characters are Unicode; a dead key is an accent
 * with DEAD set, and waits for the letter it belongs to. Caps Lock exchanges plain and
 * shifted where the two are one letter in two sizes, except on the French keyboard, where
 * it locks Shift for the digits too. Ctrl makes a control code of the letter that is printed
 * on the key, not of the key's place.
 *
 * Not there: Latin-1's characters that no layout has a key for, Compose, and layouts beyond
 * the four.
 *
 * To read: IBM, "National Language Design Guide", keyboard layouts 103P, 166, 129, 189. */
#include "keymap.h"

#include <base/mem.h>
#include <iface/console.h>

enum { DEAD = 0x8000, CTRL_MASK = 0x1F };

/* One key's characters: plain, with Shift, with AltGr. */
struct printed {
	uint8_t key;
	uint16_t plain, shift, altgr;
};

struct keymap {
	const char *name;
	const struct printed *keys;   /* ends with .key = 0 */
	bool caps_is_shift_lock;
};

static const struct printed us[] = {
	{ KEY_1, '1', '!', 0 }, { KEY_2, '2', '@', 0 }, { KEY_3, '3', '#', 0 }, { KEY_4, '4', '$', 0 },
	{ KEY_5, '5', '%', 0 }, { KEY_6, '6', '^', 0 }, { KEY_7, '7', '&', 0 }, { KEY_8, '8', '*', 0 },
	{ KEY_9, '9', '(', 0 }, { KEY_0, '0', ')', 0 }, { KEY_MINUS, '-', '_', 0 },
	{ KEY_EQUAL, '=', '+', 0 }, { KEY_LEFT_BRACKET, '[', '{', 0 },
	{ KEY_RIGHT_BRACKET, ']', '}', 0 }, { KEY_SEMICOLON, ';', ':', 0 },
	{ KEY_APOSTROPHE, '\'', '"', 0 }, { KEY_GRAVE, '`', '~', 0 }, { KEY_BACKSLASH, '\\', '|', 0 },
	{ KEY_COMMA, ',', '<', 0 }, { KEY_DOT, '.', '>', 0 }, { KEY_SLASH, '/', '?', 0 },
	{ KEY_102ND, '\\', '|', 0 },
	{ KEY_A, 'a', 'A', 0 }, { KEY_B, 'b', 'B', 0 }, { KEY_C, 'c', 'C', 0 }, { KEY_D, 'd', 'D', 0 },
	{ KEY_E, 'e', 'E', 0 }, { KEY_F, 'f', 'F', 0 }, { KEY_G, 'g', 'G', 0 }, { KEY_H, 'h', 'H', 0 },
	{ KEY_I, 'i', 'I', 0 }, { KEY_J, 'j', 'J', 0 }, { KEY_K, 'k', 'K', 0 }, { KEY_L, 'l', 'L', 0 },
	{ KEY_M, 'm', 'M', 0 }, { KEY_N, 'n', 'N', 0 }, { KEY_O, 'o', 'O', 0 }, { KEY_P, 'p', 'P', 0 },
	{ KEY_Q, 'q', 'Q', 0 }, { KEY_R, 'r', 'R', 0 }, { KEY_S, 's', 'S', 0 }, { KEY_T, 't', 'T', 0 },
	{ KEY_U, 'u', 'U', 0 }, { KEY_V, 'v', 'V', 0 }, { KEY_W, 'w', 'W', 0 }, { KEY_X, 'x', 'X', 0 },
	{ KEY_Y, 'y', 'Y', 0 }, { KEY_Z, 'z', 'Z', 0 },
	{ KEY_SPACE, ' ', ' ', ' ' }, { KEY_KP_STAR, '*', '*', 0 }, { KEY_KP_MINUS, '-', '-', 0 },
	{ KEY_KP_PLUS, '+', '+', 0 }, { 0, 0, 0, 0 },
};

static const struct printed uk[] = {
	{ KEY_2, '2', '"', 0 }, { KEY_3, '3', 0xA3, 0 }, { KEY_4, '4', '$', 0 },
	{ KEY_APOSTROPHE, '\'', '@', 0 }, { KEY_GRAVE, '`', 0xAC, 0xA6 },
	{ KEY_BACKSLASH, '#', '~', 0 }, { KEY_102ND, '\\', '|', 0 },
	{ KEY_A, 'a', 'A', 0xE1 }, { KEY_E, 'e', 'E', 0xE9 }, { KEY_I, 'i', 'I', 0xED },
	{ KEY_O, 'o', 'O', 0xF3 }, { KEY_U, 'u', 'U', 0xFA }, { 0, 0, 0, 0 },
};

static const struct printed de[] = {
	{ KEY_GRAVE, DEAD | '^', 0xB0, 0 }, { KEY_2, '2', '"', 0xB2 }, { KEY_3, '3', 0xA7, 0xB3 },
	{ KEY_6, '6', '&', 0 }, { KEY_7, '7', '/', '{' }, { KEY_8, '8', '(', '[' },
	{ KEY_9, '9', ')', ']' }, { KEY_0, '0', '=', '}' }, { KEY_MINUS, 0xDF, '?', '\\' },
	{ KEY_EQUAL, DEAD | 0xB4, DEAD | '`', 0 }, { KEY_Q, 'q', 'Q', '@' }, { KEY_Y, 'z', 'Z', 0 },
	{ KEY_Z, 'y', 'Y', 0 }, { KEY_LEFT_BRACKET, 0xFC, 0xDC, 0 },
	{ KEY_RIGHT_BRACKET, '+', '*', '~' }, { KEY_SEMICOLON, 0xF6, 0xD6, 0 },
	{ KEY_APOSTROPHE, 0xE4, 0xC4, 0 }, { KEY_BACKSLASH, '#', '\'', 0 },
	{ KEY_102ND, '<', '>', '|' }, { KEY_M, 'm', 'M', 0xB5 }, { KEY_COMMA, ',', ';', 0 },
	{ KEY_DOT, '.', ':', 0 }, { KEY_SLASH, '-', '_', 0 }, { 0, 0, 0, 0 },
};

static const struct printed fr[] = {
	{ KEY_GRAVE, 0xB2, 0, 0 }, { KEY_1, '&', '1', 0 }, { KEY_2, 0xE9, '2', '~' },
	{ KEY_3, '"', '3', '#' }, { KEY_4, '\'', '4', '{' }, { KEY_5, '(', '5', '[' },
	{ KEY_6, '-', '6', '|' }, { KEY_7, 0xE8, '7', '`' }, { KEY_8, '_', '8', '\\' },
	{ KEY_9, 0xE7, '9', '^' }, { KEY_0, 0xE0, '0', '@' }, { KEY_MINUS, ')', 0xB0, ']' },
	{ KEY_EQUAL, '=', '+', '}' }, { KEY_Q, 'a', 'A', 0 }, { KEY_A, 'q', 'Q', 0 },
	{ KEY_W, 'z', 'Z', 0 }, { KEY_Z, 'w', 'W', 0 }, { KEY_LEFT_BRACKET, DEAD | '^', DEAD | 0xA8, 0 },
	{ KEY_RIGHT_BRACKET, '$', 0xA3, 0xA4 }, { KEY_SEMICOLON, 'm', 'M', 0 },
	{ KEY_APOSTROPHE, 0xF9, '%', 0 }, { KEY_BACKSLASH, '*', 0xB5, 0 }, { KEY_102ND, '<', '>', 0 },
	{ KEY_M, ',', '?', 0 }, { KEY_COMMA, ';', '.', 0 }, { KEY_DOT, ':', '/', 0 },
	{ KEY_SLASH, '!', 0xA7, 0 }, { 0, 0, 0, 0 },
};

static const struct keymap maps[] = {
	{ "us", us, false }, { "uk", uk, false }, { "de", de, false }, { "fr", fr, true },
};

const struct keymap *keymap_at(unsigned index)
{
	return index < sizeof maps / sizeof *maps ? &maps[index] : NULL;
}

const struct keymap *keymap_find(const char *name)
{
	for (unsigned i = 0; i < sizeof maps / sizeof *maps; i++)
		if (!strcmp(maps[i].name, name))
			return &maps[i];
	return NULL;
}

const char *keymap_name(const struct keymap *map)
{
	return map ? map->name : NULL;
}

/* --- what a key types ---------------------------------------------------------------------- */

static const struct printed *find(const struct printed *keys, enum key key)
{
	for (; keys->key; keys++)
		if (keys->key == key)
			return keys;
	return NULL;
}

static bool is_letter(const struct printed *key)
{
	unsigned c = key->plain;

	return (c >= 'a' && c <= 'z') || (c >= 0xE0 && c <= 0xFE && key->shift == c - 32);
}

static unsigned character(const struct keymap *map, const struct keys_down *down, enum key key)
{
	const struct printed *at = find(map->keys, key);
	bool shift = down->left_shift || down->right_shift;

	if (!at)
		at = find(us, key);
	if (!at)
		return 0;
	if (down->right_alt && map != &maps[0])
		return at->altgr;
	if (down->caps_lock && (map->caps_is_shift_lock ? key < KEY_KP_STAR : is_letter(at)))
		shift = !shift;
	return shift ? at->shift : at->plain;
}

/* An accent's letters and what becomes of them. */
struct accent {
	uint16_t accent;
	const char *letters;
	const uint8_t *results;
};

static unsigned combine(unsigned accent, unsigned letter)
{
	static const uint8_t circumflex[] = { 0xE2, 0xEA, 0xEE, 0xF4, 0xFB, 0xC2, 0xCA, 0xCE, 0xD4, 0xDB };
	static const uint8_t acute[] = { 0xE1, 0xE9, 0xED, 0xF3, 0xFA, 0xC1, 0xC9, 0xCD, 0xD3, 0xDA };
	static const uint8_t grave[] = { 0xE0, 0xE8, 0xEC, 0xF2, 0xF9, 0xC0, 0xC8, 0xCC, 0xD2, 0xD9 };
	static const uint8_t diaeresis[] = { 0xE4, 0xEB, 0xEF, 0xF6, 0xFC, 0xC4, 0xCB, 0xCF, 0xD6, 0xDC };
	static const struct accent accents[] = {
		{ '^', "aeiouAEIOU", circumflex }, { 0xB4, "aeiouAEIOU", acute },
		{ '`', "aeiouAEIOU", grave }, { 0xA8, "aeiouAEIOU", diaeresis },
	};

	for (unsigned i = 0; i < sizeof accents / sizeof *accents; i++) {
		const char *at = letter < 0x80 ? strchr(accents[i].letters, (int)letter) : NULL;

		if (accents[i].accent == accent && at && *at)
			return accents[i].results[at - accents[i].letters];
	}
	return 0;
}

/* The accent alone is typed by Space after it; before any other letter it is lost. */
static int with_accent(struct keys_down *down, unsigned typed)
{
	unsigned accent = down->dead;

	if (typed & DEAD) {
		down->dead = (uint16_t)(typed & ~DEAD);
		return accent && down->dead == accent ? (int)accent : 0;
	}
	down->dead = 0;
	if (!accent)
		return (int)typed;
	if (typed == ' ')
		return (int)accent;
	return combine(accent, typed) ? (int)combine(accent, typed) : (int)typed;
}

/* --- keys that type the same everywhere ------------------------------------------------------- */

static bool modifier(struct keys_down *down, enum key key, bool pressed)
{
	switch (key) {
	case KEY_LEFT_SHIFT: down->left_shift = pressed; break;
	case KEY_RIGHT_SHIFT: down->right_shift = pressed; break;
	case KEY_LEFT_CTRL: down->left_ctrl = pressed; break;
	case KEY_RIGHT_CTRL: down->right_ctrl = pressed; break;
	case KEY_LEFT_ALT: down->left_alt = pressed; break;
	case KEY_RIGHT_ALT: down->right_alt = pressed; break;
	case KEY_CAPS_LOCK: down->caps_lock ^= pressed; break;
	case KEY_NUM_LOCK: down->num_lock ^= pressed; break;
	case KEY_SCROLL_LOCK: break;
	default: return false;
	}
	return true;
}

/* The keypad types digits, or moves like the grey keys of the same codes. */
static int keypad(const struct keys_down *down, enum key key)
{
	static const char digits[] = "789-456+1230.";

	if (key < KEY_KP_7 || key > KEY_KP_DOT || key == KEY_KP_MINUS || key == KEY_KP_PLUS)
		return 0;
	return down->num_lock ? digits[key - KEY_KP_7] : CONSOLE_KEY + (int)(key | KEY_E0);
}

int keymap_key(const struct keymap *map, struct keys_down *down, enum key key, bool pressed)
{
	bool ctrl = down->left_ctrl || down->right_ctrl;
	unsigned typed;

	if (modifier(down, key, pressed) || !pressed)
		return 0;
	switch (key) {
	case KEY_ENTER: case KEY_KP_ENTER: return '\r';
	case KEY_BACKSPACE: return '\b';
	case KEY_TAB: return '\t';
	case KEY_ESC: return 0x1B;
	case KEY_KP_SLASH: return '/';
	default: break;
	}
	if (keypad(down, key))
		return keypad(down, key);
	typed = character(map, down, key);
	if (!typed)
		return find(us, key) ? 0 : CONSOLE_KEY + (int)key;
	if (ctrl && !down->right_alt)
		return typed >= '@' && typed < 0x7F ? (int)(typed & CTRL_MASK) : 0;
	return with_accent(down, typed);
}
