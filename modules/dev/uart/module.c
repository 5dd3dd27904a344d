/* The host's serial ports: contract "serial" over up to four 16550A or 16450, and the crash
 * console's way out of the first.
 *
 * Bytes pass through a ring each way; the interrupt handler moves them. When nobody takes what
 * arrives, bytes are left in the chip and RTS is dropped, so that a far end that heeds it waits. A port is found by
 * its scratch register, its FIFO by what IIR says after it was switched on. While no FIFO is
 * there one byte is sent an interrupt.
 * Read: National Semiconductor, "PC16550D Universal Asynchronous Receiver/Transmitter with
 * FIFOs", "Registers" and "FIFO Interrupt Mode Operation". */
#include <hw/uart16550.h>
#include <iface/host.h>
#include <iface/serial.h>
#include <kern/irq.h>
#include <kern/module.h>
#include <kern/task.h>

enum { PORTS = 4, RING = 1024, CRASH_BAUD = 115200, CRASH_SPINS = 100000,
       BAUD_BASE = UART_CLOCK_HZ / 16, IIR_ROUNDS = 64 };

struct ring {
	uint8_t bytes[RING];
	uint32_t head, tail;     /* written, read */
};

/* Rings are shared with the interrupt handler: interrupts off. */
struct port {
	uint16_t base;
	uint8_t line;
	const char *name;
	bool present, open, sending;
	bool held;               /* the input ring was full: no receiver interrupts, no RTS */
	unsigned fifo;           /* bytes to send an interrupt */
	struct ring *in, *out;
	void (*notify)(void *ctx);
	void *ctx;
	uint32_t overruns;
	struct irq_handler handler;
	struct module *module;
};

static struct port ports[PORTS] = {
	{ .base = 0x3F8, .line = 4, .name = "com1" }, { .base = 0x2F8, .line = 3, .name = "com2" },
	{ .base = 0x3E8, .line = 4, .name = "com3" }, { .base = 0x2E8, .line = 3, .name = "com4" },
};

static uint8_t get(const struct port *p, unsigned reg)
{
	return port_in8((uint16_t)(p->base + reg));
}

static void put(const struct port *p, unsigned reg, uint8_t value)
{
	port_out8((uint16_t)(p->base + reg), value);
}

static void set_line(const struct port *p, unsigned baud)
{
	unsigned divisor = BAUD_BASE / baud;

	put(p, UART_LCR, UART_LCR_DLAB);
	put(p, UART_DLL, (uint8_t)divisor);
	put(p, UART_DLM, (uint8_t)(divisor >> 8));
	put(p, UART_LCR, UART_LCR_WLS);
}

static void hold(struct port *p, bool held)
{
	p->held = held;
	put(p, UART_IER, held ? UART_IER_ETBEI : UART_IER_ERBFI | UART_IER_ETBEI);
	put(p, UART_MCR, UART_MCR_DTR | UART_MCR_OUT2 | (held ? 0 : UART_MCR_RTS));
}

/* --- interrupt side ------------------------------------------------------------------------ */

static void receive(struct port *p)
{
	while (p->in->head - p->in->tail < RING) {
		uint8_t status = get(p, UART_LSR);

		p->overruns += (status & UART_LSR_OE) != 0;
		if (!(status & UART_LSR_DR))
			return;
		p->in->bytes[p->in->head++ % RING] = get(p, UART_RBR);
	}
	if (!p->held)
		hold(p, true);
}

static void transmit(struct port *p)
{
	unsigned n = 0;

	if (!(get(p, UART_LSR) & UART_LSR_THRE))
		return;
	while (n++ < p->fifo && p->out->head != p->out->tail)
		put(p, UART_THR, p->out->bytes[p->out->tail++ % RING]);
	p->sending = n > 1;
}

static bool interrupt(void *ctx)
{
	struct port *p = ctx;
	bool ours = false;

	for (unsigned round = 0; round < IIR_ROUNDS; round++) {
		uint8_t id = get(p, UART_IIR) & UART_IIR_ID;

		if (id & UART_IIR_NONE)
			break;
		ours = true;
		receive(p);
		transmit(p);
		if (id == UART_IIR_MSR)
			get(p, UART_MSR);
	}
	if (ours && p->notify)
		p->notify(p->ctx);
	return ours;
}

/* --- contract "serial" ------------------------------------------------------------------------ */

static int open_port(void *port, unsigned baud, void (*notify)(void *ctx), void *ctx)
{
	struct port *p = port;

	if (p->open)
		return E_BUSY;
	if (!baud || BAUD_BASE / baud == 0 || BAUD_BASE / baud > 0xFFFF)
		return E_INVALID;
	p->in = mem_alloc(module_account(p->module), sizeof *p->in);
	p->out = mem_alloc(module_account(p->module), sizeof *p->out);
	if (!p->in || !p->out) {
		mem_free(p->in);
		mem_free(p->out);
		return E_NO_MEMORY;
	}
	p->notify = notify;
	p->ctx = ctx;
	p->open = true;
	set_line(p, baud);
	put(p, UART_FCR, UART_FCR_ENABLE | UART_FCR_CLEAR_RX | UART_FCR_CLEAR_TX |
			 2 << UART_FCR_TRIGGER_SHIFT);
	p->fifo = (get(p, UART_IIR) & UART_IIR_FIFOS) == UART_IIR_FIFOS ? UART_FIFO_SIZE : 1;
	p->handler = (struct irq_handler){ interrupt, p, p->name, NULL, 0 };
	hold(p, false);
	return irq_attach(p->line, &p->handler);
}

static void close_port(void *port)
{
	struct port *p = port;

	put(p, UART_IER, 0);
	irq_detach(p->line, &p->handler);
	p->open = false;
	mem_free(p->in);
	mem_free(p->out);
}

static size_t read_port(void *port, void *buf, size_t size)
{
	struct port *p = port;
	uint32_t flags = lock_irq();
	size_t n = 0;

	while (n < size && p->in->head != p->in->tail)
		((uint8_t *)buf)[n++] = p->in->bytes[p->in->tail++ % RING];
	if (p->held && p->in->head - p->in->tail <= RING / 2)
		hold(p, false);
	unlock_irq(flags);
	return n;
}

static size_t write_port(void *port, const void *buf, size_t size)
{
	struct port *p = port;
	uint32_t flags = lock_irq();
	size_t n = 0;

	while (n < size && p->out->head - p->out->tail < RING)
		p->out->bytes[p->out->head++ % RING] = ((const uint8_t *)buf)[n++];
	if (!p->sending)
		transmit(p);
	unlock_irq(flags);
	return n;
}

static bool drained(void *port)
{
	struct port *p = port;

	return p->out->head == p->out->tail && (get(p, UART_LSR) & UART_LSR_TEMT);
}

static const struct serial_ops serial_ops = { open_port, close_port, read_port, write_port, drained };

/* --- crash console ---------------------------------------------------------------------------- */

static void crash_put_byte(struct port *p, uint8_t byte)
{
	for (unsigned i = 0; i < CRASH_SPINS && !(get(p, UART_LSR) & UART_LSR_THRE); i++)
		;
	put(p, UART_THR, byte);
}

static void crash_put(void *instance, const char *text, size_t n)
{
	struct port *p = instance;

	put(p, UART_IER, 0);
	if (!p->open)
		set_line(p, CRASH_BAUD);
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n')
			crash_put_byte(p, '\r');
		crash_put_byte(p, (uint8_t)text[i]);
	}
	if (p->open)
		put(p, UART_IER, p->held ? UART_IER_ETBEI : UART_IER_ERBFI | UART_IER_ETBEI);
}

static int crash_get(void *instance)
{
	struct port *p = instance;

	return get(p, UART_LSR) & UART_LSR_DR ? get(p, UART_RBR) : -1;
}

static const struct crash_ops crash_ops = { crash_put, crash_get };

/* --- finding them -------------------------------------------------------------------------------- */

static bool port_present(const struct port *p)
{
	put(p, UART_IER, 0);
	put(p, UART_SCR, 0x5A);
	if (get(p, UART_SCR) != 0x5A)
		return false;
	put(p, UART_SCR, 0xA5);
	return get(p, UART_SCR) == 0xA5;
}

static int start(struct module *self)
{
	int err = E_OK;

	for (unsigned i = 0; i < PORTS && !err; i++) {
		struct port *p = &ports[i];

		p->module = self;
		p->present = port_present(p);
		if (!p->present)
			continue;
		err = offer_add(self, SERIAL_ROLE, p->name, SERIAL_VERSION, &serial_ops, p);
		if (!err && i == 0)
			err = offer_add(self, CRASH_ROLE, p->name, CRASH_VERSION, &crash_ops, p);
	}
	return err;
}

MODULE(.name = "uart", .summary = "serial ports of the PC (16550A)", .start = start);
