/* Contract "serial": a host serial port ("com1" ... "com4"), opened by one user at a time. */
#ifndef IFACE_SERIAL_H
#define IFACE_SERIAL_H

#include <base/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERIAL_ROLE "serial"
#define SERIAL_VERSION 1

struct serial_ops {
	/* Programs 8N1 at `baud`; E_BUSY if open already. `notify` (may be NULL) is called in
	 * interrupt context when bytes have arrived or there is room to send again. */
	int (*open)(void *port, unsigned baud, void (*notify)(void *ctx), void *ctx);
	void (*close)(void *port);
	/* Neither waits: they return how many bytes were taken or given. */
	size_t (*read)(void *port, void *buf, size_t size);
	size_t (*write)(void *port, const void *buf, size_t size);
	bool (*drained)(void *port);  /* all that was written has left the chip */
};

#endif
