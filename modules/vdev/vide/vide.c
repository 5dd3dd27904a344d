/* One channel of the IDE controller of a PC/AT: the task file that two drives share, and the drives.
 *
 *   vide.c       registers, device selection, INTRQ, resets, the data register
 *   ata.c        commands of a hard disk;  identify.c: what drives say of themselves
 *   atapi.c      packet commands, their protocol;  mmc.c: those that only answer
 *
 * What the host writes goes to both drives; each has its own registers, status and pending interrupt, and
 * the selected one answers. A command is carried out in full by whoever is selected; its sectors pass
 * through one buffer, up to VIDE_BUFFER_SECTORS at a time, which the backend fills or empties while BSY
 * is set. Everything else is done at once: BSY is never seen where no medium is waited for.
 *
 * After power-on a disk whose geometry nobody gave reads its first sector, as real drives read their
 * firmware's reserved tracks: the default translation is the one that its partitions were made with, so
 * that a BIOS that goes by IDENTIFY finds them. Until then it is BSY.
 *
 * Where a drive is missing: device 0 answers for device 1, with 00h as its status ("Device 0 only
 * configurations"); a device 1 alone leaves the bus floating when device 0 is selected, 7Fh, because hosts
 * pull DD7 down ("DD (15:0)"). A channel without drives does not exist: FFh, to which a BIOS says at once
 * that there is no controller.
 *
 * DIFFERS: commands written while DRQ is set are ignored, but for DEVICE RESET; the standard leaves open
 * what becomes of them.
 * DIFFERS: both drives of a channel have one buffer. What WRITE BUFFER left is gone after any transfer.
 * DIFFERS: an 8-bit access to the data register, without SET FEATURES 01h, moves a word whose high half is
 * lost (read) or zero (written).
 * DIFFERS: transfers, seeks and resets take no time of their own, only the backend's.
 * Not modelled: DMA (IDENTIFY denies it), overlapped and queued commands, SMART, security, host protected
 * area (READ NATIVE MAX answers), READ LONG and WRITE LONG (aborted).
 *
 * Read: NCITS 317-1998 ATA/ATAPI-4, "Register descriptions", "Protocol", "Reset response", "Device 0 only
 * configurations"; NCITS 361-2002 ATA/ATAPI-6, "48-bit Address feature set", "Device Control register". */
#include <base/mem.h>
#include <hw/atapi.h>

#include "inner.h"

enum { FLOATING = 0x7F, FLOATING_WORD = 0xFFFF };

static struct vide_unit *selected(struct vide *chip)
{
	return &chip->s.unit[vide_selected(chip)];
}

static bool present(const struct vide *chip, unsigned unit)
{
	return chip->s.unit[unit].kind != VIDE_NONE;
}

/* --- INTRQ ---------------------------------------------------------------------------------- */

/* "INTRQ": driven by the selected device alone, and only while nIEN is clear. */
static void update_irq(struct vide *chip)
{
	bool level = selected(chip)->interrupt && present(chip, vide_selected(chip)) &&
		     !(chip->s.control & ATA_CONTROL_NIEN);

	if (level == chip->irq_level)
		return;
	chip->irq_level = level;
	line_set(&chip->wires.irq, level);
}

void vide_interrupt(struct vide *chip)
{
	vide_active(chip)->interrupt = 1;
	update_irq(chip);
}

/* --- how commands go on and end ------------------------------------------------------------- */

static void idle(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;

	t->phase = VIDE_IDLE;
	t->job = VIDE_JOB_NONE;
	t->position = t->end = t->filled = 0;
	chip->s.half_full = 0;
}

void vide_done(struct vide *chip, uint8_t status, bool interrupt)
{
	struct vide_unit *unit = vide_active(chip);

	idle(chip);
	unit->status = status;
	unit->active_ns = clock_now(&chip->wires.clock);
	if (interrupt)
		vide_interrupt(chip);
}

void vide_fail(struct vide *chip, uint8_t error)
{
	vide_active(chip)->error = error;
	vide_done(chip, STATUS_READY | ATA_STATUS_ERR, true);
}

void vide_drq(struct vide *chip, enum vide_phase phase, unsigned size, bool interrupt)
{
	struct vide_transfer *t = &chip->s.transfer;
	struct vide_unit *unit = vide_active(chip);
	unsigned rest = t->filled - t->position;

	t->phase = (uint8_t)phase;
	t->end = (uint16_t)(t->position + (size < rest ? size : rest));
	unit->status = STATUS_READY | ATA_STATUS_DRQ;
	if (interrupt)
		vide_interrupt(chip);
}

void vide_submit(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;

	const struct vide_unit *unit = vide_active(chip);
	unsigned count = t->now;

	t->phase = VIDE_SUBMITTED;
	vide_active(chip)->status = ATA_STATUS_BSY;
	/* An image may end in the middle of a CD's sector: the rest is empty. */
	if (unit->kind == VIDE_CD && t->lba < unit->sectors && count > unit->sectors - t->lba) {
		count = (unsigned)(unit->sectors - t->lba);
		memset(chip->s.buffer + count * VIDE_SECTOR, 0, (t->now - count) * VIDE_SECTOR);
	}
	chip->wires.submit(chip->wires.of, t->unit, (enum vide_op)t->op, t->lba, count, chip->s.buffer);
}

static void cancel(struct vide *chip)
{
	if (chip->s.transfer.phase == VIDE_SUBMITTED)
		chip->wires.cancel(chip->wires.of);
	idle(chip);
}

/* --- resets --------------------------------------------------------------------------------- */

/* The drive starts up, or finishes what came before a reset: another one changes nothing. */
static bool is_resetting(const struct vide *chip)
{
	return chip->s.transfer.job == VIDE_JOB_START_UP || chip->s.transfer.job == VIDE_JOB_RESET;
}

/* "Signature and persistence": what tells a packet device from a disk. */
void vide_signature(struct vide *chip, unsigned number)
{
	struct vide_unit *unit = &chip->s.unit[number];
	bool packet = unit->kind == VIDE_CD;

	unit->error = ATA_DIAGNOSTIC_PASSED;
	unit->count = unit->lba[0] = 1;
	unit->lba[1] = packet ? ATAPI_SIGNATURE_MID : 0;
	unit->lba[2] = packet ? ATAPI_SIGNATURE_HIGH : 0;
	unit->status = packet ? 0 : STATUS_READY;
}

static void signatures(struct vide *chip)
{
	for (unsigned i = 0; i < VIDE_UNITS; i++)
		vide_signature(chip, i);
	chip->s.device = 0;
}

/* Sectors that the host has delivered whole are written, reset or not: a drive with a write cache has told it
 * so. How many are in the buffer. */
static unsigned sectors_delivered(const struct vide *chip)
{
	const struct vide_transfer *t = &chip->s.transfer;

	if (t->job == VIDE_JOB_RESET)
		return t->now;
	if (t->job != VIDE_JOB_SECTORS || t->op != VIDE_WRITE)
		return 0;
	return t->phase == VIDE_SUBMITTED ? t->now : t->position / VIDE_SECTOR;
}

/* Until then both devices are busy. */
static void write_delivered(struct vide *chip, unsigned count)
{
	struct vide_transfer *t = &chip->s.transfer;
	bool under_way = t->phase == VIDE_SUBMITTED;

	*t = (struct vide_transfer){
		.job = VIDE_JOB_RESET, .phase = VIDE_SUBMITTED, .op = VIDE_WRITE, .unit = t->unit, .lba = t->lba,
		.now = (uint8_t)count, .left = count,
	};
	chip->s.half_full = 0;
	chip->s.device = 0;
	if (!under_way)
		vide_submit(chip);
}

void vide_reset_end(struct vide *chip)
{
	idle(chip);
	if (!(chip->s.control & ATA_CONTROL_SRST))
		signatures(chip);
}

static void reset_units(struct vide *chip, bool hard)
{
	unsigned delivered = sectors_delivered(chip);

	if (delivered)
		write_delivered(chip, delivered);
	else
		cancel(chip);
	for (unsigned i = 0; i < VIDE_UNITS; i++) {
		struct vide_unit *unit = &chip->s.unit[i];

		unit->interrupt = 0;
		unit->asleep = 0;
		unit->power = ATA_POWER_ACTIVE;
		unit->active_ns = clock_now(&chip->wires.clock);
		unit->features = unit->old_features = unit->old_count = 0;
		memset(unit->old_lba, 0, sizeof unit->old_lba);
		unit->status = ATA_STATUS_BSY;
		ata_reset(unit, hard);
		atapi_reset(unit, hard);
		if (unit->kind == VIDE_CD && hard)
			chip->wires.lock(chip->wires.of, i, false);
	}
}

void vide_reset(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;

	chip->s.version = VIDE_VERSION;
	reset_units(chip, true);
	chip->s.control = 0;
	update_irq(chip);
	if (is_resetting(chip))
		return;
	signatures(chip);
	for (unsigned i = 0; i < VIDE_UNITS; i++) {
		struct vide_unit *unit = &chip->s.unit[i];

		if (unit->kind != VIDE_DISK || unit->cylinders)
			continue;
		*t = (struct vide_transfer){ .job = VIDE_JOB_START_UP, .op = VIDE_READ, .unit = (uint8_t)i,
					     .now = 1, .left = 1 };
		vide_submit(chip);
		/* Device 0 waits for device 1, and who sees either sees both. */
		chip->s.unit[0].status = chip->s.unit[1].status = ATA_STATUS_BSY;
		return;
	}
}

void vide_control(struct vide *chip, uint8_t value)
{
	uint8_t old = chip->s.control;

	chip->s.control = value;
	if (value & ~old & ATA_CONTROL_SRST) {
		if (!is_resetting(chip))
			reset_units(chip, false);
	} else if (old & ~value & ATA_CONTROL_SRST) {
		if (!is_resetting(chip))
			signatures(chip);
	}
	update_irq(chip);
}

/* --- reading registers ------------------------------------------------------------------------ */

static uint8_t status(const struct vide *chip)
{
	unsigned unit = vide_selected(chip);

	if (present(chip, unit))
		return chip->s.unit[unit].status;
	return unit ? 0 : FLOATING;
}

uint8_t vide_alternate_status(struct vide *chip)
{
	return status(chip);
}

static uint8_t data_byte_in(struct vide *chip)
{
	bool halves = selected(chip)->eight_bit && chip->s.transfer.phase == VIDE_DATA_IN;
	uint16_t word;

	if (chip->s.half_full) {
		chip->s.half_full = 0;
		return chip->s.half;
	}
	word = vide_data_in(chip);
	if (halves) {
		chip->s.half = (uint8_t)(word >> 8);
		chip->s.half_full = 1;
	}
	return (uint8_t)word;
}

static uint8_t register_in(const struct vide *chip, const struct vide_unit *unit, unsigned reg)
{
	bool old = chip->s.control & ATA_CONTROL_HOB;

	switch (reg) {
	case ATA_ERROR: return unit->error;
	case ATA_COUNT: return old ? unit->old_count : unit->count;
	case ATA_DEVICE: return chip->s.device | ATA_DEVICE_OBSOLETE;
	default: return old ? unit->old_lba[reg - ATA_LBA_LOW] : unit->lba[reg - ATA_LBA_LOW];
	}
}

/* Device 0 answers for a device 1 that is not there: a disk with its own registers, a packet device with 0
 * but for the error register (ATA/ATAPI-6, "Device 0 only configurations", "Device 1 is selected and Device 0
 * is responding for Device 1"). The BIOS of Bochs would take a packet device for two otherwise. */
uint8_t vide_in(struct vide *chip, unsigned reg)
{
	unsigned unit = vide_selected(chip);
	uint8_t now = status(chip);

	if (!present(chip, unit)) {
		if (reg == ATA_STATUS || unit == 0)
			return now;
		unit = 0;
		if (chip->s.unit[0].kind == VIDE_CD && reg != ATA_ERROR && reg != ATA_DATA)
			return 0;
	}
	if (reg == ATA_DATA)
		return data_byte_in(chip);
	if (reg == ATA_STATUS) {
		selected(chip)->interrupt = 0;
		update_irq(chip);
		return now;
	}
	/* "Status register": while BSY is set, every register reads as it. */
	if (now & ATA_STATUS_BSY)
		return now;
	return register_in(chip, &chip->s.unit[unit], reg);
}

/* --- writing registers --------------------------------------------------------------------------- */

static void both(struct vide *chip, unsigned reg, uint8_t value)
{
	for (unsigned i = 0; i < VIDE_UNITS; i++) {
		struct vide_unit *unit = &chip->s.unit[i];

		switch (reg) {
		case ATA_FEATURES:
			unit->old_features = unit->features;
			unit->features = value;
			break;
		case ATA_COUNT:
			unit->old_count = unit->count;
			unit->count = value;
			break;
		default:
			unit->old_lba[reg - ATA_LBA_LOW] = unit->lba[reg - ATA_LBA_LOW];
			unit->lba[reg - ATA_LBA_LOW] = value;
		}
	}
}

/* "EXECUTE DEVICE DIAGNOSTIC": both carry it out, whichever is selected, and device 0 interrupts. */
static void diagnose(struct vide *chip)
{
	signatures(chip);
	chip->s.transfer.unit = 0;
	vide_done(chip, chip->s.unit[0].status, true);
}

/* "DEVICE RESET": packet devices alone know it, at any time. */
static void reset_device(struct vide *chip)
{
	unsigned number = vide_selected(chip);
	struct vide_unit *unit = selected(chip);

	cancel(chip);
	unit->interrupt = unit->asleep = 0;
	atapi_reset(unit, false);
	vide_signature(chip, number);
	chip->s.device &= ATA_DEVICE_DEV;
	update_irq(chip);
}

static void command(struct vide *chip, uint8_t value)
{
	unsigned number = vide_selected(chip);
	struct vide_unit *unit = selected(chip);

	if (value == ATA_DEVICE_RESET && unit->kind == VIDE_CD &&
	    chip->s.transfer.job != VIDE_JOB_START_UP && !(chip->s.control & ATA_CONTROL_SRST)) {
		reset_device(chip);
		return;
	}
	if (status(chip) & (ATA_STATUS_BSY | ATA_STATUS_DRQ) && present(chip, number))
		return;
	if (value == ATA_DIAGNOSTIC && present(chip, 0)) {
		unit->interrupt = 0;
		diagnose(chip);
		return;
	}
	if (!present(chip, number) || unit->asleep)
		return;
	unit->interrupt = 0;
	unit->error = 0;
	chip->s.half_full = 0;
	update_irq(chip);
	chip->s.transfer = (struct vide_transfer){ .unit = (uint8_t)number };
	ata_command(chip, value);
}

static void data_byte_out(struct vide *chip, uint8_t value)
{
	if (!selected(chip)->eight_bit || chip->s.transfer.phase != VIDE_DATA_OUT) {
		vide_data_out(chip, value);
	} else if (!chip->s.half_full) {
		chip->s.half = value;
		chip->s.half_full = 1;
	} else {
		chip->s.half_full = 0;
		vide_data_out(chip, (uint16_t)(chip->s.half | value << 8));
	}
}

void vide_out(struct vide *chip, unsigned reg, uint8_t value)
{
	if (reg == ATA_DATA) {
		data_byte_out(chip, value);
		return;
	}
	chip->s.control &= (uint8_t)~ATA_CONTROL_HOB;
	if (reg == ATA_COMMAND) {
		command(chip, value);
		return;
	}
	/* "Register descriptions": not to be written while BSY or DRQ is set. */
	if (present(chip, vide_selected(chip)) && status(chip) & (ATA_STATUS_BSY | ATA_STATUS_DRQ))
		return;
	if (reg == ATA_DEVICE) {
		chip->s.device = value & (uint8_t)~ATA_DEVICE_OBSOLETE;
		update_irq(chip);
	} else {
		both(chip, reg, value);
	}
}

/* --- the data register ---------------------------------------------------------------------------- */

static void block_done(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;

	vide_active(chip)->status &= (uint8_t)~ATA_STATUS_DRQ;
	if (t->job >= VIDE_JOB_PACKET)
		atapi_block_done(chip);
	else
		ata_block_done(chip);
}

void *vide_data_window(struct vide *chip, bool in, unsigned *words)
{
	struct vide_transfer *t = &chip->s.transfer;
	uint8_t *at = t->job == VIDE_JOB_PACKET ? chip->s.packet : chip->s.buffer;

	if (t->phase != (in ? VIDE_DATA_IN : VIDE_DATA_OUT) || t->unit != vide_selected(chip))
		return NULL;
	*words = (t->end - t->position + 1u) / 2;
	return at + t->position;
}

void vide_data_moved(struct vide *chip, unsigned words)
{
	struct vide_transfer *t = &chip->s.transfer;
	unsigned position = t->position + words * 2;

	t->position = (uint16_t)(position < t->end ? position : t->end);
	if (t->position == t->end)
		block_done(chip);
}

uint16_t vide_data_in(struct vide *chip)
{
	unsigned words;
	const uint8_t *at = vide_data_window(chip, true, &words);
	uint16_t word;

	if (!at)
		return FLOATING_WORD;
	word = (uint16_t)(at[0] | at[1] << 8);
	vide_data_moved(chip, 1);
	return word;
}

void vide_data_out(struct vide *chip, uint16_t value)
{
	unsigned words;
	uint8_t *at = vide_data_window(chip, false, &words);

	if (!at)
		return;
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
	vide_data_moved(chip, 1);
}

/* --- from outside ------------------------------------------------------------------------------------ */

void vide_complete(struct vide *chip, int result)
{
	struct vide_transfer *t = &chip->s.transfer;

	if (t->phase != VIDE_SUBMITTED)
		return;
	t->phase = VIDE_IDLE;
	if (t->job >= VIDE_JOB_PACKET)
		atapi_completed(chip, result);
	else
		ata_completed(chip, result);
}

static void take_medium(struct vide_unit *unit, const struct vide_drive *drive)
{
	unit->medium = drive->medium;
	unit->read_only = drive->read_only;
	unit->sectors = drive->medium ? drive->sectors : 0;
}

void vide_attach(struct vide *chip, unsigned number, const struct vide_drive *drive)
{
	struct vide_unit *unit = &chip->s.unit[number];

	*unit = (struct vide_unit){ .kind = drive->kind };
	take_medium(unit, drive);
	if (drive->cylinders && drive->heads && drive->heads <= ATA_CHS_HEADS &&
	    drive->sectors_per_track && drive->sectors_per_track <= UINT8_MAX) {
		unit->cylinders = drive->cylinders;
		unit->heads = drive->heads;
		unit->sectors_per_track = drive->sectors_per_track;
	}
}

/* --- saved state --------------------------------------------------------------------------------------- */

static bool unit_sane(const struct vide *chip, const struct vide_unit *unit, unsigned number)
{
	if (unit->kind != chip->s.unit[number].kind ||
	    (unit->kind == VIDE_DISK && unit->sectors != chip->s.unit[number].sectors))
		return false;
	if (unit->kind == VIDE_DISK && unit->cylinders &&
	    (!unit->current_heads || unit->current_heads > ATA_CHS_HEADS || !unit->current_sectors ||
	     !unit->heads || unit->heads > ATA_CHS_HEADS || !unit->sectors_per_track ||
	     unit->sectors_per_track > UINT8_MAX))
		return false;
	return unit->multiple <= VIDE_BUFFER_SECTORS && !(unit->multiple & (unit->multiple - 1));
}

static bool transfer_sane(const struct vide_state *s)
{
	const struct vide_transfer *t = &s->transfer;
	unsigned size = t->job == VIDE_JOB_PACKET ? VIDE_PACKET_SIZE : VIDE_BUFFER;
	bool packet = t->job >= VIDE_JOB_PACKET;

	if (t->phase >= VIDE_PHASES || t->job >= VIDE_JOBS || t->unit >= VIDE_UNITS || t->op > VIDE_FLUSH)
		return false;
	if ((t->phase == VIDE_IDLE) != (t->job == VIDE_JOB_NONE))
		return false;
	if (t->filled > size || t->end > t->filled || t->position > t->end ||
	    (t->phase > VIDE_SUBMITTED && t->position == t->end))
		return false;
	if (t->now > VIDE_BUFFER_SECTORS || t->now > t->left || t->block > VIDE_BUFFER_SECTORS ||
	    (t->phase == VIDE_SUBMITTED && !t->now && t->op != VIDE_FLUSH) ||
	    (t->job == VIDE_JOB_SECTORS && !t->block))
		return false;
	if (t->phase > VIDE_SUBMITTED && packet && t->job != VIDE_JOB_PACKET && t->byte_limit < 2)
		return false;
	return t->phase == VIDE_IDLE || s->unit[t->unit].kind == (packet ? VIDE_CD : VIDE_DISK);
}

int vide_load(struct vide *chip, const struct vide_state *state)
{
	if (state->version != VIDE_VERSION)
		return E_VERSION;
	if (!transfer_sane(state) || state->half_full > 1)
		return E_DAMAGED;
	for (unsigned i = 0; i < VIDE_UNITS; i++) {
		const struct vide_unit *unit = &state->unit[i];

		/* Without a geometry only what finds it out can be under way. */
		if (!unit_sane(chip, unit, i) || (unit->kind == VIDE_DISK && !unit->cylinders &&
						  state->transfer.job != VIDE_JOB_START_UP))
			return E_DAMAGED;
	}
	cancel(chip);
	for (unsigned i = 0; i < VIDE_UNITS; i++) {
		/* What is in a drive now is what counts, not what was. */
		struct vide_drive now = {
			.kind = chip->s.unit[i].kind, .medium = chip->s.unit[i].medium,
			.read_only = chip->s.unit[i].read_only, .sectors = chip->s.unit[i].sectors,
		};

		chip->s.unit[i] = state->unit[i];
		if (now.kind == VIDE_CD && (now.medium != state->unit[i].medium ||
					    now.sectors != state->unit[i].sectors))
			vide_change(chip, i, &now);
		else
			take_medium(&chip->s.unit[i], &now);
		if (now.kind == VIDE_CD)
			chip->wires.lock(chip->wires.of, i, chip->s.unit[i].locked);
	}
	chip->s.version = state->version;
	chip->s.device = state->device;
	chip->s.control = state->control;
	chip->s.half = state->half;
	chip->s.half_full = state->half_full;
	chip->s.transfer = state->transfer;
	memcpy(chip->s.packet, state->packet, sizeof chip->s.packet);
	memcpy(chip->s.buffer, state->buffer, sizeof chip->s.buffer);
	update_irq(chip);
	line_set(&chip->wires.irq, chip->irq_level);
	if (chip->s.transfer.phase == VIDE_SUBMITTED)
		vide_submit(chip);
	return E_OK;
}

static void describe_unit(const struct vide_unit *unit, unsigned number, struct fmt_sink *out)
{
	fmt_sink(out, "device %u: %s, status %02x, error %02x, count %02x, lba %02x %02x %02x%s\n", number,
		 unit->kind == VIDE_CD ? "CD-ROM" : "disk", unit->status, unit->error, unit->count,
		 unit->lba[0], unit->lba[1], unit->lba[2], unit->interrupt ? ", interrupt pending" : "");
	if (unit->kind == VIDE_CD)
		fmt_sink(out, "  %s%s, sense %02x/%02x/%02x, attention %02x\n",
			 unit->medium ? "medium" : unit->tray_open ? "tray open" : "no medium",
			 unit->locked ? ", locked" : "", unit->sense.key, unit->sense.code,
			 unit->sense.qualifier, unit->attention);
	else
		fmt_sink(out, "  %llu sectors, default %u/%u/%u, now %u heads of %u, multiple %u%s\n",
			 (unsigned long long)unit->sectors, unit->cylinders, unit->heads,
			 unit->sectors_per_track, unit->current_heads, unit->current_sectors, unit->multiple,
			 unit->asleep ? ", asleep" : "");
}

void vide_describe(const struct vide *chip, struct fmt_sink *out)
{
	static const char *const phases[VIDE_PHASES] = { "idle", "waiting for the medium", "data in",
							 "data out" };
	const struct vide_transfer *t = &chip->s.transfer;

	fmt_sink(out, "device %02x, control %02x, %s", chip->s.device, chip->s.control, phases[t->phase]);
	if (t->phase > VIDE_SUBMITTED)
		fmt_sink(out, ", %u of %u bytes", t->position, t->end);
	if (t->phase != VIDE_IDLE)
		fmt_sink(out, ", sector %llu, %u left", (unsigned long long)t->lba, (unsigned)t->left);
	fmt_sink(out, "; interrupt %s\n", chip->irq_level ? "high" : "low");
	for (unsigned i = 0; i < VIDE_UNITS; i++)
		if (chip->s.unit[i].kind != VIDE_NONE)
			describe_unit(&chip->s.unit[i], i, out);
}
