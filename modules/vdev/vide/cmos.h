/* The set-up program's entry about a hard disk. */
#ifndef VIDE_CMOS_H
#define VIDE_CMOS_H

#include <iface/cmos.h>

#include "vide.h"

/* Disk 0 to 3 of the machine. */
void cmos_tell_disk(const struct cmos_ops *ops, void *cmos, unsigned disk, const struct vide_unit *unit);

#endif
