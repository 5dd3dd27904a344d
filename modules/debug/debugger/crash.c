/* The debugger from the crash console, while it is in memory, and where a breakpoint stops the monitor: those of
 * its commands about the monitor that neither wait nor take memory. Everything else stands still meanwhile, with
 * interrupts off. */
#include "debugger.h"

#include <base/mem.h>
#include <kern/cpu.h>

/* To the commands it is a session. */
struct crash_client {
	struct fmt_sink *out;
};

static struct fmt_sink *op_out(struct session *s)
{
	return ((struct crash_client *)s)->out;
}

__attribute__((format(printf, 3, 4)))
static int op_fail(struct session *s, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fmt_vsink(op_out(s), format, args);
	va_end(args);
	fmt_sink(op_out(s), "\n");
	return error;
}

static bool op_no(struct session *s)
{
	(void)s;
	return false;
}

/* `e` without values. */
static int op_read_line(struct session *s, const char *prompt, char *buf, size_t size)
{
	(void)s, (void)prompt, (void)buf, (void)size;
	return E_NOT_FOUND;
}

static const struct session_ops crash_session = {
	.out = op_out, .fail = op_fail, .read_line = op_read_line, .interrupted = op_no, .interactive = op_no,
};

static const char always[][5] = {
	"db", "dw", "dd", "u", "?", "ln", "e", "eb", "ew", "ed", "i", "iw", "id", "o", "ow", "od",
	"rs", "gdt", "idt", "ldt", "tss", "pt", "task", "mem", "irq", "mod", "bpx", "bl", "bc", "bd", "be",
};

/* Only where the monitor can go on as the debugger says, with registers to be seen. */
static const char standing[][5] = { "d", "r", "k", "t", "p", "gu", "g" };

static bool among(const char (*names)[5], size_t count, const char *line)
{
	size_t n = *line == '?' ? 1 : expr_word_length(line);

	for (size_t i = 0; i < count; i++)
		if (n == strlen(names[i]) && !memcmp(line, names[i], n))
			return true;
	return false;
}

bool crash_command(const char *line, struct fmt_sink *out)
{
	struct crash_client client = { out };

	if (!among(always, ARRAY_SIZE(always), line) && (!self_cpu(false) || !among(standing, ARRAY_SIZE(standing), line)))
		return false;
	(void)monitor_line((struct session *)&client, &crash_session, line);
	return true;
}

void crash_help(struct fmt_sink *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(standing); i++)
		fmt_sink(out, "%s ", standing[i]);
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		fmt_sink(out, "%s%s", always[i], i + 1 < ARRAY_SIZE(always) ? " " : "\n");
}

bool in_crash(const struct dbg *d)
{
	return d->ops == &crash_session;
}

void crash_lend(bool on)
{
	static const struct crash_debugger ops = { crash_command, self_trap };

	crash_set_debugger(on ? &ops : NULL);
}
