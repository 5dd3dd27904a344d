/* The system control ports 61h and 92h, the A20 gate and the speaker's gate of a PC.
 *
 * Registers (`reg`): VSYSCTL_B = port 61h, VSYSCTL_A = port 92h. */
#ifndef VSYSCTL_H
#define VSYSCTL_H

#include <base/error.h>
#include <base/fmt.h>
#include <iface/wire.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	VSYSCTL_VERSION = 1,
};

enum { VSYSCTL_B, VSYSCTL_A, VSYSCTL_REGS };

/* What drives the speaker. */
enum vsysctl_speaker {
	VSYSCTL_SPEAKER_OFF,
	VSYSCTL_SPEAKER_DATA,  /* bit 1 alone: the program moves the cone itself */
	VSYSCTL_SPEAKER_TIMER, /* OUT 2 of the 8254 */
};

struct vsysctl_state {
	uint32_t version;
	uint8_t b, a;          /* what was written, SYSCTL_B_WRITABLE and SYSCTL_A_WRITABLE */
	uint8_t errors;        /* latched SYSCTL_B_PARITY, SYSCTL_B_IOCHK */
	uint8_t inputs;        /* levels of the same two at the board's inputs */
	uint8_t a20_8042;      /* level of the 8042's output port bit 1 */
	uint8_t nmi_masked;    /* port 70h bit 7 */
	uint8_t reserved[2];
};

/* A level that the chip looks at when it is read. */
struct vsysctl_sense {
	bool (*get)(void *of);
	void *of;
};

struct vsysctl {
	struct vsysctl_state s;
	struct line gate2;     /* GATE 2 of the 8254 */
	struct line speaker;   /* bit 1: lets OUT 2 through to the speaker */
	struct line a20;       /* high: address bit 20 passes */
	struct line reset;     /* pulses high to reset the processor */
	struct line nmi;       /* NMI of the machine's processor */
	struct vsysctl_sense refresh; /* bit 4 */
	struct vsysctl_sense out2;    /* bit 5 */
};

/* Levels at the inputs stay; the outputs are driven. */
void vsysctl_reset(struct vsysctl *chip);
uint8_t vsysctl_in(struct vsysctl *chip, unsigned reg);
void vsysctl_out(struct vsysctl *chip, unsigned reg, uint8_t value);
/* Nothing here waits for time; there for the uniform shape. */
void vsysctl_expire(struct vsysctl *chip, uint64_t now);
CHECK int vsysctl_load(struct vsysctl *chip, const struct vsysctl_state *s);
void vsysctl_describe(const struct vsysctl *chip, struct fmt_sink *out);

/* Inputs: the 8042's A20 line, errors of memory and of adapters, port 70h bit 7. */
void vsysctl_a20_8042(struct vsysctl *chip, bool level);
void vsysctl_parity(struct vsysctl *chip, bool level);
void vsysctl_iochk(struct vsysctl *chip, bool level);
void vsysctl_nmi_mask(struct vsysctl *chip, bool masked);

bool vsysctl_a20(const struct vsysctl *chip);
enum vsysctl_speaker vsysctl_speaker(const struct vsysctl *chip);

#endif
