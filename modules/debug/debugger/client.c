/* Contract "debug": a program sits where a user would. What it is told, it tells by the same commands;
 * only what has to be quick or must not wait has a function of its own. */
#include "debugger.h"

#include <base/mem.h>
#include <iface/debug.h>

enum { WORDS_MAX = 16, CLIENT_LINE_MAX = 256, WIDTH = 80, HEIGHT = 25, PEEK_AT_ONCE = 32, PIECE = 16 };

/* To the debugger and to other modules' commands it is a session. */
struct client {
	struct fmt_sink *out;
	struct fmt_sink quiet;          /* swallows what nobody asked for */
	struct fmt_sink *now;
	bool (*interrupted)(void *ctx);
	void *ctx;
	struct seat *seat;
};

static struct client *client_of(struct session *s)
{
	return (struct client *)s;
}

static void swallow(struct fmt_sink *sink, const char *text, size_t n)
{
	(void)sink, (void)text, (void)n;
}

/* --- a session's operations ------------------------------------------------------------------------ */

static struct fmt_sink *op_out(struct session *s)
{
	return client_of(s)->now;
}

__attribute__((format(printf, 3, 4)))
static int op_fail(struct session *s, int error, const char *format, ...)
{
	struct fmt_sink *out = op_out(s);
	va_list args;

	va_start(args, format);
	fmt_vsink(out, format, args);
	va_end(args);
	out->put(out, "\n", 1);
	return error;
}

static int op_read_line(struct session *s, const char *prompt, char *buf, size_t size)
{
	(void)s, (void)prompt, (void)buf, (void)size;
	return E_NOT_FOUND;
}

static int op_read_key(struct session *s, uint64_t timeout_ns)
{
	(void)s, (void)timeout_ns;
	return E_INTERRUPTED;
}

static bool op_interrupted(struct session *s)
{
	const struct client *c = client_of(s);

	return c->interrupted && c->interrupted(c->ctx);
}

static int op_path(struct session *s, const char *typed, char *absolute, size_t size)
{
	(void)s;
	if (*typed != '/')
		return E_INVALID;
	return str_copy(absolute, typed, size) < size ? E_OK : E_NAME_TOO_LONG;
}

static bool op_interactive(struct session *s) { (void)s; return false; }
static unsigned op_width(struct session *s) { (void)s; return WIDTH; }
static unsigned op_height(struct session *s) { (void)s; return HEIGHT; }

/* It stays in the debugger until it closes. */
static void op_set_mode(struct session *s, const struct session_mode *mode, void *ctx)
{
	(void)s, (void)mode, (void)ctx;
}

static const struct console_ops *op_console(struct session *s, void **place)
{
	(void)s, (void)place;
	return NULL;
}

static int op_run(struct session *s, const char *line);

static const struct session_ops client_session = {
	.out = op_out, .fail = op_fail, .read_line = op_read_line, .read_key = op_read_key,
	.interrupted = op_interrupted, .run = op_run, .path = op_path, .interactive = op_interactive,
	.width = op_width, .height = op_height, .set_mode = op_set_mode, .console = op_console,
};

/* --- commands ---------------------------------------------------------------------------------------- */

/* Words at blanks, a text in quotes as one. */
static int words(char *line, char **argv)
{
	int argc = 0;

	while (argc < WORDS_MAX) {
		char quote = 0;

		while (char_is_space((uint8_t)*line))
			*line++ = 0;
		if (!*line)
			break;
		if (*line == '"' || *line == '\'')
			quote = *line++;
		argv[argc++] = line;
		while (*line && (quote ? *line != quote : !char_is_space((uint8_t)*line)))
			line++;
		if (quote && *line)
			*line++ = 0;
	}
	argv[argc] = NULL;
	return argc;
}

/* Another module's command. */
static int run_other(struct session *s, const char *line)
{
	char typed[CLIENT_LINE_MAX], *argv[WORDS_MAX + 1];
	const struct command_ops *command;
	struct offer *offer;
	const char *rest;
	int argc, error;

	if (str_copy(typed, line, sizeof typed) >= sizeof typed)
		return op_fail(s, E_NAME_TOO_LONG, "line: too long; at most %d characters", CLIENT_LINE_MAX - 1);
	argc = words(typed, argv);
	if (!argc)
		return E_OK;
	if (!strcmp(argv[0], "help"))
		return commands_help(op_out(s), argv[1]) ? E_OK : op_fail(s, E_NOT_FOUND, "%s: no command of the debugger", argv[1]);
	error = offer_get(COMMAND_ROLE, argv[0], COMMAND_VERSION, &offer, &command, NULL);
	if (error)
		return op_fail(s, error, "%s: no such command", argv[0]);
	rest = line + (argv[0] - typed) + strlen(argv[0]);
	while (char_is_space((uint8_t)*rest))
		rest++;
	error = command->run(s, &client_session, argc, argv, rest);
	offer_put(offer);
	return error;
}

static int op_run(struct session *s, const char *line)
{
	int error = client_line(s, client_of(s)->seat, line);

	return error == E_NOT_FOUND ? run_other(s, line) : error;
}

/* `g`, `g=a`, `gu`: they would wait for the machine while the client waits for them. */
static bool is_go(const char *line)
{
	while (char_is_space((uint8_t)*line))
		line++;
	if (*line++ != 'g')
		return false;
	if (*line == 'u')
		line++;
	return !*line || *line == '=' || char_is_space((uint8_t)*line);
}

static int client_run(void *client, const char *line)
{
	if (is_go(line))
		return op_fail(client, E_UNSUPPORTED, "%s: not from here; let it go on by `continue`", line);
	return op_run(client, line);
}

/* What the client itself wants of the debugger is not for the user's eyes. */
static int run_quietly(struct client *c, const char *line)
{
	int error;

	c->now = &c->quiet;
	error = op_run((struct session *)c, line);
	c->now = c->out;
	return error;
}

/* --- life --------------------------------------------------------------------------------------------- */

static int client_open(const char *machine, struct fmt_sink *out, bool (*interrupted)(void *ctx), void *ctx,
		       void **client)
{
	struct client *c = mem_alloc(module_account(debugger()->self), sizeof *c);
	int error;

	if (!c)
		return E_NO_MEMORY;
	*c = (struct client){ .out = out, .quiet = { swallow }, .interrupted = interrupted, .ctx = ctx };
	c->now = &c->quiet;
	error = client_sit((struct session *)c, &client_session, machine, &c->seat);
	c->now = out;
	if (error) {
		mem_free(c);
		return error;
	}
	*client = c;
	return E_OK;
}

static bool begin(struct client *c, struct dbg *d)
{
	*d = (struct dbg){ .command = "gdb", .s = (struct session *)c, .ops = &client_session, .out = &c->quiet,
			   .seat = c->seat, .seated = true };
	return !client_target(d);
}

static int client_pause(void *client)
{
	struct dbg d;
	int error;

	if (!begin(client, &d))
		return E_NOT_FOUND;
	error = machine_pause(d.m);
	machine_release(d.m);
	return error;
}

static int client_go(void *client, bool step)
{
	struct client *c = client;
	struct dbg d;
	int error;

	if (!begin(c, &d))
		return E_NOT_FOUND;
	c->seat->doing = true;      /* do not wait */
	error = stop_go(&d, step);
	c->seat->doing = false;
	c->seat->todo[0] = 0;
	machine_release(d.m);
	return error;
}

static void client_close(void *client, bool go)
{
	struct client *c = client;

	if (go)
		(void)client_go(c, false);
	client_leave((struct session *)c, c->seat);
	mem_free(c);
}

static int client_wait(void *client, uint64_t timeout_ns, struct debug_stop *stop)
{
	struct client *c = client;
	struct dbg d;
	int error;

	if (!begin(c, &d))
		return E_NOT_FOUND;
	error = machine_wait_standing(d.m, timeout_ns);
	if (machine_ending(d.m))
		error = E_NOT_FOUND;
	if (!error)
		error = stop_reason(&d, stop);
	machine_release(d.m);
	return error;
}

/* --- breakpoints and memory --------------------------------------------------------------------------- */

static int client_point(void *client, unsigned rights, uint32_t linear, uint32_t size, unsigned *number)
{
	static const char *const names[] = { "x", "r", "w", "rw" };
	struct client *c = client;
	char line[64];
	int error;

	if (rights)
		fmt_buf(line, sizeof line, "bpr %%%x L %x %s", (unsigned)linear, (unsigned)size, names[rights & 3]);
	else
		fmt_buf(line, sizeof line, "bpx %%%x", (unsigned)linear);
	error = run_quietly(c, line);
	*number = debugger()->last_point;
	return error;
}

static int client_unpoint(void *client, unsigned number)
{
	char line[16];

	fmt_buf(line, sizeof line, "bc %x", number);
	return run_quietly(client, line);
}

static size_t client_read(void *client, uint32_t linear, void *to, size_t size)
{
	size_t done = 0;
	struct dbg d;

	if (!begin(client, &d))
		return 0;
	while (done < size) {
		struct value at = { .kind = VALUE_LINEAR, .number = linear + (uint32_t)done };
		unsigned n = MIN((unsigned)(size - done), (unsigned)PEEK_AT_ONCE);
		uint32_t valid = place_peek(&d.place, &at, (uint8_t *)to + done, n);
		unsigned had = 0;

		while (had < n && valid >> had & 1)
			had++;
		done += had;
		if (had < n)
			break;
	}
	machine_release(d.m);
	return done;
}

static int client_write(void *client, uint32_t linear, const void *from, size_t size)
{
	struct dbg d;
	uint8_t byte;
	int error = client_read(client, linear, &byte, 1) || !size ? E_OK : E_FAULT;

	for (size_t i = 0; !error && i < size; i++)
		error = client_read(client, linear + (uint32_t)i, &byte, 1) ? E_OK : E_FAULT;
	if (error || !begin(client, &d))
		return error ? error : E_NOT_FOUND;
	for (size_t i = 0; !error && i < size; i += PIECE) {
		struct value at = { .kind = VALUE_LINEAR, .number = linear + (uint32_t)i };

		error = place_poke(&d.place, &at, (const uint8_t *)from + i, MIN((unsigned)(size - i), (unsigned)PIECE));
	}
	machine_release(d.m);
	return error;
}

const struct debug_ops client_ops = {
	.open = client_open, .close = client_close, .run = client_run, .point = client_point,
	.unpoint = client_unpoint, .go = client_go, .wait = client_wait, .pause = client_pause, .read = client_read,
	.write = client_write,
};
