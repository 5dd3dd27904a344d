/* An overlay's file is a header, a map with one bit a sector, and a place for each sector of the
 * base. Places that were never written are holes, which take no room on the native volume.
 *
 * What a power cut may do: the map is written only after the data that it speaks of are safe
 * (overlay_settle), so a bit that is set never stands for data that did not arrive. What was written
 * since the map was brought up to date is gone, as from a disk's cache. The whole map is there from
 * the beginning: a full volume stops the data (E_NO_SPACE), never the map.
 *
 * The header knows the base by its size and a checksum of its first 64 KB. DIFFERS: a base that
 * was changed farther back is taken for the same. */
#include "overlay.h"

#include <base/crc32.h>
#include <base/mem.h>

enum {
	BITS = OVERLAY_WINDOW * 8, HEADER_SECTORS = OVERLAY_WINDOW_SECTORS,
	VERSION = 1, NAME_MAX = 256, SAMPLE_SECTORS = 128,
};

#define NO_WINDOW UINT64_MAX

enum {
	OVERLAY_EMPTYING = 1,    /* the map is not to be believed: nothing was written */
	OVERLAY_COMMITTING = 2,  /* the base is being changed: its checksum is not to be believed */
};

struct header {
	char magic[8];
	uint32_t version, flags;
	uint64_t sectors;
	uint32_t sample;         /* CRC-32 of the base's beginning */
	uint32_t reserved;
	char name[NAME_MAX];
	uint8_t unused[BLOCK_SECTOR - 32 - NAME_MAX - 4];
	uint32_t crc;            /* of all before it */
};
_Static_assert(sizeof(struct header) == BLOCK_SECTOR, "as docs/overlay-format.md lays it out");

static const char magic[8] = "p86over\x1A";

/* --- map ------------------------------------------------------------------------------------------ */

int overlay_settle(struct overlay *o)
{
	int err;

	if (!o->dirty)
		return E_OK;
	err = store_flush(o->file);
	if (!err)
		err = store_write(o->file, o->map_first + o->window * OVERLAY_WINDOW_SECTORS,
				  OVERLAY_WINDOW_SECTORS, o->map);
	if (!err)
		o->dirty = false;
	return err;
}

int overlay_flush(struct overlay *o)
{
	int err = overlay_settle(o);

	return err ? err : store_flush(o->file);
}

/* The part of the map that speaks of a sector. */
static int window_load(struct overlay *o, uint64_t lba)
{
	uint64_t window = lba / BITS;
	int err;

	if (window == o->window)
		return E_OK;
	err = overlay_settle(o);
	if (err)
		return err;
	o->window = NO_WINDOW;
	err = store_read(o->file, o->map_first + window * OVERLAY_WINDOW_SECTORS, OVERLAY_WINDOW_SECTORS,
			 o->map);
	if (!err)
		o->window = window;
	return err;
}

static bool is_set(const struct overlay *o, uint64_t lba)
{
	return o->map[lba % BITS / 8] >> lba % 8 & 1;
}

/* How many sectors from `lba` on, at most `count`, lie where that one does. */
static int run_length(struct overlay *o, uint64_t lba, uint32_t count, bool *here, uint32_t *run)
{
	int err = window_load(o, lba);
	uint32_t n = 1, most = (uint32_t)(BITS - lba % BITS);

	if (err)
		return err;
	*here = is_set(o, lba);
	if (most > count)
		most = count;
	while (n < most && is_set(o, lba + n) == *here)
		n++;
	*run = n;
	return E_OK;
}

static int mark(struct overlay *o, uint64_t lba, uint32_t count)
{
	while (count) {
		int err = window_load(o, lba);

		if (err)
			return err;
		do {
			o->map[lba % BITS / 8] |= (uint8_t)(1 << lba % 8);
			lba++, count--;
		} while (count && lba % BITS);
		o->dirty = true;
	}
	return E_OK;
}

/* --- transfers -------------------------------------------------------------------------------------- */

int overlay_read(struct overlay *o, uint64_t lba, uint32_t count, void *buffer)
{
	uint8_t *at = buffer;

	while (count) {
		uint32_t run = 0;
		bool here = false;
		int err = run_length(o, lba, count, &here, &run);

		if (!err)
			err = here ? store_read(o->file, o->data_first + lba, run, at)
				   : store_read(o->base, lba, run, at);
		if (err)
			return err;
		lba += run;
		count -= run;
		at += run * BLOCK_SECTOR;
	}
	return E_OK;
}

int overlay_write(struct overlay *o, uint64_t lba, uint32_t count, const void *buffer)
{
	int err = store_write(o->file, o->data_first + lba, count, buffer);

	return err ? err : mark(o, lba, count);
}

/* --- header --------------------------------------------------------------------------------------- */

/* Uses the map's buffer, as all of this part does. */
static int take_sample(struct overlay *o, const struct store *base, uint32_t *sample)
{
	uint64_t end = o->sectors < SAMPLE_SECTORS ? o->sectors : SAMPLE_SECTORS;

	*sample = 0;
	for (uint64_t lba = 0; lba < end; lba += OVERLAY_WINDOW_SECTORS) {
		uint32_t n = end - lba < OVERLAY_WINDOW_SECTORS ? (uint32_t)(end - lba) : OVERLAY_WINDOW_SECTORS;
		int err = store_read(base, lba, n, o->map);

		if (err)
			return err;
		*sample = crc32(*sample, o->map, n * BLOCK_SECTOR);
	}
	return E_OK;
}

static int header_read(struct overlay *o, struct header **header)
{
	*header = (struct header *)o->map;
	o->window = NO_WINDOW;
	return store_read(o->file, 0, 1, o->map);
}

/* Returns when it is safe. */
static int header_write(struct overlay *o, struct header *header)
{
	int err;

	header->crc = crc32(0, header, offsetof(struct header, crc));
	err = store_write(o->file, 0, 1, header);
	return err ? err : store_flush(o->file);
}

static int set_flags(struct overlay *o, uint32_t flags)
{
	struct header *header;
	int err = header_read(o, &header);

	if (err)
		return err;
	header->flags = flags;
	return header_write(o, header);
}

static int set_sample(struct overlay *o, const struct store *base)
{
	struct header *header;
	uint32_t sample;
	int err = take_sample(o, base, &sample);

	if (!err)
		err = header_read(o, &header);
	if (err)
		return err;
	header->sample = sample;
	return header_write(o, header);
}

/* Nothing was written, says the map; the header says so until it does. */
static int make_empty(struct overlay *o)
{
	int err = set_flags(o, OVERLAY_EMPTYING);

	memset(o->map, 0, sizeof o->map);
	for (uint64_t at = o->map_first; !err && at < o->data_first; at += OVERLAY_WINDOW_SECTORS)
		err = store_write(o->file, at, OVERLAY_WINDOW_SECTORS, o->map);
	if (!err)
		err = store_truncate(o->file, o->data_first);
	if (!err)
		err = store_flush(o->file);
	if (!err)
		err = set_flags(o, 0);
	o->window = NO_WINDOW;
	o->dirty = false;
	return err;
}

static int make_new(struct overlay *o, const char *name)
{
	struct header *header = (struct header *)o->map;
	uint32_t sample;
	int err = take_sample(o, o->base, &sample);

	if (err)
		return err;
	memset(header, 0, sizeof *header);
	memcpy(header->magic, magic, sizeof magic);
	header->version = VERSION;
	header->flags = OVERLAY_EMPTYING;
	header->sectors = o->sectors;
	header->sample = sample;
	str_copy(header->name, name, sizeof header->name);
	err = header_write(o, header);
	return err ? err : make_empty(o);
}

static int check_header(struct overlay *o, uint64_t size, uint32_t *flags, const char **why)
{
	struct header *header;
	uint32_t sample, expected;
	int err = header_read(o, &header);

	if (err)
		return err;
	*why = "is no overlay";
	if (size < BLOCK_SECTOR || memcmp(header->magic, magic, sizeof magic))
		return E_DAMAGED;
	*why = "is a damaged overlay";
	if (header->crc != crc32(0, header, offsetof(struct header, crc)))
		return E_DAMAGED;
	*why = "is an overlay of another version";
	if (header->version != VERSION || (header->flags & ~(uint32_t)(OVERLAY_EMPTYING | OVERLAY_COMMITTING)))
		return E_VERSION;
	*why = "is the overlay of a medium of another size";
	if (header->sectors != o->sectors)
		return E_CHANGED;
	*flags = header->flags;
	expected = header->sample;
	*why = NULL;
	if (*flags & OVERLAY_COMMITTING)
		return E_OK;
	err = take_sample(o, o->base, &sample);
	if (!err && sample != expected) {
		*why = "is the overlay of another medium";
		err = E_CHANGED;
	}
	return err;
}

static uint64_t last_set(const struct overlay *o, uint64_t first)
{
	unsigned byte = OVERLAY_WINDOW, bit = 7;

	while (byte && !o->map[byte - 1])
		byte--;
	if (!byte)
		return NO_WINDOW;
	while (!(o->map[byte - 1] >> bit & 1))
		bit--;
	return first + (byte - 1) * 8 + bit;
}

/* Data that the map speaks of, but that the file has not, were cut off. */
static int check_map(struct overlay *o, uint64_t size, const char **why)
{
	uint64_t there = (size + BLOCK_SECTOR - 1) / BLOCK_SECTOR, windows = (o->sectors + BITS - 1) / BITS, last;

	*why = "is a damaged overlay";
	if (there < o->data_first)
		return E_DAMAGED;
	for (uint64_t w = 0; w < windows; w++) {
		int err = window_load(o, w * BITS);

		if (err)
			return err;
		last = last_set(o, w * BITS);
		if (last != NO_WINDOW && (last >= o->sectors || o->data_first + last >= there))
			return E_DAMAGED;
	}
	*why = NULL;
	return E_OK;
}

int overlay_open(struct overlay *o, const struct store *base, uint64_t sectors, const char *name,
		 const struct store *file, uint64_t size, const char **why)
{
	uint32_t flags = 0;
	int err;

	o->base = base;
	o->file = file;
	o->sectors = sectors;
	o->map_first = HEADER_SECTORS;
	o->data_first = o->map_first + (sectors + BITS - 1) / BITS * OVERLAY_WINDOW_SECTORS;
	o->window = NO_WINDOW;
	o->dirty = false;
	*why = NULL;
	if (!size)
		return make_new(o, name);
	err = check_header(o, size, &flags, why);
	if (!err && (flags & OVERLAY_EMPTYING))
		return make_empty(o);
	return err ? err : check_map(o, size, why);
}

/* --- all of it ------------------------------------------------------------------------------------ */

static int copy_changed(struct overlay *o, const struct store *base, void *buffer)
{
	uint64_t lba = 0;

	while (lba < o->sectors) {
		uint64_t left = o->sectors - lba;
		uint32_t run = 0;
		bool here = false;
		int err = run_length(o, lba, left < BITS ? (uint32_t)left : BITS, &here, &run);

		if (here && run > OVERLAY_WINDOW_SECTORS)
			run = OVERLAY_WINDOW_SECTORS;
		if (!err && here)
			err = store_read(o->file, o->data_first + lba, run, buffer);
		if (!err && here)
			err = store_write(base, lba, run, buffer);
		if (err)
			return err;
		lba += run;
	}
	return store_flush(base);
}

int overlay_commit(struct overlay *o, const struct store *base, void *buffer)
{
	int err = overlay_flush(o);

	if (!err)
		err = set_flags(o, OVERLAY_COMMITTING);
	if (!err)
		err = copy_changed(o, base, buffer);
	if (!err)
		err = set_sample(o, base);
	return err ? err : make_empty(o);
}
