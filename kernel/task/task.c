/* Tasks: switching, life, waiting. Who runs next is decided in policy.c.
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
	BOOT_STACK_IN_USE = 64,      /* below tasks_init()'s frame, by what it calls */
	SLICE_NS = 8 * NS_PER_MS,
};

#define STACK_CANARY (STACK_FILL * 0x01010101u)

extern void task_switch(uint32_t *save_esp, uint32_t load_esp);
extern void task_trampoline(void);
extern uint32_t kernel_page_directory[];
extern uint8_t boot_stack[], boot_stack_top[];

volatile bool task_switch_wanted;

static struct task boot_task;
static struct task *current = &boot_task;
static struct policy policy;
static struct list all_tasks = LIST_INIT(all_tasks);
static uint64_t slice_end;

static void wait_timed_out(struct timer *timer);

void tasks_init(void)
{
	policy_init(&policy);
	memset(boot_stack, STACK_FILL,
	       (size_t)((uint8_t *)__builtin_frame_address(0) - BOOT_STACK_IN_USE - boot_stack));
	boot_task = (struct task){
		.name = "boot", .state = TASK_RUNNING, .policy = { .priority = PRIORITY_SYSTEM, .share = SHARE_DEFAULT },
		.stack = boot_stack, .stack_pages = 1,
		.directory = kernel_page_directory, .trap_stack = boot_stack_top,
	};
	list_init(&boot_task.policy.link);
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

/* --- switching ------------------------------------------------------------------------------ */

void task_make_ready(struct task *task)
{
	task->state = TASK_READY;
	task->waits_on = NULL;
	policy_wake(&policy, &task->policy);
	if (policy_urgent(&task->policy, &current->policy, time_ticked - MIN(current->since, time_ticked)))
		task_switch_wanted = true;
}

static void charge(uint64_t now)
{
	uint64_t ran = now - current->since;

	current->runtime += ran;
	current->since = now;
	policy_charge(&policy, &current->policy, ran);
}

/* A stack that grew over its end has written below it, and there is no telling what. */
static void check_stack(const struct task *task)
{
	if (*(const uint32_t *)task->stack != STACK_CANARY)
		panic(__FILE__, __LINE__, "task %s used more than its %u bytes of stack", task->name,
		      (unsigned)(task->stack_pages << PAGE_SHIFT));
}

static inline __attribute__((always_inline)) bool ring(const struct task_alarm *alarm, uint64_t now)
{
	if (!alarm || now - alarm->base < *alarm->at)
		return false;
	*alarm->word |= alarm->bits;
	return true;
}

/* The current task is queued somewhere, or waiting, and was charged until `now`; interrupts are
 * off. */
static void switch_to_best(uint64_t now)
{
	struct task *old = current, *new;

	check_stack(old);
	new = container_of(policy_take(&policy), struct task, policy);
	task_switch_wanted = false;
	new->state = TASK_RUNNING;
	new->since = now;
	slice_end = now + SLICE_NS;
	(void)ring(new->alarm, now);
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

	if (!policy_idle(&policy)) {
		uint64_t now = time_now();

		current->state = TASK_READY;
		charge(now);
		policy_queue(&policy, &current->policy);
		switch_to_best(now);
	}
	unlock_irq(flags);
}

void task_checkpoint(void)
{
	if (task_switch_wanted) {
		task_switch_wanted = false;
		if (policy_better(&policy, &current->policy))
			task_yield();
	}
}

/* From the clock's interrupt. */
void task_tick(uint64_t now)
{
	if (now >= slice_end && !policy_idle(&policy))
		task_switch_wanted = true;
	(void)ring(current->alarm, now);
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
	task->policy.priority = (uint8_t)MIN(priority, (unsigned)PRIORITY_MAX);
	task->policy.share = SHARE_DEFAULT;
	task->lamp = PROGRESS_KERNEL_RUNS;
	task->directory = kernel_page_directory;
	task->trap_stack = (char *)task->stack + (task->stack_pages << PAGE_SHIFT);
	task->entry = entry;
	task->arg = arg;
	task->esp = initial_stack(task);
	list_init(&task->policy.link);
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
	charge(time_now());
	switch_to_best(current->since);
	__builtin_unreachable();
}

void task_join(struct task *task)
{
	uint32_t flags = lock_irq();

	while (task->state != TASK_ENDED || task->visits)
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
		list_remove(&task->policy.link);
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

	if (task->state == TASK_READY)
		policy_remove(&policy, &task->policy);
	task->policy.priority = (uint8_t)MIN(priority, (unsigned)PRIORITY_MAX);
	if (task->state == TASK_READY)
		task_make_ready(task);
	unlock_irq(flags);
}

void task_set_share(struct task *task, unsigned share)
{
	task->policy.share = (uint16_t)MAX(1u, MIN(share, 1000u));
}

uint64_t task_runtime(const struct task *task)
{
	return task->runtime + (task == current ? time_now() - task->since : 0);
}

void task_set_lamp(struct task *task, uint8_t code)
{
	task->lamp = code;
}

void task_set_alarm(struct task *task, struct task_alarm *alarm)
{
	task->alarm = alarm;
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

		if (task->detached && task->state == TASK_ENDED && !task->visits) {
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
	current->policy.priority = PRIORITY_IDLE;
	for (;;) {
		if (!policy_idle(&policy)) {
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

/* `each` may wait, for a terminal, say. */
void task_each(void (*each)(void *ctx, const struct task_info *info), void *ctx)
{
	list_for(it, &all_tasks) {
		struct task *task = list_item(it, struct task, all);

		task->visits++;
		each(ctx, &(struct task_info){
			.name = task->name, .state = state_text(task), .priority = task->policy.priority,
			.share = task->policy.share, .runtime = task_runtime(task), .switches = task->switches,
			.waits_on = task->waits_on, .stack_size = task->stack_pages << PAGE_SHIFT,
			.stack_used = stack_used(task), .stack = (uintptr_t)task->stack,
			.saved = task == current ? 0 : task->esp,
		});
		if (--task->visits == 0)
			wake_all(&task->ended);
	}
}

/* --- waiting ------------------------------------------------------------------------------------ */

static void wait_timed_out(struct timer *timer)
{
	struct task *task = container_of(timer, struct task, timeout);

	if (task->state == TASK_WAITING) {
		task->timed_out = true;
		list_remove(&task->policy.link);
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
	uint64_t now;
	bool timed_out;

	if (interruptible && current->interrupted)
		return E_INTERRUPTED;
	flags = lock_irq();
	ASSERT(current->policy.priority != PRIORITY_IDLE);
	current->state = TASK_WAITING;
	current->timed_out = false;
	current->waits_on = queue;
	current->interruptible = interruptible;
	if (queue)
		list_add(&queue->waiters, &current->policy.link);
	now = time_now();
	if (timeout_ns != WAIT_FOREVER)
		timer_set(&current->timeout, now + timeout_ns);
	charge(now);
	switch_to_best(now);
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
		struct task *task = list_item(queue->waiters.next, struct task, policy.link);

		list_remove(&task->policy.link);
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
