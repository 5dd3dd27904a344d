/* Keyboard layouts: from keys to characters. Pure. */
#ifndef CONSOLE_KEYMAP_H
#define CONSOLE_KEYMAP_H

#include <iface/key.h>
#include <stdbool.h>
#include <stdint.h>

struct keymap;

/* By name ("us", "uk", "de", "fr"), or NULL; by index, NULL beyond the last. */
const struct keymap *keymap_find(const char *name);
const struct keymap *keymap_at(unsigned index);
const char *keymap_name(const struct keymap *map);

/* Which keys are down, and what they add up to. All zero at first. */
struct keys_down {
	bool left_shift, right_shift, left_ctrl, right_ctrl, left_alt, right_alt;
	bool caps_lock, num_lock;
	uint16_t dead;             /* accent that waits for its letter */
};

/* A key went down or up; returns what it types: a key as in iface/console.h, or 0. */
int keymap_key(const struct keymap *map, struct keys_down *down, enum key key, bool pressed);

#endif
