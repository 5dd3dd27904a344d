/* Planes and latches while they are a real adapter's: <iface/loan.h>, the machine's half.
 *
 * How it works: in planar graphics at A0000h the registers go on being kept here, and those that accesses depend on
 * are passed on one by one; what they do to a byte is then the adapter's business. To get its latches back one byte
 * is needed of which the content is known, in all four planes, so one page of the sixteen is always kept out of the
 * guest's reach ("parked"). When the guest touches that one, the page before it is parked in its place: a program that
 * goes upwards through all of memory comes to it once a round, and one that touches few pages soon not at all.
 *
 * What is lent is only what both adapters do alike: 64 KB at A0000h, neither odd and even nor chained.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "Video Memory Organization". */

#include <base/mem.h>

#include "vvga.h"

enum { MAP_A0000_64K = 1, CHUNK = 64, BORROW_PAGES = VVGA_PLANE_SIZE / VVGA_PAGE_SIZE };

static uint32_t parked_at(const struct vvga_borrow *b)
{
	return b->parked * VVGA_PAGE_SIZE;
}

/* --- what may be lent ---------------------------------------------------------------------------------- */

bool vvga_may_borrow(const struct vvga *vga)
{
	const uint8_t *gc = vga->s.gc, memory = vga->s.seq[VGA_SEQ_MEMORY];

	return vga->kind == VVGA_VGA && !vvga_vbe_on(vga) && vga->s.enable & 1 && vga->s.misc & VGA_MISC_RAM &&
	       vga->s.layout == VVGA_CHAINED && gc[VGA_GC_MISC] & VGA_GC_MISC_GRAPHICS && !(gc[VGA_GC_MISC] & VGA_GC_MISC_CHAIN) &&
	       (gc[VGA_GC_MISC] >> VGA_GC_MISC_MAP_SHIFT & 3) == MAP_A0000_64K &&
	       memory == (VGA_SEQ_MEMORY_EXTENDED | VGA_SEQ_MEMORY_NOT_ODD_EVEN) && !(gc[VGA_GC_MODE] & VGA_GC_MODE_ODD_EVEN);
}

bool vvga_borrow_ends(const struct vvga *vga, unsigned reg, uint8_t value)
{
	switch (reg) {
	case VGA_MISC_WRITE:
		return value != vga->s.misc;
	case VGA_ENABLE:
		return true;
	case VGA_SEQ_DATA:
		return vga->s.seq_index == VGA_SEQ_MEMORY && value != vga->s.seq[VGA_SEQ_MEMORY];
	case VGA_GC_DATA:
		return (vga->s.gc_index == VGA_GC_MISC && value != vga->s.gc[VGA_GC_MISC]) ||
		       (vga->s.gc_index == VGA_GC_MODE && value & VGA_GC_MODE_ODD_EVEN);
	}
	return false;
}

/* --- registers -------------------------------------------------------------------------------------------- */

/* Where the picture begins, and how it goes on. */
static bool is_passed_at_once(unsigned crtc)
{
	return crtc == VGA_CRTC_START_HIGH || crtc == VGA_CRTC_START_LOW || crtc == VGA_CRTC_OFFSET ||
	       crtc == VGA_CRTC_PRESET_ROW || crtc == VGA_CRTC_LINE_COMPARE;
}

void vvga_borrow_pass(const struct vvga *vga, const struct vvga_borrow *b, unsigned reg)
{
	const struct loan *l = &b->loan;
	unsigned gc = vga->s.gc_index, crtc = vga->s.crtc_index;

	switch (reg) {
	case VGA_GC_DATA:
		if (gc < VGA_GC_REGS && gc != VGA_GC_MISC)
			l->ops->gc(l->of, gc, vga->s.gc[gc]);
		break;
	case VGA_SEQ_DATA:
		if (vga->s.seq_index == VGA_SEQ_MAP_MASK)
			l->ops->map_mask(l->of, vga->s.seq[VGA_SEQ_MAP_MASK]);
		break;
	case VGA_MONO_CRTC_DATA:
	case VGA_COLOR_CRTC_DATA:
		if (is_passed_at_once(crtc))
			l->ops->crtc(l->of, crtc, vga->s.crtc[crtc]);
		break;
	}
}

bool vvga_reads_latch(const struct vvga *vga, unsigned reg)
{
	return (reg == VGA_COLOR_CRTC_DATA || reg == VGA_MONO_CRTC_DATA) && vga->s.crtc_index == VVGA_CRTC_LATCH;
}

/* --- memory ------------------------------------------------------------------------------------------------- */

void vvga_borrow(struct vvga *vga, struct vvga_borrow *b, const struct loan *loan)
{
	uint32_t latch;

	memcpy(&latch, vga->s.latch, sizeof latch);
	b->loan = *loan;
	b->lent = true;
	b->times++;
	b->parked = BORROW_PAGES - 1;
	b->held = vvga_planes_at(vga, parked_at(b));
	loan->ops->open(loan->of);
	loan->ops->set_latches(loan->of, parked_at(b), b->held, latch);
	loan->ops->close(loan->of);
}

void vvga_borrow_park(struct vvga_borrow *b)
{
	const struct loan *l = &b->loan;
	struct vvga_borrow next = { .parked = (b->parked + BORROW_PAGES - 1) % BORROW_PAGES };
	uint32_t latch;

	l->ops->open(l->of);
	latch = l->ops->latches(l->of, parked_at(b), b->held);
	next.held = l->ops->planes(l->of, parked_at(&next));
	l->ops->set_latches(l->of, parked_at(b), b->held, latch);
	l->ops->close(l->of);
	b->parked = next.parked;
	b->held = next.held;
}

static void fetch_page(struct vvga *vga, const struct loan *l, unsigned page)
{
	uint32_t first = page * VVGA_PAGE_SIZE, end = first + VVGA_PAGE_SIZE;
	uint8_t buffer[CHUNK];

	for (unsigned plane = 0; plane < LOAN_PLANES; plane++) {
		for (uint32_t at = first; at < end; at += CHUNK) {
			l->ops->read(l->of, plane, at, buffer, CHUNK);
			vvga_plane_put(vga, plane, at, buffer, CHUNK);
		}
	}
	vga->changed |= (uint16_t)(1u << page);
}

void vvga_borrow_fetch(struct vvga *vga, struct vvga_borrow *b, uint16_t pages)
{
	const struct loan *l = &b->loan;
	uint32_t latch;

	l->ops->open(l->of);
	latch = l->ops->latches(l->of, parked_at(b), b->held);
	memcpy(vga->s.latch, &latch, sizeof latch);
	for (unsigned page = 0; page < BORROW_PAGES; page++)
		if (pages >> page & 1)
			fetch_page(vga, l, page);
	if (pages)
		l->ops->set_latches(l->of, parked_at(b), b->held, latch);
	l->ops->close(l->of);
}
