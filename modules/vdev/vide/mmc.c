/* Packet commands of the CD-ROM drive: one table, and what each answers.
 *
 * The disc is one data track of 2048-byte sectors (mode 1) in one session. Audio there is none: PLAY AUDIO is
 * refused as it is on a data track.
 *
 * A unit attention (after a reset; after a change of medium) is told once, to the next command but those
 * that must work regardless; then a drive without a medium says so.
 *
 * DIFFERS: a disc that the guest ejects is out of the drive, not on a tray: START STOP UNIT with LoEj and Start shuts
 * an empty one, and the user puts the disc in again.
 * DIFFERS: READ CD gives user data only; headers and error correction of raw sectors are not made up.
 *
 * Read: SFF-8020i revision 2.6, "Packet commands for CD-ROM devices"; NCITS 333-2000 MMC-2, "GET
 * CONFIGURATION", "GET EVENT/STATUS NOTIFICATION", "READ CD", "READ DISC INFORMATION", "READ
 * TOC/PMA/ATIP"; NCITS 301-1997 SPC, "Sense data", "INQUIRY", "Unit attention condition". */
#include "mmc.h"

enum {
	PER_CD_SECTOR = VIDE_CD_SECTOR / VIDE_SECTOR, LAST_TRACK = 1, READ_6_ALL = 256,
	EVENT_CLASSES = 1 << MMC_EVENT_MEDIA_CLASS,
};

static uint32_t get24(const uint8_t *at)
{
	return (uint32_t)at[0] << 16 | get16(at + 1);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
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

/* As the disc's lead-in has them: first and last track, lead-out, and the track. */
static struct vide_sense read_full_toc(struct vide *chip, unsigned allocated)
{
	enum { HEADER = 4, DESCRIPTOR = 11, POINT = 3, POINTED = 7 };
	static const uint8_t points[] = { MMC_POINT_FIRST, MMC_POINT_LAST, MMC_POINT_LEAD_OUT, LAST_TRACK };
	uint8_t *at = blank(chip, HEADER + sizeof points * DESCRIPTOR), *entry = at + HEADER;

	put16(at, HEADER - 2 + sizeof points * DESCRIPTOR);
	at[2] = at[3] = LAST_TRACK;      /* and session */
	for (unsigned i = 0; i < sizeof points; i++, entry += DESCRIPTOR) {
		entry[0] = LAST_TRACK;
		entry[1] = MMC_ADR_DATA_TRACK;
		entry[POINT] = points[i];
		if (points[i] == MMC_POINT_FIRST || points[i] == MMC_POINT_LAST)
			entry[POINTED + 1] = LAST_TRACK;
		else
			put_address(entry + POINTED, points[i] == MMC_POINT_LEAD_OUT ? sectors_of(chip) : 0, true);
	}
	atapi_reply(chip, HEADER + sizeof points * DESCRIPTOR, allocated);
	return fine();
}

static struct vide_sense read_toc(struct vide *chip, const uint8_t *packet)
{
	enum { HEADER = 4, DESCRIPTOR = 8, FORMAT = 0x0F, TRACKS = 0, SESSIONS = 1, FULL = 2 };
	/* SFF-8020i has the format in the last byte. */
	unsigned format = packet[2] & FORMAT ? packet[2] & FORMAT : packet[9] >> 6, size = HEADER;
	uint8_t *at = blank(chip, HEADER + 2 * DESCRIPTOR), first = packet[6];
	bool msf = packet[1] & MMC_MSF;

	if (format == FULL)
		return read_full_toc(chip, get16(packet + 7));
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
	{ MMC_MODE_SELECT_6, 0, mode_select_6 }, { MMC_MODE_SENSE_6, 0, mode_sense_6 }, { MMC_START_STOP, 0, start_stop },
	{ MMC_PREVENT_ALLOW, 0, prevent_allow }, { MMC_READ_CAPACITY, MEDIUM, read_capacity },
	{ MMC_READ_10, MEDIUM, read_10 }, { MMC_SEEK_10, MEDIUM, seek },
	{ MMC_READ_SUBCHANNEL, MEDIUM, read_subchannel }, { MMC_READ_TOC, MEDIUM, read_toc },
	{ MMC_READ_HEADER, MEDIUM, read_header }, { MMC_PLAY_AUDIO_10, MEDIUM, play },
	{ MMC_GET_CONFIGURATION, ALWAYS, get_configuration }, { MMC_PLAY_AUDIO_MSF, MEDIUM, play },
	{ MMC_GET_EVENT_STATUS, ALWAYS, get_event_status }, { MMC_PAUSE_RESUME, MEDIUM, play },
	{ MMC_STOP_PLAY, MEDIUM, nothing }, { MMC_READ_DISC_INFORMATION, MEDIUM, read_disc_information },
	{ MMC_MODE_SELECT_10, 0, mode_select_10 }, { MMC_MODE_SENSE_10, 0, mode_sense_10 }, { MMC_PLAY_AUDIO_12, MEDIUM, play },
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
