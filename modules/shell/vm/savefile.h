/* The file of a saved machine: a header, then records, each with its own checksum. Pure.
 *
 * All numbers little-endian.
 *
 *     header   0  8  "P86SAVE" and 0      8  4  version     12  4  CRC-32 of the 12 bytes before
 *     record   0  4  type                 4  4  length of the payload
 *              8  4  index                12 4  CRC-32 of the 12 bytes before and the payload
 *              16     payload
 *
 * The last record is SAVE_END; its index is the number of records before it, and the file ends
 * behind it. docs/saved-machine.md says what the records hold. */
#ifndef VM_SAVEFILE_H
#define VM_SAVEFILE_H

#include <base/error.h>
#include <stddef.h>
#include <stdint.h>

enum { SAVEFILE_VERSION = 1, SAVEFILE_PAYLOAD_MAX = 1 << 20 };

enum save_type {
	SAVE_CONFIG = 1,   /* text: the block that `vm show` prints */
	SAVE_STATE,        /* index: 1 if it ran */
	SAVE_CORE,         /* struct snapshot_core */
	SAVE_DEVICE,       /* index: of the device; payload: its type, NUL, its state */
	SAVE_DEVICE_PAGE,  /* index: device << 16 | page; 4096 bytes */
	SAVE_PAGE,         /* index: guest-physical page; 4096 bytes */
	SAVE_MEDIUM,       /* index: drive; text: what was in it */
	SAVE_END = 0x444E45,
};

/* Where bytes go; 0 or an error, which the functions hand on. */
struct save_sink {
	int (*write)(void *of, const void *data, size_t size);
	void *of;
	uint32_t records;      /* so far */
};

/* Where they come from: `size` bytes, or fewer at the end of the file; or an error. */
struct save_source {
	int (*read)(void *of, void *data, size_t size);
	void *of;
	uint32_t records;
};

struct save_record {
	uint32_t type, length, index, crc;
};

CHECK int savefile_begin(struct save_sink *sink);
/* The payload in one or two parts. */
CHECK int savefile_record(struct save_sink *sink, enum save_type type, uint32_t index, const void *first,
			  size_t first_size, const void *second, size_t second_size);
CHECK int savefile_end(struct save_sink *sink);

/* E_DAMAGED: no saved machine, or cut; E_VERSION. */
CHECK int savefile_open(struct save_source *source);
/* The next record's head; 1, or 0 at a good end (SAVE_END is not returned). */
CHECK int savefile_next(struct save_source *source, struct save_record *record);
/* Its payload, record->length bytes; E_DAMAGED when the checksum is wrong. */
CHECK int savefile_payload(struct save_source *source, const struct save_record *record, void *payload);

#endif
