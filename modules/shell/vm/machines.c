/* The command `vm`: configure, start, stop. */
#include "save.h"
#include "vm.h"

#include <base/mem.h>
#include <iface/fs.h>
#include <iface/vdev.h>
#include <iface/vkeyboard.h>
#include <kern/log.h>
#include <term/number.h>

enum { STOP_SECONDS = 2, VM_WORDS = 16, POLL_MS = 50 };

static int no_such(struct session *s, const struct session_ops *ops, const char *name)
{
	(void)s;
	return ops->fail(s, E_NOT_FOUND, "%s: no such machine; vm list shows them", name);
}

struct machine *vm_running(struct session *s, const struct session_ops *ops, const char *name)
{
	struct machine *m = machine_find(name);

	if (!m && vm_find(name))
		ops->fail(s, E_INVALID, "%s: is off; vm start %s", name, name);
	else if (!m)
		no_such(s, ops, name);
	return m;
}

/* --- configuration ------------------------------------------------------------------------------- */

/* What vmconf.c asks of the world, in a session. */
struct session_world {
	struct session *s;
	const struct session_ops *ops;
};

static bool file_exists(const char *path)
{
	const struct fs_ops *fs = NULL;
	struct offer *offer;
	struct fs_stat stat;
	void *instance;
	bool exists;

	if (offer_get(FS_ROLE, "root", FS_VERSION, &offer, &fs, &instance))
		return false;
	exists = fs->stat(instance, path, &stat) >= 0;
	offer_put(offer);
	return exists;
}

static bool world_has_device(void *ctx, const char *type)
{
	char path[64];
	const char *name;

	(void)ctx;
	for (unsigned i = 0; offer_at(VDEV_ROLE, i, &name, NULL); i++)
		if (!strcmp(name, type))
			return true;
	return fmt_buf(path, sizeof path, "/modules/%s.mod", type) < sizeof path && file_exists(path);
}

static int world_path(void *ctx, const char *typed, char *absolute, size_t size)
{
	struct session_world *world = ctx;

	return world->ops->path(world->s, typed, absolute, size);
}

static int set_key(struct session *s, const struct session_ops *ops, struct vmconf *conf, int argc,
		   char **argv)
{
	struct session_world of = { s, ops };
	const struct vm_world world = { world_has_device, world_path, &of };
	char why[VM_WHY_MAX];
	int error = vmconf_set(conf, &world, argc, argv, why, sizeof why);

	if (error)
		ops->fail(s, error, "%s: %s: %s", conf->name, argv[0], why);
	return error;
}

/* Splits a line of the block at blanks; quotes hold blanks together. */
static int split(char *line, char **argv)
{
	int argc = 0;

	for (;;) {
		char quote = 0, *to;

		while (char_is_space(*line))
			line++;
		if (!*line || argc == VM_WORDS)
			return argc;
		argv[argc++] = to = line;
		for (; *line && (quote || !char_is_space(*line)); line++) {
			if (*line == quote)
				quote = 0;
			else if (!quote && (*line == '"' || *line == '\''))
				quote = *line;
			else
				*to++ = *line;
		}
		if (*line)
			line++;
		*to = 0;
	}
}

/* The `vm new` block; its machine exists from the first line on. */
struct block {
	const struct session_ops *ops;
	char name[VM_NAME_MAX];
};

int vm_configure(struct session *s, const struct session_ops *ops, struct vmconf *conf, const char *line)
{
	char *text = mem_alloc(vm_registry()->account, strlen(line) + 1), *argv[VM_WORDS];
	int argc, error;

	if (!text)
		return E_NO_MEMORY;
	memcpy(text, line, strlen(line) + 1);
	argc = split(text, argv);
	error = argc ? set_key(s, ops, conf, argc, argv) : E_OK;
	mem_free(text);
	return error;
}

static bool is_word(const char *line, const char *word)
{
	size_t n = strlen(word);

	while (char_is_space(*line))
		line++;
	if (strncmp(line, word, n))
		return false;
	while (char_is_space(line[n]))
		n++;
	return !line[n];
}

static bool begins_with_key(const char *line)
{
	char word[VM_NAME_MAX];
	size_t n = 0;

	while (char_is_space(*line))
		line++;
	for (; line[n] && !char_is_space(line[n]) && n < sizeof word - 1; n++)
		word[n] = line[n];
	word[n] = 0;
	return vmconf_is_key(word);
}

static int block_line(struct session *s, void *ctx, const char *line)
{
	struct block *block = ctx;
	const struct session_ops *ops = block->ops;
	struct vm *vm = vm_find(block->name);
	bool end = vm && is_word(line, "end");

	if (vm && begins_with_key(line))
		return vm_configure(s, ops, &vm->conf, line);
	ops->set_mode(s, NULL, NULL); /* frees the block */
	return end ? E_OK : E_NOT_FOUND;
}

static void block_prompt(struct session *s, void *ctx, char *buf, size_t size)
{
	struct block *block = ctx;

	(void)s;
	fmt_buf(buf, size, "%s> ", block->name);
}

static void block_left(struct session *s, void *ctx)
{
	(void)s;
	vm_changed();
	mem_free(ctx);
}

static int vm_new(struct session *s, const struct session_ops *ops, const char *name)
{
	static const struct session_mode mode = { block_line, block_prompt, block_left };
	const char *bad = vmconf_bad_name(name);
	struct vm *vm = vm_find(name);
	struct block *block;

	if (bad)
		return ops->fail(s, E_INVALID, "%s: %s; choose another name", name, bad);
	if (machine_find(name))
		return ops->fail(s, E_EXISTS, "%s: is running; vm kill %s first", name, name);
	block = mem_alloc(vm_registry()->account, sizeof *block);
	if (!vm && block) {
		vm = mem_alloc(vm_registry()->account, sizeof *vm);
		if (vm)
			list_add(&vm_registry()->vms, &vm->link);
	}
	if (!vm || !block) {
		mem_free(block);
		return ops->fail(s, E_NO_MEMORY, "%s: out of memory; stop a machine", name);
	}
	vmconf_init(&vm->conf, name);
	block->ops = ops;
	memcpy(block->name, vm->conf.name, sizeof block->name);
	ops->set_mode(s, &mode, block);
	return E_OK;
}

/* Which of the machine's devices of that type a serial or parallel port is; -1: it has no such port. */
static int port_instance(struct machine *m, const char *device, uint16_t port)
{
	const char *type, *args;
	int instance = 0;
	char wanted[16];

	fmt_buf(wanted, sizeof wanted, "port=%x ", port);
	for (unsigned i = 0; machine_device_at(m, i, &type, &args); i++) {
		if (strcmp(type, device))
			continue;
		if (!strncmp(args, wanted, strlen(wanted)))
			return instance;
		instance++;
	}
	return -1;
}

/* Another far end for a port that the machine has. E_AGAIN: a change for a machine that is off. */
static int set_serial(struct machine *m, const struct vmconf *new, unsigned port)
{
	int instance = port_instance(m, "vuart", vmconf_serial_port(port));

	return instance < 0 ? E_AGAIN
			    : machine_set_device(m, "vuart", (unsigned)instance, "end", new->serial[port]);
}

/* The kind of port stays what it is while the machine runs. */
static int set_parallel(struct machine *m, const struct vmconf *old, const struct vmconf *new, unsigned port)
{
	int instance = port_instance(m, "vlpt", vmconf_parallel_port(port));

	if (instance < 0 || old->parallel_mode[port] != new->parallel_mode[port])
		return E_AGAIN;
	return machine_set_device(m, "vlpt", (unsigned)instance, "end", new->parallel[port]);
}

/* Makes the machine's mouse and serial ports those of `to`: pulled out here before it is plugged
 * in there, for there is one mouse at most. */
static int change_mouse(struct machine *m, const struct vmconf *from, const struct vmconf *to)
{
	unsigned old = vmconf_mouse_port(from), new = vmconf_mouse_port(to);
	int error = E_OK;

	if (from->mouse_ps2 && !to->mouse_ps2)
		error = machine_set_device(m, "vkbc", 0, "mouse", "none");
	if (!error && old < VM_SERIALS && old != new)
		error = set_serial(m, to, old);
	if (!error && new < VM_SERIALS && old != new)
		error = set_serial(m, to, new);
	if (!error && to->mouse_ps2 && !from->mouse_ps2)
		error = machine_set_device(m, "vkbc", 0, "mouse", "ps2");
	return error;
}

static int set_mouse(struct machine *m, const struct vmconf *from, const struct vmconf *to)
{
	unsigned port = vmconf_mouse_port(to);
	int error = E_AGAIN;

	if (port < VM_SERIALS && port_instance(m, "vuart", vmconf_serial_port(port)) < 0)
		return error;
	error = change_mouse(m, from, to);
	if (error && change_mouse(m, to, from))
		log_line("%s: is without its mouse now", from->name);
	return error;
}

/* A machine that has been at full speed has no limit yet. */
static int set_speed(struct machine *m, unsigned percent)
{
	char value[16];
	bool ran = machine_state(m) == MACHINE_RUNNING;
	int error;

	fmt_buf(value, sizeof value, "%u", percent);
	error = machine_set_device(m, "vspeed", 0, "percent", value);
	if (error != E_NOT_FOUND || percent == SPEED_MAX)
		return error == E_NOT_FOUND ? E_OK : error;
	fmt_buf(value, sizeof value, "percent=%u", percent);
	error = machine_pause(m);
	if (!error)
		error = machine_add_device(m, "vspeed", value);
	return ran && machine_resume(m) ? E_INVALID : error;
}

/* Changes that reach a machine while it runs; E_AGAIN: others, which wait for it to be off. */
static int set_running(struct vm *vm, struct machine *m, const struct vmconf *new, const char *key,
		       char **argv)
{
	uint64_t disk = 0;
	char value[8];

	if (!strcmp(key, "cpu")) {
		machine_set_share(m, new->cpu);
	} else if (!strcmp(key, "priority")) {
		task_set_priority(machine_task(m), new->priority);
	} else if (!strcmp(key, "idle")) {
		fmt_buf(value, sizeof value, "%u", new->idle);
		return machine_set_device(m, "vbios", 0, "idle", value);
	} else if (!strcmp(key, "speed")) {
		return set_speed(m, new->speed);
	} else if (!strcmp(key, "parallel")) {
		return set_parallel(m, &vm->conf, new, (unsigned)(argv[1][0] - '1'));
	} else if (!strcmp(key, "mouse")) {
		return set_mouse(m, &vm->conf, new);
	} else if (!strcmp(key, "serial")) {
		unsigned port = (unsigned)(argv[1][0] - '1');

		if (!strcmp(new->serial[port], "mouse"))
			return set_mouse(m, &vm->conf, new);
		return set_serial(m, new, port);
	} else if (!strcmp(key, "floppy")) {
		return vm_insert(m, true, (unsigned)(argv[1][0] - 'a'), &new->floppy[argv[1][0] - 'a']);
	} else if (!strcmp(key, "disk") && !number_parse(argv[1], &disk) && vm->conf.disk[disk].cd &&
		   new->disk[disk].cd) {
		return vm_insert(m, false, (unsigned)disk, &new->disk[disk]);
	} else if (strcmp(key, "background") && strcmp(key, "onexit")) {
		return E_AGAIN;
	}
	return E_OK;
}

int vm_set(struct session *s, const struct session_ops *ops, struct vm *vm, int argc, char **argv)
{
	struct vmconf *new = mem_alloc(vm_registry()->account, sizeof *new);
	struct machine *m = machine_find(vm->conf.name);
	int error;

	if (!new)
		return ops->fail(s, E_NO_MEMORY, "%s: out of memory; stop a machine", vm->conf.name);
	*new = vm->conf;
	error = set_key(s, ops, new, argc, argv);
	if (!error && m) {
		error = set_running(vm, m, new, argv[0], argv);
		if (error == E_AGAIN)
			error = ops->fail(s, E_BUSY, "%s: %s cannot change while it runs; vm kill %s first",
					  vm->conf.name, argv[0], vm->conf.name);
		else if (error && *machine_complaint(m))
			ops->fail(s, error, "%s: %s", vm->conf.name, machine_complaint(m));
		else if (error)
			ops->fail(s, error, "%s: %s: %s; `log` tells more", vm->conf.name, argv[0],
				  error_text(error));
	}
	if (!error)
		vm->conf = *new;
	mem_free(new);
	vm_changed();
	return error;
}

/* --- power ------------------------------------------------------------------------------------------ */

static int vm_start(struct session *s, const struct session_ops *ops, struct vm *vm, bool paused)
{
	struct machine *m = machine_find(vm->conf.name);
	char why[VM_WHY_MAX], name[VM_NAME_MAX];
	int error;

	str_copy(name, vm->conf.name, sizeof name);
	if (m && machine_state(m) == MACHINE_PAUSED)
		return ops->fail(s, E_BUSY, "%s: is paused; vm resume %s", name, name);
	if (m && machine_state(m) == MACHINE_RUNNING)
		return ops->fail(s, E_BUSY, "%s: runs already; vm reset %s presses its button", name, name);
	mutex_lock(&vm_registry()->lock);
	vm_power_off(vm);
	vm->not_again = false;
	error = vm_power_on(vm, paused, why, sizeof why);
	mutex_unlock(&vm_registry()->lock);
	if (error)
		ops->fail(s, error, "%s: %s", name, why);
	return error;
}

static int vm_kill(struct vm *vm)
{
	mutex_lock(&vm_registry()->lock);
	vm_power_off(vm);
	mutex_unlock(&vm_registry()->lock);
	return E_OK;
}

/* A PC has no wire that asks its software to end. Ctrl+Alt+Del is what comes closest: DOS
 * programs that cache the disk write it back then. After that the power goes. */
static int vm_stop(struct session *s, const struct session_ops *ops, struct vm *vm, unsigned seconds)
{
	struct machine *m = machine_find(vm->conf.name);
	char name[VM_NAME_MAX];
	const char *rest;

	str_copy(name, vm->conf.name, sizeof name);
	if (m && machine_state(m) == MACHINE_RUNNING && vm_type(m, "{ctrl+alt+del}", &rest) == E_OK) {
		for (unsigned left = seconds * 1000 / POLL_MS; left; left--) {
			m = machine_find(name);
			if (!m || machine_state(m) != MACHINE_RUNNING || ops->interrupted(s))
				break;
			if (task_sleep(POLL_MS * (uint64_t)NS_PER_MS))
				return E_INTERRUPTED;
		}
	}
	vm = vm_find(name);
	return vm ? vm_kill(vm) : E_OK;
}

static int vm_delete(struct vm *vm)
{
	mutex_lock(&vm_registry()->lock);
	vm_power_off(vm);
	list_remove(&vm->link);
	mem_free(vm);
	mutex_unlock(&vm_registry()->lock);
	return E_OK;
}

/* An adapter with a button: it pulls the slots' channel check for a moment. */
static void pull_iochk(void *m, uint32_t a, uint32_t b)
{
	struct edge check = machine_edge(m, "iochk");

	(void)a;
	(void)b;
	edge_pulse(&check);
}

static int press_nmi(struct machine *m)
{
	if (machine_state(m) == MACHINE_STOPPED)
		return E_INVALID;
	return machine_call(m, &(struct machine_event){ pull_iochk, m, 0, 0 });
}

static int report(struct session *s, const struct session_ops *ops, const char *name, int error)
{
	struct machine *m = machine_find(name);

	if (!error)
		return E_OK;
	if (m && machine_state(m) == MACHINE_STOPPED)
		return ops->fail(s, error, "%s: has stopped: %s; vm reset %s", name, machine_reason(m), name);
	return ops->fail(s, error, "%s: %s; vm list shows its state", name, error_text(error));
}

/* --- vm list ---------------------------------------------------------------------------------------- */

static const char *const states[] = {
	[MACHINE_NEW] = "new", [MACHINE_RUNNING] = "running", [MACHINE_PAUSED] = "paused",
	[MACHINE_STOPPED] = "stopped",
};

static void list_one(struct session *s, const struct session_ops *ops, const struct vm *vm)
{
	struct machine *m = machine_find(vm->conf.name);
	struct machine_stats *stats = mem_alloc(vm_registry()->account, sizeof *stats);

	if (m && stats)
		machine_statistics(m, stats);
	fmt_sink(ops->out(s), "%-15s %-8s %4uK+%5uK", vm->conf.name, m ? states[machine_state(m)] : "off",
		 (unsigned)(vm->conf.base >> 10), (unsigned)(vm->conf.extended >> 10));
	if (m && stats)
		fmt_sink(ops->out(s), " %6zuK %8llu.%llu  %s", stats->frames * 4,
			 (unsigned long long)(stats->runtime_ns / NS_PER_S),
			 (unsigned long long)(stats->runtime_ns / 100000000 % 10), machine_reason(m));
	fmt_sink(ops->out(s), "\n");
	mem_free(stats);
}

static int vm_list(struct session *s, const struct session_ops *ops)
{
	if (list_empty(&vm_registry()->vms)) {
		fmt_sink(ops->out(s), "no machines\n");
		return E_OK;
	}
	fmt_sink(ops->out(s), "NAME            STATE        MEMORY     HOLDS   CPU TIME\n");
	list_for(it, &vm_registry()->vms)
		list_one(s, ops, list_item(it, struct vm, link));
	return E_OK;
}

/* --- the command --------------------------------------------------------------------------------------- */

/* The overlay of a drive becomes part of what it lies over. */
static int vm_commit(struct session *s, const struct session_ops *ops, struct machine *m, int argc, char **argv)
{
	char drive[8];
	int error;

	if (argc != 4)
		return ops->fail(s, E_INVALID, "vm commit: needs a drive; usage: vm commit NAME 0|a:");
	fmt_buf(drive, sizeof drive, "%.4s%s", argv[3], strchr(argv[3], ':') ? "" : ":");
	error = machine_set_device(m, "vmedia", 0, "commit", drive);
	if (error && *machine_complaint(m))
		ops->fail(s, error, "%s: %s", machine_name(m), machine_complaint(m));
	else if (error)
		ops->fail(s, error, "%s: %s: %s; `log` may tell more", machine_name(m), argv[3], error_text(error));
	return error;
}

static int run_named(COMMAND_ARGS, struct vm *vm)
{
	const char *verb = argv[1], *name = vm->conf.name;
	struct machine *m = machine_find(name);
	uint64_t seconds = STOP_SECONDS;

	(void)line;
	if (!strcmp(verb, "start"))
		return vm_start(s, ops, vm, argc > 3 && !strcmp(argv[3], "paused"));
	if (!strcmp(verb, "show")) {
		vmconf_print(&vm->conf, ops->out(s));
		return E_OK;
	}
	if (!strcmp(verb, "set"))
		return argc < 4 ? ops->fail(s, E_INVALID, "vm set: wrong arguments; usage: vm set NAME KEY VALUE...")
				: vm_set(s, ops, vm, argc - 3, argv + 3);
	if (!strcmp(verb, "delete"))
		return vm_delete(vm);
	if (!m)
		return ops->fail(s, E_INVALID, "%s: is off; vm start %s", name, name);
	if (!strcmp(verb, "save"))
		return argc == 4 ? vm_save(s, ops, vm, argv[3])
				 : ops->fail(s, E_INVALID, "vm save: wrong arguments; usage: vm save NAME FILE");
	if (!strcmp(verb, "kill"))
		return vm_kill(vm);
	if (!strcmp(verb, "commit"))
		return vm_commit(s, ops, m, argc, argv);
	if (!strcmp(verb, "reset"))
		return report(s, ops, name, machine_reset(m));
	if (!strcmp(verb, "nmi"))
		return report(s, ops, name, press_nmi(m));
	if (!strcmp(verb, "pause"))
		return report(s, ops, name, machine_pause(m));
	if (!strcmp(verb, "resume"))
		return report(s, ops, name, machine_resume(m));
	if (argc > 3 && (number_parse(argv[3], &seconds) || seconds > 3600))
		return ops->fail(s, E_INVALID, "%s: is no number of seconds; usage: vm stop NAME [SECONDS]",
				 argv[3]);
	return vm_stop(s, ops, vm, (unsigned)seconds);
}

static const char *const verbs[] = {
	"new", "start", "reset", "nmi", "stop", "kill", "pause", "resume", "list", "show", "set", "delete", "commit",
	"save", "load",
};

static int run_vm(COMMAND_ARGS)
{
	struct vm *vm;

	if (argc == 2 && !strcmp(argv[1], "list"))
		return vm_list(s, ops);
	if (argc == 3 && !strcmp(argv[1], "new"))
		return vm_new(s, ops, argv[2]);
	if (!strcmp(argc > 1 ? argv[1] : "", "load") && (argc == 4 || (argc == 5 && !strcmp(argv[4], "anyway"))))
		return vm_load(s, ops, argv[2], argv[3], argc == 5);
	for (unsigned i = 1; argc > 2 && i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(argv[1], verbs[i]) || !strcmp(verbs[i], "list"))
			continue;
		vm = vm_find(argv[2]);
		return vm ? run_named(s, ops, argc, argv, line, vm) : no_such(s, ops, argv[2]);
	}
	return ops->fail(s, E_INVALID, "vm: wrong arguments; usage: %s", vm_command.usage);
}

void vm_complete(struct session *s, int argc, char **argv, const char *word,
		 void (*add)(void *ctx, const char *text), void *ctx)
{
	(void)s, (void)argv, (void)word;
	if (argc != 2)
		return;
	list_for(it, &vm_registry()->vms)
		add(ctx, list_item(it, struct vm, link)->conf.name);
}

static void complete_verb(struct session *s, int argc, char **argv, const char *word,
			  void (*add)(void *ctx, const char *text), void *ctx)
{
	const char *key;

	for (unsigned i = 0; argc == 2 && i < ARRAY_SIZE(verbs); i++)
		add(ctx, verbs[i]);
	if (argc == 3)
		vm_complete(s, 2, argv, word, add, ctx);
	for (unsigned i = 0; argc == 4 && !strcmp(argv[1], "set") && (key = vmconf_key_at(i)); i++)
		add(ctx, key);
}

const struct command_ops vm_command = {
	.name = "vm",
	.usage = "vm new|start|reset|nmi|stop|kill|pause|resume|show|set|commit|delete|save|load NAME ..., or vm list",
	.help =
		"vm new NAME            begins a block of keys, up to `end` or the first line that is no\n"
		"                       key; a machine of this name that is off is configured anew\n"
		"vm start NAME [paused] powers on; paused stands before the first instruction\n"
		"vm reset NAME          presses the reset button\n"
		"vm nmi NAME            presses an adapter's NMI button (channel check, port 61h bit 6)\n"
		"vm stop NAME [SECONDS] presses Ctrl+Alt+Del, waits (2 seconds), then kills\n"
		"vm kill NAME           power off, at once\n"
		"vm pause|resume NAME   its clock stands still meanwhile\n"
		"vm list, vm show NAME  show prints a script that makes the same machine\n"
		"vm set NAME KEY VALUE  a key later; some also while it runs\n"
		"vm commit NAME 0|a:    writes a drive's overlay to the image under it\n"
		"vm delete NAME         forgets it\n"
		"vm save NAME FILE      writes the whole machine to a file; it goes on as before\n"
		"vm load NAME FILE [anyway] makes the machine that was saved; its disks must be as they were\n"
		"Keys: memory 640K+4M, video vga|ega|cga|mda, cpu SHARE (100), priority 1-15 (8), background on|pause,\n"
		"idle 0-100, speed max|N%, fpu on|off, boot a:,c:, floppy a: FILE [ro|overlay [FILE]],\n"
		"disk 0 FILE [ro|cd|overlay [FILE]],\n"
		"serial 1 none|host:com2|file:PATH|link:NAME.2|mouse|console, mouse ps2|serial 1|none,\n"
		"parallel 1 none|file:PATH|spool|host:lpt1 [epp|ecp],\n"
		"bios FILE, vgabios FILE, clock utc|local|fixed SECONDS, onexit pause|delete|restart,\n"
		"device MODULE ARGS. Files may be host:fd0 or host:hd0p1.",
	.run = run_vm,
	.complete = complete_verb,
};
