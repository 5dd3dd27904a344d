/* The system control ports of a PC, and what hangs on them: the gates of timer 2 and of the
 * speaker, the error latches behind NMI, the A20 gate and the processor's fast reset.
 *
 * How it works. Port 61h (port B) is a latch of four bits and four signals read beside them.
 * An error of memory or of an adapter sets its latch while its check is enabled; a latch
 * that is set pulls NMI unless port 70h bit 7 masks it; switching the check off clears it. The
 * mask is a gate behind the latches ("System Board" logic diagrams: the processor's NMI is the two
 * latches or-ed, and-ed with port 70h's flip-flop), so that an error that came while it was shut makes
 * its edge when the gate opens.
 *
 * A20. There are two switches on a board of the PS/2 kind: the 8042's output port bit 1, and
 * port 92h bit 1. The address line passes when either is on: a program that closes one of them
 * and finds A20 open still has met the other. On an AT there is no port 92h (whoever wants the
 * plain AT does not claim it) and bit 1 of A stays 0, so that the same rule gives the 8042
 * alone.
 *
 * Reset. Port 92h bit 0 acts when it goes from 0 to 1: the processor is reset, the rest of the
 * machine is not. The bit stays until it is written 0.
 *
 * Not modelled: the fixed disk's light (its bits are kept), and the password bytes that bit 3
 * of port 92h guards; the bit itself can be set, and only a reset clears it.
 *
 * Read: IBM, "Personal Computer AT Technical Reference", "I/O Address Map", "Speaker" and the
 * logic diagrams; IBM, "Personal System/2 Hardware Interface Technical Reference", "System
 * Control Port A" and "System Control Port B". */
#include "vsysctl.h"

#include <hw/sysctl.h>

enum { ERRORS = SYSCTL_B_IOCHK | SYSCTL_B_PARITY };

bool vsysctl_a20(const struct vsysctl *chip)
{
	return chip->s.a20_8042 || (chip->s.a & SYSCTL_A_A20);
}

enum vsysctl_speaker vsysctl_speaker(const struct vsysctl *chip)
{
	if (!(chip->s.b & SYSCTL_B_SPEAKER))
		return VSYSCTL_SPEAKER_OFF;
	return chip->s.b & SYSCTL_B_GATE2 ? VSYSCTL_SPEAKER_TIMER : VSYSCTL_SPEAKER_DATA;
}

static uint8_t checks_enabled(uint8_t b)
{
	return (b & SYSCTL_B_NO_IOCHK ? 0 : SYSCTL_B_IOCHK) |
		(b & SYSCTL_B_NO_PARITY ? 0 : SYSCTL_B_PARITY);
}

/* The latches follow their inputs up, never down. */
static void settle_nmi(struct vsysctl *chip)
{
	uint8_t enabled = checks_enabled(chip->s.b);

	chip->s.errors = (chip->s.errors | chip->s.inputs) & enabled;
	line_set(&chip->nmi, chip->s.errors && !chip->s.nmi_masked);
}

static void write_b(struct vsysctl *chip, uint8_t value)
{
	chip->s.b = value & SYSCTL_B_WRITABLE;
	line_set(&chip->gate2, chip->s.b & SYSCTL_B_GATE2);
	line_set(&chip->speaker, chip->s.b & SYSCTL_B_SPEAKER);
	settle_nmi(chip);
}

static void write_a(struct vsysctl *chip, uint8_t value)
{
	bool resets = (value & ~chip->s.a) & SYSCTL_A_RESET;

	chip->s.a = (value & SYSCTL_A_WRITABLE) | (chip->s.a & SYSCTL_A_LOCK);
	line_set(&chip->a20, vsysctl_a20(chip));
	if (resets) {
		line_set(&chip->reset, true);
		line_set(&chip->reset, false);
	}
}

void vsysctl_out(struct vsysctl *chip, unsigned reg, uint8_t value)
{
	if (reg == VSYSCTL_B)
		write_b(chip, value);
	else
		write_a(chip, value);
}

static bool sense(const struct vsysctl_sense *wire)
{
	return wire->get && wire->get(wire->of);
}

uint8_t vsysctl_in(struct vsysctl *chip, unsigned reg)
{
	if (reg != VSYSCTL_B)
		return chip->s.a;
	return chip->s.b | chip->s.errors | (sense(&chip->refresh) ? SYSCTL_B_REFRESH : 0) |
		(sense(&chip->out2) ? SYSCTL_B_OUT2 : 0);
}

void vsysctl_a20_8042(struct vsysctl *chip, bool level)
{
	chip->s.a20_8042 = level;
	line_set(&chip->a20, vsysctl_a20(chip));
}

static void error_input(struct vsysctl *chip, uint8_t which, bool level)
{
	if (level)
		chip->s.inputs |= which;
	else
		chip->s.inputs &= ~which;
	settle_nmi(chip);
}

void vsysctl_parity(struct vsysctl *chip, bool level)
{
	error_input(chip, SYSCTL_B_PARITY, level);
}

void vsysctl_iochk(struct vsysctl *chip, bool level)
{
	error_input(chip, SYSCTL_B_IOCHK, level);
}

void vsysctl_nmi_mask(struct vsysctl *chip, bool masked)
{
	chip->s.nmi_masked = masked;
	settle_nmi(chip);
}

void vsysctl_expire(struct vsysctl *chip, uint64_t now)
{
	(void)chip;
	(void)now;
}

static void drive_all(const struct vsysctl *chip)
{
	line_set(&chip->gate2, chip->s.b & SYSCTL_B_GATE2);
	line_set(&chip->speaker, chip->s.b & SYSCTL_B_SPEAKER);
	line_set(&chip->a20, vsysctl_a20(chip));
	line_set(&chip->nmi, chip->s.errors && !chip->s.nmi_masked);
}

void vsysctl_reset(struct vsysctl *chip)
{
	chip->s.version = VSYSCTL_VERSION;
	chip->s.a = chip->s.b = 0;
	chip->s.errors = chip->s.inputs;
	drive_all(chip);
}

int vsysctl_load(struct vsysctl *chip, const struct vsysctl_state *s)
{
	if (s->version != VSYSCTL_VERSION)
		return E_VERSION;
	if ((s->b & ~SYSCTL_B_WRITABLE) || (s->a & ~SYSCTL_A_WRITABLE) || (s->inputs & ~ERRORS) ||
	    (s->errors & ~checks_enabled(s->b)) || s->a20_8042 > 1 || s->nmi_masked > 1)
		return E_DAMAGED;
	chip->s = *s;
	drive_all(chip);
	return E_OK;
}

void vsysctl_describe(const struct vsysctl *chip, struct fmt_sink *out)
{
	static const char *const speakers[] = {
		[VSYSCTL_SPEAKER_OFF] = "off",
		[VSYSCTL_SPEAKER_DATA] = "driven by bit 1",
		[VSYSCTL_SPEAKER_TIMER] = "driven by timer 2",
	};
	const struct vsysctl_state *s = &chip->s;

	fmt_sink(out, "port 61h: %02X, timer 2 gate %s, speaker %s\n", s->b,
		s->b & SYSCTL_B_GATE2 ? "high" : "low", speakers[vsysctl_speaker(chip)]);
	fmt_sink(out, "port 92h: %02X; A20 %s (8042 %s, port 92h %s)\n", s->a,
		vsysctl_a20(chip) ? "open" : "shut", s->a20_8042 ? "on" : "off",
		s->a & SYSCTL_A_A20 ? "on" : "off");
	fmt_sink(out, "NMI %s: parity error %s, channel check %s\n",
		s->nmi_masked ? "masked" : "enabled",
		s->errors & SYSCTL_B_PARITY ? "latched" : "none",
		s->errors & SYSCTL_B_IOCHK ? "latched" : "none");
}
