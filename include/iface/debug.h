/* Contract "debug": the debugger for a program instead of a user: a client with a machine as its
 * target, as somebody who typed `dbg NAME`. From tasks; calls may wait. */
#ifndef IFACE_DEBUG_H
#define IFACE_DEBUG_H

#include <base/error.h>
#include <base/fmt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEBUG_ROLE "debug"
#define DEBUG_VERSION 1

enum debug_why {
	DEBUG_PAUSED,            /* somebody made it stand */
	DEBUG_STEP,
	DEBUG_CODE,              /* before the instruction of a breakpoint */
	DEBUG_ACCESS,            /* behind an access; or another breakpoint that is not for code */
	DEBUG_STOPPED,           /* it cannot go on */
};

struct debug_stop {
	enum debug_why why;
	unsigned number;         /* of the breakpoint */
	uint32_t address;        /* DEBUG_ACCESS: linear */
	bool read, write;        /* ... to memory; none of them: it was no access to memory */
};

struct debug_ops {
	/* A client, with the machine standing. `interrupted` is asked now and then by what may take long. What
	 * commands print goes to `out`. E_NOT_FOUND, E_NO_MEMORY, E_INVALID (it was never started). */
	int (*open)(const char *machine, struct fmt_sink *out, bool (*interrupted)(void *ctx), void *ctx,
		    void **client);
	/* Its breakpoints stay if others are with that machine; the machine goes on if it stands and `go`. */
	void (*close)(void *client, bool go);
	/* One command line, of the debugger's or of another module's, as typed. */
	int (*run)(void *client, const char *line);
	/* A breakpoint for code (`rights` 0) or for reading (1) or writing (2) `size` bytes at a linear address.
	 * *number tells which. */
	int (*point)(void *client, unsigned rights, uint32_t linear, uint32_t size, unsigned *number);
	int (*unpoint)(void *client, unsigned number);
	/* Lets the machine go on, for one instruction if `step`; does not wait. E_INVALID: it cannot. */
	int (*go)(void *client, bool step);
	/* E_OK once it stands, with the reason; E_TIMEOUT; E_NOT_FOUND: the machine is gone. */
	int (*wait)(void *client, uint64_t timeout_ns, struct debug_stop *stop);
	/* Makes it stand. */
	int (*pause)(void *client);
	/* Memory at a linear address as the guest would see it, without effects. How many bytes could be had, from
	 * the first on. */
	size_t (*read)(void *client, uint32_t linear, void *to, size_t size);
	/* All or nothing. */
	int (*write)(void *client, uint32_t linear, const void *from, size_t size);
};

#endif
