/* Multiboot, version 1: what a boot loader and a kernel say to each other. For C and
 * assembler.
 *
 * Source: Multiboot Specification 0.6.96, "Header layout" and "Boot information format". */
#ifndef BOOT_MULTIBOOT_H
#define BOOT_MULTIBOOT_H

#define MULTIBOOT_HEADER_MAGIC 0x1BADB002
#define MULTIBOOT_HEADER_FLAGS 0x00000003 /* modules on page boundaries; memory wanted */
#define MULTIBOOT_LOADER_MAGIC 0x2BADB002

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

enum multiboot_flag {
	MULTIBOOT_HAS_MEMORY = 0x01,
	MULTIBOOT_HAS_CMDLINE = 0x04,
	MULTIBOOT_HAS_MODULES = 0x08,
	MULTIBOOT_HAS_MAP = 0x40,
};

struct multiboot_info {
	uint32_t flags;
	uint32_t lower_kb, upper_kb;
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t module_count, modules;
	uint32_t symbols[4];
	uint32_t map_size, map;
};

struct multiboot_module {
	uint32_t start, end;    /* bytes at start .. end - 1 */
	uint32_t string, reserved;
};

/* `size` does not count itself. */
struct multiboot_range {
	uint32_t size;
	uint64_t base, length;
	uint32_t type;
} __attribute__((packed));

_Static_assert(offsetof(struct multiboot_info, map) == 48, "as specified");
_Static_assert(sizeof(struct multiboot_range) == 24, "as specified");
#endif
#endif
