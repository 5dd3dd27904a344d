/* The debugger's commands: what they are called, what help says of them, who carries them out. */
#include "debugger.h"

#include <base/mem.h>

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

#define DUMP_HELP \
	"Memory in hexadecimal and ASCII, in bytes, words (dw) or double words (dd). A\n" \
	"range is `a`, `a b` or `a L length`; alone it goes on. Addresses: seg:off,\n" \
	"%linear, !physical."
#define EDIT_HELP \
	"Writes bytes (words, double words) and \"texts\" to memory, ROM included. Without\n" \
	"values it asks for each: Enter keeps it, - goes back, . ends."
#define PORT_HELP \
	"Reads or writes a port as the machine sees it, side effects included; for k the\n" \
	"real one."
#define POINT_USAGE "[if EXPR] [count N] [do \"COMMANDS\"]"
#define POINT_HELP \
	"From the N-th time on that EXPR is not 0; then COMMANDS are carried out. EXPR\n" \
	"knows value, address (or port) and size of an access."
#define BREAK_HELP \
	"Removes (bc), disables (bd) or enables (be) breakpoints by number, or all of\n" \
	"them: *."

static const struct debugger_command commands[] = {
#define EXAMPLE(TEXT) "\nExample: " TEXT
#define COMMAND(NAME, USAGE, HELP, SHOWN, RUN) \
	{ { .name = NAME, .usage = USAGE, .help = HELP EXAMPLE(SHOWN), .run = run_command }, RUN }
	{ { .name = "dbg", .usage = "dbg NAME|k [stop]", .run = run_dbg, .complete = complete_dbg,
	    .help = "Selects a machine, or k, the monitor itself, as the debugger's target; with\n"
		    "stop it stands from now on. Numbers are hexadecimal then, 0n10 is decimal;\n"
		    "`NAME:` before a command or address names another target. q leaves; the last one\n"
		    "to leave takes the breakpoints along." EXAMPLE("dbg dos stop; dbg k") }, NULL },
	{ { .name = "NAME:", .usage = "NAME: COMMAND", .run = run_prefixed,
	    .help = "A debugger's command for that machine, or k, the monitor, whoever is the target.\n"
		    "`NAME:` may also stand before an address." EXAMPLE("two: r; d two:40:0") }, NULL },
	{ { .name = "q", .usage = "q", .run = run_quit,
	    .help = "Leaves the debugger; who leaves last takes the breakpoints along." EXAMPLE("q") }, NULL },
	{ { .name = "quit", .usage = "quit", .run = run_quit,
	    .help = "Leaves the debugger; who leaves last takes the breakpoints along." EXAMPLE("quit") }, NULL },
	COMMAND("r", "r [REG[=VALUE]] | r [TASK]",
		"Registers; those that changed since the last stop have a star. Flags are\n"
		"registers too: r zf=1. For k: those of a task.",
		"r; r ax=1234; r zf=1", run_r),
	COMMAND("rs", "rs",
		"Segments, control and debug registers, flags, the coprocessor.",
		"rs", run_rs),
	COMMAND("d", "d [RANGE]",
		DUMP_HELP,
		"d ds:si L 20; d; d %400 4ff; d !b8000 L 10", run_d),
	COMMAND("db", "db [RANGE]",
		DUMP_HELP,
		"db es:di L 10", run_d),
	COMMAND("dw", "dw [RANGE]",
		DUMP_HELP,
		"dw ss:sp L 8", run_d),
	COMMAND("dd", "dd [RANGE]",
		DUMP_HELP,
		"dd 0:0 L 10", run_d),
	COMMAND("e", "e ADDRESS [VALUE...]",
		EDIT_HELP,
		"e 0:600 90 90 \"text\"", run_e),
	COMMAND("eb", "eb ADDRESS [VALUE...]",
		EDIT_HELP,
		"eb ds:100 1 2 3", run_e),
	COMMAND("ew", "ew ADDRESS [VALUE...]",
		EDIT_HELP,
		"ew 40:13 280", run_e),
	COMMAND("ed", "ed ADDRESS [VALUE...]",
		EDIT_HELP,
		"ed 0:84 12345678", run_e),
	COMMAND("he", "he [ADDRESS]",
		"The hex editor: cursor keys, digits, Tab to the characters and back, Esc\n"
		"leaves. ROM is bold; devices' memory, which may have effects, is reversed.",
		"he ds:100", run_he),
	COMMAND("f", "f RANGE VALUE...",
		"Fills a range with bytes, \"texts\", `word N` and `dword N`, over and over.",
		"f 0:8000 L 100 0", run_f),
	COMMAND("m", "m RANGE TO",
		"Moves (copies) a range; the two may overlap.",
		"m 0:7c00 L 200 9000:0", run_m),
	COMMAND("c", "c RANGE WITH",
		"Compares a range with another place; shows bytes that differ.",
		"c 0:7c00 L 200 9000:0", run_c),
	COMMAND("s", "s RANGE VALUE...",
		"Searches a range for bytes, \"texts\", `word N` and `dword N`.",
		"s f000:0 L ffff \"BIOS\"", run_s),
	COMMAND("u", "u [RANGE] [16|32]",
		"Disassembles; warns where the memory is probably no code. A last word 16 or 32\n"
		"is the code's size: write 0x32 to mean an address.",
		"u; u cs:ip L 20; u add_up", run_u),
	COMMAND("a", "a [ADDRESS] [16|32] [TEXT]",
		"Assembles lines to memory until an empty one, or the one that is given. It\n"
		"takes what u prints, expressions, labels (`name:`, also before they are\n"
		"defined), db, dw, dd. Warns where the memory is probably no code.",
		"a 7e36; a 100 jmp short again", run_a),
	COMMAND("sym", "sym load FILE [ADDRESS] | sym list",
		"Symbols of the machine: from an ELF file, a linker's .MAP or nasm's map.\n"
		"ADDRESS: where the program lies, if the file does not know (of a .MAP its first\n"
		"segment; left out, that of the DOS program that runs). They are names in\n"
		"addresses and listings.",
		"sym load /demo/sum.map", run_sym),
	COMMAND("ln", "ln ADDRESS",
		"The symbols nearest to an address.",
		"ln cs:ip", run_ln),
	COMMAND("t", "t [N] [until EXPR]",
		"Executes an instruction, or N of them, or as many as there are until EXPR is\n"
		"not 0; into calls and INT. Devices' interrupts are no steps, their handlers run\n"
		"at full speed. Shows the last stop.",
		"t; t 10; t until ax==0", run_t),
	COMMAND("p", "p [N] [until EXPR]",
		"As t, but a CALL, INT, LOOP or repeated instruction with all it does.",
		"p; p until cs!=f000", run_p),
	COMMAND("gu", "gu",
		"Goes on until what was called last returns.",
		"gu", run_gu),
	COMMAND("g", "g [=FROM] [ADDRESS...]",
		"Goes on until a breakpoint, one of the addresses, or Ctrl+C.",
		"g; g 7c3e; g =100", run_g),
	COMMAND("bpx", "bpx ADDRESS [fast|hw] " POINT_USAGE,
		"Stops before the instruction at an address, ROM too. fast lays an INT3 there,\n"
		"hw takes a debug register, for code that runs often.\n" POINT_HELP,
		"bpx 7e33 if bx==12 do \"r; g\"", run_bp),
	COMMAND("bpm", "bpm ADDRESS [1|2|4] r|w|rw|x [hw] " POINT_USAGE,
		"Stops behind an access to these bytes (x: before code there). hw takes a debug\n"
		"register.\n" POINT_HELP,
		"bpm 40:17 1 w", run_bp),
	COMMAND("bpr", "bpr RANGE r|w|rw|x " POINT_USAGE,
		"Stops behind an access to any byte of a range (x: before code there).\n" POINT_HELP,
		"bpr 0:84 L 4 w", run_bp),
	COMMAND("bpio", "bpio PORT[-PORT] r|w|rw " POINT_USAGE,
		"Stops behind an IN or OUT.\n" POINT_HELP,
		"bpio 3f8-3ff w if value==41", run_bp),
	COMMAND("bpint", "bpint N [AH [AL]] " POINT_USAGE,
		"Stops in the handler of interrupt N, from INT or from a device.\n" POINT_HELP,
		"bpint 21 3d", run_bp),
	COMMAND("bpirq", "bpirq N " POINT_USAGE,
		"Stops in the handler of a virtual IRQ.\n" POINT_HELP,
		"bpirq 1", run_bp),
	COMMAND("bpexc", "bpexc [N] " POINT_USAGE,
		"Stops in the handler of an exception.\n" POINT_HELP,
		"bpexc 0", run_bp),
	COMMAND("bpmode", "bpmode " POINT_USAGE,
		"Stops when CR0 changes, or is to leave real mode.\n" POINT_HELP,
		"bpmode", run_bp),
	COMMAND("bphalt", "bphalt " POINT_USAGE,
		"Stops behind a HLT with interrupts off.\n" POINT_HELP,
		"bphalt", run_bp),
	COMMAND("bpstop", "bpstop " POINT_USAGE,
		"Comes here when the machine cannot go on.\n" POINT_HELP,
		"bpstop", run_bp),
	COMMAND("bsave", "bsave FILE",
		"Writes the breakpoints to a file, as the commands that make them.",
		"bsave /dos.bp", run_bsave),
	COMMAND("bload", "bload FILE",
		"Sets the breakpoints that a file lists.",
		"bload /dos.bp", run_bload),
	COMMAND("bl", "bl",
		"Lists breakpoints.",
		"bl", run_bl),
	COMMAND("bc", "bc N...|*",
		BREAK_HELP,
		"bc 0 2; bc *", run_bc),
	COMMAND("bd", "bd N...|*",
		BREAK_HELP,
		"bd 1", run_bd),
	COMMAND("be", "be N...|*",
		BREAK_HELP,
		"be *", run_be),
	COMMAND("i", "i PORT",
		PORT_HELP,
		"i 61", run_i),
	COMMAND("iw", "iw PORT",
		PORT_HELP,
		"iw 1f0", run_i),
	COMMAND("id", "id PORT",
		PORT_HELP,
		"id cf8", run_i),
	COMMAND("o", "o PORT VALUE",
		PORT_HELP,
		"o 61 3", run_o),
	COMMAND("ow", "ow PORT VALUE",
		PORT_HELP,
		"ow 3c4 f02", run_o),
	COMMAND("od", "od PORT VALUE",
		PORT_HELP,
		"od cf8 80000000", run_o),
	COMMAND("k", "k [TASK]",
		"The stack: what may be return addresses, with their calls. For k a back trace,\n"
		"of a task.",
		"k", run_k),
	COMMAND("gdt", "gdt",
		"The global descriptor table.",
		"gdt", run_table),
	COMMAND("ldt", "ldt",
		"The local descriptor table.",
		"ldt", run_ldt),
	COMMAND("state", "state",
		"The machine as such: mode, virtual interrupt flag, A20, engine, exits by\n"
		"reason, interrupts.",
		"state", run_state),
	COMMAND("idt", "idt",
		"The interrupt descriptor table.",
		"idt", run_table),
	COMMAND("ivt", "ivt [N]",
		"The vectors of real mode; of one, also its code.",
		"ivt; ivt 21", run_ivt),
	COMMAND("tss", "tss",
		"Task state segments.",
		"tss", run_tss),
	COMMAND("pt", "pt [ADDRESS]",
		"Page tables, or the way of one linear address through them; for a machine also\n"
		"where the PC has its memory.",
		"pt; pt 0:7c00", run_pt),
	COMMAND("task", "task",
		"The monitor's tasks; of a machine that runs DOS, its programs.",
		"task", run_task),
	COMMAND("mem", "mem",
		"What lies where; for k who holds how much.",
		"mem", run_mem),
	COMMAND("irq", "irq",
		"Interrupts by line.",
		"irq", run_irq),
	COMMAND("mod", "mod",
		"Modules and the contracts they offer.",
		"mod", run_mod),
	COMMAND("dev", "dev [[NAME.]DEVICE]",
		"Devices and ports of the machine, or the state of one in words; with DOS, its\n"
		"devices, too.",
		"dev; dev pic; dev two.com1", run_dev),
	COMMAND("hist", "hist [N]",
		"Where the last N instructions (10h) were, while the machine was traced (t, p,\n"
		"gu) or in a page with a breakpoint.",
		"hist; hist 40", run_hist),
	COMMAND("dump", "dump FILE",
		"Registers, memory, devices, the last exits, tasks, modules and the log in one\n"
		"file, for a bug report; the host program p86dump prints it.",
		"dump /bug.dump", run_dump),
	COMMAND("flight", "flight [N]",
		"The last N exits (10h) of the machine to the monitor; for k, of every machine.",
		"flight 40", run_flight),
	COMMAND("?", "? EXPR",
		"Calculates: 0n decimal, 0o octal, 0y binary, 'c', registers, flags (zf, @cf),\n"
		"[memory], seg:off, %linear, !physical, symbols, + - * / % & | ^ ~ << >> == !=\n"
		"< > <= >= && || ?: ( ), not, s8, s16 (sign extended); `signed` in front of all.",
		"? 0n10+3*2; ? cs:ip+4; ? word [ss:sp]", run_calculate),
#undef COMMAND
#undef EXAMPLE
};

const struct debugger_command *command_find(const char *name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].ops.name, name))
			return &commands[i];
	return NULL;
}

const struct debugger_command *command_at(unsigned index)
{
	return index < ARRAY_SIZE(commands) ? &commands[index] : NULL;
}

bool commands_help(struct fmt_sink *out, const char *name)
{
	const struct debugger_command *command = name ? command_find(name) : NULL;

	if (command)
		fmt_sink(out, "%s\n%s\n", command->ops.usage, command->ops.help);
	for (unsigned i = 0; !name && i < ARRAY_SIZE(commands); i++)
		fmt_sink(out, "%s\n", commands[i].ops.usage);
	return command || !name;
}
