/* Code that was executed before: the page that it lies in, and instructions that were decoded.
 *
 * A loop that draws in memory that traps comes here with the same few instructions again and again. What an
 * instruction is depends on its bytes alone, so those are compared, whoever has written there meanwhile; and where
 * its page lies is asked anew whenever the machine's map changes, and each time that the engine begins to run.
 * What has more bytes than are compared, or comes too near the end of its page or segment, is left to the executor,
 * and so is everything while a debugger watches: its bus, which stands before ours, sees each fetch. */
#include <base/mem.h>
#include "v86.h"

enum { NO_PAGE = 0xFFFFFFFF };

void v86_forget(struct v86 *e)
{
	e->code_page = NO_PAGE;
	e->trapping_page = NO_PAGE;
}

static const uint8_t *code_at(struct v86 *e, uint32_t linear)
{
	uint32_t there;

	if (linear >> PAGE_SHIFT != e->code_page) {
		const uint8_t *window = e->bus.window(e->bus.of, linear & ~(uint32_t)PAGE_MASK, false, &there);

		if (!window)
			return NULL;
		e->code = window;
		e->code_page = linear >> PAGE_SHIFT;
	}
	return e->code + (linear & PAGE_MASK);
}

const struct insn *v86_recent(struct v86 *e)
{
	const struct vcpu *cpu = &e->hot->cpu;
	uint32_t eip = cpu->frame.eip, linear = cpu->seg[X86_CS].base + eip;
	struct v86_recent *r = &e->recent[(linear ^ linear >> 3) % V86_RECENT];
	const uint32_t *code;

	if (e->hot->watch || cpu->seg[X86_CS].limit < X86_MAX_LENGTH || eip > cpu->seg[X86_CS].limit - X86_MAX_LENGTH ||
	    (linear & PAGE_MASK) > PAGE_SIZE - X86_MAX_LENGTH || (cpu->cr0 & X86_CR0_PE))
		return NULL;
	code = (const uint32_t *)code_at(e, linear);
	if (!code)
		return NULL;
	if (r->insn.length && code[0] == r->bytes[0] && code[1] == r->bytes[1])
		return &r->insn;
	r->bytes[0] = code[0];
	r->bytes[1] = code[1];
	if (e->x86->decode(&r->insn, (const uint8_t *)code, X86_MAX_LENGTH, 16) > (int)sizeof r->bytes ||
	    r->insn.op == X86_OP_INVALID)
		r->insn.length = 0;
	return r->insn.length ? &r->insn : NULL;
}
