/* The log: a ring of characters, each line with the time it was written. */
#include <base/mem.h>
#include <kern/log.h>
#include <kern/task.h>

enum { RING = 8192 };

static char ring[RING];
static uint32_t written;   /* characters ever; position modulo RING */

static void ring_put(struct fmt_sink *sink, const char *text, size_t n)
{
	(void)sink;
	for (size_t i = 0; i < n; i++)
		ring[written++ % RING] = text[i];
}

void log_line(const char *format, ...)
{
	struct fmt_sink sink = { ring_put };
	uint64_t us = time_now() / NS_PER_US;
	uint32_t flags = lock_irq();
	va_list args;

	fmt_sink(&sink, "%4u.%06u  ", (unsigned)(us / 1000000), (unsigned)(us % 1000000));
	va_start(args, format);
	fmt_vsink(&sink, format, args);
	va_end(args);
	ring_put(&sink, "\n", 1);
	unlock_irq(flags);
}

size_t log_read(uint32_t *at, char *buf, size_t size)
{
	uint32_t flags = lock_irq();
	size_t n = 0;

	if (written - *at > RING)
		*at = written - RING;
	while (n < size && *at != written)
		buf[n++] = ring[(*at)++ % RING];
	unlock_irq(flags);
	return n;
}
