/* Commands that concern the session itself. */
#include "shell.h"
#include "lexer.h"

#include <base/mem.h>
#include <term/number.h>

/* --- help ------------------------------------------------------------------------------------ */

struct name_list {
	struct session *s;
	unsigned column, width;
	const char *after;         /* the last one printed: names come in order */
	const char *next;
	char names[2][32];
};

/* Finds the smallest name that is larger than the last one: sorting without memory. */
static void find_next(void *ctx, const char *name)
{
	struct name_list *list = ctx;

	if (list->after && strcmp(name, list->after) <= 0)
		return;
	if (list->next && strcmp(name, list->next) >= 0)
		return;
	str_copy(list->names[1], name, sizeof list->names[1]);
	list->next = list->names[1];
}

static void help_list(struct session *s)
{
	struct name_list list = { .s = s, .width = s->console->columns(s->place) };

	for (;;) {
		list.next = NULL;
		shell_command_each(s->shell, find_next, &list);
		if (!list.next)
			break;
		memcpy(list.names[0], list.names[1], sizeof list.names[0]);
		list.after = list.names[0];
		if (list.column + 13 > list.width) {
			fmt_sink(s->out, "\n");
			list.column = 0;
		}
		list.column += (unsigned)fmt_sink(s->out, "%-12s ", list.after);
	}
	fmt_sink(s->out, "\n\nhelp COMMAND tells more. Tab completes, Up recalls, Ctrl+C interrupts.\n"
		 "On the screen: Ctrl+Alt+F1 shell, F2 log, F3... machines, F10 all of them.\n");
}

static int run_help(struct session *s, const struct session_ops *ops, int argc, char **argv,
		    const char *line)
{
	const struct command_ops *command;
	void *reference;

	(void)line;
	if (argc < 2) {
		help_list(s);
		return E_OK;
	}
	command = shell_command_get(s->shell, argv[1], &reference);
	if (!command)
		return ops->fail(s, E_NOT_FOUND, "%s: no such command; help lists them", argv[1]);
	fmt_sink(s->out, "%s\n%s\n", command->usage, command->help);
	shell_command_put(s->shell, reference);
	return E_OK;
}


static void complete_help(struct session *s, int argc, char **argv, const char *word,
			  void (*add)(void *ctx, const char *text), void *ctx)
{
	(void)argc, (void)argv, (void)word;
	shell_command_each(s->shell, add, ctx);
}

/* --- scripts ------------------------------------------------------------------------------------ */

static int run_source(struct session *s, const struct session_ops *ops, int argc, char **argv,
		      const char *line)
{
	(void)line;
	if (argc < 2)
		return ops->fail(s, E_INVALID, "source: needs a file; usage: source FILE [ARGUMENT...]");
	return session_source(s, argv[1], argc - 1, argv + 1);
}

static int run_on(struct session *s, const struct session_ops *ops, int argc, char **argv,
		  const char *line)
{
	bool go_on;

	(void)line;
	if (argc != 3 || strcmp(argv[1], "error"))
		return ops->fail(s, E_INVALID, "on: wrong arguments; usage: on error stop|continue");
	go_on = !strcmp(argv[2], "continue");
	if (!go_on && strcmp(argv[2], "stop"))
		return ops->fail(s, E_INVALID, "%s: neither stop nor continue; use one of them", argv[2]);
	if (s->script)
		s->script->go_on = go_on;
	else
		s->shell->scripts_continue = go_on;
	return E_OK;
}

/* --- words ------------------------------------------------------------------------------------------ */

static int run_echo(struct session *s, const struct session_ops *ops, int argc, char **argv,
		    const char *line)
{
	(void)ops, (void)line;
	for (int i = 1; i < argc; i++)
		fmt_sink(s->out, "%s%s", i > 1 ? " " : "", argv[i]);
	fmt_sink(s->out, "\n");
	return E_OK;
}

static int run_sleep(struct session *s, const struct session_ops *ops, int argc, char **argv,
		     const char *line)
{
	enum { SLICE_MS = 50 };
	uint64_t seconds, left_ms;

	(void)line;
	if (argc != 2 || number_parse(argv[1], &seconds) || seconds > 1000000)
		return ops->fail(s, E_INVALID, "sleep: needs a number of seconds; usage: sleep SECONDS");
	for (left_ms = seconds * 1000; left_ms; left_ms -= SLICE_MS) {
		if (session_interrupted(s) ||
		    s->shell->host->sleep(s->shell->host->ctx, SLICE_MS * 1000000ull))
			return E_INTERRUPTED;
	}
	return E_OK;
}

static int run_history(struct session *s, const struct session_ops *ops, int argc, char **argv,
		       const char *line)
{
	const char *text;

	(void)ops, (void)argc, (void)argv, (void)line;
	for (unsigned i = 0; (text = history_at(&s->history, i)); i++)
		fmt_sink(s->out, "%4u  %s\n", i + 1, text);
	return E_OK;
}

/* --- variables and aliases --------------------------------------------------------------------------- */

static bool is_name(const char *text)
{
	if (!char_is_alpha((uint8_t)*text) && *text != '_')
		return false;
	for (; *text; text++)
		if (!char_is_alpha((uint8_t)*text) && !char_is_digit(*text) && *text != '_')
			return false;
	return true;
}

static void show_bindings(struct session *s, const struct list *list)
{
	list_for(it, list) {
		struct binding *binding = list_item(it, struct binding, link);

		fmt_sink(s->out, "%-12s %s\n", binding->name, binding->value);
	}
}

/* The rest of the line, without quotes around all of it. */
static char *join(struct session *s, int argc, char **argv)
{
	size_t size = 1, n = 0;
	char *text;

	for (int i = 2; i < argc; i++)
		size += strlen(argv[i]) + 1;
	text = shell_alloc(s->shell, size);
	for (int i = 2; text && i < argc; i++)
		n += fmt_buf(text + n, size - n, "%s%s", i > 2 ? " " : "", argv[i]);
	return text;
}

static int bind(struct session *s, struct list *list, int argc, char **argv)
{
	char *text = join(s, argc, argv);
	int error = text ? binding_set(s->shell, list, argv[1], text) : E_NO_MEMORY;

	shell_free_block(s->shell, text);
	if (error)
		return session_ops.fail(s, error, "%s: %s; stop a machine", argv[1], error_text(error));
	return E_OK;
}

static int run_set(struct session *s, const struct session_ops *ops, int argc, char **argv,
		   const char *line)
{
	(void)line;
	if (argc < 2) {
		show_bindings(s, &s->shell->variables);
		return E_OK;
	}
	if (!is_name(argv[1]))
		return ops->fail(s, E_INVALID, "%s: no name of a variable; use letters, digits and _", argv[1]);
	return bind(s, &s->shell->variables, argc, argv);
}

static int remove_binding(struct session *s, struct list *list, int argc, char **argv)
{
	if (argc != 2)
		return session_ops.fail(s, E_INVALID, "%s: needs one name; usage: %s NAME", argv[0], argv[0]);
	if (!binding_get(list, argv[1]))
		return session_ops.fail(s, E_NOT_FOUND, "%s: not set; `%s` alone lists what is", argv[1],
					argv[0] + 2);
	return binding_set(s->shell, list, argv[1], NULL);
}

static int run_unset(struct session *s, const struct session_ops *ops, int argc, char **argv,
		     const char *line)
{
	(void)ops, (void)line;
	return remove_binding(s, &s->shell->variables, argc, argv);
}

static int run_alias(struct session *s, const struct session_ops *ops, int argc, char **argv,
		     const char *line)
{
	(void)ops, (void)line;
	if (argc < 3) {
		show_bindings(s, &s->shell->aliases);
		return E_OK;
	}
	return bind(s, &s->shell->aliases, argc, argv);
}

static int run_unalias(struct session *s, const struct session_ops *ops, int argc, char **argv,
		       const char *line)
{
	(void)ops, (void)line;
	return remove_binding(s, &s->shell->aliases, argc, argv);
}

/* --- output to a file ---------------------------------------------------------------------------------- */

struct file_sink {
	struct fmt_sink sink;
	struct open_file file;
	uint64_t at;
	int error;
};

static void file_put(struct fmt_sink *sink, const char *text, size_t n)
{
	struct file_sink *to = (struct file_sink *)sink;
	int done;

	if (to->error)
		return;
	done = to->file.at.ops->write(to->file.file, to->at, text, n);
	if (done != (int)n)
		to->error = done < 0 ? done : E_NO_SPACE;
	else
		to->at += n;
}

static int run_into(struct session *s, const struct session_ops *ops, int argc, char **argv,
		    const char *line)
{
	struct fmt_sink *before = s->out;
	struct file_sink *to;
	int status;

	(void)line;
	if (argc < 3)
		return ops->fail(s, E_INVALID, "into: wrong arguments; usage: into FILE COMMAND...");
	to = shell_alloc(s->shell, sizeof *to);
	if (!to)
		return session_fail_path(s, E_NO_MEMORY, argv[1]);
	to->sink.put = file_put;
	status = file_create(s, argv[1], &to->file);
	if (!status) {
		s->out = &to->sink;
		status = session_run(s, lexer_rest(line));
		s->out = before;
		to->error = file_finish(s, &to->file, to->error);
		if (to->error)
			status = session_fail_path(s, to->error, to->file.path);
	}
	shell_free_block(s->shell, to);
	return status;
}

const struct command_ops builtin_commands[] = {
	{ .name = "help", .usage = "help [COMMAND]", .run = run_help, .complete = complete_help,
	  .help = "Lists the commands, or tells about one." },
	{ .name = "source", .usage = "source FILE [ARGUMENT...]", .run = run_source,
	  .help = "Runs the lines of a file. $0 is the file, $1 to $9 are the arguments.\n"
		  "A failing command ends the script unless it says `on error continue`." },
	{ .name = "on", .usage = "on error stop|continue", .run = run_on,
	  .help = "What a failing command does to the script it is in, and to scripts sourced there." },
	{ .name = "echo", .usage = "echo [TEXT...]", .run = run_echo, .help = "Prints its arguments." },
	{ .name = "sleep", .usage = "sleep SECONDS", .run = run_sleep,
	  .help = "Waits; Ctrl+C ends it early." },
	{ .name = "history", .usage = "history", .run = run_history,
	  .help = "Lists the lines typed before; Up and Down recall them." },
	{ .name = "set", .usage = "set [NAME VALUE]", .run = run_set,
	  .help = "Sets a variable, used as $NAME; alone, lists them. $? is the status of the last\n"
		  "command: 0 is success." },
	{ .name = "unset", .usage = "unset NAME", .run = run_unset, .help = "Removes a variable." },
	{ .name = "alias", .usage = "alias [NAME TEXT]", .run = run_alias,
	  .help = "NAME as a command's first word stands for TEXT; alone, lists them.\n"
		  "Put TEXT into quotes if it holds a semicolon or variables." },
	{ .name = "unalias", .usage = "unalias NAME", .run = run_unalias, .help = "Removes an alias." },
	{ .name = "into", .usage = "into FILE COMMAND...", .run = run_into,
	  .help = "Runs a command and writes what it prints to a file: into /vm/dos.vm vm show dos" },
	{ 0 },
};
