/* Services of the BIOS, called from the loader's 32-bit code. For C and assembler. */
#ifndef BOOT_BIOS_H
#define BOOT_BIOS_H

/* struct bios_regs, for start.S. */
#define FRAME_EAX 0
#define FRAME_EBX 4
#define FRAME_ECX 8
#define FRAME_EDX 12
#define FRAME_ESI 16
#define FRAME_EDI 20
#define FRAME_DS 24
#define FRAME_ES 26
#define FRAME_FLAGS 28
#define FRAME_SIZE 32

#ifndef __ASSEMBLER__
#include <base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "memmap.h"

struct bios_regs {
	uint32_t eax, ebx, ecx, edx, esi, edi;
	uint16_t ds, es;
	uint32_t flags;         /* out only */
};

enum { BIOS_CARRY = 1, BIOS_ZERO = 0x40 };

_Static_assert(offsetof(struct bios_regs, ds) == FRAME_DS, "for start.S");
_Static_assert(offsetof(struct bios_regs, flags) == FRAME_FLAGS, "for start.S");
_Static_assert(sizeof(struct bios_regs) == FRAME_SIZE, "for start.S");

/* start.S. A buffer that the BIOS is given must lie below 1 MB. */
void bios_call(struct bios_regs *regs, unsigned interrupt);

/* Text mode, if the BIOS left another; then characters at the cursor. */
void bios_screen_init(void);
void bios_screen_put(char c);

/* A key was pressed, or Shift, Ctrl or Alt is down now. Takes no key away. */
bool bios_key_seen(void);
void bios_key_wait(void);

/* The memory map as the BIOS tells it, by the best of its three functions. Returns the
 * number of entries, 0 if it says nothing. */
unsigned bios_memory_map(struct memmap_entry *entries, unsigned max);

/* Conventional memory, KB. */
unsigned bios_low_memory_kb(void);

/* Opens A20; false if it stays shut. */
bool a20_open(void);

#endif
#endif
