/* A CGA's and an EGA's graphics as a VGA's: for displays that can be programmed like one.
 *
 * Their monitors had timings that a VGA's has not. Here the VGA's own take their place, of 40 or 80 columns
 * and of 350 lines, or 400 with each line of 200 scanned twice; how memory is addressed, start and split
 * stay as they are. Colours are those of the adapter's monitor, in a DAC that it has not.
 *
 * Read: IBM PS/2 and PC BIOS Interface Technical Reference, "Video Parameter Table" (modes 4, 6, 0Dh,
 * 0Eh, 10h). */

#include <base/mem.h>

#include "vvga.h"

enum {
	MISC_400 = 0x63, MISC_350 = 0xA3, LINES_200 = 200, LINES_350 = 350, DAC_SHIFT = 2,
	ROW_SCAN_MODE = 0xA2, ROW_SCAN_BYTE_MODE = 0xC2, ALL = 0xFF,
};

/* CRT controller 0-6. */
static const uint8_t columns_40[] = { 0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF };
static const uint8_t columns_80[] = { 0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF };

static void set_compare(struct display_vga *out, unsigned compare)
{
	out->crtc[VGA_CRTC_LINE_COMPARE] = (uint8_t)compare;
	out->crtc[VGA_CRTC_OVERFLOW] |= compare & 0x100 ? VGA_CRTC_OVERFLOW_LC8 : 0;
	out->crtc[VGA_CRTC_MAX_SCAN] |= compare & 0x200 ? VGA_CRTC_MAX_SCAN_LC9 : 0;
}

/* `lines` of the picture, each twice if they are 200 or fewer; overflow without line compare. */
static void set_timing(struct display_vga *out, bool half, unsigned lines)
{
	bool twice = lines <= LINES_200, few = !twice && lines <= LINES_350;
	unsigned end = (twice ? 2 * lines : lines) - 1;

	out->misc = few ? MISC_350 : MISC_400;
	memcpy(out->crtc, half ? columns_40 : columns_80, sizeof columns_40);
	out->crtc[VGA_CRTC_OVERFLOW] = VGA_CRTC_OVERFLOW_VT8 | VGA_CRTC_OVERFLOW_VSS8 | 0x08 |
				       (end & 0x100 ? VGA_CRTC_OVERFLOW_VDE8 : 0);
	out->crtc[VGA_CRTC_MAX_SCAN] = twice ? VGA_CRTC_MAX_SCAN_DOUBLE : 0;
	out->crtc[VGA_CRTC_V_SYNC_START] = few ? 0x83 : 0x9C;
	out->crtc[VGA_CRTC_V_SYNC_END] = few ? 0x85 : 0x8E;
	out->crtc[VGA_CRTC_V_DISPLAY_END] = (uint8_t)end;
	out->crtc[VGA_CRTC_V_BLANK_START] = few ? 0x63 : 0x96;
	out->crtc[VGA_CRTC_V_BLANK_END] = few ? 0xBA : 0xB9;
	out->seq[VGA_SEQ_CLOCKING] = (uint8_t)(VGA_SEQ_CLOCKING_DOT8 | (half ? VGA_SEQ_CLOCKING_HALF : 0));
}

static void set_colors(const struct vvga *vga, uint8_t dac[VGA_DAC_COLORS][3])
{
	for (unsigned i = 0; i < VGA_DAC_COLORS; i++) {
		struct display_rgb rgb = vvga_dac_rgb(vga, (uint8_t)i);

		dac[i][0] = rgb.red >> DAC_SHIFT;
		dac[i][1] = rgb.green >> DAC_SHIFT;
		dac[i][2] = rgb.blue >> DAC_SHIFT;
	}
}

static bool ega_graphics(const struct vvga *vga, struct display_vga *out)
{
	static const uint8_t kept[] = { VGA_CRTC_PRESET_ROW, VGA_CRTC_START_HIGH, VGA_CRTC_START_LOW, VGA_CRTC_OFFSET,
					VGA_CRTC_UNDERLINE, VGA_CRTC_MODE };
	const uint8_t *crtc = vga->s.crtc;
	unsigned lines = crtc[VGA_CRTC_V_DISPLAY_END] + 1u, compare = crtc[VGA_CRTC_LINE_COMPARE];

	if (!(vga->s.gc[VGA_GC_MISC] & VGA_GC_MISC_GRAPHICS))
		return false;
	lines += crtc[VGA_CRTC_OVERFLOW] & VGA_CRTC_OVERFLOW_VDE8 ? 0x100 : 0;
	compare += crtc[VGA_CRTC_OVERFLOW] & VGA_CRTC_OVERFLOW_LC8 ? 0x100 : 0;
	set_timing(out, vga->s.seq[VGA_SEQ_CLOCKING] & VGA_SEQ_CLOCKING_HALF, lines);
	out->seq[VGA_SEQ_CLOCKING] |= vga->s.seq[VGA_SEQ_CLOCKING] & VGA_SEQ_CLOCKING_SHIFT_LOAD;
	for (unsigned i = 0; i < sizeof kept; i++)
		out->crtc[kept[i]] = crtc[kept[i]];
	out->crtc[VGA_CRTC_MAX_SCAN] |= crtc[VGA_CRTC_MAX_SCAN];
	set_compare(out, lines <= LINES_200 ? 2 * compare + 1 : compare);
	memcpy(out->gc, vga->s.gc, sizeof out->gc);
	memcpy(out->ac, vga->s.ac, sizeof out->ac);
	out->access = vvga_access(vga);
	out->dark = !(vga->s.ac_index & VGA_AC_INDEX_PAS);
	return true;
}

/* Modes 4 and 6. */
static bool cga_graphics(const struct vvga *vga, struct display_vga *out)
{
	struct display_mode mode;
	bool fine;
	unsigned start;

	vvga_old_mode(vga, &mode);
	if (!mode.graphics)
		return false;
	fine = mode.colors == 2;
	set_timing(out, !fine, LINES_200);
	out->crtc[VGA_CRTC_MAX_SCAN] |= 1;
	out->crtc[VGA_CRTC_OFFSET] = fine ? 40 : 20;
	out->crtc[VGA_CRTC_MODE] = fine ? ROW_SCAN_BYTE_MODE : ROW_SCAN_MODE;
	start = (vga->s.crtc[VGA_CRTC_START_HIGH] << 8 | vga->s.crtc[VGA_CRTC_START_LOW]) << fine;
	out->crtc[VGA_CRTC_START_HIGH] = (uint8_t)(start >> 8);
	out->crtc[VGA_CRTC_START_LOW] = (uint8_t)start;
	set_compare(out, 0x3FF);
	out->gc[VGA_GC_MODE] = fine ? 0 : VGA_GC_MODE_SHIFT_CGA;
	out->ac[VGA_AC_MODE] = VGA_AC_MODE_GRAPHICS;
	out->ac[VGA_AC_PLANES] = fine ? 1 : 3;
	for (unsigned i = 0; i < 4; i++)
		out->ac[i] = vvga_old_dot(vga, i);
	out->access = fine ? DISPLAY_VGA_PLANAR : DISPLAY_VGA_ODD_EVEN;
	out->dark = vvga_old_is_dark(vga);
	return true;
}

bool vvga_shown(const struct vvga *vga, struct display_vga *out, uint8_t dac[VGA_DAC_COLORS][3])
{
	memset(out, 0, sizeof *out);
	if (vga->kind == VVGA_MDA || !(vvga_is_ega(vga) ? ega_graphics(vga, out) : cga_graphics(vga, out)))
		return false;
	set_colors(vga, dac);
	out->dac = (const uint8_t (*)[3])dac;
	out->dac_mask = ALL;
	return true;
}
