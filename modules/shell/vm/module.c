/* The registry of machines: what is configured, what runs, and a watcher that does what keys
 * say about machines nobody looks at (`background`) or that cannot go on (`onexit`). */
#include "vm.h"

#include <base/mem.h>
#include <iface/vdev.h>
#include <kern/log.h>

enum { WATCH_MS = 200, RESTART_MIN_MS = 1000 };

static struct vm_registry *registry; /* set once by start() */

struct vm_registry *vm_registry(void)
{
	return registry;
}

struct vm *vm_find(const char *name)
{
	list_for(it, &registry->vms) {
		struct vm *vm = list_item(it, struct vm, link);

		if (!strcmp(vm->conf.name, name))
			return vm;
	}
	return NULL;
}

/* --- power ------------------------------------------------------------------------------------- */

struct building {
	struct machine *m;
	const char *type;      /* the device under way */
};

static int add_device(void *ctx, const char *type, const char *args)
{
	struct building *building = ctx;

	building->type = type;
	return machine_add_device(building->m, type, args);
}

int vm_power_on(struct vm *vm, bool paused, char *why, size_t size)
{
	const struct vmconf *conf = &vm->conf;
	struct building building = { .type = "" };
	char *args;
	int error = machine_new(conf->name, conf->base, conf->extended, &building.m);

	if (error) {
		fmt_buf(why, size, "%s; `memory` shows who has what", error_text(error));
		return error;
	}
	machine_set_x87(building.m, !conf->no_fpu);
	args = mem_alloc(registry->account, VM_ARGS_MAX);   /* a session's stack has no room for it */
	error = args ? vmconf_devices(conf, args, add_device, &building) : E_NO_MEMORY;
	mem_free(args);
	if (error) {
		if (*machine_complaint(building.m))
			str_copy(why, machine_complaint(building.m), size);
		else
			fmt_buf(why, size, "device %s: %s; `log` tells more", building.type, error_text(error));
		goto failed;
	}
	error = machine_start(building.m, paused);
	if (error) {
		fmt_buf(why, size, "cannot start: %s; `log` tells more", error_text(error));
		goto failed;
	}
	machine_set_share(building.m, conf->cpu); /* its task is there only now */
	if (conf->priority != PRIORITY_MACHINE)
		task_set_priority(machine_task(building.m), conf->priority);
	vm->paused_in_background = false;
	vm_changed();
	return E_OK;

failed:
	machine_delete(building.m);
	return error;
}

void vm_power_off(struct vm *vm)
{
	struct machine *m = machine_find(vm->conf.name);

	if (m)
		machine_delete(m);
	vm->paused_in_background = false;
}

int vm_insert(struct machine *m, bool floppy, unsigned drive, const struct vm_drive *medium)
{
	char value[2 * VM_FILE_MAX + 24];
	size_t n = fmt_buf(value, sizeof value, "%c:", (floppy ? 'a' : '0') + drive);

	if (!*medium->file)
		return machine_set_device(m, "vmedia", 0, "eject", value);
	fmt_buf(value + n, sizeof value - n, " %s%s%s%s%s", medium->file, medium->read_only ? ",ro" : "",
		medium->overlaid ? ",overlay" : "", *medium->overlay ? "=" : "", medium->overlay);
	return machine_set_device(m, "vmedia", 0, "insert", value);
}

/* --- the watcher ---------------------------------------------------------------------------------- */

static bool is_seen(const char *name)
{
	const struct console_ops *ops = NULL;
	const char *place;
	bool seen = false;
	struct offer *offer;
	void *instance;

	for (unsigned i = 0; !seen && offer_at(CONSOLE_ROLE, i, &place, NULL); i++) {
		if (offer_get(CONSOLE_ROLE, place, CONSOLE_VERSION, &offer, &ops, &instance))
			break;
		seen = ops->shows(instance, name);
		offer_put(offer);
	}
	return seen;
}

static void watch_background(struct vm *vm, struct machine *m)
{
	bool seen = is_seen(vm->conf.name);

	if (!seen && machine_state(m) == MACHINE_RUNNING)
		vm->paused_in_background = machine_pause(m) == E_OK;
	else if (vm->paused_in_background && (seen || !vm->conf.background_pause)) {
		vm->paused_in_background = false;
		if (machine_state(m) == MACHINE_PAUSED && machine_resume(m))
			log_line("%s: cannot be resumed", vm->conf.name);
	}
}

static void restart(struct vm *vm, struct machine *m)
{
	bool at_once = machine_now(m) < RESTART_MIN_MS * (uint64_t)NS_PER_MS;
	char why[VM_WHY_MAX];

	if (at_once) {
		vm->not_again = true;
		log_line("%s: not restarted, for it stopped at once", vm->conf.name);
		return;
	}
	vm_power_off(vm);
	if (vm_power_on(vm, false, why, sizeof why))
		log_line("%s: not restarted: %s", vm->conf.name, why);
}

static void watch(struct vm *vm)
{
	struct machine *m = machine_find(vm->conf.name);

	if (!m)
		return;
	if (machine_state(m) != MACHINE_STOPPED) {
		if (vm->conf.background_pause || vm->paused_in_background)
			watch_background(vm, m);
		return;
	}
	if (vm->conf.onexit == ONEXIT_DELETE) {
		log_line("%s: stopped (%s), deleted", vm->conf.name, machine_reason(m));
		vm_power_off(vm);
	} else if (vm->conf.onexit == ONEXIT_RESTART && !vm->not_again) {
		restart(vm, m);
	}
}

/* Is there a machine whose keys ask for watching? */
static bool anything_to_watch(void)
{
	list_for(it, &registry->vms) {
		struct vm *vm = list_item(it, struct vm, link);

		if (vm->conf.background_pause || vm->paused_in_background || vm->conf.onexit != ONEXIT_PAUSE)
			return true;
	}
	return false;
}

static void watcher_task(void *arg)
{
	(void)arg;
	for (;;) {
		if (!anything_to_watch()) {
			if (wait_on(&registry->changed, WAIT_FOREVER) == E_INTERRUPTED)
				return;
			continue;
		}
		if (task_sleep(WATCH_MS * (uint64_t)NS_PER_MS))
			return;
		mutex_lock(&registry->lock);
		list_for_safe(it, &registry->vms)
			watch(list_item(it, struct vm, link));
		mutex_unlock(&registry->lock);
	}
}

/* The watcher's task is made when there is something to watch for the first time. */
void vm_changed(void)
{
	if (registry->watcher)
		wake_all(&registry->changed);
	else if (anything_to_watch())
		registry->watcher = task_new(registry->account, "vm-watch", PRIORITY_SYSTEM, 0, watcher_task, NULL);
}

/* --- start ---------------------------------------------------------------------------------------------- */

static const struct command_ops *const commands[] = {
	&vm_command, &view_command, &insert_command, &eject_command, &keys_command, &mouse_command,
	&wait_command, &screen_command, &shot_command, &top_command, &stat_command, &demo_command,
};

static int start(struct module *self)
{
	int error = E_OK;
	unsigned i;

	registry = mem_alloc(module_account(self), sizeof *registry);
	if (!registry)
		return E_NO_MEMORY;
	registry->account = module_account(self);
	list_init(&registry->vms);
	mutex_init(&registry->lock);
	wait_init(&registry->changed);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		error = offer_add(self, COMMAND_ROLE, commands[i]->name, COMMAND_VERSION, commands[i], NULL);
		if (error)
			goto undo;
	}
	return E_OK;

undo:
	while (i--)
		offer_remove(self, COMMAND_ROLE, commands[i]->name);
	mem_free(registry);
	return error;
}

MODULE(.name = "vm", .summary = "commands for machines", .start = start);
