/* A machine's parallel port: the chip at its three, eight or eleven ports, and what is at its plug.
 *
 * Arguments: port=378 irq=7 mode=spp|epp|ecp end=none|file:PATH|spool|host:lpt1. While it runs:
 * set end VALUE. The port at 3BCh has no EPP: the video adapter begins behind it.
 *
 * Ports of one machine that share an interrupt are or-ed here. */
#include <base/args.h>
#include <base/mem.h>
#include <iface/vdev_module.h>
#include <kern/log.h>
#include "port.h"

enum { IRQS = 16, NO_EPP_PORT = 0x3BC };

static const uint16_t standard_ports[] = { 0x378, 0x278, 0x3BC };
static const char *const kinds[] = { "spp", "epp", "ecp" };
static const struct plug_end_ops *const plug_ends[] = { &end_none, &end_file, &end_spool, &end_host };

/* Of all machines; tasks only, and none waits while it looks. */
static struct list ports = LIST_INIT(ports);

static void set_irq(void *to, bool level)
{
	line_set(&((struct port *)to)->irq_line, level);
}

static void expire(void *port, uint64_t now) { vlpt_expire(&((struct port *)port)->chip, now); }
static uint8_t in(void *port, unsigned reg) { return vlpt_in(&((struct port *)port)->chip, reg); }
static void out(void *port, unsigned reg, uint8_t v) { vlpt_out(&((struct port *)port)->chip, reg, v); }
static uint8_t ecp_in(void *port, unsigned reg) { return vlpt_ecp_in(&((struct port *)port)->chip, reg); }
static void ecp_out(void *port, unsigned reg, uint8_t v) { vlpt_ecp_out(&((struct port *)port)->chip, reg, v); }

static const struct port_ops port_ops = { .in = in, .out = out };
static const struct port_ops ecp_ops = { .in = ecp_in, .out = ecp_out };

/* --- ends ------------------------------------------------------------------------------------------ */

/* The old end goes when the new one is there; if there is none, it stays. */
static int open_end(struct port *p, const char *value)
{
	if (strcmp(value, p->end_name) == 0)
		return E_OK;
	for (unsigned i = 0; i < ARRAY_SIZE(plug_ends); i++) {
		const struct plug_end_ops *ops = plug_ends[i], *old = p->end;
		void *old_of = p->end_of, *of = NULL;
		size_t n = strlen(ops->prefix);
		int err;

		if (strncmp(value, ops->prefix, n) != 0 || (value[n] && ops->prefix[n - 1] != ':'))
			continue;
		err = ops->open(p, value + n, &of);
		if (err)
			return err;
		p->end = ops;
		p->end_of = of;
		str_copy(p->end_name, value, sizeof p->end_name);
		old->close(old_of);
		return E_OK;
	}
	log_line("%s: parallel %u: %s: nothing to print to; use none, file:PATH, spool or host:lpt1",
		 machine_name(p->m), p->number, value);
	return E_INVALID;
}

static int set(void *device, const char *key, const char *value)
{
	return strcmp(key, "end") == 0 ? open_end(device, value) : E_UNSUPPORTED;
}

/* --- life --------------------------------------------------------------------------------------------- */

/* CNFGB's code of an interrupt line ("cnfgB", bits 5-3); 0: set by jumpers. */
static uint8_t irq_code(unsigned irq)
{
	static const uint8_t lines[] = { 0, 7, 9, 10, 11, 14, 15, 5 };

	for (uint8_t i = 1; i < ARRAY_SIZE(lines); i++)
		if (lines[i] == irq)
			return i;
	return 0;
}

static void wire(struct port *p)
{
	char name[8];

	fmt_buf(name, sizeof name, "irq%u", p->irq);
	p->irq_line = machine_line(p->m, name);
	p->chip.irq = (struct line){ set_irq, p };
	p->chip.irq_code = irq_code(p->irq);
	p->chip.clock = machine_clock(p->m, expire, p);
	(void)!end_none.open(p, "", &p->end_of);
	vlpt_reset(&p->chip);
}

static int claim(struct port *p, uint16_t base)
{
	bool epp = p->chip.s.kind != VLPT_SPP && base != NO_EPP_PORT;
	int err = machine_claim_ports(p->m, base, epp ? LPT_EPP_REGISTERS : LPT_SPP_REGISTERS, "vlpt", &port_ops, p);

	if (!err && p->chip.s.kind == VLPT_ECP)
		err = machine_claim_ports(p->m, base + LPT_ECP_OFFSET, LPT_ECP_REGISTERS, "vlpt", &ecp_ops, p);
	return err;
}

static void destroy(void *device)
{
	struct port *p = device;

	p->end->close(p->end_of);
	p->end = &end_none;
	list_remove(&p->link);
}

static int parse(struct port *p, const char *args, uint32_t *base)
{
	char mode[8];
	int err = E_OK;

	*base = args_hex(args, "port", standard_ports[0], &err);
	p->irq = args_number(args, "irq", 7, &err);
	if (!args_get(args, "mode", mode, sizeof mode))
		str_copy(mode, kinds[VLPT_SPP], sizeof mode);
	while (p->chip.s.kind < ARRAY_SIZE(kinds) && strcmp(mode, kinds[p->chip.s.kind]))
		p->chip.s.kind++;
	for (unsigned i = 0; i < ARRAY_SIZE(standard_ports); i++)
		if (standard_ports[i] == *base)
			p->number = i + 1;
	if (!err && p->irq < IRQS && p->number && p->chip.s.kind < ARRAY_SIZE(kinds) &&
	    !(p->chip.s.kind == VLPT_EPP && *base == NO_EPP_PORT))
		return E_OK;
	log_line("vlpt: %s: write it like port=378 irq=7 mode=spp end=none", args);
	return E_INVALID;
}

static int create(struct machine *m, const char *args, void **device)
{
	struct port *p = mem_alloc(machine_account(m), sizeof *p);
	char end[PORT_END_MAX];
	uint32_t base;
	int err = p ? parse(p, args, &base) : E_NO_MEMORY;

	if (err) {
		mem_free(p);
		return err;
	}
	p->m = m;
	p->end = &end_none;
	list_add(&ports, &p->link);
	wire(p);
	if (!args_get(args, "end", end, sizeof end))
		str_copy(end, "none", sizeof end);
	err = open_end(p, end);
	if (!err)
		err = claim(p, (uint16_t)base);
	if (err) {
		destroy(p);
		return err;      /* the clock's alarm stays with the machine, and so does `p` */
	}
	*device = p;
	return E_OK;
}

static void reset(void *device) { vlpt_reset(&((struct port *)device)->chip); }

static void describe(void *device, struct fmt_sink *o)
{
	struct port *p = device;

	fmt_sink(o, "parallel %u, irq %u, %s, leads to %s", p->number, p->irq, kinds[p->chip.s.kind], p->end_name);
	if (p->end->describe)
		p->end->describe(p->end_of, o);
	fmt_sink(o, "\n");
	vlpt_describe(&p->chip, o);
}

static const void *state(void *device) { return &((struct port *)device)->chip.s; }
static int load(void *device, const void *s) { return vlpt_load(&((struct port *)device)->chip, s); }

static const struct vdev_ops ops = {
	.create = create, .destroy = destroy, .reset = reset, .describe = describe, .set = set,
	.state_size = sizeof(struct vlpt_state), .state = state, .load = load,
};

VDEV_MODULE("vlpt", "virtual parallel port (SPP, EPP, ECP) with a printer", &ops);
