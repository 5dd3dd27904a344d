/* A place for a user at the other end of a serial line: any terminal that understands the
 * VT100's sequences and, for what is not ASCII, UTF-8.
 *
 * Bytes come from the port's driver when somebody asks for them; only Ctrl+C is looked for
 * ahead of time, so that it reaches a command that does not read. The driver wakes us from
 * its interrupt handler for both directions. */
#include "serial.h"

#include <base/mem.h>
#include <kern/log.h>
#include <kern/task.h>

enum {
	BAUD = 115200,
	ESCAPE_WAIT_MS = 60,                   /* a sequence's next byte is here by then */
	WRITE_RETRY_MS = 100,
};

static void notify(void *ctx)
{
	struct serial_place *p = ctx;

	wake_all(&p->changed);
}

/* Moves what has come from the driver into `input`, as far as there is room. */
static void pump(struct serial_place *p)
{
	uint8_t byte;

	while (p->count < SERIAL_INPUT && p->port->read(p->of, &byte, 1)) {
		if (byte == CONSOLE_CTRL_C && !p->raw)
			p->interrupted = true;
		p->input[(p->head + p->count++) % SERIAL_INPUT] = byte;
	}
}

static int next_byte(struct serial_place *p, uint64_t timeout_ns)
{
	uint64_t now = time_now(), end = timeout_ns < UINT64_MAX - now ? now + timeout_ns : UINT64_MAX;
	uint32_t flags = lock_irq();
	int got = E_OK;

	for (pump(p); !p->count; pump(p)) {
		now = time_now();
		if (now >= end)
			got = E_AGAIN;
		else
			got = wait_on(&p->changed, end == UINT64_MAX ? WAIT_FOREVER : end - now);
		if (got == E_INTERRUPTED || got == E_AGAIN)
			break;
	}
	if (p->count) {
		got = p->input[p->head];
		p->head = (p->head + 1) % SERIAL_INPUT;
		p->count--;
	}
	unlock_irq(flags);
	return got;
}

/* A Ctrl+C that somebody has read interrupts nobody else any more. One that nobody has read
 * yet does, however long ago it came: a user may be faster than the command it is meant for. */
int serial_read_typed(struct serial_place *p, uint64_t timeout_ns, struct typed *typed)
{
	for (;;) {
		bool inside = p->escape.state != ESCAPE_NONE;
		int byte = next_byte(p, inside ? ESCAPE_WAIT_MS * (uint64_t)NS_PER_MS : timeout_ns);

		if (byte == E_AGAIN && inside && escape_flush(&p->escape, typed))
			return E_OK;
		if (byte < 0 && !inside)
			return byte;
		if (byte == CONSOLE_CTRL_C)
			p->interrupted = false;
		if (byte >= 0 && escape_feed(&p->escape, (uint8_t)byte, typed))
			return E_OK;
	}
}

static int serial_read_key(void *place, uint64_t timeout_ns)
{
	struct typed typed;
	int error = serial_read_typed(place, timeout_ns, &typed);

	return error ? error : typed.key;
}

void serial_write(void *place, const char *text, size_t size)
{
	struct serial_place *p = place;

	while (size) {
		uint32_t flags = lock_irq();
		size_t n = p->port->write(p->of, text, size);
		int waited = n ? E_OK : wait_on(&p->changed, WRITE_RETRY_MS * (uint64_t)NS_PER_MS);

		unlock_irq(flags);
		if (waited == E_INTERRUPTED)
			return;
		text += n;
		size -= n;
	}
}

static bool serial_interrupted(void *place, bool forget)
{
	struct serial_place *p = place;
	bool interrupted;

	pump(p);
	interrupted = p->interrupted;
	if (forget)
		p->interrupted = false;
	return interrupted;
}

static unsigned serial_columns(void *place)
{
	struct serial_place *p = place;

	return p->columns;
}

static unsigned serial_rows(void *place)
{
	struct serial_place *p = place;

	return p->rows;
}

int serial_read_raw(void *place, void *buf, size_t size, uint64_t timeout_ns)
{
	struct serial_place *p = place;
	uint8_t *to = buf;
	size_t n = 0;

	p->raw = true;
	while (n < size) {
		int byte = next_byte(p, timeout_ns);

		if (byte == E_AGAIN)
			break;
		if (byte < 0)
			return byte;
		to[n++] = (uint8_t)byte;
	}
	p->raw = false;
	return (int)n;
}

static int serial_write_raw(void *place, const void *buf, size_t size)
{
	serial_write(place, buf, size);
	return E_OK;
}

static int serial_set_keymap(void *place, const char *name)
{
	struct serial_place *p = place;

	return console_set_keymap(p->console, name);
}

static const char *serial_keymap(void *place)
{
	struct serial_place *p = place;

	return keymap_name(p->console->keymap);
}

static const char *serial_keymap_at(void *place, unsigned index)
{
	(void)place;
	return keymap_name(keymap_at(index));
}

static const struct console_ops serial_console_ops = {
	.write = serial_write,
	.read_key = serial_read_key,
	.interrupted = serial_interrupted,
	.columns = serial_columns,
	.rows = serial_rows,
	.view = serial_view,
	.shows = serial_shows,
	.read_raw = serial_read_raw,
	.write_raw = serial_write_raw,
	.set_keymap = serial_set_keymap,
	.keymap = serial_keymap,
	.keymap_at = serial_keymap_at,
};

int serial_place_start(struct module *self, struct console *console)
{
	struct serial_place *p = mem_alloc(console->account, sizeof *p);
	struct offer *offer;
	int error;

	if (!p)
		return E_NO_MEMORY;
	p->console = console;
	p->columns = SERIAL_COLUMNS;
	p->rows = SERIAL_ROWS;
	wait_init(&p->changed);
	error = offer_get(SERIAL_ROLE, "com1", SERIAL_VERSION, &offer, &p->port, &p->of);
	if (error)
		goto no_port;
	error = p->port->open(p->of, BAUD, notify, p);
	if (error)
		goto no_open;
	error = offer_add(self, CONSOLE_ROLE, "com1", CONSOLE_VERSION, &serial_console_ops, p);
	if (error)
		goto no_offer;
	return E_OK;

no_offer:
	p->port->close(p->of);
no_open:
	offer_put(offer);
no_port:
	mem_free(p);
	return error;
}
