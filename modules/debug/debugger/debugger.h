/* The debugger's parts that know the kernel.
 *
 *	module.c    the module, seats (a session with a target), lines to commands
 *	commands.c  their table, with what help says
 *	place.c     memory and registers of a machine or of the monitor itself
 *	points.c    breakpoints as such (pure)
 *	arm.c       puts them in force in a machine, hook.c is what the machine asks then
 *	stop.c      stepping, going on, and what is shown at a stop
 *	breakpoint.c  commands for breakpoints
 *	look.c      commands for memory, memory.c for ranges of it, hex.c the hex editor (hexedit.c its
 *	            window and keys); state.c for registers, numbers and ports
 *	code.c      disassembly; assemble.c its way back; symbols.c names for addresses
 *	dump.c      all of it into one file
 *	crash.c     commands from the crash console; self*.c stop the monitor itself
 *	guest.c     what the objects of a machine look like, monitor.c those of the kernel, dos.c
 *	            those of a DOS in a machine
 *
 * A command holds its machine (machine_hold) while it runs, so that it cannot vanish between
 * two lines of output. */
#ifndef DEBUGGER_DEBUGGER_H
#define DEBUGGER_DEBUGGER_H

#include "expr.h"
#include "points.h"
#include "text.h"

#include <base/list.h>
#include <iface/command.h>
#include <iface/engine.h>
#include <iface/x86.h>
#include <kern/machine.h>
#include <kern/module.h>

enum { ADDRESS_TEXT_MAX = 20, TEMPORARY_MAX = 8, SYMBOL_MAX = 64, DOS_PSP_PARAGRAPHS = 16,
       DOS_NAME_MAX = 9, DIRECT_MAP_SIZE = 0x30000000,
       UNTIL_MAX = 96, DO_MAX = POINT_COMMANDS_MAX };

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

/* The machine's registers; the monitor's while it stands or `own` says so, else NULL. */
struct vcpu *place_cpu(const struct place *p);
/* The machine's registers may be looked at: it stands. */
bool place_stands(const struct place *p);
bool register_find(struct vcpu *cpu, const char *name, struct reg_ref *ref);
/* A flag's bit in EFLAGS, by its name. */
bool flag_find(const char *name, uint32_t *flag);
void register_set(struct vcpu *cpu, const struct reg_ref *ref, uint32_t value);
/* An environment for expressions; `p` must outlive it. */
struct expr_env place_env(struct place *p);
/* Makes a plain number an address: an offset in segment register `seg`, for the monitor a
 * linear address. */
CHECK int place_address(struct place *p, struct value *at, unsigned seg, char *why);
/* Where the next instruction is, of a machine or of the monitor while it stands. */
struct value place_code(struct place *p);
/* Copies what can be read; bit n of the result: byte n could. At most 32 bytes. */
uint32_t place_peek(struct place *p, const struct value *at, void *to, unsigned n);
/* All or nothing. */
CHECK int place_poke(struct place *p, const struct value *at, const void *from, unsigned n);
/* What lies at a guest-physical address: "ram", "rom", "device", ...; NULL: nothing. */
const char *place_kind(struct machine *m, gpa_t gpa, const char **owner);
gpa_t place_physical(struct place *p, const struct value *at);

/* --- breakpoints, and what a machine shall do until it stops --------------------------------------- */

/* The executor must not touch the page but byte by byte, through the bus. */
enum { BAR_BYTES = 4 };

enum stop {
	STOP_NONE, STOP_STEP, STOP_BREAKPOINT, STOP_REACHED, STOP_CONDITION, STOP_UNTIL, STOP_RETURNED,
	STOP_INTERRUPTED,
};

/* What to stop for besides breakpoints. */
struct plan {
	bool every;                /* each instruction is asked for: to count, to look at */
	uint32_t steps;            /* instructions left; 0: as many as there are */
	uint32_t temporary[TEMPORARY_MAX];   /* linear addresses */
	unsigned temporary_count;
	bool returning;            /* a temporary one counts only with the stack back here: */
	bool over;                 /* an interrupt that is taken meanwhile is not looked at: */
	bool away;                 /* its handler runs, up to the temporary one */
	uint32_t interrupts;       /* taken until then */
	bool leaving;              /* until what was called returns: the stack is above here */
	uint16_t ss, sp;
	bool was_return;           /* the instruction before was one */
	char until[UNTIL_MAX];     /* an expression; "" for none */
};

/* The handler of some ports with ours in front. */
struct port_front {
	struct watch *w;
	struct port_handler real;
	struct port_ops ops;
};

/* Where the instructions were that were asked for and executed. */
enum { HISTORY_MAX = 128 };
struct history {
	uint32_t count;            /* ever noted; the last ones are kept */
	struct { uint16_t cs, ip; } last[HISTORY_MAX];
};

/* One machine that is being debugged. Commands write it while the machine stands or, as nothing
 * pre-empts them, between two of its instructions. */
struct watch {
	struct machine_watch ops;  /* first: what machine and engine ask */
	struct list link;
	char name[MACHINE_NAME_MAX];
	uint32_t birth;            /* of the machine meant */
	struct machine *m;         /* valid in the machine's own task, and while it is held */
	struct list points;        /* struct point, by number */
	struct plan plan;

	/* Why it stands. */
	enum stop stop;
	unsigned stop_number;      /* which breakpoint */
	bool stop_access;          /* `stop_what` says what was done */
	struct point_access stop_what;
	char *stop_do;             /* commands to be carried out; NULL: none */
	uint32_t stops;            /* how often we made it stand */
	char why[EXPR_WHY_MAX];    /* STOP_CONDITION */

	/* hook.c */
	bool skip;                 /* the instruction where it stood has not been executed since: */
	bool asked;                /* ... its breakpoints had their say */
	uint32_t skip_at;
	uint16_t skip_ss, skip_sp;
	bool stand_now;            /* before() is called to say yes */
	bool in_bus;               /* an instruction's port access is on its way */
	bool posted;               /* look() is in the machine's queue */
	bool overdue;              /* ... or there was no room */
	uint32_t last_at;          /* where the last instruction asked for was */
	uint16_t last_cx;
	uint32_t cr0;
	struct history history;

	/* arm.c */
	bool armed;
	struct offer *engine_offer;
	const struct engine_ops *engine;
	uint8_t bars[POINT_PAGES]; /* enum watch_page, and BAR_BYTES */
	struct x86_bus bus;        /* the engine's own */
	const struct intc_ops *intc;
	void *intc_chip;
	struct port_front *fronts; /* PORT_HANDLERS_MAX of them, or NULL */
	struct point *lifted;      /* its INT3 has made place for one instruction */
	bool fast, ports, memory;  /* breakpoints of that kind are in force */
	bool unbarred;             /* ... for code, without their page being barred */
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
	bool doing;                /* a breakpoint's commands are carried out */
	bool gone_on;              /* ... and one of them let the machine go on */
	char todo[DO_MAX];         /* commands of the last stop; "" for none */
};

struct debugger {
	struct module *self;
	const struct x86_ops *x86;
	struct offer *x86_offer;
	unsigned last_point;       /* number of the breakpoint set last */
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

/* arm.c */
struct watch *watch_of(struct machine *m);         /* NULL: none yet */
struct watch *watch_need(struct machine *m);       /* makes one; NULL: no memory */
void watches_drop(void);                           /* all, with their breakpoints */
/* Puts in force what breakpoints and plan ask for, also while the machine runs. E_NO_MEMORY: nothing
 * was changed; E_NOT_FOUND: it ends. */
CHECK int watch_arm(struct watch *w, struct machine *m);
/* INT3s are laid (`runs`), or taken away. */
void watch_patch(struct watch *w, struct machine *m, bool runs);
/* In the machine's own task: what watch_arm() has it do. */
void watch_apply(struct watch *w);
/* Guest memory as the guest wrote it: without our INT3. `to`: what was read at `gpa`. */
void watch_hide(struct machine *m, gpa_t gpa, void *to, size_t n);
/* The same for what a device has read; what it has written goes under the INT3. */
void watch_transfer(struct watch *w, gpa_t gpa, void *bytes, size_t n, bool write);
/* A byte that a user writes where an INT3 of ours is goes under it: true. */
bool watch_poke(struct machine *m, gpa_t gpa, uint8_t byte);
struct machine_hot *watch_hot(struct machine *m);

/* hook.c */
void hook_init(struct watch *w);
/* It goes on from where it stands: the instruction there is not asked for again. */
void hook_stood(struct watch *w);
/* It stands: what its last instruction touched is looked at now, if that is still to be done. */
void hook_settle(struct watch *w);
/* What happened is a hit of these; sees to it that they are looked at after the instruction. */
void hook_touch(struct watch *w, const struct point_access *access);
void hook_bus(struct x86_bus *bus, struct watch *w);
extern const struct intc_ops hook_intc;
extern const struct port_ops hook_ports;

/* stop.c */
/* What usually comes back to the instruction behind itself: CALL, LOOP, repeated instructions. */
bool steps_over(const struct insn *insn);
/* The watch of the target, for a command that lets it run or changes its breakpoints; NULL
 * after complaining. */
struct watch *watch_begin(struct dbg *d, bool standing, int *error);
/* Reads an address of code; complains itself. */
CHECK int code_address(struct dbg *d, struct value *at);
void stop_show_new(struct dbg *d);                 /* a stop that this seat has not shown yet */
void stop_show(struct dbg *d, const char *reason);
int stop_wait(struct dbg *d);                       /* until it stands again; shows why */
int run_g(struct dbg *d);
int run_t(struct dbg *d);
int run_p(struct dbg *d);
int run_gu(struct dbg *d);

/* For clients: without waiting, and the reason in figures. */
struct debug_stop;
CHECK int stop_go(struct dbg *d, bool step);
CHECK int stop_reason(struct dbg *d, struct debug_stop *stop);

/* commands.c */
struct debugger_command {
	struct command_ops ops;
	int (*run)(struct dbg *d);                   /* NULL: ops.run does it all */
};
const struct debugger_command *command_find(const char *name);
const struct debugger_command *command_at(unsigned index);   /* NULL behind the last */
/* What a command does, or with NULL what commands there are. False: no such command. */
bool commands_help(struct fmt_sink *out, const char *name);

/* module.c, for the table */
int run_dbg(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line);
int run_quit(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line);
int run_prefixed(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line);
int run_command(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line);
void complete_dbg(struct session *s, int argc, char **argv, const char *word,
		  void (*add)(void *ctx, const char *text), void *ctx);

/* client.c; what it needs of module.c */
extern const struct debug_ops client_ops;
CHECK int client_sit(struct session *s, const struct session_ops *ops, const char *machine, struct seat **seat);
void client_leave(struct session *s, struct seat *seat);
/* A line for the debugger; E_NOT_FOUND: none of its commands. */
int client_line(struct session *s, struct seat *seat, const char *line);
/* Holds the seat's machine; an error if it is gone. */
CHECK int client_target(struct dbg *d);

/* breakpoint.c */
/* Evaluates a condition on the canonical vcpu, in the machine's own task; an error counts as true, with
 * its reason in `why`. */
bool condition_true(struct machine *m, const char *condition, const struct point_access *access, char *why);
int run_bp(struct dbg *d);
int run_bl(struct dbg *d);
int run_bc(struct dbg *d);
int run_bd(struct dbg *d);
int run_be(struct dbg *d);
int run_bsave(struct dbg *d);
int run_bload(struct dbg *d);

/* look.c */
/* Makes a number an address and complains if that makes no sense. */
CHECK int dbg_address(struct dbg *d, struct value *at, unsigned seg);
/* The same for a range, which is no longer than its segment. RANGE_ANY: of no length. */
#define RANGE_ANY 0u
CHECK int dbg_range(struct dbg *d, struct range *range, unsigned seg);
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
/* Of the monitor: `name+0x12`, `module.name+0x12`, as expressions take it; `?`. */
void monitor_symbol_name(uint32_t address, char *buf, size_t size);
/* By name, in either case; of machines. */
bool symbol_find(const struct machine *m, const char *name, struct value *value);
/* The word that comes next in the arguments, as an absolute path. */
CHECK int dbg_path(struct dbg *d, char *path, size_t size);
/* What could not be read or written there, why, and what can be done. */
int dbg_fail_file(struct dbg *d, int error, const char *path, bool writing);
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

/* hist.c */
void history_note(struct history *h, const struct vcpu_frame *f);
int run_hist(struct dbg *d);

/* crash.c: the crash console asks us, or no more */
void crash_lend(bool on);
/* Carries out a line from there. False: none of the commands that can be had there, which crash_help() lists. */
bool crash_command(const char *line, struct fmt_sink *out);
void crash_help(struct fmt_sink *out);
/* The command came from there: anything may have been interrupted. */
bool in_crash(const struct dbg *d);
/* A command about the monitor, without a seat; what it needs of module.c. */
int monitor_line(struct session *s, const struct session_ops *ops, const char *line);

/* self*.c: breakpoints and steps of the monitor itself */
void self_begin(void);
void self_drop(void);                              /* all of its breakpoints */
/* Its registers, while a breakpoint or step of ours has it stand; else NULL, or with `any` those of the last time.
 * Changes are taken over of those that are settable. */
struct vcpu *self_cpu(bool any);
bool self_settable(const uint32_t *word);
/* For the kernel: exceptions 1 and 3 out of its own code. */
bool self_trap(struct vcpu_frame *frame);
struct list *self_points(void);                    /* struct point, by number */
CHECK int self_set(struct dbg *d, const struct point_words *words);
void self_free(struct point *p);
void self_arm(void);                               /* what was changed of the points is in force */
/* While it stands: where the next stop is to be. */
int self_go(struct dbg *d);
int self_step(struct dbg *d, uint32_t n, const char *until, bool over);
int self_return(struct dbg *d);
/* Where in memory the address is to which the function returns in which it stands. */
uint32_t self_return_at(struct dbg *d);

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
int monitor_segments(struct dbg *d);
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
