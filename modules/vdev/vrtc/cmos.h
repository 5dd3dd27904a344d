/* The set-up program's part of the clock's memory: see cmos.c. */
#ifndef VRTC_CMOS_H
#define VRTC_CMOS_H

#include "vrtc.h"

/* Fills in the configuration bytes of a cleared memory, and the checksum. */
void cmos_fill(struct vrtc *chip, const struct vrtc_config *config);

#endif
