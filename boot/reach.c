/* Looks for the boot volume through the ATA ports, as the kernel's driver will.
 *
 * The BIOS does not say what is behind its drive numbers, but the volume is known when one
 * sees it: the superblock in use, with its random id and generation, is read with PIO from
 * each of the up to four disks and compared whole. No port is written where nothing answers
 * (a floating bus reads FFh); the sector registers must keep what is written to them
 * before any command is given; every wait has an end.
 *
 * Not known here: controllers in PCI native mode or AHCI. Their disks count as out of reach,
 * and the volume comes along in memory.
 *
 * To read: ANSI X3.221-1994, AT Attachment Interface for Disk Drives, "Interface Register
 * Definitions and Descriptions", "IDENTIFY DRIVE" and "READ SECTOR(S)". */
#include "reach.h"

#include <base/mem.h>
#include <stddef.h>
#include <stdint.h>
#include "io.h"

enum {
	/* Offsets from the channel's command block. */
	ATA_DATA = 0, ATA_SECTOR_COUNT = 2, ATA_SECTOR = 3, ATA_CYLINDER_LOW = 4,
	ATA_CYLINDER_HIGH = 5, ATA_DRIVE_HEAD = 6, ATA_COMMAND = 7, ATA_STATUS = 7,
	ATA_CONTROL = 0x206,            /* read: alternate status */

	ATA_STATUS_BSY = 0x80, ATA_STATUS_DF = 0x20, ATA_STATUS_DRQ = 0x08,
	ATA_STATUS_ERR = 0x01,
	ATA_FLOATING = 0x7F,            /* FFh, or with a pull-down on bit 7 */
	ATA_DRIVE_FIXED = 0xA0, ATA_DRIVE_LBA = 0x40, ATA_DRIVE_1 = 0x10,
	ATA_CONTROL_NIEN = 0x02,
	ATA_IDENTIFY = 0xEC, ATA_READ_SECTORS = 0x20,

	/* Words of IDENTIFY DRIVE. */
	ID_HEADS = 3, ID_TRACK_SECTORS = 6, ID_CAPABILITIES = 49, ID_CAPABILITY_LBA = 0x200,

	SECTOR_WORDS = 256,
	SELECT_POLLS = 100000,          /* port reads of about 1 us */
	COMMAND_POLLS = 1000000,
};

static bool not_busy(uint16_t base, unsigned polls)
{
	while (polls--)
		if (!(port_in8(base + ATA_CONTROL) & ATA_STATUS_BSY))
			return true;
	return false;
}

/* Is there something at the drive that was selected? */
static bool drive_select(uint16_t base, uint8_t drive_head)
{
	if ((port_in8(base + ATA_STATUS) & ATA_FLOATING) == ATA_FLOATING)
		return false;
	port_out8(base + ATA_DRIVE_HEAD, drive_head);
	for (unsigned i = 0; i < 4; i++) /* 400 ns until the status is that drive's */
		port_in8(base + ATA_CONTROL);
	if (!not_busy(base, SELECT_POLLS) || !port_in8(base + ATA_STATUS))
		return false;
	port_out8(base + ATA_SECTOR_COUNT, 0x55);
	port_out8(base + ATA_SECTOR, 0xAA);
	return port_in8(base + ATA_SECTOR_COUNT) == 0x55 && port_in8(base + ATA_SECTOR) == 0xAA;
}

/* Gives a command that answers with one sector of data. */
static bool data_in(uint16_t base, uint8_t command, uint16_t *data)
{
	uint8_t status;

	port_out8(base + ATA_COMMAND, command);
	for (unsigned i = 0; i < 4; i++)
		port_in8(base + ATA_CONTROL);
	if (!not_busy(base, COMMAND_POLLS))
		return false;
	status = port_in8(base + ATA_STATUS); /* also takes back the interrupt request */
	if ((status & (ATA_STATUS_ERR | ATA_STATUS_DF)) || !(status & ATA_STATUS_DRQ))
		return false;
	for (unsigned i = 0; i < SECTOR_WORDS; i++)
		data[i] = port_in16(base + ATA_DATA);
	return true;
}

static bool sector_read(uint16_t base, uint8_t drive_head, uint32_t sector, uint16_t *data)
{
	uint32_t heads, track_sectors, track, cylinder;

	if (!drive_select(base, drive_head) || !data_in(base, ATA_IDENTIFY, data))
		return false;
	heads = data[ID_HEADS];
	track_sectors = data[ID_TRACK_SECTORS];
	port_out8(base + ATA_SECTOR_COUNT, 1);
	if (data[ID_CAPABILITIES] & ID_CAPABILITY_LBA) {
		port_out8(base + ATA_SECTOR, (uint8_t)sector);
		port_out8(base + ATA_CYLINDER_LOW, (uint8_t)(sector >> 8));
		port_out8(base + ATA_CYLINDER_HIGH, (uint8_t)(sector >> 16));
		port_out8(base + ATA_DRIVE_HEAD, drive_head | ATA_DRIVE_LBA);
		return data_in(base, ATA_READ_SECTORS, data);
	}
	if (!heads || !track_sectors)
		return false;
	track = sector / track_sectors;
	cylinder = track / heads;
	port_out8(base + ATA_SECTOR, (uint8_t)(sector % track_sectors + 1));
	port_out8(base + ATA_CYLINDER_LOW, (uint8_t)cylinder);
	port_out8(base + ATA_CYLINDER_HIGH, (uint8_t)(cylinder >> 8));
	port_out8(base + ATA_DRIVE_HEAD, drive_head | (uint8_t)(track % heads));
	return data_in(base, ATA_READ_SECTORS, data);
}

bool reach_by_ata(const struct polyfs_super *super)
{
	static const uint16_t channels[] = { 0x1F0, 0x170 };
	static uint16_t data[SECTOR_WORDS];
	uint32_t sector = super->generation & 1 ? POLYFS_SUPER_SECTOR_1 : POLYFS_SUPER_SECTOR_0;
	bool found = false;

	for (unsigned i = 0; i < sizeof(channels) / sizeof(channels[0]) && !found; i++) {
		uint16_t base = channels[i];

		if ((port_in8(base + ATA_STATUS) & ATA_FLOATING) == ATA_FLOATING)
			continue;
		port_out8(base + ATA_CONTROL, ATA_CONTROL_NIEN);
		for (unsigned drive = 0; drive < 2 && !found; drive++)
			found = sector_read(base, drive ? ATA_DRIVE_FIXED | ATA_DRIVE_1 :
					    ATA_DRIVE_FIXED, sector, data) &&
				!memcmp(data, super, sizeof(*super));
		port_out8(base + ATA_DRIVE_HEAD, ATA_DRIVE_FIXED);
		port_out8(base + ATA_CONTROL, 0);
	}
	return found;
}
