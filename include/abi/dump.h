/* A dump: what the debugger's `dump FILE` writes and the host program `p86dump` reads. Described in
 * docs/dump-format.md. */
#ifndef ABI_DUMP_H
#define ABI_DUMP_H

#include <stdint.h>

#define DUMP_MAGIC "P86DUMP"
#define DUMP_VERSION 1

enum { DUMP_NAME = 12, DUMP_PAYLOAD = 4096 };

struct dump_header {
	char magic[8];             /* DUMP_MAGIC and a 0 */
	uint32_t version;
	uint32_t crc;              /* CRC-32 of the 12 bytes before */
};

/* A record's head; `size` bytes follow. A text longer than one record goes on in the next of the same
 * name. The last record is DUMP_END and says how many there were. */
struct dump_record {
	char name[DUMP_NAME];      /* padded with 0 */
	uint32_t size;             /* of the payload: at most DUMP_PAYLOAD */
	uint32_t address;          /* DUMP_MEMORY: guest-physical; DUMP_END: number of records; else 0 */
	uint32_t crc;              /* CRC-32 of the 20 bytes before and of the payload */
};

#define DUMP_MEMORY "memory"       /* other pages of the guest's hold nothing but zeros */
#define DUMP_END "end"

_Static_assert(sizeof(struct dump_header) == 16 && sizeof(struct dump_record) == 24, "as on disk");

#endif
