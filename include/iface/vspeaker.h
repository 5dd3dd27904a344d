/* What a machine's speaker provides under the machine's role "vspeaker". */
#ifndef IFACE_VSPEAKER_H
#define IFACE_VSPEAKER_H

#include <stdbool.h>

#define VSPEAKER_ROLE "vspeaker"

struct vspeaker_ops {
	/* The machine is heard on the PC's speaker from now on, or no more. From any task; does not
	 * wait. Saying so again is harmless. */
	void (*hear)(void *speaker, bool heard);
};

#endif
