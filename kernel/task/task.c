/* The scheduler: always the ready task of highest priority; among machines the one that has
 * had least of the processor, weighted by its share; equal others take turns.
 *
 * Kernel and module code is not pre-empted (see <kern/task.h>): a wish to switch is only
 * noted, and honoured at the next checkpoint, wait, or return to a guest. All queue handling
 * is done with interrupts off. */
#include <abi/progress.h>
#include <base/mem.h>
#include <kern/cpu.h>
#include <kern/irq.h>
#include <kern/log.h>
#include "../cpu/cpu.h"
#include "../cpu/paging.h"
#include "../memory/memory.h"
#include "task.h"

enum {
	STACK_PAGES_DEFAULT = 2,
	STACK_FILL = 0xA5,
	SHARE_DEFAULT = 100,
	SLICE_NS = 8 * NS_PER_MS,
	/* A machine that slept is placed this far ahead of the others at most. */
	SLEEPER_CREDIT_NS = 4 * NS_PER_MS,
};

extern void task_switch(uint32_t *save_esp, uint32_t load_esp);
extern void task_trampoline(void);
extern uint32_t kernel_page_directory[];
extern uint8_t boot_stack[], boot_stack_top[];

volatile bool task_switch_wanted;

static struct task boot_task;
static struct task *current = &boot_task;
static struct list ready[PRIORITY_MAX + 1];
static uint32_t ready_mask;
static struct list all_tasks = LIST_INIT(all_tasks);
static uint64_t slice_end;
static uint64_t machine_time_floor;  /* virtual time of the machine that ran last */

static void wait_timed_out(struct timer *timer);

void tasks_init(void)
{
	for (unsigned i = 0; i <= PRIORITY_MAX; i++)
		list_init(&ready[i]);
	boot_task = (struct task){
		.name = "boot", .state = TASK_RUNNING, .priority = PRIORITY_SYSTEM,
		.share = SHARE_DEFAULT, .stack = boot_stack, .stack_pages = 1,
		.directory = kernel_page_directory, .trap_stack = boot_stack_top,
	};
	list_init(&boot_task.link);
	wait_init(&boot_task.ended);
	timer_init(&boot_task.timeout, wait_timed_out);
	list_add(&all_tasks, &boot_task.all);
}

struct task *task_current(void)
{
	return current;
}

const char *task_name(const struct task *task)
{
	return task->name;
}

uint32_t *task_current_directory(void)
{
	return current->directory;
}

void task_set_directory(uint32_t *directory)
{
	current->directory = directory;
}

void cpu_set_trap_stack(void *top)
{
	current->trap_stack = top;
	cpu_switched(top);
}

/* --- ready queues ------------------------------------------------------------------------ */

static bool before(const struct task *a, const struct task *b)
{
	return a->priority != PRIORITY_MACHINE ? false : (int64_t)(a->virtual_time - b->virtual_time) < 0;
}

/* Machines are kept sorted by virtual time; others in order of arrival. */
static void enqueue(struct task *task)
{
	struct list *at = ready[task->priority].next;

	while (at != &ready[task->priority] && !before(task, list_item(at, struct task, link)))
		at = at->next;
	list_add(at, &task->link);
	ready_mask |= 1u << task->priority;
}

static struct task *dequeue_best(void)
{
	unsigned priority = 31 - (unsigned)__builtin_clz(ready_mask);
	struct list *first = ready[priority].next;

	list_remove(first);
	if (list_empty(&ready[priority]))
		ready_mask &= ~(1u << priority);
	return list_item(first, struct task, link);
}

static bool better_waits(void)
{
	unsigned best;

	if (!ready_mask)
		return false;
	best = 31 - (unsigned)__builtin_clz(ready_mask);
	if (best != current->priority)
		return best > current->priority;
	return true;
}

void task_make_ready(struct task *task)
{
	uint64_t floor = machine_time_floor - SLEEPER_CREDIT_NS;

	if (task->priority == PRIORITY_MACHINE && (int64_t)(task->virtual_time - floor) < 0)
		task->virtual_time = floor;
	task->state = TASK_READY;
	task->waits_on = NULL;
	enqueue(task);
	if (task->priority > current->priority)
		task_switch_wanted = true;
}

/* --- switching ------------------------------------------------------------------------------ */

static void charge(uint64_t now)
{
	uint64_t ran = now - current->since;

	current->runtime += ran;
	current->since = now;
	if (current->priority == PRIORITY_MACHINE) {
		current->virtual_time += current->share == SHARE_DEFAULT
			? ran : ran * SHARE_DEFAULT / current->share;
		machine_time_floor = current->virtual_time;
	}
}

/* The current task is queued somewhere, or waiting; interrupts are off. */
static void switch_to_best(void)
{
	struct task *old = current, *new;
	uint64_t now = time_now();

	charge(now);
	new = dequeue_best();
	task_switch_wanted = false;
	new->state = TASK_RUNNING;
	new->since = now;
	slice_end = now + SLICE_NS;
	if (new == old)
		return;
	new->switches++;
	current = new;
	port_out8(PROGRESS_PORT, new->lamp);
	cpu_switched(new->trap_stack);
	fpu_switched();
	if (new->directory != old->directory)
		__asm__ volatile("mov %0, %%cr3" : : "r"((uint32_t)virt_to_paddr(new->directory)) : "memory");
	task_switch(&old->esp, new->esp);
}

void task_yield(void)
{
	uint32_t flags = lock_irq();

	if (ready_mask) {
		current->state = TASK_READY;
		charge(time_now());
		enqueue(current);
		switch_to_best();
	}
	unlock_irq(flags);
}

void task_checkpoint(void)
{
	if (task_switch_wanted) {
		task_switch_wanted = false;
		if (better_waits())
			task_yield();
	}
}

/* From the clock's interrupt. */
void task_tick(uint64_t now)
{
	if (now >= slice_end && ready_mask)
		task_switch_wanted = true;
}

/* --- life ------------------------------------------------------------------------------------ */

/* As task_switch() will pop it: EDI, ESI, EBX, EBP, return address. */
static uint32_t initial_stack(struct task *task)
{
	uint32_t *top = (uint32_t *)((char *)task->stack + (task->stack_pages << PAGE_SHIFT));

	*--top = 0;                            /* ends back traces */
	*--top = (uint32_t)task_trampoline;
	*--top = 0;
	*--top = (uint32_t)task->entry;
	*--top = (uint32_t)task->arg;
	*--top = 0;
	return (uint32_t)top;
}

struct task *task_new(struct account *account, const char *name, unsigned priority,
		      size_t stack_pages, void (*entry)(void *arg), void *arg)
{
	struct task *task = mem_alloc(account, sizeof *task);
	uint32_t flags;

	if (!task)
		return NULL;
	task->stack_pages = stack_pages ? stack_pages : STACK_PAGES_DEFAULT;
	task->stack = page_alloc(account, task->stack_pages);
	if (!task->stack) {
		mem_free(task);
		return NULL;
	}
	memset(task->stack, STACK_FILL, task->stack_pages << PAGE_SHIFT);
	str_copy(task->name, name, sizeof task->name);
	task->priority = (uint8_t)MIN(priority, (unsigned)PRIORITY_MAX);
	task->share = SHARE_DEFAULT;
	task->lamp = PROGRESS_KERNEL_RUNS;
	task->directory = kernel_page_directory;
	task->trap_stack = (char *)task->stack + (task->stack_pages << PAGE_SHIFT);
	task->entry = entry;
	task->arg = arg;
	task->esp = initial_stack(task);
	list_init(&task->link);
	wait_init(&task->ended);
	timer_init(&task->timeout, wait_timed_out);
	flags = lock_irq();
	list_add(&all_tasks, &task->all);
	task_make_ready(task);
	unlock_irq(flags);
	return task;
}

void task_exit(void)
{
	lock_irq();
	current->state = TASK_ENDED;
	wake_all(&current->ended);
	switch_to_best();
	__builtin_unreachable();
}

void task_join(struct task *task)
{
	uint32_t flags = lock_irq();

	while (task->state != TASK_ENDED)
		(void)!wait_firm(&task->ended, WAIT_FOREVER);
	list_remove(&task->all);
	unlock_irq(flags);
	page_free(task->stack, task->stack_pages);
	mem_free(task);
}

void task_interrupt(struct task *task)
{
	uint32_t flags = lock_irq();

	task->interrupted = true;
	if (task->state == TASK_WAITING && task->interruptible) {
		list_remove(&task->link);
		task_make_ready(task);
	}
	unlock_irq(flags);
}

bool task_interrupted(void)
{
	return current->interrupted;
}

void task_set_priority(struct task *task, unsigned priority)
{
	uint32_t flags = lock_irq();

	if (task->state == TASK_READY) {
		list_remove(&task->link);
		if (list_empty(&ready[task->priority]))
			ready_mask &= ~(1u << task->priority);
	}
	task->priority = (uint8_t)MIN(priority, (unsigned)PRIORITY_MAX);
	if (task->state == TASK_READY)
		task_make_ready(task);
	unlock_irq(flags);
}

void task_set_share(struct task *task, unsigned share)
{
	task->share = (uint16_t)MAX(1u, MIN(share, 1000u));
}

uint64_t task_runtime(const struct task *task)
{
	return task->runtime + (task == current ? time_now() - task->since : 0);
}

void task_set_lamp(struct task *task, uint8_t code)
{
	task->lamp = code;
}

void task_detach(struct task *task)
{
	task->detached = true;
}

/* By the idle task, interrupts off: at most one a time, there are few. */
static void clear_away_detached(void)
{
	list_for(it, &all_tasks) {
		struct task *task = list_item(it, struct task, all);

		if (task->detached && task->state == TASK_ENDED) {
			task_join(task);
			return;
		}
	}
}

void task_become_idle(void)
{
	lock_irq();
	current->lamp = PROGRESS_IDLE;
	str_copy(current->name, "idle", sizeof current->name);
	current->priority = PRIORITY_IDLE;
	for (;;) {
		if (ready_mask) {
			task_yield();
			continue;
		}
		clear_away_detached();
		__asm__ volatile("sti; hlt; cli");
	}
}

static const char *state_text(const struct task *task)
{
	static const char *const texts[] = {
		[TASK_READY] = "ready", [TASK_RUNNING] = "running",
		[TASK_WAITING] = "waiting", [TASK_ENDED] = "ended",
	};

	return task->state == TASK_WAITING && !task->waits_on ? "sleeping" : texts[task->state];
}

static size_t stack_used(const struct task *task)
{
	const uint8_t *stack = task->stack;
	size_t size = task->stack_pages << PAGE_SHIFT, unused = 0;

	while (unused < size && stack[unused] == STACK_FILL)
		unused++;
	return size - unused;
}

void task_each(void (*each)(void *ctx, const struct task_info *info), void *ctx)
{
	list_for(it, &all_tasks) {
		struct task *task = list_item(it, struct task, all);

		each(ctx, &(struct task_info){
			.name = task->name, .state = state_text(task), .priority = task->priority,
			.share = task->share, .runtime = task_runtime(task), .switches = task->switches,
			.waits_on = task->waits_on, .stack_size = task->stack_pages << PAGE_SHIFT,
			.stack_used = stack_used(task), .stack = (uintptr_t)task->stack,
			.saved = task == current ? 0 : task->esp,
		});
	}
}

/* --- waiting ------------------------------------------------------------------------------------ */

static void wait_timed_out(struct timer *timer)
{
	struct task *task = container_of(timer, struct task, timeout);

	if (task->state == TASK_WAITING) {
		task->timed_out = true;
		list_remove(&task->link);
		task_make_ready(task);
	}
}

void wait_init(struct wait_queue *queue)
{
	list_init(&queue->waiters);
}

/* `queue` NULL: only the time-out or an interruption ends it. */
static int wait(struct wait_queue *queue, uint64_t timeout_ns, bool interruptible)
{
	uint32_t flags;
	bool timed_out;

	if (interruptible && current->interrupted)
		return E_INTERRUPTED;
	flags = lock_irq();
	ASSERT(current->priority != PRIORITY_IDLE);
	current->state = TASK_WAITING;
	current->timed_out = false;
	current->waits_on = queue;
	current->interruptible = interruptible;
	if (queue)
		list_add(&queue->waiters, &current->link);
	if (timeout_ns != WAIT_FOREVER)
		timer_set(&current->timeout, time_now() + timeout_ns);
	switch_to_best();
	timed_out = current->timed_out;
	if (timeout_ns != WAIT_FOREVER)
		timer_cancel(&current->timeout);
	unlock_irq(flags);
	if (interruptible && current->interrupted)
		return E_INTERRUPTED;
	return timed_out ? E_TIMEOUT : E_OK;
}

int wait_on(struct wait_queue *queue, uint64_t timeout_ns)
{
	return wait(queue, timeout_ns, true);
}

int wait_firm(struct wait_queue *queue, uint64_t timeout_ns)
{
	return wait(queue, timeout_ns, false);
}

int task_sleep(uint64_t ns)
{
	int err = wait(NULL, ns, true);

	return err == E_TIMEOUT ? E_OK : err;
}

void wake_one(struct wait_queue *queue)
{
	uint32_t flags = lock_irq();

	if (!list_empty(&queue->waiters)) {
		struct task *task = list_item(queue->waiters.next, struct task, link);

		list_remove(&task->link);
		task_make_ready(task);
	}
	unlock_irq(flags);
}

void wake_all(struct wait_queue *queue)
{
	uint32_t flags = lock_irq();

	while (!list_empty(&queue->waiters))
		wake_one(queue);
	unlock_irq(flags);
}

void mutex_init(struct mutex *mutex)
{
	mutex->owner = NULL;
	wait_init(&mutex->waiters);
}

void mutex_lock(struct mutex *mutex)
{
	uint32_t flags = lock_irq();

	ASSERT(mutex->owner != current);
	while (mutex->owner)
		(void)!wait(&mutex->waiters, WAIT_FOREVER, false);
	mutex->owner = current;
	unlock_irq(flags);
}

void mutex_unlock(struct mutex *mutex)
{
	ASSERT(mutex->owner == current);
	mutex->owner = NULL;
	wake_one(&mutex->waiters);
}
