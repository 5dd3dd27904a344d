/* The functions of XMS 3.0. AH = function, AX = 1 for success, else 0 and BL = the error.
 *
 * Blocks are contiguous units of 16 KB, so that a locked block has one linear address. Nobody moves
 * a block, so the address is also good while it is not locked.
 *
 * DIFFERS: sizes are rounded up to 16 KB of the pool; what a block's owner is told is what he asked.
 * Read: XMS 3.0, "Function Calls" and "Error Codes". */
#include <base/mem.h>

#include "vmem.h"

enum { XMS_VERSION_BCD = 0x0300, DRIVER_VERSION = 0x0100, MOVE_STRUCT = 16, LOCKS_MAX = 255,
       CONVENTIONAL_END = 0x110000, RESULT_HIGHEST = 0xFFFF };

void xms_done(struct vcpu_frame *regs)
{
	reg_set_word(&regs->eax, 1);
	reg_set_low(&regs->ebx, reg_low(regs->ebx));
}

void xms_failed(struct vcpu_frame *regs, unsigned error)
{
	reg_set_word(&regs->eax, 0);
	reg_set_low(&regs->ebx, error);
}

static void result(struct vcpu_frame *regs, unsigned error)
{
	if (error)
		xms_failed(regs, error);
	else
		xms_done(regs);
}

static struct vmem_xms_handle *handle_of(struct vmem *vmem, unsigned handle)
{
	return handle >= 1 && handle <= VMEM_XMS_HANDLES && vmem->s.xms[handle - 1].used
		? &vmem->s.xms[handle - 1] : NULL;
}

static unsigned units_for(uint32_t kb)
{
	return kb / VMEM_UNIT_KB + (kb % VMEM_UNIT_KB != 0);
}

/* --- version, HMA, A20 ----------------------------------------------------------------------- */

static void version(struct vmem *vmem, struct vcpu_frame *regs)
{
	reg_set_word(&regs->eax, XMS_VERSION_BCD);
	reg_set_word(&regs->ebx, DRIVER_VERSION);
	reg_set_word(&regs->edx, vmem->s.units != 0);    /* the HMA is there */
}

static void request_hma(struct vmem *vmem, struct vcpu_frame *regs)
{
	unsigned error = !vmem->s.units ? XMS_HMA_NONE : vmem->s.hma_used ? XMS_HMA_IN_USE : 0;

	if (!error)
		vmem->s.hma_used = 1;
	result(regs, error);
}

static void release_hma(struct vmem *vmem, struct vcpu_frame *regs)
{
	unsigned error = !vmem->s.units ? XMS_HMA_NONE : vmem->s.hma_used ? 0 : XMS_HMA_NOT_TAKEN;

	vmem->s.hma_used = 0;
	result(regs, error);
}

/* Open while anybody wants it open. */
static void apply_a20(struct vmem *vmem, struct vcpu_frame *regs, bool enable)
{
	bool open = vmem->s.a20_global || vmem->s.a20_local;

	vmem->wires.set_a20(vmem->wires.of, open);
	result(regs, !enable && open ? XMS_A20_STILL_OPEN : 0);
}

static void global_enable(struct vmem *vmem, struct vcpu_frame *regs)
{
	vmem->s.a20_global = 1;
	apply_a20(vmem, regs, true);
}

static void global_disable(struct vmem *vmem, struct vcpu_frame *regs)
{
	vmem->s.a20_global = 0;
	apply_a20(vmem, regs, false);
}

static void local_enable(struct vmem *vmem, struct vcpu_frame *regs)
{
	if (vmem->s.a20_local < 0xFFFF)
		vmem->s.a20_local++;
	apply_a20(vmem, regs, true);
}

static void local_disable(struct vmem *vmem, struct vcpu_frame *regs)
{
	if (vmem->s.a20_local)
		vmem->s.a20_local--;
	apply_a20(vmem, regs, false);
}

static void query_a20(struct vmem *vmem, struct vcpu_frame *regs)
{
	reg_set_word(&regs->eax, vmem->wires.a20(vmem->wires.of));
	reg_set_low(&regs->ebx, 0);
}

/* --- blocks ------------------------------------------------------------------------------------- */

static void query_free(struct vmem *vmem, struct vcpu_frame *regs)
{
	reg_set_word(&regs->eax, MIN(pool_largest(vmem) * VMEM_UNIT_KB, 0xFFFFu));
	reg_set_word(&regs->edx, MIN(pool_free(vmem) * VMEM_UNIT_KB, 0xFFFFu));
	reg_set_low(&regs->ebx, pool_free(vmem) ? 0 : XMS_NO_MEMORY);
}

static void query_free_any(struct vmem *vmem, struct vcpu_frame *regs)
{
	regs->eax = pool_largest(vmem) * VMEM_UNIT_KB;
	regs->edx = pool_free(vmem) * VMEM_UNIT_KB;
	regs->ecx = VMEM_POOL + (uint32_t)vmem->s.units * VMEM_UNIT - 1;
	reg_set_low(&regs->ebx, pool_free(vmem) ? 0 : XMS_NO_MEMORY);
}

static void allocate(struct vmem *vmem, struct vcpu_frame *regs, uint32_t kb)
{
	unsigned units = units_for(kb), first = 0, handle = 0;

	while (handle < VMEM_XMS_HANDLES && vmem->s.xms[handle].used)
		handle++;
	if (handle == VMEM_XMS_HANDLES) {
		xms_failed(regs, XMS_NO_HANDLES);
		return;
	}
	if (units) {
		first = kb > VMEM_UNITS_MAX * VMEM_UNIT_KB ? VMEM_NO_UNIT : pool_take(vmem, units);
		if (first == VMEM_NO_UNIT) {
			xms_failed(regs, XMS_NO_MEMORY);
			return;
		}
	}
	vmem->s.xms[handle] = (struct vmem_xms_handle){ kb, (uint16_t)first, 1, 0 };
	reg_set_word(&regs->edx, handle + 1);
	xms_done(regs);
}

static void allocate_word(struct vmem *vmem, struct vcpu_frame *regs) { allocate(vmem, regs, reg_word(regs->edx)); }
static void allocate_any(struct vmem *vmem, struct vcpu_frame *regs) { allocate(vmem, regs, regs->edx); }

static void release(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct vmem_xms_handle *h = handle_of(vmem, reg_word(regs->edx));

	if (!h || h->locks) {
		xms_failed(regs, h ? XMS_LOCKED : XMS_BAD_HANDLE);
		return;
	}
	pool_give(vmem, h->first, units_for(h->size_kb));
	*h = (struct vmem_xms_handle){ 0 };
	xms_done(regs);
}

static void lock(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct vmem_xms_handle *h = handle_of(vmem, reg_word(regs->edx));
	uint32_t address;

	if (!h || h->locks == LOCKS_MAX) {
		xms_failed(regs, h ? XMS_LOCKS_FULL : XMS_BAD_HANDLE);
		return;
	}
	h->locks++;
	address = unit_address(h->first);
	xms_done(regs);
	reg_set_word(&regs->ebx, address);
	reg_set_word(&regs->edx, address >> 16);
}

static void unlock(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct vmem_xms_handle *h = handle_of(vmem, reg_word(regs->edx));

	if (h && h->locks) {
		h->locks--;
		xms_done(regs);
		return;
	}
	xms_failed(regs, h ? XMS_NOT_LOCKED : XMS_BAD_HANDLE);
}

static unsigned handles_free(const struct vmem *vmem)
{
	unsigned n = 0;

	for (unsigned i = 0; i < VMEM_XMS_HANDLES; i++)
		n += !vmem->s.xms[i].used;
	return n;
}

static void information(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct vmem_xms_handle *h = handle_of(vmem, reg_word(regs->edx));

	if (!h) {
		xms_failed(regs, XMS_BAD_HANDLE);
		return;
	}
	xms_done(regs);
	reg_set_word(&regs->ebx, (unsigned)h->locks << 8 | handles_free(vmem));
	reg_set_word(&regs->edx, MIN(h->size_kb, 0xFFFFu));
}

static void information_any(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct vmem_xms_handle *h = handle_of(vmem, reg_word(regs->edx));

	if (!h) {
		xms_failed(regs, XMS_BAD_HANDLE);
		return;
	}
	xms_done(regs);
	reg_set_high(&regs->ebx, h->locks);
	reg_set_word(&regs->ecx, handles_free(vmem));
	regs->edx = h->size_kb;
}

/* In place where there is room behind it, else elsewhere, with its content. */
static void resize(struct vmem *vmem, struct vcpu_frame *regs, uint32_t kb)
{
	struct vmem_xms_handle *h = handle_of(vmem, reg_word(regs->edx));
	unsigned old, new, first;

	if (!h || h->locks) {
		xms_failed(regs, h ? XMS_LOCKED : XMS_BAD_HANDLE);
		return;
	}
	old = units_for(h->size_kb);
	new = units_for(kb);
	pool_give(vmem, h->first, old);
	first = !new ? 0 : kb > VMEM_UNITS_MAX * VMEM_UNIT_KB ? VMEM_NO_UNIT : pool_take(vmem, new);
	if (first == VMEM_NO_UNIT) {
		for (unsigned i = 0; i < old; i++)
			vmem->s.taken[(h->first + i) / 8] |= (uint8_t)(1u << (h->first + i) % 8);
		xms_failed(regs, XMS_NO_MEMORY);
		return;
	}
	if (new && first != h->first)
		vmem_copy(vmem, unit_address(first), unit_address(h->first), MIN(old, new) * VMEM_UNIT);
	h->first = (uint16_t)first;
	h->size_kb = kb;
	xms_done(regs);
}

static void resize_word(struct vmem *vmem, struct vcpu_frame *regs) { resize(vmem, regs, reg_word(regs->ebx)); }
static void resize_any(struct vmem *vmem, struct vcpu_frame *regs) { resize(vmem, regs, regs->ebx); }

/* --- the move ------------------------------------------------------------------------------------ */

struct move {
	uint32_t length;
	uint16_t source_handle;
	uint32_t source_offset;
	uint16_t target_handle;
	uint32_t target_offset;
} __attribute__((packed));
_Static_assert(sizeof(struct move) == MOVE_STRUCT, "as programs lay it out");

/* Handle 0: the offset is a real-mode pointer. The HMA can be reached that way, too. */
static unsigned end_of_move(struct vmem *vmem, unsigned handle, uint32_t offset, uint32_t length, uint32_t *address,
			    unsigned bad_handle, unsigned bad_offset)
{
	struct vmem_xms_handle *h;

	if (!handle) {
		*address = linear_of(offset >> 16, offset);
		return *address + length > CONVENTIONAL_END ? XMS_BAD_LENGTH : 0;
	}
	h = handle_of(vmem, handle);
	if (!h)
		return bad_handle;
	if (offset > h->size_kb * 1024)
		return bad_offset;
	*address = unit_address(h->first) + offset;
	return length > h->size_kb * 1024 - offset ? XMS_BAD_LENGTH : 0;
}

static void move(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct move m;
	uint32_t from = 0, to = 0;
	unsigned error;

	vmem->wires.read(vmem->wires.of, linear_of(regs->ds, regs->esi), &m, sizeof m);
	error = m.length & 1 ? XMS_BAD_LENGTH
		: end_of_move(vmem, m.source_handle, m.source_offset, m.length, &from, XMS_BAD_SOURCE,
			      XMS_BAD_SOURCE_OFFSET);
	if (!error)
		error = end_of_move(vmem, m.target_handle, m.target_offset, m.length, &to, XMS_BAD_TARGET,
				    XMS_BAD_TARGET_OFFSET);
	if (!error)
		vmem_copy(vmem, to, from, m.length);
	result(regs, error);
}

/* --- the table ------------------------------------------------------------------------------------ */

void vmem_xms(struct vmem *vmem, struct vcpu_frame *regs)
{
	static void (*const functions[])(struct vmem *, struct vcpu_frame *) = {
		[0x00] = version, [0x01] = request_hma, [0x02] = release_hma, [0x03] = global_enable,
		[0x04] = global_disable, [0x05] = local_enable, [0x06] = local_disable, [0x07] = query_a20,
		[0x08] = query_free, [0x09] = allocate_word, [0x0A] = release, [0x0B] = move, [0x0C] = lock,
		[0x0D] = unlock, [0x0E] = information, [0x0F] = resize_word, [0x10] = upper_request,
		[0x11] = upper_release, [0x12] = upper_resize, [0x88] = query_free_any,
		[0x89] = allocate_any, [0x8E] = information_any, [0x8F] = resize_any,
	};
	unsigned function = reg_high(regs->eax);

	if (vmem->s.active && function < sizeof functions / sizeof *functions && functions[function])
		functions[function](vmem, regs);
	else
		xms_failed(regs, XMS_NOT_IMPLEMENTED);
}
