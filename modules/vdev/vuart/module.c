/* A machine's serial port: the chip at its eight ports, and what its line leads to.
 *
 * Arguments: port=3f8 irq=4 end=none|console|file:PATH|host:com2|link:MACHINE.2|mouse. While it
 * runs: set end VALUE.
 *
 * The chip runs in its machine's task alone. A far end that has something for it posts one event
 * (port_wake), upon which the machine's task takes as many bytes as the chip's line has room for;
 * when that fills up, the rest is taken when the chip has worked some of it off. In the other
 * direction a far end refuses what it has no room for, and the chip offers it again a character's
 * time later.
 *
 * The ports of one machine that share an interrupt are or-ed here: the chip of one must not
 * take back what the chip of another asks for. */
#include <base/args.h>
#include <base/mem.h>
#include <iface/vdev_module.h>
#include <iface/vserial.h>
#include <kern/log.h>
#include "port.h"

enum {
	CHUNK = 16, RETRY_NS = 10 * NS_PER_MS, IRQS = 16,
	BAUD_BASE = UART_CLOCK_HZ / 16, DIVISOR_ZERO = 0x10000,
};

static const uint16_t standard_ports[] = { 0x3F8, 0x2F8, 0x3E8, 0x2E8 };
static const struct far_end_ops *const far_ends[] = {
	&end_none, &end_console, &end_file, &end_host, &end_link, &end_mouse,
};

/* Of all machines; tasks only, and none waits while it looks. */
static struct list ports = LIST_INIT(ports);

struct port *port_find(const char *machine, unsigned number)
{
	list_for(it, &ports) {
		struct port *p = list_item(it, struct port, link);

		if (p->number == number && str_casecmp(machine_name(p->m), machine) == 0)
			return p;
	}
	return NULL;
}

unsigned port_baud(const struct port *p)
{
	return BAUD_BASE / (p->chip.s.divisor ? p->chip.s.divisor : DIVISOR_ZERO);
}

/* --- from the far end ------------------------------------------------------------------------- */

/* How much room on the chip's line this end wants to see. */
static unsigned room_wanted(const struct port *p)
{
	return p->end->paced ? VUART_LINE_SIZE : 1;
}

static void take_bytes(struct port *p)
{
	uint8_t bytes[CHUNK];
	unsigned room;

	p->throttled = false;
	while (p->end->take && (room = vuart_room(&p->chip)) >= room_wanted(p)) {
		size_t n = p->end->take(p->end_of, bytes, MIN(room, (unsigned)CHUNK));

		for (size_t i = 0; i < n; i++)
			(void)!vuart_receive(&p->chip, bytes[i]);
		if (!n)
			break;
	}
	p->throttled = p->end->take && vuart_room(&p->chip) < room_wanted(p);
}

static void attend(struct port *p)
{
	uint8_t modem = p->end->modem ? p->end->modem(p->end_of) : 0;

	if (modem != p->chip.s.modem)
		vuart_modem(&p->chip, modem & UART_MSR_CTS, modem & UART_MSR_DSR, modem & UART_MSR_RI,
			    modem & UART_MSR_DCD);
	take_bytes(p);
	if (!p->throttled && p->end->take_break && p->end->take_break(p->end_of))
		(void)!vuart_break(&p->chip);
}

static void woken(void *ctx, uint32_t a, uint32_t b)
{
	struct port *p = ctx;

	(void)a;
	(void)b;
	p->posted = false;
	attend(p);
}

void port_wake(struct port *p)
{
	uint32_t flags = lock_irq();

	if (!p->posted) {
		p->posted = machine_post(p->m, &(struct machine_event){ woken, p, 0, 0 }) == E_OK;
		if (!p->posted)
			timer_set(&p->retry, time_now() + RETRY_NS);
	}
	unlock_irq(flags);
}

static void retry(struct timer *timer)
{
	port_wake(container_of(timer, struct port, retry));
}

/* --- the chip's wires ---------------------------------------------------------------------------- */

static bool put(void *to, uint8_t byte)
{
	struct port *p = to;

	return p->end->put(p->end_of, byte);
}

static void changed(struct port *p)
{
	if (p->end->changed)
		p->end->changed(p->end_of);
}

static void set_dtr(void *to, bool level)
{
	struct port *p = to;
	bool news = p->dtr != level;

	p->dtr = level;
	if (news)
		changed(p);
}

static void set_rts(void *to, bool level)
{
	struct port *p = to;
	bool news = p->rts != level;

	p->rts = level;
	if (news)
		changed(p);
}

static void set_break(void *to, bool level)
{
	struct port *p = to;
	bool news = p->sending_break != level;

	p->sending_break = level;
	if (news)
		changed(p);
}

static void set_irq(void *to, bool level)
{
	line_set(&((struct port *)to)->irq_line, level);
}

static void expire(void *port, uint64_t now)
{
	struct port *p = port;

	vuart_expire(&p->chip, now);
	if (p->throttled && vuart_room(&p->chip) >= MAX(room_wanted(p), VUART_LINE_SIZE / 2u))
		attend(p);
}

/* A guest that polls sees the line's own pace: what is due by now has happened before it looks,
 * though the host's tick, and so the alarm, may be 0.84 ms late (ten characters at 115200 baud). */
static uint8_t in(void *port, unsigned reg)
{
	struct port *p = port;
	const struct vuart_state *s = &p->chip.s;
	uint64_t due = MIN(MIN(s->tx_done_ns, s->rx_done_ns), s->timeout_ns), now;

	if (due != CLOCK_NEVER && (now = clock_now(&p->chip.clock)) >= due)
		expire(p, now);
	return vuart_in(&p->chip, reg);
}

static void out(void *port, unsigned reg, uint8_t value)
{
	struct port *p = port;
	uint8_t lcr = p->chip.s.lcr;

	vuart_out(&p->chip, reg, value);
	if (reg == UART_LCR && (lcr & ~value & UART_LCR_DLAB))
		changed(p);      /* a divisor has been programmed */
}

static const struct port_ops port_ops = { .in = in, .out = out };

/* --- far ends --------------------------------------------------------------------------------------- */

static int open_end(struct port *p, const char *value)
{
	const struct far_end_ops *old = p->end;
	void *old_of = p->end_of, *of = NULL;

	if (strcmp(value, p->end_name) == 0)
		return E_OK;
	for (unsigned i = 0; i < ARRAY_SIZE(far_ends); i++) {
		const struct far_end_ops *ops = far_ends[i];
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
		changed(p);
		attend(p);
		return E_OK;
	}
	log_line("%s: serial %u: %s: no far end; use none, console, mouse, file:PATH, host:com2 or "
		 "link:NAME.2",
		 machine_name(p->m), p->number, value);
	return E_INVALID;
}

static int set(void *device, const char *key, const char *value)
{
	return strcmp(key, "end") == 0 ? open_end(device, value) : E_UNSUPPORTED;
}

static const char *end_of(void *serial)
{
	return ((struct port *)serial)->end_name;
}

static size_t recent(void *serial, void *buf, size_t size)
{
	struct port *p = serial;

	return p->end->recent ? p->end->recent(p->end_of, buf, size) : 0;
}

static const struct vserial_ops serial_ops = { end_of, recent };

/* --- life --------------------------------------------------------------------------------------------- */

static void wire(struct port *p)
{
	char name[8];

	fmt_buf(name, sizeof name, "irq%u", p->irq);
	p->irq_line = machine_line(p->m, name);
	p->chip.irq = (struct line){ set_irq, p };
	p->chip.dtr = (struct line){ set_dtr, p };
	p->chip.rts = (struct line){ set_rts, p };
	p->chip.tx_break = (struct line){ set_break, p };
	p->chip.tx = (struct byte_sink){ put, p };
	p->chip.clock = machine_clock(p->m, expire, p);
	vuart_reset(&p->chip);
}

static int claim(struct port *p, uint16_t base)
{
	char role[12];
	int err = machine_claim_ports(p->m, base, UART_REGISTERS, "vuart", &port_ops, p);

	if (!err && p->number) {
		fmt_buf(role, sizeof role, VSERIAL_ROLE "%u", p->number);
		err = machine_provide(p->m, role, &serial_ops, p);
		if (err)
			machine_release_ports(p->m, base, UART_REGISTERS);
	}
	return err;
}

static void destroy(void *device)
{
	struct port *p = device;

	p->end->close(p->end_of);
	p->end = &end_none;
	timer_cancel(&p->retry);
	list_remove(&p->link);
}

static int create(struct machine *m, const char *args, void **device)
{
	struct port *p = mem_alloc(machine_account(m), sizeof *p);
	char end[PORT_END_MAX];
	uint32_t base, irq;
	int err = E_OK;

	if (!p)
		return E_NO_MEMORY;
	base = args_hex(args, "port", standard_ports[0], &err);
	irq = args_number(args, "irq", 4, &err);
	if (err || irq >= IRQS || base > UINT16_MAX + 1u - UART_REGISTERS) {
		log_line("vuart: %s: write it like port=3f8 irq=4 end=none", args);
		mem_free(p);
		return E_INVALID;
	}
	p->m = m;
	p->irq = irq;
	for (unsigned i = 0; i < ARRAY_SIZE(standard_ports); i++)
		if (standard_ports[i] == base)
			p->number = i + 1;
	p->end = &end_none;
	timer_init(&p->retry, retry);
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

static void reset(void *device) { vuart_reset(&((struct port *)device)->chip); }

static void describe(void *device, struct fmt_sink *o)
{
	struct port *p = device;

	fmt_sink(o, "serial %u, irq %u, leads to %s", p->number, p->irq, p->end_name);
	if (p->end->describe)
		p->end->describe(p->end_of, o);
	fmt_sink(o, "\n");
	vuart_describe(&p->chip, o);
}

static const void *state(void *device) { return &((struct port *)device)->chip.s; }

static int load(void *device, const void *s)
{
	struct port *p = device;
	int err;

	p->loading = true;
	err = vuart_load(&p->chip, s);
	p->loading = false;
	return err;
}

static const struct vdev_ops ops = {
	.create = create, .destroy = destroy, .reset = reset, .describe = describe, .set = set,
	.state_size = sizeof(struct vuart_state), .state = state, .load = load,
};

VDEV_MODULE("vuart", "virtual serial port (16550A)", &ops);
