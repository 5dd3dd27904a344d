/* The extended functions of INT 13h, AH = 41h to 49h: 64-bit sector numbers and removable disks.
 *
 * DIFFERS: the device parameter table extension (EDD 1.1's pointer in AH=48h's result) is not
 * there, and says so with FFFF:FFFF: it describes an adapter's ports, which these drives need not
 * have.
 *
 * Read: Phoenix, Enhanced Disk Drive Specification, version 1.1 (1995), "Extended INT 13h
 * functions", "Disk address packet"; version 3.0 for the 64-bit buffer address. */
#include <base/error.h>
#include <base/mem.h>

#include "int13.h"

#define EDD_VERSION 0x21             /* 1.1 */
#define EDD_QUESTION 0x55AA
#define EDD_ANSWER 0xAA55
#define EDD_MAX_COUNT 127            /* sectors in a packet */
#define FLAT_ADDRESS 0xFFFFFFFFu     /* as seg:off: the packet's last field is the address */

enum edd_subset { EDD_ACCESS = 1, EDD_LOCKING = 2 };

enum edd_information {
	EDD_CHS_VALID = 0x02, EDD_REMOVABLE = 0x04, EDD_CHANGE_LINE = 0x10, EDD_LOCKABLE = 0x20,
};

struct edd_packet {
	uint8_t size, reserved;
	uint16_t count;
	uint32_t buffer;             /* seg:off */
	uint32_t lba[2];
	uint32_t flat[2];
};
enum { PACKET_SIZE = 16, PACKET_SIZE_FLAT = 24, PACKET_COUNT = 2 };
_Static_assert(sizeof(struct edd_packet) == PACKET_SIZE_FLAT, "as guests lay it out");

struct edd_parameters {
	uint16_t size, information;
	uint32_t cylinders, heads, sectors_per_track;
	uint32_t sectors[2];
	uint16_t bytes_per_sector;
	uint16_t extension[2];
} __attribute__((packed));
enum { PARAMETERS_SIZE = 26 };
_Static_assert(sizeof(struct edd_parameters) == 30, "as guests lay it out");

static uint64_t pair(const uint32_t half[2])
{
	return (uint64_t)half[1] << 32 | half[0];
}

static struct vbios_drive *drive_of(struct vbios *bios, unsigned drive)
{
	return &bios->state.drives[drive_index(drive)];
}

/* Sectors of ours in one of the drive's. */
static unsigned parts_of(unsigned drive)
{
	return drive == VBIOS_CD ? CD_SECTOR_PARTS : 1;
}

static uint32_t packet_address(const struct vcpu_frame *in)
{
	return guest_linear(in->ds, in->esi);
}

static int medium_check(struct vbios *bios, unsigned drive)
{
	uint8_t *changed = &bios->state.changed[drive_index(drive)];

	if (!(drive_of(bios, drive)->flags & VBIOS_MEDIUM))
		return INT13_NO_MEDIUM;
	if (*changed) {
		*changed = 0;
		return INT13_CHANGED;
	}
	return INT13_OK;
}

/* 42h, 43h, 44h and 47h have their packet in common. */
static int packet_read(struct vbios *bios, unsigned drive, struct edd_packet *packet)
{
	uint32_t at = packet_address(&bios->state.request.regs);
	uint64_t sectors = drive_of(bios, drive)->sectors / parts_of(drive);
	int status;

	guest_read(bios, at, packet, PACKET_SIZE);
	if (packet->size < PACKET_SIZE || packet->count > EDD_MAX_COUNT)
		return INT13_BAD_COMMAND;
	if (packet->buffer == FLAT_ADDRESS && packet->size >= PACKET_SIZE_FLAT)
		guest_read(bios, at + PACKET_SIZE, packet->flat, sizeof packet->flat);
	status = medium_check(bios, drive);
	if (status != INT13_OK)
		return status;
	if (pair(packet->lba) >= sectors || packet->count > sectors - pair(packet->lba))
		return INT13_NOT_FOUND;
	return INT13_OK;
}

static int extended_transfer(struct vbios *bios, unsigned drive, enum vbios_op op)
{
	struct vbios_request *request;
	struct edd_packet packet;
	int status = packet_read(bios, drive, &packet);

	if (status != INT13_OK)
		return status;
	if (op == VBIOS_OP_WRITE && (drive_of(bios, drive)->flags & VBIOS_READ_ONLY))
		return INT13_WRITE_PROTECTED;
	request = request_start(bios, drive, op, pair(packet.lba) * parts_of(drive),
				packet.count * parts_of(drive));
	request->extended = 1;
	if (packet.buffer == FLAT_ADDRESS && packet.size >= PACKET_SIZE_FLAT)
		request->address = pair(packet.flat);
	else
		request->address = guest_linear(packet.buffer >> 16, packet.buffer);
	return INT13_PENDING;
}

/* The packet's count becomes the number of sectors that were moved. */
void edd_finish(struct vbios *bios)
{
	struct vbios_request *request = &bios->state.request;
	uint16_t done = (uint16_t)(request->done / parts_of(request->drive));

	guest_write(bios, packet_address(&request->regs) + PACKET_COUNT, &done, sizeof done);
}

static int extended_read(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	(void)regs;
	return extended_transfer(bios, drive, VBIOS_OP_READ);
}

static int extended_write(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	enum { WITH_VERIFY = 2 };    /* a write that came back is a write that is there */

	if (low(regs->eax) > WITH_VERIFY)
		return INT13_BAD_COMMAND;
	return extended_transfer(bios, drive, VBIOS_OP_WRITE);
}

static int extended_verify(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	(void)regs;
	return extended_transfer(bios, drive, VBIOS_OP_VERIFY);
}

static int extended_seek(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	struct edd_packet packet;

	(void)regs;
	return packet_read(bios, drive, &packet);
}

static int installation_check(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	bool removable = drive_of(bios, drive)->flags & VBIOS_REMOVABLE;

	if ((regs->ebx & 0xFFFF) != EDD_QUESTION)
		return INT13_BAD_COMMAND;
	set_word(&regs->ebx, EDD_ANSWER);
	set_word(&regs->ecx, EDD_ACCESS | (removable ? EDD_LOCKING : 0));
	set_high(&regs->eax, EDD_VERSION);
	set_flag(regs, X86_CF, false);
	return INT13_RAW;
}

static int lock(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	enum { LOCK, UNLOCK, LOCK_STATUS };
	uint8_t *locked = &bios->state.locked[drive_index(drive)];

	if (!(drive_of(bios, drive)->flags & VBIOS_REMOVABLE))
		return INT13_NOT_REMOVABLE;
	switch (low(regs->eax)) {
	case LOCK:
		*locked = 1;
		break;
	case UNLOCK:
		if (!*locked)
			return INT13_NOT_LOCKED;
		*locked = 0;
		break;
	case LOCK_STATUS:
		break;
	default:
		return INT13_BAD_COMMAND;
	}
	set_low(&regs->eax, *locked);
	return INT13_OK;
}

static int eject(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	uint32_t flags = drive_of(bios, drive)->flags;

	(void)regs;
	if (!(flags & VBIOS_REMOVABLE))
		return INT13_NOT_REMOVABLE;
	if (!(flags & VBIOS_MEDIUM))
		return INT13_NO_MEDIUM;
	if (bios->state.locked[drive_index(drive)])
		return INT13_LOCKED;
	if (!bios->wires.eject || bios->wires.eject(bios->wires.of, drive) != 0)
		return INT13_EJECT_FAILED;
	return INT13_OK;
}

static int drive_parameters(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	const struct vbios_drive *what = drive_of(bios, drive);
	const struct vbios_geometry *geometry = &bios->state.geometry[drive_index(drive)];
	uint64_t sectors = what->sectors / parts_of(drive);
	uint32_t at = guest_linear(regs->ds, regs->esi);
	uint32_t cylinder = (uint32_t)geometry->heads * geometry->sectors_per_track;
	struct edd_parameters parameters;
	uint16_t size;

	guest_read(bios, at, &size, sizeof size);
	if (size < PARAMETERS_SIZE)
		return INT13_BAD_COMMAND;
	if (!geometry->known && drive != VBIOS_CD)
		return INT13_PROBE;
	if (size > sizeof parameters)
		size = sizeof parameters;
	else if (size < sizeof parameters)
		size = PARAMETERS_SIZE;
	parameters = (struct edd_parameters){
		.size = size, .cylinders = geometry->cylinders, .heads = geometry->heads,
		.sectors_per_track = geometry->sectors_per_track,
		.sectors = { (uint32_t)sectors, (uint32_t)(sectors >> 32) },
		.bytes_per_sector = (uint16_t)(VBIOS_SECTOR * parts_of(drive)), .extension = { 0xFFFF, 0xFFFF },
	};
	/* With more than the geometry can address, that geometry is no description of the disk. */
	if (sectors < (uint64_t)(geometry->cylinders + 1) * cylinder)
		parameters.information |= EDD_CHS_VALID;
	if (what->flags & VBIOS_REMOVABLE)
		parameters.information |= EDD_REMOVABLE | EDD_CHANGE_LINE | EDD_LOCKABLE;
	guest_write(bios, at, &parameters, size);
	return INT13_OK;
}

static int change_status(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	(void)regs;
	return bios->state.changed[drive_index(drive)] ? INT13_CHANGED : INT13_OK;
}

int edd_function(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	static int (*const functions[])(struct vbios *bios, struct vcpu_frame *regs,
					unsigned drive) = {
		installation_check, extended_read, extended_write, extended_verify, lock, eject,
		extended_seek, drive_parameters, change_status,
	};
	enum { FIRST = 0x41 };

	if (drive_is_floppy(drive))
		return INT13_BAD_COMMAND;
	return functions[high(bios->state.request.regs.eax) - FIRST](bios, regs, drive);
}
