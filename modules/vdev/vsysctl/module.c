/* The board's own gates: ports 61h and 92h, the A20 gate, the speaker's gate, the coprocessor's
 * error latch at F0h. Lines: in "a20kbc" (from the 8042), "nmimask", "iochk" (an adapter's channel
 * check); out "gate2", "speaker", and "ignne" for a moment: the processor may ignore the coprocessor's
 * error, and takes IRQ 13 down. */
#include <hw/sysctl.h>
#include <iface/pit.h>
#include <iface/vdev_module.h>
#include "vsysctl.h"

struct device {
	struct vsysctl chip;
	struct machine *m;
	const struct pit_ops *pit;
	void *pit_instance;
	struct line ignne;
};

static uint8_t b_in(void *chip, unsigned reg) { (void)reg; return vsysctl_in(chip, VSYSCTL_B); }
static void b_out(void *chip, unsigned reg, uint8_t v) { (void)reg; vsysctl_out(chip, VSYSCTL_B, v); }
static uint8_t a_in(void *chip, unsigned reg) { (void)reg; return vsysctl_in(chip, VSYSCTL_A); }
static void a_out(void *chip, unsigned reg, uint8_t v) { (void)reg; vsysctl_out(chip, VSYSCTL_A, v); }

/* F0h clears the coprocessor's error, F1h resets it (IBM PC/AT Technical Reference,
 * "Coprocessor", I/O addresses). */
static uint8_t x87_in(void *device, unsigned reg)
{
	(void)device;
	(void)reg;
	return 0xFF;
}

/* The engine takes IRQ 13 down. */
static void x87_clear(struct device *d)
{
	line_set(&d->ignne, true);
	line_set(&d->ignne, false);
}

static void x87_out(void *device, unsigned reg, uint8_t value)
{
	(void)reg;
	(void)value;
	x87_clear(device);
}

static void a20_8042(void *chip, bool level) { vsysctl_a20_8042(chip, level); }
static void iochk(void *chip, bool level) { vsysctl_iochk(chip, level); }
static void iochk_pulse(void *chip) { vsysctl_iochk(chip, true); vsysctl_iochk(chip, false); }
static void nmi_mask(void *chip, bool level) { vsysctl_nmi_mask(chip, level); }
static void set_nmi(void *m, bool level) { machine_set_nmi(m, level); }
static void set_a20(void *m, bool level) { machine_set_a20(m, level); }

static void set_reset(void *m, bool level)
{
	if (level)
		machine_request_reset(m);
}

static bool find_pit(struct device *d)
{
	return d->pit || machine_role(d->m, PIT_ROLE, &d->pit, &d->pit_instance);
}

static bool refresh(void *device)
{
	struct device *d = device;

	return find_pit(d) && d->pit->refresh(d->pit_instance);
}

static bool output2(void *device)
{
	struct device *d = device;

	return find_pit(d) && d->pit->output2(d->pit_instance);
}

static const struct port_ops b_ports = { .in = b_in, .out = b_out };
static const struct port_ops a_ports = { .in = a_in, .out = a_out };
static const struct port_ops x87_ports = { .in = x87_in, .out = x87_out };

static int create(struct machine *m, const char *args, void **device)
{
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	int err;

	(void)args;
	if (!d)
		return E_NO_MEMORY;
	d->m = m;
	d->chip.gate2 = machine_line(m, "gate2");
	d->chip.speaker = machine_line(m, "speaker");
	d->chip.nmi = (struct line){ set_nmi, m };
	d->chip.a20 = (struct line){ set_a20, m };
	d->chip.reset = (struct line){ set_reset, m };
	d->chip.refresh = (struct vsysctl_sense){ refresh, d };
	d->chip.out2 = (struct vsysctl_sense){ output2, d };
	d->ignne = machine_line(m, "ignne");
	err = machine_claim_ports(m, SYSCTL_B_PORT, 1, "vsysctl", &b_ports, &d->chip);
	if (!err)
		err = machine_claim_ports(m, SYSCTL_A_PORT, 1, "vsysctl", &a_ports, &d->chip);
	if (!err)
		err = machine_claim_ports(m, SYSCTL_X87_PORT, SYSCTL_X87_PORTS, "vsysctl", &x87_ports, d);
	if (!err)
		err = machine_listen(m, "a20kbc", a20_8042, &d->chip);
	if (!err)
		err = machine_listen(m, "nmimask", nmi_mask, &d->chip);
	if (!err)
		err = machine_listen(m, "iochk", iochk, &d->chip);
	if (!err)
		machine_listen_edge(m, "iochk", iochk_pulse);
	*device = d;
	return err;
}

static void reset(void *device)
{
	struct device *d = device;

	vsysctl_reset(&d->chip);
	x87_clear(d);
}

static void describe(void *device, struct fmt_sink *o) { vsysctl_describe(&((struct device *)device)->chip, o); }
static const void *state(void *device) { return &((struct device *)device)->chip.s; }
static int load(void *device, const void *s) { return vsysctl_load(&((struct device *)device)->chip, s); }

static const struct vdev_ops ops = {
	.create = create, .reset = reset, .describe = describe,
	.state_size = sizeof(struct vsysctl_state), .state = state, .load = load,
};

VDEV_MODULE("vsysctl", "virtual system control ports (61h, 92h), A20 gate", &ops);
