/* Inside the kernel: the machine object, of which modules see only <kern/machine.h> and engines
 * the part in <iface/engine.h>. */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include <iface/engine.h>
#include <iface/vdev.h>
#include <kern/machine.h>
#include <kern/module.h>
#include "../task/task.h"

enum {
	MACHINE_EVENTS = 64,          /* a power of two */
	MACHINE_CLOCKS_MAX = 24,
	MACHINE_LINES_MAX = 64,
	MACHINE_DRIVERS_MAX = 80,
	MACHINE_ROLES_MAX = 24,
	MACHINE_REGIONS_MAX = 24,
	MACHINE_DEVICES_MAX = 24,
	LINE_NAME_MAX = 12,
};

/* --- memory: one word a guest page -------------------------------------------------------- */

enum page_kind {
	GUEST_NONE,                   /* nothing answers */
	GUEST_UNTOUCHED,              /* RAM without a frame yet */
	GUEST_RAM,
	GUEST_ROM,                    /* mapped read-only */
	GUEST_DEVICE,                 /* a device's memory, mapped for writing */
	GUEST_MMIO,
	GUEST_LAZY,                   /* GUEST_DEVICE without a frame yet */
	GUEST_KIND_MASK = 7,
	GUEST_DIRTY = 8,              /* GUEST_DEVICE: written other than by guest code itself */
	GUEST_PATCHED = 16,           /* GUEST_ROM: a copy of this machine's own */
};

enum {
	GUEST_FIRST_MB = 0x100000,
	GUEST_HMA_END = 0x110000,     /* what real-mode code can reach */
};

struct guest_region {
	gpa_t first, last;
	uint8_t kind;                 /* enum page_kind */
	const char *owner;
	const struct mmio_ops *mmio;
	paddr_t (*frame)(void *device, uint32_t offset, bool make);   /* GUEST_LAZY */
	void *device;
};

struct machine_timer {
	uint64_t deadline;            /* CLOCK_NEVER: not armed */
	void (*expire)(void *chip, uint64_t now);
	void *chip;
	struct machine *m;
};

/* High while any of its drivers is, as on a bus where adapters share an interrupt. */
struct machine_net {
	char name[LINE_NAME_MAX];
	uint8_t high;                 /* drivers that are */
	void (*set)(void *to, bool level);
	void (*pulse)(void *to);
	void *to;
};

struct machine_driver {
	struct machine_net *net;
	bool level;
};

struct machine_device {
	char type[MACHINE_NAME_MAX];
	char *args;
	const struct vdev_ops *ops;
	struct offer *offer;
	void *device;
};

struct machine_role_entry {
	char role[MACHINE_NAME_MAX];
	const void *ops;
	void *instance;
};

struct machine {
	struct machine_hot hot;       /* first: engines find the machine from it */
	char name[MACHINE_NAME_MAX];
	unsigned number;
	struct account *account;
	struct task *task;

	/* Life: `state` is written by the machine's task once it runs; `want` by commands. */
	volatile enum machine_state state;
	volatile enum { WANT_RUN, WANT_STAND, WANT_END } want;
	volatile bool standing;       /* its task waits to be let on; others may touch it */
	char reason[MACHINE_REASON_MAX];
	char complaint[MACHINE_COMPLAINT_MAX];  /* of a device that could not do what was asked */
	struct wait_queue work;       /* its task sleeps here */
	struct wait_queue stood;      /* others wait here until it stands */
	unsigned holds;               /* machine_hold()s not yet released */
	struct wait_queue released;   /* machine_delete() waits here for them */
	uint32_t birth;

	const struct engine_ops *engine_ops;
	struct offer *engine_offer;
	void *engine;

	/* Memory */
	uint32_t *pages;
	size_t page_count;
	size_t base_size, extended_size;
	size_t guest_frames;
	bool a20_open, rom_open;
	struct guest_region regions[MACHINE_REGIONS_MAX];
	unsigned region_count;

	/* The one entrance. Interrupts off. */
	struct machine_event events[MACHINE_EVENTS];
	volatile uint32_t event_head, event_tail;

	/* Time: machine time = host time - time_base while it runs, `frozen_at` while it stands. */
	uint64_t time_base, frozen_at;
	bool clock_runs;
	struct task_alarm alarm;      /* the earliest of the clocks' */
	struct machine_timer clocks[MACHINE_CLOCKS_MAX];
	unsigned clock_count;
	struct machine_timer *first;  /* of those that are armed, or NULL */
	uint64_t second;              /* no other is due before this */
	uint64_t idle_until;
	uint64_t rest_until;          /* no guest code before; 0: it may run */

	struct machine_net nets[MACHINE_LINES_MAX];
	unsigned net_count;
	struct machine_driver drivers[MACHINE_DRIVERS_MAX];
	unsigned driver_count;
	struct machine_role_entry roles[MACHINE_ROLES_MAX];
	unsigned role_count;
	struct machine_device devices[MACHINE_DEVICES_MAX];
	unsigned device_count;

	void (*hypercall)(void *ctx, uint8_t function);
	void *hypercall_ctx;

	unsigned shutdowns;           /* since power-on */
	unsigned shutdowns_in_a_row;  /* with no interrupt in between */
	uint32_t shutdown_interrupts; /* delivered before the last of them */

	uint64_t powered_on;          /* machine time at the last power-on or reset */
	uint64_t exits[EXIT_KINDS];   /* folded from hot.exits */
};

void machines_init(void);

/* claims.c */
struct claims {
	unsigned roles, clocks, nets, drivers, regions;
	uint64_t ports, listened;     /* handlers and lines that were in use */
	const struct intc_ops *intc;
	void *intc_chip;
	void (*hypercall)(void *ctx, uint8_t function);
	void *hypercall_ctx;
};
void claims_note(const struct machine *m, struct claims *c);
void claims_undo(struct machine *m, const struct claims *c);
/* memory.c */
CHECK int guest_memory_init(struct machine *m, size_t base, size_t extended);
/* A whole page, ROM too, whatever A20 says. */
CHECK int machine_poke_page(struct machine *m, gpa_t gpa, const void *content);
/* port.c */
CHECK int ports_init(struct machine *m);
/* event.c */
void events_apply(struct machine *m);
void timers_apply(struct machine *m);
bool events_waiting(const struct machine *m);
void machine_clock_start(struct machine *m);
void machine_clock_stop(struct machine *m);
void machine_timer_init(struct machine *m);
uint64_t timers_next(const struct machine *m);
void timers_forget(struct machine *m, unsigned count);
/* exit.c */
void machine_fold_counters(struct machine *m);
/* run.c */
void machine_main(void *machine);
void machine_reset_devices(struct machine *m);

static inline void pending_set(struct machine *m, uint32_t bits)
{
	__asm__ volatile("orl %1, %0" : "+m"(m->hot.pending) : "ri"(bits));
}

static inline void pending_clear(struct machine *m, uint32_t bits)
{
	__asm__ volatile("andl %1, %0" : "+m"(m->hot.pending) : "ri"(~bits));
}

#endif
