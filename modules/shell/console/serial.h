/* The place at a serial line: its state, and the functions that its files share. */
#ifndef CONSOLE_SERIAL_H
#define CONSOLE_SERIAL_H

#include "console.h"
#include "escape.h"

#include <iface/serial.h>
#include <kern/task.h>

enum {
	SERIAL_INPUT = 256,                    /* a power of two */
	SERIAL_COLUMNS = 80, SERIAL_ROWS = 24, /* until the terminal has told better */
};

struct serial_view;

struct serial_place {
	const struct serial_ops *port;
	void *of;
	struct console *console;
	struct wait_queue changed;             /* woken by the driver's interrupt handler */
	struct escape escape;
	bool interrupted, raw;
	uint8_t columns, rows;                 /* of the terminal */
	struct serial_view *view;              /* NULL: the shell */
	uint16_t head, count;                  /* of `input`; tasks only */
	uint8_t input[SERIAL_INPUT];
};

int serial_read_typed(struct serial_place *p, uint64_t timeout_ns, struct typed *typed);
void serial_write(void *place, const char *text, size_t size);
int serial_read_raw(void *place, void *buf, size_t size, uint64_t timeout_ns);

/* serialview.c */
int serial_view(void *place, const char *what);
bool serial_shows(void *place, const char *machine);

#endif
