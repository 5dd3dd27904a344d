/* A machine that draws in a real adapter's memory, is shown elsewhere and comes back, at random moments, reads and
 * leaves what it does where nobody lends anything. The real adapter is played by a second chip. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vvga.h"

enum { OPERATIONS = 200000, PAGES = 16, SEQ = 0x3C4, GC = 0x3CE };

static struct vvga chip, alone, real;
static struct vvga_borrow borrow;
static uint16_t dirty;
static unsigned parks, ends;
static uint32_t seed = 1;

static unsigned dice(unsigned sides)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % sides;
}

static uint64_t no_time(void *of) { (void)of; return 0; }
static void no_alarm(void *of, uint64_t at) { (void)of; (void)at; }
static bool any_page(void *of, unsigned n) { (void)of; (void)n; return true; }

static void indexed(struct vvga *vga, unsigned port, unsigned index, uint8_t value)
{
	vvga_out(vga, port - VGA_BASE, (uint8_t)index);
	vvga_out(vga, port + 1 - VGA_BASE, value);
}

/* --- the real adapter, and its driver ------------------------------------------------------------------ */

static uint8_t guests_mask, guests_gc[VGA_GC_REGS];
static bool is_open;

static void map_mask(void *of, uint8_t value) { (void)of; indexed(&real, SEQ, 2, guests_mask = value); }
static void gc(void *of, unsigned i, uint8_t value) { (void)of; indexed(&real, GC, i, guests_gc[i] = value); }
static void crtc(void *of, unsigned i, uint8_t value) { (void)of; indexed(&real, 0x3D4, i, value); }

static void open(void *of)
{
	(void)of;
	assert_false(is_open);
	is_open = true;
	indexed(&real, SEQ, 2, 0x0F);
	for (unsigned i = 0; i < VGA_GC_REGS; i++)
		if (i != VGA_GC_MISC)
			indexed(&real, GC, i, i == VGA_GC_BIT_MASK ? 0xFF : 0);
}

static void close(void *of)
{
	(void)of;
	is_open = false;
	indexed(&real, SEQ, 2, guests_mask);
	for (unsigned i = 0; i < VGA_GC_REGS; i++)
		if (i != VGA_GC_MISC)
			indexed(&real, GC, i, guests_gc[i]);
}

static uint32_t planes(void *of, uint32_t offset)
{
	uint32_t word = 0;

	(void)of;
	assert_true(is_open);
	for (unsigned plane = 0; plane < 4; plane++) {
		indexed(&real, GC, 4, (uint8_t)plane);
		word |= (uint32_t)vvga_read(&real, offset) << 8 * plane;
	}
	return word;
}

static void put(uint32_t offset, uint32_t word)
{
	for (unsigned plane = 0; plane < 4; plane++) {
		indexed(&real, SEQ, 2, (uint8_t)(1u << plane));
		vvga_write(&real, offset, (uint8_t)(word >> 8 * plane));
	}
	indexed(&real, SEQ, 2, 0x0F);
}

/* What is held there must be right, and the guest's page there must not be reachable. */
static uint32_t latches(void *of, uint32_t scratch, uint32_t held)
{
	uint32_t word;

	assert_int_equal(vvga_planes_at(&real, scratch), held);
	indexed(&real, GC, 5, 1);
	vvga_write(&real, scratch, 0);
	indexed(&real, GC, 5, 0);
	word = planes(of, scratch);
	put(scratch, held);
	return word;
}

static void set_latches(void *of, uint32_t scratch, uint32_t held, uint32_t word)
{
	(void)of;
	put(scratch, word);
	vvga_read(&real, scratch);
	put(scratch, held);
}

static void read(void *of, unsigned plane, uint32_t offset, uint8_t *to, unsigned count)
{
	(void)of;
	assert_true(is_open);
	indexed(&real, GC, 4, (uint8_t)plane);
	while (count--)
		*to++ = vvga_read(&real, offset++);
}

static void end(void *of) { (void)of; ends++; }

static const struct loan_ops ops = {
	.map_mask = map_mask, .gc = gc, .crtc = crtc, .open = open, .latches = latches, .set_latches = set_latches,
	.planes = planes, .read = read, .close = close, .end = end,
};

static void lend(void)
{
	assert_true(vvga_may_borrow(&chip));
	open(NULL);
	for (uint32_t at = 0; at < VVGA_PLANE_SIZE; at++)
		if (vvga_planes_at(&real, at) != vvga_planes_at(&chip, at))
			put(at, vvga_planes_at(&chip, at));
	guests_mask = chip.s.seq[VGA_SEQ_MAP_MASK];
	memcpy(guests_gc, chip.s.gc, sizeof guests_gc);
	close(NULL);
	vvga_borrow(&chip, &borrow, &(struct loan){ &ops, NULL, 0xA0000 });
	dirty = 0;
}

static void take_back(void)
{
	vvga_borrow_fetch(&chip, &borrow, dirty);
	borrow.lent = false;
}

/* --- the guest ---------------------------------------------------------------------------------------------- */

static void guest_out(unsigned port, uint8_t value)
{
	unsigned reg = port - VGA_BASE;

	if (borrow.lent && vvga_borrow_ends(&chip, reg, value))
		take_back();
	vvga_out(&chip, reg, value);
	if (borrow.lent)
		vvga_borrow_pass(&chip, &borrow, reg);
	vvga_out(&alone, reg, value);
}

/* The adapter in which the guest's access ends up. */
static struct vvga *reached(uint32_t offset, bool write)
{
	unsigned page = offset / VVGA_PAGE_SIZE;

	if (!borrow.lent)
		return &chip;
	if (page == borrow.parked) {
		vvga_borrow_park(&borrow);
		assert_int_not_equal(borrow.parked, page);
		parks++;
	}
	for (unsigned block = 0; block < 4; block++)
		assert_int_equal(vvga_touch(&chip, block * VVGA_PLANE_SIZE + offset, 1), E_OK);
	dirty |= (uint16_t)(write << page);
	return &real;
}

static void one_access(void)
{
	/* Some pages more often than others. */
	uint32_t offset = dice(3) ? dice(0x3000) : dice(VVGA_PLANE_SIZE);

	if (dice(2)) {
		uint8_t value = (uint8_t)dice(256);

		vvga_write(reached(offset, true), offset, value);
		vvga_write(&alone, offset, value);
	} else {
		assert_int_equal(vvga_read(reached(offset, false), offset), vvga_read(&alone, offset));
	}
}

static void one_register(void)
{
	if (dice(4) == 0) {
		guest_out(SEQ, 2);
		guest_out(SEQ + 1, (uint8_t)dice(256));
		return;
	}
	guest_out(GC, (uint8_t)dice(16));
	/* Odd and even, and other maps, now and then. */
	if (chip.s.gc_index == VGA_GC_MISC)
		guest_out(GC + 1, dice(50) ? 5 : (uint8_t)dice(16));
	else
		guest_out(GC + 1, (uint8_t)(dice(256) & (chip.s.gc_index == VGA_GC_MODE && dice(20) ? 0xEF : 0xFF)));
}

static void mode_12h(struct vvga *vga)
{
	vga->memory = calloc(1, VVGA_MEMORY_SIZE);
	vga->clock = (struct clock){ .now = no_time, .arm = no_alarm };
	vga->page = any_page;
	vvga_reset(vga);
	vvga_out(vga, VGA_MISC_WRITE, 0xE3);
	indexed(vga, SEQ, 2, 0x0F);
	indexed(vga, SEQ, 4, 0x06);
	indexed(vga, GC, 5, 0);
	indexed(vga, GC, 6, 0x05);
	indexed(vga, GC, 7, 0x0F);
	indexed(vga, GC, 8, 0xFF);
}

static void compare(void)
{
	assert_memory_equal(chip.s.latch, alone.s.latch, sizeof chip.s.latch);
	assert_memory_equal(chip.s.gc, alone.s.gc, sizeof chip.s.gc);
	for (uint32_t at = 0; at < VVGA_PLANE_SIZE; at++)
		if (vvga_planes_at(&chip, at) != vvga_planes_at(&alone, at))
			fail_msg("%04x is %08x, not %08x", at, vvga_planes_at(&chip, at), vvga_planes_at(&alone, at));
}

static void random_moments(void **state)
{
	unsigned lends = 0, fetches = 0;

	(void)state;
	mode_12h(&chip);
	mode_12h(&alone);
	mode_12h(&real);
	for (unsigned n = 0; n < OPERATIONS; n++) {
		if (dice(5))
			one_access();
		else
			one_register();
		if (dice(2000) == 0 && !borrow.lent && vvga_may_borrow(&chip)) {
			lend();
			lends++;
		} else if (dice(2000) == 0 && borrow.lent) {
			take_back();
			compare();
		} else if (dice(1000) == 0 && borrow.lent) {
			vvga_borrow_fetch(&chip, &borrow, dirty);
			dirty = 0;
			compare();
			fetches++;
		}
	}
	if (borrow.lent)
		take_back();
	compare();
	assert_true(lends > 20 && fetches > 20 && parks > 100);
	assert_int_equal(borrow.times, lends);
	free(chip.memory);
	free(alone.memory);
	free(real.memory);
}

static void what_may_be_lent(void **state)
{
	static const struct {
		unsigned port, index;
		uint8_t value;
	} others[] = {
		{ SEQ, 4, 0x0E }, { SEQ, 4, 0x02 }, { SEQ, 4, 0x04 }, { GC, 6, 0x01 }, { GC, 6, 0x09 }, { GC, 6, 0x04 },
		{ GC, 5, 0x10 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
		mode_12h(&chip);
		assert_true(vvga_may_borrow(&chip));
		vvga_out(&chip, others[i].port - VGA_BASE, (uint8_t)others[i].index);
		assert_true(vvga_borrow_ends(&chip, others[i].port + 1 - VGA_BASE, others[i].value));
		vvga_out(&chip, others[i].port + 1 - VGA_BASE, others[i].value);
		assert_false(vvga_may_borrow(&chip));
		free(chip.memory);
	}
	mode_12h(&chip);
	assert_true(vvga_borrow_ends(&chip, VGA_MISC_WRITE, 0xE1));
	assert_true(vvga_borrow_ends(&chip, VGA_ENABLE, 0));
	vvga_out(&chip, VGA_GC_INDEX, VGA_GC_MODE);
	assert_false(vvga_borrow_ends(&chip, VGA_GC_DATA, 0x4B));
	vvga_out(&chip, VGA_MISC_WRITE, 0xE1);
	assert_false(vvga_may_borrow(&chip));
	chip.kind = VVGA_EGA;
	free(chip.memory);
	mode_12h(&chip);
	assert_false(vvga_may_borrow(&chip));
	chip.kind = VVGA_VGA;
	free(chip.memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_moments), cmocka_unit_test(what_may_be_lent) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
