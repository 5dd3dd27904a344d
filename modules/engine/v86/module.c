/* The v86 engine: real-mode code at the processor's own speed, in virtual-8086 mode.
 *
 * The guest lies at linear address 0, in an address space that is filled on demand from the
 * machine's guest-physical map, here. run.c has it run.
 *
 * DIFFERS: SGDT, SIDT, SMSW and reading the real x87's control registers do not trap in
 * virtual-8086 mode and show the host's values.
 * Read: Intel 80386 Programmer's Reference Manual, chapter "Virtual 8086 Mode". */
#include <base/mem.h>
#include <kern/cpu.h>
#include <kern/log.h>
#include <kern/module.h>
#include "fast.h"

enum { ROM_END = 0x100000, HMA_ALIAS = 0x10000 };

static const struct x86_ops *x86;
static bool vme;        /* tested and in use; set while the module is loaded */

/* --- memory ---------------------------------------------------------------------------------- */

unsigned v86_barred(const struct v86 *e, uint32_t linear)
{
	struct machine_watch *w = e->hot->watch;

	return (w ? w->page(w, machine_a20(e->m, linear)) : 0) | (e->debugged ? v86_debug_page(e, linear) : 0);
}

bool v86_map_page(struct v86 *e, uint32_t linear)
{
	unsigned barred;
	paddr_t frame;
	bool writable;
	int err;

	if (linear >= V86_LINEAR_END || linear >> PAGE_SHIFT == e->trapping_page)
		return false;
	barred = v86_barred(e, linear);
	if (barred & WATCH_ACCESS)
		return false;
	err = machine_page(e->m, machine_a20(e->m, linear), false, &frame, &writable);
	if (err) {
		e->trapping_page = linear >> PAGE_SHIFT;
		return false;
	}
	return aspace_map(e->as, linear & ~(uint32_t)PAGE_MASK, frame,
			  writable && !barred ? ASPACE_WRITE : ASPACE_READ) == E_OK;
}
static void map_changed(void *engine, gpa_t first, gpa_t last)
{
	struct v86 *e = engine;

	v86_forget(e);
	if (first >= V86_LINEAR_END)
		return;
	last = MIN(last, (gpa_t)V86_LINEAR_END - 1);
	aspace_unmap(e->as, (uintptr_t)first, (size_t)((last - first) / PAGE_SIZE + 1));
	if (first < HMA_ALIAS)
		aspace_unmap(e->as, ROM_END, HMA_ALIAS / PAGE_SIZE);
}

/* Whose pages are watched comes to them by faults. */
static uint32_t map_frames(void *engine, gpa_t first, const paddr_t *frames, unsigned pages)
{
	struct v86 *e = engine;
	uint32_t dirty;

	v86_forget(e);
	if (!e->hot->watch && !e->debugged)
		return aspace_map_frames(e->as, (uintptr_t)first, frames, pages);
	dirty = (uint32_t)aspace_dirty(e->as, (uintptr_t)first, pages);
	aspace_unmap(e->as, (uintptr_t)first, pages);
	return dirty;
}

static uint64_t dirty(void *engine, gpa_t first, unsigned pages)
{
	struct v86 *e = engine;

	return aspace_dirty(e->as, (uintptr_t)first, pages);
}

/* --- contract ------------------------------------------------------------------------------------------------ */

static int attach(struct machine *m, struct machine_hot *hot, void **engine)
{
	struct v86 *e = mem_alloc(machine_account(m), sizeof *e);
	int err;

	if (!e)
		return E_NO_MEMORY;
	e->m = m;
	e->hot = hot;
	e->as = aspace_new(machine_account(m));
	if (!e->as) {
		mem_free(e);
		return E_NO_MEMORY;
	}
	v86_bus_init(e);
	e->x86 = x86;
	e->vme = vme;
	err = v86_fpu_attach(e);
	if (err) {
		aspace_free(e->as);
		mem_free(e);
		return err;
	}
	hot->engine_private = e;
	hot->bus = &e->bus;
	hot->untrapped = vme;
	*engine = e;
	return E_OK;
}

static void detach(void *engine)
{
	struct v86 *e = engine;

	aspace_free(e->as);
	mem_free(e);
}

static bool can_run(const struct vcpu *cpu, const char **why)
{
	if (!(cpu->cr0 & X86_CR0_PE))
		return true;
	*why = x86->reason_text(X86_REASON_PROTECTED_MODE);
	return false;
}

static const struct engine_ops ops = {
	.attach = attach, .detach = detach, .run = v86_run, .map_changed = map_changed,
	.map_frames = map_frames,
	.dirty = dirty, .can_run = can_run,
};

static struct offer *x86_offer;

static void try_vme(struct module *self)
{
	const char *wrong;

	vme = false;
	if (!cpu_features()->vme || v86_vme_test(module_account(self), &wrong))
		return;
	vme = !wrong;
	if (vme)
		log_line("v86: virtual-8086 mode extensions (VME) work and are used");
	else
		log_line("v86: this processor's VME is not to be trusted (%s); not used", wrong);
}

static int start(struct module *self)
{
	int err = offer_get(X86_ROLE, "x86", X86_VERSION, &x86_offer, &x86, NULL);

	if (err)
		return err;
	try_vme(self);
	v86_set_traps(vme, false);
	err = v86_fpu_start();
	if (err)
		goto failed;
	err = offer_add(self, ENGINE_ROLE, "v86", ENGINE_VERSION, &ops, NULL);
	if (!err)
		return E_OK;
	v86_fpu_stop();
failed:
	cpu_set_guest_trap(NULL, NULL, NULL);
	if (vme)
		cpu_use_vme(false);
	offer_put(x86_offer);
	return err;
}

static void stop(struct module *self)
{
	(void)self;
	v86_fpu_stop();
	cpu_set_guest_trap(NULL, NULL, NULL);
	if (vme)
		cpu_use_vme(false);
	offer_put(x86_offer);
}

static bool wants_to_go(struct module *self)
{
	(void)self;
	return true;
}

static const struct module_need needs[] = {
	{ X86_ROLE, "x86", X86_VERSION, false },
	{ 0 },
};

MODULE(.name = "v86", .summary = "engine: real-mode code in virtual-8086 mode", .needs = needs,
       .start = start, .stop = stop, .wants_to_go = wants_to_go);
