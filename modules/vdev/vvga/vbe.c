/* The virtual VGA's extension for VESA's modes: the registers of Bochs's display interface, and a megabyte
 * of memory beside the VGA's own.
 *
 * How it works: while it is on, its registers say how the picture lies in memory, and which bank the
 * window at A0000h shows; the VGA's sequencer and graphics controller still say what happens to a byte on
 * its way, and its DAC and attribute controller what colours are. 16 colours have a 32-bit word for eight dots,
 * a plane a byte; with chain 4 a bank is 64 KB of dots in their order, which is mapped into the guest as it is.
 * A page of this memory comes into being when something is written to it.
 *
 * DIFFERS: no linear frame buffer, no 8-bit DAC, and no colours of more than 8 bits.
 * DIFFERS: there is one bank for reading and writing; which of them is meant is not looked at.
 * DIFFERS: memory is this chip's second one, so that switching it on does not show what the VGA's planes hold.
 *
 * Read: Bochs, "VBE Display API" (vbe_display_api.txt); VESA, VBE Core Functions Standard 2.0, "VBE
 * Functions" (what software expects of banks). */

#include <base/mem.h>

#include "vvga.h"

enum { XRES_MAX = 1024, YRES_MAX = 768, DOTS_A_BYTE = 8, WIDTH_MAX = 0xFFF8, BYTES_16 = 4,
       MEMORY_64K = VVGA_VBE_SIZE / DISPI_BANK_SIZE };

/* --- memory ---------------------------------------------------------------------------------------- */

/* The word that holds the byte in four planes, or four dots in a row. */
static uint32_t word_index(const struct vvga *vga, uint32_t offset)
{
	uint32_t at = vga->s.vbe[DISPI_BANK] * DISPI_BANK_SIZE + offset;

	if (vga->s.seq[VGA_SEQ_MEMORY] & VGA_SEQ_MEMORY_CHAIN4)
		at &= ~3u;
	else
		at *= BYTES_16;
	return at & (VVGA_VBE_SIZE - 1);
}

static uint32_t word_at(const struct vvga *vga, uint32_t index)
{
	const uint8_t *page = vga->vbe_page(vga->of, index / VVGA_PAGE_SIZE, false);
	uint32_t word = 0;

	if (page)
		__builtin_memcpy(&word, page + index % VVGA_PAGE_SIZE, sizeof word);
	return word;
}

uint32_t vvga_vbe_planes_at(const struct vvga *vga, uint32_t offset)
{
	return word_at(vga, word_index(vga, offset));
}

void vvga_vbe_planes_put(struct vvga *vga, uint32_t offset, uint32_t value, uint32_t mask)
{
	uint32_t index = word_index(vga, offset), word;
	/* Clearing memory that was never used must not make it used. */
	uint8_t *page = vga->vbe_page(vga->of, index / VVGA_PAGE_SIZE, (value & mask) != 0);

	if (!page)
		return;
	vga->vbe_changed[index / VVGA_PAGE_SIZE / 32] |= 1u << index / VVGA_PAGE_SIZE % 32;
	__builtin_memcpy(&word, page + index % VVGA_PAGE_SIZE, sizeof word);
	word = (word & ~mask) | (value & mask);
	__builtin_memcpy(page + index % VVGA_PAGE_SIZE, &word, sizeof word);
}

static void clear(struct vvga *vga)
{
	memset(vga->vbe_changed, 0xFF, sizeof vga->vbe_changed);
	for (unsigned n = 0; n < VVGA_VBE_PAGES; n++) {
		uint8_t *page = vga->vbe_page(vga->of, n, false);

		if (page)
			memset(page, 0, VVGA_PAGE_SIZE);
	}
}

/* --- registers ------------------------------------------------------------------------------------- */

/* Lines of `width` dots that there is memory for. */
static uint32_t lines_of(const uint16_t *vbe, uint32_t width)
{
	uint32_t bytes = vbe[DISPI_BPP] == 4 ? width / 2 : width;
	uint32_t lines = VVGA_VBE_SIZE / bytes;

	return lines > 0xFFFF ? 0xFFFF : lines;
}

static unsigned banks(const uint16_t *vbe)
{
	return vbe[DISPI_BPP] == 4 ? MEMORY_64K / BYTES_16 : MEMORY_64K;
}

static bool geometry_is_sane(const uint16_t *vbe)
{
	return vbe[DISPI_XRES] && vbe[DISPI_XRES] <= XRES_MAX && vbe[DISPI_XRES] % DOTS_A_BYTE == 0 &&
	       vbe[DISPI_YRES] && vbe[DISPI_YRES] <= YRES_MAX && (vbe[DISPI_BPP] == 4 || vbe[DISPI_BPP] == 8);
}

static void enable(struct vvga *vga, uint16_t value)
{
	uint16_t *vbe = vga->s.vbe;
	bool was = vvga_vbe_on(vga);

	vbe[DISPI_ENABLE] = value & (DISPI_ENABLE_ON | DISPI_ENABLE_LIMITS | DISPI_ENABLE_KEEP);
	if (!vga->vbe_page || !geometry_is_sane(vbe))
		vbe[DISPI_ENABLE] &= ~DISPI_ENABLE_ON;
	if (vvga_vbe_on(vga) != was)
		vvga_interrupt_arm(vga);
	if (!vvga_vbe_on(vga)) {
		vbe[DISPI_BANK] = 0;
		return;
	}
	if (was)
		return;
	vbe[DISPI_BANK] = vbe[DISPI_X_OFFSET] = vbe[DISPI_Y_OFFSET] = 0;
	vbe[DISPI_VIRT_WIDTH] = vbe[DISPI_XRES];
	vbe[DISPI_VIRT_HEIGHT] = (uint16_t)lines_of(vbe, vbe[DISPI_VIRT_WIDTH]);
	if (!(value & DISPI_ENABLE_KEEP))
		clear(vga);
}

static void set_width(uint16_t *vbe, uint16_t value)
{
	value &= WIDTH_MAX;
	if (value < vbe[DISPI_XRES])
		value = vbe[DISPI_XRES];
	if (value < vbe[DISPI_X_OFFSET] + vbe[DISPI_XRES] ||
	    lines_of(vbe, value) < (uint32_t)vbe[DISPI_Y_OFFSET] + vbe[DISPI_YRES])
		return;
	vbe[DISPI_VIRT_WIDTH] = value;
	vbe[DISPI_VIRT_HEIGHT] = (uint16_t)lines_of(vbe, value);
}

/* What cannot be is not stored, so that the registers always describe a picture in memory. */
static void write_on(uint16_t *vbe, unsigned index, uint16_t value)
{
	switch (index) {
	case DISPI_BANK:
		value &= ~(DISPI_BANK_WRITE | DISPI_BANK_READ);
		if (value < banks(vbe))
			vbe[index] = value;
		break;
	case DISPI_VIRT_WIDTH:
		set_width(vbe, value);
		break;
	case DISPI_X_OFFSET:
		if (value <= vbe[DISPI_VIRT_WIDTH] - vbe[DISPI_XRES])
			vbe[index] = value;
		break;
	case DISPI_Y_OFFSET:
		if (value <= vbe[DISPI_VIRT_HEIGHT] - vbe[DISPI_YRES])
			vbe[index] = value;
		break;
	}
}

static void write(struct vvga *vga, unsigned index, uint16_t value)
{
	switch (index) {
	case DISPI_ID:
		if (value >= DISPI_ID_FIRST && value <= DISPI_ID_LAST)
			vga->s.vbe[index] = value;
		break;
	case DISPI_XRES:
	case DISPI_YRES:
	case DISPI_BPP:
		if (!vvga_vbe_on(vga))
			vga->s.vbe[index] = value;
		break;
	case DISPI_ENABLE:
		enable(vga, value);
		break;
	default:
		if (vvga_vbe_on(vga))
			write_on(vga->s.vbe, index, value);
		break;
	}
}

void vvga_vbe_reset(struct vvga *vga)
{
	vga->s.vbe[DISPI_ID] = DISPI_ID_LAST;
	vga->s.vbe[DISPI_MEMORY_64K] = MEMORY_64K;
}

uint16_t vvga_vbe_in(const struct vvga *vga, unsigned reg)
{
	static const uint16_t limits[] = { [DISPI_XRES] = XRES_MAX, [DISPI_YRES] = YRES_MAX, [DISPI_BPP] = 8 };
	unsigned index = vga->s.vbe_index;

	if (!vga->vbe_page)
		return 0xFFFF;
	if (reg == DISPI_INDEX)
		return vga->s.vbe_index;
	if (index >= DISPI_REGS)
		return 0;
	if (vga->s.vbe[DISPI_ENABLE] & DISPI_ENABLE_LIMITS && index >= DISPI_XRES && index <= DISPI_BPP)
		return limits[index];
	return vga->s.vbe[index];
}

void vvga_vbe_out(struct vvga *vga, unsigned reg, uint16_t value)
{
	if (reg == DISPI_INDEX) {
		vga->s.vbe_index = value;
		return;
	}
	write(vga, vga->s.vbe_index, value);
	if (vga->remap)
		vga->remap(vga->of);
}

bool vvga_vbe_is_sane(const struct vvga_state *s)
{
	const uint16_t *vbe = s->vbe;

	if (vbe[DISPI_ID] < DISPI_ID_FIRST || vbe[DISPI_ID] > DISPI_ID_LAST || vbe[DISPI_MEMORY_64K] != MEMORY_64K)
		return false;
	if (!(vbe[DISPI_ENABLE] & DISPI_ENABLE_ON))
		return vbe[DISPI_BANK] == 0;
	return geometry_is_sane(vbe) && vbe[DISPI_BANK] < banks(vbe) && vbe[DISPI_VIRT_WIDTH] % DOTS_A_BYTE == 0 &&
	       vbe[DISPI_X_OFFSET] + vbe[DISPI_XRES] <= vbe[DISPI_VIRT_WIDTH] &&
	       vbe[DISPI_VIRT_HEIGHT] == lines_of(vbe, vbe[DISPI_VIRT_WIDTH]) &&
	       vbe[DISPI_Y_OFFSET] + vbe[DISPI_YRES] <= vbe[DISPI_VIRT_HEIGHT];
}

/* --- the picture ------------------------------------------------------------------------------------- */

static bool is_dark(const struct vvga *vga)
{
	return vga->s.seq[VGA_SEQ_CLOCKING] & VGA_SEQ_CLOCKING_OFF || !(vga->s.ac_index & VGA_AC_INDEX_PAS);
}

void vvga_vbe_line(const struct vvga *vga, unsigned y, uint8_t *colors)
{
	const uint16_t *vbe = vga->s.vbe;
	uint32_t at = (uint32_t)(vbe[DISPI_Y_OFFSET] + y) * vbe[DISPI_VIRT_WIDTH] + vbe[DISPI_X_OFFSET];

	if (is_dark(vga)) {
		memset(colors, vga->s.ac[VGA_AC_OVERSCAN], vbe[DISPI_XRES]);
		return;
	}
	for (unsigned x = 0; x < vbe[DISPI_XRES]; x++, at++) {
		uint32_t index = vbe[DISPI_BPP] == 4 ? at / DOTS_A_BYTE * BYTES_16 : at & ~3u;
		uint32_t word = word_at(vga, index);
		unsigned dot = 7 - at % DOTS_A_BYTE, color = 0;

		if (vbe[DISPI_BPP] == 8) {
			colors[x] = (uint8_t)(word >> 8 * (at & 3));
			continue;
		}
		for (unsigned plane = 0; plane < 4; plane++)
			color |= (word >> (8 * plane + dot) & 1) << plane;
		colors[x] = vvga_ac_index(vga, color);
	}
}

bool vvga_vbe_picture(const struct vvga *vga, struct display_vbe *out)
{
	const uint16_t *vbe = vga->s.vbe;

	if (!vvga_vbe_on(vga))
		return false;
	out->dark = is_dark(vga);
	out->bits = (uint8_t)vbe[DISPI_BPP];
	out->dac_mask = vga->s.dac_mask;
	out->width = vbe[DISPI_XRES];
	out->height = vbe[DISPI_YRES];
	out->line = vbe[DISPI_VIRT_WIDTH];
	out->x = vbe[DISPI_X_OFFSET];
	out->y = vbe[DISPI_Y_OFFSET];
	for (unsigned i = 0; i < DISPLAY_COLORS; i++)
		out->colors[i] = vvga_ac_index(vga, i);
	out->dac = vga->s.dac;
	return true;
}

void vvga_vbe_describe(const struct vvga *vga, struct fmt_sink *out)
{
	const uint16_t *vbe = vga->s.vbe;

	if (vvga_vbe_on(vga))
		fmt_sink(out, "extension  %ux%u, %u bits, bank %u; lines of %u dots, from %u,%u on\n", vbe[DISPI_XRES],
			 vbe[DISPI_YRES], vbe[DISPI_BPP], vbe[DISPI_BANK], vbe[DISPI_VIRT_WIDTH],
			 vbe[DISPI_X_OFFSET], vbe[DISPI_Y_OFFSET]);
}
