/* Far end "mouse": a serial mouse, which is then the machine's mouse (role "mouse").
 *
 * A report is made when the line is free and says where the hand is then; what it does while the
 * line is busy is summed. What is on its way when a machine is saved is not part of its state:
 * to the guest the hand has rested a moment.
 *
 * DIFFERS: at another speed than 1200 baud nothing comes, where a real mouse's characters come
 * damaged. */
#include <base/mem.h>
#include <kern/log.h>
#include "port.h"
#include "serialmouse.h"

struct mouse_end {
	struct port *port;
	struct serialmouse mouse;
};

static void move(void *mouse, const struct mouse_move *way)
{
	struct mouse_end *e = mouse;

	serialmouse_move(&e->mouse, way);
	port_wake(e->port);
}

static bool ready(void *mouse)
{
	return moves_room(&((struct mouse_end *)mouse)->mouse.moves);
}

static const struct vmouse_ops mouse_ops = { move, ready };

static int mouse_open(struct port *port, const char *what, void **end)
{
	struct mouse_end *e = mem_alloc(machine_account(port->m), sizeof *e);
	int err = e ? machine_provide(port->m, VMOUSE_ROLE, &mouse_ops, e) : E_NO_MEMORY;

	(void)what;
	if (err) {
		if (err == E_EXISTS)
			log_line("%s: serial %u: the machine has another mouse already", machine_name(port->m),
				 port->number);
		mem_free(e);
		return err;
	}
	e->port = port;
	*end = e;
	return E_OK;
}

static void mouse_close(void *end)
{
	struct mouse_end *e = end;

	machine_withdraw(e->port->m, VMOUSE_ROLE);
	mem_free(e);
}

static bool mouse_put(void *end, uint8_t byte)
{
	(void)end;
	(void)byte;
	return true;
}

static size_t mouse_take(void *end, uint8_t *bytes, size_t size)
{
	struct mouse_end *e = end;

	return size < SERIALMOUSE_REPORT || port_baud(e->port) != SERIALMOUSE_BAUD
		? 0 : serialmouse_take(&e->mouse, bytes);
}

static void mouse_changed(void *end)
{
	struct mouse_end *e = end;

	serialmouse_power(&e->mouse, e->port->dtr && e->port->rts);
	if (e->port->loading)
		e->mouse.identify = false;
	port_wake(e->port);
}

static void mouse_describe(void *end, struct fmt_sink *out)
{
	const struct mouse_end *e = end;

	fmt_sink(out, ", %s, buttons %02x, %u moves waiting", e->mouse.powered ? "powered" : "without power",
		 e->mouse.moves.buttons, e->mouse.moves.count);
}

const struct far_end_ops end_mouse = {
	.prefix = "mouse", .open = mouse_open, .close = mouse_close, .put = mouse_put, .paced = true,
	.take = mouse_take, .changed = mouse_changed, .describe = mouse_describe,
};
