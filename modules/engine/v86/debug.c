/* The guest's own debug registers.
 *
 * MOV to them is the executor's and stores them. What they are set for is not given to the processor's: the
 * executor, which does whatever traps, does not come by there, the debugger may want all four for itself, and
 * QEMU's cannot be used for code. Instead the page of each enabled breakpoint is kept from guest code, as a
 * debugger's are (v86_barred): the executor carries out each instruction in it, and each that reaches into it,
 * and asks here. All else runs at full speed; a guest that stores a number in DR0 pays nothing.
 *
 * Exception 1 comes before an instruction for code, unless RF is set, and behind it for data and for TF, in one
 * for both; behind MOV SS and POP SS the next instruction is done first. RF is set by an IRETD, as a debugger in
 * real mode does it, and kept in machine_hot.engine_flags for that one instruction, which run() then
 * gives to the executor.
 *
 * DIFFERS: what is done for the guest without an instruction (DMA, our BIOS's half in the monitor) is
 * not seen by data breakpoints; I/O breakpoints (CR4.DE) never hit; those at addresses beyond 10FFEFh
 * neither; the pushes of exception 1 itself do not raise another.
 * Read: Intel 80386 Programmer's Reference Manual, chapter "Debugging"; Intel Architecture Software Developer's
 * Manual (1997), volume 3, "Debugging and Performance Monitoring". */
#include <base/mem.h>
#include <x86/debugreg.h>
#include <kern/cpu.h>
#include "v86.h"

enum { DR7 = 7, DR6 = 6, VIDEO_FIRST = 0xA0000, VIDEO_END = 0xC0000 };

static bool enabled(uint32_t dr7, unsigned n)
{
	return dr7 >> n * DR7_ENABLE_STEP & DR7_ENABLE;
}

static unsigned kind(uint32_t dr7, unsigned n)
{
	return dr7 >> (DR7_KINDS + n * DR7_KIND_STEP) & DR7_KIND;
}

/* Bytes less one, which are the address bits that do not count, too. */
static uint32_t length_mask(uint32_t dr7, unsigned n)
{
	return dr7 >> (DR7_KINDS + n * DR7_KIND_STEP + DR7_LENGTH_SHIFT) & DR7_KIND;
}

/* --- their pages ---------------------------------------------------------------------------------- */

/* Writing a byte of video memory as it is keeps its page's mark that it has changed. */
static void unmap(struct v86 *e, uint32_t linear)
{
	uint8_t byte;

	if (linear >= V86_LINEAR_END)
		return;
	linear &= ~(uint32_t)PAGE_MASK;
	if (linear >= VIDEO_FIRST && linear < VIDEO_END && aspace_dirty(e->as, linear, 1) &&
	    machine_read(e->m, linear, &byte, 1, MACHINE_PEEK) == E_OK)
		(void)!machine_write(e->m, linear, &byte, 1, MACHINE_POKE);
	aspace_unmap(e->as, linear, 1);
}

static void unmap_all(struct v86 *e)
{
	for (unsigned n = 0; n < DR_ADDRESSES; n++)
		if (enabled(e->dr[DR7], n))
			unmap(e, e->dr[n]);
}

void v86_debug_changed(struct v86 *e)
{
	const uint32_t *dr = e->hot->cpu.dr;

	if (!e->debugged && !(dr[DR7] & DR7_ENABLES))
		return;
	if (e->dr[DR7] == dr[DR7] && !memcmp(e->dr, dr, DR_ADDRESSES * sizeof *dr))
		return;
	unmap_all(e);
	memcpy(e->dr, dr, sizeof e->dr);
	unmap_all(e);
	e->debugged = dr[DR7] & DR7_ENABLES;
	e->hits = 0;
}

unsigned v86_debug_page(const struct v86 *e, uint32_t linear)
{
	unsigned barred = 0;

	for (unsigned n = 0; n < DR_ADDRESSES; n++)
		if (enabled(e->dr[DR7], n) && e->dr[n] / PAGE_SIZE == linear / PAGE_SIZE)
			barred |= kind(e->dr[DR7], n) == DR7_WRITE && cpu_features()->wp ? WATCH_WRITE : WATCH_ACCESS;
	return barred;
}

/* --- hits ------------------------------------------------------------------------------------------- */

/* Bits of those that the access meets, the enabled and the others: 0 if no enabled one is among them. */
static unsigned met(const struct v86 *e, uint32_t linear, uint32_t size, bool code, bool write)
{
	uint32_t dr7 = e->dr[DR7];
	unsigned all = 0;
	bool any = false;

	for (unsigned n = 0; n < DR_ADDRESSES; n++) {
		uint32_t mask = length_mask(dr7, n), first = e->dr[n] & ~mask;
		unsigned wanted = kind(dr7, n);

		if (linear - first > mask && first - linear >= size)
			continue;
		if (code ? wanted != DR7_CODE : wanted != DR7_ACCESS && !(write && wanted == DR7_WRITE))
			continue;
		all |= 1u << n;
		any |= enabled(dr7, n);
	}
	return any ? all : 0;
}

void v86_debug_access(struct v86 *e, uint32_t linear, uint32_t size, bool write)
{
	unsigned hits = met(e, linear, size, false, write);

	e->hits |= (uint8_t)hits;
	if (hits)
		e->hot->bus->rep_budget = 1;
}

void v86_debug_trap(struct v86 *e, uint32_t why)
{
	uint32_t *dr = e->hot->cpu.dr;

	if (e->hits || why)
		dr[DR6] = (dr[DR6] & ~DR6_HITS) | e->hits | why;
	dr[DR7] &= ~DR7_GD;
	e->dr[DR7] &= ~DR7_GD;
	v86_exception(e, X86_DB);
	e->hits = 0;
}

bool v86_debug_fault(struct v86 *e)
{
	const struct vcpu *cpu = &e->hot->cpu;
	uint32_t linear = cpu->seg[X86_CS].base + cpu->frame.eip;

	if (e->debug_waits || cpu->frame.eflags & X86_RF)
		return false;
	e->hits = (uint8_t)met(e, linear, 1, true, false);
	if (!e->hits)
		return false;
	v86_debug_trap(e, 0);
	return true;
}
