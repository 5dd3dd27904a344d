/* Packets of GDB's remote serial protocol: $DATA#SS, with SS the sum of the bytes between as two
 * hexadecimal digits; + and - acknowledge; a single 03h interrupts. In DATA, `}` makes the next
 * byte XOR 20h. Pure.
 * Read: Debugging with GDB, appendix "GDB Remote Serial Protocol", "Overview". */
#ifndef GDB_RSP_H
#define GDB_RSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RSP_DATA_MAX = 2048 };

enum rsp_event {
	RSP_NONE,
	RSP_PACKET,          /* `data`, `size`; ends with a 0 that does not count */
	RSP_DAMAGED,         /* wrong sum, or too long: to be refused */
	RSP_ACK, RSP_NACK,
	RSP_INTERRUPT,
};

struct rsp {
	uint8_t state, sum, sent, escape;
	bool too_long;
	size_t size;
	char data[RSP_DATA_MAX + 1];
};

void rsp_init(struct rsp *r);
/* What became complete with this byte. */
enum rsp_event rsp_feed(struct rsp *r, uint8_t byte);

/* An answer being put together; what does not fit is left out, and `cut` says so. */
struct rsp_out {
	size_t size;
	bool cut;
	char data[RSP_DATA_MAX];
};
void rsp_text(struct rsp_out *o, const char *text);
void rsp_hex(struct rsp_out *o, const void *bytes, size_t n);
/* Hexadecimal, without leading zeros. */
void rsp_number(struct rsp_out *o, uint32_t number);
/* Bytes that may be any, escaped. */
void rsp_binary(struct rsp_out *o, const void *bytes, size_t n);
/* The packet around it; RSP_DATA_MAX + 4 bytes are enough. How many. */
size_t rsp_frame(const struct rsp_out *o, uint8_t *to);

/* -1: no digit. */
int rsp_digit(char c);
/* Takes a hexadecimal number from *text, moves it; false: there is none, or it has over 32 bits. */
bool rsp_take_number(const char **text, uint32_t *number);
/* Takes up to `most` bytes in hexadecimal; how many. */
size_t rsp_take_bytes(const char **text, void *to, size_t most);

#endif
