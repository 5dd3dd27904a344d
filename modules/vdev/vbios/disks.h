/* What stands behind a machine's BIOS drives: files of the native volume or host devices, worked
 * on by a task of their own so that the machine goes on while they are slow. */
#ifndef VBIOS_DISKS_H
#define VBIOS_DISKS_H

#include <kern/machine.h>
#include "vbios.h"

enum { DISK_PATH_MAX = 128 };

struct disks;

/* Makes the worker. `complete` is called in the machine's task when a transfer that
 * disks_submit() left open has ended. */
CHECK int disks_new(struct machine *m, void (*complete)(void *ctx, int result), void *ctx,
		    struct disks **disks);
void disks_free(struct disks *disks);
/* Puts FILE (a path, or host:NAME for a host device) into INT 13h drive `drive` and describes it
 * in *what. E_NOT_FOUND, E_NO_MEDIUM, E_RANGE and what the file system says. */
CHECK int disks_open(struct disks *disks, unsigned drive, const char *file, bool read_only,
		     struct vbios_drive *what);
void disks_close(struct disks *disks, unsigned drive);
/* As vbios_wires.submit. */
int disks_submit(struct disks *disks, unsigned drive, enum vbios_op op, uint64_t lba, unsigned count,
		 void *buffer);
/* The file in a drive; "" if none. */
const char *disks_file(const struct disks *disks, unsigned drive);

#endif
