/* The heap: for each account a chain of arenas (runs of pages), each a row of blocks with
 * boundary tags; first fit, neighbours merged when freed, an arena that is empty goes back
 * at once. Every account has its own arenas, so that closing it returns whole pages. */
#include <base/mem.h>
#include <kern/log.h>
#include "memory.h"

struct heap_arena {
	struct heap_arena *next;
	uint32_t pages;
	struct account *account;
	uint32_t magic;
};

/* Before each block; sizes include it and are multiples of 8. */
struct heap_block {
	uint32_t size;       /* bit 0: in use */
	uint32_t before;     /* size of the block before; 0 for an arena's first */
};

enum { ARENA_MAGIC = 0x6172656E, BLOCK_USED = 1, BLOCK_MIN = 16, ARENA_PAGES_MIN = 1 };

static struct heap_block *first_block(struct heap_arena *arena)
{
	return (struct heap_block *)(arena + 1);
}

static struct heap_block *next_block(struct heap_block *block)
{
	return (struct heap_block *)((char *)block + (block->size & ~BLOCK_USED));
}

static char *arena_end(struct heap_arena *arena)
{
	return (char *)arena + (arena->pages << PAGE_SHIFT);
}

static struct heap_arena *arena_new(struct account *account, size_t size)
{
	size_t pages = MAX(PAGES(size + sizeof(struct heap_arena)), ARENA_PAGES_MIN);
	struct heap_arena *arena = page_alloc(account, pages);

	if (!arena)
		return NULL;
	*arena = (struct heap_arena){ account->arenas, pages, account, ARENA_MAGIC };
	account->arenas = arena;
	first_block(arena)->size = (pages << PAGE_SHIFT) - sizeof *arena;
	return arena;
}

static void arena_free(struct heap_arena *arena)
{
	struct heap_arena **at = &arena->account->arenas;

	while (*at != arena)
		at = &(*at)->next;
	*at = arena->next;
	page_free(arena, arena->pages);
}

static void tell_next(struct heap_arena *arena, struct heap_block *block)
{
	struct heap_block *next = next_block(block);

	if ((char *)next < arena_end(arena))
		next->before = block->size & ~BLOCK_USED;
}

static void *take(struct heap_arena *arena, struct heap_block *block, size_t size)
{
	size_t rest = block->size - size;

	if (rest >= BLOCK_MIN) {
		struct heap_block *split = (struct heap_block *)((char *)block + size);

		split->size = rest;
		split->before = size;
		tell_next(arena, split);
		block->size = size;
	}
	block->size |= BLOCK_USED;
	arena->account->heap_bytes += block->size & ~BLOCK_USED;
	return memset(block + 1, 0, (block->size & ~BLOCK_USED) - sizeof *block);
}

static void *take_from(struct heap_arena *arena, size_t size)
{
	for (struct heap_block *b = first_block(arena); (char *)b < arena_end(arena); b = next_block(b))
		if (!(b->size & BLOCK_USED) && b->size >= size)
			return take(arena, b, size);
	return NULL;
}

void *mem_alloc(struct account *account, size_t size)
{
	struct heap_arena *arena;

	if (size > 0x10000000)
		return NULL;
	size = MAX(ALIGN_UP(size + sizeof(struct heap_block), 8), BLOCK_MIN);
	for (arena = account->arenas; arena; arena = arena->next) {
		void *block = take_from(arena, size);

		if (block)
			return block;
	}
	arena = arena_new(account, size);
	return arena ? take_from(arena, size) : NULL;
}

static struct heap_arena *arena_of(struct heap_block *block)
{
	while (block->before)
		block = (struct heap_block *)((char *)block - block->before);
	return (struct heap_arena *)block - 1;
}

void mem_free(void *data)
{
	struct heap_block *block, *next;
	struct heap_arena *arena;

	if (!data)
		return;
	block = (struct heap_block *)data - 1;
	arena = arena_of(block);
	ASSERT(arena->magic == ARENA_MAGIC && (block->size & BLOCK_USED));
	block->size &= ~BLOCK_USED;
	arena->account->heap_bytes -= block->size;
	next = next_block(block);
	if ((char *)next < arena_end(arena) && !(next->size & BLOCK_USED))
		block->size += next->size;
	if (block->before) {
		struct heap_block *before = (struct heap_block *)((char *)block - block->before);

		if (!(before->size & BLOCK_USED)) {
			before->size += block->size;
			block = before;
		}
	}
	tell_next(arena, block);
	if (block == first_block(arena) && (char *)next_block(block) == arena_end(arena))
		arena_free(arena);
}

void heap_free_all(struct account *account)
{
	while (account->arenas)
		arena_free(account->arenas);
	account->heap_bytes = 0;
}
