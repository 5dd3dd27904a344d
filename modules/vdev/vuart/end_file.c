/* Far end "file:PATH": what the guest sends is appended to a file of the native volume, by the
 * spooler (contract "spool"). While its ring is full the chip has to wait; when the volume cannot
 * take any more, bytes vanish. */
#include <base/mem.h>
#include <iface/spool.h>
#include <kern/module.h>
#include "port.h"

struct file_end {
	struct offer *offer;
	const struct spool_ops *ops;
	void *sink;
};

static int file_open(struct port *port, const char *what, void **end)
{
	struct file_end *e = mem_alloc(machine_account(port->m), sizeof *e);
	char line[16];
	int err;

	if (!e)
		return E_NO_MEMORY;
	fmt_buf(line, sizeof line, "serial %u", port->number);
	err = offer_get(SPOOL_ROLE, NULL, SPOOL_VERSION, &e->offer, &e->ops, NULL);
	if (!err) {
		err = e->ops->open(&(struct spool_request){ .m = port->m, .line = line, .path = what }, &e->sink);
		if (err)
			offer_put(e->offer);
	}
	if (err) {
		mem_free(e);
		return err;
	}
	*end = e;
	return E_OK;
}

static void file_close(void *end)
{
	struct file_end *e = end;

	e->ops->close(e->sink);
	offer_put(e->offer);
	mem_free(e);
}

static bool file_put(void *end, uint8_t byte)
{
	struct file_end *e = end;

	return e->ops->put(e->sink, byte);
}

static uint8_t file_modem(void *end)
{
	(void)end;
	return UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD;
}

static void file_describe(void *end, struct fmt_sink *out)
{
	struct file_end *e = end;

	e->ops->describe(e->sink, out);
}

const struct far_end_ops end_file = {
	.prefix = "file:", .open = file_open, .close = file_close, .put = file_put,
	.modem = file_modem, .describe = file_describe,
};
