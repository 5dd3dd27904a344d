/* What set-up notes about hard disks in the clock's memory: the first two by a type of their own ("user
 * type"), with their geometry; of all four, how a BIOS is to translate it.
 *
 * Read: IBM, "Personal Computer AT Technical Reference", "Real-Time Clock/CMOS RAM Information" (12h, 19h,
 * 1Ah) and "ROM BIOS", fixed disk parameter table. The geometry at 1Bh-2Ch and the translation at 39h, 3Ah
 * are a custom of later BIOSes; the BIOS of Bochs ("rombios") reads them so. */
#include <hw/ata.h>
#include <hw/mc146818.h>

#include "cmos.h"

enum {
	NO_PRECOMPENSATION = 0xFFFF, BIOS_CYLINDERS = 1024,
	CONTROL_USUAL = 0xC0,            /* no retries by the controller's own */
	CONTROL_MORE_HEADS = 0x08,       /* than eight */
};

static void put_word(const struct cmos_ops *ops, void *cmos, unsigned address, unsigned value)
{
	ops->poke(cmos, address, (uint8_t)value);
	ops->poke(cmos, address + 1, (uint8_t)(value >> 8));
}

static void put_type(const struct cmos_ops *ops, void *cmos, unsigned disk, const struct vide_unit *unit)
{
	unsigned at = CMOS_DISK_0_GEOMETRY + disk * CMOS_GEOMETRY_SIZE;
	uint8_t types = ops->peek(cmos, CMOS_DISK);

	ops->poke(cmos, CMOS_DISK, (uint8_t)(types | CMOS_DISK_EXTENDED << (disk ? 0 : 4)));
	ops->poke(cmos, CMOS_DISK_0_TYPE + disk, CMOS_DISK_USER_TYPE);
	put_word(ops, cmos, at, unit->cylinders);
	ops->poke(cmos, at + 2, (uint8_t)unit->heads);
	put_word(ops, cmos, at + 3, NO_PRECOMPENSATION);
	ops->poke(cmos, at + 5, CONTROL_USUAL | (unit->heads > 8 ? CONTROL_MORE_HEADS : 0));
	put_word(ops, cmos, at + 6, unit->cylinders);
	ops->poke(cmos, at + 8, (uint8_t)unit->sectors_per_track);
}

void cmos_tell_disk(const struct cmos_ops *ops, void *cmos, unsigned disk, const struct vide_unit *unit)
{
	unsigned at = CMOS_TRANSLATION + disk / 4, shift = disk % 4 * 2;
	uint8_t old = ops->peek(cmos, at);
	unsigned how = unit->cylinders > BIOS_CYLINDERS ? CMOS_TRANSLATION_LBA : CMOS_TRANSLATION_NONE;

	if (disk < 2)
		put_type(ops, cmos, disk, unit);
	ops->poke(cmos, at, (uint8_t)((old & ~(CMOS_TRANSLATION_MASK << shift)) | how << shift));
}
