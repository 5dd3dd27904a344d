/* A machine's parallel port: the chip, and what is at its plug. See module.c. */
#ifndef VLPT_PORT_H
#define VLPT_PORT_H

#include <base/list.h>
#include <kern/machine.h>
#include <kern/task.h>
#include "vlpt.h"

enum { PORT_END_MAX = 96 };

struct port;

/* What is at the plug. */
struct plug_end_ops {
	const char *prefix;              /* "file:"; what follows it is given to open() */
	/* Connects itself to port->chip. Complains by itself (log_line). */
	int (*open)(struct port *port, const char *what, void **end);
	void (*close)(void *end);
	void (*describe)(void *end, struct fmt_sink *out);   /* may be NULL */
};

struct port {
	struct vlpt chip;
	struct list link;                /* among the ports of all machines */
	struct machine *m;
	unsigned number;                 /* 1-3 */
	unsigned irq;
	struct line irq_line;            /* the machine's */
	const struct plug_end_ops *end;
	void *end_of;
	char end_name[PORT_END_MAX];
	bool posted;                     /* the host's ACK is on its way; shared with its interrupt handler */
};

extern const struct plug_end_ops end_none, end_file, end_spool, end_host;

#endif
