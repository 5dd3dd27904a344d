/* One INT 13h from beginning to end.
 *
 * A function (int13.c, edd.c) either answers at once or sets up a transfer in state.request: one
 * or two runs of sectors to or from guest memory. The transfer moves in parts, each through a
 * buffer, borrowed for that part if it is a large one: a backend that answers at once costs one part a call,
 * one that answers later suspends the guest in HYPERCALL_WAIT. What was read is in guest memory as soon as the
 * backend has answered, as if by DMA. The first access to a medium whose format nobody gave reads its
 * sector 0 first, then calls the function again.
 *
 * DIFFERS: a transfer takes no rotation or seek time. */
#include <base/error.h>
#include <base/mem.h>
#include <abi/bda.h>

#include "int13.h"

#define ONE_MB 0x100000ull
#define MOTOR_OFF_TICKS 0x25

/* --- Guest memory ----------------------------------------------------------------------- */

/* The physical address, and how far it is good: A20 and a floppy's DMA wrap at 1 MB. */
static uint64_t physical(struct vbios *bios, uint64_t address, uint32_t *size)
{
	uint64_t left = ONE_MB - (address & (ONE_MB - 1));

	if (*size > left)
		*size = (uint32_t)left;
	return bios->wires.a20_open(bios->wires.of) ? address : address & ~ONE_MB;
}

void guest_read(struct vbios *bios, uint64_t address, void *to, uint32_t size)
{
	uint8_t *at = to;

	while (size) {
		uint32_t part = size;
		uint64_t gpa = physical(bios, address, &part);

		if (!bios->wires.memory_read(bios->wires.of, gpa, at, part))
			memset(at, 0xFF, part);
		address += part;
		at += part;
		size -= part;
	}
}

void guest_write(struct vbios *bios, uint64_t address, const void *from, uint32_t size)
{
	const uint8_t *at = from;

	while (size) {
		uint32_t part = size;
		uint64_t gpa = physical(bios, address, &part);

		(void)bios->wires.memory_write(bios->wires.of, gpa, at, part);
		address += part;
		at += part;
		size -= part;
	}
}

/* --- The end ---------------------------------------------------------------------------- */

static int status_of(int error, unsigned drive)
{
	switch (error) {
	case E_READ_ONLY: return INT13_WRITE_PROTECTED;
	case E_RANGE: return INT13_NOT_FOUND;
	case E_CHANGED: return INT13_CHANGED;
	case E_TIMEOUT: return INT13_TIMEOUT;
	case E_NO_MEDIUM: return drive_is_floppy(drive) ? INT13_TIMEOUT : INT13_NO_MEDIUM;
	default: return INT13_DATA_ERROR;
	}
}

static enum vbios_result finish(struct vbios *bios, struct vcpu_frame *regs, unsigned drive,
				int status)
{
	static const uint8_t motor_off = MOTOR_OFF_TICKS;
	uint8_t byte = status == INT13_RAW ? INT13_OK : (uint8_t)status;

	bios->state.request.phase = VBIOS_IDLE;
	if (status != INT13_RAW) {
		set_high(&regs->eax, byte);
		set_flag(regs, X86_CF, byte != 0);
	}
	set_flag(regs, X86_ZF, false);
	if (drive_is_floppy(drive)) {
		guest_write(bios, BDA_BASE + BDA_FLOPPY_STATUS, &byte, 1);
		guest_write(bios, BDA_BASE + BDA_MOTOR_COUNT, &motor_off, 1);
	} else {
		guest_write(bios, BDA_BASE + BDA_DISK_STATUS, &byte, 1);
	}
	return VBIOS_DONE;
}

static enum vbios_result unfinished(struct vcpu_frame *regs, bool blocked, bool waiting)
{
	set_flag(regs, X86_ZF, true);
	set_flag(regs, X86_CF, blocked);
	return blocked && waiting ? VBIOS_BLOCKED : VBIOS_DONE;
}

/* A transfer is over, well or not: AL or the packet tells how many sectors were moved. */
static enum vbios_result transfer_end(struct vbios *bios, struct vcpu_frame *regs, int status)
{
	struct vbios_request *request = &bios->state.request;

	if (request->step) {
		if (status == INT13_OK)
			status = cd_step(bios, regs);
		if (status == INT13_PENDING)
			return unfinished(regs, false, false);
		return finish(bios, regs, VBIOS_CD, status);
	}
	if (request->extended)
		edd_finish(bios);
	else if (!request->fill)
		set_low(&regs->eax, (uint8_t)request->done);
	return finish(bios, regs, request->drive, status);
}

/* --- The parts in between --------------------------------------------------------------- */

static void *buffer_of(struct vbios *bios)
{
	return bios->borrowed ? bios->borrowed : bios->state.buffer;
}

static int submit(struct vbios *bios)
{
	struct vbios_request *request = &bios->state.request;
	unsigned drive = request->drive;
	uint64_t lba = request->lba;

	if (drive_index(drive) == PLACE_EMULATED) {
		drive = VBIOS_CD;
		lba += (uint64_t)bios->state.cd.image * CD_SECTOR_PARTS;
	}
	request->phase = VBIOS_SUBMITTED;
	return bios->wires.submit(bios->wires.of, drive, (enum vbios_op)request->op, lba, request->now,
				  buffer_of(bios));
}

/* As much at once as there is a buffer for. */
static void part_choose(struct vbios *bios)
{
	struct vbios_request *request = &bios->state.request;
	uint32_t most = request->count < VBIOS_CHUNK_MOST ? request->count : VBIOS_CHUNK_MOST;

	if (most > VBIOS_CHUNK && bios->wires.borrow)
		bios->borrowed = bios->wires.borrow(bios->wires.of, most * VBIOS_SECTOR);
	request->now = (uint8_t)(bios->borrowed || most <= VBIOS_CHUNK ? most : VBIOS_CHUNK);
}

static int part_begin(struct vbios *bios)
{
	struct vbios_request *request = &bios->state.request;
	uint32_t size;

	part_choose(bios);
	size = request->now * VBIOS_SECTOR;
	if (request->op == VBIOS_OP_WRITE) {
		if (request->fill)
			memset(buffer_of(bios), request->fill_byte, size);
		else
			guest_read(bios, request->address, buffer_of(bios), size);
	}
	return submit(bios);
}

void transfer_answered(struct vbios *bios, int result)
{
	struct vbios_request *request = &bios->state.request;
	uint32_t size = request->now * VBIOS_SECTOR;

	if (result == 0 && request->op == VBIOS_OP_READ && !request->probing && !request->given_up)
		guest_write(bios, request->address, buffer_of(bios), size);
	if (bios->borrowed)
		bios->wires.give_back(bios->wires.of);
	bios->borrowed = NULL;
}

/* What an AT's BIOS leaves behind where the controller's last result was a good one: in the data area, and in
 * the controller (82077AA data sheet, "Result Phase Table"). */
static void floppy_used(struct vbios *bios, unsigned drive, uint64_t last)
{
	enum { SIZE_512 = 2, HEAD_SHIFT = 2 };
	const struct vbios_geometry *geometry = &bios->state.geometry[drive];
	uint32_t track = (uint32_t)last / geometry->sectors_per_track;
	uint8_t cylinder = (uint8_t)(track / geometry->heads), head = (uint8_t)(track % geometry->heads), motors;
	const uint8_t result[] = {
		(uint8_t)(head << HEAD_SHIFT | drive), 0, 0, cylinder, head,
		(uint8_t)((uint32_t)last % geometry->sectors_per_track + 2), SIZE_512,
	};

	guest_read(bios, BDA_BASE + BDA_MOTOR_STATUS, &motors, 1);
	motors |= (uint8_t)(1 << drive);
	guest_write(bios, BDA_BASE + BDA_MOTOR_STATUS, &motors, 1);
	guest_write(bios, BDA_BASE + BDA_FLOPPY_RESULT, result, sizeof result);
	if (drive < BDA_FLOPPY_TRACKS)
		guest_write(bios, BDA_BASE + BDA_FLOPPY_TRACK + drive, &cylinder, 1);
	if (bios->wires.floppy_used)
		bios->wires.floppy_used(bios->wires.of, drive, cylinder);
}

/* That many sectors were moved. */
static void part_end(struct vbios *bios)
{
	struct vbios_request *request = &bios->state.request;

	if (request->drive < VBIOS_FLOPPIES)
		floppy_used(bios, request->drive, request->lba + request->now - 1);
	request->phase = VBIOS_READY;
	request->address += request->now * VBIOS_SECTOR;
	request->done += request->now;
	request->lba += request->now;
	request->count -= request->now;
	if (!request->count) {
		request->lba = request->next_lba;
		request->count = request->next_count;
		request->next_count = 0;
	}
}

/* Sector 0 came, or did not (then the size must do). The function begins again. Of a medium that
 * is not there any more it would say the wrong thing. */
static enum vbios_result probe_end(struct vbios *bios, struct vcpu_frame *regs, int result)
{
	struct vbios_request *request = &bios->state.request;
	const uint8_t *boot = result == 0 ? bios->state.buffer : NULL;
	int index = drive_index(request->drive);
	uint64_t sectors = bios->state.drives[index].sectors;

	if (result != E_CHANGED)
		bios->state.geometry[index] = drive_is_floppy(request->drive)
			? vbios_floppy_geometry(sectors, boot) : vbios_disk_geometry(sectors, boot);
	request->phase = VBIOS_IDLE;
	return int13_begin(bios, regs);
}

static enum vbios_result answered(struct vbios *bios, struct vcpu_frame *regs, int result)
{
	struct vbios_request *request = &bios->state.request;

	if (result == E_AGAIN) {
		request->phase = VBIOS_READY;
		return unfinished(regs, false, false);
	}
	if (request->probing)
		return probe_end(bios, regs, result);
	if (result == E_CHANGED)
		bios->state.changed[drive_index(request->drive)] = 0;    /* this is how it shows */
	if (result != 0)
		return transfer_end(bios, regs, status_of(result, request->drive));
	part_end(bios);
	if (!request->count)
		return transfer_end(bios, regs, request->end_status);
	return unfinished(regs, false, false);
}

enum vbios_result int13_go_on(struct vbios *bios, struct vcpu_frame *regs, bool waiting)
{
	struct vbios_request *request = &bios->state.request;
	int result;

	switch ((enum vbios_phase)request->phase) {
	case VBIOS_SUBMITTED:
		return unfinished(regs, true, waiting);
	case VBIOS_COMPLETED:
		line_set(&bios->wires.irq_floppy, false);
		line_set(&bios->wires.irq_disk, false);
		if (request->restart) {
			request->restart = request->given_up = 0;
			request->phase = VBIOS_IDLE;
			return int13_begin(bios, regs);
		}
		return answered(bios, regs, request->result);
	case VBIOS_READY:
		if (!request->count)
			return transfer_end(bios, regs, request->end_status);
		result = request->probing ? submit(bios) : part_begin(bios);
		if (result == E_AGAIN)
			return unfinished(regs, true, false);
		transfer_answered(bios, result);
		return answered(bios, regs, result);
	default:
		/* A hook of the guest's reset the disks while another of its calls waited. */
		return finish(bios, regs, low(request->regs.edx), INT13_TIMEOUT);
	}
}

/* --- The beginning ---------------------------------------------------------------------- */

static void probe_begin(struct vbios *bios, unsigned drive)
{
	struct vbios_request *request = request_start(bios, drive, VBIOS_OP_READ, 0, 1);

	request->probing = 1;
	request->now = 1;
}

enum vbios_result int13_begin(struct vbios *bios, struct vcpu_frame *regs)
{
	struct vbios_request *request = &bios->state.request;
	unsigned drive = cd_drive_of(bios, low(request->regs.edx));
	int status = int13_function(bios, regs, drive);

	if (status == INT13_PROBE)
		probe_begin(bios, drive);
	else if (status != INT13_PENDING)
		return finish(bios, regs, drive, status);
	return int13_go_on(bios, regs, false);
}
