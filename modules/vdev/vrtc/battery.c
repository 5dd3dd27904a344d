/* What the battery keeps of the clock chip while its machine is off: the memory, the alarm, rates and
 * modes. The time goes on by the host's clock. A checksum of 10h-2Dh that was wrong stays wrong, so that
 * the BIOS finds what its guest left.
 *
 * Read: Motorola, MC146818 data sheet, "Power-Down/Power-Up", "Register B" (RESET clears PIE, AIE, UIE and
 * SQWE); IBM, "Personal Computer AT Technical Reference", "Real-Time Clock/CMOS RAM Information". */
#include "battery.h"

#include <base/mem.h>
#include "cmos.h"

enum { B_KEPT = MC146818_B_DM | MC146818_B_24 | MC146818_B_DSE, FNV_START = 0x811C9DC5, FNV_PRIME = 0x01000193 };

static const uint8_t magic[4] = { 'C', 'M', 'O', 'S' };

static bool is_time(unsigned address)
{
	return address == MC146818_SECONDS || address == MC146818_MINUTES || address == MC146818_HOURS ||
	       (address >= MC146818_DAY_OF_WEEK && address <= MC146818_YEAR) || address == CMOS_CENTURY;
}

/* Found anew at each power-on, by the machine's configuration or by POST. */
static bool is_found(unsigned address)
{
	return is_time(address) || (address >= MC146818_A && address <= CMOS_FLOPPY) || address == CMOS_DISK ||
	       (address >= CMOS_EQUIPMENT && address <= CMOS_DISK_1_TYPE) ||
	       (address >= CMOS_SUM && address < CMOS_ABOVE_16M + 2);
}

static uint32_t sum_of(const struct vrtc_battery *battery)
{
	uint32_t sum = FNV_START;

	for (unsigned i = 0; i < MC146818_BYTES; i++)
		sum = (sum ^ battery->byte[i]) * FNV_PRIME;
	return sum;
}

void battery_take(const struct vrtc *chip, struct vrtc_battery *battery)
{
	memcpy(battery->magic, magic, sizeof magic);
	memcpy(battery->byte, chip->s.byte, sizeof battery->byte);
	for (unsigned i = 0; i < MC146818_BYTES; i++)
		if (is_time(i))
			battery->byte[i] = 0;
	battery->byte[MC146818_B] &= B_KEPT;
	battery->byte[MC146818_C] = 0;
	battery->sum = sum_of(battery);
}

int battery_give(struct vrtc *chip, const struct vrtc_battery *battery, const struct vrtc_config *config)
{
	uint8_t *byte = chip->s.byte;
	bool right;

	if (memcmp(battery->magic, magic, sizeof magic) || battery->sum != sum_of(battery))
		return E_DAMAGED;
	for (unsigned i = 0; i < MC146818_BYTES; i++)
		if (!is_time(i) && i != MC146818_C && i != MC146818_D)
			byte[i] = battery->byte[i];
	byte[MC146818_A] &= (uint8_t)~MC146818_A_UIP;
	right = vrtc_checksum(chip) == (byte[CMOS_SUM] << 8 | byte[CMOS_SUM + 1]);
	byte[CMOS_INFORMATION] = 0;
	cmos_fill(chip, config);
	if (!right)
		memcpy(byte + CMOS_SUM, battery->byte + CMOS_SUM, 2);
	return E_OK;
}

bool battery_differs(const struct vrtc_battery *a, const struct vrtc_battery *b)
{
	for (unsigned i = 0; i < MC146818_BYTES; i++)
		if (!is_found(i) && a->byte[i] != b->byte[i])
			return true;
	return (a->byte[MC146818_B] ^ b->byte[MC146818_B]) & B_KEPT;
}
