/* The machine's serial port: the chip at its base port; nothing at its far end. */
#include <base/args.h>
#include <iface/vdev_module.h>
#include "vuart.h"

enum { PORTS = 8 };

static uint8_t in(void *chip, unsigned reg) { return vuart_in(chip, reg); }
static void out(void *chip, unsigned reg, uint8_t v) { vuart_out(chip, reg, v); }
static void expire(void *chip, uint64_t now) { vuart_expire(chip, now); }
static bool vanish(void *to, uint8_t byte) { (void)to; (void)byte; return true; }

static const struct port_ops ports = { .in = in, .out = out };

static int create(struct machine *m, const char *args, void **device)
{
	struct vuart *chip = mem_alloc(machine_account(m), sizeof *chip);
	int err = E_OK;
	char irq[8];

	if (!chip)
		return E_NO_MEMORY;
	fmt_buf(irq, sizeof irq, "irq%u", (unsigned)args_number(args, "irq", 4, &err));
	chip->irq = machine_line(m, irq);
	chip->tx = (struct byte_sink){ vanish, NULL };
	chip->clock = machine_clock(m, expire, chip);
	if (!err)
		err = machine_claim_ports(m, (uint16_t)args_hex(args, "port", 0x3F8, &err), PORTS, "vuart", &ports, chip);
	*device = chip;
	return err;
}

static void reset(void *device) { vuart_reset(device); }
static void describe(void *device, struct fmt_sink *o) { vuart_describe(device, o); }
static const void *state(void *device) { return &((struct vuart *)device)->s; }
static int load(void *device, const void *s) { return vuart_load(device, s); }

static const struct vdev_ops ops = {
	.create = create, .reset = reset, .describe = describe,
	.state_size = sizeof(struct vuart_state), .state = state, .load = load,
};

VDEV_MODULE("vuart", "virtual serial port (16550A)", &ops);
