/* A machine's VESA mode on the PC's own adapter, where that has Bochs's display interface.
 *
 * The adapter comes into a mode of as many dots, of a byte each, with lines as long as the machine's, so that
 * every dot of the machine's memory has its byte in the adapter's, and panning is two registers. Modes of 16
 * colours are no exception: what the emulators make of planes in this interface is not to be relied on
 * (QEMU 7.2 forgets the map mask). Pages that changed are copied through the window at A0000h, those in view
 * first and not more at once than takes some milliseconds; the picture is then complete a few calls later.
 * Colours that are others than last time are written.
 *
 * A port that nobody answers, or another adapter's own one, is told from the interface by reading alone: the
 * index reads as one of its few registers.
 *
 * DIFFERS: some adapters begin a line with every fourth dot only.
 *
 * Read: Bochs, "VBE Display API" (vbe_display_api.txt); IBM PS/2 Hardware Interface Technical Reference, Video
 * Subsystems, "VGA Function". */
#include "dispi.h"

#include <base/mem.h>
#include <hw/dispi.h>
#include <hw/vga.h>
#include <kern/irq.h>

enum {
	PORT_INDEX = DISPI_PORT + DISPI_INDEX, PORT_DATA = DISPI_PORT + DISPI_DATA,
	PORT_AC = VGA_BASE + VGA_AC_INDEX, PORT_SEQ = VGA_BASE + VGA_SEQ_INDEX, PORT_GC = VGA_BASE + VGA_GC_INDEX,
	PORT_MISC = VGA_BASE + VGA_MISC_WRITE, PORT_DAC_INDEX = VGA_BASE + VGA_DAC_WRITE_INDEX,
	PORT_DAC_DATA = VGA_BASE + VGA_DAC_DATA, PORT_DAC_MASK = VGA_BASE + VGA_DAC_MASK,
	PORT_STATUS1 = VGA_BASE + VGA_COLOR_STATUS1,

	PLANES = 4, PLANES_ALL = 0x0F, BITS_ALL = 0xFF, GC_MISC_A0000 = 0x04, BITS = 8,
	PAGES_AT_ONCE = 64, REGS_MOST = 16, ID_FAMILY = 0xFFF0,
	DOTS_MOST = DISPLAY_VBE_PAGES * DISPLAY_VGA_PAGE * 2, BANKS_LEAST = DOTS_MOST / DISPI_BANK_SIZE,
};

/* Of the attribute controller, those behind the palette. */
static const uint8_t attributes[] = { VGA_AC_MODE_GRAPHICS | VGA_AC_MODE_PEL_WIDTH, 0, PLANES_ALL, 0, 0 };

static void put(unsigned reg, uint16_t value)
{
	port_out16(PORT_INDEX, (uint16_t)reg);
	port_out16(PORT_DATA, value);
}

static uint16_t get(unsigned reg)
{
	port_out16(PORT_INDEX, (uint16_t)reg);
	return port_in16(PORT_DATA);
}

static void set(uint16_t port, unsigned index, uint8_t value)
{
	port_out16(port, (uint16_t)(index | value << 8));
}

/* --- finding ------------------------------------------------------------------------------------------ */

bool dispi_find(struct dispi *d)
{
	uint16_t memory;

	if (port_in16(PORT_INDEX) >= REGS_MOST || (get(DISPI_ID) & ID_FAMILY) != (DISPI_ID_FIRST & ID_FAMILY))
		return false;
	put(DISPI_ENABLE, DISPI_ENABLE_LIMITS);
	d->width_max = get(DISPI_XRES);
	d->height_max = get(DISPI_YRES);
	put(DISPI_ENABLE, 0);
	/* Its size is told since the last of the versions. */
	memory = get(DISPI_ID) >= DISPI_ID_LAST ? get(DISPI_MEMORY_64K) : BANKS_LEAST;
	return memory >= BANKS_LEAST;
}

/* --- registers ---------------------------------------------------------------------------------------- */

static bool is_same_mode(const struct display_vbe *a, const struct display_vbe *b)
{
	return a->display == b->display && a->bits == b->bits && a->width == b->width && a->height == b->height;
}

/* Bytes reach memory as they are, and so do colours the DAC. */
static void set_vga(void)
{
	port_out8(PORT_MISC, VGA_MISC_COLOR | VGA_MISC_RAM | VGA_MISC_PAGE);
	port_out8(PORT_DAC_MASK, BITS_ALL);
	set(PORT_SEQ, VGA_SEQ_MAP_MASK, PLANES_ALL);
	set(PORT_SEQ, VGA_SEQ_MEMORY, VGA_SEQ_MEMORY_EXTENDED | VGA_SEQ_MEMORY_NOT_ODD_EVEN | VGA_SEQ_MEMORY_CHAIN4);
	set(PORT_GC, VGA_GC_SET_RESET, 0);
	set(PORT_GC, VGA_GC_ENABLE_SET_RESET, 0);
	set(PORT_GC, VGA_GC_ROTATE, 0);
	set(PORT_GC, VGA_GC_MODE, VGA_GC_MODE_SHIFT_256);
	set(PORT_GC, VGA_GC_MISC, VGA_GC_MISC_GRAPHICS | GC_MISC_A0000);
	set(PORT_GC, VGA_GC_BIT_MASK, BITS_ALL);
	port_in8(PORT_STATUS1);          /* the next access is the index's */
	for (unsigned i = 0; i < VGA_AC_REGS; i++) {
		port_out8(PORT_AC, (uint8_t)i);
		port_out8(PORT_AC, i < VGA_AC_PALETTE ? (uint8_t)i : attributes[i - VGA_AC_PALETTE]);
	}
}

/* Memory is cleared as far as the picture reaches; the rest is copied, as all pages are. */
static void set_mode(const struct display_vbe *vbe)
{
	set_vga();
	put(DISPI_ENABLE, 0);
	put(DISPI_XRES, vbe->width);
	put(DISPI_YRES, vbe->height);
	put(DISPI_BPP, BITS);
	put(DISPI_ENABLE, DISPI_ENABLE_ON);
}

/* Where the picture begins always lies within lines of the length then set. */
static void set_start(const struct display_vbe *vbe, const struct display_vbe *old, bool all)
{
	if (all || vbe->line != old->line) {
		put(DISPI_X_OFFSET, 0);
		put(DISPI_Y_OFFSET, 0);
		put(DISPI_VIRT_WIDTH, vbe->line);
	} else if (vbe->x == old->x && vbe->y == old->y) {
		return;
	}
	put(DISPI_X_OFFSET, vbe->x);
	put(DISPI_Y_OFFSET, vbe->y);
}

/* With everything applied that stands between a dot and the DAC. */
static void set_colors(struct dispi *d, const struct display_vbe *vbe, bool all)
{
	unsigned count = vbe->bits == 4 ? DISPLAY_COLORS : DISPLAY_PALETTE;

	for (unsigned i = 0; i < count; i++) {
		const uint8_t *color = vbe->dac[(vbe->bits == 4 ? vbe->colors[i] : i) & vbe->dac_mask];

		if (!all && !memcmp(d->dac[i], color, sizeof d->dac[i]))
			continue;
		memcpy(d->dac[i], color, sizeof d->dac[i]);
		port_out8(PORT_DAC_INDEX, (uint8_t)i);
		for (unsigned c = 0; c < sizeof d->dac[i]; c++)
			port_out8(PORT_DAC_DATA, color[c]);
	}
}

static void set_dark(bool dark)
{
	set(PORT_SEQ, VGA_SEQ_CLOCKING, VGA_SEQ_CLOCKING_DOT8 | (dark ? VGA_SEQ_CLOCKING_OFF : 0));
	port_in8(PORT_STATUS1);
	port_out8(PORT_AC, dark ? 0 : VGA_AC_INDEX_PAS);
}

/* --- memory ------------------------------------------------------------------------------------------ */

static void copy_bytes(volatile uint32_t *to, const uint32_t *from)
{
	for (unsigned i = 0; i < DISPLAY_VGA_PAGE / sizeof *to; i++)
		to[i] = from ? from[i] : 0;
}

/* Bit n of a nibble is bit 0 of byte 3 - n: a plane's bits of four dots, the leftmost highest. */
static const uint32_t spread[16] = {
	0x00000000, 0x01000000, 0x00010000, 0x01010000, 0x00000100, 0x01000100, 0x00010100, 0x01010100,
	0x00000001, 0x01000001, 0x00010001, 0x01010001, 0x00000101, 0x01000101, 0x00010101, 0x01010101,
};

/* Eight dots a word. */
static void copy_planes(volatile uint32_t *to, const uint32_t *from)
{
	for (unsigned i = 0; i < DISPLAY_VGA_PAGE / sizeof *from; i++) {
		uint32_t word = from ? from[i] : 0, left = 0, right = 0;

		for (unsigned plane = 0; plane < PLANES; plane++, word >>= 8) {
			left |= spread[word >> 4 & 15] << plane;
			right |= spread[word & 15] << plane;
		}
		*to++ = left;
		*to++ = right;
	}
}

static void copy_page(const struct dispi *d, const struct display_vbe *vbe, unsigned page)
{
	const uint32_t *from = (const uint32_t *)vbe->page(vbe->display, page);
	uint32_t at = page * DISPLAY_VGA_PAGE * BITS / vbe->bits;
	volatile uint32_t *to = d->bank + at % DISPI_BANK_SIZE / sizeof *to;

	put(DISPI_BANK, (uint16_t)(at / DISPI_BANK_SIZE));
	if (vbe->bits == 4)
		copy_planes(to, from);
	else
		copy_bytes(to, from);
}

static void copy_pages(struct dispi *d, const struct display_vbe *vbe)
{
	uint32_t start = ((uint32_t)vbe->y * vbe->line + vbe->x) * vbe->bits / BITS;
	unsigned left = PAGES_AT_ONCE;

	for (unsigned i = 0; i < DISPLAY_VBE_PAGES && left; i++) {
		unsigned page = (start / DISPLAY_VGA_PAGE + i) % DISPLAY_VBE_PAGES;
		uint32_t *word = &d->pending[page / 32], bit = 1u << page % 32;

		if (!(*word & bit))
			continue;
		*word &= ~bit;
		copy_page(d, vbe, page);
		left--;
	}
}

/* --- all of it ----------------------------------------------------------------------------------------- */

int dispi_show(struct dispi *d, const struct display_vbe *vbe)
{
	bool all = !is_same_mode(&d->shown, vbe);

	if (vbe->width > d->width_max || vbe->height > d->height_max)
		return E_RANGE;
	if (all) {
		set_mode(vbe);
		memset(d->pending, 0xFF, sizeof d->pending);
	}
	for (unsigned i = 0; i < DISPLAY_VBE_WORDS; i++)
		d->pending[i] |= vbe->changed[i];
	copy_pages(d, vbe);
	set_start(vbe, &d->shown, all);
	set_colors(d, vbe, all);
	if (all || vbe->dark != d->shown.dark)
		set_dark(vbe->dark);
	d->shown = *vbe;
	return E_OK;
}

void dispi_off(struct dispi *d)
{
	put(DISPI_ENABLE, 0);
	d->shown.display = NULL;
}
