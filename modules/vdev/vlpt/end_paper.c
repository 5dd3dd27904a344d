/* What a printer at the plug prints on: "file:PATH", a file that grows, or "spool", jobs; both by
 * the spooler (contract "spool"). When the volume is full the printer is out of paper until there is
 * room, so that nothing gets lost. And "none": no printer. */
#include <base/mem.h>
#include <iface/spool.h>
#include <kern/module.h>
#include "port.h"

struct paper_end {
	struct port *port;
	struct offer *offer;
	const struct spool_ops *ops;
	void *sink;
};

static bool put(void *to, uint8_t byte)
{
	struct paper_end *e = to;

	return e->ops->put(e->sink, byte);
}

static bool out(void *of)
{
	struct paper_end *e = of;

	return e->ops->stuck(e->sink);
}

static void init(void *of)
{
	struct paper_end *e = of;

	e->ops->end_job(e->sink);
}

static int open_sink(struct paper_end *e, const char *path)
{
	char line[16];
	int err = offer_get(SPOOL_ROLE, NULL, SPOOL_VERSION, &e->offer, &e->ops, NULL);

	if (err)
		return err;
	fmt_buf(line, sizeof line, "parallel %u", e->port->number);
	err = e->ops->open(&(struct spool_request){ .m = e->port->m, .line = line, .path = path, .patient = true },
			   &e->sink);
	if (err)
		offer_put(e->offer);
	return err;
}

static int paper_open(struct port *port, const char *path, void **end)
{
	struct paper_end *e = mem_alloc(machine_account(port->m), sizeof *e);
	int err;

	if (!e)
		return E_NO_MEMORY;
	e->port = port;
	err = open_sink(e, path);
	if (err) {
		mem_free(e);
		return err;
	}
	port->chip.paper = (struct vlpt_paper){ .sink = { put, e }, .out = out, .init = init, .of = e };
	vlpt_connect_printer(&port->chip);
	*end = e;
	return E_OK;
}

static int spool_open(struct port *port, const char *what, void **end)
{
	(void)what;
	return paper_open(port, NULL, end);
}

static void paper_close(void *end)
{
	struct paper_end *e = end;

	e->ops->close(e->sink);
	offer_put(e->offer);
	mem_free(e);
}

static void paper_describe(void *end, struct fmt_sink *o)
{
	struct paper_end *e = end;

	e->ops->describe(e->sink, o);
}

const struct plug_end_ops end_file = {
	.prefix = "file:", .open = paper_open, .close = paper_close, .describe = paper_describe,
};
const struct plug_end_ops end_spool = {
	.prefix = "spool", .open = spool_open, .close = paper_close, .describe = paper_describe,
};

/* --- none -------------------------------------------------------------------------------------- */

static int none_open(struct port *port, const char *what, void **end)
{
	(void)what;
	*end = NULL;
	vlpt_connect_nothing(&port->chip);
	return E_OK;
}

static void none_close(void *end)
{
	(void)end;
}

const struct plug_end_ops end_none = { .prefix = "none", .open = none_open, .close = none_close };
