/* What machines do with the processor: `stat` in total, `top` live. */
#include "vm.h"

#include <base/mem.h>

static const char *const kinds[EXIT_KINDS] = {
	[EXIT_IN] = "IN", [EXIT_OUT] = "OUT", [EXIT_FLAGS] = "CLI, STI, PUSHF, POPF, IRET",
	[EXIT_INT] = "INT n", [EXIT_EXCEPTION] = "exceptions", [EXIT_MMIO] = "memory of devices",
	[EXIT_HALT] = "HLT", [EXIT_PRIVILEGED] = "privileged instructions",
	[EXIT_INTERRUPT] = "interrupts delivered", [EXIT_HYPERCALL] = "BIOS services",
	[EXIT_PAGE] = "first touch of a page", [EXIT_HOST] = "interrupts of the host",
	[EXIT_STOP] = "stops",
};

static uint64_t all_exits(const struct machine_stats *stats)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < EXIT_KINDS; i++)
		sum += stats->exits[i];
	return sum;
}

/* --- stat -------------------------------------------------------------------------------------- */

static void show_port(void *ctx, const struct port_view *port)
{
	if (port->reads || port->writes)
		fmt_sink(ctx, "  %04x-%04x %-10s %10llu in %10llu out\n", port->first, port->last, port->owner,
			 (unsigned long long)port->reads, (unsigned long long)port->writes);
}

static void show_counts(struct fmt_sink *out, const char *what, const uint32_t *counts, unsigned n)
{
	bool any = false;

	for (unsigned i = 0; i < n; i++) {
		if (!counts[i])
			continue;
		fmt_sink(out, "%s %u:%u", any ? "" : what, i, (unsigned)counts[i]);
		any = true;
	}
	if (any)
		fmt_sink(out, "\n");
}

static void show_stats(struct fmt_sink *out, const char *name, const struct machine_stats *stats)
{
	fmt_sink(out, "%s: on for %llu ms, processor time %llu ms\n"
		 "memory: %zu K, %zu K of it the guest's\nexits: %llu\n", name,
		 (unsigned long long)(stats->guest_ns / NS_PER_MS),
		 (unsigned long long)(stats->runtime_ns / NS_PER_MS), stats->frames * 4,
		 stats->guest_frames * 4, (unsigned long long)all_exits(stats));
	for (unsigned i = 0; i < EXIT_KINDS; i++)
		if (stats->exits[i])
			fmt_sink(out, "  %-28s %12llu\n", kinds[i] ? kinds[i] : "others",
				 (unsigned long long)stats->exits[i]);
	if (stats->untrapped)
		fmt_sink(out, "  (VME: INT n, CLI, STI, PUSHF, POPF, IRET are counted where they trap)\n");
	show_counts(out, "interrupts, IRQ:count", stats->interrupts, ARRAY_SIZE(stats->interrupts));
	show_counts(out, "exceptions, vector:count", stats->exceptions, ARRAY_SIZE(stats->exceptions));
}

static int run_stat(COMMAND_ARGS)
{
	struct machine_stats *stats;
	struct machine *m;

	(void)line;
	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "reset")))
		return ops->fail(s, E_INVALID, "stat: wrong arguments; usage: stat NAME [reset]");
	m = vm_running(s, ops, argv[1]);
	if (!m)
		return E_NOT_FOUND;
	if (argc == 3) {
		machine_statistics_reset(m);
		return E_OK;
	}
	stats = mem_alloc(vm_registry()->account, sizeof *stats);
	if (!stats)
		return ops->fail(s, E_NO_MEMORY, "stat: out of memory; stop a machine");
	machine_statistics(m, stats);
	show_stats(ops->out(s), argv[1], stats);
	mem_free(stats);
	m = machine_find(argv[1]); /* printing may have waited */
	if (m)
		machine_each_port(m, show_port, ops->out(s));
	return E_OK;
}

const struct command_ops stat_command = {
	.name = "stat", .usage = "stat NAME [reset]", .run = run_stat, .complete = vm_complete,
	.help = "Counts since the machine was switched on, or since `reset`: exits by reason, interrupts,\n"
		"exceptions, accesses to ports.",
};

/* --- top ------------------------------------------------------------------------------------------ */

struct sample {
	uint64_t runtime, exits, interrupts;
};

struct top {
	struct sample last[MACHINES_MAX + 1];   /* by machine_number() */
	uint64_t last_time;
	struct machine_stats stats;
};

static unsigned per_second(uint64_t count, uint64_t interval_ns)
{
	return (unsigned)(count * 1000 / (interval_ns / NS_PER_MS ? interval_ns / NS_PER_MS : 1));
}

static void top_line(struct fmt_sink *out, struct top *top, struct machine *m, uint64_t interval)
{
	static const char *const states[] = { "new", "running", "paused", "stopped" };
	struct sample *last = &top->last[machine_number(m)], now = { 0 };
	unsigned permille;

	machine_statistics(m, &top->stats);
	now.runtime = top->stats.runtime_ns;
	now.exits = all_exits(&top->stats);
	for (unsigned i = 0; i < ARRAY_SIZE(top->stats.interrupts); i++)
		now.interrupts += top->stats.interrupts[i];
	if (now.runtime < last->runtime || now.exits < last->exits || now.interrupts < last->interrupts)
		*last = (struct sample){ 0 }; /* another machine, or `stat reset` */
	permille = per_second(now.runtime - last->runtime, interval) / (NS_PER_S / 1000);
	fmt_sink(out, "%-15s %-8s %3u.%u %9u %8u %7zuK %10llu\x1b[K\n", machine_name(m),
		 states[machine_state(m)], permille / 10, permille % 10,
		 per_second(now.exits - last->exits, interval),
		 per_second(now.interrupts - last->interrupts, interval), top->stats.frames * 4,
		 (unsigned long long)(now.runtime / NS_PER_MS));
	*last = now;
}

static void top_screen(struct fmt_sink *out, struct top *top)
{
	uint64_t now = time_now(), interval = now - top->last_time;
	struct machine *m;

	top->last_time = now;
	fmt_sink(out, "\x1b[HMACHINE         STATE     CPU%%   EXITS/s  IRQS/s   MEMORY    TIME MS\x1b[K\n");
	for (unsigned i = 0; (m = machine_at(i)); i++)
		top_line(out, top, m, interval);
	fmt_sink(out, "\x1b[K\n%zu K of %zu K free; q ends\x1b[J", frames_free() * 4, frames_total() * 4);
}

static int run_top(COMMAND_ARGS)
{
	struct top *top;
	int key;

	UNUSED_ARGS;
	if (!ops->interactive(s))
		return ops->fail(s, E_UNSUPPORTED, "top: is for the prompt; use stat NAME in scripts");
	top = mem_alloc(vm_registry()->account, sizeof *top);
	if (!top)
		return ops->fail(s, E_NO_MEMORY, "top: out of memory; stop a machine");
	fmt_sink(ops->out(s), "\x1b[H\x1b[J");
	do {
		top_screen(ops->out(s), top);
		key = ops->read_key(s, NS_PER_S);
	} while (key != E_INTERRUPTED && key != 'q' && key != 'Q' && key != CONSOLE_CTRL_C);
	fmt_sink(ops->out(s), "\n");
	mem_free(top);
	return E_OK;
}

const struct command_ops top_command = {
	.name = "top", .usage = "top", .run = run_top,
	.help = "Processor time, exits and interrupts of all machines, live; q ends.",
};
