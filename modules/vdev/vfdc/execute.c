/* The execution phase: commands that look for sectors and move data.
 *
 * One sector at a time. Its place on the disk says when it passes; what is read is fetched from the
 * medium meanwhile and given to the host when both its time and its data have come; what is written
 * is taken from the host when it begins. The host's bytes go by DMA, all of a sector in one
 * go, or over the data register, as many to an interrupt as the FIFO's threshold says.
 *
 * Overrun. By DMA it is noticed at once when nobody answers the request. Over the data register
 * there is none: DIFFERS, the disk waits for a processor that is shared with other machines.
 *
 * DIFFERS: media are images of 512-byte sectors that carry their usual numbers, so deleted data
 * are written as ordinary data, and FORMAT TRACK refuses (NW) whatever an image cannot hold: other
 * sizes, numbers or counts of sectors.
 *
 * Read: Intel, "82077AA CHMOS Single-Chip Floppy Disk Controller" (290166), "Data Transfer Commands",
 * "Control Commands", "Result Phase Table", "Status Register Encoding", "Data Transfer Termination". */
#include "parts.h"

#include <base/mem.h>

enum { SIZE_CODE = 2, NO_CYLINDER = 0xFF, DATA_PERCENT = 86, ANY = 0xFF };

static bool is(const struct vfdc *chip, unsigned command)
{
	return vfdc_opcode(chip) == command;
}

static bool is_scan(const struct vfdc *chip)
{
	return is(chip, I82077_SCAN_EQUAL) || is(chip, I82077_SCAN_LOW) || is(chip, I82077_SCAN_HIGH);
}

static bool is_write(const struct vfdc *chip)
{
	return is(chip, I82077_WRITE) || is(chip, I82077_WRITE_DELETED);
}

static bool counts_verified(const struct vfdc *chip)
{
	return is(chip, I82077_VERIFY) && (chip->s.command[1] & I82077_EC);
}

/* --- the end ------------------------------------------------------------------------------ */

static void finish(struct vfdc *chip, uint8_t ic)
{
	struct vfdc_state *s = &chip->s;
	uint8_t st0 = (uint8_t)(ic | (s->st0 & I82077_ST0_SE) | (s->head ? I82077_HDS : 0) |
				(s->command[1] & I82077_DS));
	uint8_t result[] = { st0, s->st1, s->st2, s->c, s->h, s->r, s->n };

	s->step = VFDC_NONE;
	s->due_ns = CLOCK_NEVER;
	vfdc_answer(chip, result, sizeof result, true);
}

static void fail(struct vfdc *chip, uint8_t st1, uint8_t st2)
{
	chip->s.st1 |= st1;
	chip->s.st2 |= st2;
	finish(chip, I82077_ST0_ABNORMAL);
}

/* "Result Phase Table": what comes behind the last sector that was moved. */
static void next_address(struct vfdc_state *s)
{
	if (s->r != s->eot) {
		s->r++;
		return;
	}
	s->r = 1;
	if (!(s->command[0] & I82077_MT)) {
		s->c++;
		return;
	}
	if (s->head)
		s->c++;
	s->h ^= 1;
}

static void done(struct vfdc *chip)
{
	next_address(&chip->s);
	finish(chip, chip->s.st1 ? I82077_ST0_ABNORMAL : 0);
}

/* --- looking for a sector ------------------------------------------------------------------ */

static void lost(struct vfdc *chip, const struct vfdc_drive *d, uint64_t now, uint8_t st1, uint8_t st2)
{
	chip->s.st1 |= st1;
	chip->s.st2 |= st2;
	chip->s.step = VFDC_LOST;
	chip->s.due_ns = now + 2 * vfdc_rotation_ns(chip, d);
}

/* Whether the ID that is looked for can come by; says why not. */
static bool comes_by(const struct vfdc *chip, const struct vfdc_drive *d, uint8_t *st1, uint8_t *st2)
{
	const struct vfdc_state *s = &chip->s;

	*st1 = *st2 = 0;
	if (!vfdc_readable(chip, d, s->head)) {
		*st1 = I82077_ST1_MA;
		return false;
	}
	if (is(chip, I82077_READ_TRACK))
		return true;
	if (s->c == d->cylinder && s->h == s->head && s->n == SIZE_CODE && s->r && s->r <= d->medium.sectors)
		return true;
	*st1 = I82077_ST1_ND;
	if (s->c != d->cylinder)
		*st2 = I82077_ST2_WC;
	return false;
}

/* READ TRACK takes sectors as they come, from the index on. */
static unsigned physical(const struct vfdc *chip, const struct vfdc_drive *d)
{
	const struct vfdc_state *s = &chip->s;

	return is(chip, I82077_READ_TRACK) ? (unsigned)(s->eot - s->left) % d->medium.sectors + 1 : s->r;
}

static void submit(struct vfdc *chip, const struct vfdc_drive *d, bool write, unsigned r)
{
	struct vfdc_state *s = &chip->s;

	s->lba = ((uint32_t)d->cylinder * d->medium.heads + s->head) * d->medium.sectors + r - 1;
	s->io = 1;
	s->writes = write;
	chip->wires.submit(chip->wires.of, (unsigned)(d - s->drive), write, s->lba, s->buffer);
}

static void pass(struct vfdc *chip, const struct vfdc_drive *d, uint64_t start, enum vfdc_step step)
{
	uint32_t slot = (uint32_t)vfdc_slot_ns(chip, d);

	chip->s.step = (uint8_t)step;
	chip->s.due_ns = start + slot / 100 * DATA_PERCENT;
	chip->s.next_ns = start + slot;
}

static uint64_t begins(struct vfdc *chip, const struct vfdc_drive *d, uint64_t now, unsigned r)
{
	if (chip->s.next_ns)
		return chip->s.next_ns;
	return vfdc_sector_ns(chip, d, now + vfdc_head_load_ns(chip, now), r);
}

static bool format_fits(const struct vfdc *chip, const struct vfdc_drive *d)
{
	return vfdc_readable(chip, d, chip->s.head) && chip->s.command[2] == SIZE_CODE &&
		chip->s.command[3] == d->medium.sectors;
}

static void wait_to_write(struct vfdc *chip, const struct vfdc_drive *d, uint64_t now, unsigned r)
{
	chip->s.due_ns = begins(chip, d, now, r);
	chip->s.next_ns = chip->s.due_ns ? chip->s.due_ns : 1;
	chip->s.step = VFDC_START;
}

/* The next ID field, whichever it is. */
static void any_id(struct vfdc *chip, const struct vfdc_drive *d, uint64_t now)
{
	uint64_t from = now + vfdc_head_load_ns(chip, now), slot = vfdc_slot_ns(chip, d);
	uint64_t rotation = vfdc_rotation_ns(chip, d);
	unsigned r = slot ? (unsigned)((uint32_t)(from % rotation) / (uint32_t)slot) + 2 : 1;

	chip->s.r = (uint8_t)(r > d->medium.sectors ? 1 : r);
	chip->s.due_ns = slot ? from - from % slot + slot : from;
	chip->s.step = VFDC_ID;
}

static void search(struct vfdc *chip, uint64_t now)
{
	struct vfdc_drive *d = vfdc_turning(chip);
	uint8_t st1, st2;

	if (!d) {
		chip->s.step = VFDC_STILL;
		chip->s.due_ns = CLOCK_NEVER;
		chip->s.next_ns = 0;
	} else if (is(chip, I82077_FORMAT)) {
		if (format_fits(chip, d))
			wait_to_write(chip, d, now, 1);
		else
			fail(chip, I82077_ST1_NW, 0);
	} else if (is(chip, I82077_READ_ID)) {
		if (vfdc_readable(chip, d, chip->s.head))
			any_id(chip, d, now);
		else
			lost(chip, d, now, I82077_ST1_MA, 0);
	} else if (!comes_by(chip, d, &st1, &st2)) {
		lost(chip, d, now, st1, st2);
	} else if (is_write(chip)) {
		wait_to_write(chip, d, now, chip->s.r);
	} else {
		pass(chip, d, begins(chip, d, now, physical(chip, d)), VFDC_READ);
		submit(chip, d, false, physical(chip, d));
	}
}

/* --- from sector to sector ----------------------------------------------------------------- */

/* The next one of a scan may be the one after the next: STP. */
static bool advance(struct vfdc *chip)
{
	struct vfdc_state *s = &chip->s;
	unsigned stride = is_scan(chip) && s->command[8] == 2 ? 2 : 1;

	if (s->r + stride <= s->eot) {
		s->r = (uint8_t)(s->r + stride);
		return true;
	}
	if (!(s->command[0] & I82077_MT) || s->head)
		return false;
	s->head = 1;
	s->h ^= 1;
	s->r = 1;
	return true;
}

static void format_end(struct vfdc *chip, uint64_t now)
{
	if (--chip->s.left == 0 || chip->s.tc)
		finish(chip, 0);
	else
		search(chip, now);
}

static void track_end(struct vfdc *chip, uint64_t now)
{
	struct vfdc_state *s = &chip->s;

	if (--s->left == 0 || s->tc) {
		s->r = (uint8_t)(s->eot - s->left);
		done(chip);
	} else {
		search(chip, now);
	}
}

/* A sector is through: another, or the end. */
static void sector_end(struct vfdc *chip, uint64_t now)
{
	struct vfdc_state *s = &chip->s;

	if (is(chip, I82077_FORMAT))
		format_end(chip, now);
	else if (is(chip, I82077_READ_TRACK))
		track_end(chip, now);
	else if (is(chip, I82077_READ_DELETED) && !(s->command[0] & I82077_SK))
		finish(chip, 0);     /* "Address not incremented. Next sector not searched for." */
	else if (s->tc || (counts_verified(chip) && --s->left == 0))
		done(chip);
	else if (s->r == s->eot && is(chip, I82077_VERIFY) && !counts_verified(chip) &&
		 (!(s->command[0] & I82077_MT) || s->head))
		done(chip);
	else if (advance(chip))
		search(chip, now);
	else if (is_scan(chip))
		done(chip);
	else {
		s->st1 |= I82077_ST1_EN;
		done(chip);
	}
}

/* --- bytes between host and chip ------------------------------------------------------------ */

static void scan_byte(struct vfdc *chip, uint8_t host)
{
	struct vfdc_state *s = &chip->s;
	uint8_t disk = s->buffer[s->at];

	if (host == ANY || disk == ANY || disk == host)
		return;
	s->scan_equal = 0;
	if (is(chip, I82077_SCAN_EQUAL) || (is(chip, I82077_SCAN_LOW) && disk > host) ||
	    (is(chip, I82077_SCAN_HIGH) && disk < host))
		s->scan_met = 0;
}

static void take_byte(struct vfdc *chip, uint8_t value)
{
	struct vfdc_state *s = &chip->s;

	if (is_scan(chip))
		scan_byte(chip, value);
	else if (is(chip, I82077_FORMAT))
		s->ids[s->at] = value;
	else
		s->buffer[s->at] = value;
	s->at++;
}

/* "SCAN": met, it ends; not met, it goes on and tells so in the end. */
static void scan_end(struct vfdc *chip, uint64_t now)
{
	struct vfdc_state *s = &chip->s;

	s->st2 &= ~(I82077_ST2_SN | I82077_ST2_SH);
	if (!s->scan_met)
		s->st2 |= I82077_ST2_SN;
	else if (s->scan_equal)
		s->st2 |= I82077_ST2_SH;
	if (s->scan_met)
		done(chip);
	else
		sector_end(chip, now);
}

static void write_sector(struct vfdc *chip, unsigned r)
{
	struct vfdc_drive *d = vfdc_turning(chip);

	if (!d) {
		fail(chip, I82077_ST1_DE, I82077_ST2_DD);
		return;
	}
	pass(chip, d, chip->s.next_ns, VFDC_WRITE);
	submit(chip, d, true, r);
}

static void format_sector(struct vfdc *chip)
{
	struct vfdc_state *s = &chip->s;
	const struct vfdc_drive *d = vfdc_turning(chip);

	s->c = s->ids[0];
	s->h = s->ids[1];
	s->r = s->ids[2];
	s->n = s->ids[3];
	if (!d || s->c != d->cylinder || s->h != s->head || !s->r || s->r > d->medium.sectors || s->n != SIZE_CODE) {
		fail(chip, I82077_ST1_NW, 0);
		return;
	}
	memset(s->buffer, s->command[5], VFDC_SECTOR);
	write_sector(chip, s->r);
}

/* All bytes of a sector are through, or as many as terminal count let. What is missing of one to be
 * written is zeros ("Write Data"). */
static void host_end(struct vfdc *chip, uint64_t now)
{
	struct vfdc_state *s = &chip->s;

	if (is_write(chip)) {
		memset(s->buffer + s->at, 0, VFDC_SECTOR - s->at);
		write_sector(chip, s->r);
	} else if (is(chip, I82077_FORMAT)) {
		format_sector(chip);
	} else if (is_scan(chip)) {
		scan_end(chip, now);
	} else {
		sector_end(chip, now);
	}
}

static void host_dma(struct vfdc *chip, uint64_t now)
{
	struct vfdc_state *s = &chip->s;

	s->due_ns = CLOCK_NEVER;
	s->dma = 1;
	if (s->dor & I82077_DOR_DMAGATE || chip->ps2)
		chip->wires.request(chip->wires.of, true);
	chip->wires.request(chip->wires.of, false);
	s->dma = 0;
	if (s->at < s->end && !s->tc)
		fail(chip, I82077_ST1_OR, 0);
	else
		host_end(chip, now);
}

static void host_begin(struct vfdc *chip, uint64_t now, bool takes, unsigned bytes)
{
	struct vfdc_state *s = &chip->s;

	s->at = 0;
	s->end = (uint16_t)bytes;
	s->takes = takes;
	s->scan_equal = s->scan_met = 1;
	if (!(s->specify[1] & I82077_SPECIFY_ND)) {
		host_dma(chip, now);
		return;
	}
	s->step = takes ? VFDC_TAKE : VFDC_GIVE;
	s->due_ns = CLOCK_NEVER;
	vfdc_interrupt(chip, true);
}

static void dma_count(struct vfdc *chip, bool terminal_count)
{
	struct vfdc_state *s = &chip->s;

	s->tc |= terminal_count;
	if (s->at == s->end || s->tc)
		chip->wires.request(chip->wires.of, false);
}

uint8_t vfdc_dma_read(struct vfdc *chip, bool terminal_count)
{
	struct vfdc_state *s = &chip->s;
	uint8_t value = 0xFF;

	if (s->dma && s->at < s->end) {
		if (s->takes)
			take_byte(chip, value);     /* the DMA controller is set for the other way */
		else
			value = s->buffer[s->at++];
		dma_count(chip, terminal_count);
	}
	return value;
}

/* Also of a verify, which takes a byte to nowhere. */
void vfdc_dma_write(struct vfdc *chip, uint8_t data, bool terminal_count)
{
	struct vfdc_state *s = &chip->s;

	if (!s->dma || s->at >= s->end)
		return;
	if (s->takes)
		take_byte(chip, data);
	else
		s->at++;
	dma_count(chip, terminal_count);
}

/* Bytes to an interrupt: "CONFIGURE", FIFOTHR, and "FIFO" in "Non-DMA Mode". */
unsigned vfdc_burst(const struct vfdc *chip)
{
	unsigned threshold = (chip->s.configure & I82077_CONFIGURE_THRESHOLD) + 1u;

	if ((chip->s.configure & I82077_CONFIGURE_FIFO_OFF) || threshold == I82077_FIFO_SIZE)
		return 1;
	return I82077_FIFO_SIZE - threshold;
}

static void pio_count(struct vfdc *chip)
{
	struct vfdc_state *s = &chip->s;

	if (s->at == s->end || s->at % vfdc_burst(chip) == 0)
		vfdc_interrupt(chip, false);
	if (s->at == s->end) {
		uint64_t now = clock_now(&chip->clock);

		host_end(chip, now);
		vfdc_arm(chip);
	} else if (s->at % vfdc_burst(chip) == 0) {
		vfdc_interrupt(chip, true);
	}
}

uint8_t vfdc_pio_read(struct vfdc *chip)
{
	uint8_t value = chip->s.buffer[chip->s.at++];

	pio_count(chip);
	return value;
}

void vfdc_pio_write(struct vfdc *chip, uint8_t value)
{
	take_byte(chip, value);
	pio_count(chip);
}

/* --- steps ---------------------------------------------------------------------------------- */

/* "READ TRACK": a sector of another number is read all the same, and tells so. */
static void compare_id(struct vfdc *chip)
{
	struct vfdc_state *s = &chip->s;
	const struct vfdc_drive *d = vfdc_turning(chip);

	if (d && (s->c != d->cylinder || s->h != s->head || s->n != SIZE_CODE || s->r != physical(chip, d)))
		s->st1 |= I82077_ST1_ND;
	s->r++;
}

/* A sector has passed under the head. */
static void sector_read(struct vfdc *chip, uint64_t now)
{
	struct vfdc_state *s = &chip->s;

	if (is(chip, I82077_READ_TRACK))
		compare_id(chip);
	if (is(chip, I82077_READ_DELETED)) {
		s->st2 |= I82077_ST2_CM;
		if (s->command[0] & I82077_SK) {
			sector_end(chip, now);
			return;
		}
	}
	if (is(chip, I82077_VERIFY))
		sector_end(chip, now);
	else
		host_begin(chip, now, is_scan(chip), VFDC_SECTOR);
}

static void id_read(struct vfdc *chip)
{
	struct vfdc_drive *d = vfdc_turning(chip);

	if (d) {
		chip->s.c = d->cylinder;
		chip->s.h = chip->s.head;
		chip->s.n = SIZE_CODE;
		finish(chip, 0);
	} else {
		search(chip, chip->s.due_ns);
	}
}

static void implied_seek_end(struct vfdc *chip, uint64_t now)
{
	vfdc_seek_settle(chip, chip->s.command[1] & I82077_DS, now);
	chip->s.st0 |= I82077_ST0_SE;
	search(chip, now);
}

static void step(struct vfdc *chip, uint64_t now)
{
	switch (chip->s.step) {
	case VFDC_SEEK:
		implied_seek_end(chip, now);
		break;
	case VFDC_LOST:
		finish(chip, I82077_ST0_ABNORMAL);
		break;
	case VFDC_ID:
		id_read(chip);
		break;
	case VFDC_READ:
		sector_read(chip, now);
		break;
	case VFDC_START:
		host_begin(chip, now, true, is(chip, I82077_FORMAT) ? sizeof chip->s.ids : VFDC_SECTOR);
		break;
	case VFDC_WRITE:
		sector_end(chip, now);
		break;
	default:
		chip->s.due_ns = CLOCK_NEVER;
		break;
	}
}

void vfdc_proceed(struct vfdc *chip, uint64_t now)
{
	while (chip->s.phase == VFDC_EXECUTION && !chip->s.io && chip->s.due_ns <= now)
		step(chip, now);
}

/* What went wrong with the medium shows as what a bad disk shows. */
static void io_failed(struct vfdc *chip, int result)
{
	if (result == E_READ_ONLY)
		fail(chip, I82077_ST1_NW, 0);
	else if ((result == E_NO_MEDIUM || result == E_CHANGED) && !chip->s.writes) {
		chip->s.next_ns = 0;
		search(chip, clock_now(&chip->clock));
	} else
		fail(chip, I82077_ST1_DE, I82077_ST2_DD);
}

void vfdc_complete(struct vfdc *chip, int result)
{
	if (!chip->s.io)
		return;
	chip->s.io = 0;
	if (result)
		io_failed(chip, result);
	vfdc_proceed(chip, clock_now(&chip->clock));
	vfdc_arm(chip);
}

/* --- the beginning -------------------------------------------------------------------------- */

static bool write_protected(const struct vfdc *chip)
{
	unsigned drive = vfdc_selected(chip);

	return (is_write(chip) || is(chip, I82077_FORMAT)) && drive != VFDC_NO_DRIVE &&
		chip->s.drive[drive].medium.sectors && chip->s.drive[drive].medium.read_only;
}

static void parameters(struct vfdc_state *s)
{
	s->st0 = s->st1 = s->st2 = s->tc = 0;
	s->next_ns = 0;
	s->head = s->command[1] & I82077_HDS ? 1 : 0;
	s->c = s->command[2];
	s->h = s->command[3];
	s->r = s->command[4];
	s->n = s->command[5];
	s->eot = s->command[6];
	s->left = s->command[8];
}

static bool seeks_first(const struct vfdc *chip)
{
	return (chip->implied || (chip->s.configure & I82077_CONFIGURE_EIS)) && !is(chip, I82077_FORMAT) &&
		!is(chip, I82077_READ_ID) && chip->s.unit[chip->s.command[1] & I82077_DS].pcn != chip->s.c;
}

void vfdc_execute(struct vfdc *chip)
{
	struct vfdc_state *s = &chip->s;
	unsigned unit = s->command[1] & I82077_DS;

	parameters(s);
	if (is(chip, I82077_FORMAT))
		s->left = s->command[3];
	else if (is(chip, I82077_READ_TRACK))
		s->left = s->eot;
	if (is(chip, I82077_FORMAT) || is(chip, I82077_READ_ID))
		s->c = s->h = s->r = s->n = 0;
	s->phase = VFDC_EXECUTION;
	if (write_protected(chip)) {
		fail(chip, I82077_ST1_NW, 0);
	} else if (seeks_first(chip)) {
		vfdc_seek_begin(chip, unit, s->c);
		s->step = VFDC_SEEK;
		s->due_ns = s->unit[unit].due_ns;
	} else {
		search(chip, clock_now(&chip->clock));
	}
	vfdc_arm(chip);
}

void vfdc_disk_changed(struct vfdc *chip)
{
	struct vfdc_state *s = &chip->s;
	bool turns = vfdc_turning(chip) != NULL;

	if (s->phase != VFDC_EXECUTION)
		return;
	if (turns ? s->step == VFDC_STILL : s->step == VFDC_LOST || s->step == VFDC_ID || s->step == VFDC_START) {
		s->next_ns = 0;
		search(chip, clock_now(&chip->clock));
		vfdc_arm(chip);
	}
}

void vfdc_abort(struct vfdc *chip)
{
	if (chip->s.io)
		chip->wires.cancel(chip->wires.of);
	chip->s.io = chip->s.tc = 0;
	chip->s.step = VFDC_NONE;
	chip->s.due_ns = CLOCK_NEVER;
}
