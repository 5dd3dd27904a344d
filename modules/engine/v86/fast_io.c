/* The fast path's port accesses, and the traps that are no general protection faults. Apart from
 * fast.c because calls are made here: then a callee-saved register is worth having. */
#include <abi/hypercall.h>
#include <kern/cpu.h>
#include <kern/task.h>
#include "fast.h"

struct machine_hot *v86_current;
uint32_t v86_fault_address;

/* What is needed after the call is read again from the frame: that is cheaper than keeping it. */
#define FAST_IN(name, port_expression, length, vme) \
	__attribute__((noreturn)) void name(struct machine_hot *hot, const uint8_t *code) \
	{ \
		struct vcpu_frame *f = &hot->cpu.frame; \
		uint32_t port = port_expression; \
		struct port_handler *h = machine_port(hot, (uint16_t)port); \
		uint8_t value; \
		\
		(void)code; \
		enter_c(); \
		h->reads++; \
		value = h->in(h->chip, port - h->first); \
		*(volatile uint8_t *)&f->eax = (uint8_t)value; \
		record(hot, EXIT_IN, 1, port_expression, value); \
		advance(f, length); \
		to_guest_or_pending(hot, vme); \
	}

#define FAST_OUT(name, port_expression, length, slow, vme) \
	__attribute__((noreturn)) void name(struct machine_hot *hot, const uint8_t *code) \
	{ \
		struct vcpu_frame *f = &hot->cpu.frame; \
		uint32_t port = port_expression, value = (uint8_t)f->eax; \
		struct port_handler *h = machine_port(hot, (uint16_t)port); \
		\
		(void)code; \
		if (slow) \
			leave(hot, V86_SLOW); \
		enter_c(); \
		h->writes++; \
		record(hot, EXIT_OUT, 1, port, value); \
		advance(f, length); \
		h->out(h->chip, port - h->first, (uint8_t)value); \
		to_guest_or_pending(hot, vme); \
	}

FAST_IN(v86_in_dx, f->edx & 0xFFFF, 1, false)
FAST_IN(v86_in_imm, code[1], 2, false)
FAST_OUT(v86_out_dx, f->edx & 0xFFFF, 1, false, false)
FAST_IN(v86_vme_in_dx, f->edx & 0xFFFF, 1, true)
FAST_IN(v86_vme_in_imm, code[1], 2, true)
FAST_OUT(v86_vme_out_dx, f->edx & 0xFFFF, 1, false, true)
/* The monitor's own port is reached by this form alone, and not by everybody: the slow path
 * looks where the OUT lies. */
FAST_OUT(v86_out_imm, code[1], 2, port == HYPERCALL_PORT, false)
FAST_OUT(v86_vme_out_imm, code[1], 2, port == HYPERCALL_PORT, true)

/* Words: a device takes them whole or as two bytes, as it does on the slow path. */
#define FAST_IN_WORD(name, vme) \
	__attribute__((noreturn)) void name(struct machine_hot *hot, const uint8_t *code) \
	{ \
		struct vcpu_frame *f = &hot->cpu.frame; \
		uint32_t value; \
		\
		(void)code; \
		enter_c(); \
		value = machine_in(machine_of(hot), (uint16_t)f->edx, 2); \
		*(volatile uint16_t *)&f->eax = (uint16_t)value; \
		record(hot, EXIT_IN, 2, f->edx & 0xFFFF, value); \
		advance(f, 1); \
		to_guest_or_pending(hot, vme); \
	}

#define FAST_OUT_WORD(name, vme) \
	__attribute__((noreturn)) void name(struct machine_hot *hot, const uint8_t *code) \
	{ \
		struct vcpu_frame *f = &hot->cpu.frame; \
		\
		(void)code; \
		enter_c(); \
		record(hot, EXIT_OUT, 2, f->edx & 0xFFFF, f->eax & 0xFFFF); \
		advance(f, 1); \
		machine_out(machine_of(hot), (uint16_t)f->edx, 2, f->eax & 0xFFFF); \
		to_guest_or_pending(hot, vme); \
	}

always_inline struct machine *machine_of(const struct machine_hot *hot)
{
	return ((const struct v86 *)hot->engine_private)->m;
}

FAST_IN_WORD(v86_in_word, false)
FAST_OUT_WORD(v86_out_word, false)
FAST_IN_WORD(v86_vme_in_word, true)
FAST_OUT_WORD(v86_vme_out_word, true)

/* An interrupt that the controller asked for just now is delivered without leaving the trap, in all
 * plain cases. The vector lies in the frame's error word meanwhile, in case that guest memory is not
 * plain: then the engine's slow path goes on with it. */
always_inline void take_interrupt(struct machine_hot *hot)
{
	struct vcpu_frame *f = &hot->cpu.frame;
	unsigned vector;

	if (!(hot->engine_flags & X86_IF) || hot->engine_shadow_ip == f->eip)
		return;
	vector = machine_acknowledge(hot);
	f->eflags &= ~(uint32_t)X86_RF;    /* as in deliver() */
	f->error = vector;
	record(hot, EXIT_INTERRUPT, vector, 0, 0);
	if (unlikely(!push_interrupt(hot, vector, f->eip, false, false)))
		leave(hot, V86_SLOW);
}

static __attribute__((noinline)) void other_tasks(struct machine_hot *hot)
{
	if (hot->debug_control)
		v86_debug_off(hot);
	v86_current = NULL;
	task_checkpoint();
	v86_current = hot;
	if (hot->debug_control)
		v86_debug_on(hot);
}

/* Host interrupts and everything but a general protection fault. */
__attribute__((noreturn)) always_inline void other(struct vcpu_frame *f, bool vme)
{
	struct machine_hot *hot = hot_of(f);

	if (f->vector == X86_PAGE)
		__asm__ volatile("mov %%cr2, %0" : "=r"(v86_fault_address));
	if (f->vector < V86_VECTOR_IRQ)
		leave(hot, V86_SLOW);
	enter_c();
	hot->exits[EXIT_HOST]++;
	cpu_host_interrupt(f->vector);
	if (hot->pending & PENDING_ALARM) {
		machine_alarms(hot);
		if (!vme && hot->pending == PENDING_INTR)    /* with VME: shadows are guessed by run() */
			take_interrupt(hot);
	}
	if (task_switch_wanted)
		other_tasks(hot);
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
