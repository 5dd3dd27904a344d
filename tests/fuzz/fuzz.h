/* What the fuzzers of typed lines share. A program has one of it, with its own `line`: the text that a
 * failure shows. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK_THAT(what) do { \
	if (!(what)) { \
		fprintf(stderr, "%s:%d: round %lu: `%s`: %s\n", __FILE__, __LINE__, current, line, #what); \
		abort(); \
	} \
} while (0)

static unsigned long current;       /* round */
static uint64_t state;              /* never 0 */

/* G. Marsaglia, "Xorshift RNGs" (Journal of Statistical Software 8, 2003). */
static inline uint32_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16);
}

#endif
