/* The adapter's memory lent to a machine: registers of access as the machine's, latches out and in.
 *
 * A VGA does not tell its latches. Write mode 1 puts them into a byte of the four planes, where they can be read one
 * plane at a time; reading that byte loads what is in it into the latches, which are then what they were. Putting
 * latches back is the same the other way round. Writes in write mode 0 with all bits of the mask leave them alone, so
 * that the byte gets its content again.
 *
 * Which of the guest's register contents come here cannot change a frequency: they say what the processor's accesses
 * do, how a byte's bits are shown, and from where on.
 *
 * Not done: an NMI that shows the crash console while registers are open() finds latches that are not the guest's.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "Graphics Controller Registers". */

#include "lend.h"

#include <base/mem.h>
#include <kern/irq.h>

enum {
	PORT_SEQ = VGA_BASE + VGA_SEQ_INDEX, PORT_GC = VGA_BASE + VGA_GC_INDEX, PORT_CRTC = VGA_BASE + VGA_COLOR_CRTC_INDEX,
	PLANES_ALL = 0x0F, BIT_MASK_ALL = 0xFF, WRITE_LATCHES = 1, PLANE_BITS = 8, MEMORY = 0xA0000,
	GC_SHIFT = VGA_GC_MODE_SHIFT_CGA | VGA_GC_MODE_SHIFT_256,
};

static void set(uint16_t port, unsigned index, uint8_t value)
{
	port_out16(port, (uint16_t)(index | value << 8));
}

/* --- the machine's registers --------------------------------------------------------------------------- */

static void map_mask(void *loan, uint8_t value)
{
	struct lending *l = loan;

	set(PORT_SEQ, VGA_SEQ_MAP_MASK, l->map_mask = value);
}

static void gc(void *loan, unsigned index, uint8_t value)
{
	struct lending *l = loan;

	set(PORT_GC, index, l->gc[index] = value);
}

static void crtc(void *loan, unsigned index, uint8_t value)
{
	struct lending *l = loan;

	set(PORT_CRTC, index, l->picture->shown.crtc[index] = value);
}

static void close(void *loan)
{
	struct lending *l = loan;

	for (unsigned i = 0; i < VGA_GC_REGS; i++)
		if (i != VGA_GC_MISC)
			set(PORT_GC, i, l->gc[i]);
	set(PORT_SEQ, VGA_SEQ_MAP_MASK, l->map_mask);
}

/* --- ours -------------------------------------------------------------------------------------------------- */

static void set_mode(const struct lending *l, uint8_t mode)
{
	set(PORT_GC, VGA_GC_MODE, (uint8_t)((l->gc[VGA_GC_MODE] & GC_SHIFT) | mode));
}

static void open(void *loan)
{
	set(PORT_SEQ, VGA_SEQ_MAP_MASK, PLANES_ALL);
	set(PORT_GC, VGA_GC_ENABLE_SET_RESET, 0);
	set(PORT_GC, VGA_GC_ROTATE, 0);
	set(PORT_GC, VGA_GC_BIT_MASK, BIT_MASK_ALL);
	set_mode(loan, 0);
}

static uint32_t planes(void *loan, uint32_t offset)
{
	const struct lending *l = loan;
	uint32_t word = 0;

	for (unsigned plane = 0; plane < LOAN_PLANES; plane++) {
		set(PORT_GC, VGA_GC_READ_MAP, (uint8_t)plane);
		word |= (uint32_t)l->adapter->planes[offset] << plane * PLANE_BITS;
	}
	return word;
}

static void put(const struct lending *l, uint32_t offset, uint32_t word)
{
	for (unsigned plane = 0; plane < LOAN_PLANES; plane++) {
		set(PORT_SEQ, VGA_SEQ_MAP_MASK, (uint8_t)(1u << plane));
		l->adapter->planes[offset] = (uint8_t)(word >> plane * PLANE_BITS);
	}
	set(PORT_SEQ, VGA_SEQ_MAP_MASK, PLANES_ALL);
}

static uint32_t latches(void *loan, uint32_t scratch, uint32_t held)
{
	struct lending *l = loan;
	uint32_t word;

	set_mode(l, WRITE_LATCHES);
	l->adapter->planes[scratch] = 0;
	set_mode(l, 0);
	word = planes(l, scratch);
	put(l, scratch, held);
	return word;
}

static void set_latches(void *loan, uint32_t scratch, uint32_t held, uint32_t word)
{
	struct lending *l = loan;

	put(l, scratch, word);
	(void)l->adapter->planes[scratch];
	put(l, scratch, held);
}

static void read(void *loan, unsigned plane, uint32_t offset, uint8_t *to, unsigned count)
{
	const struct lending *l = loan;
	const volatile uint32_t *from = (const volatile uint32_t *)(l->adapter->planes + offset);

	set(PORT_GC, VGA_GC_READ_MAP, (uint8_t)plane);
	for (uint32_t word; count; count -= sizeof word, to += sizeof word) {
		word = *from++;
		memcpy(to, &word, sizeof word);
	}
}

static void end(void *loan)
{
	struct lending *l = loan;

	l->lent = false;
	l->picture->shown.display = NULL;
}

static const struct loan_ops ops = {
	.map_mask = map_mask, .gc = gc, .crtc = crtc, .open = open, .latches = latches, .set_latches = set_latches,
	.planes = planes, .read = read, .close = close, .end = end,
};

/* --- lending ------------------------------------------------------------------------------------------------- */

void lend(struct lending *l, const struct display_vga *vga)
{
	struct loan loan = { &ops, l, MEMORY };

	if (l->lent || !vga->borrower)
		return;
	l->to = vga->borrower;
	l->map_mask = vga->seq[VGA_SEQ_MAP_MASK];
	memcpy(l->gc, vga->gc, sizeof l->gc);
	close(l);
	l->lent = l->to->take(l->to->of, &loan);
	if (!l->lent)
		end(l);
}

void lend_take_back(struct lending *l)
{
	if (!l->lent)
		return;
	end(l);
	l->to->give_back(l->to->of);
}
