/* Between the files of vbios: BIOS status codes, and how an INT 13h function works on a request. */
#ifndef INT13_H
#define INT13_H

#include "vbios.h"

/* AH of INT 13h (IBM PC AT Technical Reference, "ROM BIOS Listing, DISK.ASM", "DSKETTE.ASM";
 * Phoenix, Enhanced Disk Drive Specification 1.1, "Return codes"). */
enum int13_status {
	INT13_OK = 0x00,
	INT13_BAD_COMMAND = 0x01,
	INT13_WRITE_PROTECTED = 0x03,
	INT13_NOT_FOUND = 0x04,      /* no such sector */
	INT13_CHANGED = 0x06,
	INT13_DMA_BOUNDARY = 0x09,
	INT13_BAD_FORMAT = 0x0C,     /* media type not known, or not possible */
	INT13_DATA_ERROR = 0x10,
	INT13_NO_MEDIUM = 0x31,
	INT13_TIMEOUT = 0x80,
	INT13_NOT_LOCKED = 0xB0,
	INT13_LOCKED = 0xB1,
	INT13_NOT_REMOVABLE = 0xB2,
	INT13_EJECT_FAILED = 0xB5,
};

/* What a function returns besides a status. */
enum {
	INT13_PENDING = -1,          /* the request goes on by itself */
	INT13_PROBE = -2,            /* again, please, when the format of the medium is known */
	INT13_RAW = -3,              /* AH and CF are set already; the status is OK */
};

static inline uint8_t low(uint32_t reg) { return (uint8_t)reg; }
static inline uint8_t high(uint32_t reg) { return (uint8_t)(reg >> 8); }

static inline void set_low(uint32_t *reg, uint8_t value)
{
	*reg = (*reg & ~0xFFu) | value;
}

static inline void set_high(uint32_t *reg, uint8_t value)
{
	*reg = (*reg & ~0xFF00u) | (uint32_t)value << 8;
}

static inline void set_word(uint32_t *reg, uint16_t value)
{
	*reg = (*reg & ~0xFFFFu) | value;
}

static inline void set_flag(struct vcpu_frame *regs, uint32_t flag, bool on)
{
	regs->eflags = on ? regs->eflags | flag : regs->eflags & ~flag;
}

/* Numbers that only this module knows: what a CD makes believe. Like INT 13h's, floppies lie below 80h. */
enum { CD_SECTOR_PARTS = 4 };        /* a CD's sector is four of ours */
enum { EMULATED_FLOPPY = 0x10, EMULATED_DISK = 0xE1, PLACE_CD = VBIOS_DRIVES, PLACE_EMULATED };

/* A drive's place in the state's arrays, or -1: no such number. */
static inline int drive_index(unsigned drive)
{
	if (drive < VBIOS_FLOPPIES)
		return (int)drive;
	if (drive >= 0x80 && drive < 0x80 + VBIOS_DISKS)
		return (int)(drive - 0x80 + VBIOS_FLOPPIES);
	if (drive == VBIOS_CD)
		return PLACE_CD;
	return drive == EMULATED_FLOPPY || drive == EMULATED_DISK ? PLACE_EMULATED : -1;
}

static inline bool drive_is_floppy(unsigned drive)
{
	return drive < 0x80;
}

/* Guest memory as the guest's processor addresses it: `address` is linear, subject to A20.
 * Where nothing answers, reads float and writes are lost. */
void guest_read(struct vbios *bios, uint64_t address, void *to, uint32_t size);
void guest_write(struct vbios *bios, uint64_t address, const void *from, uint32_t size);

static inline uint32_t guest_linear(uint32_t segment, uint32_t offset)
{
	return (segment & 0xFFFF) * 16 + (offset & 0xFFFF);
}

/* A whole INT 13h, to be begun: function and registers are in state.request.regs. */
enum vbios_result int13_begin(struct vbios *bios, struct vcpu_frame *regs);
/* The next part of it. */
enum vbios_result int13_go_on(struct vbios *bios, struct vcpu_frame *regs, bool waiting);
/* The function in AH: an int13_status, or INT13_PENDING, PROBE or RAW. Works on state.request.regs
 * and leaves results in `regs`. */
int int13_function(struct vbios *bios, struct vcpu_frame *regs, unsigned drive);
/* The extended functions, AH = 41h-49h, same rules as int13.c's table. */
int edd_function(struct vbios *bios, struct vcpu_frame *regs, unsigned drive);
void edd_finish(struct vbios *bios);

/* The drive that the guest means by a number: an emulation moves the others up by one. */
unsigned cd_drive_of(const struct vbios *bios, unsigned number);
/* Boots from CD: HYPERCALL_CD. */
enum vbios_result cd_call(struct vbios *bios, struct vcpu_frame *regs);
/* One of its transfers went well: the next, or the end. `status` is INT13_PENDING or an int13_status. */
int cd_step(struct vbios *bios, struct vcpu_frame *regs);
/* AH=4Bh, same rules as int13.c's table. */
int cd_emulation(struct vbios *bios, struct vcpu_frame *regs, unsigned drive);
void cd_end_emulation(struct vbios *bios);
/* Of a saved state: whether what it says about CDs can be; then taken on. */
bool cd_plausible(const struct vbios *bios, const struct vbios_state *saved);
void cd_load(struct vbios *bios, const struct vbios_state *saved);

/* The backend's answer: what was read goes to guest memory, and the buffer back. */
void transfer_answered(struct vbios *bios, int result);

/* Begins a transfer of one run; further fields of the request are the caller's. */
static inline struct vbios_request *request_start(struct vbios *bios, unsigned drive,
						  enum vbios_op op, uint64_t lba, uint32_t count)
{
	struct vbios_request *request = &bios->state.request;
	struct vcpu_frame regs = request->regs;

	*request = (struct vbios_request){
		.phase = VBIOS_READY, .drive = (uint8_t)drive, .op = (uint8_t)op, .lba = lba,
		.count = count, .regs = regs,
	};
	return request;
}

/* Whether the drive's geometry is known; if not, the caller returns INT13_PROBE. */
static inline bool geometry_known(struct vbios *bios, unsigned drive)
{
	return bios->state.geometry[drive_index(drive)].known;
}

enum vbios_result system_call(struct vbios *bios, struct vcpu_frame *regs);
enum vbios_result boot_call(struct vbios *bios, struct vcpu_frame *regs);

#endif
