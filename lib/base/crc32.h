/* CRC-32 as Ethernet, ZIP and our own formats use it. */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from `crc`, what was returned for the bytes before; 0 at the beginning. */
uint32_t crc32(uint32_t crc, const void *data, size_t length);

#endif
