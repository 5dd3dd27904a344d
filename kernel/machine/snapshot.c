/* A machine's state in plain form: <kern/snapshot.h>.
 *
 * Levels of lines are restored without telling anybody: the chips at both ends get states of their
 * own in which the level is known, and each drives its lines again when it is loaded, which
 * then changes nothing. */
#include <base/mem.h>
#include <kern/cpu.h>
#include <kern/snapshot.h>
#include "machine.h"

#define TIME_LIMIT (1ull << 62)

_Static_assert(SNAPSHOT_LINES == (int)MACHINE_DRIVERS_MAX, "every line fits");
_Static_assert(SNAPSHOT_LINE_NAME == (int)LINE_NAME_MAX, "with its name");

/* --- processor, time, lines ---------------------------------------------------------------- */

void snapshot_core(struct machine *m, struct snapshot_core *core)
{
	events_apply(m);
	fpu_save(&m->hot.cpu.x87);
	memset(core, 0, sizeof *core);
	core->version = SNAPSHOT_VERSION;
	core->size = sizeof *core;
	core->now_ns = machine_now(m);
	core->powered_on_ns = m->powered_on;
	core->a20_open = m->a20_open;
	core->reset_pending = !!(m->hot.pending & PENDING_RESET);
	core->cpu = m->hot.cpu;
	core->cpu.interrupt_shadow |= m->hot.engine_shadow_ip == core->cpu.frame.eip;
	core->line_count = (uint8_t)m->driver_count;
	for (unsigned i = 0; i < m->driver_count; i++) {
		memcpy(core->lines[i].name, m->drivers[i].net->name, LINE_NAME_MAX);
		core->lines[i].level = m->drivers[i].level;
	}
}

static bool flag_byte(const void *byte)
{
	return *(const uint8_t *)byte <= 1;
}

/* Selectors and bases that disagree would be another processor's. */
static bool cpu_plausible(const struct vcpu *cpu)
{
	struct vcpu copy = *cpu;

	if (!flag_byte(&cpu->halted) || !flag_byte(&cpu->interrupt_shadow) || cpu->nmi_masked > 1 ||
	    cpu->nmi > (VCPU_NMI_PIN | VCPU_NMI_LATCHED) || cpu->x87_error > VCPU_X87_IGNORED ||
	    cpu->frame.eflags & X86_VM || !(cpu->frame.eflags & X86_FLAG_ONE))
		return false;
	for (unsigned i = 0; i < X86_SEGS && !(cpu->cr0 & X86_CR0_PE); i++)
		if (cpu->seg[i].base != (*vcpu_selector(&copy, i) & 0xFFFF) << 4)
			return false;
	return true;
}

/* The same devices drive the same lines. */
static bool lines_plausible(const struct machine *m, const struct snapshot_core *core)
{
	if (core->line_count != m->driver_count)
		return false;
	for (unsigned i = 0; i < core->line_count; i++)
		if (memcmp(core->lines[i].name, m->drivers[i].net->name, LINE_NAME_MAX) ||
		    core->lines[i].level > 1)
			return false;
	return true;
}

static void load_lines(struct machine *m, const struct snapshot_core *core)
{
	for (unsigned i = 0; i < m->net_count; i++)
		m->nets[i].high = 0;
	for (unsigned i = 0; i < core->line_count; i++) {
		m->drivers[i].level = core->lines[i].level;
		m->drivers[i].net->high = (uint8_t)(m->drivers[i].net->high + core->lines[i].level);
	}
}

int snapshot_load_core(struct machine *m, const struct snapshot_core *core)
{
	if (core->version != SNAPSHOT_VERSION || core->size != sizeof *core)
		return E_VERSION;
	if (core->now_ns > TIME_LIMIT || core->powered_on_ns > core->now_ns || core->a20_open > 1 ||
	    core->reset_pending > 1 || !cpu_plausible(&core->cpu) || !lines_plausible(m, core))
		return E_DAMAGED;
	fpu_drop(&m->hot.cpu.x87);
	m->hot.cpu = core->cpu;
	pending_clear(m, PENDING_NMI);
	if (core->cpu.nmi & VCPU_NMI_LATCHED)
		pending_set(m, PENDING_NMI);
	m->frozen_at = core->now_ns;
	m->powered_on = core->powered_on_ns;
	load_lines(m, core);
	machine_set_a20(m, core->a20_open);
	if (core->reset_pending)
		machine_request_reset(m);
	return E_OK;
}

/* --- devices ---------------------------------------------------------------------------------- */

size_t snapshot_device(struct machine *m, unsigned index, const void **state)
{
	const struct machine_device *d = &m->devices[index];

	if (index >= m->device_count || !d->ops->state || !d->ops->load)
		return 0;
	*state = d->ops->state(d->device);
	return d->ops->state_size;
}

int snapshot_load_device(struct machine *m, unsigned index, const void *state, size_t size)
{
	const struct machine_device *d = &m->devices[index];

	if (index >= m->device_count || !d->ops->load)
		return E_NOT_FOUND;
	return size == d->ops->state_size ? d->ops->load(d->device, state) : E_VERSION;
}

unsigned snapshot_device_pages(struct machine *m, unsigned index)
{
	return index < m->device_count ? m->devices[index].ops->pages : 0;
}

void *snapshot_device_page(struct machine *m, unsigned index, unsigned n, bool make)
{
	const struct machine_device *d = &m->devices[index];

	return n < snapshot_device_pages(m, index) ? d->ops->page(d->device, n, make) : NULL;
}

/* --- memory ------------------------------------------------------------------------------------- */

static bool holds_something(uint32_t entry)
{
	unsigned kind = entry & GUEST_KIND_MASK;

	return kind == GUEST_RAM || kind == GUEST_ROM;
}

bool snapshot_next_page(struct machine *m, gpa_t *gpa, const void **content)
{
	for (size_t i = (size_t)((*gpa + PAGE_MASK) >> PAGE_SHIFT); i < m->page_count; i++) {
		if (!holds_something(m->pages[i]))
			continue;
		*gpa = (gpa_t)i << PAGE_SHIFT;
		*content = paddr_to_virt(m->pages[i] & ~(uint32_t)PAGE_MASK);
		return true;
	}
	return false;
}

int snapshot_load_page(struct machine *m, gpa_t gpa, const void *content)
{
	size_t i = (size_t)(gpa >> PAGE_SHIFT);

	if ((gpa & PAGE_MASK) || gpa >> PAGE_SHIFT >= m->page_count)
		return E_RANGE;
	if (!holds_something(m->pages[i]) && (m->pages[i] & GUEST_KIND_MASK) != GUEST_UNTOUCHED)
		return E_RANGE;
	if ((m->pages[i] & GUEST_KIND_MASK) == GUEST_ROM &&
	    memcmp(paddr_to_virt(m->pages[i] & ~(uint32_t)PAGE_MASK), content, PAGE_SIZE) == 0)
		return E_OK;
	return machine_poke_page(m, gpa, content);
}
