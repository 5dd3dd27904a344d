/* XMODEM with CRC, and with blocks of 1024 bytes (XMODEM-1K) when the sender likes.
 *
 * The receiver says `C` until the first block comes; a block is a start byte, its number,
 * the number's complement, data, and a CRC-16 (polynomial 1021h, high byte first). It is
 * acknowledged or asked for again; a repeated one is acknowledged and dropped. The last
 * block is filled up by the sender (with 1Ah): the file comes out that much longer.
 *
 * Not there: the arithmetic check sum of the oldest senders, YMODEM's names and lengths.
 *
 * To read: W. Christensen, "XMODEM protocol"; C. Forsberg, "XMODEM/YMODEM Protocol
 * Reference", sections "XMODEM Message Block Level Protocol" and "CRC-16 Option". */
#include "xmodem.h"

#include <stdbool.h>

enum {
	SOH = 0x01, STX = 0x02, EOT = 0x04, ACK = 0x06, NAK = 0x15, CAN = 0x18,
	POLYNOMIAL = 0x1021, SMALL = 128,
	FIRST_WAIT_MS = 3000, FIRST_TRIES = 20, BLOCK_WAIT_MS = 10000, BYTE_WAIT_MS = 1000, TRIES = 10,
};

static uint16_t crc_of(const uint8_t *data, size_t size)
{
	uint16_t crc = 0;

	while (size--) {
		crc ^= (uint16_t)(*data++ << 8);
		for (unsigned bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ POLYNOMIAL : crc << 1);
	}
	return crc;
}

static int say(const struct xmodem_line *line, uint8_t byte)
{
	return line->write(line->ctx, &byte, 1);
}

/* Waits until the line is quiet, so that the next byte begins a block. */
static void drain(const struct xmodem_line *line)
{
	uint8_t byte;

	while (line->read(line->ctx, &byte, 1, BYTE_WAIT_MS) > 0)
		;
}

/* What follows a start byte. E_DAMAGED: not as it was sent. */
static int read_block(const struct xmodem_line *line, uint8_t *block, size_t size, uint8_t *number)
{
	uint8_t head[2], tail[2];
	int got;

	if ((got = line->read(line->ctx, head, 2, BYTE_WAIT_MS)) != 2 ||
	    (got = line->read(line->ctx, block, size, BYTE_WAIT_MS)) != (int)size ||
	    (got = line->read(line->ctx, tail, 2, BYTE_WAIT_MS)) != 2)
		return got < 0 ? got : E_DAMAGED;
	if ((head[0] ^ head[1]) != 0xFF || crc_of(block, size) != (tail[0] << 8 | tail[1]))
		return E_DAMAGED;
	*number = head[0];
	return E_OK;
}

/* Waits for the first byte of what comes next, asking for it with `ask` meanwhile. */
static int next_start(const struct xmodem_line *line, bool first, uint8_t ask)
{
	uint8_t byte;

	for (unsigned tries = first ? FIRST_TRIES : TRIES; tries; tries--) {
		int got = ask ? say(line, ask) : E_OK;

		if (got >= 0)
			got = line->read(line->ctx, &byte, 1, first ? FIRST_WAIT_MS : BLOCK_WAIT_MS);
		if (got < 0)
			return got;
		if (got == 1)
			return byte;
		if (!first)
			ask = NAK;
	}
	return E_TIMEOUT;
}

int xmodem_receive(const struct xmodem_line *line, uint8_t *block)
{
	uint8_t expected = 1, number, ask = 'C';
	unsigned errors = 0;
	bool first = true;

	while (errors < TRIES) {
		int start = next_start(line, first, ask), error;

		if (start < 0)
			return start;
		if (start == EOT)
			return say(line, ACK) < 0 ? E_IO : E_OK;
		if (start == CAN)
			return E_INTERRUPTED;
		error = start == SOH || start == STX
			? read_block(line, block, start == STX ? XMODEM_BLOCK_MAX : SMALL, &number) : E_DAMAGED;
		if (error && error != E_DAMAGED)
			return error;
		if (error || (number != expected && number != (uint8_t)(expected - 1))) {
			drain(line);
			ask = first ? 'C' : NAK;
			errors++;
			continue;
		}
		if (number == expected) {
			error = line->store(line->ctx, block, start == STX ? XMODEM_BLOCK_MAX : SMALL);
			if (error < 0) {
				say(line, CAN);
				say(line, CAN);
				return error;
			}
			expected++;
		}
		first = false;
		errors = 0;
		ask = ACK;
	}
	return E_IO;
}
