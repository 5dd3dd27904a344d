/* A machine's serial port: the chip, and what its line leads to. See module.c. */
#ifndef VUART_PORT_H
#define VUART_PORT_H

#include <base/list.h>
#include <kern/machine.h>
#include <kern/task.h>
#include "vuart.h"

enum { PORT_END_MAX = 96 };

struct port;

/* A far end. All but `open` and `close` run in the machine's task and do not wait. */
struct far_end_ops {
	const char *prefix;              /* "file:"; what follows it is given to open() */
	/* `*end` stays the far end's own. Complains by itself (log_line). */
	int (*open)(struct port *port, const char *what, void **end);
	void (*close)(void *end);
	/* A byte that the chip has sent; false: not now. */
	bool (*put)(void *end, uint8_t byte);
	/* Bytes that have come for the chip; may be NULL. */
	size_t (*take)(void *end, uint8_t *bytes, size_t size);
	/* It is asked only while the line is empty, because it sums what it has to say. */
	bool paced;
	/* A break has come; tells it once. May be NULL. */
	bool (*take_break)(void *end);
	/* The chip's inputs as this end holds them: UART_MSR_CTS to DCD. May be NULL: none. */
	uint8_t (*modem)(void *end);
	/* port->dtr, rts, breaks or the speed changed. May be NULL. */
	void (*changed)(void *end);
	void (*describe)(void *end, struct fmt_sink *out);
	size_t (*recent)(void *end, void *buf, size_t size);
};

struct port {
	struct vuart chip;
	struct list link;                /* among the ports of all machines */
	struct machine *m;
	unsigned number;                 /* 1-4, as a PC's BIOS counts them */
	unsigned irq;
	struct line irq_line;            /* the machine's */
	bool dtr, rts, sending_break;    /* the chip's outputs */
	const struct far_end_ops *end;
	void *end_of;
	char end_name[PORT_END_MAX];
	bool throttled;                  /* the chip's line was full when bytes were taken */
	bool loading;                    /* a saved state moves the chip's outputs */
	/* Shared with interrupt handlers: interrupts off. */
	bool posted;                     /* the machine's task will look at the far end */
	struct timer retry;              /* its queue was full */
};

/* Something has come from the far end, or there is room, or the modem lines have changed. From
 * any task and interrupt handlers. */
void port_wake(struct port *port);
/* The port of that machine, NULL if there is none. */
struct port *port_find(const char *machine, unsigned number);
unsigned port_baud(const struct port *port);

extern const struct far_end_ops end_none, end_console, end_file, end_host, end_link, end_mouse;

#endif
