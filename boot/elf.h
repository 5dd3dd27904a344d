/* The kernel's file: what of the ELF format the boot path needs.
 *
 * To read: Tool Interface Standard, Executable and Linking Format Specification 1.2,
 * "ELF Header" and "Program Header". */
#ifndef BOOT_ELF_H
#define BOOT_ELF_H

#include <base/error.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ELF_MAGIC = 0x464C457F,         /* 7Fh "ELF" */
	ELF_CLASS_32 = 1,
	ELF_DATA_LITTLE = 1,
	ELF_VERSION_CURRENT = 1,
	ELF_TYPE_EXEC = 2,
	ELF_MACHINE_386 = 3,
	ELF_SEGMENT_LOAD = 1,

	ELF_HEAD_MAX = 1024,            /* headers must lie within so much of the file */
	ELF_SEGMENTS_MAX = 8,
};

struct elf_header {
	uint32_t magic;
	uint8_t class, data, ident_version, abi, abi_version, padding[3];
	/* The last of the bytes that the format reserves: our image builder puts the CRC-32
	 * of the whole file there, taken with these four bytes 0. 0 = not given. */
	uint32_t crc;
	uint16_t type, machine;
	uint32_t version, entry, program_offset, section_offset, flags;
	uint16_t header_size, program_size, program_count;
	uint16_t section_size, section_count, section_names;
};

struct elf_program {
	uint32_t type, offset, vaddr, paddr, file_size, mem_size, flags, align;
};

_Static_assert(sizeof(struct elf_header) == 52, "file format");
_Static_assert(offsetof(struct elf_header, crc) == 12, "file format");
_Static_assert(sizeof(struct elf_program) == 32, "file format");

struct elf_segment {
	uint32_t offset, file_size;     /* in the file */
	uint32_t paddr, mem_size;       /* in memory; beyond file_size it is zero */
};

struct elf_plan {
	uint32_t entry;                 /* physical */
	uint32_t base, end;             /* of everything in memory */
	uint32_t crc;
	unsigned count;
	struct elf_segment segments[ELF_SEGMENTS_MAX];
};

/* Checks an executable whose first `head_size` bytes are at `head` (all of it, if it is
 * shorter than ELF_HEAD_MAX) and says where its parts go: inside the file, at 1 MB or above,
 * not overlapping. E_DAMAGED with `*why` as the end of a sentence. Whether that is usable
 * memory is the caller's question. */
CHECK int elf_plan(struct elf_plan *plan, const void *head, size_t head_size,
		   uint32_t file_size, const char **why);

#endif
