/* A machine's lines between its chips, and its processor's interrupt pins. What every interrupt of a
 * guest takes: compiled for few instructions (kernel.mk). */
#include <base/mem.h>
#include "machine.h"

/* NULL when a user has invented more lines than any PC has. */
static struct machine_net *net(struct machine *m, const char *name)
{
	for (unsigned i = 0; i < m->net_count; i++)
		if (strcmp(m->nets[i].name, name) == 0)
			return &m->nets[i];
	if (m->net_count == MACHINE_LINES_MAX)
		return NULL;
	str_copy(m->nets[m->net_count].name, name, LINE_NAME_MAX);
	return &m->nets[m->net_count++];
}

static void driver_set(void *to, bool level)
{
	struct machine_driver *d = to;
	struct machine_net *n = d->net;

	if (d->level == level)
		return;
	d->level = level;
	n->high = (uint8_t)(level ? n->high + 1 : n->high - 1);
	if (n->set && n->high == level)
		n->set(n->to, level);
}

/* For a listener that knows levels alone. */
static void net_pulse(void *to)
{
	struct machine_net *n = to;

	if (n->set) {
		n->set(n->to, false);
		n->set(n->to, true);
	}
}

struct edge machine_edge(struct machine *m, const char *name)
{
	struct machine_net *n = net(m, name);

	/* Who listens already when a later device asks is there to stay. */
	if (n && n->pulse)
		return (struct edge){ n->pulse, n->to };
	return (struct edge){ n ? net_pulse : NULL, n };
}

void machine_listen_edge(struct machine *m, const char *name, void (*pulse)(void *to))
{
	struct machine_net *n = net(m, name);

	if (n && n->set)
		n->pulse = pulse;
}

struct line machine_line(struct machine *m, const char *name)
{
	struct machine_net *n = net(m, name);
	struct machine_driver *d = &m->drivers[m->driver_count];

	if (!n || m->driver_count == MACHINE_DRIVERS_MAX)
		return (struct line){ NULL, NULL };
	m->driver_count++;
	*d = (struct machine_driver){ n, false };
	return (struct line){ driver_set, d };
}

int machine_listen(struct machine *m, const char *name, void (*set)(void *to, bool level), void *to)
{
	struct machine_net *n = net(m, name);

	if (!n)
		return E_NO_SPACE;
	if (n->set)
		return E_EXISTS;
	n->set = set;
	n->to = to;
	set(to, n->high != 0);
	return E_OK;
}

void machine_set_intr(struct machine *m, bool level)
{
	if (level)
		pending_set(m, PENDING_INTR);
	else
		pending_clear(m, PENDING_INTR);
}

void machine_set_nmi(struct machine *m, bool level)
{
	uint8_t *nmi = &m->hot.cpu.nmi;

	if (!level) {
		*nmi &= (uint8_t)~VCPU_NMI_PIN;
	} else if (!(*nmi & VCPU_NMI_PIN)) {
		*nmi |= VCPU_NMI_PIN | VCPU_NMI_LATCHED;
		pending_set(m, PENDING_NMI);
	}
}
