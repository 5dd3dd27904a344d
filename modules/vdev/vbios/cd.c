/* Booting from CD: El Torito.
 *
 * Sector 17 of the disc names a boot catalog, its first entry a boot image: code to be loaded and jumped
 * to, or a floppy or hard disk that becomes drive 00h or 80h, while the others of that kind move up by
 * one. The image lies in one piece, so emulation is an addition. The CD itself is drive E0h, in sectors of
 * 2048 bytes, by the extended functions, whatever was booted.
 *
 * Three transfers make a boot: boot record, catalog, beginning of the image; all go through guest memory
 * as INT 13h's do, the first two to where the image will lie.
 *
 * DIFFERS: only the catalog's initial entry is booted, as by nearly every BIOS; emulated disks are read-only;
 * functions 4Ah, 4Ch and 4Dh of INT 13h are refused (01h).
 *
 * Read: Phoenix and IBM, "El Torito" Bootable CD-ROM Format Specification, version 1.0 (1995), "Boot Record
 * Volume Descriptor", "Booting Catalog", "INT 13h Function 4B". */
#include <base/error.h>
#include <base/mem.h>

#include "int13.h"

enum {
	RECORD_SECTOR = 17, BOOT_SECTOR = 0x7C00, DEFAULT_SEGMENT = 0x07C0, ALL_DRIVES = 0x7F,
	MEMORY_END = 0xA0000, ENTRY = 32, NO_DRIVE = 0xFF,
};

/* "Boot media type". */
enum { MEDIA_NO_EMULATION, MEDIA_1200K, MEDIA_1440K, MEDIA_2880K, MEDIA_DISK, MEDIA_MASK = 0x0F };

struct boot_record {
	uint8_t indicator;               /* 0: boot record */
	char identifier[5];              /* CD001 */
	uint8_t version;
	char system[32];
	uint8_t unused[32];
	uint32_t catalog;
} __attribute__((packed));
_Static_assert(sizeof(struct boot_record) == 75, "as discs have it");

struct catalog {
	uint8_t header, platform, reserved[2];
	char maker[24];
	uint16_t checksum;               /* all words of this entry make 0 */
	uint8_t key[2];                  /* 55h AAh */
	uint8_t indicator, media;
	uint16_t segment;
	uint8_t system, unused;
	uint16_t count;
	uint32_t image;
	uint8_t unused2[20];
} __attribute__((packed));
_Static_assert(sizeof(struct catalog) == 2 * ENTRY, "as discs have it");

/* "Specification Packet". */
struct packet {
	uint8_t size, media, drive, controller;
	uint32_t image;
	uint16_t device;
	uint16_t buffer, segment, count;
	uint8_t cylinders, sectors, heads;
} __attribute__((packed));
enum { PACKET_SIZE = 19 };
_Static_assert(sizeof(struct packet) == PACKET_SIZE, "as guests lay it out");

unsigned cd_drive_of(const struct vbios *bios, unsigned number)
{
	if (bios->state.cd.emulation == VBIOS_EMULATE_FLOPPY && number < VBIOS_FLOPPIES)
		return number ? number - 1 : EMULATED_FLOPPY;
	if (bios->state.cd.emulation == VBIOS_EMULATE_DISK && number >= 0x80 && number < 0x80 + VBIOS_DISKS)
		return number > 0x80 ? number - 1 : EMULATED_DISK;
	return number == EMULATED_FLOPPY || number == EMULATED_DISK ? NO_DRIVE : number;
}

void cd_end_emulation(struct vbios *bios)
{
	bios->state.cd.emulation = VBIOS_EMULATE_NOTHING;
	bios->state.drives[PLACE_EMULATED] = (struct vbios_drive){ .flags = 0 };
	bios->state.geometry[PLACE_EMULATED] = (struct vbios_geometry){ .known = 0 };
}

/* --- the boot ------------------------------------------------------------------------------- */

/* `count` sectors of 512 bytes from sector `lba` of the disc on. */
static int load(struct vbios *bios, enum vbios_cd_step step, uint32_t lba, uint32_t count, uint32_t address)
{
	uint64_t first = (uint64_t)lba * CD_SECTOR_PARTS, sectors = bios->state.drives[PLACE_CD].sectors;
	struct vbios_request *request;

	if (first >= sectors || count > sectors - first)
		return INT13_NOT_FOUND;
	request = request_start(bios, VBIOS_CD, VBIOS_OP_READ, first, count);
	request->address = address;
	request->step = (uint8_t)step;
	return INT13_PENDING;
}

static int record_read(struct vbios *bios)
{
	struct boot_record record;

	guest_read(bios, BOOT_SECTOR, &record, sizeof record);
	if (record.indicator || memcmp(record.identifier, "CD001", 5) ||
	    memcmp(record.system, "EL TORITO SPECIFICATION", 24))
		return INT13_BAD_FORMAT;
	return load(bios, VBIOS_CD_CATALOG, record.catalog, CD_SECTOR_PARTS, BOOT_SECTOR);
}

static bool catalog_valid(const struct catalog *catalog)
{
	enum { HEADER = 1, BOOTABLE = 0x88 };
	uint16_t words[ENTRY / 2], sum = 0;

	memcpy(words, catalog, sizeof words);
	for (unsigned i = 0; i < ENTRY / 2; i++)
		sum = (uint16_t)(sum + words[i]);
	return catalog->header == HEADER && catalog->key[0] == 0x55 && catalog->key[1] == 0xAA && !sum &&
	       catalog->indicator == BOOTABLE && (catalog->media & MEDIA_MASK) <= MEDIA_DISK;
}

/* The emulated drive; its sectors end with the disc's. */
static void emulate(struct vbios *bios, unsigned media, uint32_t image)
{
	static const struct { uint8_t type, track; } floppies[] = {
		[MEDIA_1200K] = { VBIOS_FLOPPY_1200K, 15 }, [MEDIA_1440K] = { VBIOS_FLOPPY_1440K, 18 },
		[MEDIA_2880K] = { VBIOS_FLOPPY_2880K, 36 },
	};
	enum { TRACKS = 80, SIDES = 2 };
	struct vbios_drive *drive = &bios->state.drives[PLACE_EMULATED];
	uint64_t first = (uint64_t)image * CD_SECTOR_PARTS, there = bios->state.drives[PLACE_CD].sectors;
	uint64_t rest = there > first ? there - first : 0;

	*drive = (struct vbios_drive){ .flags = VBIOS_PRESENT | VBIOS_MEDIUM | VBIOS_READ_ONLY, .sectors = rest };
	bios->state.cd.emulation = VBIOS_EMULATE_DISK;
	bios->state.changed[PLACE_EMULATED] = 0;
	if (media == MEDIA_DISK)
		return;              /* its geometry is in its partition table: found out later */
	bios->state.cd.emulation = VBIOS_EMULATE_FLOPPY;
	drive->flags |= VBIOS_REMOVABLE;
	drive->type = floppies[media].type;
	if (rest > (uint64_t)TRACKS * SIDES * floppies[media].track)
		drive->sectors = (uint64_t)TRACKS * SIDES * floppies[media].track;
	bios->state.geometry[PLACE_EMULATED] = (struct vbios_geometry){ TRACKS, SIDES, floppies[media].track, 1 };
}

static int catalog_read(struct vbios *bios)
{
	struct vbios_cd *cd = &bios->state.cd;
	struct catalog catalog;
	uint32_t address, count;
	int status;

	guest_read(bios, BOOT_SECTOR, &catalog, sizeof catalog);
	if (!catalog_valid(&catalog))
		return INT13_BAD_FORMAT;
	address = (catalog.segment ? catalog.segment : DEFAULT_SEGMENT) * 16u;
	count = catalog.count ? catalog.count : 1;
	if (address + count * VBIOS_SECTOR > MEMORY_END)
		return INT13_BAD_FORMAT;
	status = load(bios, VBIOS_CD_IMAGE, catalog.image, count, address);
	if (status != INT13_PENDING)
		return status;
	*cd = (struct vbios_cd){
		.media = catalog.media, .segment = (uint16_t)(address / 16), .count = (uint16_t)count,
		.image = catalog.image, .drive = VBIOS_CD,
	};
	return status;
}

/* DL and ES:BX as the ROM wants them: the same place as segment 0 for most. */
static int image_read(struct vbios *bios, struct vcpu_frame *regs)
{
	struct vbios_cd *cd = &bios->state.cd;
	unsigned media = cd->media & MEDIA_MASK;

	cd->booted = 1;
	if (media != MEDIA_NO_EMULATION)
		emulate(bios, media, cd->image);
	if (media != MEDIA_NO_EMULATION)
		cd->drive = media == MEDIA_DISK ? 0x80 : 0;
	set_low(&regs->edx, cd->drive);
	set_word(&regs->ebx, (uint16_t)(cd->segment << 4));
	regs->es = cd->segment & 0xF000;
	return INT13_OK;
}

int cd_step(struct vbios *bios, struct vcpu_frame *regs)
{
	switch ((enum vbios_cd_step)bios->state.request.step) {
	case VBIOS_CD_RECORD: return record_read(bios);
	case VBIOS_CD_CATALOG: return catalog_read(bios);
	case VBIOS_CD_IMAGE: return image_read(bios, regs);
	default: return INT13_BAD_COMMAND;
	}
}

enum vbios_result cd_call(struct vbios *bios, struct vcpu_frame *regs)
{
	struct vbios_state *state = &bios->state;
	int status = INT13_NO_MEDIUM;

	if (state->request.phase != VBIOS_IDLE) {
		status = INT13_TIMEOUT;
	} else if (state->drives[PLACE_CD].flags & VBIOS_MEDIUM) {
		cd_end_emulation(bios);
		state->cd = (struct vbios_cd){ .booted = 0 };
		state->changed[PLACE_CD] = 0;
		state->request.regs = *regs;
		status = load(bios, VBIOS_CD_RECORD, RECORD_SECTOR, CD_SECTOR_PARTS, BOOT_SECTOR);
		if (status == INT13_PENDING)
			return int13_go_on(bios, regs, false);
	}
	set_high(&regs->eax, (uint8_t)status);
	set_flag(regs, X86_CF, true);
	set_flag(regs, X86_ZF, false);
	return VBIOS_DONE;
}

/* --- saved state ------------------------------------------------------------------------------------ */

/* An emulation with its disc gone stays: reads fail until the disc is back. */
bool cd_plausible(const struct vbios *bios, const struct vbios_state *saved)
{
	const struct vbios_cd *cd = &saved->cd;
	const struct vbios_geometry *geometry = &saved->geometry[PLACE_EMULATED];
	unsigned media = cd->media & MEDIA_MASK;

	if (cd->booted > 1 || cd->emulation > VBIOS_EMULATE_DISK || media > MEDIA_DISK ||
	    (geometry->known && !(geometry->cylinders && geometry->heads && geometry->sectors_per_track)))
		return false;
	if (cd->emulation == VBIOS_EMULATE_NOTHING)
		return saved->request.phase == VBIOS_IDLE || drive_index(saved->request.drive) != PLACE_EMULATED;
	return cd->booted && bios->state.drives[PLACE_CD].flags & VBIOS_PRESENT &&
	       (cd->emulation == VBIOS_EMULATE_DISK ? media == MEDIA_DISK
						    : media >= MEDIA_1200K && media <= MEDIA_2880K);
}

void cd_load(struct vbios *bios, const struct vbios_state *saved)
{
	cd_end_emulation(bios);
	bios->state.cd = saved->cd;
	if (saved->cd.emulation == VBIOS_EMULATE_NOTHING)
		return;
	emulate(bios, saved->cd.media & MEDIA_MASK, saved->cd.image);
	bios->state.geometry[PLACE_EMULATED] = saved->geometry[PLACE_EMULATED];
}

/* --- INT 13h AH=4Bh --------------------------------------------------------------------------------- */

static void put_packet(struct vbios *bios, const struct vcpu_frame *regs)
{
	const struct vbios_cd *cd = &bios->state.cd;
	const struct vbios_geometry *geometry = &bios->state.geometry[PLACE_EMULATED];
	struct packet packet = {
		.size = PACKET_SIZE, .media = cd->media, .drive = cd->drive, .image = cd->image,
		.segment = cd->segment, .count = cd->count,
	};

	if (cd->emulation != VBIOS_EMULATE_NOTHING && geometry->known) {
		unsigned last = geometry->cylinders - 1u;

		packet.cylinders = (uint8_t)last;
		packet.sectors = (uint8_t)((last >> 2 & 0xC0) | geometry->sectors_per_track);
		packet.heads = (uint8_t)(geometry->heads - 1);
	}
	guest_write(bios, guest_linear(regs->ds, regs->esi), &packet, sizeof packet);
}

/* AL=0 ends the emulation, AL=1 only tells. DL is the emulated drive, or 7Fh. */
int cd_emulation(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	const struct vcpu_frame *in = &bios->state.request.regs;
	const struct vbios_cd *cd = &bios->state.cd;
	enum { END, STATUS };

	(void)drive;
	if (low(in->eax) > STATUS || !cd->booted ||
	    (low(in->edx) != cd->drive && low(in->edx) != ALL_DRIVES))
		return INT13_BAD_COMMAND;
	put_packet(bios, regs);
	if (low(in->eax) == END) {
		cd_end_emulation(bios);
		bios->state.cd.booted = 0;
	}
	return INT13_OK;
}
