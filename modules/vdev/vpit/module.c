/* The machine's timer: the chip at 40h to 43h; OUT 0 is "irq0", GATE 2 the line "gate2"; the line
 * "tone" is pulsed when counter 2 has changed, and the rest is under the role "pit". */
#include <hw/i8254.h>
#include <iface/pit.h>
#include <iface/vdev_module.h>
#include "vpit.h"

enum { PORTS = 4, SPEAKER_COUNTER = 2 };

static uint8_t in(void *chip, unsigned reg) { return vpit_in(chip, reg); }
static void out(void *chip, unsigned reg, uint8_t value) { vpit_out(chip, reg, value); }
static void gate2(void *chip, bool level) { vpit_gate(chip, SPEAKER_COUNTER, level); }

static bool output2(void *pit)
{
	struct vpit *chip = pit;

	return vpit_output(chip, SPEAKER_COUNTER, clock_now(&chip->clock));
}

static bool refresh(void *pit)
{
	struct vpit *chip = pit;

	return vpit_refresh(chip, clock_now(&chip->clock));
}

static uint32_t tone_count(void *pit)
{
	return vpit_tone_count(pit, SPEAKER_COUNTER);
}

static void tick_merged(void *pit, uint64_t turn_ns) { vpit_tick_merged(pit, turn_ns); }

static const struct port_ops ports = { .in = in, .out = out };
static const struct pit_ops pit_ops = { output2, refresh, tone_count, tick_merged };

static int create(struct machine *m, const char *args, void **device)
{
	struct vpit *chip = mem_alloc(machine_account(m), sizeof *chip);
	int err;

	(void)args;
	if (!chip)
		return E_NO_MEMORY;
	chip->irq = machine_line(m, "irq0");
	chip->tone = machine_line(m, "tone");
	chip->irq_edge = machine_edge(m, "irq0");
	chip->clock = machine_clock(m, (void (*)(void *, uint64_t))vpit_expire, chip);
	err = machine_claim_ports(m, I8254_PORT, PORTS, "vpit", &ports, chip);
	if (!err)
		err = machine_listen(m, "gate2", gate2, chip);
	if (!err)
		err = machine_provide(m, PIT_ROLE, &pit_ops, chip);
	*device = chip;
	return err;
}

static void reset(void *device) { vpit_reset(device); }
static void describe(void *device, struct fmt_sink *o) { vpit_describe(device, o); }
static const void *state(void *device) { return &((struct vpit *)device)->s; }
static int load(void *device, const void *s) { return vpit_load(device, s); }

static const struct vdev_ops ops = {
	.create = create, .reset = reset, .describe = describe,
	.state_size = sizeof(struct vpit_state), .state = state, .load = load,
};

VDEV_MODULE("vpit", "virtual timer (8254)", &ops);
