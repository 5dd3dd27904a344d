/* Port access for the boot path. */
#ifndef BOOT_IO_H
#define BOOT_IO_H

#include <abi/progress.h>
#include <hw/i8259.h>
#include <stdint.h>

static inline void port_out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t port_in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint16_t port_in16(uint16_t port)
{
	uint16_t value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* Memory at a fixed address. Opaque to the compiler, which otherwise takes every low address
 * for a null pointer gone astray. */
static inline void *memory_at(uintptr_t address)
{
	__asm__("" : "+r"(address));
	return (void *)address;
}

/* Masks every line at both interrupt controllers. The kernel opens its interrupts before a
 * driver has given the lines other vectors, and the BIOS's timer is on vector 8: to a
 * processor in protected mode, a double fault. */
static inline void interrupts_mask(void)
{
	port_out8(I8259_MASTER_PORT + I8259_A0, 0xFF);
	port_out8(I8259_SLAVE_PORT + I8259_A0, 0xFF);
}

static inline void progress(uint8_t code)
{
	port_out8(PROGRESS_PORT, code);
}

#endif
