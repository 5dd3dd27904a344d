/* How the debugger shows memory, registers and descriptors: one line of text each. Pure. */
#ifndef DEBUGGER_TEXT_H
#define DEBUGGER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <x86/vcpu.h>

enum { DUMP_BYTES = 16, TEXT_LINE_MAX = 96, FLAGS_TEXT_MAX = 16 };

/* A row of a dump: up to DUMP_BYTES bytes in units of `unit` (1, 2, 4); bit n of `valid` tells
 * whether byte n could be read. No address, no newline. */
void text_dump(char *buf, size_t size, const uint8_t *bytes, unsigned count, uint32_t valid, unsigned unit);

/* What `r` shows of a processor. */
struct registers {
	uint32_t general[8];  /* in the order of the encoding */
	uint32_t eip, eflags;
	uint16_t selector[X86_SEGS];
};
void registers_take(struct registers *r, struct vcpu *cpu);

/* The index-th line of the registers, those that differ from `before` (NULL: none) marked with
 * a star; false beyond the last. */
bool text_registers(char *buf, size_t size, unsigned index, const struct registers *now,
		    const struct registers *before);
/* Flags as letters, upper case where set: "odItszapc"; for IOPL, NT and what is newer, numbers
 * are clearer. */
void text_flags(char *buf, size_t size, uint32_t eflags);

/* Line `index` about the coprocessor: its words, then ST(0) to ST(7); false beyond the last. `image`: of
 * FNSAVE, 108 bytes. */
bool text_x87(char *buf, size_t size, unsigned index, const uint8_t *image);

/* A descriptor of the GDT or LDT, or (`gate`) of the IDT, in words. */
void text_descriptor(char *buf, size_t size, uint32_t low, uint32_t high);
/* Base, or a gate's offset. */
uint32_t descriptor_base(uint32_t low, uint32_t high);
uint32_t descriptor_limit(uint32_t low, uint32_t high);
bool descriptor_is_tss(uint32_t high);
/* NULL: an offset in its segment can be reached; otherwise what it is instead. */
const char *descriptor_refuses(uint32_t low, uint32_t high, uint32_t offset);

/* Rights of a page-directory or page-table entry: "present writable user accessed dirty". */
void text_page_rights(char *buf, size_t size, uint32_t entry);

#endif
