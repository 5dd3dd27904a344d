/* A virtual VGA's graphics on the real one.
 *
 * What decides over the picture is programmed as the guest did: timing, addressing, shifting,
 * palette. What decides over the processor's access is ours, of the kind that the guest uses. After that only
 * registers, colours and pages of memory that are others than last time are written.
 *
 * No register content of a guest's reaches the monitor before picture_fits() has seen it (limits.c).
 *
 * Not done: waiting for the retrace.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "VGA Function",
 * "Programming Considerations". */

#include "picture.h"

#include <base/mem.h>
#include <kern/irq.h>

enum {
	PORT_AC = VGA_BASE + VGA_AC_INDEX, PORT_SEQ = VGA_BASE + VGA_SEQ_INDEX, PORT_GC = VGA_BASE + VGA_GC_INDEX,
	PORT_MISC = VGA_BASE + VGA_MISC_WRITE, PORT_DAC_INDEX = VGA_BASE + VGA_DAC_WRITE_INDEX,
	PORT_DAC_DATA = VGA_BASE + VGA_DAC_DATA, PORT_DAC_MASK = VGA_BASE + VGA_DAC_MASK,
	PORT_STATUS1 = VGA_BASE + VGA_COLOR_STATUS1, PORT_CRTC = VGA_BASE + VGA_COLOR_CRTC_INDEX,

	SEQ_RESET_SYNCHRONOUS = 1, SEQ_RESET_NONE = 3,
	GC_MISC_A0000 = 0x04, GC_SHIFT = VGA_GC_MODE_SHIFT_CGA | VGA_GC_MODE_SHIFT_256,
	BIT_MASK_ALL = 0xFF, PLANES = 4, PLANES_ALL = 0x0F, PLANES_ODD_EVEN = 0x03,
	CGA_PAGES = 8,                   /* of 4 KB: what is mapped at B8000h */
};

static void set(uint16_t port, unsigned index, uint8_t value)
{
	port_out16(port, (uint16_t)(index | value << 8));
}

/* --- registers --------------------------------------------------------------------------------------- */

/* Access of our own: written as the guest writes, with nothing done to the bytes. */
static void open_memory(const struct display_vga *vga)
{
	uint8_t memory = VGA_SEQ_MEMORY_EXTENDED, mode = vga->gc[VGA_GC_MODE] & GC_SHIFT;
	uint8_t misc = VGA_GC_MISC_GRAPHICS | GC_MISC_A0000;

	if (vga->access == DISPLAY_VGA_ODD_EVEN) {
		mode |= VGA_GC_MODE_ODD_EVEN;
		misc = VGA_GC_MISC_GRAPHICS | VGA_GC_MISC_CHAIN | VGA_GC_MISC_MAP;
	} else {
		memory |= VGA_SEQ_MEMORY_NOT_ODD_EVEN;
	}
	if (vga->access == DISPLAY_VGA_CHAINED)
		memory |= VGA_SEQ_MEMORY_CHAIN4;
	set(PORT_SEQ, VGA_SEQ_MAP_MASK, vga->access == DISPLAY_VGA_ODD_EVEN ? PLANES_ODD_EVEN : PLANES_ALL);
	set(PORT_SEQ, VGA_SEQ_MEMORY, memory);
	set(PORT_GC, VGA_GC_SET_RESET, 0);
	set(PORT_GC, VGA_GC_ENABLE_SET_RESET, 0);
	set(PORT_GC, VGA_GC_ROTATE, 0);
	set(PORT_GC, VGA_GC_READ_MAP, 0);
	set(PORT_GC, VGA_GC_MODE, mode);
	set(PORT_GC, VGA_GC_MISC, misc);
	set(PORT_GC, VGA_GC_BIT_MASK, BIT_MASK_ALL);
}

static uint8_t clocking(const struct display_vga *vga)
{
	return (uint8_t)((vga->seq[VGA_SEQ_CLOCKING] & ~VGA_SEQ_CLOCKING_OFF) | (vga->dark ? VGA_SEQ_CLOCKING_OFF : 0));
}

/* Neither protection nor interrupts. */
static uint8_t sync_end(const struct display_vga *vga)
{
	return (uint8_t)((vga->crtc[VGA_CRTC_V_SYNC_END] & ~VGA_CRTC_PROTECT) | VGA_CRTC_V_INT_OFF);
}

/* Of the miscellaneous register the guest has clock and polarities; where the registers stand, and the page of odd and
 * even that is written, are ours. */
static void set_timing(const struct display_vga *vga)
{
	set(PORT_SEQ, VGA_SEQ_RESET, SEQ_RESET_SYNCHRONOUS);
	port_out8(PORT_MISC, vga->misc | VGA_MISC_COLOR | VGA_MISC_RAM | VGA_MISC_PAGE);
	set(PORT_SEQ, VGA_SEQ_CLOCKING, clocking(vga));
	set(PORT_SEQ, VGA_SEQ_RESET, SEQ_RESET_NONE);
	set(PORT_CRTC, VGA_CRTC_V_SYNC_END, sync_end(vga));
	for (unsigned i = 0; i < VGA_CRTC_REGS; i++)
		if (i != VGA_CRTC_V_SYNC_END)
			set(PORT_CRTC, i, vga->crtc[i]);
}

static void set_attribute(unsigned index, uint8_t value)
{
	port_in8(PORT_STATUS1);
	port_out8(PORT_AC, (uint8_t)(index < VGA_AC_PALETTE ? index : index | VGA_AC_INDEX_PAS));
	port_out8(PORT_AC, value);
	port_out8(PORT_AC, VGA_AC_INDEX_PAS);
}

static void set_attributes(const struct display_vga *vga, const struct display_vga *old, bool all)
{
	for (unsigned i = 0; i < VGA_AC_REGS; i++)
		if (all || vga->ac[i] != old->ac[i])
			set_attribute(i, vga->ac[i]);
}

static void set_colors(struct picture *p, const struct display_vga *vga, bool all)
{
	if (all || vga->dac_mask != p->shown.dac_mask)
		port_out8(PORT_DAC_MASK, vga->dac_mask);
	for (unsigned i = 0; i < VGA_DAC_COLORS; i++) {
		if (!all && !memcmp(p->dac[i], vga->dac[i], sizeof p->dac[i]))
			continue;
		memcpy(p->dac[i], vga->dac[i], sizeof p->dac[i]);
		port_out8(PORT_DAC_INDEX, (uint8_t)i);
		for (unsigned c = 0; c < sizeof p->dac[i]; c++)
			port_out8(PORT_DAC_DATA, vga->dac[i][c]);
	}
}

/* Within a mode: start address, panning and the like. */
static void set_changes(struct picture *p, const struct display_vga *vga)
{
	for (unsigned i = 0; i < VGA_CRTC_REGS; i++)
		if (vga->crtc[i] != p->shown.crtc[i])
			set(PORT_CRTC, i, i == VGA_CRTC_V_SYNC_END ? sync_end(vga) : vga->crtc[i]);
	if (clocking(vga) != clocking(&p->shown))
		set(PORT_SEQ, VGA_SEQ_CLOCKING, clocking(vga));
}

/* --- memory ------------------------------------------------------------------------------------------ */

static void copy_page(const struct adapter *a, const struct display_vga *vga, unsigned plane, unsigned page)
{
	uint32_t buffer[64];
	uint32_t offset = page * DISPLAY_VGA_PAGE, end = offset + DISPLAY_VGA_PAGE;
	volatile uint32_t *to = vga->access == DISPLAY_VGA_ODD_EVEN ? a->cells : (volatile uint32_t *)a->planes;

	for (to += offset / sizeof *to; offset < end; offset += sizeof buffer) {
		vga->bytes(vga->display, plane, offset, (uint8_t *)buffer, sizeof buffer);
		for (unsigned i = 0; i < sizeof buffer / sizeof *buffer; i++)
			*to++ = buffer[i];
	}
}

static void copy_memory(const struct adapter *a, const struct display_vga *vga, unsigned pages)
{
	unsigned count = vga->access == DISPLAY_VGA_ODD_EVEN ? CGA_PAGES : DISPLAY_VGA_PAGES;

	for (unsigned plane = 0; plane < (vga->access == DISPLAY_VGA_PLANAR ? PLANES : 1); plane++) {
		if (vga->access == DISPLAY_VGA_PLANAR)
			set(PORT_SEQ, VGA_SEQ_MAP_MASK, (uint8_t)(1u << plane));
		for (unsigned page = 0; page < count; page++)
			if (pages >> page & 1)
				copy_page(a, vga, plane, page);
	}
}

/* --- all of it ----------------------------------------------------------------------------------------- */

bool picture_is_other(const struct picture *p, const struct display_vga *b)
{
	const struct display_vga *a = &p->shown;

	return a->display != b->display || a->access != b->access || a->misc != b->misc ||
	       (a->gc[VGA_GC_MODE] ^ b->gc[VGA_GC_MODE]) & GC_SHIFT ||
	       (a->seq[VGA_SEQ_CLOCKING] ^ b->seq[VGA_SEQ_CLOCKING]) & ~VGA_SEQ_CLOCKING_OFF ||
	       memcmp(a->crtc, b->crtc, VGA_CRTC_OVERFLOW);
}

void picture_draw(struct picture *p, const struct adapter *a, const struct display_vga *vga)
{
	bool all = picture_is_other(p, vga);

	if (all) {
		set_timing(vga);
		open_memory(vga);
	} else {
		set_changes(p, vga);
	}
	if (all || vga->changed)
		copy_memory(a, vga, all ? 0xFFFF : vga->changed);
	set_colors(p, vga, all);
	set_attributes(vga, &p->shown, all);
	p->shown = *vga;
}
