/* The functions of INT 13h, AH = 00h to 19h, as an AT's BIOS with a fixed disk adapter has them.
 *
 * Floppies behave like controller and DMA chip: a transfer goes on from head to head, it ends a
 * track where the table at INT 1Eh says so, what is not there ends it with 04h and the sectors
 * before that moved, and it may not cross a 64 KB boundary of memory (09h). Disks are moved by
 * the processor: only their length is limited (09h above 64 KB from the paragraph).
 *
 * A change shows once: as 06h of the next read, write, verify or format, which then knows the
 * new medium. AH=16h reports it without clearing it, as on the AT.
 *
 * DIFFERS: an 8272A stops at the end of a cylinder, and looks in vain for the sectors up to the
 * table's last one when a track has fewer. Here a transfer goes on, because programs written on
 * emulators rely on it and none relies on the failure.
 * DIFFERS: tracks have one sector size, 512 bytes, and consecutive numbers; formatting in any
 * other way is refused with 0Ch. Diagnostics and the "long" functions are refused (01h).
 *
 * Read: IBM PC AT Technical Reference (1984), "ROM BIOS Listing, DISK.ASM", "DSKETTE.ASM"; IBM PS/2
 * and PC BIOS Interface Technical Reference (1987), "Interrupt 13H"; Intel 8272A data sheet, "Read
 * Data". */
#include <abi/bda.h>
#include <abi/hypercall.h>

#include "int13.h"

#define DMA_PAGE 0x10000u
#define VECTOR_DISK_TABLE (0x1E * 4)

/* The table that INT 1Eh points to. */
enum disk_table { TABLE_LAST_SECTOR = 4, TABLE_FILL = 8, TABLE_SIZE = 11 };

static struct vbios_drive *drive_of(struct vbios *bios, unsigned drive)
{
	return &bios->state.drives[drive_index(drive)];
}

static struct vbios_geometry *geometry_of(struct vbios *bios, unsigned drive)
{
	return &bios->state.geometry[drive_index(drive)];
}

/* INT 13h's counts are one more than the highest number there is. */
static unsigned drive_count(struct vbios *bios, unsigned drive)
{
	unsigned first = drive_is_floppy(drive) ? 0 : VBIOS_FLOPPIES;
	unsigned n = drive_is_floppy(drive) ? VBIOS_FLOPPIES : VBIOS_DISKS;

	while (n && !(bios->state.drives[first + n - 1].flags & VBIOS_PRESENT))
		n--;
	if (bios->state.cd.emulation == (first ? VBIOS_EMULATE_DISK : VBIOS_EMULATE_FLOPPY))
		n++;
	return n;
}

/* Before anything touches a medium. */
static int medium_check(struct vbios *bios, unsigned drive)
{
	uint8_t *changed = &bios->state.changed[drive_index(drive)];

	if (!(drive_of(bios, drive)->flags & VBIOS_MEDIUM))
		return drive_is_floppy(drive) ? INT13_TIMEOUT : INT13_NO_MEDIUM;
	if (*changed) {
		*changed = 0;
		return INT13_CHANGED;
	}
	return INT13_OK;
}

/* Cylinder, head and sector of CX and DH; a floppy's cylinder is a byte. */
struct place {
	unsigned cylinder, head, sector;
};

static struct place place_of(const struct vcpu_frame *in, unsigned drive)
{
	struct place place = {
		.cylinder = high(in->ecx), .head = high(in->edx), .sector = low(in->ecx),
	};

	if (!drive_is_floppy(drive)) {
		place.cylinder |= (place.sector & 0xC0) << 2;
		place.sector &= 0x3F;
	}
	return place;
}

static bool place_exists(const struct vbios_geometry *geometry, const struct place *place)
{
	return place->cylinder < geometry->cylinders && place->head < geometry->heads &&
	       place->sector >= 1 && place->sector <= geometry->sectors_per_track;
}

static uint64_t place_lba(const struct vbios_geometry *geometry, unsigned cylinder,
			  unsigned head, unsigned sector)
{
	return ((uint64_t)cylinder * geometry->heads + head) * geometry->sectors_per_track +
	       sector - 1;
}

/* --- Read, write, verify ---------------------------------------------------------------- */

static void disk_table_read(struct vbios *bios, uint8_t table[TABLE_SIZE])
{
	uint16_t pointer[2];

	guest_read(bios, VECTOR_DISK_TABLE, pointer, sizeof pointer);
	guest_read(bios, guest_linear(pointer[1], pointer[0]), table, TABLE_SIZE);
}

/* A medium may be smaller than its format says: the rest was never written. */
static uint64_t sectors_there(struct vbios *bios, unsigned drive)
{
	const struct vbios_geometry *geometry = geometry_of(bios, drive);
	uint64_t formatted = (uint64_t)geometry->cylinders * geometry->heads *
			     geometry->sectors_per_track;
	uint64_t sectors = drive_of(bios, drive)->sectors;

	return sectors < formatted ? sectors : formatted;
}

static int floppy_transfer(struct vbios *bios, unsigned drive, enum vbios_op op)
{
	const struct vcpu_frame *in = &bios->state.request.regs;
	const struct vbios_geometry *geometry = geometry_of(bios, drive);
	struct place place = place_of(in, drive);
	uint32_t address = guest_linear(in->es, in->ebx) & 0xFFFFF;
	unsigned left = low(in->eax), run = left, end;
	struct vbios_request *request;
	uint8_t table[TABLE_SIZE];
	uint64_t lba, there;

	if (op != VBIOS_OP_VERIFY && (address & (DMA_PAGE - 1)) + left * VBIOS_SECTOR > DMA_PAGE)
		return INT13_DMA_BOUNDARY;
	lba = place_lba(geometry, place.cylinder, place.head, place.sector);
	there = sectors_there(bios, drive);
	if (!place_exists(geometry, &place) || lba >= there)
		return INT13_NOT_FOUND;
	if (run > there - lba)
		run = (unsigned)(there - lba);
	disk_table_read(bios, table);
	end = table[TABLE_LAST_SECTOR];
	if (end < place.sector || end >= geometry->sectors_per_track)
		end = 0;             /* says nothing about this track */
	if (end && run > end - place.sector + 1)
		run = end - place.sector + 1;
	request = request_start(bios, drive, op, lba, run);
	request->address = address;
	left -= run;
	if (end && left && place.head == 0 && geometry->heads > 1) {
		request->next_lba = place_lba(geometry, place.cylinder, 1, 1);
		request->next_count = left < end ? left : end;
		left -= request->next_count;
	}
	if (left)
		request->end_status = INT13_NOT_FOUND;
	return INT13_PENDING;
}

static int disk_transfer(struct vbios *bios, unsigned drive, enum vbios_op op)
{
	const struct vcpu_frame *in = &bios->state.request.regs;
	const struct vbios_geometry *geometry = geometry_of(bios, drive);
	struct place place = place_of(in, drive);
	unsigned count = low(in->eax);
	struct vbios_request *request;
	uint64_t lba;

	if (op != VBIOS_OP_VERIFY && (in->ebx & 15) + count * VBIOS_SECTOR > DMA_PAGE)
		return INT13_DMA_BOUNDARY;
	if (!place_exists(geometry, &place))
		return INT13_NOT_FOUND;
	lba = place_lba(geometry, place.cylinder, place.head, place.sector);
	if (lba + count > drive_of(bios, drive)->sectors)
		return INT13_NOT_FOUND;
	request = request_start(bios, drive, op, lba, count);
	request->address = guest_linear(in->es, in->ebx);
	return INT13_PENDING;
}

static int transfer(struct vbios *bios, unsigned drive, enum vbios_op op)
{
	int status;

	/* First the medium: a change makes the geometry unknown. */
	status = medium_check(bios, drive);
	if (status != INT13_OK)
		return status;
	if (!geometry_known(bios, drive))
		return INT13_PROBE;
	if (op == VBIOS_OP_WRITE && (drive_of(bios, drive)->flags & VBIOS_READ_ONLY))
		return INT13_WRITE_PROTECTED;
	if (!low(bios->state.request.regs.eax))
		return INT13_BAD_COMMAND;
	return drive_is_floppy(drive) ? floppy_transfer(bios, drive, op)
				      : disk_transfer(bios, drive, op);
}

static int read_sectors(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	(void)regs;
	return transfer(bios, drive, VBIOS_OP_READ);
}

static int write_sectors(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	(void)regs;
	return transfer(bios, drive, VBIOS_OP_WRITE);
}

static int verify_sectors(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	(void)regs;
	return transfer(bios, drive, VBIOS_OP_VERIFY);
}

/* --- Formatting ------------------------------------------------------------------------- */

/* The list at ES:BX names cylinder, head, number and size code of each sector to be made. */
static bool format_list_fits(struct vbios *bios, const struct place *place,
			     const struct vbios_geometry *geometry, unsigned count)
{
	const struct vcpu_frame *in = &bios->state.request.regs;
	enum { SIZE_512 = 2 };

	for (unsigned i = 0; i < count; i++) {
		uint8_t id[4];

		guest_read(bios, guest_linear(in->es, in->ebx + i * sizeof id), id, sizeof id);
		if (id[0] != place->cylinder || id[1] != place->head || id[3] != SIZE_512 ||
		    id[2] < 1 || id[2] > geometry->sectors_per_track)
			return false;
	}
	return true;
}

static int format_track(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	const struct vbios_geometry *geometry = geometry_of(bios, drive);
	struct place place = place_of(&bios->state.request.regs, drive);
	unsigned count = low(bios->state.request.regs.eax);
	struct vbios_request *request;
	uint8_t table[TABLE_SIZE];
	int status = medium_check(bios, drive);

	(void)regs;
	if (status != INT13_OK)
		return status;
	if (!geometry_known(bios, drive))
		return INT13_PROBE;
	if (drive_of(bios, drive)->flags & VBIOS_READ_ONLY)
		return INT13_WRITE_PROTECTED;
	place.sector = 1;
	if (!place_exists(geometry, &place))
		return INT13_NOT_FOUND;
	disk_table_read(bios, table);
	if (drive_is_floppy(drive)) {
		if (!count)
			count = table[TABLE_LAST_SECTOR];
		if (count > geometry->sectors_per_track ||
		    !format_list_fits(bios, &place, geometry, count))
			return INT13_BAD_FORMAT;
	} else {
		count = geometry->sectors_per_track;
	}
	request = request_start(bios, drive, VBIOS_OP_WRITE,
				place_lba(geometry, place.cylinder, place.head, 1), count);
	request->fill = 1;
	request->fill_byte = table[TABLE_FILL];
	return INT13_PENDING;
}

/* What DOS's FORMAT asks for before it formats: tracks and sectors on a track. */
static int format_choose(struct vbios *bios, unsigned drive, unsigned tracks, unsigned sectors)
{
	struct vbios_geometry geometry = {
		.cylinders = (uint16_t)tracks, .heads = 2, .sectors_per_track = (uint16_t)sectors,
		.known = 1,
	};

	if ((uint64_t)tracks * 2 * sectors > drive_of(bios, drive)->sectors)
		return INT13_BAD_FORMAT;
	*geometry_of(bios, drive) = geometry;
	return INT13_OK;
}

static const struct { uint8_t tracks, sectors; } formats[] = {
	[VBIOS_FLOPPY_360K] = { 40, 9 }, [VBIOS_FLOPPY_1200K] = { 80, 15 },
	[VBIOS_FLOPPY_720K] = { 80, 9 }, [VBIOS_FLOPPY_1440K] = { 80, 18 },
	[VBIOS_FLOPPY_2880K_OLD] = { 80, 36 }, [VBIOS_FLOPPY_2880K] = { 80, 36 },
};
enum { FORMATS = sizeof formats / sizeof *formats };

static int set_type(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	static const uint8_t types[] = {
		[1] = VBIOS_FLOPPY_360K, [2] = VBIOS_FLOPPY_360K, [3] = VBIOS_FLOPPY_1200K,
		[4] = VBIOS_FLOPPY_720K,
	};
	unsigned type = low(regs->eax);
	int status;

	if (!drive_is_floppy(drive) || type < 1 || type >= sizeof types)
		return INT13_BAD_COMMAND;
	status = medium_check(bios, drive);
	if (status != INT13_OK)
		return status;
	return format_choose(bios, drive, formats[types[type]].tracks, formats[types[type]].sectors);
}

static uint32_t drive_table(unsigned type)
{
	return ROM_DRIVE_TABLES + (type - VBIOS_FLOPPY_360K) * ROM_DRIVE_TABLE_SIZE;
}

static int set_media_type(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	const struct vcpu_frame *in = &bios->state.request.regs;
	unsigned sectors = low(in->ecx) & 0x3F;
	unsigned tracks = (high(in->ecx) | (low(in->ecx) & 0xC0u) << 2) + 1;
	int status;

	if (!drive_is_floppy(drive))
		return INT13_BAD_COMMAND;
	status = medium_check(bios, drive);
	if (status != INT13_OK)
		return status;
	for (unsigned type = VBIOS_FLOPPY_360K; type < FORMATS; type++) {
		if (formats[type].tracks != tracks || formats[type].sectors != sectors)
			continue;
		status = format_choose(bios, drive, tracks, sectors);
		if (status == INT13_OK) {
			set_word(&regs->edi, (uint16_t)drive_table(type));
			regs->es = ROM_SEGMENT;
		}
		return status;
	}
	return INT13_BAD_FORMAT;
}

/* --- Questions -------------------------------------------------------------------------- */

static int reset(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	(void)bios, (void)regs, (void)drive;
	return INT13_OK;
}

/* The status that is left behind is the one reported, so this changes nothing. */
static int last_status(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	uint8_t status;

	guest_read(bios, BDA_BASE + (drive_is_floppy(drive) ? BDA_FLOPPY_STATUS : BDA_DISK_STATUS),
		   &status, 1);
	set_low(&regs->eax, status);
	return status;
}

static void floppy_parameters(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	const struct vbios_drive *floppy = drive_of(bios, drive);
	unsigned type = floppy->type;

	set_word(&regs->eax, 0);
	set_word(&regs->ebx, 0);
	set_word(&regs->ecx, 0);
	set_word(&regs->edx, (uint16_t)drive_count(bios, drive));
	set_word(&regs->edi, 0);
	regs->es = 0;
	if (!(floppy->flags & VBIOS_PRESENT) || !type || type >= FORMATS)
		return;
	set_word(&regs->ebx, (uint16_t)type);
	set_low(&regs->ecx, formats[type].sectors);
	set_high(&regs->ecx, formats[type].tracks - 1);
	set_high(&regs->edx, 1);
	set_word(&regs->edi, (uint16_t)drive_table(type));
	regs->es = ROM_SEGMENT;
}

static int parameters(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	const struct vbios_geometry *geometry = geometry_of(bios, drive);
	unsigned last;

	if (drive_is_floppy(drive)) {
		floppy_parameters(bios, regs, drive);
		return INT13_OK;
	}
	if (!(drive_of(bios, drive)->flags & VBIOS_PRESENT))
		return INT13_BAD_COMMAND;
	if (!geometry_known(bios, drive))
		return INT13_PROBE;
	last = geometry->cylinders - 1u;
	set_low(&regs->eax, 0);
	set_high(&regs->ecx, (uint8_t)last);
	set_low(&regs->ecx, (uint8_t)((last >> 2 & 0xC0) | geometry->sectors_per_track));
	set_high(&regs->edx, (uint8_t)(geometry->heads - 1));
	set_low(&regs->edx, (uint8_t)drive_count(bios, drive));
	return INT13_OK;
}

static int read_type(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	enum { TYPE_NONE, TYPE_NO_CHANGE_LINE, TYPE_CHANGE_LINE, TYPE_DISK };
	const struct vbios_drive *what = drive_of(bios, drive);
	const struct vbios_geometry *geometry = geometry_of(bios, drive);
	uint32_t sectors;
	unsigned type = TYPE_CHANGE_LINE;

	if (!(what->flags & VBIOS_PRESENT))
		type = TYPE_NONE;
	else if (drive_is_floppy(drive))
		type = what->type == VBIOS_FLOPPY_360K ? TYPE_NO_CHANGE_LINE : TYPE_CHANGE_LINE;
	else if (!geometry->known)
		return INT13_PROBE;
	else
		type = TYPE_DISK;
	set_high(&regs->eax, (uint8_t)type);
	set_flag(regs, X86_CF, false);
	if (type == TYPE_DISK) {
		sectors = (uint32_t)geometry->cylinders * geometry->heads *
			  geometry->sectors_per_track;
		set_word(&regs->ecx, (uint16_t)(sectors >> 16));
		set_word(&regs->edx, (uint16_t)sectors);
	}
	return INT13_RAW;
}

static int change_line(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	const struct vbios_drive *what = drive_of(bios, drive);

	(void)regs;
	if (!(what->flags & VBIOS_REMOVABLE))
		return INT13_BAD_COMMAND;
	if (!(what->flags & VBIOS_MEDIUM) || bios->state.changed[drive_index(drive)] ||
	    what->type == VBIOS_FLOPPY_360K)
		return INT13_CHANGED;
	return INT13_OK;
}

static int seek(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	struct place place = place_of(&bios->state.request.regs, drive);

	(void)regs;
	if (drive_is_floppy(drive))
		return INT13_BAD_COMMAND;
	if (!geometry_known(bios, drive))
		return INT13_PROBE;
	place.sector = 1;
	return place_exists(geometry_of(bios, drive), &place) ? INT13_OK : INT13_NOT_FOUND;
}

/* Initialize, alternate reset, ready?, recalibrate, controller diagnostic, park. */
static int disk_only(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	(void)regs;
	if (drive_is_floppy(drive))
		return INT13_BAD_COMMAND;
	return drive_of(bios, drive)->flags & VBIOS_MEDIUM ? INT13_OK : INT13_NO_MEDIUM;
}

/* --- The table -------------------------------------------------------------------------- */

enum {
	FOR_ABSENT = 1,              /* answers for a drive that is not there, too */
	FOR_CD = 2,
	FUNCTION_CD = 0x4B,
};

static const struct {
	int (*call)(struct vbios *bios, struct vcpu_frame *regs, unsigned drive);
	unsigned flags;
} functions[] = {
	[0x00] = { .call = reset, .flags = FOR_ABSENT | FOR_CD },
	[0x01] = { .call = last_status, .flags = FOR_ABSENT | FOR_CD },
	[0x02] = { .call = read_sectors },
	[0x03] = { .call = write_sectors },
	[0x04] = { .call = verify_sectors },
	[0x05] = { .call = format_track },
	[0x08] = { .call = parameters, .flags = FOR_ABSENT },
	[0x09] = { .call = disk_only },
	[0x0C] = { .call = seek },
	[0x0D] = { .call = disk_only },
	[0x10] = { .call = disk_only },
	[0x11] = { .call = disk_only },
	[0x14] = { .call = disk_only },
	[0x15] = { .call = read_type, .flags = FOR_ABSENT },
	[0x16] = { .call = change_line },
	[0x17] = { .call = set_type },
	[0x18] = { .call = set_media_type },
	[0x19] = { .call = disk_only },
	[0x41] = { .call = edd_function, .flags = FOR_CD },
	[0x42] = { .call = edd_function, .flags = FOR_CD },
	[0x43] = { .call = edd_function, .flags = FOR_CD },
	[0x44] = { .call = edd_function, .flags = FOR_CD },
	[0x45] = { .call = edd_function, .flags = FOR_CD },
	[0x46] = { .call = edd_function, .flags = FOR_CD },
	[0x47] = { .call = edd_function, .flags = FOR_CD },
	[0x48] = { .call = edd_function, .flags = FOR_CD },
	[0x49] = { .call = edd_function, .flags = FOR_CD },
	[0x4B] = { .call = cd_emulation, .flags = FOR_ABSENT | FOR_CD },
};

/* A CD has no cylinders: what asks for them is refused. */
static bool possible(unsigned function, unsigned drive)
{
	if (function >= sizeof functions / sizeof *functions || !functions[function].call)
		return false;
	if (function == FUNCTION_CD)         /* 7Fh means all */
		return true;
	return drive_index(drive) >= 0 && (drive != VBIOS_CD || functions[function].flags & FOR_CD);
}

int int13_function(struct vbios *bios, struct vcpu_frame *regs, unsigned drive)
{
	unsigned function = high(bios->state.request.regs.eax);

	if (!possible(function, drive))
		return INT13_BAD_COMMAND;
	if (function == FUNCTION_CD)
		return cd_emulation(bios, regs, drive);
	/* A floppy that does not answer is not told from one that is not there. */
	if (!(drive_of(bios, drive)->flags & VBIOS_PRESENT) &&
	    !(functions[function].flags & FOR_ABSENT))
		return drive_is_floppy(drive) ? INT13_TIMEOUT : INT13_BAD_COMMAND;
	return functions[function].call(bios, regs, drive);
}
