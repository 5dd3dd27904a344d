/* One counter of the 8254, in CLK pulses: see counter.c. Every function but counter_advance()
 * acts at the moment to which the counter was last advanced. */
#ifndef VPIT_COUNTER_H
#define VPIT_COUNTER_H

#include "vpit.h"

#define COUNTER_NEVER UINT64_MAX

/* Power-on: nothing programmed, OUT high; the level at GATE and the time stay. */
void counter_reset(struct vpit_counter *c);
/* Carries out all CLK pulses up to number `clk`; at once, however many they are. */
void counter_advance(struct vpit_counter *c, uint64_t clk);
void counter_control(struct vpit_counter *c, uint8_t control);
void counter_write(struct vpit_counter *c, uint8_t value);
uint8_t counter_read(struct vpit_counter *c);
void counter_latch(struct vpit_counter *c);
void counter_latch_status(struct vpit_counter *c);
void counter_gate(struct vpit_counter *c, bool level);

/* CLK pulses until OUT rises if nobody touches the counter; COUNTER_NEVER. */
uint64_t counter_next_rise(const struct vpit_counter *c);
/* The count that is in force or will be loaded next, 1..0x10000. */
uint32_t counter_count(const struct vpit_counter *c);
/* What an unlatched read sees, in the counter's own coding. */
uint16_t counter_value(const struct vpit_counter *c);
bool counter_is_periodic(const struct vpit_counter *c);
bool counter_is_counting(const struct vpit_counter *c);
bool counter_is_sane(const struct vpit_counter *c);

#endif
