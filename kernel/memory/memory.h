/* Inside the kernel: memory set-up, frames and accounts. */
#ifndef MEMORY_MEMORY_H
#define MEMORY_MEMORY_H

#include <abi/boot.h>
#include <kern/memory.h>

enum { ACCOUNTS_MAX = 255, ACCOUNT_NAME_MAX = 16 };

struct account {
	char name[ACCOUNT_NAME_MAX];
	struct heap_arena *arenas;
	size_t frames, frame_limit;
	size_t heap_bytes;          /* handed out and not freed */
	bool used;
};

/* The kernel's own account. */
extern struct account *const account_kernel;

/* Finds RAM by the boot map, maps it, and takes over all that is not in use. */
void memory_init(const struct boot_info *boot);

/* One frame or a run of them, not zeroed; 0 when there are none (frame 0 is never given). Before it
 * says so it asks modules to go, see memory_set_reclaim(). */
paddr_t frame_alloc(struct account *account, size_t count);
void frame_free(paddr_t first, size_t count);
void frames_free_all(struct account *account);

/* `reclaim` is asked to make room when frames run out, and says whether it did. It neither takes
 * memory nor waits. */
void memory_set_reclaim(bool (*reclaim)(void));

void heap_free_all(struct account *account);

/* One page of the page tables; kernel mappings come with a new directory. */
void paging_init(paddr_t ram_end);

#endif
