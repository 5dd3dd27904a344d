/* Contract "x86": the instruction table and what is made from it, for everyone who needs it. */
#ifndef IFACE_X86_H
#define IFACE_X86_H

#include <x86/asm.h>
#include <x86/disasm.h>
#include <x86/exec.h>
#include <x86/insn.h>

#define X86_ROLE "x86"
#define X86_VERSION 2

/* As the functions of the same names in lib/x86; no state, callable from anywhere. */
struct x86_ops {
	int (*decode)(struct insn *insn, const uint8_t *bytes, size_t available, unsigned bits);
	unsigned (*op_flags)(unsigned op);
	__typeof__(x86_disassemble) *disassemble;
	__typeof__(x86_fetch) *fetch;
	__typeof__(x86_execute) *execute;
	__typeof__(x86_interrupt) *interrupt;
	__typeof__(x86_address) *address;
	__typeof__(x86_reason_text) *reason_text;
	__typeof__(x86_condition_holds) *condition_holds;
	const struct x86_tables *tables;    /* for an assembler, which its users link */
};

#endif
