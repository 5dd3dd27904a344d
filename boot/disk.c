/* The boot medium through INT 13h: whole tracks at a time, a dozen of them kept.
 *
 * On a floppy a track costs one revolution (200 ms) however much of it is wanted, so the unit
 * of reading is the track; with sector numbers it is 32 KB. Reads of a few sectors that
 * jump between directory and data then cost nothing. When a unit cannot be read as a
 * whole, just the sectors that were asked for are tried: the bad one may be another.
 *
 * To read: Phoenix, BIOS Enhanced Disk Drive Specification 1.1; IBM PC AT Technical Reference
 * (1984), BIOS listings of DISKETTE_IO and DISK_IO. */
#include "disk.h"

#include <base/mem.h>
#include "bios.h"
#include "io.h"

enum {
	TRIES = 5,
	FLOPPY_LAST = 0x7F,
	FDC_DOR = 0x3F2,
	FDC_DOR_MOTORS_OFF = 0x0C,      /* DMA and interrupts enabled, not reset */
	INT13_RESET = 0x0000,
	INT13_READ = 0x0200,
	INT13_GEOMETRY = 0x0800,
	INT13_EXTENSIONS = 0x4100,
	INT13_READ_LBA = 0x4200,
	EXTENSIONS_ASK = 0x55AA,
	EXTENSIONS_ANSWER = 0xAA55,
	EXTENSIONS_PACKET = 1,          /* AH=42h to 44h, 47h and 48h are there */
	CYLINDER_MAX = 1023,
	TRACK_SECTORS_MAX = 63,
	ERROR_NOT_ADDRESSABLE = 0x04,   /* "sector not found" */
};

struct packet {
	uint8_t size, reserved;
	uint16_t count, offset, segment;
	uint64_t sector;
};

static uint8_t *buffer_memory(unsigned index)
{
	return (uint8_t *)memory_at(LAYOUT_BUFFERS) + index * LAYOUT_BUFFER_SIZE;
}

static void reset(struct disk *disk)
{
	bios_call(&(struct bios_regs) { .eax = INT13_RESET, .edx = disk->drive }, 0x13);
}

static bool has_extensions(uint8_t drive)
{
	struct bios_regs regs = {
		.eax = INT13_EXTENSIONS, .ebx = EXTENSIONS_ASK, .edx = drive,
	};

	if (drive <= FLOPPY_LAST)
		return false;
	bios_call(&regs, 0x13);
	return !(regs.flags & BIOS_CARRY) && (regs.ebx & 0xFFFF) == EXTENSIONS_ANSWER &&
	       (regs.ecx & EXTENSIONS_PACKET);
}

int disk_open(struct disk *disk, uint8_t drive, uint32_t heads, uint32_t track_sectors,
	      uint64_t sectors)
{
	struct bios_regs regs = { .eax = INT13_GEOMETRY, .edx = drive };

	*disk = (struct disk) {
		.drive = drive, .lba = has_extensions(drive), .heads = heads,
		.track_sectors = track_sectors, .sectors = sectors,
	};
	if (disk->lba || (heads && track_sectors && track_sectors <= TRACK_SECTORS_MAX))
		return 0;
	bios_call(&regs, 0x13);
	disk->track_sectors = regs.ecx & TRACK_SECTORS_MAX;
	disk->heads = (regs.edx >> 8 & 0xFF) + 1;
	if (!(regs.flags & BIOS_CARRY) && disk->track_sectors)
		return 0;
	disk->error_code = (uint8_t)(regs.eax >> 8);
	return E_IO;
}

static void packet_read(struct disk *disk, uint64_t sector, uint32_t count, uintptr_t to,
			struct bios_regs *regs)
{
	static struct packet packet;

	packet = (struct packet) {
		.size = sizeof(packet), .count = (uint16_t)count,
		.offset = (uint16_t)(to & 15), .segment = (uint16_t)(to >> 4), .sector = sector,
	};
	*regs = (struct bios_regs) {
		.eax = INT13_READ_LBA, .edx = disk->drive,
		.ds = (uintptr_t)&packet >> 4, .esi = (uintptr_t)&packet & 15,
	};
	bios_call(regs, 0x13);
}

static void chs_read(struct disk *disk, uint64_t sector, uint32_t count, uintptr_t to,
		     struct bios_regs *regs)
{
	uint32_t track = (uint32_t)(sector / disk->track_sectors);
	uint32_t in_track = (uint32_t)(sector % disk->track_sectors);
	uint32_t cylinder = track / disk->heads, head = track % disk->heads;

	*regs = (struct bios_regs) {
		.eax = INT13_READ | count,
		.ecx = (cylinder & 0xFF) << 8 | (cylinder >> 8 & 3) << 6 | (in_track + 1),
		.edx = head << 8 | disk->drive,
		.es = (uint16_t)(to >> 4), .ebx = (uint32_t)(to & 15),
	};
	if (cylinder > CYLINDER_MAX) {
		regs->flags = BIOS_CARRY;
		regs->eax = ERROR_NOT_ADDRESSABLE << 8;
		return;
	}
	bios_call(regs, 0x13);
}

/* Reads sectors of one track into low memory, with retries. */
static int unit_read(struct disk *disk, uint64_t sector, uint32_t count, void *to)
{
	for (unsigned i = 0; i < TRIES; i++) {
		struct bios_regs regs;

		if (i)
			reset(disk);
		if (disk->lba)
			packet_read(disk, sector, count, (uintptr_t)to, &regs);
		else
			chs_read(disk, sector, count, (uintptr_t)to, &regs);
		if (!(regs.flags & BIOS_CARRY))
			return 0;
		disk->error_code = (uint8_t)(regs.eax >> 8);
		disk->error_sector = sector;
	}
	return E_IO;
}

/* The unit around a sector. */
static void unit_find(const struct disk *disk, uint64_t sector, uint64_t *start, uint32_t *count)
{
	uint32_t size = disk->lba ? DISK_BUFFER_SECTORS : disk->track_sectors;

	*start = sector - sector % size;
	*count = size;
	if (disk->sectors > sector && *start + size > disk->sectors)
		*count = (uint32_t)(disk->sectors - *start);
}

static struct disk_buffer *buffer_find(struct disk *disk, uint64_t sector)
{
	for (unsigned i = 0; i < LAYOUT_BUFFER_COUNT; i++) {
		struct disk_buffer *buffer = &disk->buffers[i];

		if (sector - buffer->sector < buffer->count)
			return buffer;
	}
	return NULL;
}

static struct disk_buffer *buffer_oldest(struct disk *disk)
{
	struct disk_buffer *oldest = &disk->buffers[0];

	for (unsigned i = 1; i < LAYOUT_BUFFER_COUNT; i++)
		if (disk->buffers[i].used_at < oldest->used_at)
			oldest = &disk->buffers[i];
	return oldest;
}

/* Makes `sector` be in a buffer. */
static int buffer_get(struct disk *disk, uint64_t sector, struct disk_buffer **found)
{
	struct disk_buffer *buffer = buffer_find(disk, sector);
	uint8_t *memory;
	int status;

	if (!buffer) {
		buffer = buffer_oldest(disk);
		memory = buffer_memory((unsigned)(buffer - disk->buffers));
		unit_find(disk, sector, &buffer->sector, &buffer->count);
		status = unit_read(disk, buffer->sector, buffer->count, memory);
		if (status < 0) {
			buffer->sector = sector;
			buffer->count = 1;
			status = unit_read(disk, sector, 1, memory);
		}
		if (status < 0) {
			buffer->count = 0;
			return status;
		}
	}
	buffer->used_at = ++disk->reads;
	*found = buffer;
	return 0;
}

int disk_read(struct disk *disk, uint64_t sector, uint32_t count, void *buf)
{
	uint8_t *to = buf;

	while (count) {
		struct disk_buffer *buffer;
		uint32_t skip, n;
		int status = buffer_get(disk, sector, &buffer);

		if (status < 0)
			return status;
		skip = (uint32_t)(sector - buffer->sector);
		n = buffer->count - skip < count ? buffer->count - skip : count;
		memcpy(to, buffer_memory((unsigned)(buffer - disk->buffers)) +
		       skip * DISK_SECTOR, n * DISK_SECTOR);
		to += n * DISK_SECTOR;
		sector += n;
		count -= n;
	}
	return 0;
}

void disk_close(struct disk *disk)
{
	if (disk->drive <= FLOPPY_LAST)
		port_out8(FDC_DOR, FDC_DOR_MOTORS_OFF);
}
