/* Contract "engine": what runs a virtual processor. "v86" runs real-mode code natively.
 *
 * Between calls of run() the vcpu is canonical (see <x86/vcpu.h>). All calls come from the
 * machine's own task, or while it stands. */
#ifndef IFACE_ENGINE_H
#define IFACE_ENGINE_H

#include <iface/wire.h>
#include <kern/machine.h>

#define ENGINE_ROLE "engine"
#define ENGINE_VERSION 3

struct x86_bus;

/* What a debugger has guest code not do by itself in a page. */
enum watch_page {
	WATCH_ACCESS = 1,       /* nothing at all: each instruction there, and each access, is the executor's */
	WATCH_WRITE = 2,        /* write; only where the processor has CR0.WP */
};

/* What a debugger asks of a machine; all are called in the machine's own task. machine_watch(). */
struct machine_watch {
	/* Before an instruction for which here() said so, on the canonical vcpu: true to stand instead. */
	bool (*before)(struct machine_watch *w, struct machine *m);
	/* What passed machine_exit(). The vcpu need not be canonical. */
	void (*exit)(struct machine_watch *w, const struct exit *exit);
	/* The instruction at `linear` is to be asked for, and carried out by the executor. */
	bool (*here)(struct machine_watch *w, uint32_t linear);
	/* enum watch_page of a guest-physical page. When that changes, map_changed() is to be called. */
	unsigned (*page)(struct machine_watch *w, gpa_t gpa);
	/* INT3 was executed, on the canonical vcpu: true if that was the debugger's, who has put the vcpu right
	 * then. Or the processor's debug exception happened, anywhere in guest code or where the engine
	 * touches the guest's memory for it: true if DR6 tells of hot->debug[]. */
	bool (*trap)(struct machine_watch *w, unsigned vector);
	/* A coprocessor instruction reached its operand in a page with WATCH_ACCESS or WATCH_WRITE; all
	 * other accesses go through the bus. */
	void (*access)(struct machine_watch *w, uint32_t linear, unsigned size, bool write);
	/* A device, or the monitor's half of a BIOS or a driver, has read or written memory; the A20 gate has had
	 * its say. What was read may be put right. Perhaps with interrupts off. */
	void (*transfer)(struct machine_watch *w, gpa_t gpa, void *bytes, size_t size, bool write);
	/* Whoever looks at its memory from now on may find it as the guest wrote it (true); it goes on (false). */
	void (*stands)(struct machine_watch *w, bool stands);
};

struct engine_ops {
	/* Builds what the engine needs for this machine, on its account. */
	int (*attach)(struct machine *m, struct machine_hot *hot, void **engine);
	void (*detach)(void *engine);
	/* Runs guest code until `hot->pending` has a bit that is not the engine's to handle
	 * (all but PENDING_INTR and PENDING_NMI), or the processor has halted. */
	void (*run)(void *engine);
	/* The guest-physical pages [first, last] changed their meaning or rights, or A20 did. */
	void (*map_changed)(void *engine, gpa_t first, gpa_t last);
	/* The pages from `first` on, all below 1 MB, show these frames now, to be written, as machine_map_frames() says;
	 * it returns what dirty() would have. */
	uint32_t (*map_frames)(void *engine, gpa_t first, const paddr_t *frames, unsigned pages);
	/* Pages written by the guest since the last call, as machine_dirty() says. */
	uint64_t (*dirty)(void *engine, gpa_t first, unsigned pages);
	/* Could it go on from this state? If not, says why. */
	bool (*can_run)(const struct vcpu *cpu, const char **why);
};

/* Why the processor should leave guest code. Bits of machine_hot.pending, set with interrupts
 * off or in one instruction; cleared by the machine's task. */
enum machine_pending {
	PENDING_INTR = 1,       /* the interrupt controller's line: taken when IF allows */
	PENDING_WORK = 2,       /* events are due */
	PENDING_STAND = 4,      /* somebody wants it to stand, or it was stopped */
	PENDING_RESET = 8,      /* the processor's reset pin */
	PENDING_IDLE = 16,      /* it gives its time away (machine_idle) */
	PENDING_ALARM = 32,     /* chips' alarms are due */
	PENDING_NMI = 64,       /* with VCPU_NMI_LATCHED: taken unless nmi_masked */
};

enum { PORT_FLOATING = 0, PORT_HANDLERS_MAX = 48, PORT_PAGE = 256 };

/* Who answers a range of ports. */
struct port_handler {
	uint8_t (*in)(void *chip, unsigned reg);
	void (*out)(void *chip, unsigned reg, uint8_t value);
	void *chip;
	uint32_t first, count;
	uint32_t reads, writes;     /* accesses of any width */
	const struct port_ops *ops; /* what is not done on the fast path */
	const char *owner;
};

/* The part of a machine that engines work on directly, so that a trapped instruction costs
 * little. Written by the machine's own task alone but for `pending`. */
struct machine_hot {
	uint32_t engine_stack;           /* the word below the frame: the engine's to use */
	struct vcpu cpu;
	volatile uint32_t pending;       /* enum machine_pending */
	void *engine_private;            /* the engine's own struct */
	uint32_t engine_shadow_ip;       /* EIP behind the last STI that a fast path did */
	uint32_t engine_flags;           /* guest flags that an engine keeps apart while it runs */
	struct machine_watch *watch;     /* a debugger's; NULL: none */
	struct x86_bus *bus;             /* the engine's executor reaches memory and ports by it; a debugger
					  * may put his own functions in front of it */
	bool untrapped;                  /* set by an engine whose processor carries out INT n, CLI and the
					  * like by itself: those leave no exit, but where it is traced */
	bool no_x87;                     /* the machine has no coprocessor, whatever the host has */
	uint8_t *port_map[65536 / PORT_PAGE]; /* number of the handler; never NULL */
	struct port_handler handlers[PORT_HANDLERS_MAX];
	/* Counted in 32 bits, which is quick; the machine's task adds them up before they wrap. */
	uint32_t exits[EXIT_KINDS];
	uint32_t exceptions[32];
	uint32_t interrupts[16];         /* delivered, by IRQ */
	const struct intc_ops *intc;     /* there is one when PENDING_INTR is set */
	void *intc_chip;
	uint32_t flight_next;            /* exits so far, times the size of a record */
	struct flight_record flight[FLIGHT_RECORDS];
	/* What the processor's DR0 to DR3 and DR7 are while guest code runs, a debugger's; 0: not in use. */
	uint32_t debug[4], debug_control;
};

static inline struct port_handler *machine_port(struct machine_hot *hot, uint16_t port)
{
	return &hot->handlers[hot->port_map[port / PORT_PAGE][port % PORT_PAGE]];
}

/* A flight record, for fast paths; machine_exit() writes the same. */
static inline __attribute__((always_inline))
void machine_record(struct machine_hot *hot, unsigned kind, unsigned detail, uint16_t cs, uint16_t ip,
		    uint16_t port, uint32_t value)
{
	uint32_t next = hot->flight_next;
	struct flight_record *r = (struct flight_record *)((char *)hot->flight + next % sizeof hot->flight);

	hot->exits[kind]++;
	hot->flight_next += sizeof *r;
	r->sequence = next;
	r->ip = ip;
	r->cs = cs;
	if (__builtin_constant_p(port)) {
		*(uint32_t *)&r->kind = (uint32_t)port << 16 | detail << 8 | kind;
	} else {
		*(uint16_t *)&r->kind = (uint16_t)(detail << 8 | kind);
		r->port = port;
	}
	r->value = value;
}

/* Where a PC's BIOS, and every DOS, has the controllers' vectors. */
enum { VECTOR_IRQ0 = 0x08, VECTOR_IRQ8 = 0x70, IRQS_A_CHIP = 8 };

/* Takes the interrupt that PENDING_INTR announces: its vector. [own] */
static inline __attribute__((always_inline))
uint8_t machine_acknowledge(struct machine_hot *hot)
{
	uint8_t vector = hot->intc->acknowledge(hot->intc_chip);

	if ((unsigned)(vector - VECTOR_IRQ0) < IRQS_A_CHIP)
		hot->interrupts[vector - VECTOR_IRQ0]++;
	else if ((unsigned)(vector - VECTOR_IRQ8) < IRQS_A_CHIP)
		hot->interrupts[vector - VECTOR_IRQ8 + IRQS_A_CHIP]++;
	return vector;
}

static inline bool machine_nmi_deliverable(const struct machine_hot *hot)
{
	return (hot->pending & PENDING_NMI) && !hot->cpu.nmi_masked;
}

/* Takes that NMI: its vector. Interrupts off. [own] */
static inline uint8_t machine_acknowledge_nmi(struct machine_hot *hot)
{
	hot->pending &= ~(uint32_t)PENDING_NMI;
	hot->cpu.nmi &= (uint8_t)~VCPU_NMI_LATCHED;
	hot->cpu.nmi_masked = 1;
	return X86_NMI;
}

/* What lies at a guest-physical page, A20 applied by the caller. E_FAULT: MMIO or nothing;
 * E_NO_MEMORY: a first touch that the host cannot serve (the machine was stopped then). With
 * `write` the page is made ready for writing; E_READ_ONLY for ROM. [own] */
CHECK int machine_page(struct machine *m, gpa_t gpa, bool write, paddr_t *frame, bool *writable);
/* The hypercall `function`, on the canonical vcpu whose EIP is behind it already. [own] */
void machine_hypercall(struct machine *m, uint8_t function);
/* For PENDING_ALARM, if it was a host interrupt just now that raised it, with interrupts off ever
 * since: chips catch up with the time, and may ask for an interrupt. It leaves the processor's state
 * alone, so that the engine may call it between two instructions without leaving run(). [own] */
void machine_alarms(struct machine_hot *hot);
/* The processor shut down, since exception `vector` and the double fault that came of it could not
 * be delivered: it will be reset. [own] */
void machine_shutdown(struct machine *m, unsigned vector);
/* Asks hot->watch before an instruction: true to stand instead of executing. [own] */
bool machine_before(struct machine *m);
/* From now on (NULL: no longer) `w` is asked; it must stay until then. [own] */
void machine_watch(struct machine *m, struct machine_watch *w);

#endif
