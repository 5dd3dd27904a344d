/* The host's interrupt controllers: contract "intc" over the PC's two 8259A.
 *
 * Line n arrives at vector 20h + n; edge triggered but for what an ELCR says; an interrupt
 * is ended as soon as it was accepted, since handlers run with interrupts off.
 * Read: Intel, "8259A Programmable Interrupt Controller" (231468), "Operation Command Words",
 * "Spurious Interrupts" in the same. */
#include <hw/i8259.h>
#include <iface/host.h>
#include <kern/irq.h>
#include <kern/module.h>
#include <kern/task.h>

enum {
	VECTOR_BASE = 0x20, LINES_PER_CHIP = 8,
	ALL_MASKED = 0xFF,
};

static uint16_t masks = 0xFFFF;  /* as in the two chips' IMR */

static void write_mask(unsigned line)
{
	if (line < LINES_PER_CHIP)
		port_out8(I8259_MASTER_PORT + I8259_A0, (uint8_t)masks);
	else
		port_out8(I8259_SLAVE_PORT + I8259_A0, (uint8_t)(masks >> LINES_PER_CHIP));
}

static void mask(void *instance, unsigned line)
{
	(void)instance;
	masks |= 1u << line;
	write_mask(line);
}

static void unmask(void *instance, unsigned line)
{
	(void)instance;
	masks &= ~(1u << line);
	write_mask(line);
}

static uint8_t in_service(uint16_t port)
{
	port_out8(port, I8259_OCW3 | I8259_OCW3_RR | I8259_OCW3_RIS);
	return port_in8(port);
}

/* A request that went away before it was acknowledged arrives as line 7 (or 15, after which
 * the master still waits for its end of interrupt). */
static bool accept(void *instance, unsigned line)
{
	bool genuine = true;

	(void)instance;
	if (line % LINES_PER_CHIP == I8259_SPURIOUS)
		genuine = in_service(line < LINES_PER_CHIP ? I8259_MASTER_PORT : I8259_SLAVE_PORT) &
			  1u << I8259_SPURIOUS;
	if (line >= LINES_PER_CHIP && genuine)
		port_out8(I8259_SLAVE_PORT, I8259_OCW2_EOI);
	if (line >= LINES_PER_CHIP || genuine)
		port_out8(I8259_MASTER_PORT, I8259_OCW2_EOI);
	return genuine;
}

static void chip_init(uint16_t port, uint8_t vector, uint8_t cascade)
{
	port_out8(port, I8259_ICW1 | I8259_ICW1_IC4);
	port_out8(port + I8259_A0, vector);
	port_out8(port + I8259_A0, cascade);
	port_out8(port + I8259_A0, I8259_ICW4_UPM);
	port_out8(port + I8259_A0, ALL_MASKED);
}

static const struct intc_host_ops ops = { mask, unmask, accept };

static int start(struct module *self)
{
	uint32_t flags = lock_irq();

	chip_init(I8259_MASTER_PORT, VECTOR_BASE, 1u << I8259_CASCADE);
	chip_init(I8259_SLAVE_PORT, VECTOR_BASE + LINES_PER_CHIP, I8259_CASCADE);
	unmask(NULL, I8259_CASCADE);
	unlock_irq(flags);
	return offer_add(self, INTC_ROLE, "i8259", INTC_VERSION, &ops, NULL);
}

MODULE(.name = "i8259", .summary = "interrupt controllers of the PC (8259A)", .start = start);
