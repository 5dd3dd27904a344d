/* What the boot path handed over, kept for modules that look for the volume booted from. */
#ifndef KERN_BOOT_H
#define KERN_BOOT_H

#include <abi/boot.h>

const struct boot_info *boot_hand_over(void);

#endif
