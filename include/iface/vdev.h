/* Contract "vdev": a type of virtual device. One offer a type, named like it ("vpic"). */
#ifndef IFACE_VDEV_H
#define IFACE_VDEV_H

#include <base/error.h>
#include <base/fmt.h>
#include <kern/machine.h>

#define VDEV_ROLE "vdev"
#define VDEV_VERSION 1

struct vdev_ops {
	/* Makes a device and claims its ports, memory and lines in the machine; memory on the
	 * machine's account. `args` is one line "key=value key=value", possibly empty; the
	 * device complains (log_line) about what it does not understand: E_INVALID. On failure
	 * it lets go of what lies outside the machine; what it claimed in the machine is taken
	 * back for it. */
	int (*create)(struct machine *m, const char *args, void **device);
	/* Lets go of what lies outside the machine (files, host devices, tasks); what it claimed in
	 * the machine and took on its account goes with the machine. May be NULL. */
	void (*destroy)(void *device);
	/* Hardware reset: at power-on and by the reset button. May be NULL. */
	void (*reset)(void *device);
	/* State in words. May be NULL. */
	void (*describe)(void *device, struct fmt_sink *out);
	/* Save and load: the plain state. NULL/0 where there is none. */
	size_t state_size;
	const void *(*state)(void *device);
	int (*load)(void *device, const void *state);
	/* The same for memory that it keeps beside the state (video memory), in pages of 4 KB: page n,
	 * NULL while it was never used; with `make` it comes into being, NULL if there is no memory.
	 * `state` was loaded before. */
	unsigned pages;
	void *(*page)(void *device, unsigned n, bool make);
	/* A change while it runs ("insert", "a: /images/x.img"); applied in the machine's task. E_UNSUPPORTED. May
	 * be NULL. */
	int (*set)(void *device, const char *key, const char *value);
};

#endif
