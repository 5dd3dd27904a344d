/* The virtual VGA's memory as the processor sees it: planes, latches, write and read modes.
 *
 * How it works: an access is an offset in A0000h-BFFFFh; the memory map field says whether
 * it is ours, then chain 4, odd/even or neither says which planes and which byte in them.
 * vvga_window() recognises the two arrangements in which all that amounts to plain memory: text,
 * and the loading of fonts.
 *
 * DIFFERS: the misc output register's page bit does not select the odd bytes of a plane, and
 * Extended Memory off does not cut the planes to 16 KB.
 * DIFFERS: while the window is mapped into the guest, reads do not load the latches. To use
 * them a program must first change a register, and then the window traps.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "Video Memory
 * Organization", "Graphics Controller Registers", "Memory Mode Register". */

#include <base/mem.h>

#include "vvga.h"

enum { PLANES = 4, ALL_PLANES = 0x0F, EVEN_PLANES = 0x05, ODD_PLANES = 0x0A,
       ADDRESS_BIT_16 = 0x10000, FLOATING = 0xFF };

/* Memory Map of the graphics controller's Miscellaneous Register. */
static const struct map {
	uint32_t start, size;
} maps[4] = {
	{ 0x00000, 0x20000 }, { 0x00000, 0x10000 }, { 0x10000, 0x08000 }, { 0x18000, 0x08000 },
};

static const struct map *current_map(const struct vvga *vga)
{
	return &maps[vga->s.gc[VGA_GC_MISC] >> VGA_GC_MISC_MAP_SHIFT & 3];
}

static bool answers(const struct vvga *vga)
{
	return vga->s.enable & 1 && vga->s.misc & VGA_MISC_RAM;
}

/* Where in the owner's memory a byte of a plane lies. */
static uint32_t memory_index(unsigned plane, uint32_t offset)
{
	if (plane >= 2)
		return plane * VVGA_PLANE_SIZE + offset;
	return (offset & 1 ? VVGA_PLANE_SIZE : 0) + ((offset & ~1u) | plane);
}

static bool page_is_there(const struct vvga *vga, unsigned page)
{
	return !vga->page || (page < 32 ? vga->s.pages_low >> page : vga->s.pages_high >> (page - 32)) & 1;
}

static bool page_touch(struct vvga *vga, unsigned page)
{
	if (page_is_there(vga, page))
		return true;
	if (!vga->page(vga->of, page))
		return false;
	if (page < 32)
		vga->s.pages_low |= 1u << page;
	else
		vga->s.pages_high |= 1u << (page - 32);
	return true;
}

int vvga_touch(struct vvga *vga, uint32_t memory_offset, uint32_t size)
{
	if (memory_offset > VVGA_MEMORY_SIZE || size > VVGA_MEMORY_SIZE - memory_offset)
		return E_RANGE;
	if (!size)
		return E_OK;
	for (uint32_t page = memory_offset / VVGA_PAGE_SIZE;
	     page <= (memory_offset + size - 1) / VVGA_PAGE_SIZE; page++)
		if (!page_touch(vga, page))
			return E_NO_MEMORY;
	return E_OK;
}

static uint8_t plane_read(const struct vvga *vga, unsigned plane, uint32_t offset)
{
	uint32_t i = memory_index(plane, offset);

	return page_is_there(vga, i / VVGA_PAGE_SIZE) ? vga->memory[i] : 0;
}

static void plane_write(struct vvga *vga, unsigned plane, uint32_t offset, uint8_t value)
{
	uint32_t i = memory_index(plane, offset);

	/* Clearing memory that was never used must not make it used. */
	if (!page_is_there(vga, i / VVGA_PAGE_SIZE) && (!value || !page_touch(vga, i / VVGA_PAGE_SIZE)))
		return;
	vga->memory[i] = value;
}

/* The byte in a plane, where odd/even takes the lowest address bit away: bit 16 comes in for
 * it where the map is 128 KB ("Chain Odd/Even"), otherwise 0. */
static uint32_t odd_even_offset(uint32_t at)
{
	return (at & (VVGA_PLANE_SIZE - 2)) | (at & ADDRESS_BIT_16 ? 1 : 0);
}

/* --- reading --- */

static uint8_t color_compare(const struct vvga *vga)
{
	uint8_t differs = 0;

	for (unsigned plane = 0; plane < PLANES; plane++) {
		uint8_t wanted = vga->s.gc[VGA_GC_COMPARE] >> plane & 1 ? 0xFF : 0;

		if (vga->s.gc[VGA_GC_DONT_CARE] >> plane & 1)
			differs |= vga->s.latch[plane] ^ wanted;
	}
	return ~differs;
}

uint8_t vvga_read(struct vvga *vga, uint32_t offset)
{
	const struct map *map = current_map(vga);
	uint32_t at = offset - map->start, byte = at & (VVGA_PLANE_SIZE - 1);
	unsigned plane = vga->s.gc[VGA_GC_READ_MAP];

	if (at >= map->size || !answers(vga))
		return FLOATING;
	if (vga->s.seq[VGA_SEQ_MEMORY] & VGA_SEQ_MEMORY_CHAIN4) {
		plane = at & 3;
		byte &= ~3u;
	} else if (vga->s.gc[VGA_GC_MODE] & VGA_GC_MODE_ODD_EVEN) {
		plane = (plane & 2) | (at & 1);
		byte = odd_even_offset(at);
	}
	for (unsigned p = 0; p < PLANES; p++)
		vga->s.latch[p] = plane_read(vga, p, byte);
	if (vga->s.gc[VGA_GC_MODE] & VGA_GC_MODE_READ1)
		return color_compare(vga);
	return vga->s.latch[plane];
}

/* --- writing --- */

static uint8_t rotated(const struct vvga *vga, uint8_t value)
{
	unsigned n = vga->s.gc[VGA_GC_ROTATE] & VGA_GC_ROTATE_COUNT;

	return value >> n | value << (8 - n);
}

/* The data that a write mode offers to the function unit of one plane. */
static uint8_t plane_data(const struct vvga *vga, unsigned plane, uint8_t value)
{
	uint8_t set = vga->s.gc[VGA_GC_SET_RESET] >> plane & 1 ? 0xFF : 0;

	switch (vga->s.gc[VGA_GC_MODE] & VGA_GC_MODE_WRITE) {
	case 0:
		return vga->s.gc[VGA_GC_ENABLE_SET_RESET] >> plane & 1 ? set : rotated(vga, value);
	case 2:
		return value >> plane & 1 ? 0xFF : 0;
	}
	return set;
}

static uint8_t combine(const struct vvga *vga, unsigned plane, uint8_t value)
{
	uint8_t latch = vga->s.latch[plane], mask = vga->s.gc[VGA_GC_BIT_MASK];
	uint8_t data = plane_data(vga, plane, value);

	switch (vga->s.gc[VGA_GC_MODE] & VGA_GC_MODE_WRITE) {
	case 1:
		return latch;
	case 3:
		mask &= rotated(vga, value);
		break;
	}
	switch (vga->s.gc[VGA_GC_ROTATE] & VGA_GC_ROTATE_FUNCTION) {
	case VGA_GC_FUNCTION_AND: data &= latch; break;
	case VGA_GC_FUNCTION_OR: data |= latch; break;
	case VGA_GC_FUNCTION_XOR: data ^= latch; break;
	}
	return (data & mask) | (latch & ~mask);
}

void vvga_write(struct vvga *vga, uint32_t offset, uint8_t value)
{
	const struct map *map = current_map(vga);
	uint32_t at = offset - map->start, byte = at & (VVGA_PLANE_SIZE - 1);
	unsigned planes = vga->s.seq[VGA_SEQ_MAP_MASK] & ALL_PLANES;

	if (at >= map->size || !answers(vga))
		return;
	if (vga->s.seq[VGA_SEQ_MEMORY] & VGA_SEQ_MEMORY_CHAIN4) {
		planes &= 1u << (at & 3);
		byte &= ~3u;
	} else if (!(vga->s.seq[VGA_SEQ_MEMORY] & VGA_SEQ_MEMORY_NOT_ODD_EVEN)) {
		planes &= at & 1 ? ODD_PLANES : EVEN_PLANES;
		byte = odd_even_offset(at);
	}
	for (unsigned plane = 0; plane < PLANES; plane++)
		if (planes >> plane & 1)
			plane_write(vga, plane, byte, combine(vga, plane, value));
}

/* --- the window as plain memory --- */

/* Writes store what was written, to the planes of `mask` and no others. */
static bool writes_are_plain(const struct vvga *vga, uint8_t mask)
{
	const uint8_t *gc = vga->s.gc;

	return (vga->s.seq[VGA_SEQ_MAP_MASK] & ALL_PLANES) == mask &&
	       !(gc[VGA_GC_MODE] & (VGA_GC_MODE_WRITE | VGA_GC_MODE_READ1)) &&
	       !(gc[VGA_GC_ENABLE_SET_RESET] & mask) &&
	       !(gc[VGA_GC_ROTATE] & (VGA_GC_ROTATE_COUNT | VGA_GC_ROTATE_FUNCTION)) &&
	       gc[VGA_GC_BIT_MASK] == 0xFF;
}

/* Text: planes 0 and 1 in turn, for reading and writing. */
static bool is_linear_text(const struct vvga *vga)
{
	return !(vga->s.seq[VGA_SEQ_MEMORY] & (VGA_SEQ_MEMORY_CHAIN4 | VGA_SEQ_MEMORY_NOT_ODD_EVEN)) &&
	       vga->s.gc[VGA_GC_MODE] & VGA_GC_MODE_ODD_EVEN && !(vga->s.gc[VGA_GC_READ_MAP] & 2) &&
	       writes_are_plain(vga, 0x03);
}

/* The loading of fonts: plane 2 alone (or 3, for which the same holds). */
static bool is_linear_font_plane(const struct vvga *vga)
{
	unsigned plane = vga->s.gc[VGA_GC_READ_MAP];

	return (vga->s.seq[VGA_SEQ_MEMORY] & (VGA_SEQ_MEMORY_CHAIN4 | VGA_SEQ_MEMORY_NOT_ODD_EVEN)) ==
		       VGA_SEQ_MEMORY_NOT_ODD_EVEN &&
	       !(vga->s.gc[VGA_GC_MODE] & VGA_GC_MODE_ODD_EVEN) && plane >= 2 &&
	       writes_are_plain(vga, 1u << plane);
}

void vvga_window(const struct vvga *vga, struct vvga_window *out)
{
	const struct map *map = current_map(vga);

	memset(out, 0, sizeof(*out));
	if (!answers(vga))
		return;
	out->claimed = map->start;
	out->claimed_size = map->size;
	if (is_linear_text(vga)) {
		out->linear_size = map->size;
	} else if (is_linear_font_plane(vga)) {
		out->linear_size = map->size < VVGA_PLANE_SIZE ? map->size : VVGA_PLANE_SIZE;
		out->memory_offset = vga->s.gc[VGA_GC_READ_MAP] * VVGA_PLANE_SIZE;
	}
	if (out->linear_size)
		out->linear = map->start;
}
