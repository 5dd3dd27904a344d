/* The virtual VGA's picture, from its own registers and planes, a line at a time.
 *
 * How it works: a line begins with a character address, counted by the CRT controller, and a row
 * scan. Each character clock brings one address, of which four plane bytes are fetched; a
 * character of 8 or 9 dots, or 8 dots of graphics, is made from them. Dots are numbers of palette
 * registers until the attribute controller has made colours of them. One character more than the line has is
 * made, so that panning has dots to move in.
 *
 * DIFFERS: a picture is of one moment: characters that blink and the cursor are lit, and in graphics bit 3 is 0 where
 * it blinks. The border and display enable skew are not shown.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "CRT Controller
 * Registers", "Attribute Controller Registers", "Sequencer Registers", "Alphanumeric Modes",
 * "Graphics Modes"; Chips and Technologies 82C451 data sheet (the serializers are a ring); IBM Personal Computer Options
 * and Adapters Technical Reference, "Enhanced Graphics Adapter", "Mode Control Register" (blinking graphics modes). */

#include <base/mem.h>

#include "vvga.h"

enum {
	ADDRESS_MASK = 0xFFFF, FONT_STEP = 0x4000, FONT_HALF_STEP = 0x2000, FONT_PLANE = 2,
	BYTE_PAN_SHIFT = 5, CURSOR_SKEW_SHIFT = 5, SCANS = 32,
	ATTR_BLINK = 0x80, ATTR_FONT = 0x08, ATTR_UNDERLINE = 0x77, ATTR_UNDERLINED = 0x01,
	LINES_FIRST = 0xC0, LINES_LAST = 0xDF,  /* glyphs whose ninth dot repeats the eighth */
	NINE_DOTS = 0x1FF, PLANES = 4, PLANE_3 = 0x08,
};

struct scanline {
	const struct vvga *vga;
	uint32_t address;               /* the CRT controller's, of the first character */
	unsigned scan;                  /* row scan */
	unsigned pan;                   /* dots that fall off on the left */
	unsigned cell;                  /* dots of a character clock */
	unsigned count_shift;           /* character clocks to an address, as a power of two */
	unsigned late;                  /* bits of a character's number in which the serializers are not loaded */
};

static unsigned cell_height(const struct vvga *vga)
{
	return (vga->s.crtc[VGA_CRTC_MAX_SCAN] & VGA_CRTC_MAX_SCAN_LINES) + 1;
}

static bool doubled(const struct vvga *vga)
{
	return vga->s.crtc[VGA_CRTC_MAX_SCAN] & VGA_CRTC_MAX_SCAN_DOUBLE;
}

static bool half_clock(const struct vvga *vga)
{
	return vga->s.seq[VGA_SEQ_CLOCKING] & VGA_SEQ_CLOCKING_HALF;
}

static bool is_graphics(const struct vvga *vga)
{
	return vga->s.gc[VGA_GC_MISC] & VGA_GC_MISC_GRAPHICS;
}

static bool wide_pixels(const struct vvga *vga)
{
	return vga->s.ac[VGA_AC_MODE] & VGA_AC_MODE_PEL_WIDTH;
}

static bool blinks(const struct vvga *vga)
{
	return vga->s.ac[VGA_AC_MODE] & VGA_AC_MODE_BLINK;
}

static uint16_t crtc_word(const struct vvga *vga, unsigned high)
{
	return (uint16_t)(vga->s.crtc[high] << 8 | vga->s.crtc[high + 1]);
}

static unsigned line_compare(const struct vvga *vga)
{
	const uint8_t *crtc = vga->s.crtc;

	return crtc[VGA_CRTC_LINE_COMPARE] | (crtc[VGA_CRTC_OVERFLOW] & VGA_CRTC_OVERFLOW_LC8 ? 0x100u : 0) |
	       (crtc[VGA_CRTC_MAX_SCAN] & VGA_CRTC_MAX_SCAN_LC9 ? 0x200u : 0);
}

void vvga_raster(const struct vvga *vga, struct display_raster *out)
{
	const uint8_t *crtc = vga->s.crtc, *seq = vga->s.seq;
	unsigned dots = seq[VGA_SEQ_CLOCKING] & VGA_SEQ_CLOCKING_DOT8 || is_graphics(vga) ? 8 : 9;
	unsigned lines = crtc[VGA_CRTC_V_DISPLAY_END] + 1u;

	if (vvga_is_old(vga)) {
		vvga_old_raster(vga, out);
		return;
	}
	if (vvga_vbe_on(vga)) {
		*out = (struct display_raster){ vga->s.vbe[DISPI_XRES], vga->s.vbe[DISPI_YRES], 1, 1 };
		return;
	}
	if (crtc[VGA_CRTC_OVERFLOW] & VGA_CRTC_OVERFLOW_VDE8)
		lines += 0x100;
	if (crtc[VGA_CRTC_OVERFLOW] & VGA_CRTC_OVERFLOW_VDE9)
		lines += 0x200;
	if (crtc[VGA_CRTC_MODE] & VGA_CRTC_MODE_LINES_2)
		lines *= 2;
	out->dot_width = half_clock(vga) ? 2 : 1;
	out->width = (uint16_t)((crtc[VGA_CRTC_H_DISPLAY_END] + 1u) * dots * out->dot_width);
	out->height = (uint16_t)lines;
	if (is_graphics(vga) && wide_pixels(vga))
		out->dot_width *= 2;
	out->dot_height = doubled(vga) ? 2 : 1;
	/* In graphics a row's lines are all alike, unless the row scan is part of the address. */
	if (is_graphics(vga) && crtc[VGA_CRTC_MODE] & VGA_CRTC_MODE_NOT_ROW_0)
		out->dot_height *= (uint16_t)cell_height(vga);
	if (out->height % out->dot_height)
		out->dot_height = 1;
}

/* --- where a line's bytes are ------------------------------------------------------------------- */

static unsigned pan_of(const struct vvga *vga, unsigned cell)
{
	unsigned pan = vga->s.ac[VGA_AC_PAN] & 0x0F;

	if (cell == 9)
		return pan > 7 ? 0 : pan + 1;
	if (pan > 7)
		return 0;
	return is_graphics(vga) && wide_pixels(vga) ? pan & ~1u : pan;
}

/* Row and row scan of line `at` from the top, whose first row begins at scan `preset`. */
static unsigned row_of(const struct vvga *vga, unsigned at, unsigned preset, unsigned *scan)
{
	unsigned height = cell_height(vga);

	at = (doubled(vga) ? at / 2 : at) + preset;
	/* Beyond the last scan the counter goes on to its end before a row is over. */
	if (preset >= height) {
		*scan = at;
		if (at < SCANS)
			return 0;
		at -= SCANS;
	}
	*scan = at % height;
	return at / height;
}

static void line_begin(const struct vvga *vga, unsigned y, struct scanline *l)
{
	const uint8_t *crtc = vga->s.crtc, clocking = vga->s.seq[VGA_SEQ_CLOCKING];
	unsigned split = line_compare(vga), row, byte_pan = crtc[VGA_CRTC_PRESET_ROW] >> BYTE_PAN_SHIFT & 3;
	bool pan_split = !(vga->s.ac[VGA_AC_MODE] & VGA_AC_MODE_PAN_SPLIT);

	l->vga = vga;
	if (crtc[VGA_CRTC_MODE] & VGA_CRTC_MODE_LINES_2)
		split = split * 2 + 1;
	l->cell = clocking & VGA_SEQ_CLOCKING_DOT8 || is_graphics(vga) ? 8 : 9;
	l->count_shift = crtc[VGA_CRTC_UNDERLINE] & VGA_CRTC_UNDERLINE_COUNT_4 ? 2
			 : (crtc[VGA_CRTC_MODE] & VGA_CRTC_MODE_COUNT_2 ? 1 : 0);
	l->late = clocking & VGA_SEQ_CLOCKING_SHIFT_4 ? 3 : (clocking & VGA_SEQ_CLOCKING_SHIFT_LOAD ? 1 : 0);
	if (y > split) {
		row = row_of(vga, y - split - 1, 0, &l->scan);
		l->address = pan_split ? byte_pan : 0;
		l->pan = pan_split ? pan_of(vga, l->cell) : 0;
	} else {
		row = row_of(vga, y, crtc[VGA_CRTC_PRESET_ROW] & VGA_CRTC_MAX_SCAN_LINES, &l->scan);
		l->address = crtc_word(vga, VGA_CRTC_START_HIGH) + byte_pan;
		l->pan = pan_of(vga, l->cell);
	}
	l->address += row * crtc[VGA_CRTC_OFFSET] * 2u;
}

/* From the CRT controller's count to an offset in the planes. */
static uint32_t memory_address(const struct scanline *l, uint32_t count)
{
	const uint8_t *crtc = l->vga->s.crtc;
	uint8_t mode = crtc[VGA_CRTC_MODE];
	uint32_t address = count;

	if (crtc[VGA_CRTC_UNDERLINE] & VGA_CRTC_UNDERLINE_DWORD)
		address = count << 2 | (count >> 12 & 3);
	else if (!(mode & VGA_CRTC_MODE_BYTE))
		address = count << 1 | (count >> (mode & VGA_CRTC_MODE_WRAP_15 ? 15 : 13) & 1);
	if (!(mode & VGA_CRTC_MODE_NOT_ROW_0))
		address = (address & ~0x2000u) | (l->scan & 1) << 13;
	if (!(mode & VGA_CRTC_MODE_NOT_ROW_1))
		address = (address & ~0x4000u) | (l->scan >> 1 & 1) << 14;
	return address & ADDRESS_MASK;
}

/* --- characters ----------------------------------------------------------------------------------- */

static uint32_t font_offset(unsigned which)
{
	return (which & 3) * FONT_STEP + (which & 4 ? FONT_HALF_STEP : 0);
}

/* Map A where the attribute's bit 3 is set, else map B. */
static uint32_t font_for(const struct vvga *vga, uint8_t attribute)
{
	uint8_t select = vga->s.seq[VGA_SEQ_FONT];

	return font_offset(attribute & ATTR_FONT ? (select >> 2 & 3) | (select >> 3 & 4)
						 : (select & 3) | (select >> 2 & 4));
}

static bool at_cursor(const struct scanline *l, uint32_t count)
{
	const uint8_t *crtc = l->vga->s.crtc;
	uint8_t first = crtc[VGA_CRTC_CURSOR_START], last = crtc[VGA_CRTC_CURSOR_END];
	uint32_t cursor = crtc_word(l->vga, VGA_CRTC_CURSOR_HIGH) + (last >> CURSOR_SKEW_SHIFT & 3u);

	return ((count ^ cursor) & ADDRESS_MASK) == 0 && !(first & VGA_CRTC_CURSOR_OFF) &&
	       l->scan >= (first & VGA_CRTC_CURSOR_LINES) && l->scan <= (last & VGA_CRTC_CURSOR_LINES);
}

/* A character's dots in this line, the leftmost in bit 8. */
static unsigned glyph(const struct scanline *l, uint8_t code, uint8_t attribute, uint32_t count)
{
	const struct vvga *vga = l->vga;
	unsigned dots;

	dots = (unsigned)vvga_plane_byte(vga, FONT_PLANE, font_for(vga, attribute) + code * DISPLAY_GLYPH_SIZE +
					 l->scan) << 1;
	if (vga->s.ac[VGA_AC_MODE] & VGA_AC_MODE_NINE && code >= LINES_FIRST && code <= LINES_LAST)
		dots |= dots >> 1 & 1;
	if ((attribute & ATTR_UNDERLINE) == ATTR_UNDERLINED &&
	    l->scan == (vga->s.crtc[VGA_CRTC_UNDERLINE] & VGA_CRTC_MAX_SCAN_LINES))
		dots = NINE_DOTS;
	if (at_cursor(l, count))
		dots = NINE_DOTS;
	return dots;
}

static void character(const struct scanline *l, uint32_t count, uint8_t *dots)
{
	uint32_t bytes = vvga_planes_at(l->vga, memory_address(l, count));
	uint8_t attribute = (uint8_t)(bytes >> 8);
	unsigned bits = glyph(l, (uint8_t)bytes, attribute, count);
	unsigned back = attribute >> 4;

	if (blinks(l->vga))
		back &= 7;
	for (unsigned i = 0; i < l->cell; i++)
		dots[i] = (uint8_t)(bits >> (8 - i) & 1 ? attribute & 0x0F : back);
}

/* --- graphics: eight dots from four planes, by the shift registers --------------------------------------- */

/* Four bits, the leftmost first, as bytes of a word. */
static const uint32_t spread[16] = {
	0x00000000, 0x01000000, 0x00010000, 0x01010000, 0x00000100, 0x01000100, 0x00010100, 0x01010100,
	0x00000001, 0x01000001, 0x00010001, 0x01010001, 0x00000101, 0x01000101, 0x00010101, 0x01010101,
};

static void shift_planes(uint32_t bytes, uint8_t *dots)
{
	for (unsigned half = 0; half < 8; half += 4, bytes <<= 4) {
		uint32_t four = spread[bytes >> 4 & 0x0F] | spread[bytes >> 12 & 0x0F] << 1 |
				spread[bytes >> 20 & 0x0F] << 2 | spread[bytes >> 28] << 3;

		__builtin_memcpy(dots + half, &four, sizeof four);
	}
}

/* Two bits a dot: plane 0's byte, then plane 1's; planes 2 and 3 supply the upper bits. */
static void shift_pairs(uint32_t bytes, uint8_t *dots)
{
	for (unsigned i = 0; i < 8; i++) {
		unsigned shift = 6 - 2 * (i & 3);
		uint32_t half = i < 4 ? bytes : bytes >> 8;

		dots[i] = (uint8_t)((half >> shift & 3) | (half >> 16 >> shift & 3) << 2);
	}
}

/* Four bits a dot, plane after plane. */
static void shift_nibbles(uint32_t bytes, uint8_t *dots)
{
	for (unsigned i = 0; i < 8; i += 2, bytes >>= 8) {
		dots[i] = bytes >> 4 & 0x0F;
		dots[i + 1] = bytes & 0x0F;
	}
}

/* What the serializers hold after so many characters without another load: each has the next one's. */
static void shift_on(uint8_t *dots, unsigned characters)
{
	for (unsigned i = 0; i < 8; i++)
		dots[i] = (uint8_t)((dots[i] >> characters | dots[i] << (PLANES - characters)) & 0x0F);
}

static void graphics(const struct scanline *l, unsigned i, uint8_t *dots)
{
	uint32_t count = l->address + ((i & ~l->late) >> l->count_shift);
	uint32_t bytes = vvga_planes_at(l->vga, memory_address(l, count));
	uint8_t mode = l->vga->s.gc[VGA_GC_MODE];

	if (mode & VGA_GC_MODE_SHIFT_256)
		shift_nibbles(bytes, dots);
	else if (mode & VGA_GC_MODE_SHIFT_CGA)
		shift_pairs(bytes, dots);
	else
		shift_planes(bytes, dots);
	if (i & l->late)
		shift_on(dots, i & l->late);
}

/* --- the attribute controller ---------------------------------------------------------------------------- */

/* The colour of a dot in graphics whose planes are `dot`. Blinking, the controller itself drives bit 3: where plane 3 is
 * shown and 0, to 1; elsewhere to 0 and 1 in turn.
 * DIFFERS: not so with wide pixels; of the clones some do that and others do not, and programs mean text with it. */
static uint8_t color_of(const struct vvga *vga, unsigned dot)
{
	if (is_graphics(vga) && blinks(vga) && !wide_pixels(vga) && vga->s.ac[VGA_AC_PLANES] & PLANE_3)
		dot ^= PLANE_3;
	return vvga_ac_index(vga, dot);
}

/* From palette registers to colours, in place; with wide pixels two dots make one colour of eight bits. */
static void to_colors(const struct vvga *vga, uint8_t *dots, unsigned n)
{
	uint8_t colors[VGA_AC_PALETTE], *end = dots + n;
	uint16_t twice[VGA_AC_PALETTE][2];      /* a wide pixel's upper and lower half, in both of its dots */

	for (unsigned i = 0; i < VGA_AC_PALETTE; i++) {
		colors[i] = color_of(vga, i);
		twice[i][0] = (uint16_t)((colors[i] << 4 & 0xF0) * 0x101);
		twice[i][1] = (uint16_t)((colors[i] & 0x0F) * 0x101);
	}
	if (!is_graphics(vga) || !wide_pixels(vga)) {
		for (; dots < end; dots++)
			*dots = colors[*dots];
		return;
	}
	for (; dots < end; dots += 2) {
		uint16_t two = twice[dots[0]][0] | twice[dots[1]][1];

		__builtin_memcpy(dots, &two, sizeof two);
	}
}

static bool is_dark(const struct vvga *vga)
{
	return vga->s.seq[VGA_SEQ_CLOCKING] & VGA_SEQ_CLOCKING_OFF || !(vga->s.ac_index & VGA_AC_INDEX_PAS);
}

/* Spreads n dots over twice as many, from the end. */
static void widen(uint8_t *dots, unsigned n)
{
	while (n--)
		dots[2 * n] = dots[2 * n + 1] = dots[n];
}

void vvga_line(const struct vvga *vga, unsigned y, uint8_t *colors)
{
	unsigned characters = vga->s.crtc[VGA_CRTC_H_DISPLAY_END] + 1u, n = 0;
	bool in_graphics = is_graphics(vga);
	uint8_t cell[9];
	struct scanline l;

	if (vvga_is_old(vga)) {
		vvga_old_line(vga, y, colors);
		return;
	}
	if (vvga_vbe_on(vga)) {
		vvga_vbe_line(vga, y, colors);
		return;
	}
	line_begin(vga, y, &l);
	if (is_dark(vga)) {
		memset(colors, vga->s.ac[VGA_AC_OVERSCAN], characters * l.cell << half_clock(vga));
		return;
	}
	for (unsigned i = 0; i <= characters && n < characters * l.cell; i++) {
		unsigned skip = i ? 0 : l.pan, room = characters * l.cell - n, take;
		uint8_t *dots = l.pan ? cell : colors + n;

		if (in_graphics)
			graphics(&l, i, dots);
		else
			character(&l, l.address + (i >> l.count_shift), dots);
		if (!l.pan) {
			n += l.cell;
			continue;
		}
		take = l.cell - skip < room ? l.cell - skip : room;
		memcpy(colors + n, cell + skip, take);
		n += take;
	}
	to_colors(vga, colors, n);
	if (half_clock(vga))
		widen(colors, n);
}

static uint32_t mix(uint32_t sum, const uint8_t *bytes, unsigned count)
{
	while (count--)
		sum = (sum << 5 | sum >> 27) + *bytes++;
	return sum;
}

uint32_t vvga_look(const struct vvga *vga)
{
	const struct vvga_state *s = &vga->s;
	const uint8_t single[] = { s->misc, s->ac_index & VGA_AC_INDEX_PAS, s->dac_mask, s->old_mode, s->old_color };
	uint32_t sum = mix(0, single, sizeof single);

	sum = mix(sum, s->seq, sizeof s->seq);
	sum = mix(sum, s->crtc, sizeof s->crtc);
	sum = mix(sum, s->gc, sizeof s->gc);
	sum = mix(sum, s->ac, sizeof s->ac);
	sum = mix(sum, s->dac[0], sizeof s->dac);
	return mix(sum, (const uint8_t *)s->vbe, sizeof s->vbe);
}
