/* For the tests: one counter of the 8254 that carries out every single CLK pulse as the data sheet
 * tells it: Intel, "8254 Programmable Interval Timer" (231164), "Mode Definitions", "Write
 * Operations", "Read Operations". It shares nothing with counter.c. */
#ifndef VPIT_COUNTER_MODEL_H
#define VPIT_COUNTER_MODEL_H

#include <hw/i8254.h>
#include <stdbool.h>

struct model {
	unsigned mode, rw, low;
	bool bcd, gate, out, null, counted, load, running, expired, write_high;
	unsigned cr;       /* 0 is the full count */
	unsigned value;    /* of the counting element, likewise */
	unsigned half;     /* mode 3: pulses since this half cycle began */
	unsigned n;        /* count in force, 1..65536 */
	unsigned rises;
};

static inline unsigned model_top(struct model *m)
{
	return m->bcd ? 10000 : 65536;
}

static inline void model_out(struct model *m, bool level)
{
	if (level && !m->out)
		m->rises++;
	m->out = level;
}

static inline void model_load_value(struct model *m)
{
	m->n = m->cr ? m->cr : model_top(m);
	m->value = m->cr;
	m->null = false;
	m->half = 0;
}

static inline void model_count(struct model *m)
{
	m->value = m->value ? m->value - 1 : model_top(m) - 1;
}

static inline void model_tick_square(struct model *m)
{
	unsigned length = m->n == 1 ? 1 : m->out ? (m->n + 1) / 2 : m->n / 2;

	if (++m->half < length)
		return;
	{
		bool was_one = m->n == 1;

		model_load_value(m);
		if (m->n == 1 || was_one)
			model_out(m, true);
		else
			model_out(m, !m->out);
	}
}

static inline void model_tick(struct model *m)
{
	if (m->load) {
		m->load = false;
		m->running = true;
		m->expired = false;
		model_load_value(m);
		model_out(m, m->mode >= 2);
		return;
	}
	if (!m->running)
		return;
	switch (m->mode) {
	case 0:
		if (!m->gate || m->write_high)
			return;
		/* fall through */
	case 1:
		model_count(m);
		if (!m->value && !m->expired) {
			m->expired = true;
			model_out(m, true);
		}
		break;
	case 2:
		if (!m->gate)
			return;
		if (m->value == 1) {
			model_load_value(m);
			model_out(m, true);
			return;
		}
		model_count(m);
		model_out(m, m->value != 1);
		break;
	case 3:
		if (m->gate)
			model_tick_square(m);
		break;
	case 4:
	case 5:
		if (!m->out)
			m->expired = true;
		model_out(m, true);
		if (m->mode == 4 && !m->gate)
			return;
		model_count(m);
		if (!m->value && !m->expired)
			model_out(m, false);
		break;
	}
}

static inline unsigned model_reading(struct model *m)
{
	unsigned v = m->value;

	if (m->mode == 3 && m->running)
		v = ((m->n & ~1u) - 2 * m->half) % model_top(m);
	if (!m->bcd)
		return v;
	return (v / 1000) << 12 | (v / 100 % 10) << 8 | (v / 10 % 10) << 4 | v % 10;
}

static inline void model_control(struct model *m, unsigned mode, unsigned rw, bool bcd)
{
	bool gate = m->gate, out = m->out;
	unsigned rises = m->rises;

	*m = (struct model){ .mode = mode, .rw = rw, .bcd = bcd, .gate = gate, .out = out,
		.null = true, .rises = rises };
	model_out(m, mode != 0);
}

static inline unsigned model_from_bcd(unsigned v)
{
	return (v >> 12) * 1000 + (v >> 8 & 15) * 100 + (v >> 4 & 15) * 10 + (v & 15);
}

static inline void model_count_written(struct model *m, unsigned count)
{
	m->cr = m->bcd ? model_from_bcd(count) : count;
	m->null = true;
	if (m->mode == 0)
		model_out(m, false);
	if (m->mode == 0 || m->mode == 4 || ((m->mode == 2 || m->mode == 3) && !m->counted))
		m->load = true;
	m->counted = true;
}

static inline void model_write(struct model *m, unsigned value)
{
	if (m->rw == I8254_CW_RW_LSB)
		model_count_written(m, value);
	else if (m->rw == I8254_CW_RW_MSB)
		model_count_written(m, value << 8);
	else if (m->write_high) {
		m->write_high = false;
		model_count_written(m, value << 8 | m->low);
	} else {
		m->write_high = true;
		m->low = value;
		if (m->mode == 0)
			model_out(m, false);
	}
}

static inline void model_gate(struct model *m, bool level)
{
	bool rose = level && !m->gate;

	if (level == m->gate)
		return;
	m->gate = level;
	if (!level && (m->mode == 2 || m->mode == 3))
		model_out(m, true);
	if (rose && m->counted && m->mode != 0 && m->mode != 4)
		m->load = true;
}

#endif
