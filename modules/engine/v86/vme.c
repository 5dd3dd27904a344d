/* Virtual-8086 mode extensions (VME): are they there, and do they what they should?
 *
 * With CR4.VME the processor does by itself what otherwise traps: CLI, STI, PUSHF and POPF work on
 * VIF, which is the guest's IF; INT n goes through the guest's vector table where the redirection
 * map in the TSS has a zero; IRET loads VIF. With VIP set, whatever would set VIF traps: that is
 * how an interrupt that waits gets in. POPF and IRET trap too when they would set TF, and so do the
 * 32-bit forms of all.
 *
 * Some processors have it wrong (an INT n that goes astray, in the first AMD Zen ones), and who
 * trusts such a processor has guests that crash now and then. So each rule that the engine depends on
 * is tried here before a guest runs: a page of 16-bit code, interrupts off, each piece of it up to
 * the trap that it must end in.
 *
 * Read: Intel Pentium Processor Family Developer's Manual, volume 3, "Virtual Mode Extensions" and the
 * descriptions of CLI, STI, PUSHF, POPF, INT n, IRET; Intel 64 and IA-32 Architectures Software
 * Developer's Manual, volume 3, "Interrupt and Exception Handling in Virtual-8086 Mode". */
#include <base/mem.h>
#include <kern/cpu.h>
#include <kern/lock.h>
#include "v86.h"

enum { TEST_CODE = 0x400, TEST_VECTOR = 0x60, TEST_STACK = 0x1000, RUBBISH = 0xFACE };

struct test_case {
	uint32_t start, trap, sp;       /* begins at; general protection fault at, with SP */
	uint32_t before, after;         /* EFLAGS */
	const char *name;
};

extern const uint8_t v86_test_guest[], v86_test_guest_end[];
extern const uint32_t v86_test_handler, v86_test_return;
extern const struct test_case v86_test_cases[];
extern void v86_test_trap(void);

/* As the beginning of struct machine_hot: what v86_enter() needs. */
struct test {
	uint32_t stack;
	struct vcpu_frame frame;
	uint16_t *page;                 /* the guest's only one, at linear address 0 */
};

static void prepare(struct test *t)
{
	uint16_t *vector = t->page + TEST_VECTOR * 2;

	memset(t->page, 0, PAGE_SIZE);
	memcpy((uint8_t *)t->page + TEST_CODE, v86_test_guest, (size_t)(v86_test_guest_end - v86_test_guest));
	vector[0] = (uint16_t)v86_test_handler;
	for (unsigned at = TEST_STACK / 2 - 16; at < TEST_STACK / 2; at++)
		t->page[at] = RUBBISH;
}

/* What the first test leaves on its stack, from the top down. IOPL shows as 3. */
static bool flags_stack_right(const struct test *t)
{
	const uint16_t shown = X86_IOPL | X86_FLAG_ONE;
	const uint16_t want[] = {
		shown,                                          /* after CLI */
		shown | X86_IF,                                 /* after STI */
		shown | X86_CF,                                 /* after POPF */
		shown | X86_IF | X86_DF,
		shown | X86_IF | X86_DF, 0, (uint16_t)v86_test_return, /* by INT n */
		shown | X86_DF,                                 /* in its handler */
		RUBBISH,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(want); i++)
		if (t->page[TEST_STACK / 2 - 1 - i] != want[i])
			return false;
	return true;
}

static bool passes(struct test *t, const struct test_case *c)
{
	struct vcpu_frame *f = &t->frame;

	prepare(t);
	*f = (struct vcpu_frame){ .eip = c->start, .eflags = c->before, .esp = TEST_STACK };
	(void)v86_enter((struct machine_hot *)t);
	return f->vector == X86_GP && f->eip == c->trap && f->esp == c->sp && (f->eflags & ~(uint32_t)X86_RF) == c->after &&
	       !(f->cs & 0xFFFF) && (c != v86_test_cases || flags_stack_right(t));
}

static const char *what_fails(struct test *t)
{
	for (const struct test_case *c = v86_test_cases; c->start; c++)
		if (!passes(t, c))
			return c->name;
	return NULL;
}

int v86_vme_test(struct account *account, const char **wrong)
{
	struct aspace *as = aspace_new(account);
	struct test t = { .page = page_alloc(account, 1) };
	int err = E_NO_MEMORY;
	uint32_t flags;

	if (!as || !t.page)
		goto out;
	err = aspace_map(as, 0, virt_to_paddr(t.page), ASPACE_WRITE);
	if (err)
		goto out;
	flags = lock_irq();
	aspace_use(as);
	cpu_set_trap_stack(&t.frame + 1);
	cpu_set_guest_trap(v86_test_trap, v86_test_trap, NULL);
	cpu_use_vme(true);
	*wrong = what_fails(&t);
	if (*wrong)
		cpu_use_vme(false);
	cpu_set_guest_trap(NULL, NULL, NULL);
	cpu_set_trap_stack(NULL);
	aspace_use(NULL);
	unlock_irq(flags);
out:
	if (t.page)
		page_free(t.page, 1);
	if (as)
		aspace_free(as);
	return err;
}
