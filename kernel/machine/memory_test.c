/* The guest-physical map: every kind of page, seen by the processor, a bus master and a debugger. */
#include "fake_kernel_test.h"

enum { KB = 1024, MB = 1024 * 1024, EXTENDED = MB };

struct device {
	uint8_t last_read, last_write, value;
	uint32_t offset, count;
	bool written;
};

static uint8_t device_read(void *of, uint32_t offset)
{
	struct device *d = of;

	d->offset = offset;
	d->count++;
	return (uint8_t)(d->value + offset);
}

static void device_write(void *of, uint32_t offset, uint8_t value)
{
	struct device *d = of;

	d->offset = offset;
	d->value = value;
	d->written = true;
	d->count++;
}

static const struct mmio_ops mmio = { .read = device_read, .write = device_write };

static uint32_t get(gpa_t gpa, size_t size)
{
	uint32_t value = 0;

	assert_int_equal(machine_read(m, gpa, &value, size, MACHINE_ACCESS), E_OK);
	return value;
}

static void set(gpa_t gpa, uint32_t value, size_t size)
{
	assert_int_equal(machine_write(m, gpa, &value, size, MACHINE_ACCESS), E_OK);
}

/* --- RAM --------------------------------------------------------------------------------------- */

static void test_first_touch(void **state)
{
	size_t before = fake_frame_next;

	(void)state;
	assert_int_equal(get(0x500, 4), 0);
	assert_int_equal(fake_frame_next, before);        /* reading takes no frame */
	set(0x500, 0x12345678, 4);
	assert_int_equal(fake_frame_next, before + 1);
	assert_int_equal(get(0x500, 4), 0x12345678);
	assert_int_equal(get(0x504, 4), 0);
	set(0x600, 1, 1);
	assert_int_equal(fake_frame_next, before + 1);
	assert_int_equal(m->guest_frames, 1);
}

static void test_straddling(void **state)
{
	(void)state;
	set(0x1FFE, 0xAABBCCDD, 4);
	assert_int_equal(get(0x1FFE, 4), 0xAABBCCDD);
	assert_int_equal(get(0x1FFF, 1), 0xCC);
	assert_int_equal(get(0x2000, 2), 0xAABB);
}

/* More than one page at once, and all of its kinds. */
static void test_long_run(void **state)
{
	static uint8_t from[20000], to[20000];

	(void)state;
	for (size_t i = 0; i < sizeof from; i++)
		from[i] = (uint8_t)(i * 7);
	assert_int_equal(machine_write(m, 640 * KB - 10001, from, sizeof from, MACHINE_ACCESS), E_OK);
	assert_int_equal(machine_read(m, 640 * KB - 10001, to, sizeof to, MACHINE_ACCESS), E_OK);
	assert_memory_equal(from, to, 10001);
	for (size_t i = 10001; i < sizeof to; i++)
		assert_int_equal(to[i], 0xFF);
}

static void test_no_memory_stops_the_machine(void **state)
{
	uint8_t byte = 1;

	(void)state;
	fake_fail_after = 0;
	assert_int_equal(machine_write(m, 0x500, &byte, 1, MACHINE_ACCESS), E_NO_MEMORY);
	assert_int_equal(machine_state(m), MACHINE_STOPPED);
	assert_non_null(strstr(machine_reason(m), "no memory left"));
	assert_true(m->hot.pending & PENDING_STAND);
}

/* --- what is not there ------------------------------------------------------------------------------ */

static void test_floats(void **state)
{
	uint32_t value = 0;

	(void)state;
	set(0xD0000, 0x11223344, 4);
	assert_int_equal(get(0xD0000, 4), 0xFFFFFFFF);
	assert_int_equal(get((gpa_t)1 << 40, 4), 0xFFFFFFFF);
	set((gpa_t)1 << 40, 0, 4);
	assert_int_equal(machine_read(m, 0xD0000, &value, 4, MACHINE_PEEK), E_FAULT);
	assert_int_equal(value, 0xFFFFFFFF);
	assert_int_equal(machine_write(m, 0xD0000, &value, 4, MACHINE_POKE), E_FAULT);
	assert_int_equal(machine_write(m, (gpa_t)1 << 40, &value, 4, MACHINE_POKE), E_FAULT);
}

/* --- A20 -------------------------------------------------------------------------------------------- */

static void test_a20(void **state)
{
	(void)state;
	set(0x100010, 0x55, 1);
	set(0x000010, 0x11, 1);
	assert_int_equal(get(0x100010, 1), 0x55);
	told = 0;
	machine_set_a20(m, false);
	assert_int_equal(told, 1);
	assert_int_equal(told_first, 0x100000);
	assert_int_equal(told_last, 0x10FFFF);
	machine_set_a20(m, false);
	assert_int_equal(told, 1);
	assert_int_equal(get(0x100010, 1), 0x11);
	set(0x100020, 0x77, 1);
	assert_int_equal(get(0x20, 1), 0x77);
	machine_set_a20(m, true);
	assert_int_equal(get(0x100010, 1), 0x55);
	assert_int_equal(get(0x100020, 1), 0);
}

/* Across 1 MB with the gate shut: the ROM's last bytes, then address 0. */
static void test_a20_wrap(void **state)
{
	uint8_t *rom = fake_pages(1);

	(void)state;
	memset(rom, 0xEA, PAGE_SIZE);
	assert_int_equal(machine_map_memory(m, 0xFF000, PAGE_SIZE, "rom", rom, true), E_OK);
	set(0, 0x2211, 2);
	machine_set_a20(m, false);
	assert_int_equal(get(0xFFFFE, 4), 0x2211EAEA);
	set(0xFFFFE, 0x99887766, 4);
	assert_int_equal(get(0, 2), 0x9988);
}

static void test_bus_masters_ignore_a20(void **state)
{
	uint8_t byte = 0xAB;

	(void)state;
	machine_set_a20(m, false);
	assert_int_equal(machine_write_physical(m, 0x100010, &byte, 1), E_OK);
	assert_int_equal(get(0x100010, 1), 0);
	assert_int_equal(get(0x10, 1), 0);
	byte = 0;
	assert_int_equal(machine_read_physical(m, 0x100010, &byte, 1), E_OK);
	assert_int_equal(byte, 0xAB);
}

static gpa_t moved_at;
static bool moved_write;

static void moved(struct machine_watch *w, gpa_t gpa, void *bytes, size_t size, bool write)
{
	(void)w;
	assert_int_equal(size, 1);
	moved_at = gpa;
	moved_write = write;
	if (!write)
		*(uint8_t *)bytes = 0x90;
}

/* It sees what no instruction does, and may put right what is read. */
static void test_bus_masters_are_watched(void **state)
{
	struct machine_watch watch = { .transfer = moved };
	uint8_t byte = 0xCC;

	(void)state;
	machine_watch(m, &watch);
	assert_int_equal(machine_write_physical(m, 0x600, &byte, 1), E_OK);
	assert_int_equal(moved_at, 0x600);
	assert_true(moved_write);
	assert_int_equal(machine_read_physical(m, 0x600, &byte, 1), E_OK);
	assert_false(moved_write);
	assert_int_equal(byte, 0x90);
	moved_at = 0;
	assert_int_equal(get(0x600, 1), 0xCC);
	assert_int_equal(moved_at, 0);
	machine_watch(m, NULL);
}

/* --- ROM and device memory --------------------------------------------------------------------------- */

static void test_rom(void **state)
{
	uint8_t *rom = fake_pages(2), other = 0x90;

	(void)state;
	memset(rom, 0xC3, 2 * PAGE_SIZE);
	assert_int_equal(machine_map_memory(m, 0xF0000, 2 * PAGE_SIZE, "bios", rom, true), E_OK);
	assert_int_equal(told_first, 0xF0000);
	assert_int_equal(told_last, 0xF1FFF);
	set(0xF0000, 0, 4);
	assert_int_equal(get(0xF0000, 4), 0xC3C3C3C3);
	assert_int_equal(machine_write(m, 0xF0000, &other, 1, MACHINE_PEEK), E_READ_ONLY);
	assert_int_equal(rom[0], 0xC3);
}

/* A debugger's patch is this machine's alone: the pages themselves are shared. */
static void test_rom_patch(void **state)
{
	uint8_t *rom = fake_pages(1), other = 0x90;
	size_t before;

	(void)state;
	memset(rom, 0xC3, PAGE_SIZE);
	assert_int_equal(machine_map_memory(m, 0xF0000, PAGE_SIZE, "bios", rom, true), E_OK);
	before = fake_frame_next;
	told = 0;
	assert_int_equal(machine_write(m, 0xF0001, &other, 1, MACHINE_POKE), E_OK);
	assert_int_equal(machine_write(m, 0xF0003, &other, 1, MACHINE_POKE), E_OK);
	assert_int_equal(fake_frame_next, before + 1);
	assert_int_equal(told, 1);
	assert_int_equal(get(0xF0000, 4), 0x90C390C3);
	assert_int_equal(rom[1], 0xC3);
	set(0xF0001, 0, 1);
	assert_int_equal(get(0xF0001, 1), 0x90);         /* still a ROM for the guest */
	fake_fail_after = 0;
	assert_int_equal(machine_map_memory(m, 0xF0000, PAGE_SIZE, "bios", rom, true), E_OK);
	assert_int_equal(machine_write(m, 0xF0001, &other, 1, MACHINE_POKE), E_NO_MEMORY);
}

/* Shadow RAM that is not locked yet: this machine's copy alone changes. */
static void test_rom_open(void **state)
{
	uint8_t *rom = fake_pages(1);
	uint8_t byte = 0x55;

	(void)state;
	memset(rom, 0xC3, PAGE_SIZE);
	assert_int_equal(machine_map_memory(m, 0xC0000, PAGE_SIZE, "vgabios", rom, true), E_OK);
	machine_open_rom(m, true);
	set(0xC0010, 0x66, 1);
	machine_open_rom(m, false);
	set(0xC0010, byte, 1);
	assert_int_equal(get(0xC0010, 1), 0x66);
	assert_int_equal(get(0xC0011, 1), 0xC3);
	assert_int_equal(rom[0x10], 0xC3);
}

static void test_device_memory_and_dirt(void **state)
{
	uint8_t *pages = fake_pages(4);

	(void)state;
	memset(pages, 0, 4 * PAGE_SIZE);
	assert_int_equal(machine_map_memory(m, 0xB8000, 4 * PAGE_SIZE, "video", pages, false), E_OK);
	assert_int_equal(machine_dirty(m, 0xB8000, 4 * PAGE_SIZE), 0);
	set(0xB9FFF, 0x4241, 2);
	assert_int_equal(pages[PAGE_SIZE * 2 - 1], 0x41);
	assert_int_equal(pages[PAGE_SIZE * 2], 0x42);
	fake_engine_dirty = 8;
	assert_int_equal(machine_dirty(m, 0xB8000, 4 * PAGE_SIZE), 8 | 4 | 2);
	fake_engine_dirty = 0;
	assert_int_equal(machine_dirty(m, 0xB8000, 4 * PAGE_SIZE), 0);
	/* RAM is nobody's business, and the map has an end. */
	set(0x500, 1, 1);
	assert_int_equal(machine_dirty(m, 0, 64 * PAGE_SIZE), 0);
	assert_int_equal(machine_dirty(m, 2 * MB - PAGE_SIZE, 64 * PAGE_SIZE), 0);
}

/* Pages of a device that come when they are touched: by the processor, or by a write. */
struct lazy_device {
	uint8_t *pages;
	bool there[4], none_left;
};

static paddr_t lazy_frame_of(void *device, uint32_t offset, bool make)
{
	struct lazy_device *d = device;

	assert_int_equal(offset % PAGE_SIZE, 0);
	d->there[offset / PAGE_SIZE] |= make && !d->none_left;
	return d->there[offset / PAGE_SIZE] ? virt_to_paddr(d->pages + offset) : 0;
}

/* A page can be taken back from the guest, which is given it anew; a real adapter's is not looked at in passing. */
static paddr_t adapter_frame_of(void *device, uint32_t offset, bool make)
{
	*(unsigned *)device += make;
	return 0xA0000 + offset;
}

static void test_real_adapters_memory(void **state)
{
	unsigned asked = 0;
	paddr_t frame;
	bool writable;
	uint8_t byte = 0;

	(void)state;
	assert_int_equal(machine_map_lazy(m, 0xA0000, 16 * PAGE_SIZE, "video", adapter_frame_of, &asked), E_OK);
	assert_int_equal(machine_read(m, 0xA2000, &byte, 1, MACHINE_PEEK), E_FAULT);
	assert_int_equal(byte, 0xFF);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(machine_page(m, 0xA2123, true, &frame, &writable), E_OK);
	assert_true(frame == 0xA2000 && writable);
	assert_int_equal(asked, 1);
	assert_int_equal(machine_read(m, 0xA2000, &byte, 1, MACHINE_PEEK), E_FAULT);
	assert_int_equal(machine_write(m, 0xA2000, &byte, 1, MACHINE_POKE), E_FAULT);
	assert_int_equal(machine_dirty(m, 0xA0000, 16 * PAGE_SIZE), 0);
	told = 0;
	machine_map_anew(m, 0xA2000, PAGE_SIZE);
	assert_int_equal(told, 1);
	assert_int_equal(machine_page(m, 0xA2000, false, &frame, &writable), E_OK);
	assert_int_equal(asked, 2);
}

static void test_lazy_device_memory(void **state)
{
	struct lazy_device d = { .pages = fake_pages(4) };
	size_t before = fake_frame_next;
	paddr_t frame;
	bool writable;

	(void)state;
	memset(d.pages, 0, 4 * PAGE_SIZE);
	d.pages[2 * PAGE_SIZE] = 0x55;
	assert_int_equal(machine_map_lazy(m, 0xB8000, 4 * PAGE_SIZE, "video", lazy_frame_of, &d), E_OK);
	assert_int_equal(get(0xB8000, 4), 0);
	assert_int_equal(get(0xBA000, 1), 0);
	assert_false(d.there[0]);
	set(0xB8FFF, 0x4241, 2);
	assert_true(d.there[0] && d.there[1] && !d.there[2]);
	assert_int_equal(d.pages[PAGE_SIZE], 0x42);
	assert_int_equal(machine_dirty(m, 0xB8000, 4 * PAGE_SIZE), 3);
	/* The device has this one, of which the map does not know yet. */
	d.there[2] = true;
	assert_int_equal(get(0xBA000, 1), 0x55);
	assert_int_equal(machine_page(m, 0xBB000, false, &frame, &writable), E_OK);
	assert_true(d.there[3] && writable);
	assert_int_equal(frame, virt_to_paddr(d.pages + 3 * PAGE_SIZE));
	assert_int_equal(m->guest_frames, 0);
	assert_int_equal(fake_frame_next, before);
}

/* Another bank of a device shows: its frames are there at once, those that it has not come when they are touched,
 * and what was written before is told. */
static void test_frames_of_a_bank(void **state)
{
	struct lazy_device d = { .pages = fake_pages(4) };
	uint8_t *bank = fake_pages(2);
	paddr_t frames[4] = { virt_to_paddr(bank), 0, virt_to_paddr(bank + PAGE_SIZE), 0 }, frame;
	bool writable;

	(void)state;
	assert_int_equal(machine_map_lazy(m, 0xA0000, 4 * PAGE_SIZE, "video", lazy_frame_of, &d), E_OK);
	set(0xA1000, 1, 1);
	told = 0;
	fake_engine_dirty = 8;
	assert_int_equal(machine_map_frames(m, 0xA0000, frames, 4), 8 | 2);
	assert_int_equal(told, 1);
	assert_true(told_first == 0xA0000 && told_last == 0xA3FFF);
	fake_engine_dirty = 0;
	bank[PAGE_SIZE + 5] = 0x66;
	assert_int_equal(get(0xA2005, 1), 0x66);
	set(0xA0001, 0x77, 1);
	assert_int_equal(bank[1], 0x77);
	assert_false(d.there[0] || d.there[3]);
	assert_int_equal(machine_page(m, 0xA3000, false, &frame, &writable), E_OK);
	assert_true(d.there[3] && writable && frame == virt_to_paddr(d.pages + 3 * PAGE_SIZE));
	assert_int_equal(machine_map_frames(m, 0xA0000, frames, 4), 1);
	assert_int_equal(machine_dirty(m, 0xA0000, 4 * PAGE_SIZE), 0);
}

static void test_lazy_without_memory(void **state)
{
	struct lazy_device d = { .pages = fake_pages(4), .none_left = true };
	uint8_t byte = 1;

	(void)state;
	assert_int_equal(machine_map_lazy(m, 0xB8000, 4 * PAGE_SIZE, "video", lazy_frame_of, &d), E_OK);
	assert_int_equal(machine_write(m, 0xB8000, &byte, 1, MACHINE_ACCESS), E_NO_MEMORY);
	assert_non_null(strstr(machine_reason(m), "no memory left"));
}

/* --- MMIO ----------------------------------------------------------------------------------------------- */

static void test_mmio(void **state)
{
	struct device d = { .value = 0x40 };
	uint8_t byte = 0;

	(void)state;
	assert_int_equal(machine_map_mmio(m, 0xA0000, 64 * KB, "vga", &mmio, &d), E_OK);
	assert_int_equal(get(0xA0002, 2), 0x4342);
	set(0xAFFFF, 0x77, 1);
	assert_int_equal(d.offset, 0xFFFF);
	assert_int_equal(d.value, 0x77);
	assert_int_equal(m->hot.exits[EXIT_MMIO], 2);
	/* Looking has no effect, and shows nothing. */
	d.count = 0;
	assert_int_equal(machine_read(m, 0xA0000, &byte, 1, MACHINE_PEEK), E_FAULT);
	assert_int_equal(byte, 0xFF);
	assert_int_equal(machine_write(m, 0xA0000, &byte, 1, MACHINE_POKE), E_FAULT);
	assert_int_equal(d.count, 0);
}

static void test_mmio_straddling_ram(void **state)
{
	struct device d = { .value = 0x40 };

	(void)state;
	assert_int_equal(machine_map_mmio(m, 0xA0000, 4 * KB, "vga", &mmio, &d), E_OK);
	set(0x9FFFE, 0x44332211, 4);
	assert_int_equal(get(0x9FFFE, 2), 0x2211);
	assert_int_equal(d.value, 0x44);
	assert_int_equal(d.offset, 1);
	assert_int_equal(get(0xA0FFF, 2), 0xFF00 | (uint8_t)(0x44 + 0xFFF));
}

/* What is mapped last is what answers, and the rest of what lies below still does. */
static void test_overlapping(void **state)
{
	struct device old = { .value = 1 }, new = { .value = 101 };

	(void)state;
	assert_int_equal(machine_map_mmio(m, 0xA0000, 128 * KB, "old", &mmio, &old), E_OK);
	assert_int_equal(machine_map_mmio(m, 0xB0000, 4 * KB, "new", &mmio, &new), E_OK);
	assert_int_equal(get(0xB0000, 1), 101);
	assert_int_equal(new.offset, 0);
	assert_int_equal(get(0xB1000, 1), 1);
	assert_int_equal(old.offset, 0x11000);
	machine_unmap(m, 0xB0000, 4 * KB);
	assert_int_equal(get(0xB0000, 1), 0xFF);
	assert_int_equal(get(0xA0000, 1), 1);
	machine_unmap(m, 0xA0000, 128 * KB);
	assert_int_equal(get(0xA0000, 1), 0xFF);
	assert_int_equal(m->region_count, 0);
}

/* RAM that is shown a second time: expanded memory. */
static void test_alias(void **state)
{
	uint8_t byte = 0x5A;
	unsigned frames;

	(void)state;
	assert_false(machine_answers(m, 0xE0000));
	assert_int_equal(machine_map_alias(m, 0xE0000, 4 * PAGE_SIZE, "ems", 0x120000), E_OK);
	assert_true(machine_answers(m, 0xE0000));
	frames = (unsigned)m->guest_frames;
	assert_int_equal(frames, 4);
	assert_int_equal(machine_write(m, 0xE1234, &byte, 1, MACHINE_ACCESS), E_OK);
	byte = 0;
	assert_int_equal(machine_read(m, 0x121234, &byte, 1, MACHINE_ACCESS), E_OK);
	assert_int_equal(byte, 0x5A);
	told = 0;
	assert_int_equal(machine_map_alias(m, 0xE0000, 4 * PAGE_SIZE, "ems", 0x130000), E_OK);
	assert_true(told > 0);
	assert_int_equal(machine_read(m, 0xE1234, &byte, 1, MACHINE_ACCESS), E_OK);
	assert_int_equal(byte, 0);
	assert_int_equal(m->region_count, 1);
	machine_unmap(m, 0xE0000, 4 * PAGE_SIZE);
	assert_false(machine_answers(m, 0xE0000));
	assert_int_equal(machine_read(m, 0x121234, &byte, 1, MACHINE_ACCESS), E_OK);
	assert_int_equal(byte, 0x5A);           /* what was shown is still there */
	assert_int_equal(machine_map_alias(m, 0xE0000, PAGE_SIZE, "ems", 0xD0000), E_INVALID);
	assert_int_equal(machine_map_alias(m, 0xE0000, PAGE_SIZE, "ems", 0x120800), E_INVALID);
	assert_int_equal(machine_map_alias(m, 0xE0000, PAGE_SIZE, "ems", 0x80000000), E_INVALID);
	fake_fail_after = 0;
	assert_int_equal(machine_map_alias(m, 0xE0000, PAGE_SIZE, "ems", 0x150000), E_NO_MEMORY);
	assert_false(machine_answers(m, 0xE0000));
	fake_fail_after = -1;
}

static void test_bad_regions(void **state)
{
	struct device d = { 0 };

	(void)state;
	assert_int_equal(machine_map_mmio(m, 0xA0001, 4 * KB, "x", &mmio, &d), E_INVALID);
	assert_int_equal(machine_map_mmio(m, 0xA0000, 100, "x", &mmio, &d), E_INVALID);
	assert_int_equal(machine_map_mmio(m, 0xA0000, 0, "x", &mmio, &d), E_INVALID);
	assert_int_equal(machine_map_mmio(m, 2 * MB, 4 * KB, "x", &mmio, &d), E_INVALID);
	for (unsigned i = 0; i < MACHINE_REGIONS_MAX; i++)
		assert_int_equal(machine_map_mmio(m, 0xA0000 + i * 2 * PAGE_SIZE, PAGE_SIZE, "x", &mmio, &d), E_OK);
	assert_int_equal(machine_map_mmio(m, 0xE0000, PAGE_SIZE, "x", &mmio, &d), E_NO_SPACE);
	assert_int_equal(machine_map_mmio(m, 0xA0000, PAGE_SIZE, "x", &mmio, &d), E_OK);  /* in place of one */
}

/* --- what engines ask --------------------------------------------------------------------------------- */

static void test_pages_for_engines(void **state)
{
	struct device d = { 0 };
	uint8_t *rom = fake_pages(1);
	paddr_t frame;
	bool writable;

	(void)state;
	assert_int_equal(machine_map_mmio(m, 0xA0000, 4 * KB, "x", &mmio, &d), E_OK);
	assert_int_equal(machine_map_memory(m, 0xF0000, 4 * KB, "rom", rom, true), E_OK);
	assert_int_equal(machine_page(m, 0x1234, false, &frame, &writable), E_OK);
	assert_true(writable);
	set(0x1234, 0x5A, 1);
	assert_int_equal(fake_ram[frame + 0x234], 0x5A);
	assert_int_equal(machine_page(m, 0xF0000, false, &frame, &writable), E_OK);
	assert_false(writable);
	assert_int_equal(frame, virt_to_paddr(rom));
	assert_int_equal(machine_page(m, 0xF0000, true, &frame, &writable), E_READ_ONLY);
	assert_int_equal(machine_page(m, 0xA0000, false, &frame, &writable), E_FAULT);
	assert_int_equal(machine_page(m, 0xD0000, false, &frame, &writable), E_FAULT);
	assert_int_equal(machine_page(m, (gpa_t)1 << 32, false, &frame, &writable), E_FAULT);
	fake_fail_after = 0;
	assert_int_equal(machine_page(m, 0x9000, true, &frame, &writable), E_NO_MEMORY);
}

static void count(void *ctx, const struct memory_view *view)
{
	(void)view;
	++*(unsigned *)ctx;
}

/* --- runs ------------------------------------------------------------------------------------------ */

static struct x86_run seen;

static void device_run(void *of, const struct x86_run *run)
{
	(void)of;
	seen = *run;
}

static const struct mmio_ops run_mmio = { device_read, device_write, device_run };

static void test_runs(void **state)
{
	struct x86_run run = { .kind = X86_RUN_FILL, .size = 2, .at = 0xB0010, .value = 7, .count = 100 };
	struct device d = { 0 };

	(void)state;
	assert_int_equal(machine_map_mmio(m, 0xB0000, 8 * KB, "video", &run_mmio, &d), E_OK);
	assert_int_equal(machine_map_mmio(m, 0xC0000, 4 * KB, "plain", &mmio, &d), E_OK);
	assert_int_equal(machine_run(m, &run), 100);
	assert_int_equal(seen.at, 0x10);
	assert_int_equal(seen.count, 100);
	assert_int_equal(m->hot.exits[EXIT_MMIO], 1);
	run.at = 0xB1FFD;       /* an element more would leave the region */
	assert_int_equal(machine_run(m, &run), 1);
	run.at = 0xB1FFF;
	assert_int_equal(machine_run(m, &run), 0);
	run = (struct x86_run){ .kind = X86_RUN_COPY, .size = 1, .at = 0xB0000, .from = 0xB1FF0, .count = 100 };
	assert_int_equal(machine_run(m, &run), 0x10);
	assert_int_equal(seen.from, 0x1FF0);
	run.from = 0xAFFFF;
	assert_int_equal(machine_run(m, &run), 0);
	run.from = 0xB2000;
	assert_int_equal(machine_run(m, &run), 0);
	/* No device's, or of one that wants its accesses singly. */
	run = (struct x86_run){ .kind = X86_RUN_READ, .size = 1, .at = 0xC0000, .count = 4 };
	assert_int_equal(machine_run(m, &run), 0);
	run.at = 0x500;
	assert_int_equal(machine_run(m, &run), 0);
	run.at = 0xFFFFFFF0;
	assert_int_equal(machine_run(m, &run), 0);
}

static void test_regions_listed(void **state)
{
	struct device d = { 0 };
	unsigned n = 0;

	(void)state;
	assert_int_equal(machine_map_mmio(m, 0xA0000, 4 * KB, "x", &mmio, &d), E_OK);
	machine_each_region(m, count, &n);
	assert_int_equal(n, 3);
	assert_int_equal(machine_base_memory(m), 640 * KB);
	assert_int_equal(machine_extended_memory(m), EXTENDED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first_touch), TEST(test_straddling), TEST(test_long_run),
		TEST(test_no_memory_stops_the_machine), TEST(test_floats), TEST(test_a20), TEST(test_a20_wrap),
		TEST(test_bus_masters_ignore_a20), TEST(test_bus_masters_are_watched), TEST(test_rom), TEST(test_rom_patch), TEST(test_rom_open),
		TEST(test_device_memory_and_dirt), TEST(test_real_adapters_memory), TEST(test_lazy_device_memory),
		TEST(test_frames_of_a_bank),
		TEST(test_lazy_without_memory),
		TEST(test_mmio), TEST(test_mmio_straddling_ram),
		TEST(test_overlapping), TEST(test_alias), TEST(test_bad_regions), TEST(test_pages_for_engines),
		TEST(test_runs), TEST(test_regions_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
