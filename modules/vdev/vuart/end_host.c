/* Far end "host:com2": a serial port of the PC, which is the machine's alone while it is open.
 *
 * The host's driver keeps a ring each way; its interrupt handler tells when bytes have come. The
 * real line follows the guest's speed as soon as what was sent at the old one has left.
 * DIFFERS: the line is 8N1 whatever the guest programs; CTS, DSR and DCD are held active, and the
 * guest's DTR, RTS and breaks stay inside: contract "serial" has no place for them. */
#include <iface/serial.h>
#include <kern/log.h>
#include <kern/module.h>
#include "port.h"

enum { BAUD_MIN = 50, BAUD_DEFAULT = 9600 };

struct host_end {
	struct port *port;
	struct offer *offer;
	const struct serial_ops *ops;
	void *serial;
	unsigned baud;
	bool open;
};

/* Interrupt context. */
static void notify(void *ctx)
{
	struct host_end *e = ctx;

	port_wake(e->port);
}

static int open_serial(struct host_end *e, unsigned baud)
{
	int err = e->ops->open(e->serial, baud, notify, e);

	e->open = !err;
	e->baud = baud;
	return err;
}

/* False while bytes of the old speed are on their way. */
static bool follow_speed(struct host_end *e)
{
	unsigned baud = port_baud(e->port);
	int err;

	if (baud == e->baud || baud < BAUD_MIN || !e->open)
		return true;
	if (!e->ops->drained(e->serial))
		return false;
	e->ops->close(e->serial);
	err = open_serial(e, baud);
	if (err)
		log_line("%s: serial %u: %s at %u baud: %s", machine_name(e->port->m), e->port->number,
			 e->port->end_name, baud, error_text(err));
	return true;
}

static int host_open(struct port *port, const char *what, void **end)
{
	struct host_end *e = mem_alloc(machine_account(port->m), sizeof *e);
	unsigned baud = port_baud(port) < BAUD_MIN ? BAUD_DEFAULT : port_baud(port);
	int err;

	if (!e)
		return E_NO_MEMORY;
	e->port = port;
	err = offer_get(SERIAL_ROLE, what, SERIAL_VERSION, &e->offer, &e->ops, &e->serial);
	if (!err) {
		err = open_serial(e, baud);
		if (err)
			offer_put(e->offer);
	}
	if (err) {
		log_line("%s: serial %u: host:%s: %s", machine_name(port->m), port->number, what,
			 err == E_BUSY ? "in use already" : error_text(err));
		mem_free(e);
		return err;
	}
	*end = e;
	return E_OK;
}

static void host_close(void *end)
{
	struct host_end *e = end;

	if (e->open)
		e->ops->close(e->serial);
	offer_put(e->offer);
	mem_free(e);
}

static bool host_put(void *end, uint8_t byte)
{
	struct host_end *e = end;

	if (!follow_speed(e))
		return false;
	return !e->open || e->ops->write(e->serial, &byte, 1) == 1;
}

static size_t host_take(void *end, uint8_t *bytes, size_t size)
{
	struct host_end *e = end;

	(void)follow_speed(e);
	return e->open ? e->ops->read(e->serial, bytes, size) : 0;
}

static uint8_t host_modem(void *end)
{
	(void)end;
	return UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD;
}

static void host_changed(void *end)
{
	(void)follow_speed(end);
}

static void host_describe(void *end, struct fmt_sink *out)
{
	const struct host_end *e = end;

	fmt_sink(out, ", %u baud%s", e->baud, e->open ? "" : ", not open");
}

const struct far_end_ops end_host = {
	.prefix = "host:", .open = host_open, .close = host_close, .put = host_put, .take = host_take,
	.modem = host_modem, .changed = host_changed, .describe = host_describe,
};
