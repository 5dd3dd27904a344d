/* A PS/2 mouse's packets, taken apart. */
#ifndef KEYS_PACKETS_H
#define KEYS_PACKETS_H

#include <stdbool.h>
#include <stdint.h>

#include <hw/ps2mouse.h>
#include <iface/mouse.h>

struct packets {
	uint64_t last_ns;        /* when the last byte came */
	uint8_t id;              /* enum ps2mouse_id, which tells the packets' form */
	uint8_t count;
	uint8_t byte[PS2MOUSE_PACKET_MAX];
};

enum packets_result {
	PACKETS_MORE,            /* the packet goes on, or the byte belongs to none */
	PACKETS_MOVE,            /* *move is what the mouse did */
	PACKETS_NEW_MOUSE,       /* the end of a self test: one has been plugged in */
};

/* A byte that came at that time. Finds the beginning of a packet again after a lost or invented
 * byte: by the bit that is always set there, and by the pause before it. */
enum packets_result packets_decode(struct packets *packets, uint8_t byte, uint64_t now_ns,
				   struct mouse_move *move);

#endif
