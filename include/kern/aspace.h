/* Address spaces: a machine's linear memory below the kernel's. The only place where page
 * tables are made; PAE would be a second implementation of this header. */
#ifndef KERN_ASPACE_H
#define KERN_ASPACE_H

#include <base/error.h>
#include <kern/memory.h>
#include <kern/types.h>

struct aspace;

enum aspace_rights { ASPACE_READ = 0, ASPACE_WRITE = 1 };

/* NULL when out of memory. */
struct aspace *aspace_new(struct account *account);
void aspace_free(struct aspace *as); /* tables, not the mapped frames */
/* The current task runs in this address space from now on (NULL: in the kernel's). */
void aspace_use(struct aspace *as);
/* Maps one page for the guest; replaces what was there. An adapter's memory is not cached. E_NO_MEMORY. */
CHECK int aspace_map(struct aspace *as, uintptr_t lin, paddr_t frame, enum aspace_rights rights);
void aspace_unmap(struct aspace *as, uintptr_t first, size_t pages);
/* Pages from `first` on, all in the same 4 MB, show these frames, to be written (0: unmapped); returns which of at
 * most 32 the guest had written, as aspace_dirty() does. */
uint32_t aspace_map_frames(struct aspace *as, uintptr_t first, const paddr_t *frames, unsigned pages);
/* The frame mapped at `lin`; false if none. */
bool aspace_lookup(struct aspace *as, uintptr_t lin, paddr_t *frame, bool *writable);
/* Reads and clears the processor's dirty bits of up to 64 pages. */
uint64_t aspace_dirty(struct aspace *as, uintptr_t first, unsigned pages);
/* Physical address of the top-level table, for the debugger. */
paddr_t aspace_root(const struct aspace *as);

#endif
