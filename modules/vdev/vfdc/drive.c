/* The mechanical half: selecting, turning, stepping.
 *
 * A drive answers while DOR selects it and turns its motor (the select outputs are gated by the motor
 * enables). Its disk turns from then on at full speed. Position is machine time modulo the
 * rotation: sectors pass in equal slots from the index on, ID field first, a gap last.
 *
 * Read: Intel, "82077AA CHMOS Single-Chip Floppy Disk Controller" (290166), "Digital Output
 * Register", "SPECIFY", "SEEK", "RECALIBRATE", "RELATIVE SEEK", "Data Rate Select Register". */
#include "parts.h"

enum { CYLINDERS_MAX = 86, RECALIBRATE_STEPS = 79, DOUBLE_DENSITY_MAX = 12, HIGH_DENSITY_MAX = 25,
       HIGH_DENSITY_5_INCH = 15, CYLINDERS_5_INCH = 43 };
#define ROTATION_300_NS 200000000u
#define ROTATION_360_NS 166666666u
/* How long ago a sector may have begun that is still caught: a processor that is shared
 * comes late. DIFFERS: silicon waits for the next rotation. */
#define GRACE_NS 3000000u

unsigned vfdc_selected(const struct vfdc *chip)
{
	unsigned drive = chip->s.dor & I82077_DOR_DRIVE;

	if (drive >= VFDC_DRIVES || !chip->s.drive[drive].present ||
	    !(chip->s.dor & I82077_DOR_MOTOR << drive))
		return VFDC_NO_DRIVE;
	return drive;
}

struct vfdc_drive *vfdc_turning(struct vfdc *chip)
{
	unsigned drive = vfdc_selected(chip);

	return drive != VFDC_NO_DRIVE && chip->s.drive[drive].medium.sectors ? &chip->s.drive[drive] : NULL;
}

static unsigned rate_of(const struct vfdc *chip)
{
	return chip->s.dsr & I82077_DSR_RATE;
}

/* The rate that a medium was written with: 360 KB in a 1.2 MB drive turn faster, and read at 300. */
static bool rate_fits(unsigned rate, const struct vfdc_medium *m)
{
	if (m->sectors > HIGH_DENSITY_MAX)
		return rate == I82077_RATE_1000;
	if (m->sectors > DOUBLE_DENSITY_MAX)
		return rate == I82077_RATE_500;
	return rate == I82077_RATE_250 || (rate == I82077_RATE_300 && m->cylinders <= CYLINDERS_5_INCH);
}

/* Whether address marks are seen where the head is. */
bool vfdc_readable(const struct vfdc *chip, const struct vfdc_drive *d, unsigned head)
{
	return (chip->s.command[0] & I82077_MFM) && d->cylinder < d->medium.cylinders &&
		head < d->medium.heads && rate_fits(rate_of(chip), &d->medium);
}

uint64_t vfdc_rotation_ns(const struct vfdc *chip, const struct vfdc_drive *d)
{
	if (chip->fast)
		return 0;
	return rate_of(chip) == I82077_RATE_300 || d->medium.sectors == HIGH_DENSITY_5_INCH ? ROTATION_360_NS
											     : ROTATION_300_NS;
}

uint64_t vfdc_slot_ns(const struct vfdc *chip, const struct vfdc_drive *d)
{
	return (uint32_t)vfdc_rotation_ns(chip, d) / d->medium.sectors;
}

uint64_t vfdc_sector_ns(const struct vfdc *chip, const struct vfdc_drive *d, uint64_t from, unsigned r)
{
	uint64_t rotation = vfdc_rotation_ns(chip, d), at;

	if (!rotation)
		return from;
	from = from > GRACE_NS ? from - GRACE_NS : 0;
	at = from - from % rotation + (r - 1) * vfdc_slot_ns(chip, d);
	return at < from ? at + rotation : at;
}

/* --- times of SPECIFY, which are for 500 kbps --------------------------------------------- */

static uint64_t scaled(const struct vfdc *chip, uint64_t ns_at_500)
{
	switch (rate_of(chip)) {
	case I82077_RATE_1000:
		return ns_at_500 / 2;
	case I82077_RATE_300:
		return ns_at_500 * 5 / 3;
	case I82077_RATE_250:
		return ns_at_500 * 2;
	default:
		return ns_at_500;
	}
}

static uint64_t step_ns(const struct vfdc *chip)
{
	return chip->fast ? 0 : scaled(chip, (16u - (chip->s.specify[0] >> 4)) * (uint64_t)VFDC_NS_PER_MS);
}

/* What it takes to have the head down; it stays so for the unload time behind each use. */
uint64_t vfdc_head_load_ns(struct vfdc *chip, uint64_t now)
{
	unsigned load = chip->s.specify[1] >> 1, unload = chip->s.specify[0] & 0x0F;
	bool down = now < chip->s.loaded_ns;

	if (chip->fast)
		return 0;
	chip->s.loaded_ns = now + scaled(chip, (unload ? unload : 16) * 16ull * VFDC_NS_PER_MS);
	return down ? 0 : scaled(chip, (load ? load : 128) * 2ull * VFDC_NS_PER_MS);
}

/* --- stepping ----------------------------------------------------------------------------- */

/* A pulse with a disk in the drive takes the change line back. */
static void step(struct vfdc_drive *d, unsigned steps, bool inward)
{
	if (inward)
		d->cylinder = (uint8_t)(d->cylinder + steps < CYLINDERS_MAX ? d->cylinder + steps : CYLINDERS_MAX - 1);
	else
		d->cylinder = (uint8_t)(d->cylinder > steps ? d->cylinder - steps : 0);
	if (steps && d->medium.sectors)
		d->changed = 0;
}

static void begin(struct vfdc *chip, struct vfdc_unit *u, unsigned steps, bool inward, unsigned target)
{
	u->steps = (uint8_t)steps;
	u->inward = inward;
	u->target = (uint8_t)target;
	u->wired = (uint8_t)vfdc_selected(chip);
	u->step_ns = step_ns(chip);
	u->pending = VFDC_NOTHING;
	u->recalibrates = 0;
	u->due_ns = clock_now(&chip->clock) + steps * u->step_ns;
}

void vfdc_seek_begin(struct vfdc *chip, unsigned unit, unsigned target)
{
	struct vfdc_unit *u = &chip->s.unit[unit];

	if (target > u->pcn)
		begin(chip, u, target - u->pcn, true, target);
	else
		begin(chip, u, u->pcn - target, false, target);
}

/* "RECALIBRATE": outwards until track 0 shows, at most 79 steps. */
void vfdc_recalibrate_begin(struct vfdc *chip, unsigned unit)
{
	unsigned drive = vfdc_selected(chip), steps = RECALIBRATE_STEPS;

	if (drive != VFDC_NO_DRIVE && chip->s.drive[drive].cylinder < steps)
		steps = chip->s.drive[drive].cylinder;
	begin(chip, &chip->s.unit[unit], steps, false, 0);
	chip->s.unit[unit].recalibrates = 1;
}

void vfdc_relative_begin(struct vfdc *chip, unsigned unit, unsigned steps, bool inward)
{
	struct vfdc_unit *u = &chip->s.unit[unit];

	begin(chip, u, steps, inward, (uint8_t)(inward ? u->pcn + steps : u->pcn - steps));
}

void vfdc_seek_settle(struct vfdc *chip, unsigned unit, uint64_t now)
{
	struct vfdc_unit *u = &chip->s.unit[unit];
	unsigned left = 0;

	if (u->due_ns == CLOCK_NEVER)
		return;
	if (u->step_ns && u->due_ns > now)
		left = (unsigned)((u->due_ns - now + u->step_ns - 1) / u->step_ns);
	if (u->wired != VFDC_NO_DRIVE && left < u->steps)
		step(&chip->s.drive[u->wired], u->steps - left, u->inward);
	u->pcn = u->target;
	u->due_ns = CLOCK_NEVER;
}

/* "The H bit in ST0 will always return a 0." Without track 0 a recalibration ends with EC. */
static void seek_end(struct vfdc *chip, unsigned unit, uint64_t now)
{
	struct vfdc_unit *u = &chip->s.unit[unit];

	vfdc_seek_settle(chip, unit, now);
	u->st0 = (uint8_t)(I82077_ST0_SE | unit);
	if (u->recalibrates && (u->wired == VFDC_NO_DRIVE || chip->s.drive[u->wired].cylinder))
		u->st0 |= I82077_ST0_ABNORMAL | I82077_ST0_EC;
	u->pending = VFDC_FROM_SEEK;
	vfdc_interrupt(chip, true);
}

void vfdc_seeks_expire(struct vfdc *chip, uint64_t now)
{
	bool implied = chip->s.phase == VFDC_EXECUTION && chip->s.step == VFDC_SEEK;

	for (unsigned i = 0; i < VFDC_UNITS; i++)
		if (chip->s.unit[i].due_ns <= now && !(implied && i == (chip->s.command[1] & I82077_DS)))
			seek_end(chip, i, now);
}

/* --- media -------------------------------------------------------------------------------- */

void vfdc_connect(struct vfdc *chip, unsigned drive, bool present)
{
	chip->s.drive[drive].present = present;
	chip->s.drive[drive].changed = present;
	vfdc_disk_changed(chip);
}

void vfdc_insert(struct vfdc *chip, unsigned drive, const struct vfdc_medium *medium)
{
	struct vfdc_drive *d = &chip->s.drive[drive];

	d->medium = medium ? *medium : (struct vfdc_medium){ .sectors = 0 };
	d->changed = 1;
	vfdc_disk_changed(chip);
}

void vfdc_used(struct vfdc *chip, unsigned drive, unsigned cylinder)
{
	struct vfdc_state *s = &chip->s;
	struct vfdc_drive *d = drive < VFDC_DRIVES ? &s->drive[drive] : NULL;
	unsigned rate = I82077_RATE_500;

	if (!d || !d->medium.sectors || s->phase != VFDC_COMMAND || s->commanded ||
	    s->unit[drive].due_ns != CLOCK_NEVER)
		return;
	while (rate < I82077_RATE_1000 && !rate_fits(rate, &d->medium))
		rate++;
	s->dor = (uint8_t)((s->dor & ~I82077_DOR_DRIVE) | I82077_DOR_NOT_RESET | I82077_DOR_DMAGATE | drive |
			   I82077_DOR_MOTOR << drive);
	s->dsr = (uint8_t)((s->dsr & ~I82077_DSR_RATE) | rate);
	s->unit[drive].pcn = d->cylinder = (uint8_t)cylinder;
	d->changed = 0;
}
