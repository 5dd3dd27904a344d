/* What every module of a virtual device has in common: one offer ("vdev", NAME), and the wish
 * to go when its last machine has gone. Included by module.c files alone. */
#ifndef IFACE_VDEV_MODULE_H
#define IFACE_VDEV_MODULE_H

#include <iface/vdev.h>
#include <kern/module.h>

#define VDEV_MODULE(NAME, SUMMARY, OPS) \
	static int vdev_start(struct module *self) \
	{ \
		return offer_add(self, VDEV_ROLE, NAME, VDEV_VERSION, OPS, NULL); \
	} \
	static void vdev_stop(struct module *self) \
	{ \
		(void)self; \
	} \
	static bool vdev_wants_to_go(struct module *self) \
	{ \
		(void)self; \
		return true; \
	} \
	MODULE(.name = NAME, .summary = SUMMARY, .start = vdev_start, .stop = vdev_stop, \
	       .wants_to_go = vdev_wants_to_go)

#endif
