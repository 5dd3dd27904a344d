/* The bus master half of a PCI IDE controller.
 *
 * Taken only as firmware left it: whoever set the drive's transfer mode has set the controller's
 * timing, too. A controller whose channels cannot work at once has it on the first one only.
 * Not done: channels in native mode; controllers behind a bridge.
 * Read: Intel, Programming Interface for Bus Master IDE Controller, revision 1.0, "Bus Master IDE
 * Register Description", "Operation"; PCI IDE Controller Specification, revision 1.0. */
#include "master.h"

#include <kern/irq.h>

static uint32_t config_read(uint32_t address)
{
	port_out32(PCI_ADDRESS, PCI_ENABLE | address);
	return port_in32(PCI_DATA);
}

/* The configuration address of an IDE controller; PCI_BUS_END: there is none, or no PCI. */
static uint32_t controller_find(void)
{
	uint32_t at = 0;

	port_out32(PCI_ADDRESS, PCI_ENABLE);
	if (port_in32(PCI_ADDRESS) != PCI_ENABLE)
		return PCI_BUS_END;
	while (at < PCI_BUS_END && config_read(at | PCI_CLASS) >> 16 != PCI_CLASS_IDE)
		at += PCI_FUNCTION_STEP;
	return at;
}

/* 0: none that can be used. */
static uint16_t registers_find(uint32_t at, uint32_t class)
{
	uint32_t base = config_read(at | PCI_BASE_4);

	if (!(class & PCI_IDE_MASTER) || !(base & PCI_BASE_IO))
		return 0;
	base &= PCI_BASE_IO_MASK;
	if (base)
		port_out32(PCI_DATA, ((config_read(at | PCI_COMMAND) & PCI_COMMAND_MASK) | PCI_COMMAND_IO | PCI_COMMAND_MASTER));
	return (uint16_t)base;
}

void master_find(struct master *primary, struct master *secondary)
{
	uint32_t at = controller_find(), class;
	uint16_t base;

	if (at == PCI_BUS_END)
		return;
	class = config_read(at | PCI_CLASS);
	base = registers_find(at, class);
	if (!base)
		return;
	if (!(class & PCI_IDE_NATIVE))
		primary->base = base;
	if (!(class & PCI_IDE_NATIVE << PCI_IDE_NATIVE_SHIFT) && !(port_in8(base + BM_STATUS) & BM_STATUS_SIMPLEX))
		secondary->base = base + BM_CHANNEL_STEP;
}

static void fill_table(struct bm_piece *piece, uint32_t at, uint32_t size)
{
	uint32_t part = BM_BOUNDARY - at % BM_BOUNDARY;

	if (part < size) {
		*piece++ = (struct bm_piece){ .address = at, .bytes = (uint16_t)part };
		at += part, size -= part;
	}
	*piece = (struct bm_piece){ .address = at, .bytes = (uint16_t)size, .flags = BM_PIECE_LAST };
}

void master_prepare(struct master *master, paddr_t at, uint32_t size, bool to_memory)
{
	fill_table(master->table, (uint32_t)at, size);
	port_out32(master->base + BM_TABLE, (uint32_t)virt_to_paddr(master->table));
	port_out8(master->base + BM_COMMAND, to_memory ? BM_COMMAND_TO_MEMORY : 0);
	/* A written 1 clears these; the bits that say what the drives can do keep their values. */
	port_out8(master->base + BM_STATUS,
		  port_in8(master->base + BM_STATUS) | BM_STATUS_INTERRUPT | BM_STATUS_ERROR);
}

void master_start(const struct master *master, bool to_memory)
{
	port_out8(master->base + BM_COMMAND, (to_memory ? BM_COMMAND_TO_MEMORY : 0) | BM_COMMAND_START);
}

bool master_busy(const struct master *master)
{
	return !(port_in8(master->base + BM_STATUS) & (BM_STATUS_INTERRUPT | BM_STATUS_ERROR));
}

bool master_stop(const struct master *master)
{
	uint8_t status = port_in8(master->base + BM_STATUS);

	port_out8(master->base + BM_COMMAND, 0);
	return (status & (BM_STATUS_ACTIVE | BM_STATUS_ERROR | BM_STATUS_INTERRUPT)) == BM_STATUS_INTERRUPT;
}
