/* Host interrupt lines: who listens, and how often they rang. The controller itself is a
 * module behind contract "intc"; until it is there every line is masked. */
#include <iface/host.h>
#include <kern/irq.h>
#include <kern/log.h>
#include <kern/module.h>
#include <kern/task.h>
#include "cpu.h"
#include "irq.h"

static struct irq_handler *handlers[IRQ_LINES];
static uint32_t spurious[IRQ_LINES], unclaimed[IRQ_LINES];
static uint32_t ignored[IRQ_LINES];      /* unclaimed ones in a row */
static const struct intc_host_ops *intc;

/* A level that nobody takes down rings again at once, for ever: nothing else would run. */
enum { STORM = 50000 };
static void *intc_instance;

int irq_controller_bind(void)
{
	struct offer *offer;   /* kept for good */
	int err = offer_get(INTC_ROLE, NULL, INTC_VERSION, &offer, &intc, &intc_instance);

	for (unsigned line = 0; err == 0 && line < IRQ_LINES; line++)
		if (handlers[line])
			intc->unmask(intc_instance, line);
	return err;
}

void irq_dispatch(unsigned line)
{
	bool taken = false;

	if (!intc || !intc->accept(intc_instance, line)) {
		spurious[line]++;
		return;
	}
	for (struct irq_handler *h = handlers[line]; h; h = h->next) {
		if (h->handle(h->ctx)) {
			h->count++;
			taken = true;
		}
	}
	unclaimed[line] += !taken;
	ignored[line] = taken ? 0 : ignored[line] + 1;
	if (ignored[line] == STORM) {
		intc->mask(intc_instance, line);
		log_line("irq %u: rings without end and nobody answers; masked", line);
	}
}

int irq_attach(unsigned line, struct irq_handler *handler)
{
	uint32_t flags;

	if (line >= IRQ_LINES)
		return E_RANGE;
	flags = lock_irq();
	handler->next = handlers[line];
	handlers[line] = handler;
	if (intc)
		intc->unmask(intc_instance, line);
	unlock_irq(flags);
	return E_OK;
}

void irq_detach(unsigned line, struct irq_handler *handler)
{
	uint32_t flags = lock_irq();

	for (struct irq_handler **at = &handlers[line]; *at; at = &(*at)->next) {
		if (*at == handler) {
			*at = handler->next;
			break;
		}
	}
	if (!handlers[line] && intc)
		intc->mask(intc_instance, line);
	unlock_irq(flags);
}

void irq_each(void (*each)(void *ctx, const struct irq_view *view), void *ctx)
{
	for (unsigned line = 0; line < IRQ_LINES; line++) {
		for (struct irq_handler *h = handlers[line]; h; h = h->next)
			each(ctx, &(struct irq_view){ line, h->name, h->count });
		if (spurious[line])
			each(ctx, &(struct irq_view){ line, "(spurious)", spurious[line] });
		if (unclaimed[line])
			each(ctx, &(struct irq_view){ line, "(unclaimed)", unclaimed[line] });
	}
}
