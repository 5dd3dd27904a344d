/* INT 15h's heavy services: the block move to and from extended memory and the memory maps; and
 * the boot order.
 *
 * The guest cannot move the block itself: it would need protected mode. The descriptors it
 * passes are judged as the processor would, and the move is a REP MOVSW: upwards, word by word,
 * so that overlapping blocks come out the same. The gate of A20 does not matter to it, being
 * opened and shut again on the way.
 *
 * Read: IBM PC AT Technical Reference (1984), "ROM BIOS Listing, BIOS1.ASM", "Block Move"; ACPI
 * Specification 2.0, "System Address Map Interfaces"; Intel 80386 Programmer's Reference Manual,
 * "Descriptors". */
#include <base/mem.h>

#include "int13.h"

enum system_function {
	SYSTEM_BLOCK_MOVE = 0x87, SYSTEM_MEMORY = 0xE8, MEMORY_SIZES = 0x01, MEMORY_MAP = 0x20,
};
enum { SYSTEM_UNSUPPORTED = 0x86, MOVE_EXCEPTION = 0x02 };

static enum vbios_result answer(struct vcpu_frame *regs, uint8_t status)
{
	set_high(&regs->eax, status);
	set_flag(regs, X86_CF, status != 0);
	return VBIOS_DONE;
}

/* --- AH=87h ----------------------------------------------------------------------------- */

enum { DESCRIPTOR_SIZE = 8, DESCRIPTOR_SOURCE = 2, DESCRIPTOR_TARGET = 3, MOVE_MAX_WORDS = 0x8000 };
enum { RIGHTS_PRESENT = 0x80, RIGHTS_SEGMENT = 0x10, RIGHTS_CODE = 0x08, RIGHTS_WRITE = 0x02,
       RIGHTS_GRANULAR = 0x80 };

struct block {
	uint64_t base;
	uint64_t size;               /* limit + 1 */
	uint8_t rights;
};

static struct block block_read(struct vbios *bios, uint32_t table, unsigned index)
{
	uint8_t raw[DESCRIPTOR_SIZE];
	struct block block;
	uint32_t limit;

	guest_read(bios, table + index * DESCRIPTOR_SIZE, raw, sizeof raw);
	limit = raw[0] | (uint32_t)raw[1] << 8 | (raw[6] & 0x0Fu) << 16;
	block.size = raw[6] & RIGHTS_GRANULAR ? ((uint64_t)limit + 1) << 12 : (uint64_t)limit + 1;
	block.base = raw[2] | (uint32_t)raw[3] << 8 | (uint32_t)raw[4] << 16 | (uint32_t)raw[7] << 24;
	block.rights = raw[5];
	return block;
}

/* A data segment, present. Programs of the 286 leave the rest of the rights as they like. */
static bool block_usable(const struct block *block, uint32_t size)
{
	return (block->rights & (RIGHTS_PRESENT | RIGHTS_SEGMENT | RIGHTS_CODE)) ==
		       (RIGHTS_PRESENT | RIGHTS_SEGMENT) && size <= block->size;
}

/* The buffer of the disks is free for this between two of their calls only. */
static void move(struct vbios *bios, uint64_t from, uint64_t to, uint32_t size)
{
	uint8_t buffer[VBIOS_SECTOR];

	while (size) {
		uint32_t part = size < sizeof buffer ? size : sizeof buffer;

		/* Where the target lies a little above the source, what was just written is read
		 * again, and a part must not run ahead of that. */
		if (to > from && to - from < part)
			part = to - from < 2 ? 2 : (uint32_t)(to - from) & ~1u;
		if (!bios->wires.memory_read(bios->wires.of, from, buffer, part))
			memset(buffer, 0xFF, part);
		(void)bios->wires.memory_write(bios->wires.of, to, buffer, part);
		from += part;
		to += part;
		size -= part;
	}
}

static enum vbios_result block_move(struct vbios *bios, struct vcpu_frame *regs)
{
	uint32_t table = guest_linear(regs->es, regs->esi);
	uint32_t words = regs->ecx & 0xFFFF, size = words * 2;
	struct block source = block_read(bios, table, DESCRIPTOR_SOURCE);
	struct block target = block_read(bios, table, DESCRIPTOR_TARGET);

	if (words > MOVE_MAX_WORDS)
		return answer(regs, MOVE_EXCEPTION);
	if (words && (!block_usable(&source, size) || !block_usable(&target, size) ||
		      !(target.rights & RIGHTS_WRITE)))
		return answer(regs, MOVE_EXCEPTION);
	move(bios, source.base, target.base, size);
	return answer(regs, 0);
}

/* --- AX=E801h, E820h -------------------------------------------------------------------- */

#define MAP_SIGNATURE 0x534D4150u    /* "SMAP" */
enum { MAP_RAM = 1, MAP_RESERVED = 2, MAP_ENTRY_SIZE = 20, KB = 1024, EBDA_KB = 1 };
#define KB_1M_TO_16M (15 * 1024u)
#define ROM_START 0xF0000u
#define EXTENDED_START 0x100000u

static enum vbios_result memory_sizes(struct vbios *bios, struct vcpu_frame *regs)
{
	uint32_t below = bios->state.extended_kb, above = 0;

	if (below > KB_1M_TO_16M) {
		above = (below - KB_1M_TO_16M) / 64;
		below = KB_1M_TO_16M;
	}
	if (above > 0xFFFF)
		above = 0xFFFF;
	set_word(&regs->eax, (uint16_t)below);
	set_word(&regs->ecx, (uint16_t)below);
	set_word(&regs->ebx, (uint16_t)above);
	set_word(&regs->edx, (uint16_t)above);
	set_flag(regs, X86_CF, false);
	return VBIOS_DONE;
}

struct map_entry {
	uint64_t base, length;
	uint32_t type;
} __attribute__((packed));
_Static_assert(sizeof(struct map_entry) == MAP_ENTRY_SIZE, "as guests lay it out");

static enum vbios_result memory_map(struct vbios *bios, struct vcpu_frame *regs)
{
	uint32_t base = bios->state.base_kb * KB, ebda = base - EBDA_KB * KB;
	const struct map_entry entries[] = {
		{ .base = 0, .length = ebda, .type = MAP_RAM },
		{ .base = ebda, .length = base - ebda, .type = MAP_RESERVED },
		{ .base = ROM_START, .length = EXTENDED_START - ROM_START, .type = MAP_RESERVED },
		{ .base = EXTENDED_START, .length = (uint64_t)bios->state.extended_kb * KB,
		  .type = MAP_RAM },
	};
	unsigned n = bios->state.extended_kb ? 4 : 3;

	if (regs->edx != MAP_SIGNATURE || regs->ecx < MAP_ENTRY_SIZE || regs->ebx >= n)
		return answer(regs, SYSTEM_UNSUPPORTED);
	guest_write(bios, guest_linear(regs->es, regs->edi), &entries[regs->ebx], MAP_ENTRY_SIZE);
	regs->ebx = regs->ebx + 1 < n ? regs->ebx + 1 : 0;
	regs->ecx = MAP_ENTRY_SIZE;
	regs->eax = MAP_SIGNATURE;
	set_flag(regs, X86_CF, false);
	return VBIOS_DONE;
}

enum vbios_result system_call(struct vbios *bios, struct vcpu_frame *regs)
{
	unsigned function = high(regs->eax), part = low(regs->eax);

	if (function == SYSTEM_BLOCK_MOVE)
		return block_move(bios, regs);
	if (function == SYSTEM_MEMORY && part == MEMORY_SIZES)
		return memory_sizes(bios, regs);
	if (function == SYSTEM_MEMORY && part == MEMORY_MAP)
		return memory_map(bios, regs);
	return answer(regs, SYSTEM_UNSUPPORTED);
}

enum vbios_result boot_call(struct vbios *bios, struct vcpu_frame *regs)
{
	int drive = bios->wires.boot_drive(bios->wires.of, regs->ecx & 0xFFFF);

	set_flag(regs, X86_CF, drive < 0);
	if (drive >= 0)
		set_low(&regs->edx, (uint8_t)drive);
	return VBIOS_DONE;
}
