/* The 82077AA floppy disk controller as a PC/AT has it: two drives, IRQ 6, DMA channel 2.
 *
 * How it works. Three phases: command bytes are gathered in the data register, the execution
 * (execute.c) waits for the disk (drive.c), and result bytes are fetched. SEEK and RECALIBRATE go on
 * in the background, for each drive. Everything that takes time on a PC takes as long here, in
 * machine time: steps, head load, rotation. With `fast`, nothing does.
 *
 * A command that needs a disk where none turns (no medium, motor off, drive not selected) waits
 * for ever, as the chip does, which has no input that could tell; a reset ends it.
 *
 * With `implied` a command seeks to the cylinder that it names, as if CONFIGURE had asked for that.
 * DIFFERS: BIOSes that were made for emulators (Bochs' "rombios") never seek.
 *
 * Not modelled: power-down (the bit is kept), write precompensation, tape drives, FM (no medium
 * is recorded so: no address mark is found), gap lengths, the drives' spin-up time. Of the
 * straps, IDENT and MFM choose AT mode (default; registers A and B are not there) or PS/2 mode.
 *
 * Read: Intel, "82077AA CHMOS Single-Chip Floppy Disk Controller" (290166), all of "Register Set",
 * "Reset", "Controller Phases", "Command Set/Descriptions", "Status Register Encoding"; IBM,
 * "Personal Computer AT Technical Reference" (1984), "Fixed Disk and Diskette Drive Adapter". */
#include "parts.h"

#include <base/mem.h>

/* "DOR Reset", "DSR Reset": until the chip takes commands again. */
#define WAKING_NS 60000u

enum { FLOATING = 0xFF, CONFIGURE_DEFAULT = I82077_CONFIGURE_FIFO_OFF, RATE_DEFAULT = I82077_RATE_250,
       CONFIGURE_BITS = 0x7F, RESULT_OF_EXECUTION = 7 };

/* --- alarm and interrupt ------------------------------------------------------------------- */

void vfdc_arm(struct vfdc *chip)
{
	uint64_t due = chip->s.io ? CLOCK_NEVER : chip->s.due_ns;

	for (unsigned i = 0; i < VFDC_UNITS; i++)
		if (chip->s.unit[i].due_ns < due)
			due = chip->s.unit[i].due_ns;
	clock_arm(&chip->clock, due);
}

/* In AT mode DOR bit 3 lets INT out. */
static void drive_irq(const struct vfdc *chip)
{
	line_set(&chip->irq, chip->s.interrupt && (chip->ps2 || (chip->s.dor & I82077_DOR_DMAGATE)));
}

void vfdc_interrupt(struct vfdc *chip, bool level)
{
	chip->s.interrupt = level;
	drive_irq(chip);
}

/* INT goes; another seek that has ended meanwhile raises it again. */
static void interrupt_taken(struct vfdc *chip)
{
	vfdc_interrupt(chip, false);
	for (unsigned i = 0; i < VFDC_UNITS; i++)
		if (chip->s.unit[i].pending == VFDC_FROM_SEEK)
			vfdc_interrupt(chip, true);
}

void vfdc_answer(struct vfdc *chip, const uint8_t *result, unsigned count, bool interrupt)
{
	struct vfdc_state *s = &chip->s;

	memcpy(s->result, result, count);
	s->results = (uint8_t)count;
	s->given = s->commanded = 0;
	s->phase = VFDC_RESULT;
	if (interrupt)
		vfdc_interrupt(chip, true);
}

static void answer_byte(struct vfdc *chip, uint8_t byte)
{
	vfdc_answer(chip, &byte, 1, false);
}

static void next_command(struct vfdc *chip)
{
	chip->s.phase = VFDC_COMMAND;
	chip->s.commanded = 0;
}

/* --- reset ---------------------------------------------------------------------------------- */

static void stop(struct vfdc *chip)
{
	struct vfdc_state *s = &chip->s;
	uint64_t now = clock_now(&chip->clock);

	vfdc_abort(chip);
	for (unsigned i = 0; i < VFDC_UNITS; i++) {
		vfdc_seek_settle(chip, i, now);
		s->unit[i].pcn = 0;
		s->unit[i].pending = VFDC_NOTHING;
	}
	s->commanded = s->given = s->results = 0;
	s->loaded_ns = 0;
	s->perpendicular &= I82077_PERPENDICULAR_DRIVES;
	if (s->locked) {
		s->configure &= ~(I82077_CONFIGURE_EIS | I82077_CONFIGURE_POLL_OFF);
	} else {
		s->configure = CONFIGURE_DEFAULT;
		s->precompensation = 0;
	}
	s->phase = VFDC_IN_RESET;
	vfdc_interrupt(chip, false);
	vfdc_arm(chip);
}

static void wake(struct vfdc *chip)
{
	chip->s.phase = VFDC_WAKING;
	chip->s.due_ns = clock_now(&chip->clock) + (chip->fast ? 0 : WAKING_NS);
	vfdc_arm(chip);
}

/* "Drive Polling": each drive seems to have changed from not ready to ready. */
static void awake(struct vfdc *chip)
{
	next_command(chip);
	chip->s.due_ns = CLOCK_NEVER;
	if (chip->s.configure & I82077_CONFIGURE_POLL_OFF)
		return;
	for (unsigned i = 0; i < VFDC_UNITS; i++) {
		chip->s.unit[i].st0 = (uint8_t)(I82077_ST0_POLLING | i);
		chip->s.unit[i].pending = VFDC_FROM_RESET;
	}
	vfdc_interrupt(chip, true);
}

void vfdc_reset(struct vfdc *chip)
{
	struct vfdc_state *s = &chip->s;

	s->version = VFDC_VERSION;
	s->dor = s->tdr = s->locked = s->perpendicular = 0;
	s->dsr = RATE_DEFAULT;
	s->specify[0] = s->specify[1] = 0;
	for (unsigned i = 0; i < VFDC_UNITS; i++)
		if (!s->unit[i].steps)
			s->unit[i].due_ns = CLOCK_NEVER;
	stop(chip);
}

/* --- commands without a disk ------------------------------------------------------------------ */

static void specify(struct vfdc *chip)
{
	memcpy(chip->s.specify, chip->s.command + 1, 2);
	next_command(chip);
}

static void configure(struct vfdc *chip)
{
	chip->s.configure = chip->s.command[2] & CONFIGURE_BITS;
	chip->s.precompensation = chip->s.command[3];
	next_command(chip);
}

/* "PERPENDICULAR MODE": the drives' bits are written with OW alone. */
static void perpendicular(struct vfdc *chip)
{
	uint8_t value = chip->s.command[1];
	uint8_t drives = (value & I82077_PERPENDICULAR_OW ? value : chip->s.perpendicular) & I82077_PERPENDICULAR_DRIVES;

	chip->s.perpendicular = drives |
		(value & (I82077_PERPENDICULAR_GAP | I82077_PERPENDICULAR_WGATE));
	next_command(chip);
}

static void lock(struct vfdc *chip)
{
	chip->s.locked = chip->s.command[0] & I82077_LOCK_BIT ? 1 : 0;
	answer_byte(chip, (uint8_t)(chip->s.locked << 4));
}

static void version(struct vfdc *chip) { answer_byte(chip, I82077_VERSION_ENHANCED); }

static void dump_registers(struct vfdc *chip)
{
	const struct vfdc_state *s = &chip->s;
	uint8_t result[] = {
		s->unit[0].pcn, s->unit[1].pcn, s->unit[2].pcn, s->unit[3].pcn, s->specify[0], s->specify[1],
		s->eot, (uint8_t)(s->locked << 7 | s->perpendicular), s->configure, s->precompensation,
	};

	vfdc_answer(chip, result, sizeof result, false);
}

static void sense_drive(struct vfdc *chip)
{
	unsigned drive = vfdc_selected(chip);
	uint8_t st3 = (chip->s.command[1] & (I82077_DS | I82077_HDS)) | I82077_ST3_ONES;

	if (drive != VFDC_NO_DRIVE) {
		const struct vfdc_drive *d = &chip->s.drive[drive];

		st3 |= d->cylinder ? 0 : I82077_ST3_T0;
		st3 |= d->medium.sectors && d->medium.read_only ? I82077_ST3_WP : 0;
	}
	answer_byte(chip, st3);
}

/* "SENSE INTERRUPT STATUS": without anything to tell it is an invalid command. */
static void sense_interrupt(struct vfdc *chip)
{
	struct vfdc_state *s = &chip->s;
	unsigned n = 0;

	while (n < VFDC_UNITS && !s->unit[n].pending)
		n++;
	if (n == VFDC_UNITS) {
		answer_byte(chip, I82077_ST0_INVALID);
		return;
	}
	vfdc_answer(chip, (const uint8_t[]){ s->unit[n].st0, s->unit[n].pcn }, 2, false);
	s->unit[n].pending = VFDC_NOTHING;
	interrupt_taken(chip);
}

static void recalibrate(struct vfdc *chip)
{
	next_command(chip);
	vfdc_recalibrate_begin(chip, chip->s.command[1] & I82077_DS);
	vfdc_arm(chip);
}

static void seek(struct vfdc *chip)
{
	next_command(chip);
	vfdc_seek_begin(chip, chip->s.command[1] & I82077_DS, chip->s.command[2]);
	vfdc_arm(chip);
}

static void relative_seek(struct vfdc *chip)
{
	next_command(chip);
	vfdc_relative_begin(chip, chip->s.command[1] & I82077_DS, chip->s.command[2],
			    chip->s.command[0] & I82077_DIR_IN);
	vfdc_arm(chip);
}

/* "Command Set": what counts of the first byte, bytes in all. */
static const struct command {
	uint8_t code, mask, bytes;
	void (*run)(struct vfdc *chip);
} commands[] = {
	{ I82077_READ, 0x1F, 9, vfdc_execute },
	{ I82077_READ_DELETED, 0x1F, 9, vfdc_execute },
	{ I82077_WRITE, 0x3F, 9, vfdc_execute },
	{ I82077_WRITE_DELETED, 0x3F, 9, vfdc_execute },
	{ I82077_READ_TRACK, 0x9F, 9, vfdc_execute },
	{ I82077_VERIFY, 0x1F, 9, vfdc_execute },
	{ I82077_SCAN_EQUAL, 0x1F, 9, vfdc_execute },
	{ I82077_SCAN_LOW, 0x1F, 9, vfdc_execute },
	{ I82077_SCAN_HIGH, 0x1F, 9, vfdc_execute },
	{ I82077_FORMAT, 0xBF, 6, vfdc_execute },
	{ I82077_READ_ID, 0xBF, 2, vfdc_execute },
	{ I82077_VERSION, 0xFF, 1, version },
	{ I82077_RECALIBRATE, 0xFF, 2, recalibrate },
	{ I82077_SENSE_INTERRUPT, 0xFF, 1, sense_interrupt },
	{ I82077_SPECIFY, 0xFF, 3, specify },
	{ I82077_SENSE_DRIVE, 0xFF, 2, sense_drive },
	{ I82077_SEEK, 0xFF, 3, seek },
	{ I82077_CONFIGURE, 0xFF, 4, configure },
	{ I82077_RELATIVE_SEEK, 0xBF, 3, relative_seek },
	{ I82077_DUMPREG, 0xFF, 1, dump_registers },
	{ I82077_PERPENDICULAR, 0xFF, 2, perpendicular },
	{ I82077_LOCK, 0x7F, 1, lock },
};

static const struct command *command_find(uint8_t first)
{
	for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
		if ((first & commands[i].mask) == commands[i].code)
			return &commands[i];
	return NULL;
}

/* --- registers ------------------------------------------------------------------------------- */

static void command_byte(struct vfdc *chip, uint8_t value)
{
	struct vfdc_state *s = &chip->s;
	const struct command *c;

	s->command[s->commanded++] = value;
	c = command_find(s->command[0]);
	if (!c) {
		answer_byte(chip, I82077_ST0_INVALID);
	} else if (s->commanded == c->bytes) {
		s->commanded = 0;
		c->run(chip);
	}
}

static void data_out(struct vfdc *chip, uint8_t value)
{
	if (chip->s.phase == VFDC_COMMAND)
		command_byte(chip, value);
	else if (chip->s.phase == VFDC_EXECUTION && chip->s.step == VFDC_TAKE)
		vfdc_pio_write(chip, value);
}

/* INT of a result goes with its first byte. */
static uint8_t data_in(struct vfdc *chip)
{
	struct vfdc_state *s = &chip->s;
	uint8_t value;

	if (s->phase == VFDC_EXECUTION && s->step == VFDC_GIVE)
		return vfdc_pio_read(chip);
	if (s->phase != VFDC_RESULT)
		return FLOATING;
	if (!s->given && s->results == RESULT_OF_EXECUTION)
		interrupt_taken(chip);
	value = s->result[s->given++];
	if (s->given == s->results)
		next_command(chip);
	return value;
}

static uint8_t main_status(const struct vfdc *chip)
{
	const struct vfdc_state *s = &chip->s;
	uint8_t status = 0;

	for (unsigned i = 0; i < VFDC_UNITS; i++)
		if (s->unit[i].due_ns != CLOCK_NEVER)
			status |= (uint8_t)(I82077_MSR_DRIVE_BUSY << i);
	switch (s->phase) {
	case VFDC_COMMAND:
		return (uint8_t)(status | I82077_MSR_RQM | (s->commanded ? I82077_MSR_CMD_BUSY : 0));
	case VFDC_RESULT:
		return status | I82077_MSR_RQM | I82077_MSR_DIO | I82077_MSR_CMD_BUSY;
	case VFDC_EXECUTION:
		status |= I82077_MSR_CMD_BUSY;
		if (s->specify[1] & I82077_SPECIFY_ND)
			status |= I82077_MSR_NON_DMA;
		if (s->step == VFDC_GIVE)
			status |= I82077_MSR_RQM | I82077_MSR_DIO;
		if (s->step == VFDC_TAKE)
			status |= I82077_MSR_RQM;
		return status;
	default:
		return 0;
	}
}

static uint8_t status_a(const struct vfdc *chip)
{
	unsigned drive = vfdc_selected(chip);
	uint8_t a = I82077_SRA_NOT_INDEX | I82077_SRA_NOT_TRACK0 | I82077_SRA_NOT_WP | I82077_SRA_NOT_DRIVE2;

	if (chip->s.drive[1].present)
		a &= ~I82077_SRA_NOT_DRIVE2;
	if (drive != VFDC_NO_DRIVE && !chip->s.drive[drive].cylinder)
		a &= ~I82077_SRA_NOT_TRACK0;
	if (drive != VFDC_NO_DRIVE && chip->s.drive[drive].medium.read_only)
		a &= ~I82077_SRA_NOT_WP;
	return a | (chip->s.interrupt ? I82077_SRA_INT : 0) | (chip->s.head ? I82077_SRA_HEAD : 0);
}

static uint8_t status_b(const struct vfdc *chip)
{
	return (uint8_t)(I82077_SRB_ONES | (chip->s.dor & 1 ? 0 : I82077_SRB_DRIVE0) |
			 (chip->s.dor >> 4 & I82077_SRB_MOTOR));
}

/* AT mode: the other bits float, or are the hard disk's. */
static uint8_t digital_input(const struct vfdc *chip)
{
	unsigned drive = vfdc_selected(chip);
	bool changed = drive != VFDC_NO_DRIVE && chip->s.drive[drive].changed;

	return (uint8_t)(FLOATING & ~I82077_DIR_CHANGED) | (changed ? I82077_DIR_CHANGED : 0);
}

uint8_t vfdc_in(struct vfdc *chip, unsigned reg)
{
	switch (reg) {
	case I82077_SRA:
		return chip->ps2 ? status_a(chip) : FLOATING;
	case I82077_SRB:
		return chip->ps2 ? status_b(chip) : FLOATING;
	case I82077_DOR:
		return chip->s.dor;
	case I82077_TDR:
		return (FLOATING & ~I82077_TDR_DRIVE) | chip->s.tdr;
	case I82077_MSR:
		return main_status(chip);
	case I82077_DATA:
		return data_in(chip);
	case I82077_DIR:
		return digital_input(chip);
	default:
		return FLOATING;
	}
}

static void write_dor(struct vfdc *chip, uint8_t value)
{
	uint8_t before = chip->s.dor;

	chip->s.dor = value;
	if (!(value & I82077_DOR_NOT_RESET)) {
		if (before & I82077_DOR_NOT_RESET)
			stop(chip);
	} else if (!(before & I82077_DOR_NOT_RESET)) {
		wake(chip);
	}
	drive_irq(chip);
	vfdc_disk_changed(chip);
}

static void write_dsr(struct vfdc *chip, uint8_t value)
{
	chip->s.dsr = value & ~I82077_DSR_RESET;
	if ((value & I82077_DSR_RESET) && (chip->s.dor & I82077_DOR_NOT_RESET)) {
		stop(chip);
		wake(chip);
	}
}

void vfdc_out(struct vfdc *chip, unsigned reg, uint8_t value)
{
	switch (reg) {
	case I82077_DOR:
		write_dor(chip, value);
		break;
	case I82077_TDR:
		chip->s.tdr = value & I82077_TDR_DRIVE;
		break;
	case I82077_DSR:
		write_dsr(chip, value);
		break;
	case I82077_DATA:
		data_out(chip, value);
		break;
	case I82077_CCR:
		chip->s.dsr = (chip->s.dsr & ~I82077_DSR_RATE) | (value & I82077_DSR_RATE);
		break;
	default:
		break;
	}
}

/* --- time, save and load ---------------------------------------------------------------------- */

void vfdc_expire(struct vfdc *chip, uint64_t now)
{
	vfdc_seeks_expire(chip, now);
	if (chip->s.phase == VFDC_WAKING && chip->s.due_ns <= now)
		awake(chip);
	vfdc_proceed(chip, now);
	vfdc_arm(chip);
}

static bool drive_sound(const struct vfdc_drive *d)
{
	return d->present <= 1 && d->changed <= 1 && d->cylinder < 86 && d->medium.heads <= 2 &&
		d->medium.sectors <= 63 && d->medium.read_only <= 1 &&
		(!d->medium.sectors || (d->medium.heads && d->medium.cylinders && d->medium.cylinders <= 86));
}

static bool sound(const struct vfdc_state *s)
{
	for (unsigned i = 0; i < VFDC_DRIVES; i++)
		if (!drive_sound(&s->drive[i]))
			return false;
	for (unsigned i = 0; i < VFDC_UNITS; i++)
		if (s->unit[i].wired > VFDC_NO_DRIVE || s->unit[i].pending > VFDC_FROM_SEEK ||
		    (s->unit[i].due_ns != CLOCK_NEVER && s->unit[i].steps && s->unit[i].step_ns > 60000000u))
			return false;
	if (s->phase > VFDC_RESULT || s->step > VFDC_WRITE || s->dma || s->locked > 1 || s->tdr > I82077_TDR_DRIVE ||
	    s->head > 1 || s->io > 1 || s->at > s->end || s->end > VFDC_SECTOR || s->results > VFDC_RESULT_MAX)
		return false;
	if ((s->phase == VFDC_RESULT && s->given >= s->results) || (s->io && s->phase != VFDC_EXECUTION) ||
	    ((s->step == VFDC_GIVE || s->step == VFDC_TAKE) && s->at == s->end) ||
	    (s->perpendicular & ~(I82077_PERPENDICULAR_DRIVES | 3)))
		return false;
	return s->commanded < VFDC_COMMAND_MAX && (s->phase != VFDC_EXECUTION || command_find(s->command[0]));
}

/* A transfer that was under way is begun again. */
static void resume(struct vfdc *chip)
{
	unsigned drive = vfdc_selected(chip);

	if (!chip->s.io)
		return;
	if (drive == VFDC_NO_DRIVE) {
		vfdc_complete(chip, E_NO_MEDIUM);
		return;
	}
	chip->wires.submit(chip->wires.of, drive, chip->s.writes, chip->s.lba, chip->s.buffer);
}

int vfdc_load(struct vfdc *chip, const struct vfdc_state *s)
{
	if (s->version != VFDC_VERSION)
		return E_VERSION;
	if (!sound(s))
		return E_DAMAGED;
	vfdc_abort(chip);
	chip->s = *s;
	drive_irq(chip);
	resume(chip);
	vfdc_arm(chip);
	return E_OK;
}

/* --- in words --------------------------------------------------------------------------------- */

static void describe_drive(const struct vfdc *chip, unsigned n, struct fmt_sink *out)
{
	const struct vfdc_drive *d = &chip->s.drive[n];
	const struct vfdc_medium *m = &d->medium;

	if (!d->present) {
		fmt_sink(out, "drive %u: none\n", n);
		return;
	}
	fmt_sink(out, "drive %u: motor %s, at cylinder %u%s, ", n,
		 chip->s.dor & I82077_DOR_MOTOR << n ? "on" : "off", d->cylinder,
		 chip->s.unit[n].due_ns != CLOCK_NEVER ? ", seeking" : "");
	if (m->sectors)
		fmt_sink(out, "%u cylinders, %u heads, %u sectors%s%s\n", m->cylinders, m->heads, m->sectors,
			 m->read_only ? ", write-protected" : "", d->changed ? ", changed" : "");
	else
		fmt_sink(out, "empty\n");
}

void vfdc_describe(const struct vfdc *chip, struct fmt_sink *out)
{
	static const char *const phases[] = { "held in reset", "coming out of reset", "command", "execution", "result" };
	static const char *const steps[] = {
		"nothing", "a seek", "a disk that turns", "the index", "an ID field", "a sector to read",
		"the host to read", "a sector to write", "the host to write", "the end of a sector",
	};
	static const uint16_t rates[] = { 500, 300, 250, 1000 };
	const struct vfdc_state *s = &chip->s;

	fmt_sink(out, "%s phase, DOR %02X, %u kbps, %s, FIFO %s, interrupt %s\n", phases[s->phase], s->dor,
		 rates[s->dsr & I82077_DSR_RATE], s->specify[1] & I82077_SPECIFY_ND ? "without DMA" : "DMA",
		 s->configure & I82077_CONFIGURE_FIFO_OFF ? "off" : "on", s->interrupt ? "asked" : "none");
	if (s->phase == VFDC_EXECUTION)
		fmt_sink(out, "command %02X at %u/%u/%u waits for %s\n", s->command[0], s->c, s->h, s->r,
			 steps[s->step]);
	for (unsigned i = 0; i < VFDC_DRIVES; i++)
		describe_drive(chip, i, out);
}
