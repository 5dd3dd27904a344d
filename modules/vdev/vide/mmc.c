/* Packet commands of the CD-ROM drive: one table, and what each answers.
 *
 * The disc is one data track of 2048-byte sectors (mode 1) in one session. Audio there is none: PLAY AUDIO is
 * refused as it is on a data track.
 *
 * A unit attention (after a reset; after a change of medium) is told once, to the next command but those
 * that must work regardless; then a drive without a medium says so.
 *
 * DIFFERS: READ CD gives user data only; headers and error correction of raw sectors are not made up.
 *
 * Read: SFF-8020i revision 2.6, "Packet commands for CD-ROM devices"; NCITS 333-2000 MMC-2, "GET
 * CONFIGURATION", "GET EVENT/STATUS NOTIFICATION", "READ CD", "READ DISC INFORMATION", "READ
 * TOC/PMA/ATIP"; NCITS 301-1997 SPC, "Sense data", "INQUIRY", "Unit attention condition". */
#include <base/mem.h>
#include <hw/atapi.h>

#include "inner.h"

enum {
	PER_CD_SECTOR = VIDE_CD_SECTOR / VIDE_SECTOR, LAST_TRACK = 1, SPEED_4X_KB = 706,
	READ_6_ALL = 256, HEADER_6 = 4, HEADER_10 = 8,
	EVENT_CLASSES = 1 << MMC_EVENT_MEDIA_CLASS,
};

static struct vide_sense sense(uint8_t key, uint8_t code, uint8_t qualifier)
{
	return (struct vide_sense){ key, code, qualifier };
}

static struct vide_sense fine(void)
{
	return sense(SENSE_NONE, 0, 0);
}

static struct vide_sense invalid_field(void)
{
	return sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD, 0);
}

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static uint32_t get24(const uint8_t *at)
{
	return (uint32_t)at[0] << 16 | get16(at + 1);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xFFFF);
}

/* An address, as number or as minute, second and frame. */
static void put_address(uint8_t *at, uint32_t lba, bool msf)
{
	if (!msf) {
		put32(at, lba);
		return;
	}
	lba += MMC_LEAD_IN;
	at[0] = 0;
	at[1] = (uint8_t)(lba / (MMC_FRAMES * MMC_SECONDS));
	at[2] = (uint8_t)(lba / MMC_FRAMES % MMC_SECONDS);
	at[3] = (uint8_t)(lba % MMC_FRAMES);
}

static uint32_t msf_lba(const uint8_t *at)
{
	return ((uint32_t)at[0] * MMC_SECONDS + at[1]) * MMC_FRAMES + at[2] - MMC_LEAD_IN;
}

static uint32_t sectors_of(struct vide *chip)
{
	return (uint32_t)((vide_active(chip)->sectors + PER_CD_SECTOR - 1) / PER_CD_SECTOR);
}

static uint8_t *blank(struct vide *chip, unsigned size)
{
	return memset(chip->s.buffer, 0, size);
}

/* --- the drive ------------------------------------------------------------------------------ */

static struct vide_sense nothing(struct vide *chip, const uint8_t *packet)
{
	(void)chip, (void)packet;
	return fine();
}

static struct vide_sense request_sense(struct vide *chip, const uint8_t *packet)
{
	struct vide_unit *unit = vide_active(chip);
	uint8_t *at = blank(chip, MMC_SENSE_SIZE);

	if (unit->sense.key == SENSE_NONE && unit->attention) {
		unit->sense = sense(SENSE_UNIT_ATTENTION, unit->attention, 0);
		unit->attention = 0;
	}
	at[0] = MMC_SENSE_CURRENT;
	at[2] = unit->sense.key;
	at[7] = MMC_SENSE_SIZE - 8;
	at[12] = unit->sense.code;
	at[13] = unit->sense.qualifier;
	unit->sense = fine();
	atapi_reply(chip, MMC_SENSE_SIZE, packet[4]);
	return fine();
}

static struct vide_sense inquiry(struct vide *chip, const uint8_t *packet)
{
	uint8_t *at = blank(chip, MMC_INQUIRY_SIZE);

	if (packet[1] & 1 || packet[2])
		return invalid_field();  /* no vital product data */
	at[0] = MMC_DEVICE_CD;
	at[1] = MMC_REMOVABLE;
	at[3] = MMC_FORMAT_SFF8020;
	at[4] = MMC_INQUIRY_SIZE - 5;
	memcpy(at + 8, "POLY86  VIRTUAL CD-ROM  1.0 ", MMC_INQUIRY_SIZE - 8);
	atapi_reply(chip, MMC_INQUIRY_SIZE, packet[4]);
	return fine();
}

static struct vide_sense start_stop(struct vide *chip, const uint8_t *packet)
{
	struct vide_unit *unit = vide_active(chip);

	if (!(packet[4] & MMC_LOAD_EJECT)) {
		if (packet[4] & MMC_START && !unit->medium)
			return sense(SENSE_NOT_READY, ASC_NO_MEDIUM,
				     unit->tray_open ? ASCQ_TRAY_OPEN : ASCQ_TRAY_CLOSED);
		return fine();
	}
	if (packet[4] & MMC_START) {
		unit->tray_open = 0;
		return fine();
	}
	if (unit->locked)
		return sense(SENSE_ILLEGAL_REQUEST, ASC_LOAD_FAILED, ASCQ_REMOVAL_PREVENTED);
	if (unit->medium && chip->wires.eject(chip->wires.of, chip->s.transfer.unit))
		return sense(SENSE_ILLEGAL_REQUEST, ASC_LOAD_FAILED, ASCQ_REMOVAL_PREVENTED);
	unit->tray_open = 1;
	return fine();
}

static struct vide_sense prevent_allow(struct vide *chip, const uint8_t *packet)
{
	struct vide_unit *unit = vide_active(chip);

	unit->locked = packet[4] & MMC_PREVENT;
	chip->wires.lock(chip->wires.of, chip->s.transfer.unit, unit->locked);
	return fine();
}

/* --- mode pages -------------------------------------------------------------------------------- */

static const uint8_t pages[] = {
	MMC_PAGE_RECOVERY, 6, 0, 5, 0, 0, 0, 0,
	MMC_PAGE_CD, 6, 0, 0, 0, MMC_SECONDS, 0, MMC_FRAMES,
	MMC_PAGE_AUDIO, 14, 4, 0, 0, 0, 0, MMC_FRAMES, 0, 0, 0, 0, 0, 0, 0, 0,
	/* Tray, can eject and lock; both speeds and the buffer follow below. */
	MMC_PAGE_CAPABILITIES, 18, 0, 0, 0x30, 0, 0x29, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};
enum { CAPS_FLAGS = 6, CAPS_LOCKED = 0x02, CAPS_SPEED = 8, CAPS_BUFFER_KB = 12, CAPS_SPEED_NOW = 14 };

static void fill_page(struct vide *chip, uint8_t *page, bool changeable)
{
	if (changeable) {
		memset(page + 2, 0, page[1]);
	} else if (page[0] == MMC_PAGE_CAPABILITIES) {
		if (vide_active(chip)->locked)
			page[CAPS_FLAGS] |= CAPS_LOCKED;
		put16(page + CAPS_SPEED, SPEED_4X_KB);
		put16(page + CAPS_BUFFER_KB, VIDE_BUFFER / 1024);
		put16(page + CAPS_SPEED_NOW, SPEED_4X_KB);
	}
}

static unsigned put_pages(struct vide *chip, uint8_t *at, uint8_t wanted, bool changeable)
{
	unsigned size = 0;

	for (unsigned i = 0; i < sizeof pages; i += pages[i + 1] + 2u) {
		if (wanted != MMC_PAGE_ALL && wanted != pages[i])
			continue;
		memcpy(at + size, pages + i, pages[i + 1] + 2u);
		fill_page(chip, at + size, changeable);
		size += pages[i + 1] + 2u;
	}
	return size;
}

static struct vide_sense mode_sense(struct vide *chip, const uint8_t *packet, unsigned header, unsigned allocated)
{
	const struct vide_unit *unit = vide_active(chip);
	uint8_t *at = blank(chip, header), control = packet[2] >> 6;
	unsigned size = put_pages(chip, at + header, packet[2] & MMC_PAGE, control == MMC_PAGE_CHANGEABLE);
	uint8_t medium = unit->medium ? MMC_MEDIUM_DATA_120 : unit->tray_open ? MMC_MEDIUM_TRAY_OPEN
									      : MMC_MEDIUM_NONE;

	if (control == MMC_PAGE_SAVED)
		return sense(SENSE_ILLEGAL_REQUEST, ASC_SAVING_UNSUPPORTED, 0);
	if (!size)
		return invalid_field();
	size += header;
	if (header == HEADER_6) {
		at[0] = (uint8_t)(size - 1);
		at[1] = medium;
	} else {
		put16(at, size - 2);
		at[2] = medium;
	}
	atapi_reply(chip, size, allocated);
	return fine();
}

static struct vide_sense mode_sense_6(struct vide *chip, const uint8_t *packet)
{
	return mode_sense(chip, packet, HEADER_6, packet[4]);
}

static struct vide_sense mode_sense_10(struct vide *chip, const uint8_t *packet)
{
	return mode_sense(chip, packet, HEADER_10, get16(packet + 7));
}

/* --- features and events ------------------------------------------------------------------------- */

static struct vide_sense get_configuration(struct vide *chip, const uint8_t *packet)
{
	enum { HEADER = 8, VERSION_PERSISTENT = 0x03, ONE_ONLY = 2, KIND = 3, DATA = 4, FEATURE = 8 };
	static const uint8_t features[][FEATURE] = {
		{ 0, 0x00, VERSION_PERSISTENT, DATA, 0, MMC_PROFILE_CD_ROM, 0, 0 },
		{ 0, 0x01, VERSION_PERSISTENT, DATA, 0, 0, 0, 2 },         /* core: ATAPI */
		{ 0, 0x03, VERSION_PERSISTENT, DATA, 0x29, 0, 0, 0 },      /* removable medium, tray, lock */
		{ 0, 0x1E, 0, DATA, 0, 0, 0, 0 },                          /* CD read */
	};
	bool medium = vide_active(chip)->medium;
	uint8_t *at = blank(chip, HEADER + sizeof features);
	unsigned size = HEADER, kind = packet[1] & KIND, first = get16(packet + 2);

	for (unsigned i = 0; i < sizeof features / sizeof *features; i++) {
		bool current = medium || features[i][2];

		if (features[i][1] < first || (kind == ONE_ONLY && features[i][1] != first) ||
		    (kind == 1 && !current))
			continue;
		memcpy(at + size, features[i], FEATURE);
		if (current)
			at[size + 2] |= 1;
		if (i == 0)
			at[size + 6] = medium;
		size += FEATURE;
	}
	put32(at, size - 4);
	put16(at + 6, medium ? MMC_PROFILE_CD_ROM : 0);
	atapi_reply(chip, size, get16(packet + 7));
	return fine();
}

static struct vide_sense get_event_status(struct vide *chip, const uint8_t *packet)
{
	enum { HEADER = 4, EVENT = 4 };
	struct vide_unit *unit = vide_active(chip);
	uint8_t *at = blank(chip, HEADER + EVENT);
	unsigned size = HEADER;

	if (!(packet[1] & MMC_EVENT_POLLED))
		return invalid_field();
	at[2] = MMC_EVENT_NONE;
	at[3] = EVENT_CLASSES;
	if (packet[4] & EVENT_CLASSES) {
		at[2] = MMC_EVENT_MEDIA_CLASS;
		at[4] = unit->event;
		at[5] = unit->medium ? MMC_EVENT_PRESENT : unit->tray_open ? MMC_EVENT_TRAY_OPEN : 0;
		size += EVENT;
		if (get16(packet + 7) > HEADER)
			unit->event = 0;
	}
	put16(at, size - 2);
	atapi_reply(chip, size, get16(packet + 7));
	return fine();
}

static struct vide_sense mechanism_status(struct vide *chip, const uint8_t *packet)
{
	enum { SIZE = 8, SLOTS = 5 };
	uint8_t *at = blank(chip, SIZE);

	at[SLOTS] = 1;
	atapi_reply(chip, SIZE, get16(packet + 8));
	return fine();
}

/* --- the disc ---------------------------------------------------------------------------------------- */

static struct vide_sense read_capacity(struct vide *chip, const uint8_t *packet)
{
	enum { SIZE = 8 };
	uint8_t *at = blank(chip, SIZE);

	(void)packet;
	put32(at, sectors_of(chip) - 1);
	put32(at + 4, VIDE_CD_SECTOR);
	atapi_reply(chip, SIZE, SIZE);
	return fine();
}

static void put_track(uint8_t *at, uint8_t track, uint32_t lba, bool msf)
{
	at[1] = MMC_ADR_DATA_TRACK;
	at[2] = track;
	put_address(at + 4, lba, msf);
}

static struct vide_sense read_toc(struct vide *chip, const uint8_t *packet)
{
	enum { HEADER = 4, DESCRIPTOR = 8, FORMAT = 0x0F, TRACKS = 0, SESSIONS = 1 };
	/* SFF-8020i has the format in the last byte. */
	unsigned format = packet[2] & FORMAT ? packet[2] & FORMAT : packet[9] >> 6, size = HEADER;
	uint8_t *at = blank(chip, HEADER + 2 * DESCRIPTOR), first = packet[6];
	bool msf = packet[1] & MMC_MSF;

	if (format > SESSIONS || (format == TRACKS && first > LAST_TRACK && first != MMC_LEAD_OUT))
		return invalid_field();
	at[2] = at[3] = LAST_TRACK;
	if (format == SESSIONS || first <= LAST_TRACK) {
		put_track(at + size, LAST_TRACK, 0, msf);
		size += DESCRIPTOR;
	}
	if (format == TRACKS) {
		put_track(at + size, MMC_LEAD_OUT, sectors_of(chip), msf);
		size += DESCRIPTOR;
	}
	put16(at, size - 2);
	atapi_reply(chip, size, get16(packet + 7));
	return fine();
}

static struct vide_sense read_subchannel(struct vide *chip, const uint8_t *packet)
{
	enum { HEADER = 4, POSITION = 1, ISRC = 3, POSITION_SIZE = 12, NUMBER_SIZE = 20, SUBQ = 0x40 };
	uint8_t *at = blank(chip, HEADER + NUMBER_SIZE);
	unsigned size = 0;

	at[1] = MMC_AUDIO_NONE;
	if (packet[2] & SUBQ) {
		if (packet[3] < POSITION || packet[3] > ISRC)
			return invalid_field();
		size = packet[3] == POSITION ? POSITION_SIZE : NUMBER_SIZE;
		at[HEADER] = packet[3];
		if (packet[3] == POSITION) {
			at[HEADER + 1] = MMC_ADR_DATA_TRACK;
			at[HEADER + 2] = at[HEADER + 3] = LAST_TRACK;
			put_address(at + HEADER + 4, 0, packet[1] & MMC_MSF);
		}
	}
	put16(at + 2, size);
	atapi_reply(chip, HEADER + size, get16(packet + 7));
	return fine();
}

static struct vide_sense read_header(struct vide *chip, const uint8_t *packet)
{
	enum { SIZE = 8, MODE_1 = 1 };
	uint8_t *at = blank(chip, SIZE);
	uint32_t lba = get32(packet + 2);

	if (lba >= sectors_of(chip))
		return sense(SENSE_ILLEGAL_REQUEST, ASC_OUT_OF_RANGE, 0);
	at[0] = MODE_1;
	put_address(at + 4, lba, packet[1] & MMC_MSF);
	atapi_reply(chip, SIZE, get16(packet + 7));
	return fine();
}

static struct vide_sense read_disc_information(struct vide *chip, const uint8_t *packet)
{
	enum { SIZE = 34, FINISHED = 0x0E, UNRESTRICTED = 0x20, NO_ADDRESS = 0xFF };
	uint8_t *at = blank(chip, SIZE);

	if (packet[1] & 7)
		return invalid_field();
	put16(at, SIZE - 2);
	at[2] = FINISHED;
	at[3] = at[4] = at[5] = at[6] = LAST_TRACK;
	at[7] = UNRESTRICTED;
	memset(at + 16, NO_ADDRESS, 8);
	atapi_reply(chip, SIZE, get16(packet + 7));
	return fine();
}

static struct vide_sense seek(struct vide *chip, const uint8_t *packet)
{
	uint32_t lba = packet[0] == MMC_SEEK_6 ? get24(packet + 1) & 0x1FFFFF : get32(packet + 2);

	return lba < sectors_of(chip) ? fine() : sense(SENSE_ILLEGAL_REQUEST, ASC_OUT_OF_RANGE, 0);
}

static struct vide_sense read_6(struct vide *chip, const uint8_t *packet)
{
	return atapi_read(chip, get24(packet + 1) & 0x1FFFFF, packet[4] ? packet[4] : READ_6_ALL);
}

static struct vide_sense read_10(struct vide *chip, const uint8_t *packet)
{
	return atapi_read(chip, get32(packet + 2), get16(packet + 7));
}

static struct vide_sense read_12(struct vide *chip, const uint8_t *packet)
{
	return atapi_read(chip, get32(packet + 2), get32(packet + 6));
}

static struct vide_sense read_raw(struct vide *chip, const uint8_t *packet, uint32_t lba, uint32_t count)
{
	enum { SUBCHANNEL = 7 };
	unsigned type = packet[1] >> 2 & 7, fields = packet[9] & MMC_CD_FIELDS;
	struct vide_sense answer;

	if (type && type != MMC_CD_TYPE_MODE1)
		return sense(SENSE_ILLEGAL_REQUEST, ASC_ILLEGAL_MODE, 0);
	if ((fields && fields != MMC_CD_USER_DATA) || packet[10] & SUBCHANNEL)
		return invalid_field();
	answer = atapi_read(chip, lba, count);
	if (!fields)
		chip->s.transfer.job = VIDE_JOB_NONE;
	return answer;
}

static struct vide_sense read_cd(struct vide *chip, const uint8_t *packet)
{
	return read_raw(chip, packet, get32(packet + 2), get24(packet + 6));
}

static struct vide_sense read_cd_msf(struct vide *chip, const uint8_t *packet)
{
	uint32_t first = msf_lba(packet + 3), last = msf_lba(packet + 6);

	if (last < first)
		return invalid_field();
	return read_raw(chip, packet, first, last - first);
}

static struct vide_sense play(struct vide *chip, const uint8_t *packet)
{
	(void)chip, (void)packet;
	return sense(SENSE_ILLEGAL_REQUEST, ASC_ILLEGAL_MODE, 0);
}

/* --- the table ------------------------------------------------------------------------------------------ */

enum { ALWAYS = 1, MEDIUM = 2 };     /* attention pending or not; needs a medium */

static const struct {
	uint8_t operation, needs;
	struct vide_sense (*carry_out)(struct vide *chip, const uint8_t *packet);
} operations[] = {
	{ MMC_TEST_UNIT_READY, MEDIUM, nothing }, { MMC_REQUEST_SENSE, ALWAYS, request_sense },
	{ MMC_READ_6, MEDIUM, read_6 }, { MMC_SEEK_6, MEDIUM, seek }, { MMC_INQUIRY, ALWAYS, inquiry },
	{ MMC_MODE_SENSE_6, 0, mode_sense_6 }, { MMC_START_STOP, 0, start_stop },
	{ MMC_PREVENT_ALLOW, 0, prevent_allow }, { MMC_READ_CAPACITY, MEDIUM, read_capacity },
	{ MMC_READ_10, MEDIUM, read_10 }, { MMC_SEEK_10, MEDIUM, seek },
	{ MMC_READ_SUBCHANNEL, MEDIUM, read_subchannel }, { MMC_READ_TOC, MEDIUM, read_toc },
	{ MMC_READ_HEADER, MEDIUM, read_header }, { MMC_PLAY_AUDIO_10, MEDIUM, play },
	{ MMC_GET_CONFIGURATION, ALWAYS, get_configuration }, { MMC_PLAY_AUDIO_MSF, MEDIUM, play },
	{ MMC_GET_EVENT_STATUS, ALWAYS, get_event_status }, { MMC_PAUSE_RESUME, MEDIUM, play },
	{ MMC_STOP_PLAY, MEDIUM, nothing }, { MMC_READ_DISC_INFORMATION, MEDIUM, read_disc_information },
	{ MMC_MODE_SENSE_10, 0, mode_sense_10 }, { MMC_PLAY_AUDIO_12, MEDIUM, play },
	{ MMC_READ_12, MEDIUM, read_12 }, { MMC_READ_CD_MSF, MEDIUM, read_cd_msf },
	{ MMC_SET_SPEED, 0, nothing }, { MMC_MECHANISM_STATUS, 0, mechanism_status },
	{ MMC_READ_CD, MEDIUM, read_cd },
};

static struct vide_sense attention(struct vide_unit *unit)
{
	struct vide_sense told = sense(SENSE_UNIT_ATTENTION, unit->attention, 0);

	unit->attention = 0;
	return told;
}

struct vide_sense mmc_execute(struct vide *chip, uint8_t operation)
{
	struct vide_unit *unit = vide_active(chip);

	if (operation != MMC_REQUEST_SENSE)
		unit->sense = fine();
	for (unsigned i = 0; i < sizeof operations / sizeof *operations; i++) {
		if (operations[i].operation != operation)
			continue;
		if (!(operations[i].needs & ALWAYS) && unit->attention)
			return attention(unit);
		if (operations[i].needs & MEDIUM && !unit->medium)
			return sense(SENSE_NOT_READY, ASC_NO_MEDIUM,
				     unit->tray_open ? ASCQ_TRAY_OPEN : ASCQ_TRAY_CLOSED);
		return operations[i].carry_out(chip, chip->s.packet);
	}
	return sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_OPERATION, 0);
}
