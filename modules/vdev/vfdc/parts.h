/* What the chip's sources share. */
#ifndef VFDC_PARTS_H
#define VFDC_PARTS_H

#include "vfdc.h"

enum { VFDC_NO_DRIVE = VFDC_DRIVES };
#define VFDC_NS_PER_MS 1000000u

/* vfdc.c */
void vfdc_arm(struct vfdc *chip);
void vfdc_interrupt(struct vfdc *chip, bool level);
/* Ends a command with result bytes, by interrupt if it had an execution phase. */
void vfdc_answer(struct vfdc *chip, const uint8_t *result, unsigned count, bool interrupt);
static inline unsigned vfdc_opcode(const struct vfdc *chip) { return chip->s.command[0] & 0x1F; }

/* drive.c */
unsigned vfdc_selected(const struct vfdc *chip);        /* VFDC_NO_DRIVE: none */
struct vfdc_drive *vfdc_turning(struct vfdc *chip);     /* selected, with a medium; or NULL */
bool vfdc_readable(const struct vfdc *chip, const struct vfdc_drive *d, unsigned head);
uint64_t vfdc_rotation_ns(const struct vfdc *chip, const struct vfdc_drive *d);
/* When sector `r` begins to pass, not before `from`. */
uint64_t vfdc_sector_ns(const struct vfdc *chip, const struct vfdc_drive *d, uint64_t from, unsigned r);
uint64_t vfdc_slot_ns(const struct vfdc *chip, const struct vfdc_drive *d);
uint64_t vfdc_head_load_ns(struct vfdc *chip, uint64_t now);
void vfdc_seek_begin(struct vfdc *chip, unsigned unit, unsigned target);
void vfdc_recalibrate_begin(struct vfdc *chip, unsigned unit);
void vfdc_relative_begin(struct vfdc *chip, unsigned unit, unsigned steps, bool inward);
/* Steps taken so far, or all. */
void vfdc_seek_settle(struct vfdc *chip, unsigned unit, uint64_t now);
void vfdc_seeks_expire(struct vfdc *chip, uint64_t now);

/* execute.c */
void vfdc_execute(struct vfdc *chip);
void vfdc_proceed(struct vfdc *chip, uint64_t now);
/* Something about drive or motor is other than before. */
void vfdc_disk_changed(struct vfdc *chip);
void vfdc_abort(struct vfdc *chip);
/* A byte over the data register during execution without DMA. */
uint8_t vfdc_pio_read(struct vfdc *chip);
void vfdc_pio_write(struct vfdc *chip, uint8_t value);
unsigned vfdc_burst(const struct vfdc *chip);

#endif
