/* The machine's keyboard controller and keyboard: the chip at 60h and 64h, "irq1", "irq12", its
 * A20 the line "a20kbc"; keys come in under the role "keyboard". */
#include <hw/i8042.h>
#include <iface/vdev_module.h>
#include <iface/vkeyboard.h>
#include "vkbc.h"

enum { DATA_PORT = 0x60, STATUS_PORT = 0x64, REG_STATUS = 4 };

static uint8_t data_in(void *chip, unsigned reg) { return vkbc_in(chip, reg); }
static void data_out(void *chip, unsigned reg, uint8_t v) { vkbc_out(chip, reg, v); }
static uint8_t status_in(void *chip, unsigned reg) { return vkbc_in(chip, REG_STATUS + reg); }
static void status_out(void *chip, unsigned reg, uint8_t v) { vkbc_out(chip, REG_STATUS + reg, v); }
static void expire(void *chip, uint64_t now) { vkbc_expire(chip, now); }

static void set_reset(void *m, bool level)
{
	if (level)
		machine_request_reset(m);
}

static void key(void *keyboard, enum key code, bool down) { (void)vkbc_key(keyboard, code, down); }
static uint8_t leds(void *keyboard) { return vkbc_leds(keyboard); }
static bool ready(void *keyboard) { return vkbc_room(keyboard); }

static const struct port_ops data_ports = { .in = data_in, .out = data_out };
static const struct port_ops status_ports = { .in = status_in, .out = status_out };
static const struct vkeyboard_ops keyboard_ops = { key, leds, ready };

static int create(struct machine *m, const char *args, void **device)
{
	struct vkbc *chip = mem_alloc(machine_account(m), sizeof *chip);
	int err;

	(void)args;
	if (!chip)
		return E_NO_MEMORY;
	chip->irq1 = machine_line(m, "irq1");
	chip->irq12 = machine_line(m, "irq12");
	chip->a20 = machine_line(m, "a20kbc");
	chip->reset = (struct line){ set_reset, m };
	chip->clock = machine_clock(m, expire, chip);
	err = machine_claim_ports(m, DATA_PORT, 1, "vkbc", &data_ports, chip);
	if (!err)
		err = machine_claim_ports(m, STATUS_PORT, 1, "vkbc", &status_ports, chip);
	if (!err)
		err = machine_provide(m, VKEYBOARD_ROLE, &keyboard_ops, chip);
	*device = chip;
	return err;
}

static void reset(void *device) { vkbc_reset(device); }
static void describe(void *device, struct fmt_sink *o) { vkbc_describe(device, o); }
static const void *state(void *device) { return &((struct vkbc *)device)->s; }
static int load(void *device, const void *s) { return vkbc_load(device, s); }

static const struct vdev_ops ops = {
	.create = create, .reset = reset, .describe = describe,
	.state_size = sizeof(struct vkbc_state), .state = state, .load = load,
};

VDEV_MODULE("vkbc", "virtual keyboard controller (8042) with an AT keyboard", &ops);
