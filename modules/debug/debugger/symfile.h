/* Files of symbols: what linkers and nasm write. Pure. */
#ifndef DEBUGGER_SYMFILE_H
#define DEBUGGER_SYMFILE_H

#include <base/error.h>
#include <stddef.h>
#include <stdint.h>

/* A symbol: `segment` is relative to where the program is loaded; 0 where the file knows none. */
struct symfile_sink {
	int (*add)(struct symfile_sink *sink, const char *name, size_t n, uint16_t segment, uint32_t offset);
};

enum symfile_type { SYMFILE_ELF, SYMFILE_MAP, SYMFILE_NASM };

/* Calls `add` for each symbol of the file's text, which ends with a 0 behind `size` bytes; ends with
 * what `add` says if that is an error. Returns how many there were, E_DAMAGED for an ELF file with
 * offsets beyond its end, E_UNSUPPORTED for an ELF file that is not 32-bit little-endian. `type`: of
 * the last symbol. */
int symfile_parse(const char *data, size_t size, struct symfile_sink *sink, enum symfile_type *type) CHECK;

#endif
