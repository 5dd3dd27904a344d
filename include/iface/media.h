/* What stands in a machine's drives, under the machine's role "media": one place that knows files,
 * overlays, host devices and who else uses them, for the BIOS and for every disk controller alike.
 *
 * The controllers of one machine see the same media: what INT 13h wrote, the IDE channel reads.
 * All functions are called in the machine's own task (or while it is being built), and the answers
 * come there. */
#ifndef IFACE_MEDIA_H
#define IFACE_MEDIA_H

#include <base/error.h>
#include <base/list.h>
#include <stdbool.h>
#include <stdint.h>

#define MEDIA_ROLE "media"

enum { MEDIA_SECTOR = 512, MEDIA_FLOPPIES = 2, MEDIA_DISKS = 4 };

/* Unit n of the hard disks is unit n % 2 of IDE channel n / 2. */
enum media_drive {
	MEDIA_FLOPPY_A, MEDIA_FLOPPY_B,
	MEDIA_DISK_0, MEDIA_DISK_1, MEDIA_DISK_2, MEDIA_DISK_3,
	MEDIA_DRIVES,
};

enum media_kind { MEDIA_NONE, MEDIA_FLOPPY, MEDIA_DISK, MEDIA_CD };

struct media_info {
	uint8_t kind;                   /* enum media_kind: of the drive; MEDIA_NONE: no drive there */
	bool medium;                    /* there is one in it; always for a MEDIA_DISK */
	bool read_only;
	bool locked;                    /* by the guest: eject is refused to the user */
	uint32_t generation;            /* another number after each change of medium */
	uint64_t sectors;               /* of 512 bytes, also of a CD; the last may be partly filled */
	uint16_t cylinders, heads, sectors_per_track;   /* a host disk's own; 0: not known */
	uint8_t floppy_type;            /* of the drive: CMOS_FLOPPY_... in <hw/mc146818.h> */
};

enum media_op { MEDIA_READ, MEDIA_WRITE, MEDIA_FLUSH };

/* A transfer. The caller owns it and the buffer, and touches neither until done() was called. */
struct media_request {
	struct list link;               /* the provider's, */
	int32_t result;                 /* and this, too */
	uint8_t drive, op;
	uint32_t count;                 /* sectors; at most 256 */
	uint64_t lba;
	void *buffer;                   /* kernel memory */
	/* In the machine's task, after submit() has returned. `result`: 0, E_IO, E_READ_ONLY,
	 * E_NO_MEDIUM, E_CHANGED (another medium since submit()), E_RANGE, E_NO_SPACE, E_TIMEOUT. */
	void (*done)(void *ctx, int result);
	void *ctx;
};

/* Told when a medium came or went; `info` is what is there now. */
struct media_watcher {
	struct list link;               /* the provider's */
	void (*changed)(void *ctx, unsigned drive, const struct media_info *info);
	void *ctx;
};

struct media_ops {
	void (*info)(void *media, unsigned drive, struct media_info *info);
	/* Requests of one drive are carried out in order. Anything wrong is told by done(). */
	void (*submit)(void *media, struct media_request *request);
	/* Takes a request back that has not been answered: done() will not be called for it, and the buffer
	 * is the caller's again at the return, for which it waits. */
	void (*cancel)(void *media, struct media_request *request);
	/* Waits for an answer, at most so long. True: it is in request->result, the buffer is the caller's again,
	 * and done() will not be called. For those whose guest would only poll. */
	bool (*wait)(void *media, struct media_request *request, uint64_t ns);
	/* The guest's own eject and door lock. E_NO_MEDIUM, E_DENIED (locked), E_UNSUPPORTED. */
	int (*eject)(void *media, unsigned drive);
	void (*lock)(void *media, unsigned drive, bool locked);
	/* Waits until nothing is being transferred; what came of it is told when the machine's task runs again.
	 * From any task, on a machine that stands. */
	void (*settle)(void *media);
	/* The watcher stays until the machine's end. */
	void (*watch)(void *media, struct media_watcher *watcher);
};

#endif
