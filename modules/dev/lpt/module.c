/* The host's parallel ports: contract "lpt" over up to three ports of IBM's kind.
 *
 * A port is found by its data latch, which keeps what it is given (as IBM's BIOS does it). While
 * nobody has it open nothing is written to it but what finding it takes, so that a printer notices
 * nothing: no strobe is given. An interrupt (7 for 378h and 3BCh, 5 for 278h) is told to the user as
 * the end of a pulse of ACK.
 *
 * Read: IBM, "Personal Computer Technical Reference" (1984), "IBM Parallel Printer Adapter", "ROM
 * BIOS Listing" (POST's search); IBM, "Personal System/2 Hardware Interface Technical Reference",
 * "Parallel Port Controller". */
#include <hw/lpt.h>
#include <iface/lpt.h>
#include <kern/irq.h>
#include <kern/lock.h>
#include <kern/module.h>

enum { PORTS = 3 };

struct port {
	uint16_t base;
	uint8_t line;
	const char *name;
	bool open;
	uint8_t data;                    /* the latch */
	void (*ack)(void *ctx);
	void *ctx;
	struct irq_handler handler;
};

static struct port ports[PORTS] = {
	{ .base = 0x378, .line = 7, .name = "lpt1" }, { .base = 0x278, .line = 5, .name = "lpt2" },
	{ .base = 0x3BC, .line = 7, .name = "lpt3" },
};

static uint8_t get(const struct port *p, unsigned reg)
{
	return port_in8((uint16_t)(p->base + reg));
}

static void put(const struct port *p, unsigned reg, uint8_t value)
{
	port_out8((uint16_t)(p->base + reg), value);
}

/* The chip does not say whether it asked; the kernel masks a line that rings without end. */
static bool interrupt(void *ctx)
{
	struct port *p = ctx;

	p->ack(p->ctx);
	return true;
}

static int open_port(void *port, void (*ack)(void *ctx), void *ctx)
{
	struct port *p = port;
	int err;

	if (p->open)
		return E_BUSY;
	p->ack = ack;
	p->ctx = ctx;
	p->handler = (struct irq_handler){ interrupt, p, p->name, NULL, 0 };
	err = irq_attach(p->line, &p->handler);
	p->open = !err;
	return err;
}

/* The printer stays selected and is not reset. */
static void close_port(void *port)
{
	struct port *p = port;

	put(p, LPT_CONTROL, LPT_CONTROL_SELIN | LPT_CONTROL_INIT);
	irq_detach(p->line, &p->handler);
	p->open = false;
}

static void drive(void *port, uint8_t data, bool drives, uint8_t control)
{
	struct port *p = port;
	uint8_t value = (control ^ LPT_CONTROL_INVERTED) & (LPT_CONTROL_PINS | LPT_CONTROL_IRQ);

	if (data != p->data) {
		p->data = data;
		put(p, LPT_DATA, data);
	}
	put(p, LPT_CONTROL, value | (drives ? 0 : LPT_CONTROL_INPUT));
}

static uint8_t status(void *port)
{
	return (get(port, LPT_STATUS) ^ LPT_STATUS_INVERTED) & LPT_STATUS_PINS;
}

static uint8_t data(void *port)
{
	return get(port, LPT_DATA);
}

static const struct lpt_ops ops = { open_port, close_port, drive, status, data };

/* --- finding them ------------------------------------------------------------------------------- */

static bool port_present(struct port *p)
{
	uint8_t before = get(p, LPT_DATA);
	bool present;

	put(p, LPT_DATA, 0xAA);
	present = get(p, LPT_DATA) == 0xAA;
	put(p, LPT_DATA, 0x55);
	present = present && get(p, LPT_DATA) == 0x55;
	put(p, LPT_DATA, before);
	p->data = before;
	return present;
}

static int start(struct module *self)
{
	int err = E_OK;

	for (unsigned i = 0; i < PORTS && !err; i++)
		if (port_present(&ports[i]))
			err = offer_add(self, LPT_ROLE, ports[i].name, LPT_VERSION, &ops, &ports[i]);
	return err;
}

static void stop(struct module *self)
{
	(void)self;
}

static bool wants_to_go(struct module *self)
{
	(void)self;
	return true;
}

MODULE(.name = "lpt", .summary = "parallel ports of the PC", .start = start, .stop = stop,
       .wants_to_go = wants_to_go);
