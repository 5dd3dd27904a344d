/* The pool, and what concerns the whole: reset, load, description. */
#include <base/mem.h>

#include "vmem.h"

enum { COPY_PART = 512 };

void vmem_init(struct vmem *vmem, const struct vmem_wires *wires, uint32_t extended_bytes)
{
	uint32_t hma = VMEM_POOL - 0x100000;

	memset(vmem, 0, sizeof *vmem);
	vmem->wires = *wires;
	vmem->s.version = VMEM_VERSION;
	if (extended_bytes > hma)
		vmem->s.units = (uint16_t)MIN((extended_bytes - hma) / VMEM_UNIT, (uint32_t)VMEM_UNITS_MAX);
	memset(vmem->s.window, 0xFF, sizeof vmem->s.window);
	memset(vmem->s.upper, 0xFF, sizeof vmem->s.upper);
}

void vmem_reset(struct vmem *vmem)
{
	uint16_t units = vmem->s.units;

	ems_hide_all(vmem);
	upper_hide(vmem);
	memset(&vmem->s, 0, sizeof vmem->s);
	vmem->s.version = VMEM_VERSION;
	vmem->s.units = units;
	memset(vmem->s.window, 0xFF, sizeof vmem->s.window);
	memset(vmem->s.upper, 0xFF, sizeof vmem->s.upper);
}

/* --- the pool --------------------------------------------------------------------------------- */

bool pool_taken(const struct vmem *vmem, unsigned unit)
{
	return vmem->s.taken[unit / 8] >> unit % 8 & 1;
}

static void mark(struct vmem *vmem, unsigned first, unsigned count, bool taken)
{
	for (unsigned i = first; i < first + count; i++) {
		if (taken)
			vmem->s.taken[i / 8] |= (uint8_t)(1u << i % 8);
		else
			vmem->s.taken[i / 8] &= (uint8_t)~(1u << i % 8);
	}
}

unsigned pool_take(struct vmem *vmem, unsigned count)
{
	unsigned run = 0;

	for (unsigned i = 0; i < vmem->s.units; i++) {
		run = pool_taken(vmem, i) ? 0 : run + 1;
		if (run == count) {
			mark(vmem, i + 1 - count, count, true);
			return i + 1 - count;
		}
	}
	return VMEM_NO_UNIT;
}

void pool_give(struct vmem *vmem, unsigned first, unsigned count)
{
	mark(vmem, first, count, false);
}

unsigned pool_free(const struct vmem *vmem)
{
	unsigned n = 0;

	for (unsigned i = 0; i < vmem->s.units; i++)
		n += !pool_taken(vmem, i);
	return n;
}

unsigned pool_largest(const struct vmem *vmem)
{
	unsigned run = 0, best = 0;

	for (unsigned i = 0; i < vmem->s.units; i++) {
		run = pool_taken(vmem, i) ? 0 : run + 1;
		best = MAX(best, run);
	}
	return best;
}

void vmem_copy(struct vmem *vmem, uint32_t to, uint32_t from, uint32_t size)
{
	uint8_t part[COPY_PART];
	bool backwards = to > from && to - from < size;

	for (uint32_t done = 0; done < size;) {
		uint32_t n = MIN(size - done, (uint32_t)COPY_PART);
		uint32_t at = backwards ? size - done - n : done;

		vmem->wires.read_physical(vmem->wires.of, from + at, part, n);
		vmem->wires.write_physical(vmem->wires.of, to + at, part, n);
		done += n;
	}
}

/* --- load and describe ---------------------------------------------------------------------------- */

static bool unit_good(const struct vmem_state *s, unsigned unit)
{
	return unit == VMEM_NO_UNIT || (unit < s->units && (s->taken[unit / 8] >> unit % 8 & 1));
}

static bool ems_sane(const struct vmem_state *s)
{
	if (s->ems_used > VMEM_EMS_PAGES_MAX)
		return false;
	for (unsigned i = 0; i < s->ems_used; i++)
		if (s->ems_pages[i] == VMEM_NO_UNIT || !unit_good(s, s->ems_pages[i]))
			return false;
	for (unsigned i = 0; i < VMEM_EMS_HANDLES; i++)
		if (s->ems[i].used && s->ems[i].first + s->ems[i].count > s->ems_used)
			return false;
	for (unsigned i = 0; i < VMEM_WINDOWS; i++) {
		if (!unit_good(s, s->window[i]) || (s->window[i] != VMEM_NO_UNIT && !s->frame))
			return false;
		for (unsigned h = 0; h < VMEM_EMS_HANDLES; h++)
			if (s->ems[h].has_saved && !unit_good(s, s->ems[h].saved[i]))
				return false;
	}
	return true;
}

static bool xms_sane(const struct vmem_state *s)
{
	for (unsigned i = 0; i < VMEM_XMS_HANDLES; i++) {
		uint32_t units = (s->xms[i].size_kb + VMEM_UNIT_KB - 1) / VMEM_UNIT_KB;

		if (s->xms[i].used && units && (s->xms[i].size_kb > 0xFFFFFF || s->xms[i].first + units > s->units))
			return false;
	}
	for (unsigned i = 0; i < VMEM_UPPER_UNITS; i++)
		if (!unit_good(s, s->upper[i]))
			return false;
	for (unsigned i = 0; i < s->umb_count && i < VMEM_UMBS; i++)
		if (s->umb[i].segment < VMEM_UPPER_FIRST / 16 ||
		    s->umb[i].segment + s->umb[i].paragraphs > VMEM_UPPER_END / 16)
			return false;
	return s->umb_count <= VMEM_UMBS;
}

static bool frame_sane(const struct vmem_state *s)
{
	return !s->frame || (s->frame >= VMEM_UPPER_FIRST / 16 && s->frame % (VMEM_UNIT / 16) == 0 &&
			     s->frame * 16u + VMEM_WINDOWS * VMEM_UNIT <= VMEM_UPPER_END);
}

int vmem_load(struct vmem *vmem, const struct vmem_state *state)
{
	int error;

	if (state->version != VMEM_VERSION)
		return E_VERSION;
	if (state->units != vmem->s.units || !frame_sane(state) || !ems_sane(state) || !xms_sane(state))
		return E_DAMAGED;
	vmem_reset(vmem);
	vmem->s = *state;
	error = upper_show(vmem);
	for (unsigned i = 0; !error && i < VMEM_WINDOWS; i++)
		if (vmem->s.window[i] != VMEM_NO_UNIT && ems_show(vmem, i, vmem->s.window[i]))
			error = E_NO_MEMORY;
	return error;
}

void vmem_describe(const struct vmem *vmem, struct fmt_sink *out)
{
	const struct vmem_state *s = &vmem->s;

	fmt_sink(out, "pool %u KB, free %u KB, largest %u KB; %s\n", s->units * VMEM_UNIT_KB,
		 pool_free(vmem) * VMEM_UNIT_KB, pool_largest(vmem) * VMEM_UNIT_KB,
		 s->active ? "driver loaded" : "no driver");
	if (!s->active)
		return;
	fmt_sink(out, "HMA %s, A20 global %u local %u\n", s->hma_used ? "taken" : "free", s->a20_global, s->a20_local);
	if (s->frame)
		fmt_sink(out, "page frame %04X:0000, units %04X %04X %04X %04X (FFFF: nothing)\n", s->frame,
			 s->window[0], s->window[1], s->window[2], s->window[3]);
	for (unsigned i = 0; i < VMEM_EMS_HANDLES; i++)
		if (s->ems[i].used)
			fmt_sink(out, "EMS handle %u: %u pages %.8s\n", i, s->ems[i].count, s->ems[i].name);
	for (unsigned i = 0; i < VMEM_XMS_HANDLES; i++)
		if (s->xms[i].used)
			fmt_sink(out, "XMS handle %u: %u KB at %06Xh, %u locks\n", i + 1, (unsigned)s->xms[i].size_kb,
				 (unsigned)unit_address(s->xms[i].first), s->xms[i].locks);
	for (unsigned i = 0; i < s->umb_count; i++)
		fmt_sink(out, "upper memory %04X, %u paragraphs, %s\n", s->umb[i].segment, s->umb[i].paragraphs,
			 s->umb[i].used ? "used" : "free");
}
