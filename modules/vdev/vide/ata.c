/* The commands of an ATA hard disk, one table.
 *
 * A command either ends at once or begins a transfer. A transfer of sectors runs in pieces of at most
 * VIDE_BUFFER_SECTORS through the buffer; the host sees DRQ and INTRQ for each block of it (one sector, or
 * as many as SET MULTIPLE said), and BSY only between pieces. The registers show after each block how many
 * sectors remain and where the last one was.
 *
 * A transfer that leads over the end of the disk moves the sectors that exist, then fails with IDNF. A
 * piece that cannot be read is read again block by block, so that what is good arrives and the registers
 * name what is not.
 *
 * Not there, as IDENTIFY DEVICE says or as it is in later standards: DMA, SMART, security, removable media
 * status, DOWNLOAD MICROCODE; READ LONG, WRITE LONG and FORMAT TRACK. They are aborted.
 *
 * Read: NCITS 317-1998 ATA/ATAPI-4, "Command descriptions", "PIO data in command protocol", "PIO data out
 * command protocol"; NCITS 361-2002 ATA/ATAPI-6 for READ and WRITE ... EXT; X3.221-1994 for CHS addresses,
 * the codes 94h-99h and the meaning of the registers after a command. */
#include <base/mem.h>
#include <disk/geometry.h>

#include "inner.h"

enum { COUNT_ALL_28 = 0x100, COUNT_ALL_48 = 0x10000, SECOND_NS = 1000000000 };

/* --- addresses ------------------------------------------------------------------------------ */

/* The sector that the registers name; false: there is no such. */
static bool address(const struct vide *chip, const struct vide_unit *unit, bool extended, uint64_t *lba)
{
	uint32_t low = unit->lba[0] | (uint32_t)unit->lba[1] << 8 | (uint32_t)unit->lba[2] << 16;
	unsigned head = chip->s.device & ATA_DEVICE_HEAD, sector = unit->lba[0];

	if (extended)
		*lba = low | (uint64_t)unit->old_lba[0] << 24 | (uint64_t)unit->old_lba[1] << 32 |
		       (uint64_t)unit->old_lba[2] << 40;
	else if (chip->s.device & ATA_DEVICE_LBA)
		*lba = low | (uint32_t)head << 24;
	else if (!sector || sector > unit->current_sectors || head >= unit->current_heads)
		return false;
	else
		*lba = ((low >> 8) * unit->current_heads + head) * unit->current_sectors + sector - 1;
	return *lba < unit->sectors;
}

static void put_address(struct vide *chip, uint64_t lba)
{
	const struct vide_transfer *t = &chip->s.transfer;
	struct vide_unit *unit = vide_active(chip);
	uint32_t value = (uint32_t)lba;
	unsigned head = value >> 24 & ATA_DEVICE_HEAD;

	if (!t->lba_mode) {
		uint32_t track = value / unit->current_sectors;

		head = track % unit->current_heads;
		value = track / unit->current_heads << 8 | (value % unit->current_sectors + 1);
	}
	for (unsigned i = 0; i < 3; i++)
		unit->lba[i] = (uint8_t)(value >> 8 * i);
	if (!t->extended)
		chip->s.device = (uint8_t)((chip->s.device & ~ATA_DEVICE_HEAD) | head);
	else
		for (unsigned i = 0; i < 3; i++)
			unit->old_lba[i] = (uint8_t)(lba >> (24 + 8 * i));
}

/* After a block: the last sector, and how many were not moved yet. */
static void tell(struct vide *chip, uint64_t lba, uint32_t remaining)
{
	struct vide_unit *unit = vide_active(chip);

	put_address(chip, lba);
	unit->count = (uint8_t)remaining;
	if (chip->s.transfer.extended)
		unit->old_count = (uint8_t)(remaining >> 8);
}

/* --- transfers --------------------------------------------------------------------------------- */

static unsigned least(uint32_t a, unsigned b)
{
	return a < b ? a : b;
}

static void fetch(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;

	t->position = t->end = t->filled = 0;
	t->now = (uint8_t)least(t->left, t->single ? t->block : VIDE_BUFFER_SECTORS);
	vide_submit(chip);
}

static void collect(struct vide *chip, bool interrupt)
{
	struct vide_transfer *t = &chip->s.transfer;

	t->position = t->end = 0;
	t->now = (uint8_t)least(t->left, VIDE_BUFFER_SECTORS);
	t->filled = (uint16_t)(t->now * VIDE_SECTOR);
	vide_drq(chip, VIDE_DATA_OUT, t->block * VIDE_SECTOR, interrupt);
}

static void end(struct vide *chip, bool interrupt)
{
	struct vide_transfer *t = &chip->s.transfer;

	if (!t->beyond) {
		vide_done(chip, STATUS_READY, interrupt);
		return;
	}
	tell(chip, t->lba, t->beyond);
	vide_fail(chip, ATA_ERROR_IDNF);
}

/* The piece in the buffer is done with. */
static bool next_piece(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;

	t->lba += t->now;
	t->left -= t->now;
	t->now = 0;
	return t->left;
}

static void begin(struct vide *chip, enum vide_job job, enum vide_op op, unsigned block, bool extended)
{
	struct vide_transfer *t = &chip->s.transfer;
	struct vide_unit *unit = vide_active(chip);
	uint32_t count = extended ? unit->count | unit->old_count << 8 : unit->count;

	if ((extended && !(chip->s.device & ATA_DEVICE_LBA)) || !block ||
	    (op == VIDE_WRITE && unit->read_only)) {
		vide_fail(chip, ATA_ERROR_ABRT);
		return;
	}
	if (!address(chip, unit, extended, &t->lba)) {
		vide_fail(chip, ATA_ERROR_IDNF);
		return;
	}
	if (!count)
		count = extended ? COUNT_ALL_48 : COUNT_ALL_28;
	t->job = (uint8_t)job;
	t->op = (uint8_t)op;
	t->block = (uint8_t)block;
	t->extended = extended;
	t->lba_mode = !!(chip->s.device & ATA_DEVICE_LBA);
	t->left = count < unit->sectors - t->lba ? count : (uint32_t)(unit->sectors - t->lba);
	t->beyond = count - t->left;
	unit->power = ATA_POWER_ACTIVE;
	if (op == VIDE_WRITE)
		collect(chip, false);
	else
		fetch(chip);
}

/* Fixed data from the buffer. */
static void reply(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;

	t->job = VIDE_JOB_REPLY;
	t->filled = VIDE_SECTOR;
	vide_drq(chip, VIDE_DATA_IN, VIDE_SECTOR, true);
}

static void sectors_block_done(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;
	unsigned moved = t->position / VIDE_SECTOR;
	bool write = t->op == VIDE_WRITE;

	tell(chip, t->lba + moved - 1, t->left - moved + t->beyond);
	if (t->position < t->filled)
		vide_drq(chip, write ? VIDE_DATA_OUT : VIDE_DATA_IN, t->block * VIDE_SECTOR, true);
	else if (write)
		vide_submit(chip);
	else if (next_piece(chip))
		fetch(chip);
	else
		end(chip, t->beyond != 0);
}

void ata_block_done(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;

	if (t->job == VIDE_JOB_SECTORS)
		sectors_block_done(chip);
	else
		vide_done(chip, STATUS_READY, t->job == VIDE_JOB_WRITE_BUFFER);
}

/* --- the backend's answers ------------------------------------------------------------------------ */

static void set_geometry(struct vide_unit *unit, const uint8_t *boot)
{
	struct disk_geometry geometry = disk_geometry(unit->sectors, boot);
	uint64_t cylinders;

	if (geometry.heads > ATA_CHS_HEADS || unit->sectors >= ATA_CHS_MAX) {
		geometry.heads = ATA_CHS_HEADS;
		geometry.sectors_per_track = ATA_CHS_SECTORS;
	}
	cylinders = unit->sectors / (geometry.heads * geometry.sectors_per_track);
	unit->cylinders = (uint16_t)(!cylinders ? 1 : cylinders < ATA_CHS_CYLINDERS ? cylinders
										    : ATA_CHS_CYLINDERS);
	unit->heads = geometry.heads;
	unit->sectors_per_track = geometry.sectors_per_track;
	ata_reset(unit, true);
}

/* Sector 0 came, or did not: then the size says what there is to say. */
static void started(struct vide *chip, int result)
{
	struct vide_transfer *t = &chip->s.transfer;
	struct vide_unit *other = &chip->s.unit[1];

	set_geometry(vide_active(chip), result ? NULL : chip->s.buffer);
	if (t->unit == 0 && other->kind == VIDE_DISK && !other->cylinders) {
		t->unit = 1;
		vide_submit(chip);
		return;
	}
	t->job = VIDE_JOB_NONE;
	t->now = 0;
	vide_signature(chip, 0);
	vide_signature(chip, 1);
}

static void write_failed(struct vide *chip)
{
	vide_active(chip)->error = ATA_ERROR_ABRT;
	vide_done(chip, STATUS_READY | ATA_STATUS_DF | ATA_STATUS_ERR, true);
}

static void failed(struct vide *chip, int result)
{
	struct vide_transfer *t = &chip->s.transfer;

	if (t->op == VIDE_READ && t->now > t->block && result != E_NO_MEDIUM) {
		t->single = 1;
		fetch(chip);
		return;
	}
	if (t->op != VIDE_FLUSH)
		tell(chip, t->lba, t->left + t->beyond);
	if (result == E_RANGE)
		vide_fail(chip, ATA_ERROR_IDNF);
	else if (result == E_READ_ONLY || result == E_NO_MEDIUM || result == E_CHANGED)
		vide_fail(chip, ATA_ERROR_ABRT);
	else if (t->op == VIDE_READ)
		vide_fail(chip, ATA_ERROR_UNC);
	else
		write_failed(chip);
}

static void sectors_completed(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;

	if (t->op == VIDE_READ) {
		t->filled = (uint16_t)(t->now * VIDE_SECTOR);
		vide_drq(chip, VIDE_DATA_IN, t->block * VIDE_SECTOR, true);
	} else if (next_piece(chip)) {
		collect(chip, true);
	} else {
		end(chip, true);
	}
}

void ata_completed(struct vide *chip, int result)
{
	struct vide_transfer *t = &chip->s.transfer;

	if (t->job == VIDE_JOB_START_UP)
		started(chip, result);
	else if (t->job == VIDE_JOB_RESET)
		vide_reset_end(chip);
	else if (result)
		failed(chip, result);
	else if (t->job == VIDE_JOB_SECTORS)
		sectors_completed(chip);
	else if (t->job == VIDE_JOB_VERIFY && next_piece(chip))
		fetch(chip);
	else
		end(chip, true);
}

/* --- commands ----------------------------------------------------------------------------------------- */

static void ok(struct vide *chip)
{
	vide_done(chip, STATUS_READY, true);
}

static void abort_command(struct vide *chip)
{
	vide_fail(chip, ATA_ERROR_ABRT);
}

static void read_sectors(struct vide *chip)
{
	begin(chip, VIDE_JOB_SECTORS, VIDE_READ, 1, false);
}

static void read_sectors_ext(struct vide *chip)
{
	begin(chip, VIDE_JOB_SECTORS, VIDE_READ, 1, true);
}

static void write_sectors(struct vide *chip)
{
	begin(chip, VIDE_JOB_SECTORS, VIDE_WRITE, 1, false);
}

static void write_sectors_ext(struct vide *chip)
{
	begin(chip, VIDE_JOB_SECTORS, VIDE_WRITE, 1, true);
}

/* "READ MULTIPLE": aborted while no block size is set. */
static void read_multiple(struct vide *chip)
{
	begin(chip, VIDE_JOB_SECTORS, VIDE_READ, vide_active(chip)->multiple, false);
}

static void read_multiple_ext(struct vide *chip)
{
	begin(chip, VIDE_JOB_SECTORS, VIDE_READ, vide_active(chip)->multiple, true);
}

static void write_multiple(struct vide *chip)
{
	begin(chip, VIDE_JOB_SECTORS, VIDE_WRITE, vide_active(chip)->multiple, false);
}

static void write_multiple_ext(struct vide *chip)
{
	begin(chip, VIDE_JOB_SECTORS, VIDE_WRITE, vide_active(chip)->multiple, true);
}

static void verify(struct vide *chip)
{
	begin(chip, VIDE_JOB_VERIFY, VIDE_READ, 1, false);
}

static void verify_ext(struct vide *chip)
{
	begin(chip, VIDE_JOB_VERIFY, VIDE_READ, 1, true);
}

static void flush(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;

	t->job = VIDE_JOB_FLUSH;
	t->op = VIDE_FLUSH;
	vide_submit(chip);
}

static void set_multiple(struct vide *chip)
{
	struct vide_unit *unit = vide_active(chip);

	if (unit->count > VIDE_BUFFER_SECTORS || unit->count & (unit->count - 1)) {
		abort_command(chip);
		return;
	}
	unit->multiple = unit->count;
	ok(chip);
}

static void seek(struct vide *chip)
{
	uint64_t lba;

	if (address(chip, vide_active(chip), false, &lba))
		ok(chip);
	else
		vide_fail(chip, ATA_ERROR_IDNF);
}

static void initialize_parameters(struct vide *chip)
{
	struct vide_unit *unit = vide_active(chip);

	if (!unit->count) {
		abort_command(chip);
		return;
	}
	unit->current_heads = (chip->s.device & ATA_DEVICE_HEAD) + 1;
	unit->current_sectors = unit->count;
	ok(chip);
}

static void identify(struct vide *chip)
{
	uint16_t words[ATA_ID_WORDS];

	ata_identify(vide_active(chip), chip->s.transfer.unit, words);
	memcpy(chip->s.buffer, words, sizeof words);
	reply(chip);
}

static void identify_packet(struct vide *chip)
{
	uint16_t words[ATA_ID_WORDS];

	atapi_identify(vide_active(chip), chip->s.transfer.unit, words);
	memcpy(chip->s.buffer, words, sizeof words);
	reply(chip);
}

static void write_buffer(struct vide *chip)
{
	struct vide_transfer *t = &chip->s.transfer;

	t->job = VIDE_JOB_WRITE_BUFFER;
	t->filled = VIDE_SECTOR;
	vide_drq(chip, VIDE_DATA_OUT, VIDE_SECTOR, false);
}

static bool transfer_mode_known(uint8_t mode)
{
	return mode == ATA_MODE_PIO_DEFAULT || mode == ATA_MODE_PIO_NO_IORDY ||
	       (mode >= ATA_MODE_PIO_FLOW && mode <= ATA_MODE_PIO_FLOW + ATA_PIO_MOST);
}

static void set_features(struct vide *chip)
{
	struct vide_unit *unit = vide_active(chip);
	bool known = true, disk = unit->kind == VIDE_DISK;

	switch (unit->features) {
	case ATA_FEATURE_8BIT: unit->eight_bit = 1; break;
	case ATA_FEATURE_NO_8BIT: unit->eight_bit = 0; break;
	case ATA_FEATURE_TRANSFER_MODE: known = transfer_mode_known(unit->count); break;
	case ATA_FEATURE_KEEP: unit->keep = 1; break;
	case ATA_FEATURE_REVERT: unit->keep = 0; break;
	case ATA_FEATURE_WRITE_CACHE: unit->no_write_cache = 0; known = disk; break;
	case ATA_FEATURE_NO_WRITE_CACHE: unit->no_write_cache = 1; known = disk; break;
	case ATA_FEATURE_LOOK_AHEAD: unit->no_look_ahead = 0; known = disk; break;
	case ATA_FEATURE_NO_LOOK_AHEAD: unit->no_look_ahead = 1; known = disk; break;
	default: known = false;
	}
	if (known)
		ok(chip);
	else
		abort_command(chip);
}

static void native_max(struct vide *chip, bool extended)
{
	struct vide_transfer *t = &chip->s.transfer;
	uint64_t last = vide_active(chip)->sectors - 1;

	t->extended = extended;
	t->lba_mode = !!(chip->s.device & ATA_DEVICE_LBA);
	if (extended && !t->lba_mode) {
		abort_command(chip);
		return;
	}
	if (!extended && last > ATA_LBA28_MAX)
		last = ATA_LBA28_MAX;
	if (!t->lba_mode && last >= ATA_CHS_MAX)
		last = ATA_CHS_MAX - 1;
	put_address(chip, last);
	ok(chip);
}

static void read_native_max(struct vide *chip)
{
	native_max(chip, false);
}

static void read_native_max_ext(struct vide *chip)
{
	native_max(chip, true);
}

/* --- power -------------------------------------------------------------------------------------------- */

/* "STANDBY", table of timer periods. */
static uint64_t standby_ns(uint8_t value)
{
	uint64_t seconds;

	if (value <= 240)
		seconds = value * 5u;
	else if (value <= 251)
		seconds = (value - 240) * 1800u;
	else
		seconds = value == 252 ? 1260 : value == 253 ? 8 * 3600 : 21 * 60 + 15;
	return seconds * SECOND_NS;
}

static void check_power(struct vide *chip)
{
	struct vide_unit *unit = vide_active(chip);
	uint64_t rest = clock_now(&chip->wires.clock) - unit->active_ns, active = unit->active_ns;

	if (unit->standby && rest >= standby_ns(unit->standby))
		unit->power = ATA_POWER_STANDBY;
	unit->count = unit->power;
	ok(chip);
	unit->active_ns = active;        /* asking keeps no disk spinning */
}

static void set_power(struct vide *chip, uint8_t power, bool timer)
{
	struct vide_unit *unit = vide_active(chip);

	unit->power = power;
	if (timer)
		unit->standby = unit->count;
	ok(chip);
}

static void standby_immediate(struct vide *chip) { set_power(chip, ATA_POWER_STANDBY, false); }
static void idle_immediate(struct vide *chip) { set_power(chip, ATA_POWER_IDLE, false); }
static void standby(struct vide *chip) { set_power(chip, ATA_POWER_STANDBY, true); }
static void idle(struct vide *chip) { set_power(chip, ATA_POWER_IDLE, true); }

/* "SLEEP": after it nothing but a reset is heard. */
static void sleep(struct vide *chip)
{
	set_power(chip, ATA_POWER_STANDBY, false);
	vide_active(chip)->asleep = 1;
}

/* --- the table ------------------------------------------------------------------------------------------ */

enum { DISK = 1, CD = 2, BOTH = DISK | CD };

static const struct {
	uint8_t command, kinds;
	void (*carry_out)(struct vide *chip);
} commands[] = {
	{ ATA_NOP, BOTH, abort_command },
	{ ATA_READ_SECTORS, DISK, read_sectors }, { ATA_READ_SECTORS_NO_RETRY, DISK, read_sectors },
	{ ATA_READ_SECTORS_EXT, DISK, read_sectors_ext },
	{ ATA_READ_NATIVE_MAX_EXT, DISK, read_native_max_ext },
	{ ATA_READ_MULTIPLE_EXT, DISK, read_multiple_ext },
	{ ATA_WRITE_SECTORS, DISK, write_sectors }, { ATA_WRITE_SECTORS_NO_RETRY, DISK, write_sectors },
	{ ATA_WRITE_SECTORS_EXT, DISK, write_sectors_ext },
	{ ATA_WRITE_MULTIPLE_EXT, DISK, write_multiple_ext },
	{ ATA_READ_VERIFY, DISK, verify }, { ATA_READ_VERIFY_NO_RETRY, DISK, verify },
	{ ATA_READ_VERIFY_EXT, DISK, verify_ext },
	{ ATA_INITIALIZE_PARAMETERS, DISK, initialize_parameters },
	{ ATA_PACKET, CD, atapi_begin }, { ATA_IDENTIFY_PACKET, CD, identify_packet },
	{ ATA_READ_MULTIPLE, DISK, read_multiple }, { ATA_WRITE_MULTIPLE, DISK, write_multiple },
	{ ATA_SET_MULTIPLE, DISK, set_multiple },
	{ ATA_STANDBY_IMMEDIATE, BOTH, standby_immediate }, { ATA_OLD_STANDBY_IMMEDIATE, DISK, standby_immediate },
	{ ATA_IDLE_IMMEDIATE, BOTH, idle_immediate }, { ATA_OLD_IDLE_IMMEDIATE, DISK, idle_immediate },
	{ ATA_STANDBY, DISK, standby }, { ATA_OLD_STANDBY, DISK, standby },
	{ ATA_IDLE, DISK, idle }, { ATA_OLD_IDLE, DISK, idle },
	{ ATA_CHECK_POWER, BOTH, check_power }, { ATA_OLD_CHECK_POWER, DISK, check_power },
	{ ATA_SLEEP, BOTH, sleep }, { ATA_OLD_SLEEP, DISK, sleep },
	{ ATA_READ_BUFFER, DISK, reply }, { ATA_WRITE_BUFFER, DISK, write_buffer },
	{ ATA_FLUSH_CACHE, DISK, flush }, { ATA_FLUSH_CACHE_EXT, DISK, flush },
	{ ATA_IDENTIFY, DISK, identify }, { ATA_SET_FEATURES, BOTH, set_features },
	{ ATA_READ_NATIVE_MAX, DISK, read_native_max },
};

/* "IDENTIFY DEVICE", "READ SECTOR(S)": a packet device refuses them and says what it is. */
static void refuse(struct vide *chip, uint8_t command)
{
	unsigned unit = chip->s.transfer.unit;

	if (chip->s.unit[unit].kind == VIDE_CD && (command == ATA_IDENTIFY || command == ATA_READ_SECTORS))
		vide_signature(chip, unit);
	abort_command(chip);
}

void ata_command(struct vide *chip, uint8_t command)
{
	struct vide_unit *unit = vide_active(chip);
	uint8_t kind = unit->kind == VIDE_DISK ? DISK : CD;

	if (kind == DISK && (command & ~ATA_LOW_NIBBLE) == ATA_RECALIBRATE) {
		ok(chip);
		return;
	}
	if (kind == DISK && (command & ~ATA_LOW_NIBBLE) == ATA_SEEK) {
		seek(chip);
		return;
	}
	for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (commands[i].command != command || !(commands[i].kinds & kind))
			continue;
		commands[i].carry_out(chip);
		return;
	}
	refuse(chip, command);
}

/* "SET FEATURES", 66h and CCh: whether a soft reset takes the settings back. The translation stays
 * in any case: X3.221 names no reset but power-on for it, and BIOSes set it once. */
void ata_reset(struct vide_unit *unit, bool hard)
{
	if (hard || !unit->keep) {
		unit->multiple = 0;
		unit->eight_bit = 0;
		unit->no_write_cache = unit->no_look_ahead = 0;
	}
	if (!hard)
		return;
	unit->keep = unit->standby = 0;
	unit->current_heads = (uint8_t)unit->heads;
	unit->current_sectors = (uint8_t)unit->sectors_per_track;
}
