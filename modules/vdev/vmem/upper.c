/* Where things go between C8000h and EFFFFh when the driver starts: the page frame of EMS, then upper
 * memory blocks in all that is left; and the calls 10h to 12h of XMS that hand them out.
 *
 * Read: XMS 3.0, "Request Upper Memory Block (Function 10h)" and the two after it. */
#include <base/mem.h>

#include "vmem.h"

enum { FLAG_NO_EMS = 1, FLAG_NO_UPPER = 2, UNIT_PARAGRAPHS = VMEM_UNIT / 16, PAGE = 4096 };

static uint32_t place(unsigned i)
{
	return VMEM_UPPER_FIRST + i * VMEM_UNIT;
}

static bool unit_empty(struct vmem *vmem, unsigned i)
{
	for (uint32_t at = 0; at < VMEM_UNIT; at += PAGE)
		if (vmem->wires.answers(vmem->wires.of, place(i) + at))
			return false;
	return true;
}

/* 64 KB for the page frame, as high as possible: adapters' ROMs begin at C8000h. */
static void find_frame(struct vmem *vmem)
{
	unsigned run = 0;

	for (unsigned i = VMEM_UPPER_UNITS; i-- > 0;) {
		run = unit_empty(vmem, i) ? run + 1 : 0;
		if (run == VMEM_WINDOWS) {
			vmem->s.frame = (uint16_t)(place(i) / 16);
			return;
		}
	}
}

static bool in_frame(const struct vmem *vmem, unsigned i)
{
	uint32_t frame = vmem->s.frame * 16u;

	return frame && place(i) >= frame && place(i) < frame + VMEM_WINDOWS * VMEM_UNIT;
}

/* Neighbours become one block. */
static void add_block(struct vmem *vmem, unsigned i)
{
	struct vmem_umb *last = vmem->s.umb_count ? &vmem->s.umb[vmem->s.umb_count - 1] : NULL;
	uint16_t segment = (uint16_t)(place(i) / 16);

	if (last && last->segment + last->paragraphs == segment)
		last->paragraphs += UNIT_PARAGRAPHS;
	else if (vmem->s.umb_count < VMEM_UMBS)
		vmem->s.umb[vmem->s.umb_count++] = (struct vmem_umb){ segment, UNIT_PARAGRAPHS, 0, { 0 } };
}

void upper_begin(struct vmem *vmem, unsigned flags)
{
	vmem_reset(vmem);
	vmem->s.active = 1;
	if (!(flags & FLAG_NO_EMS))
		find_frame(vmem);
	for (unsigned i = 0; i < VMEM_UPPER_UNITS && !(flags & FLAG_NO_UPPER); i++) {
		unsigned unit;

		if (in_frame(vmem, i) || !unit_empty(vmem, i))
			continue;
		unit = pool_take(vmem, 1);
		if (unit == VMEM_NO_UNIT)
			break;
		if (!vmem->wires.show(vmem->wires.of, place(i), unit_address(unit))) {
			pool_give(vmem, unit, 1);
			break;
		}
		vmem->s.upper[i] = (uint16_t)unit;
		add_block(vmem, i);
	}
}

int upper_show(struct vmem *vmem)
{
	for (unsigned i = 0; i < VMEM_UPPER_UNITS; i++)
		if (vmem->s.upper[i] != VMEM_NO_UNIT &&
		    !vmem->wires.show(vmem->wires.of, place(i), unit_address(vmem->s.upper[i])))
			return E_NO_MEMORY;
	return E_OK;
}

void upper_hide(struct vmem *vmem)
{
	for (unsigned i = 0; i < VMEM_UPPER_UNITS; i++) {
		if (vmem->s.upper[i] != VMEM_NO_UNIT)
			vmem->wires.hide(vmem->wires.of, place(i));
		vmem->s.upper[i] = VMEM_NO_UNIT;
	}
}

/* --- the blocks ------------------------------------------------------------------------------- */

static struct vmem_umb *block_at(struct vmem *vmem, unsigned segment)
{
	for (unsigned i = 0; i < vmem->s.umb_count; i++)
		if (vmem->s.umb[i].segment == segment && vmem->s.umb[i].used)
			return &vmem->s.umb[i];
	return NULL;
}

static unsigned largest(const struct vmem *vmem)
{
	unsigned best = 0;

	for (unsigned i = 0; i < vmem->s.umb_count; i++)
		if (!vmem->s.umb[i].used)
			best = MAX(best, vmem->s.umb[i].paragraphs);
	return best;
}

/* The rest of a block behind its first `paragraphs` becomes a free block, if the table has room. */
static void split(struct vmem *vmem, struct vmem_umb *block, unsigned paragraphs)
{
	unsigned index = (unsigned)(block - vmem->s.umb);

	if (paragraphs == block->paragraphs || vmem->s.umb_count == VMEM_UMBS)
		return;
	memmove(block + 2, block + 1, (vmem->s.umb_count - index - 1) * sizeof *block);
	vmem->s.umb_count++;
	block[1] = (struct vmem_umb){ (uint16_t)(block->segment + paragraphs),
				      (uint16_t)(block->paragraphs - paragraphs), 0, { 0 } };
	block->paragraphs = (uint16_t)paragraphs;
}

/* Free neighbours that touch become one. */
static void join(struct vmem *vmem)
{
	for (unsigned i = 0; i + 1 < vmem->s.umb_count;) {
		struct vmem_umb *a = &vmem->s.umb[i], *b = a + 1;

		if (a->used || b->used || a->segment + a->paragraphs != b->segment) {
			i++;
			continue;
		}
		a->paragraphs += b->paragraphs;
		memmove(b, b + 1, (vmem->s.umb_count - i - 2) * sizeof *b);
		vmem->s.umb_count--;
	}
}

void upper_request(struct vmem *vmem, struct vcpu_frame *regs)
{
	unsigned wanted = reg_word(regs->edx);

	for (unsigned i = 0; i < vmem->s.umb_count; i++) {
		struct vmem_umb *block = &vmem->s.umb[i];

		if (block->used || block->paragraphs < wanted || !wanted)
			continue;
		split(vmem, block, wanted);
		block->used = 1;
		reg_set_word(&regs->ebx, block->segment);
		reg_set_word(&regs->edx, block->paragraphs);
		xms_done(regs);
		return;
	}
	reg_set_word(&regs->edx, largest(vmem));
	xms_failed(regs, largest(vmem) ? XMS_UMB_SMALLER : XMS_UMB_NONE);
}

void upper_release(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct vmem_umb *block = block_at(vmem, reg_word(regs->edx));

	if (!block) {
		xms_failed(regs, XMS_UMB_BAD);
		return;
	}
	block->used = 0;
	join(vmem);
	xms_done(regs);
}

void upper_resize(struct vmem *vmem, struct vcpu_frame *regs)
{
	struct vmem_umb *block = block_at(vmem, reg_word(regs->edx)), *next;
	unsigned wanted = reg_word(regs->ebx), most;

	if (!block || !wanted) {
		xms_failed(regs, XMS_UMB_BAD);
		return;
	}
	next = block + 1;
	most = block->paragraphs;
	if (next < vmem->s.umb + vmem->s.umb_count && !next->used &&
	    block->segment + block->paragraphs == next->segment)
		most += next->paragraphs;
	if (wanted > most) {
		reg_set_word(&regs->edx, most);
		xms_failed(regs, XMS_UMB_SMALLER);
		return;
	}
	if (wanted > block->paragraphs) {
		block->paragraphs = (uint16_t)most;
		memmove(next, next + 1, (size_t)(vmem->s.umb + vmem->s.umb_count - next - 1) * sizeof *next);
		vmem->s.umb_count--;
	}
	split(vmem, block, wanted);
	join(vmem);
	xms_done(regs);
}
