/* Commands about the monitor itself: memory, tasks, modules, time, the end. This file knows
 * the kernel. */
#include "shell.h"
#include "lexer.h"

#include <base/mem.h>
#include <iface/block.h>
#include <iface/rtc.h>
#include <kern/log.h>
#include <kern/machine.h>
#include <kern/memory.h>
#include <kern/module.h>
#include <kern/task.h>
#include <term/calendar.h>

#define COMMAND_ARGS struct session *s, const struct session_ops *ops, int argc, char **argv, \
		const char *line
#define UNUSED_ARGS ((void)s, (void)ops, (void)argc, (void)argv, (void)line)

/* --- memory and tasks --------------------------------------------------------------------------- */

static void show_account(void *ctx, const char *name, size_t frames, size_t heap_bytes)
{
	fmt_sink(ctx, "%-16s %8zu K  %8zu\n", name, frames * (PAGE_SIZE / 1024), heap_bytes);
}

static int run_memory(COMMAND_ARGS)
{
	UNUSED_ARGS;
	fmt_sink(s->out, "ACCOUNT            FRAMES    HEAP BYTES\n");
	account_each(show_account, s->out);
	fmt_sink(s->out, "%zu K of %zu K are free\n", frames_free() * (PAGE_SIZE / 1024),
		 frames_total() * (PAGE_SIZE / 1024));
	return E_OK;
}

static void show_task(void *ctx, const struct task_info *task)
{
	fmt_sink(ctx, "%-16s %-9s %4u %5u %10llu %9u %5zu/%zu\n", task->name, task->state,
		 task->priority, task->share, (unsigned long long)(task->runtime / NS_PER_MS),
		 (unsigned)task->switches, task->stack_used, task->stack_size);
}

static int run_tasks(COMMAND_ARGS)
{
	UNUSED_ARGS;
	fmt_sink(s->out, "TASK             STATE     PRIO SHARE    TIME MS  SWITCHES STACK\n");
	task_each(show_task, s->out);
	return E_OK;
}

/* --- modules --------------------------------------------------------------------------------------- */

static void show_module(void *ctx, const struct module_view *module)
{
	fmt_sink(ctx, "%-12s %7zu  %5u  %s%s\n", module->name, module->size, module->users,
		 module->summary ? module->summary : "", module->preloaded ? " (preloaded)" : "");
}

struct module_query {
	struct session *s;
	const char *name;
	bool found;
};

static void show_named(void *ctx, const struct module_view *module)
{
	struct module_query *query = ctx;

	if (strcmp(module->name, query->name))
		return;
	query->found = true;
	fmt_sink(query->s->out, "%s: %s\n%zu bytes at %#lx, %u users%s\n", module->name,
		 module->summary ? module->summary : "no summary", module->size,
		 (unsigned long)module->base, module->users, module->preloaded ? ", preloaded" : "");
}

static void show_offer_of(void *ctx, const char *role, const char *name, uint16_t version,
			  const char *provider, unsigned users)
{
	struct module_query *query = ctx;

	if (!strcmp(provider, query->name))
		fmt_sink(query->s->out, "offers %s %s, version %u, %u users\n", role, name, version, users);
}

static int module_info_of(struct session *s, const char *name)
{
	struct module_query query = { s, name, false };

	module_each(show_named, &query);
	if (!query.found)
		return session_ops.fail(s, E_NOT_FOUND, "%s: not loaded; `module list` shows what is, `module "
					"load` loads it", name);
	offer_each(show_offer_of, &query);
	return E_OK;
}

static int run_module(COMMAND_ARGS)
{
	int error;

	(void)line;
	if (argc == 2 && !strcmp(argv[1], "list")) {
		fmt_sink(s->out, "MODULE          SIZE  USERS  WHAT\n");
		module_each(show_module, s->out);
		return E_OK;
	}
	if (argc == 3 && !strcmp(argv[1], "info"))
		return module_info_of(s, argv[2]);
	if (argc == 3 && !strcmp(argv[1], "load")) {
		error = module_load(argv[2]);
		if (error)
			ops->fail(s, error, "%s: %s; %s", argv[2], error_text(error),
				  *module_last_error() ? module_last_error() : "log may tell more");
		return error;
	}
	if (argc == 3 && !strcmp(argv[1], "unload")) {
		error = module_unload(argv[2]);
		if (error)
			ops->fail(s, error, "%s: %s; `module info %s` shows its users", argv[2],
				  error_text(error), argv[2]);
		return error;
	}
	return ops->fail(s, E_INVALID, "module: wrong arguments; usage: module list | load NAME | unload "
			 "NAME | info NAME");
}

static void complete_module(struct session *s, int argc, char **argv, const char *word,
			    void (*add)(void *ctx, const char *text), void *ctx)
{
	static const char *const verbs[] = { "list", "load", "unload", "info" };

	(void)s, (void)argv, (void)word;
	for (unsigned i = 0; argc == 2 && i < ARRAY_SIZE(verbs); i++)
		add(ctx, verbs[i]);
}

/* --- time ------------------------------------------------------------------------------------------- */

static int run_uptime(COMMAND_ARGS)
{
	uint64_t seconds = time_now() / NS_PER_S;
	unsigned rest = (unsigned)(seconds % 86400);

	UNUSED_ARGS;
	fmt_sink(s->out, "up %u days %02u:%02u:%02u\n", (unsigned)(seconds / 86400), rest / 3600,
		 rest / 60 % 60, rest % 60);
	return E_OK;
}

static int run_date(COMMAND_ARGS)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	const struct rtc_ops *rtc = NULL;
	struct offer *offer;
	struct calendar date;
	uint64_t seconds;
	void *clock;
	int error = offer_get(RTC_ROLE, NULL, RTC_VERSION, &offer, &rtc, &clock);

	UNUSED_ARGS;
	if (error)
		return ops->fail(s, error, "date: no clock driver; is its module in /etc/preload?");
	error = rtc->now(clock, &seconds);
	offer_put(offer);
	if (error)
		return ops->fail(s, error, "date: %s; set the PC's clock in its set-up", error_text(error));
	calendar_of(seconds, &date);
	fmt_sink(s->out, "%s %04u-%02u-%02u %02u:%02u:%02u\n", days[date.weekday], date.year, date.month,
		 date.day, date.hour, date.minute, date.second);
	return E_OK;
}

/* --- log --------------------------------------------------------------------------------------------- */

static int run_log(COMMAND_ARGS)
{
	char text[256];
	uint32_t at = 0;
	size_t n;

	UNUSED_ARGS;
	while ((n = log_read(&at, text, sizeof text)) && !session_interrupted(s))
		s->out->put(s->out, text, n);
	return E_OK;
}

/* --- keyboard ------------------------------------------------------------------------------------------ */

static int run_keymap(COMMAND_ARGS)
{
	const char *name;

	(void)line;
	if (argc > 2)
		return ops->fail(s, E_INVALID, "keymap: wrong arguments; usage: keymap [NAME]");
	if (argc == 2) {
		if (s->console->set_keymap(s->place, argv[1]))
			return ops->fail(s, E_NOT_FOUND, "%s: no such keymap; keymap alone lists them", argv[1]);
		return E_OK;
	}
	for (unsigned i = 0; (name = s->console->keymap_at(s->place, i)); i++)
		fmt_sink(s->out, "%s%s\n", name, strcmp(name, s->console->keymap(s->place)) ? "" : " *");
	return E_OK;
}

static void complete_keymap(struct session *s, int argc, char **argv, const char *word,
			    void (*add)(void *ctx, const char *text), void *ctx)
{
	const char *name;

	(void)argc, (void)argv, (void)word;
	for (unsigned i = 0; (name = s->console->keymap_at(s->place, i)); i++)
		add(ctx, name);
}

/* --- host disks -------------------------------------------------------------------------------------------- */

static int copy_sectors(struct session *s, const struct block_ops *block, void *disk, struct open_file *to)
{
	enum { SECTORS = 36 };
	char *buf = shell_alloc(s->shell, SECTORS * BLOCK_SECTOR);
	struct block_info info;
	uint64_t sector = 0;
	int error = buf ? block->info(disk, &info) : E_NO_MEMORY;

	while (!error && sector < info.sectors) {
		uint64_t left = info.sectors - sector;
		uint32_t count = left < SECTORS ? (uint32_t)left : SECTORS;
		int done;

		error = session_interrupted(s) ? E_INTERRUPTED : block->read(disk, sector, count, buf);
		if (error)
			break;
		done = to->at.ops->write(to->file, sector * BLOCK_SECTOR, buf, count * BLOCK_SECTOR);
		if (done != (int)(count * BLOCK_SECTOR))
			error = done < 0 ? done : E_NO_SPACE;
		sector += count;
	}
	shell_free_block(s->shell, buf);
	return error;
}

int image_read(struct session *s, const char *device, const char *typed)
{
	const struct block_ops *block = NULL;
	struct open_file *file;
	struct offer *offer;
	void *disk;
	int error = offer_get(BLOCK_ROLE, device, BLOCK_VERSION, &offer, &block, &disk);

	if (error)
		return session_ops.fail(s, E_NO_DEVICE, "host:%s: no such device; `module list` shows the "
					"drivers", device);
	file = shell_alloc(s->shell, sizeof *file);
	error = file ? file_create(s, typed, file)
		     : session_fail_path(s, E_NO_MEMORY, typed);
	if (!error) {
		error = file_finish(s, file, copy_sectors(s, block, disk, file));
		if (error)
			session_ops.fail(s, error, "host:%s: %s; %s was not written", device, error_text(error),
					 file->path);
	}
	shell_free_block(s->shell, file);
	offer_put(offer);
	return error;
}

/* --- the end ------------------------------------------------------------------------------------------------ */

enum { LAST_WORDS_MS = 100 };

/* Machines go first: what they have open is closed and written. */
static void finish(struct session *s, const char *words)
{
	struct place_in_fs at;
	struct machine *m;

	while ((m = machine_at(0)))
		machine_delete(m);
	if (!path_find(s, "/", &at)) {
		if (at.ops->sync(at.fs) < 0)
			session_ops.fail(s, E_IO, "/: could not be written; changes are lost");
		path_done(s, &at);
	}
	fmt_sink(&s->terminal, "%s\n", words);
	if (task_sleep(LAST_WORDS_MS * (uint64_t)NS_PER_MS)) /* until a serial line has sent them */
		log_line("shell: in a hurry");
}

static int run_shutdown(COMMAND_ARGS)
{
	UNUSED_ARGS;
	finish(s, "It is safe to switch off.");
	system_halt();
}

static int run_reboot(COMMAND_ARGS)
{
	UNUSED_ARGS;
	finish(s, "Restarting.");
	system_reboot();
}

const struct command_ops system_commands[] = {
	{ .name = "memory", .usage = "memory", .run = run_memory,
	  .help = "Who holds how much memory: frames of 4 KB and heap, by account." },
	{ .name = "tasks", .usage = "tasks", .run = run_tasks,
	  .help = "The monitor's tasks, their processor time and stacks." },
	{ .name = "module", .usage = "module list | load NAME | unload NAME | info NAME", .run = run_module,
	  .complete = complete_module,
	  .help = "Modules in memory, and what they offer. /etc/preload names those loaded at boot." },
	{ .name = "uptime", .usage = "uptime", .run = run_uptime, .help = "Time since boot." },
	{ .name = "date", .usage = "date", .run = run_date, .help = "Date and time of the PC's clock." },
	{ .name = "log", .usage = "log", .run = run_log, .help = "The last messages of the monitor." },
	{ .name = "keymap", .usage = "keymap [NAME]", .run = run_keymap, .complete = complete_keymap,
	  .help = "Sets the keyboard's layout for shell and debugger; alone, lists the layouts.\n"
		  "Machines see the keys themselves and have layouts of their own." },
	{ .name = "shutdown", .usage = "shutdown", .run = run_shutdown,
	  .help = "Switches all machines off, writes everything to the volume and halts." },
	{ .name = "reboot", .usage = "reboot", .run = run_reboot,
	  .help = "Switches all machines off, writes everything to the volume and restarts the PC." },
	{ 0 },
};
