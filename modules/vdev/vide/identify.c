/* What the drives say of themselves.
 *
 * Words 1, 3 and 6: the default translation; 16383 x 16 x 63 from ATA_CHS_MAX sectors on. Words 54-58: what
 * INITIALIZE DEVICE PARAMETERS made of it. No DMA mode is named anywhere: there is no bus master.
 *
 * Read: NCITS 361-2002 ATA/ATAPI-6, "IDENTIFY DEVICE", "IDENTIFY PACKET DEVICE"; ATA/ATAPI-5, annex
 * "Translate mode" for words 1, 3, 6, 54-58; X3.221-1994, "Identify drive" for words 4, 5,
 * 20-22 and 48: the BIOS of Bochs takes its sector size from word 5. */
#include <base/mem.h>

#include "inner.h"

enum { ECC_BYTES = 4, BYTE_MAX = 255, WORD_MAX = 65535 };

/* Two characters a word, the first in its high byte, padded with blanks. */
static void put_text(uint16_t *words, const char *text, unsigned size)
{
	size_t length = strlen(text);

	for (unsigned i = 0; i < size; i += 2) {
		uint8_t first = i < length ? (uint8_t)text[i] : ' ';
		uint8_t second = i + 1 < length ? (uint8_t)text[i + 1] : ' ';

		words[i / 2] = (uint16_t)(first << 8 | second);
	}
}

static void put_long(uint16_t *words, uint32_t value)
{
	words[0] = (uint16_t)value;
	words[1] = (uint16_t)(value >> 16);
}

static void put_common(uint16_t *words, const char *model, unsigned number)
{
	char serial[] = "POLY86-0";

	serial[sizeof serial - 2] = (char)('0' + number);
	memset(words, 0, ATA_ID_WORDS * sizeof *words);
	put_text(words + ATA_ID_SERIAL, serial, ATA_ID_SERIAL_SIZE);
	put_text(words + ATA_ID_FIRMWARE, "1.0", ATA_ID_FIRMWARE_SIZE);
	put_text(words + ATA_ID_MODEL, model, ATA_ID_MODEL_SIZE);
	words[ATA_ID_PIO] = ATA_ID_PIO_2;
	words[ATA_ID_PIO_MODES] = ATA_ID_PIO_3_4;
	words[ATA_ID_PIO_CYCLE] = words[ATA_ID_PIO_CYCLE_IORDY] = ATA_ID_PIO_4_NS;
	words[ATA_ID_COMMANDS2] = words[ATA_ID_COMMANDS3] = words[ATA_ID_ENABLED3] = ATA_ID_CMD2_VALID;
}

static void put_current(const struct vide_unit *unit, uint16_t *words)
{
	uint32_t track = (uint32_t)unit->current_heads * unit->current_sectors;
	uint32_t sectors = unit->sectors < ATA_CHS_MAX ? (uint32_t)unit->sectors : ATA_CHS_MAX;
	uint32_t cylinders = track ? sectors / track : 0;

	if (cylinders > WORD_MAX)
		cylinders = WORD_MAX;
	words[ATA_ID_CURRENT_CYLINDERS] = (uint16_t)cylinders;
	words[ATA_ID_CURRENT_HEADS] = unit->current_heads;
	words[ATA_ID_CURRENT_SECTORS] = unit->current_sectors;
	put_long(words + ATA_ID_CURRENT_CAPACITY, cylinders * track);
}

static void put_sectors(const struct vide_unit *unit, uint16_t *words)
{
	put_long(words + ATA_ID_LBA28,
		 unit->sectors < ATA_LBA28_MAX ? (uint32_t)unit->sectors : ATA_LBA28_MAX);
	put_long(words + ATA_ID_LBA48, (uint32_t)unit->sectors);
	put_long(words + ATA_ID_LBA48 + 2, (uint32_t)(unit->sectors >> 32));
}

void ata_identify(const struct vide_unit *unit, unsigned number, uint16_t *words)
{
	put_common(words, "POLY86 VIRTUAL DISK", number);
	words[ATA_ID_GENERAL] = ATA_ID_FIXED;
	words[ATA_ID_CYLINDERS] = unit->cylinders;
	words[ATA_ID_HEADS] = unit->heads;
	words[ATA_ID_SECTORS] = unit->sectors_per_track;
	words[ATA_ID_TRACK_BYTES] = (uint16_t)(unit->sectors_per_track * VIDE_SECTOR);
	words[ATA_ID_SECTOR_BYTES] = VIDE_SECTOR;
	words[ATA_ID_BUFFER_TYPE] = ATA_ID_BUFFER_CACHE;
	words[ATA_ID_BUFFER_SIZE] = VIDE_BUFFER_SECTORS;
	words[ATA_ID_ECC] = ECC_BYTES;
	words[ATA_ID_MULTIPLE_MAX] = ATA_ID_MULTIPLE_FIXED | VIDE_BUFFER_SECTORS;
	words[ATA_ID_DOUBLEWORD] = 1;
	words[ATA_ID_CAPABILITIES] = ATA_ID_CAP_LBA | ATA_ID_CAP_IORDY | ATA_ID_CAP_IORDY_OFF |
				     ATA_ID_CAP_STANDBY;
	words[ATA_ID_CAPABILITIES2] = ATA_ID_CMD2_VALID;
	words[ATA_ID_VALID] = ATA_ID_VALID_CURRENT | ATA_ID_VALID_PIO;
	put_current(unit, words);
	if (unit->multiple)
		words[ATA_ID_MULTIPLE] = ATA_ID_MULTIPLE_VALID | unit->multiple;
	put_sectors(unit, words);
	words[ATA_ID_MAJOR] = ATA_ID_MAJOR_1_TO_6;
	words[ATA_ID_COMMANDS] = ATA_ID_CMD_POWER | ATA_ID_CMD_WRITE_CACHE | ATA_ID_CMD_LOOK_AHEAD |
				 ATA_ID_CMD_WRITE_BUFFER | ATA_ID_CMD_READ_BUFFER | ATA_ID_CMD_NOP;
	words[ATA_ID_COMMANDS2] |= ATA_ID_CMD2_LBA48 | ATA_ID_CMD2_FLUSH | ATA_ID_CMD2_FLUSH_EXT;
	words[ATA_ID_ENABLED] = words[ATA_ID_COMMANDS];
	if (unit->no_write_cache)
		words[ATA_ID_ENABLED] &= (uint16_t)~ATA_ID_CMD_WRITE_CACHE;
	if (unit->no_look_ahead)
		words[ATA_ID_ENABLED] &= (uint16_t)~ATA_ID_CMD_LOOK_AHEAD;
	words[ATA_ID_ENABLED2] = words[ATA_ID_COMMANDS2] & (uint16_t)~ATA_ID_CMD2_VALID_MASK;
}

void atapi_identify(const struct vide_unit *unit, unsigned number, uint16_t *words)
{
	(void)unit;
	put_common(words, "POLY86 VIRTUAL CD-ROM", number);
	words[ATA_ID_GENERAL] = ATA_ID_PACKET_CD;
	words[ATA_ID_CAPABILITIES] = ATA_ID_CAP_LBA | ATA_ID_CAP_IORDY | ATA_ID_CAP_IORDY_OFF;
	words[ATA_ID_VALID] = ATA_ID_VALID_PIO;
	words[ATA_ID_MAJOR] = ATA_ID_MAJOR_4_TO_6;
	words[ATA_ID_COMMANDS] = words[ATA_ID_ENABLED] =
		ATA_ID_CMD_POWER | ATA_ID_CMD_PACKET | ATA_ID_CMD_DEVICE_RESET | ATA_ID_CMD_NOP;
}
