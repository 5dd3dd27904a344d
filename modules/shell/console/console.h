/* The console's parts that know the kernel: places, and what they share. */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include "keymap.h"

#include <iface/console.h>
#include <iface/mouse.h>
#include <iface/overview.h>
#include <kern/machine.h>
#include <kern/memory.h>
#include <kern/module.h>

struct console {
	struct account *account;
	const struct keymap *keymap;
};

/* Each adds its offer when its hardware is there. E_NOT_FOUND: it is not. */
CHECK int serial_place_start(struct module *self, struct console *console);
CHECK int screen_place_start(struct module *self, struct console *console);

/* Of all places. */
int console_set_keymap(struct console *console, const char *name);

/* --- machines as the places see them (machine.c) -------------------------------------------- */

/* Keys that a place has pressed in the machine in view and not released yet. */
struct keys_sent {
	uint32_t machine;                  /* machine_number(), 0: none is in view */
	uint32_t down[KEY_CODES / 32];
	uint32_t owed[KEY_CODES / 32];     /* releases that found the machine's queue full */
};

/* The machine of a number, or NULL. */
struct machine *machine_by_number(uint32_t number);
/* Its text; false in graphics mode or without an adapter. */
bool machine_text(struct machine *m, struct display_text *text);
uint8_t machine_leds(struct machine *m);   /* VKEYBOARD_ bits */
/* Of all machines the one of that number is heard on the PC's speaker, while it runs. */
void machine_hear(uint32_t number);
/* A key in the machine in view; a repetition is dropped. */
void keys_send(struct keys_sent *keys, enum key key, bool down);
/* The same for a place that can wait: returns when the keyboard has the key, so that it can
 * be asked whether there is room for the next. */
void keys_type(struct keys_sent *keys, enum key key, bool down);
/* Sends the releases that are owed. */
void keys_retry(struct keys_sent *keys);
/* Releases all that is down and looks at another machine. */
void keys_leave(struct keys_sent *keys, uint32_t machine);

/* What a place has done with the mouse of the machine in view. */
struct mouse_sent {
	uint32_t machine;                  /* machine_number(), 0: none is in view */
	uint32_t owed;                     /* a machine left with buttons down, whose queue was full */
	uint8_t down;
};

/* False: the machine's queue is full; the move is to be tried again, with what comes. */
bool mouse_send(struct mouse_sent *mouse, const struct mouse_move *move);
/* Releases the buttons that are owed. */
void mouse_retry(struct mouse_sent *mouse);
/* Releases the buttons that are down and looks at another machine. */
void mouse_leave(struct mouse_sent *mouse, uint32_t machine);

/* A place's machines in characters, while it shows any so; all zero: not open. */
struct pictures {
	struct offer *offer;
	const struct overview_ops *ops;
	void *overview;
};

/* True when it is open. May load a module, and so wait; says in the log why it is not. */
bool pictures_open(struct pictures *p, struct account *account);
void pictures_close(struct pictures *p);
/* Draws for some milliseconds at most. Others run meanwhile, who may close it. */
void pictures_draw(struct pictures *p);

/* The machine's graphics, false if it is in another mode. For the screen, which alone shows them. */
bool machine_graphics(struct machine *m, struct display_vga *vga);
bool machine_vbe(struct machine *m, struct display_vbe *vbe);

#endif
