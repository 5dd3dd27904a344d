/* What is at a parallel port of the PC ("host:lpt1"), which is the machine's alone while it is open:
 * the pins of the one are the pins of the other, whatever hangs there.
 *
 * DIFFERS: EPP and ECP need hardware handshakes that the contract "lpt" does not have; such a port
 * cannot lead to the host's. */
#include <base/mem.h>
#include <iface/lpt.h>
#include <kern/log.h>
#include <kern/module.h>
#include "port.h"

struct host_end {
	struct port *port;
	struct offer *offer;
	const struct lpt_ops *ops;
	void *lpt;
};

/* ACK has pulsed. This end may have gone meanwhile; the port has not. */
static void acknowledged(void *ctx, uint32_t a, uint32_t b)
{
	struct port *port = ctx;

	(void)a;
	(void)b;
	port->posted = false;
	if (port->end == &end_host)
		vlpt_acknowledge(&port->chip);
}

/* Interrupt context. A pulse that finds the machine's queue full is seen by polling alone. */
static void ack(void *ctx)
{
	struct port *port = ctx;

	if (!port->posted)
		port->posted = machine_post(port->m, &(struct machine_event){ acknowledged, port, 0, 0 }) == E_OK;
}

static void drive(void *of, uint8_t byte, bool drives, uint8_t control)
{
	struct host_end *e = of;

	e->ops->drive(e->lpt, byte, drives, control);
}

static uint8_t status(void *of)
{
	struct host_end *e = of;

	return e->ops->status(e->lpt);
}

static uint8_t data(void *of)
{
	struct host_end *e = of;

	return e->ops->data(e->lpt);
}

static int open_lpt(struct host_end *e, const char *name)
{
	int err = offer_get(LPT_ROLE, name, LPT_VERSION, &e->offer, &e->ops, &e->lpt);

	if (err)
		return err;
	err = e->ops->open(e->lpt, ack, e->port);
	if (err)
		offer_put(e->offer);
	return err;
}

static int host_open(struct port *port, const char *what, void **end)
{
	struct host_end *e = mem_alloc(machine_account(port->m), sizeof *e);
	int err = port->chip.s.kind == VLPT_SPP ? E_OK : E_UNSUPPORTED;

	if (!e)
		return E_NO_MEMORY;
	e->port = port;
	if (!err)
		err = open_lpt(e, what);
	if (err) {
		log_line("%s: parallel %u: host:%s: %s", machine_name(port->m), port->number, what,
			 err == E_BUSY ? "in use already" : err == E_UNSUPPORTED ? "has no EPP or ECP; leave that out"
			 : error_text(err));
		mem_free(e);
		return err;
	}
	port->chip.plug = (struct vlpt_plug){ .drive = drive, .status = status, .data = data, .of = e };
	vlpt_connected(&port->chip);
	*end = e;
	return E_OK;
}

static void host_close(void *end)
{
	struct host_end *e = end;

	e->ops->close(e->lpt);
	offer_put(e->offer);
	mem_free(e);
}

const struct plug_end_ops end_host = { .prefix = "host:", .open = host_open, .close = host_close };
