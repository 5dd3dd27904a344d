/* Against a sender that loses, repeats and damages blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>
#include "xmodem.h"

static uint8_t sent[16384], stored[8192];
static size_t sent_size, sent_at, stored_size;
static char said[256];
static size_t said_size;

static void put(uint8_t byte)
{
	sent[sent_size++] = byte;
}

static void put_block(uint8_t start, uint8_t number, uint8_t fill, bool damaged)
{
	size_t size = start == 2 ? 1024 : 128;
	uint16_t crc = 0;

	put(start);
	put(number);
	put((uint8_t)~number);
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)(fill + i);

		crc ^= (uint16_t)(byte << 8);
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
		put(damaged && i == 5 ? (uint8_t)~byte : byte);
	}
	put((uint8_t)(crc >> 8));
	put((uint8_t)crc);
}

/* 0xEE 0xEE in the stream stands for a silence; it does not occur otherwise. */
static int line_read(void *ctx, void *buf, size_t size, unsigned timeout)
{
	size_t n = 0;

	(void)ctx, (void)timeout;
	while (n < size && sent_at < sent_size) {
		if (sent[sent_at] == 0xEE && sent[sent_at + 1] == 0xEE) {
			sent_at += n ? 0 : 2;
			break;
		}
		((uint8_t *)buf)[n++] = sent[sent_at++];
	}
	return (int)n;
}

static int line_write(void *ctx, const void *buf, size_t size)
{
	(void)ctx;
	memcpy(said + said_size, buf, size);
	said_size += size;
	return (int)size;
}

static int store(void *ctx, const void *data, size_t size)
{
	if (ctx && stored_size)
		return E_NO_SPACE;
	memcpy(stored + stored_size, data, size);
	stored_size += size;
	return (int)size;
}

static const struct xmodem_line line = { line_read, line_write, store, NULL };
static uint8_t block[XMODEM_BLOCK_MAX];

static int setup(void **state)
{
	(void)state;
	sent_size = sent_at = stored_size = said_size = 0;
	return 0;
}

static void silence(void)
{
	put(0xEE);
	put(0xEE);
}

static void crc_is_the_usual_one(void **state)
{
	(void)state;
	put_block(1, 1, 0, false);
	put(4);
	assert_int_equal(xmodem_receive(&line, block), E_OK);
	assert_int_equal(stored_size, 128);
	assert_memory_equal(said, "C\x06\x06", 3);
}

static void errors_are_repaired(void **state)
{
	(void)state;
	silence();                       /* the sender is late */
	put_block(1, 1, 0, false);
	put_block(1, 2, 10, true);       /* damaged */
	silence();
	put_block(1, 2, 10, false);
	put_block(1, 2, 10, false);      /* our acknowledgement was lost */
	put_block(2, 3, 20, false);
	put(4);
	assert_int_equal(xmodem_receive(&line, block), E_OK);
	assert_int_equal(stored_size, 128 + 128 + 1024);
	assert_int_equal(stored[128], 10);
	assert_int_equal(stored[256], 20);
	assert_memory_equal(said, "CC\x06\x15\x06\x06\x06\x06", 8);
}

static void hopeless_cases_end(void **state)
{
	struct xmodem_line full = line;

	(void)state;
	assert_int_equal(xmodem_receive(&line, block), E_TIMEOUT);
	setup(NULL);
	put(0x18);
	assert_int_equal(xmodem_receive(&line, block), E_INTERRUPTED);
	setup(NULL);
	for (int i = 0; i < 20; i++) {
		put(0x55);
		silence();
	}
	assert_int_equal(xmodem_receive(&line, block), E_IO);
	setup(NULL);
	put_block(1, 1, 0, false);
	put_block(1, 2, 0, false);
	full.ctx = &full;
	assert_int_equal(xmodem_receive(&full, block), E_NO_SPACE);
	assert_int_equal(said[said_size - 1], 0x18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(crc_is_the_usual_one, setup),
		cmocka_unit_test_setup(errors_are_repaired, setup),
		cmocka_unit_test_setup(hopeless_cases_end, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
