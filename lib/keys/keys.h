/* Keys as bytes of scan code set 1, and as names. The numbering is include/iface/key.h's. */
#ifndef KEYS_KEYS_H
#define KEYS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <iface/key.h>

enum { KEYS_SET1_MAX = 6 };      /* bytes of the longest sequence */

/* Set up with zeroes. */
struct keys_decoder {
	uint8_t prefix;          /* E0h or E1h was read */
	uint8_t after_e1;        /* bytes of Pause read since */
};

/* One byte from a keyboard that sends set 1 (as controllers do, translating). Returns the
 * key when a sequence is complete, and its direction in *down; KEY_NONE otherwise, and for
 * bytes that stand for no key: a reply, an overrun, the shifts that the keyboard makes up
 * around its grey keys. Pause comes as down only. */
enum key keys_decode(struct keys_decoder *decoder, uint8_t byte, bool *down);

/* The sequence that the key sends in set 1 without regard to other keys; returns its length,
 * 0 for Pause going up. */
size_t keys_encode(enum key key, bool down, uint8_t out[KEYS_SET1_MAX]);

/* "esc", "f1", "enter", "a", ...: the name used in {braces} by the command `keys`. NULL for
 * numbers that are no key. */
const char *keys_name(enum key key);
/* The key of that name (`size` bytes, case does not matter), aliases included; KEY_NONE. */
enum key keys_by_name(const char *name, size_t size);

#endif
