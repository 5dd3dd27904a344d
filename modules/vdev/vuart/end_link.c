/* Far end "link:MACHINE.N": a null-modem cable to serial port N of another machine (or of the same
 * one), which names this port in the same way. Each may come and go; while one is alone its
 * modem lines are inactive and what it sends is lost, as on a cable that hangs loose.
 *
 * RTS leads to the other's CTS, DTR to its DSR and DCD. Bytes wait in the receiving end's ring until
 * its chip has room; while the ring is full the sender's chip has to wait, so that two machines of
 * different speed, or of which one stands, lose nothing. */
#include <base/mem.h>
#include <kern/log.h>
#include "port.h"

enum { RING = 128 };

struct link_end {
	struct port *port;
	char machine[MACHINE_NAME_MAX];  /* of the port that it leads to */
	unsigned number;
	struct link_end *peer;
	bool broken, break_sent;         /* a break has come; the peer knows of ours */
	uint32_t head, tail;             /* of what has come */
	uint8_t ring[RING];
};

/* NAME.N */
static bool parse(struct link_end *e, const char *what)
{
	const char *dot = strrchr(what, '.');
	size_t n = dot ? (size_t)(dot - what) : 0;

	if (!n || n >= sizeof e->machine || dot[1] < '1' || dot[1] > '4' || dot[2])
		return false;
	memcpy(e->machine, what, n);
	e->number = (unsigned)(dot[1] - '0');
	return true;
}

static bool leads_to(const struct link_end *e, const struct port *port)
{
	return e->number == port->number && str_casecmp(e->machine, machine_name(port->m)) == 0;
}

/* Takes hold of the other end if it is there and wants this one. */
static void connect(struct link_end *e)
{
	struct port *port = port_find(e->machine, e->number);
	struct link_end *other = port && port->end == &end_link ? port->end_of : NULL;

	if (!other || other == e || other->peer || !leads_to(other, e->port))
		return;
	e->peer = other;
	other->peer = e;
	port_wake(port);
	port_wake(e->port);
}

static int link_open(struct port *port, const char *what, void **end)
{
	struct link_end *e = mem_alloc(machine_account(port->m), sizeof *e);

	if (!e)
		return E_NO_MEMORY;
	e->port = port;
	if (!port->number || !parse(e, what)) {
		log_line("%s: serial %u: link:%s: no port of a machine; write it like link:other.1",
			 machine_name(port->m), port->number, what);
		mem_free(e);
		return E_INVALID;
	}
	*end = e;        /* connected when the port tells of its new end: link_changed() */
	return E_OK;
}

static void link_close(void *end)
{
	struct link_end *e = end;

	if (e->peer) {
		e->peer->peer = NULL;
		port_wake(e->peer->port);
	}
	mem_free(e);
}

static bool link_put(void *end, uint8_t byte)
{
	struct link_end *to = ((struct link_end *)end)->peer;

	if (!to)
		return true;
	if (to->head - to->tail == RING)
		return false;
	to->ring[to->head++ % RING] = byte;
	port_wake(to->port);
	return true;
}

static size_t link_take(void *end, uint8_t *bytes, size_t size)
{
	struct link_end *e = end;
	size_t n = 0;

	while (n < size && e->head != e->tail)
		bytes[n++] = e->ring[e->tail++ % RING];
	return n;
}

static bool link_take_break(void *end)
{
	struct link_end *e = end;
	bool broken = e->broken;

	e->broken = false;
	return broken;
}

static uint8_t link_modem(void *end)
{
	const struct link_end *e = end;

	if (!e->peer)
		return 0;
	return (e->peer->port->rts ? UART_MSR_CTS : 0) |
	       (e->peer->port->dtr ? UART_MSR_DSR | UART_MSR_DCD : 0);
}

static void link_changed(void *end)
{
	struct link_end *e = end;
	bool sending = e->port->sending_break;

	if (!e->peer)
		connect(e);
	if (!e->peer)
		return;
	if (sending && !e->break_sent)
		e->peer->broken = true;
	e->break_sent = sending;
	port_wake(e->peer->port);
}

static void link_describe(void *end, struct fmt_sink *out)
{
	const struct link_end *e = end;

	fmt_sink(out, ", %s, %u bytes waiting", e->peer ? "connected" : "loose",
		 (unsigned)(e->head - e->tail));
}

const struct far_end_ops end_link = {
	.prefix = "link:", .open = link_open, .close = link_close, .put = link_put, .take = link_take,
	.take_break = link_take_break, .modem = link_modem, .changed = link_changed,
	.describe = link_describe,
};
