/* The printer at a parallel port's plug, which prints on paper that its owner hands it: a file,
 * usually.
 *
 * It takes a byte at the leading edge of STROBE, is BUSY for BUSY_NS, then pulses ACK low for ACK_NS
 * and is ready as that pulse ends. That is 66 000 characters a second of machine time: a printer with
 * a buffer. While the paper does not take the byte it stays BUSY; when there is no more paper it says
 * so (PE high, SELECT and ERROR low), and goes on with that same byte when there is some again. INIT
 * low resets it and drops a byte that it has not printed yet.
 *
 * EPP data and what an ECP port sends are printed too, without the pause; ECP's run lengths are
 * expanded, channel addresses accepted. It has nothing to say in the other direction.
 *
 * DIFFERS: SLCT IN is taken as wired low (a switch on such printers), and AUTO FEED adds no line
 * feeds, so that a file holds what was sent, byte for byte.
 *
 * Read: IBM, "Personal Computer Technical Reference" (1984), "IBM 80 CPS Printers", "Parallel
 * Interface Description" and "Parallel Interface Timing Diagram"; IEEE Std 1284-1994, 6.3
 * "Compatibility Mode", 6.6 "ECP Mode" (the run length count). */
#include "vlpt.h"

enum { BUSY_NS = 10000, ACK_NS = 5000, RETRY_NS = 1000000, ECP_ADDRESS = 0x80 };

static bool out_of_paper(const struct vlpt *lpt)
{
	return lpt->paper.out && lpt->paper.out(lpt->paper.of);
}

static bool held_in_reset(const struct vlpt *lpt)
{
	return !(lpt->s.printer_lines & LPT_CONTROL_INIT);
}

static uint8_t status(void *of)
{
	const struct vlpt *lpt = of;
	uint8_t pins = LPT_STATUS_ACK | LPT_STATUS_SELECT | LPT_STATUS_ERROR;

	if (out_of_paper(lpt))
		pins = LPT_STATUS_ACK | LPT_STATUS_PE | LPT_STATUS_BUSY;
	if (lpt->s.phase == VLPT_ACK)
		pins &= ~LPT_STATUS_ACK;
	if (lpt->s.phase != VLPT_READY || held_in_reset(lpt))
		pins |= LPT_STATUS_BUSY;
	return pins;
}

static void enter(struct vlpt *lpt, enum vlpt_phase phase, uint64_t until)
{
	lpt->s.phase = (uint8_t)phase;
	lpt->s.phase_ns = until;
	vlpt_pins_changed(lpt);
}

static void drive(void *of, uint8_t data, bool drives, uint8_t lines)
{
	struct vlpt *lpt = of;
	uint8_t fell = lpt->s.printer_lines & ~lines;

	lpt->s.printer_lines = lines & LPT_CONTROL_PINS;
	if (held_in_reset(lpt)) {
		if (fell & LPT_CONTROL_INIT && lpt->paper.init)
			lpt->paper.init(lpt->paper.of);
		lpt->s.run = 0;
		enter(lpt, VLPT_READY, CLOCK_NEVER);
	} else if (fell & LPT_CONTROL_STROBE && lpt->s.phase == VLPT_READY && !out_of_paper(lpt)) {
		lpt->s.byte = drives ? data : 0xFF;
		enter(lpt, VLPT_BUSY, clock_now(&lpt->clock) + BUSY_NS);
	}
}

void printer_expire(struct vlpt *lpt, uint64_t now)
{
	while (lpt->s.phase_ns <= now) {
		if (lpt->s.phase == VLPT_ACK)
			enter(lpt, VLPT_READY, CLOCK_NEVER);
		else if (sink_put(&lpt->paper.sink, lpt->s.byte))
			enter(lpt, VLPT_ACK, lpt->s.phase_ns + ACK_NS);
		else
			enter(lpt, VLPT_BUSY, now + RETRY_NS);
	}
}

/* --- EPP and ECP ------------------------------------------------------------------------------- */

static bool epp(void *of, bool write, bool address, uint8_t *byte)
{
	struct vlpt *lpt = of;

	if (!write)
		*byte = 0xFF;
	return !write || address || sink_put(&lpt->paper.sink, *byte);
}

/* A command with bit 7 clear says how many times more the next byte counts. */
static bool send(void *of, uint8_t byte, bool command)
{
	struct vlpt *lpt = of;

	if (lpt->s.phase != VLPT_READY || held_in_reset(lpt) || out_of_paper(lpt))
		return false;
	if (command) {
		lpt->s.run = byte & ECP_ADDRESS ? 0 : byte;
		return true;
	}
	do {
		if (!sink_put(&lpt->paper.sink, byte))
			return false;      /* the rest of the run when it is sent again */
	} while (lpt->s.run && lpt->s.run--);
	return true;
}

/* --- life ------------------------------------------------------------------------------------------ */

void printer_reset(struct vlpt *lpt)
{
	lpt->s.phase = VLPT_READY;
	lpt->s.phase_ns = CLOCK_NEVER;
	lpt->s.run = 0;
	lpt->s.printer_lines = LPT_CONTROL_PINS;
}

void vlpt_connect_printer(struct vlpt *lpt)
{
	lpt->plug = (struct vlpt_plug){ .drive = drive, .status = status, .epp = epp, .send = send, .of = lpt };
	vlpt_connected(lpt);
}
