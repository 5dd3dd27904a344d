/* The debugger: a module that the shell loads for `dbg`, and that goes when its last session
 * leaves.
 *
 * Each of its commands is an offer to the shell. `dbg NAME` takes a seat: a session with a
 * target, whose prompt shows it (the session's mode); lines go to the shell, which finds our
 * commands, so that all others work meanwhile. Only what the shell cannot know, `NAME:` in
 * front of a command, is taken apart here. */
#include "debugger.h"

#include <base/mem.h>
#include <iface/debug.h>

enum { COMMAND_NAME_MAX = 8, PROMPT_LINE_MAX = 32 };
#define MONITOR "k"

static struct debugger state;

struct debugger *debugger(void)
{
	return &state;
}

/* --- complaints -------------------------------------------------------------------------------------- */

int dbg_fail(struct dbg *d, int error, const char *format, ...)
{
	char why[EXPR_WHY_MAX + MACHINE_REASON_MAX];
	va_list args;

	va_start(args, format);
	fmt_vbuf(why, sizeof why, format, args);
	va_end(args);
	return d->ops->fail(d->s, error, "%s: %s", d->command, why);
}

int dbg_bad(struct dbg *d)
{
	return dbg_fail(d, d->args.error, "%s", d->args.why);
}

int dbg_end(struct dbg *d)
{
	return expr_end(&d->args) ? E_OK : dbg_bad(d);
}

int dbg_standing(struct dbg *d)
{
	return place_stands(&d->place) ? E_OK
		: dbg_fail(d, E_BUSY, "%s runs; vm pause %s first", d->name, d->name);
}

int dbg_machine_only(struct dbg *d)
{
	return d->m ? E_OK : dbg_fail(d, E_UNSUPPORTED, "k, the monitor, has no such thing; dbg NAME selects a machine");
}

bool dbg_interrupted(struct dbg *d)
{
	return d->ops->interrupted(d->s);
}

/* --- seats -------------------------------------------------------------------------------------------- */

static struct seat *seat_of(struct session *s)
{
	list_for(it, &state.seats)
		if (list_item(it, struct seat, link)->s == s)
			return list_item(it, struct seat, link);
	return NULL;
}

/* The session left us, or ends. */
static void seat_left(struct session *s, void *ctx)
{
	struct seat *seat = ctx;

	(void)s;
	list_remove(&seat->link);
	offer_put(seat->own);
	mem_free(seat);
	if (list_empty(&state.seats)) {
		watches_drop();
		symbols_drop();
	}
}

/* Fills in whom a command is about, and holds the machine. */
static int target(struct dbg *d, const char *name)
{
	if (!str_casecmp(name, MONITOR)) {
		str_copy(d->name, MONITOR, sizeof d->name);
	} else {
		d->m = machine_hold(name);
		if (!d->m)
			return dbg_fail(d, E_NOT_FOUND, "%s: no machine of that name is on; vm list shows them", name);
		str_copy(d->name, machine_name(d->m), sizeof d->name);
	}
	d->place.m = d->m;
	d->env = place_env(&d->place);
	if (d->seat && d->m && (str_casecmp(d->seat->name, name) || machine_birth(d->m) != d->seat->birth))
		d->seat = NULL;   /* what it remembers is of another machine */
	return E_OK;
}

static void target_done(struct dbg *d)
{
	if (d->m)
		machine_release(d->m);
}

static void stop_do(struct session *s, const struct session_ops *ops);

static const char *state_name(const struct machine *m)
{
	switch (machine_state(m)) {
	case MACHINE_RUNNING: return "running";
	case MACHINE_PAUSED: return "paused";
	case MACHINE_STOPPED: return "stopped";
	default: return "new";
	}
}

/* Also shows a stop that came while nobody waited for it. */
static void prompt(struct session *s, void *ctx, char *buf, size_t size)
{
	struct seat *seat = ctx;
	struct dbg d = { .command = "dbg", .s = s, .ops = seat->ops, .out = seat->ops->out(s), .seat = seat };

	if (!strcmp(seat->name, MONITOR)) {
		fmt_buf(buf, size, "k> ");
		return;
	}
	if (!machine_find(seat->name) || target(&d, seat->name)) {
		fmt_buf(buf, size, "%s[off]> ", seat->name);
		return;
	}
	if (!d.seat) {   /* a new machine of that name */
		seat->birth = machine_birth(d.m);
		seat->stops_seen = 0;
		seat->last_valid = seat->dump_valid = seat->code_valid = seat->assembly_valid = false;
		d.seat = seat;
	}
	stop_show_new(&d);
	target_done(&d);
	if (seat->todo[0]) {
		stop_do(s, seat->ops);
		if (seat_of(s) != seat)
			return;
	}
	d.m = machine_find(seat->name);
	fmt_buf(buf, size, "%s[%s]> ", seat->name, d.m ? state_name(d.m) : "off");
}

static int mode_line(struct session *s, void *ctx, const char *line);

static const struct session_mode mode = { mode_line, prompt, seat_left };

static int seat_take(struct dbg *d)
{
	struct seat *seat = mem_alloc(module_account(state.self), sizeof *seat);
	int error;

	if (!seat)
		return dbg_fail(d, E_NO_MEMORY, "out of memory; `memory` shows who has it");
	error = offer_get(COMMAND_ROLE, "dbg", COMMAND_VERSION, &seat->own, NULL, NULL);
	if (error) {
		mem_free(seat);
		return dbg_fail(d, error, "%s", error_text(error));
	}
	seat->s = d->s;
	seat->ops = d->ops;
	list_add(&state.seats, &seat->link);
	d->ops->set_mode(d->s, &mode, seat);
	return E_OK;
}

static int select_target(struct dbg *d, const char *name, bool stop)
{
	struct seat *seat;
	int error;

	d->seat = NULL;
	error = target(d, name);
	if (!error && !seat_of(d->s))
		error = seat_take(d);
	if (error)
		return error;
	seat = seat_of(d->s);
	str_copy(seat->name, d->name, sizeof seat->name);
	seat->last_valid = seat->dump_valid = seat->code_valid = seat->assembly_valid = false;
	seat->dump_unit = 0;
	seat->birth = 0;
	d->seat = seat;
	if (!d->m)
		return E_OK;
	seat->birth = machine_birth(d->m);
	seat->stops_seen = watch_of(d->m) ? watch_of(d->m)->stops : 0;
	if (stop && machine_state(d->m) == MACHINE_RUNNING) {
		error = machine_pause(d->m);
		if (error)
			return dbg_fail(d, error, "%s cannot be stopped: %s", d->name, error_text(error));
	}
	if (place_stands(&d->place))
		stop_show(d, state_name(d->m));
	return E_OK;
}

static void complete_dbg(struct session *s, int argc, char **argv, const char *word,
			 void (*add)(void *ctx, const char *text), void *ctx)
{
	const struct machine *m;

	(void)s, (void)argv, (void)word;
	if (argc != 2)
		return;
	for (unsigned i = 0; (m = machine_at(i)); i++)
		add(ctx, machine_name(m));
	add(ctx, MONITOR);
}

static int run_dbg(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line)
{
	struct dbg d = { .command = "dbg", .s = s, .ops = ops, .out = ops->out(s) };
	int error;

	(void)line;
	if (argc != 2 && (argc != 3 || strcmp(argv[2], "stop")))
		return ops->fail(s, E_INVALID, "dbg: whom? give a machine's name, or k for the monitor; vm list "
				 "shows them");
	error = select_target(&d, argv[1], argc == 3);
	target_done(&d);
	return error;
}

static int run_quit(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line)
{
	(void)line;
	if (argc != 1 || !seat_of(s))
		return ops->fail(s, E_INVALID, argc != 1 ? "%s: takes no arguments" : "%s: the debugger is not in use here",
				 argv[0]);
	ops->set_mode(s, NULL, NULL);
	return E_OK;
}

/* --- the commands ---------------------------------------------------------------------------------------- */

static int either(struct dbg *d, int (*guest)(struct dbg *d), int (*monitor)(struct dbg *d))
{
	return d->m ? guest(d) : monitor(d);
}

static int run_table(struct dbg *d)
{
	bool interrupts = d->command[0] == 'i';
	int error = dbg_end(d);

	if (error)
		return error;
	return d->m ? guest_table(d, interrupts) : monitor_table(d, interrupts);
}

static int run_k(struct dbg *d) { return either(d, guest_stack, monitor_stack); }
static int run_pt(struct dbg *d) { return either(d, guest_pages, monitor_pages); }

static int run_tss(struct dbg *d)
{
	return dbg_end(d) ? E_INVALID : either(d, guest_tss, monitor_tss);
}

static int run_ldt(struct dbg *d)
{
	return dbg_end(d) ? E_INVALID : either(d, guest_ldt, monitor_ldt);
}

static int run_mem(struct dbg *d)
{
	return dbg_end(d) ? E_INVALID : either(d, guest_memory, monitor_memory);
}

static int run_task(struct dbg *d)
{
	return dbg_end(d) ? E_INVALID : either(d, dos_programs, monitor_tasks);
}

static int run_irq(struct dbg *d)
{
	return dbg_end(d) ? E_INVALID : either(d, guest_interrupts, monitor_interrupts);
}

static int run_command(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line);
static int run_prefixed(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line);

#define DUMP_HELP "Memory in hexadecimal and ASCII, in bytes, words (dw) or double words (dd). A range is\n" \
	"`a`, `a b` or `a L length`; alone it goes on. Addresses: seg:off, %linear, !physical."
#define EDIT_HELP "Writes bytes (words, double words) and \"texts\" to memory, ROM included. Without values it\n" \
	"asks for each: Enter keeps it, - goes back, . ends."
#define PORT_HELP "Reads or writes a port as the machine sees it, side effects included; for k the real one."
#define POINT_USAGE "[if EXPR] [count N] [do \"COMMANDS\"]"
#define POINT_HELP "From the N-th time on that EXPR is not 0; then COMMANDS are carried out. EXPR knows value, address " \
	"(or port) and size\nof an access."
#define BREAK_HELP "Removes (bc), disables (bd) or enables (be) breakpoints by number, or all of them: *."

static const struct entry {
	struct command_ops ops;
	int (*run)(struct dbg *d);
} commands[] = {
#define EXAMPLE(TEXT) "\nExample: " TEXT
#define COMMAND(NAME, USAGE, HELP, SHOWN, RUN) \
	{ { .name = NAME, .usage = USAGE, .help = HELP EXAMPLE(SHOWN), .run = run_command }, RUN }
	{ { .name = "dbg", .usage = "dbg NAME|k [stop]", .run = run_dbg, .complete = complete_dbg,
	    .help = "Selects a machine, or k, the monitor itself, as the debugger's target; with stop it stands from now\n"
		    "on. Debugger numbers are\n"
		    "hexadecimal, 0n10 is decimal. `NAME:` before a command or address names another target. q leaves;\n"
		    "the last one to leave takes the breakpoints along." EXAMPLE("dbg dos stop; dbg k") }, NULL },
	{ { .name = "NAME:", .usage = "NAME: COMMAND", .run = run_prefixed, .help = "A debugger's command for that machine, "
		    "or k, the monitor, whoever is the target. `NAME:` may also stand\nbefore an address." EXAMPLE("two: r; d two:40:0") }, NULL },
	{ { .name = "q", .usage = "q", .help = "Leaves the debugger; who leaves last takes the breakpoints along." EXAMPLE("q"), .run = run_quit }, NULL },
	{ { .name = "quit", .usage = "quit", .help = "Leaves the debugger; who leaves last takes the breakpoints along." EXAMPLE("quit"), .run = run_quit }, NULL },
	COMMAND("r", "r [REG[=VALUE]] | r [TASK]", "Registers; those that changed since the last stop have a star. "
		"Flags are registers too: r zf=1.\nFor k: those of a task.",
		"r; r ax=1234; r zf=1", run_r),
	COMMAND("rs", "rs", "Segments, control and debug registers, flags, the coprocessor.",
		"rs", run_rs),
	COMMAND("d", "d [RANGE]", DUMP_HELP,
		"d ds:si L 20; d; d %400 4ff; d !b8000 L 10", run_d),
	COMMAND("db", "db [RANGE]", DUMP_HELP,
		"db es:di L 10", run_d),
	COMMAND("dw", "dw [RANGE]", DUMP_HELP,
		"dw ss:sp L 8", run_d),
	COMMAND("dd", "dd [RANGE]", DUMP_HELP,
		"dd 0:0 L 10", run_d),
	COMMAND("e", "e ADDRESS [VALUE...]", EDIT_HELP,
		"e 0:600 90 90 \"text\"", run_e),
	COMMAND("eb", "eb ADDRESS [VALUE...]", EDIT_HELP,
		"eb ds:100 1 2 3", run_e),
	COMMAND("ew", "ew ADDRESS [VALUE...]", EDIT_HELP,
		"ew 40:13 280", run_e),
	COMMAND("ed", "ed ADDRESS [VALUE...]", EDIT_HELP,
		"ed 0:84 12345678", run_e),
	COMMAND("he", "he [ADDRESS]", "The hex editor: cursor keys, digits, Tab to the characters and back, Esc leaves. ROM is "
		"bold; devices' memory,\nwhich may have effects, is reversed.",
		"he ds:100", run_he),
	COMMAND("f", "f RANGE VALUE...", "Fills a range with bytes, \"texts\", `word N` and `dword N`, over and over.",
		"f 0:8000 L 100 0", run_f),
	COMMAND("m", "m RANGE TO", "Moves (copies) a range; the two may overlap.",
		"m 0:7c00 L 200 9000:0", run_m),
	COMMAND("c", "c RANGE WITH", "Compares a range with another place; shows bytes that differ.",
		"c 0:7c00 L 200 9000:0", run_c),
	COMMAND("s", "s RANGE VALUE...", "Searches a range for bytes, \"texts\", `word N` and `dword N`.",
		"s f000:0 L ffff \"BIOS\"", run_s),
	COMMAND("u", "u [RANGE] [16|32]", "Disassembles; warns where the memory is probably no code. A last word 16 or 32 "
		"is the code's size:\nwrite 0x32 to mean an address.",
		"u; u cs:ip L 20; u add_up", run_u),
	COMMAND("a", "a [ADDRESS] [16|32] [TEXT]", "Assembles lines to memory until an empty one, or the one that is given. It takes "
		"what u prints, expressions,\nlabels (`name:`, also before they are defined), db, dw, dd. Warns where the "
		"memory is probably no code.",
		"a 7e36; a 100 jmp short again", run_a),
	COMMAND("sym", "sym load FILE [ADDRESS] | sym list", "Symbols of the machine: from an ELF file, a linker's .MAP or nasm's "
		"map. ADDRESS: where the program lies,\nif the file does not know (of a .MAP its first segment; left out, that of the DOS program that runs). They are names in addresses and listings.",
		"sym load /demo/sum.map", run_sym),
	COMMAND("ln", "ln ADDRESS", "The symbols nearest to an address.",
		"ln cs:ip", run_ln),
	COMMAND("t", "t [N] [until EXPR]", "Executes an instruction, or N of them, or as many as there are until EXPR is "
		"not 0; into calls and\ninterrupts. Shows the last stop.",
		"t; t 10; t until ax==0", run_t),
	COMMAND("p", "p [N] [until EXPR]", "As t, but a CALL, INT, LOOP or repeated instruction with all it does.",
		"p; p until cs!=f000", run_p),
	COMMAND("gu", "gu", "Goes on until what was called last returns.",
		"gu", run_gu),
	COMMAND("g", "g [=FROM] [ADDRESS...]", "Goes on until a breakpoint, one of the addresses, or Ctrl+C.",
		"g; g 7c3e; g =100", run_g),
	COMMAND("bpx", "bpx ADDRESS [fast|hw] " POINT_USAGE, "Stops before the instruction at an address, ROM too. fast lays "
		"an INT3 there, hw takes a debug register, for code that runs often.\n" POINT_HELP,
		"bpx 7e33 if bx==12 do \"r; g\"", run_bp),
	COMMAND("bpm", "bpm ADDRESS [1|2|4] r|w|rw|x [hw] " POINT_USAGE, "Stops behind an access to these bytes (x: before "
		"code there). hw takes a debug register.\n" POINT_HELP,
		"bpm 40:17 1 w", run_bp),
	COMMAND("bpr", "bpr RANGE r|w|rw|x " POINT_USAGE, "Stops behind an access to any byte of a range (x: before code "
		"there).\n" POINT_HELP,
		"bpr 0:84 L 4 w", run_bp),
	COMMAND("bpio", "bpio PORT[-PORT] r|w|rw " POINT_USAGE, "Stops behind an IN or OUT.\n" POINT_HELP,
		"bpio 3f8-3ff w if value==41", run_bp),
	COMMAND("bpint", "bpint N [AH [AL]] " POINT_USAGE, "Stops in the handler of interrupt N, from INT or from a device.\n"
		POINT_HELP,
		"bpint 21 3d", run_bp),
	COMMAND("bpirq", "bpirq N " POINT_USAGE, "Stops in the handler of a virtual IRQ.\n" POINT_HELP,
		"bpirq 1", run_bp),
	COMMAND("bpexc", "bpexc [N] " POINT_USAGE, "Stops in the handler of an exception.\n" POINT_HELP,
		"bpexc 0", run_bp),
	COMMAND("bpmode", "bpmode " POINT_USAGE, "Stops when CR0 changes, or is to leave real mode.\n" POINT_HELP,
		"bpmode", run_bp),
	COMMAND("bphalt", "bphalt " POINT_USAGE, "Stops behind a HLT with interrupts off.\n" POINT_HELP,
		"bphalt", run_bp),
	COMMAND("bpstop", "bpstop " POINT_USAGE, "Comes here when the machine cannot go on.\n" POINT_HELP,
		"bpstop", run_bp),
	COMMAND("bsave", "bsave FILE", "Writes the breakpoints to a file, as the commands that make them.",
		"bsave /dos.bp", run_bsave),
	COMMAND("bload", "bload FILE", "Sets the breakpoints that a file lists.",
		"bload /dos.bp", run_bload),
	COMMAND("bl", "bl", "Lists breakpoints.",
		"bl", run_bl),
	COMMAND("bc", "bc N...|*", BREAK_HELP,
		"bc 0 2; bc *", run_bc),
	COMMAND("bd", "bd N...|*", BREAK_HELP,
		"bd 1", run_bd),
	COMMAND("be", "be N...|*", BREAK_HELP,
		"be *", run_be),
	COMMAND("i", "i PORT", PORT_HELP,
		"i 61", run_i),
	COMMAND("iw", "iw PORT", PORT_HELP,
		"iw 1f0", run_i),
	COMMAND("id", "id PORT", PORT_HELP,
		"id cf8", run_i),
	COMMAND("o", "o PORT VALUE", PORT_HELP,
		"o 61 3", run_o),
	COMMAND("ow", "ow PORT VALUE", PORT_HELP,
		"ow 3c4 f02", run_o),
	COMMAND("od", "od PORT VALUE", PORT_HELP,
		"od cf8 80000000", run_o),
	COMMAND("k", "k [TASK]", "The stack: what may be return addresses, with their calls. For k a back trace, of a "
		"task.",
		"k", run_k),
	COMMAND("gdt", "gdt", "The global descriptor table.",
		"gdt", run_table),
	COMMAND("ldt", "ldt", "The local descriptor table.",
		"ldt", run_ldt),
	COMMAND("state", "state", "The machine as such: mode, virtual interrupt flag, A20, engine, exits by reason, interrupts.",
		"state", run_state),
	COMMAND("idt", "idt", "The interrupt descriptor table.",
		"idt", run_table),
	COMMAND("ivt", "ivt [N]", "The vectors of real mode; of one, also its code.",
		"ivt; ivt 21", run_ivt),
	COMMAND("tss", "tss", "Task state segments.",
		"tss", run_tss),
	COMMAND("pt", "pt [ADDRESS]", "Page tables, or the way of one linear address through them; for a machine also where the PC has "
		"its memory.",
		"pt; pt 0:7c00", run_pt),
	COMMAND("task", "task", "The monitor's tasks; of a machine that runs DOS, its programs.",
		"task", run_task),
	COMMAND("mem", "mem", "What lies where; for k who holds how much.",
		"mem", run_mem),
	COMMAND("irq", "irq", "Interrupts by line.",
		"irq", run_irq),
	COMMAND("mod", "mod", "Modules and the contracts they offer.",
		"mod", run_mod),
	COMMAND("dev", "dev [[NAME.]DEVICE]", "Devices and ports of the machine, or the state of one in words; with DOS, its "
		"devices, too.",
		"dev; dev pic; dev two.com1", run_dev),
	COMMAND("hist", "hist [N]", "Where the last N instructions (10h) were, while the machine was traced (t, p, gu) or in a page "
		"with a\nbreakpoint.",
		"hist; hist 40", run_hist),
	COMMAND("dump", "dump FILE", "Registers, memory, devices, the last exits, tasks, modules and the log in one file, for a bug "
		"report;\nthe host program p86dump prints it.",
		"dump /bug.dump", run_dump),
	COMMAND("flight", "flight [N]", "The last N exits (10h) of the machine to the monitor; for k, of every machine.",
		"flight 40", run_flight),
	COMMAND("?", "? EXPR", "Calculates: 0n decimal, 0o octal, 0y binary, 'c', registers, [memory], seg:off,\n"
		"+ - * / % & | ^ ~ << >> == != < > <= >= && || ?: ( ), not, s8, s16 (a sign extended); `signed` in front of all.",
		"? 0n10+3*2; ? cs:ip+4; ? word [ss:sp]", run_calculate),
#undef COMMAND
#undef EXAMPLE
};

static const struct entry *command_find(const char *name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].ops.name, name))
			return &commands[i];
	return NULL;
}

bool commands_help(struct fmt_sink *out, const char *name)
{
	const struct entry *command = name ? command_find(name) : NULL;

	if (command)
		fmt_sink(out, "%s\n%s\n", command->ops.usage, command->ops.help);
	for (unsigned i = 0; !name && i < ARRAY_SIZE(commands); i++)
		fmt_sink(out, "%s\n", commands[i].ops.usage);
	return command || !name;
}

/* `NAME.DEVICE`, as `dev` takes it: the name is copied, and the text moved behind it. */
static bool dotted(const char **text, char *name, size_t size)
{
	const char *at = *text;
	size_t n = 0;

	while (char_is_space((uint8_t)*at))
		at++;
	while (char_is_alpha((uint8_t)at[n]) || char_is_digit((uint8_t)at[n]) || at[n] == '_' || at[n] == '-')
		n++;
	if (!n || n >= size || at[n] != '.')
		return false;
	memcpy(name, at, n);
	name[n] = 0;
	*text = at + n + 1;
	return true;
}

/* `name` NULL: the seat's target, or the one that the text begins with. */
static int carry_out(struct session *s, const struct session_ops *ops, const struct entry *command,
		     const char *name, const char *text)
{
	struct dbg d = { .command = command->ops.name, .s = s, .ops = ops, .out = ops->out(s), .seat = seat_of(s),
			 .seated = seat_of(s) };
	char prefix[MACHINE_NAME_MAX];
	int error;

	if (!name && (expr_prefix(&text, prefix, sizeof prefix) ||
		      (command->run == run_dev && dotted(&text, prefix, sizeof prefix))))
		name = prefix;
	if (!name && d.seat)
		name = d.seat->name;
	if (!name)
		return dbg_fail(&d, E_INVALID, "no target; dbg NAME selects one, or put NAME: in front");
	error = target(&d, name);
	if (error)
		return error;
	expr_begin(&d.args, &d.env, text);
	error = command->run(&d);
	target_done(&d);
	stop_do(s, ops);
	return error;
}

/* A command of a breakpoint let the machine go on: until its next stop. */
static void wait_again(struct session *s, const struct session_ops *ops, struct seat *seat)
{
	struct dbg d = { .command = "g", .s = s, .ops = ops, .out = ops->out(s), .seat = seat, .seated = true };

	if (!target(&d, seat->name) && d.seat)
		(void)stop_wait(&d);
	target_done(&d);
}

/* Carries out what the last stop's breakpoint says with `do`, while no machine is held. A `g` among it does
 * not wait, so that this does not nest. */
static void stop_do(struct session *s, const struct session_ops *ops)
{
	struct seat *seat = seat_of(s);
	char text[DO_MAX];

	while (seat && !seat->doing && seat->todo[0]) {
		str_copy(text, seat->todo, sizeof text);
		seat->todo[0] = 0;
		seat->doing = true;
		seat->gone_on = false;
		(void)ops->run(s, text);
		seat = seat_of(s);
		if (!seat)
			return;
		seat->doing = false;
		if (seat->gone_on)
			wait_again(s, ops, seat);
		seat = seat_of(s);
	}
}

static int run_command(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line)
{
	(void)argc;
	return carry_out(s, ops, command_find(argv[0]), NULL, line);
}

/* Cuts the command's name off: a word, or `?`. NULL: none of ours. */
static const struct entry *command_word(const char **text)
{
	char name[COMMAND_NAME_MAX];
	const char *at = *text;
	size_t n = 0;

	while (char_is_space((uint8_t)*at))
		at++;
	while (n + 1 < sizeof name && char_is_alpha((uint8_t)at[n]))
		n++;
	if (*at == '?')
		n = 1;
	if (!n || (*at != '?' && at[n] && !char_is_space((uint8_t)at[n]) && at[n] != '='))
		return NULL;
	memcpy(name, at, n);
	name[n] = 0;
	*text = at + n;
	return command_find(name);
}

/* `NAME:command`, `?expression` and `g=address`: what the shell would not take for a command. */
static int whole_line(struct session *s, const struct session_ops *ops, const char *line)
{
	const struct entry *command;
	char name[MACHINE_NAME_MAX];
	bool prefixed = expr_prefix(&line, name, sizeof name);
	int error;

	command = command_word(&line);
	if (command && command->run)
		error = carry_out(s, ops, command, prefixed ? name : NULL, line);
	else if (prefixed)
		error = ops->fail(s, E_INVALID, "%s:%.20s: no command of the debugger; help lists them", name, line);
	else
		return E_NOT_FOUND;
	/* To the shell this would mean that the line is not ours. */
	return error == E_NOT_FOUND ? E_INVALID : error;
}

static int mode_line(struct session *s, void *ctx, const char *line)
{
	return whole_line(s, ((struct seat *)ctx)->ops, line);
}

/* The same without a seat: the shell took `NAME:` and what is written together with it for a command. */
static int run_prefixed(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line)
{
	size_t size = strlen(argv[0]) + strlen(line) + 2;
	char *text = mem_alloc(module_account(state.self), size);
	int error;

	(void)argc;
	if (!text)
		return ops->fail(s, E_NO_MEMORY, "%s: out of memory; `memory` shows who has it", argv[0]);
	fmt_buf(text, size, "%s %s", argv[0], line);
	error = whole_line(s, ops, text);
	mem_free(text);
	return error == E_NOT_FOUND ? ops->fail(s, error, "%s: no such command; help lists them", argv[0]) : error;
}

int monitor_line(struct session *s, const struct session_ops *ops, const char *line)
{
	const struct entry *command = command_word(&line);

	return command && command->run ? carry_out(s, ops, command, MONITOR, line) : E_NOT_FOUND;
}

/* --- clients ------------------------------------------------------------------------------------------------ */

int client_sit(struct session *s, const struct session_ops *ops, const char *machine, struct seat **seat)
{
	struct dbg d = { .command = "dbg", .s = s, .ops = ops, .out = ops->out(s) };
	const struct machine *m = machine_find(machine);
	int error;

	if (m && machine_state(m) == MACHINE_NEW)
		return E_INVALID;
	error = m ? select_target(&d, machine, true) : E_NOT_FOUND;
	target_done(&d);
	*seat = seat_of(s);
	if (error && *seat)
		seat_left(s, *seat);
	return error;
}

void client_leave(struct session *s, struct seat *seat)
{
	seat_left(s, seat);
}

int client_line(struct session *s, struct seat *seat, const char *line)
{
	return mode_line(s, seat, line);
}

int client_target(struct dbg *d)
{
	int error = target(d, d->seat->name);

	if (!error && d->seat)
		return E_OK;
	target_done(d);
	return E_NOT_FOUND;
}

/* --- the module ---------------------------------------------------------------------------------------------- */

static int start(struct module *self)
{
	int error = offer_get(X86_ROLE, "x86", X86_VERSION, &state.x86_offer, &state.x86, NULL);
	unsigned i;

	if (error)
		return error;
	state.self = self;
	list_init(&state.seats);
	list_init(&state.watches);
	list_init(&state.symbols);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		error = offer_add(self, COMMAND_ROLE, commands[i].ops.name, COMMAND_VERSION, &commands[i].ops, NULL);
		if (error)
			goto undo;
	}
	error = offer_add(self, DEBUG_ROLE, "debugger", DEBUG_VERSION, &client_ops, NULL);
	if (error)
		goto undo;
	crash_lend(true);
	return E_OK;

undo:
	while (i--)
		offer_remove(self, COMMAND_ROLE, commands[i].ops.name);
	offer_put(state.x86_offer);
	return error;
}

static void stop(struct module *self)
{
	(void)self;
	crash_lend(false);
	watches_drop();
	symbols_drop();
	offer_put(state.x86_offer);
}

/* A seat holds a reference, so nobody sits here when this is asked. */
static bool wants_to_go(struct module *self)
{
	(void)self;
	return true;
}

static const struct module_need needs[] = {
	{ X86_ROLE, "x86", X86_VERSION, false },
	{ 0 },
};

MODULE(.name = "debugger", .summary = "debugger for machines and the monitor", .needs = needs, .start = start,
       .stop = stop, .wants_to_go = wants_to_go);
