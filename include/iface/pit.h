/* What a machine's timer provides under the machine's role "pit": the parts that other chips
 * of the board are wired to. In the machine's own task. */
#ifndef IFACE_PIT_H
#define IFACE_PIT_H

#include <stdbool.h>
#include <stdint.h>

#define PIT_ROLE "pit"

struct pit_ops {
	bool (*output2)(void *pit);      /* OUT of counter 2 */
	bool (*refresh)(void *pit);      /* changes with each memory refresh */
	/* 1193182 Hz divided by this is what counter 2 makes; 0: nothing steady. The line "tone" is driven
	 * when it may have changed. */
	uint32_t (*tone_count)(void *pit);
	/* From the interrupt controller: IRQ 0 rose while the processor had still to take its last request;
	 * the machine has had the processor since `turn_ns`, machine time. */
	void (*tick_merged)(void *pit, uint64_t turn_ns);
};

#endif
