/* The virtual parallel port and the printer at its plug: see vlpt.c and printer.c. */
#ifndef VLPT_H
#define VLPT_H

#include <stdbool.h>
#include <stdint.h>

#include <base/error.h>
#include <base/fmt.h>
#include <hw/lpt.h>
#include <iface/wire.h>

#define VLPT_VERSION 1u

enum vlpt_kind { VLPT_SPP, VLPT_EPP, VLPT_ECP };

/* What the printer is at. */
enum vlpt_phase { VLPT_READY, VLPT_BUSY, VLPT_ACK, VLPT_PHASES };

struct vlpt_state {
	uint32_t version;
	uint64_t fifo_ns;         /* the FIFO's next byte leaves; CLOCK_NEVER: none does */
	uint64_t phase_ns;        /* the printer's phase ends; CLOCK_NEVER: it waits for the port */
	uint8_t data, control;    /* the latches */
	uint8_t irq;              /* level of the interrupt line */
	uint8_t ack;              /* level of the ACK pin as last seen */
	uint8_t error;            /* the same of ERROR */
	uint8_t timeout;          /* an EPP cycle had no answer */
	uint8_t ecr;              /* LPT_ECR_WRITABLE bits */
	uint8_t fifo_count, fifo_head, fifo_last;
	uint8_t fifo[LPT_FIFO_SIZE];
	uint16_t fifo_commands;   /* bit n: fifo[n] is a command */
	uint8_t phase;            /* enum vlpt_phase */
	uint8_t byte;             /* the printer's, while busy */
	uint8_t printer_lines;    /* the control pins as the printer last saw them */
	uint8_t run;              /* ECP: the next byte counts so many times more */
	uint8_t kind;             /* enum vlpt_kind */
	uint8_t reserved[3];
};

/* The other side of the 25 pins. All levels are electrical, in the bits of the registers. */
struct vlpt_plug {
	/* The port's outputs have changed: data pins (if it drives them) and control pins, with
	 * LPT_CONTROL_IRQ while interrupts are on. */
	void (*drive)(void *of, uint8_t data, bool drives, uint8_t control);
	uint8_t (*status)(void *of);
	uint8_t (*data)(void *of);                     /* what stands on pins that the port leaves alone */
	/* One EPP cycle; false: no answer. */
	bool (*epp)(void *of, bool write, bool address, uint8_t *byte);
	/* One byte by hardware handshake; false: not now. */
	bool (*send)(void *of, uint8_t byte, bool command);
	void *of;
};

/* Where the printer's bytes go. */
struct vlpt_paper {
	struct byte_sink sink;
	bool (*out)(void *of);        /* no more paper */
	void (*init)(void *of);       /* the printer was reset */
	void *of;
};

struct vlpt {
	struct vlpt_state s;
	struct line irq;
	struct clock clock;
	struct vlpt_plug plug;        /* vlpt_connect_printer(), or another's */
	struct vlpt_paper paper;      /* the printer's */
	uint8_t irq_code;             /* of the line, in CNFGB */
};

void vlpt_reset(struct vlpt *lpt);
/* `reg` is the port minus the base (0-7), or minus base and LPT_ECP_OFFSET. */
uint8_t vlpt_in(struct vlpt *lpt, unsigned reg);
void vlpt_out(struct vlpt *lpt, unsigned reg, uint8_t value);
uint8_t vlpt_ecp_in(struct vlpt *lpt, unsigned reg);
void vlpt_ecp_out(struct vlpt *lpt, unsigned reg, uint8_t value);
void vlpt_expire(struct vlpt *lpt, uint64_t now);
CHECK int vlpt_load(struct vlpt *lpt, const struct vlpt_state *state);
void vlpt_describe(const struct vlpt *lpt, struct fmt_sink *out);

/* The plug's status pins have changed. */
void vlpt_pins_changed(struct vlpt *lpt);
/* ACK has pulsed, too short to be looked at. */
void vlpt_acknowledge(struct vlpt *lpt);
/* Puts our printer, which prints to lpt->paper, or nothing at all, at the plug. */
void vlpt_connect_printer(struct vlpt *lpt);
void vlpt_connect_nothing(struct vlpt *lpt);
/* Another plug: shows it the pins as they are. */
void vlpt_connected(struct vlpt *lpt);

/* Between vlpt.c, ecp.c and printer.c. */
enum lpt_mode vlpt_mode(const struct vlpt *lpt);
void vlpt_arm(struct vlpt *lpt);
void vlpt_drive(struct vlpt *lpt);
void vlpt_pulse_irq(struct vlpt *lpt);
void fifo_push(struct vlpt *lpt, uint8_t byte, bool command);
uint8_t fifo_pop(struct vlpt *lpt);
void fifo_expire(struct vlpt *lpt, uint64_t now);
void printer_expire(struct vlpt *lpt, uint64_t now);
void printer_reset(struct vlpt *lpt);

#endif
