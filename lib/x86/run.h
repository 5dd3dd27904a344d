/* A run of accesses to a device's memory, as a repeated MOVS or STOS makes it: elements of `size`
 * bytes (1, 2, 4) one after the other, upwards, each with the effects that it has alone. The
 * executor asks its bus for it, a machine its device. */
#ifndef X86_RUN_H
#define X86_RUN_H

#include <stdint.h>

enum x86_run_kind {
	X86_RUN_READ,        /* from the device to `bytes` */
	X86_RUN_WRITE,       /* from `bytes` to the device */
	X86_RUN_FILL,        /* `value`, again and again */
	X86_RUN_COPY,        /* from `from` to `at`, an element at a time; both the device's */
};

struct x86_run {
	uint8_t kind, size;
	uint32_t at, from;   /* linear addresses; to a device: offsets in its memory */
	void *bytes;
	uint32_t value;
	uint32_t count;      /* elements */
};

#endif
