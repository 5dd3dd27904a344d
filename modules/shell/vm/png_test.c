/* Pictures as PNG, read back by a small reader of just this kind. Sections are RFC 1951's and the PNG
 * specification's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <base/crc32.h>
#include "png.h"

enum { FILE_MAX = 400000, ROOM = 20000 };

static uint8_t file[FILE_MAX], stream[FILE_MAX], lines[FILE_MAX];
static size_t file_size, stream_size, stream_bit;
static int fail_after;

static int put(void *to, const void *bytes, size_t size)
{
	(void)to;
	if (fail_after >= 0 && fail_after-- == 0)
		return E_NO_SPACE;
	assert_true(file_size + size <= FILE_MAX);
	memcpy(file + file_size, bytes, size);
	file_size += size;
	return E_OK;
}

static uint32_t word(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* Collects the IDAT chunks; returns the other chunk of that type. */
static const uint8_t *read_chunks(const char *wanted)
{
	const uint8_t *found = NULL;
	size_t at = 8;

	assert_memory_equal(file, "\x89PNG\r\n\x1A\n", 8);
	for (stream_size = 0; at < file_size;) {
		uint32_t size = word(file + at);

		assert_true(at + size + 12 <= file_size);
		assert_int_equal(word(file + at + 8 + size), crc32(0, file + at + 4, size + 4));
		if (!memcmp(file + at + 4, "IDAT", 4)) {
			memcpy(stream + stream_size, file + at + 8, size);
			stream_size += size;
		} else if (!memcmp(file + at + 4, wanted, 4)) {
			found = file + at + 8;
		}
		at += size + 12;
	}
	assert_memory_equal(file + file_size - 8, "IEND", 4);
	return found;
}

static unsigned take(unsigned count)
{
	unsigned value = 0;

	for (unsigned i = 0; i < count; i++, stream_bit++) {
		assert_true(stream_bit / 8 < stream_size);
		value |= (unsigned)(stream[stream_bit / 8] >> stream_bit % 8 & 1) << i;
	}
	return value;
}

static unsigned take_code(unsigned have, unsigned count)
{
	while (count--)
		have = have << 1 | take(1);
	return have;
}

/* 3.2.6: codes of 7, 8 and 9 bits, told apart by their values. */
static unsigned take_symbol(void)
{
	unsigned code = take_code(0, 7);

	if (code <= 0x17)
		return 256 + code;
	code = take_code(code, 1);
	if (code >= 0x30 && code <= 0xBF)
		return code - 0x30;
	if (code >= 0xC0 && code <= 0xC7)
		return 280 + code - 0xC0;
	return take_code(code, 1) - 0x190 + 144;
}

/* 3.2.5: lengths by their table. */
static unsigned take_length(unsigned symbol)
{
	static const unsigned base[29] = { 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59,
					   67, 83, 99, 115, 131, 163, 195, 227, 258 };
	static const unsigned extra[29] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4,
					    5, 5, 5, 5, 0 };

	return base[symbol - 257] + take(extra[symbol - 257]);
}

static size_t inflate(void)
{
	size_t n = 0;
	uint32_t a = 1, b = 0;
	unsigned symbol;

	assert_int_equal((stream[0] << 8 | stream[1]) % 31, 0);
	stream_bit = 16;
	assert_int_equal(take(3), 3);
	while ((symbol = take_symbol()) != 256) {
		if (symbol < 256) {
			lines[n++] = (uint8_t)symbol;
			continue;
		}
		symbol = take_length(symbol);
		assert_int_equal(take_code(0, 5), 0);
		assert_true(n > 0 && n + symbol <= FILE_MAX);
		for (; symbol; symbol--, n++)
			lines[n] = lines[n - 1];
	}
	for (size_t i = 0; i < n; i++) {
		a = (a + lines[i]) % 65521;
		b = (b + a) % 65521;
	}
	stream_bit = (stream_bit + 7) / 8;
	assert_int_equal(stream_bit + 4, stream_size);
	assert_int_equal(word(stream + stream_bit), b << 16 | a);
	return n;
}

static uint8_t color(unsigned kind, unsigned x, unsigned y)
{
	switch (kind) {
	case 0: return 0;                                       /* one colour */
	case 1: return (uint8_t)(x / 2 + y / 2 * 3);            /* lines scanned twice */
	case 2: return (uint8_t)(x * 2654435761u >> (y % 20));  /* noise */
	default: return (uint8_t)(x % (y + 2) ? 7 : y);         /* runs of all lengths */
	}
}

static int write(struct png *png, unsigned kind, unsigned width, unsigned height)
{
	static uint8_t above[ROOM], colors[ROOM];
	struct display_rgb palette[DISPLAY_PALETTE] = { [3] = { 1, 2, 3 }, [255] = { 9, 8, 7 } };
	int error;

	memset(png, 0, sizeof *png);
	memset(above, 0, sizeof above);
	png->put = put;
	png->above = above;
	file_size = 0;
	error = png_begin(png, width, height, palette);
	for (unsigned y = 0; !error && y < height; y++) {
		for (unsigned x = 0; x < width; x++)
			colors[x] = color(kind, x, y);
		error = png_line(png, colors);
	}
	return error ? error : png_end(png);
}

static void what_is_written_is_read(void **state)
{
	static const unsigned sizes[][2] = { { 1, 1 }, { 2, 1 }, { 640, 200 }, { 320, 350 }, { 700, 3 } };
	static struct png png;

	(void)state;
	fail_after = -1;
	for (unsigned n = 0; n < 4 * sizeof sizes / sizeof *sizes; n++) {
		unsigned kind = n % 4, width = sizes[n / 4][0], height = sizes[n / 4][1];
		const uint8_t *at;

		assert_int_equal(write(&png, kind, width, height), E_OK);
		at = read_chunks("IHDR");
		assert_int_equal(word(at), width);
		assert_int_equal(word(at + 4), height);
		assert_memory_equal(at + 8, "\x08\x03\0\0\0", 5);
		at = read_chunks("PLTE");
		assert_memory_equal(at + 9, "\1\2\3", 3);
		assert_memory_equal(at + 765, "\x9\x8\x7", 3);
		assert_int_equal(inflate(), (width + 1) * height);
		for (unsigned y = 0; y < height; y++) {
			assert_int_equal(lines[y * (width + 1)], 2);
			for (unsigned x = 0; x < width; x++) {
				uint8_t *dot = &lines[y * (width + 1) + 1 + x];

				if (y)
					*dot = (uint8_t)(*dot + dot[-(int)(width + 1)]);
				assert_int_equal(*dot, color(kind, x, y));
			}
		}
	}
}

static void plain_pictures_are_small(void **state)
{
	static struct png png;

	(void)state;
	fail_after = -1;
	assert_int_equal(write(&png, 0, 640, 480), E_OK);
	assert_true(file_size < 5000);
}

static void errors_end_it(void **state)
{
	static struct png png;

	(void)state;
	for (int n = 0; n < 40; n++) {
		fail_after = n;
		assert_int_equal(write(&png, 2, 640, 100), E_NO_SPACE);
		assert_int_equal(fail_after, -1);       /* nothing was put after that */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read), cmocka_unit_test(plain_pictures_are_small),
		cmocka_unit_test(errors_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
