/* What a chip is handed in place of the rest of the machine.
 *
 * A chip (a virtual device's logic) calls nothing of the kernel. Whoever builds the machine
 * gives it these wires; in a unit test the test does. All time is machine time in
 * nanoseconds. Chips run one at a time, in their machine's own task, never re-entered. */
#ifndef IFACE_WIRE_H
#define IFACE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

/* An electrical line: an interrupt request, a gate, A20. Setting the level it has is
 * harmless. */
struct line {
	void (*set)(void *to, bool level);
	void *to;
};

/* The same line for a driver that has raised it and signals by edges: it falls, and rises again at
 * once. Saves half of what two line_set() cost. */
struct edge {
	void (*pulse)(void *to);
	void *to;
};

/* The machine's clock, with one pending alarm for each chip that holds one. Arming again
 * replaces the alarm; CLOCK_NEVER disarms. When `deadline` is reached the chip's own
 * expiry function is called, possibly late, with the time then current. */
struct clock {
	uint64_t (*now)(void *of);
	void (*arm)(void *of, uint64_t deadline_ns);
	void *of;
};

#define CLOCK_NEVER UINT64_MAX

/* Where bytes go (a serial line's far end, a printer). Returns false when it cannot take
 * the byte now. */
struct byte_sink {
	bool (*put)(void *to, uint8_t byte);
	void *to;
};

static inline void line_set(const struct line *line, bool level)
{
	if (line->set)
		line->set(line->to, level);
}

static inline void edge_pulse(const struct edge *edge)
{
	edge->pulse(edge->to);
}

static inline uint64_t clock_now(const struct clock *clock)
{
	return clock->now(clock->of);
}

static inline void clock_arm(const struct clock *clock, uint64_t deadline_ns)
{
	clock->arm(clock->of, deadline_ns);
}

static inline bool sink_put(const struct byte_sink *sink, uint8_t byte)
{
	return sink->put && sink->put(sink->to, byte);
}

#endif
