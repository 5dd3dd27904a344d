/* What was written to a medium, kept in a file beside it, so that the medium itself stays as it was:
 * docs/overlay-format.md. Pure: works on two stores.
 *
 * Sectors are read from the overlay's file where its map says that they were written, else from
 * the base. Calls wait; one task at a time. */
#ifndef VMEDIA_OVERLAY_H
#define VMEDIA_OVERLAY_H

#include "store.h"

enum { OVERLAY_WINDOW = 4096, OVERLAY_WINDOW_SECTORS = OVERLAY_WINDOW / BLOCK_SECTOR };

struct overlay {
	const struct store *base, *file;
	uint64_t sectors;                /* of the base */
	uint64_t map_first, data_first;  /* sectors of the file */
	uint64_t window;                 /* which part of the map is in `map` */
	bool dirty;                      /* and was changed */
	uint8_t map[OVERLAY_WINDOW] __attribute__((aligned(8)));
};

/* Makes the file that of this base if it is empty, and opens it; `size` is the file's in bytes, `name`
 * the base's, for people. On failure *why says what is wrong with the file, or is NULL where the
 * error alone says it: E_DAMAGED, E_VERSION, E_CHANGED (another base), or a store's. */
CHECK int overlay_open(struct overlay *o, const struct store *base, uint64_t sectors, const char *name,
		       const struct store *file, uint64_t size, const char **why);
CHECK int overlay_read(struct overlay *o, uint64_t lba, uint32_t count, void *buffer);
CHECK int overlay_write(struct overlay *o, uint64_t lba, uint32_t count, const void *buffer);
/* Brings the map up to date in the file, after what it speaks of. */
CHECK int overlay_settle(struct overlay *o);
/* And returns when all is safe from a power cut. */
CHECK int overlay_flush(struct overlay *o);
/* Writes all of it to the base, which must be open for that, and is empty then. Cut off at any
 * point, it can be done again. `buffer` holds a window. */
CHECK int overlay_commit(struct overlay *o, const struct store *base, void *buffer);

#endif
