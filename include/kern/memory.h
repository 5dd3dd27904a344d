/* Memory, always on somebody's account.
 *
 * An account belongs to a module, a machine or the kernel itself. Closing it gives back
 * every frame and every heap block that was taken on it, to the last page. All of this may
 * be called from tasks only, not from interrupt handlers. */
#ifndef KERN_MEMORY_H
#define KERN_MEMORY_H

#include <base/error.h>
#include <kern/types.h>

struct account;

/* `frame_limit`: the most frames it may hold; 0 for no limit. `name` is copied (15
 * characters). Returns NULL when memory or the 254 accounts are exhausted. */
struct account *account_new(const char *name, size_t frame_limit);
/* Frees all that is still held. Returns how many bytes of heap had not been freed by their
 * owner (a leak, if the owner was meant to have freed everything). */
size_t account_close(struct account *account);
size_t account_frames(const struct account *account);
const char *account_name(const struct account *account);

/* Heap: zeroed, 8-byte aligned; NULL when out of memory. mem_free(NULL) does nothing. */
void *mem_alloc(struct account *account, size_t size);
void mem_free(void *block);

/* Whole pages, contiguous, page-aligned, zeroed, mapped in the kernel; NULL when there are
 * none. `count` when freeing must be the count of the allocation. */
void *page_alloc(struct account *account, size_t count);
void page_free(void *pages, size_t count);

paddr_t virt_to_paddr(const void *virt);  /* of kernel image, heap and page_alloc memory */
void *paddr_to_virt(paddr_t paddr);       /* of any RAM below the kernel's direct map limit */

/* Video memory of the PC's own adapter, at A0000h to BFFFFh: reading it may have effects. */
static inline bool paddr_is_video(paddr_t paddr)
{
	return paddr >= 0xA0000 && paddr < 0xC0000;
}

/* A window: WINDOW_SIZE of kernel addresses for a machine, behind which nothing lies until a page
 * is wanted; for memory of which most is never used. NULL when there are 32 of them or no
 * machine. Whoever has one gives it back before the account closes that its frames are on. */
enum { WINDOW_SIZE = 0x40000 };
void *window_new(void);
/* Puts a zeroed frame at page `n`, unless one is there. E_NO_MEMORY. */
CHECK int window_back(void *window, struct account *account, unsigned n);
/* The frame of page `n`; 0: none. */
paddr_t window_frame(const void *window, unsigned n);
void window_free(void *window);           /* frees its frames; NULL: does nothing */

/* Maps device memory (uncached) for good; NULL when the window is full. */
void *device_map(paddr_t paddr, size_t size);

size_t frames_free(void);
size_t frames_total(void);

/* Walks the accounts, for `memory`: calls `each` with name, frames held, heap bytes. */
void account_each(void (*each)(void *ctx, const char *name, size_t frames, size_t heap_bytes),
		  void *ctx);

#endif
