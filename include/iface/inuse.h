/* Contract "inuse": whether somebody writes to an image or a disk of the PC. Offered by those who lend
 * media to machines; whoever reads one behind their back asks all of them first. */
#ifndef IFACE_INUSE_H
#define IFACE_INUSE_H

#include <stdint.h>

#define INUSE_ROLE "inuse"
#define INUSE_VERSION 1

struct inuse_ops {
	/* The machine that writes to the device ("hd0p1"), a partition of it or the disk it is on; or, if that is
	 * NULL, to the file of that number on the native volume. NULL: nobody. From tasks; does not wait. */
	const char *(*writer)(void *instance, const char *device, uint64_t file);
};

#endif
