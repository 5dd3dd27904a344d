/* The BIOS's services that the loader uses, disks apart.
 *
 * To read: IBM PC AT Technical Reference (1984), "System BIOS"; ACPI Specification, "System
 * Address Map Interfaces" (INT 15h E820h); Phoenix, System BIOS for IBM PCs, "INT 15h", for
 * E801h and 88h. */
#include "bios.h"

#include <abi/bda.h>
#include <base/mem.h>
#include "io.h"
#include "layout.h"

enum {
	SHIFT_KEYS = BDA_SHIFT_RIGHT | BDA_SHIFT_LEFT | BDA_SHIFT_CTRL | BDA_SHIFT_ALT,
	VIDEO_MODE_COLOR = 3,
	VIDEO_MODE_MONO = 7,
	SMAP = 0x534D4150,            /* "SMAP" */
	E820_IGNORE_UNLESS = 1,       /* ACPI 3.0: bit 0 clear = entry to be ignored */
	MB = 0x100000,
	KB = 1024,
};

struct e820 {
	uint64_t base, length;
	uint32_t type, attributes;
};

void bios_screen_init(void)
{
	struct bios_regs regs = { .eax = 0x0F00 };

	bios_call(&regs, 0x10);
	if ((regs.eax & 0x7F) == VIDEO_MODE_COLOR || (regs.eax & 0x7F) == VIDEO_MODE_MONO)
		return;
	regs = (struct bios_regs) { .eax = VIDEO_MODE_COLOR };
	bios_call(&regs, 0x10);
}

void bios_screen_put(char c)
{
	if (c == '\n')
		bios_screen_put('\r');
	bios_call(&(struct bios_regs) { .eax = 0x0E00 | (uint8_t)c, .ebx = 7 }, 0x10);
}

bool bios_key_seen(void)
{
	struct bios_regs regs = { .eax = 0x0100 };

	if (*(volatile uint8_t *)memory_at(BDA_BASE + BDA_SHIFT) & SHIFT_KEYS)
		return true;
	bios_call(&regs, 0x16);
	return !(regs.flags & BIOS_ZERO);
}

void bios_key_wait(void)
{
	struct bios_regs regs = { .eax = 0x0100 };

	for (bios_call(&regs, 0x16); !(regs.flags & BIOS_ZERO); bios_call(&regs, 0x16)) {
		bios_call(&(struct bios_regs) { .eax = 0 }, 0x16); /* typed before */
		regs = (struct bios_regs) { .eax = 0x0100 };
	}
	bios_call(&(struct bios_regs) { .eax = 0 }, 0x16);
}

unsigned bios_low_memory_kb(void)
{
	struct bios_regs regs = { .eax = 0 };

	bios_call(&regs, 0x12);
	return regs.eax & 0xFFFF;
}

static unsigned map_e820(struct memmap_entry *entries, unsigned max)
{
	static struct e820 entry; /* below 1 MB, as all of the loader */
	unsigned count = 0;
	uint32_t next = 0;

	do {
		struct bios_regs regs = {
			.eax = 0xE820, .ebx = next, .ecx = sizeof(entry), .edx = SMAP,
			.es = (uintptr_t)&entry >> 4, .edi = (uintptr_t)&entry & 15,
		};

		entry.attributes = E820_IGNORE_UNLESS; /* a short answer leaves it alone */
		bios_call(&regs, 0x15);
		if ((regs.flags & BIOS_CARRY) || regs.eax != SMAP || regs.ecx < 20)
			break;
		next = regs.ebx;
		if (entry.attributes & E820_IGNORE_UNLESS)
			entries[count++] = (struct memmap_entry) {
				.base = entry.base, .length = entry.length, .type = entry.type,
			};
	} while (next && count < max);
	return count;
}

static unsigned entry_add(struct memmap_entry *entries, unsigned count, uint64_t base,
			  uint64_t length)
{
	if (!length)
		return count;
	entries[count] = (struct memmap_entry) {
		.base = base, .length = length, .type = BOOT_RANGE_USABLE,
	};
	return count + 1;
}

/* Two stretches: up to 16 MB in KB, above in 64 KB. Some BIOSes answer in CX and DX only,
 * some in AX and BX only. */
static unsigned map_e801(struct memmap_entry *entries)
{
	struct bios_regs regs = { .eax = 0xE801 };
	uint32_t low, high;
	unsigned count;

	bios_call(&regs, 0x15);
	if (regs.flags & BIOS_CARRY)
		return 0;
	low = regs.ecx & 0xFFFF ? regs.ecx & 0xFFFF : regs.eax & 0xFFFF;
	high = regs.ecx & 0xFFFF ? regs.edx & 0xFFFF : regs.ebx & 0xFFFF;
	if (!low || low > 15 * KB)
		return 0;
	count = entry_add(entries, 0, MB, (uint64_t)low * KB);
	return entry_add(entries, count, 16 * MB, (uint64_t)high * 64 * KB);
}

static unsigned map_88(struct memmap_entry *entries)
{
	struct bios_regs regs = { .eax = 0x8800 };

	bios_call(&regs, 0x15);
	if (regs.flags & BIOS_CARRY)
		return 0;
	return entry_add(entries, 0, MB, (uint64_t)(regs.eax & 0xFFFF) * KB);
}

unsigned bios_memory_map(struct memmap_entry *entries, unsigned max)
{
	unsigned count = map_e820(entries, max);

	if (count)
		return count;
	count = map_e801(entries);
	if (!count)
		count = map_88(entries);
	return entry_add(entries, count, 0, (uint64_t)bios_low_memory_kb() * KB);
}
