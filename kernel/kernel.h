/* Inside the kernel: what does not belong to one of its parts. */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <abi/boot.h>

void options_init(const struct boot_info *boot);
/* What the boot path handed over, for the volume in memory; lives as long as the kernel. */
const struct boot_info *boot_hand_over(void);

#endif
