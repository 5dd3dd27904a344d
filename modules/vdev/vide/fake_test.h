/* What a channel is wired to in unit tests: two media in memory, an interrupt line, a clock. */
#ifndef VIDE_FAKE_TEST_H
#define VIDE_FAKE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hw/ata.h>
#include <hw/atapi.h>

#include "vide.h"

enum { FAKE_SECTORS = 4 * 16 * 63, FAKE_CD_SECTORS = 1001 };

struct fake {
	struct vide chip;
	uint64_t now_ns;
	bool irq;
	unsigned irqs;                   /* rising edges */
	bool busy;                       /* the chip waits for an answer */
	unsigned unit, count, submitted, cancelled, flushed;
	enum vide_op op;
	uint64_t lba;
	void *buffer;
	uint64_t bad;                    /* this sector cannot be read or written; UINT64_MAX: none */
	int eject_result;
	unsigned ejects;
	bool locked;
	uint8_t *medium[VIDE_UNITS];
	size_t sectors[VIDE_UNITS];
};

static inline void fake_submit(void *of, unsigned unit, enum vide_op op, uint64_t lba, unsigned count, void *buffer)
{
	struct fake *f = of;

	assert_false(f->busy);
	assert_true(op == VIDE_FLUSH || (count && count <= VIDE_BUFFER_SECTORS));
	f->busy = true;
	f->unit = unit;
	f->op = op;
	f->lba = lba;
	f->count = count;
	f->buffer = buffer;
	f->submitted++;
}

static inline void fake_cancel(void *of)
{
	struct fake *f = of;

	assert_true(f->busy);
	f->busy = false;
	f->cancelled++;
}

static inline int fake_eject(void *of, unsigned unit)
{
	struct fake *f = of;

	f->ejects++;
	if (!f->eject_result)
		vide_change(&f->chip, unit, &(struct vide_drive){ .kind = VIDE_CD });
	return f->eject_result;
}

static inline void fake_lock(void *of, unsigned unit, bool locked)
{
	(void)unit;
	((struct fake *)of)->locked = locked;
}

static inline void fake_irq(void *of, bool level)
{
	struct fake *f = of;

	f->irqs += level && !f->irq;
	f->irq = level;
}

static inline uint64_t fake_now(void *of) { return ((struct fake *)of)->now_ns; }
static inline void fake_arm(void *of, uint64_t deadline) { (void)of, (void)deadline; }

/* The medium answers. */
static inline void fake_answer(struct fake *f)
{
	uint8_t *at = f->medium[f->unit] + f->lba * VIDE_SECTOR;
	int result = E_OK;

	assert_true(f->busy);
	f->busy = false;
	if (f->op == VIDE_FLUSH)
		f->flushed++;
	else if (f->lba + f->count > f->sectors[f->unit])
		result = E_RANGE;
	else if (f->bad >= f->lba && f->bad < f->lba + f->count)
		result = E_IO;
	else if (f->op == VIDE_READ)
		memcpy(f->buffer, at, f->count * VIDE_SECTOR);
	else
		memcpy(at, f->buffer, f->count * VIDE_SECTOR);
	vide_complete(&f->chip, result);
}

static inline void fake_answers(struct fake *f)
{
	while (f->busy)
		fake_answer(f);
}

static inline void fake_fill(uint8_t *medium, size_t sectors, uint8_t seed)
{
	for (size_t i = 0; i < sectors; i++)
		for (unsigned j = 0; j < VIDE_SECTOR; j += 4) {
			medium[i * VIDE_SECTOR + j] = (uint8_t)i;
			medium[i * VIDE_SECTOR + j + 1] = (uint8_t)(i >> 8);
			medium[i * VIDE_SECTOR + j + 2] = (uint8_t)j;
			medium[i * VIDE_SECTOR + j + 3] = seed;
		}
}

static inline void fake_drive(struct fake *f, unsigned unit, uint8_t kind, size_t sectors)
{
	struct vide_drive drive = { .kind = kind, .medium = kind != VIDE_NONE, .read_only = kind == VIDE_CD,
				    .sectors = sectors };

	free(f->medium[unit]);
	f->medium[unit] = malloc(sectors * VIDE_SECTOR + 1);
	f->sectors[unit] = sectors;
	fake_fill(f->medium[unit], sectors, (uint8_t)unit);
	vide_attach(&f->chip, unit, &drive);
}

static inline struct fake *fake_new(uint8_t first, uint8_t second)
{
	struct fake *f = calloc(1, sizeof *f);
	uint8_t kind[VIDE_UNITS] = { first, second };

	f->bad = UINT64_MAX;
	f->now_ns = 1000;
	f->chip.wires = (struct vide_wires){
		.of = f, .submit = fake_submit, .cancel = fake_cancel, .eject = fake_eject, .lock = fake_lock,
		.irq = { fake_irq, f }, .clock = { fake_now, fake_arm, f },
	};
	for (unsigned i = 0; i < VIDE_UNITS; i++)
		fake_drive(f, i, kind[i], kind[i] == VIDE_NONE ? 0 : kind[i] == VIDE_CD ? FAKE_CD_SECTORS
										    : FAKE_SECTORS);
	vide_reset(&f->chip);
	fake_answers(f);
	return f;
}

static inline int fake_free(void **state)
{
	struct fake *f = *state;

	for (unsigned i = 0; i < VIDE_UNITS; i++)
		free(f->medium[i]);
	free(f);
	return 0;
}

static inline uint8_t in(struct fake *f, unsigned reg) { return vide_in(&f->chip, reg); }
static inline void out(struct fake *f, unsigned reg, uint8_t value) { vide_out(&f->chip, reg, value); }
static inline uint8_t alternate(struct fake *f) { return vide_alternate_status(&f->chip); }

static inline void read_words(struct fake *f, void *to, unsigned bytes)
{
	uint8_t *at = to;

	for (unsigned i = 0; i < bytes; i += 2) {
		uint16_t word = vide_data_in(&f->chip);

		at[i] = (uint8_t)word;
		if (i + 1 < bytes)
			at[i + 1] = (uint8_t)(word >> 8);
	}
}

static inline void write_words(struct fake *f, const void *from, unsigned bytes)
{
	const uint8_t *at = from;

	for (unsigned i = 0; i < bytes; i += 2)
		vide_data_out(&f->chip, (uint16_t)(at[i] | at[i + 1] << 8));
}

#endif
