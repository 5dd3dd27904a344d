/* A machine's state in plain form, for saving and loading whole machines. In which file it goes, and
 * how, is a module's affair (modules/shell/vm/save.c).
 *
 * All functions work on a machine that stands (machine_pause(), machine_start() with `paused`) and
 * whose task therefore touches nothing. To load is to make the same machine anew, from the same
 * configuration, and then to give it core, devices and memory, in this order. */
#ifndef KERN_SNAPSHOT_H
#define KERN_SNAPSHOT_H

#include <kern/machine.h>

enum { SNAPSHOT_VERSION = 3, SNAPSHOT_LINES = 80, SNAPSHOT_LINE_NAME = 12 };

/* What is neither memory nor a device's: processor, time, lines. Plain; without pointers. */
struct snapshot_core {
	uint32_t version, size;        /* SNAPSHOT_VERSION, sizeof(struct snapshot_core) */
	uint64_t now_ns, powered_on_ns;  /* machine time */
	uint8_t a20_open, reset_pending, line_count, reserved[5];
	struct vcpu cpu;
	/* One for each that drives a line, in the order in which the devices were made. */
	struct { char name[SNAPSHOT_LINE_NAME]; uint8_t level; } lines[SNAPSHOT_LINES];
};

/* Applies what waits in the machine's queue, then copies. */
void snapshot_core(struct machine *m, struct snapshot_core *core);
/* Checks all of it first: E_VERSION, E_DAMAGED; then nothing was changed. */
CHECK int snapshot_load_core(struct machine *m, const struct snapshot_core *core);

/* The plain state of the index-th device (machine_device_at), good while the machine stands; its size,
 * 0 if it has none. */
size_t snapshot_device(struct machine *m, unsigned index, const void **state);
/* E_NOT_FOUND, E_VERSION (another size, or what the device says), E_DAMAGED. */
CHECK int snapshot_load_device(struct machine *m, unsigned index, const void *state, size_t size);
/* Page n of memory that a device keeps beside its state; NULL: it has no such page, or never used
 * it. With `make`, one that it has comes into being; NULL then means no memory or no such page. */
void *snapshot_device_page(struct machine *m, unsigned index, unsigned n, bool make);
unsigned snapshot_device_pages(struct machine *m, unsigned index);

/* The first guest-physical page at or above *gpa that holds anything, RAM or ROM; false: there is none. */
bool snapshot_next_page(struct machine *m, gpa_t *gpa, const void **content);
/* Gives that page this content: E_RANGE if the machine has neither RAM nor ROM there, E_NO_MEMORY.
 * ROM that differs becomes this machine's own. */
CHECK int snapshot_load_page(struct machine *m, gpa_t gpa, const void *content);

#endif
