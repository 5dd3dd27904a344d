/* One user's conversation: reads lines, finds commands, runs them.
 *
 * A line goes through these stages: cut at semicolons (lexer.c), alias of the first word,
 * variables, then to the mode in front if there is one (the debugger, a `vm new` block, also
 * within the debugger), and what the mode does not want to a command. Scripts are the same lines from a file; while one
 * runs, everything that asks for a line gets the script's next. A failing command ends its
 * script and those around it, unless the script said `on error continue`; Ctrl+C ends all. */
#include "shell.h"
#include "lexer.h"

#include <base/mem.h>

/* --- output and errors ------------------------------------------------------------------- */

static void terminal_put(struct fmt_sink *sink, const char *text, size_t n)
{
	struct session *s = container_of(sink, struct session, terminal);
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] != '\n' || (i && text[i - 1] == '\r'))
			continue;
		if (i > from)
			s->console->write(s->place, text + from, i - from);
		s->console->write(s->place, "\r\n", 2);
		from = i + 1;
	}
	if (n > from)
		s->console->write(s->place, text + from, n - from);
}

static struct fmt_sink *op_out(struct session *s)
{
	return s->out;
}

__attribute__((format(printf, 3, 4)))
static int op_fail(struct session *s, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fmt_vsink(&s->terminal, format, args);
	va_end(args);
	s->terminal.put(&s->terminal, "\n", 1);
	return error;
}

static const char *hint(int error)
{
	switch (error) {
	case E_NOT_FOUND: return "ls shows what is there";
	case E_EXISTS: return "choose another name or remove it first";
	case E_NO_SPACE: return "df shows what is free; remove something";
	case E_NO_MEMORY: return "memory shows who has it; stop a machine";
	case E_READ_ONLY: return "copy it to a volume that can be written";
	case E_NOT_DIR: return "name a directory";
	case E_IS_DIR: return "name a file";
	case E_NOT_EMPTY: return "remove what is in it first";
	case E_BUSY: return "stop the machine or command that uses it";
	case E_NO_DEVICE: return "df lists the volumes";
	case E_NAME_TOO_LONG: return "use a shorter path";
	case E_INTERRUPTED: return "Ctrl+C was pressed";
	case E_DAMAGED: return "check the volume with check";
	}
	return "log may tell more";
}

int session_fail_path(struct session *s, int error, const char *path)
{
	return op_fail(s, error, "%s: %s; %s", path, error_text(error), hint(error));
}

bool session_interrupted(struct session *s)
{
	return s->ending || s->console->interrupted(s->place, false);
}

/* --- what the sessions share ----------------------------------------------------------------- */

void *shell_alloc(struct shell *shell, size_t size)
{
	return shell->host->alloc(shell->host->ctx, size);
}

void shell_free_block(struct shell *shell, void *block)
{
	shell->host->free(shell->host->ctx, block);
}

static struct binding *binding_find(const struct list *list, const char *name)
{
	list_for(it, list) {
		struct binding *binding = list_item(it, struct binding, link);

		if (!strcmp(binding->name, name))
			return binding;
	}
	return NULL;
}

const char *binding_get(const struct list *list, const char *name)
{
	struct binding *binding = binding_find(list, name);

	return binding ? binding->value : NULL;
}

static void binding_drop(struct shell *shell, struct binding *binding)
{
	list_remove(&binding->link);
	shell_free_block(shell, binding);
}

int binding_set(struct shell *shell, struct list *list, const char *name, const char *value)
{
	struct binding *old = binding_find(list, name), *binding;
	size_t name_size = strlen(name) + 1;

	if (value) {
		binding = shell_alloc(shell, sizeof *binding + name_size + strlen(value) + 1);
		if (!binding)
			return E_NO_MEMORY;
		binding->value = binding->name + name_size;
		memcpy(binding->name, name, name_size);
		memcpy(binding->value, value, strlen(value) + 1);
		list_add(list, &binding->link);
	}
	if (old)
		binding_drop(shell, old);
	return E_OK;
}

void shell_init(struct shell *shell, const struct shell_host *host)
{
	shell->host = host;
	shell->scripts_continue = false;
	list_init(&shell->variables);
	list_init(&shell->aliases);
}

void shell_free(struct shell *shell)
{
	list_for_safe(it, &shell->variables)
		binding_drop(shell, list_item(it, struct binding, link));
	list_for_safe(it, &shell->aliases)
		binding_drop(shell, list_item(it, struct binding, link));
}

const struct command_ops *shell_command_get(struct shell *shell, const char *name, void **reference)
{
	*reference = NULL;
	for (unsigned t = 0; shell->host->tables[t]; t++)
		for (const struct command_ops *c = shell->host->tables[t]; c->name; c++)
			if (!strcmp(c->name, name))
				return c;
	return shell->host->command_get(shell->host->ctx, name, reference);
}

void shell_command_put(struct shell *shell, void *reference)
{
	if (reference)
		shell->host->command_put(shell->host->ctx, reference);
}

void shell_command_each(struct shell *shell, void (*each)(void *ctx, const char *name), void *ctx)
{
	char name[32];

	for (unsigned t = 0; shell->host->tables[t]; t++)
		for (const struct command_ops *c = shell->host->tables[t]; c->name; c++)
			each(ctx, c->name);
	for (unsigned i = 0; shell->host->command_at(shell->host->ctx, i, name, sizeof name); i++)
		each(ctx, name);
}

/* --- running lines --------------------------------------------------------------------------- */

static const char *variable(void *ctx, const char *name)
{
	struct session *s = ctx;

	if (*name == '?') {
		fmt_buf(s->status_text, sizeof s->status_text, "%d", -s->status);
		return s->status_text;
	}
	if (char_is_digit(*name)) {
		int index = *name - '0';

		return s->script && index < s->script->argc ? s->script->argv[index] : NULL;
	}
	return binding_get(&s->shell->variables, name);
}

/* Room for one command on its way; on the heap because scripts nest. */
struct command_buffers {
	char typed[SHELL_LINE_MAX], full[SHELL_LINE_MAX], words[SHELL_LINE_MAX];
	char *argv[SHELL_WORDS_MAX + 1];
};

/* Puts the alias of the first word in its place, in `typed`. */
static int replace_alias(struct session *s, struct command_buffers *b)
{
	size_t n = 0;
	char name[32];

	while (b->typed[n] && !char_is_space(b->typed[n]))
		n++;
	if (n >= sizeof name)
		return E_OK;
	memcpy(name, b->typed, n);
	name[n] = 0;

	const char *value = binding_get(&s->shell->aliases, name);

	if (!value)
		return E_OK;
	if (fmt_buf(b->words, sizeof b->words, "%s%s", value, b->typed + n) >= sizeof b->words)
		return E_NAME_TOO_LONG;
	memcpy(b->typed, b->words, strlen(b->words) + 1);
	return E_OK;
}

static int run_words(struct session *s, struct command_buffers *b)
{
	int argc = lexer_words(b->words, b->argv, SHELL_WORDS_MAX);
	const struct command_ops *command;
	void *reference;
	int status;

	if (argc < 0)
		return op_fail(s, argc, "%s: too many words; at most %d", b->argv[0], SHELL_WORDS_MAX);
	if (!argc)
		return E_OK;
	b->argv[argc] = NULL;
	command = shell_command_get(s->shell, b->argv[0], &reference);
	if (!command && strchr(b->argv[0], ':'))
		command = shell_command_get(s->shell, "NAME:", &reference);
	if (!command)
		return op_fail(s, E_NOT_FOUND, "%s: no such command; help lists them", b->argv[0]);
	status = command->run(s, &session_ops, argc, b->argv, lexer_rest(b->full));
	shell_command_put(s->shell, reference);
	return status;
}

static int run_command(struct session *s, struct command_buffers *b)
{
	int error = replace_alias(s, b);

	if (!error)
		error = lexer_expand(b->typed, b->full, sizeof b->full, variable, s);
	if (error)
		return op_fail(s, error, "command: too long with its variables; at most %d bytes",
			       SHELL_LINE_MAX - 1);
	/* One that ended itself leaves the line to the one behind it. */
	for (unsigned before = s->mode_count + 1; s->mode_count && s->mode_count < before; ) {
		const struct mode_level *level = &s->modes[s->mode_count - 1];
		int status = level->mode->line(s, level->ctx, b->full);

		if (status != E_NOT_FOUND)
			return status;
		before--;
	}
	memcpy(b->words, b->full, strlen(b->full) + 1);
	return run_words(s, b);
}

int session_run(struct session *s, const char *line)
{
	struct command_buffers *b = shell_alloc(s->shell, sizeof *b);
	int status = E_OK;

	if (!b)
		return op_fail(s, E_NO_MEMORY, "shell: out of memory; stop a machine");
	while (line && !s->ending) {
		int error = lexer_command(line, b->typed, sizeof b->typed, &line);

		if (error == E_INVALID)
			status = op_fail(s, error, "line: a quote is not closed; close it");
		else if (error)
			status = op_fail(s, error, "line: too long; at most %d bytes", SHELL_LINE_MAX - 1);
		else if (!*b->typed)
			continue; /* a comment leaves $? alone */
		else
			status = run_command(s, b);
		if (status > 0)
			status = E_OK;
		s->status = status;
		if (error || status == E_INTERRUPTED || (s->script && status && !s->script->go_on))
			break;
	}
	shell_free_block(s->shell, b);
	return status;
}

/* --- scripts ------------------------------------------------------------------------------------ */

/* Cuts the next line out of a script; NULL at its end. */
static const char *script_line(struct script *script)
{
	const char *line = script->at;
	char *end;

	if (!*line)
		return NULL;
	script->line++;
	end = strchr(line, '\n');
	if (end) {
		script->at = end + 1;
		*end = 0;
		if (end > line && end[-1] == '\r')
			end[-1] = 0;
	} else {
		script->at = line + strlen(line);
	}
	return line;
}

/* The one in front ends. */
static void mode_end(struct session *s)
{
	struct mode_level old;

	if (!s->mode_count)
		return;
	old = s->modes[--s->mode_count];
	if (old.mode->left)
		old.mode->left(s, old.ctx);
}

static void set_mode(struct session *s, const struct session_mode *mode, void *ctx)
{
	if (!mode || s->mode_count == SHELL_MODES_MAX)
		mode_end(s);
	if (mode)
		s->modes[s->mode_count++] = (struct mode_level){ mode, ctx, s->script };
}

static int run_script(struct session *s, struct script *script)
{
	const char *line;
	int status = E_OK;

	while (!s->ending && (line = script_line(script))) {
		status = session_run(s, line);
		if (session_interrupted(s))
			return E_INTERRUPTED;
		if (status && !script->go_on)
			return op_fail(s, status, "%s: stopped at line %u; correct it, or say `on error "
				       "continue` in the script", script->name, script->line);
	}
	return script->go_on ? E_OK : status;
}

int session_source(struct session *s, const char *path, int argc, char **argv)
{
	struct script script = { .outer = s->script, .name = path, .argc = argc, .argv = argv,
				 .go_on = s->script ? s->script->go_on : s->shell->scripts_continue };
	size_t size;
	int status;

	if (s->depth == SHELL_SCRIPT_DEPTH)
		return op_fail(s, E_RANGE, "%s: scripts nest deeper than %d; does it call itself?", path,
			       SHELL_SCRIPT_DEPTH);
	status = file_load(s, path, SHELL_SCRIPT_SIZE, &script.text, &size);
	if (status)
		return status;
	script.at = script.text;
	s->script = &script;
	s->depth++;
	status = run_script(s, &script);
	while (s->mode_count && s->modes[s->mode_count - 1].script == &script)
		mode_end(s);
	s->depth--;
	s->script = script.outer;
	shell_free_block(s->shell, script.text);
	return status;
}

/* --- the user ------------------------------------------------------------------------------------- */

static int read_typed(struct session *s, const char *prompt, char *buf, size_t size)
{
	edit_begin(&s->editor, &s->terminal, &s->history, s->console->columns(s->place), prompt);
	for (;;) {
		int key = s->console->read_key(s->place, UINT64_MAX);

		if (key == E_INTERRUPTED)
			s->ending = true;
		if (key < 0 && key != E_AGAIN)
			return key;
		if (key < 0)
			continue;
		switch (edit_key(&s->editor, key)) {
		case EDIT_DONE:
			edit_text(&s->editor, buf, size, false);
			return E_OK;
		case EDIT_CANCEL:
			return E_INTERRUPTED;
		case EDIT_END:
			return E_NOT_FOUND;
		case EDIT_COMPLETE:
			session_complete(s);
			break;
		case EDIT_MORE:
			break;
		}
	}
}

static int op_read_line(struct session *s, const char *prompt, char *buf, size_t size)
{
	const char *line;

	if (!s->script)
		return read_typed(s, prompt, buf, size);
	line = script_line(s->script);
	if (!line)
		return E_NOT_FOUND;
	return str_copy(buf, line, size) < size ? E_OK : E_NAME_TOO_LONG;
}

static void trim(struct session *s)
{
	if (s->shell->host->trim)
		s->shell->host->trim(s->shell->host->ctx);
}

void session_loop(struct session *s)
{
	char *line = shell_alloc(s->shell, SHELL_LINE_MAX);
	char prompt[EDIT_PROMPT_MAX];

	while (line && !s->ending) {
		trim(s);
		str_copy(prompt, "poly86> ", sizeof prompt);
		if (s->mode_count && s->modes[s->mode_count - 1].mode->prompt)
			s->modes[s->mode_count - 1].mode->prompt(s, s->modes[s->mode_count - 1].ctx, prompt, sizeof prompt);
		int error = read_typed(s, prompt, line, SHELL_LINE_MAX);

		if (error == E_NOT_FOUND)
			mode_end(s);
		if (error)
			continue;
		history_add(&s->history, line);
		trim(s);        /* who used a module may have left meanwhile: a GDB */
		session_run(s, line);
	}
	while (s->mode_count)
		mode_end(s);
	shell_free_block(s->shell, line);
}

void session_init(struct session *s, struct shell *shell, const struct console_ops *console,
		  void *place)
{
	memset(s, 0, sizeof *s);
	s->shell = shell;
	s->console = console;
	s->place = place;
	s->terminal.put = terminal_put;
	s->out = &s->terminal;
	str_copy(s->cwd, "/", sizeof s->cwd);
}

/* --- what commands are given ------------------------------------------------------------------------- */

static int op_read_key(struct session *s, uint64_t timeout_ns)
{
	int key = s->console->read_key(s->place, timeout_ns);

	if (key == E_INTERRUPTED)
		s->ending = true;
	return key;
}

static int op_path(struct session *s, const char *typed, char *absolute, size_t size)
{
	return path_absolute(s->cwd, typed, absolute, size);
}

static bool op_interactive(struct session *s)
{
	return !s->script;
}

static unsigned op_width(struct session *s)
{
	return s->console->columns(s->place);
}

static unsigned op_height(struct session *s)
{
	return s->console->rows(s->place);
}

static const struct console_ops *op_console(struct session *s, void **place)
{
	*place = s->place;
	return s->console;
}

const struct session_ops session_ops = {
	.out = op_out,
	.fail = op_fail,
	.read_line = op_read_line,
	.read_key = op_read_key,
	.interrupted = session_interrupted,
	.run = session_run,
	.path = op_path,
	.interactive = op_interactive,
	.width = op_width,
	.height = op_height,
	.set_mode = set_mode,
	.console = op_console,
};
