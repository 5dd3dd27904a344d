/* The architectural state of one virtual processor, whichever engine runs it.
 *
 * `frame` lies in memory exactly as the processor and a PUSHA leave it when virtual-8086
 * code traps to ring 0, so that an engine can let the trap stack point at its end and no
 * register is copied (Intel 80386 Programmer's Reference Manual, "Entering and Leaving
 * Virtual 8086 Mode").
 *
 * Between two runs of an engine the state is canonical: `frame.eflags` is what the guest's
 * own PUSHF would show, and `seg[].base` agrees with the selectors. While an engine runs the
 * guest it may keep them in a form of its own. */
#ifndef X86_VCPU_H
#define X86_VCPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of the instruction encoding (sreg field). */
enum x86_seg { X86_ES, X86_CS, X86_SS, X86_DS, X86_FS, X86_GS, X86_SEGS };

/* In the order of the instruction encoding (reg field). */
enum x86_reg { X86_EAX, X86_ECX, X86_EDX, X86_EBX, X86_ESP, X86_EBP, X86_ESI, X86_EDI };

enum x86_flag {
	X86_CF = 1 << 0, X86_FLAG_ONE = 1 << 1, X86_PF = 1 << 2, X86_AF = 1 << 4,
	X86_ZF = 1 << 6, X86_SF = 1 << 7, X86_TF = 1 << 8, X86_IF = 1 << 9,
	X86_DF = 1 << 10, X86_OF = 1 << 11, X86_IOPL = 3 << 12, X86_NT = 1 << 14,
	X86_RF = 1 << 16, X86_VM = 1 << 17, X86_AC = 1 << 18, X86_VIF = 1 << 19,
	X86_VIP = 1 << 20, X86_ID = 1 << 21,
};
#define X86_ARITHMETIC_FLAGS (X86_CF | X86_PF | X86_AF | X86_ZF | X86_SF | X86_OF)

enum { X86_CR0_PE = 1, X86_CR0_MP = 2, X86_CR0_EM = 4, X86_CR0_TS = 8, X86_CR0_ET = 16,
       X86_CR0_NE = 32, X86_CR0_WP = 1 << 16, X86_CR0_AM = 1 << 18 };

enum x86_vector {
	X86_DE = 0, X86_DB = 1, X86_NMI = 2, X86_BP = 3, X86_OVERFLOW = 4, X86_BR = 5,
	X86_UD = 6, X86_NM = 7, X86_DF_FAULT = 8, X86_TS = 10, X86_NP = 11, X86_SS_FAULT = 12,
	X86_GP = 13, X86_PAGE = 14, X86_MF = 16, X86_AC_FAULT = 17,
};

struct vcpu_frame {
	uint32_t edi, esi, ebp, pusha_esp, ebx, edx, ecx, eax;
	uint32_t vector, error;
	uint32_t eip, cs, eflags, esp, ss, es, ds, fs, gs; /* selectors: the high half is junk */
};

/* A segment register's hidden part. In real and virtual-8086 mode: selector * 16, FFFFh,
 * and read/write data, always. */
struct vcpu_seg {
	uint32_t base, limit;   /* limit in bytes, inclusive */
	uint16_t rights;        /* bits 8-15 and 20-23 of the descriptor's second half, moved down by 8 */
	uint16_t selector;      /* for LDTR and TR only: the others' are in the frame */
};

struct vcpu_table {
	uint32_t base;
	uint16_t limit;
	uint16_t reserved;
};

/* FNSAVE's 32-bit protected-mode image (80386 manual, "Coprocessor Environment"). */
struct vcpu_x87 {
	uint8_t image[108];
};

/* The NMI pin, and the edge that the processor remembers until it takes it: one, however many come
 * (Intel 80386 data sheet, "Non-Maskable Interrupt"). */
enum vcpu_nmi { VCPU_NMI_PIN = 1, VCPU_NMI_LATCHED = 2 };

/* An error that is on its way to the handler of IRQ 13, and one that is ignored since then (IGNNE#). */
enum vcpu_x87_error { VCPU_X87_NONE, VCPU_X87_RAISED, VCPU_X87_IGNORED };

struct vcpu {
	struct vcpu_frame frame;
	struct vcpu_seg seg[X86_SEGS];
	struct vcpu_seg ldtr, tr;
	struct vcpu_table gdtr, idtr;
	uint32_t cr0, cr2, cr3, cr4;
	uint32_t dr[8];
	struct vcpu_x87 x87;
	bool halted;              /* HLT executed, waiting for an interrupt */
	bool interrupt_shadow;    /* the next instruction runs before any interrupt (STI, MOV SS, POP SS) */
	uint8_t nmi_masked;       /* set by an NMI, cleared by IRET */
	uint8_t nmi;              /* enum vcpu_nmi */
	uint8_t x87_error;        /* enum vcpu_x87_error */
	uint8_t reserved[3];
};

_Static_assert(offsetof(struct vcpu_frame, eip) == 40, "PUSHA, vector, error, then the trap's frame");
_Static_assert(sizeof(struct vcpu_frame) == 76, "the trap stack's top is the frame's end");

/* PUSHA stores the registers downwards from EAX, so the encoding order runs backwards. */
static inline uint32_t *vcpu_reg(struct vcpu *cpu, unsigned reg)
{
	if (reg == X86_ESP)
		return &cpu->frame.esp;
	return &cpu->frame.eax - reg;
}

static inline uint32_t *vcpu_selector(struct vcpu *cpu, unsigned seg)
{
	static const uint8_t order[X86_SEGS] = {
		[X86_ES] = offsetof(struct vcpu_frame, es), [X86_CS] = offsetof(struct vcpu_frame, cs),
		[X86_SS] = offsetof(struct vcpu_frame, ss), [X86_DS] = offsetof(struct vcpu_frame, ds),
		[X86_FS] = offsetof(struct vcpu_frame, fs), [X86_GS] = offsetof(struct vcpu_frame, gs),
	};

	return (uint32_t *)((char *)&cpu->frame + order[seg]);
}

#endif
