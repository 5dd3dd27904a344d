/* Port space: two levels, 256 pages of 256 ports; a page without ports of anybody is shared. */
#include <base/mem.h>
#include <kern/log.h>
#include "machine.h"

static uint8_t floating_page[PORT_PAGE];   /* all PORT_FLOATING; never written */

static uint8_t floating_in(void *chip, unsigned reg)
{
	(void)chip;
	(void)reg;
	return 0xFF;
}

static void floating_out(void *chip, unsigned reg, uint8_t value)
{
	(void)chip;
	(void)reg;
	(void)value;
}

static const struct port_ops floating = { .in = floating_in, .out = floating_out };

static uint8_t *own_page(struct machine *m, uint16_t port)
{
	uint8_t **page = &m->hot.port_map[port / PORT_PAGE];

	if (*page == floating_page) {
		uint8_t *fresh = mem_alloc(m->account, PORT_PAGE);

		if (!fresh)
			return NULL;
		*page = fresh;
	}
	return *page;
}

int ports_init(struct machine *m)
{
	for (unsigned i = 0; i < ARRAY_SIZE(m->hot.port_map); i++)
		m->hot.port_map[i] = floating_page;
	m->hot.handlers[PORT_FLOATING] = (struct port_handler){
		.in = floating_in, .out = floating_out, .ops = &floating, .owner = "nobody" };
	return E_OK;
}

static unsigned free_handler(struct machine *m)
{
	for (unsigned i = PORT_FLOATING + 1; i < PORT_HANDLERS_MAX; i++)
		if (!m->hot.handlers[i].in)
			return i;
	return 0;
}

int machine_claim_ports(struct machine *m, uint16_t first, uint16_t count, const char *owner,
			const struct port_ops *ops, void *chip)
{
	unsigned number = free_handler(m);

	if (!count || first + count > PORT_PAGE * ARRAY_SIZE(m->hot.port_map))
		return E_RANGE;
	if (!number)
		return E_NO_SPACE;
	for (uint32_t p = first; p < (uint32_t)first + count; p++)
		if (m->hot.port_map[p / PORT_PAGE][p % PORT_PAGE] != PORT_FLOATING)
			return E_EXISTS;
	for (uint32_t p = first; p < (uint32_t)first + count; p++) {
		uint8_t *page = own_page(m, (uint16_t)p);

		if (!page) {
			machine_release_ports(m, first, (uint16_t)(p - first));
			return E_NO_MEMORY;
		}
		page[p % PORT_PAGE] = (uint8_t)number;
	}
	m->hot.handlers[number] = (struct port_handler){
		.in = ops->in, .out = ops->out, .chip = chip, .first = first, .count = count,
		.ops = ops, .owner = owner };
	return E_OK;
}

/* A handler is free again when its last port is. */
static void handler_release(struct machine *m, unsigned number)
{
	struct port_handler *h = &m->hot.handlers[number];

	for (uint32_t p = h->first; p < h->first + h->count; p++)
		if (m->hot.port_map[p / PORT_PAGE][p % PORT_PAGE] == number)
			return;
	h->in = NULL;
}

void machine_release_ports(struct machine *m, uint16_t first, uint16_t count)
{
	for (uint32_t p = first; p < (uint32_t)first + count; p++) {
		uint8_t *entry = &m->hot.port_map[p / PORT_PAGE][p % PORT_PAGE], number = *entry;

		if (number != PORT_FLOATING) {
			*entry = PORT_FLOATING;
			handler_release(m, number);
		}
	}
}

static uint8_t in_byte(struct machine *m, uint16_t port)
{
	struct port_handler *h = machine_port(&m->hot, port);

	return h->in(h->chip, port - h->first);
}

static void out_byte(struct machine *m, uint16_t port, uint8_t value)
{
	struct port_handler *h = machine_port(&m->hot, port);

	h->out(h->chip, port - h->first, value);
}

static bool wide_fits(const struct port_handler *h, uint16_t port, unsigned size)
{
	return (unsigned)(port - h->first) + size <= h->count;
}

uint32_t machine_in(struct machine *m, uint16_t port, unsigned size)
{
	struct port_handler *h = machine_port(&m->hot, port);
	uint32_t value = 0;

	h->reads++;
	if (size > 1 && h->ops->in_wide && wide_fits(h, port, size))
		return h->ops->in_wide(h->chip, port - h->first, size);
	for (unsigned i = 0; i < size; i++)
		value |= (uint32_t)in_byte(m, (uint16_t)(port + i)) << 8 * i;
	return value;
}

void machine_out(struct machine *m, uint16_t port, unsigned size, uint32_t value)
{
	struct port_handler *h = machine_port(&m->hot, port);

	h->writes++;
	if (size > 1 && h->ops->out_wide && wide_fits(h, port, size)) {
		h->ops->out_wide(h->chip, port - h->first, size, value);
		return;
	}
	for (unsigned i = 0; i < size; i++)
		out_byte(m, (uint16_t)(port + i), (uint8_t)(value >> 8 * i));
}

uint32_t machine_in_block(struct machine *m, uint16_t port, unsigned size, void *to, uint32_t count)
{
	struct port_handler *h = machine_port(&m->hot, port);
	uint32_t done = 0;

	if (h->ops->in_block && wide_fits(h, port, size))
		done = h->ops->in_block(h->chip, port - h->first, size, to, count);
	h->reads += done;
	return done;
}

uint32_t machine_out_block(struct machine *m, uint16_t port, unsigned size, const void *from, uint32_t count)
{
	struct port_handler *h = machine_port(&m->hot, port);
	uint32_t done = 0;

	if (h->ops->out_block && wide_fits(h, port, size))
		done = h->ops->out_block(h->chip, port - h->first, size, from, count);
	h->writes += done;
	return done;
}

void machine_each_port(struct machine *m, void (*each)(void *ctx, const struct port_view *), void *ctx)
{
	for (unsigned i = 0; i < PORT_HANDLERS_MAX; i++) {
		const struct port_handler *h = &m->hot.handlers[i];

		if (h->count && h->in)
			each(ctx, &(struct port_view){ (uint16_t)h->first, (uint16_t)(h->first + h->count - 1), h->owner,
						       h->reads, h->writes });
	}
	each(ctx, &(struct port_view){ 0, 0xFFFF, "(floating)", m->hot.handlers[PORT_FLOATING].reads,
				       m->hot.handlers[PORT_FLOATING].writes });
}
