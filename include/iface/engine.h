/* Contract "engine": what runs a virtual processor. "v86" runs real-mode code natively.
 *
 * Between calls of run() the vcpu is canonical (see <x86/vcpu.h>). All calls come from the
 * machine's own task. */
#ifndef IFACE_ENGINE_H
#define IFACE_ENGINE_H

#include <kern/machine.h>

#define ENGINE_ROLE "engine"
#define ENGINE_VERSION 1

struct engine_ops {
	/* Builds what the engine needs for this machine, on its account. */
	int (*attach)(struct machine *m, void **engine);
	void (*detach)(void *engine);
	/* Runs guest code until the machine has something pending that the engine does not
	 * handle itself: events, a halt, a stop. */
	void (*run)(void *engine);
	/* Executes exactly one instruction (or delivers one interrupt). */
	void (*step)(void *engine);
	/* The guest-physical pages [first, last] changed their meaning or rights. */
	void (*map_changed)(void *engine, gpa_t first, gpa_t last);
	/* Could it go on from this state? If not, says why. */
	bool (*can_run)(const struct vcpu *cpu, const char **why);
};

#endif
