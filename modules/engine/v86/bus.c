/* The executor's bus: the machine's memory and ports as the instructions that are emulated reach
 * them. Each access of a port is recorded here. */
#include <base/mem.h>
#include <kern/cpu.h>
#include "v86.h"

enum { DEVICES_END = 0x100000 };

static bool bus_read(void *of, uint32_t linear, unsigned size, enum x86_access kind, uint32_t *value,
		     struct x86_fault *fault)
{
	struct v86 *e = of;

	(void)fault;
	if (e->debugged && kind != X86_FETCH)
		v86_debug_access(e, linear, size, false);
	*value = 0;
	(void)machine_read(e->m, linear, value, size, MACHINE_ACCESS);
	return true;
}

static bool bus_write(void *of, uint32_t linear, unsigned size, uint32_t value, struct x86_fault *fault)
{
	struct v86 *e = of;

	(void)fault;
	if (e->debugged)
		v86_debug_access(e, linear, size, true);
	(void)machine_write(e->m, linear, &value, size, MACHINE_ACCESS);
	return true;
}

static bool bus_in(void *of, uint16_t port, unsigned size, uint32_t *value, struct x86_fault *fault)
{
	struct v86 *e = of;
	const struct vcpu_frame *f = &e->hot->cpu.frame;

	(void)fault;
	*value = machine_in(e->m, port, size);
	machine_record(e->hot, EXIT_IN, size, (uint16_t)f->cs, (uint16_t)f->eip, port, *value);
	return true;
}

static bool bus_out(void *of, uint16_t port, unsigned size, uint32_t value, struct x86_fault *fault)
{
	struct v86 *e = of;
	const struct vcpu_frame *f = &e->hot->cpu.frame;

	(void)fault;
	machine_record(e->hot, EXIT_OUT, size, (uint16_t)f->cs, (uint16_t)f->eip, port, value);
	machine_out(e->m, port, size, value);
	return true;
}

/* Runs of a repeated INS or OUTS: each element is counted, one record is left, of the last. */
static void block_moved(struct v86 *e, unsigned kind, unsigned size, uint16_t port, const uint8_t *at, uint32_t done)
{
	const struct vcpu_frame *f = &e->hot->cpu.frame;
	uint32_t value = 0;

	if (!done)
		return;
	memcpy(&value, at + (done - 1) * size, size);
	machine_record(e->hot, kind, size, (uint16_t)f->cs, (uint16_t)f->eip, port, value);
	e->hot->exits[kind] += done - 1;
}

static uint32_t bus_ins(void *of, uint16_t port, unsigned size, void *to, uint32_t count)
{
	struct v86 *e = of;
	uint32_t done = machine_in_block(e->m, port, size, to, count);

	block_moved(e, EXIT_IN, size, port, to, done);
	return done;
}

static uint32_t bus_outs(void *of, uint16_t port, unsigned size, const void *from, uint32_t count)
{
	struct v86 *e = of;
	uint32_t done = machine_out_block(e->m, port, size, from, count);

	block_moved(e, EXIT_OUT, size, port, from, done);
	return done;
}

static uint32_t bus_run(void *of, const struct x86_run *run)
{
	struct v86 *e = of;
	struct x86_run there = *run;

	if (e->debugged)
		return 0;
	there.at = (uint32_t)machine_a20(e->m, run->at);
	there.from = (uint32_t)machine_a20(e->m, run->from);
	return machine_run(e->m, &there);
}

static void bus_cpuid(void *of, uint32_t leaf, uint32_t regs[4])
{
	(void)of;
	__asm__ volatile("cpuid" : "=a"(regs[0]), "=b"(regs[1]), "=c"(regs[2]), "=d"(regs[3])
			 : "0"(leaf), "2"(0));
}

static uint64_t bus_tsc(void *of)
{
	(void)of;
	return cpu_tsc();
}

/* Plain RAM, so that string instructions move runs and not single elements. */
static void *bus_window(void *of, uint32_t linear, bool write, uint32_t *length)
{
	struct v86 *e = of;
	gpa_t gpa = machine_a20(e->m, linear);
	paddr_t frame;
	bool writable;

	if (e->debugged && v86_debug_page(e, linear))
		return NULL;
	/* Device memory keeps a dirty mark that machine_write() sets. */
	if (write && gpa >= V86_PLAIN_RAM && gpa < DEVICES_END)
		return NULL;
	if (machine_page(e->m, gpa, write, &frame, &writable) || paddr_is_video(frame))
		return NULL;
	*length = PAGE_SIZE - (linear & PAGE_MASK);
	return (uint8_t *)paddr_to_virt(frame) + (linear & PAGE_MASK);
}

void v86_bus_init(struct v86 *e)
{
	e->bus = (struct x86_bus){ .of = e, .read = bus_read, .write = bus_write, .in = bus_in,
				   .out = bus_out, .window = bus_window, .run = bus_run, .ins = bus_ins, .outs = bus_outs };
	if (cpu_features()->cpuid)
		e->bus.cpuid = bus_cpuid;
	if (cpu_features()->family < 4)
		e->bus.absent_flags = X86_AC | X86_ID;
	if (cpu_features()->tsc)
		e->bus.tsc = bus_tsc;
}
