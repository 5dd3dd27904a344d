/* The guest-physical map: the truth about a machine's memory, one word a page.
 *
 * RAM gets a frame on its first touch, and so does memory of a device that is mapped lazily. Engines ask machine_page() and derive tables of their
 * own; everything else goes through machine_read() and machine_write(). What nothing answers
 * reads as FFh and swallows writes, as on an ISA bus. */
#include <base/mem.h>
#include <kern/log.h>
#include "../memory/memory.h"
#include "machine.h"

#define KIND(entry) ((entry) & GUEST_KIND_MASK)
#define FRAME(entry) ((paddr_t)((entry) & ~(uint32_t)PAGE_MASK))

static void engine_told(struct machine *m, gpa_t first, size_t size)
{
	if (m->engine)
		m->engine_ops->map_changed(m->engine, first, first + size - 1);
}

static void set_pages(struct machine *m, gpa_t first, size_t size, uint32_t entry, size_t step)
{
	size_t at = (size_t)(first >> PAGE_SHIFT);

	for (size_t i = 0; i < PAGES(size) && at + i < m->page_count; i++)
		m->pages[at + i] = entry + (uint32_t)(i * step);
}

int guest_memory_init(struct machine *m, size_t base, size_t extended)
{
	size_t end = MAX((size_t)GUEST_FIRST_MB + extended, (size_t)GUEST_HMA_END);

	m->page_count = PAGES(end);
	m->pages = mem_alloc(m->account, m->page_count * sizeof *m->pages);
	if (!m->pages)
		return E_NO_MEMORY;
	m->base_size = base;
	m->extended_size = extended;
	set_pages(m, 0, base, GUEST_UNTOUCHED, 0);
	set_pages(m, GUEST_FIRST_MB, extended, GUEST_UNTOUCHED, 0);
	return E_OK;
}

gpa_t machine_a20(const struct machine *m, gpa_t gpa)
{
	return m->a20_open ? gpa : gpa & ~(gpa_t)GUEST_FIRST_MB;
}

/* The youngest: it may lie over a part of an older one. */
static struct guest_region *region_at(struct machine *m, gpa_t gpa)
{
	for (unsigned i = m->region_count; i-- > 0;)
		if (gpa >= m->regions[i].first && gpa <= m->regions[i].last)
			return &m->regions[i];
	return NULL;
}

static paddr_t lazy_frame(struct machine *m, gpa_t gpa, bool make)
{
	struct guest_region *region = region_at(m, gpa);

	return region->frame(region->device, (uint32_t)(gpa - region->first) & ~(uint32_t)PAGE_MASK, make);
}

/* Whatever was untouched until now. */
static int touch(struct machine *m, gpa_t gpa, uint32_t *entry)
{
	bool lazy = KIND(*entry) == GUEST_LAZY;
	paddr_t frame = lazy ? lazy_frame(m, gpa, true) : frame_alloc(m->account, 1);

	if (!frame) {
		machine_stop(m, "no memory left on this PC for another page; end a machine or give it less");
		return E_NO_MEMORY;
	}
	if (lazy) {
		*entry = (uint32_t)frame | GUEST_DEVICE;
		return E_OK;
	}
	memset(paddr_to_virt(frame), 0, PAGE_SIZE);
	*entry = (uint32_t)frame | GUEST_RAM;
	m->guest_frames++;
	return E_OK;
}

int machine_page(struct machine *m, gpa_t gpa, bool write, paddr_t *frame, bool *writable)
{
	uint32_t *entry;

	if (gpa >> PAGE_SHIFT >= m->page_count)
		return E_FAULT;
	entry = &m->pages[gpa >> PAGE_SHIFT];
	if (KIND(*entry) == GUEST_UNTOUCHED || KIND(*entry) == GUEST_LAZY) {
		int err = touch(m, gpa, entry);

		if (err)
			return err;
	}
	if (KIND(*entry) == GUEST_NONE || KIND(*entry) == GUEST_MMIO)
		return E_FAULT;
	*frame = FRAME(*entry);
	*writable = KIND(*entry) != GUEST_ROM;
	return write && !*writable ? E_READ_ONLY : E_OK;
}

static void mmio_read(struct machine *m, gpa_t gpa, uint8_t *to, size_t n)
{
	struct guest_region *region = region_at(m, gpa);

	for (size_t i = 0; i < n; i++)
		to[i] = region->mmio->read(region->device, (uint32_t)(gpa - region->first + i));
	machine_exit(m, &(struct exit){
		.kind = EXIT_MMIO, .size = (uint8_t)n, .gpa = gpa, .value = to[0],
		.cs = (uint16_t)m->hot.cpu.frame.cs, .ip = m->hot.cpu.frame.eip });
}

static void mmio_write(struct machine *m, gpa_t gpa, const uint8_t *from, size_t n)
{
	struct guest_region *region = region_at(m, gpa);

	for (size_t i = 0; i < n; i++)
		region->mmio->write(region->device, (uint32_t)(gpa - region->first + i), from[i]);
	machine_exit(m, &(struct exit){
		.kind = EXIT_MMIO, .write = true, .size = (uint8_t)n, .gpa = gpa, .value = from[0],
		.cs = (uint16_t)m->hot.cpu.frame.cs, .ip = m->hot.cpu.frame.eip });
}

uint32_t machine_run(struct machine *m, const struct x86_run *run)
{
	struct guest_region *region = region_at(m, run->at);
	struct x86_run part = *run;
	uint32_t end, furthest;

	if (run->at >> PAGE_SHIFT >= m->page_count || KIND(m->pages[run->at >> PAGE_SHIFT]) != GUEST_MMIO ||
	    !region->mmio->run)
		return 0;
	end = (uint32_t)(region->last - region->first) + 1;
	part.at -= (uint32_t)region->first;
	part.from -= (uint32_t)region->first;
	furthest = run->kind == X86_RUN_COPY ? MAX(part.at, part.from) : part.at;
	if (furthest >= end)
		return 0;
	part.count = MIN(run->count, (end - furthest) / run->size);
	if (!part.count)
		return 0;
	region->mmio->run(region->device, &part);
	machine_exit(m, &(struct exit){
		.kind = EXIT_MMIO, .write = run->kind != X86_RUN_READ, .size = run->size, .gpa = run->at,
		.value = run->value, .cs = (uint16_t)m->hot.cpu.frame.cs, .ip = m->hot.cpu.frame.eip });
	return part.count;
}

static int read_in_page(struct machine *m, gpa_t gpa, uint8_t *to, size_t n, enum machine_access access)
{
	uint32_t entry = gpa >> PAGE_SHIFT < m->page_count ? m->pages[gpa >> PAGE_SHIFT] : GUEST_NONE;

	if (KIND(entry) == GUEST_LAZY) {
		paddr_t frame = lazy_frame(m, gpa, false);

		entry = frame ? (uint32_t)frame | GUEST_DEVICE : GUEST_UNTOUCHED;
	}
	switch (KIND(entry)) {
	case GUEST_UNTOUCHED:
		memset(to, 0, n);
		return E_OK;
	case GUEST_MMIO:
		if (access == MACHINE_ACCESS) {
			mmio_read(m, gpa, to, n);
			return E_OK;
		}
		/* fallthrough */
	case GUEST_NONE:
		memset(to, 0xFF, n);
		return access == MACHINE_ACCESS ? E_OK : E_FAULT;
	default:
		if (access != MACHINE_ACCESS && paddr_is_video(FRAME(entry))) {
			memset(to, 0xFF, n);
			return E_FAULT;
		}
		memcpy(to, (uint8_t *)paddr_to_virt(FRAME(entry)) + (gpa & PAGE_MASK), n);
		return E_OK;
	}
}

/* ROM is shared between machines; a patch must not be. */
static int rom_own(struct machine *m, uint32_t *entry, gpa_t gpa)
{
	paddr_t frame;

	if (*entry & GUEST_PATCHED)
		return E_OK;
	frame = frame_alloc(m->account, 1);
	if (!frame)
		return E_NO_MEMORY;
	memcpy(paddr_to_virt(frame), paddr_to_virt(FRAME(*entry)), PAGE_SIZE);
	*entry = (uint32_t)frame | GUEST_ROM | GUEST_PATCHED;
	engine_told(m, gpa & ~(gpa_t)PAGE_MASK, PAGE_SIZE);
	return E_OK;
}

static int write_in_page(struct machine *m, gpa_t gpa, const uint8_t *from, size_t n,
			 enum machine_access access)
{
	uint32_t *entry;

	if (gpa >> PAGE_SHIFT >= m->page_count)
		return access == MACHINE_ACCESS ? E_OK : E_FAULT;
	entry = &m->pages[gpa >> PAGE_SHIFT];
	switch (KIND(*entry)) {
	case GUEST_NONE:
		return access == MACHINE_ACCESS ? E_OK : E_FAULT;
	case GUEST_MMIO:
		if (access == MACHINE_ACCESS)
			mmio_write(m, gpa, from, n);
		return access == MACHINE_ACCESS ? E_OK : E_FAULT;
	case GUEST_ROM:
		if (access != MACHINE_POKE && !(access == MACHINE_ACCESS && m->rom_open))
			return access == MACHINE_ACCESS ? E_OK : E_READ_ONLY;
		if (rom_own(m, entry, gpa))
			return E_NO_MEMORY;
		break;
	case GUEST_UNTOUCHED:
		if (touch(m, gpa, entry))
			return E_NO_MEMORY;
		break;
	case GUEST_LAZY:
		if (touch(m, gpa, entry))
			return E_NO_MEMORY;
		/* fallthrough */
	case GUEST_DEVICE:
		if (access != MACHINE_ACCESS && paddr_is_video(FRAME(*entry)))
			return E_FAULT;
		*entry |= GUEST_DIRTY;
		break;
	}
	memcpy((uint8_t *)paddr_to_virt(FRAME(*entry)) + (gpa & PAGE_MASK), from, n);
	return E_OK;
}

static int read_all(struct machine *m, gpa_t gpa, void *buf, size_t size, enum machine_access access,
		    gpa_t mask)
{
	uint8_t *to = buf;
	int result = E_OK;

	while (size) {
		gpa_t at = gpa & mask;
		size_t n = MIN(size, (size_t)(PAGE_SIZE - (at & PAGE_MASK)));
		int err = read_in_page(m, at, to, n, access);

		if (err)
			result = err;
		gpa += n, to += n, size -= n;
	}
	return result;
}

static int write_all(struct machine *m, gpa_t gpa, const void *buf, size_t size,
		     enum machine_access access, gpa_t mask)
{
	const uint8_t *from = buf;

	while (size) {
		gpa_t at = gpa & mask;
		size_t n = MIN(size, (size_t)(PAGE_SIZE - (at & PAGE_MASK)));
		int err = write_in_page(m, at, from, n, access);

		if (err)
			return err;
		gpa += n, from += n, size -= n;
	}
	return E_OK;
}

static bool within_page(gpa_t gpa, size_t size)
{
	return ((uint32_t)gpa & PAGE_MASK) + size <= PAGE_SIZE;
}

/* Most are of an instruction's operand, and short. */
int machine_read(struct machine *m, gpa_t gpa, void *buf, size_t size, enum machine_access access)
{
	if (within_page(gpa, size))
		return read_in_page(m, machine_a20(m, gpa), buf, size, access);
	return read_all(m, gpa, buf, size, access, machine_a20(m, ~(gpa_t)0));
}

int machine_write(struct machine *m, gpa_t gpa, const void *buf, size_t size, enum machine_access access)
{
	if (within_page(gpa, size))
		return write_in_page(m, machine_a20(m, gpa), buf, size, access);
	return write_all(m, gpa, buf, size, access, machine_a20(m, ~(gpa_t)0));
}

int machine_read_physical(struct machine *m, gpa_t gpa, void *buf, size_t size)
{
	int err = read_all(m, gpa, buf, size, MACHINE_ACCESS, ~(gpa_t)0);

	if (m->hot.watch)
		m->hot.watch->transfer(m->hot.watch, gpa, buf, size, false);
	return err;
}

int machine_write_physical(struct machine *m, gpa_t gpa, const void *buf, size_t size)
{
	int err = write_all(m, gpa, buf, size, MACHINE_ACCESS, ~(gpa_t)0);

	if (m->hot.watch)
		m->hot.watch->transfer(m->hot.watch, gpa, (void *)(uintptr_t)buf, size, true);
	return err;
}

int machine_poke_page(struct machine *m, gpa_t gpa, const void *content)
{
	return write_all(m, gpa, content, PAGE_SIZE, MACHINE_POKE, ~(gpa_t)0);
}

size_t machine_base_memory(const struct machine *m)
{
	return m->base_size;
}

size_t machine_extended_memory(const struct machine *m)
{
	return m->extended_size;
}

/* --- regions ------------------------------------------------------------------------------ */

static void regions_remove(struct machine *m, gpa_t first, gpa_t last)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < m->region_count; i++)
		if (m->regions[i].first < first || m->regions[i].last > last)
			m->regions[kept++] = m->regions[i];
	m->region_count = kept;
}

static int region_add(struct machine *m, const struct guest_region *region, uint32_t entry, size_t step)
{
	size_t size = (size_t)(region->last - region->first + 1);

	if (((region->first | size) & PAGE_MASK) || !size || region->last >> PAGE_SHIFT >= m->page_count)
		return E_INVALID;
	regions_remove(m, region->first, region->last);
	if (m->region_count == MACHINE_REGIONS_MAX)
		return E_NO_SPACE;
	m->regions[m->region_count++] = *region;
	set_pages(m, region->first, size, entry, step);
	engine_told(m, region->first, size);
	return E_OK;
}

int machine_map_mmio(struct machine *m, gpa_t first, size_t size, const char *owner,
		     const struct mmio_ops *ops, void *device)
{
	return region_add(m, &(struct guest_region){ .first = first, .last = first + size - 1, .kind = GUEST_MMIO,
							     .owner = owner, .mmio = ops, .device = device },
			  GUEST_MMIO, 0);
}

int machine_map_memory(struct machine *m, gpa_t first, size_t size, const char *owner, void *pages,
		       bool read_only)
{
	enum page_kind kind = read_only ? GUEST_ROM : GUEST_DEVICE;

	return region_add(m, &(struct guest_region){ .first = first, .last = first + size - 1,
							     .kind = (uint8_t)kind, .owner = owner },
			  (uint32_t)virt_to_paddr(pages) | kind, PAGE_SIZE);
}

int machine_map_lazy(struct machine *m, gpa_t first, size_t size, const char *owner,
		     paddr_t (*frame)(void *device, uint32_t offset, bool make), void *device)
{
	return region_add(m, &(struct guest_region){ .first = first, .last = first + size - 1, .kind = GUEST_LAZY,
						     .owner = owner, .frame = frame, .device = device },
			  GUEST_LAZY, 0);
}

void machine_map_anew(struct machine *m, gpa_t first, size_t size)
{
	set_pages(m, first, size, GUEST_LAZY, 0);
	engine_told(m, first, size);
}

uint32_t machine_map_frames(struct machine *m, gpa_t first, const paddr_t *frames, unsigned pages)
{
	uint32_t *entry = &m->pages[first >> PAGE_SHIFT], dirty = 0;

	if (m->engine)
		dirty = m->engine_ops->map_frames(m->engine, first, frames, pages);
	for (unsigned i = 0; i < pages; i++) {
		if (entry[i] & GUEST_DIRTY && KIND(entry[i]) == GUEST_DEVICE)
			dirty |= 1u << i;
		entry[i] = frames[i] ? (uint32_t)frames[i] | GUEST_DEVICE : GUEST_LAZY;
	}
	return dirty;
}

int machine_map_alias(struct machine *m, gpa_t first, size_t size, const char *owner, gpa_t target)
{
	struct guest_region region = { .first = first, .last = first + size - 1, .kind = GUEST_RAM, .owner = owner };
	int err;

	if (((target | size) & PAGE_MASK) || !size || (target + size - 1) >> PAGE_SHIFT >= m->page_count)
		return E_INVALID;
	for (size_t at = 0; at < size; at += PAGE_SIZE) {
		uint32_t *entry = &m->pages[(target + at) >> PAGE_SHIFT];

		if (KIND(*entry) == GUEST_UNTOUCHED && touch(m, target + at, entry))
			return E_NO_MEMORY;
		if (KIND(*entry) != GUEST_RAM)
			return E_INVALID;
	}
	err = region_add(m, &region, 0, 0);
	for (size_t at = 0; !err && at < size; at += PAGE_SIZE)
		m->pages[(first + at) >> PAGE_SHIFT] = m->pages[(target + at) >> PAGE_SHIFT];
	return err;
}

void machine_unmap(struct machine *m, gpa_t first, size_t size)
{
	regions_remove(m, first, first + size - 1);
	set_pages(m, first, size, GUEST_NONE, 0);
	engine_told(m, first, size);
}

void machine_open_rom(struct machine *m, bool open)
{
	m->rom_open = open;
}

bool machine_answers(struct machine *m, gpa_t gpa)
{
	return gpa >> PAGE_SHIFT < m->page_count && KIND(m->pages[gpa >> PAGE_SHIFT]) != GUEST_NONE;
}

uint64_t machine_dirty(struct machine *m, gpa_t first, size_t size)
{
	unsigned pages = (unsigned)MIN(PAGES(size), 64u);
	uint64_t mask = m->engine ? m->engine_ops->dirty(m->engine, first, pages) : 0;

	for (unsigned i = 0; i < pages && (first >> PAGE_SHIFT) + i < m->page_count; i++) {
		uint32_t *entry = &m->pages[(first >> PAGE_SHIFT) + i];

		if (*entry & GUEST_DIRTY && KIND(*entry) == GUEST_DEVICE) {
			mask |= 1ull << i;
			*entry &= ~(uint32_t)GUEST_DIRTY;
		}
	}
	return mask;
}

void machine_set_a20(struct machine *m, bool open)
{
	if (m->a20_open == open)
		return;
	m->a20_open = open;
	engine_told(m, GUEST_FIRST_MB, GUEST_HMA_END - GUEST_FIRST_MB);
}

void machine_each_region(struct machine *m, void (*each)(void *ctx, const struct memory_view *), void *ctx)
{
	static const char *const kinds[] = {
		[GUEST_ROM] = "rom", [GUEST_DEVICE] = "device memory", [GUEST_MMIO] = "device", [GUEST_LAZY] = "device memory",
		[GUEST_RAM] = "ram shown again",
	};

	if (m->base_size)
		each(ctx, &(struct memory_view){ 0, m->base_size - 1, "ram", "" });
	for (unsigned i = 0; i < m->region_count; i++)
		each(ctx, &(struct memory_view){ m->regions[i].first, m->regions[i].last,
						 kinds[m->regions[i].kind], m->regions[i].owner });
	if (m->extended_size)
		each(ctx, &(struct memory_view){ GUEST_FIRST_MB, GUEST_FIRST_MB + m->extended_size - 1,
						 "ram", "" });
}
