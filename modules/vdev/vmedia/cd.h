/* CD images: what makes a file one. Pure. */
#ifndef VMEDIA_CD_H
#define VMEDIA_CD_H

#include "store.h"

/* Whether the store holds a CD's image of 2048-byte sectors with a file system: E_DAMAGED if not. `sector`
 * is room for one of 512 bytes. */
CHECK int cd_check(const struct store *store, uint64_t sectors, uint8_t *sector);
/* A disc's size in sectors of 512 bytes: whole ones of 2048, the last filled with zeros. */
uint64_t cd_sectors(uint64_t bytes);

#endif
