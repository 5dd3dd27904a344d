/* The CD-ROM drive's mode pages: error recovery, CD-ROM, audio control, capabilities.
 *
 * What MODE SELECT may change is kept, and told by MODE SENSE, until a reset of the whole drive. A list with
 * anything wrong in it changes nothing.
 *
 * DIFFERS: what is changed has no effect: nothing is read twice that failed, no motor stops, and there is no
 * audio whose volume it could be. Pages are not saved over power-off.
 *
 * Read: SFF-8020i revision 2.6, "MODE SELECT (10) Command", "MODE SENSE (10) Command", "Mode Select/Sense
 * parameters"; NCITS 301-1997 SPC, "MODE SELECT (6) command". */
#include "mmc.h"

enum {
	HEADER_6 = 4, HEADER_10 = 8, PAGE_HEADER = 2, SPEED_4X_KB = 706,
	BLOCK_LENGTH_6 = 3, BLOCK_LENGTH_10 = 6,
};

static const uint8_t pages[] = {
	MMC_PAGE_RECOVERY, 6, 0, 5, 0, 0, 0, 0,
	MMC_PAGE_CD, 6, 0, 0, 0, MMC_SECONDS, 0, MMC_FRAMES,
	MMC_PAGE_AUDIO, 14, 4, 0, 0, 0, 0, MMC_FRAMES, 0, 0, 0, 0, 0, 0, 0, 0,
	/* Tray, can eject and lock; both speeds and the buffer follow below. */
	MMC_PAGE_CAPABILITIES, 18, 0, 0, 0x30, 0, 0x29, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};
enum { CAPS_FLAGS = 6, CAPS_LOCKED = 0x02, CAPS_SPEED = 8, CAPS_BUFFER_KB = 12, CAPS_SPEED_NOW = 14 };

/* Bits that a host may change: recovery parameter and retries; inactivity; what stops at track's end, and each
 * port's channels and volume. */
static const uint8_t changeable[VIDE_MODE_BYTES] = {
	[2] = 0x3F, [3] = 0xFF, [8 + 3] = 0x0F, [16 + 2] = 0x06, [16 + 8] = 0x0F, [16 + 9] = 0xFF, [16 + 10] = 0x0F,
	[16 + 11] = 0xFF, [16 + 12] = 0x0F, [16 + 13] = 0xFF, [16 + 14] = 0x0F, [16 + 15] = 0xFF,
};

void mode_reset(struct vide_unit *unit)
{
	memcpy(unit->modes, pages, VIDE_MODE_BYTES);
}

/* --- sense ---------------------------------------------------------------------------------- */

static void fill_page(const struct vide_unit *unit, unsigned at, uint8_t *page, unsigned control)
{
	unsigned size = page[1];

	if (control == MMC_PAGE_CHANGEABLE) {
		memset(page + PAGE_HEADER, 0, size);
		if (at < VIDE_MODE_BYTES)
			memcpy(page + PAGE_HEADER, changeable + at + PAGE_HEADER, size);
	} else if (at < VIDE_MODE_BYTES) {
		if (control == MMC_PAGE_CURRENT)
			memcpy(page, unit->modes + at, size + PAGE_HEADER);
	} else {
		if (unit->locked)
			page[CAPS_FLAGS] |= CAPS_LOCKED;
		put16(page + CAPS_SPEED, SPEED_4X_KB);
		put16(page + CAPS_BUFFER_KB, VIDE_BUFFER / 1024);
		put16(page + CAPS_SPEED_NOW, SPEED_4X_KB);
	}
}

static unsigned put_pages(const struct vide_unit *unit, uint8_t *to, uint8_t wanted, unsigned control)
{
	unsigned size = 0;

	for (unsigned i = 0; i < sizeof pages; i += pages[i + 1] + PAGE_HEADER) {
		if (wanted != MMC_PAGE_ALL && wanted != pages[i])
			continue;
		memcpy(to + size, pages + i, pages[i + 1] + PAGE_HEADER);
		fill_page(unit, i, to + size, control);
		size += pages[i + 1] + PAGE_HEADER;
	}
	return size;
}

static struct vide_sense mode_sense(struct vide *chip, const uint8_t *packet, unsigned header, unsigned allocated)
{
	const struct vide_unit *unit = vide_active(chip);
	uint8_t *at = blank(chip, header), control = packet[2] >> 6;
	unsigned size = put_pages(unit, at + header, packet[2] & MMC_PAGE, control);
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

struct vide_sense mode_sense_6(struct vide *chip, const uint8_t *packet)
{
	return mode_sense(chip, packet, HEADER_6, packet[4]);
}

struct vide_sense mode_sense_10(struct vide *chip, const uint8_t *packet)
{
	return mode_sense(chip, packet, HEADER_10, get16(packet + 7));
}

/* --- select ---------------------------------------------------------------------------------- */

static struct vide_sense bad_list(uint8_t code)
{
	return sense(SENSE_ILLEGAL_REQUEST, code, 0);
}

/* Where the page is that the list has at `page`, and may be as it says there: else sizeof pages. */
static unsigned page_fits(const struct vide_unit *unit, const uint8_t *page)
{
	for (unsigned i = 0; i < VIDE_MODE_BYTES; i += pages[i + 1] + PAGE_HEADER) {
		if (pages[i] != (page[0] & MMC_PAGE))
			continue;
		for (unsigned n = 1; n < pages[i + 1] + 2u; n++)
			if ((page[n] ^ unit->modes[i + n]) & ~changeable[i + n])
				return sizeof pages;
		return i;
	}
	return sizeof pages;
}

static struct vide_sense take_pages(struct vide_unit *unit, const uint8_t *page, unsigned size, bool apply)
{
	while (size) {
		unsigned length = size < PAGE_HEADER ? 0 : page[1] + PAGE_HEADER, at;

		if (!length || length > size)
			return bad_list(ASC_LIST_LENGTH);
		at = page_fits(unit, page);
		if (at == sizeof pages)
			return bad_list(ASC_INVALID_LIST_FIELD);
		if (apply)
			memcpy(unit->modes + at + PAGE_HEADER, page + PAGE_HEADER, length - PAGE_HEADER);
		page += length;
		size -= length;
	}
	return fine();
}

struct vide_sense mode_parameters(struct vide *chip)
{
	struct vide_unit *unit = vide_active(chip);
	const uint8_t *list = chip->s.buffer;
	bool ten = chip->s.packet[0] == MMC_MODE_SELECT_10;
	unsigned header = ten ? HEADER_10 : HEADER_6, size = chip->s.transfer.filled;
	struct vide_sense answer;

	if (size < header)
		return bad_list(ASC_LIST_LENGTH);
	if (ten ? get16(list + BLOCK_LENGTH_10) : list[BLOCK_LENGTH_6])
		return bad_list(ASC_INVALID_LIST_FIELD);         /* a CD-ROM drive has no block descriptors */
	answer = take_pages(unit, list + header, size - header, false);
	return answer.key == SENSE_NONE ? take_pages(unit, list + header, size - header, true) : answer;
}

static struct vide_sense mode_select(struct vide *chip, const uint8_t *packet, unsigned size)
{
	if (packet[1] & MMC_SAVE_PAGES || !(packet[1] & MMC_PAGE_FORMAT) || size > VIDE_BUFFER)
		return invalid_field();
	if (size) {
		chip->s.transfer.job = VIDE_JOB_PACKET_LIST;
		chip->s.transfer.filled = (uint16_t)size;
	}
	return fine();
}

struct vide_sense mode_select_6(struct vide *chip, const uint8_t *packet)
{
	return mode_select(chip, packet, packet[4]);
}

struct vide_sense mode_select_10(struct vide *chip, const uint8_t *packet)
{
	return mode_select(chip, packet, get16(packet + 7));
}
