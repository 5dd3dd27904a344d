/* What a device claimed in its machine while it was made, taken back when that fails: ports,
 * lines, roles, clocks, memory regions, the processor's callbacks. Everything is claimed in order
 * in tables, so a note of how far they were filled is enough. A region that the device put
 * in place of another's leaves a hole; the memory it took goes with the machine. */
#include <base/mem.h>
#include "machine.h"

_Static_assert(PORT_HANDLERS_MAX <= 64 && MACHINE_LINES_MAX <= 64, "one bit each");

void claims_note(const struct machine *m, struct claims *c)
{
	*c = (struct claims){
		.roles = m->role_count, .clocks = m->clock_count, .nets = m->net_count,
		.drivers = m->driver_count,
		.regions = m->region_count, .intc = m->hot.intc, .intc_chip = m->hot.intc_chip,
		.hypercall = m->hypercall, .hypercall_ctx = m->hypercall_ctx,
	};
	for (unsigned i = 0; i < PORT_HANDLERS_MAX; i++)
		c->ports |= (uint64_t)(m->hot.handlers[i].in != NULL) << i;
	for (unsigned i = 0; i < m->net_count; i++)
		c->listened |= (uint64_t)(m->nets[i].set != NULL) << i;
}

static void ports_undo(struct machine *m, const struct claims *c)
{
	for (unsigned i = 0; i < PORT_HANDLERS_MAX; i++) {
		const struct port_handler *h = &m->hot.handlers[i];

		if (h->in && !(c->ports >> i & 1))
			machine_release_ports(m, (uint16_t)h->first, (uint16_t)h->count);
	}
}

/* Before the nets, which they hold high. */
static void drivers_undo(struct machine *m, const struct claims *c)
{
	while (m->driver_count > c->drivers) {
		struct machine_driver *d = &m->drivers[--m->driver_count];

		d->net->high = (uint8_t)(d->net->high - d->level);
	}
}

static void nets_undo(struct machine *m, const struct claims *c)
{
	for (unsigned i = 0; i < c->nets; i++) {
		if (!(c->listened >> i & 1)) {
			m->nets[i].set = NULL;
			m->nets[i].pulse = NULL;
			m->nets[i].to = NULL;
		}
	}
	memset(&m->nets[c->nets], 0, (m->net_count - c->nets) * sizeof *m->nets);
	m->net_count = c->nets;
}

void claims_undo(struct machine *m, const struct claims *c)
{
	ports_undo(m, c);
	drivers_undo(m, c);
	nets_undo(m, c);
	while (m->region_count > c->regions) {
		const struct guest_region *r = &m->regions[m->region_count - 1];

		machine_unmap(m, r->first, (size_t)(r->last - r->first + 1));
	}
	m->role_count = c->roles;
	timers_forget(m, c->clocks);
	m->hot.intc = c->intc;
	m->hot.intc_chip = c->intc_chip;
	m->hypercall = c->hypercall;
	m->hypercall_ctx = c->hypercall_ctx;
}
