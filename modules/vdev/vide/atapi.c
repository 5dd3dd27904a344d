/* The packet protocol, and the packet commands that move sectors of a CD.
 *
 * PACKET asks for a packet of 12 bytes (C/D set), then data come in blocks of at most as many bytes as the
 * host allowed, each told in the byte count registers with I/O set, and at the end C/D and I/O are set
 * together with an interrupt. A command that failed ends so with CHECK (the ERR bit) and its sense key in
 * the error register; REQUEST SENSE tells more.
 *
 * DIFFERS: a DRQ block is never longer than the buffer, 8 KB, though the host may have allowed more; the
 * byte count says so, and SFF-8020i lets the drive choose.
 *
 * Read: NCITS 317-1998 ATA/ATAPI-4, "PACKET", "PACKET command feature set", "Interrupt reason register";
 * SFF-8020i revision 2.6, "ATAPI Byte Count register", "Sense Data"; MMC-2, "READ CD". */
#include <base/mem.h>
#include <hw/atapi.h>

#include "inner.h"

enum { PER_CD_SECTOR = VIDE_CD_SECTOR / VIDE_SECTOR };

static void set_reason(struct vide *chip, uint8_t reason)
{
	vide_active(chip)->count = reason;
}

void atapi_reset(struct vide_unit *unit, bool hard)
{
	if (unit->kind != VIDE_CD)
		return;
	unit->sense = (struct vide_sense){ .key = SENSE_NONE };
	if (!hard)
		return;
	mode_reset(unit);
	unit->attention = ASC_RESET;
	unit->locked = 0;
	unit->event = 0;
}

/* --- the packet --------------------------------------------------------------------------- */

/* "PACKET": a byte count of FFFFh counts as FFFEh, and the odd ones one less, but for the last block. */
void atapi_begin(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;
	struct vide_unit *unit = vide_active(chip);

	if (unit->features & (ATAPI_FEATURE_DMA | ATAPI_FEATURE_OVL)) {
		vide_fail(chip, ATA_ERROR_ABRT);
		return;
	}
	t->byte_limit = (uint16_t)(unit->lba[1] | unit->lba[2] << 8);
	if (t->byte_limit > ATAPI_BYTES_MOST)
		t->byte_limit = ATAPI_BYTES_MOST;
	t->job = VIDE_JOB_PACKET;
	t->filled = VIDE_PACKET_SIZE;
	set_reason(chip, ATAPI_REASON_CD);
	/* IDENTIFY promises DRQ within 50 us: no interrupt then. */
	vide_drq(chip, VIDE_DATA_OUT, VIDE_PACKET_SIZE, false);
}

static void good(struct vide *chip)
{
	set_reason(chip, ATAPI_REASON_CD | ATAPI_REASON_IO);
	vide_active(chip)->error = 0;
	vide_done(chip, STATUS_READY, true);
}

static void check_condition(struct vide *chip, struct vide_sense sense)
{
	struct vide_unit *unit = vide_active(chip);

	unit->sense = sense;
	set_reason(chip, ATAPI_REASON_CD | ATAPI_REASON_IO);
	vide_fail(chip, (uint8_t)(sense.key << ATAPI_SENSE_SHIFT));
}

static void next_block(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;
	struct vide_unit *unit = vide_active(chip);
	unsigned rest = t->filled - t->position, size = t->byte_limit;
	bool list = t->job == VIDE_JOB_PACKET_LIST;

	if (size >= rest)
		size = rest;
	else
		size &= ~1u;
	unit->lba[1] = (uint8_t)size;
	unit->lba[2] = (uint8_t)(size >> 8);
	set_reason(chip, list ? 0 : ATAPI_REASON_IO);
	vide_drq(chip, list ? VIDE_DATA_OUT : VIDE_DATA_IN, size, true);
}

/* A host that allows no bytes, or fewer than a word, gets none. */
static struct vide_sense no_room(void)
{
	return (struct vide_sense){ SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD, 0 };
}

void atapi_reply(struct vide *chip, unsigned size, unsigned allocated)
{
	struct vide_transfer *t = &chip->s.transfer;

	if (size > allocated)
		size = allocated;
	if (!size)
		return;                  /* "a length of zero is no error" */
	t->job = VIDE_JOB_PACKET_REPLY;
	t->position = 0;
	t->filled = (uint16_t)size;
}

/* --- sectors --------------------------------------------------------------------------------- */

static void fetch(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;
	uint32_t most = t->single ? PER_CD_SECTOR : VIDE_BUFFER_SECTORS;

	t->position = t->end = t->filled = 0;
	t->now = (uint8_t)(t->left < most ? t->left : most);
	vide_submit(chip);
}

struct vide_sense atapi_read(struct vide *chip, uint32_t lba, uint32_t count)
{
	struct vide_transfer *t = &chip->s.transfer;
	uint64_t sectors = (vide_active(chip)->sectors + PER_CD_SECTOR - 1) / PER_CD_SECTOR;

	if (lba > sectors || count > sectors - lba || (count && lba == sectors))
		return (struct vide_sense){ SENSE_ILLEGAL_REQUEST, ASC_OUT_OF_RANGE, 0 };
	t->op = VIDE_READ;
	t->lba = (uint64_t)lba * PER_CD_SECTOR;
	t->left = count * PER_CD_SECTOR;
	if (count)
		t->job = VIDE_JOB_PACKET_SECTORS;
	return (struct vide_sense){ .key = SENSE_NONE };
}

static struct vide_sense sense_of(int result)
{
	switch (result) {
	case E_NO_MEDIUM: return (struct vide_sense){ SENSE_NOT_READY, ASC_NO_MEDIUM, 0 };
	case E_CHANGED: return (struct vide_sense){ SENSE_UNIT_ATTENTION, ASC_MEDIUM_CHANGED, 0 };
	case E_RANGE: return (struct vide_sense){ SENSE_ILLEGAL_REQUEST, ASC_OUT_OF_RANGE, 0 };
	default: return (struct vide_sense){ SENSE_MEDIUM_ERROR, ASC_UNRECOVERED_READ, 0 };
	}
}

void atapi_completed(struct vide *chip, int result)
{
	struct vide_transfer *t = &chip->s.transfer;

	if (result == E_OK) {
		t->filled = (uint16_t)(t->now * VIDE_SECTOR);
		next_block(chip);
	} else if (t->now > PER_CD_SECTOR && result == E_IO) {
		t->single = 1;
		fetch(chip);
	} else {
		if (result == E_CHANGED)
			vide_active(chip)->attention = 0;        /* told now */
		check_condition(chip, sense_of(result));
	}
}

/* --- a packet command, from packet to end -------------------------------------------------------- */

static void execute(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;
	struct vide_sense sense;

	t->phase = VIDE_IDLE;
	t->job = VIDE_JOB_NONE;
	t->position = t->end = t->filled = 0;
	sense = mmc_execute(chip, chip->s.packet[0]);
	if (sense.key == SENSE_NONE && t->job != VIDE_JOB_NONE && t->byte_limit < 2)
		sense = no_room();
	if (sense.key != SENSE_NONE)
		check_condition(chip, sense);
	else if (t->job == VIDE_JOB_PACKET_SECTORS)
		fetch(chip);
	else if (t->job == VIDE_JOB_PACKET_REPLY || t->job == VIDE_JOB_PACKET_LIST)
		next_block(chip);
	else
		good(chip);
}

void atapi_block_done(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;

	if (t->job == VIDE_JOB_PACKET) {
		execute(chip);
		return;
	}
	if (t->position < t->filled) {
		next_block(chip);
		return;
	}
	if (t->job == VIDE_JOB_PACKET_LIST) {
		struct vide_sense sense = mode_parameters(chip);

		if (sense.key != SENSE_NONE) {
			check_condition(chip, sense);
			return;
		}
	}
	if (t->job == VIDE_JOB_PACKET_SECTORS) {
		t->lba += t->now;
		t->left -= t->now;
		if (t->left) {
			fetch(chip);
			return;
		}
	}
	good(chip);
}

void vide_change(struct vide *chip, unsigned number, const struct vide_drive *drive)
{
	struct vide_unit *unit = &chip->s.unit[number];

	if (unit->kind != VIDE_CD)
		return;
	unit->event = drive->medium ? MMC_EVENT_NEW : MMC_EVENT_REMOVAL;
	if (drive->medium) {
		unit->attention = ASC_MEDIUM_CHANGED;
		unit->tray_open = 0;
	}
	unit->medium = drive->medium;
	unit->sectors = drive->medium ? drive->sectors : 0;
}
