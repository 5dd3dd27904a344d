/* The seal: the last eight bytes of a module's file, put there by tools/seal_module.py and checked
 * by the loader before anything else. A file without it, or with a bit flipped anywhere, is
 * refused. It stands behind the ELF file proper, where other tools do not mind it. */
#ifndef ABI_MODULE_SEAL_H
#define ABI_MODULE_SEAL_H

#include <stdint.h>

#define MODULE_SEAL_MAGIC "P86\x1A"

struct module_seal {
	char magic[4];
	uint32_t crc;      /* CRC-32 of all before the seal */
};
_Static_assert(sizeof(struct module_seal) == 8, "as in the file");

#endif
