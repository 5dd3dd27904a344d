/* The 82077AA floppy disk controller of a PC/AT with its two drives: see vfdc.c. */
#ifndef VFDC_H
#define VFDC_H

#include <base/error.h>
#include <base/fmt.h>
#include <hw/i82077.h>
#include <iface/wire.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	VFDC_VERSION = 1,
	VFDC_DRIVES = 2,
	VFDC_UNITS = 4,              /* that commands can name */
	VFDC_SECTOR = 512,
	VFDC_COMMAND_MAX = 9,
	VFDC_RESULT_MAX = 10,
};

/* What is in a drive; `sectors` 0: nothing. */
struct vfdc_medium {
	uint16_t cylinders;
	uint8_t heads, sectors;      /* sectors a track */
	uint8_t read_only;
	uint8_t reserved[3];
};

struct vfdc_drive {
	struct vfdc_medium medium;
	uint8_t present;
	uint8_t changed;             /* the drive's own latch behind DSKCHG */
	uint8_t cylinder;            /* where the heads stand */
	uint8_t reserved[5];
};

/* What the chip keeps for each drive that a command can name. */
struct vfdc_unit {
	uint64_t due_ns;             /* end of a seek; CLOCK_NEVER: none under way */
	uint64_t step_ns;
	uint8_t pcn;                 /* present cylinder number: what the chip believes */
	uint8_t target;              /* pcn after the seek */
	uint8_t steps;               /* of the seek under way */
	uint8_t inward;
	uint8_t wired;               /* drive that gets the pulses, VFDC_DRIVES: none */
	uint8_t st0;                 /* for SENSE INTERRUPT STATUS */
	uint8_t pending;             /* st0 waits: enum vfdc_pending */
	uint8_t recalibrates;
};

enum vfdc_pending { VFDC_NOTHING, VFDC_FROM_RESET, VFDC_FROM_SEEK };

enum vfdc_phase { VFDC_IN_RESET, VFDC_WAKING, VFDC_COMMAND, VFDC_EXECUTION, VFDC_RESULT };

/* What an execution waits for. */
enum vfdc_step {
	VFDC_NONE,
	VFDC_SEEK,                   /* the end of an implied seek */
	VFDC_STILL,                  /* a disk that turns */
	VFDC_LOST,                   /* the index twice: what was looked for is not there */
	VFDC_ID,                     /* any sector's ID field */
	VFDC_READ,                   /* the sector has passed, and its data came */
	VFDC_GIVE,                   /* the host takes the bytes (without DMA) */
	VFDC_START,                  /* the sector begins, or the index comes: to be written */
	VFDC_TAKE,                   /* the host gives the bytes (without DMA) */
	VFDC_WRITE,                  /* the sector has passed, and its data went */
};

struct vfdc_state {
	uint32_t version;
	uint32_t lba;                /* of the transfer under way */
	uint64_t due_ns;             /* of the execution or of waking; CLOCK_NEVER */
	uint64_t next_ns;            /* where the head is behind the last sector; 0: anywhere */
	uint64_t loaded_ns;          /* the head is down until then */
	struct vfdc_unit unit[VFDC_UNITS];
	struct vfdc_drive drive[VFDC_DRIVES];
	uint8_t dor, dsr, tdr;
	uint8_t phase, step;
	uint8_t interrupt;           /* INT, before the gate of DOR */
	uint8_t command[VFDC_COMMAND_MAX], commanded, wanted;
	uint8_t result[VFDC_RESULT_MAX], given, results;
	uint8_t specify[2], configure, precompensation, locked, perpendicular;
	/* The execution. */
	uint8_t c, h, r, n, eot, head;
	uint8_t st0, st1, st2;
	uint8_t left;                /* sectors of VERIFY with EC, of FORMAT and READ TRACK */
	uint8_t io;                  /* the medium has the buffer */
	uint8_t writes;              /* and takes from it */
	uint8_t tc;
	uint8_t dma;                 /* bytes go by DMA just now */
	uint8_t takes;               /* bytes come from the host */
	uint8_t scan_equal, scan_met;
	uint16_t at, end;            /* of the bytes that host and chip exchange */
	uint8_t ids[4];              /* FORMAT: the sector's ID field */
	uint8_t buffer[VFDC_SECTOR];
};

struct vfdc_wires {
	void *of;
	/* Begins the transfer of one sector, which ends with vfdc_complete(), never within this call. */
	void (*submit)(void *of, unsigned drive, bool write, uint32_t lba, void *buffer);
	/* Takes it back; vfdc_complete() will not be called. */
	void (*cancel)(void *of);
	void (*request)(void *of, bool level);          /* DRQ 2 */
};

struct vfdc {
	struct vfdc_state s;
	struct vfdc_wires wires;
	struct line irq;             /* after DOR's gate */
	struct clock clock;
	bool fast;                   /* nothing takes time */
	bool implied;                /* seeks by itself, EIS or not */
	bool ps2;                    /* strapped as in a PS/2: registers A and B are there */
};

/* The PC's reset line. What is in the drives stays, and where their heads stand. */
void vfdc_reset(struct vfdc *chip);
/* `reg` is the port minus 3F0h. */
uint8_t vfdc_in(struct vfdc *chip, unsigned reg);
void vfdc_out(struct vfdc *chip, unsigned reg, uint8_t value);
void vfdc_expire(struct vfdc *chip, uint64_t now);
CHECK int vfdc_load(struct vfdc *chip, const struct vfdc_state *s);
void vfdc_describe(const struct vfdc *chip, struct fmt_sink *out);

/* The medium's answer to submit(): 0 or an error. */
void vfdc_complete(struct vfdc *chip, int result);
/* DACK 2. */
uint8_t vfdc_dma_read(struct vfdc *chip, bool terminal_count);
void vfdc_dma_write(struct vfdc *chip, uint8_t data, bool terminal_count);

/* There is a drive, or none. */
void vfdc_connect(struct vfdc *chip, unsigned drive, bool present);
/* A BIOS that does not use the ports has moved sectors of that cylinder: as its commands would have left it,
 * unless the chip is in reset or in a command. */
void vfdc_used(struct vfdc *chip, unsigned drive, unsigned cylinder);
/* Another medium is in a drive; NULL: none. */
void vfdc_insert(struct vfdc *chip, unsigned drive, const struct vfdc_medium *medium);

#endif
