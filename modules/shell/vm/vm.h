/* The machines as the shell's commands see them: configurations by name, and the running
 * machine of a name if there is one. These files know the kernel. */
#ifndef VM_VM_H
#define VM_VM_H

#include "vmconf.h"

#include <iface/command.h>
#include <iface/console.h>
#include <iface/display.h>
#include <kern/machine.h>
#include <kern/module.h>
#include <kern/task.h>

struct vm {
	struct list link;
	struct vmconf conf;
	bool paused_in_background;     /* by us, so that we resume it */
	bool not_again;                /* onexit restart gave up */
};

/* One for the module; found through vm_registry() because commands have no instance. */
struct vm_registry {
	struct account *account;
	struct list vms;
	struct mutex lock;             /* held while a machine is started, stopped or deleted */
	struct task *watcher;          /* NULL until a key asks for watching */
	struct wait_queue changed;     /* the watcher waits here while nothing does */
};

struct vm_registry *vm_registry(void);
struct vm *vm_find(const char *name);
/* A configuration was changed: perhaps a machine wants watching now. */
void vm_changed(void);
/* Both with the lock held. On failure `why` is `REASON; WHAT CAN BE DONE`. */
CHECK int vm_power_on(struct vm *vm, bool paused, char *why, size_t size);
void vm_power_off(struct vm *vm);
/* One line of a `vm new` block; prints the error line. */
CHECK int vm_configure(struct session *s, const struct session_ops *ops, struct vmconf *conf, const char *line);
/* Another medium into a running machine's drive: floppy 0 and 1, or disk 0 to 3 if that is a CD drive. */
CHECK int vm_insert(struct machine *m, bool floppy, unsigned drive, const struct vm_drive *medium);
/* `vm set`: argv[0] is the key. Has printed the error line. */
CHECK int vm_set(struct session *s, const struct session_ops *ops, struct vm *vm, int argc, char **argv);

/* The running machine of that name; otherwise prints the error line and returns NULL. */
struct machine *vm_running(struct session *s, const struct session_ops *ops, const char *name);
/* Its screen; false in graphics mode or without an adapter. */
bool vm_text(struct machine *m, struct display_text *text);
/* Types into it: E_NOT_FOUND without a keyboard, E_TIMEOUT when it takes no more. */
CHECK int vm_type(struct machine *m, const char *text, const char **rest);

extern const struct command_ops vm_command, view_command, insert_command, eject_command,
	keys_command, mouse_command, wait_command, screen_command, shot_command, top_command, stat_command,
	demo_command;

void vm_complete(struct session *s, int argc, char **argv, const char *word,
		 void (*add)(void *ctx, const char *text), void *ctx);

#define COMMAND_ARGS struct session *s, const struct session_ops *ops, int argc, char **argv, \
		const char *line
#define UNUSED_ARGS ((void)s, (void)ops, (void)argc, (void)argv, (void)line)

#endif
