/* Commands that look at a machine's screen or use its keyboard and drives: view, screen,
 * wait, keys, insert, eject; and demo. */
#include "vm.h"

#include <base/mem.h>
#include <iface/fs.h>
#include <iface/vdisplay.h>
#include <iface/vkeyboard.h>
#include <iface/vserial.h>
#include <term/chord.h>
#include <term/cp437.h>
#include <term/number.h>
#include <term/textscreen.h>

enum {
	INSERT_WORDS = 8,
	POLL_MS = 50,
	SERIAL_TEXT = 2048,
	KEY_GAP_MS = 8,            /* between two keys: a scan code's way through a real controller */
	KEY_HOLD_MS = 60,          /* a finger's; software that looks at a key each clock tick sees it */
	KEY_PATIENCE_MS = 3000,    /* how long a full keyboard buffer is waited for */
};

bool vm_text(struct machine *m, struct display_text *text)
{
	const struct vdisplay_ops *ops = NULL;
	void *display;

	return machine_role(m, VDISPLAY_ROLE, &ops, &display) && ops->text(display, text);
}

/* --- view ---------------------------------------------------------------------------------------- */

static int run_view(COMMAND_ARGS)
{
	const struct console_ops *console;
	void *place;
	int error;

	(void)line;
	if (argc != 2)
		return ops->fail(s, E_INVALID, "view: wrong arguments; usage: %s", view_command.usage);
	if (vm_find(argv[1]) && !vm_running(s, ops, argv[1]))
		return E_INVALID;
	console = ops->console(s, &place);
	error = console->view(place, argv[1]);
	if (error == E_NOT_FOUND)
		return ops->fail(s, error, "%s: no such screen; use a machine's name, shell, log or all",
				 argv[1]);
	if (error)
		return ops->fail(s, error, "%s: %s; try it on the other terminal", argv[1], error_text(error));
	return E_OK;
}

static void complete_view(struct session *s, int argc, char **argv, const char *word,
			  void (*add)(void *ctx, const char *text), void *ctx)
{
	vm_complete(s, argc, argv, word, add, ctx);
	if (argc == 2) {
		add(ctx, "shell");
		add(ctx, "log");
		add(ctx, "all");
	}
}

const struct command_ops view_command = {
	.name = "view", .usage = "view NAME|shell|log|all", .run = run_view, .complete = complete_view,
	.help = "Brings a screen to the front: a machine's, the shell's, the log, or the overview of all\n"
		"machines, live. On a serial line Ctrl+] comes back.",
};

/* --- screen and wait ------------------------------------------------------------------------------- */

static void print_row(struct fmt_sink *out, const struct display_text *text, unsigned row)
{
	uint8_t codes[TEXTSCREEN_COLUMNS_MAX];
	unsigned length = textscreen_row(text, row, codes, sizeof codes);
	char utf8[TEXTSCREEN_COLUMNS_MAX * 3 + 1];
	size_t n = 0;

	for (unsigned i = 0; i < length; i++)
		n += utf8_put(utf8 + n, cp437_to_unicode(codes[i]));
	utf8[n++] = '\n';
	out->put(out, utf8, n);
}

static int graphics(struct session *s, const struct session_ops *ops, const char *name)
{
	return ops->fail(s, E_UNSUPPORTED, "%s: shows no text now; it is in a graphics mode or has no adapter",
			 name);
}

/* What a guest last sent to the far end `console` of a serial port. */
static int print_serial(struct session *s, const struct session_ops *ops, const char *name,
			const char *port)
{
	struct machine *m = vm_running(s, ops, name);
	const struct vserial_ops *serial = NULL;
	char role[16], *text;
	void *instance;
	size_t n;

	if (!m)
		return E_NOT_FOUND;
	fmt_buf(role, sizeof role, VSERIAL_ROLE "%s", port);
	if (!machine_role(m, role, &serial, &instance))
		return ops->fail(s, E_NOT_FOUND, "%s: has no serial port %s; vm show %s", name, port, name);
	if (strcmp(serial->end(instance), "console"))
		return ops->fail(s, E_INVALID, "%s: serial %s leads to %s; vm set %s serial %s console", name,
				 port, serial->end(instance), name, port);
	text = mem_alloc(vm_registry()->account, SERIAL_TEXT);
	if (!text)
		return ops->fail(s, E_NO_MEMORY, "%s: out of memory; stop a machine", name);
	n = serial->recent(instance, text, SERIAL_TEXT);
	ops->out(s)->put(ops->out(s), text, n);
	if (n && text[n - 1] != '\n')
		fmt_sink(ops->out(s), "\n");
	mem_free(text);
	return E_OK;
}

static int run_screen(COMMAND_ARGS)
{
	struct display_text text;
	struct machine *m;

	(void)line;
	if (argc == 3)
		return print_serial(s, ops, argv[1], argv[2]);
	if (argc != 2)
		return ops->fail(s, E_INVALID, "screen: needs a machine; usage: screen NAME [PORT]");
	for (unsigned row = 0; ; row++) { /* printing may wait: look for the machine each time */
		m = machine_find(argv[1]);
		if (!m)
			return vm_running(s, ops, argv[1]) ? E_OK : E_NOT_FOUND;
		if (!vm_text(m, &text))
			return graphics(s, ops, argv[1]);
		if (row >= text.rows)
			return E_OK;
		print_row(ops->out(s), &text, row);
	}
}

const struct command_ops screen_command = {
	.name = "screen", .usage = "screen NAME [PORT]", .run = run_screen, .complete = vm_complete,
	.help = "Prints the text on a machine's screen; or, with the number of a serial port whose far\n"
		"end is `console`, what the guest last sent there.",
};

static int run_wait(COMMAND_ARGS)
{
	struct display_text text;
	uint64_t seconds, end;
	struct machine *m;

	(void)line;
	if (argc != 4 || number_parse(argv[3], &seconds) || seconds > 1000000)
		return ops->fail(s, E_INVALID, "wait: wrong arguments; usage: %s", wait_command.usage);
	end = time_now() + seconds * NS_PER_S;
	for (;;) {
		m = vm_running(s, ops, argv[1]);
		if (!m)
			return E_NOT_FOUND;
		if (vm_text(m, &text) && textscreen_find(&text, argv[2]))
			return E_OK;
		if (machine_state(m) == MACHINE_STOPPED)
			return ops->fail(s, E_INVALID, "%s: has stopped: %s; dbg %s looks inside", argv[1],
					 machine_reason(m), argv[1]);
		if (time_now() >= end)
			return ops->fail(s, E_TIMEOUT, "%s: \"%s\" did not appear within %u s; screen %s shows what did",
					 argv[1], argv[2], (unsigned)seconds, argv[1]);
		if (ops->interrupted(s) || task_sleep(POLL_MS * (uint64_t)NS_PER_MS))
			return E_INTERRUPTED;
	}
}

const struct command_ops wait_command = {
	.name = "wait", .usage = "wait NAME \"TEXT\" SECONDS", .run = run_wait, .complete = vm_complete,
	.help = "Waits until the text is on the machine's screen; fails when the time is over.",
};

/* --- keys -------------------------------------------------------------------------------------------- */

/* Runs in the machine's own task. */
static void press(void *ctx, uint32_t key, uint32_t down)
{
	const struct vkeyboard_ops *ops = NULL;
	void *keyboard;

	if (!machine_role(ctx, VKEYBOARD_ROLE, &ops, &keyboard))
		return;
	/* The release may come late, when the PC has much to do; that must not type a key twice. */
	if (down)
		ops->strike(keyboard, (enum key)key);
	else
		ops->key(keyboard, (enum key)key, false);
}

/* Waits until the keyboard has room, then presses or releases one key. The machine may go
 * meanwhile, so it is found by name each time. */
static int press_when_ready(const char *name, const struct chord_event *event)
{
	for (unsigned left = KEY_PATIENCE_MS / KEY_GAP_MS; left; left--) {
		const struct vkeyboard_ops *ops = NULL;
		struct machine *m = machine_find(name);
		struct machine_event posted = { press, m, event->key, event->down };
		void *keyboard;

		if (!m || !machine_role(m, VKEYBOARD_ROLE, &ops, &keyboard))
			return E_NOT_FOUND;
		if ((!ops->ready || ops->ready(keyboard)) && machine_call(m, &posted) == E_OK)
			return task_sleep(KEY_GAP_MS * (uint64_t)NS_PER_MS);
		if (task_sleep(KEY_GAP_MS * (uint64_t)NS_PER_MS))
			return E_INTERRUPTED;
	}
	return E_TIMEOUT;
}

/* Keys by name are held a while; characters are not, or text would take long. */
int vm_type(struct machine *m, const char *text, const char **rest)
{
	struct chord_event events[CHORD_EVENTS];
	char name[MACHINE_NAME_MAX];
	struct chord chord;
	int more, error;

	str_copy(name, machine_name(m), sizeof name);
	for (*rest = text; (more = chord_next(rest, &chord)) == 1; text = *rest) {
		bool named = text[0] == '{' && text[1] != '{';
		unsigned n = chord_events(&chord, events);

		for (unsigned i = 0; i < n; i++) {
			error = press_when_ready(name, &events[i]);
			if (!error && named && i == n / 2 - 1)
				error = task_sleep(KEY_HOLD_MS * (uint64_t)NS_PER_MS) ? E_INTERRUPTED : E_OK;
			if (error)
				return error;
		}
	}
	return more;
}

static int run_keys(COMMAND_ARGS)
{
	const char *rest;
	struct machine *m;
	int error;

	(void)line;
	if (argc != 3)
		return ops->fail(s, E_INVALID, "keys: wrong arguments; usage: %s", keys_command.usage);
	m = vm_running(s, ops, argv[1]);
	if (!m)
		return E_NOT_FOUND;
	error = vm_type(m, argv[2], &rest);
	switch (error) {
	case E_OK:
	case E_INTERRUPTED:
		return error;
	case E_INVALID:
		return ops->fail(s, error, "%s: is no key; names are like {enter} {f1} {ctrl+c}, {{ is a brace",
				 rest);
	case E_TIMEOUT:
		return ops->fail(s, error, "%s: takes no keys; is it paused or does its software not read them?",
				 argv[1]);
	}
	return ops->fail(s, error, "%s: has no keyboard; vm show %s", argv[1], argv[1]);
}

const struct command_ops keys_command = {
	.name = "keys", .usage = "keys NAME \"TEXT{KEY}...\"", .run = run_keys, .complete = vm_complete,
	.help = "Types into a machine, as on a US keyboard: keys dos \"dir{enter}\". Keys by name:\n"
		"{enter} {esc} {tab} {f1} {up} {del} {ctrl+c} {alt+x} {ctrl+alt+del} ..., {{ for a brace.",
};

/* --- insert and eject ------------------------------------------------------------------------------------ */

/* The drive's key and its name there: "a:" is `floppy a:`, "2:" and the first "cd:" `disk 2`. False if
 * the machine has no drive of that name whose medium can be changed. */
static bool find_drive(const struct vm *vm, const char *word, const char **key, char *name)
{
	unsigned disk = (unsigned)(word[0] - '0');

	str_copy(name, word, 3);
	*key = "floppy";
	if (!strcmp(word, "a:") || !strcmp(word, "b:"))
		return true;
	if (!strcmp(word, "cd:"))
		for (disk = 0; disk < VM_DISKS && !vm->conf.disk[disk].cd; disk++)
			;
	else if (!word[0] || strcmp(word + 1, ":"))
		return false;
	*key = "disk";
	name[0] = (char)('0' + disk);
	name[1] = 0;
	return disk < VM_DISKS && vm->conf.disk[disk].cd;
}

/* The same as `vm set NAME floppy a: FILE...`. */
static int change_medium(struct session *s, const struct session_ops *ops, struct vm *vm, const char *drive,
			 int argc, char **argv)
{
	char *words[INSERT_WORDS], name[4];
	const char *key;
	int n = 0;

	if (!find_drive(vm, drive, &key, name))
		return ops->fail(s, E_NOT_FOUND, "%s: %s: no floppy or CD drive; vm show %s lists its drives",
				 vm->conf.name, drive, vm->conf.name);
	words[n++] = (char *)key;
	words[n++] = name;
	for (int i = 0; i < argc; i++)
		words[n++] = argv[i];
	if (!strcmp(key, "disk"))
		words[n++] = (char *)"cd";
	return vm_set(s, ops, vm, n, words);
}

static int run_insert(COMMAND_ARGS)
{
	struct vm *vm;

	(void)line;
	if (argc < 4 || argc > INSERT_WORDS)
		return ops->fail(s, E_INVALID, "insert: wrong arguments; usage: %s", insert_command.usage);
	vm = vm_find(argv[1]);
	if (!vm)
		return ops->fail(s, E_NOT_FOUND, "%s: no such machine; vm list shows them", argv[1]);
	return change_medium(s, ops, vm, argv[2], argc - 3, argv + 3);
}

const struct command_ops insert_command = {
	.name = "insert", .usage = "insert NAME a:|b:|cd:|2: FILE|host:fd0 [ro|overlay [FILE]]", .run = run_insert,
	.complete = vm_complete,
	.help = "Puts an image or a real floppy into a machine's floppy or CD drive, also while it runs.",
};

static int run_eject(COMMAND_ARGS)
{
	char none[] = "none", *words[] = { none };
	struct vm *vm;

	(void)line;
	if (argc != 3)
		return ops->fail(s, E_INVALID, "eject: wrong arguments; usage: %s", eject_command.usage);
	vm = vm_find(argv[1]);
	if (!vm)
		return ops->fail(s, E_NOT_FOUND, "%s: no such machine; vm list shows them", argv[1]);
	return change_medium(s, ops, vm, argv[2], 1, words);
}

const struct command_ops eject_command = {
	.name = "eject", .usage = "eject NAME a:|b:|cd:|2:", .run = run_eject, .complete = vm_complete,
	.help = "Takes the medium out of a machine's drive.",
};

/* --- demo --------------------------------------------------------------------------------------------------- */

#define DEMO_FOLDER "/demo"

/* The first line of a script, if it is a comment, says what it shows. */
static void demo_title(const struct fs_ops *fs, void *volume, const char *name, char *title, size_t size)
{
	char path[FS_PATH_MAX], *end;
	struct fs_file *file;
	int n;

	title[0] = 0;
	fmt_buf(path, sizeof path, DEMO_FOLDER "/%s", name);
	if (fs->open(volume, path, FS_READ, &file))
		return;
	n = fs->read(file, 0, title, size - 1);
	fs->close(file);
	title[n < 0 ? 0 : n] = 0;
	end = strchr(title, '\n');
	if (end)
		*end = 0;
	if (title[0] == '#')
		memmove(title, title + (title[1] == ' ' ? 2 : 1), strlen(title));
	else
		title[0] = 0;
}

static bool is_script(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && !strcmp(name + n - 3, ".vm");
}

/* The script whose name follows `last` in order ("": the first one); 1, 0 at the end, or an
 * error. They are few: looking through the folder each time needs no memory. */
static int next_demo(const struct fs_ops *fs, void *volume, const char *last, struct fs_entry *entry,
		     char *next)
{
	uint64_t cursor = 0;
	int got;

	*next = 0;
	while ((got = fs->readdir(volume, DEMO_FOLDER, &cursor, entry)) == 1)
		if (is_script(entry->name) && strcmp(entry->name, last) > 0 &&
		    (!*next || strcmp(entry->name, next) < 0))
			str_copy(next, entry->name, FS_NAME_MAX);
	return got < 0 ? got : *next != 0;
}

/* Calls `each` for every script in order, its name without ".vm". */
static int each_demo(void (*each)(void *ctx, const char *name, const char *title), void *ctx)
{
	struct { struct fs_entry entry; char last[FS_NAME_MAX], next[FS_NAME_MAX]; } *names =
		mem_alloc(vm_registry()->account, sizeof *names);
	const struct fs_ops *fs = NULL;
	struct offer *offer;
	char title[64];
	void *volume;
	int error = names ? offer_get(FS_ROLE, "root", FS_VERSION, &offer, &fs, &volume) : E_NO_MEMORY;

	if (error)
		goto out;
	while ((error = next_demo(fs, volume, names->last, &names->entry, names->next)) == 1) {
		str_copy(names->last, names->next, sizeof names->last);
		demo_title(fs, volume, names->next, title, sizeof title);
		names->next[strlen(names->next) - 3] = 0;
		each(ctx, names->next, title);
	}
	offer_put(offer);
out:
	mem_free(names);
	return error;
}

static void print_demo(void *ctx, const char *name, const char *title)
{
	fmt_sink(ctx, "%-12s %s\n", name, title);
}

static int run_demo(COMMAND_ARGS)
{
	char command[FS_PATH_MAX];
	int error;

	(void)line;
	if (argc == 2) {
		fmt_buf(command, sizeof command, "source " DEMO_FOLDER "/%s.vm", argv[1]);
		return ops->run(s, command);
	}
	error = each_demo(print_demo, ops->out(s));
	if (error)
		return ops->fail(s, error, DEMO_FOLDER ": %s; are the demos on this volume?", error_text(error));
	fmt_sink(ops->out(s), "demo NAME starts one; view all shows them at work\n");
	return E_OK;
}

struct completer {
	void (*add)(void *ctx, const char *text);
	void *ctx;
};

static void add_demo(void *ctx, const char *name, const char *title)
{
	struct completer *completer = ctx;

	(void)title;
	completer->add(completer->ctx, name);
}

static void complete_demo(struct session *s, int argc, char **argv, const char *word,
			  void (*add)(void *ctx, const char *text), void *ctx)
{
	struct completer completer = { add, ctx };

	(void)s, (void)argc, (void)argv, (void)word;
	if (each_demo(add_demo, &completer))
		return;
}

const struct command_ops demo_command = {
	.name = "demo", .usage = "demo [NAME]", .run = run_demo, .complete = complete_demo,
	.help = "Lists the demos of the volume, or starts one: scripts in " DEMO_FOLDER " that make machines.",
};
