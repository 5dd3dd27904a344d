/* From a decoded instruction to its text, in Intel's syntax. */
#ifndef X86_DISASM_H
#define X86_DISASM_H

#include <x86/insn.h>

/* Names for addresses. `name` writes a text for the target of a near jump or call (an offset
 * in the instruction's own code segment) or, with `selector` >= 0, of a far one, and returns
 * true; returns false to have the number shown. */
struct x86_symbols {
	bool (*name)(struct x86_symbols *symbols, int32_t selector, uint32_t offset,
		     char *buf, size_t size);
	/* The same for an address or a displacement of its full size in a memory operand, whose segment
	 * register is `seg`. May be NULL. */
	bool (*memory)(struct x86_symbols *symbols, unsigned seg, uint32_t offset, char *buf, size_t size);
};

/* An operation's name with its marks (ops.h). */
const char *x86_op_name(unsigned op);

/* Longest text without symbols is below this. */
#define X86_DISASM_MAX 80

/* Writes the text of `insn`, which lies at offset `ip`, as DEBUG would, but in lower case,
 * with numbers as 0x hexadecimal: `mov word es:[bx+si-0x4],0x1234`. `symbols` may be NULL.
 * Always terminates with 0 if `size` > 0; returns the length that the whole text has. */
size_t x86_disassemble(char *buf, size_t size, const struct insn *insn, uint32_t ip,
		       struct x86_symbols *symbols);

#endif
