/* The virtual VGA's raster in machine time.
 *
 * How it works: no beam is moved. The registers give the length of a line and of a frame;
 * where the beam stands follows from the time since a frame began. That beginning is carried
 * along, so that the division is needed only where nobody has looked for a whole frame. The
 * vertical interrupt is the only thing that needs an alarm, and has one while it is enabled.
 *
 * In a mode of the extension the raster is that of VESA's timings for monitors, as an adapter's BIOS sets it,
 * whatever the CRT controller's registers say.
 *
 * DIFFERS: the raster runs even while the sequencer or the CRT controller is held in reset,
 * and the video feedback bits always show the border's colour.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "Input Status
 * Register 1", "Vertical Retrace End Register"; VESA, "Monitor Timing Specifications" (DMT). */

#include "vvga.h"

/* Picoseconds of a dot: 25.175 MHz and 28.322 MHz. */
enum { DOT_25_PS = 39722, DOT_28_PS = 35308 };
/* An EGA's: 14.318 MHz and 16.257 MHz. */
enum { DOT_14_PS = 69841, DOT_16_PS = 61513 };

static uint32_t crtc_ten_bits(const struct vvga *vga, unsigned reg, unsigned bit8, unsigned bit9)
{
	uint8_t overflow = vga->s.crtc[VGA_CRTC_OVERFLOW];

	return vga->s.crtc[reg] | (overflow & bit8 ? 0x100 : 0) | (overflow & bit9 ? 0x200 : 0);
}

static void crtc_timing(const struct vvga *vga, struct vvga_timing *out)
{
	const uint8_t *crtc = vga->s.crtc;
	uint8_t clocking = vga->s.seq[VGA_SEQ_CLOCKING];
	/* At most 260 characters of 18 dots: these products fit in 32 bits. */
	uint32_t dots = (clocking & VGA_SEQ_CLOCKING_DOT8 ? 8 : 9) << !!(clocking & VGA_SEQ_CLOCKING_HALF);
	uint32_t dot_ps = (vga->s.misc & VGA_MISC_CLOCK) == VGA_MISC_CLOCK_28 ? DOT_28_PS : DOT_25_PS;

	if (vvga_is_ega(vga))
		dot_ps = vga->s.misc & VGA_MISC_CLOCK ? DOT_16_PS : DOT_14_PS;
	out->line_ns = (crtc[VGA_CRTC_H_TOTAL] + (vvga_is_ega(vga) ? 2 : 5)) * dots * dot_ps / 1000;
	out->visible_ns = (crtc[VGA_CRTC_H_DISPLAY_END] + 1) * dots * dot_ps / 1000;
	out->lines = crtc_ten_bits(vga, VGA_CRTC_V_TOTAL, VGA_CRTC_OVERFLOW_VT8, VGA_CRTC_OVERFLOW_VT9) + 2;
	out->visible_lines = crtc_ten_bits(vga, VGA_CRTC_V_DISPLAY_END, VGA_CRTC_OVERFLOW_VDE8,
					   VGA_CRTC_OVERFLOW_VDE9) + 1;
	out->sync_start = crtc_ten_bits(vga, VGA_CRTC_V_SYNC_START, VGA_CRTC_OVERFLOW_VSS8,
					VGA_CRTC_OVERFLOW_VSS9);
	/* The end is compared in its low four bits only. */
	out->sync_lines = (crtc[VGA_CRTC_V_SYNC_END] - out->sync_start) & VGA_CRTC_V_SYNC_END_MASK;
	if (!out->sync_lines)
		out->sync_lines = VGA_CRTC_V_SYNC_END_MASK + 1;
	if (crtc[VGA_CRTC_MODE] & VGA_CRTC_MODE_LINES_2) {
		out->lines *= 2;
		out->visible_lines *= 2;
		out->sync_start *= 2;
		out->sync_lines *= 2;
	}
}

/* The least that the picture fits into; what is smaller is scaled up to it. */
static void vbe_timing(const struct vvga *vga, struct vvga_timing *out)
{
	static const struct vvga_timing timings[] = {
		{ .line_ns = 31777, .visible_ns = 25422, .lines = 449, .visible_lines = 400, .sync_start = 412, .sync_lines = 2 },
		{ .line_ns = 31777, .visible_ns = 25422, .lines = 525, .visible_lines = 480, .sync_start = 490, .sync_lines = 2 },
		{ .line_ns = 26400, .visible_ns = 20000, .lines = 628, .visible_lines = 600, .sync_start = 601, .sync_lines = 4 },
		{ .line_ns = 20677, .visible_ns = 15754, .lines = 806, .visible_lines = 768, .sync_start = 771, .sync_lines = 6 },
	};
	unsigned i = 0;

	while (i < sizeof timings / sizeof *timings - 1 && timings[i].visible_lines < vga->s.vbe[DISPI_YRES])
		i++;
	*out = timings[i];
}

void vvga_timing(const struct vvga *vga, struct vvga_timing *out)
{
	if (vvga_is_old(vga))
		vvga_old_timing(vga, out);
	else if (vvga_vbe_on(vga))
		vbe_timing(vga, out);
	else
		crtc_timing(vga, out);
	/* Registers that make no picture (all zero after a reset, for one) still must not make
	 * a program wait for ever, be it for a retrace or for its end: line 0 is always shown,
	 * and some line never is. */
	if (!out->sync_start)
		out->sync_start = 1;
	if (out->sync_start >= out->lines)
		out->sync_start = out->lines - 1;
	if (out->visible_lines > out->sync_start)
		out->visible_lines = out->sync_start;
}

/* Nanoseconds since the present frame began. */
static uint32_t frame_phase(struct vvga *vga, const struct vvga_timing *t)
{
	uint32_t frame_ns = t->line_ns * t->lines;
	uint64_t now = clock_now(&vga->clock), since = now - vga->s.frame_start_ns;

	if (since < frame_ns)
		return since;
	since %= frame_ns;
	vga->s.frame_start_ns = now - since;
	return since;
}

static uint8_t feedback(const struct vvga *vga)
{
	/* The two signals that Color Plane Enable's bits 4 and 5 pick, lower one first. */
	static const uint8_t signal[4][2] = { { 0, 2 }, { 4, 5 }, { 1, 3 }, { 6, 7 } };
	static const uint8_t ega_signal[4][2] = { { 0, 2 }, { 1, 3 }, { 4, 5 }, { 6, 7 } };
	const uint8_t *pair = (vvga_is_ega(vga) ? ega_signal : signal)[vga->s.ac[VGA_AC_PLANES] >> 4 & 3];
	uint8_t color = vga->s.ac[VGA_AC_OVERSCAN];

	return (color >> pair[0] & 1) << 4 | (color >> pair[1] & 1) << 5;
}

uint8_t vvga_input_status_1(struct vvga *vga)
{
	struct vvga_timing t;
	uint32_t phase, line;
	uint8_t status = feedback(vga);

	vvga_timing(vga, &t);
	phase = frame_phase(vga, &t);
	line = phase / t.line_ns;
	if (line - t.sync_start < t.sync_lines)
		status |= VGA_STATUS1_V_SYNC;
	if (line >= t.visible_lines || phase % t.line_ns >= t.visible_ns)
		status |= VGA_STATUS1_NOT_DISPLAY;
	return status;
}

void vvga_interrupt_arm(struct vvga *vga)
{
	uint8_t control = vga->s.crtc[VGA_CRTC_V_SYNC_END];
	struct vvga_timing t;
	uint64_t now = clock_now(&vga->clock);
	uint32_t phase, sync;

	vga->s.interrupt_ns = CLOCK_NEVER;
	if ((control & (VGA_CRTC_V_INT_NOT_CLEAR | VGA_CRTC_V_INT_OFF)) == VGA_CRTC_V_INT_NOT_CLEAR) {
		vvga_timing(vga, &t);
		phase = frame_phase(vga, &t);
		sync = t.sync_start * t.line_ns;
		vga->s.interrupt_ns = now - phase + sync + (phase < sync ? 0 : t.lines * t.line_ns);
	}
	clock_arm(&vga->clock, vga->s.interrupt_ns);
}

void vvga_expire(struct vvga *vga, uint64_t now)
{
	if (now < vga->s.interrupt_ns) {
		clock_arm(&vga->clock, vga->s.interrupt_ns);
		return;
	}
	if (vga->s.interrupt_ns == CLOCK_NEVER)
		return;
	vga->s.interrupt_pending = 1;
	line_set(&vga->irq, true);
	vvga_interrupt_arm(vga);
}
