/* What an EGA has not: registers that can be read, a DAC, chain 4, 256 colours, lines scanned twice.
 *
 * How it works: it is the VGA, with accesses that an EGA does not know left out on their way and bits that it
 * does not have cleared. Colours are the monitor's, by the six lines of the palette; where the clock is
 * the CGA's, the monitor takes four of them for a CGA's.
 *
 * DIFFERS: the light pen is not there; a frame can have more than 512 lines.
 *
 * Read: IBM Personal Computer Options and Adapters Technical Reference, "Enhanced Graphics Adapter". */

#include "vvga.h"

enum {
	FLOATING = 0xFF, READABLE_FIRST = VGA_CRTC_START_HIGH, READABLE_LAST = VGA_CRTC_CURSOR_LOW,
	SWITCHES = 0x06,                 /* an enhanced colour display */
	FEATURE_CODE = 0x60,             /* input status 0 */
	SEQ_CLOCKING_BITS = 0x0F, SEQ_MEMORY_BITS = 0x07, GC_MODE_BITS = 0x3B, FIVE_BITS = 0x1F, AC_MODE_BITS = 0x0F,
	CLOCK_SHIFT = 2, BROWN = 6,
};

bool vvga_is_ega(const struct vvga *vga)
{
	return vga->kind == VVGA_EGA;
}

/* `port` as decoded: the CRT controller is at 3Dxh. */
bool vvga_ega_answers(const struct vvga *vga, unsigned port)
{
	unsigned i = vga->s.crtc_index;

	switch (port) {
	case VGA_COLOR_STATUS1:
	case VGA_MISC_WRITE:             /* input status 0 */
		return true;
	case VGA_COLOR_CRTC_DATA:
		return i >= READABLE_FIRST && i <= READABLE_LAST;
	}
	return false;
}

/* One of four switches, the first for clock 3; and the feature connector's two lines, which nobody pulls down. */
uint8_t vvga_ega_switch(const struct vvga *vga)
{
	unsigned n = 3 - ((vga->s.misc & VGA_MISC_CLOCK) >> CLOCK_SHIFT);

	return FEATURE_CODE | (SWITCHES >> n & 1 ? VGA_STATUS0_SWITCH : 0);
}

/* Of the CRT controller: no bytes to pan by, no double words, no counts by four. */
static bool has_five_bits(unsigned crtc)
{
	return crtc == VGA_CRTC_OVERFLOW || crtc == VGA_CRTC_PRESET_ROW || crtc == VGA_CRTC_MAX_SCAN ||
	       crtc == VGA_CRTC_UNDERLINE;
}

/* False: there is no such register. Otherwise *value without the bits that are not there. */
bool vvga_ega_takes(const struct vvga *vga, unsigned port, uint8_t *value)
{
	switch (port) {
	case VGA_DAC_MASK:
	case VGA_DAC_READ_INDEX:
	case VGA_DAC_WRITE_INDEX:
	case VGA_DAC_DATA:
	case VGA_ENABLE:
		return false;
	case VGA_SEQ_DATA:
		if (vga->s.seq_index == VGA_SEQ_MEMORY)
			*value &= SEQ_MEMORY_BITS;
		else if (vga->s.seq_index == VGA_SEQ_CLOCKING)
			*value &= SEQ_CLOCKING_BITS;
		break;
	case VGA_GC_DATA:
		if (vga->s.gc_index == VGA_GC_MODE)
			*value &= GC_MODE_BITS;
		break;
	case VGA_COLOR_CRTC_DATA:
		if (has_five_bits(vga->s.crtc_index))
			*value &= FIVE_BITS;
		else if (vga->s.crtc_index == VGA_CRTC_V_SYNC_END)
			*value &= (uint8_t)~VGA_CRTC_PROTECT;
		break;
	case VGA_AC_INDEX:
		if (vga->s.ac_data_next && (vga->s.ac_index & VGA_AC_INDEX_MASK) == VGA_AC_MODE)
			*value &= AC_MODE_BITS;
		else if (vga->s.ac_data_next && (vga->s.ac_index & VGA_AC_INDEX_MASK) == VGA_AC_COLOR_SELECT)
			*value = 0;
		break;
	}
	return true;
}

/* Primary and secondary red, green and blue; or intensity, red, green and blue. */
struct display_rgb vvga_ega_rgb(const struct vvga *vga, uint8_t color)
{
	uint8_t bright = color & 0x10 ? 0x55 : 0;

	if (vga->s.misc & VGA_MISC_CLOCK)
		return (struct display_rgb){
			.red = (color & 4 ? 0xAA : 0) + (color & 0x20 ? 0x55 : 0),
			.green = (color & 2 ? 0xAA : 0) + (color & 0x10 ? 0x55 : 0),
			.blue = (color & 1 ? 0xAA : 0) + (color & 0x08 ? 0x55 : 0),
		};
	if ((color & 0x17) == BROWN)
		return (struct display_rgb){ 0xAA, 0x55, 0x00 };
	return (struct display_rgb){
		.red = (color & 4 ? 0xAA : 0) + bright, .green = (color & 2 ? 0xAA : 0) + bright,
		.blue = (color & 1 ? 0xAA : 0) + bright,
	};
}
