/* A PC's set-up is told which drives are built in; here the first medium decides. 5.25-inch media
 * (up to 360 KB, and 1.2 MB) go with a 1.2 MB drive, all others with a 3.5-inch one, which is
 * a 2.88 MB drive for what no other reads. */
#include "floppy.h"

uint8_t floppy_type(uint64_t sectors)
{
	static const struct { uint32_t sectors; uint8_t type; } table[] = {
		{ 1, CMOS_FLOPPY_1440K },       /* none */
		{ 720, CMOS_FLOPPY_1200K }, { 2399, CMOS_FLOPPY_1440K }, { 2400, CMOS_FLOPPY_1200K },
		{ 3999, CMOS_FLOPPY_1440K },    /* more than 2880: more sectors on a track, or more tracks */
	};

	for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
		if (sectors <= table[i].sectors)
			return table[i].type;
	return CMOS_FLOPPY_2880K;
}
