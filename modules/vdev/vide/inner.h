/* Between the files of the IDE channel. */
#ifndef VIDE_INNER_H
#define VIDE_INNER_H

#include <hw/ata.h>

#include "vide.h"

enum { STATUS_READY = ATA_STATUS_DRDY | ATA_STATUS_DSC };

static inline unsigned vide_selected(const struct vide *chip)
{
	return chip->s.device & ATA_DEVICE_DEV ? 1 : 0;
}

static inline struct vide_unit *vide_active(struct vide *chip)
{
	return &chip->s.unit[chip->s.transfer.unit];
}

/* vide.c: how a command goes on and ends, for unit transfer.unit. */
void vide_interrupt(struct vide *chip);
/* Ends the command: status and, if asked for, INTRQ. */
void vide_done(struct vide *chip, uint8_t status, bool interrupt);
void vide_fail(struct vide *chip, uint8_t error);
/* DRQ for the bytes up to transfer.filled, at most `size` of them. */
void vide_drq(struct vide *chip, enum vide_phase phase, unsigned size, bool interrupt);
/* Hands `now` sectors (or a flush) to the backend: BSY. */
void vide_submit(struct vide *chip);
void vide_signature(struct vide *chip, unsigned unit);
/* What a reset waited for is done. */
void vide_reset_end(struct vide *chip);

/* ata.c */
void ata_command(struct vide *chip, uint8_t command);
void ata_block_done(struct vide *chip);                 /* the host moved all of a DRQ block */
void ata_completed(struct vide *chip, int result);      /* the backend answered */
void ata_reset(struct vide_unit *unit, bool hard);
/* identify.c */
void ata_identify(const struct vide_unit *unit, unsigned number, uint16_t *words);
void atapi_identify(const struct vide_unit *unit, unsigned number, uint16_t *words);
/* atapi.c */
void atapi_begin(struct vide *chip);                    /* PACKET was written */
void atapi_block_done(struct vide *chip);
void atapi_completed(struct vide *chip, int result);
void atapi_reset(struct vide_unit *unit, bool hard);

/* Between atapi.c and mmc.c, for unit transfer.unit. */
struct vide_sense mmc_execute(struct vide *chip, uint8_t operation);
void atapi_reply(struct vide *chip, unsigned size, unsigned allocated);
struct vide_sense atapi_read(struct vide *chip, uint32_t lba, uint32_t count);
/* mode.c: the list of a MODE SELECT is in the buffer. */
struct vide_sense mode_parameters(struct vide *chip);
void mode_reset(struct vide_unit *unit);

#endif
