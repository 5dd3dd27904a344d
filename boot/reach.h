/* Will a driver of ours reach the boot medium, once the BIOS is no longer called? */
#ifndef BOOT_REACH_H
#define BOOT_REACH_H

#include <abi/polyfs.h>
#include <stdbool.h>

/* Looks for the volume with this superblock, byte for byte, on the disks behind the two
 * classic ATA channels. */
bool reach_by_ata(const struct polyfs_super *super);

#endif
