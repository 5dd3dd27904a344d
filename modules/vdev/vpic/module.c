/* The machine's interrupt controllers: the chip at 20h, A0h and 4D0h, its sixteen inputs the
 * machine's lines "irq0" to "irq15", its output the processor's INTR. */
#include <hw/i8259.h>
#include <iface/pit.h>
#include <iface/vdev_module.h>
#include "vpic.h"

enum { INPUTS = 16, MASTER_INPUTS = 8, CASCADE = 2, REG_ELCR = 4 };

struct input {
	struct vpic *chip;
	unsigned irq, bit;
};

struct device {
	struct vpic chip;
	struct machine *m;
	struct input inputs[INPUTS];
};

static void input_set(void *to, bool level)
{
	const struct input *in = to;

	vpic_line(in->chip, in->irq, level);
}

static void input_pulse(void *to)
{
	const struct input *in = to;

	vpic_master_pulse(in->chip, in->bit);
}

/* The timer, made after this, is asked for when it matters. */
static void tick_merged(void *machine)
{
	void *pit;
	const struct pit_ops *ops = NULL;

	if (machine_role(machine, PIT_ROLE, &ops, &pit))
		ops->tick_merged(pit, machine_turn_began(machine));
}

static uint8_t elcr_in(void *chip, unsigned reg) { return vpic_in(chip, REG_ELCR + reg); }
static void elcr_out(void *chip, unsigned reg, uint8_t v) { vpic_out(chip, REG_ELCR + reg, v); }

/* The chip's own functions, called without a step between: `chip` is the struct vpic. */
static const struct port_ops master = {
	.in = (uint8_t (*)(void *, unsigned))vpic_master_in,
	.out = (void (*)(void *, unsigned, uint8_t))vpic_master_out,
};
static const struct port_ops slave = {
	.in = (uint8_t (*)(void *, unsigned))vpic_slave_in,
	.out = (void (*)(void *, unsigned, uint8_t))vpic_slave_out,
};
static const struct port_ops elcr = { .in = elcr_in, .out = elcr_out };
static const struct intc_ops intc = {
	.acknowledge = (uint8_t (*)(void *))vpic_acknowledge, .pending = (int (*)(void *))vpic_pending,
};

static int create(struct machine *m, const char *args, void **device)
{
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	int err;

	(void)args;
	if (!d)
		return E_NO_MEMORY;
	d->m = m;
	d->chip.tick_merged = tick_merged;
	d->chip.tick_of = m;
	d->chip.intr = (struct line){ (void (*)(void *, bool))machine_set_intr, m };
	err = machine_claim_ports(m, I8259_MASTER_PORT, 2, "vpic", &master, &d->chip);
	if (!err)
		err = machine_claim_ports(m, I8259_SLAVE_PORT, 2, "vpic", &slave, &d->chip);
	if (!err)
		err = machine_claim_ports(m, I8259_ELCR_PORT, 2, "vpic", &elcr, &d->chip);
	for (unsigned irq = 0; irq < INPUTS && !err; irq++) {
		char name[8];

		d->inputs[irq] = (struct input){ &d->chip, irq, 1u << irq };
		fmt_buf(name, sizeof name, "irq%u", irq);
		if (irq != CASCADE)
			err = machine_listen(m, name, input_set, &d->inputs[irq]);
		if (irq < MASTER_INPUTS && irq != CASCADE)
			machine_listen_edge(m, name, input_pulse);
	}
	machine_set_intc(m, &intc, &d->chip);
	*device = d;
	return err;
}

static void reset(void *device) { vpic_reset(&((struct device *)device)->chip); }
static void describe(void *device, struct fmt_sink *out) { vpic_describe(&((struct device *)device)->chip, out); }
static const void *state(void *device) { return &((struct device *)device)->chip.s; }
static int load(void *device, const void *s) { return vpic_load(&((struct device *)device)->chip, s); }

static const struct vdev_ops ops = {
	.create = create, .reset = reset, .describe = describe,
	.state_size = sizeof(struct vpic_state), .state = state, .load = load,
};

VDEV_MODULE("vpic", "virtual interrupt controllers (two 8259A)", &ops);
