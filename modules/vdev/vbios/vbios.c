/* The monitor's half of the machine's BIOS: hypercalls in, registers and guest memory out.
 *
 * The ROM leaves INT 13h, the block move and the memory map to this file and its neighbours:
 *
 *   vbios.c      which hypercall it is; drives; the backend's answers
 *   transfer.c   an INT 13h from beginning to end, in parts that are short
 *   int13.c      the functions of the AT;  edd.c: those of EDD
 *   system.c     INT 15h
 *
 * One INT 13h is under way at a time, as with a real BIOS: one that comes while another waits
 * fails with a time-out (a reset, AH=00h, gives the other up instead). It moves at most
 * VBIOS_CHUNK_MOST sectors in one call and lets the guest take interrupts between two.
 *
 * Read: include/abi/hypercall.h for the protocol. */
#include <abi/hypercall.h>
#include <base/error.h>
#include <base/mem.h>

#include "int13.h"

void vbios_init(struct vbios *bios, const struct vbios_wires *wires, uint16_t base_kb,
		uint32_t extended_kb)
{
	memset(bios, 0, sizeof *bios);
	bios->wires = *wires;
	bios->state.version = VBIOS_STATE_VERSION;
	bios->state.base_kb = base_kb;
	bios->state.extended_kb = extended_kb;
}

/* The guest began anew. The backend may still hold the buffer: then the request stays until
 * the answer comes, which nobody wants any more. */
static void give_up(struct vbios *bios)
{
	struct vbios_request *request = &bios->state.request;

	request->restart = 0;
	request->given_up = request->phase == VBIOS_SUBMITTED;
	if (!request->given_up)
		request->phase = VBIOS_IDLE;
	line_set(&bios->wires.irq_floppy, false);
	line_set(&bios->wires.irq_disk, false);
}

void vbios_reset(struct vbios *bios)
{
	give_up(bios);
	cd_end_emulation(bios);
	bios->state.cd.booted = 0;
	memset(bios->state.locked, 0, sizeof bios->state.locked);
}

int vbios_attach(struct vbios *bios, unsigned drive, const struct vbios_drive *what, bool changed)
{
	struct vbios_state *state = &bios->state;
	int index = drive_index(drive);
	struct vbios_geometry *geometry;

	if (index < 0)
		return E_RANGE;
	state->drives[index] = *what;
	if (drive_is_floppy(drive))
		state->drives[index].flags |= VBIOS_REMOVABLE;
	state->changed[index] = changed;
	geometry = &state->geometry[index];
	*geometry = (struct vbios_geometry){ .known = 0 };
	if (what->cylinders && what->heads && what->sectors_per_track)
		*geometry = (struct vbios_geometry){
			.cylinders = what->cylinders, .heads = what->heads,
			.sectors_per_track = what->sectors_per_track, .known = 1,
		};
	return 0;
}

static enum vbios_result probe_call(struct vbios *bios, struct vcpu_frame *regs)
{
	uint32_t extended_kb = bios->state.extended_kb;

	give_up(bios);
	set_word(&regs->eax, HYPERCALL_SIGNATURE);
	set_word(&regs->ebx, HYPERCALL_VERSION);
	set_word(&regs->ecx, bios->state.base_kb);
	set_word(&regs->edx, extended_kb > 0xFFFF ? 0xFFFF : (uint16_t)extended_kb);
	return VBIOS_DONE;
}

static enum vbios_result idle_call(struct vbios *bios, struct vcpu_frame *regs)
{
	(void)bios;
	set_flag(regs, X86_CF, false);
	return VBIOS_YIELD;
}

static enum vbios_result disk_call(struct vbios *bios, struct vcpu_frame *regs)
{
	struct vbios_request *request = &bios->state.request;

	if (high(regs->eax) == 0)
		give_up(bios);
	if (request->phase != VBIOS_IDLE && !request->given_up) {
		set_high(&regs->eax, INT13_TIMEOUT);
		set_flag(regs, X86_CF, true);
		set_flag(regs, X86_ZF, false);
		return VBIOS_DONE;
	}
	request->regs = *regs;
	if (request->phase != VBIOS_IDLE) {
		request->restart = 1;
		set_flag(regs, X86_CF | X86_ZF, true);
		return VBIOS_DONE;
	}
	return int13_begin(bios, regs);
}

static enum vbios_result wait_call(struct vbios *bios, struct vcpu_frame *regs)
{
	return int13_go_on(bios, regs, true);
}

enum vbios_result vbios_call(struct vbios *bios, struct vcpu_frame *regs, uint8_t function)
{
	static const struct {
		uint8_t function;
		enum vbios_result (*call)(struct vbios *bios, struct vcpu_frame *regs);
	} calls[] = {
		{ HYPERCALL_IDLE, idle_call }, { HYPERCALL_DISK, disk_call },
		{ HYPERCALL_WAIT, wait_call }, { HYPERCALL_SYSTEM, system_call },
		{ HYPERCALL_PROBE, probe_call }, { HYPERCALL_BOOT, boot_call },
		{ HYPERCALL_CD, cd_call },
	};

	for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
		if (calls[i].function == function)
			return calls[i].call(bios, regs);
	return VBIOS_UNKNOWN;
}

static void complete(struct vbios *bios, int result)
{
	struct vbios_request *request = &bios->state.request;

	if (request->given_up && !request->restart) {
		request->phase = VBIOS_IDLE;
		request->given_up = 0;
		return;
	}
	request->phase = VBIOS_COMPLETED;
	request->result = result;
	line_set(drive_is_floppy(request->restart ? low(request->regs.edx) : request->drive)
		 ? &bios->wires.irq_floppy : &bios->wires.irq_disk, true);
}

void vbios_complete(struct vbios *bios, int result)
{
	if (bios->state.request.phase != VBIOS_SUBMITTED)
		return;
	transfer_answered(bios, result);
	complete(bios, result);
}

static bool geometry_plausible(const struct vbios_geometry *g)
{
	return g->known <= 1 && (!g->known || (g->cylinders && g->heads && g->sectors_per_track));
}

static bool request_plausible(const struct vbios *bios, const struct vbios_request *r)
{
	if (r->phase > VBIOS_COMPLETED || r->given_up > 1 || r->restart > 1 || r->probing > 1 || r->fill > 1 ||
	    r->extended > 1 || r->op > VBIOS_OP_VERIFY || r->now > VBIOS_CHUNK_MOST || r->step > VBIOS_CD_IMAGE)
		return false;
	if (r->phase == VBIOS_IDLE)
		return true;
	if (drive_index(r->drive) < 0 || (drive_index(r->drive) != PLACE_EMULATED &&
	    !(bios->state.drives[drive_index(r->drive)].flags & VBIOS_PRESENT)))
		return false;
	return r->phase == VBIOS_READY || (r->now && r->now <= r->count);
}

static int state_check(const struct vbios *bios, const struct vbios_state *saved)
{
	if (saved->version != VBIOS_STATE_VERSION)
		return E_VERSION;
	if (saved->base_kb != bios->state.base_kb || saved->extended_kb != bios->state.extended_kb ||
	    !request_plausible(bios, &saved->request) || !cd_plausible(bios, saved))
		return E_DAMAGED;
	for (unsigned i = 0; i < PLACE_EMULATED; i++)
		if (saved->changed[i] > 1 || saved->locked[i] > 1 || !geometry_plausible(&saved->geometry[i]) ||
		    (saved->drives[i].flags ^ bios->state.drives[i].flags) & VBIOS_PRESENT)
			return E_DAMAGED;
	return E_OK;
}

static bool same_medium(const struct vbios_drive *a, const struct vbios_drive *b)
{
	return (a->flags & VBIOS_MEDIUM) == (b->flags & VBIOS_MEDIUM) && a->sectors == b->sectors;
}

/* Guest memory comes after the devices: what was under way begins when the ROM asks again. */
static void resume(struct vbios *bios)
{
	struct vbios_request *request = &bios->state.request;

	if (request->phase == VBIOS_COMPLETED || request->phase == VBIOS_SUBMITTED)
		complete(bios, request->phase == VBIOS_COMPLETED ? request->result : E_AGAIN);
}

int vbios_load(struct vbios *bios, const struct vbios_state *saved)
{
	struct vbios_state *state = &bios->state;
	int err = state_check(bios, saved);

	if (err)
		return err;
	state->request = saved->request;
	memcpy(state->buffer, saved->buffer, sizeof state->buffer);
	memcpy(state->locked, saved->locked, sizeof state->locked);
	for (unsigned i = 0; i < PLACE_EMULATED; i++) {
		bool same = same_medium(&saved->drives[i], &state->drives[i]);

		state->changed[i] = same ? saved->changed[i] : 1;
		if (same)
			state->geometry[i] = saved->geometry[i];
	}
	cd_load(bios, saved);
	resume(bios);
	return E_OK;
}
