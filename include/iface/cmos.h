/* What a machine's clock chip provides under the machine's role "cmos": its memory, for those
 * who know what is built into the machine. In its own task, or while it is being built. */
#ifndef IFACE_CMOS_H
#define IFACE_CMOS_H

#include <stdint.h>

#define CMOS_ROLE "cmos"

struct cmos_ops {
	uint8_t (*peek)(void *cmos, unsigned address);
	void (*poke)(void *cmos, unsigned address, uint8_t value);  /* mends the checksum */
};

#endif
