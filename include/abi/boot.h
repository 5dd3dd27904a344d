/* What the boot path hands to the kernel: one struct.
 *
 * State at kernel entry (both from our own loader and from the Multiboot entry): 32-bit
 * protected mode, flat 4 GB segments, paging and interrupts off, every line masked at both
 * 8259A (they still have the BIOS's vectors), A20 open,
 * EAX = BOOT_MAGIC, EBX = physical address of struct boot_info. All addresses in it are
 * physical. The kernel copies what it needs, then owns all memory that is usable by the map
 * and not taken by its own image, by `files` or by `volume`. */
#ifndef ABI_BOOT_H
#define ABI_BOOT_H

#include <stdint.h>

#define BOOT_MAGIC 0x36387976u /* "vy86" */
#define BOOT_VERSION 2

enum {
	BOOT_RANGES_MAX = 64,
	BOOT_FILES_MAX = 64,
	BOOT_NAME_MAX = 32,      /* with the terminating 0 */
	BOOT_CMDLINE_MAX = 256,
	BOOT_VOLUME_ID_SIZE = 16,
};

/* E820's types (ACPI specification, "System Address Map Interfaces"). */
enum boot_range_type {
	BOOT_RANGE_USABLE = 1,
	BOOT_RANGE_RESERVED = 2,
	BOOT_RANGE_ACPI = 3,
	BOOT_RANGE_NVS = 4,
	BOOT_RANGE_BAD = 5,
};

struct boot_range {
	uint64_t base, length;   /* bytes; sorted by base, not overlapping */
	uint32_t type;
	uint32_t reserved;
};

/* A module of the preload list, already in memory, in the list's order. */
struct boot_file {
	char name[BOOT_NAME_MAX];   /* "ata": /modules/ata.mod without folder and ending */
	uint32_t paddr;             /* page-aligned */
	uint32_t size;              /* bytes */
};

enum {
	BOOT_SAFE = 1,              /* a key was held: no /etc/startup, no optional modules */
	BOOT_VOLUME_IN_MEMORY = 2,  /* `volume_paddr` holds the volume; changes are lost */
	BOOT_VOLUME_CUT = 4,        /* it did not fit whole; only `volume_size` bytes are there */
};

struct boot_info {
	uint32_t magic;
	uint16_t version;
	uint16_t bios_drive;        /* DL as the BIOS gave it; 0xFFFF from Multiboot */
	uint32_t flags;
	uint32_t kernel_paddr, kernel_size;  /* image with its BSS */
	uint32_t volume_paddr;      /* BOOT_VOLUME_IN_MEMORY: page-aligned */
	uint32_t volume_size;       /* bytes that are there; 0 if CUT left no room at all */
	uint8_t volume_id[BOOT_VOLUME_ID_SIZE]; /* of the volume booted from */
	uint32_t range_count, file_count;
	struct boot_range ranges[BOOT_RANGES_MAX];
	struct boot_file files[BOOT_FILES_MAX];
	char cmdline[BOOT_CMDLINE_MAX];      /* the options of /boot/options or of Multiboot */
	/* The volume's true size in bytes. Where BOOT_VOLUME_IN_MEMORY is set without
	 * BOOT_VOLUME_CUT, what lies beyond volume_size is free space that nobody has read:
	 * a RAM disk should claim volume_total and find memory when such a sector is
	 * written. */
	uint64_t volume_total;
};

_Static_assert(sizeof(struct boot_range) == 24, "laid out alike by loader and kernel");
_Static_assert(sizeof(struct boot_file) == 40, "laid out alike by loader and kernel");

#endif
