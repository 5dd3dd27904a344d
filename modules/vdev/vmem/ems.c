/* The functions of EMS 4.0 but for mapping and moving: handles, pages, names, and the table of all.
 * AH = function, then the status.
 *
 * Handle 0 is the operating system's and always there, as the specification wants it; it has no pages
 * until it is given some.
 *
 * Read: EMS 4.0, "EMM Functions" and "Status Codes" (appendix). */
#include <base/mem.h>

#include "vmem.h"

enum { EMS_VERSION_BCD = 0x40, FIRST_FUNCTION = 0x40, RAW_PAGE_PARAGRAPHS = VMEM_UNIT / 16, CONTEXT_BYTES = 10,
       BEGIN = 0xF0, CALL_BEGIN = 0xF1, CALL_END = 0xF2, OS_KEY = 0x38366D76, WINDOW_PARAGRAPHS = VMEM_UNIT / 16 };

typedef uint8_t function(struct vmem *vmem, struct vcpu_frame *regs);

struct vmem_ems_handle *ems_handle(struct vmem *vmem, unsigned handle)
{
	if (handle >= VMEM_EMS_HANDLES)
		return NULL;
	return handle == 0 || vmem->s.ems[handle].used ? &vmem->s.ems[handle] : NULL;
}

/* --- pages of a handle ---------------------------------------------------------------------------- */

static unsigned pages_total(const struct vmem *vmem)
{
	unsigned upper = 0;

	for (unsigned i = 0; i < VMEM_UPPER_UNITS; i++)
		upper += vmem->s.upper[i] != VMEM_NO_UNIT;
	return MIN(vmem->s.units - upper, (unsigned)VMEM_EMS_PAGES_MAX);
}

static unsigned pages_free(const struct vmem *vmem)
{
	return MIN(pool_free(vmem), (unsigned)(VMEM_EMS_PAGES_MAX - vmem->s.ems_used));
}

/* Makes or takes room in the middle of the list of all handles' pages. */
static void shift(struct vmem *vmem, unsigned from, int by)
{
	memmove(&vmem->s.ems_pages[(int)from + by], &vmem->s.ems_pages[from],
		(vmem->s.ems_used - from) * sizeof *vmem->s.ems_pages);
	for (unsigned i = 0; i < VMEM_EMS_HANDLES; i++)
		if (vmem->s.ems[i].first >= from)
			vmem->s.ems[i].first = (uint16_t)(vmem->s.ems[i].first + by);
	vmem->s.ems_used = (uint16_t)(vmem->s.ems_used + by);
}

static void unit_gone(struct vmem *vmem, unsigned unit)
{
	for (unsigned i = 0; i < VMEM_WINDOWS; i++) {
		if (vmem->s.window[i] == unit)
			(void)ems_show(vmem, i, VMEM_NO_UNIT);
		for (unsigned h = 0; h < VMEM_EMS_HANDLES; h++)
			if (vmem->s.ems[h].saved[i] == unit)
				vmem->s.ems[h].saved[i] = VMEM_NO_UNIT;
	}
	pool_give(vmem, unit, 1);
}

/* The caller has checked that there are enough. */
static void set_count(struct vmem *vmem, struct vmem_ems_handle *h, unsigned count)
{
	unsigned old = h->count;

	if (!old)
		h->first = vmem->s.ems_used;
	for (unsigned i = count; i < old; i++)
		unit_gone(vmem, vmem->s.ems_pages[h->first + i]);
	if (count != old && h->first + old < vmem->s.ems_used)
		shift(vmem, h->first + old, (int)count - (int)old);
	else
		vmem->s.ems_used = (uint16_t)(vmem->s.ems_used + count - old);
	for (unsigned i = old; i < count; i++)
		vmem->s.ems_pages[h->first + i] = (uint16_t)pool_take(vmem, 1);
	h->count = (uint16_t)count;
}

static uint8_t enough(const struct vmem *vmem, unsigned wanted, unsigned old)
{
	if (wanted > pages_total(vmem))
		return EMS_TOO_MANY_PAGES;
	return wanted > old && wanted - old > pages_free(vmem) ? EMS_NO_PAGES : EMS_OK;
}

static uint8_t allocate_pages(struct vmem *vmem, struct vcpu_frame *regs)
{
	unsigned wanted = reg_word(regs->ebx), n = 1;
	uint8_t status = enough(vmem, wanted, 0);

	while (n < VMEM_EMS_HANDLES && vmem->s.ems[n].used)
		n++;
	if (n == VMEM_EMS_HANDLES)
		return EMS_NO_HANDLES;
	if (status)
		return status;
	vmem->s.ems[n] = (struct vmem_ems_handle){ .used = 1 };
	set_count(vmem, &vmem->s.ems[n], wanted);
	reg_set_word(&regs->edx, n);
	return EMS_OK;
}

static uint8_t allocate(struct vmem *vmem, struct vcpu_frame *regs)
{
	return reg_word(regs->ebx) ? allocate_pages(vmem, regs) : EMS_ZERO_PAGES;
}

static uint8_t allocate_standard(struct vmem *vmem, struct vcpu_frame *regs)
{
	return reg_low(regs->eax) > 1 ? EMS_BAD_SUBFUNCTION : allocate_pages(vmem, regs);
}

static uint8_t deallocate(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct vmem_ems_handle *h = ems_handle(vmem, reg_word(regs->edx));

	if (!h)
		return EMS_BAD_HANDLE;
	if (h->has_saved)
		return EMS_MAP_SAVED;
	set_count(vmem, h, 0);
	*h = (struct vmem_ems_handle){ 0 };
	return EMS_OK;
}

static uint8_t reallocate(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct vmem_ems_handle *h = ems_handle(vmem, reg_word(regs->edx));
	uint8_t status = h ? enough(vmem, reg_word(regs->ebx), h->count) : EMS_BAD_HANDLE;

	if (!status)
		set_count(vmem, h, reg_word(regs->ebx));
	if (h)
		reg_set_word(&regs->ebx, h->count);
	return status;
}

/* --- questions -------------------------------------------------------------------------------------- */

static uint8_t status(struct vmem *vmem, struct vcpu_frame *regs)
{
	(void)vmem;
	(void)regs;
	return EMS_OK;
}

static uint8_t frame(struct vmem *vmem, struct vcpu_frame *regs)
{
	reg_set_word(&regs->ebx, vmem->s.frame);
	return EMS_OK;
}

static uint8_t counts(struct vmem *vmem, struct vcpu_frame *regs)
{
	reg_set_word(&regs->ebx, pages_free(vmem));
	reg_set_word(&regs->edx, pages_total(vmem));
	return EMS_OK;
}

static uint8_t version(struct vmem *vmem, struct vcpu_frame *regs)
{
	(void)vmem;
	reg_set_low(&regs->eax, EMS_VERSION_BCD);
	return EMS_OK;
}

static uint8_t map(struct vmem *vmem, struct vcpu_frame *regs)
{
	return ems_map_one(vmem, reg_word(regs->edx), reg_word(regs->ebx), reg_low(regs->eax));
}

static uint8_t map_many(struct vmem *vmem, struct vcpu_frame *regs)
{
	if (reg_low(regs->eax) > 1)
		return EMS_BAD_SUBFUNCTION;
	return ems_map_many(vmem, reg_word(regs->edx), linear_of(regs->ds, regs->esi), reg_word(regs->ecx),
			    reg_low(regs->eax));
}

static uint8_t save_map(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct vmem_ems_handle *h = ems_handle(vmem, reg_word(regs->edx));

	if (!h || h->has_saved)
		return h ? EMS_ALREADY_SAVED : EMS_BAD_HANDLE;
	memcpy(h->saved, vmem->s.window, sizeof h->saved);
	h->has_saved = 1;
	return EMS_OK;
}

static uint8_t restore_map(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct vmem_ems_handle *h = ems_handle(vmem, reg_word(regs->edx));
	uint8_t result = EMS_OK;

	if (!h || !h->has_saved)
		return h ? EMS_NOTHING_SAVED : EMS_BAD_HANDLE;
	for (unsigned i = 0; !result && i < VMEM_WINDOWS; i++)
		result = ems_show(vmem, i, h->saved[i]);
	h->has_saved = 0;
	return result;
}

static unsigned handles_used(struct vmem *vmem)
{
	unsigned n = 0;

	for (unsigned i = 0; i < VMEM_EMS_HANDLES; i++)
		n += ems_handle(vmem, i) != NULL;
	return n;
}

static uint8_t handle_count(struct vmem *vmem, struct vcpu_frame *regs)
{
	reg_set_word(&regs->ebx, handles_used(vmem));
	return EMS_OK;
}

static uint8_t handle_pages(struct vmem *vmem, struct vcpu_frame *regs)
{
	const struct vmem_ems_handle *h = ems_handle(vmem, reg_word(regs->edx));

	if (!h)
		return EMS_BAD_HANDLE;
	reg_set_word(&regs->ebx, h->count);
	return EMS_OK;
}

static uint8_t all_pages(struct vmem *vmem, struct vcpu_frame *regs)
{
	uint32_t at = linear_of(regs->es, regs->edi);

	for (unsigned i = 0; i < VMEM_EMS_HANDLES; i++) {
		uint16_t entry[2] = { (uint16_t)i, vmem->s.ems[i].count };

		if (!ems_handle(vmem, i))
			continue;
		vmem->wires.write(vmem->wires.of, at, entry, sizeof entry);
		at += sizeof entry;
	}
	reg_set_word(&regs->ebx, handles_used(vmem));
	return EMS_OK;
}

static uint8_t attributes(struct vmem *vmem, struct vcpu_frame *regs)
{
	unsigned part = reg_low(regs->eax);

	if (part > 2)
		return EMS_BAD_SUBFUNCTION;
	if (part < 2 && !ems_handle(vmem, reg_word(regs->edx)))
		return EMS_BAD_HANDLE;
	if (part == 1)
		return reg_low(regs->ebx) > 1 ? EMS_BAD_ATTRIBUTE : reg_low(regs->ebx) ? EMS_NOT_SUPPORTED : EMS_OK;
	reg_set_low(&regs->eax, 0);          /* volatile; and nothing else can be */
	return EMS_OK;
}

/* --- names ---------------------------------------------------------------------------------------------- */

static bool is_null(const char *name)
{
	for (unsigned i = 0; i < sizeof ((struct vmem_ems_handle *)0)->name; i++)
		if (name[i])
			return false;
	return true;
}

static int named(struct vmem *vmem, const char *name)
{
	for (unsigned i = 0; i < VMEM_EMS_HANDLES; i++)
		if (ems_handle(vmem, i) && !memcmp(vmem->s.ems[i].name, name, sizeof vmem->s.ems[i].name))
			return (int)i;
	return -1;
}

static uint8_t handle_name(struct vmem *vmem, struct vcpu_frame *regs)
{
	unsigned part = reg_low(regs->eax), handle = reg_word(regs->edx);
	struct vmem_ems_handle *h = ems_handle(vmem, handle);
	char name[sizeof h->name];
	int other;

	if (part > 1)
		return EMS_BAD_SUBFUNCTION;
	if (!h)
		return EMS_BAD_HANDLE;
	if (part == 0) {
		vmem->wires.write(vmem->wires.of, linear_of(regs->es, regs->edi), h->name, sizeof h->name);
		return EMS_OK;
	}
	vmem->wires.read(vmem->wires.of, linear_of(regs->ds, regs->esi), name, sizeof name);
	other = is_null(name) ? -1 : named(vmem, name);
	if (other >= 0 && (unsigned)other != handle)
		return EMS_NAME_EXISTS;
	memcpy(h->name, name, sizeof name);
	return EMS_OK;
}

static uint8_t directory(struct vmem *vmem, struct vcpu_frame *regs)
{
	uint32_t at = linear_of(regs->es, regs->edi);
	char name[sizeof vmem->s.ems->name];
	int found;

	switch (reg_low(regs->eax)) {
	case 0:
		for (unsigned i = 0; i < VMEM_EMS_HANDLES; i++) {
			uint16_t handle = (uint16_t)i;

			if (!ems_handle(vmem, i))
				continue;
			vmem->wires.write(vmem->wires.of, at, &handle, sizeof handle);
			vmem->wires.write(vmem->wires.of, at + sizeof handle, vmem->s.ems[i].name, sizeof name);
			at += sizeof handle + sizeof name;
		}
		reg_set_low(&regs->eax, handles_used(vmem));
		return EMS_OK;
	case 1:
		vmem->wires.read(vmem->wires.of, linear_of(regs->ds, regs->esi), name, sizeof name);
		if (is_null(name))
			return EMS_NAME_EXISTS;  /* A1h: a handle without a name cannot be looked for */
		found = named(vmem, name);
		if (found < 0)
			return EMS_NO_NAME;
		reg_set_word(&regs->edx, (unsigned)found);
		return EMS_OK;
	case 2:
		reg_set_word(&regs->ebx, VMEM_EMS_HANDLES);
		return EMS_OK;
	}
	return EMS_BAD_SUBFUNCTION;
}

/* --- for operating systems -------------------------------------------------------------------------------- */

static uint8_t mappable(struct vmem *vmem, struct vcpu_frame *regs)
{
	if (reg_low(regs->eax) > 1)
		return EMS_BAD_SUBFUNCTION;
	for (unsigned i = 0; i < VMEM_WINDOWS && reg_low(regs->eax) == 0; i++) {
		uint16_t entry[2] = { (uint16_t)(vmem->s.frame + i * WINDOW_PARAGRAPHS), (uint16_t)i };

		vmem->wires.write(vmem->wires.of, linear_of(regs->es, regs->edi) + i * (uint32_t)sizeof entry, entry,
				  sizeof entry);
	}
	reg_set_word(&regs->ecx, VMEM_WINDOWS);
	return EMS_OK;
}

static uint8_t hardware(struct vmem *vmem, struct vcpu_frame *regs)
{
	const uint16_t info[5] = { RAW_PAGE_PARAGRAPHS, 0, CONTEXT_BYTES, 0, 0 };

	if (vmem->s.os_shut)
		return EMS_DENIED;
	if (reg_low(regs->eax) > 1)
		return EMS_BAD_SUBFUNCTION;
	if (reg_low(regs->eax) == 1)
		return counts(vmem, regs);
	vmem->wires.write(vmem->wires.of, linear_of(regs->es, regs->edi), info, sizeof info);
	return EMS_OK;
}

static uint8_t save_area(struct vmem *vmem, struct vcpu_frame *regs)
{
	return vmem->s.os_shut ? EMS_DENIED : ems_save_area(vmem, regs);
}

/* The first caller becomes the operating system and is given the key that later calls must show. */
static uint8_t os_functions(struct vmem *vmem, struct vcpu_frame *regs)
{
	unsigned part = reg_low(regs->eax);
	uint32_t key = (uint32_t)reg_word(regs->ebx) << 16 | reg_word(regs->ecx);

	if (part > 2)
		return EMS_BAD_SUBFUNCTION;
	if (vmem->s.os_key_given && key != vmem->s.os_key)
		return EMS_DENIED;
	if (part == 2) {
		if (!vmem->s.os_key_given)
			return EMS_DENIED;
		vmem->s.os_key_given = vmem->s.os_shut = 0;
		return EMS_OK;
	}
	vmem->s.os_key_given = 1;
	vmem->s.os_key = OS_KEY;
	vmem->s.os_shut = (uint8_t)part;
	reg_set_word(&regs->ebx, OS_KEY >> 16);
	reg_set_word(&regs->ecx, OS_KEY);
	return EMS_OK;
}

/* --- the driver's own ------------------------------------------------------------------------------------------ */

/* In: DX = flags (upper.c). Out: BX = segment of the page frame (0: no EMS), CX = KB of the pool,
 * DX = KB of upper memory. */
static uint8_t begin(struct vmem *vmem, struct vcpu_frame *regs)
{
	unsigned paragraphs = 0;

	upper_begin(vmem, reg_word(regs->edx));
	for (unsigned i = 0; i < vmem->s.umb_count; i++)
		paragraphs += vmem->s.umb[i].paragraphs;
	reg_set_word(&regs->ebx, vmem->s.frame);
	reg_set_word(&regs->ecx, MIN(pool_free(vmem) * VMEM_UNIT_KB, 0xFFFFu));
	reg_set_word(&regs->edx, paragraphs / 64);
	return EMS_OK;
}

static uint8_t call_size(struct vmem *vmem, struct vcpu_frame *regs)
{
	return reg_low(regs->eax) < 2 ? EMS_SOFTWARE : ems_alter_and_call(vmem, regs, false);
}

static uint8_t driver(struct vmem *vmem, struct vcpu_frame *regs)
{
	switch (reg_high(regs->eax)) {
	case BEGIN: return begin(vmem, regs);
	case CALL_BEGIN: return ems_alter_and_call(vmem, regs, false);
	case CALL_END: return ems_alter_and_call(vmem, regs, true);
	}
	return EMS_BAD_FUNCTION;
}

void vmem_ems(struct vmem *vmem, struct vcpu_frame *regs)
{
	static function *const functions[] = {
		status, frame, counts, allocate, map, deallocate, version, save_map, restore_map, NULL, NULL,
		handle_count, handle_pages, all_pages, ems_page_map, ems_partial_map, map_many, reallocate,
		attributes, handle_name, directory, ems_alter_and_jump, call_size, ems_move, mappable, hardware,
		allocate_standard, save_area, status, os_functions,
	};
	unsigned n = reg_high(regs->eax) - FIRST_FUNCTION;
	uint8_t result = EMS_BAD_FUNCTION;

	if (reg_high(regs->eax) == BEGIN || (vmem->s.active && reg_high(regs->eax) > BEGIN))
		result = driver(vmem, regs);
	else if (!vmem->s.active || !vmem->s.frame)
		result = EMS_SOFTWARE;
	else if (n < sizeof functions / sizeof *functions && functions[n])
		result = functions[n](vmem, regs);
	reg_set_high(&regs->eax, result);
}
