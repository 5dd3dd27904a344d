/* A virtual processor's registers as GDB numbers them, and the description that it is sent. Pure.
 *
 * In 16-bit code GDB would know offsets without their segments, so eip and esp are linear (CS or SS * 16
 * added); the processor's own are there besides, as ip and sp.
 * Read: Debugging with GDB, appendix "Target Descriptions", "i386 Features". */
#ifndef GDB_REGS_H
#define GDB_REGS_H

#include <x86/vcpu.h>

enum {
	REG_EAX, REG_ESP = 4, REG_EBP, REG_EIP = 8, REG_EFLAGS, REG_CS, REG_SS, REG_DS, REG_ES, REG_FS, REG_GS,
	REG_ST0, REG_FCTRL = 24, REG_IP = 32, REG_SP, REG_COUNT,
	REGS_SIZE = 16 * 4 + 8 * 10 + 8 * 4 + 2 * 2,
};

extern const char regs_description[];    /* target.xml */

/* Bytes of register `n`, and where they begin among all; 0: no such register. */
unsigned regs_place(unsigned n, unsigned *offset);
/* All of them, REGS_SIZE bytes; the coprocessor's state must be in memory. */
void regs_get(struct vcpu *cpu, uint8_t *to);
/* One of them. Writing eip or esp changes CS or SS where the offset would not reach. */
void regs_put(struct vcpu *cpu, unsigned n, const uint8_t *from);

#endif
