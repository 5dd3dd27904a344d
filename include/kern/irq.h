/* Host interrupts for drivers. Lines are numbered 0-15 as on the PC/AT. */
#ifndef KERN_IRQ_H
#define KERN_IRQ_H

#include <base/error.h>
#include <kern/types.h>

/* Handlers run with interrupts off, at once, and are short. Returns whether the device had
 * asked. */
struct irq_handler {
	bool (*handle)(void *ctx);
	void *ctx;
	const char *name;
	struct irq_handler *next;   /* lines can be shared; owned by the kernel while attached */
	uint32_t count;
};

CHECK int irq_attach(unsigned line, struct irq_handler *handler); /* E_RANGE */
void irq_detach(unsigned line, struct irq_handler *handler);

struct irq_view {
	unsigned line;
	const char *name;
	uint32_t count;
};
void irq_each(void (*each)(void *ctx, const struct irq_view *view), void *ctx);

static inline uint8_t port_in8(uint16_t port)
{
	uint8_t v;
	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline uint16_t port_in16(uint16_t port)
{
	uint16_t v;
	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline uint32_t port_in32(uint16_t port)
{
	uint32_t v;
	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void port_out8(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline void port_out16(uint16_t port, uint16_t v)
{
	__asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

static inline void port_out32(uint16_t port, uint32_t v)
{
	__asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

#endif
