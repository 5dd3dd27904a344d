/* PNG: signature, header, palette, compressed lines, end; each chunk with its CRC.
 *
 * How it works: a line is stored as its difference from the line above (filter "Up"), which is
 * zero in most of a screen, above all where lines are scanned twice. What repeats is compressed:
 * one deflate block of fixed codes, in which a run of equal bytes is a literal and a match at distance 1.
 * Other matches are not looked for: that takes time and memory, and saves little.
 *
 * Read: W3C, Portable Network Graphics (PNG) Specification, second edition, "Datastream structure",
 * "Filtering"; RFC 1950 (ZLIB); RFC 1951 (DEFLATE), "Compression with fixed Huffman codes". */
#include "png.h"

#include <base/crc32.h>
#include <base/mem.h>

enum {
	COLOR_PALETTE = 3, FILTER_UP = 2, DEPTH = 8,
	ZLIB_CMF = 0x78, ZLIB_FLG = 0x01,
	BLOCK_LAST_FIXED = 0x3, BLOCK_BITS = 3,
	CODE_END = 256, CODE_LENGTHS = 257, MATCH_MIN = 3, MATCH_MAX = 258, DISTANCE_BITS = 5,
	ADLER_BASE = 65521,
};

/* --- chunks ------------------------------------------------------------------------------------ */

static void big_endian(uint8_t *to, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void put(struct png *png, const void *bytes, size_t size)
{
	if (png->error >= 0)
		png->error = png->put(png->to, bytes, size);
}

static void chunk(struct png *png, const char *type, const uint8_t *data, size_t size)
{
	uint8_t word[4];

	big_endian(word, (uint32_t)size);
	put(png, word, sizeof word);
	put(png, type, 4);
	if (size)
		put(png, data, size);
	big_endian(word, crc32(crc32(0, type, 4), data, size));
	put(png, word, sizeof word);
}

/* --- bits ---------------------------------------------------------------------------------------- */

static void flush(struct png *png)
{
	if (png->used)
		chunk(png, "IDAT", png->data, png->used);
	png->used = 0;
}

static void byte(struct png *png, uint8_t value)
{
	png->data[png->used++] = value;
	if (png->used == PNG_BUFFER)
		flush(png);
}

/* The lowest bit first. */
static void bits(struct png *png, uint32_t value, unsigned count)
{
	png->bits |= value << png->bit_count;
	for (png->bit_count += count; png->bit_count >= 8; png->bit_count -= 8, png->bits >>= 8)
		byte(png, (uint8_t)png->bits);
}

/* A Huffman code: its highest bit first. */
static void code(struct png *png, unsigned value, unsigned count)
{
	while (count--)
		bits(png, value >> count & 1, 1);
}

static void symbol(struct png *png, unsigned n)
{
	if (n < 144)
		code(png, 0x30 + n, 8);
	else if (n < 256)
		code(png, 0x190 + n - 144, 9);
	else if (n < 280)
		code(png, n - 256, 7);
	else
		code(png, 0xC0 + n - 280, 8);
}

/* --- runs ---------------------------------------------------------------------------------------- */

/* Lengths 3 to 10 have a code each; then four codes share each number of extra bits; 258 has the last. */
static void length(struct png *png, unsigned n)
{
	unsigned extra = 0, from = n - MATCH_MIN;

	if (n == MATCH_MAX) {
		symbol(png, CODE_LENGTHS + 28);
		return;
	}
	while (from >> extra >= 8)
		extra++;
	symbol(png, CODE_LENGTHS + extra * 4 + (from >> extra));
	bits(png, from & ((1u << extra) - 1), extra);
}

static void release(struct png *png)
{
	while (png->repeats >= MATCH_MIN) {
		unsigned n = png->repeats < MATCH_MAX ? (unsigned)png->repeats : MATCH_MAX;

		length(png, n);
		code(png, 0, DISTANCE_BITS);    /* distance 1 */
		png->repeats -= (int)n;
	}
	for (; png->repeats; png->repeats--)
		symbol(png, (unsigned)png->last);
}

static void compress(struct png *png, uint8_t value)
{
	png->sum_a += value;
	if (png->sum_a >= ADLER_BASE)
		png->sum_a -= ADLER_BASE;
	png->sum_b += png->sum_a;
	if (png->sum_b >= ADLER_BASE)
		png->sum_b -= ADLER_BASE;
	if (value == png->last) {
		png->repeats++;
		return;
	}
	release(png);
	symbol(png, value);
	png->last = value;
}

/* --- the picture ----------------------------------------------------------------------------------- */

int png_begin(struct png *png, unsigned width, unsigned height, const struct display_rgb *palette)
{
	static const uint8_t signature[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n' };
	uint8_t header[13] = { [8] = DEPTH, [9] = COLOR_PALETTE }, colors[3 * DISPLAY_PALETTE];

	png->width = width;
	png->last = -1;
	png->sum_a = 1;
	big_endian(header, width);
	big_endian(header + 4, height);
	for (unsigned i = 0; i < DISPLAY_PALETTE; i++) {
		colors[3 * i] = palette[i].red;
		colors[3 * i + 1] = palette[i].green;
		colors[3 * i + 2] = palette[i].blue;
	}
	put(png, signature, sizeof signature);
	chunk(png, "IHDR", header, sizeof header);
	chunk(png, "PLTE", colors, sizeof colors);
	byte(png, ZLIB_CMF);
	byte(png, ZLIB_FLG);
	bits(png, BLOCK_LAST_FIXED, BLOCK_BITS);
	return png->error < 0 ? png->error : E_OK;
}

int png_line(struct png *png, const uint8_t *colors)
{
	compress(png, FILTER_UP);
	for (unsigned x = 0; x < png->width; x++) {
		compress(png, (uint8_t)(colors[x] - png->above[x]));
		png->above[x] = colors[x];
	}
	return png->error < 0 ? png->error : E_OK;
}

int png_end(struct png *png)
{
	uint8_t sum[4];

	release(png);
	symbol(png, CODE_END);
	if (png->bit_count)
		bits(png, 0, 8 - png->bit_count);
	big_endian(sum, png->sum_b << 16 | png->sum_a);
	for (unsigned i = 0; i < sizeof sum; i++)
		byte(png, sum[i]);
	flush(png);
	chunk(png, "IEND", NULL, 0);
	return png->error < 0 ? png->error : E_OK;
}
