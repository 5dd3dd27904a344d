/* Extended and expanded memory of a DOS machine: what stands behind XMS 3.0 and EMS 4.0. Pure.
 *
 * A small driver in the guest (guests/p86mem.asm) hands the calls of programs on by hypercall, registers
 * as they came; everything is decided here. Both kinds of memory come out of one pool, the extended
 * memory behind the HMA, in units of 16 KB. To map a page of EMS is to show a unit at another
 * guest-physical address, which costs a few page-table entries. Upper memory blocks are units shown
 * in what adapters leave free between C8000h and EFFFFh.
 *
 * Read: Lotus/Intel/Microsoft Expanded Memory Specification, version 4.0 (1987); Microsoft eXtended
 * Memory Specification (XMS), version 3.0 (1991). */
#ifndef VMEM_H
#define VMEM_H

#include <base/error.h>
#include <base/fmt.h>
#include <stdbool.h>
#include <stdint.h>
#include <kern/types.h>
#include <x86/vcpu.h>

enum {
	VMEM_VERSION = 1,
	VMEM_UNIT = 16384, VMEM_UNIT_KB = 16,
	VMEM_UNITS_MAX = 4096,               /* 64 MB */
	VMEM_EMS_PAGES_MAX = 2048,           /* 32 MB: the specification's limit */
	VMEM_EMS_HANDLES = 64, VMEM_XMS_HANDLES = 64,
	VMEM_WINDOWS = 4,                    /* physical pages of the EMS page frame */
	VMEM_UPPER_FIRST = 0xC8000, VMEM_UPPER_END = 0xF0000,
	VMEM_UPPER_UNITS = (VMEM_UPPER_END - VMEM_UPPER_FIRST) / VMEM_UNIT,
	VMEM_UMBS = 16,
	VMEM_POOL = 0x110000,                /* behind the HMA */
	VMEM_NO_UNIT = 0xFFFF,
};

struct vmem_ems_handle {
	uint16_t first, count;               /* its pages in state.ems_pages */
	uint16_t saved[VMEM_WINDOWS];        /* function 47h */
	uint8_t used, has_saved;
	char name[8];
};

struct vmem_xms_handle {
	uint32_t size_kb;
	uint16_t first;                      /* unit; of no meaning where the size is 0 */
	uint8_t used, locks;
};

struct vmem_umb { uint16_t segment, paragraphs; uint8_t used, reserved[3]; };

struct vmem_state {
	uint32_t version;
	uint16_t units;                      /* of the pool; fixed by the machine's memory */
	uint8_t active;                      /* the driver is there */
	uint8_t hma_used, a20_global, umb_count;
	uint16_t a20_local;                  /* calls of enable less calls of disable */
	uint16_t frame;                      /* segment of the page frame; 0: none */
	uint16_t ems_used;                   /* of ems_pages */
	uint16_t window[VMEM_WINDOWS];       /* the unit shown there, or VMEM_NO_UNIT */
	uint16_t upper[VMEM_UPPER_UNITS];    /* the unit that upper memory blocks use there, likewise */
	uint32_t save_area;                  /* function 5Bh: the guest's pointer */
	uint32_t os_key;
	uint8_t os_key_given, os_shut, reserved[2];
	struct vmem_umb umb[VMEM_UMBS];
	struct vmem_ems_handle ems[VMEM_EMS_HANDLES];
	struct vmem_xms_handle xms[VMEM_XMS_HANDLES];
	uint16_t ems_pages[VMEM_EMS_PAGES_MAX];  /* units, handle after handle */
	uint8_t taken[VMEM_UNITS_MAX / 8];
};

struct vmem_wires {
	void *of;
	/* Guest memory as its processor addresses it. */
	void (*read)(void *of, uint32_t linear, void *to, uint32_t size);
	void (*write)(void *of, uint32_t linear, const void *from, uint32_t size);
	/* The same whatever the A20 gate says. */
	void (*read_physical)(void *of, uint32_t gpa, void *to, uint32_t size);
	void (*write_physical)(void *of, uint32_t gpa, const void *from, uint32_t size);
	/* Shows 16 KB of RAM from `target` at `gpa`; false: no memory. */
	bool (*show)(void *of, uint32_t gpa, uint32_t target);
	void (*hide)(void *of, uint32_t gpa);
	bool (*answers)(void *of, uint32_t gpa);     /* is a page taken? */
	void (*set_a20)(void *of, bool open);
	bool (*a20)(void *of);
};

struct vmem {
	struct vmem_state s;
	struct vmem_wires wires;
};

void vmem_init(struct vmem *vmem, const struct vmem_wires *wires, uint32_t extended_bytes);
/* The machine begins anew: everything is free and nothing shown. */
void vmem_reset(struct vmem *vmem);
/* E_VERSION; E_DAMAGED, also for a machine with another amount of memory; E_NO_MEMORY. */
CHECK int vmem_load(struct vmem *vmem, const struct vmem_state *state);
void vmem_describe(const struct vmem *vmem, struct fmt_sink *out);
/* A call of INT 67h (frame: the registers; SS:SP at the driver's far return, the interrupt's frame behind
 * it), and of the XMS driver's entry point. */
void vmem_ems(struct vmem *vmem, struct vcpu_frame *regs);
void vmem_xms(struct vmem *vmem, struct vcpu_frame *regs);

/* --- between the files ------------------------------------------------------------------------ */

/* A run of units; VMEM_NO_UNIT if there is none so long. */
unsigned pool_take(struct vmem *vmem, unsigned count);
void pool_give(struct vmem *vmem, unsigned first, unsigned count);
bool pool_taken(const struct vmem *vmem, unsigned unit);
unsigned pool_free(const struct vmem *vmem);
unsigned pool_largest(const struct vmem *vmem);
static inline uint32_t unit_address(unsigned unit) { return VMEM_POOL + unit * VMEM_UNIT; }

/* Copies between guest-physical addresses; overlapping ranges come out as if there were a copy between. */
void vmem_copy(struct vmem *vmem, uint32_t to, uint32_t from, uint32_t size);

static inline uint8_t reg_high(uint32_t reg) { return (uint8_t)(reg >> 8); }
static inline uint8_t reg_low(uint32_t reg) { return (uint8_t)reg; }
static inline uint16_t reg_word(uint32_t reg) { return (uint16_t)reg; }
static inline void reg_set_word(uint32_t *reg, unsigned value) { *reg = (*reg & 0xFFFF0000u) | (value & 0xFFFF); }
static inline void reg_set_low(uint32_t *reg, unsigned value) { *reg = (*reg & ~0xFFu) | (value & 0xFF); }
static inline void reg_set_high(uint32_t *reg, unsigned value) { *reg = (*reg & ~0xFF00u) | (value & 0xFF) << 8; }
static inline uint32_t linear_of(uint32_t segment, uint32_t offset)
{
	return (segment & 0xFFFF) * 16 + (offset & 0xFFFF);
}

/* upper.c: what the driver asks for when it starts (`flags`: 1 no EMS, 2 no upper memory blocks), and
 * the blocks. */
void upper_begin(struct vmem *vmem, unsigned flags);
CHECK int upper_show(struct vmem *vmem);
void upper_hide(struct vmem *vmem);
void upper_request(struct vmem *vmem, struct vcpu_frame *regs);
void upper_release(struct vmem *vmem, struct vcpu_frame *regs);
void upper_resize(struct vmem *vmem, struct vcpu_frame *regs);
/* The results of XMS: AX, and BL where it failed. */
void xms_done(struct vcpu_frame *regs);
void xms_failed(struct vcpu_frame *regs, unsigned error);

enum { XMS_NOT_IMPLEMENTED = 0x80, XMS_HMA_NONE = 0x90, XMS_HMA_IN_USE = 0x91, XMS_HMA_NOT_TAKEN = 0x93,
       XMS_A20_STILL_OPEN = 0x94, XMS_NO_MEMORY = 0xA0, XMS_NO_HANDLES = 0xA1, XMS_BAD_HANDLE = 0xA2,
       XMS_BAD_SOURCE = 0xA3, XMS_BAD_SOURCE_OFFSET = 0xA4, XMS_BAD_TARGET = 0xA5, XMS_BAD_TARGET_OFFSET = 0xA6,
       XMS_BAD_LENGTH = 0xA7, XMS_NOT_LOCKED = 0xAA, XMS_LOCKED = 0xAB, XMS_LOCKS_FULL = 0xAC,
       XMS_UMB_SMALLER = 0xB0, XMS_UMB_NONE = 0xB1, XMS_UMB_BAD = 0xB2 };

/* ems_map.c: what is shown in the page frame. All return an EMS status. */
uint8_t ems_show(struct vmem *vmem, unsigned window, unsigned unit);
void ems_hide_all(struct vmem *vmem);
uint8_t ems_map_one(struct vmem *vmem, unsigned handle, unsigned page, unsigned window);
uint8_t ems_map_many(struct vmem *vmem, unsigned handle, uint32_t list, unsigned count, bool by_segment);
uint8_t ems_page_map(struct vmem *vmem, struct vcpu_frame *regs);          /* 4Eh */
uint8_t ems_partial_map(struct vmem *vmem, struct vcpu_frame *regs);       /* 4Fh */
uint8_t ems_alter_and_jump(struct vmem *vmem, struct vcpu_frame *regs);    /* 55h */
uint8_t ems_alter_and_call(struct vmem *vmem, struct vcpu_frame *regs, bool end);
uint8_t ems_save_area(struct vmem *vmem, struct vcpu_frame *regs);         /* 5Bh */
/* ems_move.c: 57h */
uint8_t ems_move(struct vmem *vmem, struct vcpu_frame *regs);
struct vmem_ems_handle *ems_handle(struct vmem *vmem, unsigned handle);

enum { EMS_OK = 0, EMS_SOFTWARE = 0x80, EMS_BAD_HANDLE = 0x83, EMS_BAD_FUNCTION = 0x84, EMS_NO_HANDLES = 0x85,
       EMS_MAP_SAVED = 0x86, EMS_TOO_MANY_PAGES = 0x87, EMS_NO_PAGES = 0x88, EMS_ZERO_PAGES = 0x89,
       EMS_BAD_PAGE = 0x8A, EMS_BAD_WINDOW = 0x8B, EMS_ALREADY_SAVED = 0x8D, EMS_NOTHING_SAVED = 0x8E,
       EMS_BAD_SUBFUNCTION = 0x8F, EMS_BAD_ATTRIBUTE = 0x90, EMS_NOT_SUPPORTED = 0x91, EMS_OVERLAP = 0x92,
       EMS_BEYOND_HANDLE = 0x93, EMS_BAD_OFFSET = 0x95, EMS_TOO_LONG = 0x96, EMS_EXCHANGE_OVERLAP = 0x97,
       EMS_BAD_TYPE = 0x98, EMS_NO_REGISTER_SETS = 0x9C, EMS_NO_NAME = 0xA0, EMS_NAME_EXISTS = 0xA1,
       EMS_WRAPS = 0xA2, EMS_BAD_CONTEXT = 0xA3, EMS_DENIED = 0xA4 };

#endif
