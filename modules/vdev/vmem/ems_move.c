/* Function 57h: moves and exchanges between conventional and expanded memory, up to 1 MB at a time.
 *
 * Pages of a handle need not lie side by side in the pool, so a range is walked in runs that end
 * where a page does.
 *
 * Read: EMS 4.0, function 24, "Move/Exchange Memory Region". */
#include <base/mem.h>

#include "vmem.h"

enum { CONVENTIONAL, EXPANDED, MOVE_MAX = 0x100000, ONE_MB = 0x100000, PART = 256 };

struct end { uint8_t type; uint16_t handle, offset, page; } __attribute__((packed));
struct request { uint32_t length; struct end from, to; } __attribute__((packed));
_Static_assert(sizeof(struct request) == 18, "as programs lay it out");

/* Where byte `at` of the range lies, and how many follow it there. */
static uint32_t locate(struct vmem *vmem, const struct end *end, uint32_t at, uint32_t *run)
{
	const struct vmem_ems_handle *h;
	uint32_t offset;

	if (end->type == CONVENTIONAL) {
		*run = MOVE_MAX;
		return linear_of(end->page, end->offset) + at;
	}
	h = ems_handle(vmem, end->handle);
	offset = end->page * (uint32_t)VMEM_UNIT + end->offset + at;
	*run = VMEM_UNIT - offset % VMEM_UNIT;
	return unit_address(vmem->s.ems_pages[h->first + offset / VMEM_UNIT]) + offset % VMEM_UNIT;
}

static uint8_t check(struct vmem *vmem, const struct end *end, uint32_t length)
{
	const struct vmem_ems_handle *h;

	if (end->type > EXPANDED)
		return EMS_BAD_TYPE;
	if (end->type == CONVENTIONAL)
		return linear_of(end->page, end->offset) + length > ONE_MB ? EMS_WRAPS : EMS_OK;
	h = ems_handle(vmem, end->handle);
	if (!h)
		return EMS_BAD_HANDLE;
	if (end->offset >= VMEM_UNIT)
		return EMS_BAD_OFFSET;
	if (end->page >= h->count)
		return EMS_BAD_PAGE;
	return end->page * (uint32_t)VMEM_UNIT + end->offset + length > h->count * (uint32_t)VMEM_UNIT
		? EMS_BEYOND_HANDLE : EMS_OK;
}

/* Distance of the target behind the source in the same kind of memory; false: they cannot overlap. */
static bool distance(const struct end *from, const struct end *to, int64_t *by)
{
	if (from->type != to->type || (from->type == EXPANDED && from->handle != to->handle))
		return false;
	if (from->type == CONVENTIONAL)
		*by = (int64_t)linear_of(to->page, to->offset) - linear_of(from->page, from->offset);
	else
		*by = ((int64_t)to->page * VMEM_UNIT + to->offset) - ((int64_t)from->page * VMEM_UNIT + from->offset);
	return true;
}

/* At most PART bytes that lie in one piece at both ends. */
static uint32_t piece(struct vmem *vmem, const struct request *r, uint32_t at, uint32_t *from, uint32_t *to)
{
	uint32_t run_from, run_to;

	*from = locate(vmem, &r->from, at, &run_from);
	*to = locate(vmem, &r->to, at, &run_to);
	return MIN(MIN(run_from, run_to), MIN(r->length - at, (uint32_t)PART));
}

static void move(struct vmem *vmem, const struct request *r, bool backwards)
{
	uint32_t from, to;

	if (!backwards) {
		for (uint32_t at = 0, n; at < r->length; at += n) {
			n = piece(vmem, r, at, &from, &to);
			vmem_copy(vmem, to, from, n);
		}
		return;
	}
	/* The pieces in reverse: those between multiples of PART, cut where a page ends. */
	for (uint32_t end = r->length; end;) {
		uint32_t first = (end - 1) / PART * PART, n;

		while (first + (n = piece(vmem, r, first, &from, &to)) < end)
			first += n;
		vmem_copy(vmem, to, from, end - first);
		end = first;
	}
}

static void exchange(struct vmem *vmem, const struct request *r)
{
	uint8_t a[PART], b[PART];
	uint32_t from, to;

	for (uint32_t at = 0, n; at < r->length; at += n) {
		n = piece(vmem, r, at, &from, &to);
		vmem->wires.read_physical(vmem->wires.of, from, a, n);
		vmem->wires.read_physical(vmem->wires.of, to, b, n);
		vmem->wires.write_physical(vmem->wires.of, from, b, n);
		vmem->wires.write_physical(vmem->wires.of, to, a, n);
	}
}

uint8_t ems_move(struct vmem *vmem, struct vcpu_frame *regs)
{
	unsigned part = reg_low(regs->eax);
	struct request r;
	uint8_t status;
	int64_t by = 0;
	bool overlap;

	if (part > 1)
		return EMS_BAD_SUBFUNCTION;
	vmem->wires.read(vmem->wires.of, linear_of(regs->ds, regs->esi), &r, sizeof r);
	if (r.length > MOVE_MAX)
		return EMS_TOO_LONG;
	status = check(vmem, &r.from, r.length);
	if (!status)
		status = check(vmem, &r.to, r.length);
	if (status || !r.length)
		return status;
	overlap = distance(&r.from, &r.to, &by) && (by < 0 ? -by : by) < (int64_t)r.length;
	if (part)
		return overlap ? EMS_EXCHANGE_OVERLAP : (exchange(vmem, &r), EMS_OK);
	move(vmem, &r, overlap && by > 0);
	return overlap ? EMS_OVERLAP : EMS_OK;
}
