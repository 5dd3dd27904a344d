/* Far ends that lead nowhere: "none", where bytes vanish, and "console", where the last of them
 * are kept to be looked at. */
#include <base/mem.h>
#include "port.h"

enum { KEPT = 1024 };

static int none_open(struct port *port, const char *what, void **end)
{
	(void)port;
	(void)what;
	*end = NULL;
	return E_OK;
}

static void none_close(void *end)
{
	(void)end;
}

static bool none_put(void *end, uint8_t byte)
{
	(void)end;
	(void)byte;
	return true;
}

const struct far_end_ops end_none = {
	.prefix = "none", .open = none_open, .close = none_close, .put = none_put,
};

/* --- console -------------------------------------------------------------------------------- */

struct console {
	uint8_t bytes[KEPT];
	uint32_t head;                   /* bytes ever */
};

static int console_open(struct port *port, const char *what, void **end)
{
	(void)what;
	*end = mem_alloc(machine_account(port->m), sizeof(struct console));
	return *end ? E_OK : E_NO_MEMORY;
}

static void console_close(void *end)
{
	mem_free(end);
}

static bool console_put(void *end, uint8_t byte)
{
	struct console *c = end;

	c->bytes[c->head++ % KEPT] = byte;
	return true;
}

/* Somebody is there and listens. */
static uint8_t console_modem(void *end)
{
	(void)end;
	return UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD;
}

static size_t console_recent(void *end, void *buf, size_t size)
{
	const struct console *c = end;
	size_t n = MIN(MIN((size_t)c->head, (size_t)KEPT), size);

	for (size_t i = 0; i < n; i++)
		((uint8_t *)buf)[i] = c->bytes[(c->head - n + i) % KEPT];
	return n;
}

static void console_describe(void *end, struct fmt_sink *out)
{
	const struct console *c = end;
	uint32_t n = MIN(c->head, (uint32_t)KEPT);

	fmt_sink(out, ", %u bytes; the last %u:\n", (unsigned)c->head, (unsigned)n);
	for (uint32_t i = c->head - n; i != c->head; i++) {
		uint8_t byte = c->bytes[i % KEPT];

		if (byte != '\r')
			fmt_sink(out, "%c", byte == '\n' || (byte >= ' ' && byte < 127) ? byte : '.');
	}
}

const struct far_end_ops end_console = {
	.prefix = "console", .open = console_open, .close = console_close, .put = console_put,
	.modem = console_modem, .describe = console_describe, .recent = console_recent,
};
