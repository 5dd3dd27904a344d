/* XMS and EMS by their specifications, on a guest whose memory is an array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "vmem.h"

enum { MEMORY = 4 << 20, PAGES = MEMORY / 4096, STACK = 0x8000, AREA = 0x2000 };

/* A page shows the frame of its own number, another one, or nothing (0). */
static uint8_t memory[MEMORY];
static unsigned frame_of[PAGES];
static bool a20, no_memory;
static struct vmem pc;
static struct vcpu_frame regs;

static void access(uint32_t at, uint8_t *buffer, uint32_t size, bool write)
{
	for (uint32_t i = 0; i < size; i++) {
		unsigned frame = frame_of[(at + i) / 4096];
		uint8_t *byte = &memory[frame * 4096 + (at + i) % 4096];

		if (write && frame)
			*byte = buffer[i];
		else if (!write)
			buffer[i] = frame ? *byte : 0xFF;
	}
}

static void get(void *of, uint32_t at, void *to, uint32_t size) { (void)of; access(at, to, size, false); }
static void put(void *of, uint32_t at, const void *from, uint32_t size)
{
	(void)of;
	access(at, (uint8_t *)(uintptr_t)from, size, true);
}

static bool show(void *of, uint32_t gpa, uint32_t target)
{
	(void)of;
	assert_int_equal(gpa % VMEM_UNIT, 0);
	assert_true(target >= VMEM_POOL && target + VMEM_UNIT <= MEMORY);
	for (unsigned i = 0; i < 4 && !no_memory; i++)
		frame_of[gpa / 4096 + i] = target / 4096 + i;
	return !no_memory;
}

static void hide(void *of, uint32_t gpa)
{
	(void)of;
	for (unsigned i = 0; i < 4; i++)
		frame_of[gpa / 4096 + i] = 0;
}

static bool answers(void *of, uint32_t gpa) { (void)of; return frame_of[gpa / 4096] != 0; }
static void set_a20(void *of, bool open) { (void)of; a20 = open; }
static bool get_a20(void *of) { (void)of; return a20; }

static const struct vmem_wires wires = {
	.read = get, .write = put, .read_physical = get, .write_physical = put, .show = show, .hide = hide,
	.answers = answers, .set_a20 = set_a20, .a20 = get_a20,
};

/* 640 KB, ROM in the first 32 KB of C8000h's neighbourhood left out, 3 MB above 1 MB. */
static int setup(void **state)
{
	(void)state;
	memset(memory, 0, sizeof memory);
	for (unsigned i = 1; i < PAGES; i++)
		frame_of[i] = i >= 0xC8 && i < 0xF0 ? 0 : i;
	a20 = no_memory = false;
	memset(&regs, 0, sizeof regs);
	regs.esp = STACK;
	vmem_init(&pc, &wires, 3 << 20);
	return 0;
}

/* A call of the driver's gate for EMS; the status. */
static unsigned ems(unsigned ax, unsigned bx, unsigned dx)
{
	regs.eax = ax;
	regs.ebx = bx;
	regs.edx = dx;
	vmem_ems(&pc, &regs);
	return reg_high(regs.eax);
}

/* The error, or 0. */
static unsigned xms(unsigned ah, unsigned bx, uint32_t edx)
{
	regs.eax = ah << 8;
	regs.ebx = bx;
	regs.edx = edx;
	vmem_xms(&pc, &regs);
	return reg_word(regs.eax) == 1 ? 0 : reg_low(regs.ebx);
}

static int begun(void **state)
{
	setup(state);
	return ems(0xF000, 0, 0) != 0;
}

static void put_at(uint32_t at, const void *data, uint32_t size) { put(NULL, at, data, size); }
static uint16_t word_at(uint32_t at) { uint16_t w; get(NULL, at, &w, 2); return w; }
static uint8_t byte_at(uint32_t at) { uint8_t b; get(NULL, at, &b, 1); return b; }
static void at_area(void) { regs.ds = regs.es = AREA / 16; regs.esi = regs.edi = 0; }

/* --- the driver's beginning ---------------------------------------------------------------------- */

static void test_nothing_without_the_driver(void **state)
{
	(void)state;
	assert_int_equal(ems(0x4000, 0, 0), 0x80);
	assert_int_equal(xms(0x00, 0, 0), XMS_NOT_IMPLEMENTED);
}

static void test_frame_and_upper_memory(void **state)
{
	(void)state;
	assert_int_equal(ems(0xF000, 0, 0), 0);
	assert_int_equal(reg_word(regs.ebx), 0xE000);
	assert_int_equal(reg_word(regs.edx), 96);            /* C8000h to DFFFFh */
	assert_int_equal(pc.s.units, (3 * 1024 - 64) / 16);
	assert_int_equal(reg_word(regs.ecx), 3 * 1024 - 64 - 96);
	assert_true(answers(NULL, 0xC8000) && answers(NULL, 0xDF000) && !answers(NULL, 0xE0000));
	vmem_reset(&pc);
	assert_false(answers(NULL, 0xC8000));
	assert_int_equal(pool_free(&pc), pc.s.units);
}

static void test_adapters_are_respected(void **state)
{
	(void)state;
	frame_of[0xC8] = 0xC8;                               /* an option ROM */
	frame_of[0xE8] = 0xE8;
	assert_int_equal(ems(0xF000, 0, 0), 0);
	assert_int_equal(reg_word(regs.ebx), 0xD800);        /* D8000h to E7FFFh */
	assert_int_equal(pc.s.umb_count, 2);                 /* CC000h to D7FFFh, EC000h to EFFFFh */
	assert_int_equal(pc.s.umb[0].segment, 0xCC00);
	assert_int_equal(pc.s.umb[0].paragraphs, 0xC00);
	assert_int_equal(pc.s.umb[1].segment, 0xEC00);
	assert_true(frame_of[0xC8] == 0xC8 && frame_of[0xE8] == 0xE8);
}

static void test_flags_of_the_driver(void **state)
{
	(void)state;
	ems(0xF000, 0, 1);
	assert_int_equal(reg_word(regs.ebx), 0);
	assert_int_equal(reg_word(regs.edx), 160);
	assert_int_equal(ems(0x4100, 0, 0), 0x80);
	ems(0xF000, 0, 2);
	assert_int_equal(reg_word(regs.ebx), 0xE000);
	assert_int_equal(reg_word(regs.edx), 0);
}

static void test_no_extended_memory(void **state)
{
	(void)state;
	vmem_init(&pc, &wires, 64 << 10);
	assert_int_equal(ems(0xF000, 0, 0), 0);
	assert_int_equal(reg_word(regs.edx), 0);
	assert_int_equal(ems(0x4300, 1, 0), EMS_TOO_MANY_PAGES);
	assert_int_equal(xms(0x01, 0, 0xFFFF), XMS_HMA_NONE);
	assert_int_equal(xms(0x09, 0, 1), XMS_NO_MEMORY);
}

/* --- XMS ----------------------------------------------------------------------------------------- */

static void test_hma_and_a20(void **state)
{
	(void)state;
	assert_int_equal(xms(0x01, 0, 0xFFFF), 0);
	assert_int_equal(xms(0x01, 0, 0xFFFF), XMS_HMA_IN_USE);
	assert_int_equal(xms(0x02, 0, 0), 0);
	assert_int_equal(xms(0x02, 0, 0), XMS_HMA_NOT_TAKEN);
	xms(0x03, 0, 0);
	assert_true(a20);
	assert_int_equal(xms(0x05, 0, 0), 0);
	assert_int_equal(xms(0x04, 0, 0), XMS_A20_STILL_OPEN);
	assert_true(a20);
	assert_int_equal(xms(0x06, 0, 0), 0);
	assert_false(a20);
	xms(0x07, 0, 0);
	assert_int_equal(reg_word(regs.eax), 0);
	assert_int_equal(reg_low(regs.ebx), 0);
}

static void test_blocks(void **state)
{
	unsigned total = 3 * 1024 - 64 - 96, a, b;

	(void)state;
	xms(0x08, 0, 0);
	assert_int_equal(reg_word(regs.eax), total);
	assert_int_equal(reg_word(regs.edx), total);
	assert_int_equal(xms(0x09, 0, 100), 0);
	a = reg_word(regs.edx);
	assert_int_equal(xms(0x09, 0, 200), 0);
	b = reg_word(regs.edx);
	assert_int_not_equal(a, b);
	assert_int_equal(xms(0x0E, 0, a), 0);
	assert_int_equal(reg_word(regs.edx), 100);
	assert_int_equal(reg_high(regs.ebx), 0);
	assert_int_equal(reg_low(regs.ebx), VMEM_XMS_HANDLES - 2);
	assert_int_equal(xms(0x0C, 0, b), 0);
	assert_int_equal((regs.edx & 0xFFFF) << 16 | reg_word(regs.ebx), VMEM_POOL + (6 + 7) * VMEM_UNIT);
	assert_int_equal(xms(0x0A, 0, b), XMS_LOCKED);
	assert_int_equal(xms(0x0F, 300, b), XMS_LOCKED);
	assert_int_equal(xms(0x0D, 0, b), 0);
	assert_int_equal(xms(0x0D, 0, b), XMS_NOT_LOCKED);
	assert_int_equal(xms(0x0A, 0, a), 0);
	assert_int_equal(xms(0x0A, 0, a), XMS_BAD_HANDLE);
	assert_int_equal(xms(0x0A, 0, b), 0);
	assert_int_equal(xms(0x09, 0, total + 1), XMS_NO_MEMORY);
	assert_int_equal(xms(0x09, 0, 0), 0);                /* a handle without memory is one */
	xms(0x08, 0, 0);
	assert_int_equal(reg_word(regs.edx), total);
	assert_int_equal(xms(0x89, 0, 0xFFFFFFFF), XMS_NO_MEMORY);
}

static void test_handles_run_out(void **state)
{
	(void)state;
	for (unsigned i = 0; i < VMEM_XMS_HANDLES; i++)
		assert_int_equal(xms(0x09, 0, 0), 0);
	assert_int_equal(xms(0x09, 0, 0), XMS_NO_HANDLES);
}

static void test_resize_keeps_the_content(void **state)
{
	unsigned a, wall;
	uint8_t mark = 0xA5;

	(void)state;
	xms(0x09, 0, 32);
	a = reg_word(regs.edx);
	xms(0x09, 0, 16);
	wall = reg_word(regs.edx);
	put_at(unit_address(pc.s.xms[a - 1].first) + 0x7FFF, &mark, 1);
	assert_int_equal(xms(0x0F, 64, a), 0);               /* has to move */
	assert_int_equal(byte_at(unit_address(pc.s.xms[a - 1].first) + 0x7FFF), 0xA5);
	assert_int_equal(xms(0x0F, 60000, a), XMS_NO_MEMORY);
	assert_int_equal(byte_at(unit_address(pc.s.xms[a - 1].first) + 0x7FFF), 0xA5);
	assert_int_equal(xms(0x0A, 0, wall), 0);
	assert_int_equal(xms(0x0A, 0, a), 0);
	xms(0x08, 0, 0);
	assert_int_equal(reg_word(regs.eax), 3 * 1024 - 64 - 96);
}

static void move_struct(uint32_t length, unsigned from, uint32_t from_at, unsigned to, uint32_t to_at)
{
	uint8_t m[16];

	memcpy(m, &length, 4);
	memcpy(m + 4, &from, 2);
	memcpy(m + 6, &from_at, 4);
	memcpy(m + 10, &to, 2);
	memcpy(m + 12, &to_at, 4);
	put_at(AREA, m, sizeof m);
	at_area();
}

static void test_move(void **state)
{
	unsigned a;

	(void)state;
	xms(0x09, 0, 64);
	a = reg_word(regs.edx);
	put_at(0x30000, "extended memory!", 16);
	move_struct(16, 0, 0x30000000, a, 0x4321);
	assert_int_equal(xms(0x0B, 0, 0), 0);
	move_struct(16, a, 0x4321, 0, 0x40000000);
	assert_int_equal(xms(0x0B, 0, 0), 0);
	assert_memory_equal(memory + 0x40000, "extended memory!", 16);
	move_struct(15, 0, 0, a, 0);
	assert_int_equal(xms(0x0B, 0, 0), XMS_BAD_LENGTH);
	move_struct(2, a + 1, 0, a, 0);
	assert_int_equal(xms(0x0B, 0, 0), XMS_BAD_SOURCE);
	move_struct(2, a, 65537, a, 0);
	assert_int_equal(xms(0x0B, 0, 0), XMS_BAD_SOURCE_OFFSET);
	move_struct(2, a, 0, 99, 0);
	assert_int_equal(xms(0x0B, 0, 0), XMS_BAD_TARGET);
	move_struct(2, a, 0, a, 65537);
	assert_int_equal(xms(0x0B, 0, 0), XMS_BAD_TARGET_OFFSET);
	move_struct(2, a, 65535, a, 0);
	assert_int_equal(xms(0x0B, 0, 0), XMS_BAD_LENGTH);
	move_struct(0xFFFFFFFE, a, 0, a, 2);
	assert_int_equal(xms(0x0B, 0, 0), XMS_BAD_LENGTH);
	/* Overlapping, both ways, longer than the copy's buffer. */
	for (unsigned i = 0; i < 4096; i++)
		memory[unit_address(pc.s.xms[a - 1].first) + i] = (uint8_t)(i * 7 >> 3);
	move_struct(2048, a, 0, a, 100);
	assert_int_equal(xms(0x0B, 0, 0), 0);
	for (unsigned i = 0; i < 2048; i++)
		assert_int_equal(memory[unit_address(pc.s.xms[a - 1].first) + 100 + i], (uint8_t)(i * 7 >> 3));
}

static void test_upper_memory_blocks(void **state)
{
	(void)state;
	assert_int_equal(xms(0x10, 0, 0xFFFF), XMS_UMB_SMALLER);
	assert_int_equal(reg_word(regs.edx), 0x1800);
	assert_int_equal(xms(0x10, 0, 0x100), 0);
	assert_int_equal(reg_word(regs.ebx), 0xC800);
	assert_int_equal(reg_word(regs.edx), 0x100);
	assert_int_equal(xms(0x10, 0, 0x200), 0);
	assert_int_equal(reg_word(regs.ebx), 0xC900);
	assert_int_equal(xms(0x12, 0x180, 0xC800), XMS_UMB_SMALLER);
	assert_int_equal(reg_word(regs.edx), 0x100);
	assert_int_equal(xms(0x12, 0x80, 0xC900), 0);
	assert_int_equal(xms(0x12, 0x1000, 0xC900), 0);
	assert_int_equal(xms(0x11, 0, 0xC900), 0);
	assert_int_equal(xms(0x11, 0, 0xC900), XMS_UMB_BAD);
	assert_int_equal(xms(0x12, 0x1800, 0xC800), 0);      /* all of it */
	assert_int_equal(xms(0x10, 0, 1), XMS_UMB_NONE);
	assert_int_equal(xms(0x11, 0, 0xC800), 0);
	assert_int_equal(pc.s.umb_count, 1);
	assert_int_equal(xms(0x10, 0, 0), XMS_UMB_SMALLER);
}

/* --- EMS -------------------------------------------------------------------------------------------- */

static unsigned pages_of(unsigned count)
{
	assert_int_equal(ems(0x4300, count, 0), 0);
	return reg_word(regs.edx);
}

static void test_pages(void **state)
{
	unsigned h, total;

	(void)state;
	assert_int_equal(ems(0x4000, 0, 0), 0);
	assert_int_equal(ems(0x4600, 0, 0), 0);
	assert_int_equal(reg_low(regs.eax), 0x40);
	assert_int_equal(ems(0x4200, 0, 0), 0);
	total = reg_word(regs.edx);
	assert_int_equal(total, (3 * 1024 - 64 - 96) / 16);
	assert_int_equal(reg_word(regs.ebx), total);
	assert_int_equal(ems(0x4300, 0, 0), EMS_ZERO_PAGES);
	assert_int_equal(ems(0x4300, total + 1, 0), EMS_TOO_MANY_PAGES);
	h = pages_of(8);
	assert_int_equal(ems(0x4300, total - 7, 0), EMS_NO_PAGES);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(ems(0x4400 + i, i + 2, h), 0);
	assert_int_equal(ems(0x4404, 0, h), EMS_BAD_WINDOW);
	assert_int_equal(ems(0x4400, 8, h), EMS_BAD_PAGE);
	assert_int_equal(ems(0x4400, 0, h + 1), EMS_BAD_HANDLE);
	memory[0] = 0;
	put_at(0xE4010, "page 3", 6);
	assert_int_equal(ems(0x4400, 3, h), 0);              /* the same page in two windows */
	assert_int_equal(byte_at(0xE0010), 'p');
	assert_int_equal(ems(0x4400, 0xFFFF, h), 0);
	assert_int_equal(byte_at(0xE0010), 0xFF);
	assert_int_equal(ems(0x4500, 0, h), 0);
	assert_int_equal(byte_at(0xE4010), 0xFF);
	assert_int_equal(ems(0x4500, 0, h), EMS_BAD_HANDLE);
	ems(0x4200, 0, 0);
	assert_int_equal(reg_word(regs.ebx), total);
}

/* Handles' pages lie in one list: growing one must move the others and lose nothing. */
static void test_reallocate(void **state)
{
	unsigned a, b, c;

	(void)state;
	a = pages_of(2), b = pages_of(3), c = pages_of(1);
	for (unsigned i = 0; i < 3; i++) {
		uint8_t mark = (uint8_t)(0x30 + i);

		ems(0x4400, i, b);
		put_at(0xE0000, &mark, 1);
	}
	assert_int_equal(ems(0x5100, 10, a), 0);
	assert_int_equal(reg_word(regs.ebx), 10);
	assert_int_equal(ems(0x5100, 5, b), 0);
	assert_int_equal(ems(0x5100, 0, c), 0);
	assert_int_equal(ems(0x5100, 1, a), 0);
	assert_int_equal(ems(0x5100, 60000, a), EMS_TOO_MANY_PAGES);
	assert_int_equal(reg_word(regs.ebx), 1);
	for (unsigned i = 0; i < 3; i++) {
		ems(0x4400, i, b);
		assert_int_equal(byte_at(0xE0000), 0x30 + i);
	}
	assert_int_equal(ems(0x4C00, 0, b), 0);
	assert_int_equal(reg_word(regs.ebx), 5);
	at_area();
	assert_int_equal(ems(0x4D00, 0, 0), 0);
	assert_int_equal(reg_word(regs.ebx), 4);
	assert_int_equal(word_at(AREA + 4), a);
	assert_int_equal(word_at(AREA + 6), 1);
	assert_int_equal(pc.s.ems_used, 6);
}

static void test_save_and_restore(void **state)
{
	unsigned h;

	(void)state;
	h = pages_of(4);
	ems(0x4400, 0, h);
	ems(0x4401, 1, h);
	assert_int_equal(ems(0x4800, 0, h), EMS_NOTHING_SAVED);
	assert_int_equal(ems(0x4700, 0, h), 0);
	assert_int_equal(ems(0x4700, 0, h), EMS_ALREADY_SAVED);
	assert_int_equal(ems(0x4500, 0, h), EMS_MAP_SAVED);
	ems(0x4400, 3, h);
	assert_int_equal(ems(0x4800, 0, h), 0);
	assert_int_equal(pc.s.window[0], pc.s.ems_pages[0]);
	at_area();
	assert_int_equal(ems(0x4E03, 0, 0), 0);
	assert_int_equal(reg_low(regs.eax), 10);
	assert_int_equal(ems(0x4E00, 0, 0), 0);
	ems(0x4400, 2, h);
	assert_int_equal(ems(0x4E01, 0, 0), 0);
	assert_int_equal(pc.s.window[0], pc.s.ems_pages[0]);
	memory[AREA] ^= 1;
	assert_int_equal(ems(0x4E01, 0, 0), EMS_BAD_CONTEXT);
	assert_int_equal(ems(0x4E04, 0, 0), EMS_BAD_SUBFUNCTION);
	/* Partial: windows 0 and 1 by their segments. */
	put_at(AREA, "\2\0\0\xE0\0\xE4", 6);
	regs.edi = 64;
	assert_int_equal(ems(0x4F00, 0, 0), 0);
	ems(0x4400, 0xFFFF, h);
	ems(0x4402, 3, h);
	regs.esi = 64;
	assert_int_equal(ems(0x4F01, 0, 0), 0);
	assert_int_equal(pc.s.window[0], pc.s.ems_pages[0]);
	assert_int_equal(pc.s.window[2], pc.s.ems_pages[3]);
	memory[AREA + 66] ^= 1;
	assert_int_equal(ems(0x4F01, 0, 0), EMS_BAD_CONTEXT);
	assert_int_equal(ems(0x4F02, 5, 0), EMS_BAD_WINDOW);
}

static void test_map_many(void **state)
{
	unsigned h;

	(void)state;
	h = pages_of(4);
	at_area();
	put_at(AREA, "\3\0\0\0\2\0\1\0", 8);
	regs.ecx = 2;
	assert_int_equal(ems(0x5000, 0, h), 0);
	assert_int_equal(pc.s.window[0], pc.s.ems_pages[3]);
	assert_int_equal(pc.s.window[1], pc.s.ems_pages[2]);
	put_at(AREA, "\1\0\0\xEC\0\0\0\xE0", 8);
	assert_int_equal(ems(0x5001, 0, h), 0);
	assert_int_equal(pc.s.window[3], pc.s.ems_pages[1]);
	put_at(AREA, "\1\0\1\xEC", 4);
	assert_int_equal(ems(0x5001, 0, h), EMS_BAD_WINDOW);
	assert_int_equal(ems(0x5002, 0, h), EMS_BAD_SUBFUNCTION);
}

static void test_names(void **state)
{
	unsigned a, b;

	(void)state;
	a = pages_of(1), b = pages_of(1);
	at_area();
	put_at(AREA, "BUFFERS\0", 8);
	assert_int_equal(ems(0x5301, 0, a), 0);
	assert_int_equal(ems(0x5301, 0, a), 0);              /* its own name again */
	assert_int_equal(ems(0x5301, 0, b), EMS_NAME_EXISTS);
	assert_int_equal(ems(0x5401, 0, 0), 0);
	assert_int_equal(reg_word(regs.edx), a);
	regs.edi = 32;
	assert_int_equal(ems(0x5300, 0, a), 0);
	assert_memory_equal(memory + AREA + 32, "BUFFERS\0", 8);
	assert_int_equal(ems(0x5400, 0, 0), 0);
	assert_int_equal(reg_low(regs.eax), 3);
	assert_int_equal(word_at(AREA + 32 + 10), a);
	put_at(AREA, "NOBODY\0\0", 8);
	assert_int_equal(ems(0x5401, 0, 0), EMS_NO_NAME);
	put_at(AREA, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(ems(0x5401, 0, 0), EMS_NAME_EXISTS);
	assert_int_equal(ems(0x5402, 0, 0), 0);
	assert_int_equal(reg_word(regs.ebx), VMEM_EMS_HANDLES);
}

static void request(uint32_t length, uint8_t from_type, unsigned from, unsigned from_at, unsigned from_page,
		    uint8_t to_type, unsigned to, unsigned to_at, unsigned to_page)
{
	const uint16_t ends[2][3] = { { (uint16_t)from, (uint16_t)from_at, (uint16_t)from_page },
				      { (uint16_t)to, (uint16_t)to_at, (uint16_t)to_page } };

	put_at(AREA, &length, 4);
	put_at(AREA + 4, &from_type, 1);
	put_at(AREA + 5, ends[0], 6);
	put_at(AREA + 11, &to_type, 1);
	put_at(AREA + 12, ends[1], 6);
	at_area();
}

static uint8_t *page_byte(unsigned handle, uint32_t at)
{
	return &memory[unit_address(pc.s.ems_pages[pc.s.ems[handle].first + at / VMEM_UNIT]) + at % VMEM_UNIT];
}

static void test_region_moves(void **state)
{
	unsigned wall, h;

	(void)state;
	h = pages_of(2);
	wall = pages_of(1);
	assert_int_equal(ems(0x5100, 4, h), 0);              /* its pages do not lie side by side */
	assert_true(wall);
	for (unsigned i = 0; i < 50000; i++)
		memory[0x30000 + i] = (uint8_t)(i ^ i >> 8);
	request(50000, 0, 0, 0, 0x3000, 1, h, 100, 0);
	assert_int_equal(ems(0x5700, 0, 0), 0);
	for (unsigned i = 0; i < 50000; i++)
		assert_int_equal(*page_byte(h, 100 + i), (uint8_t)(i ^ i >> 8));
	request(40000, 1, h, 100, 0, 1, h, 1000, 0);          /* upwards, overlapping */
	assert_int_equal(ems(0x5700, 0, 0), EMS_OVERLAP);
	for (unsigned i = 0; i < 40000; i++)
		assert_int_equal(*page_byte(h, 1000 + i), (uint8_t)(i ^ i >> 8));
	request(40000, 1, h, 1000, 0, 1, h, 50, 0);           /* and down again */
	assert_int_equal(ems(0x5700, 0, 0), EMS_OVERLAP);
	for (unsigned i = 0; i < 40000; i++)
		assert_int_equal(*page_byte(h, 50 + i), (uint8_t)(i ^ i >> 8));
	memset(memory + 0x30000, 0x77, 1000);
	request(1000, 0, 0, 0, 0x3000, 1, h, 16000, 0);
	assert_int_equal(ems(0x5701, 0, 0), 0);
	assert_int_equal(*page_byte(h, 16000), 0x77);
	assert_int_equal(*page_byte(h, 16999), 0x77);
	assert_int_equal(memory[0x30000], (uint8_t)(15950 ^ 15950 >> 8));
}

static void test_region_errors(void **state)
{
	unsigned h;

	(void)state;
	h = pages_of(2);
	request(0x100001, 0, 0, 0, 0, 1, h, 0, 0);
	assert_int_equal(ems(0x5700, 0, 0), EMS_TOO_LONG);
	request(2, 2, 0, 0, 0, 1, h, 0, 0);
	assert_int_equal(ems(0x5700, 0, 0), EMS_BAD_TYPE);
	request(2, 1, h + 1, 0, 0, 1, h, 0, 0);
	assert_int_equal(ems(0x5700, 0, 0), EMS_BAD_HANDLE);
	request(2, 1, h, 0x4000, 0, 1, h, 0, 0);
	assert_int_equal(ems(0x5700, 0, 0), EMS_BAD_OFFSET);
	request(2, 1, h, 0, 2, 1, h, 0, 0);
	assert_int_equal(ems(0x5700, 0, 0), EMS_BAD_PAGE);
	request(2, 1, h, 0x3FFF, 1, 1, h, 0, 0);
	assert_int_equal(ems(0x5700, 0, 0), EMS_BEYOND_HANDLE);
	request(0x20, 0, 0, 0, 0xFFFF, 1, h, 0, 0);
	assert_int_equal(ems(0x5700, 0, 0), EMS_WRAPS);
	request(100, 1, h, 0, 0, 1, h, 50, 0);
	assert_int_equal(ems(0x5701, 0, 0), EMS_EXCHANGE_OVERLAP);
	assert_int_equal(ems(0x5702, 0, 0), EMS_BAD_SUBFUNCTION);
}

/* 55h: the interrupt's frame behind the gate's far return gets the target. 56h: before and after. */
static void test_alter_and_jump_and_call(void **state)
{
	uint8_t alter[18] = { 0x34, 0x12, 0x78, 0x56, 1, 0x40, 0, AREA / 16 & 0xFF, AREA / 16 >> 8,
			      1, 0x44, 0, AREA / 16 & 0xFF, AREA / 16 >> 8 };
	unsigned h;

	(void)state;
	h = pages_of(2);
	at_area();
	put_at(AREA, alter, sizeof alter);
	put_at(AREA + 0x40, "\1\0\0\0\0\0\0\0", 8);            /* new: page 1, old: page 0 */
	assert_int_equal(ems(0x5500, 0, h), 0);
	assert_int_equal(pc.s.window[0], pc.s.ems_pages[1]);
	assert_int_equal(word_at(STACK + 4), 0x1234);
	assert_int_equal(word_at(STACK + 6), 0x5678);
	assert_int_equal(ems(0x5500, 0, 60), EMS_BAD_HANDLE);
	ems(0x4400, 0xFFFF, h);
	assert_int_equal(ems(0xF100, 0, h), 0);
	assert_int_equal(pc.s.window[0], pc.s.ems_pages[1]);
	assert_int_equal(ems(0xF200, 0, h), 0);
	assert_int_equal(pc.s.window[0], pc.s.ems_pages[0]);
	assert_int_equal(ems(0x5602, 0, 0), 0);
	assert_int_equal(reg_word(regs.ebx), 32);
	assert_int_equal(ems(0xF103, 0, h), EMS_BAD_SUBFUNCTION);
}

static void test_for_operating_systems(void **state)
{
	unsigned bx, cx;

	(void)state;
	at_area();
	assert_int_equal(ems(0x5800, 0, 0), 0);
	assert_int_equal(reg_word(regs.ecx), 4);
	assert_int_equal(word_at(AREA + 4), 0xE400);
	assert_int_equal(word_at(AREA + 6), 1);
	assert_int_equal(ems(0x5900, 0, 0), 0);
	assert_int_equal(word_at(AREA), 0x400);
	assert_int_equal(word_at(AREA + 4), 10);
	assert_int_equal(ems(0x5B02, 0, 0), 0);
	assert_int_equal(reg_word(regs.edx), 10);
	assert_int_equal(ems(0x5B01, 1, 0), EMS_NO_REGISTER_SETS);
	assert_int_equal(ems(0x5D01, 0, 0), 0);
	bx = reg_word(regs.ebx), cx = reg_word(regs.ecx);
	assert_int_equal(ems(0x5900, 0, 0), EMS_DENIED);
	assert_int_equal(ems(0x5B00, 0, 0), EMS_DENIED);
	regs.ecx = 0;
	assert_int_equal(ems(0x5D00, 0, 0), EMS_DENIED);
	regs.ecx = cx;
	assert_int_equal(ems(0x5D00, bx, 0), 0);
	assert_int_equal(ems(0x5900, 0, 0), 0);
	regs.ecx = cx;
	assert_int_equal(ems(0x5D02, bx, 0), 0);
	assert_int_equal(ems(0x5200, 0, 0), 0);
	assert_int_equal(ems(0x5201, 1, 0), EMS_NOT_SUPPORTED);
	assert_int_equal(ems(0x4900, 0, 0), EMS_BAD_FUNCTION);
	assert_int_equal(ems(0x5E00, 0, 0), EMS_BAD_FUNCTION);
}

static void test_no_memory_to_show(void **state)
{
	unsigned h;

	(void)state;
	h = pages_of(1);
	no_memory = true;
	assert_int_equal(ems(0x4400, 0, h), EMS_SOFTWARE);
}

/* --- save, clear, load ------------------------------------------------------------------------------ */

static void test_save_clear_load(void **state)
{
	static struct vmem_state saved;
	static unsigned frames[PAGES];
	unsigned h;

	(void)state;
	h = pages_of(3);
	ems(0x4400, 2, h);
	ems(0x4403, 0, h);
	xms(0x09, 0, 100);
	xms(0x10, 0, 0x10);
	saved = pc.s;
	memcpy(frames, frame_of, sizeof frames);
	vmem_reset(&pc);
	assert_int_equal(vmem_load(&pc, &saved), E_OK);
	assert_memory_equal(&pc.s, &saved, sizeof saved);
	assert_memory_equal(frame_of, frames, sizeof frames);
}

static void test_nonsense_is_refused(void **state)
{
	static struct vmem_state good, bad;
	unsigned h;

	(void)state;
	h = pages_of(3);
	ems(0x4400, 2, h);
	xms(0x09, 0, 100);
	good = pc.s;
#define REFUSED(change, error) \
	bad = good; change; \
	assert_int_equal(vmem_load(&pc, &bad), error); \
	assert_memory_equal(&pc.s, &good, sizeof good)
	REFUSED(bad.version++, E_VERSION);
	REFUSED(bad.units--, E_DAMAGED);
	REFUSED(bad.frame = 0xB800, E_DAMAGED);
	REFUSED(bad.frame = 0xE001, E_DAMAGED);
	REFUSED(bad.frame = 0, E_DAMAGED);
	REFUSED(bad.window[0] = (uint16_t)(good.units), E_DAMAGED);
	REFUSED(bad.window[0] = (uint16_t)(good.units - 1), E_DAMAGED);  /* nobody's */
	REFUSED(bad.upper[0] = 4000, E_DAMAGED);
	REFUSED(bad.ems_used = VMEM_EMS_PAGES_MAX + 1, E_DAMAGED);
	REFUSED(bad.ems[h].count = 4, E_DAMAGED);
	REFUSED(bad.ems_pages[1] = VMEM_NO_UNIT, E_DAMAGED);
	REFUSED(bad.xms[0].size_kb = 0x10000000, E_DAMAGED);
	REFUSED(bad.xms[0].first = 200, E_DAMAGED);
	REFUSED(bad.umb_count = VMEM_UMBS + 1, E_DAMAGED);
	REFUSED(bad.umb[0].segment = 0, E_DAMAGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nothing_without_the_driver, setup),
		cmocka_unit_test_setup(test_frame_and_upper_memory, setup),
		cmocka_unit_test_setup(test_adapters_are_respected, setup),
		cmocka_unit_test_setup(test_flags_of_the_driver, setup),
		cmocka_unit_test_setup(test_no_extended_memory, setup),
		cmocka_unit_test_setup(test_hma_and_a20, begun),
		cmocka_unit_test_setup(test_blocks, begun),
		cmocka_unit_test_setup(test_handles_run_out, begun),
		cmocka_unit_test_setup(test_resize_keeps_the_content, begun),
		cmocka_unit_test_setup(test_move, begun),
		cmocka_unit_test_setup(test_upper_memory_blocks, begun),
		cmocka_unit_test_setup(test_pages, begun),
		cmocka_unit_test_setup(test_reallocate, begun),
		cmocka_unit_test_setup(test_save_and_restore, begun),
		cmocka_unit_test_setup(test_map_many, begun),
		cmocka_unit_test_setup(test_names, begun),
		cmocka_unit_test_setup(test_region_moves, begun),
		cmocka_unit_test_setup(test_region_errors, begun),
		cmocka_unit_test_setup(test_alter_and_jump_and_call, begun),
		cmocka_unit_test_setup(test_for_operating_systems, begun),
		cmocka_unit_test_setup(test_no_memory_to_show, begun),
		cmocka_unit_test_setup(test_save_clear_load, begun),
		cmocka_unit_test_setup(test_nonsense_is_refused, begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
