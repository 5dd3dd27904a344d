/* The receiving end of XMODEM. Pure. */
#ifndef SHELL_XMODEM_H
#define SHELL_XMODEM_H

#include <base/error.h>
#include <stddef.h>
#include <stdint.h>

enum { XMODEM_BLOCK_MAX = 1024 };

struct xmodem_line {
	/* Bytes read, 0 after the time, or a negative error. */
	int (*read)(void *ctx, void *buf, size_t size, unsigned timeout_ms);
	int (*write)(void *ctx, const void *buf, size_t size);
	/* Takes the file's next bytes; a negative error ends the transfer. */
	int (*store)(void *ctx, const void *data, size_t size);
	void *ctx;
};

/* Receives one file. `block`: XMODEM_BLOCK_MAX bytes of room. Returns E_OK, E_TIMEOUT (no
 * sender), E_IO (too many errors), E_INTERRUPTED (cancelled by the sender), or what read and
 * store returned. */
CHECK int xmodem_receive(const struct xmodem_line *line, uint8_t *block);

#endif
