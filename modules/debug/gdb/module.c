/* `gdb com2 NAME`: serves GDB's remote serial protocol on a serial line of the PC, for one machine or for
 * all that are on.
 *
 * A task of its own reads the line; stub.c answers. Machines are reached by the debugger's contract,
 * registers in struct vcpu. It ends when GDB detaches, or with `gdb off`. */
#include "stub.h"

#include <base/mem.h>
#include <iface/command.h>
#include <iface/debug.h>
#include <iface/serial.h>
#include <kern/cpu.h>
#include <kern/log.h>
#include <kern/machine.h>
#include <kern/module.h>
#include <kern/task.h>

enum { TARGETS_MAX = 8, POINTS_MAX = 64, BAUD = 115200, STACK_PAGES = 4, POLL_MS = 5, IDLE_MS = 500, PIECE = 64 };

struct target {
	char name[MACHINE_NAME_MAX];
	unsigned thread;              /* the machine's number */
	uint32_t birth;
	bool goes;                    /* when we leave */
	void *client;
};

/* A breakpoint of GDB's: its number in each target. */
struct gdb_point {
	bool used;
	unsigned rights;
	uint32_t linear, size;
	unsigned numbers[TARGETS_MAX];
};

struct server {
	struct stub stub;
	struct fmt_sink sink;         /* what commands print goes to GDB */
	struct target targets[TARGETS_MAX];
	unsigned count;
	struct gdb_point points[POINTS_MAX];
	const struct debug_ops *debug;
	struct offer *debug_offer, *port_offer, *own;
	const struct serial_ops *serial;
	void *port;
	char line[8];
	uint8_t kept[PIECE];          /* bytes that came while a command of ours was carried out */
	size_t kept_count;
	struct wait_queue bytes;
	volatile bool ending;
};

static struct module *self;
static struct server *server;             /* NULL: nobody is served */
static struct task *last;                 /* has ended, or will: to be joined */

/* --- what the stub asks for -------------------------------------------------------------------------- */

static struct target *target_of(struct server *s, unsigned thread)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->targets[i].thread == thread)
			return &s->targets[i];
	return NULL;
}

static struct machine *machine_of(const struct target *t)
{
	struct machine *m = t ? machine_find(t->name) : NULL;

	return m && machine_birth(m) == t->birth && !machine_ending(m) ? m : NULL;
}

static unsigned thread_at(void *of, unsigned index)
{
	const struct server *s = of;

	return index < s->count ? s->targets[index].thread : 0;
}

static const char *thread_name(void *of, unsigned thread)
{
	return target_of(of, thread)->name;
}

static struct vcpu *thread_cpu(void *of, unsigned thread)
{
	struct machine *m = machine_of(target_of(of, thread));

	if (!m || machine_state(m) == MACHINE_RUNNING)
		return NULL;
	fpu_save(&machine_cpu(m)->x87);
	return machine_cpu(m);
}

static size_t read_memory(void *of, unsigned thread, uint32_t linear, void *to, size_t size)
{
	struct server *s = of;

	return s->debug->read(target_of(s, thread)->client, linear, to, size);
}

static bool write_memory(void *of, unsigned thread, uint32_t linear, const void *from, size_t size)
{
	struct server *s = of;

	return s->debug->write(target_of(s, thread)->client, linear, from, size) == E_OK;
}

static void point_remove(struct server *s, struct gdb_point *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		(void)s->debug->unpoint(s->targets[i].client, p->numbers[i]);
	p->used = false;
}

static bool point_insert(struct server *s, unsigned rights, uint32_t linear, uint32_t size)
{
	struct gdb_point *p = s->points;

	while (p < s->points + POINTS_MAX && p->used)
		p++;
	if (p == s->points + POINTS_MAX)
		return false;
	*p = (struct gdb_point){ .used = true, .rights = rights, .linear = linear, .size = size };
	for (unsigned i = 0; i < s->count; i++) {
		if (s->debug->point(s->targets[i].client, rights, linear, size, &p->numbers[i])) {
			point_remove(s, p, i);
			return false;
		}
	}
	return true;
}

static bool point(void *of, unsigned rights, uint32_t linear, uint32_t size, bool insert)
{
	struct server *s = of;

	if (insert)
		return point_insert(s, rights, linear, size);
	for (struct gdb_point *p = s->points; p < s->points + POINTS_MAX; p++) {
		if (p->used && p->rights == rights && p->linear == linear && p->size == size) {
			point_remove(s, p, s->count);
			break;
		}
	}
	return true;
}

static bool go(void *of, unsigned step)
{
	struct server *s = of;

	for (unsigned i = 0; i < s->count; i++)
		if ((!step || s->targets[i].thread == step) && s->debug->go(s->targets[i].client, step) && s->count == 1)
			return false;
	return true;
}

static void monitor(void *of, unsigned thread, const char *line)
{
	struct server *s = of;

	(void)s->debug->run(target_of(s, thread)->client, line);
}

static void points_remove(struct server *s)
{
	for (unsigned i = 0; i < POINTS_MAX; i++)
		if (s->points[i].used)
			point_remove(s, &s->points[i], s->count);
}

static void pause_all(struct server *s)
{
	for (unsigned i = 0; i < s->count; i++)
		(void)s->debug->pause(s->targets[i].client);
}

static void arrived(void *of)
{
	pause_all(of);
	points_remove(of);
}

static void leave(void *of)
{
	struct server *s = of;

	for (unsigned i = 0; i < s->count; i++)
		s->targets[i].goes = true;
	points_remove(s);
}

static const struct stub_ops stub_ops = {
	.thread = thread_at, .name = thread_name, .cpu = thread_cpu, .read = read_memory, .write = write_memory,
	.point = point, .go = go, .monitor = monitor, .leave = leave, .arrived = arrived,
};

/* --- the line ------------------------------------------------------------------------------------------ */

static void notify(void *ctx)
{
	wake_all(&((struct server *)ctx)->bytes);
}

static void wait_bytes(struct server *s, unsigned ms)
{
	uint32_t flags = lock_irq();

	(void)!wait_on(&s->bytes, ms * NS_PER_MS);
	unlock_irq(flags);
}

static void send(void *of, const uint8_t *bytes, size_t n)
{
	struct server *s = of;

	while (n && !s->ending) {
		size_t sent = s->serial->write(s->port, bytes, n);

		bytes += sent;
		n -= sent;
		if (n)
			wait_bytes(s, POLL_MS);
	}
}

static void print_put(struct fmt_sink *sink, const char *text, size_t n)
{
	stub_print(&container_of(sink, struct server, sink)->stub, text, n);
}

/* A command ends when GDB wants something else, Ctrl+C or its next question; that it has received what was
 * printed is no such thing. */
static bool interrupted(void *ctx)
{
	struct server *s = ctx;

	if (!s->kept_count)
		s->kept_count = s->serial->read(s->port, s->kept, sizeof s->kept);
	while (s->kept_count && *s->kept == '+')
		memmove(s->kept, s->kept + 1, --s->kept_count);
	return s->ending || s->kept_count;
}

/* --- serving ------------------------------------------------------------------------------------------- */

static const struct gdb_point *point_of(const struct server *s, unsigned target, unsigned number)
{
	for (unsigned i = 0; i < POINTS_MAX; i++)
		if (s->points[i].used && s->points[i].numbers[target] == number)
			return &s->points[i];
	return NULL;
}

static struct stub_stop stop_of(const struct server *s, unsigned target, const struct debug_stop *stop)
{
	static const uint8_t whys[] = { [DEBUG_PAUSED] = STUB_INTERRUPTED, [DEBUG_STEP] = STUB_STEP,
					[DEBUG_CODE] = STUB_OTHER, [DEBUG_ACCESS] = STUB_OTHER,
					[DEBUG_STOPPED] = STUB_DEAD };
	static const uint8_t watches[] = { STUB_CODE, STUB_READ, STUB_WRITTEN, STUB_ACCESSED };
	struct stub_stop out = { whys[stop->why], s->targets[target].thread, 0 };
	const struct gdb_point *p = NULL;

	if (stop->why == DEBUG_CODE || stop->why == DEBUG_ACCESS)
		p = point_of(s, target, stop->number);
	if (p) {
		out.why = watches[p->rights];
		out.address = p->linear;
	}
	return out;
}

/* One stands: all do, and GDB is told. */
static void look(struct server *s)
{
	struct debug_stop stop = { 0 };

	for (unsigned i = 0; i < s->count; i++) {
		int error = s->debug->wait(s->targets[i].client, 0, &stop);
		struct stub_stop out;

		if (error == E_TIMEOUT)
			continue;
		out = stop_of(s, i, &stop);
		if (error)
			out.why = STUB_GONE;
		for (unsigned other = 0; other < s->count; other++)
			(void)s->debug->pause(s->targets[other].client);
		stub_stopped(&s->stub, &out);
		return;
	}
}

static size_t read_bytes(struct server *s, uint8_t *to)
{
	size_t n = s->kept_count;

	if (!n)
		return s->serial->read(s->port, to, PIECE);
	memcpy(to, s->kept, n);
	s->kept_count = 0;
	return n;
}

static void serve(struct server *s)
{
	uint8_t piece[PIECE];

	while (!s->ending && !s->stub.left) {
		size_t n = read_bytes(s, piece);

		for (size_t i = 0; i < n; i++)
			if (stub_feed(&s->stub, piece[i]))
				pause_all(s);
		if (s->stub.running)
			look(s);
		if (!n)
			wait_bytes(s, s->stub.running ? POLL_MS : IDLE_MS);
	}
	leave(s);
	while (!s->ending && !s->serial->drained(s->port))
		wait_bytes(s, POLL_MS);
}

static void close_all(struct server *s)
{
	for (unsigned i = 0; i < s->count; i++)
		s->debug->close(s->targets[i].client, s->targets[i].goes);
	if (s->port_offer) {
		s->serial->close(s->port);
		offer_put(s->port_offer);
	}
	if (s->debug_offer)
		offer_put(s->debug_offer);
}

static void task(void *arg)
{
	struct server *s = arg;
	struct offer *own = s->own;

	serve(s);
	log_line("gdb: %s: left", s->line);
	close_all(s);
	server = NULL;
	mem_free(s);
	offer_put(own);
}

static void join_last(void)
{
	if (last)
		task_join(last);
	last = NULL;
}

/* --- the command ----------------------------------------------------------------------------------------- */

static int add_target(struct server *s, const struct machine *m)
{
	struct target *t = &s->targets[s->count];
	int error;

	if (s->count == TARGETS_MAX)
		return E_NO_SPACE;
	str_copy(t->name, machine_name(m), sizeof t->name);
	t->thread = machine_number(m);
	t->birth = machine_birth(m);
	t->goes = machine_state(m) == MACHINE_RUNNING;
	error = s->debug->open(t->name, &s->sink, interrupted, s, &t->client);
	s->count += !error;
	return error;
}

/* That machine, or all that were started. */
static int add_targets(struct server *s, const char *name)
{
	struct machine *m;
	int error = E_OK;

	if (name) {
		m = machine_find(name);
		return m ? add_target(s, m) : E_NOT_FOUND;
	}
	for (unsigned i = 0; (m = machine_at(i)) && !error; i++)
		if (machine_state(m) != MACHINE_NEW)
			error = add_target(s, m);
	return error ? error : s->count ? E_OK : E_NOT_FOUND;
}

static int open_line(struct server *s, const char *line)
{
	int error = offer_get(SERIAL_ROLE, line, SERIAL_VERSION, &s->port_offer, &s->serial, &s->port);

	if (error)
		return error;
	error = s->serial->open(s->port, BAUD, notify, s);
	if (error) {
		offer_put(s->port_offer);
		s->port_offer = NULL;
	}
	return error;
}

static int begin(struct session *session, const struct session_ops *ops, struct server *s, const char *line,
		 const char *name)
{
	int error = offer_get(DEBUG_ROLE, "debugger", DEBUG_VERSION, &s->debug_offer, &s->debug, NULL);

	if (error)
		return ops->fail(session, error, "gdb: the debugger: %s; log tells more", error_text(error));
	error = open_line(s, line);
	if (error)
		return ops->fail(session, error, error == E_BUSY ? "gdb: %s: in use; give another line, or take it from "
				 "who has it" : "gdb: %s: no such serial line; com1 to com4, as the PC has them", line);
	error = add_targets(s, name);
	if (error == E_INVALID || (error == E_NOT_FOUND && name))
		return ops->fail(session, error, "gdb: %s: no machine of that name is on; vm list shows them", name);
	if (error)
		return ops->fail(session, error, error == E_NOT_FOUND ? "gdb: no machine is on; vm start NAME" :
				 "gdb: the machines cannot be taken: give one by name");
	stub_init(&s->stub, &stub_ops, s, send);
	error = offer_get(COMMAND_ROLE, "gdb", COMMAND_VERSION, &s->own, NULL, NULL);
	if (!error) {
		join_last();
		last = task_new(module_account(self), "gdb", PRIORITY_SYSTEM, STACK_PAGES, task, s);
		error = last ? E_OK : E_NO_MEMORY;
		if (error)
			offer_put(s->own);
	}
	return error ? ops->fail(session, error, "gdb: %s", error_text(error)) : E_OK;
}

static int start_server(struct session *session, const struct session_ops *ops, const char *line, const char *name)
{
	struct server *s = mem_alloc(module_account(self), sizeof *s);
	int error;

	if (!s)
		return ops->fail(session, E_NO_MEMORY, "gdb: out of memory; `memory` shows who has it");
	s->sink.put = print_put;
	wait_init(&s->bytes);
	if (str_copy(s->line, line, sizeof s->line) >= sizeof s->line)
		error = ops->fail(session, E_INVALID, "gdb: %s: no such serial line; com1 to com4", line);
	else
		error = begin(session, ops, s, s->line, name);
	if (error) {
		close_all(s);
		mem_free(s);
		return error;
	}
	server = s;
	fmt_sink(ops->out(session), "gdb: serves %s on %s; `gdb off` ends it\n", name ? name : "all machines", line);
	return E_OK;
}

static int run_gdb(struct session *session, const struct session_ops *ops, int argc, char **argv, const char *rest)
{
	(void)rest;
	if (argc < 2 || argc > 3)
		return ops->fail(session, E_INVALID, "gdb: which line? gdb com2 NAME, or gdb off");
	if (!strcmp(argv[1], "off")) {
		if (!server)
			return ops->fail(session, E_NOT_FOUND, "gdb: nobody is served");
		server->ending = true;
		wake_all(&server->bytes);
		return E_OK;
	}
	if (server)
		return ops->fail(session, E_BUSY, "gdb: %s is served already; gdb off ends that", server->line);
	return start_server(session, ops, argv[1], argc == 3 ? argv[2] : NULL);
}

static const struct command_ops command = {
	.name = "gdb", .usage = "gdb com2 [NAME] | gdb off", .run = run_gdb,
	.help = "Serves GDB's remote protocol on a serial line, for one machine or for all that are on, which stand from\n"
		"then on: `target remote` finds them as threads. Ends when GDB detaches.",
};

static int start(struct module *m)
{
	self = m;
	return offer_add(m, COMMAND_ROLE, "gdb", COMMAND_VERSION, &command, NULL);
}

/* The task holds a reference, so nobody is served when this is asked. */
static bool wants_to_go(struct module *m)
{
	(void)m;
	return true;
}

static void stop(struct module *m)
{
	(void)m;
	join_last();
}

MODULE(.name = "gdb", .summary = "GDB's remote protocol on a serial line", .start = start, .stop = stop,
       .wants_to_go = wants_to_go);
