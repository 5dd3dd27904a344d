/* The keyboard controller of the AT and PS/2 (an Intel 8042 with IBM's program) and the
 * commands of the AT keyboard behind it.
 *
 * Sources: IBM PC AT Technical Reference (1984), "Keyboard Controller" and "Keyboard"; IBM
 * PS/2 Hardware Interface Technical Reference (1990), "Keyboard and Auxiliary Device
 * Controller" and "Keyboards (101- and 102-Key)". */
#ifndef HW_I8042_H
#define HW_I8042_H

enum {
	I8042_BASE = 0x60,
	I8042_DATA = 0,              /* offset: output buffer (read), input buffer (write) */
	I8042_COMMAND = 4,           /* offset, write */
	I8042_STATUS = 4,            /* offset, read */
	I8042_KEYBOARD_IRQ = 1,
	I8042_AUX_IRQ = 12,
};

enum i8042_status {
	I8042_STATUS_OBF = 0x01,     /* output buffer full: the host may read */
	I8042_STATUS_IBF = 0x02,     /* input buffer full: the host must not write */
	I8042_STATUS_SYSTEM = 0x04,  /* copy of the command byte's system flag */
	I8042_STATUS_COMMAND = 0x08, /* last write went to the command port */
	I8042_STATUS_UNLOCKED = 0x10,/* keyboard not inhibited by lock or password */
	I8042_STATUS_AUX = 0x20,     /* the output buffer's byte is the auxiliary device's */
	I8042_STATUS_TIMEOUT = 0x40, /* general time-out */
	I8042_STATUS_PARITY = 0x80,
};

enum i8042_command_byte {
	I8042_CB_KEYBOARD_IRQ = 0x01,
	I8042_CB_AUX_IRQ = 0x02,
	I8042_CB_SYSTEM = 0x04,
	I8042_CB_OVERRIDE = 0x08,    /* AT: ignore the keyboard lock */
	I8042_CB_KEYBOARD_OFF = 0x10,
	I8042_CB_AUX_OFF = 0x20,
	I8042_CB_TRANSLATE = 0x40,
};

enum i8042_command {
	I8042_CMD_READ_RAM = 0x20,        /* 20h-3Fh; 20h is the command byte */
	I8042_CMD_WRITE_RAM = 0x60,       /* 60h-7Fh */
	I8042_CMD_TEST_PASSWORD = 0xA4,
	I8042_CMD_LOAD_PASSWORD = 0xA5,
	I8042_CMD_ENABLE_PASSWORD = 0xA6,
	I8042_CMD_AUX_DISABLE = 0xA7,
	I8042_CMD_AUX_ENABLE = 0xA8,
	I8042_CMD_AUX_TEST = 0xA9,
	I8042_CMD_SELF_TEST = 0xAA,
	I8042_CMD_KEYBOARD_TEST = 0xAB,
	I8042_CMD_DIAGNOSTIC_DUMP = 0xAC,
	I8042_CMD_KEYBOARD_DISABLE = 0xAD,
	I8042_CMD_KEYBOARD_ENABLE = 0xAE,
	I8042_CMD_READ_INPUT_PORT = 0xC0,
	I8042_CMD_POLL_INPUT_LOW = 0xC1,
	I8042_CMD_POLL_INPUT_HIGH = 0xC2,
	I8042_CMD_READ_OUTPUT_PORT = 0xD0,
	I8042_CMD_WRITE_OUTPUT_PORT = 0xD1,
	I8042_CMD_WRITE_KEYBOARD_BUFFER = 0xD2,
	I8042_CMD_WRITE_AUX_BUFFER = 0xD3,
	I8042_CMD_WRITE_AUX = 0xD4,
	I8042_CMD_A20_SHUT = 0xDD,        /* not IBM's: many clones' */
	I8042_CMD_A20_OPEN = 0xDF,
	I8042_CMD_READ_TEST_INPUTS = 0xE0,
	I8042_CMD_PULSE = 0xF0,           /* F0h-FFh: bits 0-3 clear = pulse that output low */

	I8042_SELF_TEST_PASSED = 0x55,
	I8042_INTERFACE_PASSED = 0x00,
	I8042_PASSWORD_PRESENT = 0xFA,
	I8042_PASSWORD_ABSENT = 0xF1,
};

enum i8042_output_port {
	I8042_OUT_NOT_RESET = 0x01,
	I8042_OUT_A20 = 0x02,
	I8042_OUT_AUX_DATA = 0x04,
	I8042_OUT_AUX_CLOCK = 0x08,
	I8042_OUT_KEYBOARD_IRQ = 0x10,
	I8042_OUT_AUX_IRQ = 0x20,
	I8042_OUT_KEYBOARD_CLOCK = 0x40,
	I8042_OUT_KEYBOARD_DATA = 0x80,
};

enum i8042_input_port {
	I8042_IN_RAM_BANK = 0x10,    /* AT: second 256 KB of the board's memory enabled */
	I8042_IN_NO_JUMPER = 0x20,   /* manufacturing jumper not installed */
	I8042_IN_MONO = 0x40,        /* display switch: 1 = monochrome */
	I8042_IN_UNLOCKED = 0x80,    /* key lock open */
};

/* What the host sends to the keyboard. */
enum keyboard_command {
	KEYBOARD_SET_LEDS = 0xED,
	KEYBOARD_ECHO = 0xEE,
	KEYBOARD_CODE_SET = 0xF0,
	KEYBOARD_READ_ID = 0xF2,
	KEYBOARD_SET_RATE = 0xF3,
	KEYBOARD_ENABLE = 0xF4,
	KEYBOARD_DEFAULT_DISABLE = 0xF5,
	KEYBOARD_DEFAULT = 0xF6,
	KEYBOARD_ALL_TYPEMATIC = 0xF7,
	KEYBOARD_ALL_MAKE_BREAK = 0xF8,
	KEYBOARD_ALL_MAKE = 0xF9,
	KEYBOARD_ALL_TYPEMATIC_MAKE_BREAK = 0xFA,
	KEYBOARD_KEY_TYPEMATIC = 0xFB,
	KEYBOARD_KEY_MAKE_BREAK = 0xFC,
	KEYBOARD_KEY_MAKE = 0xFD,
	KEYBOARD_RESEND = 0xFE,
	KEYBOARD_RESET = 0xFF,
};

/* What the keyboard sends besides scan codes. */
enum keyboard_reply {
	KEYBOARD_OVERRUN = 0x00,        /* sets 2 and 3 */
	KEYBOARD_OVERRUN_SET1 = 0xFF,
	KEYBOARD_ID_1 = 0xAB,
	KEYBOARD_ID_2 = 0x83,
	KEYBOARD_BAT_PASSED = 0xAA,
	KEYBOARD_ECHOED = 0xEE,
	KEYBOARD_ACK = 0xFA,
	KEYBOARD_RESEND_PLEASE = 0xFE,
};

enum keyboard_led {
	KEYBOARD_LED_SCROLL = 1, KEYBOARD_LED_NUM = 2, KEYBOARD_LED_CAPS = 4, KEYBOARD_LEDS = 7,
};

/* Prefixes and suffix bits of the scan code sets. */
enum {
	SCAN_EXTENDED = 0xE0,
	SCAN_PAUSE = 0xE1,
	SCAN_BREAK = 0xF0,           /* sets 2 and 3: before the code */
	SCAN_SET1_BREAK = 0x80,      /* set 1: in the code */
};

#endif
