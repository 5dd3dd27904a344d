/* The PS/2 mouse: what goes over the 8042's auxiliary port.
 *
 * Sources: IBM PS/2 Hardware Interface Technical Reference (1990), "Mouse"; Microsoft,
 * "IntelliMouse PS/2 Protocol" and "IntelliMouse Explorer" (wheel and further buttons). */
#ifndef HW_PS2MOUSE_H
#define HW_PS2MOUSE_H

/* What the host sends. */
enum ps2mouse_command {
	PS2MOUSE_SCALING_1_1 = 0xE6,
	PS2MOUSE_SCALING_2_1 = 0xE7,
	PS2MOUSE_SET_RESOLUTION = 0xE8,
	PS2MOUSE_STATUS = 0xE9,
	PS2MOUSE_STREAM_MODE = 0xEA,
	PS2MOUSE_READ_DATA = 0xEB,
	PS2MOUSE_END_WRAP_MODE = 0xEC,
	PS2MOUSE_WRAP_MODE = 0xEE,
	PS2MOUSE_REMOTE_MODE = 0xF0,
	PS2MOUSE_READ_ID = 0xF2,
	PS2MOUSE_SET_RATE = 0xF3,
	PS2MOUSE_ENABLE = 0xF4,
	PS2MOUSE_DISABLE = 0xF5,
	PS2MOUSE_DEFAULT = 0xF6,
	PS2MOUSE_RESEND = 0xFE,
	PS2MOUSE_RESET = 0xFF,
};

/* What the mouse sends besides packets. */
enum ps2mouse_reply {
	PS2MOUSE_BAT_PASSED = 0xAA,
	PS2MOUSE_ACK = 0xFA,
	PS2MOUSE_ERROR = 0xFC,
	PS2MOUSE_RESEND_PLEASE = 0xFE,
};

enum ps2mouse_id {
	PS2MOUSE_ID_STANDARD = 0,
	PS2MOUSE_ID_WHEEL = 3,       /* after rates 200, 100, 80 */
	PS2MOUSE_ID_EXPLORER = 4,    /* after rates 200, 200, 80: wheel and five buttons */
};

/* First byte of a packet; then X, Y (up is positive), and of wheel mice the wheel. */
enum ps2mouse_packet {
	PS2MOUSE_LEFT = 0x01,
	PS2MOUSE_RIGHT = 0x02,
	PS2MOUSE_MIDDLE = 0x04,
	PS2MOUSE_ALWAYS = 0x08,
	PS2MOUSE_X_SIGN = 0x10,
	PS2MOUSE_Y_SIGN = 0x20,
	PS2MOUSE_X_OVERFLOW = 0x40,
	PS2MOUSE_Y_OVERFLOW = 0x80,
	PS2MOUSE_COUNT_MAX = 255,
	PS2MOUSE_WHEEL_MAX = 7,
	PS2MOUSE_PACKET_MAX = 4,
};

/* Fourth byte of an Explorer's packet. */
enum ps2mouse_explorer {
	PS2MOUSE_EXPLORER_WHEEL = 0x0F,
	PS2MOUSE_EXPLORER_BUTTON_4 = 0x10,
	PS2MOUSE_EXPLORER_BUTTON_5 = 0x20,
};

/* First byte of the status; then resolution and rate. */
enum ps2mouse_status {
	PS2MOUSE_STATUS_RIGHT = 0x01,
	PS2MOUSE_STATUS_MIDDLE = 0x02,
	PS2MOUSE_STATUS_LEFT = 0x04,
	PS2MOUSE_STATUS_2_1 = 0x10,
	PS2MOUSE_STATUS_ENABLED = 0x20,
	PS2MOUSE_STATUS_REMOTE = 0x40,
};

enum {
	PS2MOUSE_DEFAULT_RATE = 100,         /* reports a second */
	PS2MOUSE_DEFAULT_RESOLUTION = 2,     /* 1 << 2 counts a millimetre */
	PS2MOUSE_RESOLUTION_MAX = 3,
};

#endif
