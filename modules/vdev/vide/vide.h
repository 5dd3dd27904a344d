/* One channel of the virtual IDE controller with its two drives: see vide.c. */
#ifndef VIDE_H
#define VIDE_H

#include <stdbool.h>
#include <stdint.h>

#include <base/error.h>
#include <base/fmt.h>
#include <iface/wire.h>

#define VIDE_VERSION 2u

enum {
	VIDE_UNITS = 2,
	VIDE_SECTOR = 512, VIDE_CD_SECTOR = 2048,
	VIDE_BUFFER_SECTORS = 16,        /* also the most that SET MULTIPLE takes */
	VIDE_BUFFER = VIDE_BUFFER_SECTORS * VIDE_SECTOR,
	VIDE_PACKET_SIZE = 12,
	VIDE_MODE_BYTES = 32,            /* of mode pages that can be changed */
};

enum vide_kind { VIDE_NONE, VIDE_DISK, VIDE_CD };
enum vide_op { VIDE_READ, VIDE_WRITE, VIDE_FLUSH };

/* What is built in, and what is in it. */
struct vide_drive {
	uint8_t kind;                    /* enum vide_kind */
	bool medium, read_only;
	uint64_t sectors;                /* of 512 bytes, also of a CD */
	/* A host disk's own; 0: found out from the medium's first sector. */
	uint16_t cylinders, heads, sectors_per_track;
};

enum vide_phase {
	VIDE_IDLE,
	VIDE_SUBMITTED,                  /* BSY: the backend has the buffer */
	VIDE_DATA_IN, VIDE_DATA_OUT,     /* DRQ */
	VIDE_PHASES,
};

/* What the transfer under way is for. */
enum vide_job {
	VIDE_JOB_NONE,
	VIDE_JOB_START_UP,               /* sector 0 is read for its geometry */
	VIDE_JOB_SECTORS, VIDE_JOB_VERIFY, VIDE_JOB_FLUSH,
	VIDE_JOB_REPLY,                  /* what is in the buffer, once */
	VIDE_JOB_WRITE_BUFFER,
	VIDE_JOB_RESET,                  /* a reset waits for sectors that came before it */
	VIDE_JOB_PACKET,                 /* the command packet */
	VIDE_JOB_PACKET_REPLY, VIDE_JOB_PACKET_SECTORS,
	VIDE_JOB_PACKET_LIST,            /* parameters, from the host */
	VIDE_JOBS,
};

struct vide_transfer {
	uint64_t lba;                    /* of 512 bytes: of the first sector in the buffer */
	uint32_t left;                   /* sectors from there on */
	uint32_t beyond;                 /* wanted sectors behind the last there are */
	uint8_t phase, job;              /* enum vide_phase, enum vide_job */
	uint8_t op;                      /* enum vide_op */
	uint8_t unit;
	uint8_t block;                   /* sectors for each DRQ */
	uint8_t now;                     /* sectors in the buffer */
	uint8_t single;                  /* one block a time: a larger piece failed */
	uint8_t extended, lba_mode;      /* how the address is told */
	uint8_t reserved[3];
	uint16_t position, end;          /* in the buffer: next byte, and where this DRQ ends */
	uint16_t filled;                 /* end of what is wanted of the buffer */
	uint16_t byte_limit;             /* of a packet command: most bytes for each DRQ */
};

struct vide_sense {
	uint8_t key, code, qualifier;
};

/* A drive's own registers and settings. */
struct vide_unit {
	uint64_t sectors;                /* of 512 bytes */
	uint64_t active_ns;              /* when the last command ended: the standby timer */
	uint16_t cylinders, heads, sectors_per_track;   /* default geometry; 0: not known yet */
	uint8_t kind, medium, read_only;
	uint8_t status, error;
	uint8_t features, count, lba[3];
	uint8_t old_features, old_count, old_lba[3];    /* "previous content": HOB */
	uint8_t interrupt;               /* pending */
	uint8_t current_heads, current_sectors;         /* INITIALIZE DEVICE PARAMETERS */
	uint8_t multiple;                /* 0: off */
	uint8_t power;                   /* ATA_POWER_... */
	uint8_t asleep;
	uint8_t standby;                 /* as IDLE and STANDBY give it; 0: never */
	uint8_t keep, eight_bit, no_write_cache, no_look_ahead;
	/* Packet devices: */
	uint8_t attention;               /* additional sense code of the unit attention; 0: none */
	uint8_t locked, tray_open, event;
	struct vide_sense sense;
	uint8_t modes[VIDE_MODE_BYTES];
	uint8_t reserved[2];
};

/* Fixed-width, no pointers: can be saved and loaded as it is. */
struct vide_state {
	uint32_t version;
	uint8_t device, control;
	uint8_t half, half_full;         /* 8-bit accesses: the byte of a word that waits */
	struct vide_transfer transfer;
	struct vide_unit unit[VIDE_UNITS];
	uint8_t packet[VIDE_PACKET_SIZE];
	uint8_t reserved[4];
	uint8_t buffer[VIDE_BUFFER];
};

struct vide_wires {
	void *of;
	/* Starts a transfer; vide_complete() is called later, never from in here. The buffer stays
	 * untouched until then. Of a flush, count is 0. */
	void (*submit)(void *of, unsigned unit, enum vide_op op, uint64_t lba, unsigned count, void *buffer);
	/* Takes it back: vide_complete() will not be called, and the buffer is the chip's again. */
	void (*cancel)(void *of);
	int (*eject)(void *of, unsigned unit);
	void (*lock)(void *of, unsigned unit, bool locked);
	struct line irq;
	struct clock clock;              /* only asked for the time */
};

struct vide {
	struct vide_state s;
	struct vide_wires wires;
	bool irq_level;
};

/* Builds a drive in, before the first reset. */
void vide_attach(struct vide *chip, unsigned unit, const struct vide_drive *drive);
/* A removable medium came or went. */
void vide_change(struct vide *chip, unsigned unit, const struct vide_drive *drive);
/* The RESET- line: power-on and reset button. */
void vide_reset(struct vide *chip);
/* Registers of the command block (ATA_DATA to ATA_STATUS), and the control block's one. */
uint8_t vide_in(struct vide *chip, unsigned reg);
void vide_out(struct vide *chip, unsigned reg, uint8_t value);
uint8_t vide_alternate_status(struct vide *chip);
void vide_control(struct vide *chip, uint8_t value);
/* The data register, a word. */
uint16_t vide_data_in(struct vide *chip);
void vide_data_out(struct vide *chip, uint16_t value);
/* Words that the data register takes or gives before anything else happens: `*words` of them are
 * at the address returned. Who copied n of them says so. NULL: no data are due that way. */
void *vide_data_window(struct vide *chip, bool in, unsigned *words);
void vide_data_moved(struct vide *chip, unsigned words);
/* The backend's answer: 0, E_IO, E_READ_ONLY, E_NO_MEDIUM, E_CHANGED, E_RANGE, E_NO_SPACE, E_TIMEOUT. */
void vide_complete(struct vide *chip, int result);
/* The state must be of the same drives. E_VERSION, E_DAMAGED. A transfer under way is submitted again. */
int vide_load(struct vide *chip, const struct vide_state *state) CHECK;
void vide_describe(const struct vide *chip, struct fmt_sink *out);

#endif
