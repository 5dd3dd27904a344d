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
		self_drop();
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

void complete_dbg(struct session *s, int argc, char **argv, const char *word,
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

int run_dbg(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line)
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

int run_quit(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line)
{
	(void)line;
	if (argc != 1 || !seat_of(s))
		return ops->fail(s, E_INVALID, argc != 1 ? "%s: takes no arguments" : "%s: the debugger is not in use here",
				 argv[0]);
	ops->set_mode(s, NULL, NULL);
	return E_OK;
}

/* --- finding and carrying out commands ------------------------------------------------------------------ */

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
static int carry_out(struct session *s, const struct session_ops *ops, const struct debugger_command *command,
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

int run_command(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line)
{
	(void)argc;
	return carry_out(s, ops, command_find(argv[0]), NULL, line);
}

/* Cuts the command's name off: a word, or `?`. NULL: none of ours. */
static const struct debugger_command *command_word(const char **text)
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
	const struct debugger_command *command;
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
int run_prefixed(struct session *s, const struct session_ops *ops, int argc, char **argv, const char *line)
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
	const struct debugger_command *command = command_word(&line);

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
	const struct debugger_command *command;
	int error = offer_get(X86_ROLE, "x86", X86_VERSION, &state.x86_offer, &state.x86, NULL);
	unsigned i;

	if (error)
		return error;
	state.self = self;
	list_init(&state.seats);
	list_init(&state.watches);
	list_init(&state.symbols);
	for (i = 0; (command = command_at(i)); i++) {
		error = offer_add(self, COMMAND_ROLE, command->ops.name, COMMAND_VERSION, &command->ops, NULL);
		if (error)
			goto undo;
	}
	error = offer_add(self, DEBUG_ROLE, "debugger", DEBUG_VERSION, &client_ops, NULL);
	if (error)
		goto undo;
	self_begin();
	crash_lend(true);
	return E_OK;

undo:
	while (i--)
		offer_remove(self, COMMAND_ROLE, command_at(i)->ops.name);
	offer_put(state.x86_offer);
	return error;
}

static void stop(struct module *self)
{
	(void)self;
	watches_drop();
	self_drop();
	crash_lend(false);
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
