/* The funnel: every exit that a fast path did not account for itself passes machine_exit(). */
#include <base/mem.h>
#include "machine.h"

void machine_exit(struct machine *m, const struct exit *exit)
{
	uint16_t port = exit->kind == EXIT_MMIO ? (uint16_t)(exit->gpa >> 4) : exit->port;
	unsigned detail = exit->kind == EXIT_INT || exit->kind == EXIT_EXCEPTION ||
			  exit->kind == EXIT_INTERRUPT || exit->kind == EXIT_HYPERCALL
		? exit->vector : exit->size;

	if (exit->kind == EXIT_EXCEPTION && exit->vector < ARRAY_SIZE(m->hot.exceptions))
		m->hot.exceptions[exit->vector]++;
	machine_record(&m->hot, exit->kind, detail, exit->cs, (uint16_t)exit->ip, port, exit->value);
	if (m->hot.watch)
		m->hot.watch->exit(m->hot.watch, exit);
}

/* The fast path's counters are 32 bits wide; a second cannot wrap them from half full. */
void machine_fold_counters(struct machine *m)
{
	for (unsigned i = 0; i < EXIT_KINDS; i++) {
		if (m->hot.exits[i] >> 31) {
			m->exits[i] += m->hot.exits[i];
			m->hot.exits[i] = 0;
		}
	}
}

unsigned machine_flight(struct machine *m, struct flight_record *records, unsigned count)
{
	uint32_t next = m->hot.flight_next / sizeof *records;

	count = MIN(count, MIN(next, (uint32_t)FLIGHT_RECORDS));
	for (unsigned i = 0; i < count; i++)
		records[i] = m->hot.flight[(next - count + i) % FLIGHT_RECORDS];
	return count;
}

void machine_statistics(struct machine *m, struct machine_stats *stats)
{
	memset(stats, 0, sizeof *stats);
	for (unsigned i = 0; i < EXIT_KINDS; i++)
		stats->exits[i] = m->exits[i] + m->hot.exits[i];
	memcpy(stats->exceptions, m->hot.exceptions, sizeof stats->exceptions);
	memcpy(stats->interrupts, m->hot.interrupts, sizeof stats->interrupts);
	stats->runtime_ns = m->task ? task_runtime(m->task) : 0;
	stats->guest_ns = machine_now(m) - m->powered_on;
	stats->frames = account_frames(m->account);
	stats->guest_frames = m->guest_frames;
	stats->untrapped = m->hot.untrapped;
}

void machine_statistics_reset(struct machine *m)
{
	memset(m->hot.exits, 0, sizeof m->hot.exits);
	memset(m->exits, 0, sizeof m->exits);
	memset(m->hot.exceptions, 0, sizeof m->hot.exceptions);
	memset(m->hot.interrupts, 0, sizeof m->hot.interrupts);
	for (unsigned i = 0; i < PORT_HANDLERS_MAX; i++)
		m->hot.handlers[i].reads = m->hot.handlers[i].writes = 0;
}
