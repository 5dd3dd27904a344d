/* A real adapter's memory in the guest, in place of ours: borrow.c in the machine's memory map.
 *
 * The 64 KB at A0000h become a region that is mapped page by page. At its first touch a page gets its place in our own
 * memory, too, so that giving back never wants for any. What the guest wrote is known by dirty bits, and read out once
 * somebody asks. Only the parked page is not mapped; a device or a debugger's instruction that comes to it moves it as
 * the guest does.
 *
 * DIFFERS: reading a page that was never written costs memory while it is lent. */

#include <kern/lock.h>
#include <kern/machine.h>

#include "device.h"

enum { BLOCKS = VVGA_MEMORY_SIZE / VVGA_PLANE_SIZE };

static gpa_t page_gpa(unsigned page)
{
	return VVGA_WINDOW_BASE + page * VVGA_PAGE_SIZE;
}

static uint16_t dirt(struct device *d, unsigned first, unsigned pages)
{
	return (uint16_t)(machine_dirty(d->m, page_gpa(first), pages * VVGA_PAGE_SIZE) << first);
}

static void park_another(struct device *d)
{
	vvga_borrow_park(&d->borrow);
	d->written |= dirt(d, d->borrow.parked, 1);
	machine_map_anew(d->m, page_gpa(d->borrow.parked), VVGA_PAGE_SIZE);
}

static paddr_t lent_frame(void *device, uint32_t offset, bool make)
{
	struct device *d = device;

	for (unsigned block = 0; make && block < BLOCKS; block++)
		if (vvga_touch(&d->chip, block * VVGA_PLANE_SIZE + offset, 1))
			return 0;
	if (make && offset / VVGA_PAGE_SIZE == d->borrow.parked)
		park_another(d);
	return d->borrow.loan.memory + offset;
}

static bool take(void *device, const struct loan *loan)
{
	struct device *d = device;

	if (machine_ending(d->m) || !vvga_may_borrow(&d->chip))
		return false;
	vvga_borrow(&d->chip, &d->borrow, loan);
	d->written = 0;
	if (machine_map_lazy(d->m, VVGA_WINDOW_BASE, LOAN_SIZE, "vvga", lent_frame, d) == E_OK)
		return true;
	d->borrow.lent = false;
	device_map_window(d);
	return false;
}

void lent_sync(struct device *d)
{
	if (!d->borrow.lent)
		return;
	vvga_borrow_fetch(&d->chip, &d->borrow, d->written | dirt(d, 0, DISPLAY_VGA_PAGES));
	d->written = 0;
}

void lent_sync_latches(struct device *d)
{
	if (d->borrow.lent)
		vvga_borrow_fetch(&d->chip, &d->borrow, 0);
}

static void give_back(void *device)
{
	struct device *d = device;

	lent_sync(d);
	d->borrow.lent = false;
	machine_unmap(d->m, VVGA_WINDOW_BASE, VVGA_WINDOW_SIZE);
	device_map_window(d);
}

/* A handler of ports has interrupts off, and a page is read in a millisecond where the bus is an ISA's: those that wait
 * are let in now and then. They know nothing of the adapter. */
static void let_interrupts_in(void)
{
	if (irq_locked())
		__asm__ volatile("sti; nop; cli" : : : "memory");
}

/* The pages one by one; what is left is nothing. */
static void fetch_at_leisure(struct device *d)
{
	uint16_t pages = d->written | dirt(d, 0, DISPLAY_VGA_PAGES);

	d->written = 0;
	for (unsigned page = 0; page < DISPLAY_VGA_PAGES; page++) {
		if (!(pages >> page & 1))
			continue;
		vvga_borrow_fetch(&d->chip, &d->borrow, (uint16_t)(1u << page));
		let_interrupts_in();
	}
}

void lent_end(struct device *d)
{
	if (!d->borrow.lent)
		return;
	fetch_at_leisure(d);
	give_back(d);
	d->borrow.loan.ops->end(d->borrow.loan.of);
}

void lent_drop(struct device *d)
{
	if (!d->borrow.lent)
		return;
	d->borrow.lent = false;
	d->borrow.loan.ops->end(d->borrow.loan.of);
}

void lent_init(struct device *d)
{
	d->borrower = (struct borrower){ .take = take, .give_back = give_back, .of = d };
}
