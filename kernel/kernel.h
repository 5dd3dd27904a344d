/* Inside the kernel: what does not belong to one of its parts. */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <abi/boot.h>

void options_init(const struct boot_info *boot);

#endif
