/* Extended and expanded memory for DOS, behind the driver guests/p86mem.asm. */
#include <base/mem.h>
#include <iface/vdev_module.h>
#include <iface/vmem.h>
#include <hw/sysctl.h>
#include "vmem.h"

struct device {
	struct vmem chip;
	struct machine *m;
};

/* Up to the page's end: the A20 gate makes the next one another. */
static uint32_t in_page(uint32_t linear, uint32_t size)
{
	return MIN(size, (uint32_t)PAGE_SIZE - (linear & PAGE_MASK));
}

static void guest_read(void *of, uint32_t linear, void *to, uint32_t size)
{
	struct machine *m = ((struct device *)of)->m;

	for (uint32_t n; size; linear += n, to = (uint8_t *)to + n, size -= n) {
		n = in_page(linear, size);
		(void)machine_read_physical(m, machine_a20(m, linear), to, n);
	}
}

static void guest_write(void *of, uint32_t linear, const void *from, uint32_t size)
{
	struct machine *m = ((struct device *)of)->m;

	for (uint32_t n; size; linear += n, from = (const uint8_t *)from + n, size -= n) {
		n = in_page(linear, size);
		(void)machine_write_physical(m, machine_a20(m, linear), from, n);
	}
}

static void read_physical(void *of, uint32_t gpa, void *to, uint32_t size)
{
	(void)machine_read_physical(((struct device *)of)->m, gpa, to, size);
}

static void write_physical(void *of, uint32_t gpa, const void *from, uint32_t size)
{
	(void)machine_write_physical(((struct device *)of)->m, gpa, from, size);
}

static bool show(void *of, uint32_t gpa, uint32_t target)
{
	return machine_map_alias(((struct device *)of)->m, gpa, VMEM_UNIT, "vmem", target) == E_OK;
}

static void hide(void *of, uint32_t gpa)
{
	machine_unmap(((struct device *)of)->m, gpa, VMEM_UNIT);
}

static bool answers(void *of, uint32_t gpa)
{
	return machine_answers(((struct device *)of)->m, gpa);
}

/* By port 92h, as a program would. */
static void set_a20(void *of, bool open)
{
	struct device *d = of;
	uint32_t value = machine_in(d->m, SYSCTL_A_PORT, 1) & ~(uint32_t)(SYSCTL_A_A20 | SYSCTL_A_RESET);

	machine_out(d->m, SYSCTL_A_PORT, 1, value | (open ? SYSCTL_A_A20 : 0));
}

static bool a20(void *of)
{
	return machine_a20(((struct device *)of)->m, 0x100000) != 0;
}

static void call_ems(void *device, struct vcpu_frame *regs) { vmem_ems(&((struct device *)device)->chip, regs); }
static void call_xms(void *device, struct vcpu_frame *regs) { vmem_xms(&((struct device *)device)->chip, regs); }
static void restart(void *device) { vmem_reset(&((struct device *)device)->chip); }

static const struct vmem_ops vmem_ops = { .ems = call_ems, .xms = call_xms, .restart = restart };

static int create(struct machine *m, const char *args, void **device)
{
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	struct vmem_wires wires = {
		.of = d, .read = guest_read, .write = guest_write, .read_physical = read_physical,
		.write_physical = write_physical, .show = show, .hide = hide, .answers = answers,
		.set_a20 = set_a20, .a20 = a20,
	};

	(void)args;
	if (!d)
		return E_NO_MEMORY;
	d->m = m;
	vmem_init(&d->chip, &wires, (uint32_t)machine_extended_memory(m));
	*device = d;
	return machine_provide(m, VMEM_ROLE, &vmem_ops, d);
}

static void describe(void *device, struct fmt_sink *out) { vmem_describe(&((struct device *)device)->chip, out); }
static const void *state(void *device) { return &((struct device *)device)->chip.s; }
static int load(void *device, const void *s) { return vmem_load(&((struct device *)device)->chip, s); }

static const struct vdev_ops ops = {
	.create = create, .reset = restart, .describe = describe,
	.state_size = sizeof(struct vmem_state), .state = state, .load = load,
};

VDEV_MODULE("vmem", "extended and expanded memory for DOS (XMS, EMS)", &ops);
