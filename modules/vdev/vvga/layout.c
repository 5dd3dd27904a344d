/* How the virtual VGA's planes lie in its memory, and which of it is plain memory to the guest.
 *
 * How it works: there are three orders (vvga.h). Each keeps the 16 bytes that four planes have at
 * four offsets, from a multiple of four on, in four words 64 KB apart, so that going from one order to
 * another permutes 16 bytes at a time, in place. That is done when the registers come to
 * want another order: text modes and the CGA's 320 dots VVGA_TEXT, everything else at A0000h
 * VVGA_CHAINED (256 colours are mapped, planar memory has its latches in one word), and
 * graphics that stand at B0000h or B8000h without odd and even VVGA_PLANES (the CGA's 640 dots).
 * It depends on the memory map and the memory mode alone, which programs do not change while they draw.
 *
 * vvga_window() recognises the arrangements in which all of what happens to a byte on its way
 * amounts to plain memory.
 *
 * DIFFERS: while the window is mapped into the guest, reads do not load the latches. To use
 * them a program must first change a register, and then the window traps.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "Video Memory
 * Organization", "Memory Mode Register". */

#include <base/mem.h>

#include "vvga.h"

enum { PLANES = 4, ALL_PLANES = 0x0F, GROUP = 4, BLOCKS = 4, BLOCK_PAGES = VVGA_PAGES / BLOCKS, OFFSET_MASK = 0xFFFF };

/* Memory Map of the graphics controller's Miscellaneous Register. */
static const struct map {
	uint32_t start, size;
} maps[4] = {
	{ 0x00000, 0x20000 }, { 0x00000, 0x10000 }, { 0x10000, 0x08000 }, { 0x18000, 0x08000 },
};

static unsigned map_number(const struct vvga *vga)
{
	return vga->s.gc[VGA_GC_MISC] >> VGA_GC_MISC_MAP_SHIFT & 3;
}

static uint32_t index_in(unsigned layout, unsigned plane, uint32_t offset)
{
	switch (layout) {
	case VVGA_CHAINED:
		return vvga_chained_index(offset) + plane;
	case VVGA_TEXT:
		if (plane < 2)
			return (offset & 1) * VVGA_PLANE_SIZE + (offset & ~1u) + plane;
		break;
	}
	return plane * VVGA_PLANE_SIZE + offset;
}

uint32_t vvga_index(const struct vvga *vga, unsigned plane, uint32_t offset)
{
	return index_in(vga->s.layout, plane, offset & OFFSET_MASK);
}

/* --- pages ------------------------------------------------------------------------------- */

bool vvga_page_is_there(const struct vvga *vga, unsigned page)
{
	return !vga->page || (page < 32 ? vga->s.pages_low >> page : vga->s.pages_high >> (page - 32)) & 1;
}

static bool page_touch(struct vvga *vga, unsigned page)
{
	if (vvga_page_is_there(vga, page))
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

/* --- bytes ------------------------------------------------------------------------------- */

static uint8_t byte_at(const struct vvga *vga, uint32_t index)
{
	return vvga_page_is_there(vga, index / VVGA_PAGE_SIZE) ? vga->memory[index] : 0;
}

/* Clearing memory that was never used must not make it used. */
static void byte_put(struct vvga *vga, uint32_t index, uint8_t value)
{
	unsigned page = index / VVGA_PAGE_SIZE;

	if (vvga_page_is_there(vga, page) || (value && page_touch(vga, page)))
		vga->memory[index] = value;
}

uint8_t vvga_plane_byte(const struct vvga *vga, unsigned plane, uint32_t offset)
{
	return byte_at(vga, vvga_index(vga, plane, offset));
}

uint32_t vvga_planes_at(const struct vvga *vga, uint32_t offset)
{
	uint32_t word = 0;

	if (vvga_vbe_on(vga))
		return vvga_vbe_planes_at(vga, offset);
	if (vga->s.layout == VVGA_CHAINED) {
		uint32_t index = index_in(VVGA_CHAINED, 0, offset & OFFSET_MASK);

		if (vvga_page_is_there(vga, index / VVGA_PAGE_SIZE))
			__builtin_memcpy(&word, vga->memory + index, sizeof word);
		return word;
	}
	for (unsigned plane = 0; plane < PLANES; plane++)
		word |= (uint32_t)vvga_plane_byte(vga, plane, offset) << 8 * plane;
	return word;
}

void vvga_planes_put(struct vvga *vga, uint32_t offset, uint32_t value, uint32_t mask)
{
	uint32_t index = vvga_index(vga, 0, offset), word;
	unsigned page = index / VVGA_PAGE_SIZE;

	if (vvga_vbe_on(vga)) {
		vvga_vbe_planes_put(vga, offset, value, mask);
		return;
	}
	vga->changed |= (uint16_t)(1u << (offset & OFFSET_MASK) / VVGA_PAGE_SIZE);
	if (vga->s.layout == VVGA_CHAINED) {
		if (!vvga_page_is_there(vga, page) && (!(value & mask) || !page_touch(vga, page)))
			return;
		__builtin_memcpy(&word, vga->memory + index, sizeof word);
		word = (word & ~mask) | (value & mask);
		__builtin_memcpy(vga->memory + index, &word, sizeof word);
		return;
	}
	for (unsigned plane = 0; plane < PLANES; plane++, value >>= 8, mask >>= 8) {
		if (!(mask & 0xFF))
			continue;
		index = vvga_index(vga, plane, offset);
		byte_put(vga, index, (byte_at(vga, index) & ~mask) | (value & mask & 0xFF));
	}
}

/* --- from one order to another ------------------------------------------------------------- */

static unsigned wanted_layout(const struct vvga *vga)
{
	uint8_t mode = vga->s.seq[VGA_SEQ_MEMORY];

	if (!(vga->s.gc[VGA_GC_MISC] & VGA_GC_MISC_GRAPHICS) || vvga_is_old(vga))
		return VVGA_TEXT;
	if (mode & VGA_SEQ_MEMORY_CHAIN4)
		return VVGA_CHAINED;
	if (!(mode & VGA_SEQ_MEMORY_NOT_ODD_EVEN))
		return VVGA_TEXT;
	return map_number(vga) >= 2 ? VVGA_PLANES : VVGA_CHAINED;
}

/* Where the 16 bytes of a page's groups stand in a layout: block * 4 + byte, by plane * 4 + offset. */
static void positions(unsigned layout, unsigned page, uint8_t at[PLANES * GROUP])
{
	for (unsigned i = 0; i < PLANES * GROUP; i++) {
		uint32_t index = index_in(layout, i / GROUP, page * VVGA_PAGE_SIZE + i % GROUP);

		at[i] = (uint8_t)(index / VVGA_PLANE_SIZE * GROUP + index % GROUP);
	}
}

/* `source[i]`: which byte of the group comes to place i. */
static void permute_page(struct vvga *vga, unsigned page, const uint8_t source[PLANES * GROUP])
{
	uint32_t end = (page + 1) * VVGA_PAGE_SIZE;
	uint8_t old[PLANES * GROUP];

	for (uint32_t at = page * VVGA_PAGE_SIZE; at < end; at += GROUP) {
		for (unsigned block = 0; block < BLOCKS; block++)
			__builtin_memcpy(old + block * GROUP, vga->memory + block * VVGA_PLANE_SIZE + at, GROUP);
		for (unsigned block = 0; block < BLOCKS; block++) {
			uint8_t *to = vga->memory + block * VVGA_PLANE_SIZE + at;

			for (unsigned i = 0; i < GROUP; i++)
				to[i] = old[source[block * GROUP + i]];
		}
	}
}

/* All four pages of a quartet or none; without memory for the rest, what there was is lost. */
static bool touch_quartet(struct vvga *vga, unsigned page)
{
	bool any = false, all = true;

	for (unsigned block = 0; block < BLOCKS; block++)
		any |= vvga_page_is_there(vga, block * BLOCK_PAGES + page);
	for (unsigned block = 0; any && block < BLOCKS; block++)
		all &= page_touch(vga, block * BLOCK_PAGES + page);
	for (unsigned block = 0; !all && block < BLOCKS; block++)
		if (vvga_page_is_there(vga, block * BLOCK_PAGES + page))
			memset(vga->memory + (block * BLOCK_PAGES + page) * VVGA_PAGE_SIZE, 0, VVGA_PAGE_SIZE);
	return any && all;
}

void vvga_lay_out(struct vvga *vga)
{
	uint8_t from[PLANES * GROUP], to[PLANES * GROUP], source[PLANES * GROUP];
	unsigned wanted = wanted_layout(vga);

	if (wanted == vga->s.layout)
		return;
	for (unsigned page = 0; page < BLOCK_PAGES; page++) {
		if (!touch_quartet(vga, page))
			continue;
		positions(vga->s.layout, page, from);
		positions(wanted, page, to);
		for (unsigned i = 0; i < PLANES * GROUP; i++)
			source[to[i]] = from[i];
		permute_page(vga, page, source);
	}
	vga->s.layout = (uint8_t)wanted;
	vga->changed = 0xFFFF;
}

/* --- the window as plain memory ------------------------------------------------------------ */

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

/* Planes 0 and 1 in turn, for reading and writing. */
static bool is_linear_text(const struct vvga *vga)
{
	return !(vga->s.seq[VGA_SEQ_MEMORY] & (VGA_SEQ_MEMORY_CHAIN4 | VGA_SEQ_MEMORY_NOT_ODD_EVEN)) &&
	       vga->s.gc[VGA_GC_MODE] & VGA_GC_MODE_ODD_EVEN && vga->s.gc[VGA_GC_MISC] & VGA_GC_MISC_CHAIN &&
	       !(vga->s.gc[VGA_GC_READ_MAP] & 2) &&
	       writes_are_plain(vga, 0x03);
}

/* One plane alone: the loading of fonts, and the CGA's 640 dots. */
static bool is_linear_plane(const struct vvga *vga)
{
	unsigned plane = vga->s.gc[VGA_GC_READ_MAP];

	return (vga->s.seq[VGA_SEQ_MEMORY] & (VGA_SEQ_MEMORY_CHAIN4 | VGA_SEQ_MEMORY_NOT_ODD_EVEN)) ==
		       VGA_SEQ_MEMORY_NOT_ODD_EVEN &&
	       !(vga->s.gc[VGA_GC_MODE] & VGA_GC_MODE_ODD_EVEN) && !(vga->s.gc[VGA_GC_MISC] & VGA_GC_MISC_CHAIN) &&
	       (vga->s.layout == VVGA_PLANES || (vga->s.layout == VVGA_TEXT && plane >= 2)) &&
	       writes_are_plain(vga, 1u << plane);
}

static bool is_linear_chain(const struct vvga *vga)
{
	return vga->s.layout == VVGA_CHAINED && vga->s.seq[VGA_SEQ_MEMORY] & VGA_SEQ_MEMORY_CHAIN4 &&
	       writes_are_plain(vga, ALL_PLANES);
}

uint32_t vvga_claimed(const struct vvga *vga, uint32_t *size)
{
	const struct map *map = &maps[map_number(vga)];

	if (vvga_is_old(vga)) {
		struct vvga_window window;

		vvga_window(vga, &window);
		*size = window.claimed_size;
		return window.claimed;
	}
	*size = (vga->s.enable & 1) && (vga->s.misc & VGA_MISC_RAM) ? map->size : 0;
	return map->start;
}

void vvga_window(const struct vvga *vga, struct vvga_window *out)
{
	const struct map *map = &maps[map_number(vga)];
	uint32_t plane_part = map->size < VVGA_PLANE_SIZE ? map->size : VVGA_PLANE_SIZE;

	memset(out, 0, sizeof(*out));
	out->wrap = ~0u;
	if (vvga_is_old(vga)) {
		vvga_old_window(vga, out);
		return;
	}
	if (!(vga->s.enable & 1) || !(vga->s.misc & VGA_MISC_RAM))
		return;
	out->claimed = map->start;
	out->claimed_size = map->size;
	if (vvga_vbe_on(vga)) {
		if (is_linear_chain(vga)) {
			out->linear_size = plane_part;
			out->memory_offset = VVGA_MEMORY_SIZE + vga->s.vbe[DISPI_BANK] * DISPI_BANK_SIZE;
		}
	} else if (vga->s.layout == VVGA_TEXT && is_linear_text(vga)) {
		out->linear_size = map->size;
		/* The odd bytes of a plane come behind the even ones. */
		if (map->size < VVGA_PLANE_SIZE * 2 && !(vga->s.misc & VGA_MISC_PAGE))
			out->memory_offset = VVGA_PLANE_SIZE;
	} else if (is_linear_chain(vga)) {
		out->linear_size = plane_part;
	} else if (is_linear_plane(vga)) {
		out->linear_size = plane_part;
		out->memory_offset = vga->s.gc[VGA_GC_READ_MAP] * VVGA_PLANE_SIZE;
	}
	if (out->linear_size)
		out->linear = map->start;
}
