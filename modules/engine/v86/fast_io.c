/* The fast path's port accesses, and the traps that are no general protection faults. Apart from
 * fast.c because calls are made here: then a callee-saved register is worth having. */
#include <abi/hypercall.h>
#include <kern/cpu.h>
#include <kern/task.h>
#include "fast.h"

enum { VECTOR_IRQ = 0x20 };

struct machine_hot *v86_current;
uint32_t v86_fault_address;

/* What is needed after the call is read again from the frame: that is cheaper than keeping it. */
#define FAST_IN(name, port_expression, length, vme) \
	__attribute__((noreturn)) void name(struct machine_hot *hot) \
	{ \
		struct vcpu_frame *f = &hot->cpu.frame; \
		uint32_t port = port_expression; \
		struct port_handler *h = machine_port(hot, (uint16_t)port); \
		uint8_t value; \
		\
		enter_c(); \
		h->reads++; \
		value = h->in(h->chip, port - h->first); \
		*(volatile uint8_t *)&f->eax = (uint8_t)value; \
		record(hot, EXIT_IN, 1, port_expression, value); \
		advance(f, length); \
		to_guest_or_pending(hot, vme); \
	}

#define FAST_OUT(name, port_expression, length, slow, vme) \
	__attribute__((noreturn)) void name(struct machine_hot *hot) \
	{ \
		struct vcpu_frame *f = &hot->cpu.frame; \
		uint32_t port = port_expression, value = (uint8_t)f->eax; \
		struct port_handler *h = machine_port(hot, (uint16_t)port); \
		\
		if (slow) \
			leave(hot, V86_SLOW); \
		enter_c(); \
		h->writes++; \
		record(hot, EXIT_OUT, 1, port, value); \
		advance(f, length); \
		h->out(h->chip, port - h->first, (uint8_t)value); \
		to_guest_or_pending(hot, vme); \
	}

always_inline uint32_t immediate(const struct vcpu_frame *f)
{
	return ((const uint8_t *)segment_base(&f->cs))[f->eip + 1];
}

FAST_IN(v86_in_dx, f->edx & 0xFFFF, 1, false)
FAST_IN(v86_in_imm, immediate(f), 2, false)
FAST_OUT(v86_out_dx, f->edx & 0xFFFF, 1, false, false)
FAST_IN(v86_vme_in_dx, f->edx & 0xFFFF, 1, true)
FAST_IN(v86_vme_in_imm, immediate(f), 2, true)
FAST_OUT(v86_vme_out_dx, f->edx & 0xFFFF, 1, false, true)
/* The monitor's own port is reached by this form alone, and not by everybody: the slow path
 * looks where the OUT lies. */
FAST_OUT(v86_out_imm, immediate(f), 2, port == HYPERCALL_PORT, false)
FAST_OUT(v86_vme_out_imm, immediate(f), 2, port == HYPERCALL_PORT, true)

/* Host interrupts and everything but a general protection fault. */
__attribute__((noreturn)) always_inline void other(struct vcpu_frame *f, bool vme)
{
	struct machine_hot *hot = hot_of(f);

	if (f->vector == X86_PAGE)
		__asm__ volatile("mov %%cr2, %0" : "=r"(v86_fault_address));
	if (f->vector < VECTOR_IRQ)
		leave(hot, V86_SLOW);
	enter_c();
	hot->exits[EXIT_HOST]++;
	cpu_host_interrupt(f->vector);
	if (task_switch_wanted) {
		v86_current = NULL;
		task_checkpoint();
		v86_current = hot;
	}
	to_guest_or_pending(hot, vme);
}

__attribute__((noreturn)) void v86_other(struct vcpu_frame *f)
{
	other(f, false);
}

__attribute__((noreturn)) void v86_vme_other(struct vcpu_frame *f)
{
	other(f, true);
}
