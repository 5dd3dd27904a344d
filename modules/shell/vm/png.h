/* Writes a picture of at most 256 colours as PNG. Pure: bytes go where the caller says. */
#ifndef VM_PNG_H
#define VM_PNG_H

#include <base/error.h>
#include <iface/display.h>
#include <stdint.h>

enum { PNG_BUFFER = 4096 };

struct png {
	/* Takes the next bytes of the file; a negative enum error is returned to the caller and ends it. */
	int (*put)(void *to, const void *bytes, size_t size);
	void *to;
	unsigned width;
	uint8_t *above;                 /* the line above: `width` bytes, the caller's, zero at first */
	uint32_t bits, bit_count;       /* not yet in `data` */
	uint32_t sum_a, sum_b;          /* Adler-32 */
	int repeats;                    /* of `last`, held back; last is -1 at the beginning */
	int last;
	int error;
	size_t used;
	uint8_t data[PNG_BUFFER];       /* of the chunk in progress */
};

/* `put`, `to` and `above` are set, everything else is zero. The lines follow from the top, `height`
 * times. Each returns E_OK or what `put` said. */
CHECK int png_begin(struct png *png, unsigned width, unsigned height, const struct display_rgb *palette);
CHECK int png_line(struct png *png, const uint8_t *colors);
CHECK int png_end(struct png *png);

#endif
