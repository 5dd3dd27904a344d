/* The machine's DMA controllers at 00h and C0h, the page registers at 80h; devices find their
 * channels under the role "dma". Memory is the machine's, whatever the A20 gate says. */
#include <base/mem.h>
#include <iface/vdev_module.h>
#include "vdma.h"

struct device {
	struct vdma chip;
	struct machine *m;
};

static uint8_t first_in(void *chip, unsigned reg) { return vdma_in(chip, VDMA_FIRST, reg); }
static void first_out(void *chip, unsigned reg, uint8_t v) { vdma_out(chip, VDMA_FIRST, reg, v); }

/* A0 is not decoded. */
static uint8_t second_in(void *chip, unsigned reg)
{
	return vdma_in(chip, VDMA_SECOND, reg >> I8237_SECOND_SHIFT);
}

static void second_out(void *chip, unsigned reg, uint8_t v)
{
	vdma_out(chip, VDMA_SECOND, reg >> I8237_SECOND_SHIFT, v);
}

static uint8_t page_in(void *chip, unsigned reg) { return vdma_page_in(chip, reg); }
static void page_out(void *chip, unsigned reg, uint8_t v) { vdma_page_out(chip, reg, v); }

static void memory_read(void *m, uint32_t address, void *to, unsigned size)
{
	if (machine_read_physical(m, address, to, size) != E_OK)
		memset(to, 0xFF, size);
}

/* Where there is no memory the data are lost, as on a PC. */
static void memory_write(void *m, uint32_t address, const void *from, unsigned size)
{
	(void)!machine_write_physical(m, address, from, size);
}

static int attach(void *dma, unsigned channel, const struct dma_device *device)
{
	return vdma_attach(dma, channel, device);
}

static void request(void *dma, unsigned channel, bool level) { vdma_request(dma, channel, level); }
static bool ready(void *dma, unsigned channel) { return vdma_ready(dma, channel); }

static const struct port_ops first_ports = { .in = first_in, .out = first_out };
static const struct port_ops second_ports = { .in = second_in, .out = second_out };
static const struct port_ops page_ports = { .in = page_in, .out = page_out };
static const struct dma_ops dma_ops = { attach, request, ready };

static int create(struct machine *m, const char *args, void **device)
{
	struct device *d = mem_alloc(machine_account(m), sizeof *d);
	int err;

	(void)args;
	if (!d)
		return E_NO_MEMORY;
	d->m = m;
	d->chip.memory = (struct vdma_memory){ memory_read, memory_write, m };
	err = machine_claim_ports(m, I8237_FIRST_PORT, I8237_REGISTERS, "vdma", &first_ports, &d->chip);
	if (!err)
		err = machine_claim_ports(m, I8237_SECOND_PORT, I8237_REGISTERS << I8237_SECOND_SHIFT, "vdma",
					  &second_ports, &d->chip);
	if (!err)
		err = machine_claim_ports(m, I8237_PAGE_PORT, I8237_PAGES, "vdma", &page_ports, &d->chip);
	if (!err)
		err = machine_provide(m, DMA_ROLE, &dma_ops, &d->chip);
	*device = d;
	return err;
}

static void reset(void *device) { vdma_reset(&((struct device *)device)->chip); }
static void describe(void *device, struct fmt_sink *out) { vdma_describe(&((struct device *)device)->chip, out); }
static const void *state(void *device) { return &((struct device *)device)->chip.s; }
static int load(void *device, const void *s) { return vdma_load(&((struct device *)device)->chip, s); }

static const struct vdev_ops ops = {
	.create = create, .reset = reset, .describe = describe,
	.state_size = sizeof(struct vdma_state), .state = state, .load = load,
};

VDEV_MODULE("vdma", "virtual DMA controllers (two 8237A)", &ops);
