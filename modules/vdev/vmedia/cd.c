/* A CD image is the disc's data track, sector after sector of 2048 bytes. Its volume descriptors begin
 * at sector 16; each has the identifier CD001 behind its type.
 *
 * Not known: raw images with 2352 bytes a sector, several tracks, sound.
 *
 * Read: ECMA-119, 4th edition, "8.1 Format of a Volume Descriptor"; "6.7.1 Volume Descriptor Set". */
#include "cd.h"

#include <base/mem.h>

enum { CD_SECTOR = 2048, RATIO = CD_SECTOR / BLOCK_SECTOR, DESCRIPTORS = 16, IDENTIFIER = 1 };

uint64_t cd_sectors(uint64_t bytes)
{
	return (bytes + CD_SECTOR - 1) / CD_SECTOR * RATIO;
}

int cd_check(const struct store *store, uint64_t sectors, uint8_t *sector)
{
	int err;

	if (sectors < (DESCRIPTORS + 1) * RATIO)
		return E_DAMAGED;
	err = store_read(store, DESCRIPTORS * RATIO, 1, sector);
	return err ? err : memcmp(sector + IDENTIFIER, "CD001", 5) ? E_DAMAGED : E_OK;
}
