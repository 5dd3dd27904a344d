/* Coprocessor instructions whose operand, or whose own bytes, lie where the processor cannot reach
 * them by itself: video memory that traps, ROM that is written to, nothing at all.
 *
 * The executor does not know the coprocessor, and the coprocessor does not know our bus. So each
 * page concerned is replaced for one instruction by a page of ours ("lent"), which holds what the
 * bus reads there; the instruction runs in the processor, with its own addresses, so that FIP,
 * FDP and the real-mode formats of FSAVE and FSTENV are right by themselves; and what it has written
 * goes to the bus afterwards. A store that did not come to pass (an unmasked error) leaves the page
 * clean, and nothing is written.
 *
 * Only the operand's and the instruction's bytes are in a lent page; nothing else is looked at in one
 * instruction. An instruction that waits for an error's handler begins again, and reads its operand again.
 * Read: Intel 80387 Programmer's Reference Manual, "Processor Control" and the formats of FSAVE. */
#include <base/mem.h>
#include "v86.h"

enum { SEGMENT_LAST = 0xFFFF };

static bool stores(unsigned op)
{
	switch (op) {
	case X86_OP_FST:
	case X86_OP_FSTP:
	case X86_OP_FIST:
	case X86_OP_FISTP:
	case X86_OP_FBSTP:
	case X86_OP_FNSTENV:
	case X86_OP_FNSAVE:
	case X86_OP_FNSTCW:
	case X86_OP_FNSTSW:
		return true;
	default:
		return false;
	}
}

static uint8_t *lent_page(const struct v86 *e, uint32_t page)
{
	for (unsigned i = 0; i < e->lent_count; i++)
		if (e->lent[i].linear == page)
			return e->lent[i].bytes;
	return NULL;
}

/* The page lent at `page`, NULL if the processor can do with what is there. */
CHECK static int lend_page(struct v86 *e, uint32_t page, bool write, uint8_t **bytes)
{
	struct account *account = machine_account(e->m);
	paddr_t frame;
	bool writable;

	*bytes = lent_page(e, page);
	if (*bytes || (!v86_barred(e, page) &&
		       !machine_page(e->m, machine_a20(e->m, page), write, &frame, &writable)))
		return E_OK;
	*bytes = page_alloc(account, 1);
	if (!*bytes)
		return E_NO_MEMORY;
	e->lent[e->lent_count++] = (struct v86_lent){ page, *bytes };
	return aspace_map(e->as, page, virt_to_paddr(*bytes), ASPACE_WRITE);
}

/* `write`: it will be written to; `read`: what is there is wanted. */
CHECK static int lend_range(struct v86 *e, uint32_t linear, uint32_t size, bool write, bool read)
{
	while (size) {
		uint32_t offset = linear & PAGE_MASK, count = MIN(size, PAGE_SIZE - offset);
		uint8_t *bytes;
		int err = lend_page(e, linear - offset, write, &bytes);

		if (err)
			return err;
		if (bytes && read)
			(void)machine_read(e->m, linear, bytes + offset, count, MACHINE_ACCESS);
		linear += count;
		size -= count;
	}
	return E_OK;
}

static const struct x86_operand *memory_operand(const struct insn *insn)
{
	for (unsigned i = 0; i < X86_OPERANDS; i++)
		if (insn->operand[i].kind == X86_OPERAND_MEM)
			return &insn->operand[i];
	return NULL;
}

static int lend_operand(struct v86 *e, const struct insn *insn, unsigned size)
{
	struct vcpu *cpu = &e->hot->cpu;
	uint32_t offset = e->x86->address(cpu, insn);

	if (offset > SEGMENT_LAST || SEGMENT_LAST - offset < size - 1)
		return E_RANGE;
	e->operand = cpu->seg[insn->seg].base + offset;
	e->operand_size = (uint8_t)size;
	e->operand_stored = stores(insn->op);
	if (e->debugged && !e->operand_stored)
		v86_debug_access(e, e->operand, size, false);
	if (e->hot->watch && !e->operand_stored)
		e->hot->watch->access(e->hot->watch, e->operand, size, false);
	return lend_range(e, e->operand, size, e->operand_stored, !e->operand_stored);
}

int v86_lend(struct v86 *e, const struct insn *insn)
{
	const struct x86_operand *operand = memory_operand(insn);
	struct vcpu *cpu = &e->hot->cpu;
	int err = E_OK;

	v86_take_back(e, false);
	e->operand_size = 0;
	if (operand)
		err = lend_operand(e, insn, operand->size);
	/* After the operand: their page may be the same. */
	if (!err)
		err = lend_range(e, cpu->seg[X86_CS].base + cpu->frame.eip, insn->length, false, true);
	if (!err && !e->lent_count)
		err = E_RANGE;
	if (err)
		v86_take_back(e, false);
	return err;
}

static void write_back(struct v86 *e, const struct v86_lent *lent)
{
	uint32_t first = MAX(e->operand, lent->linear);
	uint32_t end = MIN(e->operand + e->operand_size, lent->linear + PAGE_SIZE);

	if (first >= end)
		return;
	(void)machine_write(e->m, first, lent->bytes + (first - lent->linear), end - first, MACHINE_ACCESS);
	if (e->debugged)
		v86_debug_access(e, first, end - first, true);
	if (e->hot->watch)
		e->hot->watch->access(e->hot->watch, first, end - first, true);
}

void v86_take_back(struct v86 *e, bool done)
{
	for (unsigned i = 0; i < e->lent_count; i++) {
		const struct v86_lent *lent = &e->lent[i];
		bool written = aspace_dirty(e->as, lent->linear, 1);

		aspace_unmap(e->as, lent->linear, 1);
		if (done && written && e->operand_stored)
			write_back(e, lent);
		page_free(lent->bytes, 1);
	}
	e->lent_count = 0;
}
