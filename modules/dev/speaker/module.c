/* The PC's speaker: contract "speaker" over counter 2 of the 8254 and bits 0 and 1 of port 61h.
 *
 * A tone is counter 2 in mode 3 with its gate open. To move the cone directly the gate is shut, which
 * holds OUT 2 high, so that bit 1 alone decides. The other bits of port 61h are left as they are.
 * Read: IBM, "Personal Computer AT Technical Reference", "Speaker"; Intel, "8254 Programmable Interval
 * Timer" (231164), "Mode 3: Square Wave Mode". */
#include <hw/i8254.h>
#include <hw/sysctl.h>
#include <iface/speaker.h>
#include <kern/irq.h>
#include <kern/lock.h>
#include <kern/module.h>

enum { COUNTER = 2, CONTROL_COUNTER2_MODE3 = 0xB6, COUNT_MIN = 2, COUNT_MAX = 0x10000,
       BITS = SYSCTL_B_GATE2 | SYSCTL_B_SPEAKER,
       KEPT = SYSCTL_B_NO_PARITY | SYSCTL_B_NO_IOCHK };

static uint32_t programmed;              /* the count in counter 2; 0: none */

static void set_bits(uint8_t bits)
{
	port_out8(SYSCTL_B_PORT, (port_in8(SYSCTL_B_PORT) & KEPT) | bits);
}

static void program(uint32_t count)
{
	programmed = count;
	port_out8(I8254_PORT + I8254_CONTROL, CONTROL_COUNTER2_MODE3);
	port_out8(I8254_PORT + COUNTER, (uint8_t)count);
	port_out8(I8254_PORT + COUNTER, (uint8_t)(count >> 8));
}

static void drive(void *speaker, uint32_t count, bool on)
{
	uint32_t flags = lock_irq();

	(void)speaker;
	if (count > COUNT_MAX)
		count = COUNT_MAX;
	if (count >= COUNT_MIN && count != programmed)
		program(count);
	if (count >= COUNT_MIN)
		set_bits(on ? BITS : SYSCTL_B_GATE2);
	else
		set_bits(on ? SYSCTL_B_SPEAKER : 0);
	unlock_irq(flags);
}

static const struct speaker_ops ops = { drive };

static int start(struct module *self)
{
	uint32_t flags = lock_irq();

	set_bits(0);
	program(COUNT_MAX);      /* whatever the BIOS left there: mode 3, so that OUT 2 is high */
	unlock_irq(flags);
	return offer_add(self, SPEAKER_ROLE, "speaker", SPEAKER_VERSION, &ops, NULL);
}

static void stop(struct module *self)
{
	(void)self;
	drive(NULL, 0, false);
}

static bool wants_to_go(struct module *self)
{
	(void)self;
	return true;
}

MODULE(.name = "speaker", .summary = "speaker of the PC (8254 counter 2, port 61h)", .start = start,
       .stop = stop, .wants_to_go = wants_to_go);
