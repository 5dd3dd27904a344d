/* Contracts of the host hardware that the kernel itself uses: "intc" (interrupt
 * controller), "clock" (time source and tick) and "crash" (a console that works when nothing
 * else does). */
#ifndef IFACE_HOST_H
#define IFACE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTC_ROLE "intc"
#define INTC_VERSION 1
/* All with interrupts off. Lines 0-15; line n arrives at vector 20h + n. */
struct intc_host_ops {
	void (*mask)(void *instance, unsigned line);
	void (*unmask)(void *instance, unsigned line);
	/* Called first on arrival: false if it was spurious and is to be ignored. Ends the
	 * interrupt at the controller. */
	bool (*accept)(void *instance, unsigned line);
};

#define CLOCK_ROLE "clock"
#define CLOCK_VERSION 2
struct clock_host_ops {
	/* Nanoseconds since start; never goes back. Interrupts may be on or off. */
	uint64_t (*now)(void *instance);
	/* Calls `tick` in interrupt context at least every millisecond from now on. While that returns true,
	 * several times as often, as far as the hardware allows. */
	void (*start)(void *instance, bool (*tick)(void));
};

#define CRASH_ROLE "crash"
#define CRASH_VERSION 1
/* Polled, without interrupts, locks or memory; whatever state the rest is in. */
struct crash_ops {
	void (*put)(void *instance, const char *text, size_t n);
	int (*get)(void *instance);   /* a character, or -1 at once */
};

#endif
