/* Which of a guest's timings may reach the monitor.
 *
 * The dot clock is one of the adapter's own two, a line takes 31.5 kHz within 2 per cent and a frame 55
 * to 75 Hz, both retraces lie between the picture's end and its next beginning and have a length. Monitors
 * for nothing but VGA take 31.5 kHz, and 60 and 70 Hz; what programs derive from these modes stays
 * close to them.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "CRT Controller Registers";
 * the section on the color display's timing. */
#include "picture.h"

enum {
	CLOCK_25_HZ = 25175000, CLOCK_28_HZ = 28322000, H_END = 0x1F,
	LINE_HZ_LEAST = 30870, LINE_HZ_MOST = 32130, FRAME_HZ_LEAST = 55, FRAME_HZ_MOST = 75,
};

static unsigned ten_bits(const struct display_vga *vga, unsigned reg, unsigned bit8, unsigned bit9)
{
	uint8_t overflow = vga->crtc[VGA_CRTC_OVERFLOW];

	return vga->crtc[reg] | (overflow & bit8 ? 0x100u : 0) | (overflow & bit9 ? 0x200u : 0);
}

/* Lines a second; 0: not with these registers. */
static unsigned line_rate(const struct display_vga *vga)
{
	const uint8_t *crtc = vga->crtc;
	unsigned dots = 8u << !!(vga->seq[VGA_SEQ_CLOCKING] & VGA_SEQ_CLOCKING_HALF);
	unsigned total = crtc[VGA_CRTC_H_TOTAL] + 5u, clock = vga->misc & VGA_MISC_CLOCK, rate;
	unsigned start = crtc[VGA_CRTC_H_SYNC_START], end = crtc[VGA_CRTC_H_SYNC_END] & H_END;
	unsigned sync = (end - start) & H_END;

	if (clock != 0 && clock != VGA_MISC_CLOCK_28)
		return 0;
	if (!(vga->seq[VGA_SEQ_CLOCKING] & VGA_SEQ_CLOCKING_DOT8))
		dots = dots / 8 * 9;
	rate = (clock ? CLOCK_28_HZ : CLOCK_25_HZ) / (total * dots);
	/* An end that the count does not come to before it begins anew is that beginning, or none. */
	if (start < total && start + sync > total && end == 0)
		sync = total - start;
	if (rate < LINE_HZ_LEAST || rate > LINE_HZ_MOST || !sync || start <= crtc[VGA_CRTC_H_DISPLAY_END] ||
	    start + sync > total || crtc[VGA_CRTC_H_BLANK_START] < crtc[VGA_CRTC_H_DISPLAY_END])
		return 0;
	return rate;
}

static bool frame_fits(const struct display_vga *vga, unsigned rate)
{
	unsigned total = ten_bits(vga, VGA_CRTC_V_TOTAL, VGA_CRTC_OVERFLOW_VT8, VGA_CRTC_OVERFLOW_VT9) + 2;
	unsigned shown = ten_bits(vga, VGA_CRTC_V_DISPLAY_END, VGA_CRTC_OVERFLOW_VDE8, VGA_CRTC_OVERFLOW_VDE9) + 1;
	unsigned start = ten_bits(vga, VGA_CRTC_V_SYNC_START, VGA_CRTC_OVERFLOW_VSS8, VGA_CRTC_OVERFLOW_VSS9);
	unsigned sync = (vga->crtc[VGA_CRTC_V_SYNC_END] - start) & VGA_CRTC_V_SYNC_END_MASK;

	return total * FRAME_HZ_MOST >= rate && total * FRAME_HZ_LEAST <= rate && sync != 0 &&
	       start >= shown && start + sync <= total && !(vga->crtc[VGA_CRTC_MODE] & VGA_CRTC_MODE_LINES_2);
}

bool picture_fits(const struct display_vga *vga)
{
	unsigned rate = line_rate(vga);

	return rate && frame_fits(vga, rate) && vga->crtc[VGA_CRTC_MODE] & VGA_CRTC_MODE_RUN;
}
