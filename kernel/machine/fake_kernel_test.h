/* For unit tests of the machine: stands in for the rest of the kernel. Time is a number, a timer
 * fires when the test says so, a wait runs what the test has prepared, and memory is counted.
 * The machine's own sources are the real ones, all of them. */
#ifndef MACHINE_FAKE_KERNEL_TEST_H
#define MACHINE_FAKE_KERNEL_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <kern/cpu.h>
#include <kern/log.h>
#include "../memory/memory.h"
#include "../task/task.h"
#include "machine.h"

enum { FAKE_BLOCKS = 400, FAKE_FRAMES = 1024, FAKE_TYPES = 4 };

/* --- memory ---------------------------------------------------------------------------------- */

static struct account fake_account = { .name = "machine" };
struct account *const account_kernel = &fake_account;
static void *fake_blocks[FAKE_BLOCKS];
static uint8_t *fake_ram;
static size_t fake_frame_next;        /* frame 0 is never given */
static int fake_fail_after;           /* allocations that still succeed; negative: all */

static bool fake_refuse(void)
{
	return fake_fail_after >= 0 && fake_fail_after-- == 0;
}

struct account *account_new(const char *name, size_t frame_limit)
{
	(void)name;
	(void)frame_limit;
	return fake_refuse() ? NULL : &fake_account;
}

void *mem_alloc(struct account *account, size_t size)
{
	unsigned i = 0;

	assert_ptr_equal(account, &fake_account);
	if (fake_refuse())
		return NULL;
	while (fake_blocks[i])
		i++;
	assert_true(i < FAKE_BLOCKS - 1);
	return fake_blocks[i] = calloc(1, size);
}

void mem_free(void *block)
{
	for (unsigned i = 0; block && i < FAKE_BLOCKS; i++)
		if (fake_blocks[i] == block)
			fake_blocks[i] = NULL;
	free(block);
}

static unsigned fake_blocks_taken(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FAKE_BLOCKS; i++)
		n += fake_blocks[i] != NULL;
	return n;
}

size_t account_close(struct account *account)
{
	(void)account;
	for (unsigned i = 0; i < FAKE_BLOCKS; i++) {
		free(fake_blocks[i]);
		fake_blocks[i] = NULL;
	}
	fake_frame_next = 1;
	return 0;
}

size_t account_frames(const struct account *account) { (void)account; return fake_frame_next - 1; }
void *page_alloc(struct account *account, size_t count) { return mem_alloc(account, count * PAGE_SIZE); }

paddr_t frame_alloc(struct account *account, size_t count)
{
	paddr_t first = fake_frame_next * PAGE_SIZE;

	assert_ptr_equal(account, &fake_account);
	if (fake_refuse())
		return 0;
	assert_true(fake_frame_next + count <= FAKE_FRAMES);
	fake_frame_next += count;
	return first;
}

void *paddr_to_virt(paddr_t paddr)
{
	assert_true(paddr >= PAGE_SIZE && paddr < FAKE_FRAMES * PAGE_SIZE);
	return fake_ram + paddr;
}

paddr_t virt_to_paddr(const void *virt)
{
	assert_true((const uint8_t *)virt >= fake_ram && (const uint8_t *)virt < fake_ram + FAKE_FRAMES * PAGE_SIZE);
	return (paddr_t)((const uint8_t *)virt - fake_ram);
}

/* Device memory or a ROM for machine_map_memory(). */
static inline uint8_t *fake_pages(size_t count)
{
	return fake_ram + frame_alloc(&fake_account, count);
}

/* --- time, tasks, waiting ------------------------------------------------------------------------ */

uint32_t locks_held;
static uint64_t fake_now;
static void (*fake_wait)(void);       /* what happens while somebody waits */
static struct task fake_me, fake_machine_task;
static unsigned fake_wakes, fake_joins;

uint64_t time_now(void) { return fake_now; }
uint64_t time_ticked;

static unsigned fine_wanted;

void time_fine(void)
{
	fine_wanted++;
}
void wait_init(struct wait_queue *queue) { list_init(&queue->waiters); }
void wake_all(struct wait_queue *queue) { (void)queue; fake_wakes++; }

int wait_firm(struct wait_queue *queue, uint64_t timeout_ns)
{
	(void)queue;
	(void)timeout_ns;
	if (!fake_wait)
		fail_msg("waits for ever");
	fake_wait();
	return E_OK;
}

int wait_on(struct wait_queue *queue, uint64_t timeout_ns) { return wait_firm(queue, timeout_ns); }

struct task *task_new(struct account *account, const char *name, unsigned priority, size_t stack_pages,
		      void (*entry)(void *arg), void *arg)
{
	(void)account; (void)name; (void)stack_pages; (void)entry; (void)arg;
	assert_int_equal(priority, PRIORITY_MACHINE);
	return fake_refuse() ? NULL : &fake_machine_task;
}

void task_join(struct task *task) { assert_ptr_equal(task, &fake_machine_task); fake_joins++; }
struct task *task_current(void) { return &fake_me; }
void task_set_share(struct task *task, unsigned share) { (void)task; (void)share; }
void task_set_lamp(struct task *task, uint8_t code) { (void)task; (void)code; }
void task_set_alarm(struct task *task, struct task_alarm *alarm) { task->alarm = alarm; }
uint64_t task_runtime(const struct task *task) { (void)task; return 0; }

/* --- x87, log, panic -------------------------------------------------------------------------------- */

void fpu_init(struct vcpu_x87 *x87) { memset(x87, 0x37, sizeof *x87); }
void fpu_drop(struct vcpu_x87 *x87) { (void)x87; }
void fpu_save(struct vcpu_x87 *x87) { (void)x87; }
void log_line(const char *format, ...) { (void)format; }

void panic(const char *file, int line, const char *format, ...)
{
	fail_msg("panic at %s:%d: %s", file, line, format);
	abort();
}

/* --- offers: one engine, and types of devices that the test names ------------------------------------ */

static unsigned fake_attached, fake_references, fake_trims;
static gpa_t told_first, told_last;
static unsigned told;
static uint64_t fake_engine_dirty;

static int fake_attach(struct machine *m, struct machine_hot *hot, void **engine)
{
	(void)m;
	(void)hot;
	if (fake_refuse())
		return E_NO_MEMORY;
	*engine = &fake_attached;
	fake_attached++;
	return E_OK;
}

static void fake_detach(void *engine) { (void)engine; fake_attached--; }

static void fake_map_changed(void *engine, gpa_t first, gpa_t last)
{
	(void)engine;
	told_first = first;
	told_last = last;
	told++;
}

static uint64_t fake_dirty(void *engine, gpa_t first, unsigned pages)
{
	(void)engine; (void)first; (void)pages;
	return fake_engine_dirty;
}

static uint32_t fake_map_frames(void *engine, gpa_t first, const paddr_t *frames, unsigned pages)
{
	(void)engine; (void)frames;
	told_first = first;
	told_last = first + pages * PAGE_SIZE - 1;
	told++;
	return (uint32_t)fake_engine_dirty;
}

static void (*fake_run)(void);        /* what the guest does until the engine returns */

static void fake_engine_run(void *engine)
{
	(void)engine;
	if (!fake_run)
		fail_msg("guest code runs");
	fake_run();
}

static const struct engine_ops fake_engine = { .attach = fake_attach, .detach = fake_detach, .run = fake_engine_run,
					       .map_changed = fake_map_changed, .map_frames = fake_map_frames,
					       .dirty = fake_dirty };

static struct { const char *type; const struct vdev_ops *ops; } fake_types[FAKE_TYPES];

int offer_get(const char *role, const char *name, uint16_t version, struct offer **offer, const void *ops,
	      void **instance)
{
	(void)version;
	(void)instance;
	if (fake_refuse())
		return E_NOT_FOUND;
	if (strcmp(role, ENGINE_ROLE) == 0) {
		*(const void **)ops = &fake_engine;
	} else {
		unsigned i = 0;

		while (i < FAKE_TYPES && (!fake_types[i].type || strcmp(fake_types[i].type, name) != 0))
			i++;
		if (i == FAKE_TYPES)
			return E_NOT_FOUND;
		*(const void **)ops = fake_types[i].ops;
	}
	*offer = (struct offer *)&fake_references;
	fake_references++;
	return E_OK;
}

void offer_put(struct offer *offer) { assert_ptr_equal(offer, &fake_references); fake_references--; }
void modules_trim(void) { fake_trims++; }

/* --- a machine ------------------------------------------------------------------------------------------ */

static struct machine *m;

/* When the machine's alarm rings, by the machine's time. */
static inline uint64_t fake_alarm(void) { return *m->alarm.at; }

/* Time goes on and a tick comes; the machine's alarm rings when it is due. */
static inline void fake_advance(uint64_t ns)
{
	time_ticked = fake_now += ns;
	if (fake_now - m->alarm.base >= *m->alarm.at)
		*m->alarm.word |= m->alarm.bits;
}

static inline int fake_setup(void **state)
{
	(void)state;
	fake_ram = aligned_alloc(PAGE_SIZE, FAKE_FRAMES * PAGE_SIZE);
	memset(fake_ram, 0xEE, FAKE_FRAMES * PAGE_SIZE);
	fake_frame_next = 1;
	fake_fail_after = -1;
	fake_now = 1000000;
	fake_wait = NULL;
	fake_run = NULL;
	fake_wakes = fake_joins = fake_trims = told = 0;
	fake_engine_dirty = 0;
	memset(fake_types, 0, sizeof fake_types);
	machines_init();
	assert_int_equal(machine_new("pc", 640 * 1024, 1024 * 1024, &m), E_OK);
	return 0;
}

static inline int fake_teardown(void **state)
{
	(void)state;
	if (m)
		machine_delete(m);
	m = NULL;
	assert_int_equal(fake_blocks_taken(), 0);
	assert_int_equal(fake_attached, 0);
	assert_int_equal(fake_references, 0);
	assert_int_equal(locks_held, 0);
	free(fake_ram);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

#endif
