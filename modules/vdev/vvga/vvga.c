/* The virtual VGA's registers.
 *
 * How it works: each group of registers (sequencer, CRT controller, graphics controller,
 * attribute controller) is an array behind an index; a table beside each says which bits
 * exist. Nothing is decoded when a register is written: memory accesses (memory.c), timing
 * (timing.c) and displays (screen.c, raster.c) look at the registers when they need them. The owner is
 * told when a write may have changed how A0000h-BFFFFh is mapped (layout.c).
 *
 * DIFFERS: palette registers can be written while the screen uses them (address source bit
 * set), where IBM's chip ignores the write; programs written for clones rely on either.
 * DIFFERS: CRTC registers 10h and 11h always read back; there is no light pen.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems (1992), "VGA
 * Function", "Registers"; INMOS IMS G171 data sheet, "Microprocessor Interface" (the DAC). */

#include <base/mem.h>

#include "vvga.h"

enum { FLOATING = 0xFF, DAC_BITS = 0x3F };

/* Like VVGA_CRTC_LATCH found in IBM's chip and its clones. */
enum { CRTC_FLIP_FLOP = 0x24, FLIP_FLOP_DATA = 0x80 };

static const uint8_t seq_bits[8] = { 0x03, 0x3D, 0x0F, 0x3F, 0x0E };
static const uint8_t gc_bits[16] = { 0x0F, 0x0F, 0x0F, 0x1F, 0x03, 0x7B, 0x0F, 0x0F, 0xFF };
static const uint8_t crtc_bits[32] = {
	0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0x3F, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF,
	0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xEF, 0xFF,
};
static const uint8_t ac_bits[32] = {
	0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F, 0x3F,
	0xEF, 0xFF, 0x3F, 0x0F, 0x0F,
};

static void mapping_changed(struct vvga *vga)
{
	if (vga->remap)
		vga->remap(vga->of);
}

/* The same for the registers that say in which order video memory lies, too. */
static void memory_changed(struct vvga *vga)
{
	vvga_lay_out(vga);
	mapping_changed(vga);
}

void vvga_reset(struct vvga *vga)
{
	uint32_t low = vga->s.pages_low, high = vga->s.pages_high;
	uint8_t layout = vga->s.layout;

	memset(&vga->s, 0, sizeof(vga->s));
	vga->s.layout = layout;
	vga->s.version = VVGA_VERSION;
	vga->s.pages_low = low;
	vga->s.pages_high = high;
	vga->s.frame_start_ns = clock_now(&vga->clock);
	vga->s.enable = 1;
	vvga_vbe_reset(vga);
	vga->s.dac_mask = 0xFF;
	line_set(&vga->irq, false);
	vvga_interrupt_arm(vga);
	if (vvga_is_old(vga))
		vvga_old_reset(vga);
	memory_changed(vga);
}

/* --- CRT controller --- */

static uint8_t crtc_read(const struct vvga *vga)
{
	unsigned i = vga->s.crtc_index;

	if (i < VGA_CRTC_REGS)
		return vga->s.crtc[i];
	if (i == VVGA_CRTC_LATCH)
		return vga->s.latch[vga->s.gc[VGA_GC_READ_MAP] & 3];
	if (i == CRTC_FLIP_FLOP)
		return vga->s.ac_data_next ? FLIP_FLOP_DATA : 0;
	return 0;
}

static void crtc_write(struct vvga *vga, uint8_t value)
{
	unsigned i = vga->s.crtc_index;

	if (i >= VGA_CRTC_REGS)
		return;
	if (i <= VGA_CRTC_OVERFLOW && vga->s.crtc[VGA_CRTC_V_SYNC_END] & VGA_CRTC_PROTECT) {
		/* "Protect Registers 0-7" spares one bit: line compare's. */
		if (i != VGA_CRTC_OVERFLOW)
			return;
		value = (vga->s.crtc[i] & ~VGA_CRTC_OVERFLOW_LC8) | (value & VGA_CRTC_OVERFLOW_LC8);
	}
	vga->s.crtc[i] = value & crtc_bits[i];
	if (i == VGA_CRTC_V_SYNC_END) {
		if (!(value & VGA_CRTC_V_INT_NOT_CLEAR)) {
			vga->s.interrupt_pending = 0;
			line_set(&vga->irq, false);
		}
		vvga_interrupt_arm(vga);
	}
}

/* --- attribute controller --- */

static void ac_write(struct vvga *vga, uint8_t value)
{
	unsigned i = vga->s.ac_index & VGA_AC_INDEX_MASK;

	if (!vga->s.ac_data_next)
		vga->s.ac_index = value & (VGA_AC_INDEX_MASK | VGA_AC_INDEX_PAS);
	else
		vga->s.ac[i] = value & ac_bits[i];
	vga->s.ac_data_next ^= 1;
}

uint8_t vvga_ac_index(const struct vvga *vga, unsigned color)
{
	const uint8_t *ac = vga->s.ac;
	uint8_t select = ac[VGA_AC_COLOR_SELECT];
	uint8_t index = ac[color & ac[VGA_AC_PLANES] & (VGA_AC_PALETTE - 1)];

	if (ac[VGA_AC_MODE] & VGA_AC_MODE_P54)
		index = (index & 0x0F) | (select & 0x03) << 4;
	return index | (select & 0x0C) << 4;
}

/* --- DAC: one address register and one colour value register serve both directions --- */

static void dac_fetch(struct vvga *vga)
{
	memcpy(vga->s.dac_value, vga->s.dac[vga->s.dac_address], sizeof(vga->s.dac_value));
	vga->s.dac_address++;
	vga->s.dac_component = 0;
}

static void dac_address(struct vvga *vga, uint8_t value, bool reading)
{
	vga->s.dac_address = value;
	vga->s.dac_component = 0;
	vga->s.dac_reading = reading;
	if (reading)
		dac_fetch(vga);
}

static uint8_t dac_read(struct vvga *vga)
{
	uint8_t value = vga->s.dac_value[vga->s.dac_component];

	if (++vga->s.dac_component == 3)
		dac_fetch(vga);
	return value;
}

static void dac_write(struct vvga *vga, uint8_t value)
{
	vga->s.dac_value[vga->s.dac_component] = value & DAC_BITS;
	if (++vga->s.dac_component < 3)
		return;
	memcpy(vga->s.dac[vga->s.dac_address], vga->s.dac_value, sizeof(vga->s.dac_value));
	vga->s.dac_address++;
	vga->s.dac_component = 0;
}

struct display_rgb vvga_dac_rgb(const struct vvga *vga, uint8_t index)
{
	const uint8_t *c = vga->s.dac[index & vga->s.dac_mask];

	if (vvga_is_old(vga))
		return vvga_old_rgb(vga, index);
	if (vvga_is_ega(vga))
		return vvga_ega_rgb(vga, index);
	return (struct display_rgb){
		.red = c[0] << 2 | c[0] >> 4, .green = c[1] << 2 | c[1] >> 4,
		.blue = c[2] << 2 | c[2] >> 4,
	};
}

/* --- ports --- */

/* The CRT controller and input status 1 stand at 3Dx or at 3Bx: the other ones are not
 * there. Moves the present ones to 3Dx. */
static unsigned decode(const struct vvga *vga, unsigned reg)
{
	bool color = vga->s.misc & VGA_MISC_COLOR;

	if (!(vga->s.enable & 1))
		return reg == VGA_ENABLE ? reg : VGA_PORTS;
	switch (reg) {
	case VGA_MONO_CRTC_INDEX:
	case VGA_MONO_CRTC_DATA:
	case VGA_MONO_STATUS1:
		return color ? VGA_PORTS : reg + (VGA_COLOR_CRTC_INDEX - VGA_MONO_CRTC_INDEX);
	case VGA_COLOR_CRTC_INDEX:
	case VGA_COLOR_CRTC_DATA:
	case VGA_COLOR_STATUS1:
		return color ? reg : VGA_PORTS;
	}
	return reg;
}

uint8_t vvga_in(struct vvga *vga, unsigned reg)
{
	if (vvga_is_old(vga))
		return vvga_old_in(vga, reg);
	reg = decode(vga, reg);
	if (vvga_is_ega(vga) && !vvga_ega_answers(vga, reg))
		return FLOATING;
	switch (reg) {
	case VGA_COLOR_STATUS1:
		vga->s.ac_data_next = 0;
		return vvga_input_status_1(vga);
	case VGA_COLOR_CRTC_INDEX: return vga->s.crtc_index;
	case VGA_COLOR_CRTC_DATA: return crtc_read(vga);
	case VGA_AC_INDEX: return vga->s.ac_index;
	case VGA_AC_READ: return vga->s.ac[vga->s.ac_index & VGA_AC_INDEX_MASK];
	case VGA_MISC_WRITE: /* input status 0 */
		return (vvga_is_ega(vga) ? vvga_ega_switch(vga) : VGA_STATUS0_SWITCH) | (vga->s.interrupt_pending ? VGA_STATUS0_INTERRUPT : 0);
	case VGA_ENABLE: return vga->s.enable;
	case VGA_SEQ_INDEX: return vga->s.seq_index;
	case VGA_SEQ_DATA: return vga->s.seq[vga->s.seq_index];
	case VGA_DAC_MASK: return vga->s.dac_mask;
	case VGA_DAC_READ_INDEX: return vga->s.dac_reading ? VGA_DAC_STATE_READ : 0;
	case VGA_DAC_WRITE_INDEX: return vga->s.dac_address;
	case VGA_DAC_DATA: return dac_read(vga);
	case VGA_FEATURE_READ: return vga->s.feature;
	case VGA_MISC_READ: return vga->s.misc;
	case VGA_GC_INDEX: return vga->s.gc_index;
	case VGA_GC_DATA: return vga->s.gc[vga->s.gc_index];
	}
	return FLOATING;
}

void vvga_out(struct vvga *vga, unsigned reg, uint8_t value)
{
	if (vvga_is_old(vga)) {
		vvga_old_out(vga, reg, value);
		return;
	}
	reg = decode(vga, reg);
	if (vvga_is_ega(vga) && !vvga_ega_takes(vga, reg, &value))
		return;
	switch (reg) {
	case VGA_COLOR_CRTC_INDEX: vga->s.crtc_index = value & 0x3F; break;
	case VGA_COLOR_CRTC_DATA: crtc_write(vga, value); break;
	case VGA_COLOR_STATUS1: vga->s.feature = value & 0x08; break;
	case VGA_AC_INDEX: ac_write(vga, value); break;
	case VGA_MISC_WRITE:
		vga->s.misc = value & 0xEF;
		mapping_changed(vga);
		break;
	case VGA_ENABLE:
		vga->s.enable = value & 1;
		mapping_changed(vga);
		break;
	case VGA_SEQ_INDEX: vga->s.seq_index = value & 0x07; break;
	case VGA_SEQ_DATA:
		vga->s.seq[vga->s.seq_index] = value & seq_bits[vga->s.seq_index];
		if (vga->s.seq_index == VGA_SEQ_MEMORY)
			memory_changed(vga);
		else if (vga->s.seq_index == VGA_SEQ_MAP_MASK)
			mapping_changed(vga);
		break;
	case VGA_DAC_MASK: vga->s.dac_mask = value; break;
	case VGA_DAC_READ_INDEX: dac_address(vga, value, true); break;
	case VGA_DAC_WRITE_INDEX: dac_address(vga, value, false); break;
	case VGA_DAC_DATA: dac_write(vga, value); break;
	case VGA_GC_INDEX: vga->s.gc_index = value & 0x0F; break;
	case VGA_GC_DATA:
		vga->s.gc[vga->s.gc_index] = value & gc_bits[vga->s.gc_index];
		if (vga->s.gc_index == VGA_GC_MISC)
			memory_changed(vga);
		else
			mapping_changed(vga);
		break;
	}
}

/* --- saved state --- */

static bool state_is_sane(const struct vvga_state *s)
{
	return s->dac_component < 3 && s->dac_reading <= 1 && s->ac_data_next <= 1 &&
	       s->interrupt_pending <= 1 && s->layout < VVGA_LAYOUTS && s->seq_index <= 0x07 && s->gc_index <= 0x0F &&
	       s->crtc_index <= 0x3F && s->ac_index <= (VGA_AC_INDEX_MASK | VGA_AC_INDEX_PAS) && vvga_vbe_is_sane(s);
}

int vvga_load(struct vvga *vga, const struct vvga_state *state)
{
	uint32_t low = vga->s.pages_low, high = vga->s.pages_high;

	if (state->version != VVGA_VERSION)
		return E_VERSION;
	if (!state_is_sane(state) || (!vga->vbe_page && state->vbe[DISPI_ENABLE] & DISPI_ENABLE_ON))
		return E_DAMAGED;
	vga->s = *state;
	/* Which pages are there is a fact of this instance, not of the saved one. */
	vga->s.pages_low = low;
	vga->s.pages_high = high;
	for (unsigned i = 0; i < VGA_DAC_COLORS; i++)
		for (unsigned c = 0; c < 3; c++)
			vga->s.dac[i][c] &= DAC_BITS;
	line_set(&vga->irq, vga->s.interrupt_pending);
	clock_arm(&vga->clock, vga->s.interrupt_ns);
	mapping_changed(vga);
	return E_OK;
}

static void describe_group(struct fmt_sink *out, const char *name, const uint8_t *regs, unsigned n)
{
	fmt_sink(out, "%-10s", name);
	for (unsigned i = 0; i < n; i++)
		fmt_sink(out, " %02x", regs[i]);
	fmt_sink(out, "\n");
}

/* How the guest's reads and writes reach the planes, and what of them is shown. */
static void describe_access(const struct vvga *vga, struct fmt_sink *out)
{
	static const char functions[4][8] = { "replace", "and", "or", "xor" };
	const uint8_t *gc = vga->s.gc, *seq = vga->s.seq, *crtc = vga->s.crtc;

	fmt_sink(out, "writes     mode %u, planes %x, bits %02x, rotate %u, %s; set/reset %x in %x\n",
		 gc[VGA_GC_MODE] & VGA_GC_MODE_WRITE, seq[VGA_SEQ_MAP_MASK], gc[VGA_GC_BIT_MASK],
		 gc[VGA_GC_ROTATE] & VGA_GC_ROTATE_COUNT, functions[(gc[VGA_GC_ROTATE] & VGA_GC_ROTATE_FUNCTION) >> 3],
		 gc[VGA_GC_SET_RESET], gc[VGA_GC_ENABLE_SET_RESET]);
	fmt_sink(out, gc[VGA_GC_MODE] & VGA_GC_MODE_READ1 ? "reads      mode 1, compare %x, care %x; "
		 : "reads      mode 0, plane %x; ", gc[VGA_GC_MODE] & VGA_GC_MODE_READ1 ? gc[VGA_GC_COMPARE]
		 : gc[VGA_GC_READ_MAP], gc[VGA_GC_DONT_CARE]);
	fmt_sink(out, "chain 4 %s, odd/even %s\n", seq[VGA_SEQ_MEMORY] & VGA_SEQ_MEMORY_CHAIN4 ? "on" : "off",
		 seq[VGA_SEQ_MEMORY] & VGA_SEQ_MEMORY_NOT_ODD_EVEN ? "off" : "on");
	fmt_sink(out, "shown      from %04x, cursor %s at %04x, line compare %03x%s\n",
		 crtc[VGA_CRTC_START_HIGH] << 8 | crtc[VGA_CRTC_START_LOW],
		 crtc[VGA_CRTC_CURSOR_START] & VGA_CRTC_CURSOR_OFF ? "off" : "on",
		 crtc[VGA_CRTC_CURSOR_HIGH] << 8 | crtc[VGA_CRTC_CURSOR_LOW],
		 crtc[VGA_CRTC_LINE_COMPARE] | (crtc[VGA_CRTC_OVERFLOW] & VGA_CRTC_OVERFLOW_LC8) << 4 |
		 (crtc[VGA_CRTC_MAX_SCAN] & VGA_CRTC_MAX_SCAN_LC9) << 3,
		 seq[VGA_SEQ_CLOCKING] & VGA_SEQ_CLOCKING_OFF ? "; screen off" : "");
}

void vvga_describe(const struct vvga *vga, struct fmt_sink *out)
{
	struct display_mode mode;
	struct vvga_window window;

	if (vvga_is_old(vga)) {
		vvga_old_describe(vga, out);
		return;
	}
	vvga_mode_summary(vga, &mode);
	vvga_window(vga, &window);
	fmt_sink(out, "%s %ux%u, %u colours; CRT controller at %s\n",
		 mode.graphics ? "graphics" : "text", mode.width, mode.height, mode.colors,
		 vga->s.misc & VGA_MISC_COLOR ? "3d4" : "3b4");
	fmt_sink(out, "memory     answers at %x, %uK", (unsigned)(VVGA_WINDOW_BASE + window.claimed),
		 (unsigned)(window.claimed_size / 1024));
	fmt_sink(out, window.linear_size ? "; mapped %x, %uK\n" : "; trapped\n",
		 (unsigned)(VVGA_WINDOW_BASE + window.linear), (unsigned)(window.linear_size / 1024));
	vvga_vbe_describe(vga, out);
	fmt_sink(out, "misc %02x  feature %02x  attribute index %02x, next write is %s\n", vga->s.misc,
		 vga->s.feature, vga->s.ac_index, vga->s.ac_data_next ? "data" : "index");
	describe_access(vga, out);
	describe_group(out, "sequencer", vga->s.seq, VGA_SEQ_REGS);
	describe_group(out, "crtc", vga->s.crtc, VGA_CRTC_REGS);
	describe_group(out, "graphics", vga->s.gc, VGA_GC_REGS);
	describe_group(out, "attribute", vga->s.ac, VGA_AC_REGS);
	describe_group(out, "latches", vga->s.latch, sizeof(vga->s.latch));
	fmt_sink(out, "dac        mask %02x  address %02x  %s\n", vga->s.dac_mask, vga->s.dac_address,
		 vga->s.dac_reading ? "reading" : "writing");
}
