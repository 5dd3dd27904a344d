/* The debugger's parts that know the kernel.
 *
 *	module.c    the module, its commands' table, seats (a session with a target)
 *	place.c     memory and registers of a machine or of the monitor itself
 *	stop.c      what a machine stops for, stepping, and what is shown at a stop
 *	breakpoint.c  commands for breakpoints
 *	look.c      commands for memory, memory.c for ranges of it, hex.c the hex editor (hexedit.c its
 *	            window and keys); state.c for registers, numbers and ports
 *	code.c      disassembly; assemble.c its way back; symbols.c names for addresses
 *	dump.c      all of it into one file
 *	guest.c     what the objects of a machine look like, monitor.c those of the kernel, dos.c
 *	            those of a DOS in a machine
 *
 * A command holds its machine (machine_hold) while it runs, so that it cannot vanish between
 * two lines of output. */
#ifndef DEBUGGER_DEBUGGER_H
#define DEBUGGER_DEBUGGER_H

#include "expr.h"
#include "text.h"

#include <base/list.h>
#include <iface/command.h>
#include <iface/x86.h>
#include <kern/machine.h>
#include <kern/module.h>

enum { ADDRESS_TEXT_MAX = 20, TEMPORARY_MAX = 8, SYMBOL_MAX = 64, DOS_PSP_PARAGRAPHS = 16,
       DOS_NAME_MAX = 9, DIRECT_MAP_SIZE = 0x30000000 };

/* --- where memory and registers are ------------------------------------------------------------ */

/* A machine, or with `m` NULL the monitor. `own`: in the machine's own task, between two
 * instructions (a breakpoint's condition). */
struct place {
	struct machine *m;
	bool own;
};

struct reg_ref {
	uint32_t *word;
	uint8_t shift, size;       /* bits, bytes */
	uint8_t seg;               /* X86_SEGS: no segment register */
};

/* The machine's registers may be looked at: it stands. */
bool place_stands(const struct place *p);
bool register_find(struct vcpu *cpu, const char *name, struct reg_ref *ref);
void register_set(struct vcpu *cpu, const struct reg_ref *ref, uint32_t value);
/* An environment for expressions; `p` must outlive it. */
struct expr_env place_env(struct place *p);
/* Makes a plain number an address: an offset in segment register `seg`, for the monitor a
 * linear address. */
CHECK int place_address(struct place *p, struct value *at, unsigned seg, char *why);
/* Copies what can be read; bit n of the result: byte n could. At most 32 bytes. */
uint32_t place_peek(struct place *p, const struct value *at, void *to, unsigned n);
/* All or nothing. */
CHECK int place_poke(struct place *p, const struct value *at, const void *from, unsigned n);
/* What lies at a guest-physical address: "ram", "rom", "device", ...; NULL: nothing. */
const char *place_kind(struct machine *m, gpa_t gpa, const char **owner);
gpa_t place_physical(struct place *p, const struct value *at);

/* --- breakpoints, and what a machine shall do until it stops --------------------------------------- */

struct breakpoint {
	struct list link;
	unsigned number;
	struct value at;
	bool enabled;
	uint32_t count;            /* the hits that do not stop are the first count - 1 */
	uint32_t hits;
	char condition[];
};

enum stop { STOP_NONE, STOP_STEP, STOP_BREAKPOINT, STOP_REACHED, STOP_CONDITION };

/* One machine that is being debugged. Commands write it while the machine stands or, as nothing
 * pre-empts them, between two of its instructions. */
struct watch {
	struct list link;
	char name[MACHINE_NAME_MAX];
	uint32_t birth;            /* of the machine meant */
	struct list breakpoints;   /* by number */

	/* The plan: what to stop for besides breakpoints. */
	uint32_t steps;            /* instructions left; 0: as many as there are */
	uint32_t temporary[TEMPORARY_MAX];
	unsigned temporary_count;
	bool returning;            /* the temporary one counts only with the stack back here: */
	uint16_t ss, sp;

	bool armed;                /* `before` is asked */
	bool resuming;             /* no instruction has been executed since it stood */
	uint32_t at;               /* where it stood; later where the last instruction was */
	enum stop stop;            /* why it stands */
	unsigned stop_number;      /* which breakpoint */
	uint32_t stops;            /* how often we made it stand */
	char why[EXPR_WHY_MAX];    /* STOP_CONDITION */
};

/* --- sessions ------------------------------------------------------------------------------------------ */

struct seat {
	struct list link;
	struct session *s;
	const struct session_ops *ops;
	struct offer *own;         /* keeps the module */
	char name[MACHINE_NAME_MAX]; /* of the target; "k": the monitor */
	uint32_t birth;
	uint32_t stops_seen;
	struct registers last;     /* at the last stop shown */
	bool last_valid;
	struct value next_dump, next_code, next_assembly;
	bool dump_valid, code_valid, assembly_valid;
	uint8_t dump_unit;
};

struct debugger {
	struct module *self;
	const struct x86_ops *x86;
	struct offer *x86_offer;
	struct list seats, watches, symbols;
};
struct debugger *debugger(void);

/* A command being carried out. */
struct dbg {
	const char *command;
	struct session *s;
	const struct session_ops *ops;
	struct fmt_sink *out;
	bool seated;               /* this session is in the debugger */
	struct seat *seat;         /* ... and this is about its target; otherwise NULL */
	struct machine *m;         /* held; NULL: the monitor */
	char name[MACHINE_NAME_MAX];
	struct place place;
	struct expr_env env;
	struct expr args;
};

#define SAY(d, ...) ((void)fmt_sink((d)->out, __VA_ARGS__))

/* `COMMAND: reason`; returns the error. */
__attribute__((format(printf, 3, 4)))
int dbg_fail(struct dbg *d, int error, const char *format, ...);
/* The same for what d->args complains of. */
int dbg_bad(struct dbg *d);
/* 0 if the machine stands; complains otherwise. */
CHECK int dbg_standing(struct dbg *d);
CHECK int dbg_machine_only(struct dbg *d);
/* Complains about arguments that are left; 0 if none are. */
CHECK int dbg_end(struct dbg *d);
bool dbg_interrupted(struct dbg *d);

/* stop.c */
struct watch *watch_of(struct machine *m);         /* NULL: none yet */
void watches_drop(void);                           /* all, with their breakpoints */
/* The watch of the target, for a command that lets it run or changes its breakpoints; NULL
 * after complaining. */
struct watch *watch_begin(struct dbg *d, bool standing, int *error);
/* Hooks in or out, as breakpoints and plan ask for it. */
void watch_arm(struct watch *w, struct machine *m);
/* Reads an address of code; complains itself. */
CHECK int code_address(struct dbg *d, struct value *at);
void stop_show_new(struct dbg *d);                 /* a stop that this seat has not shown yet */
void stop_show(struct dbg *d, const char *reason);
int run_g(struct dbg *d);
int run_t(struct dbg *d);
int run_p(struct dbg *d);

/* breakpoint.c */
int run_bpx(struct dbg *d);
int run_bl(struct dbg *d);
int run_bc(struct dbg *d);
int run_bd(struct dbg *d);
int run_be(struct dbg *d);

/* look.c */
/* Makes a number an address and complains if that makes no sense. */
CHECK int dbg_address(struct dbg *d, struct value *at, unsigned seg);
/* Writes bytes, or complains. */
CHECK int dbg_poke(struct dbg *d, const struct value *at, const void *bytes, unsigned n);
/* Asks the user, who may think for long: the machine is let go meanwhile. E_CHANGED: it was deleted;
 * complained about. */
CHECK int dbg_read_line(struct dbg *d, const char *prompt, char *line, size_t size);
int run_d(struct dbg *d);
int run_e(struct dbg *d);
void print_address(struct dbg *d, const struct value *at);

/* memory.c */
int run_f(struct dbg *d);
int run_m(struct dbg *d);
int run_c(struct dbg *d);
int run_s(struct dbg *d);

/* hex.c */
int run_he(struct dbg *d);

/* code.c */
/* Prints the instruction at `at` and moves behind it; false if it cannot be read. */
bool show_instruction(struct dbg *d, struct value *at, unsigned bits);
/* Decodes it; its length, or an error. `bytes`: X86_MAX_LENGTH. */
int fetch_instruction(struct dbg *d, const struct value *at, unsigned bits, struct insn *insn, uint8_t *bytes);
/* A line of warning if the memory is probably no code. */
void warn_not_code(struct dbg *d, const struct value *at);
/* Of the target's code: 16 or 32. */
unsigned code_bits(const struct dbg *d);
/* `16` or `32` as the last word; 0: it is not there. */
unsigned bits_word(struct dbg *d);
int run_u(struct dbg *d);

/* assemble.c */
int run_a(struct dbg *d);

/* symbols.c */
void symbols_drop(void);
/* The nearest symbol at or below an address, "name+0x12", or the one that is exactly there. */
bool symbol_at(struct dbg *d, const struct value *at, char *buf, size_t size);
bool symbol_exact(struct dbg *d, const struct value *at, char *buf, size_t size);
/* By name, in either case; of machines. */
bool symbol_find(const struct machine *m, const char *name, struct value *value);
/* The word that comes next in the arguments, as an absolute path. */
CHECK int dbg_path(struct dbg *d, char *path, size_t size);
int run_sym(struct dbg *d);
int run_ln(struct dbg *d);

/* dos.c: all of them do nothing where no DOS runs */
struct dos {
	uint32_t nul;              /* linear address of the device NUL */
	uint16_t data;             /* DOS's data segment */
	uint16_t first;            /* memory control block */
};
bool dos_find(struct dbg *d, struct dos *dos);
/* Whose memory it is: a program's name, "DOS", "free"; DOS_NAME_MAX bytes. */
bool dos_owner(struct dbg *d, const struct dos *dos, gpa_t gpa, char *name);
bool dos_owns(struct dbg *d, gpa_t gpa);             /* in a block of one of its programs */
bool dos_current_program(struct dbg *d, uint16_t *segment);
int dos_blocks(struct dbg *d);
int dos_devices(struct dbg *d);
int dos_programs(struct dbg *d);

/* dump.c */
int run_dump(struct dbg *d);

/* state.c */
int run_r(struct dbg *d);
int run_rs(struct dbg *d);
int run_calculate(struct dbg *d);
int run_i(struct dbg *d);
int run_o(struct dbg *d);

/* guest.c and monitor.c: the guest's, the monitor's */
int guest_stack(struct dbg *d);
/* Does a return address on the stack lead into this segment? */
bool stack_returns_to(struct dbg *d, uint16_t segment);
int guest_table(struct dbg *d, bool interrupts);
int guest_ldt(struct dbg *d);
int guest_tss(struct dbg *d);
int guest_pages(struct dbg *d);
int guest_memory(struct dbg *d);
int guest_interrupts(struct dbg *d);
int run_ivt(struct dbg *d);
int run_dev(struct dbg *d);
int run_flight(struct dbg *d);
/* The rest of a line about an address: where it leads, or what leads there. */
void monitor_address(struct dbg *d, const struct value *at);
int monitor_registers(struct dbg *d);
int monitor_stack(struct dbg *d);
int monitor_table(struct dbg *d, bool interrupts);
int monitor_ldt(struct dbg *d);
int monitor_tss(struct dbg *d);
/* Of the target, whose it ever is: a task state segment, the way of an address through the page tables,
 * the page directory. */
void show_tss(struct dbg *d, unsigned selector, uint32_t base, bool current);
void show_walk(struct dbg *d, uint32_t directory, uint32_t linear);
void show_directory(struct dbg *d, uint32_t directory);
int run_state(struct dbg *d);
int monitor_pages(struct dbg *d);
int monitor_memory(struct dbg *d);
int monitor_interrupts(struct dbg *d);
int monitor_tasks(struct dbg *d);
int run_mod(struct dbg *d);

/* Prints the non-empty entries of a descriptor table that lies at linear `base`. */
int show_descriptors(struct dbg *d, uint32_t base, uint32_t limit, bool interrupts);

#endif
