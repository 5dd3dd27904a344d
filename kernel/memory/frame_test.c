/* Frames and accounts on a small PC: 8 MB with holes, a kernel, two boot files and a volume. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <kern/log.h>
#include "memory.h"

enum {
	RAM = 8 << 20, FRAMES = RAM / PAGE_SIZE,
	KERNEL = 0x100000, KERNEL_SIZE = 0x28000, BOOT = 0x8000, FILE1 = 0x200000, FILE1_SIZE = 0x2345,
	FILE2 = 0x210000, FILE2_SIZE = 0x1000, VOLUME = 0x300000, VOLUME_SIZE = 0x50000,
	CONVENTIONAL_END = 0x9FC00, RESERVED = 0x400000, RESERVED_SIZE = 0x1000,
};

/* --- what frame.c calls ------------------------------------------------------------------- */

uint32_t locks_held;
static uint8_t *ram;
uint8_t kernel_resident_start[1], kernel_end[1];
static paddr_t mapped_end;
static unsigned panics;
static jmp_buf after_panic;

void *paddr_to_virt(paddr_t paddr)
{
	assert_true(paddr < RAM);
	return ram + paddr;
}

paddr_t virt_to_paddr(const void *virt)
{
	if (virt == kernel_resident_start)
		return KERNEL;
	if (virt == kernel_end)
		return KERNEL + KERNEL_SIZE;
	assert_true((const uint8_t *)virt >= ram && (const uint8_t *)virt < ram + RAM);
	return (paddr_t)((const uint8_t *)virt - ram);
}

void paging_init(paddr_t end)
{
	mapped_end = end;
}

void heap_free_all(struct account *account)
{
	account->heap_bytes = 0;
}

void panic(const char *file, int line, const char *format, ...)
{
	(void)file;
	(void)line;
	(void)format;
	panics++;
	longjmp(after_panic, 1);
}

/* --- the PC ----------------------------------------------------------------------------------- */

static struct boot_info *boot;
static uint8_t owner[FRAMES];     /* the model: 0 free, else who took it */

static int start(void **state)
{
	static const struct boot_range ranges[] = {
		{ 0, CONVENTIONAL_END, BOOT_RANGE_USABLE, 0 },
		{ CONVENTIONAL_END, 0x100000 - CONVENTIONAL_END, BOOT_RANGE_RESERVED, 0 },
		{ 0x100000, RESERVED - 0x100000, BOOT_RANGE_USABLE, 0 },
		{ RESERVED, RESERVED_SIZE, BOOT_RANGE_RESERVED, 0 },
		{ RESERVED + RESERVED_SIZE, RAM - RESERVED - RESERVED_SIZE, BOOT_RANGE_USABLE, 0 },
		{ 0x100000000, 0x100000000, BOOT_RANGE_USABLE, 0 },
	};

	(void)state;
	ram = aligned_alloc(PAGE_SIZE, RAM);
	memset(ram, 0xEE, RAM);
	boot = (struct boot_info *)(ram + BOOT);
	memset(boot, 0, sizeof *boot);
	boot->range_count = ARRAY_SIZE(ranges);
	memcpy(boot->ranges, ranges, sizeof ranges);
	boot->file_count = 2;
	boot->files[0] = (struct boot_file){ "one", FILE1, FILE1_SIZE };
	boot->files[1] = (struct boot_file){ "two", FILE2, FILE2_SIZE };
	boot->volume_paddr = VOLUME;
	boot->volume_size = VOLUME_SIZE;
	memory_init(boot);
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(ram);
	return 0;
}

static bool inside(paddr_t at, paddr_t first, paddr_t size)
{
	return at + PAGE_SIZE > first && at < first + size;
}

/* Whatever the kernel or the boot path needs. */
static bool in_use(paddr_t at)
{
	return inside(at, KERNEL, KERNEL_SIZE) || inside(at, BOOT, sizeof *boot) ||
	       inside(at, FILE1, FILE1_SIZE) || inside(at, FILE2, FILE2_SIZE) ||
	       inside(at, VOLUME, VOLUME_SIZE) || inside(at, CONVENTIONAL_END, 0x100000 - CONVENTIONAL_END) ||
	       inside(at, RESERVED, RESERVED_SIZE) || at < PAGE_SIZE || at >= RAM;
}

/* --- tests --------------------------------------------------------------------------------------- */

static void test_everything_is_given_once(void **state)
{
	struct account *all = account_new("all", 0);
	size_t free_before = frames_free(), n = 0;
	paddr_t at;

	(void)state;
	assert_int_equal(mapped_end, RAM);
	memset(owner, 0, sizeof owner);
	while ((at = frame_alloc(all, 1))) {
		assert_int_equal(at & PAGE_MASK, 0);
		if (in_use(at))
			fail_msg("%llx is in use", (unsigned long long)at);
		assert_int_equal(owner[at / PAGE_SIZE]++, 0);
		n++;
	}
	assert_int_equal(n, free_before);
	assert_int_equal(frames_free(), 0);
	assert_int_equal(account_frames(all), n);
	/* All there is, less what is in use and two frames for the table of owners at most. */
	assert_true(n > FRAMES - 96 - 41 - 4 - 80 - 8);
	account_close(all);
	assert_int_equal(frames_free(), free_before);
}

static void test_totals(void **state)
{
	(void)state;
	assert_true(frames_total() > frames_free());
	assert_true(frames_total() <= FRAMES - 97);
	assert_int_equal(account_frames(account_kernel), frames_total() - 1 - frames_free());
}

static void test_limit(void **state)
{
	struct account *a = account_new("limited", 10);

	(void)state;
	assert_true(frame_alloc(a, 7) != 0);
	assert_int_equal(frame_alloc(a, 4), 0);
	assert_true(frame_alloc(a, 3) != 0);
	assert_int_equal(frame_alloc(a, 1), 0);
	assert_int_equal(frame_alloc(a, 0), 0);
	assert_int_equal(account_frames(a), 10);
	account_close(a);
}

static void test_close_gives_everything_back(void **state)
{
	struct account *a = account_new("a", 0), *b = account_new("b", 0);
	size_t before = frames_free();

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		assert_true(frame_alloc(a, 1 + i % 3) != 0);
		assert_true(frame_alloc(b, 1) != 0);
	}
	a->heap_bytes = 123;
	assert_int_equal(account_close(a), 123);
	assert_int_equal(frames_free(), before - 100);
	assert_int_equal(account_frames(b), 100);
	assert_int_equal(account_close(b), 0);
	assert_int_equal(frames_free(), before);
}

static uint32_t random_below(uint32_t limit)
{
	static uint64_t random = 88172645463325252u;

	random ^= random << 13;
	random ^= random >> 7;
	random ^= random << 17;
	return (uint32_t)(random >> 20) % limit;
}

/* Runs against a model: no frame twice, none lost, no neighbour touched. */
static void test_random_runs(void **state)
{
	enum { RUNS = 120 };
	struct { paddr_t at; size_t count; } runs[RUNS] = { { 0 } };
	struct account *a = account_new("runs", 0);
	size_t before = frames_free(), held = 0;

	(void)state;
	memset(owner, 0, sizeof owner);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned i = random_below(RUNS);

		if (runs[i].at) {
			for (size_t f = 0; f < runs[i].count; f++)
				assert_int_equal(owner[runs[i].at / PAGE_SIZE + f]--, 1);
			frame_free(runs[i].at, runs[i].count);
			held -= runs[i].count;
			runs[i].at = 0;
			continue;
		}
		runs[i].count = 1 + random_below(random_below(10) ? 8 : 200);
		runs[i].at = frame_alloc(a, runs[i].count);
		if (!runs[i].at)
			continue;
		held += runs[i].count;
		for (size_t f = 0; f < runs[i].count; f++) {
			assert_false(in_use(runs[i].at + f * PAGE_SIZE));
			assert_int_equal(owner[runs[i].at / PAGE_SIZE + f]++, 0);
		}
		assert_int_equal(frames_free(), before - held);
		assert_int_equal(account_frames(a), held);
	}
	account_close(a);
	assert_int_equal(frames_free(), before);
}

/* A run is found wherever it is, also behind where the search began. */
static void test_run_wraps(void **state)
{
	struct account *a = account_new("a", 0);
	paddr_t first = frame_alloc(a, 50), last = 0, at;

	(void)state;
	while ((at = frame_alloc(a, 1)))
		last = at;
	assert_true(last != 0);
	frame_free(first, 50);
	frame_free(last, 1);
	assert_int_equal(frame_alloc(a, 51), 0);
	assert_int_equal(frame_alloc(a, 50), first);
	assert_int_equal(frame_alloc(a, 1), last);
	account_close(a);
}

/* Who makes room is asked when there is none, not otherwise, and not with interrupts off. */
static struct account *idle_module;
static unsigned asked;

static bool make_room(void)
{
	asked++;
	if (!account_frames(idle_module))
		return false;
	frames_free_all(idle_module);
	return true;
}

static void test_room_is_made(void **state)
{
	struct account *a = account_new("a", 0), *limited = account_new("limited", 1);
	size_t all = frames_free();

	(void)state;
	idle_module = account_new("idle", 0);
	asked = 0;
	memory_set_reclaim(make_room);
	assert_true(frame_alloc(idle_module, 5) != 0);
	assert_int_equal(frame_alloc(limited, 2), 0);
	for (size_t n = 0; n < all - 5; n++)
		assert_true(frame_alloc(a, 1) != 0);
	assert_int_equal(asked, 0);
	locks_held = 1;
	assert_int_equal(frame_alloc(a, 1), 0);
	locks_held = 0;
	assert_int_equal(asked, 0);
	assert_true(frame_alloc(a, 2) != 0);
	assert_int_equal(asked, 1);
	assert_int_equal(frame_alloc(a, 4), 0);
	assert_int_equal(asked, 2);                 /* nobody went: not tried again */
	memory_set_reclaim(NULL);
	account_close(a);
	account_close(limited);
	account_close(idle_module);
	assert_int_equal(frames_free(), all);
}

static void test_pages_are_zeroed(void **state)
{
	struct account *a = account_new("a", 0);
	uint8_t *pages = page_alloc(a, 5);

	(void)state;
	assert_non_null(pages);
	for (size_t i = 0; i < 5 * PAGE_SIZE; i++)
		assert_int_equal(pages[i], 0);
	page_free(pages, 5);
	page_free(NULL, 3);
	assert_int_equal(account_frames(a), 0);
	assert_null(page_alloc(a, FRAMES));
	account_close(a);
}

static void test_freed_twice(void **state)
{
	struct account *a = account_new("a", 0);
	paddr_t at = frame_alloc(a, 2);

	(void)state;
	frame_free(at, 2);
	panics = 0;
	if (!setjmp(after_panic))
		frame_free(at, 1);
	assert_int_equal(panics, 1);
	if (!setjmp(after_panic))
		frame_free(RESERVED, 1);
	assert_int_equal(panics, 2);
	account_close(a);
}

/* A boot file's memory, once the module is loaded. */
static void test_boot_file_memory_can_be_freed(void **state)
{
	size_t before = frames_free(), kernel = account_frames(account_kernel);

	(void)state;
	page_free(ram + FILE1, PAGES(FILE1_SIZE));
	assert_int_equal(frames_free(), before + 3);
	assert_int_equal(account_frames(account_kernel), kernel - 3);
}

static void count_account(void *ctx, const char *name, size_t frames, size_t heap_bytes)
{
	(void)frames;
	(void)heap_bytes;
	if (strcmp(name, "a-rather-long-n") == 0 || strcmp(name, "kernel") == 0)
		++*(unsigned *)ctx;
}

static void test_accounts(void **state)
{
	struct account *many[ACCOUNTS_MAX];
	unsigned n = 0, seen = 0;

	(void)state;
	while ((many[n] = account_new("a-rather-long-name", 0)))
		n++;
	assert_int_equal(n, ACCOUNTS_MAX - 2);      /* 0 is nobody, 1 the kernel */
	assert_string_equal(account_name(many[0]), "a-rather-long-n");
	account_each(count_account, &seen);
	assert_int_equal(seen, n + 1);
	/* The last number is still an owner, and neither "free" nor "none". */
	assert_true(frame_alloc(many[n - 1], 1) != 0);
	assert_int_equal(account_frames(many[n - 1]), 1);
	while (n)
		account_close(many[--n]);
	assert_non_null(account_new("again", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_totals), cmocka_unit_test(test_everything_is_given_once),
		cmocka_unit_test(test_limit), cmocka_unit_test(test_close_gives_everything_back),
		cmocka_unit_test(test_random_runs), cmocka_unit_test(test_run_wraps),
		cmocka_unit_test(test_room_is_made),
		cmocka_unit_test(test_pages_are_zeroed), cmocka_unit_test(test_freed_twice),
		cmocka_unit_test(test_boot_file_memory_can_be_freed), cmocka_unit_test(test_accounts),
	};

	return cmocka_run_group_tests(tests, start, end);
}
