/* Two-level page tables: the kernel's half, built once, and one lower half a machine.
 *
 * The kernel's page directory entries never change while there is a machine, so every machine's
 * directory simply copies them: the tables of the windows come with the first machine and go with
 * the last. A processor without INVLPG reloads CR3 instead.
 * Read: 80386 manual, "Page Translation"; i486 manual, "Page-Level Cache Management". */
#include <base/mem.h>
#include <kern/aspace.h>
#include <kern/cpu.h>
#include <kern/log.h>
#include "../cpu/paging.h"
#include "../task/task.h"
#include "memory.h"

enum { TABLE_ENTRIES = 1024, TABLE_SHIFT = 22, FIRST_KERNEL_ENTRY = KERNEL_BASE >> TABLE_SHIFT,
       WINDOW_TABLES = WINDOWS_SIZE >> TABLE_SHIFT, WINDOW_PAGES = WINDOW_SIZE >> PAGE_SHIFT };
#define FRAME_OF(entry) ((entry) & ~(uint32_t)PAGE_MASK)

extern uint32_t kernel_page_directory[TABLE_ENTRIES];

struct aspace {
	uint32_t *directory;
	struct account *account;
};

static uint32_t device_next = DEVICE_WINDOW;
static unsigned aspaces;
static uint32_t windows_taken;          /* a bit each */
_Static_assert(WINDOWS_SIZE / WINDOW_SIZE == 32, "as many as windows_taken has bits");

paddr_t virt_to_paddr(const void *virt)
{
	uintptr_t v = (uintptr_t)virt;

	return v >= KERNEL_BASE ? v - KERNEL_BASE : v;
}

void *paddr_to_virt(paddr_t paddr)
{
	return (void *)(uintptr_t)(KERNEL_BASE + (uint32_t)paddr);
}

static uint32_t *table_at(uint32_t entry)
{
	return paddr_to_virt(FRAME_OF(entry));
}

static void load_directory(const uint32_t *directory)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"((uint32_t)virt_to_paddr(directory)) : "memory");
}

static void flush_page(uintptr_t lin)
{
	if (cpu_features()->invlpg)
		__asm__ volatile("invlpg (%0)" : : "r"(lin) : "memory");
	else
		__asm__ volatile("mov %%cr3, %%eax; mov %%eax, %%cr3" : : : "eax", "memory");
}

/* --- the kernel's half ------------------------------------------------------------------ */

/* 4 MB of the direct map: one large page, or a table of small ones. */
static void map_direct(uint32_t paddr)
{
	uint32_t *entry = &kernel_page_directory[(KERNEL_BASE + paddr) >> TABLE_SHIFT];
	uint32_t *table;

	if (cpu_features()->pse) {
		*entry = paddr | PTE_PRESENT | PTE_WRITABLE | PDE_LARGE;
		return;
	}
	if (*entry & PTE_PRESENT)
		return;
	table = page_alloc(account_kernel, 1);
	ASSERT(table);
	for (unsigned i = 0; i < TABLE_ENTRIES; i++)
		table[i] = (paddr + (i << PAGE_SHIFT)) | PTE_PRESENT | PTE_WRITABLE;
	*entry = (uint32_t)virt_to_paddr(table) | PTE_PRESENT | PTE_WRITABLE;
}

/* Tables come from frames that are mapped already: the first 8 MB are since entry.S, and the
 * allocator is filled upwards. */
void paging_init(paddr_t ram_end)
{
	uint32_t *window;

	for (paddr_t at = 0; at < ram_end; at += 1u << TABLE_SHIFT)
		map_direct((uint32_t)at);
	window = page_alloc(account_kernel, 1);
	ASSERT(window);
	kernel_page_directory[DEVICE_WINDOW >> TABLE_SHIFT] =
		(uint32_t)virt_to_paddr(window) | PTE_PRESENT | PTE_WRITABLE;
	kernel_page_directory[0] = kernel_page_directory[1] = 0;
	load_directory(kernel_page_directory);
}

void *device_map(paddr_t paddr, size_t size)
{
	uint32_t offset = (uint32_t)paddr & PAGE_MASK, at = device_next;
	uint32_t *table = table_at(kernel_page_directory[DEVICE_WINDOW >> TABLE_SHIFT]);
	size_t pages = PAGES(offset + size);

	if (pages > (DEVICE_WINDOW + DEVICE_WINDOW_SIZE - device_next) >> PAGE_SHIFT)
		return NULL;
	for (size_t i = 0; i < pages; i++)
		table[(at - DEVICE_WINDOW) / PAGE_SIZE + i] =
			(FRAME_OF((uint32_t)paddr) + (i << PAGE_SHIFT)) | PTE_PRESENT | PTE_WRITABLE |
			PTE_UNCACHED | PTE_WRITE_THROUGH;
	device_next += pages << PAGE_SHIFT;
	load_directory(task_current_directory());
	return (void *)(uintptr_t)(at + offset);
}

/* --- windows ------------------------------------------------------------------------------ */

static uint32_t *window_entry(uintptr_t lin)
{
	return &table_at(kernel_page_directory[lin >> TABLE_SHIFT])[lin >> PAGE_SHIFT & (TABLE_ENTRIES - 1)];
}

/* For the first machine. */
static int windows_open(void)
{
	uint32_t *tables = page_alloc(account_kernel, WINDOW_TABLES);

	if (!tables)
		return E_NO_MEMORY;
	for (unsigned i = 0; i < WINDOW_TABLES; i++)
		kernel_page_directory[(WINDOWS >> TABLE_SHIFT) + i] =
			((uint32_t)virt_to_paddr(tables) + (i << PAGE_SHIFT)) | PTE_PRESENT | PTE_WRITABLE;
	return E_OK;
}

static void windows_close(void)
{
	uint32_t *first = &kernel_page_directory[WINDOWS >> TABLE_SHIFT], *tables = table_at(*first);

	ASSERT(!windows_taken);
	memset(first, 0, WINDOW_TABLES * sizeof *first);
	load_directory(task_current_directory());
	page_free(tables, WINDOW_TABLES);
}

void *window_new(void)
{
	for (unsigned i = 0; aspaces && i < 32; i++) {
		if (windows_taken >> i & 1)
			continue;
		windows_taken |= 1u << i;
		return (void *)(uintptr_t)(WINDOWS + i * WINDOW_SIZE);
	}
	return NULL;
}

int window_back(void *window, struct account *account, unsigned n)
{
	uintptr_t lin = (uintptr_t)window + (n << PAGE_SHIFT);
	paddr_t frame;

	ASSERT(n < WINDOW_PAGES);
	if (*window_entry(lin))
		return E_OK;
	frame = frame_alloc(account, 1);
	if (!frame)
		return E_NO_MEMORY;
	memset(paddr_to_virt(frame), 0, PAGE_SIZE);
	*window_entry(lin) = (uint32_t)frame | PTE_PRESENT | PTE_WRITABLE;
	flush_page(lin);
	return E_OK;
}

paddr_t window_frame(const void *window, unsigned n)
{
	ASSERT(n < WINDOW_PAGES);
	return FRAME_OF(*window_entry((uintptr_t)window + (n << PAGE_SHIFT)));
}

void window_free(void *window)
{
	uintptr_t lin = (uintptr_t)window;

	if (!window)
		return;
	for (unsigned n = 0; n < WINDOW_PAGES; n++, lin += PAGE_SIZE) {
		uint32_t *entry = window_entry(lin), old = *entry;

		if (!old)
			continue;
		*entry = 0;
		flush_page(lin);
		frame_free(FRAME_OF(old), 1);
	}
	windows_taken &= ~(1u << ((uintptr_t)window - WINDOWS) / WINDOW_SIZE);
}

/* --- machines' halves ------------------------------------------------------------------- */

struct aspace *aspace_new(struct account *account)
{
	struct aspace *as = mem_alloc(account, sizeof *as);

	if (!as)
		return NULL;
	as->account = account;
	as->directory = page_alloc(account, 1);
	if (!as->directory || (!aspaces && windows_open())) {
		page_free(as->directory, 1);
		mem_free(as);
		return NULL;
	}
	aspaces++;
	memcpy(as->directory + FIRST_KERNEL_ENTRY, kernel_page_directory + FIRST_KERNEL_ENTRY,
	       (TABLE_ENTRIES - FIRST_KERNEL_ENTRY) * sizeof *as->directory);
	return as;
}

void aspace_free(struct aspace *as)
{
	for (unsigned i = 0; i < FIRST_KERNEL_ENTRY; i++)
		if (as->directory[i] & PTE_PRESENT)
			page_free(table_at(as->directory[i]), 1);
	page_free(as->directory, 1);
	mem_free(as);
	if (!--aspaces)
		windows_close();
}

void aspace_use(struct aspace *as)
{
	uint32_t *directory = as ? as->directory : kernel_page_directory;

	task_set_directory(directory);
	load_directory(directory);
}

static uint32_t *entry_of(struct aspace *as, uintptr_t lin)
{
	uint32_t table = as->directory[lin >> TABLE_SHIFT];

	return table & PTE_PRESENT ? &table_at(table)[lin >> PAGE_SHIFT & (TABLE_ENTRIES - 1)] : NULL;
}

int aspace_map(struct aspace *as, uintptr_t lin, paddr_t frame, enum aspace_rights rights)
{
	uint32_t *entry = entry_of(as, lin);

	ASSERT(lin < USER_LIMIT);
	if (!entry) {
		uint32_t *table = page_alloc(as->account, 1);

		if (!table)
			return E_NO_MEMORY;
		as->directory[lin >> TABLE_SHIFT] = (uint32_t)virt_to_paddr(table) | PTE_PRESENT |
						    PTE_WRITABLE | PTE_USER;
		entry = entry_of(as, lin);
	}
	*entry = (uint32_t)frame | PTE_PRESENT | PTE_USER | (rights == ASPACE_WRITE ? PTE_WRITABLE : 0) |
		 (paddr_is_video(frame) ? PTE_UNCACHED | PTE_WRITE_THROUGH : 0);
	flush_page(lin);
	return E_OK;
}

void aspace_unmap(struct aspace *as, uintptr_t first, size_t pages)
{
	for (size_t i = 0; i < pages; i++) {
		uintptr_t lin = first + (i << PAGE_SHIFT);
		uint32_t *entry = entry_of(as, lin);

		if (entry && *entry) {
			*entry = 0;
			flush_page(lin);
		}
	}
}

uint32_t aspace_map_frames(struct aspace *as, uintptr_t first, const paddr_t *frames, unsigned pages)
{
	uint32_t *entry = entry_of(as, first), dirty = 0;

	for (unsigned i = 0; entry && i < pages; i++) {
		if (entry[i] & PTE_DIRTY)
			dirty |= 1u << i;
		entry[i] = frames[i] ? (uint32_t)frames[i] | PTE_PRESENT | PTE_USER | PTE_WRITABLE : 0;
	}
	load_directory(task_current_directory());
	return dirty;
}

bool aspace_lookup(struct aspace *as, uintptr_t lin, paddr_t *frame, bool *writable)
{
	uint32_t *entry = entry_of(as, lin);

	if (!entry || !(*entry & PTE_PRESENT))
		return false;
	if (frame)
		*frame = FRAME_OF(*entry);
	if (writable)
		*writable = *entry & PTE_WRITABLE;
	return true;
}

uint64_t aspace_dirty(struct aspace *as, uintptr_t first, unsigned pages)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < pages && i < 64; i++) {
		uintptr_t lin = first + ((uintptr_t)i << PAGE_SHIFT);
		uint32_t *entry = entry_of(as, lin);

		if (entry && (*entry & PTE_DIRTY)) {
			mask |= 1ull << i;
			*entry &= ~(uint32_t)PTE_DIRTY;
			flush_page(lin);
		}
	}
	return mask;
}

paddr_t aspace_root(const struct aspace *as)
{
	return virt_to_paddr(as->directory);
}
