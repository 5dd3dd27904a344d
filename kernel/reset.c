/* Leaving: reboot and halt. */
#include <kern/irq.h>
#include <kern/log.h>
#include <kern/task.h>

enum { I8042_STATUS = 0x64, I8042_INPUT_FULL = 2, I8042_PULSE_RESET = 0xFE };

/* By the keyboard controller, as every PC/AT can; should that not work, by a triple fault. */
void system_reboot(void)
{
	static const struct { uint16_t limit; uint32_t base; } __attribute__((packed)) no_idt = { 0, 0 };

	lock_irq();
	for (unsigned i = 0; i < 100000 && (port_in8(I8042_STATUS) & I8042_INPUT_FULL); i++)
		;
	port_out8(I8042_STATUS, I8042_PULSE_RESET);
	for (volatile unsigned i = 0; i < 10000000; i++)
		;
	__asm__ volatile("lidt %0; int3" : : "m"(no_idt));
	for (;;)
		__asm__ volatile("hlt");
}

void system_halt(void)
{
	lock_irq();
	for (;;)
		__asm__ volatile("hlt");
}
