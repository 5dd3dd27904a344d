/* What is shown in the page frame: mapping, and the functions that save, restore and alter it.
 *
 * A context (functions 4Eh, 4Fh, 5Bh) is what stands in the windows, with a checksum by which a
 * damaged one is noticed. Windows are numbered 0 to 3; by segment they are the frame's segment and
 * each 400h behind it.
 *
 * Read: EMS 4.0, functions 5 (44h), 15 to 17 (4Eh to 50h), 22 and 23 (55h, 56h), 28 (5Bh). */
#include <base/mem.h>

#include "vmem.h"

enum { WINDOW_PARAGRAPHS = VMEM_UNIT / 16, UNMAP = 0xFFFF, LIST_MAX = 64, CONTEXT_SEED = 0x4D45,
       STACK_FOR_CALL = 32, BY_SEGMENT = 1, GATE_RETURN = 4 };

struct context { uint16_t window[VMEM_WINDOWS], sum; };
struct partial { uint16_t count; struct { uint16_t window, unit; } pages[VMEM_WINDOWS]; uint16_t sum; };

static void guest_get(struct vmem *vmem, uint32_t segment, uint32_t offset, void *to, uint32_t size)
{
	vmem->wires.read(vmem->wires.of, linear_of(segment, offset), to, size);
}

static void guest_put(struct vmem *vmem, uint32_t segment, uint32_t offset, const void *from, uint32_t size)
{
	vmem->wires.write(vmem->wires.of, linear_of(segment, offset), from, size);
}

/* --- one window ----------------------------------------------------------------------------- */

static uint32_t window_address(const struct vmem *vmem, unsigned window)
{
	return vmem->s.frame * 16u + window * VMEM_UNIT;
}

uint8_t ems_show(struct vmem *vmem, unsigned window, unsigned unit)
{
	uint32_t at = window_address(vmem, window);

	if (unit == VMEM_NO_UNIT)
		vmem->wires.hide(vmem->wires.of, at);
	else if (!vmem->wires.show(vmem->wires.of, at, unit_address(unit)))
		return EMS_SOFTWARE;
	vmem->s.window[window] = (uint16_t)unit;
	return EMS_OK;
}

void ems_hide_all(struct vmem *vmem)
{
	for (unsigned i = 0; i < VMEM_WINDOWS; i++)
		if (vmem->s.window[i] != VMEM_NO_UNIT)
			(void)ems_show(vmem, i, VMEM_NO_UNIT);
}

uint8_t ems_map_one(struct vmem *vmem, unsigned handle, unsigned page, unsigned window)
{
	const struct vmem_ems_handle *h = ems_handle(vmem, handle);

	if (!h)
		return EMS_BAD_HANDLE;
	if (window >= VMEM_WINDOWS)
		return EMS_BAD_WINDOW;
	if (page == UNMAP)
		return ems_show(vmem, window, VMEM_NO_UNIT);
	if (page >= h->count)
		return EMS_BAD_PAGE;
	return ems_show(vmem, window, vmem->s.ems_pages[h->first + page]);
}

/* The window with that segment, or VMEM_WINDOWS. */
static unsigned window_of(const struct vmem *vmem, unsigned segment)
{
	unsigned distance = segment - vmem->s.frame;

	return segment < vmem->s.frame || distance % WINDOW_PARAGRAPHS ? VMEM_WINDOWS
		: MIN(distance / WINDOW_PARAGRAPHS, (unsigned)VMEM_WINDOWS);
}

uint8_t ems_map_many(struct vmem *vmem, unsigned handle, uint32_t list, unsigned count, bool by_segment)
{
	struct { uint16_t page, where; } entry;
	uint8_t status = ems_handle(vmem, handle) ? EMS_OK : EMS_BAD_HANDLE;

	if (!status && count > LIST_MAX)
		return EMS_BAD_WINDOW;
	for (unsigned i = 0; !status && i < count; i++) {
		vmem->wires.read(vmem->wires.of, list + i * sizeof entry, &entry, sizeof entry);
		status = ems_map_one(vmem, handle, entry.page, by_segment ? window_of(vmem, entry.where) : entry.where);
	}
	return status;
}

/* --- contexts ----------------------------------------------------------------------------------- */

static uint16_t sum_of(const uint16_t *words, unsigned count)
{
	uint16_t sum = CONTEXT_SEED;

	for (unsigned i = 0; i < count; i++)
		sum = (uint16_t)((sum << 1 | sum >> 15) ^ words[i]);
	return sum;
}

static bool unit_good(const struct vmem *vmem, unsigned unit)
{
	return unit == VMEM_NO_UNIT || (unit < vmem->s.units && pool_taken(vmem, unit));
}

static void context_get(struct vmem *vmem, uint32_t segment, uint32_t offset)
{
	struct context c;

	memcpy(c.window, vmem->s.window, sizeof c.window);
	c.sum = sum_of(c.window, VMEM_WINDOWS);
	guest_put(vmem, segment, offset, &c, sizeof c);
}

static uint8_t context_set(struct vmem *vmem, uint32_t segment, uint32_t offset)
{
	struct context c;
	uint8_t status = EMS_OK;

	guest_get(vmem, segment, offset, &c, sizeof c);
	if (c.sum != sum_of(c.window, VMEM_WINDOWS))
		return EMS_BAD_CONTEXT;
	for (unsigned i = 0; i < VMEM_WINDOWS; i++)
		if (!unit_good(vmem, c.window[i]))
			return EMS_BAD_CONTEXT;
	for (unsigned i = 0; !status && i < VMEM_WINDOWS; i++)
		status = ems_show(vmem, i, c.window[i]);
	return status;
}

uint8_t ems_page_map(struct vmem *vmem, struct vcpu_frame *regs)
{
	unsigned part = reg_low(regs->eax);

	if (part == 0 || part == 2)
		context_get(vmem, regs->es, regs->edi);
	if (part == 1 || part == 2)
		return context_set(vmem, regs->ds, regs->esi);
	if (part == 3)
		reg_set_low(&regs->eax, sizeof(struct context));
	return part > 3 ? EMS_BAD_SUBFUNCTION : EMS_OK;
}

static uint8_t partial_get(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct partial p = { 0 };
	uint16_t segment;

	guest_get(vmem, regs->ds, regs->esi, &p.count, sizeof p.count);
	if (p.count > VMEM_WINDOWS)
		return EMS_BAD_WINDOW;
	for (unsigned i = 0; i < p.count; i++) {
		guest_get(vmem, regs->ds, regs->esi + 2 + 2 * i, &segment, sizeof segment);
		p.pages[i].window = (uint16_t)window_of(vmem, segment);
		if (p.pages[i].window == VMEM_WINDOWS)
			return EMS_BAD_WINDOW;
		p.pages[i].unit = vmem->s.window[p.pages[i].window];
	}
	p.sum = sum_of(&p.count, offsetof(struct partial, sum) / 2);
	guest_put(vmem, regs->es, regs->edi, &p, sizeof p);
	return EMS_OK;
}

static uint8_t partial_set(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct partial p;
	uint8_t status = EMS_OK;

	guest_get(vmem, regs->ds, regs->esi, &p, sizeof p);
	if (p.count > VMEM_WINDOWS || p.sum != sum_of(&p.count, offsetof(struct partial, sum) / 2))
		return EMS_BAD_CONTEXT;
	for (unsigned i = 0; i < p.count; i++)
		if (p.pages[i].window >= VMEM_WINDOWS || !unit_good(vmem, p.pages[i].unit))
			return EMS_BAD_CONTEXT;
	for (unsigned i = 0; !status && i < p.count; i++)
		status = ems_show(vmem, p.pages[i].window, p.pages[i].unit);
	return status;
}

uint8_t ems_partial_map(struct vmem *vmem, struct vcpu_frame *regs)
{
	switch (reg_low(regs->eax)) {
	case 0: return partial_get(vmem, regs);
	case 1: return partial_set(vmem, regs);
	case 2:
		if (reg_word(regs->ebx) > VMEM_WINDOWS)
			return EMS_BAD_WINDOW;
		reg_set_low(&regs->eax, sizeof(struct partial));
		return EMS_OK;
	}
	return EMS_BAD_SUBFUNCTION;
}

/* Alternate register sets: none, which makes these functions save and restore through memory that the
 * operating system names. */
uint8_t ems_save_area(struct vmem *vmem, struct vcpu_frame *regs)
{
	uint32_t area;

	switch (reg_low(regs->eax)) {
	case 0:
		area = vmem->s.save_area;
		reg_set_low(&regs->ebx, 0);
		regs->es = area >> 16;
		reg_set_word(&regs->edi, area);
		if (area)
			context_get(vmem, area >> 16, area);
		return EMS_OK;
	case 1:
		if (reg_low(regs->ebx))
			return EMS_NO_REGISTER_SETS;
		vmem->s.save_area = (regs->es & 0xFFFF) << 16 | reg_word(regs->edi);
		return vmem->s.save_area ? context_set(vmem, regs->es, regs->edi) : EMS_OK;
	case 2:
		reg_set_word(&regs->edx, sizeof(struct context));
		return EMS_OK;
	case 3:
	case 5:
		reg_set_low(&regs->ebx, 0);
		return EMS_OK;
	case 4:
	case 6:
	case 7:
	case 8:
		return reg_low(regs->ebx) ? EMS_NO_REGISTER_SETS : EMS_OK;
	}
	return EMS_BAD_SUBFUNCTION;
}

/* --- jump and call ---------------------------------------------------------------------------------- */

struct alter { uint32_t target; uint8_t count; uint32_t list; } __attribute__((packed));
struct alter_call { struct alter new; uint8_t old_count; uint32_t old_list; } __attribute__((packed));

static uint32_t pointer(uint32_t far)
{
	return linear_of(far >> 16, far);
}

/* The IRET behind the driver's far return goes to the target. */
uint8_t ems_alter_and_jump(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct alter a;
	uint8_t status;

	if (reg_low(regs->eax) > BY_SEGMENT)
		return EMS_BAD_SUBFUNCTION;
	guest_get(vmem, regs->ds, regs->esi, &a, sizeof a);
	status = ems_map_many(vmem, reg_word(regs->edx), pointer(a.list), a.count, reg_low(regs->eax) == BY_SEGMENT);
	if (!status)
		guest_put(vmem, regs->ss, regs->esp + GATE_RETURN, &a.target, sizeof a.target);
	return status;
}

/* The call itself is the driver's: it comes here before and (`end`) after it. */
uint8_t ems_alter_and_call(struct vmem *vmem, struct vcpu_frame *regs, bool end)
{
	unsigned part = reg_low(regs->eax);
	struct alter_call a;

	if (part == 2) {
		reg_set_word(&regs->ebx, STACK_FOR_CALL);
		return EMS_OK;
	}
	if (part > BY_SEGMENT)
		return EMS_BAD_SUBFUNCTION;
	guest_get(vmem, regs->ds, regs->esi, &a, sizeof a);
	return ems_map_many(vmem, reg_word(regs->edx), pointer(end ? a.old_list : a.new.list),
			    end ? a.old_count : a.new.count, part == BY_SEGMENT);
}
