/* Far end "file:PATH": what the guest sends is appended to a file of the native volume.
 *
 * A task of its own writes, from a ring that the machine's task fills; while the ring is full
 * the chip has to wait. A little is gathered first, so that a guest that prints slowly does
 * not cost a write for each character. When the volume cannot take any more, that is said once and
 * bytes vanish from then on. */
#include <iface/fs.h>
#include <kern/log.h>
#include <kern/module.h>
#include "port.h"

enum { RING = 2048, GATHER_NS = 100 * NS_PER_MS };

struct file_end {
	struct port *port;
	struct offer *offer;
	const struct fs_ops *fs;
	struct fs_file *file;
	uint64_t offset;                 /* where the next byte goes */
	int failed;
	bool ending;
	struct task *writer;
	struct wait_queue work;
	uint32_t head, tail;             /* written, read */
	uint8_t ring[RING];
};

static void write_some(struct file_end *e)
{
	uint32_t at = e->tail % RING, n = MIN(e->head - e->tail, RING - at);
	int done = e->fs->write(e->file, e->offset, e->ring + at, n);

	if (done != (int)n) {
		e->failed = done < 0 ? done : E_NO_SPACE;
		log_line("%s: serial %u: %s: %s; what is sent there from now on is lost",
			 machine_name(e->port->m), e->port->number, e->port->end_name, error_text(e->failed));
		e->tail = e->head;
		return;
	}
	e->offset += n;
	e->tail += n;
}

static void writer(void *arg)
{
	struct file_end *e = arg;

	while (!e->ending || e->head != e->tail) {
		if (e->head == e->tail) {
			(void)!wait_firm(&e->work, WAIT_FOREVER);
			continue;
		}
		if (!e->ending && e->head - e->tail < RING / 2)
			(void)!wait_firm(&e->work, GATHER_NS);
		write_some(e);
	}
}

static int open_file(struct file_end *e, const char *path)
{
	void *fs;
	int err = offer_get(FS_ROLE, "root", FS_VERSION, &e->offer, &e->fs, &fs);

	if (err)
		return err;
	err = e->fs->open(fs, path, FS_WRITE | FS_CREATE, &e->file);
	if (!err) {
		err = e->fs->size(e->file, &e->offset);
		if (err)
			e->fs->close(e->file);
	}
	if (err)
		offer_put(e->offer);
	return err;
}

static void close_file(struct file_end *e)
{
	e->fs->close(e->file);
	offer_put(e->offer);
}

static int file_open(struct port *port, const char *what, void **end)
{
	struct account *account = machine_account(port->m);
	struct file_end *e = mem_alloc(account, sizeof *e);
	char name[MACHINE_NAME_MAX];
	int err;

	if (!e)
		return E_NO_MEMORY;
	e->port = port;
	wait_init(&e->work);
	err = open_file(e, what);
	if (err) {
		log_line("%s: serial %u: %s: cannot be opened: %s", machine_name(port->m), port->number, what,
			 error_text(err));
		mem_free(e);
		return err;
	}
	fmt_buf(name, sizeof name, "%.10s.com%u", machine_name(port->m), port->number);
	e->writer = task_new(account, name, PRIORITY_SYSTEM, 0, writer, e);
	if (!e->writer) {
		close_file(e);
		mem_free(e);
		return E_NO_MEMORY;
	}
	*end = e;
	return E_OK;
}

/* Writes the rest first. */
static void file_close(void *end)
{
	struct file_end *e = end;

	e->ending = true;
	wake_all(&e->work);
	task_join(e->writer);
	close_file(e);
	mem_free(e);
}

static bool file_put(void *end, uint8_t byte)
{
	struct file_end *e = end;
	uint32_t waiting = e->head - e->tail;

	if (e->failed)
		return true;
	if (waiting == RING)
		return false;
	e->ring[e->head++ % RING] = byte;
	if (waiting == 0 || waiting == RING / 2)
		wake_all(&e->work);
	return true;
}

static uint8_t file_modem(void *end)
{
	(void)end;
	return UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD;
}

static void file_describe(void *end, struct fmt_sink *out)
{
	const struct file_end *e = end;

	fmt_sink(out, ", %u bytes written, %u waiting", (unsigned)e->offset, (unsigned)(e->head - e->tail));
	if (e->failed)
		fmt_sink(out, ", failed: %s", error_text(e->failed));
}

const struct far_end_ops end_file = {
	.prefix = "file:", .open = file_open, .close = file_close, .put = file_put,
	.modem = file_modem, .describe = file_describe,
};
