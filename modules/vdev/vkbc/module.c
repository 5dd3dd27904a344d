/* The machine's keyboard controller with its keyboard and mouse: the chip at 60h and 64h, "irq1",
 * "irq12", its A20 the line "a20kbc"; keys come in under the role "keyboard", the mouse is
 * moved under the role "mouse".
 *
 * Arguments: mouse=ps2|none. While it runs: set mouse ps2|none. */
#include <base/args.h>
#include <base/mem.h>
#include <hw/i8042.h>
#include <iface/mouse.h>
#include <iface/vdev_module.h>
#include <iface/vkeyboard.h>
#include <kern/log.h>
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
static void strike(void *keyboard, enum key code) { (void)vkbc_strike(keyboard, code); }
static uint8_t leds(void *keyboard) { return vkbc_leds(keyboard); }
static bool ready(void *keyboard) { return vkbc_room(keyboard); }

static void move(void *mouse, const struct mouse_move *way) { vkbc_move(mouse, way); }
static bool mouse_room(void *mouse) { return vkbc_mouse_room(mouse); }

static const struct port_ops data_ports = { .in = data_in, .out = data_out };
static const struct port_ops status_ports = { .in = status_in, .out = status_out };
static const struct vkeyboard_ops keyboard_ops = { .key = key, .strike = strike, .leds = leds, .ready = ready };
static const struct vmouse_ops mouse_ops = { move, mouse_room };

struct device {
	struct vkbc chip;        /* first: it is what its own functions are handed */
	struct machine *m;
};

/* The machine has one mouse at most: E_EXISTS when there is one at a serial port. */
static int plug_mouse(struct device *d, bool plugged)
{
	int err = E_OK;

	if (plugged && !d->chip.s.mouse_plugged)
		err = machine_provide(d->m, VMOUSE_ROLE, &mouse_ops, &d->chip);
	else if (!plugged && d->chip.s.mouse_plugged)
		machine_withdraw(d->m, VMOUSE_ROLE);
	if (!err)
		vkbc_plug_mouse(&d->chip, plugged);
	return err;
}

static int set_mouse(struct device *d, const char *value)
{
	int err;

	if (strcmp(value, "ps2") && strcmp(value, "none")) {
		log_line("%s: mouse=%s: use ps2 or none", machine_name(d->m), value);
		return E_INVALID;
	}
	err = plug_mouse(d, strcmp(value, "ps2") == 0);
	if (err == E_EXISTS)
		log_line("%s: has a mouse at a serial port already", machine_name(d->m));
	return err;
}

static int set(void *device, const char *key, const char *value)
{
	return strcmp(key, "mouse") ? E_UNSUPPORTED : set_mouse(device, value);
}

static int create(struct machine *m, const char *args, void **device)
{
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	struct vkbc *chip = d ? &d->chip : NULL;
	char mouse[8];
	int err;

	if (!chip)
		return E_NO_MEMORY;
	d->m = m;
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
	if (!err && args_get(args, "mouse", mouse, sizeof mouse))
		err = set_mouse(d, mouse);
	*device = d;
	return err;
}

static void reset(void *device) { vkbc_reset(device); }
static void describe(void *device, struct fmt_sink *o) { vkbc_describe(device, o); }
static const void *state(void *device) { return &((struct vkbc *)device)->s; }

/* With a state comes its mouse, or that there is none. */
static int load(void *device, const void *s)
{
	struct device *d = device;
	const struct vkbc_state *state = s;
	bool had = d->chip.s.mouse_plugged;
	int err = vkbc_load(&d->chip, state), role = E_OK;

	if (err || had == d->chip.s.mouse_plugged)
		return err;
	if (had)
		machine_withdraw(d->m, VMOUSE_ROLE);
	else
		role = machine_provide(d->m, VMOUSE_ROLE, &mouse_ops, &d->chip);
	if (role)
		vkbc_plug_mouse(&d->chip, false);
	return role;
}

static const struct vdev_ops ops = {
	.create = create, .reset = reset, .describe = describe,
	.state_size = sizeof(struct vkbc_state), .state = state, .load = load,
	.set = set,
};

VDEV_MODULE("vkbc", "virtual keyboard controller (8042), keyboard, PS/2 mouse", &ops);
