/* The parallel port's ECP registers, at base+400h to 402h, and its FIFO.
 *
 * Modes 010 and 011 send what is in the FIFO by hardware handshake, a byte each FIFO_NS while the
 * plug takes them. Mode 110 lets the FIFO be written and read without the pins, for programs that
 * measure its size and its thresholds; mode 111 shows CNFGA and CNFGB. Only from modes 000 and 001
 * may software go elsewhere; going back to them empties the FIFO.
 *
 * Not modelled: data from the plug to the FIFO: our printer sends none, so that a FIFO turned round
 * (control bit 5) stays empty. DIFFERS: no DMA: the DMA bit is kept, no request is made, and CNFGB
 * names no channel.
 *
 * Read: Microsoft, "Extended Capabilities Port Protocol and ISA Interface Standard", revision 1.14
 * (1993), "ISA implementation"; SMC, FDC37C665GT data sheet, "Extended Capabilities Parallel Port". */
#include "vlpt.h"

enum { FIFO_NS = 2000, RETRY_NS = 1000000 };

static bool reversed(const struct vlpt *lpt)
{
	return lpt->s.control & LPT_CONTROL_INPUT;
}

/* "serviceIntr": once, when there is room for (or there are) so many bytes as the threshold. */
static void service(struct vlpt *lpt)
{
	enum lpt_mode mode = vlpt_mode(lpt);
	unsigned n = reversed(lpt) ? lpt->s.fifo_count : (unsigned)(LPT_FIFO_SIZE - lpt->s.fifo_count);

	if (lpt->s.ecr & (LPT_ECR_SERVICE | LPT_ECR_DMA) || n < LPT_FIFO_THRESHOLD)
		return;
	if (mode != LPT_MODE_FIFO && mode != LPT_MODE_ECP && mode != LPT_MODE_TEST)
		return;
	lpt->s.ecr |= LPT_ECR_SERVICE;
	vlpt_pulse_irq(lpt);
}

static bool sends(const struct vlpt *lpt)
{
	return vlpt_mode(lpt) == LPT_MODE_FIFO || (vlpt_mode(lpt) == LPT_MODE_ECP && !reversed(lpt));
}

/* A full FIFO takes no more: "the new data is not accepted". */
void fifo_push(struct vlpt *lpt, uint8_t byte, bool command)
{
	struct vlpt_state *s = &lpt->s;
	unsigned at = (s->fifo_head + s->fifo_count) % LPT_FIFO_SIZE;

	if (s->fifo_count == LPT_FIFO_SIZE)
		return;
	s->fifo[at] = byte;
	s->fifo_commands &= (uint16_t)~(1u << at);
	s->fifo_commands |= (uint16_t)((unsigned)command << at);
	s->fifo_count++;
	if (sends(lpt) && s->fifo_ns == CLOCK_NEVER)
		s->fifo_ns = clock_now(&lpt->clock) + FIFO_NS;
	service(lpt);
}

/* An empty FIFO gives its last byte again. */
uint8_t fifo_pop(struct vlpt *lpt)
{
	struct vlpt_state *s = &lpt->s;

	if (s->fifo_count) {
		s->fifo_last = s->fifo[s->fifo_head];
		s->fifo_head = (s->fifo_head + 1) % LPT_FIFO_SIZE;
		s->fifo_count--;
		service(lpt);
	}
	return s->fifo_last;
}

void fifo_expire(struct vlpt *lpt, uint64_t now)
{
	struct vlpt_state *s = &lpt->s;

	while (s->fifo_ns <= now) {
		bool command = s->fifo_commands >> s->fifo_head & 1;

		if (!lpt->plug.send || !lpt->plug.send(lpt->plug.of, s->fifo[s->fifo_head], command)) {
			s->fifo_ns = now + RETRY_NS;
			return;
		}
		(void)fifo_pop(lpt);
		s->fifo_ns = s->fifo_count ? s->fifo_ns + FIFO_NS : CLOCK_NEVER;
	}
}

static void fifo_clear(struct vlpt *lpt)
{
	lpt->s.fifo_count = lpt->s.fifo_head = lpt->s.fifo_last = 0;
	lpt->s.fifo_commands = 0;
	lpt->s.fifo_ns = CLOCK_NEVER;
}

static void ecr_out(struct vlpt *lpt, uint8_t value)
{
	enum lpt_mode old = vlpt_mode(lpt), new = value >> LPT_ECR_MODE_SHIFT;
	bool fault_wanted = lpt->s.ecr & ~value & LPT_ECR_NO_ERROR_IRQ;

	if (old > LPT_MODE_BYTE && new > LPT_MODE_BYTE && old != new)
		value = (uint8_t)((value & ~(7u << LPT_ECR_MODE_SHIFT)) | (unsigned)old << LPT_ECR_MODE_SHIFT);
	lpt->s.ecr = value & LPT_ECR_WRITABLE;
	if (vlpt_mode(lpt) <= LPT_MODE_BYTE || old <= LPT_MODE_BYTE)
		fifo_clear(lpt);
	/* "If nFault is asserted (interrupting) an interrupt is generated when this bit is written
	 * from a 1 to a 0." */
	if (fault_wanted && !lpt->s.error)
		vlpt_pulse_irq(lpt);
	service(lpt);
	vlpt_drive(lpt);
}

uint8_t vlpt_ecp_in(struct vlpt *lpt, unsigned reg)
{
	const struct vlpt_state *s = &lpt->s;
	enum lpt_mode mode = vlpt_mode(lpt);

	if (clock_now(&lpt->clock) >= s->fifo_ns)
		vlpt_expire(lpt, clock_now(&lpt->clock));
	if (reg == LPT_ECR)
		return s->ecr | (s->fifo_count == LPT_FIFO_SIZE ? LPT_ECR_FULL : 0) |
		       (s->fifo_count == 0 ? LPT_ECR_EMPTY : 0);
	if (mode == LPT_MODE_CONFIG)
		return reg == LPT_CNFGA ? LPT_CNFGA_ISA8
					: (uint8_t)(lpt->irq_code << LPT_CNFGB_IRQ_SHIFT | (s->irq ? LPT_CNFGB_LINE : 0));
	if (reg == LPT_FIFO && (mode == LPT_MODE_TEST || (mode == LPT_MODE_ECP && reversed(lpt))))
		return fifo_pop(lpt);
	return 0xFF;
}

void vlpt_ecp_out(struct vlpt *lpt, unsigned reg, uint8_t value)
{
	enum lpt_mode mode = vlpt_mode(lpt);

	if (clock_now(&lpt->clock) >= lpt->s.fifo_ns)
		vlpt_expire(lpt, clock_now(&lpt->clock));
	if (reg == LPT_ECR)
		ecr_out(lpt, value);
	else if (reg == LPT_FIFO && (sends(lpt) || mode == LPT_MODE_TEST))
		fifo_push(lpt, value, false);
	vlpt_arm(lpt);
}
