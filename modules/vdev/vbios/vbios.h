/* The monitor's half of the machine's BIOS: the services that the ROM leaves to it by hypercall
 * (include/abi/hypercall.h). Pure: it is handed its wires and calls nothing else.
 *
 * Use: vbios_init, then vbios_attach for every drive, then vbios_call for each hypercall the
 * engine reports. Backends may finish a transfer at once or later (vbios_complete). All calls
 * come from the machine's own task. */
#ifndef VBIOS_H
#define VBIOS_H

#include <stdbool.h>
#include <stdint.h>

#include <disk/geometry.h>
#include <iface/wire.h>
#include <x86/vcpu.h>

enum {
	VBIOS_FLOPPIES = 4,          /* INT 13h drives 00h-03h */
	VBIOS_DISKS = 4,             /* 80h-83h */
	VBIOS_DRIVES = VBIOS_FLOPPIES + VBIOS_DISKS,
	VBIOS_CD = 0xE0,             /* the CD drive's number */
	VBIOS_PLACES = VBIOS_DRIVES + 2,     /* and the CD drive, and what its disc makes believe */
	VBIOS_SECTOR = 512,
	VBIOS_CHUNK = 8,             /* sectors for which there always is a buffer, */
	VBIOS_CHUNK_MOST = 64,       /* and moved at once at most: bounds how long that takes */
	VBIOS_STATE_VERSION = 3,
};

/* Floppy drive types as INT 13h AH=08h tells them; 0 is no drive. */
enum vbios_floppy_type {
	VBIOS_FLOPPY_NONE, VBIOS_FLOPPY_360K, VBIOS_FLOPPY_1200K, VBIOS_FLOPPY_720K,
	VBIOS_FLOPPY_1440K, VBIOS_FLOPPY_2880K_OLD, VBIOS_FLOPPY_2880K,
};

enum vbios_drive_flags {
	VBIOS_PRESENT = 1,           /* there is a drive */
	VBIOS_MEDIUM = 2,            /* with a medium in it */
	VBIOS_READ_ONLY = 4,
	VBIOS_REMOVABLE = 8,         /* floppies always are */
};

/* What the machine's configuration says about a drive. */
struct vbios_drive {
	uint32_t flags;              /* enum vbios_drive_flags */
	uint32_t type;               /* floppies: enum vbios_floppy_type */
	uint64_t sectors;            /* size of the medium; the last one may be partly filled */
	/* Hard disks: logical geometry, all 0 = found out from the partition table or the size.
	 * Floppies: leave 0, the format is found out from BPB and size. */
	uint16_t cylinders, heads, sectors_per_track, reserved;
};

struct vbios_geometry {
	uint16_t cylinders, heads, sectors_per_track;
	uint16_t known;
};

enum vbios_op { VBIOS_OP_READ, VBIOS_OP_WRITE, VBIOS_OP_VERIFY };

struct vbios_wires {
	void *of;
	/* Guest-physical memory, whatever A20 says. False: (partly) nothing there. */
	bool (*memory_read)(void *of, uint64_t gpa, void *to, uint32_t size);
	bool (*memory_write)(void *of, uint64_t gpa, const void *from, uint32_t size);
	bool (*a20_open)(void *of);
	/* Memory for a transfer of more than VBIOS_CHUNK sectors, given back when that has ended. NULL: there
	 * is none now; then it is done in smaller parts. */
	void *(*borrow)(void *of, uint32_t size);
	void (*give_back)(void *of);
	/* Starts a transfer of `count` <= VBIOS_CHUNK_MOST sectors of 512 bytes, also of a CD. `drive` is the
	 * number it was attached under. The
	 * buffer stays valid until the transfer ends. 0: done. E_AGAIN: it goes on, and the
	 * machine's task will call vbios_complete. Else the error (E_IO, E_READ_ONLY,
	 * E_NO_MEDIUM, E_RANGE, E_CHANGED, E_TIMEOUT). */
	int (*submit)(void *of, unsigned drive, enum vbios_op op, uint64_t lba, unsigned count,
		      void *buffer);
	/* Sectors of a floppy were moved, the last of them on that cylinder. May be NULL. */
	void (*floppy_used)(void *of, unsigned drive, unsigned cylinder);
	/* INT 13h AH=46h; followed by vbios_attach without VBIOS_MEDIUM when it happened. May be
	 * NULL: cannot be ejected by the guest. */
	int (*eject)(void *of, unsigned drive);
	/* The n-th boot device in INT 13h's numbering, or a negative error at the end. */
	int (*boot_drive)(void *of, unsigned n);
	struct line irq_floppy, irq_disk;    /* IRQ 6 and IRQ 14; may be left empty */
};

enum vbios_phase {
	VBIOS_IDLE,                  /* no operation */
	VBIOS_READY,                 /* one is under way, and can go on at once */
	VBIOS_SUBMITTED,             /* the backend has the buffer */
	VBIOS_COMPLETED,             /* and gave it back; `result` holds its answer, E_AGAIN: once more */
};

/* An INT 13h that takes more than one step. */
struct vbios_request {
	uint8_t phase;               /* enum vbios_phase */
	uint8_t given_up;            /* the guest began anew: the backend's answer means nothing */
	uint8_t restart;             /* a new INT 13h waits in `regs` until the buffer is back */
	uint8_t probing;             /* the buffer is sector 0, read to find out the format */
	uint8_t drive;               /* INT 13h's number */
	uint8_t op;                  /* enum vbios_op */
	uint8_t fill;                /* format: writes take the byte below, not guest memory */
	uint8_t fill_byte;
	uint8_t extended;            /* EDD: the count goes back into the packet */
	uint8_t end_status;          /* when all sectors went well: 0, or why there are not more */
	uint8_t now;                 /* sectors that move */
	uint8_t step;                /* enum vbios_cd_step: a boot from CD, which has several transfers */
	uint8_t reserved1[3];
	int32_t result;              /* of the backend */
	uint32_t count, done;        /* sectors of the run, and all that were moved */
	uint32_t next_count;         /* a second run behind the first: */
	uint32_t reserved;
	uint64_t lba, next_lba;      /* of what comes next, and of the second run */
	uint64_t address;            /* in guest memory, of what comes next */
	struct vcpu_frame regs;      /* as they were at HYPERCALL_DISK */
};

enum vbios_emulation { VBIOS_EMULATE_NOTHING, VBIOS_EMULATE_FLOPPY, VBIOS_EMULATE_DISK };
enum vbios_cd_step { VBIOS_CD_NONE, VBIOS_CD_RECORD, VBIOS_CD_CATALOG, VBIOS_CD_IMAGE };

/* The El Torito disc that was booted: "Specification Packet". */
struct vbios_cd {
	uint8_t booted;
	uint8_t emulation;           /* enum vbios_emulation; nothing also after its end */
	uint8_t media;               /* the catalog's boot media type */
	uint8_t drive;               /* INT 13h's number of what was booted */
	uint16_t segment, count;     /* load segment; sectors of 512 bytes loaded there */
	uint32_t image;              /* its first sector, of 2048 bytes */
};

/* Fixed-width, no pointers: can be saved and loaded as it is. */
struct vbios_state {
	uint32_t version;
	uint32_t extended_kb;
	uint16_t base_kb;
	uint8_t changed[VBIOS_PLACES];       /* the change line */
	uint8_t locked[VBIOS_PLACES];        /* EDD: by AH=45h */
	uint8_t reserved[2];
	struct vbios_drive drives[VBIOS_PLACES];
	struct vbios_geometry geometry[VBIOS_PLACES];
	struct vbios_cd cd;
	struct vbios_request request;
	uint8_t buffer[VBIOS_CHUNK * VBIOS_SECTOR];  /* sector 0 of a probe until it was looked at */
};

struct vbios {
	struct vbios_state state;
	struct vbios_wires wires;
	void *borrowed;              /* NULL: what moves is in state.buffer */
};

/* What the engine does after a hypercall. */
enum vbios_result {
	VBIOS_DONE,                  /* go on */
	VBIOS_BLOCKED,               /* HYPERCALL_WAIT: go on behind the call, but halted, until an
	                              * interrupt comes or vbios_complete was called */
	VBIOS_YIELD,                 /* HYPERCALL_IDLE: go on; the guest polls in vain */
	VBIOS_UNKNOWN,               /* no such function: no register changed */
};

void vbios_init(struct vbios *bios, const struct vbios_wires *wires, uint16_t base_kb,
		uint32_t extended_kb);
/* The machine's reset line. What is in the drives stays. */
void vbios_reset(struct vbios *bios);
/* Describes a drive (INT 13h's number without a CD's emulation) anew: at start, and when a medium comes or goes, which
 * then shows on the change line. A transfer that is on it is answered all the same, if not before
 * then with E_CHANGED. E_RANGE: no such drive number. */
int vbios_attach(struct vbios *bios, unsigned drive, const struct vbios_drive *what, bool changed);
/* Carries out hypercall `function` on the registers (only eax, ebx, ecx, edx, esi, edi, ds, es
 * and eflags' CF and ZF are used). The caller has checked where the OUT lies and skips the
 * function's byte. */
enum vbios_result vbios_call(struct vbios *bios, struct vcpu_frame *regs, uint8_t function);
/* The transfer that `submit` left open has ended, with 0 or an error. The caller then wakes
 * a processor that halted in HYPERCALL_WAIT. */
void vbios_complete(struct vbios *bios, int result);
/* Takes on a saved state; what is in the drives stays what was attached, and a medium of another size
 * shows as changed. A transfer that was under way begins again when the ROM next waits: a write takes guest
 * memory as it then is. E_VERSION; E_DAMAGED:
 * no state of a machine of this size. */
int vbios_load(struct vbios *bios, const struct vbios_state *saved);

static inline struct vbios_geometry vbios_known(struct disk_geometry geometry)
{
	return (struct vbios_geometry){ geometry.cylinders, geometry.heads, geometry.sectors_per_track, 1 };
}

/* The geometry of a floppy of that many sectors; `boot` is its sector 0, or NULL. */
static inline struct vbios_geometry vbios_floppy_geometry(uint64_t sectors, const uint8_t *boot)
{
	return vbios_known(floppy_geometry(sectors, boot));
}

/* The same for a hard disk, at most 1024 x 255 x 63. */
static inline struct vbios_geometry vbios_disk_geometry(uint64_t sectors, const uint8_t *boot)
{
	return vbios_known(disk_geometry(sectors, boot));
}

#endif
