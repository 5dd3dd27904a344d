/* Types of floppy drives. Pure. */
#ifndef VMEDIA_FLOPPY_H
#define VMEDIA_FLOPPY_H

#include <hw/mc146818.h>
#include <stdint.h>

/* The drive (CMOS_FLOPPY_...) that would be bought for a medium of that many sectors; 0: for an
 * empty drive. */
uint8_t floppy_type(uint64_t sectors);

#endif
