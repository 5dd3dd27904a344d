/* The virtual VGA against a slow and obvious model of the same chip: random programs of register
 * and memory accesses, in all kinds of modes, of which every answer is compared, and now and then a
 * line of the picture.
 *
 * The model has four arrays for the planes and does one bit at a time; its CRT controller counts line
 * after line from the top. Sources: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems
 * (1992), "Sequencer Registers", "CRT Controller Registers", "Graphics Controller Registers",
 * "Attribute Controller Registers", "Video Memory Organization", "Video Digital-to-Analog
 * Converter". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vvga.h"

enum { OPERATIONS = 1000000, PROGRAM = 4000, LINE_EVERY = 600, PLANE = 0x10000, RUN_MAX = 300 };

struct model {
	uint8_t plane[4][PLANE], latch[4];
	uint8_t misc, feature, seq_index, gc_index, crtc_index, ac_index;
	uint8_t seq[5], gc[9], crtc[25], ac[21];
	bool ac_data;
	uint8_t dac[256][3], dac_value[3], dac_mask, dac_address;
	unsigned dac_component;
	bool dac_reading;
};

static unsigned bit(unsigned value, unsigned n)
{
	return value >> n & 1;
}

/* --- the model's memory --------------------------------------------------------------------------- */

/* False: the adapter does not answer there. Else planes that are written, and where; the plane that is read. */
static bool model_decode(const struct model *m, uint32_t offset, bool write, unsigned *planes, uint32_t *at)
{
	uint32_t address = 0xA0000 + offset, start = 0xA0000, end = 0xC0000;
	bool odd_even = write ? !bit(m->seq[4], 2) : bit(m->gc[5], 4);

	switch (m->gc[6] >> 2 & 3) {
	case 1: end = 0xB0000; break;
	case 2: start = 0xB0000; end = 0xB8000; break;
	case 3: start = 0xB8000; break;
	}
	if (address < start || address >= end || !bit(m->misc, 1))
		return false;
	offset = address - start;
	*at = offset % PLANE;
	*planes = write ? m->seq[2] : 1u << m->gc[4];
	if (bit(m->seq[4], 3)) {
		*planes = (write ? m->seq[2] : 0x0F) & (1u << offset % 4);
		*at = offset % PLANE / 4 * 4 + 2 * bit(offset, 15) + bit(offset, 14);
		return true;
	}
	if (odd_even && write)
		*planes = m->seq[2] & (offset % 2 ? 0x0A : 0x05);
	else if (odd_even)
		*planes = 1u << ((m->gc[4] & 2) + offset % 2);
	if (bit(m->gc[6], 1))
		*at = *at / 2 * 2 + ((m->gc[6] >> 2 & 3) == 0 ? offset / PLANE : !bit(m->misc, 5));
	return true;
}

static uint8_t model_read(struct model *m, uint32_t offset, bool loads_latches)
{
	unsigned plane = 0, planes;
	uint8_t value = 0;
	uint32_t at;

	if (!model_decode(m, offset, false, &planes, &at))
		return 0xFF;
	while (!bit(planes, plane))
		plane++;
	if (!loads_latches)
		return m->plane[plane][at];
	for (unsigned p = 0; p < 4; p++)
		m->latch[p] = m->plane[p][at];
	if (!bit(m->gc[5], 3))
		return m->latch[plane];
	for (unsigned i = 0; i < 8; i++) {
		bool equal = true;

		for (unsigned p = 0; p < 4; p++)
			if (bit(m->gc[7], p) && bit(m->latch[p], i) != bit(m->gc[2], p))
				equal = false;
		value |= equal << i;
	}
	return value;
}

/* One bit of one plane. */
static unsigned model_bit(const struct model *m, unsigned plane, unsigned i, uint8_t value)
{
	unsigned latch = bit(m->latch[plane], i), rotated = bit(value, (i + (m->gc[3] & 7)) % 8);
	unsigned set = bit(m->gc[0], plane), mask = bit(m->gc[8], i), data;

	switch (m->gc[5] & 3) {
	case 0: data = bit(m->gc[1], plane) ? set : rotated; break;
	case 1: return latch;
	case 2: data = bit(value, plane); break;
	default: data = set; mask &= rotated; break;
	}
	switch (m->gc[3] >> 3 & 3) {
	case 1: data &= latch; break;
	case 2: data |= latch; break;
	case 3: data ^= latch; break;
	}
	return mask ? data : latch;
}

static void model_write(struct model *m, uint32_t offset, uint8_t value)
{
	unsigned planes;
	uint32_t at;

	if (!model_decode(m, offset, true, &planes, &at))
		return;
	for (unsigned plane = 0; plane < 4; plane++) {
		uint8_t byte = 0;

		for (unsigned i = 0; i < 8; i++)
			byte |= model_bit(m, plane, i, value) << i;
		if (bit(planes, plane))
			m->plane[plane][at] = byte;
	}
}

/* --- the model's picture ---------------------------------------------------------------------------- */

static unsigned model_font(const struct model *m, uint8_t attribute)
{
	static const unsigned kb[8] = { 0, 16, 32, 48, 8, 24, 40, 56 };
	unsigned select = m->seq[3];

	if (bit(attribute, 3))
		return kb[(select >> 2 & 3) + 4 * bit(select, 5)] * 1024;
	return kb[(select & 3) + 4 * bit(select, 4)] * 1024;
}

static unsigned model_address(const struct model *m, unsigned count, unsigned scan)
{
	unsigned address = count;

	if (bit(m->crtc[0x14], 6))
		address = count * 4 + 2 * bit(count, 13) + bit(count, 12);
	else if (!bit(m->crtc[0x17], 6))
		address = count * 2 + bit(count, bit(m->crtc[0x17], 5) ? 15 : 13);
	if (!bit(m->crtc[0x17], 0))
		address = (address & ~(1u << 13)) | bit(scan, 0) << 13;
	if (!bit(m->crtc[0x17], 1))
		address = (address & ~(1u << 14)) | bit(scan, 1) << 14;
	return address % PLANE;
}

/* The number of the palette register of a dot: character clock and dot in it. */
static unsigned model_dot(const struct model *m, unsigned count, unsigned scan, unsigned dot, unsigned cell)
{
	unsigned at = model_address(m, count, scan), b[4], color;

	for (unsigned p = 0; p < 4; p++)
		b[p] = m->plane[p][at];
	if (bit(m->gc[6], 0)) {
		if (bit(m->gc[5], 6))
			return dot % 2 ? b[dot / 2] & 15 : b[dot / 2] >> 4;
		if (bit(m->gc[5], 5)) {
			color = dot / 4;
			dot = 3 - dot % 4;
			return (b[color] >> 2 * dot & 3) + 4 * (b[color + 2] >> 2 * dot & 3);
		}
		for (color = 0; color < 16; color++)
			if (bit(b[0], 7 - dot) == bit(color, 0) && bit(b[1], 7 - dot) == bit(color, 1) &&
			    bit(b[2], 7 - dot) == bit(color, 2) && bit(b[3], 7 - dot) == bit(color, 3))
				return color;
	}
	color = m->plane[2][(model_font(m, b[1]) + b[0] * 32 + scan) % PLANE];
	color = dot < 8 ? bit(color, 7 - dot) : bit(m->ac[0x10], 2) && b[0] >= 0xC0 && b[0] <= 0xDF && bit(color, 0);
	if ((b[1] & 0x77) == 1 && scan == (m->crtc[0x14] & 31u))
		color = 1;
	at = m->crtc[0x0E] * 256 + m->crtc[0x0F] + (m->crtc[0x0B] >> 5 & 3);
	if (count % PLANE == at % PLANE && !bit(m->crtc[0x0A], 5) && scan >= (m->crtc[0x0A] & 31u) &&
	    scan <= (m->crtc[0x0B] & 31u))
		color = 1;
	(void)cell;
	return color ? b[1] & 15 : b[1] >> 4 & (bit(m->ac[0x10], 3) ? 7 : 15);
}

static unsigned model_color(const struct model *m, unsigned number)
{
	unsigned color;

	number &= m->ac[0x12];
	/* Blinking graphics, in the half in which the blinking bit is 0. */
	if (bit(m->gc[6], 0) && bit(m->ac[0x10], 3) && !bit(m->ac[0x10], 6)) {
		if (bit(number, 3))
			number -= 8;
		else if (bit(m->ac[0x12], 3))
			number += 8;
	}
	color = m->ac[number];
	if (bit(m->ac[0x10], 7))
		color = (color & 15) | (m->ac[0x14] & 3) << 4;
	return color | (m->ac[0x14] >> 2 & 3) << 6;
}

/* Where the CRT controller has counted to when line y begins. */
static void model_line(const struct model *m, unsigned y, unsigned *count, unsigned *scan, unsigned *pan)
{
	unsigned compare = m->crtc[0x18] + 256 * bit(m->crtc[7], 4) + 512 * bit(m->crtc[9], 6);
	unsigned byte_pan = m->crtc[8] >> 5 & 3, panning = m->ac[0x13], again = 0;

	*count = m->crtc[0x0C] * 256 + m->crtc[0x0D] + byte_pan;
	*scan = m->crtc[8] & 31;
	for (unsigned line = 0; line < y; line++) {
		if ((bit(m->crtc[0x17], 2) ? line / 2 == compare && line % 2 : line == compare)) {
			*count = bit(m->ac[0x10], 5) ? 0 : byte_pan;
			*scan = again = 0;
			if (bit(m->ac[0x10], 5))
				panning = bit(m->seq[1], 0) || bit(m->gc[6], 0) ? 0 : 8;
			continue;
		}
		again = !again;
		if (bit(m->crtc[9], 7) && again)
			continue;
		if (*scan == (m->crtc[9] & 31u)) {
			*scan = 0;
			*count += m->crtc[0x13] * 2;
		} else {
			*scan = (*scan + 1) % 32;
		}
	}
	*pan = panning > 7 ? 0 : panning;
	if (!bit(m->seq[1], 0) && !bit(m->gc[6], 0))
		*pan = panning > 7 ? 0 : panning + 1;
	else if (bit(m->gc[6], 0) && bit(m->ac[0x10], 6))
		*pan = *pan / 2 * 2;
}

static void model_raster(const struct model *m, unsigned *width, unsigned *height)
{
	unsigned cell = bit(m->seq[1], 0) || bit(m->gc[6], 0) ? 8 : 9;

	*width = (m->crtc[1] + 1) * cell * (bit(m->seq[1], 3) ? 2 : 1);
	*height = (m->crtc[0x12] + 256 * bit(m->crtc[7], 1) + 512 * bit(m->crtc[7], 6) + 1) *
		  (bit(m->crtc[0x17], 2) ? 2 : 1);
}

/* The same of the character clock that is so far from the line's beginning. In graphics its serializers may have been
 * loaded some clocks ago. */
static unsigned model_serial(const struct model *m, unsigned clock, unsigned count, unsigned scan, unsigned dot, unsigned cell)
{
	unsigned slow = bit(m->crtc[0x14], 5) ? 4 : bit(m->crtc[0x17], 3) ? 2 : 1, late = 0, color;

	if (bit(m->gc[6], 0) && bit(m->seq[1], 4))
		late = clock % 4;
	else if (bit(m->gc[6], 0) && bit(m->seq[1], 2))
		late = clock % 2;
	color = model_dot(m, count + (clock - late) / slow, scan, dot, cell);
	for (; late; late--)
		color = bit(color, 1) + 2 * bit(color, 2) + 4 * bit(color, 3) + 8 * bit(color, 0);
	return color;
}

static unsigned model_pixel(const struct model *m, unsigned x, unsigned count, unsigned scan, unsigned pan)
{
	unsigned cell = bit(m->seq[1], 0) || bit(m->gc[6], 0) ? 8 : 9, dot, color;

	if (bit(m->seq[1], 5) || !bit(m->ac_index, 5))
		return m->ac[0x11];
	dot = (bit(m->seq[1], 3) ? x / 2 : x) + pan;
	if (!bit(m->gc[6], 0) || !bit(m->ac[0x10], 6))
		return model_color(m, model_serial(m, dot / cell, count, scan, dot % cell, cell));
	dot = dot / 2 * 2;
	color = model_color(m, model_serial(m, dot / cell, count, scan, dot % cell, cell)) % 16 * 16;
	dot++;
	return color + model_color(m, model_serial(m, dot / cell, count, scan, dot % cell, cell)) % 16;
}

/* --- the model's ports ---------------------------------------------------------------------------- */

static unsigned model_out_3d5(struct model *m, uint8_t value)
{
	static const uint8_t exist[25] = {
		255, 255, 255, 255, 255, 255, 255, 255, 127, 255, 63, 127, 255, 255, 255, 255, 255, 255, 255,
		255, 127, 255, 255, 0xEF, 255,
	};
	unsigned i = m->crtc_index;

	if (i > 0x18)
		return 0;
	if (i == 7 && bit(m->crtc[0x11], 7))
		return m->crtc[7] = (m->crtc[7] & 0xEF) | (value & 0x10);
	if (i < 7 && bit(m->crtc[0x11], 7))
		return 0;
	return m->crtc[i] = value & exist[i];
}

static void model_out(struct model *m, unsigned port, uint8_t value)
{
	static const uint8_t seq_exist[5] = { 3, 0x3D, 15, 63, 14 };
	static const uint8_t gc_exist[9] = { 15, 15, 15, 31, 3, 0x7B, 15, 15, 255 };

	switch (port) {
	case 0x3C2: m->misc = value & 0xEF; break;
	case 0x3C4: m->seq_index = value & 7; break;
	case 0x3C5:
		if (m->seq_index < 5)
			m->seq[m->seq_index] = value & seq_exist[m->seq_index];
		break;
	case 0x3CE: m->gc_index = value & 15; break;
	case 0x3CF:
		if (m->gc_index < 9)
			m->gc[m->gc_index] = value & gc_exist[m->gc_index];
		break;
	case 0x3D4: m->crtc_index = value & 63; break;
	case 0x3D5: model_out_3d5(m, value); break;
	case 0x3C0:
		if (!m->ac_data)
			m->ac_index = value & 63;
		else if (m->ac_index % 32 < 16)
			m->ac[m->ac_index % 32] = value & 63;
		else if (m->ac_index % 32 < 21)
			m->ac[m->ac_index % 32] = value & (uint8_t[]){ 0xEF, 0xFF, 63, 15, 15 }[m->ac_index % 32 - 16];
		m->ac_data = !m->ac_data;
		break;
	case 0x3C6: m->dac_mask = value; break;
	case 0x3C7:
	case 0x3C8:
		m->dac_reading = port == 0x3C7;
		m->dac_address = value;
		m->dac_component = 0;
		if (m->dac_reading)
			memcpy(m->dac_value, m->dac[m->dac_address++], 3);
		break;
	case 0x3C9:
		m->dac_value[m->dac_component++] = value & 63;
		if (m->dac_component == 3) {
			memcpy(m->dac[m->dac_address++], m->dac_value, 3);
			m->dac_component = 0;
		}
		break;
	}
}

static uint8_t model_in(struct model *m, unsigned port)
{
	uint8_t value;

	switch (port) {
	case 0x3C0: return m->ac_index;
	case 0x3C1: return m->ac_index % 32 < 21 ? m->ac[m->ac_index % 32] : 0;
	case 0x3CC: return m->misc;
	case 0x3C4: return m->seq_index;
	case 0x3C5: return m->seq_index < 5 ? m->seq[m->seq_index] : 0;
	case 0x3CE: return m->gc_index;
	case 0x3CF: return m->gc_index < 9 ? m->gc[m->gc_index] : 0;
	case 0x3D4: return m->crtc_index;
	case 0x3D5:
		if (m->crtc_index == 0x22)
			return m->latch[m->gc[4]];
		if (m->crtc_index == 0x24)
			return m->ac_data ? 0x80 : 0;
		return m->crtc_index < 25 ? m->crtc[m->crtc_index] : 0;
	case 0x3C6: return m->dac_mask;
	case 0x3C7: return m->dac_reading ? 3 : 0;
	case 0x3C8: return m->dac_address;
	case 0x3C9:
		value = m->dac_value[m->dac_component++];
		if (m->dac_component == 3) {
			memcpy(m->dac_value, m->dac[m->dac_address++], 3);
			m->dac_component = 0;
		}
		return value;
	}
	fail();
	return 0;
}

/* --- both -------------------------------------------------------------------------------------------- */

static struct vvga chip;
static struct model model;
static uint32_t seed = 86;

static unsigned dice(unsigned sides)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % sides;
}

static uint64_t no_time(void *of) { (void)of; return 0; }
static void no_alarm(void *of, uint64_t deadline) { (void)of; (void)deadline; }
static bool any_page(void *of, unsigned n) { (void)of; (void)n; return true; }

static void out(unsigned port, uint8_t value)
{
	vvga_out(&chip, port - VGA_BASE, value);
	model_out(&model, port, value);
}

static void indexed(unsigned port, uint8_t index, uint8_t value)
{
	out(port, index);
	out(port + 1, value);
}

static void attribute(uint8_t index, uint8_t value)
{
	(void)vvga_in(&chip, 0x3DA - VGA_BASE);
	model.ac_data = false;
	out(0x3C0, index);
	out(0x3C0, value);
}

static uint8_t *mapped(uint32_t offset)
{
	struct vvga_window window;

	vvga_window(&chip, &window);
	if (offset - window.linear >= window.linear_size || dice(2))
		return NULL;
	offset += window.memory_offset - window.linear;
	assert_int_equal(vvga_touch(&chip, offset, 1), E_OK);
	return chip.memory + offset;
}

/* A place in the window; often in the part that answers, and often at its ends. */
static uint32_t place(void)
{
	struct vvga_window window;
	uint32_t offset;

	vvga_window(&chip, &window);
	if (!window.claimed_size || dice(16) == 0)
		return dice(VVGA_WINDOW_SIZE);
	switch (dice(6)) {
	case 0: offset = dice(40); break;
	case 1: offset = window.claimed_size - 1 - dice(40); break;
	case 2: offset = 0x3FF0 + dice(32); break;
	default: offset = dice(window.claimed_size); break;
	}
	return window.claimed + offset % window.claimed_size;
}

static void one_write(void)
{
	uint32_t at = place();
	uint8_t value = (uint8_t)dice(256), *memory = mapped(at);

	if (memory)
		*memory = value;
	else
		vvga_write(&chip, at, value);
	model_write(&model, at, value);
}

static void one_read(void)
{
	uint32_t at = place();
	uint8_t *memory = mapped(at);

	if (memory)
		assert_int_equal(*memory, model_read(&model, at, false));
	else
		assert_int_equal(vvga_read(&chip, at), model_read(&model, at, true));
}

static void run(void)
{
	static uint8_t bytes[4 * RUN_MAX];
	uint32_t to = place(), from = place(), count = 1 + dice(dice(8) ? 20 : RUN_MAX), value = dice(1 << 24) * 257u;
	unsigned size = 1u << dice(3);

	switch (dice(4)) {
	case 0:
		if (dice(2))
			value = (value & 0xFF) * 0x01010101;
		vvga_fill(&chip, to, value, size, count);
		for (uint32_t i = 0; i < count * size; i++)
			model_write(&model, to + i, (uint8_t)(value >> 8 * (i % size)));
		break;
	case 1:
		vvga_copy(&chip, to, from, size, count);
		for (uint32_t i = 0; i < count; i++, to += size, from += size) {
			for (unsigned j = 0; j < size; j++)
				bytes[j] = model_read(&model, from + j, true);
			for (unsigned j = 0; j < size; j++)
				model_write(&model, to + j, bytes[j]);
		}
		break;
	case 2:
		vvga_read_run(&chip, from, bytes, count);
		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(bytes[i], model_read(&model, from + i, true));
		break;
	case 3:
		for (uint32_t i = 0; i < count; i++)
			bytes[i] = (uint8_t)dice(256);
		vvga_write_run(&chip, to, bytes, count);
		for (uint32_t i = 0; i < count; i++)
			model_write(&model, to + i, bytes[i]);
		break;
	}
}

/* Registers that programs change while they draw, and others seldom. */
static void one_register(void)
{
	uint8_t value = (uint8_t)dice(256);

	switch (dice(14)) {
	case 0: indexed(0x3C4, 2, dice(2) ? 0x0F : value); break;
	case 1: indexed(0x3CE, 8, dice(2) ? 0xFF : value); break;
	case 2: indexed(0x3CE, 5, (model.gc[5] & 0x70) | (dice(2) ? 0 : value & 0x0F)); break;
	case 3: indexed(0x3CE, 3, dice(2) ? 0 : value); break;
	case 4: indexed(0x3CE, 0, value); break;
	case 5: indexed(0x3CE, 1, dice(2) ? 0 : value); break;
	case 6: indexed(0x3CE, (uint8_t)(dice(2) ? 2 : 7), value); break;
	case 7: indexed(0x3CE, 4, value); break;
	case 8: indexed(0x3D4, (uint8_t)dice(30), value); break;
	case 9: attribute((uint8_t)(dice(21) | 0x20), value); break;
	case 10: out(0x3C6 + dice(4), value); break;
	case 11: indexed(0x3C4, (uint8_t)(dice(2) ? 1 : 3), value & 0xDF); break;
	case 12: indexed(0x3C4, (uint8_t)(5 + dice(3)), value); break;
	default: attribute((uint8_t)(dice(21) | (dice(8) ? 0x20 : 0)), value); break;
	}
}

static void one_port_read(void)
{
	static const uint16_t ports[] = { 0x3C0, 0x3C1, 0x3CC, 0x3C4, 0x3C5, 0x3CE, 0x3CF, 0x3D4, 0x3D5, 0x3D5, 0x3C6,
					  0x3C7, 0x3C8, 0x3C9 };
	unsigned port = ports[dice(sizeof ports / sizeof *ports)];

	if (port == 0x3D5 && dice(3) == 0)
		out(0x3D4, (uint8_t)(0x20 + dice(8)));
	assert_int_equal(vvga_in(&chip, port - VGA_BASE), model_in(&model, port));
}

static void compare_line(void)
{
	static uint8_t colors[DISPLAY_RASTER_WIDTH];
	unsigned width, height, count, scan, pan, y;
	struct display_raster raster;

	vvga_raster(&chip, &raster);
	model_raster(&model, &width, &height);
	assert_int_equal(raster.width, width);
	assert_int_equal(raster.height, height);
	y = dice(height);
	vvga_line(&chip, y, colors);
	model_line(&model, y, &count, &scan, &pan);
	for (unsigned x = 0; x < width; x++)
		if (colors[x] != model_pixel(&model, x, count, scan, pan))
			fail_msg("dot %u of line %u is %x, not %x", x, y, colors[x],
				 model_pixel(&model, x, count, scan, pan));
	/* Dots that are said to be alike are. */
	for (unsigned x = 0; x < width; x++)
		assert_int_equal(colors[x], colors[x / raster.dot_width * raster.dot_width]);
}

/* --- kinds of modes ------------------------------------------------------------------------------------- */

static const struct kind {
	uint8_t clocking, memory, gc_mode, gc_misc, map_mask, ac_mode, max_scan, underline, crtc_mode, display_end;
} kinds[] = {
	{ 0x00, 0x02, 0x10, 0x0E, 0x03, 0x0C, 0x4F, 0x1F, 0xA3, 79 },   /* text, 80 columns of nine dots */
	{ 0x09, 0x02, 0x10, 0x0E, 0x03, 0x08, 0xC7, 0x1F, 0xA3, 39 },   /* text, 40 columns */
	{ 0x00, 0x02, 0x10, 0x0A, 0x03, 0x0E, 0x4D, 0x0D, 0xA3, 79 },   /* monochrome text */
	{ 0x01, 0x06, 0x00, 0x04, 0x04, 0x08, 0x47, 0x1F, 0xA3, 79 },   /* loading a font */
	{ 0x09, 0x02, 0x30, 0x0F, 0x03, 0x01, 0xC1, 0x00, 0xA2, 39 },   /* 4 */
	{ 0x01, 0x06, 0x00, 0x0D, 0x01, 0x01, 0xC1, 0x00, 0xC2, 79 },   /* 6 */
	{ 0x09, 0x06, 0x00, 0x05, 0x0F, 0x01, 0xC0, 0x00, 0xE3, 39 },   /* 0Dh */
	{ 0x01, 0x06, 0x00, 0x05, 0x0F, 0x01, 0x40, 0x00, 0xE3, 79 },   /* 12h */
	{ 0x01, 0x0E, 0x40, 0x05, 0x0F, 0x41, 0x41, 0x40, 0xA3, 79 },   /* 13h */
	{ 0x01, 0x06, 0x40, 0x05, 0x0F, 0x41, 0x41, 0x00, 0xE3, 79 },   /* mode X */
	{ 0x01, 0x06, 0x00, 0x01, 0x0F, 0x01, 0x40, 0x00, 0xE3, 79 },   /* planar, 128 KB */
	{ 0x01, 0x0E, 0x40, 0x01, 0x0F, 0x41, 0x41, 0x40, 0xA3, 79 },   /* chained, 128 KB */
	{ 0x01, 0x02, 0x10, 0x02, 0x03, 0x08, 0x47, 0x1F, 0xA3, 79 },   /* text, 128 KB */
	{ 0x01, 0x06, 0x40, 0x05, 0x0F, 0x01, 0x41, 0x20, 0xAB, 79 },   /* nibbles, slow counts */
	{ 0x05, 0x02, 0x10, 0x07, 0x0F, 0x0B, 0x40, 0x00, 0x8B, 79 },   /* 0Fh as an EGA with 64 KB has it */
	{ 0x11, 0x06, 0x00, 0x05, 0x0F, 0x09, 0x40, 0x20, 0xE3, 79 },   /* blinking, 32 dots a load */
	{ 0x15, 0x0E, 0x40, 0x05, 0x0F, 0x41, 0x41, 0x40, 0xA3, 79 },   /* 13h, 32 dots a load */
	{ 0x01, 0x02, 0x10, 0x0C, 0x0F, 0x08, 0x47, 0x1F, 0xA3, 79 },   /* text without Chain Odd/Even */
	{ 0x01, 0x06, 0x00, 0x07, 0x0F, 0x09, 0x40, 0x40, 0xE3, 79 },   /* planes with Chain Odd/Even, double words */
};

static void set_kind(const struct kind *kind)
{
	out(0x3C2, dice(3) ? 0x63 : 0x43);
	indexed(0x3C4, 1, kind->clocking);
	indexed(0x3C4, 2, kind->map_mask);
	indexed(0x3C4, 4, kind->memory);
	for (unsigned i = 0; i < 5; i++)
		indexed(0x3CE, (uint8_t)i, 0);
	indexed(0x3CE, 5, kind->gc_mode);
	indexed(0x3CE, 6, kind->gc_misc);
	indexed(0x3CE, 8, 0xFF);
	indexed(0x3D4, 0x11, 0);
	indexed(0x3D4, 1, kind->display_end);
	indexed(0x3D4, 7, 0x12);
	indexed(0x3D4, 9, kind->max_scan);
	indexed(0x3D4, 0x0A, 0);
	indexed(0x3D4, 0x0B, (uint8_t)(0x1F | dice(4) << 5));
	indexed(0x3D4, 0x0C, 0);
	indexed(0x3D4, 0x0E, (uint8_t)dice(4));
	indexed(0x3D4, 0x12, 0x8F);
	indexed(0x3D4, 0x13, kind->display_end == 79 ? 40 : 20);
	indexed(0x3D4, 0x14, kind->underline);
	indexed(0x3D4, 0x17, kind->crtc_mode);
	indexed(0x3D4, 0x18, (uint8_t)dice(256));
	attribute(0x12 | 0x20, 0x0F);
	attribute(0x10 | 0x20, kind->ac_mode);
}

/* What a display is told of it: planes, and the two ways in which bytes lie in a row. */
static void compare_bytes(void)
{
	uint8_t bytes[64];
	uint32_t offset = dice(PLANE / 64) * 64;
	unsigned plane = dice(4);

	vvga_bytes(&chip, DISPLAY_VGA_PLANAR, plane, offset, bytes, sizeof bytes);
	assert_memory_equal(bytes, model.plane[plane] + offset, sizeof bytes);
	vvga_bytes(&chip, DISPLAY_VGA_CHAINED, 0, offset, bytes, sizeof bytes);
	for (unsigned i = 0; i < sizeof bytes; i++)
		assert_int_equal(bytes[i], model.plane[i % 4][offset + i / 4 * 4 + (offset >> 14)]);
	vvga_bytes(&chip, DISPLAY_VGA_ODD_EVEN, 0, offset, bytes, sizeof bytes);
	for (unsigned i = 0; i < sizeof bytes; i++)
		assert_int_equal(bytes[i], model.plane[i % 2][offset + i / 2 * 2]);
}

static void one_operation(unsigned n)
{
	if (n % PROGRAM == 0)
		set_kind(&kinds[dice(sizeof kinds / sizeof *kinds)]);
	else if (n % PROGRAM == PROGRAM / 2 && dice(8) == 0)
		indexed(dice(2) ? 0x3C4 : 0x3CE, (uint8_t)(dice(2) ? 4 : 6), (uint8_t)dice(256));
	if (n % LINE_EVERY == LINE_EVERY - 1)
		compare_line();
	if (n % LINE_EVERY == LINE_EVERY / 2)
		compare_bytes();
	switch (dice(16)) {
	case 0: run(); break;
	case 1: case 2: one_register(); break;
	case 3: one_port_read(); break;
	case 4: case 5: case 6: case 7: case 8: one_read(); break;
	default: one_write(); break;
	}
}

static void compare_memory(void)
{
	for (unsigned plane = 0; plane < 4; plane++)
		for (uint32_t i = 0; i < PLANE; i++)
			if (vvga_plane_byte(&chip, plane, i) != model.plane[plane][i])
				fail_msg("plane %u, byte %x is %x, not %x", plane, i, vvga_plane_byte(&chip, plane, i),
					 model.plane[plane][i]);
}

static void random_programs(void **state)
{
	(void)state;
	chip.memory = calloc(1, VVGA_MEMORY_SIZE);
	chip.clock = (struct clock){ .now = no_time, .arm = no_alarm };
	chip.page = any_page;
	vvga_reset(&chip);
	model.dac_mask = 0xFF;
	for (unsigned n = 0; n < OPERATIONS; n++) {
		one_operation(n);
		if (n % 20000 == 0)
			compare_memory();
	}
	compare_memory();
	free(chip.memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_programs) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
