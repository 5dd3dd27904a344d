/* The keys of a PC keyboard, numbered once for everybody: the real keyboard's driver, the
 * console, the command `keys` and the virtual keyboard.
 *
 * A key's number is its make code in scan code set 1; 80h is added for the keys whose code
 * follows an E0h, and Pause (E1h 1Dh 45h) is C5h. 0 is no key. A number says which key it
 * is, not what is printed on it: KEY_Q is an A on a French keyboard. */
#ifndef IFACE_KEY_H
#define IFACE_KEY_H

#include <stdint.h>

#define KEY_E0 0x80

enum key {
	KEY_NONE = 0,
	KEY_ESC = 0x01, KEY_1, KEY_2, KEY_3, KEY_4, KEY_5, KEY_6, KEY_7, KEY_8, KEY_9, KEY_0,
	KEY_MINUS, KEY_EQUAL, KEY_BACKSPACE,
	KEY_TAB = 0x0F, KEY_Q, KEY_W, KEY_E, KEY_R, KEY_T, KEY_Y, KEY_U, KEY_I, KEY_O, KEY_P,
	KEY_LEFT_BRACKET, KEY_RIGHT_BRACKET, KEY_ENTER,
	KEY_LEFT_CTRL = 0x1D, KEY_A, KEY_S, KEY_D, KEY_F, KEY_G, KEY_H, KEY_J, KEY_K, KEY_L,
	KEY_SEMICOLON, KEY_APOSTROPHE, KEY_GRAVE,
	KEY_LEFT_SHIFT = 0x2A, KEY_BACKSLASH, KEY_Z, KEY_X, KEY_C, KEY_V, KEY_B, KEY_N, KEY_M,
	KEY_COMMA, KEY_DOT, KEY_SLASH, KEY_RIGHT_SHIFT,
	KEY_KP_STAR = 0x37, KEY_LEFT_ALT, KEY_SPACE, KEY_CAPS_LOCK,
	KEY_F1 = 0x3B, KEY_F2, KEY_F3, KEY_F4, KEY_F5, KEY_F6, KEY_F7, KEY_F8, KEY_F9, KEY_F10,
	KEY_NUM_LOCK = 0x45, KEY_SCROLL_LOCK,
	KEY_KP_7 = 0x47, KEY_KP_8, KEY_KP_9, KEY_KP_MINUS, KEY_KP_4, KEY_KP_5, KEY_KP_6,
	KEY_KP_PLUS, KEY_KP_1, KEY_KP_2, KEY_KP_3, KEY_KP_0, KEY_KP_DOT,
	KEY_102ND = 0x56,                /* beside the left Shift on 102-key keyboards */
	KEY_F11 = 0x57, KEY_F12 = 0x58,

	KEY_KP_ENTER = KEY_E0 | 0x1C,
	KEY_RIGHT_CTRL = KEY_E0 | 0x1D,
	KEY_KP_SLASH = KEY_E0 | 0x35,
	KEY_PRINT_SCREEN = KEY_E0 | 0x37,
	KEY_RIGHT_ALT = KEY_E0 | 0x38,
	KEY_PAUSE = KEY_E0 | 0x45,
	KEY_HOME = KEY_E0 | 0x47, KEY_UP = KEY_E0 | 0x48, KEY_PAGE_UP = KEY_E0 | 0x49,
	KEY_LEFT = KEY_E0 | 0x4B, KEY_RIGHT = KEY_E0 | 0x4D,
	KEY_END = KEY_E0 | 0x4F, KEY_DOWN = KEY_E0 | 0x50, KEY_PAGE_DOWN = KEY_E0 | 0x51,
	KEY_INSERT = KEY_E0 | 0x52, KEY_DELETE = KEY_E0 | 0x53,
	KEY_LEFT_WIN = KEY_E0 | 0x5B, KEY_RIGHT_WIN = KEY_E0 | 0x5C, KEY_MENU = KEY_E0 | 0x5D,

	KEY_CODES = 0x100,
};

#endif
