/* The heap, against a model: long random runs of allocations and frees on three accounts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <kern/log.h>
#include "memory.h"

enum { ACCOUNTS = 3, BLOCKS = 300, STEPS = 60000 };

/* --- what heap.c calls ----------------------------------------------------------------------- */

static size_t pages_out;
static int fail_after = -1;   /* page allocations that still succeed; negative: all */
static unsigned panics;
static jmp_buf after_panic;

void *page_alloc(struct account *account, size_t count)
{
	void *pages;

	if (fail_after >= 0 && fail_after-- == 0)
		return NULL;
	pages = aligned_alloc(PAGE_SIZE, count * PAGE_SIZE);
	assert_non_null(pages);
	memset(pages, 0, count * PAGE_SIZE);
	account->frames += count;
	pages_out += count;
	return pages;
}

static struct account accounts[ACCOUNTS];

void page_free(void *pages, size_t count)
{
	free(pages);
	pages_out -= count;
}

void panic(const char *file, int line, const char *format, ...)
{
	(void)file;
	(void)line;
	(void)format;
	panics++;
	longjmp(after_panic, 1);
}

/* --- the model --------------------------------------------------------------------------------- */

struct block {
	uint8_t *at;
	size_t size;
	uint8_t fill;
	unsigned account;
};

static struct block blocks[BLOCKS];

static uint32_t random_below(uint32_t limit)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 20) % limit;
}

static size_t random_size(void)
{
	switch (random_below(16)) {
	case 0: return 0;
	case 1: return random_below(40000);
	case 2: return PAGE_SIZE - 64 + random_below(128);
	default: return random_below(300);
	}
}

static void check_filled(const struct block *b)
{
	for (size_t i = 0; i < b->size; i++)
		if (b->at[i] != b->fill)
			fail_msg("byte %zu of a block of %zu was overwritten", i, b->size);
}

static void allocate(struct block *b)
{
	b->account = random_below(ACCOUNTS);
	b->size = random_size();
	b->at = mem_alloc(&accounts[b->account], b->size);
	if (!b->at)
		return;
	assert_int_equal((uintptr_t)b->at & 7, 0);
	for (size_t i = 0; i < b->size; i++)
		assert_int_equal(b->at[i], 0);
	b->fill = (uint8_t)(1 + random_below(255));
	memset(b->at, b->fill, b->size);
}

static void release(struct block *b)
{
	check_filled(b);
	mem_free(b->at);
	b->at = NULL;
}

static size_t bytes_in_use(unsigned account)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < BLOCKS; i++)
		if (blocks[i].at && blocks[i].account == account)
			bytes += blocks[i].size;
	return bytes;
}

static int setup(void **state)
{
	(void)state;
	memset(accounts, 0, sizeof accounts);
	memset(blocks, 0, sizeof blocks);
	fail_after = -1;
	panics = 0;
	pages_out = 0;
	return 0;
}

static void test_random(void **state)
{
	(void)state;
	for (unsigned step = 0; step < STEPS; step++) {
		struct block *b = &blocks[random_below(BLOCKS)];

		if (b->at)
			release(b);
		else
			allocate(b);
		if (step % 1000 == 0)
			for (unsigned a = 0; a < ACCOUNTS; a++)
				assert_true(accounts[a].heap_bytes >= bytes_in_use(a));
	}
	for (unsigned i = 0; i < BLOCKS; i++)
		if (blocks[i].at)
			release(&blocks[i]);
	for (unsigned a = 0; a < ACCOUNTS; a++) {
		assert_int_equal(accounts[a].heap_bytes, 0);
		assert_null(accounts[a].arenas);
	}
	assert_int_equal(pages_out, 0);
}

/* Memory runs out now and then; what was there stays whole. */
static void test_random_with_failures(void **state)
{
	unsigned failures = 0;

	(void)state;
	for (unsigned step = 0; step < STEPS / 4; step++) {
		struct block *b = &blocks[random_below(BLOCKS)];

		if (step % 4 == 0)
			fail_after = (int)random_below(2);
		if (b->at) {
			release(b);
		} else {
			allocate(b);
			failures += !b->at;
		}
	}
	assert_true(failures > 100);
	for (unsigned a = 0; a < ACCOUNTS; a++)
		heap_free_all(&accounts[a]);
	assert_int_equal(pages_out, 0);
}

static void test_free_all(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BLOCKS; i++)
		allocate(&blocks[i]);
	heap_free_all(&accounts[1]);
	assert_int_equal(accounts[1].heap_bytes, 0);
	for (unsigned i = 0; i < BLOCKS; i++)
		if (blocks[i].account != 1)
			check_filled(&blocks[i]);
	heap_free_all(&accounts[0]);
	heap_free_all(&accounts[2]);
	assert_int_equal(pages_out, 0);
}

/* Neighbours merge whichever is freed first: room for one block of their sizes together. */
static void test_neighbours_merge(void **state)
{
	static const unsigned orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	(void)state;
	for (unsigned o = 0; o < 6; o++) {
		void *keep, *three[3], *whole;

		for (unsigned i = 0; i < 3; i++)
			three[i] = mem_alloc(&accounts[0], 1000);
		keep = mem_alloc(&accounts[0], 900);
		assert_int_equal(pages_out, 1);
		for (unsigned i = 0; i < 3; i++)
			mem_free(three[orders[o][i]]);
		whole = mem_alloc(&accounts[0], 3000);
		assert_ptr_equal(whole, three[0]);
		assert_int_equal(pages_out, 1);
		mem_free(whole);
		mem_free(keep);
		assert_int_equal(pages_out, 0);
	}
}

static void test_accounts_share_no_page(void **state)
{
	uint8_t *a = mem_alloc(&accounts[0], 10), *b = mem_alloc(&accounts[1], 10);

	(void)state;
	assert_int_equal(pages_out, 2);
	assert_int_not_equal((uintptr_t)a / PAGE_SIZE, (uintptr_t)b / PAGE_SIZE);
	mem_free(a);
	assert_int_equal(pages_out, 1);
	mem_free(b);
}

static void test_large(void **state)
{
	void *block = mem_alloc(&accounts[0], 100000);

	(void)state;
	assert_non_null(block);
	assert_int_equal(pages_out, 25);
	mem_free(block);
	assert_int_equal(pages_out, 0);
	assert_null(mem_alloc(&accounts[0], SIZE_MAX));
	assert_null(mem_alloc(&accounts[0], SIZE_MAX - 7));
	assert_null(mem_alloc(&accounts[0], 0x10000001));
	mem_free(NULL);
}

static void test_no_memory(void **state)
{
	(void)state;
	fail_after = 0;
	assert_null(mem_alloc(&accounts[0], 10));
	assert_null(accounts[0].arenas);
	assert_int_equal(accounts[0].heap_bytes, 0);
}

static void test_freed_twice(void **state)
{
	void *first = mem_alloc(&accounts[0], 100), *second = mem_alloc(&accounts[0], 100);

	(void)state;
	mem_free(first);
	if (!setjmp(after_panic))
		mem_free(first);
	assert_int_equal(panics, 1);
	mem_free(second);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(test_random), TEST(test_random_with_failures), TEST(test_free_all),
		TEST(test_neighbours_merge), TEST(test_accounts_share_no_page), TEST(test_large),
		TEST(test_no_memory), TEST(test_freed_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
