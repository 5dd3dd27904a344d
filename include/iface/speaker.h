/* Contract "speaker": the PC's own speaker. One user at a time; the console sees to it that only the
 * machine in view is one. */
#ifndef IFACE_SPEAKER_H
#define IFACE_SPEAKER_H

#include <stdbool.h>
#include <stdint.h>

#define SPEAKER_ROLE "speaker"
#define SPEAKER_VERSION 1

struct speaker_ops {
	/* A square wave of 1193182 Hz divided by `count` (2 to 65536), let through while `on`; with count
	 * 0 the cone is held where `on` says. Does not wait. */
	void (*drive)(void *speaker, uint32_t count, bool on);
};

#endif
