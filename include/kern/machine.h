/* A virtual machine: one virtual processor tied to memory, ports, lines, time and devices.
 *
 * Everything a machine does happens in its own task, between two instructions of its guest:
 * chips run there and nowhere else. The world outside reaches it through its event queue
 * (machine_post) alone. Functions marked [own] are called from the machine's own task, or
 * while it is being built; the others from any task.
 *
 * What a device is handed, and how it asks for it, is below "for devices". */
#ifndef KERN_MACHINE_H
#define KERN_MACHINE_H

#include <base/error.h>
#include <base/fmt.h>
#include <base/list.h>
#include <iface/wire.h>
#include <kern/task.h>
#include <kern/types.h>
#include <x86/run.h>
#include <x86/vcpu.h>

struct machine;
struct machine_hot; /* the part that engines work on: <iface/engine.h> */

enum {
	MACHINE_NAME_MAX = 16,
	MACHINES_MAX = 32,
	MACHINE_REASON_MAX = 96,
	MACHINE_COMPLAINT_MAX = 160,
};

enum machine_state {
	MACHINE_NEW,       /* configured, no task runs */
	MACHINE_RUNNING,
	MACHINE_PAUSED,    /* by a command or by the debugger; its clock stands still */
	MACHINE_STOPPED,   /* cannot go on: `reason` says why; open to the debugger */
};

/* --- exits: everything that takes the processor out of guest code ------------------------ */

enum exit_kind {
	EXIT_NONE,
	EXIT_IN, EXIT_OUT,          /* port access, also of INS and OUTS */
	EXIT_FLAGS,                 /* CLI, STI, PUSHF, POPF, IRET */
	EXIT_INT,                   /* INT n, INT3, INTO executed by the guest */
	EXIT_EXCEPTION,             /* reflected to the guest */
	EXIT_MMIO,
	EXIT_HALT,
	EXIT_PRIVILEGED,            /* what ring 0 alone may do: MOV CRn, LGDT, ... */
	EXIT_INTERRUPT,             /* a virtual interrupt delivered */
	EXIT_HYPERCALL,
	EXIT_PAGE,                  /* first touch of a page; no instruction was executed */
	EXIT_HOST,                  /* a host interrupt; nothing of the guest's */
	EXIT_STOP,                  /* the machine was stopped */
	EXIT_KINDS,
};

/* One flight record: the last exits of every machine, always on. 16 bytes, written alike by
 * fast paths and by machine_exit(). */
struct flight_record {
	uint32_t sequence;          /* 16 times the number of the exit since the machine's start */
	uint16_t ip, cs;            /* of the instruction */
	uint8_t kind;               /* enum exit_kind */
	uint8_t detail;             /* vector; or operand size in bytes with the opcode's class */
	uint16_t port;              /* port, or low half of an address */
	uint32_t value;             /* data in or out */
};
_Static_assert(sizeof(struct flight_record) == 16, "fast paths write it as four words");
enum { FLIGHT_RECORDS = 128 };      /* a power of two */

struct exit {
	uint8_t kind;
	uint8_t size;               /* of an access, bytes; of flag instructions, the opcode */
	uint8_t vector;
	bool write;
	uint16_t port;
	uint16_t cs;
	uint32_t ip;
	uint32_t value;
	gpa_t gpa;
};

/* The funnel: statistics, flight record, breakpoints. [own] */
void machine_exit(struct machine *m, const struct exit *exit);

/* --- life ----------------------------------------------------------------------------- */

/* A machine with RAM and no devices; `memory` bytes of RAM above 1 MB besides `base` bytes
 * (a multiple of 4 KB, up to 640 KB) below. Names: 1-15 characters, the first a letter.
 * E_EXISTS, E_INVALID, E_NO_MEMORY, E_NO_SPACE. */
CHECK int machine_new(const char *name, size_t base, size_t extended, struct machine **m);
/* Adds the device of offer ("vdev", `type`), loading its module; `args` as the device's
 * create() wants them, kept for `vm show`. Only in MACHINE_NEW, or while paused where the
 * device allows it. */
CHECK int machine_add_device(struct machine *m, const char *type, const char *args);
/* A change to the `instance`-th device of that type while it runs, by the device's set(); applied
 * in the machine's task. E_NOT_FOUND, E_UNSUPPORTED, or what the device says. */
CHECK int machine_set_device(struct machine *m, const char *type, unsigned instance, const char *key,
			     const char *value);
/* Why the last machine_add_device() or machine_set_device() failed, in the device's words: `THING:
 * REASON; WHAT CAN BE DONE`. "" if it said nothing. */
const char *machine_complaint(const struct machine *m);
/* Powers on: hardware reset of every device, then F000:FFF0. `paused` stands there. */
CHECK int machine_start(struct machine *m, bool paused);
CHECK int machine_reset(struct machine *m);    /* the reset button: works in every state but NEW */
CHECK int machine_pause(struct machine *m);    /* returns when it stands */
CHECK int machine_resume(struct machine *m);   /* E_INVALID when stopped for good */
/* Ends it at once, whatever it does, and returns everything it took; `m` is gone. Must not
 * be called from its own task. */
void machine_delete(struct machine *m);

/* Keeps the machine of that name from being freed until machine_release(); NULL if there is none
 * or it is being deleted. For whoever waits while he looks at it: a deletion waits for him, so
 * he lets go as soon as machine_ending(), and never waits for a user meanwhile. */
struct machine *machine_hold(const char *name);
void machine_release(struct machine *m);
bool machine_ending(const struct machine *m);
/* Tells machines of the same name apart: each machine has another one. */
uint32_t machine_birth(const struct machine *m);

struct machine *machine_find(const char *name);
struct machine *machine_at(unsigned index);     /* in order of creation; NULL beyond the last */

const char *machine_name(const struct machine *m);
unsigned machine_number(const struct machine *m);       /* 1..MACHINES_MAX, kept for its life */
enum machine_state machine_state(const struct machine *m);
const char *machine_reason(const struct machine *m);    /* why it stopped; "" otherwise */
struct account *machine_account(struct machine *m);
struct task *machine_task(struct machine *m);           /* NULL before the start */
void machine_set_share(struct machine *m, unsigned share);  /* 1..1000 */
/* Whether it has a coprocessor; true at first. Before it starts. */
void machine_set_x87(struct machine *m, bool has);

/* Waits until the machine stands (paused or stopped) or `timeout_ns` has passed: E_TIMEOUT,
 * E_INTERRUPTED. */
CHECK int machine_wait_standing(struct machine *m, uint64_t timeout_ns);

/* Stops for good with a reason; the first reason is kept. [own] */
void machine_stop(struct machine *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- state, for debugger and statistics (while it stands, except the counters) ------------- */

struct vcpu *machine_cpu(struct machine *m);

struct machine_stats {
	uint64_t exits[EXIT_KINDS];
	uint64_t runtime_ns;         /* processor time of its task */
	uint64_t guest_ns;           /* machine time since power-on */
	uint32_t exceptions[32];     /* reflected to the guest, by vector */
	uint32_t interrupts[16];     /* delivered, by IRQ */
	size_t frames;               /* all it holds */
	size_t guest_frames;         /* of them the guest's own RAM */
	bool untrapped;              /* EXIT_INT and EXIT_FLAGS are those that trapped, not all */
};
void machine_statistics(struct machine *m, struct machine_stats *stats);
void machine_statistics_reset(struct machine *m);
/* Copies the last `count` flight records, oldest first; returns how many. */
unsigned machine_flight(struct machine *m, struct flight_record *records, unsigned count);

struct port_view { uint16_t first, last; const char *owner; uint64_t reads, writes; };
void machine_each_port(struct machine *m, void (*each)(void *ctx, const struct port_view *), void *ctx);
struct memory_view { gpa_t first, last; const char *kind; const char *owner; };
void machine_each_region(struct machine *m, void (*each)(void *ctx, const struct memory_view *), void *ctx);
/* Index-th device: its type, arguments and name in this machine; false beyond the last. */
bool machine_device_at(struct machine *m, unsigned index, const char **type, const char **args);
/* Writes the device's state in words; E_NOT_FOUND. */
int machine_describe(struct machine *m, const char *type, struct fmt_sink *out);

/* --- guest memory by guest-physical address (A20 applied). [own], or while it stands ------- */

/* `access`: what a read or write means. Side effects (MMIO) happen only with MACHINE_ACCESS;
 * MACHINE_PEEK leaves devices alone and reads FFh where nothing can be read without effect;
 * MACHINE_POKE also writes ROM (the debugger's patch; of this machine alone, others keep
 * theirs). */
enum machine_access { MACHINE_ACCESS, MACHINE_PEEK, MACHINE_POKE };
int machine_read(struct machine *m, gpa_t gpa, void *buf, size_t size, enum machine_access access);
int machine_write(struct machine *m, gpa_t gpa, const void *buf, size_t size,
		  enum machine_access access);
/* The same for bus masters, whose addresses the A20 gate does not touch, and for what is done for the guest
 * without an instruction of its own: breakpoints see these, and the processor's own where they are made. */
int machine_read_physical(struct machine *m, gpa_t gpa, void *buf, size_t size);
int machine_write_physical(struct machine *m, gpa_t gpa, const void *buf, size_t size);
/* A run at guest-physical addresses below 4 GB, A20 applied, as far as it lies in one device's memory
 * that traps; how many elements were done, 0 if the device wants them singly, or is none. [own] */
uint32_t machine_run(struct machine *m, const struct x86_run *run);
/* Applies the A20 gate. */
gpa_t machine_a20(const struct machine *m, gpa_t gpa);
size_t machine_base_memory(const struct machine *m);      /* bytes below 640K */
size_t machine_extended_memory(const struct machine *m);  /* bytes above 1M */
/* Guest's port access as its own CPU would do it; size 1, 2 or 4. [own] or while it stands */
uint32_t machine_in(struct machine *m, uint16_t port, unsigned size);
void machine_out(struct machine *m, uint16_t port, unsigned size, uint32_t value);
/* The same for up to `count` accesses at once; how many the device has done, 0 if it wants them singly. */
uint32_t machine_in_block(struct machine *m, uint16_t port, unsigned size, void *to, uint32_t count);
uint32_t machine_out_block(struct machine *m, uint16_t port, unsigned size, const void *from, uint32_t count);

/* --- the one entrance -------------------------------------------------------------------- */

/* An event for the machine: `apply` runs in its own task, between two instructions, with
 * `ctx` and the two words. From tasks and interrupt handlers; E_NO_SPACE when the queue is
 * full (the caller decides: retry or drop). Events to a machine that stands wait. */
struct machine_event {
	void (*apply)(void *ctx, uint32_t a, uint32_t b);
	void *ctx;
	uint32_t a, b;
};
int machine_post(struct machine *m, const struct machine_event *event);
/* Posts and waits until it has been applied, also on a machine that stands (then it is
 * applied by the caller). For commands. */
int machine_call(struct machine *m, const struct machine_event *event);

/* --- for devices: what belongs to a machine, found by role --------------------------------- */

/* From create() or set(), before they fail: the line that the user is shown; it is logged, too. */
void machine_complain(struct machine *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One provider for each role in a machine: "display", "keyboard", "pit", "disks", ... with
 * the operations that its header in include/iface/ declares. E_EXISTS. [own] */
CHECK int machine_provide(struct machine *m, const char *role, const void *ops, void *instance);
/* Nobody provides that role any more: what did was pulled out while the machine runs. [own] */
void machine_withdraw(struct machine *m, const char *role);
/* From any task, but the operations are called as their contract says. False if nobody
 * provides it. `ops` receives the operations' address. */
bool machine_role(struct machine *m, const char *role, const void *ops, void **instance);

/* Ports. A handler sees single bytes unless it asks for wide accesses; wider ones are split
 * into bytes, lowest first. `reg` is the distance from `first`. [own] */
struct port_ops {
	uint8_t (*in)(void *chip, unsigned reg);
	void (*out)(void *chip, unsigned reg, uint8_t value);
	/* Accesses of 2 or 4 bytes at once; may be NULL. */
	uint32_t (*in_wide)(void *chip, unsigned reg, unsigned size);
	void (*out_wide)(void *chip, unsigned reg, unsigned size, uint32_t value);
	/* Up to `count` accesses of `size` bytes one after the other to `reg`, for a guest's repeated INS
	 * or OUTS. Return how many were done; with 0 they come singly, as where these are NULL. */
	uint32_t (*in_block)(void *chip, unsigned reg, unsigned size, void *to, uint32_t count);
	uint32_t (*out_block)(void *chip, unsigned reg, unsigned size, const void *from, uint32_t count);
};
/* E_EXISTS if any of the ports is taken. `owner` and `ops` must stay valid. */
CHECK int machine_claim_ports(struct machine *m, uint16_t first, uint16_t count, const char *owner,
			      const struct port_ops *ops, void *chip);
void machine_release_ports(struct machine *m, uint16_t first, uint16_t count);

/* Memory. All page-aligned. [own] */
struct mmio_ops {
	uint8_t (*read)(void *device, uint32_t offset);          /* from the region's start */
	void (*write)(void *device, uint32_t offset, uint8_t value);
	/* Many of them at once, all in the region; may be NULL. */
	void (*run)(void *device, const struct x86_run *run);
};
/* The pages trap to the device; replaces what was there. */
CHECK int machine_map_mmio(struct machine *m, gpa_t first, size_t size, const char *owner,
			   const struct mmio_ops *ops, void *device);
/* The pages show `pages` (page_alloc memory; the caller keeps owning it): read-only for ROM,
 * which may be shared between machines. */
CHECK int machine_map_memory(struct machine *m, gpa_t first, size_t size, const char *owner,
			     void *pages, bool read_only);
/* The same for memory that comes page by page: `frame` tells the frame of the page at `offset` from
 * `first`, and makes one if `make`; 0: there is none. What has none reads as zero; the guest gets
 * one by touching it, or stops if there is none left. */
CHECK int machine_map_lazy(struct machine *m, gpa_t first, size_t size, const char *owner,
			   paddr_t (*frame)(void *device, uint32_t offset, bool make), void *device);
/* Of such a region: the pages are the guest's no longer, and `frame` is asked again when it touches them. What
 * was written there is lost to machine_dirty(), which is asked first. */
void machine_map_anew(struct machine *m, gpa_t first, size_t size);
/* Another part of the device's memory shows in `pages` (at most 32) of such a region, whose frames the device
 * tells, 0 where there is none, so that the guest need not touch them first. Returns what machine_dirty() would
 * have, of what was there. */
uint32_t machine_map_frames(struct machine *m, gpa_t first, const paddr_t *frames, unsigned pages);
/* The pages show RAM of this machine that lies at `target`, too: what is written in one place is read in
 * the other. Frames that were not there yet are taken. E_INVALID: no RAM there; E_NO_MEMORY. */
CHECK int machine_map_alias(struct machine *m, gpa_t first, size_t size, const char *owner, gpa_t target);
/* While it is open, what the guest writes to ROM changes its own copy: as in a PC's shadow RAM, before its BIOS
 * has locked that. Shut at first. [own] */
void machine_open_rom(struct machine *m, bool open);
/* Whether anything answers at that page: RAM, ROM or a device. */
bool machine_answers(struct machine *m, gpa_t gpa);
/* Nothing answers there any more: reads float. */
void machine_unmap(struct machine *m, gpa_t first, size_t size);
/* Guest-written pages of a mapped region since the last call, as a bit mask from `first` (at
 * most 64 pages), cleared by the call. A set bit may be too much, never too little. */
uint64_t machine_dirty(struct machine *m, gpa_t first, size_t size);

/* Lines by name: "irq0".."irq15", "a20" (from the 8042 and port 92h by their own names),
 * "reset", ... A line is high while any of its drivers holds it high. The driver's end: */
struct line machine_line(struct machine *m, const char *name);
struct edge machine_edge(struct machine *m, const char *name);
/* The listener's end; one listener a line; told the present level at once. [own] */
CHECK int machine_listen(struct machine *m, const char *name,
			 void (*set)(void *to, bool level), void *to);
/* And how it likes to be told of an edge, once it listens: instead of set(to, false), set(to, true). */
void machine_listen_edge(struct machine *m, const char *name, void (*pulse)(void *to));
/* The processor's own pins. [own] */
void machine_set_a20(struct machine *m, bool open);
void machine_set_intr(struct machine *m, bool level);      /* from the interrupt controller */
void machine_set_nmi(struct machine *m, bool level);       /* an edge is remembered until it is taken */
void machine_request_reset(struct machine *m);             /* processor reset; memory stays */

/* The interrupt controller of the machine: asked for the vector when the processor takes the
 * interrupt. [own] */
struct intc_ops {
	uint8_t (*acknowledge)(void *chip);
	int (*pending)(void *chip);   /* the number of the request that it would take now; -1: none */
};
void machine_set_intc(struct machine *m, const struct intc_ops *ops, void *chip);

/* When the machine last got the processor after others had it, in machine time. [own] */
uint64_t machine_turn_began(struct machine *m);

/* Time: a clock for one chip, whose alarm calls `expire` with the time then current: between any two
 * instructions of the guest, perhaps with interrupts off. It is short and never waits; what takes longer it
 * posts as an event. [own] */
struct clock machine_clock(struct machine *m, void (*expire)(void *chip, uint64_t now), void *chip);
uint64_t machine_now(struct machine *m);                   /* ns of machine time; from any task */

/* Hypercalls: an OUT to HYPERCALL_PORT from ROM calls this with the function number that
 * follows the instruction; it works on the canonical vcpu. [own] */
void machine_set_hypercall(struct machine *m, void (*call)(void *ctx, uint8_t function), void *ctx);
/* Gives the rest of this time slice away until an event, an interrupt or `ns` passed: for
 * idle guests. [own] */
void machine_idle(struct machine *m, uint64_t ns);
/* No guest code runs, interrupts' handlers neither, for `ns` of machine time; events and alarms go on. [own] */
void machine_rest(struct machine *m, uint64_t ns);

#endif
