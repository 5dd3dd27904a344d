/* What a machine's serial port provides under the machine's roles "serial1" to "serial4"
 * (machine_provide), for the shell's commands. */
#ifndef IFACE_VSERIAL_H
#define IFACE_VSERIAL_H

#include <stddef.h>

#define VSERIAL_ROLE "serial"        /* with the port's number behind it */

struct vserial_ops {
	/* The far end as it is configured ("file:/spool/log"). From any task. */
	const char *(*end)(void *serial);
	/* The last bytes that the guest sent to far end "console", at most `size` of them, oldest
	 * first; returns how many. From any task. */
	size_t (*recent)(void *serial, void *buf, size_t size);
};

#endif
