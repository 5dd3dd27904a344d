/* What a PC/AT keeps in the memory of its clock: the set-up program's part.
 *
 * Read: IBM, "Personal Computer AT Technical Reference", "Real-Time Clock/CMOS RAM Information".
 * The bytes above 16 MB (34h, 35h) are a custom of later BIOSes. */
#include "vrtc.h"

#include "cmos.h"

enum {
	KB_MOST = 0xFFFF,
	KB_BELOW_16M = 15 * 1024,        /* between 1 MB and 16 MB */
	BLOCK_KB = 64,
	DISK_NIBBLE_MOST = 14,           /* larger types stand in a byte of their own */
	KB_WITH_SECOND_128K = 640,
};

uint16_t vrtc_checksum(const struct vrtc *chip)
{
	uint16_t sum = 0;

	for (unsigned i = CMOS_SUMMED_FIRST; i <= CMOS_SUMMED_LAST; i++)
		sum += chip->s.byte[i];
	return sum;
}

void vrtc_mend_checksum(struct vrtc *chip)
{
	uint16_t sum = vrtc_checksum(chip);

	chip->s.byte[CMOS_SUM] = (uint8_t)(sum >> 8);
	chip->s.byte[CMOS_SUM + 1] = (uint8_t)sum;
}

void vrtc_poke(struct vrtc *chip, unsigned address, uint8_t value)
{
	if (address < MC146818_RAM || address >= MC146818_BYTES)
		return;
	chip->s.byte[address] = value;
	vrtc_mend_checksum(chip);
}

static void put_word(struct vrtc *chip, unsigned address, uint32_t value, uint32_t most)
{
	if (value > most)
		value = most;
	chip->s.byte[address] = (uint8_t)value;
	chip->s.byte[address + 1] = (uint8_t)(value >> 8);
}

static uint8_t disk_nibble(uint8_t type)
{
	return type > DISK_NIBBLE_MOST ? CMOS_DISK_EXTENDED : type;
}

static uint8_t equipment(const struct vrtc_config *config)
{
	unsigned floppies = !!config->floppy[0] + !!config->floppy[1];
	uint8_t byte = (uint8_t)(config->display << CMOS_EQUIPMENT_DISPLAY_SHIFT);

	if (floppies)
		byte |= CMOS_EQUIPMENT_FLOPPY | (floppies - 1) << CMOS_EQUIPMENT_FLOPPIES_SHIFT;
	if (config->fpu)
		byte |= CMOS_EQUIPMENT_FPU;
	return byte;
}

void cmos_fill(struct vrtc *chip, const struct vrtc_config *config)
{
	uint8_t *byte = chip->s.byte;
	uint32_t extended = config->extended_kb;

	byte[CMOS_FLOPPY] = (uint8_t)(config->floppy[0] << 4 | config->floppy[1]);
	byte[CMOS_DISK] = (uint8_t)(disk_nibble(config->disk[0]) << 4 | disk_nibble(config->disk[1]));
	byte[CMOS_DISK_0_TYPE] = config->disk[0] > DISK_NIBBLE_MOST ? config->disk[0] : 0;
	byte[CMOS_DISK_1_TYPE] = config->disk[1] > DISK_NIBBLE_MOST ? config->disk[1] : 0;
	byte[CMOS_EQUIPMENT] = equipment(config);
	put_word(chip, CMOS_BASE_KB, config->base_kb, KB_MOST);
	put_word(chip, CMOS_EXTENDED_KB, extended, KB_MOST);
	put_word(chip, CMOS_EXTENDED_FOUND_KB, extended, KB_MOST);
	if (config->base_kb >= KB_WITH_SECOND_128K)
		byte[CMOS_INFORMATION] = CMOS_INFORMATION_128K;
	if (config->a20)
		byte[CMOS_INFORMATION] |= CMOS_INFORMATION_A20;
	if (extended > KB_BELOW_16M)
		put_word(chip, CMOS_ABOVE_16M, (extended - KB_BELOW_16M) / BLOCK_KB, KB_MOST);
	vrtc_mend_checksum(chip);
}
