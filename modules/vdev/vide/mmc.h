/* What the files with packet commands share: numbers have their high byte first. */
#ifndef VIDE_MMC_H
#define VIDE_MMC_H

#include <base/mem.h>
#include <hw/atapi.h>

#include "inner.h"

static inline struct vide_sense sense(uint8_t key, uint8_t code, uint8_t qualifier)
{
	return (struct vide_sense){ key, code, qualifier };
}

static inline struct vide_sense fine(void)
{
	return sense(SENSE_NONE, 0, 0);
}

static inline struct vide_sense invalid_field(void)
{
	return sense(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD, 0);
}

static inline unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static inline void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* The beginning of the buffer, for an answer. */
static inline uint8_t *blank(struct vide *chip, unsigned size)
{
	return memset(chip->s.buffer, 0, size);
}

/* mode.c: MODE SENSE and MODE SELECT, of 6 and of 10 bytes. */
struct vide_sense mode_sense_6(struct vide *chip, const uint8_t *packet);
struct vide_sense mode_sense_10(struct vide *chip, const uint8_t *packet);
struct vide_sense mode_select_6(struct vide *chip, const uint8_t *packet);
struct vide_sense mode_select_10(struct vide *chip, const uint8_t *packet);

#endif
