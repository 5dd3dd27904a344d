/* The virtual parallel port: three registers of IBM's adapter, and EPP where configured; the
 * registers of ECP are in ecp.c, the printer behind the plug in printer.c.
 *
 * How it works. Port and plug meet at the pins, with electrical levels: the port tells the plug
 * when its outputs change (drive) and looks at the inputs when it is read (status, data). The
 * interrupt line follows the ACK pin while control bit 4 is set: it goes up as ACK does, at the end
 * of the printer's pulse, and stays until the next pulse begins, the bit is cleared or the machine is
 * reset. The data latch reads back through the pins; with control bit 5 they are inputs.
 *
 * EPP: an access to base+3 (address) or base+4 to 7 (data) is one whole cycle, as of EPP 1.9: it
 * begins when BUSY is low. Whoever does not answer lets the cycle time out: status bit 0, until it
 * is written 1.
 *
 * DIFFERS: switching the interrupt on while ACK is high makes no edge. On IBM's adapter that depends
 * on where the open line floats.
 * DIFFERS: an EPP cycle without an answer takes no 10 us of the bus.
 *
 * Read: IBM, "Personal Computer Technical Reference" (1984), "IBM Parallel Printer Adapter"; IBM,
 * "Personal System/2 Hardware Interface Technical Reference", "Parallel Port Controller"; IEEE Std
 * 1284-1994, 6.3 "Compatibility Mode"; SMC, FDC37C665GT data sheet, "Parallel Port", "EPP 1.9
 * Operation". */
#include "vlpt.h"

#include <base/mem.h>

enum lpt_mode vlpt_mode(const struct vlpt *lpt)
{
	return lpt->s.kind == VLPT_ECP ? lpt->s.ecr >> LPT_ECR_MODE_SHIFT : LPT_MODE_BYTE;
}

static bool drives_data(const struct vlpt *lpt)
{
	enum lpt_mode mode = vlpt_mode(lpt);

	/* ECP, "dcr", bit 5: "In mode 000 and 010 this bit is ignored" and the direction is output. */
	return mode == LPT_MODE_SPP || mode == LPT_MODE_FIFO || !(lpt->s.control & LPT_CONTROL_INPUT);
}

void vlpt_drive(struct vlpt *lpt)
{
	if (lpt->plug.drive)
		lpt->plug.drive(lpt->plug.of, lpt->s.data, drives_data(lpt),
				(lpt->s.control ^ LPT_CONTROL_INVERTED) & (LPT_CONTROL_PINS | LPT_CONTROL_IRQ));
}

static uint8_t status_pins(const struct vlpt *lpt)
{
	return lpt->plug.status(lpt->plug.of) & LPT_STATUS_PINS;
}

/* --- interrupt --------------------------------------------------------------------------------- */

static void set_irq(struct vlpt *lpt, bool level)
{
	lpt->s.irq = level;
	line_set(&lpt->irq, level);
}

void vlpt_pulse_irq(struct vlpt *lpt)
{
	set_irq(lpt, false);
	set_irq(lpt, true);
}

/* "Bit 4: ... an interrupt to occur when -ACK changes from true to false" (IBM). */
static void follow_ack(struct vlpt *lpt, bool ack)
{
	if (ack == lpt->s.ack)
		return;
	lpt->s.ack = ack;
	if (lpt->s.control & LPT_CONTROL_IRQ)
		set_irq(lpt, ack);
}

static void follow_error(struct vlpt *lpt, bool error)
{
	bool fell = lpt->s.error && !error;

	lpt->s.error = error;
	if (fell && lpt->s.kind == VLPT_ECP && !(lpt->s.ecr & LPT_ECR_NO_ERROR_IRQ))
		vlpt_pulse_irq(lpt);
}

void vlpt_pins_changed(struct vlpt *lpt)
{
	uint8_t pins = status_pins(lpt);

	follow_ack(lpt, pins & LPT_STATUS_ACK);
	follow_error(lpt, pins & LPT_STATUS_ERROR);
}

void vlpt_acknowledge(struct vlpt *lpt)
{
	follow_ack(lpt, false);
	follow_ack(lpt, true);
}

/* --- time ------------------------------------------------------------------------------------------ */

void vlpt_arm(struct vlpt *lpt)
{
	clock_arm(&lpt->clock, lpt->s.fifo_ns < lpt->s.phase_ns ? lpt->s.fifo_ns : lpt->s.phase_ns);
}

void vlpt_expire(struct vlpt *lpt, uint64_t now)
{
	fifo_expire(lpt, now);
	printer_expire(lpt, now);
	vlpt_arm(lpt);
}

/* What is due has happened before the guest looks, though the alarm may be late. */
static void catch_up(struct vlpt *lpt)
{
	uint64_t due = lpt->s.fifo_ns < lpt->s.phase_ns ? lpt->s.fifo_ns : lpt->s.phase_ns, now;

	if (due != CLOCK_NEVER && (now = clock_now(&lpt->clock)) >= due)
		vlpt_expire(lpt, now);
}

/* --- registers --------------------------------------------------------------------------------------- */

static bool epp_mode(const struct vlpt *lpt)
{
	return lpt->s.kind == VLPT_EPP || (lpt->s.kind == VLPT_ECP && vlpt_mode(lpt) == LPT_MODE_EPP);
}

static bool epp_cycle(struct vlpt *lpt, bool write, bool address, uint8_t *byte)
{
	bool answered = !(status_pins(lpt) & LPT_STATUS_BUSY) && lpt->plug.epp &&
			lpt->plug.epp(lpt->plug.of, write, address, byte);

	if (!answered)
		lpt->s.timeout = 1;
	return answered;
}

static uint8_t data_in(struct vlpt *lpt)
{
	if (drives_data(lpt))
		return lpt->s.data;
	return lpt->plug.data ? lpt->plug.data(lpt->plug.of) : 0xFF;
}

static uint8_t status_in(struct vlpt *lpt)
{
	uint8_t value = (status_pins(lpt) ^ LPT_STATUS_INVERTED) | LPT_STATUS_UNUSED;

	return value | (!epp_mode(lpt) || lpt->s.timeout ? LPT_STATUS_TIMEOUT : 0);
}

uint8_t vlpt_in(struct vlpt *lpt, unsigned reg)
{
	uint8_t byte = 0xFF;

	catch_up(lpt);
	if (reg == LPT_DATA)
		return vlpt_mode(lpt) == LPT_MODE_ECP ? 0xFF : data_in(lpt);
	if (reg == LPT_STATUS)
		return status_in(lpt);
	if (reg == LPT_CONTROL)
		return lpt->s.control | LPT_CONTROL_UNUSED;
	if (epp_mode(lpt) && !epp_cycle(lpt, false, reg == LPT_EPP_ADDRESS, &byte))
		return 0xFF;
	return byte;
}

static void control_out(struct vlpt *lpt, uint8_t value)
{
	lpt->s.control = value & LPT_CONTROL_WRITABLE;
	if (!(value & LPT_CONTROL_IRQ))
		set_irq(lpt, false);
	vlpt_drive(lpt);
	vlpt_pins_changed(lpt);
}

void vlpt_out(struct vlpt *lpt, unsigned reg, uint8_t value)
{
	catch_up(lpt);
	if (reg == LPT_DATA && vlpt_mode(lpt) == LPT_MODE_ECP) {
		fifo_push(lpt, value, true);
	} else if (reg == LPT_DATA) {
		lpt->s.data = value;
		vlpt_drive(lpt);
	} else if (reg == LPT_STATUS) {
		/* "Writing a one to this bit clears the time out status bit" (FDC37C665GT). */
		if (value & LPT_STATUS_TIMEOUT)
			lpt->s.timeout = 0;
	} else if (reg == LPT_CONTROL) {
		control_out(lpt, value);
	} else if (epp_mode(lpt)) {
		(void)!epp_cycle(lpt, true, reg == LPT_EPP_ADDRESS, &value);
	}
	vlpt_arm(lpt);
}

/* --- plugs ---------------------------------------------------------------------------------------------- */

/* An open input of TTL reads high. */
static uint8_t nothing_status(void *of)
{
	(void)of;
	return LPT_STATUS_PINS;
}

void vlpt_connect_nothing(struct vlpt *lpt)
{
	lpt->plug = (struct vlpt_plug){ .status = nothing_status };
	vlpt_connected(lpt);
}

void vlpt_connected(struct vlpt *lpt)
{
	printer_reset(lpt);
	vlpt_drive(lpt);
	vlpt_pins_changed(lpt);
	vlpt_arm(lpt);
}

/* --- life ------------------------------------------------------------------------------------------------- */

void vlpt_reset(struct vlpt *lpt)
{
	uint8_t kind = lpt->s.kind;

	memset(&lpt->s, 0, sizeof lpt->s);
	lpt->s.version = VLPT_VERSION;
	lpt->s.kind = kind;
	lpt->s.ecr = LPT_ECR_NO_ERROR_IRQ | LPT_ECR_SERVICE;
	lpt->s.fifo_ns = CLOCK_NEVER;
	lpt->s.ack = lpt->s.error = 1;
	set_irq(lpt, false);
	vlpt_connected(lpt);      /* control 0: INIT is low, the printer is reset too */
}

static bool damaged(const struct vlpt_state *s)
{
	bool sends = s->ecr >> LPT_ECR_MODE_SHIFT == LPT_MODE_FIFO || s->ecr >> LPT_ECR_MODE_SHIFT == LPT_MODE_ECP;

	return (s->control & ~LPT_CONTROL_WRITABLE) || s->irq > 1 || s->ack > 1 || s->error > 1 ||
	       s->timeout > 1 || (s->ecr & ~LPT_ECR_WRITABLE) || s->fifo_count > LPT_FIFO_SIZE ||
	       s->fifo_head >= LPT_FIFO_SIZE || s->phase >= VLPT_PHASES ||
	       (s->printer_lines & ~LPT_CONTROL_PINS) || s->kind > VLPT_ECP ||
	       (s->phase == VLPT_READY) != (s->phase_ns == CLOCK_NEVER) ||
	       (s->fifo_ns != CLOCK_NEVER && !(s->fifo_count && sends));
}

int vlpt_load(struct vlpt *lpt, const struct vlpt_state *state)
{
	if (state->version != VLPT_VERSION)
		return E_VERSION;
	if (damaged(state) || state->kind != lpt->s.kind)
		return E_DAMAGED;
	lpt->s = *state;
	if (lpt->plug.of != lpt)
		printer_reset(lpt);      /* what it held has no printer here */
	line_set(&lpt->irq, lpt->s.irq);
	vlpt_drive(lpt);
	vlpt_arm(lpt);
	return E_OK;
}

void vlpt_describe(const struct vlpt *lpt, struct fmt_sink *out)
{
	static const char *const modes[] = { "SPP", "byte", "FIFO", "ECP", "EPP", "reserved", "test", "configuration" };
	static const char *const phases[] = { "ready", "busy", "acknowledging" };
	const struct vlpt_state *s = &lpt->s;
	uint8_t pins = status_pins(lpt);

	fmt_sink(out, "data %02x %s, control %02x, interrupt %s, line %s\n", s->data,
		 drives_data(lpt) ? "driven" : "input", s->control, s->control & LPT_CONTROL_IRQ ? "on" : "off",
		 s->irq ? "high" : "low");
	fmt_sink(out, "pins: BUSY %s, ACK %s, PE %s, SELECT %s, ERROR %s; printer %s\n",
		 pins & LPT_STATUS_BUSY ? "high" : "low", pins & LPT_STATUS_ACK ? "high" : "low",
		 pins & LPT_STATUS_PE ? "high" : "low", pins & LPT_STATUS_SELECT ? "high" : "low",
		 pins & LPT_STATUS_ERROR ? "high" : "low", phases[s->phase]);
	if (s->kind == VLPT_ECP)
		fmt_sink(out, "ECP: mode %s, ecr %02x, %u in the FIFO\n", modes[vlpt_mode(lpt)], s->ecr,
			 s->fifo_count);
	if (s->kind != VLPT_SPP)
		fmt_sink(out, "EPP: %s\n", s->timeout ? "timed out" : "no time-out");
}
