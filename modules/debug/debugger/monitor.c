/* The monitor's own objects: tasks and their stacks, descriptor tables, task state segments,
 * page tables, memory, interrupts, modules.
 *
 * What others walk through with a callback is first copied as text: printing waits for the
 * terminal, and meanwhile a task or module may go. */
#include "debugger.h"

#include <base/mem.h>
#include <kern/cpu.h>
#include <kern/irq.h>
#include <kern/log.h>
#include <kern/task.h>

enum {
	TRACE_DEPTH = 24, NAME_MAX = 64, PAGE_ENTRIES = 1024, ENTRY_LARGE = 0x80, ENTRY_PRESENT = 1, RIGHTS_MASK = 0x87,
	REPORT_SIZE = 8192, TABLE_REGISTER_SIZE = 6, SAVED_EBP = 3, SAVED_WORDS = 5, LARGE_OFFSET = 0x3FFFFF,
	/* Task state segment (80386 manual, "Task State Segment"): offsets in words. */
	TSS_LINK = 0, TSS_ESP0 = 1, TSS_CR3 = 7, TSS_EIP = 8, TSS_EFLAGS = 9, TSS_ESP = 14, TSS_WORDS = 26,
	TSS_IO_MAP = 25,
};

/* --- reports -------------------------------------------------------------------------------------- */

struct report {
	struct fmt_sink sink;
	size_t used;
	char text[REPORT_SIZE];
};

static void report_put(struct fmt_sink *sink, const char *text, size_t n)
{
	struct report *r = container_of(sink, struct report, sink);

	n = MIN(n, sizeof r->text - r->used);
	memcpy(r->text + r->used, text, n);
	r->used += n;
}

/* Runs `fill` and prints what it said. */
static int report(struct dbg *d, void (*fill)(struct fmt_sink *out))
{
	struct report *r;
	int error = dbg_end(d);

	if (error)
		return error;
	if (in_crash(d)) {             /* no memory can be had, and printing does not wait */
		fill(d->out);
		return E_OK;
	}
	r = mem_alloc(module_account(debugger()->self), sizeof *r);
	if (!r)
		return dbg_fail(d, E_NO_MEMORY, "out of memory; `memory` shows who has it");
	r->sink.put = report_put;
	fill(&r->sink);
	d->out->put(d->out, r->text, r->used);
	if (r->used == sizeof r->text)
		SAY(d, "... cut\n");
	mem_free(r);
	return E_OK;
}

/* --- tasks ------------------------------------------------------------------------------------------ */

/* What a task waits for, by its stack: the function that wants a lock, or of a module's the innermost. */
struct waiting {
	char where[NAME_MAX];
	bool lock;
};

static void look_at_stack(const struct task_info *info, struct waiting *w)
{
	struct place k = { NULL, false };
	char name[NAME_MAX];
	uint32_t link[2];
	struct value at = { .kind = VALUE_LINEAR, .number = 0 };

	w->lock = false;
	w->where[0] = 0;
	if (!info->saved)
		return;
	link[0] = ((const uint32_t *)info->saved)[SAVED_EBP];
	for (unsigned i = 0; i < TRACE_DEPTH && link[0] > at.number; i++) {
		at.number = link[0];
		if (place_peek(&k, &at, link, sizeof link) != 0xFF || !link[1])
			return;
		monitor_symbol_name(link[1], name, sizeof name);
		if (!strncmp(name, "task_trampoline+", strlen("task_trampoline+")))
			return;
		str_copy(w->where, name, sizeof w->where);
		w->lock |= !strncmp(w->where, "mutex_lock+", strlen("mutex_lock+"));
		if (strchr(w->where, '.'))
			return;
	}
}

static void put_task(void *ctx, const struct task_info *info)
{
	struct waiting w;

	fmt_sink(ctx, "%-16s %-8s priority %2u share %4u  %8u ms  stack %04x of %04x at %08x", info->name, info->state,
		 info->priority, info->share, (unsigned)(info->runtime / NS_PER_MS), (unsigned)info->stack_used,
		 (unsigned)info->stack_size, (unsigned)info->stack);
	look_at_stack(info, &w);
	if (info->waits_on && w.lock) {
		const struct mutex *lock = container_of(info->waits_on, struct mutex, waiters);

		fmt_sink(ctx, " wants lock %08x of %s", (unsigned)(uintptr_t)lock,
			 lock->owner ? task_name(lock->owner) : "nobody");
	} else if (info->waits_on) {
		fmt_sink(ctx, " waits on %08x", (unsigned)(uintptr_t)info->waits_on);
	}
	fmt_sink(ctx, "%s%s\n", w.where[0] ? " in " : "", w.where);
}

static void never(struct timer *timer)
{
	(void)timer;
}

/* Timers are a ring, kept by deadline, that the kernel shows nobody; one of our own that never expires is
 * its last, with the ring's head behind it. */
static void put_timers(struct fmt_sink *out)
{
	struct timer mine;
	uint64_t now = time_now();
	uint32_t flags;

	timer_init(&mine, never);
	timer_set(&mine, UINT64_MAX);
	flags = lock_irq();
	for (struct list *it = mine.link.next->next; it != &mine.link; it = it->next) {
		const struct timer *timer = list_item(it, struct timer, link);
		char where[NAME_MAX];

		monitor_symbol_name((uintptr_t)timer->expire, where, sizeof where);
		fmt_sink(out, "timer %08x  in %8u us  %s\n", (unsigned)(uintptr_t)timer,
			 timer->deadline > now ? (unsigned)((timer->deadline - now) / NS_PER_US) : 0, where);
	}
	unlock_irq(flags);
	timer_cancel(&mine);
}

static void fill_tasks(struct fmt_sink *out)
{
	task_each(put_task, out);
}

static void fill_tasks_and_timers(struct fmt_sink *out)
{
	fill_tasks(out);
	put_timers(out);
}

/* From the crash console without timers: their ring may be half linked. */
int monitor_tasks(struct dbg *d)
{
	return report(d, in_crash(d) ? fill_tasks : fill_tasks_and_timers);
}

/* Where a task is: of another one as task_switch() saved it, of our own as it is here. */
struct task_place {
	const char *name;
	bool found;
	uint32_t edi, esi, ebx, ebp, eip, esp;
};

static void task_search(void *ctx, const struct task_info *info)
{
	struct task_place *t = ctx;
	const uint32_t *saved = (const uint32_t *)info->saved;

	if (t->found || strcmp(info->name, t->name) || !saved)
		return;
	t->found = true;
	t->edi = saved[0];
	t->esi = saved[1];
	t->ebx = saved[2];
	t->ebp = saved[3];
	t->eip = saved[4];
	t->esp = (uint32_t)(saved + SAVED_WORDS);
}

/* Our own task is shown as it is in the caller, whose frame lasts. */
static __attribute__((noinline)) int task_named(struct dbg *d, struct task_place *t, char *name)
{
	int error;

	*t = (struct task_place){ .name = name };
	if (!expr_more(&d->args) && self_cpu(false)) {
		const struct vcpu_frame *f = &self_cpu(false)->frame;

		str_copy(name, task_name(task_current()), MACHINE_NAME_MAX);
		t->ebp = f->ebp;
		t->eip = f->eip;
		t->esp = f->esp;
		return E_OK;
	}
	if (!expr_more(&d->args)) {
		str_copy(name, task_name(task_current()), MACHINE_NAME_MAX);
		t->ebp = *(uint32_t *)__builtin_frame_address(0);
		t->eip = (uint32_t)__builtin_return_address(0);
		t->esp = (uint32_t)__builtin_frame_address(0) + 2 * sizeof(uint32_t);
		return E_OK;
	}
	if (!expr_name(&d->args, name, MACHINE_NAME_MAX, "-"))
		return dbg_fail(d, E_INVALID, "`%.20s`: no task; task lists them", d->args.at);
	error = dbg_end(d);
	if (error)
		return error;
	task_each(task_search, t);
	return t->found ? E_OK : dbg_fail(d, E_NOT_FOUND, "%s: no such task that waits; task lists them", name);
}

int monitor_registers(struct dbg *d)
{
	char name[MACHINE_NAME_MAX], where[NAME_MAX];
	struct task_place t;
	uint32_t cr0 = 0, cr2 = 0, cr3 = 0;
	int error = task_named(d, &t, name);

	if (error)
		return error;
	__asm__ volatile("mov %%cr0, %0; mov %%cr2, %1; mov %%cr3, %2" : "=r"(cr0), "=r"(cr2), "=r"(cr3));
	monitor_symbol_name(t.eip, where, sizeof where);
	SAY(d, "task %s: ebx=%08x esi=%08x edi=%08x ebp=%08x esp=%08x\n", name, (unsigned)t.ebx, (unsigned)t.esi,
	    (unsigned)t.edi, (unsigned)t.ebp, (unsigned)t.esp);
	SAY(d, "eip=%08x %s\n", (unsigned)t.eip, where);
	SAY(d, "cr0=%08x cr2=%08x cr3=%08x\n", (unsigned)cr0, (unsigned)cr2, (unsigned)cr3);
	return E_OK;
}

/* Where a function has only begun, EBP does not lead to its caller yet. */
static void show_caller(struct dbg *d, struct task_place *t)
{
	struct value at = { .kind = VALUE_LINEAR, .number = self_return_at(d) };
	char where[NAME_MAX];
	uint32_t caller;

	if (at.number == t->ebp + sizeof caller || place_peek(&d->place, &at, &caller, sizeof caller) != 0xF)
		return;
	monitor_symbol_name(t->eip, where, sizeof where);
	SAY(d, "%08x  %08x  %s\n", (unsigned)t->ebp, (unsigned)t->eip, where);
	t->eip = caller;
}

int monitor_stack(struct dbg *d)
{
	char name[MACHINE_NAME_MAX], where[NAME_MAX];
	struct task_place t;
	int error = task_named(d, &t, name);
	uint32_t link[2];

	if (error)
		return error;
	SAY(d, "task %s\n", name);
	if (self_cpu(false) && t.esp == self_cpu(false)->frame.esp)
		show_caller(d, &t);
	link[0] = t.ebp;
	link[1] = t.eip;
	for (unsigned i = 0; i < TRACE_DEPTH && link[1]; i++) {
		struct value at = { .kind = VALUE_LINEAR, .number = link[0] };

		monitor_symbol_name(link[1], where, sizeof where);
		SAY(d, "%08x  %08x  %s\n", (unsigned)link[0], (unsigned)link[1], where);
		if (place_peek(&d->place, &at, link, sizeof link) != 0xFF || link[0] <= at.number)
			break;
	}
	return E_OK;
}

/* --- descriptor tables, task state segments ------------------------------------------------------------ */

struct table_register {
	uint16_t limit;
	uint32_t base;
} __attribute__((packed));
_Static_assert(sizeof(struct table_register) == TABLE_REGISTER_SIZE, "operand of SGDT and SIDT");

static struct table_register table_of(bool interrupts)
{
	struct table_register table = { 0 };

	if (interrupts)
		__asm__ volatile("sidt %0" : "=m"(table));
	else
		__asm__ volatile("sgdt %0" : "=m"(table));
	return table;
}

/* The processor's registers for the system, as they are while the monitor runs. CR4 is shown where there is one. */
int monitor_segments(struct dbg *d)
{
	struct table_register gdt = table_of(false), idt = table_of(true);
	uint32_t cr[4] = { 0 }, dr[8] = { 0 }, flags;
	uint16_t ldt, tr, seg[X86_SEGS];
	int error = dbg_end(d);

	if (error)
		return error;
	__asm__ volatile("mov %%cr0, %0; mov %%cr2, %1; mov %%cr3, %2" : "=r"(cr[0]), "=r"(cr[1]), "=r"(cr[2]));
	if (cpu_features()->vme)
		__asm__ volatile("mov %%cr4, %0" : "=r"(cr[3]));
	__asm__ volatile("mov %%dr0, %0; mov %%dr1, %1; mov %%dr2, %2" : "=r"(dr[0]), "=r"(dr[1]), "=r"(dr[2]));
	__asm__ volatile("mov %%dr3, %0; mov %%dr6, %1; mov %%dr7, %2" : "=r"(dr[3]), "=r"(dr[6]), "=r"(dr[7]));
	__asm__ volatile("mov %%es, %0; mov %%cs, %1; mov %%ss, %2" : "=r"(seg[0]), "=r"(seg[1]), "=r"(seg[2]));
	__asm__ volatile("mov %%ds, %0; mov %%fs, %1; mov %%gs, %2" : "=r"(seg[3]), "=r"(seg[4]), "=r"(seg[5]));
	__asm__ volatile("sldt %0; str %1; pushfl; popl %2" : "=r"(ldt), "=r"(tr), "=r"(flags));
	SAY(d, "es=%04x cs=%04x ss=%04x ds=%04x fs=%04x gs=%04x\n", seg[0], seg[1], seg[2], seg[3], seg[4], seg[5]);
	SAY(d, "gdtr base=%08x limit=%04x  idtr base=%08x limit=%04x  ldtr=%04x tr=%04x\n", (unsigned)gdt.base, gdt.limit,
	    (unsigned)idt.base, idt.limit, ldt, tr);
	SAY(d, "cr0=%08x cr2=%08x cr3=%08x cr4=%08x\n", (unsigned)cr[0], (unsigned)cr[1], (unsigned)cr[2], (unsigned)cr[3]);
	SAY(d, "dr0=%08x dr1=%08x dr2=%08x dr3=%08x dr6=%08x dr7=%08x\n", (unsigned)dr[0], (unsigned)dr[1],
	    (unsigned)dr[2], (unsigned)dr[3], (unsigned)dr[6], (unsigned)dr[7]);
	SAY(d, "eflags=%08x\n", (unsigned)flags);
	return E_OK;
}

int monitor_ldt(struct dbg *d)
{
	uint16_t selector;

	__asm__ volatile("sldt %0" : "=r"(selector));
	SAY(d, "ldtr=%04x%s\n", selector, selector ? "" : ": the monitor uses none");
	return E_OK;
}

int monitor_table(struct dbg *d, bool interrupts)
{
	struct table_register table = table_of(interrupts);

	SAY(d, "%s base=%08x limit=%04x\n", interrupts ? "idtr" : "gdtr", (unsigned)table.base, table.limit);
	return show_descriptors(d, table.base, table.limit, interrupts);
}

void show_tss(struct dbg *d, unsigned selector, uint32_t base, bool current)
{
	struct value at = { .kind = VALUE_LINEAR, .number = base };
	uint32_t tss[TSS_WORDS];
	char where[NAME_MAX];

	for (unsigned i = 0; i < TSS_WORDS; i++, value_advance(&at, sizeof *tss))
		(void)place_peek(&d->place, &at, &tss[i], sizeof *tss);
	at = (struct value){ .kind = VALUE_LINEAR, .number = tss[TSS_EIP] };
	if (!symbol_at(d, &at, where, sizeof where))
		where[0] = 0;
	SAY(d, "%04x at %08x%s: link=%04x esp0=%08x cr3=%08x io map at %04x\n", selector, (unsigned)base,
	    current ? " (loaded)" : "", (unsigned)tss[TSS_LINK] & 0xFFFF, (unsigned)tss[TSS_ESP0],
	    (unsigned)tss[TSS_CR3], (unsigned)tss[TSS_IO_MAP] >> 16);
	if (tss[TSS_EIP])
		SAY(d, "     eip=%08x %s efl=%08x esp=%08x\n", (unsigned)tss[TSS_EIP], where, (unsigned)tss[TSS_EFLAGS],
		    (unsigned)tss[TSS_ESP]);
}

int monitor_tss(struct dbg *d)
{
	struct table_register gdt = table_of(false);
	uint16_t current;

	__asm__ volatile("str %0" : "=r"(current));
	for (uint32_t selector = 0; selector + 7 <= gdt.limit; selector += 8) {
		struct value at = { .kind = VALUE_LINEAR, .number = gdt.base + selector };
		uint32_t entry[2];

		if (place_peek(&d->place, &at, entry, sizeof entry) == 0xFF && descriptor_is_tss(entry[1]))
			show_tss(d, selector, descriptor_base(entry[0], entry[1]), selector == current);
	}
	return E_OK;
}

/* --- page tables ------------------------------------------------------------------------------------------ */

/* The entry for a linear address, of the directory or table at physical `table`. */
static uint32_t page_entry(struct dbg *d, uint32_t table, unsigned index)
{
	struct value at = { .kind = VALUE_PHYSICAL, .number = (table & ~(uint32_t)PAGE_MASK) + index * 4 };
	uint32_t entry = 0;

	(void)place_peek(&d->place, &at, &entry, sizeof entry);
	return entry;
}

void show_walk(struct dbg *d, uint32_t directory, uint32_t linear)
{
	uint32_t pde = page_entry(d, directory, linear >> 22), pte;
	char rights[TEXT_LINE_MAX];

	text_page_rights(rights, sizeof rights, pde);
	SAY(d, "directory %03x: %08x %s\n", (unsigned)(linear >> 22), (unsigned)pde, rights);
	if (!(pde & ENTRY_PRESENT))
		return;
	if (pde & ENTRY_LARGE) {
		SAY(d, "%%%08x = !%08x\n", (unsigned)linear,
		    (unsigned)((pde & ~(uint32_t)LARGE_OFFSET) | (linear & LARGE_OFFSET)));
		return;
	}
	pte = page_entry(d, pde, linear >> 12 & (PAGE_ENTRIES - 1));
	text_page_rights(rights, sizeof rights, pte);
	SAY(d, "table     %03x: %08x %s\n", (unsigned)(linear >> 12 & (PAGE_ENTRIES - 1)), (unsigned)pte, rights);
	if (pte & ENTRY_PRESENT)
		SAY(d, "%%%08x = !%08x\n", (unsigned)linear,
		    (unsigned)((pte & ~(uint32_t)PAGE_MASK) | (linear & PAGE_MASK)));
}

/* Neighbours of the same kind on one line. */
void show_directory(struct dbg *d, uint32_t directory)
{
	unsigned from = 0;

	SAY(d, "cr3=%08x\n", (unsigned)directory);
	for (unsigned i = 1; i <= PAGE_ENTRIES; i++) {
		uint32_t first = page_entry(d, directory, from);
		char rights[TEXT_LINE_MAX];

		if (i < PAGE_ENTRIES && (page_entry(d, directory, i) & RIGHTS_MASK) == (first & RIGHTS_MASK))
			continue;
		text_page_rights(rights, sizeof rights, first & RIGHTS_MASK);
		if (first & ENTRY_PRESENT)
			SAY(d, "%08x-%08x  %s\n", (unsigned)from << 22, ((unsigned)i << 22) - 1, rights);
		from = i;
	}
}

int monitor_pages(struct dbg *d)
{
	uint32_t directory, linear;

	__asm__ volatile("mov %%cr3, %0" : "=r"(directory));
	if (!expr_more(&d->args)) {
		show_directory(d, directory);
		return E_OK;
	}
	if (!expr_number(&d->args, ~0u, &linear))
		return dbg_bad(d);
	if (dbg_end(d))
		return E_INVALID;
	show_walk(d, directory, linear);
	return E_OK;
}

/* Where a linear address leads through the tables in use. False: nowhere. */
static bool walk(struct dbg *d, uint32_t linear, uint32_t *physical)
{
	uint32_t directory, pde, pte;

	__asm__ volatile("mov %%cr3, %0" : "=r"(directory));
	pde = page_entry(d, directory, linear >> 22);
	if (!(pde & ENTRY_PRESENT))
		return false;
	*physical = (pde & ~(uint32_t)LARGE_OFFSET) | (linear & LARGE_OFFSET);
	if (pde & ENTRY_LARGE)
		return true;
	pte = page_entry(d, pde, linear >> 12 & (PAGE_ENTRIES - 1));
	*physical = (pte & ~(uint32_t)PAGE_MASK) | (linear & PAGE_MASK);
	return pte & ENTRY_PRESENT;
}

void monitor_address(struct dbg *d, const struct value *at)
{
	char name[NAME_MAX];
	uint32_t physical;

	if (at->kind == VALUE_PHYSICAL && at->number < DIRECT_MAP_SIZE)
		SAY(d, " = %%%08x\n", (unsigned)(uintptr_t)paddr_to_virt(at->number));
	else if (at->kind == VALUE_PHYSICAL)
		SAY(d, "  not in the monitor's direct map\n");
	else if (walk(d, at->number, &physical))
		SAY(d, " = !%08x%s%s\n", (unsigned)physical, symbol_at(d, at, name, sizeof name) ? "  " : "",
		    symbol_at(d, at, name, sizeof name) ? name : "");
	else
		SAY(d, "  not mapped\n");
}

/* --- memory, interrupts, modules ------------------------------------------------------------------------------ */

static void put_account(void *ctx, const char *name, size_t frames, size_t heap_bytes)
{
	fmt_sink(ctx, "%-16s %6u frames  %8u bytes of heap\n", name, (unsigned)frames, (unsigned)heap_bytes);
}

static void fill_memory(struct fmt_sink *out)
{
	fmt_sink(out, "%u of %u frames of 4 KB free\n", (unsigned)frames_free(), (unsigned)frames_total());
	account_each(put_account, out);
}

int monitor_memory(struct dbg *d)
{
	return report(d, fill_memory);
}

static void put_irq(void *ctx, const struct irq_view *view)
{
	fmt_sink(ctx, "irq %x  %8u  %s\n", view->line, (unsigned)view->count, view->name);
}

static void fill_interrupts(struct fmt_sink *out)
{
	irq_each(put_irq, out);
}

int monitor_interrupts(struct dbg *d)
{
	return report(d, fill_interrupts);
}

static void put_module(void *ctx, const struct module_view *view)
{
	fmt_sink(ctx, "%-12s %08x-%08x  users %u%s  %s\n", view->name, (unsigned)view->base,
		 (unsigned)(view->base + view->size - 1), view->users, view->preloaded ? ", preloaded" : "",
		 view->summary);
}

static void put_offer(void *ctx, const char *role, const char *name, uint16_t version, const char *provider,
		      unsigned users)
{
	if (strcmp(role, COMMAND_ROLE))
		fmt_sink(ctx, "%-10s %-10s version %u of %-10s users %u\n", role, name, version, provider, users);
}

static void fill_modules(struct fmt_sink *out)
{
	module_each(put_module, out);
	fmt_sink(out, "contracts (commands left out):\n");
	offer_each(put_offer, out);
}

int run_mod(struct dbg *d)
{
	return report(d, fill_modules);
}
