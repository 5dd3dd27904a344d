/* A graphics mode as another VGA can be programmed to show it: registers and bytes.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "Video Memory
 * Organization". */

#include <base/mem.h>

#include "vvga.h"

/* Odd and even are the CGA's modes; elsewhere all planes' odd bytes may have a part in the picture, too. */
enum display_vga_access vvga_access(const struct vvga *vga)
{
	uint8_t memory = vga->s.seq[VGA_SEQ_MEMORY], misc = vga->s.gc[VGA_GC_MISC];

	if (memory & VGA_SEQ_MEMORY_CHAIN4)
		return DISPLAY_VGA_CHAINED;
	if (memory & VGA_SEQ_MEMORY_NOT_ODD_EVEN || (misc & VGA_GC_MISC_MAP) != VGA_GC_MISC_MAP ||
	    !(misc & VGA_GC_MISC_CHAIN) || !(vga->s.misc & VGA_MISC_PAGE))
		return DISPLAY_VGA_PLANAR;
	return DISPLAY_VGA_ODD_EVEN;
}

bool vvga_graphics(const struct vvga *vga, struct display_vga *out)
{
	if (!(vga->s.gc[VGA_GC_MISC] & VGA_GC_MISC_GRAPHICS) || vvga_vbe_on(vga) || vga->kind != VVGA_VGA)
		return false;
	out->access = vvga_access(vga);
	out->dark = vga->s.seq[VGA_SEQ_CLOCKING] & VGA_SEQ_CLOCKING_OFF || !(vga->s.ac_index & VGA_AC_INDEX_PAS);
	out->misc = vga->s.misc;
	out->dac_mask = vga->s.dac_mask;
	memcpy(out->seq, vga->s.seq, sizeof out->seq);
	memcpy(out->crtc, vga->s.crtc, sizeof out->crtc);
	memcpy(out->gc, vga->s.gc, sizeof out->gc);
	memcpy(out->ac, vga->s.ac, sizeof out->ac);
	out->dac = vga->s.dac;
	return true;
}

/* Linear in both orders of memory in which programs use it. */
static void copy_linear(const struct vvga *vga, uint32_t offset, uint8_t *to, unsigned count)
{
	unsigned page = offset / VVGA_PAGE_SIZE;

	if (vvga_page_is_there(vga, page))
		memcpy(to, vga->memory + offset, count);
	else
		memset(to, 0, count);
}

/* Every fourth byte of a plane lies in the same block, within a page. `offset` and `count` are multiples of 4. */
static void copy_plane(const struct vvga *vga, unsigned plane, uint32_t offset, uint8_t *to, unsigned count)
{
	for (unsigned block = 0; block < 4; block++) {
		uint32_t index = vvga_chained_index(offset + block);
		const uint8_t *from = vga->memory + index + plane;

		if (vvga_page_is_there(vga, index / VVGA_PAGE_SIZE))
			for (unsigned i = 0; i < count; i += 4)
				to[i + block] = from[i];
		else
			for (unsigned i = 0; i < count; i += 4)
				to[i + block] = 0;
	}
}

void vvga_plane_put(struct vvga *vga, unsigned plane, uint32_t offset, const uint8_t *from, unsigned count)
{
	for (unsigned block = 0; block < 4; block++) {
		uint8_t *to = vga->memory + vvga_chained_index(offset + block) + plane;

		for (unsigned i = 0; i < count; i += 4)
			to[i] = from[i + block];
	}
}

void vvga_bytes(const struct vvga *vga, enum display_vga_access access, unsigned plane, uint32_t offset,
		uint8_t *to, unsigned count)
{
	bool chained = access == DISPLAY_VGA_CHAINED;

	if (vvga_is_old(vga)) {
		if (plane == 0)
			copy_linear(vga, offset, to, count);
		else
			memset(to, 0, count);
		return;
	}

	if (access != DISPLAY_VGA_PLANAR && vga->s.layout == (chained ? VVGA_CHAINED : VVGA_TEXT)) {
		copy_linear(vga, offset, to, count);
		return;
	}
	if (access == DISPLAY_VGA_PLANAR && vga->s.layout == VVGA_CHAINED && !((offset | count) & 3)) {
		copy_plane(vga, plane, offset, to, count);
		return;
	}
	for (; count; count--, offset++, to++) {
		if (access == DISPLAY_VGA_PLANAR)
			*to = vvga_plane_byte(vga, plane, offset);
		else if (chained)
			*to = vvga_plane_byte(vga, offset & 3, vvga_chain_offset(offset));
		else
			*to = vvga_plane_byte(vga, offset & 1, offset & ~1u);
	}
}
