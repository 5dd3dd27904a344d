/* Address line 20, which IBM shut in the AT so that addresses wrap at 1 MB as on the 8088.
 *
 * Three ways to open it, the politest first, each believed only when memory at 1 MB no
 * longer mirrors memory at 0. Chip sets may take a while: SETTLE_POLLS.
 *
 * To read: IBM PC AT Technical Reference (1984), "Keyboard Controller"; IBM PS/2 and PC BIOS
 * Interface Technical Reference, "INT 15h, (AH) = 24h"; IBM PS/2 Hardware Interface
 * Technical Reference, "System Control Port A". */
#include "bios.h"
#include "io.h"
#include "layout.h"

#include <hw/i8042.h>
#include <hw/sysctl.h>

enum {
	SETTLE_POLLS = 20000,      /* port reads of about 1 us */
	CONTROLLER_POLLS = 100000,
	A20_OUTPUT = 0xDF,         /* output port: A20 open, reset not asserted, as the AT's BIOS
	                              writes it */
	PULSE_NOTHING = 0xFF,
};

static bool is_open(void)
{
	volatile uint32_t *low = memory_at(LAYOUT_A20_SCRATCH);
	volatile uint32_t *high = memory_at(LAYOUT_A20_SCRATCH + 0x100000);
	uint32_t kept = *high, low_kept = *low;
	bool open;

	*low = ~kept;
	open = *high == kept;
	*low = low_kept;
	return open;
}

static bool settles_open(void)
{
	for (unsigned i = 0; i < SETTLE_POLLS; i++) {
		if (is_open())
			return true;
		port_in8(PROGRESS_PORT);
	}
	return false;
}

static bool controller_ready(void)
{
	for (unsigned i = 0; i < CONTROLLER_POLLS; i++)
		if (!(port_in8(I8042_BASE + I8042_STATUS) & I8042_STATUS_IBF))
			return true;
	return false;
}

static void by_bios(void)
{
	bios_call(&(struct bios_regs) { .eax = 0x2401 }, 0x15);
}

static void by_controller(void)
{
	if (!controller_ready())
		return;
	port_out8(I8042_BASE + I8042_COMMAND, I8042_CMD_WRITE_OUTPUT_PORT);
	if (!controller_ready())
		return;
	port_out8(I8042_BASE + I8042_DATA, A20_OUTPUT);
	if (!controller_ready())
		return;
	port_out8(I8042_BASE + I8042_COMMAND, PULSE_NOTHING);
	controller_ready();
}

static void by_port_a(void)
{
	uint8_t value = port_in8(SYSCTL_A_PORT);

	port_out8(SYSCTL_A_PORT, (value | SYSCTL_A_A20) & ~SYSCTL_A_RESET);
}

bool a20_open(void)
{
	void (*const ways[])(void) = { by_bios, by_controller, by_port_a };

	if (is_open())
		return true;
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		ways[i]();
		if (settles_open())
			return true;
	}
	return false;
}
