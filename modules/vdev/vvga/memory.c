/* The virtual VGA's memory as the processor sees it: latches, write and read modes.
 *
 * How it works: an access is an offset in A0000h-BFFFFh; the memory map field says whether
 * it is ours, then chain 4, odd/even or neither says which planes and which byte in them. What
 * happens to a byte happens to all planes at once, in one 32-bit word, a plane a byte: the registers
 * that have a bit a plane are widened to masks first, once for a run of accesses.
 *
 * DIFFERS: Extended Memory off does not cut the planes to 16 KB: no adapter of today has so little, and
 * clones leave the bit out.
 *
 * Read: IBM PS/2 Hardware Interface Technical Reference, Video Subsystems, "Video Memory
 * Organization", "Graphics Controller Registers", "Memory Mode Register", "Miscellaneous Output Register"; IBM
 * Personal Computer Options and Adapters Technical Reference, "Enhanced Graphics Adapter", its logic diagrams (the
 * sense of the page bit). */

#include <base/mem.h>

#include "vvga.h"

enum { ALL_PLANES = 0x0F, EVEN_PLANES = 0x05, ODD_PLANES = 0x0A, ADDRESS_BIT_16 = 0x10000, FLOATING = 0xFF,
       OFFSET_MASK = 0xFFFF, BYTE_BITS = 8 };

/* For one access, what its path has that it does not need is not worked out. */
#define ALWAYS inline __attribute__((always_inline))
#define EACH_PLANE 0x01010101u          /* times a byte: that byte in all planes */

/* What the registers make of accesses, until one of them is written. */
struct path {
	uint32_t start, size;           /* of the map; size 0: nothing answers */
	uint32_t planes;                /* Map Mask, widened */
	uint32_t set, use_set;          /* Set/Reset, and for which planes */
	uint32_t bit_mask;
	uint32_t compare, care;
	uint8_t write_mode, read_mode, rotate, function, read_map;
	uint8_t memory, mode, misc;     /* Memory Mode; Graphics Mode and Miscellaneous of the graphics controller */
};

static ALWAYS bool is_chained(const struct path *p) { return p->memory & VGA_SEQ_MEMORY_CHAIN4; }
static ALWAYS bool writes_odd_even(const struct path *p) { return !(p->memory & VGA_SEQ_MEMORY_NOT_ODD_EVEN); }
static ALWAYS bool reads_odd_even(const struct path *p) { return p->mode & VGA_GC_MODE_ODD_EVEN; }
static ALWAYS bool replaces_bit_0(const struct path *p) { return p->misc & VGA_GC_MISC_CHAIN; }

/* Planes as a mask of their bytes. */
static uint32_t widen(unsigned planes)
{
	static const uint32_t wide[ALL_PLANES + 1] = {
		0, 0xFF, 0xFF00, 0xFFFF, 0xFF0000, 0xFF00FF, 0xFFFF00, 0xFFFFFF,
		0xFF000000, 0xFF0000FF, 0xFF00FF00, 0xFF00FFFF, 0xFFFF0000, 0xFFFF00FF, 0xFFFFFF00, 0xFFFFFFFF,
	};

	return wide[planes & ALL_PLANES];
}

static ALWAYS void path_of(const struct vvga *vga, struct path *p)
{
	const uint8_t *gc = vga->s.gc;

	p->start = vvga_claimed(vga, &p->size);
	p->planes = widen(vga->s.seq[VGA_SEQ_MAP_MASK]);
	p->set = widen(gc[VGA_GC_SET_RESET]);
	p->use_set = widen(gc[VGA_GC_ENABLE_SET_RESET]);
	p->bit_mask = gc[VGA_GC_BIT_MASK] * EACH_PLANE;
	p->compare = widen(gc[VGA_GC_COMPARE]);
	p->care = widen(gc[VGA_GC_DONT_CARE]);
	p->write_mode = gc[VGA_GC_MODE] & VGA_GC_MODE_WRITE;
	p->read_mode = gc[VGA_GC_MODE] & VGA_GC_MODE_READ1;
	p->rotate = gc[VGA_GC_ROTATE] & VGA_GC_ROTATE_COUNT;
	p->function = gc[VGA_GC_ROTATE] & VGA_GC_ROTATE_FUNCTION;
	p->read_map = gc[VGA_GC_READ_MAP] & 3;
	p->memory = vga->s.seq[VGA_SEQ_MEMORY];
	p->mode = gc[VGA_GC_MODE];
	p->misc = gc[VGA_GC_MISC];
}

static uint32_t latches(const struct vvga *vga)
{
	uint32_t word;

	__builtin_memcpy(&word, vga->s.latch, sizeof word);
	return word;
}

/* The byte in a plane, where Chain Odd/Even takes the lowest address bit away: bit 16 comes in for it where the
 * map is 128 KB, otherwise the page bit, of which 1 is the page of the lower addresses. */
static uint32_t odd_even_offset(const struct vvga *vga, const struct path *p, uint32_t at)
{
	bool high = p->size > VVGA_PLANE_SIZE ? at & ADDRESS_BIT_16 : !(vga->s.misc & VGA_MISC_PAGE);

	return (at & (VVGA_PLANE_SIZE - 2)) | high;
}

/* --- the planes' bytes, where they are one word and their page is there --- */

static ALWAYS uint32_t *plain_word(const struct vvga *vga, uint32_t byte)
{
	uint32_t index = vvga_chained_index(byte), page = index / VVGA_PAGE_SIZE;

	if (vga->s.layout != VVGA_CHAINED || vvga_vbe_on(vga) ||
	    (vga->page && !((page < 32 ? vga->s.pages_low : vga->s.pages_high) >> page % 32 & 1)))
		return NULL;
	return (uint32_t *)(vga->memory + index);
}

static ALWAYS uint32_t planes_at(const struct vvga *vga, uint32_t byte)
{
	const uint32_t *word = plain_word(vga, byte);

	return word ? *word : vvga_planes_at(vga, byte);
}

static ALWAYS void planes_put(struct vvga *vga, uint32_t byte, uint32_t value, uint32_t mask)
{
	uint32_t *word = plain_word(vga, byte);

	if (!word) {
		vvga_planes_put(vga, byte, value, mask);
		return;
	}
	vga->changed |= (uint16_t)(1u << byte / VVGA_PAGE_SIZE);
	*word = (*word & ~mask) | (value & mask);
}

/* --- reading --- */

static uint8_t color_compare(const struct path *p, uint32_t word)
{
	uint32_t differs = (word ^ p->compare) & p->care;

	differs |= differs >> 16;
	return (uint8_t)~(differs | differs >> 8);
}

static ALWAYS uint8_t read_one(struct vvga *vga, const struct path *p, uint32_t offset)
{
	uint32_t at = offset - p->start, byte = at & OFFSET_MASK, word;
	unsigned plane = p->read_map;

	if (at >= p->size)
		return FLOATING;
	if (is_chained(p)) {
		plane = at & 3;
		byte = vvga_chain_offset(at);
	} else {
		if (reads_odd_even(p))
			plane = (plane & 2) | (at & 1);
		if (replaces_bit_0(p))
			byte = odd_even_offset(vga, p, at);
	}
	word = planes_at(vga, byte);
	__builtin_memcpy(vga->s.latch, &word, sizeof word);
	if (p->read_mode)
		return color_compare(p, word);
	return (uint8_t)(word >> BYTE_BITS * plane);
}

uint8_t vvga_read(struct vvga *vga, uint32_t offset)
{
	struct path p;

	path_of(vga, &p);
	return read_one(vga, &p, offset);
}

void vvga_read_run(struct vvga *vga, uint32_t offset, uint8_t *to, uint32_t count)
{
	struct path p;

	path_of(vga, &p);
	for (uint32_t i = 0; i < count; i++)
		to[i] = read_one(vga, &p, offset + i);
}

/* --- writing --- */

static uint8_t rotated(const struct path *p, uint8_t value)
{
	return (uint8_t)(value >> p->rotate | value << (BYTE_BITS - p->rotate));
}

/* What the graphics controller makes of the processor's byte, for all planes. */
static inline uint32_t combined(const struct path *p, uint32_t latch, uint8_t value)
{
	uint32_t data, mask = p->bit_mask;

	switch (p->write_mode) {
	case 0:
		data = rotated(p, value) * EACH_PLANE;
		data = (data & ~p->use_set) | (p->set & p->use_set);
		break;
	case 1:
		return latch;
	case 2:
		data = widen(value & ALL_PLANES);
		break;
	default:
		data = p->set;
		mask &= rotated(p, value) * EACH_PLANE;
		break;
	}
	switch (p->function) {
	case VGA_GC_FUNCTION_AND: data &= latch; break;
	case VGA_GC_FUNCTION_OR: data |= latch; break;
	case VGA_GC_FUNCTION_XOR: data ^= latch; break;
	}
	return (data & mask) | (latch & ~mask);
}

static ALWAYS void write_one(struct vvga *vga, const struct path *p, uint32_t offset, uint8_t value)
{
	uint32_t at = offset - p->start, byte = at & OFFSET_MASK, planes = p->planes;

	if (at >= p->size)
		return;
	if (is_chained(p)) {
		planes &= 0xFFu << BYTE_BITS * (at & 3);
		byte = vvga_chain_offset(at);
	} else {
		if (writes_odd_even(p))
			planes &= widen(at & 1 ? ODD_PLANES : EVEN_PLANES);
		if (replaces_bit_0(p))
			byte = odd_even_offset(vga, p, at);
	}
	planes_put(vga, byte, combined(p, latches(vga), value), planes);
}

void vvga_write(struct vvga *vga, uint32_t offset, uint8_t value)
{
	struct path p;

	path_of(vga, &p);
	write_one(vga, &p, offset, value);
}

/* --- runs in planar memory ------------------------------------------------------------------ */

/* In VVGA_CHAINED, whose pages are there. */
static inline uint32_t *word_at(const struct vvga *vga, uint32_t offset)
{
	return (uint32_t *)(vga->memory + vvga_chained_index(offset));
}

/* Do accesses from `at` on, `count` of them, go to the same planes' bytes one after the other, and can
 * all be made without looking at pages? With `touch` these are made. */
static bool is_planar_run(struct vvga *vga, const struct path *p, uint32_t at, uint32_t count, bool touch)
{
	uint32_t first = at & OFFSET_MASK & ~3u, end = (at & OFFSET_MASK) + count;

	if (is_chained(p) || writes_odd_even(p) || reads_odd_even(p) || replaces_bit_0(p) ||
	    vga->s.layout != VVGA_CHAINED || vvga_vbe_on(vga) || at >= p->size ||
	    count > p->size - at || end > VVGA_PLANE_SIZE)
		return false;
	for (uint32_t page = first / VVGA_PAGE_SIZE; page <= (end - 1) / VVGA_PAGE_SIZE; page++)
		vga->changed |= (uint16_t)(1u << page);
	for (uint32_t block = 0; touch && block < VVGA_MEMORY_SIZE; block += VVGA_PLANE_SIZE)
		if (vvga_touch(vga, block + first, ((end + 3) & ~3u) - first))
			return false;
	return true;
}

static bool keeps_data(const struct path *p)
{
	return !p->write_mode && !p->rotate && !p->function && p->bit_mask == 0xFFFFFFFF;
}

/* Bytes that come to the planes as they are, but where Set/Reset takes the place. */
static void write_data(struct vvga *vga, const struct path *p, uint32_t offset, const uint8_t *from, uint32_t count)
{
	uint32_t mask = p->planes, data = mask & ~p->use_set, set = mask & p->use_set & p->set;

	for (; count; count--, offset++) {
		uint32_t *word = word_at(vga, offset);

		*word = (*word & ~mask) | (*from++ * EACH_PLANE & data) | set;
	}
}

static void write_words(struct vvga *vga, const struct path *p, uint32_t offset, const uint8_t *from, uint32_t count)
{
	uint32_t latch = latches(vga), mask = p->planes;

	if (keeps_data(p)) {
		write_data(vga, p, offset, from, count);
		return;
	}
	for (; count; count--, offset++) {
		uint32_t *word = word_at(vga, offset);

		*word = (*word & ~mask) | (combined(p, latch, *from++) & mask);
	}
}

static void fill_in_page(struct vvga *vga, uint32_t index, uint32_t word, uint32_t mask, uint32_t count)
{
	uint32_t *at = (uint32_t *)(vga->memory + index), *end = at + count;

	if ((!word && !vvga_page_is_there(vga, index / VVGA_PAGE_SIZE)) || vvga_touch(vga, index, 1))
		return;
	if (mask != 0xFFFFFFFF) {
		for (; at < end; at++)
			*at = (*at & ~mask) | word;
		return;
	}
	/* What is there doubles each time: copies are quicker than a loop. */
	*at = word;
	for (uint32_t have = 1, n; have < count; have += n) {
		n = have < count - have ? have : count - have;
		memcpy(at + have, at, n * sizeof word);
	}
}

/* The same word to `count` offsets one after the other. Every fourth lies in the same block, one
 * word behind the other, to the end of a page. */
static void fill_words(struct vvga *vga, uint32_t first, uint32_t word, uint32_t mask, uint32_t count)
{
	uint32_t end = first + count;

	word &= mask;
	for (uint32_t skip = 0; skip < 4; skip++) {
		for (uint32_t at = first + skip, n; at < end; at += n * sizeof word) {
			uint32_t room = (VVGA_PAGE_SIZE - (at & ~3u) % VVGA_PAGE_SIZE) / sizeof word;

			n = (end - at + 3) / sizeof word;
			n = n < room ? n : room;
			fill_in_page(vga, vvga_chained_index(at), word, mask, n);
		}
	}
}

/* Elements of `size` bytes: all of an element is read, which leaves its last byte's planes in the latches,
 * before it is written. */
static void copy_words(struct vvga *vga, const struct path *p, uint32_t to, uint32_t from, unsigned size,
		       uint32_t count)
{
	uint32_t mask = p->planes, latch = latches(vga);
	uint8_t bytes[4];

	for (; count; count--) {
		for (unsigned i = 0; i < size; i++) {
			latch = *word_at(vga, from++);
			bytes[i] = p->read_mode ? color_compare(p, latch) : (uint8_t)(latch >> BYTE_BITS * p->read_map);
		}
		for (unsigned i = 0; i < size; i++) {
			uint32_t *word = word_at(vga, to++);

			*word = (*word & ~mask) | (combined(p, latch, bytes[i]) & mask);
		}
	}
	__builtin_memcpy(vga->s.latch, &latch, sizeof latch);
}

/* --- runs ------------------------------------------------------------------------------------- */

void vvga_write_run(struct vvga *vga, uint32_t offset, const uint8_t *from, uint32_t count)
{
	struct path p;

	path_of(vga, &p);
	if (is_planar_run(vga, &p, offset - p.start, count, true)) {
		write_words(vga, &p, (offset - p.start) & OFFSET_MASK, from, count);
		return;
	}
	for (uint32_t i = 0; i < count; i++)
		write_one(vga, &p, offset + i, from[i]);
}

static bool same_bytes(uint32_t value, unsigned size)
{
	return size == 1 || (size == 2 && (value & 0xFF) == (value >> 8 & 0xFF)) ||
	       value == (value & 0xFF) * EACH_PLANE;
}

void vvga_fill(struct vvga *vga, uint32_t offset, uint32_t value, unsigned size, uint32_t count)
{
	struct path p;

	path_of(vga, &p);
	count *= size;
	if (same_bytes(value, size) && is_planar_run(vga, &p, offset - p.start, count, false)) {
		fill_words(vga, (offset - p.start) & OFFSET_MASK, combined(&p, latches(vga), (uint8_t)value), p.planes,
			   count);
		return;
	}
	for (uint32_t i = 0; i < count; i++)
		write_one(vga, &p, offset + i, (uint8_t)(value >> BYTE_BITS * (i % size)));
}

/* The bus is eight bits wide: see copy_words(). */
void vvga_copy(struct vvga *vga, uint32_t to, uint32_t from, unsigned size, uint32_t count)
{
	struct path p;

	path_of(vga, &p);
	if (is_planar_run(vga, &p, from - p.start, count * size, true) &&
	    is_planar_run(vga, &p, to - p.start, count * size, true)) {
		copy_words(vga, &p, (to - p.start) & OFFSET_MASK, (from - p.start) & OFFSET_MASK, size, count);
		return;
	}
	for (; count; count--, to += size, from += size) {
		uint32_t value = 0;

		for (unsigned i = 0; i < size; i++)
			value |= (uint32_t)read_one(vga, &p, from + i) << BYTE_BITS * i;
		for (unsigned i = 0; i < size; i++)
			write_one(vga, &p, to + i, (uint8_t)(value >> BYTE_BITS * i));
	}
}
