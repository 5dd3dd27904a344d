/* Frames: one byte each says whose it is (an account's number; 0: free), which is allocator,
 * accounting and give-back in one. Runs are found by a scan that goes on where the last one
 * ended. When there is none, modules that nobody uses are asked to go, and it is tried once more.
 *
 * Only RAM below DIRECT_MAP_MAX is used: what the kernel can reach through its direct map. */
#include <base/mem.h>
#include <kern/lock.h>
#include <kern/log.h>
#include <kern/task.h>
#include "../cpu/paging.h"
#include "memory.h"

enum { OWNER_FREE = 0, OWNER_NONE = 255 }; /* NONE: no RAM, or in use since before us */

static struct account accounts[ACCOUNTS_MAX] = {
	[1] = { .name = "kernel", .used = true },
};
struct account *const account_kernel = &accounts[1];

static uint8_t *owners;
static size_t frame_count;      /* entries of `owners` */
static size_t free_count, total_count;
static size_t hint;
static bool (*reclaim)(void);

/* The image without its Multiboot entry, which has done its work. */
extern uint8_t kernel_resident_start[], kernel_end[];

static uint8_t account_number(const struct account *account)
{
	return (uint8_t)(account - accounts);
}

/* --- accounts ------------------------------------------------------------------------ */

struct account *account_new(const char *name, size_t frame_limit)
{
	for (unsigned i = 1; i < ACCOUNTS_MAX; i++) {
		struct account *account = &accounts[i];

		if (account->used)
			continue;
		*account = (struct account){ .frame_limit = frame_limit, .used = true };
		str_copy(account->name, name, sizeof account->name);
		return account;
	}
	return NULL;
}

size_t account_close(struct account *account)
{
	size_t leaked = account->heap_bytes;

	heap_free_all(account);
	frames_free_all(account);
	ASSERT(account->frames == 0);
	account->used = false;
	return leaked;
}

size_t account_frames(const struct account *account)
{
	return account->frames;
}

const char *account_name(const struct account *account)
{
	return account->name;
}

void account_each(void (*each)(void *ctx, const char *name, size_t frames, size_t heap_bytes),
		  void *ctx)
{
	for (unsigned i = 1; i < ACCOUNTS_MAX; i++)
		if (accounts[i].used)
			each(ctx, accounts[i].name, accounts[i].frames, accounts[i].heap_bytes);
}

/* --- frames ------------------------------------------------------------------------------ */

size_t frames_free(void)
{
	return free_count;
}

size_t frames_total(void)
{
	return total_count;
}

static size_t find_run(size_t from, size_t to, size_t count)
{
	size_t run = 0;

	for (size_t i = from; i < to; i++) {
		run = owners[i] == OWNER_FREE ? run + 1 : 0;
		if (run == count)
			return i + 1 - count;
	}
	return 0;
}

static size_t find_free(size_t count)
{
	size_t first;

	if (free_count < count)
		return 0;
	first = find_run(hint, frame_count, count);
	return first ? first : find_run(1, MIN(frame_count, hint + count), count);
}

void memory_set_reclaim(bool (*make_room)(void))
{
	reclaim = make_room;
}

paddr_t frame_alloc(struct account *account, size_t count)
{
	size_t first;

	if (!count || (account->frame_limit && account->frames + count > account->frame_limit))
		return 0;
	first = find_free(count);
	if (!first && reclaim && !irq_locked() && reclaim())
		first = find_free(count);
	if (!first)
		return 0;
	memset(owners + first, account_number(account), count);
	hint = first + count;
	account->frames += count;
	free_count -= count;
	return (paddr_t)first << PAGE_SHIFT;
}

void frame_free(paddr_t first, size_t count)
{
	size_t at = (size_t)(first >> PAGE_SHIFT);

	for (size_t i = at; i < at + count; i++) {
		ASSERT(i < frame_count && owners[i] != OWNER_FREE && owners[i] != OWNER_NONE);
		accounts[owners[i]].frames--;
		owners[i] = OWNER_FREE;
	}
	free_count += count;
	hint = MIN(hint, at);
}

void frames_free_all(struct account *account)
{
	uint8_t number = account_number(account);

	for (size_t i = 1; account->frames && i < frame_count; i++)
		if (owners[i] == number)
			frame_free((paddr_t)i << PAGE_SHIFT, 1);
	hint = 1;
}

void *page_alloc(struct account *account, size_t count)
{
	paddr_t first = frame_alloc(account, count);

	return first ? memset(paddr_to_virt(first), 0, count << PAGE_SHIFT) : NULL;
}

void page_free(void *pages, size_t count)
{
	if (pages)
		frame_free(virt_to_paddr(pages), count);
}

/* --- set-up ------------------------------------------------------------------------------ */

static paddr_t usable_end(const struct boot_info *boot)
{
	paddr_t end = 0;

	for (unsigned i = 0; i < boot->range_count; i++) {
		const struct boot_range *r = &boot->ranges[i];

		if (r->type == BOOT_RANGE_USABLE && r->base < DIRECT_MAP_MAX)
			end = MAX(end, MIN(r->base + r->length, DIRECT_MAP_MAX));
	}
	return ALIGN_DOWN(end, PAGE_SIZE);
}

static bool overlaps(paddr_t a, paddr_t a_size, paddr_t b, paddr_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* The end of something that lies in [at, at + size), or 0. */
static paddr_t taken_until(const struct boot_info *boot, paddr_t at, paddr_t size)
{
	paddr_t image = virt_to_paddr(kernel_resident_start), image_end = virt_to_paddr(kernel_end);

	if (overlaps(at, size, image, image_end - image))
		return image_end;
	if (overlaps(at, size, virt_to_paddr(boot), sizeof *boot))
		return virt_to_paddr(boot) + sizeof *boot;
	if (boot->volume_size && overlaps(at, size, boot->volume_paddr, boot->volume_size))
		return boot->volume_paddr + boot->volume_size;
	for (unsigned i = 0; i < boot->file_count; i++)
		if (overlaps(at, size, boot->files[i].paddr, boot->files[i].size))
			return boot->files[i].paddr + boot->files[i].size;
	return 0;
}

/* Room for the owner bytes in the 8 MB that are mapped so far. */
static uint8_t *place_owners(const struct boot_info *boot, size_t size)
{
	for (unsigned i = 0; i < boot->range_count; i++) {
		const struct boot_range *r = &boot->ranges[i];
		paddr_t at = ALIGN_UP(MAX(r->base, 0x1000), PAGE_SIZE), next;

		if (r->type != BOOT_RANGE_USABLE)
			continue;
		while (at + size <= MIN(r->base + r->length, 0x800000u)) {
			next = taken_until(boot, at, size);
			if (!next)
				return paddr_to_virt(at);
			at = ALIGN_UP(next, PAGE_SIZE);
		}
	}
	panic(__FILE__, __LINE__, "no room for the frame table");
}

static void mark(paddr_t base, paddr_t size, uint8_t owner)
{
	for (paddr_t f = base >> PAGE_SHIFT; f < PAGES(base + size) && f < frame_count; f++)
		owners[f] = owner;
}

static void mark_usable(const struct boot_info *boot)
{
	memset(owners, OWNER_NONE, frame_count);
	for (unsigned i = 0; i < boot->range_count; i++) {
		const struct boot_range *r = &boot->ranges[i];
		paddr_t first = ALIGN_UP(r->base, PAGE_SIZE), end = ALIGN_DOWN(r->base + r->length, PAGE_SIZE);

		if (r->type == BOOT_RANGE_USABLE && first < end)
			mark(first, end - first, OWNER_FREE);
	}
	for (size_t i = 0; i < frame_count; i++)
		total_count += owners[i] == OWNER_FREE;
}

static void mark_taken(const struct boot_info *boot)
{
	paddr_t image = virt_to_paddr(kernel_resident_start);

	mark(0, PAGE_SIZE, OWNER_NONE);
	mark(image, virt_to_paddr(kernel_end) - image, account_number(account_kernel));
	mark(virt_to_paddr(owners), frame_count, account_number(account_kernel));
	mark(virt_to_paddr(boot), sizeof *boot, account_number(account_kernel));
	mark(boot->volume_paddr, boot->volume_size, account_number(account_kernel));
	for (unsigned i = 0; i < boot->file_count; i++)
		mark(boot->files[i].paddr, boot->files[i].size, account_number(account_kernel));
	for (size_t i = 0; i < frame_count; i++) {
		free_count += owners[i] == OWNER_FREE;
		account_kernel->frames += owners[i] == account_number(account_kernel);
	}
}

void memory_init(const struct boot_info *boot)
{
	paddr_t end = usable_end(boot);

	frame_count = (size_t)(end >> PAGE_SHIFT);
	owners = place_owners(boot, frame_count);
	mark_usable(boot);
	mark_taken(boot);
	hint = virt_to_paddr(kernel_end) >> PAGE_SHIFT;
	paging_init(end);
}
