/* The v86 engine's parts: assembly (enter.S), what is done without leaving the trap (fast.c),
 * everything else (v86.c). */
#ifndef V86_V86_H
#define V86_V86_H

#include <iface/engine.h>
#include <iface/x86.h>
#include <kern/aspace.h>

/* Guest flags that the processor's own flags do not hold while guest code runs. With VME it is TF and RF
 * alone: IF is VIF, NT is the guest's own, and IOPL shows as 3. */
#define V86_VIRTUAL_FLAGS (X86_IF | X86_IOPL | X86_NT | V86_ONE_STEP)
/* Those with which the next instruction is the executor's. */
#define V86_ONE_STEP (X86_TF | X86_RF)
/* Those that it does: in the low half, and all. */
#define V86_NATIVE_LOW (X86_ARITHMETIC_FLAGS | X86_DF)
#define V86_NATIVE_FLAGS (V86_NATIVE_LOW | X86_AC | X86_ID)
#define V86_VME_LOW (V86_NATIVE_LOW | X86_NT)
#define V86_VME_FLAGS (V86_NATIVE_FLAGS | X86_NT)
/* What the processor's flags have besides: IOPL is 0, so that CLI, STI, PUSHF, POPF, INT n and
 * IRET trap, and interrupts are always on for us. */
#define V86_FIXED_FLAGS (X86_VM | X86_IF | X86_FLAG_ONE)

enum {
	V86_LINEAR_END = 0x110000,  /* what real-mode addresses reach */
	V86_PLAIN_RAM = 0xA0000,    /* below: RAM or nothing, so the fast path may write */
	V86_VIF_SHIFT = 10,         /* from IF to VIF */
	V86_VECTOR_IRQ = 0x20,      /* vectors from here on are interrupts of the host */
};

/* What v86_enter() and v86_fast() return. */
enum v86_leave {
	V86_RESUME = 0,             /* never leaves the trap */
	V86_SLOW,                   /* frame.vector tells what happened */
	V86_PENDING,                /* look at hot->pending */
};

/* A coprocessor error on its way (fpu.c). */
/* A page of ours in the place of a guest's, for one instruction (lend.c). */
struct v86_lent {
	uint32_t linear;
	uint8_t *bytes;
};
enum { V86_LENT_MAX = 4 };      /* an operand and an instruction, each across a page's end */

/* An instruction that was decoded, and its bytes (recent.c). */
struct v86_recent {
	uint32_t bytes[2];
	struct insn insn;           /* length 0: none */
};
enum { V86_RECENT = 16 };

struct v86 {
	struct machine *m;
	struct machine_hot *hot;
	struct aspace *as;
	const struct x86_ops *x86;
	struct x86_bus bus;
	struct line irq13;
	bool vme;                   /* the guest's IF is VIF; CLI, INT n and the like do not trap */
	bool in_use;                /* our task runs in `as` already */
	bool watched;               /* run_single() is to ask the debugger first */
	bool native_wanted;         /* the instruction is the coprocessor's: the executor cannot do it */
	struct v86_recent recent[V86_RECENT];
	const uint8_t *code;        /* the page `code_page`, a number of linear memory */
	uint32_t code_page;
	uint32_t trapping_page;     /* where there was nothing to map */
	struct v86_lent lent[V86_LENT_MAX];
	unsigned lent_count;
	uint32_t operand;           /* of the instruction they are lent for: linear */
	uint8_t operand_size;
	bool operand_stored;
	/* debug.c: */
	uint32_t dr[8];             /* the guest's, as its pages are barred for them */
	bool debugged;              /* one of them is enabled */
	bool debug_waits;           /* an instruction has to pass before exception 1: behind MOV SS */
	uint8_t hits;               /* DR6's B0 to B3 of an exception that is due */
};

/* enter.S. Runs guest code from hot->cpu.frame until v86_fast() says to leave; interrupts are
 * off before and after. */
unsigned v86_enter(struct machine_hot *hot);
extern void v86_trap(void), v86_gp(void), v86_vme_trap(void), v86_vme_gp(void);
extern void v86_bail(void), v86_gp_debug(void), v86_vme_gp_debug(void);

/* module.c. What a debugger bars in the page of a linear address: enum watch_page. */
unsigned v86_barred(const struct v86 *e, uint32_t linear);
/* Maps the guest page at a linear address if there is plain memory behind it. */
bool v86_map_page(struct v86 *e, uint32_t linear);

/* run.c: struct engine_ops.run. */
void v86_run(void *engine);
/* Reflects an exception to the guest; canonical state. */
void v86_exception(struct v86 *e, unsigned vector);
/* Where traps of guest code arrive; `vme`: it is in use; `debug`: debug registers are in force. */
void v86_set_traps(bool vme, bool debug);

/* bus.c */
void v86_bus_init(struct v86 *e);

/* recent.c. The instruction at CS:EIP, canonical state, until the next call; NULL: have it fetched. */
const struct insn *v86_recent(struct v86 *e);
/* The machine's memory may lie elsewhere. */
void v86_forget(struct v86 *e);

/* debug.c, canonical state. DR0 to DR3 or DR7 may have changed. */
void v86_debug_changed(struct v86 *e);
/* What they bar in the page of a linear address: enum watch_page. If e->debugged. */
unsigned v86_debug_page(const struct v86 *e, uint32_t linear);
/* An access by an instruction, or by the delivery of an interrupt. If e->debugged. */
void v86_debug_access(struct v86 *e, uint32_t linear, uint32_t size, bool write);
/* Is a breakpoint at the instruction at CS:EIP? Then the guest is in its handler now: true. If e->debugged. */
bool v86_debug_fault(struct v86 *e);
/* Exception 1, for e->hits and for `why` (DR6_BS). */
void v86_debug_trap(struct v86 *e, uint32_t why);

/* lend.c. For the coprocessor instruction at CS:EIP, canonical state. E_RANGE: its operand reaches
 * beyond its segment; E_NO_MEMORY. */
CHECK int v86_lend(struct v86 *e, const struct insn *insn);
/* `done`: it was executed; what it stored is written. Nothing, if nothing is lent. */
void v86_take_back(struct v86 *e, bool done);

/* fpu.c */
void v86_fpu_wanted(struct v86 *e);
void v86_fpu_error(struct v86 *e);
void v86_fpu_closed(struct v86 *e);
/* One instruction has been run natively: is an error that is ignored still there? */
void v86_fpu_stepped(struct v86 *e);
CHECK int v86_fpu_attach(struct v86 *e);
CHECK int v86_fpu_start(void);
void v86_fpu_stop(void);

/* vme.c: do virtual-8086 mode extensions do what the manual says? Switches them on; they stay on if
 * so. NULL, or what they do wrong. */
CHECK int v86_vme_test(struct account *account, const char **wrong);

/* fast.c. While guest code runs, guest flags are split: V86_NATIVE_FLAGS in frame.eflags,
 * V86_VIRTUAL_FLAGS in hot->engine_flags; with VME see above. */
__attribute__((noreturn)) void v86_fast(struct machine_hot *hot);      /* general protection */
__attribute__((noreturn)) void v86_other(struct vcpu_frame *frame);   /* everything else */
__attribute__((noreturn)) void v86_vme_fast(struct machine_hot *hot);
__attribute__((noreturn)) void v86_vme_other(struct vcpu_frame *frame);

/* run.c. The debug registers are a machine's while its guest code runs, and at no other time. */
void v86_debug_on(const struct machine_hot *hot);
void v86_debug_off(const struct machine_hot *hot);

extern struct machine_hot *v86_current;   /* whose guest code runs, or runs in v86_fast() */
extern uint32_t v86_fault_address;        /* CR2 of the page fault that was left with */

#endif
