/* The memory as it outlives power-off: see battery.c. */
#ifndef VRTC_BATTERY_H
#define VRTC_BATTERY_H

#include "vrtc.h"

/* The image of a file: a sum that tells a damaged one, and the bytes. */
struct vrtc_battery {
	uint8_t magic[4];
	uint32_t sum;
	uint8_t byte[MC146818_BYTES];
};
_Static_assert(sizeof(struct vrtc_battery) == 8 + MC146818_BYTES, "the layout of a file");

/* What is kept: not the time, which goes on without us, nor interrupts. */
void battery_take(const struct vrtc *chip, struct vrtc_battery *battery);
/* Puts it back; what the machine is built of stands as `config` has it. E_DAMAGED: the chip is as it was. */
CHECK int battery_give(struct vrtc *chip, const struct vrtc_battery *battery, const struct vrtc_config *config);
/* Do they differ in what is not found anew at each power-on? */
bool battery_differs(const struct vrtc_battery *a, const struct vrtc_battery *b);

#endif
