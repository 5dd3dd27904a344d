/* The instruction table, decoder, disassembler and executor of lib/x86 as a module. */
#include <iface/x86.h>
#include <kern/module.h>

static const struct x86_ops ops = {
	.decode = x86_decode,
	.op_flags = x86_op_flags,
	.disassemble = x86_disassemble,
	.fetch = x86_fetch,
	.execute = x86_execute,
	.interrupt = x86_interrupt,
	.address = x86_address,
	.reason_text = x86_reason_text,
	.condition_holds = x86_condition_holds,
	.tables = &x86_tables,
};

static int start(struct module *self)
{
	return offer_add(self, X86_ROLE, "x86", X86_VERSION, &ops, NULL);
}

static void stop(struct module *self)
{
	(void)self;
}

/* Large, and quickly there again: nobody's engine or debugger, nobody's table. */
static bool wants_to_go(struct module *self)
{
	(void)self;
	return true;
}

MODULE(.name = "x86", .summary = "IA-32 instructions: decoder, disassembler, executor",
       .start = start, .stop = stop, .wants_to_go = wants_to_go);
