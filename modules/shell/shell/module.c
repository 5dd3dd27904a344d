/* The shell's ties to the kernel: memory, commands of other modules, file trees, and one task
 * for each place where a user sits. */
#include "shell.h"

#include <base/mem.h>
#include <kern/log.h>
#include <kern/memory.h>
#include <kern/module.h>
#include <kern/task.h>

enum { SESSION_STACK_PAGES = 2, COMMANDS_FILE_MAX = 2048 };
#define COMMANDS_FILE "/etc/commands"
#define STARTUP_FILE "/etc/startup"

struct shell_module {
	struct shell shell;
	struct shell_host host;
	struct account *account;
	char *commands;            /* /etc/commands: lines NAME MODULE; NULL: not read yet */
};

/* --- memory, time, files ------------------------------------------------------------------------- */

static void *host_alloc(void *ctx, size_t size)
{
	struct shell_module *m = ctx;

	return mem_alloc(m->account, size);
}

static void host_free(void *ctx, void *block)
{
	(void)ctx;
	mem_free(block);
}

static int host_sleep(void *ctx, uint64_t ns)
{
	(void)ctx;
	return task_sleep(ns);
}

static void host_trim(void *ctx)
{
	(void)ctx;
	modules_trim_left();
}

static bool is_offered(const char *role, const char *name)
{
	const char *offered;

	for (unsigned i = 0; offer_at(role, i, &offered, NULL); i++)
		if (!strcmp(offered, name))
			return true;
	return false;
}

static const struct fs_ops *host_fs_get(void *ctx, const char *name, void **fs, void **reference)
{
	const struct fs_ops *ops = NULL;
	struct offer *offer;

	(void)ctx;
	if (!is_offered(FS_ROLE, name) || offer_get(FS_ROLE, name, FS_VERSION, &offer, &ops, fs))
		return NULL;
	*reference = offer;
	return ops;
}

static void host_fs_put(void *ctx, void *reference)
{
	(void)ctx;
	offer_put(reference);
}

/* --- commands of other modules ---------------------------------------------------------------------- */

/* Reads the table of commands that a module brings when it is loaded. */
static const char *commands_table(struct shell_module *m)
{
	const struct fs_ops *ops = NULL;
	struct fs_file *file;
	void *fs, *reference;

	if (m->commands)
		return m->commands;
	ops = host_fs_get(m, "root", &fs, &reference);
	if (!ops)
		return "";
	if (ops->open(fs, COMMANDS_FILE, FS_READ, &file) >= 0) {
		uint64_t size = 0;

		if (ops->size(file, &size) < 0 || size > COMMANDS_FILE_MAX)
			log_line("shell: %s is too large", COMMANDS_FILE);
		else
			m->commands = mem_alloc(m->account, (size_t)size + 1);
		if (m->commands && ops->read(file, 0, m->commands, (size_t)size) < 0)
			m->commands[0] = 0;
		ops->close(file);
	}
	host_fs_put(m, reference);
	return m->commands ? m->commands : "";
}

/* Takes a word off a line of the table. */
static const char *table_word(const char *at, char *word, size_t size)
{
	size_t n = 0;

	while (*at == ' ' || *at == '\t')
		at++;
	while (*at && !char_is_space(*at)) {
		if (n + 1 < size)
			word[n++] = *at;
		at++;
	}
	word[n] = 0;
	return at;
}

/* The next line's command and module; NULL at the end. */
static const char *table_line(const char *at, char *name, char *module, size_t size)
{
	if (!*at)
		return NULL;
	at = table_word(at, name, size);
	at = table_word(at, module, size);
	while (*at && *at != '\n')
		at++;
	return *at ? at + 1 : at;
}

static bool module_of_command(struct shell_module *m, const char *name, char *module, size_t size)
{
	const char *at = commands_table(m);
	char command[32];

	while ((at = table_line(at, command, module, size)))
		if (!strcmp(command, name))
			return true;
	return false;
}

static const struct command_ops *host_command_get(void *ctx, const char *name, void **reference)
{
	struct shell_module *m = ctx;
	const struct command_ops *ops = NULL;
	struct offer *offer;
	char module[32];

	if (!is_offered(COMMAND_ROLE, name)) {
		if (!module_of_command(m, name, module, sizeof module) || module_load(module))
			return NULL;
	}
	if (offer_get(COMMAND_ROLE, name, COMMAND_VERSION, &offer, &ops, NULL))
		return NULL;
	*reference = offer;
	return ops;
}

static void host_command_put(void *ctx, void *reference)
{
	(void)ctx;
	offer_put(reference);
}

static bool host_command_at(void *ctx, unsigned index, char *name, size_t size)
{
	struct shell_module *m = ctx;
	const char *offered, *at;
	char module[32];
	unsigned i;

	for (i = 0; offer_at(COMMAND_ROLE, i, &offered, NULL); i++) {
		if (i == index) {
			str_copy(name, offered, size);
			return true;
		}
	}
	at = commands_table(m);
	while ((at = table_line(at, name, module, size < sizeof module ? size : sizeof module)))
		if (*name && *name != '#' && !is_offered(COMMAND_ROLE, name) && i++ == index)
			return true;
	return false;
}

/* --- sessions ------------------------------------------------------------------------------------------ */

struct session_start {
	struct shell_module *module;
	const struct console_ops *console;
	void *place;
	bool first;                /* runs the start-up script */
};

static void greet(struct session *s)
{
	struct place_in_fs at;
	struct fs_info info = { 0 };

	fmt_sink(s->out, "\npoly86. `help` lists the commands.\n");
	if (path_find(s, "/", &at)) {
		fmt_sink(s->out, "/: no volume; scripts and images are not there, look into `log`\n");
		return;
	}
	if (at.ops->info(at.fs, &info) >= 0 && info.in_memory)
		fmt_sink(s->out, "/: the volume is in memory, for no driver reaches the disk it came from; "
			 "changes are lost\n");
	path_done(s, &at);
}

static void run_startup(struct session *s)
{
	char name[] = STARTUP_FILE, *argv[] = { name, NULL };
	struct place_in_fs at;
	struct fs_stat stat;
	int error;

	if (boot_option("safe")) {
		fmt_sink(s->out, "%s: skipped, as asked for at boot\n", STARTUP_FILE);
		return;
	}
	if (path_find(s, STARTUP_FILE, &at))
		return;
	error = at.ops->stat(at.fs, at.path, &stat);
	path_done(s, &at);
	if (!error)
		session_source(s, STARTUP_FILE, 1, argv);
}

static void session_task(void *arg)
{
	struct session_start *start = arg;
	struct session *s = mem_alloc(start->module->account, sizeof *s);

	if (!s) {
		log_line("shell: out of memory for a session");
		return;
	}
	session_init(s, &start->module->shell, start->console, start->place);
	greet(s);
	if (start->first)
		run_startup(s);
	session_loop(s);
	mem_free(s);
	mem_free(start);
}

static int start_session(struct shell_module *m, const char *place, bool first)
{
	struct session_start *start = mem_alloc(m->account, sizeof *start);
	struct offer *offer;
	int error;

	if (!start)
		return E_NO_MEMORY;
	start->module = m;
	start->first = first;
	error = offer_get(CONSOLE_ROLE, place, CONSOLE_VERSION, &offer, &start->console, &start->place);
	if (error) {
		mem_free(start);
		return error;
	}
	/* The session lasts as long as the monitor, and so does its reference. */
	if (!task_new(m->account, place, PRIORITY_SYSTEM, SESSION_STACK_PAGES, session_task, start)) {
		offer_put(offer);
		mem_free(start);
		return E_NO_MEMORY;
	}
	return E_OK;
}

static int start(struct module *self)
{
	static const struct command_ops *const tables[] = {
		builtin_commands, file_commands, edit_commands, system_commands, transfer_commands, NULL,
	};
	struct shell_module *m = mem_alloc(module_account(self), sizeof *m);
	bool screen = is_offered(CONSOLE_ROLE, "screen");
	const char *place;
	int error = E_OK;

	if (!m)
		return E_NO_MEMORY;
	m->account = module_account(self);
	m->host = (struct shell_host){
		.alloc = host_alloc, .free = host_free,
		.command_get = host_command_get, .command_put = host_command_put,
		.command_at = host_command_at,
		.fs_get = host_fs_get, .fs_put = host_fs_put,
		.sleep = host_sleep, .trim = host_trim, .tables = tables, .ctx = m,
	};
	shell_init(&m->shell, &m->host);
	for (unsigned i = 0; !error && offer_at(CONSOLE_ROLE, i, &place, NULL); i++)
		error = start_session(m, place, screen ? !strcmp(place, "screen") : i == 0);
	return error;
}

static const struct module_need needs[] = {
	{ .role = CONSOLE_ROLE, .version = CONSOLE_VERSION },
	{ .role = FS_ROLE, .name = "root", .version = FS_VERSION, .optional = true },
	{ 0 },
};

MODULE(.name = "shell", .summary = "command shell, a session for each screen and line",
       .needs = needs, .start = start);
