/* A machine's task and the states it goes through.
 *
 * The task alternates between what is pending (events, alarms, a wish that it stand, a reset)
 * and the engine. Commands change `want` and wait until the task has followed. While
 * `standing`, the task touches nothing and others may. */
#include <base/mem.h>
#include <kern/cpu.h>
#include <kern/log.h>
#include "machine.h"

enum { REAL_MODE_LIMIT = 0xFFFF, REAL_MODE_RIGHTS = 0x0093, RESET_SELECTOR = 0xF000, RESET_IP = 0xFFF0,
       IVT_LIMIT = 0x3FF, SHUTDOWNS_IN_A_ROW = 1000 };

/* The processor's state after RESET. DIFFERS: CS's base is F0000h at once (a 386 starts with
 * FFFF0000h until the first far jump; the ROM is the same in both places), DX is 0303h. */
static void cpu_reset(struct machine *m)
{
	struct vcpu *cpu = &m->hot.cpu;
	struct vcpu_x87 x87 = cpu->x87;
	uint8_t nmi = cpu->nmi & VCPU_NMI_PIN;

	memset(cpu, 0, sizeof *cpu);
	pending_clear(m, PENDING_NMI);
	cpu->nmi = nmi;
	cpu->x87 = x87;
	cpu->frame.eflags = X86_FLAG_ONE;
	cpu->frame.cs = RESET_SELECTOR;
	cpu->frame.eip = RESET_IP;
	cpu->frame.edx = 0x0303;
	for (unsigned i = 0; i < X86_SEGS; i++)
		cpu->seg[i] = (struct vcpu_seg){
			.base = *vcpu_selector(cpu, i) << 4, .limit = REAL_MODE_LIMIT, .rights = REAL_MODE_RIGHTS };
	cpu->idtr.limit = IVT_LIMIT;
	cpu->cr0 = X86_CR0_ET;
	cpu->dr[6] = 0xFFFF0FF0;
	cpu->dr[7] = 0x400;
}

void machine_reset_devices(struct machine *m)
{
	pending_clear(m, PENDING_RESET | PENDING_IDLE);
	m->rest_until = 0;
	for (unsigned i = 0; i < m->device_count; i++)
		if (m->devices[i].ops->reset)
			m->devices[i].ops->reset(m->devices[i].device);
	cpu_reset(m);
	m->powered_on = machine_now(m);
	m->shutdowns = m->shutdowns_in_a_row = 0;
}

void machine_request_reset(struct machine *m)
{
	pending_set(m, PENDING_RESET);
}

/* A PC's board answers the processor's shutdown with its reset, and the BIOS looks at CMOS byte 0Fh for
 * what to do then: for a 286 that is a way back from protected mode (IBM PC AT Technical Reference, "ROM
 * BIOS Listing, TEST1.ASM"). One after the other, with not a single interrupt taken between them, they
 * are no way to anywhere. */
void machine_shutdown(struct machine *m, unsigned vector)
{
	uint32_t interrupts = m->hot.exits[EXIT_INTERRUPT];

	m->shutdowns++;
	m->shutdowns_in_a_row = interrupts == m->shutdown_interrupts ? m->shutdowns_in_a_row + 1 : 1;
	m->shutdown_interrupts = interrupts;
	if (m->shutdowns_in_a_row > SHUTDOWNS_IN_A_ROW) {
		machine_stop(m, "shuts down again and again: exception %02xh and a double fault out of reach", vector);
		return;
	}
	if (!(m->shutdowns & (m->shutdowns - 1)))
		log_line("%s: shutdown %u at %04x:%04x, exception %02xh cannot be delivered: processor reset",
			 m->name, m->shutdowns, (unsigned)m->hot.cpu.frame.cs & 0xFFFF,
			 (unsigned)m->hot.cpu.frame.eip, vector);
	machine_request_reset(m);
}

void machine_stop(struct machine *m, const char *format, ...)
{
	va_list args;

	if (m->state == MACHINE_STOPPED)
		return;
	va_start(args, format);
	fmt_vbuf(m->reason, sizeof m->reason, format, args);
	va_end(args);
	m->state = MACHINE_STOPPED;
	log_line("%s: stopped at %04x:%04x: %s", m->name, (unsigned)m->hot.cpu.frame.cs & 0xFFFF,
		 (unsigned)m->hot.cpu.frame.eip, m->reason);
	machine_exit(m, &(struct exit){ .kind = EXIT_STOP, .cs = (uint16_t)m->hot.cpu.frame.cs,
					.ip = m->hot.cpu.frame.eip });
	pending_set(m, PENDING_STAND);
}

void machine_hypercall(struct machine *m, uint8_t function)
{
	if (m->hypercall)
		m->hypercall(m->hypercall_ctx, function);
}

void machine_set_hypercall(struct machine *m, void (*call)(void *ctx, uint8_t function), void *ctx)
{
	m->hypercall = call;
	m->hypercall_ctx = ctx;
}

bool machine_before(struct machine *m)
{
	if (!m->hot.watch->before(m->hot.watch, m))
		return false;
	m->want = WANT_STAND;
	pending_set(m, PENDING_STAND);
	return true;
}

void machine_watch(struct machine *m, struct machine_watch *w)
{
	m->hot.watch = w;
	pending_set(m, PENDING_WORK);   /* leave the fast path */
}

/* --- the task ------------------------------------------------------------------------------- */

static void tell_watch(struct machine *m, bool stands)
{
	if (m->hot.watch)
		m->hot.watch->stands(m->hot.watch, stands);
}

static void stand(struct machine *m)
{
	uint32_t flags;

	tell_watch(m, true);
	flags = lock_irq();
	machine_clock_stop(m);
	while (m->want != WANT_END && (m->want == WANT_STAND || m->state == MACHINE_STOPPED)) {
		if (m->state == MACHINE_RUNNING)
			m->state = MACHINE_PAUSED;
		m->standing = true;
		wake_all(&m->stood);
		(void)!wait_firm(&m->work, WAIT_FOREVER);
	}
	m->standing = false;
	pending_clear(m, PENDING_STAND);
	if (m->want == WANT_RUN)
		m->state = MACHINE_RUNNING;
	unlock_irq(flags);
	tell_watch(m, false);
	machine_clock_start(m);
}

static bool should_stand(const struct machine *m)
{
	return m->want != WANT_RUN || m->state == MACHINE_STOPPED;
}

static bool interrupt_deliverable(const struct machine *m)
{
	return machine_nmi_deliverable(&m->hot) ||
	       ((m->hot.pending & PENDING_INTR) && (m->hot.cpu.frame.eflags & X86_IF));
}

/* HLT, an idle guest, or one that is held back: sleep until there is something to do. */
static void rest(struct machine *m)
{
	uint64_t now = machine_now(m), until = timers_next(m), timeout = WAIT_FOREVER;
	bool held = m->rest_until > now;
	uint32_t flags = lock_irq();

	if (held)
		until = MIN(until, m->rest_until);
	else if (!m->hot.cpu.halted)
		until = MIN(until, m->idle_until);
	if (until != CLOCK_NEVER)
		timeout = until > now ? until - now : 0;
	if (timeout && !(m->hot.pending & ~(uint32_t)(PENDING_IDLE | PENDING_INTR | PENDING_NMI)) &&
	    (held || !interrupt_deliverable(m)))
		(void)!wait_on(&m->work, timeout);
	pending_clear(m, PENDING_IDLE);
	unlock_irq(flags);
}

static void attend(struct machine *m)
{
	pending_clear(m, PENDING_WORK | PENDING_ALARM);
	events_apply(m);
	timers_apply(m);
	machine_fold_counters(m);
	if (m->hot.pending & PENDING_RESET) {
		/* The processor's pin alone: the board's reset line is another one, and a 286's way
		 * back from protected mode lives by the difference. */
		pending_clear(m, PENDING_RESET | PENDING_IDLE);
		cpu_reset(m);
	}
}

void machine_main(void *machine)
{
	struct machine *m = machine;

	machine_clock_start(m);
	while (m->want != WANT_END) {
		if (should_stand(m)) {
			stand(m);
			continue;
		}
		attend(m);
		if (m->rest_until && m->rest_until <= machine_now(m)) {
			m->rest_until = 0;
			pending_clear(m, PENDING_IDLE);
		}
		if ((m->hot.pending & PENDING_IDLE) || m->rest_until) {
			rest(m);
			continue;
		}
		if (m->hot.cpu.halted && !interrupt_deliverable(m)) {
			rest(m);
			continue;
		}
		m->hot.cpu.halted = false;
		m->engine_ops->run(m->engine);
	}
	machine_clock_stop(m);
	m->standing = true;
	wake_all(&m->stood);
}

/* --- commands ------------------------------------------------------------------------------------ */

static void want(struct machine *m, int what)
{
	uint32_t flags = lock_irq();

	if (m->want != WANT_END)
		m->want = what;
	pending_set(m, PENDING_STAND);
	wake_all(&m->work);
	unlock_irq(flags);
}

int machine_wait_standing(struct machine *m, uint64_t timeout_ns)
{
	uint64_t deadline = timeout_ns == WAIT_FOREVER ? 0 : time_now() + timeout_ns;
	uint32_t flags = lock_irq();
	int err = E_OK;

	m->holds++;
	while (m->task && !m->standing && !err) {
		uint64_t now = time_now();

		err = wait_on(&m->stood, !deadline ? WAIT_FOREVER : deadline > now ? deadline - now : 0);
	}
	unlock_irq(flags);
	if (m->standing || !m->task)
		err = E_OK;
	machine_release(m);
	return err;
}

int machine_pause(struct machine *m)
{
	if (m->state == MACHINE_NEW)
		return E_INVALID;
	want(m, WANT_STAND);
	return machine_wait_standing(m, WAIT_FOREVER);
}

int machine_resume(struct machine *m)
{
	if (m->state != MACHINE_PAUSED)
		return m->state == MACHINE_RUNNING ? E_OK : E_INVALID;
	/* From now on it is its task's, although that has still to wake up: who waits for it to
	 * stand waits for the next time. */
	m->state = MACHINE_RUNNING;
	m->standing = false;
	want(m, WANT_RUN);
	return E_OK;
}

int machine_reset(struct machine *m)
{
	bool ran = m->state == MACHINE_RUNNING;
	int err;

	if (m->state == MACHINE_NEW)
		return E_INVALID;
	err = machine_pause(m);
	if (!err && machine_ending(m))
		err = E_NOT_FOUND;
	if (err)
		return err;
	fpu_drop(&m->hot.cpu.x87);
	fpu_init(&m->hot.cpu.x87);
	machine_reset_devices(m);
	m->reason[0] = 0;
	if (m->state == MACHINE_STOPPED) {
		m->state = MACHINE_PAUSED;
		ran = true;
	}
	return ran ? machine_resume(m) : E_OK;
}
